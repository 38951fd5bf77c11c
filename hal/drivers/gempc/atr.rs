//! ATR: what the card says of itself when it gets power (ISO/IEC 7816-3, section 8).
//!
//! Bytes in, facts out; which protocol and speed are used is decided by [`Atr::plan`] from these facts, the configured
//! preference and what the reader can do. Nothing here knows of the reader's messages.

use super::Preference;

/// The card's clock in kHz, as the reader makes it (protocols section 5).
const CLOCK_KHZ: u32 = 4_000;
/// Fastest line to the card in bits per second.
const RATE_MAX: u32 = 344_086;
/// F = 372, D = 1: the speed of the ATR itself.
pub(super) const DEFAULT_SPEED: u8 = 0x11;
/// A card's ATR has at most 33 bytes.
const LENGTH_MAX: usize = 33;

/// Transmission protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Characters.
    T0,
    /// Blocks.
    T1,
}

impl Protocol {
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::T0 => 0,
            Self::T1 => 1,
        }
    }

    const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::T0),
            1 => Some(Self::T1),
            _ => None,
        }
    }
}

/// What an ATR says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Atr {
    /// Inverse convention (TS = 3F).
    pub inverse: bool,
    /// TA1: greatest speed, Fi and Di.
    pub speed: u8,
    /// TC1: extra guard time, 255 is the least possible.
    pub guard: u8,
    /// TA2: the only protocol, which is used without being agreed on.
    specific: Option<u8>,
    /// Protocol numbers in the order offered.
    offered: Vec<u8>,
    /// TC2: waiting integer of T=0.
    pub waiting: u8,
    /// TA of T=1: longest INF that the card takes.
    pub ifsc: u8,
    /// TB of T=1: block and character waiting integers.
    pub block_waiting: u8,
    /// TC of T=1, bit 1: blocks are checked by CRC.
    crc: bool,
}

/// What is to be agreed with the card, and used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Protocol from then on.
    pub protocol: Protocol,
    /// Speed byte from then on.
    pub speed: u8,
    /// Whether the card has to be asked by PPS.
    pub ask: bool,
}

/// Why an ATR is of no use, in words for the technician.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unusable(pub &'static str);

/// Reads an ATR.
pub(super) fn read(bytes: &[u8]) -> Result<Atr, Unusable> {
    const SHORT: Unusable = Unusable("the ATR stops short");
    if bytes.len() > LENGTH_MAX {
        return Err(Unusable("the ATR is too long"));
    }
    let mut left = bytes.iter().copied();
    let inverse = match left.next() {
        Some(0x3B) => false,
        Some(0x3F) => true,
        _ => return Err(Unusable("the ATR begins with neither 3B nor 3F")),
    };
    let mut atr = Atr {
        inverse,
        speed: DEFAULT_SPEED,
        guard: 0,
        specific: None,
        offered: Vec::new(),
        waiting: 10,
        ifsc: 32,
        block_waiting: 0x4D,
        crc: false,
    };
    let format = left.next().ok_or(SHORT)?;
    let (mut follows, mut group, mut protocol) = (format >> 4, 1u8, 0u8);
    let mut first_t1_group = None;
    loop {
        let mut next = |bit: u8| -> Result<Option<u8>, Unusable> {
            if follows >> bit & 1 == 0 { Ok(None) } else { left.next().map(Some).ok_or(SHORT) }
        };
        let (ta, tb, tc, td) = (next(0)?, next(1)?, next(2)?, next(3)?);
        match group {
            1 => {
                atr.speed = ta.unwrap_or(DEFAULT_SPEED);
                atr.guard = tc.unwrap_or(0);
            }
            2 => {
                atr.specific = ta;
                atr.waiting = tc.filter(|waiting| *waiting > 0).unwrap_or(10);
            }
            _ if protocol == 1 && *first_t1_group.get_or_insert(group) == group => {
                atr.ifsc = ta.filter(|size| (1..=254).contains(size)).unwrap_or(32);
                atr.block_waiting = tb.unwrap_or(0x4D);
                atr.crc = tc.is_some_and(|check| check & 1 == 1);
            }
            _ => {}
        }
        let Some(td) = td else { break };
        (follows, protocol, group) = (td >> 4, td & 0x0F, group.saturating_add(1));
        if protocol != 15 && !atr.offered.contains(&protocol) {
            atr.offered.push(protocol);
        }
    }
    if atr.offered.is_empty() {
        atr.offered.push(0);
    }
    let historical = usize::from(format & 0x0F);
    // T=0 alone has no check byte; T=15 counts here.
    let checked = protocol != 0 || atr.offered != [0];
    let expected = historical.saturating_add(usize::from(checked));
    let rest = left.len();
    if rest < expected {
        return Err(SHORT);
    }
    let whole = bytes.len().saturating_sub(rest.saturating_sub(expected));
    let summed = bytes.get(1..whole).unwrap_or_default();
    if checked && super::codec::xor(summed) != 0 {
        return Err(Unusable("the ATR's check byte is wrong"));
    }
    Ok(atr)
}

