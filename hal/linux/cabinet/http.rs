//! The rig's cabinet: the emulator's control interface in place of GPIO lines, `GET {url}/devices/cabinet`.

use senim_domain::Mono;
use senim_hal::cabinet::{Change, Input};
use senim_hal::{Error, ErrorKind};
use serde::Deserialize;

use super::{Lines, Source};
use crate::clock::boottime;
use crate::rig_poll::{Poller, pause};

/// What the emulated cabinet has.
pub(super) const INPUTS: [Input; 5] =
    [Input::CabinetDoor, Input::SafeDoor, Input::Tamper, Input::Tilt, Input::OperatorSwitch];

/// What of the emulator's answer is read; it tells more.
#[derive(Deserialize)]
struct Answer {
    plugged: bool,
    plugs: u64,
    version: u64,
    readable: bool,
    inputs: Levels,
    edge_seq: u64,
    edges: Vec<Edge>,
}

#[derive(Deserialize)]
struct Levels {
    cabinet_door: bool,
    safe_door: bool,
    tamper: bool,
    tilt: bool,
    operator_switch: bool,
}

#[derive(Deserialize)]
struct Edge {
    seq: u64,
    input: EmulatedInput,
    active: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EmulatedInput {
    CabinetDoor,
    SafeDoor,
    Tamper,
    Tilt,
    OperatorSwitch,
}

impl From<EmulatedInput> for Input {
    fn from(input: EmulatedInput) -> Self {
        match input {
            EmulatedInput::CabinetDoor => Self::CabinetDoor,
            EmulatedInput::SafeDoor => Self::SafeDoor,
            EmulatedInput::Tamper => Self::Tamper,
            EmulatedInput::Tilt => Self::Tilt,
            EmulatedInput::OperatorSwitch => Self::OperatorSwitch,
        }
    }
}

impl Levels {
    fn changes(&self) -> Vec<Change> {
        let levels = [self.cabinet_door, self.safe_door, self.tamper, self.tilt, self.operator_switch];
        INPUTS.into_iter().zip(levels).map(|(input, active)| Change { input, active }).collect()
    }
}

/// Where the emulated cabinet is.
pub(super) struct HttpSource(Poller);

impl HttpSource {
    pub(super) fn new(url: &str) -> Self {
        Self(Poller::new(url, "cabinet"))
    }
}

impl Source for HttpSource {
    fn open(&mut self) -> Result<Box<dyn Lines>, Error> {
        let missing = |words: String| Error::new(ErrorKind::NoDevice, words);
        let answer: Answer = self.0.get().map_err(missing)?;
        if !answer.plugged {
            return Err(missing(format!("{} is unplugged", self.0)));
        }
        let Answer { plugs, version, edge_seq, .. } = answer;
        Ok(Box::new(HttpLines { poller: self.0.clone(), plugs, version, seen: edge_seq }))
    }

    fn now(&self) -> Mono {
        boottime()
    }

    fn pause(&mut self, ms: u64) {
        pause(ms);
    }
}

struct HttpLines {
    poller: Poller,
    plugs: u64,
    version: u64,
    seen: u64,
}

impl HttpLines {
    fn judged(&self, answer: Result<Answer, String>) -> Result<Answer, Error> {
        let offline = |words: String| Error::new(ErrorKind::Offline, words);
        let answer = answer.map_err(offline)?;
        if !answer.plugged || answer.plugs != self.plugs {
            return Err(offline(format!("{} was unplugged", self.poller)));
        }
        if !answer.readable {
            return Err(offline(format!("{} is silent", self.poller)));
        }
        Ok(answer)
    }
}

impl Lines for HttpLines {
    fn levels(&mut self) -> Result<Vec<Change>, Error> {
        Ok(self.judged(self.poller.get())?.inputs.changes())
    }

    fn edges(&mut self, wait_ms: u64) -> Result<Vec<Change>, Error> {
        let answer = self.judged(self.poller.next(self.version, wait_ms))?;
        let news = answer.edges.iter().filter(|edge| edge.seq > self.seen);
        let edges = news.map(|edge| Change { input: edge.input.into(), active: edge.active }).collect();
        (self.seen, self.version) = (answer.edge_seq, answer.version);
        Ok(edges)
    }
}
