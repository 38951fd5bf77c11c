//! The rig's way to devices without a line: their state is polled from the emulators' control interface.

use std::time::Duration;

use nix::poll::{PollTimeout, poll};

/// Longest wait for the emulators.
const WAIT: Duration = Duration::from_secs(1);
/// Between two polls, in milliseconds: below what a person notices.
pub(crate) const POLL_MS: u64 = 50;

/// One device's state: `GET {url}/devices/{name}`.
#[derive(Clone, Debug)]
pub(crate) struct Poller {
    url: String,
    agent: ureq::Agent,
}

impl Poller {
    pub(crate) fn new(url: &str, name: &str) -> Self {
        Self {
            url: format!("{}/devices/{name}", url.trim_end_matches('/')),
            agent: ureq::AgentBuilder::new().timeout(WAIT).build(),
        }
    }

    /// Its state now; the words say where and why there is none.
    pub(crate) fn get<T: serde::de::DeserializeOwned>(&self) -> Result<T, String> {
        let answer = self.agent.get(&self.url).call().map_err(|error| format!("{self}: {error}"))?;
        answer.into_json().map_err(|error| format!("{self}: {error}"))
    }
}

impl std::fmt::Display for Poller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the device at {}", self.url)
    }
}

/// Waits.
pub(crate) fn pause(ms: u64) {
    let ms = i32::try_from(ms).unwrap_or(i32::MAX);
    // A signal ends the wait early, which every caller bears.
    let _ended_early = poll(&mut [], PollTimeout::try_from(ms).unwrap_or(PollTimeout::MAX));
}
