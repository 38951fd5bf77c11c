//! The journal onto a technician's stick: a terminal whose line is dead still gives its evidence to the MFO.
//!
//! Whoever writes it reads it back and verifies every signature and link; what came of it is a row, whichever screen is up by then.

use senim_operation::body::{ExportOutcome, JournalExported};

use super::{Session, Step};
use crate::action::Decision;
use crate::effect::Effect;
use crate::service::{ExportPage, ServicePage, Staff};

impl Session {
    /// One that is still being written is waited for; no second one begins meanwhile.
    pub(super) fn approach_export(&mut self, step: &Step<'_>, staff: Staff) {
        let page = if self.exporting.is_some() { ExportPage::Working } else { ExportPage::Ready };
        self.page(step, staff, ServicePage::Export(page));
    }

    /// What is decided on a page of it.
    pub(super) fn decide_export(
        &mut self,
        step: &mut Step<'_>,
        staff: Staff,
        page: ExportPage,
        decision: Decision,
    ) {
        match (page, decision) {
            (ExportPage::Ready | ExportPage::Ended(ExportOutcome::Failed(_)), Decision::Confirm) => {
                self.exporting = Some(staff.number.clone());
                step.effects.push(Effect::ExportJournal);
                self.page(step, staff, ServicePage::Export(ExportPage::Working));
            }
            (ExportPage::Ended(_), Decision::Confirm | Decision::Decline) => {
                self.page(step, staff, ServicePage::Home);
            }
            (page, _) => self.page(step, staff, ServicePage::Export(page)),
        }
    }

    /// Whoever writes it has come to an end.
    pub(super) fn on_exported(&mut self, step: &mut Step<'_>, outcome: ExportOutcome) {
        let Some(staff) = self.exporting.take() else { return };
        self.record(step, JournalExported { staff, outcome });
        let ended = ServicePage::Export(ExportPage::Ended(outcome));
        self.turn_page(step, |page| matches!(page, ServicePage::Export(_)), ended);
    }
}
