//! Core lending's cabinet and running loans over HTTP.

use senim_domain::supplement::{HardshipReason, WishedRelief};
use senim_domain::{Language, SupplementId, UtcMillis};
use senim_gateway_core::connectors::ContractChanges as _;
use senim_gateway_core::connectors::{
    Account, ApplicationRecord, CabinetMessage, ClientKind, ContractStanding, EarlyChoice, IdentityDocument,
    Instalment, LoanCancellation, NewClient, PayoutDayMoved, Repayment, RestructuringAsked,
    SupplementConcluded, SupplementDeclined, Unallocated,
};
use serde_json::json;

use super::*;

const NOON: i64 = 1_772_434_800_000; // 2026-03-02

fn paid_out(site: &Site, core: &HttpCore) -> LoanBooking {
    let client = core.client_by_iin(&secret(MAN)).unwrap().unwrap().client;
    let booking = LoanBooking { annual_rate_hundredths: 3800, ..booking(client) };
    core.book_loan(&booking).unwrap();
    core.report_payout(&paid_out_whole(&booking)).unwrap();
    assert!(site.people.len() > 8);
    booking
}

#[test]
fn a_borrower_sees_schedule_and_debt_and_money_counts_once_though_its_answer_was_lost() {
    let site = Site::new();
    let core = HttpCore(site.service());
    let booking = paid_out(&site, &core);
    let schedule = core.schedule(booking.loan).unwrap();
    let principal = Tiyn::sum(schedule.iter().map(|one| one.principal_tiyn)).unwrap();
    assert_eq!((schedule.len(), principal), (6, booking.principal_tiyn));
    let debt = core.debt(booking.loan, "2026-04-12").unwrap();
    assert_eq!((debt.due_tiyn.tiyn(), debt.overdue_days), (1_856_185 + 92_809, 10));
    let repayment = Repayment {
        operation: fresh_operation(),
        loan: booking.loan,
        amount_tiyn: Tiyn::new(2_000_000).unwrap(),
        at: UtcMillis(NOON + 41 * 86_400_000),
        terminal: "t-1".parse().unwrap(),
        early: EarlyChoice::Hold,
    };
    site.fault("core", r#"{"mode":"lost_reply","times":1}"#);
    let outcome = core.repay(&repayment).unwrap();
    assert_eq!(outcome.allocation.penalty_tiyn.tiyn(), 92_809);
    assert_eq!(core.repay(&repayment).unwrap(), outcome);
    assert_eq!(core.payments(booking.loan).unwrap().len(), 1);
    let other = Repayment { amount_tiyn: Tiyn::new(1).unwrap(), ..repayment };
    assert!(
        matches!(core.repay(&other), Err(ConnectorError::Refused { code, .. }) if code == "repayment_conflict")
    );
    let found = core.contract_by_number(&booking.contract_number).unwrap().unwrap();
    assert_eq!((found.loan, found.standing), (booking.loan, ContractStanding::Running));
    assert!(core.contract_by_number("there-is-none").unwrap().is_none());
    let unknown = Unallocated {
        operation: fresh_operation(),
        number: "there-is-none".into(),
        amount_tiyn: Tiyn::new(500).unwrap(),
        at: UtcMillis(NOON),
        terminal: "t-1".parse().unwrap(),
    };
    core.hold_unallocated(&unknown).unwrap();
    core.hold_unallocated(&unknown).unwrap();
    site.put(
        &format!("/loans/{}/standing", booking.loan),
        &json!({"standing": "suspended", "since_ms": NOON, "ground": "article71"}),
    );
    let contracts = core.contracts(booking.client).unwrap();
    assert!(
        matches!(&contracts[0].standing, ContractStanding::Suspended { ground, .. } if ground == "article71")
    );
}

#[test]
fn a_stranger_becomes_a_client_once_and_changes_phone_and_account() {
    let site = Site::new();
    let core = HttpCore(site.service());
    let new = site
        .people
        .iter()
        .find(|one| one["registered"] == false && one["quirks"]["bmg"] == "own" && one["language"] == "kk")
        .unwrap();
    let text = |field: &str| secret(new[field].as_str().unwrap());
    let client = NewClient {
        client: ClientId(Uuid::now_v7()),
        kind: ClientKind::Individual,
        iin: text("iin"),
        surname: text("surname"),
        given_name: text("given_name"),
        patronymic: new["patronymic"].as_str().map(secret),
        document: IdentityDocument {
            kind: new["document"]["kind"].as_str().unwrap().into(),
            number: secret(new["document"]["number"].as_str().unwrap()),
            expires: new["document"]["expires"].as_str().unwrap().into(),
        },
        phone: text("phone"),
        language: Language::Kk,
    };
    core.create_client(&client).unwrap();
    core.create_client(&client).unwrap();
    let twice = NewClient { client: ClientId(Uuid::now_v7()), ..client.clone() };
    assert!(
        matches!(core.create_client(&twice), Err(ConnectorError::Refused { code, .. }) if code == "client_conflict")
    );
    core.change_phone(client.client, &secret("+77017777777"), fresh_operation()).unwrap();
    assert_eq!(core.client(client.client).unwrap().phone.expose(), "+77017777777");
    let account = Account::Iban(text("iban"));
    core.change_account(client.client, &account, fresh_operation()).unwrap();
    let identity = core.identity(client.client).unwrap();
    assert_eq!((identity.iin, identity.account), (text("iin"), Some(account)));
    assert_eq!(core.requisites().unwrap().bin, "990140004654");
}

#[test]
fn the_cabinet_keeps_applications_letters_supplements_and_flags() {
    let site = Site::new();
    let core = HttpCore(site.service());
    let leaked = site.people.iter().find(|one| one["quirks"]["data_leak"] == true).unwrap();
    let client: ClientId = leaked["client_id"].as_str().unwrap().parse().unwrap();
    assert!(core.flags(client).unwrap().data_leak_since.is_some());
    core.leak_measures_taken(client, fresh_operation()).unwrap();
    assert_eq!(core.flags(client).unwrap().data_leak_since, None);
    site.put(&format!("/clients/{client}/notice"), &json!({"text": "Деректеріңіз ұрланған"}));
    assert!(core.flags(client).unwrap().blocking_notice.is_some());
    let record = |revision: u32, state: &str| ApplicationRecord {
        application: senim_domain::ApplicationId(Uuid::from_u128(9)),
        client,
        revision,
        amount_tiyn: Tiyn::new(10_000_000).unwrap(),
        term: senim_domain::loan::Term::Months(6),
        purpose: "personal".into(),
        state: state.into(),
        step: "offer".into(),
        loan: None,
    };
    core.store_application(&record(2, "approved")).unwrap();
    core.store_application(&record(1, "received")).unwrap();
    assert_eq!(core.applications(client).unwrap(), [record(2, "approved")]);
    let letter = CabinetMessage {
        message: fresh_operation(),
        from_client: true,
        at: UtcMillis(NOON),
        subject: secret("Сұрақ"),
        text: secret("Қашан?"),
    };
    core.post_message(client, &letter).unwrap();
    assert_eq!(core.messages(client).unwrap(), [letter]);
    let mut booking = booking(client);
    booking.contract_number = "MK-77".into();
    core.book_loan(&booking).unwrap();
    let principal = booking.principal_tiyn;
    let offer = |supplement: SupplementId, rate: u32| {
        let body = json!({
            "supplement_id": supplement, "number": "1", "loan_id": booking.loan, "kind": "restructuring",
            "principal_tiyn": principal, "annual_rate_hundredths": rate, "months": 9, "days": null,
            "method": "annuity", "begins": "2026-03-02", "interest_tiyn": 5, "penalty_tiyn": 0,
            "expires_ms": NOON,
        });
        let request = ureq::post(&format!("{}/supplements", site.base));
        request.set("content-type", "application/json").send_string(&body.to_string()).unwrap();
    };
    let supplement = SupplementId(Uuid::now_v7());
    offer(supplement, 2400);
    let waiting = core.supplements(client).unwrap();
    let terms = waiting[0].terms;
    assert_eq!((waiting[0].supplement, waiting[0].expires), (supplement, UtcMillis(NOON)));
    assert_eq!((terms.annual_percent.units(), terms.term), (24_000, senim_domain::loan::Term::Months(9)));
    let one = Instalment {
        no: 1,
        date: "2026-04-02".into(),
        principal_tiyn: principal,
        interest_tiyn: Tiyn::ZERO,
        paid_tiyn: Tiyn::ZERO,
    };
    let concluded = SupplementConcluded {
        supplement,
        loan: booking.loan,
        sha256: "B".repeat(43),
        operation: fresh_operation(),
        schedule: vec![one],
    };
    core.conclude_supplement(&concluded).unwrap();
    core.conclude_supplement(&concluded).unwrap();
    assert!(core.supplements(client).unwrap().is_empty());
    let supplement = SupplementId(Uuid::now_v7());
    offer(supplement, 2400);
    let declined = SupplementDeclined { supplement, loan: booking.loan, operation: fresh_operation() };
    core.decline_supplement(&declined).unwrap();
    offer(SupplementId(Uuid::now_v7()), u32::MAX);
    assert!(unavailable(core.supplements(client)).contains("terms"), "a rate is one or there is no offer");
    core.ask_restructuring(&RestructuringAsked {
        operation: fresh_operation(),
        client,
        loan: booking.loan,
        reason: HardshipReason::Illness,
        relief: WishedRelief::LongerTerm,
        months: Some(6),
        at: UtcMillis(NOON),
        answer_by: "2026-03-17".into(),
    })
    .unwrap();
    let order = core.order_at_cash_desk(booking.loan, PayoutRequestId(Uuid::now_v7()), Tiyn::new(5).unwrap());
    assert!(!order.unwrap().number.contains(MAN));
    let issued = "2026-03-09".to_owned();
    let moved = PayoutDayMoved { loan: booking.loan, operation: fresh_operation(), issued };
    core.move_payout_day(&moved).unwrap();
    core.move_payout_day(&moved).unwrap();
    let cancellation =
        LoanCancellation { loan: booking.loan, operation: fresh_operation(), reason: "coolingOff".into() };
    core.cancel_loan(&cancellation).unwrap();
    core.cancel_loan(&cancellation).unwrap();
}
