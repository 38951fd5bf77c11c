//! Contract paragraphs with placeholders: which there are, which a contract cannot do without, and filling them in.
//!
//! The words come from the rule pack, the values from the gateway.

use std::collections::{BTreeMap, BTreeSet};

use crate::language::Language;
use crate::rule_pack::RulePackError;

/// What a contract paragraph may ask to have filled in, without braces.
pub const PLACEHOLDERS: [&str; 23] = [
    "allocation",
    "amount",
    "annual_rate",
    "borrower_iin",
    "borrower_name",
    "contract_no",
    "date",
    "first_date",
    "gesv",
    "instalments",
    "last_date",
    "method",
    "mfo_address",
    "mfo_licence",
    "mfo_name",
    "mfo_phones",
    "ombudsman",
    "overpayment",
    "payout",
    "penalty",
    "purpose",
    "term",
    "total",
];

/// What each contract must state (B4.4): without one of these no contract is honest.
pub const REQUIRED_PLACEHOLDERS: [&str; 17] = [
    "allocation",
    "amount",
    "annual_rate",
    "borrower_iin",
    "borrower_name",
    "contract_no",
    "date",
    "gesv",
    "last_date",
    "method",
    "mfo_name",
    "ombudsman",
    "overpayment",
    "payout",
    "penalty",
    "purpose",
    "total",
];

/// What a supplement's paragraph may ask to have filled in, without braces.
pub const SUPPLEMENT_PLACEHOLDERS: [&str; 22] = [
    "amount",
    "annual_rate",
    "begins",
    "borrower_iin",
    "borrower_name",
    "contract_no",
    "date",
    "first_date",
    "gesv",
    "instalments",
    "interest_due",
    "last_date",
    "method",
    "mfo_address",
    "mfo_licence",
    "mfo_name",
    "mfo_phones",
    "overpayment",
    "penalty_due",
    "supplement_no",
    "term",
    "total",
];

/// What each supplement must state: what is changed, of which contract, and what it costs from then on.
pub const REQUIRED_IN_SUPPLEMENT: [&str; 16] = [
    "amount",
    "annual_rate",
    "begins",
    "borrower_iin",
    "borrower_name",
    "contract_no",
    "date",
    "gesv",
    "interest_due",
    "last_date",
    "method",
    "mfo_name",
    "penalty_due",
    "supplement_no",
    "term",
    "total",
];

/// A piece of a contract paragraph.
enum Piece<'a> {
    Text(&'a str),
    Placeholder(&'a str),
}

fn pieces<'a>(paragraph: &'a str, known: &[&str]) -> Result<Vec<Piece<'a>>, RulePackError> {
    let mut pieces = Vec::new();
    let mut rest = paragraph;
    while let Some((text, after)) = rest.split_once('{') {
        let unknown = || RulePackError::UnknownPlaceholder(after.chars().take(24).collect());
        let (name, tail) = after.split_once('}').ok_or_else(unknown)?;
        if !known.contains(&name) {
            return Err(unknown());
        }
        pieces.extend([Piece::Text(text), Piece::Placeholder(name)]);
        rest = tail;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

/// Whether a contract states all that it must and asks for nothing unknown.
///
/// # Errors
/// [`RulePackError::UnknownPlaceholder`], [`RulePackError::MissingPlaceholder`].
pub(crate) fn validate_contract(language: Language, paragraphs: &[String]) -> Result<(), RulePackError> {
    validate(language, paragraphs, &PLACEHOLDERS, &REQUIRED_PLACEHOLDERS)
}

/// The same of a supplement.
///
/// # Errors
/// As [`validate_contract`].
pub(crate) fn validate_supplement(language: Language, paragraphs: &[String]) -> Result<(), RulePackError> {
    validate(language, paragraphs, &SUPPLEMENT_PLACEHOLDERS, &REQUIRED_IN_SUPPLEMENT)
}

fn validate(
    language: Language,
    paragraphs: &[String],
    known: &[&str],
    required: &[&'static str],
) -> Result<(), RulePackError> {
    let mut used = BTreeSet::new();
    for paragraph in paragraphs {
        used.extend(pieces(paragraph, known)?.iter().filter_map(|piece| match piece {
            Piece::Placeholder(name) => Some((*name).to_owned()),
            Piece::Text(_) => None,
        }));
    }
    match required.iter().copied().find(|name| !used.contains(*name)) {
        Some(placeholder) => {
            Err(RulePackError::MissingPlaceholder { language: language.code(), placeholder })
        }
        None => Ok(()),
    }
}

/// A contract paragraph with its placeholders filled in. Values are taken as they are: braces in them mean nothing.
///
/// # Errors
/// [`RulePackError::UnknownPlaceholder`], [`RulePackError::NoValue`].
pub fn fill(paragraph: &str, values: &BTreeMap<&str, String>) -> Result<String, RulePackError> {
    let mut filled = String::with_capacity(paragraph.len().saturating_mul(2));
    let known = [PLACEHOLDERS.as_slice(), SUPPLEMENT_PLACEHOLDERS.as_slice()].concat();
    for piece in pieces(paragraph, &known)? {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Placeholder(name) => {
                filled.push_str(values.get(name).ok_or_else(|| RulePackError::NoValue(name.to_owned()))?);
            }
        }
    }
    Ok(filled)
}
