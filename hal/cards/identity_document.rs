//! The port [`senim_hal::identity_document`] over a card reader: powers the chip that comes, reads its machine-readable
//! zone, has it judged, and lets go of it.
//!
//! Sans-IO: reader events in, reader commands out, one at a time. Random bytes and the day on which certificates have to be
//! valid come with each command, so one command reads one document once. Only powering a chip is ever asked for again.
//!
//! Not checked: whether the chip is the one that the issuer wrote to (Chip and Active Authentication). A copy of a genuine
//! document's files is found genuine; that its number and last day are those the state has on record is the gateway's
//! comparison, and whose face it is, the identification centre's.

use std::collections::VecDeque;

use senim_domain::identity_document::{ChipVerdict, IdentityDocumentKind};
use senim_domain::iin::{Iin, Sex};
use senim_domain::{Mono, Secret, UtcMillis};
use senim_hal::card_reader::{Capabilities, Command as Ask, Event as Heard, Media};
use senim_hal::identity_document::{Access, Command, Event, Fault, Read, fits};
use senim_hal::{Error, ErrorKind};

use crate::exchange::Limits;
use crate::icao::mrz::{AccessNumber, Mrz, MrzKey};
use crate::icao::{
    Document, Doubt, Entropy, Event as Told, Failure, Password, Reader, TrustList, Verdict, capabilities,
};
use crate::seat::Seat;

/// What one reading needs besides the chip.
struct Opening {
    password: Password,
    entropy: Entropy,
    at: UtcMillis,
}

/// How far a document is.
enum Stage {
    /// Nothing is asked of any document.
    Closed,
    /// A document is waited for.
    Awaited(Box<Opening>),
    /// The chip is being powered.
    Powering(Box<Opening>),
    /// It is being read.
    Reading(Box<Reader>),
}

/// A reader with whatever document is on it.
pub struct IdentityDocument {
    reader: Capabilities,
    trust: TrustList,
    stage: Stage,
    seat: Seat,
    events: VecDeque<Event>,
}

impl std::fmt::Debug for IdentityDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdentityDocument")
            .field("engaged", &self.is_engaged())
            .field("present", &self.seat.present)
            .finish_non_exhaustive()
    }
}

impl IdentityDocument {
    /// Over a reader of these capabilities, believing these authorities; nothing is asked of it yet.
    #[must_use]
    pub const fn new(trust: TrustList, reader: Capabilities) -> Self {
        Self { reader, trust, stage: Stage::Closed, seat: Seat::new(), events: VecDeque::new() }
    }

    /// Whether the reader is in use, so that nobody else may ask it anything.
    #[must_use]
    pub const fn is_engaged(&self) -> bool {
        self.seat.awaits || self.seat.release || !matches!(self.stage, Stage::Closed | Stage::Awaited(_))
    }

    /// Takes what is asked of the document. `at` is the time at which certificates have to be valid.
    pub fn handle_command(&mut self, command: Command, entropy: Entropy, at: UtcMillis) {
        let powered = matches!(self.stage, Stage::Powering(_) | Stage::Reading(_));
        self.forget();
        self.events.clear();
        match command {
            Command::Open { access } => match password(&access) {
                Some(password) => {
                    self.stage = Stage::Awaited(Box::new(Opening { password, entropy, at }));
                    self.power();
                }
                None => self.events.push_back(Event::Failed(Fault::AccessForm)),
            },
            Command::Close => {
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
                self.power();
            }
            Heard::MediaInserted => {
                // Without having left: whatever it was before is another one now.
                self.removed();
                self.seat.present = true;
                self.power();
            }
            Heard::MediaRemoved => self.removed(),
            Heard::ChipPowered { answer_to_reset } => {
                self.seat.awaits = false;
                self.powered(answer_to_reset);
                self.seat.let_go();
            }
            Heard::ChipReleased => {
                self.seat.awaits = false;
                self.seat.let_go();
            }
            Heard::ChipIo(response) => {
                self.seat.awaits = false;
                if let Stage::Reading(reader) = &mut self.stage {
                    reader.handle_response(response.expose());
                    self.work();
                }
                self.seat.let_go();
            }
            // No PIN of anybody is asked for here.
            Heard::PinNotTyped(_) => {}
            Heard::Failed(error) => self.failed(error, now),
            Heard::Line { open: true } => {}
            Heard::Line { open: false } => {
                self.seat.awaits = false;
                self.seat.present = false;
                self.end(Event::Failed(Fault::Reader));
                self.seat.release = false;
            }
        }
    }

    fn failed(&mut self, error: &Error, now: Mono) {
        if error.kind == ErrorKind::DeviceBusy {
            let powering = matches!(self.stage, Stage::Powering(_));
            return self.seat.busy(now, powering);
        }
        self.seat.awaits = false;
        if matches!(self.stage, Stage::Closed | Stage::Awaited(_)) {
            return self.seat.let_go();
        }
        let of_the_chip = matches!(error.kind, ErrorKind::UserError | ErrorKind::HardwareError);
        self.end(Event::Failed(if of_the_chip { Fault::Unclear } else { Fault::Reader }));
        self.seat.let_go();
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
        let powering = matches!(self.stage, Stage::Powering(_));
        self.seat.handle_timeout(now, powering);
    }

