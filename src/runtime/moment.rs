//! Trusted and estimated time (design section 5).
//!
//! Trusted is the last time signed by the MFO in this boot plus monotonic time since. Before there is one, the latest
//! of RTC, build time and last cosigned time is an estimate; the clock can then be wrong, but it never runs behind what
//! is known to have been.

use senim_domain::time::{ClockQuality, Mono, Stamp, UtcMillis};

/// What the clocks say: read by the shell, handed to the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// CLOCK_BOOTTIME.
    pub mono: Mono,
    /// Real-time clock; may be anything.
    pub rtc: UtcMillis,
}

/// The terminal's idea of the time.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    anchor: Option<(Mono, UtcMillis)>,
    floor: UtcMillis,
}

impl Time {
    /// Time that cannot be before `floor`: build time or last cosigned checkpoint.
    #[must_use]
    pub const fn new(floor: UtcMillis) -> Self {
        Self { anchor: None, floor }
    }

    /// The latest moment that is known to have been.
    #[must_use]
    pub const fn floor(&self) -> UtcMillis {
        self.floor
    }

    /// Takes a time signed by the MFO, valid at `mono`.
    pub fn trust(&mut self, mono: Mono, utc: UtcMillis) {
        self.anchor = Some((mono, utc));
        self.floor = self.floor.max(utc);
    }

    /// Time does not run behind what the MFO has signed elsewhere, valid at `mono`; it vouches for nothing by that.
    pub fn not_before(&mut self, mono: Mono, utc: UtcMillis) {
        self.floor = self.floor.max(utc);
        let behind = |(at, then): &(Mono, UtcMillis)| {
            then.0.saturating_add(i64::try_from(mono.since(*at)).unwrap_or(i64::MAX)) < utc.0
        };
        if self.anchor.as_ref().is_some_and(behind) {
            self.anchor = Some((mono, utc));
        }
    }

    /// The moment of a step.
    #[must_use]
    pub fn stamp(&self, reading: Reading) -> Stamp {
        let mono = reading.mono;
        match self.anchor {
            Some((at, utc)) => {
                let elapsed = i64::try_from(mono.since(at)).unwrap_or(i64::MAX);
                Stamp { mono, utc: UtcMillis(utc.0.saturating_add(elapsed)), quality: ClockQuality::Trusted }
            }
            None => Stamp { mono, utc: reading.rtc.max(self.floor), quality: ClockQuality::Estimated },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_rtc_does_not_move_trusted_time() {
        let mut time = Time::new(UtcMillis(1_000));
        time.trust(Mono(50), UtcMillis(9_000));
        let stamp = time.stamp(Reading { mono: Mono(80), rtc: UtcMillis(5) });
        assert_eq!((stamp.utc, stamp.quality), (UtcMillis(9_030), ClockQuality::Trusted));
    }

    #[test]
    fn what_the_mfo_signed_elsewhere_moves_a_clock_forward_and_never_back() {
        let reading = |mono| Reading { mono: Mono(mono), rtc: UtcMillis(5) };
        let mut time = Time::new(UtcMillis(1_000));
        time.not_before(Mono(1), UtcMillis(2_000));
        assert_eq!(time.stamp(reading(1)).utc, UtcMillis(2_000));
        assert_eq!(time.stamp(reading(1)).quality, ClockQuality::Estimated);
        time.trust(Mono(50), UtcMillis(9_000));
        time.not_before(Mono(80), UtcMillis(9_010));
        assert_eq!(time.stamp(reading(80)).utc, UtcMillis(9_030));
        time.not_before(Mono(90), UtcMillis(20_000));
        assert_eq!(time.stamp(reading(95)).utc, UtcMillis(20_005));
    }

    #[test]
    fn an_estimate_is_never_before_what_is_known_to_have_been() {
        let time = Time::new(UtcMillis(1_000));
        assert_eq!(time.stamp(Reading { mono: Mono(1), rtc: UtcMillis(5) }).utc, UtcMillis(1_000));
        assert_eq!(time.stamp(Reading { mono: Mono(1), rtc: UtcMillis(5_000) }).utc, UtcMillis(5_000));
    }
}
