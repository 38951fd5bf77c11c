//! Cash that comes in: what must survive a restart, and what follows from what the acceptor said (design section 3).
//!
//! A note's money is the payer's until a row says that the note is in the stacker. A row tells of it in escrow before STACK
//! is written, and its credit uses that row up: whatever a device repeats or a restart finds, no note is credited twice.

use senim_domain::cash::{Denomination, worth};
use senim_domain::{LoanId, RepaymentId, SessionId, Tiyn};
use senim_operation::body::{DenominationCount, EarlyWish, NoteDecision, RepaymentResult};
use serde::{Deserialize, Serialize};

/// A repayment that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenRepayment {
    /// Its identity.
    pub repayment: RepaymentId,
    /// Visit in which it was begun.
    pub session: SessionId,
    /// The loan, where the gateway named it; the number is in a sealed part and not here.
    pub loan: Option<LoanId>,
    /// Not more than this is taken.
    pub limit_tiyn: Tiyn,
    /// What becomes of money above what is due.
    pub early: EarlyWish,
    /// Notes that reached escrow so far.
    pub notes: u32,
    /// The note in escrow or on its way from there.
    pub escrow: Option<Escrow>,
    /// Notes credited.
    pub accepted: Vec<DenominationCount>,
    /// Notes in doubt.
    pub in_doubt: Vec<DenominationCount>,
}

/// A note in escrow, by the last durable row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escrow {
    /// Its number in the repayment.
    pub note: u32,
    /// Face value.
    pub denomination: Denomination,
    /// What is done with it.
    pub decision: NoteDecision,
}

/// A note in doubt whose repayment has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LostNote {
    /// The repayment.
    pub repayment: RepaymentId,
    /// Its loan, where the gateway named it.
    pub loan: Option<LoanId>,
    /// Number of the note.
    pub note: u32,
    /// Face value.
    pub denomination: Denomination,
}

impl OpenRepayment {
    /// What is credited.
    #[must_use]
    pub fn amount(&self) -> Tiyn {
        worth(self.accepted.iter().map(|count| (count.denomination, count.notes))).unwrap_or(Tiyn::ZERO)
    }

    /// The verdict, given that no note follows.
    #[must_use]
    pub fn result(&self) -> RepaymentResult {
        if !self.in_doubt.is_empty() {
            RepaymentResult::Uncertain
        } else if self.accepted.is_empty() {
            RepaymentResult::Nothing
        } else {
            RepaymentResult::Received
        }
    }
}

/// Counts one note more.
pub fn add_note(counts: &mut Vec<DenominationCount>, denomination: Denomination) {
    match counts.iter_mut().find(|count| count.denomination == denomination) {
        Some(count) => count.notes = count.notes.saturating_add(1),
        None => counts.push(DenominationCount { denomination, notes: 1 }),
    }
}

/// Before which sums a note in escrow is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Values that are taken, ascending.
    pub notes: Vec<Denomination>,
    /// Not more than this.
    pub limit: Tiyn,
    /// What the payer came to pay, where that is known.
    pub target: Option<Tiyn>,
}

/// What is done with a note that has just reached escrow.
///
/// A note above the limit goes back. One that passes what the payer came to pay, where a smaller note would have come
/// closer, is asked about while it can still be given back: there is no change.
#[must_use]
pub fn judge_note(credited: Tiyn, note: Denomination, bounds: &Bounds) -> NoteDecision {
    let Ok(sum) = note.times(1).and_then(|worth| credited.plus(worth)) else { return NoteDecision::Return };
    if sum > bounds.limit || !bounds.notes.contains(&note) {
        return NoteDecision::Return;
    }
    let Some(target) = bounds.target else { return NoteDecision::Stack };
    let excess = sum.minus(target).unwrap_or(Tiyn::ZERO);
    let least = bounds.notes.iter().min().and_then(|least| least.times(1).ok()).unwrap_or(Tiyn::ZERO);
    if excess >= least && excess > Tiyn::ZERO { NoteDecision::Undecided } else { NoteDecision::Stack }
}

/// The least sum that notes of these values can make and that is not below `sum`; none without values, or where it is above
/// `limit`.
#[must_use]
pub fn covering(sum: Tiyn, notes: &[Denomination], limit: Tiyn) -> Option<Tiyn> {
    let worths: Vec<u64> = notes.iter().filter_map(|note| note.times(1).ok()).map(Tiyn::tiyn).collect();
    let unit = worths.iter().copied().fold(0, gcd);
    if unit == 0 || sum > limit {
        return None;
    }
    let steps: Vec<usize> = worths.iter().filter_map(|worth| usize::try_from(worth / unit).ok()).collect();
    let last = usize::try_from(limit.tiyn() / unit).ok()?;
    let least = usize::try_from(sum.tiyn().div_ceil(unit)).ok()?;
    // Whether notes can make so many units.
    let mut made = vec![true];
    for units in 1..=last {
        if least < units && made.get(least..).is_some_and(|from| from.contains(&true)) {
            break;
        }
        made.push(
            steps.iter().any(|step| units.checked_sub(*step).is_some_and(|at| made.get(at) == Some(&true))),
        );
    }
    let found = made.iter().enumerate().skip(least).find(|(_, made)| **made)?.0;
    Tiyn::new(u64::try_from(found).ok()?.checked_mul(unit)?).ok()
}

const fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Values that still fit below the limit.
#[must_use]
pub fn fitting(credited: Tiyn, bounds: &Bounds) -> Vec<Denomination> {
    let left = bounds.limit.minus(credited).unwrap_or(Tiyn::ZERO);
    let fits = |note: &&Denomination| note.times(1).is_ok_and(|worth| worth <= left);
    bounds.notes.iter().filter(fits).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenge(sum: u64) -> Tiyn {
        Tiyn::from_tenge(sum).unwrap()
    }

    fn bounds(limit: u64, target: Option<u64>) -> Bounds {
        let notes = [500, 1_000, 5_000, 20_000].map(Denomination).to_vec();
        Bounds { notes, limit: tenge(limit), target: target.map(tenge) }
    }

    #[test]
    fn a_note_above_the_limit_or_of_another_value_goes_back() {
        let bounds = bounds(10_000, None);
        assert_eq!(judge_note(tenge(5_000), Denomination(5_000), &bounds), NoteDecision::Stack);
        assert_eq!(judge_note(tenge(5_500), Denomination(5_000), &bounds), NoteDecision::Return);
        assert_eq!(judge_note(tenge(0), Denomination(2_000), &bounds), NoteDecision::Return);
        assert_eq!(fitting(tenge(8_500), &bounds), [Denomination(500), Denomination(1_000)]);
        assert_eq!(fitting(tenge(10_000), &bounds), []);
    }

    #[test]
    fn the_payer_is_asked_about_a_note_only_where_a_smaller_one_would_have_come_closer() {
        let bounds = bounds(100_000, Some(18_561));
        let judge = |credited, note| judge_note(tenge(credited), Denomination(note), &bounds);
        assert_eq!(judge(18_000, 500), NoteDecision::Stack);
        assert_eq!(judge(18_500, 500), NoteDecision::Stack);
        assert_eq!(judge(18_500, 1_000), NoteDecision::Undecided);
        assert_eq!(judge(0, 20_000), NoteDecision::Undecided);
        assert_eq!(judge(19_000, 500), NoteDecision::Undecided);
    }

    #[test]
    fn the_least_sum_in_notes_that_pays_a_whole_sum_is_told_where_there_is_one() {
        let covers = |sum, notes: &[u32], limit| {
            let notes: Vec<_> = notes.iter().copied().map(Denomination).collect();
            covering(tenge(sum), &notes, tenge(limit)).map(Tiyn::tenge)
        };
        assert_eq!(covers(17_250, &[500, 1_000, 5_000], 100_000), Some(17_500));
        assert_eq!(covers(17_500, &[500, 1_000, 5_000], 17_500), Some(17_500));
        assert_eq!(covers(17_250, &[2_000, 5_000], 100_000), Some(18_000));
        assert_eq!(covers(3_000, &[2_000, 5_000], 100_000), Some(4_000));
        assert_eq!(covers(17_250, &[500], 17_250), None, "the limit is below");
        assert_eq!(covers(17_250, &[], 100_000), None);
        assert_eq!(covers(0, &[500], 100_000), Some(0));
    }

    #[test]
    fn a_repayment_without_a_note_is_nothing_and_a_doubt_outweighs_a_sum() {
        let mut open = OpenRepayment {
            repayment: RepaymentId(uuid::Uuid::from_u128(1)),
            session: SessionId(uuid::Uuid::from_u128(2)),
            loan: None,
            limit_tiyn: tenge(10),
            early: EarlyWish::Hold,
            notes: 0,
            escrow: None,
            accepted: Vec::new(),
            in_doubt: Vec::new(),
        };
        assert_eq!((open.result(), open.amount()), (RepaymentResult::Nothing, Tiyn::ZERO));
        add_note(&mut open.accepted, Denomination(500));
        add_note(&mut open.accepted, Denomination(500));
        assert_eq!((open.result(), open.amount()), (RepaymentResult::Received, tenge(1_000)));
        add_note(&mut open.in_doubt, Denomination(500));
        assert_eq!((open.result(), open.amount()), (RepaymentResult::Uncertain, tenge(1_000)));
    }
}