    /// Powers a document that is waited for and is there.
    fn power(&mut self) {
        if !self.seat.present {
            return;
        }
        match std::mem::replace(&mut self.stage, Stage::Closed) {
            Stage::Awaited(opening) => {
                self.stage = Stage::Powering(opening);
                self.events.push_back(Event::Reading);
                self.seat.power();
            }
            stage => self.stage = stage,
        }
    }

    fn powered(&mut self, answer_to_reset: &[u8]) {
        match std::mem::replace(&mut self.stage, Stage::Closed) {
            Stage::Powering(opening) => {
                let Opening { password, entropy, at } = *opening;
                let limits = Limits::of(&self.reader, capabilities::takes_extended(answer_to_reset));
                let reader = Reader::new(password, entropy, limits, self.trust.clone(), at);
                self.stage = Stage::Reading(Box::new(reader));
                self.work();
            }
            stage => self.stage = stage,
        }
    }

    /// Whatever is known of a document, and what opens it.
    fn forget(&mut self) {
        self.stage = Stage::Closed;
        self.seat.forget();
    }

    fn removed(&mut self) {
        self.seat.removed();
        if matches!(self.stage, Stage::Powering(_) | Stage::Reading(_)) {
            self.forget();
            self.events.push_back(Event::Removed);
        }
    }

    /// The reading is over, well or badly.
    fn end(&mut self, event: Event) {
        if matches!(self.stage, Stage::Closed) {
            return;
        }
        let powered = !matches!(self.stage, Stage::Awaited(_));
        self.forget();
        self.events.push_back(event);
        self.seat.release = powered && self.seat.present;
    }

    /// Whatever the reading tells ends it or leads to its next question.
    fn work(&mut self) {
        let Stage::Reading(reader) = &mut self.stage else { return };
        let mut last = None;
        while let Some(told) = reader.poll_event() {
            match told {
                Told::Opened(_) | Told::Progress { .. } => {}
                Told::Finished(document) => last = Some(read(*document)),
                Told::Failed(failure) => last = Some(failed(failure)),
            }
        }
        match last {
            Some(event) => self.end(event),
            None => {
                if let Some(apdu) = reader.poll_command() {
                    self.seat.ask(Ask::ChipIo(apdu));
                }
            }
        }
    }
}

fn password(access: &Access) -> Option<Password> {
    match access {
        Access::AccessNumber(digits) => AccessNumber::new(digits).ok().map(Password::Can),
        Access::Printed { number, birth_date, expiry_date } => {
            MrzKey::new(number, birth_date, expiry_date).ok().map(Password::Mrz)
        }
    }
}

fn read(document: Document) -> Event {
    let Document { mrz, verdict, .. } = document;
    let Some(expires) = day(&mrz.expiry_date) else { return Event::Failed(Fault::Unusable) };
    let sex = match mrz.sex.expose() {
        "M" => Some(Sex::Male),
        "F" => Some(Sex::Female),
        _ => None,
    };
    Event::Read(Box::new(Read {
        kind: if mrz.document_code.starts_with('P') {
            IdentityDocumentKind::Passport
        } else {
            IdentityDocumentKind::Card
        },
        iin: iin(&mrz, sex),
        number: mrz.document_number,
        expires,
        birth_date: mrz.birth_date,
        sex,
        verdict: judged(verdict),
    }))
}

/// Documents of Kazakhstan carry the IIN in optional data; what does not check, or is somebody else's, is none.
fn iin(mrz: &Mrz, sex: Option<Sex>) -> Option<Iin> {
    if mrz.issuing_state != "KAZ" {
        return None;
    }
    let written = [&mrz.optional_data, &mrz.optional_data_2];
    let mut numbers = written.into_iter().filter_map(|text| Iin::parse(text.expose()).ok());
    numbers.find(|iin| fits(iin, &mrz.birth_date, sex))
}

/// Last day of validity. A document is valid ten years at most and chips are younger than the century.
fn day(expiry_date: &Secret) -> Option<Secret> {
    let text = expiry_date.expose();
    let (year, month, day) = (text.get(..2)?, text.get(2..4)?, text.get(4..6)?);
    let mut written = String::with_capacity(16);
    for part in ["20", year, "-", month, "-", day] {
        written.push_str(part);
    }
    let date = written.parse::<jiff::civil::Date>();
    let written = Secret::new(written);
    date.is_ok().then_some(written)
}

const fn judged(verdict: Verdict) -> ChipVerdict {
    match verdict {
        Verdict::Genuine => ChipVerdict::Genuine,
        Verdict::NotVerified(Doubt::AuthorityUnknown) => ChipVerdict::IssuerUnknown,
        Verdict::NotVerified(Doubt::SignerNotValid | Doubt::AuthorityNotValid) => {
            ChipVerdict::CertificateExpired
        }
        Verdict::NotVerified(Doubt::AlgorithmUnknown | Doubt::SignerMissing) => ChipVerdict::NotJudged,
        Verdict::Forged(_) => ChipVerdict::Forged,
    }
}

const fn failed(failure: Failure) -> Event {
    Event::Failed(match failure {
        Failure::KeysWrong => return Event::WrongAccess,
        Failure::CardMoved => return Event::Removed,
        Failure::MrzNeeded => Fault::PrintedNeeded,
        Failure::NotTravelDocument => Fault::NotADocument,
        Failure::AccessUnknown | Failure::Refused { .. } | Failure::Malformed { .. } => Fault::Unusable,
        Failure::ChannelBroken => Fault::Unclear,
    })
}

#[cfg(test)]
mod tests;
