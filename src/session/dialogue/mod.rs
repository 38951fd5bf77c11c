//! The session: one door in, ordered effects out.
//!
//! This file dispatches and owns what all steps share: identity of the visit, rows, and the end. `actions` is the
//! person, `answers` the MFO, `payout` the saga, `devices` and `peripherals` the hardware, `technician` the cabinet's
//! door side, `service` the service mode, `exchange` cash by an order, `device_test` and `export` what a technician tries and takes along, `idle` the clock, `remote` the MFO's staff,
//! `register` a new client, `preparation` what comes before a contract, `further` what the screening asks beyond that,
//! `remainder` what comes after a short payout, `repayment` money that comes in, `cabinet` what a client may look at,
//! `unfinished` an application of an earlier visit, `waiting` a loan before its payout, `login`, `card` and `access` who
//! somebody is and how they show it, `way` and `transfer` how money goes other than in notes, `supplement` changes of a
//! contract, `leak` what comes first for a client whose data leaked, `living` what comes before a portrait.

mod access;
mod actions;
mod answers;
pub mod cabinet;
mod card;
mod contract;
mod device_test;
mod devices;
mod enrolment;
mod exchange;
mod export;
mod further;
mod idle;
pub mod information;
mod intrusion;
mod leak;
mod living;
mod login;
mod menu;
mod path;
mod payout;
mod peripherals;
mod preparation;
mod purpose;
pub mod register;
mod remainder;
mod remote;
pub mod repayment;
mod rows;
mod service;
mod settlement;
mod shutter;
mod sign;
pub mod supplement;
mod technician;
mod touch;
mod transfer;
mod unfinished;
mod waiting;
mod way;

use senim_domain::cash::UnitNo;
use senim_domain::loan::Method;
use senim_domain::rule_pack::{Product, RulePack};
use senim_domain::time::{Mono, Stamp};
use senim_domain::{Language, LoanId, OperationId, SessionId, Tiyn};
use senim_hal::cash_dispenser::Presentation;
use senim_operation::body::{
    ServiceChanged, ServiceEnd, SessionClosed, SessionEnd, SessionOpened, TerminalStarted, TerminalStopped,
};
use senim_operation::message::LoginWay;
use uuid::Uuid;

use self::repayment::Taking;
use crate::bundle::MarkerInQuestion;
use crate::durable::DurableState;
use crate::effect::Effect;
use crate::event::Event;
use crate::facts::{Facts, Setup};
use crate::state::{DurableRow, Ending, State};

/// Gives identifiers that never repeat: UUIDv7 from the time of the step and the kernel's random source.
pub trait Ids {
    /// The next one.
    fn next(&mut self, now: &Stamp) -> Uuid;
}

/// A visit that is open.
#[derive(Clone, Copy, Debug)]
struct Visit {
    id: SessionId,
    /// Last touch or change of screen.
    active_at: Mono,
    /// Attempts before the camera, over the whole visit.
    pictures: u32,
    /// Sequences of movements that were tried.
    sequences: u32,
    /// What was said before a contract, in this visit or in the one that it goes on with.
    said: Said,
    /// The loan about which nobody tells the client what to do.
    unpressed: Option<LoanId>,
    /// The PIN was forgotten: after the code a new one is set.
    forgot_pin: bool,
    /// A card opens the cabinet of whoever is here.
    has_card: bool,
    /// Something is missing of a loan: no end of this visit may sound as if nothing had been given.
    owes: bool,
}

/// What a client has said before a contract: nothing of it is asked twice.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    /// Consents for the bureaux, in the order in which they are put.
    consents: [bool; 2],
    /// The questions of the rule pack were answered.
    answered: bool,
    /// Rules, payments and rights were read.
    read: [bool; 3],
}

