//! The authority: who certifies whom, with which names and purposes, and who was withdrawn.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use der::Encode as _;
use der::asn1::ObjectIdentifier;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension, DistinguishedName,
    DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    PublicKeyData, RevokedCertParams, SerialNumber, SigningKey as _, SubjectPublicKeyInfo,
};
use ring::digest;
use time::OffsetDateTime;

use crate::PkiError;

/// An individual's key.
const INDIVIDUAL: &[u64] = &[1, 2, 398, 3, 3, 4, 1, 1];
/// A legal entity's key, and one of its officers with the right to sign.
const LEGAL_ENTITY: &[u64] = &[1, 2, 398, 3, 3, 4, 1, 2];
const RIGHT_TO_SIGN: &[u64] = &[1, 2, 398, 3, 3, 4, 1, 2, 2];
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");

/// 2020-01-01 and 2045-01-01, seconds.
const AUTHORITY_LIFE: (i64, i64) = (1_577_836_800, 2_366_841_600);

/// The kind of a client's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA of 2,048 bits with SHA-256.
    Rsa2048,
    /// ECDSA on P-256 with SHA-256.
    P256,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Signing documents: digitalSignature and nonRepudiation.
    Sign,
    /// Logging in: digitalSignature and keyEncipherment.
    Auth,
}

/// Who a certificate is for.
#[derive(Clone)]
pub struct Holder {
    /// IIN, 12 digits.
    pub iin: String,
    /// Surname.
    pub surname: String,
    /// Given name.
    pub given_name: String,
    /// Patronymic, where there is one.
    pub patronymic: Option<String>,
}

/// What the certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The key.
    pub algorithm: Algorithm,
    /// Its use.
    pub usage: Usage,
    /// The organisation's BIN: an organisation's certificate.
    pub bin: Option<String>,
    /// First and last moment, milliseconds.
    pub valid: (i64, i64),
    /// Whether somebody else signed it who only bears the authority's name.
    pub by_a_stranger: bool,
}

impl Profile {
    /// An individual's certificate for signing, good for a year around a moment.
    #[must_use]
    pub const fn individual(algorithm: Algorithm, around: i64) -> Self {
        let half = 183 * 86_400_000;
        let valid = (around.saturating_sub(half), around.saturating_add(half));
        Self { algorithm, usage: Usage::Sign, bin: None, valid, by_a_stranger: false }
    }
}

/// A key that signs.
pub struct Key {
    pub(crate) pair: KeyPair,
    pub(crate) algorithm: Algorithm,
}

impl Key {
    pub(crate) fn read(pem: &str, algorithm: Algorithm) -> Result<Self, PkiError> {
        Ok(Self { pair: KeyPair::from_pem(pem)?, algorithm })
    }

    /// Signs: PKCS #1 for RSA, DER for ECDSA; SHA-256.
    ///
    /// # Errors
    /// [`PkiError`] when the library fails.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, PkiError> {
        Ok(self.pair.sign(message)?)
    }

    /// The kind.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// A certificate with its key.
pub struct Credential {
    /// DER.
    pub certificate: Vec<u8>,
    /// The key.
    pub key: Key,
    /// Serial number as it stands in the certificate.
    pub serial: Vec<u8>,
}

/// An authority's own certificate, key and what rcgen needs to issue by it.
pub(crate) struct Office {
    pub(crate) params: CertificateParams,
    pub(crate) key: Key,
    pub(crate) der: Vec<u8>,
}

impl Office {
    pub(crate) fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key.pair)
    }
}

/// The authority with its services.
pub struct Pki {
    root: Office,
    pub(crate) issuing: Office,
    stranger: Office,
    pub(crate) tsa: Office,
    pub(crate) ocsp: Office,
    revoked: Mutex<BTreeMap<Vec<u8>, i64>>,
}

