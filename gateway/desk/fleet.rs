//! Every terminal: how it is, what it holds, what it owes.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use maud::{Markup, html};
use senim_domain::UtcMillis;
use senim_domain::cash::CashBooks;
use senim_gateway_core::{FleetEntry, Right, TerminalRecord, TerminalView};

use super::page::for_visitor;
use super::text::{Lang, moment};
use super::{Answer, Desk, Fields};
use crate::clock::now;

/// Terminals on a page.
const PAGE: usize = 100;
/// Silence after which a terminal counts as away, in ms.
pub(crate) const AWAY_MS: i64 = 5 * 60_000;

pub(crate) async fn page(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Query(query): Query<Fields>,
) -> Answer {
    let visitor = desk.visitor(&headers, &query, Right::SeeFleet).await?;
    let lang = visitor.lang;
    let after = query.get("after").cloned().unwrap_or_default();
    let (fleet, doubts, restoring) = desk
        .ask(move |gateway| {
            let restoring = gateway.is_restoring()?;
            Ok((gateway.fleet(&after, PAGE + 1)?, gateway.doubts("", 100)?.len(), restoring))
        })
        .await?;
    let next =
        (fleet.len() > PAGE).then(|| fleet.get(PAGE - 1)).flatten().map(|entry| entry.terminal.clone());
    let content = html! {
        h1 { (lang.say("Терминалдар", "Терминалы")) }
        @if restoring {
            p class="notice bad" { (lang.say(
                "Шлюз сақтық көшірмеден көтерілді: барлық терминал жауап бергенше ақша берілмейді.",
                "Шлюз поднят из резервной копии: пока не ответят все терминалы, выдачи не разрешаются.",
            )) }
        }
        @if doubts > 0 && visitor.may(Right::SeePayouts) {
            p class="notice wait" {
                (lang.say("Шешім күтіп тұрған төлемдер: ", "Выплат ждут решения: "))
                strong { (doubts) } " · "
                a href="/payouts" { (lang.say("Қарау", "Посмотреть")) }
            }
        }
        @if fleet.is_empty() {
            p { (lang.say("Терминал тіркелмеген.", "Терминалов нет.")) }
        } @else {
            table {
                thead { tr {
                    th { (lang.say("Терминал", "Терминал")) }
                    th { (lang.say("Күйі", "Состояние")) }
                    th { (lang.say("Байланыс", "На связи")) }
                    th { (lang.say("Қолма-қол ақша (номинал × дана)", "Наличные (номинал × штук)")) }
                    th { (lang.say("Ақаулар", "Неисправности")) }
                    th class="n" { (lang.say("Жолдар", "Строк")) }
                } }
                tbody {
                    @for entry in fleet.iter().take(PAGE) { (row(lang, &desk, entry)) }
                }
            }
        }
        @if let Some(next) = next {
            p { a href={ "/fleet?after=" (next) } { (lang.say("Келесі →", "Дальше →")) } }
        }
    };
    Ok(for_visitor(&visitor, &query, "/fleet", &content))
}

fn row(lang: Lang, desk: &Desk, entry: &FleetEntry) -> Markup {
    let FleetEntry { terminal, record, view } = entry;
    html! {
        tr {
            td { a href={ "/terminals/" (terminal) } { strong { (terminal) } } }
            td { (state(lang, record, view)) }
            td class="t" { (contact(lang, desk.gateway.last_heard(terminal), now())) }
            td { (cash(lang, &view.books)) }
            td {
                @let broken: Vec<_> = view.devices.iter().filter(|(_, device)| !device.usable).collect();
                @if broken.is_empty() { "—" }
                @for (name, device) in broken { div { (lang.word(name)) ": " span class="quiet-text" { (device.cause) } } }
                @for open in &view.cabinet { div class="mark wait" { (open) } }
            }
            td class="n" { (record.head.as_ref().map_or(0, |head| head.seq.saturating_add(1))) }
        }
    }
}

/// The most important first: distrust, then money, then service.
pub(crate) fn state(lang: Lang, record: &TerminalRecord, view: &TerminalView) -> Markup {
    html! {
        @if record.quarantined.is_some() {
            span class="mark bad" { (lang.say("Карантин", "Карантин")) }
        } @else if let Some(cause) = &view.cash_stopped {
            span class="mark bad" { (lang.say("Ақша бермейді", "Выдача остановлена")) }
            " " span class="quiet-text" { (lang.word(cause)) }
        } @else if record.head.is_none() {
            span class="mark wait" { (lang.say("Әлі қосылмаған", "Ещё не выходил на связь")) }
        } @else if view.in_service {
            span class="mark good" { (lang.say("Қызмет көрсетеді", "Обслуживает")) }
        } @else {
            span class="mark wait" { (lang.say("Қызмет көрсетпейді", "Не обслуживает")) }
        }
        @if !view.in_service {
            @for reason in &view.reasons { div class="quiet-text" { (lang.word(reason)) } }
        }
        @if view.on_battery { div class="quiet-text" { (lang.word("onBattery")) } }
    }
}

pub(crate) fn contact(lang: Lang, heard: Option<UtcMillis>, now: UtcMillis) -> Markup {
    html! {
        @match heard {
            Some(at) if now.0.saturating_sub(at.0) < AWAY_MS => span class="mark good" { (lang.say("Байланыста", "На связи")) },
            Some(at) => span class="mark wait" { (moment(at)) },
            None => span class="quiet-text" { (lang.say("шлюз қосылғалы жоқ", "нет с запуска шлюза")) },
        }
    }
}

fn cash(lang: Lang, books: &CashBooks) -> Markup {
    html! {
        @if books.units.is_empty() { span class="quiet-text" { (lang.say("салынбаған", "не загружены")) } }
        @for stock in books.units.values() {
            div { (stock.denomination.0) "\u{a0}×\u{a0}" (stock.notes) }
        }
        @if books.in_doubt() > 0 {
            div class="mark bad" { (lang.say("Белгісіз: ", "Под вопросом: ")) (books.in_doubt()) }
        }
    }
}
