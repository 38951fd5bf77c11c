//! Sentences of NMEA 0183 out of a stream of bytes. What a sentence means is read by crate `nmea`; here it is cut out,
//! bounded, and its checksum demanded.
//!
//! A sentence runs from `$` to CR or LF and ends with `*` and two hexadecimal digits. A dollar inside begins a new one; a
//! byte that is not printable ASCII, or too many of them, end the search for this one. Knows nothing of time or order.

use ::nmea::sentences::{FixType, GgaData, RmcData, parse_gga, parse_rmc, rmc::RmcStatusOfFix};
use ::nmea::{NmeaSentence, SentenceType, parse_nmea_sentence};
use senim_hal::location::Fix;

/// Longest sentence read, without its line end: what the crate takes. The standard allows 80.
pub const SENTENCE_MAX: usize = ::nmea::SENTENCE_MAX_LEN;
/// Satellite systems whose positions count: GPS, several together, GLONASS, Galileo, BeiDou, QZSS, NavIC.
const SYSTEMS: [&str; 9] = ["GP", "GN", "GL", "GA", "GB", "BD", "GQ", "QZ", "GI"];

/// A sentence with a good checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Talker and kind, such as `GNGGA`.
    pub name: String,
    /// What it says.
    pub meaning: Meaning,
}

/// What a sentence says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// GGA of a satellite system: the position, where it has one that is measured.
    Position(Option<Fix>),
    /// RMC of a satellite system: the same without satellites and dilution; nothing when it calls itself invalid.
    Minimum(Option<Fix>),
    /// Anything else that is well-formed.
    Other,
}

/// Cuts sentences out of bytes in any cut.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
}

impl Decoder {
    /// Takes bytes in any cut.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Forgets everything, half a sentence too.
    pub fn clear(&mut self) {
        self.buffer.clear();
    }

    /// The next good sentence. After `None` at most [`SENTENCE_MAX`] bytes are kept.
    pub fn next_sentence(&mut self) -> Option<Sentence> {
        loop {
            let start = self.buffer.iter().position(|byte| *byte == b'$').unwrap_or(self.buffer.len());
            self.buffer.drain(..start);
            let body = self.buffer.get(1..)?;
            let inside = |byte: &u8| (b' '..=b'~').contains(byte) && *byte != b'$';
            match body.iter().position(|byte| !inside(byte)).map(|at| at.saturating_add(1)) {
                None if self.buffer.len() > SENTENCE_MAX => self.buffer.clear(),
                None => return None,
                Some(end) => {
                    let ended = self.buffer.get(end).is_some_and(|byte| matches!(byte, b'\r' | b'\n'));
                    let sentence: Vec<u8> = self.buffer.drain(..end).collect();
                    if ended && let Some(sentence) = read(&sentence) {
                        return Some(sentence);
                    }
                }
            }
        }
    }
}

/// A sentence from dollar to checksum, if it is whole and its checksum holds.
fn read(sentence: &[u8]) -> Option<Sentence> {
    let text = std::str::from_utf8(sentence).ok()?;
    let (_, check) = text.split_once('*')?;
    // The crate overlooks what follows the two digits, and a sign before them.
    if check.len() != 2 || !check.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let sentence = parse_nmea_sentence(text).ok()?;
    if sentence.checksum != sentence.calc_checksum() {
        return None;
    }
    let name = format!("{}{}", sentence.talker_id, sentence.message_id.as_str());
    let meaning = meaning(sentence).unwrap_or(Meaning::Other);
    Some(Sentence { name, meaning })
}

fn meaning(sentence: NmeaSentence<'_>) -> Option<Meaning> {
    if !SYSTEMS.contains(&sentence.talker_id) {
        return None;
    }
    match sentence.message_id {
        SentenceType::GGA => parse_gga(sentence).ok().map(|gga| Meaning::Position(position(&gga))),
        SentenceType::RMC => parse_rmc(sentence).ok().map(|rmc| Meaning::Minimum(minimum(&rmc))),
        _ => None,
    }
}

