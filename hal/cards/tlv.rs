//! BER-TLV data objects as cards write them (ISO/IEC 7816-4, 5.2.2).
//!
//! A reader of our own, because the published ones copy every value into memory that nobody wipes or go as deep into
//! nested objects as a card likes; this one borrows, opens one level when asked, and never recurses. Tags have one to
//! three bytes, lengths one to four; the indefinite length does not exist on cards. Filler `00` before, between and
//! after objects is skipped, as the standard allows.

/// A tag as the bytes that stand on the card, read as one number: `0x53`, `0x7F49`, `0x5FC105`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u32);

impl std::fmt::Debug for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:X}", self.0)
    }
}

impl Tag {
    /// Whether the value is made of further data objects (bit 6 of the first byte).
    #[must_use]
    pub fn is_constructed(self) -> bool {
        let first = self.0.to_be_bytes().into_iter().find(|byte| *byte != 0).unwrap_or(0);
        first & 0x20 != 0
    }

    /// The bytes of the tag without leading zeros.
    fn bytes(self) -> impl Iterator<Item = u8> {
        self.0.to_be_bytes().into_iter().skip_while(|byte| *byte == 0)
    }
}

/// Why bytes are no data objects. Says nothing of their content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlvError {
    /// The bytes end within a tag, a length or a value.
    #[error("a data object is cut off")]
    Cut,
    /// More than three tag bytes.
    #[error("a data object's tag is too long")]
    Tag,
    /// Indefinite, or more than three length bytes behind the first.
    #[error("a data object's length is in no form that cards use")]
    Length,
}

/// What stands before a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The tag.
    pub tag: Tag,
    /// Bytes that tag and length take.
    pub header_len: usize,
    /// Bytes that the value takes; at most 2^24 − 1. They need not be there yet.
    pub value_len: usize,
}

/// Reads tag and length at the very start of `bytes`; the value may still lie on the card. No filler is skipped.
///
/// # Errors
/// [`TlvError`]; [`TlvError::Cut`] means that more bytes may help.
pub fn header(bytes: &[u8]) -> Result<Header, TlvError> {
    let mut rest = bytes.iter().copied();
    let mut next = || rest.next().ok_or(TlvError::Cut);
    let first = next()?;
    let mut tag = u32::from(first);
    let mut header_len = 1_usize;
    if first & 0x1F == 0x1F {
        loop {
            if header_len == 3 {
                return Err(TlvError::Tag);
            }
            let byte = next()?;
            header_len = header_len.saturating_add(1);
            tag = tag << 8 | u32::from(byte);
            if byte & 0x80 == 0 {
                break;
            }
        }
    }
    let length = next()?;
    header_len = header_len.saturating_add(1);
    let value_len = match length {
        0..=0x7F => usize::from(length),
        0x81..=0x83 => {
            let mut value_len = 0_usize;
            for _ in 0x80..length {
                value_len = value_len << 8 | usize::from(next()?);
                header_len = header_len.saturating_add(1);
            }
            value_len
        }
        _ => return Err(TlvError::Length),
    };
    Ok(Header { tag: Tag(tag), header_len, value_len })
}

/// A data object in borrowed bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its tag.
    pub tag: Tag,
    /// Its value.
    pub value: &'a [u8],
    /// Tag, length and value as they stand, for a checksum or a signature over them.
    pub whole: &'a [u8],
}

/// The tag and a length only: values are about persons.
impl std::fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Element({:?}, {} bytes)", self.tag, self.value.len())
    }
}

/// The data objects of one level, one after the other; ends behind the first error.
#[derive(Clone)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

/// The data objects side by side in `bytes`.
#[must_use]
pub const fn elements(bytes: &[u8]) -> Elements<'_> {
    Elements { rest: bytes }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Element<'a>, TlvError>;

    fn next(&mut self) -> Option<Self::Item> {
        while let [0, rest @ ..] = self.rest {
            self.rest = rest;
        }
        if self.rest.is_empty() {
            return None;
        }
        let taken = take(self.rest);
        self.rest = taken.as_ref().map_or(&[][..], |(_, rest)| rest);
        Some(taken.map(|(element, _)| element))
    }
}

fn take(bytes: &[u8]) -> Result<(Element<'_>, &[u8]), TlvError> {
    let Header { tag, header_len, value_len } = header(bytes)?;
    let whole_len = header_len.saturating_add(value_len);
    let (whole, rest) = bytes.split_at_checked(whole_len).ok_or(TlvError::Cut)?;
    let value = whole.get(header_len..).ok_or(TlvError::Cut)?;
    Ok((Element { tag, value, whole }, rest))
}

