//! A contract above the limit rests; then its client confirms it or takes it back (B6).

use senim_domain::{ClientId, LoanId, MessageId, UtcMillis};
use senim_operation::body::*;
use senim_operation::jws::sha256_b64;
use senim_operation::message::{
    ApplicationState, CabinetContent, CancellationRefusal, ConfirmationOffer, ConfirmationRefusal,
    ContractState, MessageBody, WaitingLoan,
};

use crate::support::{self, PRINCIPAL, Rig, iin, pack, started};

const HOUR: i64 = 3600;

/// A lender whose contracts rest above so many MRP of 4,325 tenge.
fn resting_above(mrp: u32) -> Rig {
    let rig = started();
    let mut pack = pack();
    pack.version += 1;
    pack.cooling_off.above_mrp = mrp;
    rig.gateway.publish_rule_pack(pack, &support::staff(), rig.now).unwrap();
    rig
}

fn client() -> ClientId {
    ClientId(uuid::Uuid::from_u128(7))
}

/// Comes again: what the MFO says of a loan that waits.
fn comes_again(rig: &mut Rig) -> Option<WaitingLoan> {
    rig.open_session();
    let (login, _) = rig.ask_login(&iin());
    let code = rig.last_code();
    match rig.type_code(login, &code) {
        MessageBody::LoggedIn { waiting, .. } => waiting,
        other => panic!("{other:?}"),
    }
}

fn asks(rig: &mut Rig, loan: LoanId) -> Result<(MessageId, ConfirmationOffer), ConfirmationRefusal> {
    match rig.say(rig.in_session(ConfirmationRequested { loan })).unwrap() {
        (id, MessageBody::ConfirmationOffered(offer)) => Ok((id, *offer)),
        (_, MessageBody::ConfirmationRefused { reason, .. }) => Err(reason),
        other => panic!("{other:?}"),
    }
}

fn confirmation(loan: LoanId, offer: MessageId, face_check: MessageId) -> LoanConfirmed {
    LoanConfirmed { loan, offer, offer_sha256: sha256_b64(b"offer"), face_check }
}

fn confirms(
    rig: &mut Rig,
    loan: LoanId,
    offer: MessageId,
    face: MessageId,
) -> Result<(), ConfirmationRefusal> {
    match rig.say(rig.in_session(confirmation(loan, offer, face))).unwrap().1 {
        MessageBody::ConfirmationAccepted { .. } => Ok(()),
        MessageBody::ConfirmationRefused { reason, .. } => Err(reason),
        other => panic!("{other:?}"),
    }
}

fn cancels(rig: &mut Rig, loan: LoanId) -> Result<(), CancellationRefusal> {
    match rig.say(rig.in_session(LoanCancelled { loan, client: client() })).unwrap().1 {
        MessageBody::CancellationAccepted { .. } => Ok(()),
        MessageBody::CancellationRefused { reason, .. } => Err(reason),
        other => panic!("{other:?}"),
    }
}

/// Comes again after the rest, sees the schedule and sits for a picture.
fn before_the_word(rig: &mut Rig, loan: LoanId) -> (MessageId, MessageId) {
    assert!(comes_again(rig).is_some());
    let (offer, _) = asks(rig, loan).unwrap();
    (offer, rig.face(loan).0)
}

