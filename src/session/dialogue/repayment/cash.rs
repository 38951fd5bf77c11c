//! Opening and ending the taking of notes: the acceptor is open only between `RepaymentBegun` and `RepaymentEnded`, and
//! whatever ends it, exactly one `RepaymentEnded` tells what was taken.

use senim_domain::cash::Denomination;
use senim_domain::time::Mono;
use senim_domain::{OperationId, RepaymentId};
use senim_hal::cash_acceptor::Refusal;
use senim_operation::Draft;
use senim_operation::attachment::RepaymentNumber;
use senim_operation::body::{
    NoteDecision, NoteInDoubt, RepaymentBasis, RepaymentBegun, RepaymentEnded, RepaymentResult,
};

use super::{Deal, NothingTaken, Paid, Repay};
use crate::action::Decision;
use crate::cash_in::{self, Bounds, LostNote, OpenRepayment};
use crate::dialogue::{Session, Step};
use crate::effect::{CashCommand, Effect, Record};
use crate::state::{Ending, State};

/// How long the acceptor may take to open, to close, and to tell where a note went after it fell silent, ms.
const OPEN_MS: u64 = 15_000;
pub(super) const CLOSE_MS: u64 = 15_000;
pub(super) const CHECK_MS: u64 = 25_000;
/// Longer than any driver waits for the end of a note's way, ms: past it the driver itself is gone.
pub(super) const MOVE_MS: u64 = 330_000;
/// How long a payer is asked about a note that waits in escrow, ms; a device that holds it for less gives it back itself.
pub(super) const ASK_MS: u64 = 30_000;
/// How long a start waits for the acceptor's word about a note that was on its way, ms.
const RECOVER_MS: u64 = 20_000;

/// Notes that may come, as far as this process knows. What has to survive it is in the open repayment.
#[derive(Clone, Debug)]
pub struct Taking {
    /// What happens.
    pub phase: Phase,
    /// What bounds it.
    pub bounds: Bounds,
    /// Values that the acceptor was told to take.
    pub(super) enabled: Vec<Denomination>,
    /// Why the last note was refused at the mouth.
    pub refused: Option<Refusal>,
    /// A note was given back because it passes the limit.
    pub over_limit: bool,
    /// What ended it, where it was not the payer.
    pub(super) reason: Option<&'static str>,
    /// The device has a command of ours and has not ended it: it takes no second one.
    pub(super) busy: bool,
    /// It was told to close, or its line is gone.
    pub(super) closed: bool,
    /// A note that came while the device was busy.
    pub(super) waiting: Option<Denomination>,
    /// The device's last complaint.
    pub(super) complaint: Option<String>,
}

impl Taking {
    /// No more notes are wanted.
    pub(in crate::dialogue) const fn closes(&self) -> bool {
        matches!(self.phase, Phase::Closing { .. } | Phase::Checking { .. })
    }
}

/// What happens to notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The acceptor opens.
    Opening {
        /// At most until.
        until: Mono,
    },
    /// A note may come.
    Ready,
    /// The note in escrow passes what was to be paid: the payer is asked.
    Asking {
        /// Its number.
        note: u32,
        /// Face value.
        denomination: Denomination,
        /// Then it is given back.
        until: Mono,
    },
    /// A note is on its way from escrow.
    Moving {
        /// At most until.
        until: Mono,
    },
    /// No more notes; the acceptor closes.
    Closing {
        /// At most until.
        until: Mono,
    },
    /// Nobody knows yet where the last note went.
    Checking {
        /// At most until.
        until: Mono,
    },
}

impl Session {
    /// The row first, then the acceptor opens.
    pub(super) fn begin_cash_in(&mut self, step: &mut Step<'_>, deal: Deal) {
        let impossible = self.no_repayment(&step.now).is_some() || self.durable.cash_in.is_some();
        let (Some(session), false) = (self.session_id(), impossible || deal.notes.is_empty()) else {
            return self.repay_at(step, Repay::Nothing(NothingTaken::Device));
        };
        let attachment = match deal.basis {
            RepaymentBasis::Login => None,
            RepaymentBasis::Number | RepaymentBasis::OfflineNumber => {
                match (RepaymentNumber { number: deal.number.clone() }).to_plaintext() {
                    Ok(sealed) => Some(sealed),
                    Err(_) => return self.repay_at(step, Repay::Nothing(NothingTaken::Device)),
                }
            }
        };
        let open = OpenRepayment {
            repayment: RepaymentId(step.ids.next(&step.now)),
            session,
            loan: deal.loan,
            limit_tiyn: deal.limit,
            early: deal.early,
            notes: 0,
            escrow: None,
            accepted: Vec::new(),
            in_doubt: Vec::new(),
        };
        let body = RepaymentBegun {
            repayment: open.repayment,
            loan: open.loan,
            basis: deal.basis,
            limit_tiyn: open.limit_tiyn,
            early: open.early,
            place: Some(self.facts.place()),
        };
        self.durable.cash_in = Some(open);
        let bounds = Bounds { notes: deal.notes.clone(), limit: deal.limit, target: deal.target };
        let enabled = cash_in::fitting(senim_domain::Tiyn::ZERO, &bounds);
        self.taking = Some(Taking {
            phase: Phase::Opening { until: step.now.mono.plus_ms(OPEN_MS) },
            bounds,
            enabled: enabled.clone(),
            refused: None,
            over_limit: false,
            reason: None,
            busy: true,
            closed: false,
            waiting: None,
            complaint: None,
        });
        let op_id = OperationId(step.ids.next(&step.now));
        self.cash_row = Some(op_id);
        let durable = Some(Box::new(self.durable.clone()));
        let draft = Draft { body: body.into(), session: Some(session), attachment };
        let then = Some(CashCommand::AcceptNotes(enabled));
        step.effects.push(Effect::Record(Record { op_id, draft, durable, directive: None, then }));
        self.repay_at(step, Repay::Cash(deal));
    }

