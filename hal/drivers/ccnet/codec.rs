//! CCNET frames: bytes to tokens and back (protocols section 3).
//!
//! `SYNC ADR LNG data… CRClo CRChi` both ways, SYNC 02h, LNG the length of the whole frame, CRC-16/KERMIT over all before
//! it. Nothing is escaped, so SYNC may stand anywhere in a frame: what turns out not to be one is left by a single byte and
//! looked through again. The decoder is total: any bytes in any cut give tokens or nothing. What data bytes mean is not
//! decided here.

use crc::{CRC_16_KERMIT, Crc};

const SYNC: u8 = 0x02;
const KERMIT: Crc<u16> = Crc::<u16>::new(&CRC_16_KERMIT);
/// SYNC ADR LNG in front of the data, CRC behind it.
const HEAD: usize = 3;
const TAIL: usize = 2;
/// The shortest frame has one byte of data; LNG below it (0 announces the long format, which no command here has) opens none.
const SHORTEST: usize = 6;
/// What the decoder keeps at most: two of the longest frames.
const KEPT_MAX: usize = 512;

/// ACK, the whole data of a frame.
pub const ACK: u8 = 0x00;
/// NAK, the whole data of a frame.
pub const NAK: u8 = 0xFF;
/// ILLEGAL COMMAND, the whole data of an answer.
pub const ILLEGAL: u8 = 0x30;

/// The commands that the driver speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Brings the device to rest.
    Reset,
    /// Enable and security masks.
    GetStatus,
    /// State or event.
    Poll,
    /// Enable and escrow masks.
    EnableBillTypes,
    /// The note in escrow goes to the stacker.
    Stack,
    /// The note in escrow goes back.
    Return,
    /// Part, serial and asset number.
    Identification,
    /// The note in escrow stays there.
    Hold,
    /// The bill types.
    GetBillTable,
}

impl Code {
    /// The byte on the wire.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Reset => 0x30,
            Self::GetStatus => 0x31,
            Self::Poll => 0x33,
            Self::EnableBillTypes => 0x34,
            Self::Stack => 0x35,
            Self::Return => 0x36,
            Self::Identification => 0x37,
            Self::Hold => 0x38,
            Self::GetBillTable => 0x41,
        }
    }
}

/// What the decoder found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// The data of a frame with a right CRC, never empty.
    Data(Vec<u8>),
    /// Something with the head of a frame and the length of one, but a wrong CRC.
    Damaged,
}

/// A frame around `data`, of which up to 250 bytes are taken.
#[must_use]
pub fn frame(address: u8, data: &[u8]) -> Vec<u8> {
    let data = data.get(..250).unwrap_or(data);
    let length = u8::try_from(data.len().saturating_add(HEAD + TAIL)).unwrap_or(u8::MAX);
    let mut frame = vec![SYNC, address, length];
    frame.extend_from_slice(data);
    let sum = KERMIT.checksum(&frame);
    frame.extend(sum.to_le_bytes());
    frame
}

/// The frame of a command.
#[must_use]
pub fn command(address: u8, code: Code, parameters: &[u8]) -> Vec<u8> {
    let mut data = vec![code.byte()];
    data.extend_from_slice(parameters);
    frame(address, &data)
}

/// Cuts the byte stream of the device at one address into tokens.
#[derive(Debug)]
pub struct Decoder {
    address: u8,
    buffer: Vec<u8>,
}

impl Decoder {
    /// A decoder that looks for frames of this address.
    #[must_use]
    pub const fn new(address: u8) -> Self {
        Self { address, buffer: Vec::new() }
    }

