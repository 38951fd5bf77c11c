//! The desk's pages and the numbers for Prometheus, over real HTTP; and one walk through them in a real browser.

mod activation;
mod browser;
mod leaks;
mod roles;
mod rules;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use browser::Browser;
use senim_domain::cash::{BundleResult, CashBooks, Denomination, UnitMoved, UnitNo, UnitRequest, UnitStock};
use senim_domain::{LoanId, Secret, TerminalId};
use senim_gateway::desk::{Desk, listener, router};
use senim_gateway::metrics::Metrics;
use senim_gateway_core::{Credentials, Gateway, Role, Roles};
use senim_operation::Draft;
use senim_operation::body::*;
use senim_operation::message::Authorisation;
use tokio::sync::watch;
use totp_rs::Totp;

use crate::support::{NOON, PRINCIPAL, Rig, staff, started};

const FIVE: Denomination = Denomination(5000);

/// A gateway with a payout in doubt, two members of staff, and the pages.
struct Site {
    rig: Rig,
    address: String,
    staff: BTreeMap<&'static str, Credentials>,
    /// How often somebody signed in: each code is good for one time.
    signed_in: RefCell<BTreeMap<String, u64>>,
    gateway: Arc<Gateway>,
    payout: Option<(LoanId, Authorisation)>,
    end: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Site {
    fn new(token: Option<&str>) -> Self {
        let rig = started();
        let gateway = Arc::new(rig.another_gateway());
        let jobs = [
            ("Дана", &[Role::Risk, Role::Security][..]),
            ("Асқар", &[Role::Cash, Role::Auditor]),
            ("Марат", &[Role::Risk]),
        ];
        let staff = jobs.map(|(name, roles)| {
            let roles: Roles = roles.iter().copied().collect();
            (name, rig.gateway.add_staff(name, &roles, &staff(), NOON).unwrap())
        });
        let staff = BTreeMap::from(staff);
        let token = token.map(|token| Secret::new(token.to_owned()));
        let desk = Desk::new(Arc::clone(&gateway), Arc::<Metrics>::default(), token, false);
        let (end, ending) = watch::channel(false);
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            tokio::runtime::Runtime::new().unwrap().block_on(async {
                let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(socket.local_addr().unwrap()).unwrap();
                listener::serve(socket, None, router(Arc::new(desk)), ending).await;
            });
        });
        let address = format!("http://{}", told.recv().unwrap());
        Self {
            rig,
            address,
            staff,
            signed_in: RefCell::default(),
            gateway,
            payout: None,
            end,
            thread: Some(thread),
        }
    }

    /// Ten notes are given, of ten more nobody knows; a printer fails with a cause that looks like a page.
    fn with_doubt() -> Self {
        let mut site = Self::new(None);
        let rig = &mut site.rig;
        let exchange = CashExchange {
            order: senim_domain::OrderId(uuid::Uuid::from_u128(4)),
            order_sha256: senim_operation::jws::sha256_b64(b"order"),
            collected: Vec::new(),
            added: books(100).stock(),
            books_after: books(100),
        };
        rig.say(Draft::new(TerminalStarted { config_sha256: String::new(), clean_stop: true }));
        rig.say(Draft::new(exchange));
        rig.say(Draft::new(ServiceChanged { in_service: true, reasons: Vec::new() }));
        let cause = "<script>alert(1)</script> & paper".to_owned();
        rig.say(Draft::new(DeviceChanged { device: "printer".into(), usable: false, cause }));
        let (loan, face) = rig.conclude();
        let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
        bundle(rig, &leave, 1, 100, BundleResult::Dispensed, 10);
        bundle(rig, &leave, 2, 90, BundleResult::Uncertain, 0);
        rig.say(rig.in_session(CashServiceChanged { available: false, cause: "uncertain".into() }));
        rig.say(rig.in_session(Rig::ended(&leave, 10, PayoutResult::Uncertain)));
        site.payout = Some((loan, leave));
        site
    }

    fn get(&self, path: &str, cookie: Option<&str>) -> (u16, ureq::Response) {
        let request = agent().get(&format!("{}{path}", self.address));
        let request = match cookie {
            Some(cookie) => request.set("Cookie", cookie),
            None => request,
        };
        answer(request.call())
    }

    fn post(&self, path: &str, cookie: &str, form: &[(&str, &str)]) -> (u16, ureq::Response) {
        let request = agent().post(&format!("{}{path}", self.address)).set("Cookie", cookie);
        answer(request.send_form(form))
    }

    fn sign_in(&self, name: &str, word: &str) -> Option<String> {
        let code = self.code(name);
        let form = [("name", name), ("word", word), ("code", code.as_str())];
        let (_, response) = self.post("/sign-in", "lang=ru", &form);
        let cookie = response.header("Set-Cookie")?;
        *self.signed_in.borrow_mut().entry(name.to_owned()).or_default() += 1;
        Some(cookie.split(';').next().unwrap().to_owned())
    }

    fn signs_in(&self, name: &str) -> String {
        self.sign_in(name, self.staff[name].word.expose()).unwrap()
    }

    /// Signs in on the page that a browser shows.
    fn types_in(&self, browser: &mut Browser, name: &str) {
        browser.type_into("input[name=name]", name);
        browser.type_into("input[name=word]", self.staff[name].word.expose());
        browser.type_into("input[name=code]", &self.code(name));
        browser.click("main button");
        *self.signed_in.borrow_mut().entry(name.to_owned()).or_default() += 1;
    }

    /// A code that is good now: the present one, and for the second time the next.
    fn code(&self, name: &str) -> String {
        let used = self.signed_in.borrow().get(name).copied().unwrap_or_default();
        let now = u64::try_from(senim_gateway::clock::now().0 / 1000).unwrap();
        self.staff.get(name).map_or_else(String::new, |given| {
            Totp::from_url(given.codes.expose()).unwrap().generate(now + 30 * used).to_string()
        })
    }

    fn page(&self, path: &str, cookie: &str) -> String {
        let (status, response) = self.get(path, Some(cookie));
        let text = response.into_string().unwrap();
        assert_eq!(status, 200, "{path}: {text}");
        text
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.end.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn agent() -> ureq::Agent {
    ureq::AgentBuilder::new().redirects(0).build()
}

fn answer(result: Result<ureq::Response, ureq::Error>) -> (u16, ureq::Response) {
    match result {
        Ok(response) | Err(ureq::Error::Status(_, response)) => (response.status(), response),
        Err(error) => panic!("{error}"),
    }
}

fn books(notes: u32) -> CashBooks {
    let mut books = CashBooks::default();
    books.add(UnitStock { unit: UnitNo(1), denomination: FIVE, notes }).unwrap();
    books
}

fn bundle(rig: &mut Rig, leave: &Authorisation, bundle: u32, stock: u32, result: BundleResult, out: u32) {
    let request = leave.request;
    let intended = PayoutIntended {
        request,
        loan: leave.loan,
        authorisation: leave.authorisation,
        part: leave.part,
        bundle,
        of: 2,
        mix: vec![UnitRequest { unit: UnitNo(1), denomination: FIVE, notes: 10 }],
        books_before: books(stock),
    };
    rig.say(rig.in_session(intended));
    rig.say(rig.in_session(PayoutArmed { request, bundle, marker: Vec::new(), latch_losses: None }));
    let units = match out {
        0 => Vec::new(),
        distributed => vec![UnitMoved { unit: UnitNo(1), distributed, rejected: 0 }],
    };
    let source = if out > 0 { OutcomeSource::Answer } else { OutcomeSource::Nothing };
    let device_error = (out == 0).then(|| "41: EXIT sensor".to_owned());
    rig.say(rig.in_session(PayoutOutcome { request, bundle, result, units, device_error, source }));
}

fn csrf(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn two_people_settle_a_payout_by_clicking_through_the_pages() {
    let site = Site::with_doubt();
    let Some(mut browser) = Browser::start() else {
        eprintln!("SKIPPED PEER chromium: not on this machine; apt-get install chromium");
        return;
    };
    let sign_in = |browser: &mut Browser, name: &str| site.types_in(browser, name);
    browser.open(&format!("{}/sign-in", site.address));
    browser.sees("Құпиясөз");
    browser.picture("sign-in-kk");
    sign_in(&mut browser, "Дана");
    browser.sees("Шешім күтіп тұрған төлемдер");
    browser.picture("fleet-kk");
    browser.click("header a[lang=ru]");
    browser.sees("Выплат ждут решения");
    browser.picture("fleet-ru");
    browser.click("tbody a");
    browser.sees("Наличные");
    browser.picture("terminal-ru");
    browser.click("nav a[href='/payouts']");
    browser.sees("Посмотреть и решить");
    browser.picture("payouts-ru");
    browser.click("tbody td:last-child a");
    browser.sees("Свидетельства журнала");
    browser.picture("payout-ru");
    browser.type_into("input[name=given_5000]", "14");
    browser.type_into("input[name=reject_5000]", "6");
    browser.click("section form button");
    browser.sees("Клиент ещё сможет получить");
    browser.picture("preview-ru");
    browser.type_into("textarea[name=reason]", "Пересчёт 3 марта, протокол 17");
    browser.click("section form button");
    browser.sees("Ждёт подтверждения второго сотрудника");
    browser.picture("proposed-ru");
    browser.click("header button");
    browser.sees("Секретное слово");
    sign_in(&mut browser, "Асқар");
    browser.sees("Выплат ждут решения");
    browser.click("header a[lang=kk]");
    browser.sees("Шешім күтіп тұрған төлемдер");
    browser.click("nav a[href='/payouts']");
    browser.sees("Қарау және шешу");
    browser.click("tbody td:last-child a");
    browser.sees("Бекіту");
    browser.picture("confirm-kk");
    browser.type_into("textarea[name=reason]", "Хаттама 17 тексерілді");
    browser.click("section form button");
    browser.sees("Шешілді.");
    browser.picture("settled-kk");
    browser.click("nav a[href='/trail']");
    browser.sees("шешім бекітілді");
    browser.picture("trail-kk");
    let (loan, leave) = site.payout.clone().unwrap();
    let case = site.rig.gateway.payout_case(loan, leave.request).unwrap();
    assert_eq!(case.settlement.unwrap().confirmed.unwrap().by.person(), "Асқар");
    assert_eq!(case.paid_tiyn.tiyn(), 7_000_000);
}

#[test]
fn nobody_sees_a_page_without_signing_in() {
    let site = Site::with_doubt();
    for path in ["/fleet", "/terminals/t-1", "/payouts", "/leaks", "/trail", "/payouts/a/b"] {
        for cookie in [None, Some("desk=made-up")] {
            let (status, response) = site.get(path, cookie);
            assert_eq!((status, response.header("Location")), (303, Some("/sign-in")), "{path}");
        }
    }
}

#[test]
fn a_wrong_word_signs_nobody_in_and_five_of_them_lock_the_account() {
    let site = Site::new(None);
    let word = site.staff["Дана"].word.expose();
    assert!(site.sign_in("Дана", "wrong").is_none());
    assert!(site.sign_in("Nobody", word).is_none());
    assert!(
        site.post("/sign-in", "", &[("name", " дана "), ("word", word), ("code", &site.code("Дана"))]).0
            == 303,
        "a name is a name however it is written"
    );
    *site.signed_in.borrow_mut().entry("Дана".into()).or_default() += 1;
    for _ in 0..5 {
        assert!(site.sign_in("Дана", "wrong").is_none());
    }
    assert!(site.sign_in("Дана", word).is_none(), "locked, even for the right word and code");
    site.signs_in("Асқар");
}

#[test]
fn sign_ins_are_limited_over_all_names() {
    let site = Site::new(None);
    let statuses: Vec<u16> =
        (0..50).map(|n| site.post("/sign-in", "", &[("name", &format!("n{n}")), ("word", "x")]).0).collect();
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn a_form_without_its_token_or_from_another_origin_decides_nothing() {
    let site = Site::with_doubt();
    let cookie = site.signs_in("Дана");
    let page = site.page("/terminals/t-1", &cookie);
    let token = csrf(&page);
    let command = [("command", "restart"), ("minutes", "60"), ("reason", "why not")];
    let with = |token: &str| {
        let mut form = command.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        form.push(("csrf".into(), token.to_owned()));
        form
    };
    let send = |form: &[(String, String)], origin: Option<&str>| {
        let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = agent().post(&format!("{}/terminals/t-1/command", site.address)).set("Cookie", &cookie);
        let request = match origin {
            Some(origin) => request.set("Origin", origin),
            None => request,
        };
        answer(request.send_form(&form)).0
    };
    let acts = || site.gateway.trail_head().unwrap().n;
    let before = acts();
    assert_eq!(send(&with("forged"), None), 403);
    assert_eq!(send(&with("")[..3], None), 403);
    assert_eq!(send(&with(&token), Some("https://elsewhere.example")), 403);
    assert_eq!(acts(), before);
    assert_eq!(send(&with(&token), Some(&site.address)), 303);
    assert_eq!(acts(), before + 1);
}

#[test]
fn an_account_that_was_taken_away_decides_nothing_more_while_signed_in() {
    let site = Site::with_doubt();
    let cookie = site.signs_in("Дана");
    let token = csrf(&site.page("/terminals/t-1", &cookie));
    site.rig.gateway.remove_staff("Дана", &staff(), NOON).unwrap();
    let before = site.gateway.trail_head().unwrap().n;
    let form = [("command", "restart"), ("minutes", "60"), ("reason", "x"), ("csrf", token.as_str())];
    let (status, response) = site.post("/terminals/t-1/command", &cookie, &form);
    assert_eq!((status, response.header("Location")), (303, Some("/sign-in")));
    assert_eq!(site.gateway.trail_head().unwrap().n, before);
}

#[test]
fn what_a_terminal_says_is_text_and_never_a_page() {
    let site = Site::with_doubt();
    let cookie = site.signs_in("Дана");
    for path in ["/fleet", "/terminals/t-1"] {
        let page = site.page(path, &cookie);
        assert!(!page.contains("<script>"), "{path}");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; paper"), "{path}");
    }
    let (_, response) = site.get("/fleet", Some(&cookie));
    let policy = response.header("Content-Security-Policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe"));
}

#[test]
fn the_same_person_is_not_offered_to_confirm_and_cannot_by_hand() {
    let site = Site::with_doubt();
    let cookie = site.signs_in("Дана");
    let (loan, leave) = site.payout.clone().unwrap();
    let path = format!("/payouts/{loan}/{}", leave.request);
    let token = csrf(&site.page(&path, &cookie));
    let form = [("csrf", token.as_str()), ("given_5000", "14"), ("reason", "protocol 17")];
    assert_eq!(site.post(&format!("{path}/propose"), &cookie, &form).0, 303);
    let page = site.page(&path, &cookie);
    assert!(!page.contains("/confirm"));
    let case = site.gateway.payout_case(loan, leave.request).unwrap();
    let proposal = case.settlement.unwrap().settlement.to_string();
    let form = [("csrf", token.as_str()), ("settlement", proposal.as_str()), ("reason", "me again")];
    let (status, response) = site.post(&format!("{path}/confirm"), &cookie, &form);
    assert_eq!(status, 409);
    assert!(response.into_string().unwrap().contains("second person"));
    assert_eq!(site.gateway.doubts("", 9).unwrap().len(), 1);
}

#[test]
fn a_count_that_cannot_be_is_answered_with_the_reason_and_keeps_what_was_typed() {
    let site = Site::with_doubt();
    let cookie = site.signs_in("Дана");
    let (loan, leave) = site.payout.clone().unwrap();
    let path = format!("/payouts/{loan}/{}", leave.request);
    let token = csrf(&site.page(&path, &cookie));
    let form = [("csrf", token.as_str()), ("given_5000", "21")];
    let (status, response) = site.post(&format!("{path}/preview"), &cookie, &form);
    let page = response.into_string().unwrap();
    assert_eq!(status, 200);
    assert!(page.contains("were allowed") && page.contains("value=\"21\""), "{page}");
}

#[test]
fn pages_speak_both_languages_and_remember_the_choice() {
    let site = Site::with_doubt();
    let cookie = site.signs_in("Дана");
    assert!(site.page("/fleet", &cookie).contains("Терминалдар"));
    let (_, response) = site.get("/fleet?lang=ru", Some(&cookie));
    assert!(response.header("Set-Cookie").unwrap().starts_with("lang=ru;"));
    let both = format!("{cookie}; lang=ru");
    assert!(site.page("/fleet", &both).contains("Выплаты под вопросом"));
}

#[test]
fn the_number_of_series_does_not_grow_with_the_fleet() {
    let site = Site::with_doubt();
    let series = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
    let few = Metrics::default().text(&site.gateway, NOON).unwrap();
    for n in 0..1000 {
        let terminal: TerminalId = format!("fleet-{n}").parse().unwrap();
        site.gateway.enrol(&terminal, &staff(), NOON).unwrap();
        site.gateway.hear(&terminal, NOON);
    }
    let many = Metrics::default().text(&site.gateway, NOON).unwrap();
    assert_eq!(series(&few), series(&many));
    assert!(many.contains("senim_gateway_terminals{state=\"enrolled\"} 1001"), "{many}");
    assert!(many.contains("senim_gateway_terminals{state=\"online\"} 1000"), "{many}");
    assert!(many.contains("senim_gateway_uncertain_payouts 1"), "{many}");
    assert!(many.contains("senim_gateway_uncertain_notes 10"), "{many}");
    assert!(!many.contains("fleet-") && !many.contains("t-1"), "no terminal's name");
}

#[test]
fn rows_batches_and_alarms_are_counted_where_they_are_taken() {
    let rig = started();
    let text = Metrics::default().text(&rig.gateway, NOON).unwrap();
    assert!(text.contains("senim_gateway_ops_total{kind=\"KeyEpoch\",result=\"kept\"} 1"), "{text}");
    assert!(text.contains("senim_gateway_batches_total 1"), "{text}");
    assert!(text.contains("senim_gateway_alarms_total 0"), "{text}");
    assert!(text.trim_end().ends_with("# EOF"));
}

#[test]
fn metrics_are_for_this_machine_or_for_who_holds_the_token() {
    let near = Site::new(None);
    assert_eq!(near.get("/metrics", None).0, 200);
    let site = Site::new(Some("a scrape token of length"));
    assert_eq!(site.get("/metrics", None).0, 401);
    let ask = |token: &str| {
        let request = agent().get(&format!("{}/metrics", site.address));
        answer(request.set("Authorization", &format!("Bearer {token}")).call()).0
    };
    assert_eq!(ask("another"), 401);
    assert_eq!(ask("a scrape token of length"), 200);
}
