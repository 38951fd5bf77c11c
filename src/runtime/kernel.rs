//! One input, one step: session → rows made durable → commands → exchange → screen.
//!
//! The order within a step is the safety argument of the terminal:
//! 1. the session says what has to happen,
//! 2. each row is committed (`write`); a command that moves cash is given out only behind its own row,
//! 3. the exchange with the MFO looks at what is durable now (`send`),
//! 4. the view is drawn from the state that the rows describe.
//!
//! There is no thread, no socket and no clock here. SQLite and the power latch are the only I/O, and both are asked in
//! the middle of a step because the step's meaning depends on their answer.

use std::collections::VecDeque;

use senim_domain::cash::UnitNo;
use senim_domain::time::{Mono, Stamp};
use senim_domain::touch::TouchCorrection;
use senim_domain::{OperationId, OrderId, RewindId, Secret, UtcMillis};
use senim_hal::receipt_printer;
use senim_hal::{card_reader, cash_acceptor, cash_dispenser};
use senim_journal::{Journal, JournalError, StateKey};
use senim_operation::body::{EnrolmentOutcome, ExportOutcome};
use senim_operation::message::MessageTrust;
use senim_session::durable::{DurableState, ORDERS_STORED, order_place};
use senim_session::event::{CameraEvent, Device, Event, Peripheral};
use senim_session::service::Upkeep;
use senim_session::{Action, Effect, Session};
use senim_sync::{Answer, Lease, Line, Request, Sync};
use senim_ui_model::screen::View;
use senim_ui_model::view;

use crate::card::Cards;
use crate::exchange::Exchange;
use crate::ids::SeededIds;
use crate::moment::{Reading, Time};
use crate::options::{KernelOptions, KernelParts};
use crate::papers::{Done, Papers};

/// Business state written with the rows that change it.
pub(crate) const DURABLE: StateKey = StateKey("durable");
/// Number of the last durable message of the inbox.
pub(crate) const INBOX: StateKey = StateKey("inbox");

/// How long an orderly stop waits for the gateway to cosign the last checkpoint.
const FAREWELL_MS: u64 = 10_000;

/// How long an orderly stop waits for a payout under way to end and for the journal to take its rows: longer than a
/// dispenser may take for a bundle.
const STOP_MS: u64 = 180_000;

/// How much longer it waits while cash moves and each row of it is taken: a person may have a minute and more to take
/// each bundle out of a shutter, and notes in an open one are nobody's yet.
const STOP_MOVING_MS: u64 = 720_000;

/// Something from the edges.
#[derive(Debug)]
pub enum Input {
    /// The firmware starts; once, first.
    Start {
        /// Whether the last run ended by an orderly stop.
        clean_stop: bool,
    },
    /// The person decided something.
    Action(Action),
    /// From the dispenser's thread.
    Dispenser(cash_dispenser::Event),
    /// From the printer's thread.
    Printer(receipt_printer::Event),
    /// From the camera's thread.
    Camera(CameraEvent),
    /// From any other device's thread.
    Peripheral(Peripheral),
    /// A technician asks for one note of this cassette to go to the reject unit.
    TestDispense(UnitNo),
    /// From a line's thread: answer to the request of that lease.
    Uplink(Lease, Answer),
    /// A cash officer carried out an order.
    ExchangeDone(OrderId),
    /// The time asked for by [`Kernel::poll_timeout`] has come.
    Tick,
    /// Take a checkpoint now (cabinet opened, shut-down, technician).
    Checkpoint,
    /// The terminal's certificate was renewed: this key begins the next epoch, as soon as no business is open.
    IdentityRenewed {
        /// Key and certificates.
        identity: senim_journal::Identity,
        /// When the MFO certified it, by its signed time: an epoch before that would be under no certificate.
        at: UtcMillis,
        /// When the certificate ends.
        ends: UtcMillis,
    },
    /// What came of [`Output::Enrol`]; behind [`Input::IdentityRenewed`] where there is a certificate.
    Enrolled(EnrolmentOutcome),
    /// The end of the program's log, newest line first; the answer to [`Output::ReadLog`].
    Log(Vec<String>),
    /// What came of [`Output::ExportJournal`].
    Exported(ExportOutcome),
    /// Stop in order as soon as nobody is hurt by it.
    Stop {
        /// A code.
        reason: String,
    },
}

