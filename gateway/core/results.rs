//! Results of biometric checks as documents of their own, one for each row that was judged (B14).
//!
//! Decides nothing: what was decided is written down, signed, and kept beside the row that it answers. A service that gave no
//! usable answer decided nothing, and leaves no result.

use senim_biometrics::liveness::JUDGE_VERSION;
use senim_domain::liveness::{Challenge, ModelHash};
use senim_domain::{ChallengeId, ClientId, OperationId};
use senim_operation::biometric::{
    BiometricCheck, BiometricDecision, BiometricResult, BiometricService, RESULT_TYP,
};
use senim_operation::body::FaceSubject;
use senim_operation::{canonical, jws};
use serde::Serialize;

use crate::Gateway;
use crate::acting::Act;
use crate::actor::Actor;
use crate::connectors::{CentreError, CentreResult, ConnectorError, FaceMatch};
use crate::error::GatewayError;
use crate::openings::GATEWAY;
use crate::performed::code;
use crate::store::{self, Collection, Expect, StoreError};

/// What of a check differs from another.
pub(crate) struct Judged {
    pub(crate) check: BiometricCheck,
    pub(crate) subject: FaceSubject,
    pub(crate) client: Option<ClientId>,
    /// `Err`: why not, a code.
    pub(crate) outcome: Result<(), String>,
    pub(crate) by: JudgedBy,
    /// SHA-256 of the sealed part that was judged.
    pub(crate) evidence: Option<String>,
}

/// Who judged, and what they said beyond the verdict.
pub(crate) enum JudgedBy {
    /// The gateway itself, a sequence; `None`: no such challenge was open.
    Sequence { id: ChallengeId, challenge: Option<Box<Challenge>>, models: Vec<ModelHash> },
    /// The matcher, with the likeness that the rule pack asks for.
    Matcher(FaceMatch, u16),
    /// The centre; with the identity of a check on a phone.
    Centre(Box<CentreResult>, Option<ChallengeId>),
}

/// As a code, for a document.
pub(crate) fn reason<T: Serialize>(value: &T) -> String {
    code(value).unwrap_or_else(|| "failed".to_owned())
}

impl Act<'_> {
    /// Writes a result down; gives its SHA-256, base64url.
    pub(crate) fn result_of(&mut self, judged: Judged) -> Result<String, GatewayError> {
        let Judged { check, subject, client, outcome, by, evidence } = judged;
        let decision = if outcome.is_ok() { BiometricDecision::Passed } else { BiometricDecision::Failed };
        let mut result = BiometricResult {
            ver: 1,
            check,
            subject,
            client,
            terminal: self.terminal.clone(),
            session: self.session_id,
            row: self.envelope.op_id,
            result: self.message_id,
            challenge: None,
            challenge_sha256: None,
            decision,
            reason: outcome.err(),
            score_permille: None,
            threshold_permille: None,
            service: BiometricService::Gateway,
            report: None,
            statement_sha256: None,
            evidence_sha256: evidence,
            judge: None,
            model: None,
            models: Vec::new(),
            rule_pack: self.gateway.rule_pack(self.now)?.map_or(0, |pack| pack.version),
            at: self.now,
        };
        match by {
            JudgedBy::Sequence { id, challenge, models } => {
                result.challenge = Some(id);
                result.challenge_sha256 =
                    challenge.map(|challenge| digest(challenge.as_ref())).transpose()?;
                (result.judge, result.models) = (Some(JUDGE_VERSION), models);
            }
            JudgedBy::Matcher(found, threshold) => {
                result.service = BiometricService::FaceMatcher;
                result.score_permille = found.score_permille;
                result.threshold_permille = (threshold > 0).then_some(threshold);
            }
            JudgedBy::Centre(found, phone) => {
                result.service = BiometricService::IdentificationCentre;
                result.challenge = phone;
                result.score_permille = Some(found.score_permille);
                result.threshold_permille = Some(found.threshold_permille);
                result.statement_sha256 = Some(found.sha256());
                (result.report, result.model) = (Some(found.report_id), Some(found.model));
            }
        }
        let payload = canonical::to_vec(&result).map_err(internal)?;
        let compact = self.gateway.keys.sign(RESULT_TYP, &payload)?;
        let sha256 = jws::sha256_b64(compact.as_bytes());
        let key = self.envelope.op_id.to_string();
        self.changes.push(store::put(Collection::BiometricResult, &key, Expect::Absent, &compact)?);
        Ok(sha256)
    }

    /// What a failure of the centre is to everybody else; somebody who plays the centre stands in the trail.
    pub(crate) fn of_centre(&mut self, error: CentreError) -> Result<ConnectorError, GatewayError> {
        match error {
            CentreError::Service(error) => Ok(error),
            CentreError::UnderAge => {
                tracing::error!(terminal = %self.terminal, "somebody under age came as far as the comparison");
                Ok(ConnectorError::Refused { service: "identification", code: "under_age".to_owned() })
            }
            CentreError::Forged(flaw) => {
                tracing::error!(terminal = %self.terminal, %flaw, "a result in the centre's name does not count");
                let actor = Actor::new(GATEWAY, &flaw.to_string())?;
                let subject = format!("{}/{}", self.terminal, self.envelope.op_id);
                self.changes.push(self.gateway.act_record(
                    &actor,
                    "centreResultRefused",
                    &subject,
                    self.now,
                )?);
                Ok(ConnectorError::Unavailable { service: "identification", cause: flaw.to_string() })
            }
        }
    }
}

fn digest(challenge: &Challenge) -> Result<String, GatewayError> {
    Ok(jws::sha256_b64(&canonical::to_vec(challenge).map_err(internal)?))
}

fn internal(error: impl std::fmt::Display) -> GatewayError {
    GatewayError::Internal(format!("result of a biometric check: {error}"))
}

impl Gateway {
    /// The signed result of the check that a row was judged by; `None`: there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn biometric_result(&self, row: OperationId) -> Result<Option<String>, StoreError> {
        let kept = store::load::<String>(self.store.as_ref(), Collection::BiometricResult, &row.to_string())?;
        Ok(kept.map(|kept| kept.value))
    }
}