/// The terminal's business, complete but for I/O.
#[derive(Debug)]
pub struct Session {
    setup: Setup,
    facts: Facts,
    durable: DurableState,
    state: State,
    language: Language,
    visit: Option<Visit>,
    /// When the current screen was entered.
    entered_at: Mono,
    /// Counts the screens; what was decided on an earlier one decides nothing.
    step_no: u64,
    /// Next time that idle devices are asked.
    devices_due: Mono,
    /// The newest row that moves cash; only its refusal is a verdict.
    cash_row: Option<OperationId>,
    /// Service as it was last recorded.
    announced: Option<bool>,
    started: bool,
    /// The device acknowledged the DISPENSE of the bundle under way; RAM only.
    accepted: bool,
    /// The marker of the bundle under way was written and its answer is lost; RAM only.
    marker_in_question: Option<MarkerInQuestion>,
    /// The sensor saw the exit empty while the retract of the bundle under way was on its way; RAM only.
    taken_meanwhile: Option<Presentation>,
    /// How often the dispenser was asked how it is and has not answered yet.
    dispenser_asks: u32,
    /// A test dispense, and since when it waits for those answers: a failure would be taken for the test's.
    test_wanted: Option<(UnitNo, Mono)>,
    /// The terminal was asked to stop for its battery, once.
    stop_asked: bool,
    /// Asked to stop: no visit begins any more.
    stopping: bool,
    /// The acceptor was told to reset and has not told yet how that ended.
    acceptor_reset: bool,
    /// The way of repayment that was chosen in the visit that this one goes on with, and the hash of its draft.
    resumed_choice: Option<(Method, String)>,
    /// Ways to log in that were offered in this visit and can be gone here.
    login_ways: Vec<LoginWay>,
    /// The cash officer whose second is waited for; RAM only.
    first_officer: Option<crate::service::FirstOfficer>,
    /// Number of whoever typed the enrolment code that is with the MFO; RAM only.
    enrolling: Option<String>,
    /// Number of whoever has the journal written onto a stick now; RAM only.
    exporting: Option<String>,
    /// Notes that may come now; RAM only, beside the open repayment on disk.
    taking: Option<Taking>,
    /// When an open repayment found at start is ended, whatever its acceptor has told by then.
    cash_in_due: Option<Mono>,
}

/// Collects the effects of one step.
struct Step<'a> {
    now: Stamp,
    ids: &'a mut dyn Ids,
    effects: Vec<Effect>,
}

impl Session {
    /// A session over what the journal holds.
    #[must_use]
    pub fn new(setup: Setup, durable: DurableState) -> Self {
        Self {
            setup,
            facts: Facts::default(),
            durable,
            state: State::Idle,
            language: Language::Kk,
            visit: None,
            entered_at: Mono(0),
            step_no: 0,
            devices_due: Mono(0),
            cash_row: None,
            announced: None,
            started: false,
            accepted: false,
            marker_in_question: None,
            taken_meanwhile: None,
            dispenser_asks: 0,
            test_wanted: None,
            stop_asked: false,
            stopping: false,
            acceptor_reset: false,
            resumed_choice: None,
            login_ways: Vec::new(),
            first_officer: None,
            enrolling: None,
            exporting: None,
            taking: None,
            cash_in_due: None,
        }
    }

    /// Where the dialogue is.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// What is known of the world.
    #[must_use]
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What the journal holds, or will once the effects given out are durable.
    #[must_use]
    pub const fn durable(&self) -> &DurableState {
        &self.durable
    }

    /// Number of the screen that is up, for [`Action::Decide`](crate::Action::Decide).
    #[must_use]
    pub const fn step_no(&self) -> u64 {
        self.step_no
    }

    /// Language of the screen.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The visit under way.
    #[must_use]
    pub fn session_id(&self) -> Option<SessionId> {
        self.visit.map(|visit| visit.id)
    }

    /// Version of the rule pack in force, 0 for none.
    #[must_use]
    pub fn rule_pack_version(&self, now: &Stamp) -> u64 {
        self.facts.pack(now.utc).map_or(0, |pack| pack.version)
    }

    /// Whether an update, a restart or a long pause would hurt nobody.
    #[must_use]
    pub const fn at_rest(&self) -> bool {
        self.visit.is_none() && self.moves_no_cash()
    }