/// Something for the edges, in order.
#[derive(Debug)]
pub enum Output {
    /// For the dispenser's thread.
    Dispenser(cash_dispenser::Command),
    /// For the printer's thread.
    Printer(receipt_printer::Command),
    /// For the camera's thread.
    Camera(CameraCommand),
    /// For every other device that can be asked how it is.
    AskPeripherals {
        /// But not this one: a card in it is being used.
        but: Option<Device>,
    },
    /// For the thread of a card reader.
    CardReader(Device, card_reader::Command),
    /// For the acceptor's thread.
    Acceptor(cash_acceptor::Command),
    /// For the thread of a line to the MFO; each has one request under way.
    Uplink {
        /// Over which line.
        line: Line,
        /// Under which the answer counts.
        lease: Lease,
        /// What.
        request: Request,
    },
    /// For whoever renews the certificate: have the key certified anew by this code of the MFO.
    Enrol(Secret),
    /// Tell the end of the program's log.
    ReadLog,
    /// For whoever writes the journal onto a technician's stick.
    ExportJournal,
    /// For the touch panel: correct touches by this from now on.
    CorrectTouch(TouchCorrection),
    /// For the screen.
    Draw(Box<View>),
    /// Forget the person: screen, buffers of the network, camera.
    Wipe,
    /// The journal is closed for good; the program may end.
    Stopped,
    /// Rig: stop dead, as if the power had been cut.
    #[cfg(feature = "rig")]
    Halt,
}

/// What the camera's thread does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraCommand {
    /// Open and show a preview.
    Open,
    /// Open, show a preview and tell of each QR code that is held before it.
    Read,
    /// Take a burst and give the best picture by these rules.
    Take(senim_domain::rule_pack::PortraitRules),
    /// Put the person to this challenge and tell how it goes.
    Prove(Box<senim_domain::liveness::Challenge>),
    /// Close.
    Close,
}

/// The terminal, complete but for the edges.
pub struct Kernel {
    pub(crate) options: KernelOptions,
    pub(crate) parts: KernelParts,
    pub(crate) messages: MessageTrust,
    pub(crate) session: Session,
    pub(crate) sync: Sync,
    pub(crate) ids: SeededIds,
    pub(crate) time: Time,
    /// What has to happen and waits for the journal.
    pub(crate) pending: VecDeque<Effect>,
    /// When the journal is tried again, while it does not take rows.
    pub(crate) retry_at: Option<Mono>,
    pub(crate) acked_seq: Option<u64>,
    pub(crate) acked_hash: String,
    pub(crate) next_seq: u64,
    pub(crate) attachments_waiting: bool,
    /// A renewed identity that waits for a quiet moment.
    pub(crate) identity: Option<senim_journal::Identity>,
    /// The next quiet moment begins a key epoch.
    pub(crate) epoch_wanted: bool,
    /// When the key store is asked again, after it did not sign.
    pub(crate) epoch_retry_at: Option<Mono>,
    /// Size of the newest own checkpoint and of the newest cosigned one.
    pub(crate) checkpoint_size: u64,
    pub(crate) cosigned_size: u64,
    pub(crate) checkpoint_wanted: bool,
    pub(crate) exchange: Exchange,
    /// The readers for clients' cards and documents, with whatever is in them.
    pub(crate) cards: Cards,
    /// The last `Rewind` obeyed: which, and when the MFO wrote it.
    pub(crate) obeyed: Option<(RewindId, UtcMillis)>,
    /// Numbers of durable messages, each with the row that tells of the message.
    pub(crate) inbox_numbers: VecDeque<(OperationId, u64)>,
    pub(crate) papers: Papers,
    pub(crate) epoch_at: Mono,
    pub(crate) stopping: Option<String>,
    pub(crate) stop_by: Option<Mono>,
    pub(crate) farewell_until: Option<Mono>,
    pub(crate) stopped: bool,
    #[cfg(feature = "rig")]
    pub(crate) halts_left: Option<crate::options::HaltAt>,
}

