//! The one writing connection. Transactions that come while others are being written share a `COMMIT`, and its sync.
//!
//! Whoever comes joins the open transaction within a savepoint of their own, so that a refused one undoes itself alone. The
//! last of those who are on their way commits for all, and all hear the same verdict: durable, or not. Nobody is answered
//! before. A writer who is alone waits for nobody.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use senim_gateway_core::store::StoreError;

use super::unavailable;

/// Most transactions that share a commit: none waits for more writers than these.
const MOST: usize = 64;
/// How long a member waits before it looks whether whoever should commit is gone.
const PATIENCE: Duration = Duration::from_secs(1);

/// The writer.
pub(super) struct Writer {
    open: Mutex<Open>,
    /// Threads that are about to join.
    coming: AtomicUsize,
}

struct Open {
    connection: Connection,
    group: Option<Group>,
    /// Still set when the next one comes: whoever wrote died half-way.
    writing: bool,
}

/// Transactions that are written and not committed yet.
struct Group {
    members: usize,
    verdict: Arc<Verdict>,
}

/// What became of a group.
#[derive(Default)]
struct Verdict {
    said: Mutex<Option<Result<(), StoreError>>>,
    heard: Condvar,
}

impl Verdict {
    fn say(&self, done: Result<(), StoreError>) {
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
        self.heard.notify_all();
    }

    /// `None`: not said within [`PATIENCE`].
    fn wait(&self) -> Option<Result<(), StoreError>> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let (said, _) = self
            .heard
            .wait_timeout_while(said, PATIENCE, |said| said.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        said.clone()
    }
}

/// Counts a thread that is about to join, until dropped.
struct Coming<'a>(&'a AtomicUsize);

impl<'a> Coming<'a> {
    fn announce(coming: &'a AtomicUsize) -> Self {
        coming.fetch_add(1, Ordering::SeqCst);
        Self(coming)
    }
}

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Writer {
    pub(super) const fn new(connection: Connection) -> Self {
        Self {
            open: Mutex::new(Open { connection, group: None, writing: false }),
            coming: AtomicUsize::new(0),
        }
    }

    /// Writes one transaction; durable on return.
    pub(super) fn commit(
        &self,
        write: impl FnOnce(&Connection) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let coming = Coming::announce(&self.coming);
        let mut open = self.open();
        drop(coming);
        let joined = open.join(write);
        // Whoever is announced now will come to this line after us, and commits for us too.
        if self.coming.load(Ordering::SeqCst) == 0 || open.is_full() {
            open.close();
        }
        drop(open);
        let verdict = joined?;
        loop {
            if let Some(done) = verdict.wait() {
                return done;
            }
            let mut open = self.open();
            if open.group.as_ref().is_some_and(|group| Arc::ptr_eq(&group.verdict, &verdict)) {
                open.close();
            }
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut open.writing) {
            open.give_up("whoever wrote did not come to an end");
        }
        open
    }

    /// The connection, for tests that spoil it.
    #[cfg(test)]
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        work(&self.open().connection)
    }
}

impl Open {
    fn is_full(&self) -> bool {
        self.group.as_ref().is_some_and(|group| group.members >= MOST)
    }

    fn execute(&self, statement: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(statement)
            .and_then(|mut statement| statement.execute([]))
            .map(drop)
            .map_err(|error| unavailable(&error))
    }

    fn join(
        &mut self,
        write: impl FnOnce(&Connection) -> Result<(), StoreError>,
    ) -> Result<Arc<Verdict>, StoreError> {
        let verdict = match &self.group {
            Some(group) => {
                let verdict = Arc::clone(&group.verdict);
                self.execute("SAVEPOINT member")?;
                verdict
            }
            None => {
                self.execute("BEGIN IMMEDIATE")?;
                Arc::default()
            }
        };
        self.writing = true;
        let written = write(&self.connection);
        self.writing = false;
        match (&mut self.group, written) {
            (Some(group), Ok(())) => {
                group.members = group.members.saturating_add(1);
                if let Err(error) = self.execute("RELEASE member") {
                    self.give_up(&error.to_string());
                    return Err(error);
                }
            }
            (None, Ok(())) => self.group = Some(Group { members: 1, verdict: Arc::clone(&verdict) }),
            (Some(_), Err(error)) => {
                // A full disk may have undone the others too.
                let alone = !self.connection.is_autocommit()
                    && self
                        .execute("ROLLBACK TO member")
                        .and_then(|()| self.execute("RELEASE member"))
                        .is_ok();
                if !alone {
                    self.give_up(&error.to_string());
                }
                return Err(error);
            }
            (None, Err(error)) => {
                self.roll_back();
                return Err(error);
            }
        }
        Ok(verdict)
    }

    /// Commits for every member.
    fn close(&mut self) {
        let Some(group) = self.group.take() else { return };
        let done = self.execute("COMMIT");
        if done.is_err() {
            self.roll_back();
        }
        group.verdict.say(done);
    }

