//! A travel document by ICAO Doc 9303: the chip of a passport or an identity card with DG1, DG2 and a security object of
//! an own test authority. Written from the standard and sharing no line with the terminal's reader.
//!
//! A session ends with the first protected command that is wrong or comes unprotected, as on real chips. Random bytes
//! come from a seed, so equal documents answer equal commands equally.
//!
//! Not here: Active and Chip Authentication, Extended Access Control, other data groups, integrated mapping.

mod access;
mod channel;
mod control;
mod crypto;
mod curve;
mod files;
mod options;
mod pki;
#[cfg(test)]
mod standard;

use serde_json::Value;
use sha1::Digest as _;
use sha2::Sha256;

use super::apdu::{Command, object, value};
use crate::card::Card;
use crate::control::ControlError;
use crate::faults::{FaultSet, FaultSpec, fault_kinds};
use access::{Access, Answer};
use channel::Channel;
pub use crypto::Suite;
pub use curve::Curve;
pub use options::{Form, Holder, Options, Variant, Ways};
pub use pki::PkiError;

const APPLICATION: [u8; 7] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];
/// Largest offset that stands in the header of READ BINARY.
const HEADER_OFFSET_MAX: usize = 0x7FFF;

fault_kinds! {
    /// What may go wrong with a document that is whole.
    Fault {
        /// A bit of the protected answer's checksum is wrong.
        WrongChecksum = "wrong_checksum" ["command"],
        /// A bit of the protected answer's content is wrong.
        WrongContent = "wrong_content" ["command"],
        /// The answer comes outside the channel, and the channel is gone.
        Unprotected = "unprotected" ["command"],
        /// The answer before is given again.
        Repeated = "repeated" ["command"],
        /// READ BINARY brings half of what was asked for.
        ShortRead = "short_read" [],
        /// 6F 00, and nothing is done.
        WrongStatus = "wrong_status" ["command"],
        /// One byte instead of an answer.
        ShortAnswer = "short_answer" ["command"],
        /// Nothing is done or answered.
        Mute = "mute" ["command"],
    }
}

/// Bytes out of a seed: reproducible, worthless as a secret.
#[derive(Debug)]
struct Random {
    seed: u64,
    drawn: u64,
    /// What is drawn first, for the standard's examples.
    script: std::collections::VecDeque<Vec<u8>>,
}

impl Random {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        if let Some(draw) = self.script.pop_front().and_then(|draw| draw.try_into().ok()) {
            return draw;
        }
        self.drawn = self.drawn.wrapping_add(1);
        let digest =
            Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(self.drawn.to_be_bytes());
        let mut bytes = [0; N];
        for (byte, from) in bytes.iter_mut().zip(digest.finalize()) {
            *byte = from;
        }
        bytes
    }

    /// Below the order of both curves.
    fn number(&mut self) -> [u8; 32] {
        let mut number: [u8; 32] = self.bytes();
        number[0] &= 0x7F;
        number
    }
}

/// The chip.
#[derive(Debug)]
pub struct TravelDocument {
    options: Options,
    files: Vec<([u8; 2], Vec<u8>)>,
    authority: Vec<u8>,
    random: Random,
    faults: FaultSet<Fault>,
    powered: bool,
    torn: bool,
    commands: u32,
    /// Files that were selected, in order.
    selected: Vec<[u8; 2]>,
    visit: Visit,
    last: Vec<u8>,
}

/// What is gone with the power.
#[derive(Debug, Default)]
struct Visit {
    selected: bool,
    file: Option<[u8; 2]>,
    access: Access,
    channel: Option<Channel>,
}

impl TravelDocument {
    /// A document with its files, signed on the spot.
    ///
    /// # Errors
    /// [`PkiError`] when the country cannot stand in a certificate.
    pub fn new(options: Options) -> Result<Self, PkiError> {
        let pki = pki::Pki::new(&options)?;
        let mut data_group_1 = match options.variant {
            Variant::Cloned => files::data_group_1(&Options { holder: Holder::other(), ..options.clone() }),
            _ => files::data_group_1(&options),
        };
        let mut data_group_2 = files::data_group_2(options.portrait_size);
        let security_object = pki
            .security_object(&[(1, &data_group_1), (2, &data_group_2)])
            .ok_or_else(PkiError::certificate)?;
        match options.variant {
            Variant::TamperedName => {
                let holder = Holder { surname: "OTHER".into(), ..options.holder.clone() };
                data_group_1 = files::data_group_1(&Options { holder, ..options.clone() });
            }
            Variant::TamperedPortrait => {
                if let Some(byte) = data_group_2.last_mut() {
                    *byte ^= 1;
                }
            }
            Variant::Good
            | Variant::ForeignAuthority
            | Variant::ForgedSigner
            | Variant::ExpiredSigner
            | Variant::Cloned => {}
        }
        let mut files = vec![
            ([0x01, 0x1E], files::common(true)),
            ([0x01, 0x01], data_group_1),
            ([0x01, 0x02], data_group_2),
            ([0x01, 0x1D], security_object),
        ];
        if options.ways != Ways::BacOnly {
            files.push(([0x01, 0x1C], files::card_access(&options)));
        }
        Ok(Self {
            random: Random { seed: options.seed, drawn: 0, script: Default::default() },
            authority: pki.authority,
            files,
            options,
            faults: FaultSet::default(),
            powered: false,
            torn: false,
            commands: 0,
            selected: Vec::new(),
            visit: Visit::default(),
            last: Vec::new(),
        })
    }

