//! The chip between reader and card: power, ATR, PPS, and which protocol is spoken.

use super::Fault;
use super::block::{BlockCounts, Blocks};
use super::frame::lrc;
use super::tpdu::Tpdus;
use crate::card::Card;
use crate::faults::FaultSet;

/// Speed of the ATR.
const FIRST_SPEED: u8 = 0x11;

/// What an ATR says of protocols.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Offer {
    protocols: Vec<u8>,
    /// TA2: one protocol only, no PPS.
    specific: bool,
    /// TA1.
    speed: u8,
}

#[derive(Debug)]
enum Speech {
    /// The first bytes decide: PPS or the first protocol.
    Open,
    T0(Tpdus),
    T1(Blocks),
}

/// A chip with power.
#[derive(Debug)]
pub(super) struct Chip {
    offer: Offer,
    speech: Speech,
    speed: u8,
    /// How the reader speaks: protocol number and speed, by SetParameters; before that as the card begins.
    reader: (u8, u8),
}

impl Chip {
    /// A chip that has just told `atr`.
    pub(super) fn new(atr: &[u8]) -> Self {
        let offer = offer(atr);
        let first = offer.protocols.first().copied().unwrap_or(0);
        let speed = if offer.specific { offer.speed } else { FIRST_SPEED };
        let speech = if offer.specific { speech(first) } else { Speech::Open };
        Self { offer, speech, speed, reader: (first, speed) }
    }

    /// 0 or 1; nothing while it is open.
    pub(super) fn protocol(&self) -> Option<u8> {
        match self.speech {
            Speech::Open => None,
            Speech::T0(_) => Some(0),
            Speech::T1(_) => Some(1),
        }
    }

    /// Whether what is said next is a block.
    pub(super) fn has_blocks(&self) -> bool {
        match self.speech {
            Speech::Open => self.offer.protocols.first() == Some(&1),
            Speech::T0(_) => false,
            Speech::T1(_) => true,
        }
    }

    /// Speed byte agreed on.
    pub(super) const fn speed(&self) -> u8 {
        self.speed
    }

    /// The reader's side, as SetParameters has it.
    pub(super) const fn tune(&mut self, protocol: u8, speed: u8) {
        self.reader = (protocol, speed);
    }

    /// What the reader says, and what the card answers; `None`: mute.
    pub(super) fn exchange(
        &mut self,
        bytes: &[u8],
        card: &mut dyn Card,
        faults: &mut FaultSet<Fault>,
        counts: &mut BlockCounts,
    ) -> Option<Vec<u8>> {
        if matches!(self.speech, Speech::Open) {
            if bytes.first() == Some(&0xFF) {
                if faults.take(Fault::NoPps).is_some() {
                    return None;
                }
                return self.agree(bytes);
            }
            self.speech = speech(self.offer.protocols.first().copied().unwrap_or(0));
        }
        // A reader that speaks otherwise than the card hears nothing from it.
        if self.reader != (self.protocol()?, self.speed) {
            return None;
        }
        match &mut self.speech {
            Speech::Open => None,
            Speech::T0(tpdus) => tpdus.receive(bytes, card, &mut counts.apdus),
            Speech::T1(blocks) => blocks.receive(bytes, card, faults, counts),
        }
    }

    /// PPS: agrees to what was offered, by repeating the request.
    fn agree(&mut self, request: &[u8]) -> Option<Vec<u8>> {
        let format = *request.get(1)?;
        let follow = (format >> 4 & 0x07).count_ones();
        let whole = usize::try_from(follow).unwrap_or(0).saturating_add(3);
        if request.len() != whole || lrc(request) != 0 || !self.offer.protocols.contains(&(format & 0x0F)) {
            return None;
        }
        if format & 0x10 != 0 {
            let speed = *request.get(2)?;
            if speed != self.offer.speed && speed != FIRST_SPEED {
                return None;
            }
            self.speed = speed;
        }
        self.speech = speech(format & 0x0F);
        Some(request.to_vec())
    }
}

fn speech(protocol: u8) -> Speech {
    if protocol == 1 { Speech::T1(Blocks::new()) } else { Speech::T0(Tpdus::default()) }
}

/// Interface characters of an ATR: which groups have which bytes.
fn offer(atr: &[u8]) -> Offer {
    let mut offer = Offer { protocols: Vec::new(), specific: false, speed: FIRST_SPEED };
    let mut flags = atr.get(1).copied().unwrap_or(0);
    let mut at = 2_usize;
    for group in 1..=8_u8 {
        for bit in [0x10, 0x20, 0x40] {
            if flags & bit == 0 {
                continue;
            }
            if let Some(byte) = atr.get(at) {
                match (group, bit) {
                    (1, 0x10) => offer.speed = *byte,
                    (2, 0x10) => {
                        offer.specific = true;
                        offer.protocols = vec![byte & 0x0F];
                    }
                    _ => {}
                }
            }
            at = at.saturating_add(1);
        }
        let Some(next) = atr.get(at).filter(|_| flags & 0x80 != 0) else { break };
        at = at.saturating_add(1);
        let protocol = next & 0x0F;
        if protocol != 15 && !offer.specific && !offer.protocols.contains(&protocol) {
            offer.protocols.push(protocol);
        }
        flags = *next;
    }
    if offer.protocols.is_empty() {
        offer.protocols.push(0);
    }
    offer
}
