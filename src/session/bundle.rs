//! The table of the saga (design section 3): what comes next of a bundle, from the stage that is durable and what the
//! dispenser said; what a start finds; what follows a verdict.
//!
//! Values in, a value out: nothing here writes a row or sends a command. `dialogue::payout` carries out what the table
//! says, and the model in `tests/rig` explores the same table through every loss, fault and cut.

use senim_domain::cash::{BooksError, BundleResult, CashBooks, UnitRequest};
use senim_domain::time::Mono;
use senim_hal::cash_dispenser::{Event as Dispenser, Movement};
use senim_hal::power::DispenserLatch;
use senim_operation::body::OutcomeSource;

use crate::durable::Stage;
use crate::saga::{self, LastStatusMode, LostMarker, Verdict};

/// Why cash service stops, as a code.
pub const UNCERTAIN: &str = "uncertain";

/// Time given to the dispenser's line to open after a start, ms: a question asked of a closed line is `uncertain`.
const LINE_OPENS_MS: u64 = 5_000;

/// What is known of the terminal and of the bundle under way, beside its stage.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Notes asked for.
    pub requested: &'a [UnitRequest],
    /// The device remembers its last command.
    pub last_status: bool,
    /// What configuration states about that memory across a power cut.
    pub mode: LastStatusMode,
    /// Longest time that the mechanics may move after a command, ms.
    pub idle_wait_ms: u64,
    /// Kernel boot id of the host now.
    pub boot: &'a str,
    /// The dispenser's power latch now.
    pub latch: Option<DispenserLatch>,
    /// Now.
    pub now: Mono,
    /// The device acknowledged the DISPENSE under way to this process.
    pub accepted: bool,
    /// The marker under way, whose answer is lost; `None` where it is not.
    pub marker_in_question: Option<&'a MarkerInQuestion>,
}

/// A marker that was written and whose answer is lost.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MarkerInQuestion {
    /// Why, as the row will tell a technician.
    pub why: String,
    /// The device was asked about it and was away, and is asked again.
    pub asked_twice: bool,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// What was said means nothing here.
    Nothing,
    /// The marker is confirmed and moved nothing out: book what it moved, make `PayoutArmed` durable, then DISPENSE once.
    Arm(Movement),
    /// The device has the DISPENSE whole and will carry it out.
    Accepted,
    /// Ask the device what its last command was.
    AskLastStatus {
        /// Not a byte goes out before.
        not_before: Mono,
        /// The question is about the marker.
        marker_in_question: Option<MarkerInQuestion>,
    },
    /// The device counted: given without a shutter, stacked behind one.
    Counted(Verdict),
    /// The bundle has ended.
    Settle(Verdict),
    /// The notes are behind or in a shutter, and this is about them.
    Shutter(Dispenser),
}

/// What the dispenser's word means for the bundle at this stage.
#[must_use]
pub fn next(stage: &Stage, event: Dispenser, known: &Known<'_>) -> Next {
    match (stage, event) {
        (Stage::Intended, Dispenser::Marked(movement)) => {
            if let Some(verdict) = let_out(&movement) {
                Next::Settle(verdict)
            } else {
                Next::Arm(movement)
            }
        }
        (Stage::Intended, Dispenser::MarkRefused { error, movement }) => {
            let held = Verdict::not_sent(Some(error.to_string()));
            Next::Settle(match movement {
                // What it moved into the reject unit is moved, armed or not.
                Some(movement) => let_out(&movement).unwrap_or(Verdict { units: movement.units, ..held }),
                None => held,
            })
        }
        // The driver waited until the mechanics rest, so the question may go at once.
        (Stage::Intended, Dispenser::Unanswered(error))
            if known.last_status && known.marker_in_question.is_none() =>
        {
            let question = MarkerInQuestion { why: error.to_string(), asked_twice: false };
            Next::AskLastStatus { not_before: known.now, marker_in_question: Some(question) }
        }
        (Stage::Intended, Dispenser::LastStatus { command, movement }) => match known.marker_in_question {
            Some(question) => Next::Settle(match saga::judge_lost_marker(command, &movement) {
                LostMarker::LetOut => let_out(&movement).unwrap_or_else(|| Verdict::uncertain(None)),
                // Why nobody knew: the technician reads it in the row.
                LostMarker::Held(verdict) => {
                    let device_error = verdict.device_error.or_else(|| Some(question.why.clone()));
                    Verdict { device_error, ..verdict }
                }
            }),
            None => Next::Nothing,
        },
        (Stage::Intended, Dispenser::Unanswered(error) | Dispenser::Failed(error)) => {
            let error = Some(error.to_string());
            match known.marker_in_question {
                // A port that went away comes back within seconds, and an uncertain bundle stops cash until a count.
                Some(question) if !question.asked_twice => Next::AskLastStatus {
                    not_before: known.now.plus_ms(known.idle_wait_ms),
                    marker_in_question: Some(MarkerInQuestion { asked_twice: true, ..question.clone() }),
                },
                // It was written, and the device tells nothing of it: a note may have left.
                Some(_) => Next::Settle(Verdict::uncertain(error)),
                None => Next::Settle(Verdict::not_sent(error)),
            }
        }
        (Stage::Armed { .. }, Dispenser::Moved(movement)) => {
            Next::Counted(saga::judge_movement(known.requested, &movement, OutcomeSource::Answer))
        }
        // As after a restart: a line that broke says nothing about the mechanics behind it.
        (Stage::Armed { mono, .. }, Dispenser::Unanswered(_)) if known.last_status => Next::AskLastStatus {
            not_before: mono.plus_ms(known.idle_wait_ms).max(known.now),
            marker_in_question: None,
        },
        (Stage::Armed { .. }, Dispenser::LastStatus { command, movement }) => {
            let unbroken = saga::unbroken(stage, known.boot, known.latch);
            let (requested, mode) = (known.requested, known.mode);
            let verdict =
                saga::judge_last_status(requested, command, &movement, unbroken, mode, known.accepted);
            Next::Counted(verdict)
        }
        (Stage::Armed { .. }, Dispenser::Accepted) => Next::Accepted,
        (Stage::Armed { .. }, Dispenser::Unanswered(error) | Dispenser::Failed(error)) => {
            Next::Settle(Verdict::uncertain(Some(error.to_string())))
        }
        (Stage::Presented { .. }, event) => Next::Shutter(event),
        (
            Stage::Requested | Stage::Intended | Stage::Armed { .. } | Stage::Settled(_),
            Dispenser::Status { .. }
            | Dispenser::Marked(_)
            | Dispenser::MarkRefused { .. }
            | Dispenser::Moved(_)
            | Dispenser::Presented(_)
            | Dispenser::ItemsTaken(_)
            | Dispenser::Retracted(_)
            | Dispenser::PresentStatus(_)
            | Dispenser::Unanswered(_)
            | Dispenser::LastStatus { .. }
            | Dispenser::Failed(_)
            | Dispenser::Line { .. }
            | Dispenser::OnWire
            | Dispenser::Accepted,
        ) => Next::Nothing,
    }
}

