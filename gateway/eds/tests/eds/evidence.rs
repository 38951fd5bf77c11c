//! Revocation: which answers and lists count, and what is kept of them says the same to whoever looks later.

use senim_domain::UtcMillis;
use senim_eds::{Evidence, Refusal};
use senim_pki::phone::Manner;
use senim_pki::{Algorithm, Pki, Profile};

use crate::{NOW, answer, holder, judge, signed};

const DAY: i64 = 86_400_000;

fn lists(pki: &Pki, now: i64) -> Evidence {
    Evidence { crls: vec![pki.crl(now).unwrap(), pki.root_crl(now).unwrap()], ..Evidence::default() }
}

#[test]
fn a_list_that_does_not_name_the_certificate_is_enough() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::Rsa2048, Manner::Signs);
    judge(&pki, &cms, &lists(&pki, NOW)).unwrap();
}

#[test]
fn without_evidence_nothing_is_accepted() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    assert_eq!(judge(&pki, &cms, &Evidence::default()).unwrap_err(), Refusal::RevocationUnknown);
}

#[test]
fn the_roots_list_alone_says_nothing_of_a_client() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    let evidence = Evidence { crls: vec![pki.root_crl(NOW).unwrap()], ..Evidence::default() };
    assert_eq!(judge(&pki, &cms, &evidence).unwrap_err(), Refusal::RevocationUnknown);
}

#[test]
fn a_list_that_names_the_certificate_refuses_with_its_moment() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::Rsa2048, Manner::Revoked);
    let refusal = judge(&pki, &cms, &lists(&pki, NOW)).unwrap_err();
    assert_eq!(refusal, Refusal::Revoked { at: UtcMillis(NOW - DAY) });
}

#[test]
fn one_source_that_says_revoked_outweighs_another_that_says_good() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Revoked);
    let before = Pki::new().unwrap();
    let good = answer(&before, &cms).ocsp;
    let evidence = Evidence { ocsp: good.clone(), ..lists(&pki, NOW) };
    assert!(matches!(judge(&pki, &cms, &evidence), Err(Refusal::Revoked { .. })));
    let evidence = Evidence { crls: lists(&before, NOW).crls, ..answer(&pki, &cms) };
    assert!(matches!(judge(&pki, &cms, &evidence), Err(Refusal::Revoked { .. })));
}

#[test]
fn a_revoked_issuing_authority_takes_its_clients_with_it() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    pki.revoke(&[2], NOW - DAY);
    // The stamps come from below the same authority, so they fall first.
    let refusal = judge(&pki, &cms, &lists(&pki, NOW)).unwrap_err();
    assert_eq!(refusal.code(), "timestampWrong");
}

#[test]
fn an_answer_of_yesterday_does_not_count() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    let issuer = pki.issuing().to_vec();
    let read = senim_eds::Signed::read(&cms).unwrap();
    let request = senim_eds::ocsp_request(read.certificate(), &issuer, crate::NONCE).unwrap();
    let ocsp = Some(pki.ocsp(&request, NOW - DAY).unwrap());
    let evidence = Evidence { ocsp, nonce: Some(crate::NONCE.to_vec()), crls: Vec::new() };
    assert_eq!(judge(&pki, &cms, &evidence).unwrap_err(), Refusal::EvidenceWrong);
}

#[test]
fn a_list_of_the_day_before_yesterday_does_not_count() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    let refusal = judge(&pki, &cms, &lists(&pki, NOW - 2 * DAY)).unwrap_err();
    assert!(matches!(refusal, Refusal::EvidenceWrong | Refusal::Timestamp(_)), "{refusal}");
}

#[test]
fn an_answer_to_another_question_does_not_count() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    let evidence = Evidence { nonce: Some(vec![8; 16]), ..answer(&pki, &cms) };
    assert_eq!(judge(&pki, &cms, &evidence).unwrap_err(), Refusal::EvidenceWrong);
}

#[test]
fn an_answer_about_another_certificate_does_not_count() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    let other = signed(&pki, Algorithm::Rsa2048, Manner::Signs);
    assert_eq!(judge(&pki, &cms, &answer(&pki, &other)).unwrap_err(), Refusal::EvidenceWrong);
}

#[test]
fn an_answer_changed_by_one_bit_does_not_count() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    let good = answer(&pki, &cms);
    let ocsp = good.ocsp.clone().unwrap();
    for place in [ocsp.len() / 4, ocsp.len() / 3, ocsp.len() / 2] {
        let mut changed = ocsp.clone();
        changed[place] ^= 1;
        let evidence = Evidence { ocsp: Some(changed), ..good.clone() };
        assert!(judge(&pki, &cms, &evidence).is_err(), "bit in byte {place}");
    }
}

#[test]
fn a_client_cannot_vouch_for_itself() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    let read = senim_eds::Signed::read(&cms).unwrap();
    let request = senim_eds::ocsp_request(read.certificate(), pki.issuing(), crate::NONCE).unwrap();
    let client = pki.issue(&holder(), &Profile::individual(Algorithm::P256, NOW)).unwrap();
    let ocsp = Some(pki.ocsp_by(&request, NOW, &client.certificate, &client.key).unwrap());
    let evidence = Evidence { ocsp, nonce: Some(crate::NONCE.to_vec()), crls: Vec::new() };
    assert_eq!(judge(&pki, &cms, &evidence).unwrap_err(), Refusal::EvidenceWrong);
}

#[test]
fn a_responder_that_declines_leaves_the_question_open() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    let declined = pki.ocsp(b"no question", NOW).unwrap();
    let evidence = Evidence { ocsp: Some(declined), ..Evidence::default() };
    assert_eq!(judge(&pki, &cms, &evidence).unwrap_err(), Refusal::RevocationUnknown);
    let evidence = Evidence { crls: vec![pki.crl(NOW).unwrap()], ..evidence };
    judge(&pki, &cms, &evidence).unwrap();
}

#[test]
fn what_is_no_list_and_no_answer_is_said_so() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    for evidence in [
        Evidence { ocsp: Some(vec![0x30, 0]), ..Evidence::default() },
        Evidence { crls: vec![vec![0x30, 0]], ..Evidence::default() },
    ] {
        assert_eq!(judge(&pki, &cms, &evidence).unwrap_err(), Refusal::EvidenceWrong);
    }
}
