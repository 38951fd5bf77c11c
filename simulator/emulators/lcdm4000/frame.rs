//! Envelope of the LCDM-4000 (protocols 1.1 and 1.4): finds host frames in a byte stream by their known length,
//! and builds replies. Decides nothing about what a command does.

use serde::{Deserialize, Serialize};

pub(super) const ACK: u8 = 0x06;
pub(super) const NAK: u8 = 0x15;
pub(super) const EOT: u8 = 0x04;
const SOH: u8 = 0x01;
const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const DEVICE_ID: u8 = 0x30;
/// A frame whose bytes take longer than this, from EOT to BCC, is forgotten (protocols 1.2).
const FRAME_TIME_MS: u64 = 200;
/// EOT, ID, STX, CMD, ETX, BCC.
const OVERHEAD: usize = 6;

/// Layout of DISPENSE and meaning of 67h; implementations disagree (protocols 1.4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// DISPENSE carries 15 data bytes; 67h is an abnormal command.
    #[default]
    Stock,
    /// DISPENSE carries 7 data bytes, the last a serial number that must differ from the last accepted one;
    /// 67h reads that number.
    SerialNumber,
}

/// Command codes of the LCDM-4000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    /// 44h
    Reset,
    /// 50h
    Status,
    /// 51h: clears the path into the reject tray.
    Purge,
    /// 52h
    Dispense,
    /// 53h: dispenses into the reject tray.
    TestDispense,
    /// 55h: result of the last command that moved notes.
    LastStatus,
    /// 58h
    SensorDiag,
    /// 5Ah
    SetOpacity,
    /// 5Bh
    GetOpacity,
    /// 5Ch
    SetOrder,
    /// 5Dh
    GetOrder,
    /// 5Eh
    SetLength,
    /// 5Fh
    GetLength,
    /// 67h
    SerialNumber,
}

impl Command {
    /// The command of that code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0x44 => Self::Reset,
            0x50 => Self::Status,
            0x51 => Self::Purge,
            0x52 => Self::Dispense,
            0x53 => Self::TestDispense,
            0x55 => Self::LastStatus,
            0x58 => Self::SensorDiag,
            0x5A => Self::SetOpacity,
            0x5B => Self::GetOpacity,
            0x5C => Self::SetOrder,
            0x5D => Self::GetOrder,
            0x5E => Self::SetLength,
            0x5F => Self::GetLength,
            0x67 => Self::SerialNumber,
            _ => return None,
        })
    }

    /// The code on the line.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Reset => 0x44,
            Self::Status => 0x50,
            Self::Purge => 0x51,
            Self::Dispense => 0x52,
            Self::TestDispense => 0x53,
            Self::LastStatus => 0x55,
            Self::SensorDiag => 0x58,
            Self::SetOpacity => 0x5A,
            Self::GetOpacity => 0x5B,
            Self::SetOrder => 0x5C,
            Self::GetOrder => 0x5D,
            Self::SetLength => 0x5E,
            Self::GetLength => 0x5F,
            Self::SerialNumber => 0x67,
        }
    }

    fn data_length(self, dialect: Dialect) -> usize {
        match self {
            Self::Dispense | Self::TestDispense => match dialect {
                Dialect::Stock => 15,
                Dialect::SerialNumber => 7,
            },
            Self::SensorDiag => 1,
            Self::SetOpacity | Self::SetLength => 8,
            Self::SetOrder => 4,
            Self::Reset
            | Self::Status
            | Self::Purge
            | Self::LastStatus
            | Self::GetOpacity
            | Self::GetOrder
            | Self::GetLength
            | Self::SerialNumber => 0,
        }
    }
}

/// What the receiver found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// A whole frame with a right check byte.
    Frame { code: u8, data: Vec<u8> },
    /// As many bytes as the command has, but the check byte or the end mark is wrong.
    Corrupt { code: u8 },
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

    /// Takes one byte. The end is found by the command's length alone, because BCC and data may hold any value.
    pub(super) fn push(&mut self, byte: u8, now_ms: u64, dialect: Dialect) -> Option<Received> {
        if now_ms.saturating_sub(self.started_ms) > FRAME_TIME_MS {
            self.bytes.clear();
        }
        let fits = match self.bytes.len() {
            0 => byte == EOT,
            1 => byte == DEVICE_ID,
            2 => byte == STX,
            _ => true,
        };
        if !fits {
            self.bytes.clear();
            if byte != EOT {
                return None;
            }
        }
        if self.bytes.is_empty() {
            self.started_ms = now_ms;
        }
        self.bytes.push(byte);
        let code = *self.bytes.get(3)?;
        // An unknown command is taken to have no data, so that it can be answered as abnormal.
        let data_length = Command::from_code(code).map_or(0, |command| command.data_length(dialect));
        if self.bytes.len() < OVERHEAD.saturating_add(data_length) {
            return None;
        }
        let frame = std::mem::take(&mut self.bytes);
        let (check, body) = frame.split_last()?;
        let (end, head) = body.split_last()?;
        if *end == ETX && xor(body) == *check {
            Some(Received::Frame { code, data: head.get(4..).unwrap_or_default().to_vec() })
        } else {
            Some(Received::Corrupt { code })
        }
    }
}

/// Puts response data into the envelope device → host.
pub(super) fn reply(code: u8, data: &[u8]) -> Vec<u8> {
    let mut frame = vec![SOH, DEVICE_ID, STX, code];
    frame.extend_from_slice(data);
    frame.push(ETX);
    frame.push(xor(&frame));
    frame
}

fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}
