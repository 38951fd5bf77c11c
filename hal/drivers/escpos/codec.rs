//! ESC/POS bytes: commands out, answers in (protocols section 6).
//!
//! Answers carry no length and no check, so the reader is told what is awaited and skips everything else. Real-time
//! status bytes are `0xx1xx10`, buffered ones `0xx0xxxx`; a process-ID answer is `37 22 id×4 00`. The ids made here
//! use only 40h to 4Fh, which can be mistaken for no other answer. Knows nothing of time or order.

/// ESC @: back to default settings.
pub const INIT: [u8; 2] = [0x1B, 0x40];
/// DLE DC4 8: empties the printer's buffers, also when it is off-line.
pub const CLEAR: [u8; 10] = [0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8];
/// GS I 67: model name.
pub const MODEL: [u8; 3] = [0x1D, 0x49, 67];
/// GS r 1: buffered paper status.
pub const PAPER: [u8; 3] = [0x1D, 0x72, 1];
/// Longest model name read.
const NAME_MAX: usize = 80;

/// DLE EOT n: real-time status n of 1 to 4.
#[must_use]
pub const fn ask(n: u8) -> [u8; 3] {
    [0x10, 0x04, n]
}

/// GS V 66: feed `dots` beyond the cutter's own distance and cut.
#[must_use]
pub const fn cut(dots: u8) -> [u8; 4] {
    [0x1D, 0x56, 66, dots]
}

/// GS ( H function 48: answer with this id when everything before is done.
#[must_use]
pub fn fence(id: [u8; 4]) -> Vec<u8> {
    let mut bytes = vec![0x1D, 0x28, 0x48, 6, 0, 48, 48];
    bytes.extend(id);
    bytes
}

/// The id of the n-th fence.
#[must_use]
pub fn fence_id(n: u16) -> [u8; 4] {
    [12u32, 8, 4, 0].map(|shift| u8::try_from(n >> shift & 0x0F).unwrap_or(0) | 0x40)
}

/// GS v 0: rows of `stride` bytes each, normal size.
#[must_use]
pub fn band(stride: u16, rows: &[u8]) -> Vec<u8> {
    let count = u16::try_from(rows.len() / usize::from(stride.max(1))).unwrap_or(u16::MAX);
    let mut bytes = vec![0x1D, 0x76, 0x30, 0];
    bytes.extend(stride.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend_from_slice(rows);
    bytes
}

/// What is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// A real-time status byte.
    RealTime,
    /// A name.
    Name,
    /// A fence's answer, with real-time status bytes in between.
    Fence,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To DLE EOT.
    RealTime(u8),
    /// To GS r.
    Buffered(u8),
    /// To GS I.
    Name(String),
    /// To GS ( H.
    Process([u8; 4]),
}

/// Picks answers out of the byte stream.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
}

impl Decoder {
    /// Takes bytes in any cut.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.buffer.clear();
    }

    /// The next answer of the awaited kind.
    pub fn next_answer(&mut self, awaited: Awaited) -> Option<Answer> {
        loop {
            let first = *self.buffer.first()?;
            let (used, answer) = match awaited {
                Awaited::Name if first == 0x5F => match self.buffer.iter().position(|byte| *byte == 0) {
                    Some(end) if end <= NAME_MAX => (end.saturating_add(1), self.name(end)),
                    Some(_) => (1, None),
                    None if self.buffer.len() > NAME_MAX => (1, None),
                    None => return None,
                },
                Awaited::Fence if first == 0x37 => match self.buffer.as_slice() {
                    [_, 0x22, a, b, c, d, 0, ..] => (7, Some(Answer::Process([*a, *b, *c, *d]))),
                    [_] | [_, 0x22] => return None,
                    [_, 0x22, rest @ ..] if rest.len() < 5 => return None,
                    _ => (1, None),
                },
                Awaited::RealTime | Awaited::Fence if first & 0x93 == 0x12 => {
                    (1, Some(Answer::RealTime(first)))
                }
                Awaited::Fence if first & 0x90 == 0 => (1, Some(Answer::Buffered(first))),
                Awaited::RealTime | Awaited::Name | Awaited::Fence => (1, None),
            };
            self.buffer.drain(..used.min(self.buffer.len()));
            if answer.is_some() {
                return answer;
            }
        }
    }

    fn name(&self, end: usize) -> Option<Answer> {
        let bytes = self.buffer.get(1..end)?;
        bytes
            .iter()
            .all(|byte| (0x20..0x7F).contains(byte))
            .then(|| Answer::Name(String::from_utf8_lossy(bytes).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answers(awaited: Awaited, bytes: &[u8]) -> Vec<Answer> {
        let mut decoder = Decoder::default();
        decoder.push(bytes);
        std::iter::from_fn(|| decoder.next_answer(awaited)).collect()
    }

    #[test]
    fn a_band_has_the_captured_header() {
        let bytes = band(48, &vec![0xAA; 48 * 80]);
        assert_eq!(bytes[..8], [0x1D, 0x76, 0x30, 0x00, 0x30, 0x00, 0x50, 0x00]);
        assert_eq!(bytes.len(), 8 + 48 * 80);
    }

    #[test]
    fn a_fence_answer_is_found_behind_noise_and_status_bytes() {
        let id = fence_id(0x1234);
        assert_eq!(id, [0x41, 0x42, 0x43, 0x44]);
        let mut bytes = vec![0xFF, 0x12, 0x37, 0x99];
        bytes.extend([0x37, 0x22, 0x41, 0x42, 0x43, 0x44, 0]);
        assert_eq!(answers(Awaited::Fence, &bytes), vec![Answer::RealTime(0x12), Answer::Process(id)]);
    }

    #[test]
    fn a_name_is_read_and_an_endless_one_is_given_up() {
        assert_eq!(answers(Awaited::Name, b"\x12_TM-T88V\0"), vec![Answer::Name("TM-T88V".into())]);
        assert_eq!(answers(Awaited::Name, &[0x5F; 200]), vec![]);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_cut_give_the_same_answers(bytes in proptest::collection::vec(prop_oneof![Just(0x37u8), Just(0x22), Just(0x00), Just(0x12), any::<u8>()], 0..100), cut in 1usize..6) {
            let mut decoder = Decoder::default();
            let mut cut_up = Vec::new();
            for part in bytes.chunks(cut) {
                decoder.push(part);
                cut_up.extend(std::iter::from_fn(|| decoder.next_answer(Awaited::Fence)));
            }
            prop_assert_eq!(cut_up, answers(Awaited::Fence, &bytes));
        }
    }
}
