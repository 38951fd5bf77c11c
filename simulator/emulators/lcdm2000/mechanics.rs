//! Where the notes are: cassettes, path, reject tray, outside. Moves them one by one for a running command.
//!
//! The counters here are the truth that tests compare everything else with. What the firmware reports may differ
//! from it when a fault says so (a doubted note); the counters never do.

use std::collections::BTreeMap;

use super::bays::{Bay, Cassette, Pair};
use super::{Fault, Options};
use crate::faults::FaultSet;

/// Error bytes as in protocols 1.3.
pub(super) mod error {
    pub(in super::super) const NONE: u8 = 0x30;
    pub(in super::super) const PICK_UP: u8 = 0x32;
    pub(in super::super) const JAM_CHECK: u8 = 0x33;
    pub(in super::super) const UNDEFINED: u8 = 0x37;
    pub(in super::super) const MISMATCH_CHECK_DIVERTER: u8 = 0x3A;
    pub(in super::super) const REQUEST: u8 = 0x3B;
    pub(in super::super) const MISMATCH_DIVERTER_EJECTOR: u8 = 0x3C;
    pub(in super::super) const MISMATCH_EJECTOR_EXIT: u8 = 0x3D;
    pub(in super::super) const NO_REJECT_TRAY: u8 = 0x3F;
    pub(in super::super) const TOO_MANY_REJECTS: u8 = 0x44;
    pub(in super::super) const NOT_IN_ANY_MANUAL: u8 = 0x5A;

    pub(in super::super) fn bill_end(bay: super::Bay) -> u8 {
        match bay {
            super::Bay::Upper => 0x38,
            super::Bay::Lower => 0x40,
        }
    }

    pub(in super::super) fn cassette_missing(bay: super::Bay) -> u8 {
        match bay {
            super::Bay::Upper => 0x45,
            super::Bay::Lower => 0x46,
        }
    }
}

/// Faults that leave one note in doubt, with their error bytes.
const DOUBTS: [(Fault, u8); 3] = [
    (Fault::MismatchCheckDiverter, error::MISMATCH_CHECK_DIVERTER),
    (Fault::MismatchDiverterEjector, error::MISMATCH_DIVERTER_EJECTOR),
    (Fault::MismatchEjectorExit, error::MISMATCH_EJECTOR_EXIT),
];

/// Result of a command that moves notes, as the firmware reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) error: u8,
    /// Notes that passed the pick-up sensor, rejected and stuck ones among them.
    pub(super) checked: Pair<u8>,
    pub(super) exited: Pair<u8>,
    pub(super) rejected: Pair<u8>,
}

impl Outcome {
    pub(super) fn refused(error: u8) -> Self {
        Self { error, checked: Pair::default(), exited: Pair::default(), rejected: Pair::default() }
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
    wanted: Pair<u8>,
    to_tray: bool,
    counts: Outcome,
    in_flight: Option<(Bay, Destination)>,
    asked: u32,
}

/// What one step of the transport led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A note is on its way; step again after the time of one note.
    Moving,
    /// The command has ended.
    Ended(Outcome),
    /// The firmware restarts.
    Restart,
}

/// All notes in and out of the machine.
#[derive(Debug)]
pub(super) struct Transport {
    pub(super) cassettes: Pair<Cassette>,
    pub(super) on_path: Pair<u8>,
    pub(super) reject_tray: u64,
    pub(super) dispensed: BTreeMap<u32, u64>,
}

impl Transport {
    pub(super) fn new(cassettes: [Cassette; 2]) -> Self {
        let [upper, lower] = cassettes;
        Self {
            cassettes: Pair { upper, lower },
            on_path: Pair::default(),
            reject_tray: 0,
            dispensed: BTreeMap::new(),
        }
    }

    /// Checks before anything moves; an error means that nothing has moved.
    pub(super) fn start(
        &self,
        wanted: Pair<u8>,
        to_tray: bool,
        options: Options,
        faults: &mut FaultSet<Fault>,
    ) -> Result<Dispensing, u8> {
        let asked = wanted.total();
        if asked == 0 || asked > options.max_notes {
            return Err(error::REQUEST);
        }
        if self.on_path.total() > 0 {
            return Err(error::JAM_CHECK);
        }
        if faults.take(Fault::NoRejectTray).is_some() {
            return Err(error::NO_REJECT_TRAY);
        }
        if let Some(bay) = absent(faults).filter(|bay| *wanted.at(*bay) > 0) {
            faults.take(Fault::CassetteOut);
            return Err(error::cassette_missing(bay));
        }
        let counts = Outcome::refused(error::NONE);
        Ok(Dispensing { wanted, to_tray, counts, in_flight: None, asked })
    }

