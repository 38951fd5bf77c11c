//! Decides how a simulated service misbehaves when told to, and for how many requests.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// A service that can be made to fail on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Core lending.
    Core,
    /// Face matcher.
    Match,
    /// SMS.
    Sms,
}

impl Service {
    /// The service of this name in a path.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "core" => Some(Self::Core),
            "match" => Some(Self::Match),
            "sms" => Some(Self::Sms),
            _ => None,
        }
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// 503 without doing anything.
    Down,
    /// Answers late.
    Slow,
    /// 200 with bytes that are not JSON, without doing anything.
    Garbage,
    /// The work is done, the answer is 503: the caller cannot know.
    LostReply,
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
            Mode::Down | Mode::Garbage | Mode::LostReply => self.ms.is_none(),
        };
        delay && self.times != Some(0)
    }
}

/// The faults set now.
#[derive(Default)]
pub struct Faults {
    core: Mutex<Option<Fault>>,
    matcher: Mutex<Option<Fault>>,
    sms: Mutex<Option<Fault>>,
}

impl Faults {
    fn slot(&self, service: Service) -> std::sync::MutexGuard<'_, Option<Fault>> {
        let slot = match service {
            Service::Core => &self.core,
            Service::Match => &self.matcher,
            Service::Sms => &self.sms,
        };
        slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets or removes the fault of a service.
    pub fn set(&self, service: Service, fault: Option<Fault>) {
        *self.slot(service) = fault;
    }

    /// The fault of a service, without using it up.
    #[must_use]
    pub fn get(&self, service: Service) -> Option<Fault> {
        *self.slot(service)
    }

    /// The fault that the next request meets; a counted fault is used up by this.
    #[must_use]
    pub fn meet(&self, service: Service) -> Option<Fault> {
        let mut slot = self.slot(service);
        let met = *slot;
        if let Some(Fault { times: Some(times), .. }) = slot.as_mut() {
            *times = times.saturating_sub(1);
            if *times == 0 {
                *slot = None;
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
