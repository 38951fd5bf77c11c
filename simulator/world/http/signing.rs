//! Signing by QR code, time-stamps, OCSP, revocation lists and the judge of GOST signatures over HTTP; and what whoever
//! plays the world may do: point somebody's phone at a code, fetch the authority's certificates.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::{Answer, Body, Refusal, Shared, World, id, ok, reply};
use crate::model::signing::Order;

pub(super) fn codes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/signing/{id}", put(begin))
        .route("/signing/{id}/{operation}", get(state).delete(cancel))
}

pub(super) fn timestamps() -> Router<Arc<Shared>> {
    Router::new().route("/tsp", post(timestamp))
}

pub(super) fn ocsp() -> Router<Arc<Shared>> {
    Router::new().route("/ocsp", post(respond))
}

pub(super) fn lists() -> Router<Arc<Shared>> {
    Router::new().route("/crl/{name}", get(list))
}

pub(super) fn gost() -> Router<Arc<Shared>> {
    Router::new().route("/cms/verify", post(verify))
}

pub(super) fn control() -> Router<Arc<Shared>> {
    Router::new()
        .route("/people/{iin}/phone", post(scan))
        .route("/people/{iin}/phone/check", post(confirm))
        .route("/people/{iin}/cards/{card}", put(issue).delete(revoke))
        .route("/authority/{file}", get(certificate))
}

async fn begin(State(world): World, Path(signature): Path<String>, Body(order): Body<Order>) -> Answer {
    ok(&world.model().begin_signing(id(&signature)?, &order)?)
}

async fn state(State(world): World, Path((signature, operation)): Path<(String, String)>) -> Answer {
    ok(&world.model().signing(id(&signature)?, &operation)?)
}

async fn cancel(State(world): World, Path((signature, operation)): Path<(String, String)>) -> Answer {
    ok(&world.model().cancel_signing(id(&signature)?, &operation)?)
}

fn file(kind: &'static str, bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, kind)], bytes).into_response()
}

async fn timestamp(State(world): World, request: Bytes) -> Answer {
    Ok(file("application/timestamp-reply", world.model().timestamp(&request)?))
}

async fn respond(State(world): World, request: Bytes) -> Answer {
    Ok(file("application/ocsp-response", world.model().ocsp(&request)?))
}

async fn list(State(world): World, Path(name): Path<String>) -> Answer {
    Ok(file("application/pkix-crl", world.model().revocation_list(&name)?))
}

#[derive(Deserialize)]
struct Verify {
    cms: String,
    #[serde(default)]
    data: Option<String>,
}

async fn verify(State(world): World, Body(asked): Body<Verify>) -> Answer {
    let unreadable = Refusal(StatusCode::BAD_REQUEST, "cms_unreadable");
    let decoded =
        STANDARD.decode(asked.cms).ok().zip(asked.data.map(|data| STANDARD.decode(data)).transpose().ok());
    let Some((cms, document)) = decoded else { return Err(unreadable) };
    match world.model().verify_gost(&cms, document.as_deref()) {
        Ok(found) => ok(&found),
        // As NCANode says it.
        Err(_) => Ok(reply(StatusCode::BAD_REQUEST, &json!({ "status": 400, "message": "Invalid CMS" }))),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scan {
    qr: String,
    #[serde(default = "signs")]
    manner: String,
}

fn signs() -> String {
    "signs".to_owned()
}

async fn scan(State(world): World, Path(iin): Path<String>, Body(scan): Body<Scan>) -> Answer<StatusCode> {
    world.model().scan(&iin, &scan.qr, &scan.manner)?;
    tracing::info!("a phone has read a code");
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirm {
    qr: String,
    #[serde(default = "confirms")]
    manner: String,
}

fn confirms() -> String {
    "confirms".to_owned()
}

async fn confirm(
    State(world): World,
    Path(iin): Path<String>,
    Body(confirm): Body<Confirm>,
) -> Answer<StatusCode> {
    world.model().confirm_on_phone(&iin, &confirm.qr, &confirm.manner)?;
    tracing::info!("a phone was used for a check");
    Ok(StatusCode::NO_CONTENT)
}

/// Public keys of a card, SubjectPublicKeyInfo in base64.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    authentication: String,
    signature: String,
}

async fn issue(
    State(world): World,
    Path((iin, card)): Path<(String, String)>,
    Body(keys): Body<Keys>,
) -> Answer {
    let decoded = STANDARD.decode(keys.authentication).ok().zip(STANDARD.decode(keys.signature).ok());
    let (authentication, signature) =
        decoded.ok_or(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "invalid_key"))?;
    let certified = world.model().issue_card(&iin, &card, (&authentication, &signature))?;
    ok(&json!({
        "authentication": STANDARD.encode(certified.authentication),
        "signature": STANDARD.encode(certified.signature),
    }))
}

async fn revoke(State(world): World, Path((iin, card)): Path<(String, String)>) -> Answer<StatusCode> {
    world.model().revoke_card(&iin, &card)?;
    tracing::info!("a card was withdrawn");
    Ok(StatusCode::NO_CONTENT)
}

async fn certificate(State(world): World, Path(name): Path<String>) -> Answer {
    let named = name.strip_suffix(".pem").ok_or(Refusal(StatusCode::NOT_FOUND, "certificate_unknown"))?;
    let der = match named {
        "centre" => world.model().centre_root()?,
        named => world.model().authority_certificate(named)?,
    };
    let text = STANDARD.encode(der);
    let pem = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
    Ok(file("application/x-pem-file", pem.into_bytes()))
}