impl Atr {
    /// Protocol and speed to use. `ask` allows PPS; without it the card is taken as it starts.
    pub(super) fn plan(&self, preference: Preference, speed: bool, ask: bool) -> Result<Plan, Unusable> {
        let plan = self.wished(preference, speed, ask)?;
        if plan.protocol == Protocol::T1 && self.crc {
            return Err(Unusable("the card checks blocks by CRC, which is not supported"));
        }
        Ok(plan)
    }

    fn wished(&self, preference: Preference, speed: bool, ask: bool) -> Result<Plan, Unusable> {
        const NEITHER: Unusable = Unusable("the card speaks neither T=0 nor T=1");
        if let Some(mode) = self.specific {
            let protocol = Protocol::from_number(mode & 0x0F).ok_or(NEITHER)?;
            // Bit 5: the speed is agreed by other means than TA1.
            let speed = if mode & 0x10 == 0 { self.speed } else { DEFAULT_SPEED };
            return Ok(Plan { protocol, speed, ask: false });
        }
        let first = self.offered.first().copied().unwrap_or(0);
        let has = |protocol: Protocol| self.offered.contains(&protocol.number());
        let wish = match preference {
            Preference::First => None,
            Preference::T0 => Some(Protocol::T0),
            Preference::T1 => Some(Protocol::T1),
        };
        let either = || [Protocol::T1, Protocol::T0].into_iter().find(|protocol| has(*protocol));
        let protocol = match wish.filter(|wish| ask && has(*wish)).or_else(|| Protocol::from_number(first)) {
            Some(protocol) => protocol,
            None if ask => either().ok_or(NEITHER)?,
            None => return Err(NEITHER),
        };
        let faster = ask && speed && self.speed != DEFAULT_SPEED && is_within_reach(self.speed);
        let speed = if faster { self.speed } else { DEFAULT_SPEED };
        Ok(Plan { protocol, speed, ask: faster || protocol.number() != first })
    }

    /// Longest time from a block to the card's answer, in milliseconds (section 11.4.3).
    pub(super) fn block_wait_ms(&self) -> u64 {
        // 2^BWI × 960 × 372 / f; BWI above 9 is reserved.
        let unit_us = 960 * 372 * 1_000 / u64::from(CLOCK_KHZ);
        (unit_us << (self.block_waiting >> 4).min(9)).div_ceil(1_000)
    }

    /// Longest time between two characters of T=0, in milliseconds (section 10.2).
    pub(super) fn character_wait_ms(&self) -> u64 {
        let (f, _) = factors(self.speed).unwrap_or((372, 1));
        (u64::from(self.waiting) * 960 * u64::from(f)).div_ceil(u64::from(CLOCK_KHZ))
    }
}

/// Fi and Di of a speed byte; nothing for reserved values (section 8.3, tables 7 and 8).
fn factors(speed: u8) -> Option<(u32, u32)> {
    let f = match speed >> 4 {
        0 | 1 => 372,
        2 => 558,
        3 => 744,
        4 => 1_116,
        5 => 1_488,
        6 => 1_860,
        9 => 512,
        10 => 768,
        11 => 1_024,
        12 => 1_536,
        13 => 2_048,
        _ => return None,
    };
    let d = match speed & 0x0F {
        low @ 1..=7 => 1 << (low - 1),
        8 => 12,
        9 => 20,
        _ => return None,
    };
    Some((f, d))
}

fn is_within_reach(speed: u8) -> bool {
    factors(speed).is_some_and(|(f, d)| CLOCK_KHZ * 1_000 * d / f <= RATE_MAX)
}

/// The PPS request for a plan (section 9): PPSS, PPS0, PPS1 when the speed changes, PCK.
pub(super) fn pps(plan: Plan) -> Vec<u8> {
    let mut request = vec![0xFF, plan.protocol.number()];
    if plan.speed != DEFAULT_SPEED {
        request = vec![0xFF, plan.protocol.number() | 0x10, plan.speed];
    }
    request.push(super::codec::xor(&request));
    request
}

