//! Clients whose data leaked: nothing before the measures of the visit, and no money without them.

use senim_domain::rule_pack::TextId;
use senim_domain::{ClientId, Language, MessageId, SecretBytes, UtcMillis};
use senim_gateway_core::connectors::{CheckCallState, FaceVerdict, Outcome};
use senim_gateway_core::{EventBody, MeasuresRecord};
use senim_operation::Profile;
use senim_operation::body::*;
use senim_operation::jws::sha256_b64;
use senim_operation::message::{ApplicationRefusal, MeasureRefusal, MeasureRefused, MessageBody};

use crate::support::{NOON, PRINCIPAL, Rig, Services, iin, pack, started};

fn client() -> ClientId {
    ClientId(uuid::Uuid::from_u128(7))
}

fn leaked() -> Rig {
    let rig = started();
    rig.services.set(|s| s.leaked = true);
    rig
}

/// Logs in: whether measures are needed.
fn comes(rig: &mut Rig) -> MessageBody {
    rig.open_session();
    let (login, _) = rig.ask_login(&iin());
    let code = rig.last_code();
    rig.type_code(login, &code)
}

fn reads_the_notice(rig: &mut Rig) {
    let text_sha256 = sha256_b64(pack().texts.document(TextId::DataLeak, Language::Ru).as_bytes());
    let read = TextAcknowledged {
        client: client(),
        text: TextId::DataLeak,
        text_sha256,
        language: Language::Ru,
        shown_at: rig.now,
    };
    assert!(rig.say(rig.in_session(read)).is_none());
}

fn shows_the_face(rig: &mut Rig) -> MessageBody {
    let subject = FaceSubject::DataLeak(client());
    let captured = FaceCaptured { subject, liveness: rig.proves(subject), quality: 80 };
    let picture = SecretBytes::new(b"picture of a face".to_vec());
    rig.say(rig.in_session(captured).with_attachment(picture)).unwrap().1
}

fn asks(rig: &mut Rig, measure: Measure) -> (MessageId, MessageBody) {
    rig.say(rig.in_session(MeasureRequested { client: client(), measure })).unwrap()
}

fn reads_further(rig: &mut Rig) {
    for step in &pack().leak.further {
        let text_sha256 = sha256_b64(step.document(Language::Kk).as_bytes());
        let read = FurtherStepAcknowledged {
            client: client(),
            step: step.id.clone(),
            text_sha256,
            language: Language::Kk,
            shown_at: rig.now,
        };
        assert!(rig.say(rig.in_session(read)).is_none());
    }
}

fn asks_about(rig: &mut Rig, call: MessageId) -> MessageBody {
    rig.say(rig.in_session(CheckCallAsked { client: client(), call })).unwrap().1
}

/// Everything before the call, and the call is announced.
fn before_the_outcome(rig: &mut Rig) -> MessageId {
    reads_the_notice(rig);
    assert!(matches!(shows_the_face(rig), MessageBody::MeasureTaken { measure: Measure::Face, .. }));
    let number = asks(rig, Measure::Number).1;
    assert!(matches!(number, MessageBody::MeasureTaken { measure: Measure::Number, .. }), "{number:?}");
    reads_further(rig);
    let (call, announced) = asks(rig, Measure::Call);
    let MessageBody::CallAnnounced(announced) = announced else { panic!("{announced:?}") };
    assert_eq!(announced.wait_seconds, pack().leak.call_seconds);
    assert!(!announced.phone_masked.expose().contains("1234"));
    call
}

fn confirmed(rig: &Rig) {
    let at = rig.now;
    rig.services.set(|s| s.call = Some(CheckCallState::Confirmed { at }));
}

fn reason(body: &MessageBody) -> MeasureRefusal {
    match body {
        MessageBody::MeasureRefused(MeasureRefused { reason, .. }) => *reason,
        other => panic!("{other:?}"),
    }
}

fn record(rig: &Rig) -> MeasuresRecord {
    rig.gateway.measures_of(client()).unwrap().pop().unwrap()
}

