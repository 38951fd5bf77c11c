//! Blocks one under the other: lines are broken, measured, then drawn. Says nothing of its own.

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{Drawable, Point, Primitive, Size};
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Baseline, Text};
use qrcode::{Color, EcLevel, QrCode};
use senim_hal::receipt_printer::Raster;

use crate::canvas::Canvas;
use crate::fonts::{Fonts, Weight, width};
use crate::{Paper, ReceiptError};

/// White at either side.
const MARGIN: u32 = 16;
/// White at the head and the foot.
const EDGE: u32 = 24;
/// Dots of a QR module: 0.75 mm, which telephones read from paper.
const MODULE: u32 = 6;
/// Modules of white that a QR code needs around it.
const QUIET: u32 = 4;

/// Least height of letters, where a word does not fit across the paper otherwise.
const SMALLEST: u32 = 24;

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Centre,
    Right,
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
pub(crate) fn draw(blocks: &[Block], fonts: &Fonts, paper: Paper) -> Result<Raster, ReceiptError> {
    let mut flow = Flow { fonts, paper: paper.dots(), y: EDGE, placed: Vec::new() };
    for block in blocks {
        flow.add(block)?;
    }
    let mut canvas = Canvas::new(flow.paper, flow.y + EDGE);
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
    /// Dots across.
    paper: u32,
    y: u32,
    placed: Vec<Placed>,
}

impl Flow<'_> {
    fn add(&mut self, block: &Block) -> Result<(), ReceiptError> {
        match block {
            Block::Text { text, size, weight, side } => self.text(text, *size, *weight, *side),
            Block::Pair { label, value, size, weight } => self.pair(label, value, *size, *weight),
            Block::Rule => {
                self.placed.push(Placed::Box { x: MARGIN, y: self.y + 8, width: self.room(), height: 2 });
                self.y += 18;
            }
            Block::Space(dots) => self.y += dots,
            Block::Qr(text) => self.qr(text)?,
        }
        Ok(())
    }

    /// Dots between the margins.
    const fn room(&self) -> u32 {
        self.paper - 2 * MARGIN
    }

    /// As large as asked for, or smaller where its longest word is wider than the paper.
    fn size_of(&self, text: &str, size: u32, weight: Weight) -> u32 {
        let fits = |size: &u32| {
            let style = self.fonts.style(weight, *size);
            text.split(' ').all(|word| width(&style, word) <= self.room())
        };
        (SMALLEST.min(size)..=size).rev().find(fits).unwrap_or(SMALLEST.min(size))
    }

    fn text(&mut self, text: &str, size: u32, weight: Weight, side: Side) {
        let size = self.size_of(text, size, weight);
        let style = self.fonts.style(weight, size);
        for line in broken(text, self.room(), |text| width(&style, text)) {
            let free = self.room().saturating_sub(width(&style, &line));
            let x = MARGIN
                + match side {
                    Side::Left => 0,
                    Side::Centre => free / 2,
                    Side::Right => free,
                };
            self.line(x, line, size, weight);
        }
    }

    /// On one line where both have room, otherwise one below the other.
    fn pair(&mut self, label: &str, value: &str, size: u32, weight: Weight) {
        let label_width = width(&self.fonts.style(Weight::Regular, size), label);
        let value_width = width(&self.fonts.style(weight, size), value);
        self.text(label, size, Weight::Regular, Side::Left);
        if label_width + 16 + value_width <= self.room() {
            self.y = self.y.saturating_sub(size);
        }
        self.text(value, size, weight, Side::Right);
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
        if side + 2 * QUIET * MODULE > self.paper {
            return Err(ReceiptError::Reference("it is too long".to_owned()));
        }
        self.y += QUIET * MODULE;
        let left = (self.paper - side) / 2;
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
    fn a_word_that_is_wider_than_the_paper_is_set_smaller_and_a_long_value_stands_below_in_lines() {
        let fonts = Fonts::load().unwrap();
        let sum = "9\u{202f}112\u{202f}500\u{202f}000\u{202f}000,00\u{202f}₸";
        let value = "есепте 95 · саналды 94 · айырма -1 · серия 2006";
        let height = |block: Block, paper| draw(&[block], &fonts, paper).unwrap().height() - 2 * EDGE;
        let of_sum = |paper| {
            let (text, side) = (sum.to_owned(), Side::Centre);
            height(Block::Text { text, size: 62, weight: Weight::Bold, side }, paper)
        };
        assert_eq!(of_sum(Paper::Mm80), 62);
        let narrow = of_sum(Paper::Mm58);
        assert!((SMALLEST..62).contains(&narrow), "{narrow}");
        let of_pair = |label: &str, value: &str, paper| {
            let (label, value) = (label.to_owned(), value.to_owned());
            height(Block::Pair { label, value, size: 33, weight: Weight::Bold }, paper)
        };
        assert_eq!(of_pair("Терминал", "almaty-001", Paper::Mm58), 33);
        assert_eq!(of_pair("1-кассета", value, Paper::Mm58), 33 + 2 * 33);
        for paper in [Paper::Mm80, Paper::Mm58] {
            let row = usize::try_from(paper.dots() / 8).unwrap();
            let block =
                Block::Pair { label: sum.into(), value: value.into(), size: 33, weight: Weight::Bold };
            let raster = draw(&[block], &fonts, paper).unwrap();
            assert!(
                raster.rows.chunks(row).all(|row| row[0] == 0 && row[row.len() - 1] == 0),
                "ink in the margin"
            );
        }
    }

    #[test]
    fn a_qr_code_that_does_not_fit_is_an_error_not_a_torn_picture() {
        let fonts = Fonts::load().unwrap();
        for paper in [Paper::Mm80, Paper::Mm58] {
            assert!(draw(&[Block::Qr("x".repeat(900))], &fonts, paper).is_err());
            assert!(draw(&[Block::Qr("x".repeat(9000))], &fonts, paper).is_err());
        }
    }
}
