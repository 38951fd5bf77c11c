//! A finger at a touch panel that tells touches elsewhere.

use senim_domain::touch::{DisplayPoint, TouchCorrection};
use senim_world::picture::Picture;

use super::{Player, TOUCHABLE};
use crate::error::Trouble;
use crate::wait::{Look, until};

impl Player {
    /// Presses the element as soon as a person could, through a panel that tells touches like this.
    ///
    /// # Errors
    /// As [`Player::tap`].
    pub fn press_through(&mut self, id: &str, panel: TouchCorrection) -> Result<(), Trouble> {
        let element = until(&format!("{id} to take a touch"), TOUCHABLE, || {
            let shown = self.look()?;
            let found = shown.element(id).filter(|element| element.enabled && !element.covered).cloned();
            Ok(found.map_or_else(|| Look::NotYet(shown.told()), Look::There))
        })?;
        let drawn = Picture::from_png(&self.terminal.frame_png()?)
            .map_err(|error| Trouble::Finding(error.to_string()))?;
        let (width, height) = (pixels(drawn.width), pixels(drawn.height));
        let (x, y) = (element.x + element.width / 2.0, element.y + element.height / 2.0);
        let (x, y) = panel.of(DisplayPoint::of_fractions(x / width, y / height)).fractions();
        ["press", "release"]
            .into_iter()
            .try_for_each(|kind| self.terminal.pointer(x * width, y * height, kind))
    }
}

#[expect(clippy::cast_precision_loss, reason = "displays are smaller than 2^24 pixels")]
const fn pixels(count: usize) -> f32 {
    count as f32
}
