//! A new client by hand-made operations: the whole way, every way in which the MFO says no, and what is kept.

use senim_domain::rule_pack::{AccessMethod, ClientType, ConsentKind, RulePack};
use senim_domain::{ClientId, Language, RegistrationId, Secret, SecretBytes, SignatureId, ids, written};
use senim_gateway_core::connectors::{ClientKind, FaceVerdict, Outcome, TokenRejection};
use senim_gateway_core::store::{Collection, Store as _};
use senim_operation::Profile;
use senim_operation::attachment::{LoginCode, LoginRequest, PinEntry};
use senim_operation::body::*;
use senim_operation::jws::sha256_b64;
use senim_operation::message::{
    Comparison, MessageBody, PinRefusal, RegistrationRefusal as Refusal, RegistrationStep as Step,
};
use senim_operation::signature::{SignaturePurpose, SignatureRefusal};
use senim_pki::phone::{Manner, Phone};
use senim_pki::{Algorithm, Holder};
use senim_test_services::Phones;
use serde_json::Value;
use uuid::Uuid;

use crate::support::registering::{PHONE, Registering as _, refusal};
use crate::support::state::{STATE_CODE, new_iin};
use crate::support::{self, Rig, iin, pack, staff, started};

/// A gateway that takes electronic signatures, and the phones.
fn signing() -> (Rig, Phones) {
    let (mut rig, phones) = Rig::with_eds();
    let row = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[row]).refusal, None);
    (rig, phones)
}

/// The statement is signed by the phone of whoever has this IIN.
fn sign(rig: &mut Rig, phones: &Phones, document_sha256: &str, iin: &str) -> MessageBody {
    let signature = SignatureId(Uuid::now_v7());
    let body = SignatureRequested {
        signature,
        purpose: SignaturePurpose::RegistrationStatement,
        loan: None,
        document_sha256: document_sha256.to_owned(),
    };
    let MessageBody::SignatureOffered { qr, .. } = rig.say(rig.in_session(body)).unwrap().1 else {
        panic!("no code")
    };
    assert!(rig.say(rig.in_session(SignatureAwaited { signature })).is_none());
    let holder = Holder {
        iin: iin.to_owned(),
        surname: "Жаңабаева".into(),
        given_name: "Дина".into(),
        patronymic: None,
    };
    let phone = Phone { holder, algorithm: Algorithm::P256, manner: Manner::Signs };
    phones.scan(&phone, &qr).unwrap();
    rig.later(2);
    let now = rig.now;
    phones.set(|world| world.now = now);
    let row = rig.terminal.rows.last().unwrap().clone();
    let answers = rig.gateway.late_answers(&rig.terminal.id, None, rig.now).unwrap();
    rig.read(&answers[0], &row).1
}

/// Publishes a pack that differs.
fn change_pack(rig: &Rig, change: impl FnOnce(&mut RulePack)) {
    let mut pack = pack();
    pack.version += 1;
    change(&mut pack);
    rig.gateway.publish_rule_pack(pack, &staff(), rig.now).unwrap();
}

#[test]
fn a_confirmed_entrepreneur_is_registered_without_a_signature_and_logged_in() {
    let mut rig = started();
    rig.services.set(|s| s.state.entrepreneur = true);
    let (id, body) = rig.register_as(ClientType::IndividualEntrepreneur);
    let MessageBody::Registered { registration, client, greeting, products } = body else {
        panic!("{body:?}")
    };
    assert_eq!((registration, greeting.expose()), (id, "Дина"));
    rig.services.get(|s| {
        assert_eq!(s.state.created, [(client, ClientKind::IndividualEntrepreneur, PHONE.to_owned())]);
        assert_eq!(s.state.enrolled, [client]);
    });
    assert!(!products.is_empty());
    // Logged in: what needs a login of this visit is decided.
    let body = rig.apply(client, support::PRINCIPAL);
    assert!(
        !matches!(
            body,
            MessageBody::ApplicationRefused {
                reason: senim_operation::message::ApplicationRefusal::NotApproved,
                ..
            }
        ),
        "{body:?}"
    );
    assert_eq!(rig.record(id)["state"], "registered");
}

#[test]
fn an_individual_signs_the_statement_before_anything_else_and_no_client_is_made_until_then() {
    let (mut rig, _) = signing();
    let (id, body) = rig.register_as(ClientType::Individual);
    let MessageBody::StatementToSign { statement, statement_sha256, registration, .. } = body else {
        panic!("{body:?}")
    };
    assert_eq!((registration, sha256_b64(statement.expose().as_bytes())), (id, statement_sha256));
    let phone = written::phone(&Secret::new(PHONE.to_owned()));
    for said in ["Жаңабаева Дина", &new_iin(), "012345678", phone.expose(), &ids::reference(&id)]
    {
        assert!(statement.expose().contains(said), "{said}");
    }
    assert!(rig.services.get(|s| s.state.created.is_empty()));
}

