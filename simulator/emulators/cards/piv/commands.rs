//! What each command of the application does (SP 800-73-4, part 2, 3.1 and 3.2), answered by data or a status word.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Algorithm, Fault, PivCard, Slot, Sw};
use crate::cards::apdu::{Command, object, value};

/// The full identifier; a host may name it up to any byte behind the application's own number.
const AID: [u8; 11] = [0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00];
/// The part of it that names the registered provider.
const RID_LEN: usize = 5;
/// Shortest that is an application and no provider.
const SELECT_MIN: usize = 9;

const NOT_FOUND: Sw = 0x6A82;
const WRONG_DATA: Sw = 0x6A80;
const WRONG_P1_P2: Sw = 0x6A86;
const REFERENCE_NOT_FOUND: Sw = 0x6A88;
const SECURITY_STATUS: Sw = 0x6982;
const BLOCKED: Sw = 0x6983;
const NOT_SELECTED: Sw = 0x6985;

impl PivCard {
    pub(super) fn carry_out(&mut self, command: &Command) -> Result<Vec<u8>, Sw> {
        if command.cla != 0x00 {
            return Err(0x6E00);
        }
        match command.ins {
            0xA4 => self.select(command),
            0x20 | 0xCB | 0x87 if !self.visit.selected => Err(NOT_SELECTED),
            0x20 => self.verify(command).map(|()| Vec::new()),
            0xCB => self.get_data(command),
            0x87 => self.general_authenticate(command),
            _ => Err(0x6D00),
        }
    }

    /// Selecting the application anew keeps what was verified, as the standard says.
    fn select(&mut self, command: &Command) -> Result<Vec<u8>, Sw> {
        if (command.p1, command.p2) != (0x04, 0x00) {
            return Err(WRONG_P1_P2);
        }
        if command.data.len() < SELECT_MIN || !AID.starts_with(&command.data) {
            return Err(NOT_FOUND);
        }
        self.visit.selected = true;
        let (rid, pix) = AID.split_at_checked(RID_LEN).unwrap_or((&AID, &[]));
        let mut inside = object(&[0x4F], pix);
        inside.extend(object(&[0x79], &object(&[0x4F], rid)));
        inside.extend(object(&[0x50], b"Senim test card"));
        Ok(object(&[0x61], &inside))
    }

    fn verify(&mut self, command: &Command) -> Result<(), Sw> {
        if command.p2 != 0x80 {
            return Err(REFERENCE_NOT_FOUND);
        }
        match (command.p1, command.data.as_slice()) {
            (0xFF, []) => {
                self.visit.verified = false;
                self.visit.just_verified = false;
                Ok(())
            }
            (0x00, []) if self.visit.verified => Ok(()),
            (0x00, []) => Err(self.tries_as_status()),
            (0x00, block) => self.judge(block),
            _ => Err(WRONG_P1_P2),
        }
    }

    fn tries_as_status(&self) -> Sw {
        match self.tries() {
            0 => BLOCKED,
            left => 0x63C0 | u16::from(left.min(15)),
        }
    }

    fn judge(&mut self, block: &[u8]) -> Result<(), Sw> {
        self.visit.just_verified = false;
        if block.len() != 8 {
            return Err(WRONG_DATA);
        }
        self.pins_judged = self.pins_judged.saturating_add(1);
        if self.tries() == 0 {
            self.visit.verified = false;
            return Err(BLOCKED);
        }
        // The counter falls before the comparison, so that a tear cannot save a try.
        self.tries = self.tries.saturating_sub(1);
        let mut pin = self.options.pin.as_bytes().to_vec();
        pin.resize(8, 0xFF);
        let right = pin == block;
        self.visit.verified = right;
        self.visit.just_verified = right;
        if right {
            self.tries = self.options.tries_max;
            Ok(())
        } else {
            Err(0x63C0 | u16::from(self.tries().min(15)))
        }
    }

    fn get_data(&self, command: &Command) -> Result<Vec<u8>, Sw> {
        if (command.p1, command.p2) != (0x3F, 0xFF) {
            return Err(WRONG_P1_P2);
        }
        match value(&command.data, 0x5C).ok_or(WRONG_DATA)? {
            [0x7E] => {
                let mut inside = object(&[0x4F], &AID);
                inside.extend(object(&[0x5F, 0x2F], &[0x40, 0x00]));
                Ok(object(&[0x7E], &inside))
            }
            [0x5F, 0xC1, 0x02] => Ok(object(&[0x53], &holder_identifier())),
            [0x5F, 0xC1, 0x05] => self.certificate_object(Slot::Authentication),
            [0x5F, 0xC1, 0x0A] => self.certificate_object(Slot::Signature),
            _ => Err(NOT_FOUND),
        }
    }

    fn certificate_object(&self, slot: Slot) -> Result<Vec<u8>, Sw> {
        if self.faults.peek(Fault::CertificateMissing).is_some() {
            return Err(NOT_FOUND);
        }
        let (_, certificate) = self.slot(slot).ok_or(NOT_FOUND)?;
        let length = match self.faults.peek(Fault::CertificateMalformed) {
            Some(_) => certificate.len() / 2,
            None => certificate.len(),
        };
        let certificate = certificate.get(..length).unwrap_or_default();
        let (bytes, info) =
            if self.options.compressed { (compressed(certificate), 1) } else { (certificate.to_vec(), 0) };
        let mut inside = object(&[0x70], &bytes);
        inside.extend(object(&[0x71], &[info]));
        inside.extend(object(&[0xFE], &[]));
        Ok(object(&[0x53], &inside))
    }

    fn general_authenticate(&mut self, command: &Command) -> Result<Vec<u8>, Sw> {
        let slot = match command.p2 {
            0x9A => Slot::Authentication,
            0x9C => Slot::Signature,
            _ => return Err(REFERENCE_NOT_FOUND),
        };
        if self.faults.peek(Fault::KeyMissing).is_some() {
            return Err(REFERENCE_NOT_FOUND);
        }
        let (key, _) = self.slot(slot).ok_or(REFERENCE_NOT_FOUND)?;
        let code = match key.algorithm() {
            Algorithm::P256 => 0x11,
            Algorithm::Rsa2048 => 0x07,
        };
        if command.p1 != code {
            return Err(WRONG_P1_P2);
        }
        let enough = match slot {
            Slot::Authentication => self.visit.verified,
            Slot::Signature => self.visit.just_verified,
        };
        if !enough {
            return Err(SECURITY_STATUS);
        }
        let template = value(&command.data, 0x7C).ok_or(WRONG_DATA)?;
        if value(template, 0x82) != Some(&[]) {
            return Err(WRONG_DATA);
        }
        let challenge = value(template, 0x81).ok_or(WRONG_DATA)?;
        let mut signature = key.answer(challenge).ok_or(WRONG_DATA)?;
        if self.faults.take(Fault::WrongSignature).is_some()
            && let Some(last) = signature.last_mut()
        {
            *last ^= 1;
        }
        Ok(object(&[0x7C], &object(&[0x82], &signature)))
    }
}

/// CHUID (SP 800-73-4, part 1, 3.1.2): some hosts know cards apart by it. Test values, expiring 2049-01-01.
fn holder_identifier() -> Vec<u8> {
    let mut inside = object(&[0x30], &[0x99; 25]);
    inside.extend(object(&[0x34], b"SENIM TEST CARD1"));
    inside.extend(object(&[0x35], b"20490101"));
    inside.extend(object(&[0x3E], &[]));
    inside.extend(object(&[0xFE], &[]));
    inside
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to a vector does not fail; were it to, the card would hold an unreadable certificate.
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}
