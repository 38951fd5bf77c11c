//! The payout on a dispenser with a shutter: counted notes are presented, taken, or taken back (design section 3,
//! capabilities `present`, `retract`, `takenSensor`; R-066).
//!
//! Each of the two movements has its row first and is asked for once. What lies in the shutter belongs to nobody until
//! the sensor sees it gone; what went into the retract unit was never given and is not charged.

use senim_domain::cash::{BundleResult, UnitMoved, UnitRequest};
use senim_hal::cash_dispenser::{Event as Dispenser, Presentation};
use senim_operation::body::{
    OutcomeSource, PayoutPresented, PayoutRetractIntended, PayoutRetracted, PayoutTaken,
};

use super::{Session, Step};
use crate::durable::Stage;
use crate::effect::{CashCommand, Effect};
use crate::saga::{self, Verdict, Whereabouts};
use crate::state::{PayPhase, State};

impl Session {
    /// A bundle was counted. Without a shutter it is given; with one it is stacked, and the shutter opens.
    pub(super) fn moved(&mut self, step: &mut Step<'_>, verdict: Verdict) {
        if verdict.result != BundleResult::Uncertain {
            self.durable.remember_stuck(&verdict.stuck);
        }
        let counted = matches!(verdict.result, BundleResult::Dispensed | BundleResult::Partial);
        if !self.setup.dispenser.present || !counted || verdict.contradiction.is_some() {
            self.settle(step, verdict);
            return;
        }
        let latch_losses = self.facts.latch.filter(|latch| latch.powered).map(|latch| latch.losses);
        let (boot, mono) = (self.setup.boot.clone(), step.now.mono);
        let visitor = self.visit.is_some();
        let Some(open) = &mut self.durable.open else { return };
        let units = verdict.units;
        self.taken_meanwhile = None;
        open.stage = Stage::Presented {
            boot,
            mono,
            latch_losses,
            stacked: units.clone(),
            retracting: false,
            taken_back: false,
        };
        let (request, bundle) = (open.request, open.bundle_no());
        if visitor {
            let body = PayoutPresented { request, bundle, units };
            self.record_cash(step, body, Some(CashCommand::Present));
            self.show(step, PayPhase::Preparing);
        } else {
            // After a restart nobody stands here: what is stacked goes back.
            self.record_cash(step, PayoutPresented { request, bundle, units }, None);
            self.take_back(step);
        }
    }

    /// What the dispenser says while a bundle is behind or in its shutter.
    pub(super) fn on_shutter(&mut self, step: &mut Step<'_>, event: Dispenser) {
        match event {
            Dispenser::Presented(there) => self.presented(step, &there),
            Dispenser::ItemsTaken(there) => self.taken(step, there),
            Dispenser::Retracted(there) => {
                self.shutter_ended(step, &there, true, OutcomeSource::Answer);
            }
            Dispenser::PresentStatus(there) => {
                let unbroken = self
                    .durable
                    .open
                    .as_ref()
                    .is_some_and(|open| saga::unbroken(&open.stage, &self.setup.boot, self.facts.latch));
                self.shutter_ended(step, &there, unbroken, OutcomeSource::LastStatus);
            }
            Dispenser::Unanswered(_) | Dispenser::Failed(_) if self.taken_meanwhile.is_some() => {
                if let Some(there) = self.taken_meanwhile.take() {
                    self.shutter_ended(step, &there, true, OutcomeSource::Answer);
                }
            }
            Dispenser::Unanswered(_) => {
                let not_before = step.now.mono.plus_ms(self.setup.idle_wait_ms);
                step.effects.push(Effect::AskPresentStatus { not_before });
                self.show(step, PayPhase::Checking);
            }
            Dispenser::Failed(error) => self.settle(step, Verdict::uncertain(Some(error.to_string()))),
            // The news of the taking may be lost with the line, and whoever is on it now has to say who that is.
            Dispenser::Line { open: true } if self.shows(PayPhase::Taking) => {
                step.effects.push(Effect::AskPresentStatus { not_before: step.now.mono });
                self.show(step, PayPhase::Checking);
            }
            Dispenser::Status { .. }
            | Dispenser::Marked(_)
            | Dispenser::MarkRefused { .. }
            | Dispenser::Moved(_)
            | Dispenser::LastStatus { .. }
            | Dispenser::Line { .. }
            | Dispenser::OnWire
            | Dispenser::Accepted => {}
        }
    }

    fn presented(&mut self, step: &mut Step<'_>, there: &Presentation) {
        if there.error.is_some() || there.counts_in_doubt {
            self.shutter_ended(step, there, true, OutcomeSource::Answer);
        } else if self.setup.dispenser.taken_sensor {
            self.show(step, PayPhase::Taking);
        } else {
            // Nobody will tell that they were taken: what is presented is given.
            self.all_given(step);
        }
    }

    /// The sensor saw the exit empty. Before the shutter was seen open, that is news of an earlier bundle: what is asked
    /// or answered next tells where this one is. A retract under way is waited for, so that nothing meets a busy device.
    fn taken(&mut self, step: &mut Step<'_>, there: Presentation) {
        if self.shows(PayPhase::Retracting) {
            self.taken_meanwhile = Some(there);
        } else if self.shows(PayPhase::Taking) {
            self.shutter_ended(step, &there, true, OutcomeSource::Answer);
        }
    }

