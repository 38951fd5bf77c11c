//! The MFO's local CA, its signing keys, and the certificates of terminals.
//!
//! Everything lies in one directory, made on first use: `ca.*` (the CA), `message.*`, `cosigner.*` (keys with
//! certificates), `seal.key.pem` (opens attachments), `store.key` (keyed hashes), `wrap/` (wraps content keys). A file
//! `crl.pem` of the CA, where there is one, names certificates that are refused. Private files are 0600. The server's
//! own TLS key is made anew at each start and lives only in RAM.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use senim_domain::{SecretBytes, TerminalId, UtcMillis, calendar};
use senim_gateway_core::enrolment::{CertificateAuthority, Issued};
use senim_gateway_core::{Keys, Openers, Vault};
use senim_operation::attachment::Opener;
use senim_operation::jws::PublicJwk;
use senim_operation::signer::{KeyError, RamKey};
use senim_operation::trust::{COSIGNER_COMMON_NAME, MESSAGE_COMMON_NAME, Trust, serial_text};

use crate::wrap::FileWrap;

const CA_NAME: &str = "Senim MFO CA";
const CA_YEARS: i16 = 20;
const SIGNER_YEARS: i16 = 10;
/// Life of a terminal's certificate where nothing else is configured.
pub const TERMINAL_DAYS: u16 = 1095;
const SERVER_YEARS: i16 = 2;

/// Why keys or certificates cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read or written.
    #[error("{0}: {1}; check the path and its permissions")]
    File(PathBuf, #[source] std::io::Error),
    /// A key or certificate is unusable.
    #[error("a key or certificate cannot be used: {0}; restore the key directory from a back-up")]
    Unusable(String),
}

fn unusable(error: impl std::fmt::Display) -> CertificateError {
    CertificateError::Unusable(error.to_string())
}

/// The directory of keys, opened.
pub struct KeyDirectory {
    ca_pem: String,
    issuer: Arc<Issuer<'static, KeyPair>>,
    message: (KeyPair, Vec<u8>),
    cosigner: (KeyPair, String),
    dir: PathBuf,
    seal_pkcs8: SecretBytes,
    store_key: SecretBytes,
    wrap: PathBuf,
    crl_pem: Option<String>,
    today: Date,
}

/// A server's TLS identity.
pub struct ServerIdentity {
    /// DER, leaf first.
    pub chain: Vec<Vec<u8>>,
    /// PKCS#8.
    pub key: SecretBytes,
}

