//! Core lending and SMS over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Answer, Body, Refusal, Shared, World, id, ok, reply};
use crate::lending::{Booked, Loan, LoanTerms, Payout};
use crate::model::bank::Account;
use crate::model::cabinet::{Application, Letter, NewClient};
use crate::model::servicing::{Repayment, Unallocated};
use crate::model::supplements::{Conclusion, RefundChoice, Request};
use crate::people::{Person, iin_is_valid};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/core/clients/by-iin/{iin}", get(client_by_iin))
        .route("/core/clients/{id}", get(client).put(create_client))
        .route("/core/clients/{id}/identity", get(identity))
        .route("/core/clients/{id}/phone", put(change_phone))
        .route("/core/clients/{id}/account", put(change_account))
        .route("/core/clients/{id}/flags", get(flags))
        .route("/core/clients/{id}/leak-measures", put(leak_measures))
        .route("/core/notices-due", get(notices_due))
        .route("/core/clients/{id}/refusal", get(refusal))
        .route("/core/clients/{id}/aml", get(aml))
        .route("/core/clients/{id}/debt-burden", get(debt_burden))
        .route("/core/clients/{id}/applications", get(applications))
        .route("/core/clients/{id}/contracts", get(contracts))
        .route("/core/clients/{id}/messages", get(messages))
        .route("/core/clients/{id}/messages/{message}", put(post_message))
        .route("/core/clients/{id}/supplements", get(supplements))
        .route("/core/applications/{id}", put(store_application))
        .route("/core/contracts/lookup", post(lookup))
        .route("/core/loans", post(book_loan).get(loans))
        .route("/core/loans/{id}", get(loan))
        .route("/core/loans/{id}/payouts", post(book_payout))
        .route("/core/loans/{id}/cancellation", put(cancel))
        .route("/core/loans/{id}/payout-day", put(move_payout_day))
        .route("/core/loans/{id}/schedule", get(schedule))
        .route("/core/loans/{id}/debt", get(debt))
        .route("/core/loans/{id}/repayments/{operation}", put(repay))
        .route("/core/loans/{id}/payments", get(payments))
        .route("/core/loans/{id}/cash-desk-orders/{request}", put(desk_order).get(desk_state))
        .route("/core/loans/{id}/supplements/{supplement}/conclusion", put(conclude))
        .route("/core/loans/{id}/supplements/{supplement}/refusal", put(decline))
        .route("/core/loans/{id}/restructuring-requests/{operation}", put(ask_restructuring))
        .route("/core/loans/{id}/refund", get(refund).put(choose_refund))
        .route("/core/one-sided-changes", get(one_sided))
        .route("/core/one-sided-changes/{change}/verdict", put(verdict))
        .route("/core/unallocated/{operation}", put(unallocated))
        .route("/core/requisites", get(requisites))
}

pub(super) fn sms() -> Router<Arc<Shared>> {
    Router::new().route("/sms", post(send_sms))
}

const DONE: fn() -> Answer = || ok(&json!({}));

fn client_body(person: &Person) -> serde_json::Value {
    json!({
        "client_id": person.client_id, "iin": person.iin, "surname": person.surname,
        "given_name": person.given_name, "patronymic": person.patronymic, "phone": person.phone,
        "language": person.language, "status": person.status,
    })
}

async fn client_by_iin(State(world): World, Path(iin): Path<String>) -> Answer {
    if !iin_is_valid(&iin) {
        return Err(Refusal(StatusCode::BAD_REQUEST, "invalid_iin"));
    }
    let model = world.model();
    let person = model.by_iin(&iin).ok().filter(|person| person.registered);
    ok(&client_body(person.ok_or(Refusal(StatusCode::NOT_FOUND, "client_unknown"))?))
}

async fn client(State(world): World, Path(client): Path<String>) -> Answer {
    ok(&client_body(world.model().registered(id(&client)?)?))
}

async fn create_client(
    State(world): World,
    Path(client): Path<String>,
    Body(new): Body<NewClient>,
) -> Answer {
    let client = id(&client)?;
    let person = world.model().create_client(client, &new)?;
    tracing::info!(%client, "client entered");
    ok(&client_body(&person))
}

