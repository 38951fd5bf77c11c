//! The terminal's side: the product's decisions, carried out on the model's disk and wire as `dialogue::payout` and the
//! kernel carry them out.

use senim_domain::cash::{BundleResult, UnitRequest};
use senim_domain::mix::{Mix, bundles, mix};
use senim_domain::time::Mono;
use senim_domain::{AuthorisationId, LoanId, PayoutRequestId, SessionId, Tiyn};
use senim_hal::cash_dispenser::{Event, Movement};
use senim_hal::power::DispenserLatch;
use senim_hal::{Error, ErrorKind};
use senim_operation::body::PayoutResult;
use senim_session::bundle::{self, After, Found, Known, Next};
use senim_session::durable::{OpenPayout, Stage};
use senim_session::saga::{self, LastStatusMode, Verdict};
use uuid::Uuid;

use super::device::{Command, Record, per_cassette};
use super::state::{Answer, Durable, Ended, Process, Row, State, Waiting};
use super::{LOAN_TENGE, Mistake};

/// Notes of one DISPENSE: a loan takes two.
const NOTES_PER_DISPENSE: u32 = 2;
/// Everything happens at this moment; only what has to be waited for lies later.
const NOW: Mono = Mono(1_000);
const IDLE_WAIT_MS: u64 = 65_000;

impl Process {
    /// Whether somebody may ask for money: the gateway knows all ends, and gives no leave after an uncertain one.
    pub(super) fn may_request(&self, at_most: usize) -> bool {
        let durable = &self.durable;
        durable.open.is_none()
            && !durable.stopped
            && durable.ends.len() < at_most
            && !durable.ends.iter().any(|end| end.result == PayoutResult::Paid)
    }
}

