//! PN532 frames on the high-speed UART: bytes to tokens and back (protocols section 4).
//!
//! `00 FF` opens a frame; before it and behind it any number of zeros may stand. Then `LEN LCS` with a zero sum, or
//! `FF FF LENM LENL LCS` for more than 255 bytes; LEN bytes from TFI on; and DCS, which makes their sum zero. ACK is
//! `00 FF 00 FF`, NACK `00 FF FF 00`. The decoder is total: any bytes in any cut give tokens or nothing, and it keeps
//! no more than one frame. Where a frame is damaged it looks for the next start code inside it. What data bytes mean
//! is not decided here.

use senim_domain::SecretBytes;

/// Wakes the chip; the first command follows directly.
pub const WAKE_UP: [u8; 16] = [0x55, 0x55, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// To the chip: give up what is under way.
pub const ACK: [u8; 6] = [0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00];
/// To the chip: say your last reply again.
pub const NACK: [u8; 6] = [0x00, 0x00, 0xFF, 0xFF, 0x00, 0x00];
/// Most bytes from TFI to the last data byte.
pub const LENGTH_MAX: usize = 265;
const START: [u8; 2] = [0x00, 0xFF];
const TO_CHIP: u8 = 0xD4;
const FROM_CHIP: u8 = 0xD5;
const ERROR: u8 = 0x7F;

/// The commands that the driver speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Self tests; test 6 asks whether the card is still there.
    Diagnose,
    /// IC, version, revision, support.
    GetFirmwareVersion,
    /// What the chip does by itself.
    SetParameters,
    /// Leaves low-V_BAT mode.
    SamConfiguration,
    /// Field and retries.
    RfConfiguration,
    /// An APDU, or a piece of one.
    InDataExchange,
    /// Puts the card to sleep.
    InDeselect,
    /// Looks for cards and activates them.
    InListPassiveTarget,
    /// Forgets the card.
    InRelease,
    /// Wakes a card that was put to sleep.
    InSelect,
}

impl Code {
    /// The byte on the wire; the reply bears this plus one.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Diagnose => 0x00,
            Self::GetFirmwareVersion => 0x02,
            Self::SetParameters => 0x12,
            Self::SamConfiguration => 0x14,
            Self::RfConfiguration => 0x32,
            Self::InDataExchange => 0x40,
            Self::InDeselect => 0x44,
            Self::InListPassiveTarget => 0x4A,
            Self::InRelease => 0x52,
            Self::InSelect => 0x54,
        }
    }
}

/// What the decoder found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// The chip took the command.
    Ack,
    /// No chip says this.
    Nack,
    /// The error frame: the chip cannot make sense of the command.
    SyntaxError,
    /// A good frame from the chip.
    Reply {
        /// Response code.
        code: u8,
        /// What follows it.
        data: SecretBytes,
    },
    /// A start code that opens no good frame.
    Damaged,
}

/// A host frame; extended where the data does not fit a normal one.
#[must_use]
pub fn command(code: u8, data: &[u8]) -> Vec<u8> {
    let length = data.len().saturating_add(2);
    let mut frame = vec![0x00, 0x00, 0xFF];
    match u8::try_from(length) {
        Ok(length) => frame.extend([length, length.wrapping_neg()]),
        Err(_) => {
            let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
            frame.extend([0xFF, 0xFF, high, low, high.wrapping_add(low).wrapping_neg()]);
        }
    }
    let packet_at = frame.len();
    frame.extend([TO_CHIP, code]);
    frame.extend_from_slice(data);
    let check = sum(frame.get(packet_at..).unwrap_or_default()).wrapping_neg();
    frame.extend([check, 0x00]);
    frame
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// Where the packet of a frame lies, or what the frame is instead.
enum Head {
    Incomplete,
    Whole(Token),
    Packet { at: usize, length: usize },
}

/// Cuts the byte stream of the chip into tokens.
#[derive(Default)]
pub struct Decoder {
    /// Once cut, begins with a start code or is shorter than one.
    buffer: Vec<u8>,
}

/// Card data passes through here: only its length is shown.
impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("bytes", &self.buffer.len()).finish()
    }
}

impl Decoder {
    /// Takes bytes in any cut.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Forgets what has not become a token.
    pub fn clear(&mut self) {
        self.buffer.clear();
    }