#[test]
fn an_individual_who_signed_exactly_the_statement_is_registered() {
    let (mut rig, phones) = signing();
    let (id, body) = rig.register_as(ClientType::Individual);
    let MessageBody::StatementToSign { statement_sha256, .. } = body else { panic!("{body:?}") };
    let body = sign(&mut rig, &phones, &statement_sha256, &new_iin());
    assert!(matches!(body, MessageBody::SignatureAccepted { .. }), "{body:?}");
    let body = rig.finish(id);
    let MessageBody::Registered { client, .. } = body else { panic!("{body:?}") };
    let kind = rig.services.get(|s| s.state.created[0].1);
    assert_eq!(kind, ClientKind::Individual);
    let record = rig.record(id);
    assert_eq!(record["signature"]["statement_sha256"], statement_sha256.as_str());
    let left = rig.store.documents(Collection::Owned, "visit/").unwrap();
    assert!(left.is_empty(), "what was signed is the client's, too: {left:?}");
    assert!(!rig.store.documents(Collection::Owned, &format!("client/{client}//")).unwrap().is_empty());
}

#[test]
fn another_persons_signature_registers_nobody() {
    let (mut rig, phones) = signing();
    let (id, body) = rig.register_as(ClientType::Individual);
    let MessageBody::StatementToSign { statement_sha256, .. } = body else { panic!("{body:?}") };
    let body = sign(&mut rig, &phones, &statement_sha256, &iin());
    assert!(
        matches!(body, MessageBody::SignatureRefused { reason: SignatureRefusal::OtherPerson, .. }),
        "{body:?}"
    );
    assert!(matches!(rig.finish(id), MessageBody::StatementToSign { .. }));
    assert!(rig.services.get(|s| s.state.created.is_empty()));
}

#[test]
fn a_gateway_that_takes_no_signatures_registers_no_individual() {
    let mut rig = started();
    let (_, body) = rig.register_as(ClientType::Individual);
    assert_eq!(refusal(&body).0, Refusal::NotSigned);
    assert!(rig.services.get(|s| s.state.created.is_empty()));
}

#[test]
fn an_entrepreneurs_word_alone_saves_nobody_the_signature() {
    for down in [false, true] {
        let (mut rig, _) = signing();
        rig.services.set(|s| s.state.register_down = down);
        let (_, body) = rig.register_as(ClientType::IndividualEntrepreneur);
        assert!(matches!(body, MessageBody::StatementToSign { .. }), "{body:?}");
    }
}

#[test]
fn the_records_that_must_exist_are_there_and_nothing_personal_in_clear() {
    let mut rig = started();
    rig.services.set(|s| s.state.entrepreneur = true);
    let (id, _) = rig.register_as(ClientType::IndividualEntrepreneur);
    let record = rig.record(id);
    let texts: Vec<&str> = record["consents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|consent| {
            assert!(consent["agreed"].as_bool().unwrap() && consent["known"].as_bool().unwrap());
            consent["text_sha256"].as_str().unwrap()
        })
        .collect();
    let of = |kind| sha256_b64(pack().consent(kind).unwrap().document(Language::Ru).as_bytes());
    assert_eq!(texts, [of(ConsentKind::Processing), of(ConsentKind::StateData)]);
    assert_eq!(record["token"]["jti"], "consent-1");
    let consent = rig.store.document(Collection::Consent, "consent-1").unwrap().unwrap();
    assert!(consent.json.contains(&id.to_string()), "a consent is found by its number");
    assert!(record["identified"]["data_sha256"].is_string());
    let result = &record["authentications"][0];
    assert_eq!(
        (&result["name"], &result["iin"], &result["photo"]),
        (&"match".into(), &"match".into(), &"match".into())
    );
    assert_eq!(result["report_id"], "id-report");
    assert_eq!(record["phone"]["report_id"], "number-report");
    assert_eq!(record["entrepreneur"]["report_id"], "entrepreneur-report");
    let dump = rig.store.dump();
    let code = rig.last_code();
    let iin = new_iin();
    for planted in [
        iin.as_str(),
        "Дина",
        "Жаңабаева",
        "77017654321",
        "012345678",
        "signed evidence",
        "picture of a new face",
        &format!("\"{code}\""),
    ] {
        assert!(!dump.contains(planted), "{planted}");
    }
    assert!(dump.contains(&id.to_string()), "the search looks at the right text");
    let openings = rig.store.documents(Collection::Audit, &format!("registration//{id}/")).unwrap();
    assert!(openings.len() >= 5, "every opening of the person's data is written down: {}", openings.len());
}

#[test]
fn everything_of_a_registration_belongs_to_the_client_in_the_end() {
    let mut rig = started();
    rig.services.set(|s| s.state.entrepreneur = true);
    let (id, body) = rig.register_as(ClientType::IndividualEntrepreneur);
    let MessageBody::Registered { client, .. } = body else { panic!("{body:?}") };
    let document = rig.gateway.archive_record(&format!("registration//{id}")).unwrap().unwrap();
    assert_eq!(document.owner.as_str(), format!("client/{client}"));
    let owned = rig.store.documents(Collection::Owned, &format!("client/{client}//")).unwrap();
    // IIN, number, number code, evidence of a living person, portrait, and the registration's document.
    assert_eq!(owned.len(), 6);
}

