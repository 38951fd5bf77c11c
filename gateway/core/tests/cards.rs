//! Cards as a way into the cabinet: bound under a face, shown and proven, refused, counted, unbound, lost; and what a card is
//! given to sign.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use senim_domain::{ClientId, LoanId, MessageId, Secret, SecretBytes, SignatureId};
use senim_gateway_core::{CardEnd, GatewayError, SignatureState};
use senim_operation::Profile;
use senim_operation::attachment::{CardProof, CardSignature, ShownCard};
use senim_operation::body::*;
use senim_operation::message::{CardChallenge, CardRefusal, LoginRefusal, LoginWay, MessageBody};
use senim_operation::signature::SignaturePurpose;
use senim_pki::{Algorithm, Credential, Holder, Profile as Certified, Usage};
use senim_test_services::Phones;
use uuid::Uuid;

use crate::support::eds::holder;
use crate::support::{self, Drafted, NOON, Rig, Services, iin, right_iin, staff};

const DAY: i64 = 86_400_000;

/// A gateway that knows cards, and who issues them.
struct Office {
    rig: Rig,
    phones: Phones,
    client: ClientId,
    card: Credential,
}

/// How a card's certificate is.
fn certified(from_days: i64, to_days: i64) -> Certified {
    Certified {
        algorithm: Algorithm::P256,
        usage: Usage::Auth,
        bin: None,
        valid: (NOON.0 + from_days * DAY, NOON.0 + to_days * DAY),
        by_a_stranger: false,
    }
}

fn another_person() -> Holder {
    Holder { iin: right_iin("91123140000"), ..holder() }
}

impl Office {
    fn new() -> Self {
        let phones = Phones::new(NOON, iin());
        let (cards, eds) = (Some(phones.clone()), Some(phones.clone()));
        let services = Services { cards, eds, ..Services::default() };
        let mut rig = Rig::with_services(Profile::Rig, services);
        let row = rig.terminal.begin_epoch(rig.now);
        assert_eq!(rig.send(&[row]).refusal, None);
        let card = phones.get(|w| w.pki.issue(&holder(), &certified(-1, 365)).unwrap());
        Self { rig, phones, client: ClientId(Uuid::from_u128(7)), card }
    }

    /// With the card bound, and nobody logged in.
    fn bound() -> Self {
        let mut office = Self::new();
        office.rig.open_session();
        assert_eq!(office.rig.log_in(), office.client);
        let face = office.face();
        let card = office.card.certificate.clone();
        let reply = office.binds(&card, face);
        assert_eq!(office.proves(&reply), MessageBody::CardBound { client: office.client });
        office.rig.open_session();
        office
    }

    fn issue(&self, holder: &Holder, profile: &Certified) -> Credential {
        self.phones.get(|w| w.pki.issue(holder, profile).unwrap())
    }

    fn later(&mut self, seconds: i64) {
        self.rig.later(seconds);
        let now = self.rig.now;
        self.phones.set(|w| w.now = now);
    }

    fn face(&mut self) -> MessageId {
        let subject = FaceSubject::Client(self.client);
        let body = FaceCaptured { subject, liveness: self.rig.proves(subject), quality: 90 };
        let picture = SecretBytes::new(b"picture of a face".to_vec());
        let (face, reply) = self.rig.say(self.rig.in_session(body).with_attachment(picture)).unwrap();
        assert!(matches!(reply, MessageBody::HolderMatched { .. }), "{reply:?}");
        face
    }

    fn binds(&mut self, certificate: &[u8], face_check: MessageId) -> (MessageId, MessageBody) {
        let body = CardBindingRequested { client: self.client, face_check };
        self.rig.say(self.rig.in_session(body).with_attachment(shown(certificate, b""))).unwrap()
    }

    /// The offer of ways to log in.
    fn ways(&mut self) -> (MessageId, Vec<LoginWay>) {
        match self.rig.ask_login(&iin()) {
            (login, MessageBody::LoginWaysOffered { ways }) => (login, ways),
            (_, other) => panic!("{other:?}"),
        }
    }

    fn shows(&mut self, login: MessageId, certificate: &[u8]) -> (MessageId, MessageBody) {
        let body = LoginCardShown { login };
        self.rig.say(self.rig.in_session(body).with_attachment(shown(certificate, b""))).unwrap()
    }

