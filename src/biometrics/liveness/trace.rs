//! A [`Sight`] in whole numbers: what is judged, sent and judged again.
//!
//! Real numbers are rounded once, here; after that no processor and no JSON can change them.

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::colour::{Cover, cover};
use crate::signals::{FaceSignals, Seen, Sight};

/// One frame.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Trace {
    /// Since the first frame, ms.
    pub at_ms: u32,
    /// [`Sight::fingerprint`].
    pub fingerprint: u64,
    /// Whom it shows.
    pub seen: Traced,
}

/// Whom a frame shows.
#[derive(Clone, PartialEq, Eq)]
pub enum Traced {
    /// No face, or measures that are no numbers.
    Nobody,
    /// More than one.
    Several,
    /// One.
    Face(Box<Features>),
}

/// Measures of a face; see [`FaceSignals`] for each.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Features {
    /// Hundredths of a degree.
    pub yaw: i32,
    /// Hundredths of a degree.
    pub pitch: i32,
    /// Hundredths of a degree.
    pub roll: i32,
    /// Ten-thousandths.
    pub left_eye: i32,
    /// Ten-thousandths.
    pub right_eye: i32,
    /// Ten-thousandths.
    pub mouth: i32,
    /// Ten-thousandths.
    pub smile: i32,
    /// Hundredths of a pixel.
    pub inter_ocular: i32,
    /// Ten-thousandths of the frame, across and down.
    pub centre: [i32; 2],
    /// Thousandths.
    pub gaze: Option<[i32; 2]>,
    /// Thousandths.
    pub confidence: i32,
    /// Ten-thousandths.
    pub shape: [i32; 8],
    /// Thousandths.
    pub like_last: i32,
    /// Thousandths.
    pub like_neutral: Option<i32>,
    /// Ten-thousandths: how much paler the lips are than the skin, how much redder than what is around them, and the light
    /// around the darker and the lighter eye; see [`crate::Covering`].
    pub covering: [i32; 4],
    /// Hundredths.
    pub skin: [i32; 3],
    /// Hundredths.
    pub behind: [i32; 3],
}

/// No measure of a face is larger; what is read from outside is held to it, so that no sum overflows.
const LARGEST: i32 = 1_000_000;

/// Nobody for a measure that is no number.
fn round(value: f32, scale: f32) -> Option<i32> {
    let scaled = (value * scale).round();
    // The range is far within i32.
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    (scaled.abs() <= LARGEST as f32).then_some(scaled as i32)
}

fn round_all<const N: usize>(values: [f32; N], scale: f32) -> Option<[i32; N]> {
    let mut rounded = [0; N];
    for (to, value) in rounded.iter_mut().zip(values) {
        *to = round(value, scale)?;
    }
    Some(rounded)
}

impl Features {
    fn of(face: &FaceSignals) -> Option<Self> {
        let gaze = match face.gaze {
            Some((right, up)) => Some(round_all([right, up], 1_000.0)?),
            None => None,
        };
        let like_neutral = match face.like_neutral {
            Some(like) => Some(round(like, 1_000.0)?),
            None => None,
        };
        Some(Self {
            yaw: round(face.yaw, 100.0)?,
            pitch: round(face.pitch, 100.0)?,
            roll: round(face.roll, 100.0)?,
            left_eye: round(face.left_eye, 10_000.0)?,
            right_eye: round(face.right_eye, 10_000.0)?,
            mouth: round(face.mouth, 10_000.0)?,
            smile: round(face.smile, 10_000.0)?,
            inter_ocular: round(face.inter_ocular, 100.0)?,
            centre: round_all([face.centre.0, face.centre.1], 10_000.0)?,
            gaze,
            confidence: round(face.confidence, 1_000.0)?,
            shape: round_all(face.shape, 10_000.0)?,
            like_last: round(face.like_last, 1_000.0)?,
            like_neutral,
            covering: round_all(face.covering.numbers(), 10_000.0)?,
            skin: round_all(face.skin, 100.0)?,
            behind: round_all(face.behind, 100.0)?,
        })
    }

    /// What covers the face in this frame, if anything does.
    #[must_use]
    pub const fn cover(&self) -> Option<Cover> {
        cover(self.covering)
    }
}

