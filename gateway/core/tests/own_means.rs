//! Method 2: the person signs the consent here, and the state service gets a token that the organisation signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use senim_domain::rule_pack::{AccessMethod, ConsentKind, RulePack};
use senim_domain::{Language, RegistrationId, SignatureId, ids};
use senim_gateway_core::connectors::TokenRejection;
use senim_gateway_core::store::{Collection, Store as _};
use senim_operation::Profile;
use senim_operation::body::*;
use senim_operation::jws::sha256_b64;
use senim_operation::message::{MessageBody, RegistrationRefusal as Refusal};
use senim_operation::signature::{SignaturePurpose, SignatureRefusal};
use senim_operation::signer::{RamKey, Signer as _};
use senim_pki::phone::{Manner, Phone};
use senim_pki::{Algorithm, Holder};
use senim_test_services::Phones;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::registering::{Registering as _, refusal};
use crate::support::state::new_iin;
use crate::support::{self, Rig, Services, iin, pack, staff};

const BIN: &str = "990140004654";

struct Own {
    rig: Rig,
    phones: Phones,
    public: Value,
}

impl Own {
    /// A gateway that takes signatures and holds the organisation's key.
    fn new() -> Self {
        let (key, pkcs8) = RamKey::generate().unwrap();
        let (mut rig, phones) = Rig::with_organisation(pkcs8.expose());
        let (x, y) = key.public_jwk().coordinates();
        let public = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
        let row = rig.terminal.begin_epoch(rig.now);
        assert_eq!(rig.send(&[row]).refusal, None);
        Self { rig, phones, public }
    }

    fn consents(&mut self) -> RegistrationId {
        let id = self.rig.begin();
        self.rig.consent(id, ConsentKind::Processing, true);
        self.rig.consent(id, ConsentKind::StateData, true);
        id
    }

    fn ask(&mut self, id: RegistrationId) -> MessageBody {
        self.rig.access(id, AccessMethod::OwnMeans)
    }

    /// The text that has to be signed, by its hash.
    fn text(&mut self) -> (RegistrationId, String, String) {
        let id = self.consents();
        match self.ask(id) {
            MessageBody::StatementToSign { statement, statement_sha256, .. } => {
                (id, statement.expose().to_owned(), statement_sha256)
            }
            other => panic!("{other:?}"),
        }
    }

