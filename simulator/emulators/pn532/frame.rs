//! Envelope of the PN532 on its high-speed UART (protocols 4): finds host frames in a byte stream, builds the chip's.
//! Decides nothing about what a command does.

/// The host's bytes arrived well.
pub(super) const ACK: [u8; 6] = [0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00];
/// The chip cannot make sense of a good frame.
pub(super) const SYNTAX_ERROR: [u8; 8] = [0x00, 0x00, 0xFF, 0x01, 0xFF, 0x7F, 0x81, 0x00];
/// First byte of what a host says.
const FROM_HOST: u8 = 0xD4;
/// First byte of what the chip says.
const FROM_CHIP: u8 = 0xD5;
/// Most bytes, TFI included, in an extended frame.
const LENGTH_MAX: usize = 265;
/// A frame that pauses this long between two bytes is forgotten.
const BYTE_TIME_MS: u64 = 100;

/// What the receiver found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// The host's ACK: give up what is under way.
    Ack,
    /// The host's NACK: say it again.
    Nack,
    /// A whole frame with right checks.
    Frame {
        /// Whether it says that it comes from a host.
        from_host: bool,
        /// Command code and data.
        body: Vec<u8>,
    },
    /// A start code followed by a wrong length check, or a frame with a wrong data check.
    Corrupt,
}

/// Collects host frames byte by byte.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    bytes: Vec<u8>,
    last_ms: u64,
}

impl Receiver {
    pub(super) fn forget(&mut self) {
        self.bytes.clear();
    }

    pub(super) fn push(&mut self, byte: u8, now_ms: u64) -> Option<Received> {
        if now_ms.saturating_sub(self.last_ms) > BYTE_TIME_MS {
            self.bytes.clear();
        }
        self.last_ms = now_ms;
        match self.bytes.len() {
            0 if byte != 0x00 => return None,
            // Any number of zeros may come before the start code.
            1 if byte == 0x00 => return None,
            1 if byte != 0xFF => {
                self.bytes.clear();
                return None;
            }
            _ => self.bytes.push(byte),
        }
        let received = self.complete()?;
        self.bytes.clear();
        Some(received)
    }

    fn complete(&self) -> Option<Received> {
        let (body_at, length) = match *self.bytes.get(2..)? {
            [0x00, 0xFF] => return Some(Received::Ack),
            [0xFF, 0x00] => return Some(Received::Nack),
            [0xFF, 0xFF, high, low, check, ..] => {
                let length = usize::from(high).saturating_mul(256).saturating_add(usize::from(low));
                if high.wrapping_add(low).wrapping_add(check) != 0 || length == 0 || length > LENGTH_MAX {
                    return Some(Received::Corrupt);
                }
                (7, length)
            }
            [0xFF, 0xFF, ..] => return None,
            [length, check, ..] => {
                if length.wrapping_add(check) != 0 || length == 0 {
                    return Some(Received::Corrupt);
                }
                (4, usize::from(length))
            }
            _ => return None,
        };
        let packet = self.bytes.get(body_at..)?;
        if packet.len() <= length {
            return None;
        }
        let sum = packet.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        let (from, body) = packet.split_first()?;
        if sum != 0 {
            return Some(Received::Corrupt);
        }
        let body = body.get(..length.saturating_sub(1)).unwrap_or_default().to_vec();
        Some(Received::Frame { from_host: *from == FROM_HOST, body })
    }
}

/// Puts a reply (response code and data) into the envelope chip → host; extended where it does not fit a normal one.
pub(super) fn reply(body: &[u8]) -> Vec<u8> {
    let length = body.len().saturating_add(1);
    let mut frame = vec![0x00, 0x00, 0xFF];
    match u8::try_from(length) {
        Ok(length) => frame.extend([length, length.wrapping_neg()]),
        Err(_) => {
            let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
            frame.extend([0xFF, 0xFF, high, low, high.wrapping_add(low).wrapping_neg()]);
        }
    }
    frame.push(FROM_CHIP);
    frame.extend_from_slice(body);
    let sum = body.iter().fold(FROM_CHIP, |sum, byte| sum.wrapping_add(*byte));
    frame.extend([sum.wrapping_neg(), 0x00]);
    frame
}
