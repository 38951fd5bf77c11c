//! What has to happen, in the order in which it has to happen.
//!
//! [`Effect::Record`] with a [`CashCommand`] is the only way to express that cash moves: a payout that nobody wrote
//! down does not type-check.

use senim_domain::cash::{Denomination, UnitNo, UnitRequest};
use senim_domain::liveness::Challenge;
use senim_domain::time::Mono;
use senim_domain::touch::TouchCorrection;
use senim_domain::{OperationId, PayoutRequestId, RepaymentId, Secret};
use senim_hal::{identity_document, token};
use senim_operation::Draft;

use crate::dialogue::information::Leaflet;
use crate::durable::DurableState;

/// One thing to do.
#[derive(Debug)]
pub enum Effect {
    /// Make a row durable; only then the rest of the list.
    Record(Record),
    /// Ask the dispenser what its last command was; moves nothing and may be repeated.
    AskLastStatus {
        /// Not a byte goes out before.
        not_before: Mono,
    },
    /// Ask a dispenser with a shutter where the stacked notes are; moves nothing and may be repeated.
    AskPresentStatus {
        /// Not a byte goes out before.
        not_before: Mono,
    },
    /// Ask the dispenser how it is. Never asked while a payout is open.
    AskDispenser,
    /// Ask the printer how it is.
    AskPrinter,
    /// Ask every other device that can be asked how it is.
    AskPeripherals,
    /// Bring an acceptor that got power to rest; what it found in itself is in the journal before.
    ResetAcceptor,
    /// Take a checkpoint now: somebody opened the cabinet.
    Checkpoint,
    /// Send telemetry as soon as the line allows.
    SendTelemetry,
    /// Have the terminal's key certified by this code of the MFO; [`Event::Enrolled`](crate::Event::Enrolled) tells how it ended.
    Enrol(Secret),
    /// Tell the end of the program's log by [`Event::Log`](crate::Event::Log); nothing personal is in it.
    ReadLog,
    /// Write the journal onto the technician's stick and read it back; [`Event::Exported`](crate::Event::Exported) tells how it
    /// ended.
    ExportJournal,
    /// Correct touches by this from now on, in place of any correction before.
    CorrectTouch(TouchCorrection),
    /// Stop the terminal in order: the battery will not last, or the MFO asked for a restart.
    Stop {
        /// A code.
        reason: &'static str,
    },
    /// Take no more notes. Moves nothing, and may overtake rows.
    CloseAcceptor,
    /// Print the receipt of what has just ended.
    Print(Paper),
    /// Open the camera for preview.
    OpenCamera,
    /// Take a burst and hand over the best picture.
    TakePicture,
    /// Open the camera for preview and look for a QR code in what it sees.
    ReadCode,
    /// Open the camera, put the person to this challenge and tell how it goes.
    ProveLiving(Box<Challenge>),
    /// Close the camera.
    CloseCamera,
    /// Ask something of the card in the reader.
    Token(token::Command),
    /// Ask something of the identity document on the reader.
    IdentityDocument(identity_document::Command),
    /// The visit is over: forget everything about the person, everywhere.
    Wipe,
}

/// A receipt, by what it tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// A payout.
    Payout(PayoutRequestId),
    /// A repayment.
    Repayment(RepaymentId),
    /// What the MFO answered to this row in the cabinet.
    Slip(OperationId),
    /// The slip of the cash desk that this row asked for.
    Claim(OperationId),
    /// What anybody may take along.
    Leaflet(Leaflet),
    /// The transfer that this row asked for.
    Transfer(OperationId),
    /// A copy of the act of the exchange that this row tells of.
    Act(OperationId),
    /// A technician tries the printer.
    Test,
}

/// A row to be made durable.
#[derive(Debug)]
pub struct Record {
    /// Identity of the row, fixed now (idempotency key).
    pub op_id: OperationId,
    /// What it says.
    pub draft: Draft,
    /// The state that holds once this row is durable; written in the same transaction.
    pub durable: Option<Box<DurableState>>,
    /// Compact JWS of a durable message stored in the same transaction, with its kind.
    pub directive: Option<(String, String)>,
    /// What moves cash, after the row is durable and not otherwise.
    pub then: Option<CashCommand>,
}

/// A command that moves cash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CashCommand {
    /// The marker.
    Mark,
    /// The bundle.
    Dispense(Vec<UnitRequest>),
    /// Open the shutter with what is stacked.
    Present,
    /// Take back what lies behind or in the shutter.
    Retract,
    /// One note of this cassette into the reject unit.
    TestDispense(UnitNo),
    /// Let notes of these values into the acceptor's escrow, and no others.
    AcceptNotes(Vec<Denomination>),
    /// Keep the note in escrow.
    StackNote,
    /// Give the note in escrow back.
    ReturnNote,
    /// Bring an acceptor that got power to rest: the note in its validator comes back.
    ResetAcceptor,
}
