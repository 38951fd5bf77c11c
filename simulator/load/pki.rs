//! A test MFO: its CA, its signing and sealing keys, certificates of terminals. Real keys, made on the spot.
//!
//! Decides what a certificate of this system looks like in a load test, as `gateway/certificates.rs` does in service.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use senim_domain::{SecretBytes, TerminalId, UtcMillis};
use senim_gateway_core::{Keys, Vault};
use senim_operation::attachment::{MfoSealer, Opener};
use senim_operation::checkpoint::Note;
use senim_operation::export::{JwkEntry, JwkSet};
use senim_operation::jws::PublicJwk;
use senim_operation::signer::RamKey;
use senim_operation::trust::{COSIGNER_COMMON_NAME, MESSAGE_COMMON_NAME, Trust};

use crate::error::LoadError;

/// A key with its certificates; the private half can be loaded as often as it is needed.
#[derive(Clone)]
pub struct Certified {
    pkcs8: SecretBytes,
    /// Certificates, standard base64 of DER, leaf first, without the CA.
    pub x5c: Vec<String>,
}

impl Certified {
    /// A key (PKCS#8, DER) that somebody else certified; certificates as DER, leaf first.
    #[must_use]
    pub fn of_der(pkcs8: SecretBytes, chain: &[Vec<u8>]) -> Self {
        Self { pkcs8, x5c: chain.iter().map(|der| STANDARD.encode(der)).collect() }
    }

    /// The key, ready to sign.
    ///
    /// # Errors
    /// [`LoadError::Key`].
    pub fn key(&self) -> Result<RamKey, LoadError> {
        Ok(RamKey::from_pkcs8(self.pkcs8.expose())?)
    }

    /// The private key as PKCS#8 (DER), for a TLS client.
    #[must_use]
    pub const fn pkcs8(&self) -> &SecretBytes {
        &self.pkcs8
    }

    /// Certificates as DER, leaf first, for a TLS client.
    ///
    /// # Errors
    /// [`LoadError::Certificate`].
    pub fn der_chain(&self) -> Result<Vec<Vec<u8>>, LoadError> {
        self.x5c.iter().map(|text| STANDARD.decode(text).map_err(LoadError::certificate)).collect()
    }

    fn entry(&self) -> Result<JwkEntry, LoadError> {
        use senim_operation::signer::Signer as _;
        Ok(JwkEntry::new(self.key()?.public_jwk(), self.x5c.clone()))
    }
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// A terminal's identity: TLS client.
    Terminal,
    /// The gateway's TLS server.
    Server,
    /// A signing key of the MFO.
    Signing,
}

/// Years in which a certificate is good: from the first of January to the first of January, UTC.
pub type Years = (i32, i32);

/// Validity of everything that is certified without saying otherwise.
pub const YEARS: Years = (2025, 2046);

/// The MFO.
pub struct Mfo {
    ca_pem: String,
    trust: Arc<Trust>,
    issuer: Issuer<'static, KeyPair>,
    message: Certified,
    cosigner: Certified,
    opener_pkcs8: SecretBytes,
    seal: PublicJwk,
}

impl Mfo {
    /// A CA of its own with the keys of a gateway.
    ///
    /// # Errors
    /// [`LoadError`]: no randomness.
    pub fn new() -> Result<Self, LoadError> {
        let key = new_key()?;
        let mut params = named("load test CA", YEARS);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca_pem = params.self_signed(&key).map_err(LoadError::certificate)?.pem();
        let issuer = Issuer::new(params, key);
        let trust = Arc::new(Trust::from_pem(&ca_pem).map_err(LoadError::certificate)?);
        let message = issue(&issuer, MESSAGE_COMMON_NAME, Usage::Signing, YEARS)?;
        let cosigner = issue(&issuer, COSIGNER_COMMON_NAME, Usage::Signing, YEARS)?;
        let (opener, opener_pkcs8) = Opener::generate()?;
        let seal = opener.public_jwk();
        Ok(Self { ca_pem, trust, issuer, message, cosigner, opener_pkcs8, seal })
    }

