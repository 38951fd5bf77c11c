//! The cash saga: what follows from what the dispenser said, and from what it did not say (design section 3).
//!
//! Everything here is a judgement over values; who writes rows and who sends commands is decided in `dialogue` and
//! the kernel. No function here can ask for a second DISPENSE of a bundle: after arming there are verdicts only.

use senim_domain::cash::{BundleResult, UnitMoved, UnitNo, UnitRequest};
use senim_hal::ErrorKind;
use senim_hal::cash_dispenser::{LastCommand, Movement, Presentation};
use senim_hal::power::DispenserLatch;
use senim_operation::body::{DenominationCount, OutcomeSource, PayoutResult};

use crate::durable::{OpenPayout, Stage};

/// What configuration states about a device's last status across a power cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastStatusMode {
    /// Nobody vouches for it: after a break of power it proves nothing.
    #[default]
    Unknown,
    /// It is non-volatile and written when a command ends.
    AtEnd,
}

/// Verdict on a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The result.
    pub result: BundleResult,
    /// Per cassette; empty where nobody counted.
    pub units: Vec<UnitMoved>,
    /// What it rests on.
    pub source: OutcomeSource,
    /// The device's error, if any.
    pub device_error: Option<String>,
    /// What does not fit the request, if anything: the device moved notes that nobody asked for.
    pub contradiction: Option<String>,
    /// Notes that were asked for and are neither given nor rejected, where the device says that notes are stuck on the way:
    /// some of them may lie there.
    pub stuck: Vec<UnitRequest>,
}

impl Verdict {
    /// DISPENSE cannot have been sent, by the order of rows.
    #[must_use]
    pub fn not_sent(device_error: Option<String>) -> Self {
        Self {
            result: BundleResult::NotDispensed,
            units: Vec::new(),
            source: OutcomeSource::Journal,
            device_error,
            contradiction: None,
            stuck: Vec::new(),
        }
    }

    /// Nobody can tell.
    #[must_use]
    pub fn uncertain(device_error: Option<String>) -> Self {
        Self {
            result: BundleResult::Uncertain,
            units: Vec::new(),
            source: OutcomeSource::Nothing,
            device_error,
            contradiction: None,
            stuck: Vec::new(),
        }
    }
}

/// What a counted movement says about the bundle that was asked for.
#[must_use]
pub fn judge_movement(requested: &[UnitRequest], movement: &Movement, source: OutcomeSource) -> Verdict {
    let device_error = movement.error.as_ref().map(ToString::to_string);
    let verdict = |result, contradiction| Verdict {
        result,
        units: movement.units.clone(),
        source,
        device_error: device_error.clone(),
        contradiction,
        stuck: stuck(requested, movement),
    };
    if movement.counts_in_doubt {
        return Verdict { source, ..Verdict::uncertain(device_error) };
    }
    let asked = |moved: &UnitMoved| {
        requested
            .iter()
            .filter(|request| request.unit == moved.unit)
            .fold(0_u32, |sum, request| sum.saturating_add(request.notes))
    };
    if let Some(extra) = movement.units.iter().find(|moved| moved.distributed > asked(moved)) {
        let text = format!(
            "cassette {} distributed {} notes, {} were asked for",
            extra.unit.0,
            extra.distributed,
            asked(extra)
        );
        return verdict(BundleResult::Uncertain, Some(text));
    }
    let wanted = requested.iter().fold(0_u32, |sum, request| sum.saturating_add(request.notes));
    match movement.distributed() {
        0 => verdict(BundleResult::NotDispensed, None),
        all if all == wanted => verdict(BundleResult::Dispensed, None),
        _ => verdict(BundleResult::Partial, None),
    }
}

/// What may lie on the way of a device that says so of a movement which it counted.
fn stuck(requested: &[UnitRequest], movement: &Movement) -> Vec<UnitRequest> {
    if movement.error.as_ref().is_none_or(|error| error.kind != ErrorKind::MediaJam) {
        return Vec::new();
    }
    let given = |unit: UnitNo| {
        let moved = movement.units.iter().filter(|moved| moved.unit == unit);
        moved.fold(0_u32, |sum, moved| sum.saturating_add(moved.distributed))
    };
    let left =
        |notes: &UnitRequest| UnitRequest { notes: notes.notes.saturating_sub(given(notes.unit)), ..*notes };
    requested.iter().map(left).filter(|notes| notes.notes > 0).collect()
}

