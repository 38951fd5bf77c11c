//! A host in virtual time for the dispenser's machine, and the frames it sends.

use senim_emulators::faults::FaultSpec;
use senim_emulators::lcdm4000::{Cassette, Fault, LastStatusMode, Lcdm4000, Options, Unit};
use senim_emulators::machine::Machine;

pub const STATUS: &[u8] = &[0x04, 0x30, 0x02, 0x50, 0x03, 0x65];
pub const PURGE: &[u8] = &[0x04, 0x30, 0x02, 0x51, 0x03, 0x64];
pub const LAST_STATUS: &[u8] = &[0x04, 0x30, 0x02, 0x55, 0x03, 0x60];
pub const RESET: &[u8] = &[0x04, 0x30, 0x02, 0x44, 0x03, 0x71];

pub struct Host {
    pub device: Lcdm4000,
    pub now_ms: u64,
}

impl Host {
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    pub fn with(options: Options) -> Self {
        let cassettes = [20_000, 10_000, 5_000, 2_000].map(|tenge| Cassette::new(tenge, 100));
        Self { device: Lcdm4000::new(options, cassettes, 1_000), now_ms: 1_000 }
    }

    pub fn remembering(mode: LastStatusMode) -> Self {
        Self::with(Options { last_status: mode, ..Options::default() })
    }

    pub fn fault(&mut self, fault: Fault, spec: FaultSpec) -> &mut Self {
        self.device.set_fault(fault, spec, self.now_ms);
        self
    }

    /// Sends and returns what comes back without any time passing.
    pub fn send(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.device.handle_input(bytes, self.now_ms);
        self.drain()
    }

    /// Lets time pass and returns what came, with the time of each piece.
    pub fn pass(&mut self, for_ms: u64) -> Vec<(u64, Vec<u8>)> {
        let end_ms = self.now_ms + for_ms;
        let mut came = Vec::new();
        loop {
            while let Some(bytes) = self.device.poll_transmit(self.now_ms) {
                came.push((self.now_ms, bytes));
            }
            match self.device.poll_timeout() {
                Some(at_ms) if at_ms <= end_ms => {
                    self.now_ms = at_ms.max(self.now_ms);
                    self.device.handle_timeout(self.now_ms);
                }
                _ => break,
            }
        }
        self.now_ms = end_ms;
        came
    }

    /// One command as a host does it: send, ACK, reply, ACK, EOT. Returns the reply.
    pub fn exchange(&mut self, frame: &[u8]) -> Vec<u8> {
        let mut came = self.send(frame);
        assert_eq!(came.first(), Some(&0x06), "the command is acknowledged");
        came.remove(0);
        while came.is_empty() {
            let at_ms = self.device.poll_timeout().expect("the device will answer");
            came.extend(self.pass(at_ms - self.now_ms).into_iter().flat_map(|(_, bytes)| bytes));
        }
        assert_eq!(self.send(&[0x06]), [0x04], "the exchange ends with EOT");
        came
    }

    pub fn notes(&self, unit: Unit) -> u32 {
        self.device.cassette(unit).notes
    }

    /// Every note is somewhere: cassette, path, tray or outside.
    pub fn assert_no_note_lost(&self) {
        for unit in Unit::ALL {
            let cassette = self.device.cassette(unit);
            let elsewhere = cassette.exited + cassette.rejected + u64::from(*self.device.on_path().at(unit));
            assert_eq!(u64::from(cassette.notes) + elsewhere, 100, "cassette {unit:?}");
        }
    }

    fn drain(&mut self) -> Vec<u8> {
        std::iter::from_fn(|| self.device.poll_transmit(self.now_ms)).flatten().collect()
    }
}

/// DISPENSE of the stock dialect.
pub fn dispense(counts: [u8; 4]) -> Vec<u8> {
    let mut frame = vec![0x04, 0x30, 0x02, 0x52];
    frame.extend(counts.map(|count| count + 0x20));
    frame.extend([0x20; 11]);
    sealed(frame)
}

/// Appends ETX and BCC.
pub fn sealed(mut frame: Vec<u8>) -> Vec<u8> {
    frame.push(0x03);
    let check = frame.iter().fold(0, |sum, byte| sum ^ byte);
    frame.push(check);
    frame
}

/// (ERR, EXIT and REJ per unit) of a reply to a command that moves notes.
pub fn counts(reply: &[u8]) -> (u8, [u8; 4], [u8; 4]) {
    let data = &reply[4..];
    (data[0] - 0x20, [2, 5, 8, 11].map(|at| data[at] - 0x20), [3, 6, 9, 12].map(|at| data[at] - 0x20))
}

/// (LASTCMD, ERR, EXIT, REJ) of a LAST STATUS reply.
pub fn last(reply: &[u8]) -> (u8, u8, [u8; 4], [u8; 4]) {
    let (error, exit, reject) = counts(&reply[1..]);
    (reply[4], error, exit, reject)
}
