//! The contract's text: key terms, the rule pack's paragraphs with this loan's values, and the payment schedule.
//!
//! Decides how amounts, dates and rates are written in each language; what the contract says stands in the rule pack.
//! Kazakh and Russian always, in that order; a visit in English gets a translation behind them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::Date;
use senim_document::{Figures, Kind, Paper, Section, Table};
use senim_domain::contract_text::fill;
use senim_domain::gesv::Gesv;
use senim_domain::loan::{Method, Schedule, Term};
use senim_domain::rule_pack::{Product, RulePack};
use senim_domain::{Language, Secret, Tiyn};

use crate::connectors::Client;
use crate::error::GatewayError;

/// What a contract is written from.
pub(crate) struct ContractFacts<'a> {
    /// Texts and the lender.
    pub pack: &'a RulePack,
    /// What is lent.
    pub product: &'a Product,
    /// To whom.
    pub borrower: &'a Client,
    /// Twelve digits.
    pub iin: &'a Secret,
    /// Number for people.
    pub contract_number: &'a str,
    /// How long.
    pub term: Term,
    /// Day of the contract.
    pub date: Date,
    /// What is paid when.
    pub schedule: &'a Schedule,
    /// Effective rate.
    pub gesv: Gesv,
    /// Language of the visit.
    pub language: Language,
}

/// Writes the contract.
pub(crate) fn paper(facts: &ContractFacts<'_>) -> Result<Paper, GatewayError> {
    let languages: &[Language] = match facts.language {
        Language::Kk | Language::Ru => &[Language::Kk, Language::Ru],
        Language::En => &[Language::Kk, Language::Ru, Language::En],
    };
    Ok(Paper {
        kind: Kind::Contract,
        number: facts.contract_number.to_owned(),
        date: facts.date.to_string(),
        sections: languages.iter().map(|language| section(facts, *language)).collect::<Result<_, _>>()?,
        figures: Some(Figures { schedule: facts.schedule.clone(), gesv_e8: facts.gesv.units() }),
    })
}

fn section(facts: &ContractFacts<'_>, language: Language) -> Result<Section, GatewayError> {
    let internal = |error: &dyn std::fmt::Display| GatewayError::Internal(format!("contract: {error}"));
    let values = values(facts, language).ok_or_else(|| internal(&"the schedule does not add up"))?;
    let paragraphs = facts
        .pack
        .contract
        .get(language)
        .iter()
        .map(|paragraph| fill(paragraph, &values).map_err(|error| internal(&error)))
        .collect::<Result<_, _>>()?;
    Ok(Section {
        language,
        title: words(language).contract.to_owned(),
        terms: terms(&values, language),
        paragraphs,
        table: Some(table(facts.schedule, language)),
    })
}

