//! The MFO of the world: a CA, the gateway's core over a store in memory, and services behind it that can fail.

use std::sync::{Arc, Mutex};

use senim_domain::business_days::Day;
use senim_domain::cash::UnitStock;
use senim_domain::location::{DEFAULT_RADIUS_M, Point, RegisteredLocation};
use senim_domain::rule_pack::{RulePack, StaffCard, StaffRole, StaffRules};
use senim_domain::{OrderId, Secret, SecretBytes, TerminalId, UtcMillis};
use senim_gateway_core::connectors::{CoreLending, SigningOrganisation};
use senim_gateway_core::directives::{Activate, Order};
use senim_gateway_core::enrolment::EnrolmentError;
use senim_gateway_core::entropy::CountingEntropy;
use senim_gateway_core::{
    Actor, AttachmentReply, Gateway, GatewayError, Held, Keys, MemoryStore, Openers, Piece, PieceReply,
    Refusal, Settings, Vault,
};
use senim_journeys::scene::Stop;
use senim_operation::Profile;
use senim_operation::attachment::Opener;
use senim_operation::body::EnrolmentFault;
use senim_operation::jws::PublicJwk;
use senim_operation::signer::{KeyError, RamKey};
use senim_operation::trust::Trust;
use senim_sync::wire::{
    Acknowledgement, AttachmentStored, Cosigned, Failure, InboxMessage, InboxPage, SeenAhead,
};
use senim_sync::{Answer, Request};
use senim_test_services::{Behind as Outside, centre};
use senim_world::model::kdp::Initiator;
use senim_world::model::token::organisation_key;

use crate::authority::Authority;
use crate::far::Far;
use crate::keys::{self, Office};
use crate::newcomers::CentreHere;
use crate::phones::Phones;
use crate::services::{Behind, Services, iin};

/// Private halves of keys for sealing, beside the one of the enrolment.
#[derive(Clone, Default)]
pub struct SealKeyStore(Arc<Mutex<Vec<SecretBytes>>>);

impl Openers for SealKeyStore {
    fn load(&self) -> Result<Vec<Opener>, KeyError> {
        self.0.lock().unwrap().iter().map(|pkcs8| Opener::from_pkcs8(pkcs8.expose())).collect()
    }
}

/// The MFO.
pub struct Mfo {
    pub trust: Arc<Trust>,
    pub gateway: Gateway,
    pub store: Arc<MemoryStore>,
    pub seal: PublicJwk,
    pub seal_keys: SealKeyStore,
    pub cosigner_x5c: Vec<String>,
    /// Phones that sign, where contracts are signed electronically.
    pub phones: Option<Phones>,
    /// Who issues the MFO's cards.
    pub office: senim_test_services::Phones,
    pack: RulePack,
    services: Behind,
    /// Every other service: bureau, screening, anti-fraud, bank, merchants, check calls.
    pub outside: Outside,
    office_of_keys: Arc<Office>,
}

/// Where terminals are registered, as measured.
pub const PLACE: Point = Point { latitude_udeg: 43_238_949, longitude_udeg: 76_889_709 };

/// Whoever decides at the MFO.
#[must_use]
pub fn staff() -> Actor {
    Actor::new("Дана", "the world begins").unwrap()
}

/// The rule pack of `docs/formats`.
#[must_use]
pub fn pack() -> RulePack {
    serde_json::from_str(include_str!("../../docs/formats/rule-pack.sample.json")).unwrap()
}

impl Mfo {
    /// An MFO without terminals.
    #[must_use]
    pub fn new() -> Self {
        Self::with(pack())
    }

    /// An MFO that has contracts signed on phones.
    #[must_use]
    pub fn with_phones(phones: Phones) -> Self {
        Self::build(pack(), Some(phones), Office::real())
    }

    /// An MFO that lends by this rule pack.
    #[must_use]
    pub fn with(pack: RulePack) -> Self {
        Self::build(pack, None, Office::real())
    }

    /// The same, whose keys and whose terminals' keys are doubles.
    #[must_use]
    pub fn of_doubles(pack: RulePack) -> Self {
        Self::build(pack, None, Office::doubles())
    }

    /// The same, which has contracts signed on phones where there are some.
    #[must_use]
    pub fn with_signatures(pack: RulePack, phones: Option<Phones>) -> Self {
        Self::build(pack, phones, Office::real())
    }

