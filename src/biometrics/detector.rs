//! Where faces are: MediaPipe's short-range detector, for faces within about two metres.
//!
//! Each of 896 anchors (a raster of 16 × 16 places twice, one of 8 × 8 six times) tells a box, six points and a score.
//! Boxes that overlap are one face: they are averaged, weighted by their scores.

use crate::models::Models;
use crate::picture::Picture;
use crate::runtime::RuntimeError;
use crate::window::{Wanted, Window};

const PIXELS: u16 = 128;
/// Places across and down, anchors at each.
const RASTERS: [(usize, usize); 2] = [(16, 2), (8, 6)];
/// Numbers of an anchor: middle, size, six points.
const NUMBERS: usize = 16;
const SCORE_MIN: f32 = 0.5;
/// Share of the union that two boxes of one face have in common.
const OVERLAP_MIN: f32 = 0.3;
/// Beyond it the exponential is 0 or infinite.
const RAW_SCORE_MAX: f32 = 80.0;

/// A face that was found. Lengths are pixels of the picture.
#[derive(Clone, Copy, PartialEq)]
pub struct FaceBox {
    /// Middle of its box: from the brows to the chin.
    pub centre: (f32, f32),
    /// Width and height of the box.
    pub size: (f32, f32),
    /// The eye that is to the left in the picture, and the other.
    pub eyes: [(f32, f32); 2],
    /// 0.5 to 1.
    pub score: f32,
}

impl FaceBox {
    /// Where the mesh is to look: half as large again, turned as the eyes are.
    pub(crate) fn window(&self) -> Window {
        let [left, right] = self.eyes;
        Window {
            centre: self.centre,
            side: self.size.0.max(self.size.1) * 1.5,
            angle: (right.1 - left.1).atan2(right.0 - left.0),
        }
    }
}

/// Faces of a picture, the surest first. `angle` is how far the picture is turned before it is looked at, in radians
/// clockwise: an upright face is found with 0, one that lies on its side with a quarter turn.
pub(crate) fn find(
    models: &mut Models,
    picture: &Picture<'_>,
    angle: f32,
) -> Result<Vec<FaceBox>, RuntimeError> {
    find_in(models, picture, Window::around(picture, angle))
}

/// Faces in a part of a picture, the surest first.
pub(crate) fn find_in(
    models: &mut Models,
    picture: &Picture<'_>,
    window: Window,
) -> Result<Vec<FaceBox>, RuntimeError> {
    let wanted = Wanted { pixels: PIXELS, black: -1.0, white: 1.0, mirrored: false };
    let numbers = models.detector.run(&window.sample(picture, wanted))?;
    let [boxes, scores] = numbers.as_slice() else {
        return Err(RuntimeError::new("the detector gives other outputs than boxes and scores"));
    };
    let mut raw: Vec<Raw> = anchors()
        .zip(boxes.chunks_exact(NUMBERS))
        .zip(scores.iter())
        .filter_map(|((anchor, numbers), score)| Raw::read(anchor, numbers, *score))
        .collect();
    raw.sort_by(|one, other| other.score.total_cmp(&one.score));
    let mut faces = Vec::new();
    while let Some(&surest) = raw.first() {
        let (same, others): (Vec<_>, Vec<_>) = raw.iter().partition(|raw| raw.overlap(&surest) > OVERLAP_MIN);
        faces.push(Raw::mean(&same, surest.score).in_picture(window));
        // A box without an area does not even overlap with itself.
        raw = if same.is_empty() { raw.split_off(1) } else { others };
    }
    Ok(faces)
}

fn anchors() -> impl Iterator<Item = (f32, f32)> {
    RASTERS.into_iter().flat_map(|(places, each)| {
        (0..places * places).flat_map(move |place| {
            let share = |at: usize| (at as f32 + 0.5) / places as f32;
            std::iter::repeat_n((share(place % places), share(place / places)), each)
        })
    })
}

/// Middle, size and the two eyes, as shares of the window.
#[derive(Clone, Copy)]
struct Raw {
    numbers: [f32; 8],
    score: f32,
}

impl Raw {
    fn read(anchor: (f32, f32), numbers: &[f32], raw_score: f32) -> Option<Self> {
        let score = 1.0 / (1.0 + (-raw_score.clamp(-RAW_SCORE_MAX, RAW_SCORE_MAX)).exp());
        let &[x, y, width, height, left_x, left_y, right_x, right_y, ..] = numbers else { return None };
        let scale = f32::from(PIXELS);
        let across = |value: f32| value / scale + anchor.0;
        let down = |value: f32| value / scale + anchor.1;
        (score >= SCORE_MIN && width > 0.0 && height > 0.0).then(|| Self {
            numbers: [
                across(x),
                down(y),
                width / scale,
                height / scale,
                across(left_x),
                down(left_y),
                across(right_x),
                down(right_y),
            ],
            score,
        })
    }

    fn overlap(&self, other: &Self) -> f32 {
        let [x, y, width, height, ..] = self.numbers;
        let [other_x, other_y, other_width, other_height, ..] = other.numbers;
        let common = |one: f32, length: f32, other: f32, other_length: f32| {
            let end = (one + length / 2.0).min(other + other_length / 2.0);
            (end - (one - length / 2.0).max(other - other_length / 2.0)).max(0.0)
        };
        let both = common(x, width, other_x, other_width) * common(y, height, other_y, other_height);
        both / (width * height + other_width * other_height - both)
    }

    fn mean(same: &[Self], score: f32) -> Self {
        let total: f32 = same.iter().map(|raw| raw.score).sum();
        let mut numbers = [0.0; 8];
        for raw in same {
            for (sum, number) in numbers.iter_mut().zip(raw.numbers) {
                *sum += number * raw.score / total;
            }
        }
        Self { numbers, score }
    }

    fn in_picture(self, window: Window) -> FaceBox {
        let [x, y, width, height, left_x, left_y, right_x, right_y] = self.numbers;
        FaceBox {
            centre: window.to_picture((x, y)),
            size: (width * window.side, height * window.side),
            eyes: [window.to_picture((left_x, left_y)), window.to_picture((right_x, right_y))],
            score: self.score,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_anchors_as_the_network_tells_boxes() {
        assert_eq!(anchors().count(), 896);
        assert_eq!(anchors().next(), Some((1.0 / 32.0, 1.0 / 32.0)));
        assert_eq!(anchors().nth(512), Some((1.0 / 16.0, 1.0 / 16.0)));
        assert_eq!(anchors().last(), Some((15.0 / 16.0, 15.0 / 16.0)));
    }

    #[test]
    fn boxes_overlap_by_the_share_of_their_union() {
        let raw = |x: f32| Raw { numbers: [x, 0.5, 0.2, 0.2, 0.0, 0.0, 0.0, 0.0], score: 0.9 };
        let overlap = |distance: f32| raw(0.5).overlap(&raw(0.5 + distance));
        assert!((overlap(0.0) - 1.0).abs() < 1e-5);
        assert!((overlap(0.1) - 1.0 / 3.0).abs() < 1e-5);
        assert_eq!(overlap(0.2_f32.next_up()), 0.0);
    }
}
