//! Location receiver that speaks NMEA 0183 (sentences as described in gpsd's "NMEA Revealed").
//!
//! It speaks unasked: once in an interval a burst of GGA, GSV and RMC. What it receives it does not heed. Its sky is set
//! from outside; the time of day in its sentences is the machine's own clock.

mod control;
mod sentence;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::faults::{FaultSet, FaultSpec, fault_kinds};
use crate::machine::Machine;
use sentence::{angle, sealed, time_of_day};

/// Delay of a late burst unless the fault says another.
const LATE_MS: u64 = 5_000;
/// The date in every RMC: the emulator knows no calendar.
const DATE: &str = "010126";
/// What comes over a line at the wrong speed, and what a disturbance leaves between sentences.
const GARBAGE: &[u8] = b"\x00\xFF$\x80GP\x15\xFE$GPGGA,\xE0\x9C*\x7F";

fault_kinds! {
    /// Faults of the receiver and its line. Each strikes once per burst.
    Fault {
        /// Nothing is said.
        Silence = "silence" [],
        /// Every checksum is wrong.
        BadChecksum = "bad_checksum" [],
        /// No sentence has a checksum.
        NoChecksum = "no_checksum" [],
        /// Bytes of a disturbance before each sentence.
        Noise = "noise" [],
        /// Nothing but such bytes, as at the wrong speed.
        Garbage = "garbage" [],
        /// The first sentence breaks off in its middle and the next begins.
        HalfSentence = "half_sentence" [],
        /// A sentence far too long, with a good checksum, before the good ones.
        Overlong = "overlong" [],
        /// The burst comes after `delay_ms` (default 5,000), with the one then due behind it.
        Late = "late" ["delay_ms"],
        /// Every sentence comes twice.
        Double = "double" [],
    }
}

/// Who the sentences say they are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Talker {
    /// GPS.
    Gp,
    /// Several systems together.
    Gn,
    /// GLONASS.
    Gl,
}

impl Talker {
    const fn id(self) -> &'static str {
        match self {
            Self::Gp => "GP",
            Self::Gn => "GN",
            Self::Gl => "GL",
        }
    }
}

/// Settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Options {
    /// Who the sentences say they are from.
    pub talker: Talker,
    /// Whether GGA is said.
    pub gga: bool,
    /// Whether RMC is said.
    pub rmc: bool,
    /// From burst to burst, at least 50.
    pub interval_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { talker: Talker::Gn, gga: true, rmc: true, interval_ms: 1_000 }
    }
}

/// What the aerial sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sky {
    /// Millionths of a degree, north positive.
    pub latitude_udeg: i32,
    /// Millionths of a degree, east positive.
    pub longitude_udeg: i32,
    /// The told position leaves the true one by as much, north-east and south-west in turn.
    pub jitter_udeg: i32,
    /// Whether there is a position.
    pub fix: bool,
    /// Its kind as GGA says it: 1 satellites alone, 2 with corrections, 6 estimated, 7 by hand, 8 simulated.
    pub quality: u8,
    /// Satellites used.
    pub satellites: u8,
    /// Horizontal dilution of precision, hundredths.
    pub hdop_centi: u16,
}

impl Default for Sky {
    /// A good fix in the middle of Almaty.
    fn default() -> Self {
        Self {
            latitude_udeg: 43_238_949,
            longitude_udeg: 76_889_709,
            jitter_udeg: 0,
            fix: true,
            quality: 1,
            satellites: 9,
            hdop_centi: 90,
        }
    }
}

/// The receiver. See [`Machine`] for how it is driven.
#[derive(Debug)]
pub struct Nmea {
    /// What the aerial sees; may be changed at any time.
    pub sky: Sky,
    options: Options,
    faults: FaultSet<Fault>,
    next_ms: u64,
    bursts: u64,
    /// When, and what.
    outbox: VecDeque<(u64, Vec<u8>)>,
}

impl Nmea {
    /// A receiver that speaks for the first time one interval from now.
    #[must_use]
    pub fn new(options: Options, now_ms: u64) -> Self {
        let next_ms = now_ms.saturating_add(options.interval_ms);
        let faults = FaultSet::default();
        Self { sky: Sky::default(), options, faults, next_ms, bursts: 0, outbox: VecDeque::new() }
    }

    /// Sets or replaces a fault.
    pub fn set_fault(&mut self, fault: Fault, spec: FaultSpec) {
        self.faults.set(fault, spec);
    }

    /// Removes a fault.
    pub fn clear_fault(&mut self, fault: Fault) {
        self.faults.clear(fault);
    }

    /// Which sentences are said.
    pub fn say(&mut self, gga: bool, rmc: bool) {
        self.options.gga = gga;
        self.options.rmc = rmc;
    }

