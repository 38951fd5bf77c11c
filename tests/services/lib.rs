//! The simulated outside world behind the gateway's traits, in one thread and without a network: what the wire does is
//! `simulator/world`'s and the connectors' story, what the services decide is one and the same model.
//!
//! Each service can be away, or do its work and lose the answer. Time is what the test says.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "test support")]

mod centre;
mod core_lending;
mod money;
mod registers;
mod signing;
mod state_service;
mod supplements;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};

use senim_domain::{ClientId, Secret, SecretBytes, UtcMillis};
use senim_gateway_core::connectors::{
    ConnectorError, Connectors, FaceMatch, FaceMatcher, FaceVerdict, LoanBooking, PayoutReport, Sms,
};
use senim_world::model::{Denial, Model};
use senim_world::people::{self, Person};

pub use centre::{centre, signed_result};
pub use senim_world::people::{AccountOwner, Quirks};
pub use signing::{Authority, Phones};

/// What the services know and how they are.
pub struct State {
    /// The world itself.
    pub model: Model,
    /// Services that are away, by the names of `simulator/world`: `core`, `match`, `sms`, `kdp`, `coid`, `numbers`,
    /// `bureau`, `aml`, `anti-fraud`, `entrepreneurs`, `bank`, `merchants`, `calls`.
    pub down: BTreeSet<&'static str>,
    /// Services whose next answer is lost after the work is done.
    pub loses_reply: BTreeSet<&'static str>,
    /// What is seen in every picture.
    pub face: FaceVerdict,
    /// Texts of messages in order.
    pub sms: Vec<String>,
    /// Contracts as they were entered, each once.
    pub bookings: Vec<LoanBooking>,
    /// Payouts as they were entered, each once.
    pub payouts: Vec<PayoutReport>,
}

/// Every service at once; clones are the same.
#[derive(Clone)]
pub struct Behind(Arc<Mutex<State>>);

impl Default for Behind {
    fn default() -> Self {
        Self::new(people::builtin().unwrap())
    }
}

impl Behind {
    /// The services of a world of these people.
    #[must_use]
    pub fn new(people: Vec<Person>) -> Self {
        Self(Arc::new(Mutex::new(State {
            model: Model::new(people),
            down: BTreeSet::new(),
            loses_reply: BTreeSet::new(),
            face: FaceVerdict::Same,
            sms: Vec::new(),
            bookings: Vec::new(),
            payouts: Vec::new(),
        })))
    }

    /// The services of the world's own people, the first client of whom has this IIN and this identity.
    #[must_use]
    pub fn with_client(iin: &str, client: ClientId) -> Self {
        let mut everybody = people::builtin().unwrap();
        let known = everybody.iter_mut().find(|person| person.registered).unwrap();
        (known.iin, known.client_id) = (iin.to_owned(), client.0);
        Self::new(everybody)
    }

    /// Changes how somebody is.
    pub fn set_quirks(&self, iin: &str, change: impl FnOnce(&mut Quirks)) {
        self.lock().model.set_quirks(iin, change).unwrap();
    }

    /// Everything, to be looked at and changed.
    pub fn state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.lock())
    }

    /// Tells the time.
    pub fn set_now(&self, now: UtcMillis) {
        self.lock().model.set_now(now.0);
    }

    /// The code of the last message to a number of the BMG.
    #[must_use]
    pub fn last_kdp_code(&self) -> Option<String> {
        let state = self.lock();
        let message = state.model.inbox().iter().rev().find(|message| message.purpose == "kdp")?;
        message.text.rsplit(' ').next().map(str::to_owned)
    }

    /// Connectors to all services; whoever wants one left out takes it away.
    #[must_use]
    pub fn connectors(&self) -> Connectors {
        let mut connectors =
            Connectors::new(Box::new(self.clone()), Box::new(self.clone()), Box::new(self.clone()));
        connectors.personal_data = Some(Box::new(self.clone()));
        connectors.identification = Some(centre(Box::new(self.clone())));
        connectors.number_owner = Some(Box::new(self.clone()));
        connectors.credit_bureau = Some(Box::new(self.clone()));
        connectors.aml = Some(Box::new(self.clone()));
        connectors.anti_fraud = Some(Box::new(self.clone()));
        connectors.entrepreneurs = Some(Box::new(self.clone()));
        connectors.bank = Some(Box::new(self.clone()));
        connectors.merchants = Some(Box::new(self.clone()));
        connectors.check_call = Some(Box::new(self.clone()));
        connectors
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// One request to a service.
    fn ask<T>(
        &self,
        service: &'static str,
        work: impl FnOnce(&mut State) -> Result<T, Denial>,
    ) -> Result<T, ConnectorError> {
        let away = |cause: &str| ConnectorError::Unavailable { service, cause: cause.to_owned() };
        let mut state = self.lock();
        if state.down.contains(service) {
            return Err(away("down"));
        }
        let answer = work(&mut state).map_err(|denial| refused(service, denial));
        if state.loses_reply.remove(service) { Err(away("its answer was lost")) } else { answer }
    }
}

fn refused(service: &'static str, denial: Denial) -> ConnectorError {
    ConnectorError::Refused { service, code: denial.code.to_owned() }
}

/// `None` for an answer that means: there is none.
fn known<T>(answer: Result<T, ConnectorError>, code: &str) -> Result<Option<T>, ConnectorError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(ConnectorError::Refused { code: said, .. }) if said == code => Ok(None),
        Err(error) => Err(error),
    }
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

impl FaceMatcher for Behind {
    fn compare(&self, _: ClientId, _: &SecretBytes) -> Result<FaceMatch, ConnectorError> {
        self.ask("match", |state| Ok(state.face.into()))
    }
    fn enrol(&self, client: ClientId, _: &SecretBytes) -> Result<(), ConnectorError> {
        // Portraits of this world are drawn from its people.
        self.ask("match", |state| state.model.registered(client.0).map(drop))
    }
}

impl Sms for Behind {
    fn send(&self, to: &Secret, text: &Secret, purpose: &'static str) -> Result<(), ConnectorError> {
        self.ask("sms", |state| {
            state.model.send_sms(to.expose(), text.expose(), purpose)?;
            state.sms.push(text.expose().to_owned());
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;
