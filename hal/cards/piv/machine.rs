//! The order of things on a PIV card: what is known of it, what may be asked next, and what an answer means.

use std::collections::{BTreeMap, VecDeque};

use ring::digest::{SHA256, digest};
use senim_domain::{Secret, SecretBytes};

use super::certificate::{Flaw, PublicKey};
use super::codec;
use super::{Certificate, Config, Error, Event, Key, Operation, PIN_MAX, Refusal, Reserve, Tries};
use crate::apdu::{Command, Response, Status};
use crate::exchange::{Exchange, Limits, Progress};

/// What an answer will be an answer to.
#[derive(Debug)]
enum Work {
    Selecting,
    Discovering,
    Reading(Key),
    AskingTries,
    Verifying,
    /// On the reader's keys. The tries that were left before.
    VerifyingOnReader {
        tries: Option<Tries>,
    },
    Signing {
        key: Key,
        message: SecretBytes,
    },
}

/// What the card let us verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verified {
    No,
    /// Some command ago: enough for 9A.
    Earlier,
    /// By the command just before: enough for 9C.
    JustNow,
}

/// A PIV card as far as it is known; see the module for the order of operations.
#[derive(Debug)]
pub struct Piv {
    config: Config,
    limits: Limits,
    selected: bool,
    /// `None`: not asked, or no longer sure.
    tries: Option<Tries>,
    verified: Verified,
    keys: BTreeMap<Key, PublicKey>,
    under_way: Option<(Work, Exchange)>,
    events: VecDeque<Event>,
}

impl Piv {
    /// A machine for one card after the other.
    #[must_use]
    pub const fn new(config: Config, limits: Limits) -> Self {
        Self {
            config,
            limits,
            selected: false,
            tries: None,
            verified: Verified::No,
            keys: BTreeMap::new(),
            under_way: None,
            events: VecDeque::new(),
        }
    }

    /// Begins an operation.
    ///
    /// # Errors
    /// [`Refusal`]; then nothing is sent.
    pub fn begin(&mut self, operation: Operation) -> Result<(), Refusal> {
        if self.under_way.is_some() {
            return Err(Refusal::Busy);
        }
        if !self.selected && operation != Operation::Select {
            return Err(Refusal::NotSelected);
        }
        match operation {
            Operation::Select => {
                self.forget();
                self.send(Work::Selecting, &codec::select());
            }
            Operation::ReadCertificate(key) => self.send(Work::Reading(key), &codec::get_certificate(key)),
            Operation::AskTries => self.send(Work::AskingTries, &codec::ask_tries()),
            Operation::VerifyPinOnReader { reserve } => {
                self.may_try(reserve)?;
                let tries = self.tries.take();
                self.verified = Verified::No;
                self.send(Work::VerifyingOnReader { tries }, &codec::verify_to_complete());
            }
            Operation::VerifyPin { pin, reserve } => {
                self.may_verify(&pin, reserve)?;
                // Whatever comes back, or if nothing does, what was known is no longer sure.
                self.tries = None;
                self.verified = Verified::No;
                self.send(Work::Verifying, &codec::verify(&pin));
            }
            Operation::Sign { key, message } => {
                let command = self.signing_command(key, &message)?;
                self.send(Work::Signing { key, message }, &command);
            }
        }
        Ok(())
    }

    fn may_verify(&self, pin: &Secret, reserve: Reserve) -> Result<(), Refusal> {
        let min = self.config.pin_digits_min;
        let digits = pin.expose();
        if !(usize::from(min)..=PIN_MAX).contains(&digits.len())
            || !digits.bytes().all(|c| c.is_ascii_digit())
        {
            return Err(Refusal::PinForm { min });
        }
        self.may_try(reserve)
    }

