//! Keys of a world: real ones, or doubles of equal length, with which one seed is one run, byte for byte.
//!
//! A double's public key is marked in its coordinates, and its signature is a hash that anybody can compute. It is believed
//! only by a [`Trust`] that was told to ([`Trust::with_verifier`]), as this world's is; real keys and all certificates are
//! judged there as everywhere. What is sealed to a world of doubles opens as what any terminal seals: only the ephemeral
//! key is always the same.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use p256::ecdsa::signature::Signer as _;
use p256::pkcs8::EncodePrivateKey as _;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use senim_domain::calendar::local_date;
use senim_domain::{SecretBytes, TerminalId, UtcMillis};
use senim_operation::attachment::{MfoSealer, Opener};
use senim_operation::jws::{JwsError, PublicJwk, sha256};
use senim_operation::signer::{Es256, KeyError, KeyMaker, RamKey, RamKeyMaker, Sealer, Signer, Verifier};
use senim_operation::trust::{COSIGNER_COMMON_NAME, MESSAGE_COMMON_NAME, Trust};
use serde_json::json;

/// First bytes of the x coordinate of every double.
const MARK: &[u8; 12] = b"senim-double";

/// Signs without a secret.
#[derive(Clone, Copy, Debug)]
pub struct Double(PublicJwk);

impl Double {
    /// The double of this name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let mut point = vec![4];
        point.extend_from_slice(MARK);
        point.extend_from_slice(&sha256(name.as_bytes())[..20]);
        point.extend_from_slice(&sha256(&point));
        Self(PublicJwk::from_sec1(&point).unwrap())
    }

    /// One that was kept as bytes in place of a private key.
    fn kept(bytes: &[u8]) -> Option<Self> {
        let key = PublicJwk::from_sec1(bytes).ok()?;
        is_double(&key).then_some(Self(key))
    }
}

fn is_double(key: &PublicJwk) -> bool {
    key.sec1()[1..].starts_with(MARK)
}

fn signature(key: &PublicJwk, message: &[u8]) -> [u8; 64] {
    let mut text = key.sec1();
    text.extend_from_slice(&sha256(message));
    let first = sha256(&text);
    [first, sha256(&first)].concat().try_into().unwrap()
}

impl Signer for Double {
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        Ok(signature(&self.0, message))
    }

    fn public_jwk(&self) -> PublicJwk {
        self.0
    }
}

/// Believes doubles, and of real keys what they really signed.
#[derive(Debug)]
pub struct DoublesToo;

impl Verifier for DoublesToo {
    fn verify(&self, key: &PublicJwk, message: &[u8], given: &[u8; 64]) -> Result<(), JwsError> {
        match is_double(key) {
            true if signature(key, message) == *given => Ok(()),
            true => Err(JwsError::BadSignature),
            false => Es256.verify(key, message, given),
        }
    }
}

/// Journal keys of one process, each another.
struct DoubleMaker {
    process: u8,
    made: AtomicU64,
}

impl KeyMaker for DoubleMaker {
    fn make(&self) -> Result<Box<dyn Signer>, KeyError> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Double::named(&format!("journal {} {number}", self.process))))
    }
}

/// Seals as terminals do, with an ephemeral key that is always the same.
struct DoubleSealer {
    kid: String,
    protected: String,
    key: LessSafeKey,
    sealed: AtomicU64,
}

impl DoubleSealer {
    fn new(recipient: &PublicJwk, process: u8) -> Self {
        let ephemeral = p256::SecretKey::from_slice(&[process.max(1); 32]).unwrap();
        let peer = p256::PublicKey::from_sec1_bytes(&recipient.sec1()).unwrap();
        let shared = p256::ecdh::diffie_hellman(ephemeral.to_nonzero_scalar(), peer.as_affine());
        // RFC 7518 section 4.6.2: algorithm, no parties, 256 bits.
        let other = [&7_u32.to_be_bytes(), b"A256GCM".as_slice(), &[0; 8], &256_u32.to_be_bytes()].concat();
        let mut key = [0; 32];
        concat_kdf::derive_key_into::<sha2::Sha256>(shared.raw_secret_bytes(), &other, &mut key).unwrap();
        let epk = PublicJwk::from_sec1(&point(&ephemeral.public_key())).unwrap();
        let kid = recipient.thumbprint();
        let header = json!({ "alg": "ECDH-ES", "enc": "A256GCM", "epk": epk, "kid": kid }).to_string();
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap());
        Self { kid, protected: URL_SAFE_NO_PAD.encode(header), key, sealed: AtomicU64::new(0) }
    }
}

