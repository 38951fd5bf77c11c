//! Eyes looked into, by MediaPipe's iris network: how far the lids are apart, and where the iris is between them.
//!
//! The mesh alone does not see lids fall: in a film of a man who blinks, its distance between them falls by 2 to 8 %, the
//! network's by 58 and 78 %. One eye is looked into, the one that is turned to the camera, for looking costs half as much as
//! the mesh. The other one is as long as this one is open: nobody asks for a wink. When this one closes it is looked into too.

use zeroize::Zeroize;

use crate::mesh::{Eye, LEFT_EYE, Mesh, RIGHT_EYE};
use crate::models::Models;
use crate::picture::Picture;
use crate::runtime::RuntimeError;
use crate::window::{Wanted, Window};

const PIXELS: u16 = 64;
/// Side of the window in widths of the eye.
const WIDTHS: f32 = 2.3;
/// Share of the eye's width by which an iris moves from the middle when it is turned far to a side, and up or down.
const REACH: (f32, f32) = (0.25, 0.15);
/// Pixels across an eye under which an iris has no place.
const WIDTH_MIN: f32 = 8.0;
/// Degrees of a turn from which the other eye is looked into.
const OTHER_EYE_FROM: f32 = 5.0;
/// Share of the usual opening under which an eye may be closing.
const CLOSING: f32 = 0.85;
/// How fast what is usual follows what is seen.
const USUAL: f32 = 0.1;

/// Corners of the network's contour, and three pairs of its points on the lower and the upper lid.
const CORNERS: (usize, usize) = (0, 8);
const LIDS: [(usize, usize); 3] = [(3, 11), (4, 12), (5, 13)];

/// What is known of the eyes of the face that is followed. Wiped when dropped.
#[derive(Default)]
pub(crate) struct Eyes {
    /// Height over width of the lids' opening: the person's right eye, the left.
    open: [f32; 2],
    /// What it is while the eyes are open.
    usual: f32,
    /// The person's left eye is the one that is looked into.
    left: bool,
    known: bool,
}

impl Drop for Eyes {
    fn drop(&mut self) {
        self.open.zeroize();
        self.usual.zeroize();
    }
}

/// Eyes in one frame.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    /// How far the person's right eye and the left one are open.
    pub open: [f32; 2],
    /// Where they look: right and up positive, each about −1 to 1. `None` in a frame in which they were not looked into.
    pub gaze: Option<(f32, f32)>,
}

/// One eye.
struct Seen {
    open: f32,
    gaze: (f32, f32),
}

impl Eyes {
    /// Looks into them, unless that can `wait` for a frame and they are known. `None` when they are too small.
    pub fn look(
        &mut self,
        models: &mut Models,
        picture: &Picture<'_>,
        mesh: &Mesh,
        yaw: f32,
        wait: bool,
    ) -> Result<Option<Look>, RuntimeError> {
        if wait && self.known {
            return Ok(Some(Look { open: self.open, gaze: None }));
        }
        // Not to and fro with a head held straight: two eyes are never quite alike.
        self.left = if self.left { yaw < OTHER_EYE_FROM } else { yaw < -OTHER_EYE_FROM };
        let Some(seen) = into(models, picture, mesh, self.left)? else { return Ok(None) };
        let closing = seen.open < self.usual * CLOSING;
        let other = if closing || !self.known { into(models, picture, mesh, !self.left)? } else { None };
        let other = other.map_or(seen.open, |other| other.open);
        self.open = if self.left { [other, seen.open] } else { [seen.open, other] };
        if !self.known {
            self.usual = seen.open;
        } else if !closing {
            self.usual += (seen.open - self.usual) * USUAL;
        }
        self.known = true;
        Ok(Some(Look { open: self.open, gaze: Some(seen.gaze) }))
    }
}

/// Looks into one eye. `None` when it is too small.
fn into(
    models: &mut Models,
    picture: &Picture<'_>,
    mesh: &Mesh,
    left_eye: bool,
) -> Result<Option<Seen>, RuntimeError> {
    // The network knows the eye that is to the left in the picture; the other is shown to it mirrored.
    let (eye, mirrored): (&Eye, bool) = if left_eye { (&LEFT_EYE, true) } else { (&RIGHT_EYE, false) };
    let (outer, inner) = (mesh.at(eye.outer), mesh.at(eye.inner));
    let (left, right) = if mirrored { (inner, outer) } else { (outer, inner) };
    let (across, down) = (right.x - left.x, right.y - left.y);
    let width = across.hypot(down);
    if width < WIDTH_MIN {
        return Ok(None);
    }
    let centre = ((left.x + right.x) / 2.0, (left.y + right.y) / 2.0);
    let window = Window { centre, side: width * WIDTHS, angle: down.atan2(across) };
    let wanted = Wanted { pixels: PIXELS, black: 0.0, white: 1.0, mirrored };
    let numbers = models.iris.run(&window.sample(picture, wanted))?;
    let [iris, contour] = numbers.as_slice() else {
        return Err(RuntimeError::new("the iris network gives other outputs than an iris and a contour"));
    };
    let (Some(&[x, y, ..]), Some(open)) = (iris.first_chunk::<3>(), opening(contour)) else {
        return Err(RuntimeError::new("the iris network gives fewer points than an eye has"));
    };
    let share = |value: f32| (value / f32::from(PIXELS) - 0.5) * WIDTHS;
    let (x, y) = (share(x), share(y));
    let gaze = (if mirrored { -x } else { x } / REACH.0, -y / REACH.1);
    let whole = gaze.0.is_finite() && gaze.1.is_finite() && open.is_finite();
    Ok(whole.then_some(Seen { open, gaze }))
}

/// Height over width of a contour; `None` when it has too few points.
fn opening(contour: &[f32]) -> Option<f32> {
    let point = |number: usize| match contour.get(number * 3..) {
        Some(&[x, y, ..]) => Some((x, y)),
        Some(_) | None => None,
    };
    let (outer, inner) = (point(CORNERS.0)?, point(CORNERS.1)?);
    let mut height = 0.0;
    for (lower, upper) in LIDS {
        height += point(lower)?.1 - point(upper)?.1;
    }
    let width = (inner.0 - outer.0).hypot(inner.1 - outer.1).max(1.0);
    Some((height / LIDS.len() as f32 / width).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An eye 20 wide whose lids are `height` apart in its middle.
    fn contour(height: f32) -> Vec<f32> {
        let mut points = vec![0.0; 71 * 3];
        let mut put = |number: usize, x: f32, y: f32| {
            points[number * 3] = x;
            points[number * 3 + 1] = y;
        };
        put(CORNERS.0, 10.0, 30.0);
        put(CORNERS.1, 30.0, 30.0);
        for (lower, upper) in LIDS {
            put(lower, 20.0, 30.0 + height / 2.0);
            put(upper, 20.0, 30.0 - height / 2.0);
        }
        points
    }

    #[test]
    fn an_eye_is_as_open_as_its_lids_are_apart() {
        assert_eq!(opening(&contour(6.0)), Some(0.3));
        assert_eq!(opening(&contour(0.0)), Some(0.0));
        assert_eq!(opening(&contour(-2.0)), Some(0.0), "lids that cross are closed");
        assert_eq!(opening(&contour(6.0)[..30]), None);
    }
}
