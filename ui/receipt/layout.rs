//! Blocks one under the other: lines are broken, measured, then drawn. Says nothing of its own.

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{Drawable, Point, Primitive, Size};
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Baseline, Text};
use qrcode::{Color, EcLevel, QrCode};
use senim_hal::receipt_printer::Raster;

use crate::canvas::Canvas;
use crate::fonts::{Fonts, Weight, width};
use crate::{ReceiptError, WIDTH};

/// White at either side.
const MARGIN: u32 = 16;
/// White at the head and the foot.
const EDGE: u32 = 24;
/// Dots of a QR module: 0.75 mm, which telephones read from paper.
const MODULE: u32 = 6;
/// Modules of white that a QR code needs around it.
const QUIET: u32 = 4;

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Centre,
}

/// A piece of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// A paragraph, broken at spaces.
    Text { text: String, size: u32, weight: Weight, side: Side },
    /// A label and its value at the right; the value goes below where both do not fit.
    Pair { label: String, value: String, size: u32, weight: Weight },
    /// A thin line across.
    Rule,
    /// White.
    Space(u32),
    /// A QR code of ASCII text.
    Qr(String),
}

/// One thing at its place.
enum Placed {
    Line { x: u32, y: u32, text: String, size: u32, weight: Weight },
    Box { x: u32, y: u32, width: u32, height: u32 },
}

/// Draws the blocks.
pub(crate) fn draw(blocks: &[Block], fonts: &Fonts) -> Result<Raster, ReceiptError> {
    let mut flow = Flow { fonts, y: EDGE, placed: Vec::new() };
    for block in blocks {
        flow.add(block)?;
    }
    let mut canvas = Canvas::new(WIDTH, flow.y + EDGE);
    for placed in &flow.placed {
        let drawn = match placed {
            Placed::Line { x, y, text, size, weight } => {
                let style = fonts.style(*weight, *size);
                Text::with_baseline(text, point(*x, *y), style, Baseline::Top).draw(&mut canvas).map(|_| ())
            }
            Placed::Box { x, y, width, height } => Rectangle::new(point(*x, *y), Size::new(*width, *height))
                .into_styled(PrimitiveStyle::with_fill(BinaryColor::On))
                .draw(&mut canvas),
        };
        match drawn {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }
    Ok(canvas.into_raster())
}

fn point(x: u32, y: u32) -> Point {
    Point::new(i32::try_from(x).unwrap_or(i32::MAX), i32::try_from(y).unwrap_or(i32::MAX))
}

struct Flow<'a> {
    fonts: &'a Fonts,
    y: u32,
    placed: Vec<Placed>,
}

impl Flow<'_> {
    fn add(&mut self, block: &Block) -> Result<(), ReceiptError> {
        match block {
            Block::Text { text, size, weight, side } => self.text(text, *size, *weight, *side),
            Block::Pair { label, value, size, weight } => self.pair(label, value, *size, *weight),
            Block::Rule => {
                self.placed.push(Placed::Box {
                    x: MARGIN,
                    y: self.y + 8,
                    width: WIDTH - 2 * MARGIN,
                    height: 2,
                });
                self.y += 18;
            }
            Block::Space(dots) => self.y += dots,
            Block::Qr(text) => self.qr(text)?,
        }
        Ok(())
    }

    fn text(&mut self, text: &str, size: u32, weight: Weight, side: Side) {
        let style = self.fonts.style(weight, size);
        let room = WIDTH - 2 * MARGIN;
        for line in broken(text, room, |text| width(&style, text)) {
            let x = match side {
                Side::Left => MARGIN,
                Side::Centre => MARGIN + room.saturating_sub(width(&style, &line)) / 2,
            };
            self.line(x, line, size, weight);
        }
    }

    fn pair(&mut self, label: &str, value: &str, size: u32, weight: Weight) {
        let label_width = width(&self.fonts.style(Weight::Regular, size), label);
        let value_width = width(&self.fonts.style(weight, size), value);
        let x = (WIDTH - MARGIN).saturating_sub(value_width).max(MARGIN);
        self.text(label, size, Weight::Regular, Side::Left);
        if MARGIN + label_width + 16 <= x {
            self.y = self.y.saturating_sub(size);
        }
        self.line(x, value.to_owned(), size, weight);
    }

    fn line(&mut self, x: u32, text: String, size: u32, weight: Weight) {
        self.placed.push(Placed::Line { x, y: self.y, text, size, weight });
        self.y += size;
    }

    fn qr(&mut self, text: &str) -> Result<(), ReceiptError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M)
            .map_err(|error| ReceiptError::Reference(error.to_string()))?;
        let modules = code.width();
        let side = u32::try_from(modules).unwrap_or(0) * MODULE;
        if side + 2 * QUIET * MODULE > WIDTH {
            return Err(ReceiptError::Reference("it is too long".to_owned()));
        }
        self.y += QUIET * MODULE;
        let left = (WIDTH - side) / 2;
        for (at, colour) in code.to_colors().into_iter().enumerate() {
            if colour == Color::Dark {
                let column = u32::try_from(at % modules).unwrap_or(0);
                let row = u32::try_from(at / modules).unwrap_or(0);
                let (x, y) = (left + column * MODULE, self.y + row * MODULE);
                self.placed.push(Placed::Box { x, y, width: MODULE, height: MODULE });
            }
        }
        self.y += side + QUIET * MODULE;
        Ok(())
    }
}

/// Lines that fit into `room`; a word longer than a line stands alone and is cut by the paper's edge.
pub(crate) fn broken(text: &str, room: u32, width: impl Fn(&str) -> u32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    // Only plain spaces break: no-break spaces keep sums together.
    for word in text.split(' ') {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&longer) <= room || line.is_empty() {
            line = longer;
        } else {
            lines.push(std::mem::replace(&mut line, word.to_owned()));
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_plain_spaces_only() {
        let width = |text: &str| u32::try_from(text.chars().count()).unwrap();
        assert_eq!(broken("aa bb cc", 5, width), ["aa bb", "cc"]);
        assert_eq!(broken("150\u{202f}000\u{202f}₸ x", 5, width), ["150\u{202f}000\u{202f}₸", "x"]);
        assert_eq!(broken("", 5, width), [""]);
    }

    #[test]
    fn a_qr_code_that_does_not_fit_is_an_error_not_a_torn_picture() {
        let fonts = Fonts::load().unwrap();
        assert!(draw(&[Block::Qr("x".repeat(900))], &fonts).is_err());
        assert!(draw(&[Block::Qr("x".repeat(9000))], &fonts).is_err());
    }
}
