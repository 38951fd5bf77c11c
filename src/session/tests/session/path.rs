//! Notes that stuck on the dispenser's way: nobody is paid until they are counted, and the books follow the count.

use senim_domain::cash::{Denomination, UnitNo, UnitRequest};
use senim_domain::rule_pack::StaffRole;
use senim_hal::cash_dispenser::{Event as Dispenser, Movement};
use senim_hal::{Error, ErrorKind};
use senim_operation::body::{Body, PathCleared};
use senim_session::action::Decision;
use senim_session::event::Event;
use senim_session::facts::DeviceState;
use senim_session::path::PathPage;
use senim_session::service::{ServicePage, ServiceTask};
use senim_session::state::State;

use crate::desk::*;
use crate::exchange::TECHNICIAN;

const FIVE: Denomination = Denomination(5_000);

fn stuck(units: &[(u8, u32, u32)]) -> Movement {
    Movement { error: Some(Error::new(ErrorKind::MediaJam, "03")), ..moved(units) }
}

fn notes(notes: u32) -> Vec<UnitRequest> {
    vec![UnitRequest { unit: UnitNo(1), denomination: FIVE, notes }]
}

impl Desk {
    /// Of twenty notes seven were given and two rejected when the way stuck; the visit is over, and the way is free.
    fn stuck() -> Self {
        let mut desk = Self::with_officers(false);
        desk.to_armed_of(SUM);
        desk.dispenser(Dispenser::Moved(stuck(&[(1, 7, 2)])));
        while !matches!(desk.session.state(), State::Idle) {
            desk.wait_ms(600_000);
        }
        desk.dispenser(healthy());
        desk
    }

    fn at_path() -> Self {
        let mut desk = Self::stuck().opened_by(TECHNICIAN);
        desk.turns_to(ServiceTask::Path);
        assert!(matches!(desk.path_page(), PathPage::Open(_)));
        desk.decide(Decision::Confirm);
        desk
    }

    fn path_page(&self) -> &PathPage {
        match self.service_page() {
            ServicePage::Path(page) => page,
            other => panic!("no path: {other:?}"),
        }
    }

    fn cleared(&mut self) -> Option<PathCleared> {
        let first = self.send(Event::Timeout);
        self.decide(Decision::Confirm);
        self.rows_from(first).into_iter().find_map(|body| match body {
            Body::PathCleared(row) => Some(row.clone()),
            _ => None,
        })
    }
}

#[test]
fn nobody_is_paid_by_books_that_a_note_has_left_uncounted() {
    let desk = Desk::stuck();
    assert_eq!(desk.session.durable().stuck, notes(13));
    assert_eq!(desk.session.no_cash_loan(&desk.now).as_deref(), Some("dispenser"));
    let mut again = desk.restart(setup(), latch(0));
    again.dispenser(healthy());
    let DeviceState::Failed(cause) = &again.session.facts().dispenser else { panic!("it is paid again") };
    assert_eq!(cause.kind, Some(ErrorKind::MediaJam));
}

#[test]
fn what_lay_there_moves_from_its_cassette_to_the_reject_unit_and_the_terminal_pays_again() {
    let mut desk = Desk::at_path();
    desk.enter("1");
    let row = desk.cleared().unwrap();
    assert_eq!(row, PathCleared { staff: "t-017".into(), stuck: notes(13), found: notes(1) });
    let books = &desk.session.durable().books;
    let sums = books.denominations[&FIVE];
    assert_eq!((books.units[&UnitNo(1)].notes, sums.in_reject, sums.distributed), (90, 3, 7));
    assert!(books.balance());
    desk.dispenser(healthy());
    assert_eq!(desk.session.facts().dispenser, DeviceState::Usable);
    desk.decide(Decision::Confirm);
    assert!(!desk.session.service_tasks(StaffRole::Technician).contains(&ServiceTask::Path));
}

#[test]
fn a_way_on_which_nothing_lay_is_a_row_too() {
    let mut desk = Desk::at_path();
    desk.enter("0");
    assert_eq!(desk.cleared().unwrap().found, []);
    assert_eq!(desk.session.durable().books.units[&UnitNo(1)].notes, 91);
}

#[test]
fn more_notes_than_the_cassette_had_are_asked_for_again() {
    let mut desk = Desk::at_path();
    for wrong in ["92", "9999", ""] {
        desk.enter(wrong);
        assert!(matches!(desk.path_page(), PathPage::Counting(_)), "{wrong}");
    }
    desk.enter("91");
    desk.decide(Decision::Decline);
    assert!(matches!(desk.path_page(), PathPage::Counting(_)), "counted again");
    desk.enter("2");
    assert_eq!(desk.cleared().unwrap().found, notes(2));
}

#[test]
fn a_journal_that_takes_no_rows_keeps_the_count_on_the_screen() {
    let mut desk = Desk::at_path();
    desk.enter("1");
    desk.send(Event::Journal { writable: false });
    assert_eq!(desk.cleared(), None);
    desk.send(Event::Journal { writable: true });
    assert!(desk.cleared().is_some());
}

#[test]
fn a_bundle_that_ended_short_for_another_reason_leaves_nothing_to_count() {
    let mut desk = Desk::with_officers(false);
    desk.to_armed_of(SUM);
    let error = Some(Error::new(ErrorKind::HardwareError, "01: no note picked up"));
    desk.dispenser(Dispenser::Moved(Movement { error, ..moved(&[(1, 7, 2)]) }));
    assert_eq!(desk.session.durable().stuck, []);
}

#[test]
fn a_count_of_a_payout_in_doubt_looks_at_the_way_by_itself() {
    let mut desk = Desk::with_officers(false);
    desk.to_armed_of(SUM);
    let doubt = Movement { counts_in_doubt: true, ..stuck(&[(1, 7, 0)]) };
    desk.dispenser(Dispenser::Moved(doubt));
    assert_eq!(desk.session.durable().stuck, []);
    desk.wait_ms(600_000);
    assert!(!desk.session.service_tasks(StaffRole::CashOfficer).contains(&ServiceTask::Path));
}
