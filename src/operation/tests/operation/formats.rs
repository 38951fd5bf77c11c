//! `docs/formats`: schemas, samples and types say the same.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonschema::{Resource, Validator};
use senim_domain::SecretBytes;
use senim_operation::attachment::{LoginRequest, Opener};
use senim_operation::body::Body;
use senim_operation::envelope::Envelope;
use senim_operation::export::{self, ExportResult};
use senim_operation::message::{MessageBody, MessageTrust, open_message};
use senim_operation::trust::Trust;
use senim_operation::{canonical, jws};
use serde_json::{Value, json};

use crate::fixture::{Mfo, address, envelope_of, fixed_pkcs8, messages, terminal};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("docs/formats/{name}: {error}"))
}

fn json_of(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap()
}

fn schema(name: &str) -> Validator {
    let rule_pack = Resource::from_contents(json_of("rule-pack.schema.json")).unwrap();
    jsonschema::options()
        .with_resource("urn:senim:format:rule-pack", rule_pack)
        .build(&json_of(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn holds(schema: &Validator, value: &Value) {
    let errors: Vec<String> =
        schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:?} in {value}");
}

/// Every object in the value, one after another, with a field that nobody knows.
fn with_a_stranger(value: &Value) -> Vec<Value> {
    fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.push(at.to_owned());
                fields.iter().for_each(|(name, value)| objects(value, &format!("{at}/{name}"), found));
            }
            Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(at_item, value)| objects(value, &format!("{at}/{at_item}"), found));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    objects(value, "", &mut found);
    let add = |pointer: String| {
        let mut changed = value.clone();
        changed.pointer_mut(&pointer).unwrap()["stranger"] = json!(1);
        changed
    };
    found.into_iter().map(add).collect()
}

#[test]
fn operation_samples_hold_for_schema_and_types_and_cover_every_kind() {
    let schema = schema("operation.schema.json");
    let mut kinds = std::collections::BTreeSet::new();
    for line in text("operation.sample.jsonl").lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        holds(&schema, &value);
        let envelope = Envelope::from_payload(&canonical::to_vec(&value).unwrap()).unwrap();
        assert!(envelope.body().unwrap().is_some());
        kinds.insert(envelope.kind);
        for changed in with_a_stranger(&value) {
            assert!(!schema.is_valid(&changed), "{changed}");
            let read = Envelope::from_payload(&canonical::to_vec(&changed).unwrap());
            assert!(read.is_err() || read.unwrap().body().is_err(), "{changed}");
        }
    }
    assert_eq!(kinds, Body::KINDS.iter().map(|kind| (*kind).to_owned()).collect());
}

/// Fields that may be `null` and are not in the samples.
const OPTIONAL: [(&str, &str); 14] = [
    ("CabinetRequested", "document"),
    ("RegistrationRequested", "chip"),
    ("LivenessRequested", "cannot"),
    ("PayoutWayChosen", "target"),
    ("QuestionsAnswered", "application"),
    ("RepaymentBegun", "loan"),
    ("RepaymentEnded", "loan"),
    ("RepaymentEnded", "reason"),
    ("NoteFoundLate", "loan"),
    ("NoteEscrowed", "repayment"),
    ("NoteReturned", "repayment"),
    ("NoteInDoubt", "device_error"),
    ("ExchangeCounted", "bag"),
    ("ExchangeCounted", "seal"),
];

#[test]
fn a_field_left_out_of_an_operation_is_noticed_by_schema_and_types() {
    let schema = schema("operation.schema.json");
    for line in text("operation.sample.jsonl").lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        for name in value["public"].as_object().unwrap().keys() {
            let mut changed = value.clone();
            changed["public"].as_object_mut().unwrap().remove(name);
            assert!(!schema.is_valid(&changed), "{name} of {}", value["kind"]);
            // Types read an absent optional field as null; what they write always has it.
            let optional = value["public"][name].is_null()
                || ["authorisation", "request", "charge_percent", "place"].contains(&name.as_str())
                || (name == "loan" && value["kind"].as_str().is_some_and(|kind| kind.contains("Signature")))
                || OPTIONAL.contains(&(value["kind"].as_str().unwrap(), name.as_str()));
            assert!(
                optional || Body::read(value["kind"].as_str().unwrap(), &changed["public"]).is_err(),
                "{name}"
            );
        }
    }
}

#[test]
fn message_samples_hold_for_schema_and_types_and_cover_every_kind() {
    let schema = schema("message.schema.json");
    let mut kinds = Vec::new();
    for line in text("message.sample.jsonl").lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        holds(&schema, &value);
        for changed in with_a_stranger(&value) {
            assert!(!schema.is_valid(&changed), "{changed}");
        }
        kinds.push(value["kind"].as_str().unwrap().to_owned());
    }
    // A kind may have several samples, one after the other.
    kinds.dedup();
    assert_eq!(kinds, MessageBody::KINDS);
    // The samples are what the code writes today.
    let mfo = Mfo::new("sample");
    let here = terminal("almaty-01");
    let trust = MessageTrust::new(mfo.trust.clone());
    let bodies = messages(serde_json::from_str(&text("rule-pack.sample.json")).unwrap());
    for ((body, number), line) in bodies.iter().zip(1..).zip(text("message.sample.jsonl").lines()) {
        let compact = mfo.send(&address(&here, body, number), body);
        open_message(&compact, &trust, &here).unwrap();
        let sample: Value = serde_json::from_str(line).unwrap();
        let today = serde_json::to_value(envelope_of(&compact)).unwrap();
        assert_eq!(today, sample, "write the samples anew: cargo run -p senim-operation --example samples");
    }
}

