//! What cards say: data objects, chained answers, the PIV application and travel documents. A card is a stranger.

pub mod apdu;
pub mod documents;
pub mod piv;
pub mod reading;

/// The next item of an input: its length in one byte, or with a first byte from F0h in this byte's low bits and the next.
pub fn item<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = match *rest {
        [length @ 0..=0xEF, after @ ..] => (usize::from(*length), after),
        [high, low, after @ ..] => (usize::from(high & 0x0F) << 8 | usize::from(*low), after),
        _ => return None,
    };
    let (item, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(item)
}

/// One byte.
pub fn byte(rest: &mut &[u8]) -> Option<u8> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    Some(*first)
}
