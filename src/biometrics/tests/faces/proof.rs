//! A challenge before pictures: what the evidence holds, and which frames prove nothing.

use std::cell::RefCell;
use std::time::Duration;

use senim_biometrics::liveness::{Evidence, Moment, Traced};
use senim_biometrics::{ProofError, Prover, Tracker, model_hashes};
use senim_domain::ChallengeId;
use senim_domain::liveness::{Challenge, Command, Hint, LivenessFailure, Movement, Phase};
use senim_domain::rule_pack::LivenessRules;

use crate::material::{Still, astronaut, tracker};

fn challenge() -> Challenge {
    let rules = LivenessRules::default();
    let command = |movement| Command { movement, pause_ms: 500, window_ms: 2_000 };
    let challenge = Challenge {
        challenge: ChallengeId(uuid::Uuid::from_u128(7)),
        nonce: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        calm_ms: 600,
        calm_within_ms: 2_000,
        deadline_ms: 30_000,
        min_inter_ocular_px: rules.min_inter_ocular_px,
        commands: [Movement::TurnLeft, Movement::OpenMouth, Movement::LookUp].map(command).to_vec(),
        flashes: Vec::new(),
        flash_permille: rules.flash_permille,
        amplitudes: rules.amplitudes,
    };
    assert_eq!(challenge.validate(), Ok(()));
    challenge
}

/// The astronaut as a camera of 640 × 480 sees her from near, a little otherwise each time.
fn alive(still: &Still, number: u32) -> Still {
    let random = RefCell::new(fastrand::Rng::with_seed(u64::from(number)));
    let sway = (f64::from(number) / 9.0).sin() * 2.0 + random.borrow_mut().f64();
    let near = still.part(64 + sway as i64, 1, 640, 480, 2.0);
    near.changed(|_, _, rgb| rgb.map(|value| value.saturating_add_signed(random.borrow_mut().i8(-4..=4))))
}

/// Shows frames at 15 a second until a verdict.
fn shown(tracker: &mut Tracker, frame: impl Fn(u32) -> Still) -> (Prover, Vec<Phase>) {
    tracker.forget();
    let mut prover = Prover::new(&challenge());
    let mut phases = Vec::new();
    for number in 0..200 {
        // The clock of a machine that has run for an hour.
        let at = Duration::from_millis(3_600_000 + u64::from(number) * 1_000 / 15);
        let guidance = prover.look(tracker, &frame(number).picture(), at).unwrap();
        phases.push(guidance.phase);
        if prover.verdict().is_some() {
            break;
        }
    }
    (prover, phases)
}

fn hints(phases: &[Phase]) -> Vec<Hint> {
    let hint = |phase: &Phase| match phase {
        Phase::Calm { hint, .. } => *hint,
        _ => None,
    };
    let mut hints: Vec<Hint> = phases.iter().filter_map(hint).collect();
    hints.dedup();
    hints
}

#[test]
fn somebody_who_stands_there_and_does_nothing_leaves_a_picture_and_no_proof() {
    let (Some(mut tracker), Some(still)) = (tracker(), astronaut()) else { return };
    let (mut prover, phases) = shown(&mut tracker, |number| alive(&still, number));
    assert_eq!(prover.verdict(), Some(Err(LivenessFailure::TooLate)), "{:?}", hints(&phases));
    assert!(matches!(phases.first(), Some(Phase::Calm { .. })));
    let evidence = prover.evidence().unwrap();
    let evidence = Evidence::read(evidence.expose()).unwrap();
    assert_eq!(evidence.models, model_hashes());
    assert_eq!(evidence.judge(&challenge()).unwrap().verdict, Err(LivenessFailure::TooLate));
    assert_eq!(evidence.frames.len(), phases.len());
    assert_eq!(evidence.keyframes.iter().map(|kept| kept.of).collect::<Vec<_>>(), [Moment::Neutral]);
    let kept = &evidence.keyframes[0];
    let back = image::load_from_memory(kept.picture().unwrap().expose()).unwrap().to_rgb8();
    let frame = alive(&still, kept.frame);
    let apart =
        back.as_raw().iter().zip(&frame.rgb).map(|(one, two)| u64::from(one.abs_diff(*two))).sum::<u64>();
    assert!(apart / (frame.rgb.len() as u64) < 6, "it is the frame of its number");
}

#[test]
fn a_picture_that_stands_still_is_told_as_frozen() {
    let (Some(mut tracker), Some(still)) = (tracker(), astronaut()) else { return };
    let (prover, phases) = shown(&mut tracker, |_| alive(&still, 1));
    assert_eq!(prover.verdict(), Some(Err(LivenessFailure::Frozen)));
    assert!(phases.len() < 5);
}

