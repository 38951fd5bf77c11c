//! How alike the texture of a face is from frame to frame: whether it is still the same skin, brows and eyes.
//!
//! Looked at is a net of places on the canonical face above the upper lip, which neither jaw nor lips move, put into the
//! picture by the head's pose alone and not by the mesh's points: a face of other proportions has other things at these places.
//! Each place has its luma less the mean around it, over the deviation around it, so that light and exposure count for little.
//! Two looks are compared by normalised correlation. What is kept is wiped when dropped; only the numbers leave this crate.

use zeroize::Zeroizing;

use crate::colour::luma;
use crate::mesh::Point;
use crate::models::CanonicalFace;
use crate::picture::Picture;
use crate::pose::Pose;

/// Places across and down. With [`STEP`] they reach from temple to temple and from the hair to beneath the nose.
const ACROSS: usize = 33;
const DOWN: usize = 25;
/// From place to place, centimetres of the canonical face: three pixels of a face with 66 from eye to eye.
const STEP: f32 = 0.4;
/// Left end and top of the net, centimetres from the middle of the face.
const LEFT: f32 = -6.4;
const TOP: f32 = 7.2;
/// Looks across and down at a place.
const LOOKS: i16 = 3;
/// How far around a place its light is measured, in places.
const AROUND: usize = 4;
/// One in so many places may lie outside the picture.
const OUTSIDE_SHARE: usize = 10;
/// Variance of luma that is noise.
const NOISE: f32 = 4.0;

/// Length of a look under which it is rounding and no detail: that of a face is more than ten.
const DETAIL_MIN: f32 = 0.5;

/// Where on the canonical face is looked.
pub(crate) struct Net {
    /// Rows from the top; no place beside the face.
    places: Vec<Option<Point>>,
}

/// One look at a face's texture: a vector of length one, with zeros beside the face. Wiped when dropped.
pub(crate) struct Texture(Zeroizing<Vec<f32>>);

impl Net {
    /// Lays it over a face.
    pub fn over(face: &CanonicalFace) -> Self {
        let place = |at: usize| {
            let (x, y) = (LEFT + (at % ACROSS) as f32 * STEP, TOP - (at / ACROSS) as f32 * STEP);
            let heights = face.triangles().iter().filter_map(|triangle| height(face, triangle, (x, y)));
            let z = heights.fold(f32::NEG_INFINITY, f32::max);
            z.is_finite().then_some(Point { x, y, z })
        };
        Self { places: (0..ACROSS * DOWN).map(place).collect() }
    }

    /// Whether the face is in the picture: one that leaves it is compared with nothing.
    pub fn is_within(&self, picture: &Picture<'_>, pose: &Pose) -> bool {
        let (width, height) = picture.extent();
        let places = self.places.iter().flatten().map(|place| pose.in_picture(*place));
        let outside = places.filter(|(x, y)| !(0.0..width).contains(x) || !(0.0..height).contains(y)).count();
        outside.saturating_mul(OUTSIDE_SHARE) <= self.places.iter().flatten().count()
    }

    /// Looks at a face that is held so. `None` when there is nothing to see: all of one light.
    pub fn look(&self, picture: &Picture<'_>, pose: &Pose) -> Option<Texture> {
        let reach = pose.scale * STEP / f32::from(LOOKS);
        let steps = || (0..LOOKS).map(|look| f32::from(look - LOOKS / 2) * reach);
        let light = |place: &Option<Point>| {
            let (x, y) = pose.in_picture((*place)?);
            let all = steps().flat_map(|down| steps().map(move |right| (x + right, y + down)));
            Some(all.map(|at| luma(picture.nearest(at))).sum::<f32>() / f32::from(LOOKS * LOOKS))
        };
        let lights: Zeroizing<Vec<f32>> =
            Zeroizing::new(self.places.iter().map(|place| light(place).unwrap_or_default()).collect());
        let mut detail = self.less_the_mean(&lights);
        let squares = Zeroizing::new(detail.iter().map(|value| value * value).collect::<Vec<f32>>());
        for (value, square) in detail.iter_mut().zip(self.means(&squares).iter()) {
            *value /= (square + NOISE).sqrt();
        }
        self.of_length_one(detail)
    }

    fn less_the_mean(&self, lights: &[f32]) -> Zeroizing<Vec<f32>> {
        let mut detail = self.means(lights);
        for ((value, light), place) in detail.iter_mut().zip(lights).zip(&self.places) {
            *value = if place.is_some() { light - *value } else { 0.0 };
        }
        detail
    }

    /// Mean of what is around each place, of places on the face; two passes, along the rows and down.
    fn means(&self, values: &[f32]) -> Zeroizing<Vec<f32>> {
        let on_face = |at: usize| self.places.get(at).is_some_and(Option::is_some);
        let mut sums = Zeroizing::new(vec![(0.0_f32, 0.0_f32); ACROSS * DOWN]);
        for (at, sum) in sums.iter_mut().enumerate() {
            let (row, column) = (at / ACROSS * ACROSS, at % ACROSS);
            let from = row + column.saturating_sub(AROUND);
            for beside in from..=row + (column + AROUND).min(ACROSS - 1) {
                if on_face(beside) {
                    sum.0 += values.get(beside).copied().unwrap_or_default();
                    sum.1 += 1.0;
                }
            }
        }
        let mean = |at: usize| {
            let (row, column) = (at / ACROSS, at % ACROSS);
            let rows = row.saturating_sub(AROUND)..=(row + AROUND).min(DOWN - 1);
            let (sum, count) = rows
                .filter_map(|row| sums.get(row * ACROSS + column))
                .fold((0.0, 0.0), |(sum, count), (more, others)| (sum + more, count + others));
            sum / count.max(1.0)
        };
        Zeroizing::new((0..ACROSS * DOWN).map(mean).collect())
    }

