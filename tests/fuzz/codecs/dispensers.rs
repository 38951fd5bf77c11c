//! Dispensers: the two Puloon envelopes and the presenter's.

use crc::{CRC_16_KERMIT, Crc};
use senim_drivers::exchange::{Framing, Token};
use senim_drivers::{lcdm2000 as two, lcdm4000 as four, presenter as shutter};

use super::{Codec, buffered, check};

const EOT: u8 = 0x04;
const SOH: u8 = 0x01;

/// A host frame with the opening of a device frame and the check byte that belongs to it.
fn from_device(mut frame: Vec<u8>) -> Vec<u8> {
    frame[0] = SOH;
    let last = frame.len() - 1;
    frame[last] ^= EOT ^ SOH;
    frame
}

struct Four(four::codec::Decoder);

impl Codec for Four {
    type Token = four::codec::Token;

    fn push(&mut self, bytes: &[u8]) {
        self.0.push(bytes);
    }

    fn next(&mut self) -> Option<Self::Token> {
        self.0.next_token()
    }

    fn kept(&self) -> usize {
        buffered(&self.0)
    }

    fn written(token: &Self::Token) -> Option<Vec<u8>> {
        use four::codec::Token;
        match token {
            Token::Ack => Some(vec![0x06]),
            Token::Nak => Some(vec![0x15]),
            Token::Eot => Some(vec![EOT]),
            Token::Reply(reply) => Some(from_device(four::codec::command(reply.code, &reply.data))),
            Token::Damaged => None,
        }
    }
}

/// LCDM-4000.
pub fn lcdm4000(bytes: &[u8]) {
    check(bytes, 28, || Four(four::codec::Decoder::default()));
}

/// A decoder of the shared exchange.
struct Framed<F>(F);

/// Writes a good frame of a device again.
trait Written {
    fn written(&self) -> Vec<u8>;
}

impl<F: Framing + std::fmt::Debug> Codec for Framed<F>
where
    F::Reply: PartialEq + std::fmt::Debug + Written,
{
    type Token = Token<F::Reply>;

    fn push(&mut self, bytes: &[u8]) {
        self.0.push(bytes);
    }

    fn next(&mut self) -> Option<Self::Token> {
        self.0.next_token()
    }

    fn kept(&self) -> usize {
        buffered(&self.0)
    }

    fn written(token: &Self::Token) -> Option<Vec<u8>> {
        match token {
            Token::Ack => Some(vec![0x06]),
            Token::Nak => Some(vec![0x15]),
            Token::Reply(reply) => Some(reply.written()),
            Token::Damaged => None,
        }
    }
}

impl Written for two::codec::Reply {
    fn written(&self) -> Vec<u8> {
        from_device(two::codec::command(self.code, &self.data))
    }
}

impl Written for shutter::codec::Frame {
    fn written(&self) -> Vec<u8> {
        let kind = match self.kind {
            shutter::codec::Kind::Reply(code) => code.byte() | 0x80,
            shutter::codec::Kind::Taken => 0xC0,
        };
        let length = u8::try_from(self.data.len() + 3).expect("a frame of at most 64 bytes");
        let mut frame = vec![0x02, length, kind];
        frame.extend(self.number.to_be_bytes());
        frame.extend_from_slice(&self.data);
        let check = Crc::<u16>::new(&CRC_16_KERMIT).checksum(&frame[1..]);
        frame.extend(check.to_le_bytes());
        frame
    }
}

/// LCDM-2000.
pub fn lcdm2000(bytes: &[u8]) {
    check(bytes, 20, || Framed(two::codec::Decoder::default()));
}

/// The presenter.
pub fn presenter(bytes: &[u8]) {
    check(bytes, 67, || Framed(shutter::codec::Decoder::default()));
}
