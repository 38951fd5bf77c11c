//! T=0, from APDU to TPDU (ISO/IEC 7816-3, section 12.2). The reader does the characters and procedure bytes; here a
//! command APDU becomes one TPDU, and where the card keeps data back (61xx) or wants another length (6Cxx) further ones.
//!
//! A TPDU is never repeated. After 6Cxx the card has done nothing yet, so naming the right length is no repetition.

use senim_domain::SecretBytes;

use super::wiped::Wiped;

/// Longest short response: 256 bytes and the status word.
const RESPONSE_MAX: usize = 258;
/// TPDUs of one command: 256 bytes could come one by one.
const TPDUS_MAX: u16 = 260;
const GET_RESPONSE: u8 = 0xC0;

/// What to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Send [`T0::tpdu`].
    Send,
    /// The response APDU.
    Response(SecretBytes),
    /// Given up, in words for the technician.
    Failed(&'static str),
}

/// Whether an APDU can be sent by T=0: short, and its length bytes true.
pub(super) fn fits(apdu: &[u8]) -> bool {
    match apdu {
        [_, _, _, _] | [_, _, _, _, _] => true,
        [_, _, _, _, lc, body @ ..] => {
            let lc = usize::from(*lc);
            lc > 0 && (body.len() == lc || body.len() == lc.saturating_add(1))
        }
        _ => false,
    }
}

/// One command under way.
#[derive(Debug)]
pub(super) struct T0 {
    tpdu: SecretBytes,
    class: u8,
    /// Response bytes still wanted.
    wanted: usize,
    /// The TPDU on the wire asks the card for data.
    asks: bool,
    /// The length was corrected once.
    corrected: bool,
    response: Wiped,
    tpdus: u16,
}

impl T0 {
    /// The first TPDU of an APDU that [`fits`].
    pub(super) fn new(apdu: &SecretBytes) -> Self {
        let bytes = apdu.expose();
        let le = |byte: u8| if byte == 0 { 256 } else { usize::from(byte) };
        let (sent, wanted, asks) = match bytes {
            // Case 1 is sent with P3 = 0.
            [_, _, _, _] => (5, 0, false),
            [_, _, _, _, p3] => (5, le(*p3), true),
            [_, _, _, _, lc, body @ ..] => {
                let last = body.get(usize::from(*lc)).map_or(0, |byte| le(*byte));
                (usize::from(*lc).saturating_add(5), last, false)
            }
            _ => (5, 0, false),
        };
        let mut tpdu = Vec::with_capacity(sent);
        tpdu.extend_from_slice(bytes.get(..sent).unwrap_or(bytes));
        tpdu.resize(sent, 0);
        let class = bytes.first().copied().unwrap_or(0);
        Self {
            tpdu: SecretBytes::new(tpdu),
            class,
            wanted,
            asks,
            corrected: false,
            response: Wiped::with_capacity(RESPONSE_MAX),
            tpdus: 1,
        }
    }

    /// What to put on the wire.
    pub(super) const fn tpdu(&self) -> &SecretBytes {
        &self.tpdu
    }

    /// Takes data and status word of the card.
    pub(super) fn on_answer(&mut self, bytes: &[u8]) -> Next {
        let [data @ .., sw1, sw2] = bytes else {
            return Next::Failed("the card's answer has no status word");
        };
        if !self.asks && !data.is_empty() {
            return Next::Failed("the card sent data that nobody asked for");
        }
        let taken = data.len().min(self.wanted);
        self.response.extend_from_slice(data.get(..taken).unwrap_or_default());
        self.wanted = self.wanted.saturating_sub(taken);
        match *sw1 {
            0x6C if self.asks && !self.corrected && data.is_empty() => {
                self.corrected = true;
                let header = self.tpdu.expose().get(..4).unwrap_or_default().to_vec();
                self.send(header, *sw2)
            }
            0x61 if self.wanted > 0 => {
                self.corrected = false;
                let held = if *sw2 == 0 { 256 } else { usize::from(*sw2) };
                let length = u8::try_from(held.min(self.wanted)).unwrap_or(0);
                self.send(vec![response_class(self.class), GET_RESPONSE, 0, 0], length)
            }
            _ => {
                self.response.extend([*sw1, *sw2]);
                Next::Response(SecretBytes::new(std::mem::take(&mut *self.response)))
            }
        }
    }

    fn send(&mut self, mut header: Vec<u8>, length: u8) -> Next {
        self.tpdus = self.tpdus.saturating_add(1);
        if self.tpdus > TPDUS_MAX {
            return Next::Failed("the response has no end");
        }
        header.push(length);
        self.tpdu = SecretBytes::new(header);
        self.asks = true;
        Next::Send
    }
}

