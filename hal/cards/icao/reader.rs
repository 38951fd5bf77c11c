//! Reading one document from the first command to the verdict.
//!
//! EF.CardAccess → PACE, else BAC → DG1 → EF.SOD → passive authentication. The face in DG2 is never asked for: a terminal
//! makes no copy of an identity document. Each APDU goes out once; what
//! breaks the protected channel ends the reading, and laying the document down again begins a new one with new random
//! bytes. The machine never asks for more than it understands and keeps nothing of a file after the result.

use std::collections::VecDeque;

use senim_domain::{SecretBytes, UtcMillis};
use zeroize::Zeroizing;

use super::bac::Bac;
use super::curve::scalar_from_random;
use super::entropy::Entropy;
use super::failure::Failure;
use super::lds::{self, File};
use super::mrz::{Mrz, Password};
use super::pace::{Pace, Variant};
use super::passive::{Forgery, Verdict, authenticate};
use super::secure_messaging::{RESPONSE_OVERHEAD, SecureMessaging};
use super::trust::TrustList;
use crate::apdu::{Command, Response, Status};
use crate::exchange::{Exchange, Limits, Progress};
use crate::tlv::header;

/// The travel document application.
const APPLICATION: [u8; 7] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];
/// Bytes of a file's beginning that hold tag and length of every file.
const HEAD_LEN: u32 = 8;
/// Largest file that is read: every offset stands in the command's header. Signatures have 1 to 4 KB.
const FILE_MAX: usize = 0x7FFF;
/// Longest answer to a short command.
const SHORT_RESPONSE: usize = 258;
/// Most bytes asked for at once with extended lengths: at 106 kbit/s a quarter of a second, so that progress is seen.
const EXTENDED_CHUNK: usize = 2_048;
/// End of file reached before all bytes were read: a warning with data.
const END_OF_FILE: Status = Status(0x6282);

/// How the chip was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// PACE.
    Pace,
    /// Basic Access Control.
    Bac,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// DG1.
    pub mrz: Mrz,
    /// Whether it is genuine. Only [`Verdict::Genuine`] is proof.
    pub verdict: Verdict,
    /// How the chip was opened.
    pub access: Access,
}

/// What the reading tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The chip knows the password.
    Opened(Access),
    /// More of a file has come.
    Progress {
        /// Which.
        file: File,
        /// Bytes that are there.
        read: usize,
        /// Bytes it has.
        of: usize,
    },
    /// Everything is read and judged; the last event.
    Finished(Box<Document>),
    /// Nothing comes of it; the last event.
    Failed(Failure),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Select,
    Head,
    Body,
}

#[derive(Debug)]
enum Phase {
    Reading { file: File, part: Part, content: Zeroizing<Vec<u8>>, len: usize },
    Pace(Box<Pace>),
    SelectApplication,
    Bac(Box<Bac>),
    Ended,
}

/// One reading of one document.
pub struct Reader {
    password: Password,
    entropy: Entropy,
    limits: Limits,
    trust: TrustList,
    at: UtcMillis,
    phase: Phase,
    exchange: Option<Exchange>,
    channel: Option<SecureMessaging>,
    access: Option<Access>,
    /// EF.CardAccess is there and offers nothing known here, or what it offers was refused.
    unknown_offers: bool,
    /// DG1 as it was read.
    data_group_1: Option<SecretBytes>,
    events: VecDeque<Event>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("access", &self.access)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

impl Reader {
    /// Begins with a chip that has just got its power. `at` is the time at which certificates have to be valid.
    #[must_use]
    pub fn new(
        password: Password,
        entropy: Entropy,
        limits: Limits,
        trust: TrustList,
        at: UtcMillis,
    ) -> Self {
        let mut reader = Self {
            password,
            entropy,
            limits,
            trust,
            at,
            phase: begin(File::CardAccess),
            exchange: None,
            channel: None,
            access: None,
            unknown_offers: false,
            data_group_1: None,
            events: VecDeque::new(),
        };
        reader.send();
        reader
    }

