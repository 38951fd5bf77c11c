//! Follows one face from frame to frame and tells its signals.
//!
//! A face that was found once is looked for where its mesh was, which costs half of looking everywhere. Everywhere is looked
//! again all the time nonetheless: a second person must be seen, and the first must not slip away unseen.

use std::time::Duration;

use zeroize::Zeroizing;

use crate::colour::{self, Colours};
use crate::detector::{self, FaceBox};
use crate::eyes::{Eyes, Look};
use crate::mesh::{self, LEFT_EYE, LIPS, MOUTH_CORNERS, Mesh, RIGHT_EYE};
use crate::models::Models;
use crate::picture::Picture;
use crate::pose::{Pose, Straight};
use crate::runtime::RuntimeError;
use crate::signals::{FaceSignals, Seen, Sight};
use crate::texture::{Net, Texture};
use crate::window::Window;

/// Frames from one look everywhere to the next: a quarter of a second at 15 frames a second.
const FRAMES_BETWEEN_SEARCHES: u32 = 4;
/// Pixels across and down under which nobody can be made out.
const PICTURE_MIN: u32 = 64;
/// Distance between the eyes' outer corners, in pixels, under which a face is not followed.
const INTER_OCULAR_MIN: f32 = 20.0;
/// How sure a mesh must be.
const CONFIDENCE_MIN: f32 = 0.5;
/// A second face counts from this share of the first one's size: smaller ones are pictures on a wall, or far away.
const BYSTANDER_SIZE: f32 = 0.3;

/// Whether the eyes are looked into, which costs half as much as the mesh again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaze {
    /// They are. In frames in which everywhere is looked they are taken to be as open as in the frame before.
    Measured,
    /// They are not: how far they are open is what the mesh tells, which hardly sees lids fall.
    LeftOut,
}

/// Looks at the frames of one camera.
pub struct Tracker {
    models: Models,
    last: Option<Mesh>,
    eyes: Eyes,
    net: Net,
    /// Of the last frame with a face, and of the neutral.
    texture: Option<Texture>,
    neutral: Option<Texture>,
    several: bool,
    since_search: u32,
}

impl Tracker {
    /// Has seen nothing.
    #[must_use]
    pub fn new(models: Models) -> Self {
        Self {
            net: Net::over(models.canonical()),
            models,
            last: None,
            eyes: Eyes::default(),
            texture: None,
            neutral: None,
            several: false,
            since_search: 0,
        }
    }

    /// Looks at the next frame, taken at `at` since the first.
    ///
    /// # Errors
    /// The runtime's, after which nothing is followed.
    pub fn look(&mut self, picture: &Picture<'_>, at: Duration, gaze: Gaze) -> Result<Sight, RuntimeError> {
        let seen = self.seen(picture, gaze);
        if !matches!(seen, Ok(Seen::Face(_))) {
            self.lose();
        }
        Ok(Sight { at, fingerprint: fingerprint(picture), seen: seen? })
    }

    /// Forgets the face, as when the person has gone.
    pub fn forget(&mut self) {
        self.lose();
        self.texture = None;
        self.neutral = None;
    }

    /// From now on tells how like faces are to that of the frame that was looked at last: the person's neutral.
    pub fn remember(&mut self) {
        self.neutral = self.texture.as_ref().map(Texture::again);
    }

    /// Where the face is has to be found again; how it looks is remembered, for it has to be the same one.
    fn lose(&mut self) {
        self.last = None;
        self.eyes = Eyes::default();
    }

    /// The mesh of the face in the frame that was looked at last, if it shows one.
    #[must_use]
    pub const fn mesh(&self) -> Option<&Mesh> {
        self.last.as_ref()
    }

    /// The models.
    #[must_use]
    pub const fn models(&self) -> &Models {
        &self.models
    }

    /// The models, for looking at something else with them.
    pub(crate) const fn models_mut(&mut self) -> &mut Models {
        &mut self.models
    }

