//! Somebody who registers, step by step.

use senim_domain::rule_pack::{AccessMethod, ClientType, ConsentKind};
use senim_domain::{ClientId, Language, MessageId, RegistrationId, Secret, SecretBytes};
use senim_gateway_core::store::{Change, Collection, Expect, Store as _};
use senim_operation::attachment::{LoginCode, LoginRequest, PhoneEntry};
use senim_operation::body::*;
use senim_operation::jws::sha256_b64;
use senim_operation::message::{MessageBody, RegistrationRefusal as Refusal, RegistrationStep as Step};
use serde_json::Value;
use uuid::Uuid;

use super::state::{STATE_CODE, new_iin};
use super::{Rig, pack};

/// The number of whoever registers.
pub const PHONE: &str = "+77017654321";

pub trait Registering {
    fn begin_as(&mut self, iin: &str, client_type: ClientType) -> (RegistrationId, MessageId, MessageBody);
    fn begin(&mut self) -> RegistrationId;
    fn consent(&mut self, id: RegistrationId, kind: ConsentKind, agreed: bool);
    fn access(&mut self, id: RegistrationId, method: AccessMethod) -> MessageBody;
    fn state_code(&mut self, id: RegistrationId, code: &str) -> MessageBody;
    fn reply(&mut self, id: RegistrationId) -> MessageBody;
    fn to_access(&mut self, method: AccessMethod) -> RegistrationId;
    fn identify(&mut self, id: RegistrationId, confirmed: bool) -> MessageBody;
    fn phone(&mut self, id: RegistrationId, phone: &str) -> (MessageId, MessageBody);
    fn number_code(&mut self, id: RegistrationId, of: MessageId, code: &str) -> MessageBody;
    fn portrait(&mut self, id: RegistrationId) -> MessageBody;
    fn finish(&mut self, id: RegistrationId) -> MessageBody;
    fn to_phone(&mut self) -> RegistrationId;
    fn to_portrait(&mut self) -> RegistrationId;
    fn to_portrait_as(&mut self, client_type: ClientType) -> RegistrationId;
    fn register_as(&mut self, client_type: ClientType) -> (RegistrationId, MessageBody);
    fn record(&self, id: RegistrationId) -> Value;
    fn register_entrepreneur(&mut self) -> (RegistrationId, MessageBody);
    fn consent_of(&self, number: &str, client: ClientId);
}

impl Registering for Rig {
    fn begin_as(&mut self, iin: &str, client_type: ClientType) -> (RegistrationId, MessageId, MessageBody) {
        let registration = RegistrationId(Uuid::now_v7());
        let body = RegistrationRequested { registration, client_type, language: Language::Ru, chip: None };
        let sealed = LoginRequest { iin: Secret::new(iin.to_owned()) }.to_plaintext().unwrap();
        let (message, reply) = self.say(self.in_session(body).with_attachment(sealed)).unwrap();
        (registration, message, reply)
    }

    fn begin(&mut self) -> RegistrationId {
        self.open_session();
        let (id, _, body) = self.begin_as(&new_iin(), ClientType::Individual);
        assert_eq!(body, MessageBody::RegistrationAdvanced { registration: id, next: Step::Consent });
        id
    }

    fn consent(&mut self, registration: RegistrationId, consent: ConsentKind, agreed: bool) {
        let text = pack().consent(consent).unwrap().document(Language::Ru);
        let text_sha256 = sha256_b64(text.as_bytes());
        let subject = ConsentSubject::Registration(registration);
        let body = ConsentDecided { subject, consent, text_sha256, language: Language::Ru, agreed };
        assert!(self.say(self.in_session(body)).is_none());
    }

    fn access(&mut self, registration: RegistrationId, method: AccessMethod) -> MessageBody {
        let body = AccessRequested { registration, method, directory_id: "SENIM-DEMO-0001".into() };
        self.say(self.in_session(body)).unwrap().1
    }

    fn state_code(&mut self, registration: RegistrationId, code: &str) -> MessageBody {
        let sealed = LoginCode { code: Secret::new(code.to_owned()) }.to_plaintext().unwrap();
        let draft = self.in_session(AccessCodeSubmitted { registration }).with_attachment(sealed);
        self.say(draft).unwrap().1
    }

    fn reply(&mut self, registration: RegistrationId) -> MessageBody {
        self.say(self.in_session(AccessAnswerAsked { registration })).unwrap().1
    }

    fn to_access(&mut self, method: AccessMethod) -> RegistrationId {
        let id = self.begin();
        self.consent(id, ConsentKind::Processing, true);
        self.consent(id, ConsentKind::StateData, true);
        let body = self.access(id, method);
        assert!(matches!(body, MessageBody::AccessAsked { .. }), "{body:?}");
        id
    }

