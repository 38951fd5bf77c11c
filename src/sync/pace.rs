//! How much is sent at once: as much as the line was seen to carry in a few seconds.

/// A request should take about so long, ms; a village modem's delay of 2 s is well inside.
const TARGET_MS: u64 = 8_000;

/// The size of the next request of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    bytes: usize,
    least: usize,
    most: usize,
}

impl Pace {
    pub(crate) const fn new(begin: usize, least: usize, most: usize) -> Self {
        Self { bytes: begin, least, most }
    }

    /// Bytes of the next request.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// A request of so many bytes was answered after so long.
    pub(crate) fn answered(&mut self, sent: usize, elapsed_ms: u64) {
        if elapsed_ms > TARGET_MS {
            self.shrink();
        } else if elapsed_ms <= TARGET_MS / 2 && sent >= self.bytes / 2 {
            // Only a full request shows that the line carries more.
            self.bytes = self.bytes.saturating_mul(2).min(self.most);
        }
    }

    /// A request was not answered: the line may be slower than thought.
    pub(crate) fn shrink(&mut self) {
        self.bytes = (self.bytes / 2).max(self.least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_line_soon_carries_the_most_and_a_slow_one_the_least() {
        let mut pace = Pace::new(64, 8, 4_096);
        for _ in 0..6 {
            pace.answered(pace.bytes(), 100);
        }
        assert_eq!(pace.bytes(), 4_096);
        for _ in 0..20 {
            pace.answered(pace.bytes(), 60_000);
        }
        assert_eq!(pace.bytes(), 8);
    }

    #[test]
    fn small_requests_say_nothing_about_large_ones() {
        let mut pace = Pace::new(64, 8, 4_096);
        for _ in 0..100 {
            pace.answered(10, 1);
        }
        assert_eq!(pace.bytes(), 64);
    }

    #[test]
    fn on_64_kbit_with_2_s_delay_requests_settle_at_what_takes_seconds_and_not_minutes() {
        let mut pace = Pace::new(64 << 10, 8 << 10, 4 << 20);
        for _ in 0..50 {
            let bytes = pace.bytes();
            pace.answered(bytes, 4_000 + u64::try_from(bytes).unwrap() / 8);
        }
        assert!((8 << 10..=64 << 10).contains(&pace.bytes()), "{}", pace.bytes());
    }
}
