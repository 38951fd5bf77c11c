//! Signing with the phone as a step of the dialogue: the code, its end, refusals, and whoever leaves meanwhile.

use senim_domain::{Secret, SignatureId, UtcMillis};
use senim_operation::body::{Body, SignatureCancelled};
use senim_operation::message::MessageBody;
use senim_operation::signature::{SignaturePurpose, SignatureRefusal};
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::state::{Ending, SigningPhase, State};

use crate::desk::{Desk, SUM};

const LIFE: u32 = 180;

/// The MFO wants a signature under the contract.
fn asked_for() -> Desk {
    let mut desk = Desk::open();
    desk.to_concluding_of(SUM);
    desk.answer(MessageBody::ContractRefused { loan: desk.loan(), reason: "notSigned".into() });
    assert!(matches!(phase(&desk), SigningPhase::Asking { .. }));
    desk
}

/// A code is on the screen.
fn shown() -> Desk {
    let mut desk = asked_for();
    let signature = signature(&desk);
    desk.answer(MessageBody::SignatureOffered {
        signature,
        qr: Secret::new("qr".into()),
        life_seconds: LIFE,
    });
    assert!(matches!(phase(&desk), SigningPhase::Shown { .. }));
    desk
}

fn phase(desk: &Desk) -> &SigningPhase {
    match desk.session.state() {
        State::Signing(signing) => &signing.phase,
        other => panic!("{other:?}"),
    }
}

fn signature(desk: &Desk) -> SignatureId {
    match phase(desk) {
        SigningPhase::Asking { signature, .. } | SigningPhase::Shown { signature, .. } => *signature,
        SigningPhase::Choosing => panic!("not asked yet"),
        SigningPhase::Refused { .. } => panic!("refused"),
    }
}

fn decide(desk: &mut Desk, decision: Decision) {
    let step = desk.session.step_no();
    desk.act(Action::Decide { step, decision });
}

fn accept(desk: &mut Desk) {
    let signature = signature(desk);
    let (cms_sha256, signed_at) = ("x".repeat(43), UtcMillis(0));
    desk.answer(MessageBody::SignatureAccepted { signature, cms_sha256, signed_at });
}

fn refuse(desk: &mut Desk, reason: SignatureRefusal, may_retry: bool) {
    let signature = signature(desk);
    desk.answer(MessageBody::SignatureRefused { signature, reason, may_retry });
}

fn cancelled(desk: &Desk) -> Vec<String> {
    let reason = |body: &Body| match body {
        Body::SignatureCancelled(SignatureCancelled { reason, .. }) => Some(reason.clone()),
        _ => None,
    };
    desk.rows().into_iter().filter_map(reason).collect()
}

#[test]
fn a_contract_that_wants_a_signature_is_signed_and_concluded() {
    let mut desk = shown();
    let requested = desk.rows().into_iter().find_map(|body| match body {
        Body::SignatureRequested(body) => Some(body.clone()),
        _ => None,
    });
    let requested = requested.unwrap();
    assert_eq!((requested.purpose, requested.loan), (SignaturePurpose::Contract, Some(desk.loan())));
    accept(&mut desk);
    assert!(matches!(desk.session.state(), State::Concluding { .. }));
    let agreed = desk.rows().into_iter().filter(|body| matches!(body, Body::ContractAgreed(_))).count();
    assert_eq!(agreed, 2);
    desk.answer(MessageBody::ContractAccepted { loan: desk.loan(), rests_until: None });
    assert!(matches!(desk.session.state(), State::ReadyToPay { .. }));
    assert!(cancelled(&desk).is_empty());
}

#[test]
fn a_signature_that_is_there_already_needs_no_code() {
    let mut desk = asked_for();
    accept(&mut desk);
    assert!(matches!(desk.session.state(), State::Concluding { .. }));
}

#[test]
fn each_refusal_lets_the_person_try_again_under_the_same_document() {
    for reason in [
        SignatureRefusal::Declined,
        SignatureRefusal::Expired,
        SignatureRefusal::OtherPerson,
        SignatureRefusal::NotVerified,
        SignatureRefusal::TryLater,
    ] {
        let mut desk = shown();
        let first = signature(&desk);
        refuse(&mut desk, reason, true);
        assert!(matches!(phase(&desk), SigningPhase::Refused { reason: told, .. } if *told == reason));
        decide(&mut desk, Decision::Confirm);
        assert_ne!(signature(&desk), first, "a code is never shown twice");
        let hashes: Vec<String> = desk
            .rows()
            .into_iter()
            .filter_map(|body| match body {
                Body::SignatureRequested(body) => Some(body.document_sha256.clone()),
                _ => None,
            })
            .collect();
        assert!(hashes.len() == 2 && hashes[0] == hashes[1]);
    }
}

