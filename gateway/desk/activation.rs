//! A terminal's way into service: the notice on record, the day from which it counts, and the second person's word.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use jiff::civil::Date;
use maud::{Markup, html};
use senim_domain::TerminalId;
use senim_domain::business_days::Day;
use senim_domain::calendar::local_date;
use senim_domain::location::{DEFAULT_RADIUS_M, LocationError, Point, RegisteredLocation};
use senim_gateway_core::{
    ActivationNotice, ActivationRefusal, Actor, Gateway, GatewayError, NoticeOutcome, NoticedPlace, Refusal,
    Right, TerminalRecord,
};

use super::page::{csrf, notice, own, reason, signed};
use super::session::Visitor;
use super::text::Lang;
use super::{Answer, Desk, Fields, Trouble, actor};
use crate::clock::now;

/// The part of a terminal's page about its leave to serve.
pub(crate) fn section(
    visitor: &Visitor,
    terminal: &TerminalId,
    record: &TerminalRecord,
    notices: &[(ActivationNotice, Option<Date>)],
) -> Markup {
    let lang = visitor.lang;
    let may = visitor.may(Right::ActivateTerminals);
    html! { section {
        h2 id="activation" { (lang.say("Ұлттық Банкке хабарлама және іске қосу", "Уведомление Национального Банка и активация")) }
        @match (&record.place, record.active) {
            (Some(place), true) => p { (lang.say("Қызмет көрсететін мекенжайы: ", "Обслуживает по адресу: ")) strong { (place.address) } },
            _ => (notice("wait", lang.say(
                "Іске қосылмаған: ешкімге қызмет көрсетпейді.",
                "Не активирован: никого не обслуживает.",
            ))),
        }
        @for (one, earliest) in notices {
            @let superseded = notices.iter().any(|(other, _)| other.supersedes(&one.notice));
            (entry(visitor, one, *earliest, may, superseded))
        }
        @if may { (form(visitor, terminal)) }
    } }
}

fn entry(
    visitor: &Visitor,
    one: &ActivationNotice,
    earliest: Option<Date>,
    may: bool,
    superseded: bool,
) -> Markup {
    let lang = visitor.lang;
    let path = format!("/terminals/{}/notices/{}", one.terminal, one.notice);
    html! {
        h3 { "№ " (one.place.number) " · " (one.place.notified.0) " " (state(lang, one)) }
        dl {
            dt { (lang.say("Мекенжайы", "Адрес")) } dd { (one.place.location.address) }
            @if let Some(earliest) = earliest {
                dt { (lang.say("Қызмет көрсете алатын күні", "Может обслуживать с")) } dd { strong { (earliest) } }
            }
            (signed(lang.say("Жазған", "Записал"), &one.recorded))
            @if let Some((_, decided)) = &one.decided { (signed(lang.say("Шешкен", "Решил"), decided)) }
        }
        @if one.decided.is_none() {
            @if superseded {
                (notice("wait", &refusal(lang, &ActivationRefusal::Superseded)))
            } @else if own(visitor, &one.recorded) || !may {
                (notice("wait", lang.say("Екінші қызметкердің бекітуін күтуде.", "Ждёт подтверждения второго сотрудника.")))
            } @else {
                form method="post" action={ (path) "/activate" } {
                    (csrf(visitor))
                    (reason(lang.say("Нені тексердіңіз", "Что вы проверили")))
                    button { (lang.say("Осы мекенжайда іске қосу", "Активировать по этому адресу")) }
                }
            }
            @if may { details {
                summary { (lang.say("Хабарламаны кері алу", "Отозвать уведомление")) }
                form method="post" action={ (path) "/withdraw" } {
                    (csrf(visitor))
                    (reason(lang.say("Неге", "Почему")))
                    button class="danger" { (lang.say("Кері алу", "Отозвать")) }
                }
            } }
        }
    }
}

