//! Assistive keypad and headphone jack: Linux input events, and for the rig the emulated keypad.
//!
//! `/dev/input/eventN` is given out in the order of plugging; the keypad is therefore configured by its USB socket, and looked
//! for anew whenever it is gone. A loss is told as: headphones out (if they were in), gone, then one error for the technician.
//! Everything around the input devices is tested with a stand-in; they were tried by hand under Linux 6.1 with QEMU's USB
//! keyboard (presses, repetition, pulling the plug), not with hardware, and the jack's switch not at all.

mod evdev;
#[cfg(feature = "rig")]
mod http;

use std::collections::{BTreeMap, VecDeque};
use std::str::FromStr as _;

use ::evdev::KeyCode;
use senim_domain::Mono;
use senim_hal::assistive::{Assistive, Event, Key};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// Pause between two looks for a keypad that is not there, in milliseconds.
const RETRY_MS: u64 = 1_000;

/// Which keypad, and what its keys mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssistiveConfig {
    /// Socket that the keypad sits in, as in the sysfs path, for instance `1-1.2`; where keypad and jack are two devices
    /// behind one hub, the hub's.
    pub usb_topology: String,
    /// Meaning of keys, by the kernel's names (`KEY_UP`); these take the place of [`default_keys`] altogether.
    #[serde(default = "default_keys")]
    pub keys: BTreeMap<String, Key>,
    /// Keys that some keypads send instead of a jack's switch.
    #[serde(default)]
    pub jack_keys: Option<JackKeys>,
}

/// Keys that stand for the jack. Such a keypad cannot say what is in its jack when it is plugged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JackKeys {
    /// Sent when a headphone is put in.
    pub plugged: String,
    /// Sent when it is taken out.
    pub unplugged: String,
}

/// What keys mean unless configured otherwise.
#[must_use]
pub fn default_keys() -> BTreeMap<String, Key> {
    [
        ("KEY_UP", Key::Up),
        ("KEY_DOWN", Key::Down),
        ("KEY_LEFT", Key::Left),
        ("KEY_RIGHT", Key::Right),
        ("KEY_ENTER", Key::Enter),
        ("KEY_KPENTER", Key::Enter),
        ("KEY_SELECT", Key::Enter),
        ("KEY_ESC", Key::Back),
        ("KEY_BACK", Key::Back),
        ("KEY_BACKSPACE", Key::Back),
        ("KEY_AGAIN", Key::Repeat),
        ("KEY_F2", Key::Repeat),
        ("KEY_HELP", Key::Help),
        ("KEY_F1", Key::Help),
        ("KEY_VOLUMEUP", Key::VolumeUp),
        ("KEY_VOLUMEDOWN", Key::VolumeDown),
    ]
    .map(|(name, key)| (name.to_owned(), key))
    .into()
}

/// A keypad that cannot be so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssistiveConfigError {
    /// Not a name of the kernel.
    #[error("assistive: {name} is no key; use the names of linux/input-event-codes.h, for instance KEY_UP")]
    UnknownKey {
        /// What it says.
        name: String,
    },
    /// Nothing to match.
    #[error("assistive: usb_topology is empty; name the socket, for instance 1-1.2")]
    NoSocket,
}

/// Key codes and what they mean.
#[derive(Clone, Debug, Default)]
struct KeyMap {
    meaning: BTreeMap<u16, Event>,
}

impl KeyMap {
    fn read(config: &AssistiveConfig) -> Result<Self, AssistiveConfigError> {
        if config.usb_topology.is_empty() {
            return Err(AssistiveConfigError::NoSocket);
        }
        let code = |name: &str| {
            let key = KeyCode::from_str(name);
            key.map(KeyCode::code).map_err(|_| AssistiveConfigError::UnknownKey { name: name.to_owned() })
        };
        let mut meaning = BTreeMap::new();
        for (name, key) in &config.keys {
            meaning.insert(code(name)?, Event::Pressed(*key));
        }
        if let Some(JackKeys { plugged, unplugged }) = &config.jack_keys {
            meaning.insert(code(plugged)?, Event::Headphones { plugged: true });
            meaning.insert(code(unplugged)?, Event::Headphones { plugged: false });
        }
        Ok(Self { meaning })
    }

    /// Whether the key means anything.
    fn knows(&self, code: u16) -> bool {
        self.meaning.contains_key(&code)
    }

    /// A press means something; a release, a repetition by the device, and other keys do not.
    fn event(&self, raw: Raw) -> Option<Event> {
        match raw {
            Raw::Jack { plugged } => Some(Event::Headphones { plugged }),
            Raw::Key { code, value: PRESSED } => self.meaning.get(&code).cloned(),
            Raw::Key { .. } => None,
        }
    }
}

/// Value of a key event that is neither release (0) nor repetition (2).
const PRESSED: i32 = 1;

