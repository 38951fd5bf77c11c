//! A small card, and what it was asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use senim_emulators::card::Card;

/// T=1 only, TA1 = 13, IFSC 32.
pub const T1: &[u8] = &[0x3B, 0x90, 0x13, 0x81, 0x31, 0x20, 0x4D, 0x5E];
/// T=0 only.
pub const T0: &[u8] = &[0x3B, 0x02, 0x14, 0x50];
/// T=0 first, then T=1.
pub const BOTH: &[u8] = &[0x3B, 0x80, 0x80, 0x01, 0x01];

/// How often the card was told to VERIFY.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<AtomicU32>);

impl Tally {
    pub fn verified(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Gives random bytes (INS 84), echoes (INS EE), counts (INS 20), and knows nothing else.
#[derive(Debug)]
pub struct TestCard {
    atr: Vec<u8>,
    tally: Tally,
}

impl TestCard {
    pub fn new(atr: &[u8]) -> (Self, Tally) {
        let tally = Tally::default();
        (Self { atr: atr.to_vec(), tally: tally.clone() }, tally)
    }
}

impl Card for TestCard {
    fn name(&self) -> &'static str {
        "test"
    }

    fn answer_to_reset(&mut self) -> Vec<u8> {
        self.atr.clone()
    }

    fn power(&mut self, _on: bool) {}

    fn reset(&mut self) {}

    fn transmit(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        let mut response = match command {
            [_, 0x20, ..] => {
                self.tally.0.fetch_add(1, Ordering::Relaxed);
                vec![]
            }
            [_, 0x84, _, _, length] => vec![0xAB; if *length == 0 { 256 } else { usize::from(*length) }],
            [_, 0xEE, _, _, length, rest @ ..] => rest[..usize::from(*length)].to_vec(),
            _ => return Some(vec![0x6D, 0x00]),
        };
        response.extend([0x90, 0x00]);
        Some(response)
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
