//! What a camera gives, and what a terminal says of somebody who was before it.

use senim_biometrics::Picture;
use senim_biometrics::liveness::{Evidence, MAX_FRAMES, recompute};
use senim_domain::ChallengeId;
use senim_domain::Mono;
use senim_domain::liveness::{Challenge, Command, Movement};
use senim_domain::rule_pack::LivenessRules;
use senim_linux::camera::{PixelFormat, decoded};

/// Sizes that are chosen from, so that short inputs are whole frames too.
const SIZES: [(u32, u32); 8] =
    [(2, 2), (4, 3), (16, 16), (64, 48), (0, 4), (3, 2), (u32::MAX, 2), (4_096, 4_096)];

/// A frame that is taken has the size that was asked for, and is a picture.
pub fn camera_frame(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let size = SIZES[usize::from(choice >> 1) % SIZES.len()];
    let format = if choice & 1 == 0 { PixelFormat::Yuyv } else { PixelFormat::Mjpeg };
    let Ok(frame) = decoded(bytes, format, size, Mono(1)) else { return };
    assert_eq!((frame.width, frame.height), size);
    let picture = Picture::new(frame.width, frame.height, frame.rgb.expose()).unwrap();
    let _ = picture.light();
}

/// Evidence that is read is bounded, comes out the same when it is written again, and is judged alike each time.
pub fn living_evidence(bytes: &[u8]) {
    let Ok(evidence) = Evidence::read(bytes) else { return };
    assert!(evidence.frames.len() <= MAX_FRAMES);
    let written = evidence.write().unwrap();
    let again = Evidence::read(written.expose()).unwrap();
    assert!(again.frames == evidence.frames && again.keyframes == evidence.keyframes);
    let challenge = challenge(evidence.challenge, &evidence.nonce);
    let judged = evidence.judge(&challenge);
    assert_eq!(judged, again.judge(&challenge));
    let judgement = recompute(&challenge, &evidence.frames);
    assert!(usize::try_from(judgement.frames).unwrap() <= evidence.frames.len());
    // Somebody who was asked for three movements and did none has not passed.
    assert!(judgement.verdict.is_err() || judgement.commands.len() == challenge.commands.len());
}

fn challenge(challenge: ChallengeId, nonce: &str) -> Challenge {
    let rules = LivenessRules::default();
    let command = |movement| Command { movement, pause_ms: 500, window_ms: 2_000 };
    Challenge {
        challenge,
        nonce: nonce.to_owned(),
        calm_ms: 300,
        calm_within_ms: 10_000,
        deadline_ms: 30_000,
        min_inter_ocular_px: 60,
        commands: [Movement::TurnLeft, Movement::Blink, Movement::LookUp].map(command).to_vec(),
        flashes: Vec::new(),
        flash_permille: rules.flash_permille,
        amplitudes: rules.amplitudes,
    }
}
