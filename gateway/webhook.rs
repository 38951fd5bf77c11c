//! The webhook: one POST per event, the signed event as its body.

use std::time::Duration;

use senim_gateway_core::{HookFault, Webhook};

/// A receiver over HTTP.
pub struct HttpHook {
    url: String,
    agent: ureq::Agent,
}

impl HttpHook {
    /// Posts to this address; every wait ends after `timeout`. Redirections are not followed: an event goes where it was
    /// meant to.
    #[must_use]
    pub fn new(url: &str, timeout: Duration) -> Self {
        let agent = ureq::AgentBuilder::new().timeout(timeout).timeout_connect(timeout).redirects(0).build();
        Self { url: url.to_owned(), agent }
    }
}

impl Webhook for HttpHook {
    fn post(&self, id: &str, jws: &str) -> Result<(), HookFault> {
        let request =
            self.agent.post(&self.url).set("content-type", "application/jose").set("senim-event-id", id);
        match request.send_string(jws) {
            Ok(answer) if (200..300).contains(&answer.status()) => Ok(()),
            Ok(answer) => Err(HookFault::Status(answer.status())),
            Err(ureq::Error::Status(status, _)) => Err(HookFault::Status(status)),
            Err(ureq::Error::Transport(error)) => Err(HookFault::Away(error.kind().to_string())),
        }
    }
}
