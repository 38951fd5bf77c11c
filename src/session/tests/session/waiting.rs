//! A loan that rests: the visit ends with the moment from which there is money; a later visit confirms or takes back.

use senim_domain::loan::{Method, Term};
use senim_domain::quote::quote;
use senim_domain::{ClientId, LoanId, Tiyn, UtcMillis, calendar};
use senim_operation::Body;
use senim_operation::body::SessionEnd;
use senim_operation::message::{
    CancellationRefusal, ConfirmationOffer, ConfirmationRefusal, MessageBody, OfferDraft, WaitingLoan,
};
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::event::Event;
use senim_session::registration::Advice;
use senim_session::state::{Ending, Errand, State};
use senim_session::waiting::{NotYet, Waiting};
use uuid::Uuid;

use crate::desk::{Desk, NOON, SUM, pack};

const DAY_MS: u64 = 86_400_000;
const CONFIRM: Decision = Decision::Choose(0);
const CANCEL: Decision = Decision::Choose(1);

fn waiting(rests_until: Option<i64>) -> WaitingLoan {
    WaitingLoan {
        loan: LoanId(Uuid::from_u128(6)),
        principal_tiyn: Tiyn::from_tenge(SUM).unwrap(),
        concluded: NOON,
        rests_until: rests_until.map(UtcMillis),
        way: None,
        target: None,
    }
}

/// A client logs in at this moment of the rest, for a loan that may be confirmed a day after noon.
fn comes_again(after_ms: u64) -> Desk {
    let mut desk = Desk::open();
    desk.pass_ms(after_ms);
    desk.to_checking_code();
    logs_in(&mut desk, waiting(Some(NOON.0 + 86_400_000)));
    desk
}

fn logs_in(desk: &mut Desk, loan: WaitingLoan) {
    desk.answer(MessageBody::LoggedIn {
        client: ClientId(Uuid::from_u128(5)),
        greeting: senim_domain::Secret::new("Айгүл".into()),
        products: vec!["simple".into()],
        last_login: None,
        remainder: None,
        waiting: Some(loan),
        unfinished: None,
        unauthorised_access: None,
    });
    assert!(matches!(stage(desk), Some(Waiting::Shown { .. })), "{:?}", desk.session.state());
}

fn stage(desk: &Desk) -> Option<&Waiting> {
    match desk.session.state() {
        State::Waiting(stage) => Some(stage),
        _ => None,
    }
}

fn advice(desk: &Desk) -> Option<Advice> {
    match desk.session.state() {
        State::Advice { advice, .. } => Some(*advice),
        _ => None,
    }
}

fn closed_as(desk: &Desk) -> Option<SessionEnd> {
    desk.rows().into_iter().rev().find_map(|body| match body {
        Body::SessionClosed(row) => Some(row.end),
        _ => None,
    })
}

/// The schedule of today, as a good gateway offers it.
fn offered(desk: &Desk) -> ConfirmationOffer {
    let pack = pack();
    let product = pack.product("simple").unwrap();
    let issued = calendar::local_date(desk.now.utc).unwrap();
    let (term, method, principal) = (Term::Months(6), Method::Annuity, Tiyn::from_tenge(SUM).unwrap());
    let terms = product.terms(&pack.calendar, principal, term, method, issued);
    let quoted = quote(&terms, &pack.limits(product, issued)).unwrap();
    let schedule = senim_domain::loan::Schedule {
        method,
        issued,
        principal_tiyn: principal,
        instalments: quoted.schedule,
    };
    let draft = OfferDraft { schedule, gesv_e8: quoted.gesv_exact.units() };
    ConfirmationOffer { loan: LoanId(Uuid::from_u128(6)), product: "simple".into(), term, draft, part: 2 }
}

