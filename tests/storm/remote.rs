//! The MFO behind real TLS, over a line that loses, doubles and replays.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use senim_domain::{SecretBytes, TerminalId, UtcMillis};
use senim_operation::jws::PublicJwk;
use senim_operation::trust::Trust;
use senim_rig::Far;
use senim_sync::wire::Failure;
use senim_sync::{Answer, Request};
use senim_uplink::{READ_TIMEOUT_MS_MIN, Uplink, UplinkOptions, identity_from_pem};

use crate::services::{Services, person};

/// Requests that may be replayed later.
const REMEMBERED: usize = 8;
/// Real pause after a failure: virtual time must not run away while the gateway is down.
const PAUSE: Duration = Duration::from_millis(25);

/// How often what was done to the line, over all terminals.
#[derive(Default)]
pub struct LineFaults {
    pub lost: AtomicU64,
    pub answers_lost: AtomicU64,
    pub doubled: AtomicU64,
    pub replayed: AtomicU64,
    pub broken: AtomicU64,
    pub unreachable: AtomicU64,
}

/// One terminal's view of the MFO.
pub struct Remote {
    trust: Arc<Trust>,
    seal: PublicJwk,
    cosigner_x5c: Vec<String>,
    services: Services,
    index: usize,
    person: Cell<usize>,
    uplink: RefCell<Uplink>,
    random: RefCell<fastrand::Rng>,
    remembered: RefCell<Vec<Request>>,
    faults: Arc<LineFaults>,
    /// Whether the line still fails on purpose.
    pub stormy: Cell<bool>,
}

impl Remote {
    /// Reads what enrolment gave to the terminal.
    #[must_use]
    pub fn new(
        dir: &Path,
        terminal: &TerminalId,
        index: usize,
        gateway: &str,
        services: Services,
        random: fastrand::Rng,
        faults: Arc<LineFaults>,
    ) -> Self {
        let read = |name: &str| std::fs::read(dir.join(name)).unwrap();
        let ca_pem = read("ca.pem");
        let (chain, key) = identity_from_pem(&read("terminal.pem"), &read("terminal.key.pem")).unwrap();
        let trust = Arc::new(Trust::from_pem(std::str::from_utf8(&ca_pem).unwrap()).unwrap());
        let uplink = Uplink::new(UplinkOptions {
            base_url: gateway.to_owned(),
            terminal: terminal.to_string(),
            ca_pem,
            chain,
            key,
            at_least: senim_gateway::clock::now(),
            connect_timeout_ms: 5_000,
            read_timeout_ms: READ_TIMEOUT_MS_MIN,
        })
        .unwrap();
        Self {
            trust,
            seal: serde_json::from_slice(&read("mfo-seal.jwk.json")).unwrap(),
            cosigner_x5c: certificates(&read("mfo-cosigner.pem")),
            services,
            index,
            person: Cell::new(0),
            uplink: RefCell::new(uplink),
            random: RefCell::new(random),
            remembered: RefCell::default(),
            faults,
            stormy: Cell::new(true),
        }
    }

    /// Somebody else comes to the terminal.
    pub fn next_person(&self) {
        self.person.set(self.person.get() + 1);
    }

    fn perform(&self, request: &Request) -> Answer {
        let answer = self.uplink.borrow().perform(request);
        if matches!(&answer, Answer::Failed(Failure::Unreachable(_))) {
            self.faults.unreachable.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(PAUSE);
        }
        answer
    }

    fn remember(&self, request: &Request) {
        let mut remembered = self.remembered.borrow_mut();
        if remembered.len() == REMEMBERED {
            remembered.remove(0);
        }
        remembered.push(request.clone());
    }

    fn stormy_answer(&self, request: &Request) -> Answer {
        let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
        let lost = || Answer::Failed(Failure::Unreachable("lost on purpose".into()));
        let luck = self.random.borrow_mut().u32(..1_000);
        match luck {
            0..30 => {
                count(&self.faults.lost);
                lost()
            }
            30..60 => {
                count(&self.faults.answers_lost);
                let _ = self.perform(request);
                lost()
            }
            60..80 => {
                count(&self.faults.doubled);
                let _ = self.perform(request);
                self.perform(request)
            }
            80..95 => {
                let old = {
                    let remembered = self.remembered.borrow();
                    self.random.borrow_mut().choice(remembered.iter()).cloned()
                };
                if let Some(old) = old {
                    count(&self.faults.replayed);
                    let _ = self.perform(&old);
                }
                self.perform(request)
            }
            95..105 => {
                count(&self.faults.broken);
                self.uplink.borrow_mut().forget();
                self.perform(request)
            }
            _ => self.perform(request),
        }
    }
}

impl Far for Remote {
    fn trust(&self) -> Arc<Trust> {
        Arc::clone(&self.trust)
    }
    fn seal(&self) -> PublicJwk {
        self.seal
    }
    fn cosigner_x5c(&self) -> Vec<String> {
        self.cosigner_x5c.clone()
    }
    fn iin(&self) -> String {
        person(self.index, self.person.get())
    }
    fn last_code(&self) -> Option<String> {
        self.services.last_code(&self.iin())
    }
    fn answer(&self, _: &TerminalId, request: &Request, _: UtcMillis) -> Answer {
        if !self.stormy.get() {
            return self.perform(request);
        }
        let answer = self.stormy_answer(request);
        if !matches!(request, Request::Time { .. } | Request::Inbox { .. }) {
            self.remember(request);
        }
        answer
    }
}

/// A terminal's identity as enrolment wrote it: PKCS#8 and its own certificate.
#[must_use]
pub fn identity(dir: &Path) -> (SecretBytes, Vec<String>) {
    let key = PrivatePkcs8KeyDer::from_pem_file(dir.join("terminal.key.pem")).unwrap();
    let chain = std::fs::read(dir.join("terminal.pem")).unwrap();
    (SecretBytes::new(key.secret_pkcs8_der().to_vec()), certificates(&chain).into_iter().take(1).collect())
}

/// Certificates of a PEM file as `x5c` wants them.
fn certificates(pem: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(pem).unwrap();
    text.split("-----BEGIN CERTIFICATE-----")
        .skip(1)
        .map(|part| part.split("-----END").next().unwrap().lines().collect())
        .collect()
}
