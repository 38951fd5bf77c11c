//! What the data bytes of the chip's replies mean.

/// Status byte: more of the response is to come.
pub(super) const MORE: u8 = 0x40;
/// SEL_RES: the card speaks ISO/IEC 14443-4.
const CHIP_CARD: u8 = 0x20;
/// The IC byte of a PN532.
const PN532: u8 = 0x32;

/// What GetFirmwareVersion told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Firmware {
    Pn532(String),
    /// Another IC of the family, by its byte.
    Other(u8),
}

/// Reads the reply to GetFirmwareVersion.
pub(super) fn firmware(data: &[u8]) -> Option<Firmware> {
    match data {
        [PN532, version, revision, _] => {
            Some(Firmware::Pn532(format!("NXP PN532 firmware {version}.{revision}")))
        }
        [other, _, _, _] => Some(Firmware::Other(*other)),
        _ => None,
    }
}

/// A card as InListPassiveTarget found it. Its identifier is read over and not kept: it would identify the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Card {
    /// Historical bytes, where the card speaks ISO/IEC 14443-4 and was activated for it.
    pub(super) historical: Option<Vec<u8>>,
}

/// Reads the reply to InListPassiveTarget at 106 kbps type A. Outer `None`: it is no such reply.
pub(super) fn listed(data: &[u8]) -> Option<Option<Card>> {
    match data {
        [0] => Some(None),
        [1, _target, _, _, sel_res, id_length, rest @ ..] => {
            let ats = rest.get(usize::from(*id_length)..)?;
            let historical = if sel_res & CHIP_CARD == 0 { None } else { historical(ats) };
            Some(Some(Card { historical }))
        }
        _ => None,
    }
}

/// Historical bytes of an ATS (ISO/IEC 14443-4, 5.2), `None` where there is no ATS.
fn historical(ats: &[u8]) -> Option<Vec<u8>> {
    let length = usize::from(*ats.first()?);
    let ats = ats.get(..length)?;
    let Some(format) = ats.get(1) else { return Some(Vec::new()) };
    let interface_bytes = usize::try_from((format & 0x70).count_ones()).ok()?;
    Some(ats.get(interface_bytes.saturating_add(2)..).unwrap_or_default().to_vec())
}

/// The error of a status byte, without its flags.
pub(super) const fn status_words(status: u8) -> &'static str {
    match status {
        0x01 => "the card does not answer",
        0x02 => "CRC error",
        0x03 => "parity error",
        0x04 => "wrong bit count",
        0x05 => "framing error",
        0x06 => "collision of cards",
        0x07 => "buffer too small",
        0x09 => "buffer overflow",
        0x0A => "the field is not on",
        0x0B => "protocol error",
        0x0D => "the antenna driver is too hot",
        0x0E => "internal buffer overflow",
        0x10 => "invalid parameter",
        0x13 => "wrong data format",
        0x23 => "wrong check of the identifier",
        0x25 => "wrong state",
        0x26 => "not allowed",
        0x27 => "not in this context",
        0x29 => "the card was released",
        0x2A => "another card",
        0x2B => "the card is gone",
        0x2D => "over-current",
        _ => "unknown error",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn card(historical: Option<&[u8]>) -> Option<Option<Card>> {
        Some(Some(Card { historical: historical.map(<[u8]>::to_vec) }))
    }

    #[test]
    fn the_identity_is_the_firmware_and_another_chip_is_told_apart() {
        assert_eq!(firmware(&[0x32, 1, 6, 7]), Some(Firmware::Pn532("NXP PN532 firmware 1.6".to_owned())));
        assert_eq!(firmware(&[0x33, 2, 7, 7]), Some(Firmware::Other(0x33)));
        assert_eq!(firmware(&[0x32, 1]), None);
    }

    #[test]
    fn of_a_listed_card_only_the_historical_bytes_stay() {
        let head = [1, 1, 0x00, 0x04, 0x20, 4, 8, 9, 9, 9];
        assert_eq!(listed(&[0]), Some(None));
        assert_eq!(
            listed(&[&head[..], &[7, 0x78, 0x80, 0x80, 0x02, 0xAA, 0xBB]].concat()),
            card(Some(&[0xAA, 0xBB]))
        );
        assert_eq!(listed(&[&head[..], &[3, 0x08, 0xAA]].concat()), card(Some(&[0xAA])));
        assert_eq!(listed(&[&head[..], &[1]].concat()), card(Some(&[])));
        assert_eq!(listed(&head), card(None), "no ATS");
        assert_eq!(listed(&[1, 1, 0x00, 0x04, 0x08, 4, 8, 9, 9, 9]), card(None), "no chip card");
        assert_eq!(listed(&[1, 1, 0x00, 0x04, 0x20, 7, 8, 9]), None, "shorter than it says");
        assert_eq!(listed(&[2]), None);
    }

    proptest! {
        #[test]
        fn any_reply_has_a_meaning_or_none(data in proptest::collection::vec(any::<u8>(), 0..40)) {
            let told = listed(&data);
            prop_assert!(told.is_none() || data.first().is_some_and(|count| *count <= 1));
            prop_assert_eq!(firmware(&data).is_some(), data.len() == 4);
        }
    }
}