    fn may_try(&self, reserve: Reserve) -> Result<(), Refusal> {
        match (self.tries, reserve) {
            (None, _) => Err(Refusal::TriesFirst),
            (Some(Tries::Blocked), _) => Err(Refusal::PinBlocked),
            (Some(Tries::Left(left)), Reserve::Keep) if left <= self.config.tries_kept => {
                Err(Refusal::TriesKept { left })
            }
            (Some(Tries::Left(_) | Tries::Verified), _) => Ok(()),
        }
    }

    fn signing_command(&self, key: Key, message: &SecretBytes) -> Result<Command, Refusal> {
        let public_key = self.keys.get(&key).ok_or(Refusal::CertificateFirst(key))?;
        let enough = match key {
            Key::Authentication => self.verified != Verified::No,
            Key::Signature => self.verified == Verified::JustNow,
        };
        let hashed = digest(&SHA256, message.expose());
        match hashed.as_ref().first_chunk() {
            Some(hash) if enough => Ok(codec::sign(key, public_key, hash)),
            _ => Err(Refusal::PinFirst(key)),
        }
    }

    fn send(&mut self, work: Work, command: &Command) {
        if self.verified == Verified::JustNow {
            self.verified = Verified::Earlier;
        }
        self.under_way = Some((work, Exchange::new(command, &self.limits)));
    }

    /// The command APDU to carry to the card now; each is handed out once.
    pub fn poll_command(&mut self) -> Option<SecretBytes> {
        self.under_way.as_mut().and_then(|(_, exchange)| exchange.poll_command())
    }

    /// Whether the command handed out last is one that the reader completes by a PIN typed on its keys.
    #[must_use]
    pub const fn is_pin_on_reader(&self) -> bool {
        matches!(self.under_way, Some((Work::VerifyingOnReader { .. }, _)))
    }

    /// Nobody typed a PIN on the reader's keys: the card is as it was.
    pub fn handle_pin_not_typed(&mut self) {
        if let Some((Work::VerifyingOnReader { tries }, _)) =
            self.under_way.take_if(|(work, _)| matches!(work, Work::VerifyingOnReader { .. }))
        {
            self.tries = tries;
        }
    }

    /// Takes the card's response APDU. One that answers nothing is dropped.
    pub fn handle_response(&mut self, response: &[u8]) {
        let Some((work, mut exchange)) = self.under_way.take() else { return };
        match exchange.handle_response(response) {
            Progress::More => self.under_way = Some((work, exchange)),
            Progress::Done(response) => self.conclude(work, &response),
            Progress::Failed(_) => self.lose(Error::Unintelligible),
        }
    }

    /// The card left, lost its power, or its reader failed: everything known of it is forgotten, and an operation under
    /// way ends with [`Error::Removed`]. Whether a PIN under way cost a try is asked again next time.
    pub fn handle_removed(&mut self) {
        if self.under_way.is_some() {
            self.lose(Error::Removed);
        }
        self.forget();
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether an operation is under way.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.under_way.is_some()
    }

    fn forget(&mut self) {
        self.selected = false;
        self.tries = None;
        self.verified = Verified::No;
        self.keys.clear();
        self.under_way = None;
    }

    fn lose(&mut self, error: Error) {
        self.forget();
        self.fail(error);
    }

    fn fail(&mut self, error: Error) {
        self.events.push_back(Event::Failed(error));
    }

    fn tell(&mut self, outcome: Result<Event, Error>) {
        self.events.push_back(outcome.unwrap_or_else(Event::Failed));
    }

    // What an answer means.

    fn conclude(&mut self, work: Work, response: &Response) {
        match work {
            Work::Selecting => self.on_select(response.status),
            Work::Discovering => self.on_discovery(response),
            Work::Reading(key) => {
                let outcome = self.on_certificate(key, response);
                self.tell(outcome);
            }
            Work::AskingTries => self.on_tries(response.status),
            Work::Verifying | Work::VerifyingOnReader { .. } => self.on_verify(response.status),
            Work::Signing { key, message } => {
                let outcome = self.on_signature(key, &message, response);
                self.tell(outcome);
            }
        }
    }

