//! Who did what and why, newest first.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use maud::html;
use senim_domain::UtcMillis;
use senim_gateway_core::Right;

use super::page::for_visitor;
use super::text::moment;
use super::{Answer, Desk, Fields};

/// Acts on a page.
const PAGE: usize = 50;

pub(crate) async fn page(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Query(query): Query<Fields>,
) -> Answer {
    let visitor = desk.visitor(&headers, &query, Right::SeeTrail).await?;
    let lang = visitor.lang;
    let before = query.get("before").and_then(|before| before.parse::<u64>().ok());
    let trail = desk.ask(move |gateway| gateway.trail(UtcMillis(0), before, PAGE)).await?;
    let older = trail.acts.last().map(|act| act.n).filter(|n| *n > 1);
    let content = html! {
        h1 { (lang.say("Әрекеттер журналы", "Журнал действий")) }
        @if !trail.broken.is_empty() {
            p class="notice bad" {
                (lang.say("Журналға біреу қол сұққан, жазбалар: ", "В журнал кто-то вмешался, записи: "))
                @for n in &trail.broken { (n) " " }
            }
        }
        table {
            thead { tr {
                th class="n" { "№" } th { (lang.say("Уақыты", "Время")) } th { (lang.say("Кім", "Кто")) }
                th { (lang.say("Не істеді", "Что сделал")) } th { (lang.say("Неге қатысты", "С чем")) } th { (lang.say("Неге", "Почему")) }
            } }
            tbody { @for act in &trail.acts { tr {
                td class="n" { (act.n) }
                td class="t" { (moment(act.record.at)) }
                td { (act.record.actor.person()) }
                td { (lang.word(&act.record.act)) }
                td { div class="fields" { (act.record.subject) } }
                td { (act.record.actor.reason()) }
            } } }
        }
        @if let Some(older) = older { p { a href={ "/trail?before=" (older) } { (lang.say("Ертерек →", "Раньше →")) } } }
        p class="quiet-text" { (lang.say("Соңы: ", "Последняя запись: ")) (trail.head.n) " · SHA-256 " (trail.head.sha256) }
    };
    Ok(for_visitor(&visitor, &query, "/trail", &content))
}
