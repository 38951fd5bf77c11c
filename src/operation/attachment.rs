//! What is sealed beside a row, and the sealing: compact JWE, ECDH-ES with A256GCM (RFC 7516, RFC 7518 section 4.6).
//!
//! The terminal holds [`MfoSealer`] and cannot read what it has written; the gateway holds [`Opener`]. Plaintext is
//! encrypted where it lies on the heap; keys derived on the way are wiped.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::rand::{SecureRandom as _, SystemRandom};
use senim_domain::identity_document::IdentityDocumentKind;
use senim_domain::supplement::{HardshipReason, WishedRelief};
use senim_domain::{Secret, SecretBytes};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::jws::{self, PublicJwk};
use crate::message::expose_on_the_wire;
use crate::signer::{KeyError, Sealer};

/// Sealed part of [`crate::body::LoginRequested`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// Twelve digits.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub iin: Secret,
}

/// Sealed part of [`crate::body::RegistrationRequested`]. Without a document it reads as a [`LoginRequest`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationEntry {
    /// Twelve digits.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub iin: Secret,
    /// What the chip of the identity document told; absent: there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<ChipDocument>,
}

/// An identity document as its chip tells of it: no name and no picture.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChipDocument {
    /// Passport or card.
    pub kind: IdentityDocumentKind,
    /// Its number.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub number: Secret,
    /// Last day of validity, `YYYY-MM-DD`.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub expires: Secret,
}

/// Sealed part of [`crate::body::LoginCodeSubmitted`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginCode {
    /// The one-time code as typed.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub code: Secret,
}

/// Sealed part of [`crate::body::PhoneSubmitted`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneEntry {
    /// `+77XXXXXXXXX`.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub phone: Secret,
}

/// Sealed part of [`crate::body::PinSubmitted`] and [`crate::body::LoginPinSubmitted`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinEntry {
    /// Digits as typed; a new one twice alike.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub pin: Secret,
}

/// Sealed part of [`crate::body::ContactChangeRequested`] for an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountEntry {
    /// `KZ` and 18 characters.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub iban: Secret,
}

/// Sealed part of [`crate::body::CardSignatureMade`]: what the card gave.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardSignature {
    /// The card's certificate for signing, DER in base64: it names the client.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub certificate: Secret,
    /// The signature over the signed attributes, in base64: ECDSA in DER, or RSA's bytes.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub signature: Secret,
}

/// Sealed part of [`crate::body::LoginCardShown`] and other rows with a card: what the card says of itself. It names the
/// client.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownCard {
    /// The certificate for logging in, DER in base64.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub authentication: Secret,
    /// The certificate for signing, DER in base64; empty where it was not read.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub signature: Secret,
}

/// Sealed part of [`crate::body::CardProofSubmitted`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardProof {
    /// The signature over the challenge, in base64: ECDSA in DER, or RSA's bytes.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub signature: Secret,
}

/// Sealed part of [`crate::body::QuestionsAnswered`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Questionnaire {
    /// In the order in which they were given.
    pub answers: Vec<GivenAnswer>,
}

/// What a person answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenAnswer {
    /// The question's name in the rule pack, or its code in the screening.
    pub question: String,
    /// The answer's name within the question, `yes` or `no`, or what was typed.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub answer: Secret,
}

/// Sealed part of [`crate::body::ContractNumberSubmitted`] and of [`crate::body::RepaymentBegun`]: whose contract a number
/// is says something about a person, who need not be the payer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepaymentNumber {
    /// Digits with their check digit.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub number: Secret,
}

/// Sealed part of [`crate::body::CabinetLetterSubmitted`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CabinetLetter {
    /// As typed, 1 to 500 characters.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub text: Secret,
}

/// Sealed part of [`crate::body::PayoutAccountSubmitted`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutAccount {
    /// Twenty characters without spaces; the check digits fit.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub iban: Secret,
}