#[test]
fn the_sample_export_verifies_and_holds_the_sample_operations() {
    let trust = std::sync::Arc::new(Trust::from_pem(&text("export.sample/CA.pem")).unwrap());
    let report = export::verify_export(&path("export.sample"), trust, None).unwrap();
    assert_eq!((report.result, report.unknown_kinds), (ExportResult::Good, 0));
    let rows = text("export.sample/operations.jsonl");
    let payloads =
        rows.lines().map(|row| String::from_utf8(jws::split(row).unwrap().payload).unwrap() + "\n");
    assert_eq!(payloads.collect::<String>(), text("operation.sample.jsonl"));
    let report = serde_json::to_value(&report).unwrap();
    assert_eq!(report, json_of("export-report.sample.json"));
    for (schema_name, value) in [
        ("export-report.schema.json", report),
        ("jwks.schema.json", json_of("export.sample/jwks.json")),
        ("range.schema.json", json_of("export.sample/range.json")),
    ] {
        let schema = schema(schema_name);
        holds(&schema, &value);
        assert!(with_a_stranger(&value).iter().all(|changed| !schema.is_valid(changed)), "{schema_name}");
    }
}

#[test]
fn the_sample_attachment_opens_and_its_header_holds() {
    let sample = json_of("attachment.sample.json");
    let jwe = sample["jwe"].as_str().unwrap();
    let opener = Opener::from_pkcs8(&fixed_pkcs8("sample opener")).unwrap();
    let plain = opener.open(jwe).unwrap();
    let expected = SecretBytes::new(serde_json::to_vec(&sample["plaintext"]).unwrap());
    assert_eq!(plain, expected);
    assert_eq!(LoginRequest::from_plaintext(&plain).unwrap().iin.expose(), "900514300002");
    let header = URL_SAFE_NO_PAD.decode(jwe.split('.').next().unwrap()).unwrap();
    let schema = schema("attachment.schema.json");
    let header = serde_json::from_slice(&header).unwrap();
    holds(&schema, &header);
    assert!(with_a_stranger(&header).iter().all(|changed| !schema.is_valid(changed)));
}

#[test]
fn the_result_of_a_biometric_check_holds_for_schema_and_types_and_knows_every_code() {
    use senim_operation::biometric::{BiometricCheck, BiometricDecision, BiometricResult, BiometricService};
    let (schema, sample) = (schema("biometric-result.schema.json"), json_of("biometric-result.sample.json"));
    holds(&schema, &sample);
    let result: BiometricResult = serde_json::from_value(sample.clone()).unwrap();
    assert_eq!(serde_json::to_value(&result).unwrap(), sample, "the types write what they read");
    for changed in with_a_stranger(&sample) {
        assert!(!schema.is_valid(&changed));
        assert!(serde_json::from_value::<BiometricResult>(changed).is_err());
    }
    let all = json_of("biometric-result.schema.json");
    let codes = |name: &str| all["properties"][name]["enum"].as_array().unwrap().clone();
    let read = |code| serde_json::from_value::<BiometricCheck>(code).unwrap();
    assert_eq!(codes("check").into_iter().map(read).max(), Some(BiometricCheck::Portrait));
    let read = |code| serde_json::from_value::<BiometricDecision>(code).unwrap();
    assert_eq!(codes("decision").into_iter().map(read).max(), Some(BiometricDecision::Failed));
    let read = |code| serde_json::from_value::<BiometricService>(code).unwrap();
    assert_eq!(codes("service").into_iter().map(read).max(), Some(BiometricService::IdentificationCentre));
}

#[test]
fn the_list_of_measures_holds_for_schema_and_types_and_knows_every_code() {
    use senim_operation::performed::{Measure, MeasureOutcome, MeasuresPerformed};
    let (schema, sample) = (schema("measures.schema.json"), json_of("measures.sample.json"));
    holds(&schema, &sample);
    let list: MeasuresPerformed = serde_json::from_value(sample.clone()).unwrap();
    assert_eq!(serde_json::to_value(&list).unwrap(), sample, "the types write what they read");
    for changed in with_a_stranger(&sample) {
        assert!(!schema.is_valid(&changed));
        assert!(serde_json::from_value::<MeasuresPerformed>(changed).is_err());
    }
    let all = json_of("measures.schema.json");
    let codes = |name: &str| all["$defs"]["measure"]["properties"][name]["enum"].as_array().unwrap().clone();
    for code in codes("measure") {
        serde_json::from_value::<Measure>(code.clone()).unwrap_or_else(|_| panic!("{code}"));
    }
    for code in codes("outcome") {
        serde_json::from_value::<MeasureOutcome>(code.clone()).unwrap_or_else(|_| panic!("{code}"));
    }
    assert_eq!(codes("measure").len(), Measure::CoolingOff as usize + 1);
    assert_eq!(codes("outcome").len(), MeasureOutcome::Over as usize + 1);
}
