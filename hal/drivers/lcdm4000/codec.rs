//! LCDM-4000 frames: bytes to tokens and back (protocols section 1.1 and 1.4).
//!
//! Host to device `EOT ID STX CMD DATA… ETX BCC`, device to host `SOH ID STX CMD DATA… ETX BCC`, ID 30h, BCC the
//! exclusive or of everything before it. BCC may be any byte, so a frame is cut by the length that belongs to its
//! command and never by looking for ETX. The decoder is total: any bytes in any cut give tokens or nothing, and
//! what is not a frame is skipped until the next SOH. What data bytes mean is not decided here.

/// End of transmission: opens a host frame, and alone ends an exchange.
pub const EOT: u8 = 0x04;
/// Opens a device frame.
pub const SOH: u8 = 0x01;
/// Received well.
pub const ACK: u8 = 0x06;
/// Received damaged.
pub const NAK: u8 = 0x15;
const ID: u8 = 0x30;
const STX: u8 = 0x02;
const ETX: u8 = 0x03;
/// Bytes around the data of a reply: SOH ID STX CMD and ETX BCC.
const ENVELOPE: usize = 6;
/// Zero in every counter byte; keeps data clear of control bytes.
pub const BASE: u8 = 0x20;

/// The commands that the driver speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Brings the mechanics to rest.
    Reset,
    /// Cassettes and sensors.
    Status,
    /// Clears the path; the marker.
    Purge,
    /// Moves notes to the exit.
    Dispense,
    /// Moves notes to the reject tray.
    TestDispense,
    /// Last command and its counters.
    LastStatus,
    /// Serial number of the last dispense (one dialect only).
    SerialNumber,
}

