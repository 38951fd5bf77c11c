//! The terminal renews its certificate by itself: at two thirds of its life, with a new key, over the line it secures.
//!
//! [`Schedule`] decides when, [`Renewer`] carries an attempt out. Time is an argument; it is never later than the true
//! one. An attempt may end anywhere, also by a power cut: a key without a certificate is used by the next attempt, the
//! file is replaced whole, and a key that was replaced is destroyed once nobody signs with it any more. Where a certificate
//! cannot renew itself any more, a code of the MFO does it ([`Renewer::enrol`]).

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use senim_domain::{Secret, UtcMillis};
use senim_keystore::{KeyStore, SharedKey};
use senim_operation::trust::validity_of;

use crate::enrolment::{Enrolment, accept, next_key};
use crate::est::{EstClient, EstError, Renew, Reply};
use crate::signing::{certificate_request, tls_key};
use crate::tls::Credentials;

/// First pause after a failed attempt, ms; each further one doubles it.
const FIRST_PAUSE_MS: i64 = 60_000;
/// Longest pause, ms.
const LONGEST_PAUSE_MS: i64 = 6 * 3_600_000;

/// Where a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Good; to be renewed at that moment.
    Good {
        /// When.
        renew_at: UtcMillis,
    },
    /// To be renewed now.
    Due,
    /// The last attempt failed; the next one is at that moment.
    Paused {
        /// When.
        retry_at: UtcMillis,
    },
    /// Ended. It cannot renew itself any more: a person enrols the terminal with a new code.
    Expired,
}

/// When a certificate is renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    not_before: UtcMillis,
    not_after: UtcMillis,
    failures: u32,
    retry_at: Option<UtcMillis>,
}

impl Schedule {
    /// A certificate's life.
    #[must_use]
    pub const fn new(not_before: UtcMillis, not_after: UtcMillis) -> Self {
        Self { not_before, not_after, failures: 0, retry_at: None }
    }

    /// Two thirds of its life.
    #[must_use]
    pub const fn renew_at(&self) -> UtcMillis {
        let life = self.not_after.0.saturating_sub(self.not_before.0);
        UtcMillis(self.not_before.0.saturating_add(life.saturating_mul(2) / 3))
    }

    /// What is to be done at that moment.
    #[must_use]
    pub fn standing(&self, now: UtcMillis) -> Standing {
        if now > self.not_after {
            return Standing::Expired;
        }
        if now < self.renew_at() {
            return Standing::Good { renew_at: self.renew_at() };
        }
        match self.retry_at {
            Some(retry_at) if now < retry_at => Standing::Paused { retry_at },
            Some(_) | None => Standing::Due,
        }
    }

    /// An attempt failed at that moment.
    pub fn failed(&mut self, now: UtcMillis) {
        let pause = FIRST_PAUSE_MS.saturating_mul(1_i64.checked_shl(self.failures.min(20)).unwrap_or(1));
        self.failures = self.failures.saturating_add(1);
        self.retry_at = Some(UtcMillis(now.0.saturating_add(pause.min(LONGEST_PAUSE_MS))));
    }
}

/// A new identity, for whoever signs with it.
pub struct Renewed {
    /// The key.
    pub key: SharedKey,
    /// Its certificates, standard base64 of DER, leaf first.
    pub x5c: Vec<String>,
    /// When the MFO certified it, by its signed time.
    pub at: UtcMillis,
    /// Last moment of the certificate.
    pub not_after: UtcMillis,
}

/// What the renewal works with.
pub struct RenewerParts {
    /// The file of the enrolment.
    pub path: PathBuf,
    /// What is in it.
    pub enrolment: Enrolment,
    /// The key store.
    pub store: Arc<dyn KeyStore>,
    /// The key that is in use.
    pub key: SharedKey,
    /// Who certifies.
    pub server: Box<dyn Renew>,
    /// The line's, to be changed with the certificate.
    pub credentials: Credentials,
}

/// Renews one terminal's certificate.
pub struct Renewer {
    parts: RenewerParts,
    schedule: Schedule,
    /// Keys that were replaced in this run, until nobody else holds them.
    former: Vec<SharedKey>,
}

impl Renewer {
    /// Begins; destroys what earlier runs have replaced.
    ///
    /// # Errors
    /// [`EstError::Record`]: the stored certificate cannot be read.
    pub fn new(parts: RenewerParts) -> Result<Self, EstError> {
        let schedule = schedule_of(&parts.enrolment)?;
        let mut renewer = Self { parts, schedule, former: Vec::new() };
        renewer.tidy();
        Ok(renewer)
    }

    /// Where the certificate stands.
    #[must_use]
    pub fn standing(&self, now: UtcMillis) -> Standing {
        self.schedule.standing(now)
    }

    /// Does what is to be done at that moment; `at_least` is the time that has passed for certain. `None`: nothing.
    ///
    /// # Errors
    /// [`EstError`]; the certificate before is still in use, and the next attempt is planned.
    pub fn step(&mut self, now: UtcMillis, at_least: UtcMillis) -> Result<Option<Renewed>, EstError> {
        self.tidy();
        match self.standing(now) {
            Standing::Good { .. } | Standing::Paused { .. } | Standing::Expired => Ok(None),
            Standing::Due => self.renew(at_least).map(Some).inspect_err(|_| self.schedule.failed(now)),
        }
    }

