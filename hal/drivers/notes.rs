//! What every dispenser refuses before a byte is written: cassettes that it has not, and more notes than a bundle may have.

use std::collections::BTreeSet;

use senim_domain::cash::{UnitNo, UnitRequest};
use senim_hal::{Error, ErrorKind};

/// What one bundle may ask for.
pub(crate) struct Limits {
    /// Cassettes fitted, counted from 1.
    pub(crate) cassettes: u8,
    /// Notes from one cassette.
    pub(crate) per_unit: u32,
    /// Notes in all.
    pub(crate) per_dispense: u32,
}

/// Counts per slot, or why the request cannot be sent.
pub(crate) fn counts<const SLOTS: usize>(
    requests: &[UnitRequest],
    limits: &Limits,
) -> Result<[u8; SLOTS], Error> {
    let mut counts = [0u8; SLOTS];
    let mut seen = BTreeSet::new();
    let mut total = 0u32;
    for UnitRequest { unit, notes, .. } in requests {
        let slot = usize::from(unit.0).checked_sub(1).and_then(|at| counts.get_mut(at));
        let Some(slot) = slot.filter(|_| unit.0 <= limits.cassettes) else { return Err(no_cassette(*unit)) };
        if !seen.insert(*unit) {
            return Err(refusal(&format!("cassette {} is named twice", unit.0)));
        }
        if *notes > limits.per_unit {
            return Err(refusal(&format!("{notes} notes from cassette {} in one bundle", unit.0)));
        }
        *slot = u8::try_from(*notes).unwrap_or(u8::MAX);
        total = total.saturating_add(*notes);
    }
    match total {
        0 => Err(refusal("no notes asked for")),
        total if total > limits.per_dispense => Err(refusal(&format!("{total} notes in one bundle"))),
        _ => Ok(counts),
    }
}

/// The device has no such cassette.
pub(crate) fn no_cassette(unit: UnitNo) -> Error {
    refusal(&format!("there is no cassette {}", unit.0))
}

/// Nothing was written, for this reason.
pub(crate) fn refusal(words: &str) -> Error {
    Error::new(ErrorKind::HardwareError, format!("not sent: {words}"))
}
