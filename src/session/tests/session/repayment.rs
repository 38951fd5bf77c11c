//! Notes one by one: rows before commands, one credit for each escrow, one end for each repayment, whatever the acceptor
//! does.

use senim_domain::cash::Denomination;
use senim_domain::contract_number::ContractNumber;
use senim_domain::{ClientId, LoanId, Secret, Tiyn};
use senim_hal::cash_acceptor::{Event as Acceptor, Position, Refusal, Stacker};
use senim_hal::supply::{self, Source, Supply};
use senim_hal::{Error, ErrorKind};
use senim_operation::body::{Body, NoteDecision, RepaymentEnded, RepaymentResult, SessionEnd};
use senim_operation::message::{Booking, ContractDebt, DebtStanding, MessageBody};
use senim_session::action::Decision;
use senim_session::dialogue::repayment::{NothingTaken, Phase, Repay};
use senim_session::effect::{CashCommand, Effect, Paper};
use senim_session::event::{Event, Peripheral};
use senim_session::state::State;
use senim_session::{Action, durable::DurableState};
use uuid::Uuid;

use crate::desk::*;

pub const NOTE: Denomination = Denomination(5_000);

pub fn tenge(sum: u64) -> Tiyn {
    Tiyn::from_tenge(sum).unwrap()
}

pub fn the_loan() -> LoanId {
    LoanId(Uuid::from_u128(0x10a))
}

pub fn number() -> String {
    ContractNumber::from_random(20_260_302_000_123).as_str().to_owned()
}

pub fn debt(due: u64) -> ContractDebt {
    ContractDebt {
        loan: the_loan(),
        number: Secret::new(number()),
        standing: DebtStanding::Running,
        since: None,
        on: "2026-03-02".into(),
        principal_tiyn: tenge(90_000),
        interest_tiyn: tenge(3_000),
        penalty_tiyn: tenge(500),
        total_tiyn: tenge(93_500),
        due_tiyn: tenge(due),
        next_date: Some("2026-04-02".into()),
        next_tiyn: tenge(18_000),
        suspension_interest_tiyn: Tiyn::ZERO,
    }
}

pub fn broken() -> Error {
    Error::new(ErrorKind::HardwareError, "the test breaks it")
}

impl Desk {
    pub fn acceptor(&mut self, event: Acceptor) -> usize {
        self.send(Event::Peripheral(Peripheral::Acceptor(event)))
    }

    pub fn acceptor_is_well(&mut self) -> usize {
        self.acceptor(Acceptor::Status {
            identity: "CCNET".into(),
            denominations: Vec::new(),
            stacker: Stacker::Ok,
            error: None,
        })
    }

    /// A terminal with an acceptor, nobody there.
    pub fn with_acceptor() -> Self {
        let mut desk = Self::open_with(with_acceptor(), stock());
        desk.acceptor_is_well();
        assert_eq!(desk.session.no_repayment(&desk.now), None);
        desk
    }

    pub fn repay(&self) -> &Repay {
        match self.session.state() {
            State::Repay(repay) => repay,
            other => panic!("no repayment: {other:?}"),
        }
    }

    pub fn phase(&self) -> Option<Phase> {
        self.session.taking().map(|taking| taking.phase)
    }

    /// On the menu.
    pub fn to_menu(&mut self) {
        self.act(begin());
        assert!(matches!(self.session.state(), State::Menu), "{:?}", self.session.state());
    }

    pub fn to_repayment(&mut self) {
        self.to_menu();
        let place = self
            .session
            .errands(&self.now)
            .iter()
            .position(|(errand, _)| *errand == senim_session::state::Errand::Repay)
            .unwrap();
        self.decide(Decision::Choose(place));
    }

    pub fn to_debts(&mut self) {
        self.to_repayment();
        self.decide(Decision::Choose(0));
        self.act(Action::SubmitIin(adult()));
        self.answer(MessageBody::LoginCodeSent {
            phone_masked: Secret::new("+7 701 ••• •• 67".into()),
            life_seconds: 120,
            digits: 6,
        });
        self.act(Action::SubmitCode(Secret::new("123456".into())));
        self.answer(MessageBody::LoggedIn {
            client: ClientId(Uuid::from_u128(5)),
            greeting: Secret::new("Айгүл".into()),
            products: Vec::new(),
            last_login: None,
            remainder: None,
            waiting: None,
            unfinished: None,
            unauthorised_access: None,
        });
        assert!(matches!(self.repay(), Repay::Asking { .. }));
    }

