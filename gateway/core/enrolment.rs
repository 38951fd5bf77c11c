//! How a terminal comes by its certificate and how it loses it: one-time codes, renewal, revocation (design section 5).
//!
//! Decides who is certified under which name; a [`CertificateAuthority`] only signs. Every certificate is a record. A code
//! is kept as a keyed hash, enrols one name and one key, and ends; wrong ones are counted and lock the name for longer
//! and longer. A code that was used answers the same key once more with the same certificate, because the first answer
//! may have been lost on its way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{Secret, TerminalId, UtcMillis};
use senim_operation::jws::PublicJwk;
use senim_operation::signer::KeyError;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::entropy;
use crate::error::{GatewayError, Refusal};
use crate::store::{self, Change, Collection, Expect, StoreError, Versioned};
use crate::vault::MacPurpose;
use crate::{Door, Gateway, later};

/// Digits of a code.
const CODE_DIGITS: u8 = 16;
/// Longest life of a code, seconds: a week, for a technician on the road.
pub const CODE_LIFE_SECONDS_MAX: u32 = 7 * 86_400;
/// Wrong codes that a name forgives.
const FREE_TRIES: u32 = 3;
/// First lock, seconds; each further wrong code doubles it.
const FIRST_LOCK_SECONDS: u32 = 60;
/// Longest lock, seconds.
const LONGEST_LOCK_SECONDS: u32 = 3600;
/// Compared with where there is no code, so that both take the same time.
const NO_CODE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A certificate that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Serial number, lower-case hexadecimal without leading zeros.
    pub serial: String,
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// First moment of its life.
    pub not_before: UtcMillis,
    /// Last moment of its life.
    pub not_after: UtcMillis,
}

/// Signs terminals' certificates. Names, usage and dates are the authority's own; a request decides none of them.
pub trait CertificateAuthority: Send + Sync {
    /// A client certificate for this terminal and key, with a serial number that was never used.
    ///
    /// # Errors
    /// The CA's key does not sign.
    fn certify(&self, terminal: &TerminalId, key: &PublicJwk, now: UtcMillis) -> Result<Issued, KeyError>;
}

/// How a terminal came by a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Issuance {
    /// By a one-time code.
    Code,
    /// By the certificate before.
    Renewal,
    /// Key and certificate were written to a directory.
    Folder,
}

/// A certificate that was given out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRecord {
    /// When it was issued.
    pub issued: UtcMillis,
    /// First moment of its life.
    pub not_before: UtcMillis,
    /// Last moment of its life.
    pub not_after: UtcMillis,
    /// RFC 7638 thumbprint of its key.
    pub key: String,
    /// How.
    pub how: Issuance,
}

/// A code, and what became of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Code {
    mac: String,
    expires: UtcMillis,
    actor: Actor,
    wrong: u32,
    locked_until: Option<UtcMillis>,
    used: Option<Used>,
}

/// The one enrolment of a code.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Used {
    key: String,
    serial: String,
    der: String,
    not_before: UtcMillis,
    not_after: UtcMillis,
}

/// A moment from which certificates do not count any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Revocation {
    at: UtcMillis,
    /// One certificate; `None`: all that were issued until then.
    serial: Option<String>,
}

/// Why a terminal gets no certificate.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    /// No such code for this name, used up, or over. It is not said which.
    #[error("the code does not enrol this terminal; ask the MFO for a new one")]
    WrongCode,
    /// Too many wrong codes.
    #[error("too many wrong codes; wait {retry_seconds} seconds, or ask the MFO for a new code")]
    Locked {
        /// When another attempt is looked at.
        retry_seconds: u32,
    },
    /// The certificate that asks does not count any more.
    #[error("the certificate is revoked; the MFO has to enrol this terminal anew")]
    Revoked,
    /// This gateway signs no certificates.
    #[error("this gateway has no CA; ask the one that enrols terminals")]
    NoAuthority,
    /// As anywhere.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

impl From<StoreError> for EnrolmentError {
    fn from(error: StoreError) -> Self {
        Self::Gateway(error.into())
    }
}

