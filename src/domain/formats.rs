//! Tests of the published formats against the types: schema, sample and program agree.

use std::collections::BTreeMap;

use jiff::civil::date;
use serde_json::{Value, json};

use crate::contract_text::{PLACEHOLDERS, fill};
use crate::loan::{Method, Rate, Term, Terms};
use crate::quote::{Limits, Quote, quote};
use crate::rule_pack::{ConsentKind, PayoutMethod, Purpose, RulePack, RulePackError, Service, TextId};
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
        ("/mrp/0/mrp_tiyn", json!(0)),
        ("/mrp", json!([])),
        ("/notified", json!("01.12.2025")),
        ("/calendar/holidays/0", json!("30.02.2026")),
        ("/caps/max_unsecured_consumer_months", json!(0)),
        ("/debt_burden/limit_hundredths", json!(0)),
        ("/allocation", json!(["penalty"])),
        ("/deadlines/notice", json!(0)),
        ("/mobile_codes", json!(["800"])),
        ("/login/pin/min_digits", json!(3)),
        ("/login/lock_minutes", json!(0)),
        ("/liveness/tries", json!(4)),
        ("/liveness/min_commands", json!(2)),
        ("/liveness/movements", json!(["turnLeft", "nod"])),
        ("/liveness/amplitudes/smile_percent", json!(0)),
        ("/payout/methods", json!(["cheque"])),
        ("/repayment/accepted", json!([])),
        ("/repayment/accepted/0/denomination", json!(0)),
        ("/access/methods", json!(["logging"])),
        ("/access/code_tries", json!(0)),
        ("/consents", json!([])),
        ("/consents/0/storage_years", json!(4)),
        ("/aml/0/answers", json!([])),
        ("/aml/0/id", json!("Own behalf")),
        ("/texts/scam_question/kk", json!([" "])),
        ("/products/0/rate", json!({"annual_percent": "36"})),
        ("/products/0/rate", json!({"annual_percent": "36.000", "daily_percent": "0.10000"})),
        ("/products/0/time_base", json!("30/365")),
        ("/products/0/due_dates", json!("previous_business_day")),
        ("/products/0/client_types", json!([])),
        ("/products/1/terms", json!({"days": [3661]})),
        ("/products/1/terms", json!({"weeks": [2]})),
        ("/caps/rule", json!("loose")),
        ("/caps/ordinary_gesv_percent", json!("46")),
        ("/caps/ordinary_gesv_percent", json!(46)),
        ("/caps/short/daily_rate_below_percent", json!("0.3")),
        ("/penalty/daily_percent", json!("0.5")),
        ("/products", json!([])),
        ("/products/0/id", json!("Simple")),
        ("/products/0/step_tiyn", json!(5)),
        ("/products/0/terms", json!({"months": [0]})),
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
        (
            "/cooling_off",
            json!({"at_terminals": true, "above_mrp": 75, "hours": 24, "goods_too": false, "surprise": 1}),
        ),
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
    assert_eq!(field("/portrait/least/alone", json!(50)), "portrait.least.alone");
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
    assert_eq!(field("/products/0/terms", json!({"months": [6, 3]})), "products.simple.terms");
    assert_eq!(field("/products/0/methods", json!(["annuity"])), "products.simple.methods");
    assert_eq!(
        field("/products/0/methods", json!(["annuity", "differentiated", "own"])),
        "products.simple.own_method"
    );
    assert_eq!(field("/products/1/methods", json!(["annuity"])), "products.short.methods");
    assert_eq!(field("/products/2/terms", json!({"months": [6, 61]})), "products.large.terms");
    assert_eq!(field("/products/2/terms", json!({"months": [6, 12]})), "products.large.own_method.tables");
    assert_eq!(
        field("/products/2/own_method/tables/0/weights", json!([1, 1])),
        "products.large.own_method.tables"
    );
    assert_eq!(
        field("/products/2/own_method/tables/0/weights", json!([1, 1, 1, 1, 1, 0])),
        "products.large.own_method.tables"
    );
    assert_eq!(field("/products/4/client_types", json!(["individual"])), "products.business.client_types");
    assert_eq!(field("/products/0/client_types", json!(["legal_entity"])), "products.simple.client_types");
    assert_eq!(field("/mrp", json!([{"year": 2027, "mrp_tiyn": 1}])), "mrp");
    assert_eq!(field("/mrp", json!([{"year": 2026, "mrp_tiyn": 1}, {"year": 2026, "mrp_tiyn": 2}])), "mrp");
    assert_eq!(field("/notified", json!("2025-12-19")), "notified");
    assert_eq!(field("/calendar/working_weekends", json!(["2026-03-24"])), "calendar");
    assert_eq!(
        field("/debt_burden/reduced_limit_hundredths", json!(51)),
        "debt_burden.reduced_limit_hundredths"
    );
    assert_eq!(
        field("/repayment/offline_max_amount_tiyn", json!(100_000_001)),
        "repayment.offline_max_amount_tiyn"
    );
    assert_eq!(field("/repayment/accepted/1/denomination", json!(500)), "repayment.accepted");
    assert_eq!(field("/access/code_min_length", json!(11)), "access.code_max_length");
    assert_eq!(field("/login/pin/max_digits", json!(5)), "login.pin.max_digits");
    assert_eq!(field("/consents/1/kind", json!("state_data")), "consents");
    assert_eq!(field("/consents/1/id", json!("state-data")), "consents");
    assert_eq!(field("/aml/1/id", json!("own-behalf")), "aml");
    assert_eq!(field("/aml/0/answers/1/id", json!("yes")), "aml.own-behalf.answers");
    let neither = json!({"shorter_term": false, "lower_instalment": false, "min_part_tiyn": 1});
    assert_eq!(field("/early_repayment", neither), "early_repayment");
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
    assert!(product.offers_term(Term::Months(6)) && !product.offers_term(Term::Months(4)));
    assert!(!product.offers_term(Term::Days(6)));
    assert!(pack.product("other").is_none());
    assert!(pack.allows(Service::CashLoan));
}

