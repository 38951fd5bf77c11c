//! Access to the cabinet: login by PIN, locks, a PIN recovered by face and code, another phone and account, and the IIN that
//! nobody changes.

use senim_domain::{ChangeId, ClientId, Language, MessageId, Secret, SecretBytes, SignatureId, UtcMillis};
use senim_gateway_core::connectors::FaceVerdict;
use senim_operation::attachment::{AccountEntry, LoginCode, PhoneEntry, PinEntry};
use senim_operation::body::*;
use senim_operation::message::{
    ContactRefusal, FaceRefusal, LoginRefusal, LoginWay, MessageBody, PinRefusal,
};
use senim_operation::signature::SignaturePurpose;
use senim_pki::Algorithm;
use senim_pki::phone::Manner;
use senim_test_services::Phones;
use uuid::Uuid;

use crate::support::eds::scan;
use crate::support::{Rig, iin, right_iin, started};

const PIN: &str = "740295";
/// The account of the client in the simulated world, and one of somebody else.
const OWN_ACCOUNT: &str = "KZ951250900514300002";
const OTHERS_ACCOUNT: &str = "KZ841250911231400005";

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

impl Rig {
    /// A picture of whoever is logged in.
    fn holder_face(&mut self, client: ClientId) -> (MessageId, MessageBody) {
        let subject = FaceSubject::Client(client);
        let body = FaceCaptured { subject, liveness: self.proves(subject), quality: 90 };
        let picture = SecretBytes::new(b"picture of a face".to_vec());
        self.say(self.in_session(body).with_attachment(picture)).unwrap()
    }

    fn set_pin(&mut self, client: ClientId, pin: &str) -> MessageBody {
        let sealed = PinEntry { pin: secret(pin) }.to_plaintext().unwrap();
        self.say(self.in_session(PinSubmitted { client }).with_attachment(sealed)).unwrap().1
    }

    /// A client with a PIN, nobody logged in.
    fn with_pin(mut self) -> (Self, ClientId) {
        self.open_session();
        let client = self.log_in();
        self.holder_face(client);
        assert_eq!(self.set_pin(client, PIN), MessageBody::PinAccepted { client });
        self.open_session();
        (self, client)
    }

    fn ways(&mut self) -> (MessageId, Vec<LoginWay>) {
        match self.ask_login(&iin()) {
            (login, MessageBody::LoginWaysOffered { ways }) => (login, ways),
            (_, other) => panic!("{other:?}"),
        }
    }

    fn type_pin(&mut self, login: MessageId, pin: &str) -> MessageBody {
        let sealed = PinEntry { pin: secret(pin) }.to_plaintext().unwrap();
        self.say(self.in_session(LoginPinSubmitted { login }).with_attachment(sealed)).unwrap().1
    }

    fn want_code(&mut self, login: MessageId) -> (MessageId, MessageBody) {
        self.say(self.in_session(LoginCodeWanted { login })).unwrap()
    }

    /// A visit in which the PIN is typed wrong until the cabinet is locked.
    fn lock(&mut self) {
        self.open_session();
        let (login, _) = self.ways();
        for _ in 0..4 {
            assert_eq!(refusal(&self.type_pin(login, "851306")), (LoginRefusal::WrongPin, true));
        }
        assert_eq!(refusal(&self.type_pin(login, "851306")), (LoginRefusal::TooMany, false));
    }

    fn told(&mut self) -> Vec<String> {
        let before = self.services.get(|s| s.sms.len());
        assert_eq!(self.gateway.flush_outbox(self.now).unwrap(), 0);
        self.services.get(|s| s.sms[before..].to_vec())
    }

    fn wants(&mut self, client: ClientId, contact: Contact, to: &str) -> (ChangeId, MessageId, MessageBody) {
        let change = ChangeId(Uuid::now_v7());
        let sealed = match contact {
            Contact::Phone => PhoneEntry { phone: secret(to) }.to_plaintext(),
            Contact::Account => AccountEntry { iban: secret(to) }.to_plaintext(),
        };
        let body = ContactChangeRequested { change, client, contact, language: Language::Ru };
        let (message, reply) = self.say(self.in_session(body).with_attachment(sealed.unwrap())).unwrap();
        (change, message, reply)
    }

