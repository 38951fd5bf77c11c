//! Whether a stream is one take of one living head: no cut, no loop, no stand-still, no other face, no gap, nothing faster
//! than a neck.
//!
//! The limits are design values. They were chosen from how fast heads move and how much meshes tremble, not from attacks.

use std::collections::{BTreeSet, VecDeque};

use senim_domain::liveness::LivenessFailure;

use super::baseline::Baseline;
use super::trace::{Features, Trace, Traced};

/// Fewest frames in a second.
const MIN_FRAMES_PER_SECOND: usize = 12;
const SECOND_MS: u32 = 1_000;
/// Longest time without a frame, ms.
const GAP_MS: u32 = 300;
/// Longest time without a face, ms: one that comes back later may be anybody's.
const LOST_MS: u32 = 400;
/// Frames with several faces that may be a mistake of the detector.
const SEVERAL_FRAMES: u32 = 2;
/// Equal frames in a row.
const FROZEN_FRAMES: u32 = 3;
/// Of the sum of squares of jumps, thousandths: 1,000 is one measure at its limit. Of 1,337 frames of a person who shakes the
/// head and nods before a small camera, one movement reaches 2,500, and all others stay below 1,100.
const CUT: i64 = 3_000;
/// Of its mean over a second or so; there at most 491.
const RESTLESS: i64 = 750;
const RESTLESS_FRAMES: usize = 30;
/// A joint, thousandths: how far place and size of a face and the ground behind it jump in one and the same frame, where each
/// alone might. A filmed man's largest is 2,040, and all others of his that count together 3,700 with it.
const JOINT: i64 = 2_500;
/// Joints from here on are added up over a check, and to what they may come.
const SMALL_JOINT: i64 = 1_000;
const SMALL_JOINTS: i64 = 4_500;
/// How long a movement may come again exactly, ms.
const LOOP_MS: u32 = 500;
/// How far a shape may be from the first, thousandths, in the mean of a few frames near the neutral, and from one frame
/// to the next.
const OTHER_SHAPE: i64 = 35;
const SHAPE_JUMP: i64 = 80;
const SHAPE_FRAMES: usize = 6;
/// How like the texture of the face has to be, thousandths: to that of the frame before, and to that of the neutral in the mean
/// of a few frames whose pose is near. A filmed man is never below 690 from one frame to another within a third of a second,
/// and, whichever of his frames is the neutral, never below 495 in the mean; to another person he is below 350.
const LIKE_LAST: i64 = 550;
const LIKE_NEUTRAL: i64 = 450;
const LIKE_FRAMES: usize = 6;
/// Frames in a row in which a face may be at the picture's edge, where it is compared with nothing.
const UNCOMPARED_FRAMES: u32 = 10;
/// As far from the neutral as somebody may be who has come back to it: hundredths of a degree.
const LIKE_POSE: i64 = 1_050;
/// Near the neutral: a mesh is least sure of a face from the side. Hundredths of a degree, ten-thousandths.
const NEAR_POSE: i64 = 600;
const NEAR_MOUTH: i64 = 600;

/// What moves, of one frame.
#[derive(Clone, Copy)]
struct Point {
    at: u32,
    yaw: i64,
    pitch: i64,
    roll: i64,
    across: i64,
    down: i64,
    inter_ocular: i64,
    eyes: [i64; 2],
    mouth: i64,
    smile: i64,
}

impl Point {
    fn of(at: u32, face: &Features) -> Self {
        let [across, down] = face.centre.map(i64::from);
        Self {
            at,
            yaw: face.yaw.into(),
            pitch: face.pitch.into(),
            roll: face.roll.into(),
            across,
            down,
            inter_ocular: face.inter_ocular.into(),
            eyes: [face.left_eye.into(), face.right_eye.into()],
            mouth: face.mouth.into(),
            smile: face.smile.into(),
        }
    }

    /// Closer to each other than two moments of a life are in all that moves.
    fn repeats(&self, other: &Self) -> bool {
        let near = |one: i64, two: i64, limit: i64| (one - two).abs() <= limit;
        near(self.yaw, other.yaw, 20)
            && near(self.pitch, other.pitch, 20)
            && near(self.roll, other.roll, 20)
            && near(self.across, other.across, 12)
            && near(self.down, other.down, 12)
            && near(self.mouth, other.mouth, 40)
            && near(self.smile, other.smile, 40)
            && (self.inter_ocular - other.inter_ocular).abs() * 250 <= other.inter_ocular
            && self.eyes.iter().zip(&other.eyes).all(|(one, two)| near(*one, *two, 60))
    }

