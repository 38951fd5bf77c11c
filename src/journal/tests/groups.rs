//! Groups large enough for two threads: whole or not at all, in the order given, whatever fails on either thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use senim_operation::attachment::MfoSealer;
use senim_operation::jws::PublicJwk;
use senim_operation::signer::{KeyError, Sealer, Signer};

use super::*;
use crate::beside::FROM;
use crate::journal::Fault;
use crate::{JournalReader, StateKey};

const COUNT: StateKey = StateKey("count");

/// What a key does once its time has come.
#[derive(Clone, Copy)]
enum Fails {
    WithAnError,
    WithAPanic,
}

impl Fails {
    fn now(self) -> KeyError {
        match self {
            Self::WithAnError => KeyError::Store("gone".into()),
            Self::WithAPanic => panic!("the key store panicked"),
        }
    }
}

/// A journal key that signs so often and then fails.
struct Tiring {
    inner: RamKey,
    left: AtomicU64,
    fails: Fails,
}

impl Signer for Tiring {
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        match self.left.fetch_sub(1, Ordering::Relaxed) {
            0 => Err(self.fails.now()),
            _ => self.inner.sign(message),
        }
    }

    fn public_jwk(&self) -> PublicJwk {
        self.inner.public_jwk()
    }
}

/// Remembers what it sealed; fails at a plaintext of `fails_at`.
struct Watched {
    inner: MfoSealer,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
    fails_at: Option<(Vec<u8>, Fails)>,
}

impl Sealer for Watched {
    fn seal(&self, plaintext: &[u8]) -> Result<String, KeyError> {
        self.seen.lock().unwrap().push(plaintext.to_vec());
        match &self.fails_at {
            Some((at, fails)) if at == plaintext => Err(fails.now()),
            _ => self.inner.seal(plaintext),
        }
    }

    fn kid(&self) -> String {
        self.inner.kid()
    }
}

/// Every third row with something sealed.
fn group(rows: usize) -> Vec<(Draft, OperationId)> {
    let draft = |number: usize| match number % 3 {
        0 => with_secret(&secret(number)),
        _ => note_of(&format!("row {number}")),
    };
    (0..rows).map(|number| (draft(number), op())).collect()
}

fn secret(number: usize) -> Vec<u8> {
    format!("secret {number}").into_bytes()
}

/// Every row of the group with a state and a directive of its own.
fn append_with_state(
    journal: &mut Journal,
    group: &[(Draft, OperationId)],
) -> Result<Vec<Row>, JournalError> {
    let entries: Vec<Entry<'_>> = group
        .iter()
        .enumerate()
        .map(|(number, (draft, op_id))| Entry {
            draft,
            op_id: *op_id,
            state: vec![(COUNT, number.to_string())],
            directive: Some(("RulePack", "a.b.c")),
        })
        .collect();
    journal.append_many(&entries, &at(1))
}

/// From here on rows are signed by a key that fails after so many of them.
fn tire(journal: &mut Journal, signatures: u64, fails: Fails) {
    struct Maker(u64, Fails);
    impl senim_operation::signer::KeyMaker for Maker {
        fn make(&self) -> Result<Box<dyn Signer>, KeyError> {
            // The first signature is the proof in the KeyEpoch row.
            Ok(Box::new(Tiring {
                inner: RamKey::generate()?.0,
                left: AtomicU64::new(self.0 + 1),
                fails: self.1,
            }))
        }
    }
    journal.renew_epoch(&Maker(signatures, fails), op(), &at(1)).unwrap();
}

fn watch(
    journal: &mut Journal,
    bench: &Bench,
    fails_at: Option<(Vec<u8>, Fails)>,
) -> Arc<Mutex<Vec<Vec<u8>>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let inner = MfoSealer::new(bench.opener.public_jwk());
    journal.set_sealer(Box::new(Watched { inner, seen: Arc::clone(&seen), fails_at }));
    seen
}

/// Nothing of a group is there, and the next attempt with healthy keys writes it whole.
fn nothing_is_left_and_the_repetition_succeeds(
    bench: &Bench,
    mut journal: Journal,
    before: &[String],
    group: &[(Draft, OperationId)],
) {
    assert_eq!(hashes(&journal), before);
    assert_eq!(journal.status().unwrap().attachments, 0);
    assert_eq!((journal.state(COUNT).unwrap(), journal.directive("RulePack").unwrap()), (None, None));
    journal.set_sealer(Box::new(MfoSealer::new(bench.opener.public_jwk())));
    journal.renew_epoch(&RamKeyMaker, op(), &at(2)).unwrap();
    let rows = append_with_state(&mut journal, group).unwrap();
    assert!(journal.adopted().is_empty());
    assert_eq!(
        hashes(&journal)[before.len() + 1..],
        rows.iter().map(|row| row.hash.clone()).collect::<Vec<_>>()
    );
    drop(journal);
    let verified = JournalReader::open(&bench.path()).unwrap().verify(&bench.trust).unwrap();
    assert_eq!(verified.rows, (before.len() + 1 + group.len()) as u64);
    bench.open().unwrap();
}

