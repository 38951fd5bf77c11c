//! What is measured in a frame: mean and deviation of luma, and how much fine detail there is.
//!
//! Only the middle half of width and height counts: there the person is asked to stand. A bright window behind a dark
//! face, or a sharp wall behind a blurred one, must not make the frame good.
//!
//! Whole numbers only, so that a frame has one measure on every processor. What the measures mean is decided in
//! [`crate::verdict`].

use zeroize::Zeroizing;

/// A frame: rows from the top, three bytes a pixel (red, green, blue). Borrowed: the picture stays where it is wiped.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    width: u32,
    height: u32,
    rgb: &'a [u8],
}

/// Why bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The buffer does not hold `width × height × 3` bytes.
    #[error("a frame of {width} × {height} pixels cannot have {bytes} bytes; check the camera's format")]
    WrongLength {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Bytes that came.
        bytes: usize,
    },
}

/// Measures of the middle of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measures {
    /// Mean luma, 0 to 255, rounded.
    pub mean_luma: u8,
    /// Standard deviation of luma, 0 to 127, rounded down.
    pub luma_deviation: u8,
    /// Variance of the Laplacian of luma (four neighbours) over pixels with all neighbours; 0 when there are none.
    pub sharpness: u32,
}

impl<'a> Picture<'a> {
    /// Takes a frame. Any size is a picture, also none at all; whether it is large enough is for [`crate::judge`].
    ///
    /// # Errors
    /// [`PictureError::WrongLength`].
    pub fn new(width: u32, height: u32, rgb: &'a [u8]) -> Result<Self, PictureError> {
        if u128::from(width) * u128::from(height) * 3 == rgb.len() as u128 {
            Ok(Self { width, height, rgb })
        } else {
            Err(PictureError::WrongLength { width, height, bytes: rgb.len() })
        }
    }

    /// Rows from the top, three bytes a pixel.
    pub(crate) const fn rgb(&self) -> &'a [u8] {
        self.rgb
    }

    /// Pixels across and down.
    #[must_use]
    pub const fn dimensions(&self) -> (u32, u32) {
        (self.width, self.height)
    }
}

/// Says the size only: a frame shows a person.
impl std::fmt::Debug for Picture<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}

/// Measures the middle of a frame in one pass. An empty frame measures as black.
#[must_use]
pub fn measure(picture: &Picture<'_>) -> Measures {
    let (left, columns) = middle_half(picture.width);
    let (top, rows) = middle_half(picture.height);
    let row_bytes = usize::try_from(picture.width).unwrap_or_default().saturating_mul(3).max(1);
    let mut luma = Tally::default();
    let mut detail = Tally::default();
    // Three rows of luma are enough for the Laplacian; they show a strip of the person and are wiped.
    let [mut above, mut middle, mut below] = [(); 3].map(|()| Zeroizing::new(Vec::with_capacity(columns)));
    for row in picture.rgb.chunks_exact(row_bytes).skip(top).take(rows) {
        below.clear();
        below.extend(row.chunks_exact(3).skip(left).take(columns).map(luma_of));
        for value in below.iter() {
            luma.add(i64::from(*value));
        }
        for ((up, line), down) in above.iter().skip(1).zip(middle.windows(3)).zip(below.iter().skip(1)) {
            if let [left, here, right] = line {
                let around = i64::from(*up) + i64::from(*down) + i64::from(*left) + i64::from(*right);
                detail.add(around - 4 * i64::from(*here));
            }
        }
        std::mem::swap(&mut above, &mut middle);
        std::mem::swap(&mut middle, &mut below);
    }
    Measures {
        mean_luma: u8::try_from(luma.mean_rounded()).unwrap_or(u8::MAX),
        luma_deviation: u8::try_from(luma.variance().isqrt()).unwrap_or(u8::MAX),
        sharpness: u32::try_from(detail.variance()).unwrap_or(u32::MAX),
    }
}

/// Where the middle half begins and how long it is; rounded outwards.
fn middle_half(length: u32) -> (usize, usize) {
    let length = usize::try_from(length).unwrap_or_default();
    (length / 4, length - length / 4 * 2)
}

/// Luma by the weights of ITU-R BT.601 in 256ths.
fn luma_of(pixel: &[u8]) -> u8 {
    let &[red, green, blue] = pixel else { return 0 };
    let weighted = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
    u8::try_from(weighted >> 8).unwrap_or(u8::MAX)
}

/// Sums from which mean and variance follow exactly. Values of ±1,020 over 2^32 pixels fit with room.
#[derive(Default)]
struct Tally {
    count: i64,
    sum: i64,
    squares: i64,
}