impl Code {
    /// The byte on the wire.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Reset => 0x44,
            Self::Status => 0x50,
            Self::Purge => 0x51,
            Self::Dispense => 0x52,
            Self::TestDispense => 0x53,
            Self::LastStatus => 0x55,
            Self::SerialNumber => 0x67,
        }
    }

    /// The command of a byte.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x44 => Some(Self::Reset),
            0x50 => Some(Self::Status),
            0x51 => Some(Self::Purge),
            0x52 => Some(Self::Dispense),
            0x53 => Some(Self::TestDispense),
            0x55 => Some(Self::LastStatus),
            0x67 => Some(Self::SerialNumber),
            _ => None,
        }
    }

    /// Length of the whole reply in bytes (protocols section 1.4, last column).
    #[must_use]
    pub const fn reply_len(self) -> usize {
        match self {
            Self::Reset => 7,
            Self::Status => 24,
            Self::Purge => 20,
            Self::Dispense | Self::TestDispense => 29,
            Self::LastStatus => 21,
            Self::SerialNumber => 8,
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

/// What the decoder found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// ACK outside a frame.
    Ack,
    /// NAK outside a frame.
    Nak,
    /// EOT outside a frame.
    Eot,
    /// A good frame.
    Reply(Reply),
    /// Something with the head of a frame and the length of one, but a wrong end or BCC.
    Damaged,
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

fn bcc(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// Cuts the byte stream of the device into tokens.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
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

    /// Whether the beginning of a frame waits for the rest.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Whether what waits has a frame's whole head, so that noise alone is unlikely.
    #[must_use]
    pub fn has_head(&self) -> bool {
        self.buffer.len() >= 4
    }

    /// The next token, or nothing until more bytes come.
    pub fn next_token(&mut self) -> Option<Token> {
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
                        EOT => return Some(Token::Eot),
                        _ => {}
                    }
                }
            }
        }
    }

    /// Reads at an SOH: nothing = wait, `Some(None)` = this SOH opens no frame.
    fn frame(&mut self) -> Option<Option<Token>> {
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

    pub(crate) fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    fn tokens(bytes: &[u8]) -> Vec<Token> {
        let mut decoder = Decoder::default();
        decoder.push(bytes);
        std::iter::from_fn(|| decoder.next_token()).collect()
    }

    #[test]
    fn captured_command_frames_are_built_byte_for_byte() {
        assert_eq!(command(Code::Status, &[]), hex("04 30 02 50 03 65"));
        assert_eq!(command(Code::Purge, &[]), hex("04 30 02 51 03 64"));
        assert_eq!(command(Code::LastStatus, &[]), hex("04 30 02 55 03 60"));
        assert_eq!(command(Code::Reset, &[]), hex("04 30 02 44 03 71"));
        let mut data = hex("22 23 20 21");
        data.extend([0x20; 11]);
        let frame = command(Code::Dispense, &data);
        assert_eq!(frame.len(), 21);
        assert!(frame.ends_with(&hex("20 03 47")));
        let one_of_the_third = hex("20 20 21 20 20 20 20 20 20 20 20 20 20 20 20");
        assert_eq!(
            command(Code::TestDispense, &one_of_the_third),
            hex("04 30 02 53 20 20 21 20 20 20 20 20 20 20 20 20 20 20 20 03 47")
        );
    }

    #[test]
    fn captured_replies_are_read() {
        let status = "06 01 30 02 50 20 20 20 31 2a 60 20 32 2a 60 20 33 2a 60 20 34 2a 60 03 64";
        assert!(
            matches!(&tokens(&hex(status))[..], [Token::Ack, Token::Reply(Reply { code: Code::Status, data })] if data.len() == 18)
        );
        let dispensed =
            "01 30 02 52 20 30 22 20 31 23 20 32 20 20 33 21 20 34 20 20 20 20 20 20 20 20 20 03 56 04";
        assert!(
            matches!(&tokens(&hex(dispensed))[..], [Token::Reply(Reply { code: Code::Dispense, data }), Token::Eot] if data.len() == 23)
        );
        let last = "01 30 02 55 52 20 30 22 20 31 23 20 32 20 20 33 21 20 34 03 23";
        assert!(
            matches!(&tokens(&hex(last))[..], [Token::Reply(Reply { code: Code::LastStatus, data })] if data.len() == 15)
        );
    }

    #[test]
    fn a_wrong_check_byte_is_damage_and_the_repetition_behind_it_is_read() {
        let good = hex("01 30 02 55 52 20 30 22 20 31 23 20 32 20 20 33 21 20 34 03 23");
        let mut bad = good.clone();
        bad[7] ^= 1;
        assert_eq!(tokens(&bad), vec![Token::Damaged]);
        bad.extend(&good);
        assert!(matches!(&tokens(&bad)[..], [Token::Damaged, Token::Reply(_)]));
    }

    #[test]
    fn a_frame_that_lost_bytes_does_not_swallow_its_repetition() {
        let good = hex("01 30 02 55 52 20 30 22 20 31 23 20 32 20 20 33 21 20 34 03 23");
        for lost in 4..good.len() {
            let mut stream = good.clone();
            stream.remove(lost);
            stream.extend(&good);
            assert!(matches!(tokens(&stream).last(), Some(Token::Reply(_))), "lost byte {lost}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_cut_give_the_same_tokens(bytes in proptest::collection::vec(prop_oneof![Just(0x01u8), Just(0x30), Just(0x02), Just(0x55), any::<u8>()], 0..200), cut in 1usize..9) {
            let mut decoder = Decoder::default();
            let mut cut_up = Vec::new();
            for part in bytes.chunks(cut) {
                decoder.push(part);
                cut_up.extend(std::iter::from_fn(|| decoder.next_token()));
            }
            prop_assert_eq!(cut_up, tokens(&bytes));
        }

        #[test]
        fn noise_before_a_frame_never_hides_it(noise in proptest::collection::vec(any::<u8>().prop_filter("no SOH", |b| *b != SOH), 0..40)) {
            let mut stream = noise;
            stream.extend(hex("01 30 02 51 20 30 20 20 31 20 20 32 20 20 33 20 20 34 03 75"));
            let found = tokens(&stream);
            let read = matches!(found.last(), Some(Token::Reply(Reply { code: Code::Purge, .. })));
            prop_assert!(read);
        }
    }
}