#[test]
fn rows_lie_on_disk_in_the_order_given_with_their_own_attachments() {
    let bench = Bench::new();
    let mut journal = bench.filled(0);
    let seen = watch(&mut journal, &bench, None);
    let mut written = hashes(&journal);
    let mut secrets = Vec::new();
    for rows in [FROM - 1, FROM, FROM + 1, 3 * FROM, 100, 1] {
        let group = group(rows);
        let rows = append_with_state(&mut journal, &group).unwrap();
        assert_eq!(
            rows.iter().map(|row| row.envelope.op_id).collect::<Vec<_>>(),
            group.iter().map(|(_, op_id)| *op_id).collect::<Vec<_>>()
        );
        written.extend(rows.iter().map(|row| row.hash.clone()));
        secrets.extend((0..rows.len()).step_by(3).map(secret));
        assert_eq!(journal.state(COUNT).unwrap().unwrap(), (rows.len() - 1).to_string());
        assert_eq!(journal.head_hash(), rows.last().unwrap().hash);
        assert_eq!(journal.status().unwrap().attachments, secrets.len() as u64);
    }
    assert_eq!(hashes(&journal), written);
    assert_eq!(*seen.lock().unwrap(), secrets);
    let mut attachments =
        journal.db.prepare("SELECT jwe FROM attachments JOIN operations USING (seq) ORDER BY seq").unwrap();
    let opened = attachments.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let opened: Vec<_> =
        opened.map(|jwe| bench.opener.open(&jwe.unwrap()).unwrap().expose().to_vec()).collect();
    assert_eq!(opened, secrets);
    drop(attachments);
    // The tree that was grown beside the commit is the one that a note is made of.
    journal.checkpoint(&at(2)).unwrap();
    drop(journal);
    bench.open().unwrap();
    JournalReader::open(&bench.path()).unwrap().verify(&bench.trust).unwrap();
}

#[test]
fn a_row_that_cannot_be_signed_in_the_middle_of_a_group_leaves_none_of_it() {
    for signatures in [0, 1, 31, 63] {
        let bench = Bench::new();
        let mut journal = bench.filled(2);
        tire(&mut journal, signatures, Fails::WithAnError);
        let (before, group) = (hashes(&journal), group(64));
        let failed = append_with_state(&mut journal, &group);
        assert!(matches!(failed, Err(JournalError::Operation { .. })), "{failed:?}");
        assert!(journal.fault.is_none() && journal.accepts_new_business());
        nothing_is_left_and_the_repetition_succeeds(&bench, journal, &before, &group);
    }
}

#[test]
fn an_attachment_that_cannot_be_sealed_leaves_none_of_its_group() {
    let bench = Bench::new();
    let mut journal = bench.filled(2);
    let seen = watch(&mut journal, &bench, Some((secret(30), Fails::WithAnError)));
    let (before, group) = (hashes(&journal), group(64));
    let failed = append_with_state(&mut journal, &group);
    assert!(matches!(failed, Err(JournalError::Operation { .. })), "{failed:?}");
    assert!(journal.fault.is_none());
    // As with one thread: nothing behind the one that failed was sealed.
    assert_eq!(*seen.lock().unwrap(), (0..=30).step_by(3).map(secret).collect::<Vec<_>>());
    nothing_is_left_and_the_repetition_succeeds(&bench, journal, &before, &group);
}

#[test]
fn an_error_of_the_inserting_thread_reaches_the_caller() {
    for seq in [3, 40, 66] {
        let bench = Bench::new();
        let mut journal = bench.filled(2);
        journal
            .db
            .execute_batch(&format!(
                "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.operations WHEN NEW.seq = {seq}
                 BEGIN SELECT raise(ABORT, 'planned'); END"
            ))
            .unwrap();
        let (before, group) = (hashes(&journal), group(64));
        let failed = append_with_state(&mut journal, &group).unwrap_err();
        assert!(failed.to_string().contains("planned"), "{failed}");
        assert!(journal.fault.is_some());
        // The next call looks at the file by a new connection, which has no such trigger.
        assert!(journal.accepts_new_business());
        nothing_is_left_and_the_repetition_succeeds(&bench, journal, &before, &group);
    }
}

#[test]
fn a_full_disk_and_a_read_only_one_are_named_and_lose_nothing() {
    let bench = Bench::new();
    let mut journal = bench.filled(2);
    let (before, group) = (hashes(&journal), group(64));
    let pages: u32 = journal.db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    for limit in [1, pages + 4] {
        journal.set_max_pages(Some(limit)).unwrap();
        let full = append_with_state(&mut journal, &group);
        assert!(matches!(full, Err(JournalError::Full { .. })), "{full:?}");
    }
    journal.settle_fault().unwrap();
    journal.set_max_pages(None).unwrap();
    journal.db.pragma_update(None, "query_only", true).unwrap();
    let refused = append_with_state(&mut journal, &group);
    assert!(matches!(refused, Err(JournalError::ReadOnly { .. })), "{refused:?}");
    journal.settle_fault().unwrap();
    nothing_is_left_and_the_repetition_succeeds(&bench, journal, &before, &group);
}

