//! Command APDUs as the card takes them apart (ISO/IEC 7816-4, 5.1), and the few data objects that it reads and writes.

/// A command in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) cla: u8,
    pub(super) ins: u8,
    pub(super) p1: u8,
    pub(super) p2: u8,
    pub(super) data: Vec<u8>,
    /// Bytes that the host takes: 0 without Le.
    pub(super) ne: usize,
    /// Lengths of three bytes.
    pub(super) extended: bool,
}

impl Command {
    /// `None`: the lengths do not fit together (67 00).
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[cla, ins, p1, p2], body) = bytes.split_first_chunk::<4>()?;
        let (data, ne) = match body {
            [] => (&[][..], 0),
            [le] => (&[][..], short(*le)),
            [0, high, low] => (&[][..], extended(*high, *low)),
            [0, high, low, rest @ ..] => {
                let (data, le) = rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
                match le {
                    [] => (data, 0),
                    [high, low] => (data, extended(*high, *low)),
                    _ => return None,
                }
            }
            [lc, rest @ ..] => {
                let (data, le) = rest.split_at_checked(usize::from(*lc))?;
                match le {
                    [] => (data, 0),
                    [le] => (data, short(*le)),
                    _ => return None,
                }
            }
        };
        let extended = matches!(body, [0, _, _, ..]);
        Some(Self { cla, ins, p1, p2, data: data.to_vec(), ne, extended })
    }
}

fn short(le: u8) -> usize {
    if le == 0 { 256 } else { usize::from(le) }
}

fn extended(high: u8, low: u8) -> usize {
    match u16::from_be_bytes([high, low]) {
        0 => 65_536,
        ne => usize::from(ne),
    }
}

/// Writes a data object below 64 KiB.
pub(super) fn object(tag: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = tag.to_vec();
    let [high, low] = u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes();
    match (high, low) {
        (0, 0..=0x7F) => out.push(low),
        (0, _) => out.extend([0x81, low]),
        _ => out.extend([0x82, high, low]),
    }
    out.extend_from_slice(value);
    out
}

/// The value of the first object with a tag of one byte.
pub(super) fn value(mut bytes: &[u8], wanted: u8) -> Option<&[u8]> {
    while let [tag, rest @ ..] = bytes {
        let (length, rest) = match rest {
            [0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            [0x81, length, rest @ ..] => (usize::from(*length), rest),
            [length @ 0..=0x7F, rest @ ..] => (usize::from(*length), rest),
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        if *tag == wanted {
            return Some(value);
        }
        bytes = rest;
    }
    None
}