    fn is_the_same(&self, other: &Self) -> bool {
        Self { at: 0, ..*self }.numbers() == Self { at: 0, ..*other }.numbers()
    }

    const fn numbers(&self) -> [i64; 10] {
        let [left, right] = self.eyes;
        [
            self.yaw,
            self.pitch,
            self.roll,
            self.across,
            self.down,
            self.inter_ocular,
            left,
            right,
            self.mouth,
            self.smile,
        ]
    }
}

#[derive(Default)]
pub(super) struct Continuity {
    fingerprints: BTreeSet<u64>,
    last_fingerprint: Option<u64>,
    equal_frames: u32,
    first: Option<u32>,
    moments: VecDeque<u32>,
    several: u32,
    last_face: Option<u32>,
    /// Every face of the stream, oldest first.
    points: Vec<Point>,
    /// For each of `points`: how many frames before and with it are repeated by the newest ones.
    runs: Vec<u32>,
    still_frames: u32,
    before: Option<Features>,
    scores: VecDeque<i64>,
    /// Sum of the small joints.
    joints: i64,
    shapes: VecDeque<i64>,
    likes: VecDeque<i64>,
    /// Frames in a row whose face nobody compared.
    uncompared: u32,
}

impl Continuity {
    /// Looks at what every frame has. Several and missing faces are judged where a face was followed.
    pub fn frame(&mut self, trace: &Trace, followed: bool) -> Result<(), LivenessFailure> {
        let at = trace.at_ms;
        let first = *self.first.get_or_insert(at);
        if let Some(last) = self.moments.back().copied() {
            if at <= last {
                return Err(LivenessFailure::ClockWrong);
            }
            if at - last > GAP_MS {
                return Err(LivenessFailure::TooFewFrames);
            }
        }
        self.moments.push_back(at);
        while self.moments.front().is_some_and(|oldest| at - oldest > SECOND_MS) {
            self.moments.pop_front();
        }
        if at - first >= SECOND_MS && self.moments.len() < MIN_FRAMES_PER_SECOND {
            return Err(LivenessFailure::TooFewFrames);
        }
        if self.last_fingerprint == Some(trace.fingerprint) {
            self.equal_frames += 1;
            if self.equal_frames >= FROZEN_FRAMES - 1 {
                return Err(LivenessFailure::Frozen);
            }
        } else {
            self.equal_frames = 0;
            self.last_fingerprint = Some(trace.fingerprint);
            if !self.fingerprints.insert(trace.fingerprint) {
                return Err(LivenessFailure::Repeated);
            }
        }
        if !followed {
            self.several = 0;
            return Ok(());
        }
        if trace.seen == Traced::Several {
            self.several += 1;
            if self.several > SEVERAL_FRAMES {
                return Err(LivenessFailure::SeveralFaces);
            }
        }
        match self.last_face {
            Some(last) if at - last > LOST_MS => Err(LivenessFailure::FaceLost),
            _ => Ok(()),
        }
    }

    /// Looks at a face. `lit`: the screen's colour changes, and may change the picture's.
    pub fn face(&mut self, at: u32, face: &Features, lit: bool) -> Result<(), LivenessFailure> {
        let point = Point::of(at, face);
        let same = self.points.last().is_some_and(|last| last.is_the_same(&point));
        self.still_frames = if same { self.still_frames + 1 } else { 0 };
        if self.still_frames >= FROZEN_FRAMES {
            return Err(LivenessFailure::Frozen);
        }
        let judged = self.moves_like_a_head(&point, face, lit);
        self.last_face = Some(at);
        self.before = Some(face.clone());
        let looped = self.loops(&point);
        self.points.push(point);
        judged?;
        if looped { Err(LivenessFailure::Repeated) } else { Ok(()) }
    }

    /// Forgets how the face moved: before the neutral is known, people come and go.
    pub fn begin_anew(&mut self) {
        self.scores.clear();
        self.joints = 0;
        self.shapes.clear();
        self.likes.clear();
        self.before = None;
    }

