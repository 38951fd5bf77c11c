//! Messages of the MFO.

use senim_domain::{Secret, UtcMillis};
use senim_operation::canonical;
use senim_operation::jws::{self, Header};
use senim_operation::message::{
    Command, LoginRefusal, MessageBody, MessageError, MessageTrust, open_message, readable_kind, seal_message,
};
use senim_operation::signer::Signer as _;

use crate::fixture::{Mfo, address, decoded, messages, terminal};

fn rule_pack() -> senim_domain::rule_pack::RulePack {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/rule-pack.sample.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn refused() -> MessageBody {
    MessageBody::LoginRefused { reason: LoginRefusal::TooMany, may_retry: false }
}

#[test]
fn every_kind_arrives_as_it_was_sent() {
    let mfo = Mfo::new("a");
    let here = terminal("almaty-01");
    let trust = MessageTrust::new(mfo.trust.clone());
    let mut kinds = Vec::new();
    for (number, body) in messages(rule_pack()).iter().enumerate() {
        let compact = mfo.send(&address(&here, body, number as u64), body);
        let message = open_message(&compact, &trust, &here).unwrap();
        assert_eq!(&message.body, body);
        assert_eq!(message.envelope.kind, body.kind());
        assert_eq!(message.sha256, jws::sha256_b64(compact.as_bytes()));
        assert_eq!(message.compact.expose(), compact);
        kinds.push(body.kind());
    }
    kinds.dedup();
    assert_eq!(kinds, MessageBody::KINDS);
}

#[test]
fn nothing_about_a_person_is_shown_by_debug() {
    let mfo = Mfo::new("a");
    let here = terminal("almaty-01");
    let trust = MessageTrust::new(mfo.trust.clone());
    for body in messages(rule_pack()).iter().filter(|body| !body.is_durable()) {
        let compact = mfo.send(&address(&here, body, 1), body);
        let shown = format!("{:?}", open_message(&compact, &trust, &here).unwrap());
        for planted in ["Үлгі", "••", &compact] {
            assert!(!shown.contains(planted), "{shown}");
        }
    }
}

#[test]
fn a_key_once_certified_is_known_until_the_program_ends() {
    let mfo = Mfo::new("a");
    let here = terminal("almaty-01");
    let trust = MessageTrust::new(mfo.trust.clone());
    let body = refused();
    let bare = seal_message(&address(&here, &body, 1), &body, &mfo.message_key, None).unwrap();
    assert_eq!(open_message(&bare, &trust, &here).unwrap_err().code(), "unknownKey");
    open_message(&mfo.send(&address(&here, &body, 2), &body), &trust, &here).unwrap();
    open_message(&bare, &trust, &here).unwrap();
}

#[test]
fn messages_for_others_by_others_or_changed_are_refused() {
    let (mfo, stranger) = (Mfo::new("a"), Mfo::new("b"));
    let here = terminal("almaty-01");
    let trust = MessageTrust::new(mfo.trust.clone());
    let body = refused();
    let code = |compact: &str| open_message(compact, &trust, &here).unwrap_err().code();
    let to = address(&here, &body, 1);

    assert_eq!(code(&mfo.send(&address(&terminal("almaty-02"), &body, 1), &body)), "wrongTerminal");
    assert_eq!(code(&stranger.send(&to, &body)), "untrusted");
    let (identity, x5c) = mfo.enrol("almaty-03");
    assert_eq!(code(&seal_message(&to, &body, &identity, Some(x5c)).unwrap()), "untrusted");
    let borrowed = seal_message(&to, &body, &identity, Some(mfo.message_x5c.clone())).unwrap();
    assert_eq!(code(&borrowed), "unknownKey");

    let good = mfo.send(&to, &body);
    let mut changed = good.clone().into_bytes();
    let last = changed.len() - 10;
    changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
    assert_eq!(code(&String::from_utf8(changed).unwrap()), "badSignature");
    // An operation is not a message, whoever signed it.
    let payload = jws::split(&good).unwrap().payload;
    let header = Header::operation(mfo.message_key.public_jwk().thumbprint(), Some(mfo.message_x5c.clone()));
    assert_eq!(code(&jws::sign_compact(&header, &payload, &mfo.message_key).unwrap()), "badForm");
}

#[test]
fn unknown_kinds_and_fields_are_told_apart_from_forgeries() {
    let mfo = Mfo::new("a");
    let here = terminal("almaty-01");
    let trust = MessageTrust::new(mfo.trust.clone());
    let body = refused();
    let good = decoded(&mfo.send(&address(&here, &body, 1), &body));
    let header = Header::message(mfo.message_key.public_jwk().thumbprint(), Some(mfo.message_x5c.clone()));
    let open = |value: &serde_json::Value| {
        let payload = canonical::to_vec(value).unwrap();
        open_message(&jws::sign_compact(&header, &payload, &mfo.message_key).unwrap(), &trust, &here)
    };
    open(&good).unwrap();
    let changed = |pointer: &str, value: serde_json::Value| {
        let mut changed = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[name] = value;
        open(&changed).unwrap_err()
    };
    assert!(
        matches!(changed("/kind", "SelfDestruct".into()), MessageError::UnknownKind(kind) if kind == "SelfDestruct")
    );
    assert!(matches!(changed("/ver", 2.into()), MessageError::Version(2)));
    assert!(matches!(changed("/extra", 1.into()), MessageError::Envelope));
    assert!(matches!(changed("/body/extra", 1.into()), MessageError::Body));
    assert!(matches!(changed("/body/reason", "because".into()), MessageError::Body));
    assert!(matches!(changed("/session", serde_json::Value::Null), MessageError::Session));
}

#[test]
fn durable_kinds_have_no_session_and_others_have_one() {
    let mfo = Mfo::new("a");
    let here = terminal("almaty-01");
    let durable = MessageBody::Command { command: Command::SendTelemetry, expires: UtcMillis(1) };
    let personal =
        MessageBody::LoginCodeSent { phone_masked: Secret::new("45".into()), life_seconds: 60, digits: 6 };
    for (one, other) in [(&durable, &personal), (&personal, &durable)] {
        let wrong = seal_message(&address(&here, other, 1), one, &mfo.message_key, None);
        assert!(matches!(wrong, Err(MessageError::Session)));
    }
}

#[test]
fn the_kind_of_a_refused_message_can_be_told() {
    let mfo = Mfo::new("b");
    let body = refused();
    let compact = mfo.send(&address(&terminal("almaty-01"), &body, 1), &body);
    assert_eq!(readable_kind(&compact).as_deref(), Some("LoginRefused"));
    assert_eq!(readable_kind("garbage"), None);
}
