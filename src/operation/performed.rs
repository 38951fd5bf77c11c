//! The list of measures performed before a contract (B4; art. 7(2)(3) to (5) of the law), as the MFO keeps it with the loan.
//!
//! One list at the conclusion, and another one when a contract that rested is confirmed. Each is a compact JWS of the MFO's
//! message key, `typ: senim-measures+jws`, its payload canonical JSON. It names what was done, with which outcome and when;
//! opaque identities, codes and hashes, and nothing about the person.

use senim_domain::{ApplicationId, ClientId, LoanId, OperationId, SessionId, TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::stated::stated;
use crate::trust::Trust;

/// Type of the JWS.
pub const MEASURES_TYP: &str = "senim-measures+jws";

/// The list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuresPerformed {
    /// 1.
    pub ver: u32,
    /// The loan.
    pub loan: LoanId,
    /// The application that it came of.
    pub application: ApplicationId,
    /// The client.
    pub client: ClientId,
    /// SHA-256 of the contract's bytes, base64url.
    pub contract_sha256: String,
    /// Where it was concluded or confirmed.
    pub terminal: TerminalId,
    /// In which visit.
    pub session: SessionId,
    /// Version of the rule pack that decided.
    pub rule_pack: u64,
    /// What it was done for.
    pub occasion: MeasuresOccasion,
    /// When that was.
    pub at: UtcMillis,
    /// In the order in which they are asked for.
    pub measures: Vec<PerformedMeasure>,
}

/// What measures were performed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MeasuresOccasion {
    /// The contract was concluded.
    Conclusion,
    /// It was confirmed after its rest, or on another day (B6).
    Confirmation,
}

/// One measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerformedMeasure {
    /// Which.
    pub measure: Measure,
    /// What came of it.
    pub outcome: MeasureOutcome,
    /// When.
    pub at: UtcMillis,
    /// Which of several: the kind of consent, the text, the way of repayment; a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The row that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<OperationId>,
    /// Number of the report, check, signature or registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// SHA-256 of what was shown, answered or signed, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Measure {
    /// The client's registration.
    Registration,
    /// Comparison of name, IIN and portrait at the registration.
    Comparison,
    /// A consent (R-228, B18).
    Consent,
    /// Questions of due diligence.
    Questions,
    /// Screening.
    Screening,
    /// Credit report (B7).
    CreditReport,
    /// Voluntary refusal of loans.
    VoluntaryRefusal,
    /// Debt burden (B5).
    DebtBurden,
    /// Service against fraud (B19).
    AntiFraud,
    /// Draft schedules, from which one was chosen, or the one of another day.
    Schedules,
    /// A text that has to be read.
    Text,
    /// Whether somebody tells the client to borrow.
    Pressure,
    /// The contract's bytes.
    Contract,
    /// The face.
    Face,
    /// The electronic signature.
    Signature,
    /// Rest before payout (B6).
    CoolingOff,
}

/// What came of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MeasureOutcome {
    /// The client found the data theirs.
    Confirmed,
    /// It was done elsewhere: the client was one before they came to a terminal.
    Elsewhere,
    /// The compared things agree.
    Match,
    /// The client agreed.
    Agreed,
    /// The client answered.
    Answered,
    /// Nothing speaks against the loan.
    Clear,
    /// It came.
    Received,
    /// Nobody was asked: the MFO does without this service.
    NotAsked,
    /// The client has not refused loans.
    NotSet,
    /// It is within the limit.
    Within,
    /// The client chose one of them.
    Chosen,
    /// The client was shown it to its end.
    Shown,
    /// The client said that they have read it.
    Acknowledged,
    /// The client accepted it.
    Accepted,
    /// Nobody tells the client to borrow.
    NotPressed,
    /// It counts.
    Signed,
    /// It is not needed: business of an entrepreneur whom the register confirms.
    NotNeeded,
    /// The contract rests.
    Rests,
    /// The contract does not have to rest.
    None,
    /// The rest is over.
    Over,
}

/// Why a list of measures is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list of measures is not to be believed ({code}): {text}")]
pub struct MeasuresError {
    /// A code.
    pub code: &'static str,
    /// What is wrong.
    pub text: String,
}

impl MeasuresPerformed {
    /// Reads a list, where the MFO's message key has signed it.
    ///
    /// # Errors
    /// [`MeasuresError`].
    pub fn read(compact: &str, trust: &Trust) -> Result<Self, MeasuresError> {
        let list: Self = stated(compact, MEASURES_TYP, trust, |list: &Self| list.at)
            .map_err(|(code, text)| MeasuresError { code, text })?;
        if list.ver != 1 {
            let text = format!("its form {} is not known here; update this program", list.ver);
            return Err(MeasuresError { code: "badStatement", text });
        }
        Ok(list)
    }

    /// What was done of this kind, in order.
    pub fn of(&self, measure: Measure) -> impl Iterator<Item = &PerformedMeasure> {
        self.measures.iter().filter(move |one| one.measure == measure)
    }
}