    fn sign(&mut self, document_sha256: &str, iin: &str, manner: Manner) -> MessageBody {
        let rig = &mut self.rig;
        let signature = SignatureId(Uuid::now_v7());
        let body = SignatureRequested {
            signature,
            purpose: SignaturePurpose::DataAccess,
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
        self.phones.scan(&Phone { holder, algorithm: Algorithm::P256, manner }, &qr).unwrap();
        rig.later(2);
        let now = rig.now;
        self.phones.set(|world| world.now = now);
        let row = rig.terminal.rows.last().unwrap().clone();
        let answers = rig.gateway.late_answers(&rig.terminal.id, None, rig.now).unwrap();
        rig.read(&answers[0], &row).1
    }

    /// The person signs what they have to.
    fn signed(&mut self) -> RegistrationId {
        let (id, _, sha256) = self.text();
        let body = self.sign(&sha256, &new_iin(), Manner::Signs);
        assert!(matches!(body, MessageBody::SignatureAccepted { .. }), "{body:?}");
        id
    }

    fn tokens(&self) -> Vec<(String, Uuid)> {
        self.rig.services.get(|s| s.state.verifications.clone())
    }

    fn pack(&self, change: impl FnOnce(&mut RulePack)) {
        let mut pack = pack();
        pack.version += 1;
        change(&mut pack);
        self.rig.gateway.publish_rule_pack(pack, &staff(), self.rig.now).unwrap();
    }
}

/// Both consents, then method 2.
fn asks(mut rig: Rig) -> MessageBody {
    let id = rig.begin();
    rig.consent(id, ConsentKind::Processing, true);
    rig.consent(id, ConsentKind::StateData, true);
    rig.access(id, AccessMethod::OwnMeans)
}

fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn the_consent_is_signed_with_data_and_period_in_it_before_the_state_service_hears_of_it() {
    let mut own = Own::new();
    let (id, text, sha256) = own.text();
    assert_eq!(sha256_b64(text.as_bytes()), sha256);
    let consent = pack().consent(ConsentKind::StateData).unwrap().document(Language::Ru);
    assert!(text.starts_with(&consent), "{text}");
    assert!(
        text.contains("Срок доступа") && text.contains(&new_iin()) && text.contains(&ids::reference(&id))
    );
    assert!(own.tokens().is_empty());
    // Asked again without a signature, it is the same text and still nobody is asked.
    let MessageBody::StatementToSign { statement_sha256, .. } = own.ask(id) else { panic!("not asked") };
    assert_eq!(statement_sha256, sha256);
    assert!(own.rig.services.get(|s| s.state.methods.is_empty()));
}

#[test]
fn the_token_is_signed_by_the_organisation_for_this_person_entry_and_request_alone() {
    let mut own = Own::new();
    let id = own.signed();
    let body = own.ask(id);
    assert!(matches!(body, MessageBody::PersonFound { .. }), "{body:?}");
    let [(token, number)] = own.tokens().try_into().unwrap();
    assert_eq!(*number.as_bytes(), *own.rig.terminal.rows.last().unwrap().envelope.op_id.0.as_bytes());
    assert_eq!(part(&token, 0)["jwk"], own.public);
    let iat = own.rig.now.0 / 1000;
    assert_eq!(
        part(&token, 1),
        json!({
            "bin": BIN, "iin": new_iin(), "methods": [2], "directory_id": "SENIM-DEMO-0001",
            "consent": "obtained", "request": number, "iat": iat,
        })
    );
    let record = own.rig.record(id);
    assert_eq!(record["own_consent"]["verification_sha256"], sha256_b64(token.as_bytes()).as_str());
    assert_eq!(record["token"]["jti"], "consent-1");
    assert!(record["own_consent"]["signature"].is_string());
    // From here it goes on as with a code.
    let body = own.rig.identify(id, true);
    assert!(matches!(body, MessageBody::RegistrationAdvanced { .. }), "{body:?}");
    assert!(!own.rig.store.dump().contains(&new_iin()), "nothing personal in clear");
    assert!(!own.rig.store.dump().contains(&token), "the token is kept by its hash alone");
}

#[test]
fn somebody_elses_signature_consents_for_nobody() {
    let mut own = Own::new();
    let (id, _, sha256) = own.text();
    let body = own.sign(&sha256, &iin(), Manner::Signs);
    assert!(
        matches!(body, MessageBody::SignatureRefused { reason: SignatureRefusal::OtherPerson, .. }),
        "{body:?}"
    );
    assert!(matches!(own.ask(id), MessageBody::StatementToSign { .. }));
    assert!(own.tokens().is_empty());
}

#[test]
fn who_declines_on_the_phone_has_not_agreed() {
    let mut own = Own::new();
    let (id, _, sha256) = own.text();
    let body = own.sign(&sha256, &new_iin(), Manner::Refuses);
    assert!(
        matches!(body, MessageBody::SignatureRefused { reason: SignatureRefusal::Declined, .. }),
        "{body:?}"
    );
    assert!(matches!(own.ask(id), MessageBody::StatementToSign { .. }));
    assert!(own.tokens().is_empty());
}

#[test]
fn who_refuses_here_ends_the_registration_and_the_state_service_is_not_asked() {
    let mut own = Own::new();
    let id = own.signed();
    own.rig.consent(id, ConsentKind::StateData, false);
    assert_eq!(refusal(&own.ask(id)).0, Refusal::NotAvailable);
    assert_eq!(own.rig.record(id)["state"], "refused");
    assert!(own.tokens().is_empty());
}

#[test]
fn a_signature_that_comes_too_late_asks_nobody() {
    let mut own = Own::new();
    let id = own.signed();
    let seconds = pack().access.wait_seconds + pack().otp.signing_seconds;
    own.rig.later(seconds.into());
    assert_eq!(refusal(&own.ask(id)), (Refusal::AccessTimedOut, false));
    assert!(own.tokens().is_empty());
}

#[test]
fn a_terminal_that_asks_for_method_2_without_the_packs_agreement_is_refused() {
    for change in
        [(|pack| assert!(pack.access.methods.remove(&AccessMethod::OwnMeans))) as fn(&mut RulePack), |pack| {
            pack.access.methods.remove(&AccessMethod::OwnMeans);
            pack.access.agreement = None;
        }]
    {
        let mut own = Own::new();
        let id = own.signed();
        own.pack(change);
        assert_eq!(refusal(&own.ask(id)).0, Refusal::MethodNotAllowed);
        assert!(own.tokens().is_empty());
    }
}

#[test]
fn a_gateway_without_the_organisations_key_does_not_serve_method_2() {
    let (mut rig, _) = Rig::with_eds();
    let row = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[row]).refusal, None);
    assert_eq!(refusal(&asks(rig)).0, Refusal::MethodNotAllowed);
}

