//! A transaction is whole or it is not.

use std::sync::atomic::{AtomicBool, Ordering};

use senim_gateway_core::store::{Change, Collection, Expect, Store, StoreError};

use crate::conformance::stores::{attachment, message, put, row, terminal};

pub fn a_refused_change_undoes_all_of_its_transaction(store: &dyn Store) {
    let one = terminal("t-1");
    store.commit(&[put(Collection::Loan, "there", Expect::Absent, "1")]).unwrap();
    let good = || {
        vec![
            row(&one, 0),
            attachment(&one, "s", "jwe", false),
            message(&one, "jws"),
            put(Collection::Loan, "a", Expect::Absent, "1"),
            put(Collection::Loan, "there", Expect::Revision(1), "2"),
        ]
    };
    let wrong: [Change; 3] = [
        put(Collection::Loan, "there", Expect::Absent, "9"),
        row(&one, 7),
        put(Collection::Meta, "x", Expect::Revision(3), "9"),
    ];
    for wrong in wrong {
        for at in [0, 2, 5] {
            let mut changes = good();
            changes.insert(at, wrong.clone());
            assert!(matches!(store.commit(&changes), Err(StoreError::Conflict(_))), "{wrong:?} at {at}");
            assert_eq!(store.row(&one, 0).unwrap(), None);
            assert_eq!(store.attachment(&one, "s").unwrap(), None);
            assert_eq!(store.inbox_head(&one).unwrap(), 0);
            assert_eq!(store.document(Collection::Loan, "a").unwrap(), None);
            assert_eq!(store.document(Collection::Loan, "there").unwrap().unwrap().json, "1");
        }
    }
    store.commit(&good()).unwrap();
    assert_eq!(store.inbox(&one, 0, 9).unwrap()[0].n, 1, "numbers of what was undone are not lost");
}

pub fn a_long_transaction_is_whole(store: &dyn Store) {
    let (one, other) = (terminal("t-1"), terminal("t-2"));
    let mut changes: Vec<Change> = Vec::new();
    for seq in 0..300 {
        changes.push(row(&one, seq));
        changes.push(message(&one, &seq.to_string()));
        changes.push(put(Collection::Pending, &format!("t-1/{seq:016}"), Expect::Absent, "1"));
        changes.push(row(&other, seq));
    }
    store.commit(&changes).unwrap();
    assert_eq!(store.rows(&one, 0, 1000).unwrap().len(), 300);
    assert_eq!(store.rows(&other, 0, 1000).unwrap().len(), 300);
    assert_eq!(store.inbox_head(&one).unwrap(), 300);
    assert_eq!(store.documents(Collection::Pending, "t-1/").unwrap().len(), 300);
}

pub fn no_changes_are_no_trouble(store: &dyn Store) {
    store.commit(&[]).unwrap();
}

pub fn readers_never_see_half_of_a_transaction(store: &dyn Store) {
    let one = terminal("t-1");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for batch in 0..30_u64 {
                let changes: Vec<Change> = (batch * 8..batch * 8 + 8).map(|seq| row(&one, seq)).collect();
                store.commit(&changes).unwrap();
            }
            over.store(true, Ordering::Release);
        });
        loop {
            let last = over.load(Ordering::Acquire);
            let rows = store.rows(&one, 0, 1000).unwrap();
            assert_eq!(rows.len() % 8, 0);
            if last {
                break assert_eq!(rows.len(), 240);
            }
        }
    });
}