    /// The client pays what is due.
    pub fn to_terms_of(&mut self, due: u64) {
        self.to_debts();
        self.answer(MessageBody::Debts { contracts: vec![debt(due)] });
        assert!(matches!(self.repay(), Repay::Wish { .. }));
        self.decide(Decision::Choose(0));
        assert!(matches!(self.repay(), Repay::Terms { .. }));
    }

    /// The acceptor is told to take notes.
    pub fn to_opening_of(&mut self, due: u64) {
        self.to_terms_of(due);
        self.decide(Decision::Confirm);
        assert!(matches!(self.phase(), Some(Phase::Opening { .. })));
    }

    pub fn to_insert_of(&mut self, due: u64) {
        self.to_opening_of(due);
        self.acceptor(Acceptor::Enabled);
        assert_eq!(self.phase(), Some(Phase::Ready));
    }

    /// A note is put in and taken.
    pub fn put(&mut self, note: Denomination) {
        self.acceptor(Acceptor::Accepting);
        self.acceptor(Acceptor::Escrowed(note));
        self.acceptor(Acceptor::Stacked(note));
        // Fewer values may be taken now.
        self.acceptor(Acceptor::Enabled);
    }

    pub fn to_insert() -> Self {
        let mut desk = Self::with_acceptor();
        desk.to_insert_of(20_000);
        desk
    }

    /// The payer is done and the acceptor closes.
    pub fn finish(&mut self) {
        self.decide(Decision::Confirm);
        self.acceptor(Acceptor::Disabled);
    }

    pub fn repayment_ended(&self) -> &RepaymentEnded {
        let ends: Vec<_> = self
            .rows()
            .into_iter()
            .filter_map(|body| match body {
                Body::RepaymentEnded(ended) => Some(ended),
                _ => None,
            })
            .collect();
        assert_eq!(ends.len(), 1, "one RepaymentEnded per repayment");
        ends[0]
    }

    pub fn closes_from(&self, first: usize) -> usize {
        self.effects[first..].iter().filter(|effect| matches!(effect, Effect::CloseAcceptor)).count()
    }

    /// What was told about the last note.
    fn decisions(&self) -> Vec<NoteDecision> {
        self.rows()
            .into_iter()
            .filter_map(|body| match body {
                Body::NoteEscrowed(row) => Some(row.decision),
                _ => None,
            })
            .collect()
    }
}

pub fn booked() -> Booking {
    Booking {
        principal_tiyn: tenge(16_500),
        interest_tiyn: tenge(3_000),
        penalty_tiyn: tenge(500),
        held_tiyn: Tiyn::ZERO,
        overpaid_tiyn: Tiyn::ZERO,
        closed: false,
        rest: None,
    }
}

#[test]
fn a_repayment_leaves_its_rows_in_their_order_and_each_command_rests_on_one() {
    let mut desk = Desk::with_acceptor();
    let first = desk.effects.len();
    desk.to_opening_of(20_000);
    let records = desk.records_from(first);
    let begun = records.last().unwrap();
    assert!(matches!(&begun.draft.body, Body::RepaymentBegun(row) if row.loan == Some(the_loan())));
    assert!(matches!(&begun.then, Some(CashCommand::AcceptNotes(notes)) if notes.contains(&NOTE)));
    assert!(begun.draft.attachment.is_none(), "the loan is named by the gateway");
    desk.acceptor(Acceptor::Enabled);
    let note = desk.acceptor(Acceptor::Escrowed(NOTE));
    let escrowed = desk.records_from(note);
    assert!(matches!(&escrowed[0].then, Some(CashCommand::StackNote)));
    assert_eq!(desk.disk.cash_in.as_ref().unwrap().escrow.unwrap().denomination, NOTE);
    desk.acceptor(Acceptor::Stacked(NOTE));
    assert_eq!(desk.disk.cash_in.as_ref().unwrap().escrow, None);
    for _ in 0..3 {
        desk.put(NOTE);
    }
    desk.finish();
    assert!(matches!(desk.repay(), Repay::Booking { .. }));
    let repayment = desk.repayment_ended().repayment;
    let printed = desk.answer(MessageBody::RepaymentBooked { repayment, booking: Some(booked()) });
    assert!(
        desk.effects[printed..]
            .iter()
            .any(|effect| matches!(effect, Effect::Print(Paper::Repayment(of)) if *of == repayment))
    );
    desk.send(Event::ReceiptDone { paper: Paper::Repayment(repayment), printed: true, sha256: "x".into() });
    let Repay::Done(paid) = desk.repay() else { panic!("{:?}", desk.repay()) };
    assert_eq!((paid.amount, paid.printed), (tenge(20_000), Some(true)));
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.session.state(), State::Idle));
    let end = desk.repayment_ended();
    assert_eq!((end.amount_tiyn, end.result), (tenge(20_000), RepaymentResult::Received));
    assert_eq!(end.reason, None);
    assert_eq!(desk.session.durable().acceptor.in_stacker(), 4);
    let kinds = desk.kinds_from(first);
    assert_eq!(
        kinds[kinds.len() - 10..],
        [
            "NoteEscrowed",
            "NoteStacked",
            "NoteEscrowed",
            "NoteStacked",
            "NoteEscrowed",
            "NoteStacked",
            "RepaymentEnded",
            "AnswerReceived",
            "RepaymentReceiptPrinted",
            "SessionClosed",
        ]
    );
}

