//! How messages are signed, verified and read; everything here is public as part of [`crate::message`].
//!
//! Decides whose signature counts and how a refusal is called. What a message may say is [`crate::message::MessageBody`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use senim_domain::{MessageId, OperationId, Secret, SessionId, TerminalId, UtcMillis};
use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

use crate::canonical::{self, CanonicalError};
use crate::jws::{self, Header, JwsError, Parts, PublicJwk};
use crate::message::{MessageBody, MessageEnvelope, VERSION};
use crate::signer::Signer;
use crate::trust::{MESSAGE_COMMON_NAME, Trust, TrustError};

/// A verified message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Who, when, to whom; its `body` is emptied.
    pub envelope: MessageEnvelope,
    /// What.
    pub body: MessageBody,
    /// SHA-256 of the compact JWS, base64url.
    pub sha256: String,
    /// The compact JWS: to be stored for durable kinds, a secret since others speak of people.
    pub compact: Secret,
}

/// Why a message is refused.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// Not a JWS of this system.
    #[error("not a message of the MFO: {0}")]
    Jws(#[from] JwsError),
    /// Not canonical JSON.
    #[error("the message is not canonical: {0}")]
    Canonical(#[from] CanonicalError),
    /// `typ` is another.
    #[error("the JWS is not a message")]
    Typ,
    /// The envelope's fields are wrong.
    #[error("the message's envelope has other fields than agreed")]
    Envelope,
    /// Written by a newer gateway.
    #[error("message format {0} is not known here; update this program")]
    Version(u64),
    /// The key is not known and no certificate came with it.
    #[error("the message's key is not known here; the gateway has to send its certificates")]
    UnknownKey,
    /// The certificate is not the MFO's.
    #[error("the message's certificate is not trusted: {0}")]
    Untrusted(#[from] TrustError),
    /// The certificate is of somebody else.
    #[error("the message is signed by {0}, who does not speak for the MFO")]
    NotTheMfo(String),
    /// For another terminal.
    #[error("the message is for terminal {0}")]
    WrongTerminal(TerminalId),
    /// Verified, but of a kind that is not known here.
    #[error("messages of kind {0} are not known here; update this program")]
    UnknownKind(String),
    /// Verified, but the fields are not those of its kind.
    #[error("the message's fields are not those of its kind")]
    Body,
    /// A durable kind with a session, or a session kind without.
    #[error("the message's session does not fit its kind")]
    Session,
}

impl MessageError {
    /// A stable code for `DirectiveRefused`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Jws(JwsError::BadSignature) => "badSignature",
            Self::Jws(_) | Self::Canonical(_) | Self::Typ | Self::Envelope => "badForm",
            Self::Version(_) => "unknownVersion",
            Self::UnknownKey => "unknownKey",
            Self::Untrusted(_) | Self::NotTheMfo(_) => "untrusted",
            Self::WrongTerminal(_) => "wrongTerminal",
            Self::UnknownKind(_) => "unknownKind",
            Self::Body => "badFields",
            Self::Session => "badSession",
        }
    }
}

/// Whose messages are believed: keys with a certificate of the MFO's CA and the reserved name.
#[derive(Debug)]
pub struct MessageTrust {
    trust: Arc<Trust>,
    known: Mutex<BTreeMap<String, (PublicJwk, UtcMillis)>>,
}

impl MessageTrust {
    /// Believes certificates of this CA.
    #[must_use]
    pub const fn new(trust: Arc<Trust>) -> Self {
        Self { trust, known: Mutex::new(BTreeMap::new()) }
    }

    /// The key that a header names, from its certificates or from an earlier message's.
    fn key_of(&self, header: &Header, at: UtcMillis) -> Result<PublicJwk, MessageError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(x5c) = &header.x5c else {
            return match known.get(&header.kid) {
                Some((key, not_after)) if at <= *not_after => Ok(*key),
                Some(_) | None => Err(MessageError::UnknownKey),
            };
        };
        let identity = self.trust.verify_chain(x5c, at)?;
        if identity.common_name != MESSAGE_COMMON_NAME {
            return Err(MessageError::NotTheMfo(identity.common_name));
        }
        if identity.jwk.thumbprint() != header.kid {
            return Err(MessageError::UnknownKey);
        }
        known.insert(header.kid.clone(), (identity.jwk, identity.not_after));
        Ok(identity.jwk)
    }
}

