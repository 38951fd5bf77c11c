//! A technician calibrates the touch panel: what is kept is a row and holds after a restart, and a correction under which nobody
//! can press the button is taken back.

use senim_domain::rule_pack::StaffRole;
use senim_domain::touch::{DisplayPoint, MARKS, TouchCorrection};
use senim_operation::body::{Body, ServiceEnd, TouchCalibrated, TouchOutcome};
use senim_session::action::{Action, Decision};
use senim_session::effect::Effect;
use senim_session::facts::Setup;
use senim_session::service::{ServicePage, ServiceTask, TouchPage};

use crate::desk::*;
use crate::exchange::TECHNICIAN;

/// A panel that tells touches too far to the right and too low.
const SHIFTED: TouchCorrection = TouchCorrection { x: [1_000_000, 0, 40_000], y: [0, 1_000_000, 50_000] };
/// What mends that.
const MENDED: TouchCorrection = TouchCorrection { x: [1_000_000, 0, -40_000], y: [0, 1_000_000, -50_000] };

impl Desk {
    fn at_marks() -> Self {
        let mut desk = Self::with_officers(false).opened_by(TECHNICIAN);
        desk.turns_to(ServiceTask::Touch);
        desk
    }

    fn touches(&mut self, at: DisplayPoint) {
        self.pass_ms(500);
        self.decide(Decision::Touch(at));
    }

    /// Every mark, on this panel.
    fn touches_all(&mut self, panel: TouchCorrection) {
        for mark in MARKS {
            self.touches(panel.of(mark));
        }
    }

    fn touch_page(&self) -> &TouchPage {
        match self.service_page() {
            ServicePage::Touch(page) => page,
            other => panic!("no calibration: {other:?}"),
        }
    }

    fn marks_touched(&self) -> usize {
        match self.touch_page() {
            TouchPage::Marks { touched, .. } => touched.len(),
            other => panic!("no mark: {other:?}"),
        }
    }

    fn calibrated(&self) -> Vec<TouchOutcome> {
        let rows = self.rows().into_iter().filter_map(|body| match body {
            Body::TouchCalibrated(TouchCalibrated { staff, outcome }) => {
                assert_eq!(staff, "t-017");
                Some(*outcome)
            }
            _ => None,
        });
        rows.collect()
    }

    /// By what touches were to be corrected, one after the other.
    fn corrections(&self) -> Vec<TouchCorrection> {
        let corrections = self.effects.iter().filter_map(|effect| match effect {
            Effect::CorrectTouch(correction) => Some(*correction),
            _ => None,
        });
        corrections.collect()
    }

    fn ended_as(&self, outcome: TouchOutcome) {
        assert_eq!(*self.touch_page(), TouchPage::Ended(outcome));
        assert_eq!(self.calibrated(), [outcome]);
    }
}

#[test]
fn a_correction_that_was_kept_holds_after_a_restart() {
    let mut desk = Desk::at_marks();
    desk.touches_all(SHIFTED);
    assert_eq!(desk.corrections(), [MENDED]);
    assert_eq!(desk.calibrated(), [], "nothing is kept before the button is pressed");
    desk.decide(Decision::Confirm);
    desk.ended_as(TouchOutcome::Corrected(MENDED));
    desk.decide(Decision::Confirm);
    assert_eq!(*desk.service_page(), ServicePage::Home);
    let after = desk.restart(setup(), None);
    assert_eq!(after.corrections(), [MENDED]);
}

#[test]
fn a_second_calibration_corrects_what_the_first_left() {
    let mut desk = Desk::at_marks();
    desk.touches_all(SHIFTED);
    desk.decide(Decision::Confirm);
    desk.decide(Decision::Decline);
    desk.touches_all(SHIFTED);
    desk.decide(Decision::Confirm);
    let twice = TouchCorrection { x: [1_000_000, 0, -80_000], y: [0, 1_000_000, -100_000] };
    assert_eq!(desk.corrections(), [MENDED, twice]);
    assert_eq!(desk.calibrated(), [TouchOutcome::Corrected(MENDED), TouchOutcome::Corrected(twice)]);
}

