//! Enrolment over Secure Transport (RFC 7030): how a terminal gets its certificate over the network.
//!
//! A listener of its own, where only the server is authenticated, serves the CA's certificate, the MFO's bundle and
//! enrolment by one-time code. Renewal is on the terminals' listener, under the certificate that is to be replaced. Who
//! gets what is decided in the core ([`senim_gateway_core::enrolment`]).

mod answer;
mod listener;
mod request;
mod sources;
pub mod standing;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{Secret, TerminalId};
use senim_gateway_core::Gateway;
use senim_gateway_core::enrolment::{EnrolmentError, Issued};
use senim_operation::bundle::{Bundle, VERSION};
use senim_operation::jws::PublicJwk;
use senim_operation::seal_keys::newest;

use crate::certificates::{CertificateError, KeyDirectory};
use crate::clock::now;
use crate::http::{Peer, Shared};
use answer::Refused;
pub use listener::{serve, tls};
use sources::Sources;

/// Longest request; a PKCS#10 has some 400 bytes.
const MAX_REQUEST_BYTES: usize = 8 << 10;
/// A nonce here is answered with the MFO's signed time in [`TIME_HEADER`].
const NONCE_HEADER: &str = "senim-nonce";
/// The MFO's signed time, as `/v1/time` gives it.
const TIME_HEADER: &str = "senim-time";

/// Serial number of the certificate at the other end of the connection.
#[derive(Clone, Debug)]
pub struct PeerSerial(pub String);

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
struct Source(IpAddr);

/// What the enrolment listener needs.
pub struct Est {
    gateway: Arc<Gateway>,
    ca_der: Vec<u8>,
    cosigner_der: Vec<u8>,
    seal: PublicJwk,
    sources: Mutex<Sources>,
}

impl Est {
    /// Puts the parts together.
    ///
    /// # Errors
    /// [`CertificateError::Unusable`].
    pub fn new(gateway: Arc<Gateway>, keys: &KeyDirectory) -> Result<Self, CertificateError> {
        Ok(Self {
            gateway,
            ca_der: keys.ca_der()?,
            cosigner_der: keys.cosigner_der()?,
            seal: keys.seal_jwk()?,
            sources: Mutex::default(),
        })
    }

    fn bundle(&self) -> Result<String, Refused> {
        let at = now();
        let keys = self.gateway.seal_keys();
        let keys = keys.map_err(|error| Refused::of(&EnrolmentError::Gateway(error)))?;
        let bundle = Bundle {
            ver: VERSION,
            at,
            ca: STANDARD.encode(&self.ca_der),
            cosigner: vec![STANDARD.encode(&self.cosigner_der)],
            // Until the first rotation there is one, and no list.
            seal: vec![newest(&keys, at).map_or(self.seal, |key| key.jwk)],
        };
        self.gateway.sign_bundle(&bundle).map_err(|error| Refused::of(&EnrolmentError::Gateway(error)))
    }

    fn sources<T>(&self, work: impl FnOnce(&mut Sources) -> T) -> T {
        work(&mut self.sources.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Paths of the enrolment listener.
fn router(est: Arc<Est>) -> Router {
    Router::new()
        .route("/.well-known/est/cacerts", get(ca_certificates))
        .route("/.well-known/est/simpleenroll", post(enrol))
        .route("/.well-known/senim/bundle", get(bundle))
        .fallback(|| async { Refused::NOT_FOUND })
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&est.gateway), say_the_time))
        .with_state(est)
}

/// The path of renewal, for the terminals' listener.
pub fn renewal(gateway: Arc<Gateway>) -> Router<Shared> {
    Router::new()
        .route("/.well-known/est/simplereenroll", post(renew))
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .layer(axum::middleware::from_fn_with_state(gateway, say_the_time))
}

async fn ca_certificates(State(est): State<Arc<Est>>) -> Result<Response, Refused> {
    answer::certificates(&est.ca_der)
}