    fn of_length_one(&self, mut detail: Zeroizing<Vec<f32>>) -> Option<Texture> {
        let count = self.places.iter().flatten().count().max(1) as f32;
        let mean = detail.iter().sum::<f32>() / count;
        for (value, place) in detail.iter_mut().zip(&self.places) {
            *value = if place.is_some() { *value - mean } else { 0.0 };
        }
        let length = detail.iter().map(|value| value * value).sum::<f32>().sqrt();
        if !(length.is_finite() && length > DETAIL_MIN) {
            return None;
        }
        for value in detail.iter_mut() {
            *value /= length;
        }
        Some(Texture(detail))
    }
}

impl Texture {
    /// The same look, kept twice.
    pub fn again(&self) -> Self {
        Self(self.0.clone())
    }

    /// How alike it is to another look: 1 for the same, about 0 for two that have nothing to do with each other, at least −1.
    pub fn alike(&self, other: &Self) -> f32 {
        self.0.iter().zip(other.0.iter()).map(|(one, two)| one * two).sum::<f32>().clamp(-1.0, 1.0)
    }
}

/// How high a triangle of the face is above a place, if it is there.
fn height(face: &CanonicalFace, triangle: &[usize; 3], (x, y): (f32, f32)) -> Option<f32> {
    let [a, b, c] = triangle.map(|number| face.points().get(number).copied());
    let (a, b, c) = (a?, b?, c?);
    let area = (b.y - c.y) * (a.x - c.x) + (c.x - b.x) * (a.y - c.y);
    if area.abs() < f32::EPSILON {
        return None;
    }
    let of_a = ((b.y - c.y) * (x - c.x) + (c.x - b.x) * (y - c.y)) / area;
    let of_b = ((c.y - a.y) * (x - c.x) + (a.x - c.x) * (y - c.y)) / area;
    let of_c = 1.0 - of_a - of_b;
    (of_a.min(of_b).min(of_c) >= -1e-6).then_some(of_a * a.z + of_b * b.z + of_c * c.z)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A net over a flat face that is as large as the net.
    fn net() -> Net {
        let place = |at: usize| Point {
            x: LEFT + (at % ACROSS) as f32 * STEP,
            y: TOP - (at / ACROSS) as f32 * STEP,
            z: 0.0,
        };
        Net { places: (0..ACROSS * DOWN).map(|at| Some(place(at))).collect() }
    }

    /// A drawing of round spots, lit by `light` of its place, ten pixels a centimetre.
    fn drawn(seed: u64, light: impl Fn(f32) -> f32) -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(seed);
        let spots: Vec<(f32, f32, f32)> =
            (0..60).map(|_| (random.f32() * 200.0, random.f32() * 200.0, 3.0 + 9.0 * random.f32())).collect();
        let shade = |x: f32, y: f32| {
            let near = spots.iter().any(|(left, top, size)| (x - left).hypot(y - top) < *size);
            light(x) * if near { 90.0 } else { 150.0 }
        };
        (0..200 * 200).flat_map(|at| [shade((at % 200) as f32, (at / 200) as f32) as u8; 3]).collect()
    }

    fn look(rgb: &[u8]) -> Option<Texture> {
        net().look(&Picture::new(200, 200, rgb).unwrap(), &Pose::straight(10.0, (100.0, 110.0)))
    }

    #[test]
    fn a_face_is_like_itself_in_other_light_and_unlike_another_one() {
        let one = look(&drawn(1, |_| 1.0)).unwrap();
        assert!((one.alike(&one) - 1.0).abs() < 1e-4);
        let dimmer = look(&drawn(1, |_| 0.6)).unwrap();
        assert!(one.alike(&dimmer) > 0.97, "{}", one.alike(&dimmer));
        let from_the_side = look(&drawn(1, |x| 0.5 + x / 400.0)).unwrap();
        assert!(one.alike(&from_the_side) > 0.97, "{}", one.alike(&from_the_side));
        let other = look(&drawn(2, |_| 1.0)).unwrap();
        assert!(one.alike(&other) < 0.3, "{}", one.alike(&other));
    }

    #[test]
    fn a_face_that_leaves_the_picture_is_no_longer_within_it() {
        let rgb = drawn(1, |_| 1.0);
        let picture = Picture::new(200, 200, &rgb).unwrap();
        let within = |x| net().is_within(&picture, &Pose::straight(10.0, (x, 110.0)));
        assert!(within(100.0) && within(70.0));
        assert!(!within(40.0) && !within(180.0) && !within(900.0));
    }

    #[test]
    fn where_all_is_of_one_light_there_is_no_texture() {
        assert!(look(&[120; 200 * 200 * 3]).is_none());
        assert!(look(&[0; 200 * 200 * 3]).is_none());
    }
}
