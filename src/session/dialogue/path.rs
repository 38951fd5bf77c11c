//! Notes that stuck on the dispenser's way leave the account of their cassette by a technician's count (decision 0042).
//!
//! The device counted what it gave and what it rejected, and says that it is stuck: nothing of the payout is in doubt, but a note
//! that it drew lies in no cassette any more. The terminal pays nobody until whoever opened the way has put what lay there into the
//! reject unit, and said how much it was. The reject unit is counted by cash officers at the next exchange.

use std::collections::BTreeMap;

use senim_domain::cash::{CashBooks, Denomination, UnitMoved, UnitNo, UnitRequest};
use senim_domain::count::CountedPlace;
use senim_operation::body::PathCleared;

use super::{Session, Step};
use crate::action::Decision;
use crate::path::{Clearing, PathPage};
use crate::service::{ServicePage, Staff};
use crate::settlement::typed_notes;

impl Session {
    /// Whether there is something to count: while a payout is in doubt, its own count looks at the way too.
    pub(super) fn is_stuck(&self) -> bool {
        !self.durable.stuck.is_empty() && self.durable.doubts.is_empty() && self.durable.open.is_none()
    }

    /// What is decided on a page of it.
    pub(super) fn decide_path(
        &mut self,
        step: &mut Step<'_>,
        staff: Staff,
        page: PathPage,
        decision: Decision,
    ) {
        let next = match (page, decision) {
            (PathPage::Open(clearing), Decision::Confirm) => PathPage::Counting(clearing),
            (PathPage::Counting(mut clearing), Decision::Enter(typed)) => {
                let most = clearing.asked().map_or(0, |value| self.durable.books.in_cassettes(value));
                clearing.answers.extend(typed_notes(typed.expose()).filter(|notes| *notes <= most));
                if clearing.asked().is_some() {
                    PathPage::Counting(clearing)
                } else {
                    PathPage::Review(clearing)
                }
            }
            (PathPage::Review(mut clearing), Decision::Decline) => {
                clearing.answers.clear();
                PathPage::Counting(clearing)
            }
            (PathPage::Review(clearing), Decision::Confirm) => self.clear_path(step, &staff, clearing),
            (PathPage::Cleared, Decision::Confirm) => return self.page(step, staff, ServicePage::Home),
            (page, _) => page,
        };
        self.page(step, staff, ServicePage::Path(next));
    }

    /// One step back; `None`: to the home page.
    pub(super) fn back_on_path(page: PathPage) -> Option<PathPage> {
        match page {
            PathPage::Open(_) | PathPage::Cleared => None,
            PathPage::Counting(mut clearing) | PathPage::Review(mut clearing) => {
                Some(if clearing.answers.pop().is_some() {
                    PathPage::Counting(clearing)
                } else {
                    PathPage::Open(clearing)
                })
            }
        }
    }

    fn clear_path(&mut self, step: &mut Step<'_>, staff: &Staff, clearing: Clearing) -> PathPage {
        let found = found(&self.durable.books, &self.durable.stuck, &clearing);
        let moved: Vec<UnitMoved> = found
            .iter()
            .map(|notes| UnitMoved { unit: notes.unit, distributed: 0, rejected: notes.notes })
            .collect();
        let mut books = self.durable.books.clone();
        // Nothing is lost: the count is made again once the journal takes rows.
        if self.facts.journal_full || books.book_moved(&moved).is_err() {
            return PathPage::Review(clearing);
        }
        self.durable.books = books;
        let stuck = std::mem::take(&mut self.durable.stuck);
        self.record_durable(step, PathCleared { staff: staff.number.clone(), stuck, found });
        // The dispenser may say now that it serves again.
        self.devices_due = step.now.mono;
        PathPage::Cleared
    }
}

/// Which cassettes the notes came from. Several of one value: those that were asked last, as far as they were asked, and then
/// whichever has notes.
fn found(books: &CashBooks, stuck: &[UnitRequest], clearing: &Clearing) -> Vec<UnitRequest> {
    let mut found: BTreeMap<UnitNo, UnitRequest> = BTreeMap::new();
    for (value, counted) in clearing.counted() {
        let mut left = counted;
        let asked = stuck.iter().filter(|notes| notes.denomination == value).copied();
        for source in asked.chain(in_cassettes(books, value)) {
            let held = books.expected(CountedPlace::Cassette, Some(source.unit), value);
            let from = found.entry(source.unit).or_insert(UnitRequest { notes: 0, ..source });
            let some = source.notes.min(held).saturating_sub(from.notes).min(left);
            from.notes = from.notes.saturating_add(some);
            left = left.saturating_sub(some);
        }
    }
    found.into_values().filter(|notes| notes.notes > 0).collect()
}

fn in_cassettes(books: &CashBooks, value: Denomination) -> impl Iterator<Item = UnitRequest> + '_ {
    let of_value = books.units.values().filter(move |stock| stock.denomination == value);
    of_value.map(move |stock| UnitRequest { unit: stock.unit, denomination: value, notes: stock.notes })
}
