//! Basic Access Control (Doc 9303 part 11, 4.3): GET CHALLENGE, EXTERNAL AUTHENTICATE, session keys.
//!
//! Both sides show that they know the key made of number and dates and contribute half of the session's secret. The
//! terminal's random bytes come in as a value.

use senim_domain::SecretBytes;
use zeroize::Zeroizing;

use super::cipher::{Bytes, Cipher, LengthError, Purpose, pad, same};
use super::failure::Failure;
use super::mrz::MrzKey;
use super::secure_messaging::SecureMessaging;
use crate::apdu::{Command, Response};

const CIPHER: Cipher = Cipher::TripleDes;
const MALFORMED: Failure = Failure::Malformed { file: None };
/// Bytes of the encrypted part of either message.
const TEXT_LEN: usize = 32;

/// One attempt.
pub struct Bac {
    encryption: Bytes,
    mac: Bytes,
    /// RND.IFD.
    challenge: [u8; 8],
    /// K.IFD.
    contribution: Zeroizing<[u8; 16]>,
    /// RND.IC, once the card has told it.
    card_challenge: Option<[u8; 8]>,
}

impl std::fmt::Debug for Bac {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bac(…)")
    }
}

impl Bac {
    /// With random bytes of the terminal that are used once.
    #[must_use]
    pub fn new(key: &MrzKey, challenge: [u8; 8], contribution: Zeroizing<[u8; 16]>) -> Self {
        let digest = key.digest();
        let seed = digest.get(..16).unwrap_or_default();
        Self {
            encryption: CIPHER.derive(seed, Purpose::Encryption),
            mac: CIPHER.derive(seed, Purpose::Mac),
            challenge,
            contribution,
            card_challenge: None,
        }
    }

    /// The command to send now.
    ///
    /// # Errors
    /// [`Failure::Malformed`], which the lengths here exclude.
    pub fn command(&self) -> Result<Command, Failure> {
        let Some(card_challenge) = self.card_challenge else {
            return Ok(Command::new(0, 0x84, 0, 0).expecting(8));
        };
        let plain = Zeroizing::new(
            [self.challenge.as_slice(), &card_challenge, self.contribution.as_slice()].concat(),
        );
        let sealed = self.seal(&plain).map_err(|_| MALFORMED)?;
        Ok(Command::new(0, 0x82, 0, 0).with_data(SecretBytes::new(sealed)).expecting(40))
    }

    /// Takes the answer; the channel once both have shown what they know.
    ///
    /// # Errors
    /// [`Failure::KeysWrong`] when the card refuses the proof, others when it follows no rule.
    pub fn handle_response(&mut self, response: &Response) -> Result<Option<SecureMessaging>, Failure> {
        let data = response.data.expose();
        let Some(card_challenge) = self.card_challenge else {
            if !response.status.is_ok() {
                return Err(Failure::Refused { file: None, status: response.status });
            }
            self.card_challenge = Some(data.try_into().map_err(|_| MALFORMED)?);
            return Ok(None);
        };
        // Chips name a wrong proof differently (6300, 6982, 6985, 6988): nothing else can be wrong with this command.
        if !response.status.is_ok() {
            return Err(Failure::KeysWrong);
        }
        let plain = self.unseal(data)?;
        let (theirs, rest) = plain.split_at_checked(8).ok_or(MALFORMED)?;
        let (ours, contribution) = rest.split_at_checked(8).ok_or(MALFORMED)?;
        if theirs != card_challenge || ours != self.challenge {
            return Err(Failure::ChannelBroken);
        }
        let secret: Bytes =
            Zeroizing::new(contribution.iter().zip(self.contribution.iter()).map(|(a, b)| a ^ b).collect());
        let counter: Vec<u8> =
            card_challenge.iter().skip(4).chain(self.challenge.iter().skip(4)).copied().collect();
        Ok(Some(SecureMessaging::new(CIPHER, &secret, &counter)))
    }

    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, LengthError> {
        let mut text = CIPHER.encrypt(&self.encryption, &[0; 8], plain)?;
        let mac = CIPHER.mac(&self.mac, &pad(&text, 8))?;
        text.extend(mac);
        Ok(text)
    }

    fn unseal(&self, sealed: &[u8]) -> Result<Bytes, Failure> {
        let (text, mac) = sealed.split_at_checked(TEXT_LEN).ok_or(MALFORMED)?;
        let expected = CIPHER.mac(&self.mac, &pad(text, 8)).map_err(|_| MALFORMED)?;
        if !same(&expected, mac) {
            return Err(Failure::ChannelBroken);
        }
        CIPHER.decrypt(&self.encryption, &[0; 8], text).map_err(|_| MALFORMED)
    }
}

#[cfg(test)]
mod tests {
    use senim_domain::Secret;

    use super::super::test_bytes::hex;
    use super::*;

    fn standard() -> Bac {
        let secret = |text: &str| Secret::new(text.into());
        let key = MrzKey::new(&secret("L898902C"), &secret("690806"), &secret("940623")).unwrap();
        let challenge = hex("781723860C06C226").try_into().unwrap();
        let contribution = hex("0B795240CB7049B01C19B33E32804F0B").try_into().unwrap();
        Bac::new(&key, challenge, Zeroizing::new(contribution))
    }

    fn challenged() -> Bac {
        let mut bac = standard();
        assert_eq!(bac.command().unwrap().encode().unwrap().expose(), hex("0084000008"));
        let answer = Response::parse(&hex("4608F919887022129000")).unwrap();
        assert!(bac.handle_response(&answer).unwrap().is_none());
        bac
    }

    const PROOF: &str = "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D7449";

    /// Part 11, appendix D.3 and the first message of D.4, which fixes session keys and counter.
    #[test]
    fn the_standards_example_is_reproduced() {
        let mut bac = challenged();
        assert_eq!(
            bac.command().unwrap().encode().unwrap().expose(),
            hex(
                "008200002872C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A728"
            )
        );
        let answer = Response::parse(&hex(&format!("{PROOF}9000"))).unwrap();
        let mut channel = bac.handle_response(&answer).unwrap().unwrap();
        let select = Command::new(0, 0xA4, 2, 0x0C).with_data(SecretBytes::new(vec![1, 0x1E]));
        assert_eq!(
            channel.protect(&select, 256).unwrap().encode().unwrap().expose(),
            hex("0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800")
        );
    }

    #[test]
    fn a_refused_proof_means_that_the_keys_are_wrong() {
        for status in [[0x63, 0], [0x69, 0x85], [0x69, 0x88]] {
            let answer = Response::parse(&status).unwrap();
            assert_eq!(challenged().handle_response(&answer).unwrap_err(), Failure::KeysWrong);
        }
    }

    #[test]
    fn a_card_that_proves_nothing_is_not_believed() {
        let mut damaged = hex(&format!("{PROOF}9000"));
        damaged[5] ^= 1;
        let answer = Response::parse(&damaged).unwrap();
        assert_eq!(challenged().handle_response(&answer).unwrap_err(), Failure::ChannelBroken);
        let short = Response::parse(&damaged[..20]).unwrap();
        assert!(challenged().handle_response(&short).is_err());
    }
}
