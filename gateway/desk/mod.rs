//! The desk's pages: what staff of the MFO see and decide, rendered on the server, without a line of script.
//!
//! Decides who may look and how a request is answered; what is decided, and whether it may be, is in the core. Pages are
//! `fleet`, `terminal`, `payouts`, `leaks`, `rules` and `trail`; `session` knows who is signed in; `text` speaks Kazakh and Russian.

mod activation;
mod commands;
mod fields;
mod fleet;
mod leaks;
pub mod listener;
mod page;
mod payouts;
mod rule_words;
mod rules;
mod session;
mod terminal;
mod text;
mod trail;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use maud::{Markup, html};
use senim_domain::Secret;
use senim_gateway_core::{Actor, Gateway, GatewayError, Refusal, Right, SignInFault};

use crate::clock::now;
use crate::metrics::Metrics;
use page::{layout, notice};
use session::{Sessions, Visitor};
use text::Lang;

/// Longest form.
const MAX_FORM_BYTES: usize = 64 << 10;

/// Fields of a form or a query.
pub(crate) type Fields = BTreeMap<String, String>;

/// What the pages share.
pub struct Desk {
    gateway: Arc<Gateway>,
    sessions: Sessions,
    metrics: Arc<Metrics>,
    /// Who may read `/metrics` from beyond this machine.
    scrape_token: Option<Secret>,
    /// Whether the listener speaks TLS: cookies are then for TLS alone.
    tls: bool,
}

impl Desk {
    /// Pages over a gateway.
    #[must_use]
    pub fn new(
        gateway: Arc<Gateway>,
        metrics: Arc<Metrics>,
        scrape_token: Option<Secret>,
        tls: bool,
    ) -> Self {
        Self { gateway, sessions: Sessions::default(), metrics, scrape_token, tls }
    }

    /// Runs a blocking call of the core.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Gateway) -> Result<T, GatewayError> + Send + 'static,
    ) -> Result<T, Trouble> {
        let gateway = Arc::clone(&self.gateway);
        match tokio::task::spawn_blocking(move || work(&gateway)).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(GatewayError::Refused(refusal))) => Err(Trouble::Refused(refusal)),
            Ok(Err(error)) => {
                tracing::error!(%error, "page not made");
                Err(Trouble::Later)
            }
            Err(_) => Err(Trouble::Later),
        }
    }

    /// Who asks for a page that needs this right, or the way to the sign-in page.
    pub(crate) async fn visitor(
        &self,
        headers: &HeaderMap,
        query: &Fields,
        right: Right,
    ) -> Result<Visitor, Trouble> {
        let visitor = self.signed_in(headers, query)?;
        self.entitled(visitor, right).await
    }

    /// Who posts what needs this right: signed in, with the token of their own form, from our own page.
    pub(crate) async fn author(
        &self,
        headers: &HeaderMap,
        form: &Fields,
        right: Right,
    ) -> Result<Visitor, Trouble> {
        let visitor = self.writer(headers, form)?;
        self.entitled(visitor, right).await
    }

    fn signed_in(&self, headers: &HeaderMap, fields: &Fields) -> Result<Visitor, Trouble> {
        let lang = Lang::of(headers, fields);
        self.sessions.visitor(headers, lang, now()).ok_or(Trouble::SignIn)
    }

    fn writer(&self, headers: &HeaderMap, form: &Fields) -> Result<Visitor, Trouble> {
        let visitor = self.signed_in(headers, form)?;
        let ours = form.get("csrf").is_some_and(|token| visitor.wrote(token));
        if ours && same_origin(headers) { Ok(visitor) } else { Err(Trouble::Foreign(visitor.lang)) }
    }

    /// Asks for the roles anew each time: what was taken away while somebody is signed in is gone at their next click.
    async fn entitled(&self, mut visitor: Visitor, right: Right) -> Result<Visitor, Trouble> {
        let name = visitor.name.clone();
        visitor.roles = self.ask(move |gateway| gateway.staff_roles(&name)).await?.ok_or(Trouble::SignIn)?;
        if visitor.may(right) {
            return Ok(visitor);
        }
        let name = visitor.name.clone();
        self.ask(move |gateway| gateway.staff_denied(&name, right, now())).await?;
        Err(Trouble::Denied(Box::new(visitor)))
    }
}

/// Why there is no page.
pub(crate) enum Trouble {
    /// Nobody is signed in.
    SignIn,
    /// The form did not come from our page.
    Foreign(Lang),
    /// Their jobs do not allow it.
    Denied(Box<Visitor>),
    /// The core said no, and why.
    Refused(Refusal),
    /// The same in words of the visitor's language.
    Told(Box<Visitor>, String),
    /// Something is down.
    Later,
}