/// Why a kernel cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    /// The journal cannot be read.
    #[error("the journal cannot be read: {0}")]
    Journal(#[from] JournalError),
    /// The stored business state is not readable by this firmware.
    #[error("the stored state cannot be read ({0}); keep the disk and call support")]
    State(serde_json::Error),
}

impl Kernel {
    /// A kernel over an open journal.
    ///
    /// # Errors
    /// [`KernelError`].
    pub fn new(options: KernelOptions, parts: KernelParts) -> Result<Self, KernelError> {
        let journal = &parts.journal;
        let durable = match journal.state(DURABLE)? {
            Some(json) => serde_json::from_str(&json).map_err(KernelError::State)?,
            None => DurableState::default(),
        };
        let inbox_after = journal.state(INBOX)?.and_then(|text| text.parse().ok()).unwrap_or(0);
        let status = journal.status()?;
        let attachments_waiting = !journal.pending_attachment_names(1)?.is_empty();
        let ids = SeededIds::new(&options.seed);
        let jitter = u64::from_le_bytes(ids.bytes("jitter"));
        Ok(Self {
            messages: MessageTrust::new(parts.trust.clone()),
            session: Session::new(options.setup.clone(), durable),
            sync: Sync::new(options.sync, jitter, inbox_after),
            ids,
            time: Time::new(options.time_floor),
            pending: VecDeque::new(),
            retry_at: None,
            acked_seq: status.acked_seq,
            acked_hash: status.acked_hash.clone().unwrap_or_default(),
            next_seq: status.next_seq,
            attachments_waiting,
            checkpoint_size: status.last_checkpoint.unwrap_or(0),
            cosigned_size: status.last_cosigned.unwrap_or(0),
            checkpoint_wanted: false,
            exchange: Exchange::default(),
            cards: Cards::new(&options.setup, parts.authorities.clone()),
            identity: None,
            epoch_wanted: false,
            epoch_retry_at: None,
            obeyed: None,
            inbox_numbers: VecDeque::new(),
            papers: Papers::default(),
            epoch_at: Mono(0),
            stopping: None,
            stop_by: None,
            farewell_until: None,
            stopped: false,
            #[cfg(feature = "rig")]
            halts_left: options.halt_at.clone(),
            options,
            parts,
        })
    }

    /// The session, to look at.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// The journal, to look at.
    #[must_use]
    pub const fn journal(&self) -> &Journal {
        &self.parts.journal
    }

    /// Last row that the gateway acknowledged.
    #[must_use]
    pub const fn acked_seq(&self) -> Option<u64> {
        self.acked_seq
    }

    /// Size of the newest checkpoint and of the newest cosigned one.
    #[must_use]
    pub const fn checkpoint_sizes(&self) -> (u64, u64) {
        (self.checkpoint_size, self.cosigned_size)
    }

    /// Number of the next row.
    #[must_use]
    pub const fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Whether attachments wait for the gateway.
    #[must_use]
    pub const fn attachments_waiting(&self) -> bool {
        self.attachments_waiting
    }

    /// Rig: the journal itself, to fill its disk.
    #[cfg(feature = "rig")]
    pub const fn journal_mut(&mut self) -> &mut Journal {
        &mut self.parts.journal
    }

    /// Rig: whether it stopped dead at its halting point.
    #[cfg(feature = "rig")]
    #[must_use]
    pub fn halted(&self) -> bool {
        self.stopped && self.halts_left.as_ref().is_some_and(|at| at.nth == 0)
    }

    /// Whether the gateway answers and the time is trusted.
    #[must_use]
    pub const fn online(&self) -> bool {
        self.sync.online()
    }

    /// The moment that a reading stands for.
    #[must_use]
    pub fn stamp(&self, reading: Reading) -> Stamp {
        self.time.stamp(reading)
    }

