//! The personal cabinet at the gateway: the client's own business and nobody else's, each look audited, letters handed over.

use base64::Engine as _;
use senim_domain::loan::Term;
use senim_domain::{ApplicationId, ClientId, LoanId, Secret, Tiyn};
use senim_gateway_core::Opening;
use senim_gateway_core::connectors::{
    Allocation, ApplicationRecord, ContractStanding, ContractSummary, Debt, Instalment, PaymentMade,
};
use senim_gateway_core::store::{Collection, Store as _};
use senim_operation::attachment::CabinetLetter;
use senim_operation::body::*;
use senim_operation::message::*;
use uuid::Uuid;

use crate::support::{PRINCIPAL, Rig, started};

fn tenge(sum: u64) -> Tiyn {
    Tiyn::from_tenge(sum).unwrap()
}

fn ask(rig: &mut Rig, client: ClientId, part: CabinetPart) -> MessageBody {
    rig.say(rig.in_session(CabinetRequested::of(client, part))).unwrap().1
}

fn shown(rig: &mut Rig, client: ClientId, part: CabinetPart) -> CabinetContent {
    match ask(rig, client, part) {
        MessageBody::CabinetShown(content) => content,
        other => panic!("{part:?}: {other:?}"),
    }
}

fn refusal(body: MessageBody) -> CabinetRefusal {
    match body {
        MessageBody::CabinetRefused { reason } => reason,
        other => panic!("{other:?}"),
    }
}

fn write(rig: &mut Rig, client: ClientId, text: &str) -> MessageBody {
    let sealed = CabinetLetter { text: Secret::new(text.to_owned()) }.to_plaintext().unwrap();
    let row = CabinetLetterSubmitted { client, subject: LetterSubject::Payment };
    rig.say(rig.in_session(row).with_attachment(sealed)).unwrap().1
}

fn looks(rig: &Rig) -> Vec<Opening> {
    let found = rig.store.documents(Collection::Audit, "cabinet//").unwrap();
    found.iter().map(|document| serde_json::from_str(&document.json).unwrap()).collect()
}

#[test]
fn nobody_sees_a_cabinet_without_the_login_of_this_visit() {
    let mut rig = started();
    rig.open_session();
    let stranger = ClientId(Uuid::from_u128(7));
    assert_eq!(refusal(ask(&mut rig, stranger, CabinetPart::Debt)), CabinetRefusal::NotAvailable);
    assert_eq!(refusal(write(&mut rig, stranger, "САЛЕМ")), CabinetRefusal::NotAvailable);
    let client = rig.log_in();
    let other = ClientId(Uuid::from_u128(8));
    assert_ne!(client, other);
    assert_eq!(refusal(ask(&mut rig, other, CabinetPart::Contracts)), CabinetRefusal::NotAvailable);
    assert!(looks(&rig).is_empty(), "nothing was opened");
    rig.open_session();
    assert_eq!(refusal(ask(&mut rig, client, CabinetPart::Debt)), CabinetRefusal::NotAvailable);
}

#[test]
fn each_look_is_in_the_audit_with_its_row_and_without_what_was_seen() {
    let mut rig = started();
    rig.open_session();
    let client = rig.log_in();
    shown(&mut rig, client, CabinetPart::Applications);
    shown(&mut rig, client, CabinetPart::Letters);
    let looks = looks(&rig);
    assert_eq!(looks.len(), 2);
    for look in looks {
        assert!(look.op_id.is_some());
        assert_eq!((look.actor.person(), look.actor.reason()), ("gateway", "cabinet"));
        assert!(look.document.starts_with(&format!("cabinet//{client}/")));
    }
}

