//! Movements before a portrait (R-135, B14).

use senim_domain::liveness::{LivenessFailure, ModelHash, Movement, Phase};
use senim_domain::rule_pack::{ProvenBy, RulePack};
use senim_domain::{ChallengeId, Secret, SecretBytes};
use senim_operation::body::{Body, FaceSubject, Liveness, LivenessOutcome};
use senim_operation::message::{
    ChallengeGiven, LivenessRefusal, LivenessRefused, MessageBody, PhoneCheckOffered,
};
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::effect::Effect;
use senim_session::event::{CameraEvent, Event};
use senim_session::living::LivingStage;
use senim_session::registration::Advice;
use senim_session::state::{Ending, Picture, State};
use uuid::Uuid;

use crate::desk::{Desk, SUM, challenge, durable_message, pack};

fn subject(desk: &Desk) -> FaceSubject {
    FaceSubject::Loan(desk.loan())
}

fn given(desk: &Desk, number: u128, tries_left: u32) -> MessageBody {
    MessageBody::ChallengeGiven(Box::new(ChallengeGiven {
        subject: subject(desk),
        challenge: challenge(number),
        life_seconds: 180,
        tries_left,
        replacements_left: 1,
    }))
}

fn refused(desk: &Desk, reason: LivenessRefusal, tries_left: u32) -> MessageBody {
    let challenge = None;
    MessageBody::LivenessRefused(LivenessRefused { subject: subject(desk), challenge, reason, tries_left })
}

/// A client who has read the contract.
fn before_the_camera() -> Desk {
    let mut desk = Desk::open();
    desk.obliging = false;
    desk.to_contract_of(SUM);
    desk.contract_read();
    desk
}

fn stage(desk: &Desk) -> &LivingStage {
    match desk.session.state() {
        State::Living(living) => &living.stage,
        other => panic!("{other:?}"),
    }
}

fn shows(desk: &mut Desk, number: u128, phase: Phase) {
    let challenge = ChallengeId(Uuid::from_u128(number));
    desk.send(Event::Camera(CameraEvent::Sequence { challenge, phase, flash: None }));
}

fn command(movement: Movement) -> Phase {
    Phase::Command { index: 0, movement, percent: 10, back: false, since_ms: 300, left_ms: 5_700 }
}

fn proof(desk: &mut Desk, number: u128, outcome: Result<(), LivenessFailure>) {
    desk.send(Event::Camera(CameraEvent::Proof {
        challenge: ChallengeId(Uuid::from_u128(number)),
        outcome,
        models: vec![ModelHash { name: "mesh".into(), sha256: "A".repeat(43) }],
        evidence: SecretBytes::new(vec![1, 2, 3]),
    }));
}

fn effects(desk: &Desk, of: fn(&Effect) -> bool) -> usize {
    desk.effects.iter().filter(|effect| of(effect)).count()
}

#[test]
fn a_sequence_is_asked_for_done_judged_and_named_by_the_portrait() {
    let mut desk = before_the_camera();
    assert!(matches!(stage(&desk), LivingStage::Asking { .. }));
    let is_open = |effect: &Effect| matches!(effect, Effect::OpenCamera | Effect::ProveLiving(_));
    assert_eq!(effects(&desk, is_open), 0, "no camera before there is a sequence");
    let body = given(&desk, 1, 3);
    desk.answer(body);
    assert_eq!(effects(&desk, |effect| matches!(effect, Effect::ProveLiving(_))), 1);
    shows(&mut desk, 1, command(Movement::Smile));
    assert!(matches!(stage(&desk), LivingStage::Doing { phase: Phase::Command { .. }, .. }));
    // What another sequence tells is not this one's.
    shows(&mut desk, 9, Phase::Waiting);
    assert!(matches!(stage(&desk), LivingStage::Doing { phase: Phase::Command { .. }, .. }));
    proof(&mut desk, 9, Ok(()));
    assert!(matches!(stage(&desk), LivingStage::Doing { .. }));
    proof(&mut desk, 1, Ok(()));
    assert!(matches!(stage(&desk), LivingStage::Judging { .. }));
    desk.answer(MessageBody::LivenessConfirmed { challenge: ChallengeId(Uuid::from_u128(1)) });
    assert!(matches!(desk.session.state(), State::Camera { picture: Picture::Opening, .. }));
    desk.send(Event::Camera(CameraEvent::Opened));
    desk.picture();
    assert!(matches!(desk.session.state(), State::Matching { .. }));
    let rows = desk.rows();
    let kinds: Vec<_> = rows.iter().map(|row| row.kind()).collect();
    let place = |kind: &str| kinds.iter().position(|of| *of == kind).unwrap();
    assert!(place("LivenessRequested") < place("LivenessPerformed"));
    assert!(place("LivenessPerformed") < place("FaceCaptured"));
    for row in rows {
        match row {
            Body::LivenessPerformed(row) => {
                assert_eq!((row.outcome, row.tries), (LivenessOutcome::Passed, 1));
            }
            Body::FaceCaptured(row) => {
                assert_eq!(row.liveness, Liveness::Passed(ChallengeId(Uuid::from_u128(1))));
            }
            _ => {}
        }
    }
}

