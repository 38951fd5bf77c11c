//! What enters the session: touches, answers, device events, facts of the kernel.

use senim_domain::cash::UnitNo;
use senim_domain::liveness::{Colour, LivenessFailure, ModelHash, Phase};
use senim_domain::portrait::Instruction;
use senim_domain::{ChallengeId, OperationId, OrderId, Secret, SecretBytes};
use senim_hal::power::DispenserLatch;
use senim_hal::{
    Error, assistive, cabinet, card_reader, cash_acceptor, cash_dispenser, identity_document, location,
    receipt_printer, supply, token,
};
use senim_operation::body::{EnrolmentOutcome, ExportOutcome};
use senim_operation::message::Message;

use crate::action::Action;
use crate::effect::Paper;
use crate::service::Upkeep;

/// Something happened.
#[derive(Debug)]
pub enum Event {
    /// The journal is open, stored directives and the latch were fed: begin, and first of all settle an open payout.
    Started {
        /// Whether the last run ended by an orderly stop.
        clean_stop: bool,
        /// SHA-256 of the configuration file, base64url.
        config_sha256: String,
    },
    /// The person decided something.
    Action(Action),
    /// A session message of the MFO, verified.
    Answer(Box<Message>),
    /// A durable message of the MFO, verified and new.
    Directive(Box<Message>),
    /// The MFO called for rows again and the journal's watermark was set back (`Rewind`).
    Rewound {
        /// The call, verified and new.
        message: Box<Message>,
        /// Last row before.
        head_seq: u64,
        /// First row that is still here.
        pruned: u64,
    },
    /// A durable message read back from the journal at start.
    Stored(Box<Message>),
    /// A message that could not be verified.
    MessageRefused {
        /// Its kind as far as readable.
        kind: String,
        /// SHA-256 of what came, base64url.
        sha256: String,
        /// Why, a code.
        reason: String,
    },
    /// From the dispenser.
    Dispenser(cash_dispenser::Event),
    /// From the printer, outside a receipt.
    Printer(receipt_printer::Event),
    /// A receipt was printed or not.
    ReceiptDone {
        /// Of what.
        paper: Paper,
        /// Confirmed by the printer.
        printed: bool,
        /// SHA-256 of the raster, base64url.
        sha256: String,
    },
    /// From the camera's thread.
    Camera(CameraEvent),
    /// From any other device.
    Peripheral(Peripheral),
    /// What came of [`Effect::Enrol`](crate::Effect::Enrol).
    Enrolled(EnrolmentOutcome),
    /// The end of the program's log, newest line first; the answer to [`Effect::ReadLog`](crate::Effect::ReadLog).
    Log(Vec<String>),
    /// What came of [`Effect::ExportJournal`](crate::Effect::ExportJournal).
    Exported(ExportOutcome),
    /// From the card in the reader.
    Token(token::Event),
    /// From the identity document on the reader.
    IdentityDocument(identity_document::Event),
    /// A technician asks for one note of this cassette to go to the reject unit.
    TestDispense(UnitNo),
    /// The power latch was read; `None` when there is none or it does not answer.
    Latch(Option<DispenserLatch>),
    /// How the terminal's upkeep stands; told while the service mode is up.
    Upkeep(Upkeep),
    /// The line to the MFO works or does not.
    Uplink {
        /// Whether the gateway answers and the time is trusted.
        online: bool,
        /// Code of a cause that waiting does not cure; empty otherwise.
        cause: String,
    },
    /// A row is durable.
    Recorded {
        /// Which.
        op_id: OperationId,
        /// SHA-256 of the row, base64url.
        sha256: String,
        /// Key epoch in which it was signed.
        epoch: u64,
    },
    /// A row that would have moved cash could not be written, so nothing moves.
    RecordRefused {
        /// Which.
        op_id: OperationId,
    },
    /// The journal cannot be written (`false`) or can again (`true`).
    Journal {
        /// Whether it takes rows.
        writable: bool,
    },
    /// Whether the journal has room beyond the reserve kept for business already open (design section 4).
    NewBusiness {
        /// It has.
        accepted: bool,
    },
    /// The cash officer says that the order was carried out.
    ExchangeDone(OrderId),
    /// The moment of `poll_timeout` has come.
    Timeout,
    /// The firmware is asked to stop in order.
    Stop {
        /// A code.
        reason: String,
    },
}

/// From the camera's thread.
#[derive(Debug)]
pub enum CameraEvent {
    /// The preview runs.
    Opened,
    /// The best picture of a burst, good enough to be sent.
    Picture {
        /// PNG.
        png: SecretBytes,
        /// Score 0–100.
        quality: u8,
    },
    /// No picture of the burst is good enough: what the person can do.
    Poor(Instruction),
    /// What a QR code held before it says; not told again while the same one is held there. Empty: no text.
    Code(Secret),
    /// A sequence of movements goes on.
    Sequence {
        /// Which.
        challenge: ChallengeId,
        /// Where it is.
        phase: Phase,
        /// Colour of the whole screen.
        flash: Option<Colour>,
    },
    /// A sequence of movements is over.
    Proof {
        /// Which.
        challenge: ChallengeId,
        /// Whether somebody living was shown; why not.
        outcome: Result<(), LivenessFailure>,
        /// What looked at the frames.
        models: Vec<ModelHash>,
        /// Frames and pictures, to be sealed.
        evidence: SecretBytes,
    },
    /// The camera failed.
    Failed(senim_hal::Error),
}

/// A device beside dispenser, printer and camera, by its section in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Device {
    /// Cash acceptor.
    Acceptor,
    /// Contact card reader.
    Card,
    /// Contactless card reader.
    Nfc,
    /// Mains and battery.
    Supply,
    /// Location receiver.
    Location,
    /// Cabinet sensors.
    Cabinet,
    /// Keypad and headphone jack.
    Assistive,
    /// Status panel.
    Panel,
    /// Watchdog.
    Watchdog,
    /// The journal's own file: what is wrong with it was found while the terminal works.
    Journal,
    /// The copy of unsent rows on a second device.
    JournalCopy,
    /// The board: somebody else has a hand in it.
    Board,
}

impl Device {
    /// Its name in configuration, rows and on the technician's screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Acceptor => "acceptor",
            Self::Card => "card",
            Self::Nfc => "nfc",
            Self::Supply => "supply",
            Self::Location => "location",
            Self::Cabinet => "cabinet",
            Self::Assistive => "assistive",
            Self::Panel => "panel",
            Self::Watchdog => "watchdog",
            Self::Journal => "journal",
            Self::JournalCopy => "journalCopy",
            Self::Board => "board",
        }
    }
}

/// What such a device tells.
#[derive(Debug)]
pub enum Peripheral {
    /// From the cash acceptor.
    Acceptor(cash_acceptor::Event),
    /// From a card reader: [`Device::Card`] or [`Device::Nfc`].
    CardReader(Device, card_reader::Event),
    /// From the power supply.
    Supply(supply::Event),
    /// From the location receiver.
    Location(location::Event),
    /// From the cabinet.
    Cabinet(cabinet::Change),
    /// From the keypad or the jack.
    Assistive(assistive::Event),
    /// A device without a dialogue of its own works, or does not.
    Health(Device, Result<(), Error>),
    /// [`Device::Journal`], [`Device::JournalCopy`] or [`Device::Board`] is in order, or cause and action for the
    /// technician.
    Storage(Device, Result<(), String>),
}