fn ended(rig: &Rig) -> Option<String> {
    record(rig).ended.map(|(how, _)| how)
}

fn needs(body: &MessageBody) -> bool {
    matches!(body, MessageBody::MeasuresNeeded { .. })
}

#[test]
fn the_whole_way_from_the_notice_to_the_money_with_the_refusal_asked_afresh() {
    let mut rig = leaked();
    let body = comes(&mut rig);
    assert_eq!(
        body,
        MessageBody::MeasuresNeeded {
            client: client(),
            since: NOON,
            notice: senim_domain::Secret::default()
        }
    );
    let call = before_the_outcome(&mut rig);
    assert!(matches!(asks_about(&mut rig, call), MessageBody::CallAnnounced(_)));
    confirmed(&rig);
    let welcome = asks_about(&mut rig, call);
    assert!(matches!(welcome, MessageBody::LoggedIn { .. }), "{welcome:?}");
    let found = record(&rig);
    assert_eq!(ended(&rig).as_deref(), Some("taken"));
    assert!(found.told.is_some() && found.face.is_some() && found.number_report.is_some());
    assert_eq!(rig.services.get(|s| s.measures_taken.len()), 1);
    rig.services.set(|s| s.refusal = true);
    let refused = rig.apply(client(), PRINCIPAL);
    let MessageBody::ApplicationRefused { reason, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(reason, ApplicationRefusal::VoluntaryRefusal);
    rig.services.set(|s| s.refusal = false);
    assert!(matches!(rig.apply(client(), PRINCIPAL), MessageBody::OfferMade { .. }));
}

#[test]
fn a_leak_that_is_found_at_a_login_is_a_duty_that_reading_the_notice_does() {
    let mut rig = leaked();
    comes(&mut rig);
    assert_eq!(rig.gateway.open_notices(rig.now).unwrap().open, 1);
    reads_the_notice(&mut rig);
    assert_eq!(rig.gateway.open_notices(rig.now).unwrap().open, 0);
    assert!(rig.gateway.notices_of(client()).unwrap()[0].read.is_some());
    // The letter is written all the same.
    rig.gateway.flush_outbox(rig.now).unwrap();
    assert_eq!(rig.services.get(|s| s.letters.len()), 1);
}

#[test]
fn no_operation_of_the_visit_goes_on_before_the_measures_not_even_a_look_into_the_cabinet() {
    let mut rig = leaked();
    assert!(needs(&comes(&mut rig)));
    assert!(needs(&rig.apply(client(), PRINCIPAL)));
    for part in [CabinetPart::Debt, CabinetPart::Letters] {
        let body = rig.say(rig.in_session(CabinetRequested::of(client(), part))).unwrap().1;
        assert!(needs(&body), "{body:?}");
    }
    let body = rig.say(rig.in_session(DebtRequested { client: client() })).unwrap().1;
    assert!(needs(&body), "{body:?}");
    // Half of the measures open nothing.
    let call = before_the_outcome(&mut rig);
    assert!(needs(&rig.apply_at_once(client(), PRINCIPAL)));
    confirmed(&rig);
    asks_about(&mut rig, call);
    assert!(!needs(&rig.apply_at_once(client(), PRINCIPAL)));
}

#[test]
fn measures_of_another_visit_do_not_count_while_the_flag_stands() {
    let mut rig = leaked();
    rig.services.set(|s| s.flag_stays = true);
    comes(&mut rig);
    let call = before_the_outcome(&mut rig);
    confirmed(&rig);
    asks_about(&mut rig, call);
    assert!(!needs(&rig.apply(client(), PRINCIPAL)));
    assert!(needs(&comes(&mut rig)));
}

#[test]
fn data_that_leak_between_contract_and_payout_keep_the_money_until_the_measures() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    rig.services.set(|s| s.leaked = true);
    let body = rig.payout_request(loan, 1, PRINCIPAL, face);
    let answer = rig.say(rig.in_session(body)).unwrap().1;
    assert!(needs(&answer), "{answer:?}");
    assert_eq!(rig.services.get(|s| s.payouts.len()), 0);
    let call = before_the_outcome(&mut rig);
    confirmed(&rig);
    asks_about(&mut rig, call);
    let (face, _) = rig.face(loan);
    rig.request(loan, 1, PRINCIPAL, face).unwrap();
}

