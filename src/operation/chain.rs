//! Follows one terminal's chain row by row (design section 4, "Verifying").
//!
//! Journal keys are learnt only from `KeyEpoch` rows whose certificate chain is verified. Nothing is remembered but the
//! last hash and the current key, so that memory does not grow. A kind that is not known here is accepted: what to do
//! with it is the caller's decision.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use senim_domain::time::ClockQuality;
use senim_domain::{TerminalId, UtcMillis};
use serde::Deserialize as _;

use crate::body::KeyEpoch;
use crate::envelope::{self, Envelope, EnvelopeError, Profile, Row};
use crate::jws::{self, JwsError, Parts, PublicJwk};
use crate::trust::{Identity, Trust, TrustError};

/// Why a row does not continue the chain.
#[derive(Debug, thiserror::Error)]
#[error("row {}: {fault}", seq.map_or_else(|| "?".to_owned(), |seq| seq.to_string()))]
pub struct ChainError {
    /// The row's own `seq`, where it could be read.
    pub seq: Option<u64>,
    /// What is wrong.
    pub fault: ChainFault,
}

/// What is wrong with a row.
#[derive(Debug, thiserror::Error)]
pub enum ChainFault {
    /// Not a compact JWS of an operation.
    #[error("it is not an operation: {0}")]
    BadForm(#[source] EnvelopeError),
    /// The signature does not fit.
    #[error("its signature is wrong")]
    BadSignature,
    /// Signed by a key that no KeyEpoch row before it made known.
    #[error("it is signed by a key that is not the current one")]
    WrongKey,
    /// A row is missing before it.
    #[error("rows are missing: expected {expected}")]
    Gap {
        /// The `seq` that should have come.
        expected: u64,
    },
    /// The row stands before the end of the chain already.
    #[error("a row of this number was there before: expected {expected}")]
    Repeated {
        /// The `seq` that should have come.
        expected: u64,
    },
    /// Its `prev` names another row than the one before: there are two histories.
    #[error("it continues another history than the rows before")]
    Fork,
    /// Of another terminal.
    #[error("it belongs to terminal {0}")]
    WrongTerminal(TerminalId),
    /// Of another profile.
    #[error("it comes from a terminal of profile {0}")]
    WrongProfile(Profile),
    /// `epoch` does not name the current KeyEpoch row.
    #[error("it names another key epoch than the current one")]
    WrongEpoch,
    /// A KeyEpoch row that certifies nothing.
    #[error("its key epoch is not sound: {0}")]
    BadKeyEpoch(&'static str),
    /// The identity certificate is not of the MFO's CA.
    #[error("its certificate is not trusted: {0}")]
    Untrusted(#[source] TrustError),
}

impl ChainError {
    /// A stable code for reports and answers.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match &self.fault {
            ChainFault::BadForm(_) => "badForm",
            ChainFault::BadSignature => "badSignature",
            ChainFault::WrongKey => "wrongKey",
            ChainFault::Gap { .. } => "gap",
            ChainFault::Repeated { .. } => "repeated",
            ChainFault::Fork => "fork",
            ChainFault::WrongTerminal(_) => "wrongTerminal",
            ChainFault::WrongProfile(_) => "wrongProfile",
            ChainFault::WrongEpoch => "wrongEpoch",
            ChainFault::BadKeyEpoch(_) => "badKeyEpoch",
            ChainFault::Untrusted(_) => "untrusted",
        }
    }
}

/// A journal key and the `seq` of the KeyEpoch row that made it known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochKey {
    /// `seq` of the KeyEpoch row.
    pub epoch: u64,
    /// The journal key.
    pub jwk: PublicJwk,
    kid: String,
}

impl EpochKey {
    /// A key that a verified KeyEpoch row made known.
    #[must_use]
    pub fn new(epoch: u64, jwk: PublicJwk) -> Self {
        Self { epoch, jwk, kid: jwk.thumbprint() }
    }
}

/// Accepts the rows of one chain in order. Cloning it is a cheap savepoint.
#[derive(Clone, Debug)]
pub struct ChainVerifier {
    terminal: TerminalId,
    trust: Arc<Trust>,
    profile: Option<Profile>,
    judged_at: Option<UtcMillis>,
    no_later_than: Option<UtcMillis>,
    next_seq: u64,
    prev_hash: String,
    key: Option<EpochKey>,
}

