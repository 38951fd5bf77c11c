//! A frame, and how light it is.

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

impl<'a> Picture<'a> {
    /// Takes a frame. Any size is a picture, also none at all; whether it is large enough is the caller's to say.
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

    /// How light it is. An empty frame is black. Whole numbers only: a frame has one measure on every processor.
    #[must_use]
    pub fn light(&self) -> Light {
        let (mut count, mut sum, mut squares) = (0_u64, 0_u64, 0_u64);
        for pixel in self.rgb.chunks_exact(3) {
            let luma = luma_of(pixel);
            count += 1;
            sum += luma;
            squares += luma * luma;
        }
        let mean = |sum: u64| sum.checked_div(count).unwrap_or_default();
        let spread = u128::from(squares) * u128::from(count) - u128::from(sum) * u128::from(sum);
        let variance = spread.checked_div(u128::from(count) * u128::from(count)).unwrap_or_default();
        Light {
            mean: u8::try_from(mean(sum)).unwrap_or(u8::MAX),
            deviation: u8::try_from(variance.isqrt()).unwrap_or(u8::MAX),
        }
    }
}

/// How light a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Light {
    /// Mean luma, 0 to 255, rounded down.
    pub mean: u8,
    /// Standard deviation of luma, 0 to 127, rounded down.
    pub deviation: u8,
}

/// Mean luma below which a frame is black, whatever else is in it.
const BLACK: u8 = 12;
/// Deviation below which a frame is of one colour: a hand over the lens in bright light is red or grey, not black.
const ONE_COLOUR: u8 = 6;

impl Light {
    /// Whether something seems to cover the lens, or the room is dark.
    #[must_use]
    pub const fn is_covered(self) -> bool {
        self.mean < BLACK || self.deviation < ONE_COLOUR
    }
}

/// Luma by the weights of ITU-R BT.601 in 256ths.
fn luma_of(pixel: &[u8]) -> u64 {
    let &[red, green, blue] = pixel else { return 0 };
    (77 * u64::from(red) + 150 * u64::from(green) + 29 * u64::from(blue)) >> 8
}

/// Says the size only: a frame shows a person.
impl std::fmt::Debug for Picture<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn light(width: u32, height: u32, luma: impl Fn(u32, u32) -> u8) -> Light {
        let rgb: Vec<u8> = (0..width * height).flat_map(|at| [luma(at % width, at / width); 3]).collect();
        Picture::new(width, height, &rgb).unwrap().light()
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
    fn one_colour_has_its_luma_and_no_deviation_and_halves_have_that_of_arithmetic() {
        for value in [0, 1, 127, 128, 255] {
            assert_eq!(light(8, 5, |_, _| value), Light { mean: value, deviation: 0 });
        }
        assert_eq!(light(12, 4, |x, _| if x < 6 { 0 } else { 200 }), Light { mean: 100, deviation: 100 });
        assert_eq!(Picture::new(0, 7, &[]).unwrap().light(), Light { mean: 0, deviation: 0 });
    }

    #[test]
    fn black_and_one_colour_are_a_covered_lens_and_a_dim_room_is_not() {
        assert!(light(8, 8, |x, _| u8::try_from(x).unwrap()).is_covered(), "black with noise");
        assert!(light(8, 8, |x, _| 180 + u8::try_from(x).unwrap()).is_covered(), "a hand in bright light");
        assert!(!light(8, 8, |x, _| 10 + 5 * u8::try_from(x).unwrap()).is_covered());
    }

    #[test]
    fn debug_output_shows_no_pixels() {
        assert_eq!(format!("{:?}", Picture::new(1, 1, &[1, 2, 3]).unwrap()), "Picture(1x1)");
    }
}