    fn types(&mut self, change: ChangeId, code: MessageId, typed: &str) -> MessageBody {
        let sealed = LoginCode { code: secret(typed) }.to_plaintext().unwrap();
        self.say(self.in_session(ContactCodeSubmitted { change, code }).with_attachment(sealed)).unwrap().1
    }

    fn concludes(&mut self, change: ChangeId, face_check: MessageId) -> MessageBody {
        self.say(self.in_session(ContactChangeConcluded { change, face_check })).unwrap().1
    }

    /// The client's phone signs this document.
    fn signs(&mut self, phones: &Phones, purpose: SignaturePurpose, document_sha256: String) {
        let signature = SignatureId(Uuid::now_v7());
        let body = SignatureRequested { signature, purpose, loan: None, document_sha256 };
        let Some((_, MessageBody::SignatureOffered { qr, .. })) = self.say(self.in_session(body)) else {
            panic!("no code")
        };
        assert!(self.say(self.in_session(SignatureAwaited { signature })).is_none());
        scan(phones, &qr, Algorithm::P256, Manner::Signs).unwrap();
        let row = self.terminal.rows.last().unwrap().clone();
        let late = self.gateway.late_answers(&row.envelope.terminal, Some(row.envelope.op_id), self.now);
        let (_, verdict) = self.read(&late.unwrap()[0], &row);
        assert!(matches!(verdict, MessageBody::SignatureAccepted { .. }), "{verdict:?}");
    }
}

fn refusal(body: &MessageBody) -> (LoginRefusal, bool) {
    match body {
        MessageBody::LoginRefused { reason, may_retry } => (*reason, *may_retry),
        other => panic!("{other:?}"),
    }
}

fn contact_refusal(body: &MessageBody) -> (ContactRefusal, bool) {
    match body {
        MessageBody::ContactChangeRefused { reason, may_retry, .. } => (*reason, *may_retry),
        other => panic!("{other:?}"),
    }
}

/// Somebody logged in, and phones that sign.
fn with_phones() -> (Rig, Phones, ClientId) {
    let (mut rig, phones) = Rig::with_eds();
    let row = rig.terminal.begin_epoch(rig.now);
    rig.send(&[row]);
    rig.open_session();
    let client = rig.log_in();
    rig.told();
    (rig, phones, client)
}

#[test]
fn who_has_a_pin_chooses_between_it_and_a_code_and_no_code_is_sent_before() {
    let (mut rig, client) = started().with_pin();
    let sent = rig.services.get(|s| s.sms.len());
    let (login, ways) = rig.ways();
    assert_eq!(ways, [LoginWay::Pin, LoginWay::Code]);
    assert_eq!(rig.services.get(|s| s.sms.len()), sent);
    let body = rig.type_pin(login, PIN);
    assert!(matches!(body, MessageBody::LoggedIn { client: who, .. } if who == client), "{body:?}");
    assert_eq!(refusal(&rig.type_pin(login, PIN)).0, LoginRefusal::CodeExpired, "an offer serves once");
    let told = rig.told();
    assert!(
        told.last().unwrap().contains("t-1") && told.last().unwrap().contains("кабинетіңізге кірді"),
        "{told:?}"
    );
    rig.open_session();
    let (login, _) = rig.ways();
    let (code, body) = rig.want_code(login);
    assert!(matches!(body, MessageBody::LoginCodeSent { .. }), "{body:?}");
    let text = rig.services.get(|s| s.sms.last().cloned()).unwrap();
    assert!(text.contains("t-1") && text.contains("кіру коды"), "names operation and terminal: {text}");
    assert_eq!(refusal(&rig.want_code(login).1).0, LoginRefusal::CodeExpired, "one offer, one code");
    let typed = rig.last_code();
    assert!(matches!(rig.type_code(code, &typed), MessageBody::LoggedIn { .. }));
}

#[test]
fn without_a_pin_a_code_is_sent_at_once() {
    let mut rig = started();
    rig.open_session();
    assert!(matches!(rig.ask_login(&iin()).1, MessageBody::LoginCodeSent { .. }));
}