    fn build(pack: RulePack, phones: Option<Phones>, office_of_keys: Arc<Office>) -> Self {
        let trust = Arc::clone(&office_of_keys.trust);
        let opener = Opener::from_pkcs8(office_of_keys.opener.expose()).unwrap();
        let (message, message_x5c) = &office_of_keys.message;
        let (cosigner, cosigner_x5c) = &office_of_keys.cosigner;
        let seal = opener.public_jwk();
        let seal_keys = SealKeyStore::default();
        let keys = Keys::new(
            keys::signer(message),
            message_x5c.clone(),
            keys::signer(cosigner),
            opener,
            Vault::new(&SecretBytes::new(vec![9; 32])).unwrap(),
            Arc::clone(&trust),
        )
        .with_cosigner_x5c(cosigner_x5c.clone())
        .with_openers(Box::new(seal_keys.clone()));
        let services = Behind::default();
        let store = Arc::new(MemoryStore::new());
        let behind = || services.clone();
        let outside = Outside::default();
        let mut connectors = outside.connectors();
        connectors.core = Box::new(behind());
        connectors.faces = Box::new(behind());
        connectors.sms = Box::new(behind());
        connectors.personal_data = Some(Box::new(behind()));
        let here = CentreHere { newcomers: behind(), outside: outside.clone() };
        connectors.identification = Some(centre(Box::new(here)));
        connectors.number_owner = Some(Box::new(behind()));
        connectors.entrepreneurs = Some(Box::new(behind()));
        connectors.eds = phones.as_ref().map(Phones::connectors);
        let organisation = RamKey::from_pkcs8(&organisation_key()).unwrap();
        let bin = Initiator::known().bin;
        connectors.organisation = Some(SigningOrganisation::new(bin, Box::new(organisation)));
        let new_office = || senim_test_services::Phones::new(UtcMillis(0), iin());
        let office = phones.as_ref().map_or_else(new_office, Phones::behind);
        connectors.cards = Some(office.cards());
        let gateway = Gateway::new(
            Box::new(Arc::clone(&store)),
            keys,
            connectors,
            Box::new(CountingEntropy::default()),
            Settings { profile: Profile::Rig, offer_life_seconds: 1800 },
        )
        .with_authority(Box::new(Authority(Arc::clone(&office_of_keys))));
        Self {
            trust,
            gateway,
            store,
            seal,
            seal_keys,
            cosigner_x5c: cosigner_x5c.clone(),
            phones,
            office,
            pack,
            services,
            outside,
            office_of_keys,
        }
    }

    /// Enrols a terminal and puts rule pack and activation into its inbox; gives its identity key (PKCS#8) and chain.
    pub fn enrol(&self, terminal: &TerminalId, now: UtcMillis) -> (SecretBytes, Vec<String>) {
        let by = staff();
        self.gateway.enrol(terminal, &by, now).unwrap();
        self.gateway.publish_rule_pack(self.pack.clone(), &by, now).unwrap();
        self.activate(terminal, true, now);
        self.certify(terminal, now)
    }

    /// Lets a terminal work where it is registered, or not.
    pub fn activate(&self, terminal: &TerminalId, active: bool, now: UtcMillis) {
        let address = "Алматы, Абай даңғылы 1".to_owned();
        let location = RegisteredLocation { address, point: Some(PLACE), radius_m: DEFAULT_RADIUS_M };
        let activate = Activate { active, location, notified: Day(jiff::civil::date(2025, 12, 1)) };
        self.gateway.activate(terminal, &activate, &staff(), now).unwrap();
    }

    /// Publishes the same rules again, which want at least this firmware.
    pub fn want_firmware(&self, firmware: &str, now: UtcMillis) {
        let minimum_firmware = firmware.to_owned();
        let pack = RulePack { version: self.pack.version + 1, minimum_firmware, ..self.pack.clone() };
        self.gateway.publish_rule_pack(pack, &staff(), now).unwrap();
    }

    /// Publishes the same rules again, which name these service cards.
    pub fn employ(&self, cards: Vec<StaffCard>, now: UtcMillis) {
        let cards_no = u64::try_from(cards.len()).unwrap();
        let is_officer = |card: &&StaffCard| card.role == StaffRole::CashOfficer;
        let two_persons_for_cash = cards.iter().filter(is_officer).count() > 1;
        let rules = StaffRules { cards, two_persons_for_cash };
        let pack =
            RulePack { version: self.pack.version + cards_no, staff: Some(rules), ..self.pack.clone() };
        self.gateway.publish_rule_pack(pack, &staff(), now).unwrap();
    }

    /// Staff decide on every consent that was taken back.
    ///
    /// # Errors
    /// [`Stop`] with the gateway's refusal.
    pub fn decide_on_consents(&self, keep: bool, now: UtcMillis) -> Result<(), Stop> {
        let decided = self.gateway.revocation_cases().and_then(|cases| {
            cases.iter().try_for_each(|case| {
                let application = &case.revocation.application;
                self.gateway.decide_revocation(application, keep.then_some(None), &staff(), now).map(drop)
            })
        });
        decided.map_err(|error| Stop(error.to_string()))
    }

