//! The rig's way to devices without a line: their state is asked of the emulators' control interface, which answers once there
//! is another one.

use std::time::Duration;

use nix::poll::{PollTimeout, poll};

/// Longest wait for the emulators' answer, beyond what it was asked to wait.
const WAIT: Duration = Duration::from_secs(1);

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
            agent: ureq::AgentBuilder::new().build(),
        }
    }

    /// Its state now; the words say where and why there is none.
    pub(crate) fn get<T: serde::de::DeserializeOwned>(&self) -> Result<T, String> {
        self.ask(self.agent.get(&self.url).timeout(WAIT))
    }

    /// Its state once it is another than that of `version`, which it had before, or after so many milliseconds.
    pub(crate) fn next<T: serde::de::DeserializeOwned>(
        &self,
        version: u64,
        wait_ms: u64,
    ) -> Result<T, String> {
        let request = self.agent.get(&self.url).timeout(WAIT.saturating_add(Duration::from_millis(wait_ms)));
        self.ask(request.query("after", &version.to_string()).query("wait_ms", &wait_ms.to_string()))
    }

    fn ask<T: serde::de::DeserializeOwned>(&self, request: ureq::Request) -> Result<T, String> {
        let answer = request.call().map_err(|error| format!("{self}: {error}"))?;
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