    /// DER of the certificate that a terminal has to believe for a genuine document of this seed and country.
    #[must_use]
    pub fn authority(&self) -> &[u8] {
        &self.authority
    }

    /// A file as it lies there, by its identifier.
    #[must_use]
    pub fn file(&self, id: [u8; 2]) -> Option<&[u8]> {
        self.files.iter().find(|(own, _)| *own == id).map(|(_, bytes)| bytes.as_slice())
    }

    /// Commands since the last power-on.
    #[must_use]
    pub const fn commands(&self) -> u32 {
        self.commands
    }

    /// Identifiers of the files that were ever selected, in order.
    #[must_use]
    pub fn selected(&self) -> &[[u8; 2]] {
        &self.selected
    }

    /// Sets or replaces a fault.
    pub fn set_fault(&mut self, fault: Fault, spec: FaultSpec) {
        self.faults.set(fault, spec);
    }

    /// Removes a fault.
    pub fn clear_fault(&mut self, fault: Fault) {
        self.faults.clear(fault);
    }

    fn handle(&mut self, outer: &Command) -> Vec<u8> {
        let protected = outer.cla & 0x0C == 0x0C;
        let channel = self.visit.channel.take();
        let Some(mut channel) = channel.filter(|_| protected) else {
            if protected {
                return vec![0x69, 0x88];
            }
            return self.in_the_open(outer);
        };
        let inner = match channel.unwrap(outer) {
            // A chip gives what fits, however much was asked for.
            Ok(inner) => Command { ne: inner.ne.min(channel.room(outer.ne)), ..inner },
            Err(sw) => return sw.to_be_bytes().to_vec(),
        };
        let (data, sw) = match self.carry_out(&inner, true) {
            Ok((data, _)) => (data, 0x9000),
            Err(sw) => (Vec::new(), sw),
        };
        if self.faults.take_on(Fault::Unprotected, outer.ins).is_some() {
            return [data, sw.to_be_bytes().to_vec()].concat();
        }
        let mut answer = channel.wrap(!outer.ins.is_multiple_of(2), &data, sw);
        if answer.len().saturating_sub(2) > outer.ne {
            return vec![0x67, 0x00];
        }
        self.visit.channel = Some(channel);
        let len = answer.len();
        let mut spoil = |at: usize| {
            if let Some(byte) = answer.get_mut(at) {
                *byte ^= 0x10;
            }
        };
        if self.faults.take_on(Fault::WrongChecksum, outer.ins).is_some() {
            spoil(len.saturating_sub(3));
        }
        if self.faults.take_on(Fault::WrongContent, outer.ins).is_some() {
            spoil(len.saturating_sub(18));
        }
        if self.faults.take_on(Fault::Repeated, outer.ins).is_some() {
            return self.last.clone();
        }
        answer
    }

    fn in_the_open(&mut self, command: &Command) -> Vec<u8> {
        match self.carry_out(command, false) {
            Ok((data, channel)) => {
                self.visit.channel = channel;
                [data, vec![0x90, 0x00]].concat()
            }
            Err(sw) => sw.to_be_bytes().to_vec(),
        }
    }

