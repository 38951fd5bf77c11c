//! The readers for clients' cards and documents: what the session asks goes to [`Token`] or [`IdentityDocument`], what those
//! ask of their reader goes out, and what the reader tells comes back the same way.
//!
//! Both may share one reader. Each hears whether something lies there; answers belong to the one in whose use the reader is,
//! and the other's commands wait until it is free.

use senim_cards::icao::{Entropy, TrustList};
use senim_cards::identity_document::IdentityDocument;
use senim_cards::piv;
use senim_cards::token::Token;
use senim_domain::time::Mono;
use senim_hal::card_reader::{self, Event as Heard};
use senim_hal::{identity_document, token};
use senim_session::event::{Device, Event, Peripheral};
use senim_session::facts::Setup;

use crate::kernel::{Kernel, Output};
use crate::moment::Reading;

/// What is done with cards and documents, each over its reader.
#[derive(Debug)]
pub(crate) struct Cards {
    token: Option<(Device, Token)>,
    document: Option<(Device, IdentityDocument)>,
}

/// Whose a reader's answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum User {
    Token,
    Document,
}

impl Cards {
    /// By the readers of the terminal; `authorities` are believed to have signed documents.
    pub(crate) fn new(setup: &Setup, authorities: TrustList) -> Self {
        let card = setup.card;
        let document = setup.identity_document;
        Self {
            token: card
                .map(|reader| (reader.device, Token::new(piv::Config::default(), &reader.capabilities))),
            document: document
                .map(|reader| (reader.device, IdentityDocument::new(authorities, reader.capabilities))),
        }
    }

    /// In whose use a reader is.
    fn user_of(&self, device: Device) -> Option<User> {
        let token = self.token.as_ref().is_some_and(|(own, token)| *own == device && token.is_engaged());
        let document =
            || self.document.as_ref().is_some_and(|(own, document)| *own == device && document.is_engaged());
        if token { Some(User::Token) } else { document().then_some(User::Document) }
    }

    fn heard(&mut self, device: Device, event: &Heard, now: Mono) {
        let user = self.user_of(device);
        // A card that answers badly says nothing about its reader, nor about what another one asks.
        let of_one = is_of_the_card(event).then_some(user);
        if let Some((own, token)) = &mut self.token
            && *own == device
            && of_one.is_none_or(|user| user == Some(User::Token))
        {
            token.handle_event(event, now);
        }
        if let Some((own, document)) = &mut self.document
            && *own == device
            && of_one.is_none_or(|user| user == Some(User::Document))
        {
            document.handle_event(event, now);
        }
    }

    /// The next command, for a reader that is not in the other's use.
    fn poll_command(&mut self) -> Option<(Device, card_reader::Command)> {
        if let Some(device) = self.token.as_ref().map(|(device, _)| *device)
            && self.user_of(device) != Some(User::Document)
            && let Some((_, token)) = &mut self.token
            && let Some(command) = token.poll_command()
        {
            return Some((device, command));
        }
        let device = self.document.as_ref().map(|(device, _)| *device)?;
        if self.user_of(device) == Some(User::Token) {
            return None;
        }
        let (_, document) = self.document.as_mut()?;
        document.poll_command().map(|command| (device, command))
    }

    fn poll_event(&mut self) -> Option<Event> {
        let token = self.token.as_mut().and_then(|(_, token)| token.poll_event());
        token.map(Event::Token).or_else(|| {
            let document = self.document.as_mut().and_then(|(_, document)| document.poll_event());
            document.map(Event::IdentityDocument)
        })
    }
}

const fn is_of_the_card(event: &Heard) -> bool {
    match event {
        Heard::ChipPowered { .. }
        | Heard::ChipReleased
        | Heard::ChipIo(_)
        | Heard::PinNotTyped(_)
        | Heard::Failed(_) => true,
        Heard::Status { .. } | Heard::MediaInserted | Heard::MediaRemoved | Heard::Line { .. } => false,
    }
}

impl Kernel {
    /// A peripheral told something; what a reader tells of a card under way is the card's alone.
    pub(crate) fn peripheral_said(&mut self, event: Peripheral, reading: Reading, out: &mut Vec<Output>) {
        let told = if let Peripheral::CardReader(device, heard) = &event {
            let in_use = self.cards.user_of(*device).is_some();
            self.cards.heard(*device, heard, reading.mono);
            !(in_use && is_of_the_card(heard))
        } else {
            true
        };
        if told {
            self.feed(Event::Peripheral(event), reading);
        }
        self.serve_cards(reading, out);
    }

    /// The session asks something of the card.
    pub(crate) fn ask_card(&mut self, command: token::Command, reading: Reading, out: &mut Vec<Output>) {
        if let Some((_, token)) = &mut self.cards.token {
            token.handle_command(command);
        }
        self.serve_cards(reading, out);
    }

    /// The session asks something of the identity document.
    pub(crate) fn ask_document(
        &mut self,
        command: identity_document::Command,
        reading: Reading,
        out: &mut Vec<Output>,
    ) {
        let entropy = Entropy::new(self.ids.secret());
        let at = self.stamp(reading).utc;
        if let Some((_, document)) = &mut self.cards.document {
            document.handle_command(command, entropy, at);
        }
        self.serve_cards(reading, out);
    }

    /// A reader was busy with another question; it may be free now.
    pub(crate) fn ask_reader_again(&mut self, reading: Reading, out: &mut Vec<Output>) {
        if let Some((_, token)) = &mut self.cards.token {
            token.handle_timeout(reading.mono);
        }
        if let Some((_, document)) = &mut self.cards.document {
            document.handle_timeout(reading.mono);
        }
        self.serve_cards(reading, out);
    }

    pub(crate) fn card_timeout(&self) -> Option<Mono> {
        let token = self.cards.token.as_ref().and_then(|(_, token)| token.poll_timeout());
        let document = self.cards.document.as_ref().and_then(|(_, document)| document.poll_timeout());
        token.into_iter().chain(document).min()
    }

    /// The reader that must not be asked anything else now.
    pub(crate) fn engaged_reader(&self) -> Option<Device> {
        let token = self.cards.token.as_ref().map(|(device, _)| *device);
        let document = self.cards.document.as_ref().map(|(device, _)| *device);
        token.into_iter().chain(document).find(|device| self.cards.user_of(*device).is_some())
    }

    fn serve_cards(&mut self, reading: Reading, out: &mut Vec<Output>) {
        while let Some((device, command)) = self.cards.poll_command() {
            out.push(Output::CardReader(device, command));
        }
        let told: Vec<_> = std::iter::from_fn(|| self.cards.poll_event()).collect();
        for event in told {
            self.feed(event, reading);
        }
    }
}
