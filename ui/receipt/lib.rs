//! Receipts: what is printed after a payout, as a 1-bit picture for any printer; the status panel in the same way; and the
//! bare screen, which stands on a display while there is no window.
//!
//! Decides words, order and look. Knows no printer and no person: there is no field for a name or an IIN. Kazakh stands
//! first, then Russian, or English where the visit was in English, in the same size (B16).

mod bare;
mod canvas;
mod fonts;
mod layout;
mod panel;
mod repayment;
mod slip;
mod texts;

use senim_domain::rule_pack::ByLanguage;
use senim_domain::{Language, Tiyn, UtcMillis};
use senim_hal::receipt_printer::Raster;

pub use bare::{BareContent, BarePicture, BareState, bare_screen};
pub use repayment::{RepaymentContent, Used};
pub use slip::SlipContent;

pub use panel::{PANEL_HEIGHT, PANEL_WIDTH, PanelContent, PanelState, status_panel};

/// Paper of the printer, by the width of its roll; 8 dots a millimetre.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paper {
    /// 80 mm, of which 72 are printed on.
    #[default]
    Mm80,
    /// 58 mm, of which 48 are printed on.
    Mm58,
}

impl Paper {
    /// The paper of a roll so wide, if there is one.
    #[must_use]
    pub const fn of_mm(width: u32) -> Option<Self> {
        match width {
            80 => Some(Self::Mm80),
            58 => Some(Self::Mm58),
            _ => None,
        }
    }

    /// Dots across.
    #[must_use]
    pub const fn dots(self) -> u32 {
        match self {
            Self::Mm80 => 576,
            Self::Mm58 => 384,
        }
    }
}

/// What the receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Name of the MFO.
    pub mfo: ByLanguage<String>,
    /// Its licence: number and date.
    pub licence: ByLanguage<String>,
    /// Support phone.
    pub phone: String,
    /// Terminal's name.
    pub terminal: String,
    /// When the payout ended.
    pub at: UtcMillis,
    /// Number of the operation, as on the screen; ASCII.
    pub reference: String,
    /// What was asked for.
    pub requested: Tiyn,
    /// What was given for certain.
    pub paid: Tiyn,
    /// Notes given for certain.
    pub notes: Vec<Notes>,
    /// How it ended.
    pub outcome: Outcome,
    /// Language of the visit; decides the second language.
    pub language: Language,
    /// Whether this is printed again.
    pub copy: bool,
}

/// Notes of one denomination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notes {
    /// Face value in whole tenge.
    pub face_tenge: u32,
    /// How many.
    pub count: u32,
}

/// How a payout ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it, for certain.
    Complete,
    /// Less than asked for, for certain.
    Short,
    /// The device does not know how much came out.
    Uncertain,
}

/// Why there is no receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The embedded font cannot be read.
    #[error("the receipt's font is broken; rebuild with fonts-noto-core installed")]
    Font,
    /// The reference does not fit a QR code.
    #[error("the reference does not fit a QR code: {0}")]
    Reference(String),
    /// The picture could not be encoded.
    #[error("the receipt's picture cannot be written: {0}")]
    Picture(String),
}

/// Draws the receipt, as wide as the paper.
///
/// # Errors
/// [`ReceiptError::Font`], [`ReceiptError::Reference`].
pub fn draw(content: &Content, paper: Paper) -> Result<Raster, ReceiptError> {
    let fonts = fonts::Fonts::load()?;
    layout::draw(&texts::blocks(content), &fonts, paper)
}

/// Draws the receipt of a repayment, as wide as the paper.
///
/// # Errors
/// [`ReceiptError::Font`], [`ReceiptError::Reference`].
pub fn draw_repayment(content: &RepaymentContent, paper: Paper) -> Result<Raster, ReceiptError> {
    let fonts = fonts::Fonts::load()?;
    layout::draw(&repayment::blocks(content), &fonts, paper)
}

/// Draws a slip of the cabinet, as wide as the paper.
///
/// # Errors
/// [`ReceiptError::Font`].
pub fn draw_slip(content: &SlipContent, paper: Paper) -> Result<Raster, ReceiptError> {
    let fonts = fonts::Fonts::load()?;
    layout::draw(&slip::blocks(content), &fonts, paper)
}

/// What stands at the head of every receipt.
pub(crate) struct Head<'a> {
    pub mfo: &'a str,
    pub licence: &'a str,
    pub phone: &'a str,
    pub terminal: &'a str,
    pub at: UtcMillis,
    pub reference: &'a str,
}

/// A raster as a PNG for people: black on white.
///
/// # Errors
/// [`ReceiptError::Picture`].
pub fn png(raster: &Raster) -> Result<Vec<u8>, ReceiptError> {
    let failed = |error: png::EncodingError| ReceiptError::Picture(error.to_string());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, raster.width, raster.height());
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().map_err(failed)?;
    let white_is_one: Vec<u8> = raster.rows.iter().map(|byte| !byte).collect();
    writer.write_image_data(&white_is_one).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}
