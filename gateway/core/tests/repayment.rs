//! Repayments: what is owed, money that comes in once whatever breaks, and money that nobody knows the contract of.

use senim_domain::cash::Denomination;
use senim_domain::contract_number::ContractNumber;
use senim_domain::{ClientId, LoanId, RepaymentId, Secret, SecretBytes, Tiyn, UtcMillis};
use senim_gateway_core::connectors::{ContractStanding, ContractSummary, Debt, EarlyChoice};
use senim_gateway_core::store::StoreError;
use senim_gateway_core::{EntryState, GatewayError};
use senim_operation::Draft;
use senim_operation::attachment::RepaymentNumber;
use senim_operation::body::*;
use senim_operation::message::{Booking, DebtStanding, MessageBody, RepaymentRefusal};
use uuid::Uuid;

use crate::support::{self, Rig, started};

fn tenge(sum: u64) -> Tiyn {
    Tiyn::from_tenge(sum).unwrap()
}

fn number() -> String {
    ContractNumber::from_random(77).as_str().to_owned()
}

fn the_loan() -> LoanId {
    LoanId(Uuid::from_u128(0x10a))
}

fn contract(standing: ContractStanding) -> ContractSummary {
    ContractSummary {
        loan: the_loan(),
        client: ClientId(Uuid::from_u128(7)),
        number: number(),
        principal_tiyn: tenge(100_000),
        issued: "2026-01-15".into(),
        contract_sha256: "x".into(),
        standing,
    }
}

fn owed() -> Debt {
    Debt {
        loan: the_loan(),
        on: String::new(),
        principal_tiyn: tenge(15_000),
        interest_tiyn: tenge(3_000),
        penalty_tiyn: tenge(500),
        due_tiyn: tenge(8_500),
        next_date: Some("2026-04-02".into()),
        next_tiyn: tenge(8_000),
        overdue_days: 3,
        suspension_interest_tiyn: Tiyn::ZERO,
    }
}

/// A gateway that knows one running contract.
fn with_debt() -> Rig {
    let rig = started();
    rig.services.set(|s| {
        s.contracts = vec![contract(ContractStanding::Running)];
        s.owed = Some(owed());
    });
    rig
}

fn sealed(number: &str) -> SecretBytes {
    RepaymentNumber { number: Secret::new(number.to_owned()) }.to_plaintext().unwrap()
}

fn ask_number(rig: &mut Rig, number: &str) -> MessageBody {
    rig.say(rig.in_session(ContractNumberSubmitted {}).with_attachment(sealed(number))).unwrap().1
}

fn begun(repayment: RepaymentId, loan: Option<LoanId>, basis: RepaymentBasis) -> RepaymentBegun {
    RepaymentBegun {
        repayment,
        loan,
        basis,
        limit_tiyn: tenge(1_000_000),
        early: EarlyWish::Hold,
        place: None,
    }
}

fn ended(repayment: RepaymentId, loan: Option<LoanId>, fives: u32) -> RepaymentEnded {
    RepaymentEnded {
        repayment,
        loan,
        accepted: vec![DenominationCount { denomination: Denomination(5_000), notes: fives }],
        amount_tiyn: tenge(5_000 * u64::from(fives)),
        in_doubt: Vec::new(),
        early: EarlyWish::Hold,
        result: RepaymentResult::Received,
        reason: None,
        place: None,
    }
}

fn id(n: u128) -> RepaymentId {
    RepaymentId(Uuid::from_u128(n))
}

fn booking(answer: Option<MessageBody>) -> Option<Booking> {
    match answer {
        Some(MessageBody::RepaymentBooked { booking, .. }) => booking,
        other => panic!("{other:?}"),
    }
}

fn notices(rig: &Rig) -> usize {
    rig.services.get(|s| s.sms.iter().filter(|text| text.contains("терминалдан")).count())
}

#[test]
fn a_client_who_is_logged_in_sees_the_parts_of_each_debt_and_nobody_else_does() {
    let mut rig = with_debt();
    rig.open_session();
    let asked = |rig: &Rig, client| rig.in_session(DebtRequested { client });
    let stranger = rig.say(asked(&rig, ClientId(Uuid::from_u128(7)))).unwrap().1;
    assert!(matches!(stranger, MessageBody::RepaymentRefused { reason: RepaymentRefusal::NotPayable }));
    let client = rig.log_in();
    let MessageBody::Debts { contracts } = rig.say(asked(&rig, client)).unwrap().1 else { panic!() };
    let [debt] = contracts.as_slice() else { panic!("{contracts:?}") };
    assert_eq!(debt.total_tiyn, tenge(18_500));
    assert_eq!(
        (debt.on.as_str(), debt.due_tiyn, debt.standing),
        ("2026-03-02", tenge(8_500), DebtStanding::Running)
    );
    rig.services.set(|s| s.core_down = true);
    let away = rig.say(asked(&rig, client)).unwrap().1;
    assert!(matches!(away, MessageBody::RepaymentRefused { reason: RepaymentRefusal::TryLater }));
}

