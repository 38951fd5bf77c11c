//! A sequence by chance: every movement, pause, moment and colour from the gateway's random source.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use senim_domain::ChallengeId;
use senim_domain::liveness::{COMMANDS, Challenge, Colour, Command, FLASH_APART_MS, Flash, Movement};
use senim_domain::rule_pack::LivenessRules;

use crate::entropy::{Entropy, NoEntropy};

/// Earliest moment of a flash after the calibration, ms.
const FIRST_FLASH_MS: u32 = 600;
/// How far chance may move a flash, ms.
const FLASH_SPREAD_MS: u32 = 1_800;

/// A number below `below`, each equally likely; 0 for `below` 0.
fn number(entropy: &dyn Entropy, below: u32) -> Result<u32, NoEntropy> {
    // The largest multiple that fits: above it low numbers would be likelier.
    let Some(fair) = (u32::MAX - below.min(1)).checked_div(below).map(|times| times * below) else {
        return Ok(0);
    };
    loop {
        let mut bytes = [0_u8; 4];
        entropy.fill(&mut bytes)?;
        let drawn = u32::from_be_bytes(bytes);
        if drawn < fair {
            return Ok(drawn % below);
        }
    }
}

fn within(entropy: &dyn Entropy, from: u32, to: u32) -> Result<u32, NoEntropy> {
    Ok(from + number(entropy, to.saturating_sub(from).saturating_add(1))?)
}

/// Movements by chance: different ones, one of them to a side where the person can, never both dots. `long`: as many as a
/// challenge can have.
pub(super) fn movements(
    rules: &LivenessRules,
    cannot: &[Movement],
    long: bool,
    entropy: &dyn Entropy,
) -> Result<Vec<Movement>, NoEntropy> {
    let able: Vec<Movement> =
        rules.movements.iter().copied().filter(|movement| !cannot.contains(movement)).collect();
    let (fewest, most) = if long {
        (*COMMANDS.end(), *COMMANDS.end())
    } else {
        (usize::from(rules.min_commands), usize::from(rules.max_commands))
    };
    let spread = u32::try_from(most.saturating_sub(fewest).saturating_add(1)).unwrap_or(1);
    let count = fewest.saturating_add(usize::try_from(number(entropy, spread)?).unwrap_or(0));
    let mut left = able.clone();
    let mut drawn = Vec::with_capacity(count);
    while drawn.len() < count && !left.is_empty() {
        let at = number(entropy, u32::try_from(left.len()).unwrap_or(0))?;
        let movement = left.swap_remove(usize::try_from(at).unwrap_or(0));
        let dots = [Movement::FollowDotLeft, Movement::FollowDotRight];
        if dots.contains(&movement) {
            left.retain(|other| !dots.contains(other));
        }
        drawn.push(movement);
    }
    let sided = |movement: &Movement| movement.has_a_side();
    if !drawn.iter().any(sided) {
        // A mirrored stream must not be able to obey: one to a side takes the place of another.
        let of_side: Vec<Movement> = able.into_iter().filter(sided).collect();
        let which = number(entropy, u32::try_from(of_side.len()).unwrap_or(0))?;
        let place = number(entropy, u32::try_from(drawn.len()).unwrap_or(0))?;
        let movement = of_side.get(usize::try_from(which).unwrap_or(0)).copied();
        let place = drawn.get_mut(usize::try_from(place).unwrap_or(0));
        if let Some((place, movement)) = place.zip(movement) {
            *place = movement;
        }
    }
    Ok(drawn)
}

/// Everything else of a challenge.
pub(super) fn challenge(
    id: ChallengeId,
    movements: &[Movement],
    rules: &LivenessRules,
    slow: bool,
    entropy: &dyn Entropy,
) -> Result<Challenge, NoEntropy> {
    let pace = if slow { u32::from(rules.slow_percent) } else { 100 };
    let paced = |ms: u32| ms.saturating_mul(pace) / 100;
    let mut nonce = [0_u8; 16];
    entropy.fill(&mut nonce)?;
    let mut commands = Vec::with_capacity(movements.len());
    for movement in movements {
        commands.push(Command {
            movement: *movement,
            pause_ms: paced(within(entropy, rules.min_pause_ms, rules.max_pause_ms)?),
            window_ms: paced(rules.window_ms),
        });
    }
    let mut flashes: Vec<Flash> = Vec::new();
    for _ in 0..rules.flashes {
        let before = flashes.last().copied();
        let other: Vec<Colour> = Colour::ALL
            .into_iter()
            .filter(|colour| before.is_none_or(|last| last.colour != *colour))
            .collect();
        let which = number(entropy, u32::try_from(other.len()).unwrap_or(0))?;
        let Some(colour) = other.get(usize::try_from(which).unwrap_or(0)).copied() else { break };
        let from = before.map_or(FIRST_FLASH_MS, |last| last.at_ms.saturating_add(FLASH_APART_MS));
        let at_ms = from.saturating_add(number(entropy, FLASH_SPREAD_MS)?);
        flashes.push(Flash { at_ms, lasts_ms: rules.flash_ms, colour });
    }
    Ok(Challenge {
        challenge: id,
        nonce: URL_SAFE_NO_PAD.encode(nonce),
        calm_ms: rules.calm_ms,
        calm_within_ms: paced(rules.calm_within_ms),
        deadline_ms: paced(rules.deadline_ms),
        min_inter_ocular_px: rules.min_inter_ocular_px,
        commands,
        flashes,
        flash_permille: rules.flash_permille,
        amplitudes: rules.amplitudes,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::entropy::CountingEntropy;

    #[test]
    fn every_challenge_is_one_that_people_may_be_put_to_and_has_a_side() {
        let entropy = CountingEntropy::default();
        let mut rules = LivenessRules { flashes: 4, ..LivenessRules::default() };
        rules.movements.extend([Movement::FollowDotLeft, Movement::FollowDotRight]);
        let mut seen = BTreeSet::new();
        let mut nonces = BTreeSet::new();
        for round in 0..300 {
            let long = round % 10 == 0;
            let movements = movements(&rules, &[], long, &entropy).unwrap();
            let id = ChallengeId(uuid::Uuid::from_u128(round));
            let challenge = challenge(id, &movements, &rules, round % 2 == 0, &entropy).unwrap();
            assert_eq!(challenge.validate(), Ok(()));
            assert!(challenge.movements().any(Movement::has_a_side));
            seen.extend(challenge.movements());
            nonces.insert(challenge.nonce);
        }
        assert_eq!((seen.len(), nonces.len()), (Movement::ALL.len(), 300));
    }

    #[test]
    fn a_movement_that_the_person_cannot_do_is_not_asked_and_a_side_stays_where_there_is_one() {
        let entropy = CountingEntropy::default();
        let rules = LivenessRules::default();
        let cannot = [Movement::TurnLeft, Movement::Smile];
        for _ in 0..200 {
            let drawn = movements(&rules, &cannot, false, &entropy).unwrap();
            assert!(drawn.contains(&Movement::TurnRight));
            assert!(!drawn.iter().any(|movement| cannot.contains(movement)));
        }
        let cannot = [Movement::TurnLeft, Movement::TurnRight];
        assert!(movements(&rules, &cannot, false, &entropy).unwrap().len() >= 3);
    }
}
