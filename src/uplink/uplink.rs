//! Performs one request at a time over HTTP/1.1 and says how it ended. The interface is the gateway's, version 1.

use std::sync::Arc;
use std::time::Duration;

use rustls::sign::SigningKey;
use rustls_pki_types::CertificateDer;
use senim_domain::{TerminalId, UtcMillis};
use senim_operation::batch;
use senim_operation::jws::is_hash;
use senim_sync::wire::{Acknowledgement, Answer, Failure, Request};
use zeroize::Zeroizing;

use crate::connector::Connector;
use crate::tls::{self, CertificateClock};
use crate::{answer, failure};

/// Least read time-out, ms: the gateway may think for 20 s and hold the inbox back for 25 s.
pub const READ_TIMEOUT_MS_MIN: u64 = 30_000;

/// Longest that the gateway may be asked to hold the inbox back, seconds.
const MAX_WAIT_SECONDS: u32 = 25;
/// Longest answer with messages: 64 rule packs fit twice.
const MAX_MESSAGES_BYTES: usize = 8 << 20;
/// Longest note with the hashes of archived attachments.
const MAX_NOTE_BYTES: usize = 1 << 20;
/// Longest signed time.
const MAX_TIME_BYTES: usize = 16 << 10;
/// Plain rows.
const LINES: &str = "application/x-ndjson";
/// Longest error document.
const MAX_ERROR_BYTES: usize = 64 << 10;

/// Where the gateway is and who we are.
#[derive(Clone)]
pub struct UplinkOptions {
    /// `https://host:port`, nothing behind it.
    pub base_url: String,
    /// The terminal's name, the common name of its certificate.
    pub terminal: String,
    /// The MFO's CA; nobody else is believed.
    pub ca_pem: Vec<u8>,
    /// Our certificate, leaf first.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key, in a file or in a key store.
    pub key: Arc<dyn SigningKey>,
    /// The later of build time and last cosigned checkpoint: certificates that ended before are refused.
    pub at_least: UtcMillis,
    /// Time to connect, ms, from 1.
    pub connect_timeout_ms: u64,
    /// Time without a byte after which an answer is given up, ms, at least [`READ_TIMEOUT_MS_MIN`].
    pub read_timeout_ms: u64,
}

/// Why there can be no uplink.
#[derive(Debug, thiserror::Error)]
pub enum UplinkError {
    /// The address cannot be used.
    #[error("the gateway's address must look like https://host:port, not {0:?}")]
    BaseUrl(String),
    /// The name cannot be used.
    #[error(transparent)]
    Terminal(#[from] senim_domain::ids::BadTerminalId),
    /// A time-out cannot be used.
    #[error(
        "the time to connect must be at least 1 ms and the time to read at least {READ_TIMEOUT_MS_MIN} ms"
    )]
    Timeouts,
    /// The CA cannot be used.
    #[error("the file with the MFO's CA certificate cannot be used: {0}")]
    Ca(String),
    /// Our certificate or key cannot be used.
    #[error("the terminal's certificate and key cannot be used: {0}; enrol the terminal again")]
    Identity(String),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// The line to the gateway.
pub struct Uplink {
    base_url: String,
    terminal: TerminalId,
    clock: CertificateClock,
    connector: Arc<Connector>,
    connect_timeout: Duration,
    agent: ureq::Agent,
}

impl Uplink {
    /// Sets up the line; connects only with the first request.
    ///
    /// # Errors
    /// [`UplinkError`].
    pub fn new(options: UplinkOptions) -> Result<Self, UplinkError> {
        if options.read_timeout_ms < READ_TIMEOUT_MS_MIN {
            return Err(UplinkError::Timeouts);
        }
        Self::assemble(options)
    }

    /// As [`Uplink::new`], with any time-out.
    pub(crate) fn assemble(options: UplinkOptions) -> Result<Self, UplinkError> {
        let UplinkOptions {
            base_url,
            terminal,
            ca_pem,
            chain,
            key,
            at_least,
            connect_timeout_ms,
            read_timeout_ms,
        } = options;
        let base_url = checked_base(&base_url).ok_or_else(|| UplinkError::BaseUrl(base_url.clone()))?;
        if connect_timeout_ms == 0 || read_timeout_ms == 0 {
            return Err(UplinkError::Timeouts);
        }
        let clock = CertificateClock::new(at_least);
        let config = tls::Credentials::new(&ca_pem, chain, key, clock.clone())?;
        let connector = Arc::new(Connector { config, limit: Duration::from_millis(read_timeout_ms) });
        let connect_timeout = Duration::from_millis(connect_timeout_ms);
        let agent = agent(&connector, connect_timeout);
        Ok(Self { base_url, terminal: terminal.parse()?, clock, connector, connect_timeout, agent })
    }

