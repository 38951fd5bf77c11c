//! How a request travels: bounded in time, size and rate, repeated where that does no harm.
//!
//! One call has one deadline, whatever happens in it: tries and pauses share it, so that a person at the terminal gets
//! an answer. A request is repeated when the line broke, or the service said that it cannot now (429, 5xx), and never
//! when repeating would do something twice. An answer that is not as agreed is not asked for again.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use backon::{BlockingRetryable as _, ExponentialBuilder};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use senim_domain::Secret;
use senim_gateway_core::connectors::ConnectorError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// Longest answer that holds a document.
const DOCUMENT_BYTES_MAX: u64 = 16 << 20;
/// Tries after the first.
const REPEATS: usize = 2;
/// Pause before the second try; it doubles, and chance adds to it, so that terminals do not knock in step.
const PAUSE: Duration = Duration::from_millis(100);
/// Less time than this is left: no further try.
const LEAST: Duration = Duration::from_millis(50);

/// One service at one address.
pub struct HttpService {
    service: &'static str,
    base: String,
    agent: ureq::Agent,
    timeout: Duration,
    rate: Option<DefaultDirectRateLimiter>,
    authorization: Option<Secret>,
}

/// Whether a request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It changes nothing, or carries an identity.
    Harmless,
    /// Each sending counts.
    Never,
}

/// A request that is ready to go.
pub(super) struct Outgoing<'a> {
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    pub(super) content_type: &'static str,
    pub(super) body: Option<Zeroizing<Vec<u8>>>,
    /// What makes the same again the same.
    pub(super) key: Option<Uuid>,
    pub(super) repeat: Repeat,
    pub(super) bytes_max: u64,
}

/// What came back.
pub(super) struct Incoming {
    pub(super) status: u16,
    bytes: Zeroizing<Vec<u8>>,
}

impl Incoming {
    /// As text; `None`: it is none.
    pub(super) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}

/// Why a try failed, and whether another could succeed.
enum Failed {
    Perhaps(ConnectorError),
    ForGood(ConnectorError),
}

impl HttpService {
    /// A service; `service` is its name in causes, `timeout` what one call may take in all.
    #[must_use]
    pub fn new(service: &'static str, base: &str, timeout: Duration) -> Self {
        let agent = ureq::AgentBuilder::new().timeout_connect(timeout).timeout(timeout).redirects(0).build();
        let base = base.trim_end_matches('/').to_owned();
        Self { service, base, agent, timeout, rate: None, authorization: None }
    }

    /// With at most so many requests a second; more are refused here. 0: without a limit.
    #[must_use]
    pub fn with_rate(mut self, per_second: u32) -> Self {
        let quota = NonZeroU32::new(per_second).map(Quota::per_second);
        self.rate = quota.map(RateLimiter::direct);
        self
    }

    /// With an `Authorization` header.
    #[must_use]
    pub fn with_authorization(mut self, value: Secret) -> Self {
        self.authorization = Some(value);
        self
    }

    /// Asks; changes nothing.
    pub(super) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ConnectorError> {
        self.json(self.outgoing("GET", path, None, None, Repeat::Harmless))
    }

    /// Asks for a document; changes nothing.
    pub(super) fn get_document<T: DeserializeOwned>(&self, path: &str) -> Result<T, ConnectorError> {
        let outgoing = self.outgoing("GET", path, None, None, Repeat::Harmless);
        self.json(Outgoing { bytes_max: DOCUMENT_BYTES_MAX, ..outgoing })
    }

    /// Asks with a body; changes nothing.
    pub(super) fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ConnectorError> {
        self.json(self.outgoing("POST", path, Some(self.written(body)?), None, Repeat::Harmless))
    }