    /// The right card signs what this answer gave it.
    fn proves(&mut self, (id, answer): &(MessageId, MessageBody)) -> MessageBody {
        let MessageBody::CardChallenged(challenge) = answer else { panic!("{answer:?}") };
        let message = self.message(*id, challenge);
        let signature = self.card.key.sign(message.expose()).unwrap();
        self.submits(*id, &signature)
    }

    fn message(&self, id: MessageId, challenge: &CardChallenge) -> SecretBytes {
        let terminal = "t-1".parse().unwrap();
        challenge.to_sign(&terminal, self.rig.terminal.session.unwrap(), id)
    }

    fn submits(&mut self, challenge: MessageId, signature: &[u8]) -> MessageBody {
        let proof = CardProof { signature: Secret::new(STANDARD.encode(signature)) };
        let body = CardProofSubmitted { challenge };
        let draft = self.rig.in_session(body).with_attachment(proof.to_plaintext().unwrap());
        self.rig.say(draft).unwrap().1
    }

    /// Shows a card in a new visit; why it opens nothing.
    fn refused_at_login(&mut self, certificate: &[u8]) -> CardRefusal {
        self.rig.open_session();
        let (login, _) = self.ways();
        refusal(&self.shows(login, certificate).1)
    }

    fn told(&mut self) -> Vec<String> {
        let before = self.rig.services.get(|s| s.sms.len());
        assert_eq!(self.rig.gateway.flush_outbox(self.rig.now).unwrap(), 0);
        self.rig.services.get(|s| s.sms[before..].to_vec())
    }

    fn name(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, &self.card.certificate);
        URL_SAFE_NO_PAD.encode(digest.as_ref())
    }
}

fn shown(authentication: &[u8], signature: &[u8]) -> SecretBytes {
    let text = |bytes: &[u8]| Secret::new(STANDARD.encode(bytes));
    let card = ShownCard { authentication: text(authentication), signature: text(signature) };
    card.to_plaintext().unwrap()
}

fn refusal(body: &MessageBody) -> CardRefusal {
    match body {
        MessageBody::CardRefused { reason, .. } => *reason,
        other => panic!("{other:?}"),
    }
}

fn is_locked(body: &MessageBody) -> bool {
    matches!(body, MessageBody::LoginRefused { reason: LoginRefusal::TooMany, may_retry: false })
}

#[test]
fn a_card_that_was_bound_under_a_face_opens_the_cabinet_at_a_later_visit() {
    let mut office = Office::bound();
    assert_eq!(office.rig.gateway.bound_card(office.client).unwrap(), Some(office.name()));
    let kept = office.rig.gateway.card(&office.name()).unwrap().unwrap();
    assert_eq!((kept.client, kept.terminal.as_str(), kept.ended), (office.client, "t-1", None));
    office.later(86_400);
    office.rig.open_session();
    let (login, ways) = office.ways();
    assert_eq!(ways, [LoginWay::Card, LoginWay::Code]);
    let card = office.card.certificate.clone();
    let given = office.shows(login, &card);
    let reply = office.proves(&given);
    assert!(matches!(reply, MessageBody::LoggedIn { client, .. } if client == office.client), "{reply:?}");
    let told = office.told();
    assert!(told.iter().any(|text| text.contains("card was bound") || text.contains("карта")), "{told:?}");
}

#[test]
fn without_a_fresh_face_of_the_visit_no_card_is_bound_or_unbound() {
    let mut office = Office::new();
    office.rig.open_session();
    let card = office.card.certificate.clone();
    let nobody = MessageId(Uuid::now_v7());
    assert_eq!(refusal(&office.binds(&card, nobody).1), CardRefusal::NotAvailable, "nobody is logged in");
    office.rig.log_in();
    assert_eq!(refusal(&office.binds(&card, nobody).1), CardRefusal::FaceCheck);
    let face = office.face();
    office.later(3_600);
    assert_eq!(refusal(&office.binds(&card, face).1), CardRefusal::FaceCheck, "that was long ago");
    let unbinding = CardUnbindingRequested { client: office.client, face_check: face };
    let (_, reply) = office.rig.say(office.rig.in_session(unbinding)).unwrap();
    assert_eq!(refusal(&reply), CardRefusal::FaceCheck);
    assert_eq!(office.rig.gateway.bound_card(office.client).unwrap(), None);
}

