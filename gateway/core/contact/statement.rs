//! The statement that a client signs to change a phone or an account, and the text with the code.

use senim_domain::rule_pack::RulePack;
use senim_domain::{Language, Secret, calendar, ids, written};
use senim_operation::body::Contact;

use super::ContactUnderWay;
use crate::connectors::Client;

/// Exactly these bytes are signed. What it says rests on what was asked for alone, so that it is the same each time.
pub(super) fn text(
    under_way: &ContactUnderWay,
    person: &Client,
    former: Option<&Secret>,
    new: &Secret,
    pack: &RulePack,
) -> Secret {
    let language = under_way.language;
    let [title, name, before, after, day, number] = labels(language, under_way.contact);
    let mfo = pack.mfo.name.get(language);
    let date = calendar::local_date(under_way.begun).map(written::date).unwrap_or_default();
    let change = ids::reference(&under_way.change);
    let shown = |value: &Secret| match under_way.contact {
        Contact::Phone => written::phone(value),
        Contact::Account => written::apart(value, written::FOURS),
    };
    let (former, new) = (former.map(shown), shown(new));
    // Room for any such text, so that growing leaves no copy behind.
    let mut text = String::with_capacity(4096);
    for part in [mfo.as_str(), "\n\n", title, "\n\n", name, ": "] {
        text.push_str(part);
    }
    text.push_str(person.surname.expose());
    for part in [Some(&person.given_name), person.patronymic.as_ref()].into_iter().flatten() {
        text.push(' ');
        text.push_str(part.expose());
    }
    let before_is = former.as_ref().map_or("–", |former| former.expose());
    for (label, value) in
        [(before, before_is), (after, new.expose()), (day, date.as_str()), (number, change.as_str())]
    {
        for part in ["\n", label, ": ", value] {
            text.push_str(part);
        }
    }
    text.push('\n');
    Secret::new(text)
}

const fn labels(language: Language, contact: Contact) -> [&'static str; 6] {
    match (language, contact) {
        (Language::Kk, Contact::Phone) => [
            "Жеке кабинеттің телефон нөмірін өзгертуді сұраймын.",
            "Тегі, аты, әкесінің аты",
            "Бұрынғы нөмір",
            "Жаңа нөмір",
            "Күні",
            "Өтініш нөмірі",
        ],
        (Language::Ru, Contact::Phone) => [
            "Прошу изменить номер телефона моего личного кабинета.",
            "Фамилия, имя, отчество",
            "Прежний номер",
            "Новый номер",
            "Дата",
            "Номер заявления",
        ],
        (Language::En, Contact::Phone) => [
            "Please change the phone number of my account with you.",
            "Surname, given name, patronymic",
            "Former number",
            "New number",
            "Date",
            "Number of this statement",
        ],
        (Language::Kk, Contact::Account) => [
            "Маған ақша аударылатын банк шотын өзгертуді сұраймын.",
            "Тегі, аты, әкесінің аты",
            "Бұрынғы шот",
            "Жаңа шот",
            "Күні",
            "Өтініш нөмірі",
        ],
        (Language::Ru, Contact::Account) => [
            "Прошу изменить банковский счёт, на который мне переводят деньги.",
            "Фамилия, имя, отчество",
            "Прежний счёт",
            "Новый счёт",
            "Дата",
            "Номер заявления",
        ],
        (Language::En, Contact::Account) => [
            "Please change the bank account to which money is transferred to me.",
            "Surname, given name, patronymic",
            "Former account",
            "New account",
            "Date",
            "Number of this statement",
        ],
    }
}

/// Names the operation and the terminal (B21).
pub(super) fn code_text(language: Language, code: &Secret, pack: &RulePack, terminal: &str) -> Secret {
    let (code, mfo) = (code.expose(), pack.mfo.name.get(language));
    Secret::new(match language {
        Language::Kk => {
            format!(
                "{mfo}: {terminal} терминалында телефон нөмірін ауыстыру коды {code}. Оны ешкімге айтпаңыз."
            )
        }
        Language::Ru => format!(
            "{mfo}: код {code} для смены номера телефона в терминале {terminal}. Никому его не сообщайте."
        ),
        Language::En => {
            format!("{mfo}: code {code} to change your phone number at terminal {terminal}. Tell nobody.")
        }
    })
}