impl ChainVerifier {
    /// Begins at the first row.
    #[must_use]
    pub fn new(terminal: TerminalId, trust: Arc<Trust>) -> Self {
        Self::resume(terminal, trust, 0, jws::GENESIS_PREV.to_owned(), None)
    }

    /// Goes on after rows that were accepted before. Without a key the next row must begin an epoch.
    #[must_use]
    pub fn resume(
        terminal: TerminalId,
        trust: Arc<Trust>,
        next_seq: u64,
        prev_hash: String,
        key: Option<(u64, PublicJwk)>,
    ) -> Self {
        let key = key.map(|(epoch, jwk)| EpochKey::new(epoch, jwk));
        Self {
            terminal,
            trust,
            profile: None,
            judged_at: None,
            no_later_than: None,
            next_seq,
            prev_hash,
            key,
        }
    }

    /// Accepts only rows of this profile; otherwise the first row decides.
    #[must_use]
    pub fn demanding(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Judges certificates at this moment; `None` judges each at its row's own `at`.
    #[must_use]
    pub fn judged_at(mut self, moment: Option<UtcMillis>) -> Self {
        self.judged_at = moment;
        self
    }

    /// Judges certificates at their row's own `at`, but not after this moment: the row existed then.
    pub const fn judge_no_later_than(&mut self, moment: Option<UtcMillis>) {
        self.no_later_than = moment;
    }

    /// The `seq` that must come next.
    #[must_use]
    pub const fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Hash of the last row.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.prev_hash
    }

    /// The current journal key and the `seq` of its KeyEpoch row.
    #[must_use]
    pub const fn key(&self) -> Option<&EpochKey> {
        self.key.as_ref()
    }

    /// Verifies the next row: form, terminal, profile, dense `seq`, `prev`, epoch, key, signature.
    ///
    /// # Errors
    /// [`ChainError`]; the verifier is as it was before.
    pub fn accept(&mut self, compact: &str) -> Result<Row, ChainError> {
        let (parts, envelope) = read(compact)?;
        let seq = envelope.seq;
        let key = self.judge(&parts, &envelope).map_err(|fault| ChainError { seq: Some(seq), fault })?;
        if let Some(key) = key {
            self.key = Some(key);
        }
        let hash = jws::sha256_b64(compact.as_bytes());
        self.profile = Some(envelope.profile);
        self.next_seq = seq.saturating_add(1);
        self.prev_hash.clone_from(&hash);
        Ok(Row { compact: compact.to_owned(), hash, envelope })
    }

    fn judge(&self, parts: &Parts<'_>, envelope: &Envelope) -> Result<Option<EpochKey>, ChainFault> {
        self.judge_origin(envelope)?;
        let expected = self.next_seq;
        match envelope.seq.cmp(&expected) {
            std::cmp::Ordering::Greater => return Err(ChainFault::Gap { expected }),
            std::cmp::Ordering::Less => return Err(ChainFault::Repeated { expected }),
            std::cmp::Ordering::Equal => {}
        }
        let learnt = self.judge_signature(parts, envelope, self.key.as_ref())?;
        // After the signature: whoever continues another history must at least be the terminal to say so.
        if envelope.prev != self.prev_hash {
            return Err(ChainFault::Fork);
        }
        Ok(learnt)
    }

    /// Verifies a row out of its turn, with the KeyEpoch row of its key where that is not known here yet
    /// (design section 5: "seen ahead"). Neither `seq` nor `prev` is compared with this verifier's position.
    ///
    /// # Errors
    /// [`ChainError`].
    pub fn accept_ahead(&self, compact: &str, key_epoch: Option<&str>) -> Result<Row, ChainError> {
        let key = match key_epoch {
            Some(row) => self.verify_alone(row, None)?.1,
            None => self.key.clone(),
        };
        self.verify_alone(compact, key.as_ref()).map(|(row, _)| row)
    }

    fn verify_alone(
        &self,
        compact: &str,
        key: Option<&EpochKey>,
    ) -> Result<(Row, Option<EpochKey>), ChainError> {
        let (parts, envelope) = read(compact)?;
        let learnt = self
            .judge_origin(&envelope)
            .and_then(|()| self.judge_signature(&parts, &envelope, key))
            .map_err(|fault| ChainError { seq: Some(envelope.seq), fault })?;
        let hash = jws::sha256_b64(compact.as_bytes());
        Ok((Row { compact: compact.to_owned(), hash, envelope }, learnt))
    }

