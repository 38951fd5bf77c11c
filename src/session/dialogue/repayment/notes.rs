//! One note after another: escrow, its row, STACK or RETURN once, and the one end that uses its row up.

use senim_domain::cash::Denomination;
use senim_hal::ErrorKind;
use senim_hal::cash_acceptor::{Event, Position, Stacker};
use senim_operation::body::{
    NoteDecision, NoteEscrowed, NoteFound, NoteFoundLate, NotePosition, NoteReturned, NoteSource,
    NoteStacked, TestedDevice,
};

use super::cash::{ASK_MS, CHECK_MS, CLOSE_MS, MOVE_MS, Phase};
use crate::cash_in::{self, Escrow};
use crate::dialogue::{Session, Step};
use crate::effect::{CashCommand, Effect};

/// How long a stuck note is waited for, ms: it comes only when a person opens the device.
const STUCK_MS: u64 = 3_000;

/// Why nobody knows where the note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Darkness {
    /// The device says nothing of its command.
    Silent,
    /// It is stuck.
    Stuck,
    /// The device cannot be heard.
    LineLost,
}

impl Session {
    /// What the acceptor says about notes; whether that is all there is to it, or its health is concerned too.
    pub(in crate::dialogue) fn on_cash_in(&mut self, step: &mut Step<'_>, event: &Event) -> bool {
        match event {
            Event::Escrowed(note) => self.escrowed(step, *note),
            Event::Stacked(note) => return self.note_stacked(step, *note, NoteSource::Answer),
            Event::Returned(note) => self.note_returned(step, *note),
            Event::FoundAtPowerUp(position) => return self.found(step, *position),
            Event::Enabled => self.opened(step),
            Event::Disabled => self.was_closed(step),
            Event::Refused { reason, .. } => {
                if let Some(taking) = &mut self.taking {
                    taking.refused = Some(*reason);
                    self.still_there(step);
                }
            }
            Event::Accepting => {
                if let Some(taking) = &mut self.taking {
                    (taking.refused, taking.over_limit) = (None, false);
                    self.still_there(step);
                }
            }
            Event::Unanswered(error) => {
                self.note_is_dark(step, error.to_string(), Darkness::Silent);
                return false;
            }
            Event::Jammed { error, .. } => {
                self.note_is_dark(step, error.to_string(), Darkness::Stuck);
                return false;
            }
            Event::Failed(error) => {
                self.command_failed(step, error.to_string());
                return false;
            }
            // Another note follows or holds up the first: that passes.
            Event::Fault(error) if error.kind == ErrorKind::UserError && self.taking.is_some() => {}
            Event::Fault(error) => {
                self.trouble(step, error.to_string());
                return false;
            }
            Event::Stacker(Stacker::Full | Stacker::Missing) => {
                self.trouble(step, "the stacker takes no note".to_owned());
                return false;
            }
            Event::Line { open: false } => {
                self.line_lost(step);
                return false;
            }
            Event::Status { error, .. } => {
                // It was asked and has told whatever it knows of a note.
                let starting = error.as_ref().is_some_and(|error| error.kind == ErrorKind::Starting);
                if self.cash_in_due.is_some() && !starting {
                    self.end_repayment(step);
                }
                return false;
            }
            Event::ResetDone => {
                // Whatever lay in the validator is with its owner now.
                let escrow = self.durable.cash_in.as_ref().and_then(|open| open.escrow);
                match (escrow, self.taking.as_ref().map(|taking| taking.phase)) {
                    (Some(escrow), Some(_)) => self.note_returned(step, escrow.denomination),
                    (None, Some(Phase::Checking { .. })) => self.end_repayment(step),
                    _ => {}
                }
                return false;
            }
            Event::Contradiction { .. } => {
                self.close_taking(step, Some("device"));
                return false;
            }
            Event::Stacker(Stacker::Ok) | Event::Line { open: true } => return false,
        }
        true
    }

    /// A note at the mouth is a sign of life.
    fn still_there(&mut self, step: &Step<'_>) {
        if let Some(visit) = &mut self.visit {
            visit.active_at = step.now.mono;
        }
    }

    fn opened(&mut self, step: &mut Step<'_>) {
        if self.tries(TestedDevice::Acceptor) {
            return;
        }
        let Some(taking) = &mut self.taking else {
            // Nobody wants notes any more.
            return step.effects.push(Effect::CloseAcceptor);
        };
        // A note that came meanwhile has a command of its own.
        taking.busy &= self.durable.cash_in.as_ref().is_some_and(|open| open.escrow.is_some());
        if matches!(taking.phase, Phase::Opening { .. }) {
            taking.phase = Phase::Ready;
            self.bump(step);
        }
        self.device_is_free(step);
    }

