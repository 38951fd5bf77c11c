//! Whether somebody living is before the camera: a sequence of movements that nobody could know before, judged from what
//! frames tell (R-135, B14).
//!
//! One frame at a time [`Judge::look`] says what the screen shows; [`recompute`] judges a whole stream. Both are the same
//! code over whole numbers ([`Trace`]), so a gateway comes to the verdict of the terminal bit by bit, whatever its
//! processor. Nothing here knows who is before the camera, and nothing proves that frames come from a camera: a stream
//! made to obey looks like one that does.

mod baseline;
mod continuity;
mod evidence;
mod flashes;
mod judge;
mod trace;
mod uncovered;

pub use evidence::{Evidence, EvidenceError, Keyframe, MAX_FRAMES, MAX_JPEG};
pub use flashes::FlashScore;
pub use judge::{CommandScore, Guidance, Judge, Judgement, Moment, recompute};
pub use trace::{Features, Trace, Traced};

/// Version of the judgement: evidence of another version cannot be recomputed. Rises with every change that could turn a
/// verdict.
pub const JUDGE_VERSION: u32 = 4;
