//! The card reader on the control interface: its state as JSON and the settings that may be changed.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::keypad::Entry;
use super::{Fault, GemPc, Press};
use crate::control::{ControlError, Controlled, parse};
use crate::faults::FaultSet;

/// The card that is a program elsewhere.
const PROGRAM: &str = "vpcd";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    power: Option<bool>,
    /// Absent: as it is; null: none.
    #[serde(default, deserialize_with = "given")]
    card: Option<Option<String>>,
    /// For the card that is in the slot then.
    card_settings: Option<Value>,
    echo: Option<bool>,
    keypad: Option<bool>,
    /// Digits that somebody presses on its keys.
    digits: Option<String>,
    /// The key after them.
    press: Option<Press>,
    answer_ms: Option<u64>,
    /// 1 to 3; 0: any.
    volts: Option<u8>,
}

/// Tells a null from an absent field.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn no_card() -> ControlError {
    ControlError::Invalid("there is no card for card_settings".to_owned())
}

impl Controlled for GemPc {
    fn model(&self) -> &'static str {
        "card reader gempc twin"
    }

    fn state(&self) -> Value {
        let frames: Map<String, Value> =
            self.frames.iter().map(|(kind, count)| (format!("{kind:02x}"), json!(count))).collect();
        let vpcd = self
            .vpcd
            .as_ref()
            .map(|vpcd| json!({ "address": vpcd.address().to_string(), "connected": vpcd.is_connected() }));
        json!({
            "power": self.powered,
            "card": self.slot.name(),
            "card_state": self.slot.state(),
            "awaits_program": self.look_at.is_some(),
            "vpcd": vpcd,
            "chip": self.chip.as_ref().map(|chip| json!({
                "protocol": chip.protocol(),
                "speed": format!("{:02x}", chip.speed()),
            })),
            "asks_for_pin": self.entry.as_ref().map(Entry::state),
            "synchronous": self.synchronous,
            "counts": self.counts,
            "frames": frames,
            "damaged_frames": self.damaged_frames,
            "options": self.options,
            "faults": self.faults.to_json(),
        })
    }

    fn patch(&mut self, body: &Value, now_ms: u64) -> Result<(), ControlError> {
        let patch: Patch = parse(body)?;
        if patch.volts.is_some_and(|volts| volts > 3) {
            return Err(ControlError::Invalid(
                "volts is 1 (5 V), 2 (3 V), 3 (1.8 V) or 0 for any".to_owned(),
            ));
        }
        if let Some(digits) = &patch.digits
            && !digits.bytes().all(|digit| digit.is_ascii_digit())
        {
            return Err(ControlError::Invalid("digits are the keys 0 to 9".to_owned()));
        }
        if (patch.digits.is_some() || patch.press.is_some()) && self.entry.is_none() {
            return Err(ControlError::Invalid("the reader asks for no PIN".to_owned()));
        }
        // The card first: only it can refuse.
        let settings = patch.card_settings.as_ref();
        match patch.card {
            Some(Some(name)) if name != PROGRAM => {
                let mut card = (self.cards)(&name).ok_or_else(|| {
                    ControlError::Invalid(format!(
                        "there is no card {name}; {PROGRAM} awaits a card program, null takes the card out"
                    ))
                })?;
                settings.map_or(Ok(()), |settings| card.patch(settings))?;
                self.insert(card, now_ms);
            }
            Some(_) if settings.is_some() => return Err(no_card()),
            Some(Some(_)) => {
                self.await_program(now_ms).map_err(|error| ControlError::Failed(error.to_string()))?;
            }
            Some(None) => self.remove(now_ms),
            None => {
                if let Some(settings) = settings {
                    self.slot.card().ok_or_else(no_card)?.patch(settings)?;
                }
            }
        }
        if patch.digits.is_some() || patch.press.is_some() {
            // It may have gone with the card.
            let pressed = self.press(patch.digits.as_deref().unwrap_or_default(), patch.press, now_ms);
            pressed.map_err(|why| ControlError::Invalid(why.to_owned()))?;
        }
        self.options.keypad = patch.keypad.unwrap_or(self.options.keypad);
        self.options.echo = patch.echo.unwrap_or(self.options.echo);
        self.options.answer_ms = patch.answer_ms.unwrap_or(self.options.answer_ms);
        if let Some(volts) = patch.volts {
            self.options.volts = Some(volts).filter(|volts| *volts > 0);
        }
        if let Some(on) = patch.power {
            self.set_power(on);
        }
        Ok(())
    }

    fn set_fault_json(&mut self, name: &str, body: &Value, _now_ms: u64) -> Result<(), ControlError> {
        let (fault, spec) = FaultSet::<Fault>::parse(name, body)?;
        self.set_fault(fault, spec);
        Ok(())
    }

    fn clear_fault_json(&mut self, name: &str, _now_ms: u64) -> Result<(), ControlError> {
        self.clear_fault(FaultSet::<Fault>::kind(name)?);
        Ok(())
    }
}
