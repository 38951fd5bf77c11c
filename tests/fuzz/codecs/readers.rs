//! Card readers: PN532 and the serial CCID of the GemPC Twin.

use senim_drivers::{gempc as contact, pn532 as chip};

use super::{Codec, check};

struct Pn532(chip::codec::Decoder);

impl Codec for Pn532 {
    type Token = chip::codec::Token;

    fn push(&mut self, bytes: &[u8]) {
        self.0.push(bytes);
    }

    fn next(&mut self) -> Option<Self::Token> {
        self.0.next_token()
    }

    fn give_up(&mut self) -> bool {
        self.0.give_up();
        self.0.is_partial()
    }

    fn kept(&self) -> usize {
        let shown = format!("{:?}", self.0);
        let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
        digits.parse().expect("the decoder shows how many bytes wait")
    }

    fn written(token: &Self::Token) -> Option<Vec<u8>> {
        use chip::codec::Token;
        match token {
            Token::Ack => Some(vec![0x00, 0xFF, 0x00, 0xFF]),
            Token::Nack => Some(vec![0x00, 0xFF, 0xFF, 0x00]),
            Token::SyntaxError => Some(vec![0x7F, 0x81]),
            Token::Reply { code, data } => {
                // From TFI on: short data may have come in an extended frame.
                let mut packet = vec![0xD5, *code];
                packet.extend_from_slice(data.expose());
                packet.push(packet.iter().fold(0u8, |sum, byte| sum.wrapping_sub(*byte)));
                Some(packet)
            }
            Token::Damaged => None,
        }
    }
}

/// PN532 on its high-speed UART.
pub fn pn532(bytes: &[u8]) {
    check(bytes, chip::codec::LENGTH_MAX + 7, || Pn532(chip::codec::Decoder::default()));
}

struct GemPc(contact::codec::Decoder);

impl Codec for GemPc {
    type Token = contact::codec::Token;

    fn push(&mut self, bytes: &[u8]) {
        self.0.push(bytes);
    }

    fn next(&mut self) -> Option<Self::Token> {
        self.0.next_token()
    }

    fn give_up(&mut self) -> bool {
        self.0.give_up();
        self.0.is_partial()
    }

    /// It shows nothing of itself; that giving up byte by byte ends says how much there was.
    fn kept(&self) -> usize {
        usize::from(self.0.is_partial())
    }

    fn written(token: &Self::Token) -> Option<Vec<u8>> {
        use contact::codec::Token;
        match token {
            Token::Message(message) => Some(message.frame()),
            Token::Nak => Some(vec![0x03, 0x15, 0x16]),
            Token::Slot(present) => Some(vec![0x50, if *present { 0x03 } else { 0x02 }]),
            Token::TimeRequest | Token::Damaged => None,
        }
    }
}

/// CCID messages in serial frames.
pub fn gempc(bytes: &[u8]) {
    check(bytes, contact::codec::DATA_MAX + 12, || GemPc(contact::codec::Decoder::default()));
}
