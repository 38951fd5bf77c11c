//! A finger at a touch panel that tells touches elsewhere.

use senim_domain::touch::{DisplayPoint, TouchCorrection};
use senim_world::picture::Picture;

use super::{Player, TOUCHABLE};
use crate::error::Trouble;
use crate::wait::{Look, until};

impl Player {
    /// Presses the element as soon as a person could, through a panel that tells touches like this and stays for every drag
    /// that follows.
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
        self.panel = Some(Panel { tells: panel, width: pixels(drawn.width), height: pixels(drawn.height) });
        let (x, y) = (element.x + element.width / 2.0, element.y + element.height / 2.0);
        ["press", "release"].into_iter().try_for_each(|kind| self.point(x, y, kind))
    }

    /// A finger on the display there, in pixels, as the panel over it tells of it.
    pub(super) fn point(&self, x: f32, y: f32, kind: &str) -> Result<(), Trouble> {
        let (x, y) = self.panel.as_ref().map_or((x, y), |panel| panel.told(x, y));
        self.terminal.pointer(x, y, kind)
    }
}

/// A panel that was built in askew, and the display under it, in pixels.
#[derive(Debug)]
pub(super) struct Panel {
    tells: TouchCorrection,
    width: f32,
    height: f32,
}

impl Panel {
    fn told(&self, x: f32, y: f32) -> (f32, f32) {
        let (x, y) = self.tells.of(DisplayPoint::of_fractions(x / self.width, y / self.height)).fractions();
        (x * self.width, y * self.height)
    }
}

#[expect(clippy::cast_precision_loss, reason = "displays are smaller than 2^24 pixels")]
const fn pixels(count: usize) -> f32 {
    count as f32
}
