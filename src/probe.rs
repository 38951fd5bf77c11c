//! `senim check` and `senim devices`: what a technician asks at the open cabinet. One JSON line for each thing asked.
//!
//! Both keep their hands off the dispenser while a payout is open in the journal, or while the firmware holds the port:
//! until the open payout is read, nothing may go to the device (design section 3).

mod devices;

pub(crate) use devices::on_its_line;

use std::path::Path;

use anyhow::Result;
use senim_domain::rule_pack::RulePack;
use senim_journal::{JournalError, JournalReader, StateKey};
use senim_session::durable::DurableState;
use senim_sync::{Answer, Request};
use serde_json::{Value, json};

use crate::assemble;
use crate::commands::{Outcome, line};
use crate::config::{Config, Loaded};
use crate::identity::{self, Held};

/// Checks configuration, keys, clock, journal, gateway and devices.
///
/// # Errors
/// The configuration cannot be read at all.
pub fn check(path: &Path) -> Result<Outcome> {
    let loaded = Config::load(path)?;
    let mut tally = Tally::default();
    tally
        .tell("configuration", Ok(json!({ "terminal": loaded.config.terminal, "sha256": loaded.sha256 })))?;
    tally.tell("clock", clock())?;
    let keys = assemble::keys(&loaded.config);
    match &keys {
        Ok(_) => tally.tell("keys", Ok(json!({})))?,
        Err(error) => tally.tell("keys", Err(format!("{error:#}")))?,
    }
    tally.tell("journal", journal(&loaded))?;
    if let Ok(keys) = &keys {
        let held = identity::open(&loaded.config, keys);
        tally.tell("identity", held.as_ref().map_err(|error| format!("{error:#}")).and_then(certificate))?;
        match &held {
            Ok(held) => tally.tell("gateway", gateway(&loaded, keys, held))?,
            Err(_) => tally.tell("gateway", Err("there is no identity to show it".into()))?,
        }
        tally.tell("rule_pack", rule_pack(&loaded, keys))?;
    }
    tally.tell("faces", faces(&loaded))?;
    devices::ask_all(&loaded.config, &mut tally)?;
    Ok(tally.outcome())
}

/// Asks each device who it is and how it is.
///
/// # Errors
/// The configuration cannot be read at all.
pub fn devices(path: &Path) -> Result<Outcome> {
    let loaded = Config::load(path)?;
    let mut tally = Tally::default();
    devices::ask_all(&loaded.config, &mut tally)?;
    Ok(tally.outcome())
}

/// Clock, models of faces, and each device: what a board is before anybody knows it.
///
/// # Errors
/// Nothing can be told.
pub(crate) fn look(loaded: &Loaded, tally: &mut Tally) -> Result<()> {
    tally.tell("clock", clock())?;
    tally.tell("faces", faces(loaded))?;
    devices::ask_all(&loaded.config, tally)
}

/// What was told so far.
#[derive(Default)]
pub(crate) struct Tally {
    findings: u32,
}

impl Tally {
    /// One line about one thing.
    ///
    /// # Errors
    /// Nothing can be told.
    pub(crate) fn tell(&mut self, what: &str, found: Result<Value, String>) -> Result<()> {
        match found {
            Ok(detail) => line(&json!({ "check": what, "ok": true, "detail": detail })),
            Err(cause) => {
                self.findings = self.findings.saturating_add(1);
                line(&json!({ "check": what, "ok": false, "cause": cause }))
            }
        }
    }

    /// Good, unless something was wrong.
    pub(crate) const fn outcome(&self) -> Outcome {
        if self.findings == 0 { Outcome::Good } else { Outcome::Finding }
    }
}

fn clock() -> Result<Value, String> {
    let stamp = assemble::first_stamp(assemble::built_at());
    let rtc = senim_runtime::shell::rtc();
    if rtc < assemble::built_at() {
        return Err(format!(
            "the clock says {rtc}, which is before this program was built; replace the battery"
        ));
    }
    let boot = senim_linux::clock::boot_id().map_err(|error| error.to_string())?;
    Ok(json!({ "utc": stamp.utc, "boot": boot }))
}