fn to_terms() -> Desk {
    let mut desk = comes_again(DAY_MS);
    desk.decide(CONFIRM);
    let offer = offered(&desk);
    desk.answer(MessageBody::ConfirmationOffered(Box::new(offer)));
    assert!(matches!(stage(&desk), Some(Waiting::Terms(_))), "{:?}", desk.session.state());
    desk
}

/// Until the confirmation is on its way.
fn to_confirming() -> Desk {
    let mut desk = to_terms();
    desk.decide(Decision::Confirm);
    sits(&mut desk);
    desk
}

fn sits(desk: &mut Desk) {
    desk.send(Event::Camera(senim_session::event::CameraEvent::Opened));
    desk.picture();
    desk.answer(MessageBody::FaceMatched { loan: desk.loan() });
    assert!(matches!(desk.session.state(), State::Concluding { .. }), "{:?}", desk.session.state());
}

#[test]
fn a_contract_that_rests_ends_the_visit_with_the_moment_and_without_money() {
    let mut desk = Desk::open();
    desk.to_concluding_of(SUM);
    let until = UtcMillis(NOON.0 + 86_400_000);
    desk.answer(MessageBody::ContractAccepted { loan: desk.loan(), rests_until: Some(until) });
    assert_eq!(advice(&desk), Some(Advice::Rests { until }));
    assert_eq!(closed_as(&desk), Some(SessionEnd::Completed));
    desk.act(Action::PayOut);
    assert_eq!((desk.count("PayoutRequested"), desk.dispenses()), (0, 0));
}

#[test]
fn a_loan_that_rested_is_confirmed_with_a_fresh_face_and_paid_out_as_its_next_part() {
    let mut desk = to_confirming();
    let confirmed = desk.rows().into_iter().find_map(|body| match body {
        Body::LoanConfirmed(row) => Some(row.clone()),
        _ => None,
    });
    assert_eq!(confirmed.unwrap().loan, desk.loan());
    desk.answer(MessageBody::ConfirmationAccepted { loan: desk.loan() });
    assert!(matches!(desk.session.state(), State::ReadyToPay { .. }));
    desk.act(Action::PayOut);
    let leave = desk.leave();
    assert_eq!((leave.part, leave.amount_tiyn), (2, Tiyn::from_tenge(SUM).unwrap()));
    desk.answer(MessageBody::PayoutAuthorised(leave));
    assert_eq!(desk.marks(), 1);
    assert_eq!(desk.count("ContractAgreed"), 0);
}

#[test]
fn before_the_rest_is_over_nothing_is_confirmed_to_the_second() {
    let mut early = comes_again(DAY_MS - 1000);
    let until = UtcMillis(NOON.0 + 86_400_000);
    let loan = waiting(Some(until.0));
    assert_eq!(early.session.not_yet(&loan, &early.now), Some(NotYet::Rests(until)));
    early.decide(CONFIRM);
    assert_eq!(early.count("ConfirmationRequested"), 0);
    assert!(matches!(stage(&early), Some(Waiting::Shown { .. })));
    early.wait_ms(1000);
    early.decide(CONFIRM);
    assert_eq!(early.count("ConfirmationRequested"), 1);
    // By the MFO's clock it is too early still.
    early.answer(MessageBody::ConfirmationRefused {
        loan: early.loan(),
        reason: ConfirmationRefusal::TooEarly,
    });
    assert_eq!(advice(&early), Some(Advice::Rests { until }));
}

#[test]
fn a_sum_that_the_cassettes_cannot_make_is_not_confirmed_and_can_be_cancelled() {
    let mut desk = Desk::open();
    desk.to_checking_code();
    let loan = WaitingLoan { principal_tiyn: Tiyn::from_tenge(SUM + 500).unwrap(), ..waiting(None) };
    logs_in(&mut desk, loan.clone());
    assert_eq!(desk.session.not_yet(&loan, &desk.now), Some(NotYet::NoCash));
    desk.decide(CONFIRM);
    assert_eq!(desk.count("ConfirmationRequested"), 0);
    desk.decide(CANCEL);
    assert!(matches!(stage(&desk), Some(Waiting::Sure { .. })));
}