    pub(super) fn decide_cash(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let Some(taking) = &self.taking else { return };
        match (taking.phase, decision) {
            (Phase::Asking { note, denomination, .. }, Decision::Confirm) => {
                self.move_note(step, note, denomination, NoteDecision::Stack);
            }
            (Phase::Asking { note, denomination, .. }, Decision::Decline) => {
                self.move_note(step, note, denomination, NoteDecision::Return);
            }
            (Phase::Ready, Decision::Confirm) => self.close_taking(step, None),
            _ => {}
        }
    }

    /// Whatever ends a visit ends its repayment first; the screen that follows tells what was taken.
    pub(in crate::dialogue) fn ends_repayment_first(&mut self, step: &mut Step<'_>, why: Ending) -> bool {
        if self.give_up_booking(step) {
            return true;
        }
        if self.durable.cash_in.is_none() {
            return false;
        }
        let reason = match why {
            Ending::Cancelled => "cancelled",
            Ending::TimedOut => "timedOut",
            Ending::OnBattery => "battery",
            _ => "journal",
        };
        self.close_taking(step, Some(reason));
        true
    }

    /// No more notes. A note that is being asked about goes back.
    pub(super) fn close_taking(&mut self, step: &mut Step<'_>, reason: Option<&'static str>) {
        let Some(taking) = &mut self.taking else { return };
        let before = taking.phase;
        match before {
            Phase::Closing { .. } | Phase::Checking { .. } => return,
            Phase::Opening { .. } | Phase::Ready | Phase::Moving { .. } | Phase::Asking { .. } => {}
        }
        taking.reason = taking.reason.or(reason);
        taking.phase = Phase::Closing { until: step.now.mono.plus_ms(CLOSE_MS) };
        if let Phase::Asking { note, denomination, .. } = before {
            self.move_note(step, note, denomination, NoteDecision::Return);
        }
        self.bump(step);
        self.go_on_closing(step);
    }

    /// Closes the acceptor once it can hear that, and ends the repayment once it is closed and its last note has an end.
    pub(super) fn go_on_closing(&mut self, step: &mut Step<'_>) {
        let Some(taking) = &mut self.taking else { return };
        let on_way = self.durable.cash_in.as_ref().is_some_and(|open| open.escrow.is_some());
        match taking.phase {
            Phase::Closing { .. } if !taking.busy && !on_way && !taking.closed => {
                (taking.busy, taking.closed) = (true, true);
                step.effects.push(Effect::CloseAcceptor);
            }
            Phase::Closing { .. } if !taking.busy && !on_way && taking.waiting.is_none() => {
                self.end_repayment(step);
            }
            _ => {}
        }
    }

    /// The row that would have moved a note was not written: nothing moved. A note in escrow comes back when the device has
    /// held it long enough.
    pub(in crate::dialogue) fn cash_in_refused(&mut self, step: &mut Step<'_>) {
        if let Some(taking) = &mut self.taking {
            taking.busy = false;
            taking.complaint = Some("the journal could not be written".to_owned());
        }
        // A reset that was to follow its row was not sent either.
        self.acceptor_reset = false;
        let in_escrow = self.durable.cash_in.as_ref().is_some_and(|open| open.escrow.is_some());
        self.close_taking(step, Some("journal"));
        if in_escrow {
            let hold = self.setup.acceptor.map_or(0, |acceptor| acceptor.escrow_ms_max);
            let until = step.now.mono.plus_ms(hold).plus_ms(CHECK_MS);
            if let Some(taking) = &mut self.taking {
                taking.phase = Phase::Checking { until };
                taking.closed = true;
            }
            step.effects.push(Effect::CloseAcceptor);
        }
    }

