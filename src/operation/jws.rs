//! Compact JWS with ES256 in the one strict form that this system writes and reads (RFC 7515, RFC 7518, RFC 7638).
//!
//! The header is closed: `{alg, kid, typ, x5c?}`, canonical. Base64url is decoded strictly, so one JWS has one spelling
//! and its hash names it. Who may sign is decided in [`crate::chain`] and [`crate::message`].

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::signer::{KeyError, Signer};

/// `typ` of an operation.
pub const OPERATION_TYP: &str = "senim-op+jws";
/// `typ` of a message of the MFO.
pub const MESSAGE_TYP: &str = "senim-msg+jws";
/// `prev` of the first row: 32 zero bytes in base64url.
pub const GENESIS_PREV: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// Longest compact JWS that is read, in bytes: an offer with its contracts in every method fits many times.
pub const MAX_COMPACT_BYTES: usize = 1 << 20;

/// Why a text is not a JWS of this system.
#[derive(Debug, thiserror::Error)]
pub enum JwsError {
    /// Not three parts of strict base64url, or too long.
    #[error("not a compact JWS: {0}")]
    Form(&'static str),
    /// The header is not the closed one.
    #[error("the JWS header is not in the agreed form: {0}")]
    Header(String),
    /// The signature is not of this key over these bytes.
    #[error("the signature does not fit the key and the content")]
    BadSignature,
    /// The key store failed while signing.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// A public P-256 key, written `{"crv":"P-256","kty":"EC","x":…,"y":…}`.
///
/// Whether the point is on the curve shows when it is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "JwkFields")]
pub struct PublicJwk {
    point: [u8; 65],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JwkFields {
    crv: String,
    kty: String,
    x: String,
    y: String,
}

impl PublicJwk {
    /// From an uncompressed SEC1 point of 65 bytes.
    ///
    /// # Errors
    /// [`KeyError::BadKey`] when it is anything else.
    pub fn from_sec1(point: &[u8]) -> Result<Self, KeyError> {
        match <[u8; 65]>::try_from(point) {
            Ok(point) if point.starts_with(&[4]) => Ok(Self { point }),
            Ok(_) | Err(_) => Err(KeyError::BadKey("not an uncompressed P-256 point".into())),
        }
    }

    /// The uncompressed SEC1 point, 65 bytes.
    #[must_use]
    pub fn sec1(&self) -> Vec<u8> {
        self.point.to_vec()
    }

    /// SubjectPublicKeyInfo in DER, 91 bytes.
    #[must_use]
    pub fn spki_der(&self) -> Vec<u8> {
        let mut der = SPKI_P256_PREFIX.to_vec();
        der.extend_from_slice(&self.point);
        der
    }

    /// RFC 7638 thumbprint in base64url: the `kid` of this key.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let JwkFields { x, y, .. } = self.fields();
        sha256_b64(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes())
    }

    /// The coordinates, 32 bytes each, in base64url.
    #[must_use]
    pub fn coordinates(&self) -> (String, String) {
        let JwkFields { x, y, .. } = self.fields();
        (x, y)
    }

    pub(crate) fn point(&self) -> &[u8; 65] {
        &self.point
    }

    fn fields(&self) -> JwkFields {
        let (x, y) = self.point.get(1..).unwrap_or_default().split_at(32);
        JwkFields {
            crv: "P-256".into(),
            kty: "EC".into(),
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
        }
    }
}

/// `SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING … }` up to the point.
const SPKI_P256_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

impl TryFrom<JwkFields> for PublicJwk {
    type Error = KeyError;
    fn try_from(fields: JwkFields) -> Result<Self, KeyError> {
        let bad = |what: &str| KeyError::BadKey(what.into());
        if fields.kty != "EC" || fields.crv != "P-256" {
            return Err(bad("kty is not EC or crv is not P-256"));
        }
        let mut point = vec![4];
        for coordinate in [&fields.x, &fields.y] {
            let bytes =
                URL_SAFE_NO_PAD.decode(coordinate).map_err(|_| bad("a coordinate is not base64url"))?;
            if bytes.len() != 32 {
                return Err(bad("a coordinate does not have 32 bytes"));
            }
            point.extend_from_slice(&bytes);
        }
        Self::from_sec1(&point)
    }
}

impl Serialize for PublicJwk {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.fields().serialize(serializer)
    }
}

impl std::fmt::Debug for PublicJwk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicJwk({})", self.thumbprint())
    }
}

/// The one algorithm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Alg {
    /// ECDSA over P-256 with SHA-256, r‖s.
    #[default]
    #[serde(rename = "ES256")]
    Es256,
}

/// The protected header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Always ES256.
    pub alg: Alg,
    /// Thumbprint of the signing key.
    pub kid: String,
    /// [`OPERATION_TYP`] or [`MESSAGE_TYP`].
    pub typ: String,
    /// Certificates of the signing key, standard base64 of DER, leaf first, the CA itself left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x5c: Option<Vec<String>>,
}

