//! A supplement's text: what is changed of which contract, what it costs from then on, and the schedule that takes the
//! place of the former one.

use std::collections::BTreeMap;

use jiff::civil::Date;
use senim_document::{Figures, Kind, Paper, Section};
use senim_domain::contract_text::fill;
use senim_domain::gesv::Gesv;
use senim_domain::loan::Schedule;
use senim_domain::rule_pack::{ByLanguage, Mfo, Product};
use senim_domain::supplement::AmendedTerms;
use senim_domain::{Language, Secret};

use super::figures::{amount, date, decimal};
use super::{full_name, languages, table, term, words};
use crate::connectors::Client;
use crate::error::GatewayError;

/// What a supplement is written from.
pub(crate) struct SupplementFacts<'a> {
    /// The lender.
    pub mfo: &'a Mfo,
    /// Paragraphs.
    pub text: &'a ByLanguage<Vec<String>>,
    /// What was lent.
    pub product: &'a Product,
    /// To whom.
    pub borrower: &'a Client,
    /// Twelve digits.
    pub iin: &'a Secret,
    /// The contract's number for people.
    pub contract_number: &'a str,
    /// Its own.
    pub number: &'a str,
    /// The terms from a day on.
    pub terms: &'a AmendedTerms,
    /// Day of the supplement.
    pub date: Date,
    /// What is paid when.
    pub schedule: &'a Schedule,
    /// Effective rate of what is left.
    pub gesv: Gesv,
    /// Language of the visit.
    pub language: Language,
}

/// Writes the supplement.
pub(crate) fn supplement(facts: &SupplementFacts<'_>) -> Result<Paper, GatewayError> {
    Ok(Paper {
        kind: Kind::Supplement,
        number: format!("{} / {}", facts.contract_number, facts.number),
        date: facts.date.to_string(),
        sections: languages(facts.language)
            .iter()
            .map(|language| section(facts, *language))
            .collect::<Result<_, _>>()?,
        figures: Some(Figures { schedule: facts.schedule.clone(), gesv_e8: facts.gesv.units() }),
    })
}

fn section(facts: &SupplementFacts<'_>, language: Language) -> Result<Section, GatewayError> {
    let internal = |error: &dyn std::fmt::Display| GatewayError::Internal(format!("supplement: {error}"));
    let values = values(facts, language).ok_or_else(|| internal(&"the schedule does not add up"))?;
    let paragraphs = facts.text.get(language).iter();
    let paragraphs = paragraphs.map(|paragraph| fill(paragraph, &values).map_err(|error| internal(&error)));
    Ok(Section {
        language,
        title: words::supplement(language).to_owned(),
        terms: terms(&values, language),
        paragraphs: paragraphs.collect::<Result<_, _>>()?,
        table: Some(table(facts.schedule, language)),
    })
}

/// The first page, as a contract has it (B4.5): both rates in the same size.
fn terms(values: &BTreeMap<&'static str, String>, language: Language) -> Vec<senim_document::Term> {
    let value = |name: &str| values.get(name).cloned().unwrap_or_default();
    let term = |name: &str, value: String| term(name, value, language);
    let contract = format!("{}, № {}", value("contract_no"), value("supplement_no"));
    let dates = format!("{}; {} – {}", value("term"), value("first_date"), value("last_date"));
    let lender = ["mfo_name", "mfo_licence", "mfo_phones"].map(value).join(", ");
    vec![
        term("contract", contract),
        term("begins", value("begins")),
        term("rest", value("amount")),
        term("overpayment", value("overpayment")),
        term("total", value("total")),
        term("annual_rate", value("annual_rate")),
        term("gesv", value("gesv")),
        term("term", dates),
        term("method", value("method")),
        term("interest_due", value("interest_due")),
        term("penalty_due", value("penalty_due")),
        term("lender", lender),
    ]
}

fn values(facts: &SupplementFacts<'_>, language: Language) -> Option<BTreeMap<&'static str, String>> {
    let (schedule, terms, mfo) = (facts.schedule, facts.terms, facts.mfo);
    let first = schedule.instalments.first()?;
    let last = schedule.instalments.last()?;
    Some(BTreeMap::from([
        ("amount", amount(schedule.principal_tiyn, language)),
        ("annual_rate", decimal(&terms.annual_percent.short(), language)),
        ("begins", date(terms.begins)),
        ("borrower_iin", facts.iin.expose().to_owned()),
        ("borrower_name", full_name(facts.borrower)),
        ("contract_no", facts.contract_number.to_owned()),
        ("date", date(facts.date)),
        ("first_date", date(first.date)),
        ("gesv", decimal(&facts.gesv.shown(), language)),
        ("instalments", schedule.instalments.len().to_string()),
        ("interest_due", amount(terms.interest_tiyn, language)),
        ("last_date", date(last.date)),
        ("method", words::method(schedule.method, facts.product, language).to_owned()),
        ("mfo_address", mfo.address.get(language).clone()),
        ("mfo_licence", mfo.licence.get(language).clone()),
        ("mfo_name", mfo.name.get(language).clone()),
        ("mfo_phones", mfo.phones.join(", ")),
        ("overpayment", amount(schedule.overpayment().ok()?, language)),
        ("penalty_due", amount(terms.penalty_tiyn, language)),
        ("supplement_no", facts.number.to_owned()),
        ("term", words::term(terms.term, language)),
        ("total", amount(schedule.total().ok()?, language)),
    ]))
}