#[test]
fn a_second_leak_needs_the_measures_again_though_the_first_was_dealt_with() {
    let mut rig = leaked();
    rig.services.set(|s| s.flag_stays = true);
    comes(&mut rig);
    let call = before_the_outcome(&mut rig);
    confirmed(&rig);
    asks_about(&mut rig, call);
    rig.services.set(|s| s.leaked_since = Some(UtcMillis(NOON.0 + 1)));
    assert!(needs(&rig.apply(client(), PRINCIPAL)));
}

#[test]
fn measures_out_of_their_order_are_refused_and_nobody_is_called() {
    let mut rig = leaked();
    comes(&mut rig);
    assert_eq!(reason(&shows_the_face(&mut rig)), MeasureRefusal::Incomplete);
    assert_eq!(reason(&asks(&mut rig, Measure::Number).1), MeasureRefusal::Incomplete);
    reads_the_notice(&mut rig);
    shows_the_face(&mut rig);
    asks(&mut rig, Measure::Number);
    // A further step of the rule pack is missing.
    assert_eq!(reason(&asks(&mut rig, Measure::Call).1), MeasureRefusal::Incomplete);
    assert!(rig.services.get(|s| s.calls.is_empty()));
    reads_further(&mut rig);
    assert!(matches!(asks(&mut rig, Measure::Call).1, MessageBody::CallAnnounced(_)));
}

#[test]
fn a_notice_or_a_step_in_other_words_than_the_pack_s_does_not_count() {
    let mut rig = leaked();
    comes(&mut rig);
    let other = TextAcknowledged {
        client: client(),
        text: TextId::DataLeak,
        text_sha256: sha256_b64(b"something else"),
        language: Language::Ru,
        shown_at: rig.now,
    };
    rig.say(rig.in_session(other));
    assert_eq!(record(&rig).told, None);
    reads_the_notice(&mut rig);
    shows_the_face(&mut rig);
    asks(&mut rig, Measure::Number);
    let step = pack().leak.further[0].id.clone();
    let other = FurtherStepAcknowledged {
        client: client(),
        step,
        text_sha256: sha256_b64(b"something else"),
        language: Language::Ru,
        shown_at: rig.now,
    };
    rig.say(rig.in_session(other));
    assert!(record(&rig).further.is_empty());
    assert_eq!(reason(&asks(&mut rig, Measure::Call).1), MeasureRefusal::Incomplete);
}

#[test]
fn the_face_of_the_measures_is_for_itself_and_no_contract_rests_on_it() {
    let mut rig = started();
    let (loan, drafts) = rig.offer();
    rig.show(loan, &drafts[0]);
    rig.services.set(|s| (s.leaked, s.flag_stays) = (true, true));
    assert!(needs(&rig.agree(loan, &drafts[0], MessageId(uuid::Uuid::from_u128(1)))));
    let call = before_the_outcome(&mut rig);
    let face = record(&rig).face.unwrap();
    confirmed(&rig);
    asks_about(&mut rig, call);
    let refused = rig.agree(loan, &drafts[0], face);
    assert!(
        matches!(&refused, MessageBody::ContractRefused { reason, .. } if reason == "faceCheck"),
        "{refused:?}"
    );
}

