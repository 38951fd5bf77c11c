//! What one terminal, one address and all together may ask for at once, so that hostile input hurts only its sender.
//!
//! Decides limits before anything is buffered or computed: connections and their rate ([`crate::doors`]), requests and
//! bodies here. A body is paid for out of one budget of bytes before it is read, and must arrive at a least speed.

use std::collections::BTreeMap;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use hyper::body::{Frame, SizeHint};
use senim_domain::TerminalId;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

use crate::doors::Rate;
use crate::http::{MAX_BATCH_BYTES, Peer};
use crate::refusal::{Failure, try_later};

/// Longest wait for room in the budget of bodies.
const ROOM_WAIT: Duration = Duration::from_secs(5);
/// The budget's unit.
const UNIT: usize = 1024;
/// Terminals remembered before those that rest are forgotten.
const REMEMBERED: usize = 65_536;

/// The limits, with their defaults.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections of terminals at once; beyond, the oldest is closed.
    pub connections: usize,
    /// Of one terminal; beyond, its oldest is closed.
    pub connections_per_terminal: usize,
    /// Connections whose handshake is not finished; beyond, the oldest is closed.
    pub handshakes: usize,
    /// Of one address.
    pub handshakes_per_address: usize,
    /// New connections of one address in a second, on average; ten seconds' worth at once.
    pub connects_per_address_per_second: u32,
    /// Requests of one terminal in a second, on average; ten seconds' worth at once.
    pub requests_per_second: u32,
    /// Requests of one terminal at once.
    pub requests_at_once: u32,
    /// Requests of one terminal that work at once, polls apart: further ones wait their turn.
    pub working_at_once: usize,
    /// Bytes of bodies in memory at once, of all terminals.
    pub body_bytes: usize,
    /// Seconds before a body's speed counts.
    pub body_grace_seconds: u64,
    /// Least bytes a second of a body after that.
    pub body_bytes_per_second: u64,
    /// Threads for calls that block.
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16_384,
            connections_per_terminal: 8,
            handshakes: 4096,
            handshakes_per_address: 1024,
            connects_per_address_per_second: 1000,
            requests_per_second: 100,
            requests_at_once: 16,
            working_at_once: 2,
            body_bytes: 256 << 20,
            body_grace_seconds: 20,
            body_bytes_per_second: 1024,
            threads: 64,
        }
    }
}

impl Limits {
    /// What makes no sense; `None`: nothing.
    #[must_use]
    pub fn senseless(&self) -> Option<&'static str> {
        let ones = [self.connections, self.connections_per_terminal, self.handshakes, self.working_at_once];
        let rules = [
            (ones.iter().all(|n| *n > 0) && self.handshakes_per_address > 0, "limits are 1 or more"),
            (
                self.connects_per_address_per_second > 0 && self.requests_per_second > 0,
                "limits of rates are 1 or more",
            ),
            (self.requests_at_once > 0, "limits.requests_at_once is 1 or more"),
            (
                (MAX_BATCH_BYTES..=64 << 30).contains(&self.body_bytes),
                "limits.body_bytes is 16777216 to 68719476736",
            ),
            (self.body_bytes_per_second > 0, "limits.body_bytes_per_second is 1 or more"),
            ((4..=512).contains(&self.threads), "limits.threads is 4 to 512"),
        ];
        rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule)
    }
}

/// What is going on.
pub struct Guard {
    limits: Limits,
    room: Arc<Semaphore>,
    rate: Rate<TerminalId>,
    terminals: Mutex<BTreeMap<TerminalId, Arc<Busy>>>,
}

/// One terminal's requests.
struct Busy {
    at_once: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

impl Guard {
    /// Watches over these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let room = Arc::new(Semaphore::new(limits.body_bytes.div_ceil(UNIT)));
        let rate = Rate::new(limits.requests_per_second);
        Self { limits, room, rate, terminals: Mutex::default() }
    }

    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    fn busy(&self, terminal: &TerminalId) -> Arc<Busy> {
        let mut terminals = self.terminals.lock().unwrap_or_else(PoisonError::into_inner);
        if terminals.len() >= REMEMBERED {
            terminals.retain(|_, busy| Arc::strong_count(busy) > 1);
        }
        let at_once = usize::try_from(self.limits.requests_at_once).unwrap_or(usize::MAX);
        Arc::clone(terminals.entry(terminal.clone()).or_insert_with(|| {
            Arc::new(Busy {
                at_once: Arc::new(Semaphore::new(at_once.min(Semaphore::MAX_PERMITS))),
                working: Arc::new(Semaphore::new(self.limits.working_at_once.min(Semaphore::MAX_PERMITS))),
            })
        }))
    }