fn shown(rig: &mut Rig, part: CabinetPart) -> CabinetContent {
    match rig.say(rig.in_session(CabinetRequested::of(client(), part))).unwrap().1 {
        MessageBody::CabinetShown(content) => content,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_contract_above_the_limit_rests_to_the_second_is_confirmed_and_paid_out() {
    let mut rig = resting_above(20);
    let concluded = rig.now;
    let (loan, face) = rig.conclude();
    let until = UtcMillis(concluded.0 + 24 * HOUR * 1000);
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "coolingOff");
    rig.later(24 * HOUR - 1);
    let waiting = comes_again(&mut rig).unwrap();
    assert_eq!((waiting.loan, waiting.concluded, waiting.rests_until), (loan, concluded, Some(until)));
    assert_eq!(asks(&mut rig, loan).unwrap_err(), ConfirmationRefusal::TooEarly);
    let (face, _) = rig.face(loan);
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "coolingOff");
    rig.later(1);
    // The rest alone pays nothing out: the client has to say so.
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "notConfirmed");
    let (offer, terms) = asks(&mut rig, loan).unwrap();
    assert_eq!(terms.draft.schedule.issued.to_string(), "2026-03-03");
    confirms(&mut rig, loan, offer, face).unwrap();
    // The signed schedule began on this day.
    assert!(rig.services.get(|s| s.moved.is_empty()));
    let leave = rig.request(loan, terms.part, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&leave, 20, PayoutResult::Paid)));
    assert_eq!(rig.services.get(|s| s.payouts.len()), 1);
    assert_eq!(asks(&mut rig, loan).unwrap_err(), ConfirmationRefusal::NotWaiting);
}

#[test]
fn a_contract_that_rests_is_of_today_and_its_schedule_begins_when_it_may_be_paid_out() {
    let mut rig = resting_above(20);
    let (_, drafts) = rig.offer();
    assert_eq!(drafts[0].schedule.issued.to_string(), "2026-03-03");
    let paper = senim_document::read(&drafts[0].pdf).unwrap();
    assert_eq!(paper.date, "2026-03-02");
    assert_eq!(paper.figures.clone().unwrap().schedule, drafts[0].schedule);
}

#[test]
fn on_a_later_day_the_schedule_is_accepted_anew_and_core_lending_moves_its_own() {
    let mut rig = resting_above(20);
    let (loan, _) = rig.conclude();
    rig.later(10 * 24 * HOUR);
    assert!(comes_again(&mut rig).is_some());
    let (offer, terms) = asks(&mut rig, loan).unwrap();
    assert_eq!(terms.draft.schedule.issued.to_string(), "2026-03-12");
    let (face, _) = rig.face(loan);
    rig.services.set(|s| s.core_down = true);
    assert_eq!(confirms(&mut rig, loan, offer, face).unwrap_err(), ConfirmationRefusal::TryLater);
    rig.services.set(|s| s.core_down = false);
    confirms(&mut rig, loan, offer, face).unwrap();
    assert_eq!(rig.services.get(|s| s.moved.len()), 1);
    assert_eq!(rig.services.get(|s| s.bookings[0].issued.clone()), "2026-03-12");
    rig.request(loan, 1, PRINCIPAL, face).unwrap();
}

#[test]
fn confirming_twice_is_confirming_once_and_another_day_asks_anew() {
    let mut rig = resting_above(20);
    let (loan, _) = rig.conclude();
    rig.later(24 * HOUR);
    let (offer, face) = before_the_word(&mut rig, loan);
    confirms(&mut rig, loan, offer, face).unwrap();
    confirms(&mut rig, loan, offer, face).unwrap();
    rig.later(24 * HOUR);
    let (offer, face) = before_the_word(&mut rig, loan);
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "otherDate");
    confirms(&mut rig, loan, offer, face).unwrap();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    assert_eq!(confirms(&mut rig, loan, offer, face).unwrap_err(), ConfirmationRefusal::PayoutOpen);
    rig.say(rig.in_session(Rig::ended(&leave, 20, PayoutResult::Paid)));
    assert_eq!(confirms(&mut rig, loan, offer, face).unwrap_err(), ConfirmationRefusal::NotWaiting);
}

#[test]
fn a_confirmation_needs_the_schedule_of_this_visit_and_day_and_a_fresh_face() {
    let mut rig = resting_above(20);
    let (loan, old_face) = rig.conclude();
    rig.later(24 * HOUR);
    assert!(comes_again(&mut rig).is_some());
    let (face, _) = rig.face(loan);
    assert_eq!(confirms(&mut rig, loan, face, face).unwrap_err(), ConfirmationRefusal::OfferEnded);
    let (offer, _) = asks(&mut rig, loan).unwrap();
    assert_eq!(confirms(&mut rig, loan, face, face).unwrap_err(), ConfirmationRefusal::OfferEnded);
    assert_eq!(confirms(&mut rig, loan, offer, old_face).unwrap_err(), ConfirmationRefusal::FaceCheck);
    rig.later(i64::from(pack().portrait.life_seconds) + 1);
    assert_eq!(confirms(&mut rig, loan, offer, face).unwrap_err(), ConfirmationRefusal::FaceCheck);
    rig.later(12 * HOUR);
    let (face, _) = rig.face(loan);
    assert_eq!(confirms(&mut rig, loan, offer, face).unwrap_err(), ConfirmationRefusal::OfferEnded);
}

