//! The reader for clients' cards: what the session asks of a card goes to [`Token`], what that asks of the reader goes out,
//! and what the reader tells comes back the same way.

use senim_domain::time::Mono;
use senim_hal::card_reader;
use senim_hal::token::Command;
use senim_session::event::{Device, Event, Peripheral};

use crate::kernel::{Kernel, Output};
use crate::moment::Reading;

impl Kernel {
    /// A peripheral told something; what a reader tells of a card under way is the card's alone.
    pub(crate) fn peripheral_said(&mut self, event: Peripheral, reading: Reading, out: &mut Vec<Output>) {
        let told = match (&event, &mut self.token) {
            (Peripheral::CardReader(device, heard), Some((own, token))) if device == own => {
                let in_use = token.is_engaged();
                token.handle_event(heard, reading.mono);
                // A card that answers badly says nothing about its reader.
                let of_the_card = matches!(
                    heard,
                    card_reader::Event::ChipPowered { .. }
                        | card_reader::Event::ChipReleased
                        | card_reader::Event::ChipIo(_)
                        | card_reader::Event::Failed(_)
                );
                !(in_use && of_the_card)
            }
            _ => true,
        };
        if told {
            self.feed(Event::Peripheral(event), reading);
        }
        self.serve_card(reading, out);
    }

    /// The session asks something of the card.
    pub(crate) fn ask_card(&mut self, command: Command, reading: Reading, out: &mut Vec<Output>) {
        if let Some((_, token)) = &mut self.token {
            token.handle_command(command);
        }
        self.serve_card(reading, out);
    }

    /// The reader was busy with another question; it may be free now.
    pub(crate) fn ask_reader_again(&mut self, reading: Reading, out: &mut Vec<Output>) {
        if let Some((_, token)) = &mut self.token {
            token.handle_timeout(reading.mono);
        }
        self.serve_card(reading, out);
    }

    pub(crate) fn card_timeout(&self) -> Option<Mono> {
        self.token.as_ref().and_then(|(_, token)| token.poll_timeout())
    }

    /// The reader that must not be asked anything else now.
    pub(crate) fn engaged_reader(&self) -> Option<Device> {
        self.token.as_ref().filter(|(_, token)| token.is_engaged()).map(|(device, _)| *device)
    }

    fn serve_card(&mut self, reading: Reading, out: &mut Vec<Output>) {
        let Some((device, token)) = &mut self.token else { return };
        while let Some(command) = token.poll_command() {
            out.push(Output::CardReader(*device, command));
        }
        let told: Vec<_> = std::iter::from_fn(|| token.poll_event()).collect();
        for event in told {
            self.feed(Event::Token(event), reading);
        }
    }
}