#[test]
fn a_code_of_the_state_service_is_dropped_once_it_was_used_right_or_wrong_and_never_asked_for_again() {
    for (ahead, code) in [(false, STATE_CODE), (false, "0000"), (true, STATE_CODE)] {
        let mut rig = started();
        rig.gateway.look_at_revocations(rig.now).unwrap();
        let registration = rig.to_access(AccessMethod::OneTimeCode);
        rig.ahead = ahead;
        rig.state_code(registration, code);
        let row = rig.terminal.rows.last().unwrap().clone();
        let sha256 = row.envelope.sealed.as_ref().unwrap().sha256.clone();
        let document = format!("{}/{sha256}", rig.terminal.id);
        let record = rig.gateway.archive_record(&document).unwrap().unwrap();
        assert!(record.erased.is_some(), "{ahead} {code}");
        assert_eq!(rig.gateway.as_received(&rig.terminal.id, &sha256).unwrap(), None);
        assert!(rig.store.attachment(&rig.terminal.id, &sha256).unwrap().is_none());
        // The chain brings the row: the terminal may delete its copy, and need not send it.
        rig.ahead = false;
        let reply = rig.send(std::slice::from_ref(&row));
        assert!(!reply.missing.contains(&sha256));
        assert!(reply.archived.contains(&sha256), "{ahead} {code}");
        rig.later(2 * 86_400);
        rig.gateway.erase_due(None, rig.now).unwrap();
        assert!(rig.gateway.archive_record(&document).unwrap().unwrap().erased.is_some());
    }
}

#[test]
fn a_code_of_the_state_service_that_was_never_used_is_gone_after_a_day() {
    let mut rig = started();
    let registration = rig.to_access(AccessMethod::OneTimeCode);
    let sealed = LoginCode { code: Secret::new(STATE_CODE.to_owned()) }.to_plaintext().unwrap();
    let draft = rig.in_session(AccessCodeSubmitted { registration }).with_attachment(sealed);
    let (row, jwe) = rig.terminal.write(draft, rig.now);
    // The visit ends before the row is acted on: its attachment comes last.
    assert_eq!(rig.send(std::slice::from_ref(&row)).refusal, None);
    rig.open_session();
    let sha256 = row.envelope.sealed.as_ref().unwrap().sha256.clone();
    rig.gateway.put_attachment(&rig.terminal.id, &sha256, &jwe.unwrap(), rig.now).unwrap();
    assert!(rig.gateway.as_received(&rig.terminal.id, &sha256).unwrap().is_some());
    for _ in 0..2 {
        rig.later(86_401);
        rig.gateway.erase_due(None, rig.now).unwrap();
    }
    assert_eq!(rig.gateway.as_received(&rig.terminal.id, &sha256).unwrap(), None);
}

#[test]
fn an_erased_registration_keeps_its_outcomes_and_nothing_of_the_person() {
    let mut rig = started();
    let id = rig.to_portrait();
    let document = format!("registration//{id}");
    rig.gateway.erase_document(&staff(), &document, true, rig.now).unwrap();
    let record = rig.record(id);
    assert_eq!(
        (&record["iin_sealed"], &record["person_sealed"], &record["phone"]),
        (&"".into(), &Value::Null, &Value::Null)
    );
    assert_eq!(record["consents"].as_array().unwrap().len(), 2);
    assert_eq!(refusal(&rig.portrait(id)), (Refusal::NotAvailable, false));
}

#[test]
fn who_is_a_client_already_is_told_to_log_in() {
    let mut rig = started();
    rig.open_session();
    let (_, _, body) = rig.begin_as(&iin(), ClientType::Individual);
    assert_eq!(refusal(&body).0, Refusal::AlreadyClient);
    rig.services.set(|s| s.blocked = true);
    let (_, _, body) = rig.begin_as(&iin(), ClientType::Individual);
    assert_eq!(refusal(&body).0, Refusal::NotAvailable, "nothing more is said of a blocked client");
}

#[test]
fn a_minor_and_a_company_are_refused_by_the_gateway_too() {
    let mut rig = started();
    rig.open_session();
    let (_, _, body) = rig.begin_as("080630500002", ClientType::Individual);
    assert_eq!(refusal(&body).0, Refusal::NotAvailable);
    let (_, _, body) = rig.begin_as(&new_iin(), ClientType::LegalEntity);
    assert_eq!(refusal(&body).0, Refusal::NotAvailable);
    assert!(rig.store.documents(Collection::Registration, "").unwrap().is_empty());
}

#[test]
fn a_service_that_was_not_notified_registers_nobody() {
    let mut rig = started();
    change_pack(&rig, |pack| {
        pack.allowed_operations.remove(&senim_domain::rule_pack::Service::Registration);
    });
    rig.open_session();
    let (_, _, body) = rig.begin_as(&new_iin(), ClientType::Individual);
    assert_eq!(refusal(&body).0, Refusal::NotAvailable);
}

