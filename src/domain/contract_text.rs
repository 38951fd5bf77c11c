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

/// A piece of a contract paragraph.
enum Piece<'a> {
    Text(&'a str),
    Placeholder(&'a str),
}

fn pieces(paragraph: &str) -> Result<Vec<Piece<'_>>, RulePackError> {
    let mut pieces = Vec::new();
    let mut rest = paragraph;
    while let Some((text, after)) = rest.split_once('{') {
        let unknown = || RulePackError::UnknownPlaceholder(after.chars().take(24).collect());
        let (name, tail) = after.split_once('}').ok_or_else(unknown)?;
        if !PLACEHOLDERS.contains(&name) {
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
    let mut used = BTreeSet::new();
    for paragraph in paragraphs {
        used.extend(pieces(paragraph)?.iter().filter_map(|piece| match piece {
            Piece::Placeholder(name) => Some((*name).to_owned()),
            Piece::Text(_) => None,
        }));
    }
    match REQUIRED_PLACEHOLDERS.into_iter().find(|name| !used.contains(*name)) {
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
    for piece in pieces(paragraph)? {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Placeholder(name) => {
                filled.push_str(values.get(name).ok_or_else(|| RulePackError::NoValue(name.to_owned()))?);
            }
        }
    }
    Ok(filled)
}
