//! Data of the presenter's replies.

use super::notes::{Counts, absent, result};
use super::{Fault, Presenter, Record, Shutter};

const NAME: &[u8] = b"Senim presenter 1";

impl Presenter {
    pub(super) fn status_data(&self) -> Vec<u8> {
        let condition = match self.shutter {
            _ if self.notes.path_blocked() => result::NOTES_ON_PATH,
            Shutter::Jammed => result::DOES_NOT_CLOSE,
            Shutter::Closed | Shutter::Open => result::GOOD,
        };
        let there = |fault| self.faults.peek(fault).is_none();
        let state =
            u8::from(there(Fault::NoRejectUnit)) | (u8::from(there(Fault::NoRetractUnit)).wrapping_shl(1));
        let mut data = vec![condition, self.shutter.byte(), u8::from(self.sensor()), state];
        let absent = absent(&self.faults);
        data.extend(self.notes.cassettes.iter().enumerate().map(|(unit, cassette)| {
            let low = cassette.notes < self.options.near_end_notes;
            u8::from(absent != Some(unit)) | u8::from(low).wrapping_shl(1)
        }));
        data.extend_from_slice(NAME);
        data
    }

    pub(super) fn record_data(&self) -> Vec<u8> {
        let Record { command, number, result, counts } = self.record;
        let mut data = vec![result::GOOD, command];
        data.extend(number.to_be_bytes());
        data.push(result);
        data.extend(counts_data(&counts));
        data
    }

    pub(super) fn places_data(&self, code: u8) -> Vec<u8> {
        let mut data = vec![code, self.shutter.byte()];
        data.extend(
            self.notes.believed.iter().flat_map(|places| [places.lying, places.taken, places.retracted]),
        );
        data
    }
}

pub(super) fn counts_data(counts: &Counts) -> Vec<u8> {
    counts.stacked.iter().zip(counts.rejected).flat_map(|(stacked, rejected)| [*stacked, rejected]).collect()
}