#[test]
fn a_correction_under_which_nobody_presses_the_button_is_taken_back_in_time() {
    let mut desk = Desk::at_marks();
    desk.touches_all(SHIFTED);
    desk.wait_ms(30_000);
    desk.ended_as(TouchOutcome::TakenBack);
    assert_eq!(desk.corrections(), [MENDED, TouchCorrection::NONE]);
    let after = desk.restart(setup(), None);
    assert_eq!(after.corrections(), []);
}

#[test]
fn a_correction_is_taken_back_when_asked_and_when_the_service_mode_ends() {
    let mut desk = Desk::at_marks();
    desk.touches_all(SHIFTED);
    desk.decide(Decision::Decline);
    desk.ended_as(TouchOutcome::TakenBack);
    assert_eq!(desk.corrections(), [MENDED, TouchCorrection::NONE]);
    let mut desk = Desk::at_marks();
    desk.touches_all(SHIFTED);
    desk.turn(false);
    assert!(!desk.session.is_in_service_mode());
    assert_eq!(desk.calibrated(), [TouchOutcome::TakenBack]);
    assert_eq!(desk.corrections(), [MENDED, TouchCorrection::NONE]);
}

#[test]
fn a_power_cut_during_the_trial_leaves_the_correction_before() {
    let mut desk = Desk::at_marks();
    desk.touches_all(SHIFTED);
    desk.decide(Decision::Confirm);
    desk.decide(Decision::Decline);
    desk.touches_all(SHIFTED);
    let after = desk.restart(setup(), None);
    assert_eq!(after.corrections(), [MENDED]);
}

#[test]
fn a_panel_that_is_right_is_left_alone_and_a_missed_mark_corrects_nothing() {
    let mut desk = Desk::at_marks();
    desk.touches_all(TouchCorrection::NONE);
    desk.ended_as(TouchOutcome::Exact);
    let mut desk = Desk::at_marks();
    for mark in [MARKS[0], MARKS[1], MARKS[2], MARKS[3], MARKS[0]] {
        desk.touches(mark);
    }
    desk.ended_as(TouchOutcome::Missed);
    assert_eq!(desk.corrections(), []);
}

#[test]
fn a_finger_that_bounces_touches_a_mark_once() {
    let mut desk = Desk::at_marks();
    desk.touches(MARKS[0]);
    desk.pass_ms(60);
    desk.decide(Decision::Touch(MARKS[0]));
    assert_eq!(desk.marks_touched(), 1);
    desk.touches(MARKS[1]);
    assert_eq!(desk.marks_touched(), 2);
}

#[test]
fn marks_that_nobody_touches_are_given_up_in_time_and_a_step_back_gives_them_up_at_once() {
    let mut desk = Desk::at_marks();
    desk.touches(MARKS[0]);
    desk.wait_ms(60_000);
    desk.ended_as(TouchOutcome::NotDone);
    let mut desk = Desk::at_marks();
    desk.act(Action::Back);
    desk.ended_as(TouchOutcome::NotDone);
    desk.act(Action::Back);
    assert_eq!(*desk.service_page(), ServicePage::Home);
}

#[test]
fn the_service_mode_outlives_a_calibration_that_was_given_up() {
    let mut desk = Desk::at_marks();
    desk.wait_ms(60_000);
    assert!(desk.session.is_in_service_mode());
    let closed = desk
        .rows()
        .into_iter()
        .any(|body| matches!(body, Body::ServiceModeClosed(closed) if closed.end == ServiceEnd::TimedOut));
    assert!(!closed);
}

#[test]
fn only_technicians_of_a_terminal_whose_touches_can_be_corrected_are_offered_it() {
    let desk = Desk::with_officers(false);
    let offered = |desk: &Desk, role| desk.session.service_tasks(role).contains(&ServiceTask::Touch);
    assert!(offered(&desk, StaffRole::Technician));
    assert!(!offered(&desk, StaffRole::CashOfficer));
    let fixed = Desk::open_with(Setup { calibrates: false, ..setup() }, stock());
    assert!(!offered(&fixed, StaffRole::Technician));
}
