//! What one frame tells about the person before the camera, as numbers: the meeting point of what looks at pictures and
//! what judges movements. Nothing in it is a picture; together over time it still describes a face, so a series of them is
//! treated like one: sealed for the lender, wiped here.
//!
//! Angles are degrees, lengths are shares of the distance between the eyes unless said otherwise. *Left* and *right* of a
//! direction are the picture's, as the camera sees it, not mirrored; *left eye* is the person's own.

use std::time::Duration;

use zeroize::Zeroize;

use crate::colour::Covering;

/// One frame that was looked at.
#[derive(Clone, PartialEq)]
pub struct Sight {
    /// When the frame was taken, since the first frame, by the terminal's monotonic clock.
    pub at: Duration,
    /// Fingerprint of the frame's pixels: equal for frames that are copies of each other, and for nothing a live camera
    /// gives twice.
    pub fingerprint: u64,
    /// Whom the frame shows.
    pub seen: Seen,
}

/// Whom a frame shows.
#[derive(Clone, PartialEq)]
pub enum Seen {
    /// No face, or none large and clear enough to follow.
    Nobody,
    /// More than one face: the frame is dropped and nothing of it is kept.
    Several,
    /// One face.
    Face(Box<FaceSignals>),
}

/// Signals of one face in one frame.
#[derive(Clone, PartialEq)]
pub struct FaceSignals {
    /// Turn about the upright axis; positive when the nose points to the right of the picture.
    pub yaw: f32,
    /// Nod; positive when the nose points up. Biased from person to person: only differences to the own neutral count.
    pub pitch: f32,
    /// Tilt towards a shoulder; positive when the head's top leans to the right of the picture.
    pub roll: f32,
    /// How far the person's left eye is open: height over width of the lids' opening. Where only one eye was looked into,
    /// because it is open, both are as that one.
    pub left_eye: f32,
    /// The same of the person's right eye.
    pub right_eye: f32,
    /// Opening between the lips.
    pub mouth: f32,
    /// Width of the mouth, corner to corner.
    pub smile: f32,
    /// Distance between the eyes' outer corners in pixels of the frame, freed of the head's turn.
    pub inter_ocular: f32,
    /// Middle of the face, as shares of the frame's width and height from its top left corner.
    pub centre: (f32, f32),
    /// Where the eyes look within their lids, right and up positive, each about −1 to 1; `None` where it was not measured.
    pub gaze: Option<(f32, f32)>,
    /// How sure the mesh is that this is a face, 0 to 1.
    pub confidence: f32,
    /// Proportions of the face that movement leaves alone: whether it is still the same face. Not an identity.
    pub shape: [f32; 8],
    /// How like the texture of the face is to that of the last frame with a face: 1 the same, about 0 another one; 1 for the
    /// first, and for one that is not wholly in the picture.
    pub like_last: f32,
    /// How like it is to that of the neutral, once that is known ([`crate::Tracker::remember`]) and of a face that
    /// is in the picture.
    pub like_neutral: Option<f32>,
    /// Whether mouth and eyes are those of a face that nothing covers.
    pub covering: Covering,
    /// Mean red, green and blue of the skin, 0 to 255: what a coloured screen changes.
    pub skin: [f32; 3],
    /// Mean red, green and blue of what is behind the person, 0 to 255.
    pub behind: [f32; 3],
}

impl Drop for FaceSignals {
    fn drop(&mut self) {
        let Self {
            yaw,
            pitch,
            roll,
            left_eye,
            right_eye,
            mouth,
            smile,
            inter_ocular,
            centre,
            gaze,
            confidence,
            shape,
            like_last,
            like_neutral,
            covering: Covering { paler, redder, eyes },
            skin,
            behind,
        } = self;
        for value in
            [yaw, pitch, roll, left_eye, right_eye, mouth, smile, inter_ocular, confidence, like_last]
        {
            value.zeroize();
        }
        paler.zeroize();
        redder.zeroize();
        eyes.zeroize();
        *like_neutral = None;
        centre.0.zeroize();
        centre.1.zeroize();
        *gaze = None;
        shape.zeroize();
        skin.zeroize();
        behind.zeroize();
    }
}

/// Says whether there is one: measures of a face are the person's.
impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nobody => "Nobody",
            Self::Several => "Several",
            Self::Face(_) => "Face",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_of_a_face_tells_no_measure() {
        let face = FaceSignals {
            yaw: 1.5,
            pitch: 2.5,
            roll: 3.5,
            left_eye: 0.3,
            right_eye: 0.3,
            mouth: 0.1,
            smile: 0.6,
            inter_ocular: 90.0,
            centre: (0.5, 0.4),
            gaze: None,
            confidence: 0.9,
            shape: [0.7; 8],
            like_last: 0.9,
            like_neutral: None,
            covering: Covering { paler: -0.03, redder: 0.08, eyes: [0.8, 0.9] },
            skin: [120.0; 3],
            behind: [200.0; 3],
        };
        assert_eq!(format!("{:?}", Seen::Face(Box::new(face))), "Face");
    }
}
