//! Port: cash dispenser (XFS4IoT CashDispenser).
//!
//! **For driver authors.** [`Command::Mark`] and [`Command::Dispense`] move cash: each is written to the wire once.
//! On NAK, silence or garbage wait until the device must be idle and report [`Event::Unanswered`]; do not ask the last
//! status by yourself, the saga decides. Queries ([`Command::Status`], [`Command::LastStatus`]) may be repeated.
//!
//! **For session authors.** A *marker* is a harmless known command (LCDM-4000: PURGE) whose only purpose is that the
//! device's last status names it before DISPENSE is sent, so that a later last status can tell the two apart.
//! [`Event::Marked`] comes only when the last status confirmed the marker.

use senim_domain::Mono;
use senim_domain::cash::{UnitMoved, UnitNo, UnitRequest};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::line::LineDriver;

/// What a dispenser can do (design section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// Notes are presented behind a shutter before they are final.
    pub present: bool,
    /// Notes left in the shutter can be taken back.
    pub retract: bool,
    /// A sensor tells that notes were taken.
    pub taken_sensor: bool,
    /// The device remembers its last command and its result.
    pub last_status: bool,
    /// Notes that one DISPENSE may move, rejects included.
    pub max_notes_per_dispense: u32,
    /// Notes that one DISPENSE may take from one cassette.
    pub max_notes_per_unit: u32,
    /// The device checks a token of its own per dispense.
    pub device_token: bool,
}

/// What the session may ask. One at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Who is there and how are the cassettes. Ends with [`Event::Status`] or [`Event::Failed`].
    Status,
    /// Marker and its confirmation by the last status. Ends with [`Event::Marked`], [`Event::MarkRefused`] or
    /// [`Event::Unanswered`].
    Mark,
    /// Move these notes to the exit. Ends with [`Event::Moved`] or [`Event::Unanswered`].
    Dispense(Vec<UnitRequest>),
    /// What was your last command and how did it end. `not_before` is the moment from which the device must be
    /// idle: the driver drains the line and stays silent until then. Ends with [`Event::LastStatus`] or
    /// [`Event::Failed`].
    LastStatus {
        /// Not a byte goes out before this moment.
        not_before: Mono,
    },
    /// Bring the mechanics to rest after a technician's work. Moves notes; ends with [`Event::Moved`] or
    /// [`Event::Unanswered`]. Never sent while a payout is open.
    Reset,
}

/// State of one cassette as the device reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitReport {
    /// Position from 1.
    pub unit: UnitNo,
    /// Whether the cassette is seated.
    pub present: bool,
    /// Near its end by its own sensor.
    pub low: bool,
}

/// Which command a last status speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LastCommand {
    /// The marker.
    Marker,
    /// A dispense.
    Dispense,
    /// Another command, or none since power-up.
    Other,
}

/// What a cash-moving command did, by the device's own counters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Movement {
    /// Per cassette, in unit order, every cassette of the device.
    pub units: Vec<UnitMoved>,
    /// The device's error, if it reported one.
    pub error: Option<Error>,
    /// The device's own words put its counts in doubt (LCDM-4000 errors 05–08 and 40–43).
    pub counts_in_doubt: bool,
}

impl Movement {
    /// Notes that left the device.
    #[must_use]
    pub fn distributed(&self) -> u32 {
        self.units.iter().fold(0, |sum, unit| sum.saturating_add(unit.distributed))
    }
}

/// What the session may hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Answer to [`Command::Status`].
    Status {
        /// Firmware or model as the device tells it, for the technician.
        identity: String,
        /// Cassettes.
        units: Vec<UnitReport>,
        /// A standing error.
        error: Option<Error>,
    },
    /// The marker ran and the last status confirmed it.
    Marked(Movement),
    /// The marker was answered with an error, or the last status does not confirm it; nothing was dispensed.
    /// `movement` is there when the device counted.
    MarkRefused {
        /// Why.
        error: Error,
        /// What the marker moved, where known.
        movement: Option<Movement>,
    },
    /// A dispense or reset ended and the device counted.
    Moved(Movement),
    /// A cash-moving command was written and no valid answer came; the device is idle by now or gone.
    Unanswered(Error),
    /// Answer to [`Command::LastStatus`].
    LastStatus {
        /// Which command it was.
        command: LastCommand,
        /// How it ended.
        movement: Movement,
    },
    /// A query failed after its repetitions, or a command was refused before a byte was written.
    Failed(Error),
    /// The line opened or closed by itself.
    Line {
        /// Whether it is open now.
        open: bool,
    },
    /// DISPENSE is on the wire: its last byte was handed to the line. Comes at most once per dispense.
    OnWire,
    /// The device acknowledged DISPENSE: it has the command whole and will carry it out. Comes at most once per
    /// dispense; devices without such an answer never tell it.
    Accepted,
}

/// A dispenser driver.
pub trait CashDispenser: LineDriver {
    /// What this device can do; constant for the life of the driver.
    fn capabilities(&self) -> Capabilities;

    /// Begins a command.
    ///
    /// # Errors
    /// [`crate::ErrorKind::DeviceBusy`] while one is under way; nothing is written then.
    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error>;

    /// The next thing to tell.
    fn poll_event(&mut self) -> Option<Event>;
}
