//! The part of a wide frame that is looked at: a camera that reaches children's and tall people's eyes alike sees much
//! besides, and a face in it is too small for a network that is given the whole frame.
//!
//! A face is searched for in overlapping squares, two in each frame, and the part is laid around it. While somebody is put to a
//! challenge the part stays where it is: a picture that wanders would look like a head that does.

use zeroize::Zeroizing;

use crate::detector::{self, FaceBox};
use crate::picture::Picture;
use crate::runtime::RuntimeError;
use crate::tracker::Tracker;
use crate::window::Window;

/// Side of a square that is searched, as a share of the frame's shorter side: a face of a seventh of the square is still found,
/// and each that is no larger than half of it is whole in one of them.
const SQUARE: f32 = 0.5;
/// Squares that are looked into in one frame.
const LOOKS: usize = 2;
/// How far a face may be from the middle of the part, as a share of it, before the part goes after it.
const SLACK: f32 = 0.125;
/// Frames without the face after which it is searched for everywhere.
const MISSED_MAX: u32 = 8;
/// Where the middle of a face belongs, as shares of the part: shoulders are wanted in a portrait.
const PLACE: (f32, f32) = (0.5, 0.46);

/// Part of a frame, in pixels of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Part {
    /// Pixels across and down.
    #[must_use]
    pub const fn dimensions(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// From the frame's left and upper edge, pixels.
    #[must_use]
    pub const fn corner(&self) -> (usize, usize) {
        (self.left, self.top)
    }

    /// Its pixels, rows from the top, three bytes each. Rows that the picture does not have are left out.
    #[must_use]
    pub fn cut(&self, picture: &Picture<'_>) -> Zeroizing<Vec<u8>> {
        let (width, _) = picture.dimensions();
        let mut cut = Zeroizing::new(Vec::with_capacity(self.width * self.height * 3));
        let rows = picture.rgb().chunks_exact((width as usize * 3).max(1)).skip(self.top).take(self.height);
        for row in rows {
            let from = self.left * 3;
            cut.extend_from_slice(row.get(from..from + self.width * 3).unwrap_or_default());
        }
        cut
    }

    /// The part of this size around a face, inside the frame.
    fn around((width, height): (usize, usize), frame: (usize, usize), centre: (f32, f32)) -> Self {
        let from = |centre: f32, place: f32, size: usize, frame: usize| {
            ((centre - place * size as f32).max(0.0) as usize).min(frame.saturating_sub(size))
        };
        Self {
            left: from(centre.0, PLACE.0, width, frame.0),
            top: from(centre.1, PLACE.1, height, frame.1),
            width,
            height,
        }
    }
}

/// Finds the part of a camera's frames with the person in it.
#[derive(Debug)]
pub struct Aim {
    view: (usize, usize),
    /// The frame that the part is of, and the part.
    part: Option<((usize, usize), Part)>,
    /// A face was found, and is in the part as far as is known.
    found: bool,
    missed: u32,
    /// Which square is next.
    next: usize,
    held: bool,
}

impl Aim {
    /// Parts of `view` pixels across and down; nobody was seen yet.
    #[must_use]
    pub fn new((width, height): (u32, u32)) -> Self {
        let view = (width as usize, height as usize);
        Self { view, part: None, found: false, missed: 0, next: 0, held: false }
    }

    /// The next person may stand elsewhere.
    pub const fn release(&mut self) {
        self.held = false;
        self.found = false;
        self.missed = 0;
    }

    /// From now on the part stays where a face is: where one was found, or where the first one will be.
    pub const fn hold(&mut self) {
        self.held = true;
    }

    /// Whether a face is in the part, as far as is known.
    #[must_use]
    pub const fn has_found(&self) -> bool {
        self.found
    }

    /// The part of this frame to be looked at; `None` when that is all of it, for it is no larger than the part.
    ///
    /// # Errors
    /// The runtime's; the part stays where it was.
    pub fn look(
        &mut self,
        tracker: &mut Tracker,
        picture: &Picture<'_>,
    ) -> Result<Option<Part>, RuntimeError> {
        let (width, height) = picture.dimensions();
        let frame = (width as usize, height as usize);
        if frame.0 <= self.view.0 || frame.1 <= self.view.1 {
            return Ok(None);
        }
        let part = match self.part {
            Some((of, part)) if of == frame => part,
            Some(_) | None => {
                self.found = false;
                Part::around(self.view, frame, (frame.0 as f32 / 2.0, frame.1 as f32 / 2.0))
            }
        };
        self.part = Some((frame, part));
        if self.held && self.found {
            return Ok(Some(part));
        }
        let part = self.aimed(tracker, picture, frame, part)?;
        self.part = Some((frame, part));
        Ok(Some(part))
    }

