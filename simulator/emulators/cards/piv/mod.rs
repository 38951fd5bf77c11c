//! A card with the PIV application (NIST SP 800-73-4): two keys with certificates, a PIN with a counter.
//!
//! It stands in for the card of Kazakhstan's national certification authority, whose application is not public. Written
//! from the standard; it gives no quarter: a wrong PIN costs a try, 9C wants its PIN directly before each signature,
//! and what was verified is gone with the power. The counter and faults outlive the power, as on a chip.
//!
//! Not here: PUK, PIN change, key generation, secure messaging, the remaining data objects.

mod commands;
mod control;
mod pki;

use super::apdu::Command;
use crate::card::Card;
use crate::control::ControlError;
use crate::faults::{FaultSet, FaultSpec, fault_kinds};
use pki::Key;
pub use pki::{PkiError, authority_pem};
use serde_json::Value;

/// PIN of a card as it is made.
pub const PIN: &str = "123456";
/// Tries of a PIN as it is made.
pub const TRIES: u8 = 3;
/// A chained command may grow to this.
const CHAIN_MAX: usize = 2_048;
/// In CLA of all links but the last.
const CHAINING: u8 = 0x10;
/// ATR: direct convention, T=1 alone, IFSC 254, historical bytes that announce command chaining and extended lengths
/// (`73` of ISO/IEC 7816-4, 8.1.1.2.7) and spell the card's name.
const ATR: [u8; 18] = [
    0x3B, 0x8C, 0x81, 0x31, 0xFE, 0x45, 0x80, 0x73, 0x00, 0x00, 0xC0, 0x56, b'S', b'E', b'N', b'I', b'M',
    b'1',
];

/// Kind of both keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA on P-256 (11h).
    #[default]
    P256,
    /// RSA of 2,048 bits (07h).
    Rsa2048,
}

/// Where a key lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// 9A.
    Authentication,
    /// 9C.
    Signature,
}

/// Whose card it is. A person who does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// 12 digits.
    pub iin: String,
    /// In capitals, as the authority writes it.
    pub surname: String,
    /// In capitals.
    pub given_name: String,
}

impl Default for Holder {
    fn default() -> Self {
        Self {
            iin: "900514300002".into(), surname: "СЕРІКБАЕВ".into(), given_name: "ӘДІЛ".into()
        }
    }
}

/// How a card is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What the control interface calls it.
    pub name: &'static str,
    /// Kind of both keys.
    pub algorithm: Algorithm,
    /// Whose it is.
    pub holder: Holder,
    /// 6 to 8 digits.
    pub pin: String,
    /// Tries of a full counter, 1 to 15.
    pub tries_max: u8,
    /// Whether certificates lie there compressed by GZIP.
    pub compressed: bool,
    /// Whether extended lengths are taken.
    pub extended: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "piv",
            algorithm: Algorithm::P256,
            holder: Holder::default(),
            pin: PIN.into(),
            tries_max: TRIES,
            compressed: false,
            extended: true,
        }
    }
}

fault_kinds! {
    /// What may be wrong with the card.
    Fault {
        /// No try is left, whatever the counter says.
        PinBlocked = "pin_blocked" [],
        /// There are no certificates.
        CertificateMissing = "certificate_missing" [],
        /// Certificates are cut in half.
        CertificateMalformed = "certificate_malformed" [],
        /// There are certificates, but not their keys.
        KeyMissing = "key_missing" [],
        /// A bit of the signature is wrong.
        WrongSignature = "wrong_signature" [],
        /// 6F 00, and nothing is done.
        WrongStatus = "wrong_status" ["command"],
        /// 6C and the right length, where data was asked for.
        WrongLength = "wrong_length" ["command"],
        /// One byte instead of an answer.
        ShortAnswer = "short_answer" ["command"],
        /// More data is announced and never comes.
        Endless = "endless" ["command"],
        /// Nothing is done or answered.
        Mute = "mute" ["command"],
        /// The command is carried out, and the card is gone before it can say so: mute until the next power-on.
        Torn = "torn" ["command"],
    }
}

/// A status word.
type Sw = u16;

/// The card.
#[derive(Debug)]
pub struct PivCard {
    options: Options,
    keys: [(Slot, Key, Vec<u8>); 2],
    faults: FaultSet<Fault>,
    tries: u8,
    /// VERIFY commands with a PIN in them that the chip has judged.
    pins_judged: u32,
    powered: bool,
    torn: bool,
    visit: Visit,
}

/// What is gone with the power.
#[derive(Debug, Default)]
struct Visit {
    selected: bool,
    verified: bool,
    /// The PIN was verified by the command just before.
    just_verified: bool,
    chain: Option<Command>,
    /// Answer still to be fetched, with its final status word.
    waiting: Option<(Vec<u8>, Sw)>,
}

impl PivCard {
    /// A card with its keys and fresh certificates.
    ///
    /// # Errors
    /// [`PkiError`] when the keys in the tree are damaged or the holder's number is not plain ASCII.
    pub fn new(options: Options) -> Result<Self, PkiError> {
        let slot = |slot| {
            let key = Key::of(options.algorithm, slot)?;
            let certificate = pki::certificate(&key, slot, &options.holder)?;
            Ok((slot, key, certificate))
        };
        Ok(Self {
            keys: [slot(Slot::Authentication)?, slot(Slot::Signature)?],
            faults: FaultSet::default(),
            tries: options.tries_max,
            pins_judged: 0,
            powered: false,
            torn: false,
            visit: Visit::default(),
            options,
        })
    }

    /// Sets or replaces a fault.
    pub fn set_fault(&mut self, fault: Fault, spec: FaultSpec) {
        self.faults.set(fault, spec);
    }