/// What a record of the shutter says about a bundle that was stacked there: who has its notes (design section 3,
/// capabilities). `unbroken`: the device had power all the time, so that its record is of this bundle.
#[must_use]
pub fn judge_presentation(
    stacked: &[UnitMoved],
    presentation: &Presentation,
    unbroken: bool,
    source: OutcomeSource,
) -> Whereabouts {
    let device_error = presentation.error.as_ref().map(ToString::to_string);
    let count =
        |unit: UnitNo| stacked.iter().find(|moved| moved.unit == unit).map_or(0, |moved| moved.distributed);
    let same = presentation.units.iter().all(|unit| {
        let sum = unit.lying.checked_add(unit.taken).and_then(|sum| sum.checked_add(unit.retracted));
        sum == Some(count(unit.unit))
    });
    let known = stacked
        .iter()
        .filter(|moved| moved.distributed > 0)
        .all(|moved| presentation.units.iter().any(|unit| unit.unit == moved.unit));
    if presentation.counts_in_doubt || !same || !known || !unbroken {
        return Whereabouts::Unknown(Verdict { source, ..Verdict::uncertain(device_error) });
    }
    if presentation.lying() > 0 {
        return Whereabouts::Lying;
    }
    let wanted = stacked.iter().fold(0_u32, |sum, moved| sum.saturating_add(moved.distributed));
    let result = match presentation.taken() {
        0 => BundleResult::NotDispensed,
        all if all == wanted => BundleResult::Dispensed,
        _ => BundleResult::Partial,
    };
    let taken = |moved: &UnitMoved| {
        presentation.units.iter().find(|unit| unit.unit == moved.unit).map_or(0, |unit| unit.taken)
    };
    let units = stacked.iter().map(|moved| UnitMoved { distributed: taken(moved), ..*moved }).collect();
    let stuck = Vec::new();
    Whereabouts::Ended(Verdict { result, units, source, device_error, contradiction: None, stuck })
}

/// Where the notes of a stacked bundle are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// Behind or in the shutter.
    Lying,
    /// With somebody or in the retract unit, each of them.
    Ended(Verdict),
    /// Nobody can tell.
    Unknown(Verdict),
}

/// Whether the dispenser had power, and the host the same boot, from arming until now. No latch proves nothing.
#[must_use]
pub fn unbroken(stage: &Stage, boot_now: &str, latch_now: Option<DispenserLatch>) -> bool {
    match stage {
        Stage::Armed { boot, latch_losses: Some(then), .. }
        | Stage::Presented { boot, latch_losses: Some(then), .. } => {
            boot == boot_now && latch_now.is_some_and(|now| now.powered && now.losses == *then)
        }
        Stage::Armed { latch_losses: None, .. }
        | Stage::Presented { latch_losses: None, .. }
        | Stage::Requested
        | Stage::Intended
        | Stage::Settled(_) => false,
    }
}

/// What a last status says about an armed bundle: the table of design section 3, "After a restart". `accepted`: this
/// process saw the device acknowledge DISPENSE.
#[must_use]
pub fn judge_last_status(
    requested: &[UnitRequest],
    command: LastCommand,
    movement: &Movement,
    unbroken: bool,
    mode: LastStatusMode,
    accepted: bool,
) -> Verdict {
    match (command, unbroken, mode) {
        // It had DISPENSE whole and speaks of what came before: it started anew in the middle, which the power latch
        // does not see (docs/decisions/0008).
        (LastCommand::Marker, true, LastStatusMode::Unknown | LastStatusMode::AtEnd) if accepted => {
            Verdict::uncertain(Some("last status: the marker, although DISPENSE was acknowledged".into()))
        }
        (LastCommand::Dispense, true, LastStatusMode::Unknown | LastStatusMode::AtEnd)
        | (LastCommand::Dispense, false, LastStatusMode::AtEnd) => {
            let verdict = judge_movement(requested, movement, OutcomeSource::LastStatus);
            match verdict.result {
                // A dispense that ended well moved all notes. A record without error and without all notes was written
                // before the end: the firmware restarted in the middle, which the power latch does not see.
                BundleResult::NotDispensed | BundleResult::Partial if movement.error.is_none() => {
                    Verdict::uncertain(Some(
                        "last status: DISPENSE without error and without all its notes".into(),
                    ))
                }
                BundleResult::NotDispensed
                | BundleResult::Partial
                | BundleResult::Dispensed
                | BundleResult::Uncertain => verdict,
            }
        }
        (LastCommand::Marker, true, LastStatusMode::Unknown | LastStatusMode::AtEnd) => Verdict {
            result: BundleResult::NotDispensed,
            units: Vec::new(),
            source: OutcomeSource::LastStatus,
            device_error: None,
            contradiction: None,
            stuck: Vec::new(),
        },
        (LastCommand::Dispense, false, LastStatusMode::Unknown)
        | (LastCommand::Marker, false, LastStatusMode::Unknown | LastStatusMode::AtEnd)
        | (LastCommand::Other, true | false, LastStatusMode::Unknown | LastStatusMode::AtEnd) => {
            Verdict::uncertain(Some(format!("last status speaks of {command:?}, power unbroken: {unbroken}")))
        }
    }
}

