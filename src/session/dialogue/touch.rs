//! A technician calibrates the touch panel: touches marks, then a button that the new correction must reach.
//!
//! A correction under which nobody can press the button is taken back by itself, as is one that somebody walks away from.

use senim_domain::touch::{Calibration, DisplayPoint, MARKS, TouchCorrection};
use senim_operation::body::{TouchCalibrated, TouchOutcome};

use super::{Session, Step};
use crate::action::Decision;
use crate::effect::Effect;
use crate::service::{ServicePage, ServiceStage, Staff, TouchPage};
use crate::state::State;

/// How long the next mark is waited for, ms: the way out for whoever can press nothing.
const MARK_MS: u64 = 60_000;
/// How long a new correction may wait for the button that keeps it, ms.
const TRIAL_MS: u64 = 30_000;
/// A finger that bounces touches once, ms.
const BOUNCE_MS: u64 = 400;

impl Session {
    /// The correction in force, but for one on trial.
    fn touch_correction(&self) -> TouchCorrection {
        self.durable.touch.unwrap_or(TouchCorrection::NONE)
    }

    /// At every start: what was kept is in force again.
    pub(super) fn recover_touch(&self, step: &mut Step<'_>) {
        if let Some(kept) = self.durable.touch {
            step.effects.push(Effect::CorrectTouch(kept));
        }
    }

    /// The first mark.
    pub(super) fn approach_touch(&mut self, step: &Step<'_>, staff: Staff) {
        self.wait_for_mark(step, staff, Vec::new());
    }

    fn wait_for_mark(&mut self, step: &Step<'_>, staff: Staff, touched: Vec<DisplayPoint>) {
        let (since, until) = (step.now.mono, step.now.mono.plus_ms(MARK_MS));
        self.page(step, staff, ServicePage::Touch(TouchPage::Marks { touched, since, until }));
    }

    /// What is decided on a page of it.
    pub(super) fn decide_touch(
        &mut self,
        step: &mut Step<'_>,
        staff: Staff,
        page: TouchPage,
        decision: Decision,
    ) {
        match (page, decision) {
            (TouchPage::Marks { touched, since, .. }, Decision::Touch(at))
                if touched.is_empty() || step.now.mono.since(since) >= BOUNCE_MS =>
            {
                self.mark_touched(step, staff, touched, at);
            }
            (TouchPage::Trial { fitted, .. }, Decision::Confirm) => {
                self.durable.touch = Some(fitted);
                let outcome = TouchOutcome::Corrected(fitted);
                self.record_durable(step, TouchCalibrated { staff: staff.number.clone(), outcome });
                self.page(step, staff, ServicePage::Touch(TouchPage::Ended(outcome)));
            }
            (page @ TouchPage::Trial { .. }, Decision::Decline) => {
                self.page(step, staff, ServicePage::Touch(page));
                self.give_up_touch(step);
            }
            (TouchPage::Ended(_), Decision::Decline) => self.approach_touch(step, staff),
            (TouchPage::Ended(_), Decision::Confirm) => self.page(step, staff, ServicePage::Home),
            (page, _) => self.page(step, staff, ServicePage::Touch(page)),
        }
    }

    /// One step back: what is under way is given up first.
    pub(super) fn back_in_touch(&mut self, step: &mut Step<'_>, staff: Staff, page: TouchPage) {
        if matches!(page, TouchPage::Ended(_)) {
            return self.page(step, staff, ServicePage::Home);
        }
        self.page(step, staff, ServicePage::Touch(page));
        self.give_up_touch(step);
    }

    fn mark_touched(
        &mut self,
        step: &mut Step<'_>,
        staff: Staff,
        mut touched: Vec<DisplayPoint>,
        at: DisplayPoint,
    ) {
        touched.push(at);
        let Ok(all) = <&[DisplayPoint; MARKS.len()]>::try_from(touched.as_slice()) else {
            return self.wait_for_mark(step, staff, touched);
        };
        match self.touch_correction().judged(all) {
            Calibration::Exact => self.touch_ended(step, staff, TouchOutcome::Exact),
            Calibration::Missed => self.touch_ended(step, staff, TouchOutcome::Missed),
            Calibration::Corrected(fitted) => {
                step.effects.push(Effect::CorrectTouch(fitted));
                let until = step.now.mono.plus_ms(TRIAL_MS);
                self.page(step, staff, ServicePage::Touch(TouchPage::Trial { fitted, until }));
            }
        }
    }

    fn touch_ended(&mut self, step: &mut Step<'_>, staff: Staff, outcome: TouchOutcome) {
        self.record(step, TouchCalibrated { staff: staff.number.clone(), outcome });
        self.page(step, staff, ServicePage::Touch(TouchPage::Ended(outcome)));
    }

    /// Who calibrates now, and what it comes to if nothing more happens.
    pub(super) fn calibrating(&self) -> Option<(&Staff, TouchOutcome)> {
        let State::Service(service) = &self.state else { return None };
        match &service.stage {
            ServiceStage::Open { staff, page: ServicePage::Touch(TouchPage::Marks { .. }) } => {
                Some((staff, TouchOutcome::NotDone))
            }
            ServiceStage::Open { staff, page: ServicePage::Touch(TouchPage::Trial { .. }) } => {
                Some((staff, TouchOutcome::TakenBack))
            }
            ServiceStage::Open { .. } | ServiceStage::Card(_) => None,
        }
    }

    /// The row of what is given up; the correction before is in force again.
    pub(super) fn leave_touch(&self, step: &mut Step<'_>) -> Option<(Staff, TouchOutcome)> {
        let (staff, outcome) = self.calibrating()?;
        if outcome == TouchOutcome::TakenBack {
            step.effects.push(Effect::CorrectTouch(self.touch_correction()));
        }
        self.record(step, TouchCalibrated { staff: staff.number.clone(), outcome });
        Some((staff.clone(), outcome))
    }

    /// The same, and the page says so.
    pub(super) fn give_up_touch(&mut self, step: &mut Step<'_>) {
        if let Some((staff, outcome)) = self.leave_touch(step) {
            self.page(step, staff, ServicePage::Touch(TouchPage::Ended(outcome)));
        }
    }
}
