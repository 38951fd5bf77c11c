//! From measures to scores. Every scale is a straight line between a value that scores 0 and one that scores 100.

use super::{Assessment, Instruction, PortraitScores};
use crate::colour::{self, Colours, luma};
use crate::mesh::Mesh;
use crate::picture::Picture;
use crate::runtime::RuntimeError;
use crate::signals::FaceSignals;
use crate::tracker::Tracker;

/// What each demand asks for when nothing more is known, in the order of the fields of [`PortraitScores`].
pub(super) const PLAIN_ADVICE: [Instruction; 16] = [
    Instruction::BeAlone,
    Instruction::HoldUpright,
    Instruction::ComeCloser,
    Instruction::MoveToMiddle,
    Instruction::MoreLight,
    Instruction::EvenLight,
    Instruction::AvoidGlare,
    Instruction::HoldStill,
    Instruction::UncoverFace,
    Instruction::TakeOffGlasses,
    Instruction::LookStraight,
    Instruction::OpenEyes,
    Instruction::CloseMouth,
    Instruction::BeSerious,
    Instruction::LightBackground,
    Instruction::PlainBackground,
];

/// A value's place between what scores 0 and what scores 100.
#[derive(Clone, Copy)]
struct Scale {
    nothing: f32,
    full: f32,
}

impl Scale {
    fn score(self, value: f32) -> u8 {
        let share = (value - self.nothing) / (self.full - self.nothing);
        // Not a number is no score.
        (share.clamp(0.0, 1.0) * 100.0).round() as u8
    }
}

/// Degrees of roll.
const ROLL: Scale = Scale { nothing: 20.0, full: 0.0 };
/// Pixels between the eyes' outer corners, about 1.45 times the distance of the pupils.
const SIZE: Scale = Scale { nothing: 40.0, full: 140.0 };
/// Margin around the head as a share of the face's height.
const MARGIN: Scale = Scale { nothing: -0.15, full: 0.10 };
/// Luma of the skin, from below and from above.
const DARK: Scale = Scale { nothing: 30.0, full: 110.0 };
const BRIGHT: Scale = Scale { nothing: 250.0, full: 205.0 };
/// Difference of the cheeks' lumas as a share of their mean.
const UNEVEN: Scale = Scale { nothing: 0.6, full: 0.0 };
/// Share of the face that is white.
const GLARE: Scale = Scale { nothing: 0.06, full: 0.0 };
/// Logarithm (base 2) of the variance of the Laplacian of luma in the face.
const SHARP: Scale = Scale { nothing: 3.0, full: 8.0 };
/// Redness by which lips are less red than skin.
const COVERED: Scale = Scale { nothing: 0.05, full: 0.0 };
/// Luma around the darker eye as a share of the skin's.
const EYE_LIGHT: Scale = Scale { nothing: 0.3, full: 0.7 };
/// Degrees of yaw.
const YAW: Scale = Scale { nothing: 20.0, full: 0.0 };
/// Degrees from the middle of what people who look straight have.
const PITCH: Scale = Scale { nothing: 36.0, full: 0.0 };
const PITCH_MIDDLE: f32 = -2.5;
/// Height over width of the narrower eye.
const EYE: Scale = Scale { nothing: 0.10, full: 0.22 };
/// Opening of the lips over the distance of the eyes.
const LIPS_APART: Scale = Scale { nothing: 0.09, full: 0.02 };
/// Width of the mouth over the distance of the eyes.
const SMILE: Scale = Scale { nothing: 0.74, full: 0.58 };
/// Mean luma of the ground.
const GROUND: Scale = Scale { nothing: 60.0, full: 200.0 };
/// Standard deviation of the ground's colour.
const GROUND_SPREAD: Scale = Scale { nothing: 50.0, full: 0.0 };

