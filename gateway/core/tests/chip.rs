//! A registration by the chip of an identity document: compared with what the state has on record, kept, or refused.

use senim_domain::identity_document::{ChipVerdict, IdentityDocumentKind};
use senim_domain::rule_pack::{AccessMethod, ClientType, ConsentKind};
use senim_domain::{Language, RegistrationId, Secret, UtcMillis};
use senim_operation::attachment::{ChipDocument, RegistrationEntry};
use senim_operation::body::*;
use senim_operation::message::{MessageBody, RegistrationRefusal as Refusal, RegistrationStep as Step};
use uuid::Uuid;

use crate::support::registering::{Registering as _, refusal};
use crate::support::state::{STATE_CODE, new_iin};
use crate::support::{Rig, started};

fn card(number: &str, expires: &str) -> ChipDocument {
    let secret = |text: &str| Secret::new(text.to_owned());
    ChipDocument { kind: IdentityDocumentKind::Card, number: secret(number), expires: secret(expires) }
}

/// The one that the state has on record.
fn on_record() -> ChipDocument {
    card("012345678", "2035-05-13")
}

fn begin(
    rig: &mut Rig,
    chip: Option<ChipVerdict>,
    document: Option<ChipDocument>,
) -> (RegistrationId, MessageBody) {
    rig.open_session();
    let registration = RegistrationId(Uuid::now_v7());
    let client_type = ClientType::Individual;
    let body = RegistrationRequested { registration, client_type, language: Language::Ru, chip };
    let sealed = RegistrationEntry { iin: Secret::new(new_iin()), document }.to_plaintext().unwrap();
    (registration, rig.say(rig.in_session(body).with_attachment(sealed)).unwrap().1)
}

/// Begun by this chip, to the state's answer.
fn granted(rig: &mut Rig, verdict: ChipVerdict, document: ChipDocument) -> (RegistrationId, MessageBody) {
    let (id, body) = begin(rig, Some(verdict), Some(document));
    assert_eq!(body, MessageBody::RegistrationAdvanced { registration: id, next: Step::Consent });
    rig.consent(id, ConsentKind::Processing, true);
    rig.consent(id, ConsentKind::StateData, true);
    rig.access(id, AccessMethod::OneTimeCode);
    (id, rig.state_code(id, STATE_CODE))
}

/// Why staff read that somebody was turned away for a document.
fn told_to_staff(rig: &Rig) -> Vec<String> {
    let trail = rig.gateway.trail(UtcMillis(0), None, 100).unwrap();
    let acts = trail.acts.iter().filter(|act| act.record.act == "documentRefused");
    acts.map(|act| serde_json::to_string(&act.record).unwrap()).collect()
}

#[test]
fn a_document_that_the_state_has_on_record_matches_and_the_outcome_is_kept() {
    for verdict in [ChipVerdict::Genuine, ChipVerdict::IssuerUnknown, ChipVerdict::CertificateExpired] {
        let mut rig = started();
        let (id, body) = granted(&mut rig, verdict, on_record());
        assert!(matches!(body, MessageBody::PersonFound { .. }), "{body:?}");
        let record = rig.record(id);
        assert_eq!(record["chip"]["compared"], "match");
        assert_eq!(record["chip"]["verdict"], serde_json::to_value(verdict).unwrap());
        assert!(!record.to_string().contains("012345678"), "the number lies sealed");
        assert!(told_to_staff(&rig).is_empty());
    }
}

#[test]
fn another_number_or_day_is_refused_in_words_that_tell_nothing_and_staff_read_why() {
    for document in [card("876543210", "2035-05-13"), card("012345678", "2031-05-13")] {
        let mut rig = started();
        let (id, body) = granted(&mut rig, ChipVerdict::Genuine, document);
        assert_eq!(refusal(&body), (Refusal::NotIdentified, false));
        let record = rig.record(id);
        assert_eq!((&record["chip"]["compared"], &record["state"]), (&"mismatch".into(), &"refused".into()));
        assert!(record["person_sealed"].is_null(), "nothing of the state's data is kept");
        let told = told_to_staff(&rig);
        assert!(matches!(told.as_slice(), [one] if one.contains("not the one on record")), "{told:?}");
        assert_eq!(refusal(&rig.state_code(id, STATE_CODE)).0, Refusal::NotAvailable);
    }
}

#[test]
fn a_passport_is_not_held_against_the_card_that_the_state_tells_of() {
    let mut rig = started();
    let passport = ChipDocument { kind: IdentityDocumentKind::Passport, ..card("N12345678", "2031-01-01") };
    let (id, body) = granted(&mut rig, ChipVerdict::Genuine, passport);
    assert!(matches!(body, MessageBody::PersonFound { .. }), "{body:?}");
    assert_eq!(rig.record(id)["chip"]["compared"], "unknown");
}

#[test]
fn forged_data_open_no_registration_and_nobody_is_asked() {
    let mut rig = started();
    let (id, body) = begin(&mut rig, Some(ChipVerdict::Forged), Some(on_record()));
    assert_eq!(refusal(&body), (Refusal::NotIdentified, false));
    let told = told_to_staff(&rig);
    assert!(matches!(told.as_slice(), [one] if one.contains("forged")), "{told:?}");
    assert_eq!(refusal(&rig.access(id, AccessMethod::OneTimeCode)).0, Refusal::NotAvailable);
}

#[test]
fn a_verdict_without_its_document_or_a_document_without_one_is_refused() {
    for (verdict, document) in [(Some(ChipVerdict::Genuine), None), (None, Some(on_record()))] {
        let mut rig = started();
        let (_, body) = begin(&mut rig, verdict, document);
        assert_eq!(refusal(&body), (Refusal::NotAvailable, false));
    }
}

#[test]
fn typed_data_are_compared_with_no_document() {
    let mut rig = started();
    let (id, body) = begin(&mut rig, None, None);
    assert!(matches!(body, MessageBody::RegistrationAdvanced { .. }), "{body:?}");
    assert!(rig.record(id).get("chip").is_none());
}
