//! The screen in memory that a window without a display draws into (rig).

use slint::Rgb8Pixel;
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};

/// The last picture of a window.
#[derive(Default)]
pub struct Canvas {
    pixels: Vec<Rgb8Pixel>,
    width: u32,
    height: u32,
    number: u64,
}

impl Canvas {
    /// Draws what changed since the picture before, or everything where the window has another size.
    pub fn draw(&mut self, window: &MinimalSoftwareWindow) {
        let size = window.size();
        let columns = usize::try_from(size.width).unwrap_or(0);
        let count = columns.saturating_mul(usize::try_from(size.height).unwrap_or(0));
        if count == 0 {
            return;
        }
        let kind = if (self.width, self.height) == (size.width, size.height) {
            RepaintBufferType::ReusedBuffer
        } else {
            self.pixels = vec![Rgb8Pixel::default(); count];
            (self.width, self.height) = (size.width, size.height);
            window.request_redraw();
            RepaintBufferType::NewBuffer
        };
        let drawn = window.draw_if_needed(|renderer| {
            renderer.set_repaint_buffer_type(kind);
            renderer.render(&mut self.pixels, columns);
        });
        if drawn {
            self.number = self.number.saturating_add(1);
        }
    }

    /// Columns and rows of the last picture.
    #[must_use]
    pub const fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Pictures drawn so far.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The last picture: 3 bytes a pixel, rows from the top.
    #[must_use]
    pub fn rgb(&self) -> Vec<u8> {
        self.pixels.iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect()
    }

    /// The last picture as PNG.
    ///
    /// # Errors
    /// What the encoder says of it.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgb())?;
        writer.finish()?;
        Ok(bytes)
    }
}