#[test]
fn a_note_that_is_told_as_stacked_again_is_journalled_and_not_credited() {
    let mut desk = Desk::to_insert();
    desk.put(NOTE);
    desk.acceptor(Acceptor::Stacked(NOTE));
    desk.finish();
    assert_eq!(desk.count("NoteStacked"), 1);
    assert_eq!(desk.count("BooksContradicted"), 1);
    assert_eq!(desk.repayment_ended().amount_tiyn, tenge(5_000));
    assert_eq!(desk.session.durable().acceptor.in_stacker(), 1);
}

#[test]
fn a_note_of_another_value_than_the_one_in_escrow_is_not_credited() {
    let mut desk = Desk::to_insert();
    desk.acceptor(Acceptor::Escrowed(NOTE));
    desk.acceptor(Acceptor::Stacked(Denomination(10_000)));
    assert_eq!((desk.count("NoteStacked"), desk.count("BooksContradicted")), (0, 1));
    desk.acceptor(Acceptor::Stacked(NOTE));
    assert_eq!(desk.count("NoteStacked"), 1);
}

#[test]
fn a_note_that_passes_what_is_due_is_asked_about_and_given_back_on_request() {
    let mut desk = Desk::to_insert();
    desk.put(NOTE);
    desk.acceptor(Acceptor::Escrowed(Denomination(20_000)));
    assert!(matches!(desk.phase(), Some(Phase::Asking { .. })));
    assert_eq!(desk.count("NoteEscrowed"), 1, "nothing is decided yet");
    let first = desk.decide(Decision::Decline);
    assert!(matches!(desk.records_from(first)[0].then, Some(CashCommand::ReturnNote)));
    desk.acceptor(Acceptor::Returned(Denomination(20_000)));
    assert_eq!(desk.phase(), Some(Phase::Ready));
    desk.acceptor(Acceptor::Escrowed(Denomination(20_000)));
    desk.decide(Decision::Confirm);
    desk.acceptor(Acceptor::Stacked(Denomination(20_000)));
    desk.finish();
    assert_eq!(desk.decisions(), [NoteDecision::Stack, NoteDecision::Return, NoteDecision::Stack]);
    assert_eq!(desk.repayment_ended().amount_tiyn, tenge(25_000));
}

#[test]
fn a_payer_who_does_not_answer_gets_the_note_back() {
    let mut desk = Desk::to_insert();
    for _ in 0..3 {
        desk.put(NOTE);
    }
    desk.acceptor(Acceptor::Escrowed(Denomination(20_000)));
    assert!(matches!(desk.phase(), Some(Phase::Asking { .. })));
    let first = desk.wait_ms(30_000);
    assert!(matches!(desk.records_from(first)[0].then, Some(CashCommand::ReturnNote)));
    desk.acceptor(Acceptor::Returned(Denomination(20_000)));
    desk.finish();
    assert_eq!(desk.repayment_ended().amount_tiyn, tenge(15_000));
}

