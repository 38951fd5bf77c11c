//! Genuine people pass, and nobody who does something else does: 200 seeds of each.

use std::collections::BTreeMap;

use senim_biometrics::liveness::recompute;
use senim_domain::liveness::{LivenessFailure, Movement};
use senim_person::scripted::{Behaviour, challenge, play};

const SEEDS: u64 = 200;

/// How often each verdict came.
fn verdicts(behaviour: Behaviour) -> BTreeMap<Option<LivenessFailure>, u32> {
    let mut verdicts = BTreeMap::new();
    for seed in 0..SEEDS {
        let (_, judgement) = play(seed, &challenge(seed), behaviour);
        *verdicts.entry(judgement.verdict.err()).or_insert(0) += 1;
    }
    println!("{behaviour:?}: {verdicts:?}");
    verdicts
}

fn nobody_passes(behaviour: Behaviour) -> BTreeMap<Option<LivenessFailure>, u32> {
    let verdicts = verdicts(behaviour);
    assert_eq!(verdicts.get(&None), None, "{behaviour:?}");
    verdicts
}

#[test]
fn people_who_do_what_is_asked_pass() {
    let passed = verdicts(Behaviour::Obeys).get(&None).copied().unwrap_or(0);
    assert!(passed >= 190, "{passed} of {SEEDS}");
    let passed = verdicts(Behaviour::DropsFrames).get(&None).copied().unwrap_or(0);
    assert!(passed >= 190, "{passed} of {SEEDS} with frames dropped");
}

#[test]
fn another_order_a_missing_and_a_late_movement_fail() {
    nobody_passes(Behaviour::WrongOrder);
    let late = nobody_passes(Behaviour::LeavesOneOut);
    assert!(late.contains_key(&Some(LivenessFailure::TooLate)));
    nobody_passes(Behaviour::Late);
}

#[test]
fn who_moves_before_the_command_fails() {
    let early = nobody_passes(Behaviour::BeforeAsked);
    assert!(early.contains_key(&Some(LivenessFailure::TooEarly)));
}

#[test]
fn a_mirrored_stream_fails() {
    let mirrored = nobody_passes(Behaviour::Mirrored);
    assert!(mirrored.contains_key(&Some(LivenessFailure::Mismatch)));
}

#[test]
fn a_frozen_picture_fails() {
    let frozen = nobody_passes(Behaviour::Freezes);
    assert!(frozen.get(&Some(LivenessFailure::Frozen)).is_some_and(|count| *count > 190));
    nobody_passes(Behaviour::FreezesWithNoise);
}

#[test]
fn pieces_put_together_fail() {
    let cut = nobody_passes(Behaviour::Spliced);
    assert!(cut.get(&Some(LivenessFailure::Cut)).is_some_and(|count| *count > 190));
}

#[test]
fn another_face_in_the_middle_fails() {
    let swapped = nobody_passes(Behaviour::Swapped);
    assert!(swapped.contains_key(&Some(LivenessFailure::FaceSwapped)));
}

#[test]
fn another_face_of_the_same_proportions_fails() {
    let swapped = nobody_passes(Behaviour::SwappedForALookalike);
    assert!(swapped.get(&Some(LivenessFailure::FaceSwapped)).is_some_and(|count| *count > 180));
}

#[test]
fn a_piece_played_again_fails() {
    nobody_passes(Behaviour::Looped);
}

#[test]
fn flashes_that_do_not_come_back_from_the_face_alone_and_at_once_fail() {
    nobody_passes(Behaviour::NoReflection);
    let everywhere = nobody_passes(Behaviour::ReflectsEverywhere);
    assert!(everywhere.contains_key(&Some(LivenessFailure::FlashEverywhere)));
    let late = nobody_passes(Behaviour::ReflectsLate);
    assert!(late.contains_key(&Some(LivenessFailure::FlashDelayed)));
}

#[test]
fn a_second_face_one_that_left_and_a_poor_camera_fail() {
    let named = [
        (Behaviour::SecondFace, LivenessFailure::SeveralFaces),
        (Behaviour::Leaves, LivenessFailure::FaceLost),
        (Behaviour::FiveFramesASecond, LivenessFailure::TooFewFrames),
        (Behaviour::Gap, LivenessFailure::TooFewFrames),
    ];
    for (behaviour, failure) in named {
        let verdicts = nobody_passes(behaviour);
        assert!(verdicts.get(&Some(failure)).is_some_and(|count| *count > 180), "{behaviour:?}");
    }
}

#[test]
fn the_frames_of_an_earlier_check_fail_before_another_challenge() {
    let mut passed = 0;
    for seed in 0..SEEDS {
        let earlier = challenge(seed);
        let (traces, judgement) = play(seed, &earlier, Behaviour::Obeys);
        let mut other = challenge(seed + SEEDS);
        other.flashes.clear();
        let movements =
            |challenge: &senim_domain::liveness::Challenge| challenge.movements().collect::<Vec<Movement>>();
        if judgement.verdict.is_ok() && movements(&earlier) != movements(&other) {
            passed += u32::from(recompute(&other, &traces).verdict.is_ok());
        }
    }
    assert_eq!(passed, 0, "even without flashes");
}