#[test]
fn wrong_pins_lock_the_cabinet_at_every_terminal_and_way_until_the_time_is_over() {
    let (mut rig, _) = started().with_pin();
    rig.told();
    rig.lock();
    let told = rig.told();
    assert_eq!(told.len(), 2, "the first failure and the lock: {told:?}");
    assert!(
        told.iter().any(|text| text.contains("сәтсіз аяқталды"))
            && told.iter().all(|text| text.contains("t-1"))
    );
    assert!(told.iter().any(|text| text.contains("уақытша жабылды")));
    rig.open_session();
    assert_eq!(refusal(&rig.ask_login(&iin()).1), (LoginRefusal::TooMany, false));
    let second = rig.second_terminal("t-2");
    let first = std::mem::replace(&mut rig.terminal, second);
    let row = rig.terminal.begin_epoch(rig.now);
    rig.send(&[row]);
    rig.open_session();
    assert_eq!(refusal(&rig.ask_login(&iin()).1), (LoginRefusal::TooMany, false), "elsewhere too");
    rig.terminal = first;
    rig.later(30 * 60);
    rig.open_session();
    let (login, _) = rig.ways();
    assert!(matches!(rig.type_pin(login, PIN), MessageBody::LoggedIn { .. }));
}

#[test]
fn a_login_under_way_ends_with_the_lock_that_another_visit_brings() {
    let (mut rig, _) = started().with_pin();
    let (login, _) = rig.ways();
    let session = rig.terminal.session;
    let second = rig.second_terminal("t-2");
    let first = std::mem::replace(&mut rig.terminal, second);
    let row = rig.terminal.begin_epoch(rig.now);
    rig.send(&[row]);
    rig.lock();
    rig.terminal = first;
    assert_eq!(rig.terminal.session, session);
    assert_eq!(refusal(&rig.want_code(login).1), (LoginRefusal::TooMany, false));
    assert_eq!(refusal(&rig.type_pin(login, PIN)), (LoginRefusal::TooMany, false));
}

#[test]
fn after_so_many_locks_the_pin_is_void_and_recovered_by_code_and_face() {
    let (mut rig, client) = started().with_pin();
    for _ in 0..3 {
        rig.lock();
        rig.later(30 * 60);
    }
    rig.open_session();
    let (code, body) = rig.ask_login(&iin());
    assert!(matches!(body, MessageBody::LoginCodeSent { .. }), "the PIN is not offered: {body:?}");
    let typed = rig.last_code();
    assert!(matches!(rig.type_code(code, &typed), MessageBody::LoggedIn { .. }));
    let wanted = MessageBody::PinRefused { client, reason: PinRefusal::FaceCheck };
    assert_eq!(rig.set_pin(client, "851306"), wanted, "a code alone recovers no PIN");
    rig.services.set(|s| s.face = Some(FaceVerdict::Other));
    let (_, body) = rig.holder_face(client);
    assert!(matches!(
        body,
        MessageBody::HolderRefused { reason: FaceRefusal::NoMatch, attempts_left: 2, .. }
    ));
    assert_eq!(rig.set_pin(client, "851306"), wanted);
    rig.services.set(|s| s.face = Some(FaceVerdict::Same));
    assert_eq!(rig.holder_face(client).1, MessageBody::HolderMatched { client });
    let same = MessageBody::PinRefused { client, reason: PinRefusal::Simple };
    assert_eq!(rig.set_pin(client, PIN), same, "not the same again");
    rig.told();
    assert_eq!(rig.set_pin(client, "851306"), MessageBody::PinAccepted { client });
    assert!(rig.told().iter().any(|text| text.contains("PIN-коды ауыстырылды")));
    assert_eq!(rig.set_pin(client, "962417"), wanted, "one face, one PIN");
    rig.open_session();
    let (login, _) = rig.ways();
    assert!(matches!(rig.type_pin(login, "851306"), MessageBody::LoggedIn { .. }));
}

