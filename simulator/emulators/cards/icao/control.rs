//! The document on the control interface of its reader: `{"tear_after": 20, "faults": {"wrong_checksum": {}}}`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Fault, TravelDocument};
use crate::control::{ControlError, parse};
use crate::faults::{FaultSet, FaultSpec};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    /// Commands that are still answered; null takes the limit away.
    #[serde(default, deserialize_with = "given")]
    tear_after: Option<Option<u32>>,
    /// Name to parameters; null removes the fault.
    #[serde(default)]
    faults: BTreeMap<String, Value>,
}

/// Tells null from absent.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl TravelDocument {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "application": "icao",
            "document": self.options.name,
            "powered": self.powered,
            "torn": self.torn,
            "selected": self.visit.selected,
            "open": self.visit.channel.is_some(),
            "commands": self.commands,
            "tear_after": self.options.tear_after,
            "faults": self.faults.to_json(),
        })
    }

    pub(super) fn apply(&mut self, body: &Value) -> Result<(), ControlError> {
        let patch: Patch = parse(body)?;
        let mut faults: Vec<(Fault, Option<FaultSpec>)> = Vec::new();
        for (name, spec) in &patch.faults {
            faults.push(if spec.is_null() {
                (FaultSet::<Fault>::kind(name)?, None)
            } else {
                let (fault, spec) = FaultSet::<Fault>::parse(name, spec)?;
                (fault, Some(spec))
            });
        }
        if let Some(tear_after) = patch.tear_after {
            self.options.tear_after = tear_after;
        }
        for (fault, spec) in faults {
            match spec {
                Some(spec) => self.faults.set(fault, spec),
                None => self.faults.clear(fault),
            }
        }
        Ok(())
    }
}
