//! Naming the contract: after a login, by a number, and by a number that nobody can be asked about.

use senim_domain::cash::Denomination;
use senim_domain::time::ClockQuality;
use senim_domain::{ClientId, Language, Secret, Tiyn};
use senim_hal::cash_acceptor::Event as Acceptor;
use senim_hal::receipt_printer::{self, Paper as Roll};
use senim_operation::attachment::RepaymentNumber;
use senim_operation::body::{Body, EarlyWish, RepaymentBasis};
use senim_operation::message::{Booking, ContractDebt, DebtStanding, MessageBody, RepaymentRefusal};
use senim_session::action::Decision;
use senim_session::dialogue::repayment::{NothingTaken, NumberError, Repay, WayKind};
use senim_session::effect::CashCommand;
use senim_session::event::{Device, Event, Peripheral};
use senim_session::state::{Ending, Errand, State};
use senim_session::{Action, Effect};
use uuid::Uuid;

use crate::desk::*;
use crate::repayment::*;

fn typed(text: &str) -> Decision {
    Decision::Enter(Secret::new(text.to_owned()))
}

fn to_number(desk: &mut Desk) {
    desk.to_repayment();
    desk.decide(Decision::Choose(1));
    assert!(matches!(desk.repay(), Repay::Number { error: None }));
}

#[test]
fn the_client_sees_every_way_that_the_pack_allows() {
    let mut desk = Desk::with_acceptor();
    let kinds = |desk: &Desk, due| -> Vec<WayKind> {
        desk.session.ways_to_pay(&debt(due), &desk.now).iter().map(|way| way.kind).collect()
    };
    use WayKind::{Due, Full, Next, PartShorter, PartSmaller};
    assert_eq!(kinds(&desk, 20_000), [Due, Full, PartShorter, PartSmaller]);
    assert_eq!(kinds(&desk, 0), [Next, Full, PartShorter, PartSmaller]);
    desk.to_debts();
    desk.answer(MessageBody::Debts { contracts: vec![debt(20_000)] });
    desk.decide(Decision::Choose(3));
    let Repay::Terms { deal, .. } = desk.repay() else { panic!("{:?}", desk.repay()) };
    assert_eq!((deal.early, deal.target), (EarlyWish::SmallerPayments, None));
    desk.decide(Decision::Confirm);
    let begun = desk.rows().into_iter().find_map(|body| match body {
        Body::RepaymentBegun(row) => Some(row.clone()),
        _ => None,
    });
    let begun = begun.unwrap();
    assert_eq!(
        (begun.early, begun.basis, begun.loan),
        (EarlyWish::SmallerPayments, RepaymentBasis::Login, Some(the_loan()))
    );
    assert_eq!(begun.limit_tiyn, tenge(93_500), "no more than ends the loan");
}

#[test]
fn a_contract_written_off_is_shown_and_takes_no_money_and_a_suspended_one_may_be_paid() {
    let written_off =
        ContractDebt { standing: DebtStanding::WrittenOff, since: Some("2026-02-01".into()), ..debt(0) };
    let suspended =
        ContractDebt { standing: DebtStanding::Suspended, since: Some("2026-02-01".into()), ..debt(0) };
    let mut desk = Desk::with_acceptor();
    desk.to_debts();
    desk.answer(MessageBody::Debts { contracts: vec![written_off, suspended] });
    assert!(matches!(desk.repay(), Repay::Contracts { .. }));
    desk.decide(Decision::Choose(0));
    assert!(matches!(desk.repay(), Repay::Contracts { .. }));
    desk.decide(Decision::Choose(1));
    let Repay::Wish { contracts, at: 1 } = desk.repay() else { panic!("{:?}", desk.repay()) };
    let ways = desk.session.ways_to_pay(&contracts[1], &desk.now);
    assert!(
        ways.iter().all(|way| !matches!(way.kind, WayKind::Due | WayKind::Next)),
        "nothing is demanded while it rests: {ways:?}"
    );
    assert!(ways.iter().any(|way| way.kind == WayKind::Full), "whoever wants to pay may");
    desk.act(Action::Back);
    assert!(matches!(desk.repay(), Repay::Contracts { .. }));
}

#[test]
fn who_owes_nothing_is_told_so() {
    let mut desk = Desk::with_acceptor();
    desk.to_debts();
    desk.answer(MessageBody::Debts { contracts: vec![] });
    assert!(matches!(desk.repay(), Repay::Nothing(NothingTaken::NoDebt)));
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.session.state(), State::Idle));
}

#[test]
fn a_number_with_a_wrong_digit_goes_nowhere() {
    let mut desk = Desk::with_acceptor();
    to_number(&mut desk);
    let mut wrong = number().into_bytes();
    wrong[3] = if wrong[3] == b'9' { b'0' } else { wrong[3] + 1 };
    let first = desk.decide(typed(&String::from_utf8(wrong).unwrap()));
    assert!(matches!(desk.repay(), Repay::Number { error: Some(NumberError::Digits) }));
    assert!(desk.kinds_from(first).is_empty());
}

