//! The bare screen: what stands on a display while there is no window on it, because the program starts or cannot.
//!
//! Nobody has chosen a language yet, so all three stand there in the same size, Kazakh first. It knows the terminal, a
//! telephone and a code, and nothing about a person: there is no field for it.

use std::convert::Infallible;

use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::{DrawTarget, Drawable, OriginDimensions, Pixel, Point, RgbColor, Size};
use embedded_graphics::primitives::{Primitive, PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Baseline, Text};
use embedded_ttf::{FontTextStyle, FontTextStyleBuilder};

use crate::ReceiptError;
use crate::fonts::{Fonts, Weight, width};
use crate::layout::broken;

/// What the bare screen says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BareContent {
    /// Terminal's name; empty while it is not known.
    pub terminal: String,
    /// Telephone of support; empty while it is not known.
    pub phone: String,
    /// Why there is no window.
    pub state: BareState,
}

/// Why there is no window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BareState {
    /// It comes.
    Starting,
    /// It does not, and a technician finds by the code where the start ended.
    NotInService {
        /// Such as `N4`.
        code: &'static str,
    },
}

/// A picture of a display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarePicture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// 3 bytes a pixel, rows from the top.
    pub rgb: Vec<u8>,
}

/// Colours of the screens by day (`ui/screens/theme.slint`).
const GROUND: Rgb888 = Rgb888::new(0xf4, 0xf6, 0xf4);
const INK: Rgb888 = Rgb888::new(0x11, 0x24, 0x2b);
const SOFT: Rgb888 = Rgb888::new(0x34, 0x47, 0x4e);
const ACCENT: Rgb888 = Rgb888::new(0x0a, 0x4a, 0x57);

/// Sizes in units of the screens: pixels of a panel 1280 wide and 720 high.
const SAID: u32 = 62;
const NUMBER: u32 = 84;
const HINT: u32 = 34;
const FOOT: u32 = 30;
const EDGE: u32 = 64;
const BAR: u32 = 20;
/// Longest side that is drawn: more is no display.
const SIDE_MOST: u32 = 8_192;

/// Draws the bare screen for a display of this size. One without pixels, or larger than 8192 a side, has no picture.
///
/// # Errors
/// [`ReceiptError::Font`], [`ReceiptError::Picture`].
pub fn bare_screen(content: &BareContent, (width, height): (u32, u32)) -> Result<BarePicture, ReceiptError> {
    if !(1..=SIDE_MOST).contains(&width) || !(1..=SIDE_MOST).contains(&height) {
        return Err(ReceiptError::Picture(format!("{width}x{height} is no size of a display")));
    }
    let fonts = Fonts::load()?;
    let mut canvas = Colours::new(width, height);
    let unit = |units: u32| units * (width * 1_000 / 1_280).min(height * 1_000 / 720) / 1_000;
    filled(&mut canvas, (0, 0), (width, unit(BAR)), ACCENT);
    let lines = laid_out(content, &fonts, width.saturating_sub(2 * unit(EDGE)), unit);
    let high: u32 = lines.iter().map(|line| line.before + line.size).sum();
    let mut y = height.saturating_sub(high + unit(EDGE)) / 2;
    for line in &lines {
        y += line.before;
        written(&mut canvas, &fonts, line, y);
        y += line.size;
    }
    let foot = Line { text: foot(content), size: unit(FOOT), weight: Weight::Regular, ink: SOFT, before: 0 };
    written(&mut canvas, &fonts, &foot, height.saturating_sub(unit(EDGE)));
    Ok(BarePicture { width, height, rgb: canvas.rgb })
}

struct Line {
    text: String,
    /// From ascent to descent, pixels.
    size: u32,
    weight: Weight,
    ink: Rgb888,
    /// Above it, pixels.
    before: u32,
}

/// What is said, in each language, and the telephone under it.
fn laid_out(content: &BareContent, fonts: &Fonts, room: u32, unit: impl Fn(u32) -> u32) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |text: &str, size: u32, weight: Weight, ink: Rgb888, before: u32| {
        let style = style(fonts, weight, size, ink);
        for (at, text) in broken(text, room, |text| width(&style, text)).into_iter().enumerate() {
            lines.push(Line { text, size, weight, ink, before: if at == 0 { before } else { 0 } });
        }
    };
    let said = match content.state {
        BareState::Starting => STARTING,
        BareState::NotInService { .. } => NOT_IN_SERVICE,
    };
    for text in said {
        add(text, unit(SAID), Weight::Bold, INK, unit(14));
    }
    if content.phone.is_empty() {
        return lines;
    }
    add(&CALL.join(" · "), unit(HINT), Weight::Regular, SOFT, unit(52));
    add(&content.phone.replace(' ', "\u{a0}"), unit(NUMBER), Weight::Bold, ACCENT, unit(6));
    lines
}

/// As on the screens (`ui/lang`).
const NOT_IN_SERVICE: [&str; 3] = [
    "Терминал қазір жұмыс істемейді",
    "Терминал сейчас не работает",
    "The terminal is not working right now",
];
const STARTING: [&str; 3] =
    ["Терминал іске қосылып жатыр", "Терминал запускается", "The terminal is starting"];
const CALL: [&str; 3] = ["Анықтама", "Помощь", "Help"];