/// A position that was measured, not estimated, entered by hand or simulated.
fn position(gga: &GgaData) -> Option<Fix> {
    gga.fix_type.filter(|kind| kind.is_valid())?;
    Some(Fix {
        satellites: gga.fix_satellites.map_or(0, |count| u8::try_from(count).unwrap_or(u8::MAX)),
        hdop_centi: gga.hdop.and_then(|hdop| u16::try_from(scaled(hdop.into(), 100.0)?).ok()),
        ..place(gga.latitude?, gga.longitude?)?
    })
}

fn minimum(rmc: &RmcData) -> Option<Fix> {
    let measured = rmc.faa_mode.is_none_or(|mode| FixType::from(mode).is_valid());
    if rmc.status_of_fix == RmcStatusOfFix::Invalid || !measured {
        return None;
    }
    place(rmc.lat?, rmc.lon?)
}

/// A place on Earth with nothing known of its quality.
fn place(latitude: f64, longitude: f64) -> Option<Fix> {
    let latitude_udeg = scaled(latitude, 1e6).filter(|angle| angle.unsigned_abs() <= 90_000_000)?;
    let longitude_udeg = scaled(longitude, 1e6).filter(|angle| angle.unsigned_abs() <= 180_000_000)?;
    Some(Fix { latitude_udeg, longitude_udeg, satellites: 0, hdop_centi: None })
}

