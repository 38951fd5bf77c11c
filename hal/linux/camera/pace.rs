//! Whether frames come as a sensor gives them: numbered and stamped by the driver one after the other, fresh, and with the
//! jitter of a clock of its own.
//!
//! Pure: a frame's number and stamp in, a verdict out. The limits are design values; no cameras were measured for them. Who writes
//! into the driver itself is not found by this.

use std::collections::VecDeque;

/// How a driver stamped a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Number of the frame in its stream.
    pub sequence: u32,
    /// When it was taken, by CLOCK_MONOTONIC, µs.
    pub taken_us: u64,
}

/// Why frames are not those of the camera that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Injected {
    /// A number did not rise: a frame comes again, or two sources take turns.
    #[error("a frame of the camera came twice, or out of its order")]
    Repeated,
    /// A stamp did not rise.
    #[error("the time stamps of the camera's frames stand still or go back")]
    ClockStoodStill,
    /// A frame has no stamp, or one of the time to come.
    #[error("the camera's frames have no time stamps of this machine's clock")]
    NoClock,
    /// A frame is older than anything that a camera keeps.
    #[error("the camera's frames are older than a second when they come")]
    Stale,
    /// Frames come faster than the sensor takes them, several in a row.
    #[error("the camera's frames come faster than the camera takes them")]
    Hurried,
    /// Frames come at distances that are equal to the microsecond.
    #[error("the camera's frames come more evenly than any camera's")]
    TooRegular,
}

/// Stamps may be so much ahead of the clock that is read after them, µs.
const AHEAD_US: u64 = 1_000;
/// Oldest frame, µs.
const STALE_US: u64 = 1_000_000;
/// Frames in a row at less than half the sensor's distance.
const HURRIED_FRAMES: u32 = 4;
/// Distances that are compared, and how far they differ at least, µs: a sensor's clock and this machine's are two.
const REGULAR_FRAMES: usize = 90;
const JITTER_US: u64 = 2;

/// Follows the stamps of one stream.
#[derive(Debug)]
pub(super) struct Pace {
    interval_us: u64,
    last: Option<Stamp>,
    hurried: u32,
    intervals: VecDeque<u64>,
}

impl Pace {
    /// A stream that begins; the sensor takes a frame every `interval_us`.
    pub const fn new(interval_us: u64) -> Self {
        Self { interval_us, last: None, hurried: 0, intervals: VecDeque::new() }
    }

    /// Looks at every frame that the driver gives, also at those that nobody wanted.
    pub fn look(&mut self, stamp: Stamp, now_us: u64) -> Result<(), Injected> {
        if stamp.taken_us == 0 || stamp.taken_us > now_us.saturating_add(AHEAD_US) {
            return Err(Injected::NoClock);
        }
        let Some(last) = self.last.replace(stamp) else { return Ok(()) };
        // Numbers begin again after 2³².
        let frames = stamp.sequence.wrapping_sub(last.sequence);
        if frames == 0 || frames > u32::MAX / 2 {
            return Err(Injected::Repeated);
        }
        let since = stamp.taken_us.saturating_sub(last.taken_us);
        if since == 0 {
            return Err(Injected::ClockStoodStill);
        }
        let each = since.checked_div(u64::from(frames)).unwrap_or(since);
        self.hurried =
            if each.saturating_mul(2) < self.interval_us { self.hurried.saturating_add(1) } else { 0 };
        if self.hurried >= HURRIED_FRAMES {
            return Err(Injected::Hurried);
        }
        if frames == 1 {
            self.intervals.push_back(each);
        }
        if self.intervals.len() > REGULAR_FRAMES {
            self.intervals.pop_front();
        }
        let least = self.intervals.iter().min().copied().unwrap_or(0);
        let most = self.intervals.iter().max().copied().unwrap_or(0);
        if self.intervals.len() >= REGULAR_FRAMES && most.saturating_sub(least) < JITTER_US {
            return Err(Injected::TooRegular);
        }
        Ok(())
    }