#[test]
fn a_voluntary_refusal_set_meanwhile_stands_at_each_step_in_the_way_and_cancelling_stays_free() {
    let mut rig = resting_above(20);
    let (loan, _) = rig.conclude();
    rig.later(24 * HOUR);
    let (offer, face) = before_the_word(&mut rig, loan);
    rig.services.set(|s| s.refusal = true);
    assert_eq!(asks(&mut rig, loan).unwrap_err(), ConfirmationRefusal::VoluntaryRefusal);
    assert_eq!(confirms(&mut rig, loan, offer, face).unwrap_err(), ConfirmationRefusal::VoluntaryRefusal);
    rig.services.set(|s| s.core_down = true);
    assert_eq!(asks(&mut rig, loan).unwrap_err(), ConfirmationRefusal::TryLater);
    rig.services.set(|s| s.core_down = false);
    cancels(&mut rig, loan).unwrap();
}

#[test]
fn a_loan_is_cancelled_free_of_charge_while_it_rests_and_the_client_may_borrow_again() {
    let mut rig = resting_above(20);
    let (loan, face) = rig.conclude();
    assert_eq!(shown(&mut rig, CabinetPart::Applications), applications(&mut rig, ApplicationState::Waiting));
    rig.services.set(|s| s.core_down = true);
    cancels(&mut rig, loan).unwrap();
    cancels(&mut rig, loan).unwrap();
    assert!(rig.services.get(|s| s.taken_back.is_empty()));
    rig.services.set(|s| s.core_down = false);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    let told = rig.services.get(|s| s.taken_back.clone());
    assert_eq!((told.len(), told[0].loan, told[0].reason.as_str()), (1, loan, "coolingOff"));
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "cancelled");
    assert_eq!(asks(&mut rig, loan).unwrap_err(), ConfirmationRefusal::NotWaiting);
    assert_eq!(
        shown(&mut rig, CabinetPart::Applications),
        applications(&mut rig, ApplicationState::Cancelled)
    );
    let CabinetContent::Contracts(contracts) = shown(&mut rig, CabinetPart::Contracts) else { panic!() };
    assert_eq!(contracts[0].state, ContractState::Cancelled);
    assert!(comes_again(&mut rig).is_none());
    assert!(matches!(rig.apply(client(), PRINCIPAL), MessageBody::OfferMade { .. }));
}

/// The one application of these tests, in this state.
fn applications(rig: &mut Rig, state: ApplicationState) -> CabinetContent {
    let CabinetContent::Applications(mut all) = shown(rig, CabinetPart::Applications) else { panic!() };
    assert_eq!(all.len(), 1);
    all[0].state = state;
    CabinetContent::Applications(all)
}

#[test]
fn a_payout_that_was_refused_or_brought_nothing_can_be_cancelled_one_under_way_or_done_cannot() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    rig.services.set(|s| s.refusal = true);
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "voluntaryRefusal");
    rig.services.set(|s| s.refusal = false);
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    assert_eq!(cancels(&mut rig, loan).unwrap_err(), CancellationRefusal::PayoutOpen);
    rig.say(rig.in_session(Rig::ended(&leave, 0, PayoutResult::Nothing)));
    cancels(&mut rig, loan).unwrap();
    assert_eq!(rig.services.get(|s| s.taken_back[0].reason.clone()), "client");
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&leave, 20, PayoutResult::Paid)));
    assert_eq!(cancels(&mut rig, loan).unwrap_err(), CancellationRefusal::PaidOut);
}

