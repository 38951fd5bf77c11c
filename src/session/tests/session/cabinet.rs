//! The personal cabinet: what is asked, what is shown, what is not, and what is left of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_document::{Kind, Section};
use senim_domain::loan::{Method, Term};
use senim_domain::rule_pack::Service;
use senim_domain::{ClientId, Language, LoanId, OperationId, Secret, SessionId, Tiyn};
use senim_operation::body::{Body, CabinetPart, LetterSubject, SessionEnd};
use senim_operation::jws::sha256_b64;
use senim_operation::message::*;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::dialogue::cabinet::{Function, NotShown, Slip, Stage};
use senim_session::effect::{Effect, Paper};
use senim_session::event::Event;
use senim_session::state::{Ending, Errand, State};
use uuid::Uuid;

use crate::desk::*;
use crate::repayment::{debt, number, tenge, the_loan};

fn statement() -> LoanStatement {
    LoanStatement {
        debt: debt(18_000),
        upcoming: vec![UpcomingPayment {
            date: "2026-04-02".into(),
            principal_tiyn: tenge(17_000),
            interest_tiyn: tenge(1_000),
            total_tiyn: tenge(18_000),
            paid_tiyn: Tiyn::ZERO,
        }],
        made: vec![PaymentDone {
            date: "2026-02-02".into(),
            amount_tiyn: tenge(18_000),
            principal_tiyn: tenge(10_000),
            interest_tiyn: tenge(3_000),
            penalty_tiyn: tenge(5_000),
            held_tiyn: Tiyn::ZERO,
            overpaid_tiyn: Tiyn::ZERO,
        }],
    }
}

fn contract(state: ContractState) -> ContractFacts {
    ContractFacts {
        loan: the_loan(),
        number: Secret::new(number()),
        state,
        principal_tiyn: tenge(100_000),
        issued: "2026-01-02".into(),
        concluded: Some(NOON),
        annual_rate_hundredths: Some(2_400),
        term: Some(Term::Months(6)),
        method: Some(Method::Annuity),
        documents: vec!["x".repeat(43)],
    }
}

fn letter(from_client: bool) -> Letter {
    Letter {
        letter: OperationId(Uuid::from_u128(0x1e7)),
        from_client,
        at: NOON,
        subject: Secret::new("Төлем".into()),
        text: Secret::new("Төлеміңіз түсті.".into()),
    }
}

impl Desk {
    pub fn with_cabinet() -> Self {
        let mut desk = Self::open();
        let mut pack = pack();
        pack.version += 1;
        pack.allowed_operations.insert(Service::Cabinet);
        desk.send(Event::Stored(Box::new(durable_message(MessageBody::RulePack(Box::new(pack))))));
        desk
    }

    fn cabinet_stage(&self) -> &Stage {
        match self.session.state() {
            State::Cabinet(cabinet) => &cabinet.stage,
            other => panic!("no cabinet: {other:?}"),
        }
    }

    pub fn to_cabinet(&mut self) {
        self.to_menu();
        self.choose(Errand::Cabinet);
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
            products: vec!["simple".into()],
            last_login: None,
            remainder: None,
            waiting: None,
            unfinished: None,
            unauthorised_access: None,
        });
        assert!(matches!(self.cabinet_stage(), Stage::Home));
    }

    pub fn open_function(&mut self, function: Function) {
        let place = self.session.functions(&self.now).iter().position(|(one, _)| *one == function).unwrap();
        self.decide(Decision::Choose(place));
    }

    fn shown(&mut self, function: Function, content: CabinetContent) {
        self.open_function(function);
        assert!(matches!(self.cabinet_stage(), Stage::Asking { .. }), "{:?}", self.cabinet_stage());
        self.answer(MessageBody::CabinetShown(content));
    }

    fn looks(&self) -> Vec<CabinetPart> {
        let look = |body: &Body| match body {
            Body::CabinetRequested(row) => Some(row.part),
            _ => None,
        };
        self.rows().into_iter().filter_map(look).collect()
    }

    fn closed_as(&self) -> SessionEnd {
        let end = self.rows().into_iter().rev().find_map(|body| match body {
            Body::SessionClosed(row) => Some(row.end),
            _ => None,
        });
        end.expect("the visit has ended")
    }
}

