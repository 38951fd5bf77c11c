//! Presenter frames: bytes to tokens and back (`docs/formats/presenter-protocol.md`, "Frames").
//!
//! Both ways `STX LEN CMD NUMBER DATA… CRC`, LEN counting CMD to DATA. Nothing is escaped, so a frame is cut by its LEN.
//! The decoder is total: any bytes in any cut give tokens or nothing; it keeps less than one longest frame. What data
//! bytes mean is not decided here.

use crc::{CRC_16_KERMIT, Crc};

use crate::exchange::{ACK, Framing, NAK, Token};

const STX: u8 = 0x02;
/// CMD and NUMBER.
const LEN_MIN: u8 = 3;
const LEN_MAX: u8 = 64;
/// STX, LEN, and the check behind.
const ENVELOPE: usize = 4;
/// Set in the CMD of a reply.
const REPLY: u8 = 0x80;
const TAKEN: u8 = 0xC0;
const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_KERMIT);

/// The commands of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Cassettes and standing condition.
    Status,
    /// Record of the last moving command.
    LastStatus,
    /// Places of the notes at the exit.
    PresentStatus,
    /// The marker.
    Mark,
    /// Stacks notes behind the shutter.
    Dispense,
    /// Opens the shutter.
    Present,
    /// Draws back what lies at the exit.
    Retract,
    /// One note to the reject unit.
    TestDispense,
    /// Clears the path.
    Reset,
}

impl Code {
    const ALL: [Self; 9] = [
        Self::Status,
        Self::LastStatus,
        Self::PresentStatus,
        Self::Mark,
        Self::Dispense,
        Self::Present,
        Self::Retract,
        Self::TestDispense,
        Self::Reset,
    ];

    /// The byte on the wire.
    #[must_use]
    pub const fn byte(self) -> u8 {
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

    /// The command of a byte.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.byte() == byte)
    }
}

/// What a device frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The reply to a command.
    Reply(Code),
    /// Unasked: the exit is empty.
    Taken,
}

/// A device frame whose length and CRC are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub kind: Kind,
    /// Transaction number.
    pub number: u16,
    /// The bytes between NUMBER and CRC.
    pub data: Vec<u8>,
}

/// A host frame. `data` has at most 61 bytes; the longest command has four.
#[must_use]
pub fn command(code: Code, number: u16, data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(data.len()).unwrap_or(LEN_MAX).saturating_add(LEN_MIN);
    let mut frame = vec![STX, length, code.byte()];
    frame.extend(number.to_be_bytes());
    frame.extend_from_slice(data);
    let check = CRC.checksum(frame.get(1..).unwrap_or_default());
    frame.extend(check.to_le_bytes());
    frame
}

/// Cuts the byte stream of the device into tokens.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
}

impl Framing for Decoder {
    type Reply = Frame;

    fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    fn next_token(&mut self) -> Option<Token<Frame>> {
        loop {
            match *self.buffer.first()? {
                STX => match self.frame()? {
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
        self.buffer.len() >= 3
    }
}

impl Decoder {
    /// Reads at an STX: nothing = wait, `Some(None)` = this STX opens no frame.
    fn frame(&mut self) -> Option<Option<Token<Frame>>> {
        let length = *self.buffer.get(1)?;
        if !(LEN_MIN..=LEN_MAX).contains(&length) {
            return Some(None);
        }
        let command = *self.buffer.get(2)?;
        let kind = match command {
            TAKEN => Kind::Taken,
            other => match other.checked_sub(REPLY).and_then(Code::from_byte) {
                Some(code) => Kind::Reply(code),
                None => return Some(None),
            },
        };
        let whole = usize::from(length).saturating_add(ENVELOPE);
        let frame = self.buffer.get(..whole)?;
        let (head, check) = frame.split_at(whole.saturating_sub(2));
        if let [_stx, body @ ..] = head
            && CRC.checksum(body).to_le_bytes() == check
            && let [_len, _cmd, high, low, data @ ..] = body
        {
            let number = u16::from_be_bytes([*high, *low]);
            let frame = Frame { kind, number, data: data.to_vec() };
            self.skip(whole);
            return Some(Some(Token::Reply(frame)));
        }
        // STX may be data, or where the repetition of a frame that lost bytes begins.
        let next =
            frame.iter().skip(1).position(|byte| *byte == STX).map_or(whole, |at| at.saturating_add(1));
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

    const MARKED: &str = "02 10 82 00 03 00 10 00 01 00 00 00 00 00 00 00 00 00 04 82";

    fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    fn tokens(bytes: &[u8]) -> Vec<Token<Frame>> {
        let mut decoder = Decoder::default();
        decoder.push(bytes);
        std::iter::from_fn(|| decoder.next_token()).collect()
    }

    /// A device frame with any number and data.
    fn framed(kind: u8, number: u16, data: &[u8]) -> Vec<u8> {
        let mut frame = command(Code::Status, number, data);
        frame[2] = kind;
        let check = frame.len() - 2;
        let sum = CRC.checksum(&frame[1..check]).to_le_bytes();
        frame[check..].copy_from_slice(&sum);
        frame
    }

    #[test]
    fn sample_command_frames_are_built_byte_for_byte() {
        let rows: [(Code, u16, &[u8], &str); 9] = [
            (Code::Status, 1, &[], "02 03 01 00 01 98 6e"),
            (Code::LastStatus, 2, &[], "02 03 02 00 02 67 b3"),
            (Code::Mark, 1, &[], "02 03 10 00 01 d1 b1"),
            (Code::Dispense, 2, &[2, 0, 1, 0], "02 07 11 00 02 02 00 01 00 34 80"),
            (Code::Present, 3, &[], "02 03 12 00 03 7b 27"),
            (Code::Retract, 4, &[], "02 03 13 00 04 18 09"),
            (Code::PresentStatus, 4, &[], "02 03 03 00 04 8d 8c"),
            (Code::TestDispense, 5, &[2], "02 04 14 00 05 02 f7 c1"),
            (Code::Reset, 6, &[], "02 03 15 00 06 d3 fc"),
        ];
        for (code, number, data, frame) in rows {
            assert_eq!(command(code, number, data), hex(frame), "{code:?}");
        }
    }

    #[test]
    fn sample_replies_and_the_unasked_frame_are_read() {
        let stacked =
            Frame { kind: Kind::Reply(Code::Dispense), number: 2, data: vec![0, 2, 0, 0, 0, 1, 1, 0, 0] };
        assert_eq!(
            tokens(&hex("06 02 0c 91 00 02 00 02 00 00 00 01 01 00 00 d7 10")),
            [Token::Ack, Token::Reply(stacked)]
        );
        let taken =
            Frame { kind: Kind::Taken, number: 3, data: vec![0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0] };
        assert_eq!(
            tokens(&hex("02 11 c0 00 03 00 00 00 02 00 00 00 00 00 01 00 00 00 00 fc 12")),
            [Token::Reply(taken)]
        );
    }

    #[test]
    fn stx_ack_and_nak_inside_a_frame_are_data() {
        let frame = framed(0x91, 0x0206, &[0x02, 0x06, 0x15, 0x02]);
        assert!(
            matches!(&tokens(&frame)[..], [Token::Reply(Frame { number: 0x0206, data, .. })] if data.len() == 4)
        );
    }

    #[test]
    fn a_frame_that_lost_a_byte_does_not_swallow_its_repetition() {
        for lost in 3..20 {
            let mut stream = hex(MARKED);
            stream.remove(lost);
            stream.extend(hex(MARKED));
            let found = tokens(&stream);
            assert!(found.contains(&Token::Damaged), "lost byte {lost}");
            assert!(matches!(found.last(), Some(Token::Reply(_))), "lost byte {lost}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_cut_give_the_same_tokens_and_keep_less_than_a_frame(
            bytes in proptest::collection::vec(prop_oneof![Just(0x02u8), Just(0x04), Just(0x91), any::<u8>()], 0..300),
            cut in 1usize..9,
        ) {
            let mut decoder = Decoder::default();
            let mut cut_up = Vec::new();
            for part in bytes.chunks(cut) {
                decoder.push(part);
                cut_up.extend(std::iter::from_fn(|| decoder.next_token()));
                prop_assert!(decoder.buffer.len() < usize::from(LEN_MAX) + ENVELOPE);
            }
            prop_assert_eq!(cut_up, tokens(&bytes));
        }

        #[test]
        fn behind_any_noise_a_good_frame_is_read_again(
            noise in proptest::collection::vec(any::<u8>(), 0..80),
            number in any::<u16>(),
            data in proptest::collection::vec(any::<u8>(), 0..61),
        ) {
            // Noise may open a frame of up to 68 bytes; what comes behind that is found.
            let frame = framed(0x91, number, &data);
            let mut stream = noise;
            for _ in 0..12 {
                stream.extend(&frame);
            }
            let good = Token::Reply(Frame { kind: Kind::Reply(Code::Dispense), number, data });
            prop_assert!(tokens(&stream).contains(&good));
        }

        #[test]
        fn what_is_framed_is_read_back(number in any::<u16>(), data in proptest::collection::vec(any::<u8>(), 0..61)) {
            let taken = Token::Reply(Frame { kind: Kind::Taken, number, data: data.clone() });
            prop_assert_eq!(tokens(&framed(TAKEN, number, &data)), vec![taken]);
        }
    }
}
