//! Time: whose word counts, over what, and when.

use senim_domain::UtcMillis;
use senim_domain::iin::Iin;
use senim_eds::assemble::with_timestamp;
use senim_eds::{Demand, Refusal, Signed, TimestampFlaw, timestamp_request, timestamp_token};
use senim_pki::phone::Manner;
use senim_pki::{Algorithm, Pki};

use crate::{DOCUMENT, IIN, NONCE, NOW, answer, judge, signed, trust};

/// A signature that was stamped at another moment.
fn stamped_at(pki: &Pki, at: i64) -> Vec<u8> {
    let bare = signed(pki, Algorithm::P256, Manner::NoTimestamp);
    let token = pki.token_over(Signed::read(&bare).unwrap().signature(), at).unwrap();
    with_timestamp(&bare, &token).unwrap()
}

#[test]
fn a_signature_of_before_the_request_or_of_tomorrow_is_refused() {
    let pki = Pki::new().unwrap();
    for (at, accepted) in [
        (NOW - 3_600_000, false),
        (NOW - 60_000 - 299_000, true),
        (NOW + 299_000, true),
        (NOW + 3_600_000, false),
    ] {
        let cms = stamped_at(&pki, at);
        let verdict = judge(&pki, &cms, &answer(&pki, &cms)).map(drop);
        let expected = if accepted { Ok(()) } else { Err(Refusal::OutsideWindow) };
        assert_eq!(verdict, expected, "{at}");
    }
}

#[test]
fn a_stamp_over_another_signature_is_refused() {
    let pki = Pki::new().unwrap();
    let bare = signed(&pki, Algorithm::P256, Manner::NoTimestamp);
    let cms = with_timestamp(&bare, &pki.token_over(b"another signature", NOW).unwrap()).unwrap();
    let refusal = judge(&pki, &cms, &answer(&pki, &cms)).unwrap_err();
    assert_eq!(refusal, Refusal::Timestamp(TimestampFlaw::OtherSignature));
}

#[test]
fn a_changed_stamp_is_refused() {
    let pki = Pki::new().unwrap();
    let bare = signed(&pki, Algorithm::P256, Manner::NoTimestamp);
    let mut token = pki.token_over(Signed::read(&bare).unwrap().signature(), NOW).unwrap();
    // The moment in the token: "20261126100000Z".
    let place = token.windows(15).position(|window| window == b"20261126100000Z").unwrap();
    token[place + 13] = b'1';
    let cms = with_timestamp(&bare, &token).unwrap();
    let refusal = judge(&pki, &cms, &answer(&pki, &cms)).unwrap_err();
    assert_eq!(refusal, Refusal::Timestamp(TimestampFlaw::SignatureWrong));
}

#[test]
fn a_stamp_by_a_client_is_refused() {
    let pki = Pki::new().unwrap();
    let bare = signed(&pki, Algorithm::P256, Manner::NoTimestamp);
    let client = pki.issue(&crate::holder(), &senim_pki::Profile::individual(Algorithm::P256, NOW)).unwrap();
    let over = Signed::read(&bare).unwrap().signature().to_vec();
    let token = pki.token_by(&over, NOW, &client.certificate, &client.key).unwrap();
    let cms = with_timestamp(&bare, &token).unwrap();
    let refusal = judge(&pki, &cms, &answer(&pki, &cms)).unwrap_err();
    assert_eq!(refusal, Refusal::Timestamp(TimestampFlaw::NotATimestamper));
}

#[test]
fn a_stamp_from_an_authority_that_is_not_trusted_is_refused() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    let mut trust = trust(&pki);
    trust.timestamp_roots = vec![pki.tsa().to_vec()];
    let iin = Iin::parse(IIN).unwrap();
    let demand = Demand { document: DOCUMENT, iin: &iin, asked: UtcMillis(NOW), now: UtcMillis(NOW) };
    let verdict = Signed::read(&cms).unwrap().verify(&demand, &trust, &answer(&pki, &cms));
    assert_eq!(verdict.unwrap_err(), Refusal::Timestamp(TimestampFlaw::IssuerUnknown));
}

#[test]
fn a_policy_that_is_not_accepted_is_refused() {
    let pki = Pki::new().unwrap();
    let cms = signed(&pki, Algorithm::P256, Manner::Signs);
    let mut trust = trust(&pki);
    let iin = Iin::parse(IIN).unwrap();
    let demand = Demand { document: DOCUMENT, iin: &iin, asked: UtcMillis(NOW), now: UtcMillis(NOW) };
    for (policy, accepted) in [("1.2.3", false), ("1.2.398.3.3.2.6.1", true)] {
        trust.timestamp_policies = vec![policy.to_owned()];
        let verdict = Signed::read(&cms).unwrap().verify(&demand, &trust, &answer(&pki, &cms)).map(drop);
        let refused = Err(Refusal::Timestamp(TimestampFlaw::Policy));
        assert_eq!(verdict, if accepted { Ok(()) } else { refused });
    }
}

#[test]
fn a_request_gets_its_own_token_and_no_other() {
    let pki = Pki::new().unwrap();
    let request = timestamp_request(b"signature", NONCE).unwrap();
    let reply = pki.timestamp(&request, NOW).unwrap();
    timestamp_token(&reply, b"signature", NONCE).unwrap();
    assert_eq!(timestamp_token(&reply, b"signaturE", NONCE), Err(TimestampFlaw::OtherSignature));
    assert_eq!(timestamp_token(&reply, b"signature", &[9; 8]), Err(TimestampFlaw::OtherRequest));
    let declined = pki.timestamp(b"no request", NOW).unwrap();
    assert_eq!(timestamp_token(&declined, b"signature", NONCE), Err(TimestampFlaw::Declined));
    assert_eq!(timestamp_token(b"<html>", b"signature", NONCE), Err(TimestampFlaw::Malformed));
    assert_eq!(timestamp_request(b"signature", &[0, 0]), Err(TimestampFlaw::Malformed));
}
