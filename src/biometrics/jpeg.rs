//! Frames as JPEG, for the evidence of a check: small enough for a seal, good enough for a person to look at.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder as _};
use senim_domain::SecretBytes;
use zeroize::Zeroizing;

use crate::liveness::MAX_JPEG;
use crate::picture::Picture;

/// Most pixels across or down: larger frames are made smaller by leaving out rows and columns.
const MAX_SIDE: u32 = 1_280;
/// Qualities in turn until the picture is small enough.
const QUALITIES: [u8; 4] = [90, 75, 50, 25];

/// Why a frame is no JPEG.
#[derive(Debug, thiserror::Error)]
pub enum JpegError {
    /// It has no pixels, or more than a JPEG can have.
    #[error("a frame of {width} × {height} pixels is no JPEG")]
    Size {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// It is longer than evidence permits at every quality.
    #[error("the picture has more than {MAX_JPEG} bytes at the lowest quality")]
    TooLong,
}

/// Encodes a frame.
///
/// # Errors
/// [`JpegError`].
pub(crate) fn encode(picture: &Picture<'_>) -> Result<SecretBytes, JpegError> {
    let (width, height) = picture.dimensions();
    let step = width.max(height).div_ceil(MAX_SIDE).max(1);
    let thinned;
    let (across, down, rgb) = if step == 1 {
        (width, height, picture.rgb())
    } else {
        thinned = thin(picture, step);
        (width.div_ceil(step), height.div_ceil(step), thinned.as_slice())
    };
    for quality in QUALITIES {
        // Room that need not be moved: a copy left behind would still show the person.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_JPEG * 4));
        JpegEncoder::new_with_quality(&mut *bytes, quality)
            .write_image(rgb, across, down, ExtendedColorType::Rgb8)
            .map_err(|_| JpegError::Size { width, height })?;
        if bytes.len() <= MAX_JPEG {
            return Ok(SecretBytes::new(bytes.as_slice().to_vec()));
        }
    }
    Err(JpegError::TooLong)
}

fn thin(picture: &Picture<'_>, step: u32) -> Zeroizing<Vec<u8>> {
    let (width, height) = picture.dimensions();
    let index = |value: u32| usize::try_from(value).unwrap_or(usize::MAX);
    let (step, width) = (index(step), index(width).max(1));
    let mut rgb = Zeroizing::new(Vec::with_capacity((width / step + 1) * (index(height) / step + 1) * 3));
    for row in picture.rgb().chunks_exact(width * 3).step_by(step) {
        for pixel in row.chunks_exact(3).step_by(step) {
            rgb.extend_from_slice(pixel);
        }
    }
    rgb
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(width: u32, height: u32, value: impl Fn(u32, u32) -> u8) -> Vec<u8> {
        (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .flat_map(|(x, y)| [value(x, y); 3])
            .collect()
    }

    fn decoded(jpeg: &SecretBytes) -> image::RgbImage {
        image::load_from_memory_with_format(jpeg.expose(), image::ImageFormat::Jpeg).unwrap().to_rgb8()
    }

    #[test]
    fn a_frame_comes_back_from_its_jpeg_nearly_as_it_was() {
        let rgb = frame(64, 48, |x, y| u8::try_from(x * 2 + y).unwrap());
        let back = decoded(&encode(&Picture::new(64, 48, &rgb).unwrap()).unwrap());
        assert_eq!(back.dimensions(), (64, 48));
        assert!(back.as_raw().iter().zip(&rgb).all(|(one, two)| one.abs_diff(*two) < 12));
    }

    #[test]
    fn noise_is_encoded_until_it_fits_and_a_huge_frame_is_made_smaller() {
        let mut random = fastrand::Rng::with_seed(1);
        let rgb: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(1_280 * 960 * 3).collect();
        let noise = encode(&Picture::new(1_280, 960, &rgb).unwrap());
        assert!(matches!(noise, Err(JpegError::TooLong)) || noise.unwrap().expose().len() <= MAX_JPEG);
        let rgb = frame(3_840, 2_160, |x, _| if x < 1_920 { 20 } else { 220 });
        let back = decoded(&encode(&Picture::new(3_840, 2_160, &rgb).unwrap()).unwrap());
        assert_eq!(back.dimensions(), (1_280, 720));
        assert!(back.get_pixel(100, 300).0[0] < 40 && back.get_pixel(1_200, 300).0[0] > 200);
    }

    #[test]
    fn an_empty_frame_is_no_jpeg() {
        let empty = encode(&Picture::new(0, 0, &[]).unwrap());
        assert!(matches!(empty, Err(JpegError::Size { width: 0, height: 0 })));
    }
}