#[test]
fn the_cabinet_is_on_the_menu_only_where_the_mfo_has_notified_it() {
    let desk = Desk::open();
    let offers =
        |desk: &Desk| desk.session.errands(&desk.now).iter().any(|(errand, _)| *errand == Errand::Cabinet);
    assert!(!offers(&desk));
    assert!(offers(&Desk::with_cabinet()));
}

#[test]
fn every_look_is_a_row_and_no_row_says_what_was_seen() {
    let mut desk = Desk::with_cabinet();
    desk.to_cabinet();
    desk.shown(Function::Debt, CabinetContent::Debt(vec![statement()]));
    assert!(matches!(desk.cabinet_stage(), Stage::One { at: 0, .. }));
    desk.act(Action::Back);
    desk.shown(Function::Contracts, CabinetContent::Contracts(vec![contract(ContractState::Running)]));
    desk.act(Action::Back);
    desk.shown(Function::Letters, CabinetContent::Letters(vec![letter(false)]));
    desk.act(Action::Back);
    desk.shown(Function::Confirmations, CabinetContent::Confirmations(Vec::new()));
    desk.decide(Decision::Confirm);
    use CabinetPart::{Confirmations, Contracts, Debt, Letters};
    assert_eq!(desk.looks(), [Debt, Contracts, Letters, Confirmations]);
    let written: String = desk.rows().into_iter().map(|body| body.write().unwrap().to_string()).collect();
    for seen in [number(), "Төлем".to_owned(), tenge(93_500).tiyn().to_string()] {
        assert!(!written.contains(&seen), "{seen} is in a row");
    }
    desk.act(Action::Cancel);
    assert_eq!(desk.closed_as(), SessionEnd::Completed);
    assert!(desk.wiped_from(0) && matches!(desk.session.state(), State::Idle));
}

#[test]
fn a_debt_whose_parts_do_not_add_up_is_shown_to_nobody() {
    let spoil: [fn(&mut LoanStatement); 4] = [
        |statement| statement.debt.total_tiyn = tenge(93_501),
        |statement| statement.debt.due_tiyn = tenge(93_501),
        |statement| statement.upcoming[0].total_tiyn = tenge(17_999),
        |statement| statement.made[0].penalty_tiyn = tenge(4_999),
    ];
    for spoil in spoil {
        let mut desk = Desk::with_cabinet();
        desk.to_cabinet();
        let mut wrong = statement();
        spoil(&mut wrong);
        desk.shown(Function::Debt, CabinetContent::Debt(vec![statement(), wrong]));
        assert!(
            matches!(desk.cabinet_stage(), Stage::NotShown(NotShown::Sums)),
            "{:?}",
            desk.cabinet_stage()
        );
    }
}

#[test]
fn a_client_without_contracts_is_told_so_and_stays_in_the_cabinet() {
    let mut desk = Desk::with_cabinet();
    desk.to_cabinet();
    for (function, nothing) in [
        (Function::Debt, CabinetContent::Debt(Vec::new())),
        (Function::Contracts, CabinetContent::Contracts(Vec::new())),
        (Function::Applications, CabinetContent::Applications(Vec::new())),
        (Function::Consents, CabinetContent::Consents(Vec::new())),
    ] {
        desk.shown(function, nothing);
        assert!(matches!(desk.cabinet_stage(), Stage::Listed(_)), "{:?}", desk.cabinet_stage());
        desk.decide(Decision::Confirm);
        assert!(matches!(desk.cabinet_stage(), Stage::Home));
    }
    assert_eq!(desk.count("SlipPrinted"), 0);
}

/// A file of a contract, and the contract with it as its only document.
fn filed() -> (ContractFile, ContractFacts) {
    let section = |language| Section {
        language,
        title: "Шарт".into(),
        terms: Vec::new(),
        paragraphs: vec!["Мәтін".into()],
        table: None,
    };
    let paper = senim_document::Paper {
        kind: Kind::Contract,
        number: number(),
        date: "2026-01-02".into(),
        sections: vec![section(Language::Kk), section(Language::Ru)],
        figures: None,
    };
    let pdf = senim_document::write(&paper).unwrap();
    let sha256 = sha256_b64(pdf.expose());
    let file = ContractFile {
        loan: the_loan(),
        pdf: Secret::new(STANDARD.encode(pdf.expose())),
        sha256: sha256.clone(),
    };
    (file, ContractFacts { documents: vec![sha256], ..contract(ContractState::Running) })
}