    fn was_closed(&mut self, step: &mut Step<'_>) {
        let Some(taking) = &mut self.taking else { return };
        taking.busy &= self.durable.cash_in.as_ref().is_some_and(|open| open.escrow.is_some());
        taking.closed = true;
        self.device_is_free(step);
    }

    /// A command has ended: what waited for that goes on.
    fn device_is_free(&mut self, step: &mut Step<'_>) {
        let waiting = self.taking.as_mut().and_then(|taking| taking.waiting.take());
        if let Some(note) = waiting {
            self.escrowed(step, note);
        }
        self.go_on_closing(step);
    }

    fn escrowed(&mut self, step: &mut Step<'_>, note: Denomination) {
        // Whatever was on its way before has left it: a word that comes from now on is about this note.
        self.durable.lost_note = None;
        let Some(taking) = &mut self.taking else { return self.stray(step, note) };
        let Some(open) = &mut self.durable.cash_in else { return self.stray(step, note) };
        if open.escrow.is_some() || matches!(taking.phase, Phase::Asking { .. }) {
            return self.contradicted(step, format!("acceptor: {} in escrow behind another note", note.0));
        }
        let accepts = matches!(taking.phase, Phase::Ready | Phase::Opening { .. });
        if taking.busy && !accepts {
            taking.waiting = Some(note);
            return;
        }
        // Whatever was under way, the device shows a note in escrow now and takes a command for it.
        taking.busy = false;
        open.notes = open.notes.saturating_add(1);
        let number = open.notes;
        let decision = if accepts {
            cash_in::judge_note(open.amount(), note, &taking.bounds)
        } else {
            NoteDecision::Return
        };
        self.still_there(step);
        match decision {
            NoteDecision::Undecided => {
                let hold = self.setup.acceptor.map_or(0, |acceptor| acceptor.escrow_ms_max / 2);
                let until = step.now.mono.plus_ms(hold.min(ASK_MS));
                if let Some(taking) = &mut self.taking {
                    taking.phase = Phase::Asking { note: number, denomination: note, until };
                }
                self.bump(step);
            }
            decision => self.move_note(step, number, note, decision),
        }
    }

    /// A note that came when none may: it goes back.
    fn stray(&mut self, step: &mut Step<'_>, denomination: Denomination) {
        let body = NoteEscrowed { repayment: None, note: 0, denomination, decision: NoteDecision::Return };
        self.record_cash(step, body, Some(CashCommand::ReturnNote));
    }

    /// The row, then the command, once.
    pub(super) fn move_note(
        &mut self,
        step: &mut Step<'_>,
        note: u32,
        denomination: Denomination,
        decision: NoteDecision,
    ) {
        let Some(open) = &mut self.durable.cash_in else { return };
        open.escrow = Some(Escrow { note, denomination, decision });
        let body = NoteEscrowed { repayment: Some(open.repayment), note, denomination, decision };
        let command =
            if decision == NoteDecision::Stack { CashCommand::StackNote } else { CashCommand::ReturnNote };
        if let Some(taking) = &mut self.taking {
            taking.busy = true;
            taking.over_limit = decision == NoteDecision::Return;
            if !matches!(taking.phase, Phase::Closing { .. } | Phase::Checking { .. }) {
                taking.phase = Phase::Moving { until: step.now.mono.plus_ms(MOVE_MS) };
            }
        }
        self.record_cash(step, body, Some(command));
        self.bump(step);
    }

    /// The note is in the stacker: credited if a row of it in escrow is still unused, and journalled in any case.
    fn note_stacked(&mut self, step: &mut Step<'_>, note: Denomination, source: NoteSource) -> bool {
        let Some(open) = &mut self.durable.cash_in else { return self.stacked_late(step, note) };
        let Some(escrow) = open.escrow.take_if(|escrow| escrow.denomination == note) else {
            return self.stacked_late(step, note);
        };
        cash_in::add_note(&mut open.accepted, note);
        let body = NoteStacked { repayment: open.repayment, note: escrow.note, denomination: note, source };
        let amount = open.amount();
        if let Err(fault) = self.durable.acceptor.stack(note) {
            self.contradicted(step, format!("acceptor: {fault}"));
        }
        let narrower = self.taking.as_mut().and_then(|taking| {
            taking.busy = false;
            let ready = matches!(taking.phase, Phase::Moving { .. });
            let fitting = cash_in::fitting(amount, &taking.bounds);
            (ready && fitting != taking.enabled).then_some(fitting)
        });
        match narrower {
            Some(fitting) if fitting.is_empty() => {
                self.record_cash(step, body, None);
                self.close_taking(step, Some("limit"));
            }
            Some(fitting) => {
                if let Some(taking) = &mut self.taking {
                    (taking.enabled, taking.busy) = (fitting.clone(), true);
                }
                self.record_cash(step, body, Some(CashCommand::AcceptNotes(fitting)));
                self.note_has_end(step);
            }
            None => {
                self.record_cash(step, body, None);
                self.note_has_end(step);
            }
        }
        true
    }

