//! Decides how a picture is held in memory and carried as PNG. What is drawn or recognised is told elsewhere.

use std::io::Cursor;

/// Smallest accepted side of a picture handed in, in pixels.
pub const SIDE_MIN: u32 = 64;
/// Largest accepted side of a picture handed in, in pixels: bounds what a hostile header can make us allocate.
pub const SIDE_MAX: u32 = 4096;

/// Why a picture could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Not a PNG, or a damaged one.
    #[error("the picture is not a readable PNG; take it again")]
    Undecodable(#[source] png::DecodingError),
    /// A side is out of range.
    #[error("the picture is {width} by {height} pixels; each side must be {SIDE_MIN} to {SIDE_MAX}")]
    Size {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// The encoder refused; only memory can be the reason.
    #[error("the picture could not be written as PNG")]
    Unwritable(#[source] png::EncodingError),
}

/// An 8-bit RGB picture, rows from the top, three bytes a pixel.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// `width * height * 3` bytes.
    pub rgb: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}

impl Picture {
    /// The pixel at a place, clamped to the edge.
    #[must_use]
    pub fn at(&self, x: i64, y: i64) -> [u8; 3] {
        let clamp = |v: i64, len: usize| usize::try_from(v.max(0)).unwrap_or(0).min(len.saturating_sub(1));
        let start = (clamp(y, self.height) * self.width + clamp(x, self.width)) * 3;
        match self.rgb.get(start..start + 3) {
            Some([r, g, b]) => [*r, *g, *b],
            Some(_) | None => [0; 3],
        }
    }

    /// Writes the picture as PNG.
    ///
    /// # Errors
    /// [`PictureError::Unwritable`].
    pub fn to_png(&self) -> Result<Vec<u8>, PictureError> {
        let mut bytes = Vec::new();
        let side = |v: usize| u32::try_from(v).unwrap_or(u32::MAX);
        let mut encoder = png::Encoder::new(&mut bytes, side(self.width), side(self.height));
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header().map_err(PictureError::Unwritable)?;
        writer.write_image_data(&self.rgb).map_err(PictureError::Unwritable)?;
        writer.finish().map_err(PictureError::Unwritable)?;
        Ok(bytes)
    }

    /// Reads a PNG of any colour type as RGB.
    ///
    /// # Errors
    /// [`PictureError::Undecodable`] or [`PictureError::Size`]; the size is judged before pixels are allocated.
    pub fn from_png(bytes: &[u8]) -> Result<Self, PictureError> {
        let mut decoder = png::Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(PictureError::Undecodable)?;
        let (width, height) = reader.info().size();
        let range = SIDE_MIN..=SIDE_MAX;
        if !range.contains(&width) || !range.contains(&height) {
            return Err(PictureError::Size { width, height });
        }
        let size = reader.output_buffer_size().ok_or(PictureError::Size { width, height })?;
        let mut raw = vec![0; size];
        let info = reader.next_frame(&mut raw).map_err(PictureError::Undecodable)?;
        raw.truncate(info.buffer_size());
        let rgb = match info.color_type {
            png::ColorType::Rgb => raw,
            png::ColorType::Rgba => {
                raw.chunks_exact(4).flat_map(|p| p.iter().take(3).copied().collect::<Vec<_>>()).collect()
            }
            png::ColorType::Grayscale | png::ColorType::Indexed => {
                raw.iter().flat_map(|&v| [v, v, v]).collect()
            }
            png::ColorType::GrayscaleAlpha => raw
                .chunks_exact(2)
                .flat_map(|p| p.iter().take(1).cycle().take(3).copied().collect::<Vec<_>>())
                .collect(),
        };
        Ok(Self { width: width as usize, height: height as usize, rgb })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_back_from_png_unchanged() {
        let rgb: Vec<u8> = (0..80 * 64 * 3).map(|i: u32| (i * 7 % 251) as u8).collect();
        let picture = Picture { width: 80, height: 64, rgb };
        assert_eq!(Picture::from_png(&picture.to_png().unwrap()).unwrap(), picture);
    }

    #[test]
    fn grey_and_transparent_pngs_are_read_as_rgb() {
        for (colour, samples) in
            [(png::ColorType::Grayscale, 1), (png::ColorType::GrayscaleAlpha, 2), (png::ColorType::Rgba, 4)]
        {
            let mut bytes = Vec::new();
            let mut encoder = png::Encoder::new(&mut bytes, 64, 64);
            encoder.set_color(colour);
            encoder.set_depth(png::BitDepth::Eight);
            let mut writer = encoder.write_header().unwrap();
            writer.write_image_data(&vec![90; 64 * 64 * samples]).unwrap();
            writer.finish().unwrap();
            assert_eq!(Picture::from_png(&bytes).unwrap().rgb, vec![90; 64 * 64 * 3], "{colour:?}");
        }
    }

    #[test]
    fn damaged_and_outsized_pictures_are_refused() {
        let whole = Picture { width: 64, height: 64, rgb: vec![7; 64 * 64 * 3] }.to_png().unwrap();
        for cut in [0, 1, 20, whole.len() / 2] {
            assert!(matches!(Picture::from_png(&whole[..cut]), Err(PictureError::Undecodable(_))), "{cut}");
        }
        let small = Picture { width: 63, height: 64, rgb: vec![7; 63 * 64 * 3] }.to_png().unwrap();
        assert!(matches!(Picture::from_png(&small), Err(PictureError::Size { width: 63, height: 64 })));
        let wide = Picture { width: 4097, height: 64, rgb: vec![7; 4097 * 64 * 3] }.to_png().unwrap();
        assert!(matches!(Picture::from_png(&wide), Err(PictureError::Size { width: 4097, .. })));
    }
}