    /// Another key with its chain for a terminal.
    pub fn certify(&self, terminal: &TerminalId, now: UtcMillis) -> (SecretBytes, Vec<String>) {
        self.office_of_keys.terminal(terminal, now)
    }

    /// Certificates of terminals last so many days from now on.
    pub fn certify_for(&self, days: u16) {
        self.office_of_keys.certify_for(days);
    }

    /// Has terminals seal to a new key; gives it.
    pub fn rotate_seal_key(&self, days: (u16, u16), now: UtcMillis) -> PublicJwk {
        let (opener, pkcs8) = Opener::generate().unwrap();
        self.seal_keys.0.lock().unwrap().push(pkcs8);
        let (new, by) = (opener.public_jwk(), staff());
        self.gateway.rotate_seal_key(self.seal, new, days, &by, now).unwrap();
        new
    }

    /// Orders cash to be brought.
    pub fn order(&self, terminal: &TerminalId, add: Vec<UnitStock>, now: UtcMillis) -> OrderId {
        self.gateway
            .order(terminal, &Order { collect: Vec::new(), add, ..Order::default() }, &staff(), now)
            .unwrap()
            .0
    }

    /// The same CA as programs believe it, which know no doubles.
    #[must_use]
    pub fn trust_of_programs(&self) -> Trust {
        self.office_of_keys.strict.clone()
    }

    pub fn services<T>(&self, read: impl FnOnce(&mut Services) -> T) -> T {
        self.services.with(read)
    }

    /// The code of the last SMS.
    #[must_use]
    pub fn last_code(&self) -> Option<String> {
        let sms = self.services(|services| services.sms.last().map(|sms| sms.text.clone()))?;
        sms.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 6).map(str::to_owned)
    }

    /// What the gateway's HTTP interface would answer.
    pub fn answer(&self, terminal: &TerminalId, request: &Request, now: UtcMillis) -> Answer {
        self.outside.set_now(now);
        // Who became a client here is one for every other service, too.
        if let Some(made) = self.services(|services| services.state.clients.last().cloned()) {
            let _ = CoreLending::create_client(&self.outside, &made);
        }
        let secrets = |texts: Vec<String>| texts.into_iter().map(Secret::new).collect();
        if let Some(phones) = &self.phones {
            phones.set_now(now);
        }
        self.office.set(|office| office.now = now);
        match request {
            Request::Time { nonce } => self.gateway.time(nonce, now).map_or_else(refused, Answer::Time),
            Request::Operations { rows } => {
                let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
                match self.gateway.intake(terminal, &rows, now) {
                    Err(error) => refused(error),
                    Ok(reply) => {
                        let (acked_seq, acked_hash) = reply.acked.map(|head| (head.seq, head.hash)).unzip();
                        match reply.refusal {
                            Some(refusal) => failed(&refusal, acked_seq, acked_hash, reply.rewind),
                            None => Answer::Operations(Acknowledgement {
                                acked_seq,
                                acked_hash,
                                replies: secrets(reply.replies),
                                missing: reply.missing,
                                archived: reply.archived,
                                inbox: reply.inbox,
                                rewind: reply.rewind,
                            }),
                        }
                    }
                }
            }
            Request::Ahead { key_epoch, row } => {
                let rows: Vec<&str> = key_epoch.iter().chain([row]).map(String::as_str).collect();
                match self.gateway.ahead(terminal, &rows, now) {
                    Ok(reply) => Answer::Ahead(SeenAhead {
                        replies: secrets(reply.replies),
                        missing: reply.missing,
                        inbox: reply.inbox,
                    }),
                    Err(error) => refused(error),
                }
            }
            Request::Attachment { sha256, jwe } => {
                self.gateway.put_attachment(terminal, sha256, jwe, now).map_or_else(refused, stored)
            }
            Request::AttachmentHeld { sha256 } => {
                self.gateway.attachment_held(terminal, sha256, now).map_or_else(refused, |found| held(&found))
            }
            Request::AttachmentPiece { sha256, offset, size, text } => {
                let piece = Piece { offset: *offset, size: *size, text };
                match self.gateway.attachment_piece(terminal, sha256, piece, now) {
                    Ok(PieceReply::Held(found)) => held(&found),
                    Ok(PieceReply::Stored(reply)) => stored(reply),
                    Err(error) => refused(error),
                }
            }
            Request::Telemetry { lines } => self
                .gateway
                .telemetry(terminal, &lines.join("\n"), now)
                .map_or_else(refused, |_| Answer::Telemetry),
            Request::Checkpoint { note } => match self.gateway.checkpoint(terminal, note, now) {
                Ok(reply) => Answer::Checkpoint(Cosigned { note: reply.note, archived: Vec::new() }),
                Err(GatewayError::Refused(refusal)) => {
                    failed(&refusal, None, None, self.gateway.open_call(terminal).unwrap())
                }
                Err(error) => refused(error),
            },
            Request::Inbox { after, awaits, .. } => match self
                .gateway
                .late_answers(terminal, *awaits, now)
                .and_then(|late| Ok((self.gateway.inbox(terminal, *after, now)?, late)))
            {
                Ok(((items, head), late)) => Answer::Inbox(InboxPage {
                    replies: secrets(late),
                    messages: items
                        .into_iter()
                        .map(|item| InboxMessage { n: item.n, jws: item.jws })
                        .collect(),
                    head,
                }),
                Err(error) => refused(error),
            },
        }
    }
}