    /// Room for a body of this length.
    async fn room(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).ok()?;
        let room = Arc::clone(&self.room).acquire_many_owned(units);
        tokio::time::timeout(ROOM_WAIT, room).await.ok()?.ok()
    }
}

/// Length of the body as announced, the longest possible where it is not.
fn announced(request: &Request) -> Option<usize> {
    match request.headers().get(header::CONTENT_LENGTH) {
        Some(length) => length.to_str().ok()?.parse().ok(),
        None if request.body().is_end_stream() => Some(0),
        None => Some(MAX_BATCH_BYTES),
    }
}

/// Lets a request through when there is room for it.
pub async fn watch(
    State(guard): State<Arc<Guard>>,
    Extension(peer): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    match admit(&guard, &peer.0, request, next).await {
        Ok(response) => response,
        Err(failure) => {
            let mut response = failure.into_response();
            // What is left of the body is not read for its own sake.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }
    }
}

async fn admit(
    guard: &Guard,
    terminal: &TerminalId,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let busy = guard.busy(terminal);
    let too_many = |cause| Failure::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", cause);
    if !guard.rate.allows(terminal, Instant::now()) {
        return Err(too_many("requests of this terminal in a second"));
    }
    let Ok(_place) = Arc::clone(&busy.at_once).try_acquire_owned() else {
        return Err(too_many("requests of this terminal at once"));
    };
    let Some(length) = announced(&request) else {
        return Err(Failure::new(StatusCode::BAD_REQUEST, "bad_request", "the body's length is none"));
    };
    if length > MAX_BATCH_BYTES {
        return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the body's announced length"));
    }
    let polls = request.uri().path().ends_with("/inbox");
    let _turn = match polls {
        true => None,
        false => Some(Arc::clone(&busy.working).acquire_owned().await),
    };
    let _room = match length {
        0 => None,
        length => Some(guard.room(length).await.ok_or_else(|| try_later("no room for a body"))?),
    };
    let slow = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| Body::new(Paced::new(body, &guard.limits, Arc::clone(&slow))));
    let response = next.run(request).await;
    if slow.load(Ordering::Relaxed) {
        return Err(Failure::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "the body came too slowly"));
    }
    in_one_form(response)
}

/// What the layers below refuse in words of their own gets the one form of refusals.
fn in_one_form(response: Response) -> Result<Response, Failure> {
    let status = response.status();
    let json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if json || !(status.is_client_error() || status.is_server_error()) {
        return Ok(response);
    }
    let code = match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
        _ if status.is_server_error() => "try_later",
        _ => "bad_request",
    };
    Err(Failure::new(status, code, "refused below the handlers"))
}

/// A body that must arrive at a least speed.
struct Paced {
    body: Body,
    deadline: Pin<Box<Sleep>>,
    began: Instant,
    grace: Duration,
    bytes_per_second: u64,
    received: u64,
    slow: Arc<AtomicBool>,
}

impl Paced {
    fn new(body: Body, limits: &Limits, slow: Arc<AtomicBool>) -> Self {
        let (began, grace) = (Instant::now(), Duration::from_secs(limits.body_grace_seconds));
        let bytes_per_second = limits.body_bytes_per_second.max(1);
        let deadline = Box::pin(tokio::time::sleep(grace));
        Self { body, deadline, began, grace, bytes_per_second, received: 0, slow }
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            if let Some(Ok(frame)) = &frame
                && let Some(data) = frame.data_ref()
            {
                let more = u64::try_from(data.len()).unwrap_or(u64::MAX);
                this.received = this.received.saturating_add(more);
                let earned = Duration::from_secs(this.received / this.bytes_per_second);
                let end = this.began.checked_add(this.grace.saturating_add(earned)).unwrap_or(this.began);
                this.deadline.as_mut().reset(end);
            }
            return Poll::Ready(frame);
        }
        if this.deadline.as_mut().poll(context).is_ready() {
            this.slow.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(axum::Error::new(std::io::Error::from(
                std::io::ErrorKind::TimedOut,
            )))));
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