#[test]
fn a_relative_pays_by_number_and_the_number_is_only_in_sealed_parts() {
    let mut desk = Desk::with_acceptor();
    to_number(&mut desk);
    let first = desk.decide(typed(&number()));
    let sealed = desk.records_from(first)[0].draft.attachment.as_ref().unwrap();
    assert_eq!(RepaymentNumber::from_plaintext(sealed).unwrap().number.expose(), number());
    desk.answer(MessageBody::ContractFound {
        loan: the_loan(),
        holder_masked: Secret::new("А. С.".into()),
        due_tiyn: tenge(18_561),
    });
    let Repay::Terms { deal, .. } = desk.repay() else { panic!("{:?}", desk.repay()) };
    assert_eq!((deal.target, deal.loan), (Some(tenge(18_561)), Some(the_loan())));
    desk.decide(Decision::Confirm);
    desk.acceptor(Acceptor::Enabled);
    desk.put(NOTE);
    desk.finish();
    let public: Vec<String> = desk.rows().into_iter().map(|body| body.write().unwrap().to_string()).collect();
    assert!(public.iter().all(|row| !row.contains(&number())), "{public:?}");
    assert!(!desk.disk.to_json().contains(&number()));
    let begun = desk.records_from(0).into_iter().find(|record| record.draft.body.kind() == "RepaymentBegun");
    assert!(begun.unwrap().draft.attachment.is_some());
}

#[test]
fn an_unknown_number_may_be_typed_again_and_too_many_end_the_visit() {
    let mut desk = Desk::with_acceptor();
    to_number(&mut desk);
    desk.decide(typed(&number()));
    desk.answer(MessageBody::RepaymentRefused { reason: RepaymentRefusal::UnknownNumber });
    assert!(matches!(desk.repay(), Repay::Number { error: Some(NumberError::Unknown) }));
    desk.decide(typed(&number()));
    desk.answer(MessageBody::RepaymentRefused { reason: RepaymentRefusal::NotPayable });
    assert!(matches!(desk.repay(), Repay::Nothing(NothingTaken::NotPayable)));
    for (reason, ending) in
        [(RepaymentRefusal::TooMany, Ending::NotAvailable), (RepaymentRefusal::TryLater, Ending::Unreachable)]
    {
        let mut desk = Desk::with_acceptor();
        to_number(&mut desk);
        desk.decide(typed(&number()));
        desk.answer(MessageBody::RepaymentRefused { reason });
        desk.assert_ended(ending);
    }
}

#[test]
fn offline_a_capped_sum_is_taken_for_a_number_and_nothing_personal_is_shown() {
    let mut desk = Desk::with_acceptor();
    desk.send(Event::Uplink { online: false, cause: String::new() });
    desk.to_repayment();
    assert!(matches!(desk.repay(), Repay::Number { error: None }), "nobody can be asked to log in");
    let first = desk.decide(typed(&number()));
    assert!(desk.kinds_from(first).is_empty(), "nobody is asked about it");
    let Repay::Terms { deal, .. } = desk.repay() else { panic!("{:?}", desk.repay()) };
    assert_eq!(deal.limit, pack().repayment.offline_max_amount_tiyn);
    assert!(deal.holder.is_none() && deal.target.is_none() && deal.loan.is_none());
    desk.decide(Decision::Confirm);
    desk.acceptor(Acceptor::Enabled);
    desk.put(NOTE);
    let first = desk.effects.len();
    desk.finish();
    let Repay::Done(paid) = desk.repay() else { panic!("{:?}", desk.repay()) };
    assert_eq!((paid.amount, paid.booking.is_none()), (tenge(5_000), true));
    assert!(desk.effects[first..].iter().any(|effect| matches!(effect, Effect::Print(_))));
}

#[test]
fn what_is_left_of_the_sum_that_is_due_is_told_unless_the_books_say_that_nothing_is() {
    let paying = |due, notes: &[u32], booking: fn() -> Option<Booking>| {
        let mut desk = Desk::with_acceptor();
        desk.to_insert_of(due);
        for note in notes {
            desk.put(Denomination(*note));
        }
        desk.finish();
        let repayment = desk.repayment_ended().repayment;
        desk.answer(MessageBody::RepaymentBooked { repayment, booking: booking() });
        let Repay::Done(paid) = desk.repay() else { panic!("{:?}", desk.repay()) };
        assert!(paid.delay_costs, "the pack charges a delay");
        paid.short()
    };
    let short = [10_000, 5_000, 2_000];
    assert_eq!(paying(17_250, &short, || Some(booked())), Some(tenge(250)));
    assert_eq!(paying(17_250, &short, || None), Some(tenge(250)), "not entered yet");
    assert_eq!(paying(17_250, &[10_000, 5_000, 2_000, 500], || Some(booked())), None);
    assert_eq!(paying(17_250, &short, || Some(Booking { closed: true, ..booked() })), None);
    let held = || Some(Booking { held_tiyn: tenge(250), ..booked() });
    assert_eq!(paying(17_250, &short, held), None, "the books hold money for later");
}