    /// The APDU to send now; each is handed out once.
    pub fn poll_command(&mut self) -> Option<SecretBytes> {
        self.exchange.as_mut()?.poll_command()
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Takes the answer to the APDU handed out last.
    pub fn handle_response(&mut self, bytes: &[u8]) {
        let Some(exchange) = &mut self.exchange else { return };
        match exchange.handle_response(bytes) {
            Progress::More => {}
            Progress::Failed(_) => self.fail(Failure::Malformed { file: self.file() }),
            Progress::Done(response) => {
                self.exchange = None;
                match self.opened(response).and_then(|response| self.advance(&response)) {
                    Ok(()) => self.send(),
                    Err(failure) => self.fail(failure),
                }
            }
        }
    }

    /// The document left, or its reader reports that it fell silent.
    pub fn handle_card_lost(&mut self) {
        if !matches!(self.phase, Phase::Ended) {
            self.fail(Failure::CardMoved);
        }
    }

    fn fail(&mut self, failure: Failure) {
        self.end(Event::Failed(failure));
    }

    fn end(&mut self, event: Event) {
        self.phase = Phase::Ended;
        self.exchange = None;
        self.channel = None;
        self.data_group_1 = None;
        self.events.push_back(event);
    }

    const fn file(&self) -> Option<File> {
        match &self.phase {
            Phase::Reading { file, .. } => Some(*file),
            Phase::Pace(_) | Phase::SelectApplication | Phase::Bac(_) | Phase::Ended => None,
        }
    }

    /// Plans the command that the phase asks for.
    fn send(&mut self) {
        let command = match &self.phase {
            Phase::Reading { file, part, content, len } => {
                Ok(self.read_command(*file, *part, content.len(), *len))
            }
            Phase::Pace(pace) => pace.command(),
            Phase::SelectApplication => Ok(select(4, &APPLICATION)),
            Phase::Bac(bac) => bac.command(),
            Phase::Ended => return,
        };
        let ne = if self.limits.extended { 65_536 } else { 256 };
        let outer = command.and_then(|command| match &mut self.channel {
            Some(channel) => channel.protect(&command, ne).map_err(|_| Failure::ChannelBroken),
            None => Ok(command),
        });
        match outer {
            Ok(command) => self.exchange = Some(Exchange::new(&command, &self.limits)),
            Err(failure) => self.fail(failure),
        }
    }

    fn read_command(&self, file: File, part: Part, offset: usize, len: usize) -> Command {
        let missing = match part {
            Part::Select => return select(2, &file.id()),
            Part::Head => HEAD_LEN,
            Part::Body => u32::try_from(len.saturating_sub(offset).min(self.chunk())).unwrap_or(HEAD_LEN),
        };
        let [high, low] = u16::try_from(offset).unwrap_or(u16::MAX).to_be_bytes();
        Command::new(0, 0xB0, high, low).expecting(missing)
    }

    /// Bytes that an answer brings through reader, lengths and protection.
    fn chunk(&self) -> usize {
        let response = if self.limits.extended { self.limits.max_response } else { SHORT_RESPONSE };
        response.min(self.limits.max_response).saturating_sub(RESPONSE_OVERHEAD).clamp(1, EXTENDED_CHUNK)
    }

    fn opened(&mut self, response: Response) -> Result<Response, Failure> {
        match &mut self.channel {
            Some(channel) => channel.open(&response).map_err(|_| Failure::ChannelBroken),
            None => Ok(response),
        }
    }

    fn advance(&mut self, response: &Response) -> Result<(), Failure> {
        match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Reading { file, part, content, len } => self.read(file, part, content, len, response),
            Phase::Pace(mut pace) => {
                match pace.handle_response(response) {
                    Ok(None) => self.phase = Phase::Pace(pace),
                    Ok(Some(channel)) => {
                        self.open(channel, Access::Pace);
                        self.phase = Phase::SelectApplication;
                    }
                    // A chip that does not do what it offers may still be open to BAC.
                    Err(Failure::Refused { .. }) => {
                        self.unknown_offers = true;
                        self.phase = Phase::SelectApplication;
                    }
                    Err(failure) => return Err(failure),
                }
                Ok(())
            }
            Phase::SelectApplication => self.selected(response),
            Phase::Bac(mut bac) => {
                match bac.handle_response(response).map_err(|failure| self.of_bac(failure))? {
                    None => self.phase = Phase::Bac(bac),
                    Some(channel) => {
                        self.open(channel, Access::Bac);
                        self.phase = begin(File::DataGroup1);
                    }
                }
                Ok(())
            }
            Phase::Ended => Ok(()),
        }
    }

    fn open(&mut self, channel: SecureMessaging, access: Access) {
        self.channel = Some(channel);
        self.access = Some(access);
        self.events.push_back(Event::Opened(access));
    }

    /// A chip that refuses BAC and offers other ways has no fault: we do not know them.
    const fn of_bac(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Refused { .. } if self.unknown_offers => Failure::AccessUnknown,
            other => other,
        }
    }