impl KeyDirectory {
    /// Opens the directory; makes what is missing. Safe beside other processes of the gateway.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn open(dir: &Path, now: UtcMillis) -> Result<Self, CertificateError> {
        let file = |error| CertificateError::File(dir.to_owned(), error);
        std::fs::create_dir_all(dir).map_err(file)?;
        let lock = std::fs::File::create(dir.join(".lock")).map_err(file)?;
        lock.lock().map_err(file)?;
        let today = calendar::local_date(now).ok_or_else(|| unusable("the clock is beyond the calendar"))?;
        let ca_key = key_pair(&dir.join("ca.key.pem"))?;
        let params = ca_params(today)?;
        let ca_path = dir.join("ca.pem");
        if !ca_path.exists() {
            let certificate = params.self_signed(&ca_key).map_err(unusable)?;
            write_whole(&ca_path, certificate.pem().as_bytes(), 0o644)?;
        }
        let ca_pem = read(&ca_path)?;
        let issuer = Arc::new(Issuer::new(params, ca_key));
        let message = signing(dir, "message", MESSAGE_COMMON_NAME, &issuer, today)?;
        let cosigner = signing(dir, "cosigner", COSIGNER_COMMON_NAME, &issuer, today)?;
        let seal = key_pair(&dir.join("seal.key.pem"))?;
        Ok(Self {
            ca_pem,
            issuer,
            message: (message.0, message.2),
            cosigner: (cosigner.0, cosigner.1),
            dir: dir.to_owned(),
            seal_pkcs8: SecretBytes::new(seal.serialize_der()),
            store_key: store_key(&dir.join("store.key"))?,
            wrap: dir.join("wrap"),
            crl_pem: dir.join("crl.pem").exists().then(|| read(&dir.join("crl.pem"))).transpose()?,
            today,
        })
    }

    /// The CA's certificate.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The list of certificates that were revoked.
    #[must_use]
    pub fn crl_pem(&self) -> Option<&str> {
        self.crl_pem.as_deref()
    }

    /// The keys that wrap content keys.
    ///
    /// # Errors
    /// [`CertificateError::Unusable`].
    pub fn wrap_keys(&self) -> Result<FileWrap, CertificateError> {
        FileWrap::open(&self.wrap).map_err(unusable)
    }

    /// The keys as the core wants them.
    ///
    /// # Errors
    /// [`CertificateError::Unusable`].
    pub fn keys(&self) -> Result<Keys, CertificateError> {
        let ram = |pair: &KeyPair| RamKey::from_pkcs8(pair.serialized_der()).map_err(unusable);
        let trust = Trust::from_pem(&self.ca_pem).map_err(unusable)?;
        Ok(Keys::new(
            Box::new(ram(&self.message.0)?),
            vec![STANDARD.encode(&self.message.1)],
            Box::new(ram(&self.cosigner.0)?),
            Opener::from_pkcs8(self.seal_pkcs8.expose()).map_err(unusable)?,
            Vault::with_wrap(&self.store_key, Box::new(self.wrap_keys()?)).map_err(unusable)?,
            Arc::new(trust),
        )
        .with_openers(Box::new(SealDirectory { dir: self.dir.clone() }))
        .with_cosigner_x5c(vec![STANDARD.encode(der_of(&self.cosigner.1)?)]))
    }

    /// Makes another key for sealing, in a file of its own; the former ones stay, for what is sealed to them.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn new_seal_key(&self) -> Result<PublicJwk, CertificateError> {
        let (opener, pkcs8) = Opener::generate().map_err(unusable)?;
        let jwk = opener.public_jwk();
        let key = KeyPair::from_pkcs8_der_and_sign_algo(
            &rustls::pki_types::PrivatePkcs8KeyDer::from(pkcs8.expose()),
            &PKCS_ECDSA_P256_SHA256,
        );
        let pem = zeroize::Zeroizing::new(key.map_err(unusable)?.serialize_pem());
        write_whole(&self.dir.join(format!("seal-{}.key.pem", jwk.thumbprint())), pem.as_bytes(), 0o600)?;
        Ok(jwk)
    }

    /// The key of the enrolment, which terminals seal to before any rotation.
    ///
    /// # Errors
    /// [`CertificateError::Unusable`].
    pub fn seal_jwk(&self) -> Result<PublicJwk, CertificateError> {
        Ok(Opener::from_pkcs8(self.seal_pkcs8.expose()).map_err(unusable)?.public_jwk())
    }

    /// When the first of the MFO's own certificates ends, Unix seconds; `server`: the one it serves with.
    #[must_use]
    pub fn nearest_expiry(&self, server: &ServerIdentity) -> i64 {
        let pems = [self.ca_pem.as_str(), self.cosigner.1.as_str()];
        let from_pem = pems.into_iter().filter_map(|pem| {
            x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok().map(|(_, block)| block.contents)
        });
        let all = from_pem.chain([self.message.1.clone()]).chain(server.chain.iter().cloned());
        let ends = all.filter_map(|der| {
            let (_, certificate) = x509_parser::parse_x509_certificate(&der).ok()?;
            Some(certificate.validity().not_after.timestamp())
        });
        ends.min().unwrap_or(0)
    }

    /// A TLS identity for these names, `localhost` and `127.0.0.1`.
    ///
    /// # Errors
    /// [`CertificateError::Unusable`].
    pub fn server(&self, names: &[String]) -> Result<ServerIdentity, CertificateError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(unusable)?;
        let mut all = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        all.extend_from_slice(names);
        let mut params = CertificateParams::new(all).map_err(unusable)?;
        name_and_dates(&mut params, "senim-gateway", self.today, years_from(self.today, SERVER_YEARS)?)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let leaf = params.signed_by(&key, &self.issuer).map_err(unusable)?;
        Ok(ServerIdentity { chain: vec![leaf.der().to_vec()], key: SecretBytes::new(key.serialize_der()) })
    }

    /// Makes a terminal's key and identity in a directory: the rig's way.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn write_terminal(
        &self,
        terminal: &TerminalId,
        out: &Path,
        now: UtcMillis,
    ) -> Result<(Issued, PublicJwk), CertificateError> {
        std::fs::create_dir_all(out).map_err(|error| CertificateError::File(out.to_owned(), error))?;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(unusable)?;
        let public = PublicJwk::from_sec1(key.public_key_raw()).map_err(unusable)?;
        let issued = self.authority(TERMINAL_DAYS).issue(terminal, &public, now)?;
        let leaf = pem("CERTIFICATE", &issued.der);
        let seal = serde_json::to_string(&self.seal_jwk()?).map_err(unusable)?;
        let secret = zeroize::Zeroizing::new(key.serialize_pem());
        write_whole(&out.join("terminal.key.pem"), secret.as_bytes(), 0o600)?;
        write_whole(&out.join("terminal.pem"), format!("{leaf}{}", self.ca_pem).as_bytes(), 0o644)?;
        write_whole(&out.join("ca.pem"), self.ca_pem.as_bytes(), 0o644)?;
        write_whole(&out.join("mfo-seal.jwk.json"), seal.as_bytes(), 0o644)?;
        write_whole(&out.join("mfo-cosigner.pem"), self.cosigner.1.as_bytes(), 0o644)?;
        Ok((issued, public))
    }

    /// The CA's certificate, DER.
    ///
    /// # Errors
    /// [`CertificateError::Unusable`].
    pub fn ca_der(&self) -> Result<Vec<u8>, CertificateError> {
        der_of(&self.ca_pem)
    }

    /// The cosigner's certificate, DER.
    ///
    /// # Errors
    /// [`CertificateError::Unusable`].
    pub fn cosigner_der(&self) -> Result<Vec<u8>, CertificateError> {
        der_of(&self.cosigner.1)
    }

    /// The CA as the one who certifies terminals, for so many days each.
    #[must_use]
    pub fn authority(&self, days: u16) -> TerminalAuthority {
        TerminalAuthority { issuer: Arc::clone(&self.issuer), days }
    }
}

