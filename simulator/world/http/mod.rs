//! Decides how the simulated services look over HTTP: paths, bodies, status codes, error bodies. Shapes are published
//! in `gateway/api`. Nothing personal reaches a log: spans carry the request's reference and opaque ids only.

mod banking;
mod checks;
mod control;
mod core;
mod misbehaviour;
mod pictures;
mod signing;
mod soap;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

use crate::faults::{Faults, Service};
use crate::model::{Denial, Kind, Model};
use crate::people::Person;

/// A full camera frame as PNG in base64 fits several times.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

pub(crate) struct Shared {
    model: Mutex<Model>,
    faults: Faults,
    stills: pictures::Stills,
    /// How far this world's clock is ahead of the machine's, milliseconds.
    ahead_ms: AtomicI64,
}

type World = State<Arc<Shared>>;

static REFERENCES: AtomicU64 = AtomicU64::new(1);

/// An answer that is an error: status and code; the reference is drawn when it is sent.
struct Refusal(StatusCode, &'static str);

type Answer<T = Response> = Result<T, Refusal>;

impl From<Denial> for Refusal {
    fn from(Denial { kind, code }: Denial) -> Self {
        let status = match kind {
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Forbidden => StatusCode::FORBIDDEN,
        };
        Self(status, code)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, code) = self;
        let reference = format!("W-{:06}", REFERENCES.fetch_add(1, Ordering::Relaxed));
        tracing::info!(reference, status = status.as_u16(), code, "request refused");
        reply(status, &json!({ "code": code, "ref": reference }))
    }
}

fn reply(status: StatusCode, body: &impl Serialize) -> Response {
    (status, axum::Json(body)).into_response()
}

fn ok(body: &impl Serialize) -> Answer {
    Ok(reply(StatusCode::OK, body))
}

impl Shared {
    /// The model at the moment.
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever serves the world over HTTP is the edge that tells it the time"
    )]
    fn model(&self) -> MutexGuard<'_, Model> {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let wall = i64::try_from(wall).unwrap_or(i64::MAX);
        // A panic elsewhere leaves plain data behind, so the world goes on.
        let mut model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        model.set_now(wall.saturating_add(self.ahead_ms.load(Ordering::Relaxed)));
        model
    }
}

/// All services on one address.
pub(crate) fn router(people: Vec<Person>) -> Router {
    let shared = Arc::new(Shared {
        model: Mutex::new(Model::new(people)),
        faults: Faults::default(),
        stills: pictures::Stills::default(),
        ahead_ms: AtomicI64::new(0),
    });
    let faulty = |service: Service, routes: Router<Arc<Shared>>| {
        let world = Arc::clone(&shared);
        routes.route_layer(middleware::from_fn(move |request: Request, next: Next| {
            let world = Arc::clone(&world);
            async move { misbehaviour::pass(&world, service, request, next).await }
        }))
    };
    Router::new()
        .merge(faulty(Service::Core, core::routes()))
        .merge(faulty(Service::Match, pictures::matcher()))
        .merge(faulty(Service::Sms, core::sms()))
        .merge(faulty(Service::Kdp, soap::routes()))
        .merge(faulty(Service::Coid, pictures::coid()))
        .merge(faulty(Service::Numbers, checks::numbers()))
        .merge(faulty(Service::Bureau, checks::bureau()))
        .merge(faulty(Service::Aml, checks::aml()))
        .merge(faulty(Service::AntiFraud, checks::anti_fraud()))
        .merge(faulty(Service::Entrepreneurs, checks::entrepreneurs()))
        .merge(faulty(Service::Bank, banking::bank()))
        .merge(faulty(Service::Merchants, banking::merchants()))
        .merge(faulty(Service::Calls, banking::calls()))
        .merge(faulty(Service::Signing, signing::codes()))
        .merge(faulty(Service::Timestamps, signing::timestamps()))
        .merge(faulty(Service::Ocsp, signing::ocsp()))
        .merge(faulty(Service::Crl, signing::lists()))
        .merge(faulty(Service::Gost, signing::gost()))
        .merge(signing::control())
        .merge(control::routes())
        .route("/health", get(async || reply(StatusCode::OK, &json!({ "status": "ok" }))))
        .route("/openapi/{name}", get(openapi))
        .fallback(async || Refusal(StatusCode::NOT_FOUND, "not_found"))
        .method_not_allowed_fallback(async || Refusal(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(shared)
}

async fn openapi(Path(name): Path<String>) -> Answer {
    let document = crate::OPENAPI.iter().find(|(known, _)| *known == name);
    let (_, document) = document.ok_or(Refusal(StatusCode::NOT_FOUND, "not_found"))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], *document).into_response())
}

/// A JSON body whose every failure is answered in the house's error shape.
struct Body<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Answer<Self> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            match rejection.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Refusal(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
                _ => Refusal(StatusCode::BAD_REQUEST, "invalid_body"),
            }
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|_| Refusal(StatusCode::BAD_REQUEST, "invalid_body"))
    }
}

fn id(text: &str) -> Answer<Uuid> {
    Uuid::try_parse(text).map_err(|_| Refusal(StatusCode::BAD_REQUEST, "invalid_id"))
}
