//! How the chip is opened: Basic Access Control and PACE (Doc 9303 part 11, 4.3 and 4.4), the chip's side.

use sha1::Digest as _;

use super::channel::Channel;
use super::crypto::{Suite, padded};
use super::files::{key_text, pace_oid};
use super::{Options, Random};
use crate::cards::apdu::{Command, object, value};

/// What the way in has come to. All of it is gone with the power.
#[derive(Debug, Default)]
pub(super) struct Access {
    challenge: Option<[u8; 8]>,
    pace: Option<Pace>,
}

#[derive(Debug)]
struct Pace {
    password_key: Vec<u8>,
    step: Step,
}

#[derive(Debug, Clone)]
enum Step {
    Nonce,
    Map { nonce: [u8; 32] },
    Agree { base: Vec<u8> },
    Confirm { secret: Vec<u8>, theirs: Vec<u8>, ours: Vec<u8> },
}

/// Data of an answer, and the channel when it opens behind it.
pub(super) type Answer = Result<(Vec<u8>, Option<Channel>), u16>;

impl Access {
    /// GET CHALLENGE.
    pub(super) fn challenge(&mut self, random: &mut Random) -> Answer {
        let challenge = random.bytes();
        self.challenge = Some(challenge);
        Ok((challenge.to_vec(), None))
    }

    /// EXTERNAL AUTHENTICATE: S = RND.IFD, RND.IC, K.IFD, sealed and with a checksum. A challenge serves once.
    pub(super) fn authenticate(&mut self, options: &Options, random: &mut Random, data: &[u8]) -> Answer {
        const SUITE: Suite = Suite::TripleDes;
        let challenge = self.challenge.take().ok_or(0x6985_u16)?;
        let digest = sha1::Sha1::digest(key_text(&options.holder));
        let seed = digest.get(..16).unwrap_or_default();
        let (encryption, authentication) = (SUITE.key(seed, 1), SUITE.key(seed, 2));
        let (sealed, checksum) = data.split_at_checked(32).ok_or(0x6700_u16)?;
        if SUITE.checksum(&authentication, &padded(sealed, 8)) != checksum {
            return Err(0x6300);
        }
        let plain = SUITE.unseal(&encryption, &[0; 8], sealed).ok_or(0x6300_u16)?;
        let [theirs, ours, high, low] = plain.as_chunks::<8>().0 else { return Err(0x6300) };
        if *ours != challenge {
            return Err(0x6300);
        }
        let contribution: [u8; 16] = random.bytes();
        let answer =
            SUITE.seal(&encryption, &[0; 8], &[&challenge[..], theirs.as_slice(), &contribution].concat());
        let checksum = SUITE.checksum(&authentication, &padded(&answer, 8));
        let secret: Vec<u8> =
            high.iter().chain(low).zip(contribution).map(|(theirs, ours)| theirs ^ ours).collect();
        let counter = [challenge.get(4..), theirs.get(4..)].map(Option::unwrap_or_default).concat();
        let counter = counter.try_into().map_or(0, u64::from_be_bytes);
        Ok(([answer, checksum].concat(), Some(Channel::new(SUITE, &secret, counter))))
    }

    /// MSE:Set AT.
    pub(super) fn set_pace(&mut self, options: &Options, data: &[u8]) -> Answer {
        if value(data, 0x80) != Some(&pace_oid(options)) {
            return Err(0x6A80);
        }
        if value(data, 0x84).is_some_and(|parameter| parameter != [options.curve.parameter()]) {
            return Err(0x6A80);
        }
        let password_key = match value(data, 0x83) {
            Some([1]) => options.suite.key(&sha1::Sha1::digest(key_text(&options.holder)), 3),
            Some([2]) => options.suite.key(options.access_number.as_bytes(), 3),
            _ => return Err(0x6A88),
        };
        self.pace = Some(Pace { password_key, step: Step::Nonce });
        Ok((Vec::new(), None))
    }

    /// GENERAL AUTHENTICATE. Whatever goes wrong ends the run.
    pub(super) fn general(&mut self, options: &Options, random: &mut Random, command: &Command) -> Answer {
        let mut pace = self.pace.take().ok_or(0x6985_u16)?;
        let inner = value(&command.data, 0x7C).ok_or(0x6A80_u16)?;
        let curve = options.curve;
        let last = command.cla & 0x10 == 0;
        let (answer, next) = match pace.step {
            Step::Nonce if !last => {
                let nonce: [u8; 16] = random.bytes();
                let mut number = [0; 32];
                for (byte, from) in number.iter_mut().skip(16).zip(nonce) {
                    *byte = from;
                }
                let sealed = options.suite.seal(&pace.password_key, &[0; 16], &nonce);
                (object(&[0x80], &sealed), Step::Map { nonce: number })
            }
            Step::Map { nonce } if !last => {
                let theirs = value(inner, 0x81).ok_or(0x6A80_u16)?;
                let number = random.number();
                let shared = curve.times(&number, Some(theirs)).ok_or(0x6A80_u16)?;
                let part = curve.times(&nonce, None).ok_or(0x6A80_u16)?;
                let base = curve.plus(&part, &shared).ok_or(0x6A80_u16)?;
                let ours = curve.times(&number, None).ok_or(0x6A80_u16)?;
                (object(&[0x82], &ours), Step::Agree { base })
            }
            Step::Agree { base } if !last => {
                let theirs = value(inner, 0x83).ok_or(0x6A80_u16)?.to_vec();
                let number = random.number();
                let ours = curve.times(&number, Some(&base)).ok_or(0x6A80_u16)?;
                let shared = curve.times(&number, Some(&theirs)).ok_or(0x6A80_u16)?;
                let secret = shared.get(1..33).unwrap_or_default().to_vec();
                if ours == theirs {
                    return Err(0x6A80);
                }
                (object(&[0x84], &ours), Step::Confirm { secret, theirs, ours })
            }
            Step::Confirm { secret, theirs, ours } if last => {
                let token = |point: &[u8]| {
                    let key = [object(&[0x06], &pace_oid(options)), object(&[0x86], point)].concat();
                    options.suite.checksum(&options.suite.key(&secret, 2), &object(&[0x7F, 0x49], &key))
                };
                if value(inner, 0x85) != Some(token(&ours).as_slice()) {
                    return Err(0x6300);
                }
                let answer = object(&[0x7C], &object(&[0x86], &token(&theirs)));
                return Ok((answer, Some(Channel::new(options.suite, &secret, 0))));
            }
            _ => return Err(0x6883),
        };
        pace.step = next;
        self.pace = Some(pace);
        Ok((object(&[0x7C], &answer), None))
    }
}