/// What a last status says about a marker whose own answer was lost: before DISPENSE, so that only what the marker itself
/// let out can have moved. Where the device speaks of an earlier command, or forgot, the marker is not known to have run.
#[must_use]
pub fn judge_lost_marker(command: LastCommand, movement: &Movement) -> LostMarker {
    match command {
        LastCommand::Marker if movement.distributed() > 0 || movement.counts_in_doubt => LostMarker::LetOut,
        LastCommand::Marker => LostMarker::Held(Verdict {
            units: movement.units.clone(),
            source: OutcomeSource::LastStatus,
            ..Verdict::not_sent(movement.error.as_ref().map(ToString::to_string))
        }),
        LastCommand::Dispense | LastCommand::Other => LostMarker::Held(Verdict::not_sent(None)),
    }
}

/// What became of a marker whose answer was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LostMarker {
    /// It let notes out, or may have.
    LetOut,
    /// No note left by it.
    Held(Verdict),
}

/// Adds what a bundle distributed to the sum of the payout.
pub fn add_distributed(open: &mut OpenPayout, units: &[UnitMoved]) {
    for moved in units.iter().filter(|moved| moved.distributed > 0) {
        let Some(request) = open.current().iter().find(|request| request.unit == moved.unit) else {
            continue;
        };
        let denomination = request.denomination;
        match open.distributed.iter_mut().find(|count| count.denomination == denomination) {
            Some(count) => count.notes = count.notes.saturating_add(moved.distributed),
            None => open.distributed.push(DenominationCount { denomination, notes: moved.distributed }),
        }
    }
}

/// Cassettes that are not known to have given all that was asked of them.
#[must_use]
pub fn units_short(requested: &[UnitRequest], moved: &[UnitMoved]) -> Vec<UnitNo> {
    let given =
        |unit: UnitNo| moved.iter().find(|moved| moved.unit == unit).map_or(0, |moved| moved.distributed);
    let short = |request: &&UnitRequest| given(request.unit) < request.notes;
    requested.iter().filter(short).map(|request| request.unit).collect()
}

