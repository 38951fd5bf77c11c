//! Bank, merchants and check calls over HTTP.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::json;

use super::{Answer, Body, Shared, World, id, ok};
use crate::model::bank::{Account, MerchantPayment, Transfer};
use crate::model::calls::CallOrder;

pub(super) fn bank() -> Router<Arc<Shared>> {
    Router::new()
        .route("/bank/owners", post(owner))
        .route("/bank/cards", post(cards))
        .route("/bank/transfers/{id}", put(transfer).get(movement))
}

pub(super) fn merchants() -> Router<Arc<Shared>> {
    Router::new().route("/merchants", get(list)).route("/merchants/payments/{id}", put(pay).get(movement))
}

pub(super) fn calls() -> Router<Arc<Shared>> {
    Router::new().route("/calls/{id}", put(order).get(call))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Owner {
    account: Account,
    iin: String,
}

async fn owner(State(world): World, Body(asked): Body<Owner>) -> Answer {
    ok(&world.model().account_owner(&asked.account, &asked.iin))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    iin: String,
}

async fn cards(State(world): World, Body(asked): Body<Whose>) -> Answer {
    ok(&world.model().cards(&asked.iin))
}

async fn transfer(State(world): World, Path(transfer): Path<String>, Body(body): Body<Transfer>) -> Answer {
    ok(&world.model().transfer(id(&transfer)?, &body)?)
}

async fn movement(State(world): World, Path(transfer): Path<String>) -> Answer {
    ok(&world.model().movement(id(&transfer)?)?)
}

async fn list(State(world): World) -> Answer {
    ok(&json!({ "merchants": world.model().merchants() }))
}

async fn pay(State(world): World, Path(payment): Path<String>, Body(body): Body<MerchantPayment>) -> Answer {
    ok(&world.model().pay_merchant(id(&payment)?, &body)?)
}

async fn order(State(world): World, Path(call): Path<String>, Body(body): Body<CallOrder>) -> Answer {
    ok(&world.model().order_call(id(&call)?, &body)?)
}

async fn call(State(world): World, Path(call): Path<String>) -> Answer {
    ok(&world.model().call(id(&call)?)?)
}
