//! The CMS around a card's signature, with the keys of a test authority in place of the card.

use senim_domain::UtcMillis;
use senim_eds::assemble::with_timestamp;
use senim_eds::{AssembleError, Refusal, Signed, ToSign, timestamp_request, timestamp_token};
use senim_pki::{Algorithm, Pki, Profile};

use crate::{DOCUMENT, NONCE, NOW, answer, holder, judge};

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().try_into().unwrap()
}

#[test]
fn a_cards_signature_becomes_a_cms_that_counts_once_it_is_stamped() {
    let pki = Pki::new().unwrap();
    for algorithm in [Algorithm::Rsa2048, Algorithm::P256] {
        let card = pki.issue(&holder(), &Profile::individual(algorithm, NOW)).unwrap();
        let to_sign = ToSign::new(&sha256(DOCUMENT), &card.certificate, UtcMillis(NOW)).unwrap();
        let cms = to_sign.finish(&card.key.sign(to_sign.message()).unwrap()).unwrap();
        assert_eq!(judge(&pki, &cms, &answer(&pki, &cms)).unwrap_err(), Refusal::TimestampMissing);

        let over = Signed::read(&cms).unwrap().signature().to_vec();
        let reply = pki.timestamp(&timestamp_request(&over, NONCE).unwrap(), NOW).unwrap();
        let stamped = with_timestamp(&cms, &timestamp_token(&reply, &over, NONCE).unwrap()).unwrap();
        judge(&pki, &stamped, &answer(&pki, &stamped)).unwrap();
    }
}

#[test]
fn terminal_and_gateway_make_the_same_bytes_of_the_same_facts() {
    let pki = Pki::new().unwrap();
    let card = pki.issue(&holder(), &Profile::individual(Algorithm::P256, NOW)).unwrap();
    let one = ToSign::new(&sha256(DOCUMENT), &card.certificate, UtcMillis(NOW)).unwrap();
    let two = ToSign::new(&sha256(DOCUMENT), &card.certificate, UtcMillis(NOW + 999)).unwrap();
    assert_eq!(one.message(), two.message());
    let later = ToSign::new(&sha256(DOCUMENT), &card.certificate, UtcMillis(NOW + 1000)).unwrap();
    let other = ToSign::new(&sha256(b"other"), &card.certificate, UtcMillis(NOW)).unwrap();
    assert_ne!(one.message(), later.message());
    assert_ne!(one.message(), other.message());
}

#[test]
fn a_signature_over_something_else_makes_no_cms() {
    let pki = Pki::new().unwrap();
    for algorithm in [Algorithm::Rsa2048, Algorithm::P256] {
        let card = pki.issue(&holder(), &Profile::individual(algorithm, NOW)).unwrap();
        let to_sign = ToSign::new(&sha256(DOCUMENT), &card.certificate, UtcMillis(NOW)).unwrap();
        for wrong in [card.key.sign(b"other").unwrap(), vec![0; 256], Vec::new()] {
            assert_eq!(to_sign.finish(&wrong).unwrap_err(), AssembleError::SignatureWrong);
        }
    }
}

#[test]
fn a_certificate_of_another_kind_is_refused_before_the_card_is_asked() {
    let pki = Pki::new().unwrap();
    let gost = crate::signed(&pki, Algorithm::P256, senim_pki::phone::Manner::Gost);
    let gost = Signed::read(&gost).unwrap().certificate().to_vec();
    let refused = |certificate: &[u8], at| ToSign::new(&[0; 32], certificate, UtcMillis(at)).err();
    assert_eq!(refused(&gost, NOW), Some(AssembleError::Key));
    assert_eq!(refused(b"no certificate", NOW), Some(AssembleError::Certificate));
    assert_eq!(refused(pki.tsa(), -1), Some(AssembleError::Moment));
    assert_eq!(with_timestamp(b"no signature", &gost), Err(AssembleError::NoSignature));
}
