//! The person's own neutral, and how far a face is from it towards each movement.

use std::collections::VecDeque;

use senim_domain::liveness::{Amplitudes, Hint, Movement};

use super::trace::Features;

/// A mesh below it, thousandths, is not followed.
pub(super) const MIN_CONFIDENCE: i32 = 400;
/// Farthest turn and tilt of a neutral, hundredths of a degree.
const FRONTAL: i32 = 1_200;
/// Farthest place of the face's middle from the picture's, ten-thousandths.
const OFF_CENTRE: i32 = 2_800;
/// Largest spread of pose within a neutral, hundredths of a degree.
const STILL_POSE: i32 = 450;
/// Of mouth and smile, ten-thousandths.
const STILL_MOUTH: i32 = 700;
/// Of the distance, thousandths.
const STILL_DISTANCE: i64 = 70;
/// Fewest frames of a neutral.
const MIN_SAMPLES: usize = 8;

/// The neutral: the middle value of each measure while the person was still.
#[derive(Clone)]
pub(super) struct Baseline {
    pub yaw: i64,
    pub pitch: i64,
    pub left_eye: i64,
    pub right_eye: i64,
    pub mouth: i64,
    pub smile: i64,
    pub inter_ocular: i64,
    pub gaze: Option<i64>,
    pub shape: [i64; 8],
}

/// Collects frames of a person who stands still.
pub(super) struct Calm {
    samples: VecDeque<(u32, Features)>,
    needed_ms: u32,
    min_inter_ocular: i32,
}

impl Calm {
    pub fn new(needed_ms: u32, min_inter_ocular_px: u16) -> Self {
        let min_inter_ocular = i32::from(min_inter_ocular_px).saturating_mul(100);
        Self { samples: VecDeque::new(), needed_ms, min_inter_ocular }
    }

    pub fn restart(&mut self) {
        self.samples.clear();
    }

    /// How long the person has been still.
    pub fn still_ms(&self) -> u32 {
        match (self.samples.front(), self.samples.back()) {
            (Some((first, _)), Some((last, _))) => last.saturating_sub(*first),
            _ => 0,
        }
    }

    /// Takes a frame; the neutral once it is one, or what is in its way.
    pub fn look(&mut self, at: u32, face: &Features) -> Result<Option<Baseline>, Hint> {
        let wrong = if face.inter_ocular < self.min_inter_ocular {
            Some(Hint::ComeCloser)
        } else if let Some(hint) = off_centre(face) {
            Some(hint)
        } else if face.yaw.abs() > FRONTAL || face.roll.abs() > FRONTAL {
            Some(Hint::LookStraight)
        } else {
            None
        };
        if let Some(hint) = wrong {
            self.restart();
            return Err(hint);
        }
        let before = self.samples.len();
        self.samples.push_back((at, face.clone()));
        while !self.is_still() {
            self.samples.pop_front();
        }
        let long = self.still_ms() >= self.needed_ms && self.samples.len() >= MIN_SAMPLES;
        match self.baseline().filter(|_| long) {
            Some(baseline) => Ok(Some(baseline)),
            None if self.samples.len() <= before => Err(Hint::HoldStill),
            None => Ok(None),
        }
    }

    fn is_still(&self) -> bool {
        let spread = |of: fn(&Features) -> i32| {
            let values = || self.samples.iter().map(|(_, face)| of(face));
            values().max().unwrap_or(0) - values().min().unwrap_or(0)
        };
        let nearest = self.samples.iter().map(|(_, face)| face.inter_ocular).max().unwrap_or(0);
        spread(|face| face.yaw) <= STILL_POSE
            && spread(|face| face.pitch) <= STILL_POSE
            && spread(|face| face.mouth) <= STILL_MOUTH
            && spread(|face| face.smile) <= STILL_MOUTH
            && i64::from(spread(|face| face.inter_ocular)) * 1_000 <= i64::from(nearest) * STILL_DISTANCE
    }

    fn baseline(&self) -> Option<Baseline> {
        let middle = |of: &dyn Fn(&Features) -> Option<i32>| {
            let mut values: Vec<i32> = self.samples.iter().filter_map(|(_, face)| of(face)).collect();
            values.sort_unstable();
            values.get(values.len() / 2).copied().map(i64::from)
        };
        let mut shape = [0; 8];
        for (at, value) in shape.iter_mut().enumerate() {
            *value = middle(&|face| face.shape.get(at).copied())?;
        }
        Some(Baseline {
            yaw: middle(&|face| Some(face.yaw))?,
            pitch: middle(&|face| Some(face.pitch))?,
            left_eye: middle(&|face| Some(face.left_eye))?,
            right_eye: middle(&|face| Some(face.right_eye))?,
            mouth: middle(&|face| Some(face.mouth))?,
            smile: middle(&|face| Some(face.smile))?,
            inter_ocular: middle(&|face| Some(face.inter_ocular))?,
            gaze: middle(&|face| face.gaze.map(|[right, _]| right)),
            shape,
        })
    }
}