/// Class of GET RESPONSE: the command's channel without its chaining and secure messaging bits (ISO/IEC 7816-4, 5.4.1).
/// GSM cards know their own class only; EMV's 80h commands are answered in class 00h.
const fn response_class(class: u8) -> u8 {
    match class {
        0xA0 => 0xA0,
        0x00..=0x1F => class & 0x03,
        0x40..=0x7F => class & 0x4F,
        0x20..=0x3F | 0x80..=0x9F | 0xA1..=0xFF => class & 0x03,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn begin(apdu: &[u8]) -> T0 {
        assert!(fits(apdu));
        T0::new(&SecretBytes::new(apdu.to_vec()))
    }

    fn response(bytes: &[u8]) -> Next {
        Next::Response(SecretBytes::new(bytes.to_vec()))
    }

    #[test]
    fn each_case_becomes_its_tpdu() {
        assert_eq!(begin(&[0, 1, 2, 3]).tpdu().expose(), [0, 1, 2, 3, 0]);
        assert_eq!(begin(&[0, 1, 2, 3, 9]).tpdu().expose(), [0, 1, 2, 3, 9]);
        assert_eq!(begin(&[0, 1, 2, 3, 2, 7, 8]).tpdu().expose(), [0, 1, 2, 3, 2, 7, 8]);
        assert_eq!(begin(&[0, 1, 2, 3, 2, 7, 8, 0]).tpdu().expose(), [0, 1, 2, 3, 2, 7, 8]);
    }

    #[test]
    fn data_kept_back_is_fetched_until_all_is_there() {
        let mut t0 = begin(&[0, 0xA4, 4, 0, 1, 7, 0]);
        assert_eq!(t0.on_answer(&[0x61, 3]), Next::Send);
        assert_eq!(t0.tpdu().expose(), [0, 0xC0, 0, 0, 3]);
        assert_eq!(t0.on_answer(&[1, 2, 3, 0x61, 2]), Next::Send);
        assert_eq!(t0.tpdu().expose(), [0, 0xC0, 0, 0, 2]);
        assert_eq!(t0.on_answer(&[4, 5, 0x90, 0]), response(&[1, 2, 3, 4, 5, 0x90, 0]));
    }

    #[test]
    fn a_wrong_length_is_corrected_once() {
        let mut t0 = begin(&[0, 0xB0, 0, 0, 0]);
        assert_eq!(t0.on_answer(&[0x6C, 2]), Next::Send);
        assert_eq!(t0.tpdu().expose(), [0, 0xB0, 0, 0, 2]);
        assert_eq!(t0.on_answer(&[0x6C, 2]), response(&[0x6C, 2]));
    }

    #[test]
    fn more_than_was_asked_for_is_cut_off() {
        let mut t0 = begin(&[0, 0xB0, 0, 0, 2]);
        assert_eq!(t0.on_answer(&[0x6C, 4]), Next::Send);
        assert_eq!(t0.on_answer(&[1, 2, 3, 4, 0x90, 0]), response(&[1, 2, 0x90, 0]));
    }

    #[test]
    fn a_command_without_expected_data_hands_61xx_up() {
        assert_eq!(begin(&[0, 0xA4, 4, 0, 1, 7]).on_answer(&[0x61, 3]), response(&[0x61, 3]));
        assert_eq!(begin(&[0, 0x20, 0, 1, 1, 7, 0]).on_answer(&[0x63, 0xC2]), response(&[0x63, 0xC2]));
    }

    #[test]
    fn the_class_of_get_response_keeps_the_channel_and_nothing_else() {
        for (class, expected) in
            [(0x00, 0), (0x01, 1), (0x0C, 0), (0x10, 0), (0x80, 0), (0x84, 0), (0xA0, 0xA0), (0x52, 0x42)]
        {
            assert_eq!(response_class(class), expected, "{class:02X}");
        }
    }

    #[test]
    fn long_or_contradictory_commands_do_not_fit() {
        for apdu in
            [&[0, 1, 2][..], &[0, 1, 2, 3, 2, 7], &[0, 1, 2, 3, 1, 7, 8, 9], &[0, 0xB0, 0, 0, 0, 1, 0]]
        {
            assert!(!fits(apdu), "{apdu:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_card_answers_the_exchange_ends(answer in proptest::collection::vec(any::<u8>(), 0..6)) {
            let mut t0 = begin(&[0, 0xB0, 0, 0, 0]);
            let mut rounds = 0;
            while t0.on_answer(&answer) == Next::Send {
                rounds += 1;
                prop_assert!(rounds < 300);
            }
        }
    }
}