/// The verdict on a bundle whose marker let notes out, or may have: nobody asked for them. `None` where it did not.
fn let_out(marker: &Movement) -> Option<Verdict> {
    let detail = match (marker.distributed(), marker.counts_in_doubt) {
        (0, false) => return None,
        (0, true) => "the marker's counts are in doubt".to_owned(),
        (notes, _) => format!("the marker let {notes} notes out"),
    };
    Some(Verdict {
        units: marker.units.clone(),
        contradiction: Some(detail),
        ..Verdict::uncertain(marker.error.as_ref().map(ToString::to_string))
    })
}

/// What a start finds of a payout that was open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// No bundle is under way: the request ends with what was given.
    AtRest,
    /// The bundle has ended.
    Settled(Verdict),
    /// Ask the device what its last command was, and do nothing else with it before.
    AskLastStatus {
        /// Not a byte goes out before.
        not_before: Mono,
    },
    /// Ask a device with a shutter where the stacked notes are.
    AskPresentStatus {
        /// Not a byte goes out before.
        not_before: Mono,
    },
}

/// First thing after a start: an open payout is settled before anything else goes to the dispenser.
#[must_use]
pub fn found_at_start(stage: &Stage, known: &Known<'_>) -> Found {
    // Counted from the row only where both moments are of one boot.
    let idle = |boot: &str, since: Mono| {
        let moved_at = if boot == known.boot { since } else { known.now };
        moved_at.plus_ms(known.idle_wait_ms).max(known.now.plus_ms(LINE_OPENS_MS))
    };
    match stage {
        Stage::Requested | Stage::Settled(_) => Found::AtRest,
        Stage::Intended => Found::Settled(Verdict::not_sent(None)),
        Stage::Armed { .. } if !known.last_status => {
            Found::Settled(Verdict::uncertain(Some("the device keeps no last status".into())))
        }
        Stage::Armed { boot, mono, .. } => Found::AskLastStatus { not_before: idle(boot, *mono) },
        Stage::Presented { boot, mono, .. } => Found::AskPresentStatus { not_before: idle(boot, *mono) },
    }
}

/// The row that would have moved cash was not written: its command was not sent. Up to DISPENSE nothing has moved then,
/// and that is the verdict; notes that are stacked already stay where they are, or where a person took them.
#[must_use]
pub fn row_refused(stage: &Stage) -> Verdict {
    let cause = Some("the journal could not be written".to_owned());
    match stage {
        Stage::Presented { .. } => Verdict::uncertain(cause),
        Stage::Requested | Stage::Intended | Stage::Armed { .. } | Stage::Settled(_) => {
            Verdict::not_sent(cause)
        }
    }
}

/// Books a verdict, which becomes `uncertain` where the books cannot hold it; gives what the books contradicted.
pub fn book(books: &mut CashBooks, requested: &[UnitRequest], verdict: &mut Verdict) -> Vec<BooksError> {
    let mut faults = Vec::new();
    if verdict.result != BundleResult::Uncertain
        && let Err(fault) = books.book_moved(&verdict.units)
    {
        faults.push(fault);
        verdict.result = BundleResult::Uncertain;
    }
    if verdict.result == BundleResult::Uncertain
        && let Err(fault) = books.book_uncertain(&books.in_question(requested, &verdict.units))
    {
        faults.push(fault);
    }
    faults
}

/// What follows a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// The next bundle, with a row and a marker of its own.
    NextBundle,
    /// `PayoutEnded`, for this reason, if it needs one.
    End(Option<&'static str>),
}

/// What follows this result of a bundle. `more`: bundles are left; `somebody_here`: the visit goes on in which the
/// payout was asked for; `left_lying`: the borrower did not take what was presented.
#[must_use]
pub const fn after(result: BundleResult, more: bool, somebody_here: bool, left_lying: bool) -> After {
    match result {
        BundleResult::Dispensed if more && somebody_here => After::NextBundle,
        BundleResult::Dispensed if more => After::End(Some("restart")),
        BundleResult::Dispensed => After::End(None),
        BundleResult::NotDispensed | BundleResult::Partial if left_lying => After::End(Some("notTaken")),
        BundleResult::NotDispensed | BundleResult::Partial => After::End(Some("device")),
        BundleResult::Uncertain => After::End(Some(UNCERTAIN)),
    }
}