    fn identify(&mut self, registration: RegistrationId, confirmed: bool) -> MessageBody {
        let row = self.terminal.rows.last().unwrap().clone();
        let compact = self.send(&[row]).replies[0].clone();
        let data_sha256 = sha256_b64(compact.as_bytes());
        self.say(self.in_session(IdentificationSubmitted { registration, data_sha256, confirmed })).unwrap().1
    }

    fn phone(&mut self, registration: RegistrationId, phone: &str) -> (MessageId, MessageBody) {
        let sealed = PhoneEntry { phone: Secret::new(phone.to_owned()) }.to_plaintext().unwrap();
        self.say(self.in_session(PhoneSubmitted { registration }).with_attachment(sealed)).unwrap()
    }

    fn number_code(&mut self, registration: RegistrationId, of: MessageId, code: &str) -> MessageBody {
        let sealed = LoginCode { code: Secret::new(code.to_owned()) }.to_plaintext().unwrap();
        let body = RegistrationCodeSubmitted { registration, code: of };
        self.say(self.in_session(body).with_attachment(sealed)).unwrap().1
    }

    fn portrait(&mut self, registration: RegistrationId) -> MessageBody {
        let subject = FaceSubject::Registration(registration);
        let body = FaceCaptured { subject, liveness: self.proves(subject), quality: 80 };
        let picture = SecretBytes::new(b"picture of a new face".to_vec());
        self.say(self.in_session(body).with_attachment(picture)).unwrap().1
    }

    fn finish(&mut self, registration: RegistrationId) -> MessageBody {
        self.say(self.in_session(RegistrationConcluded { registration })).unwrap().1
    }

    fn to_phone(&mut self) -> RegistrationId {
        let id = self.to_access(AccessMethod::OneTimeCode);
        let body = self.state_code(id, STATE_CODE);
        assert!(matches!(body, MessageBody::PersonFound { .. }), "{body:?}");
        let body = self.identify(id, true);
        assert_eq!(body, MessageBody::RegistrationAdvanced { registration: id, next: Step::Phone });
        id
    }

    fn to_portrait(&mut self) -> RegistrationId {
        let id = self.to_phone();
        let (message, body) = self.phone(id, PHONE);
        assert!(matches!(body, MessageBody::RegistrationCodeSent { .. }), "{body:?}");
        let code = self.last_code();
        let body = self.number_code(id, message, &code);
        assert_eq!(body, MessageBody::RegistrationAdvanced { registration: id, next: Step::Portrait });
        id
    }

    fn to_portrait_as(&mut self, client_type: ClientType) -> RegistrationId {
        self.open_session();
        let (id, _, _) = self.begin_as(&new_iin(), client_type);
        self.consent(id, ConsentKind::Processing, true);
        self.consent(id, ConsentKind::StateData, true);
        self.access(id, AccessMethod::OneTimeCode);
        self.state_code(id, STATE_CODE);
        self.identify(id, true);
        let (message, _) = self.phone(id, PHONE);
        let code = self.last_code();
        self.number_code(id, message, &code);
        id
    }

    fn register_as(&mut self, client_type: ClientType) -> (RegistrationId, MessageBody) {
        let id = self.to_portrait_as(client_type);
        self.portrait(id);
        (id, self.finish(id))
    }

    fn record(&self, id: RegistrationId) -> Value {
        let found = self.store.document(Collection::Registration, &id.to_string()).unwrap().unwrap();
        serde_json::from_str(&found.json).unwrap()
    }

    /// Somebody whom the register confirms becomes a client without signing anything.
    fn register_entrepreneur(&mut self) -> (RegistrationId, MessageBody) {
        self.services.set(|s| s.state.entrepreneur = true);
        self.register_as(ClientType::IndividualEntrepreneur)
    }

    /// A consent that a client gave in some registration.
    fn consent_of(&self, number: &str, client: ClientId) {
        let json = serde_json::json!({"registration": Uuid::now_v7(), "client": client});
        let change = Change::Document {
            collection: Collection::Consent,
            key: number.to_owned(),
            expect: Expect::Absent,
            json: Some(json.to_string()),
        };
        self.store.commit(&[change]).unwrap();
    }
}

pub fn refusal(body: &MessageBody) -> (Refusal, bool) {
    match body {
        MessageBody::RegistrationRefused { reason, may_retry, .. } => (*reason, *may_retry),
        other => panic!("{other:?}"),
    }
}