/// What the kernel tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Raw {
    /// EV_KEY.
    Key { code: u16, value: i32 },
    /// SW_HEADPHONE_INSERT.
    Jack { plugged: bool },
}

/// Where keypads come from: the system, the emulated keypad, or a stand-in of the tests.
trait Source: Send {
    /// Opens the keypad; [`ErrorKind::NoDevice`] when it is not there.
    fn open(&mut self, keys: &KeyMap) -> Result<Box<dyn Keypad>, Error>;
    /// The clock that the waits are measured by.
    fn now(&self) -> Mono;
    /// Waits.
    fn pause(&mut self, ms: u64);
}

/// An open keypad.
trait Keypad: Send {
    /// Whether a headphone is in, if it can say so.
    fn jack(&mut self) -> Option<bool>;
    /// Waits at most so long for events, and takes those there are. May return early with none. An error: it is gone.
    fn wait(&mut self, wait_ms: u64) -> Result<Vec<Raw>, Error>;
}

/// The keypad and its jack.
pub struct AssistiveInputs {
    source: Box<dyn Source>,
    keys: KeyMap,
    keypad: Option<Box<dyn Keypad>>,
    /// Whether the technician was told that it is not there.
    told: bool,
    headphones: bool,
    events: VecDeque<Result<Event, Error>>,
}

impl std::fmt::Debug for AssistiveInputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AssistiveInputs").field("there", &self.keypad.is_some()).finish_non_exhaustive()
    }
}

impl AssistiveInputs {
    /// A keypad on USB, looked for by the first wait.
    ///
    /// # Errors
    /// [`AssistiveConfigError`] when the configuration does not fit.
    pub fn usb(config: &AssistiveConfig) -> Result<Self, AssistiveConfigError> {
        let keys = KeyMap::read(config)?;
        Ok(Self::new(Box::new(evdev::Socket::new(&config.usb_topology)), keys))
    }

    /// The emulated keypad whose control interface is at `url`, for instance `http://127.0.0.1:7070`, with the default keys.
    ///
    /// # Errors
    /// [`AssistiveConfigError`]; the default keys fit.
    #[cfg(feature = "rig")]
    pub fn http(url: &str) -> Result<Self, AssistiveConfigError> {
        let emulated =
            AssistiveConfig { usb_topology: url.to_owned(), keys: default_keys(), jack_keys: None };
        Ok(Self::new(Box::new(http::HttpSource::new(url)), KeyMap::read(&emulated)?))
    }

    fn new(source: Box<dyn Source>, keys: KeyMap) -> Self {
        Self { source, keys, keypad: None, told: false, headphones: false, events: VecDeque::new() }
    }

    /// Looks for the keypad; waits before it looks in vain again.
    fn look(&mut self, deadline: Mono) {
        match self.source.open(&self.keys) {
            Ok(mut keypad) => {
                self.events.push_back(Ok(Event::Connected { there: true }));
                if let Some(plugged) = keypad.jack() {
                    self.headphones = plugged;
                    self.events.push_back(Ok(Event::Headphones { plugged }));
                }
                self.keypad = Some(keypad);
                self.told = false;
            }
            Err(error) if !std::mem::replace(&mut self.told, true) => self.events.push_back(Err(error)),
            Err(_) => {
                let left = deadline.since(self.source.now());
                self.source.pause(left.min(RETRY_MS));
            }
        }
    }

    fn take(&mut self, raw: Raw) {
        let Some(event) = self.keys.event(raw) else { return };
        if let Event::Headphones { plugged } = event {
            if plugged == self.headphones {
                return;
            }
            self.headphones = plugged;
        }
        self.events.push_back(Ok(event));
    }

    fn lost(&mut self, error: Error) {
        self.keypad = None;
        self.told = true;
        // Speech may be personal: what was heard by one is silenced before anything else.
        if std::mem::take(&mut self.headphones) {
            self.events.push_back(Ok(Event::Headphones { plugged: false }));
        }
        self.events.push_back(Ok(Event::Connected { there: false }));
        self.events.push_back(Err(Error { kind: ErrorKind::NoDevice, ..error }));
    }
}

impl Assistive for AssistiveInputs {
    fn wait_event(&mut self, wait_ms: u64) -> Result<Option<Event>, Error> {
        let deadline = self.source.now().plus_ms(wait_ms);
        loop {
            if let Some(event) = self.events.pop_front() {
                return event.map(Some);
            }
            let left = deadline.since(self.source.now());
            match &mut self.keypad {
                Some(keypad) => match keypad.wait(left) {
                    Ok(raws) => raws.into_iter().for_each(|raw| self.take(raw)),
                    Err(error) => self.lost(error),
                },
                None => self.look(deadline),
            }
            if self.events.is_empty() && self.source.now() >= deadline {
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests;