    fn moves_like_a_head(&mut self, now: &Point, face: &Features, lit: bool) -> Result<(), LivenessFailure> {
        let (Some(before), Some(last)) = (&self.before, self.points.last().copied()) else { return Ok(()) };
        let dt = i64::from(now.at.saturating_sub(last.at)).max(1);
        let too_fast = |moved: i64, per_ms: i64, slack: i64| moved.abs() > per_ms * dt + slack;
        // Heads turn 800 degrees a second at most, and no face crosses the picture or grows threefold in a third of one.
        let scale = (now.inter_ocular - last.inter_ocular) * 1_000 / last.inter_ocular.max(1);
        if too_fast(now.yaw - last.yaw, 80, 400)
            || too_fast(now.pitch - last.pitch, 60, 400)
            || too_fast(now.across - last.across, 30, 150)
            || too_fast(now.down - last.down, 30, 150)
            || too_fast(scale, 3, 60)
        {
            return Err(LivenessFailure::Cut);
        }
        // The last movement goes on if the frame before is near enough in time.
        let earlier =
            self.points.iter().rev().nth(1).filter(|earlier| last.at - earlier.at <= 120 && dt <= 120);
        let dt_before = earlier.map_or(dt, |earlier| i64::from(last.at - earlier.at).max(1));
        let expected = |of: fn(&Point) -> i64| {
            let moved = earlier.map_or(0, |earlier| of(&last) - of(earlier));
            of(&last) + moved * dt / dt_before
        };
        let span = dt * i64::midpoint(dt, dt_before);
        // What a mesh trembles, and what a head can speed up in that time.
        let squared = |jump: i64, tremble: i64, per_span: i64| {
            let limit = tremble + per_span * span / 1_000;
            (jump * jump * 1_000).checked_div(limit * limit).unwrap_or(i64::MAX / 16)
        };
        let jump = |of: fn(&Point) -> i64| of(now) - expected(of);
        let grown = jump(|point| point.inter_ocular) * 10_000 / last.inter_ocular.max(1);
        let (across, down) = (jump(|point| point.across), jump(|point| point.down));
        let placed = squared(across, 30, 25) + squared(down, 30, 25) + squared(grown, 150, 40);
        let mut score = squared(jump(|point| point.yaw), 300, 400)
            + squared(jump(|point| point.pitch), 300, 400)
            + squared(jump(|point| point.roll), 300, 400)
            + squared(across, 60, 80)
            + squared(down, 60, 80)
            + squared(grown, 350, 80);
        if !lit {
            let colours = |one: [i32; 3], two: [i32; 3]| {
                one.iter().zip(two).map(|(one, two)| i64::from((one - two).abs())).max().unwrap_or(0)
            };
            score += squared(colours(before.skin, face.skin), 900, 200)
                + squared(colours(before.behind, face.behind), 900, 200);
        }
        // The root of a product: neither a wall that changes nor a head that starts is a joint, both at once are.
        let joint = (squared(ground_jump(before, face), 500, 0).min(i64::from(i32::MAX))
            * placed.min(i64::from(i32::MAX)))
        .isqrt();
        if joint >= SMALL_JOINT {
            self.joints += joint;
        }
        if score > CUT || joint > JOINT || self.joints > SMALL_JOINTS {
            return Err(LivenessFailure::Cut);
        }
        if apart(&before.shape.map(i64::from), &face.shape.map(i64::from)) > SHAPE_JUMP {
            return Err(LivenessFailure::FaceSwapped);
        }
        if i64::from(face.like_last) < LIKE_LAST {
            return Err(LivenessFailure::FaceSwapped);
        }
        self.scores.push_back(score);
        if self.scores.len() > RESTLESS_FRAMES {
            self.scores.pop_front();
        }
        let restless = self.scores.iter().sum::<i64>() > RESTLESS * self.scores.len().cast_signed() as i64;
        if restless && self.scores.len() >= RESTLESS_FRAMES {
            return Err(LivenessFailure::Implausible);
        }
        Ok(())
    }