    fn on_select(&mut self, status: Status) {
        match status.0 {
            0x9000 => self.send(Work::Discovering, &codec::get_discovery()),
            // Not found, function or instruction or class unknown, application not there.
            0x6A81 | 0x6A82 | 0x6D00 | 0x6E00 | 0x6999 => self.fail(Error::NotThisKind),
            _ => self.fail(Error::Card(status)),
        }
    }

    /// Cards without a discovery object are as the standard's default says.
    fn on_discovery(&mut self, response: &Response) {
        if response.status.is_ok() {
            match codec::application_pin_serves(response.data.expose()) {
                Ok(true) => {}
                Ok(false) => return self.fail(Error::NotThisKind),
                Err(_) => return self.fail(Error::Unintelligible),
            }
        }
        self.selected = true;
        self.events.push_back(Event::Selected);
    }

    fn on_certificate(&mut self, key: Key, response: &Response) -> Result<Event, Error> {
        match response.status {
            Status::OK => {}
            Status::NOT_FOUND => return Err(Error::CertificateMissing(key)),
            Status::SECURITY_STATUS => return Err(Error::PinNeeded),
            other => return Err(Error::Card(other)),
        }
        let der = codec::certificate_der(response.data.expose())
            .map_err(|_| Error::CertificateMalformed(key))?
            .ok_or(Error::CertificateMissing(key))?;
        let certificate = Certificate::parse(der).map_err(|flaw| match flaw {
            Flaw::Malformed => Error::CertificateMalformed(key),
            Flaw::Key => Error::UnsupportedKey(key),
        })?;
        self.keys.insert(key, certificate.key().clone());
        Ok(Event::Certificate(key, Box::new(certificate)))
    }

    fn on_tries(&mut self, status: Status) {
        let tries = match (status, status.counter()) {
            (Status::OK, _) => Tries::Verified,
            (Status::BLOCKED, _) | (_, Some(0)) => Tries::Blocked,
            (_, Some(left)) => Tries::Left(left),
            (other, None) => return self.fail(Error::Card(other)),
        };
        if tries != Tries::Verified {
            self.verified = Verified::No;
        }
        self.tries = Some(tries);
        self.events.push_back(Event::Tries(tries));
    }

    fn on_verify(&mut self, status: Status) {
        match (status, status.counter()) {
            (Status::OK, _) => {
                self.tries = Some(Tries::Verified);
                self.verified = Verified::JustNow;
                self.events.push_back(Event::PinVerified);
            }
            (Status::BLOCKED, _) | (_, Some(0)) => {
                self.tries = Some(Tries::Blocked);
                self.fail(Error::PinBlocked);
            }
            (_, Some(left)) => {
                self.tries = Some(Tries::Left(left));
                self.events.push_back(Event::PinWrong { left });
            }
            (Status(0x6A80), None) => self.fail(Error::PinForm),
            (other, None) => self.fail(Error::Card(other)),
        }
    }

    fn on_signature(&mut self, key: Key, message: &SecretBytes, response: &Response) -> Result<Event, Error> {
        match response.status.0 {
            0x9000 => {}
            0x6982 => {
                self.verified = Verified::No;
                return Err(Error::PinNeeded);
            }
            // No such key, or none of this algorithm.
            0x6A80 | 0x6A86 | 0x6A88 => return Err(Error::KeyMissing(key)),
            _ => return Err(Error::Card(response.status)),
        }
        let bytes = codec::signature(response.data.expose()).map_err(|_| Error::Unintelligible)?;
        let public_key = self.keys.get(&key).ok_or(Error::Unintelligible)?;
        let signature = public_key.accept(message.expose(), bytes).ok_or(Error::SignatureWrong(key))?;
        Ok(Event::Signed(key, signature))
    }
}