    /// Writes the one `RepaymentEnded` and shows what was taken.
    pub(super) fn end_repayment(&mut self, step: &mut Step<'_>) {
        let taking = self.taking.take();
        self.cash_in_due = None;
        if taking.as_ref().is_some_and(|taking| !taking.closed) {
            step.effects.push(Effect::CloseAcceptor);
        }
        self.lose_escrow(step, taking.as_ref().and_then(|taking| taking.complaint.clone()));
        let Some(open) = self.durable.cash_in.take() else { return };
        let reason = taking.as_ref().map_or(Some("restart"), |taking| taking.reason);
        let (amount, result) = (open.amount(), open.result());
        let body = RepaymentEnded {
            repayment: open.repayment,
            loan: open.loan,
            accepted: open.accepted.clone(),
            amount_tiyn: amount,
            in_doubt: open.in_doubt.clone(),
            early: open.early,
            result,
            reason: reason.map(str::to_owned),
            place: Some(self.facts.place()),
        };
        let durable = Some(Box::new(self.durable.clone()));
        let asked = self.record_in(step, Some(open.session), body, durable, None);
        self.devices_due = step.now.mono;
        if self.session_id() != Some(open.session) {
            return;
        }
        let deal = match self.take() {
            State::Repay(repay) => match *repay {
                Repay::Cash(deal) => deal,
                other => return self.put_back(other),
            },
            other => {
                self.state = other;
                return;
            }
        };
        if result == RepaymentResult::Nothing {
            let why = match reason {
                None | Some("cancelled") => NothingTaken::Cancelled,
                Some("timedOut") => NothingTaken::TimedOut,
                Some(_) => NothingTaken::Device,
            };
            return self.repay_at(step, Repay::Nothing(why));
        }
        let mut accepted = open.accepted;
        accepted.sort_by_key(|count| std::cmp::Reverse(count.denomination));
        let paid = Paid {
            repayment: open.repayment,
            basis: deal.basis,
            number: deal.number,
            accepted,
            amount,
            in_doubt: open.in_doubt,
            due: deal.due,
            delay_costs: self.facts.pack(step.now.utc).is_some_and(|pack| pack.penalty.charges()),
            booking: None,
            at: step.now.utc,
            printed: None,
            language: self.language,
        };
        if self.facts.online && amount > senim_domain::Tiyn::ZERO {
            self.repay_at(step, Repay::Booking { asked, paid });
        } else {
            self.show_paid(step, paid);
        }
    }

    /// A note that is still on its way when the repayment ends is in doubt: not credited, not forgotten.
    fn lose_escrow(&mut self, step: &mut Step<'_>, device_error: Option<String>) {
        let Some(open) = &mut self.durable.cash_in else { return };
        let Some(escrow) = open.escrow.take() else { return };
        cash_in::add_note(&mut open.in_doubt, escrow.denomination);
        let lost = LostNote {
            repayment: open.repayment,
            loan: open.loan,
            note: escrow.note,
            denomination: escrow.denomination,
        };
        let body = NoteInDoubt {
            repayment: open.repayment,
            note: escrow.note,
            denomination: escrow.denomination,
            decision: escrow.decision,
            device_error,
        };
        self.durable.acceptor.doubt(escrow.denomination);
        self.durable.lost_note = Some(lost);
        self.record_cash(step, body, None);
    }

    /// Another screen of the same state: what was decided on the last one decides nothing here.
    pub(super) fn bump(&mut self, step: &Step<'_>) {
        let state = self.take();
        self.enter(step, state);
    }

    /// First thing after a start: a repayment that was open has ended; only its last note may still need the device's word.
    pub(in crate::dialogue) fn recover_cash_in(&mut self, step: &mut Step<'_>) {
        match self.durable.cash_in.as_ref().map(|open| open.escrow.is_some()) {
            None => {}
            Some(false) => self.end_repayment(step),
            Some(true) => {
                self.cash_in_due = Some(step.now.mono.plus_ms(RECOVER_MS));
                step.effects.push(Effect::AskPeripherals);
            }
        }
    }

    /// When [`Self::cash_in_time`] has something to do.
    pub(in crate::dialogue) fn cash_in_due(&self) -> Option<Mono> {
        match self.taking.as_ref().map(|taking| taking.phase) {
            Some(
                Phase::Opening { until }
                | Phase::Asking { until, .. }
                | Phase::Moving { until }
                | Phase::Closing { until }
                | Phase::Checking { until },
            ) => Some(until),
            Some(Phase::Ready) | None => self.cash_in_due,
        }
    }

    pub(in crate::dialogue) fn cash_in_time(&mut self, step: &mut Step<'_>) {
        if self.cash_in_due().is_none_or(|due| step.now.mono < due) {
            return;
        }
        match self.taking.as_ref().map(|taking| taking.phase) {
            Some(Phase::Asking { note, denomination, .. }) => {
                self.move_note(step, note, denomination, NoteDecision::Return);
            }
            Some(Phase::Opening { .. }) => {
                if let Some(taking) = &mut self.taking {
                    taking.busy = false;
                }
                self.close_taking(step, Some("device"));
            }
            Some(Phase::Closing { .. } | Phase::Checking { .. } | Phase::Moving { .. }) => {
                self.end_repayment(step);
            }
            Some(Phase::Ready) => {}
            None => self.end_repayment(step),
        }
    }
}
