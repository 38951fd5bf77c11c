//! The protected channel after BAC or PACE (Doc 9303 part 11, 9.8): every command and answer encrypted and with a
//! checksum over it and a counter.
//!
//! A command's data go into DO 87 (DO 85 behind an odd instruction), its Le into DO 97, the checksum into DO 8E; the
//! answer's status word comes in DO 99. The counter moves before each command and before each answer, so an answer left
//! out, repeated or taken from elsewhere has a wrong checksum. After the first such answer the channel is of no use.

use zeroize::Zeroizing;

use super::cipher::{Bytes, Cipher, LengthError, Purpose, pad, same, unpad};
use crate::apdu::{Command, Response, Status};
use crate::tlv::{Tag, elements, push};
use senim_domain::SecretBytes;

/// Class bits of secure messaging with an authenticated header.
const PROTECTED: u8 = 0x0C;
/// First byte of DO 87: padding by ISO/IEC 9797-1 method 2 follows.
const PADDED: u8 = 0x01;
/// Bytes that protection adds to an answer's data at most, status word included: DO 87 with a three-byte length and the
/// padding indicator, a block of padding, DO 99, DO 8E, SW1-SW2.
pub const RESPONSE_OVERHEAD: usize = 5 + 16 + 4 + 10 + 2;

/// Why an answer is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// The checksum does not fit what was sent.
    #[error("the checksum of a protected answer does not fit")]
    Checksum,
    /// No checksum or no protected status: the card has left the channel, and says this.
    #[error("the card answered outside the protected channel: {0}")]
    Unprotected(Status),
    /// The content is not what the rules of the channel allow.
    #[error("a protected answer has a wrong form")]
    Form,
}

impl From<LengthError> for ChannelError {
    fn from(_: LengthError) -> Self {
        Self::Form
    }
}

/// Keys and counter of one session.
pub struct SecureMessaging {
    cipher: Cipher,
    encryption: Bytes,
    mac: Bytes,
    /// One block, big-endian.
    counter: Bytes,
}

impl std::fmt::Debug for SecureMessaging {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecureMessaging({:?})", self.cipher)
    }
}

impl SecureMessaging {
    /// From the secret that both sides agreed on, and where the counter starts: eight random bytes after BAC, nothing
    /// after PACE.
    #[must_use]
    pub fn new(cipher: Cipher, secret: &[u8], counter: &[u8]) -> Self {
        Self::from_keys(
            cipher,
            cipher.derive(secret, Purpose::Encryption),
            cipher.derive(secret, Purpose::Mac),
            counter,
        )
    }

    pub(super) fn from_keys(cipher: Cipher, encryption: Bytes, mac: Bytes, counter: &[u8]) -> Self {
        let mut start = Zeroizing::new(vec![0; cipher.block_len()]);
        for (byte, from) in start.iter_mut().rev().zip(counter.iter().rev()) {
            *byte = *from;
        }
        Self { cipher, encryption, mac, counter: start }
    }

    /// Wraps a command. `ne` is what the outer command asks for.
    ///
    /// # Errors
    /// [`ChannelError::Form`], which no command of this crate brings about.
    pub fn protect(&mut self, command: &Command, ne: u32) -> Result<Command, ChannelError> {
        self.advance();
        let [class, ins, p1, p2] = command.header();
        let header = [class | PROTECTED, ins, p1, p2];
        let data = command.data().expose();
        let mut objects = Vec::with_capacity(data.len().saturating_add(64));
        if !data.is_empty() {
            let text = self.encrypt(data)?;
            if ins % 2 == 0 {
                push(&mut objects, Tag(0x87), &[&[PADDED], text.as_slice()].concat());
            } else {
                push(&mut objects, Tag(0x85), &text);
            }
        }
        if command.ne() > 0 {
            let [_, _, high, low] = command.ne().to_be_bytes();
            let le = [high, low];
            push(&mut objects, Tag(0x97), if command.ne() > 256 { &le } else { le.get(1..).unwrap_or(&le) });
        }
        let mut message = pad(&header, self.cipher.block_len());
        message.extend_from_slice(&objects);
        let checksum = self.checksum(&message, !objects.is_empty())?;
        push(&mut objects, Tag(0x8E), &checksum);
        Ok(Command::new(header[0], ins, p1, p2).with_data(SecretBytes::new(objects)).expecting(ne))
    }

