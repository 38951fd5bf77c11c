//! The air above the antenna: the field, the card in it, and ISO/IEC 14443 as far as the chip's host can see it.
//!
//! A card answers REQA only from rest. One that was deselected sleeps until it is woken by name (InSelect) or the field
//! was off; one that is active does not hear REQA at all. So a host that wants to look again switches the field off.

use serde_json::Value;

use crate::card::{Card, Slot};

/// Status bytes of the chip.
pub(super) mod status {
    pub(crate) const OK: u8 = 0x00;
    pub(crate) const TIMEOUT: u8 = 0x01;
    pub(crate) const NOT_IN_CONTEXT: u8 = 0x27;
}

/// Where the card is in ISO/IEC 14443.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// Without power or not asked yet.
    #[default]
    Rest,
    /// Selected by its identifier.
    Selected,
    /// RATS was answered: APDUs are understood.
    Protocol,
    /// Sent to sleep.
    Halted,
}

/// What a listed card told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) sens_res: [u8; 2],
    pub(super) sel_res: u8,
    pub(super) ats: Option<Vec<u8>>,
}

/// The field and what lies in it.
#[derive(Debug, Default)]
pub(super) struct Field {
    slot: Slot,
    on: bool,
    state: State,
    /// Response bytes that the chip holds for its host.
    response: Vec<u8>,
    /// Response bytes already handed to the host.
    delivered: usize,
    /// Parts of a command that the host sends in pieces.
    command: Vec<u8>,
}

impl Field {
    pub(super) fn insert(&mut self, card: Box<dyn Card>) {
        self.slot.insert(card);
        self.state = State::Rest;
    }

    pub(super) fn remove(&mut self) {
        self.slot.remove();
        self.state = State::Rest;
    }

    pub(super) fn card_name(&self) -> Option<&'static str> {
        self.slot.name()
    }

    pub(super) fn card_state(&self) -> Value {
        self.slot.state()
    }

    pub(super) fn card_mut(&mut self) -> Option<&mut (dyn Card + 'static)> {
        self.slot.card()
    }

    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    pub(super) fn is_active(&self) -> bool {
        self.state == State::Protocol
    }

    pub(super) fn set_on(&mut self, on: bool) {
        if self.on && !on {
            if self.state != State::Rest
                && let Some(card) = self.slot.card()
            {
                card.power(false);
            }
            self.state = State::Rest;
            self.forget();
        }
        self.on = on;
    }

    fn forget(&mut self) {
        self.response.clear();
        self.command.clear();
        self.delivered = 0;
    }

    /// Whether a card would answer REQA now.
    pub(super) fn answers(&self) -> bool {
        self.state == State::Rest && self.slot.name().is_some()
    }

    /// REQA, anticollision, SELECT, and RATS where wanted.
    pub(super) fn list(&mut self, rats: bool, knows_rats: bool) -> Option<Listed> {
        self.set_on(true);
        self.forget();
        if !self.answers() {
            return None;
        }
        let card = self.slot.card()?;
        card.power(true);
        let ats = (rats && knows_rats).then(|| ats(&card.answer_to_reset()));
        self.state = if ats.is_some() { State::Protocol } else { State::Selected };
        let sel_res = if knows_rats { 0x20 } else { 0x00 };
        Some(Listed { sens_res: [0x00, 0x04], sel_res, ats })
    }

    /// S(DESELECT) or HLTA: the card sleeps.
    pub(super) fn deselect(&mut self) -> u8 {
        self.forget();
        match self.state {
            State::Rest => status::TIMEOUT,
            State::Selected | State::Protocol | State::Halted => {
                self.state = State::Halted;
                status::OK
            }
        }
    }

    /// Wakes the card that was listed and brings it back to where it takes APDUs.
    pub(super) fn select(&mut self) -> u8 {
        match (self.state, self.slot.card()) {
            (State::Protocol, Some(_)) => status::OK,
            (State::Selected | State::Halted, Some(card)) => {
                card.reset();
                self.state = State::Protocol;
                status::OK
            }
            (State::Rest, _) | (_, None) => status::TIMEOUT,
        }
    }

    /// Raw RATS: the ATS.
    pub(super) fn rats(&mut self) -> Option<Vec<u8>> {
        if self.state != State::Selected {
            return None;
        }
        let ats = ats(&self.slot.card()?.answer_to_reset());
        self.state = State::Protocol;
        Some(ats)
    }

    /// Keeps a piece of a command for later.
    pub(super) fn hold(&mut self, piece: &[u8]) -> u8 {
        if !self.is_active() {
            return status::TIMEOUT;
        }
        self.command.extend_from_slice(piece);
        status::OK
    }

    /// The last piece of a command, or nothing to hear more of the response. False: the card does not answer.
    pub(super) fn exchange(&mut self, piece: &[u8]) -> bool {
        if !self.is_active() {
            return false;
        }
        if piece.is_empty() && !self.response.is_empty() {
            return true;
        }
        let mut command = std::mem::take(&mut self.command);
        command.extend_from_slice(piece);
        self.forget();
        match self.slot.card().and_then(|card| card.transmit(&command)) {
            Some(response) => {
                self.response = response;
                true
            }
            None => false,
        }
    }

    /// Bytes of the response that the host will have had after the next `max`.
    pub(super) fn delivered_after(&self, max: usize) -> usize {
        self.delivered.saturating_add(self.response.len().min(max))
    }

    /// At most `max` bytes of the response, and whether there are more.
    pub(super) fn deliver(&mut self, max: usize) -> (Vec<u8>, bool) {
        let rest = self.response.split_off(self.response.len().min(max));
        let part = std::mem::replace(&mut self.response, rest);
        self.delivered = self.delivered.saturating_add(part.len());
        (part, !self.response.is_empty())
    }

    /// What was heard of a response is worth nothing any more.
    pub(super) fn lose_response(&mut self) {
        self.forget();
    }
}

