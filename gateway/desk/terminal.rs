//! One terminal: how it is, its cash and devices, its journal, what it was told and what was kept against it.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use maud::{Markup, html};
use senim_domain::TerminalId;
use senim_domain::cash::CashBooks;
use senim_gateway_core::store::StoredRow;
use senim_gateway_core::{Kept, Refusal, Right, TerminalRecord, TerminalView};
use senim_operation::Row;
use senim_operation::jws;
use serde_json::Value;

use super::fields::fields;
use super::fleet::{contact, state};
use super::page::{csrf, for_visitor, reason};
use super::session::Visitor;
use super::text::{Lang, moment};
use super::{Answer, Desk, Fields, Trouble, activation};
use crate::clock::now;

/// Rows on a page.
const PAGE: u64 = 50;
/// Messages of the inbox that are listed.
const MESSAGES: u64 = 20;

pub(crate) async fn page(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<Fields>,
) -> Answer {
    let visitor = desk.visitor(&headers, &query, Right::SeeFleet).await?;
    let lang = visitor.lang;
    let terminal: TerminalId = id.parse().map_err(|_| Trouble::Refused(Refusal::NotEnrolled))?;
    let below = query.get("below").and_then(|below| below.parse::<u64>().ok());
    let asked = terminal.clone();
    let (record, view, rows, evidence, inbox, notices) = desk
        .ask(move |gateway| {
            let record = gateway.terminal(&asked)?.ok_or(Refusal::NotEnrolled)?;
            let end = record.head.as_ref().map_or(0, |head| head.seq.saturating_add(1));
            let rows = gateway.journal_page(&asked, below.unwrap_or(end).min(end), PAGE)?;
            let inbox = gateway.last_messages(&asked, MESSAGES)?;
            let notices = gateway.activation_notices(&asked, now())?;
            let (view, evidence) = (gateway.terminal_view(&asked)?, gateway.evidence(&asked)?);
            Ok((record, view, rows, evidence, inbox, notices))
        })
        .await?;
    let messages = inbox.iter().rev().map(|item| (item.n, told(&item.jws))).collect::<Vec<_>>();
    let heard = desk.gateway.last_heard(&terminal);
    let content = html! {
        h1 { (terminal) " " (state(lang, &record, &view)) }
        @if query.contains_key("done") {
            p class="notice good" role="status" { (lang.say("Орындалды.", "Сделано.")) }
        }
        (quarantine(&visitor, &terminal, &record, &evidence))
        section {
            h2 { (lang.say("Күйі", "Состояние")) }
            dl {
                dt { (lang.say("Байланыс", "На связи")) } dd { (contact(lang, heard, now())) }
                dt { (lang.say("Іске қосу рұқсаты", "Активирован")) } dd { (yes(lang, record.active)) }
                dt { (lang.say("Бағдарлама", "Прошивка")) } dd { (view.firmware) }
                dt { (lang.say("Соңғы қосылу", "Последний запуск")) } dd { (view.started_at.map(moment).unwrap_or_default()) }
                @if let Some(at) = view.stopped_at { dt { (lang.say("Тоқтаған", "Остановлен")) } dd { (moment(at)) } }
                @if !view.cabinet.is_empty() { dt { (lang.say("Корпус", "Корпус")) } dd { (view.cabinet.join(", ")) } }
                @if let Some(head) = &record.head { dt { (lang.say("Соңғы жол", "Последняя строка")) } dd { (head.seq) " · " code { (head.hash) } } }
            }
        }
        (activation::section(&visitor, &terminal, &record, &notices))
        (cash(lang, &view.books))
        (devices(lang, &view))
        @if visitor.may(Right::CommandTerminals) { (command_form(&visitor, &terminal)) }
        section {
            h2 { (lang.say("Терминалға хабарлар", "Сообщения терминалу")) }
            @for (kind, why) in &view.refused {
                p class="notice wait" { (lang.say("Терминал қабылдамады: ", "Терминал отклонил: ")) (kind) " · " (why) }
            }
            table { tbody { @for (n, (kind, at)) in &messages {
                tr { td class="n" { (n) } td class="t" { (at) } td { (kind) } }
            } } }
        }
        (journal(lang, &terminal, &rows))
    };
    let here = format!("/terminals/{terminal}");
    Ok(for_visitor(&visitor, &query, &here, &content))
}

fn yes(lang: Lang, is: bool) -> &'static str {
    if is { lang.say("иә", "да") } else { lang.say("жоқ", "нет") }
}

/// Kind and time of a message that we signed.
fn told(compact: &str) -> (String, String) {
    let envelope = jws::split(compact)
        .ok()
        .and_then(|parts| serde_json::from_slice::<Value>(&parts.payload).ok())
        .unwrap_or_default();
    let text = |name: &str| envelope.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let command = envelope.pointer("/body/command/do").and_then(Value::as_str).unwrap_or_default();
    let at = text("at").parse().map_or_else(|_| text("at"), moment);
    (format!("{} {command}", text("kind")), at)
}