#[test]
fn without_both_consents_to_the_texts_in_force_nobody_is_asked() {
    let mut rig = started();
    let id = rig.begin();
    assert_eq!(refusal(&rig.access(id, AccessMethod::OneTimeCode)).0, Refusal::NoConsent);
    rig.consent(id, ConsentKind::StateData, true);
    assert_eq!(refusal(&rig.access(id, AccessMethod::OneTimeCode)).0, Refusal::NoConsent);
    let other = ConsentDecided {
        subject: ConsentSubject::Registration(id),
        consent: ConsentKind::Processing,
        text_sha256: sha256_b64(b"another text"),
        language: Language::Ru,
        agreed: true,
    };
    assert!(rig.say(rig.in_session(other)).is_none());
    assert_eq!(refusal(&rig.access(id, AccessMethod::OneTimeCode)).0, Refusal::NoConsent);
    rig.consent(id, ConsentKind::Processing, true);
    let body = AccessRequested {
        registration: id,
        method: AccessMethod::OneTimeCode,
        directory_id: "another entry".into(),
    };
    let body = rig.say(rig.in_session(body)).unwrap().1;
    assert_eq!(refusal(&body).0, Refusal::NoConsent);
    assert!(rig.services.get(|s| s.state.methods.is_empty()), "nobody was asked");
    assert!(matches!(rig.access(id, AccessMethod::OneTimeCode), MessageBody::AccessAsked { .. }));
}

#[test]
fn a_refused_consent_ends_the_registration() {
    let mut rig = started();
    let id = rig.begin();
    rig.consent(id, ConsentKind::Processing, true);
    rig.consent(id, ConsentKind::StateData, false);
    assert_eq!(refusal(&rig.access(id, AccessMethod::OneTimeCode)).0, Refusal::NotAvailable);
    assert_eq!(rig.record(id)["state"], "refused");
    assert!(rig.services.get(|s| s.state.methods.is_empty()));
}

#[test]
fn methods_3_and_4_are_refused_even_when_a_terminal_asks_for_them() {
    let mut rig = started();
    let id = rig.begin();
    rig.consent(id, ConsentKind::Processing, true);
    rig.consent(id, ConsentKind::StateData, true);
    for method in [AccessMethod::Proactive, AccessMethod::Logging] {
        assert_eq!(refusal(&rig.access(id, method)).0, Refusal::MethodNotAllowed);
    }
    change_pack(&rig, |pack| pack.access.methods = [AccessMethod::OneTimeCode].into());
    assert_eq!(refusal(&rig.access(id, AccessMethod::SmsReply)).0, Refusal::MethodNotAllowed);
    rig.access(id, AccessMethod::OneTimeCode);
    assert_eq!(rig.services.get(|s| s.state.methods.clone()), [5]);
}

#[test]
fn a_request_in_process_sends_no_second_sms_and_no_number_ends_the_branch() {
    let mut rig = started();
    let id = rig.begin();
    rig.consent(id, ConsentKind::Processing, true);
    rig.consent(id, ConsentKind::StateData, true);
    rig.services.set(|s| s.state.in_process = true);
    let body = rig.access(id, AccessMethod::OneTimeCode);
    assert!(matches!(body, MessageBody::AccessAsked { already_in_process: true, .. }), "{body:?}");
    rig.services.set(|s| s.state.no_bmg = true);
    assert_eq!(refusal(&rig.access(id, AccessMethod::OneTimeCode)).0, Refusal::NoBmgNumber);
    rig.services.set(|s| s.state.down = true);
    assert_eq!(refusal(&rig.access(id, AccessMethod::OneTimeCode)).0, Refusal::TryLater);
}

#[test]
fn a_wrong_code_is_counted_by_both_sides_and_the_request_is_given_up_at_the_end() {
    let mut rig = started();
    let id = rig.to_access(AccessMethod::OneTimeCode);
    assert_eq!(refusal(&rig.state_code(id, "0000")), (Refusal::WrongCode, true));
    assert_eq!(refusal(&rig.state_code(id, "0001")), (Refusal::WrongCode, true));
    assert_eq!(refusal(&rig.state_code(id, "0002")), (Refusal::TooMany, false));
    assert_eq!(rig.services.get(|s| s.state.cancelled), 1);
    // The right one comes too late.
    assert_eq!(refusal(&rig.state_code(id, STATE_CODE)), (Refusal::CodeExpired, false));
    assert_eq!(rig.services.get(|s| s.state.codes.len()), 3);
}

#[test]
fn a_code_that_is_too_old_or_refused_opens_nothing() {
    let mut rig = started();
    let id = rig.to_access(AccessMethod::OneTimeCode);
    rig.services.set(|s| s.state.expired = true);
    assert_eq!(refusal(&rig.state_code(id, STATE_CODE)).0, Refusal::CodeExpired);
    rig.services.set(|s| (s.state.expired, s.state.refuses) = (false, true));
    assert_eq!(refusal(&rig.state_code(id, STATE_CODE)).0, Refusal::AccessRefused);
    rig.services.set(|s| s.state.refuses = false);
    rig.later(301);
    assert_eq!(refusal(&rig.state_code(id, STATE_CODE)).0, Refusal::CodeExpired);
    assert_eq!(rig.services.get(|s| s.state.codes.len()), 2, "nobody waits any more: it is not handed over");
}

