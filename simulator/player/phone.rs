//! The phone of whoever is at the terminal: reads the code on the screen and does what it asks for.

use senim_world::picture::Picture;

use super::{Player, TOUCHABLE};
use crate::error::Trouble;
use crate::wait::{Look, until};

impl Player {
    /// Points somebody's phone at the code on the screen, which is read out of the very picture that is shown.
    ///
    /// # Errors
    /// [`Trouble::Deadline`] when no code can be read, [`Trouble::Http`].
    pub fn scan(&self, iin: &str, manner: &str) -> Result<(), Trouble> {
        self.world.scan(iin, &self.shown_code()?, manner)
    }

    /// The person's phone reads the code on the screen and does what it asks for: whether it signed.
    ///
    /// # Errors
    /// As [`Player::scan`].
    pub fn phone(&self, iin: &str) -> Result<bool, Trouble> {
        let qr = self.shown_code()?;
        let signs = qr.starts_with("mobileSign:");
        self.world.scan(iin, &qr, if signs { "signs" } else { "confirms" })?;
        Ok(signs)
    }

    fn shown_code(&self) -> Result<String, Trouble> {
        until("a code that a phone can read", TOUCHABLE, || {
            let code = code_on(&self.terminal.frame_png()?)?;
            Ok(code.map_or_else(|| Look::NotYet("none".to_owned()), Look::There))
        })
    }
}

/// The text of the QR code in a picture of the screen.
fn code_on(png: &[u8]) -> Result<Option<String>, Trouble> {
    let picture = Picture::from_png(png).map_err(|error| Trouble::Finding(error.to_string()))?;
    let (width, height) = (picture.width, picture.height);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        let at = (y * width + x) * 3;
        let sum: u32 = picture.rgb.get(at..at + 3).into_iter().flatten().map(|value| u32::from(*value)).sum();
        u8::try_from(sum / 3).unwrap_or(u8::MAX)
    });
    let mut grids = image.detect_grids().into_iter();
    Ok(grids.find_map(|grid| grid.decode().ok().map(|(_, text)| text)))
}