impl Trouble {
    /// A form in parts was cut off.
    pub(crate) fn broken(_: MultipartError) -> Self {
        Self::Refused(Refusal::BadDirective("the form did not arrive whole; send it again".into()))
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let plain = |status: StatusCode, lang: Lang, text: String| {
            (status, layout(lang, None, "", &notice("bad", &text))).into_response()
        };
        match self {
            Self::SignIn => Redirect::to("/sign-in").into_response(),
            Self::Foreign(lang) => {
                let text = lang.say(
                    "Пішін ескірген немесе басқа беттен келген. Артқа қайтып, бетті жаңартыңыз.",
                    "Форма устарела или пришла с другой страницы. Вернитесь назад и обновите страницу.",
                );
                plain(StatusCode::FORBIDDEN, lang, text.to_owned())
            }
            Self::Denied(visitor) => {
                let text = visitor.lang.say(
                    "Сіздің рөліңіз бұған рұқсат бермейді. Қажет болса, әкімшіге айтыңыз. Бұл әрекет журналға жазылды.",
                    "Ваша роль этого не разрешает. Если нужно, обратитесь к администратору. Попытка записана в журнал.",
                );
                let page = layout(visitor.lang, Some(&visitor), "", &notice("bad", text));
                (StatusCode::FORBIDDEN, page).into_response()
            }
            Self::Refused(refusal) => plain(StatusCode::CONFLICT, Lang::Ru, refusal.to_string()),
            Self::Told(visitor, text) => {
                let page = layout(visitor.lang, Some(&visitor), "", &notice("bad", &text));
                (StatusCode::CONFLICT, page).into_response()
            }
            Self::Later => {
                let text = "Қазір мүмкін емес, кейінірек қайталаңыз. · Сейчас невозможно, повторите позже.";
                plain(StatusCode::SERVICE_UNAVAILABLE, Lang::Ru, text.to_owned())
            }
        }
    }
}

/// A page or why there is none.
pub(crate) type Answer = Result<Response, Trouble>;

/// A page or an act that needs a right.
struct Action {
    method: Method,
    path: &'static str,
    right: Right,
    handler: MethodRouter<Arc<Desk>>,
}

/// Everything that needs a right: pages and acts are served from this table alone.
fn table() -> Vec<Action> {
    use Right::{
        ActivateTerminals, ChangeRulePacks, CommandTerminals, FlagLeaks, QuarantineTerminals, SeeFleet,
        SeeLeaks, SeePayouts, SeeRulePacks, SeeTrail, SettlePayouts,
    };
    let see = |path, right, handler| Action { method: Method::GET, path, right, handler };
    let act = |path, right, handler| Action { method: Method::POST, path, right, handler };
    let list = DefaultBodyLimit::max(leaks::MAX_LIST_BYTES);
    let pack = DefaultBodyLimit::max(rules::MAX_FORM);
    vec![
        see("/fleet", SeeFleet, get(fleet::page)),
        see("/terminals/{id}", SeeFleet, get(terminal::page)),
        act("/terminals/{id}/command", CommandTerminals, post(commands::command)),
        act("/terminals/{id}/flag", QuarantineTerminals, post(commands::flag)),
        act("/terminals/{id}/notices", ActivateTerminals, post(activation::record)),
        act("/terminals/{id}/notices/{notice}/activate", ActivateTerminals, post(activation::activate)),
        act("/terminals/{id}/notices/{notice}/withdraw", ActivateTerminals, post(activation::withdraw)),
        see("/payouts", SeePayouts, get(payouts::list)),
        see("/payouts/{loan}/{request}", SeePayouts, get(payouts::page)),
        act("/payouts/{loan}/{request}/preview", SettlePayouts, post(payouts::preview)),
        act("/payouts/{loan}/{request}/propose", SettlePayouts, post(payouts::propose)),
        act("/payouts/{loan}/{request}/confirm", SettlePayouts, post(payouts::confirm)),
        see("/leaks", SeeLeaks, get(leaks::page)),
        act("/leaks/lists", FlagLeaks, post(leaks::import).layer(list)),
        act("/leaks/lists/{list}/withdraw", FlagLeaks, post(leaks::withdraw)),
        act("/leaks/lift", FlagLeaks, post(leaks::lift)),
        act("/leaks/{case}/confirm", FlagLeaks, post(leaks::confirm)),
        act("/leaks/{case}/decline", FlagLeaks, post(leaks::decline)),
        see("/rules", SeeRulePacks, get(rules::page)),
        see("/rules/new", ChangeRulePacks, get(rules::new)),
        act("/rules/drafts", ChangeRulePacks, post(rules::propose).layer(pack)),
        see("/rules/drafts/{draft}", SeeRulePacks, get(rules::draft)),
        act("/rules/drafts/{draft}/approve", ChangeRulePacks, post(rules::approve)),
        act("/rules/drafts/{draft}/decline", ChangeRulePacks, post(rules::decline)),
        see("/trail", SeeTrail, get(trail::page)),
    ]
}

