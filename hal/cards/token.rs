//! The port [`senim_hal::token`] over a card reader and a PIV card: powers what comes, reads it, and has it sign once.
//!
//! Sans-IO: reader events in, reader commands out. One command is with the reader at a time; a card that leaves ends
//! whatever was under way. Only powering a chip is ever asked for again (the reader was busy with another question, so
//! nothing was written); an APDU is not.

use std::collections::VecDeque;

use senim_domain::{Mono, SecretBytes};
use senim_hal::card_reader::{Capabilities, Command as Ask, Event as Heard, Media, PinEntry};
use senim_hal::token::{Command, Event, Fault, Key, LastTry, PIN_LEAST, PIN_MOST, Pin};
use senim_hal::{Error, ErrorKind};

use crate::exchange::Limits;
use crate::piv::{self, Operation, Piv, Reserve, Signature, Tries};
use crate::seat::Seat;

/// How far a card is.
#[derive(Debug)]
enum Stage {
    /// Nothing is asked of any card.
    Closed,
    /// A card is waited for.
    Awaited,
    /// The chip is being powered.
    Powering,
    /// Application, certificates and tries are being read.
    Reading { authentication: Option<SecretBytes>, signature: Option<SecretBytes> },
    /// Everything was told; a PIN may come.
    Open,
    /// The PIN is with the card.
    Verifying { key: Key, message: SecretBytes },
    /// The card signs.
    Signing,
}

/// A reader with whatever card is in it.
#[derive(Debug)]
pub struct Token {
    config: piv::Config,
    limits: Limits,
    piv: Piv,
    stage: Stage,
    up_to: Key,
    /// How long a reader with keys waits for one.
    seconds: u8,
    seat: Seat,
    events: VecDeque<Event>,
}

impl Token {
    /// Over a reader of these capabilities; nothing is asked of it yet.
    #[must_use]
    pub fn new(config: piv::Config, reader: &Capabilities) -> Self {
        let limits = Limits::of(reader, false);
        Self {
            piv: Piv::new(config.clone(), limits),
            config,
            limits,
            stage: Stage::Closed,
            up_to: Key::Authentication,
            seconds: 0,
            seat: Seat::new(),
            events: VecDeque::new(),
        }
    }

    /// Whether the reader is in use, so that nobody else may ask it anything.
    #[must_use]
    pub const fn is_engaged(&self) -> bool {
        self.seat.awaits || self.seat.release || !matches!(self.stage, Stage::Closed | Stage::Awaited)
    }

    /// Takes what is asked of the card.
    pub fn handle_command(&mut self, command: Command) {
        match command {
            Command::Open { up_to } => {
                self.forget();
                self.up_to = up_to;
                self.stage = Stage::Awaited;
                if self.seat.present {
                    self.power();
                }
            }
            Command::Sign { key, pin, last_try, message } => {
                if !matches!(self.stage, Stage::Open) {
                    return self.fail(Fault::Unclear);
                }
                let reserve = match last_try {
                    LastTry::Keep => Reserve::Keep,
                    LastTry::Use => Reserve::Use,
                };
                self.stage = Stage::Verifying { key, message };
                let operation = match pin {
                    Pin::Typed(pin) => Operation::VerifyPin { pin, reserve },
                    Pin::OnReader { seconds } => {
                        self.seconds = seconds;
                        Operation::VerifyPinOnReader { reserve }
                    }
                };
                match self.piv.begin(operation) {
                    Ok(()) => self.carry(),
                    Err(refusal) => self.refuse(refusal),
                }
            }
            Command::Close => {
                let powered = !matches!(self.stage, Stage::Closed | Stage::Awaited);
                self.forget();
                self.stage = Stage::Closed;
                if powered && self.seat.present {
                    self.seat.release = true;
                    self.seat.let_go();
                }
            }
        }
    }