    /// Whether the beginning of a frame waits for the rest. Asked after the last token was taken.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.buffer.len() >= START.len()
    }

    /// The rest of the frame that waits will not come: leaves it, so that the next start code inside it counts.
    pub fn give_up(&mut self) {
        self.skip(START.len());
    }

    /// The next token, or nothing until more bytes come.
    pub fn next_token(&mut self) -> Option<Token> {
        match self.buffer.windows(START.len()).position(|two| two == START) {
            Some(at) => self.skip(at),
            None => {
                let keep = usize::from(self.buffer.last() == Some(&0x00));
                self.skip(self.buffer.len().saturating_sub(keep));
                return None;
            }
        }
        match self.head() {
            Head::Incomplete => None,
            Head::Whole(token) => {
                // ACK and NACK are four bytes; of a damaged head only the start code is spent.
                let damaged = token == Token::Damaged;
                self.skip(if damaged { START.len() } else { START.len().saturating_mul(2) });
                Some(token)
            }
            Head::Packet { at, length } => {
                let end = at.saturating_add(length).saturating_add(1);
                let packet = self.buffer.get(at..end)?;
                let token = read(packet);
                self.skip(if token == Token::Damaged { START.len() } else { end });
                Some(token)
            }
        }
    }

    fn head(&self) -> Head {
        match self.buffer.get(START.len()..).unwrap_or_default() {
            [0x00, 0xFF, ..] => Head::Whole(Token::Ack),
            [0xFF, 0x00, ..] => Head::Whole(Token::Nack),
            [0xFF, 0xFF, high, low, check, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                if sum(&[*high, *low, *check]) == 0 && (1..=LENGTH_MAX).contains(&length) {
                    Head::Packet { at: 7, length }
                } else {
                    Head::Whole(Token::Damaged)
                }
            }
            [0xFF, 0xFF, ..] | [] | [_] => Head::Incomplete,
            [length, check, ..] => {
                if sum(&[*length, *check]) == 0 && *length > 0 {
                    Head::Packet { at: 4, length: usize::from(*length) }
                } else {
                    Head::Whole(Token::Damaged)
                }
            }
        }
    }

    fn skip(&mut self, count: usize) {
        self.buffer.drain(..count.min(self.buffer.len()));
    }
}