#[test]
fn a_number_shows_initials_and_what_is_due_and_guessing_is_stopped() {
    let mut rig = with_debt();
    rig.open_session();
    let MessageBody::ContractFound { holder_masked, due_tiyn, .. } = ask_number(&mut rig, &number()) else {
        panic!()
    };
    assert_eq!((holder_masked.expose(), due_tiyn), ("А. С.", tenge(8_500)));
    let refusal = |body: MessageBody| match body {
        MessageBody::RepaymentRefused { reason } => reason,
        other => panic!("{other:?}"),
    };
    let unknown = ContractNumber::from_random(78).as_str().to_owned();
    for _ in 0..4 {
        assert_eq!(refusal(ask_number(&mut rig, &unknown)), RepaymentRefusal::UnknownNumber);
    }
    assert_eq!(refusal(ask_number(&mut rig, &number())), RepaymentRefusal::TooMany);
    for standing in [ContractStanding::Closed, ContractStanding::WrittenOff { at: support::NOON }] {
        rig.services.set(|s| s.contracts = vec![contract(standing)]);
        rig.open_session();
        assert_eq!(refusal(ask_number(&mut rig, &number())), RepaymentRefusal::NotPayable);
    }
}

#[test]
fn a_contract_is_answered_as_an_investigator_or_a_court_has_it_stand() {
    let mut rig = with_debt();
    let (since, ground) = (support::NOON, "article71".to_owned());
    let suspended = ContractStanding::Suspended { since, ground };
    let written_off = ContractStanding::WrittenOff { at: support::NOON };
    for (stands, told) in [(suspended, DebtStanding::Suspended), (written_off, DebtStanding::WrittenOff)] {
        rig.services.set(|s| s.contracts = vec![contract(stands)]);
        rig.open_session();
        let client = rig.log_in();
        let asked = rig.say(rig.in_session(DebtRequested { client })).unwrap().1;
        let MessageBody::Debts { contracts } = asked else { panic!("{asked:?}") };
        let [contract] = contracts.as_slice() else { panic!("{contracts:?}") };
        assert_eq!((contract.standing, contract.since.as_deref()), (told, Some("2026-03-02")));
    }
}

#[test]
fn money_is_entered_once_and_the_payer_and_the_borrower_are_told() {
    let mut rig = with_debt();
    rig.open_session();
    assert!(rig.say(rig.in_session(begun(id(1), Some(the_loan()), RepaymentBasis::Login))).is_none());
    let (row, _) = rig.terminal.write(rig.in_session(ended(id(1), Some(the_loan()), 2)), rig.now);
    let booked = booking(rig.deliver(row.clone(), None).map(|(_, body)| body)).unwrap();
    assert_eq!(
        (booked.penalty_tiyn, booked.interest_tiyn, booked.principal_tiyn),
        (tenge(500), tenge(3_000), tenge(6_500))
    );
    assert!(!booked.closed && booked.rest.is_none(), "who is not logged in does not see what is left");
    // The same row again gets the same answer and changes nothing.
    assert!(booking(rig.deliver(row.clone(), None).map(|(_, body)| body)).is_some());
    rig.services.get(|s| {
        assert_eq!(s.repaid.len(), 1);
        assert_eq!(s.repaid[0].0.operation, row.envelope.op_id);
        assert_eq!(s.repaid[0].0.early, EarlyChoice::Hold);
    });
    let record = rig.gateway.repayment(id(1)).unwrap().unwrap();
    assert_eq!(record.entries[0].state, EntryState::Booked);
    assert_eq!(notices(&rig), 0, "the loan's client is not known to this store");
}

#[test]
fn the_borrower_gets_a_text_when_a_relative_has_paid() {
    let mut rig = with_debt();
    rig.open_session();
    rig.say(
        rig.in_session(begun(id(1), None, RepaymentBasis::OfflineNumber)).with_attachment(sealed(&number())),
    );
    rig.services.set(|s| s.sms_down = true);
    let booked = booking(rig.say(rig.in_session(ended(id(1), None, 1))).map(|(_, body)| body));
    assert!(booked.is_some());
    assert_eq!(notices(&rig), 0);
    rig.services.set(|s| s.sms_down = false);
    rig.gateway.flush_outbox(rig.now).unwrap();
    rig.gateway.flush_outbox(rig.now).unwrap();
    assert_eq!(notices(&rig), 1);
}