fn state(lang: Lang, one: &ActivationNotice) -> Markup {
    html! { @match one.decided.as_ref().map(|(outcome, _)| outcome) {
        None => span class="mark wait" { (lang.say("іске қосылмаған", "ещё не активирован")) },
        Some(NoticeOutcome::Activated) => span class="mark good" { (lang.say("іске қосылды", "активирован")) },
        Some(NoticeOutcome::Withdrawn) => span class="mark" { (lang.say("кері алынды", "отозвано")) },
    } }
}

fn form(visitor: &Visitor, terminal: &TerminalId) -> Markup {
    let lang = visitor.lang;
    let today = local_date(now()).map(|today| today.to_string()).unwrap_or_default();
    html! { details {
        summary { (lang.say("Жаңа хабарламаны жазу", "Записать новое уведомление")) }
        p class="quiet-text" { (lang.say(
            "Терминалды ашу не көшіру туралы хабарлама. Хабарланған күннен кейін он жұмыс күні өткенде басқа қызметкер терминалды іске қоса алады.",
            "Уведомление об открытии терминала или переносе. Через десять рабочих дней после него другой сотрудник сможет активировать терминал.",
        )) }
        form method="post" action={ "/terminals/" (terminal) "/notices" } {
            (csrf(visitor))
            label { (lang.say("Хаттың нөмірі", "Номер письма")) input name="number" maxlength="60" required; }
            label { (lang.say("Хабарланған күн", "Дата уведомления")) input type="date" name="notified" max=(today) required; }
            label { (lang.say("Хабарламадағы мекенжай", "Адрес из уведомления")) input name="address" maxlength="300" required; }
            label { (lang.say("Ендігі, градус (өлшенген болса)", "Широта, градусы (если измерена)")) input name="latitude" inputmode="decimal"; }
            label { (lang.say("Бойлығы, градус", "Долгота, градусы")) input name="longitude" inputmode="decimal"; }
            label { (lang.say("Рұқсат етілген ауытқу, метр", "Допустимое отклонение, метров"))
                input type="number" name="radius" value=(DEFAULT_RADIUS_M) min="1" max="100000" required; }
            (reason(lang.say("Негізі", "Основание")))
            button { (lang.say("Жазу", "Записать")) }
        }
    } }
}

pub(crate) async fn record(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(form): Form<Fields>,
) -> Answer {
    decide(&desk, &headers, &form, id, |gateway, terminal, by, form| {
        gateway.record_notice(terminal, &read(form)?, by, now()).map(drop)
    })
    .await
}

pub(crate) async fn activate(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path((id, notice)): Path<(String, String)>,
    Form(form): Form<Fields>,
) -> Answer {
    decide(&desk, &headers, &form, id, move |gateway, terminal, by, _| {
        gateway.activate_by_notice(terminal, &notice, by, now()).map(drop)
    })
    .await
}

pub(crate) async fn withdraw(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path((id, notice)): Path<(String, String)>,
    Form(form): Form<Fields>,
) -> Answer {
    decide(&desk, &headers, &form, id, move |gateway, terminal, by, _| {
        gateway.withdraw_notice(terminal, &notice, by, now())
    })
    .await
}

async fn decide(
    desk: &Desk,
    headers: &HeaderMap,
    form: &Fields,
    id: String,
    decide: impl FnOnce(&Gateway, &TerminalId, &Actor, &Fields) -> Result<(), GatewayError> + Send + 'static,
) -> Answer {
    let visitor = desk.author(headers, form, Right::ActivateTerminals).await?;
    let by = actor(&visitor, form)?;
    let terminal: TerminalId = id.parse().map_err(|_| Trouble::Refused(Refusal::NotEnrolled))?;
    let (of, form) = (terminal.clone(), form.clone());
    desk.ask(move |gateway| decide(gateway, &of, &by, &form)).await.map_err(|trouble| match trouble {
        Trouble::Refused(Refusal::Activation(why)) => {
            Trouble::Told(Box::new(visitor.clone()), refusal(visitor.lang, &why))
        }
        other => other,
    })?;
    Ok(Redirect::to(&format!("/terminals/{terminal}?done=1#activation")).into_response())
}