    /// The CA certificate.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Who believes this MFO.
    #[must_use]
    pub fn trust(&self) -> Arc<Trust> {
        Arc::clone(&self.trust)
    }

    /// The key for messages.
    #[must_use]
    pub const fn message(&self) -> &Certified {
        &self.message
    }

    /// The key for cosignatures.
    #[must_use]
    pub const fn cosigner(&self) -> &Certified {
        &self.cosigner
    }

    /// The key that terminals seal to.
    #[must_use]
    pub const fn seal(&self) -> PublicJwk {
        self.seal
    }

    /// Seals to that key.
    #[must_use]
    pub fn sealer(&self) -> MfoSealer {
        MfoSealer::new(self.seal)
    }

    /// Opens what was sealed to that key.
    ///
    /// # Errors
    /// [`LoadError::Key`].
    pub fn opener(&self) -> Result<Opener, LoadError> {
        Ok(Opener::from_pkcs8(self.opener_pkcs8.expose())?)
    }

    /// A fresh key with a certificate of this CA.
    ///
    /// # Errors
    /// [`LoadError`]: no randomness, or the name does not fit a certificate.
    pub fn certify(&self, common_name: &str, usage: Usage, years: Years) -> Result<Certified, LoadError> {
        issue(&self.issuer, common_name, usage, years)
    }

    /// A terminal's identity; each call gives another key, as a renewal does.
    ///
    /// # Errors
    /// As [`Self::certify`].
    pub fn enrol(&self, terminal: &TerminalId) -> Result<Certified, LoadError> {
        self.certify(terminal.as_str(), Usage::Terminal, YEARS)
    }

    /// What a gateway of this MFO holds. The key of its records is the same each time, so that a store can be opened again.
    ///
    /// # Errors
    /// [`LoadError::Key`].
    pub fn gateway_keys(&self) -> Result<Keys, LoadError> {
        let vault = Vault::new(&SecretBytes::new(vec![9; 32])).map_err(LoadError::certificate)?;
        Ok(Keys::new(
            Box::new(self.message.key()?),
            self.message.x5c.clone(),
            Box::new(self.cosigner.key()?),
            self.opener()?,
            vault,
            self.trust(),
        )
        .with_cosigner_x5c(self.cosigner.x5c.clone()))
    }

    /// Adds the gateway's cosignature to a note.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn cosign(&self, note: &mut Note, at: UtcMillis) -> Result<(), LoadError> {
        Ok(note.cosign(&self.cosigner.key()?, at)?)
    }

    /// The keys of an export: of these identities and of the cosigner.
    ///
    /// # Errors
    /// [`LoadError::Key`].
    pub fn jwks(&self, identities: &[Certified]) -> Result<JwkSet, LoadError> {
        let keys = identities.iter().chain([&self.cosigner]).map(Certified::entry);
        Ok(JwkSet { keys: keys.collect::<Result<_, _>>()? })
    }
}

fn new_key() -> Result<KeyPair, LoadError> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(LoadError::certificate)
}

fn named(common_name: &str, (first, last): Years) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = rcgen::date_time_ymd(first, 1, 1);
    params.not_after = rcgen::date_time_ymd(last, 1, 1);
    params
}

fn issue(
    issuer: &Issuer<'static, KeyPair>,
    common_name: &str,
    usage: Usage,
    years: Years,
) -> Result<Certified, LoadError> {
    let key = new_key()?;
    let mut params = named(common_name, years);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    match usage {
        Usage::Terminal => params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
        Usage::Server => {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            let name = common_name.try_into().map_err(LoadError::certificate)?;
            params.subject_alt_names = vec![rcgen::SanType::DnsName(name)];
        }
        Usage::Signing => {}
    }
    let certificate = params.signed_by(&key, issuer).map_err(LoadError::certificate)?;
    let pkcs8 = SecretBytes::new(key.serialized_der().to_vec());
    Ok(Certified { pkcs8, x5c: vec![STANDARD.encode(certificate.der())] })
}
