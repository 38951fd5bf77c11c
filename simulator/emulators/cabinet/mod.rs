//! The cabinet's contacts: doors, tamper loop, tilt sensor and key switch, as their lines are read. There is no line to a
//! host: levels are set and read over the control interface, and every edge is kept with a number.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::control::{ControlError, Controlled, parse};
use crate::faults::{FaultKind as _, FaultSet, fault_kinds};
use crate::history::History;

fault_kinds! {
    /// What can be wrong with the inputs; each lasts until it is deleted.
    Fault {
        /// The lines cannot be read, as when the chip hangs.
        Silent = "silent" [],
    }
}

/// Levels of the contacts: door open, loop broken, tilted, switch on supervisor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Levels {
    /// The service door is open.
    pub cabinet_door: bool,
    /// The safe's door is open.
    pub safe_door: bool,
    /// The tamper loop is broken.
    pub tamper: bool,
    /// The cabinet is moved or tilted.
    pub tilt: bool,
    /// The key switch is on supervisor.
    pub operator_switch: bool,
}

impl Levels {
    fn named(&mut self) -> [(&'static str, &mut bool); 5] {
        [
            ("cabinet_door", &mut self.cabinet_door),
            ("safe_door", &mut self.safe_door),
            ("tamper", &mut self.tamper),
            ("tilt", &mut self.tilt),
            ("operator_switch", &mut self.operator_switch),
        ]
    }
}

/// A change of one contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// Which.
    pub input: &'static str,
    /// Its new level.
    pub active: bool,
}

/// The contacts.
#[derive(Debug, Clone, Default)]
pub struct Cabinet {
    levels: Levels,
    edges: History<Edge>,
    faults: FaultSet<Fault>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    cabinet_door: Option<bool>,
    safe_door: Option<bool>,
    tamper: Option<bool>,
    tilt: Option<bool>,
    operator_switch: Option<bool>,
}

impl Cabinet {
    /// A closed, quiet cabinet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Levels now.
    #[must_use]
    pub const fn levels(&self) -> Levels {
        self.levels
    }

    /// Sets all levels; each that differs is an edge.
    pub fn set(&mut self, mut levels: Levels) {
        for ((input, old), (_, new)) in self.levels.named().into_iter().zip(levels.named()) {
            if *old != *new {
                *old = *new;
                self.edges.push(Edge { input, active: *new });
            }
        }
    }
}

impl Controlled for Cabinet {
    fn model(&self) -> &'static str {
        "cabinet inputs"
    }

    fn state(&self) -> Value {
        json!({
            "readable": self.faults.peek(Fault::Silent).is_none(),
            "inputs": self.levels,
            "edge_seq": self.edges.seq(),
            "edges": self.edges.iter().collect::<Vec<_>>(),
            "faults": self.faults.to_json(),
        })
    }

    fn patch(&mut self, body: &Value, _now_ms: u64) -> Result<(), ControlError> {
        let patch: Patch = parse(body)?;
        let old = self.levels;
        self.set(Levels {
            cabinet_door: patch.cabinet_door.unwrap_or(old.cabinet_door),
            safe_door: patch.safe_door.unwrap_or(old.safe_door),
            tamper: patch.tamper.unwrap_or(old.tamper),
            tilt: patch.tilt.unwrap_or(old.tilt),
            operator_switch: patch.operator_switch.unwrap_or(old.operator_switch),
        });
        Ok(())
    }

    fn set_fault_json(&mut self, name: &str, body: &Value, _now_ms: u64) -> Result<(), ControlError> {
        let (fault, spec) = FaultSet::<Fault>::parse(name, body)?;
        if spec.times.is_some_and(|times| times > 0) {
            return Err(ControlError::Invalid(format!(
                "{} lasts until deleted and takes no times",
                fault.name()
            )));
        }
        self.faults.set(fault, spec);
        Ok(())
    }

    fn clear_fault_json(&mut self, name: &str, _now_ms: u64) -> Result<(), ControlError> {
        self.faults.clear(FaultSet::<Fault>::kind(name)?);
        Ok(())
    }
}
