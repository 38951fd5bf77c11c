//! One connection with a runtime of its own: whoever asks drives it in their own thread, so that no other has to wake.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls, Statement};

use super::failure::Failure;
use super::url::Target;

/// Longest wait for one request, a whole flight of statements included.
const ANSWER: Duration = Duration::from_secs(30);
/// Durable before it is answered, whatever the server's default; nobody waits, holds a lock or stays open for ever.
const SESSION: &str = "SET synchronous_commit = on; SET statement_timeout = '20s'; SET lock_timeout = '5s';
     SET idle_in_transaction_session_timeout = '30s'; SET default_transaction_isolation = 'read committed'";

/// For so long after its last use a connection is taken to stand.
const WARM: Duration = Duration::from_millis(20);

#[expect(clippy::disallowed_methods, reason = "how long a connection has rested is known to nobody else")]
fn clock() -> Instant {
    Instant::now()
}

/// The connection.
pub(super) struct Wire {
    runtime: Option<Runtime>,
    session: Session,
    /// When it was made, counted in losses of connections.
    pub(super) generation: u64,
    rested: Instant,
}

/// What a request works with.
pub(super) struct Session {
    client: Client,
    statements: HashMap<&'static str, Statement>,
}

impl Session {
    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// Prepares a statement once per connection.
    pub(super) async fn prepare(&mut self, text: &'static str) -> Result<Statement, Failure> {
        if let Some(known) = self.statements.get(text) {
            return Ok(known.clone());
        }
        let prepared = self.client.prepare(text).await?;
        self.statements.insert(text, prepared.clone());
        Ok(prepared)
    }
}

impl Wire {
    pub(super) fn connect(target: &Target, generation: u64) -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::Refused(format!("no room for another connection: {error}")))?;
        let client = runtime.block_on(async {
            let client = match &target.tls {
                None => {
                    let (client, connection) = target.config.connect(NoTls).await?;
                    tokio::spawn(connection);
                    client
                }
                Some(tls) => {
                    let (client, connection) = target.config.connect(tls.clone()).await?;
                    tokio::spawn(connection);
                    client
                }
            };
            client.batch_execute(SESSION).await?;
            Ok::<_, Failure>(client)
        })?;
        Ok(Self {
            runtime: Some(runtime),
            session: Session { client, statements: HashMap::new() },
            generation,
            rested: clock(),
        })
    }

    /// Notes when it was last used.
    pub(super) fn rest(&mut self) {
        self.rested = clock();
    }

    /// Whether it was used so lately that a look at it would not be worth its system calls.
    pub(super) fn is_warm(&self) -> bool {
        clock().saturating_duration_since(self.rested) < WARM
    }

    /// Whether the other side was there when last heard of. Costs no message.
    pub(super) fn is_open(&self) -> bool {
        let Some(runtime) = &self.runtime else { return false };
        // Two turns: one notices what lies in the socket, the next lets the connection read it.
        runtime.block_on(async {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        });
        !self.session.client.is_closed()
    }

    /// Does some work; what takes too long is lost.
    pub(super) fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let lost = |why: &str| Failure::Lost(format!("PostgreSQL: {why}"));
        let Some(runtime) = &self.runtime else { return Err(lost("closed")) };
        let session = &mut self.session;
        runtime
            .block_on(async { tokio::time::timeout(ANSWER, work(session)).await })
            .unwrap_or_else(|_| Err(lost("no answer in time")))
    }

    /// Ends whatever transaction a failure has left open; false: the connection is of no more use.
    pub(super) fn settle(&mut self) -> bool {
        self.run(async |session| Ok(session.client().batch_execute("ROLLBACK").await?)).is_ok()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // The store may be dropped within an async task, where a runtime must not be waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A statement under way: how many rows it touched.
pub(super) type Request<'a> = Pin<Box<dyn Future<Output = Result<u64, tokio_postgres::Error>> + 'a>>;

/// Sends all requests in this order before it waits for the first answer; gives the answers in the same order.
pub(super) async fn in_one_flight(mut requests: Vec<Request<'_>>) -> Vec<Result<u64, tokio_postgres::Error>> {
    let mut answers: Vec<Option<_>> = requests.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        for (request, answer) in requests.iter_mut().zip(&mut answers).filter(|(_, answer)| answer.is_none())
        {
            if let Poll::Ready(ready) = request.as_mut().poll(context) {
                *answer = Some(ready);
            }
        }
        if answers.iter().any(Option::is_none) {
            return Poll::Pending;
        }
        Poll::Ready(std::mem::take(&mut answers).into_iter().flatten().collect())
    })
    .await
}
