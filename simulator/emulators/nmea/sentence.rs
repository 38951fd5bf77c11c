//! Sentences of NMEA 0183 as a receiver writes them: fields, checksum, line end. Angles are whole millionths of a degree,
//! which five decimals of a minute hold exactly.

/// Dollar, fields, star, XOR of what stands between the two, CR LF.
pub(super) fn sealed(fields: &str) -> Vec<u8> {
    let check = fields.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("${fields}*{check:02X}\r\n").into_bytes()
}

/// `ddmm.mmmmm,N` with as many digits of degrees as the axis has.
pub(super) fn angle(udeg: i32, degree_digits: usize, (plus, minus): (char, char)) -> String {
    let size = udeg.unsigned_abs();
    let degrees = size / 1_000_000;
    // A millionth of a degree is six hundred-thousandths of a minute.
    let minutes = (size % 1_000_000).saturating_mul(6);
    let (whole, part) = (minutes / 100_000, minutes % 100_000);
    let side = if udeg < 0 { minus } else { plus };
    format!("{degrees:0degree_digits$}{whole:02}.{part:05},{side}")
}

/// `hhmmss.00` of the day that began at millisecond 0.
pub(super) fn time_of_day(now_ms: u64) -> String {
    let seconds = now_ms / 1_000 % 86_400;
    format!("{:02}{:02}{:02}.00", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}
