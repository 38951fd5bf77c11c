//! Port: card reader, contact and contactless, at APDU level (XFS4IoT CardReader: ChipPower, ChipIO).
//!
//! **For driver authors.** You own everything below the APDU: activation, block protocol, chaining, waiting times,
//! retransmission of *blocks*. An APDU is never repeated by a driver: VERIFY twice is two tries of a PIN. Presence is
//! yours to watch while no command is under way; [`Event::MediaInserted`] and [`Event::MediaRemoved`] alternate.
//!
//! **For session authors.** The reader belongs to whoever powered the chip until [`ChipPower::Off`] or
//! [`Event::MediaRemoved`]. A card that leaves during a command ends it with [`Event::MediaRemoved`], not with a
//! failure. Repeating [`Command::Status`] is free; repeating [`Command::ChipIo`] is your decision and the card's risk.
//! A cold or warm reset loses everything that the card had verified.

use senim_domain::{Mono, SecretBytes};

use crate::error::Error;
use crate::line::LineDriver;

/// How a card touches the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Interface {
    /// ISO/IEC 7816-3: in the slot.
    Contact,
    /// ISO/IEC 14443: on the surface.
    Contactless,
}

/// What a reader can do; constant for the life of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// How cards touch it.
    pub interface: Interface,
    /// Longest command APDU in bytes that goes through whole.
    pub max_command: usize,
    /// Longest response APDU in bytes, status word included.
    pub max_response: usize,
    /// Whether it has keys of its own, on which a PIN is typed past this machine ([`Command::EnterPin`]).
    pub keypad: bool,
}

/// Whether a card is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Media {
    /// A card lies on the reader or sits in the slot.
    Present,
    /// None.
    NotPresent,
}

/// ChipPower of XFS4IoT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipPower {
    /// Activate from no power: everything that the card knew of this visit is gone.
    Cold,
    /// Reset under power.
    Warm,
    /// Let go of the card.
    Off,
}

/// What the session may ask. One at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Who is there and is there a card. Ends with [`Event::Status`] or [`Event::Failed`].
    Status,
    /// Ends with [`Event::ChipPowered`], with [`Event::ChipReleased`] for [`ChipPower::Off`], with
    /// [`Event::MediaRemoved`] or with [`Event::Failed`].
    ChipPower(ChipPower),
    /// One command APDU. Ends with [`Event::ChipIo`], [`Event::MediaRemoved`] or [`Event::Failed`]; after a failure the
    /// card's state is unknown and the chip has to be powered again.
    ChipIo(SecretBytes),
    /// Has somebody type a PIN on the reader's own keys, which the reader puts into a command and gives to the card, once.
    /// Ends as [`Command::ChipIo`] does, or with [`Event::PinNotTyped`]; then the card has seen nothing and keeps its power.
    EnterPin(PinEntry),
}

/// A PIN that is typed on the reader's own keys: in digits, each a byte of ASCII from the first byte of the command's data on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinEntry {
    /// The command APDU, with what pads the PIN in its place.
    pub command: SecretBytes,
    /// Fewest and most digits; the key that confirms does nothing before and no digit is taken beyond.
    pub digits: (u8, u8),
    /// How long the reader waits for a key, seconds.
    pub seconds: u8,
}

/// Why no PIN was typed. The card knows nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTyped {
    /// Nobody finished in time.
    TimedOut,
    /// Somebody pressed the key that gives up.
    Cancelled,
}

/// What the session may hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Answer to [`Command::Status`].
    Status {
        /// Firmware as the reader tells it.
        identity: String,
        /// Whether a card is there.
        media: Media,
        /// A standing error.
        error: Option<Error>,
    },
    /// A card came.
    MediaInserted,
    /// The card left; ends the command under way.
    MediaRemoved,
    /// The chip has power.
    ChipPowered {
        /// ATR of a contact card, or the historical bytes of the ATS behind its header bytes. No serial number of the
        /// card is handed up: it would identify the person.
        answer_to_reset: Vec<u8>,
    },
    /// The chip was let go.
    ChipReleased,
    /// Response APDU, status word last.
    ChipIo(SecretBytes),
    /// No PIN was typed on the reader's keys; nothing reached the card.
    PinNotTyped(NotTyped),
    /// Not done, or not known to be.
    Failed(Error),
    /// The line opened or closed by itself.
    Line {
        /// Whether it is open now.
        open: bool,
    },
}

/// A card reader driver.
pub trait CardReader: LineDriver {
    /// What this reader can do.
    fn capabilities(&self) -> Capabilities;

    /// Begins a command.
    ///
    /// # Errors
    /// [`crate::ErrorKind::DeviceBusy`] while one is under way, [`crate::ErrorKind::UserError`] for an APDU longer than
    /// the reader takes, for ChipIO without power and for a PIN where the reader has no keys; nothing is written then.
    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error>;

    /// The next thing to tell.
    fn poll_event(&mut self) -> Option<Event>;
}
