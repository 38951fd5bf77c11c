//! A host in virtual time for the acceptor's machine, and the frames it sends.

use senim_emulators::ccnet::{Ccnet, Fault, Options, Table};
use senim_emulators::faults::FaultSpec;
use senim_emulators::machine::Machine;

pub const POLL: &[u8] = &[0x02, 0x03, 0x06, 0x33, 0xda, 0x81];
pub const ACK: &[u8] = &[0x02, 0x03, 0x06, 0x00, 0xc2, 0x82];
pub const NAK: &[u8] = &[0x02, 0x03, 0x06, 0xff, 0xba, 0x8d];
pub const ILLEGAL: &[u8] = &[0x02, 0x03, 0x06, 0x30, 0x41, 0xb3];
pub const RESET: &[u8] = &[0x02, 0x03, 0x06, 0x30, 0x41, 0xb3];
pub const STATUS: &[u8] = &[0x02, 0x03, 0x06, 0x31, 0xc8, 0xa2];
pub const STACK: &[u8] = &[0x02, 0x03, 0x06, 0x35, 0xec, 0xe4];
pub const RETURN: &[u8] = &[0x02, 0x03, 0x06, 0x36, 0x77, 0xd6];
pub const IDENT: &[u8] = &[0x02, 0x03, 0x06, 0x37, 0xfe, 0xc7];
pub const HOLD: &[u8] = &[0x02, 0x03, 0x06, 0x38, 0x09, 0x3f];
pub const TABLE: &[u8] = &[0x02, 0x03, 0x06, 0x41, 0x4f, 0xd1];
pub const ENABLE_ALL: &[u8] = &[0x02, 0x03, 0x0c, 0x34, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xf7];
pub const ENABLE_ALL_NO_ESCROW: &[u8] =
    &[0x02, 0x03, 0x0c, 0x34, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0xb5, 0xc1];
pub const DISABLE: &[u8] = &[0x02, 0x03, 0x0c, 0x34, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x17, 0x0c];

pub struct Host {
    pub device: Ccnet,
    pub now_ms: u64,
}

impl Host {
    /// A host of a device in power-up.
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    pub fn with(options: Options) -> Self {
        Self { device: Ccnet::new(options, Table::default()), now_ms: 1_000 }
    }

    /// A host of a device that idles with all types enabled and in escrow.
    pub fn ready() -> Self {
        let mut host = Self::new();
        host.make_ready();
        host
    }

    pub fn make_ready(&mut self) {
        assert_eq!(self.send(RESET), ACK);
        self.until(&[0x19]);
        assert_eq!(self.send(ENABLE_ALL), ACK);
        assert_eq!(self.poll(), [0x14]);
    }

    pub fn fault(&mut self, fault: Fault, spec: FaultSpec) -> &mut Self {
        self.device.set_fault(fault, spec, self.now_ms);
        self
    }

    pub fn insert(&mut self, value: u32) -> &mut Self {
        self.device.insert(value, None, self.now_ms).unwrap();
        self
    }

    /// Sends and returns what comes back within 20 ms.
    pub fn send(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.device.handle_input(bytes, self.now_ms);
        self.pass(20)
    }

    /// Lets time pass and returns what came.
    pub fn pass(&mut self, for_ms: u64) -> Vec<u8> {
        let end_ms = self.now_ms + for_ms;
        let mut came = Vec::new();
        loop {
            came.extend(std::iter::from_fn(|| self.device.poll_transmit(self.now_ms)).flatten());
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

    /// Polls, acknowledges, and returns the data of the answer.
    pub fn poll(&mut self) -> Vec<u8> {
        let answer = self.send(POLL);
        assert!(self.send(ACK).is_empty(), "an ACK is not answered");
        data(&answer)
    }

    /// Polls each 100 ms until the answer is this one; all different answers on the way, in order.
    pub fn until(&mut self, state: &[u8]) -> Vec<Vec<u8>> {
        let mut seen: Vec<Vec<u8>> = Vec::new();
        for _ in 0..300 {
            let came = self.poll();
            if seen.last() != Some(&came) {
                seen.push(came.clone());
            }
            if came == state {
                return seen;
            }
            self.pass(60);
        }
        panic!("{state:02x?} never came: {seen:02x?}");
    }

    pub fn stacked(&self) -> u64 {
        self.device.cassette().notes.values().sum()
    }
}

/// What lies in an answer's envelope.
pub fn data(answer: &[u8]) -> Vec<u8> {
    assert_eq!(answer.first(), Some(&0x02), "an answer came: {answer:02x?}");
    assert_eq!(usize::from(answer[2]), answer.len(), "one whole frame");
    answer[3..answer.len() - 2].to_vec()
}
