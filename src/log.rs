//! The program's log: JSON lines on stderr for whoever collects them, and its last lines in RAM for the service mode.
//!
//! Nothing personal is in a log, so its end may stand on a screen.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use senim_domain::calendar::local_time;
use senim_runtime::shell;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::Config;

/// Lines that are kept.
const LINES: usize = 60;
/// Characters of a line that are kept: what does not fit a screen is read from the collected log.
const LETTERS: usize = 240;

/// Begins logging.
///
/// # Errors
/// The filter of the configuration is none.
pub fn start(config: &Config) -> Result<Tail> {
    let filter = EnvFilter::try_new(&config.log.filter).context("log.filter")?;
    let tail = Tail::default();
    // A log that cannot be written (full disk) is told nowhere: telling it on the same stderr would panic.
    let collected = fmt::layer().json().with_writer(io::stderr).log_internal_errors(false);
    let kept = fmt::layer()
        .compact()
        .with_ansi(false)
        .with_timer(Clock)
        .with_writer(tail.clone())
        .log_internal_errors(false);
    tracing_subscriber::registry().with(filter).with(collected).with(kept).init();
    Ok(tail)
}

/// Characters of the time before a line.
const TIME: usize = 5;

/// The last lines of the log, and how often each came one after the other: a line that is dead must not push out why.
#[derive(Clone, Default)]
pub struct Tail(Arc<Mutex<VecDeque<(String, u32)>>>);

impl Tail {
    /// The newest line first.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = |(line, times): &(String, u32)| match times {
            1 => line.clone(),
            times => format!("{line} (×{times})"),
        };
        lines.iter().rev().map(told).collect()
    }

    fn keep(&self, text: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for line in text.lines() {
            let line: String = line.chars().take(LETTERS).collect();
            match lines.back_mut() {
                Some((last, times)) if last.get(TIME..) == line.get(TIME..) => {
                    (*last, *times) = (line, times.saturating_add(1));
                }
                _ => lines.push_back((line, 1)),
            }
            if lines.len() > LINES {
                lines.pop_front();
            }
        }
    }
}

impl io::Write for Tail {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.keep(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Tail {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Hours and minutes in Kazakhstan, by the board's own clock.
struct Clock;

impl FormatTime for Clock {
    fn format_time(&self, line: &mut Writer<'_>) -> std::fmt::Result {
        let (hours, minutes) = local_time(shell::rtc()).unwrap_or_default();
        write!(line, "{hours:02}:{minutes:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_stay_cut_to_what_a_screen_takes_and_are_told_first() {
        let tail = Tail::default();
        for number in 0..LINES + 5 {
            tail.keep(&format!("12:01 line {number}\n"));
        }
        tail.keep(&format!("12:02 {}\n", "\u{4d9}".repeat(LETTERS)));
        let lines = tail.lines();
        assert_eq!(lines.len(), LINES);
        assert_eq!(lines[0].chars().count(), LETTERS);
        assert_eq!(lines[1], format!("12:01 line {}", LINES + 4));
        assert_eq!(lines[LINES - 1], "12:01 line 6");
    }

    #[test]
    fn a_line_that_comes_again_and_again_is_one_with_its_last_time() {
        let tail = Tail::default();
        tail.keep("12:01 the second device is gone\n12:02 no answer\n12:03 no answer\n");
        tail.keep("12:04 no answer\n");
        assert_eq!(tail.lines(), ["12:04 no answer (×3)", "12:01 the second device is gone"]);
    }
}
