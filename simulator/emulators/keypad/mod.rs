//! Assistive keypad with a headphone jack on USB, as Linux shows it: input events with the kernel's numbers
//! (`linux/input-event-codes.h`). There is no line to a host: keys are pressed and events read over the control interface.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::control::{ControlError, Controlled, parse};
use crate::faults::{FaultSet, fault_kinds};
use crate::history::History;

/// EV_KEY and EV_SW.
const EV_KEY: u16 = 1;
const EV_SW: u16 = 5;
/// SW_HEADPHONE_INSERT.
const SW_HEADPHONE_INSERT: u16 = 2;
/// Values of a key event.
const RELEASED: i32 = 0;
const PRESSED: i32 = 1;
const REPEATED: i32 = 2;
/// Most repetitions of a held key in one request.
const MAX_REPEATS: u8 = 20;

/// Keys that can be pressed by name; any other by its number.
const KEYS: [(&str, u16); 19] = [
    ("KEY_ESC", 1),
    ("KEY_BACKSPACE", 14),
    ("KEY_ENTER", 28),
    ("KEY_SPACE", 57),
    ("KEY_F1", 59),
    ("KEY_F2", 60),
    ("KEY_KPENTER", 96),
    ("KEY_UP", 103),
    ("KEY_LEFT", 105),
    ("KEY_RIGHT", 106),
    ("KEY_DOWN", 108),
    ("KEY_VOLUMEDOWN", 114),
    ("KEY_VOLUMEUP", 115),
    ("KEY_AGAIN", 129),
    ("KEY_HELP", 138),
    ("KEY_BACK", 158),
    ("KEY_F15", 185),
    ("KEY_F16", 186),
    ("KEY_SELECT", 353),
];

fault_kinds! {
    /// What can be wrong with the keypad.
    Fault {
        /// A press never arrives.
        LostPress = "lost_press" [],
        /// A key sticks: it is pressed, repeats, and is not released.
        Stuck = "stuck" [],
    }
}

/// An input event without its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct InputEvent {
    /// EV_KEY = 1, EV_SW = 5.
    #[serde(rename = "type")]
    pub kind: u16,
    /// Key or switch.
    pub code: u16,
    /// 0 released or out, 1 pressed or in, 2 repeated.
    pub value: i32,
}

/// The keypad.
#[derive(Debug, Clone, Default)]
pub struct Keypad {
    headphones: bool,
    events: History<InputEvent>,
    faults: FaultSet<Fault>,
}

/// A key by the kernel's name or number.
#[derive(Deserialize)]
#[serde(untagged)]
enum KeyName {
    Name(String),
    Code(u16),
}

impl KeyName {
    fn code(&self) -> Result<u16, ControlError> {
        match self {
            Self::Code(code) => Ok(*code),
            Self::Name(name) => {
                KEYS.iter().find(|(known, _)| known == name).map(|(_, code)| *code).ok_or_else(|| {
                    let known: Vec<&str> = KEYS.iter().map(|(known, _)| *known).collect();
                    let known = known.join(", ");
                    ControlError::Invalid(format!("unknown key {name}; use a number or one of: {known}"))
                })
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    press: Option<KeyName>,
    repeats: Option<u8>,
    headphones: Option<bool>,
}

impl Keypad {
    /// A keypad nobody touches, with nothing in its jack.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Presses a key, holds it for so many repetitions, and releases it.
    pub fn press(&mut self, code: u16, repeats: u8) {
        if self.faults.take(Fault::LostPress).is_some() {
            return;
        }
        let stuck = self.faults.take(Fault::Stuck).is_some();
        let mut tell = |value| self.events.push(InputEvent { kind: EV_KEY, code, value });
        tell(PRESSED);
        for _ in 0..if stuck { MAX_REPEATS } else { repeats } {
            tell(REPEATED);
        }
        if !stuck {
            tell(RELEASED);
        }
    }

    /// Puts a headphone in or takes it out.
    pub fn set_headphones(&mut self, plugged: bool) {
        if self.headphones != plugged {
            self.headphones = plugged;
            let value = i32::from(plugged);
            self.events.push(InputEvent { kind: EV_SW, code: SW_HEADPHONE_INSERT, value });
        }
    }
}

impl Controlled for Keypad {
    fn model(&self) -> &'static str {
        "assistive keypad"
    }

    fn state(&self) -> Value {
        json!({
            "headphones": self.headphones,
            "event_seq": self.events.seq(),
            "events": self.events.iter().collect::<Vec<_>>(),
            "faults": self.faults.to_json(),
        })
    }

    fn patch(&mut self, body: &Value, _now_ms: u64) -> Result<(), ControlError> {
        let patch: Patch = parse(body)?;
        let code = patch.press.as_ref().map(KeyName::code).transpose()?;
        let repeats = patch.repeats.unwrap_or(0);
        if repeats > MAX_REPEATS || (repeats > 0 && code.is_none()) {
            return Err(ControlError::Invalid(format!(
                "repeats goes with press and is at most {MAX_REPEATS}"
            )));
        }
        if let Some(plugged) = patch.headphones {
            self.set_headphones(plugged);
        }
        if let Some(code) = code {
            self.press(code, repeats);
        }
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
