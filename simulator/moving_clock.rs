//! A wall clock that the stage moves, for journeys that take hours and days: Debian's `faketime` is loaded into each program
//! and adds what a file says. Clocks that count from the start of the host stay as they are.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config;
use crate::error::Trouble;

/// Where Debian's package `faketime` puts its library for programs with threads, behind the folder of the architecture.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The clock.
#[derive(Debug)]
pub struct MovingClock {
    file: PathBuf,
    library: PathBuf,
    ahead: Duration,
}

impl MovingClock {
    /// A clock that is right still, kept in this folder.
    ///
    /// # Errors
    /// [`Trouble::Usage`] where `faketime` is not installed, [`Trouble::File`].
    pub fn begin(folder: &Path) -> Result<Self, Trouble> {
        let library =
            Path::new("/usr/lib").join(format!("{}-linux-gnu", std::env::consts::ARCH)).join(LIBRARY);
        if !library.is_file() {
            return Err(Trouble::Usage(format!(
                "{} is missing: install the package faketime, which lets days go by at once",
                library.display()
            )));
        }
        let clock = Self { file: folder.join("clock"), library, ahead: Duration::ZERO };
        clock.write()?;
        Ok(clock)
    }

    /// Moves it on, for every program at once.
    ///
    /// # Errors
    /// [`Trouble::File`].
    pub fn forward(&mut self, time: Duration) -> Result<(), Trouble> {
        self.ahead = self.ahead.saturating_add(time);
        self.write()
    }

    /// What a program has to be started with.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let set = |name: &str, value: String| (name.to_owned(), value);
        vec![
            set("LD_PRELOAD", self.library.display().to_string()),
            set("FAKETIME_TIMESTAMP_FILE", self.file.display().to_string()),
            // The file is read anew every second.
            set("FAKETIME_CACHE_DURATION", "1".to_owned()),
            set("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }

    fn write(&self) -> Result<(), Trouble> {
        config::write(&self.file, format!("+{}\n", self.ahead.as_secs()).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a program that is started now takes for the time, seconds.
    fn read(clock: &MovingClock) -> u64 {
        let environment = clock.environment();
        let date = std::process::Command::new("date")
            .arg("+%s")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        String::from_utf8(date.stdout).unwrap().trim().parse().unwrap()
    }

    #[test]
    fn programs_read_a_clock_that_was_moved_and_moves_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut clock = MovingClock::begin(folder.path()).unwrap();
        let before = read(&clock);
        clock.forward(Duration::from_secs(3_600)).unwrap();
        clock.forward(Duration::from_secs(60)).unwrap();
        let after = read(&clock);
        assert!((3_660..3_960).contains(&(after - before)), "{before} {after}");
    }
}