    const fn moves_no_cash(&self) -> bool {
        let testing = self.durable.testing.is_some() || self.test_wanted.is_some();
        let cash_open = self.durable.open.is_some() || self.durable.cash_in.is_some();
        !cash_open && !testing
    }

    /// Devices may be asked how they are: nobody is there, or somebody who has chosen no errand yet and to whom it matters.
    const fn asks_devices(&self) -> bool {
        self.at_rest() || (matches!(self.state, State::Menu) && self.moves_no_cash())
    }

    /// One event in, what has to happen out, in order.
    pub fn handle(&mut self, event: Event, now: Stamp, ids: &mut dyn Ids) -> Vec<Effect> {
        let mut step = Step { now, ids, effects: Vec::new() };
        match event {
            Event::Started { clean_stop, config_sha256 } => self.start(&mut step, clean_stop, config_sha256),
            Event::Action(action) => self.on_action(&mut step, action),
            Event::Answer(message) => self.on_answer(&mut step, &message),
            Event::Directive(message) => self.on_directive(&mut step, &message),
            Event::Rewound { message, head_seq, pruned } => {
                self.on_rewound(&mut step, &message, head_seq, pruned)
            }
            Event::Stored(message) => {
                self.learn(&message);
            }
            Event::MessageRefused { kind, sha256, reason } => {
                self.refused(&mut step, kind, sha256, reason);
            }
            Event::Dispenser(event) => self.on_dispenser(&mut step, event),
            Event::Printer(event) => self.on_printer(&mut step, &event),
            Event::ReceiptDone { paper, printed, sha256 } => {
                self.on_receipt(&mut step, paper, printed, sha256);
            }
            Event::Camera(event) => self.on_camera(&mut step, event),
            Event::Peripheral(event) => self.on_peripheral(&mut step, event),
            Event::Token(event) => self.on_token(&mut step, event),
            Event::Enrolled(outcome) => self.on_enrolled(&mut step, outcome),
            Event::Log(lines) => self.on_log(&step, lines),
            Event::Exported(outcome) => self.on_exported(&mut step, outcome),
            Event::IdentityDocument(event) => self.on_chip(&mut step, event),
            Event::TestDispense(unit) => self.test_dispense(&mut step, unit),
            Event::Latch(latch) => self.facts.latch = latch,
            Event::Upkeep(upkeep) => self.facts.upkeep = upkeep,
            Event::Uplink { online, cause } => self.on_uplink(&mut step, online, &cause),
            Event::Recorded { op_id, sha256, epoch } => self.on_recorded(op_id, DurableRow { sha256, epoch }),
            Event::RecordRefused { op_id } => self.on_record_refused(&mut step, op_id),
            Event::Journal { writable } => self.on_journal(&mut step, writable),
            Event::NewBusiness { accepted } => self.facts.reserve_reached = !accepted,
            Event::ExchangeDone(order) => self.on_exchange(&mut step, order),
            Event::Timeout => {}
            Event::Stop { reason } => self.stop(&mut step, reason),
        }
        self.on_time(&mut step);
        self.on_battery(&mut step);
        self.follow_switch(&mut step);
        self.obey(&mut step);
        self.announce(&mut step);
        step.effects
    }

    fn on_journal(&mut self, step: &mut Step<'_>, writable: bool) {
        let was_full = std::mem::replace(&mut self.facts.journal_full, !writable);
        // Business cannot go on without rows; a payout under way is settled by its own events, and who has been paid
        // keeps the receipt.
        if !writable && self.durable.open.is_none() && !self.says_goodbye() {
            self.end(step, Ending::NothingPaid);
        }
        // The outage could not be written down while it lasted.
        if writable && was_full && self.started {
            self.record(step, ServiceChanged { in_service: false, reasons: vec!["journal".into()] });
            self.announced = Some(false);
        }
    }

