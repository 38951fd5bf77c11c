//! Decides how a simulated service misbehaves when told to, and for how many requests.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::model::coid::Forgery;

/// A service that can be made to fail on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Core lending.
    Core,
    /// Face matcher.
    Match,
    /// SMS.
    Sms,
    /// КДП.
    Kdp,
    /// ЦОИД.
    Coid,
    /// Base of numbers.
    Numbers,
    /// Credit bureau.
    Bureau,
    /// Screening.
    Aml,
    /// Anti-fraud centre.
    AntiFraud,
    /// Register of entrepreneurs.
    Entrepreneurs,
    /// Bank.
    Bank,
    /// Merchants.
    Merchants,
    /// Check calls.
    Calls,
    /// Signing by QR code.
    Signing,
    /// Time-stamps.
    Timestamps,
    /// OCSP.
    Ocsp,
    /// Revocation lists.
    Crl,
    /// Judge of GOST signatures.
    Gost,
}

impl Service {
    /// Every service with its name in a path.
    pub const ALL: [(&'static str, Self); 18] = [
        ("core", Self::Core),
        ("match", Self::Match),
        ("sms", Self::Sms),
        ("kdp", Self::Kdp),
        ("coid", Self::Coid),
        ("numbers", Self::Numbers),
        ("bureau", Self::Bureau),
        ("aml", Self::Aml),
        ("anti-fraud", Self::AntiFraud),
        ("entrepreneurs", Self::Entrepreneurs),
        ("bank", Self::Bank),
        ("merchants", Self::Merchants),
        ("calls", Self::Calls),
        ("signing", Self::Signing),
        ("timestamps", Self::Timestamps),
        ("ocsp", Self::Ocsp),
        ("crl", Self::Crl),
        ("gost", Self::Gost),
    ];

    /// The service of this name in a path.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, service)| service)
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// 503 without doing anything.
    Down,
    /// 429 without doing anything.
    Busy,
    /// Answers late.
    Slow,
    /// Answers in time, a byte every tenth of a second.
    Trickle,
    /// 200 with bytes that are neither JSON nor XML, without doing anything.
    Garbage,
    /// 200 with JSON or XML of another form, without doing anything.
    WrongForm,
    /// 200 with more bytes than anybody wants, without doing anything.
    Huge,
    /// The right answer with another person's IIN and client id in it.
    OtherPerson,
    /// The work is done, the answer is 503: the caller cannot know.
    LostReply,
    /// ЦОИД alone: the result bears no signature.
    Unsigned,
    /// ЦОИД alone: somebody signs the result who only bears its name.
    WrongKey,
    /// ЦОИД alone: the result is of an hour before.
    OldAnswer,
    /// ЦОИД alone: the result was made for another request.
    AnotherRequest,
}

impl Mode {
    /// What it does to the centre's results.
    #[must_use]
    pub const fn forgery(self) -> Option<Forgery> {
        match self {
            Self::Unsigned => Some(Forgery::Unsigned),
            Self::WrongKey => Some(Forgery::WrongKey),
            Self::OldAnswer => Some(Forgery::OldAnswer),
            Self::AnotherRequest => Some(Forgery::AnotherRequest),
            Self::Down
            | Self::Busy
            | Self::Slow
            | Self::Trickle
            | Self::Garbage
            | Self::WrongForm
            | Self::Huge
            | Self::OtherPerson
            | Self::LostReply => None,
        }
    }
}

/// A fault as set over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub mode: Mode,
    /// Delay of `slow`, milliseconds, at most 600 000; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// For how many requests, at least 1; without it until deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

impl Fault {
    /// Whether the fields fit each other.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let delay = match self.mode {
            Mode::Slow => matches!(self.ms, Some(0..=600_000)),
            Mode::Down
            | Mode::Busy
            | Mode::Trickle
            | Mode::Garbage
            | Mode::WrongForm
            | Mode::Huge
            | Mode::OtherPerson
            | Mode::LostReply
            | Mode::Unsigned
            | Mode::WrongKey
            | Mode::OldAnswer
            | Mode::AnotherRequest => self.ms.is_none(),
        };
        delay && self.times != Some(0)
    }
}

/// The faults set now.
#[derive(Default)]
pub struct Faults(Mutex<BTreeMap<Service, Fault>>);

impl Faults {
    fn set_now(&self) -> MutexGuard<'_, BTreeMap<Service, Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets or removes the fault of a service.
    pub fn set(&self, service: Service, fault: Option<Fault>) {
        match fault {
            Some(fault) => self.set_now().insert(service, fault),
            None => self.set_now().remove(&service),
        };
    }

    /// The fault of a service, without using it up.
    #[must_use]
    pub fn get(&self, service: Service) -> Option<Fault> {
        self.set_now().get(&service).copied()
    }

    /// The fault that the next request meets; a counted fault is used up by this.
    #[must_use]
    pub fn meet(&self, service: Service) -> Option<Fault> {
        let mut set = self.set_now();
        let met = set.get(&service).copied();
        if let Some(Fault { times: Some(times), .. }) = set.get_mut(&service) {
            *times = times.saturating_sub(1);
            if *times == 0 {
                set.remove(&service);
            }
        }
        met
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_fault_is_met_that_often_and_an_uncounted_one_until_removed() {
        let faults = Faults::default();
        let down = Fault { mode: Mode::Down, ms: None, times: Some(2) };
        faults.set(Service::Core, Some(down));
        assert!(faults.meet(Service::Core).is_some() && faults.meet(Service::Sms).is_none());
        assert!(faults.meet(Service::Core).is_some());
        assert_eq!(faults.meet(Service::Core), None);
        faults.set(Service::Sms, Some(Fault { times: None, ..down }));
        assert!((0..50).all(|_| faults.meet(Service::Sms).is_some()));
        faults.set(Service::Sms, None);
        assert_eq!(faults.meet(Service::Sms), None);
    }
}
