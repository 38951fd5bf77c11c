//! Bytes of the PIV application (NIST SP 800-73-4, part 2): commands out, answers in. No order, no state.

use flate2::read::GzDecoder;
use std::io::Read;

use senim_domain::{Secret, SecretBytes};

use super::certificate::PublicKey;
use super::{Key, PIN_MAX};
use crate::apdu::Command;
use crate::tlv::{self, Tag, TlvError};

/// The application, without its version so that every edition answers.
const AID: [u8; 9] = [0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00];
/// Key reference of the application's PIN, in P2 of VERIFY.
const APPLICATION_PIN: u8 = 0x80;
/// What GET DATA and its answers are wrapped in.
const TAG_LIST: Tag = Tag(0x5C);
const OBJECT: Tag = Tag(0x53);
const DISCOVERY: Tag = Tag(0x7E);
const PIN_POLICY: Tag = Tag(0x5F2F);
const CERTIFICATE: Tag = Tag(0x70);
const CERTIFICATE_INFO: Tag = Tag(0x71);
/// Dynamic authentication template and what is inside.
const TEMPLATE: Tag = Tag(0x7C);
const CHALLENGE: Tag = Tag(0x81);
const RESPONSE: Tag = Tag(0x82);
/// In the first byte of the PIN usage policy: the application's PIN opens the application.
const APPLICATION_PIN_SERVES: u8 = 0x40;
/// In the certificate's info byte: it is compressed by GZIP.
const COMPRESSED: u8 = 0x01;
/// A certificate is below 3 KiB; more than this is a trap.
const CERTIFICATE_MAX: u64 = 16_384;
/// Bytes of an RSA-2048 block.
const RSA_BLOCK: usize = 256;
/// DER of DigestInfo up to the digest, for SHA-256 (RFC 8017, 9.2, note 1).
const SHA256_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// Everything that fits a short answer; longer ones the card announces.
const ALL: u32 = 256;

pub(super) fn select() -> Command {
    Command::new(0x00, 0xA4, 0x04, 0x00).with_data(SecretBytes::new(AID.to_vec())).expecting(ALL)
}

pub(super) fn get_discovery() -> Command {
    get_data(&[0x7E])
}

pub(super) fn get_certificate(key: Key) -> Command {
    get_data(match key {
        Key::Authentication => &[0x5F, 0xC1, 0x05],
        Key::Signature => &[0x5F, 0xC1, 0x0A],
    })
}

fn get_data(object: &[u8]) -> Command {
    let data = SecretBytes::new(tlv::encode(TAG_LIST, object));
    Command::new(0x00, 0xCB, 0x3F, 0xFF).with_data(data).expecting(ALL)
}

/// VERIFY without data: asks, and costs no try.
pub(super) fn ask_tries() -> Command {
    Command::new(0x00, 0x20, 0x00, APPLICATION_PIN)
}

/// VERIFY. The PIN's length was checked before.
pub(super) fn verify(pin: &Secret) -> Command {
    let mut block = vec![0xFF; PIN_MAX];
    for (place, digit) in block.iter_mut().zip(pin.expose().bytes()) {
        *place = digit;
    }
    ask_tries().with_data(SecretBytes::new(block))
}

/// VERIFY with nothing but padding, which a reader with keys fills with the PIN. It never goes to a card as it is.
pub(super) fn verify_to_complete() -> Command {
    ask_tries().with_data(SecretBytes::new(vec![0xFF; PIN_MAX]))
}

/// GENERAL AUTHENTICATE over a SHA-256 digest: as it is for ECDSA, as a PKCS #1 v1.5 block for RSA.
pub(super) fn sign(key: Key, public_key: &PublicKey, digest: &[u8; 32]) -> Command {
    let (algorithm, challenge) = match public_key {
        PublicKey::P256(_) => (0x11, digest.to_vec()),
        PublicKey::Rsa2048(_) => (0x07, pkcs1_block(digest)),
    };
    let reference = match key {
        Key::Authentication => 0x9A,
        Key::Signature => 0x9C,
    };
    let mut inside = tlv::encode(RESPONSE, &[]);
    tlv::push(&mut inside, CHALLENGE, &challenge);
    let data = SecretBytes::new(tlv::encode(TEMPLATE, &inside));
    Command::new(0x00, 0x87, algorithm, reference).with_data(data).expecting(ALL)
}

/// EMSA-PKCS1-v1_5 (RFC 8017, 9.2): `00 01 FF … FF 00 DigestInfo`.
fn pkcs1_block(digest: &[u8; 32]) -> Vec<u8> {
    let fill = RSA_BLOCK.saturating_sub(3 + SHA256_INFO.len() + digest.len());
    let mut block = Vec::with_capacity(RSA_BLOCK);
    block.extend([0x00, 0x01]);
    block.extend(std::iter::repeat_n(0xFF, fill));
    block.push(0x00);
    block.extend(SHA256_INFO);
    block.extend(digest);
    block
}

