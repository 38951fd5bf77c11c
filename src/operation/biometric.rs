//! The result of a biometric check as a signed document of its own (B14; AFR rules of biometric authentication), as the MFO
//! keeps it and gives it into dossiers.
//!
//! Each check has one: a sequence before the camera, a check on the client's phone, a comparison with the state's image by IIN,
//! a comparison with the client's own portrait. Each is a compact JWS of the MFO's message key,
//! `typ: senim-biometric-result+jws`, its payload canonical JSON. It names what was checked, on which evidence, by whom, with
//! which likeness against which threshold and what was decided; opaque identities, scores and hashes, and no feature of a face.

use senim_domain::liveness::ModelHash;
use senim_domain::{ChallengeId, ClientId, MessageId, OperationId, SessionId, TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::body_values::FaceSubject;
use crate::stated::stated;
use crate::trust::Trust;

/// Type of the JWS.
pub const RESULT_TYP: &str = "senim-biometric-result+jws";

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BiometricResult {
    /// 1.
    pub ver: u32,
    /// What was checked.
    pub check: BiometricCheck,
    /// What for.
    pub subject: FaceSubject,
    /// Whose face it should be, where the person is a client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// Where.
    pub terminal: TerminalId,
    /// In which visit.
    pub session: SessionId,
    /// The row that it answers.
    pub row: OperationId,
    /// The message that told the terminal.
    pub result: MessageId,
    /// The challenge, or the identity of the check on a phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<ChallengeId>,
    /// SHA-256 of the challenge in canonical JSON, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge_sha256: Option<String>,
    /// What was decided.
    pub decision: BiometricDecision,
    /// Why not, a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Likeness, thousandths, where something was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_permille: Option<u16>,
    /// From which likeness it counts, thousandths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold_permille: Option<u16>,
    /// Who judged.
    pub service: BiometricService,
    /// Number of the service's report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// SHA-256 of the service's own signed document, base64url; it names the person and lies sealed at the MFO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_sha256: Option<String>,
    /// SHA-256 of the sealed evidence or portrait as the row names it, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_sha256: Option<String>,
    /// Version of the judgement of sequences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<u32>,
    /// What the service says that it compares with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What looked at the frames.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<ModelHash>,
    /// Version of the rule pack that decided.
    pub rule_pack: u64,
    /// When.
    pub at: UtcMillis,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BiometricCheck {
    /// Whether somebody living does a sequence of movements before the camera.
    Sequence,
    /// Whether somebody living, who is the person, is before the client's own phone (B14).
    Phone,
    /// Name, IIN and portrait against the state's image.
    Identity,
    /// A portrait against the client's.
    Portrait,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BiometricDecision {
    /// Positive.
    Passed,
    /// Negative.
    Failed,
}

/// Who judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BiometricService {
    /// The gateway, from the evidence.
    Gateway,
    /// The MFO's own matcher.
    FaceMatcher,
    /// ЦОИД.
    IdentificationCentre,
}

/// Why a result is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the result of a biometric check is not to be believed ({code}): {text}")]
pub struct BiometricResultError {
    /// A code.
    pub code: &'static str,
    /// What is wrong.
    pub text: String,
}

impl BiometricResult {
    /// Reads a result, where the MFO's message key has signed it.
    ///
    /// # Errors
    /// [`BiometricResultError`].
    pub fn read(compact: &str, trust: &Trust) -> Result<Self, BiometricResultError> {
        let result: Self = stated(compact, RESULT_TYP, trust, |result: &Self| result.at)
            .map_err(|(code, text)| BiometricResultError { code, text })?;
        if result.ver != 1 {
            let text = format!("its form {} is not known here; update this program", result.ver);
            return Err(BiometricResultError { code: "badStatement", text });
        }
        Ok(result)
    }
}
