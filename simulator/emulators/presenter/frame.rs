//! Envelope of the presenter protocol, device side: finds host frames in a byte stream by their LEN, and builds device
//! frames. Decides nothing about what a command does.

use crc::{CRC_16_KERMIT, Crc};

pub(super) const ACK: u8 = 0x06;
pub(super) const NAK: u8 = 0x15;
pub(super) const STX: u8 = 0x02;
/// Set in the CMD of a reply.
const REPLY_BIT: u8 = 0x80;
const CHECK: Crc<u16> = Crc::<u16>::new(&CRC_16_KERMIT);
/// A frame whose bytes take longer than this is forgotten.
const FRAME_TIME_MS: u64 = 200;

/// Command codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    /// 01h
    Status,
    /// 02h
    LastStatus,
    /// 03h
    PresentStatus,
    /// 10h
    Mark,
    /// 11h
    Dispense,
    /// 12h
    Present,
    /// 13h
    Retract,
    /// 14h
    TestDispense,
    /// 15h
    Reset,
}

impl Command {
    /// The command of that code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0x01 => Self::Status,
            0x02 => Self::LastStatus,
            0x03 => Self::PresentStatus,
            0x10 => Self::Mark,
            0x11 => Self::Dispense,
            0x12 => Self::Present,
            0x13 => Self::Retract,
            0x14 => Self::TestDispense,
            0x15 => Self::Reset,
            _ => return None,
        })
    }

    /// The code on the line.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Status => 0x01,
            Self::LastStatus => 0x02,
            Self::PresentStatus => 0x03,
            Self::Mark => 0x10,
            Self::Dispense => 0x11,
            Self::Present => 0x12,
            Self::Retract => 0x13,
            Self::TestDispense => 0x14,
            Self::Reset => 0x15,
        }
    }
}

/// What the receiver found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// A whole frame with a right check.
    Frame { code: u8, number: u16, data: Vec<u8> },
    /// As many bytes as LEN says, but the check is wrong.
    Corrupt,
}

/// Collects host frames byte by byte.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    bytes: Vec<u8>,
    started_ms: u64,
}

impl Receiver {
    pub(super) fn forget(&mut self) {
        self.bytes.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes one byte.
    pub(super) fn push(&mut self, byte: u8, now_ms: u64) -> Option<Received> {
        if now_ms.saturating_sub(self.started_ms) > FRAME_TIME_MS {
            self.bytes.clear();
        }
        let fits = match self.bytes.len() {
            0 => byte == STX,
            1 => (3..=64).contains(&byte),
            _ => true,
        };
        if !fits {
            self.bytes.clear();
            if byte != STX {
                return None;
            }
        }
        if self.bytes.is_empty() {
            self.started_ms = now_ms;
        }
        self.bytes.push(byte);
        let length = usize::from(*self.bytes.get(1)?);
        if self.bytes.len() < length.saturating_add(4) {
            return None;
        }
        let frame = std::mem::take(&mut self.bytes);
        match frame.as_slice() {
            [_, body @ .., low, high] if u16::from_le_bytes([*low, *high]) == CHECK.checksum(body) => {
                match body {
                    [_, code, first, second, data @ ..] => {
                        let number = u16::from_be_bytes([*first, *second]);
                        Some(Received::Frame { code: *code, number, data: data.to_vec() })
                    }
                    _ => Some(Received::Corrupt),
                }
            }
            _ => Some(Received::Corrupt),
        }
    }
}

/// The reply to a command.
pub(super) fn reply(code: u8, number: u16, data: &[u8]) -> Vec<u8> {
    frame(code | REPLY_BIT, number, data)
}

/// A frame of the device.
pub(super) fn frame(kind: u8, number: u16, data: &[u8]) -> Vec<u8> {
    let mut body = vec![u8::try_from(data.len()).unwrap_or(u8::MAX).saturating_add(3), kind];
    body.extend(number.to_be_bytes());
    body.extend_from_slice(data);
    let check = CHECK.checksum(&body).to_le_bytes();
    [&[STX], body.as_slice(), &check].concat()
}
