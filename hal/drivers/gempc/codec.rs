//! GemPC Twin frames: bytes to tokens and back (protocols section 5).
//!
//! Both ways `03 06`, a CCID message, LRC; the LRC is the exclusive or of everything before it. A CCID message is type,
//! length (four bytes, low first), slot, sequence number, three bytes that depend on the type, data. `03 15 16` refuses
//! a damaged frame. Unframed between frames: `50 03` and `50 02` for a card that came or left, and single bytes from
//! 80h for a card that asks for time in T=0. Unframed bytes carry no check, so they are hints and never facts.
//!
//! The decoder is total: any bytes in any cut give tokens or nothing. After damage it looks for the next frame only,
//! because what lies between may be data that looks like a hint. Frames may carry a PIN: buffers are wiped as they empty.

use senim_domain::SecretBytes;
use zeroize::Zeroize;

use super::wiped::Wiped;

const SYNC: u8 = 0x03;
const ACK: u8 = 0x06;
const NAK: u8 = 0x15;
const NOTIFY: u8 = 0x50;
const ABSENT: u8 = 0x02;
const PRESENT: u8 = 0x03;
/// Bytes of a CCID header.
const HEADER: usize = 10;
/// SYNC, ACK and LRC around a message.
const ENVELOPE: usize = 3;
/// Most data bytes in a message: the reader takes messages of 271 bytes.
pub const DATA_MAX: usize = 261;
/// What the decoder keeps at most; a frame is 274 bytes long.
const BUFFER_MAX: usize = 1_024;

/// The messages that the driver sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Parameters of the protocol with the card.
    SetParameters,
    /// Power and reset; answered by the ATR.
    PowerOn,
    /// No power.
    PowerOff,
    /// Is there a card.
    SlotStatus,
    /// The maker's own commands.
    Escape,
    /// A block or a TPDU for the card.
    Transfer,
    /// A PIN is typed on the reader's keys and put into a block or a TPDU for the card.
    Secure,
}

impl Code {
    /// The type byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::SetParameters => 0x61,
            Self::PowerOn => 0x62,
            Self::PowerOff => 0x63,
            Self::SlotStatus => 0x65,
            Self::Escape => 0x6B,
            Self::Transfer => 0x6F,
            Self::Secure => 0x69,
        }
    }

    /// The type byte of its answer.
    #[must_use]
    pub const fn answer(self) -> u8 {
        match self {
            Self::PowerOn | Self::Transfer | Self::Secure => 0x80,
            Self::PowerOff | Self::SlotStatus => 0x81,
            Self::SetParameters => 0x82,
            Self::Escape => 0x83,
        }
    }
}

/// The card as an answer's status byte tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icc {
    /// Has power.
    Active,
    /// There, without power.
    Inactive,
    /// None.
    Absent,
}

/// Status and error of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The card.
    pub icc: Icc,
    /// The command failed; `error` says why.
    pub failed: bool,
    /// Not an answer yet: more time is needed, `error` times the waiting time of the card.
    pub extension: bool,
    /// Error code, or the factor of a time extension.
    pub error: u8,
}

/// A CCID message, either way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Type byte.
    pub kind: u8,
    /// Slot, 0 in this reader.
    pub slot: u8,
    /// An answer repeats the number of its command.
    pub seq: u8,
    /// What belongs to the type: parameters of a command; status, error and one more byte of an answer.
    pub specific: [u8; 3],
    /// At most [`DATA_MAX`] bytes.
    pub data: SecretBytes,
}

impl Message {
    /// The whole frame; data beyond [`DATA_MAX`] is cut off.
    #[must_use]
    pub fn frame(&self) -> Vec<u8> {
        let data = self.data.expose();
        let data = data.get(..DATA_MAX).unwrap_or(data);
        // In its final size from the start: growing would leave copies of a PIN behind.
        let mut frame = Vec::with_capacity(data.len().saturating_add(HEADER).saturating_add(ENVELOPE));
        frame.extend([SYNC, ACK, self.kind]);
        frame.extend(u32::try_from(data.len()).unwrap_or(0).to_le_bytes());
        frame.extend([self.slot, self.seq]);
        frame.extend(self.specific);
        frame.extend_from_slice(data);
        frame.push(xor(&frame));
        frame
    }

    /// Status and error of an answer. The card states 2 and 3 (no such state) count as absent.
    #[must_use]
    pub const fn status(&self) -> Status {
        let [status, error, _] = self.specific;
        let icc = match status & 0x03 {
            0 => Icc::Active,
            1 => Icc::Inactive,
            _ => Icc::Absent,
        };
        Status { icc, failed: status & 0x40 != 0, extension: status & 0x80 != 0, error }
    }
}

/// The exclusive or of all bytes.
#[must_use]
pub fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// What the decoder found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A good frame: an answer, or the echo of a command.
    Message(Message),
    /// The reader got a damaged frame and did nothing.
    Nak,
    /// A hint that a card came (`true`) or left.
    Slot(bool),
    /// A hint that the card needs time.
    TimeRequest,
    /// A frame with a wrong LRC, or one that stopped short.
    Damaged,
}

