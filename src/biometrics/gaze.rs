//! Where the eyes look: the iris within its lids, by MediaPipe's iris network.
//!
//! One eye is enough, for both follow a dot together: the one that is turned towards the camera.

use crate::measure::Picture;
use crate::mesh::{Eye, LEFT_EYE, Mesh, RIGHT_EYE};
use crate::models::Models;
use crate::runtime::RuntimeError;
use crate::window::{Wanted, Window};

const PIXELS: u16 = 64;
/// Side of the window in widths of the eye.
const WIDTHS: f32 = 2.3;
/// Share of the eye's width by which an iris moves from the middle when it is turned far to a side, and up or down.
const REACH: (f32, f32) = (0.25, 0.15);

/// Right and up positive, each about −1 to 1. `None` when the eye is too small to look into.
pub(crate) fn look(
    models: &mut Models,
    picture: &Picture<'_>,
    mesh: &Mesh,
    yaw: f32,
) -> Result<Option<(f32, f32)>, RuntimeError> {
    // The network knows the eye that is to the left in the picture; the other is shown to it mirrored.
    let (eye, mirrored): (&Eye, bool) = if yaw > 0.0 { (&RIGHT_EYE, false) } else { (&LEFT_EYE, true) };
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
    let Some(&[x, y, ..]) = numbers.first().map(|numbers| numbers.as_slice()) else {
        return Err(RuntimeError::new("the iris network gives no point"));
    };
    let share = |value: f32| (value / f32::from(PIXELS) - 0.5) * WIDTHS;
    let (x, y) = (share(x), share(y));
    let gaze = (if mirrored { -x } else { x } / REACH.0, -y / REACH.1);
    Ok((gaze.0.is_finite() && gaze.1.is_finite()).then_some(gaze))
}

/// Pixels across an eye under which an iris has no place.
const WIDTH_MIN: f32 = 8.0;