/// What a look at a code found.
enum Look {
    /// It fits: the certificate of the first answer, or a new one with what has to be committed.
    Again(Used),
    Fits,
    Wrong,
    Locked(u32),
}

impl Gateway {
    /// Makes a one-time code for a name and enters the terminal. An older code of that name ends.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`] for a reserved name or a senseless life, or what [`GatewayError`] says.
    pub fn enrolment_code(
        &self,
        terminal: &TerminalId,
        actor: &Actor,
        life_seconds: u32,
        now: UtcMillis,
    ) -> Result<(Secret, UtcMillis), GatewayError> {
        if !(60..=CODE_LIFE_SECONDS_MAX).contains(&life_seconds) {
            return Err(Refusal::BadDirective("a code lives for a minute to a week".into()).into());
        }
        self.enrol(terminal, actor, now)?;
        let secret = entropy::code(self.entropy.as_ref(), CODE_DIGITS)?;
        let expires = later(now, life_seconds);
        let code = Code {
            mac: self.keys.vault.mac(MacPurpose::OneTimeCode, &context(terminal), &secret),
            expires,
            actor: actor.clone(),
            wrong: 0,
            locked_until: None,
            used: None,
        };
        self.deciding(|| {
            Ok(self.store.commit(&[
                store::put(Collection::EnrolmentCode, terminal.as_str(), Expect::Any, &code)?,
                self.act_record(actor, "enrolmentCode", terminal.as_str(), now)?,
            ])?)
        })?;
        Ok((secret, expires))
    }

    /// Certifies a key by a one-time code.
    ///
    /// # Errors
    /// [`EnrolmentError`]; nothing was used up, except by [`EnrolmentError::WrongCode`] a try.
    pub fn enrol_by_code(
        &self,
        terminal: &TerminalId,
        code: &Secret,
        key: &PublicJwk,
        now: UtcMillis,
    ) -> Result<Issued, EnrolmentError> {
        let settled = self.deciding(|| match self.try_code(terminal, code, key, now) {
            Err(EnrolmentError::Gateway(error)) => Err(error),
            settled => Ok(settled),
        });
        settled.unwrap_or_else(|error| Err(error.into()))
    }

    fn try_code(
        &self,
        terminal: &TerminalId,
        secret: &Secret,
        key: &PublicJwk,
        now: UtcMillis,
    ) -> Result<Issued, EnrolmentError> {
        let authority = self.authority.as_ref().ok_or(EnrolmentError::NoAuthority)?;
        let stored = store::load::<Code>(self.store.as_ref(), Collection::EnrolmentCode, terminal.as_str())?;
        let mac = stored.as_ref().map_or(NO_CODE, |code| code.value.mac.as_str());
        let fits = self.keys.vault.matches(MacPurpose::OneTimeCode, &context(terminal), secret, mac);
        let Some(mut code) = stored else { return Err(EnrolmentError::WrongCode) };
        match look(&code.value, fits, key, now) {
            Look::Locked(retry_seconds) => Err(EnrolmentError::Locked { retry_seconds }),
            Look::Wrong => Err(self.count_wrong(terminal, code, now)?),
            Look::Again(used) => again(used),
            Look::Fits => {
                let record = self.admitted(terminal, Door::Line)?;
                let issued = authority.certify(terminal, key, now).map_err(GatewayError::Key)?;
                code.value.used = Some(Used {
                    key: key.thumbprint(),
                    serial: issued.serial.clone(),
                    der: STANDARD.encode(&issued.der),
                    not_before: issued.not_before,
                    not_after: issued.not_after,
                });
                let mut changes = vec![
                    store::put(Collection::EnrolmentCode, terminal.as_str(), code.expect(), &code.value)?,
                    self.act_record(&code.value.actor, "enrolled", terminal.as_str(), now)?,
                ];
                changes.push(certificate(terminal, &issued, key, Issuance::Code, now)?);
                self.store.commit(&changes)?;
                let known = record.value.head.is_some();
                tracing::info!(%terminal, serial = issued.serial, known, "terminal enrolled");
                Ok(issued)
            }
        }
    }