/// Sealed part of [`crate::body::PayoutWayChosen`] for a merchant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MerchantInvoice {
    /// The merchant's order or invoice as typed, 1 to 20 capitals and digits.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub invoice: Secret,
}

/// Sealed part of [`crate::body::RestructuringRequested`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestructuringWish {
    /// Why the client cannot pay as agreed; personal, so it is never in the row.
    pub reason: HardshipReason,
    /// What they ask for.
    pub relief: WishedRelief,
    /// For how many months, where it is for some.
    pub months: Option<u16>,
}

macro_rules! sealed_json {
    ($($name:ident),*) => {$(
        impl $name {
            /// The plaintext to seal.
            ///
            /// # Errors
            /// [`AttachmentError::Content`] only if memory cannot be had for it.
            pub fn to_plaintext(&self) -> Result<SecretBytes, AttachmentError> {
                // Room for any such text, so that growing leaves no copy behind.
                let mut bytes = Vec::with_capacity(8192);
                serde_json::to_writer(&mut bytes, self).map_err(|_| AttachmentError::Content)?;
                Ok(SecretBytes::new(bytes))
            }

            /// Reads an opened plaintext.
            ///
            /// # Errors
            /// [`AttachmentError::Content`]; it does not say what was there.
            pub fn from_plaintext(plaintext: &SecretBytes) -> Result<Self, AttachmentError> {
                serde_json::from_slice(plaintext.expose()).map_err(|_| AttachmentError::Content)
            }
        }
    )*};
}

sealed_json!(
    LoginRequest,
    RegistrationEntry,
    LoginCode,
    PhoneEntry,
    AccountEntry,
    PinEntry,
    CardSignature,
    ShownCard,
    CardProof,
    Questionnaire,
    RepaymentNumber,
    CabinetLetter,
    PayoutAccount,
    MerchantInvoice,
    RestructuringWish
);