#[test]
fn a_failed_sequence_may_be_tried_again_also_slower_until_no_try_is_left() {
    let mut desk = before_the_camera();
    for (number, left) in [(1, 2), (2, 1)] {
        let body = given(&desk, number, left + 1);
        desk.answer(body);
        proof(&mut desk, number, Err(LivenessFailure::TooLate));
        let body = refused(&desk, LivenessRefusal::NotShown, left);
        desk.answer(body);
        let missed = Some(LivenessFailure::TooLate);
        let again = LivingStage::Again { missed, tries_left: left };
        assert_eq!(format!("{:?}", stage(&desk)), format!("{again:?}"), "the person is told what was missed");
        desk.decide(if left == 2 { Decision::Confirm } else { Decision::Decline });
        let asked = desk.rows().into_iter().rev().find_map(|row| match row {
            Body::LivenessRequested(row) => Some((row.slow, row.cannot)),
            _ => None,
        });
        assert_eq!(asked, Some((left == 1, None)));
    }
    let body = given(&desk, 3, 1);
    desk.answer(body);
    proof(&mut desk, 3, Ok(()));
    let body = refused(&desk, LivenessRefusal::NotConfirmed, 0);
    desk.answer(body);
    assert!(matches!(desk.session.state(), State::Advice { advice: Advice::NotLiving, .. }));
    assert_eq!(effects(&desk, |effect| matches!(effect, Effect::OpenCamera)), 0);
}

#[test]
fn somebody_who_cannot_do_a_movement_gets_another_sequence() {
    let mut desk = before_the_camera();
    let body = given(&desk, 1, 3);
    desk.answer(body);
    desk.decide(Decision::Decline);
    assert!(matches!(stage(&desk), LivingStage::Doing { .. }), "nothing is asked yet");
    shows(&mut desk, 1, command(Movement::TurnLeft));
    desk.decide(Decision::Decline);
    assert!(matches!(stage(&desk), LivingStage::Asking { .. }));
    let asked = desk.rows().into_iter().rev().find_map(|row| match row {
        Body::LivenessRequested(row) => Some(row.cannot),
        _ => None,
    });
    assert_eq!(asked, Some(Some(Movement::TurnLeft)));
    // What the camera still tells of the sequence that was given up counts for nothing.
    proof(&mut desk, 1, Ok(()));
    assert!(matches!(stage(&desk), LivingStage::Asking { .. }));
}

#[test]
fn a_challenge_that_is_none_a_refusal_and_a_camera_that_fails_end_politely() {
    let mut desk = before_the_camera();
    let mut short = challenge(1);
    short.commands.truncate(2);
    let body = MessageBody::ChallengeGiven(Box::new(ChallengeGiven {
        subject: subject(&desk),
        challenge: short,
        life_seconds: 180,
        tries_left: 3,
        replacements_left: 0,
    }));
    desk.answer(body);
    desk.assert_ended(Ending::Unreachable);
    let mut desk = before_the_camera();
    let body = refused(&desk, LivenessRefusal::TryLater, 3);
    desk.answer(body);
    desk.assert_ended(Ending::Unreachable);
    let mut desk = before_the_camera();
    let body = given(&desk, 1, 3);
    desk.answer(body);
    let error = senim_hal::Error::new(senim_hal::ErrorKind::HardwareError, "no picture");
    desk.send(Event::Camera(CameraEvent::Failed(error)));
    desk.assert_ended(Ending::CameraFailed);
    assert!(effects(&desk, |effect| matches!(effect, Effect::CloseCamera)) > 0);
}