#[test]
fn a_stranger_s_face_ends_the_measures_when_no_attempt_is_left() {
    let mut rig = leaked();
    comes(&mut rig);
    reads_the_notice(&mut rig);
    rig.services.set(|s| s.face = Some(FaceVerdict::Other));
    let tries = u32::from(pack().portrait.tries);
    for left in (0..tries).rev() {
        let MessageBody::MeasureRefused(refused) = shows_the_face(&mut rig) else { panic!("matched") };
        assert_eq!((refused.reason, refused.attempts_left), (MeasureRefusal::NoMatch, left));
    }
    assert_eq!(ended(&rig).as_deref(), Some("faceRefused"));
    rig.services.set(|s| s.face = None);
    assert_eq!(reason(&shows_the_face(&mut rig)), MeasureRefusal::Incomplete);
}

#[test]
fn a_number_of_somebody_else_or_of_nobody_known_ends_the_visit_s_business() {
    for unknown in [false, true] {
        let mut rig = leaked();
        rig.services.set(|s| (s.state.foreign_number, s.state.unknown_number) = (!unknown, unknown));
        comes(&mut rig);
        reads_the_notice(&mut rig);
        shows_the_face(&mut rig);
        assert_eq!(reason(&asks(&mut rig, Measure::Number).1), MeasureRefusal::NumberNotOwned);
        assert_eq!(ended(&rig).as_deref(), Some("numberNotOwned"));
        reads_further(&mut rig);
        assert_eq!(reason(&asks(&mut rig, Measure::Call).1), MeasureRefusal::Incomplete);
        let refused = rig.apply(client(), PRINCIPAL);
        assert!(matches!(refused, MessageBody::ApplicationRefused { .. }), "{refused:?}");
    }
}

#[test]
fn the_operators_own_base_is_believed_before_the_number_base_of_the_e_government() {
    let services = Services { operators: Some(Outcome::Match), ..Services::default() };
    let mut rig = Rig::with_services(Profile::Rig, services);
    let row = rig.terminal.begin_epoch(rig.now);
    rig.send(&[row]);
    rig.services.set(|s| (s.leaked, s.state.foreign_number) = (true, true));
    comes(&mut rig);
    reads_the_notice(&mut rig);
    shows_the_face(&mut rig);
    asks(&mut rig, Measure::Number);
    assert_eq!(record(&rig).number_report.as_deref(), Some("operators-report"));
}

#[test]
fn whoever_denies_on_the_phone_stops_everything_and_the_mfo_hears_of_an_incident() {
    let mut rig = leaked();
    comes(&mut rig);
    let call = before_the_outcome(&mut rig);
    let at = rig.now;
    rig.services.set(|s| s.call = Some(CheckCallState::Denied { at }));
    assert_eq!(reason(&asks_about(&mut rig, call)), MeasureRefusal::CallDenied);
    // A change of mind afterwards is too late, and so is asking twice.
    confirmed(&rig);
    assert_eq!(reason(&asks_about(&mut rig, call)), MeasureRefusal::CallDenied);
    let refused = rig.apply(client(), PRINCIPAL);
    assert!(matches!(refused, MessageBody::ApplicationRefused { .. }), "{refused:?}");
    assert_eq!(rig.services.get(|s| s.measures_taken.len()), 0);
    rig.gateway.number_events().unwrap();
    let told = rig.gateway.feed(0, 500).unwrap().events.into_iter().any(|event| {
        matches!(event.event.body, EventBody::ClientMeasures { ref state, .. } if state == "callDenied")
    });
    assert!(told);
}

#[test]
fn nobody_on_the_phone_means_another_visit_and_no_second_call_in_this_one() {
    let mut rig = leaked();
    comes(&mut rig);
    let call = before_the_outcome(&mut rig);
    let at = rig.now;
    rig.services.set(|s| s.call = Some(CheckCallState::NotReached { at }));
    assert_eq!(reason(&asks_about(&mut rig, call)), MeasureRefusal::CallNotReached);
    assert_eq!(rig.services.get(|s| s.calls.len()), 1);
    assert!(needs(&comes(&mut rig)));
    before_the_outcome(&mut rig);
    assert_eq!(rig.services.get(|s| s.calls.len()), 2);
}

