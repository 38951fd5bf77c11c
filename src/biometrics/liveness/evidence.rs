//! What is kept of a check: signals over time and a picture of each moment, for the lender alone. It describes a face as
//! well as a picture does, and is treated like one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::liveness::{Challenge, LivenessFailure, ModelHash};
use senim_domain::{ChallengeId, SecretBytes};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::JUDGE_VERSION;
use super::judge::{Judgement, Moment, recompute};
use super::trace::Trace;

/// Most frames of a check.
pub const MAX_FRAMES: usize = 6_000;
/// Longest picture of a moment, bytes.
pub const MAX_JPEG: usize = 256 * 1024;
/// A frame in the text, at most, for room that need not be moved.
const FRAME_BYTES: usize = 300;

/// One check, as it is sealed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Which challenge.
    pub challenge: ChallengeId,
    /// Its nonce.
    pub nonce: String,
    /// [`JUDGE_VERSION`] of who judged.
    pub judge: u32,
    /// What looked at the frames.
    pub models: Vec<ModelHash>,
    /// Frames until the verdict.
    pub frames: Vec<Trace>,
    /// Pictures of moments.
    pub keyframes: Vec<Keyframe>,
}

/// A picture of a moment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyframe {
    /// Which.
    pub of: Moment,
    /// Its frame, from 0.
    pub frame: u32,
    /// JPEG, base64.
    pub jpeg: Zeroizing<String>,
}

impl Keyframe {
    /// A picture of a frame.
    #[must_use]
    pub fn new(of: Moment, frame: u32, jpeg: &[u8]) -> Self {
        Self { of, frame, jpeg: Zeroizing::new(STANDARD.encode(jpeg)) }
    }

    /// The picture.
    ///
    /// # Errors
    /// [`EvidenceError::Picture`].
    pub fn picture(&self) -> Result<SecretBytes, EvidenceError> {
        if self.jpeg.len() > MAX_JPEG / 3 * 4 + 4 {
            return Err(EvidenceError::Picture);
        }
        let bytes = STANDARD.decode(self.jpeg.as_bytes()).map_err(|_| EvidenceError::Picture)?;
        let bytes = SecretBytes::new(bytes);
        let is_jpeg = bytes.expose().starts_with(&[0xFF, 0xD8, 0xFF]);
        if is_jpeg { Ok(bytes) } else { Err(EvidenceError::Picture) }
    }
}

/// Why evidence proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// It is not written as evidence is.
    #[error("this is no evidence of a check; do it again")]
    Unreadable,
    /// It is of another challenge.
    #[error("the evidence is of another challenge; do the check again")]
    OtherChallenge,
    /// Another version of the judgement made it.
    #[error("the evidence was judged by another version; bring both sides to one version")]
    OtherVersion,
    /// Too many frames.
    #[error("the evidence has more frames than a check can have; do it again")]
    TooLong,
    /// A picture is missing, is of another frame, or is none.
    #[error("a picture of the evidence is missing or is none; do the check again")]
    Picture,
}

impl Evidence {
    /// Writes it; what is written is not copied about.
    ///
    /// # Errors
    /// [`EvidenceError::TooLong`], [`EvidenceError::Unreadable`].
    pub fn write(&self) -> Result<SecretBytes, EvidenceError> {
        if self.frames.len() > MAX_FRAMES {
            return Err(EvidenceError::TooLong);
        }
        let pictures: usize = self.keyframes.iter().map(|keyframe| keyframe.jpeg.len() + 100).sum();
        let mut text = Zeroizing::new(Vec::with_capacity(self.frames.len() * FRAME_BYTES + pictures + 2_000));
        serde_json::to_writer(&mut *text, self).map_err(|_| EvidenceError::Unreadable)?;
        Ok(SecretBytes::new(std::mem::take(&mut *text)))
    }

    /// Reads what was written. That it proves something is found by [`Self::judge`].
    ///
    /// # Errors
    /// [`EvidenceError::Unreadable`], [`EvidenceError::TooLong`].
    pub fn read(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let evidence: Self = serde_json::from_slice(bytes).map_err(|_| EvidenceError::Unreadable)?;
        if evidence.frames.len() > MAX_FRAMES { Err(EvidenceError::TooLong) } else { Ok(evidence) }
    }

    /// Judges it again. A pass has a picture of the neutral and of each command, of the frames where they were.
    ///
    /// # Errors
    /// [`EvidenceError`]: it proves nothing either way.
    pub fn judge(&self, challenge: &Challenge) -> Result<Judgement, EvidenceError> {
        if self.challenge != challenge.challenge || self.nonce != challenge.nonce {
            return Err(EvidenceError::OtherChallenge);
        }
        if self.judge != JUDGE_VERSION {
            return Err(EvidenceError::OtherVersion);
        }
        let mut judgement = recompute(challenge, &self.frames);
        // Frames after the verdict were not seen by whoever judged first.
        if usize::try_from(judgement.frames) != Ok(self.frames.len()) {
            judgement.verdict = judgement.verdict.and(Err(LivenessFailure::Unfinished));
        }
        if judgement.verdict.is_ok() {
            let pictured = |(of, frame): &(Moment, u32)| {
                self.keyframes.iter().any(|kept| kept.of == *of && kept.frame == *frame)
            };
            if !judgement.moments.iter().all(pictured) || self.keyframes.len() != judgement.moments.len() {
                return Err(EvidenceError::Picture);
            }
        }
        for keyframe in &self.keyframes {
            keyframe.picture()?;
        }
        Ok(judgement)
    }
}
