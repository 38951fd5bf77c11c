//! Protocols of text lines: Network UPS Tools and NMEA 0183. The drivers write no such lines, so none is written again.

use senim_drivers::{nmea as location, nut as supply};

use super::{Codec, buffered, check};

struct Nut(supply::codec::Decoder);

impl Codec for Nut {
    type Token = supply::codec::Line;

    fn push(&mut self, bytes: &[u8]) {
        self.0.push(bytes);
    }

    fn next(&mut self) -> Option<Self::Token> {
        self.0.next_line()
    }

    fn kept(&self) -> usize {
        buffered(&self.0)
    }

    fn written(token: &Self::Token) -> Option<Vec<u8>> {
        if let supply::codec::Line::Variable { value, .. } | supply::codec::Line::Version(value) = token {
            assert!(value.chars().count() <= 80 && !value.chars().any(char::is_control), "{value:?}");
        }
        None
    }
}

/// Lines of upsd.
pub fn nut(bytes: &[u8]) {
    check(bytes, supply::codec::LINE_MAX, || Nut(supply::codec::Decoder::default()));
}

struct Nmea(location::codec::Decoder);

impl Codec for Nmea {
    type Token = location::codec::Sentence;

    fn push(&mut self, bytes: &[u8]) {
        self.0.push(bytes);
    }

    fn next(&mut self) -> Option<Self::Token> {
        self.0.next_sentence()
    }

    fn kept(&self) -> usize {
        buffered(&self.0)
    }

    fn written(token: &Self::Token) -> Option<Vec<u8>> {
        use location::codec::Meaning;
        if let Meaning::Position(Some(fix)) | Meaning::Minimum(Some(fix)) = &token.meaning {
            assert!(fix.latitude_udeg.unsigned_abs() <= 90_000_000, "{fix:?}");
            assert!(fix.longitude_udeg.unsigned_abs() <= 180_000_000, "{fix:?}");
        }
        Some([b"$", token.name.as_bytes()].concat())
    }
}

/// Sentences of a receiver.
pub fn nmea(bytes: &[u8]) {
    check(bytes, location::codec::SENTENCE_MAX, || Nmea(location::codec::Decoder::default()));
}
