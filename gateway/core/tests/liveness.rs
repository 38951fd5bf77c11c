//! Somebody living before the camera: the sequence is chosen here and judged here again; nothing old, used or foreign counts
//! (R-135, B14).

use std::collections::BTreeSet;

use senim_biometrics::liveness::{Evidence, JUDGE_VERSION, Traced};
use senim_domain::liveness::{Challenge, LivenessFailure, ModelHash, Movement};
use senim_domain::{LoanId, SecretBytes};
use senim_operation::Profile;
use senim_operation::biometric::{BiometricCheck, BiometricDecision, BiometricResult};
use senim_operation::body::*;
use senim_operation::message::{ChallengeGiven, LivenessRefusal, MessageBody};
use senim_operation::trust::Trust;
use senim_person::scripted::{Behaviour, behaves, obeys};

use crate::support::living::never_asked;
use crate::support::{NOON, Rig, Terminal, pack, started};

/// A rig whose rows do not go ahead of the chain.
fn in_order(mut rig: Rig) -> Rig {
    rig.ahead = false;
    rig
}

fn ask(rig: &mut Rig, subject: FaceSubject, slow: bool, cannot: Option<Movement>) -> MessageBody {
    rig.say(rig.in_session(LivenessRequested { subject, slow, cannot })).unwrap().1
}

fn given(body: MessageBody) -> ChallengeGiven {
    match body {
        MessageBody::ChallengeGiven(given) => *given,
        other => panic!("{other:?}"),
    }
}

fn challenge(rig: &mut Rig, subject: FaceSubject) -> Challenge {
    given(ask(rig, subject, false, None)).challenge
}

fn evidence(challenge: &Challenge) -> Evidence {
    obeys(challenge).evidence
}

fn perform(
    rig: &mut Rig,
    subject: FaceSubject,
    challenge: &Challenge,
    outcome: LivenessOutcome,
    sealed: SecretBytes,
) -> MessageBody {
    let models = vec![ModelHash { name: "mesh".into(), sha256: "A".repeat(43) }];
    let row = LivenessPerformed { subject, challenge: challenge.challenge, outcome, tries: 1, models };
    rig.say(rig.in_session(row).with_attachment(sealed)).unwrap().1
}

fn passes(rig: &mut Rig, subject: FaceSubject, challenge: &Challenge) -> MessageBody {
    let sealed = evidence(challenge).write().unwrap();
    perform(rig, subject, challenge, LivenessOutcome::Passed, sealed)
}

fn portrait(rig: &mut Rig, loan: LoanId, liveness: Liveness) -> MessageBody {
    let body = FaceCaptured { subject: FaceSubject::Loan(loan), liveness, quality: 80 };
    let picture = SecretBytes::new(b"picture of a face".to_vec());
    rig.say(rig.in_session(body).with_attachment(picture)).unwrap().1
}

fn reason(body: &MessageBody) -> LivenessRefusal {
    match body {
        MessageBody::LivenessRefused(refused) => refused.reason,
        other => panic!("{other:?}"),
    }
}

/// The result that was signed for the row that was sent last.
fn last_result(rig: &Rig) -> BiometricResult {
    let row = &rig.terminal.rows.last().unwrap().envelope;
    let compact = rig.gateway.biometric_result(row.op_id).unwrap().unwrap();
    BiometricResult::read(&compact, &Trust::from_pem(&rig.ca.pem).unwrap()).unwrap()
}

fn refusals_in_the_trail(rig: &Rig) -> usize {
    let trail = rig.gateway.trail(NOON, None, 100).unwrap();
    assert!(trail.broken.is_empty());
    trail.acts.iter().filter(|act| act.record.act == "livenessRefused").count()
}

#[test]
fn a_proof_counts_for_one_portrait_of_its_subject() {
    let mut rig = in_order(started());
    let (loan, _) = rig.offer();
    let subject = FaceSubject::Loan(loan);
    assert!(matches!(portrait(&mut rig, loan, never_asked()), MessageBody::FaceRefused { .. }));
    // A picture without a proof ends the visit.
    let (loan, _) = rig.offer();
    let subject_of_next = FaceSubject::Loan(loan);
    assert_ne!(subject, subject_of_next);
    let challenge = challenge(&mut rig, subject_of_next);
    assert_eq!(challenge.validate(), Ok(()));
    let confirmed = passes(&mut rig, subject_of_next, &challenge);
    assert_eq!(confirmed, MessageBody::LivenessConfirmed { challenge: challenge.challenge });
    let result = last_result(&rig);
    assert_eq!((result.check, result.decision), (BiometricCheck::Sequence, BiometricDecision::Passed));
    assert_eq!((result.challenge, result.judge), (Some(challenge.challenge), Some(JUDGE_VERSION)));
    assert!(
        result.challenge_sha256.is_some() && result.evidence_sha256.is_some() && !result.models.is_empty()
    );
    let first = portrait(&mut rig, loan, Liveness::Passed(challenge.challenge));
    assert!(matches!(first, MessageBody::FaceMatched { .. }), "{first:?}");
    let again = portrait(&mut rig, loan, Liveness::Passed(challenge.challenge));
    assert!(matches!(again, MessageBody::FaceRefused { .. }), "{again:?}");
    assert_eq!(refusals_in_the_trail(&rig), 0);
}