/// The verdict on the whole request, given that no bundle follows.
#[must_use]
pub fn payout_result(open: &OpenPayout) -> PayoutResult {
    match open.stage {
        Stage::Settled(BundleResult::Uncertain) | Stage::Armed { .. } | Stage::Presented { .. } => {
            PayoutResult::Uncertain
        }
        Stage::Requested
        | Stage::Intended
        | Stage::Settled(BundleResult::NotDispensed | BundleResult::Dispensed | BundleResult::Partial) => {
            let given = open.distributed_tiyn();
            if given == open.amount_tiyn {
                PayoutResult::Paid
            } else if given.tiyn() == 0 {
                PayoutResult::Nothing
            } else {
                PayoutResult::Short
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use senim_domain::cash::Denomination;
    use senim_domain::time::Mono;
    use senim_hal::{Error, ErrorKind};

    use super::*;

    fn request(notes: u32) -> Vec<UnitRequest> {
        vec![UnitRequest { unit: UnitNo(1), denomination: Denomination(5000), notes }]
    }

    fn movement(distributed: u32, rejected: u32) -> Movement {
        Movement {
            units: vec![UnitMoved { unit: UnitNo(1), distributed, rejected }],
            error: None,
            counts_in_doubt: false,
        }
    }

    fn armed(latch_losses: Option<u64>) -> Stage {
        Stage::Armed { boot: "b1".into(), mono: Mono(5), latch_losses }
    }

    #[test]
    fn power_is_unbroken_only_with_the_same_boot_and_an_unmoved_latch_that_shows_power() {
        let latch = |losses, powered| Some(DispenserLatch { losses, powered });
        assert!(unbroken(&armed(Some(3)), "b1", latch(3, true)));
        assert!(!unbroken(&armed(Some(3)), "b2", latch(3, true)));
        assert!(!unbroken(&armed(Some(3)), "b1", latch(4, true)));
        assert!(!unbroken(&armed(Some(3)), "b1", latch(3, false)));
        assert!(!unbroken(&armed(Some(3)), "b1", None));
        assert!(!unbroken(&armed(None), "b1", latch(0, true)));
    }

    #[test]
    fn the_marker_proves_nothing_dispensed_only_while_power_was_unbroken() {
        let judge = |unbroken, mode| {
            judge_last_status(&request(2), LastCommand::Marker, &movement(0, 0), unbroken, mode, false)
        };
        assert_eq!(judge(true, LastStatusMode::Unknown).result, BundleResult::NotDispensed);
        assert_eq!(judge(false, LastStatusMode::Unknown).result, BundleResult::Uncertain);
        assert_eq!(judge(false, LastStatusMode::AtEnd).result, BundleResult::Uncertain);
    }

    #[test]
    fn a_dispense_record_after_a_break_counts_only_where_the_device_writes_it_at_the_end() {
        let judge = |mode| {
            judge_last_status(&request(2), LastCommand::Dispense, &movement(2, 0), false, mode, false).result
        };
        assert_eq!(judge(LastStatusMode::Unknown), BundleResult::Uncertain);
        assert_eq!(judge(LastStatusMode::AtEnd), BundleResult::Dispensed);
    }

    #[test]
    fn a_marker_whose_answer_was_lost_holds_unless_the_last_status_tells_of_a_note() {
        let mut doubtful = movement(0, 1);
        doubtful.counts_in_doubt = true;
        assert_eq!(judge_lost_marker(LastCommand::Marker, &movement(1, 0)), LostMarker::LetOut);
        assert_eq!(judge_lost_marker(LastCommand::Marker, &doubtful), LostMarker::LetOut);
        let LostMarker::Held(verdict) = judge_lost_marker(LastCommand::Marker, &movement(0, 2)) else {
            panic!("nothing left");
        };
        assert_eq!((verdict.result, verdict.units[0].rejected), (BundleResult::NotDispensed, 2));
        // What it says of the bundle before is no word on this one.
        for command in [LastCommand::Dispense, LastCommand::Other] {
            let held = LostMarker::Held(Verdict::not_sent(None));
            assert_eq!(judge_lost_marker(command, &movement(5, 0)), held);
        }
    }

    #[test]
    fn errors_that_put_counts_in_doubt_are_uncertain_even_when_the_counts_look_right() {
        let mut doubtful = movement(2, 0);
        doubtful.counts_in_doubt = true;
        doubtful.error = Some(Error::new(ErrorKind::HardwareError, "05"));
        assert_eq!(
            judge_movement(&request(2), &doubtful, OutcomeSource::Answer).result,
            BundleResult::Uncertain
        );
    }

    #[test]
    fn more_notes_than_asked_for_are_uncertain_and_said_to_contradict() {
        let verdict = judge_movement(&request(2), &movement(3, 0), OutcomeSource::Answer);
        assert_eq!(verdict.result, BundleResult::Uncertain);
        assert!(verdict.contradiction.is_some());
    }

    #[test]
    fn fewer_notes_are_partial_and_none_is_not_dispensed() {
        let judge = |moved| judge_movement(&request(4), &movement(moved, 1), OutcomeSource::Answer).result;
        assert_eq!(judge(3), BundleResult::Partial);
        assert_eq!(judge(0), BundleResult::NotDispensed);
        assert_eq!(judge(4), BundleResult::Dispensed);
    }

    #[test]
    fn a_marker_behind_an_acknowledged_dispense_proves_nothing() {
        let judge = |accepted| {
            let mode = LastStatusMode::AtEnd;
            judge_last_status(&request(2), LastCommand::Marker, &movement(0, 0), true, mode, accepted).result
        };
        assert_eq!(judge(false), BundleResult::NotDispensed);
        assert_eq!(judge(true), BundleResult::Uncertain);
    }
}
