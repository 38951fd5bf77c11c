//! The steps that commands are made of, each one message to the reader: what it says, how long it is waited for and
//! whether it may be said again.

use senim_domain::SecretBytes;
use senim_hal::card_reader::PinEntry;

use super::Voltage;
use super::atr::{Atr, Plan, Protocol, pps};
use super::codec::Code;
use super::keypad;

/// Escape: the reader's firmware in words.
const ESCAPE_FIRMWARE: u8 = 0x02;
/// Escape: card movements are told between command and answer only (protocols section 5).
const ESCAPE_SYNCHRONOUS: [u8; 3] = [0x01, 0x01, 0x01];

/// One try to give a card power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    /// Which of the configured voltages.
    pub volts: usize,
    /// Whether the card is asked for another protocol or speed. Not again after it was asked in vain.
    pub ask: bool,
    /// A reset under power: no other voltage is tried.
    pub warm: bool,
}

/// A card whose ATR was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// The ATR as it came.
    pub answer_to_reset: Vec<u8>,
    /// What it says.
    pub atr: Atr,
    /// What is used.
    pub plan: Plan,
}

/// A message to the reader and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Status: who is there.
    Firmware,
    /// Status: card movements are to be told between command and answer only.
    Notify { identity: String },
    /// Status: is there a card.
    Slot { identity: String },
    /// The driver's own look at the slot.
    Poll,
    /// Lets go of the card.
    Release,
    /// Takes power away before it is given.
    Deactivate(Attempt),
    /// Gives power.
    Activate(Attempt),
    /// Asks the card for another protocol or speed.
    Agree(Attempt, Known),
    /// Tells the reader what was agreed on.
    Parameters(Attempt, Known),
    /// Tells a T=1 card the block size.
    Size(Known),
    /// A PIN is typed on the reader's keys, for the block or TPDU of an APDU.
    Keypad(PinEntry),
    /// A block of an APDU.
    Block,
    /// A TPDU of an APDU.
    Tpdu,
    /// An exchange with the card came to nothing: is the card still there.
    Doubt(Box<Step>),
}

/// The parts of a message that belong to a step alone. Blocks and TPDUs come from the protocol.
pub(super) struct Said {
    pub code: Code,
    pub specific: [u8; 3],
    pub data: Vec<u8>,
}

impl Step {
    /// Whether saying it twice changes nothing that counts. Power may come twice before the session has the card.
    pub(super) const fn is_repeatable(&self) -> bool {
        match self {
            Self::Firmware
            | Self::Notify { .. }
            | Self::Slot { .. }
            | Self::Poll
            | Self::Release
            | Self::Deactivate(_)
            | Self::Activate(_)
            | Self::Parameters(..)
            | Self::Doubt(_) => true,
            Self::Agree(..) | Self::Size(_) | Self::Keypad(_) | Self::Block | Self::Tpdu => false,
        }
    }

    /// The message of a step that carries no block and no TPDU.
    pub(super) fn said(&self, voltages: &[Voltage]) -> Said {
        let (code, specific, data) = match self {
            Self::Firmware => (Code::Escape, [0; 3], vec![ESCAPE_FIRMWARE]),
            Self::Notify { .. } => (Code::Escape, [0; 3], ESCAPE_SYNCHRONOUS.to_vec()),
            Self::Slot { .. } | Self::Poll | Self::Doubt(_) => (Code::SlotStatus, [0; 3], Vec::new()),
            Self::Release | Self::Deactivate(_) => (Code::PowerOff, [0; 3], Vec::new()),
            Self::Activate(attempt) => {
                let volts = match voltages.get(attempt.volts) {
                    None | Some(Voltage::V5) => 1,
                    Some(Voltage::V3) => 2,
                    Some(Voltage::V1_8) => 3,
                };
                (Code::PowerOn, [volts, 0, 0], Vec::new())
            }
            Self::Agree(_, card) => (Code::Transfer, [0; 3], pps(card.plan)),
            Self::Parameters(_, card) => {
                (Code::SetParameters, [card.plan.protocol.number(), 0, 0], parameters(card))
            }
            Self::Keypad(_) => (Code::Secure, [0; 3], Vec::new()),
            Self::Size(_) | Self::Block | Self::Tpdu => (Code::Transfer, [0; 3], Vec::new()),
        };
        Said { code, specific, data }
    }
}

/// The data of SetParameters (CCID 1.1, section 6.1.7).
fn parameters(card: &Known) -> Vec<u8> {
    let Known { atr, plan, .. } = card;
    let convention = if atr.inverse { 0x02 } else { 0 };
    match plan.protocol {
        Protocol::T0 => vec![plan.speed, convention, atr.guard, atr.waiting, 0],
        // 10h: blocks are checked by LRC. The last bytes: clock never stops, IFSC, NAD.
        Protocol::T1 => {
            vec![plan.speed, 0x10 | convention, atr.guard, atr.block_waiting, 0, atr.ifsc, 0]
        }
    }
}

/// A protocol that is spoken with a card, as far as it concerns the reader.
#[derive(Debug)]
pub(super) enum Chip {
    /// Characters.
    T0 {
        /// The command under way.
        exchange: Option<super::t0::T0>,
        /// The card's own waiting time.
        wait_ms: u64,
    },
    /// Blocks.
    T1 {
        /// The connection.
        link: super::t1::T1,
        /// The card's own waiting time for one block.
        wait_ms: u64,
        /// Factor of the waiting time that the card was granted.
        factor: u8,
    },
}

impl Chip {
    pub(super) fn new(card: &Known) -> Self {
        match card.plan.protocol {
            Protocol::T0 => Self::T0 { exchange: None, wait_ms: card.atr.character_wait_ms() },
            Protocol::T1 => Self::T1 {
                link: super::t1::T1::new(card.atr.ifsc),
                wait_ms: card.atr.block_wait_ms(),
                factor: 1,
            },
        }
    }

    pub(super) const fn protocol(&self) -> Protocol {
        match self {
            Self::T0 { .. } => Protocol::T0,
            Self::T1 { .. } => Protocol::T1,
        }
    }

    /// The message for a PIN on the reader's keys: its command goes to the card as this protocol has it.
    pub(super) fn pin_message(&self, entry: &PinEntry) -> SecretBytes {
        let prologue = match self {
            Self::T0 { .. } => [0; 3],
            Self::T1 { link, .. } => link.block().expose().first_chunk().copied().unwrap_or_default(),
        };
        keypad::message(entry, prologue)
    }

    /// The block or TPDU to send, the reader's factor for its waiting time, and how long the card may take.
    pub(super) fn on_wire(&self) -> (SecretBytes, u8, u64) {
        match self {
            Self::T0 { exchange, wait_ms } => {
                let tpdu = exchange.as_ref().map(|exchange| exchange.tpdu().clone()).unwrap_or_default();
                (tpdu, 0, *wait_ms)
            }
            Self::T1 { link, wait_ms, factor } => {
                let granted = if *factor > 1 { *factor } else { 0 };
                (link.block().clone(), granted, wait_ms.saturating_mul(u64::from(*factor)))
            }
        }
    }
}
