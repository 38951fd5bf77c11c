//! Which notes make up an amount, exactly, and how they are cut into bundles (regulation B11).
//!
//! Always taking the largest note fails on real stock (6,000 from 5,000s and 2,000s), so the choice is a bounded
//! knapsack solved completely: denominations × amount/step cells, a few hundred thousand at most. When cash may be paid
//! at all is decided in `session`.

use std::collections::{BTreeMap, VecDeque};

use crate::cash::{Denomination, UnitRequest, UnitStock};
use crate::money::Tiyn;

/// What a mix strives for (XFS4IoT names).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mix {
    /// The fewest notes.
    #[default]
    MinimumBills,
}

/// Why there is no mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MixError {
    /// Nothing to pay.
    #[error("the amount is zero")]
    Nothing,
    /// The notes in the cassettes cannot make this sum.
    #[error("the amount cannot be made up of the notes in the cassettes; offer another amount")]
    Impossible,
    /// Past what is calculated here: more than [`MAX_STEPS`] steps of the smallest common part of the denominations.
    #[error("the amount is too large for one payout; pay it in parts")]
    TooLarge,
}

/// Largest amount in steps of the denominations' greatest common divisor: 2,000,000 ₸ in steps of 20.
pub const MAX_STEPS: usize = 100_000;

/// No way to make this sum.
const UNREACHED: u32 = u32::MAX;

/// Fewest notes for each sum, with the way back.
struct Table {
    /// Tenge per step.
    step: u64,
    /// Fewest notes for `index × step`, over all denominations.
    fewest: Vec<u32>,
    /// Per denomination, falling: notes of it in the best way to each sum over the denominations so far.
    layers: Vec<(Denomination, usize, Vec<u32>)>,
}

/// Chooses notes that make exactly `amount`, at least one request per used cassette, in unit order.
///
/// Where several cassettes hold the chosen denomination, the fuller one gives first, so that they empty together.
///
/// # Errors
/// [`MixError`].
pub fn mix(amount: Tiyn, stock: &[UnitStock], goal: Mix) -> Result<Vec<UnitRequest>, MixError> {
    let Mix::MinimumBills = goal;
    if amount == Tiyn::ZERO {
        return Err(MixError::Nothing);
    }
    if !amount.tiyn().is_multiple_of(100) {
        return Err(MixError::Impossible);
    }
    let counts = by_denomination(stock);
    let table = Table::up_to(amount.tenge(), &counts)?;
    let wanted = table.notes_for(amount.tenge()).ok_or(MixError::Impossible)?;
    let mut requests: Vec<UnitRequest> =
        wanted.into_iter().flat_map(|(denomination, notes)| from_units(stock, denomination, notes)).collect();
    requests.sort_by_key(|request| request.unit);
    Ok(requests)
}

/// The largest amount up to `at_most` that the stock can pay exactly; zero when there is none. `at_most` beyond
/// [`MAX_STEPS`] is cut to it.
#[must_use]
pub fn largest_payable(stock: &[UnitStock], at_most: Tiyn) -> Tiyn {
    let counts = by_denomination(stock);
    let Ok(table) = Table::up_to(within_steps(at_most, &counts), &counts) else {
        return Tiyn::ZERO;
    };
    let best = table.fewest.iter().rposition(|notes| *notes != UNREACHED).unwrap_or(0);
    table.amount(best).unwrap_or(Tiyn::ZERO)
}

/// The multiples of `step` from `min` to `max` that the stock can pay exactly, rising. `max` beyond [`MAX_STEPS`] is
/// cut to it.
#[must_use]
pub fn payable_amounts(stock: &[UnitStock], step: Tiyn, min: Tiyn, max: Tiyn) -> Vec<Tiyn> {
    let counts = by_denomination(stock);
    let Ok(table) = Table::up_to(within_steps(max, &counts), &counts) else {
        return Vec::new();
    };
    let reached = table.fewest.iter().enumerate().skip(1).filter(|(_, notes)| **notes != UNREACHED);
    reached
        .filter_map(|(index, _)| table.amount(index))
        .filter(|amount| (min..=max).contains(amount) && amount.tiyn().checked_rem(step.tiyn()) == Some(0))
        .collect()
}