#[test]
fn whoever_leaves_in_the_middle_leaves_no_open_camera() {
    let mut desk = before_the_camera();
    let body = given(&desk, 1, 3);
    desk.answer(body);
    desk.act(Action::Cancel);
    desk.assert_ended(Ending::Cancelled);
    let closed = desk.effects.iter().rposition(|effect| matches!(effect, Effect::CloseCamera));
    let wiped = desk.effects.iter().rposition(|effect| matches!(effect, Effect::Wipe));
    assert!(closed.is_some() && closed < wiped);
}

/// The same where the rules ask for the client's own phone.
fn before_the_phone() -> Desk {
    let mut desk = Desk::open();
    let mut asking: RulePack = pack();
    asking.liveness.by = ProvenBy::Phone;
    desk.send(Event::Stored(Box::new(durable_message(MessageBody::RulePack(Box::new(asking))))));
    desk.obliging = false;
    desk.to_contract_of(SUM);
    desk.contract_read();
    desk
}

fn offered(desk: &Desk, number: u128) -> MessageBody {
    MessageBody::PhoneCheckOffered(Box::new(PhoneCheckOffered {
        subject: subject(desk),
        challenge: ChallengeId(Uuid::from_u128(number)),
        qr: Secret::new("https://finid.test/c/1".into()),
        life_seconds: 180,
        tries_left: 3,
    }))
}

#[test]
fn a_check_on_the_phone_is_explained_shown_as_a_code_waited_for_and_named_by_the_portrait() {
    let mut desk = before_the_phone();
    assert!(matches!(stage(&desk), LivingStage::BeforePhone));
    assert!(
        !desk.rows().iter().any(|row| row.kind() == "LivenessRequested"),
        "nothing is asked before it is read"
    );
    desk.decide(Decision::Confirm);
    assert!(matches!(stage(&desk), LivingStage::Asking { .. }));
    let body = offered(&desk, 1);
    desk.answer(body);
    assert!(matches!(stage(&desk), LivingStage::Phone { .. }) && desk.session.check_code().is_some());
    assert_eq!(effects(&desk, |effect| matches!(effect, Effect::ProveLiving(_) | Effect::OpenCamera)), 0);
    desk.answer(MessageBody::LivenessConfirmed { challenge: ChallengeId(Uuid::from_u128(1)) });
    assert!(matches!(desk.session.state(), State::Camera { picture: Picture::Opening, .. }));
    desk.send(Event::Camera(CameraEvent::Opened));
    desk.picture();
    let named = desk.rows().into_iter().find_map(|row| match row {
        Body::FaceCaptured(row) => Some(row.liveness),
        _ => None,
    });
    assert_eq!(named, Some(Liveness::Passed(ChallengeId(Uuid::from_u128(1)))));
}

#[test]
fn a_check_on_the_phone_may_be_tried_again_given_up_and_ends_where_no_try_is_left() {
    let mut desk = before_the_phone();
    desk.decide(Decision::Confirm);
    let body = offered(&desk, 1);
    desk.answer(body);
    let body = refused(&desk, LivenessRefusal::OtherPerson, 2);
    desk.answer(body);
    let again = |desk: &Desk| {
        matches!(stage(desk), LivingStage::PhoneAgain { reason: LivenessRefusal::OtherPerson, tries_left: 2 })
    };
    assert!(again(&desk));
    desk.decide(Decision::Confirm);
    let body = offered(&desk, 2);
    desk.answer(body);
    let body = refused(&desk, LivenessRefusal::Expired, 0);
    desk.answer(body);
    assert!(matches!(desk.session.state(), State::Advice { advice: Advice::NotLiving, .. }));
    let mut desk = before_the_phone();
    desk.decide(Decision::Confirm);
    let body = offered(&desk, 3);
    desk.answer(body);
    desk.decide(Decision::Decline);
    desk.assert_ended(Ending::Cancelled);
}
