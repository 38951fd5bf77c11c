//! kill -9 of the real firmware at any moment of a payout, and again and again while it settles what it finds. Which verdict it
//! comes to depends on the moment; that the verdict is true, and that nothing else moves, does not.

use std::time::Duration;

use senim_simulator::wait::rest;

use super::judge::{Verdict, judge};
use super::scene::{Power, Scene, Stated};
use crate::trail;

/// A payout of two bundles and its receipt take about so long.
const PAYOUT_MS: u64 = 2_000;
/// Slowest dispenser: the larger bundle is done well within the time after which its mechanics must rest.
const NOTE_MS: u64 = 20;
/// Opening the line, waiting until the mechanics rest and settling take less.
pub const SETTLING_MS: u64 = 2_500;
/// Kills of one payout: the first one in it, the others while it is settled.
pub const KILLS: u64 = 10;

/// Moments that a seed gives: xorshift64.
pub struct Moments(u64);

impl Moments {
    pub fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn within(&mut self, ms: u64) -> Duration {
        Duration::from_millis(self.below(ms))
    }

    pub fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % most
    }
}

/// A number that the environment may set.
pub fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

/// One payout; gives its verdicts, none where the request had not become durable.
fn killed(seed: u64, kills: u64) -> Vec<Verdict> {
    let mut moments = Moments::of(seed);
    let mut scene = Scene::set(Power::Stays, Stated::Unknown);
    scene.play_into_the_payout(moments.below(NOTE_MS) + 1);
    let moment = moments.within(PAYOUT_MS);
    rest(moment);
    let before = scene.strike();
    for _ in 1..kills {
        scene.start();
        rest(moments.within(SETTLING_MS));
        assert_eq!(scene.strike(), before, "seed {seed}: after a start nothing moves");
    }
    scene.restart();
    let rows = trail::at_terminal(&scene.stage.folders().work);
    let verdicts: Vec<Verdict> = trail::of_kind(&rows, "PayoutOutcome").map(Verdict::told).collect();
    eprintln!("seed {seed}: killed after {} ms, {verdicts:?}", moment.as_millis());
    if trail::of_kind(&rows, "PayoutRequested").count() == 0 {
        assert_eq!(before.dispenses(), 0, "seed {seed}: nobody has asked for money");
    } else {
        judge(&mut scene, &before, &verdicts);
    }
    verdicts
}

#[test]
fn killed_at_any_moment_it_comes_to_a_true_verdict_and_moves_nothing() {
    killed(1, 3);
}

/// `SENIM_KILLS` says how often, `SENIM_KILLS_FROM` with which seed it begins.
#[test]
#[ignore = "as long as one likes: `./test long` kills a hundred times"]
fn killed_a_hundred_times_at_any_moment_it_comes_to_a_true_verdict_each_time() {
    let (kills, from) = (number("SENIM_KILLS", 100), number("SENIM_KILLS_FROM", 2));
    let payouts = kills.div_ceil(KILLS);
    let ended: Vec<Vec<Verdict>> = (from..from + payouts).map(|seed| killed(seed, KILLS)).collect();
    let with = |wanted: Verdict| ended.iter().flatten().filter(|verdict| **verdict == wanted).count();
    eprintln!(
        "{} kills in {payouts} payouts: {} bundles dispensed, {} not, {} in doubt",
        payouts * KILLS,
        with(Verdict::Dispensed),
        with(Verdict::NotDispensed),
        with(Verdict::Uncertain)
    );
}
