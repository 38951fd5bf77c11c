//! What lies on the chip (Doc 9303 part 10), made for a person who does not exist.

use crate::cards::apdu::object;

use super::{Form, Holder, Options};

/// The face of nobody; see portrait.py.
const PORTRAIT: &[u8] = include_bytes!("portrait.jpg");
/// A JPEG comment segment holds this much.
const COMMENT_MAX: usize = 65_000;

/// EF.CardAccess: one PACEInfo.
pub(super) fn card_access(options: &Options) -> Vec<u8> {
    let info = [
        object(&[0x06], &pace_oid(options)),
        object(&[0x02], &[2]),
        object(&[0x02], &[options.curve.parameter()]),
    ];
    object(&[0x31], &object(&[0x30], &info.concat()))
}

/// id-PACE-ECDH-GM with the arc of the suite.
pub(super) fn pace_oid(options: &Options) -> [u8; 10] {
    [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, options.suite.arc()]
}

/// EF.COM: LDS 1.7, Unicode 4.0.0, DG1 and perhaps DG2.
pub(super) fn common(portrait: bool) -> Vec<u8> {
    let groups: &[u8] = if portrait { &[0x61, 0x75] } else { &[0x61] };
    let body = [object(&[0x5F, 0x01], b"0107"), object(&[0x5F, 0x36], b"040000"), object(&[0x5C], groups)];
    object(&[0x60], &body.concat())
}

/// DG1.
pub(super) fn data_group_1(options: &Options) -> Vec<u8> {
    object(&[0x61], &object(&[0x5F, 0x1F], zone(options.form, &options.holder).as_bytes()))
}

/// DG2: one face by ISO/IEC 19794-5 in the frame of Doc 9303. The image is filled up to `size` bytes by comments.
pub(super) fn data_group_2(size: usize) -> Vec<u8> {
    let image = filled(size);
    let block_len = u32::try_from(image.len()).unwrap_or(0).saturating_add(32);
    let mut record = b"FAC\x00010\0".to_vec();
    record.extend(block_len.saturating_add(14).to_be_bytes());
    record.extend([0, 1]);
    record.extend(block_len.to_be_bytes());
    record.extend([0; 16]);
    // Full frontal, JPEG, 120 × 160, sRGB, static photograph from a scanner.
    record.extend([1, 0, 0, 120, 0, 160, 1, 3, 0, 0, 0, 0]);
    record.extend(image);
    let header =
        [object(&[0x80], &[1, 1]), object(&[0x81], &[2]), object(&[0x87], &[1, 1]), object(&[0x88], &[0, 8])];
    let template = [object(&[0xA1], &header.concat()), object(&[0x5F, 0x2E], &record)].concat();
    let group = [object(&[0x02], &[1]), object(&[0x7F, 0x60], &template)].concat();
    object(&[0x75], &object(&[0x7F, 0x61], &group))
}

fn filled(size: usize) -> Vec<u8> {
    let (start, rest) = PORTRAIT.split_at_checked(2).unwrap_or((PORTRAIT, &[]));
    let mut image = start.to_vec();
    let mut missing = size.saturating_sub(PORTRAIT.len());
    while missing > 4 {
        let len = missing.saturating_sub(2).min(COMMENT_MAX);
        image.extend([0xFF, 0xFE]);
        image.extend(u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes());
        image.resize(image.len().saturating_add(len.saturating_sub(2)), b' ');
        missing = missing.saturating_sub(len.saturating_add(2));
    }
    image.extend(rest);
    image
}

/// The machine-readable zone without line ends (parts 4 and 5).
pub(super) fn zone(form: Form, holder: &Holder) -> String {
    let name = format!("{}<<{}", holder.surname, holder.given_names).replace(' ', "<");
    let number = with_digit(&format!("{:<<9}", holder.number));
    let birth = with_digit(&holder.birth);
    let expiry = with_digit(&holder.expiry);
    let state = format!("{:<<3}", holder.state);
    let sex = &holder.sex;
    match form {
        Form::Card => {
            let first = format!("{number}{:<<15}", holder.iin);
            let composite = digit(&format!("{first}{birth}{expiry}{:<<11}", ""));
            format!("ID{state}{first}{birth}{sex}{expiry}{state}{:<<11}{composite}{:<<30.30}", "", name)
        }
        Form::Passport => {
            let personal = with_digit(&format!("{:<<14}", holder.iin));
            let composite = digit(&format!("{number}{birth}{expiry}{personal}"));
            format!("P<{state}{:<<39.39}{number}{state}{birth}{sex}{expiry}{personal}{composite}", name)
        }
    }
}

/// Number, birth and expiry as BAC and PACE take them.
pub(super) fn key_text(holder: &Holder) -> String {
    [with_digit(&format!("{:<<9}", holder.number)), with_digit(&holder.birth), with_digit(&holder.expiry)]
        .concat()
}

fn with_digit(field: &str) -> String {
    format!("{field}{}", digit(field))
}

fn digit(field: &str) -> u32 {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'Z' => u32::from(byte - b'A' + 10),
        _ => 0,
    };
    let weights = [7, 3, 1].into_iter().cycle();
    field.bytes().zip(weights).map(|(byte, weight)| value(byte) * weight).sum::<u32>() % 10
}
