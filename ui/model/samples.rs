//! Screens of registration, signing, repayment and the menu with made-up people and sums (rig): drawn by the functions
//! that draw them at a terminal, so that what is looked at is what people see.

mod access;
mod card;
mod leak;
mod living;
mod payout;
mod register;
mod repayment;
mod service;
mod supplement;
mod waiting;

use senim_domain::cash::{Denomination, UnitNo, UnitRequest, UnitStock};
use senim_domain::time::{ClockQuality, Stamp};
use senim_domain::{
    ClientId, Language, LoanId, MessageId, Mono, OperationId, Secret, SessionId, SignatureId, TerminalId,
    UtcMillis,
};
use senim_hal::card_reader;
use senim_hal::cash_acceptor;
use senim_hal::cash_dispenser::Capabilities;
use senim_operation::message::{Message, MessageBody, MessageEnvelope};
use senim_operation::signature::{SignaturePurpose, SignatureRefusal};
use senim_session::Session;
use senim_session::dialogue::Ids;
use senim_session::dialogue::cabinet::Slip;
use senim_session::dialogue::information::{Leaflet, Reading};
use senim_session::durable::DurableState;
use senim_session::event::{Device, Event, Peripheral};
use senim_session::facts::{BatteryRules, CardReader, Setup};
use senim_session::saga::LastStatusMode;
use senim_session::state::{AfterSigning, Client, Signing, SigningPhase};
use uuid::Uuid;

use crate::screen::{Header, Help, Screen};
use crate::view::{self, Place, menu, sign};

/// Noon in Kazakhstan, 2 March 2026.
const NOON: UtcMillis = UtcMillis(1_772_434_800_000);
/// When the samples' offers end.
const SOON: Mono = Mono(97_000);
const PACK: &str = include_str!("../../docs/formats/rule-pack.sample.json");

/// Every screen with a name of its own; empty where the sample of the rule pack does not parse.
#[must_use]
pub fn all(language: Language) -> Vec<(String, Screen)> {
    let Some((session, offline)) = session(true).zip(session(false)) else { return Vec::new() };
    let mut samples = vec![
        ("menu".to_owned(), Screen::Choice(menu::choice(&session, &stamp(), language))),
        ("menu-offline".to_owned(), Screen::Choice(menu::choice(&offline, &stamp(), language))),
    ];
    samples.extend(information(&session, language));
    samples.push(purpose(&session, language));
    samples.extend(register::all(&session, language));
    samples.extend(access::all(&session, language));
    samples.extend(card::all(language));
    samples.extend(leak::all(&session, language));
    samples.extend(living::all(&session, language));
    samples.extend(waiting::all(&session, language));
    samples.extend(supplement::all(&session, language));
    samples.extend(payout::all(&session, language));
    samples.extend(service::all(&session, language));
    samples.extend(service::paths(language));
    samples.extend(signing(language));
    samples.extend(repayment::all(&session, &offline, language));
    samples
}

/// What anybody may read, and what is said of the paper.
fn information(session: &Session, language: Language) -> Vec<(String, Screen)> {
    let page = |leaflet, slip| Reading::Page { leaflet, slip, language, at: NOON };
    let [needs, safety, refusal, lender] = Leaflet::ALL.map(|leaflet| page(leaflet, Slip::Unwanted));
    let readings = [
        ("information", Reading::List),
        ("information-needs", needs),
        ("information-safety", safety),
        ("information-refusal", refusal),
        ("information-lender", lender),
        ("information-printed", page(Leaflet::Needs, Slip::Ended(true))),
    ];
    readings.map(|(name, reading)| (name.to_owned(), menu::information(session, reading, language))).into()
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

const fn stamp() -> Stamp {
    Stamp { mono: Mono(0), utc: NOON, quality: ClockQuality::Trusted }
}

const fn operation() -> OperationId {
    OperationId(Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0001))
}

const fn visit() -> SessionId {
    SessionId(Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_4a7c_19e2))
}

struct NoIds;

impl Ids for NoIds {
    fn next(&mut self, _: &Stamp) -> Uuid {
        visit().0
    }
}

/// The head of every sample: the lender of the rule pack's sample.
#[must_use]
pub fn header(language: Language) -> Header {
    session(true).map(|session| view::header(&session, language, &place())).unwrap_or_default()
}

/// What lies under the button of help.
#[must_use]
pub fn help(language: Language) -> Help {
    session(true).map(|session| view::help(&session, language, &place())).unwrap_or_default()
}

fn place() -> Place {
    Place { terminal: "almaty-001".to_owned(), rig: true }
}

fn session(online: bool) -> Option<Session> {
    session_where(online, Vec::new())
}

