//! A PIN on the reader's own keys, as a step of the machine. It is asked for once: what is lost on the way is not asked again,
//! because nobody here knows whether the card has seen it.

use senim_domain::Mono;
use senim_hal::card_reader::{Event, PinEntry};
use senim_hal::{Error, ErrorKind};

use super::{Machine, hardware, reader_error, unpowered};
use crate::gempc::codec::{Icc, Message, Status};
use crate::gempc::keypad;
use crate::gempc::step::{Chip, Step};

/// Time above that of the person at the keys, for the card and the way.
const MARGIN_MS: u64 = 15_000;

/// How long the reader may take; it may ask for as much again.
pub(super) fn wait_ms(entry: &PinEntry) -> u64 {
    u64::from(entry.seconds).saturating_mul(1_000).saturating_add(MARGIN_MS)
}

impl Machine {
    pub(super) fn start_pin(&mut self, entry: PinEntry, now: Mono) {
        match &mut self.chip {
            Some(Chip::T0 { exchange, .. }) => {
                *exchange = None;
                self.go(Step::Keypad(entry), now);
            }
            Some(Chip::T1 { link, factor, .. }) => {
                *factor = 1;
                if link.command_to_complete(entry.command.clone()) {
                    self.go(Step::Keypad(entry), now);
                } else {
                    let words = "card reader: the card takes no PIN in one block";
                    self.fail(Error::new(ErrorKind::UserError, words), now);
                }
            }
            // The card left while the command waited.
            None => self.fail(unpowered(), now),
        }
    }

    /// The reader gave nothing to the card, or had no answer from it.
    pub(super) fn on_keypad_failed(&mut self, status: Status, now: Mono) {
        match keypad::not_typed(status.error) {
            Some(why) if status.icc == Icc::Active => {
                if let Some(Chip::T1 { link, .. }) = &mut self.chip {
                    link.unsent();
                }
                self.end(Event::PinNotTyped(why), now);
            }
            Some(_) | None => {
                self.fail_chip(reader_error("a PIN on the reader's keys failed", status.error), now);
            }
        }
    }

    /// The card's answer to the PIN.
    pub(super) fn on_typed(&mut self, answer: &Message, now: Mono) {
        // The card's own time begins where the person's ended.
        self.limit = now.plus_ms(self.config.apdu_wait_ms);
        match &mut self.chip {
            Some(Chip::T1 { link, .. }) => {
                let next = link.on_block(answer.data.expose());
                self.on_t1(Step::Block, next, now);
            }
            // The status word; a command without the PIN in it is not asked again for more.
            Some(Chip::T0 { .. }) if answer.data.expose().len() == 2 => {
                self.end(Event::ChipIo(answer.data.clone()), now);
            }
            Some(Chip::T0 { .. }) | None => {
                self.fail_chip(hardware("the card's answer to the PIN has no status word"), now);
            }
        }
    }
}