    /// Checks and unwraps the answer to the command that was protected last. The status word is that of DO 99.
    ///
    /// # Errors
    /// [`ChannelError`]; the channel is of no use then.
    pub fn open(&mut self, response: &Response) -> Result<Response, ChannelError> {
        self.advance();
        let unprotected = ChannelError::Unprotected(response.status);
        let (mut text, mut status, mut checksum) = (None, None, None);
        let mut message = Zeroizing::new(Vec::with_capacity(response.data.expose().len()));
        for element in elements(response.data.expose()) {
            let element = element.map_err(|_| ChannelError::Form)?;
            if checksum.is_some() {
                return Err(ChannelError::Form);
            }
            match element.tag {
                Tag(0x87) if text.is_none() => {
                    let [PADDED, value @ ..] = element.value else { return Err(ChannelError::Form) };
                    text = Some(value);
                }
                Tag(0x85) if text.is_none() => text = Some(element.value),
                Tag(0x99) if status.is_none() => {
                    let sw = element.value.try_into().map_err(|_| ChannelError::Form)?;
                    status = Some(Status(u16::from_be_bytes(sw)));
                }
                Tag(0x8E) => checksum = Some(element.value),
                _ => return Err(ChannelError::Form),
            }
            if element.tag != Tag(0x8E) {
                message.extend_from_slice(element.whole);
            }
        }
        let (status, checksum) = (status.ok_or(unprotected)?, checksum.ok_or(unprotected)?);
        if !same(&self.checksum(&message, true)?, checksum) {
            return Err(ChannelError::Checksum);
        }
        let data = text.map(|text| self.decrypt(text)).transpose()?.unwrap_or_default();
        Ok(Response { data: SecretBytes::new(data.to_vec()), status })
    }

    fn advance(&mut self) {
        for byte in self.counter.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }

    /// The message's objects are padded, a header alone has been already.
    fn checksum(&self, message: &[u8], padding: bool) -> Result<[u8; 8], LengthError> {
        let mut whole = Zeroizing::new(Vec::with_capacity(message.len().saturating_add(32)));
        whole.extend_from_slice(&self.counter);
        whole.extend_from_slice(message);
        if padding {
            whole = pad(&whole, self.cipher.block_len());
        }
        self.cipher.mac(&self.mac, &whole)
    }

    fn encrypt(&self, data: &[u8]) -> Result<Vec<u8>, LengthError> {
        let iv = self.iv()?;
        self.cipher.encrypt(&self.encryption, &iv, &pad(data, self.cipher.block_len()))
    }

    fn decrypt(&self, text: &[u8]) -> Result<Bytes, ChannelError> {
        let iv = self.iv()?;
        unpad(self.cipher.decrypt(&self.encryption, &iv, text)?).ok_or(ChannelError::Form)
    }

