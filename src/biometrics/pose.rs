//! How a head is held: the rotation, size and place that bring the canonical face closest to the mesh (B. K. P. Horn, 1987).
//!
//! The lower face moves with the jaw, so that it would turn an open mouth into a nod: only points above the upper lip count.

use zeroize::Zeroize;

use crate::mesh::{LANDMARKS, Mesh, Point};
use crate::models::CanonicalFace;

/// Canonical points above this height, in centimetres from the middle of the face, do not move with the jaw.
const ABOVE_LIP: f32 = -2.5;
/// Pixels a centimetre under which a mesh is a point: a head of 20 cm has a fiftieth of a pixel.
const SCALE_MIN: f64 = 1e-3;
/// Squarings of a matrix whose largest eigenvalue is wanted: the others fall to their 2¹²th power.
const SQUARINGS: usize = 12;

/// How a head is held.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pose {
    /// Rows of the rotation from the canonical face to the picture's axes, with y up and z towards the camera.
    rotation: [[f32; 3]; 3],
    /// Pixels a centimetre.
    pub scale: f32,
    /// The canonical origin in the picture: pixels, y up.
    origin: [f32; 3],
}

impl Drop for Pose {
    fn drop(&mut self) {
        self.rotation.zeroize();
        self.scale.zeroize();
        self.origin.zeroize();
    }
}

/// Degrees; see [`crate::FaceSignals`] for what is positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Angles {
    pub yaw: f32,
    pub pitch: f32,
    pub roll: f32,
}

impl Pose {
    /// Fits the canonical face to a mesh. `None` when the points lie in one place.
    pub fn fit(mesh: &Mesh, canonical: &CanonicalFace) -> Option<Self> {
        let pairs = || {
            let all = canonical.points().iter().zip(mesh.points());
            all.filter(|(model, _)| model.y > ABOVE_LIP)
                .map(|(model, seen)| (axes(*model, 1.0), axes(*seen, -1.0)))
        };
        let count = pairs().count() as f64;
        let (mut model_mean, mut seen_mean) = ([0.0; 3], [0.0; 3]);
        for (model, seen) in pairs() {
            add(&mut model_mean, model, 1.0 / count);
            add(&mut seen_mean, seen, 1.0 / count);
        }
        let (mut products, mut model_spread, mut seen_spread) = ([[0.0; 3]; 3], 0.0, 0.0);
        for (mut model, mut seen) in pairs() {
            add(&mut model, model_mean, -1.0);
            add(&mut seen, seen_mean, -1.0);
            for (row, model) in products.iter_mut().zip(model) {
                add(row, seen, model);
            }
            model_spread += dot(model, model);
            seen_spread += dot(seen, seen);
        }
        let scale = (seen_spread / model_spread).sqrt();
        (scale > SCALE_MIN && scale.is_finite()).then(|| {
            let rotation = rotation(nearest_quaternion(&products));
            let turned = rotation.map(|row| dot(row, model_mean) * scale);
            let mut origin = seen_mean;
            add(&mut origin, turned, -1.0);
            Self {
                rotation: rotation.map(|row| row.map(|value| value as f32)),
                scale: scale as f32,
                origin: origin.map(|value| value as f32),
            }
        })
    }

    /// A head held straight: pixels a centimetre, and where in the picture its origin is.
    #[cfg(test)]
    pub(crate) const fn straight(scale: f32, (x, y): (f32, f32)) -> Self {
        let rotation = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        Self { rotation, scale, origin: [x, -y, 0.0] }
    }

    /// Where in the picture a point of the canonical face is, pixels.
    pub fn in_picture(&self, point: Point) -> (f32, f32) {
        let [[a, b, c], [d, e, f], _] = self.rotation;
        let [x, y, _] = self.origin;
        let right = a * point.x + b * point.y + c * point.z;
        let up = d * point.x + e * point.y + f * point.z;
        (x + right * self.scale, -(y + up * self.scale))
    }

