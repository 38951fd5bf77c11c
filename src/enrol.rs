//! `senim enrol`: commissioning. Makes the terminal's key in its key store, has it certified by a one-time code, and
//! stores what the firmware needs of the MFO.

use std::io::BufRead as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use senim_domain::Secret;
use senim_operation::trust::serial_of;
use senim_uplink::CertificateClock;
use senim_uplink::enrolment::commission;
use senim_uplink::est::{EstClient, Pin};
use serde_json::{Value, json};

use crate::commands::{Outcome, line};
use crate::config::{Config, EstConfig};
use crate::{assemble, identity};

/// Enrols the terminal. A code of `-` is read from standard input, where no list of processes shows it.
///
/// # Errors
/// A sentence that says what a person has to do.
pub fn enrol(path: &Path, code: &str) -> Result<Outcome> {
    let loaded = Config::load(path)?;
    line(&certified(&loaded.config, code)?)?;
    Ok(Outcome::Good)
}

/// Makes the key, has it certified, stores what came; gives what may be told of it.
///
/// # Errors
/// As [`enrol`].
pub fn certified(config: &Config, code: &str) -> Result<Value> {
    let est = config.identity.est.as_ref().context("the configuration has no [identity.est] yet")?;
    let store = identity::store(config)?
        .context("a key in a file beside its certificates is enrolled by copying all of them")?;
    std::fs::create_dir_all(&config.data_dir).with_context(|| config.data_dir.display().to_string())?;
    let floor = assemble::built_at();
    let timeout = Duration::from_millis(config.gateway.read_ms);
    let server = EstClient::commissioning(&est.url, &pin(est)?, CertificateClock::new(floor), timeout)?;
    let code = read_code(code)?;
    let record = config.enrolment_path();
    let enrolment = commission(&server, store.as_ref(), &config.terminal, &code, floor, &record)?;
    let certified = enrolment.identity()?;
    Ok(json!({
        "terminal": enrolment.terminal,
        "custody": store.custody().name(),
        "serial": serial_of(&enrolment.leaf()?)?,
        "not_after": certified.not_after,
        "at": enrolment.at,
        "record": record.display().to_string(),
    }))
}

fn pin(est: &EstConfig) -> Result<Pin> {
    if let Some(sha256) = est.sha256()? {
        return Ok(Pin::Sha256(sha256));
    }
    let path = est.ca.as_ref().context("identity.est.ca")?;
    Ok(Pin::Certificate(std::fs::read(path).with_context(|| path.display().to_string())?))
}

fn read_code(code: &str) -> Result<Secret> {
    let mut text = Secret::new(code.to_owned());
    if code == "-" {
        let mut line = String::with_capacity(64);
        std::io::stdin().lock().read_line(&mut line).context("the code on standard input")?;
        text = Secret::new(line);
    }
    Ok(Secret::new(text.expose().chars().filter(char::is_ascii_digit).collect()))
}