#[test]
fn the_answer_by_sms_is_yes_no_not_yet_or_never() {
    for (replied, expired, wanted) in [
        (Some(false), false, Some(Refusal::AccessRefused)),
        (None, true, Some(Refusal::AccessTimedOut)),
        (Some(true), false, None),
    ] {
        let mut rig = started();
        let id = rig.to_access(AccessMethod::SmsReply);
        let body = rig.reply(id);
        assert!(matches!(body, MessageBody::AccessAsked { already_in_process: true, .. }), "{body:?}");
        rig.services.set(|s| (s.state.replied, s.state.expired) = (replied, expired));
        let body = rig.reply(id);
        match wanted {
            Some(reason) => assert_eq!(refusal(&body).0, reason),
            None => assert!(matches!(body, MessageBody::PersonFound { .. }), "{body:?}"),
        }
    }
    let mut rig = started();
    let id = rig.to_access(AccessMethod::SmsReply);
    rig.later(301);
    assert_eq!(refusal(&rig.reply(id)).0, Refusal::AccessTimedOut);
    assert_eq!(refusal(&rig.state_code(id, STATE_CODE)).0, Refusal::CodeExpired, "no code belongs to it");
}

#[test]
fn little_of_the_persons_data_goes_to_the_terminal() {
    let mut rig = started();
    let id = rig.to_access(AccessMethod::OneTimeCode);
    let body = rig.state_code(id, STATE_CODE);
    let MessageBody::PersonFound { document_tail, consent_number, client_type, .. } = &body else {
        panic!("{body:?}")
    };
    assert_eq!((document_tail.expose(), consent_number.as_str()), ("678", "consent-1"));
    assert_eq!(*client_type, ClientType::Individual);
    let text = serde_json::to_string(&body).unwrap();
    assert!(!text.contains("012345678") && !text.contains(&new_iin()));
}

#[test]
fn data_that_the_owner_holds_back_or_of_somebody_else_are_not_used() {
    for (rejection, reason) in [
        (TokenRejection::Revoked, Refusal::AccessRefused),
        (TokenRejection::Expired, Refusal::AccessTimedOut),
        (TokenRejection::Mismatch, Refusal::NotIdentified),
    ] {
        let mut rig = started();
        let id = rig.to_access(AccessMethod::OneTimeCode);
        rig.services.set(|s| s.state.rejects = Some(rejection));
        assert_eq!(refusal(&rig.state_code(id, STATE_CODE)).0, reason);
    }
    let mut rig = started();
    let id = rig.to_access(AccessMethod::OneTimeCode);
    rig.services.set(|s| s.state.another_person = true);
    assert_eq!(refusal(&rig.state_code(id, STATE_CODE)).0, Refusal::NotIdentified);
    let mut rig = started();
    let id = rig.to_access(AccessMethod::OneTimeCode);
    rig.services.set(|s| s.state.document_expires = Some("2026-03-01"));
    assert_eq!(refusal(&rig.state_code(id, STATE_CODE)).0, Refusal::DocumentExpired);
}

#[test]
fn the_data_are_the_persons_only_when_they_say_so_of_exactly_what_was_sent() {
    let mut rig = started();
    let id = rig.to_access(AccessMethod::OneTimeCode);
    rig.state_code(id, STATE_CODE);
    assert_eq!(refusal(&rig.identify(id, false)).0, Refusal::NotIdentified);
    let record = rig.record(id);
    assert_eq!((&record["state"], &record["person_sealed"]), (&"refused".into(), &Value::Null));

    let mut rig = started();
    let id = rig.to_access(AccessMethod::OneTimeCode);
    rig.state_code(id, STATE_CODE);
    let body = IdentificationSubmitted {
        registration: id,
        data_sha256: sha256_b64(b"something else"),
        confirmed: true,
    };
    let body = rig.say(rig.in_session(body)).unwrap().1;
    assert_eq!(refusal(&body).0, Refusal::NotIdentified);
}

#[test]
fn a_step_that_was_left_out_is_not_skipped() {
    let mut rig = started();
    let id = rig.to_access(AccessMethod::OneTimeCode);
    assert_eq!(refusal(&rig.phone(id, PHONE).1).0, Refusal::NotAvailable);
    assert_eq!(refusal(&rig.portrait(id)).0, Refusal::NotAvailable);
    assert_eq!(refusal(&rig.finish(id)).0, Refusal::NotIdentified);
    let mut rig = started();
    let id = rig.to_portrait();
    assert_eq!(refusal(&rig.finish(id)).0, Refusal::NotIdentified);
    let mut rig = started();
    rig.open_session();
    let stranger = RegistrationId(Uuid::now_v7());
    assert_eq!(refusal(&rig.access(stranger, AccessMethod::OneTimeCode)).0, Refusal::NotAvailable);
}