/// The envelope of a message to be written.
#[derive(Clone, Debug)]
pub struct Address {
    /// Identity.
    pub message_id: MessageId,
    /// For whom.
    pub terminal: TerminalId,
    /// For which visit; none for durable kinds.
    pub session: Option<SessionId>,
    /// The operation that it answers.
    pub in_reply_to: Option<OperationId>,
    /// The MFO's time.
    pub at: UtcMillis,
}

/// Signs a message. A terminal that starts knows no keys: send `x5c` with every message unless it is known to be there.
///
/// # Errors
/// [`MessageError`].
pub fn seal_message(
    address: &Address,
    body: &MessageBody,
    signer: &dyn Signer,
    x5c: Option<Vec<String>>,
) -> Result<String, MessageError> {
    if body.is_durable() == address.session.is_some() {
        return Err(MessageError::Session);
    }
    let envelope = MessageEnvelope {
        ver: VERSION,
        message_id: address.message_id,
        terminal: address.terminal.clone(),
        session: address.session,
        in_reply_to: address.in_reply_to,
        at: address.at,
        kind: body.kind().to_owned(),
        body: body.write()?,
    };
    let payload = Zeroizing::new(canonical::to_vec(&envelope)?);
    let header = Header::message(signer.public_jwk().thumbprint(), x5c);
    Ok(jws::sign_compact(&header, &payload, signer)?)
}

/// Verifies and reads a message for this terminal.
///
/// # Errors
/// [`MessageError`]; [`MessageError::UnknownKind`] and [`MessageError::Body`] only for what the MFO has really signed.
pub fn open_message(
    compact: &str,
    trust: &MessageTrust,
    terminal: &TerminalId,
) -> Result<Message, MessageError> {
    let mut parts = jws::split(compact)?;
    let opened = open_parts(&parts, trust, terminal);
    parts.payload.zeroize();
    let (envelope, body) = opened?;
    let sha256 = jws::sha256_b64(compact.as_bytes());
    Ok(Message { envelope, body, sha256, compact: Secret::new(compact.to_owned()) })
}

fn open_parts(
    parts: &Parts<'_>,
    trust: &MessageTrust,
    terminal: &TerminalId,
) -> Result<(MessageEnvelope, MessageBody), MessageError> {
    if parts.header.typ != jws::MESSAGE_TYP {
        return Err(MessageError::Typ);
    }
    let value = canonical::check(&parts.payload)?;
    match value.get("ver").and_then(Value::as_u64) {
        Some(version) if version == u64::from(VERSION) => {}
        Some(version) => return Err(MessageError::Version(version)),
        None => return Err(MessageError::Envelope),
    }
    let mut envelope: MessageEnvelope = serde_json::from_value(value).map_err(|_| MessageError::Envelope)?;
    let key = trust.key_of(&parts.header, envelope.at)?;
    trust.trust.verify(parts, &key)?;
    if envelope.terminal != *terminal {
        return Err(MessageError::WrongTerminal(envelope.terminal));
    }
    let body = MessageBody::read(&envelope.kind, envelope.body.take())?;
    if body.is_durable() == envelope.session.is_some() {
        return Err(MessageError::Session);
    }
    Ok((envelope, body))
}

/// The kind of a message that was refused, as far as it can be read; not verified.
#[must_use]
pub fn readable_kind(compact: &str) -> Option<String> {
    let mut parts = jws::split(compact).ok()?;
    let kind = serde_json::from_slice::<Value>(&parts.payload).ok().and_then(|value| {
        Some(value.get("kind")?.as_str()?.chars().filter(char::is_ascii_alphanumeric).take(64).collect())
    });
    parts.payload.zeroize();
    kind
}
