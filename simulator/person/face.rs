//! How the points of a portrait's mesh move: expressions as displacements, the head's turn as a rotation about the neck.
//!
//! Lengths are in distances between the eyes' outer corners unless said otherwise. The mesh's axes: x to the right of the
//! picture, y downwards, z away from the camera.

use senim_biometrics::{CanonicalFace, Mesh};

/// A point or a way: x, y, z.
pub(crate) type Way = [f32; 3];

/// How a face looks at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Looks {
    /// Degrees of a turn from the neutral, positive when the nose goes to the right of the picture.
    pub yaw: f32,
    /// Degrees of a nod, positive when the nose goes up.
    pub pitch: f32,
    /// Degrees of a tilt, positive when the head's top goes to the right of the picture.
    pub roll: f32,
    /// How far the lower lip is from the upper.
    pub mouth: f32,
    /// How much broader the mouth is, a share of its width.
    pub smile: f32,
    /// How far the upper lids have fallen, 0 to 1: the right eye's, the left eye's.
    pub lids: [f32; 2],
    /// Where the eyes look within their lids, −1 to 1, positive to the right of the picture.
    pub gaze: f32,
}

/// Upper lid, from one corner to the other, with the points of the lower lid beneath and of the skin above.
const LIDS: [[(usize, usize, usize); 7]; 2] = [
    [
        (246, 7, 247),
        (161, 163, 30),
        (160, 144, 29),
        (159, 145, 27),
        (158, 153, 28),
        (157, 154, 56),
        (173, 155, 190),
    ],
    [
        (466, 249, 467),
        (388, 390, 260),
        (387, 373, 259),
        (386, 374, 257),
        (385, 380, 258),
        (384, 381, 286),
        (398, 382, 414),
    ],
];
/// Inner edges of the lips, upper and lower, and the outer edges that go with them.
const LIPS: [(usize, usize, usize, usize); 9] = [
    (191, 95, 40, 91),
    (80, 88, 40, 91),
    (81, 178, 39, 181),
    (82, 87, 37, 84),
    (13, 14, 0, 17),
    (312, 317, 267, 314),
    (311, 402, 269, 405),
    (310, 318, 270, 321),
    (415, 324, 270, 321),
];
/// All of the upper lip: an open mouth leaves it where it is.
const UPPER_LIP: [usize; 36] = [
    185, 40, 39, 37, 0, 267, 269, 270, 409, 184, 74, 73, 72, 11, 302, 303, 304, 408, 183, 42, 41, 38, 12,
    268, 271, 272, 407, 191, 80, 81, 82, 13, 312, 311, 310, 415,
];
/// All of the lower lip: it goes with the jaw, the less the nearer to the corners.
const LOWER_LIP: [usize; 36] = [
    146, 91, 181, 84, 17, 314, 405, 321, 375, 77, 90, 180, 85, 16, 315, 404, 320, 307, 96, 89, 179, 86, 15,
    316, 403, 319, 325, 95, 88, 178, 87, 14, 317, 402, 318, 324,
];
/// How much the corners of the mouth go with the jaw.
const CORNERS_FOLLOW: f32 = 0.4;
const CORNERS: [usize; 8] = [61, 76, 62, 78, 291, 306, 292, 308];
/// Between the lips.
const INSIDE_THE_MOUTH: [usize; 20] =
    [13, 82, 81, 80, 191, 78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312];
/// Around the face, from the middle of the forehead clockwise as it is seen.
pub(crate) const OVAL: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176,
    149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];
const EYE_CORNERS: (usize, usize) = (33, 263);
const MOUTH_CORNERS: (usize, usize) = (61, 291);
const EARS: (usize, usize) = (234, 454);

