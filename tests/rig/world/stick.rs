//! A technician's stick: a folder that is there or not.

use senim_journal::JournalReader;
use senim_operation::body::{ExportFault, ExportOutcome};
use senim_operation::export::{ExportResult, verify_export};
use senim_runtime::Input;

use super::{Due, World};
use crate::far::Far;

/// How long it takes until the journal is on the stick and was read back, ms.
const WRITES_MS: u64 = 900;

impl<F: Far> World<F> {
    /// Puts a stick into the port.
    pub fn put_stick(&self) {
        std::fs::create_dir(self.stick()).unwrap();
    }

    fn stick(&self) -> std::path::PathBuf {
        self.dir.path().join("stick")
    }

    /// The journal onto the stick, and read back.
    pub(super) fn export_journal(&mut self) {
        let outcome = if self.stick().is_dir() {
            let (reader, dir) =
                (JournalReader::open(&self.journal_path()).unwrap(), self.stick().join("export"));
            reader.export(&dir).unwrap();
            let attachments = reader.export_attachments(&dir).unwrap();
            let report = verify_export(&dir, self.mfo.trust(), None).unwrap();
            assert_ne!(report.result, ExportResult::Finding, "{:?}", report.findings);
            ExportOutcome::Verified { rows: report.rows, cosigned: report.cosigned_rows, attachments }
        } else {
            ExportOutcome::Failed(ExportFault::NoStick)
        };
        self.later(WRITES_MS, Due::Input(Input::Exported(outcome)));
    }
}