impl State {
    /// The process works, and what it decides upon with.
    fn running(&mut self, mistake: Option<Mistake>) -> Terminal<'_> {
        let latch = self.site.latch.then_some(DispenserLatch { losses: self.losses.into(), powered: true });
        let process = self.process.as_mut().expect("the process runs");
        let unbroken = mistake == Some(Mistake::PowerTakenForUnbroken);
        Terminal {
            process,
            frames: &mut self.frames,
            boot: if unbroken { "0".to_owned() } else { self.boot.to_string() },
            latch: if unbroken { Some(DispenserLatch { losses: 0, powered: true }) } else { latch },
            last_status: self.site.memory.is_some(),
            mode: if self.site.stated { LastStatusMode::AtEnd } else { LastStatusMode::Unknown },
            mistake,
            unarmed: &mut self.unarmed,
            dispensed: &mut self.dispensed,
        }
    }

    pub(super) fn requests(&mut self, mistake: Option<Mistake>) {
        let missing = match mistake {
            Some(Mistake::WholeLoanAgain) => LOAN_TENGE,
            _ => LOAN_TENGE.saturating_sub(self.disk.ends.iter().map(|end| end.tenge).sum()),
        };
        let process = self.process.as_mut().expect("the process runs");
        let part = process.durable.ends.len() as u32 + 1;
        process.visitor = true;
        process.durable.open = Some(OpenPayout {
            request: PayoutRequestId(Uuid::nil()),
            session: SessionId(Uuid::nil()),
            loan: LoanId(Uuid::nil()),
            part,
            amount_tiyn: Tiyn::from_tenge(missing).expect("a small sum"),
            authorisation: None,
            plan: Vec::new(),
            bundle: 0,
            stage: Stage::Requested,
            distributed: Vec::new(),
        });
        process.record(None);
        self.answers.clear();
    }

    pub(super) fn authorised(&mut self, mistake: Option<Mistake>) {
        let mut terminal = self.running(mistake);
        let stock = terminal.process.durable.books.stock();
        let Some(open) = &mut terminal.process.durable.open else { return };
        open.authorisation = Some(AuthorisationId(Uuid::nil()));
        match mix(open.amount_tiyn, &stock, Mix::MinimumBills) {
            Ok(notes) => {
                open.plan = bundles(&notes, NOTES_PER_DISPENSE, NOTES_PER_DISPENSE);
                terminal.intends();
            }
            Err(_) => terminal.process.ends_request("notComposable"),
        }
    }

    pub(super) fn ends_request(&mut self, reason: &'static str) {
        self.process.as_mut().expect("the process runs").ends_request(reason);
    }

    /// One row becomes durable, and its command is written.
    pub(super) fn commits(&mut self) {
        let process = self.process.as_mut().expect("the process runs");
        let Row { after, then } = process.queue.remove(0);
        let stage = |durable: &Durable| durable.open.as_ref().map(|open| open.stage.clone());
        match (stage(&self.disk), stage(&after)) {
            (before, Some(Stage::Intended)) => {
                self.dispensed = 0;
                let whole = [Stage::Requested, Stage::Settled(BundleResult::Dispensed)];
                self.out_of_turn |= before.is_none_or(|before| !whole.contains(&before));
            }
            (_, Some(Stage::Requested)) => self.requested += 1,
            (_, Some(Stage::Armed { .. } | Stage::Presented { .. } | Stage::Settled(_)) | None) => {}
        }
        self.disk = after;
        let Some(command) = then else { return };
        process.waits = Waiting::Command;
        if matches!(command, Command::Dispense(_)) {
            self.dispensed += 1;
            self.unarmed |= !self.disk.armed();
        }
        self.after_stop |= self.disk.stopped;
        if self.site.memory.is_none() && command == Command::Mark {
            // It needs no marker: the driver writes nothing and says so.
            self.answers.push(Answer::Ended(Record { command: super::device::Last::Marker, ..Record::NONE }));
        } else {
            self.frames.push(command);
        }
    }

    pub(super) fn row_is_refused(&mut self, mistake: Option<Mistake>) {
        let mut terminal = self.running(mistake);
        terminal.process.queue.clear();
        let Some(open) = &terminal.process.durable.open else { return };
        let verdict = bundle::row_refused(&open.stage);
        terminal.settles(verdict);
    }

    pub(super) fn answer_arrives(&mut self, mistake: Option<Mistake>) {
        let answer = self.answers.remove(0);
        let mut terminal = self.running(mistake);
        if terminal.process.waits != Waiting::Command {
            return;
        }
        match answer {
            Answer::Accepted => terminal.hears(Event::Accepted),
            Answer::Ended(record) => {
                terminal.process.waits = Waiting::Nothing;
                let mut event = record.answer();
                if mistake == Some(Mistake::DoubtBelieved)
                    && let Event::Moved(movement) = &mut event
                {
                    movement.counts_in_doubt = false;
                }
                terminal.hears(event);
            }
        }
    }

    /// The driver's contract: nothing came, and by now the mechanics rest.
    pub(super) fn times_out(&mut self, mistake: Option<Mistake>) {
        let mut terminal = self.running(mistake);
        terminal.process.waits = Waiting::Nothing;
        let armed = terminal.process.durable.armed();
        if mistake == Some(Mistake::DispenseAgainAfterSilence) && armed {
            return terminal.dispenses_unasked();
        }
        terminal.hears(Event::Unanswered(silence()));
    }

    pub(super) fn last_status(&mut self, answered: bool, mistake: Option<Mistake>) {
        let record = self.device.record;
        let started = self.process.as_ref().is_some_and(|process| !process.visitor);
        let mut terminal = self.running(mistake);
        terminal.process.waits = Waiting::Nothing;
        let event = if answered { record.last_status() } else { Event::Failed(silence()) };
        terminal.hears(event);
        let given = |process: &Process| {
            process
                .queue
                .first()
                .and_then(|row| row.after.open.as_ref())
                .is_some_and(|open| open.stage == Stage::Settled(BundleResult::Dispensed))
        };
        let told = started && given(terminal.process);
        self.recovered |= told;
    }

    pub(super) fn process_dies(&mut self) {
        self.process = None;
        self.answers.clear();
    }

    pub(super) fn starts(&mut self, mistake: Option<Mistake>) {
        self.process = Some(Process {
            durable: self.disk.clone(),
            queue: Vec::new(),
            waits: Waiting::Nothing,
            visitor: false,
            accepted: false,
            question: None,
        });
        self.answers.clear();
        let mut terminal = self.running(mistake);
        let durable = terminal.process.durable.clone();
        let Some(open) = &durable.open else { return };
        match bundle::found_at_start(&open.stage, &terminal.known(open)) {
            Found::AtRest if mistake == Some(Mistake::RequestLeftOpen) && open.stage == Stage::Requested => {
                terminal.process.durable.open = None;
            }
            Found::AtRest => terminal.process.ends_request("restart"),
            Found::Settled(verdict) => terminal.settles(verdict),
            Found::AskLastStatus { .. } if mistake == Some(Mistake::DispenseAtStart) => {
                terminal.dispenses_unasked();
            }
            Found::AskLastStatus { not_before } => terminal.asks(not_before),
            Found::AskPresentStatus { .. } => unreachable!("no shutter here"),
        }
    }
}

/// A process at work.
struct Terminal<'a> {
    process: &'a mut Process,
    frames: &'a mut Vec<Command>,
    boot: String,
    latch: Option<DispenserLatch>,
    last_status: bool,
    mode: LastStatusMode,
    mistake: Option<Mistake>,
    unarmed: &'a mut bool,
    dispensed: &'a mut u8,
}