    fn note_returned(&mut self, step: &mut Step<'_>, note: Denomination) {
        let asked = match self.taking.as_ref().map(|taking| taking.phase) {
            Some(Phase::Asking { note: number, denomination, .. }) if denomination == note => Some(number),
            _ => None,
        };
        let Some(open) = &mut self.durable.cash_in else { return self.returned_late(step, note) };
        let escrow = open.escrow.take_if(|escrow| escrow.denomination == note).map(|escrow| escrow.note);
        let Some(number) = escrow.or(asked) else { return self.returned_late(step, note) };
        let body = NoteReturned { repayment: Some(open.repayment), note: number, denomination: note };
        self.record_cash(step, body, None);
        if let Some(taking) = &mut self.taking {
            taking.busy = false;
        }
        self.note_has_end(step);
    }

    /// The last note has an end: the next may come, or the repayment ends.
    fn note_has_end(&mut self, step: &mut Step<'_>) {
        let Some(taking) = &mut self.taking else {
            if self.cash_in_due.is_some() {
                self.end_repayment(step);
            }
            return;
        };
        match taking.phase {
            Phase::Moving { .. } | Phase::Asking { .. } => {
                taking.phase = Phase::Ready;
                self.still_there(step);
                self.bump(step);
            }
            Phase::Checking { .. } if taking.closed => self.end_repayment(step),
            Phase::Checking { .. } => {
                taking.phase = Phase::Closing { until: step.now.mono.plus_ms(CLOSE_MS) };
                self.go_on_closing(step);
            }
            Phase::Closing { .. } => self.go_on_closing(step),
            Phase::Opening { .. } | Phase::Ready => {}
        }
    }

    /// A note whose repayment has ended in doubt is told of after all; otherwise nothing explains it.
    fn stacked_late(&mut self, step: &mut Step<'_>, note: Denomination) -> bool {
        let Some(lost) = self.durable.lost_note.take_if(|lost| lost.denomination == note) else {
            return false;
        };
        self.durable.acceptor.clear_doubt(note);
        if let Err(fault) = self.durable.acceptor.stack(note) {
            self.contradicted(step, format!("acceptor: {fault}"));
        }
        let body = NoteFoundLate {
            repayment: lost.repayment,
            loan: lost.loan,
            note: lost.note,
            denomination: note,
            in_stacker: true,
        };
        self.record_durable(step, body);
        true
    }

    fn returned_late(&mut self, step: &mut Step<'_>, note: Denomination) {
        let Some(lost) = self.durable.lost_note.take_if(|lost| lost.denomination == note) else {
            self.record(step, NoteReturned { repayment: None, note: 0, denomination: note });
            if self.taking.is_none() {
                // Whoever let it in does so no longer.
                step.effects.push(Effect::CloseAcceptor);
            }
            return;
        };
        self.durable.acceptor.clear_doubt(note);
        let body = NoteFoundLate {
            repayment: lost.repayment,
            loan: lost.loan,
            note: lost.note,
            denomination: note,
            in_stacker: false,
        };
        self.record_durable(step, body);
    }

    /// The device had lost power with a note in it.
    fn found(&mut self, step: &mut Step<'_>, position: Position) -> bool {
        let escrow = self.durable.cash_in.as_ref().and_then(|open| open.escrow);
        match (position, escrow) {
            (Position::Stacker, Some(escrow)) => {
                self.note_stacked(step, escrow.denomination, NoteSource::PowerUp)
            }
            (Position::Stacker, None) => {
                let lost = self.durable.lost_note.map(|lost| lost.denomination);
                lost.is_some_and(|note| self.stacked_late(step, note))
            }
            (Position::Validator, _) if self.taking.is_some() => {
                self.asked_note_is_on_its_way();
                // The payer stands there: it comes back now.
                if let Some(taking) = &mut self.taking {
                    taking.busy = true;
                    taking.reason = taking.reason.or(Some("device"));
                    taking.phase = Phase::Checking { until: step.now.mono.plus_ms(CHECK_MS) };
                }
                self.acceptor_reset = true;
                let body = NoteFound { position: NotePosition::Validator };
                self.record_cash(step, body, Some(CashCommand::ResetAcceptor));
                self.bump(step);
                true
            }
            (Position::Validator, Some(escrow)) => {
                // It comes back with the reset that follows, and was never credited.
                self.record(step, NoteFound { position: NotePosition::Validator });
                self.note_returned(step, escrow.denomination);
                true
            }
            (Position::Validator, None) => false,
        }
    }