/// Whether what finds faces is there, and the right one.
fn faces(loaded: &Loaded) -> Result<Value, String> {
    let models = crate::faces::load(loaded.config.faces.as_ref());
    models.map_err(|error| format!("{:#}", anyhow::Error::new(error)))?;
    Ok(json!({ "models": senim_biometrics::model_hashes() }))
}

fn journal(loaded: &Loaded) -> Result<Value, String> {
    match JournalReader::open(&loaded.config.journal_path()) {
        Ok(reader) => {
            let status =
                reader.examine().and_then(|()| reader.status()).map_err(|error| error.to_string())?;
            serde_json::to_value(status).map_err(|error| error.to_string())
        }
        Err(JournalError::Missing { .. }) if loaded.config.create_journal => Ok(json!({ "new": true })),
        Err(error) => Err(error.to_string()),
    }
}

/// Where the key is, and how long its certificate lasts by the clock of this board.
fn certificate(held: &Held) -> Result<Value, String> {
    let (_, not_after, serial) = held.life().map_err(|error| format!("{error:#}"))?;
    let left = not_after.0.saturating_sub(assemble::first_stamp(assemble::built_at()).utc.0);
    if left < 0 {
        return Err(format!(
            "the certificate ended at {not_after}; get a code from the MFO and run `senim enrol`"
        ));
    }
    let renews = held.renewable.is_some();
    Ok(json!({
        "custody": held.custody.name(),
        "serial": serial,
        "not_after": not_after,
        "days_left": left / 86_400_000,
        "renews": renews,
    }))
}

/// Whether the MFO answers this identity, with its signed time.
pub(crate) fn gateway(loaded: &Loaded, keys: &assemble::Keys, held: &Held) -> Result<Value, String> {
    let uplink = assemble::uplink(&loaded.config, keys, held, assemble::built_at())
        .map_err(|error| format!("{error:#}"))?;
    let nonce = "checkcheckcheckcheckcheckcheck00".to_owned();
    match uplink.perform(&Request::Time { nonce: nonce.clone() }) {
        Answer::Time(token) => {
            let at = senim_uplink::verify_time(&token, &nonce, &keys.trust, assemble::built_at())
                .map_err(|error| error.to_string())?;
            Ok(json!({ "time": at }))
        }
        Answer::Failed(failure) => Err(failure.to_string()),
        _ => Err("another answer than asked for".into()),
    }
}

fn rule_pack(loaded: &Loaded, keys: &assemble::Keys) -> Result<Value, String> {
    use senim_operation::message::{MessageBody, MessageTrust, open_message};
    let reader = JournalReader::open(&loaded.config.journal_path()).map_err(|error| error.to_string())?;
    let stored = reader.directive("RulePack").map_err(|error| error.to_string())?;
    let compact = stored.ok_or("none is stored yet; the MFO has to publish one")?;
    let trust = MessageTrust::new(keys.trust.clone());
    let message =
        open_message(&compact, &trust, &loaded.config.terminal).map_err(|error| error.to_string())?;
    let MessageBody::RulePack(pack) = message.body else { return Err("the stored message is none".into()) };
    let pack: &RulePack = &pack;
    let now = assemble::first_stamp(assemble::built_at()).utc;
    if !pack.in_force(now) {
        return Err(format!(
            "version {} is in force from {} to {}",
            pack.version, pack.effective_from, pack.expires
        ));
    }
    Ok(json!({ "version": pack.version, "expires": pack.expires }))
}

/// Whether the dispenser may be asked anything: not while a payout is open in the journal.
///
/// # Errors
/// Why not, in words for a person.
pub fn dispenser_is_taboo(config: &Config) -> Result<(), String> {
    let reader = match JournalReader::open(&config.journal_path()) {
        Ok(reader) => reader,
        Err(JournalError::Missing { .. }) => return Ok(()),
        Err(error) => return Err(format!("the journal cannot be read, so a payout may be open: {error}")),
    };
    let stored = reader.state(StateKey("durable")).map_err(|error| error.to_string())?;
    let Some(json) = stored else { return Ok(()) };
    let durable: DurableState = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    if let Some(open) = durable.open {
        return Err(format!("payout {} is open: start the firmware, it settles it first", open.request));
    }
    match durable.testing {
        Some(unit) => Err(format!(
            "a test of cassette {} has no end in the journal: start the firmware, it settles it first",
            unit.0
        )),
        None => Ok(()),
    }
}