    /// One input in; what the edges have to do, in order.
    pub fn step(&mut self, input: Input, reading: Reading) -> Vec<Output> {
        let mut out = Vec::new();
        if self.stopped {
            return out;
        }
        if self.session.is_in_service_mode() {
            let upkeep = self.upkeep();
            self.feed(Event::Upkeep(upkeep), reading);
        }
        self.take_in(input, reading, &mut out);
        self.work(reading, &mut out);
        if self.stopped {
            return out;
        }
        self.exchange(reading, &mut out);
        self.stop_if_asked(reading, &mut out);
        let now = self.stamp(reading);
        out.push(Output::Draw(Box::new(view::of(&self.session, &now, &self.options.place))));
        out
    }

    fn upkeep(&self) -> Upkeep {
        let acknowledged = self.acked_seq.map_or(0, |seq| seq.saturating_add(1));
        Upkeep {
            rows: self.next_seq,
            waiting: self.next_seq.saturating_sub(acknowledged),
            certificate_ends: self.options.certificate_ends,
        }
    }

    /// When [`Input::Tick`] is wanted although nothing happens.
    #[must_use]
    pub fn poll_timeout(&self, reading: Reading) -> Mono {
        let now = self.stamp(reading);
        let checkpoint = reading.mono.plus_ms(5_000);
        [
            self.session.poll_timeout(&now),
            self.sync.poll_timeout(),
            self.retry_at,
            self.card_timeout(),
            self.farewell_until,
            self.stop_deadline(),
            Some(checkpoint),
        ]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(checkpoint)
    }

    fn take_in(&mut self, input: Input, reading: Reading, out: &mut Vec<Output>) {
        match input {
            Input::Start { clean_stop } => self.start(clean_stop, reading),
            Input::Action(action) => {
                self.look_for_room(reading);
                self.feed(Event::Action(action), reading);
            }
            Input::Dispenser(event) => {
                // These are judged by the latch as it is now, not as it was at the last look.
                if matches!(
                    event,
                    cash_dispenser::Event::Marked(_)
                        | cash_dispenser::Event::LastStatus { .. }
                        | cash_dispenser::Event::Moved(_)
                        | cash_dispenser::Event::PresentStatus(_)
                ) {
                    self.read_latch(reading);
                }
                self.feed(Event::Dispenser(event), reading);
            }
            Input::Printer(event) => self.printer_said(event, reading, out),
            Input::Camera(event) => self.feed(Event::Camera(event), reading),
            Input::Peripheral(event) => self.peripheral_said(event, reading, out),
            Input::TestDispense(unit) => self.feed(Event::TestDispense(unit), reading),
            Input::Uplink(lease, answer) => self.answer_came(lease, answer, reading, out),
            Input::ExchangeDone(order) => self.feed(Event::ExchangeDone(order), reading),
            Input::Tick => {
                self.give_up_on_answers(reading, out);
                self.ask_reader_again(reading, out);
                self.look_for_room(reading);
                self.feed(Event::Timeout, reading);
            }
            Input::Checkpoint => self.checkpoint_wanted = true,
            Input::IdentityRenewed { identity, at, ends } => {
                self.time.not_before(reading.mono, at);
                self.sync.certified_anew();
                self.options.certificate_ends = Some(ends);
                self.identity = Some(identity);
                self.epoch_wanted = true;
                self.epoch_retry_at = None;
            }
            Input::Enrolled(outcome) => self.feed(Event::Enrolled(outcome), reading),
            Input::Log(lines) => self.feed(Event::Log(lines), reading),
            Input::Exported(outcome) => self.feed(Event::Exported(outcome), reading),
            Input::Stop { reason } => self.stop(reason, reading),
        }
    }

    pub(crate) fn stop(&mut self, reason: String, reading: Reading) {
        if self.stop_by.is_none() {
            self.stopping = Some(reason);
            self.stop_by = Some(reading.mono.plus_ms(STOP_MS));
        }
    }

    /// When an orderly stop waits no longer.
    fn stop_deadline(&self) -> Option<Mono> {
        let moving = self.cash_moves() && self.pending.is_empty();
        self.stop_by.map(|by| if moving { by.plus_ms(STOP_MOVING_MS) } else { by })
    }

    pub(crate) const fn cash_moves(&self) -> bool {
        let durable = self.session.durable();
        durable.open.is_some() || durable.cash_in.is_some() || durable.testing.is_some()
    }