#[test]
fn a_schedule_that_is_not_this_terminals_own_is_not_shown() {
    let wrong: [fn(&mut ConfirmationOffer); 6] = [
        |offer| offer.loan = LoanId(Uuid::from_u128(99)),
        |offer| offer.product = "large".into(),
        |offer| offer.part = 0,
        |offer| offer.draft.gesv_e8 += 1,
        |offer| offer.draft.schedule.principal_tiyn = Tiyn::from_tenge(SUM - 1000).unwrap(),
        |offer| offer.draft.schedule.issued = offer.draft.schedule.issued.tomorrow().unwrap(),
    ];
    for make_wrong in wrong {
        let mut desk = comes_again(DAY_MS);
        desk.decide(CONFIRM);
        let mut offer = offered(&desk);
        make_wrong(&mut offer);
        desk.answer(MessageBody::ConfirmationOffered(Box::new(offer)));
        desk.assert_ended(Ending::TermsMismatch);
    }
}

#[test]
fn every_refusal_of_a_confirmation_ends_politely_and_an_old_face_is_taken_anew() {
    let refusals = [
        (ConfirmationRefusal::VoluntaryRefusal, Err(Ending::VoluntaryRefusal)),
        (ConfirmationRefusal::TryLater, Err(Ending::Unreachable)),
        (ConfirmationRefusal::NotWaiting, Ok(Advice::AskLender)),
        (ConfirmationRefusal::PayoutOpen, Ok(Advice::AskLender)),
        (ConfirmationRefusal::TermsChanged, Ok(Advice::AskLender)),
        (ConfirmationRefusal::OfferEnded, Ok(Advice::AskLender)),
    ];
    for (reason, expected) in refusals {
        for mut desk in [to_confirming(), asking()] {
            desk.answer(MessageBody::ConfirmationRefused { loan: desk.loan(), reason });
            match expected {
                Ok(wanted) => assert_eq!(advice(&desk), Some(wanted), "{reason:?}"),
                Err(ending) => desk.assert_ended(ending),
            }
            assert_eq!(desk.count("PayoutRequested"), 0);
        }
    }
    let mut desk = to_confirming();
    desk.answer(MessageBody::ConfirmationRefused {
        loan: desk.loan(),
        reason: ConfirmationRefusal::FaceCheck,
    });
    sits(&mut desk);
    assert_eq!(desk.count("LoanConfirmed"), 2);
}

fn asking() -> Desk {
    let mut desk = comes_again(DAY_MS);
    desk.decide(CONFIRM);
    desk
}

#[test]
fn a_strange_answer_confirms_and_cancels_nothing() {
    let mut desk = to_confirming();
    desk.answer(MessageBody::ContractAccepted { loan: desk.loan(), rests_until: None });
    desk.assert_ended(Ending::Unreachable);
    let mut desk = asking();
    desk.answer(MessageBody::CancellationAccepted { loan: desk.loan() });
    desk.assert_ended(Ending::Unreachable);
    let mut desk = cancelling();
    desk.answer(MessageBody::CancellationAccepted { loan: LoanId(Uuid::from_u128(99)) });
    desk.assert_ended(Ending::Unreachable);
}

fn cancelling() -> Desk {
    let mut desk = comes_again(1000);
    desk.decide(CANCEL);
    desk.decide(Decision::Confirm);
    assert_eq!(desk.count("LoanCancelled"), 1);
    desk
}

