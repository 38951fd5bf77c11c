//! Where the notes are: cassettes, path, reject unit, exit, hands, retract unit.
//!
//! Two tables are kept of the exit. [`Places`] in `really` is the truth that tests compare everything else with; in
//! `believed` it is what the firmware knows and answers. They differ while somebody has taken a part of a bundle, and
//! where a fault says so.

use super::Fault;
use crate::faults::FaultSet;

/// One value per cassette, 1 to 4.
pub type PerUnit<T> = [T; 4];

/// Result bytes of the protocol.
pub(super) mod result {
    pub(in super::super) const GOOD: u8 = 0x00;
    pub(in super::super) const UNKNOWN_COMMAND: u8 = 0x01;
    pub(in super::super) const WRONG_DATA: u8 = 0x02;
    pub(in super::super) const NUMBER_USED: u8 = 0x03;
    pub(in super::super) const PICK_UP: u8 = 0x10;
    pub(in super::super) const JAM: u8 = 0x11;
    pub(in super::super) const TOO_MANY_REJECTS: u8 = 0x12;
    pub(in super::super) const CASSETTE_ABSENT: u8 = 0x13;
    pub(in super::super) const NO_REJECT_UNIT: u8 = 0x14;
    pub(in super::super) const COUNT_DOUBT: u8 = 0x15;
    pub(in super::super) const NOTES_ON_PATH: u8 = 0x16;
    pub(in super::super) const STACKER_FULL: u8 = 0x17;
    pub(in super::super) const DOES_NOT_OPEN: u8 = 0x20;
    pub(in super::super) const DOES_NOT_CLOSE: u8 = 0x21;
    pub(in super::super) const NOTHING_THERE: u8 = 0x22;
    pub(in super::super) const NOTE_IN_SHUTTER: u8 = 0x23;
    pub(in super::super) const PRESENTED: u8 = 0x24;
    pub(in super::super) const NO_RETRACT_UNIT: u8 = 0x25;
    pub(in super::super) const CONTRADICTION: u8 = 0x26;
    pub(in super::super) const INTERRUPTED: u8 = 0xFF;
}

/// A cassette and what became of its notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cassette {
    /// Tenge per note; the firmware does not know it, only people and tests do.
    pub denomination: u32,
    /// Notes in the cassette now.
    pub notes: u32,
    /// Notes of it in the reject unit.
    pub rejected: u64,
    /// Notes of it that people have.
    pub taken: u64,
    /// Notes of it in the retract unit.
    pub retracted: u64,
}

impl Cassette {
    /// A cassette with `notes` notes of `denomination` tenge.
    #[must_use]
    pub fn new(denomination: u32, notes: u32) -> Self {
        Self { denomination, notes, rejected: 0, taken: 0, retracted: 0 }
    }
}

/// What a dispense moved, as the firmware counted it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) stacked: PerUnit<u8>,
    pub(super) rejected: PerUnit<u8>,
}

/// Notes of one cassette since the exit was last empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Places {
    /// At the exit.
    pub lying: u8,
    /// With somebody.
    pub taken: u8,
    /// In the retract unit.
    pub retracted: u8,
}

/// A DISPENSE or TEST DISPENSE under way.
#[derive(Debug)]
pub(super) struct Dispensing {
    wanted: PerUnit<u8>,
    to_reject: bool,
    asked: u32,
    in_flight: Option<(usize, bool)>,
    pub(super) counts: Counts,
}

/// All notes in and out of the machine.
#[derive(Debug)]
pub(super) struct Notes {
    pub(super) cassettes: PerUnit<Cassette>,
    pub(super) on_path: PerUnit<u8>,
    pub(super) really: PerUnit<Places>,
    pub(super) believed: PerUnit<Places>,
}

/// Limits of one dispense.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) stack: u32,
    pub(super) rejects: u32,
}

fn sum(values: impl IntoIterator<Item = u8>) -> u32 {
    values.into_iter().fold(0, |sum, value| sum.saturating_add(u32::from(value)))
}

