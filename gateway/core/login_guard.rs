//! Failed logins of a client, and the locks that follow from them.
//!
//! Counted per client, wherever they were tried; the numbers come with the rule pack. A lock shuts every way in for its
//! time. After so many locks in a row the PIN is void: it has to be recovered by code and face. The terminal is told no
//! more than that there were too many attempts.

use senim_domain::rule_pack::LoginRules;
use senim_domain::{ClientId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::access_notice::AccessEvent;
use crate::acting::Act;
use crate::error::GatewayError;
use crate::later;
use crate::store::{self, Collection, Versioned};

/// What is counted of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Guard {
    /// Failed logins in a row.
    failures: u8,
    /// Locks in a row.
    locks: u8,
    /// End of the lock.
    locked_until: Option<UtcMillis>,
    /// Whether the PIN counts no more.
    pin_void: bool,
}

impl Guard {
    fn is_locked(&self, now: UtcMillis) -> bool {
        self.locked_until.is_some_and(|until| now < until)
    }

    /// One failure more; whether it leads to a lock.
    fn fail(&mut self, rules: LoginRules, now: UtcMillis) -> bool {
        self.failures = self.failures.saturating_add(1);
        if self.failures < rules.failures_before_lock {
            return false;
        }
        self.failures = 0;
        self.locks = self.locks.saturating_add(1);
        self.locked_until = Some(later(now, rules.lock_minutes.saturating_mul(60)));
        self.pin_void |= self.locks >= rules.locks_before_recovery;
        true
    }

    /// Somebody got in: what was counted is forgotten, but a void PIN stays void.
    const fn succeed(&self) -> Self {
        Self { failures: 0, locks: 0, locked_until: None, pin_void: self.pin_void }
    }
}

impl Act<'_> {
    fn guard(&self, client: ClientId) -> Result<Versioned<Guard>, GatewayError> {
        let found = store::load(self.gateway.store.as_ref(), Collection::LoginGuard, &client.to_string())?;
        Ok(found.unwrap_or(Versioned { revision: 0, value: Guard::default() }))
    }

    fn keep_guard(
        &mut self,
        client: ClientId,
        found: &Versioned<Guard>,
        new: &Guard,
    ) -> Result<(), GatewayError> {
        if found.value != *new {
            let key = client.to_string();
            self.changes.push(store::put(Collection::LoginGuard, &key, found.expect(), new)?);
        }
        Ok(())
    }

    /// Whether nobody gets into this cabinet now.
    pub(crate) fn is_locked(&self, client: ClientId) -> Result<bool, GatewayError> {
        Ok(self.guard(client)?.value.is_locked(self.now))
    }

    /// Whether the PIN counts no more.
    pub(crate) fn pin_is_void(&self, client: ClientId) -> Result<bool, GatewayError> {
        Ok(self.guard(client)?.value.pin_void)
    }

    /// A login failed: counted, and told to the client, once a visit or when it leads to a lock. Whether it does.
    pub(crate) fn login_failed(&mut self, client: ClientId, rules: LoginRules) -> Result<bool, GatewayError> {
        let found = self.guard(client)?;
        let mut guard = found.value.clone();
        let locked = guard.fail(rules, self.now);
        self.keep_guard(client, &found, &guard)?;
        if locked {
            tracing::warn!(terminal = %self.terminal, %client, "a cabinet is locked");
            self.tell_client(client, AccessEvent::Locked)?;
        } else if self.session.told_of_failure != Some(client) {
            self.tell_client(client, AccessEvent::LoginFailed)?;
        }
        self.session.told_of_failure = Some(client);
        Ok(locked)
    }

    /// Somebody got in.
    pub(crate) fn login_succeeded(&mut self, client: ClientId) -> Result<(), GatewayError> {
        let found = self.guard(client)?;
        let guard = found.value.succeed();
        self.keep_guard(client, &found, &guard)
    }

    /// There is a new PIN: it counts.
    pub(crate) fn pin_counts(&mut self, client: ClientId) -> Result<(), GatewayError> {
        let found = self.guard(client)?;
        self.keep_guard(client, &found, &Guard::default())
    }
}

#[cfg(test)]
mod tests {
    use senim_domain::rule_pack::PinRules;

    use super::*;

    const RULES: LoginRules = LoginRules {
        failures_before_lock: 2,
        lock_minutes: 30,
        locks_before_recovery: 2,
        pin: PinRules { min_digits: 6, max_digits: 12, history: 3, refuse_simple: true },
    };

    #[test]
    fn failures_in_a_row_lead_to_locks_and_locks_to_a_void_pin() {
        let (mut guard, now) = (Guard::default(), UtcMillis(0));
        assert!(!guard.fail(RULES, now) && !guard.is_locked(now));
        assert!(guard.fail(RULES, now) && guard.is_locked(UtcMillis(1_799_999)));
        assert!(!guard.is_locked(UtcMillis(1_800_000)) && !guard.pin_void);
        assert!(!guard.fail(RULES, now) && guard.fail(RULES, now) && guard.pin_void);
        assert!(guard.succeed().pin_void, "getting in by code makes no PIN right");
        assert!(!guard.succeed().is_locked(now));
    }
}