    fn start(&mut self, step: &mut Step<'_>, clean_stop: bool, config_sha256: String) {
        self.started = true;
        self.record(step, TerminalStarted { config_sha256, clean_stop });
        if let Some(visit) = self.durable.visit.take() {
            let durable = Some(Box::new(self.durable.clone()));
            self.record_in(step, Some(visit), SessionClosed { end: SessionEnd::Interrupted }, durable, None);
        }
        self.recover_touch(step);
        self.recover_test(step);
        self.recover(step);
        self.recover_cash_in(step);
    }

    fn stop(&mut self, step: &mut Step<'_>, reason: String) {
        self.stopping = true;
        self.close_service(step, ServiceEnd::Stopping);
        if self.visit.is_some() && self.durable.open.is_none() && self.durable.cash_in.is_none() {
            self.close_visit(step, SessionEnd::Failed);
            self.enter(step, State::Idle);
        }
        self.record(step, TerminalStopped { reason });
    }

    /// Says so in the journal when service begins or ends.
    fn announce(&mut self, step: &mut Step<'_>) {
        let reasons = self.out_of_service(&step.now);
        let in_service = reasons.is_empty();
        if self.started && !self.stopping && self.announced != Some(in_service) && !self.facts.journal_full {
            self.announced = Some(in_service);
            self.record(step, ServiceChanged { in_service, reasons });
        }
    }

    /// Codes of what keeps the terminal out of service now.
    #[must_use]
    pub fn out_of_service(&self, now: &Stamp) -> Vec<String> {
        let mut reasons = self.facts.out_of_service(now.utc);
        if self.durable.open.is_some() && self.visit.is_none() {
            reasons.push("payoutBeingSettled".into());
        }
        if self.durable.cash_in.is_some() && self.visit.is_none() {
            reasons.push("repaymentBeingSettled".into());
        }
        if self.durable.withdrawn.is_some() {
            reasons.push("withdrawn".into());
        }
        if self.durable.exchange.is_some() {
            reasons.push("exchangeOpen".into());
        }
        if self.is_in_service_mode() {
            reasons.push("serviceMode".into());
        }
        if self.stopping {
            reasons.push("stopping".into());
        }
        reasons
    }

    /// Code of why nobody can apply for a loan although the terminal serves: notes are not the only way of payout.
    #[must_use]
    pub fn no_application(&self, now: &Stamp) -> Option<String> {
        if let Some(code) = self.no_new_business(now) {
            return Some(code.to_owned());
        }
        let otherwise =
            |pack: &RulePack| pack.products.iter().any(|product| way::paid_without_notes(pack, product));
        self.no_cash_loan(now).filter(|_| !self.facts.pack(now.utc).is_some_and(otherwise))
    }

    /// Code of what prevents a new loan in notes although the terminal serves.
    #[must_use]
    pub fn no_cash_loan(&self, now: &Stamp) -> Option<String> {
        use crate::facts::DeviceState;
        let pack = self.facts.pack(now.utc)?;
        let code = if let Some(code) = self.no_new_business(now) {
            code
        } else if self.durable.stopped.is_some() {
            "cashStopped"
        } else if self.facts.dispenser != DeviceState::Usable {
            "dispenser"
        } else if pack.products.iter().all(|product| self.composable(product, now).is_empty()) {
            "noCash"
        } else {
            return None;
        };
        Some(code.to_owned())
    }

