//! A payout in doubt settled by a count at the screen: who counts what, what follows, and that nothing is decided here.

use senim_domain::cash::{Denomination, FoundPlace, UnitNo};
use senim_domain::count::CountedPlace;
use senim_domain::rule_pack::StaffRole;
use senim_domain::{LoanId, PayoutRequestId};
use senim_hal::cash_dispenser::{Event as Dispenser, Movement};
use senim_operation::body::{Body, DenominationCount, PayoutCounted};
use senim_session::action::Decision;
use senim_session::event::Event;
use senim_session::service::{ServicePage, ServiceTask, StaffCardStage};
use senim_session::settlement::{SettlingPage, UnitOf};

use crate::desk::*;
use crate::exchange::{OFFICER, SECOND, TECHNICIAN};
use crate::remote::{directive, settlement};

const FIVE: Denomination = Denomination(5_000);

impl Desk {
    /// Twenty notes of 5,000 are nobody knows where; eighty are in the cassette by the books. The visit is over.
    fn in_doubt_with_officers(two: bool) -> (Self, PayoutRequestId, LoanId) {
        let mut desk = Self::with_officers(two);
        desk.to_armed_of(SUM);
        let notes = desk.bundle();
        desk.dispenser(Dispenser::Moved(Movement { counts_in_doubt: true, ..all_of(&notes) }));
        let (request, loan) = (desk.ended().request, desk.ended().loan);
        desk.wait_ms(600_000);
        assert!(desk.session.at_rest());
        (desk, request, loan)
    }

    fn at_count() -> (Self, PayoutRequestId, LoanId) {
        let (desk, request, loan) = Self::in_doubt_with_officers(false);
        let mut desk = desk.opened_by(OFFICER);
        desk.turns_to(ServiceTask::Settlement);
        assert!(matches!(desk.settling_page(), SettlingPage::Payout(_)));
        desk.decide(Decision::Confirm);
        (desk, request, loan)
    }

    fn settling_page(&self) -> &SettlingPage {
        match self.service_page() {
            ServicePage::Settlement(page) => page,
            other => panic!("no settlement: {other:?}"),
        }
    }

    /// Types what lies on the way, in the reject unit and in the cassette.
    fn counts_lying(&mut self, on_the_way: u32, rejected: u32, cassette: u32) {
        while let SettlingPage::Counting(settling) = self.settling_page() {
            let UnitOf { place, denomination, .. } = *settling.asked().unwrap();
            assert_eq!(denomination, FIVE, "only notes in doubt are counted");
            let notes = match place {
                CountedPlace::Exit => on_the_way,
                CountedPlace::RejectUnit => rejected,
                CountedPlace::Cassette => cassette,
                CountedPlace::RetractUnit | CountedPlace::Stacker => panic!("{place:?} is counted"),
            };
            self.enter(&notes.to_string());
        }
        assert!(matches!(self.settling_page(), SettlingPage::Review(_)));
    }

    fn sends(&mut self) -> Option<PayoutCounted> {
        let first = self.send(Event::Timeout);
        self.decide(Decision::Confirm);
        self.rows_from(first).into_iter().find_map(|body| match body {
            Body::PayoutCounted(row) => Some(row.clone()),
            _ => None,
        })
    }
}

#[test]
fn what_lies_in_the_machine_was_not_given_and_the_row_says_both() {
    let (mut desk, request, loan) = Desk::at_count();
    desk.counts_lying(1, 0, 86);
    let books = desk.session.durable().books.clone();
    let row = desk.sends().unwrap();
    assert_eq!((row.request, row.loan, row.officers), (request, loan, vec!["c-004".to_owned()]));
    assert_eq!(row.given, [DenominationCount { denomination: FIVE, notes: 13 }]);
    let lies: Vec<_> = row.counted.iter().map(|unit| (unit.place, unit.expected, unit.counted)).collect();
    let places =
        [(CountedPlace::Exit, 0, 1), (CountedPlace::RejectUnit, 0, 0), (CountedPlace::Cassette, 80, 86)];
    assert_eq!(lies, places);
    assert_eq!(desk.session.durable().books, books, "the lender's settlement moves the books, nothing else");
    assert_eq!(desk.session.no_cash_loan(&desk.now).as_deref(), Some("cashStopped"));
    assert_eq!(*desk.settling_page(), SettlingPage::Sent { request });
}