    fn renew(&mut self, at_least: UtcMillis) -> Result<Renewed, EstError> {
        let (key, request) = self.next_request()?;
        let reply = self.parts.server.renew(&request)?;
        self.take(key, &reply, at_least)
    }

    /// The MFO's CA, PEM, by which a server that enrols is known.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.parts.enrolment.ca_pem()
    }

    /// Has the next key certified by a one-time code, whatever became of the certificate that is in use. May be repeated with
    /// the same code until it succeeds.
    ///
    /// # Errors
    /// [`EstError`]; the certificate before stays.
    pub fn enrol(
        &mut self,
        server: &EstClient,
        code: &Secret,
        at_least: UtcMillis,
    ) -> Result<Renewed, EstError> {
        self.tidy();
        let (key, request) = self.next_request()?;
        let reply = server.enrol(&self.parts.enrolment.terminal, code, &request)?;
        self.take(key, &reply, at_least)
    }

    /// The key to be certified next, and what asks for it.
    fn next_request(&self) -> Result<(SharedKey, Vec<u8>), EstError> {
        let parts = &self.parts;
        let key = next_key(parts.store.as_ref(), Some(&parts.enrolment))?;
        let request = certificate_request(&parts.enrolment.terminal, &key)?;
        Ok((key, request))
    }

    /// Takes an answer in: verified, kept, and shown from the next connection on.
    fn take(&mut self, key: SharedKey, reply: &Reply, at_least: UtcMillis) -> Result<Renewed, EstError> {
        let parts = &mut self.parts;
        let terminal = &parts.enrolment.terminal;
        let accepted = accept(reply, terminal, &key.public_jwk(), &parts.enrolment.trust()?, at_least)?;
        let mut next = parts.enrolment.clone();
        next.replace(accepted)?;
        let schedule = schedule_of(&next)?;
        next.store(&parts.path)?;
        parts.enrolment = next;
        self.schedule = schedule;
        // From here on the file names the new key, so the line has to use it too.
        let leaf = CertificateDer::from(parts.enrolment.leaf()?);
        parts.credentials.replace(vec![leaf], tls_key(Arc::clone(&key)))?;
        self.former.push(std::mem::replace(&mut parts.key, Arc::clone(&key)));
        let (at, x5c) = (parts.enrolment.at, parts.enrolment.chain.clone());
        Ok(Renewed { key, x5c, at, not_after: self.schedule.not_after })
    }

    /// Destroys keys that were replaced and are in nobody's hands.
    fn tidy(&mut self) {
        self.former.retain(|key| Arc::strong_count(key) > 1);
        let held: Vec<_> = self.former.iter().map(|key| key.public_jwk()).collect();
        let retired = self.parts.enrolment.retired.clone();
        for public in retired.into_iter().filter(|public| !held.contains(public)) {
            if let Err(error) = self.parts.store.destroy(&public) {
                tracing::warn!(%error, "a key that was replaced is still in the key store");
                continue;
            }
            let mut next = self.parts.enrolment.clone();
            next.retired.retain(|listed| *listed != public);
            match next.store(&self.parts.path) {
                Ok(()) => self.parts.enrolment = next,
                Err(error) => tracing::warn!(%error, "a key was destroyed and is still listed"),
            }
        }
    }
}

fn schedule_of(enrolment: &Enrolment) -> Result<Schedule, EstError> {
    let leaf = STANDARD.decode(enrolment.chain.first().map_or("", String::as_str)).unwrap_or_default();
    let (not_before, not_after) = validity_of(&leaf).map_err(|error| EstError::Record(error.to_string()))?;
    Ok(Schedule::new(not_before, not_after))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn at(days: i64) -> UtcMillis {
        UtcMillis(1_795_382_638_000 + days * DAY)
    }

    #[test]
    fn a_certificate_is_renewed_at_two_thirds_of_its_life_and_never_after_it() {
        let schedule = Schedule::new(at(0), at(90));
        let just_before = UtcMillis(at(60).0 - 1);
        assert_eq!(schedule.standing(at(-10)), Standing::Good { renew_at: at(60) });
        assert_eq!(schedule.standing(just_before), Standing::Good { renew_at: at(60) });
        assert_eq!(schedule.standing(at(60)), Standing::Due);
        assert_eq!(schedule.standing(at(90)), Standing::Due);
        assert_eq!(schedule.standing(UtcMillis(at(90).0 + 1)), Standing::Expired);
    }

    #[test]
    fn failures_pause_longer_and_longer_up_to_six_hours() {
        let mut schedule = Schedule::new(at(0), at(90));
        let mut now = at(60);
        let mut pauses = Vec::new();
        for _ in 0..12 {
            assert_eq!(schedule.standing(now), Standing::Due);
            schedule.failed(now);
            let Standing::Paused { retry_at } = schedule.standing(now) else { panic!("no pause") };
            pauses.push((retry_at.0 - now.0) / 60_000);
            now = retry_at;
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]);
    }

    #[test]
    fn a_thirty_day_outage_leaves_attempts_until_the_last_day() {
        let mut schedule = Schedule::new(at(0), at(90));
        let (mut now, mut attempts) = (at(0), 0);
        loop {
            match schedule.standing(now) {
                Standing::Good { renew_at } => now = renew_at,
                Standing::Paused { retry_at } => now = retry_at,
                Standing::Due => {
                    attempts += 1;
                    schedule.failed(now);
                }
                Standing::Expired => break,
            }
        }
        assert!((120..140).contains(&attempts), "{attempts}");
    }
}