impl Header {
    /// A header of an operation.
    #[must_use]
    pub fn operation(kid: String, x5c: Option<Vec<String>>) -> Self {
        Self { alg: Alg::Es256, kid, typ: OPERATION_TYP.into(), x5c }
    }

    /// A header of a message.
    #[must_use]
    pub fn message(kid: String, x5c: Option<Vec<String>>) -> Self {
        Self { alg: Alg::Es256, kid, typ: MESSAGE_TYP.into(), x5c }
    }
}

/// A JWS taken apart; nothing is verified yet.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    /// The header.
    pub header: Header,
    /// The decoded payload.
    pub payload: Vec<u8>,
    /// What the signature is over: the first two parts with their dot.
    pub signing_input: &'a str,
    /// r‖s.
    pub signature: [u8; 64],
}

/// Signs and writes a compact JWS.
///
/// # Errors
/// [`JwsError::Key`] when the key store refuses, [`JwsError::Header`] for an x5c or kid that cannot be written.
pub fn sign_compact(header: &Header, payload: &[u8], signer: &dyn Signer) -> Result<String, JwsError> {
    sign_under(&write_header(header)?, payload, signer)
}

/// A header as it stands in a compact JWS: all signatures of one key begin with the same text.
///
/// # Errors
/// [`JwsError::Header`] for an x5c or kid that cannot be written.
pub fn write_header(header: &Header) -> Result<String, JwsError> {
    let header = canonical::to_vec(header).map_err(|error| JwsError::Header(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(header))
}

/// As [`sign_compact`], with the text of [`write_header`] for this signer's key.
///
/// # Errors
/// [`JwsError::Key`] when the key store refuses.
pub fn sign_under(header: &str, payload: &[u8], signer: &dyn Signer) -> Result<String, JwsError> {
    // Two dots, and a signature of 64 bytes in base64url.
    let room = header.len().saturating_add(payload.len().saturating_mul(4) / 3).saturating_add(92);
    let mut compact = String::with_capacity(room);
    compact.push_str(header);
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut compact);
    let signature = signer.sign(compact.as_bytes())?;
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut compact);
    Ok(compact)
}

/// Takes a compact JWS apart: strict base64url, no padding, no spaces, the closed canonical header.
///
/// # Errors
/// [`JwsError::Form`], [`JwsError::Header`].
pub fn split(compact: &str) -> Result<Parts<'_>, JwsError> {
    if compact.len() > MAX_COMPACT_BYTES {
        return Err(JwsError::Form("longer than 1 MiB"));
    }
    let (signing_input, signature) = compact.rsplit_once('.').ok_or(JwsError::Form("it has no dots"))?;
    let (header, payload) =
        signing_input.split_once('.').ok_or(JwsError::Form("it does not have three parts"))?;
    let decode = |part: &str| {
        URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Form("a part is not strict base64url"))
    };
    let header_bytes = decode(header)?;
    let payload = decode(payload)?;
    let signature: [u8; 64] =
        decode(signature)?.try_into().map_err(|_| JwsError::Form("the signature does not have 64 bytes"))?;
    let bad_header = |error: &dyn std::fmt::Display| JwsError::Header(error.to_string());
    let header: Header = serde_json::from_slice(&header_bytes).map_err(|error| bad_header(&error))?;
    if canonical::to_vec(&header).map_err(|error| bad_header(&error))? != header_bytes {
        return Err(JwsError::Header("not canonical".into()));
    }
    if !is_hash(&header.kid) {
        return Err(JwsError::Header("kid is not a thumbprint".into()));
    }
    Ok(Parts { header, payload, signing_input, signature })
}

/// Verifies the signature. The caller has decided that this key may sign this; `kid` must name it.
///
/// # Errors
/// [`JwsError::BadSignature`].
pub fn verify(parts: &Parts<'_>, key: &PublicJwk) -> Result<(), JwsError> {
    verify_raw(key, parts.signing_input.as_bytes(), &parts.signature)
}

/// Verifies r‖s over a message.
///
/// # Errors
/// [`JwsError::BadSignature`].
pub fn verify_raw(key: &PublicJwk, message: &[u8], signature: &[u8; 64]) -> Result<(), JwsError> {
    ring::signature::UnparsedPublicKey::new(&ring::signature::ECDSA_P256_SHA256_FIXED, key.point())
        .verify(message, signature)
        .map_err(|_| JwsError::BadSignature)
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    hash
}

/// SHA-256 in base64url, 43 characters. The hash of a row is that of its compact JWS's ASCII bytes.
#[must_use]
pub fn sha256_b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(sha256(bytes))
}

/// Whether a text is 32 bytes in strict base64url.
#[must_use]
pub fn is_hash(text: &str) -> bool {
    text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}