async fn identity(State(world): World, Path(client): Path<String>) -> Answer {
    ok(&world.model().identity(id(&client)?)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhoneChange {
    phone: String,
    #[serde(rename = "operation")]
    _operation: Uuid,
}

async fn change_phone(
    State(world): World,
    Path(client): Path<String>,
    Body(change): Body<PhoneChange>,
) -> Answer {
    world.model().change_phone(id(&client)?, &change.phone)?;
    DONE()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountChange {
    account: Account,
    #[serde(rename = "operation")]
    _operation: Uuid,
}

async fn change_account(
    State(world): World,
    Path(client): Path<String>,
    Body(change): Body<AccountChange>,
) -> Answer {
    world.model().change_account(id(&client)?, &change.account)?;
    DONE()
}

async fn flags(State(world): World, Path(client): Path<String>) -> Answer {
    ok(&world.model().flags(id(&client)?)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Measures {
    operation: Uuid,
}

async fn leak_measures(
    State(world): World,
    Path(client): Path<String>,
    Body(measures): Body<Measures>,
) -> Answer {
    world.model().leak_measures_taken(id(&client)?, measures.operation)?;
    DONE()
}

async fn notices_due(State(world): World) -> Answer {
    ok(&json!({ "notices": world.model().notices_due() }))
}

async fn refusal(State(world): World, Path(client): Path<String>) -> Answer {
    let mut model = world.model();
    let person = model.registered(id(&client)?)?;
    let (client, set) = (person.client_id, person.quirks.voluntary_refusal);
    ok(&json!({ "client_id": client, "refusal_set": set, "report_id": model.report_id() }))
}

async fn aml(State(world): World, Path(client): Path<String>) -> Answer {
    let mut model = world.model();
    let person = model.registered(id(&client)?)?;
    let (client, hit) = (person.client_id, person.quirks.aml_hit);
    ok(&json!({ "client_id": client, "hit": hit, "report_id": model.report_id() }))
}

async fn debt_burden(State(world): World, Path(client): Path<String>) -> Answer {
    let mut model = world.model();
    let person = model.registered(id(&client)?)?;
    let (client, kdn) = (person.client_id, person.quirks.kdn_hundredths);
    ok(&json!({ "client_id": client, "kdn_hundredths": kdn, "report_id": model.report_id() }))
}

async fn applications(State(world): World, Path(client): Path<String>) -> Answer {
    ok(&json!({ "applications": world.model().applications(id(&client)?)? }))
}

async fn store_application(
    State(world): World,
    Path(application): Path<String>,
    Body(body): Body<Application>,
) -> Answer {
    if id(&application)? != body.application_id {
        return Err(Refusal(StatusCode::BAD_REQUEST, "invalid_id"));
    }
    world.model().store_application(&body)?;
    DONE()
}

async fn contracts(State(world): World, Path(client): Path<String>) -> Answer {
    ok(&json!({ "contracts": world.model().contracts(id(&client)?)? }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lookup {
    number: String,
}

async fn lookup(State(world): World, Body(lookup): Body<Lookup>) -> Answer {
    ok(&world.model().contract_by_number(&lookup.number)?)
}

fn booked(result: Result<(Loan, Booked), crate::model::Denial>) -> Answer {
    let (loan, booked) = result?;
    let status = match booked {
        Booked::New => StatusCode::CREATED,
        Booked::Before => StatusCode::OK,
    };
    tracing::info!(loan = %loan.terms.loan_id, ?booked, "books");
    Ok(reply(status, &loan))
}

async fn book_loan(State(world): World, Body(terms): Body<LoanTerms>) -> Answer {
    let mut model = world.model();
    model.registered(terms.client_id)?;
    booked(model.books.book(terms).map_err(Into::into))
}

async fn book_payout(State(world): World, Path(loan): Path<String>, Body(payout): Body<Payout>) -> Answer {
    let loan = id(&loan)?;
    booked(world.model().pay_out(loan, payout))
}

async fn loan(State(world): World, Path(loan): Path<String>) -> Answer {
    let loan = id(&loan)?;
    ok(world.model().books.loan(loan).map_err(crate::model::Denial::from)?)
}

async fn loans(State(world): World) -> Response {
    reply(StatusCode::OK, &json!({ "loans": world.model().books.loans() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cancellation {
    operation: Uuid,
    reason: String,
}

async fn cancel(State(world): World, Path(loan): Path<String>, Body(body): Body<Cancellation>) -> Answer {
    world.model().cancel(id(&loan)?, body.operation, &body.reason)?;
    DONE()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayoutDay {
    operation: Uuid,
    issued: String,
}

async fn move_payout_day(
    State(world): World,
    Path(loan): Path<String>,
    Body(body): Body<PayoutDay>,
) -> Answer {
    world.model().move_payout_day(id(&loan)?, body.operation, &body.issued)?;
    DONE()
}

async fn schedule(State(world): World, Path(loan): Path<String>) -> Answer {
    let loan = id(&loan)?;
    ok(&json!({ "loan_id": loan, "instalments": world.model().schedule(loan)? }))
}

async fn debt(
    State(world): World,
    Path(loan): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Answer {
    let model = world.model();
    let on = query.get("on").cloned().unwrap_or_else(|| model.today());
    ok(&model.debt(id(&loan)?, &on)?)
}

async fn repay(
    State(world): World,
    Path((loan, operation)): Path<(String, String)>,
    Body(repayment): Body<Repayment>,
) -> Answer {
    let (loan, operation) = (id(&loan)?, id(&operation)?);
    let outcome = world.model().repay(loan, operation, &repayment)?;
    tracing::info!(%loan, closed = outcome.closed, "repaid");
    ok(&outcome)
}

async fn payments(State(world): World, Path(loan): Path<String>) -> Answer {
    let loan = id(&loan)?;
    ok(&json!({ "loan_id": loan, "payments": world.model().payments(loan)? }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeskSum {
    amount_tiyn: u64,
}

async fn desk_order(
    State(world): World,
    Path((loan, request)): Path<(String, String)>,
    Body(sum): Body<DeskSum>,
) -> Answer {
    ok(&world.model().order_at_desk(id(&loan)?, id(&request)?, sum.amount_tiyn)?)
}

async fn desk_state(State(world): World, Path((loan, request)): Path<(String, String)>) -> Answer {
    let (loan, request) = (id(&loan)?, id(&request)?);
    ok(&json!({ "request_id": request, "state": world.model().desk_state(loan, request)? }))
}

async fn supplements(State(world): World, Path(client): Path<String>) -> Answer {
    ok(&json!({ "supplements": world.model().supplements(id(&client)?)? }))
}

async fn conclude(
    State(world): World,
    Path((loan, supplement)): Path<(String, String)>,
    Body(conclusion): Body<Conclusion>,
) -> Answer {
    world.model().conclude_supplement(id(&loan)?, id(&supplement)?, &conclusion)?;
    DONE()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declined {
    operation: Uuid,
}

async fn decline(
    State(world): World,
    Path((loan, supplement)): Path<(String, String)>,
    Body(declined): Body<Declined>,
) -> Answer {
    world.model().decline_supplement(id(&loan)?, id(&supplement)?, declined.operation)?;
    DONE()
}

async fn ask_restructuring(
    State(world): World,
    Path((loan, operation)): Path<(String, String)>,
    Body(request): Body<Request>,
) -> Answer {
    world.model().ask_restructuring(id(&loan)?, id(&operation)?, &request)?;
    DONE()
}

async fn refund(State(world): World, Path(loan): Path<String>) -> Answer {
    let loan = id(&loan)?;
    ok(&json!({ "loan_id": loan, "amount_tiyn": world.model().refund_due(loan)? }))
}

async fn choose_refund(
    State(world): World,
    Path(loan): Path<String>,
    Body(choice): Body<RefundChoice>,
) -> Answer {
    ok(&json!({ "order": world.model().choose_refund(id(&loan)?, &choice)? }))
}

async fn one_sided(State(world): World) -> Answer {
    ok(&json!({ "changes": world.model().one_sided_changes() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    verdict: String,
}

async fn verdict(State(world): World, Path(change): Path<String>, Body(verdict): Body<Verdict>) -> Answer {
    world.model().judge_one_sided(id(&change)?, &verdict.verdict)?;
    DONE()
}

async fn unallocated(
    State(world): World,
    Path(operation): Path<String>,
    Body(money): Body<Unallocated>,
) -> Answer {
    world.model().hold_unallocated(id(&operation)?, &money)?;
    DONE()
}

async fn requisites(State(world): World) -> Answer {
    ok(&world.model().requisites())
}

async fn messages(State(world): World, Path(client): Path<String>) -> Answer {
    ok(&json!({ "messages": world.model().letters(id(&client)?)? }))
}

async fn post_message(
    State(world): World,
    Path((client, message)): Path<(String, String)>,
    Body(letter): Body<Letter>,
) -> Answer {
    if id(&message)? != letter.message_id {
        return Err(Refusal(StatusCode::BAD_REQUEST, "invalid_id"));
    }
    world.model().post_letter(id(&client)?, &letter)?;
    DONE()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sms {
    to: String,
    text: String,
    purpose: String,
}

async fn send_sms(State(world): World, Body(Sms { to, text, purpose }): Body<Sms>) -> Answer {
    let message_id = world.model().send_sms(&to, &text, &purpose)?;
    tracing::info!(%message_id, purpose, "message taken");
    Ok(reply(StatusCode::ACCEPTED, &json!({ "message_id": message_id })))
}