#[test]
fn a_pin_as_it_was_typed_is_erased_the_next_day_even_while_a_loan_is_open() {
    let mut rig = started();
    // The archive's clock goes from the first day on.
    rig.gateway.erase_due(None, rig.now).unwrap();
    let (loan, _) = rig.conclude();
    let client = ClientId(rig.services.get(|s| s.client));
    rig.holder_face(client);
    assert_eq!(rig.set_pin(client, PIN), MessageBody::PinAccepted { client });
    rig.open_session();
    let (login, _) = rig.ways();
    rig.type_pin(login, PIN);
    let typed: Vec<String> = rig
        .terminal
        .rows
        .iter()
        .filter(|row| matches!(row.envelope.kind.as_str(), "PinSubmitted" | "LoginPinSubmitted"))
        .map(|row| row.envelope.sealed.as_ref().unwrap().sha256.clone())
        .collect();
    assert_eq!(typed.len(), 2);
    rig.later(2 * 24 * 3600);
    let erased = rig.gateway.erase_due(None, rig.now).unwrap().erased;
    for sha256 in typed {
        assert!(erased.iter().any(|document| document.ends_with(&sha256)), "{erased:?}");
    }
    assert_eq!(erased.len(), 2, "nothing else of somebody with the open loan {loan}");
    rig.open_session();
    let (login, _) = rig.ways();
    assert!(matches!(rig.type_pin(login, PIN), MessageBody::LoggedIn { .. }), "the keyed hash stays");
}

#[test]
fn a_face_too_long_ago_or_of_another_client_changes_no_pin() {
    let mut rig = started();
    rig.open_session();
    let client = rig.log_in();
    let other = ClientId(Uuid::now_v7());
    assert!(matches!(rig.holder_face(other).1, MessageBody::HolderRefused { attempts_left: 0, .. }));
    rig.open_session();
    rig.log_in();
    rig.holder_face(client);
    rig.later(301);
    assert_eq!(rig.set_pin(client, PIN), MessageBody::PinRefused { client, reason: PinRefusal::FaceCheck });
}

#[test]
fn another_iin_in_the_visit_of_a_client_is_refused_and_stands_in_the_trail() {
    let mut rig = started();
    rig.open_session();
    let client = rig.log_in();
    let (_, body) = rig.ask_login(&right_iin("85010130000"));
    assert_eq!(refusal(&body), (LoginRefusal::NotAvailable, false));
    let body = RegistrationRequested {
        registration: senim_domain::RegistrationId(Uuid::now_v7()),
        client_type: senim_domain::rule_pack::ClientType::Individual,
        language: Language::Kk,
        chip: None,
    };
    let sealed = senim_operation::attachment::LoginRequest { iin: secret(&right_iin("85010130000")) };
    let (_, body) = rig.say(rig.in_session(body).with_attachment(sealed.to_plaintext().unwrap())).unwrap();
    assert!(matches!(body, MessageBody::RegistrationRefused { may_retry: false, .. }), "{body:?}");
    let trail = rig.gateway.trail(UtcMillis(0), None, 10).unwrap();
    let acts: Vec<_> = trail.acts.iter().filter(|act| act.record.act == "iinChangeRefused").collect();
    assert_eq!(acts.len(), 2);
    assert!(acts.iter().all(|act| act.record.subject == format!("t-1/{client}")));
    // Whoever is logged in still is, under the same IIN.
    rig.holder_face(client);
    assert_eq!(rig.set_pin(client, PIN), MessageBody::PinAccepted { client });
    assert!(matches!(rig.ask_login(&iin()).1, MessageBody::LoginWaysOffered { .. }));
}

