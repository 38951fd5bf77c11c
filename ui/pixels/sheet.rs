//! Many pictures on one, small (rig).

/// A sheet of pictures of one size, in rows from the top. Rough colours, so that its file stays small.
#[derive(Debug)]
pub struct Sheet {
    columns: usize,
    /// A side of a picture's pixels that become one.
    scale: usize,
    size: (usize, usize),
    pictures: Vec<Vec<[u8; 3]>>,
}

/// Pixels between two pictures.
const GAP: usize = 4;
/// What is between them.
const GROUND: [u8; 3] = [0x80; 3];
/// Steps of each channel in a sheet.
const STEP: u8 = 17;

impl Sheet {
    /// An empty sheet of `columns` pictures a row, each as many times smaller as `scale` says, each at least once.
    #[must_use]
    pub fn new(columns: usize, scale: usize) -> Self {
        Self { columns: columns.max(1), scale: scale.max(1), size: (0, 0), pictures: Vec::new() }
    }

    /// Adds a picture: 3 bytes a pixel, rows from the top. The first tells the size of all; others are cut or left out to it.
    pub fn add(&mut self, (width, height): (u32, u32), rgb: &[u8]) {
        let side = |pixels: u32| usize::try_from(pixels).unwrap_or(0);
        let (width, height) = (side(width), side(height));
        if self.pictures.is_empty() {
            self.size = (width / self.scale, height / self.scale);
        }
        let mut small = Vec::with_capacity(self.size.0.saturating_mul(self.size.1));
        for y in 0..self.size.1 {
            for x in 0..self.size.0 {
                small.push(self.mean(width, rgb, (x * self.scale, y * self.scale)));
            }
        }
        self.pictures.push(small);
    }

    fn mean(&self, width: usize, rgb: &[u8], (left, top): (usize, usize)) -> [u8; 3] {
        let mut sums = [0_usize; 3];
        for y in top..top + self.scale {
            for x in left..left + self.scale {
                let at = (y * width + x) * 3;
                for (sum, channel) in sums.iter_mut().zip(rgb.get(at..at + 3).unwrap_or(&GROUND)) {
                    *sum += usize::from(*channel);
                }
            }
        }
        sums.map(|sum| {
            let mean = u8::try_from(sum / (self.scale * self.scale)).unwrap_or(u8::MAX);
            (mean.saturating_add(STEP / 2) / STEP).saturating_mul(STEP)
        })
    }

    /// The sheet as PNG.
    ///
    /// # Errors
    /// What the encoder says of it; a sheet without pictures is none.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let rows = self.pictures.len().div_ceil(self.columns);
        let columns = self.columns.min(self.pictures.len());
        let width = columns * (self.size.0 + GAP) + GAP;
        let height = rows * (self.size.1 + GAP) + GAP;
        let mut rgb = vec![GROUND; width * height];
        for (number, picture) in self.pictures.iter().enumerate() {
            let left = GAP + number % self.columns * (self.size.0 + GAP);
            let top = GAP + number / self.columns * (self.size.1 + GAP);
            for (y, row) in picture.chunks(self.size.0.max(1)).enumerate() {
                let at = (top + y) * width + left;
                if let Some(place) = rgb.get_mut(at..at + row.len()) {
                    place.copy_from_slice(row);
                }
            }
        }
        let mut bytes = Vec::new();
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(0);
        let mut encoder = png::Encoder::new(&mut bytes, side(width), side(height));
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(rgb.as_flattened())?;
        writer.finish()?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_in_rows_smaller_and_in_rough_colours() {
        let mut sheet = Sheet::new(2, 2);
        for shade in [0, 100, 255] {
            sheet.add((4, 2), &[shade; 4 * 2 * 3]);
        }
        let png = sheet.png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut rgb).unwrap();
        // Two columns of two pixels, two rows of one, and what is between.
        assert_eq!((info.width, info.height), (16, 14));
        let at = |x: usize, y: usize| rgb[(y * 16 + x) * 3];
        assert_eq!([at(4, 4), at(5, 4), at(10, 4), at(4, 9), at(10, 9)], [0, 0, 102, 255, GROUND[0]]);
        assert_eq!(at(0, 0), GROUND[0]);
    }

    #[test]
    fn a_picture_that_is_too_small_and_a_sheet_without_any_stop_nothing() {
        let mut sheet = Sheet::new(1, 2);
        sheet.add((4, 4), &[9; 7]);
        assert!(sheet.png().is_ok());
        assert!(Sheet::new(1, 1).png().is_ok_and(|png| !png.is_empty()));
    }
}