    pub fn angles(&self) -> Angles {
        let [[_, _, nose_x], [side_y, top_y, nose_y], [_, _, nose_z]] = self.rotation;
        Angles {
            yaw: nose_x.atan2(nose_z).to_degrees(),
            pitch: nose_y.clamp(-1.0, 1.0).asin().to_degrees(),
            roll: -side_y.atan2(top_y).to_degrees(),
        }
    }

    /// The mesh as it would be with the head held straight: pixels, y up, z towards the camera.
    pub fn straightened(&self, mesh: &Mesh) -> Straight {
        let [[a, b, c], [d, e, f], [g, h, i]] = self.rotation;
        let [origin_x, origin_y, origin_z] = self.origin;
        let mut points = Box::new([Point::default(); LANDMARKS]);
        for (point, seen) in points.iter_mut().zip(mesh.points()) {
            let (x, y, z) = (seen.x - origin_x, -seen.y - origin_y, -seen.z - origin_z);
            *point = Point { x: a * x + d * y + g * z, y: b * x + e * y + h * z, z: c * x + f * y + i * z };
        }
        Straight(Mesh::new(points, mesh.confidence()))
    }
}

/// A mesh of a head held straight.
pub(crate) struct Straight(Mesh);

impl Straight {
    /// From one point to another: to the right, up, towards the camera.
    pub fn way(&self, from: usize, to: usize) -> (f32, f32, f32) {
        let (from, to) = (self.0.at(from), self.0.at(to));
        (to.x - from.x, to.y - from.y, to.z - from.z)
    }

    /// Distance of two points.
    pub fn distance(&self, one: usize, other: usize) -> f32 {
        let (x, y, z) = self.way(one, other);
        (x * x + y * y + z * z).sqrt()
    }
}

/// x, y, z; `sign` −1 turns y up and z towards the camera.
fn axes(point: Point, sign: f64) -> [f64; 3] {
    [f64::from(point.x), f64::from(point.y) * sign, f64::from(point.z) * sign]
}

fn add(sum: &mut [f64; 3], other: [f64; 3], times: f64) {
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum += other * times;
    }
}

fn dot(one: [f64; 3], other: [f64; 3]) -> f64 {
    one.into_iter().zip(other).map(|(one, other)| one * other).sum()
}

/// The rotation that explains the products of coordinates (model down, seen across) best: the eigenvector of Horn's matrix
/// with the largest eigenvalue.
fn nearest_quaternion(products: &[[f64; 3]; 3]) -> [f64; 4] {
    let [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = *products;
    let horn = [
        [xx + yy + zz, yz - zy, zx - xz, xy - yx],
        [yz - zy, xx - yy - zz, xy + yx, zx + xz],
        [zx - xz, xy + yx, yy - xx - zz, yz + zy],
        [xy - yx, zx + xz, yz + zy, zz - xx - yy],
    ];
    // No eigenvalue is smaller than minus the norm: raised by it, the largest is also the largest in size.
    let norm = horn.iter().flatten().map(|value| value * value).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    let mut power = horn.map(|row| row.map(|value| value / norm));
    for (at, row) in power.iter_mut().enumerate() {
        if let Some(value) = row.get_mut(at) {
            *value += 1.0;
        }
    }
    for _ in 0..SQUARINGS {
        let columns = power; // symmetric: rows are columns
        let squared = columns
            .map(|row| columns.map(|column| row.into_iter().zip(column).map(|(a, b)| a * b).sum::<f64>()));
        let largest =
            squared.iter().flatten().fold(f64::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
        power = squared.map(|row| row.map(|value| value / largest));
    }
    let length = |row: &[f64; 4]| row.iter().map(|value| value * value).sum::<f64>().sqrt();
    let longest = power.into_iter().max_by(|one, other| length(one).total_cmp(&length(other)));
    longest.map_or([1.0, 0.0, 0.0, 0.0], |row| row.map(|value| value / length(&row).max(f64::MIN_POSITIVE)))
}

fn rotation([w, x, y, z]: [f64; 4]) -> [[f64; 3]; 3] {
    [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
        [2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)],
        [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)],
    ]
}

#[cfg(test)]
mod tests;
