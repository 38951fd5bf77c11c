//! Port: cash acceptor, one note at a time through escrow (XFS4IoT CashAcceptor: CashIn, CashInEnd, CashInRollback).
//!
//! **For driver authors.** [`Command::Stack`] and [`Command::Return`] move cash: each is written to the wire once. On NAK,
//! silence or garbage go on polling and report what the device tells, or [`Event::Unanswered`] when it tells nothing.
//! Tell each note's [`Event::Escrowed`] and [`Event::Stacked`] once, however often the device repeats them; a repetition
//! that you cannot attribute is [`Event::Contradiction`], never a second credit. While a note waits in escrow, hold it
//! (CCNET: HOLD) for as long as the session needs, at most [`Capabilities::escrow_ms_max`].
//!
//! **For session authors.** A note's life is `Escrowed` → your durable row → `Stack` → `Stacked` → credit. Credit only what
//! you have a durable escrow for. [`Event::FoundAtPowerUp`] tells where a note lay when the device lost power: in the
//! validator it comes back on reset, past recall it is the MFO's decision by the open escrow row.
//! A note whose Stack or Return ended as jammed or unanswered may still be told as [`Event::Stacked`] or
//! [`Event::Returned`] later, when the device gets over it: once, and never after a reset or a power-up.

use senim_domain::Mono;
use senim_domain::cash::Denomination;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::line::LineDriver;

/// What an acceptor can do; constant for the life of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Notes wait in escrow for a decision.
    pub escrow: bool,
    /// Longest stay in escrow, ms; after it the driver returns the note by itself and tells so.
    pub escrow_ms_max: u64,
}

/// What the session may ask. One at a time; [`Command::Stack`] and [`Command::Return`] only after [`Event::Escrowed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Who is there and how is it. Ends with [`Event::Status`] or [`Event::Failed`]. Never moves a note, so it is allowed
    /// while a note found at power-up still lies in the device.
    Status,
    /// Bring the device to rest after power-up or a cured jam; a note in the validator comes back to the borrower. Ends
    /// with [`Event::ResetDone`] or [`Event::Unanswered`]. Never implied by anything else.
    Reset,
    /// Take these notes of the national currency and no others. Ends with [`Event::Enabled`] or [`Event::Failed`].
    Enable(Vec<Denomination>),
    /// Take no more notes; one in escrow stays for a decision. Ends with [`Event::Disabled`] or [`Event::Failed`].
    Disable,
    /// Keep the note in escrow. Ends with [`Event::Stacked`], [`Event::Returned`], [`Event::Jammed`] or
    /// [`Event::Unanswered`].
    Stack,
    /// Give the note in escrow back. Ends as [`Command::Stack`].
    Return,
}

/// Where a note lay when the device got its power back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Position {
    /// In the validator: comes back on reset, no credit.
    Validator,
    /// Past recall, in or before the stacker.
    Stacker,
}

/// State of the stacker (cash unit, XFS4IoT words).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stacker {
    /// Seated, with room.
    Ok,
    /// Full.
    Full,
    /// Out.
    Missing,
}

/// Why a note was pushed back at the mouth. The person simply tries another note; the device's own code is for statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// Put in askew, two at once, or held.
    Insertion,
    /// Not recognised as genuine.
    NotRecognised,
    /// Genuine and not taken now: its denomination is not enabled, or the sum is reached.
    NotEnabled,
    /// Cannot be taken for the device's own reasons.
    Device,
}

/// What the session may hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Answer to [`Command::Status`].
    Status {
        /// Part and serial number as the device tells them.
        identity: String,
        /// Notes of the national currency that the device knows, ascending.
        denominations: Vec<Denomination>,
        /// The stacker.
        stacker: Stacker,
        /// A standing error.
        error: Option<Error>,
    },
    /// Notes are taken now.
    Enabled,
    /// No notes are taken now.
    Disabled,
    /// [`Command::Reset`] has ended and the device is at rest, disabled.
    ResetDone,
    /// A note is being drawn in.
    Accepting,
    /// A note was pushed back at the mouth.
    Refused {
        /// Why.
        reason: Refusal,
        /// The device's code.
        code: u8,
    },
    /// A recognised note waits for a decision. Its row must be durable before [`Command::Stack`].
    Escrowed(Denomination),
    /// The note is in the stacker: credit it, once.
    Stacked(Denomination),
    /// The note was given back.
    Returned(Denomination),
    /// The note is stuck on its way; where it ends is known after a person has opened the device.
    Jammed {
        /// The note, where it was in escrow before.
        note: Option<Denomination>,
        /// The device's words.
        error: Error,
    },
    /// A note lay in the device when it got power. Told once for each power-up.
    FoundAtPowerUp(Position),
    /// The stacker was taken out, put back or is full.
    Stacker(Stacker),
    /// The device repeats or claims something that no command of ours explains. To be journalled, not credited.
    Contradiction {
        /// The device's words.
        detail: String,
    },
    /// Stack, Return or Reset was written and the device tells nothing of it.
    Unanswered(Error),
    /// A query or Enable/Disable failed after its repetitions, or a command was refused before a byte was written.
    Failed(Error),
    /// The device stopped by itself (failure, cheated, paused).
    Fault(Error),
    /// The line opened or closed by itself.
    Line {
        /// Whether it is open now.
        open: bool,
    },
}

/// A cash acceptor driver.
pub trait CashAcceptor: LineDriver {
    /// What this device can do.
    fn capabilities(&self) -> Capabilities;

    /// Begins a command.
    ///
    /// # Errors
    /// [`crate::ErrorKind::DeviceBusy`] while one is under way, [`crate::ErrorKind::UserError`] for Stack or Return without
    /// a note in escrow; nothing is written then.
    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error>;

    /// The next thing to tell.
    fn poll_event(&mut self) -> Option<Event>;
}
