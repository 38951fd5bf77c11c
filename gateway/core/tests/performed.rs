//! The list of measures performed before a contract: what is in it, who signs it, where it is found.

use std::sync::Arc;

use senim_domain::{ClientId, LoanId, UtcMillis};
use senim_gateway_core::Which;
use senim_gateway_core::store::{Collection, Store as _};
use senim_operation::body::*;
use senim_operation::dossier::measures_file;
use senim_operation::jws::sha256_b64;
use senim_operation::message::MessageBody;
use senim_operation::performed::{Measure, MeasureOutcome, MeasuresOccasion, MeasuresPerformed};
use senim_operation::trust::Trust;
use senim_test_services::Behind;
use serde_json::Value;

use crate::support::registering::{PHONE, Registering as _};
use crate::support::state::new_iin;
use crate::support::{self, Rig, iin, pack, staff, started};

fn trust(rig: &Rig) -> Arc<Trust> {
    Arc::new(Trust::from_pem(&rig.ca.pem).unwrap())
}

fn loan_document(rig: &Rig, loan: LoanId) -> Value {
    let found = rig.store.document(Collection::Loan, &loan.to_string()).unwrap().unwrap();
    serde_json::from_str(&found.json).unwrap()
}

fn compact_lists(rig: &Rig, loan: LoanId) -> Vec<String> {
    let lists = loan_document(rig, loan)["measures"].as_array().cloned().unwrap_or_default();
    lists.iter().map(|list| list.as_str().unwrap().to_owned()).collect()
}

fn lists(rig: &Rig, loan: LoanId) -> Vec<MeasuresPerformed> {
    let read = |compact: &String| MeasuresPerformed::read(compact, &trust(rig)).unwrap();
    compact_lists(rig, loan).iter().map(read).collect()
}

fn outcomes(list: &MeasuresPerformed) -> Vec<(Measure, MeasureOutcome)> {
    list.measures.iter().map(|one| (one.measure, one.outcome)).collect()
}

#[test]
fn every_measure_that_was_demanded_is_in_the_list_with_its_outcome_moment_and_place() {
    let mut rig = started();
    let (loan, _) = rig.conclude();
    let [list] = lists(&rig, loan).try_into().unwrap();
    use Measure as M;
    use MeasureOutcome as O;
    assert_eq!(
        outcomes(&list),
        [
            (M::Registration, O::Elsewhere),
            (M::Consent, O::Agreed),
            (M::Consent, O::Agreed),
            (M::Questions, O::Answered),
            (M::Screening, O::Clear),
            (M::CreditReport, O::NotAsked),
            (M::VoluntaryRefusal, O::NotSet),
            (M::DebtBurden, O::Within),
            (M::AntiFraud, O::NotAsked),
            (M::Schedules, O::Chosen),
            (M::Text, O::Acknowledged),
            (M::Text, O::Acknowledged),
            (M::Text, O::Acknowledged),
            (M::Pressure, O::NotPressed),
            (M::Contract, O::Shown),
            (M::Face, O::Match),
            (M::Signature, O::NotAsked),
            (M::CoolingOff, O::None),
        ]
    );
    assert_eq!((list.loan, list.occasion, list.at), (loan, MeasuresOccasion::Conclusion, rig.now));
    let began = support::NOON;
    for one in &list.measures {
        assert!((began..=rig.now).contains(&one.at), "{one:?}");
        if let Some(row) = one.row {
            let stored = rig.store.row_of_operation(&rig.terminal.id, &row.to_string()).unwrap();
            assert!(stored.is_some(), "{one:?} names a row that is here");
        }
    }
    let of = |measure| list.of(measure).filter_map(|one| one.of.clone()).collect::<Vec<_>>();
    assert_eq!(of(M::Consent), ["bureau_supply", "bureau_report"]);
    assert_eq!(of(M::Text), ["rules", "payments", "rights"]);
    let contract = list.of(M::Contract).next().unwrap();
    assert_eq!(contract.sha256.as_ref(), Some(&list.contract_sha256));
    let kept = loan_document(&rig, loan);
    assert_eq!(
        list.of(M::Screening).next().unwrap().reference.as_deref(),
        kept["examination"]["screening"].as_str()
    );
}

#[test]
fn services_that_were_asked_are_named_with_their_reports() {
    let behind = Behind::with_client(&iin(), ClientId(uuid::Uuid::from_u128(7)));
    let services = support::Services { behind, registers: true, ..support::Services::default() };
    let mut rig = Rig::with_services(senim_operation::Profile::Rig, services);
    let row = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[row]).refusal, None);
    let (loan, _) = rig.conclude();
    let [list] = lists(&rig, loan).try_into().unwrap();
    for (measure, outcome) in [
        (Measure::CreditReport, MeasureOutcome::Received),
        (Measure::AntiFraud, MeasureOutcome::Clear),
        (Measure::Screening, MeasureOutcome::Clear),
    ] {
        let one = list.of(measure).next().unwrap();
        assert_eq!(one.outcome, outcome);
        assert!(one.reference.as_ref().is_some_and(|report| !report.is_empty()), "{one:?}");
    }
}