#[test]
fn a_note_above_the_limit_goes_back_and_values_that_no_longer_fit_are_not_let_in() {
    let mut desk = Desk::with_acceptor();
    desk.to_terms_of(20_000);
    desk.act(Action::Back);
    // All of it: the last note may pass the debt, nothing more.
    desk.decide(Decision::Choose(1));
    desk.decide(Decision::Confirm);
    desk.acceptor(Acceptor::Enabled);
    for _ in 0..4 {
        desk.put(Denomination(20_000));
    }
    let last = desk.records_from(0).into_iter().filter_map(|record| record.then.clone()).next_back();
    let Some(CashCommand::AcceptNotes(notes)) = last else { panic!("{last:?}") };
    assert!(!notes.contains(&Denomination(20_000)) && notes.contains(&Denomination(10_000)), "{notes:?}");
    let first = desk.acceptor(Acceptor::Escrowed(Denomination(20_000)));
    assert!(matches!(desk.records_from(first)[0].then, Some(CashCommand::ReturnNote)));
    desk.acceptor(Acceptor::Returned(Denomination(20_000)));
    assert!(desk.session.taking().unwrap().over_limit);
    desk.put(Denomination(10_000));
    desk.put(Denomination(2_000));
    desk.put(Denomination(1_000));
    let first = desk.effects.len();
    desk.put(Denomination(500));
    assert_eq!(desk.closes_from(first), 1, "the limit is reached: no more notes");
    desk.acceptor(Acceptor::Disabled);
    assert_eq!(desk.repayment_ended().amount_tiyn, tenge(93_500));
    assert_eq!(desk.repayment_ended().reason.as_deref(), Some("limit"));
}

#[test]
fn refused_notes_are_told_and_change_nothing() {
    let mut desk = Desk::to_insert();
    for reason in [Refusal::Insertion, Refusal::NotRecognised, Refusal::NotEnabled, Refusal::Device] {
        desk.acceptor(Acceptor::Accepting);
        desk.acceptor(Acceptor::Refused { reason, code: 0x60 });
        assert_eq!(desk.session.taking().unwrap().refused, Some(reason));
    }
    desk.acceptor(Acceptor::Accepting);
    assert_eq!(desk.session.taking().unwrap().refused, None);
    desk.act(Action::Cancel);
    desk.acceptor(Acceptor::Disabled);
    assert!(matches!(desk.repay(), Repay::Nothing(NothingTaken::Cancelled)));
    assert_eq!(desk.repayment_ended().result, RepaymentResult::Nothing);
    desk.decide(Decision::Confirm);
    let closed = desk.rows().into_iter().find_map(|body| match body {
        Body::SessionClosed(row) => Some(row.end),
        _ => None,
    });
    assert_eq!(closed, Some(SessionEnd::Cancelled));
}

#[test]
fn whatever_is_stacked_when_the_payer_walks_away_is_theirs_and_receipted() {
    let mut desk = Desk::to_insert();
    desk.put(NOTE);
    let end = pack().session;
    let first = desk.wait_ms(u64::from(end.input_seconds + end.warning_seconds) * 1000);
    assert_eq!(desk.closes_from(first), 1);
    desk.acceptor(Acceptor::Disabled);
    let ended = desk.repayment_ended();
    assert_eq!((ended.amount_tiyn, ended.reason.as_deref()), (tenge(5_000), Some("timedOut")));
    assert!(matches!(desk.repay(), Repay::Booking { .. }), "the receipt comes all the same");
    let first = desk.wait_ms(u64::from(end.answer_seconds) * 1000);
    assert!(desk.effects[first..].iter().any(|effect| matches!(effect, Effect::Print(_))));
    desk.wait_ms(u64::from(end.farewell_seconds) * 1000);
    assert!(matches!(desk.session.state(), State::Idle));
}

#[test]
fn a_note_that_comes_while_the_acceptor_closes_goes_back() {
    let mut desk = Desk::to_insert();
    desk.put(NOTE);
    desk.decide(Decision::Confirm);
    // Drawn in before DISABLE was heard.
    desk.acceptor(Acceptor::Escrowed(NOTE));
    let first = desk.acceptor(Acceptor::Disabled);
    assert!(matches!(desk.records_from(first)[0].then, Some(CashCommand::ReturnNote)));
    assert_eq!(desk.count("RepaymentEnded"), 0);
    desk.acceptor(Acceptor::Returned(NOTE));
    assert_eq!(desk.repayment_ended().amount_tiyn, tenge(5_000));
}