    fn run(&mut self, now_ms: u64) {
        if now_ms < self.next_ms {
            return;
        }
        // Intervals that nobody waited for are gone; a receiver does not save up.
        let interval_ms = self.options.interval_ms.max(1);
        let missed = now_ms.saturating_sub(self.next_ms) / interval_ms;
        self.next_ms = self.next_ms.saturating_add(missed.saturating_add(1).saturating_mul(interval_ms));
        self.bursts = self.bursts.saturating_add(1);
        let fields = self.fields(now_ms);
        if let Some(bytes) = self.burst(&fields) {
            let delay_ms = self.faults.take(Fault::Late).map_or(0, |spec| spec.delay_ms.unwrap_or(LATE_MS));
            let earlier_ms = self.outbox.back().map_or(0, |(at_ms, _)| *at_ms);
            self.outbox.push_back((now_ms.saturating_add(delay_ms).max(earlier_ms), bytes));
        }
    }

    /// The sentences of a burst without dollar and checksum.
    fn fields(&self, now_ms: u64) -> Vec<String> {
        let Sky { fix, quality, satellites, hdop_centi, .. } = self.sky;
        let talker = self.options.talker.id();
        let time = time_of_day(now_ms);
        let place = self.place();
        let hdop = format!("{}.{:02}", hdop_centi / 100, hdop_centi % 100);
        let mode = match quality {
            2 => 'D',
            6 => 'E',
            7 => 'M',
            8 => 'S',
            _ => 'A',
        };
        let gga = if fix {
            format!("{talker}GGA,{time},{place},{quality},{satellites:02},{hdop},830.4,M,-40.1,M,,")
        } else {
            format!("{talker}GGA,{time},,,,,0,00,99.99,,,,,,")
        };
        let rmc = if fix {
            format!("{talker}RMC,{time},A,{place},0.000,,{DATE},,,{mode},V")
        } else {
            format!("{talker}RMC,{time},V,,,,,,,{DATE},,,N,V")
        };
        let gsv = format!("GPGSV,1,1,{satellites:02}");
        let said = [self.options.gga.then_some(gga), Some(gsv), self.options.rmc.then_some(rmc)];
        said.into_iter().flatten().collect()
    }

    fn place(&self) -> String {
        let off = if self.bursts.is_multiple_of(2) { self.sky.jitter_udeg } else { -self.sky.jitter_udeg };
        let latitude = self.sky.latitude_udeg.saturating_add(off).clamp(-90_000_000, 90_000_000);
        let longitude = self.sky.longitude_udeg.saturating_add(off).clamp(-180_000_000, 180_000_000);
        format!("{},{}", angle(latitude, 2, ('N', 'S')), angle(longitude, 3, ('E', 'W')))
    }

    /// What goes on the line, as far as the faults let it.
    fn burst(&mut self, fields: &[String]) -> Option<Vec<u8>> {
        if self.faults.take(Fault::Silence).is_some() {
            return None;
        }
        if self.faults.take(Fault::Garbage).is_some() {
            return Some(GARBAGE.repeat(8));
        }
        let bad = self.faults.take(Fault::BadChecksum).is_some();
        let none = self.faults.take(Fault::NoChecksum).is_some();
        let noise = self.faults.take(Fault::Noise).is_some();
        let double = self.faults.take(Fault::Double).is_some();
        let mut half = self.faults.take(Fault::HalfSentence).is_some();
        let mut bytes = Vec::new();
        if self.faults.take(Fault::Overlong).is_some() {
            bytes.extend(sealed(&format!("GPTXT,01,01,02,{}", "x".repeat(600))));
        }
        for fields in fields {
            let mut sentence = if none { format!("${fields}\r\n").into_bytes() } else { sealed(fields) };
            if bad && let [.., digit, _, _] = sentence.as_mut_slice() {
                *digit = if *digit == b'0' { b'1' } else { b'0' };
            }
            if std::mem::take(&mut half) {
                sentence.truncate(sentence.len() / 2);
            }
            if noise {
                bytes.extend_from_slice(GARBAGE);
            }
            bytes.extend(if double { sentence.repeat(2) } else { sentence });
        }
        Some(bytes)
    }
}

impl Machine for Nmea {
    fn handle_input(&mut self, _bytes: &[u8], _now_ms: u64) {}

    fn poll_transmit(&mut self, now_ms: u64) -> Option<Vec<u8>> {
        self.run(now_ms);
        self.outbox.pop_front_if(|(at_ms, _)| *at_ms <= now_ms).map(|(_, bytes)| bytes)
    }

    fn poll_timeout(&self) -> Option<u64> {
        let waiting = self.outbox.front().map(|(at_ms, _)| *at_ms);
        Some(waiting.map_or(self.next_ms, |at_ms| at_ms.min(self.next_ms)))
    }

    fn handle_timeout(&mut self, now_ms: u64) {
        self.run(now_ms);
    }
}
