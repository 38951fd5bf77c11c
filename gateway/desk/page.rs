//! What all pages have in common: frame, notices, links.

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use senim_gateway_core::{Right, Signed};

use super::Fields;
use super::session::Visitor;
use super::text::{Lang, moment};

/// A whole page.
pub(crate) fn layout(lang: Lang, visitor: Option<&Visitor>, here: &str, content: &Markup) -> Response {
    let other = if lang == Lang::Kk { ("ru", "Русский") } else { ("kk", "Қазақша") };
    let link = |to: &str, words: &str| {
        html! { a href=(to) aria-current=[here.starts_with(to).then_some("page")] { (words) } }
    };
    let page = html! {
        (DOCTYPE)
        html lang=(lang.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Senim · " (lang.say("МҚҰ", "МФО")) }
                link rel="stylesheet" href="/style.css";
            }
            body {
                header {
                    strong { "Senim" }
                    @if let Some(visitor) = visitor {
                        nav {
                            (link("/fleet", lang.say("Терминалдар", "Терминалы")))
                            @if visitor.may(Right::SeePayouts) { (link("/payouts", lang.say("Күмәнді төлемдер", "Выплаты под вопросом"))) }
                            @if visitor.may(Right::SeeLeaks) { (link("/leaks", lang.say("Дерек тарауы", "Утечки данных"))) }
                            @if visitor.may(Right::SeeRulePacks) { (link("/rules", lang.say("Ережелер", "Правила"))) }
                            @if visitor.may(Right::SeeTrail) { (link("/trail", lang.say("Әрекеттер журналы", "Журнал действий"))) }
                        }
                        form method="post" action="/sign-out" class="right" {
                            (csrf(visitor))
                            span { (visitor.name) }
                            a href={ (here) "?lang=" (other.0) } lang=(other.0) { (other.1) }
                            button class="quiet" { (lang.say("Шығу", "Выйти")) }
                        }
                    } @else {
                        span class="right" { a href={ (here) "?lang=" (other.0) } lang=(other.0) { (other.1) } }
                    }
                }
                main { (content) }
            }
        }
    };
    Html(page.into_string()).into_response()
}

/// The page for somebody; a language chosen in the address is remembered.
pub(crate) fn for_visitor(visitor: &Visitor, query: &Fields, here: &str, content: &Markup) -> Response {
    with_lang(visitor.lang, query, layout(visitor.lang, Some(visitor), here, content))
}

pub(crate) fn with_lang(lang: Lang, query: &Fields, mut response: Response) -> Response {
    if query.contains_key("lang") {
        let cookie = format!("lang={}; Path=/; SameSite=Strict; Max-Age=31536000", lang.code());
        if let Ok(value) = cookie.parse() {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

/// The hidden field that shows a form to be ours.
pub(crate) fn csrf(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name="csrf" value=(visitor.csrf); }
}

/// A sentence that must not be overlooked: `good`, `bad` or `wait`.
pub(crate) fn notice(kind: &str, text: &str) -> Markup {
    html! { p class={ "notice " (kind) } role="status" { (text) } }
}

/// Who signed something, when and why.
pub(crate) fn signed(words: &str, signed: &Signed) -> Markup {
    html! { dt { (words) } dd { strong { (signed.by.person()) } ", " (moment(signed.at)) ": " (signed.by.reason()) } }
}

/// Whether a proposal is this visitor's own: somebody else confirms it.
pub(crate) fn own(visitor: &Visitor, proposed: &Signed) -> bool {
    proposed.by.person().to_lowercase() == visitor.name.to_lowercase()
}

/// The field for a reason; it goes into the trail.
pub(crate) fn reason(words: &str) -> Markup {
    html! {
        label {
            (words)
            textarea name="reason" required maxlength="500" rows="2" {}
        }
    }
}