#[test]
fn a_face_binds_one_card_and_somebody_elses_card_is_bound_by_no_face() {
    let mut office = Office::new();
    office.rig.open_session();
    office.rig.log_in();
    let face = office.face();
    let others = office.issue(&another_person(), &certified(-1, 365));
    assert_eq!(refusal(&office.binds(&others.certificate, face).1), CardRefusal::OtherPerson);
    let card = office.card.certificate.clone();
    let given = office.binds(&card, face);
    assert_eq!(office.proves(&given), MessageBody::CardBound { client: office.client });
    assert_eq!(refusal(&office.binds(&card, face).1), CardRefusal::FaceCheck, "the face is used");
}

#[test]
fn a_card_of_somebody_else_is_asked_for_no_pin_and_is_a_failed_login() {
    let mut office = Office::bound();
    office.told();
    let others = office.issue(&another_person(), &certified(-1, 365));
    assert_eq!(office.refused_at_login(&others.certificate), CardRefusal::OtherPerson);
    let told = office.told();
    assert_eq!(told.len(), 1, "{told:?}");
    // Again and again, it locks the cabinet.
    office.rig.open_session();
    let (login, _) = office.ways();
    let replies: Vec<_> = (0..4).map(|_| office.shows(login, &others.certificate).1).collect();
    assert!(is_locked(&replies[3]) && !is_locked(&replies[2]), "{replies:?}");
    office.rig.open_session();
    let (_, reply) = office.rig.ask_login(&iin());
    assert!(is_locked(&reply), "{reply:?}");
}

#[test]
fn a_card_that_is_bound_to_no_cabinet_opens_none() {
    let mut office = Office::bound();
    let second = office.issue(&holder(), &certified(-2, 365));
    assert_eq!(office.refused_at_login(&second.certificate), CardRefusal::NotBound);
}

#[test]
fn an_expired_a_revoked_and_a_foreign_card_are_refused_by_their_names() {
    let mut office = Office::bound();
    let serial = office.card.serial.clone();
    let (card, now) = (office.card.certificate.clone(), office.rig.now);
    office.phones.set(|w| w.pki.revoke(&serial, now.0));
    assert_eq!(office.refused_at_login(&card), CardRefusal::Revoked);
    let mut office = Office::bound();
    office.later(366 * 86_400);
    // The rules of the sample are over by then: as if they had been published anew.
    let pack = senim_domain::rule_pack::RulePack {
        version: support::pack().version + 1,
        expires: senim_domain::UtcMillis(office.rig.now.0 + 30 * DAY),
        ..support::pack()
    };
    office.rig.gateway.publish_rule_pack(pack, &staff(), office.rig.now).unwrap();
    let card = office.card.certificate.clone();
    assert_eq!(office.refused_at_login(&card), CardRefusal::Expired);
    // One that the authority never issued is not even bound.
    let mut office = Office::new();
    office.rig.open_session();
    office.rig.log_in();
    let face = office.face();
    let forged = office.issue(&holder(), &Certified { by_a_stranger: true, ..certified(-1, 365) });
    assert_eq!(refusal(&office.binds(&forged.certificate, face).1), CardRefusal::NotIssued);
    let signs = office.issue(&holder(), &Certified { usage: Usage::Sign, ..certified(-1, 365) });
    let reason = refusal(&office.binds(&signs.certificate, face).1);
    assert_eq!(reason, CardRefusal::NotIssued, "a key for signing is none for logging in");
    assert_eq!(refusal(&office.binds(b"no certificate", face).1), CardRefusal::NotIssued);
}

#[test]
fn nobody_who_vouches_for_a_card_is_nobodys_failure() {
    let mut office = Office::bound();
    office.phones.set(|w| (w.ocsp_down, w.lists_down) = (true, true));
    let card = office.card.certificate.clone();
    office.told();
    for _ in 0..6 {
        assert_eq!(office.refused_at_login(&card), CardRefusal::TryLater);
    }
    assert_eq!(office.told(), Vec::<String>::new());
    // Lists are enough where the responder is away.
    office.phones.set(|w| w.lists_down = false);
    office.rig.open_session();
    let (login, _) = office.ways();
    let given = office.shows(login, &card);
    assert!(matches!(office.proves(&given), MessageBody::LoggedIn { .. }));
}

