//! Whatever arrives in place of a CMS ends in a refusal.

use senim_eds::{Evidence, Refusal, Signed};
use senim_pki::phone::Manner;
use senim_pki::{Algorithm, Pki};

use crate::{answer, judge, signed};

#[test]
fn what_is_no_cms_is_malformed() {
    for bytes in [&b""[..], b"<html>", &[0x30, 0x80, 0, 0], &[0x30, 3, 2, 1, 0], &[0xff; 64]] {
        assert_eq!(Signed::read(bytes).unwrap_err(), Refusal::Malformed);
    }
    assert_eq!(Signed::read(&vec![0x30; 9 << 20]).unwrap_err(), Refusal::Malformed);
}

#[test]
fn a_time_stamp_is_no_signature_of_a_client() {
    let pki = Pki::new().unwrap();
    assert_eq!(Signed::read(&pki.token_over(b"", crate::NOW).unwrap()).unwrap_err(), Refusal::Malformed);
}

#[test]
fn a_cms_cut_anywhere_is_refused() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    for length in (0..cms.len()).step_by(7) {
        assert!(Signed::read(&cms[..length]).is_err(), "{length}");
    }
}

/// Bytes that nothing rests on are few: what names the digest twice, and certificates that merely came along.
#[test]
fn a_changed_byte_anywhere_never_changes_what_is_believed() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    let evidence = answer(&pki, &cms);
    let genuine = judge(&pki, &cms, &evidence).unwrap();
    let mut refused = 0;
    for place in 0..cms.len() {
        let mut changed = cms.clone();
        changed[place] ^= 0x10;
        match judge(&pki, &changed, &evidence) {
            Err(_) => refused += 1,
            Ok(verified) => assert!(verified == genuine, "byte {place} is believed"),
        }
    }
    assert!(refused > cms.len() / 2, "{refused} of {}", cms.len());
    assert_eq!(judge(&pki, &cms, &Evidence::default()).unwrap_err(), Refusal::RevocationUnknown);
}