#[test]
fn an_outcome_that_comes_late_counts_as_none() {
    let mut rig = leaked();
    comes(&mut rig);
    let call = before_the_outcome(&mut rig);
    let times = pack();
    rig.later(i64::from(times.leak.call_seconds + times.session.answer_seconds));
    confirmed(&rig);
    assert_eq!(reason(&asks_about(&mut rig, call)), MeasureRefusal::CallNotReached);
    assert_eq!(ended(&rig).as_deref(), Some("callNotReached"));
    assert_eq!(rig.services.get(|s| s.measures_taken.len()), 0);
}

#[test]
fn an_outcome_that_is_asked_for_twice_is_told_twice_and_reported_once() {
    let mut rig = leaked();
    comes(&mut rig);
    let call = before_the_outcome(&mut rig);
    confirmed(&rig);
    for _ in 0..2 {
        assert!(matches!(asks_about(&mut rig, call), MessageBody::LoggedIn { .. }));
    }
    assert_eq!(rig.services.get(|s| s.measures_taken.len()), 1);
}

#[test]
fn an_outcome_for_another_visit_s_call_opens_nothing() {
    let mut rig = leaked();
    comes(&mut rig);
    let call = before_the_outcome(&mut rig);
    comes(&mut rig);
    confirmed(&rig);
    assert_eq!(reason(&asks_about(&mut rig, call)), MeasureRefusal::Incomplete);
    assert!(needs(&rig.apply(client(), PRINCIPAL)));
}

#[test]
fn a_flag_that_is_lifted_in_the_middle_of_the_visit_holds_up_nobody() {
    let mut rig = leaked();
    comes(&mut rig);
    reads_the_notice(&mut rig);
    shows_the_face(&mut rig);
    rig.services.set(|s| s.leaked = false);
    assert!(matches!(asks(&mut rig, Measure::Number).1, MessageBody::LoggedIn { .. }));
    assert!(matches!(rig.apply(client(), PRINCIPAL), MessageBody::OfferMade { .. }));
    assert!(rig.services.get(|s| s.calls.is_empty()));
}

#[test]
fn services_that_are_away_cost_nobody_their_visit_s_measures() {
    let mut rig = leaked();
    comes(&mut rig);
    reads_the_notice(&mut rig);
    rig.services.set(|s| s.faces_down = true);
    assert_eq!(reason(&shows_the_face(&mut rig)), MeasureRefusal::TryLater);
    rig.services.set(|s| (s.faces_down, s.state.down) = (false, true));
    shows_the_face(&mut rig);
    assert_eq!(reason(&asks(&mut rig, Measure::Number).1), MeasureRefusal::TryLater);
    rig.services.set(|s| (s.state.down, s.calls_down) = (false, true));
    asks(&mut rig, Measure::Number);
    reads_further(&mut rig);
    assert_eq!(reason(&asks(&mut rig, Measure::Call).1), MeasureRefusal::TryLater);
    rig.services.set(|s| s.calls_down = false);
    let (call, _) = asks(&mut rig, Measure::Call);
    // A question that fails is asked again.
    rig.services.set(|s| s.calls_down = true);
    assert!(matches!(asks_about(&mut rig, call), MessageBody::CallAnnounced(_)));
    rig.services.set(|s| (s.calls_down, s.core_down) = (false, true));
    confirmed(&rig);
    // Core lending hears of it once it is back.
    assert_eq!(reason(&asks_about(&mut rig, call)), MeasureRefusal::TryLater);
    rig.services.set(|s| s.core_down = false);
    rig.later(6);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    assert_eq!(rig.services.get(|s| s.measures_taken.len()), 1);
    assert!(matches!(asks_about(&mut rig, call), MessageBody::LoggedIn { .. }));
}

#[test]
fn while_nobody_can_tell_whether_data_leaked_there_is_no_money() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    rig.services.set(|s| s.core_down = true);
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "tryLater");
    rig.services.set(|s| s.core_down = false);
    rig.request(loan, 1, PRINCIPAL, face).unwrap();
}
