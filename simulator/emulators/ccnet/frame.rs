//! Envelope of CCNET (protocols 3): finds host frames in a byte stream by their length byte, and builds answers.
//! Decides nothing about what a command does.

use serde::Serialize;

const SYNC: u8 = 0x02;
/// Shortest frame: SYNC ADR LNG, one byte, two of CRC. A LNG below it opens no frame (0 would be the long format).
const SHORTEST: u8 = 6;
/// A frame whose bytes take longer than this, from SYNC to CRC, is forgotten. The manual's 5 ms between bytes cannot be
/// kept on a PTY.
const FRAME_TIME_MS: u64 = 300;
/// Peripheral address of a bill validator.
const ADDRESS: u8 = 0x03;

/// Received well: the whole data of a frame.
pub(super) const ACK: u8 = 0x00;
/// Received damaged: the whole data of a frame.
pub(super) const NAK: u8 = 0xFF;
/// Not allowed in this state or not known: the whole data of an answer.
pub(super) const ILLEGAL: u8 = 0x30;

/// Command codes that the acceptor carries out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// 30h: initialises; a note in the validator comes back.
    Reset,
    /// 31h: enable and security masks.
    GetStatus,
    /// 32h: sets the security mask.
    SetSecurity,
    /// 33h
    Poll,
    /// 34h: enable and escrow masks.
    EnableBillTypes,
    /// 35h
    Stack,
    /// 36h
    Return,
    /// 37h
    Identification,
    /// 38h: the note stays in escrow.
    Hold,
    /// 41h
    GetBillTable,
}

impl Command {
    /// The command of that code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0x30 => Self::Reset,
            0x31 => Self::GetStatus,
            0x32 => Self::SetSecurity,
            0x33 => Self::Poll,
            0x34 => Self::EnableBillTypes,
            0x35 => Self::Stack,
            0x36 => Self::Return,
            0x37 => Self::Identification,
            0x38 => Self::Hold,
            0x41 => Self::GetBillTable,
            _ => return None,
        })
    }
}

/// What a run of bytes turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// A good frame for this device, without envelope.
    Frame(Vec<u8>),
    /// A frame for this device whose CRC is wrong; the command byte as far as it can be trusted.
    Corrupt(u8),
}

/// Collects a frame byte by byte.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    bytes: Vec<u8>,
    began_ms: u64,
}

impl Receiver {
    pub(super) fn forget(&mut self) {
        self.bytes.clear();
    }

    pub(super) fn push(&mut self, byte: u8, now_ms: u64) -> Option<Received> {
        if now_ms.saturating_sub(self.began_ms) > FRAME_TIME_MS {
            self.forget();
        }
        if self.bytes.is_empty() {
            self.began_ms = now_ms;
        }
        match (self.bytes.len(), byte) {
            (0, byte) if byte != SYNC => return None,
            // Address 02 may follow SYNC 02, so SYNC is not looked for again here.
            (2, byte) if byte < SHORTEST => {
                self.forget();
                return None;
            }
            _ => self.bytes.push(byte),
        }
        let length = usize::from(*self.bytes.get(2)?);
        if self.bytes.len() < length {
            return None;
        }
        let frame = std::mem::take(&mut self.bytes);
        let (body, sum) = frame.split_at(length.saturating_sub(2));
        if body.get(1) != Some(&ADDRESS) {
            return None;
        }
        let data = body.get(3..)?;
        if sum == kermit(body).to_le_bytes() {
            Some(Received::Frame(data.to_vec()))
        } else {
            Some(Received::Corrupt(data.first().copied().unwrap_or(0)))
        }
    }
}

/// A frame around `data`.
pub(super) fn answer(data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(data.len()).unwrap_or(u8::MAX).saturating_add(5);
    let mut frame = vec![SYNC, ADDRESS, length];
    frame.extend_from_slice(data);
    let sum = kermit(&frame);
    frame.extend(sum.to_le_bytes());
    frame
}

/// CRC-16/KERMIT, bit by bit: polynomial 8408h reflected, from zero.
fn kermit(bytes: &[u8]) -> u16 {
    let mut sum = 0_u16;
    for byte in bytes {
        sum ^= u16::from(*byte);
        for _ in 0..8 {
            let carry = sum & 1 == 1;
            sum >>= 1;
            if carry {
                sum ^= 0x8408;
            }
        }
    }
    sum
}