/// The canonical face, centimetres: corner of the mouth; distance of the eyes' outer corners.
const CORNER: (f32, f32) = (2.46, -4.34);
const CANONICAL_UNIT: f32 = 8.9;
/// The hinge of the jaw and the chin, centimetres towards the camera.
const HINGE: (f32, f32) = (-2.5, 4.5);
/// From the camera to the pivot, in distances between the eyes: some 60 cm.
const CAMERA: f32 = 7.0;

/// The mesh of a portrait, ready to be moved.
#[derive(Clone)]
pub(crate) struct Face {
    /// Pixels of the portrait from the outer corner of one eye to the other's.
    pub unit: f32,
    /// What the head turns about, pixels of the portrait.
    pub pivot: Way,
    /// Middle of the face in the portrait.
    pub middle: (f32, f32),
    /// Where each point is in the portrait.
    pub from: Vec<(f32, f32)>,
    /// Neutral, from the pivot, pixels of the portrait.
    neutral: Vec<Way>,
    mouth: Vec<Way>,
    smile: Vec<Way>,
    lids: [Vec<Way>; 2],
    pub triangles: Vec<[usize; 3]>,
    /// Which triangles are inside the mouth.
    pub inside: Vec<bool>,
    canonical: Vec<(f32, f32)>,
}

impl Face {
    /// Takes the mesh of a portrait that looks into the camera, made neutral: lips closed, and `smiles` less broad, a share
    /// of the mouth's width.
    pub fn new(mesh: &Mesh, canonical: &CanonicalFace, smiles: f32) -> Self {
        let mut seen: Vec<Way> = mesh.points().iter().map(|point| [point.x, point.y, point.z]).collect();
        fit_lids(&mut seen);
        fit_lower_lip(&mut seen);
        let at = |number: usize| seen.get(number).copied().unwrap_or_default();
        let (right, left) = (at(EYE_CORNERS.0), at(EYE_CORNERS.1));
        let unit = (left[0] - right[0]).hypot(left[1] - right[1]).max(1.0);
        let middle_of = |one: Way, two: Way| -> Way {
            std::array::from_fn(|axis| part(one, axis).midpoint(part(two, axis)))
        };
        let [x, y, z] = middle_of(at(EARS.0), at(EARS.1));
        let pivot = [x, y + 0.3 * unit, z + 0.1 * unit];
        let canonical_points: Vec<Way> = canonical.points().iter().map(|p| [p.x, p.y, p.z]).collect();
        let jaw: Vec<f32> =
            canonical_points.iter().enumerate().map(|(number, point)| jaw(number, *point)).collect();
        let breadth: Vec<f32> = canonical_points.iter().map(|point| breadth(*point)).collect();
        let broad = (at(MOUTH_CORNERS.1)[0] - at(MOUTH_CORNERS.0)[0]).abs() / 2.0;

        let mut neutral = seen.clone();
        for (point, share) in neutral.iter_mut().zip(&breadth) {
            point[0] -= share * smiles * broad;
            point[1] += share.abs() * smiles * broad * 0.5;
        }
        close_lips(&mut neutral);
        // Back to the portrait: a smile shows the teeth that it showed.
        let smile = seen.iter().zip(&neutral).map(|(seen, neutral)| {
            std::array::from_fn(|axis| (part(*seen, axis) - part(*neutral, axis)) / smiles.max(0.01))
        });
        let smile: Vec<Way> = smile.collect();
        let lids = LIDS.map(|lid| fallen(&neutral, &lid));
        for point in &mut neutral {
            for (value, pivot) in point.iter_mut().zip(pivot) {
                *value -= pivot;
            }
        }
        let inside = |number: &usize| INSIDE_THE_MOUTH.contains(number);
        let (low, high) = bounds(&seen);
        Self {
            unit,
            pivot,
            middle: (low.0.midpoint(high.0), low.1.midpoint(high.1)),
            from: seen.iter().map(|[x, y, _]| (*x, *y)).collect(),
            neutral,
            mouth: jaw.iter().map(|share| [0.0, share * unit, share * unit * 0.15]).collect(),
            smile,
            lids,
            inside: canonical.triangles().iter().map(|corners| corners.iter().all(inside)).collect(),
            triangles: canonical.triangles().to_vec(),
            canonical: canonical_points
                .iter()
                .map(|[x, y, _]| (*x / CANONICAL_UNIT, *y / CANONICAL_UNIT))
                .collect(),
        }
    }