    /// A note that was being asked about is followed like one on its way, so that its owner gets a receipt for it.
    fn asked_note_is_on_its_way(&mut self) {
        if let Some(Phase::Asking { note, denomination, .. }) =
            self.taking.as_ref().map(|taking| taking.phase)
            && let Some(open) = &mut self.durable.cash_in
        {
            let decision = NoteDecision::Undecided;
            open.escrow = Some(Escrow { note, denomination, decision });
        }
    }

    /// The device does not tell, or cannot, where the note is.
    fn note_is_dark(&mut self, step: &mut Step<'_>, words: String, darkness: Darkness) {
        if self.taking.is_none() {
            return;
        }
        self.asked_note_is_on_its_way();
        let escrow = self.durable.cash_in.as_ref().and_then(|open| open.escrow);
        let Some(taking) = &mut self.taking else { return };
        let checking = matches!(taking.phase, Phase::Checking { .. });
        (taking.busy, taking.closed) = (false, darkness != Darkness::Silent);
        taking.complaint = Some(words);
        taking.reason = taking.reason.or(Some("device"));
        let Some(escrow) = escrow else { return self.trouble_ends(step) };
        let wait_ms = if darkness == Darkness::Stuck { STUCK_MS } else { CHECK_MS };
        if !checking || darkness == Darkness::Stuck {
            taking.phase = Phase::Checking { until: step.now.mono.plus_ms(wait_ms) };
        }
        if darkness == Darkness::Silent && !checking && escrow.decision == NoteDecision::Stack {
            // A device that did not take STACK still shows the note and takes RETURN; any other refuses it unwritten.
            self.move_note(step, escrow.note, escrow.denomination, NoteDecision::Return);
        } else {
            self.bump(step);
        }
    }

    /// A command was refused before a byte was written, or a query was not answered.
    fn command_failed(&mut self, step: &mut Step<'_>, words: String) {
        let escrow = self.durable.cash_in.as_ref().is_some_and(|open| open.escrow.is_some());
        let Some(taking) = &mut self.taking else { return };
        match taking.phase {
            // Its own STACK or RETURN did not go out: the note is in escrow, and comes back by itself.
            Phase::Moving { .. } | Phase::Closing { .. } if escrow => {
                self.note_is_dark(step, words, Darkness::Silent);
            }
            Phase::Opening { .. } | Phase::Closing { .. } | Phase::Ready if taking.busy => {
                (taking.busy, taking.closed) = (false, true);
                taking.complaint = Some(words);
                self.close_taking(step, Some("device"));
                self.go_on_closing(step);
            }
            _ => {}
        }
    }

    /// The device stopped by itself.
    fn trouble(&mut self, step: &mut Step<'_>, words: String) {
        let escrow = self.durable.cash_in.as_ref().is_some_and(|open| open.escrow.is_some());
        let Some(taking) = &mut self.taking else { return };
        taking.complaint = Some(words);
        // A note on its way has an end of its own; the device says so.
        if escrow || matches!(taking.phase, Phase::Checking { .. }) {
            taking.reason = taking.reason.or(Some("device"));
            if !matches!(taking.phase, Phase::Checking { .. }) {
                taking.phase = Phase::Checking { until: step.now.mono.plus_ms(CHECK_MS) };
                self.bump(step);
            }
            return;
        }
        (taking.busy, taking.closed) = (false, false);
        self.close_taking(step, Some("device"));
    }

    fn line_lost(&mut self, step: &mut Step<'_>) {
        let Some(taking) = &mut self.taking else { return };
        (taking.busy, taking.closed) = (false, true);
        if let Phase::Asking { .. } = taking.phase {
            // Nobody holds it any more: the device gives it back by itself.
            self.note_is_dark(step, "the line was lost".to_owned(), Darkness::LineLost);
        } else if self.durable.cash_in.as_ref().is_some_and(|open| open.escrow.is_some()) {
            self.note_is_dark(step, "the line was lost".to_owned(), Darkness::LineLost);
        } else {
            self.trouble_ends(step);
        }
    }

    /// Nothing is on its way, and the device hears nothing.
    fn trouble_ends(&mut self, step: &mut Step<'_>) {
        self.close_taking(step, Some("device"));
        self.go_on_closing(step);
    }
}