#[test]
fn a_panic_while_signing_loses_no_row_and_writes_none() {
    let bench = Bench::new();
    let mut journal = bench.filled(2);
    tire(&mut journal, 20, Fails::WithAPanic);
    let (before, group) = (hashes(&journal), group(64));
    let caught = catch_unwind(AssertUnwindSafe(|| append_with_state(&mut journal, &group)));
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"the key store panicked"));
    nothing_is_left_and_the_repetition_succeeds(&bench, journal, &before, &group);
}

#[test]
fn a_panic_of_the_other_thread_reaches_the_caller_and_the_file_is_looked_at_before_the_next_row() {
    let bench = Bench::new();
    let mut journal = bench.filled(2);
    watch(&mut journal, &bench, Some((secret(30), Fails::WithAPanic)));
    let (before, group) = (hashes(&journal), group(64));
    let caught = catch_unwind(AssertUnwindSafe(|| append_with_state(&mut journal, &group)));
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"the key store panicked"));
    assert!(journal.fault.is_some());
    assert!(journal.accepts_new_business() && journal.fault.is_none());
    nothing_is_left_and_the_repetition_succeeds(&bench, journal, &before, &group);
}

#[test]
fn of_several_errors_the_one_is_reported_that_one_thread_would_have_met_first() {
    let bench = Bench::new();
    let mut journal = bench.filled(2);
    let mut known = group(64);
    known[50].1 = journal.rows(2, 3).unwrap()[0].envelope.op_id;
    tire(&mut journal, 5, Fails::WithAnError);
    let before = hashes(&journal);
    for _ in 0..8 {
        let refused = append_with_state(&mut journal, &known);
        assert!(matches!(refused, Err(JournalError::OperationKnown { seq: 2, .. })), "{refused:?}");
        tire(&mut journal, 5, Fails::WithAnError);
        journal.set_max_pages(Some(1)).unwrap();
        let unsigned = append_with_state(&mut journal, &group(64));
        assert!(matches!(unsigned, Err(JournalError::Operation { .. })), "{unsigned:?}");
        journal.settle_fault().unwrap();
        journal.set_max_pages(None).unwrap();
    }
    let mut twins = group(64);
    twins[40].1 = twins[2].1;
    journal.renew_epoch(&RamKeyMaker, op(), &at(2)).unwrap();
    let refused = append_with_state(&mut journal, &twins);
    assert!(matches!(refused, Err(JournalError::Operation { .. })), "{refused:?}");
    assert_eq!(hashes(&journal)[..before.len()], before);
    assert_eq!(journal.status().unwrap().attachments, 0);
}

#[test]
fn a_large_group_reported_as_failed_that_reached_the_disk_is_found_by_its_repetition() {
    let bench = Bench::new();
    let mut journal = bench.filled(1);
    let (head, group) = (journal.head.clone(), group(40));
    let written = append_with_state(&mut journal, &group).unwrap();
    journal.head = head;
    journal.fault = Some(Fault { rows: written.clone(), epoch: None, mono: at(1).mono });
    assert_eq!(append_with_state(&mut journal, &group).unwrap(), written);
    assert!(journal.adopted().is_empty());
    assert_eq!(journal.head_hash(), written.last().unwrap().hash);
    assert_eq!(append_with_state(&mut journal, &group[..0]).unwrap(), []);
    drop(journal);
    bench.open().unwrap();
}

#[test]
fn a_disk_image_taken_before_during_and_after_a_group_holds_all_of_it_or_none() {
    let bench = Bench::new();
    let mut journal = bench.filled(1);
    let images = tempfile::tempdir().unwrap();
    let image = |name: usize| images.path().join(format!("{name}.db"));
    let (before, group) = (hashes(&journal), group(200));
    let mut taken = 0;
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| append_with_state(&mut journal, &group).unwrap());
        while !writer.is_finished() && taken < 200 {
            bench.image(&image(taken));
            taken += 1;
        }
        writer.join().unwrap();
    });
    bench.image(&image(taken));
    drop(journal);
    for number in 0..taken {
        // A copy that is not taken at one moment may mix what lay before and after; then it must be refused by name.
        let Ok(journal) = bench.open_at(&image(number)) else { continue };
        let rows = hashes(&journal).len() - 1;
        assert!(rows == before.len() || rows == before.len() + group.len(), "{rows}");
    }
    let last = bench.open_at(&image(taken)).unwrap();
    assert_eq!(hashes(&last).len() - 1, before.len() + group.len());
}
