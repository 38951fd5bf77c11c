//! A camera that shows frames from memory, over and over.

use senim_hal::camera::{Camera, Frame};
use senim_hal::{Error, ErrorKind};

/// The double.
#[derive(Debug, Default)]
pub struct FakeCamera {
    frames: Vec<Frame>,
    next: usize,
    open: bool,
    /// With this the camera does not open.
    pub missing: bool,
    /// Frames after which the stream stops, as when the plug is pulled.
    pub unplug_after: Option<usize>,
    /// Times that it was opened.
    pub opened: usize,
    shown: usize,
}

impl FakeCamera {
    /// A camera that shows `frames` in turn.
    #[must_use]
    pub fn new(frames: Vec<Frame>) -> Self {
        Self { frames, ..Self::default() }
    }

    /// Whether it is open now.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open
    }
}

impl Camera for FakeCamera {
    fn open(&mut self) -> Result<(), Error> {
        if self.missing {
            return Err(Error::new(ErrorKind::NoDevice, "the fake camera is missing"));
        }
        self.open = true;
        self.shown = 0;
        self.opened = self.opened.saturating_add(1);
        Ok(())
    }

    fn frame(&mut self) -> Result<Frame, Error> {
        let offline = |words: &str| Error::new(ErrorKind::Offline, words);
        if !self.open || self.unplug_after.is_some_and(|after| self.shown >= after) {
            return Err(offline("the fake camera gives no frame"));
        }
        let frame = self.frames.get(self.next).ok_or_else(|| offline("the fake camera has no frames"))?;
        self.next = self.next.saturating_add(1).checked_rem(self.frames.len()).unwrap_or(0);
        self.shown = self.shown.saturating_add(1);
        Ok(frame.clone())
    }

    fn close(&mut self) {
        self.open = false;
    }
}

#[cfg(test)]
mod tests {
    use senim_domain::{Mono, SecretBytes};

    use super::*;

    #[test]
    fn it_shows_its_frames_in_turn_only_while_open_and_until_unplugged() {
        let frame = |at| Frame { width: 1, height: 1, rgb: SecretBytes::new(vec![0; 3]), at: Mono(at) };
        let mut fake = FakeCamera::new(vec![frame(1), frame(2)]);
        assert!(fake.frame().is_err());
        fake.open().unwrap();
        let seen: Vec<u64> = (0..3).map(|_| fake.frame().unwrap().at.0).collect();
        assert_eq!(seen, vec![1, 2, 1]);
        fake.unplug_after = Some(3);
        assert_eq!(fake.frame().unwrap_err().kind, ErrorKind::Offline);
        fake.close();
        fake.missing = true;
        assert_eq!(fake.open().unwrap_err().kind, ErrorKind::NoDevice);
    }
}