    /// Changes something under an identity, which the body or the path holds as well.
    pub(super) fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        key: Uuid,
        body: &impl Serialize,
    ) -> Result<T, ConnectorError> {
        self.json(self.outgoing("POST", path, Some(self.written(body)?), Some(key), Repeat::Harmless))
    }

    /// Puts something under an identity, which the path holds as well.
    pub(super) fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        key: Uuid,
        body: &impl Serialize,
    ) -> Result<T, ConnectorError> {
        self.json(self.outgoing("PUT", path, Some(self.written(body)?), Some(key), Repeat::Harmless))
    }

    /// Hands something over, once.
    pub(super) fn post_once<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ConnectorError> {
        self.json(self.outgoing("POST", path, Some(self.written(body)?), None, Repeat::Never))
    }

    /// Asks with a body and keeps the answer as it came; changes nothing.
    pub(super) fn ask_whole(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Zeroizing<Vec<u8>>, ConnectorError> {
        let body = Some(self.written(body)?);
        self.bytes(&self.outgoing("POST", path, body, None, Repeat::Harmless)).map(Zeroizing::new)
    }

    /// Takes something back that an identity in the path names.
    pub(super) fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, ConnectorError> {
        self.json(self.outgoing("DELETE", path, None, None, Repeat::Harmless))
    }

    /// Asks for a file; changes nothing.
    pub(super) fn get_bytes(&self, path: &str) -> Result<Vec<u8>, ConnectorError> {
        let outgoing = self.outgoing("GET", path, None, None, Repeat::Harmless);
        self.bytes(&Outgoing { bytes_max: DOCUMENT_BYTES_MAX, ..outgoing })
    }

    /// Asks with bytes of a form, answered in bytes of a form; changes nothing.
    pub(super) fn ask_bytes(
        &self,
        content_type: &'static str,
        body: &[u8],
    ) -> Result<Vec<u8>, ConnectorError> {
        let body = Some(Zeroizing::new(body.to_vec()));
        self.bytes(&Outgoing { content_type, ..self.outgoing("POST", "", body, None, Repeat::Harmless) })
    }

    #[expect(clippy::unused_self, reason = "reads as a part of sending")]
    fn outgoing<'a>(
        &self,
        method: &'static str,
        path: &'a str,
        body: Option<Zeroizing<Vec<u8>>>,
        key: Option<Uuid>,
        repeat: Repeat,
    ) -> Outgoing<'a> {
        let content_type = "application/json";
        Outgoing { method, path, content_type, body, key, repeat, bytes_max: ANSWER_BYTES_MAX }
    }

    fn written(&self, body: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, ConnectorError> {
        let text = serde_json::to_vec(body).map_err(|_| self.unavailable("its request cannot be written"))?;
        Ok(Zeroizing::new(text))
    }

    fn bytes(&self, outgoing: &Outgoing<'_>) -> Result<Vec<u8>, ConnectorError> {
        let mut incoming = self.exchange(outgoing, |incoming| match incoming.status {
            200..=299 => Ok(()),
            status => Err(self.unavailable(&format!("status {status}"))),
        })?;
        Ok(std::mem::take(&mut *incoming.bytes))
    }

    fn json<T: DeserializeOwned>(&self, outgoing: Outgoing<'_>) -> Result<T, ConnectorError> {
        let incoming = self.exchange(&outgoing, |incoming| match incoming.status {
            200..=299 => Ok(()),
            status @ 400..=499 if status != 429 => {
                Err(self.refused(status, incoming.text().unwrap_or_default()))
            }
            status => Err(self.unavailable(&format!("status {status}"))),
        })?;
        let text = incoming.text().ok_or_else(|| self.unavailable("its answer is not text"))?;
        serde_json::from_str(text).map_err(|_| self.unavailable("its answer is not as agreed"))
    }

    /// Sends, as often as that may help, and gives what `judge` lets pass. What `judge` calls unavailable on 429 and
    /// from 500 on may be asked for again.
    pub(super) fn exchange(
        &self,
        outgoing: &Outgoing<'_>,
        judge: impl Fn(&Incoming) -> Result<(), ConnectorError>,
    ) -> Result<Incoming, ConnectorError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the gateway's edge: a deadline of the line, not of the business"
        )]
        let started = Instant::now();
        let left = || self.timeout.saturating_sub(started.elapsed());
        let times = if outgoing.repeat == Repeat::Harmless { REPEATS } else { 0 };
        let pauses = ExponentialBuilder::default().with_min_delay(PAUSE).with_max_times(times).with_jitter();
        let tried = (|| self.once(outgoing, left(), &judge))
            .retry(pauses)
            .when(|failed| matches!(failed, Failed::Perhaps(_)) && left() > PAUSE.saturating_mul(2) + LEAST)
            .call();
        tried.map_err(|failed| match failed {
            Failed::Perhaps(error) | Failed::ForGood(error) => error,
        })
    }

    fn once(
        &self,
        outgoing: &Outgoing<'_>,
        left: Duration,
        judge: &impl Fn(&Incoming) -> Result<(), ConnectorError>,
    ) -> Result<Incoming, Failed> {
        if self.rate.as_ref().is_some_and(|rate| rate.check().is_err()) {
            return Err(Failed::ForGood(self.unavailable("more requests than it is meant to get")));
        }
        let url = Zeroizing::new(format!("{}{}", self.base, outgoing.path));
        let mut request = self.agent.request(outgoing.method, &url).timeout(left.max(LEAST));
        if let Some(authorization) = &self.authorization {
            request = request.set("authorization", authorization.expose());
        }
        if let Some(key) = outgoing.key {
            request = request.set("idempotency-key", &key.to_string());
        }
        let answer = match &outgoing.body {
            Some(body) => request.set("content-type", outgoing.content_type).send_bytes(body),
            None => request.call(),
        };
        let response = match answer {
            Ok(response) | Err(ureq::Error::Status(_, response)) => response,
            Err(ureq::Error::Transport(transport)) => {
                return Err(Failed::Perhaps(self.unavailable(&transport.kind().to_string())));
            }
        };
        let status = response.status();
        let bytes = self.read(response, outgoing.bytes_max)?;
        let incoming = Incoming { status, bytes };
        match judge(&incoming) {
            Ok(()) => Ok(incoming),
            Err(error @ ConnectorError::Unavailable { .. }) if status == 429 || status >= 500 => {
                Err(Failed::Perhaps(error))
            }
            Err(error) => Err(Failed::ForGood(error)),
        }
    }

    fn read(&self, response: ureq::Response, bytes_max: u64) -> Result<Zeroizing<Vec<u8>>, Failed> {
        use std::io::Read as _;
        let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
        let read = response.into_reader().take(bytes_max.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|_| Failed::Perhaps(self.unavailable("its answer broke off")))?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > bytes_max {
            return Err(Failed::ForGood(self.unavailable("its answer is too long")));
        }
        Ok(bytes)
    }

    fn refused(&self, status: u16, text: &str) -> ConnectorError {
        match serde_json::from_str::<Problem>(text) {
            Ok(problem) if is_word(&problem.code) => self.refusal(problem.code),
            Ok(_) | Err(_) => self.unavailable(&format!("status {status} without a code")),
        }
    }

    /// It said no, by this code.
    pub(super) fn refusal(&self, code: String) -> ConnectorError {
        ConnectorError::Refused { service: self.service, code }
    }

    /// It gave nothing useful.
    pub(super) fn unavailable(&self, cause: &str) -> ConnectorError {
        ConnectorError::Unavailable { service: self.service, cause: cause.to_owned() }
    }

    /// Lets an answer pass that is about whom or what was asked.
    pub(super) fn about<T>(&self, holds: bool, answer: T) -> Result<T, ConnectorError> {
        if holds { Ok(answer) } else { Err(self.unavailable("it answers about another")) }
    }
}

/// `None` for an answer that means: there is none.
pub(super) fn known<T>(answer: Result<T, ConnectorError>, code: &str) -> Result<Option<T>, ConnectorError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(ConnectorError::Refused { code: said, .. }) if said == code => Ok(None),
        Err(error) => Err(error),
    }
}

/// An answer of which only its being JSON counts.
#[derive(Deserialize)]
pub(super) struct Accepted {}

/// An error body.
#[derive(Deserialize)]
struct Problem {
    code: String,
}

/// A code is a short word; anything else might quote what was sent.
pub(super) fn is_word(code: &str) -> bool {
    (1..=48).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// A number of a report: short and printable, so that it can stand in a row.
pub(super) fn is_report(number: &str) -> bool {
    (1..=64).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_graphic())
}