    /// Another person's proportions: `jaw` broader below, `nose` longer, eyes closer together by `eyes`; shares.
    pub fn amended(&self, jaw: f32, nose: f32, eyes: f32) -> Self {
        let mut other = self.clone();
        let bump = |value: f32| (-value * value).exp();
        for (point, (x, y)) in other.neutral.iter_mut().zip(&self.canonical) {
            let below = (0.2 - y).clamp(0.0, 1.0);
            point[0] *= 1.0 + jaw * below;
            point[1] += nose * self.unit * (0.3 - y).clamp(0.0, 0.45);
            // Around each eye everything moves inwards together.
            let near = bump((x.abs() - 0.36) / 0.22) * bump((y - 0.3) / 0.2);
            point[0] -= x.signum() * eyes * self.unit * 0.36 * near;
        }
        other
    }

    /// Every point, pixels of the portrait, x and y as the camera sees them and z as it is. `nearer` is how much nearer than
    /// usual the face is.
    pub fn posed(&self, looks: &Looks, nearer: f32, points: &mut Vec<Way>) {
        let (yaw_sin, yaw_cos) = looks.yaw.to_radians().sin_cos();
        let (pitch_sin, pitch_cos) = looks.pitch.to_radians().sin_cos();
        let (roll_sin, roll_cos) = looks.roll.to_radians().sin_cos();
        let [pivot_x, pivot_y, pivot_z] = self.pivot;
        let camera = CAMERA * self.unit / nearer.max(0.2);
        let [right_lid, left_lid] = looks.lids;
        let expressions = self.mouth.iter().zip(&self.smile).zip(self.lids[0].iter().zip(&self.lids[1]));
        points.clear();
        points.extend(self.neutral.iter().zip(expressions).map(
            |(neutral, ((mouth, smile), (right, left)))| {
                let [x, y, z]: Way = std::array::from_fn(|axis| {
                    part(*neutral, axis)
                        + looks.mouth * part(*mouth, axis)
                        + looks.smile * part(*smile, axis)
                        + right_lid * part(*right, axis)
                        + left_lid * part(*left, axis)
                });
                let before = camera + z;
                let (x, z) = (x * yaw_cos - z * yaw_sin, x * yaw_sin + z * yaw_cos);
                let (y, z) = (y * pitch_cos + z * pitch_sin, z * pitch_cos - y * pitch_sin);
                let (x, y) = (x * roll_cos - y * roll_sin, x * roll_sin + y * roll_cos);
                // Only what changes against the portrait, which was taken from somewhere too.
                let larger = before / (camera + z).max(self.unit);
                [pivot_x + x * larger, pivot_y + y * larger, pivot_z + z]
            },
        ));
    }
}

fn part(way: Way, axis: usize) -> f32 {
    way.get(axis).copied().unwrap_or_default()
}

fn smooth(value: f32) -> f32 {
    let value = value.clamp(0.0, 1.0);
    value * value * (3.0 - 2.0 * value)
}

/// How much a point goes with the jaw, 0 to 1.
fn jaw(number: usize, [x, y, z]: Way) -> f32 {
    let aside = (x / CORNER.0).abs().min(1.0);
    if UPPER_LIP.contains(&number) {
        return aside.powi(4) * CORNERS_FOLLOW;
    }
    if LOWER_LIP.contains(&number) {
        return 1.0 - (1.0 - CORNERS_FOLLOW) * aside * aside;
    }
    if CORNERS.contains(&number) {
        return CORNERS_FOLLOW;
    }
    let below = smooth((CORNER.1 + 0.6 - y) / 1.4);
    let from_hinge = smooth((z - HINGE.0) / (HINGE.1 - HINGE.0));
    below * from_hinge
}

