//! Tests of the published formats against the types: schema, sample and program agree.

use std::collections::BTreeMap;

use jiff::civil::date;
use serde_json::{Value, json};

use crate::contract_text::{PLACEHOLDERS, fill};
use crate::loan::{Method, Rate, Term, Terms};
use crate::quote::{Quote, quote};
use crate::rule_pack::{RulePack, RulePackError, Service};
use crate::{Language, Tiyn};

const PACK: &str = include_str!("../../docs/formats/rule-pack.sample.json");
const PACK_SCHEMA: &str = include_str!("../../docs/formats/rule-pack.schema.json");
const QUOTE: &str = include_str!("../../docs/formats/quote.sample.json");
const QUOTE_SCHEMA: &str = include_str!("../../docs/formats/quote.schema.json");

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn fits(schema: &str, document: &Value) -> bool {
    jsonschema::validator_for(&value(schema)).unwrap().is_valid(document)
}

fn pack() -> RulePack {
    serde_json::from_str(PACK).unwrap()
}

fn spoilt(pointer: &str, replacement: Value) -> Value {
    let mut document = value(PACK);
    *document.pointer_mut(pointer).unwrap() = replacement;
    document
}

#[test]
fn the_sample_rule_pack_fits_its_schema_and_the_program_and_comes_back_unchanged() {
    assert!(fits(PACK_SCHEMA, &value(PACK)));
    assert_eq!(pack().validate(), Ok(()));
    assert_eq!(serde_json::to_value(pack()).unwrap(), value(PACK));
}

#[test]
fn a_rule_pack_with_a_wrong_value_is_refused_by_schema_and_program() {
    for (pointer, replacement) in [
        ("/version", json!(0)),
        ("/version", json!(9_007_199_254_740_992_u64)),
        ("/effective_from", json!("2025-12-31")),
        ("/minimum_firmware", json!("0.1")),
        ("/allowed_operations", json!(["teleport"])),
        ("/mrp_tiyn", json!(0)),
        ("/caps/rule", json!("loose")),
        ("/caps/ordinary_gesv_percent", json!("46")),
        ("/caps/ordinary_gesv_percent", json!(46)),
        ("/caps/short/daily_rate_below_percent", json!("0.3")),
        ("/penalty/daily_percent", json!("0.5")),
        ("/products", json!([])),
        ("/products/0/id", json!("Simple")),
        ("/products/0/step_tiyn", json!(5)),
        ("/products/0/months", json!([0])),
        ("/products/0/methods", json!(["balloon"])),
        ("/min_age", json!(17)),
        ("/session/warning_seconds", json!(0)),
        ("/otp/tries", json!(0)),
        ("/portrait/tries", json!(0)),
        ("/payout/authorisation_life_seconds", json!(601)),
        ("/payout/max_amount_tiyn", json!(0)),
        ("/mfo/phones", json!([])),
        ("/mfo/name/kk", json!(" ")),
        ("/mfo/email", json!("nobody")),
        ("/texts/rights/ru", json!([])),
        ("/contract/en", json!([""])),
        ("/otp", json!({"digits": 6})),
        ("/cooling_off", json!({"above_mrp": 75, "hours": 24, "surprise": 1})),
    ] {
        let document = spoilt(pointer, replacement);
        assert!(!fits(PACK_SCHEMA, &document), "schema takes {pointer}");
        let taken = serde_json::from_value::<RulePack>(document).is_ok_and(|pack| pack.validate().is_ok());
        assert!(!taken, "program takes {pointer}");
    }
}

#[test]
fn a_rule_pack_that_contradicts_itself_is_refused() {
    let field = |pointer: &str, replacement| {
        let pack: RulePack = serde_json::from_value(spoilt(pointer, replacement)).unwrap();
        match pack.validate() {
            Err(RulePackError::Bad { field, .. }) => field,
            other => panic!("{pointer}: {other:?}"),
        }
    };
    assert_eq!(field("/expires", json!("2025-12-31T19:00:00.000Z")), "expires");
    assert_eq!(field("/otp/sends_per_day", json!(2)), "otp.sends_per_day");
    assert_eq!(field("/portrait/max_mean_luma", json!(60)), "portrait.max_mean_luma");
    assert_eq!(
        field("/products/0/min_principal_tiyn", json!(2_050_000)),
        "products.simple.min_principal_tiyn"
    );
    assert_eq!(
        field("/products/0/min_principal_tiyn", json!(30_100_000)),
        "products.simple.max_principal_tiyn"
    );
    assert_eq!(
        field("/products/0/max_principal_tiyn", json!(8_650_100_000_u64)),
        "products.simple.max_principal_tiyn"
    );
    assert_eq!(field("/products/0/months", json!([6, 3])), "products.simple.months");
    assert_eq!(field("/products/0/methods", json!(["annuity"])), "products.simple.methods");
    let twice = json!([value(PACK)["products"][0], value(PACK)["products"][0]]);
    assert_eq!(field("/products", twice), "products");
}

#[test]
fn a_contract_text_states_all_that_the_borrower_must_be_told_and_nothing_unknown() {
    let with = |change: fn(&mut RulePack)| {
        let mut pack = pack();
        change(&mut pack);
        pack.validate()
    };
    assert_eq!(
        with(|pack| pack.contract.kk.retain(|text| !text.contains("{gesv}"))),
        Err(RulePackError::MissingPlaceholder { language: "kk", placeholder: "annual_rate" })
    );
    assert_eq!(
        with(|pack| pack.contract.ru.push("{surprise}".into())),
        Err(RulePackError::UnknownPlaceholder("surprise}".into()))
    );
    assert_eq!(
        with(|pack| pack.contract.en.push("{amount".into())),
        Err(RulePackError::UnknownPlaceholder("amount".into()))
    );
}

