//! Each state of file, log, disk and rights in which a journal can be found: named, with something to do, never a silent
//! restart from empty.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::files::beside;

/// Opens with leave to create, which must not help.
fn refuses(bench: &Bench, path: &Path) -> JournalError {
    let mut options = bench.options(path);
    options.create = true;
    match bench.open_with(options, &at(20)) {
        Err(error) => {
            assert!(error.to_string().contains(';'), "what to do is missing: {error}");
            error
        }
        Ok(journal) => panic!("opened with {} rows", journal.status().unwrap().rows),
    }
}

#[test]
fn a_log_of_another_journal_is_not_mixed_into_this_one() {
    let (bench, other) = (Bench::new(), Bench::new());
    let journal = bench.filled(5);
    let rows = hashes(&journal);
    drop(journal);
    drop(other.filled(9));
    std::fs::copy(other.beside("-wal"), bench.beside("-wal")).unwrap();
    let _ = std::fs::remove_file(bench.beside("-shm"));
    match bench.open() {
        Err(error) => assert!(!error.is_retryable(), "{error:?}"),
        Ok(journal) => assert_eq!(hashes(&journal)[..rows.len()], rows[..]),
    }
}

#[test]
fn an_index_of_the_log_that_was_removed_is_made_anew() {
    let bench = Bench::new();
    let journal = bench.filled(5);
    let rows = hashes(&journal);
    drop(journal);
    let _ = std::fs::remove_file(bench.beside("-shm"));
    assert_eq!(hashes(&bench.open().unwrap())[..rows.len()], rows[..]);
}

#[test]
fn a_directory_in_the_journals_place_is_named() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path()).unwrap();
    let error = refuses(&bench, &bench.path());
    assert!(matches!(error, JournalError::Unwritable { .. } | JournalError::Damaged { .. }), "{error:?}");
    assert!(bench.path().is_dir());
}

#[test]
fn a_zeroed_or_scribbled_file_is_named_and_left_as_it_is() {
    let bench = Bench::new();
    bench.filled(5).close(&at(9)).unwrap();
    let whole = std::fs::read(bench.path()).unwrap();
    for (from, to, byte) in
        [(0, 100, 0), (0, whole.len(), 0), (0, 16, 0x55), (4096, 8192, 0), (100, 4096, 0xff)]
    {
        let path = bench.dir.path().join(format!("scribbled{from}-{to}.db"));
        let mut bytes = whole.clone();
        bytes[from..to].fill(byte);
        std::fs::write(&path, &bytes).unwrap();
        let error = refuses(&bench, &path);
        assert!(
            error.is_finding() || matches!(error, JournalError::Foreign { .. }),
            "{from}-{to}: {error:?}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{from}-{to}");
    }
}

#[test]
fn a_journal_without_the_right_to_write_is_read_only_and_cured_by_giving_it() {
    let bench = Bench::new();
    let journal = bench.filled(3);
    let rows = hashes(&journal);
    journal.close(&at(9)).unwrap();
    let mode = |mode| std::fs::set_permissions(bench.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o400);
    if std::fs::OpenOptions::new().write(true).open(bench.path()).is_ok() {
        eprintln!("SKIPPED: this user may write whatever the mode says");
    } else {
        let error = refuses(&bench, &bench.path());
        assert!(matches!(error, JournalError::ReadOnly { .. }), "{error:?}");
    }
    mode(0o600);
    assert_eq!(hashes(&bench.open().unwrap())[..rows.len()], rows[..]);
}

#[test]
fn a_check_beside_or_without_the_firmware_names_the_state() {
    use crate::JournalReader;
    let bench = Bench::new();
    let mut journal = bench.filled(3);
    let look = || JournalReader::open(&bench.path()).and_then(|reader| reader.examine());
    look().unwrap();
    bench.settle(&mut journal, &at(2));
    let old = bench.dir.path().join("old.db");
    bench.image(&old);
    fill(&mut journal, 2);
    bench.settle(&mut journal, &at(3));
    look().unwrap();
    journal.close(&at(4)).unwrap();
    look().unwrap();
    drop(bench.open().unwrap());
    look().unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(bench.beside(suffix));
    }
    assert!(matches!(look(), Err(JournalError::WalLost { .. })));
    for suffix in ["", "-wal"] {
        std::fs::copy(beside(&old, suffix), bench.beside(suffix)).unwrap();
    }
    let _ = std::fs::remove_file(bench.beside("-shm"));
    assert!(matches!(look(), Err(JournalError::OlderImage { .. })));
    std::fs::remove_file(bench.path()).unwrap();
    assert!(matches!(look(), Err(JournalError::Lost { .. })));
}