#[test]
fn a_challenge_is_used_by_its_first_answer_and_dies_with_its_time_and_its_visit() {
    let mut office = Office::bound();
    let card = office.card.certificate.clone();
    let (login, _) = office.ways();
    let (id, reply) = office.shows(login, &card);
    let MessageBody::CardChallenged(challenge) = &reply else { panic!("{reply:?}") };
    let signature = office.card.key.sign(office.message(id, challenge).expose()).unwrap();
    // Wrong first: the right one comes too late.
    assert_eq!(refusal(&office.submits(id, b"no signature")), CardRefusal::NotVerified);
    assert_eq!(refusal(&office.submits(id, &signature)), CardRefusal::ChallengeOver);
    // A signature over one challenge answers no other.
    let (second, _) = office.shows(login, &card);
    assert_eq!(refusal(&office.submits(second, &signature)), CardRefusal::NotVerified);
    // Time.
    let given = office.shows(login, &card);
    office.later(support::pack().otp.life_seconds.into());
    assert_eq!(refusal(&office.proves(&given)), CardRefusal::ChallengeOver);
    // Another visit.
    let given = office.shows(login, &card);
    office.rig.open_session();
    assert_eq!(refusal(&office.proves(&given)), CardRefusal::ChallengeOver);
    // Used up by success, too.
    let (login, _) = office.ways();
    let given = office.shows(login, &card);
    assert!(matches!(office.proves(&given), MessageBody::LoggedIn { .. }));
    assert_eq!(refusal(&office.proves(&given)), CardRefusal::ChallengeOver);
}

#[test]
fn wrong_pins_of_a_card_lock_the_cabinet_like_wrong_pins_of_the_cabinet() {
    let mut office = Office::bound();
    office.told();
    let card = office.card.certificate.clone();
    let (login, _) = office.ways();
    let given = office.shows(login, &card);
    let wrong = CardNotUsed { act: CardAct::Login, fault: CardFault::PinWrong };
    let withdrawn = CardNotUsed { act: CardAct::Login, fault: CardFault::Withdrawn };
    for _ in 0..9 {
        assert!(office.rig.say(office.rig.in_session(withdrawn.clone())).is_none());
    }
    for _ in 0..4 {
        assert!(office.rig.say(office.rig.in_session(wrong.clone())).is_none());
    }
    assert_eq!(office.told().len(), 1, "told of the first failure of the visit");
    assert!(office.rig.say(office.rig.in_session(wrong)).is_none());
    assert_eq!(office.told().len(), 1, "and of the lock");
    // Now even the right PIN opens nothing.
    assert_eq!(refusal(&office.proves(&given)), CardRefusal::ChallengeOver);
    office.rig.open_session();
    let (_, reply) = office.rig.ask_login(&iin());
    assert!(is_locked(&reply), "{reply:?}");
    office.later(31 * 60);
    office.rig.open_session();
    let (login, _) = office.ways();
    let given = office.shows(login, &card);
    assert!(matches!(office.proves(&given), MessageBody::LoggedIn { .. }));
}

#[test]
fn a_login_under_way_by_card_ends_with_the_lock_that_another_visit_brings() {
    let mut office = Office::bound();
    let card = office.card.certificate.clone();
    let (login, _) = office.ways();
    let given = office.shows(login, &card);
    let here = office.rig.terminal.session;
    let elsewhere = office.rig.second_terminal("t-2");
    let first = std::mem::replace(&mut office.rig.terminal, elsewhere);
    let row = office.rig.terminal.begin_epoch(office.rig.now);
    office.rig.send(&[row]);
    office.rig.open_session();
    let (login, _) = office.ways();
    let others = office.issue(&another_person(), &certified(-1, 365));
    (0..5).for_each(|_| drop(office.shows(login, &others.certificate)));
    office.rig.terminal = first;
    office.rig.terminal.session = here;
    assert!(is_locked(&office.proves(&given)));
}