#[test]
fn rows_travel_ahead_of_a_backlog() {
    let mut rig = in_order(started());
    let (loan, _) = rig.offer();
    let _unsent =
        rig.terminal.write(rig.in_session(ServiceChanged { in_service: true, reasons: vec![] }), rig.now);
    rig.ahead = true;
    let challenge = challenge(&mut rig, FaceSubject::Loan(loan));
    let confirmed = passes(&mut rig, FaceSubject::Loan(loan), &challenge);
    assert!(matches!(confirmed, MessageBody::LivenessConfirmed { .. }));
}

#[test]
fn a_pass_that_does_not_recompute_is_refused_and_stands_in_the_trail() {
    let mut rig = in_order(started());
    let (loan, _) = rig.offer();
    let subject = FaceSubject::Loan(loan);
    let challenge_ = challenge(&mut rig, subject);
    let mut still = evidence(&challenge_);
    for frame in &mut still.frames {
        if let Traced::Face(face) = &mut frame.seen {
            (face.yaw, face.pitch, face.mouth) = (0, 0, 200);
            face.gaze = None;
        }
    }
    let sealed = still.write().unwrap();
    let refused = perform(&mut rig, subject, &challenge_, LivenessOutcome::Passed, sealed);
    assert_eq!(reason(&refused), LivenessRefusal::NotConfirmed);
    assert_eq!(last_result(&rig).reason.as_deref(), Some("notConfirmed"));
    assert_eq!(refusals_in_the_trail(&rig), 1);
    let unproven = portrait(&mut rig, loan, Liveness::Passed(challenge_.challenge));
    assert!(matches!(unproven, MessageBody::FaceRefused { .. }));
    for sealed in [&b"{}"[..], b"", b"\x00\xff"] {
        let next = match ask(&mut rig, subject, false, None) {
            MessageBody::ChallengeGiven(given) => given.challenge,
            other => {
                assert_eq!(reason(&other), LivenessRefusal::NoTriesLeft);
                break;
            }
        };
        let sealed = SecretBytes::new(sealed.to_vec());
        let refused = perform(&mut rig, subject, &next, LivenessOutcome::Passed, sealed);
        assert_eq!(reason(&refused), LivenessRefusal::NotConfirmed);
    }
}

#[test]
fn a_stale_a_used_and_a_foreign_challenge_are_refused() {
    let mut rig = in_order(started());
    let (loan, _) = rig.offer();
    let subject = FaceSubject::Loan(loan);
    let used = challenge(&mut rig, subject);
    assert!(matches!(passes(&mut rig, subject, &used), MessageBody::LivenessConfirmed { .. }));
    assert_eq!(reason(&passes(&mut rig, subject, &used)), LivenessRefusal::OtherChallenge);
    let stale = challenge(&mut rig, subject);
    rig.now.0 += i64::from(pack().liveness.life_seconds) * 1000 + 1;
    assert_eq!(reason(&passes(&mut rig, subject, &stale)), LivenessRefusal::Stale);
    let replaced = challenge(&mut rig, subject);
    let other_visit = challenge(&mut rig, subject);
    assert_eq!(reason(&passes(&mut rig, subject, &replaced)), LivenessRefusal::OtherChallenge);
    assert_eq!(refusals_in_the_trail(&rig), 3);
    let (loan, _) = rig.offer();
    let subject = FaceSubject::Loan(loan);
    assert_eq!(reason(&passes(&mut rig, subject, &other_visit)), LivenessRefusal::OtherChallenge);
    let of_loan = challenge(&mut rig, subject);
    let client = FaceSubject::Client(senim_domain::ClientId(uuid::Uuid::from_u128(7)));
    assert_eq!(reason(&passes(&mut rig, client, &of_loan)), LivenessRefusal::OtherChallenge);
}

#[test]
fn evidence_of_another_challenge_is_none() {
    let mut rig = in_order(started());
    let (loan, _) = rig.offer();
    let subject = FaceSubject::Loan(loan);
    let earlier = challenge(&mut rig, subject);
    let sealed = evidence(&earlier).write().unwrap();
    let next = challenge(&mut rig, subject);
    let refused = perform(&mut rig, subject, &next, LivenessOutcome::Passed, sealed);
    assert_eq!(reason(&refused), LivenessRefusal::NotConfirmed);
}

