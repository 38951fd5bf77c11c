//! The points of a face: MediaPipe's mesh, where to look for the next one, and the numbers of the points that are used.

use zeroize::Zeroize;

use crate::models::Models;
use crate::picture::Picture;
use crate::runtime::RuntimeError;
use crate::window::{Wanted, Window};

/// Points of a face.
pub const LANDMARKS: usize = 468;

const PIXELS: u16 = 192;

/// A point of a face.
#[derive(Clone, Copy, Debug, Default, PartialEq, Zeroize)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// In a picture downwards, in the canonical face upwards.
    pub y: f32,
    /// In a mesh away from the camera, in the canonical face towards it.
    pub z: f32,
}

/// The points of one face in one picture: pixels of the picture, z in the same unit with the head's middle at about 0.
/// Wiped when dropped.
#[derive(Clone)]
pub struct Mesh {
    points: Box<[Point; LANDMARKS]>,
    confidence: f32,
}

impl Drop for Mesh {
    fn drop(&mut self) {
        self.points.zeroize();
    }
}

/// Says nothing of the face.
impl std::fmt::Debug for Mesh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mesh")
    }
}

impl Mesh {
    /// Points and how sure it is that they are a face, 0 to 1.
    #[must_use]
    pub const fn new(points: Box<[Point; LANDMARKS]>, confidence: f32) -> Self {
        Self { points, confidence }
    }

    /// The points.
    #[must_use]
    pub const fn points(&self) -> &[Point; LANDMARKS] {
        &self.points
    }

    /// How sure it is that this is a face, 0 to 1.
    #[must_use]
    pub const fn confidence(&self) -> f32 {
        self.confidence
    }

    /// The point with a number; that of no point is the middle of nothing.
    pub(crate) fn at(&self, number: usize) -> Point {
        self.points.get(number).copied().unwrap_or_default()
    }

    /// The upright box around all points: its middle, width and height.
    pub(crate) fn bounds(&self) -> ((f32, f32), (f32, f32)) {
        let mut low = (f32::INFINITY, f32::INFINITY);
        let mut high = (f32::NEG_INFINITY, f32::NEG_INFINITY);
        for point in self.points.iter() {
            low = (low.0.min(point.x), low.1.min(point.y));
            high = (high.0.max(point.x), high.1.max(point.y));
        }
        (((low.0 + high.0) / 2.0, (low.1 + high.1) / 2.0), (high.0 - low.0, high.1 - low.1))
    }

    /// Where the face is to be looked for in the next picture.
    pub(crate) fn window(&self) -> Window {
        let (centre, size) = self.bounds();
        let (left, right) = (self.at(RIGHT_EYE.outer), self.at(LEFT_EYE.outer));
        let angle = (right.y - left.y).atan2(right.x - left.x);
        Window { centre, side: size.0.max(size.1) * 1.5, angle }
    }
}

/// Looks for a face in a window of a picture.
pub(crate) fn look(models: &mut Models, picture: &Picture<'_>, window: Window) -> Result<Mesh, RuntimeError> {
    let wanted = Wanted { pixels: PIXELS, black: 0.0, white: 1.0, mirrored: false };
    let numbers = models.mesh.run(&window.sample(picture, wanted))?;
    let [raw, flag] = numbers.as_slice() else {
        return Err(RuntimeError::new("the mesh gives other outputs than points and a score"));
    };
    let share = 1.0 / f32::from(PIXELS);
    let mut points = Box::new([Point::default(); LANDMARKS]);
    if raw.len() != LANDMARKS * 3 {
        return Err(RuntimeError::new("the mesh gives another number of points"));
    }
    for (point, raw) in points.iter_mut().zip(raw.chunks_exact(3)) {
        if let &[x, y, z] = raw {
            let (x, y) = window.to_picture((x * share, y * share));
            *point = Point { x, y, z: z * share * window.side };
        }
    }
    let confidence = flag.first().map_or(0.0, |flag| 1.0 / (1.0 + (-flag).exp()));
    let whole = points.iter().all(|point| point.x.is_finite() && point.y.is_finite() && point.z.is_finite());
    Ok(Mesh::new(points, if whole && confidence.is_finite() { confidence } else { 0.0 }))
}

/// Points of an eye: corners, and pairs of points of the upper and the lower lid.
pub(crate) struct Eye {
    /// Corner towards the ear.
    pub outer: usize,
    /// Corner towards the nose.
    pub inner: usize,
    /// Upper and lower lid, three times across the eye.
    pub lids: [(usize, usize); 3],
    /// Skin around it: above the lid, below the lower lid.
    pub around: [usize; 4],
    /// The cheek beneath.
    pub cheek: [usize; 3],
}

/// The person's right eye, to the left in the picture.
pub(crate) const RIGHT_EYE: Eye = Eye {
    outer: 33,
    inner: 133,
    lids: [(160, 144), (159, 145), (158, 153)],
    around: [223, 222, 229, 230],
    cheek: [50, 101, 205],
};
/// The person's left eye, to the right in the picture.
pub(crate) const LEFT_EYE: Eye = Eye {
    outer: 263,
    inner: 362,
    lids: [(387, 373), (386, 374), (385, 380)],
    around: [443, 442, 449, 450],
    cheek: [280, 330, 425],
};
/// Middles of the lips' inner edges.
pub(crate) const LIPS: (usize, usize) = (13, 14);
/// Corners of the mouth, that of the person's right side first.
pub(crate) const MOUTH_CORNERS: (usize, usize) = (61, 291);
/// On the red of the lips.
pub(crate) const LIP_SKIN: [usize; 6] = [0, 37, 267, 17, 84, 314];
/// Beneath nose and mouth, where a mask is and a beard may be.
pub(crate) const LOWER_FACE: [usize; 8] = [164, 18, 200, 199, 192, 416, 214, 434];
/// Forehead.
pub(crate) const FOREHEAD: [usize; 4] = [151, 9, 108, 337];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_that_is_named_is_one_of_the_mesh() {
        let eye = |eye: &Eye| {
            let lids = eye.lids.iter().flat_map(|(upper, lower)| [*upper, *lower]);
            [eye.outer, eye.inner].into_iter().chain(lids).chain(eye.around).chain(eye.cheek).max().unwrap()
        };
        let others = LIP_SKIN.into_iter().chain(LOWER_FACE).chain(FOREHEAD).max().unwrap();
        assert!(eye(&RIGHT_EYE).max(eye(&LEFT_EYE)).max(others) < LANDMARKS);
    }

    #[test]
    fn debug_output_of_a_mesh_tells_no_point() {
        assert_eq!(format!("{:?}", Mesh::new(Box::new([Point::default(); LANDMARKS]), 0.9)), "Mesh");
    }
}
