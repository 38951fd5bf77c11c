//! What a new client is given: a PIN if they want one, and the way on to a loan.

use senim_domain::Secret;
use senim_operation::attachment::PinEntry;
use senim_operation::body::{PinSubmitted, RegistrationConcluded, SessionEnd};

use super::super::access::pin_fault;
use super::super::{Session, Step};
use crate::action::Decision;
use crate::registration::{Applicant, Awaited, PinFault, Registering};
use crate::state::{Client, Errand, State};

impl Session {
    pub(in crate::dialogue) fn conclude_registration(&mut self, step: &mut Step<'_>, applicant: Applicant) {
        let registration = applicant.registration;
        let asked = self.record(step, RegistrationConcluded { registration });
        self.register(step, Registering::Waiting { asked, applicant, awaited: Awaited::Conclusion });
    }

    pub(super) fn decide_finish(&mut self, step: &mut Step<'_>, stage: Registering, decision: Decision) {
        match (stage, decision) {
            (Registering::PinOffer { client }, Decision::Confirm) => {
                self.register(step, Registering::Pin { client, first: None, error: None });
            }
            (Registering::PinOffer { client }, Decision::Decline) => {
                self.register(step, Registering::Done { client, pin: false });
            }
            (Registering::Pin { client, first, .. }, Decision::Enter(typed)) => {
                self.type_pin(step, client, first, typed);
            }
            (Registering::Done { client, .. }, Decision::Confirm)
                if self.no_application(&step.now).is_none() =>
            {
                self.logged_in(step, Errand::Loan, client, None, None);
            }
            (Registering::Done { .. }, Decision::Confirm | Decision::Decline) => self.leave_registered(step),
            (stage, _) => self.state = State::Register(Box::new(stage)),
        }
    }

    /// A PIN is typed twice, so that a slip of the finger locks nobody out.
    fn type_pin(&mut self, step: &mut Step<'_>, client: Client, first: Option<Secret>, typed: Secret) {
        let rules = self.facts.pack(step.now.utc).map(|pack| pack.login.pin);
        let again = |error| Registering::Pin { client: client.clone(), first: None, error: Some(error) };
        if let Some(fault) = pin_fault(rules, first.as_ref(), &typed) {
            return self.register(step, again(fault));
        }
        if first.is_none() {
            return self.register(step, Registering::Pin { client, first: Some(typed), error: None });
        }
        let Ok(attachment) = (PinEntry { pin: typed }).to_plaintext() else {
            return self.register(step, again(PinFault::Length));
        };
        let asked = self.record_sealed(step, PinSubmitted { client: client.id }, attachment);
        self.register(step, Registering::SettingPin { asked, client });
    }

    /// No answer about the PIN: registered all the same, and a PIN can be set another time. `false`: none was awaited.
    pub(in crate::dialogue) fn give_up_pin(&mut self, step: &Step<'_>) -> bool {
        let client = match &self.state {
            State::Register(stage) => match stage.as_ref() {
                Registering::SettingPin { client, .. } => client.clone(),
                _ => return false,
            },
            _ => return false,
        };
        self.register(step, Registering::Done { client, pin: false });
        true
    }

    /// A registered client goes.
    pub(super) fn leave_registered(&mut self, step: &mut Step<'_>) {
        self.close_visit(step, SessionEnd::Completed);
        self.language = senim_domain::Language::default();
        self.enter(step, State::Idle);
    }
}
