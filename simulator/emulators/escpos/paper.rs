//! The paper: rows of dots since the last cut, and what a cut-off receipt looks like as PNG.

/// Most rows one receipt may have (about 5 m at 8 dots/mm); a host that never cuts must not eat the memory.
const MAX_ROWS: usize = 40_000;

/// A piece of paper between two cuts.
#[derive(Debug)]
pub(super) struct Paper {
    bytes_per_row: usize,
    rows: Vec<Vec<u8>>,
    inked_rows: u64,
}

impl Paper {
    /// Paper of `width_dots`, a multiple of 8.
    pub(super) fn new(width_dots: u16) -> Self {
        Self { bytes_per_row: usize::from(width_dots / 8).max(1), rows: Vec::new(), inked_rows: 0 }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Image rows printed since the emulator started.
    pub(super) fn inked_rows(&self) -> u64 {
        self.inked_rows
    }

    /// Prints one row; what reaches beyond the paper is lost.
    pub(super) fn print(&mut self, row: &[u8], double_width: bool, double_height: bool) {
        let mut dots: Vec<u8> = if double_width {
            row.iter().flat_map(|byte| widened(*byte).to_be_bytes()).collect()
        } else {
            row.to_vec()
        };
        dots.resize(self.bytes_per_row, 0);
        if double_height {
            self.push(dots.clone());
        }
        self.push(dots);
        self.inked_rows = self.inked_rows.saturating_add(1);
    }

    pub(super) fn feed(&mut self, dots: u32) {
        for _ in 0..dots {
            self.push(vec![0; self.bytes_per_row]);
        }
    }

    /// Takes the piece off; `None` if nothing came out since the last cut.
    pub(super) fn cut(&mut self) -> Option<Result<Vec<u8>, png::EncodingError>> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return None;
        }
        Some(encode(self.bytes_per_row, &rows))
    }

    fn push(&mut self, row: Vec<u8>) {
        if self.rows.len() < MAX_ROWS {
            self.rows.push(row);
        }
    }
}

/// Each dot twice.
fn widened(byte: u8) -> u16 {
    (0..8u16).fold(0, |wide, bit| if byte >> bit & 1 == 1 { wide | 0b11 << (bit * 2) } else { wide })
}

fn encode(bytes_per_row: usize, rows: &[Vec<u8>]) -> Result<Vec<u8>, png::EncodingError> {
    let width = u32::try_from(bytes_per_row.saturating_mul(8)).unwrap_or(u32::MAX);
    let height = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header()?;
    // On the line 1 is black, in a greyscale PNG 0 is.
    let dots: Vec<u8> = rows.iter().flatten().map(|byte| !byte).collect();
    writer.write_image_data(&dots)?;
    writer.finish()?;
    Ok(file)
}