fn before_file(contract: ContractFacts) -> Desk {
    let mut desk = Desk::with_cabinet();
    desk.to_cabinet();
    desk.shown(Function::Contracts, CabinetContent::Contracts(vec![contract]));
    desk.decide(Decision::Confirm);
    desk
}

#[test]
fn a_contract_is_read_again_page_by_page_and_left_at_any_of_them() {
    let (file, contract) = filed();
    let mut desk = before_file(contract);
    assert!(matches!(desk.cabinet_stage(), Stage::Opening { .. }), "{:?}", desk.cabinet_stage());
    let asked = desk.rows().into_iter().rev().find_map(|body| match body {
        Body::CabinetRequested(row) => row.document.clone(),
        _ => None,
    });
    assert_eq!(asked.unwrap().sha256, file.sha256);
    desk.answer(MessageBody::CabinetShown(CabinetContent::Document(file.clone())));
    let Stage::Reading { file: shown, .. } = desk.cabinet_stage() else {
        panic!("{:?}", desk.cabinet_stage())
    };
    assert_eq!(sha256_b64(shown.pdf.expose()), file.sha256);
    desk.act(Action::ContractRead);
    assert!(matches!(desk.cabinet_stage(), Stage::One { at: 0, .. }));
    assert_eq!(desk.count("DocumentShown"), 0, "nothing is agreed to here");
    // The slip is at the other button.
    desk.decide(Decision::Decline);
    assert!(matches!(desk.cabinet_stage(), Stage::One { list, .. } if list.slip == Slip::Printing));
    desk.act(Action::Back);
    assert!(matches!(desk.cabinet_stage(), Stage::Home));
}

#[test]
fn of_several_documents_one_is_chosen_and_the_way_back_leads_to_the_choice() {
    let (file, mut contract) = filed();
    contract.documents = vec!["x".repeat(43), file.sha256.clone()];
    let mut desk = before_file(contract);
    assert!(matches!(desk.cabinet_stage(), Stage::Documents { .. }));
    desk.decide(Decision::Choose(2));
    assert!(matches!(desk.cabinet_stage(), Stage::Documents { .. }), "there is no third");
    desk.decide(Decision::Choose(1));
    desk.act(Action::Back);
    assert!(matches!(desk.cabinet_stage(), Stage::One { .. }), "it does not have to come");
    desk.decide(Decision::Confirm);
    desk.decide(Decision::Choose(1));
    desk.answer(MessageBody::CabinetShown(CabinetContent::Document(file)));
    assert!(matches!(desk.cabinet_stage(), Stage::Reading { file, .. } if file.document == 1));
    desk.act(Action::Back);
    assert!(matches!(desk.cabinet_stage(), Stage::Documents { .. }));
}

#[test]
fn a_file_that_is_not_the_one_that_was_signed_is_shown_to_nobody() {
    let (file, contract) = filed();
    let another = ContractFile { pdf: Secret::new(STANDARD.encode("%PDF-1.7 other")), ..file.clone() };
    let of_another = ContractFile { loan: LoanId(Uuid::from_u128(9)), ..file.clone() };
    let no_file = ContractFile { pdf: Secret::new("?".into()), ..file };
    let document = |file| MessageBody::CabinetShown(CabinetContent::Document(file));
    let refused = |reason| MessageBody::CabinetRefused { reason };
    for (answer, why) in [
        (document(another), NotShown::NotTheFile),
        (document(no_file), NotShown::NotTheFile),
        (document(of_another), NotShown::TryLater),
        (refused(CabinetRefusal::NotAvailable), NotShown::NotKept),
        (refused(CabinetRefusal::TryLater), NotShown::TryLater),
    ] {
        let mut desk = before_file(contract.clone());
        desk.answer(answer);
        assert!(
            matches!(desk.cabinet_stage(), Stage::NotShown(told) if *told == why),
            "{:?} in place of {why:?}",
            desk.cabinet_stage()
        );
        desk.decide(Decision::Confirm);
        assert!(matches!(desk.cabinet_stage(), Stage::Home));
    }
}

