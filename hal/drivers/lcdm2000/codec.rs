//! LCDM-2000 frames: bytes to tokens and back (protocols sections 1.1 and 1.3).
//!
//! Host to device `EOT ID STX CMD DATA… ETX BCC`, device to host `SOH ID STX CMD DATA… ETX BCC`, ID 50h, BCC the
//! exclusive or of everything before it. BCC may be any byte (purge ends in `03 11`, the sample answer to a combined
//! dispense in `03 36`, others in `03 03`), so a frame is cut by the length that belongs to its command and never by
//! looking for ETX. The decoder is total: any bytes in any cut give tokens or nothing, and what is not a frame is
//! skipped until the next SOH. What data bytes mean is not decided here.

use crate::exchange::{ACK, Framing, NAK, Token};

const EOT: u8 = 0x04;
const SOH: u8 = 0x01;
const ID: u8 = 0x50;
const STX: u8 = 0x02;
const ETX: u8 = 0x03;
/// Bytes around the data of a reply: SOH ID STX CMD and ETX BCC.
const ENVELOPE: usize = 6;

/// The commands that the driver speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Clears the path into the reject tray.
    Purge,
    /// Moves notes of the upper cassette to the exit.
    DispenseUpper,
    /// Moves notes of the lower cassette to the exit.
    DispenseLower,
    /// Moves notes of both cassettes to the exit.
    DispenseBoth,
    /// Sensors and standing error.
    Status,
    /// Version of the firmware.
    RomVersion,
    /// Moves one note of the upper cassette to the reject tray.
    TestUpper,
    /// Moves one note of the lower cassette to the reject tray.
    TestLower,
}

impl Code {
    /// All of them.
    const ALL: [Self; 8] = [
        Self::Purge,
        Self::DispenseUpper,
        Self::DispenseLower,
        Self::DispenseBoth,
        Self::Status,
        Self::RomVersion,
        Self::TestUpper,
        Self::TestLower,
    ];

    /// The byte on the wire.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Purge => 0x44,
            Self::DispenseUpper => 0x45,
            Self::DispenseLower => 0x55,
            Self::DispenseBoth => 0x56,
            Self::Status => 0x46,
            Self::RomVersion => 0x47,
            Self::TestUpper => 0x76,
            Self::TestLower => 0x77,
        }
    }

    /// The command of a byte.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.byte() == byte)
    }

    /// Length of the whole reply in bytes (protocols section 1.3, last column, and the envelope).
    #[must_use]
    pub const fn reply_len(self) -> usize {
        match self {
            Self::Purge => 7,
            Self::Status => 10,
            Self::DispenseUpper | Self::DispenseLower | Self::TestUpper | Self::TestLower => 14,
            Self::RomVersion => 14,
            Self::DispenseBoth => 21,
        }
    }
}

/// A device frame whose envelope and BCC are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The command that it answers.
    pub code: Code,
    /// The bytes between CMD and ETX, as many as the command has.
    pub data: Vec<u8>,
}

/// A host frame.
#[must_use]
pub fn command(code: Code, data: &[u8]) -> Vec<u8> {
    let mut frame = vec![EOT, ID, STX, code.byte()];
    frame.extend_from_slice(data);
    frame.push(ETX);
    frame.push(bcc(&frame));
    frame
}

/// A count of 0 to 99 as two ASCII digits.
#[must_use]
pub fn digits(count: u8) -> [u8; 2] {
    let count = count.min(99);
    [b'0'.saturating_add(count / 10), b'0'.saturating_add(count % 10)]
}

fn bcc(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// Cuts the byte stream of the device into tokens.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
}

impl Framing for Decoder {
    type Reply = Reply;

    fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    fn next_token(&mut self) -> Option<Token<Reply>> {
        loop {
            match *self.buffer.first()? {
                SOH => match self.frame()? {
                    Some(token) => return Some(token),
                    None => self.skip(1),
                },
                byte => {
                    self.skip(1);
                    match byte {
                        ACK => return Some(Token::Ack),
                        NAK => return Some(Token::Nak),
                        _ => {}
                    }
                }
            }
        }
    }

    fn clear(&mut self) {
        self.buffer.clear();
    }

    fn is_partial(&self) -> bool {
        !self.buffer.is_empty()
    }

    fn has_head(&self) -> bool {
        self.buffer.len() >= 4
    }
}

impl Decoder {
    /// Reads at an SOH: nothing = wait, `Some(None)` = this SOH opens no frame.
    fn frame(&mut self) -> Option<Option<Token<Reply>>> {
        let head = [SOH, ID, STX];
        if self.buffer.iter().zip(head).any(|(is, should)| *is != should) {
            return Some(None);
        }
        let Some(code) = Code::from_byte(*self.buffer.get(3)?) else { return Some(None) };
        let frame = self.buffer.get(..code.reply_len())?;
        let (body, sum) = frame.split_at(code.reply_len().saturating_sub(1));
        if body.last() == Some(&ETX) && sum == [bcc(body)] {
            let data = body.iter().skip(4).take(code.reply_len().saturating_sub(ENVELOPE)).copied().collect();
            self.skip(code.reply_len());
            return Some(Some(Token::Reply(Reply { code, data })));
        }
        // Inside a frame no byte but BCC is below 20h, so another SOH in this window is where a new frame begins:
        // a frame that lost bytes does not swallow its repetition.
        let next = frame
            .iter()
            .skip(1)
            .position(|byte| *byte == SOH)
            .map_or(code.reply_len(), |at| at.saturating_add(1));
        self.skip(next);
        Some(Some(Token::Damaged))
    }

