//! The supply on the control interface: its state as JSON and the settings that may be changed.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::{Fault, Nut, Source};
use crate::control::{ControlError, Controlled, parse};
use crate::faults::FaultSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    source: Option<Source>,
    low: Option<bool>,
    replace_battery: Option<bool>,
    shutdown: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    charge_percent: Option<Option<u8>>,
    #[serde(default, deserialize_with = "given")]
    runtime_s: Option<Option<u32>>,
}

/// Tells `null` (the device does not know) from an absent field (leave it).
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(field: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(field).map(Some)
}

impl Controlled for Nut {
    fn model(&self) -> &'static str {
        "supply nut"
    }

    fn state(&self) -> Value {
        json!({
            "connected": self.connected,
            "supply": self.supply,
            "status": self.flags(),
            "requests": self.requests,
            "options": self.options,
            "faults": self.faults.to_json(),
        })
    }

    fn patch(&mut self, body: &Value, _now_ms: u64) -> Result<(), ControlError> {
        let patch: Patch = parse(body)?;
        if patch.charge_percent.flatten().is_some_and(|charge| charge > 100) {
            return Err(ControlError::Invalid("charge_percent is 0 to 100, or null".to_owned()));
        }
        let supply = &mut self.supply;
        supply.source = patch.source.unwrap_or(supply.source);
        supply.low = patch.low.unwrap_or(supply.low);
        supply.replace_battery = patch.replace_battery.unwrap_or(supply.replace_battery);
        supply.shutdown = patch.shutdown.unwrap_or(supply.shutdown);
        supply.charge_percent = patch.charge_percent.unwrap_or(supply.charge_percent);
        supply.runtime_s = patch.runtime_s.unwrap_or(supply.runtime_s);
        Ok(())
    }

    fn set_fault_json(&mut self, name: &str, body: &Value, _now_ms: u64) -> Result<(), ControlError> {
        let (fault, spec) = FaultSet::<Fault>::parse(name, body)?;
        self.faults.set(fault, spec);
        Ok(())
    }

    fn clear_fault_json(&mut self, name: &str, _now_ms: u64) -> Result<(), ControlError> {
        self.faults.clear(FaultSet::<Fault>::kind(name)?);
        Ok(())
    }
}
