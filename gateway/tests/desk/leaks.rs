//! Lists of people whose data leaked, brought and confirmed in a browser, and over plain HTTP by whoever means harm.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use senim_operation::message::MessageBody;

use super::{Browser, Site, answer, csrf};
use crate::support::{Rig, iin};

impl Site {
    /// Sends a form with parts, as a browser does for files.
    pub(super) fn uploads(
        &self,
        path: &str,
        cookie: &str,
        token: &str,
        fields: &[(&str, &str)],
    ) -> (u16, ureq::Response) {
        let today = senim_domain::calendar::local_date(senim_gateway::clock::now()).unwrap().to_string();
        let first = [("csrf", token), ("since", today.as_str())];
        let mut body = String::new();
        for (name, value) in first.iter().chain(fields) {
            let head = format!("Content-Disposition: form-data; name=\"{name}\"");
            write!(body, "--between\r\n{head}\r\n\r\n{value}\r\n").unwrap();
        }
        body.push_str("--between--\r\n");
        let request = super::agent().post(&format!("{}{path}", self.address)).set("Cookie", cookie);
        answer(request.set("Content-Type", "multipart/form-data; boundary=between").send_string(&body))
    }
}

/// How many people the long list has; two million are asked for by the environment (`SENIM_LIST_PEOPLE=2000000`), as a build
/// for tests on a busy machine needs its minute for a tenth.
fn how_many() -> usize {
    std::env::var("SENIM_LIST_PEOPLE").ok().and_then(|people| people.parse().ok()).unwrap_or(200_000)
}

/// So many IINs of different people.
fn long_list(most: usize) -> String {
    let digit = |iin: &str, weights: [u32; 11]| {
        iin.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum::<u32>() % 11
    };
    let mut list = String::with_capacity(most * 13);
    let mut people = 0;
    for day in 0..28 * 12 * 40_u32 {
        let (year, month, day) = (50 + day / 336, day / 28 % 12 + 1, day % 28 + 1);
        for n in 0..200 {
            let first = format!("{year:02}{month:02}{day:02}3{:04}", n * 37 + 1);
            let check = match digit(&first, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) {
                10 => digit(&first, [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]),
                check => check,
            };
            if check < 10 && people < most {
                people += 1;
                writeln!(list, "{first}{check}").unwrap();
            }
        }
    }
    assert_eq!(people, most);
    list
}

