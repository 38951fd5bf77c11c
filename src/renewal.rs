//! The thread that renews the certificate. It looks once a minute, so that it needs no waking.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel};
use std::time::Duration;

use anyhow::Result;
use senim_domain::{Mono, UtcMillis};
use senim_journal::Identity;
use senim_runtime::{Input, shell};
use senim_uplink::est::EstClient;
use senim_uplink::renewal::{Renewer, RenewerParts, Standing};
use senim_uplink::{CertificateClock, Credentials};

use crate::config::Config;
use crate::identity::Held;

const EVERY: Duration = Duration::from_secs(60);

/// Ends the thread when it is dropped; a request under way is given up, which a renewal survives.
pub struct Renewal {
    _end: std::sync::mpsc::Sender<()>,
}

/// Starts the thread; `None`: this identity does not renew itself.
///
/// # Errors
/// The stored certificate cannot be read, or there is no thread.
pub fn start(
    config: &Config,
    held: Held,
    credentials: Credentials,
    clock: CertificateClock,
    inputs: SyncSender<Input>,
) -> Result<Option<Renewal>> {
    let Some(renewable) = held.renewable else { return Ok(None) };
    let timeout = Duration::from_millis(config.gateway.read_ms);
    let server = EstClient::renewal(&config.gateway.url, credentials.clone(), timeout)?;
    let renewer = Renewer::new(RenewerParts {
        path: config.enrolment_path(),
        enrolment: renewable.enrolment,
        store: renewable.store,
        key: held.key,
        server: Box::new(server),
        credentials,
    })?;
    let (end, ended) = channel();
    let passed = Passed { at: clock.at(), seen: shell::reading().mono, clock };
    std::thread::Builder::new()
        .name("renewal".into())
        .spawn(move || keep(renewer, passed, &inputs, &ended))?;
    Ok(Some(Renewal { _end: end }))
}

fn keep(mut renewer: Renewer, mut passed: Passed, inputs: &SyncSender<Input>, ended: &Receiver<()>) {
    let mut told = false;
    loop {
        let now = passed.now();
        match renewer.step(now, passed.clock.at()) {
            Ok(Some(renewed)) => {
                tracing::info!(not_after = %renewed.not_after, "the certificate was renewed");
                let identity = Identity { signer: Box::new(Arc::clone(&renewed.key)), x5c: renewed.x5c };
                if inputs.send(Input::IdentityRenewed(identity, renewed.not_after)).is_err() {
                    return;
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the certificate was not renewed"),
        }
        let expired = renewer.standing(now) == Standing::Expired;
        if expired && !told {
            tracing::error!("the certificate has ended; get a code from the MFO and run `senim enrol`");
        }
        told = expired;
        match ended.recv_timeout(EVERY) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// The last time that the MFO signed, and what has passed since it was seen: never later than the true time.
struct Passed {
    clock: CertificateClock,
    at: UtcMillis,
    seen: Mono,
}

impl Passed {
    fn now(&mut self) -> UtcMillis {
        let mono = shell::reading().mono;
        let since = i64::try_from(mono.since(self.seen)).unwrap_or(0);
        let running = UtcMillis(self.at.0.saturating_add(since));
        self.at = self.clock.at().max(running);
        self.seen = mono;
        self.at
    }
}
