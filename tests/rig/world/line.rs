//! The line to the MFO: how requests travel, and polls that the gateway holds back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{Secret, SecretBytes, UtcMillis};
use senim_journal::Identity;
use senim_operation::body::{EnrolmentFault, EnrolmentOutcome};
use senim_operation::signer::{RamKey, Signer as _};
use senim_operation::trust::identity_of;
use senim_runtime::Input;
use senim_sync::wire::Failure;
use senim_sync::{Answer, Lease, Request};

use super::{Due, Travel, World};
use crate::far::Far;

/// How often the gateway looks into an inbox whose poll it holds back, ms.
const HELD_MS: u64 = 500;
/// How long it takes until a code is answered, ms.
const ENROLS_MS: u64 = 700;
/// How long it takes to find out that nobody answers, ms.
const UNREACHABLE_MS: u64 = 2_000;

impl<F: Far> World<F> {
    /// Looks again whether there is something for a poll that was held back.
    pub(super) fn look_again(&mut self, lease: Lease, request: Request, until: u64) {
        if let Some(failure) = self.no_connection() {
            return self.fails(lease, failure);
        }
        let answer = self.mfo.answer(&self.terminal, &request, self.utc());
        let empty =
            matches!(&answer, Answer::Inbox(page) if page.messages.is_empty() && page.replies.is_empty());
        if empty && self.now < until {
            self.later(HELD_MS, Due::Held(lease, request, until));
        } else {
            let answer = (self.forge)(&request, answer);
            self.later(20, Due::Input(Input::Uplink(lease, answer)));
        }
    }

    pub(super) fn ask(&mut self, lease: Lease, request: &Request) {
        if let Some(failure) = self.no_connection() {
            return self.fails(lease, failure);
        }
        let travel = (self.line)(request);
        if let (Travel::Good, Request::Inbox { wait_seconds, .. }) = (travel, request) {
            let until = self.now + u64::from(*wait_seconds) * 1000;
            // Time is held back here; at the far end it would be real.
            let request = match request {
                Request::Inbox { after, awaits, .. } => {
                    Request::Inbox { after: *after, wait_seconds: 0, awaits: *awaits }
                }
                other => other.clone(),
            };
            return self.look_again(lease, request, until);
        }
        let answer = match travel {
            Travel::Lost => None,
            Travel::Good | Travel::Slow(_) | Travel::AnswerLost => Some(self.far_answers(request)),
        };
        if let Some(Answer::Failed(failure)) = &answer {
            self.log.push(format!("{} gateway: {failure}", self.now));
        }
        let back_ms = match travel {
            Travel::Slow(ms) => ms,
            Travel::Good | Travel::Lost | Travel::AnswerLost => 20,
        };
        match answer.filter(|_| matches!(travel, Travel::Good | Travel::Slow(_))) {
            Some(answer) => {
                let answer = (self.forge)(request, answer);
                self.later(back_ms, Due::Input(Input::Uplink(lease, answer)));
            }
            None => self.fails(lease, lost()),
        }
    }

    /// Why there is none: nobody is at the far end, or it does not take the terminal's certificate any more.
    fn no_connection(&self) -> Option<Failure> {
        if self.away {
            return Some(lost());
        }
        let ended = self.utc() > self.certificate_ends;
        ended.then(|| Failure::Certificate("received fatal alert: CertificateExpired".into()))
    }

    fn fails(&mut self, lease: Lease, failure: Failure) {
        self.later(UNREACHABLE_MS, Due::Input(Input::Uplink(lease, Answer::Failed(failure))));
    }

    /// A code was typed; whoever enrols is not where the line ends, and is away when that is.
    pub fn enrol(&mut self, code: &Secret) {
        let (key, pkcs8) = RamKey::generate().unwrap();
        let certified = if self.away {
            Err(EnrolmentFault::Server)
        } else {
            self.mfo.enrol_by_code(&self.terminal, code, &key.public_jwk(), self.utc())
        };
        let outcome = match certified {
            Ok(der) => {
                self.be((pkcs8, vec![STANDARD.encode(&der)]));
                let ends = self.certificate_ends;
                let identity = Identity { signer: Box::new(key), x5c: self.identity.1.clone() };
                let at = self.utc();
                self.later(ENROLS_MS, Due::Input(Input::IdentityRenewed { identity, at, ends }));
                EnrolmentOutcome::Certified { ends }
            }
            Err(fault) => EnrolmentOutcome::Failed(fault),
        };
        self.later(ENROLS_MS, Due::Input(Input::Enrolled(outcome)));
    }

    /// Whom the terminal is from now on, by PKCS#8 and certificate chain.
    fn be(&mut self, identity: (SecretBytes, Vec<String>)) {
        self.certificate_ends = end_of(&identity.1);
        self.identity = identity;
    }
}

fn lost() -> Failure {
    Failure::Unreachable("the world lost it".into())
}

/// Last moment of a chain's leaf.
pub(super) fn end_of(x5c: &[String]) -> UtcMillis {
    identity_of(&STANDARD.decode(&x5c[0]).unwrap()).unwrap().not_after
}