/// Where to go from the edge of the picture. The picture is not mirrored: its left is the person's right.
fn off_centre(face: &Features) -> Option<Hint> {
    let [across, down] = face.centre.map(|place| place - 5_000);
    if across.abs().max(down.abs()) <= OFF_CENTRE {
        None
    } else if across.abs() > down.abs() {
        Some(if across < 0 { Hint::GoLeft } else { Hint::GoRight })
    } else {
        Some(if down > 0 { Hint::RaiseFace } else { Hint::LowerFace })
    }
}

/// A look that goes to the very side, in hundredths of a degree of a turn: heads help eyes.
const GAZE_AS_TURN: i64 = 3_000;

impl Baseline {
    /// How far a face is towards a movement, thousandths of the demanded amplitude; negative on the other side. `None`
    /// where this camera does not tell.
    pub fn towards(&self, movement: Movement, face: &Features, demands: &Amplitudes) -> Option<i64> {
        let share = |moved: i64, demanded: i64| (moved * 1_000).checked_div(demanded);
        let of = |moved: i64, whole: i64, percent: u8| share(moved * 100, whole * i64::from(percent));
        let yaw = i64::from(face.yaw) - self.yaw;
        let pitch = i64::from(face.pitch) - self.pitch;
        let degrees = |degrees: u8| i64::from(degrees) * 100;
        let distance = i64::from(face.inter_ocular) - self.inter_ocular;
        match movement {
            // The camera is opposite: the person's left is the picture's right.
            Movement::TurnLeft => share(yaw, degrees(demands.turn_degrees)),
            Movement::TurnRight => share(-yaw, degrees(demands.turn_degrees)),
            Movement::LookUp => share(pitch, degrees(demands.nod_degrees)),
            Movement::LookDown => share(-pitch, degrees(demands.nod_degrees)),
            Movement::Blink => {
                let left = of(self.left_eye - i64::from(face.left_eye), self.left_eye, demands.blink_percent);
                let right =
                    of(self.right_eye - i64::from(face.right_eye), self.right_eye, demands.blink_percent);
                left.zip(right).map(|(left, right)| left.min(right))
            }
            Movement::OpenMouth => {
                share(i64::from(face.mouth) - self.mouth, i64::from(demands.mouth_percent) * 100)
            }
            Movement::Smile => of(i64::from(face.smile) - self.smile, self.smile, demands.smile_percent),
            Movement::ComeCloser => of(distance, self.inter_ocular, demands.closer_percent),
            Movement::MoveAway => of(-distance, self.inter_ocular, demands.away_percent),
            Movement::FollowDotLeft | Movement::FollowDotRight => {
                let [right, _] = face.gaze?;
                let look = (i64::from(right) - self.gaze?) + yaw * 1_000 / GAZE_AS_TURN;
                let to_left = if movement == Movement::FollowDotLeft { look } else { -look };
                share(to_left, i64::from(demands.gaze_percent) * 10)
            }
        }
    }
}

/// How far another movement than the one asked for may go, thousandths of its amplitude; `None`: as far as it likes.
/// People blink and look about whatever they are asked, and some movements bring others along: whoever smiles shows teeth,
/// whoever leans forward nods.
pub(super) const fn tolerated(asked: Movement, other: Movement) -> Option<i64> {
    use Movement::{
        Blink, ComeCloser, FollowDotLeft, FollowDotRight, LookDown, LookUp, MoveAway, OpenMouth, Smile,
        TurnLeft, TurnRight,
    };
    match (asked, other) {
        (_, Blink | FollowDotLeft | FollowDotRight)
        | (TurnLeft | FollowDotLeft, TurnLeft)
        | (TurnRight | FollowDotRight, TurnRight)
        | (LookUp, LookUp)
        | (LookDown, LookDown)
        | (OpenMouth, OpenMouth)
        | (Smile, Smile)
        | (ComeCloser, ComeCloser)
        | (MoveAway, MoveAway)
        | (TurnLeft | TurnRight | LookUp | LookDown | OpenMouth, Smile) => None,
        (TurnLeft, TurnRight)
        | (TurnRight, TurnLeft)
        | (LookUp, LookDown)
        | (LookDown, LookUp)
        | (ComeCloser, MoveAway)
        | (MoveAway, ComeCloser) => Some(700),
        (ComeCloser | MoveAway, LookUp | LookDown) => Some(2_000),
        (TurnLeft | TurnRight, LookUp | LookDown | ComeCloser | MoveAway)
        | (LookUp | LookDown, ComeCloser | MoveAway)
        | (Smile, OpenMouth)
        | (ComeCloser | MoveAway, Smile) => Some(1_500),
        (TurnLeft | TurnRight | LookUp | LookDown, OpenMouth)
        | (LookUp | LookDown, TurnLeft | TurnRight)
        | (Blink, Smile)
        | (OpenMouth, LookUp | LookDown | ComeCloser | MoveAway)
        | (ComeCloser | MoveAway, OpenMouth) => Some(1_300),
        _ => Some(1_000),
    }
}
