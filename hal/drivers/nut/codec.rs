//! Lines of the Network UPS Tools' text protocol (its developer guide, "Network protocol information"; seen with upsd
//! 2.8.0).
//!
//! A line ends with LF. Words are parted by blanks; between double quotes a blank is part of the word and a backslash
//! takes the next byte as it is. Anything that is no line of ours is [`Line::Other`], so that its place in the order
//! of answers is not lost. Knows nothing of time or order.

/// Longest line read; what is longer is passed over up to its end. The service's own buffers hold 1,024 bytes.
pub const LINE_MAX: usize = 1_024;
/// Longest value kept, in characters.
const VALUE_MAX: usize = 80;
/// What the answer to VER begins with.
const BANNER: &str = "Network UPS Tools";

/// Asks for name and version of the service.
pub const VERSION: &[u8] = b"VER\n";

/// Asks for all variables of a supply, whose name holds neither blanks nor quotes.
#[must_use]
pub fn list(ups: &str) -> Vec<u8> {
    format!("LIST VAR {ups}\n").into_bytes()
}

/// Why the service does not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `UNKNOWN-UPS`.
    UnknownUps,
    /// `DATA-STALE`: the supply has not been heard for too long.
    DataStale,
    /// `DRIVER-NOT-CONNECTED`: the program that speaks with the supply is not running.
    DriverNotConnected,
    /// `ACCESS-DENIED`: this host or user may not ask.
    AccessDenied,
    /// Another word of the service.
    Other(String),
}

/// A line of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// To VER.
    Version(String),
    /// A list of this supply's variables begins.
    Begin(String),
    /// A variable.
    Variable {
        /// The supply.
        ups: String,
        /// Its name, such as `ups.status`.
        name: String,
        /// What it holds: printable, at most 80 characters.
        value: String,
    },
    /// The list of this supply's variables is complete.
    End(String),
    /// `ERR` and its word.
    Refused(Refusal),
    /// Anything else, and lines that are too long.
    Other,
}

/// Cuts lines out of bytes in any cut.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// The line under way is too long.
    passing_over: bool,
}

impl Decoder {
    /// Takes bytes in any cut.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Forgets everything, half a line too.
    pub fn clear(&mut self) {
        self.buffer.clear();
        self.passing_over = false;
    }

    /// The next whole line. After `None` at most [`LINE_MAX`] bytes are kept.
    pub fn next_line(&mut self) -> Option<Line> {
        let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') else {
            if self.buffer.len() > LINE_MAX {
                self.buffer.clear();
                self.passing_over = true;
            }
            return None;
        };
        let line: Vec<u8> = self.buffer.drain(..=end).collect();
        if std::mem::take(&mut self.passing_over) || end > LINE_MAX {
            return Some(Line::Other);
        }
        Some(read(&line))
    }
}

/// What a line says, LF included or not.
fn read(line: &[u8]) -> Line {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end_matches(['\n', '\r']);
    if text.starts_with(BANNER) {
        return Line::Version(printable(text));
    }
    let Some(words) = words(text) else { return Line::Other };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["VAR", ups, name, value] => {
            Line::Variable { ups: (*ups).to_owned(), name: (*name).to_owned(), value: printable(value) }
        }
        ["BEGIN", "LIST", "VAR", ups] => Line::Begin((*ups).to_owned()),
        ["END", "LIST", "VAR", ups] => Line::End((*ups).to_owned()),
        ["ERR", word, ..] => Line::Refused(match *word {
            "UNKNOWN-UPS" => Refusal::UnknownUps,
            "DATA-STALE" => Refusal::DataStale,
            "DRIVER-NOT-CONNECTED" => Refusal::DriverNotConnected,
            "ACCESS-DENIED" => Refusal::AccessDenied,
            other => Refusal::Other(printable(other)),
        }),
        _ => Line::Other,
    }
}

/// The words of a line; nothing when a quote is not closed or a backslash ends it.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '\\' => word.get_or_insert_default().push(letters.next()?),
            ' ' | '\t' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    (!quoted).then_some(words)
}

