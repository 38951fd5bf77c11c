//! The chip's side of the ciphers (Doc 9303 part 11), put together from the same blocks as the terminal's and from none
//! of its lines. The buffers are whole blocks wherever they come from here.

use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockDecryptMut, BlockEncryptMut, KeyInit, KeyIvInit};
use cmac::{Cmac, Mac};
use des::{Des, TdesEde2};
use sha1::Digest;

/// Cipher suite of a channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Suite {
    /// Two-key triple DES: BAC.
    TripleDes,
    /// AES-128.
    #[default]
    Aes128,
    /// AES-192.
    Aes192,
    /// AES-256.
    Aes256,
}

impl Suite {
    pub(super) const fn block(self) -> usize {
        match self {
            Self::TripleDes => 8,
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
        }
    }

    /// Last arc of id-PACE-ECDH-GM-….
    pub(super) const fn arc(self) -> u8 {
        match self {
            Self::TripleDes => 1,
            Self::Aes128 => 2,
            Self::Aes192 => 3,
            Self::Aes256 => 4,
        }
    }

    /// Key number `c` out of a shared secret.
    pub(super) fn key(self, secret: &[u8], c: u8) -> Vec<u8> {
        let input = [secret, &[0, 0, 0, c]].concat();
        match self {
            Self::TripleDes | Self::Aes128 => sha1::Sha1::digest(input).iter().copied().take(16).collect(),
            Self::Aes192 => sha2::Sha256::digest(input).iter().copied().take(24).collect(),
            Self::Aes256 => sha2::Sha256::digest(input).to_vec(),
        }
    }

    pub(super) fn seal(self, key: &[u8], iv: &[u8], text: &[u8]) -> Vec<u8> {
        match self {
            Self::TripleDes => encrypt::<cbc::Encryptor<TdesEde2>>(key, iv, text),
            Self::Aes128 => encrypt::<cbc::Encryptor<Aes128>>(key, iv, text),
            Self::Aes192 => encrypt::<cbc::Encryptor<Aes192>>(key, iv, text),
            Self::Aes256 => encrypt::<cbc::Encryptor<Aes256>>(key, iv, text),
        }
        .unwrap_or_default()
    }

    pub(super) fn unseal(self, key: &[u8], iv: &[u8], text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::TripleDes => decrypt::<cbc::Decryptor<TdesEde2>>(key, iv, text),
            Self::Aes128 => decrypt::<cbc::Decryptor<Aes128>>(key, iv, text),
            Self::Aes192 => decrypt::<cbc::Decryptor<Aes192>>(key, iv, text),
            Self::Aes256 => decrypt::<cbc::Decryptor<Aes256>>(key, iv, text),
        }
    }

    /// Checksum of eight bytes; `text` is whole blocks for triple DES.
    pub(super) fn checksum(self, key: &[u8], text: &[u8]) -> Vec<u8> {
        let mut sum = match self {
            Self::TripleDes => retail(key, text),
            Self::Aes128 => authenticate::<Cmac<Aes128>>(key, text),
            Self::Aes192 => authenticate::<Cmac<Aes192>>(key, text),
            Self::Aes256 => authenticate::<Cmac<Aes256>>(key, text),
        }
        .unwrap_or_default();
        sum.truncate(8);
        sum
    }
}

/// 80 and zeros up to a whole block.
pub(super) fn padded(text: &[u8], block: usize) -> Vec<u8> {
    let mut out = [text, &[0x80]].concat();
    while !out.len().is_multiple_of(block) {
        out.push(0);
    }
    out
}

/// Without that.
pub(super) fn stripped(mut text: Vec<u8>) -> Option<Vec<u8>> {
    while text.last() == Some(&0) {
        text.pop();
    }
    (text.pop() == Some(0x80)).then_some(text)
}

fn encrypt<C: KeyIvInit + BlockEncryptMut>(key: &[u8], iv: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    Some(C::new_from_slices(key, iv).ok()?.encrypt_padded_vec_mut::<NoPadding>(text))
}

fn decrypt<C: KeyIvInit + BlockDecryptMut>(key: &[u8], iv: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    C::new_from_slices(key, iv).ok()?.decrypt_padded_vec_mut::<NoPadding>(text).ok()
}

fn authenticate<M: Mac + KeyInit>(key: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    mac.update(text);
    Some(mac.finalize().into_bytes().to_vec())
}

/// DES-CBC over all but the last block, triple DES over the last.
fn retail(key: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let (single, _) = key.split_at_checked(8)?;
    let (head, last) = text.split_at_checked(text.len().checked_sub(8)?)?;
    let chained = encrypt::<cbc::Encryptor<Des>>(single, &[0; 8], head)?;
    let iv = chained.last_chunk::<8>().copied().unwrap_or_default();
    encrypt::<cbc::Encryptor<TdesEde2>>(key, &iv, last)
}