/// Cuts the byte stream of the reader into tokens.
#[derive(Debug)]
pub struct Decoder {
    buffer: Wiped,
    /// After damage nothing but a frame is believed.
    lost: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { buffer: Wiped::with_capacity(BUFFER_MAX), lost: false }
    }
}

impl Decoder {
    /// Takes bytes in any cut. Of more than 1,024 waiting bytes the oldest are dropped; who asks for tokens after every
    /// 512 bytes loses none.
    pub fn push(&mut self, bytes: &[u8]) {
        let bytes = bytes.get(bytes.len().saturating_sub(BUFFER_MAX)..).unwrap_or_default();
        let over = self.buffer.len().saturating_add(bytes.len()).saturating_sub(BUFFER_MAX);
        self.skip(over);
        self.buffer.extend_from_slice(bytes);
    }

    /// Forgets what has not become a token.
    pub fn clear(&mut self) {
        self.skip(self.buffer.len());
        self.lost = false;
    }

    /// Whether the beginning of something waits for the rest.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// The line fell silent: what waits will not be completed. Tells whether a frame had begun; frames hidden behind
    /// its beginning come out as tokens next.
    pub fn give_up(&mut self) -> bool {
        let begun = self.buffer.starts_with(&[SYNC, ACK]);
        self.skip(1);
        self.lost = self.is_partial();
        begun
    }

    /// The next token, or nothing until more bytes come.
    pub fn next_token(&mut self) -> Option<Token> {
        loop {
            match *self.buffer.first()? {
                SYNC => match self.frame()? {
                    Some(token) => return Some(token),
                    None => self.skip(1),
                },
                NOTIFY if !self.lost => match *self.buffer.get(1)? {
                    state @ (ABSENT | PRESENT) => {
                        self.skip(2);
                        return Some(Token::Slot(state == PRESENT));
                    }
                    _ => self.skip(1),
                },
                0x80.. if !self.lost => {
                    self.skip(1);
                    return Some(Token::TimeRequest);
                }
                _ => self.skip(1),
            }
        }
    }

    /// Reads at a SYNC: nothing = wait, `Some(None)` = it opens no frame.
    #[expect(clippy::option_option, reason = "the outer level is waiting, the inner one is the finding")]
    fn frame(&mut self) -> Option<Option<Token>> {
        match *self.buffer.get(1)? {
            NAK => {
                if *self.buffer.get(2)? != SYNC ^ NAK {
                    return Some(None);
                }
                self.skip(3);
                self.lost = false;
                return Some(Some(Token::Nak));
            }
            ACK => {}
            _ => return Some(None),
        }
        let kind = *self.buffer.get(2)?;
        if !matches!(kind, 0x61..=0x73 | 0x80..=0x84) {
            return Some(None);
        }
        let length = self.buffer.get(3..7)?;
        let length = length.iter().rev().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
        if length > DATA_MAX {
            return Some(None);
        }
        let size = length.saturating_add(HEADER).saturating_add(ENVELOPE);
        let frame = self.buffer.get(..size)?;
        let token = match frame {
            [_, _, kind, _, _, _, _, slot, seq, a, b, c, data @ .., _] if xor(frame) == 0 => {
                self.lost = false;
                Token::Message(Message {
                    kind: *kind,
                    slot: *slot,
                    seq: *seq,
                    specific: [*a, *b, *c],
                    data: SecretBytes::new(data.to_vec()),
                })
            }
            _ => {
                // Bytes may have been lost, and then the next frame has begun inside this one.
                let next = frame.iter().skip(1).position(|byte| *byte == SYNC);
                self.lost = true;
                self.skip(next.map_or(size, |at| at.saturating_add(1)));
                return Some(Some(Token::Damaged));
            }
        };
        self.skip(size);
        Some(Some(token))
    }

    fn skip(&mut self, count: usize) {
        let count = count.min(self.buffer.len());
        self.buffer.rotate_left(count);
        let keep = self.buffer.len().saturating_sub(count);
        if let Some(spent) = self.buffer.get_mut(keep..) {
            spent.zeroize();
        }
        self.buffer.truncate(keep);
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
        let mut decoder = Decoder::default();
        let mut found = Vec::new();
        for part in bytes.chunks(512) {
            decoder.push(part);
            found.extend(std::iter::from_fn(|| decoder.next_token()));
        }
        found
    }

    fn message(kind: u8, seq: u8, specific: [u8; 3], data: &[u8]) -> Message {
        Message { kind, slot: 0, seq, specific, data: SecretBytes::new(data.to_vec()) }
    }

    #[test]
    fn captured_commands_are_built_byte_for_byte() {
        let firmware = message(Code::Escape.byte(), 0, [0; 3], &[0x02]);
        assert_eq!(firmware.frame(), hex("03 06 6b 01 00 00 00 00 00 00 00 00 02 6d"));
        let slot = message(Code::SlotStatus.byte(), 2, [0; 3], &[]);
        assert_eq!(slot.frame(), hex("03 06 65 00 00 00 00 00 02 00 00 00 62"));
        let power = message(Code::PowerOn.byte(), 5, [1, 0, 0], &[]);
        assert_eq!(power.frame(), hex("03 06 62 00 00 00 00 00 05 01 00 00 63"));
    }

