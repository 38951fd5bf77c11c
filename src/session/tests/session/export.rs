//! The journal onto a stick: once at a time, and what came of it is a row. The end of the log is read and writes none.

use senim_domain::rule_pack::StaffRole;
use senim_operation::body::{Body, ExportFault, ExportOutcome, JournalExported};
use senim_session::action::{Action, Decision};
use senim_session::effect::Effect;
use senim_session::event::Event;
use senim_session::facts::Setup;
use senim_session::service::{ExportPage, ServicePage, ServiceTask};

use crate::desk::*;
use crate::exchange::TECHNICIAN;

const VERIFIED: ExportOutcome = ExportOutcome::Verified { rows: 9, cosigned: 8, attachments: 1 };
const NO_STICK: ExportOutcome = ExportOutcome::Failed(ExportFault::NoStick);

impl Desk {
    fn at_export() -> Self {
        let mut desk = Self::with_officers(false).opened_by(TECHNICIAN);
        desk.turns_to(ServiceTask::Export);
        assert_eq!(*desk.service_page(), ServicePage::Export(ExportPage::Ready));
        desk
    }

    fn has_it_written(&mut self) {
        self.decide(Decision::Confirm);
        assert_eq!(*self.service_page(), ServicePage::Export(ExportPage::Working));
    }

    fn exports_ordered(&self) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, Effect::ExportJournal)).count()
    }

    fn exported(&self) -> Vec<&JournalExported> {
        let rows = self.rows().into_iter().filter_map(|body| match body {
            Body::JournalExported(row) => Some(row),
            _ => None,
        });
        rows.collect()
    }
}

#[test]
fn an_export_without_a_stick_is_a_row_and_the_next_one_succeeds() {
    let mut desk = Desk::at_export();
    desk.has_it_written();
    desk.send(Event::Exported(NO_STICK));
    assert_eq!(*desk.service_page(), ServicePage::Export(ExportPage::Ended(NO_STICK)));
    desk.has_it_written();
    desk.send(Event::Exported(VERIFIED));
    assert_eq!(*desk.service_page(), ServicePage::Export(ExportPage::Ended(VERIFIED)));
    desk.decide(Decision::Confirm);
    assert_eq!(*desk.service_page(), ServicePage::Home);
    let row = |outcome| JournalExported { staff: "t-017".into(), outcome };
    assert_eq!(desk.exported(), [&row(NO_STICK), &row(VERIFIED)]);
}

#[test]
fn no_second_export_begins_while_one_is_written() {
    let mut desk = Desk::at_export();
    desk.has_it_written();
    desk.act(Action::Back);
    desk.turns_to(ServiceTask::Export);
    assert_eq!(*desk.service_page(), ServicePage::Export(ExportPage::Working));
    desk.decide(Decision::Confirm);
    assert_eq!(desk.exports_ordered(), 1);
}

#[test]
fn an_export_that_ends_after_the_service_mode_is_a_row_all_the_same_and_twice_is_once() {
    let mut desk = Desk::at_export();
    desk.has_it_written();
    desk.turn(false);
    desk.send(Event::Exported(VERIFIED));
    desk.send(Event::Exported(VERIFIED));
    assert_eq!(desk.exported(), [&JournalExported { staff: "t-017".into(), outcome: VERIFIED }]);
}

#[test]
fn only_technicians_of_a_terminal_with_a_port_for_sticks_are_offered_it() {
    let desk = Desk::with_officers(false);
    let offered = |desk: &Desk, role| desk.session.service_tasks(role).contains(&ServiceTask::Export);
    assert!(offered(&desk, StaffRole::Technician));
    assert!(!offered(&desk, StaffRole::CashOfficer));
    let closed = Desk::open_with(Setup { exports: false, ..setup() }, stock());
    assert!(!offered(&closed, StaffRole::Technician));
}

#[test]
fn the_end_of_the_log_is_shown_as_it_is_now_and_again_when_asked() {
    let mut desk = Desk::with_officers(false).opened_by(TECHNICIAN);
    let before = desk.rows().len();
    desk.turns_to(ServiceTask::Log);
    let asked = |desk: &Desk| desk.effects.iter().filter(|effect| matches!(effect, Effect::ReadLog)).count();
    assert_eq!(asked(&desk), 1);
    desk.send(Event::Log(vec!["first".into()]));
    assert_eq!(*desk.service_page(), ServicePage::Log(vec!["first".into()]));
    desk.decide(Decision::Decline);
    assert_eq!(asked(&desk), 2);
    desk.send(Event::Log(vec!["second".into(), "first".into()]));
    assert_eq!(*desk.service_page(), ServicePage::Log(vec!["second".into(), "first".into()]));
    desk.decide(Decision::Confirm);
    assert_eq!(*desk.service_page(), ServicePage::Home);
    desk.send(Event::Log(vec!["late".into()]));
    assert_eq!(*desk.service_page(), ServicePage::Home);
    assert_eq!(desk.rows().len(), before, "looking is no act");
}