impl Pki {
    /// Makes it from the keys beside the code: the same certificates of the authority each time.
    ///
    /// # Errors
    /// [`PkiError`] when a key is not what the script made.
    pub fn new() -> Result<Self, PkiError> {
        let root = own("Senim Test Root (RSA) 2020", 1, include_str!("keys/root.pem"), Algorithm::Rsa2048)?;
        let issuing_key = Key::read(include_str!("keys/issuing.pem"), Algorithm::Rsa2048)?;
        let issuing_params = authority_params("ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA) TEST", 2, 0)?;
        let issuing = below(&root, issuing_params, issuing_key)?;
        let stranger = own(
            "ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA) TEST",
            3,
            include_str!("keys/stranger.pem"),
            Algorithm::P256,
        )?;
        let mut stamps = service_params("Senim Test TSA", 4)?;
        stamps.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let purposes = x509_cert::ext::pkix::ExtendedKeyUsage(vec![TIME_STAMPING]).to_der()?;
        let mut purpose = CustomExtension::from_oid_content(&[2, 5, 29, 37], purposes);
        // RFC 3161, 2.3: alone and critical.
        purpose.set_criticality(true);
        stamps.custom_extensions = vec![purpose];
        let tsa = below(&issuing, stamps, Key::read(include_str!("keys/tsa.pem"), Algorithm::P256)?)?;
        let mut answers = service_params("Senim Test OCSP", 5)?;
        answers.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        answers.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
        let ocsp = below(&issuing, answers, Key::read(include_str!("keys/ocsp.pem"), Algorithm::Rsa2048)?)?;
        Ok(Self { root, issuing, stranger, tsa, ocsp, revoked: Mutex::default() })
    }

    /// The root's certificate, DER.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        &self.root.der
    }

    /// The issuing authority's certificate, DER.
    #[must_use]
    pub fn issuing(&self) -> &[u8] {
        &self.issuing.der
    }

    /// The time-stamping authority's certificate, DER.
    #[must_use]
    pub fn tsa(&self) -> &[u8] {
        &self.tsa.der
    }

    /// The OCSP responder's certificate, DER.
    #[must_use]
    pub fn responder(&self) -> &[u8] {
        &self.ocsp.der
    }

    /// Certifies a holder's key. The same holder and profile get the same serial number.
    ///
    /// # Errors
    /// [`PkiError`] for names that cannot be written.
    pub fn issue(&self, holder: &Holder, profile: &Profile) -> Result<Credential, PkiError> {
        let key = match profile.algorithm {
            Algorithm::Rsa2048 => Key::read(include_str!("keys/client_rsa.pem"), Algorithm::Rsa2048)?,
            Algorithm::P256 => Key::read(include_str!("keys/client_p256.pem"), Algorithm::P256)?,
        };
        let serial = serial(holder, profile);
        let certificate = self.certify(holder, profile, &serial, &key.pair)?;
        Ok(Credential { certificate, key, serial })
    }

    /// Certifies the key of somebody else's card, by its SubjectPublicKeyInfo (DER); the certificate and its serial number.
    ///
    /// # Errors
    /// [`PkiError`] for names that cannot be written, and for what is no key.
    pub fn certify_card(
        &self,
        holder: &Holder,
        profile: &Profile,
        public_key: &[u8],
    ) -> Result<(Vec<u8>, Vec<u8>), PkiError> {
        let key = SubjectPublicKeyInfo::from_der(public_key)?;
        let serial = serial(holder, profile);
        Ok((self.certify(holder, profile, &serial, &key)?, serial))
    }

    fn certify(
        &self,
        holder: &Holder,
        profile: &Profile,
        serial: &[u8],
        key: &impl PublicKeyData,
    ) -> Result<Vec<u8>, PkiError> {
        let mut params = CertificateParams::default();
        params.not_before = moment(profile.valid.0)?;
        params.not_after = moment(profile.valid.1)?;
        params.serial_number = Some(SerialNumber::from_slice(serial));
        params.distinguished_name = client_name(holder, profile)?;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = match profile.usage {
            Usage::Sign => vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment],
            Usage::Auth => vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment],
        };
        let named = |oid: &[u64]| ExtendedKeyUsagePurpose::Other(oid.to_vec());
        let purpose = match profile.usage {
            Usage::Sign => ExtendedKeyUsagePurpose::EmailProtection,
            Usage::Auth => ExtendedKeyUsagePurpose::ClientAuth,
        };
        params.extended_key_usages = match profile.bin {
            Some(_) => vec![purpose, named(LEGAL_ENTITY), named(RIGHT_TO_SIGN)],
            None => vec![purpose, named(INDIVIDUAL)],
        };
        let office = if profile.by_a_stranger { &self.stranger } else { &self.issuing };
        Ok(params.signed_by(key, &office.issuer())?.der().to_vec())
    }

    /// Withdraws a certificate from a moment on.
    pub fn revoke(&self, serial: &[u8], at: i64) {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner).insert(positive(serial), at);
    }

    /// When a certificate was withdrawn.
    #[must_use]
    pub fn revoked(&self, serial: &[u8]) -> Option<i64> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner).get(&positive(serial)).copied()
    }

    /// The issuing authority's list of a moment, good for a day.
    ///
    /// # Errors
    /// [`PkiError`] when the library fails.
    pub fn crl(&self, now: i64) -> Result<Vec<u8>, PkiError> {
        let revoked = self.revoked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        list(&self.issuing, &revoked, now)
    }

    /// The root's list of a moment: whether the issuing authority is good.
    ///
    /// # Errors
    /// [`PkiError`] when the library fails.
    pub fn root_crl(&self, now: i64) -> Result<Vec<u8>, PkiError> {
        let revoked = self.revoked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        list(&self.root, &revoked, now)
    }
}