    /// A further connection to the same gateway: it shares certificates, clock and TLS sessions.
    #[must_use]
    pub fn another(&self) -> Self {
        Self {
            base_url: self.base_url.clone(),
            terminal: self.terminal.clone(),
            clock: self.clock.clone(),
            connector: Arc::clone(&self.connector),
            connect_timeout: self.connect_timeout,
            agent: agent(&self.connector, self.connect_timeout),
        }
    }

    /// The time by which certificates are judged; to be advanced with every signed time that was verified.
    #[must_use]
    pub fn clock(&self) -> CertificateClock {
        self.clock.clone()
    }

    /// What the line shows of us, to be changed when the certificate is renewed.
    #[must_use]
    pub fn credentials(&self) -> tls::Credentials {
        self.connector.config.clone()
    }

    /// Drops connections and their buffers. What was resumed is the TLS session, which holds nothing of a person.
    pub fn forget(&mut self) {
        self.agent = agent(&self.connector, self.connect_timeout);
    }

    /// Performs a request to its end. Blocks for up to the sum of the time-outs, longer while bytes come.
    #[must_use]
    pub fn perform(&self, request: &Request) -> Answer {
        let answer = self.exchange(request).unwrap_or_else(Answer::Failed);
        if let Answer::Failed(failure) = &answer {
            tracing::debug!(request = name(request), code = failure.code(), "request failed");
        } else {
            tracing::trace!(request = name(request), "request answered");
        }
        answer
    }

    fn exchange(&self, request: &Request) -> Result<Answer, Failure> {
        match request {
            Request::Time { nonce } => {
                let fits = (22..=64).contains(&nonce.len())
                    && nonce.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                if !fits {
                    return Err(refused_here("bad_nonce"));
                }
                let call = self.agent.get(&format!("{}/v1/time?nonce={nonce}", self.base_url));
                answer::ascii(&send(call, None, MAX_TIME_BYTES)?).map(Answer::Time)
            }
            Request::Operations { rows } => {
                let (kind, body) = body_of(rows);
                let call = self.agent.post(&self.path("operations")).set("content-type", kind);
                let body = send(call, Some(&body), MAX_MESSAGES_BYTES)?;
                let acknowledgement: Acknowledgement = answer::json(&body)?;
                if acknowledgement.acked_seq.is_some() != acknowledgement.acked_hash.is_some() {
                    return Err(Failure::Unreadable("it acknowledges half a row".into()));
                }
                Ok(Answer::Operations(acknowledgement))
            }
            Request::Ahead { key_epoch, row } => {
                let rows: Vec<&str> = key_epoch.iter().chain([row]).map(String::as_str).collect();
                let call = self.agent.post(&self.path("ahead")).set("content-type", LINES);
                let body = send(call, Some(&lines(&rows)), MAX_MESSAGES_BYTES)?;
                answer::json(&body).map(Answer::Ahead)
            }
            Request::Attachment { sha256, jwe } => {
                let call = self.agent.put(&self.attachment(sha256)?).set("content-type", "application/jose");
                answer::json(&send(call, Some(jwe.as_bytes()), MAX_MESSAGES_BYTES)?).map(Answer::Attachment)
            }
            Request::AttachmentHeld { sha256 } => {
                let call = self.agent.get(&self.attachment(sha256)?);
                answer::json(&send(call, None, MAX_MESSAGES_BYTES)?).map(Answer::Attachment)
            }
            Request::AttachmentPiece { sha256, offset, size, text } => {
                let path = format!("{}?offset={offset}&size={size}", self.attachment(sha256)?);
                let call = self.agent.request("PATCH", &path).set("content-type", "application/jose");
                answer::json(&send(call, Some(text.as_bytes()), MAX_MESSAGES_BYTES)?).map(Answer::Attachment)
            }
            Request::Telemetry { lines: entries } => {
                let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
                let call = self.agent.post(&self.path("telemetry")).set("content-type", LINES);
                send(call, Some(&lines(&entries)), MAX_NOTE_BYTES).map(|_| Answer::Telemetry)
            }
            Request::Checkpoint { note } => {
                let call = self
                    .agent
                    .post(&self.path("checkpoint"))
                    .set("content-type", "text/plain; charset=utf-8");
                answer::json(&send(call, Some(note.as_bytes()), MAX_NOTE_BYTES)?).map(Answer::Checkpoint)
            }
            Request::Inbox { after, wait_seconds, awaits } => {
                let wait = (*wait_seconds).min(MAX_WAIT_SECONDS);
                let mut path = self.path(&format!("inbox?after={after}&wait={wait}"));
                if let Some(awaits) = awaits {
                    path.push_str(&format!("&awaits={awaits}"));
                }
                let call = self.agent.get(&path);
                answer::json(&send(call, None, MAX_MESSAGES_BYTES)?).map(Answer::Inbox)
            }
        }
    }

