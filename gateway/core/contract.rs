//! The contract's text: the rule pack's paragraphs with this loan's values, and the payment schedule after them.
//!
//! Decides how amounts, dates and rates are written in each language; what the contract says stands in the rule pack.
//! The result is plain UTF-8, paragraphs parted by an empty line; its hash is what the client agrees to.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::Date;
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
    /// What is paid when.
    pub schedule: &'a Schedule,
    /// Effective rate.
    pub gesv: Gesv,
    /// Language.
    pub language: Language,
}

/// Writes the contract.
pub(crate) fn text(facts: &ContractFacts<'_>) -> Result<String, GatewayError> {
    let internal = |error: &dyn std::fmt::Display| GatewayError::Internal(format!("contract: {error}"));
    let values = values(facts).ok_or_else(|| internal(&"the schedule does not add up"))?;
    let mut text = String::with_capacity(8192);
    for paragraph in facts.pack.contract.get(facts.language) {
        text.push_str(&fill(paragraph, &values).map_err(|error| internal(&error))?);
        text.push_str("\n\n");
    }
    append_schedule(&mut text, facts.schedule, facts.language);
    Ok(text)
}

fn values(facts: &ContractFacts<'_>) -> Option<BTreeMap<&'static str, String>> {
    let (language, schedule) = (facts.language, facts.schedule);
    let mfo = &facts.pack.mfo;
    let first = schedule.instalments.first()?;
    let last = schedule.instalments.last()?;
    Some(BTreeMap::from([
        ("amount", amount(schedule.principal_tiyn, language)),
        ("annual_rate", decimal(&facts.product.rate.annual(facts.product.time_base).short(), language)),
        ("borrower_iin", facts.iin.expose().to_owned()),
        ("borrower_name", full_name(facts.borrower)),
        ("contract_no", facts.contract_number.to_owned()),
        ("date", date(schedule.issued)),
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

fn append_schedule(text: &mut String, schedule: &Schedule, language: Language) {
    let (title, principal, interest, balance) = match language {
        Language::Kk => ("Төлем кестесі", "негізгі борыш", "сыйақы", "қалдық"),
        Language::Ru => ("График платежей", "основной долг", "вознаграждение", "остаток"),
        Language::En => ("Payment schedule", "principal", "interest", "balance"),
    };
    text.push_str(title);
    text.push('\n');
    for row in &schedule.instalments {
        let money = |value| amount(value, language);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}. {} – {} ({principal} {}, {interest} {}; {balance} {})",
            row.no,
            date(row.date),
            money(row.total_tiyn),
            money(row.principal_tiyn),
            money(row.interest_tiyn),
            money(row.balance_tiyn),
        );
    }
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