#[test]
fn of_frames_with_two_people_nothing_is_kept_and_they_are_told_to_be_one() {
    let (Some(mut tracker), Some(still)) = (tracker(), astronaut()) else { return };
    let (mut prover, phases) = shown(&mut tracker, |number| {
        let one = alive(&still, number).part(155, 0, 330, 480, 1.0);
        one.beside(&one)
    });
    assert_eq!(prover.verdict(), Some(Err(LivenessFailure::NotCalm)));
    assert_eq!(hints(&phases), [Hint::OnePerson]);
    let evidence = Evidence::read(prover.evidence().unwrap().expose()).unwrap();
    assert!(evidence.keyframes.is_empty());
    assert!(evidence.frames.iter().all(|frame| frame.seen == Traced::Several));
}

#[test]
fn a_covered_lens_shows_nobody() {
    let Some(mut tracker) = tracker() else { return };
    let (prover, phases) = shown(&mut tracker, |number| {
        let random = RefCell::new(fastrand::Rng::with_seed(u64::from(number)));
        Still::of(640, 480, |_, _| [random.borrow_mut().u8(0..6); 3])
    });
    assert_eq!(prover.verdict(), Some(Err(LivenessFailure::NotCalm)));
    assert_eq!(hints(&phases), [Hint::NoFace]);
}

#[test]
fn a_head_that_lies_is_told_to_look_straight_and_never_has_a_neutral() {
    let (Some(mut tracker), Some(still)) = (tracker(), astronaut()) else { return };
    for turns in [1, 3] {
        let turned = |number| (0..turns).fold(alive(&still, number), |still, _| still.quarter_turned());
        let (prover, phases) = shown(&mut tracker, turned);
        assert_eq!(prover.verdict(), Some(Err(LivenessFailure::NotCalm)));
        assert!(hints(&phases).contains(&Hint::LookStraight), "{turns}: {:?}", hints(&phases));
        assert_eq!(prover.judgement().moments, []);
    }
}

#[test]
fn a_stream_of_huge_frames_is_followed_and_its_picture_is_kept_small() {
    const TIMES: usize = 6;
    let (Some(mut tracker), Some(still)) = (tracker(), astronaut()) else { return };
    let (mut prover, phases) = shown(&mut tracker, |number| {
        let small = alive(&still, number);
        let wide = |row: &[u8]| row.chunks(3).flat_map(|pixel| pixel.repeat(TIMES)).collect::<Vec<_>>();
        let rgb = small.rgb.chunks(small.width * 3).flat_map(|row| wide(row).repeat(TIMES)).collect();
        Still { width: small.width * TIMES, height: small.height * TIMES, rgb }
    });
    assert_eq!(prover.verdict(), Some(Err(LivenessFailure::TooLate)), "{:?}", hints(&phases));
    let evidence = Evidence::read(prover.evidence().unwrap().expose()).unwrap();
    let kept = evidence.keyframes[0].picture().unwrap();
    let (width, height) = image::load_from_memory(kept.expose()).unwrap().to_rgb8().dimensions();
    assert_eq!((width, height), (1_280, 960));
}

#[test]
fn frames_that_come_too_fast_are_passed_over_and_a_clock_that_goes_back_is_seen() {
    let (Some(mut tracker), Some(still)) = (tracker(), astronaut()) else { return };
    let mut prover = Prover::new(&challenge());
    for number in 0..8 {
        let at = Duration::from_millis(500 + u64::from(number) * 16);
        prover.look(&mut tracker, &alive(&still, number).picture(), at).unwrap();
    }
    assert_eq!(prover.judgement().frames, 4);
    prover.look(&mut tracker, &alive(&still, 9).picture(), Duration::from_millis(510)).unwrap();
    assert_eq!(prover.verdict(), Some(Err(LivenessFailure::ClockWrong)));
}

#[test]
fn a_stream_that_changes_its_size_is_no_longer_looked_at() {
    let Some(mut tracker) = tracker() else { return };
    let mut prover = Prover::new(&challenge());
    let frame = |width, height| Still::of(width, height, |x, y| [(x % 251) as u8, (y % 251) as u8, 90]);
    prover.look(&mut tracker, &frame(640, 480).picture(), Duration::ZERO).unwrap();
    let changed = prover.look(&mut tracker, &frame(480, 640).picture(), Duration::from_millis(66));
    assert!(matches!(changed, Err(ProofError::SizeChanged)));
    assert_eq!(prover.judgement().frames, 1);
}