impl From<&Sight> for Trace {
    fn from(sight: &Sight) -> Self {
        let seen = match &sight.seen {
            Seen::Nobody => Traced::Nobody,
            Seen::Several => Traced::Several,
            Seen::Face(face) => {
                Features::of(face).map_or(Traced::Nobody, |features| Traced::Face(Box::new(features)))
            }
        };
        let at_ms = u32::try_from(sight.at.as_millis()).unwrap_or(u32::MAX);
        Self { at_ms, fingerprint: sight.fingerprint, seen }
    }
}

/// As it is written: moment, fingerprint in hexadecimal, and numbers: none for nobody, one for several faces, 30 for a
/// face, two more where its gaze was measured, and one more where the neutral was known.
#[derive(Serialize, Deserialize)]
struct Written(u32, String, zeroize::Zeroizing<Vec<i32>>);

impl From<Trace> for Written {
    fn from(trace: Trace) -> Self {
        let mut numbers = zeroize::Zeroizing::new(Vec::with_capacity(33));
        match &trace.seen {
            Traced::Nobody => {}
            Traced::Several => numbers.push(2),
            Traced::Face(face) => {
                numbers.extend([face.yaw, face.pitch, face.roll, face.left_eye, face.right_eye, face.mouth]);
                numbers.extend([face.smile, face.inter_ocular, face.confidence]);
                numbers.extend(face.centre);
                numbers.extend(face.shape);
                numbers.extend(face.skin);
                numbers.extend(face.behind);
                numbers.extend(face.covering);
                numbers.push(face.like_last);
                numbers.extend(face.gaze.into_iter().flatten());
                numbers.extend(face.like_neutral);
            }
        }
        Self(trace.at_ms, format!("{:016x}", trace.fingerprint), numbers)
    }
}

/// The numbers are not those of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a frame of the evidence does not have the numbers of one")]
pub struct BadTrace;

impl TryFrom<Written> for Trace {
    type Error = BadTrace;

    fn try_from(Written(at_ms, fingerprint, numbers): Written) -> Result<Self, BadTrace> {
        let fingerprint = u64::from_str_radix(&fingerprint, 16).map_err(|_| BadTrace)?;
        if numbers.iter().any(|number| number.abs() > LARGEST) {
            return Err(BadTrace);
        }
        let seen = match numbers.as_slice() {
            [] => Traced::Nobody,
            [2] => Traced::Several,
            [
                yaw,
                pitch,
                roll,
                left_eye,
                right_eye,
                mouth,
                smile,
                inter_ocular,
                confidence,
                across,
                down,
                rest @ ..,
            ] => {
                let (shape, rest) = rest.split_first_chunk::<8>().ok_or(BadTrace)?;
                let (skin, rest) = rest.split_first_chunk::<3>().ok_or(BadTrace)?;
                let (behind, rest) = rest.split_first_chunk::<3>().ok_or(BadTrace)?;
                let (covering, rest) = rest.split_first_chunk::<4>().ok_or(BadTrace)?;
                let (like_last, gaze, like_neutral) = match rest {
                    [last] => (last, None, None),
                    [last, neutral] => (last, None, Some(*neutral)),
                    [last, right, up] => (last, Some([*right, *up]), None),
                    [last, right, up, neutral] => (last, Some([*right, *up]), Some(*neutral)),
                    _ => return Err(BadTrace),
                };
                Traced::Face(Box::new(Features {
                    yaw: *yaw,
                    pitch: *pitch,
                    roll: *roll,
                    left_eye: *left_eye,
                    right_eye: *right_eye,
                    mouth: *mouth,
                    smile: *smile,
                    inter_ocular: *inter_ocular,
                    centre: [*across, *down],
                    gaze,
                    confidence: *confidence,
                    shape: *shape,
                    like_last: *like_last,
                    like_neutral,
                    covering: *covering,
                    skin: *skin,
                    behind: *behind,
                }))
            }
            _ => return Err(BadTrace),
        };
        Ok(Self { at_ms, fingerprint, seen })
    }
}

/// Says whether there is one: measures of a face are the person's.
impl std::fmt::Debug for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seen = match &self.seen {
            Traced::Nobody => "Nobody",
            Traced::Several => "Several",
            Traced::Face(_) => "Face",
        };
        write!(f, "Trace({} ms, {seen})", self.at_ms)
    }
}