impl Sealer for DoubleSealer {
    fn seal(&self, plaintext: &[u8]) -> Result<String, KeyError> {
        let mut iv = [0; 12];
        iv[4..].copy_from_slice(&self.sealed.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let (nonce, mut content) = (Nonce::assume_unique_for_key(iv), plaintext.to_vec());
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::from(&self.protected), &mut content);
        let [iv, content, tag] =
            [iv.as_slice(), &content, tag.unwrap().as_ref()].map(|part| URL_SAFE_NO_PAD.encode(part));
        Ok(format!("{}..{iv}.{content}.{tag}", self.protected))
    }

    fn kid(&self) -> String {
        self.kid.clone()
    }
}

/// Seals to this key, each run alike.
#[must_use]
pub fn sealer_of_doubles(recipient: &PublicJwk, process: u8) -> Box<dyn Sealer> {
    Box::new(DoubleSealer::new(recipient, process))
}

/// What a process of the terminal signs and seals with.
pub(crate) struct Hands {
    pub identity: Box<dyn Signer>,
    pub maker: Box<dyn KeyMaker>,
    pub sealer: Box<dyn Sealer>,
}

impl Hands {
    /// Doubles where the identity is one. `process` tells processes of one terminal apart.
    pub(crate) fn of(identity: &SecretBytes, recipient: PublicJwk, process: u8) -> Self {
        match Double::kept(identity.expose()) {
            Some(double) => Self {
                identity: Box::new(double),
                maker: Box::new(DoubleMaker { process, made: AtomicU64::new(0) }),
                sealer: sealer_of_doubles(&recipient, process),
            },
            None => Self {
                identity: signer(identity),
                maker: Box::new(RamKeyMaker),
                sealer: Box::new(MfoSealer::new(recipient)),
            },
        }
    }
}

/// A key as it is kept: PKCS#8, or a double.
pub(crate) fn signer(kept: &SecretBytes) -> Box<dyn Signer> {
    match Double::kept(kept.expose()) {
        Some(double) => Box::new(double),
        None => Box::new(RamKey::from_pkcs8(kept.expose()).unwrap()),
    }
}

fn point(key: &p256::PublicKey) -> Vec<u8> {
    use p256::elliptic_curve::sec1::ToEncodedPoint as _;
    key.to_encoded_point(false).as_bytes().to_vec()
}

/// The private key of a CA.
enum Authority {
    Real(rcgen::KeyPair),
    /// Signs the same bytes alike (RFC 6979).
    Fixed(p256::ecdsa::SigningKey, Vec<u8>),
}

impl rcgen::PublicKeyData for Authority {
    fn der_bytes(&self) -> &[u8] {
        match self {
            Self::Real(pair) => pair.der_bytes(),
            Self::Fixed(_, point) => point,
        }
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for Authority {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        match self {
            Self::Real(pair) => rcgen::SigningKey::sign(pair, message),
            Self::Fixed(key, _) => {
                let signature: p256::ecdsa::DerSignature = key.sign(message);
                Ok(signature.as_bytes().to_vec())
            }
        }
    }
}

/// A public key that is certified and whose private half is not here.
struct Certified(Vec<u8>);

impl rcgen::PublicKeyData for Certified {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

/// A key and its certificates, standard base64 of DER, leaf first.
pub(crate) type Kept = (SecretBytes, Vec<String>);

/// The MFO's CA and its own keys.
pub(crate) struct Office {
    pub trust: Arc<Trust>,
    /// The same CA as programs believe it.
    pub strict: Trust,
    pub message: Kept,
    pub cosigner: Kept,
    /// PKCS#8 of the key that terminals seal to.
    pub opener: SecretBytes,
    issuer: rcgen::Issuer<'static, Authority>,
    doubles: bool,
    /// How long certificates of terminals are good; as long as anybody plays.
    days: Mutex<Option<u16>>,
    /// Doubles that have a certificate already.
    certified: Mutex<BTreeMap<String, Vec<String>>>,
}

fn named(name: &str) -> rcgen::CertificateParams {
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2025, 1, 1);
    params.not_after = rcgen::date_time_ymd(2036, 1, 1);
    params
}

impl Office {
    /// A CA of its own with keys that nobody else has.
    pub(crate) fn real() -> Arc<Self> {
        let (_, opener) = Opener::generate().unwrap();
        Arc::new(Self::begin(Authority::Real(rcgen::KeyPair::generate().unwrap()), opener, false))
    }

