//! Starts and stops a world behind HTTP, on a runtime of the caller's or on a thread of its own.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::people::{self, PeopleError, Person};

/// How long open requests may take to end at shut-down before they are cut.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);

/// Why the world could not start.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The people are not usable.
    #[error("the people of the simulated world cannot be used")]
    People(#[from] PeopleError),
    /// The address could not be bound.
    #[error("the simulated world cannot listen on {addr}; choose a free address")]
    Bind {
        /// The address asked for.
        addr: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No thread or runtime could be made.
    #[error("the simulated world cannot start its thread")]
    Thread(#[source] std::io::Error),
    /// The thread ended before it had reported.
    #[error("the simulated world ended while starting")]
    Ended,
}

/// What the world starts with.
pub struct WorldOptions {
    /// The people in it; see [`people::builtin`] and [`people::from_file`].
    pub people: Vec<Person>,
}

impl WorldOptions {
    /// The built-in people.
    ///
    /// # Errors
    /// [`WorldError::People`].
    pub fn default_people() -> Result<Self, WorldError> {
        Ok(Self { people: people::builtin()? })
    }
}

/// Starts simulated worlds.
pub struct World;

/// A running world; dropping it leaves the world running until its runtime ends.
pub struct WorldHandle {
    /// Where it listens; the real port where 0 was asked for.
    pub addr: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl WorldHandle {
    /// Stops listening and waits for the end; requests still open after a second are cut.
    pub async fn shutdown(self) {
        let Self { stop, mut task, .. } = self;
        // A world that has ended already is what is asked for.
        let _ = stop.send(());
        if tokio::time::timeout(SHUTDOWN_GRACE, &mut task).await.is_err() {
            task.abort();
        }
    }
}

/// Keeps a world alive that runs in a thread of its own; dropping it stops the world and joins the thread.
pub struct WorldGuard {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for WorldGuard {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl World {
    /// Starts a world on the current runtime.
    ///
    /// # Errors
    /// [`WorldError::People`] or [`WorldError::Bind`].
    pub async fn start(addr: SocketAddr, options: WorldOptions) -> Result<WorldHandle, WorldError> {
        people::check(&options.people)?;
        let bind = |source| WorldError::Bind { addr, source };
        let listener = tokio::net::TcpListener::bind(addr).await.map_err(bind)?;
        let addr = listener.local_addr().map_err(bind)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let router = crate::http::router(options.people);
        let task = tokio::spawn(async move {
            let until = async {
                // A dropped sender must not stop the world: whoever drops the handle wants it to go on.
                if stopped.await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(until).await {
                tracing::error!(%error, "simulated world ended");
            }
        });
        tracing::info!(%addr, "simulated world listens");
        Ok(WorldHandle { addr, stop, task })
    }

    /// Starts a world of the built-in people in a thread with its own runtime; for callers without async.
    ///
    /// # Errors
    /// Any [`WorldError`].
    pub fn spawn_blocking_thread(addr: SocketAddr) -> Result<(SocketAddr, WorldGuard), WorldError> {
        Self::spawn_blocking_thread_with(addr, WorldOptions::default_people()?)
    }

    /// Like [`World::spawn_blocking_thread`], with people of one's own.
    ///
    /// # Errors
    /// Any [`WorldError`].
    pub fn spawn_blocking_thread_with(
        addr: SocketAddr,
        options: WorldOptions,
    ) -> Result<(SocketAddr, WorldGuard), WorldError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(WorldError::Thread)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, started) = std::sync::mpsc::sync_channel(1);
        let run = move || {
            runtime.block_on(async {
                match Self::start(addr, options).await {
                    Ok(handle) => {
                        let _ = ready.send(Ok(handle.addr));
                        let _ = stopped.await;
                        handle.shutdown().await;
                    }
                    Err(error) => {
                        let _ = ready.send(Err(error));
                    }
                }
            });
            runtime.shutdown_background();
        };
        let thread =
            std::thread::Builder::new().name("senim-world".into()).spawn(run).map_err(WorldError::Thread)?;
        let guard = WorldGuard { stop: Some(stop), thread: Some(thread) };
        let addr = started.recv().map_err(|_| WorldError::Ended)??;
        Ok((addr, guard))
    }
}