    /// Whether the newest frames repeat earlier ones, and something moved in them.
    fn loops(&mut self, now: &Point) -> bool {
        let mut runs = Vec::with_capacity(self.points.len() + 1);
        let mut longest: Option<(usize, u32)> = None;
        for (at, point) in self.points.iter().enumerate() {
            let run = if now.at - point.at > LOOP_MS && now.repeats(point) {
                let before = at.checked_sub(1).and_then(|before| self.runs.get(before));
                before.copied().unwrap_or(0) + 1
            } else {
                0
            };
            if longest.is_none_or(|(_, known)| run > known) {
                longest = Some((at, run));
            }
            runs.push(run);
        }
        runs.push(0);
        self.runs = runs;
        let Some((end, run)) = longest else { return false };
        let begin = (end + 1).saturating_sub(usize::try_from(run).unwrap_or(usize::MAX));
        let Some(piece) = self.points.get(begin..=end) else { return false };
        let (Some(from), Some(to)) = (piece.first(), piece.last()) else { return false };
        if to.at - from.at < LOOP_MS {
            return false;
        }
        let moved = |of: fn(&Point) -> i64| {
            piece.iter().map(of).max().unwrap_or(0) - piece.iter().map(of).min().unwrap_or(0)
        };
        moved(|point| point.yaw) > 600
            || moved(|point| point.pitch) > 500
            || moved(|point| point.mouth) > 1_000
            || moved(|point| point.inter_ocular) * 12 > from.inter_ocular
    }

    /// Whether it is still the face of the neutral.
    pub fn is_the_first_face(&mut self, face: &Features, neutral: &Baseline) -> Result<(), LivenessFailure> {
        self.has_the_first_texture(face, neutral)?;
        let near = (i64::from(face.yaw) - neutral.yaw).abs() < NEAR_POSE
            && (i64::from(face.pitch) - neutral.pitch).abs() < NEAR_POSE
            && (i64::from(face.mouth) - neutral.mouth).abs() < NEAR_MOUTH
            && (i64::from(face.smile) - neutral.smile).abs() * 20 < neutral.smile;
        if !near {
            return Ok(());
        }
        // The mean of differences, not the difference of means: noise is small against another person.
        self.shapes.push_back(apart(&neutral.shape, &face.shape.map(i64::from)));
        if self.shapes.len() > SHAPE_FRAMES {
            self.shapes.pop_front();
        }
        let sum: i64 = self.shapes.iter().sum();
        let count = i64::try_from(self.shapes.len()).unwrap_or(i64::MAX);
        let other = self.shapes.len() >= SHAPE_FRAMES && sum > OTHER_SHAPE * count;
        if other { Err(LivenessFailure::FaceSwapped) } else { Ok(()) }
    }
}

impl Continuity {
    fn has_the_first_texture(&mut self, face: &Features, neutral: &Baseline) -> Result<(), LivenessFailure> {
        let near = (i64::from(face.yaw) - neutral.yaw).abs() < LIKE_POSE
            && (i64::from(face.pitch) - neutral.pitch).abs() < LIKE_POSE;
        if !near {
            return Ok(());
        }
        let Some(like) = face.like_neutral else {
            self.uncompared += 1;
            let lost = self.uncompared > UNCOMPARED_FRAMES;
            return if lost { Err(LivenessFailure::FaceLost) } else { Ok(()) };
        };
        self.uncompared = 0;
        self.likes.push_back(like.into());
        if self.likes.len() > LIKE_FRAMES {
            self.likes.pop_front();
        }
        let count = i64::try_from(self.likes.len()).unwrap_or(i64::MAX);
        let other = self.likes.len() >= LIKE_FRAMES && self.likes.iter().sum::<i64>() < LIKE_NEUTRAL * count;
        if other { Err(LivenessFailure::FaceSwapped) } else { Ok(()) }
    }
}

/// How far the ground's colour jumped, hundredths: the smaller of that and of what is left of it when the skin's change is taken
/// off, for a camera that adapts changes both by one factor.
fn ground_jump(before: &Features, now: &Features) -> i64 {
    let colours =
        || before.behind.into_iter().zip(now.behind).map(|(was, is)| (i64::from(was), i64::from(is)));
    let plain = colours().map(|(was, is)| (is - was).abs()).max().unwrap_or(0);
    let skin = before.skin.into_iter().zip(now.skin).map(|(was, is)| (i64::from(was).max(1), i64::from(is)));
    let apart =
        colours().zip(skin).map(|((was, is), (skin_was, skin_is))| (is - was * skin_is / skin_was).abs());
    plain.min(apart.max().unwrap_or(0))
}

/// Mean difference of proportions, thousandths of the first.
fn apart(first: &[i64; 8], other: &[i64; 8]) -> i64 {
    let sum: i64 = first
        .iter()
        .zip(other)
        .map(|(one, two)| ((one - two).abs() * 1_000).checked_div(one.abs()).unwrap_or(1_000).min(1_000))
        .sum();
    sum / 8
}
