//! Connections that only read: whoever reads does not wait for a sync. What is committed is seen by every later read.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use senim_gateway_core::store::StoreError;

use super::{connect, unavailable};

/// Most of them: reads are short, and each holds a cache of 2 MB.
const MOST: usize = 8;

/// The pool.
pub(super) struct Readers {
    path: PathBuf,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    lent: usize,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, state: Mutex::default(), returned: Condvar::new() }
    }

    /// Asks something.
    pub(super) fn read<T>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut lent = Lent::of(self);
        let connection = match lent.connection.take() {
            Some(kept) => kept,
            None => self.connect().map_err(|error| unavailable(&error))?,
        };
        let asked = ask(&connection);
        // One that failed is not trusted again.
        lent.connection = asked.is_ok().then_some(connection);
        asked.map_err(|error| unavailable(&error))
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let connection = connect(&self.path)?;
        connection.pragma_update(None, "query_only", "ON")?;
        Ok(connection)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to one connection, given back when dropped.
struct Lent<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl<'a> Lent<'a> {
    fn of(readers: &'a Readers) -> Self {
        let mut state = readers
            .returned
            .wait_while(readers.state(), |state| state.lent >= MOST)
            .unwrap_or_else(PoisonError::into_inner);
        state.lent = state.lent.saturating_add(1);
        Self { readers, connection: state.idle.pop() }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut state = self.readers.state();
        state.lent = state.lent.saturating_sub(1);
        state.idle.extend(self.connection.take());
        drop(state);
        self.readers.returned.notify_one();
    }
}
