//! Number base, credit bureau, screening, anti-fraud centre and register of entrepreneurs over HTTP. An IIN stands in
//! bodies alone: a path may be written down by whoever passes it on.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use serde::Deserialize;
use uuid::Uuid;

use super::{Answer, Body, Shared, World, ok};
use crate::model::aml::Answer as Answered;

pub(super) fn numbers() -> Router<Arc<Shared>> {
    Router::new().route("/numbers/owner", post(owner))
}

pub(super) fn bureau() -> Router<Arc<Shared>> {
    Router::new().route("/bureau/reports", post(report))
}

pub(super) fn aml() -> Router<Arc<Shared>> {
    Router::new().route("/aml/screenings", post(screening))
}

pub(super) fn anti_fraud() -> Router<Arc<Shared>> {
    Router::new().route("/anti-fraud/judgements", post(judgement))
}

pub(super) fn entrepreneurs() -> Router<Arc<Shared>> {
    Router::new().route("/entrepreneurs/status", post(status))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Number {
    iin: String,
    phone: String,
}

async fn owner(State(world): World, Body(asked): Body<Number>) -> Answer {
    ok(&world.model().number_owner(&asked.iin, &asked.phone)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Consents {
    give: Uuid,
    receive: Uuid,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    number: Uuid,
    iin: String,
    consents: Consents,
}

async fn report(State(world): World, Body(asked): Body<Report>) -> Answer {
    let consents = [asked.consents.give, asked.consents.receive];
    ok(&world.model().bureau_report(asked.number, &asked.iin, consents)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Screening {
    screening: Uuid,
    iin: String,
    #[serde(rename = "surname")]
    _surname: String,
    #[serde(rename = "given_name")]
    _given_name: String,
    #[serde(rename = "patronymic")]
    _patronymic: Option<String>,
    answers: Vec<Answered>,
}

async fn screening(State(world): World, Body(asked): Body<Screening>) -> Answer {
    ok(&world.model().screen(asked.screening, &asked.iin, &asked.answers)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Judgement {
    #[serde(rename = "occasion")]
    _occasion: Occasion,
    client_id: Uuid,
    loan_id: Uuid,
    #[serde(rename = "amount_tiyn")]
    _amount_tiyn: u64,
    #[serde(rename = "terminal")]
    _terminal: String,
    #[serde(rename = "at_ms")]
    _at_ms: i64,
    instructed_by_phone: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Occasion {
    Contract,
    Payout,
}

async fn judgement(State(world): World, Body(asked): Body<Judgement>) -> Answer {
    ok(&world.model().judge(asked.client_id, asked.loan_id, asked.instructed_by_phone)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Status {
    iin: String,
}

async fn status(State(world): World, Body(asked): Body<Status>) -> Answer {
    ok(&world.model().entrepreneur(&asked.iin)?)
}