/// Where, and for whoever repairs it: why.
fn foot(content: &BareContent) -> String {
    let code = match content.state {
        BareState::Starting => "",
        BareState::NotInService { code } => code,
    };
    let parts = [content.terminal.as_str(), code];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// One line in the middle.
fn written(canvas: &mut Colours, fonts: &Fonts, line: &Line, y: u32) {
    let style = style(fonts, line.weight, line.size, line.ink);
    let x = canvas.width.saturating_sub(width(&style, &line.text)) / 2;
    match Text::with_baseline(&line.text, Point::new(at(x), at(y)), style, Baseline::Top).draw(canvas) {
        Ok(_) => {}
        Err(never) => match never {},
    }
}

fn filled(canvas: &mut Colours, (x, y): (u32, u32), (width, height): (u32, u32), colour: Rgb888) {
    let place = Rectangle::new(Point::new(at(x), at(y)), Size::new(width, height));
    match place.into_styled(PrimitiveStyle::with_fill(colour)).draw(canvas) {
        Ok(()) => {}
        Err(never) => match never {},
    }
}

fn style(fonts: &Fonts, weight: Weight, size: u32, ink: Rgb888) -> FontTextStyle<Rgb888> {
    FontTextStyleBuilder::new(fonts.font(weight).clone())
        .font_size(size)
        .text_color(ink)
        .anti_aliasing_color(GROUND)
        .build()
}

fn at(pixels: u32) -> i32 {
    i32::try_from(pixels).unwrap_or(i32::MAX / 4)
}

/// The picture while it is drawn. What falls outside is not drawn.
struct Colours {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Colours {
    fn new(width: u32, height: u32) -> Self {
        let count = usize::try_from(u64::from(width) * u64::from(height)).unwrap_or(0);
        Self { width, height, rgb: [GROUND.r(), GROUND.g(), GROUND.b()].repeat(count) }
    }
}

impl OriginDimensions for Colours {
    fn size(&self) -> Size {
        Size::new(self.width, self.height)
    }
}

impl DrawTarget for Colours {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(point, colour) in pixels {
            let (Ok(x), Ok(y)) = (u32::try_from(point.x), u32::try_from(point.y)) else { continue };
            if x >= self.width || y >= self.height {
                continue;
            }
            let at = usize::try_from((u64::from(y) * u64::from(self.width) + u64::from(x)) * 3)
                .unwrap_or(usize::MAX);
            if let Some(pixel) = self.rgb.get_mut(at..at.saturating_add(3)) {
                pixel.copy_from_slice(&[colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rusttype::GlyphId;

    use super::*;

    fn content(state: BareState) -> BareContent {
        BareContent { terminal: "almaty-001".to_owned(), phone: "+7 727 300 00 42".to_owned(), state }
    }

    /// Set `BARE_PNG_DIR` to look at the pictures.
    fn keep(name: &str, picture: &BarePicture) {
        if let Some(folder) = std::env::var_os("BARE_PNG_DIR") {
            let file =
                std::fs::File::create(std::path::Path::new(&folder).join(format!("{name}.png"))).unwrap();
            let mut encoder = png::Encoder::new(file, picture.width, picture.height);
            encoder.set_color(png::ColorType::Rgb);
            encoder.write_header().unwrap().write_image_data(&picture.rgb).unwrap();
        }
    }

    const STATES: [(&str, BareState); 3] = [
        ("starting", BareState::Starting),
        ("journal", BareState::NotInService { code: "N4" }),
        ("display", BareState::NotInService { code: "N6" }),
    ];

    #[test]
    fn each_state_has_a_picture_of_its_own_that_fits_every_panel() {
        for size in [(1280, 800), (1024, 600), (1280, 1024), (1080, 1920), (320, 240)] {
            let mut seen = Vec::new();
            for (name, state) in STATES {
                let picture = bare_screen(&content(state), size).unwrap();
                keep(&format!("{}x{}-{name}", size.0, size.1), &picture);
                assert_eq!((picture.width, picture.height), size);
                let row = usize::try_from(size.0).unwrap() * 3;
                let ground = [GROUND.r(), GROUND.g(), GROUND.b()];
                let rows: Vec<&[u8]> = picture.rgb.chunks(row).collect();
                assert_eq!(rows.len(), usize::try_from(size.1).unwrap());
                let empty = |row: &&[u8]| row.chunks(3).all(|pixel| pixel == ground);
                assert!(!rows.iter().all(empty), "{name}");
                let beside = rows
                    .iter()
                    .skip(rows.len() / 20)
                    .all(|row| row[..3] == ground && row[row.len() - 3..] == ground);
                assert!(beside, "{name} {size:?}: a line reaches the edge");
                assert!(empty(rows.last().unwrap()), "{name} {size:?}: the foot is cut");
                assert!(!seen.contains(&picture.rgb), "{name} looks like another");
                seen.push(picture.rgb);
            }
        }
    }

    #[test]
    fn what_is_not_known_yet_leaves_no_empty_words() {
        let nothing = BareContent {
            terminal: String::new(),
            phone: String::new(),
            state: BareState::NotInService { code: "N1" },
        };
        assert_eq!(foot(&nothing), "N1");
        assert_eq!(foot(&content(BareState::Starting)), "almaty-001");
        keep("unknown", &bare_screen(&nothing, (1280, 800)).unwrap());
    }

    #[test]
    fn a_size_that_no_display_has_is_an_error() {
        for size in [(0, 600), (1024, 0), (1024, 100_000)] {
            assert!(bare_screen(&content(BareState::Starting), size).is_err(), "{size:?}");
        }
    }

    #[test]
    fn every_letter_has_a_glyph() {
        let fonts = Fonts::load().unwrap();
        for text in NOT_IN_SERVICE.into_iter().chain(STARTING).chain(CALL).chain([" · +\u{a0}0123456789N"]) {
            for weight in [Weight::Regular, Weight::Bold] {
                assert!(
                    text.chars().all(|letter| fonts.font(weight).glyph(letter).id() != GlyphId(0)),
                    "{text}"
                );
            }
        }
    }
}
