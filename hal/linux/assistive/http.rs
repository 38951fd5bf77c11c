//! The rig's keypad: the emulator's control interface in place of input devices, `GET {url}/devices/keypad`.

use senim_domain::Mono;
use senim_hal::{Error, ErrorKind};
use serde::Deserialize;

use super::{KeyMap, Keypad, Raw, Source};
use crate::clock::boottime;
use crate::rig_poll::{Poller, pause};

/// The kernel's numbers.
const EV_KEY: u16 = 1;
const EV_SW: u16 = 5;
const SW_HEADPHONE_INSERT: u16 = 2;

/// What of the emulator's answer is read; it tells more.
#[derive(Deserialize)]
struct Answer {
    plugged: bool,
    plugs: u64,
    version: u64,
    headphones: bool,
    event_seq: u64,
    events: Vec<Told>,
}

#[derive(Clone, Copy, Deserialize)]
struct Told {
    seq: u64,
    #[serde(rename = "type")]
    kind: u16,
    code: u16,
    value: i32,
}

impl Told {
    const fn raw(self) -> Option<Raw> {
        match (self.kind, self.code) {
            (EV_KEY, code) => Some(Raw::Key { code, value: self.value }),
            (EV_SW, SW_HEADPHONE_INSERT) => Some(Raw::Jack { plugged: self.value != 0 }),
            _ => None,
        }
    }
}

/// Where the emulated keypad is.
pub(super) struct HttpSource(Poller);

impl HttpSource {
    pub(super) fn new(url: &str) -> Self {
        Self(Poller::new(url, "keypad"))
    }
}

impl Source for HttpSource {
    fn open(&mut self, _keys: &KeyMap) -> Result<Box<dyn Keypad>, Error> {
        let Answer { plugs, version, headphones, event_seq: seen, .. } = there(&self.0, self.0.get())?;
        Ok(Box::new(HttpKeypad { poller: self.0.clone(), plugs, version, seen, headphones }))
    }

    fn now(&self) -> Mono {
        boottime()
    }

    fn pause(&mut self, ms: u64) {
        pause(ms);
    }
}

fn there(poller: &Poller, answer: Result<Answer, String>) -> Result<Answer, Error> {
    let missing = |words: String| Error::new(ErrorKind::NoDevice, words);
    let answer = answer.map_err(missing)?;
    if answer.plugged { Ok(answer) } else { Err(missing(format!("{poller} is unplugged"))) }
}

struct HttpKeypad {
    poller: Poller,
    plugs: u64,
    version: u64,
    seen: u64,
    /// As it was when the keypad was opened.
    headphones: bool,
}

impl Keypad for HttpKeypad {
    fn jack(&mut self) -> Option<bool> {
        Some(self.headphones)
    }

    fn wait(&mut self, wait_ms: u64) -> Result<Vec<Raw>, Error> {
        let answer = there(&self.poller, self.poller.next(self.version, wait_ms))?;
        if answer.plugs != self.plugs {
            return Err(Error::new(ErrorKind::NoDevice, format!("{} was unplugged", self.poller)));
        }
        let raws =
            answer.events.iter().filter(|told| told.seq > self.seen).filter_map(|told| told.raw()).collect();
        (self.seen, self.version) = (answer.event_seq, answer.version);
        Ok(raws)
    }
}