#[test]
fn an_application_is_followed_from_refusal_and_offer_to_the_money() {
    let mut rig = started();
    rig.open_session();
    let client = rig.log_in();
    let states = |rig: &mut Rig| match shown(rig, client, CabinetPart::Applications) {
        CabinetContent::Applications(all) => all.into_iter().map(|one| one.state).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert!(states(&mut rig).is_empty());
    rig.services.set(|s| s.aml = true);
    rig.apply(client, PRINCIPAL);
    rig.services.set(|s| (s.aml, s.refusal) = (false, true));
    rig.apply(client, PRINCIPAL);
    rig.services.set(|s| s.refusal = false);
    let MessageBody::OfferMade { loan, drafts, .. } = rig.apply(client, PRINCIPAL) else {
        panic!("no offer")
    };
    use ApplicationState::{OfferEnded, Offered, Refused, VoluntaryRefusal};
    assert_eq!(states(&mut rig), [Offered, VoluntaryRefusal, Refused], "the grounds of AML are never told");
    for chosen in 0..=drafts.len() {
        let CabinetContent::Contracts(contracts) = shown(&mut rig, client, CabinetPart::Contracts) else {
            panic!()
        };
        assert_eq!(contracts[0].state, ContractState::Offered);
        let told = (contracts[0].documents.len(), contracts[0].method);
        assert_eq!(told, (chosen, None), "a draft for each method that was chosen");
        if let Some(draft) = drafts.get(chosen) {
            rig.choose(loan, draft);
        }
    }
    // Core lending names one that was made elsewhere, and a word that nobody agreed on.
    let elsewhere = |state: &str, n| ApplicationRecord {
        application: ApplicationId(Uuid::from_u128(n)),
        client,
        revision: 1,
        amount_tiyn: tenge(50_000),
        term: Term::Months(3),
        purpose: "personal".into(),
        state: state.into(),
        step: String::new(),
        loan: None,
    };
    rig.services.set(|s| s.applications = vec![elsewhere("paidOut", 1), elsewhere("mislaid", 2)]);
    assert_eq!(states(&mut rig), [Offered, VoluntaryRefusal, Refused, ApplicationState::PaidOut]);
    rig.services.set(|s| s.applications.clear());
    rig.later(86_400);
    rig.open_session();
    rig.log_in();
    assert_eq!(states(&mut rig), [OfferEnded, VoluntaryRefusal, Refused]);
    assert_eq!(shown(&mut rig, client, CabinetPart::Contracts), CabinetContent::Contracts(Vec::new()));
}

#[test]
fn a_concluded_contract_is_shown_with_its_terms_hash_and_moment_and_confirmed_as_received() {
    let mut rig = started();
    let (loan, _) = rig.conclude();
    let client = ClientId(rig.services.get(|s| s.client));
    let CabinetContent::Contracts(contracts) = shown(&mut rig, client, CabinetPart::Contracts) else {
        panic!()
    };
    let [contract] = contracts.as_slice() else { panic!("{contracts:?}") };
    assert_eq!((contract.loan, contract.state), (loan, ContractState::Agreed));
    assert!(contract.concluded.is_some() && contract.method.is_some() && contract.term.is_some());
    let booked = rig.services.get(|s| s.bookings[0].clone());
    assert_eq!(contract.documents, std::slice::from_ref(&booked.contract_sha256));
    let CabinetContent::Confirmations(documents) = shown(&mut rig, client, CabinetPart::Confirmations) else {
        panic!()
    };
    let [document] = documents.as_slice() else { panic!("{documents:?}") };
    assert!(document.from_client && document.document == DocumentKind::Contract);
    assert_eq!(document.sha256.as_deref(), Some(booked.contract_sha256.as_str()));
}

#[test]
fn the_file_that_was_signed_is_given_to_its_client_alone_and_no_other() {
    let mut rig = started();
    let (loan, _) = rig.conclude();
    let client = ClientId(rig.services.get(|s| s.client));
    let signed = rig.services.get(|s| s.bookings[0].contract_sha256.clone());
    let file = |rig: &mut Rig, client, loan, sha256: &str| {
        let asked = DocumentAsked { loan, sha256: sha256.to_owned() };
        rig.say(rig.in_session(CabinetRequested::file(client, asked))).unwrap().1
    };
    let MessageBody::CabinetShown(CabinetContent::Document(found)) = file(&mut rig, client, loan, &signed)
    else {
        panic!()
    };
    assert_eq!((found.loan, &found.sha256), (loan, &signed));
    let pdf = base64::engine::general_purpose::STANDARD.decode(found.pdf.expose()).unwrap();
    assert_eq!(senim_operation::jws::sha256_b64(&pdf), signed);
    assert!(pdf.starts_with(b"%PDF-"));

    let elsewhere = LoanId(Uuid::from_u128(0x10a));
    let other = ClientId(Uuid::from_u128(8));
    for (client, loan, sha256) in
        [(client, loan, "x".repeat(43)), (client, elsewhere, signed.clone()), (other, loan, signed.clone())]
    {
        assert_eq!(refusal(file(&mut rig, client, loan, &sha256)), CabinetRefusal::NotAvailable);
    }
    assert_eq!(refusal(ask(&mut rig, client, CabinetPart::Document)), CabinetRefusal::NotAvailable);
    // Somebody else who is logged in has no part in this loan.
    rig.services.set(|s| s.client = other.0);
    rig.open_session();
    assert_eq!(rig.log_in(), other);
    assert_eq!(refusal(file(&mut rig, other, loan, &signed)), CabinetRefusal::NotAvailable);
}

#[test]
fn a_debt_comes_with_payments_to_come_and_made_and_adds_up() {
    let mut rig = started();
    rig.open_session();
    let client = rig.log_in();
    let loan = LoanId(Uuid::from_u128(0x10a));
    rig.services.set(|s| {
        s.contracts = vec![ContractSummary {
            loan,
            client,
            number: "1".into(),
            principal_tiyn: tenge(100_000),
            issued: "2026-01-15".into(),
            contract_sha256: "x".repeat(43),
            standing: ContractStanding::Running,
        }];
        s.owed = Some(Debt {
            loan,
            on: String::new(),
            principal_tiyn: tenge(15_000),
            interest_tiyn: tenge(3_000),
            penalty_tiyn: tenge(500),
            due_tiyn: tenge(8_500),
            next_date: Some("2026-04-02".into()),
            next_tiyn: tenge(8_000),
            overdue_days: 3,
            suspension_interest_tiyn: Tiyn::ZERO,
        });
        let instalment = |no, date: &str, paid| Instalment {
            no,
            date: date.into(),
            principal_tiyn: tenge(7_000),
            interest_tiyn: tenge(1_000),
            paid_tiyn: tenge(paid),
        };
        s.schedule = vec![instalment(1, "2026-02-15", 8_000), instalment(2, "2026-04-02", 500)];
        let allocation =
            Allocation { principal_tiyn: tenge(7_000), interest_tiyn: tenge(1_500), ..Allocation::default() };
        s.payments = vec![PaymentMade {
            date: "2026-02-15".into(),
            amount_tiyn: tenge(8_500),
            allocation,
            way: "terminal".into(),
        }];
    });
    let CabinetContent::Debt(statements) = shown(&mut rig, client, CabinetPart::Debt) else { panic!() };
    let [statement] = statements.as_slice() else { panic!("{statements:?}") };
    assert!(statement.adds_up());
    assert_eq!(statement.debt.total_tiyn, tenge(18_500));
    assert_eq!((statement.upcoming.len(), statement.made.len()), (1, 1), "what is paid is not to come");
    rig.services.set(|s| s.core_down = true);
    assert_eq!(refusal(ask(&mut rig, client, CabinetPart::Debt)), CabinetRefusal::TryLater);
}

#[test]
fn a_letter_reaches_core_lending_once_however_long_it_was_away() {
    let mut rig = started();
    rig.open_session();
    let client = rig.log_in();
    rig.services.set(|s| s.core_down = true);
    assert!(matches!(write(&mut rig, client, "ТӨЛЕМІМ ТҮСТІ МЕ?"), MessageBody::LetterTaken { .. }));
    let outbox: String =
        rig.store.documents(Collection::Outbox, "").unwrap().into_iter().map(|one| one.json).collect();
    assert!(outbox.contains("letter") || !outbox.is_empty());
    assert!(!outbox.contains("ТӨЛЕМ"), "no text waits in clear");
    rig.services.set(|s| s.core_down = false);
    rig.later(60);
    rig.gateway.flush_outbox(rig.now).unwrap();
    rig.gateway.flush_outbox(rig.now).unwrap();
    rig.services.get(|s| {
        let [letter] = s.letters.as_slice() else { panic!("{} letters", s.letters.len()) };
        assert!(letter.from_client);
        assert_eq!((letter.subject.expose(), letter.text.expose()), ("Төлем", "ТӨЛЕМІМ ТҮСТІ МЕ?"));
    });
    let CabinetContent::Letters(letters) = shown(&mut rig, client, CabinetPart::Letters) else { panic!() };
    assert_eq!(letters.len(), 1);
}

#[test]
fn a_letter_that_is_empty_too_long_or_one_too_many_is_not_taken() {
    let mut rig = started();
    rig.open_session();
    let client = rig.log_in();
    for text in ["", "  ", &"А".repeat(501)] {
        assert_eq!(refusal(write(&mut rig, client, text)), CabinetRefusal::NotAvailable);
    }
    for _ in 0..2 {
        assert!(matches!(write(&mut rig, client, "САЛЕМ"), MessageBody::LetterTaken { .. }));
    }
    assert_eq!(refusal(write(&mut rig, client, "САЛЕМ")), CabinetRefusal::NotAvailable);
}