    /// Zeros for triple DES, the encrypted counter for AES.
    fn iv(&self) -> Result<Vec<u8>, LengthError> {
        let zeros = vec![0; self.cipher.block_len()];
        match self.cipher {
            Cipher::TripleDes => Ok(zeros),
            Cipher::Aes128 | Cipher::Aes192 | Cipher::Aes256 => {
                self.cipher.encrypt(&self.encryption, &zeros, &self.counter)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::test_bytes::hex;
    use super::*;

    fn select() -> Command {
        Command::new(0, 0xA4, 2, 0x0C).with_data(SecretBytes::new(vec![1, 0x1E]))
    }

    fn read(offset: u8, ne: u32) -> Command {
        Command::new(0, 0xB0, 0, offset).expecting(ne)
    }

    fn des() -> SecureMessaging {
        SecureMessaging::from_keys(
            Cipher::TripleDes,
            Zeroizing::new(hex("979EC13B1CBFE9DCD01AB0FED307EAE5")),
            Zeroizing::new(hex("F1CB1F1FB5ADF208806B89DC579DC1F8")),
            &hex("887022120C06C226"),
        )
    }

    fn exchange(channel: &mut SecureMessaging, command: &Command, sent: &str, answer: &str) -> Vec<u8> {
        let apdu = channel.protect(command, 256).unwrap().encode().unwrap();
        assert_eq!(apdu.expose(), hex(sent));
        let answer = Response::parse(&hex(answer)).unwrap();
        let opened = channel.open(&answer).unwrap();
        assert!(opened.status.is_ok());
        opened.data.expose().to_vec()
    }

    /// Part 11, appendix D.4: EF.COM selected and read, byte for byte.
    #[test]
    fn the_standards_triple_des_session_is_reproduced() {
        let mut channel = des();
        exchange(
            &mut channel,
            &select(),
            "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
            "990290008E08FA855A5D4C50A8ED9000",
        );
        let head = exchange(
            &mut channel,
            &read(0, 4),
            "0CB000000D9701048E08ED6705417E96BA5500",
            "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000",
        );
        assert_eq!(head, hex("60145F01"));
        let rest = exchange(
            &mut channel,
            &read(4, 0x12),
            "0CB000040D9701128E082EA28A70F3C7B53500",
            "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000",
        );
        assert_eq!(rest, hex("04303130365F36063034303030305C026175"));
    }

    /// Session keys of appendix G.1; the messages were computed apart from this code, with padding before CMAC.
    #[test]
    fn an_aes_session_pads_before_its_checksum() {
        let secret = hex("28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925");
        let mut channel = SecureMessaging::new(Cipher::Aes128, &secret, &[]);
        exchange(
            &mut channel,
            &select(),
            "0CA4020C1D871101EE0E4724F4465C1BE9C2F73ABDD73A3D8E08835D1B54575C955F00",
            "990290008E08BEA7B381C494A0799000",
        );
        let head = exchange(
            &mut channel,
            &read(0, 4),
            "0CB000000D9701048E08AA6BA54F44DF836400",
            "871101645C0B1F998A088278D07942BBE94B60990290008E0894A33C6AA2D8CCC89000",
        );
        assert_eq!(head, hex("60145F01"));
    }

    #[test]
    fn each_changed_bit_of_an_answer_is_noticed() {
        let answer = hex("8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000");
        for bit in 0..(answer.len() - 2) * 8 {
            let mut channel = des();
            for command in [select(), read(0, 4)] {
                channel.protect(&command, 256).unwrap();
                channel.advance();
            }
            channel.counter[7] -= 1;
            let mut changed = answer.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(channel.open(&Response::parse(&changed).unwrap()).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn an_answer_told_twice_or_without_protection_is_refused() {
        let mut channel = des();
        channel.protect(&select(), 256).unwrap();
        let answer = Response::parse(&hex("990290008E08FA855A5D4C50A8ED9000")).unwrap();
        assert!(channel.open(&answer).is_ok());
        channel.protect(&select(), 256).unwrap();
        assert_eq!(channel.open(&answer), Err(ChannelError::Checksum));
        let bare = Response::parse(&[0x69, 0x88]).unwrap();
        assert_eq!(channel.open(&bare), Err(ChannelError::Unprotected(Status(0x6988))));
        let plain = Response::parse(&[0x99, 2, 0x90, 0, 0x90, 0]).unwrap();
        assert_eq!(channel.open(&plain), Err(ChannelError::Unprotected(Status::OK)));
    }

    #[test]
    fn the_counter_carries_and_debug_shows_no_key() {
        let mut channel = SecureMessaging::new(Cipher::TripleDes, b"x", &[0, 0, 0, 0, 0, 0, 0xFF, 0xFF]);
        channel.advance();
        assert_eq!(channel.counter.to_vec(), [0, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!(format!("{channel:?}"), "SecureMessaging(TripleDes)");
    }

    proptest! {
        #[test]
        fn any_answer_ends(bytes in prop::collection::vec(any::<u8>(), 2..200)) {
            let answer = Response::parse(&bytes).unwrap();
            prop_assert!(des().open(&answer).is_err());
        }
    }
}
