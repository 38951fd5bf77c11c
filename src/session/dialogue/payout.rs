//! Driving the saga: rows before commands, verdicts before the next bundle, one `PayoutEnded` per request.

use senim_domain::OperationId;
use senim_domain::cash::BundleResult;
use senim_domain::mix::bundles;
use senim_domain::time::Mono;
use senim_hal::cash_dispenser::{Event as Dispenser, Movement};
use senim_operation::body::{
    CashServiceChanged, PayoutArmed, PayoutEnded, PayoutIntended, PayoutOutcome, PayoutResult,
    ReceiptPrinted, SessionEnd, SlipPrinted, TestResult, TestedDevice,
};
use senim_operation::message::{Authorisation, Message, MessageBody};

use super::remainder::without;
use super::transfer::owed_of;
use super::{Session, Step};
use crate::bundle::{self, After, Found, Known, Next, UNCERTAIN};
use crate::durable::{OpenPayout, Stage};
use crate::effect::{CashCommand, Effect, Paper};
use crate::facts::DeviceState;
use crate::remainder::Owed;
use crate::saga::{self, Verdict};
use crate::state::{DurableRow, Ended, Ending, PayPhase, State};

impl Session {
    pub(super) fn request_payout(&mut self, step: &mut Step<'_>) {
        if !matches!(self.state, State::ReadyToPay { .. }) {
            return;
        }
        if self.no_cash_loan(&step.now).is_some() || self.durable.open.is_some() {
            self.end(step, Ending::NothingPaid);
            return;
        }
        let State::ReadyToPay { terms, face_check } = self.take() else { return };
        let Some(owed) = owed_of(&terms, face_check) else { return };
        self.request_part(step, owed);
    }

    pub(super) fn on_recorded(&mut self, op_id: OperationId, durable: DurableRow) {
        if let State::Authorising { asked, row, .. } = &mut self.state
            && *asked == op_id
        {
            *row = Some(durable);
        }
    }

    pub(super) fn authorisation_answer(&mut self, step: &mut Step<'_>, message: &Message) {
        match &message.body {
            MessageBody::PayoutAuthorised(authorisation) => {
                match self.authorisation_fault(step, authorisation) {
                    None => self.plan_payout(step, authorisation),
                    Some(code) => self.end_payout(step, Some(code)),
                }
            }
            MessageBody::PayoutRefused { reason, .. } => self.end_payout(step, Some(reason)),
            _ => self.end_payout(step, Some("unexpectedAnswer")),
        }
    }

