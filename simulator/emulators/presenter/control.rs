//! The presenter on the control interface: its state as JSON and the settings that may be changed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Command, Fault, People, Presenter, Shutter};
use crate::control::{ControlError, Controlled, parse};
use crate::faults::FaultSet;

/// A cassette of the machine's size holds no more than this.
const NOTES_PER_CASSETTE: u32 = 3_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    power: Option<bool>,
    cassettes: Option<Vec<CassettePatch>>,
    people: Option<People>,
    take_notes: Option<u8>,
    take_after_ms: Option<u64>,
    start_ms: Option<u64>,
    note_ms: Option<u64>,
    mark_ms: Option<u64>,
    reset_ms: Option<u64>,
    present_ms: Option<u64>,
    retract_ms: Option<u64>,
    boot_ms: Option<u64>,
    query_ms: Option<u64>,
    resend_ms: Option<u64>,
    stack_notes: Option<u32>,
    max_rejects: Option<u32>,
    near_end_notes: Option<u32>,
    /// Somebody frees a shutter that is stuck, and closes it.
    free_shutter: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CassettePatch {
    unit: u8,
    denomination: Option<u32>,
    notes: Option<u32>,
}

impl Controlled for Presenter {
    fn model(&self) -> &'static str {
        "dispenser presenter"
    }

    fn state(&self) -> Value {
        let cassettes: Vec<Value> = (1u8..)
            .zip(self.cassettes())
            .zip(self.on_path())
            .map(|((unit, cassette), on_path)| {
                json!({
                    "unit": unit,
                    "denomination": cassette.denomination,
                    "notes": cassette.notes,
                    "rejected": cassette.rejected,
                    "taken": cassette.taken,
                    "retracted": cassette.retracted,
                    "on_path": on_path,
                })
            })
            .collect();
        let mut dispensed: BTreeMap<u32, u64> = BTreeMap::new();
        for cassette in self.cassettes().iter().filter(|cassette| cassette.taken > 0) {
            *dispensed.entry(cassette.denomination).or_default() += cassette.taken;
        }
        let frames: Map<String, Value> =
            self.frames_seen().iter().map(|(code, count)| (format!("{code:02x}"), json!(count))).collect();
        json!({
            "power": self.powered,
            "losses": self.losses,
            "busy": self.busy(),
            "shutter": self.shutter(),
            "exit": { "really": self.really(), "believed": self.believed() },
            "commands": {
                "mark_count": self.executed(Command::Mark),
                "dispense_count": self.executed(Command::Dispense),
                "present_count": self.executed(Command::Present),
                "retract_count": self.executed(Command::Retract),
                "test_dispense_count": self.executed(Command::TestDispense),
                "reset_count": self.executed(Command::Reset),
            },
            "cassettes": cassettes,
            "dispensed": dispensed,
            "options": self.options(),
            "faults": self.faults.to_json(),
            "frames": frames,
            "corrupt_frames": self.corrupt_frames,
        })
    }

    fn patch(&mut self, body: &Value, now_ms: u64) -> Result<(), ControlError> {
        let patch: Patch = parse(body)?;
        let mut cassettes = self.cassettes();
        for change in patch.cassettes.unwrap_or_default() {
            let cassette = usize::from(change.unit).checked_sub(1).and_then(|at| cassettes.get_mut(at));
            let Some(cassette) = cassette else {
                let words = format!("unit {} does not exist; units are 1 to 4", change.unit);
                return Err(ControlError::Invalid(words));
            };
            cassette.denomination = change.denomination.unwrap_or(cassette.denomination);
            cassette.notes = change.notes.unwrap_or(cassette.notes);
            if cassette.notes > NOTES_PER_CASSETTE {
                let words = format!("a cassette holds at most {NOTES_PER_CASSETTE} notes");
                return Err(ControlError::Invalid(words));
            }
        }
        let mut options = self.options();
        let times = [
            (patch.take_after_ms, &mut options.take_after_ms),
            (patch.start_ms, &mut options.start_ms),
            (patch.note_ms, &mut options.note_ms),
            (patch.mark_ms, &mut options.mark_ms),
            (patch.reset_ms, &mut options.reset_ms),
            (patch.present_ms, &mut options.present_ms),
            (patch.retract_ms, &mut options.retract_ms),
            (patch.boot_ms, &mut options.boot_ms),
            (patch.query_ms, &mut options.query_ms),
            (patch.resend_ms, &mut options.resend_ms),
        ];
        for (given, setting) in times {
            *setting = given.unwrap_or(*setting);
        }
        options.people = patch.people.unwrap_or(options.people);
        options.take_notes = patch.take_notes.unwrap_or(options.take_notes);
        options.stack_notes = patch.stack_notes.unwrap_or(options.stack_notes);
        if options.stack_notes > 200 {
            return Err(ControlError::Invalid("the stacker holds at most 200 notes".to_owned()));
        }
        options.max_rejects = patch.max_rejects.unwrap_or(options.max_rejects);
        options.near_end_notes = patch.near_end_notes.unwrap_or(options.near_end_notes);
        self.set_options(options, now_ms);
        self.set_cassettes(cassettes);
        if patch.free_shutter == Some(true) {
            self.shutter = Shutter::Closed;
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
