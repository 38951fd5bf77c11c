//! `senim check --test-to-reject UNIT`: one note of a cassette into the reject unit, with the rows that belong to it.
//!
//! The same kernel as the firmware's carries it out, without screen and without the MFO: a row before the command, the
//! books after it. The journal can be open once, so it is refused while the firmware runs.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use senim_domain::cash::UnitNo;
use senim_hal::cash_dispenser;
use senim_journal::JournalReader;
use senim_linux::line::{LineHandle, spawn_identified};
use senim_runtime::shell::reading;
use senim_runtime::{Input, Kernel, Output};
use senim_session::facts::DeviceState;
use serde_json::json;

use crate::commands::{Outcome, say};
use crate::config::Config;
use crate::{assemble, devices};

/// Longest wait for the dispenser to introduce itself, beyond what its commands may take.
const READY_MS: u64 = 15_000;

/// Lets one note move and tells how that ended.
///
/// # Errors
/// The terminal cannot be assembled, is not at rest, or the cassette is not stocked.
pub fn test_dispense(path: &Path, unit: u8, as_json: bool) -> Result<Outcome> {
    let loaded = Config::load(path)?;
    let config = &loaded.config;
    let keys = assemble::keys(config)?;
    let uplink = assemble::uplink(config, &keys, assemble::built_at())?;
    let (kernel, clean_stop) = assemble::kernel(&loaded, &keys, &uplink)?;
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
    tell(config, unit, first, as_json)
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
fn tell(config: &Config, unit: u8, first: u64, as_json: bool) -> Result<Outcome> {
    let reader = JournalReader::open(&config.journal_path())?;
    let next = reader.status()?.next_seq;
    let rows = reader.rows(first, next)?;
    let ended = rows.iter().rev().find(|row| row.envelope.kind == "TestDispenseEnded");
    let public = &ended.context("no row tells how the test ended")?.envelope.public;
    let good = public.get("result") == Some(&json!("dispensed"));
    say(&json!({ "check": "test_to_reject", "ok": good, "unit": unit, "detail": public }), as_json)?;
    Ok(if good { Outcome::Good } else { Outcome::Finding })
}