    /// Faces of a picture that has nothing to do with what is followed, the surest first. `angle` is how far the picture is
    /// turned before it is looked at, in radians clockwise.
    ///
    /// # Errors
    /// The runtime's.
    pub fn find(&mut self, picture: &Picture<'_>, angle: f32) -> Result<Vec<FaceBox>, RuntimeError> {
        detector::find(&mut self.models, picture, angle)
    }

    fn seen(&mut self, picture: &Picture<'_>, gaze: Gaze) -> Result<Seen, RuntimeError> {
        let (width, height) = picture.dimensions();
        if width.min(height) < PICTURE_MIN {
            return Ok(Seen::Nobody);
        }
        let mut window = self.last.as_ref().map(Mesh::window);
        self.since_search += 1;
        let searched = window.is_none() || self.several || self.since_search >= FRAMES_BETWEEN_SEARCHES;
        if searched {
            match self.search(picture)?.as_slice() {
                [] => {}
                [face] => {
                    window = window.filter(|window| shows(*window, face)).or_else(|| Some(face.window()));
                }
                _ => return Ok(Seen::Several),
            }
        }
        if let Some(face) = self.face(picture, window, gaze, searched)? {
            return Ok(face);
        }
        // Lost between two searches: it may only have moved fast.
        match self.search_unless(searched, picture)?.as_slice() {
            [] => Ok(Seen::Nobody),
            [face] => Ok(self.face(picture, Some(face.window()), gaze, true)?.unwrap_or(Seen::Nobody)),
            _ => Ok(Seen::Several),
        }
    }

    fn search_unless(&mut self, searched: bool, picture: &Picture<'_>) -> Result<Vec<FaceBox>, RuntimeError> {
        if searched { Ok(Vec::new()) } else { self.search(picture) }
    }

    fn search(&mut self, picture: &Picture<'_>) -> Result<Vec<FaceBox>, RuntimeError> {
        let mut faces = detector::find(&mut self.models, picture, 0.0)?;
        let largest = faces.iter().map(|face| face.size.0).fold(0.0, f32::max);
        faces.retain(|face| face.size.0 >= largest * BYSTANDER_SIZE);
        self.since_search = 0;
        self.several = faces.len() > 1;
        Ok(faces)
    }

    fn face(
        &mut self,
        picture: &Picture<'_>,
        window: Option<Window>,
        gaze: Gaze,
        searched: bool,
    ) -> Result<Option<Seen>, RuntimeError> {
        let Some(window) = window else { return Ok(None) };
        let mesh = mesh::look(&mut self.models, picture, window)?;
        if mesh.confidence() < CONFIDENCE_MIN {
            return Ok(None);
        }
        let Some(pose) = Pose::fit(&mesh, self.models.canonical()) else { return Ok(None) };
        let straight = pose.straightened(&mesh);
        if straight.distance(RIGHT_EYE.outer, LEFT_EYE.outer) < INTER_OCULAR_MIN {
            return Ok(None);
        }
        let eyes = match gaze {
            Gaze::Measured => {
                self.eyes.look(&mut self.models, picture, &mesh, pose.angles().yaw, searched)?
            }
            Gaze::LeftOut => None,
        };
        let colours = Colours::of(picture, &mesh);
        let mut face = signals(picture, &mesh, &pose, &straight, eyes, &colours);
        self.compare(picture, &pose, &mut face);
        self.last = Some(mesh);
        Ok(Some(Seen::Face(Box::new(face))))
    }
}

impl Tracker {
    /// Tells how like the face is to what is remembered. One without any texture is like nothing.
    fn compare(&mut self, picture: &Picture<'_>, pose: &Pose, face: &mut FaceSignals) {
        if !self.net.is_within(picture, pose) {
            return;
        }
        let texture = self.net.look(picture, pose);
        let like = |known: &Texture| texture.as_ref().map_or(0.0, |texture| texture.alike(known));
        face.like_last = self.texture.as_ref().map_or(1.0, like);
        face.like_neutral = self.neutral.as_ref().map(like);
        self.texture = texture;
    }
}