    /// Takes what the reader tells.
    pub fn handle_event(&mut self, event: &Heard, now: Mono) {
        match event {
            Heard::Status { media, .. } => {
                let there = *media == Media::Present;
                if !there && self.seat.present {
                    self.removed();
                }
                self.seat.present = there;
                if there && matches!(self.stage, Stage::Awaited) {
                    self.power();
                }
            }
            Heard::MediaInserted => {
                // Without having left: whoever it was before is another one now.
                if !matches!(self.stage, Stage::Closed | Stage::Awaited) {
                    self.removed();
                }
                self.seat.present = true;
                if matches!(self.stage, Stage::Awaited) {
                    self.power();
                }
            }
            Heard::MediaRemoved => self.removed(),
            Heard::ChipPowered { .. } => {
                self.seat.awaits = false;
                if matches!(self.stage, Stage::Powering) {
                    self.stage = Stage::Reading { authentication: None, signature: None };
                    self.ask(Operation::Select);
                }
                self.seat.let_go();
            }
            Heard::ChipReleased => {
                self.seat.awaits = false;
                self.seat.let_go();
            }
            Heard::ChipIo(response) => {
                self.seat.awaits = false;
                self.piv.handle_response(response.expose());
                self.work();
                self.seat.let_go();
            }
            Heard::PinNotTyped(why) => {
                self.seat.awaits = false;
                self.piv.handle_pin_not_typed();
                if matches!(self.stage, Stage::Verifying { .. }) {
                    self.stage = Stage::Open;
                    self.events.push_back(Event::PinNotTyped(*why));
                }
                self.seat.let_go();
            }
            Heard::Failed(error) => self.failed(error, now),
            Heard::Line { open: true } => {}
            Heard::Line { open: false } => {
                self.seat.awaits = false;
                self.seat.present = false;
                self.fail(Fault::Reader);
            }
        }
    }

    fn failed(&mut self, error: &Error, now: Mono) {
        let powering = matches!(self.stage, Stage::Powering);
        if error.kind == ErrorKind::DeviceBusy {
            return self.seat.busy(now, powering);
        }
        self.seat.awaits = false;
        if matches!(self.stage, Stage::Closed | Stage::Awaited) {
            return self.seat.let_go();
        }
        let at_all = matches!(error.kind, ErrorKind::UserError | ErrorKind::HardwareError);
        self.fail(if at_all { Fault::Unclear } else { Fault::Reader });
    }