    #[test]
    fn the_captured_firmware_answer_is_read() {
        let answer = message(0x83, 0, [1, 0, 0], b"GemTwin-V2.00-GB02");
        let frame = answer.frame();
        assert!(frame.starts_with(&hex("03 06 83 12 00 00 00 00 00 01 00 00 47 65 6d")));
        assert_eq!(tokens(&frame), vec![Token::Message(answer.clone())]);
        assert_eq!(answer.status(), Status { icc: Icc::Inactive, failed: false, extension: false, error: 0 });
    }

    #[test]
    fn what_lies_between_frames_is_told_apart() {
        let mut stream = hex("50 03 00 7f 03 15 16 50 02 9a 50 55 03 07");
        stream.extend(message(0x81, 9, [0x02, 0, 0], &[]).frame());
        let found = tokens(&stream);
        assert_eq!(found[..4], [Token::Slot(true), Token::Nak, Token::Slot(false), Token::TimeRequest]);
        assert!(matches!(&found[4], Token::Message(told) if told.status().icc == Icc::Absent));
    }

    #[test]
    fn data_of_a_damaged_frame_is_never_taken_for_a_hint() {
        let mut frame = message(0x80, 1, [0, 0, 0], &hex("50 02 90 00 03 50 02 ff")).frame();
        frame[12] ^= 0x01;
        assert_eq!(tokens(&frame), vec![Token::Damaged]);
        frame.extend(message(0x81, 2, [0, 0, 0], &[]).frame());
        frame.extend([0x50, 0x02]);
        let found = tokens(&frame);
        assert!(matches!(found[..], [Token::Damaged, Token::Message(_), Token::Slot(false)]), "{found:?}");
    }

    #[test]
    fn a_frame_that_stopped_short_frees_the_frame_behind_it() {
        let whole = message(0x80, 1, [0, 0, 0], &[0xAA; 200]).frame();
        let mut decoder = Decoder::default();
        decoder.push(&whole[..60]);
        decoder.push(&message(0x81, 7, [0, 0, 0], &[]).frame());
        assert_eq!(decoder.next_token(), None);
        assert!(decoder.give_up());
        assert!(matches!(decoder.next_token(), Some(Token::Message(told)) if told.seq == 7));
        assert!(!decoder.is_partial());
    }

    #[test]
    fn debug_output_shows_no_data() {
        let told = format!("{:?}", message(0x6F, 1, [0, 0, 0], b"1234"));
        assert!(told.contains("SecretBytes(…)") && !told.contains("49"));
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_cut_give_the_same_tokens(
            bytes in proptest::collection::vec(prop_oneof![Just(0x03u8), Just(0x06), Just(0x15), Just(0x50), Just(0x80), Just(0), any::<u8>()], 0..600),
            cut in 1usize..40,
        ) {
            let mut decoder = Decoder::default();
            let mut found = Vec::new();
            for part in bytes.chunks(cut) {
                decoder.push(part);
                found.extend(std::iter::from_fn(|| decoder.next_token()));
                prop_assert!(decoder.buffer.len() <= DATA_MAX + HEADER + ENVELOPE);
            }
            prop_assert_eq!(found, tokens(&bytes));
            while decoder.is_partial() {
                decoder.give_up();
                while decoder.next_token().is_some() {}
            }
        }

        #[test]
        fn the_buffer_is_bounded_even_when_nobody_asks(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..900), 0..6)) {
            let mut decoder = Decoder::default();
            for part in &parts {
                decoder.push(part);
            }
            prop_assert!(decoder.buffer.len() <= BUFFER_MAX);
            prop_assert_eq!(decoder.buffer.capacity(), BUFFER_MAX);
        }

        #[test]
        fn a_good_frame_behind_noise_is_found(
            noise in proptest::collection::vec(any::<u8>().prop_filter("no SYNC", |byte| *byte != SYNC), 0..60),
            data in proptest::collection::vec(any::<u8>(), 0..DATA_MAX),
        ) {
            // A notification's first byte would take the SYNC for its second one.
            let mut stream = noise;
            stream.push(0);
            let sent = message(0x80, 3, [0, 0, 0], &data);
            stream.extend(sent.frame());
            prop_assert_eq!(tokens(&stream).pop(), Some(Token::Message(sent)));
        }

        #[test]
        fn every_message_survives_the_way_through_a_frame(kind in 0x80u8..0x85, seq: u8, specific: [u8; 3], data in proptest::collection::vec(any::<u8>(), 0..=DATA_MAX)) {
            let sent = message(kind, seq, specific, &data);
            prop_assert_eq!(tokens(&sent.frame()), vec![Token::Message(sent)]);
        }
    }
}
