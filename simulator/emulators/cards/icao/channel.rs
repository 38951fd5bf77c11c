//! The chip's end of the protected channel (Doc 9303 part 11, 9.8).

use super::crypto::{Suite, padded, stripped};
use crate::cards::apdu::{Command, object, value};

/// Keys and counter of a session.
#[derive(Clone)]
pub(super) struct Channel {
    suite: Suite,
    encryption: Vec<u8>,
    authentication: Vec<u8>,
    counter: u128,
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Channel({:?})", self.suite)
    }
}

impl Channel {
    pub(super) fn new(suite: Suite, secret: &[u8], counter: u64) -> Self {
        Self {
            suite,
            encryption: suite.key(secret, 1),
            authentication: suite.key(secret, 2),
            counter: u128::from(counter),
        }
    }

    /// Takes a protected command apart; `Err` is the status word that ends the session.
    pub(super) fn unwrap(&mut self, command: &Command) -> Result<Command, u16> {
        self.counter = self.counter.wrapping_add(1);
        let checksum = value(&command.data, 0x8E).ok_or(0x6987_u16)?;
        let covered = command.data.len().checked_sub(10).ok_or(0x6987_u16)?;
        let (covered, _) = command.data.split_at_checked(covered).ok_or(0x6987_u16)?;
        let block = self.suite.block();
        let mut text = self.counter_block();
        text.extend(padded(&[command.cla, command.ins, command.p1, command.p2], block));
        if !covered.is_empty() {
            text.extend(covered);
            text = padded(&text, block);
        }
        if self.suite.checksum(&self.authentication, &text) != checksum {
            return Err(0x6988);
        }
        let sealed = match (value(covered, 0x87), value(covered, 0x85)) {
            (Some([1, sealed @ ..]), None) if command.ins.is_multiple_of(2) => Some(sealed),
            (None, Some(sealed)) if !command.ins.is_multiple_of(2) => Some(sealed),
            (None, None) => None,
            _ => return Err(0x6988),
        };
        let data = match sealed {
            Some(sealed) => {
                let plain = self.suite.unseal(&self.encryption, &self.iv(), sealed);
                plain.and_then(stripped).ok_or(0x6988_u16)?
            }
            None => Vec::new(),
        };
        let ne = match value(covered, 0x97) {
            None => 0,
            Some([0]) => 256,
            Some([le]) => usize::from(*le),
            Some([0, 0]) => 65_536,
            Some([high, low]) => usize::from(u16::from_be_bytes([*high, *low])),
            Some(_) => return Err(0x6988),
        };
        Ok(Command { cla: command.cla & !0x0C, data, ne, ..command.clone() })
    }

    /// Puts an answer into the channel.
    pub(super) fn wrap(&mut self, odd: bool, data: &[u8], sw: u16) -> Vec<u8> {
        self.counter = self.counter.wrapping_add(1);
        let block = self.suite.block();
        let mut objects = Vec::new();
        if !data.is_empty() {
            let sealed = self.suite.seal(&self.encryption, &self.iv(), &padded(data, block));
            objects = if odd {
                object(&[0x85], &sealed)
            } else {
                object(&[0x87], &[&[1], sealed.as_slice()].concat())
            };
        }
        objects.extend(object(&[0x99], &sw.to_be_bytes()));
        let text = padded(&[self.counter_block(), objects.clone()].concat(), block);
        objects.extend(object(&[0x8E], &self.suite.checksum(&self.authentication, &text)));
        objects.extend(sw.to_be_bytes());
        objects
    }

    /// Bytes of data whose protected answer fits into `ne`: less status, checksum, padding and what stands before.
    pub(super) fn room(&self, ne: usize) -> usize {
        ne.saturating_sub(self.suite.block().saturating_add(4 + 10 + 5))
    }

    fn counter_block(&self) -> Vec<u8> {
        let bytes = self.counter.to_be_bytes();
        bytes.into_iter().skip(bytes.len().saturating_sub(self.suite.block())).collect()
    }

    fn iv(&self) -> Vec<u8> {
        let zeros = vec![0; self.suite.block()];
        match self.suite {
            Suite::TripleDes => zeros,
            Suite::Aes128 | Suite::Aes192 | Suite::Aes256 => {
                self.suite.seal(&self.encryption, &zeros, &self.counter_block())
            }
        }
    }
}