#[test]
fn a_note_that_comes_when_no_repayment_is_open_goes_back_and_the_acceptor_is_closed() {
    let mut desk = Desk::with_acceptor();
    let first = desk.acceptor(Acceptor::Escrowed(NOTE));
    let records = desk.records_from(first);
    assert!(matches!(&records[0].draft.body, Body::NoteEscrowed(row) if row.repayment.is_none()));
    assert!(matches!(records[0].then, Some(CashCommand::ReturnNote)));
    let first = desk.acceptor(Acceptor::Returned(NOTE));
    assert_eq!(desk.closes_from(first), 1);
    assert_eq!(desk.count("NoteReturned"), 1);
}

#[test]
fn a_jam_ends_the_repayment_with_a_receipt_for_the_note_in_doubt() {
    let mut desk = Desk::to_insert();
    desk.put(NOTE);
    desk.acceptor(Acceptor::Escrowed(NOTE));
    desk.acceptor(Acceptor::Jammed { note: Some(NOTE), error: broken() });
    assert!(matches!(desk.phase(), Some(Phase::Checking { .. })));
    desk.wait_ms(3_000);
    let ended = desk.repayment_ended();
    assert_eq!((ended.amount_tiyn, ended.result), (tenge(5_000), RepaymentResult::Uncertain));
    assert_eq!(ended.in_doubt.len(), 1);
    assert_eq!(desk.count("NoteInDoubt"), 1);
    assert!(desk.session.durable().lost_note.is_some());
    assert_eq!(desk.session.durable().acceptor.in_doubt(), 1);
    // A person frees it: the device tells where it went, and it is credited by a row of its own, once.
    desk.acceptor(Acceptor::Stacked(NOTE));
    assert_eq!(desk.count("NoteFoundLate"), 1);
    desk.acceptor(Acceptor::Stacked(NOTE));
    assert_eq!((desk.count("NoteFoundLate"), desk.count("BooksContradicted")), (1, 1));
    assert_eq!(desk.session.durable().acceptor.in_doubt(), 0);
    assert_eq!(desk.session.durable().acceptor.in_stacker(), 2);
}

#[test]
fn a_word_about_a_note_is_about_the_last_one_that_reached_escrow() {
    let mut desk = Desk::to_insert();
    desk.acceptor(Acceptor::Escrowed(NOTE));
    desk.acceptor(Acceptor::Jammed { note: Some(NOTE), error: broken() });
    desk.wait_ms(3_000);
    desk.decide(Decision::Confirm);
    desk.acceptor_is_well();
    desk.to_insert_of(20_000);
    desk.put(NOTE);
    // A repetition is no credit for the note that was lost before.
    desk.acceptor(Acceptor::Stacked(NOTE));
    assert_eq!((desk.count("NoteStacked"), desk.count("NoteFoundLate")), (1, 0));
    assert_eq!(desk.count("BooksContradicted"), 1);
    assert_eq!(desk.session.durable().acceptor.in_doubt(), 1, "a count finds it");
}

#[test]
fn a_jam_before_escrow_ends_without_a_note_in_doubt() {
    let mut desk = Desk::to_insert();
    desk.acceptor(Acceptor::Accepting);
    let first = desk.acceptor(Acceptor::Jammed { note: None, error: broken() });
    assert!(desk.kinds_from(first).contains(&"DeviceChanged"));
    assert_eq!(desk.repayment_ended().result, RepaymentResult::Nothing);
    assert!(matches!(desk.repay(), Repay::Nothing(NothingTaken::Device)));
}

#[test]
fn a_stack_without_a_word_is_followed_by_one_return_and_by_nothing_more() {
    let mut desk = Desk::to_insert();
    desk.acceptor(Acceptor::Escrowed(NOTE));
    let first = desk.acceptor(Acceptor::Unanswered(broken()));
    assert!(matches!(desk.records_from(first)[0].then, Some(CashCommand::ReturnNote)));
    desk.acceptor(Acceptor::Unanswered(broken()));
    desk.wait_ms(25_000);
    assert_eq!(desk.repayment_ended().result, RepaymentResult::Uncertain);
    let moves: Vec<_> = desk
        .commands()
        .into_iter()
        .filter(|command| matches!(command, CashCommand::StackNote | CashCommand::ReturnNote))
        .collect();
    assert_eq!(moves, [&CashCommand::StackNote, &CashCommand::ReturnNote]);
}

