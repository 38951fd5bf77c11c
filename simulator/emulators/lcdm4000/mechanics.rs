//! Where the notes are: cassettes, path, reject tray, outside. Moves them one by one for a running command.
//!
//! The counters here are the truth that tests compare everything else with. What the firmware reports may differ
//! from it when a fault says so (a doubted note, a lost record); the counters never do.

use std::collections::BTreeMap;

use super::Fault;
use super::unit::{Cassette, Counts, PerUnit, Unit};
use crate::faults::FaultSet;

/// Error codes as in protocols 1.4; the line carries code + 20h.
pub(super) mod error {
    pub(in super::super) const NONE: u8 = 0x00;
    pub(in super::super) const PICK_UP: u8 = 0x01;
    pub(in super::super) const JAM_DIVERTER_EJECT: u8 = 0x03;
    pub(in super::super) const NOTE_IN_EXIT: u8 = 0x05;
    pub(in super::super) const NOTES_ON_PATH: u8 = 0x0B;
    pub(in super::super) const TOO_MANY_NOTES: u8 = 0x0C;
    pub(in super::super) const TOO_MANY_REJECTS: u8 = 0x0D;
    pub(in super::super) const CASSETTE_ABSENT: u8 = 0x24;
    pub(in super::super) const NO_REJECT_TRAY: u8 = 0x26;
    pub(in super::super) const ABNORMAL_COMMAND: u8 = 0x30;
    pub(in super::super) const ABNORMAL_PARAMETER: u8 = 0x31;
}

/// Result of a command that moves notes, as the firmware reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) error: u8,
    pub(super) counts: Counts,
}

impl Outcome {
    pub(super) fn refused(error: u8) -> Self {
        Self { error, counts: Counts::default() }
    }
}

/// Where a note that has been picked will land.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Destination {
    Exit,
    RejectTray,
}

/// A DISPENSE or TEST DISPENSE under way.
#[derive(Debug)]
pub(super) struct Dispensing {
    wanted: PerUnit<u8>,
    to_tray: bool,
    counts: Counts,
    in_flight: Option<(Unit, Destination)>,
    doubt_after: u32,
    dip_after: u32,
}

/// What one step of the transport led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A note is on its way; step again after the time of one note.
    Moving,
    /// The command has ended.
    Ended(Outcome),
    /// The supply dipped; the firmware is gone and the latch saw it.
    PowerDip,
    /// The firmware's own watchdog fired; the supply never dipped.
    FirmwareReset,
}

/// Limits of one transaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) notes: u32,
    pub(super) rejects: u32,
}

/// All notes in and out of the machine.
#[derive(Debug)]
pub(super) struct Transport {
    pub(super) cassettes: PerUnit<Cassette>,
    pub(super) on_path: PerUnit<u8>,
    pub(super) reject_tray: u64,
    pub(super) dispensed: BTreeMap<u32, u64>,
    pub(super) rejected: BTreeMap<u32, u64>,
    pub(super) order: [Unit; 4],
}

impl Transport {
    pub(super) fn new(cassettes: [Cassette; 4]) -> Self {
        Self {
            cassettes: PerUnit(cassettes),
            on_path: PerUnit::default(),
            reject_tray: 0,
            dispensed: BTreeMap::new(),
            rejected: BTreeMap::new(),
            order: Unit::ALL,
        }
    }

    /// Checks before anything moves; an error means that nothing has moved.
    pub(super) fn start(
        &self,
        wanted: PerUnit<u8>,
        to_tray: bool,
        limits: Limits,
        faults: &mut FaultSet<Fault>,
    ) -> Result<Dispensing, u8> {
        let total = wanted.total();
        if total == 0 {
            return Err(error::ABNORMAL_PARAMETER);
        }
        if total > limits.notes {
            return Err(error::TOO_MANY_NOTES);
        }
        if self.on_path.total() > 0 {
            return Err(error::NOTES_ON_PATH);
        }
        if faults.take(Fault::NoRejectTray).is_some() {
            return Err(error::NO_REJECT_TRAY);
        }
        let absent = absent_unit(faults);
        if absent.is_some_and(|unit| *wanted.at(unit) > 0) {
            faults.take(Fault::CassetteOut);
            return Err(error::CASSETTE_ABSENT);
        }
        let after =
            |fault, default| faults.peek(fault).and_then(|spec| spec.after_notes).map_or(default, u32::from);
        Ok(Dispensing {
            wanted,
            to_tray,
            counts: Counts::default(),
            in_flight: None,
            doubt_after: after(Fault::ExitDoubt, total.saturating_sub(1)),
            dip_after: total / 2,
        })
    }

    /// Lands the note in flight and picks the next one.
    pub(super) fn step(
        &mut self,
        job: &mut Dispensing,
        limits: Limits,
        faults: &mut FaultSet<Fault>,
    ) -> Step {
        self.land(job);
        let exits = job.counts.exit.total();
        let next = self.order.into_iter().find(|unit| *job.wanted.at(*unit) > 0);
        for (fault, step) in [
            (Fault::RebootMidDispense, Step::PowerDip),
            (Fault::WatchdogResetMidDispense, Step::FirmwareReset),
        ] {
            let due = faults.peek(fault).map(|spec| spec.after_notes.map_or(job.dip_after, u32::from));
            if due.is_some_and(|after| exits >= after) {
                faults.take(fault);
                if let Some(unit) = next.filter(|unit| self.pick(*unit)) {
                    self.on_path.add_one(unit);
                }
                return step;
            }
        }
        let Some(unit) = next else {
            return Step::Ended(Outcome { error: error::NONE, counts: job.counts });
        };
        let rejects = job.counts.reject.total();
        if !job.to_tray && rejects > limits.rejects {
            return Step::Ended(Outcome { error: error::TOO_MANY_REJECTS, counts: job.counts });
        }
        if exits.saturating_add(rejects) >= limits.notes {
            return Step::Ended(Outcome { error: error::TOO_MANY_NOTES, counts: job.counts });
        }
        if !self.pick(unit) {
            return Step::Ended(Outcome { error: error::PICK_UP, counts: job.counts });
        }
        if let Some(outcome) = self.strike(job, unit, exits, faults) {
            return Step::Ended(outcome);
        }
        let destination = if job.to_tray || faults.take(Fault::Reject).is_some() {
            Destination::RejectTray
        } else {
            Destination::Exit
        };
        job.in_flight = Some((unit, destination));
        Step::Moving
    }

