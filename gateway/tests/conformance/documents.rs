//! Documents: beliefs, prefixes, texts.

use std::sync::atomic::{AtomicUsize, Ordering};

use senim_gateway_core::store::{Collection, Document, Expect, Store, StoreError};

use crate::conformance::stores::{put, remove};

const LOAN: Collection = Collection::Loan;

fn content(store: &dyn Store, key: &str) -> Option<(u64, String)> {
    store.document(LOAN, key).unwrap().map(|document| (document.revision, document.json))
}

pub fn each_belief_holds_or_nothing_is_written(store: &dyn Store) {
    let conflict = |change| matches!(store.commit(&[change]), Err(StoreError::Conflict(_)));
    assert!(conflict(put(LOAN, "a", Expect::Revision(1), "1")), "of what is not there");
    assert!(conflict(remove(LOAN, "a", Expect::Revision(1))));
    store.commit(&[remove(LOAN, "a", Expect::Absent)]).unwrap();
    store.commit(&[remove(LOAN, "a", Expect::Any)]).unwrap();
    store.commit(&[put(LOAN, "a", Expect::Absent, "1")]).unwrap();
    assert_eq!(content(store, "a"), Some((1, "1".into())));
    assert!(conflict(put(LOAN, "a", Expect::Absent, "2")));
    assert!(conflict(remove(LOAN, "a", Expect::Absent)));
    assert!(conflict(put(LOAN, "a", Expect::Revision(2), "2")));
    assert!(conflict(put(LOAN, "a", Expect::Revision(u64::MAX), "2")));
    store.commit(&[put(LOAN, "a", Expect::Revision(1), "2")]).unwrap();
    store.commit(&[put(LOAN, "a", Expect::Any, "3")]).unwrap();
    assert_eq!(content(store, "a"), Some((3, "3".into())));
    assert_eq!(store.document(Collection::OpenLoan, "a").unwrap(), None, "collections are apart");
    assert!(conflict(remove(LOAN, "a", Expect::Revision(2))));
    store.commit(&[remove(LOAN, "a", Expect::Revision(3))]).unwrap();
    assert_eq!(content(store, "a"), None);
    // Within one transaction each change sees those before it.
    store
        .commit(&[
            put(LOAN, "b", Expect::Absent, "1"),
            put(LOAN, "b", Expect::Revision(1), "2"),
            remove(LOAN, "b", Expect::Revision(2)),
            put(LOAN, "b", Expect::Absent, "3"),
        ])
        .unwrap();
    assert_eq!(content(store, "b"), Some((1, "3".into())));
}

pub fn of_many_writers_with_the_same_belief_exactly_one_wins(store: &dyn Store) {
    const TURNS: u64 = 20;
    store.commit(&[put(LOAN, "a", Expect::Absent, "0")]).unwrap();
    for turn in 1..=TURNS {
        assert_eq!(winners(store, Expect::Revision(turn)), 1);
    }
    assert_eq!(content(store, "a").unwrap().0, TURNS + 1);
}

pub fn of_many_first_writers_exactly_one_wins(store: &dyn Store) {
    for _ in 0..20 {
        assert_eq!(winners(store, Expect::Absent), 1);
        store.commit(&[remove(LOAN, "a", Expect::Revision(1))]).unwrap();
    }
}

pub fn writers_without_a_belief_are_all_counted(store: &dyn Store) {
    for _ in 0..20 {
        assert_eq!(winners(store, Expect::Any), 4);
    }
    assert_eq!(content(store, "a").unwrap().0, 80);
}

pub fn pages_follow_each_other_and_leave_nothing_out(store: &dyn Store) {
    let mut keys = ["a", "a/1", "b", "t-1", "t-10", "t-2", "Ә", "\u{10ffff}"].map(str::to_owned).to_vec();
    for key in &keys {
        store.commit(&[put(LOAN, key, Expect::Absent, "0")]).unwrap();
    }
    store.commit(&[put(Collection::OpenLoan, "c", Expect::Absent, "0")]).unwrap();
    keys.sort();
    for limit in [1, 3, 8, 100, usize::MAX] {
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let page = store.documents_after(LOAN, &after, limit).unwrap();
            let Some(last) = page.last() else { break };
            assert!(page.len() <= limit);
            after.clone_from(&last.key);
            found.extend(page.into_iter().map(|document| document.key));
        }
        assert_eq!(found, keys, "in pages of {limit}");
    }
}