/// Certifies terminals.
pub struct TerminalAuthority {
    issuer: Arc<Issuer<'static, KeyPair>>,
    days: u16,
}

impl TerminalAuthority {
    fn issue(
        &self,
        terminal: &TerminalId,
        key: &PublicJwk,
        now: UtcMillis,
    ) -> Result<Issued, CertificateError> {
        let mut serial = [0_u8; 16];
        ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut serial)
            .map_err(|_| unusable("no randomness"))?;
        // Positive and of full length, whatever was drawn.
        if let Some(first) = serial.first_mut() {
            *first = (*first & 0x7f) | 0x40;
        }
        let today = calendar::local_date(now).ok_or_else(|| unusable("the clock is beyond the calendar"))?;
        let until = today.checked_add(jiff::Span::new().days(self.days)).map_err(unusable)?;
        let mut params = CertificateParams::default();
        name_and_dates(&mut params, terminal.as_str(), today, until)?;
        params.serial_number = Some(serial.to_vec().into());
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let moment = |seconds: i64| UtcMillis(seconds.saturating_mul(1000));
        let not_before = moment(params.not_before.unix_timestamp());
        let not_after = moment(params.not_after.unix_timestamp());
        let leaf = params.signed_by(&SubjectKey(key.sec1()), &self.issuer).map_err(unusable)?;
        Ok(Issued { serial: serial_text(&serial), der: leaf.der().to_vec(), not_before, not_after })
    }
}

impl CertificateAuthority for TerminalAuthority {
    fn certify(&self, terminal: &TerminalId, key: &PublicJwk, now: UtcMillis) -> Result<Issued, KeyError> {
        self.issue(terminal, key, now).map_err(|error| KeyError::Store(error.to_string()))
    }
}

/// A key that is certified and not here.
struct SubjectKey(Vec<u8>);

impl rcgen::PublicKeyData for SubjectKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut lines = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        lines.push_str(std::str::from_utf8(line).unwrap_or_default());
        lines.push('\n');
    }
    lines + &format!("-----END {label}-----\n")
}

fn der_of(pem: &str) -> Result<Vec<u8>, CertificateError> {
    let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).map_err(unusable)?;
    Ok(block.contents)
}