#[test]
fn what_cannot_be_tried_again_ends_politely() {
    let mut desk = asked_for();
    refuse(&mut desk, SignatureRefusal::NotOffered, false);
    decide(&mut desk, Decision::Confirm);
    assert!(matches!(desk.session.state(), State::End { kind: Ending::Cancelled, .. }));
}

#[test]
fn the_code_counts_down_and_a_late_verdict_still_counts() {
    let mut desk = shown();
    let until = desk.session.signing_code().unwrap().1;
    assert_eq!(until.since(desk.now.mono), u64::from(LIFE) * 1000);
    assert_eq!(desk.session.poll_timeout(&desk.now), Some(desk.now.mono.plus_ms(1000)));
    desk.wait_ms(u64::from(LIFE) * 1000 + 5_000);
    assert!(matches!(phase(&desk), SigningPhase::Shown { .. }));
    accept(&mut desk);
    assert!(matches!(desk.session.state(), State::Concluding { .. }));
}

#[test]
fn nobody_is_asked_whether_they_are_still_there_while_they_hold_their_phone() {
    let mut desk = shown();
    desk.wait_ms(u64::from(LIFE) * 1000 - 1_000);
    assert_eq!(desk.session.still_there_seconds(&desk.now), None);
    assert!(matches!(phase(&desk), SigningPhase::Shown { .. }));
}

#[test]
fn a_line_that_stays_away_gives_the_code_up_and_another_try() {
    let mut desk = shown();
    desk.wait_ms(u64::from(LIFE) * 1000 + 90_000);
    assert!(matches!(
        phase(&desk),
        SigningPhase::Refused { reason: SignatureRefusal::TryLater, may_retry: true }
    ));
    assert_eq!(cancelled(&desk), ["renewed"]);
}

#[test]
fn whoever_declines_cancels_or_leaves_gives_the_code_up_once() {
    let mut desk = shown();
    decide(&mut desk, Decision::Decline);
    assert_eq!(cancelled(&desk), ["cancelled"]);
    assert!(matches!(desk.session.state(), State::End { kind: Ending::Cancelled, .. }));

    let mut desk = shown();
    desk.act(Action::Cancel);
    assert_eq!(cancelled(&desk), ["left"]);
    let kinds: Vec<&str> = desk.rows().into_iter().map(Body::kind).collect();
    let place = |kind: &str| kinds.iter().rposition(|found| *found == kind).unwrap();
    assert!(place("SignatureCancelled") < place("SessionClosed"));

    let mut desk = shown();
    refuse(&mut desk, SignatureRefusal::Declined, true);
    desk.act(Action::Cancel);
    assert!(cancelled(&desk).is_empty(), "nobody waited any more");
}

#[test]
fn an_answer_about_another_signature_is_none() {
    let mut desk = asked_for();
    let other = SignatureId(uuid::Uuid::from_u128(1));
    desk.answer(MessageBody::SignatureOffered {
        signature: other,
        qr: Secret::new("qr".into()),
        life_seconds: LIFE,
    });
    assert!(matches!(desk.session.state(), State::End { kind: Ending::Unreachable, .. }));
}

#[test]
fn a_double_tap_asks_for_one_new_code() {
    let mut desk = shown();
    refuse(&mut desk, SignatureRefusal::Expired, true);
    let step = desk.session.step_no();
    for _ in 0..2 {
        desk.act(Action::Decide { step, decision: Decision::Confirm });
    }
    let requests = desk.rows().into_iter().filter(|body| matches!(body, Body::SignatureRequested(_))).count();
    assert_eq!(requests, 2);
}

#[test]
fn a_face_check_that_has_aged_meanwhile_is_made_anew_and_the_signature_stays() {
    let mut desk = shown();
    accept(&mut desk);
    desk.answer(MessageBody::ContractRefused { loan: desk.loan(), reason: "faceCheck".into() });
    assert!(matches!(desk.session.state(), State::Camera { .. }));
}