#[test]
fn somebody_elses_number_gets_no_code_and_few_are_tried() {
    let mut rig = started();
    let id = rig.to_phone();
    rig.services.set(|s| s.state.foreign_number = true);
    let before = rig.services.get(|s| s.sms.len());
    assert_eq!(refusal(&rig.phone(id, PHONE).1), (Refusal::NumberNotOwned, true));
    assert_eq!(refusal(&rig.phone(id, PHONE).1), (Refusal::NumberNotOwned, true));
    assert_eq!(refusal(&rig.phone(id, PHONE).1), (Refusal::NumberNotOwned, false));
    assert_eq!(rig.services.get(|s| s.sms.len()), before);
    assert_eq!(refusal(&rig.phone(id, "+79161234567").1), (Refusal::NumberNotUsable, true));
    rig.services.set(|s| (s.state.foreign_number, s.state.unknown_number) = (false, true));
    let (_, body) = rig.phone(id, PHONE);
    assert!(matches!(body, MessageBody::RegistrationCodeSent { .. }), "{body:?}");
    assert_eq!(rig.record(id)["phone"]["owner"], "unknown", "that the base does not know it is kept");
}

#[test]
fn codes_of_other_purposes_messages_and_visits_do_not_fit() {
    let mut rig = started();
    let id = rig.to_phone();
    let (first, _) = rig.phone(id, PHONE);
    let old = rig.last_code();
    let (second, _) = rig.phone(id, PHONE);
    let new = rig.last_code();
    assert_ne!(old, new);
    assert_eq!(refusal(&rig.number_code(id, first, &old)), (Refusal::CodeExpired, false));
    assert_eq!(refusal(&rig.number_code(id, second, &old)), (Refusal::WrongCode, true));
    // A code for logging in is no code for the number, and this one logs nobody in.
    let (login, _) = rig.ask_login(&iin());
    let login_code = rig.last_code();
    assert_eq!(refusal(&rig.number_code(id, login, &login_code)), (Refusal::CodeExpired, false));
    assert!(matches!(rig.type_code(second, &new), MessageBody::LoginRefused { .. }));
    assert!(matches!(rig.number_code(id, second, &new), MessageBody::RegistrationAdvanced { .. }));
    assert_eq!(refusal(&rig.number_code(id, second, &new)).0, Refusal::CodeExpired, "used up");
}

#[test]
fn a_number_code_has_few_tries_and_a_short_life_and_few_are_sent() {
    let mut rig = started();
    let id = rig.to_phone();
    let (code, _) = rig.phone(id, PHONE);
    assert_eq!(refusal(&rig.number_code(id, code, "000000")), (Refusal::WrongCode, true));
    assert_eq!(refusal(&rig.number_code(id, code, "000001")), (Refusal::WrongCode, true));
    assert_eq!(refusal(&rig.number_code(id, code, "000002")), (Refusal::TooMany, false));
    let (code, _) = rig.phone(id, PHONE);
    rig.later(121);
    let typed = rig.last_code();
    assert_eq!(refusal(&rig.number_code(id, code, &typed)).0, Refusal::CodeExpired);
    assert!(matches!(rig.phone(id, PHONE).1, MessageBody::RegistrationCodeSent { .. }));
    assert_eq!(refusal(&rig.phone(id, PHONE).1).0, Refusal::TooMany);
}

#[test]
fn name_iin_and_portrait_have_three_outcomes_each_kept_for_itself() {
    let mut rig = started();
    let id = rig.to_portrait();
    rig.services.set(|s| s.state.photo = Some(FaceVerdict::Other));
    let outcome = |body: &MessageBody| match body {
        MessageBody::AuthenticationResult { name, iin, photo, attempts_left, .. } => {
            (*name, *iin, *photo, *attempts_left)
        }
        other => panic!("{other:?}"),
    };
    let tries = u32::from(pack().portrait.tries);
    let (same, other, none) = (Comparison::Match, Comparison::Mismatch, Comparison::Unknown);
    assert_eq!(outcome(&rig.portrait(id)), (same, same, other, tries - 1));
    rig.services.set(|s| s.state.photo = Some(FaceVerdict::Unusable));
    assert_eq!(outcome(&rig.portrait(id)), (same, same, none, tries - 2));
    rig.services.set(|s| {
        s.state.photo = Some(FaceVerdict::Same);
        s.state.name = Some(Outcome::Mismatch);
        s.state.iin = Some(Outcome::Unknown);
    });
    assert_eq!(outcome(&rig.portrait(id)), (other, none, same, tries - 3));
    assert_eq!(rig.record(id)["authentications"].as_array().unwrap().len(), 3);
    assert_eq!(refusal(&rig.finish(id)).0, Refusal::NotIdentified);
}

#[test]
fn after_the_last_try_no_portrait_is_compared() {
    let mut rig = started();
    let id = rig.to_portrait();
    rig.services.set(|s| s.state.photo = Some(FaceVerdict::Other));
    for _ in 0..pack().portrait.tries {
        rig.portrait(id);
    }
    rig.services.set(|s| s.state.photo = Some(FaceVerdict::Same));
    assert_eq!(refusal(&rig.portrait(id)).0, Refusal::PictureNotUsable);
}

