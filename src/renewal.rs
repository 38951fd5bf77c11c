//! The thread that renews the certificate, and has it made anew by a code. It looks once a minute, so that it needs no waking.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use anyhow::Result;
use senim_domain::{Mono, Secret, UtcMillis};
use senim_journal::Identity;
use senim_operation::body::{EnrolmentFault, EnrolmentOutcome};
use senim_runtime::{Input, shell};
use senim_uplink::est::{EstClient, EstError, Pin};
use senim_uplink::renewal::{Renewed, Renewer, RenewerParts, Standing};
use senim_uplink::{CertificateClock, Credentials};

use crate::config::Config;
use crate::identity::Held;

const EVERY: Duration = Duration::from_secs(60);

/// Whether a code of the MFO can have this terminal's key certified anew.
#[must_use]
pub fn enrols(config: &Config, held: &Held) -> bool {
    held.renewable.is_some() && config.identity.est.is_some()
}

/// Starts the thread where the identity renews itself. It takes codes that somebody typed, and ends when nobody can send one any
/// more; a request under way is given up then, which a renewal survives.
///
/// # Errors
/// The stored certificate cannot be read, or there is no thread.
pub fn start(
    config: &Config,
    held: Held,
    credentials: Credentials,
    clock: CertificateClock,
    codes: Receiver<Secret>,
    inputs: SyncSender<Input>,
) -> Result<()> {
    let Some(renewable) = held.renewable else { return Ok(()) };
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
    let desk = config.identity.est.as_ref().map(|est| est.url.clone());
    let passed = Passed { at: clock.at(), seen: shell::reading().mono, clock };
    let keeper = Keeper { renewer, passed, desk, timeout, inputs };
    std::thread::Builder::new().name("renewal".into()).spawn(move || keeper.keep(&codes))?;
    Ok(())
}

/// Keeps the certificate.
struct Keeper {
    renewer: Renewer,
    passed: Passed,
    /// Address of whoever enrols by codes.
    desk: Option<String>,
    timeout: Duration,
    inputs: SyncSender<Input>,
}

impl Keeper {
    fn keep(mut self, codes: &Receiver<Secret>) {
        let mut told = false;
        loop {
            let now = self.passed.now();
            match self.renewer.step(now, self.passed.clock.at()) {
                Ok(Some(renewed)) => self.tell(renewed),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the certificate was not renewed"),
            }
            let expired = self.renewer.standing(now) == Standing::Expired;
            if expired && !told {
                tracing::error!(
                    "the certificate has ended; get a code from the MFO and type it in the service mode"
                );
            }
            told = expired;
            match codes.recv_timeout(EVERY) {
                Ok(code) => self.enrol(&code),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn enrol(&mut self, code: &Secret) {
        let outcome = match self.enrolled(code) {
            Ok(renewed) => {
                let ends = renewed.not_after;
                self.tell(renewed);
                EnrolmentOutcome::Certified { ends }
            }
            Err(error) => {
                tracing::warn!(%error, "the code brought no certificate");
                EnrolmentOutcome::Failed(fault(&error))
            }
        };
        // A kernel that is gone needs no answer.
        let _gone = self.inputs.send(Input::Enrolled(outcome));
    }

    fn enrolled(&mut self, code: &Secret) -> Result<Renewed, EstError> {
        let unknown = || EstError::Server("the configuration has no [identity.est]".into());
        let url = self.desk.as_deref().ok_or_else(unknown)?;
        let (pin, clock) = (Pin::Certificate(self.renewer.ca_pem().into_bytes()), self.passed.clock.clone());
        let server = EstClient::commissioning(url, &pin, clock, self.timeout)?;
        self.renewer.enrol(&server, code, self.passed.clock.at())
    }

    fn tell(&self, renewed: Renewed) {
        tracing::info!(not_after = %renewed.not_after, "the certificate was renewed");
        let identity = Identity { signer: Box::new(Arc::clone(&renewed.key)), x5c: renewed.x5c };
        let (at, ends) = (renewed.at, renewed.not_after);
        let _gone = self.inputs.send(Input::IdentityRenewed { identity, at, ends });
    }
}

/// What a person can do about it.
const fn fault(error: &EstError) -> EnrolmentFault {
    match error {
        EstError::Uplink(_) | EstError::Server(_) => EnrolmentFault::Server,
        EstError::WrongCode => EnrolmentFault::WrongCode,
        EstError::Locked { .. } => EnrolmentFault::Locked,
        EstError::Refused(_) => EnrolmentFault::Refused,
        EstError::Untrusted(_) => EnrolmentFault::Untrusted,
        EstError::Key(_) => EnrolmentFault::KeyStore,
        EstError::Record(_) => EnrolmentFault::Disk,
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
