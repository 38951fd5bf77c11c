//! `senim check --test-to-reject UNIT`: one note of a cassette into the reject unit, with the rows that belong to it.
//!
//! The same kernel as the firmware's carries it out, without screen and without the MFO: a row before the command, the
//! books after it. The journal can be open once, so it is refused while the firmware runs; and while a payout is open,
//! which only the firmware may settle.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use senim_domain::cash::UnitNo;
use senim_hal::cash_dispenser;
use senim_journal::{JournalError, JournalReader};
use senim_linux::line::{LineHandle, spawn_identified};
use senim_runtime::shell::reading;
use senim_runtime::{Input, Kernel, Output};
use senim_session::facts::DeviceState;
use serde_json::{Value, json};

use crate::commands::{Outcome, say};
use crate::config::{Config, Loaded};
use crate::probe::dispenser_is_taboo;
use crate::{assemble, devices, identity};

/// Name of the line that tells it.
const CHECK: &str = "test_to_reject";
/// Longest wait for the dispenser to introduce itself, beyond what its commands may take.
const READY_MS: u64 = 15_000;

/// Lets one note move and tells how that ended.
///
/// # Errors
/// The configuration cannot be read. Whatever else prevents the test is told as its finding.
pub fn test_dispense(path: &Path, unit: u8, as_json: bool) -> Result<Outcome> {
    let loaded = Config::load(path)?;
    let line = match carry_out(&loaded, unit) {
        Ok(ended) => judge(&ended),
        Err(error) => json!({ "check": CHECK, "ok": false, "cause": format!("{error:#}") }),
    };
    say(&line, as_json)?;
    Ok(if line.get("ok") == Some(&json!(true)) { Outcome::Good } else { Outcome::Finding })
}

/// The public part of the row that tells how it ended.
fn carry_out(loaded: &Loaded, unit: u8) -> Result<Value> {
    let config = &loaded.config;
    dispenser_is_taboo(config).map_err(anyhow::Error::msg)?;
    let keys = assemble::keys(config)?;
    let held = identity::open(config, &keys)?;
    let uplink = assemble::uplink(config, &keys, &held, assemble::built_at())?;
    let (kernel, clean_stop) = assemble::kernel(loaded, &keys, &held, &uplink).map_err(while_running)?;
    let (sender, events) = sync_channel(64);
    let guard = devices::guard(config, "dispenser", config.dispenser.expect.as_ref());
    let driver = devices::dispenser(&config.dispenser)?;
    let line = config.dispenser.line.clone();
    let line = spawn_identified("dispenser", line, driver, guard, move |event| sender.send(event).is_ok())?;
    let mut bench = Bench { kernel, line, events };
    bench.step(Input::Start { clean_stop });
    let asked = bench.test(unit, config.dispenser.idle_wait_ms);
    let done = bench.finish();
    let first = asked?;
    done?;
    last_end(config, first)
}

/// The journal has one writer, and that is the firmware.
fn while_running(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<JournalError>() {
        Some(JournalError::InUse { .. }) => {
            anyhow!("the journal is held by the firmware; stop it first, then test again")
        }
        _ => error,
    }
}

struct Bench {
    kernel: Kernel,
    line: LineHandle<cash_dispenser::Command>,
    events: Receiver<cash_dispenser::Event>,
}

impl Bench {
    /// One step; only what is for the dispenser is carried out. `false` behind an orderly stop.
    fn step(&mut self, input: Input) -> bool {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for output in self.kernel.step(input, reading()) {
                match output {
                    Output::Dispenser(command) => {
                        if let Err(error) = self.line.send(command) {
                            inputs.push(Input::Dispenser(cash_dispenser::Event::Failed(error)));
                        }
                    }
                    Output::Stopped => return false,
                    _ => {}
                }
            }
        }
        true
    }

    fn turn(&mut self) -> bool {
        let now = reading();
        let wait_ms = self.kernel.poll_timeout(now).since(now.mono).min(500);
        match self.events.recv_timeout(Duration::from_millis(wait_ms)) {
            Ok(event) => self.step(Input::Dispenser(event)),
            Err(RecvTimeoutError::Timeout) => self.step(Input::Tick),
            Err(RecvTimeoutError::Disconnected) => false,
        }
    }

    /// Gives the number of the first row that may tell of it.
    fn test(&mut self, unit: u8, idle_wait_ms: u64) -> Result<u64> {
        let started = reading().mono;
        let patience_ms = READY_MS.saturating_add(idle_wait_ms);
        while self.kernel.session().facts().dispenser != DeviceState::Usable || !self.at_rest() {
            if reading().mono.since(started) > patience_ms || !self.turn() {
                bail!("the dispenser is not ready: {:?}", self.kernel.session().facts().dispenser);
            }
        }
        let durable = self.kernel.session().durable();
        if let Some(cause) = &durable.stopped {
            bail!("cash service is stopped ({cause}); a count settles it first");
        }
        let notes = durable.books.units.get(&UnitNo(unit)).map_or(0, |stock| stock.notes);
        if notes == 0 {
            bail!("the books have no note in cassette {unit}");
        }
        let first = self.kernel.next_seq();
        self.step(Input::TestDispense(UnitNo(unit)));
        if self.at_rest() {
            bail!("the test was not begun: the journal takes no rows");
        }
        // The driver tells an end at the latest when the mechanics must be at rest.
        while !self.at_rest() {
            if !self.turn() {
                bail!("the dispenser's thread ended");
            }
        }
        Ok(first)
    }

    fn at_rest(&self) -> bool {
        self.kernel.session().at_rest()
    }

    fn finish(&mut self) -> Result<()> {
        if !self.step(Input::Stop { reason: "check".into() }) {
            return Ok(());
        }
        for _ in 0..600 {
            if !self.turn() {
                return Ok(());
            }
        }
        bail!("the journal could not be closed in order")
    }
}

/// The row that tells how it ended.
fn last_end(config: &Config, first: u64) -> Result<Value> {
    let reader = JournalReader::open(&config.journal_path())?;
    let next = reader.status()?.next_seq;
    let rows = reader.rows(first, next)?;
    let ended = rows.iter().rev().find(|row| row.envelope.kind == "TestDispenseEnded");
    Ok(serde_json::to_value(&ended.context("no row tells how the test ended")?.envelope.public)?)
}

/// What a technician is told about it.
fn judge(ended: &Value) -> Value {
    let error = ended.get("device_error").and_then(Value::as_str).unwrap_or("the device says no more");
    let cause = match ended.get("result").and_then(Value::as_str) {
        Some("dispensed") => return json!({ "check": CHECK, "ok": true, "detail": ended }),
        Some("notDispensed") => format!("no note moved: {error}: cure that and test again"),
        _ => format!(
            "nobody knows where the note is ({error}): cash service is stopped until a count settles it"
        ),
    };
    json!({ "check": CHECK, "ok": false, "cause": cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technician_is_told_what_became_of_the_note() {
        let said = |result: &str| judge(&json!({ "result": result, "device_error": "Offline: silence" }));
        assert_eq!(said("dispensed")["ok"], true);
        for (result, words) in [("notDispensed", "no note moved"), ("uncertain", "cash service is stopped")] {
            let line = said(result);
            let cause = line["cause"].as_str().unwrap();
            assert!(cause.contains(words) && cause.contains("Offline: silence"), "{cause}");
            assert!(line.get("detail").is_none());
        }
    }
}