/// Cuts requests into bundles of at most `max_notes_per_dispense` notes and `max_per_unit` of one cassette; the sum per
/// cassette is kept. The cassette with most left gives first, which keeps the bundles few. A limit of 0 counts as 1.
#[must_use]
pub fn bundles(
    requests: &[UnitRequest],
    max_notes_per_dispense: u32,
    max_per_unit: u32,
) -> Vec<Vec<UnitRequest>> {
    let (per_bundle, per_unit) = (max_notes_per_dispense.max(1), max_per_unit.max(1));
    let mut left: Vec<UnitRequest> = requests.iter().copied().filter(|request| request.notes > 0).collect();
    let mut bundles = Vec::new();
    while !left.is_empty() {
        let mut room = per_bundle;
        let mut bundle = Vec::new();
        left.sort_by_key(|request| (std::cmp::Reverse(request.notes), request.unit));
        for request in &mut left {
            let notes = request.notes.min(per_unit).min(room);
            if notes > 0 {
                bundle.push(UnitRequest { notes, ..*request });
                request.notes -= notes;
                room -= notes;
            }
        }
        left.retain(|request| request.notes > 0);
        bundle.sort_by_key(|request| request.unit);
        bundles.push(bundle);
    }
    bundles
}

/// Notes per denomination, worthless and empty cassettes left out.
fn by_denomination(stock: &[UnitStock]) -> BTreeMap<Denomination, u32> {
    let mut counts = BTreeMap::new();
    for unit in stock.iter().filter(|unit| unit.notes > 0 && unit.denomination.0 > 0) {
        let count: &mut u32 = counts.entry(unit.denomination).or_default();
        *count = count.saturating_add(unit.notes);
    }
    counts
}

fn step_of(counts: &BTreeMap<Denomination, u32>) -> u64 {
    counts.keys().fold(0, |step, denomination| greatest_common_divisor(step, u64::from(denomination.0)))
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    match a.checked_rem(b) {
        Some(rest) => greatest_common_divisor(b, rest),
        None => a,
    }
}

/// `at_most` in whole steps as tenge, within all notes' worth and [`MAX_STEPS`].
fn within_steps(at_most: Tiyn, counts: &BTreeMap<Denomination, u32>) -> u64 {
    let step = step_of(counts);
    let all = counts
        .iter()
        .map(|(denomination, notes)| u64::from(denomination.0) * u64::from(*notes))
        .fold(0, u64::saturating_add);
    let tenge = at_most.tenge().min(all).min(step.saturating_mul(MAX_STEPS as u64));
    tenge - tenge.checked_rem(step).unwrap_or(0)
}

fn from_units(stock: &[UnitStock], denomination: Denomination, notes: u32) -> Vec<UnitRequest> {
    let mut units: Vec<&UnitStock> = stock.iter().filter(|unit| unit.denomination == denomination).collect();
    units.sort_by_key(|unit| (std::cmp::Reverse(unit.notes), unit.unit));
    let mut wanted = notes;
    let mut requests = Vec::new();
    for unit in units {
        let notes = wanted.min(unit.notes);
        if notes > 0 {
            requests.push(UnitRequest { unit: unit.unit, denomination, notes });
            wanted -= notes;
        }
    }
    requests
}

impl Table {
    fn up_to(tenge: u64, counts: &BTreeMap<Denomination, u32>) -> Result<Self, MixError> {
        let step = step_of(counts);
        if tenge.checked_rem(step) != Some(0) {
            return Err(MixError::Impossible);
        }
        let steps = tenge.checked_div(step).and_then(|steps| usize::try_from(steps).ok());
        let steps = steps.filter(|steps| *steps <= MAX_STEPS).ok_or(MixError::TooLarge)?;
        let mut fewest = vec![UNREACHED; steps + 1];
        if let Some(nothing) = fewest.first_mut() {
            *nothing = 0;
        }
        let mut layers = Vec::with_capacity(counts.len());
        for (denomination, available) in counts.iter().rev() {
            let width =
                u64::from(denomination.0).checked_div(step).and_then(|width| usize::try_from(width).ok());
            let width = width.filter(|width| *width > 0).ok_or(MixError::TooLarge)?;
            let (next, used) = with_denomination(&fewest, width, *available);
            fewest = next;
            layers.push((*denomination, width, used));
        }
        Ok(Self { step, fewest, layers })
    }

    fn amount(&self, index: usize) -> Option<Tiyn> {
        let tenge = u64::try_from(index).ok()?.checked_mul(self.step)?;
        Tiyn::from_tenge(tenge).ok()
    }

    /// Notes per denomination for a sum, `None` when it cannot be made.
    fn notes_for(&self, tenge: u64) -> Option<Vec<(Denomination, u32)>> {
        let mut index = usize::try_from(tenge.checked_div(self.step)?).ok()?;
        if *self.fewest.get(index)? == UNREACHED {
            return None;
        }
        let mut notes = Vec::with_capacity(self.layers.len());
        for (denomination, width, used) in self.layers.iter().rev() {
            let count = *used.get(index)?;
            if count > 0 {
                notes.push((*denomination, count));
            }
            index = index.checked_sub(usize::try_from(count).ok()?.checked_mul(*width)?)?;
        }
        (index == 0).then_some(notes)
    }
}

