//! Payouts in doubt: the evidence, what a count would lead to, and the decision of two people.

use std::sync::Arc;

use axum::extract::{Form, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use maud::{Markup, html};
use senim_domain::cash::{Denomination, FoundPlace, SettledNotes, UnitNo};
use senim_domain::{LoanId, PayoutRequestId, SettlementId};
use senim_gateway_core::{Count, PayoutCase, Plan, Refusal, Right, Settlement};
use senim_operation::body::DenominationCount;
use uuid::Uuid;

use super::fields::fields;
use super::page::{csrf, for_visitor, notice, own, reason, signed};
use super::session::Visitor;
use super::text::{Lang, moment, tenge};
use super::{Answer, Desk, Fields, Trouble, actor};
use crate::clock::now;

/// Payouts on a page.
const PAGE: usize = 50;

pub(crate) async fn list(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Query(query): Query<Fields>,
) -> Answer {
    let visitor = desk.visitor(&headers, &query, Right::SeePayouts).await?;
    let lang = visitor.lang;
    let after = query.get("after").cloned().unwrap_or_default();
    let (doubts, flags) =
        desk.ask(move |gateway| Ok((gateway.doubts(&after, PAGE)?, gateway.flagged_loans()?))).await?;
    let next = (doubts.len() == PAGE).then(|| doubts.last().map(|(key, _)| key.clone())).flatten();
    let content = html! {
        h1 { (lang.say("Күмәнді төлемдер", "Выплаты под вопросом")) }
        @if doubts.is_empty() {
            (notice("good", lang.say("Шешім күтіп тұрған төлем жоқ.", "Выплат, ждущих решения, нет.")))
        } @else {
            table {
                thead { tr {
                    th { (lang.say("Қашан", "Когда")) } th { (lang.say("Терминал", "Терминал")) }
                    th class="n" { (lang.say("Рұқсат етілген", "Разрешено")) } th { (lang.say("Неге", "Почему")) } th {}
                } }
                tbody { @for (_, doubt) in &doubts { tr {
                    td class="t" { (moment(doubt.at)) }
                    td { a href={ "/terminals/" (doubt.terminal) } { (doubt.terminal) } }
                    td class="n" { (tenge(doubt.leave)) }
                    td { (lang.word(&doubt.why)) }
                    td { a href={ "/payouts/" (doubt.loan) "/" (doubt.request) } { (lang.say("Қарау және шешу", "Посмотреть и решить")) } }
                } } }
            }
        }
        @if let Some(next) = next { p { a href={ "/payouts?after=" (next) } { (lang.say("Келесі →", "Дальше →")) } } }
        @if !flags.is_empty() {
            h2 { (lang.say("Қызметкерлер тоқтатқан қарыздар", "Займы, замороженные сотрудниками")) }
            table { tbody { @for (loan, flag) in &flags { tr {
                td class="t" { (moment(flag.at)) } td { (loan) } td { (flag.by.person()) } td { (flag.by.reason()) }
            } } } }
        }
    };
    Ok(for_visitor(&visitor, &query, "/payouts", &content))
}

pub(crate) async fn page(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(which): Path<(String, String)>,
    Query(query): Query<Fields>,
) -> Answer {
    let visitor = desk.visitor(&headers, &query, Right::SeePayouts).await?;
    let (loan, request) = payout(&which)?;
    let case = desk.ask(move |gateway| gateway.payout_case(loan, request)).await?;
    Ok(show(&visitor, &query, &case, None))
}

/// What a count would lead to, before anybody proposes it.
pub(crate) async fn preview(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(which): Path<(String, String)>,
    Form(form): Form<Fields>,
) -> Answer {
    let visitor = desk.author(&headers, &form, Right::SettlePayouts).await?;
    let (loan, request) = payout(&which)?;
    let case = desk.ask(move |gateway| gateway.payout_case(loan, request)).await?;
    let count = count(&form, &case);
    let plan = desk.gateway.settlement_plan(&case, &count).map_err(|refusal| refusal.to_string());
    Ok(show(&visitor, &Fields::new(), &case, Some((&form, plan))))
}

pub(crate) async fn propose(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(which): Path<(String, String)>,
    Form(form): Form<Fields>,
) -> Answer {
    let visitor = desk.author(&headers, &form, Right::SettlePayouts).await?;
    let by = actor(&visitor, &form)?;
    let (loan, request) = payout(&which)?;
    desk.ask(move |gateway| {
        let case = gateway.payout_case(loan, request)?;
        gateway.propose_settlement(loan, request, &count(&form, &case), &by, now())
    })
    .await?;
    Ok(Redirect::to(&format!("/payouts/{loan}/{request}")).into_response())
}

pub(crate) async fn confirm(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(which): Path<(String, String)>,
    Form(form): Form<Fields>,
) -> Answer {
    let visitor = desk.author(&headers, &form, Right::SettlePayouts).await?;
    let by = actor(&visitor, &form)?;
    let (loan, request) = payout(&which)?;
    let proposal = form.get("settlement").and_then(|id| Uuid::parse_str(id).ok()).unwrap_or_default();
    desk.ask(move |gateway| gateway.confirm_settlement(loan, request, SettlementId(proposal), &by, now()))
        .await?;
    Ok(Redirect::to(&format!("/payouts/{loan}/{request}")).into_response())
}

fn payout((loan, request): &(String, String)) -> Result<(LoanId, PayoutRequestId), Trouble> {
    let wrong = |_| Trouble::Refused(Refusal::BadDirective("there is no such payout".into()));
    let (loan, request) = (Uuid::parse_str(loan).map_err(wrong)?, Uuid::parse_str(request).map_err(wrong)?);
    Ok((LoanId(loan), PayoutRequestId(request)))
}

/// The count as the form has it. What is no number counts as nothing, and the plan shows it.
fn count(form: &Fields, case: &PayoutCase) -> Count {
    let number = |name: String| form.get(&name).and_then(|text| text.trim().parse().ok()).unwrap_or(0_u32);
    let mut count = Count::default();
    for denomination in denominations(case) {
        let name = denomination.0;
        count.given.push(DenominationCount { denomination, notes: number(format!("given_{name}")) });
        let mut find = |notes, place, unit| {
            if notes > 0 {
                count.found.push(SettledNotes { denomination, notes, place, unit });
            }
        };
        find(number(format!("reject_{name}")), FoundPlace::RejectUnit, None);
        find(number(format!("retract_{name}")), FoundPlace::RetractUnit, None);
        for unit in cassettes(case, denomination) {
            find(number(format!("cassette_{name}_{}", unit.0)), FoundPlace::Cassette, Some(unit));
        }
    }
    count
}

/// Notes that can have moved; for a terminal that never told, whatever its cassettes hold.
fn denominations(case: &PayoutCase) -> Vec<Denomination> {
    let mut all: Vec<Denomination> = case.notes.keys().copied().collect();
    all.extend(case.cassettes.iter().map(|stock| stock.denomination).filter(|_| case.notes.is_empty()));
    if all.is_empty() {
        all.extend([1_000, 2_000, 5_000, 10_000, 20_000].map(Denomination));
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn cassettes(case: &PayoutCase, denomination: Denomination) -> impl Iterator<Item = UnitNo> {
    case.cassettes.iter().filter(move |stock| stock.denomination == denomination).map(|stock| stock.unit)
}

type Tried<'a> = Option<(&'a Fields, Result<Plan, String>)>;

fn show(visitor: &Visitor, query: &Fields, case: &PayoutCase, tried: Tried<'_>) -> axum::response::Response {
    let lang = visitor.lang;
    let here = format!("/payouts/{}/{}", case.doubt.loan, case.doubt.request);
    let content = html! {
        h1 { (lang.say("Күмәнді төлем", "Выплата под вопросом")) ": " (tenge(case.doubt.leave)) }
        (summary(lang, case))
        (decision(visitor, case, &here, tried))
        section {
            h2 { (lang.say("Журналдағы дәлел", "Свидетельства журнала")) }
            table {
                thead { tr { th class="n" { "№" } th { (lang.say("Уақыты", "Время")) } th { (lang.say("Не болды", "Что произошло")) } th { (lang.say("Мәліметі", "Подробности")) } } }
                tbody { @for row in &case.rows { tr {
                    td class="n" { (row.seq) } td class="t" { (moment(row.at)) } td { (lang.word(&row.kind)) } td { (fields(lang, &row.public)) }
                } } }
            }
            @if case.rows.is_empty() { p { (lang.say("Жолдар келген жоқ.", "Строк не поступало.")) } }
        }
    };
    for_visitor(visitor, query, &here, &content)
}

fn summary(lang: Lang, case: &PayoutCase) -> Markup {
    html! {
        section {
            dl {
                dt { (lang.say("Терминал", "Терминал")) } dd { a href={ "/terminals/" (case.doubt.terminal) } { (case.doubt.terminal) } }
                dt { (lang.say("Шарт", "Договор")) } dd { (case.contract_number) }
                dt { (lang.say("Неге тоқтатылды", "Почему заморожено")) } dd { (lang.word(&case.doubt.why)) }
                dt { (lang.say("Қарыз сомасы", "Сумма займа")) } dd { (tenge(case.principal_tiyn)) }
                dt { (lang.say("Қарыз бойынша берілді деп есептелген", "По займу учтено как выданное")) } dd { (tenge(case.paid_tiyn)) }
                dt { (lang.say("Құрылғы анық санағаны", "Устройство сосчитало точно")) } dd { (tenge(case.sure_tiyn())) }
            }
        }
    }
}

fn decision(visitor: &Visitor, case: &PayoutCase, here: &str, tried: Tried<'_>) -> Markup {
    let lang = visitor.lang;
    let open = case.settlement.as_ref().filter(|settlement| settlement.confirmed.is_none());
    let settled = case.settlement.as_ref().filter(|settlement| settlement.confirmed.is_some());
    html! {
        section {
            h2 { (lang.say("Шешім", "Решение")) }
            @if let (None, Some(settlement)) = (open, settled) { (done(lang, settlement)) }
            @else {
                @if let Some(proposal) = open { (proposed(visitor, proposal, here)) }
                @if !visitor.may(Right::SettlePayouts) {
                    @if open.is_none() { p { (lang.say("Шешім күтілуде.", "Решение ожидается.")) } }
                } @else {
                @if let Some((_, Err(why))) = &tried { (notice("bad", why)) }
                @if let Some((form, Ok(plan))) = &tried { (confirm_proposal(visitor, form, plan, here)) }
                @else if open.is_some() && tried.is_none() {
                    details {
                        summary { (lang.say("Басқа шешім ұсыну", "Предложить другое решение")) }
                        (count_form(visitor, case, here, None))
                    }
                } @else { (count_form(visitor, case, here, tried.as_ref().map(|(form, _)| *form))) }
                }
            }
        }
    }
}

fn count_form(visitor: &Visitor, case: &PayoutCase, here: &str, form: Option<&Fields>) -> Markup {
    let lang = visitor.lang;
    // What the borrower has is asked, never suggested.
    let input = |name: String, or: Option<u32>| {
        let value = form.and_then(|form| form.get(&name).cloned()).or_else(|| or.map(|or| or.to_string()));
        html! { input type="number" min="0" max="100000" required name=(name) value=[value]; }
    };
    let told = case.doubt.to_seq.is_some();
    html! {
        p { (lang.say(
            "Ақшаны санап, әр банкноттың қайда екенін жазыңыз. Ешкім таппаған банкноттар жетіспейді деп есептеледі.",
            "Пересчитайте деньги и укажите, где каждая банкнота. Ненайденные банкноты будут учтены как недостающие.",
        )) }
        form method="post" action={ (here) "/preview" } {
            (csrf(visitor))
            table {
                thead { tr {
                    th class="n" { (lang.say("Номинал", "Номинал")) }
                    th class="n" { (lang.say("Анық берілген", "Точно выдано")) }
                    th class="n" { (lang.say("Белгісіз", "Под вопросом")) }
                    th { (lang.say("Клиент барлығы алды", "Клиент получил всего")) }
                    @if told {
                        th { (lang.say("Қабылданбағандарда", "В отбраковке")) }
                        th { (lang.say("Қайтарып алынғандарда", "В ящике возврата")) }
                        th { (lang.say("Кассетадан табылды", "Найдено в кассете")) }
                    }
                } }
                tbody { @for denomination in denominations(case) {
                    @let notes = case.notes.get(&denomination).copied().unwrap_or_default();
                    @let name = denomination.0;
                    tr {
                        td class="n" { strong { (name) } }
                        td class="n" { (notes.sure) }
                        td class="n" { (notes.doubt) }
                        td { (input(format!("given_{name}"), None)) }
                        @if told {
                            td { (input(format!("reject_{name}"), Some(0))) }
                            td { (input(format!("retract_{name}"), Some(0))) }
                            td { @for unit in cassettes(case, denomination) {
                                label { span class="quiet-text" { "№ " (unit.0) } (input(format!("cassette_{name}_{}", unit.0), Some(0))) }
                            } }
                        }
                    }
                } }
            }
            button { (lang.say("Не болатынын көрсету", "Показать, что произойдёт")) }
        }
    }
}

fn confirm_proposal(visitor: &Visitor, form: &Fields, plan: &Plan, here: &str) -> Markup {
    let lang = visitor.lang;
    html! {
        (consequences(lang, plan))
        form method="post" action={ (here) "/propose" } {
            (csrf(visitor))
            @for (name, value) in form.iter().filter(|(name, _)| *name != "csrf" && *name != "reason") {
                input type="hidden" name=(name) value=(value);
            }
            (reason(lang.say("Не негізде (хаттама, күні, кім санады)", "Основание (протокол, дата, кто считал)")))
            button { (lang.say("Ұсыну", "Предложить")) }
            a href=(here) { (lang.say("Санды түзету", "Исправить числа")) }
        }
    }
}

fn consequences(lang: Lang, plan: &Plan) -> Markup {
    html! {
        dl {
            dt { (lang.say("Клиент осы төлемде алды", "Клиент получил в этой выплате")) } dd { strong { (tenge(plan.given_tiyn)) } }
            dt { (lang.say("Қарыз бойынша берілгені", "Выдано по займу")) } dd { (tenge(plan.paid_before_tiyn)) " → " strong { (tenge(plan.paid_after_tiyn)) } }
            dt { (lang.say("Клиент әлі ала алады", "Клиент ещё сможет получить")) } dd { (tenge(plan.missing_tiyn)) }
            dt { (lang.say("Есеп жүйесіне қосымша хабарланады", "В учётную систему добавится")) } dd { (tenge(plan.correction_tiyn)) }
            dt { (lang.say("Терминал есебінде", "В книгах терминала")) }
            dd {
                @match &plan.notes {
                    None => (lang.say("өзгермейді: терминал хабарламаған", "без изменений: терминал не сообщал")),
                    Some(notes) if notes.is_empty() => (lang.say("банкнот жылжымайды", "банкноты не переносятся")),
                    Some(notes) => {
                        @for found in notes { div {
                            (found.denomination.0) " × " (found.notes) " → "
                            @if found.place == FoundPlace::Missing { span class="mark bad" { (place(lang, found)) } } @else { (place(lang, found)) }
                        } }
                    }
                }
            }
        }
        p class="quiet-text" { (lang.say(
            "Бекітілген соң: қарыз қайта ашылады, терминалда басқа күмән болмаса, ақша беру жалғасады.",
            "После подтверждения: займ размораживается, а терминал снова выдаёт наличные, если других вопросов нет.",
        )) }
    }
}

fn place(lang: Lang, found: &SettledNotes) -> String {
    let code = match found.place {
        FoundPlace::Distributed => "distributed",
        FoundPlace::RejectUnit => "rejectUnit",
        FoundPlace::RetractUnit => "retractUnit",
        FoundPlace::Cassette => "cassette",
        FoundPlace::Missing => "missing",
    };
    match found.unit {
        Some(unit) => format!("{} {}", lang.word(code), unit.0),
        None => lang.word(code).to_owned(),
    }
}

fn proposed(visitor: &Visitor, proposal: &Settlement, here: &str) -> Markup {
    let lang = visitor.lang;
    html! {
        dl { (signed(lang.say("Ұсынған", "Предложил"), &proposal.proposed)) }
        (consequences(lang, &proposal.plan))
        @if own(visitor, &proposal.proposed) || !visitor.may(Right::SettlePayouts) {
            (notice("wait", lang.say("Екінші қызметкердің бекітуін күтуде.", "Ждёт подтверждения второго сотрудника.")))
        } @else {
            form method="post" action={ (here) "/confirm" } {
                (csrf(visitor))
                input type="hidden" name="settlement" value=(proposal.settlement);
                (reason(lang.say("Нені тексердіңіз", "Что вы проверили")))
                button { (lang.say("Бекіту", "Подтвердить")) }
            }
        }
    }
}

fn done(lang: Lang, settlement: &Settlement) -> Markup {
    html! {
        (notice("good", lang.say("Шешілді.", "Урегулировано.")))
        dl {
            (signed(lang.say("Ұсынған", "Предложил"), &settlement.proposed))
            @if let Some(confirmed) = &settlement.confirmed { (signed(lang.say("Бекіткен", "Подтвердил"), confirmed)) }
            dt { (lang.say("Терминал", "Терминал")) }
            dd { @match (settlement.booked_at, &settlement.message_id) {
                (Some(at), _) => { (lang.say("есебіне енгізді, ", "провёл по книгам ")) (moment(at)) }
                (None, Some(_)) => span class="mark wait" { (lang.say("хабар жолда", "сообщение в пути")) },
                (None, None) => (lang.say("хабарланбайды", "не извещается")),
            } }
        }
        (consequences(lang, &settlement.plan))
    }
}