    /// Lands the note in flight and picks the next one.
    pub(super) fn step(
        &mut self,
        job: &mut Dispensing,
        options: Options,
        faults: &mut FaultSet<Fault>,
    ) -> Step {
        self.land(job);
        let exits = job.counts.exited.total();
        let due = |fault, default: u32| {
            let after = faults.peek(fault).map(|spec| spec.after_notes.map_or(default, u32::from));
            after.is_some_and(|after| exits >= after)
        };
        let next = Bay::ALL.into_iter().find(|bay| *job.wanted.at(*bay) > 0);
        if due(Fault::RebootMidDispense, job.asked / 2) {
            faults.take(Fault::RebootMidDispense);
            if let Some(bay) = next.filter(|bay| self.pick(*bay)) {
                self.on_path.add_one(bay);
            }
            return Step::Restart;
        }
        let Some(bay) = next else { return Self::end(job, error::NONE) };
        if !job.to_tray && job.counts.rejected.total() > options.max_rejects {
            return Self::end(job, error::TOO_MANY_REJECTS);
        }
        let jam = due(Fault::JamAfter, 0);
        let unknown = due(Fault::UnknownError, 0);
        let last = job.asked.saturating_sub(1);
        let doubt = DOUBTS.into_iter().find(|(fault, _)| due(*fault, last));
        if self.cassettes.at(bay).notes == 0 {
            let empty_from_the_start = *job.counts.checked.at(bay) == 0;
            return Self::end(job, if empty_from_the_start { error::bill_end(bay) } else { error::PICK_UP });
        }
        self.pick(bay);
        job.counts.checked.add_one(bay);
        if jam {
            let spec = faults.take(Fault::JamAfter).unwrap_or_default();
            self.on_path.add_one(bay);
            // The next one is already on its way and runs into it.
            if *job.wanted.at(bay) > 1 && self.pick(bay) {
                job.counts.checked.add_one(bay);
                self.on_path.add_one(bay);
            }
            for _ in 0..spec.rejects.unwrap_or(0) {
                if self.pick(bay) {
                    job.counts.checked.add_one(bay);
                    self.reject(bay);
                    job.counts.rejected.add_one(bay);
                }
            }
            return Self::end(job, error::JAM_CHECK);
        }
        if unknown {
            faults.take(Fault::UnknownError);
            self.on_path.add_one(bay);
            return Self::end(job, error::NOT_IN_ANY_MANUAL);
        }
        if let Some((fault, code)) = doubt {
            if faults.take(fault).and_then(|spec| spec.left).unwrap_or(false) {
                self.leave(bay);
            } else {
                self.on_path.add_one(bay);
            }
            return Self::end(job, code);
        }
        let rejected = job.to_tray || faults.take(Fault::Reject).is_some();
        let destination = if rejected { Destination::RejectTray } else { Destination::Exit };
        job.in_flight = Some((bay, destination));
        Step::Moving
    }

    fn end(job: &Dispensing, error: u8) -> Step {
        Step::Ended(Outcome { error, ..job.counts })
    }

    /// The firmware is gone: what was under way lies on the path now.
    pub(super) fn abandon(&mut self, job: &Dispensing) {
        if let Some((bay, _)) = job.in_flight {
            self.on_path.add_one(bay);
        }
    }

    /// Moves everything on the path into the reject tray; the error byte.
    pub(super) fn purge(&mut self, faults: &mut FaultSet<Fault>) -> u8 {
        if faults.take(Fault::NoRejectTray).is_some() {
            return error::NO_REJECT_TRAY;
        }
        for bay in Bay::ALL {
            while *self.on_path.at(bay) > 0 {
                self.on_path.take_one(bay);
                self.reject(bay);
            }
        }
        error::NONE
    }

    fn land(&mut self, job: &mut Dispensing) {
        let Some((bay, destination)) = job.in_flight.take() else { return };
        match destination {
            Destination::Exit => {
                self.leave(bay);
                job.counts.exited.add_one(bay);
            }
            Destination::RejectTray => {
                self.reject(bay);
                job.counts.rejected.add_one(bay);
            }
        }
        // A rejected note of a real dispense is replaced from the same cassette.
        if destination == Destination::Exit || job.to_tray {
            job.wanted.take_one(bay);
        }
    }

    fn pick(&mut self, bay: Bay) -> bool {
        let cassette = self.cassettes.at_mut(bay);
        match cassette.notes.checked_sub(1) {
            Some(left) => {
                cassette.notes = left;
                true
            }
            None => false,
        }
    }

    fn leave(&mut self, bay: Bay) {
        let cassette = self.cassettes.at_mut(bay);
        cassette.exited = cassette.exited.saturating_add(1);
        let total = self.dispensed.entry(cassette.denomination).or_default();
        *total = total.saturating_add(1);
    }

    fn reject(&mut self, bay: Bay) {
        let cassette = self.cassettes.at_mut(bay);
        cassette.rejected = cassette.rejected.saturating_add(1);
        self.reject_tray = self.reject_tray.saturating_add(1);
    }
}

/// The cassette that a fault has taken out; the upper one unless the fault names another.
pub(super) fn absent(faults: &FaultSet<Fault>) -> Option<Bay> {
    let spec = faults.peek(Fault::CassetteOut)?;
    Bay::from_number(spec.unit.unwrap_or(1))
}