    fn aimed(
        &mut self,
        tracker: &mut Tracker,
        picture: &Picture<'_>,
        frame: (usize, usize),
        part: Part,
    ) -> Result<Part, RuntimeError> {
        let middle =
            (part.left as f32 + PLACE.0 * part.width as f32, part.top as f32 + PLACE.1 * part.height as f32);
        let face = if self.found {
            let window = Window { centre: middle, side: part.width as f32, angle: 0.0 };
            largest(detector::find_in(tracker.models_mut(), picture, window)?)
        } else {
            self.search(tracker, picture)?
        };
        let Some(face) = face else {
            self.missed += 1;
            self.found &= self.missed < MISSED_MAX;
            return Ok(part);
        };
        self.missed = 0;
        let (x, y) = (face.centre.0 - middle.0, face.centre.1 - middle.1);
        let near = x.abs() <= SLACK * part.width as f32 && y.abs() <= SLACK * part.height as f32;
        if std::mem::replace(&mut self.found, true) && near {
            return Ok(part);
        }
        Ok(Part::around(self.view, frame, face.centre))
    }

    /// Looks into the next squares.
    fn search(
        &mut self,
        tracker: &mut Tracker,
        picture: &Picture<'_>,
    ) -> Result<Option<FaceBox>, RuntimeError> {
        let squares = squares(picture);
        let mut faces = Vec::new();
        for _ in 0..LOOKS {
            if let Some(window) = squares.get(self.next % squares.len().max(1)) {
                faces.extend(detector::find_in(tracker.models_mut(), picture, *window)?);
            }
            self.next = (self.next + 1) % squares.len().max(1);
        }
        Ok(largest(faces))
    }
}

/// Who stands before the terminal is nearer than who waits behind.
fn largest(faces: Vec<FaceBox>) -> Option<FaceBox> {
    faces.into_iter().max_by(|one, two| one.size.0.total_cmp(&two.size.0))
}

/// The whole picture, and squares that cover it and overlap by half.
fn squares(picture: &Picture<'_>) -> Vec<Window> {
    let (width, height) = picture.extent();
    let side = (width.min(height) * SQUARE).max(1.0);
    let middles = |extent: f32| -> Vec<f32> {
        let steps = ((extent - side) / (side / 2.0) - 1e-3).ceil().max(0.0);
        let step = if steps > 0.0 { (extent - side) / steps } else { 0.0 };
        (0..=steps as usize).map(|number| side / 2.0 + number as f32 * step).collect()
    };
    let columns = middles(width);
    let mut squares = vec![Window::around(picture, 0.0)];
    for y in middles(height) {
        squares.extend(columns.iter().map(|x| Window { centre: (*x, y), side, angle: 0.0 }));
    }
    squares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(width: u32, height: u32) -> usize {
        let rgb = vec![0; width as usize * height as usize * 3];
        let picture = Picture::new(width, height, &rgb).unwrap();
        let squares = squares(&picture);
        let side = squares[1].side;
        let edge = |window: &Window, sign: f32| {
            (window.centre.0 + sign * side / 2.0, window.centre.1 + sign * side / 2.0)
        };
        let (first, last) = (edge(&squares[1], -1.0), edge(squares.last().unwrap(), 1.0));
        assert!(first.0.abs() < 0.5 && first.1.abs() < 0.5, "{first:?}");
        assert!((last.0 - width as f32).abs() < 0.5 && (last.1 - height as f32).abs() < 0.5, "{last:?}");
        for pair in squares[1..].windows(2) {
            let along = pair[1].centre.0 - pair[0].centre.0;
            assert!(along <= side / 2.0 + 0.5, "{along} of {side}");
        }
        squares.len()
    }

    #[test]
    fn squares_reach_all_edges_and_overlap_by_half_on_any_frame() {
        assert_eq!(covered(1_920, 1_440), 16);
        assert_eq!(covered(1_440, 1_920), 16);
        assert_eq!(covered(640, 480), 16);
        assert_eq!(covered(1_000, 1_000), 10);
        assert_eq!(covered(1_920, 1_080), 22);
    }

    #[test]
    fn a_part_lies_inside_its_frame_wherever_a_face_is() {
        let frame = (1_920, 1_440);
        for x in [-50.0, 0.0, 300.0, 960.0, 1_919.0, 4_000.0] {
            for y in [-50.0, 0.0, 700.0, 1_439.0, 4_000.0] {
                let part = Part::around((640, 480), frame, (x, y));
                assert_eq!(part.dimensions(), (640, 480));
                assert!(part.left + part.width <= frame.0 && part.top + part.height <= frame.1, "{part:?}");
            }
        }
        assert_eq!(Part::around((640, 480), frame, (960.0, 720.0)).corner(), (640, 499));
    }

    #[test]
    fn a_cut_has_the_pixels_of_its_part_and_no_others() {
        let rgb: Vec<u8> = (0..5 * 4).flat_map(|at: u8| [at, at, at]).collect();
        let picture = Picture::new(5, 4, &rgb).unwrap();
        let part = Part { left: 1, top: 2, width: 3, height: 2 };
        let expected: Vec<u8> = [11, 12, 13, 16, 17, 18].into_iter().flat_map(|at| [at, at, at]).collect();
        assert_eq!(*part.cut(&picture), expected);
        assert!(part.cut(&Picture::new(0, 0, &[]).unwrap()).is_empty());
    }
}