#[test]
fn a_production_gateway_compares_no_portrait_without_proof_of_life() {
    let mut rig = Rig::with_profile(Profile::Production);
    rig.terminal.profile = Profile::Production;
    let row = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[row]).refusal, None);
    let id = rig.to_portrait();
    let subject = FaceSubject::Registration(id);
    let captured = FaceCaptured { subject, liveness: support::living::never_asked(), quality: 80 };
    let picture = SecretBytes::new(b"picture of a new face".to_vec());
    let (_, body) = rig.say(rig.in_session(captured).with_attachment(picture)).unwrap();
    assert_eq!(refusal(&body), (Refusal::PictureNotUsable, false));
    assert!(rig.record(id)["authentications"].as_array().unwrap().is_empty());
}

#[test]
fn a_consent_that_is_taken_back_stops_the_session_that_uses_it() {
    let mut rig = started();
    let id = rig.to_portrait();
    rig.services.set(|s| s.state.revoked = true);
    assert_eq!(refusal(&rig.portrait(id)).0, Refusal::AccessRefused);
    rig.services.set(|s| s.state.revoked = false);
    rig.portrait(id);
    rig.services.set(|s| s.state.revoked = true);
    assert_eq!(refusal(&rig.finish(id)).0, Refusal::AccessRefused);
    rig.services.set(|s| s.state.revoked = false);
    rig.later(86_401);
    assert_eq!(refusal(&rig.finish(id)).0, Refusal::AccessRefused, "its own time is over");
}

#[test]
fn an_interrupted_registration_goes_on_at_another_terminal_after_the_code() {
    let (mut rig, _) = signing();
    let id = rig.to_portrait();
    let mut second = rig.second_terminal("t-2");
    std::mem::swap(&mut rig.terminal, &mut second);
    let row = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[row]).refusal, None);
    rig.open_session();
    let (begun, message, body) = rig.begin_as(&new_iin(), ClientType::Individual);
    assert!(matches!(body, MessageBody::RegistrationCodeSent { .. }), "{body:?}");
    // Knowing the IIN is not enough.
    assert_eq!(refusal(&rig.number_code(begun, message, "000000")), (Refusal::WrongCode, true));
    assert_eq!(refusal(&rig.portrait(id)).0, Refusal::ContinuedElsewhere);
    let code = rig.last_code();
    let body = rig.number_code(begun, message, &code);
    assert_eq!(body, MessageBody::RegistrationAdvanced { registration: id, next: Step::Portrait });
    assert!(matches!(rig.portrait(id), MessageBody::AuthenticationResult { .. }));
    // The first visit goes no further.
    std::mem::swap(&mut rig.terminal, &mut second);
    assert_eq!(refusal(&rig.portrait(id)).0, Refusal::ContinuedElsewhere);
    // And in a third visit it goes on behind the portrait.
    rig.open_session();
    let (begun, message, _) = rig.begin_as(&new_iin(), ClientType::Individual);
    let code = rig.last_code();
    let body = rig.number_code(begun, message, &code);
    assert_eq!(body, MessageBody::RegistrationAdvanced { registration: id, next: Step::Conclusion });
    assert!(matches!(rig.finish(id), MessageBody::StatementToSign { .. }));
}

#[test]
fn what_earlier_visits_brought_becomes_the_clients_too() {
    let mut rig = started();
    rig.services.set(|s| s.state.entrepreneur = true);
    let id = rig.to_portrait_as(ClientType::IndividualEntrepreneur);
    rig.open_session();
    let (begun, message, _) = rig.begin_as(&new_iin(), ClientType::IndividualEntrepreneur);
    let code = rig.last_code();
    rig.number_code(begun, message, &code);
    rig.portrait(id);
    let body = rig.finish(id);
    let MessageBody::Registered { client, .. } = body else { panic!("{body:?}") };
    let owned = rig.store.documents(Collection::Owned, &format!("client/{client}//")).unwrap();
    // Two IINs, number, two codes of the MFO, evidence of a living person, portrait, and the documents of both
    // registrations.
    assert_eq!(owned.len(), 9);
}

#[test]
fn a_consent_taken_back_between_two_visits_begins_everything_anew() {
    let mut rig = started();
    let id = rig.to_portrait();
    rig.open_session();
    let (begun, message, _) = rig.begin_as(&new_iin(), ClientType::Individual);
    rig.services.set(|s| s.state.revoked = true);
    let code = rig.last_code();
    let body = rig.number_code(begun, message, &code);
    assert_eq!(body, MessageBody::RegistrationAdvanced { registration: begun, next: Step::Consent });
    let record = rig.record(id);
    assert_eq!((&record["state"], &record["person_sealed"]), (&"refused".into(), &Value::Null));
}

