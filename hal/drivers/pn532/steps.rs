//! What can be under way, and the chip's commands that it is made of.

use senim_domain::SecretBytes;
use senim_hal::Error;
use senim_hal::card_reader::ChipPower;

use super::codec::Code;
use super::link::Repeat;

/// Data bytes of one InDataExchange: 265 less TFI, code and target.
const PIECE_MAX: usize = 262;
/// The card: only one is ever listed.
const TARGET: u8 = 0x01;
/// In the target byte: more of the command is to come.
const MORE: u8 = 0x40;
/// SetParameters: ATR_RES and RATS by the chip, as after power-up.
const PARAMETERS: u8 = 0x14;

/// An APDU on its way. Nothing of it shows in debug output.
pub(super) struct Apdu {
    command: SecretBytes,
    sent: usize,
    pub(super) response: Vec<u8>,
}

impl Apdu {
    pub(super) const fn new(command: SecretBytes) -> Self {
        Self { command, sent: 0, response: Vec::new() }
    }

    pub(super) fn is_sent(&self) -> bool {
        self.sent >= self.command.expose().len()
    }

    /// Data of the next InDataExchange; with nothing left to send it fetches more of the response.
    pub(super) fn next_piece(&mut self) -> Vec<u8> {
        let rest = self.command.expose().get(self.sent..).unwrap_or_default();
        let piece = rest.get(..PIECE_MAX).unwrap_or(rest);
        let more = if rest.len() > piece.len() { MORE } else { 0 };
        let data = [&[TARGET | more], piece].concat();
        self.sent = self.sent.saturating_add(piece.len());
        data
    }
}

impl std::fmt::Debug for Apdu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Apdu(…)")
    }
}

/// What is under way.
#[derive(Debug)]
pub(super) enum Job {
    Status,
    Power(ChipPower),
    Io(Apdu),
    /// An APDU ended in this error: is the card still there?
    Doubt(Error),
    /// The driver's own look between commands.
    Watch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Wake,
    Firmware,
    Parameters,
    Retries,
    Check { left: u8 },
    FieldOff,
    List,
    Deselect,
    Select,
    Release,
    Exchange,
}

impl Step {
    pub(super) const fn code(self) -> Code {
        match self {
            Self::Wake => Code::SamConfiguration,
            Self::Firmware => Code::GetFirmwareVersion,
            Self::Parameters => Code::SetParameters,
            Self::Retries | Self::FieldOff => Code::RfConfiguration,
            Self::Check { .. } => Code::Diagnose,
            Self::List => Code::InListPassiveTarget,
            Self::Deselect => Code::InDeselect,
            Self::Select => Code::InSelect,
            Self::Release => Code::InRelease,
            Self::Exchange => Code::InDataExchange,
        }
    }

    /// Data of the command, but for [`Step::Exchange`] which carries a piece of an APDU.
    pub(super) fn data(self, activation_retries: u8) -> Vec<u8> {
        match self {
            // Normal mode: no SAM in play.
            Self::Wake => vec![0x01],
            Self::Firmware => Vec::new(),
            Self::Parameters => vec![PARAMETERS],
            // Retries of ATR_REQ and PSL_REQ as after power-up.
            Self::Retries => vec![0x05, 0xFF, 0x01, activation_retries],
            Self::Check { .. } => vec![0x06],
            Self::FieldOff => vec![0x01, 0x00],
            // One card, 106 kbps type A.
            Self::List => vec![0x01, 0x00],
            Self::Deselect | Self::Select | Self::Exchange => vec![TARGET],
            // All of them.
            Self::Release => vec![0x00],
        }
    }

    pub(super) const fn repeat(self) -> Repeat {
        match self {
            Self::List | Self::Exchange => Repeat::Never,
            Self::Wake
            | Self::Firmware
            | Self::Parameters
            | Self::Retries
            | Self::Check { .. }
            | Self::FieldOff
            | Self::Deselect
            | Self::Select
            | Self::Release => Repeat::Allowed,
        }
    }
}