#[test]
fn a_part_that_does_not_come_in_time_is_not_shown_and_its_late_answer_changes_nothing() {
    let mut desk = Desk::with_cabinet();
    desk.to_cabinet();
    desk.open_function(Function::Debt);
    let (session, asked) = (desk.session.session_id(), desk.asked());
    let seconds = u64::from(pack().session.answer_seconds);
    desk.wait_ms(seconds * 1000);
    assert!(matches!(desk.cabinet_stage(), Stage::NotShown(NotShown::TryLater)));
    let late = desk.message(
        MessageBody::CabinetShown(CabinetContent::Debt(vec![statement()])),
        session,
        Some(asked),
    );
    desk.send(Event::Answer(Box::new(late)));
    assert!(matches!(desk.cabinet_stage(), Stage::NotShown(NotShown::TryLater)));
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.cabinet_stage(), Stage::Home));
}

#[test]
fn an_answer_for_another_session_or_another_part_shows_nothing() {
    let mut desk = Desk::with_cabinet();
    desk.to_cabinet();
    desk.open_function(Function::Debt);
    let asked = desk.asked();
    let foreign = desk.message(
        MessageBody::CabinetShown(CabinetContent::Debt(vec![statement()])),
        Some(SessionId(Uuid::from_u128(0xf0))),
        Some(asked),
    );
    desk.send(Event::Answer(Box::new(foreign)));
    assert!(matches!(desk.cabinet_stage(), Stage::Asking { .. }));
    desk.answer(MessageBody::CabinetShown(CabinetContent::Letters(vec![letter(false)])));
    assert!(matches!(desk.cabinet_stage(), Stage::NotShown(NotShown::TryLater)));
}

#[test]
fn while_the_line_is_down_only_what_the_terminal_knows_is_offered() {
    let mut desk = Desk::with_cabinet();
    desk.to_cabinet();
    desk.send(Event::Uplink { online: false, cause: String::new() });
    for (function, why_not) in desk.session.functions(&desk.now) {
        assert_eq!(why_not.is_none(), function == Function::Lender, "{function:?}");
    }
    desk.open_function(Function::Debt);
    assert!(matches!(desk.cabinet_stage(), Stage::Home), "what is not offered is not asked for");
    desk.open_function(Function::Lender);
    assert!(matches!(desk.cabinet_stage(), Stage::Lender));
    desk.act(Action::Cancel);
    assert_eq!(desk.session.no_cabinet().as_deref(), Some("offline"));
}

#[test]
fn going_back_leads_step_by_step_to_the_menu_and_a_late_touch_decides_nothing() {
    let mut desk = Desk::with_cabinet();
    desk.to_cabinet();
    desk.open_function(Function::Contracts);
    desk.act(Action::Back);
    assert!(matches!(desk.cabinet_stage(), Stage::Home), "a question need not be waited for");
    let two = vec![contract(ContractState::Running), contract(ContractState::Closed)];
    desk.shown(Function::Contracts, CabinetContent::Contracts(two));
    let old = desk.session.step_no();
    desk.decide(Decision::Choose(1));
    assert!(matches!(desk.cabinet_stage(), Stage::One { at: 1, .. }));
    desk.act(Action::Decide { step: old, decision: Decision::Choose(0) });
    assert!(matches!(desk.cabinet_stage(), Stage::One { at: 1, .. }));
    desk.act(Action::Back);
    assert!(matches!(desk.cabinet_stage(), Stage::Listed(_)));
    desk.decide(Decision::Choose(7));
    assert!(matches!(desk.cabinet_stage(), Stage::Listed(_)), "there is no such contract");
    desk.act(Action::Back);
    desk.act(Action::Back);
    assert!(matches!(desk.session.state(), State::Menu));
}

#[test]
fn nobody_at_the_screen_ends_the_visit_and_nothing_of_it_stays() {
    let mut desk = Desk::with_cabinet();
    desk.to_cabinet();
    desk.shown(Function::Debt, CabinetContent::Debt(vec![statement()]));
    let times = pack().session;
    let first = desk.wait_ms(u64::from(times.reading_seconds + times.warning_seconds) * 1000);
    desk.assert_ended(Ending::TimedOut);
    assert!(desk.wiped_from(first));
    assert!(!format!("{:?}", desk.session.state()).contains(&number()));
}

