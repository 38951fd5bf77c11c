//! Serial frames of the reader (protocols 5): `03 06`, CCID message, LRC. Knows no message.

/// Beginning of a frame.
const SYNC: u8 = 0x03;
const GOOD: u8 = 0x06;
/// `03 15 16`: the last frame was damaged.
pub(super) const REFUSAL: [u8; 3] = [SYNC, 0x15, 0x16];
/// Before the data: SYNC, GOOD, ten bytes of CCID header.
const HEAD: usize = 12;
/// Longest CCID message.
const MESSAGE_MAX: usize = 271;
/// A pause that ends a frame.
const PAUSE_MS: u64 = 300;

/// A command of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// Message type.
    pub kind: u8,
    /// Slot number.
    pub slot: u8,
    /// Sequence number.
    pub seq: u8,
    /// Bytes 7 to 9 of the header.
    pub parameters: [u8; 3],
    /// Data.
    pub data: Vec<u8>,
    /// The whole frame, for the echo.
    pub raw: Vec<u8>,
}

/// What a byte completed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A good frame.
    Command(Command),
    /// A frame with a wrong LRC or an impossible length.
    Damaged,
}

/// Collects the bytes of one frame.
#[derive(Debug, Default)]
pub(super) struct Ear {
    bytes: Vec<u8>,
    last_ms: u64,
}

impl Ear {
    /// Takes one byte.
    pub(super) fn hear(&mut self, byte: u8, now_ms: u64) -> Option<Heard> {
        if now_ms.saturating_sub(self.last_ms) > PAUSE_MS {
            self.bytes.clear();
        }
        self.last_ms = now_ms;
        self.bytes.push(byte);
        match self.bytes.as_slice() {
            [SYNC] | [SYNC, GOOD, ..] => {}
            // Whatever begins otherwise is passed over until the next SYNC.
            [.., SYNC] => {
                self.bytes = vec![SYNC];
                return None;
            }
            _ => {
                self.bytes.clear();
                return None;
            }
        }
        let length = self.bytes.get(3..7)?;
        let length =
            u32::from_le_bytes([*length.first()?, *length.get(1)?, *length.get(2)?, *length.get(3)?]);
        let size = HEAD.saturating_add(usize::try_from(length).unwrap_or(usize::MAX)).saturating_add(1);
        if size > MESSAGE_MAX.saturating_add(3) {
            self.bytes.clear();
            return Some(Heard::Damaged);
        }
        if self.bytes.len() < size {
            return None;
        }
        let raw = std::mem::take(&mut self.bytes);
        let [_, _, kind, _, _, _, _, slot, seq, a, b, c, data @ .., _] = raw.as_slice() else { return None };
        if lrc(&raw) != 0 {
            return Some(Heard::Damaged);
        }
        let parameters = [*a, *b, *c];
        Some(Heard::Command(Command {
            kind: *kind,
            slot: *slot,
            seq: *seq,
            parameters,
            data: data.to_vec(),
            raw,
        }))
    }
}

/// A frame of the reader.
pub(super) fn framed(kind: u8, slot: u8, seq: u8, tail: [u8; 3], data: &[u8]) -> Vec<u8> {
    let mut frame = vec![SYNC, GOOD, kind];
    frame.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
    frame.extend([slot, seq]);
    frame.extend(tail);
    frame.extend_from_slice(data);
    let check = lrc(&frame);
    frame.push(check);
    frame
}

/// Exclusive or of all bytes; 0 over a whole good frame or block.
pub(super) fn lrc(bytes: &[u8]) -> u8 {
    bytes.iter().copied().fold(0, std::ops::BitXor::bitxor)
}
