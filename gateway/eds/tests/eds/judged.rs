//! One signature after another before the judge: what counts, and each negative case of B12.

use senim_eds::{Algorithm as Kind, Refusal, Signed};
use senim_pki::Algorithm::{P256, Rsa2048};
use senim_pki::phone::Manner;
use senim_pki::{Algorithm, Pki};

use crate::{DOCUMENT, NOW, answer, judge, judge_for, signed};

const BOTH: [Algorithm; 2] = [Rsa2048, P256];

fn outcome(manner: Manner) -> [Refusal; 2] {
    BOTH.map(|algorithm| {
        let pki = Pki::new().unwrap();
        let cms = signed(&pki, algorithm, manner);
        judge(&pki, &cms, &answer(&pki, &cms)).unwrap_err()
    })
}

fn both(refusal: Refusal) -> [Refusal; 2] {
    [refusal.clone(), refusal]
}

#[test]
fn an_individuals_signature_under_the_document_counts_detached_and_attached() {
    let pki = Pki::new().unwrap();
    for (algorithm, kind) in [(Rsa2048, Kind::Rsa), (P256, Kind::Ecdsa)] {
        for manner in [Manner::Signs, Manner::SignsAttached] {
            let cms = signed(&pki, algorithm, manner);
            let verified = judge(&pki, &cms, &answer(&pki, &cms)).unwrap();
            assert_eq!((verified.algorithm, verified.signed_at.0), (kind, NOW));
            assert_eq!(verified.chain, [pki.issuing().to_vec(), pki.root().to_vec()]);
            assert_eq!(verified.stamp.chain[0], pki.tsa());
            assert_eq!(verified.stamp.policy, "1.2.398.3.3.2.6.1");
            assert_eq!(
                verified.document_sha256,
                ring::digest::digest(&ring::digest::SHA256, DOCUMENT).as_ref()
            );
        }
    }
}

#[test]
fn a_certificate_for_logging_in_does_not_sign() {
    assert_eq!(outcome(Manner::AuthCertificate), both(Refusal::NotForSigning));
}

#[test]
fn another_persons_signature_is_refused() {
    assert_eq!(outcome(Manner::OtherIin), both(Refusal::OtherPerson));
}

#[test]
fn an_expired_certificate_is_refused() {
    assert_eq!(outcome(Manner::Expired), both(Refusal::Expired));
}

#[test]
fn a_certificate_that_begins_later_is_refused() {
    assert_eq!(outcome(Manner::NotYetValid), both(Refusal::NotYetValid));
}

#[test]
fn a_revoked_certificate_is_refused_with_its_moment() {
    let at = senim_domain::UtcMillis(NOW - 86_400_000);
    assert_eq!(outcome(Manner::Revoked), both(Refusal::Revoked { at }));
}

#[test]
fn a_certificate_by_somebody_with_the_authoritys_name_is_refused() {
    assert_eq!(outcome(Manner::WrongIssuer), both(Refusal::IssuerUnknown));
}

#[test]
fn a_changed_bit_of_the_signature_is_found() {
    assert_eq!(outcome(Manner::Tampered), both(Refusal::SignatureWrong));
}

#[test]
fn a_signature_under_another_document_is_refused() {
    assert_eq!(outcome(Manner::OtherDocument), both(Refusal::OtherDocument));
}

#[test]
fn a_document_changed_by_one_byte_is_another_document() {
    let pki = Pki::new().unwrap();
    for manner in [Manner::Signs, Manner::SignsAttached] {
        let cms = signed(&pki, P256, manner);
        let mut changed = DOCUMENT.to_vec();
        changed[5] ^= 1;
        let refusal = judge_for(&pki, &cms, &answer(&pki, &cms), &changed, crate::IIN).unwrap_err();
        assert_eq!(refusal, Refusal::OtherDocument);
    }
}

#[test]
fn a_signature_without_a_time_stamp_is_refused() {
    assert_eq!(outcome(Manner::NoTimestamp), both(Refusal::TimestampMissing));
}

#[test]
fn an_organisations_certificate_is_refused_for_an_individual() {
    assert_eq!(outcome(Manner::Organisation), both(Refusal::Organisation));
}

#[test]
fn a_gost_signature_is_recognised_and_left_to_its_own_judge() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, P256, Manner::Gost);
    assert_eq!(Signed::read(&cms).unwrap().algorithm(), Kind::Gost);
    assert_eq!(judge(&pki, &cms, &senim_eds::Evidence::default()).unwrap_err(), Refusal::Gost);
}

#[test]
fn every_refusal_has_a_code_of_its_own() {
    let codes: std::collections::BTreeSet<_> = Refusal::CODES.iter().collect();
    assert_eq!(codes.len(), Refusal::CODES.len());
    for refusal in [Refusal::Malformed, Refusal::Gost, Refusal::Expired, Refusal::EvidenceWrong] {
        assert!(Refusal::CODES.contains(&refusal.code()), "{}", refusal.code());
    }
}
