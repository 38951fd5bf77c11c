//! The exchange centre's authority and its key: what ЦОИД signs its results with, as compact JWS with ES256 (RFC 7515).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::KeyPair;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

use crate::PkiError;
use crate::authority::{Algorithm, Key, Office, below, own, service_params};
use crate::cms_writer::sha256;

/// Type of the JWS.
pub const RESULT_TYP: &str = "coid-result+jws";
/// Whose certificate it is.
pub const CENTRE_NAME: &str = "Senim Test ЦОИД";

const ROOT_NAME: &str = "Senim Test ЦОИД Root";

/// Who puts a signature under a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// The centre.
    Own,
    /// Somebody who bears its name and that of its authority.
    Stranger,
    /// Nobody: the bytes of a signature are zeros.
    Nobody,
}

/// The centre with its authority.
pub struct Centre {
    root: Office,
    own: Office,
    strangers: Office,
}

impl Centre {
    /// Makes it from the keys beside the code: the same names and keys each time.
    ///
    /// # Errors
    /// [`PkiError`] when a key is not what the script made.
    pub fn new() -> Result<Self, PkiError> {
        let root = own(ROOT_NAME, 11, include_str!("keys/centre_root.pem"), Algorithm::P256)?;
        let stranger = own(ROOT_NAME, 12, include_str!("keys/stranger.pem"), Algorithm::P256)?;
        let leaf = |above: &Office, serial| {
            let key = Key::read(include_str!("keys/centre.pem"), Algorithm::P256)?;
            below(above, service_params(CENTRE_NAME, serial)?, key)
        };
        let (own, strangers) = (leaf(&root, 13)?, leaf(&stranger, 14)?);
        Ok(Self { root, own, strangers })
    }

    /// The root's certificate, DER.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        &self.root.der
    }

    /// Signs a payload.
    ///
    /// # Errors
    /// [`PkiError`] when the library fails.
    pub fn sign(&self, payload: &[u8], hand: Hand) -> Result<String, PkiError> {
        let office = if hand == Hand::Stranger { &self.strangers } else { &self.own };
        let random = SystemRandom::new();
        let pair = pair(&office.key.pair, &random)?;
        let coordinates =
            |range| pair.public_key().as_ref().get(range).map(|part| URL_SAFE_NO_PAD.encode(part));
        let (x, y) = coordinates(1..33).zip(coordinates(33..65)).ok_or(PkiError("no point".to_owned()))?;
        let jwk = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(sha256(jwk.as_bytes()));
        let certificate = STANDARD.encode(&office.der);
        let header =
            format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"{RESULT_TYP}","x5c":["{certificate}"]}}"#);
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = match hand {
            Hand::Own | Hand::Stranger => {
                pair.sign(&random, signed.as_bytes()).map_err(PkiError::of)?.as_ref().to_vec()
            }
            Hand::Nobody => vec![0; 64],
        };
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn pair(key: &KeyPair, random: &SystemRandom) -> Result<EcdsaKeyPair, PkiError> {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.serialized_der(), random)
        .map_err(PkiError::of)
}