/// A session that knows the sample of the rule pack, with notes to pay out, of which some stuck on their way, and an
/// acceptor that works.
fn session_where(online: bool, stuck: Vec<UnitRequest>) -> Option<Session> {
    let setup = Setup {
        boot: "sample".to_owned(),
        firmware: "0.1.0".to_owned(),
        dispenser: Capabilities {
            present: false,
            retract: false,
            taken_sensor: false,
            last_status: true,
            max_notes_per_dispense: 40,
            max_notes_per_unit: 20,
            device_token: false,
        },
        acceptor: Some(cash_acceptor::Capabilities { escrow: true, escrow_ms_max: 60_000 }),
        identity_document: None,
        card: Some(CardReader {
            device: Device::Card,
            capabilities: card_reader::Capabilities {
                interface: card_reader::Interface::Contact,
                max_command: 261,
                max_response: 258,
                keypad: false,
            },
        }),
        last_status: LastStatusMode::Unknown,
        idle_wait_ms: 65_000,
        device_poll_ms: 30_000,
        enrols: true,
        exports: true,
        calibrates: true,
        battery: BatteryRules::default(),
    };
    let mut durable = DurableState { stuck, ..DurableState::default() };
    for (unit, face) in (1..).zip([10_000, 5_000, 2_000, 1_000]) {
        durable
            .books
            .add(UnitStock { unit: UnitNo(unit), denomination: Denomination(face), notes: 200 })
            .ok()?;
    }
    let mut session = Session::new(setup, durable);
    let envelope = MessageEnvelope {
        ver: 1,
        message_id: MessageId(visit().0),
        terminal: "almaty-001".parse::<TerminalId>().ok()?,
        session: None,
        in_reply_to: None,
        at: NOON,
        kind: "RulePack".to_owned(),
        body: serde_json::Value::Null,
    };
    let body = MessageBody::RulePack(serde_json::from_str(PACK).ok()?);
    let message = Message { envelope, body, sha256: String::new(), compact: Secret::default() };
    let usable = Event::Peripheral(Peripheral::Health(Device::Acceptor, Ok(())));
    let line = Event::Uplink { online, cause: String::new() };
    for event in [Event::Stored(Box::new(message)), line, usable] {
        session.handle(event, stamp(), &mut NoIds);
    }
    Some(session)
}

fn purpose(session: &Session, language: Language) -> (String, Screen) {
    let client = Client {
        id: ClientId(visit().0),
        greeting: secret("Сәуле"),
        products: vec!["simple".to_owned(), "business".to_owned()],
        last_login: None,
    };
    let choice = crate::view::purpose::choice(session, &client, &stamp(), language);
    ("loan-purpose".to_owned(), Screen::Choice(choice))
}

fn signing(language: Language) -> Vec<(String, Screen)> {
    let signature = SignatureId(visit().0);
    let shown = |qr: &str| SigningPhase::Shown {
        signature,
        qr: secret(qr),
        until: Mono(174_000),
        asked: operation(),
    };
    let code = "mobileSign:https://mgovsign.kz/api/v1/sign/7f0a5a5e-2b44-4d15-9a53-0c61a6d6a3f1";
    let mut phases = vec![
        (
            "sign-asking".to_owned(),
            SignaturePurpose::Contract,
            SigningPhase::Asking { signature, asked: operation() },
        ),
        ("sign-contract".to_owned(), SignaturePurpose::Contract, shown(code)),
        ("sign-registration".to_owned(), SignaturePurpose::RegistrationStatement, shown(code)),
        ("sign-access".to_owned(), SignaturePurpose::DataAccess, shown(code)),
        ("sign-account".to_owned(), SignaturePurpose::AccountChange, shown(code)),
    ];
    for (reason, may_retry) in [
        (SignatureRefusal::Declined, true),
        (SignatureRefusal::OtherPerson, true),
        (SignatureRefusal::CertificateUnknown, true),
        (SignatureRefusal::NotOffered, false),
    ] {
        let name = format!("sign-refused-{reason:?}").to_lowercase();
        phases.push((name, SignaturePurpose::Contract, SigningPhase::Refused { reason, may_retry }));
    }
    let notice = |purpose, phase| {
        let signing = Signing {
            purpose,
            loan: Some(LoanId(visit().0)),
            document_sha256: String::new(),
            phase,
            after: AfterSigning::Registration(register::applicant()),
        };
        Screen::Notice(sign::notice(&signing, &stamp(), language))
    };
    phases.into_iter().map(|(name, purpose, phase)| (name, notice(purpose, phase))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sample_has_a_name_of_its_own_and_says_something() {
        for language in Language::ALL {
            let samples = all(language);
            assert!(samples.len() > 60, "{}", samples.len());
            let names: std::collections::BTreeSet<_> = samples.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), samples.len());
            for (name, screen) in &samples {
                let title = match screen {
                    Screen::Notice(notice) => &notice.title,
                    Screen::Choice(choice) => &choice.title,
                    Screen::Entry(entry) => &entry.title,
                    Screen::Target(target) => &target.title,
                    other => panic!("{name}: {}", other.name()),
                };
                assert!(!title.is_empty() && !screen.detail().is_empty(), "{name}");
            }
        }
    }
}
