//! CashCode bill validators with cassette on CCNET, and those that speak it after them (protocols section 3).
//!
//! `codec` turns bytes into frames and back, `link` asks one question and takes its answer, `meaning` reads data, `note`
//! and `judge` follow a note and judge what polls show, `answers` takes all other answers, `machine` owns order and time. Of a note whose Stack or Return
//! ended as jammed or unanswered the device may still tell later where it went: then [`Event::Stacked`] or
//! [`Event::Returned`] comes by itself, for that note and once.
//!
//! Line: 9,600 baud, 8 data bits, no parity, 1 stop bit (some devices are set to 19,200); that belongs to the line's owner.

mod answers;
#[doc(hidden)]
pub mod codec;
mod judge;
mod link;
mod machine;
mod meaning;
mod note;

use senim_domain::Mono;
use senim_hal::cash_acceptor::{Capabilities, CashAcceptor, Command, Event};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use machine::{Job, Machine, Way, Written};

use crate::delegate::line_driver;
use crate::setting::{check, range, rule};

pub use crate::setting::ConfigError;

/// Its section in the configuration.
const DEVICE: &str = "ccnet";

/// What may differ between devices and installations; times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address on the bus: 3 for a bill validator, 1 for a bill-to-bill unit.
    pub address: u8,
    /// Country codes of tenge in the bill table; firmware differs.
    pub countries: Vec<String>,
    /// Time from one poll to the next, 100 to 200 by the protocol.
    pub poll_ms: u64,
    /// Wait for the first byte of an answer. The protocol has 10; converters and kernels add theirs.
    pub answer_wait_ms: u64,
    /// Silence between frames.
    pub bus_free_ms: u64,
    /// Polls in a row without a valid answer after which the device counts as off-line. The protocol allows 5 s of silence.
    pub offline_polls: u32,
    /// Time from one HOLD to the next while a note waits; the device gives it back after 10 s without one.
    pub hold_ms: u64,
    /// Longest stay of a note in escrow; then the driver gives it back.
    pub escrow_ms_max: u64,
    /// Wait for the end of ENABLE BILL TYPES.
    pub enable_wait_ms: u64,
    /// Wait for the end of STACK and RETURN.
    pub move_wait_ms: u64,
    /// Wait for the end of RESET.
    pub reset_wait_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: 3,
            countries: vec!["KAZ".to_owned(), "KZT".to_owned()],
            poll_ms: 200,
            answer_wait_ms: 100,
            bus_free_ms: 20,
            offline_polls: 25,
            hold_ms: 5_000,
            escrow_ms_max: 60_000,
            enable_wait_ms: 5_000,
            move_wait_ms: 20_000,
            reset_wait_ms: 30_000,
        }
    }
}

impl Config {
    /// Checks ranges and country codes.
    ///
    /// # Errors
    /// [`ConfigError`] names the first setting that cannot be.
    pub fn check(&self) -> Result<(), ConfigError> {
        let rows = [
            range("address", u64::from(self.address), 1, 255),
            range("poll_ms", self.poll_ms, 100, 200),
            range("answer_wait_ms", self.answer_wait_ms, 10, 2_000),
            range("bus_free_ms", self.bus_free_ms, 10, 100),
            range("offline_polls", u64::from(self.offline_polls), 3, 600),
            range("hold_ms", self.hold_ms, 1_000, 9_000),
            range("escrow_ms_max", self.escrow_ms_max, 5_000, 600_000),
            range("enable_wait_ms", self.enable_wait_ms, 1_000, 60_000),
            range("move_wait_ms", self.move_wait_ms, 2_000, 300_000),
            range("reset_wait_ms", self.reset_wait_ms, 2_000, 300_000),
        ];
        check(DEVICE, rows)?;
        let fits = |code: &String| code.len() == 3 && code.is_ascii();
        let all = !self.countries.is_empty() && self.countries.iter().all(fits);
        let codes = format!("{:?}", self.countries);
        check(
            DEVICE,
            [rule("countries", codes, all, "give one or more codes of three letters, such as \"KAZ\"")],
        )
    }
}

/// The driver.
#[derive(Debug)]
pub struct Ccnet {
    machine: Machine,
}

impl Ccnet {
    /// A driver on a line that is not open yet.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting cannot be.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { machine: Machine::new(config) })
    }
}

line_driver!(Ccnet);

impl CashAcceptor for Ccnet {
    fn capabilities(&self) -> Capabilities {
        Capabilities { escrow: true, escrow_ms_max: self.machine.config.escrow_ms_max }
    }

    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error> {
        if !self.machine.is_idle() {
            return Err(Error::new(ErrorKind::DeviceBusy, "acceptor: a command is under way"));
        }
        let way = |way| {
            if self.machine.has_escrow() {
                Ok(Job::Move { way, written: Written::NotYet })
            } else {
                Err(Error::new(ErrorKind::UserError, "acceptor: no note waits in escrow"))
            }
        };
        let job = match command {
            Command::Status => machine::status(),
            Command::Reset => Job::Reset(Written::NotYet),
            Command::Enable(notes) if notes.is_empty() => {
                self.machine.fail(ErrorKind::UserError, "not sent: no notes asked for");
                return Ok(());
            }
            Command::Enable(notes) => machine::enable(notes, self.machine.bills.is_some()),
            Command::Disable => machine::disable(),
            Command::Stack => way(Way::Stack)?,
            Command::Return => way(Way::Return)?,
        };
        self.machine.start(job, now);
        Ok(())
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.machine.poll_event()
    }
}

#[cfg(test)]
mod tests;