    /// Whether a frame is too old for what is going on now to be in it, although it is the newest.
    pub const fn is_stale(stamp: Stamp, now_us: u64) -> Result<(), Injected> {
        if now_us.saturating_sub(stamp.taken_us) > STALE_US { Err(Injected::Stale) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: u64 = 33_333;

    /// Stamps as a sensor gives them, and what is made of them.
    fn judged(count: u32, stamp: impl Fn(u32) -> Stamp) -> Result<(), Injected> {
        let mut pace = Pace::new(INTERVAL);
        (0..count).map(stamp).try_for_each(|stamp| pace.look(stamp, stamp.taken_us + 40_000))
    }

    fn sensor(number: u32) -> Stamp {
        let jitter = u64::from(number.wrapping_mul(2_654_435_761) >> 24);
        Stamp { sequence: number, taken_us: 5_000_000 + u64::from(number) * INTERVAL + jitter }
    }

    #[test]
    fn a_sensor_is_believed_also_when_frames_are_lost_and_numbers_begin_again() {
        assert_eq!(judged(400, sensor), Ok(()));
        assert_eq!(judged(400, |number| sensor(number * 2)), Ok(()), "every other frame");
        let late = |number: u32| Stamp { sequence: (u32::MAX - 20).wrapping_add(number), ..sensor(number) };
        assert_eq!(judged(60, late), Ok(()));
        // One late frame, and the next sooner after it.
        let slow = |number: u32| Stamp {
            taken_us: sensor(number).taken_us + u64::from(number == 9) * 20_000,
            ..sensor(number)
        };
        assert_eq!(judged(60, slow), Ok(()));
    }

    #[test]
    fn a_frame_that_comes_again_or_out_of_order_is_named() {
        assert_eq!(
            judged(60, |number| Stamp { sequence: number.min(30), ..sensor(number) }),
            Err(Injected::Repeated)
        );
        let two = |number: u32| Stamp { sequence: number % 2 * 500 + number, ..sensor(number) };
        assert_eq!(judged(60, two), Err(Injected::Repeated));
    }

    #[test]
    fn stamps_that_stand_still_go_back_or_are_of_another_clock_are_named() {
        let still = |number: u32| Stamp { sequence: number, ..sensor(number.min(30)) };
        assert_eq!(judged(60, still), Err(Injected::ClockStoodStill));
        let back = |number: u32| Stamp { sequence: number, ..sensor(60 - number) };
        assert_eq!(judged(60, back), Err(Injected::ClockStoodStill));
        assert_eq!(judged(60, |number| Stamp { sequence: number, taken_us: 0 }), Err(Injected::NoClock));
        let wall = Stamp { sequence: 1, taken_us: 1_900_000_000_000_000 };
        assert_eq!(Pace::new(INTERVAL).look(wall, 5_000_000), Err(Injected::NoClock));
    }

    #[test]
    fn bursts_and_frames_without_any_jitter_are_named() {
        let burst = |number: u32| Stamp { taken_us: 5_000_000 + u64::from(number) * 9_000, ..sensor(number) };
        assert_eq!(judged(60, burst), Err(Injected::Hurried));
        let file =
            |number: u32| Stamp { taken_us: 5_000_000 + u64::from(number) * INTERVAL, ..sensor(number) };
        assert_eq!(judged(60, file), Ok(()), "two seconds are too few to tell");
        assert_eq!(judged(120, file), Err(Injected::TooRegular));
    }

    #[test]
    fn a_frame_that_is_older_than_a_second_is_stale() {
        let stamp = Stamp { sequence: 1, taken_us: 5_000_000 };
        assert_eq!(Pace::is_stale(stamp, 5_900_000), Ok(()));
        assert_eq!(Pace::is_stale(stamp, 6_000_001), Err(Injected::Stale));
    }
}
