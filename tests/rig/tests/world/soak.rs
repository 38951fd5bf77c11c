//! A slice of the proof in `docs/proof.md`: stories of seeds, cuts at boundaries, and controls that must fail.

use std::panic::{AssertUnwindSafe, catch_unwind};

use senim_emulators::ccnet::Fault as Acceptor;
use senim_emulators::faults::FaultSpec;
use senim_emulators::lcdm4000::{Fault as Dispenser, LastStatusMode as DeviceMode};
use senim_rig::planted::{Bug, seek};
use senim_rig::soak::{self, Errand, Story, Twist, Visit, What};
use senim_rig::sweep::{self, Journey};
use senim_rig::{World, WorldOptions, invariants};
use senim_session::saga::LastStatusMode;

/// Stories that found something once, under the seeds that `docs/proof.md` tells them by: what a seed means may change.
fn found() -> [Story; 3] {
    let small = WorldOptions { sum: 60_000, brought: 14, acceptor: true, ..WorldOptions::default() };
    let twist = |after, what| Twist { after, what };
    let fault = |fault, spec| twist(0, What::Dispenser(fault, spec));
    let loan = |twists: &[Twist]| Visit { errand: Errand::Loan, twists: twists.to_vec() };
    let touches_done_with_a_note = Story {
        seed: 65,
        options: WorldOptions {
            last_status: LastStatusMode::AtEnd,
            device: DeviceMode::AtEnd,
            seed: 248,
            ..small.clone()
        },
        real_keys: false,
        visits: vec![
            loan(&[]),
            Visit { errand: Errand::Repay(4), twists: vec![twist(44, What::Taps { times: 3 })] },
        ],
    };
    let marker_lets_a_note_out = Story {
        seed: 69,
        options: WorldOptions { seed: 188, ..small },
        real_keys: false,
        visits: vec![loan(&[
            fault(Dispenser::LateReply, FaultSpec { command: Some(0x52), ..FaultSpec::times(2) }),
            fault(Dispenser::PurgeMovesExit, FaultSpec::times(2)),
            twist(60, What::Dispenser(Dispenser::NoAck, FaultSpec::times(1))),
        ])],
    };
    let power_goes_in_the_reset_too = Story {
        seed: 10_250,
        options: WorldOptions { sum: 100_000, brought: 100, acceptor: true, ..WorldOptions::default() },
        real_keys: false,
        visits: vec![
            loan(&[]),
            Visit {
                errand: Errand::TakeBack(3),
                twists: vec![
                    twist(0, What::Acceptor(Acceptor::PowerLossReturning, FaultSpec::times(2))),
                    twist(1_077, What::ProcessDies),
                ],
            },
        ],
    };
    [touches_done_with_a_note, marker_lets_a_note_out, power_goes_in_the_reset_too]
}

#[test]
fn stories_of_a_few_seeds_hold_at_every_step() {
    let soaked = soak::soak(1, 8);
    assert!(soaked.failure.is_none(), "{:#?}", soaked.failure);
    assert_eq!(soaked.stories, 8);
    assert!(!soaked.struck.is_empty());
}

#[test]
fn stories_that_found_something_hold() {
    for story in found() {
        soak::survives(&story).unwrap_or_else(|told| panic!("seed {}: {told}", story.seed));
    }
}

#[test]
fn a_seed_is_the_same_story_each_time_and_every_kind_of_fault_is_in_some_story() {
    assert_eq!(format!("{:?}", Story::of(7)), format!("{:?}", Story::of(7)));
    assert_ne!(format!("{:?}", Story::of(7)), format!("{:?}", Story::of(8)));
    let mut never = What::kinds();
    for seed in 0..20_000 {
        let twists = Story::of(seed).visits.into_iter().flat_map(|visit| visit.twists);
        for twist in twists {
            never.retain(|kind| *kind != twist.what.kind());
        }
    }
    assert!(never.is_empty(), "{never:?}");
}

#[test]
fn a_few_cuts_of_a_payout_and_of_a_repayment_are_survived() {
    let swept = sweep::sweep(&[Journey::Payout, Journey::Repayment], 100, 331);
    assert!(swept.failures.is_empty(), "{:#?}", swept.failures);
    assert!(swept.cuts >= 6, "{swept:?}");
}

/// A few mistakes on purpose; `senim-proof planted` plants them all.
#[test]
fn planted_mistakes_are_found_within_a_few_plays() {
    for bug in [
        Bug::DispenseTwice,
        Bug::DispenseAfterSilence,
        Bug::SilenceIsNothing,
        Bug::OneNoteLess,
        Bug::PayoutReportedTwice,
        Bug::TypedIsKept,
    ] {
        let found = seek(bug, |plays| plays >= 3);
        assert!(found.is_some(), "{} is not found", bug.name());
    }
}

/// A disk that forgets what it said was written is found: the control of everything above.
#[test]
fn a_journal_that_forgot_rows_is_found() {
    let mut world = World::new(WorldOptions::default());
    world.kill();
    let files: Vec<_> =
        std::fs::read_dir(world.folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let kept: Vec<_> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
    world.start(None);
    world.visit();
    world.cut_power();
    for entry in std::fs::read_dir(world.folder()).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    for (path, bytes) in files.iter().zip(kept) {
        std::fs::write(path, bytes).unwrap();
    }
    world.start(None);
    let judged = catch_unwind(AssertUnwindSafe(|| invariants::invariant_no_durable_row_is_lost(&world)));
    assert!(judged.is_err());
}