impl Terminal<'_> {
    fn known<'a>(&'a self, open: &'a OpenPayout) -> Known<'a> {
        Known {
            requested: open.current(),
            last_status: self.last_status,
            mode: self.mode,
            idle_wait_ms: IDLE_WAIT_MS,
            boot: &self.boot,
            latch: self.latch,
            now: NOW,
            accepted: self.process.accepted,
            marker_in_question: self.process.question.as_ref(),
        }
    }

    fn hears(&mut self, event: Event) {
        let Some(open) = &self.process.durable.open else { return };
        match bundle::next(&open.stage, event, &self.known(open)) {
            Next::Nothing => {}
            Next::Arm(marker) => self.arms(&marker),
            Next::Accepted => self.process.accepted = true,
            Next::AskLastStatus { not_before, marker_in_question } => {
                self.process.question = marker_in_question;
                self.asks(not_before);
            }
            // Without a shutter what was counted is given.
            Next::Counted(verdict) | Next::Settle(verdict) => self.settles(verdict),
            Next::Shutter(_) => unreachable!("no shutter here"),
        }
    }

    fn asks(&mut self, not_before: Mono) {
        let rests = not_before >= NOW.plus_ms(IDLE_WAIT_MS) && self.mistake != Some(Mistake::AskedTooEarly);
        self.process.waits = Waiting::LastStatus { rests };
    }

    fn intends(&mut self) {
        let Some(open) = &mut self.process.durable.open else { return };
        open.stage = Stage::Intended;
        self.process.question = None;
        if self.mistake == Some(Mistake::NoMarker) {
            self.process.record(None);
            let nothing = Movement { units: Vec::new(), error: None, counts_in_doubt: false };
            return self.arms(&nothing);
        }
        self.process.record(Some(Command::Mark));
    }

    fn arms(&mut self, marker: &Movement) {
        if let Err(fault) = self.process.durable.books.book_moved(&marker.units) {
            return self.settles(Verdict::not_sent(Some(fault.to_string())));
        }
        let latch_losses = self.latch.filter(|latch| latch.powered).map(|latch| latch.losses);
        let boot = self.boot.clone();
        self.process.accepted = false;
        let Some(open) = &mut self.process.durable.open else { return };
        open.stage = Stage::Armed { boot, mono: NOW, latch_losses };
        let notes = per_cassette(open.current());
        if self.mistake == Some(Mistake::DispenseBeforeItsRow) {
            self.process.record(None);
            *self.unarmed = true;
            *self.dispensed += 1;
            self.process.waits = Waiting::Command;
            self.frames.push(Command::Dispense(notes));
        } else {
            self.process.record(Some(Command::Dispense(notes)));
        }
    }

    /// What no terminal may do.
    fn dispenses_unasked(&mut self) {
        let Some(open) = &self.process.durable.open else { return };
        self.frames.push(Command::Dispense(per_cassette(open.current())));
        *self.dispensed += 1;
        self.process.waits = Waiting::Command;
    }

    fn settles(&mut self, mut verdict: Verdict) {
        let durable = &mut self.process.durable;
        let Some(open) = &mut durable.open else { return };
        let requested: Vec<UnitRequest> = open.current().to_vec();
        let _contradictions = bundle::book(&mut durable.books, &requested, &mut verdict);
        let stops = verdict.result == BundleResult::Uncertain && !durable.stopped;
        if verdict.result != BundleResult::Uncertain {
            saga::add_distributed(open, &verdict.units);
        }
        open.stage = Stage::Settled(verdict.result);
        let more = open.bundle + 1 < open.plan.len();
        let late = self.mistake == Some(Mistake::StoppedTooLate);
        durable.stopped |= stops && !late;
        self.process.record(None);
        let visitor = self.process.visitor;
        let partial = verdict.result == BundleResult::Partial;
        let goes_on = more && visitor && partial && self.mistake == Some(Mistake::NextAfterPartial);
        match bundle::after(verdict.result, more, visitor, false) {
            After::End(_) if goes_on => self.next_bundle(),
            After::NextBundle => self.next_bundle(),
            After::End(reason) => self.process.ends_request(reason.unwrap_or_default()),
        }
        if stops && late {
            self.process.durable.stopped = true;
            self.process.record(None);
        }
    }

    fn next_bundle(&mut self) {
        if let Some(open) = &mut self.process.durable.open {
            open.bundle += 1;
        }
        self.intends();
    }
}

impl Process {
    fn record(&mut self, then: Option<Command>) {
        self.queue.push(Row { after: self.durable.clone(), then });
    }

    fn ends_request(&mut self, _reason: &'static str) {
        let Some(open) = self.durable.open.take() else { return };
        let result = saga::payout_result(&open);
        let part = u8::try_from(open.part).unwrap_or(u8::MAX);
        self.durable.ends.push(Ended { part, tenge: open.distributed_tiyn().tenge(), result });
        self.record(None);
    }
}

fn silence() -> Error {
    Error::new(ErrorKind::Offline, "silence")
}