#[test]
fn a_suspended_contract_and_a_payer_without_connection_are_told_of_nothing_due() {
    let suspended =
        ContractDebt { standing: DebtStanding::Suspended, since: Some("2026-02-01".into()), ..debt(17_250) };
    let mut desk = Desk::with_acceptor();
    desk.to_debts();
    desk.answer(MessageBody::Debts { contracts: vec![suspended] });
    desk.decide(Decision::Choose(0));
    let Repay::Terms { deal, .. } = desk.repay() else { panic!("{:?}", desk.repay()) };
    assert_eq!(deal.due, Tiyn::ZERO);
    let mut desk = Desk::with_acceptor();
    desk.send(Event::Uplink { online: false, cause: String::new() });
    desk.to_repayment();
    desk.decide(typed(&number()));
    let Repay::Terms { deal, .. } = desk.repay() else { panic!("{:?}", desk.repay()) };
    assert_eq!(deal.due, Tiyn::ZERO);
}

#[test]
fn on_estimated_time_no_value_is_taken_of_which_a_series_has_an_end() {
    let mut desk = Desk::with_acceptor();
    let all = desk.session.notes_taken(&desk.now);
    assert!(all.contains(&Denomination(1_000)) && all.contains(&Denomination(500)));
    desk.now.quality = ClockQuality::Estimated;
    let some = desk.session.notes_taken(&desk.now);
    let ends: Vec<Denomination> = pack()
        .repayment
        .accepted
        .iter()
        .filter(|note| note.until.is_some())
        .map(|note| note.denomination)
        .collect();
    assert!(!ends.is_empty());
    assert!(some.iter().all(|note| !ends.contains(note)), "{some:?}");
    assert_eq!(all.len(), some.len() + ends.len());
    desk.send(Event::Uplink { online: false, cause: String::new() });
    desk.to_repayment();
    desk.decide(typed(&number()));
    desk.decide(Decision::Confirm);
    assert!(desk.commands().contains(&&CashCommand::AcceptNotes(some)));
}

#[test]
fn an_expired_pack_takes_no_money() {
    let mut desk = Desk::with_acceptor();
    desk.now.utc = senim_domain::UtcMillis(pack().expires.0);
    assert!(desk.session.errands(&desk.now).is_empty());
    desk.act(begin());
    assert!(matches!(desk.session.state(), State::Idle));
}

#[test]
fn the_payer_is_told_before_the_first_note_that_no_receipt_can_be_printed() {
    let mut desk = Desk::with_acceptor();
    assert!(desk.session.prints());
    desk.send(Event::Printer(receipt_printer::Event::Status {
        identity: "printer".into(),
        paper: Roll::Out,
        error: None,
    }));
    assert!(!desk.session.prints());
}

#[test]
fn without_an_acceptor_or_with_a_broken_one_nobody_is_invited() {
    let desk = Desk::open();
    assert!(desk.session.errands(&desk.now).iter().all(|(errand, _)| *errand != Errand::Repay));
    let mut desk = Desk::with_acceptor();
    let gone = Peripheral::Health(Device::Acceptor, Err(broken()));
    desk.send(Event::Peripheral(gone));
    assert_eq!(desk.session.no_repayment(&desk.now).as_deref(), Some("acceptor"));
}

#[test]
fn a_login_of_somebody_else_is_not_used_for_a_repayment() {
    let mut desk = Desk::with_acceptor();
    desk.language = Language::Kk;
    desk.to_debts();
    // An answer to another request is none.
    let message = desk.message(
        MessageBody::Debts { contracts: vec![debt(1)] },
        desk.session.session_id(),
        Some(senim_domain::OperationId(Uuid::from_u128(1))),
    );
    desk.send(Event::Answer(Box::new(message)));
    assert!(matches!(desk.repay(), Repay::Asking { .. }));
    let asked = desk.rows().into_iter().find_map(|body| match body {
        Body::DebtRequested(row) => Some(row.client),
        _ => None,
    });
    assert_eq!(asked, Some(ClientId(Uuid::from_u128(5))));
}

#[test]
fn back_leads_to_where_one_came_from_and_cancel_ends_before_the_first_note() {
    let mut desk = Desk::with_acceptor();
    to_number(&mut desk);
    desk.act(Action::Back);
    assert!(matches!(desk.repay(), Repay::Way));
    desk.act(Action::Back);
    assert!(matches!(desk.session.state(), State::Menu));
    desk.act(Action::Cancel);
    desk.assert_ended(Ending::Cancelled);
    let mut desk = Desk::with_acceptor();
    desk.to_terms_of(20_000);
    desk.act(Action::Cancel);
    desk.assert_ended(Ending::Cancelled);
    assert_eq!(desk.count("RepaymentBegun"), 0);
    let mut desk = Desk::with_acceptor();
    desk.to_terms_of(20_000);
    desk.decide(Decision::Decline);
    assert!(matches!(desk.repay(), Repay::Nothing(NothingTaken::Cancelled)));
    assert_eq!(desk.session.taking().map(|taking| taking.bounds.limit), None::<Tiyn>);
}