/// How much a point goes outwards with the corners of the mouth: negative to the left of the picture.
fn breadth([x, y, _]: Way) -> f32 {
    let bump = |value: f32| (-value * value).exp();
    let along = (x / CORNER.0).clamp(-1.0, 1.0);
    along * bump((y - CORNER.1) / 1.9) * bump((x.abs() - CORNER.0).max(0.0) / 1.8)
}

/// Brings the lips together half way.
fn close_lips(points: &mut [Way]) {
    let height = |points: &[Way], number: usize| points.get(number).map_or(0.0, |point| point[1]);
    let mut shifts = Vec::new();
    for (upper, lower, above, beneath) in LIPS {
        let half = (height(points, lower) - height(points, upper)) / 2.0;
        shifts.extend([(upper, half), (lower, -half)]);
        if upper != 191 && upper != 415 {
            shifts.extend([(above, half * 0.6), (beneath, -half * 0.8)]);
        }
    }
    for (number, shift) in shifts {
        if let Some(point) = points.get_mut(number) {
            point[1] += shift;
        }
    }
}

/// The mesh draws eyes narrower than they are: brings its lids to the lashes, and the points above onto the skin of the lid,
/// which is what covers the eye when it closes.
fn fit_lids(points: &mut [Way]) {
    let x_of = |points: &[Way], number: usize| points.get(number).map_or(0.0, |point| point[0]);
    let unit = (x_of(points, EYE_CORNERS.1) - x_of(points, EYE_CORNERS.0)).abs();
    for lid in &LIDS {
        for (place, (upper, lower, skin)) in lid.iter().enumerate() {
            // Nothing at the corners, most in the middle.
            let share = 1.0 - (place as f32 - 3.0).abs() / 4.0;
            for (number, way) in [(*upper, -0.03), (*lower, 0.034), (*skin, -0.042)] {
                if let Some(point) = points.get_mut(number) {
                    point[1] += way * unit * share.sqrt();
                }
            }
        }
    }
}

/// Brings the inner edge of the lower lip to where the teeth end.
fn fit_lower_lip(points: &mut [Way]) {
    let x_of = |points: &[Way], number: usize| points.get(number).map_or(0.0, |point| point[0]);
    let unit = (x_of(points, EYE_CORNERS.1) - x_of(points, EYE_CORNERS.0)).abs();
    for (place, (_, lower, _, _)) in LIPS.iter().enumerate() {
        let share = 1.0 - ((place as f32 - 4.0) / 5.0).powi(2);
        if let Some(point) = points.get_mut(*lower) {
            point[1] += 0.02 * unit * share;
        }
    }
}

/// The ways of all points when a lid falls: the skin above is stretched after it.
fn fallen(points: &[Way], lid: &[(usize, usize, usize); 7]) -> Vec<Way> {
    let mut ways = vec![[0.0; 3]; points.len()];
    let at = |number: usize| points.get(number).copied().unwrap_or_default();
    for (upper, lower, skin) in lid {
        let (from, to) = (at(*upper), at(*lower));
        let way: Way = std::array::from_fn(|axis| part(to, axis) - part(from, axis));
        for (number, share) in [(*upper, 0.94), (*lower, -0.06), (*skin, 0.4)] {
            if let Some(moved) = ways.get_mut(number) {
                *moved = way.map(|value| value * share);
            }
        }
    }
    ways
}

fn bounds(points: &[Way]) -> ((f32, f32), (f32, f32)) {
    let mut low = (f32::INFINITY, f32::INFINITY);
    let mut high = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    for [x, y, _] in points {
        low = (low.0.min(*x), low.1.min(*y));
        high = (high.0.max(*x), high.1.max(*y));
    }
    (low, high)
}
