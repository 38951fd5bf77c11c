//! The contract's text: key terms, the rule pack's paragraphs with this loan's values, and the payment schedule.
//!
//! What the contract says stands in the rule pack; the words of its first page are here.
//! Kazakh and Russian always, in that order; a visit in English gets a translation behind them.

mod figures;
mod supplement;
mod words;

use std::collections::BTreeMap;

use jiff::civil::Date;
use senim_document::{Figures, Kind, Paper, Section, Table};
use senim_domain::contract_text::fill;
use senim_domain::gesv::Gesv;
use senim_domain::loan::{Schedule, Term};
use senim_domain::rule_pack::{PayoutMethod, Product, RulePack};
use senim_domain::{Language, Secret};

use crate::connectors::Client;
use crate::error::GatewayError;
use figures::{amount, date, decimal};

pub(crate) use supplement::{SupplementFacts, supplement};

/// What a contract is called.
pub(crate) const fn contract_title(language: Language) -> &'static str {
    words::title(language)
}

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
    /// How it is paid out.
    pub payout: PayoutMethod,
    /// The account, the card or the merchant; empty for notes.
    pub payee: &'a str,
    /// Language of the visit.
    pub language: Language,
}

/// Writes the contract.
pub(crate) fn paper(facts: &ContractFacts<'_>) -> Result<Paper, GatewayError> {
    Ok(Paper {
        kind: Kind::Contract,
        number: facts.contract_number.to_owned(),
        date: facts.date.to_string(),
        sections: languages(facts.language)
            .iter()
            .map(|language| section(facts, *language))
            .collect::<Result<_, _>>()?,
        figures: Some(Figures { schedule: facts.schedule.clone(), gesv_e8: facts.gesv.units() }),
    })
}

/// Languages of what is signed, in their order, by the language of the visit.
const fn languages(visit: Language) -> &'static [Language] {
    match visit {
        Language::Kk | Language::Ru => &[Language::Kk, Language::Ru],
        Language::En => &[Language::Kk, Language::Ru, Language::En],
    }
}

/// A line of the first page; both rates are strong (B1 rule 7).
fn term(name: &str, value: String, language: Language) -> senim_document::Term {
    senim_document::Term {
        label: words::label(name, language).to_owned(),
        value,
        strong: matches!(name, "annual_rate" | "gesv"),
    }
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
        title: words::title(language).to_owned(),
        terms: terms(&values, language),
        paragraphs,
        table: Some(table(facts.schedule, language)),
    })
}

/// The first page, in the order of B4.5 and B4.8; both rates in the same size (B1 rule 7).
fn terms(values: &BTreeMap<&'static str, String>, language: Language) -> Vec<senim_document::Term> {
    let value = |name: &str| values.get(name).cloned().unwrap_or_default();
    let term = |name: &str, value: String| term(name, value, language);
    let mut terms: Vec<_> =
        ["amount", "overpayment", "total", "annual_rate", "gesv"].map(|name| term(name, value(name))).into();
    let (term_text, first, last) = (value("term"), value("first_date"), value("last_date"));
    let dates = if first == last { last } else { format!("{first} – {last}") };
    terms.push(term("term", format!("{term_text}; {dates}")));
    terms
        .extend(["method", "penalty", "allocation", "payout", "purpose"].map(|name| term(name, value(name))));
    let lender = ["mfo_name", "mfo_licence", "mfo_phones"].map(value).join(", ");
    terms.push(term("lender", lender));
    terms
}

fn table(schedule: &Schedule, language: Language) -> Table {
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
    Table {
        title: words::schedule(language).to_owned(),
        columns: words::columns(language).map(str::to_owned).into(),
        rows,
    }
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
        ("method", words::method(schedule.method, facts.product, language).to_owned()),
        ("mfo_address", mfo.address.get(language).clone()),
        ("mfo_licence", mfo.licence.get(language).clone()),
        ("mfo_name", mfo.name.get(language).clone()),
        ("mfo_phones", mfo.phones.join(", ")),
        ("overpayment", amount(schedule.overpayment().ok()?, language)),
        ("term", words::term(facts.term, language)),
        ("allocation", words::allocation(&facts.pack.allocation, language)),
        ("ombudsman", mfo.ombudsman.get(language).clone()),
        ("payout", payout(facts, language)),
        ("penalty", words::penalty(&facts.pack.penalty, facts.product.purpose, language)),
        ("purpose", words::purpose(facts.product.purpose, language).to_owned()),
        ("total", amount(schedule.total().ok()?, language)),
    ]))
}

fn payout(facts: &ContractFacts<'_>, language: Language) -> String {
    let way = words::payout(facts.payout, language);
    if facts.payee.is_empty() { way.to_owned() } else { format!("{way}: {}", facts.payee) }
}

fn full_name(client: &Client) -> String {
    let mut name = format!("{} {}", client.surname.expose(), client.given_name.expose());
    if let Some(patronymic) = &client.patronymic {
        name.push(' ');
        name.push_str(patronymic.expose());
    }
    name
}