    /// New business needs more than the reserve; asked while nobody is at the terminal.
    fn look_for_room(&mut self, reading: Reading) {
        if self.session.at_rest() && self.retry_at.is_none() {
            let accepted = self.parts.journal.accepts_new_business();
            if accepted == self.session.facts().reserve_reached {
                self.feed(Event::NewBusiness { accepted }, reading);
            }
            let now = self.stamp(reading);
            if let Err(error) = self.parts.journal.prune_when_due(&now) {
                tracing::warn!(%error, "old rows could not be deleted");
            }
        }
    }

    fn start(&mut self, clean_stop: bool, reading: Reading) {
        self.epoch_at = reading.mono;
        let kinds = ["RulePack", "SealKeys", "Activation", "Rewind"].map(str::to_owned);
        for kind in kinds.into_iter().chain((0..ORDERS_STORED).map(order_place)) {
            let stored = self.parts.journal.directive(&kind).ok().flatten();
            if let Some(compact) = stored
                && let Ok(message) =
                    senim_operation::message::open_message(&compact, &self.messages, &self.options.terminal)
            {
                self.remember_rewind(&message);
                self.feed(Event::Stored(Box::new(message)), reading);
            }
        }
        self.read_latch(reading);
        let config_sha256 = self.options.config_sha256.clone();
        self.feed(Event::Started { clean_stop, config_sha256 }, reading);
    }

    fn read_latch(&mut self, reading: Reading) {
        let latch = self.parts.power.dispenser_latch().unwrap_or_else(|error| {
            tracing::warn!(kind = ?error.kind, "the power latch does not answer");
            None
        });
        self.feed(Event::Latch(latch), reading);
    }

    fn printer_said(&mut self, event: receipt_printer::Event, reading: Reading, out: &mut Vec<Output>) {
        let (done, command) = self.papers.told(&event);
        out.extend(command.map(Output::Printer));
        if let Some(Done { paper, printed, sha256 }) = done {
            self.feed(Event::ReceiptDone { paper, printed, sha256 }, reading);
        }
        self.feed(Event::Printer(event), reading);
    }

    /// Gives an event to the session; what follows is put behind what waits already.
    pub(crate) fn feed(&mut self, event: Event, reading: Reading) {
        let now = self.time.stamp(reading);
        let effects = self.session.handle(event, now, &mut self.ids);
        self.pending.extend(effects);
    }

    /// Whether no note moves, no row waits to be written and no paper is on its way: a receipt under way is the person's, and
    /// leaves a row even after the visit.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        !self.cash_moves() && self.pending.is_empty() && self.papers.is_empty()
    }

    /// An orderly stop: nobody is hurt, the last row and its checkpoint are written, and the gateway has a moment to
    /// cosign it, so that an export made now is complete evidence.
    fn stop_if_asked(&mut self, reading: Reading, out: &mut Vec<Output>) {
        let settled = self.is_settled();
        if let Some(reason) = self.stopping.take_if(|_| settled) {
            self.feed(Event::Stop { reason }, reading);
            self.work(reading, out);
            self.checkpoint_wanted = true;
            self.exchange(reading, out);
            self.farewell_until = Some(reading.mono.plus_ms(FAREWELL_MS));
        }
        // A journal that takes no rows must not keep a terminal from being switched off. What is open is settled at
        // the next start, as after a power cut.
        if self.farewell_until.is_none() && self.stop_deadline().is_some_and(|by| reading.mono >= by) {
            tracing::error!(rows = self.pending.len(), "stopped without having written everything");
            self.farewell_until = Some(reading.mono);
        }
        let Some(until) = self.farewell_until else { return };
        let complete = self.cosigned_size >= self.next_seq;
        if complete || !self.sync.online() || reading.mono >= until {
            self.stopped = true;
            out.push(Output::Wipe);
            out.push(Output::Stopped);
        }
    }
}

/// Opens a message that speaks of a person without leaving a copy of its text.
pub(crate) fn open_secret(
    kernel: &Kernel,
    compact: &Secret,
) -> Result<senim_operation::message::Message, senim_operation::message::MessageError> {
    senim_operation::message::open_message(compact.expose(), &kernel.messages, &kernel.options.terminal)
}
