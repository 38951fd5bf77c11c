//! A camera's bytes as a frame: YUYV and MJPEG, nothing else. Total: whatever a driver gives is a frame or a fault.

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};
use nokhwa::pixel_format::RgbFormat;
use nokhwa::utils::{FrameFormat, Resolution};
use senim_domain::{Mono, SecretBytes};
use senim_hal::camera::Frame;
use senim_hal::{Error, ErrorKind};

/// How a camera writes a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelFormat {
    /// Four bytes for two pixels.
    Yuyv,
    /// One JPEG a frame.
    Mjpeg,
}

/// Most pixels across or down.
const SIDE_MAX: u32 = 4_096;
/// Where a JPEG begins, and where it ends.
const JPEG: ([u8; 2], [u8; 2]) = ([0xFF, 0xD8], [0xFF, 0xD9]);

/// Reads a frame that was taken at `at`.
///
/// # Errors
/// [`ErrorKind::HardwareError`]: bytes are missing or too many, the size is none that cameras have, or it is no JPEG of that size.
pub fn decoded(
    bytes: &[u8],
    format: PixelFormat,
    (width, height): (u32, u32),
    at: Mono,
) -> Result<Frame, Error> {
    let broken = |words: String| Error::new(ErrorKind::HardwareError, format!("camera frame: {words}"));
    if !(1..=SIDE_MAX).contains(&width) || !(1..=SIDE_MAX).contains(&height) || width % 2 == 1 {
        return Err(broken(format!("{width} × {height} pixels are no size of a camera")));
    }
    let pixels = usize::try_from(width.saturating_mul(height)).unwrap_or(usize::MAX);
    let rgb = match format {
        PixelFormat::Yuyv if bytes.len() != pixels.saturating_mul(2) => {
            return Err(broken(format!("{} bytes instead of {}", bytes.len(), pixels.saturating_mul(2))));
        }
        PixelFormat::Yuyv => {
            let buffer = nokhwa::Buffer::new(Resolution::new(width, height), bytes, FrameFormat::YUYV);
            buffer.decode_image::<RgbFormat>().map_err(|error| broken(error.to_string()))?.into_raw()
        }
        PixelFormat::Mjpeg => jpeg(bytes, (width, height)).map_err(broken)?,
    };
    let rgb = SecretBytes::new(rgb);
    if rgb.expose().len() != pixels.saturating_mul(3) {
        return Err(broken(format!("it is no picture of {width} × {height} pixels")));
    }
    Ok(Frame { width, height, rgb, at })
}

/// Reads one JPEG. One that was cut off is none, though its upper half could be shown.
fn jpeg(bytes: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>, String> {
    // Drivers fill what is left of a buffer with zeros.
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
    let bytes = bytes.get(..end).unwrap_or_default();
    if !bytes.starts_with(&JPEG.0) {
        return Err("it is no JPEG".to_owned());
    }
    if !bytes.ends_with(&JPEG.1) {
        return Err("its end is missing; inspect the cable".to_owned());
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
    // A header may promise any size: no more is made room for than the camera was asked for.
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(width), Some(height));
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| error.to_string())?;
    if (picture.width(), picture.height()) != (width, height) {
        return Err(format!("it has {} × {} pixels", picture.width(), picture.height()));
    }
    Ok(picture.into_rgb8().into_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(bytes: &[u8], format: PixelFormat, size: (u32, u32)) -> String {
        let error = decoded(bytes, format, size, Mono(1)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::HardwareError);
        error.detail
    }

    #[test]
    fn grey_and_white_of_yuyv_are_grey_and_white() {
        let bytes = [[126_u8, 128, 126, 128], [235, 128, 235, 128]].concat();
        let frame = decoded(&bytes, PixelFormat::Yuyv, (2, 2), Mono(7)).unwrap();
        assert_eq!((frame.width, frame.height, frame.at), (2, 2, Mono(7)));
        let rgb = frame.rgb.expose();
        assert!(rgb[..6].iter().all(|value| value.abs_diff(128) <= 2), "{rgb:?}");
        assert!(rgb[6..].iter().all(|value| *value >= 250), "{rgb:?}");
    }

    #[test]
    fn a_frame_that_was_cut_off_or_has_another_size_is_a_fault() {
        for length in [0, 1, 7, 9, 4 * 3 * 2 - 1, 4 * 3 * 2 + 1] {
            assert!(fault(&vec![0; length], PixelFormat::Yuyv, (4, 3)).contains("bytes instead of"));
        }
        for size in [(0, 3), (3, 4), (4, 0), (8_192, 2), (2, 8_192), (u32::MAX - 1, u32::MAX)] {
            assert!(fault(&[0; 24], PixelFormat::Yuyv, size).contains("no size of a camera"));
        }
    }

    fn encoded(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = image::RgbImage::from_fn(width, height, |x, _| image::Rgb([(x * 3) as u8, 120, 60]));
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Jpeg).unwrap();
        bytes
    }

    #[test]
    fn a_jpeg_is_its_picture_also_when_zeros_follow() {
        let bytes = [encoded(64, 48), vec![0; 99]].concat();
        let frame = decoded(&bytes, PixelFormat::Mjpeg, (64, 48), Mono(7)).unwrap();
        let middle = &frame.rgb.expose()[(24 * 64 + 32) * 3..][..3];
        assert!(middle.iter().zip([96_u8, 120, 60]).all(|(one, two)| one.abs_diff(two) < 8), "{middle:?}");
    }

    #[test]
    fn what_is_no_jpeg_or_only_the_beginning_of_one_or_of_another_size_is_a_fault() {
        let fault = |bytes: &[u8]| fault(bytes, PixelFormat::Mjpeg, (64, 48));
        assert!(fault(&[]).contains("no JPEG"));
        assert!(fault(b"GIF89a").contains("no JPEG"));
        fault(&[0xFF, 0xD8, 0xFF, 0xD9]);
        let whole = encoded(64, 48);
        for length in [3, 30, whole.len() / 2, whole.len() - 1] {
            assert!(fault(&whole[..length]).contains("its end is missing"), "{length}");
        }
        assert!(fault(&encoded(32, 48)).contains("32 × 48 pixels"));
        fault(&encoded(640, 480));
        // A header that promises 65,500 rows.
        let mut huge = whole;
        let size = huge.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap() + 5;
        huge[size..size + 2].copy_from_slice(&65_500_u16.to_be_bytes());
        fault(&huge);
    }
}
