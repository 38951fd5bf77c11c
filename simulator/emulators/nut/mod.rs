//! Power supply behind the service of the Network UPS Tools, the service's side of its text protocol (its developer
//! guide, chapter "Network protocol information"; answers compared with upsd 2.8.0).
//!
//! One supply with one battery, whose state is set from outside and does not change by itself. Each request line has one
//! answer: a line, or a list between BEGIN and END. Nothing is told unasked. One client at a time.

mod control;
mod words;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::faults::{FaultSet, FaultSpec, fault_kinds};
use crate::machine::Machine;
use words::{Lines, quoted};

/// Delay of a late answer unless the fault says another.
const LATE_MS: u64 = 10_000;
/// What a service out of its mind might send: no text, an open quote, a word alone.
const GARBAGE: &[u8] = b"\x00\xFF\x15\"\\\n\x80\xFE VAR\nBEGIN\n";

fault_kinds! {
    /// Faults of the service and of what it serves. Each strikes once per request.
    Fault {
        /// The request is taken and not answered.
        Silence = "silence" [],
        /// Nonsense in place of the answer.
        Garbage = "garbage" [],
        /// A line of nonsense before the answer.
        Noise = "noise" [],
        /// Half of the answer, and the rest never.
        HalfLine = "half_line" [],
        /// A list without its last line.
        NoEnd = "no_end" [],
        /// Hangs up in place of the answer.
        Drop = "drop" [],
        /// The answer comes after `delay_ms` (default 10,000).
        Late = "late" ["delay_ms"],
        /// The answer comes twice.
        Double = "double" [],
        /// `DATA-STALE`: the service has not heard from the supply for too long.
        Stale = "stale" [],
        /// `DRIVER-NOT-CONNECTED`: the program that speaks with the supply is gone.
        DriverGone = "driver_gone" [],
        /// `UNKNOWN-UPS`: no supply of this name.
        UnknownUps = "unknown_ups" [],
    }
}

/// Settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Options {
    /// Name of the supply in requests.
    pub ups: String,
    /// `device.mfr`.
    pub mfr: String,
    /// `device.model`.
    pub model: String,
    /// `device.serial`.
    pub serial: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ups: "ups".to_owned(),
            mfr: "SENIM".to_owned(),
            model: "Emulated \"line\\interactive\" 700".to_owned(),
            serial: "E0000001".to_owned(),
        }
    }
}

/// Where the power comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The mains.
    Mains,
    /// The battery.
    Battery,
}

/// State of the supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Supply {
    /// Where the power comes from.
    pub source: Source,
    /// The battery is nearly empty.
    pub low: bool,
    /// The battery should be replaced.
    pub replace_battery: bool,
    /// A shut-down was ordered.
    pub shutdown: bool,
    /// Charge, 0 to 100; absent: this supply does not know it.
    pub charge_percent: Option<u8>,
    /// Seconds left on battery; absent: this supply does not know it.
    pub runtime_s: Option<u32>,
}

/// The service. See [`Machine`] for how it is driven.
#[derive(Debug)]
pub struct Nut {
    /// State of the supply; may be changed at any time.
    pub supply: Supply,
    options: Options,
    faults: FaultSet<Fault>,
    connected: bool,
    lines: Lines,
    /// When, and what.
    outbox: VecDeque<(u64, Vec<u8>)>,
    hang_up: bool,
    requests: u64,
}