#[test]
fn money_above_the_debt_is_the_payers_and_said_so() {
    let mut rig = with_debt();
    rig.open_session();
    rig.say(rig.in_session(begun(id(1), Some(the_loan()), RepaymentBasis::Login)));
    let booked =
        booking(rig.say(rig.in_session(ended(id(1), Some(the_loan()), 4))).map(|(_, body)| body)).unwrap();
    assert_eq!(booked.overpaid_tiyn, tenge(1_500));
    assert!(booked.closed);
}

#[test]
fn while_core_lending_is_away_money_waits_and_is_entered_later_once() {
    let mut rig = with_debt();
    rig.open_session();
    rig.say(rig.in_session(begun(id(1), Some(the_loan()), RepaymentBasis::Login)));
    rig.services.set(|s| s.core_down = true);
    let booked = booking(rig.say(rig.in_session(ended(id(1), Some(the_loan()), 1))).map(|(_, body)| body));
    assert_eq!(booked, None, "credited after verification");
    assert_eq!(rig.gateway.held_money().unwrap()[0].state, EntryState::Waits);
    assert!(rig.gateway.flush_outbox(rig.now).unwrap() > 0);
    rig.services.set(|s| s.core_down = false);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    rig.services.get(|s| assert_eq!(s.repaid.len(), 1));
    assert!(rig.gateway.held_money().unwrap().is_empty());
}

#[test]
fn an_answer_of_core_lending_that_is_lost_is_asked_for_again_and_pays_once() {
    let mut rig = with_debt();
    rig.open_session();
    rig.say(rig.in_session(begun(id(1), Some(the_loan()), RepaymentBasis::Login)));
    rig.services.set(|s| s.repay_reply_lost = true);
    rig.say(rig.in_session(ended(id(1), Some(the_loan()), 1)));
    rig.services.set(|s| s.repay_reply_lost = false);
    rig.gateway.flush_outbox(rig.now).unwrap();
    rig.services.get(|s| assert_eq!(s.repaid.len(), 1));
    assert!(rig.gateway.held_money().unwrap().is_empty());
}

#[test]
fn a_commit_that_fails_behind_the_payment_changes_nothing_when_the_row_comes_again() {
    let mut rig = with_debt();
    rig.open_session();
    rig.say(rig.in_session(begun(id(1), Some(the_loan()), RepaymentBasis::Login)));
    let (row, _) = rig.terminal.write(rig.in_session(ended(id(1), Some(the_loan()), 1)), rig.now);
    // The rows are kept, the act is not.
    rig.store.fail_commit_after(1, StoreError::Unavailable("the test".into()));
    let failed = rig.gateway.intake(&row.envelope.terminal, &[&row.compact], rig.now);
    assert!(matches!(failed, Err(GatewayError::Store(_))), "{failed:?}");
    rig.services.get(|s| assert_eq!(s.repaid.len(), 1));
    assert!(booking(rig.deliver(row, None).map(|(_, body)| body)).is_some());
    rig.services.get(|s| assert_eq!(s.repaid.len(), 1));
}

#[test]
fn money_for_an_unknown_number_is_held_and_listed_without_the_number() {
    let mut rig = with_debt();
    let unknown = ContractNumber::from_random(78).as_str().to_owned();
    rig.open_session();
    rig.say(
        rig.in_session(begun(id(1), None, RepaymentBasis::OfflineNumber)).with_attachment(sealed(&unknown)),
    );
    let booked = booking(rig.say(rig.in_session(ended(id(1), None, 2))).map(|(_, body)| body));
    assert_eq!(booked, None);
    rig.services.get(|s| {
        assert_eq!((s.held.len(), s.repaid.len()), (1, 0));
        assert_eq!((s.held[0].number.as_str(), s.held[0].amount_tiyn), (unknown.as_str(), tenge(10_000)));
    });
    let held = rig.gateway.held_money().unwrap();
    assert_eq!((held[0].amount_tiyn, held[0].state), (tenge(10_000), EntryState::Unallocated));
    assert!(!rig.store.dump().contains(&unknown), "the number is nowhere in clear");
}

#[test]
fn a_payment_that_core_lending_refuses_is_held() {
    let mut rig = with_debt();
    rig.open_session();
    rig.say(rig.in_session(begun(id(1), Some(the_loan()), RepaymentBasis::Login)));
    rig.services.set(|s| s.owed = None);
    rig.say(rig.in_session(ended(id(1), Some(the_loan()), 1)));
    rig.services.get(|s| assert_eq!(s.held.len(), 1));
    assert_eq!(rig.gateway.held_money().unwrap().len(), 1);
}

