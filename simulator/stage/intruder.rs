//! A program that looks like one for remote control, for a terminal that has to find it.

use std::hash::{Hash, Hasher};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};

use super::Stage;
use crate::error::Trouble;

/// A program for remote control, as far as its name tells. Dropping it ends it.
#[derive(Debug)]
pub struct Intruder(Child);

impl Drop for Intruder {
    fn drop(&mut self) {
        if let Err(error) = self.0.kill().and_then(|()| self.0.wait()) {
            tracing::warn!(%error, "the intruder goes on");
        }
    }
}

impl Stage {
    /// What this stage's program for remote control is called: as no other stage's, and short enough for Linux.
    pub(super) fn intruder(&self) -> String {
        let mut hasher = std::hash::DefaultHasher::new();
        self.folders.out.hash(&mut hasher);
        format!("rc-{:012x}", hasher.finish() >> 16)
    }

    /// Starts a program for remote control, as far as its name tells; it ends with what is given back.
    ///
    /// # Errors
    /// [`Trouble::File`].
    pub fn intrude(&self) -> Result<Intruder, Trouble> {
        let program = self.folders.work.join(self.intruder());
        std::os::unix::fs::symlink("/bin/sleep", &program).map_err(Trouble::file("link", &program))?;
        let started = Command::new(&program).arg0("sleep").arg("600").spawn();
        started.map(Intruder).map_err(Trouble::file("start", &program))
    }
}
