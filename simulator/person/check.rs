//! One check of a scene: from the camera's port through detection, mesh and signals to the verdict.

use std::sync::Arc;
use std::time::Duration;

use senim_biometrics::liveness::Judgement;
use senim_biometrics::{Picture, PictureError, ProofError, Prover, Tracker};
use senim_domain::ChallengeId;
use senim_domain::liveness::{
    BadChallenge, Challenge, Colour, Command, FLASH_APART_MS, Flash, Movement, Phase,
};
use senim_domain::rule_pack::LivenessRules;
use senim_hal::camera::Camera;

use crate::camera::SceneCamera;
use crate::likeness::Likeness;
use crate::motion::Shown;
use crate::scene::{Scene, Species};

/// Frames of a second: what a small board can look at.
pub const FRAMES_A_SECOND: u16 = 15;

/// Why a check could not be played.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The camera's port failed.
    #[error(transparent)]
    Camera(#[from] senim_hal::Error),
    /// Its frame is none.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// Looking failed.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A species needs somebody whom the likeness does not know.
    #[error("nobody is there who could take the place; Likeness::with_stranger gives somebody")]
    NoStranger,
    /// What is asked may not be asked.
    #[error(transparent)]
    Challenge(#[from] BadChallenge),
}

/// Each movement with a pause by chance before it.
pub(crate) fn commands(
    rules: &LivenessRules,
    movements: impl IntoIterator<Item = Movement>,
    random: &mut fastrand::Rng,
) -> Vec<Command> {
    let command = |movement| Command {
        movement,
        pause_ms: random.u32(rules.min_pause_ms..=rules.max_pause_ms),
        window_ms: rules.window_ms,
    };
    movements.into_iter().map(command).collect()
}

/// A challenge of a seed's own name, otherwise as the rules have it.
pub(crate) fn asked(
    seed: u64,
    rules: &LivenessRules,
    commands: Vec<Command>,
    flashes: Vec<Flash>,
) -> Challenge {
    Challenge {
        challenge: ChallengeId(uuid::Uuid::from_u128(u128::from(seed))),
        nonce: format!("{seed:022}"),
        calm_ms: rules.calm_ms,
        calm_within_ms: rules.calm_within_ms,
        deadline_ms: rules.deadline_ms,
        min_inter_ocular_px: rules.min_inter_ocular_px,
        commands,
        flashes,
        flash_permille: rules.flash_permille,
        amplitudes: rules.amplitudes,
    }
}

/// Draws a challenge as the MFO does: three to five different movements in chance order, one of them to a side.
#[must_use]
pub fn challenge(seed: u64) -> Challenge {
    let mut random = fastrand::Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xc4a1);
    let rules = LivenessRules::default();
    let mut movements: Vec<Movement> = rules.movements.iter().copied().collect();
    let count = random.usize(3..=5);
    let drawn = loop {
        random.shuffle(&mut movements);
        let drawn: Vec<Movement> = movements.iter().copied().take(count).collect();
        if drawn.iter().any(|movement| movement.has_a_side()) {
            break drawn;
        }
    };
    let mut colours = Colour::ALL;
    random.shuffle(&mut colours);
    let mut at_ms = 500;
    let mut flashes = Vec::new();
    for colour in colours.into_iter().take(usize::from(rules.flashes)) {
        at_ms += random.u32(0..2_000);
        flashes.push(Flash { at_ms, lasts_ms: rules.flash_ms, colour });
        at_ms += FLASH_APART_MS;
    }
    let commands = commands(&rules, drawn, &mut random);
    asked(seed, &rules, commands, flashes)
}

/// Another challenge that was done before: its movements are not those of `challenge`.
#[must_use]
pub fn earlier(seed: u64, challenge: &Challenge) -> Challenge {
    let movements = |challenge: &Challenge| challenge.movements().collect::<Vec<_>>();
    (1..)
        .map(|round: u64| self::challenge(seed ^ round.wrapping_mul(0x0100_0000_01b3)))
        .find(|other| movements(other) != movements(challenge))
        .unwrap_or_else(|| self::challenge(seed))
}

/// Plays one check to its verdict. The tracker may have looked at other people before.
///
/// # Errors
/// [`CheckError`]: a fault of the set-up, never a verdict.
pub fn check(
    tracker: &mut Tracker,
    likeness: &Arc<Likeness>,
    species: Species,
    seed: u64,
) -> Result<Judgement, CheckError> {
    check_watched(tracker, likeness, species, seed, |_, _| {})
}

/// As [`check`]; `watch` is told of each frame its moment in ms and what the screen shows then.
///
/// # Errors
/// As [`check`].
pub fn check_watched(
    tracker: &mut Tracker,
    likeness: &Arc<Likeness>,
    species: Species,
    seed: u64,
    mut watch: impl FnMut(u64, &Phase),
) -> Result<Judgement, CheckError> {
    let challenge = challenge(seed);
    challenge.validate()?;
    if species == Species::AnotherPerson && likeness.stranger.is_none() {
        return Err(CheckError::NoStranger);
    }
    let scene = Scene::new(likeness, species, seed, &challenge, earlier(seed, &challenge));
    let (mut camera, screen) = SceneCamera::new(scene, FRAMES_A_SECOND, seed);
    tracker.forget();
    camera.open()?;
    let mut prover = Prover::new(&challenge);
    while prover.verdict().is_none() {
        let frame = camera.frame()?;
        let picture = Picture::new(frame.width, frame.height, frame.rgb.expose())?;
        let guidance = prover.look(tracker, &picture, Duration::from_millis(frame.at.0))?;
        watch(frame.at.0, &guidance.phase);
        screen.show(&Shown { phase: guidance.phase, flash: guidance.flash });
    }
    camera.close();
    Ok(prover.judgement())
}