/// ATS with the historical bytes of an ATR: frames of 256 bytes, the same speed both ways, a waiting time of 77 ms.
pub(super) fn ats(answer_to_reset: &[u8]) -> Vec<u8> {
    let historical = historical_bytes(answer_to_reset);
    let mut ats = vec![0, 0x78, 0x80, 0x80, 0x02];
    ats.extend_from_slice(historical);
    let length = u8::try_from(ats.len()).unwrap_or(u8::MAX);
    if let Some(first) = ats.first_mut() {
        *first = length;
    }
    ats
}

/// The historical bytes of an ATR (ISO/IEC 7816-3, 8.2); none where it is too short to have them.
fn historical_bytes(answer_to_reset: &[u8]) -> &[u8] {
    let Some(format) = answer_to_reset.get(1) else { return &[] };
    let count = usize::from(format & 0x0F);
    let mut at: usize = 2;
    let mut present = format >> 4;
    while present != 0 {
        let bytes = usize::try_from(present.count_ones()).unwrap_or(0);
        let next = at.saturating_add(bytes);
        // The last of a group, where it is there at all, tells which come in the next.
        present = match present & 0x08 {
            0 => 0,
            _ => answer_to_reset.get(next.saturating_sub(1)).map_or(0, |byte| byte >> 4),
        };
        at = next;
    }
    let rest = answer_to_reset.get(at..).unwrap_or_default();
    rest.get(..count).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn historical_bytes_lie_behind_as_many_interface_bytes_as_the_answer_says() {
        assert_eq!(historical_bytes(&[0x3B, 0x02, 0xAA, 0xBB]), [0xAA, 0xBB]);
        assert_eq!(historical_bytes(&[0x3B, 0x82, 0x80, 0x01, 0xAA, 0xBB, 0x11]), [0xAA, 0xBB]);
        let both_protocols = [0x3B, 0xF1, 0x11, 0x00, 0x02, 0x91, 0x77, 0x31, 0xFE, 0x45, 0xCC];
        assert_eq!(historical_bytes(&both_protocols), [0xCC]);
        assert!(historical_bytes(&[0x3B]).is_empty());
        assert!(historical_bytes(&[0x3B, 0xF4, 0x00]).is_empty());
    }

    #[test]
    fn the_ats_tells_its_own_length_and_ends_with_the_historical_bytes() {
        assert_eq!(ats(&[0x3B, 0x02, 0xAA, 0xBB]), [7, 0x78, 0x80, 0x80, 0x02, 0xAA, 0xBB]);
    }
}