/// A packet with its check behind it.
fn read(packet: &[u8]) -> Token {
    match packet {
        _ if sum(packet) != 0 => Token::Damaged,
        [ERROR, _] => Token::SyntaxError,
        [FROM_CHIP, code, data @ .., _] => {
            Token::Reply { code: *code, data: SecretBytes::new(data.to_vec()) }
        }
        _ => Token::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    fn drain(decoder: &mut Decoder) -> Vec<Token> {
        std::iter::from_fn(|| decoder.next_token()).collect()
    }

    fn tokens(bytes: &[u8]) -> Vec<Token> {
        let mut decoder = Decoder::default();
        decoder.push(bytes);
        drain(&mut decoder)
    }

    fn reply(code: u8, data: &[u8]) -> Token {
        Token::Reply { code, data: SecretBytes::new(data.to_vec()) }
    }

    /// What the chip would send: a host frame with the other TFI.
    fn from_chip(code: u8, data: &[u8]) -> Vec<u8> {
        let mut frame = command(code, data);
        let end = frame.len() - 2;
        let tfi = end - data.len() - 2;
        frame[tfi] = FROM_CHIP;
        frame[end] = frame[end].wrapping_sub(1);
        frame
    }

    #[test]
    fn captured_command_frames_are_built_byte_for_byte() {
        assert_eq!(command(0x14, &[1]), hex("00 00 ff 03 fd d4 14 01 17 00"));
        assert_eq!(command(0x02, &[]), hex("00 00 ff 02 fe d4 02 2a 00"));
        assert_eq!(
            command(0x00, &hex("00 6c 69 62 6e 66 63")),
            hex("00 00 ff 09 f7 d4 00 00 6c 69 62 6e 66 63 be 00")
        );
        assert_eq!(command(0x4A, &[1, 0]), hex("00 00 ff 04 fc d4 4a 01 00 e1 00"));
    }

    #[test]
    fn captured_replies_are_read() {
        assert_eq!(
            tokens(&hex("00 00 ff 00 ff 00 00 00 ff 02 fe d5 15 16 00")),
            vec![Token::Ack, reply(0x15, &[])]
        );
        assert_eq!(tokens(&hex("00 00 ff 06 fa d5 03 32 01 06 07 e8 00")), vec![reply(3, &[0x32, 1, 6, 7])]);
        assert_eq!(
            tokens(&hex("00 00 ff 09 f7 d5 01 00 6c 69 62 6e 66 63 bc 00")),
            vec![reply(1, &hex("00 6c 69 62 6e 66 63"))]
        );
        assert_eq!(tokens(&hex("00 00 ff 01 ff 7f 81 00")), vec![Token::SyntaxError]);
        assert_eq!(tokens(&NACK), vec![Token::Nack]);
    }

    #[test]
    fn more_than_255_bytes_travel_in_an_extended_frame_up_to_265() {
        assert_eq!(command(0x40, &[0; 253])[..5], hex("00 00 ff ff 01"));
        assert_eq!(command(0x40, &[0; 254])[..8], hex("00 00 ff ff ff 01 00 ff"));
        assert_eq!(command(0x40, &[0; 263])[..8], hex("00 00 ff ff ff 01 09 f6"));
        let longest = from_chip(0x41, &[7; 263]);
        assert_eq!(tokens(&longest), vec![reply(0x41, &[7; 263])]);
        assert!(
            !tokens(&from_chip(0x41, &[7; 264])).iter().any(|token| matches!(token, Token::Reply { .. }))
        );
    }

    #[test]
    fn a_damaged_frame_does_not_swallow_its_repetition() {
        let good = from_chip(0x41, &hex("00 61 82 90 00"));
        for at in 0..good.len() {
            let mut flipped = good.clone();
            flipped[at] ^= 0x20;
            let mut lost = good.clone();
            lost.remove(at);
            for damaged in [flipped, lost] {
                let mut decoder = Decoder::default();
                decoder.push(&damaged);
                let mut found = drain(&mut decoder);
                decoder.push(&good);
                found.extend(drain(&mut decoder));
                while decoder.is_partial() {
                    decoder.give_up();
                    found.extend(drain(&mut decoder));
                }
                assert_eq!(found.last(), Some(&reply(0x41, &hex("00 61 82 90 00"))), "byte {at}");
            }
        }
    }

    #[test]
    fn nothing_of_a_card_shows_in_debug_output() {
        let mut decoder = Decoder::default();
        decoder.push(b"\x00\xFFsecret");
        assert!(!format!("{decoder:?}").contains("115"));
        assert!(!format!("{:?}", reply(0x41, b"secret")).contains("115"));
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_cut_give_the_same_tokens_and_little_is_kept(
            bytes in proptest::collection::vec(prop_oneof![Just(0x00u8), Just(0xFF), Just(0xD5), Just(0x01), any::<u8>()], 0..700),
            cut in 1usize..9,
        ) {
            let mut decoder = Decoder::default();
            let mut cut_up = Vec::new();
            for part in bytes.chunks(cut) {
                decoder.push(part);
                cut_up.extend(drain(&mut decoder));
                prop_assert!(decoder.buffer.len() <= LENGTH_MAX + 8);
            }
            prop_assert_eq!(cut_up, tokens(&bytes));
        }

        #[test]
        fn a_good_frame_is_found_behind_any_noise(
            noise in proptest::collection::vec(prop_oneof![Just(0x00u8), Just(0xFF), any::<u8>()], 0..300),
            data in proptest::collection::vec(any::<u8>(), 0..263),
        ) {
            let mut decoder = Decoder::default();
            decoder.push(&noise);
            decoder.push(&from_chip(0x41, &data));
            let mut found = drain(&mut decoder);
            while decoder.is_partial() {
                decoder.give_up();
                found.extend(drain(&mut decoder));
            }
            // Noise that is a frame by itself may take the place of the first bytes; what it took it shows.
            let taken = found.iter().any(|token| matches!(token, Token::Reply { .. } | Token::SyntaxError));
            prop_assert!(taken);
            if !noise.windows(2).any(|two| two == START) {
                prop_assert_eq!(found, vec![reply(0x41, &data)]);
            }
        }

        #[test]
        fn what_is_built_is_read_back(code in any::<u8>(), data in proptest::collection::vec(any::<u8>(), 0..264)) {
            prop_assert_eq!(tokens(&from_chip(code, &data)), vec![reply(code, &data)]);
        }
    }
}
