//! Rule packs drafted and published in a browser by two people.

use senim_domain::UtcMillis;

use super::{Browser, Site, csrf};
use crate::support::pack;

/// A pack of the next number that begins in a day, with a lower rate.
fn cheaper() -> String {
    let mut pack = pack();
    pack.version += 1;
    pack.effective_from = UtcMillis(senim_gateway::clock::now().0 + 86_400_000);
    pack.products[0].rate = serde_json::from_str("{\"annual_percent\": \"30.000\"}").unwrap();
    serde_json::to_string_pretty(&pack).unwrap()
}

#[test]
fn two_people_publish_a_lower_rate_by_clicking_through_the_pages() {
    let site = Site::with_doubt();
    let Some(mut browser) = Browser::start() else {
        eprintln!("SKIPPED PEER chromium: not on this machine; apt-get install chromium");
        return;
    };
    browser.open(&format!("{}/sign-in", site.address));
    browser.sees("Құпиясөз");
    site.types_in(&mut browser, "Дана");
    browser.sees("Ережелер");
    browser.click("nav a[href='/rules']");
    browser.sees("Ереже жинақтары");
    browser.picture("rules-kk");
    browser.click("a[href='/rules/new']");
    browser.sees("Ереже жинағының жобасы");
    browser.type_into("textarea[name=text]", "{\"version\": \"x\"}");
    browser.type_into("textarea[name=reason]", "Хаттама 4");
    browser.click("main form button");
    browser.sees("Пішіні дұрыс емес, орны: version");
    browser.picture("rules-wrong-kk");
    browser.type_into("textarea[name=text]", &cheaper());
    browser.click("main form button");
    browser.sees("Екінші қызметкердің бекітуін күтуде.");
    browser.sees("30.000");
    browser.picture("rules-draft-kk");
    browser.click("header button");
    browser.sees("Құпиясөз");
    site.types_in(&mut browser, "Марат");
    browser.sees("Ережелер");
    browser.click("header a[lang=ru]");
    browser.sees("Правила");
    browser.click("nav a[href='/rules']");
    browser.sees("не подтверждён");
    browser.picture("rules-ru");
    browser.click("tbody td:last-child a");
    browser.sees("Отличия от действующего пакета");
    browser.picture("rules-draft-ru");
    browser.type_into("textarea[name=reason]", "Сверено с протоколом 4");
    browser.click("section form button");
    browser.sees("Решение принято.");
    browser.sees("ждёт срока");
    browser.picture("rules-published-ru");
    let packs = site.gateway.published_rule_packs(senim_gateway::clock::now()).unwrap();
    assert_eq!((packs[0].pack.version, packs[0].sent), (2, false));
}

#[test]
fn an_author_is_not_offered_to_approve_and_cannot_by_hand() {
    let site = Site::with_doubt();
    let cookie = site.signs_in("Дана");
    let token = csrf(&site.page("/rules/new", &cookie));
    let text = cheaper();
    let (status, response) =
        site.uploads("/rules/drafts", &cookie, &token, &[("reason", "minutes 4"), ("text", &text)]);
    assert_eq!(status, 303);
    let path = response.header("Location").unwrap().to_owned();
    let page = site.page(&path, &cookie);
    assert!(!page.contains("/approve"));
    let id = path.rsplit('/').next().unwrap();
    let seen = site.gateway.rule_pack_draft(id).unwrap().unwrap().sha256().unwrap();
    let form = [("csrf", token.as_str()), ("seen", seen.as_str()), ("reason", "me again")];
    let (status, response) = site.post(&format!("{path}/approve"), &cookie, &form);
    assert_eq!(status, 409);
    assert!(response.into_string().unwrap().contains("Екінші қызметкерге айтыңыз"));
    assert_eq!(site.gateway.published_rule_packs(senim_gateway::clock::now()).unwrap().len(), 1);
}
