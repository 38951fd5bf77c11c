//! Puts a person to a challenge: pictures and moments in, what the screen shows and in the end the evidence out.
//!
//! ```text
//! let mut prover = Prover::new(&challenge);
//! loop {
//!     let guidance = prover.look(&mut tracker, &picture, taken_at)?;   // every frame, as fast as the camera gives them
//!     show(guidance.phase, guidance.flash);                            // before the next frame is taken
//!     if let Some(verdict) = prover.verdict() { break; }
//! }
//! let evidence = prover.evidence()?;                                   // seal it for the lender, and drop the prover
//! ```
//!
//! The tracker stays the caller's, since its models are loaded once; [`Prover::new`] wants it to have forgotten whom it followed
//! before ([`Tracker::forget`]). Of a frame with several faces nothing but its fingerprint and its moment is kept. Signals and
//! pictures are wiped when the prover is dropped.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use senim_domain::liveness::{Challenge, LivenessFailure, ModelHash, Movement, Phase};
use senim_domain::{ChallengeId, SecretBytes};

use crate::jpeg;
use crate::liveness::{
    Evidence, EvidenceError, Guidance, JUDGE_VERSION, Judge, Judgement, Keyframe, MAX_FRAMES, Moment, Trace,
};
use crate::models::FILES;
use crate::picture::Picture;
use crate::runtime::RuntimeError;
use crate::tracker::{Gaze, Tracker};

/// Time from one frame that is looked at to the next, at least, ms: a camera of sixty frames a second tells no more than
/// one of thirty, and a check of the longest kind has to fit into [`MAX_FRAMES`].
const BETWEEN_FRAMES_MS: u32 = 30;

/// Why a check cannot go on; the person can do nothing about it.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// A network cannot be run.
    #[error(
        "a face model cannot be run; start the terminal again, and renew its models if that does not help"
    )]
    Runtime(#[from] RuntimeError),
    /// The stream is no longer the one that it was: another camera, or something between.
    #[error(
        "the camera's frames changed their size in the middle of a check; inspect the camera and its cable"
    )]
    SizeChanged,
    /// A frame that is evidence cannot be made a picture.
    #[error("a frame of the camera cannot be encoded as JPEG; check the camera's format")]
    Picture(#[from] jpeg::JpegError),
}

/// One person before one challenge.
pub struct Prover {
    challenge: ChallengeId,
    nonce: String,
    judge: Judge,
    guidance: Option<Guidance>,
    gaze: Gaze,
    size: Option<(u32, u32)>,
    began: Option<Duration>,
    frames: Vec<Trace>,
    keyframes: Vec<Keyframe>,
    models: Vec<ModelHash>,
}

impl Prover {
    /// Begins with the first frame. A challenge that nobody may be put to should have been refused by
    /// [`Challenge::validate`].
    #[must_use]
    pub fn new(challenge: &Challenge) -> Self {
        let of_eyes = |movement| {
            matches!(movement, Movement::Blink | Movement::FollowDotLeft | Movement::FollowDotRight)
        };
        Self {
            challenge: challenge.challenge,
            nonce: challenge.nonce.clone(),
            judge: Judge::new(challenge),
            guidance: None,
            gaze: if challenge.movements().any(of_eyes) { Gaze::Measured } else { Gaze::LeftOut },
            size: None,
            began: None,
            // Room that need not be moved: a copy left behind would still describe the face.
            frames: Vec::with_capacity(MAX_FRAMES),
            keyframes: Vec::new(),
            models: model_hashes(),
        }
    }