#[test]
fn a_phone_is_changed_by_code_face_and_signature_and_both_numbers_are_told() {
    let (mut rig, phones, client) = with_phones();
    let (change, code, body) = rig.wants(client, Contact::Phone, "+77029990001");
    assert!(matches!(body, MessageBody::ContactCodeSent(_)), "{body:?}");
    assert_eq!(rig.services.get(|s| s.sms_to.last().cloned()).unwrap(), "+77029990001");
    let text = rig.services.get(|s| s.sms.last().cloned()).unwrap();
    assert!(text.contains("смены номера") && text.contains("t-1"), "{text}");
    let right = rig.last_code();
    let wrong = if right == "000000" { "111111" } else { "000000" };
    assert_eq!(contact_refusal(&rig.types(change, code, wrong)), (ContactRefusal::WrongCode, true));
    let nobody = MessageId(Uuid::now_v7());
    assert_eq!(
        contact_refusal(&rig.concludes(change, nobody)).0,
        ContactRefusal::NotAvailable,
        "no code yet"
    );
    assert_eq!(rig.types(change, code, &right), MessageBody::ContactChangeAdvanced { change });
    assert_eq!(contact_refusal(&rig.concludes(change, nobody)), (ContactRefusal::FaceCheck, true));
    let (face, _) = rig.holder_face(client);
    let MessageBody::ContactStatementToSign(statement) = rig.concludes(change, face) else { panic!() };
    let said = statement.statement.expose();
    assert!(
        said.contains("+7 702 999 00 01") && said.contains("+7 701 123 45 67") && said.contains("Серікбаева")
    );
    assert!(rig.services.get(|s| s.contacts.is_empty()), "nothing is changed before it is signed");
    let again = rig.concludes(change, face);
    assert!(
        matches!(&again, MessageBody::ContactStatementToSign(same) if same.statement == statement.statement)
    );
    rig.signs(&phones, SignaturePurpose::PhoneChange, statement.statement_sha256.clone());
    rig.services.set(|s| s.core_down = true);
    assert_eq!(contact_refusal(&rig.concludes(change, face)), (ContactRefusal::TryLater, true));
    rig.services.set(|s| s.core_down = false);
    let MessageBody::ContactChanged(made) = rig.concludes(change, face) else { panic!() };
    assert_eq!(
        (made.old_masked.expose(), made.new_masked.expose()),
        ("+7 7** *** ** 67", "+7 7** *** ** 01")
    );
    let proof = rig.terminal.rows.last().unwrap().envelope.op_id;
    assert_eq!(rig.services.get(|s| s.contacts.clone()), [("phone", "+77029990001".to_owned(), proof)]);
    let before = rig.services.get(|s| s.sms_to.len());
    rig.told();
    let mut told = rig.services.get(|s| s.sms_to[before..].to_vec());
    told.sort();
    assert_eq!(told, ["+77011234567", "+77029990001"]);
    assert_eq!(contact_refusal(&rig.concludes(change, face)).0, ContactRefusal::NotAvailable, "once");
    let dump = rig.store.dump();
    assert!(!dump.contains("77029990001") && !dump.contains("77011234567"));
    assert!(dump.contains(&change.to_string()));
}

#[test]
fn a_number_of_somebody_else_or_one_that_is_there_already_is_not_taken() {
    let (mut rig, _, client) = with_phones();
    let (.., body) = rig.wants(client, Contact::Phone, "+77011234567");
    assert_eq!(contact_refusal(&body), (ContactRefusal::Unchanged, true));
    let (.., body) = rig.wants(client, Contact::Phone, "+77990000001");
    assert_eq!(contact_refusal(&body), (ContactRefusal::NotUsable, true));
    rig.services.set(|s| s.state.foreign_number = true);
    let sent = rig.services.get(|s| s.sms.len());
    for again in [true, true, false] {
        let (.., body) = rig.wants(client, Contact::Phone, "+77029990001");
        assert_eq!(contact_refusal(&body), (ContactRefusal::NotOwned, again));
    }
    assert_eq!(rig.services.get(|s| s.sms.len()), sent, "nobody else gets a code");
    let stranger = ClientId(Uuid::now_v7());
    let (.., body) = rig.wants(stranger, Contact::Phone, "+77029990001");
    assert_eq!(contact_refusal(&body), (ContactRefusal::NotAvailable, false));
}