#[test]
fn a_loan_is_cancelled_after_one_question_and_the_visit_says_that_nothing_is_owed() {
    let mut desk = comes_again(1000);
    desk.decide(CANCEL);
    desk.decide(Decision::Decline);
    assert!(matches!(stage(&desk), Some(Waiting::Shown { .. })));
    assert_eq!(desk.count("LoanCancelled"), 0);
    desk.decide(CANCEL);
    desk.decide(Decision::Confirm);
    // Who has said so cannot take the visit's end for an answer.
    desk.act(Action::Cancel);
    assert!(matches!(stage(&desk), Some(Waiting::Cancelling { .. })));
    desk.answer(MessageBody::CancellationAccepted { loan: desk.loan() });
    assert_eq!(advice(&desk), Some(Advice::LoanCancelled));
    assert_eq!(closed_as(&desk), Some(SessionEnd::Completed));
    let mut desk = cancelling();
    desk.answer(MessageBody::CancellationRefused {
        loan: desk.loan(),
        reason: CancellationRefusal::PayoutOpen,
    });
    assert_eq!(advice(&desk), Some(Advice::AskLender));
}

#[test]
fn an_answer_that_does_not_come_leaves_the_cancellation_written_and_a_late_one_changes_nothing() {
    let mut desk = cancelling();
    let (session, asked) = (desk.session.session_id(), desk.asked());
    desk.wait_ms(u64::from(pack().session.answer_seconds) * 1000);
    assert_eq!(advice(&desk), Some(Advice::CancellationSent));
    let body = MessageBody::CancellationRefused { loan: desk.loan(), reason: CancellationRefusal::PaidOut };
    let late = desk.message(body, session, Some(asked));
    desk.send(Event::Answer(Box::new(late)));
    assert_eq!(advice(&desk), Some(Advice::CancellationSent));
}

#[test]
fn a_confirmation_that_is_answered_late_pays_nothing() {
    let mut desk = to_confirming();
    let (session, asked) = (desk.session.session_id(), desk.asked());
    desk.wait_ms(u64::from(pack().session.answer_seconds) * 1000);
    desk.assert_ended(Ending::Unreachable);
    let body = MessageBody::ConfirmationAccepted { loan: desk.loan() };
    let late = desk.message(body, session, Some(asked));
    desk.send(Event::Answer(Box::new(late)));
    desk.assert_ended(Ending::Unreachable);
    desk.act(Action::PayOut);
    assert_eq!(desk.count("PayoutRequested"), 0);
}

#[test]
fn one_step_back_leads_from_the_camera_to_the_schedule_and_from_there_to_the_loan() {
    let mut desk = to_terms();
    desk.decide(Decision::Confirm);
    desk.act(Action::Back);
    assert!(matches!(stage(&desk), Some(Waiting::Terms(_))));
    desk.act(Action::Back);
    assert!(matches!(stage(&desk), Some(Waiting::Shown { .. })));
    desk.decide(CANCEL);
    desk.act(Action::Back);
    assert!(matches!(stage(&desk), Some(Waiting::Shown { .. })));
    desk.act(Action::Cancel);
    desk.assert_ended(Ending::Cancelled);
    assert_eq!((desk.count("LoanConfirmed"), desk.count("LoanCancelled")), (0, 0));
}

#[test]
fn a_loan_that_waits_comes_before_the_cabinet_and_lets_on_to_it() {
    let mut pack = pack();
    pack.version += 1;
    pack.allowed_operations.insert(senim_domain::rule_pack::Service::Cabinet);
    let mut desk = Desk::open();
    let message = crate::desk::durable_message(MessageBody::RulePack(Box::new(pack)));
    desk.send(Event::Directive(Box::new(message)));
    desk.act(crate::desk::begin());
    desk.choose(Errand::Cabinet);
    desk.act(Action::SubmitIin(crate::desk::adult()));
    desk.answer(MessageBody::LoginCodeSent {
        phone_masked: senim_domain::Secret::new("+7 701 ••• •• 67".into()),
        life_seconds: 120,
        digits: 6,
    });
    desk.act(Action::SubmitCode(senim_domain::Secret::new("123456".into())));
    logs_in(&mut desk, waiting(None));
    desk.decide(Decision::Choose(2));
    assert!(matches!(desk.session.state(), State::Cabinet(_)), "{:?}", desk.session.state());
}