fn add(counts: &mut PerUnit<u8>, unit: usize) {
    if let Some(count) = counts.get_mut(unit) {
        *count = count.saturating_add(1);
    }
}

impl Notes {
    pub(super) fn new(cassettes: PerUnit<Cassette>) -> Self {
        Self { cassettes, on_path: [0; 4], really: [Places::default(); 4], believed: [Places::default(); 4] }
    }

    pub(super) fn path_blocked(&self) -> bool {
        sum(self.on_path) > 0
    }

    /// Notes really at the exit.
    pub(super) fn at_exit(&self) -> u32 {
        sum(self.really.iter().map(|places| places.lying))
    }

    /// Notes at the exit as far as the firmware knows.
    pub(super) fn believed_at_exit(&self) -> u32 {
        sum(self.believed.iter().map(|places| places.lying))
    }

    /// Notes in all columns as far as the firmware knows: what was stacked, unless something contradicts itself.
    pub(super) fn accounted(&self) -> u32 {
        sum(self.believed.iter().flat_map(|places| [places.lying, places.taken, places.retracted]))
    }

    /// Checks before anything moves; an error means that nothing has moved.
    pub(super) fn start(
        &mut self,
        wanted: PerUnit<u8>,
        to_reject: bool,
        limits: Limits,
        faults: &mut FaultSet<Fault>,
    ) -> Result<Dispensing, u8> {
        let asked = sum(wanted);
        if asked == 0 {
            return Err(result::WRONG_DATA);
        }
        if self.path_blocked() {
            return Err(result::NOTES_ON_PATH);
        }
        if !to_reject && asked.saturating_add(self.believed_at_exit()) > limits.stack {
            return Err(result::STACKER_FULL);
        }
        if faults.take(Fault::NoRejectUnit).is_some() {
            return Err(result::NO_REJECT_UNIT);
        }
        if let Some(unit) = absent(faults)
            && wanted.get(unit).is_some_and(|count| *count > 0)
        {
            faults.take(Fault::CassetteOut);
            return Err(result::CASSETTE_ABSENT);
        }
        if !to_reject && self.believed_at_exit() == 0 {
            self.believed = [Places::default(); 4];
            for places in &mut self.really {
                *places = Places { lying: places.lying, ..Places::default() };
            }
        }
        Ok(Dispensing { wanted, to_reject, asked, in_flight: None, counts: Counts::default() })
    }

    /// Lands the note in flight and picks the next one; the result byte once the command has ended.
    pub(super) fn step(
        &mut self,
        job: &mut Dispensing,
        limits: Limits,
        faults: &mut FaultSet<Fault>,
    ) -> Option<u8> {
        self.land(job);
        let Some(unit) = job.wanted.iter().position(|count| *count > 0) else { return Some(result::GOOD) };
        let stacked = sum(job.counts.stacked);
        if !job.to_reject && sum(job.counts.rejected) > limits.rejects {
            return Some(result::TOO_MANY_REJECTS);
        }
        if !self.pick(unit) {
            return Some(result::PICK_UP);
        }
        let due = |fault, default: u32| {
            let after = faults.peek(fault).map(|spec| spec.after_notes.map_or(default, u32::from));
            after.is_some_and(|after| stacked >= after)
        };
        if due(Fault::JamAfter, 0) {
            faults.take(Fault::JamAfter);
            add(&mut self.on_path, unit);
            return Some(result::JAM);
        }
        if !job.to_reject && due(Fault::CountDoubt, job.asked.saturating_sub(1)) {
            if faults.take(Fault::CountDoubt).and_then(|spec| spec.left).unwrap_or(false) {
                self.stack(unit, false);
            } else {
                add(&mut self.on_path, unit);
            }
            return Some(result::COUNT_DOUBT);
        }
        let rejected = job.to_reject || faults.take(Fault::Reject).is_some();
        job.in_flight = Some((unit, rejected));
        None
    }