    fn skip(&mut self, count: usize) {
        self.buffer.drain(..count.min(self.buffer.len()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOTH_OK: &str = "01 50 02 56 30 32 30 32 30 33 30 33 30 30 30 30 30 30 30 03 36";

    fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    fn tokens(bytes: &[u8]) -> Vec<Token<Reply>> {
        let mut decoder = Decoder::default();
        decoder.push(bytes);
        std::iter::from_fn(|| decoder.next_token()).collect()
    }

    /// A reply to a combined dispense that rejected so many upper notes.
    fn both(rejected: u8) -> Vec<u8> {
        let mut frame = vec![SOH, ID, STX, 0x56];
        frame.extend(b"02020303000");
        frame.extend(digits(rejected));
        frame.extend(b"00");
        frame.push(ETX);
        frame.push(bcc(&frame));
        frame
    }

    #[test]
    fn sample_command_frames_are_built_byte_for_byte() {
        let rows: [(Code, &[u8], &str); 6] = [
            (Code::Purge, b"", "04 50 02 44 03 11"),
            (Code::DispenseUpper, b"10", "04 50 02 45 31 30 03 11"),
            (Code::Status, b"", "04 50 02 46 03 13"),
            (Code::RomVersion, b"", "04 50 02 47 03 12"),
            (Code::DispenseLower, b"05", "04 50 02 55 30 35 03 05"),
            (Code::DispenseBoth, b"0203", "04 50 02 56 30 32 30 33 03 02"),
        ];
        for (code, data, frame) in rows {
            assert_eq!(command(code, data), hex(frame));
        }
        assert_eq!((digits(5), digits(10), digits(60)), (*b"05", *b"10", *b"60"));
    }

    #[test]
    fn sample_replies_are_read() {
        let rows = [
            (BOTH_OK, Code::DispenseBoth, "020203030000000"),
            ("01 50 02 45 31 30 31 30 30 30 30 30 03 15", Code::DispenseUpper, "10100000"),
            ("01 50 02 45 31 30 30 37 33 30 30 31 03 11", Code::DispenseUpper, "10073001"),
        ];
        for (frame, code, data) in rows {
            let reply = Reply { code, data: data.as_bytes().to_vec() };
            assert_eq!(tokens(&hex(frame)), [Token::Reply(reply)], "{frame}");
        }
    }

    #[test]
    fn a_check_byte_that_looks_like_soh_stx_etx_or_an_acknowledgement_is_a_check_byte() {
        for looks_like in [SOH, STX, ETX, EOT, ACK, NAK] {
            // STATUS with every state of its sensors.
            let mut found = (0x80u8..=0xFF).flat_map(|first| {
                (0x80u8..=0xFF).map(move |second| {
                    let mut frame = vec![SOH, ID, STX, 0x46, 0x30, 0x30, first, second, ETX];
                    frame.push(bcc(&frame));
                    frame
                })
            });
            let mut stream = found.find(|frame| frame.last() == Some(&looks_like)).unwrap();
            stream.extend(hex(BOTH_OK));
            let codes: Vec<_> = tokens(&stream)
                .into_iter()
                .map(|token| if let Token::Reply(reply) = token { reply.code } else { panic!("{token:?}") })
                .collect();
            assert_eq!(codes, [Code::Status, Code::DispenseBoth], "BCC {looks_like:02x}");
        }
    }

    #[test]
    fn a_wrong_check_byte_is_damage_and_the_repetition_behind_it_is_read() {
        let mut bad = hex(BOTH_OK);
        bad[7] ^= 1;
        assert_eq!(tokens(&bad), vec![Token::Damaged]);
        bad.extend(hex(BOTH_OK));
        assert!(matches!(&tokens(&bad)[..], [Token::Damaged, Token::Reply(_)]));
    }

    #[test]
    fn a_frame_that_lost_a_byte_does_not_swallow_its_repetition() {
        for lost in 4..21 {
            let mut stream = hex(BOTH_OK);
            stream.remove(lost);
            stream.extend(hex(BOTH_OK));
            assert!(matches!(tokens(&stream).last(), Some(Token::Reply(_))), "lost byte {lost}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_cut_give_the_same_tokens_and_keep_less_than_a_frame(
            bytes in proptest::collection::vec(prop_oneof![Just(0x01u8), Just(0x50), Just(0x02), Just(0x56), any::<u8>()], 0..200),
            cut in 1usize..9,
        ) {
            let mut decoder = Decoder::default();
            let mut cut_up = Vec::new();
            for part in bytes.chunks(cut) {
                decoder.push(part);
                cut_up.extend(std::iter::from_fn(|| decoder.next_token()));
                prop_assert!(decoder.buffer.len() < 21);
            }
            prop_assert_eq!(cut_up, tokens(&bytes));
        }

        #[test]
        fn noise_before_a_frame_never_hides_it(
            noise in proptest::collection::vec(any::<u8>().prop_filter("no SOH", |b| *b != SOH), 0..40),
            rejected in 0u8..100,
        ) {
            let mut stream = noise;
            stream.extend(both(rejected));
            let read = matches!(tokens(&stream).last(), Some(Token::Reply(Reply { code: Code::DispenseBoth, .. })));
            prop_assert!(read);
        }
    }
}
