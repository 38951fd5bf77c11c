//! Schemas and samples of the formats that this crate owns, held against its types.

use senim_gateway_core::directives::Order;
use senim_gateway_core::time_statement::TimeStatement;
use serde_json::{Value, json};

fn fits(schema: &str, document: &Value) -> bool {
    jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap().is_valid(document)
}

#[test]
fn the_signed_times_sample_fits_type_and_schema() {
    let schema = include_str!("../../../docs/formats/time.schema.json");
    let sample = include_str!("../../../docs/formats/time.sample.json");
    let statement: TimeStatement = serde_json::from_str(sample).unwrap();
    assert_eq!(senim_operation::canonical::to_vec(&statement).unwrap(), sample.as_bytes());
    let mut document: Value = serde_json::from_str(sample).unwrap();
    assert!(fits(schema, &document));
    document["zone"] = json!("Asia/Almaty");
    assert!(!fits(schema, &document));
    assert!(serde_json::from_value::<TimeStatement>(document).is_err());
}

#[test]
fn the_cash_orders_sample_fits_type_and_schema() {
    let schema = include_str!("../../../docs/formats/cash-order.schema.json");
    let mut document: Value =
        serde_json::from_str(include_str!("../../../docs/formats/cash-order.sample.json")).unwrap();
    let order: Order = serde_json::from_value(document.clone()).unwrap();
    assert!(fits(schema, &document));
    assert_eq!(serde_json::to_value(order).unwrap(), document);
    document["add"][0]["currency"] = json!("KZT");
    assert!(!fits(schema, &document));
    assert!(serde_json::from_value::<Order>(document).is_err());
}

#[test]
fn the_telemetry_sample_fits_type_and_schema() {
    use senim_operation::telemetry::{Telemetry, read_lines};
    let schema = include_str!("../../../docs/formats/telemetry.schema.json");
    let sample = include_str!("../../../docs/formats/telemetry.sample.jsonl");
    let read = read_lines(sample).unwrap();
    for (line, telemetry) in sample.lines().zip(read) {
        let mut document: Value = serde_json::from_str(line).unwrap();
        assert!(fits(schema, &document), "{line}");
        assert_eq!(telemetry.to_line().unwrap(), line);
        document["place"] = json!("Алматы");
        assert!(!fits(schema, &document));
        assert!(serde_json::from_value::<Telemetry>(document).is_err());
    }
}