    fn selected(&mut self, response: &Response) -> Result<(), Failure> {
        if self.channel.is_some() {
            if !response.status.is_ok() {
                return Err(Failure::Refused { file: None, status: response.status });
            }
            self.phase = begin(File::DataGroup1);
            return Ok(());
        }
        if !response.status.is_ok() {
            return Err(if self.unknown_offers {
                Failure::AccessUnknown
            } else {
                Failure::NotTravelDocument
            });
        }
        let Password::Mrz(key) = &self.password else {
            return Err(if self.unknown_offers { Failure::AccessUnknown } else { Failure::MrzNeeded });
        };
        let contribution = Zeroizing::new(self.entropy.part(8));
        self.phase = Phase::Bac(Box::new(Bac::new(key, self.entropy.part(0), contribution)));
        Ok(())
    }

    fn read(
        &mut self,
        file: File,
        part: Part,
        mut content: Zeroizing<Vec<u8>>,
        mut len: usize,
        response: &Response,
    ) -> Result<(), Failure> {
        let malformed = Failure::Malformed { file: Some(file) };
        let status = response.status;
        let readable = status.is_ok() || status == END_OF_FILE && part != Part::Select;
        if !readable {
            if file == File::CardAccess {
                self.phase = Phase::SelectApplication;
                return Ok(());
            }
            return Err(Failure::Refused { file: Some(file), status });
        }
        let data = response.data.expose();
        match part {
            Part::Select => {}
            Part::Head => {
                let head = header(data).map_err(|_| malformed)?;
                len = head.header_len.saturating_add(head.value_len);
                if head.tag != file.tag() || len > FILE_MAX {
                    return Err(malformed);
                }
                content = Zeroizing::new(Vec::with_capacity(len));
                content.extend(data.iter().take(len));
            }
            Part::Body => {
                if data.is_empty() {
                    return Err(malformed);
                }
                let missing = len.saturating_sub(content.len());
                content.extend(data.iter().take(missing));
            }
        }
        if part != Part::Select {
            self.events.push_back(Event::Progress { file, read: content.len(), of: len });
            if content.len() == len {
                return self.complete(file, SecretBytes::new(std::mem::take(&mut *content)));
            }
        }
        let part = if part == Part::Select { Part::Head } else { Part::Body };
        self.phase = Phase::Reading { file, part, content, len };
        Ok(())
    }

    fn complete(&mut self, file: File, content: SecretBytes) -> Result<(), Failure> {
        match file {
            File::CardAccess => {
                // A list that cannot be read offers nothing; the chip may still be open to BAC.
                let variant = Variant::choose(content.expose()).ok().flatten();
                self.unknown_offers = variant.is_none();
                self.phase = match variant {
                    Some(variant) => Phase::Pace(Box::new(Pace::new(
                        variant,
                        &self.password,
                        scalar_from_random(self.entropy.part(24)),
                        scalar_from_random(self.entropy.part(56)),
                    ))),
                    None => Phase::SelectApplication,
                };
            }
            File::DataGroup1 => {
                self.data_group_1 = Some(content);
                self.phase = begin(File::SecurityObject);
            }
            File::SecurityObject => {
                let document = self.judge(&content)?;
                self.end(Event::Finished(Box::new(document)));
            }
        }
        Ok(())
    }

    fn judge(&self, security_object: &SecretBytes) -> Result<Document, Failure> {
        let malformed = |file| Failure::Malformed { file: Some(file) };
        let missing = malformed(File::DataGroup1);
        let data_group_1 = self.data_group_1.as_ref().ok_or(missing)?.expose();
        let mrz = lds::mrz(data_group_1).map_err(|_| missing)?;
        let mut verdict = authenticate(
            security_object.expose(),
            &[(1, data_group_1)],
            &mrz.issuing_state,
            &self.trust,
            self.at,
        )
        .map_err(|_| malformed(File::SecurityObject))?;
        let typed_otherwise = matches!(&self.password, Password::Mrz(key) if !key.opens(&mrz));
        if typed_otherwise && !matches!(verdict, Verdict::Forged(_)) {
            verdict = Verdict::Forged(Forgery::OtherDocument);
        }
        Ok(Document { mrz, verdict, access: self.access.ok_or(missing)? })
    }
}

fn begin(file: File) -> Phase {
    Phase::Reading { file, part: Part::Select, content: Zeroizing::new(Vec::new()), len: 0 }
}

/// SELECT without an answer's data: P1 4 by application name, 2 by file identifier.
fn select(by: u8, name: &[u8]) -> Command {
    Command::new(0, 0xA4, by, 0x0C).with_data(SecretBytes::new(name.to_vec()))
}