impl Tally {
    fn add(&mut self, value: i64) {
        self.count += 1;
        self.sum += value;
        self.squares += value * value;
    }

    fn mean_rounded(&self) -> u64 {
        let doubled = self.sum.saturating_mul(2).saturating_add(self.count);
        u64::try_from(doubled.checked_div(self.count * 2).unwrap_or_default()).unwrap_or_default()
    }

    fn variance(&self) -> u64 {
        let (count, sum) = (i128::from(self.count), i128::from(self.sum));
        let spread = i128::from(self.squares) * count - sum * sum;
        u64::try_from(spread.checked_div(count * count).unwrap_or_default()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(width: u32, height: u32, rgb: &[u8]) -> Measures {
        measure(&Picture::new(width, height, rgb).unwrap())
    }

    fn grey(width: usize, height: usize, luma: impl Fn(usize, usize) -> u8) -> Vec<u8> {
        (0..width * height).flat_map(|at| [luma(at % width, at / width); 3]).collect()
    }

    #[test]
    fn a_buffer_of_any_other_length_is_no_picture() {
        for (width, height, bytes) in [(4, 4, 47), (4, 4, 49), (4, 4, 0), (0, 9, 3), (u32::MAX, u32::MAX, 48)]
        {
            let buffer = vec![0; bytes];
            assert_eq!(
                Picture::new(width, height, &buffer).unwrap_err(),
                PictureError::WrongLength { width, height, bytes }
            );
        }
    }

    #[test]
    fn one_colour_has_its_luma_no_deviation_and_no_detail() {
        for value in [0, 1, 127, 128, 255] {
            let measures = measured(8, 5, &grey(8, 5, |_, _| value));
            assert_eq!(measures, Measures { mean_luma: value, luma_deviation: 0, sharpness: 0 });
        }
    }

    #[test]
    fn green_counts_most_and_blue_least() {
        let luma = |pixel: [u8; 3]| measured(1, 1, &pixel).mean_luma;
        assert_eq!((luma([255, 0, 0]), luma([0, 255, 0]), luma([0, 0, 255])), (76, 149, 28));
    }

    #[test]
    fn halves_of_black_and_white_have_the_deviation_of_arithmetic() {
        let measures = measured(12, 4, &grey(12, 4, |x, _| if x < 6 { 0 } else { 200 }));
        assert_eq!((measures.mean_luma, measures.luma_deviation), (100, 100));
    }

    #[test]
    fn sharpness_is_the_variance_of_the_laplacian_reckoned_by_hand() {
        // The middle half of 8 × 8 is 4 × 4 from (2, 2), with 2 × 2 pixels that have all neighbours in it.
        let measures = measured(8, 8, &grey(8, 8, |x, y| if (x, y) == (3, 3) { 100 } else { 0 }));
        // They see −400, 100, 100, 0: Σ = −200, Σ² = 180,000; variance 45,000 − 2,500.
        assert_eq!(measures.sharpness, 42_500);
        assert_eq!(measures.mean_luma, 6);
    }

    #[test]
    fn an_even_slope_has_deviation_and_no_detail() {
        let measures = measured(120, 80, &grey(120, 80, |x, y| u8::try_from(x + y).unwrap()));
        assert_eq!(measures.sharpness, 0);
        assert!(measures.luma_deviation > 15);
    }

    #[test]
    fn only_the_middle_half_is_measured_and_all_of_it() {
        let frame = |inside: bool| {
            let edge = |at: usize, length: usize| at < length / 4 || at >= length - length / 4;
            grey(41, 31, move |x, y| if (edge(x, 41) || edge(y, 31)) == inside { 0 } else { 90 })
        };
        assert_eq!(
            measured(41, 31, &frame(true)),
            Measures { mean_luma: 90, luma_deviation: 0, sharpness: 0 }
        );
        assert_eq!(
            measured(41, 31, &frame(false)),
            Measures { mean_luma: 0, luma_deviation: 0, sharpness: 0 }
        );
    }

    #[test]
    fn frames_too_small_for_a_neighbourhood_measure_without_detail() {
        for (width, height) in [(0, 0), (0, 7), (7, 0), (1, 1), (2, 2), (1, 9), (9, 2)] {
            let rgb = grey(width as usize, height as usize, |x, y| if (x + y) % 2 == 0 { 255 } else { 0 });
            assert_eq!(measured(width, height, &rgb).sharpness, 0, "{width} × {height}");
        }
    }

    #[test]
    fn debug_output_shows_no_pixels() {
        assert_eq!(format!("{:?}", Picture::new(1, 1, &[1, 2, 3]).unwrap()), "Picture(1x1)");
    }
}