#[test]
fn a_device_that_did_not_take_stack_gives_the_note_back_on_return() {
    let mut desk = Desk::to_insert();
    desk.acceptor(Acceptor::Escrowed(NOTE));
    desk.acceptor(Acceptor::Unanswered(broken()));
    let first = desk.acceptor(Acceptor::Returned(NOTE));
    assert_eq!(desk.closes_from(first), 1);
    desk.acceptor(Acceptor::Disabled);
    assert_eq!(desk.repayment_ended().result, RepaymentResult::Nothing);
    assert_eq!(desk.session.durable().acceptor.in_doubt(), 0);
}

#[test]
fn a_note_past_recall_when_the_device_lost_power_is_credited_once() {
    let mut desk = Desk::to_insert();
    desk.acceptor(Acceptor::Escrowed(NOTE));
    desk.acceptor(Acceptor::Unanswered(broken()));
    desk.acceptor(Acceptor::FoundAtPowerUp(Position::Stacker));
    desk.acceptor(Acceptor::Failed(broken()));
    desk.acceptor(Acceptor::Disabled);
    desk.wait_ms(60_000);
    assert_eq!(desk.repayment_ended().amount_tiyn, tenge(5_000));
    desk.acceptor(Acceptor::FoundAtPowerUp(Position::Stacker));
    assert_eq!(desk.count("NoteStacked"), 1);
    assert_eq!(desk.count("NoteFound"), 1, "the second one is nobody's");
}

#[test]
fn a_note_in_the_validator_when_the_device_lost_power_comes_back_with_a_reset_behind_its_row() {
    let mut desk = Desk::to_insert();
    desk.acceptor(Acceptor::Escrowed(NOTE));
    desk.acceptor(Acceptor::Unanswered(broken()));
    let first = desk.acceptor(Acceptor::FoundAtPowerUp(Position::Validator));
    let records = desk.records_from(first);
    assert!(matches!(records[0].draft.body, Body::NoteFound(_)));
    assert!(matches!(records[0].then, Some(CashCommand::ResetAcceptor)));
    desk.acceptor(Acceptor::ResetDone);
    desk.acceptor(Acceptor::Disabled);
    assert_eq!(desk.repayment_ended().result, RepaymentResult::Nothing);
    assert_eq!(desk.count("NoteReturned"), 1);
    assert_eq!(desk.session.durable().acceptor.in_doubt(), 0);
}

#[test]
fn a_full_or_missing_stacker_ends_the_repayment_with_what_was_taken() {
    for stacker in [Stacker::Full, Stacker::Missing] {
        let mut desk = Desk::to_insert();
        desk.put(NOTE);
        let first = desk.acceptor(Acceptor::Stacker(stacker));
        assert!(desk.kinds_from(first).contains(&"DeviceChanged"));
        desk.acceptor(Acceptor::Disabled);
        let ended = desk.repayment_ended();
        assert_eq!((ended.amount_tiyn, ended.reason.as_deref()), (tenge(5_000), Some("device")));
        assert_eq!(desk.session.no_repayment(&desk.now).as_deref(), Some("acceptor"));
    }
}

#[test]
fn an_acceptor_that_is_unplugged_ends_the_repayment_and_its_note_is_in_doubt() {
    let mut desk = Desk::to_insert();
    desk.put(NOTE);
    desk.acceptor(Acceptor::Escrowed(NOTE));
    desk.acceptor(Acceptor::Line { open: false });
    desk.acceptor(Acceptor::Unanswered(offline()));
    assert_eq!(
        desk.decisions(),
        [NoteDecision::Stack, NoteDecision::Stack],
        "nothing is sent down a dead line"
    );
    desk.wait_ms(25_000);
    let ended = desk.repayment_ended();
    assert_eq!((ended.amount_tiyn, ended.in_doubt.len()), (tenge(5_000), 1));
    // Plugged in again, it tells that it has given the note back.
    desk.acceptor(Acceptor::Line { open: true });
    desk.acceptor(Acceptor::Returned(NOTE));
    assert_eq!(desk.count("NoteFoundLate"), 1);
    assert_eq!(desk.session.durable().acceptor.in_doubt(), 0);
    assert_eq!(desk.session.durable().acceptor.in_stacker(), 1);

    let mut desk = Desk::to_insert();
    desk.put(NOTE);
    desk.acceptor(Acceptor::Line { open: false });
    assert_eq!(
        desk.repayment_ended().amount_tiyn,
        tenge(5_000),
        "without a note there is nothing to wait for"
    );
}

