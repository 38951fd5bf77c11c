//! Rows: dense, each operation once, in order.

use std::sync::atomic::{AtomicU64, Ordering};

use senim_gateway_core::store::{Change, Store, StoreError};

use crate::conformance::stores::{row, stored, terminal};

fn is_conflict(result: &Result<(), StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict(_)))
}

pub fn rows_come_back_as_they_went_in_and_only_to_their_terminal(store: &dyn Store) {
    let (one, other) = (terminal("t-1"), terminal("t-2"));
    let mut with = stored(&one, 0);
    with.attachment = Some("sha".into());
    store.commit(&[Change::Row { terminal: one.clone(), row: with.clone() }, row(&one, 1)]).unwrap();
    assert_eq!(store.row(&one, 0).unwrap(), Some(with.clone()));
    assert_eq!(store.row(&one, 1).unwrap(), Some(stored(&one, 1)));
    assert_eq!(store.row(&one, 2).unwrap(), None);
    assert_eq!(store.row(&other, 0).unwrap(), None);
    assert_eq!(store.row_of_attachment(&one, "sha").unwrap(), Some(with));
    assert_eq!(store.row_of_attachment(&other, "sha").unwrap(), None);
    assert_eq!(store.row_of_attachment(&one, "").unwrap(), None);
}

pub fn a_row_is_found_by_its_operation(store: &dyn Store) {
    let (one, other) = (terminal("t-1"), terminal("t-2"));
    store.commit(&[row(&one, 0), row(&one, 1)]).unwrap();
    let wanted = stored(&one, 1);
    assert_eq!(store.row_of_operation(&one, &wanted.op_id).unwrap(), Some(wanted.clone()));
    assert_eq!(store.row_of_operation(&other, &wanted.op_id).unwrap(), None);
    assert_eq!(store.row_of_operation(&one, "op").unwrap(), None);
}

pub fn only_the_next_number_is_taken(store: &dyn Store) {
    let one = terminal("t-1");
    assert!(is_conflict(&store.commit(&[row(&one, 1)])), "a chain begins at 0");
    store.commit(&[row(&one, 0), row(&one, 1)]).unwrap();
    for wrong in [0, 1, 3] {
        let mut again = stored(&one, wrong);
        again.op_id = "new".into();
        assert!(is_conflict(&store.commit(&[Change::Row { terminal: one.clone(), row: again }])), "{wrong}");
    }
    assert!(is_conflict(&store.commit(&[row(&one, 2), row(&one, 4)])), "a gap within");
    assert!(is_conflict(&store.commit(&[row(&one, 3), row(&one, 2)])), "the wrong way round");
    store.commit(&[row(&one, 2)]).unwrap();
}

pub fn an_operation_is_kept_once_per_terminal(store: &dyn Store) {
    let (one, other) = (terminal("t-1"), terminal("t-2"));
    store.commit(&[row(&one, 0)]).unwrap();
    let mut again = stored(&one, 1);
    again.op_id = stored(&one, 0).op_id;
    assert!(is_conflict(&store.commit(&[Change::Row { terminal: one.clone(), row: again.clone() }])));
    let mut first = again.clone();
    first.seq = 0;
    store.commit(&[Change::Row { terminal: other, row: first }]).unwrap();
    let mut twins = [stored(&one, 1), stored(&one, 2)];
    twins[1].op_id = twins[0].op_id.clone();
    let twins = twins.map(|row| Change::Row { terminal: one.clone(), row });
    assert!(is_conflict(&store.commit(&twins)), "within one transaction too");
    assert_eq!(store.row(&one, 1).unwrap(), None);
}

pub fn rows_are_read_from_any_number_on_up_to_a_limit(store: &dyn Store) {
    let (one, other) = (terminal("t-1"), terminal("t-2"));
    let all: Vec<Change> = (0..100).map(|seq| row(&one, seq)).collect();
    store.commit(&all).unwrap();
    store.commit(&[row(&other, 0)]).unwrap();
    let seqs = |from, limit| {
        store.rows(&one, from, limit).unwrap().into_iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    assert_eq!(seqs(0, 1000), (0..100).collect::<Vec<_>>());
    assert_eq!(seqs(97, 10), [97, 98, 99]);
    assert_eq!(seqs(10, 3), [10, 11, 12]);
    assert_eq!(seqs(10, 0), [0; 0]);
    assert_eq!(seqs(100, 5), [0; 0]);
    assert_eq!(store.rows(&one, 42, 1).unwrap(), [stored(&one, 42)]);
}

pub fn numbers_that_no_row_can_have_change_nothing(store: &dyn Store) {
    let one = terminal("t-1");
    for seq in [u64::MAX, 1 << 63, (1 << 63) - 1] {
        assert!(store.commit(&[row(&one, seq)]).is_err());
        assert!(store.row(&one, seq).is_err() || store.row(&one, seq).unwrap().is_none());
    }
    assert!(store.rows(&one, 0, 9).unwrap().is_empty());
}

pub fn of_two_writers_of_the_same_rows_one_wins_each_time(store: &dyn Store) {
    const ROWS: u64 = 60;
    let one = terminal("t-1");
    let won = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for seq in 0..ROWS {
                    // Whoever is late finds the row there; whoever is early waits until it is the next one.
                    loop {
                        match store.commit(&[row(&one, seq)]) {
                            Ok(()) => {
                                won.fetch_add(1, Ordering::Relaxed);
                                break;
                            }
                            Err(StoreError::Conflict(_)) if store.row(&one, seq).unwrap().is_some() => break,
                            Err(StoreError::Conflict(_)) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            });
        }
    });
    assert_eq!(won.load(Ordering::Relaxed), ROWS);
    assert_eq!(
        store.rows(&one, 0, 1000).unwrap(),
        (0..ROWS).map(|seq| stored(&one, seq)).collect::<Vec<_>>()
    );
}
