//! What staff have a terminal do, from its page.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use senim_domain::TerminalId;
use senim_gateway_core::{Refusal, Right};
use senim_operation::message::Command;

use super::{Answer, Desk, Fields, Trouble, actor};
use crate::clock::now;
use crate::commands::read_command;

pub(crate) async fn command(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(form): Form<Fields>,
) -> Answer {
    let visitor = desk.author(&headers, &form, Right::CommandTerminals).await?;
    let by = actor(&visitor, &form)?;
    let terminal = terminal(&id)?;
    let code = form.get("command").map(String::as_str).unwrap_or_default();
    let command: Command = read_command(code, by.reason())
        .ok_or_else(|| Trouble::Refused(Refusal::BadDirective(format!("{code}: no such command"))))?;
    let minutes = form.get("minutes").and_then(|minutes| minutes.parse().ok()).unwrap_or(0);
    let to = terminal.clone();
    desk.ask(move |gateway| gateway.command(&to, &command, minutes, &by, now())).await?;
    Ok(Redirect::to(&format!("/terminals/{terminal}?done=1")).into_response())
}

pub(crate) async fn flag(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(form): Form<Fields>,
) -> Answer {
    let visitor = desk.author(&headers, &form, Right::QuarantineTerminals).await?;
    let by = actor(&visitor, &form)?;
    let terminal = terminal(&id)?;
    let quarantined = form.get("quarantined").is_some_and(|flag| flag == "yes");
    let (to, seen) = (terminal.clone(), form.get("seen").cloned());
    desk.ask(move |gateway| gateway.flag_terminal(&to, quarantined, seen.as_deref(), &by, now())).await?;
    Ok(Redirect::to(&format!("/terminals/{terminal}?done=1")).into_response())
}

fn terminal(id: &str) -> Result<TerminalId, Trouble> {
    id.parse().map_err(|_| Trouble::Refused(Refusal::NotEnrolled))
}