/// Adds one denomination of `width` steps: for each sum the fewest notes with at most `available` of it, and how many of
/// it that takes. Along sums of equal remainder this is a minimum over a sliding window, so each cell costs O(1).
fn with_denomination(before: &[u32], width: usize, available: u32) -> (Vec<u32>, Vec<u32>) {
    let mut fewest = vec![UNREACHED; before.len()];
    let mut used = vec![0_u32; before.len()];
    for remainder in 0..width.min(before.len()) {
        // Positions along the remainder with the notes before it, in the order in which they become best.
        let mut window: VecDeque<(u32, u32)> = VecDeque::new();
        for (position, index) in (0_u32..).zip((remainder..before.len()).step_by(width)) {
            let here = before.get(index).copied().unwrap_or(UNREACHED);
            if here != UNREACHED {
                let worse = |&(from, notes): &(u32, u32)| notes.saturating_add(position - from) >= here;
                while window.back().is_some_and(worse) {
                    window.pop_back();
                }
                window.push_back((position, here));
            }
            while window.front().is_some_and(|(from, _)| position - from > available) {
                window.pop_front();
            }
            if let (Some((from, notes)), Some(best), Some(count)) =
                (window.front(), fewest.get_mut(index), used.get_mut(index))
            {
                *count = position - from;
                *best = notes.saturating_add(*count);
            }
        }
    }
    (fewest, used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cash::{UnitNo, worth};
    use proptest::prelude::*;

    fn stock(units: &[(u32, u32)]) -> Vec<UnitStock> {
        let unit = |(no, (face, notes)): (u8, &(u32, u32))| UnitStock {
            unit: UnitNo(no),
            denomination: Denomination(*face),
            notes: *notes,
        };
        (1..).zip(units).map(unit).collect()
    }

    fn tenge(amount: u64) -> Tiyn {
        Tiyn::from_tenge(amount).unwrap()
    }

    fn notes(amount: u64, units: &[(u32, u32)]) -> Result<Vec<(u32, u32)>, MixError> {
        let requests = mix(tenge(amount), &stock(units), Mix::MinimumBills)?;
        Ok(requests.iter().map(|request| (request.denomination.0, request.notes)).collect())
    }

    fn sum(requests: &[UnitRequest]) -> Tiyn {
        worth(requests.iter().map(|request| (request.denomination, request.notes))).unwrap()
    }

    #[test]
    fn cassettes_of_one_denomination_are_used_together_the_fuller_first() {
        let requests =
            mix(tenge(60_000), &stock(&[(5000, 4), (2000, 9), (5000, 9)]), Mix::MinimumBills).unwrap();
        let got: Vec<_> = requests.iter().map(|request| (request.unit.0, request.notes)).collect();
        assert_eq!(got, [(1, 3), (3, 9)]);
    }

    #[test]
    fn amounts_that_no_note_has_are_refused() {
        assert_eq!(notes(0, &[(1000, 1)]), Err(MixError::Nothing));
        assert_eq!(notes(1_000, &[]), Err(MixError::Impossible));
        assert_eq!(notes(1_000, &[(1000, 0)]), Err(MixError::Impossible));
        assert_eq!(notes(1_000, &[(0, 7)]), Err(MixError::Impossible));
        assert_eq!(notes(1_500, &[(1000, 5)]), Err(MixError::Impossible));
        let odd = Tiyn::new(100_001).unwrap();
        assert_eq!(mix(odd, &stock(&[(1000, 5)]), Mix::MinimumBills), Err(MixError::Impossible));
        assert_eq!(mix(Tiyn::MAX, &stock(&[(1000, u32::MAX)]), Mix::MinimumBills), Err(MixError::Impossible));
        assert_eq!(notes(1_000_000_000, &[(1000, u32::MAX), (500, 1)]), Err(MixError::TooLarge));
    }

    #[test]
    fn eight_full_cassettes_pay_two_million() {
        let units = [
            (20_000, 10),
            (10_000, 30),
            (5000, 60),
            (2000, 500),
            (1000, 400),
            (500, 3000),
            (200, 3000),
            (1000, 3000),
        ];
        let requests = mix(tenge(1_999_900), &stock(&units), Mix::MinimumBills).unwrap();
        assert_eq!(sum(&requests), tenge(1_999_900));
        assert_eq!(
            requests.iter().map(|request| request.notes).sum::<u32>(),
            10 + 30 + 60 + 500 + 199 + 1 + 2
        );
        assert_eq!(mix(tenge(1_999_950), &stock(&units), Mix::MinimumBills), Err(MixError::Impossible));
    }

    #[test]
    fn payable_amounts_are_those_that_a_mix_exists_for() {
        let stock = stock(&[(5000, 1), (2000, 2)]);
        let amounts = payable_amounts(&stock, tenge(1000), tenge(1000), tenge(100_000));
        assert_eq!(amounts, [2_000, 4_000, 5_000, 7_000, 9_000].map(tenge));
        assert_eq!(largest_payable(&stock, tenge(8_999)), tenge(7_000));
        assert_eq!(largest_payable(&stock, Tiyn::MAX), tenge(9_000));
        assert_eq!(largest_payable(&stock, tenge(1_999)), Tiyn::ZERO);
        assert_eq!(largest_payable(&[], tenge(1_999)), Tiyn::ZERO);
        assert!(payable_amounts(&stock, Tiyn::ZERO, tenge(1), tenge(100)).is_empty());
        assert!(payable_amounts(&[], tenge(1), tenge(1), tenge(100)).is_empty());
    }

    #[test]
    fn ninety_five_notes_go_out_in_three_bundles_of_at_most_forty() {
        let requests = mix(tenge(415_000), &stock(&[(5000, 75), (2000, 50)]), Mix::MinimumBills).unwrap();
        let bundles = bundles(&requests, 40, 40);
        let counts: Vec<u32> =
            bundles.iter().map(|bundle| bundle.iter().map(|request| request.notes).sum()).collect();
        assert_eq!(counts, [40, 40, 15]);
    }

    /// Fewest notes by trying everything.
    fn fewest_by_trying(amount: u64, units: &[(u32, u32)]) -> Option<u32> {
        let Some(((face, available), rest)) = units.split_first() else {
            return (amount == 0).then_some(0);
        };
        (0..=*available)
            .filter_map(|taken| {
                let left = amount.checked_sub(u64::from(*face) * u64::from(taken))?;
                Some(taken + fewest_by_trying(left, rest)?)
            })
            .min()
    }

    fn face() -> impl Strategy<Value = u32> {
        proptest::sample::select(vec![200, 500, 1000, 2000, 5000, 10_000, 20_000])
    }

    proptest! {
        #[test]
        fn small_cases_agree_with_trying_everything(
            units in proptest::collection::vec((face(), 0_u32..6), 0..5), hundreds in 1_u64..600,
        ) {
            let amount = hundreds * 100;
            let found = mix(tenge(amount), &stock(&units), Mix::MinimumBills);
            let count = found.as_ref().ok().map(|requests| requests.iter().map(|request| request.notes).sum());
            prop_assert_eq!(count, fewest_by_trying(amount, &units));
            let payable = payable_amounts(&stock(&units), tenge(100), tenge(100), tenge(60_000));
            prop_assert_eq!(payable.contains(&tenge(amount)), found.is_ok());
        }

        #[test]
        fn every_mix_sums_exactly_within_stock_and_its_bundles_keep_the_sum(
            units in proptest::collection::vec((face(), 0_u32..3000), 1..=8), hundreds in 1_u64..20_000,
            max in 1_u32..100, per_unit in 1_u32..100,
        ) {
            let stock = stock(&units);
            let amount = tenge(hundreds * 100);
            let payable = largest_payable(&stock, amount);
            prop_assert!(payable <= amount);
            if payable == amount {
                let requests = mix(amount, &stock, Mix::MinimumBills).unwrap();
                prop_assert_eq!(sum(&requests), amount);
                for request in &requests {
                    let unit = stock.iter().find(|unit| unit.unit == request.unit).unwrap();
                    prop_assert!(request.notes > 0 && request.notes <= unit.notes);
                    prop_assert_eq!(request.denomination, unit.denomination);
                }
                let bundles = bundles(&requests, max, per_unit);
                let whole: Vec<UnitRequest> = bundles.concat();
                for request in &requests {
                    let parts = whole.iter().filter(|part| part.unit == request.unit).map(|part| part.notes);
                    prop_assert_eq!(parts.sum::<u32>(), request.notes);
                }
                for bundle in &bundles {
                    prop_assert!(!bundle.is_empty());
                    prop_assert!(bundle.iter().map(|request| request.notes).sum::<u32>() <= max);
                    prop_assert!(bundle.iter().all(|request| request.notes <= per_unit && request.notes > 0));
                }
            } else {
                prop_assert!(mix(amount, &stock, Mix::MinimumBills).is_err());
            }
        }
    }
}
