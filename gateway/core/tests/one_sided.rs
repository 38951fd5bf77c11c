//! Changes by one side: a lower rate stands and is told, anything else is refused (B2.4).

use senim_domain::loan::{Method, Term};
use senim_domain::{ChangeId, ClientId, LoanId};
use senim_gateway_core::connectors::{ContractStanding, ContractSummary, OneSidedChange, OneSidedVerdict};
use senim_operation::body::{CabinetPart, CabinetRequested};
use senim_operation::message::{CabinetContent, MessageBody};
use uuid::Uuid;

use crate::support::{self, Rig, started};

fn client() -> ClientId {
    ClientId(Uuid::from_u128(7))
}

fn change(rig: &Rig, loan: LoanId, number: u128, rate: &str) -> OneSidedChange {
    OneSidedChange {
        change: ChangeId(Uuid::from_u128(number)),
        loan,
        client: client(),
        annual_percent: rate.parse().unwrap(),
        term: Term::Months(6),
        method: Method::Annuity,
        since: rig.now,
    }
}

/// A contract of 36 % for six months, and what core lending wants of it.
fn wanted(wish: impl FnOnce(&Rig, LoanId) -> Vec<OneSidedChange>) -> (Rig, LoanId) {
    let mut rig = started();
    let (loan, _) = rig.conclude();
    let changes = wish(&rig, loan);
    rig.services.set(|s| s.one_sided = changes);
    (rig, loan)
}

fn judged(rig: &Rig) -> Vec<OneSidedVerdict> {
    rig.gateway.judge_one_sided_changes(rig.now).unwrap();
    rig.services.get(|s| s.verdicts.iter().map(|(_, verdict)| *verdict).collect())
}

fn rate_shown(rig: &mut Rig, loan: LoanId) -> Option<u32> {
    rig.services.set(|s| {
        s.contracts = vec![ContractSummary {
            loan,
            client: client(),
            number: "MK-1".into(),
            principal_tiyn: senim_domain::Tiyn::new(support::PRINCIPAL).unwrap(),
            issued: "2026-03-02".into(),
            contract_sha256: "A".repeat(43),
            standing: ContractStanding::Running,
        }];
    });
    let body = CabinetRequested::of(client(), CabinetPart::Contracts);
    match rig.say(rig.in_session(body)).unwrap().1 {
        MessageBody::CabinetShown(CabinetContent::Contracts(all)) => all[0].annual_rate_hundredths,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lower_rate_by_one_side_stands_is_told_by_letter_and_seen_in_the_cabinet() {
    let (mut rig, loan) = wanted(|rig, loan| vec![change(rig, loan, 1, "20.000")]);
    let before = rate_shown(&mut rig, loan).unwrap();
    assert!(before > 2_000);
    assert_eq!(judged(&rig), [OneSidedVerdict::Taken]);
    assert_eq!(rate_shown(&mut rig, loan), Some(2_000));
    rig.gateway.flush_outbox(rig.now).unwrap();
    let letters = rig.services.get(|s| s.letters.clone());
    assert!(letters.len() == 1 && letters[0].text.expose().contains("20,00"));
    // It is judged once, whatever core lending lists again.
    assert_eq!(judged(&rig).len(), 1);
    assert_eq!(rig.services.get(|s| s.letters.len()), 1);
}

#[test]
fn any_other_change_by_one_side_is_refused_and_the_contract_stays_as_it_is() {
    let wishes: [fn(&mut OneSidedChange); 6] = [
        |change| change.annual_percent = "44.000".parse().unwrap(),
        |change| change.term = Term::Months(12),
        |change| change.term = Term::Days(180),
        |change| change.method = Method::Differentiated,
        |change| change.client = ClientId(Uuid::from_u128(8)),
        |change| change.loan = LoanId(Uuid::from_u128(404)),
    ];
    for make_wrong in wishes {
        let (mut rig, loan) = wanted(|rig, loan| {
            let mut change = change(rig, loan, 1, "20.000");
            make_wrong(&mut change);
            vec![change]
        });
        let before = rate_shown(&mut rig, loan);
        assert_eq!(judged(&rig), [OneSidedVerdict::Refused]);
        assert_eq!(rate_shown(&mut rig, loan), before);
        rig.gateway.flush_outbox(rig.now).unwrap();
        assert!(rig.services.get(|s| s.letters.is_empty()), "nobody is told of what is not");
    }
}

#[test]
fn a_rate_that_was_lowered_does_not_rise_again_and_core_lending_hears_though_it_was_away() {
    let (rig, _) = wanted(|rig, loan| vec![change(rig, loan, 1, "20.000"), change(rig, loan, 2, "21.000")]);
    assert_eq!(judged(&rig), [OneSidedVerdict::Taken, OneSidedVerdict::Refused]);
    let (rig, _) = wanted(|rig, loan| vec![change(rig, loan, 1, "20.000")]);
    rig.services.set(|s| s.core_down = true);
    assert_eq!(rig.gateway.judge_one_sided_changes(rig.now).unwrap(), 0);
    rig.services.set(|s| s.core_down = false);
    assert_eq!(judged(&rig), [OneSidedVerdict::Taken]);
}