/// Method, path and right of every page and act that needs one.
#[must_use]
pub fn actions() -> Vec<(Method, &'static str, Right)> {
    table().into_iter().map(|action| (action.method, action.path, action.right)).collect()
}

/// The pages and `/metrics`.
pub fn router(desk: Arc<Desk>) -> Router {
    table()
        .into_iter()
        .fold(Router::new(), |router, action| router.route(action.path, action.handler))
        .route("/", get(|| async { Redirect::to("/fleet") }))
        .route("/sign-in", get(sign_in_page).post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/style.css", get(style))
        .route("/metrics", get(listener::metrics))
        .fallback(|| async { (StatusCode::NOT_FOUND, "404") })
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(axum::middleware::map_response(strict))
        .with_state(desk)
}

/// Nothing from elsewhere, no script, no frame, nothing kept.
async fn strict(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let policy =
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

async fn style() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css"), (header::CACHE_CONTROL, "max-age=3600")];
    (headers, include_str!("style.css")).into_response()
}

/// Whether a browser says that the form came from this host. A browser that says nothing is judged by the token alone.
fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from == host),
        (Some(_), None) => false,
        (None, _) => true,
    }
}

async fn sign_in_page(headers: HeaderMap, Query(query): Query<Fields>) -> Response {
    let lang = Lang::of(&headers, &query);
    page::with_lang(lang, &query, layout(lang, None, "/sign-in", &sign_in_form(lang, None)))
}

fn sign_in_form(lang: Lang, fault: Option<&str>) -> Markup {
    html! {
        h1 { (lang.say("Кіру", "Вход")) }
        @if let Some(fault) = fault { (notice("bad", fault)) }
        form method="post" action="/sign-in" class="narrow" {
            label { (lang.say("Аты", "Имя")) input name="name" autocomplete="username" required autofocus; }
            label {
                (lang.say("Құпиясөз", "Секретное слово"))
                input name="word" type="password" autocomplete="current-password" required;
            }
            label {
                (lang.say("Құрылғыңыздағы алты сан", "Шесть цифр с вашего устройства"))
                input name="code" inputmode="numeric" pattern="[0-9]{6}" autocomplete="one-time-code" required;
            }
            button { (lang.say("Кіру", "Войти")) }
        }
    }
}

async fn sign_in(State(desk): State<Arc<Desk>>, headers: HeaderMap, Form(mut form): Form<Fields>) -> Answer {
    let lang = Lang::of(&headers, &Fields::new());
    let again = |status, text: &str| {
        Ok((status, layout(lang, None, "/sign-in", &sign_in_form(lang, Some(text)))).into_response())
    };
    if !same_origin(&headers) {
        return Err(Trouble::Foreign(lang));
    }
    let wait = lang.say(
        "Тым көп әрекет. 15 минуттан кейін қайталаңыз.",
        "Слишком много попыток. Повторите через 15 минут.",
    );
    if !desk.sessions.may_try(now()) {
        return again(StatusCode::TOO_MANY_REQUESTS, wait);
    }
    let name = form.remove("name").unwrap_or_default();
    let word = Secret::new(form.remove("word").unwrap_or_default());
    let code = Secret::new(form.remove("code").unwrap_or_default().trim().to_owned());
    match desk.ask(move |gateway| gateway.sign_in(&name, &word, &code, now())).await? {
        Ok(person) => {
            let cookie = desk.sessions.begin(person, now()).ok_or(Trouble::Later)?;
            let secure = if desk.tls { "; Secure" } else { "" };
            let cookie = format!("desk={}; Path=/; HttpOnly; SameSite=Strict{secure}", cookie.expose());
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/fleet")).into_response())
        }
        Err(SignInFault::Wrong) => again(
            StatusCode::FORBIDDEN,
            lang.say(
                "Аты, құпиясөз немесе код қате. Әр код бір рет қана жарайды.",
                "Неверное имя, секретное слово или код. Каждый код годится только один раз.",
            ),
        ),
        Err(SignInFault::Locked) => again(StatusCode::FORBIDDEN, wait),
    }
}

async fn sign_out(State(desk): State<Arc<Desk>>, headers: HeaderMap, Form(form): Form<Fields>) -> Answer {
    desk.writer(&headers, &form)?;
    desk.sessions.end(&headers);
    let gone = "desk=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
    Ok(([(header::SET_COOKIE, gone)], Redirect::to("/sign-in")).into_response())
}

/// Who decides, with the reason from the form.
pub(crate) fn actor(visitor: &Visitor, form: &Fields) -> Result<Actor, Trouble> {
    let reason = form.get("reason").map(String::as_str).unwrap_or_default();
    // A text field sends line breaks; the trail keeps one line.
    let reason: String = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    Actor::new(&visitor.name, &reason).map_err(Trouble::Refused)
}