/// A limit on the file at each number of pages from none to enough.
fn at_each_page(
    mut prepare: impl FnMut(&Bench, &mut Journal),
    act: impl Fn(&Bench, &mut Journal) -> Result<(), JournalError>,
) -> usize {
    let mut refusals = 0;
    for room in 0..60_u32 {
        let bench = Bench::new();
        let mut journal = bench.filled(40);
        prepare(&bench, &mut journal);
        let before = hashes(&journal);
        let acked = journal.status().unwrap().acked_seq;
        let pages: u32 = journal.db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        let used = u32::try_from(crate::store::pages_in_use(&journal.db).unwrap()).unwrap();
        journal.set_max_pages(Some(pages.max(used) + room)).unwrap();
        match act(&bench, &mut journal) {
            Ok(()) => return refusals,
            Err(error) => {
                assert!(matches!(error, JournalError::Full { .. }), "{error:?}");
                refusals += 1;
            }
        }
        assert_eq!(hashes(&journal), before);
        assert_eq!(journal.status().unwrap().acked_seq, acked);
        journal.set_max_pages(None).unwrap();
        act(&bench, &mut journal).unwrap();
        drop(journal);
        let reader = crate::JournalReader::open(&bench.path()).unwrap();
        reader.verify(&bench.trust).unwrap();
    }
    panic!("it never succeeded");
}

#[test]
fn a_disk_full_at_any_page_of_an_append_leaves_nothing_half_done() {
    let refusals = at_each_page(
        |_, _| {},
        |_, journal| {
            let drafts = [(with_secret(&[5; 20_000]), op()), (note_of("x"), op())];
            append_group(journal, &drafts, &at(5)).map(drop)
        },
    );
    assert!(refusals > 5, "{refusals}");
}

#[test]
fn a_disk_full_at_any_page_of_a_checkpoint_or_an_acknowledgement_leaves_nothing_half_done() {
    // A tree and a note fill less than a page, so their table is brought to the edge of one first.
    let brim = |_: &Bench, journal: &mut Journal| {
        let pages = |journal: &Journal| crate::store::pages_in_use(&journal.db).unwrap();
        let start = pages(journal);
        for second in 0.. {
            fill(journal, 1);
            let (before, _) = (pages(journal), second);
            let room: i64 =
                journal.db.query_row("SELECT count(*) FROM checkpoints", [], |row| row.get(0)).unwrap();
            journal.checkpoint(&at(5)).unwrap();
            if room > 3 && before > start + 2 {
                return;
            }
        }
    };
    at_each_page(brim, |_, journal| {
        fill_one(journal)?;
        journal.checkpoint(&at(6)).map(drop)
    });
    at_each_page(brim, |bench, journal| {
        let note = journal.last_note().unwrap().unwrap();
        let size = Note::parse(&note).unwrap().size;
        let cosigned = bench.cosign(&note, &at(7));
        let hash = journal.row(size - 1)?.unwrap().hash;
        journal.acknowledge(size - 1, &hash, Some(cosigned), &at(7))
    });
}

fn fill_one(journal: &mut Journal) -> Result<(), JournalError> {
    journal.append(note_of("one more"), op(), &at(6), &[]).map(drop)
}

#[test]
fn pruning_needs_no_room_even_on_a_full_disk() {
    const DAY: i64 = 86_400;
    let bench = Bench::new();
    let mut journal = bench.filled(200);
    let cut = journal.renew_epoch(&RamKeyMaker, op(), &at(DAY)).unwrap().envelope.seq;
    bench.settle(&mut journal, &at(DAY));
    journal.set_max_pages(Some(1)).unwrap();
    assert!(fill_one(&mut journal).unwrap_err().is_retryable());
    assert_eq!(journal.prune(1000, &at(2 * DAY)).unwrap(), cut);
    journal.set_max_pages(None).unwrap();
    fill(&mut journal, 1);
    crate::JournalReader::open(&bench.path()).unwrap().verify(&bench.trust).unwrap();
}

#[test]
fn every_state_says_what_a_person_does() {
    let path = PathBuf::from("/data/journal.db");
    let detail = "x".to_owned();
    for error in [
        JournalError::Missing { path: path.clone() },
        JournalError::Lost { path: path.clone(), evidence: beside(&path, "-wal") },
        JournalError::WalLost { path: path.clone() },
        JournalError::Truncated { path: path.clone(), expected: 2, actual: 1 },
        JournalError::Damaged { detail: detail.clone() },
        JournalError::Chain { seq: 1, detail: detail.clone() },
        JournalError::OlderImage { rows: 1, proven: 2 },
        JournalError::Foreign { detail: detail.clone() },
        JournalError::Newer { found: 9, known: 2 },
        JournalError::Older { found: 1, known: 2 },
        JournalError::Migration { from: 1, to: 2, detail: detail.clone() },
        JournalError::InUse { path },
        JournalError::ReadOnly { detail: detail.clone() },
        JournalError::Full { detail: detail.clone() },
        JournalError::Unwritable { detail },
        JournalError::HeadChanged { expected: 1, found: 2 },
    ] {
        let text = error.to_string();
        let deeds = [
            "call service",
            "import",
            "install",
            "check",
            "stop it",
            "free space",
            "commissioning",
            "go back",
            "start the terminal",
        ];
        assert!(deeds.iter().any(|deed| text.contains(deed)), "{text}");
        assert!(!(error.is_finding() && error.is_retryable()), "{text}");
    }
}
