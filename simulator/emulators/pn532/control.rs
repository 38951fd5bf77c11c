//! The PN532 on the control interface: its state as JSON and the settings that may be changed.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::{Fault, Pn532, Power};
use crate::control::{ControlError, Controlled, parse};
use crate::faults::FaultSet;
use crate::machine::Machine;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    power: Option<bool>,
    /// A name lays that card into the field, null takes the card away.
    #[serde(default, deserialize_with = "given")]
    card: Option<Option<String>>,
    /// Settings and faults of the card in the field, by its own names.
    card_settings: Option<Value>,
    command_ms: Option<u64>,
    try_ms: Option<u64>,
    activate_ms: Option<u64>,
    exchange_ms: Option<u64>,
    low_vbat: Option<bool>,
}

/// Tells null from absent.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Controlled for Pn532 {
    fn model(&self) -> &'static str {
        "contactless card reader pn532"
    }

    fn state(&self) -> Value {
        let frames: Map<String, Value> =
            self.frames.iter().map(|(code, count)| (format!("{code:02x}"), json!(count))).collect();
        json!({
            "power": self.power != Power::Off,
            "mode": self.power,
            "busy": self.work.is_some(),
            "card": self.card(),
            "card_state": self.field.card_state(),
            "field": self.field.is_on(),
            "card_active": self.field.is_active(),
            "sam_mode": self.chip.sam_mode(),
            "parameters": self.chip.parameters(),
            "activation_retries": self.chip.activation_retries(),
            "apdus": self.apdus(),
            "frames": frames,
            "corrupt_frames": self.corrupt_frames,
            "nacks": self.nacks,
            "aborts": self.aborts,
            "options": self.options,
            "faults": self.faults.to_json(),
        })
    }

    fn patch(&mut self, body: &Value, now_ms: u64) -> Result<(), ControlError> {
        let patch: Patch = parse(body)?;
        let mut card = match patch.card {
            Some(Some(name)) => {
                let unknown = || ControlError::Invalid(format!("there is no card {name}"));
                Some(Some((self.cards)(&name).ok_or_else(unknown)?))
            }
            Some(None) => Some(None),
            None => None,
        };
        if let Some(settings) = &patch.card_settings {
            let none = || ControlError::Invalid("there is no card for card_settings".to_owned());
            match &mut card {
                Some(Some(card)) => card.patch(settings)?,
                Some(None) => return Err(none()),
                None => self.field.card_mut().ok_or_else(none)?.patch(settings)?,
            }
        }
        let times = [
            (patch.command_ms, &mut self.options.command_ms),
            (patch.try_ms, &mut self.options.try_ms),
            (patch.activate_ms, &mut self.options.activate_ms),
            (patch.exchange_ms, &mut self.options.exchange_ms),
        ];
        for (given, setting) in times {
            *setting = given.unwrap_or(*setting);
        }
        self.options.low_vbat = patch.low_vbat.unwrap_or(self.options.low_vbat);
        if let Some(on) = patch.power {
            self.handle_timeout(now_ms);
            self.set_power(on);
        }
        match card {
            Some(Some(card)) => self.insert(card, now_ms),
            Some(None) => self.remove(now_ms),
            None => {}
        }
        Ok(())
    }

    fn set_fault_json(&mut self, name: &str, body: &Value, now_ms: u64) -> Result<(), ControlError> {
        let (fault, spec) = FaultSet::<Fault>::parse(name, body)?;
        self.handle_timeout(now_ms);
        self.set_fault(fault, spec);
        Ok(())
    }

    fn clear_fault_json(&mut self, name: &str, _now_ms: u64) -> Result<(), ControlError> {
        self.clear_fault(FaultSet::<Fault>::kind(name)?);
        Ok(())
    }
}