#[test]
fn of_two_sessions_of_one_person_the_one_proven_last_goes_on() {
    let mut rig = started();
    let first = rig.to_phone();
    let mut second = rig.second_terminal("t-2");
    std::mem::swap(&mut rig.terminal, &mut second);
    let row = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[row]).refusal, None);
    rig.open_session();
    // No number was confirmed yet, so nothing can be continued: it begins anew.
    let (other, _, body) = rig.begin_as(&new_iin(), ClientType::Individual);
    assert_eq!(body, MessageBody::RegistrationAdvanced { registration: other, next: Step::Consent });
    std::mem::swap(&mut rig.terminal, &mut second);
    let (_, body) = rig.phone(first, PHONE);
    assert!(matches!(body, MessageBody::RegistrationCodeSent { .. }), "an IIN alone takes nothing over");
    std::mem::swap(&mut rig.terminal, &mut second);
    rig.consent(other, ConsentKind::Processing, true);
    rig.consent(other, ConsentKind::StateData, true);
    rig.access(other, AccessMethod::OneTimeCode);
    rig.state_code(other, STATE_CODE);
    std::mem::swap(&mut rig.terminal, &mut second);
    assert_eq!(refusal(&rig.phone(first, PHONE).1).0, Refusal::ContinuedElsewhere);
}

#[test]
fn one_registration_is_begun_once() {
    let mut rig = started();
    let id = rig.begin();
    let body = RegistrationRequested {
        registration: id,
        client_type: ClientType::Individual,
        language: Language::Ru,
        chip: None,
    };
    let sealed = LoginRequest { iin: Secret::new(new_iin()) }.to_plaintext().unwrap();
    let again = rig.say(rig.in_session(body).with_attachment(sealed)).unwrap().1;
    assert_eq!(refusal(&again).0, Refusal::NotAvailable);
}

#[test]
fn the_same_row_again_gets_the_same_answer_and_asks_nobody_twice() {
    let mut rig = started();
    let id = rig.to_access(AccessMethod::OneTimeCode);
    rig.state_code(id, "0000");
    let row = rig.terminal.rows.last().unwrap().clone();
    let replies = rig.send(std::slice::from_ref(&row)).replies;
    assert_eq!(rig.send(&[row]).replies, replies);
    assert_eq!(rig.services.get(|s| s.state.codes.len()), 1);
}

#[test]
fn core_lending_that_knows_the_iin_by_another_client_makes_none() {
    let mut rig = started();
    rig.services.set(|s| (s.state.entrepreneur, s.state.conflict) = (true, true));
    let (_, body) = rig.register_as(ClientType::IndividualEntrepreneur);
    assert_eq!(refusal(&body).0, Refusal::AlreadyClient);
}

#[test]
fn core_lending_that_is_away_makes_the_client_when_asked_again() {
    let mut rig = started();
    rig.services.set(|s| s.state.entrepreneur = true);
    let id = rig.to_portrait_as(ClientType::IndividualEntrepreneur);
    rig.portrait(id);
    rig.services.set(|s| s.core_down = true);
    assert_eq!(refusal(&rig.finish(id)).0, Refusal::TryLater);
    rig.services.set(|s| s.core_down = false);
    assert!(matches!(rig.finish(id), MessageBody::Registered { .. }));
    assert_eq!(refusal(&rig.finish(id)).0, Refusal::NotAvailable, "once");
    assert_eq!(rig.services.get(|s| s.state.created.len()), 1);
}

#[test]
fn a_pin_is_the_clients_alone_and_kept_as_a_keyed_hash() {
    let mut rig = started();
    rig.services.set(|s| s.state.entrepreneur = true);
    let (_, body) = rig.register_as(ClientType::IndividualEntrepreneur);
    let MessageBody::Registered { client, .. } = body else { panic!("{body:?}") };
    let set = |rig: &mut Rig, client: ClientId, pin: &str| {
        let sealed = PinEntry { pin: Secret::new(pin.to_owned()) }.to_plaintext().unwrap();
        rig.say(rig.in_session(PinSubmitted { client }).with_attachment(sealed)).unwrap().1
    };
    let refused = |reason| MessageBody::PinRefused { client, reason };
    assert_eq!(set(&mut rig, client, "123456"), refused(PinRefusal::Simple));
    assert_eq!(set(&mut rig, client, &new_iin()[..6]), refused(PinRefusal::Simple), "the birth date");
    assert_eq!(set(&mut rig, client, "12345"), refused(PinRefusal::Length));
    assert_eq!(set(&mut rig, client, "740295"), MessageBody::PinAccepted { client });
    assert_eq!(set(&mut rig, client, "851306"), refused(PinRefusal::FaceCheck), "another one wants a face");
    let typed = |pin: &str| rig.gateway.pin_matches(client, &Secret::new(pin.to_owned())).unwrap();
    assert_eq!((typed("740295"), typed("740296")), (Some(true), Some(false)));
    assert!(!rig.store.dump().contains("740295"));
    let other = ClientId(Uuid::now_v7());
    let body = set(&mut rig, other, "740295");
    assert_eq!(body, MessageBody::PinRefused { client: other, reason: PinRefusal::TryLater });
    let none = rig.gateway.pin_matches(other, &Secret::new("740295".into())).unwrap();
    assert_eq!(none, None);
}