/// The value reached by going down `path`, the first of each tag at its level. `Ok(None)`: there is no such object.
///
/// # Errors
/// [`TlvError`] when bytes on the way are no data objects.
pub fn find<'a>(bytes: &'a [u8], path: &[Tag]) -> Result<Option<&'a [u8]>, TlvError> {
    let mut level = bytes;
    for tag in path {
        let mut found = None;
        for element in elements(level) {
            let element = element?;
            if element.tag == *tag {
                found = Some(element.value);
                break;
            }
        }
        match found {
            Some(value) => level = value,
            None => return Ok(None),
        }
    }
    Ok(Some(level))
}

/// Appends a data object. Room is the caller's: a vector of a secret is made with the capacity it will need, so that
/// growing leaves no copy behind. Above 2^24 − 1 bytes the object is longer than [`header`] reads and cards hold.
pub fn push(out: &mut Vec<u8>, tag: Tag, value: &[u8]) {
    out.extend(tag.bytes());
    let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
    let bytes = length.to_be_bytes();
    match length {
        0..=0x7F => out.extend(bytes.iter().skip(3)),
        0x80..=0xFF => out.extend([0x81].iter().chain(bytes.iter().skip(3))),
        0x100..=0xFFFF => out.extend([0x82].iter().chain(bytes.iter().skip(2))),
        0x1_0000..=0xFF_FFFF => out.extend([0x83].iter().chain(bytes.iter().skip(1))),
        _ => out.extend([0x84].iter().chain(&bytes)),
    }
    out.extend_from_slice(value);
}

/// A data object by itself.
#[must_use]
pub fn encode(tag: Tag, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len().saturating_add(7));
    push(&mut out, tag, value);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_of_one_two_and_three_bytes_are_read() {
        let bytes = [0x53, 1, 9, 0x7F, 0x49, 0, 0x5F, 0xC1, 0x05, 2, 7, 8];
        let tags: Vec<_> = elements(&bytes).map(|element| element.unwrap().tag).collect();
        assert_eq!(tags, [Tag(0x53), Tag(0x7F49), Tag(0x5FC105)]);
    }

    #[test]
    fn a_path_leads_to_the_first_object_of_each_tag() {
        let bytes = [0x7C, 7, 0x81, 1, 0xAA, 0x82, 2, 1, 2];
        assert_eq!(find(&bytes, &[Tag(0x7C), Tag(0x82)]), Ok(Some(&[1, 2][..])));
        assert_eq!(find(&bytes, &[Tag(0x7C), Tag(0x80)]), Ok(None));
        assert_eq!(find(&bytes, &[Tag(0x70)]), Ok(None));
    }

    #[test]
    fn filler_between_objects_is_skipped() {
        let tags: Vec<_> = elements(&[0, 0, 0x80, 0, 0, 0x81, 0, 0]).map(|e| e.unwrap().tag).collect();
        assert_eq!(tags, [Tag(0x80), Tag(0x81)]);
    }

    #[test]
    fn a_header_is_read_before_its_value_is_there() {
        assert_eq!(
            header(&[0x60, 0x82, 0x12, 0x34]),
            Ok(Header { tag: Tag(0x60), header_len: 4, value_len: 0x1234 })
        );
        assert_eq!(header(&[0x60, 0x82, 0x12]), Err(TlvError::Cut));
        assert_eq!(header(&[0x60, 0x80]), Err(TlvError::Length));
        assert_eq!(header(&[0x60, 0x84, 0, 0, 0, 0]), Err(TlvError::Length));
        assert_eq!(header(&[0x5F, 0x81, 0x82, 0x03, 0]), Err(TlvError::Tag));
    }

    #[test]
    fn a_cut_object_ends_the_level_with_one_error() {
        let mut level = elements(&[0x80, 0, 0x81, 5, 1, 2]);
        assert!(level.next().unwrap().is_ok());
        assert_eq!(level.next(), Some(Err(TlvError::Cut)));
        assert_eq!(level.next(), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(tag in prop::sample::select(vec![0x53, 0x7F49, 0x5FC105]), length in 0_usize..70_000) {
            let value = vec![0xA5; length];
            let bytes = encode(Tag(tag), &value);
            prop_assert_eq!(find(&bytes, &[Tag(tag)]), Ok(Some(&value[..])));
        }

        #[test]
        fn any_bytes_end_and_elements_lie_within_them(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut covered = 0;
            for element in elements(&bytes).flatten() {
                covered += element.whole.len();
                prop_assert!(element.value.len() < element.whole.len());
            }
            prop_assert!(covered <= bytes.len());
        }
    }
}
