//! QR codes in what the camera sees. Pure: a frame in, its text out; the camera's thread calls it, never the screen's.

use senim_domain::{Secret, payment_code};
use senim_hal::camera::Frame;

/// The text of a QR code in a frame; where there are several, that of a receipt of ours goes before a poster's on the wall
/// behind. Empty for a code that holds no text; `None`: no code that can be read.
#[must_use]
pub fn read(frame: &Frame) -> Option<Secret> {
    let (width, height) = (usize::try_from(frame.width).ok()?, usize::try_from(frame.height).ok()?);
    let rgb = frame.rgb.expose();
    if width.checked_mul(height)?.checked_mul(3)? != rgb.len() || rgb.is_empty() {
        return None;
    }
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        let at = y.saturating_mul(width).saturating_add(x).saturating_mul(3);
        rgb.get(at..).and_then(<[u8]>::first_chunk).map_or(u8::MAX, grey)
    });
    let mut first = None;
    for grid in image.detect_grids() {
        let mut bytes = Vec::new();
        if grid.decode_to(&mut bytes).is_err() {
            continue;
        }
        let text = Secret::new(String::from_utf8(bytes).unwrap_or_default());
        if payment_code::read(text.expose()).is_ok() {
            return Some(text);
        }
        first.get_or_insert(text);
    }
    first
}

/// Brightness by ITU-R BT.601, in 256ths.
fn grey(&[red, green, blue]: &[u8; 3]) -> u8 {
    let sum = u32::from(red)
        .saturating_mul(77)
        .saturating_add(u32::from(green).saturating_mul(150))
        .saturating_add(u32::from(blue).saturating_mul(29));
    u8::try_from(sum >> 8).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use qrcode::{Color, EcLevel, QrCode};
    use senim_domain::{Mono, SecretBytes};

    use super::*;

    const WIDE: usize = 640;
    const HIGH: usize = 480;

    fn frame(grey: Vec<u8>) -> Frame {
        let rgb = grey.into_iter().flat_map(|value| [value; 3]).collect();
        Frame { width: 640, height: 480, rgb: SecretBytes::new(rgb), at: Mono(0) }
    }

    fn blank() -> Vec<u8> {
        vec![200; WIDE * HIGH]
    }

    /// A code with its white edge, its corner at `left`, `top`.
    fn put(picture: &mut [u8], content: &[u8], (left, top): (usize, usize), module: usize) {
        let code = QrCode::with_error_correction_level(content, EcLevel::M).unwrap();
        let (side, colors) = (code.width(), code.to_colors());
        for y in 0..(side + 8) * module {
            for x in 0..(side + 8) * module {
                let (column, row) = ((x / module).checked_sub(4), (y / module).checked_sub(4));
                let dark = matches!((column, row), (Some(column), Some(row))
                    if column < side && row < side && colors[row * side + column] == Color::Dark);
                picture[(top + y) * WIDE + left + x] = if dark { 30 } else { 235 };
            }
        }
    }

    #[test]
    fn the_code_of_a_receipt_is_read_wherever_it_is_held() {
        for (at, module) in [((40, 30), 6), ((300, 160), 4), ((380, 220), 6)] {
            let mut picture = blank();
            put(&mut picture, b"senim-pay:123456789012340", at, module);
            assert_eq!(read(&frame(picture)).unwrap().expose(), "senim-pay:123456789012340", "{at:?}");
        }
    }

    #[test]
    fn a_poster_behind_does_not_hide_the_receipt() {
        let number = senim_domain::contract_number::ContractNumber::from_random(9);
        let ours = payment_code::text(&Secret::new(number.as_str().to_owned()));
        let mut picture = blank();
        put(&mut picture, b"https://example.kz/sale", (10, 10), 6);
        put(&mut picture, ours.expose().as_bytes(), (340, 200), 6);
        assert_eq!(read(&frame(picture)), Some(ours));
    }

    #[test]
    fn a_code_without_text_is_told_as_empty_and_no_code_as_none() {
        let mut picture = blank();
        put(&mut picture, &[0xff, 0xfe, 0x80, 0x81], (40, 30), 6);
        assert_eq!(read(&frame(picture)).unwrap().expose(), "");
        assert_eq!(read(&frame(blank())), None);
        let torn = Frame { width: 640, height: 480, rgb: SecretBytes::new(vec![0; 100]), at: Mono(0) };
        assert_eq!(read(&torn), None);
        let nothing = Frame { width: 0, height: 0, rgb: SecretBytes::new(Vec::new()), at: Mono(0) };
        assert_eq!(read(&nothing), None);
    }

    #[test]
    fn a_receipt_that_is_too_dark_or_torn_through_the_code_is_not_misread() {
        let mut picture = blank();
        put(&mut picture, b"senim-pay:123456789012340", (40, 30), 6);
        picture.fill(12);
        assert_eq!(read(&frame(picture)), None);
        let mut picture = blank();
        put(&mut picture, b"senim-pay:123456789012340", (40, 30), 6);
        for row in picture.chunks_mut(WIDE).skip(110) {
            row.fill(200);
        }
        assert_eq!(read(&frame(picture)), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_picture_is_looked_at_without_panic(
            spots in proptest::collection::vec((0..WIDE, 0..HIGH, 1_usize..90, any::<u8>()), 0..60),
            module in 1_usize..9,
            at in (0_usize..200, 0_usize..80),
            content in proptest::collection::vec(any::<u8>(), 1..40),
        ) {
            let mut picture = blank();
            put(&mut picture, &content, at, module);
            for (x, y, size, value) in spots {
                for row in y..(y + size).min(HIGH) {
                    picture[row * WIDE + x..row * WIDE + (x + size).min(WIDE)].fill(value);
                }
            }
            let _ = read(&frame(picture));
        }
    }
}