/// Words of the first page and of the schedule.
struct Words {
    contract: &'static str,
    schedule: &'static str,
    columns: [&'static str; 6],
    /// Amount, overpayment, total, nominal rate, effective rate, term, method, first and last payment, lender.
    labels: [&'static str; 10],
}

const fn words(language: Language) -> &'static Words {
    match language {
        Language::Kk => &Words {
            contract: "Микрокредит беру туралы шарт",
            schedule: "Төлем кестесі",
            columns: ["№", "Күні", "Төлем", "Негізгі борыш", "Сыйақы", "Қалдық"],
            labels: [
                "Микрокредит сомасы",
                "Артық төлем сомасы",
                "Барлығы қайтарылады",
                "Сыйақының жылдық номиналды мөлшерлемесі, %",
                "Сыйақының жылдық тиімді мөлшерлемесі, %",
                "Мерзімі",
                "Өтеу әдісі",
                "Бірінші төлем",
                "Соңғы төлем",
                "Микроқаржы ұйымы",
            ],
        },
        Language::Ru => &Words {
            contract: "Договор о предоставлении микрокредита",
            schedule: "График платежей",
            columns: ["№", "Дата", "Платёж", "Основной долг", "Вознаграждение", "Остаток"],
            labels: [
                "Сумма микрокредита",
                "Сумма переплаты",
                "Всего к возврату",
                "Годовая номинальная ставка вознаграждения, %",
                "Годовая эффективная ставка вознаграждения, %",
                "Срок",
                "Метод погашения",
                "Первый платёж",
                "Последний платёж",
                "Микрофинансовая организация",
            ],
        },
        Language::En => &Words {
            contract: "Contract of a microcredit (translation)",
            schedule: "Payment schedule",
            columns: ["No.", "Date", "Payment", "Principal", "Interest", "Balance"],
            labels: [
                "Amount of the microcredit",
                "Overpayment",
                "To be paid back in all",
                "Nominal annual rate, %",
                "Annual effective rate, %",
                "Term",
                "Method of repayment",
                "First payment",
                "Last payment",
                "Lender",
            ],
        },
    }
}

/// The first page (B4): both rates in the same size (B1 rule 7).
fn terms(values: &BTreeMap<&'static str, String>, language: Language) -> Vec<senim_document::Term> {
    let words = words(language);
    let value = |name: &str| values.get(name).cloned().unwrap_or_default();
    let lender = format!("{}, {}, {}", value("mfo_name"), value("mfo_licence"), value("mfo_phones"));
    let facts = [
        value("amount"),
        value("overpayment"),
        value("total"),
        value("annual_rate"),
        value("gesv"),
        value("term"),
        value("method"),
        value("first_date"),
        value("last_date"),
        lender,
    ];
    let rates = 3..=4;
    words
        .labels
        .into_iter()
        .zip(facts)
        .enumerate()
        .map(|(at, (label, value))| senim_document::Term {
            label: label.to_owned(),
            value,
            strong: rates.contains(&at),
        })
        .collect()
}

fn table(schedule: &Schedule, language: Language) -> Table {
    let words = words(language);
    let money = |value| amount(value, language);
    let rows = schedule
        .instalments
        .iter()
        .map(|row| {
            vec![
                row.no.to_string(),
                date(row.date),
                money(row.total_tiyn),
                money(row.principal_tiyn),
                money(row.interest_tiyn),
                money(row.balance_tiyn),
            ]
        })
        .collect();
    Table { title: words.schedule.to_owned(), columns: words.columns.map(str::to_owned).into(), rows }
}

fn values(facts: &ContractFacts<'_>, language: Language) -> Option<BTreeMap<&'static str, String>> {
    let schedule = facts.schedule;
    let mfo = &facts.pack.mfo;
    let first = schedule.instalments.first()?;
    let last = schedule.instalments.last()?;
    Some(BTreeMap::from([
        ("amount", amount(schedule.principal_tiyn, language)),
        ("annual_rate", decimal(&facts.product.rate.annual(facts.product.time_base).short(), language)),
        ("borrower_iin", facts.iin.expose().to_owned()),
        ("borrower_name", full_name(facts.borrower)),
        ("contract_no", facts.contract_number.to_owned()),
        ("date", date(facts.date)),
        ("first_date", date(first.date)),
        ("gesv", decimal(&facts.gesv.shown(), language)),
        ("instalments", schedule.instalments.len().to_string()),
        ("last_date", date(last.date)),
        ("method", method_name(schedule.method, facts.product, language).to_owned()),
        ("mfo_address", mfo.address.get(language).clone()),
        ("mfo_licence", mfo.licence.get(language).clone()),
        ("mfo_name", mfo.name.get(language).clone()),
        ("mfo_phones", mfo.phones.join(", ")),
        ("overpayment", amount(schedule.overpayment().ok()?, language)),
        ("term", term(facts.term, language)),
        ("total", amount(schedule.total().ok()?, language)),
    ]))
}

fn full_name(client: &Client) -> String {
    let mut name = format!("{} {}", client.surname.expose(), client.given_name.expose());
    if let Some(patronymic) = &client.patronymic {
        name.push(' ');
        name.push_str(patronymic.expose());
    }
    name
}

fn method_name(method: Method, product: &Product, language: Language) -> &str {
    match (method, language) {
        (Method::Own, _) => product.own_method.as_ref().map_or("", |own| own.name(language)),
        (Method::Annuity, Language::Kk) => "аннуитеттік (тең төлемдермен)",
        (Method::Annuity, Language::Ru) => "аннуитетный (равными платежами)",
        (Method::Annuity, Language::En) => "annuity (equal payments)",
        (Method::Differentiated, Language::Kk) => "сараланған (негізгі борыш тең бөліктермен)",
        (Method::Differentiated, Language::Ru) => "дифференцированный (основной долг равными частями)",
        (Method::Differentiated, Language::En) => "differentiated (equal parts of the principal)",
        (Method::Single, Language::Kk) => "мерзім соңында бір төлеммен",
        (Method::Single, Language::Ru) => "единовременно в конце срока",
        (Method::Single, Language::En) => "one payment at the end",
    }
}

/// The number with the short word for its unit, as contracts write it.
fn term(term: Term, language: Language) -> String {
    let (count, unit) = match (term, language) {
        (Term::Months(count), Language::Kk) => (count, "ай"),
        (Term::Months(count), Language::Ru) => (count, "мес."),
        (Term::Months(1), Language::En) => (1, "month"),
        (Term::Months(count), Language::En) => (count, "months"),
        (Term::Days(count), Language::Kk) => (count, "күн"),
        (Term::Days(count), Language::Ru) => (count, "дн."),
        (Term::Days(1), Language::En) => (1, "day"),
        (Term::Days(count), Language::En) => (count, "days"),
    };
    format!("{count}\u{a0}{unit}")
}

fn date(date: Date) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}

/// Tenge in groups of three with no-break spaces; tiyn only where there are some.
fn amount(value: Tiyn, language: Language) -> String {
    let digits = value.tenge().to_string();
    let mut grouped = String::with_capacity(32);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('\u{a0}');
        }
        grouped.push(digit);
    }
    let tiyn = value.tiyn() % 100;
    if tiyn > 0 {
        grouped.push(separator(language));
        let _ = write!(grouped, "{tiyn:02}");
    }
    grouped.push_str("\u{a0}₸");
    grouped
}

fn decimal(plain: &str, language: Language) -> String {
    plain.replace('.', &separator(language).to_string())
}

const fn separator(language: Language) -> char {
    match language {
        Language::Kk | Language::Ru => ',',
        Language::En => '.',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_show_tiyn_only_where_there_are_some() {
        let written = |tiyn, language| amount(Tiyn::new(tiyn).unwrap(), language);
        assert_eq!(written(30_000_000, Language::Ru), "300\u{a0}000\u{a0}₸");
        assert_eq!(written(3_013_863, Language::Kk), "30\u{a0}138,63\u{a0}₸");
        assert_eq!(written(12_345_678_905, Language::En), "123\u{a0}456\u{a0}789.05\u{a0}₸");
        assert_eq!(written(5, Language::En), "0.05\u{a0}₸");
    }
}
