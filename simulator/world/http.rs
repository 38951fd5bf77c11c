//! Decides how the simulated services look over HTTP: paths, bodies, status codes, error bodies. Shapes are published
//! in `openapi.json`. Nothing personal reaches a log: spans carry the request's reference and opaque ids only.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use base64::Engine as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::faults::{Fault, Faults, Mode, Service};
use crate::lending::{Booked, Books, LendingError, Loan, LoanTerms, Payout};
use crate::matcher::{Verdict, compare};
use crate::people::{Person, Quirks, iin_is_valid, phone_is_valid};
use crate::picture::{Picture, PictureError};
use crate::portrait::{before_camera, enrolled, frame};

/// A full camera frame as PNG in base64 fits several times.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Frames that may be asked for; later numbers would be no different in kind.
const FRAME_MAX: u64 = 9999;
/// A long-running world keeps the newest messages only.
const INBOX_MAX: usize = 10_000;

struct Shared {
    people: Mutex<Vec<Person>>,
    /// As loaded, for taking quirks back.
    first_quirks: BTreeMap<Uuid, Quirks>,
    books: Mutex<Books>,
    inbox: Mutex<Vec<Message>>,
    faults: Faults,
    stills: Mutex<BTreeMap<(Uuid, bool), Arc<Picture>>>,
    messages: AtomicU64,
    reports: AtomicU64,
}

type World = State<Arc<Shared>>;

static REFERENCES: AtomicU64 = AtomicU64::new(1);

