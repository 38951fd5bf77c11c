//! Waiting for conditions in other processes: asked again after a short pause, never longer than a deadline.
//! The one place of the simulator that reads a clock and sleeps.

use std::time::{Duration, Instant};

use crate::error::Trouble;

/// First pause; each further one is half as long again.
const PAUSE: Duration = Duration::from_millis(5);
/// Longest pause.
const PAUSE_MAX: Duration = Duration::from_millis(60);

/// What one look found.
pub enum Look<T> {
    /// It is there.
    There(T),
    /// Not yet; what is there instead, for the message at the deadline.
    NotYet(String),
}

/// A moment to measure from.
#[derive(Clone, Copy, Debug)]
pub struct Moment(Instant);

impl Moment {
    /// Now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the stage is outside every program under test: it measures them"
    )]
    pub fn now() -> Self {
        Self(Instant::now())
    }

    /// Time since then.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        Self::now().0.saturating_duration_since(self.0)
    }
}

/// The clock that rows give as `mono_ms`: CLOCK_BOOTTIME, the same in every process of this host.
#[must_use]
pub fn boottime_ms() -> u64 {
    senim_emulators::pty::boottime_ms()
}

/// Rests between two looks.
#[expect(
    clippy::disallowed_methods,
    reason = "other processes report nothing to us; they are asked, with pauses"
)]
pub fn rest(pause: Duration) {
    std::thread::sleep(pause);
}

/// Looks until it is there, at most for `patience`.
///
/// # Errors
/// [`Trouble::Deadline`] with `what` and the last thing seen; an error of `look` at once.
pub fn until<T>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> Result<Look<T>, Trouble>,
) -> Result<T, Trouble> {
    let start = Moment::now();
    let mut pause = PAUSE;
    loop {
        let last = match look()? {
            Look::There(found) => return Ok(found),
            Look::NotYet(last) => last,
        };
        if start.elapsed() >= patience {
            return Err(Trouble::Deadline { what: what.to_owned(), seconds: patience.as_secs(), last });
        }
        rest(pause);
        pause = (pause + pause / 2).min(PAUSE_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_is_returned_and_what_does_not_is_told_with_the_last_thing_seen() {
        let mut looks = 0;
        let found = until("three", Duration::from_secs(5), || {
            looks += 1;
            Ok(if looks == 3 { Look::There(looks) } else { Look::NotYet(looks.to_string()) })
        });
        assert_eq!(found.unwrap(), 3);
        let failed =
            until::<()>("spring", Duration::from_millis(20), || Ok(Look::NotYet("winter".to_owned())));
        let text = failed.unwrap_err().to_string();
        assert!(text.contains("spring") && text.contains("winter"), "{text}");
    }

    #[test]
    fn an_error_ends_the_wait_at_once() {
        let failed = until::<()>("x", Duration::from_secs(60), || Err(Trouble::NotRunning("world")));
        assert!(matches!(failed, Err(Trouble::NotRunning("world"))));
    }
}
