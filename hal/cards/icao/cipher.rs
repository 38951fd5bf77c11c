//! Key derivation and the ciphers of a session (Doc 9303 part 11, 9.7 and 9.8): standard building blocks put together.
//!
//! Triple DES in CBC with the retail MAC, or AES in CBC with CMAC. The blocks are RustCrypto's. The retail MAC
//! (ISO/IEC 9797-1, MAC algorithm 3 over DES) is composed here, because its crate belongs to another generation of
//! traits than ours; the standard's published numbers are the tests of this file and of its neighbours.

use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{
    BlockCipher, BlockDecrypt, BlockDecryptMut as _, BlockEncrypt, BlockEncryptMut as _, KeyInit,
    KeyIvInit as _,
};
use cmac::Cmac;
use des::cipher::Block;
use des::{Des, TdesEde2};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Bytes of a checksum on the wire.
pub const MAC_LEN: usize = 8;

/// Keys, plain texts: wiped when dropped.
pub type Bytes = Zeroizing<Vec<u8>>;

/// What a derived key is for: the counter of the key derivation function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Encryption.
    Encryption = 1,
    /// Checksums.
    Mac = 2,
    /// K_π: the nonce of PACE.
    Password = 3,
}

/// Cipher of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cipher {
    /// Two-key triple DES, CBC, retail MAC.
    TripleDes,
    /// AES-128, CBC, CMAC.
    Aes128,
    /// AES-192, CBC, CMAC.
    Aes192,
    /// AES-256, CBC, CMAC.
    Aes256,
}

/// Key or text of a length that the cipher does not take. Nothing that a card sends can cause it unnoticed: lengths are
/// checked before, so whoever gets it treats the session as broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key or text has a length the cipher does not take")]
pub struct LengthError;

impl Cipher {
    /// Bytes of a block.
    #[must_use]
    pub const fn block_len(self) -> usize {
        match self {
            Self::TripleDes => 8,
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
        }
    }

    /// KDF(secret, counter) of 9.7.1. DES keys get their odd parity.
    #[must_use]
    pub fn derive(self, secret: &[u8], purpose: Purpose) -> Bytes {
        let counter = (purpose as u32).to_be_bytes();
        let mut digest = Zeroizing::new(match self {
            Self::TripleDes | Self::Aes128 => {
                Sha1::new().chain_update(secret).chain_update(counter).finalize().to_vec()
            }
            Self::Aes192 | Self::Aes256 => {
                Sha256::new().chain_update(secret).chain_update(counter).finalize().to_vec()
            }
        });
        digest.truncate(match self {
            Self::TripleDes | Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        });
        if self == Self::TripleDes {
            for byte in digest.iter_mut() {
                *byte = *byte & 0xFE | u8::from((*byte & 0xFE).count_ones() % 2 == 0);
            }
        }
        digest
    }

    /// CBC without padding; `iv` is one block, `text` whole blocks.
    ///
    /// # Errors
    /// [`LengthError`].
    pub fn encrypt(self, key: &[u8], iv: &[u8], text: &[u8]) -> Result<Vec<u8>, LengthError> {
        match self {
            Self::TripleDes => encrypt::<TdesEde2>(key, iv, text),
            Self::Aes128 => encrypt::<Aes128>(key, iv, text),
            Self::Aes192 => encrypt::<Aes192>(key, iv, text),
            Self::Aes256 => encrypt::<Aes256>(key, iv, text),
        }
    }

    /// Reverse of [`Cipher::encrypt`].
    ///
    /// # Errors
    /// [`LengthError`].
    pub fn decrypt(self, key: &[u8], iv: &[u8], text: &[u8]) -> Result<Bytes, LengthError> {
        match self {
            Self::TripleDes => decrypt::<TdesEde2>(key, iv, text),
            Self::Aes128 => decrypt::<Aes128>(key, iv, text),
            Self::Aes192 => decrypt::<Aes192>(key, iv, text),
            Self::Aes256 => decrypt::<Aes256>(key, iv, text),
        }
    }

    /// Checksum over `message`, which for triple DES comes padded to whole blocks.
    ///
    /// # Errors
    /// [`LengthError`].
    pub fn mac(self, key: &[u8], message: &[u8]) -> Result<[u8; MAC_LEN], LengthError> {
        match self {
            Self::TripleDes => retail_mac(key, message),
            Self::Aes128 => truncated::<Cmac<Aes128>>(key, message),
            Self::Aes192 => truncated::<Cmac<Aes192>>(key, message),
            Self::Aes256 => truncated::<Cmac<Aes256>>(key, message),
        }
    }
}

/// ISO/IEC 9797-1 padding method 2, always at least one byte.
#[must_use]
pub fn pad(text: &[u8], block_len: usize) -> Bytes {
    let whole = text.len().saturating_add(1).next_multiple_of(block_len);
    let mut padded = Zeroizing::new(Vec::with_capacity(whole));
    padded.extend_from_slice(text);
    padded.push(0x80);
    padded.resize(whole, 0);
    padded
}

/// Takes the padding off; `None` when it is not such padding.
#[must_use]
pub fn unpad(mut padded: Bytes) -> Option<Bytes> {
    let end = padded.iter().rposition(|byte| *byte != 0)?;
    if padded.get(end) != Some(&0x80) {
        return None;
    }
    padded.truncate(end);
    Some(padded)
}

/// Compares checksums without telling by time where they part.
#[must_use]
pub fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