fn list(office: &Office, revoked: &BTreeMap<Vec<u8>, i64>, now: i64) -> Result<Vec<u8>, PkiError> {
    let revoked_certs = revoked
        .iter()
        .map(|(serial, at)| {
            Ok(RevokedCertParams {
                serial_number: SerialNumber::from_slice(serial),
                revocation_time: moment(*at)?,
                reason_code: None,
                invalidity_date: None,
            })
        })
        .collect::<Result<_, PkiError>>()?;
    let list = CertificateRevocationListParams {
        this_update: moment(now)?,
        next_update: moment(now.saturating_add(86_400_000))?,
        crl_number: SerialNumber::from(u64::try_from(now / 1000).unwrap_or(1)),
        issuing_distribution_point: None,
        revoked_certs,
        key_identifier_method: KeyIdMethod::Sha256,
    };
    Ok(list.signed_by(&office.issuer())?.der().to_vec())
}

/// An authority that vouches for itself.
pub(crate) fn own(name: &str, serial: u64, pem: &str, algorithm: Algorithm) -> Result<Office, PkiError> {
    let params = authority_params(name, serial, 1)?;
    let key = Key::read(pem, algorithm)?;
    let der = params.self_signed(&key.pair)?.der().to_vec();
    Ok(Office { params, key, der })
}

pub(crate) fn below(above: &Office, params: CertificateParams, key: Key) -> Result<Office, PkiError> {
    let der = params.signed_by(&key.pair, &above.issuer())?.der().to_vec();
    Ok(Office { params, key, der })
}

fn authority_params(name: &str, serial: u64, below: u8) -> Result<CertificateParams, PkiError> {
    let mut params = service_params(name, serial)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

pub(crate) fn service_params(name: &str, serial: u64) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::default();
    params.not_before = moment(AUTHORITY_LIFE.0.saturating_mul(1000))?;
    params.not_after = moment(AUTHORITY_LIFE.1.saturating_mul(1000))?;
    params.serial_number = Some(SerialNumber::from(serial));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "KZ");
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}

/// B12: serial number with the IIN, CN of surname and name, GIVENNAME holds the patronymic, OU the BIN.
fn client_name(holder: &Holder, profile: &Profile) -> Result<DistinguishedName, PkiError> {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, format!("{} {}", holder.surname, holder.given_name));
    name.push(DnType::CustomDnType(vec![2, 5, 4, 4]), holder.surname.as_str());
    let number = format!("IIN{}", holder.iin);
    let number = number.as_str().try_into().map_err(|error: rcgen::Error| PkiError::of(error))?;
    name.push(DnType::CustomDnType(vec![2, 5, 4, 5]), DnValue::PrintableString(number));
    name.push(DnType::CountryName, "KZ");
    if let Some(bin) = &profile.bin {
        name.push(DnType::OrganizationName, "ТОО \"Сынақ\"");
        name.push(DnType::OrganizationalUnitName, format!("BIN{bin}"));
    }
    if let Some(patronymic) = &holder.patronymic {
        name.push(DnType::CustomDnType(vec![2, 5, 4, 42]), patronymic.as_str());
    }
    Ok(name)
}

/// 20 bytes that no other holder or profile has; the first is neither 0 nor negative.
fn serial(holder: &Holder, profile: &Profile) -> Vec<u8> {
    let text = format!("{}/{profile:?}", holder.iin);
    let mut serial: Vec<u8> =
        digest::digest(&digest::SHA256, text.as_bytes()).as_ref().iter().take(20).copied().collect();
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    serial
}

/// Without the zeros that an INTEGER may begin with.
fn positive(serial: &[u8]) -> Vec<u8> {
    serial.iter().copied().skip_while(|byte| *byte == 0).collect()
}

pub(crate) fn moment(ms: i64) -> Result<OffsetDateTime, PkiError> {
    OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).map_err(PkiError::of)
}
