//! The tree against an independent implementation, and the notes over it.

use std::sync::Arc;

use senim_domain::UtcMillis;
use senim_operation::checkpoint::{CompactRange, Note, NoteError};
use senim_operation::signer::{RamKey, Signer as _};
use senim_operation::trust::Trust;

use crate::fixture::{Mfo, NOW, terminal};

/// RFC 6962 section 2.1 as it is written: split at the largest power of two below n.
fn root_by_the_rfc(leaves: &[Vec<u8>]) -> [u8; 32] {
    let digest = |parts: &[&[u8]]| senim_operation::jws::sha256(&parts.concat());
    match leaves {
        [] => digest(&[]),
        [leaf] => digest(&[&[0], leaf]),
        more => {
            let split = more.len().next_power_of_two() / 2;
            digest(&[&[1], &root_by_the_rfc(&more[..split]), &root_by_the_rfc(&more[split..])])
        }
    }
}

#[test]
fn the_root_is_that_of_rfc_6962_at_every_size() {
    let mut range = CompactRange::new();
    let mut leaves = Vec::new();
    for number in 0..130_u32 {
        assert_eq!(range.root(), root_by_the_rfc(&leaves), "size {number}");
        assert_eq!(range.size(), u64::from(number));
        let stored: CompactRange = serde_json::from_str(&serde_json::to_string(&range).unwrap()).unwrap();
        assert_eq!(stored, range);
        leaves.push(number.to_be_bytes().to_vec());
        range.append(&number.to_be_bytes());
    }
}

#[test]
fn the_root_is_that_of_the_certificate_transparency_test_vectors() {
    // Leaves and roots that the reference implementations of RFC 6962 share.
    let leaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ];
    let mut range = CompactRange::new();
    for leaf in leaves {
        let bytes: Vec<u8> =
            (0..leaf.len()).step_by(2).map(|at| u8::from_str_radix(&leaf[at..at + 2], 16).unwrap()).collect();
        range.append(&bytes);
        let root: String = range.root().iter().map(|byte| format!("{byte:02x}")).collect();
        for (_, expected) in roots.iter().filter(|(size, _)| *size == range.size()) {
            assert_eq!(&root, expected);
        }
    }
}

#[test]
fn a_range_with_too_few_hashes_is_refused() {
    assert!(serde_json::from_str::<CompactRange>(r#"{"size":3,"hashes":[]}"#).is_err());
    assert!(serde_json::from_str::<CompactRange>(r#"{"size":1,"hashes":["AA=="]}"#).is_err());
}

fn note() -> (Note, RamKey, RamKey, Arc<Trust>) {
    let (journal, gateway) = (RamKey::generate().unwrap().0, RamKey::generate().unwrap().0);
    let mut note = Note::new(&terminal("almaty-01"), 41, [7; 32]);
    note.sign(&journal).unwrap();
    note.cosign(&gateway, NOW).unwrap();
    (note, journal, gateway, Mfo::new("a").trust)
}

#[test]
fn a_note_is_read_back_and_both_signatures_verify() {
    let (note, journal, gateway, trust) = note();
    let read = Note::parse(&note.to_string()).unwrap();
    assert_eq!(read, note);
    read.verify(&journal.public_jwk(), &trust).unwrap();
    assert_eq!(
        read.verify_cosignature(&gateway.public_jwk(), &trust).unwrap(),
        UtcMillis(NOW.0 / 1000 * 1000)
    );
    assert!(matches!(read.verify(&gateway.public_jwk(), &trust), Err(NoteError::NotSigned)));
    assert!(matches!(read.verify_cosignature(&journal.public_jwk(), &trust), Err(NoteError::NotSigned)));
    assert_eq!(read.terminal().unwrap(), terminal("almaty-01"));
}

#[test]
fn a_note_of_another_tree_or_time_does_not_verify() {
    let (note, journal, gateway, trust) = note();
    for changed in [
        Note { size: 42, ..note.clone() },
        Note { root: [8; 32], ..note.clone() },
        Note { origin: "senim/almaty-02".into(), ..note.clone() },
    ] {
        assert!(changed.verify(&journal.public_jwk(), &trust).is_err());
        assert!(matches!(
            changed.verify_cosignature(&gateway.public_jwk(), &trust),
            Err(NoteError::BadSignature)
        ));
    }
    let mut later = note;
    later.signatures[1].signature[7] ^= 1;
    assert!(matches!(later.verify_cosignature(&gateway.public_jwk(), &trust), Err(NoteError::BadSignature)));
}

#[test]
fn unknown_signatures_are_ignored() {
    let (mut note, journal, _, trust) = note();
    let stranger = RamKey::generate().unwrap().0;
    note.signatures.rotate_left(1);
    note.cosign(&stranger, NOW).unwrap();
    Note::parse(&note.to_string()).unwrap().verify(&journal.public_jwk(), &trust).unwrap();
}

#[test]
fn notes_in_any_other_form_are_refused() {
    let (note, ..) = note();
    let good = note.to_string();
    for bad in [
        good.replace("\n41\n", "\n041\n"),
        good.replace("\n41\n", "\n+41\n"),
        good.replace("\n41\n", "\n41\nextension\n"),
        good.replace("\n\n", "\n"),
        good.replace('\u{2014}', "-"),
        good.trim_end().to_owned(),
        good.replace("\n", "\r\n"),
        format!("{}\n", note.text()),
        format!("{good}{}", "\u{2014} x AAAAAAAA\n".repeat(15)),
    ] {
        assert!(Note::parse(&bad).is_err(), "{bad}");
    }
}
