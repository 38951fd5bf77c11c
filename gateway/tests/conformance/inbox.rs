//! Inboxes: numbers that rise by one, whoever writes.

use senim_gateway_core::store::{Change, InboxItem, Store};

use crate::conformance::stores::{message, terminal};

pub fn numbers_rise_from_one_for_each_terminal(store: &dyn Store) {
    let (one, other) = (terminal("t-1"), terminal("t-2"));
    assert_eq!((store.inbox_head(&one).unwrap(), store.inbox(&one, 0, 9).unwrap()), (0, Vec::new()));
    store.commit(&[message(&one, "a"), message(&other, "x"), message(&one, "b")]).unwrap();
    store.commit(&[message(&one, "c")]).unwrap();
    let item = |n, jws: &str| InboxItem { n, jws: jws.into() };
    assert_eq!(store.inbox(&one, 0, 9).unwrap(), [item(1, "a"), item(2, "b"), item(3, "c")]);
    assert_eq!(store.inbox(&one, 1, 1).unwrap(), [item(2, "b")]);
    assert_eq!(store.inbox(&one, 3, 9).unwrap(), []);
    assert_eq!(store.inbox(&other, 0, 9).unwrap(), [item(1, "x")]);
    assert_eq!((store.inbox_head(&one).unwrap(), store.inbox_head(&other).unwrap()), (3, 1));
}

pub fn a_number_is_at_least_what_is_asked_and_always_above_those_before(store: &dyn Store) {
    let one = terminal("t-1");
    for (least, expected) in [(5, 5), (0, 6), (6, 7), (100, 100), (7, 101)] {
        store.commit(&[Change::Inbox { terminal: one.clone(), jws: "m".into(), least }]).unwrap();
        assert_eq!(store.inbox_head(&one).unwrap(), expected);
    }
    let numbers: Vec<u64> = store.inbox(&one, 5, 9).unwrap().into_iter().map(|item| item.n).collect();
    assert_eq!(numbers, [6, 7, 100, 101]);
}

pub fn many_writers_leave_no_gap_and_lose_nothing(store: &dyn Store) {
    let one = terminal("t-1");
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let one = &one;
            scope.spawn(move || {
                for at in 0..25 {
                    store.commit(&[message(one, &format!("{writer}/{at}"))]).unwrap();
                    // Whoever sees a number sees all below it.
                    let seen = store.inbox(one, 0, 1000).unwrap();
                    assert!(seen.iter().zip(1..).all(|(item, n)| item.n == n));
                }
            });
        }
    });
    let all = store.inbox(&one, 0, 1000).unwrap();
    assert_eq!((all.len(), store.inbox_head(&one).unwrap()), (100, 100));
    for writer in 0..4 {
        let own = all.iter().filter(|item| item.jws.starts_with(&format!("{writer}/")));
        let expected: Vec<String> = (0..25).map(|at| format!("{writer}/{at}")).collect();
        assert_eq!(own.map(|item| item.jws.clone()).collect::<Vec<_>>(), expected);
    }
}
