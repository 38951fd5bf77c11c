//! Decides what makes a token: the security token that the state service writes, and the verification token that it
//! checks, signature first.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::{hmac, signature};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// The state service's own key. What it signs is opaque to everybody else, so that one known to all does no harm here.
const KEY: &[u8] = b"the simulated state service";

/// A security token with its claims, standing as they do in practice: an identity and an end.
#[must_use]
pub fn security(jti: &str, issued_ms: i64, expires_ms: i64) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = json!({"iss": "kdp", "jti": jti, "iat": issued_ms.div_euclid(1000), "exp": expires_ms.div_euclid(1000)});
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, KEY), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

/// A P-256 key as JSON Web Key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `EC`.
    pub kty: String,
    /// `P-256`.
    pub crv: String,
    /// Coordinate.
    pub x: String,
    /// Coordinate.
    pub y: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    jwk: Jwk,
}

/// [`organisation_key`] in base64.
const ORGANISATION_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgp29jw5gNe/5JWmeBg4D/Gs02fqUZOsqSKDVQ\
    EHS0MEKhRANCAAQv5ZEEJENpyZkpoo7UJHdz5jPqhUqn6afpzBtvyRw+eECgff3T5x5h90WDIHEI6jHph8w3WLw7X9PdxHJ17j6A";

/// The key of the one organisation that the simulated service knows, as PKCS#8: for whoever plays it.
#[must_use]
pub fn organisation_key() -> Vec<u8> {
    STANDARD.decode(ORGANISATION_KEY).unwrap_or_default()
}

impl Jwk {
    /// The public half of [`organisation_key`]; `None`: it is none.
    #[must_use]
    pub fn of_organisation() -> Option<Self> {
        let pkcs8 = organisation_key();
        let random = ring::rand::SystemRandom::new();
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = signature::EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8, &random).ok()?;
        let point = signature::KeyPair::public_key(&pair).as_ref();
        let (x, y) = (point.get(1..33)?, point.get(33..65)?);
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Some(Self { kty: "EC".to_owned(), crv: "P-256".to_owned(), x: encode(x), y: encode(y) })
    }
}

/// What a verification token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// BIN of the organisation.
    pub bin: String,
    /// Whose consent.
    pub iin: String,
    /// Numbers of the methods it may be used with.
    pub methods: Vec<u8>,
    /// Entry of the directory.
    pub directory_id: String,
    /// `obtained` or `notObtained`.
    pub consent: String,
    /// The request that it is for.
    pub request: Uuid,
    /// When, seconds since 1970.
    pub iat: i64,
    /// Code of the proactive service, method 3.
    #[serde(default)]
    pub service_code: Option<String>,
    /// Code from the directory of grounds, method 4.
    #[serde(default)]
    pub ground: Option<String>,
}

/// Why a verification token is refused before its claims are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forged {
    /// It is no token.
    Form,
    /// The signature is not that of the key it names.
    Signature,
}

/// Key and claims of a verification token whose signature is right.
///
/// # Errors
/// [`Forged`].
pub fn verification(token: &str) -> Result<(Jwk, Claims), Forged> {
    let parts: Vec<&str> = token.split('.').collect();
    let &[header, payload, tag] = parts.as_slice() else { return Err(Forged::Form) };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Forged::Form);
    let read: Header = serde_json::from_slice(&decode(header)?).map_err(|_| Forged::Form)?;
    if read.alg != "ES256" || read.jwk.kty != "EC" || read.jwk.crv != "P-256" {
        return Err(Forged::Form);
    }
    let mut point = vec![4];
    point.extend(decode(&read.jwk.x)?);
    point.extend(decode(&read.jwk.y)?);
    let signed = format!("{header}.{payload}");
    signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &decode(tag)?)
        .map_err(|_| Forged::Signature)?;
    let claims = serde_json::from_slice(&decode(payload)?).map_err(|_| Forged::Form)?;
    Ok((read.jwk, claims))
}

/// Signs a verification token with a PKCS#8 key, for whoever plays the initiator in tests.
#[cfg(test)]
pub(crate) fn sign_verification(pkcs8: &[u8], claims: &Claims) -> (String, Jwk) {
    let random = ring::rand::SystemRandom::new();
    let pair =
        signature::EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random)
            .unwrap();
    let point = signature::KeyPair::public_key(&pair).as_ref().to_vec();
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let jwk =
        Jwk { kty: "EC".into(), crv: "P-256".into(), x: encode(&point[1..33]), y: encode(&point[33..]) };
    let header = encode(json!({"alg": "ES256", "jwk": jwk}).to_string().as_bytes());
    let signed = format!("{header}.{}", encode(serde_json::to_string(claims).unwrap().as_bytes()));
    let tag = pair.sign(&random, signed.as_bytes()).unwrap();
    (format!("{signed}.{}", encode(tag.as_ref())), jwk)
}