    fn judge_origin(&self, envelope: &Envelope) -> Result<(), ChainFault> {
        if envelope.terminal != self.terminal {
            return Err(ChainFault::WrongTerminal(envelope.terminal.clone()));
        }
        if self.profile.is_some_and(|profile| profile != envelope.profile) {
            return Err(ChainFault::WrongProfile(envelope.profile));
        }
        Ok(())
    }

    fn judge_signature(
        &self,
        parts: &Parts<'_>,
        envelope: &Envelope,
        key: Option<&EpochKey>,
    ) -> Result<Option<EpochKey>, ChainFault> {
        if envelope.is_key_epoch() {
            return self.judge_key_epoch(parts, envelope).map(Some);
        }
        if parts.header.x5c.is_some() {
            return Err(ChainFault::BadKeyEpoch("only a KeyEpoch row carries certificates"));
        }
        let key = key.ok_or(ChainFault::WrongKey)?;
        if envelope.epoch != key.epoch {
            return Err(ChainFault::WrongEpoch);
        }
        if parts.header.kid != key.kid {
            return Err(ChainFault::WrongKey);
        }
        self.trust.verify(parts, &key.jwk).map_err(|_| ChainFault::BadSignature)?;
        Ok(None)
    }

    /// A row's own time judges its certificate only where the MFO vouches for that time. A clock that nobody set may be ten
    /// years wrong either way, and must not make a terminal's own journal unreadable to it; it could not keep anybody from
    /// writing a time that fits, either.
    fn judge_certificate(&self, x5c: &[String], envelope: &Envelope) -> Result<Identity, TrustError> {
        if let Some(at) = self.judged_at {
            return self.trust.verify_chain(x5c, at);
        }
        let latest = self.no_later_than.unwrap_or(UtcMillis(i64::MAX));
        let mut at = envelope.at.min(latest);
        let mut verdict = self.trust.verify_chain(x5c, at);
        if envelope.clock_quality == ClockQuality::Estimated {
            // Each certificate of the chain may move it once.
            for _ in x5c {
                let nearest = verdict.as_ref().err().and_then(TrustError::nearest_validity);
                match nearest.filter(|nearest| *nearest <= latest && *nearest != at) {
                    Some(nearest) => at = nearest,
                    None => break,
                }
                verdict = self.trust.verify_chain(x5c, at);
            }
        }
        verdict
    }

    fn judge_key_epoch(&self, parts: &Parts<'_>, envelope: &Envelope) -> Result<EpochKey, ChainFault> {
        let x5c = parts.header.x5c.as_deref().ok_or(ChainFault::BadKeyEpoch("it carries no certificates"))?;
        let identity = self.judge_certificate(x5c, envelope).map_err(ChainFault::Untrusted)?;
        if identity.common_name != self.terminal.as_str() {
            return Err(ChainFault::BadKeyEpoch("the certificate names another terminal"));
        }
        if !identity.client_auth {
            return Err(ChainFault::BadKeyEpoch("the certificate is not one of a terminal"));
        }
        if parts.header.kid != identity.jwk.thumbprint() {
            return Err(ChainFault::WrongKey);
        }
        self.trust.verify(parts, &identity.jwk).map_err(|_| ChainFault::BadSignature)?;
        if envelope.epoch != envelope.seq {
            return Err(ChainFault::WrongEpoch);
        }
        let body = KeyEpoch::deserialize(&envelope.public)
            .map_err(|_| ChainFault::BadKeyEpoch("its fields are wrong"))?;
        let proof: [u8; 64] = URL_SAFE_NO_PAD
            .decode(&body.proof)
            .ok()
            .and_then(|proof| proof.try_into().ok())
            .ok_or(ChainFault::BadKeyEpoch("its proof is not a signature"))?;
        self.trust
            .verify_raw(&body.jwk, envelope::epoch_proof_text(&self.terminal).as_bytes(), &proof)
            .map_err(|_| ChainFault::BadKeyEpoch("its proof is not by the key it certifies"))?;
        Ok(EpochKey::new(envelope.seq, body.jwk))
    }
}

fn read(compact: &str) -> Result<(Parts<'_>, Envelope), ChainError> {
    let bad = |error: EnvelopeError| ChainError { seq: None, fault: ChainFault::BadForm(error) };
    let parts = jws::split(compact).map_err(|error: JwsError| bad(error.into()))?;
    if parts.header.typ != jws::OPERATION_TYP {
        return Err(bad(EnvelopeError::Field("typ")));
    }
    let envelope = Envelope::from_payload(&parts.payload).map_err(bad)?;
    Ok((parts, envelope))
}