    fn shows(&self, wanted: PayPhase) -> bool {
        matches!(&self.state, State::Paying { phase, .. } if *phase == wanted)
    }

    fn all_given(&mut self, step: &mut Step<'_>) {
        let Some((stacked, _)) = self.stacked() else { return };
        let Some(open) = &self.durable.open else { return };
        let requested = open.current().iter().fold(0_u32, |sum, notes| sum.saturating_add(notes.notes));
        let given = notes(&stacked);
        let result = if given == requested { BundleResult::Dispensed } else { BundleResult::Partial };
        let source = OutcomeSource::Answer;
        self.settle(step, Verdict { result, units: stacked, source, ..Verdict::not_sent(None) });
    }

    /// The time for taking is over.
    pub(super) fn notes_were_left(&mut self, step: &mut Step<'_>) {
        if self.setup.dispenser.retract {
            self.take_back(step);
        } else {
            // They lie in the open outside of the machine, and it can do nothing about it.
            self.all_given(step);
        }
    }

    fn take_back(&mut self, step: &mut Step<'_>) {
        let Some(open) = &mut self.durable.open else { return };
        let Stage::Presented { retracting, .. } = &mut open.stage else { return };
        *retracting = true;
        let body = PayoutRetractIntended { request: open.request, bundle: open.bundle_no() };
        self.record_cash(step, body, Some(CashCommand::Retract));
        self.show(step, PayPhase::Retracting);
    }

    fn stacked(&self) -> Option<(Vec<UnitMoved>, bool)> {
        match &self.durable.open.as_ref()?.stage {
            Stage::Presented { stacked, retracting, .. } => Some((stacked.clone(), *retracting)),
            Stage::Requested | Stage::Intended | Stage::Armed { .. } | Stage::Settled(_) => None,
        }
    }

    fn is_taken_back(&self) -> bool {
        let stage = self.durable.open.as_ref().map(|open| &open.stage);
        matches!(stage, Some(Stage::Presented { taken_back: true, .. }))
    }

    /// The books have what was taken back: the row that says so is written once.
    fn mark_taken_back(&mut self) {
        if let Some(open) = &mut self.durable.open
            && let Stage::Presented { taken_back, .. } = &mut open.stage
        {
            *taken_back = true;
        }
    }

    /// Where the notes are, by the device's record: settle, or take back what lies there, once.
    fn shutter_ended(
        &mut self,
        step: &mut Step<'_>,
        there: &Presentation,
        unbroken: bool,
        source: OutcomeSource,
    ) {
        let Some((stacked, retracting)) = self.stacked() else { return };
        match saga::judge_presentation(&stacked, there, unbroken, source) {
            Whereabouts::Lying if retracting || !self.setup.dispenser.retract => {
                let words = there.error.as_ref().map(ToString::to_string);
                let verdict = Verdict::uncertain(words.or(Some("notes still lie in the shutter".into())));
                self.settle(step, verdict);
            }
            Whereabouts::Lying => self.take_back(step),
            Whereabouts::Unknown(verdict) => self.settle(step, verdict),
            Whereabouts::Ended(verdict) => self.all_accounted_for(step, there, verdict),
        }
    }

    fn all_accounted_for(&mut self, step: &mut Step<'_>, there: &Presentation, mut verdict: Verdict) {
        let Some(open) = &self.durable.open else { return };
        let (request, bundle) = (open.request, open.bundle_no());
        let requested = open.current().to_vec();
        if self.is_taken_back() {
            // A former process wrote that down with its books, and died before the outcome.
        } else if there.retracted() > 0 {
            let units = retracted(&requested, there);
            match self.durable.books.book_retracted(&units) {
                Ok(()) => self.mark_taken_back(),
                Err(fault) => {
                    self.contradicted(step, fault.to_string());
                    verdict.result = BundleResult::Uncertain;
                }
            }
            self.record_cash(step, PayoutRetracted { request, bundle, units, counted: true }, None);
        } else {
            self.record_cash(step, PayoutTaken { request, bundle }, None);
        }
        let asked = requested.iter().fold(0_u32, |sum, notes| sum.saturating_add(notes.notes));
        if verdict.result == BundleResult::Dispensed && there.taken() < asked {
            // All that was stacked was taken, and that was not all.
            verdict.result = BundleResult::Partial;
        }
        self.settle(step, verdict);
    }
}

fn retracted(requested: &[UnitRequest], there: &Presentation) -> Vec<UnitRequest> {
    let back = |request: &UnitRequest| {
        there.units.iter().find(|unit| unit.unit == request.unit).map_or(0, |unit| unit.retracted)
    };
    requested
        .iter()
        .map(|request| UnitRequest { notes: back(request), ..*request })
        .filter(|notes| notes.notes > 0)
        .collect()
}

fn notes(units: &[UnitMoved]) -> u32 {
    units.iter().fold(0, |sum, unit| sum.saturating_add(unit.distributed))
}