    /// Takes bytes in any cut. When more come than two frames have, the oldest are lost.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        self.skip(self.buffer.len().saturating_sub(KEPT_MAX));
    }

    /// Forgets what has not become a token.
    pub fn clear(&mut self) {
        self.buffer.clear();
    }

    /// Whether the beginning of a frame waits for the rest.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// The next token, or nothing until more bytes come.
    pub fn next_token(&mut self) -> Option<Token> {
        loop {
            let start = self.buffer.iter().position(|byte| *byte == SYNC).unwrap_or(self.buffer.len());
            self.skip(start);
            if self.buffer.get(1).is_some_and(|address| *address != self.address) {
                self.skip(1);
                continue;
            }
            let length = usize::from(*self.buffer.get(2)?);
            if length < SHORTEST {
                self.skip(1);
                continue;
            }
            let frame = self.buffer.get(..length)?;
            let (body, sum) = frame.split_at(length.saturating_sub(TAIL));
            if sum != KERMIT.checksum(body).to_le_bytes() {
                self.skip(1);
                return Some(Token::Damaged);
            }
            let data = body.get(HEAD..).unwrap_or_default().to_vec();
            self.skip(length);
            return Some(Token::Data(data));
        }
    }

    /// The line fell silent: what waits is no frame, but one may lie behind its first byte.
    pub fn cut(&mut self) {
        self.skip(1);
    }

    fn skip(&mut self, count: usize) {
        self.buffer.drain(..count.min(self.buffer.len()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    fn tokens(bytes: &[u8]) -> Vec<Token> {
        let mut decoder = Decoder::new(3);
        decoder.push(bytes);
        std::iter::from_fn(|| decoder.next_token()).collect()
    }

    #[test]
    fn sample_commands_are_built_byte_for_byte() {
        let rows = [
            (Code::Poll, "02 03 06 33 da 81"),
            (Code::Reset, "02 03 06 30 41 b3"),
            (Code::GetStatus, "02 03 06 31 c8 a2"),
            (Code::Stack, "02 03 06 35 ec e4"),
            (Code::Return, "02 03 06 36 77 d6"),
            (Code::Identification, "02 03 06 37 fe c7"),
            (Code::Hold, "02 03 06 38 09 3f"),
            (Code::GetBillTable, "02 03 06 41 4f d1"),
        ];
        for (code, bytes) in rows {
            assert_eq!(command(3, code, &[]), hex(bytes), "{code:?}");
        }
        let enable = |masks: [u8; 6]| command(3, Code::EnableBillTypes, &masks);
        assert_eq!(enable([0xFF; 6]), hex("02 03 0c 34 ff ff ff ff ff ff fe f7"));
        assert_eq!(enable([0xFF, 0xFF, 0xFF, 0, 0, 0]), hex("02 03 0c 34 ff ff ff 00 00 00 b5 c1"));
        assert_eq!(enable([0; 6]), hex("02 03 0c 34 00 00 00 00 00 00 17 0c"));
        assert_eq!(frame(3, &[ACK]), hex("02 03 06 00 c2 82"));
        assert_eq!(frame(3, &[NAK]), hex("02 03 06 ff ba 8d"));
    }

    #[test]
    fn sample_answers_are_read() {
        let rows: [(&str, &[u8]); 13] = [
            ("02 03 06 00 c2 82", &[ACK]),
            ("02 03 06 ff ba 8d", &[NAK]),
            ("02 03 06 30 41 b3", &[ILLEGAL]),
            ("02 03 06 10 43 92", &[0x10]),
            ("02 03 06 14 67 d4", &[0x14]),
            ("02 03 06 15 ee c5", &[0x15]),
            ("02 03 06 17 fc e6", &[0x17]),
            ("02 03 06 19 82 0f", &[0x19]),
            ("02 03 07 80 04 a8 75", &[0x80, 4]),
            ("02 03 07 81 04 70 6c", &[0x81, 4]),
            ("02 03 07 1c 68 3f 6c", &[0x1C, 0x68]),
            ("02 03 07 47 50 ab e6", &[0x47, 0x50]),
            ("02 03 06 33 da 81", &[0x33]),
        ];
        for (bytes, data) in rows {
            assert_eq!(tokens(&hex(bytes)), [Token::Data(data.to_vec())], "{bytes}");
        }
    }

    #[test]
    fn a_wrong_crc_is_damage_and_the_repetition_behind_it_is_read() {
        let good = hex("02 03 07 81 04 70 6c");
        for at in 3..good.len() {
            let mut stream = good.clone();
            stream[at] ^= 1;
            stream.extend(&good);
            let found = tokens(&stream);
            assert_eq!(found.first(), Some(&Token::Damaged), "byte {at}");
            assert_eq!(found.last(), Some(&Token::Data(vec![0x81, 4])), "byte {at}");
        }
    }

    #[test]
    fn a_false_start_that_swallows_a_frame_gives_it_back_when_the_line_falls_silent() {
        let mut decoder = Decoder::new(3);
        decoder.push(&hex("02 03 60 02 03 07 81 04 70 6c"));
        assert_eq!(decoder.next_token(), None);
        decoder.cut();
        assert_eq!(decoder.next_token(), Some(Token::Data(vec![0x81, 4])));
        assert!(!decoder.is_partial());
    }

    #[test]
    fn frames_of_another_address_are_passed_over() {
        assert_eq!(tokens(&hex("02 01 06 33 36 7b 02 03 06 14 67 d4")), [Token::Data(vec![0x14])]);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_cut_give_the_same_tokens(bytes in proptest::collection::vec(prop_oneof![Just(0x02u8), Just(0x03), Just(0x06), Just(0x07), any::<u8>()], 0..400), cut in 1usize..9) {
            let mut decoder = Decoder::new(3);
            let mut cut_up = Vec::new();
            for part in bytes.chunks(cut) {
                decoder.push(part);
                cut_up.extend(std::iter::from_fn(|| decoder.next_token()));
            }
            prop_assert_eq!(cut_up, tokens(&bytes));
        }

        #[test]
        fn the_buffer_stays_small_whatever_comes(bytes in proptest::collection::vec(any::<u8>(), 0..4_000)) {
            let mut decoder = Decoder::new(3);
            decoder.push(&bytes);
            prop_assert!(decoder.buffer.len() <= KEPT_MAX);
            while decoder.next_token().is_some() {}
            prop_assert!(decoder.buffer.len() < 256);
        }

        #[test]
        fn a_good_frame_is_found_behind_any_noise(noise in proptest::collection::vec(any::<u8>(), 0..60), data in proptest::collection::vec(any::<u8>(), 1..130)) {
            let mut decoder = Decoder::new(3);
            decoder.push(&noise);
            decoder.push(&frame(3, &data));
            let mut found = Vec::new();
            while decoder.is_partial() {
                found.extend(std::iter::from_fn(|| decoder.next_token()));
                decoder.cut();
            }
            // Noise that is a whole good frame of its own and reaches into this one is as likely as a good CRC by chance.
            prop_assert!(found.contains(&Token::Data(data)));
        }
    }
}