#[test]
fn a_number_that_comes_after_its_money_is_waited_for() {
    let mut rig = with_debt();
    rig.open_session();
    let draft =
        rig.in_session(begun(id(1), None, RepaymentBasis::OfflineNumber)).with_attachment(sealed(&number()));
    let (first, jwe) = rig.terminal.write(draft, rig.now);
    rig.send(std::slice::from_ref(&first));
    let (second, _) = rig.terminal.write(rig.in_session(ended(id(1), None, 1)), rig.now);
    assert!(rig.send(std::slice::from_ref(&second)).replies.is_empty());
    rig.services.get(|s| assert!(s.repaid.is_empty() && s.held.is_empty()));
    let sha256 = first.envelope.sealed.unwrap().sha256;
    rig.gateway.put_attachment(&first.envelope.terminal, &sha256, &jwe.unwrap(), rig.now).unwrap();
    rig.services.get(|s| assert_eq!(s.repaid.len(), 1));
}

#[test]
fn money_counts_when_the_visit_is_long_over() {
    let mut rig = with_debt();
    rig.open_session();
    let session = rig.terminal.session.unwrap();
    rig.say(rig.in_session(begun(id(1), Some(the_loan()), RepaymentBasis::Login)));
    rig.say(rig.in_session(SessionClosed { end: SessionEnd::Interrupted }));
    let late = Draft::new(ended(id(1), Some(the_loan()), 1)).in_session(session);
    assert!(rig.say(late).is_none(), "nobody is there to be answered");
    rig.services.get(|s| assert_eq!(s.repaid.len(), 1));
}

#[test]
fn a_second_end_of_the_same_repayment_pays_nothing() {
    let mut rig = with_debt();
    rig.open_session();
    rig.say(rig.in_session(begun(id(1), Some(the_loan()), RepaymentBasis::Login)));
    rig.say(rig.in_session(ended(id(1), Some(the_loan()), 1)));
    rig.say(rig.in_session(ended(id(1), Some(the_loan()), 2)));
    rig.services.get(|s| assert_eq!(s.repaid.len(), 1));
}

#[test]
fn a_note_in_doubt_is_listed_and_credited_by_its_own_row_when_it_is_found() {
    let mut rig = with_debt();
    rig.open_session();
    rig.say(rig.in_session(begun(id(1), Some(the_loan()), RepaymentBasis::Login)));
    let doubt = DenominationCount { denomination: Denomination(5_000), notes: 1 };
    let end = RepaymentEnded {
        in_doubt: vec![doubt],
        result: RepaymentResult::Uncertain,
        ..ended(id(1), Some(the_loan()), 1)
    };
    let given = rig.now;
    // The power comes back a day later.
    rig.now = UtcMillis(given.0 + 86_400_000);
    rig.say(rig.in_session(end));
    assert_eq!(rig.gateway.notes_in_doubt().unwrap().len(), 1);
    let found = NoteFoundLate {
        repayment: id(1),
        loan: Some(the_loan()),
        note: 2,
        denomination: Denomination(5_000),
        in_stacker: true,
    };
    rig.now = UtcMillis(given.0 + 3 * 86_400_000);
    let (row, _) = rig.terminal.write(Draft::new(found), rig.now);
    rig.send(std::slice::from_ref(&row));
    rig.send(std::slice::from_ref(&row));
    assert!(rig.gateway.notes_in_doubt().unwrap().is_empty());
    rig.services.get(|s| {
        assert_eq!(s.repaid.len(), 2);
        let found = &s.repaid[1].0;
        assert!(
            found.at < UtcMillis(given.0 + 60_000),
            "three days in the machine are no delay of the borrower's"
        );
    });
    let record = rig.gateway.repayment(id(1)).unwrap().unwrap();
    assert_eq!(record.entries.len(), 2);
}

#[test]
fn the_acceptors_books_are_in_the_terminals_view() {
    let mut rig = with_debt();
    rig.open_session();
    let stacked = |note| NoteStacked {
        repayment: id(1),
        note,
        denomination: Denomination(5_000),
        source: NoteSource::Answer,
    };
    rig.say(rig.in_session(stacked(1)));
    rig.say(rig.in_session(stacked(2)));
    let view = rig.gateway.terminal_view(&rig.terminal.rows[0].envelope.terminal).unwrap();
    assert_eq!(view.acceptor.in_stacker(), 2);
    let mut books = view.acceptor;
    books.collect().unwrap();
    rig.say(Draft::new(StackerCollected {
        order: senim_domain::OrderId(Uuid::from_u128(9)),
        order_sha256: "x".repeat(43),
        collected: vec![DenominationCount { denomination: Denomination(5_000), notes: 2 }],
        books_after: books,
    }));
    let view = rig.gateway.terminal_view(&rig.terminal.rows[0].envelope.terminal).unwrap();
    assert_eq!(view.acceptor.in_stacker(), 0);
}
