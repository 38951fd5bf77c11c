//! A 1-bit picture as a `DrawTarget`, in the printer's own layout.

use std::convert::Infallible;

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, OriginDimensions, Pixel, Size};
use senim_hal::receipt_printer::Raster;
use senim_hal::status_panel::Picture;

/// The picture while it is drawn. What falls outside is not drawn.
pub(crate) struct Canvas {
    width: u32,
    height: u32,
    rows: Vec<u8>,
}

impl Canvas {
    /// White paper; `width` is rounded up to whole bytes.
    pub(crate) fn new(width: u32, height: u32) -> Self {
        let width = width.next_multiple_of(8);
        let bytes = u64::from(width / 8) * u64::from(height);
        Self { width, height, rows: vec![0; usize::try_from(bytes).unwrap_or(0)] }
    }

    pub(crate) fn into_raster(self) -> Raster {
        Raster { width: self.width, rows: self.rows }
    }

    pub(crate) fn into_picture(self) -> Picture {
        Picture { width: self.width, height: self.height, rows: self.rows }
    }

    fn byte(&mut self, x: i32, y: i32) -> Option<(&mut u8, u8)> {
        let (x, y) = (u32::try_from(x).ok()?, u32::try_from(y).ok()?);
        if x >= self.width || y >= self.height {
            return None;
        }
        let at = usize::try_from(y * (self.width / 8) + x / 8).ok()?;
        Some((self.rows.get_mut(at)?, 0x80 >> (x % 8)))
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.width, self.height)
    }
}

impl DrawTarget for Canvas {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(point, colour) in pixels {
            if let Some((byte, bit)) = self.byte(point.x, point.y) {
                match colour {
                    BinaryColor::On => *byte |= bit,
                    BinaryColor::Off => *byte &= !bit,
                }
            }
        }
        Ok(())
    }
}