#[test]
fn the_lenders_settlement_closes_what_was_counted_and_cash_service_resumes() {
    let (mut desk, request, _) = Desk::at_count();
    desk.counts_lying(1, 0, 86);
    desk.sends().unwrap();
    let found = [
        (13, FoundPlace::Distributed, None),
        (1, FoundPlace::RejectUnit, None),
        (6, FoundPlace::Cassette, Some(1)),
    ];
    directive(&mut desk, 1, settlement(1, &found, request));
    let durable = desk.session.durable();
    assert_eq!((durable.doubts.len(), durable.books.in_doubt(), &durable.stopped), (0, 0, &None));
    assert!(durable.books.balance());
    assert_eq!(durable.books.units[&UnitNo(1)].notes, 86, "what was counted");
    desk.decide(Decision::Confirm);
    assert_eq!(*desk.service_page(), ServicePage::Home);
    assert!(!desk.session.service_tasks(StaffRole::CashOfficer).contains(&ServiceTask::Settlement));
}

#[test]
fn a_count_that_does_not_fit_is_not_sent_and_counted_again() {
    let (mut desk, ..) = Desk::at_count();
    for (on_the_way, rejected, cassette) in [(0, 0, 79), (1, 0, 100), (0, 0, 0)] {
        desk.counts_lying(on_the_way, rejected, cassette);
        assert_eq!(desk.sends(), None);
        desk.decide(Decision::Decline);
    }
    desk.counts_lying(0, 0, 80);
    let given = desk.sends().unwrap().given;
    assert_eq!(given, [DenominationCount { denomination: FIVE, notes: 20 }]);
}

#[test]
fn notes_that_only_lie_elsewhere_are_moved_in_the_books_and_not_called_given() {
    let (mut desk, ..) = Desk::at_count();
    desk.counts_lying(0, 3, 78);
    let given = desk.sends().unwrap().given;
    assert_eq!(given, [DenominationCount { denomination: FIVE, notes: 19 }]);
    let books = &desk.session.durable().books;
    let sums = books.denominations[&FIVE];
    assert_eq!((books.units[&UnitNo(1)].notes, sums.in_reject, sums.uncertain), (78, 2, 20));
    assert!(books.balance());
}

#[test]
fn where_two_touch_cash_two_count() {
    let (desk, ..) = Desk::in_doubt_with_officers(true);
    let mut desk = desk.opened_by(OFFICER);
    desk.turns_to(ServiceTask::Settlement);
    assert!(matches!(desk.staff_card(), StaffCardStage::Insert));
    desk.shows_as_staff(SECOND);
    desk.decide(Decision::Confirm);
    desk.counts_lying(0, 0, 80);
    assert_eq!(desk.sends().unwrap().officers, ["c-004", "c-011"]);
}

#[test]
fn a_technician_counts_nothing_and_without_a_doubt_there_is_nothing_to_count() {
    let (desk, ..) = Desk::in_doubt_with_officers(false);
    assert!(desk.session.service_tasks(StaffRole::CashOfficer).contains(&ServiceTask::Settlement));
    let desk = desk.opened_by(TECHNICIAN);
    assert!(!desk.session.service_tasks(StaffRole::Technician).contains(&ServiceTask::Settlement));
    let quiet = Desk::with_officers(false);
    assert!(!quiet.session.service_tasks(StaffRole::CashOfficer).contains(&ServiceTask::Settlement));
}

#[test]
fn a_restart_does_not_forget_what_is_to_be_counted() {
    let (desk, request, loan) = Desk::in_doubt_with_officers(false);
    let desk = desk.restart(setup(), latch(0));
    let doubt = desk.session.countable_doubt().unwrap();
    assert_eq!((doubt.request, doubt.loan, doubt.amount_tiyn.tenge()), (request, loan, SUM));
}

#[test]
fn notes_of_several_stories_are_not_settled_by_a_count() {
    let (desk, ..) = Desk::in_doubt_with_officers(false);
    let durable = desk.session.durable().clone();
    let mut two = durable.clone();
    two.doubts.push(durable.doubts[0].clone());
    assert_eq!(Desk::over(setup(), two).session.countable_doubt(), None);
    let mut tested = durable;
    tested.books.denominations.get_mut(&FIVE).unwrap().uncertain += 1;
    assert_eq!(Desk::over(setup(), tested).session.countable_doubt(), None);
}

#[test]
fn a_journal_that_takes_no_rows_keeps_the_count_on_the_screen() {
    let (mut desk, ..) = Desk::at_count();
    desk.counts_lying(0, 0, 80);
    desk.send(Event::Journal { writable: false });
    assert_eq!(desk.sends(), None);
    desk.send(Event::Journal { writable: true });
    assert!(desk.sends().is_some());
}
