//! From the notice to a terminal that serves, clicked through by two people.

use senim_domain::calendar::local_date;

use super::{Browser, Site};

#[test]
fn two_people_take_a_terminal_from_notice_to_activation_and_not_before_its_day() {
    let site = Site::with_doubt();
    let Some(mut browser) = Browser::start() else {
        eprintln!("SKIPPED PEER chromium: not on this machine; apt-get install chromium");
        return;
    };
    let today = local_date(senim_gateway::clock::now()).unwrap();
    let long_ago = today.checked_sub(jiff::Span::new().days(60)).unwrap();
    let record = |browser: &mut Browser, number: &str, day: jiff::civil::Date, address: &str| {
        browser.click("#activation ~ details:last-of-type summary");
        browser.type_into("form[action$='/notices'] input[name=number]", number);
        browser.pick_day("form[action$='/notices'] input[name=notified]", &day.to_string());
        browser.type_into("form[action$='/notices'] input[name=address]", address);
        browser.type_into("form[action$='/notices'] textarea[name=reason]", "Уведомление принято");
        browser.click("form[action$='/notices'] button");
    };
    browser.open(&format!("{}/sign-in", site.address));
    browser.sees("Құпиясөз");
    site.types_in(&mut browser, "Дана");
    browser.sees("Ережелер");
    browser.open(&format!("{}/terminals/t-1", site.address));
    browser.sees("Ұлттық Банкке хабарлама");
    record(&mut browser, "17-02/88", long_ago, "Шелек, Жібек жолы 5");
    browser.sees("Екінші қызметкердің бекітуін күтуде.");
    record(&mut browser, "17-02/99", today, "Кеген, Молдағұлова 1");
    browser.sees("17-02/99");
    browser.picture("activation-kk");
    browser.click("header button");
    browser.sees("Құпиясөз");
    site.types_in(&mut browser, "Марат");
    browser.sees("Ережелер");
    browser.click("header a[lang=ru]");
    browser.sees("Правила");
    browser.open(&format!("{}/terminals/t-1", site.address));
    browser.sees("ещё не активирован");
    // The newest is first: too early.
    browser.type_into("form[action$='/activate'] textarea[name=reason]", "Сверено с письмом");
    browser.click("form[action$='/activate'] button");
    browser.sees("терминал может обслуживать с");
    browser.open(&format!("{}/terminals/t-1", site.address));
    browser.sees("ещё не активирован");
    browser.picture("activation-ru");
    let notices =
        site.gateway.activation_notices(&site.rig.terminal.id, senim_gateway::clock::now()).unwrap();
    assert_eq!(notices.len(), 2);
    let old = &notices[1].0.notice;
    let form = format!("form[action='/terminals/t-1/notices/{old}/activate']");
    browser.type_into(&format!("{form} textarea[name=reason]"), "Сверено с письмом");
    browser.click(&format!("{form} button"));
    browser.sees("Сделано.");
    browser.picture("activation-done-ru");
    let record = site.gateway.terminal(&site.rig.terminal.id).unwrap().unwrap();
    assert_eq!(record.place.unwrap().address, "Шелек, Жібек жолы 5");
}