#[test]
fn whoever_does_something_else_is_not_believed_whatever_the_terminal_says() {
    for behaviour in [Behaviour::Ignores, Behaviour::Mirrored, Behaviour::Late, Behaviour::WrongOrder] {
        let mut rig = in_order(started());
        let (loan, _) = rig.offer();
        let subject = FaceSubject::Loan(loan);
        let challenge = challenge(&mut rig, subject);
        let played = behaves(&challenge, behaviour);
        assert!(played.outcome.is_err(), "{behaviour:?}");
        let sealed = played.evidence.write().unwrap();
        let refused = perform(&mut rig, subject, &challenge, LivenessOutcome::Passed, sealed);
        assert_eq!(reason(&refused), LivenessRefusal::NotConfirmed, "{behaviour:?}");
        assert_eq!(refusals_in_the_trail(&rig), 1);
        let unproven = portrait(&mut rig, loan, Liveness::Passed(challenge.challenge));
        assert!(matches!(unproven, MessageBody::FaceRefused { .. }), "{behaviour:?}");
    }
}

#[test]
fn three_failures_end_it() {
    let mut rig = in_order(started());
    let (loan, _) = rig.offer();
    let subject = FaceSubject::Loan(loan);
    for left in (0..3).rev() {
        let challenge = challenge(&mut rig, subject);
        let sealed = evidence(&challenge).write().unwrap();
        let outcome = LivenessOutcome::Failed(LivenessFailure::TooLate);
        // What the terminal does not believe itself is not believed here.
        let MessageBody::LivenessRefused(refused) = perform(&mut rig, subject, &challenge, outcome, sealed)
        else {
            panic!()
        };
        assert_eq!((refused.reason, refused.tries_left), (LivenessRefusal::NotShown, left));
    }
    assert_eq!(reason(&ask(&mut rig, subject, false, None)), LivenessRefusal::NoTriesLeft);
}

#[test]
fn no_sequence_comes_twice_to_a_terminal_or_client_within_the_days() {
    let mut rig = in_order(started());
    let (loan, _) = rig.offer();
    let mut seen = BTreeSet::new();
    let mut nonces = BTreeSet::new();
    for _ in 0..120 {
        let challenge = challenge(&mut rig, FaceSubject::Loan(loan));
        assert!(seen.insert(challenge.movements().collect::<Vec<_>>()), "{challenge:?}");
        assert!(nonces.insert(challenge.nonce));
    }
}

#[test]
fn what_a_person_cannot_do_is_not_asked_again_and_a_slower_pace_gives_more_time() {
    let mut rig = in_order(started());
    let (loan, _) = rig.offer();
    let subject = FaceSubject::Loan(loan);
    let first = given(ask(&mut rig, subject, false, None));
    let cannot = first.challenge.commands[0].movement;
    let second = given(ask(&mut rig, subject, true, Some(cannot)));
    assert_eq!((first.replacements_left, second.replacements_left), (2, 1));
    assert!(second.challenge.movements().all(|movement| movement != cannot));
    assert_eq!(second.challenge.commands[0].window_ms, 2 * first.challenge.commands[0].window_ms);
    // Something that was not asked cannot be exchanged, and exchanges end.
    let absent = Movement::ALL.into_iter().find(|of| second.challenge.movements().all(|asked| asked != *of));
    assert_eq!(given(ask(&mut rig, subject, false, absent)).replacements_left, 1);
    for _ in 0..4 {
        let last = given(ask(&mut rig, subject, false, None)).challenge;
        let _ = ask(&mut rig, subject, false, Some(last.commands[1].movement));
    }
    assert_eq!(given(ask(&mut rig, subject, false, None)).replacements_left, 0);
}

#[test]
fn nobody_gets_a_challenge_for_what_is_not_theirs() {
    let mut rig = in_order(started());
    let (_, _) = rig.offer();
    let strangers = [
        FaceSubject::Loan(LoanId(uuid::Uuid::from_u128(99))),
        FaceSubject::Client(senim_domain::ClientId(uuid::Uuid::from_u128(99))),
        FaceSubject::DataLeak(senim_domain::ClientId(uuid::Uuid::from_u128(99))),
        FaceSubject::Registration(senim_domain::RegistrationId(uuid::Uuid::from_u128(99))),
    ];
    for subject in strangers {
        assert_eq!(reason(&ask(&mut rig, subject, false, None)), LivenessRefusal::NotAvailable);
    }
}

#[test]
fn production_takes_a_portrait_with_a_proof() {
    let mut rig = Rig::with_profile(Profile::Production);
    rig.terminal = Terminal::new(&rig.ca, &rig.terminal.id.clone(), rig.seal, Profile::Production);
    let row = rig.terminal.begin_epoch(rig.now);
    rig.send(&[row]);
    let mut rig = in_order(rig);
    let (loan, _) = rig.offer();
    let challenge = challenge(&mut rig, FaceSubject::Loan(loan));
    assert!(matches!(
        passes(&mut rig, FaceSubject::Loan(loan), &challenge),
        MessageBody::LivenessConfirmed { .. }
    ));
    let matched = portrait(&mut rig, loan, Liveness::Passed(challenge.challenge));
    assert!(matches!(matched, MessageBody::FaceMatched { .. }), "{matched:?}");
}
