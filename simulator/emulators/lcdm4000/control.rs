//! The dispenser on the control interface: its state as JSON and the settings that may be changed.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::unit::{LastStatusMode, Unit};
use super::{Cassette, Command, Dialect, Fault, Lcdm4000, ResetReply};
use crate::control::{ControlError, Controlled, parse};
use crate::faults::FaultSet;

/// A cassette of the machine's size holds no more than this.
const NOTES_PER_CASSETTE: u32 = 3_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    power: Option<bool>,
    clear_path: Option<bool>,
    cassettes: Option<Vec<CassettePatch>>,
    last_status: Option<LastStatusMode>,
    dialect: Option<Dialect>,
    reset_reply: Option<ResetReply>,
    start_ms: Option<u64>,
    note_ms: Option<u64>,
    purge_ms: Option<u64>,
    reset_ms: Option<u64>,
    boot_ms: Option<u64>,
    query_ms: Option<u64>,
    resend_ms: Option<u64>,
    max_notes: Option<u32>,
    max_rejects: Option<u32>,
    near_end_notes: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CassettePatch {
    unit: u8,
    denomination: Option<u32>,
    notes: Option<u32>,
}

impl Controlled for Lcdm4000 {
    fn model(&self) -> &'static str {
        "dispenser lcdm4000"
    }

    fn state(&self) -> Value {
        let latch = self.latch();
        let cassettes: Vec<Value> = self
            .transport
            .cassettes
            .iter()
            .map(|(unit, cassette)| {
                json!({
                    "unit": unit.number(),
                    "denomination": cassette.denomination,
                    "notes": cassette.notes,
                    "exited": cassette.exited,
                    "rejected": cassette.rejected,
                    "on_path": self.transport.on_path.at(unit),
                })
            })
            .collect();
        let frames: Map<String, Value> =
            self.frames_seen().iter().map(|(code, count)| (format!("{code:02x}"), json!(count))).collect();
        json!({
            "power": latch.powered,
            "losses": latch.losses,
            "powered_since_ms": latch.powered_since_ms,
            "busy": self.busy(),
            "commands": {
                "reset_count": self.executed(Command::Reset),
                "purge_count": self.executed(Command::Purge),
                "dispense_count": self.executed(Command::Dispense),
                "test_dispense_count": self.executed(Command::TestDispense),
                "last_status_count": self.executed(Command::LastStatus),
            },
            "cassettes": cassettes,
            "reject_tray": self.transport.reject_tray,
            "dispensed": self.transport.dispensed,
            "rejected": self.transport.rejected,
            "last_status": self.options().last_status,
            "options": self.options(),
            "faults": self.faults.to_json(),
            "frames": frames,
            "corrupt_frames": self.corrupt_frames,
        })
    }

    fn patch(&mut self, body: &Value, now_ms: u64) -> Result<(), ControlError> {
        let patch: Patch = parse(body)?;
        let mut cassettes = Vec::new();
        for change in patch.cassettes.unwrap_or_default() {
            cassettes.push(self.changed_cassette(&change)?);
        }
        let mut options = self.options();
        let times = [
            (patch.start_ms, &mut options.start_ms),
            (patch.note_ms, &mut options.note_ms),
            (patch.purge_ms, &mut options.purge_ms),
            (patch.reset_ms, &mut options.reset_ms),
            (patch.boot_ms, &mut options.boot_ms),
            (patch.query_ms, &mut options.query_ms),
            (patch.resend_ms, &mut options.resend_ms),
        ];
        for (given, setting) in times {
            *setting = given.unwrap_or(*setting);
        }
        options.max_notes = patch.max_notes.unwrap_or(options.max_notes);
        options.max_rejects = patch.max_rejects.unwrap_or(options.max_rejects);
        options.near_end_notes = patch.near_end_notes.unwrap_or(options.near_end_notes);
        options.last_status = patch.last_status.unwrap_or(options.last_status);
        options.dialect = patch.dialect.unwrap_or(options.dialect);
        options.reset_reply = patch.reset_reply.unwrap_or(options.reset_reply);
        self.set_options(options);
        for (unit, cassette) in cassettes {
            self.set_cassette(unit, cassette);
        }
        if patch.clear_path == Some(true) {
            self.clear_path();
        }
        if let Some(on) = patch.power {
            self.set_power(on, now_ms);
        }
        Ok(())
    }

    fn set_fault_json(&mut self, name: &str, body: &Value, now_ms: u64) -> Result<(), ControlError> {
        let (fault, spec) = FaultSet::<Fault>::parse(name, body)?;
        self.set_fault(fault, spec, now_ms);
        Ok(())
    }

    fn clear_fault_json(&mut self, name: &str, _now_ms: u64) -> Result<(), ControlError> {
        self.clear_fault(FaultSet::<Fault>::kind(name)?);
        Ok(())
    }
}

impl Lcdm4000 {
    fn changed_cassette(&self, change: &CassettePatch) -> Result<(Unit, Cassette), ControlError> {
        let unit = Unit::from_number(change.unit).ok_or_else(|| {
            ControlError::Invalid(format!("unit {} does not exist; units are 1 to 4", change.unit))
        })?;
        let mut cassette = self.cassette(unit);
        cassette.denomination = change.denomination.unwrap_or(cassette.denomination);
        cassette.notes = change.notes.unwrap_or(cassette.notes);
        if cassette.notes > NOTES_PER_CASSETTE {
            return Err(ControlError::Invalid(format!(
                "a cassette holds at most {NOTES_PER_CASSETTE} notes"
            )));
        }
        Ok((unit, cassette))
    }
}