#[test]
fn a_long_list_is_brought_and_confirmed_in_a_browser_and_in_force_within_a_minute() {
    let mut site = Site::new(None);
    let Some(mut browser) = Browser::start() else {
        eprintln!("SKIPPED PEER chromium: not on this machine; apt-get install chromium");
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("list.csv");
    std::fs::write(&file, format!("ИИН\r\n{}\n{}", iin(), long_list(how_many()))).unwrap();
    browser.open(&format!("{}/sign-in", site.address));
    site.types_in(&mut browser, "Дана");
    browser.sees("Күмәнді төлемдер");
    browser.click("nav a[href='/leaks']");
    browser.sees("Тізім енгізу");
    browser.picture("leaks-kk");
    browser.click("header a[lang=ru]");
    browser.sees("Внести список");
    browser
        .type_into("form[action='/leaks/lists'] textarea[name=reason]", "Письмо уполномоченного органа 17");
    browser.attach("input[name=list]", &file);
    let began = Instant::now();
    browser.click("form[action='/leaks/lists'] button");
    browser.sees("Ждёт подтверждения второго сотрудника");
    browser.sees("\u{a0}001 чел.");
    let brought = began.elapsed();
    browser.picture("leaks-proposed-ru");
    browser.click("header button");
    browser.sees("Секретное слово");
    site.types_in(&mut browser, "Марат");
    browser.sees("Выплаты под вопросом");
    assert!(!is_stopped(&comes(&mut site.rig)), "one person alone stops nobody");
    browser.click("nav a[href='/leaks']");
    browser.sees("Подтвердить");
    browser.picture("leaks-confirm-ru");
    let began = Instant::now();
    browser.type_into("form[action$='/confirm'] textarea[name=reason]", "Сверено с письмом");
    browser.click("form[action$='/confirm'] button");
    browser.sees("действует");
    assert!(is_stopped(&comes(&mut site.rig)), "at the next touch");
    let took = brought + began.elapsed();
    println!("{} people: {brought:?} to bring, {took:?} until one of them is stopped", how_many() + 1);
    assert!(took < Duration::from_secs(60), "{took:?}");
    browser.picture("leaks-in-force-ru");
    browser.click("header a[lang=kk]");
    browser.sees("күшінде");
    browser.picture("leaks-in-force-kk");
    // One of them is let go by two who both type the number.
    browser.type_into("form[action='/leaks/lift'] input[name=iin]", &iin());
    browser.type_into("form[action='/leaks/lift'] textarea[name=reason]", "Өтініш 4");
    browser.click("form[action='/leaks/lift'] button");
    browser.sees("Екінші қызметкердің бекітуін күтуде");
    browser.click("header button");
    browser.sees("Құпиясөз");
    site.types_in(&mut browser, "Дана");
    browser.sees("Күмәнді төлемдер");
    browser.click("nav a[href='/leaks']");
    browser.sees("тағы бір рет");
    browser.type_into("form[action$='/confirm'] input[name=iin]", &iin());
    browser.type_into("form[action$='/confirm'] textarea[name=reason]", "Құжат тексерілді");
    browser.picture("leaks-lift-kk");
    browser.click("form[action$='/confirm'] button");
    browser.sees("орындалды");
    assert!(!is_stopped(&comes(&mut site.rig)));
}

fn comes(rig: &mut Rig) -> MessageBody {
    rig.open_session();
    let (login, _) = rig.ask_login(&iin());
    let code = rig.last_code();
    rig.type_code(login, &code)
}

fn is_stopped(body: &MessageBody) -> bool {
    matches!(body, MessageBody::MeasuresNeeded { .. })
}

fn list(site: &Site, cookie: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let token = csrf(&site.page("/leaks", cookie));
    let (status, response) = site.uploads("/leaks/lists", cookie, &token, fields);
    (status, response.into_string().unwrap())
}

#[test]
fn a_list_from_elsewhere_without_its_end_or_with_a_script_in_its_reason_does_no_harm() {
    let site = Site::new(None);
    let cookie = site.signs_in("Дана");
    let people = ("people", "900514300002");
    let acts = || site.gateway.trail_head().unwrap().n;
    let before = acts();
    assert_eq!(site.uploads("/leaks/lists", &cookie, "forged", &[("reason", "x"), people]).0, 403);
    let late = [people, ("reason", "the token comes after the list")];
    assert_eq!(site.uploads("/leaks/lists", &cookie, "", &late).0, 403);
    let (status, said) = list(&site, &cookie, &[("reason", ""), people]);
    assert!(status == 409 && said.contains("say why"), "{said}");
    let (status, said) =
        list(&site, &cookie, &[("reason", "x"), ("people", "900514300002\n'; DROP TABLE documents; --")]);
    assert!(status == 409 && said.contains("no IINs") && !said.contains("DROP"), "{said}");
    let (status, said) = list(&site, &cookie, &[("reason", &"x".repeat(5000)), people]);
    assert!(status == 409 && said.contains("too long"), "{said}");
    let token = csrf(&site.page("/leaks", &cookie));
    let cut = format!("--between\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}");
    let request = super::agent().post(&format!("{}/leaks/lists", site.address)).set("Cookie", &cookie);
    let request = request.set("Content-Type", "multipart/form-data; boundary=between");
    assert_eq!(answer(request.send_string(&cut)).0, 409);
    assert_eq!(acts(), before);
    let script = "<script>alert(1)</script>'; DROP TABLE documents; --";
    assert_eq!(list(&site, &cookie, &[("reason", script), people]).0, 303);
    let page = site.page("/leaks", &cookie);
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"), "{page}");
    assert!(!page.contains("900514300002"));
}

#[test]
fn of_two_who_confirm_at_once_one_is_told_that_it_is_decided() {
    let site = Site::new(None);
    let cookie = site.signs_in("Дана");
    assert_eq!(list(&site, &cookie, &[("reason", "x"), ("people", "900514300002")]).0, 303);
    let case = site.gateway.leak_cases().unwrap().remove(0).case;
    let cookies = [site.signs_in("Марат"), site.signs_in("Марат")];
    let path = format!("/leaks/{case}/confirm");
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = cookies
            .iter()
            .map(|cookie| {
                let (address, path) = (&site.address, &path);
                let token = csrf(&site.page("/leaks", cookie));
                scope.spawn(move || {
                    let request = super::agent().post(&format!("{address}{path}")).set("Cookie", cookie);
                    answer(request.send_form(&[("csrf", token.as_str()), ("reason", "checked")])).0
                })
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(statuses.contains(&303) && statuses.contains(&409), "{statuses:?}");
}
