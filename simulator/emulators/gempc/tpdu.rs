//! Card side of T=0 (ISO/IEC 7816-3, section 12.2): takes TPDUs and runs APDUs on the card.
//!
//! Response data waits for GET RESPONSE where the command carried data (61xx), and for the right length where it did not
//! (6Cxx). The command is not executed a second time for that.

use crate::card::Card;

const GET_RESPONSE: u8 = 0xC0;

/// The card's end of the character protocol.
#[derive(Debug, Default)]
pub(super) struct Tpdus {
    /// Response data not fetched yet and the status word behind it.
    held: Option<(Vec<u8>, [u8; 2])>,
    /// The command whose length was refused.
    refused: Option<[u8; 4]>,
}

impl Tpdus {
    /// One TPDU in; data and status word out; `None`: the card is mute. `apdus` counts what the card executed.
    pub(super) fn receive(&mut self, tpdu: &[u8], card: &mut dyn Card, apdus: &mut u64) -> Option<Vec<u8>> {
        let [class, instruction, p1, p2, p3, body @ ..] = tpdu else { return Some(vec![0x67, 0x00]) };
        let header = [*class, *instruction, *p1, *p2];
        if body.is_empty() && *instruction == GET_RESPONSE && self.held.is_some() {
            return Some(self.fetch(*p3, None));
        }
        if body.is_empty() && self.refused == Some(header) {
            return Some(self.fetch(*p3, Some(header)));
        }
        if !body.is_empty() && body.len() != usize::from(*p3) {
            return Some(vec![0x67, 0x00]);
        }
        (self.held, self.refused) = (None, None);
        *apdus = apdus.saturating_add(1);
        // With data, whether a response is wanted is not told in T=0; all of it is taken from the card.
        let mut command = tpdu.to_vec();
        if !body.is_empty() {
            command.push(0);
        }
        let response = card.transmit(&command)?;
        let [data @ .., sw1, sw2] = response.as_slice() else { return None };
        if data.is_empty() {
            return Some(vec![*sw1, *sw2]);
        }
        self.held = Some((data.to_vec(), [*sw1, *sw2]));
        if body.is_empty() {
            return Some(self.fetch(*p3, Some(header)));
        }
        Some(self.more())
    }

    /// Gives `length` bytes (0 = 256). A command must name the length exactly; GET RESPONSE may take less.
    fn fetch(&mut self, length: u8, command: Option<[u8; 4]>) -> Vec<u8> {
        let Some((data, _)) = &mut self.held else { return vec![0x69, 0x85] };
        let asked = if length == 0 { 256 } else { usize::from(length) };
        if asked > data.len() || (command.is_some() && asked < data.len().min(256)) {
            self.refused = command;
            return vec![0x6C, u8::try_from(data.len()).unwrap_or(0)];
        }
        self.refused = None;
        let mut answer: Vec<u8> = data.drain(..asked).collect();
        answer.extend(self.more());
        answer
    }

    /// The status word: the card's own at the end, 61xx before.
    fn more(&mut self) -> Vec<u8> {
        match &self.held {
            Some((data, _)) if !data.is_empty() => vec![0x61, u8::try_from(data.len()).unwrap_or(0)],
            _ => self.held.take().map_or_else(|| vec![0x90, 0x00], |(_, status)| status.to_vec()),
        }
    }
}
