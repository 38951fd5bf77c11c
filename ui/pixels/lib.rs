//! What touches every pixel of a screen.
//!
//! A package of its own, because a build for tests optimises few of ours: it draws a million pixels a picture, and the screens'
//! nine megabytes of generated code would take minutes to optimise.

#[cfg(feature = "rig")]
mod canvas;
#[cfg(feature = "rig")]
mod ink;
#[cfg(feature = "rig")]
mod sheet;

use slint::{Rgb8Pixel, SharedPixelBuffer};

#[cfg(feature = "rig")]
pub use canvas::Canvas;
#[cfg(feature = "rig")]
pub use ink::contrast_hundredths;
#[cfg(feature = "rig")]
pub use sheet::Sheet;

/// A camera's frame as people know themselves from a mirror. `rgb` has 3 bytes a pixel, rows from the top; `None` where it has
/// not as many bytes as `width` × `height` pixels need, and for an empty one.
#[must_use]
pub fn mirrored(width: u32, height: u32, rgb: &[u8]) -> Option<SharedPixelBuffer<Rgb8Pixel>> {
    let stride = usize::try_from(width).ok()?.checked_mul(3)?;
    let expected = stride.checked_mul(usize::try_from(height).ok()?)?;
    if expected == 0 || expected != rgb.len() {
        return None;
    }
    let mut picture = SharedPixelBuffer::<Rgb8Pixel>::new(width, height);
    for (to, from) in picture.make_mut_bytes().chunks_exact_mut(stride).zip(rgb.chunks_exact(stride)) {
        for (to, from) in to.chunks_exact_mut(3).zip(from.chunks_exact(3).rev()) {
            to.copy_from_slice(from);
        }
    }
    Some(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn left_and_right_change_places_in_each_row() {
        let picture = mirrored(2, 2, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]).expect("four pixels");
        assert_eq!(picture.as_bytes(), [4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9]);
    }

    #[test]
    fn a_frame_of_another_size_than_its_bytes_is_none() {
        for (width, height, bytes) in [(2, 2, 11), (2, 2, 13), (0, 2, 0), (2, 0, 0), (u32::MAX, u32::MAX, 12)]
        {
            assert!(mirrored(width, height, &vec![0; bytes]).is_none(), "{width} x {height}, {bytes}");
        }
    }
}