/// The crate's floating point as a whole number of parts; nothing when it is none or too large.
#[expect(clippy::float_arithmetic, reason = "the crate tells degrees so; from here on they are whole")]
fn scaled(value: f64, parts: f64) -> Option<i32> {
    let whole = (value * parts).round();
    // NaN is in no range. The cast is exact inside this one.
    (-2e9..=2e9).contains(&whole).then_some(whole as i32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sentences(bytes: &[u8]) -> Vec<Sentence> {
        let mut decoder = Decoder::default();
        decoder.push(bytes);
        std::iter::from_fn(|| decoder.next_sentence()).collect()
    }

    fn sealed(fields: &str) -> Vec<u8> {
        let check = fields.bytes().fold(0, |sum, byte| sum ^ byte);
        format!("${fields}*{check:02X}\r\n").into_bytes()
    }

    /// What the only sentence says.
    fn said(fields: &str) -> Option<Meaning> {
        let mut all = sentences(&sealed(fields));
        assert!(all.len() <= 1);
        all.pop().map(|sentence| sentence.meaning)
    }

    fn fix(latitude_udeg: i32, longitude_udeg: i32, satellites: u8, hdop_centi: Option<u16>) -> Fix {
        Fix { latitude_udeg, longitude_udeg, satellites, hdop_centi }
    }

    #[test]
    fn published_sentences_are_read_to_the_millionth_of_a_degree() {
        let gga = b"$GPGGA,123519,4807.038,N,01131.324,E,1,08,0.9,545.4,M,46.9,M,,*42\r\n";
        let there = fix(48_117_300, 11_522_067, 8, Some(90));
        let name = "GPGGA".to_owned();
        assert_eq!(sentences(gga), [Sentence { name, meaning: Meaning::Position(Some(there)) }]);
        let rmc = b"$GPRMC,225446.33,A,4916.45,N,12311.12,W,000.5,054.7,191194,020.3,E,A*2B\r\n";
        let there = fix(49_274_167, -123_185_333, 0, None);
        let name = "GPRMC".to_owned();
        assert_eq!(sentences(rmc), [Sentence { name, meaning: Meaning::Minimum(Some(there)) }]);
    }

    #[test]
    fn a_position_that_was_not_measured_is_none() {
        for quality in [0, 6, 7, 8] {
            let gga = format!("GNGGA,010000.00,4314.3,N,07653.3,E,{quality},09,0.9,1.0,M,1.0,M,,");
            assert_eq!(said(&gga), Some(Meaning::Position(None)), "{quality}");
        }
        assert_eq!(said("GPGGA,,,,,,0,00,99.99,,,,,,"), Some(Meaning::Position(None)));
        for (status, mode) in [("V", "N"), ("V", "A"), ("A", "E"), ("A", "M"), ("A", "S")] {
            let rmc = format!("GNRMC,010000.00,{status},4314.3,N,07653.3,E,0.0,,010126,,,{mode},V");
            assert_eq!(said(&rmc), Some(Meaning::Minimum(None)), "{status}{mode}");
        }
    }

    #[test]
    fn a_place_off_the_earth_is_none_and_a_strange_dilution_is_left_out() {
        let gga =
            |place: &str, hdop: &str| said(&format!("GLGGA,010000.00,{place},2,12,{hdop},1.0,M,1.0,M,,"));
        for place in ["9000.1,N,00000.0,E", "4314.0,N,18000.1,W", "43inf,N,07600.0,E", "43nan,N,07600.0,E"] {
            assert_eq!(gga(place, "0.9"), Some(Meaning::Position(None)), "{place}");
        }
        let edge = "9000.0,S,18000.0,W";
        for (hdop, centi) in
            [("", None), ("nan", None), ("-1.0", None), ("1e9", None), ("99.99", Some(9_999))]
        {
            let there = fix(-90_000_000, -180_000_000, 12, centi);
            assert_eq!(gga(edge, hdop), Some(Meaning::Position(Some(there))), "{hdop:?}");
        }
    }

    #[test]
    fn other_talkers_and_kinds_are_known_by_name_alone() {
        assert_eq!(said("GPGSV,1,1,09"), Some(Meaning::Other));
        assert_eq!(said("IIGGA,010000.00,4314.3,N,07653.3,E,1,09,0.9,1.0,M,1.0,M,,"), Some(Meaning::Other));
        assert_eq!(said("GPGGA,not,a,position"), Some(Meaning::Other));
        assert_eq!(said("PUBX,00"), None, "a maker's own sentence is none of ours");
    }

    #[test]
    fn a_sentence_without_a_good_checksum_is_none() {
        for wrong in [
            "$GPGSV,1,1,09\r\n",
            "$GPGSV,1,1,09*71\r\n",
            "$GPGSV,1,1,09*7\r\n",
            "$GPGSV,1,1,09*700\r\n",
            "$GPGSV,1,1,09*70x\r\n",
            "$GPGSV,1,1,09*+7\r\n",
            "$GPGSV,1,1,09*70",
            "GPGSV,1,1,09*70\r\n",
            "$GPGSV,1,1\x0009*70\r\n",
        ] {
            assert_eq!(sentences(wrong.as_bytes()), [], "{wrong:?}");
        }
        assert_eq!(sentences(b"$GPGSV,1,1,09*70\r\n$GPGSV,1,1,09*70\n").len(), 2);
        assert_eq!(sentences(b"$GPGGA,0100$GPGSV,1,1,09*70\r\n").len(), 1, "a dollar begins anew");
    }

    #[test]
    fn an_endless_sentence_is_given_up() {
        let mut decoder = Decoder::default();
        for _ in 0..1_000 {
            decoder.push(b"$xxxxxxxxxxxxxxxxxxxx");
            decoder.push(&[b'x'; 400]);
            assert_eq!(decoder.next_sentence(), None);
            assert!(decoder.buffer.len() <= SENTENCE_MAX);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_cut_give_the_same_sentences(
            bytes in proptest::collection::vec(prop_oneof![Just(b'$'), Just(b'*'), Just(b','), Just(b'\n'), any::<u8>()], 0..300),
            cut in 1usize..8,
        ) {
            let mut whole = bytes;
            whole.extend(b"$GPGSV,1,1,09*70\r\n");
            let mut decoder = Decoder::default();
            let mut cut_up = Vec::new();
            for part in whole.chunks(cut) {
                decoder.push(part);
                cut_up.extend(std::iter::from_fn(|| decoder.next_sentence()));
            }
            prop_assert!(!cut_up.is_empty(), "a good sentence is found behind noise");
            prop_assert_eq!(cut_up, sentences(&whole));
        }

        #[test]
        fn any_fields_under_a_good_checksum_are_read_without_panic(
            kind in prop_oneof![Just("GGA"), Just("RMC")],
            fields in "[0-9a-zA-Z.,+ -]{0,80}",
        ) {
            let _meaning = said(&format!("GN{kind},{fields}"));
        }
    }
}