#[test]
fn a_letter_goes_sealed_and_its_text_is_in_no_row() {
    let mut desk = Desk::with_cabinet();
    desk.to_cabinet();
    desk.shown(Function::Letters, CabinetContent::Letters(Vec::new()));
    desk.decide(Decision::Choose(0));
    assert!(matches!(desk.cabinet_stage(), Stage::Subject));
    desk.decide(Decision::Choose(1));
    desk.enter("   ");
    assert!(matches!(desk.cabinet_stage(), Stage::Writing { .. }), "blanks are no letter");
    let first = desk.enter("ТӨЛЕМІМ ТҮСТІ МЕ?");
    let records = desk.records_from(first);
    let [record] = records.as_slice() else { panic!("{records:?}") };
    assert!(record.draft.attachment.is_some());
    let Body::CabinetLetterSubmitted(row) = &record.draft.body else { panic!() };
    assert_eq!(row.subject, LetterSubject::Payment);
    let asked = desk.asked();
    desk.act(Action::Back);
    assert!(matches!(desk.cabinet_stage(), Stage::Sending { .. }), "what is under way is not taken back");
    desk.answer(MessageBody::LetterTaken { letter: asked });
    assert!(matches!(desk.cabinet_stage(), Stage::Sent { .. }));
}

#[test]
fn a_letter_that_nobody_confirmed_is_not_called_received() {
    for answer in [None, Some(MessageBody::CabinetRefused { reason: CabinetRefusal::NotAvailable })] {
        let mut desk = Desk::with_cabinet();
        desk.to_cabinet();
        desk.shown(Function::Letters, CabinetContent::Letters(Vec::new()));
        desk.decide(Decision::Choose(0));
        desk.decide(Decision::Choose(0));
        desk.enter("САЛЕМ");
        match answer {
            Some(body) => desk.answer(body),
            None => desk.wait_ms(u64::from(pack().session.answer_seconds) * 1000),
        };
        assert!(matches!(desk.cabinet_stage(), Stage::NotShown(NotShown::LetterNotTaken)));
    }
}

#[test]
fn ways_of_repayment_are_shown_even_where_core_lending_tells_no_account() {
    let mut desk = Desk::with_cabinet();
    desk.to_cabinet();
    desk.open_function(Function::WaysToPay);
    desk.answer(MessageBody::CabinetRefused { reason: CabinetRefusal::TryLater });
    assert!(matches!(desk.cabinet_stage(), Stage::WaysToPay(None)));
}

#[test]
fn a_slip_is_printed_once_for_each_wish_and_its_end_is_a_row() {
    let mut desk = Desk::with_cabinet();
    desk.to_cabinet();
    desk.shown(Function::Debt, CabinetContent::Debt(vec![statement()]));
    let first = desk.decide(Decision::Confirm);
    desk.decide(Decision::Confirm);
    let papers: Vec<Paper> = desk.effects[first..]
        .iter()
        .filter_map(|effect| match effect {
            Effect::Print(paper) => Some(*paper),
            _ => None,
        })
        .collect();
    let [Paper::Slip(of)] = papers.as_slice() else { panic!("{papers:?}") };
    let paper = Paper::Slip(*of);
    desk.send(Event::ReceiptDone { paper, printed: false, sha256: "x".into() });
    let Some((_, shown)) = desk.cabinet_stage().slip() else { panic!() };
    assert_eq!(shown.slip, Slip::Ended(false));
    desk.decide(Decision::Decline);
    // The paper of a screen that was left is still written down.
    desk.send(Event::ReceiptDone { paper, printed: true, sha256: "y".into() });
    assert_eq!(desk.count("SlipPrinted"), 2);
    assert!(matches!(desk.cabinet_stage(), Stage::Home));
}

#[test]
fn applying_from_the_cabinet_leads_into_the_loan_without_another_login() {
    let mut desk = Desk::with_cabinet();
    desk.to_cabinet();
    desk.open_function(Function::Apply);
    assert!(matches!(desk.session.state(), State::Amount { .. }));
    desk.apply_for(tenge(100_000), Term::Months(6));
    assert!(matches!(desk.session.state(), State::Deciding { .. }));
    assert_eq!(desk.count("LoginRequested"), 1);
}
