//! What an answer to reset says about lengths (ISO/IEC 7816-3, 8.2 and 7816-4, 12.1.1).

/// Category indicator: compact TLV objects follow, the last may be a status.
const COMPACT_TLV: u8 = 0x80;
/// Card capabilities in compact TLV.
const CAPABILITIES: u8 = 7;
/// In the third capability byte.
const EXTENDED_LENGTHS: u8 = 0x40;

/// Whether the card says that it takes extended lengths. A card that says nothing is spoken to in short ones.
///
/// `answer_to_reset` is an ATR, of a contactless card the one that a reader makes of its historical bytes.
#[must_use]
pub fn takes_extended(answer_to_reset: &[u8]) -> bool {
    historical(answer_to_reset)
        .and_then(capability_bytes)
        .is_some_and(|bytes| matches!(bytes, [_, _, lengths] if lengths & EXTENDED_LENGTHS != 0))
}

/// TS, T0, interface bytes as the upper halves of T0 and each TD announce them, historical bytes.
fn historical(atr: &[u8]) -> Option<&[u8]> {
    let [_ts, t0, interface @ ..] = atr else { return None };
    let mut rest = interface;
    let mut announced = *t0;
    loop {
        let count = usize::try_from((announced & 0xF0).count_ones()).ok()?;
        let (bytes, after) = rest.split_at_checked(count)?;
        rest = after;
        match bytes.last() {
            Some(td) if announced & 0x80 != 0 => announced = *td,
            _ => return rest.get(..usize::from(t0 & 0x0F)),
        }
    }
}

fn capability_bytes(historical: &[u8]) -> Option<&[u8]> {
    let mut rest = historical.strip_prefix(&[COMPACT_TLV])?;
    while let [head, after @ ..] = rest {
        let (value, next) = after.split_at_checked(usize::from(head & 0x0F))?;
        if head >> 4 == CAPABILITIES {
            return Some(value);
        }
        rest = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::test_bytes::hex;
    use super::*;

    #[test]
    fn extended_lengths_are_found_behind_interface_bytes() {
        assert!(takes_extended(&hex("3B 88 80 01 80 31 C0 73 C8 21 40 00 D1")));
        assert!(takes_extended(&hex("3B 85 80 01 80 73 C8 21 40 12")));
        assert!(!takes_extended(&hex("3B 85 80 01 80 73 C8 21 00 52")));
    }

    #[test]
    fn a_card_that_says_nothing_or_half_of_it_takes_none() {
        for atr in ["", "3B", "3BFF", "3B 00", "3B 82 80 01 80 73", "3B 84 80 01 00 73 C8 40"] {
            assert!(!takes_extended(&hex(atr)), "{atr}");
        }
    }
}