fn encrypt<C>(key: &[u8], iv: &[u8], text: &[u8]) -> Result<Vec<u8>, LengthError>
where
    C: BlockCipher + BlockEncrypt + KeyInit,
{
    if !text.len().is_multiple_of(C::block_size()) {
        return Err(LengthError);
    }
    let cipher = cbc::Encryptor::<C>::new_from_slices(key, iv).map_err(|_| LengthError)?;
    Ok(cipher.encrypt_padded_vec_mut::<NoPadding>(text))
}

fn decrypt<C>(key: &[u8], iv: &[u8], text: &[u8]) -> Result<Bytes, LengthError>
where
    C: BlockCipher + BlockDecrypt + KeyInit,
{
    let cipher = cbc::Decryptor::<C>::new_from_slices(key, iv).map_err(|_| LengthError)?;
    cipher.decrypt_padded_vec_mut::<NoPadding>(text).map(Zeroizing::new).map_err(|_| LengthError)
}

fn truncated<M: cmac::Mac + KeyInit>(key: &[u8], message: &[u8]) -> Result<[u8; MAC_LEN], LengthError> {
    let mut mac = <M as KeyInit>::new_from_slice(key).map_err(|_| LengthError)?;
    mac.update(message);
    mac.finalize().into_bytes().first_chunk().copied().ok_or(LengthError)
}

/// ISO/IEC 9797-1 MAC algorithm 3: DES-CBC with the first key, then the last block through the second and the first.
fn retail_mac(key: &[u8], message: &[u8]) -> Result<[u8; MAC_LEN], LengthError> {
    let (first, second) = key.split_at_checked(8).ok_or(LengthError)?;
    let (blocks, []) = message.as_chunks::<8>() else { return Err(LengthError) };
    let first = Des::new_from_slice(first).map_err(|_| LengthError)?;
    let second = Des::new_from_slice(second).map_err(|_| LengthError)?;
    let mut state = Block::<Des>::default();
    for block in blocks {
        for (byte, next) in state.iter_mut().zip(block) {
            *byte ^= next;
        }
        first.encrypt_block(&mut state);
    }
    second.decrypt_block(&mut state);
    first.encrypt_block(&mut state);
    Ok(state.into())
}

#[cfg(test)]
mod tests {
    use super::super::test_bytes::hex;
    use super::*;

    /// Doc 9303 part 11, appendix D.1 and D.2.
    #[test]
    fn the_standards_seed_gives_its_bac_keys() {
        let seed = hex("239AB9CB282DAF66231DC5A4DF6BFBAE");
        let derive = |purpose| Cipher::TripleDes.derive(&seed, purpose).to_vec();
        assert_eq!(derive(Purpose::Encryption), hex("AB94FDECF2674FDFB9B391F85D7F76F2"));
        assert_eq!(derive(Purpose::Mac), hex("7962D9ECE03D1ACD4C76089DCE131543"));
    }

    /// Appendix G.1: both hashes of the derivation, and AES-256 by the sum of the parts.
    #[test]
    fn the_standards_secrets_give_its_aes_keys() {
        let mrz = hex("7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD");
        assert_eq!(
            Cipher::Aes128.derive(&mrz, Purpose::Password).to_vec(),
            hex("89DED1B26624EC1E634C1989302849DD")
        );
        let shared = hex("28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925");
        assert_eq!(
            Cipher::Aes128.derive(&shared, Purpose::Encryption).to_vec(),
            hex("F5F0E35C0D7161EE6724EE513A0D9A7F")
        );
        assert_eq!(
            Cipher::Aes128.derive(&shared, Purpose::Mac).to_vec(),
            hex("FE251C7858B356B24514B3BD5F4297D1")
        );
        assert_eq!(Cipher::Aes192.derive(&shared, Purpose::Mac).len(), 24);
        assert_eq!(Cipher::Aes256.derive(&shared, Purpose::Mac).len(), 32);
    }

    /// Appendix D.3: M_IFD.
    #[test]
    fn the_retail_mac_is_that_of_the_standard() {
        let key = hex("7962D9ECE03D1ACD4C76089DCE131543");
        let message = hex("72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2");
        let mac = Cipher::TripleDes.mac(&key, &pad(&message, 8)).unwrap();
        assert_eq!(mac.to_vec(), hex("5F1448EEA8AD90A7"));
    }

    #[test]
    fn padding_always_adds_and_only_padding_is_taken_off() {
        assert_eq!(pad(&[1; 8], 8).to_vec(), hex("01010101010101018000000000000000"));
        assert_eq!(unpad(pad(&[1, 0x80, 0], 16)).unwrap().to_vec(), [1, 0x80, 0]);
        assert_eq!(unpad(Zeroizing::new(vec![1, 2, 0, 0])), None);
        assert_eq!(unpad(Zeroizing::new(vec![0; 8])), None);
    }

    #[test]
    fn half_blocks_and_short_keys_are_refused_by_every_cipher() {
        for cipher in [Cipher::TripleDes, Cipher::Aes128, Cipher::Aes192, Cipher::Aes256] {
            let key = cipher.derive(b"x", Purpose::Encryption);
            let iv = vec![0; cipher.block_len()];
            assert_eq!(cipher.encrypt(&key, &iv, &[0; 7]), Err(LengthError));
            assert_eq!(cipher.decrypt(&key, &iv, &[0; 7]), Err(LengthError));
            assert_eq!(cipher.encrypt(&key[1..], &iv, &[0; 16]), Err(LengthError));
            let text = cipher.encrypt(&key, &iv, &[5; 32]).unwrap();
            assert_eq!(cipher.decrypt(&key, &iv, &text).unwrap().to_vec(), [5; 32]);
        }
    }
}
