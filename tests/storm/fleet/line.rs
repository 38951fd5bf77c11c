//! One connection of a terminal: mutual TLS, HTTP/1.1, and how an answer becomes what the sync machine understands.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use rustls::HandshakeKind;
use rustls::pki_types::ServerName;
use senim_operation::batch;
use senim_sync::wire::{Acknowledgement, AttachmentStored, Failure, InboxPage};
use senim_sync::{Answer, Request as Asked};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;

use crate::fleet::prepare::Prepared;
use crate::fleet::report::Traffic;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(30);
/// Longest wait for an answer, a poll's own wait included.
const ANSWER: Duration = Duration::from_secs(60);

/// What all terminals count together.
#[derive(Default)]
pub struct Counters {
    full: AtomicU64,
    resumed: AtomicU64,
    failed: AtomicU64,
    requests: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
    seconds: Mutex<BTreeMap<u64, u64>>,
    failures: Mutex<BTreeMap<String, u64>>,
}

impl Counters {
    pub fn traffic(&self) -> Traffic {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Traffic {
            handshakes_full: count(&self.full),
            handshakes_resumed: count(&self.resumed),
            handshakes_failed: count(&self.failed),
            handshakes_per_second_max: self.seconds.lock().unwrap().values().copied().max().unwrap_or(0),
            requests: count(&self.requests),
            bytes_sent: count(&self.sent),
            bytes_received: count(&self.received),
        }
    }

    pub fn failures(&self) -> BTreeMap<String, u64> {
        self.failures.lock().unwrap().clone()
    }

    fn fail(&self, failure: &Failure) {
        let what = match failure {
            Failure::Unreachable(cause) => format!("unreachable: {cause}"),
            other => other.code().to_owned(),
        };
        *self.failures.lock().unwrap().entry(what).or_default() += 1;
    }
}

/// Where a terminal goes.
pub struct Route<'a> {
    pub terminal: &'a Prepared,
    pub address: SocketAddr,
    pub counters: &'a Arc<Counters>,
    pub began: Instant,
}

/// A connection that is open.
pub struct Connection(SendRequest<Full<Bytes>>);

fn unreachable(cause: &'static str) -> Failure {
    Failure::Unreachable(cause.into())
}