async fn bundle(State(est): State<Arc<Est>>) -> Result<Response, Refused> {
    let compact = blocking(move || est.bundle()).await?;
    Ok(([(header::CONTENT_TYPE, "application/jose")], compact).into_response())
}

async fn enrol(
    State(est): State<Arc<Est>>,
    Extension(Source(source)): Extension<Source>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    if let Err(retry_seconds) = est.sources(|sources| sources.may_try(source, now())) {
        tracing::warn!(%source, "enrolment from a source with too many wrong codes");
        return Err(Refused::of(&EnrolmentError::Locked { retry_seconds }));
    }
    let (terminal, code) = credentials(&headers).ok_or(Refused::NO_CODE)?;
    // Looked at before the code, so that a malformed request costs no try.
    let key = request::key(&body)?;
    let work = Arc::clone(&est);
    let enrolled = blocking(move || Ok(work.gateway.enrol_by_code(&terminal, &code, &key, now()))).await?;
    if matches!(enrolled, Err(EnrolmentError::WrongCode)) {
        tracing::warn!(%source, "wrong enrolment code");
        est.sources(|sources| sources.was_wrong(source, now()));
    }
    issued(&enrolled.map_err(|error| Refused::of(&error))?)
}

async fn renew(
    State(shared): State<Shared>,
    Extension(Peer(terminal)): Extension<Peer>,
    Extension(PeerSerial(serial)): Extension<PeerSerial>,
    body: Bytes,
) -> Result<Response, Refused> {
    let key = request::key(&body)?;
    let renewed = blocking(move || {
        let renewed = shared.gateway.renew_certificate(&terminal, &serial, &key, now());
        renewed.map_err(|error| Refused::of(&error))
    })
    .await?;
    issued(&renewed)
}

fn issued(issued: &Issued) -> Result<Response, Refused> {
    answer::certificates(&issued.der)
}

/// Name and code of HTTP Basic. Groups of the code may be set apart as people write them.
fn credentials(headers: &HeaderMap) -> Option<(TerminalId, Secret)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = Secret::new(String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?);
    let (name, code) = text.expose().split_once(':')?;
    let code = code.chars().filter(|character| !matches!(character, '-' | ' ')).collect();
    Some((name.parse().ok()?, Secret::new(code)))
}

/// Adds the MFO's signed time to whatever is answered to a request with a nonce.
async fn say_the_time(State(gateway): State<Arc<Gateway>>, request: Request, next: Next) -> Response {
    let nonce = request.headers().get(NONCE_HEADER).and_then(|nonce| nonce.to_str().ok()).map(str::to_owned);
    let mut response = next.run(request).await;
    let Some(nonce) = nonce else { return response };
    let token = tokio::task::spawn_blocking(move || gateway.time(&nonce, now())).await;
    match token.map(|token| token.map(|token| HeaderValue::from_str(&token))) {
        Ok(Ok(Ok(token))) => {
            response.headers_mut().insert(TIME_HEADER, token);
        }
        Ok(Ok(Err(_))) | Err(_) => tracing::error!("the signed time could not be said"),
        Ok(Err(error)) => tracing::info!(%error, "the signed time was not said"),
    }
    response
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refused> + Send + 'static,
) -> Result<T, Refused> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Refused::TRY_LATER))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(text: &str) -> HeaderMap {
        let value = format!("Basic {}", STANDARD.encode(text));
        HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(&value).unwrap())])
    }

    #[test]
    fn a_name_and_a_code_are_read_however_the_code_is_grouped() {
        for text in ["t-1:1234567890123456", "t-1:1234-5678-9012-3456", "t-1:1234 5678 9012 3456"] {
            let (terminal, code) = credentials(&basic(text)).unwrap();
            assert_eq!((terminal.as_str(), code.expose()), ("t-1", "1234567890123456"));
        }
        for text in ["", "t-1", "T 1:2", ":1"] {
            assert!(credentials(&basic(text)).is_none(), "{text}");
        }
        let bearer = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"))]);
        assert!(credentials(&bearer).is_none() && credentials(&HeaderMap::new()).is_none());
    }
}
