//! The power goes while the store writes: whatever the disk has made of what was not synced, the store opens, holds every
//! transaction that it said was durable, each whole and none another, and goes on.

use senim_gateway::store::SqliteStore;
use senim_gateway_core::store::{Change, Collection, Document, Expect, InboxItem, Store, StoredRow};
use senim_test_disk::{Call, Chance, Fault, Op, survivors, watch};

use crate::conformance::stores::{attachment, message, put, row, terminal};

const FILE: &str = "gateway.db";
/// Of an attachment, bytes: so that the log is folded into the database several times in a life.
const ATTACHED: usize = 300_000;

/// Everything that is in it.
#[derive(Debug, PartialEq, Eq)]
struct Contents {
    rows: Vec<StoredRow>,
    inbox: Vec<InboxItem>,
    documents: Vec<Document>,
    /// Bytes of each attachment and whether it is archived.
    attachments: Vec<Option<(String, bool)>>,
}

fn contents(store: &dyn Store) -> Contents {
    let one = terminal("t-1");
    let attachment = |number| {
        let found = store.attachment(&one, &format!("s{number}")).unwrap();
        found.map(|found| (found.jwe, found.archived))
    };
    Contents {
        rows: store.rows(&one, 0, usize::MAX).unwrap(),
        inbox: store.inbox(&one, 0, usize::MAX).unwrap(),
        documents: store.documents(Collection::Loan, "").unwrap(),
        attachments: (0..TRANSACTIONS).map(attachment).collect(),
    }
}

const TRANSACTIONS: u64 = 24;

/// What comes with one row, as intake has it: with an attachment sometimes, an answer, and records that change and go.
fn transaction(number: u64) -> Vec<Change> {
    let one = terminal("t-1");
    let loan = format!("loan-{}", number % 5);
    let expect = if number < 5 { Expect::Absent } else { Expect::Revision(number / 5) };
    let mut changes = vec![
        row(&one, number),
        message(&one, &format!("answer {number}")),
        put(Collection::Loan, &loan, expect, &number.to_string()),
    ];
    if number.is_multiple_of(3) {
        changes.push(attachment(&one, &format!("s{number}"), &"j".repeat(ATTACHED), false));
    }
    if number % 6 == 5 {
        changes.push(attachment(&one, &format!("s{}", number - 2), &"j".repeat(ATTACHED), true));
    }
    if number % 6 == 4 {
        changes.push(Change::EraseAttachment { terminal: one, sha256: format!("s{}", number - 4) });
    }
    changes
}

/// A life of the store: what was done to the disk, and what was in it after each transaction.
fn life() -> (Vec<Op>, Vec<Contents>) {
    let folder = tempfile::tempdir().unwrap();
    let disk = watch(folder.path());
    let path = folder.path().join(FILE);
    let mut store = SqliteStore::open(&path).unwrap();
    let mut states = Vec::new();
    let mut promise = |store: &SqliteStore| {
        states.push(contents(store));
        disk.lock().unwrap().ops.push(Op::Promise(states.len() - 1));
    };
    promise(&store);
    for number in 0..TRANSACTIONS {
        if number == 10 {
            drop(store);
            store = SqliteStore::open(&path).unwrap();
        }
        store.commit(&transaction(number)).unwrap();
        promise(&store);
    }
    drop(store);
    let ops = std::mem::take(&mut disk.lock().unwrap().ops);
    (ops, states)
}

/// Cuts behind these calls and says what does not hold then.
fn cut(done: &[Op], states: &[Contents], chance: &mut Chance) -> Result<(), String> {
    let promised = done.iter().rev().find_map(|op| match op {
        Op::Promise(number) => Some(*number),
        _ => None,
    });
    // A store that was never said to be there is made again.
    let Some(promised) = promised else { return Ok(()) };
    let folder = tempfile::tempdir().unwrap();
    for (file, bytes) in survivors(done, chance) {
        std::fs::write(folder.path().join(file), bytes).unwrap();
    }
    let store = SqliteStore::open(&folder.path().join(FILE)).map_err(|error| error.to_string())?;
    let rows = store.rows(&terminal("t-1"), 0, usize::MAX).map_err(|error| error.to_string())?.len();
    if rows < promised {
        return Err(format!("{rows} transactions, {promised} were promised"));
    }
    let whole = states.get(rows).ok_or("more than was ever written")?;
    if contents(&store) != *whole {
        return Err(format!("the {rows}. transaction is not whole"));
    }
    let next = rows as u64;
    store.commit(&transaction(next)).map_err(|error| format!("it does not go on: {error}"))
}