/// `seal.key.pem` and every `seal-<kid>.key.pem` of the key directory.
struct SealDirectory {
    dir: PathBuf,
}

impl Openers for SealDirectory {
    fn load(&self) -> Result<Vec<Opener>, KeyError> {
        let failed = |error: std::io::Error| KeyError::Store(format!("{}: {error}", self.dir.display()));
        let mut openers = Vec::new();
        for entry in std::fs::read_dir(&self.dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name == "seal.key.pem" || (name.starts_with("seal-") && name.ends_with(".key.pem")) {
                let pem = std::fs::read_to_string(entry.path()).map_err(failed)?;
                let pem = zeroize::Zeroizing::new(pem);
                let key = KeyPair::from_pem(&pem).map_err(|error| KeyError::BadKey(error.to_string()))?;
                openers.push(Opener::from_pkcs8(key.serialized_der())?);
            }
        }
        Ok(openers)
    }
}

fn ca_params(today: Date) -> Result<CertificateParams, CertificateError> {
    let mut params = CertificateParams::default();
    name_and_dates(&mut params, CA_NAME, today, years_from(today, CA_YEARS)?)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn years_from(today: Date, years: i16) -> Result<Date, CertificateError> {
    calendar::add_months(today, u16::try_from(years * 12).unwrap_or(12))
        .ok_or_else(|| unusable("the clock is beyond the calendar"))
}

/// Valid from yesterday, so that a terminal whose clock is a little behind still agrees.
fn name_and_dates(
    params: &mut CertificateParams,
    name: &str,
    today: Date,
    until: Date,
) -> Result<(), CertificateError> {
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    let from = today.yesterday().map_err(unusable)?;
    let moment = |date: Date| {
        let part = |part: i8| u8::try_from(part).unwrap_or(1);
        rcgen::date_time_ymd(i32::from(date.year()), part(date.month()), part(date.day()))
    };
    params.not_before = moment(from);
    params.not_after = moment(until);
    Ok(())
}

/// A signing key of the MFO with its certificate in PEM and DER.
fn signing(
    dir: &Path,
    file: &str,
    name: &str,
    issuer: &Issuer<'static, KeyPair>,
    today: Date,
) -> Result<(KeyPair, String, Vec<u8>), CertificateError> {
    let key = key_pair(&dir.join(format!("{file}.key.pem")))?;
    let path = dir.join(format!("{file}.pem"));
    if !path.exists() {
        let mut params = CertificateParams::default();
        name_and_dates(&mut params, name, today, years_from(today, SIGNER_YEARS)?)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let certificate = params.signed_by(&key, issuer).map_err(unusable)?;
        write_whole(&path, certificate.pem().as_bytes(), 0o644)?;
    }
    let pem = read(&path)?;
    let der = der_of(&pem)?;
    Ok((key, pem, der))
}

fn key_pair(path: &Path) -> Result<KeyPair, CertificateError> {
    if !path.exists() {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(unusable)?;
        let pem = zeroize::Zeroizing::new(key.serialize_pem());
        write_whole(path, pem.as_bytes(), 0o600)?;
    }
    let pem = zeroize::Zeroizing::new(read(path)?);
    KeyPair::from_pem(&pem).map_err(unusable)
}

fn store_key(path: &Path) -> Result<SecretBytes, CertificateError> {
    if !path.exists() {
        let mut key = zeroize::Zeroizing::new(vec![0_u8; 32]);
        ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut key)
            .map_err(|_| unusable("no randomness"))?;
        write_whole(path, &key, 0o600)?;
    }
    let bytes = std::fs::read(path).map_err(|error| CertificateError::File(path.to_owned(), error))?;
    Ok(SecretBytes::new(bytes))
}

fn read(path: &Path) -> Result<String, CertificateError> {
    std::fs::read_to_string(path).map_err(|error| CertificateError::File(path.to_owned(), error))
}

/// Writes aside, syncs, renames: a key file is whole or not there.
fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> Result<(), CertificateError> {
    let aside = path.with_extension("part");
    let write = || -> std::io::Result<()> {
        let _ = std::fs::remove_file(&aside);
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&aside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&aside, path)
    };
    write().map_err(|error| CertificateError::File(path.to_owned(), error))
}