#[test]
fn contract_paragraphs_are_filled_in_once_and_braces_in_values_mean_nothing() {
    let mut values: BTreeMap<&str, String> =
        PLACEHOLDERS.iter().map(|name| (*name, format!("<{name}>"))).collect();
    for language in Language::ALL {
        for paragraph in pack().contract.get(language) {
            let filled = fill(paragraph, &values).unwrap();
            assert!(!filled.contains(['{', '}']), "{filled}");
        }
    }
    values.insert("borrower_name", "{amount}".into());
    assert_eq!(fill("{borrower_name}, {amount}.", &values).unwrap(), "{amount}, <amount>.");
    values.remove("amount");
    assert_eq!(fill("{amount}", &values), Err(RulePackError::NoValue("amount".into())));
}

#[test]
fn a_rule_pack_is_in_force_from_its_first_moment_until_it_expires() {
    let pack = pack();
    let at = |text: &str| pack.in_force(text.parse().unwrap());
    assert!(!at("2025-12-31T18:59:59.999Z"));
    assert!(at("2025-12-31T19:00:00.000Z"));
    assert!(at("2030-12-31T18:59:59.999Z"));
    assert!(!at("2030-12-31T19:00:00.000Z"));
}

#[test]
fn firmware_older_than_the_pack_wants_is_not_supported() {
    let mut pack = pack();
    pack.minimum_firmware = "0.10.2".into();
    for (version, supported) in [
        ("0.10.2", true),
        ("0.11.0", true),
        ("1.0.0", true),
        ("0.10.1", false),
        ("0.9.9", false),
        ("0.10", false),
        ("", false),
    ] {
        assert_eq!(pack.supports_firmware(version), supported, "{version}");
    }
}

#[test]
fn a_product_offers_steps_within_its_range_only() {
    let pack = pack();
    let product = pack.product("simple").unwrap();
    let offers = |tenge| product.offers_amount(Tiyn::from_tenge(tenge).unwrap());
    assert!(offers(20_000) && offers(21_000) && offers(300_000));
    assert!(!offers(0) && !offers(19_000) && !offers(20_500) && !offers(301_000));
    assert!(product.offers_months(6) && !product.offers_months(4));
    assert!(pack.product("other").is_none());
    assert!(pack.allows(Service::CashLoan));
}

#[test]
fn cooling_off_begins_above_75_mrp_to_the_tiyn() {
    let hours = |tiyn| pack().cooling_off_hours(Tiyn::new(tiyn).unwrap());
    assert_eq!(hours(32_437_500), None);
    assert_eq!(hours(32_437_501), Some(24));
    assert_eq!(hours(30_000_000), None);
}

#[test]
fn every_amount_and_term_of_the_sample_product_keeps_the_limits() {
    let pack = pack();
    let product = pack.product("simple").unwrap();
    for principal in [product.min_principal_tiyn, product.max_principal_tiyn] {
        for (months, method) in
            product.months.iter().flat_map(|months| product.methods.iter().map(move |m| (*months, *m)))
        {
            for issued in [date(2026, 1, 31), date(2026, 2, 1), date(2026, 7, 15), date(2028, 2, 29)] {
                let rate = Rate::Annual(product.annual_rate_percent);
                let terms = Terms::new(principal, rate, Term::Months(months), method, issued);
                assert!(quote(&terms, &pack.caps, pack.mrp_tiyn).unwrap().caps.within);
            }
        }
    }
}

#[test]
fn the_sample_quotation_fits_its_schema_and_is_what_the_program_calculates() {
    assert!(fits(QUOTE_SCHEMA, &value(QUOTE)));
    let sample: Quote = serde_json::from_str(QUOTE).unwrap();
    let pack = pack();
    let rate = Rate::Annual("36".parse().unwrap());
    let principal = Tiyn::from_tenge(300_000).unwrap();
    let terms = Terms::new(principal, rate, Term::Months(12), Method::Annuity, date(2026, 1, 15));
    let calculated = quote(&terms, &pack.caps, pack.mrp_tiyn).unwrap();
    assert_eq!(calculated, sample, "{}", serde_json::to_string_pretty(&calculated).unwrap());
    assert_eq!(serde_json::to_value(&calculated).unwrap(), value(QUOTE));
}

#[test]
fn a_quotation_with_numbers_for_rates_or_unknown_fields_fits_neither_schema_nor_program() {
    for (pointer, replacement) in [
        ("/gesv_exact", json!(42.797557)),
        ("/gesv_exact", json!("42.797557")),
        ("/caps/kind", json!("long")),
        ("/schedule/0/date", json!("15.02.2026")),
        ("/schedule/0/total_tiyn", json!(-1)),
        ("/caps", json!({})),
    ] {
        let mut document = value(QUOTE);
        *document.pointer_mut(pointer).unwrap() = replacement;
        assert!(!fits(QUOTE_SCHEMA, &document), "schema takes {pointer}");
        assert!(serde_json::from_value::<Quote>(document).is_err(), "program takes {pointer}");
    }
}