    fn attachment(&self, sha256: &str) -> Result<String, Failure> {
        if !is_hash(sha256) {
            return Err(refused_here("hash_mismatch"));
        }
        Ok(self.path(&format!("attachments/{sha256}")))
    }

    fn path(&self, rest: &str) -> String {
        format!("{}/v1/terminals/{}/{rest}", self.base_url, self.terminal)
    }
}

impl std::fmt::Debug for Uplink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Uplink({} to {})", self.terminal, self.base_url)
    }
}

fn agent(connector: &Arc<Connector>, connect_timeout: Duration) -> ureq::Agent {
    ureq::AgentBuilder::new()
        .tls_connector(Arc::clone(connector))
        .https_only(true)
        // The gateway never redirects; following would leave its name.
        .redirects(0)
        .timeout_connect(connect_timeout)
        .timeout_read(connector.limit)
        .timeout_write(connector.limit)
        .max_idle_connections(1)
        .user_agent(concat!("senim/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Sends and reads the body of a `200`.
fn send(call: ureq::Request, body: Option<&[u8]>, limit: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let response = match body {
        Some(body) => call.send_bytes(body),
        None => call.call(),
    };
    match response {
        Ok(response) if response.status() == 200 => answer::read_body(response.into_reader(), limit),
        Ok(response) => Err(Failure::Unreadable(format!("its status is {}", response.status()))),
        Err(ureq::Error::Status(status, response)) => {
            let body = answer::read_body(response.into_reader(), MAX_ERROR_BYTES);
            Err(failure::of_status(status, body.as_deref().map_or(&[], Vec::as_slice)))
        }
        Err(ureq::Error::Transport(transport)) => Err(failure::of_transport(&transport)),
    }
}

/// What the gateway would answer; sent, it would be another path.
fn refused_here(code: &str) -> Failure {
    Failure::refused(400, code)
}

/// Rows as a batch; as lines where a batch would not give them back, and where there are none.
fn body_of(rows: &[String]) -> (&'static str, Vec<u8>) {
    if !rows.is_empty() {
        match batch::encode(rows) {
            Ok(body) => return (batch::CONTENT_TYPE, body),
            Err(error) => tracing::warn!(%error, "rows are sent as lines"),
        }
    }
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    (LINES, lines(&rows))
}

fn lines(texts: &[&str]) -> Vec<u8> {
    let mut body = texts.join("\n").into_bytes();
    if !body.is_empty() {
        body.push(b'\n');
    }
    body
}

/// `https://` and an authority, without user, path, query or fragment; one slash at the end is forgiven.
pub(crate) fn checked_base(base_url: &str) -> Option<String> {
    let base = base_url.strip_suffix('/').unwrap_or(base_url);
    let authority = base.strip_prefix("https://")?;
    let plain = authority.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
    (plain && !authority.is_empty()).then(|| base.to_owned())
}

/// The request's name in the log.
const fn name(request: &Request) -> &'static str {
    match request {
        Request::Time { .. } => "time",
        Request::Operations { .. } => "operations",
        Request::Ahead { .. } => "ahead",
        Request::Attachment { .. } => "attachment",
        Request::AttachmentHeld { .. } => "attachment held",
        Request::AttachmentPiece { .. } => "attachment piece",
        Request::Telemetry { .. } => "telemetry",
        Request::Checkpoint { .. } => "checkpoint",
        Request::Inbox { .. } => "inbox",
    }
}
