//! Port: cash dispenser (XFS4IoT CashDispenser).
//!
//! **For driver authors.** [`Command::Mark`], [`Command::Dispense`], [`Command::TestDispense`], [`Command::Present`],
//! [`Command::Retract`] and [`Command::Reset`] move cash: each is written to the wire once. On NAK, silence or garbage
//! wait until the device must be idle and report [`Event::Unanswered`]; do not ask the last status by yourself, the
//! saga decides. Queries ([`Command::Status`], [`Command::LastStatus`], [`Command::PresentStatus`]) may be repeated.
//! A command that the device cannot do by its [`Capabilities`] ends with [`Event::Failed`] before a byte is written,
//! with one exception: a device without last status is asked to mark as well, writes nothing, and tells
//! [`Event::Marked`] with nothing moved (design section 3: it needs no marker). Only a closed line makes it tell
//! [`Event::Failed`], so that nobody arms a payout on a device that cannot hear.
//!
//! **For session authors.** A *marker* is a harmless known command (LCDM-4000: PURGE) whose only purpose is that the
//! device's last status names it before DISPENSE is sent, so that a later last status can tell the two apart.
//! [`Event::Marked`] comes only when the last status confirmed the marker, where there is one.
//!
//! **Two kinds of device.** Without [`Capabilities::present`], what [`Event::Moved`] counts as distributed has left the
//! machine and is final. With it, those notes are *stacked* behind a closed shutter and nobody has them yet. Several
//! dispenses may be stacked on each other; then:
//!
//! 1. [`Command::Present`] opens the shutter. [`Event::Presented`] says that it is open and what lies there.
//! 2. When the sensor sees the exit empty, [`Event::ItemsTaken`] comes by itself, once per present; the device has
//!    closed the shutter. Notes are given from here on, not before. Without [`Capabilities::taken_sensor`] it never
//!    comes, and what was presented is given.
//! 3. With [`Capabilities::retract`], [`Command::Retract`] takes back what still lies there, whether presented or only
//!    stacked, counts it into the retract unit and closes the shutter. Somebody who took a part of the bundle is found
//!    out only here: the sensor knows empty and not empty, so until then the whole bundle counts as lying.
//!
//! Each note that was stacked is at any time in exactly one column of [`UnitPresented`]; the record begins anew with
//! the first note stacked into an empty exit. After [`Event::Unanswered`] to a present or a retract,
//! [`Command::PresentStatus`] tells where the notes are. An [`Event::ItemsTaken`] may arrive while a command is
//! under way, or be lost with the line: the columns of whatever comes next say the same.

use senim_domain::Mono;
use senim_domain::cash::{UnitMoved, UnitNo, UnitRequest};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::line::LineDriver;

/// What a dispenser can do (design section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// Notes are stacked behind a shutter and given only by [`Command::Present`].
    pub present: bool,
    /// Notes behind or in the shutter can be taken back by [`Command::Retract`]. Only together with `present`.
    pub retract: bool,
    /// A sensor tells by [`Event::ItemsTaken`] that the exit is empty. Only together with `present`.
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
    /// Move these notes to the exit; with [`Capabilities::present`] they are stacked there and not yet given. Ends
    /// with [`Event::Moved`] or [`Event::Unanswered`].
    Dispense(Vec<UnitRequest>),
    /// Move one note of this cassette to the reject unit, as a technician does to see that it feeds. Ends with
    /// [`Event::Moved`] or [`Event::Unanswered`]. Never sent while a payout is open.
    TestDispense(UnitNo),
    /// Open the shutter with what is stacked. Ends with [`Event::Presented`] or [`Event::Unanswered`].
    Present,
    /// Take back what lies behind or in the shutter into the retract unit. Ends with [`Event::Retracted`] or
    /// [`Event::Unanswered`].
    Retract,
    /// Where are the stacked notes now; `not_before` as for [`Command::LastStatus`]. Ends with
    /// [`Event::PresentStatus`] or [`Event::Failed`].
    PresentStatus {
        /// Not a byte goes out before this moment.
        not_before: Mono,
    },
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

/// Where the notes of one cassette are that were stacked since the exit was last empty. Their sum is what was stacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitPresented {
    /// Cassette that they came from.
    pub unit: UnitNo,
    /// Behind or in the shutter, as far as the device knows.
    pub lying: u32,
    /// Taken by somebody.
    pub taken: u32,
    /// In the retract unit.
    pub retracted: u32,
}

/// The shutter in front of the exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Shutter {
    /// Nobody reaches what lies behind it.
    Closed,
    /// Notes can be taken.
    Open,
    /// Neither: it stands somewhere, and notes may or may not be reached.
    Jammed,
}

/// What a present, a taking or a retract came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presentation {
    /// Where the shutter stands.
    pub shutter: Shutter,
    /// Per cassette, in unit order, every cassette of the device.
    pub units: Vec<UnitPresented>,
    /// The device's error, if it reported one. With it a present may have left the shutter closed, and a retract
    /// notes lying.
    pub error: Option<Error>,
    /// The device's own words put its counts in doubt: a note hangs in the shutter, sensor and counter contradict
    /// each other, or an error that nobody knows.
    pub counts_in_doubt: bool,
}

impl Presentation {
    /// Notes behind or in the shutter.
    #[must_use]
    pub fn lying(&self) -> u32 {
        self.units.iter().fold(0, |sum, unit| sum.saturating_add(unit.lying))
    }

    /// Notes that somebody has.
    #[must_use]
    pub fn taken(&self) -> u32 {
        self.units.iter().fold(0, |sum, unit| sum.saturating_add(unit.taken))
    }

    /// Notes in the retract unit.
    #[must_use]
    pub fn retracted(&self) -> u32 {
        self.units.iter().fold(0, |sum, unit| sum.saturating_add(unit.retracted))
    }
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
    /// The device's own words put its counts in doubt: errors that say so (LCDM-4000 05–08 and 40–43, LCDM-2000 3A,
    /// 3C and 3D), an error that nobody knows, or counters that contradict each other.
    pub counts_in_doubt: bool,
}

impl Movement {
    /// Notes that left the device; with [`Capabilities::present`] notes that were stacked.
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
    /// A dispense, test dispense or reset ended and the device counted.
    Moved(Movement),
    /// A present ended. Without an error the shutter is open and notes can be taken.
    Presented(Presentation),
    /// Nobody asked: the sensor sees the exit empty after a present. At most once per present.
    ItemsTaken(Presentation),
    /// A retract ended; what was presented and did not come back is in column `taken`.
    Retracted(Presentation),
    /// Answer to [`Command::PresentStatus`].
    PresentStatus(Presentation),
    /// A cash-moving command was written and no valid answer came; the device is idle by now or gone.
    Unanswered(Error),
    /// Answer to [`Command::LastStatus`].
    LastStatus {
        /// Which command it was.
        command: LastCommand,
        /// How it ended.
        movement: Movement,
    },
    /// A query failed after its repetitions, or a command was refused and nothing was done: before a byte was
    /// written, or by a device that says so of a present or retract.
    Failed(Error),
    /// The line opened or closed by itself.
    Line {
        /// Whether it is open now.
        open: bool,
    },
    /// DISPENSE (no other command) is on the wire: its last byte was handed to the line. Comes at most once per dispense.
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