#[test]
fn a_list_that_somebody_changed_or_signed_themselves_is_not_believed() {
    let mut rig = started();
    let (loan, _) = rig.conclude();
    let compact = compact_lists(&rig, loan).remove(0);
    let other = Rig::new();
    assert_eq!(MeasuresPerformed::read(&compact, &trust(&other)).unwrap_err().code, "untrusted");
    let parts: Vec<&str> = compact.split('.').collect();
    let flipped = if parts[2].starts_with('A') { "B" } else { "A" };
    let forged = format!("{}.{}.{flipped}{}", parts[0], parts[1], &parts[2][1..]);
    assert_eq!(MeasuresPerformed::read(&forged, &trust(&rig)).unwrap_err().code, "badSignature");
    let row = rig.terminal.rows.last().unwrap().compact.clone();
    assert_eq!(MeasuresPerformed::read(&row, &trust(&rig)).unwrap_err().code, "badStatement");
}

#[test]
fn the_dossier_holds_the_list_as_it_was_signed() {
    let mut rig = started();
    let (loan, _) = rig.conclude();
    let dossier = rig.gateway.dossier(&rig.terminal.id, &Which::Id(loan.0), &staff(), rig.now).unwrap();
    assert!(dossier.files.contains_key(&measures_file(loan, 1)));
    let list = String::from_utf8(dossier.files[&measures_file(loan, 1)].clone()).unwrap();
    assert_eq!(list.strip_suffix('\n'), Some(compact_lists(&rig, loan)[0].as_str()));
}

#[test]
fn a_confirmation_after_the_rest_has_a_list_of_its_own() {
    let mut rig = started();
    let mut rules = pack();
    rules.version += 1;
    rules.cooling_off.above_mrp = 1;
    rig.gateway.publish_rule_pack(rules, &staff(), rig.now).unwrap();
    let (loan, _) = rig.conclude();
    assert_eq!(lists(&rig, loan)[0].of(Measure::CoolingOff).next().unwrap().outcome, MeasureOutcome::Rests);
    rig.later(24 * 3600);
    rig.open_session();
    let (login, _) = rig.ask_login(&iin());
    let code = rig.last_code();
    rig.type_code(login, &code);
    let (offer, body) = rig.say(rig.in_session(ConfirmationRequested { loan })).unwrap();
    assert!(matches!(body, MessageBody::ConfirmationOffered(_)), "{body:?}");
    let (face_check, _) = rig.face(loan);
    let offer_sha256 = sha256_b64(b"offer");
    let said = LoanConfirmed { loan, offer, offer_sha256: offer_sha256.clone(), face_check };
    let (_, body) = rig.say(rig.in_session(said)).unwrap();
    assert!(matches!(body, MessageBody::ConfirmationAccepted { .. }), "{body:?}");
    let [first, second] = lists(&rig, loan).try_into().unwrap();
    assert_eq!(
        (first.occasion, second.occasion),
        (MeasuresOccasion::Conclusion, MeasuresOccasion::Confirmation)
    );
    assert_eq!(
        outcomes(&second),
        [
            (Measure::VoluntaryRefusal, MeasureOutcome::NotSet),
            (Measure::Schedules, MeasureOutcome::Accepted),
            (Measure::Face, MeasureOutcome::Match),
            (Measure::CoolingOff, MeasureOutcome::Over),
        ]
    );
    assert_eq!(second.of(Measure::Schedules).next().unwrap().sha256, Some(offer_sha256));
    assert_eq!(second.of(Measure::Face).next().unwrap().reference, Some(face_check.to_string()));
    assert!(second.at > first.at);
}

#[test]
fn whoever_registered_here_has_identification_and_comparison_in_the_list_and_nothing_of_them() {
    let mut rig = started();
    rig.services.set(|s| s.state.entrepreneur = true);
    let (id, body) = rig.register_entrepreneur();
    let MessageBody::Registered { client, .. } = body else { panic!("{body:?}") };
    rig.services.set(|s| s.client = client.0);
    let MessageBody::OfferMade { loan, drafts, .. } = rig.apply(client, support::PRINCIPAL) else {
        panic!("no offer")
    };
    let draft = rig.choose(loan, &drafts[0]);
    rig.says(support::preparation::before_contract(client, loan, rig.now));
    rig.show(loan, &draft);
    let (face_check, _) = rig.face(loan);
    let body = rig.agree(loan, &draft, face_check);
    assert!(matches!(body, MessageBody::ContractAccepted { .. }), "{body:?}");
    let [list] = lists(&rig, loan).try_into().unwrap();
    let registered = list.of(Measure::Registration).next().unwrap();
    assert_eq!(registered.outcome, MeasureOutcome::Confirmed);
    assert_eq!(registered.reference, Some(id.to_string()));
    let compared = list.of(Measure::Comparison).next().unwrap();
    assert_eq!((compared.outcome, compared.reference.as_deref()), (MeasureOutcome::Match, Some("id-report")));
    assert_eq!(list.of(Measure::Consent).count(), 4);
    let text = serde_json::to_string(&list).unwrap();
    for planted in [new_iin().as_str(), "Жаңабаева", "Дина", &PHONE[1..], "012345678"] {
        assert!(!text.contains(planted), "{planted}");
    }
    assert_ne!(list.at, UtcMillis(0));
}