#[test]
fn an_unbound_a_replaced_and_a_lost_card_open_nothing_any_more() {
    // Unbound at a terminal, under a face; it may be bound again.
    let mut office = Office::bound();
    let card = office.card.certificate.clone();
    let (login, _) = office.ways();
    let given = office.shows(login, &card);
    office.proves(&given);
    let unbinding = CardUnbindingRequested { client: office.client, face_check: office.face() };
    let (_, reply) = office.rig.say(office.rig.in_session(unbinding)).unwrap();
    assert_eq!(reply, MessageBody::CardUnbound { client: office.client });
    let kept = office.rig.gateway.card(&office.name()).unwrap().unwrap();
    assert_eq!(kept.ended.unwrap().how, CardEnd::Unbound);
    office.rig.open_session();
    office.rig.log_in();
    let face = office.face();
    let given = office.binds(&card, face);
    assert_eq!(office.proves(&given), MessageBody::CardBound { client: office.client });
    // Replaced by another of theirs.
    let second = office.issue(&holder(), &certified(-2, 365));
    let face = office.face();
    let given = office.binds(&second.certificate, face);
    assert_eq!(office.proves(&given), MessageBody::CardBound { client: office.client });
    assert_eq!(office.refused_at_login(&card), CardRefusal::NotBound);
    // Reported lost: for ever.
    let mut office = Office::bound();
    let lost = office.rig.gateway.report_card_lost(office.client, &staff(), office.rig.now).unwrap();
    assert!(lost.is_lost());
    let again = office.rig.gateway.report_card_lost(office.client, &staff(), office.rig.now);
    assert!(matches!(again, Err(GatewayError::Refused(_))));
    assert!(
        office.told().iter().any(|text| !text.contains("t-1")),
        "the client is told, and not of a terminal"
    );
    office.rig.open_session();
    office.rig.log_in();
    let face = office.face();
    let card = office.card.certificate.clone();
    assert_eq!(refusal(&office.binds(&card, face).1), CardRefusal::Revoked);
    let trail = office.rig.gateway.trail(senim_domain::UtcMillis(0), None, 100).unwrap();
    assert!(format!("{trail:?}").contains("cardLost"));
}

#[test]
fn where_the_mfo_gives_no_cards_none_is_offered_bound_or_taken() {
    let mut rig = support::started();
    rig.open_session();
    let client = rig.log_in();
    let body = CardBindingRequested { client, face_check: MessageId(Uuid::now_v7()) };
    let draft = rig.in_session(body).with_attachment(shown(b"card", b""));
    assert_eq!(refusal(&rig.say(draft).unwrap().1), CardRefusal::FaceCheck);
    rig.open_session();
    let (login, reply) = rig.ask_login(&iin());
    assert!(matches!(reply, MessageBody::LoginCodeSent { .. }));
    let draft = rig.in_session(LoginCardShown { login }).with_attachment(shown(b"card", b""));
    let (_, reply) = rig.say(draft).unwrap();
    assert!(matches!(reply, MessageBody::LoginRefused { reason: LoginRefusal::CodeExpired, .. }));
}

// Signing.

impl Office {
    /// The contract was read to its end in a visit by card.
    fn at_contract(&mut self) -> (LoanId, Drafted) {
        let (login, _) = self.ways();
        let card = self.card.certificate.clone();
        let given = self.shows(login, &card);
        assert!(matches!(self.proves(&given), MessageBody::LoggedIn { .. }));
        let MessageBody::OfferMade { loan, drafts, .. } = self.rig.apply(self.client, support::PRINCIPAL)
        else {
            panic!("no offer")
        };
        let draft = self.rig.choose(loan, &drafts[0]);
        self.rig.show(loan, &draft);
        (loan, draft)
    }

    fn wants_to_sign(
        &mut self,
        draft_of: &(LoanId, Drafted),
        card: SecretBytes,
    ) -> (SignatureId, MessageBody) {
        self.wants_to_sign_with(draft_of, card, PinPlace::Screen)
    }

    fn wants_to_sign_with(
        &mut self,
        (loan, draft): &(LoanId, Drafted),
        card: SecretBytes,
        pin_on: PinPlace,
    ) -> (SignatureId, MessageBody) {
        let signature = SignatureId(Uuid::now_v7());
        let body = CardSignatureRequested {
            signature,
            purpose: SignaturePurpose::Contract,
            loan: Some(*loan),
            document_sha256: draft.contract_sha256.clone(),
            pin_on,
        };
        (signature, self.rig.say(self.rig.in_session(body).with_attachment(card)).unwrap().1)
    }
}