    /// The next command for the reader.
    pub fn poll_command(&mut self) -> Option<Ask> {
        self.seat.poll_command()
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Self::handle_timeout`] is wanted.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Mono> {
        self.seat.poll_timeout()
    }

    /// The reader was busy; it may be free now.
    pub fn handle_timeout(&mut self, now: Mono) {
        let powering = matches!(self.stage, Stage::Powering);
        self.seat.handle_timeout(now, powering);
    }

    fn power(&mut self) {
        self.stage = Stage::Powering;
        self.events.push_back(Event::Reading);
        self.seat.power();
    }

    /// Whatever is known of a card, PIN and message included.
    fn forget(&mut self) {
        self.piv = Piv::new(self.config.clone(), self.limits);
        self.seat.forget();
        self.events.clear();
    }

    fn removed(&mut self) {
        let was = std::mem::replace(&mut self.stage, Stage::Awaited);
        match was {
            Stage::Closed => self.stage = Stage::Closed,
            Stage::Awaited => {}
            Stage::Powering
            | Stage::Reading { .. }
            | Stage::Open
            | Stage::Verifying { .. }
            | Stage::Signing => {
                self.forget();
                self.events.push_back(Event::Removed);
            }
        }
        self.seat.removed();
    }

    fn fail(&mut self, fault: Fault) {
        if matches!(self.stage, Stage::Closed) {
            return;
        }
        self.forget();
        self.stage = Stage::Closed;
        self.events.push_back(Event::Failed(fault));
        if self.seat.present && fault != Fault::Reader {
            self.seat.release = true;
            self.seat.let_go();
        }
    }

    fn refuse(&mut self, refusal: piv::Refusal) {
        self.fail(match refusal {
            piv::Refusal::TriesKept { .. } => Fault::LastTryKept,
            piv::Refusal::PinBlocked => Fault::PinBlocked,
            piv::Refusal::PinForm { .. } => Fault::PinForm,
            piv::Refusal::Busy
            | piv::Refusal::NotSelected
            | piv::Refusal::TriesFirst
            | piv::Refusal::CertificateFirst(_)
            | piv::Refusal::PinFirst(_) => Fault::Unclear,
        });
    }

    fn ask(&mut self, operation: Operation) {
        match self.piv.begin(operation) {
            Ok(()) => self.carry(),
            Err(refusal) => self.refuse(refusal),
        }
    }

    fn carry(&mut self) {
        let Some(command) = self.piv.poll_command() else { return };
        let digits = |count: usize| u8::try_from(count).unwrap_or(u8::MAX);
        self.seat.ask(if self.piv.is_pin_on_reader() {
            let digits = (digits(PIN_LEAST), digits(PIN_MOST));
            Ask::EnterPin(PinEntry { command, digits, seconds: self.seconds })
        } else {
            Ask::ChipIo(command)
        });
    }

    /// Whatever the application tells leads to its next question.
    fn work(&mut self) {
        let Some(event) = self.piv.poll_event() else { return self.carry() };
        match event {
            piv::Event::Selected => self.ask(Operation::ReadCertificate(piv::Key::Authentication)),
            piv::Event::Certificate(key, certificate) => self.certificate(key, certificate.der().clone()),
            piv::Event::Tries(tries) => self.tries(tries),
            piv::Event::PinVerified => match std::mem::replace(&mut self.stage, Stage::Signing) {
                Stage::Verifying { key, message } => self.ask(Operation::Sign { key: of(key), message }),
                _ => self.fail(Fault::Unclear),
            },
            piv::Event::PinWrong { left } => {
                self.stage = Stage::Open;
                self.events.push_back(Event::PinWrong { tries_left: left });
            }
            piv::Event::Signed(_, signature) => {
                self.stage = Stage::Open;
                let bytes = match signature {
                    Signature::EcdsaP256 { der, .. } => der,
                    Signature::Rsa2048(bytes) => bytes,
                };
                self.events.push_back(Event::Signed(SecretBytes::new(bytes)));
            }
            piv::Event::Failed(error) => self.fail(fault(error)),
        }
    }

    fn certificate(&mut self, key: piv::Key, der: SecretBytes) {
        let Stage::Reading { authentication, signature } = &mut self.stage else {
            return self.fail(Fault::Unclear);
        };
        let next = match key {
            piv::Key::Authentication => {
                *authentication = Some(der);
                match self.up_to {
                    Key::Authentication => Operation::AskTries,
                    Key::Signature => Operation::ReadCertificate(piv::Key::Signature),
                }
            }
            piv::Key::Signature => {
                *signature = Some(der);
                Operation::AskTries
            }
        };
        self.ask(next);
    }

    fn tries(&mut self, tries: Tries) {
        let Stage::Reading { authentication, signature } = std::mem::replace(&mut self.stage, Stage::Open)
        else {
            return self.fail(Fault::Unclear);
        };
        match (tries, authentication) {
            (Tries::Left(tries_left), Some(authentication)) => {
                self.events.push_back(Event::Opened { authentication, signature, tries_left });
            }
            (Tries::Blocked, _) => self.fail(Fault::PinBlocked),
            // Nobody has typed a PIN since the chip got its power.
            (Tries::Verified | Tries::Left(_), _) => self.fail(Fault::Unclear),
        }
    }
}

const fn of(key: Key) -> piv::Key {
    match key {
        Key::Authentication => piv::Key::Authentication,
        Key::Signature => piv::Key::Signature,
    }
}

const fn fault(error: piv::Error) -> Fault {
    match error {
        piv::Error::PinBlocked => Fault::PinBlocked,
        piv::Error::PinForm => Fault::PinForm,
        piv::Error::NotThisKind | piv::Error::CertificateMissing(_) | piv::Error::KeyMissing(_) => {
            Fault::NotAToken
        }
        piv::Error::CertificateMalformed(_)
        | piv::Error::UnsupportedKey(_)
        | piv::Error::SignatureWrong(_) => Fault::Unusable,
        piv::Error::PinNeeded | piv::Error::Removed | piv::Error::Card(_) | piv::Error::Unintelligible => {
            Fault::Unclear
        }
    }
}

#[cfg(test)]
mod tests;