impl Route<'_> {
    async fn connect(&self) -> Result<Connection, Failure> {
        let opened = tokio::time::timeout(CONNECT, self.handshake()).await;
        let opened = opened.unwrap_or_else(|_| Err(unreachable("no connection in time")));
        if opened.is_err() {
            self.counters.failed.fetch_add(1, Ordering::Relaxed);
        }
        opened
    }

    async fn handshake(&self) -> Result<Connection, Failure> {
        let socket = TcpSocket::new_v4().map_err(|_| unreachable("no socket"))?;
        let bound = socket.bind(SocketAddr::from((self.terminal.source, 0)));
        bound.map_err(|_| unreachable("no address"))?;
        let stream = socket.connect(self.address).await.map_err(|_| unreachable("not connected"))?;
        let _ = stream.set_nodelay(true);
        let counted = Counted { stream, counters: Arc::clone(self.counters) };
        let name = ServerName::try_from("localhost").map_err(|_| unreachable("no name"))?;
        let tls = TlsConnector::from(Arc::clone(&self.terminal.tls));
        let tls = tls.connect(name, counted).await.map_err(|_| unreachable("handshake broken off"))?;
        let kind = match tls.get_ref().1.handshake_kind() {
            Some(HandshakeKind::Resumed) => &self.counters.resumed,
            _ => &self.counters.full,
        };
        kind.fetch_add(1, Ordering::Relaxed);
        *self.counters.seconds.lock().unwrap().entry(self.began.elapsed().as_secs()).or_default() += 1;
        let (sender, connection) =
            http1::handshake(TokioIo::new(tls)).await.map_err(|_| unreachable("no HTTP"))?;
        tokio::spawn(connection);
        Ok(Connection(sender))
    }

    /// Performs a request over a connection that is opened where it must be.
    pub async fn perform(&self, connection: &mut Option<Connection>, asked: &Asked) -> Answer {
        match self.exchange(connection, asked).await {
            Ok(answer) => answer,
            Err(failure) => {
                self.counters.fail(&failure);
                Answer::Failed(failure)
            }
        }
    }

    async fn exchange(&self, connection: &mut Option<Connection>, asked: &Asked) -> Result<Answer, Failure> {
        let request = self.request(asked)?;
        let mut open = match connection.take().filter(|open| !open.0.is_closed()) {
            Some(open) => open,
            None => self.connect().await?,
        };
        self.counters.requests.fetch_add(1, Ordering::Relaxed);
        let answered = async {
            open.0.ready().await?;
            let (head, body) = open.0.send_request(request).await?.into_parts();
            Ok::<_, hyper::Error>((head.status.as_u16(), body.collect().await?.to_bytes()))
        };
        let answered = tokio::time::timeout(ANSWER, answered).await;
        let answered = answered.map_err(|_| unreachable("no answer in time"))?;
        let (status, body) = answered.map_err(|_| unreachable("connection broke"))?;
        *connection = Some(open);
        if status == 200 { read(asked, &body) } else { Err(refusal(status, &body)) }
    }

    fn request(&self, asked: &Asked) -> Result<Request<Full<Bytes>>, Failure> {
        let own = format!("/v1/terminals/{}", self.terminal.id);
        let (method, path, kind, body) = match asked {
            Asked::Time { nonce } => (Method::GET, format!("/v1/time?nonce={nonce}"), "", Vec::new()),
            Asked::Operations { rows } => {
                let body = batch::encode(rows).map_err(|error| Failure::Unreadable(error.to_string()))?;
                (Method::POST, format!("{own}/operations"), batch::CONTENT_TYPE, body)
            }
            Asked::Attachment { sha256, jwe } => {
                let path = format!("{own}/attachments/{sha256}");
                (Method::PUT, path, "application/jose", jwe.clone().into_bytes())
            }
            Asked::Inbox { after, wait_seconds, awaits: _ } => {
                let path = format!("{own}/inbox?after={after}&wait={wait_seconds}");
                (Method::GET, path, "", Vec::new())
            }
            other => return Err(Failure::Unreadable(format!("a fleet does not ask {other:?}"))),
        };
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        if !kind.is_empty() {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let body = Full::new(Bytes::from(body));
        request.body(body).map_err(|error| Failure::Unreadable(error.to_string()))
    }
}

fn read(asked: &Asked, body: &[u8]) -> Result<Answer, Failure> {
    Ok(match asked {
        Asked::Time { .. } => Answer::Time(String::from_utf8_lossy(body).into_owned()),
        Asked::Operations { .. } => Answer::Operations(json::<Acknowledgement>(body)?),
        Asked::Attachment { .. } => Answer::Attachment(json::<AttachmentStored>(body)?),
        _ => Answer::Inbox(json::<InboxPage>(body)?),
    })
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| Failure::Unreadable(error.to_string()))
}

fn refusal(status: u16, body: &[u8]) -> Failure {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let number = |name: &str| document.get(name).and_then(Value::as_u64);
    let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
    Failure::Refused {
        status,
        code: text("code").unwrap_or_default(),
        expected_seq: number("expected_seq"),
        acked_seq: number("acked_seq"),
        acked_hash: text("acked_hash"),
        held: None,
        rewind: text("rewind"),
    }
}

/// A socket whose bytes are counted.
struct Counted {
    stream: TcpStream,
    counters: Arc<Counters>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let bytes = (buffer.filled().len() - before) as u64;
        self.counters.received.fetch_add(bytes, Ordering::Relaxed);
        read
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(bytes)) = &written {
            self.counters.sent.fetch_add(*bytes as u64, Ordering::Relaxed);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