    fn carry_out(&mut self, command: &Command, open: bool) -> Answer {
        let bac = self.options.ways != Ways::PaceOnly;
        let pace = self.options.ways != Ways::BacOnly;
        match (command.ins, command.p1, command.p2) {
            (0xA4, 0x04, 0x0C) => self.select_application(&command.data, open || bac),
            (0xA4, 0x02, 0x0C) => self.select_file(&command.data, open),
            (0xB0 | 0xB1, ..) => self.read(command, open),
            (0x84, 0, 0) if self.visit.selected && bac && !open => {
                self.visit.access.challenge(&mut self.random)
            }
            (0x82, 0, 0) if self.visit.selected && bac && !open => {
                self.visit.access.authenticate(&self.options, &mut self.random, &command.data)
            }
            (0x22, 0xC1, 0xA4) if pace && !open => self.visit.access.set_pace(&self.options, &command.data),
            (0x86, 0, 0) if pace && !open => {
                self.visit.access.general(&self.options, &mut self.random, command)
            }
            (0x84 | 0x82 | 0x22 | 0x86, ..) => Err(0x6985),
            (0xA4, ..) => Err(0x6A86),
            _ => Err(0x6D00),
        }
    }

    fn select_application(&mut self, name: &[u8], allowed: bool) -> Answer {
        if name != APPLICATION {
            return Err(0x6A82);
        }
        if !allowed {
            return Err(0x6982);
        }
        self.visit.selected = true;
        self.visit.file = None;
        Ok((Vec::new(), None))
    }

    fn select_file(&mut self, id: &[u8], open: bool) -> Answer {
        let id = <[u8; 2]>::try_from(id).map_err(|_| 0x6A80_u16)?;
        self.readable(id, open)?;
        self.selected.push(id);
        self.visit.file = Some(id);
        Ok((Vec::new(), None))
    }

    /// EF.CardAccess lies in the master file and is for everybody, all others are in the application.
    fn readable(&self, id: [u8; 2], open: bool) -> Result<(), u16> {
        let common = id == [0x01, 0x1C];
        if self.file(id).is_none() || common == self.visit.selected {
            return Err(0x6A82);
        }
        if common || open { Ok(()) } else { Err(0x6982) }
    }

    fn read(&mut self, command: &Command, open: bool) -> Answer {
        let odd = command.ins == 0xB1;
        let offset = if odd {
            match value(&command.data, 0x54) {
                Some([high, low]) => usize::from(u16::from_be_bytes([*high, *low])),
                _ => return Err(0x6A80),
            }
        } else {
            usize::from(u16::from_be_bytes([command.p1, command.p2]))
        };
        let id = self.visit.file.ok_or(0x6986_u16)?;
        self.readable(id, open)?;
        if !odd && offset > HEADER_OFFSET_MAX {
            return Err(0x6A86);
        }
        let mut ne = command.ne;
        if self.faults.take(Fault::ShortRead).is_some() {
            ne = ne.div_ceil(2);
        }
        let rest = self.file(id).and_then(|bytes| bytes.get(offset..)).ok_or(0x6B00_u16)?;
        // The data object around the bytes counts.
        let room = if odd { ne.saturating_sub(if ne > 0x81 { 4 } else { 2 }) } else { ne };
        let bytes = rest.get(..room.min(rest.len())).unwrap_or(rest);
        Ok((if odd { object(&[0x53], bytes) } else { bytes.to_vec() }, None))
    }
}

impl Card for TravelDocument {
    fn name(&self) -> &'static str {
        self.options.name
    }

    /// T=CL as a reader shows it: card capabilities with or without extended lengths.
    fn answer_to_reset(&mut self) -> Vec<u8> {
        let lengths = if self.options.extended { 0x40 } else { 0x00 };
        let mut atr = vec![0x3B, 0x85, 0x80, 0x01, 0x80, 0x73, 0xC8, 0x21, lengths];
        atr.push(atr.iter().skip(1).fold(0, |sum, byte| sum ^ byte));
        atr
    }

    fn power(&mut self, on: bool) {
        self.powered = on;
        self.torn = false;
        self.commands = 0;
        self.visit = Visit::default();
        self.last = Vec::new();
    }

    fn reset(&mut self) {
        self.visit = Visit::default();
    }

    fn transmit(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        if !self.powered || self.torn {
            return None;
        }
        self.commands = self.commands.saturating_add(1);
        if self.options.tear_after.is_some_and(|answered| self.commands > answered) {
            self.torn = true;
            return None;
        }
        let Some(command) = Command::parse(bytes) else { return Some(vec![0x67, 0x00]) };
        if command.extended && !self.options.extended {
            return Some(vec![0x67, 0x00]);
        }
        if self.faults.take_on(Fault::Mute, command.ins).is_some() {
            return None;
        }
        if self.faults.take_on(Fault::WrongStatus, command.ins).is_some() {
            return Some(vec![0x6F, 0x00]);
        }
        let answer = self.handle(&command);
        self.last.clone_from(&answer);
        if self.faults.take_on(Fault::ShortAnswer, command.ins).is_some() {
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