fn printable(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(VALUE_MAX).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(bytes: &[u8]) -> Vec<Line> {
        let mut decoder = Decoder::default();
        decoder.push(bytes);
        std::iter::from_fn(|| decoder.next_line()).collect()
    }

    fn variable(name: &str, value: &str) -> Line {
        Line::Variable { ups: "ups".to_owned(), name: name.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn a_list_of_the_service_is_read() {
        let told = b"BEGIN LIST VAR ups\nVAR ups battery.charge \"97\"\nVAR ups ups.status \"OL CHRG\"\nEND LIST VAR ups\n";
        let ups = || "ups".to_owned();
        let charge = variable("battery.charge", "97");
        let status = variable("ups.status", "OL CHRG");
        assert_eq!(lines(told), [Line::Begin(ups()), charge, status, Line::End(ups())]);
    }

    #[test]
    fn quotes_and_backslashes_are_taken_off() {
        assert_eq!(
            lines(b"VAR ups device.mfr \"Acme \\\"Power\\\" \\\\ Co\"\r\n"),
            [variable("device.mfr", "Acme \"Power\" \\ Co")]
        );
        assert_eq!(lines(b"VAR ups device.serial \"\"\n"), [variable("device.serial", "")]);
        assert_eq!(lines(b"VAR ups device.model \"open\n"), [Line::Other]);
        assert_eq!(lines(b"VAR ups device.model \"open\\\n"), [Line::Other]);
    }

    #[test]
    fn refusals_and_the_banner_are_known() {
        for (line, refusal) in [
            ("ERR UNKNOWN-UPS\n", Refusal::UnknownUps),
            ("ERR DATA-STALE\n", Refusal::DataStale),
            ("ERR DRIVER-NOT-CONNECTED\n", Refusal::DriverNotConnected),
            ("ERR ACCESS-DENIED\n", Refusal::AccessDenied),
            ("ERR INVALID-ARGUMENT extra\n", Refusal::Other("INVALID-ARGUMENT".to_owned())),
        ] {
            assert_eq!(lines(line.as_bytes()), [Line::Refused(refusal)]);
        }
        let banner = "Network UPS Tools upsd 2.8.0 - http://www.networkupstools.org/";
        assert_eq!(lines(format!("{banner}\n").as_bytes()), [Line::Version(banner.to_owned())]);
        assert_eq!(lines(b"ERR\n\nUPS ups \"x\"\n\xFF\x00\n"), vec![Line::Other; 4]);
    }

    #[test]
    fn an_endless_line_is_passed_over_and_the_next_is_read() {
        let mut bytes = vec![b'V'; 100_000];
        bytes.extend(b"\nERR DATA-STALE\n");
        let mut decoder = Decoder::default();
        let mut told = Vec::new();
        for part in bytes.chunks(500) {
            decoder.push(part);
            told.extend(std::iter::from_fn(|| decoder.next_line()));
            assert!(decoder.buffer.len() <= LINE_MAX);
        }
        assert_eq!(told, [Line::Other, Line::Refused(Refusal::DataStale)]);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_cut_give_the_same_lines(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'"'), Just(b'\\'), Just(b' '), Just(b'V'), any::<u8>()], 0..300),
            cut in 1usize..8,
        ) {
            let mut decoder = Decoder::default();
            let mut cut_up = Vec::new();
            for part in bytes.chunks(cut) {
                decoder.push(part);
                cut_up.extend(std::iter::from_fn(|| decoder.next_line()));
            }
            prop_assert_eq!(cut_up, lines(&bytes));
        }

        #[test]
        fn a_quoted_value_survives_noise_before_it(
            noise in proptest::collection::vec(any::<u8>(), 0..2_000),
            value in "[ -~]{0,80}",
        ) {
            let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
            let mut bytes = noise;
            bytes.extend(format!("\nVAR ups device.mfr \"{quoted}\"\n").into_bytes());
            prop_assert_eq!(lines(&bytes).pop(), Some(variable("device.mfr", &value)));
        }
    }
}
