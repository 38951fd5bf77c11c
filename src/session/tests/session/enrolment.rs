//! Another certificate by a code typed in the service mode: sent once, and what came of it is a row.

use senim_domain::rule_pack::StaffRole;
use senim_domain::{Secret, UtcMillis};
use senim_operation::body::{Body, EnrolmentFault, EnrolmentOutcome, EnrolmentTried};
use senim_session::action::{Action, Decision};
use senim_session::effect::Effect;
use senim_session::event::Event;
use senim_session::service::{EnrolmentPage, ServicePage, ServiceTask};

use crate::desk::*;
use crate::exchange::TECHNICIAN;

const CODE: &str = "1234567890123456";
const CERTIFIED: EnrolmentOutcome = EnrolmentOutcome::Certified { ends: UtcMillis(1_827_000_000_000) };
const WRONG: EnrolmentOutcome = EnrolmentOutcome::Failed(EnrolmentFault::WrongCode);

impl Desk {
    fn at_enrolment_code() -> Self {
        let mut desk = Self::with_officers(false).opened_by(TECHNICIAN);
        desk.turns_to(ServiceTask::Enrolment);
        assert_eq!(desk.enrolment_page(), EnrolmentPage::Code);
        desk
    }

    fn enrolment_page(&self) -> EnrolmentPage {
        match self.service_page() {
            ServicePage::Enrolment(page) => *page,
            other => panic!("no enrolment: {other:?}"),
        }
    }

    fn types_code(&mut self) {
        self.decide(Decision::Enter(Secret::new(CODE.into())));
        assert_eq!(self.enrolment_page(), EnrolmentPage::Working);
    }

    fn codes_sent(&self) -> usize {
        let sent = |effect: &&Effect| matches!(effect, Effect::Enrol(code) if code.expose() == CODE);
        self.effects.iter().filter(sent).count()
    }

    fn tried(&self) -> Vec<&EnrolmentTried> {
        let rows = self.rows().into_iter().filter_map(|body| match body {
            Body::EnrolmentTried(row) => Some(row),
            _ => None,
        });
        rows.collect()
    }
}

#[test]
fn a_wrong_code_is_a_row_and_the_next_one_brings_a_certificate() {
    let mut desk = Desk::at_enrolment_code();
    desk.types_code();
    desk.send(Event::Enrolled(WRONG));
    assert_eq!(desk.enrolment_page(), EnrolmentPage::Ended(WRONG));
    desk.decide(Decision::Confirm);
    assert_eq!(desk.enrolment_page(), EnrolmentPage::Code);
    desk.types_code();
    desk.send(Event::Enrolled(CERTIFIED));
    assert_eq!(desk.enrolment_page(), EnrolmentPage::Ended(CERTIFIED));
    desk.decide(Decision::Confirm);
    assert_eq!(*desk.service_page(), ServicePage::Home);
    let row = |outcome| EnrolmentTried { staff: "t-017".into(), outcome };
    assert_eq!(desk.tried(), [&row(WRONG), &row(CERTIFIED)]);
}

#[test]
fn no_second_code_goes_out_while_the_first_is_with_the_mfo() {
    let mut desk = Desk::at_enrolment_code();
    desk.types_code();
    desk.decide(Decision::Enter(Secret::new(CODE.into())));
    desk.act(Action::Back);
    desk.turns_to(ServiceTask::Enrolment);
    assert_eq!(desk.enrolment_page(), EnrolmentPage::Working);
    assert_eq!(desk.codes_sent(), 1);
    desk.send(Event::Enrolled(WRONG));
    assert_eq!(desk.enrolment_page(), EnrolmentPage::Ended(WRONG));
}

#[test]
fn an_answer_that_comes_after_the_service_mode_is_a_row_all_the_same_and_twice_is_once() {
    let mut desk = Desk::at_enrolment_code();
    desk.types_code();
    desk.turn(false);
    desk.send(Event::Enrolled(CERTIFIED));
    desk.send(Event::Enrolled(CERTIFIED));
    assert_eq!(desk.tried(), [&EnrolmentTried { staff: "t-017".into(), outcome: CERTIFIED }]);
}

#[test]
fn only_technicians_of_a_terminal_that_enrols_are_offered_it() {
    let desk = Desk::with_officers(false);
    let offered = |desk: &Desk, role| desk.session.service_tasks(role).contains(&ServiceTask::Enrolment);
    assert!(offered(&desk, StaffRole::Technician));
    assert!(!offered(&desk, StaffRole::CashOfficer));
    let fixed = Desk::open_with(senim_session::facts::Setup { enrols: false, ..setup() }, stock());
    assert!(!offered(&fixed, StaffRole::Technician));
}