/// An answer that is an error: status and code; the reference is drawn when it is sent.
struct Refusal(StatusCode, &'static str);

type Answer<T = Response> = Result<T, Refusal>;

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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves plain data behind, so the world goes on.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All services on one address.
pub fn router(people: Vec<Person>) -> Router {
    let shared = Arc::new(Shared {
        first_quirks: people.iter().map(|p| (p.client_id, p.quirks)).collect(),
        people: Mutex::new(people),
        books: Mutex::default(),
        inbox: Mutex::default(),
        faults: Faults::default(),
        stills: Mutex::default(),
        messages: AtomicU64::new(1),
        reports: AtomicU64::new(1),
    });
    let faulty = |service: Service, routes: Router<Arc<Shared>>| {
        let world = Arc::clone(&shared);
        routes.route_layer(middleware::from_fn(move |request: Request, next: Next| {
            let world = Arc::clone(&world);
            async move { misbehave(world.faults.meet(service), request, next).await }
        }))
    };
    let core = Router::new()
        .route("/core/clients/by-iin/{iin}", get(client_by_iin))
        .route("/core/clients/{id}", get(client))
        .route("/core/clients/{id}/refusal", get(refusal))
        .route("/core/clients/{id}/aml", get(aml))
        .route("/core/clients/{id}/debt-burden", get(debt_burden))
        .route("/core/loans", post(book_loan).get(loans))
        .route("/core/loans/{id}", get(loan))
        .route("/core/loans/{id}/payouts", post(book_payout));
    Router::new()
        .merge(faulty(Service::Core, core))
        .merge(faulty(Service::Match, Router::new().route("/match", post(match_face))))
        .merge(faulty(Service::Sms, Router::new().route("/sms", post(send_sms))))
        .route("/sms/inbox", get(inbox).delete(empty_inbox))
        .route("/people", get(people_list))
        .route("/people/{iin}/frames/{n}", get(person_frame))
        .route("/people/{iin}/portrait", get(person_portrait))
        .route("/people/{iin}/quirks", put(set_quirks).delete(reset_quirks))
        .route("/faults", get(faults))
        .route("/faults/{service}", put(set_fault).delete(clear_fault))
        .route("/health", get(async || reply(StatusCode::OK, &json!({ "status": "ok" }))))
        .route("/openapi.json", get(async || ([(header::CONTENT_TYPE, "application/json")], crate::OPENAPI)))
        .fallback(async || Refusal(StatusCode::NOT_FOUND, "not_found"))
        .method_not_allowed_fallback(async || Refusal(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(shared)
}

async fn misbehave(fault: Option<Fault>, request: Request, next: Next) -> Response {
    let down = || Refusal(StatusCode::SERVICE_UNAVAILABLE, "service_down").into_response();
    let Some(Fault { mode, ms, .. }) = fault else { return next.run(request).await };
    match mode {
        Mode::Down => down(),
        Mode::Slow => {
            tokio::time::sleep(Duration::from_millis(ms.unwrap_or(0))).await;
            next.run(request).await
        }
        Mode::Garbage => {
            ([(header::CONTENT_TYPE, "application/json")], &b"{\"\xff\x00<html>%%"[..]).into_response()
        }
        Mode::LostReply => {
            drop(next.run(request).await);
            down()
        }
    }
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

// --- core lending ---

impl Shared {
    fn registered(&self, id: Uuid) -> Answer<Person> {
        let people = lock(&self.people);
        let known = people.iter().find(|p| p.client_id == id && p.registered);
        known.cloned().ok_or(Refusal(StatusCode::NOT_FOUND, "client_unknown"))
    }

    fn by_iin(&self, iin: &str) -> Answer<Person> {
        let people = lock(&self.people);
        people.iter().find(|p| p.iin == iin).cloned().ok_or(Refusal(StatusCode::NOT_FOUND, "person_unknown"))
    }

    fn report_id(&self) -> String {
        format!("R-{:08}", self.reports.fetch_add(1, Ordering::Relaxed))
    }
}

fn client_body(person: &Person) -> Response {
    let body = json!({
        "client_id": person.client_id, "surname": person.surname, "given_name": person.given_name,
        "patronymic": person.patronymic, "phone": person.phone, "language": person.language,
        "status": person.status,
    });
    reply(StatusCode::OK, &body)
}

async fn client_by_iin(State(world): World, Path(iin): Path<String>) -> Answer {
    if !iin_is_valid(&iin) {
        return Err(Refusal(StatusCode::BAD_REQUEST, "invalid_iin"));
    }
    let unknown = Refusal(StatusCode::NOT_FOUND, "client_unknown");
    let person = world.by_iin(&iin).ok().filter(|p| p.registered).ok_or(unknown)?;
    Ok(client_body(&person))
}

async fn client(State(world): World, Path(client): Path<String>) -> Answer {
    Ok(client_body(&world.registered(id(&client)?)?))
}

async fn refusal(State(world): World, Path(client): Path<String>) -> Answer {
    let person = world.registered(id(&client)?)?;
    let set = person.quirks.voluntary_refusal;
    let body = json!({ "client_id": person.client_id, "refusal_set": set, "report_id": world.report_id() });
    Ok(reply(StatusCode::OK, &body))
}

async fn aml(State(world): World, Path(client): Path<String>) -> Answer {
    let person = world.registered(id(&client)?)?;
    let hit = person.quirks.aml_hit;
    let body = json!({ "client_id": person.client_id, "hit": hit, "report_id": world.report_id() });
    Ok(reply(StatusCode::OK, &body))
}

async fn debt_burden(State(world): World, Path(client): Path<String>) -> Answer {
    let person = world.registered(id(&client)?)?;
    let kdn = person.quirks.kdn_hundredths;
    let body =
        json!({ "client_id": person.client_id, "kdn_hundredths": kdn, "report_id": world.report_id() });
    Ok(reply(StatusCode::OK, &body))
}

fn booked(result: Result<(Loan, Booked), LendingError>) -> Answer {
    let (loan, booked) = result?;
    let status = match booked {
        Booked::New => StatusCode::CREATED,
        Booked::Before => StatusCode::OK,
    };
    tracing::info!(loan = %loan.terms.loan_id, ?booked, "books");
    Ok(reply(status, &loan))
}

impl From<LendingError> for Refusal {
    fn from(error: LendingError) -> Self {
        match error {
            LendingError::InvalidLoan => Self(StatusCode::UNPROCESSABLE_ENTITY, "invalid_loan"),
            LendingError::InvalidPayout => Self(StatusCode::UNPROCESSABLE_ENTITY, "invalid_payout"),
            LendingError::LoanConflict => Self(StatusCode::CONFLICT, "loan_conflict"),
            LendingError::LoanUnknown => Self(StatusCode::NOT_FOUND, "loan_unknown"),
            LendingError::PayoutConflict => Self(StatusCode::CONFLICT, "payout_conflict"),
            LendingError::PayoutExceedsPrincipal => Self(StatusCode::CONFLICT, "payout_exceeds_principal"),
        }
    }
}

async fn book_loan(State(world): World, Body(terms): Body<LoanTerms>) -> Answer {
    world.registered(terms.client_id)?;
    booked(lock(&world.books).book(terms))
}

async fn book_payout(State(world): World, Path(loan): Path<String>, Body(payout): Body<Payout>) -> Answer {
    let loan = id(&loan)?;
    booked(lock(&world.books).pay_out(loan, payout))
}

async fn loan(State(world): World, Path(loan): Path<String>) -> Answer {
    let loan = id(&loan)?;
    Ok(reply(StatusCode::OK, lock(&world.books).loan(loan)?))
}

async fn loans(State(world): World) -> Response {
    reply(StatusCode::OK, &json!({ "loans": lock(&world.books).loans() }))
}

// --- face matcher ---

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchRequest {
    client_id: Uuid,
    image_png_base64: String,
}

async fn match_face(State(world): World, Body(request): Body<MatchRequest>) -> Answer {
    let person = world.registered(request.client_id)?;
    let client = person.client_id;
    let verdict = drawing(move || {
        let png = base64::engine::general_purpose::STANDARD.decode(request.image_png_base64).ok();
        let taken = png.and_then(|png| Picture::from_png(&png).ok());
        taken.map_or_else(Verdict::undecodable, |taken| compare(&world.still(&person, false), &taken))
    })
    .await?;
    tracing::info!(%client, reason = ?verdict.reason, "face compared");
    let body = json!({ "match": verdict.is_match(), "score": verdict.score, "reason": verdict.reason });
    Ok(reply(StatusCode::OK, &body))
}

/// Drawing and comparing take tens of milliseconds: not on the threads that answer.
async fn drawing<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
    let failed = |_| Refusal(StatusCode::INTERNAL_SERVER_ERROR, "drawing_failed");
    tokio::task::spawn_blocking(work).await.map_err(failed)
}

impl Shared {
    /// The enrolled portrait, or what the camera sees (`live`); drawn once.
    fn still(&self, person: &Person, live: bool) -> Arc<Picture> {
        let mismatch = live && person.quirks.face_mismatch;
        let key = (person.client_id, mismatch);
        if let Some(known) = lock(&self.stills).get(&key) {
            return Arc::clone(known);
        }
        let drawn = Arc::new(if mismatch { before_camera(person) } else { enrolled(person) });
        lock(&self.stills).insert(key, Arc::clone(&drawn));
        drawn
    }
}

// --- SMS ---

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sms {
    to: String,
    text: String,
    purpose: String,
}

#[derive(Clone, Serialize)]
struct Message {
    message_id: Uuid,
    to: String,
    text: String,
    purpose: String,
}

async fn send_sms(State(world): World, Body(Sms { to, text, purpose }): Body<Sms>) -> Answer {
    let word =
        (1..=32).contains(&purpose.len()) && purpose.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if !phone_is_valid(&to) || !(1..=1000).contains(&text.chars().count()) || !word {
        return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "invalid_message"));
    }
    let number = world.messages.fetch_add(1, Ordering::Relaxed);
    let message_id = Uuid::from_u128(0x0190_b000_0000_7000_8000_0000_0000_0000 + u128::from(number));
    tracing::info!(%message_id, purpose, "message taken");
    let mut inbox = lock(&world.inbox);
    if inbox.len() >= INBOX_MAX {
        inbox.remove(0);
    }
    inbox.push(Message { message_id, to, text, purpose });
    Ok(reply(StatusCode::ACCEPTED, &json!({ "message_id": message_id })))
}

async fn inbox(State(world): World, Query(query): Query<BTreeMap<String, String>>) -> Response {
    // A literal `+` in a query is read as a space; people type it all the same.
    let wanted = query.get("to").map(|to| to.trim().trim_start_matches('+'));
    let messages: Vec<Message> = lock(&world.inbox)
        .iter()
        .filter(|message| wanted.is_none_or(|to| message.to.trim_start_matches('+') == to))
        .cloned()
        .collect();
    reply(StatusCode::OK, &json!({ "messages": messages }))
}

async fn empty_inbox(State(world): World) -> StatusCode {
    lock(&world.inbox).clear();
    StatusCode::NO_CONTENT
}

// --- people, for whoever plays them ---

async fn people_list(State(world): World) -> Answer {
    let mut people = Vec::new();
    for person in lock(&world.people).iter() {
        let mut body = serde_json::to_value(person)
            .map_err(|_| Refusal(StatusCode::INTERNAL_SERVER_ERROR, "unwritable"))?;
        // The drawing's measures are of no use to a player.
        body.as_object_mut().map(|fields| fields.remove("face"));
        people.push(body);
    }
    Ok(reply(StatusCode::OK, &json!({ "people": people })))
}

fn png(bytes: Result<Vec<u8>, PictureError>) -> Answer {
    let bytes = bytes.map_err(|_| Refusal(StatusCode::INTERNAL_SERVER_ERROR, "drawing_failed"))?;
    Ok(([(header::CONTENT_TYPE, "image/png")], bytes).into_response())
}

async fn person_frame(State(world): World, Path((iin, n)): Path<(String, String)>) -> Answer {
    let person = world.by_iin(&iin)?;
    let number = n.parse::<u64>().ok().filter(|n| *n <= FRAME_MAX);
    let number = number.ok_or(Refusal(StatusCode::BAD_REQUEST, "invalid_frame"))?;
    png(drawing(move || frame(&world.still(&person, true), number, 0).to_png()).await?)
}

async fn person_portrait(State(world): World, Path(iin): Path<String>) -> Answer {
    let person = world.by_iin(&iin)?;
    png(drawing(move || world.still(&person, false).to_png()).await?)
}

async fn set_quirks(State(world): World, Path(iin): Path<String>, Body(quirks): Body<Quirks>) -> Answer {
    world.change(&iin, |person| person.quirks = quirks)?;
    Ok(reply(StatusCode::OK, &quirks))
}

async fn reset_quirks(State(world): World, Path(iin): Path<String>) -> Answer<StatusCode> {
    world.change(&iin, |person| {
        if let Some(first) = world.first_quirks.get(&person.client_id) {
            person.quirks = *first;
        }
    })?;
    Ok(StatusCode::NO_CONTENT)
}

impl Shared {
    fn change(&self, iin: &str, change: impl FnOnce(&mut Person)) -> Answer<()> {
        let mut people = lock(&self.people);
        let person = people.iter_mut().find(|p| p.iin == iin);
        change(person.ok_or(Refusal(StatusCode::NOT_FOUND, "person_unknown"))?);
        Ok(())
    }
}

// --- faults ---

fn service(name: &str) -> Answer<Service> {
    Service::named(name).ok_or(Refusal(StatusCode::NOT_FOUND, "service_unknown"))
}

async fn faults(State(world): World) -> Response {
    let of = |service| world.faults.get(service).map_or(Value::Null, |fault| json!(fault));
    let body = json!({ "core": of(Service::Core), "match": of(Service::Match), "sms": of(Service::Sms) });
    reply(StatusCode::OK, &body)
}

async fn set_fault(
    State(world): World,
    Path(name): Path<String>,
    Body(fault): Body<Fault>,
) -> Answer<StatusCode> {
    let service = service(&name)?;
    if !fault.is_valid() {
        return Err(Refusal(StatusCode::BAD_REQUEST, "invalid_body"));
    }
    tracing::info!(?service, mode = ?fault.mode, "fault set");
    world.faults.set(service, Some(fault));
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_fault(State(world): World, Path(name): Path<String>) -> Answer<StatusCode> {
    world.faults.set(service(&name)?, None);
    Ok(StatusCode::NO_CONTENT)
}
