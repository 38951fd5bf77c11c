//! A payout in doubt is settled by a count at the screen: cash officers count each unit that may hold its notes, the screen says
//! what follows, and their row lets the MFO settle it as its own two people would.
//!
//! Nothing is decided here: the books change by the MFO's `Settlement` alone, and the loan with them. Whatever the count
//! says, nothing of this payout is ever paid again by its leave.

use senim_domain::cash::{CashBooks, UnitRequest};
use senim_domain::count::{CountedNotes, CountedPlace};
use senim_domain::doubt::DoubtfulNotes;
use senim_operation::body::{DenominationCount, PayoutCounted};

use super::{Session, Step};
use crate::action::Decision;
use crate::durable::OpenPayout;
use crate::exchange::Officers;
use crate::service::{ServicePage, Staff};
use crate::settlement::{DoubtfulPayout, Settling, SettlingPage, UnitOf, typed_notes};

impl Session {
    /// The payout that a count can settle: the only one in doubt, and the only reason why notes are. Notes of several stories
    /// lie in one unit, where no count tells them apart: those are settled at the MFO.
    #[must_use]
    pub fn countable_doubt(&self) -> Option<&DoubtfulPayout> {
        let [doubt] = self.durable.doubts.as_slice() else { return None };
        let of_this = doubt.notes.iter().fold(0_u32, |sum, notes| sum.saturating_add(notes.doubt));
        (self.durable.open.is_none() && of_this == self.durable.books.in_doubt()).then_some(doubt)
    }

    /// Everybody whose card is needed has shown it.
    pub(super) fn name_doubt(&mut self, step: &Step<'_>, staff: Staff, officers: Officers) {
        let page = match self.countable_doubt().cloned() {
            Some(doubt) => {
                let units = self.units_to_count(&doubt);
                let settling = Settling { officers, doubt, units, answers: Vec::new() };
                ServicePage::Settlement(SettlingPage::Payout(Box::new(settling)))
            }
            // The MFO settled it meanwhile.
            None => ServicePage::Home,
        };
        self.page(step, staff, page);
    }

    fn units_to_count(&self, doubt: &DoubtfulPayout) -> Vec<UnitOf> {
        let places: &[CountedPlace] = if self.setup.dispenser.retract {
            &[CountedPlace::Exit, CountedPlace::RejectUnit, CountedPlace::RetractUnit]
        } else {
            &[CountedPlace::Exit, CountedPlace::RejectUnit]
        };
        let mut units = Vec::new();
        for notes in doubt.notes.iter().filter(|notes| notes.doubt > 0) {
            let denomination = notes.denomination;
            units.extend(places.iter().map(|place| UnitOf { place: *place, unit: None, denomination }));
            let cassettes = self.durable.books.units.values();
            let cassettes = cassettes.filter(|stock| stock.denomination == denomination);
            units.extend(cassettes.map(|stock| UnitOf {
                place: CountedPlace::Cassette,
                unit: Some(stock.unit),
                denomination,
            }));
        }
        units
    }

    /// What was counted for a settlement, beside what the books say now.
    #[must_use]
    pub fn counted_for(&self, settling: &Settling) -> Vec<CountedNotes> {
        settling.counted(|place, unit, denomination| self.durable.books.expected(place, unit, denomination))
    }

    /// What is decided on a page of a settlement.
    pub(super) fn decide_settlement(
        &mut self,
        step: &mut Step<'_>,
        staff: Staff,
        page: SettlingPage,
        decision: Decision,
    ) {
        let next = match (page, decision) {
            (SettlingPage::Payout(settling), Decision::Confirm) => SettlingPage::Counting(settling),
            (SettlingPage::Counting(mut settling), Decision::Enter(typed)) => {
                settling.answers.extend(typed_notes(typed.expose()));
                if settling.asked().is_some() {
                    SettlingPage::Counting(settling)
                } else {
                    SettlingPage::Review(settling)
                }
            }
            (SettlingPage::Review(mut settling), Decision::Decline) => {
                settling.answers.clear();
                SettlingPage::Counting(settling)
            }
            (SettlingPage::Review(settling), Decision::Confirm) => self.send_count(step, settling),
            (SettlingPage::Sent { .. }, Decision::Confirm) => {
                return self.page(step, staff, ServicePage::Home);
            }
            (page, _) => page,
        };
        self.page(step, staff, ServicePage::Settlement(next));
    }

    /// One step back; `None`: to the home page.
    pub(super) fn back_in_settlement(page: SettlingPage) -> Option<SettlingPage> {
        match page {
            SettlingPage::Payout(_) | SettlingPage::Sent { .. } => None,
            SettlingPage::Counting(mut settling) | SettlingPage::Review(mut settling) => {
                Some(if settling.answers.pop().is_some() {
                    SettlingPage::Counting(settling)
                } else {
                    SettlingPage::Payout(settling)
                })
            }
        }
    }

    fn send_count(&mut self, step: &mut Step<'_>, settling: Box<Settling>) -> SettlingPage {
        let counted = self.counted_for(&settling);
        let still = self.countable_doubt() == Some(&settling.doubt);
        let verdict = settling.verdict(&counted).ok().filter(|_| still && !self.facts.journal_full);
        let moved = verdict.as_ref().and_then(|verdict| corrected(&self.durable.books, &verdict.moved));
        // Nothing is lost: the officers count again, or try again once the journal takes rows.
        let (Some(verdict), Some(books)) = (verdict, moved) else { return SettlingPage::Review(settling) };
        self.durable.books = books;
        // The way was looked at, too.
        let in_doubt = |notes: &UnitRequest| {
            settling
                .doubt
                .notes
                .iter()
                .any(|doubt| doubt.denomination == notes.denomination && doubt.doubt > 0)
        };
        self.durable.stuck.retain(|notes| !in_doubt(notes));
        let Settling { officers, doubt, .. } = *settling;
        let (request, loan) = (doubt.request, doubt.loan);
        let note = |(denomination, notes)| DenominationCount { denomination, notes };
        let given = verdict.given.into_iter().map(note).collect();
        self.record_durable(step, PayoutCounted { request, loan, officers, counted, given });
        SettlingPage::Sent { request }
    }

    /// A payout has come to be in doubt. `before`: the books before its last bundle was booked.
    pub(super) fn remember_doubt(&mut self, before: &CashBooks) {
        let Some(open) = &self.durable.open else { return };
        let doubt = doubtful(open, before, &self.durable.books);
        self.durable.doubts.push(doubt);
    }
}

/// The books with each unit as it was counted, where only the units differ; `None` where they cannot hold it.
fn corrected(books: &CashBooks, moved: &[CountedNotes]) -> Option<CashBooks> {
    let mut after = books.clone();
    moved.iter().try_for_each(|unit| after.correct(unit)).ok()?;
    Some(after)
}

fn doubtful(open: &OpenPayout, before: &CashBooks, after: &CashBooks) -> DoubtfulPayout {
    let uncertain = |books: &CashBooks, note| books.denominations.get(note).map_or(0, |sums| sums.uncertain);
    let notes = after.denominations.keys().map(|note| DoubtfulNotes {
        denomination: *note,
        sure: open
            .distributed
            .iter()
            .filter(|count| count.denomination == *note)
            .fold(0, |sum, count| sum.saturating_add(count.notes)),
        doubt: uncertain(after, note).saturating_sub(uncertain(before, note)),
    });
    DoubtfulPayout {
        request: open.request,
        loan: open.loan,
        amount_tiyn: open.amount_tiyn,
        notes: notes.filter(|notes| notes.sure > 0 || notes.doubt > 0).collect(),
    }
}
