//! Runs scenarios against somebody's service and holds every answer against the form that is published for it.
//!
//! The scenarios write: clients, contracts, payouts and messages of made-up people. They are for a service's test
//! installation, and say so. What is told of an answer is where it differs, never what it holds.

mod contract;
mod kdp;
mod lending;
mod probe;
mod registers;
mod signing;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use contract::Contract;
use probe::Probe;

/// The services with the documents that are published for them.
const SERVICES: [(&str, &str, Run); 17] = [
    ("core", include_str!("../api/core.json"), lending::core),
    ("match", include_str!("../api/match.json"), registers::matcher),
    ("sms", include_str!("../api/sms.json"), registers::sms),
    ("kdp", include_str!("../api/kdp.json"), kdp::run),
    ("coid", include_str!("../api/coid.json"), registers::coid),
    ("numbers", include_str!("../api/numbers.json"), registers::numbers),
    ("bureau", include_str!("../api/bureau.json"), registers::bureau),
    ("aml", include_str!("../api/aml.json"), registers::aml),
    ("anti-fraud", include_str!("../api/anti-fraud.json"), registers::anti_fraud),
    ("entrepreneurs", include_str!("../api/entrepreneurs.json"), registers::entrepreneurs),
    ("bank", include_str!("../api/bank.json"), lending::bank),
    ("merchants", include_str!("../api/merchants.json"), lending::merchants),
    ("calls", include_str!("../api/calls.json"), registers::calls),
    ("signing", include_str!("../api/signing.json"), signing::codes),
    ("timestamps", include_str!("../api/timestamps.json"), signing::timestamps),
    ("ocsp", include_str!("../api/ocsp.json"), signing::ocsp),
    ("gost", include_str!("../api/gost.json"), signing::gost),
];

/// Plays the scenarios of one service.
type Run = fn(&mut Probe<'_>, &Subjects);

const SUBJECTS: &str = include_str!("../api/check-subjects.json");

/// Whom the scenarios are about: people whom the service knows, none of them real.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subjects {
    pub(super) client_id: Uuid,
    pub(super) iin: String,
    pub(super) surname: String,
    pub(super) given_name: String,
    pub(super) patronymic: Option<String>,
    pub(super) phone: String,
    pub(super) iban: String,
    pub(super) other_iin: String,
    pub(super) stranger_iin: String,
    pub(super) bin: String,
    pub(super) directory_id: String,
    pub(super) login: String,
    pub(super) password: String,
    pub(super) authentication_token: String,
    /// The key of the organisation's EDS in the test installation: PKCS#8 in base64; empty: there is none.
    #[serde(default)]
    pub(super) organisation_key: String,
    /// A client's certificate that is not revoked, and its issuer's; DER in base64.
    pub(super) signer_certificate: String,
    pub(super) issuer_certificate: String,
}

/// One scenario as it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Played {
    /// Of which service.
    pub service: &'static str,
    /// What it shows.
    pub scenario: &'static str,
    /// Requests sent.
    pub requests: u32,
    /// What differs from what is published; empty: nothing.
    pub findings: Vec<String>,
}

/// All scenarios as they went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In the order they were played.
    pub scenarios: Vec<Played>,
    /// How many there are.
    pub played: usize,
    /// How many have findings.
    pub failed: usize,
}

/// Why nothing was played.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// No such service.
    #[error(
        "{0}: there is no such service; choose core, match, sms, kdp, coid, numbers, bureau, aml, anti-fraud, \
             entrepreneurs, bank, merchants, calls, signing, timestamps, ocsp or gost"
    )]
    Service(String),
    /// Not an address.
    #[error("the address begins with http:// or https://")]
    Address,
    /// The subjects are not in the agreed form.
    #[error(
        "the subjects are not in the agreed form (line {line}, column {column}); see gateway/api/check-subjects.json"
    )]
    Subjects {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A published document is broken.
    #[error("the published form of {0} cannot be used")]
    Form(&'static str),
}

/// Reads subjects; `None`: those of the simulated world.
///
/// # Errors
/// [`CheckError::Subjects`], without quoting the file: it can hold personal data.
pub fn subjects(text: Option<&str>) -> Result<Subjects, CheckError> {
    serde_json::from_str(text.unwrap_or(SUBJECTS))
        .map_err(|error| CheckError::Subjects { line: error.line(), column: error.column() })
}

/// Plays the scenarios of these services, or of all.
///
/// # Errors
/// [`CheckError`] before anything was sent.
pub fn check(
    url: &str,
    services: &[String],
    timeout: Duration,
    subjects: &Subjects,
) -> Result<Report, CheckError> {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(CheckError::Address);
    }
    if let Some(unknown) = services.iter().find(|name| !SERVICES.iter().any(|(known, ..)| known == name)) {
        return Err(CheckError::Service(unknown.clone()));
    }
    let mut scenarios = Vec::new();
    for (name, document, run) in SERVICES {
        if services.is_empty() || services.iter().any(|asked| asked == name) {
            let contract = Contract::read(document).ok_or(CheckError::Form(name))?;
            let mut probe = Probe::new(name, url, timeout, contract);
            run(&mut probe, subjects);
            scenarios.extend(probe.played());
        }
    }
    let (played, failed) = (scenarios.len(), scenarios.iter().filter(|one| !one.findings.is_empty()).count());
    Ok(Report { scenarios, played, failed })
}
