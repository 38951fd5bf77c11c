//! Pages of a document as pictures.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};

use senim_domain::SecretBytes;

use crate::read::ReadError;

/// A page as RGB, three bytes a pixel, rows from the top.
pub struct Picture {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The pixels; a page names its client.
    pub rgb: SecretBytes,
}

/// A document opened for showing.
pub struct Pages {
    pdf: Pdf,
}

impl Pages {
    /// Opens it.
    ///
    /// # Errors
    /// [`ReadError::NotPdf`], also for one without pages.
    pub fn open(pdf: &SecretBytes) -> Result<Self, ReadError> {
        let pdf = Pdf::new(pdf.expose().to_vec()).map_err(|_| ReadError::NotPdf)?;
        if pdf.pages().is_empty() { Err(ReadError::NotPdf) } else { Ok(Self { pdf }) }
    }

    /// How many pages there are, at least one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pdf.pages().len()
    }

    /// A page, from 0, `width` pixels wide (100 to 4,000).
    #[must_use]
    pub fn draw(&self, page: usize, width: u32) -> Option<Picture> {
        let page = self.pdf.pages().get(page)?;
        let wanted = f32::from(u16::try_from(width.clamp(100, 4_000)).ok()?);
        let scale = wanted / page.render_dimensions().0.max(1.0);
        let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
        let pixmap = render(
            page,
            &RenderCache::new(),
            &InterpreterSettings::default(),
            &RenderSettings::default(),
            &settings,
        );
        let (width, height) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
        let mut rgb = Vec::with_capacity(usize::from(pixmap.width()) * usize::from(pixmap.height()) * 3);
        for pixel in pixmap.data() {
            // On a white ground nothing is transparent.
            rgb.extend([pixel.r, pixel.g, pixel.b]);
        }
        Some(Picture { width, height, rgb: SecretBytes::new(rgb) })
    }
}
