//! What whoever plays the world may do beside what services offer: look at people, set quirks and faults, move the
//! clock, revoke consents, have contracts stand as courts decide.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::{Value, json};

use super::pictures::drawing;
use super::{Answer, Body, Refusal, Shared, World, id, ok, reply};
use crate::faults::{Fault, Service};
use crate::model::cabinet::Letter;
use crate::model::servicing::Standing;
use crate::model::supplements::{OneSided, Proposal, Supplement};
use crate::model::token::Jwk;
use crate::people::Quirks;
use crate::picture::PictureError;
use crate::portrait::frame;

/// Frames that may be asked for; later numbers would be no different in kind.
const FRAME_MAX: u64 = 9999;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/sms/inbox", get(inbox).delete(empty_inbox))
        .route("/people", get(people_list))
        .route("/people/{iin}/frames/{n}", get(person_frame))
        .route("/people/{iin}/portrait", get(person_portrait))
        .route("/people/{iin}/quirks", put(set_quirks).delete(reset_quirks))
        .route("/people/{iin}/consents", get(consents))
        .route("/faults", get(faults))
        .route("/faults/{service}", put(set_fault).delete(clear_fault))
        .route("/clock", get(clock).put(set_clock))
        .route("/kdp/signing-key", put(signing_key))
        .route("/kdp/consents/{jti}", axum::routing::delete(revoke))
        .route("/kdp/consents/{jti}/revocation", post(apply))
        .route("/loans/{id}/standing", put(set_standing).delete(reset_standing))
        .route("/clients/{id}/notice", put(set_notice).delete(reset_notice))
        .route("/clients/{id}/messages", post(message))
        .route("/supplements", post(supplement).get(changes))
        .route("/loans/{id}/proposals", post(proposal))
        .route("/one-sided-changes", post(change_alone))
        .route("/money", get(money))
}

async fn inbox(State(world): World, Query(query): Query<BTreeMap<String, String>>) -> Response {
    // A literal `+` in a query is read as a space; people type it all the same.
    let wanted = query.get("to").map(|to| to.trim().trim_start_matches('+'));
    let model = world.model();
    let messages: Vec<_> = model
        .inbox()
        .iter()
        .filter(|message| wanted.is_none_or(|to| message.to.trim_start_matches('+') == to))
        .collect();
    reply(StatusCode::OK, &json!({ "messages": messages }))
}

async fn empty_inbox(State(world): World) -> StatusCode {
    world.model().empty_inbox();
    StatusCode::NO_CONTENT
}

async fn people_list(State(world): World) -> Answer {
    let mut people = Vec::new();
    for person in world.model().people() {
        let mut body = serde_json::to_value(person)
            .map_err(|_| Refusal(StatusCode::INTERNAL_SERVER_ERROR, "unwritable"))?;
        if let Some(fields) = body.as_object_mut() {
            // The drawing's measures are of no use to a player; what was made up from the IIN is.
            fields.remove("face");
            fields.insert("document".to_owned(), json!(person.document()));
            fields.insert("iban".to_owned(), json!(person.iban()));
            fields.insert("card_token".to_owned(), json!(person.card_token()));
        }
        people.push(body);
    }
    ok(&json!({ "people": people }))
}

fn png(bytes: Result<Vec<u8>, PictureError>) -> Answer {
    let bytes = bytes.map_err(|_| Refusal(StatusCode::INTERNAL_SERVER_ERROR, "drawing_failed"))?;
    Ok(([(header::CONTENT_TYPE, "image/png")], bytes).into_response())
}

async fn person_frame(State(world): World, Path((iin, n)): Path<(String, String)>) -> Answer {
    let person = world.model().by_iin(&iin)?.clone();
    let number = n.parse::<u64>().ok().filter(|n| *n <= FRAME_MAX);
    let number = number.ok_or(Refusal(StatusCode::BAD_REQUEST, "invalid_frame"))?;
    png(drawing(move || frame(&world.stills.of(&person, true), number, 0).to_png()).await?)
}

async fn person_portrait(State(world): World, Path(iin): Path<String>) -> Answer {
    let person = world.model().by_iin(&iin)?.clone();
    png(drawing(move || world.stills.of(&person, false).to_png()).await?)
}

async fn set_quirks(State(world): World, Path(iin): Path<String>, Body(quirks): Body<Quirks>) -> Answer {
    ok(&world.model().set_quirks(&iin, |known| *known = quirks)?)
}