/// What a PPS answer agrees on: the whole request, or the protocol at the default speed. Nothing for anything else.
pub(super) fn agreed(plan: Plan, answer: &[u8]) -> Option<Plan> {
    if answer == pps(plan) {
        return Some(plan);
    }
    let slow = Plan { speed: DEFAULT_SPEED, ..plan };
    (answer == pps(slow)).then_some(slow)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    fn plan(text: &str, preference: Preference) -> Plan {
        read(&hex(text)).unwrap().plan(preference, true, true).unwrap()
    }

    #[test]
    fn a_card_without_td1_speaks_t0_and_has_no_check_byte() {
        let atr = read(&hex("3b 02 14 50")).unwrap();
        assert_eq!((atr.speed, atr.offered.as_slice(), atr.waiting), (0x11, &[0][..], 10));
        assert_eq!(
            plan("3b 02 14 50", Preference::T1),
            Plan { protocol: Protocol::T0, speed: 0x11, ask: false }
        );
    }

    #[test]
    fn a_t1_card_tells_its_block_size_and_waiting_times() {
        // TA1 13, TD1 81, TD2 31: TA3 20, TB3 4D.
        let atr = read(&hex("3b 90 13 81 31 20 4d 5e")).unwrap();
        assert_eq!((atr.speed, atr.ifsc, atr.block_waiting), (0x13, 0x20, 0x4D));
        assert_eq!(atr.block_wait_ms(), 1_429);
        let plan = atr.plan(Preference::T1, true, true).unwrap();
        assert_eq!(plan, Plan { protocol: Protocol::T1, speed: 0x13, ask: true });
        assert_eq!(pps(plan), hex("ff 11 13 fd"));
    }

    #[test]
    fn the_preference_is_asked_for_only_where_the_card_offers_it() {
        let both = "3b 80 80 01 01";
        assert_eq!(plan(both, Preference::First), Plan { protocol: Protocol::T0, speed: 0x11, ask: false });
        assert_eq!(plan(both, Preference::T0).protocol, Protocol::T0);
        let asked = plan(both, Preference::T1);
        assert_eq!(asked, Plan { protocol: Protocol::T1, speed: 0x11, ask: true });
        assert_eq!(pps(asked), hex("ff 01 fe"));
        assert_eq!(
            plan("3b 80 81 01 00", Preference::T0),
            Plan { protocol: Protocol::T1, speed: 0x11, ask: false }
        );
    }

    #[test]
    fn a_card_in_specific_mode_is_not_asked() {
        // TA1 13, TD1 91, TA2 81 (T=1 only), TD2 31.
        let specific = plan("3b 90 13 91 81 31 20 4d cf", Preference::T0);
        assert_eq!(specific, Plan { protocol: Protocol::T1, speed: 0x13, ask: false });
    }

    #[test]
    fn a_speed_beyond_the_reader_is_not_asked_for() {
        assert!(is_within_reach(0x96) && !is_within_reach(0x97) && !is_within_reach(0x70));
        assert_eq!(plan("3b 10 97", Preference::First).speed, DEFAULT_SPEED);
    }

    #[test]
    fn what_cannot_be_an_atr_is_said_to_be_none() {
        for (text, words) in [
            ("", "neither"),
            ("3a 00", "neither"),
            ("3b", "short"),
            ("3b 05 01 02", "short"),
            ("3b 80 81 01 01", "check byte"),
            ("3b f0 11 22", "short"),
        ] {
            assert!(read(&hex(text)).unwrap_err().0.contains(words), "{text}");
        }
        let crc = read(&hex("3b 80 81 41 01 41")).unwrap();
        assert!(crc.plan(Preference::T1, true, true).unwrap_err().0.contains("CRC"));
    }

    #[test]
    fn a_card_may_agree_to_the_protocol_and_keep_its_speed() {
        let asked = Plan { protocol: Protocol::T1, speed: 0x13, ask: true };
        assert_eq!(agreed(asked, &hex("ff 11 13 fd")), Some(asked));
        assert_eq!(agreed(asked, &hex("ff 01 fe")).unwrap().speed, DEFAULT_SPEED);
        assert_eq!(agreed(asked, &hex("ff 11 95 7b")), None);
        assert_eq!(agreed(asked, &[]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_atr_or_are_not(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut bytes = bytes;
            bytes.insert(0, 0x3B);
            if let Ok(atr) = read(&bytes) {
                prop_assert!((1..=254).contains(&atr.ifsc) && atr.block_wait_ms() < 60_000);
                let _ = atr.plan(Preference::T1, true, true);
            }
        }
    }
}