    /// Looks at the next frame. `at`: when it was taken, by a clock that only rises; where it begins does not matter.
    /// After the verdict, and for frames that come sooner after each other than is of use, nothing changes.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn look(
        &mut self,
        tracker: &mut Tracker,
        picture: &Picture<'_>,
        at: Duration,
    ) -> Result<Guidance, ProofError> {
        if *self.size.get_or_insert(picture.dimensions()) != picture.dimensions() {
            return Err(ProofError::SizeChanged);
        }
        let since = at.saturating_sub(*self.began.get_or_insert(at));
        if let Some(guidance) = self.guidance
            && (self.is_too_soon(since) || self.verdict().is_some())
        {
            return Ok(Guidance { keep: None, ..guidance });
        }
        let trace = Trace::from(&tracker.look(picture, since, self.gaze)?);
        let guidance = self.judge(trace, picture)?;
        if guidance.keep == Some(Moment::Neutral) {
            tracker.remember();
        }
        Ok(guidance)
    }

    /// Judges what was measured elsewhere as if it had been seen in this picture: a rig's person who stands before no camera.
    ///
    /// # Errors
    /// [`ProofError::Picture`].
    #[cfg(feature = "rig")]
    pub fn look_at(&mut self, trace: Trace, picture: &Picture<'_>) -> Result<Guidance, ProofError> {
        if let Some(guidance) = self.guidance
            && self.verdict().is_some()
        {
            return Ok(Guidance { keep: None, ..guidance });
        }
        self.models = vec![ModelHash { name: "none".into(), sha256: "A".repeat(43) }];
        self.judge(trace, picture)
    }

    fn judge(&mut self, trace: Trace, picture: &Picture<'_>) -> Result<Guidance, ProofError> {
        let guidance = self.judge.look(&trace);
        if let Some(moment) = guidance.keep {
            let frame = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
            self.keyframes.push(Keyframe::new(moment, frame, jpeg::encode(picture)?.expose()));
        }
        self.frames.push(trace);
        self.guidance = Some(guidance);
        Ok(guidance)
    }

    /// The verdict, once there is one.
    #[must_use]
    pub fn verdict(&self) -> Option<Result<(), LivenessFailure>> {
        match self.guidance?.phase {
            Phase::Passed => Some(Ok(())),
            Phase::Failed(failure) => Some(Err(failure)),
            Phase::Calm { .. } | Phase::Pause | Phase::Command { .. } | Phase::Waiting => None,
        }
    }

    /// What looks at the frames, by content.
    #[must_use]
    pub fn models(&self) -> &[ModelHash] {
        &self.models
    }

    /// What the frames until now say.
    #[must_use]
    pub fn judgement(&self) -> Judgement {
        self.judge.judgement()
    }

    /// What is sealed for the lender; given once. Without a verdict yet it proves that nobody was shown.
    ///
    /// # Errors
    /// [`EvidenceError::TooLong`], [`EvidenceError::Unreadable`].
    pub fn evidence(&mut self) -> Result<SecretBytes, EvidenceError> {
        let evidence = Evidence {
            challenge: self.challenge,
            nonce: self.nonce.clone(),
            judge: JUDGE_VERSION,
            models: self.models.clone(),
            frames: std::mem::take(&mut self.frames),
            keyframes: std::mem::take(&mut self.keyframes),
        };
        evidence.write()
    }

    fn is_too_soon(&self, since: Duration) -> bool {
        let at = u32::try_from(since.as_millis()).unwrap_or(u32::MAX);
        let last = self.frames.last().map(|frame| frame.at_ms);
        // A clock that stands still or goes back is for the judge to see.
        last.is_some_and(|last| at > last && at - last < BETWEEN_FRAMES_MS)
    }
}

/// What looks at the frames, by content: what evidence and rows name.
#[must_use]
pub fn model_hashes() -> Vec<ModelHash> {
    let of = |file: &crate::models::ModelFile| ModelHash {
        name: file.name.to_owned(),
        sha256: URL_SAFE_NO_PAD.encode(file.digest()),
    };
    FILES.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_named_by_the_digests_that_are_compiled_in() {
        let hashes = model_hashes();
        assert_eq!(hashes.len(), FILES.len());
        for (hash, file) in hashes.iter().zip(FILES) {
            let bytes = URL_SAFE_NO_PAD.decode(&hash.sha256).unwrap();
            let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!((hash.name.as_str(), hexadecimal.as_str()), (file.name, file.sha256));
        }
    }
}
