//! Logging in where there is more than one way: PIN or code, a PIN that was forgotten, and what to beware of.

use senim_domain::rule_pack::SessionTimes;
use senim_domain::{MessageId, Secret};
use senim_operation::attachment::PinEntry;
use senim_operation::body::{LoginCodeWanted, LoginPinSubmitted};
use senim_operation::message::{LoginRefusal, LoginWay, Message, MessageBody};

use super::answers::login_ending;
use super::idle::Clock;
use super::{Session, Step};
use crate::access::LoggingIn;
use crate::action::Decision;
use crate::card::CardPurpose;
use crate::remainder::Owed;
use crate::state::{Client, Ending, Errand, State};

impl Session {
    pub(super) fn log_in(&mut self, step: &Step<'_>, stage: LoggingIn) {
        self.enter(step, State::LoggingIn(Box::new(stage)));
    }

    /// The MFO offers ways; those that cannot be gone here are left out, and where only a code is left, it is asked for.
    pub(super) fn ways_offered(
        &mut self,
        step: &mut Step<'_>,
        login: MessageId,
        ways: &[LoginWay],
        errand: Errand,
    ) {
        let takes_cards = self.takes_cards();
        let here = |way: &LoginWay| takes_cards || *way != LoginWay::Card;
        let ways: Vec<LoginWay> = ways.iter().copied().filter(here).collect();
        if let Some(visit) = &mut self.visit {
            visit.has_card = ways.contains(&LoginWay::Card);
        }
        self.login_ways.clone_from(&ways);
        match ways.as_slice() {
            [LoginWay::Code] => self.want_code(step, errand, login),
            _ => self.log_in(step, LoggingIn::Ways { errand, login, ways }),
        }
    }

    pub(super) fn decide_login(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let State::LoggingIn(stage) = self.take() else { return };
        match (*stage, decision) {
            (LoggingIn::Safety { errand }, _) => {
                self.enter(step, State::EnterIin { errand, invalid: false });
            }
            (LoggingIn::Ways { errand, login, ways }, Decision::Choose(place)) => match ways.get(*place) {
                Some(LoginWay::Pin) => self.log_in(step, LoggingIn::Pin { errand, login, wrong: false }),
                Some(LoginWay::Code) => self.want_code(step, errand, login),
                Some(LoginWay::Card) => self.begin_card(step, CardPurpose::Login { errand, login }),
                None => self.log_in(step, LoggingIn::Ways { errand, login, ways }),
            },
            (LoggingIn::Pin { errand, login, .. }, Decision::Enter(pin)) => {
                self.type_login_pin(step, errand, login, pin);
            }
            (LoggingIn::Pin { errand, login, .. }, Decision::Decline) => {
                if let Some(visit) = &mut self.visit {
                    visit.forgot_pin = true;
                }
                self.want_code(step, errand, login);
            }
            (stage, _) => self.state = State::LoggingIn(Box::new(stage)),
        }
    }

    fn want_code(&mut self, step: &mut Step<'_>, errand: Errand, login: MessageId) {
        let asked = self.record(step, LoginCodeWanted { login });
        self.enter(step, State::LookingUp { errand, asked });
    }

    fn type_login_pin(&mut self, step: &mut Step<'_>, errand: Errand, login: MessageId, pin: &Secret) {
        let Ok(sealed) = (PinEntry { pin: pin.clone() }).to_plaintext() else {
            return self.end(step, Ending::Unreachable);
        };
        let asked = self.record_sealed(step, LoginPinSubmitted { login }, sealed);
        self.log_in(step, LoggingIn::Checking { errand, login, asked });
    }

    pub(super) fn back_in_login(&mut self, step: &Step<'_>, stage: LoggingIn) {
        match stage {
            LoggingIn::Safety { errand } | LoggingIn::Ways { errand, .. } => {
                self.enter(step, State::EnterIin { errand, invalid: false });
            }
            LoggingIn::Pin { errand, login, .. } => {
                let ways = self.login_ways.clone();
                self.log_in(step, LoggingIn::Ways { errand, login, ways });
            }
            stage @ LoggingIn::Checking { .. } => self.state = State::LoggingIn(Box::new(stage)),
        }
    }

    pub(super) fn pin_login_answer(&mut self, step: &mut Step<'_>, message: &Message, stage: LoggingIn) {
        match (stage, &message.body) {
            (LoggingIn::Checking { errand, .. }, MessageBody::LoggedIn { .. }) => {
                self.greeted(step, &message.body, errand);
            }
            (
                LoggingIn::Checking { errand, login, .. },
                MessageBody::LoginRefused { reason: LoginRefusal::WrongPin, may_retry: true },
            ) => self.log_in(step, LoggingIn::Pin { errand, login, wrong: true }),
            (LoggingIn::Checking { .. }, MessageBody::LoginRefused { reason, .. }) => {
                self.end(step, login_ending(*reason));
            }
            (LoggingIn::Checking { .. }, _) => self.end(step, Ending::Unreachable),
            (stage, _) => self.state = State::LoggingIn(Box::new(stage)),
        }
    }

    /// The MFO says who is logged in: what happened to the account is told first, a PIN that was forgotten set anew, then what
    /// they came for goes on.
    pub(super) fn greeted(&mut self, step: &mut Step<'_>, body: &MessageBody, errand: Errand) {
        match body {
            MessageBody::LoggedIn { client, unauthorised_access: Some(since), .. } => {
                self.tell_intrusion(step, *client, *since, (body.clone(), errand));
            }
            _ => self.admitted(step, body, errand),
        }
    }

    /// Nothing has to be told before what they came for.
    pub(super) fn admitted(&mut self, step: &mut Step<'_>, body: &MessageBody, errand: Errand) {
        let MessageBody::LoggedIn {
            client,
            greeting,
            products,
            last_login,
            remainder,
            waiting,
            unfinished,
            unauthorised_access: _,
        } = body
        else {
            return self.end(step, Ending::Unreachable);
        };
        let client = Client {
            id: *client,
            greeting: greeting.clone(),
            products: products.clone(),
            last_login: *last_login,
        };
        if self.visit.is_some_and(|visit| visit.forgot_pin) {
            return self.recover_pin(step, client);
        }
        match remainder {
            Some(remainder) if errand == Errand::Loan => self.offer_remainder(step, Owed::of(remainder)),
            Some(_) | None => self.logged_in(step, errand, client, waiting.clone(), unfinished.clone()),
        }
    }

    pub(super) const fn login_clock(stage: &LoggingIn, times: SessionTimes) -> Clock {
        match stage {
            LoggingIn::Safety { .. } => Clock::Person(times.reading_seconds),
            LoggingIn::Ways { .. } | LoggingIn::Pin { .. } => Clock::Person(times.input_seconds),
            LoggingIn::Checking { .. } => Clock::Answer(times.answer_seconds),
        }
    }
}
