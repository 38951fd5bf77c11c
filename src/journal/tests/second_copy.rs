//! The copy on a second device: what it holds, how it catches up, and what it never touches.

use senim_operation::export::{ExportRange, OPERATIONS_FILE, RANGE_FILE};

use super::*;
use senim_operation::export::ATTACHMENTS_DIR;

use crate::SecondCopy;

struct Stand {
    bench: Bench,
    device: TempDir,
}

impl Stand {
    fn new() -> (Self, Journal) {
        let stand = Self { bench: Bench::new(), device: tempfile::tempdir().unwrap() };
        let mut options = stand.options();
        options.create = true;
        let journal = stand.bench.open_with(options, &at(0)).unwrap();
        (stand, journal)
    }

    fn options(&self) -> JournalOptions {
        let mut options = self.bench.options(&self.bench.path());
        options.second_copy = Some(self.device.path().to_owned());
        options
    }

    fn file(&self, name: &str) -> PathBuf {
        self.device.path().join(name)
    }

    fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.file(OPERATIONS_FILE)).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn sealed(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.file(ATTACHMENTS_DIR))
            .map(|entries| entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect())
            .unwrap_or_default();
        names.sort();
        names
    }

    /// The copy holds exactly the rows from the epoch of the first unsent one on.
    fn agrees(&self, journal: &Journal, first: u64) {
        let rows = journal.rows(first, u64::MAX).unwrap();
        assert_eq!(self.lines(), rows.iter().map(|row| row.compact.clone()).collect::<Vec<_>>());
        let range: ExportRange =
            serde_json::from_str(&std::fs::read_to_string(self.file(RANGE_FILE)).unwrap()).unwrap();
        assert_eq!((range.first_seq, range.next_seq), (first, journal.status().unwrap().next_seq));
        assert_eq!(range.pruned.size(), first);
    }
}

fn refused(keeper: &mut SecondCopy, words: &str) {
    match keeper.catch_up() {
        Err(JournalError::SecondCopy { detail, .. }) => assert!(detail.contains(words), "{detail}"),
        other => panic!("{words}: {other:?}"),
    }
}

#[test]
fn the_copy_grows_with_the_journal_and_is_an_export_that_verifies() {
    let (stand, mut journal) = Stand::new();
    let mut keeper = journal.second_copy().unwrap();
    fill(&mut journal, 3);
    let row = journal.append(with_secret(b"sealed"), op(), &at(1), &[]).unwrap();
    keeper.catch_up().unwrap();
    stand.agrees(&journal, 0);
    let sha256 = row.envelope.sealed.unwrap().sha256;
    assert_eq!(stand.sealed(), [format!("{sha256}.jwe")]);
    let jwe = std::fs::read_to_string(stand.file(ATTACHMENTS_DIR).join(format!("{sha256}.jwe"))).unwrap();
    assert_eq!(senim_operation::jws::sha256_b64(jwe.as_bytes()), sha256);

    fill(&mut journal, 2);
    let note = journal.checkpoint(&at(2)).unwrap();
    keeper.catch_up().unwrap();
    stand.agrees(&journal, 0);
    assert_eq!(std::fs::read_to_string(stand.file("checkpoint.note")).unwrap(), note);
    let report =
        senim_operation::export::verify_export(stand.device.path(), Arc::clone(&stand.bench.trust), None)
            .unwrap();
    assert_eq!(report.result, senim_operation::export::ExportResult::Incomplete, "{report:?}");
}

#[test]
fn what_the_gateway_has_is_trimmed_by_whole_key_epochs_and_attachments_when_archived() {
    let (stand, mut journal) = Stand::new();
    let mut keeper = journal.second_copy().unwrap();
    let sealed = journal.append(with_secret(b"x"), op(), &at(1), &[]).unwrap().envelope.sealed.unwrap();
    keeper.catch_up().unwrap();
    let epoch = journal.renew_epoch(&RamKeyMaker, op(), &at(2)).unwrap().envelope.seq;
    fill(&mut journal, 2);
    journal.acknowledge(epoch - 1, &hashes(&journal)[1], None, &at(3)).unwrap();
    keeper.catch_up().unwrap();
    stand.agrees(&journal, epoch);
    assert_eq!(stand.sealed().len(), 1, "the gateway has no second copy of it yet");
    stand.bench.settle(&mut journal, &at(4));
    journal.attachment_archived(&sealed.sha256).unwrap();
    let copied = keeper.catch_up().unwrap();
    assert_eq!((copied.first_seq, copied.attachments), (epoch, 0));
    stand.agrees(&journal, epoch);
    assert!(stand.sealed().is_empty());
}

#[test]
fn a_device_that_was_out_catches_up_when_it_is_back_and_the_journal_never_waits() {
    let (stand, mut journal) = Stand::new();
    let mut keeper = journal.second_copy().unwrap();
    keeper.catch_up().unwrap();
    let away = stand.bench.dir.path().join("away");
    std::fs::rename(stand.device.path(), &away).unwrap();
    fill(&mut journal, 3);
    refused(&mut keeper, "put the device back");
    journal.append(with_secret(b"meanwhile"), op(), &at(1), &[]).unwrap();
    std::fs::rename(&away, stand.device.path()).unwrap();
    keeper.catch_up().unwrap();
    stand.agrees(&journal, 0);
    assert_eq!(stand.sealed().len(), 1);
}