    /// Nothing of the group is kept.
    fn give_up(&mut self, why: &str) {
        self.roll_back();
        if let Some(group) = self.group.take() {
            let why = format!("a shared transaction was undone: {why}");
            group.verdict.say(Err(StoreError::Unavailable(why)));
        }
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.execute("ROLLBACK")
        {
            tracing::error!(%error, "a transaction was not rolled back");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of numbers, some of which must be of a number that is good: at the commit, which one that is not fails
    /// as a failed sync does.
    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "PRAGMA foreign_keys = ON;
                 CREATE TABLE good (n INTEGER PRIMARY KEY);
                 CREATE TABLE t (n INTEGER PRIMARY KEY,
                     of INTEGER REFERENCES good (n) DEFERRABLE INITIALLY DEFERRED);",
            )
            .unwrap();
        Writer::new(connection)
    }

    fn put(connection: &Connection, n: i64, of: Option<i64>) -> Result<(), StoreError> {
        let done = connection.execute("INSERT INTO t VALUES (?1, ?2)", rusqlite::params![n, of]);
        done.map(drop).map_err(|error| StoreError::Conflict(error.to_string()))
    }

    fn count(writer: &Writer) -> i64 {
        writer
            .with(|connection| connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap())
    }

    type Write = Box<dyn Fn(&Connection) -> Result<(), StoreError> + Send + Sync>;

    /// Writers who share one commit: the first is held while it writes until all others have come.
    fn together(writer: &Writer, writes: Vec<Write>) -> Vec<Result<(), StoreError>> {
        let others = writes.len() - 1;
        std::thread::scope(|scope| {
            let running: Vec<_> = writes
                .iter()
                .enumerate()
                .map(|(at, write)| {
                    let thread = scope.spawn(move || {
                        writer.commit(|connection| {
                            while at == 0 && writer.coming.load(Ordering::SeqCst) < others {
                                std::thread::yield_now();
                            }
                            write(connection)
                        })
                    });
                    // The first one has the transaction open before another comes.
                    while at == 0 && writer.open.try_lock().is_ok() && !thread.is_finished() {
                        std::thread::yield_now();
                    }
                    thread
                })
                .collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }

    #[test]
    fn a_failed_commit_fails_all_who_shared_it_and_keeps_nothing_of_them() {
        let writer = writer();
        let done = together(
            &writer,
            vec![
                Box::new(|connection| put(connection, 1, None)),
                Box::new(|connection| put(connection, 2, Some(404))),
                Box::new(|connection| put(connection, 3, None)),
            ],
        );
        assert!(done.iter().all(|done| matches!(done, Err(StoreError::Unavailable(_)))), "{done:?}");
        assert_eq!(count(&writer), 0);
        writer.commit(|connection| put(connection, 1, None)).unwrap();
        assert_eq!(count(&writer), 1);
    }

    #[test]
    fn a_refused_transaction_undoes_itself_alone() {
        let writer = writer();
        let done = together(
            &writer,
            vec![
                Box::new(|connection| put(connection, 1, None)),
                Box::new(|connection| put(connection, 2, None).and_then(|()| put(connection, 2, None))),
                Box::new(|connection| put(connection, 3, None)),
            ],
        );
        assert_eq!(done[0], Ok(()));
        assert!(matches!(done[1], Err(StoreError::Conflict(_))), "{done:?}");
        assert_eq!(done[2], Ok(()));
        assert_eq!(count(&writer), 2);
    }

    #[test]
    fn what_sqlite_undoes_for_all_is_told_to_all() {
        let writer = writer();
        let done = together(
            &writer,
            vec![
                Box::new(|connection| put(connection, 1, None)),
                Box::new(|connection| {
                    connection.execute_batch("ROLLBACK").unwrap();
                    Err(StoreError::Unavailable("the disk is full".into()))
                }),
            ],
        );
        assert!(done.iter().all(|done| matches!(done, Err(StoreError::Unavailable(_)))), "{done:?}");
        assert_eq!(count(&writer), 0);
    }

    #[test]
    fn of_a_writer_that_dies_half_way_nothing_is_kept_and_nobody_waits_for_ever() {
        let writer = writer();
        let first = std::thread::scope(|scope| {
            let first = scope.spawn(|| {
                writer.commit(|connection| {
                    while writer.coming.load(Ordering::SeqCst) < 1 {
                        std::thread::yield_now();
                    }
                    put(connection, 1, None)
                })
            });
            while writer.open.try_lock().is_ok() && !first.is_finished() {
                std::thread::yield_now();
            }
            let dies = scope.spawn(|| {
                writer.commit(|connection| {
                    put(connection, 2, None)?;
                    std::panic::resume_unwind(Box::new("dead"))
                })
            });
            assert!(dies.join().is_err());
            first.join().unwrap()
        });
        assert!(matches!(first, Err(StoreError::Unavailable(_))), "{first:?}");
        assert_eq!(count(&writer), 0);
        writer.commit(|connection| put(connection, 1, None)).unwrap();
        assert_eq!(count(&writer), 1);
    }

    #[test]
    fn a_thousand_writers_at_once_are_all_kept_once() {
        let writer = writer();
        std::thread::scope(|scope| {
            for thread in 0..20 {
                let writer = &writer;
                scope.spawn(move || {
                    for n in 0..50 {
                        writer.commit(|connection| put(connection, thread * 1000 + n, None)).unwrap();
                    }
                });
            }
        });
        assert_eq!(count(&writer), 1000);
    }
}
