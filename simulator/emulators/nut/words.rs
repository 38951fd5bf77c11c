//! Request lines of the Network UPS Tools protocol: cut out of the stream, split into words by the quoting rules.
//!
//! A line ends with LF (CR before it is dropped). Blanks part words; inside double quotes they do not, and a backslash
//! takes the next byte as it is.

/// Longest request line taken; the service's own is 512.
const LINE_MAX: usize = 512;

/// Cuts request lines out of bytes in any cut.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// The line under way is too long and is passed over.
    too_long: bool,
}

impl Lines {
    /// Takes one byte; the words of a line that it ends.
    pub(super) fn push(&mut self, byte: u8) -> Option<Vec<String>> {
        if byte != b'\n' {
            self.too_long |= self.bytes.len() >= LINE_MAX;
            if self.too_long {
                self.bytes.clear();
            } else {
                self.bytes.push(byte);
            }
            return None;
        }
        let line = std::mem::take(&mut self.bytes);
        let too_long = std::mem::take(&mut self.too_long);
        (!too_long).then(|| split(&line))
    }
}

fn split(line: &[u8]) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quoted = false;
    let mut bytes = line.iter().copied().filter(|byte| *byte != b'\r');
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            b'\\' => word.get_or_insert_default().extend(bytes.next()),
            b' ' | b'\t' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word);
    words.into_iter().map(|word| String::from_utf8_lossy(&word).into_owned()).collect()
}

/// A value between quotes.
pub(super) fn quoted(value: &str) -> String {
    let mut text = String::from('"');
    for letter in value.chars() {
        if matches!(letter, '"' | '\\') {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
    text
}