#[test]
fn a_copy_cut_or_rotten_anywhere_is_made_good_from_the_journal() {
    let (stand, mut journal) = Stand::new();
    fill(&mut journal, 4);
    journal.second_copy().unwrap().catch_up().unwrap();
    let whole = std::fs::read(stand.file(OPERATIONS_FILE)).unwrap();
    let line = whole.len() / 5;
    for (place, flip) in
        [(0, false), (line / 2, false), (whole.len() - 1, false), (line, true), (3 * line, true)]
    {
        let mut bytes = whole.clone();
        if flip {
            bytes[place] = b'!';
        } else {
            bytes.truncate(place);
        }
        std::fs::write(stand.file(OPERATIONS_FILE), bytes).unwrap();
        journal.second_copy().unwrap().catch_up().unwrap();
        stand.agrees(&journal, 0);
    }
    std::fs::remove_file(stand.file(RANGE_FILE)).unwrap();
    fill(&mut journal, 1);
    journal.second_copy().unwrap().catch_up().unwrap();
    stand.agrees(&journal, 0);
}

#[test]
fn a_board_commissioned_anew_neither_starts_over_the_copy_nor_writes_over_it() {
    let (other, mut theirs) = Stand::new();
    fill(&mut theirs, 2);
    theirs.second_copy().unwrap().catch_up().unwrap();
    let evidence = std::fs::read(other.file(OPERATIONS_FILE)).unwrap();

    let (stand, mut journal) = Stand::new();
    fill(&mut journal, 5);
    std::fs::write(stand.file(OPERATIONS_FILE), &evidence).unwrap();
    let found = journal.second_copy().unwrap().catch_up().unwrap_err();
    assert!(matches!(found, JournalError::Chain { seq: 0, .. }), "{found:?}");
    drop(journal);
    let mut options = stand.options();
    options.path = stand.bench.dir.path().join("fresh.db");
    options.create = true;
    match stand.bench.open_with(options, &at(9)) {
        Err(JournalError::Lost { evidence, .. }) => assert_eq!(evidence, stand.file(OPERATIONS_FILE)),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("an empty journal was started beside the copy of its rows"),
    }
    assert_eq!(std::fs::read(stand.file(OPERATIONS_FILE)).unwrap(), evidence);
}

#[test]
fn rows_of_another_terminal_are_never_overwritten() {
    let (stand, mut journal) = Stand::new();
    fill(&mut journal, 1);
    let foreign = senim_operation::jws::split(&journal.row(1).unwrap().unwrap().compact)
        .map(|parts| String::from_utf8(parts.payload.to_vec()).unwrap().replace("\"t-1\"", "\"t-2\""))
        .unwrap();
    let header = senim_operation::jws::Header::operation("k".repeat(43), None);
    let key = RamKey::generate().unwrap().0;
    let line = senim_operation::jws::sign_compact(&header, foreign.as_bytes(), &key).unwrap() + "\n";
    std::fs::write(stand.file(OPERATIONS_FILE), &line).unwrap();
    refused(&mut journal.second_copy().unwrap(), "import it at the gateway");
    assert_eq!(std::fs::read_to_string(stand.file(OPERATIONS_FILE)).unwrap(), line);
}

#[test]
fn a_copy_that_is_ahead_of_the_journal_proves_that_an_old_image_was_restored() {
    let (stand, mut journal) = Stand::new();
    fill(&mut journal, 2);
    let old = stand.bench.dir.path().join("old.db");
    stand.bench.image(&old);
    fill(&mut journal, 3);
    journal.second_copy().unwrap().catch_up().unwrap();
    drop(journal);
    for suffix in ["", "-wal"] {
        std::fs::copy(crate::files::beside(&old, suffix), stand.bench.beside(suffix)).unwrap();
    }
    std::fs::remove_file(stand.bench.beside("-shm")).unwrap();
    let refused = stand.bench.open_with(stand.options(), &at(9)).err().unwrap();
    assert!(matches!(refused, JournalError::OlderImage { rows: 3, proven: 6 }), "{refused:?}");
    // The device was not there at the start and comes back later.
    let mut journal = stand.bench.open().unwrap();
    journal.options.second_copy = Some(stand.device.path().to_owned());
    let found = journal.second_copy().unwrap().catch_up().unwrap_err();
    assert!(matches!(found, JournalError::Chain { seq: 3, .. }) && found.is_finding(), "{found:?}");
    assert_eq!(stand.lines().len(), 6, "the evidence stays");
}

#[test]
fn a_device_without_room_is_told_about_and_nothing_on_it_is_lost() {
    let (stand, mut journal) = Stand::new();
    let mut keeper = journal.second_copy().unwrap();
    fill(&mut journal, 2);
    keeper.catch_up().unwrap();
    let before = stand.lines();
    // Directories where files should be written: any step of the next round fails.
    for obstacle in ["range.json.new", "jwks.json.new", "checkpoint.note.new", "attachments"] {
        std::fs::create_dir(stand.file(obstacle)).unwrap_or_default();
        if obstacle == "attachments" {
            std::fs::remove_dir_all(stand.file(obstacle)).unwrap();
            std::fs::write(stand.file(obstacle), b"").unwrap();
        }
        journal.append(with_secret(b"x"), op(), &at(1), &[]).unwrap();
        journal.checkpoint(&at(1)).unwrap();
        refused(&mut keeper, obstacle.trim_end_matches(".new"));
        assert!(stand.lines().len() >= before.len());
        let path = stand.file(obstacle);
        if path.is_dir() { std::fs::remove_dir(path) } else { std::fs::remove_file(path) }.unwrap();
    }
    keeper.catch_up().unwrap();
    stand.agrees(&journal, 0);
    assert_eq!(stand.sealed().len(), 4);
}

#[test]
fn in_production_a_directory_on_the_journals_own_disk_is_no_second_device() {
    let (_stand, journal) = Stand::new();
    let mut keeper = journal.second_copy().unwrap();
    keeper.apart = true;
    refused(&mut keeper, "own disk");
}
