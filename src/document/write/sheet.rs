//! Where each line stands on which page. Lengths are points, 72 to the inch, from the top left corner.

use krilla::Document;
use krilla::geom::Point;
use krilla::page::PageSettings;
use krilla::text::{Font, TextDirection};
use senim_fonts::{BOLD, REGULAR};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};

use super::WriteError;

/// A4.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
const MARGIN: f32 = 50.0;
const FOOT: f32 = 60.0;
/// Sizes of letters.
pub(super) const BODY: f32 = 12.0;
const TITLE: f32 = 16.0;
pub(super) const FIGURES: f32 = 10.5;
pub(super) const SMALL: f32 = 9.0;
/// From line to line, in sizes of the letters.
const LEADING: f32 = 1.36;

/// How a letter looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
}

/// Both faces, for drawing and for measuring.
pub(super) struct Fonts {
    regular: (Font, FontRef<'static>),
    bold: (Font, FontRef<'static>),
}

impl Fonts {
    pub(super) fn load() -> Result<Self, WriteError> {
        let load = |bytes: &'static [u8]| -> Option<(Font, FontRef<'static>)> {
            Some((Font::new(bytes.to_vec().into(), 0)?, FontRef::new(bytes).ok()?))
        };
        Ok(Self {
            regular: load(REGULAR).ok_or(WriteError::Font)?,
            bold: load(BOLD).ok_or(WriteError::Font)?,
        })
    }

    const fn face(&self, face: Face) -> &(Font, FontRef<'static>) {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
        }
    }

    fn width(&self, text: &str, face: Face, size: f32) -> f32 {
        let font = &self.face(face).1;
        let metrics = font.glyph_metrics(Size::new(size), LocationRef::default());
        let map = font.charmap();
        text.chars()
            .map(|letter| map.map(letter).and_then(|glyph| metrics.advance_width(glyph)).unwrap_or(size))
            .sum()
    }
}

/// One line of text in its place.
struct Line {
    x: f32,
    y: f32,
    face: Face,
    size: f32,
    text: String,
}

/// Pages being filled.
pub(super) struct Sheet<'a> {
    fonts: &'a Fonts,
    number: String,
    pages: Vec<Vec<Line>>,
    /// Top of the next line.
    y: f32,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(fonts: &'a Fonts, number: &str) -> Self {
        Self { fonts, number: number.to_owned(), pages: vec![Vec::new()], y: MARGIN }
    }

    /// Pages begun so far.
    pub(super) fn pages(&self) -> usize {
        self.pages.len()
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.make_room(TITLE * LEADING * 3.0);
        self.wrapped(text, MARGIN, WIDTH - 2.0 * MARGIN, Face::Bold, TITLE);
        self.y += 4.0;
    }

    pub(super) fn paragraph(&mut self, text: &str, face: Face, size: f32) {
        for line in text.lines() {
            self.wrapped(line, MARGIN, WIDTH - 2.0 * MARGIN, face, size);
        }
        self.y += size * 0.6;
    }

    /// Label at the left, value in bold beside it.
    pub(super) fn fact(&mut self, label: &str, value: &str, size: f32) {
        let (left, right) = (MARGIN, MARGIN + 215.0);
        let labels = self.lines(label, 205.0, Face::Regular, size);
        let values = self.lines(value, WIDTH - MARGIN - right, Face::Bold, size);
        let rows = labels.len().max(values.len());
        let mut texts = labels.into_iter().map(Some).chain(std::iter::repeat(None));
        let mut facts = values.into_iter().map(Some).chain(std::iter::repeat(None));
        for _ in 0..rows {
            self.make_room(size * LEADING);
            if let Some(Some(text)) = texts.next() {
                self.put(left, Face::Regular, size, text);
            }
            if let Some(Some(text)) = facts.next() {
                self.put(right, Face::Bold, size, text);
            }
            self.y += size * LEADING;
        }
    }

    /// A row of figures in columns of equal width, the first one narrow.
    pub(super) fn row(&mut self, cells: &[String], face: Face) {
        let first = 40.0;
        let others = u16::try_from(cells.len().saturating_sub(1).max(1)).map_or(1.0, f32::from);
        let wide = (WIDTH - 2.0 * MARGIN - first) / others;
        if self.row_needs_a_page() {
            self.new_page();
        }
        let mut most = 1;
        let top = self.y;
        let mut x = MARGIN;
        for (place, cell) in cells.iter().enumerate() {
            let width = if place == 0 { first } else { wide };
            let lines = self.lines(cell, width - 4.0, face, FIGURES);
            most = most.max(lines.len());
            self.y = top;
            for line in lines {
                self.put(x, face, FIGURES, line);
                self.y += FIGURES * LEADING;
            }
            x += width;
        }
        self.y = top + u16::try_from(most).map_or(1.0, f32::from) * FIGURES * LEADING;
    }

    /// Whether a row of figures would begin a page.
    pub(super) fn row_needs_a_page(&self) -> bool {
        self.y + FIGURES * LEADING * 2.0 > HEIGHT - FOOT
    }

    pub(super) fn gap(&mut self) {
        self.y += BODY * LEADING;
    }

    /// The next line begins a page; an empty page is not left behind.
    pub(super) fn new_page(&mut self) {
        if self.pages.last().is_some_and(|page| !page.is_empty()) {
            self.pages.push(Vec::new());
        }
        self.y = MARGIN;
    }

    /// Draws every page with its number and the document's.
    pub(super) fn print(mut self, document: &mut Document) -> Option<()> {
        if self.pages.last().is_some_and(Vec::is_empty) {
            self.pages.pop();
        }
        let of = self.pages.len();
        for (at, lines) in self.pages.iter().enumerate() {
            let mut page = document.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT)?);
            let mut surface = page.surface();
            let mut draw = |x, y, face, size, text: &str| {
                let font = self.fonts.face(face).0.clone();
                surface.draw_text(Point::from_xy(x, y), font, size, text, false, TextDirection::LeftToRight);
            };
            for line in lines {
                draw(line.x, line.y + line.size, line.face, line.size, &line.text);
            }
            let foot = format!("{} · {} / {of}", self.number, at.saturating_add(1));
            draw(MARGIN, HEIGHT - MARGIN + 14.0, Face::Regular, SMALL, &foot);
            surface.finish();
            page.finish();
        }
        Some(())
    }

    fn wrapped(&mut self, text: &str, x: f32, width: f32, face: Face, size: f32) {
        for line in self.lines(text, width, face, size) {
            self.make_room(size * LEADING);
            self.put(x, face, size, line);
            self.y += size * LEADING;
        }
    }

    fn make_room(&mut self, height: f32) {
        if self.y + height > HEIGHT - FOOT {
            self.new_page();
        }
    }

    fn put(&mut self, x: f32, face: Face, size: f32, text: String) {
        let y = self.y;
        if let Some(page) = self.pages.last_mut() {
            page.push(Line { x, y, face, size, text });
        }
    }

    /// Cuts a text into lines at its spaces; a word that is longer than a line is cut within.
    fn lines(&self, text: &str, width: f32, face: Face, size: f32) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.fonts.width(&longer, face, size) <= width {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for letter in word.chars() {
                line.push(letter);
                if self.fonts.width(&line, face, size) > width && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, letter.to_string()));
                }
            }
        }
        lines.push(line);
        lines
    }
}