/// What the form says; a degree is typed with a point or a comma.
fn read(form: &Fields) -> Result<NoticedPlace, GatewayError> {
    let text = |name: &str| form.get(name).map(|text| text.trim()).unwrap_or_default();
    let notified: Date = text("notified")
        .parse()
        .map_err(|_| Refusal::BadDirective("give the day of the notice, YYYY-MM-DD".into()))?;
    let degrees = |name: &str| -> Result<Option<f64>, ActivationRefusal> {
        let typed = text(name).replace(',', ".");
        if typed.is_empty() {
            return Ok(None);
        }
        typed.parse().map(Some).map_err(|_| ActivationRefusal::Location(LocationError::Coordinates))
    };
    let point = match (degrees("latitude")?, degrees("longitude")?) {
        (Some(north), Some(east)) => Some(Point::of_degrees(north, east)),
        (None, None) => None,
        _ => return Err(ActivationRefusal::Location(LocationError::Coordinates).into()),
    };
    let radius_m = text("radius").parse().map_err(|_| ActivationRefusal::Location(LocationError::Radius))?;
    let location = RegisteredLocation { address: text("address").to_owned(), point, radius_m };
    Ok(NoticedPlace { number: text("number").to_owned(), notified: Day(notified), location })
}

fn refusal(lang: Lang, why: &ActivationRefusal) -> String {
    let say = |kk: &str, ru: &str| lang.say(kk, ru).to_owned();
    match why {
        ActivationRefusal::Number => {
            say("Хаттың нөмірін жазыңыз, 60 таңбадан аспасын.", "Укажите номер письма, не длиннее 60 знаков.")
        }
        ActivationRefusal::Future(day) => {
            format!("{}: {day}", lang.say("Хабарлама күні әлі келмеген", "Дата уведомления ещё не наступила"))
        }
        ActivationRefusal::TooOld(day) => {
            format!(
                "{}: {day}",
                lang.say("Хабарлама тым ескі, жылын тексеріңіз", "Уведомление слишком старое, проверьте год")
            )
        }
        ActivationRefusal::Superseded => say(
            "Терминал кейінгі хабарлама бойынша іске қосылған. Кері көшірілсе, жаңа хабарлама жазыңыз.",
            "Терминал активирован по более позднему уведомлению. Чтобы вернуть его, запишите новое.",
        ),
        ActivationRefusal::Location(LocationError::NoAddress) => {
            say("Хабарламадағы мекенжайды жазыңыз.", "Укажите адрес из уведомления.")
        }
        ActivationRefusal::Location(LocationError::Coordinates) => say(
            "Ендік пен бойлықты бірге, градуспен жазыңыз: 43.2389 және 76.8897.",
            "Укажите широту и долготу вместе, в градусах: 43.2389 и 76.8897.",
        ),
        ActivationRefusal::Location(LocationError::Radius) => {
            say("Ауытқу 1–100000 метр болуы керек.", "Отклонение от 1 до 100000 метров.")
        }
        ActivationRefusal::TooEarly { notified, earliest } => match lang {
            Lang::Kk => format!(
                "Хабарланған күні {notified}: терминал {earliest} күнінен бастап қызмет көрсете алады."
            ),
            Lang::Ru => format!("Уведомление от {notified}: терминал может обслуживать с {earliest}."),
        },
        ActivationRefusal::Gone => say(
            "Мұндай хабарлама жоқ немесе ол шешілген. Қайта қараңыз.",
            "Такого уведомления нет, или по нему уже решили. Посмотрите снова.",
        ),
        ActivationRefusal::OwnNotice => say(
            "Хабарламаны жазған адам терминалды өзі іске қоспайды. Екінші қызметкерге айтыңыз.",
            "Записавший уведомление не активирует терминал сам. Попросите второго сотрудника.",
        ),
        ActivationRefusal::Forged => say(
            "Хабарлама беттен тыс өзгертілген. Кері алыңыз және кім өзгерткенін анықтаңыз.",
            "Уведомление изменено не через эту страницу. Отзовите его и выясните, кто изменил.",
        ),
    }
}