#[test]
fn a_code_for_a_new_number_dies_of_age_and_of_wrong_entries() {
    let (mut rig, _, client) = with_phones();
    let (change, code, _) = rig.wants(client, Contact::Phone, "+77029990001");
    let right = rig.last_code();
    rig.later(121);
    assert_eq!(contact_refusal(&rig.types(change, code, &right)), (ContactRefusal::CodeExpired, true));
    let (change, code, _) = rig.wants(client, Contact::Phone, "+77029990001");
    let right = rig.last_code();
    let wrong = if right == "000000" { "111111" } else { "000000" };
    for again in [true, true] {
        assert_eq!(contact_refusal(&rig.types(change, code, wrong)), (ContactRefusal::WrongCode, again));
    }
    assert_eq!(contact_refusal(&rig.types(change, code, wrong)), (ContactRefusal::TooMany, false));
    assert_eq!(contact_refusal(&rig.types(change, code, &right)).0, ContactRefusal::CodeExpired);
    // Login and two changes: three codes are what a visit has.
    let (.., body) = rig.wants(client, Contact::Phone, "+77029990001");
    assert_eq!(contact_refusal(&body), (ContactRefusal::TooMany, false));
}

#[test]
fn without_signatures_no_contact_is_changed_and_no_code_is_sent() {
    let mut rig = started();
    rig.open_session();
    let client = rig.log_in();
    let sent = rig.services.get(|s| s.sms.len());
    let (.., body) = rig.wants(client, Contact::Phone, "+77029990001");
    assert_eq!(contact_refusal(&body), (ContactRefusal::NotSigned, false));
    assert_eq!(rig.services.get(|s| s.sms.len()), sent);
}

#[test]
fn an_account_is_changed_by_face_and_signature_if_the_bank_says_that_it_is_the_clients() {
    let (mut rig, phones, client) = with_phones();
    let (own, others) = (OWN_ACCOUNT, OTHERS_ACCOUNT);
    let (.., body) = rig.wants(client, Contact::Account, others);
    assert_eq!(contact_refusal(&body), (ContactRefusal::NotOwned, true));
    let (.., body) = rig.wants(client, Contact::Account, "KZ86125KZT5004100100");
    assert_eq!(
        contact_refusal(&body),
        (ContactRefusal::OwnerUnknown, true),
        "no transfer without an owner (R-064)"
    );
    let (.., body) = rig.wants(client, Contact::Account, "KZ86125KZT5004100101");
    assert_eq!(contact_refusal(&body), (ContactRefusal::NotUsable, true), "a wrong check digit");
    let (change, _, body) = rig.wants(client, Contact::Account, own);
    assert_eq!(body, MessageBody::ContactChangeAdvanced { change });
    let (face, _) = rig.holder_face(client);
    let MessageBody::ContactStatementToSign(statement) = rig.concludes(change, face) else { panic!() };
    rig.signs(&phones, SignaturePurpose::AccountChange, statement.statement_sha256);
    let body = rig.concludes(change, face);
    let MessageBody::ContactChanged(made) = &body else { panic!("{body:?}") };
    assert_eq!((made.contact, made.old_masked.is_empty()), (Contact::Account, true));
    let proof = rig.terminal.rows.last().unwrap().envelope.op_id;
    assert_eq!(rig.services.get(|s| s.contacts.clone()), [("account", own.to_owned(), proof)]);
    assert!(rig.told().iter().any(|text| text.contains("шотыңыз ауыстырылды")));
    assert!(!rig.store.dump().contains(own));
}

#[test]
fn a_signature_for_another_purpose_changes_nothing() {
    let (mut rig, _, client) = with_phones();
    let (change, code, _) = rig.wants(client, Contact::Phone, "+77029990001");
    let right = rig.last_code();
    rig.types(change, code, &right);
    let (face, _) = rig.holder_face(client);
    let MessageBody::ContactStatementToSign(statement) = rig.concludes(change, face) else { panic!() };
    let body = SignatureRequested {
        signature: SignatureId(Uuid::now_v7()),
        purpose: SignaturePurpose::AccountChange,
        loan: None,
        document_sha256: statement.statement_sha256,
    };
    let (_, body) = rig.say(rig.in_session(body)).unwrap();
    assert!(matches!(body, MessageBody::SignatureRefused { may_retry: false, .. }), "{body:?}");
    assert!(matches!(rig.concludes(change, face), MessageBody::ContactStatementToSign(_)));
}
