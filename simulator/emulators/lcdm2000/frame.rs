//! Envelope of the LCDM-2000 (protocols 1.1 and 1.3): finds host frames in a byte stream by their known length, and
//! builds replies. Decides nothing about what a command does.

pub(super) const ACK: u8 = 0x06;
pub(super) const NAK: u8 = 0x15;
pub(super) const EOT: u8 = 0x04;
const SOH: u8 = 0x01;
const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const DEVICE_ID: u8 = 0x50;
/// A frame whose bytes take longer than this, from EOT to BCC, is forgotten (protocols 1.2).
const FRAME_TIME_MS: u64 = 200;
/// EOT, ID, STX, CMD, ETX, BCC.
const OVERHEAD: usize = 6;

/// Command codes of the LCDM-2000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    /// 44h: clears the path into the reject tray.
    Purge,
    /// 45h
    DispenseUpper,
    /// 46h
    Status,
    /// 47h
    RomVersion,
    /// 55h
    DispenseLower,
    /// 56h
    DispenseBoth,
    /// 76h: one note of the upper cassette into the reject tray.
    TestUpper,
    /// 77h: one note of the lower cassette into the reject tray.
    TestLower,
}

impl Command {
    /// The command of that code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0x44 => Self::Purge,
            0x45 => Self::DispenseUpper,
            0x46 => Self::Status,
            0x47 => Self::RomVersion,
            0x55 => Self::DispenseLower,
            0x56 => Self::DispenseBoth,
            0x76 => Self::TestUpper,
            0x77 => Self::TestLower,
            _ => return None,
        })
    }

    /// The code on the line.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Purge => 0x44,
            Self::DispenseUpper => 0x45,
            Self::Status => 0x46,
            Self::RomVersion => 0x47,
            Self::DispenseLower => 0x55,
            Self::DispenseBoth => 0x56,
            Self::TestUpper => 0x76,
            Self::TestLower => 0x77,
        }
    }

    fn data_length(self) -> usize {
        match self {
            Self::DispenseUpper | Self::DispenseLower => 2,
            Self::DispenseBoth => 4,
            Self::Purge | Self::Status | Self::RomVersion | Self::TestUpper | Self::TestLower => 0,
        }
    }
}

/// What the receiver found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// A whole frame with a right check byte.
    Frame { code: u8, data: Vec<u8> },
    /// As many bytes as the command has, but the check byte or the end mark is wrong.
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

    /// Takes one byte. The end is found by the command's length alone, because BCC may hold any value.
    pub(super) fn push(&mut self, byte: u8, now_ms: u64) -> Option<Received> {
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
        // An unknown command is taken to have no data, so that it can be answered as undefined.
        let data_length = Command::from_code(code).map_or(0, Command::data_length);
        if self.bytes.len() < OVERHEAD.saturating_add(data_length) {
            return None;
        }
        let frame = std::mem::take(&mut self.bytes);
        let (check, body) = frame.split_last()?;
        let (end, head) = body.split_last()?;
        if *end == ETX && xor(body) == *check {
            Some(Received::Frame { code, data: head.get(4..).unwrap_or_default().to_vec() })
        } else {
            Some(Received::Corrupt)
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