fn quarantine(
    visitor: &Visitor,
    terminal: &TerminalId,
    record: &TerminalRecord,
    evidence: &[Kept],
) -> Markup {
    let lang = visitor.lang;
    html! {
        @if let Some(why) = &record.quarantined {
            section {
                h2 { (lang.say("Карантин", "Карантин")) }
                p class="notice bad" { (why) }
                @for kept in evidence.iter().take(10) {
                    details {
                        summary { (moment(kept.at)) " · " (kept.why) }
                        div class="fields" { "SHA-256 " b { (kept.sha256) } }
                        div class="fields" { (kept.row.chars().take(2000).collect::<String>()) }
                    }
                }
                p class="quiet-text" { (lang.say(
                    "Шығарылса, журнал соңғы дұрыс жолдан жалғасады. Терминалдың басқа тарихы болса, ол қайтадан карантинге түседі.",
                    "После снятия журнал продолжится с последней верной строки. Если у терминала другая история, он снова попадёт в карантин.",
                )) }
                @if visitor.may(Right::QuarantineTerminals) { form method="post" action={ "/terminals/" (terminal) "/flag" } {
                    (csrf(visitor))
                    input type="hidden" name="quarantined" value="no";
                    @if let Some(newest) = evidence.first() {
                        label class="check" {
                            span { input type="checkbox" name="seen" value=(newest.sha256) required; " "
                                (lang.say("Соңғы дәлелді қарадым", "Последнее свидетельство просмотрено")) }
                        }
                    }
                    (reason(lang.say("Неге шығарылады", "Почему карантин снимается")))
                    button class="danger" { (lang.say("Карантиннен шығару", "Снять карантин")) }
                } }
            }
        }
    }
}

fn cash(lang: Lang, books: &CashBooks) -> Markup {
    html! {
        section {
            h2 { (lang.say("Қолма-қол ақша", "Наличные")) }
            @if books.denominations.is_empty() { p { (lang.say("Салынбаған.", "Не загружались.")) } } @else {
                table {
                    thead { tr {
                        th class="n" { (lang.say("Номинал", "Номинал")) }
                        th class="n" { (lang.say("Кассеталарда", "В кассетах")) }
                        th class="n" { (lang.say("Қабылданбаған", "Отбраковано")) }
                        th class="n" { (lang.say("Қайтарып алынған", "Забрано обратно")) }
                        th class="n" { (lang.say("Берілген", "Выдано")) }
                        th class="n" { (lang.say("Белгісіз", "Под вопросом")) }
                    } }
                    tbody { @for (denomination, sums) in &books.denominations { tr {
                        td class="n" { (denomination.0) }
                        td class="n" { (books.in_cassettes(*denomination)) }
                        td class="n" { (sums.in_reject) }
                        td class="n" { (sums.in_retract) }
                        td class="n" { (sums.distributed) }
                        td class="n" { @if sums.uncertain > 0 { span class="mark bad" { (sums.uncertain) } } @else { "0" } }
                    } } }
                }
            }
        }
    }
}

fn devices(lang: Lang, view: &TerminalView) -> Markup {
    html! {
        section {
            h2 { (lang.say("Құрылғылар", "Устройства")) }
            @if view.devices.is_empty() { p { (lang.say("Ақау туралы хабар болған жоқ.", "О неисправностях не сообщалось.")) } }
            table { tbody { @for (name, device) in &view.devices { tr {
                td { (lang.word(name)) }
                td { @if device.usable { span class="mark good" { (lang.say("жарамды", "исправно")) } }
                    @else { span class="mark bad" { (lang.say("ақаулы", "неисправно")) } } }
                td class="t" { (moment(device.at)) }
                td { (device.cause) }
            } } } }
        }
    }
}

fn command_form(visitor: &Visitor, terminal: &TerminalId) -> Markup {
    let lang = visitor.lang;
    let commands = ["takeCheckpoint", "sendTelemetry", "restart", "outOfService", "backInService"];
    html! {
        section {
            h2 { (lang.say("Бұйрық", "Команда")) }
            form method="post" action={ "/terminals/" (terminal) "/command" } {
                (csrf(visitor))
                label { (lang.say("Не істелсін", "Что сделать"))
                    select name="command" { @for code in commands { option value=(code) { (lang.word(code)) } } }
                }
                label { (lang.say("Қанша минут күшінде", "Сколько минут действует"))
                    input type="number" name="minutes" value="60" min="1" max="10080" required;
                }
                (reason(lang.say("Неге", "Почему")))
                button { (lang.say("Жіберу", "Отправить")) }
                p class="quiet-text" { (lang.say(
                    "Қайта іске қосу терминал алдында ешкім жоқ кезде ғана болады.",
                    "Перезапуск произойдёт, только когда у терминала никого нет.",
                )) }
            }
        }
    }
}

fn journal(lang: Lang, terminal: &TerminalId, rows: &[StoredRow]) -> Markup {
    let older = rows.last().map(|row| row.seq).filter(|seq| *seq > 0);
    html! {
        section {
            h2 id="journal" { (lang.say("Журнал", "Журнал")) }
            table {
                thead { tr { th class="n" { "№" } th { (lang.say("Уақыты", "Время")) } th { (lang.say("Не болды", "Что произошло")) } th { (lang.say("Мәліметі", "Подробности")) } } }
                tbody { @for row in rows { (journal_row(lang, row)) } }
            }
            @if let Some(older) = older {
                p { a href={ "/terminals/" (terminal) "?below=" (older) "#journal" } { (lang.say("Ертерек →", "Раньше →")) } }
            }
        }
    }
}

fn journal_row(lang: Lang, stored: &StoredRow) -> Markup {
    let read = Row::read(stored.compact.clone()).ok();
    html! {
        tr {
            td class="n" { (stored.seq) }
            td class="t" { @if let Some(row) = &read { (moment(row.envelope.at)) } }
            td { (lang.word(&stored.kind)) @if stored.attachment.is_some() { " 🔒" } }
            td { @if let Some(row) = &read { (fields(lang, &row.envelope.public)) } }
        }
    }
}
