//! A status panel that keeps the pictures it was shown.

use senim_hal::status_panel::{Picture, StatusPanel};
use senim_hal::{Error, ErrorKind};

/// The double.
#[derive(Clone, Debug)]
pub struct FakePanel {
    size: (u32, u32),
    /// Pictures shown, oldest first.
    pub shown: Vec<Picture>,
    /// With this the panel does not answer.
    pub missing: bool,
}

impl FakePanel {
    /// A panel of so many dots across and down.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self { size: (width, height), shown: Vec::new(), missing: false }
    }
}

impl StatusPanel for FakePanel {
    fn size(&self) -> (u32, u32) {
        self.size
    }

    fn show(&mut self, picture: &Picture) -> Result<(), Error> {
        if (picture.width, picture.height) != self.size {
            return Err(Error::new(ErrorKind::UserError, "the picture does not fit the fake panel"));
        }
        if self.missing {
            return Err(Error::new(ErrorKind::Offline, "the fake panel is missing"));
        }
        self.shown.push(picture.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_what_fits_and_nothing_while_missing() {
        let mut fake = FakePanel::new(8, 1);
        let picture = Picture { width: 8, height: 1, rows: vec![1] };
        fake.show(&picture).unwrap();
        let tall = Picture { height: 2, ..picture.clone() };
        assert_eq!(fake.show(&tall).unwrap_err().kind, ErrorKind::UserError);
        fake.missing = true;
        assert_eq!(fake.show(&picture).unwrap_err().kind, ErrorKind::Offline);
        assert_eq!(fake.shown, vec![picture]);
    }
}