/// Every `each`th place between two calls, this often with other luck; how many cuts, and what did not hold.
fn cuts(ops: &[Op], states: &[Contents], each: usize, lucks: u64) -> (usize, Vec<String>) {
    let (mut cuts, mut failures) = (0, Vec::new());
    for place in (1..=ops.len()).step_by(each) {
        for luck in 0..lucks {
            cuts += 1;
            if let Err(told) = cut(&ops[..place], states, &mut Chance::new(luck, place)) {
                failures.push(format!("cut before call {place}, luck {luck}: {told}"));
            }
        }
    }
    (cuts, failures)
}

#[test]
fn power_cut_before_any_call_keeps_each_acknowledged_transaction_whole() {
    let (ops, states) = life();
    let folded = ops.iter().filter(|op| matches!(op, Op::Write { file, .. } if file == FILE)).count();
    assert!(folded > 100, "the log is folded into the database: {folded} writes");
    let (cuts, failures) = cuts(&ops, &states, 41, 4);
    assert!(cuts > 150, "{cuts} cuts in {} calls", ops.len());
    assert_eq!(failures, Vec::<String>::new(), "{cuts} cuts");
}

/// Every place; `SENIM_LUCKS` says with how much luck.
#[test]
#[ignore = "minutes"]
fn power_cut_before_every_call_keeps_each_acknowledged_transaction_whole() {
    let lucks = std::env::var("SENIM_LUCKS").ok().and_then(|lucks| lucks.parse().ok()).unwrap_or(4);
    let (ops, states) = life();
    let (cuts, failures) = cuts(&ops, &states, 1, lucks);
    println!("{cuts} cuts at {} places", ops.len());
    assert_eq!(failures, Vec::<String>::new(), "{cuts} cuts");
}

/// The control: where the disk only says that it has synced, the same cuts lose what was acknowledged.
#[test]
fn without_syncs_acknowledged_transactions_are_lost_and_it_is_seen() {
    let (mut ops, states) = life();
    ops.retain(|op| !matches!(op, Op::Sync { .. }));
    let (cuts, failures) = cuts(&ops, &states, 41, 3);
    assert!(failures.len() > 20, "{} of {cuts} cuts", failures.len());
}

#[test]
fn a_disk_that_is_full_or_broken_for_a_while_loses_nothing_that_was_acknowledged() {
    let (mut struck, mut refused) = (0, 0);
    for (call, fault) in
        [(Call::Write, Fault::Full), (Call::Write, Fault::Broken), (Call::Sync, Fault::Broken)]
    {
        for (nth, times) in [(0, 1), (1, 2), (4, 40)] {
            let folder = tempfile::tempdir().unwrap();
            let disk = watch(folder.path());
            let path = folder.path().join(FILE);
            let store = SqliteStore::open(&path).unwrap();
            disk.lock().unwrap().fails(call, nth, times, fault);
            let mut kept = 0;
            for _ in 0..60 {
                match store.commit(&transaction(kept)) {
                    Ok(()) => kept += 1,
                    // What was refused may have reached the disk all the same.
                    Err(_) => {
                        refused += 1;
                        kept = store.rows(&terminal("t-1"), 0, usize::MAX).unwrap().len() as u64;
                    }
                }
                if kept == TRANSACTIONS {
                    break;
                }
            }
            struck += disk.lock().unwrap().struck;
            disk.lock().unwrap().fault = None;
            drop(store);
            let store = SqliteStore::open(&path).unwrap();
            let rows = store.rows(&terminal("t-1"), 0, usize::MAX).unwrap().len() as u64;
            assert!(rows >= kept, "{call:?} {fault:?} {nth} {times}: {rows} of {kept}");
            store.commit(&transaction(rows)).unwrap();
        }
    }
    assert!(struck > 20 && refused > 10, "{struck} calls failed, {refused} transactions were refused");
}