    /// The supply has gone: what was under way lies on the path now.
    pub(super) fn abandon(&mut self, job: Dispensing) {
        if let Some((unit, _)) = job.in_flight {
            self.on_path.add_one(unit);
        }
    }

    /// Moves everything on the path into the reject tray.
    pub(super) fn purge(&mut self, faults: &mut FaultSet<Fault>) -> Outcome {
        if faults.take(Fault::NoRejectTray).is_some() {
            return Outcome::refused(error::NO_REJECT_TRAY);
        }
        let mut counts = Counts::default();
        if faults.take(Fault::PurgeMovesExit).is_some() {
            let from_path = Unit::ALL.into_iter().find(|unit| *self.on_path.at(*unit) > 0);
            let strayed = match from_path {
                Some(unit) => {
                    let lying = self.on_path.at_mut(unit);
                    *lying = lying.saturating_sub(1);
                    Some(unit)
                }
                None => Unit::ALL.into_iter().find(|unit| self.pick(*unit)),
            };
            if let Some(unit) = strayed {
                self.leave(unit);
                counts.exit.add_one(unit);
            }
        }
        for unit in Unit::ALL {
            while *self.on_path.at(unit) > 0 {
                let lying = self.on_path.at_mut(unit);
                *lying = lying.saturating_sub(1);
                self.reject(unit);
                counts.reject.add_one(unit);
            }
        }
        Outcome { error: error::NONE, counts }
    }

    /// A person opens the path and puts what lies there into the reject tray; no command did it, no counter tells.
    pub(super) fn clear_by_hand(&mut self) {
        for unit in Unit::ALL {
            for _ in 0..std::mem::take(self.on_path.at_mut(unit)) {
                self.reject(unit);
            }
        }
    }

    fn land(&mut self, job: &mut Dispensing) {
        let Some((unit, destination)) = job.in_flight.take() else { return };
        match destination {
            Destination::Exit => {
                self.leave(unit);
                job.counts.exit.add_one(unit);
            }
            Destination::RejectTray => {
                self.reject(unit);
                job.counts.reject.add_one(unit);
            }
        }
        // A rejected note of a real dispense is replaced from the same cassette.
        if destination == Destination::Exit || job.to_tray {
            let wanted = job.wanted.at_mut(unit);
            *wanted = wanted.saturating_sub(1);
        }
    }

    /// Faults that end the command with the note of `unit`, which has just been picked.
    fn strike(
        &mut self,
        job: &mut Dispensing,
        unit: Unit,
        exits: u32,
        faults: &mut FaultSet<Fault>,
    ) -> Option<Outcome> {
        let jam = faults.peek(Fault::JamAfter);
        if jam.is_some_and(|spec| exits >= u32::from(spec.after_notes.unwrap_or(0))) {
            let spec = faults.take(Fault::JamAfter).unwrap_or_default();
            self.on_path.add_one(unit);
            for _ in 0..spec.rejects.unwrap_or(0) {
                if self.pick(unit) {
                    self.reject(unit);
                    job.counts.reject.add_one(unit);
                }
            }
            return Some(Outcome { error: error::JAM_DIVERTER_EJECT, counts: job.counts });
        }
        if exits >= job.doubt_after
            && let Some(spec) = faults.take(Fault::ExitDoubt)
        {
            if spec.left.unwrap_or(false) {
                self.leave(unit);
            } else {
                self.on_path.add_one(unit);
            }
            return Some(Outcome { error: error::NOTE_IN_EXIT, counts: job.counts });
        }
        None
    }

    fn pick(&mut self, unit: Unit) -> bool {
        let cassette = self.cassettes.at_mut(unit);
        match cassette.notes.checked_sub(1) {
            Some(left) => {
                cassette.notes = left;
                true
            }
            None => false,
        }
    }

    fn leave(&mut self, unit: Unit) {
        let cassette = self.cassettes.at_mut(unit);
        cassette.exited = cassette.exited.saturating_add(1);
        let total = self.dispensed.entry(cassette.denomination).or_default();
        *total = total.saturating_add(1);
    }

    fn reject(&mut self, unit: Unit) {
        let cassette = self.cassettes.at_mut(unit);
        cassette.rejected = cassette.rejected.saturating_add(1);
        self.reject_tray = self.reject_tray.saturating_add(1);
        let total = self.rejected.entry(cassette.denomination).or_default();
        *total = total.saturating_add(1);
    }
}

/// The cassette a fault has taken out; the first one unless the fault names another.
pub(super) fn absent_unit(faults: &FaultSet<Fault>) -> Option<Unit> {
    let spec = faults.peek(Fault::CassetteOut)?;
    Unit::from_number(spec.unit.unwrap_or(1))
}