    fn count_wrong(
        &self,
        terminal: &TerminalId,
        mut code: Versioned<Code>,
        now: UtcMillis,
    ) -> Result<EnrolmentError, EnrolmentError> {
        let expect = code.expect();
        code.value.wrong = code.value.wrong.saturating_add(1);
        let lock = lock_seconds(code.value.wrong);
        code.value.locked_until = lock.map(|seconds| later(now, seconds));
        tracing::warn!(%terminal, wrong = code.value.wrong, "wrong enrolment code");
        let change = store::put(Collection::EnrolmentCode, terminal.as_str(), expect, &code.value)?;
        self.store.commit(&[change])?;
        Ok(EnrolmentError::WrongCode)
    }

    /// Certifies a terminal's next key. The certificate that asks has been verified, and names the terminal.
    ///
    /// # Errors
    /// [`EnrolmentError::Revoked`], or a refusal for a terminal that is not enrolled or quarantined.
    pub fn renew_certificate(
        &self,
        terminal: &TerminalId,
        serial: &str,
        key: &PublicJwk,
        now: UtcMillis,
    ) -> Result<Issued, EnrolmentError> {
        let authority = self.authority.as_ref().ok_or(EnrolmentError::NoAuthority)?;
        if self.revoked_since(terminal, serial)?.is_some() {
            return Err(EnrolmentError::Revoked);
        }
        self.admitted(terminal, Door::Line)?;
        let issued = authority.certify(terminal, key, now).map_err(GatewayError::Key)?;
        self.store.commit(&[certificate(terminal, &issued, key, Issuance::Renewal, now)?])?;
        tracing::info!(%terminal, serial = issued.serial, "certificate renewed");
        Ok(issued)
    }

    /// Enters a certificate that was given out in a directory.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub fn enter_certificate(
        &self,
        terminal: &TerminalId,
        issued: &Issued,
        key: &PublicJwk,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        Ok(self.store.commit(&[certificate(terminal, issued, key, Issuance::Folder, now)?])?)
    }

    /// Revokes one certificate of a terminal, or all that it has, and its code. What was signed before still counts.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`], [`Refusal::BadDirective`] for a serial number that is not the terminal's.
    pub fn revoke(
        &self,
        terminal: &TerminalId,
        serial: Option<&str>,
        actor: &Actor,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        if self.load_terminal(terminal)?.is_none() {
            return Err(Refusal::NotEnrolled.into());
        }
        if let Some(serial) = serial
            && self.certificate(terminal, serial)?.is_none()
        {
            let text = format!("{terminal} was never given a certificate {serial}");
            return Err(Refusal::BadDirective(text).into());
        }
        self.deciding(|| {
            let mut revocations = self.revocations(terminal)?;
            let expect = revocations.expect();
            revocations.value.push(Revocation { at: now, serial: serial.map(str::to_owned) });
            Ok(self.store.commit(&[
                store::put(Collection::Revocation, terminal.as_str(), expect, &revocations.value)?,
                store::remove(Collection::EnrolmentCode, terminal.as_str()),
                self.act_record(actor, "revoked", terminal.as_str(), now)?,
            ])?)
        })?;
        tracing::warn!(%terminal, serial, "certificates revoked");
        Ok(())
    }

    /// Since when a certificate does not count any more; `None`: it counts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn revoked_since(
        &self,
        terminal: &TerminalId,
        serial: &str,
    ) -> Result<Option<UtcMillis>, StoreError> {
        let revocations = self.revocations(terminal)?.value;
        if revocations.is_empty() {
            return Ok(None);
        }
        // One that is not in the records was made before there were any.
        let issued = self.certificate(terminal, serial)?.map_or(UtcMillis(i64::MIN), |record| record.issued);
        let first = revocations.into_iter().find(|revocation| match &revocation.serial {
            Some(revoked) => revoked == serial,
            None => issued <= revocation.at,
        });
        Ok(first.map(|revocation| revocation.at))
    }

    /// The certificates that a terminal was given, with their serial numbers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn certificates(
        &self,
        terminal: &TerminalId,
    ) -> Result<Vec<(String, CertificateRecord)>, StoreError> {
        let prefix = format!("{terminal}/");
        let documents = self.store.documents(Collection::Certificate, &prefix)?;
        let read = |document: &store::Document| {
            let record = store::parse(Collection::Certificate, document)?.value;
            Ok((document.key.strip_prefix(&prefix).unwrap_or_default().to_owned(), record))
        };
        documents.iter().map(read).collect()
    }

    fn certificate(
        &self,
        terminal: &TerminalId,
        serial: &str,
    ) -> Result<Option<CertificateRecord>, StoreError> {
        let key = format!("{terminal}/{serial}");
        Ok(store::load(self.store.as_ref(), Collection::Certificate, &key)?.map(|record| record.value))
    }

    fn revocations(&self, terminal: &TerminalId) -> Result<Versioned<Vec<Revocation>>, StoreError> {
        let stored = store::load(self.store.as_ref(), Collection::Revocation, terminal.as_str())?;
        Ok(stored.unwrap_or(Versioned { revision: 0, value: Vec::new() }))
    }

    /// Whether a row begins a key epoch by a certificate that did not count any more when the row was written.
    pub(crate) fn begins_revoked_epoch(
        &self,
        terminal: &TerminalId,
        row: &senim_operation::Row,
    ) -> Result<bool, StoreError> {
        if !row.envelope.is_key_epoch() {
            return Ok(false);
        }
        let header = senim_operation::jws::split(&row.compact).map(|parts| parts.header);
        let leaf = header.ok().and_then(|header| STANDARD.decode(header.x5c?.first()?).ok());
        let Some(serial) = leaf.and_then(|leaf| senim_operation::trust::serial_of(&leaf).ok()) else {
            return Ok(true);
        };
        let since = self.revoked_since(terminal, &serial)?;
        Ok(since.is_some_and(|since| row.envelope.at >= since))
    }
}