/// Whether a face that was found is the one that is followed.
fn shows(window: Window, face: &FaceBox) -> bool {
    let (x, y) = (face.centre.0 - window.centre.0, face.centre.1 - window.centre.1);
    x.hypot(y) < window.side / 3.0
}

fn signals(
    picture: &Picture<'_>,
    mesh: &Mesh,
    pose: &Pose,
    straight: &Straight,
    eyes: Option<Look>,
    colours: &Colours,
) -> FaceSignals {
    let angles = pose.angles();
    let inter_ocular = straight.distance(RIGHT_EYE.outer, LEFT_EYE.outer);
    let open = |eye: &mesh::Eye| {
        let height: f32 = eye.lids.iter().map(|(upper, lower)| straight.way(*lower, *upper).1).sum();
        let width = straight.distance(eye.outer, eye.inner);
        (height / eye.lids.len() as f32 / width).max(0.0)
    };
    let [right_eye, left_eye] = eyes.map_or_else(|| [open(&RIGHT_EYE), open(&LEFT_EYE)], |eyes| eyes.open);
    let share = |one, other| straight.distance(one, other) / inter_ocular;
    let (width, height) = picture.extent();
    let (centre, _) = mesh.bounds();
    FaceSignals {
        yaw: angles.yaw,
        pitch: angles.pitch,
        roll: angles.roll,
        left_eye,
        right_eye,
        mouth: (straight.way(LIPS.1, LIPS.0).1 / inter_ocular).max(0.0),
        smile: share(MOUTH_CORNERS.0, MOUTH_CORNERS.1),
        inter_ocular,
        centre: (centre.0 / width, centre.1 / height),
        gaze: eyes.and_then(|eyes| eyes.gaze),
        confidence: mesh.confidence(),
        shape: SHAPE.map(|(one, other)| share(one, other)),
        like_last: 1.0,
        like_neutral: None,
        covering: colours.covering(),
        skin: colours.skin,
        behind: colour::behind(picture, mesh),
    }
}

/// Pairs of points on bone: between the eyes' inner corners, the sockets' lower edges, brows, temples, the bridge of the
/// nose to the forehead, along the nose, across its wings, and the cheekbones.
const SHAPE: [(usize, usize); 8] =
    [(133, 362), (230, 450), (105, 334), (127, 356), (168, 10), (168, 2), (129, 358), (116, 345)];

/// Sixty-four bits of all pixels: two pictures that differ in one have the same once in 2⁶⁴.
fn fingerprint(picture: &Picture<'_>) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (width, height) = picture.dimensions();
    let mix = |state: u64, word: u64| {
        let state = (state ^ word).wrapping_mul(ODD);
        state ^ (state >> 29)
    };
    let (words, rest) = picture.rgb().as_chunks::<8>();
    let state = mix(mix(ODD, u64::from(width)), u64::from(height));
    let state = words.iter().fold(state, |state, word| mix(state, u64::from_le_bytes(*word)));
    let mut last = Zeroizing::new([0; 8]);
    for (last, rest) in last.iter_mut().zip(rest) {
        *last = *rest;
    }
    mix(mix(state, u64::from_le_bytes(*last)), ODD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_tells_pictures_that_differ_in_one_value_or_in_shape() {
        let of = |width, height, rgb: &[u8]| fingerprint(&Picture::new(width, height, rgb).unwrap());
        let rgb = [9; 5 * 3 * 3];
        let mut other = rgb;
        assert_eq!(of(5, 3, &rgb), of(5, 3, &rgb.clone()));
        assert_ne!(of(5, 3, &rgb), of(3, 5, &rgb));
        for at in [0, 20, 44] {
            other[at] = 10;
            assert_ne!(of(5, 3, &rgb), of(5, 3, &other));
            other[at] = 9;
        }
    }
}