#[test]
fn a_loan_rests_only_where_the_pack_says_that_such_loans_rest() {
    let mut pack = pack();
    let amount = Tiyn::new(32_437_501).unwrap();
    let hours =
        |pack: &RulePack, id: &str, payout| pack.cooling_off_hours(amount, date(2026, 6, 1), id, payout);
    assert_eq!(hours(&pack, "large", PayoutMethod::Cash), Some(24));
    assert_eq!(hours(&pack, "large", PayoutMethod::Account), Some(24));
    assert_eq!(hours(&pack, "goods", PayoutMethod::Merchant), None);
    assert_eq!(hours(&pack, "no-longer-there", PayoutMethod::Cash), Some(24));
    assert_eq!(hours(&pack, "business", PayoutMethod::Cash), None);
    pack.cooling_off.goods_too = true;
    assert_eq!(hours(&pack, "goods", PayoutMethod::Merchant), Some(24));
    pack.cooling_off.at_terminals = false;
    assert_eq!(hours(&pack, "large", PayoutMethod::Cash), None);
}

#[test]
fn a_product_is_paid_out_only_in_ways_that_are_notified_and_worked_with() {
    let mut pack = pack();
    let ways = |pack: &RulePack| pack.payout_methods(pack.product("simple").unwrap());
    use PayoutMethod::{Account, Card, Cash, CashDesk};
    assert_eq!(ways(&pack), [Cash, CashDesk, Account, Card].into());
    pack.allowed_operations.remove(&Service::TransferLoan);
    assert_eq!(ways(&pack), [Cash, CashDesk].into());
    pack.payout.methods.remove(&CashDesk);
    assert_eq!(ways(&pack), [Cash].into());
}

#[test]
fn the_mrp_of_an_unknown_year_is_the_last_one_known() {
    let pack = pack();
    let of = |year| pack.mrp_on(date(year, 7, 1)).tiyn();
    assert_eq!([of(2023), of(2024), of(2025), of(2026), of(2030)], [0, 369_200, 393_200, 432_500, 432_500]);
}

#[test]
fn every_amount_and_term_of_every_sample_product_keeps_the_limits() {
    let pack = pack();
    for product in &pack.products {
        for principal in [product.min_principal_tiyn, product.max_principal_tiyn] {
            for term in product.terms.all() {
                for method in &product.methods {
                    for issued in [date(2026, 1, 31), date(2026, 2, 1), date(2026, 7, 15), date(2028, 2, 29)]
                    {
                        let terms = product.terms(&pack.calendar, principal, term, *method, issued);
                        let quoted = quote(&terms, &pack.limits(product, issued)).unwrap();
                        assert!(quoted.caps.within, "{} {term:?} {method:?} {issued}", product.id);
                    }
                }
            }
        }
    }
}

#[test]
fn the_law_of_five_years_binds_unsecured_consumer_loans_alone() {
    let pack = pack();
    let terms = Terms::new(
        Tiyn::from_tenge(100_000).unwrap(),
        Rate::Annual("20".parse().unwrap()),
        Term::Months(61),
        Method::Annuity,
        date(2026, 1, 15),
    );
    let consumer = Limits::consumer(&pack.caps, pack.mrp_on(terms.issued));
    let within = |limits: &Limits<'_>, months| {
        let verdict = quote(&Terms { term: Term::Months(months), ..terms }, limits).unwrap().caps;
        assert_eq!(verdict.within, verdict.term_within);
        verdict.term_within
    };
    assert!(within(&consumer, 60) && !within(&consumer, 61));
    assert!(within(&Limits { secured: true, ..consumer }, 61));
    assert!(within(&Limits { purpose: Purpose::Business, ..consumer }, 61));
    let days = |days| Term::Days(days).is_longer_than(60);
    assert!(!days(1826) && days(1827));
}

#[test]
fn every_text_and_consent_can_be_asked_for_by_name() {
    let pack = pack();
    for text in TextId::ALL {
        assert_eq!(serde_json::to_value(text).unwrap(), json!(text.as_str()));
        let document = pack.texts.document(text, Language::Kk);
        assert_eq!(document.split("\n\n").count(), pack.texts.get(text).kk.len());
    }
    for kind in ConsentKind::ALL {
        assert_eq!(pack.consent(kind).unwrap().kind, kind);
    }
}

#[test]
fn a_notice_has_to_be_ten_business_days_old() {
    assert_eq!(pack().earliest_after_notice(date(2026, 3, 16)), Some(date(2026, 4, 2)));
}

#[test]
fn the_sample_quotation_fits_its_schema_and_is_what_the_program_calculates() {
    assert!(fits(QUOTE_SCHEMA, &value(QUOTE)));
    let sample: Quote = serde_json::from_str(QUOTE).unwrap();
    let pack = pack();
    let rate = Rate::Annual("36".parse().unwrap());
    let principal = Tiyn::from_tenge(300_000).unwrap();
    let terms = Terms::new(principal, rate, Term::Months(12), Method::Annuity, date(2026, 1, 15));
    let calculated = quote(&terms, &Limits::consumer(&pack.caps, pack.mrp_on(terms.issued))).unwrap();
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
