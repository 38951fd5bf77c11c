//! Results of the exchange centre as signed documents: what makes one count (B14).
//!
//! A result is a compact JWS with ES256, `typ: coid-result+jws`, certificates in `x5c`, and JSON inside (`coid.json`). It is
//! for one request, about one person and one picture, and of now: a result of another request is refused like one without a
//! signature.

use senim_domain::{Secret, UtcMillis};
use senim_operation::jws;
use senim_operation::trust::Trust;
use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::faces::FaceVerdict;
use super::identification::Outcome;

/// Type of the JWS.
pub const CENTRE_RESULT_TYP: &str = "coid-result+jws";
/// How far the centre's clock may be from ours.
const SKEW_MS: i64 = 5 * 60 * 1000;

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Name, number and portrait of somebody who registers.
    Identity,
    /// A check on a phone.
    Phone,
}

/// What a result has to be about.
pub(super) struct Expected<'a> {
    pub(super) kind: Kind,
    pub(super) check: Uuid,
    pub(super) iin: &'a Secret,
    /// SHA-256 of the picture, base64url; `None`: none was sent.
    pub(super) portrait_sha256: Option<String>,
    /// First and last moment at which it can have been made.
    pub(super) since: UtcMillis,
    pub(super) until: UtcMillis,
}

/// Why a result does not count. No text holds anything of a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResultFlaw {
    /// It is not written as agreed.
    #[error("it is not written as agreed: {0}")]
    Form(&'static str),
    /// Its certificates do not lead to the centre's authority, or name somebody else.
    #[error("it is signed by somebody else")]
    OtherSigner,
    /// The signature is not over these bytes.
    #[error("its signature does not fit")]
    Signature,
    /// It was made for another request.
    #[error("it is of another request")]
    OtherRequest,
    /// It is about somebody else.
    #[error("it is about another person")]
    OtherPerson,
    /// It is about another picture.
    #[error("it is about another picture")]
    OtherPicture,
    /// It was made before it was asked for, or later than now.
    #[error("it is not of the time of the request")]
    OtherTime,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireOutcome {
    Match,
    Mismatch,
    Unknown,
}

impl From<WireOutcome> for Outcome {
    fn from(wire: WireOutcome) -> Self {
        match wire {
            WireOutcome::Match => Self::Match,
            WireOutcome::Mismatch => Self::Mismatch,
            WireOutcome::Unknown => Self::Unknown,
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WirePortrait {
    SamePerson,
    OtherPerson,
    Unusable,
}

impl From<WirePortrait> for FaceVerdict {
    fn from(wire: WirePortrait) -> Self {
        match wire {
            WirePortrait::SamePerson => Self::Same,
            WirePortrait::OtherPerson => Self::Other,
            WirePortrait::Unusable => Self::Unusable,
        }
    }
}

/// What stands in the document; what else stands there is the centre's own affair.
#[derive(Deserialize)]
struct Statement {
    ver: u32,
    kind: Kind,
    check: Uuid,
    iin: Secret,
    portrait: WirePortrait,
    #[serde(default)]
    portrait_sha256: Option<String>,
    #[serde(default)]
    name: Option<WireOutcome>,
    #[serde(default)]
    number: Option<WireOutcome>,
    #[serde(default)]
    living: Option<bool>,
    score_permille: u16,
    threshold_permille: u16,
    report_id: String,
    model: String,
    at_ms: i64,
}

/// A result that counts.
#[derive(Clone, Debug)]
pub struct CentreResult {
    /// Whose face.
    pub portrait: FaceVerdict,
    /// The full name, where it was asked.
    pub name: Option<Outcome>,
    /// The IIN, where it was asked.
    pub number: Option<Outcome>,
    /// Whether somebody living was there, of a check on a phone.
    pub living: Option<bool>,
    /// Likeness, thousandths.
    pub score_permille: u16,
    /// From which likeness the centre calls a face the same, thousandths.
    pub threshold_permille: u16,
    /// The report's number.
    pub report_id: String,
    /// What compared.
    pub model: String,
    /// When, by the centre's clock.
    pub at: UtcMillis,
    /// The document as it came. It names the person.
    pub document: Secret,
}

impl CentreResult {
    /// SHA-256 of the document, base64url.
    #[must_use]
    pub fn sha256(&self) -> String {
        jws::sha256_b64(self.document.expose().as_bytes())
    }

    pub(super) fn read(
        document: Secret,
        expected: &Expected<'_>,
        trust: &Trust,
        signer: &str,
    ) -> Result<Self, ResultFlaw> {
        let parts = jws::split(document.expose()).map_err(|_| ResultFlaw::Form("it is no compact JWS"))?;
        let payload = Zeroizing::new(parts.payload.clone());
        if parts.header.typ != CENTRE_RESULT_TYP {
            return Err(ResultFlaw::Form("it is of another type"));
        }
        // Who signed is judged for the moment of asking: what the document says of its time is not believed yet.
        let chain = parts.header.x5c.as_deref().unwrap_or_default();
        let by = trust.verify_chain(chain, expected.until).map_err(|_| ResultFlaw::OtherSigner)?;
        if by.common_name != signer {
            return Err(ResultFlaw::OtherSigner);
        }
        jws::verify(&parts, &by.jwk).map_err(|_| ResultFlaw::Signature)?;
        let said: Statement =
            serde_json::from_slice(&payload).map_err(|_| ResultFlaw::Form("its content is not as agreed"))?;
        said.fits(expected)?;
        Ok(Self {
            portrait: said.portrait.into(),
            name: said.name.map(Into::into),
            number: said.number.map(Into::into),
            living: said.living,
            score_permille: said.score_permille,
            threshold_permille: said.threshold_permille,
            report_id: said.report_id,
            model: said.model,
            at: UtcMillis(said.at_ms),
            document,
        })
    }
}

impl Statement {
    fn fits(&self, expected: &Expected<'_>) -> Result<(), ResultFlaw> {
        let short = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let (earliest, latest) =
            (expected.since.0.saturating_sub(SKEW_MS), expected.until.0.saturating_add(SKEW_MS));
        if self.ver != 1
            || self.score_permille > 1000
            || self.threshold_permille > 1000
            || !short(&self.report_id, 64)
            || !short(&self.model, 64)
        {
            Err(ResultFlaw::Form("a field is out of range"))
        } else if self.kind != expected.kind || self.check != expected.check {
            Err(ResultFlaw::OtherRequest)
        } else if self.iin != *expected.iin {
            Err(ResultFlaw::OtherPerson)
        } else if self.portrait_sha256 != expected.portrait_sha256 {
            Err(ResultFlaw::OtherPicture)
        } else if !(earliest..=latest).contains(&self.at_ms) {
            Err(ResultFlaw::OtherTime)
        } else {
            Ok(())
        }
    }
}