    /// Removes a fault.
    pub fn clear_fault(&mut self, fault: Fault) {
        self.faults.clear(fault);
    }

    /// Tries of the PIN that are left.
    #[must_use]
    pub fn tries(&self) -> u8 {
        if self.faults.peek(Fault::PinBlocked).is_some() { 0 } else { self.tries }
    }

    /// PINs that were tried since the card was made.
    #[must_use]
    pub const fn pins_judged(&self) -> u32 {
        self.pins_judged
    }

    /// The DER of a slot's certificate, whatever faults are set.
    #[must_use]
    pub fn certificate(&self, slot: Slot) -> Vec<u8> {
        self.slot(slot).map(|(_, certificate)| certificate.to_vec()).unwrap_or_default()
    }

    /// A slot's public key as SubjectPublicKeyInfo, DER: for an authority elsewhere that certifies it.
    #[must_use]
    pub fn public_key(&self, slot: Slot) -> Vec<u8> {
        self.slot(slot).map(|(key, _)| pki::public_key(key)).unwrap_or_default()
    }

    /// Puts another certificate (DER) into a slot, as whoever issues the card does.
    pub fn set_certificate(&mut self, slot: Slot, der: Vec<u8>) {
        if let Some((.., certificate)) = self.keys.iter_mut().find(|(wanted, ..)| *wanted == slot) {
            *certificate = der;
        }
    }

    fn slot(&self, wanted: Slot) -> Option<(&Key, &[u8])> {
        let (_, key, certificate) = self.keys.iter().find(|(slot, ..)| *slot == wanted)?;
        Some((key, certificate))
    }

    fn handle(&mut self, command: Command) -> Vec<u8> {
        if command.ins == 0xC0 {
            return self.get_response(command.ne);
        }
        self.visit.waiting = None;
        let command = match self.link(command) {
            Ok(command) => command,
            Err(sw) => return sw.to_be_bytes().to_vec(),
        };
        let (data, sw) = match self.carry_out(&command) {
            Ok(data) => (data, 0x9000),
            Err(sw) => (Vec::new(), sw),
        };
        if command.ins != 0x20 {
            self.visit.just_verified = false;
        }
        if command.ne > 0
            && command.ne != data.len()
            && data.len() <= 256
            && !data.is_empty()
            && self.faults.take_on(Fault::WrongLength, command.ins).is_some()
        {
            return vec![0x6C, data.len().to_be_bytes().last().copied().unwrap_or(0)];
        }
        self.answer(data, sw, command.ne)
    }

    /// Puts the links of a chain together. `Err` answers a link.
    fn link(&mut self, command: Command) -> Result<Command, Sw> {
        let last = command.cla & CHAINING == 0;
        let whole = match self.visit.chain.take() {
            None => command,
            Some(mut chain) => {
                if (chain.ins, chain.p1, chain.p2) != (command.ins, command.p1, command.p2) {
                    return Err(0x6883);
                }
                chain.data.extend(command.data);
                Command { ne: command.ne, cla: command.cla, ..chain }
            }
        };
        if last {
            return Ok(whole);
        }
        if whole.ins != 0x87 {
            return Err(0x6884);
        }
        if whole.data.len() > CHAIN_MAX {
            return Err(0x6700);
        }
        self.visit.chain = Some(whole);
        Err(0x9000)
    }

    /// As much as was asked for; the rest waits for GET RESPONSE.
    fn answer(&mut self, mut data: Vec<u8>, sw: Sw, ne: usize) -> Vec<u8> {
        let rest = data.split_off(ne.min(data.len()));
        let sw = if rest.is_empty() {
            sw
        } else {
            let more = u8::try_from(rest.len()).unwrap_or(0);
            self.visit.waiting = Some((rest, sw));
            u16::from_be_bytes([0x61, more])
        };
        data.extend(sw.to_be_bytes());
        data
    }

    fn get_response(&mut self, ne: usize) -> Vec<u8> {
        match self.visit.waiting.take() {
            Some((data, sw)) => self.answer(data, sw, ne),
            None => vec![0x69, 0x85],
        }
    }
}

impl Card for PivCard {
    fn name(&self) -> &'static str {
        self.options.name
    }

    fn answer_to_reset(&mut self) -> Vec<u8> {
        let check = ATR.iter().skip(1).fold(0, |sum, byte| sum ^ byte);
        let mut atr = ATR.to_vec();
        atr.push(check);
        atr
    }

    fn power(&mut self, on: bool) {
        self.powered = on;
        self.torn = false;
        self.visit = Visit::default();
    }

    fn reset(&mut self) {
        self.visit = Visit::default();
    }

    fn transmit(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        if !self.powered || self.torn {
            return None;
        }
        let Some(command) = Command::parse(bytes) else { return Some(vec![0x67, 0x00]) };
        if command.extended && !self.options.extended {
            return Some(vec![0x67, 0x00]);
        }
        let ins = command.ins;
        if self.faults.take_on(Fault::Mute, ins).is_some() {
            return None;
        }
        if self.faults.take_on(Fault::WrongStatus, ins).is_some() {
            return Some(vec![0x6F, 0x00]);
        }
        if self.faults.take_on(Fault::Endless, ins).is_some() {
            return Some(vec![0x61, 0x10]);
        }
        let answer = self.handle(command);
        if self.faults.take_on(Fault::Torn, ins).is_some() {
            self.torn = true;
            return None;
        }
        if self.faults.take_on(Fault::ShortAnswer, ins).is_some() {
            return Some(answer.into_iter().take(1).collect());
        }
        Some(answer)
    }

    fn state(&self) -> Value {
        self.to_json()
    }

    fn patch(&mut self, body: &Value) -> Result<(), ControlError> {
        self.apply(body)
    }
}
