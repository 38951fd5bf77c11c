//! The part of a camera's wide frames that is looked at: everything behind it sees that part only, the screen's preview too.

use senim_biometrics::{Aim, Picture, Tracker};
use senim_domain::SecretBytes;
use senim_hal::camera::Frame;
use senim_hal::{Error, ErrorKind};

/// The part of a frame that is looked at; the rest is wiped.
///
/// # Errors
/// The frame is none, or the networks fail.
pub(super) fn part_of(frame: Frame, aim: &mut Aim, tracker: &mut Tracker) -> Result<Frame, Error> {
    let broken = |words: String| Error::new(ErrorKind::HardwareError, words);
    let picture = Picture::new(frame.width, frame.height, frame.rgb.expose())
        .map_err(|error| broken(error.to_string()))?;
    let part = aim.look(tracker, &picture).map_err(|error| broken(error.to_string()))?;
    let Some(part) = part else { return Ok(frame) };
    let size = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    let (width, height) = part.dimensions();
    let rgb = SecretBytes::new(std::mem::take(&mut *part.cut(&picture)));
    Ok(Frame { width: size(width), height: size(height), rgb, at: frame.at })
}