    /// Code of what keeps people from borrowing and from becoming clients. Firmware below the pack's minimum does neither
    /// until it is updated, nor does a board in which somebody else has a hand; money that is owed can
    /// still be brought.
    pub(super) fn no_new_business(&self, now: &Stamp) -> Option<&'static str> {
        use crate::{event::Device, facts::DeviceState};
        let supported =
            self.facts.pack(now.utc).is_none_or(|pack| pack.supports_firmware(&self.setup.firmware));
        if !supported {
            Some("firmwareTooOld")
        } else if matches!(self.facts.peripherals.get(&Device::Board), Some(DeviceState::Failed(_))) {
            Some("integrity")
        } else {
            self.no_business()
        }
    }

    /// Code of what keeps business of any kind from beginning.
    const fn no_business(&self) -> Option<&'static str> {
        if self.facts.reserve_reached {
            Some("journalFull")
        } else if self.facts.on_battery_since.is_some() {
            Some("onBattery")
        } else if !self.facts.online {
            Some("offline")
        } else {
            None
        }
    }

    /// Sums within a product that can be applied for now, ascending: those that the cassettes can make exactly, and while
    /// there are none, each that another way of payout can carry.
    #[must_use]
    pub fn sums(&self, product: &Product, now: &Stamp) -> Vec<Tiyn> {
        let composable = match self.no_cash_loan(now) {
            None => self.composable(product, now),
            Some(_) => Vec::new(),
        };
        let pack = self.facts.pack(now.utc);
        match pack.filter(|pack| composable.is_empty() && way::paid_without_notes(pack, product)) {
            Some(_) => product.sums(),
            None => composable,
        }
    }

    /// Sums within a product that the cassettes can make exactly, ascending.
    fn composable(&self, product: &Product, now: &Stamp) -> Vec<Tiyn> {
        senim_domain::mix::payable_amounts(
            &self.payable_stock(now.utc),
            product.step_tiyn,
            product.min_principal_tiyn,
            product.max_principal_tiyn,
        )
    }

    fn open_visit(&mut self, step: &mut Step<'_>) {
        let id = SessionId(step.ids.next(&step.now));
        self.visit = Some(Visit {
            id,
            active_at: step.now.mono,
            pictures: 0,
            sequences: 0,
            said: Said::default(),
            unpressed: None,
            forgot_pin: false,
            has_card: false,
            owes: false,
        });
        self.durable.visit = Some(id);
        self.record_durable(step, SessionOpened { language: self.language });
    }

    /// Ends the visit: the row, then everything personal is forgotten.
    fn close_visit(&mut self, step: &mut Step<'_>, end: SessionEnd) {
        if self.visit.is_some() {
            self.give_up_signing(step, "left");
        }
        let Some(visit) = self.visit.take() else { return };
        self.resumed_choice = None;
        self.login_ways.clear();
        self.durable.visit = None;
        let durable = Some(Box::new(self.durable.clone()));
        self.record_in(step, Some(visit.id), SessionClosed { end }, durable, None);
        if matches!(self.state, State::Camera { .. }) || self.is_doing_sequence() || self.code_due().is_some()
        {
            step.effects.push(Effect::CloseCamera);
        }
        self.close_card(step);
        self.close_chip(step);
        step.effects.push(Effect::Wipe);
    }

    /// A polite end.
    fn end(&mut self, step: &mut Step<'_>, kind: Ending) {
        let Some(session) = self.session_id() else { return };
        if self.ends_repayment_first(step, kind) {
            return;
        }
        let how = match kind {
            Ending::Cancelled => SessionEnd::Cancelled,
            Ending::TimedOut => SessionEnd::TimedOut,
            Ending::CameraFailed
            | Ending::Unreachable
            | Ending::TermsMismatch
            | Ending::NothingPaid
            | Ending::OnBattery => SessionEnd::Failed,
            Ending::NotAvailable
            | Ending::TooManyCodes
            | Ending::NotApproved
            | Ending::VoluntaryRefusal
            | Ending::LoanOpen
            | Ending::FaceNotMatched
            | Ending::UnderAge => SessionEnd::Refused,
        };
        if self.visit.is_some_and(|visit| visit.owes) && kind != Ending::VoluntaryRefusal {
            return self.leave_remainder(step, how);
        }
        self.close_visit(step, how);
        self.enter(step, State::End { kind, session });
    }

    fn enter(&mut self, step: &Step<'_>, state: State) {
        self.state = state;
        self.step_no = self.step_no.wrapping_add(1);
        self.entered_at = step.now.mono;
        if let Some(visit) = &mut self.visit {
            visit.active_at = step.now.mono;
        }
    }

    /// Takes the state out, leaving `Idle`, for a step that consumes it.
    fn take(&mut self) -> State {
        std::mem::replace(&mut self.state, State::Idle)
    }
}