#[test]
fn an_acceptor_that_does_not_open_takes_nothing() {
    for event in [Acceptor::Failed(broken()), Acceptor::Fault(broken())] {
        let mut desk = Desk::with_acceptor();
        desk.to_opening_of(20_000);
        desk.acceptor(event);
        desk.acceptor(Acceptor::Disabled);
        assert!(matches!(desk.repay(), Repay::Nothing(NothingTaken::Device)));
    }
    let mut desk = Desk::with_acceptor();
    desk.to_opening_of(20_000);
    desk.wait_ms(15_000);
    desk.wait_ms(15_000);
    assert!(matches!(desk.repay(), Repay::Nothing(NothingTaken::Device)));
    assert_eq!(desk.repayment_ended().result, RepaymentResult::Nothing);
}

#[test]
fn fraud_at_the_mouth_ends_it_and_a_pause_does_not() {
    let mut desk = Desk::to_insert();
    desk.acceptor(Acceptor::Fault(Error::new(ErrorKind::UserError, "paused")));
    assert_eq!(desk.phase(), Some(Phase::Ready));
    desk.put(NOTE);
    let first = desk.acceptor(Acceptor::Fault(Error::new(ErrorKind::FraudAttempt, "cheated")));
    assert!(desk.kinds_from(first).contains(&"DeviceChanged"));
    desk.acceptor(Acceptor::Disabled);
    assert_eq!(desk.repayment_ended().amount_tiyn, tenge(5_000));
}

#[test]
fn on_battery_the_repayment_ends_with_its_receipt() {
    let mut desk = Desk::to_insert();
    desk.put(NOTE);
    let supply = Supply {
        source: Source::Battery,
        low: true,
        charge_percent: None,
        runtime_s: None,
        replace_battery: false,
    };
    let first = desk.send(Event::Peripheral(Peripheral::Supply(supply::Event::Changed(supply))));
    assert_eq!(desk.closes_from(first), 1);
    let due = desk.session.poll_timeout(&desk.now);
    assert!(due.is_none_or(|at| at > desk.now.mono), "a wake-up in the past is a busy loop: {due:?}");
    desk.acceptor(Acceptor::Disabled);
    assert_eq!(desk.repayment_ended().reason.as_deref(), Some("battery"));
    assert!(matches!(desk.repay(), Repay::Booking { .. }));
}

#[test]
fn a_row_that_cannot_be_written_moves_no_note() {
    let mut desk = Desk::to_insert();
    desk.put(NOTE);
    let effects = desk.send_raw(Event::Peripheral(Peripheral::Acceptor(Acceptor::Escrowed(NOTE))));
    let row = effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Record(record) if record.then.is_some() => Some(record.op_id),
            _ => None,
        })
        .unwrap();
    // The kernel drops the command, and writes the row when it can.
    desk.send(Event::Journal { writable: false });
    let first = desk.send(Event::RecordRefused { op_id: row });
    assert!(desk.records_from(first).into_iter().all(|record| record.then.is_none()));
    // The device gives the note back after it has held it.
    desk.acceptor(Acceptor::Disabled);
    desk.pass_ms(60_000);
    desk.acceptor(Acceptor::Returned(NOTE));
    let ended = desk.repayment_ended();
    assert_eq!((ended.amount_tiyn, ended.result), (tenge(5_000), RepaymentResult::Received));
    assert_eq!(ended.reason.as_deref(), Some("journal"));
}

#[test]
fn a_reset_that_was_not_sent_for_want_of_its_row_is_sent_at_a_later_look() {
    let mut desk = Desk::to_insert();
    desk.acceptor(Acceptor::Escrowed(NOTE));
    desk.acceptor(Acceptor::Unanswered(broken()));
    let found = Acceptor::FoundAtPowerUp(Position::Validator);
    let effects = desk.send_raw(Event::Peripheral(Peripheral::Acceptor(found)));
    let row = effects.iter().find_map(|effect| match effect {
        Effect::Record(record) if record.then == Some(CashCommand::ResetAcceptor) => Some(record.op_id),
        _ => None,
    });
    desk.send(Event::Journal { writable: false });
    desk.send(Event::RecordRefused { op_id: row.unwrap() });
    desk.send(Event::Journal { writable: true });
    (0..5).for_each(|_| {
        desk.wait_ms(120_000);
    });
    assert!(desk.session.at_rest(), "{:?}", desk.session.state());
    let first = desk.acceptor(Acceptor::Status {
        identity: String::new(),
        denominations: Vec::new(),
        stacker: Stacker::Ok,
        error: Some(Error::new(ErrorKind::Starting, "a reset is due")),
    });
    assert!(desk.effects[first..].iter().any(|effect| matches!(effect, Effect::ResetAcceptor)));
}