    /// The firmware is gone: what was under way lies on the path now.
    pub(super) fn abandon(&mut self, job: &Dispensing) {
        if let Some((unit, _)) = job.in_flight {
            add(&mut self.on_path, unit);
        }
    }

    /// Moves what lies on the path to the reject unit, and counts it.
    pub(super) fn clear_path(&mut self) -> Counts {
        let lying = std::mem::take(&mut self.on_path);
        for (cassette, count) in self.cassettes.iter_mut().zip(lying) {
            cassette.rejected = cassette.rejected.saturating_add(u64::from(count));
        }
        Counts { stacked: [0; 4], rejected: lying }
    }

    /// Somebody takes up to so many notes from the top.
    pub(super) fn people_take(&mut self, up_to: u32) {
        let mut left = up_to;
        for (places, cassette) in self.really.iter_mut().zip(&mut self.cassettes) {
            let hand = u8::try_from(left).unwrap_or(u8::MAX).min(places.lying);
            places.lying = places.lying.saturating_sub(hand);
            places.taken = places.taken.saturating_add(hand);
            cassette.taken = cassette.taken.saturating_add(u64::from(hand));
            left = left.saturating_sub(u32::from(hand));
        }
    }

    /// The sensor says that the exit is empty.
    pub(super) fn believe_taken(&mut self) {
        for places in &mut self.believed {
            places.taken = places.taken.saturating_add(places.lying);
            places.lying = 0;
        }
    }

    /// Draws everything but `hanging` notes back, counts it, and books as taken what did not come.
    pub(super) fn draw_back(&mut self, hanging: u32) {
        let mut hangs = hanging;
        let rows = self.really.iter_mut().zip(&mut self.believed).zip(&mut self.cassettes);
        for ((really, believed), cassette) in rows.rev() {
            let stays = u8::try_from(hangs).unwrap_or(u8::MAX).min(really.lying);
            hangs = hangs.saturating_sub(u32::from(stays));
            let came = really.lying.saturating_sub(stays);
            really.lying = stays;
            really.retracted = really.retracted.saturating_add(came);
            cassette.retracted = cassette.retracted.saturating_add(u64::from(came));
            let gone = believed.lying.saturating_sub(came).saturating_sub(stays);
            believed.taken = believed.taken.saturating_add(gone);
            believed.retracted = believed.retracted.saturating_add(came);
            believed.lying = stays;
        }
    }

    fn land(&mut self, job: &mut Dispensing) {
        let Some((unit, rejected)) = job.in_flight.take() else { return };
        if rejected {
            add(&mut job.counts.rejected, unit);
            if let Some(cassette) = self.cassettes.get_mut(unit) {
                cassette.rejected = cassette.rejected.saturating_add(1);
            }
        } else {
            add(&mut job.counts.stacked, unit);
            self.stack(unit, true);
        }
        // A rejected note of a real dispense is replaced from the same cassette.
        if (!rejected || job.to_reject)
            && let Some(count) = job.wanted.get_mut(unit)
        {
            *count = count.saturating_sub(1);
        }
    }

    fn stack(&mut self, unit: usize, seen: bool) {
        if let Some(places) = self.really.get_mut(unit) {
            places.lying = places.lying.saturating_add(1);
        }
        if seen && let Some(places) = self.believed.get_mut(unit) {
            places.lying = places.lying.saturating_add(1);
        }
    }

    fn pick(&mut self, unit: usize) -> bool {
        let Some(cassette) = self.cassettes.get_mut(unit) else { return false };
        match cassette.notes.checked_sub(1) {
            Some(left) => {
                cassette.notes = left;
                true
            }
            None => false,
        }
    }
}

/// The cassette (from 0) that a fault has taken out.
pub(super) fn absent(faults: &FaultSet<Fault>) -> Option<usize> {
    let spec = faults.peek(Fault::CassetteOut)?;
    usize::from(spec.unit.unwrap_or(1)).checked_sub(1)
}