    /// The CA of every world of doubles.
    pub(crate) fn doubles() -> Arc<Self> {
        static OFFICE: OnceLock<Arc<Office>> = OnceLock::new();
        let begin = || {
            let key = p256::SecretKey::from_slice(&[0x11; 32]).unwrap();
            let point = point(&key.public_key());
            let opener = p256::SecretKey::from_slice(&[0x22; 32]).unwrap().to_pkcs8_der().unwrap();
            let opener = SecretBytes::new(opener.as_bytes().to_vec());
            Arc::new(Self::begin(Authority::Fixed(key.into(), point), opener, true))
        };
        Arc::clone(OFFICE.get_or_init(begin))
    }

    fn begin(key: Authority, opener: SecretBytes, doubles: bool) -> Self {
        let mut params = named("world CA");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let strict = Trust::from_pem(&params.self_signed(&key).unwrap().pem()).unwrap();
        let trust = strict.clone();
        let trust = Arc::new(if doubles { trust.with_verifier(Arc::new(DoublesToo)) } else { trust });
        let nothing = || (SecretBytes::new(Vec::new()), Vec::new());
        let issuer = rcgen::Issuer::new(params, key);
        let (message, cosigner) = (nothing(), nothing());
        let (days, certified) = (Mutex::default(), Mutex::default());
        let mut office = Self { trust, strict, message, cosigner, opener, issuer, doubles, days, certified };
        office.message = office.certify(MESSAGE_COMMON_NAME, false);
        office.cosigner = office.certify(COSIGNER_COMMON_NAME, false);
        office
    }

    /// A key for this name with its certificate: another each time, but for doubles.
    pub(crate) fn certify(&self, name: &str, client: bool) -> Kept {
        let mut params = named(name);
        if client {
            params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        }
        let chain = |certificate: rcgen::Certificate| vec![STANDARD.encode(certificate.der())];
        if self.doubles {
            let public = Double::named(name).0.sec1();
            let mut certified = self.certified.lock().unwrap();
            let sign = || chain(params.signed_by(&Certified(public.clone()), &self.issuer).unwrap());
            let x5c = certified.entry(name.to_owned()).or_insert_with(sign).clone();
            return (SecretBytes::new(public), x5c);
        }
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (SecretBytes::new(key.serialized_der().to_vec()), chain(certificate))
    }

    /// Terminals are certified for so many days from now on; doubles for ever.
    pub(crate) fn certify_for(&self, days: u16) {
        *self.days.lock().unwrap() = Some(days);
    }

    /// A key for a terminal with its certificate.
    pub(crate) fn terminal(&self, terminal: &TerminalId, now: UtcMillis) -> Kept {
        if self.doubles {
            return self.certify(terminal.as_str(), true);
        }
        let (key, pkcs8) = RamKey::generate().unwrap();
        (pkcs8, vec![STANDARD.encode(self.issue(terminal, &key.public_jwk(), now))])
    }

    /// A certificate for a terminal's key, DER.
    pub(crate) fn issue(&self, terminal: &TerminalId, key: &PublicJwk, now: UtcMillis) -> Vec<u8> {
        let mut params = named(terminal.as_str());
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        if let Some(days) = *self.days.lock().unwrap() {
            let last = local_date(now).unwrap().checked_add(jiff::Span::new().days(days)).unwrap();
            let part = |part: i8| u8::try_from(part).unwrap();
            params.not_after = rcgen::date_time_ymd(last.year().into(), part(last.month()), part(last.day()));
        }
        params.signed_by(&Certified(key.sec1()), &self.issuer).unwrap().der().to_vec()
    }
}