// Restarts.

fn restarted(disk: &DurableState) -> Desk {
    let mut desk = Desk::over(with_acceptor(), disk.clone());
    let stored = |body| Event::Stored(Box::new(durable_message(body)));
    desk.send(stored(MessageBody::RulePack(Box::new(pack_for(&with_acceptor())))));
    desk.send(stored(activation(true)));
    desk.send(Event::Latch(latch(0)));
    desk.start();
    desk
}

#[test]
fn a_restart_between_notes_ends_the_repayment_with_what_was_credited() {
    let mut desk = Desk::to_insert();
    desk.put(NOTE);
    let after = restarted(&desk.disk);
    let ended = after.repayment_ended();
    assert_eq!((ended.amount_tiyn, ended.reason.as_deref()), (tenge(5_000), Some("restart")));
    assert_eq!(after.session.durable().cash_in, None);
    assert!(after.commands().is_empty(), "nothing moves by itself");
}

#[test]
fn a_restart_with_a_note_on_its_way_asks_the_device_and_believes_where_it_was_found() {
    let mut desk = Desk::to_insert();
    desk.put(NOTE);
    desk.acceptor(Acceptor::Escrowed(NOTE));
    let disk = desk.disk.clone();

    let mut past_recall = restarted(&disk);
    assert_eq!(past_recall.count("RepaymentEnded"), 0);
    assert!(past_recall.session.out_of_service(&past_recall.now).contains(&"repaymentBeingSettled".into()));
    past_recall.acceptor(Acceptor::FoundAtPowerUp(Position::Stacker));
    assert_eq!(past_recall.repayment_ended().amount_tiyn, tenge(10_000));

    let mut validator = restarted(&disk);
    validator.acceptor(Acceptor::FoundAtPowerUp(Position::Validator));
    let ended = validator.repayment_ended();
    assert_eq!((ended.amount_tiyn, ended.result), (tenge(5_000), RepaymentResult::Received));

    let mut told = restarted(&disk);
    told.acceptor(Acceptor::Stacked(NOTE));
    assert_eq!(told.repayment_ended().amount_tiyn, tenge(10_000));

    let mut silent = restarted(&disk);
    silent.acceptor_is_well();
    let ended = silent.repayment_ended();
    assert_eq!((ended.amount_tiyn, ended.result), (tenge(5_000), RepaymentResult::Uncertain));

    let mut dead = restarted(&disk);
    dead.wait_ms(20_000);
    assert_eq!(dead.repayment_ended().result, RepaymentResult::Uncertain);
    for desk in [past_recall, validator, told, silent, dead] {
        assert!(desk.commands().is_empty(), "a start moves nothing");
        assert_eq!(desk.session.durable().cash_in, None);
    }
}

#[test]
fn the_stacker_is_emptied_by_a_signed_order_and_the_books_say_so() {
    let mut desk = Desk::to_insert();
    desk.put(NOTE);
    desk.put(NOTE);
    desk.finish();
    let repayment = desk.repayment_ended().repayment;
    desk.answer(MessageBody::RepaymentBooked { repayment, booking: None });
    desk.decide(Decision::Confirm);
    let order = senim_domain::OrderId(Uuid::from_u128(78));
    let message = desk.message(
        MessageBody::CashOrder {
            order,
            collect: vec![],
            add: vec![],
            expires: senim_domain::UtcMillis(NOON.0 + 3_600_000),
            stacker: true,
            rejects: false,
            series: Vec::new(),
        },
        None,
        None,
    );
    desk.send(Event::Directive(Box::new(message)));
    let first = desk.send(Event::ExchangeDone(order));
    assert_eq!(desk.kinds_from(first), ["StackerCollected", "CashExchange"]);
    let Body::StackerCollected(row) = desk.rows_from(first)[0] else { panic!() };
    assert_eq!((row.collected[0].denomination, row.collected[0].notes), (NOTE, 2));
    assert_eq!(desk.session.durable().acceptor.in_stacker(), 0);
}