#[test]
fn a_bound_card_signs_the_contract_by_what_the_gateway_gives_it() {
    let mut office = Office::bound();
    let contract = office.at_contract();
    let signer = office.issue(&holder(), &Certified::individual(Algorithm::P256, office.rig.now.0));
    let card = shown(&office.card.certificate, &signer.certificate);
    let (signature, reply) = office.wants_to_sign(&contract, card);
    let MessageBody::CardSignaturePrepared(to_make) = &reply else { panic!("{reply:?}") };
    let attributes = STANDARD.decode(&to_make.attributes).unwrap();
    let digest = ring::digest::digest(&ring::digest::SHA256, contract.1.pdf.expose());
    assert!(attributes.windows(32).any(|window| window == digest.as_ref()), "the document's hash is in it");
    let made = CardSignature {
        certificate: Secret::new(STANDARD.encode(&signer.certificate)),
        signature: Secret::new(STANDARD.encode(signer.key.sign(&attributes).unwrap())),
    };
    let body = CardSignatureMade {
        signature,
        purpose: SignaturePurpose::Contract,
        loan: Some(contract.0),
        document_sha256: contract.1.contract_sha256.clone(),
        signed_at: to_make.signed_at,
    };
    let draft = office.rig.in_session(body).with_attachment(made.to_plaintext().unwrap());
    let (_, verdict) = office.rig.say(draft).unwrap();
    assert!(matches!(verdict, MessageBody::SignatureAccepted { .. }), "{verdict:?}");
    let kept = office.rig.gateway.signature(signature).unwrap().unwrap();
    assert!(matches!(kept.state, SignatureState::Accepted(_)));
}

#[test]
fn the_pin_of_a_card_that_is_not_the_mfos_own_is_not_asked_for_on_a_screen() {
    let mut office = Office::bound();
    let contract = office.at_contract();
    let signer = office.issue(&holder(), &Certified::individual(Algorithm::P256, office.rig.now.0));
    let unknown = office.issue(&holder(), &certified(-3, 365));
    let others = office.issue(&another_person(), &certified(-1, 365));
    for (card, reason) in [
        (shown(&unknown.certificate, &signer.certificate), CardRefusal::NeedsPinPad),
        (shown(b"another application", &signer.certificate), CardRefusal::NeedsPinPad),
        (shown(&others.certificate, &signer.certificate), CardRefusal::OtherPerson),
        (shown(&office.card.certificate, b""), CardRefusal::NotIssued),
    ] {
        assert_eq!(refusal(&office.wants_to_sign(&contract, card).1), reason);
    }
}

#[test]
fn a_card_of_another_issuer_signs_where_the_reader_has_keys_of_its_own() {
    let mut office = Office::bound();
    let contract = office.at_contract();
    let signer = office.issue(&holder(), &Certified::individual(Algorithm::P256, office.rig.now.0));
    let unknown = office.issue(&holder(), &certified(-3, 365));
    let card = || shown(&unknown.certificate, &signer.certificate);
    assert_eq!(refusal(&office.wants_to_sign(&contract, card()).1), CardRefusal::NeedsPinPad);
    let (signature, answer) = office.wants_to_sign_with(&contract, card(), PinPlace::Reader);
    let MessageBody::CardSignaturePrepared(to_make) = answer else { panic!("{answer:?}") };
    let attributes = STANDARD.decode(&to_make.attributes).unwrap();
    let made = CardSignature {
        certificate: Secret::new(STANDARD.encode(&signer.certificate)),
        signature: Secret::new(STANDARD.encode(signer.key.sign(&attributes).unwrap())),
    };
    let body = CardSignatureMade {
        signature,
        purpose: SignaturePurpose::Contract,
        loan: Some(contract.0),
        document_sha256: contract.1.contract_sha256.clone(),
        signed_at: to_make.signed_at,
    };
    let draft = office.rig.in_session(body).with_attachment(made.to_plaintext().unwrap());
    let (_, verdict) = office.rig.say(draft).unwrap();
    assert!(matches!(verdict, MessageBody::SignatureAccepted { .. }), "{verdict:?}");
}

#[test]
fn keys_on_the_reader_open_nothing_to_a_card_that_is_lost_or_somebody_elses() {
    let mut office = Office::bound();
    let contract = office.at_contract();
    let signer = office.issue(&holder(), &Certified::individual(Algorithm::P256, office.rig.now.0));
    let others = office.issue(&another_person(), &certified(-1, 365));
    let card = shown(&others.certificate, &signer.certificate);
    let answer = office.wants_to_sign_with(&contract, card, PinPlace::Reader).1;
    assert_eq!(refusal(&answer), CardRefusal::OtherPerson);
    let own = shown(&office.card.certificate, &signer.certificate);
    office.rig.gateway.report_card_lost(office.client, &staff(), office.rig.now).unwrap();
    let answer = office.wants_to_sign_with(&contract, own, PinPlace::Reader).1;
    assert_eq!(refusal(&answer), CardRefusal::Revoked);
}
