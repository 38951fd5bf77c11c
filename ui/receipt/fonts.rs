//! Noto Sans in two weights, and how wide a text is.

use embedded_graphics::pixelcolor::{BinaryColor, Rgb888};
use embedded_graphics::prelude::{PixelColor, Point};
use embedded_graphics::text::Baseline;
use embedded_graphics::text::renderer::TextRenderer;
use embedded_ttf::{FontTextStyle, FontTextStyleBuilder};
use rusttype::Font;
use senim_fonts::{BOLD, REGULAR};

use crate::ReceiptError;

/// Weight of letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

pub(crate) struct Fonts {
    regular: Font<'static>,
    bold: Font<'static>,
}

impl Fonts {
    pub(crate) fn load() -> Result<Self, ReceiptError> {
        let font = |bytes: &'static [u8]| Font::try_from_bytes(bytes).ok_or(ReceiptError::Font);
        Ok(Self { regular: font(REGULAR)?, bold: font(BOLD)? })
    }

    pub(crate) fn font(&self, weight: Weight) -> &Font<'static> {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// Black letters `size` dots from ascent to descent; without a background colour there is no antialiasing.
    pub(crate) fn style(&self, weight: Weight, size: u32) -> FontTextStyle<BinaryColor> {
        FontTextStyleBuilder::new(self.font(weight).clone())
            .font_size(size)
            .text_color(BinaryColor::On)
            .build()
    }
}

/// Dots that a text needs.
pub(crate) fn width<C>(style: &FontTextStyle<C>, text: &str) -> u32
where
    C: PixelColor + Into<Rgb888> + From<Rgb888> + std::fmt::Debug,
{
    let metrics = style.measure_string(text, Point::zero(), Baseline::Top);
    u32::try_from(metrics.next_position.x).unwrap_or(0).max(metrics.bounding_box.size.width)
}