impl Nut {
    /// A service whose supply has mains and a full battery.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let supply = Supply {
            source: Source::Mains,
            low: false,
            replace_battery: false,
            shutdown: false,
            charge_percent: Some(100),
            runtime_s: Some(1_800),
        };
        Self {
            supply,
            options,
            faults: FaultSet::default(),
            connected: false,
            lines: Lines::default(),
            outbox: VecDeque::new(),
            hang_up: false,
            requests: 0,
        }
    }

    /// Sets or replaces a fault.
    pub fn set_fault(&mut self, fault: Fault, spec: FaultSpec) {
        self.faults.set(fault, spec);
    }

    /// Removes a fault.
    pub fn clear_fault(&mut self, fault: Fault) {
        self.faults.clear(fault);
    }

    /// Request lines taken since the emulator started.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// `ups.status` as the service tells it.
    fn flags(&self) -> String {
        let supply = &self.supply;
        let charging = supply.charge_percent.is_some_and(|charge| charge < 100);
        let (source, current) = match supply.source {
            Source::Mains if charging => ("OL", Some("CHRG")),
            Source::Mains => ("OL", None),
            Source::Battery => ("OB", Some("DISCHRG")),
        };
        let flags = [
            supply.shutdown.then_some("FSD"),
            Some(source),
            current,
            supply.low.then_some("LB"),
            supply.replace_battery.then_some("RB"),
        ];
        flags.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// All variables in the order of their names, as the service lists them.
    fn variables(&self) -> Vec<(&'static str, String)> {
        let mut list = Vec::new();
        list.extend(self.supply.charge_percent.map(|charge| ("battery.charge", charge.to_string())));
        list.extend(self.supply.runtime_s.map(|runtime| ("battery.runtime", runtime.to_string())));
        list.extend([
            ("device.mfr", self.options.mfr.clone()),
            ("device.model", self.options.model.clone()),
            ("device.serial", self.options.serial.clone()),
            ("device.type", "ups".to_owned()),
            ("driver.name", "senim-emulator".to_owned()),
            ("ups.mfr", self.options.mfr.clone()),
            ("ups.model", self.options.model.clone()),
            ("ups.status", self.flags()),
        ]);
        list
    }

    /// Why a variable of this supply cannot be told.
    fn refusal(&mut self, ups: &str) -> Option<&'static str> {
        if ups != self.options.ups || self.faults.take(Fault::UnknownUps).is_some() {
            Some("ERR UNKNOWN-UPS\n")
        } else if self.faults.take(Fault::DriverGone).is_some() {
            Some("ERR DRIVER-NOT-CONNECTED\n")
        } else if self.faults.take(Fault::Stale).is_some() {
            Some("ERR DATA-STALE\n")
        } else {
            None
        }
    }

    fn request(&mut self, words: &[String], now_ms: u64) {
        self.requests = self.requests.saturating_add(1);
        let upper: Vec<String> = words.iter().map(|word| word.to_ascii_uppercase()).collect();
        let upper: Vec<&str> = upper.iter().map(String::as_str).collect();
        let text = match (upper.as_slice(), words) {
            (["VER", ..], _) => "Network UPS Tools upsd 2.8.0 - http://www.networkupstools.org/\n".to_owned(),
            (["NETVER", ..], _) => "1.3\n".to_owned(),
            (["HELP", ..], _) => "Commands: HELP VER GET LIST LOGIN LOGOUT USERNAME PASSWORD\n".to_owned(),
            (["LIST", "UPS", ..], _) => {
                format!("BEGIN LIST UPS\nUPS {} \"emulated\"\nEND LIST UPS\n", self.options.ups)
            }
            (["LIST", "VAR", _, ..], [_, _, ups, ..]) => self.list(ups),
            (["GET", "VAR", _, _, ..], [_, _, ups, variable, ..]) => self.get(ups, variable),
            (["GET", "UPSDESC", _, ..], [_, _, ups, ..]) => match self.refusal(ups) {
                Some(refusal) => refusal.to_owned(),
                None => format!("UPSDESC {ups} \"emulated\"\n"),
            },
            (["GET" | "LIST", ..], _) => "ERR INVALID-ARGUMENT\n".to_owned(),
            (["USERNAME" | "PASSWORD" | "LOGIN", _], _) => "OK\n".to_owned(),
            (["LOGOUT"], _) => {
                self.hang_up = true;
                "OK Goodbye\n".to_owned()
            }
            (["STARTTLS"], _) => "ERR FEATURE-NOT-CONFIGURED\n".to_owned(),
            _ => "ERR UNKNOWN-COMMAND\n".to_owned(),
        };
        self.answer(text.into_bytes(), now_ms);
    }

    fn list(&mut self, ups: &str) -> String {
        if let Some(refusal) = self.refusal(ups) {
            return refusal.to_owned();
        }
        let mut text = format!("BEGIN LIST VAR {ups}\n");
        for (name, value) in self.variables() {
            text.push_str(&format!("VAR {ups} {name} {}\n", quoted(&value)));
        }
        if self.faults.take(Fault::NoEnd).is_none() {
            text.push_str(&format!("END LIST VAR {ups}\n"));
        }
        text
    }

    fn get(&mut self, ups: &str, variable: &str) -> String {
        if let Some(refusal) = self.refusal(ups) {
            return refusal.to_owned();
        }
        match self.variables().into_iter().find(|(name, _)| *name == variable) {
            Some((name, value)) => format!("VAR {ups} {name} {}\n", quoted(&value)),
            None => "ERR VAR-NOT-SUPPORTED\n".to_owned(),
        }
    }

    /// Puts an answer on its way, as far as the faults let it.
    fn answer(&mut self, mut bytes: Vec<u8>, now_ms: u64) {
        if self.faults.take(Fault::Silence).is_some() {
            return;
        }
        if self.faults.take(Fault::Drop).is_some() {
            self.hang_up = true;
            return;
        }
        if self.faults.take(Fault::Garbage).is_some() {
            bytes = GARBAGE.to_vec();
        } else if self.faults.take(Fault::HalfLine).is_some() {
            bytes.truncate(bytes.len() / 2);
        } else if self.faults.take(Fault::Noise).is_some() {
            bytes.splice(0..0, GARBAGE.iter().copied());
        }
        if self.faults.take(Fault::Double).is_some() {
            bytes = bytes.repeat(2);
        }
        let delay_ms = self.faults.take(Fault::Late).map_or(0, |spec| spec.delay_ms.unwrap_or(LATE_MS));
        // Answers do not overtake each other.
        let earlier_ms = self.outbox.back().map_or(0, |(at_ms, _)| *at_ms);
        self.outbox.push_back((now_ms.saturating_add(delay_ms).max(earlier_ms), bytes));
    }
}

impl Machine for Nut {
    fn handle_input(&mut self, bytes: &[u8], now_ms: u64) {
        for byte in bytes {
            if let Some(words) = self.lines.push(*byte) {
                self.request(&words, now_ms);
            }
        }
    }

    fn poll_transmit(&mut self, now_ms: u64) -> Option<Vec<u8>> {
        self.outbox.pop_front_if(|(at_ms, _)| *at_ms <= now_ms).map(|(_, bytes)| bytes)
    }

    fn poll_timeout(&self) -> Option<u64> {
        self.outbox.front().map(|(at_ms, _)| *at_ms)
    }

    fn handle_timeout(&mut self, _now_ms: u64) {}

    fn handle_connection(&mut self, open: bool, _now_ms: u64) {
        self.connected = open;
        self.lines = Lines::default();
        self.outbox.clear();
        self.hang_up = false;
    }

    fn poll_hang_up(&mut self) -> bool {
        // What is still on its way goes before.
        self.outbox.is_empty() && std::mem::take(&mut self.hang_up)
    }
}
