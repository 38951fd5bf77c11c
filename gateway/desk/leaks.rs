//! People whose personal data leaked: lists are brought, confirmed by a second person, taken back, and single flags lifted.
//!
//! A list goes through piece by piece; of its people nothing stays but what the core keeps, and no page shows one.

use std::sync::Arc;

use axum::extract::{Form, Multipart, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use jiff::civil::Date;
use maud::{Markup, html};
use senim_domain::{Secret, calendar};
use senim_gateway_core::{LeakAct, LeakCase, LeakList, Refusal, Right};

use super::page::{csrf, for_visitor, notice, own, reason, signed};
use super::session::Visitor;
use super::text::{Lang, moment};
use super::{Answer, Desk, Fields, Trouble, actor};
use crate::clock::now;

/// Largest list: five million IINs with what a spreadsheet puts around them.
pub(crate) const MAX_LIST_BYTES: usize = 192 << 20;
/// Longest text field beside it.
const MAX_FIELD: usize = 4096;

pub(crate) async fn page(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Query(query): Query<Fields>,
) -> Answer {
    let visitor = desk.visitor(&headers, &query, Right::SeeLeaks).await?;
    let lang = visitor.lang;
    let cases = desk.ask(|gateway| gateway.leak_cases()).await?;
    let (decided, open): (Vec<_>, Vec<_>) = cases.iter().partition(|case| case.confirmed.is_some());
    let content = html! {
        h1 { (lang.say("Дербес деректер тарауы", "Утечки персональных данных")) }
        @for case in &open { (proposal(&visitor, case)) }
        @if visitor.may(Right::FlagLeaks) { (forms(&visitor)) }
        section {
            h2 { (lang.say("Бекітілген шешімдер", "Подтверждённые решения")) }
            @if decided.is_empty() { p { (lang.say("Әзірге жоқ.", "Пока нет.")) } }
            @for case in &decided {
                p { strong { (title(&visitor, case)) } " " (state(&visitor, case)) }
                dl {
                    (signed(lang.say("Ұсынған", "Предложил"), &case.proposed))
                    @if let Some(confirmed) = &case.confirmed { (signed(lang.say("Бекіткен", "Подтвердил"), confirmed)) }
                }
                @if visitor.may(Right::FlagLeaks) && in_force(case) {
                    details {
                        summary { (lang.say("Тізімді кері алуды ұсыну", "Предложить отозвать список")) }
                        form method="post" action={ "/leaks/lists/" (case.case) "/withdraw" } {
                            (csrf(&visitor))
                            (reason(lang.say("Неге", "Почему")))
                            button class="danger" { (lang.say("Ұсыну", "Предложить")) }
                        }
                    }
                }
            }
        }
    };
    Ok(for_visitor(&visitor, &query, "/leaks", &content))
}

fn in_force(case: &LeakCase) -> bool {
    matches!(case.act, LeakAct::Flag { withdrawn: None, .. })
}

fn title(visitor: &Visitor, case: &LeakCase) -> String {
    let lang = visitor.lang;
    match &case.act {
        LeakAct::Flag { people, since, .. } => {
            let (people, since) = (grouped(*people), moment(*since));
            match lang {
                Lang::Kk => format!("Тізім: {people} адам, {since} бастап белгілі"),
                Lang::Ru => format!("Список: {people} чел., известно с {since}"),
            }
        }
        LeakAct::Withdraw { .. } => lang.say("Тізімді кері алу", "Отзыв списка").to_owned(),
        LeakAct::Lift { .. } => {
            lang.say("Бір адамның белгісін алу", "Снятие флага с одного человека").to_owned()
        }
    }
}

fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

fn state(visitor: &Visitor, case: &LeakCase) -> Markup {
    let lang = visitor.lang;
    match &case.act {
        LeakAct::Flag { withdrawn: Some(withdrawn), .. } => html! {
            span class="mark" { (lang.say("кері алынды", "отозван")) } " " (moment(withdrawn.at)) ", " (withdrawn.by.person())
        },
        LeakAct::Flag { .. } => html! { span class="mark bad" { (lang.say("күшінде", "действует")) } },
        LeakAct::Withdraw { .. } | LeakAct::Lift { .. } => {
            html! { span class="mark good" { (lang.say("орындалды", "исполнено")) } }
        }
    }
}

fn proposal(visitor: &Visitor, case: &LeakCase) -> Markup {
    let lang = visitor.lang;
    let lift = matches!(case.act, LeakAct::Lift { .. });
    html! {
        section {
            h2 { (title(visitor, case)) " " span class="mark wait" { (lang.say("бекітілмеген", "не подтверждено")) } }
            dl { (signed(lang.say("Ұсынған", "Предложил"), &case.proposed)) }
            @if own(visitor, &case.proposed) || !visitor.may(Right::FlagLeaks) {
                (notice("wait", lang.say("Екінші қызметкердің бекітуін күтуде.", "Ждёт подтверждения второго сотрудника.")))
            } @else {
                form method="post" action={ "/leaks/" (case.case) "/confirm" } {
                    (csrf(visitor))
                    @if lift { (iin_field(lang.say("Өтініш берушінің ЖСН-і, тағы бір рет", "ИИН заявителя ещё раз"))) }
                    (reason(lang.say("Нені тексердіңіз", "Что вы проверили")))
                    button { (lang.say("Бекіту", "Подтвердить")) }
                }
            }
            @if visitor.may(Right::FlagLeaks) {
                details {
                    summary { (lang.say("Ұсынысты алып тастау", "Снять предложение")) }
                    form method="post" action={ "/leaks/" (case.case) "/decline" } {
                        (csrf(visitor))
                        (reason(lang.say("Неге", "Почему")))
                        button class="danger" { (lang.say("Алып тастау", "Снять")) }
                    }
                }
            }
        }
    }
}

fn iin_field(words: &str) -> Markup {
    html! { label { (words) input name="iin" inputmode="numeric" autocomplete="off" required maxlength="20"; } }
}

fn forms(visitor: &Visitor) -> Markup {
    let lang = visitor.lang;
    let today = calendar::local_date(now()).map(|date| date.to_string());
    html! {
        section {
            h2 { (lang.say("Тізім енгізу", "Внести список")) }
            p { (lang.say(
                "Әр жолда бір ЖСН. Екінші қызметкер бекіткен соң белгі барлық терминалда бірден күшіне енеді: тізімдегі адам дерегі тарағаны туралы оқып, тексеруден өтпейінше ештеңе жасай алмайды. Тізім шлюзден шықпайды және онда ашық сақталмайды.",
                "По одному ИИН в строке. После подтверждения вторым сотрудником флаг сразу действует на всех терминалах: человек из списка ничего не сможет сделать, пока не прочтёт об утечке и не пройдёт проверки. Список не покидает шлюз и не хранится в нём открыто.",
            )) }
            form method="post" action="/leaks/lists" enctype="multipart/form-data" {
                (csrf(visitor))
                label { (lang.say("МҚҰ қай күні білді", "В какой день МФО узнала")) input type="date" name="since" required value=[today]; }
                (reason(lang.say("Неге (оқиға, хат нөмірі)", "Основание (инцидент, номер письма)")))
                label { (lang.say("ЖСН-дер", "ИИН")) textarea name="people" rows="3" autocomplete="off" {} }
                label { (lang.say("немесе файл (CSV, TXT)", "или файл (CSV, TXT)")) input type="file" name="list" accept=".csv,.txt,text/plain"; }
                button { (lang.say("Ұсыну", "Предложить")) }
            }
        }
        section {
            h2 { (lang.say("Бір адамның белгісін алу", "Снять флаг с одного человека")) }
            form method="post" action="/leaks/lift" {
                (csrf(visitor))
                (iin_field(lang.say("ЖСН", "ИИН")))
                (reason(lang.say("Неге (өтініш, дәлел)", "Основание (заявление, подтверждение)")))
                button { (lang.say("Ұсыну", "Предложить")) }
            }
        }
    }
}

fn back() -> Answer {
    Ok(Redirect::to("/leaks").into_response())
}

/// Takes a list: the fields before it say who brings it and why, so that nobody else's list is read.
pub(crate) async fn import(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    mut parts: Multipart,
) -> Answer {
    let mut form = Fields::new();
    let mut visitor = None;
    let mut list = LeakList::default();
    while let Some(mut part) = parts.next_field().await.map_err(Trouble::broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        if matches!(name.as_str(), "people" | "list") {
            if visitor.is_none() {
                visitor = Some(desk.author(&headers, &form, Right::FlagLeaks).await?);
            }
            while let Some(bytes) = part.chunk().await.map_err(Trouble::broken)? {
                list = desk
                    .ask(move |gateway| {
                        list.read(gateway, &bytes);
                        Ok(list)
                    })
                    .await?;
            }
            list = desk
                .ask(move |gateway| {
                    list.end(gateway);
                    Ok(list)
                })
                .await?;
            continue;
        }
        let mut text = Vec::new();
        while let Some(bytes) = part.chunk().await.map_err(Trouble::broken)? {
            text.extend_from_slice(&bytes);
            if text.len() > MAX_FIELD {
                return Err(Trouble::Refused(Refusal::BadDirective("a field is too long".into())));
            }
        }
        form.insert(name, String::from_utf8_lossy(&text).into_owned());
    }
    let visitor = match visitor {
        Some(visitor) => visitor,
        None => desk.author(&headers, &form, Right::FlagLeaks).await?,
    };
    let by = actor(&visitor, &form)?;
    let since = form.get("since").and_then(|day| day.parse::<Date>().ok());
    let since =
        since.ok_or_else(|| Trouble::Refused(Refusal::BadDirective("give the day of the leak".into())))?;
    desk.ask(move |gateway| gateway.propose_leak_flags(list, since, &by, now())).await?;
    back()
}

pub(crate) async fn withdraw(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(list): Path<String>,
    Form(form): Form<Fields>,
) -> Answer {
    let visitor = desk.author(&headers, &form, Right::FlagLeaks).await?;
    let by = actor(&visitor, &form)?;
    desk.ask(move |gateway| gateway.propose_leak_withdrawal(&list, &by, now())).await?;
    back()
}

pub(crate) async fn lift(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Form(mut form): Form<Fields>,
) -> Answer {
    let visitor = desk.author(&headers, &form, Right::FlagLeaks).await?;
    let by = actor(&visitor, &form)?;
    let iin = iin(&mut form).unwrap_or_default();
    desk.ask(move |gateway| gateway.propose_leak_lift(&iin, &by, now())).await?;
    back()
}

pub(crate) async fn confirm(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(case): Path<String>,
    Form(mut form): Form<Fields>,
) -> Answer {
    let visitor = desk.author(&headers, &form, Right::FlagLeaks).await?;
    let by = actor(&visitor, &form)?;
    let iin = iin(&mut form);
    desk.ask(move |gateway| gateway.confirm_leak_case(&case, iin.as_ref(), &by, now())).await?;
    back()
}

pub(crate) async fn decline(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(case): Path<String>,
    Form(form): Form<Fields>,
) -> Answer {
    let visitor = desk.author(&headers, &form, Right::FlagLeaks).await?;
    let by = actor(&visitor, &form)?;
    desk.ask(move |gateway| gateway.decline_leak_case(&case, &by, now())).await?;
    back()
}

/// The IIN of a form, without the spaces that people type into it.
fn iin(form: &mut Fields) -> Option<Secret> {
    let typed = Secret::new(form.remove("iin")?);
    Some(Secret::new(typed.expose().chars().filter(char::is_ascii_digit).collect()))
}