/// Whether the head stands upright: by the mesh, and by turning the picture, for the mesh of a face that stands on its head
/// is a face that does not.
pub(super) fn upright(tracker: &mut Tracker, picture: &Picture<'_>, roll: f32) -> Result<u8, RuntimeError> {
    let mut sure = [0.0; 4];
    for (turns, sure) in (0_u8..).zip(&mut sure) {
        let angle = std::f32::consts::FRAC_PI_2 * f32::from(turns);
        *sure = tracker.find(picture, angle)?.first().map_or(0.0, |face| face.score);
    }
    let [upright, others @ ..] = sure;
    let turned = others.into_iter().any(|other| other > upright);
    Ok(if turned { 0 } else { ROLL.score(roll.abs()) })
}

pub(super) fn all(picture: &Picture<'_>, mesh: &Mesh, face: &FaceSignals, upright: u8) -> Assessment {
    let colours = Colours::of(picture, mesh);
    let skin = luma(colours.skin);
    let ground = colour::background(picture, mesh);
    let behind = luma(face.behind);
    let detail = colour::detail(picture, mesh);
    let (margin, margin_advice) = margin(picture, mesh);
    let [right, left] = colours.cheeks.map(luma);
    let [darker_eye, _] = colours.eye_lights();
    let mut advice = PLAIN_ADVICE;
    let [_, _, _, position, exposure, ..] = &mut advice;
    *position = margin_advice;
    let back_lit = colour::is_back_lit((skin * 100.0) as i64, (behind * 100.0) as i64);
    *exposure = if back_lit {
        Instruction::LightFromFront
    } else if skin > DARK.full {
        Instruction::LessLight
    } else {
        Instruction::MoreLight
    };
    let yaw = YAW.score(face.yaw.abs());
    Assessment {
        scores: PortraitScores {
            alone: 100,
            upright,
            size: SIZE.score(face.inter_ocular),
            position: MARGIN.score(margin),
            exposure: if back_lit { 0 } else { DARK.score(skin).min(BRIGHT.score(skin)) },
            even_light: UNEVEN.score((right - left).abs() * 2.0 / (right + left).max(1.0)),
            glare: GLARE.score(detail.white),
            sharpness: SHARP.score(detail.laplacian_variance.max(1.0).log2()),
            uncovered: if colours.is_cloth() { COVERED.score(colours.paler()) } else { 100 },
            eyes_visible: EYE_LIGHT.score(darker_eye),
            frontal: yaw.min(PITCH.score((face.pitch - PITCH_MIDDLE).abs())),
            eyes_open: EYE.score(face.left_eye.min(face.right_eye)),
            mouth_closed: LIPS_APART.score(face.mouth),
            neutral: SMILE.score(face.smile),
            background_light: GROUND.score(behind),
            background_plain: if ground.is_empty() {
                0
            } else {
                GROUND_SPREAD.score(colour::spread(&ground))
            },
        },
        advice,
    }
}

/// The least distance of the head from an edge of the picture as a share of the face's height, and what to do about it.
fn margin(picture: &Picture<'_>, mesh: &Mesh) -> (f32, Instruction) {
    let (width, height) = picture.extent();
    let ((x, y), (across, down)) = mesh.bounds();
    // The mesh ends at the forehead; the head a quarter of the face's height above it.
    let top = y - down * 0.75;
    let sides = (x - across / 2.0).min(width - x - across / 2.0);
    let ends = top.min(height - y - down / 2.0);
    let larger = across > width * 0.7 || down * 1.25 > height * 0.9;
    let advice = if larger {
        Instruction::StepBack
    } else if sides < ends {
        Instruction::MoveToMiddle
    } else if top < height - y - down / 2.0 {
        Instruction::LowerFace
    } else {
        Instruction::RaiseFace
    };
    (sides.min(ends) / down.max(1.0), advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_run_from_nothing_to_full_in_both_directions_and_stop_there() {
        let up = |value| SIZE.score(value);
        assert_eq!([up(0.0), up(40.0), up(90.0), up(140.0), up(999.0)], [0, 0, 50, 100, 100]);
        let down = |value| ROLL.score(value);
        assert_eq!([down(90.0), down(20.0), down(10.0), down(0.0)], [0, 0, 50, 100]);
        assert_eq!((up(f32::NAN), up(f32::INFINITY), down(f32::NEG_INFINITY)), (0, 100, 100));
    }
}
