//! The connections of one process: made when needed, kept for the next request, thrown away together when one is lost.
//!
//! Not a crate: async pools need a runtime around every caller, and r2d2 waits out its whole patience when the server
//! is away, holding the threads of all requests; here that is said at once (decision 0012).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::failure::Failure;
use super::url::Target;
use super::wire::{Session, Wire};

/// Longest wait for a connection that another request has.
const TURN: Duration = Duration::from_secs(10);

/// The pool.
pub(super) struct Pool {
    target: Target,
    most: usize,
    state: Mutex<State>,
    returned: Condvar,
    losses: AtomicU64,
}

#[derive(Default)]
struct State {
    idle: Vec<Wire>,
    /// Connections in use or being made.
    busy: usize,
}

impl Pool {
    pub(super) fn new(target: Target, most: usize) -> Self {
        Self {
            target,
            most: most.max(1),
            state: Mutex::default(),
            returned: Condvar::new(),
            losses: AtomicU64::new(0),
        }
    }

    /// Does some work over a connection of its own.
    pub(super) fn with<T>(
        &self,
        work: impl AsyncFnOnce(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let turn = Turn::of(self)?;
        let mut wire = match turn.kept() {
            Some(wire) => wire,
            None => Wire::connect(&self.target, self.losses.load(Ordering::Acquire))?,
        };
        let done = wire.run(work);
        let of_use = match &done {
            Ok(_) => true,
            Err(Failure::Lost(_)) => false,
            Err(_) => wire.settle(),
        };
        if of_use {
            wire.rest();
            self.state().idle.push(wire);
        } else {
            // The others are most likely of the same dead server.
            self.losses.fetch_add(1, Ordering::AcqRel);
        }
        done
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to one connection, given back when dropped.
struct Turn<'a>(&'a Pool);

impl<'a> Turn<'a> {
    fn of(pool: &'a Pool) -> Result<Self, Failure> {
        let full = |state: &mut State| state.busy >= pool.most;
        let (mut state, waited) = pool
            .returned
            .wait_timeout_while(pool.state(), TURN, full)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(Failure::Refused(format!("all {} connections are busy", pool.most)));
        }
        state.busy = state.busy.saturating_add(1);
        Ok(Self(pool))
    }

    /// A connection of before that still stands.
    fn kept(&self) -> Option<Wire> {
        loop {
            let wire = self.0.state().idle.pop()?;
            let current = wire.generation == self.0.losses.load(Ordering::Acquire);
            if current && (wire.is_warm() || wire.is_open()) {
                return Some(wire);
            }
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.busy = state.busy.saturating_sub(1);
        drop(state);
        self.0.returned.notify_one();
    }
}
