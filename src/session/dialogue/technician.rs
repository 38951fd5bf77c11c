//! What a technician asks of the cash dispenser: one note to the reject unit, to see the mechanics move.
//!
//! It moves cash, so it is a saga in small: the row first, the command once, and a verdict. No note leaves the device,
//! but one whose place nobody knows is missing from the books like any other.

use senim_domain::cash::{BundleResult, UnitMoved, UnitNo, UnitRequest, UnitStock};
use senim_domain::time::Mono;
use senim_hal::cash_dispenser::Event as Dispenser;
use senim_hal::{Error, ErrorKind};
use senim_operation::body::{CashServiceChanged, TestDispenseEnded, TestDispenseIntended, TestedDevice};

use super::{Session, Step};
use crate::bundle::UNCERTAIN;
use crate::effect::CashCommand;

/// Longest wait of a test dispense for answers to questions asked before it; longer than a driver repeats one.
const TEST_WAIT_MS: u64 = 60_000;

impl Session {
    /// Whether a note of this cassette may be tried: at a terminal that is at rest, and where nothing is in doubt.
    pub(super) fn may_test_dispense(&self, unit: UnitNo) -> bool {
        let stocked = self.durable.books.units.get(&unit).is_some_and(|stock| stock.notes > 0);
        let ends = self.stopping || self.facts.on_battery_since.is_some() || self.durable.exchange.is_some();
        let sound = self.durable.stopped.is_none() && self.durable.stuck.is_empty();
        self.started && self.at_rest() && stocked && !ends && sound
    }

    /// Begins it where it may be; otherwise nothing happens.
    pub(super) fn test_dispense(&mut self, step: &mut Step<'_>, unit: UnitNo) {
        if !self.may_test_dispense(unit) {
            return;
        }
        if self.dispenser_asks > 0 {
            self.test_wanted = Some((unit, step.now.mono));
            return;
        }
        self.durable.testing = Some(unit);
        self.record_cash(step, TestDispenseIntended { unit }, Some(CashCommand::TestDispense(unit)));
    }

    /// A test that nobody answers the way for is given up, so that it keeps nobody else from beginning.
    pub(super) fn give_up_waiting_test(&mut self, now: Mono) {
        self.test_wanted.take_if(|(_, since)| now.since(*since) >= TEST_WAIT_MS);
    }

    pub(super) fn on_test_device(&mut self, step: &mut Step<'_>, event: Dispenser) {
        match event {
            Dispenser::Moved(movement) if !movement.counts_in_doubt => {
                let result = match (movement.distributed(), rejected(&movement.units)) {
                    (0, 0) => BundleResult::NotDispensed,
                    (0, _) => BundleResult::Dispensed,
                    (left, _) => {
                        self.contradicted(step, format!("a test dispense let {left} notes out"));
                        BundleResult::Uncertain
                    }
                };
                if result == BundleResult::NotDispensed {
                    self.remember_stuck_test(movement.error.as_ref());
                }
                let error = movement.error.as_ref().map(ToString::to_string);
                self.end_test(step, result, movement.units, error);
            }
            Dispenser::Moved(movement) => {
                let error = movement.error.as_ref().map(ToString::to_string);
                self.end_test(step, BundleResult::Uncertain, movement.units, error);
            }
            Dispenser::Unanswered(error) => {
                self.end_test(step, BundleResult::Uncertain, Vec::new(), Some(error.to_string()));
            }
            // Refused before a byte was written.
            Dispenser::Failed(error) => {
                self.end_test(step, BundleResult::NotDispensed, Vec::new(), Some(error.to_string()));
            }
            _ => {}
        }
    }

    /// A test that a restart interrupted: nobody saw its end.
    pub(super) fn recover_test(&mut self, step: &mut Step<'_>) {
        if self.durable.testing.is_some() {
            self.end_test(step, BundleResult::Uncertain, Vec::new(), Some("restart".to_owned()));
        }
    }

    /// The row that would have let the note move could not be written: it did not.
    pub(super) fn test_refused(&mut self, step: &mut Step<'_>) {
        self.end_test(step, BundleResult::NotDispensed, Vec::new(), Some("journal".to_owned()));
    }

    fn end_test(
        &mut self,
        step: &mut Step<'_>,
        mut result: BundleResult,
        units: Vec<UnitMoved>,
        device_error: Option<String>,
    ) {
        let Some(unit) = self.durable.testing.take() else { return };
        if result != BundleResult::Uncertain
            && let Err(fault) = self.durable.books.book_moved(&units)
        {
            self.contradicted(step, fault.to_string());
            result = BundleResult::Uncertain;
        }
        if result == BundleResult::Uncertain {
            self.doubt_one_note(step, unit);
            self.durable.stopped = Some(UNCERTAIN.to_owned());
        }
        self.record_cash(step, TestDispenseEnded { unit, result, units, device_error }, None);
        if result == BundleResult::Uncertain {
            let stopped = CashServiceChanged { available: false, cause: UNCERTAIN.to_owned() };
            self.record_cash(step, stopped, None);
        }
        self.devices_due = step.now.mono;
        self.device_tested_as(step, TestedDevice::Dispenser(unit), result == BundleResult::Dispensed);
    }

    /// The note of a test that counted nothing may lie on the way.
    fn remember_stuck_test(&mut self, error: Option<&Error>) {
        let stock = self.durable.testing.and_then(|unit| self.durable.books.units.get(&unit)).copied();
        if let (Some(stock), Some(ErrorKind::MediaJam)) = (stock, error.map(|error| error.kind)) {
            let UnitStock { unit, denomination, .. } = stock;
            self.durable.remember_stuck(&[UnitRequest { unit, denomination, notes: 1 }]);
        }
    }

    fn doubt_one_note(&mut self, step: &mut Step<'_>, unit: UnitNo) {
        let Some(stock) = self.durable.books.units.get(&unit).copied() else { return };
        let doubt = UnitRequest { unit, denomination: stock.denomination, notes: stock.notes.min(1) };
        if let Err(fault) = self.durable.books.book_uncertain(&[doubt]) {
            self.contradicted(step, fault.to_string());
        }
    }
}

fn rejected(units: &[UnitMoved]) -> u32 {
    units.iter().fold(0, |sum, unit| sum.saturating_add(unit.rejected))
}
