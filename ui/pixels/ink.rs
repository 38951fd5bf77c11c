//! How far what is written stands out from what is behind it (rig).

use std::collections::BTreeMap;
use std::ops::Range;

/// Contrast (WCAG 2) between the colour that most of a place has and the one in it that stands out most from that, in
/// hundredths to 1: 100 where nothing is written, 2100 for black on white. `rgb` has 3 bytes a pixel, `width` pixels a row;
/// what lies outside of the picture is left out, and a place that is wholly outside has none.
#[must_use]
pub fn contrast_hundredths(rgb: &[u8], width: u32, columns: Range<usize>, rows: Range<usize>) -> Option<u32> {
    let width = usize::try_from(width).ok()?;
    let columns = columns.start.checked_mul(3)?..columns.end.min(width).checked_mul(3)?;
    let mut counts = BTreeMap::<[u8; 3], u32>::new();
    for row in rgb.chunks_exact(width.checked_mul(3)?).take(rows.end).skip(rows.start) {
        for pixel in row.get(columns.clone())?.chunks_exact(3) {
            if let [red, green, blue] = pixel {
                let count = counts.entry([*red, *green, *blue]).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
    let (ground, _) = counts.iter().max_by_key(|(_, count)| **count)?;
    let ground = luminance(*ground);
    let ratios = counts.keys().map(|ink| {
        let ink = luminance(*ink);
        (ink.max(ground) + 0.05) / (ink.min(ground) + 0.05) * 100.0
    });
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 100 and 2100")]
    Some(ratios.fold(0.0, f64::max).round() as u32)
}

/// Relative luminance.
fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faint_ink_is_measured_in_the_picture() {
        let pixel = |x: u32| if x == 3 { [0x77; 3] } else { [0xff; 3] };
        let rgb: Vec<u8> = (0..2).flat_map(|_| (0..8).flat_map(pixel)).collect();
        // Grey 77h on white is 4.48 to 1.
        assert_eq!(contrast_hundredths(&rgb, 8, 0..8, 0..2), Some(448));
        assert_eq!(contrast_hundredths(&rgb, 8, 4..12, 0..9), Some(100), "nothing is written there");
        assert_eq!(contrast_hundredths(&rgb, 8, 9..12, 0..2), None);
        assert_eq!(contrast_hundredths(&rgb, 8, 0..8, 2..3), None);
    }

    #[test]
    fn black_on_white_is_twenty_one_to_one() {
        assert_eq!(contrast_hundredths(&[0, 0, 0, 255, 255, 255, 255, 255, 255], 3, 0..3, 0..1), Some(2100));
    }
}