#[test]
fn a_loan_without_rest_that_was_not_paid_out_is_confirmed_on_another_day_with_its_next_part() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&leave, 0, PayoutResult::Nothing)));
    rig.later(24 * HOUR);
    assert_eq!(comes_again(&mut rig).unwrap().rests_until, None);
    let (offer, terms) = asks(&mut rig, loan).unwrap();
    let (face, _) = rig.face(loan);
    confirms(&mut rig, loan, offer, face).unwrap();
    assert_eq!((terms.part, rig.request(loan, 2, PRINCIPAL, face).unwrap().part), (2, 2));
}

#[test]
fn what_is_taken_back_counts_after_its_visit_and_what_is_confirmed_does_not() {
    let mut rig = resting_above(20);
    let (loan, _) = rig.conclude();
    rig.later(24 * HOUR);
    let (offer, face) = before_the_word(&mut rig, loan);
    let late = [
        rig.in_session(confirmation(loan, offer, face)),
        rig.in_session(LoanCancelled { loan, client: ClientId(uuid::Uuid::from_u128(8)) }),
        rig.in_session(SessionClosed { end: SessionEnd::Failed }),
    ];
    let rows: Vec<_> = late.into_iter().map(|draft| rig.terminal.write(draft, rig.now).0).collect();
    assert!(rig.send(&rows).replies.is_empty());
    // Neither the late word nor somebody else's changed anything.
    let (_, face) = before_the_word(&mut rig, loan);
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "notConfirmed");
    let late = [
        rig.in_session(LoanCancelled { loan, client: client() }),
        rig.in_session(SessionClosed { end: SessionEnd::Failed }),
    ];
    let rows: Vec<_> = late.into_iter().map(|draft| rig.terminal.write(draft, rig.now).0).collect();
    assert!(rig.send(&rows).replies.is_empty());
    assert_eq!(rig.services.get(|s| s.taken_back.len()), 1);
    assert!(comes_again(&mut rig).is_none());
}

#[test]
fn nobody_confirms_or_cancels_the_loan_of_somebody_else() {
    let mut rig = resting_above(20);
    let (loan, _) = rig.conclude();
    rig.later(24 * HOUR);
    rig.open_session();
    assert_eq!(cancels(&mut rig, loan).unwrap_err(), CancellationRefusal::NotWaiting);
    assert_eq!(asks(&mut rig, loan).unwrap_err(), ConfirmationRefusal::NotWaiting);
    let nobody = MessageId(uuid::Uuid::from_u128(1));
    assert_eq!(confirms(&mut rig, loan, nobody, nobody).unwrap_err(), ConfirmationRefusal::NotWaiting);
}

#[test]
fn contracts_of_one_day_are_summed_and_one_that_was_taken_back_is_none() {
    let mut rig = resting_above(30);
    let (first, _) = rig.conclude();
    cancels(&mut rig, first).unwrap();
    let (second, face) = rig.conclude();
    let leave = rig.request(second, 1, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&leave, 20, PayoutResult::Paid)));
    rig.gateway.close_loan(&support::staff(), second, rig.now).unwrap();
    // 100,000 and 100,000 are more than 129,750 tenge.
    let (third, face) = rig.conclude();
    assert_eq!(rig.request(third, 1, PRINCIPAL, face).unwrap_err(), "coolingOff");
    cancels(&mut rig, third).unwrap();
    rig.later(13 * HOUR);
    let (fourth, face) = rig.conclude();
    rig.request(fourth, 1, PRINCIPAL, face).unwrap();
}

#[test]
fn a_waiting_loan_whose_product_costs_something_else_now_is_not_confirmed_by_itself() {
    let mut rig = resting_above(20);
    let (loan, _) = rig.conclude();
    rig.later(24 * HOUR);
    let mut pack = pack();
    pack.version += 2;
    pack.products.retain(|product| product.id != "simple");
    rig.gateway.publish_rule_pack(pack, &support::staff(), rig.now).unwrap();
    assert!(comes_again(&mut rig).is_some());
    assert_eq!(asks(&mut rig, loan).unwrap_err(), ConfirmationRefusal::TermsChanged);
    cancels(&mut rig, loan).unwrap();
}
