//! Card side of T=1 (ISO/IEC 7816-3, section 11): takes blocks, gives blocks, runs whole APDUs on the card.
//!
//! The card never repeats by itself: it answers what it is sent, and an R-block gets what is missing.

use super::Fault;
use super::frame::lrc;
use crate::card::Card;
use crate::faults::FaultSet;

/// INF of the reader's blocks before S(IFS).
const SMALL: usize = 32;
/// Blocks asked for under fault `ifs_request`.
const TINY: u8 = 16;
const LONGEST_APDU: usize = 65_544;

/// What was sent last, beside an I-block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    Nothing,
    /// S(WTX response).
    Time,
    /// S(IFS response).
    Size,
}

/// Counters for the control interface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct BlockCounts {
    /// APDUs that the card has executed.
    pub apdus: u64,
    /// S(RESYNCH) answered.
    pub resynchronisations: u64,
    /// R-blocks received that asked for something again.
    pub repetitions: u64,
    /// I-blocks received a second time.
    pub duplicates: u64,
    /// S(WTX) granted.
    pub extensions: u64,
}

/// The card's end of the block protocol.
#[derive(Debug)]
pub(super) struct Blocks {
    /// Number of the next I-block to send, and of the one expected.
    send: u8,
    expect: u8,
    largest: usize,
    command: Vec<u8>,
    /// Response that has not been sent yet.
    response: Vec<u8>,
    last: Vec<u8>,
    waiting: Waiting,
}

impl Blocks {
    pub(super) fn new() -> Self {
        Self {
            send: 0,
            expect: 0,
            largest: SMALL,
            command: Vec::new(),
            response: Vec::new(),
            last: Vec::new(),
            waiting: Waiting::Nothing,
        }
    }

    /// One block in, one block out; `None`: the card is mute.
    pub(super) fn receive(
        &mut self,
        block: &[u8],
        card: &mut dyn Card,
        faults: &mut FaultSet<Fault>,
        counts: &mut BlockCounts,
    ) -> Option<Vec<u8>> {
        let [nad, pcb, length, inf @ .., _] = block else { return Some(self.reject(1)) };
        if lrc(block) != 0 || usize::from(*length) != inf.len() {
            return Some(self.reject(1));
        }
        if *nad != 0 {
            return Some(self.reject(2));
        }
        match pcb {
            0x00..=0x7F => self.on_information(*pcb, inf, card, faults, counts),
            0x80..=0xBF => Some(self.on_receipt(*pcb, counts)),
            _ => self.on_supervision(*pcb, inf, faults, counts),
        }
    }

    fn on_information(
        &mut self,
        pcb: u8,
        inf: &[u8],
        card: &mut dyn Card,
        faults: &mut FaultSet<Fault>,
        counts: &mut BlockCounts,
    ) -> Option<Vec<u8>> {
        if pcb >> 6 & 1 != self.expect {
            counts.duplicates = counts.duplicates.saturating_add(1);
            return Some(self.reject(0));
        }
        self.expect ^= 1;
        self.waiting = Waiting::Nothing;
        self.response.clear();
        self.command.extend_from_slice(inf);
        if self.command.len() > LONGEST_APDU {
            self.command.clear();
            return None;
        }
        if pcb & 0x20 != 0 {
            return Some(self.put(0x80 | self.expect << 4, &[]));
        }
        let command = std::mem::take(&mut self.command);
        counts.apdus = counts.apdus.saturating_add(1);
        self.response = card.transmit(&command)?;
        if faults.take(Fault::CardAborts).is_some() {
            return Some(self.put(0xC2, &[]));
        }
        if faults.take(Fault::IfsRequest).is_some() {
            self.waiting = Waiting::Size;
            return Some(self.put(0xC1, &[TINY]));
        }
        Some(self.answer(faults))
    }

    /// The next block of the response, or a request for time.
    fn answer(&mut self, faults: &mut FaultSet<Fault>) -> Vec<u8> {
        if faults.take(Fault::Wtx).is_some() {
            self.waiting = Waiting::Time;
            return self.put(0xC3, &[1]);
        }
        self.waiting = Waiting::Nothing;
        self.next_part()
    }

    fn next_part(&mut self) -> Vec<u8> {
        let part: Vec<u8> = self.response.drain(..self.largest.min(self.response.len())).collect();
        let more = if self.response.is_empty() { 0 } else { 0x20 };
        let pcb = self.send << 6 | more;
        self.send ^= 1;
        self.put(pcb, &part)
    }

    fn on_receipt(&mut self, pcb: u8, counts: &mut BlockCounts) -> Vec<u8> {
        let wants_next = self.waiting == Waiting::Nothing && pcb >> 4 & 1 == self.send;
        if wants_next && !self.response.is_empty() {
            return self.next_part();
        }
        counts.repetitions = counts.repetitions.saturating_add(1);
        // With nothing to say, the host's own block has not arrived.
        if wants_next { self.reject(0) } else { self.last.clone() }
    }

    fn on_supervision(
        &mut self,
        pcb: u8,
        inf: &[u8],
        faults: &mut FaultSet<Fault>,
        counts: &mut BlockCounts,
    ) -> Option<Vec<u8>> {
        match (pcb, inf) {
            (0xC0, []) => {
                counts.resynchronisations = counts.resynchronisations.saturating_add(1);
                *self = Self::new();
                Some(self.put(0xE0, &[]))
            }
            (0xC1, [size @ 1..=254]) => {
                self.largest = usize::from(*size);
                Some(self.put(0xE1, &[*size]))
            }
            (0xC2, []) => {
                self.command.clear();
                self.response.clear();
                Some(self.put(0xE2, &[]))
            }
            (0xE3, [1]) if self.waiting == Waiting::Time => {
                counts.extensions = counts.extensions.saturating_add(1);
                Some(self.answer(faults))
            }
            (0xE1, [TINY]) if self.waiting == Waiting::Size => Some(self.answer(faults)),
            (0xE2, []) => None,
            _ => Some(self.reject(2)),
        }
    }

    /// R-block: the number of the I-block expected, and what was wrong. It does not take the place of the block that
    /// the host may still ask for.
    fn reject(&self, error: u8) -> Vec<u8> {
        sealed(0x80 | self.expect << 4 | error, &[])
    }

    fn put(&mut self, pcb: u8, inf: &[u8]) -> Vec<u8> {
        self.last = sealed(pcb, inf);
        self.last.clone()
    }
}

fn sealed(pcb: u8, inf: &[u8]) -> Vec<u8> {
    let mut block = vec![0, pcb, u8::try_from(inf.len()).unwrap_or(u8::MAX)];
    block.extend_from_slice(inf);
    let check = lrc(&block);
    block.push(check);
    block
}