impl Far for Mfo {
    fn trust(&self) -> Arc<Trust> {
        Arc::clone(&self.trust)
    }
    fn seal(&self) -> PublicJwk {
        self.seal
    }
    fn cosigner_x5c(&self) -> Vec<String> {
        self.cosigner_x5c.clone()
    }
    fn iin(&self) -> String {
        iin()
    }
    fn point_the_phone(&self, qr: &Secret) {
        if let Some(phones) = &self.phones {
            phones.scan(qr);
        }
    }
    fn last_code(&self) -> Option<String> {
        self.last_code()
    }
    fn answer(&self, terminal: &TerminalId, request: &Request, now: UtcMillis) -> Answer {
        self.answer(terminal, request, now)
    }
    fn enrol_by_code(
        &self,
        terminal: &TerminalId,
        code: &Secret,
        key: &PublicJwk,
        now: UtcMillis,
    ) -> Result<Vec<u8>, EnrolmentFault> {
        let issued = self.gateway.enrol_by_code(terminal, code, key, now);
        issued.map(|issued| issued.der).map_err(|error| match error {
            EnrolmentError::WrongCode => EnrolmentFault::WrongCode,
            EnrolmentError::Locked { .. } => EnrolmentFault::Locked,
            EnrolmentError::Gateway(GatewayError::Refused(_)) => EnrolmentFault::Refused,
            EnrolmentError::Revoked | EnrolmentError::NoAuthority | EnrolmentError::Gateway(_) => {
                EnrolmentFault::Server
            }
        })
    }
}

impl Default for Mfo {
    fn default() -> Self {
        Self::new()
    }
}

fn stored(reply: AttachmentReply) -> Answer {
    let replies = reply.replies.into_iter().map(Secret::new).collect();
    Answer::Attachment(AttachmentStored { stored: true, held: 0, archived: reply.archived, replies })
}

fn held(found: &Held) -> Answer {
    Answer::Attachment(AttachmentStored {
        stored: found.complete,
        held: found.bytes,
        archived: found.archived,
        replies: Vec::new(),
    })
}

fn refused(error: GatewayError) -> Answer {
    match error {
        GatewayError::Refused(refusal) => failed(&refusal, None, None, None),
        other => {
            let code = format!("try_later: {other}");
            Answer::Failed(Failure::refused(503, &code))
        }
    }
}

fn failed(
    refusal: &Refusal,
    acked_seq: Option<u64>,
    acked_hash: Option<String>,
    rewind: Option<String>,
) -> Answer {
    let (status, code) = match refusal {
        Refusal::NotEnrolled => (403, "not_enrolled"),
        Refusal::Quarantined => (403, "quarantined"),
        Refusal::Gap { .. } => (409, "gap"),
        Refusal::Fork { .. } => (409, "fork"),
        Refusal::BadRow { .. } => (422, "bad_row"),
        Refusal::WrongProfile => (422, "wrong_profile"),
        Refusal::TooManyRows { .. }
        | Refusal::BadDirective(_)
        | Refusal::RulePack(_)
        | Refusal::Activation(_) => (400, "bad_request"),
        Refusal::HashMismatch => (422, "hash_mismatch"),
        Refusal::TooManyLoose => (507, "too_many_loose"),
        Refusal::TooManyAhead => (507, "too_many_ahead"),
        Refusal::NotAhead => (422, "not_ahead"),
        Refusal::Offset { .. } => (409, "offset"),
        Refusal::BadPiece => (400, "bad_piece"),
        Refusal::BadTelemetry(_) => (400, "bad_telemetry"),
        Refusal::BadNote { .. } => (422, "bad_note"),
        Refusal::BadNonce => (400, "bad_nonce"),
        Refusal::OpeningLimit => (429, "opening_limit"),
    };
    let expected_seq = match refusal {
        Refusal::Gap { expected_seq } => Some(*expected_seq),
        _ => None,
    };
    let held = match refusal {
        Refusal::Offset { held } => u32::try_from(*held).ok(),
        _ => None,
    };
    Answer::Failed(Failure::Refused {
        status,
        code: code.to_owned(),
        expected_seq,
        acked_seq,
        acked_hash,
        held,
        rewind,
    })
}