fn look(code: &Code, fits: bool, key: &PublicJwk, now: UtcMillis) -> Look {
    if let Some(until) = code.locked_until.filter(|until| *until > now) {
        let wait = until.0.saturating_sub(now.0).div_euclid(1000).saturating_add(1);
        return Look::Locked(u32::try_from(wait).unwrap_or(LONGEST_LOCK_SECONDS));
    }
    if !fits || now >= code.expires {
        return Look::Wrong;
    }
    match &code.used {
        None => Look::Fits,
        Some(used) if used.key == key.thumbprint() => Look::Again(used.clone()),
        Some(_) => Look::Wrong,
    }
}

fn again(used: Used) -> Result<Issued, EnrolmentError> {
    let corrupt = |_| StoreError::Corrupt("enrolment code".into());
    let der = STANDARD.decode(&used.der).map_err(corrupt)?;
    Ok(Issued { serial: used.serial, der, not_before: used.not_before, not_after: used.not_after })
}

fn certificate(
    terminal: &TerminalId,
    issued: &Issued,
    key: &PublicJwk,
    how: Issuance,
    now: UtcMillis,
) -> Result<Change, StoreError> {
    let record = CertificateRecord {
        issued: now,
        not_before: issued.not_before,
        not_after: issued.not_after,
        key: key.thumbprint(),
        how,
    };
    store::put(Collection::Certificate, &format!("{terminal}/{}", issued.serial), Expect::Absent, &record)
}

/// How long a name is locked after so many wrong codes, seconds.
fn lock_seconds(wrong: u32) -> Option<u32> {
    let doublings = wrong.checked_sub(FREE_TRIES)?;
    let seconds = FIRST_LOCK_SECONDS.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX));
    Some(seconds.min(LONGEST_LOCK_SECONDS))
}

/// Binds a code to its name.
fn context(terminal: &TerminalId) -> String {
    format!("enrolment/{terminal}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_grow_from_a_minute_to_an_hour() {
        let locks: Vec<_> = [0, 2, 3, 4, 5, 8, 9, 10, 60, u32::MAX].map(lock_seconds).to_vec();
        let expected = [
            None,
            None,
            Some(60),
            Some(120),
            Some(240),
            Some(1920),
            Some(3600),
            Some(3600),
            Some(3600),
            Some(3600),
        ];
        assert_eq!(locks, expected);
    }
}