/// Why an attachment cannot be opened or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttachmentError {
    /// Not a compact JWE in the agreed form.
    #[error("the attachment is not a compact JWE with ECDH-ES and A256GCM: {0}")]
    Form(&'static str),
    /// Sealed to another key.
    #[error("the attachment is sealed to another key: {0}")]
    OtherKey(String),
    /// Decryption fails: changed on the way, or another key.
    #[error("the attachment does not open: it was changed or is sealed to another key")]
    NotAuthentic,
    /// The content is not of the kind; it is not quoted.
    #[error("the opened attachment is not of the expected kind")]
    Content,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JweHeader {
    alg: String,
    enc: String,
    epk: PublicJwk,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
}

/// Seals to the MFO's public key.
#[derive(Clone, Debug)]
pub struct MfoSealer {
    recipient: PublicJwk,
    kid: String,
    random: SystemRandom,
}

impl MfoSealer {
    /// Seals to this key.
    #[must_use]
    pub fn new(recipient: PublicJwk) -> Self {
        Self { recipient, kid: recipient.thumbprint(), random: SystemRandom::new() }
    }
}

impl Sealer for MfoSealer {
    fn seal(&self, plaintext: &[u8]) -> Result<String, KeyError> {
        let ephemeral =
            EphemeralPrivateKey::generate(&ECDH_P256, &self.random).map_err(|_| KeyError::NoRandomness)?;
        let epk = ephemeral.compute_public_key().map_err(|_| KeyError::NoRandomness)?;
        let epk = PublicJwk::from_sec1(epk.as_ref())?;
        let mut iv = [0; 12];
        self.random.fill(&mut iv).map_err(|_| KeyError::NoRandomness)?;
        let peer = UnparsedPublicKey::new(&ECDH_P256, self.recipient.point());
        let key = agree_ephemeral(ephemeral, &peer, |shared| concat_kdf(shared, "A256GCM", b"", b"", 256))
            .map_err(|_| KeyError::BadKey("the recipient's point is not on the curve".into()))?;
        let protected = protected_header(epk, &self.kid)?;
        let mut content = Zeroizing::new(plaintext.to_vec());
        let tag = UnboundKey::new(&AES_256_GCM, key.as_slice())
            .and_then(|key| {
                LessSafeKey::new(key).seal_in_place_separate_tag(
                    Nonce::assume_unique_for_key(iv),
                    Aad::from(protected.as_bytes()),
                    &mut content,
                )
            })
            .map_err(|_| KeyError::BadKey("the content is too long to seal".into()))?;
        Ok(assemble(&protected, &iv, &content, tag.as_ref()))
    }

    fn kid(&self) -> String {
        self.kid.clone()
    }
}

fn protected_header(epk: PublicJwk, kid: &str) -> Result<String, KeyError> {
    let header = JweHeader { alg: "ECDH-ES".into(), enc: "A256GCM".into(), epk, kid: Some(kid.to_owned()) };
    let header = crate::canonical::to_vec(&header).map_err(|error| KeyError::BadKey(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(header))
}

fn assemble(protected: &str, iv: &[u8; 12], ciphertext: &[u8], tag: &[u8]) -> String {
    let room = protected.len().saturating_add(ciphertext.len().saturating_mul(4) / 3).saturating_add(64);
    let mut jwe = String::with_capacity(room);
    jwe.push_str(protected);
    jwe.push_str("..");
    URL_SAFE_NO_PAD.encode_string(iv, &mut jwe);
    jwe.push('.');
    URL_SAFE_NO_PAD.encode_string(ciphertext, &mut jwe);
    jwe.push('.');
    URL_SAFE_NO_PAD.encode_string(tag, &mut jwe);
    jwe
}

/// One round of the Concat KDF of RFC 7518 section 4.6.2: enough for keys of up to 256 bits.
fn concat_kdf(shared: &[u8], algorithm: &str, apu: &[u8], apv: &[u8], bits: u32) -> Zeroizing<Vec<u8>> {
    let mut digest = ring::digest::Context::new(&ring::digest::SHA256);
    digest.update(&1_u32.to_be_bytes());
    digest.update(shared);
    for field in [algorithm.as_bytes(), apu, apv] {
        digest.update(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        digest.update(field);
    }
    digest.update(&bits.to_be_bytes());
    let mut key = Zeroizing::new(digest.finish().as_ref().to_vec());
    key.truncate(usize::try_from(bits / 8).unwrap_or(32));
    key
}

/// Opens what was sealed to its key; lives at the MFO.
pub struct Opener {
    secret: p256::SecretKey,
    public: PublicJwk,
    kid: String,
}

impl Opener {
    /// Reads PKCS#8 (DER).
    ///
    /// # Errors
    /// [`KeyError::BadKey`].
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyError> {
        use p256::pkcs8::DecodePrivateKey as _;
        let secret =
            p256::SecretKey::from_pkcs8_der(pkcs8).map_err(|error| KeyError::BadKey(error.to_string()))?;
        Self::from_secret(secret)
    }

    /// A fresh key and its PKCS#8 (DER).
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn generate() -> Result<(Self, SecretBytes), KeyError> {
        let (_, pkcs8) = crate::signer::RamKey::generate()?;
        Ok((Self::from_pkcs8(pkcs8.expose())?, pkcs8))
    }

    fn from_secret(secret: p256::SecretKey) -> Result<Self, KeyError> {
        use p256::elliptic_curve::sec1::ToEncodedPoint as _;
        let public = PublicJwk::from_sec1(secret.public_key().to_encoded_point(false).as_bytes())?;
        Ok(Self { secret, public, kid: public.thumbprint() })
    }

    /// The key to seal to.
    #[must_use]
    pub fn public_jwk(&self) -> PublicJwk {
        self.public
    }

    /// Opens a compact JWE.
    ///
    /// # Errors
    /// [`AttachmentError`].
    pub fn open(&self, jwe: &str) -> Result<SecretBytes, AttachmentError> {
        let parts: Vec<&str> = jwe.split('.').collect();
        let [protected, "", iv, ciphertext, tag] = parts.as_slice() else {
            return Err(AttachmentError::Form("it does not have five parts with an empty second"));
        };
        let decode = |part: &str| {
            URL_SAFE_NO_PAD.decode(part).map_err(|_| AttachmentError::Form("a part is not strict base64url"))
        };
        let header: JweHeader = serde_json::from_slice(&decode(protected)?)
            .map_err(|_| AttachmentError::Form("the header has other fields"))?;
        if header.alg != "ECDH-ES" || header.enc != "A256GCM" {
            return Err(AttachmentError::Form("other algorithms"));
        }
        if let Some(kid) = header.kid.filter(|kid| *kid != self.kid) {
            return Err(AttachmentError::OtherKey(kid));
        }
        let iv: [u8; 12] =
            decode(iv)?.try_into().map_err(|_| AttachmentError::Form("the IV does not have 12 bytes"))?;
        let tag: [u8; 16] =
            decode(tag)?.try_into().map_err(|_| AttachmentError::Form("the tag does not have 16 bytes"))?;
        let mut content = Zeroizing::new(Vec::with_capacity(ciphertext.len()));
        URL_SAFE_NO_PAD
            .decode_vec(ciphertext, &mut content)
            .map_err(|_| AttachmentError::Form("a part is not strict base64url"))?;
        content.extend_from_slice(&tag);
        let key = self.agree(&header.epk)?;
        let length = UnboundKey::new(&AES_256_GCM, key.as_slice())
            .and_then(|key| {
                let key = LessSafeKey::new(key);
                let plain = key.open_in_place(
                    Nonce::assume_unique_for_key(iv),
                    Aad::from(protected.as_bytes()),
                    &mut content,
                )?;
                Ok(plain.len())
            })
            .map_err(|_| AttachmentError::NotAuthentic)?;
        content.truncate(length);
        Ok(SecretBytes::new(std::mem::take(&mut *content)))
    }

    fn agree(&self, epk: &PublicJwk) -> Result<Zeroizing<Vec<u8>>, AttachmentError> {
        let peer = p256::PublicKey::from_sec1_bytes(epk.point())
            .map_err(|_| AttachmentError::Form("the ephemeral point is not on the curve"))?;
        let shared = p256::ecdh::diffie_hellman(self.secret.to_nonzero_scalar(), peer.as_affine());
        Ok(concat_kdf(shared.raw_secret_bytes(), "A256GCM", b"", b"", 256))
    }
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opener({})", self.kid)
    }
}

/// SHA-256 of a compact JWE in base64url: how the row names its attachment.
#[must_use]
pub fn sha256_of(jwe: &str) -> String {
    jws::sha256_b64(jwe.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(d: &str) -> p256::SecretKey {
        p256::SecretKey::from_slice(&URL_SAFE_NO_PAD.decode(d).unwrap()).unwrap()
    }

    #[test]
    fn keys_are_agreed_and_derived_as_in_rfc_7518_appendix_c() {
        let alice = key("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo");
        let bob = Opener::from_secret(key("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw")).unwrap();
        let (x, _) = bob.public_jwk().coordinates();
        assert_eq!(x, "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ");
        let shared =
            p256::ecdh::diffie_hellman(bob.secret.to_nonzero_scalar(), alice.public_key().as_affine());
        let z: &[u8] = shared.raw_secret_bytes();
        assert_eq!(z[..4], [158, 86, 217, 29]);
        let derived = concat_kdf(z, "A128GCM", b"Alice", b"Bob", 128);
        assert_eq!(URL_SAFE_NO_PAD.encode(derived.as_slice()), "VqqN6vgjbSBcIijNcacQGg");
    }
}