#[test]
fn without_electronic_signatures_nobody_consents_by_method_2() {
    let (_, pkcs8) = RamKey::generate().unwrap();
    let organisation = Some(pkcs8.expose().to_vec());
    let services = Services { organisation, ..Services::default() };
    let mut rig = Rig::with_services(Profile::Rig, services);
    let row = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[row]).refusal, None);
    assert_eq!(refusal(&asks(rig)).0, Refusal::NotSigned);
}

#[test]
fn a_state_service_that_refuses_the_token_or_is_silent_gives_no_data() {
    let mut own = Own::new();
    let id = own.signed();
    own.rig.services.set(|s| s.state.refuses_tokens = true);
    assert_eq!(refusal(&own.ask(id)).0, Refusal::NotAvailable);
    own.rig.services.set(|s| (s.state.refuses_tokens, s.state.down) = (false, true));
    assert_eq!(refusal(&own.ask(id)).0, Refusal::TryLater);
    assert!(own.rig.record(id)["token"].is_null());
    // Once it is there again, the signature still counts, with a token of its own.
    own.rig.services.set(|s| s.state.down = false);
    assert!(matches!(own.ask(id), MessageBody::PersonFound { .. }));
    let tokens = own.tokens();
    assert_ne!(tokens[0], tokens[1], "each request has its own token");
}

#[test]
fn a_security_token_that_was_revoked_over_or_for_somebody_else_opens_nothing() {
    for (rejection, told) in [
        (TokenRejection::Revoked, Refusal::AccessRefused),
        (TokenRejection::Expired, Refusal::AccessTimedOut),
        (TokenRejection::Mismatch, Refusal::NotIdentified),
    ] {
        let mut own = Own::new();
        let id = own.signed();
        own.rig.services.set(|s| s.state.rejects = Some(rejection));
        assert_eq!(refusal(&own.ask(id)).0, told);
        assert!(own.rig.record(id)["person_sealed"].is_null());
    }
}

#[test]
fn a_consent_by_method_2_that_is_taken_back_ends_the_registration_like_any_other() {
    let mut own = Own::new();
    let id = own.signed();
    assert!(matches!(own.ask(id), MessageBody::PersonFound { .. }));
    own.rig.services.set(|s| s.state.revoked = true);
    own.rig.identify(id, true);
    let consent = own.rig.store.document(Collection::Consent, "consent-1").unwrap();
    assert!(consent.is_some(), "found by its number, for whoever decides on a revocation");
    let (message, _) = own.rig.phone(id, support::registering::PHONE);
    let code = own.rig.last_code();
    own.rig.number_code(id, message, &code);
    assert_eq!(refusal(&own.rig.portrait(id)).0, Refusal::AccessRefused);
}
