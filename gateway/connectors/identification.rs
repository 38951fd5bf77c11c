//! ЦОИД over HTTP.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{Secret, SecretBytes};
use senim_gateway_core::connectors::{
    ConnectorError, FaceFinding, FaceVerdict, Identification, IdentityClaim, IdentityFindings, Outcome,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::http::{HttpService, is_report};

/// ЦОИД over HTTP.
pub struct HttpIdentification(pub HttpService);

#[derive(Serialize)]
struct Claim<'a> {
    iin: &'a str,
    surname: &'a str,
    given_name: &'a str,
    patronymic: Option<&'a str>,
    portrait_png_base64: &'a str,
}

#[derive(Serialize)]
struct Face<'a> {
    iin: &'a str,
    portrait_png_base64: &'a str,
}

/// Whether a datum is the state's, as it is written.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WireOutcome {
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

#[derive(Deserialize)]
struct Findings {
    iin: Secret,
    name: WireOutcome,
    number: WireOutcome,
    portrait: WirePortrait,
    report_id: String,
    evidence: Secret,
}

#[derive(Deserialize)]
struct Finding {
    iin: Secret,
    portrait: WirePortrait,
    report_id: String,
    evidence: Secret,
}

impl Identification for HttpIdentification {
    fn check(&self, claim: &IdentityClaim) -> Result<IdentityFindings, ConnectorError> {
        let portrait = Zeroizing::new(STANDARD.encode(claim.portrait.expose()));
        let asked = Claim {
            iin: claim.iin.expose(),
            surname: claim.surname.expose(),
            given_name: claim.given_name.expose(),
            patronymic: claim.patronymic.as_ref().map(Secret::expose),
            portrait_png_base64: &portrait,
        };
        let found: Findings = self.0.ask("/coid/checks", &asked)?;
        let found = self.0.about(found.iin == claim.iin && is_report(&found.report_id), found)?;
        Ok(IdentityFindings {
            name: found.name.into(),
            iin: found.number.into(),
            portrait: found.portrait.into(),
            report_id: found.report_id,
            evidence: found.evidence,
        })
    }

    fn compare(&self, iin: &Secret, portrait: &SecretBytes) -> Result<FaceFinding, ConnectorError> {
        let portrait = Zeroizing::new(STANDARD.encode(portrait.expose()));
        let asked = Face { iin: iin.expose(), portrait_png_base64: &portrait };
        let found: Finding = self.0.ask("/coid/faces", &asked)?;
        let found = self.0.about(found.iin == *iin && is_report(&found.report_id), found)?;
        Ok(FaceFinding {
            verdict: found.portrait.into(),
            report_id: found.report_id,
            evidence: found.evidence,
        })
    }
}
