//! A chip's seat in a card reader: whether one is there, the one command that is with the reader, a chip that is let go as soon
//! as the reader is free, and one that is powered again because the reader was busy.

use std::collections::VecDeque;

use senim_domain::Mono;
use senim_hal::card_reader::{ChipPower, Command as Ask};

/// How long after a busy reader the chip is powered again, ms.
const AGAIN_MS: u64 = 200;

/// The seat.
#[derive(Debug)]
pub(crate) struct Seat {
    /// A chip is there.
    pub present: bool,
    /// A command is with the reader.
    pub awaits: bool,
    /// The chip is to be let go as soon as the reader is free.
    pub release: bool,
    /// When the chip is powered again.
    again: Option<Mono>,
    commands: VecDeque<Ask>,
}

impl Seat {
    pub(crate) const fn new() -> Self {
        Self { present: false, awaits: false, release: false, again: None, commands: VecDeque::new() }
    }

    /// The next command for the reader.
    pub(crate) fn poll_command(&mut self) -> Option<Ask> {
        let command = self.commands.pop_front()?;
        self.awaits = true;
        Some(command)
    }

    pub(crate) const fn poll_timeout(&self) -> Option<Mono> {
        self.again
    }

    pub(crate) fn ask(&mut self, command: Ask) {
        self.commands.push_back(command);
    }

    pub(crate) fn power(&mut self) {
        self.release = false;
        self.ask(Ask::ChipPower(ChipPower::Cold));
    }

    pub(crate) fn let_go(&mut self) {
        if self.release && !self.awaits {
            self.release = false;
            self.ask(Ask::ChipPower(ChipPower::Off));
        }
    }

    /// The reader was busy, so nothing was written. It may have been a question about the reader that was refused, and not ours.
    pub(crate) fn busy(&mut self, now: Mono, powering: bool) {
        if self.again.is_none() && (powering || self.release) {
            self.again = Some(now.plus_ms(AGAIN_MS));
        }
    }

    /// The reader was busy; it may be free now.
    pub(crate) fn handle_timeout(&mut self, now: Mono, powering: bool) {
        if self.again.take_if(|at| now >= *at).is_none() {
            return;
        }
        self.awaits = false;
        if powering {
            self.ask(Ask::ChipPower(ChipPower::Cold));
        }
        self.let_go();
    }

    /// Nothing more is asked of the chip that is there.
    pub(crate) fn forget(&mut self) {
        self.commands.clear();
        self.again = None;
    }

    /// The chip left.
    pub(crate) const fn removed(&mut self) {
        self.awaits = false;
        self.present = false;
        self.release = false;
    }
}