/// Whether the application's PIN opens the application, by the discovery object.
pub(super) fn application_pin_serves(answer: &[u8]) -> Result<bool, TlvError> {
    let policy = tlv::find(answer, &[DISCOVERY, PIN_POLICY])?;
    Ok(policy.and_then(<[u8]>::first).is_none_or(|first| first & APPLICATION_PIN_SERVES != 0))
}

/// The certificate's DER in an object. `Ok(None)`: the object is empty.
pub(super) fn certificate_der(answer: &[u8]) -> Result<Option<SecretBytes>, Unreadable> {
    let object = tlv::find(answer, &[OBJECT])?.ok_or(Unreadable)?;
    let Some(bytes) = tlv::find(object, &[CERTIFICATE])?.filter(|bytes| !bytes.is_empty()) else {
        return Ok(None);
    };
    let info = tlv::find(object, &[CERTIFICATE_INFO])?.and_then(<[u8]>::first).copied().unwrap_or(0);
    if info & COMPRESSED == 0 {
        return Ok(Some(SecretBytes::new(bytes.to_vec())));
    }
    let mut der = Vec::new();
    GzDecoder::new(bytes).take(CERTIFICATE_MAX).read_to_end(&mut der).map_err(|_| Unreadable)?;
    Ok(Some(SecretBytes::new(der)))
}

/// The signature's bytes in an answer to GENERAL AUTHENTICATE.
pub(super) fn signature(answer: &[u8]) -> Result<&[u8], Unreadable> {
    tlv::find(answer, &[TEMPLATE, RESPONSE])?.ok_or(Unreadable)
}

/// An object that does not hold what its place promises.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl From<TlvError> for Unreadable {
    fn from(_: TlvError) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn commands_are_those_of_the_standard() {
        let bytes = |command: Command| command.encode().unwrap().expose().to_vec();
        assert_eq!(bytes(select()), [0, 0xA4, 4, 0, 9, 0xA0, 0, 0, 3, 8, 0, 0, 0x10, 0, 0]);
        assert_eq!(bytes(get_discovery()), [0, 0xCB, 0x3F, 0xFF, 3, 0x5C, 1, 0x7E, 0]);
        assert_eq!(
            bytes(get_certificate(Key::Signature)),
            [0, 0xCB, 0x3F, 0xFF, 5, 0x5C, 3, 0x5F, 0xC1, 0x0A, 0]
        );
        assert_eq!(bytes(ask_tries()), [0, 0x20, 0, 0x80]);
        assert_eq!(
            bytes(verify(&Secret::new("123456".into()))),
            [0, 0x20, 0, 0x80, 8, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0xFF, 0xFF]
        );
    }

    #[test]
    fn a_digest_goes_bare_to_ecdsa_and_padded_to_rsa() {
        let ecdsa = sign(Key::Authentication, &PublicKey::P256(vec![]), &[7; 32]);
        assert_eq!(ecdsa.header(), [0, 0x87, 0x11, 0x9A]);
        assert_eq!(ecdsa.data().expose()[..7], [0x7C, 0x24, 0x82, 0, 0x81, 0x20, 7]);
        let rsa = sign(Key::Signature, &PublicKey::Rsa2048(vec![]), &[7; 32]);
        assert_eq!(rsa.header(), [0, 0x87, 0x07, 0x9C]);
        let data = rsa.data().expose();
        assert_eq!(data[..12], [0x7C, 0x82, 1, 6, 0x82, 0, 0x81, 0x82, 1, 0, 0, 1]);
        assert_eq!((data.len(), data[data.len() - 33]), (266, 0x20));
    }

    #[test]
    fn an_object_without_a_certificate_is_empty_and_one_without_its_frame_is_not_readable() {
        assert_eq!(certificate_der(&[0x53, 0]), Ok(None));
        assert_eq!(certificate_der(&[0x53, 4, 0x70, 0, 0xFE, 0]), Ok(None));
        assert_eq!(certificate_der(&[0x70, 1, 9]), Err(Unreadable));
        assert_eq!(certificate_der(&[0x53, 6, 0x70, 1, 9, 0x71, 1, 1]), Err(Unreadable));
    }

    proptest! {
        #[test]
        fn any_answer_is_a_value(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = certificate_der(&bytes);
            let _ = signature(&bytes);
            let _ = application_pin_serves(&bytes);
        }
    }
}