    /// Design section 5, "Payout authorisation": bound to row, boot, epoch and life; usable from RAM only.
    fn authorisation_fault(&self, step: &Step<'_>, given: &Authorisation) -> Option<&'static str> {
        let State::Authorising { row, asked_at, .. } = &self.state else { return Some("notAsked") };
        let Some(open) = &self.durable.open else { return Some("notAsked") };
        let same_request = given.request == open.request
            && given.loan == open.loan
            && given.part == open.part
            && given.amount_tiyn == open.amount_tiyn;
        let same_row =
            row.as_ref().is_some_and(|row| row.sha256 == given.row_sha256 && row.epoch == given.epoch);
        if !same_request || !same_row {
            Some("authorisationForAnother")
        } else if given.boot != self.setup.boot {
            Some("authorisationForAnotherBoot")
        } else if step.now.mono > given.deadline(*asked_at) {
            Some("authorisationTooLate")
        } else {
            None
        }
    }

    fn plan_payout(&mut self, step: &mut Step<'_>, given: &Authorisation) {
        let stock = self.payable_stock(step.now.utc);
        let limits = self.setup.dispenser;
        let avoided = match &self.state {
            State::Authorising { owed, .. } => owed.avoided.as_slice(),
            _ => &[],
        };
        let plan = without(given.amount_tiyn, &stock, avoided)
            .map(|notes| bundles(&notes, limits.max_notes_per_dispense, limits.max_notes_per_unit));
        let Some(open) = &mut self.durable.open else { return };
        open.authorisation = Some(given.authorisation);
        match plan {
            Ok(plan) if !plan.is_empty() => {
                open.plan = plan;
                self.intend(step);
            }
            Ok(_) | Err(_) => self.end_payout(step, Some("notComposable")),
        }
    }

    /// Says what the next bundle will be, then lets the marker run.
    fn intend(&mut self, step: &mut Step<'_>) {
        let books_before = self.durable.books.clone();
        let Some(open) = &mut self.durable.open else { return };
        let Some(authorisation) = open.authorisation else { return };
        open.stage = Stage::Intended;
        self.marker_in_question = None;
        let body = PayoutIntended {
            request: open.request,
            loan: open.loan,
            authorisation,
            part: open.part,
            bundle: open.bundle_no(),
            of: open.bundles(),
            mix: open.current().to_vec(),
            books_before,
        };
        self.record_cash(step, body, Some(CashCommand::Mark));
        self.show(step, PayPhase::Preparing);
    }

    /// The marker is confirmed and moved nothing out: arm, then DISPENSE once.
    fn arm(&mut self, step: &mut Step<'_>, marker: &Movement) {
        if let Err(fault) = self.durable.books.book_moved(&marker.units) {
            self.contradicted(step, fault.to_string());
            self.settle(step, Verdict::not_sent(Some(fault.to_string())));
            return;
        }
        let latch_losses = self.facts.latch.filter(|latch| latch.powered).map(|latch| latch.losses);
        let boot = self.setup.boot.clone();
        let mono = step.now.mono;
        self.accepted = false;
        let Some(open) = &mut self.durable.open else { return };
        open.stage = Stage::Armed { boot, mono, latch_losses };
        let notes = open.current().to_vec();
        let body = PayoutArmed {
            request: open.request,
            bundle: open.bundle_no(),
            marker: marker.units.clone(),
            latch_losses,
        };
        self.record_cash(step, body, Some(CashCommand::Dispense(notes)));
        // Behind a shutter nobody can take notes while they are being counted.
        let stacks = self.setup.dispenser.present;
        self.show(step, if stacks { PayPhase::Preparing } else { PayPhase::Dispensing });
    }

    /// What the dispenser says while a payout is open.
    pub(super) fn on_payout_device(&mut self, step: &mut Step<'_>, event: Dispenser) {
        let Some(open) = &self.durable.open else { return };
        let next = bundle::next(&open.stage, event, &self.known(open, step.now.mono));
        match next {
            Next::Nothing => {}
            Next::Arm(marker) => self.arm(step, &marker),
            Next::Accepted => self.accepted = true,
            Next::AskLastStatus { not_before, marker_in_question } => {
                self.marker_in_question = marker_in_question;
                step.effects.push(Effect::AskLastStatus { not_before });
                self.show(step, PayPhase::Checking);
            }
            Next::Counted(verdict) => self.moved(step, verdict),
            Next::Settle(verdict) => self.settle(step, verdict),
            Next::Shutter(event) => self.on_shutter(step, event),
        }
    }

    fn known<'a>(&'a self, open: &'a OpenPayout, now: Mono) -> Known<'a> {
        Known {
            requested: open.current(),
            last_status: self.setup.dispenser.last_status,
            mode: self.setup.last_status,
            idle_wait_ms: self.setup.idle_wait_ms,
            boot: &self.setup.boot,
            latch: self.facts.latch,
            now,
            accepted: self.accepted,
            marker_in_question: self.marker_in_question.as_ref(),
        }
    }

    /// Books and writes the verdict on the bundle; goes on or ends.
    pub(super) fn settle(&mut self, step: &mut Step<'_>, mut verdict: Verdict) {
        if let Some(detail) = verdict.contradiction.take() {
            self.contradicted(step, detail);
        }
        let Some(open) = &self.durable.open else { return };
        let requested = open.current().to_vec();
        let before = self.durable.books.clone();
        for fault in bundle::book(&mut self.durable.books, &requested, &mut verdict) {
            self.contradicted(step, fault.to_string());
        }
        // Stopped in the very transaction of the outcome: a crash behind this row must not find cash service allowed.
        let stops = verdict.result == BundleResult::Uncertain && self.durable.stopped.is_none();
        if stops {
            self.durable.stopped = Some(UNCERTAIN.to_owned());
        }
        if verdict.result == BundleResult::Uncertain {
            self.remember_doubt(&before);
        }
        let Some(open) = &mut self.durable.open else { return };
        let left_by_borrower = matches!(open.stage, Stage::Presented { retracting: true, .. });
        if verdict.result != BundleResult::Uncertain {
            saga::add_distributed(open, &verdict.units);
        }
        open.stage = Stage::Settled(verdict.result);
        if let State::Paying { owed, .. } = &mut self.state
            && !left_by_borrower
        {
            owed.avoided = saga::units_short(&requested, &verdict.units);
        }
        let body = PayoutOutcome {
            request: open.request,
            bundle: open.bundle_no(),
            result: verdict.result,
            units: verdict.units,
            device_error: verdict.device_error.clone(),
            source: verdict.source,
        };
        let more = open.bundle.saturating_add(1) < open.plan.len();
        self.record_cash(step, body, None);
        if stops {
            self.record_cash(
                step,
                CashServiceChanged { available: false, cause: UNCERTAIN.to_owned() },
                None,
            );
        }
        match bundle::after(verdict.result, more, self.visit.is_some(), left_by_borrower) {
            After::NextBundle => {
                if let Some(open) = &mut self.durable.open {
                    open.bundle = open.bundle.saturating_add(1);
                }
                self.intend(step);
            }
            After::End(reason) => self.end_payout(step, reason),
        }
    }

    /// Writes the one `PayoutEnded` of the request: what was open, and the verdict.
    pub(super) fn write_payout_end(
        &mut self,
        step: &mut Step<'_>,
        reason: Option<&str>,
    ) -> Option<(OpenPayout, PayoutResult)> {
        let open = self.durable.open.take()?;
        let result = saga::payout_result(&open);
        let body = PayoutEnded {
            request: open.request,
            loan: open.loan,
            part: open.part,
            authorisation: open.authorisation,
            distributed: open.distributed.clone(),
            distributed_tiyn: open.distributed_tiyn(),
            result,
            reason: reason.filter(|_| result != PayoutResult::Paid).map(str::to_owned),
            place: Some(self.facts.place()),
        };
        self.record_in(step, Some(open.session), body, Some(Box::new(self.durable.clone())), None);
        self.devices_due = step.now.mono;
        if matches!(self.facts.dispenser, DeviceState::Failed(_)) {
            // It fell silent while money moved and was left alone; now it may say whether it is there again.
            self.ask_dispenser(step);
        }
        Some((open, result))
    }

    /// Ends the request and shows what was given.
    pub(super) fn end_payout(&mut self, step: &mut Step<'_>, reason: Option<&str>) {
        let Some((open, result)) = self.write_payout_end(step, reason) else { return };
        let distributed_tiyn = open.distributed_tiyn();
        if self.session_id() != Some(open.session) {
            return;
        }
        let owed = match self.take() {
            State::Authorising { owed, .. } | State::Paying { owed, .. } => Some(*owed),
            other => {
                self.state = other;
                None
            }
        };
        if result == PayoutResult::Nothing {
            return match owed {
                Some(owed) if owed.is_begun() => {
                    let leave = open.authorisation.is_some();
                    self.remainder_not_given(step, owed, leave, reason.unwrap_or_default());
                }
                Some(_) | None => self.end(step, Ending::NothingPaid),
            };
        }
        let first_payment = owed.as_ref().and_then(|owed| owed.first_payment);
        let remainder = owed.filter(|_| result == PayoutResult::Short).map(|owed| Owed {
            received: owed.received.plus(distributed_tiyn).unwrap_or(owed.principal),
            part: owed.part.saturating_add(1),
            ..owed
        });
        step.effects.push(Effect::Print(Paper::Payout(open.request)));
        let mut distributed = open.distributed;
        distributed.sort_by_key(|count| std::cmp::Reverse(count.denomination));
        let ended = Ended {
            request: open.request,
            loan: open.loan,
            amount: open.amount_tiyn,
            distributed,
            distributed_tiyn,
            result,
            at: step.now.utc,
            first_payment,
            printed: None,
            remainder,
            language: self.language,
        };
        self.enter(step, State::Receipt(Box::new(ended)));
    }

    /// First thing after a start: an open payout is settled before anything else goes to the dispenser.
    pub(super) fn recover(&mut self, step: &mut Step<'_>) {
        let Some(open) = &self.durable.open else {
            self.devices_due = step.now.mono;
            return;
        };
        let found = bundle::found_at_start(&open.stage, &self.known(open, step.now.mono));
        match found {
            Found::AtRest => self.end_payout(step, Some("restart")),
            Found::Settled(verdict) => self.settle(step, verdict),
            Found::AskLastStatus { not_before } => step.effects.push(Effect::AskLastStatus { not_before }),
            Found::AskPresentStatus { not_before } => {
                step.effects.push(Effect::AskPresentStatus { not_before });
            }
        }
    }

    /// The row that would have moved cash was not written, and its command not sent.
    pub(super) fn on_record_refused(&mut self, step: &mut Step<'_>, op_id: OperationId) {
        if let Some(open) = &self.durable.open
            && self.cash_row.take_if(|row| *row == op_id).is_some()
        {
            let verdict = bundle::row_refused(&open.stage);
            self.settle(step, verdict);
        } else if self.durable.testing.is_some() && self.cash_row.take_if(|row| *row == op_id).is_some() {
            self.test_refused(step);
        } else if self.durable.cash_in.is_some() && self.cash_row.take_if(|row| *row == op_id).is_some() {
            self.cash_in_refused(step);
        } else if self.tries(TestedDevice::Acceptor) && self.cash_row.take_if(|row| *row == op_id).is_some() {
            self.device_tested(step, TestResult::NotDone);
        }
    }

    pub(super) fn on_receipt(&mut self, step: &mut Step<'_>, paper: Paper, printed: bool, sha256: String) {
        let request = match paper {
            Paper::Payout(request) => request,
            Paper::Repayment(repayment) => return self.repayment_printed(step, repayment, printed, sha256),
            Paper::Slip(of) => return self.slip_printed(step, of, printed, sha256),
            Paper::Leaflet(leaflet) => return self.leaflet_printed(leaflet, printed),
            Paper::Claim(of) => {
                self.record(step, SlipPrinted { of, printed, sha256 });
                return self.claim_printed(of, printed);
            }
            Paper::Transfer(of) => return self.transfer_printed(step, of, printed, sha256),
            Paper::Act(of) => return self.act_printed(step, of, printed, sha256),
            Paper::Test => return self.device_tested_as(step, TestedDevice::Printer, printed),
        };
        self.record(step, ReceiptPrinted { request, printed, sha256 });
        if let State::Receipt(ended) = &mut self.state
            && ended.request == request
        {
            ended.printed = Some(printed);
        }
    }

    pub(super) fn show(&mut self, step: &Step<'_>, phase: PayPhase) {
        match self.take() {
            State::Authorising { owed, .. } | State::Paying { owed, .. } => {
                self.enter(step, State::Paying { phase, owed });
            }
            other => self.state = other,
        }
    }

    /// Ends a visit whose request for leave was never answered.
    pub(super) fn give_up_authorisation(&mut self, step: &mut Step<'_>) {
        self.end_payout(step, Some("noAnswer"));
        if self.visit.is_some() && !matches!(self.state, State::Remainder(_)) {
            self.close_visit(step, SessionEnd::Failed);
        }
    }
}
