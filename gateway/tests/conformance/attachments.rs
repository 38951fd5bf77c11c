//! Sealed attachments.

use std::collections::BTreeMap;

use senim_gateway_core::store::{Change, Loose, Store, StoredAttachment};

use crate::conformance::stores::{attachment, stored, terminal};

pub fn the_same_again_only_raises_archived(store: &dyn Store) {
    let (one, other) = (terminal("t-1"), terminal("t-2"));
    let kept = |sha256: &str| store.attachment(&one, sha256).unwrap();
    store.commit(&[attachment(&one, "s", "jwe", false)]).unwrap();
    assert_eq!(kept("s"), Some(StoredAttachment { jwe: "jwe".into(), archived: false }));
    store.commit(&[attachment(&one, "s", "other", true)]).unwrap();
    store.commit(&[attachment(&one, "s", "jwe", false)]).unwrap();
    assert_eq!(kept("s"), Some(StoredAttachment { jwe: "jwe".into(), archived: true }));
    store.commit(&[attachment(&one, "t", "jwe", false)]).unwrap();
    assert_eq!(store.attachment(&other, "s").unwrap(), None);
    let asked = ["s".to_owned(), "t".to_owned(), "not here".to_owned()];
    let expected = BTreeMap::from([("s".to_owned(), true), ("t".to_owned(), false)]);
    assert_eq!(store.archived(&one, &asked).unwrap(), expected);
    assert!(store.archived(&one, &[]).unwrap().is_empty());
    assert!(store.archived(&other, &asked).unwrap().is_empty());
}

pub fn those_without_a_row_are_counted_until_the_row_comes(store: &dyn Store) {
    let (one, other) = (terminal("t-1"), terminal("t-2"));
    assert_eq!(store.loose(&one).unwrap(), Loose::default());
    store.commit(&[attachment(&one, "a", "12345", false), attachment(&one, "b", "123", false)]).unwrap();
    store.commit(&[attachment(&other, "a", "1", false)]).unwrap();
    assert_eq!(store.loose(&one).unwrap(), Loose { count: 2, bytes: 8 });
    let mut row = stored(&one, 0);
    row.attachment = Some("a".into());
    store.commit(&[Change::Row { terminal: one.clone(), row }]).unwrap();
    assert_eq!(store.loose(&one).unwrap(), Loose { count: 1, bytes: 3 });
    assert_eq!(store.loose(&other).unwrap(), Loose { count: 1, bytes: 1 });
    store.commit(&[attachment(&one, "b", "123", true)]).unwrap();
    assert_eq!(store.loose(&one).unwrap(), Loose::default(), "its second copy is there");
}

pub fn a_big_attachment_comes_back_unchanged(store: &dyn Store) {
    let one = terminal("t-1");
    let jwe: String =
        (0..4_u32 << 20).map(|at| char::from(b'A' + u8::try_from(at * 7 % 26).unwrap())).collect();
    store.commit(&[attachment(&one, "big", &jwe, false)]).unwrap();
    assert!(store.attachment(&one, "big").unwrap().unwrap().jwe == jwe);
    assert_eq!(store.loose(&one).unwrap().bytes, 4 << 20);
}

pub fn an_erased_attachment_is_gone_and_only_that_one(store: &dyn Store) {
    let (one, other) = (terminal("t-1"), terminal("t-2"));
    let kept = [attachment(&one, "a", "1", true), attachment(&one, "b", "2", true)];
    store.commit(&[kept.as_slice(), &[attachment(&other, "a", "3", true)]].concat()).unwrap();
    let erase = Change::EraseAttachment { terminal: one.clone(), sha256: "a".into() };
    for _ in 0..2 {
        store.commit(std::slice::from_ref(&erase)).unwrap();
        assert_eq!(store.attachment(&one, "a").unwrap(), None);
    }
    assert!(store.attachment(&one, "b").unwrap().is_some());
    assert!(store.attachment(&other, "a").unwrap().is_some());
    store.commit(&[attachment(&one, "a", "4", false)]).unwrap();
    assert_eq!(store.attachment(&one, "a").unwrap().unwrap().jwe, "4");
}
