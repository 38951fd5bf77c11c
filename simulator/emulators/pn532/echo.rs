//! A card for trying a reader: selects anything and gives back what it is sent.

use crate::card::Card;

/// ATR with five historical bytes and no protocol byte (T=0).
const ANSWER_TO_RESET: [u8; 7] = [0x3B, 0x05, b'S', b'E', b'N', b'I', b'M'];
/// Instruction byte of SELECT.
const SELECT: u8 = 0xA4;
const DONE: [u8; 2] = [0x90, 0x00];
const NOT_SELECTED: [u8; 2] = [0x69, 0x85];

/// SELECT is answered with 9000; after it every other command comes back whole with 9000 behind it. Before SELECT, and
/// again after each reset, commands end with 6985, so that lost state shows.
#[derive(Debug, Default)]
pub struct Echo {
    selected: bool,
}

impl Card for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn answer_to_reset(&mut self) -> Vec<u8> {
        ANSWER_TO_RESET.to_vec()
    }

    fn power(&mut self, _on: bool) {
        self.selected = false;
    }

    fn reset(&mut self) {
        self.selected = false;
    }

    fn transmit(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        if command.get(1) == Some(&SELECT) {
            self.selected = true;
            return Some(DONE.to_vec());
        }
        if !self.selected {
            return Some(NOT_SELECTED.to_vec());
        }
        Some([command, &DONE].concat())
    }
}

/// The cards of this file by name: `echo`.
#[must_use]
pub fn cards(name: &str) -> Option<Box<dyn Card>> {
    (name == "echo").then(|| Box::<Echo>::default() as Box<dyn Card>)
}
