//! The part of a camera's wide frames that is looked at: everything behind it sees that part only, the screen's preview too.

use senim_biometrics::{Aim, Picture, Tracker};
use senim_domain::SecretBytes;
use senim_hal::camera::Frame;
use senim_hal::{Error, ErrorKind};

/// What is looked at.
pub(super) struct Viewed {
    aim: Aim,
}

impl Viewed {
    /// Parts of this size, pixels across and down.
    pub fn new(size: (u32, u32)) -> Self {
        Self { aim: Aim::new(size) }
    }

    /// The next person may stand elsewhere.
    pub const fn release(&mut self) {
        self.aim.release();
    }

    /// The part stays at the first face that is found.
    pub const fn hold(&mut self) {
        self.aim.hold();
    }

    /// Whether it is known where the person is.
    pub const fn has_found(&self) -> bool {
        self.aim.has_found()
    }

    /// The part of a frame that is looked at; the rest is wiped.
    ///
    /// # Errors
    /// The networks fail.
    pub fn of(&mut self, tracker: &mut Tracker, frame: Frame) -> Result<Frame, Error> {
        let broken = |words: String| Error::new(ErrorKind::HardwareError, words);
        let picture = Picture::new(frame.width, frame.height, frame.rgb.expose())
            .map_err(|error| broken(error.to_string()))?;
        let part = self.aim.look(tracker, &picture).map_err(|error| broken(error.to_string()))?;
        let Some(part) = part else { return Ok(frame) };
        let size = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        let (width, height) = part.dimensions();
        let rgb = SecretBytes::new(std::mem::take(&mut *part.cut(&picture)));
        Ok(Frame { width: size(width), height: size(height), rgb, at: frame.at })
    }
}
