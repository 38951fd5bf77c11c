//! Another certificate by a code of the MFO: a terminal whose own has ended, or was revoked, is on the line again without a shell
//! (design section 5).
//!
//! The code is typed once and goes to whoever enrols; what came of it is a row, whichever screen is up by then.

use senim_operation::body::{EnrolmentOutcome, EnrolmentTried};

use super::{Session, Step};
use crate::action::Decision;
use crate::effect::Effect;
use crate::service::{EnrolmentPage, ServicePage, Staff};

impl Session {
    /// A code that is still with the MFO is waited for; no second one is typed meanwhile.
    pub(super) fn approach_enrolment(&mut self, step: &Step<'_>, staff: Staff) {
        let page = if self.enrolling.is_some() { EnrolmentPage::Working } else { EnrolmentPage::Code };
        self.page(step, staff, ServicePage::Enrolment(page));
    }

    /// What is decided on a page of it.
    pub(super) fn decide_enrolment(
        &mut self,
        step: &mut Step<'_>,
        staff: Staff,
        page: EnrolmentPage,
        decision: Decision,
    ) {
        match (page, decision) {
            (EnrolmentPage::Code, Decision::Enter(code)) => {
                self.enrolling = Some(staff.number.clone());
                step.effects.push(Effect::Enrol(code));
                self.page(step, staff, ServicePage::Enrolment(EnrolmentPage::Working));
            }
            (EnrolmentPage::Ended(EnrolmentOutcome::Failed(_)), Decision::Confirm) => {
                self.page(step, staff, ServicePage::Enrolment(EnrolmentPage::Code));
            }
            (EnrolmentPage::Ended(_), Decision::Confirm | Decision::Decline) => {
                self.page(step, staff, ServicePage::Home);
            }
            (page, _) => self.page(step, staff, ServicePage::Enrolment(page)),
        }
    }

    /// Whoever enrols has its answer.
    pub(super) fn on_enrolled(&mut self, step: &mut Step<'_>, outcome: EnrolmentOutcome) {
        let Some(staff) = self.enrolling.take() else { return };
        self.record(step, EnrolmentTried { staff, outcome });
        let ended = ServicePage::Enrolment(EnrolmentPage::Ended(outcome));
        self.turn_page(step, |page| matches!(page, ServicePage::Enrolment(_)), ended);
    }
}