async fn reset_quirks(State(world): World, Path(iin): Path<String>) -> Answer<StatusCode> {
    world.model().reset_quirks(&iin)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn consents(State(world): World, Path(iin): Path<String>) -> Answer {
    let model = world.model();
    model.by_iin(&iin)?;
    ok(&json!({ "consents": model.consents_of(&iin) }))
}

fn service(name: &str) -> Answer<Service> {
    Service::named(name).ok_or(Refusal(StatusCode::NOT_FOUND, "service_unknown"))
}

async fn faults(State(world): World) -> Response {
    let of = |service| world.faults.get(service).map_or(Value::Null, |fault| json!(fault));
    let all: serde_json::Map<_, _> =
        Service::ALL.into_iter().map(|(name, service)| (name.to_owned(), of(service))).collect();
    reply(StatusCode::OK, &all)
}

async fn set_fault(
    State(world): World,
    Path(name): Path<String>,
    Body(fault): Body<Fault>,
) -> Answer<StatusCode> {
    let service = service(&name)?;
    let forged = fault.mode.forgery().is_some() && service != Service::Coid;
    if !fault.is_valid() || forged {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    ahead_ms: i64,
}

async fn clock(State(world): World) -> Response {
    let ahead = world.ahead_ms.load(Ordering::Relaxed);
    reply(StatusCode::OK, &json!({ "ahead_ms": ahead, "now_ms": world.model().now() }))
}

async fn set_clock(State(world): World, Body(clock): Body<Clock>) -> StatusCode {
    world.ahead_ms.store(clock.ahead_ms, Ordering::Relaxed);
    StatusCode::NO_CONTENT
}

async fn signing_key(State(world): World, Body(key): Body<Jwk>) -> StatusCode {
    world.model().state_service().signing_key = Some(key);
    StatusCode::NO_CONTENT
}

async fn revoke(State(world): World, Path(jti): Path<String>) -> Answer<StatusCode> {
    world.model().revoke(&jti)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn apply(State(world): World, Path(jti): Path<String>) -> Answer {
    let application = world.model().apply_for_revocation(&jti)?;
    ok(&json!({ "application": application.number, "until_ms": application.until_ms }))
}

async fn set_standing(
    State(world): World,
    Path(loan): Path<String>,
    Body(standing): Body<Standing>,
) -> Answer<StatusCode> {
    world.model().set_standing(id(&loan)?, Some(standing))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn reset_standing(State(world): World, Path(loan): Path<String>) -> Answer<StatusCode> {
    world.model().set_standing(id(&loan)?, None)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notice {
    text: String,
}

async fn set_notice(
    State(world): World,
    Path(client): Path<String>,
    Body(notice): Body<Notice>,
) -> Answer<StatusCode> {
    world.model().set_notice(id(&client)?, Some(notice.text))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn reset_notice(State(world): World, Path(client): Path<String>) -> Answer<StatusCode> {
    world.model().set_notice(id(&client)?, None)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn message(
    State(world): World,
    Path(client): Path<String>,
    Body(letter): Body<Letter>,
) -> Answer<StatusCode> {
    world.model().post_letter(id(&client)?, &letter)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn supplement(State(world): World, Body(supplement): Body<Supplement>) -> Answer<StatusCode> {
    world.model().offer_supplement(&supplement)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change_alone(State(world): World, Body(change): Body<OneSided>) -> Answer<StatusCode> {
    world.model().change_alone(&change)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn proposal(State(world): World, Path(loan): Path<String>, Body(proposal): Body<Proposal>) -> Answer {
    let supplement = world.model().propose(id(&loan)?, &proposal)?;
    Ok(reply(StatusCode::CREATED, &json!(supplement)))
}

/// What became of changes of contracts: how many are in force, how many were declined, and who asked for other terms.
async fn changes(State(world): World) -> Response {
    let model = world.model();
    let (concluded, declined) = model.supplements_decided();
    let asked: Vec<_> = model.restructuring_requests().values().map(|(loan, _)| *loan).collect();
    reply(StatusCode::OK, &json!({ "concluded": concluded, "declined": declined, "requests": asked }))
}

/// Money that left through the bank, and money whose contract nobody knows.
async fn money(State(world): World) -> Response {
    let model = world.model();
    let sent: Vec<_> = model
        .sent()
        .into_iter()
        .map(|(id, loan, tiyn)| json!({"transfer_id": id, "loan_id": loan, "amount_tiyn": tiyn}))
        .collect();
    reply(StatusCode::OK, &json!({ "sent": sent, "unallocated": model.unallocated() }))
}