/// How many of four writers at once succeed; beside the document each writes one of its own.
fn winners(store: &dyn Store, expect: Expect) -> usize {
    let won = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let won = &won;
            scope.spawn(move || {
                let own = put(LOAN, &format!("of/{writer}"), Expect::Any, "0");
                match store.commit(&[own, put(LOAN, "a", expect, &writer.to_string())]) {
                    Ok(()) => _ = won.fetch_add(1, Ordering::Relaxed),
                    Err(StoreError::Conflict(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            });
        }
    });
    won.into_inner()
}

/// Keys in order of their bytes.
const KEYS: &[&str] = &[
    "%",
    "%_",
    "'; DROP TABLE documents; --",
    "/",
    "A/1",
    "T-1/0",
    "_",
    "a",
    "a/",
    "a/\u{1}",
    "a/b",
    "a/b/c",
    "a/bc",
    "a0",
    "a\\/x",
    "ab",
    "ab/c",
    "é/1",
    "а/кириллица",
    "ә/1",
    "\u{d7ff}/x",
    "\u{e000}/x",
    "\u{ffff}",
    "\u{1f600}/x",
    "\u{10ffff}",
    "\u{10ffff}/x",
    "\u{10ffff}\u{10ffff}",
];

pub fn a_prefix_finds_exactly_the_keys_that_begin_with_it_in_order_of_bytes(store: &dyn Store) {
    assert!(KEYS.is_sorted());
    for key in KEYS.iter().rev() {
        store.commit(&[put(LOAN, key, Expect::Absent, "{}")]).unwrap();
        store.commit(&[put(Collection::OpenLoan, key, Expect::Absent, "{}")]).unwrap();
    }
    let prefixes = ["", "a/b/c/d", "\u{10fffe}", "b", "%_%", "__"];
    for prefix in KEYS.iter().copied().chain(prefixes) {
        let found = store.documents(LOAN, prefix).unwrap();
        let found: Vec<&str> = found.iter().map(|document| document.key.as_str()).collect();
        let expected: Vec<&str> = KEYS.iter().copied().filter(|key| key.starts_with(prefix)).collect();
        assert_eq!(found, expected, "{prefix:?}");
    }
}

pub fn documents_are_found_by_name_in_order_and_without_those_that_are_not_there(store: &dyn Store) {
    let changes: Vec<_> =
        KEYS.iter().map(|key| put(LOAN, key, Expect::Absent, &format!("\"{key}\""))).collect();
    store.commit(&changes[..20]).unwrap();
    let all: Vec<String> = KEYS.iter().rev().map(|key| (*key).to_owned()).collect();
    let found: Vec<Document> = store.documents_named(LOAN, &all).unwrap();
    let keys: Vec<&str> = found.iter().map(|document| document.key.as_str()).collect();
    assert_eq!(keys, KEYS[..20]);
    assert!(found.iter().all(|document| document.json == format!("\"{}\"", document.key)));
    assert_eq!(store.documents_named(LOAN, &["a".into(), "a".into()]).unwrap().len(), 1);
    assert!(store.documents_named(LOAN, &[]).unwrap().is_empty());
    assert!(store.documents_named(Collection::Meta, &all).unwrap().is_empty());
}

pub fn texts_of_every_kind_and_size_come_back_unchanged(store: &dyn Store) {
    let long = format!("\"{}\"", "Айгүл \\u0000 ' \" % _ \u{10ffff} ".repeat(100_000));
    for (key, json) in
        [("quotes", "\"'; DROP TABLE documents; --\""), ("long", long.as_str()), ("empty", "{}")]
    {
        store.commit(&[put(LOAN, key, Expect::Absent, json)]).unwrap();
        assert_eq!(content(store, key), Some((1, json.to_owned())), "{key}");
    }
}

pub fn writers_in_opposite_order_both_arrive(store: &dyn Store) {
    // Where locks are taken one by one, these wait for each other; the store sorts that out by itself.
    std::thread::scope(|scope| {
        for forwards in [true, false] {
            scope.spawn(move || {
                let mut changes: Vec<_> =
                    (0..40).map(|at| put(LOAN, &format!("k/{at}"), Expect::Any, "0")).collect();
                if !forwards {
                    changes.reverse();
                }
                for _ in 0..20 {
                    store.commit(&changes).unwrap();
                }
            });
        }
    });
    assert!(store.documents(LOAN, "k/").unwrap().iter().all(|document| document.revision == 40));
}
