//! `docs/formats`: schemas are schemas, every schema has a sample, samples hold, and nothing unknown slips through.
//!
//! Speaks of the published files alone; that the programs agree with them is tested beside the types.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonschema::{Resource, Validator};
use serde_json::{Value, json};

use crate::root;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

#[test]
fn every_schema_is_valid_draft_2020_12_and_names_itself() {
    for (name, schema) in schemas() {
        assert_eq!(schema["$schema"], DIALECT, "{name}");
        assert_eq!(schema["$id"], format!("urn:senim:format:{name}"), "{name}");
        if let Err(error) = jsonschema::draft202012::meta::validate(&schema) {
            panic!("{name}.schema.json at {}: {error}", error.instance_path);
        }
    }
}

#[test]
fn every_object_that_a_schema_describes_field_by_field_is_closed() {
    let mut open = Vec::new();
    for (name, schema) in schemas() {
        open_objects(&schema, &name, &mut open);
    }
    assert_eq!(open, Vec::<String>::new());
}

#[test]
fn every_schema_has_a_sample_and_every_sample_holds() {
    for (name, validator) in validators() {
        for (number, sample) in samples(&name).iter().enumerate() {
            let errors: Vec<String> = validator
                .iter_errors(sample)
                .map(|error| format!("{}: {error}", error.instance_path))
                .collect();
            assert!(errors.is_empty(), "{name}, sample {number}: {errors:?}");
        }
    }
}

#[test]
fn an_unknown_field_is_refused_wherever_it_stands() {
    for (name, validator) in validators() {
        for (number, sample) in samples(&name).iter().enumerate() {
            for pointer in objects(sample) {
                let mut changed = sample.clone();
                changed.pointer_mut(&pointer).unwrap()["stranger"] = json!(null);
                assert!(!validator.is_valid(&changed), "{name}, sample {number}, at \"{pointer}\"");
            }
        }
    }
}

#[test]
fn every_sample_has_a_schema() {
    let schemas = schemas();
    for path in files() {
        let file = file_name(&path);
        let Some((name, form)) = file.split_once(".sample.") else { continue };
        assert!(schemas.contains_key(name), "{file} has no {name}.schema.json");
        assert!(matches!(form, "json" | "jsonl"), "{file}: nothing here reads .{form}");
    }
}

#[test]
fn an_object_with_fields_and_no_closing_is_found() {
    let schema = json!({"type": "object", "additionalProperties": false, "properties": {
        "inner": {"type": "object", "properties": {"amount_tiyn": {"type": "integer"}}},
        "map": {"type": "object", "additionalProperties": {"type": "integer"}},
    }});
    let mut open = Vec::new();
    open_objects(&schema, "example", &mut open);
    assert_eq!(open, ["example/properties/inner"]);
}

/// Objects with named fields that take others too. Conditions (`if`, `then`) describe no whole object and are left out;
/// maps, which name no fields, too.
fn open_objects(schema: &Value, at: &str, open: &mut Vec<String>) {
    match schema {
        Value::Object(fields) => {
            let whole =
                fields.get("type").is_some_and(|kind| kind == "object") && fields.contains_key("properties");
            let closed =
                ["additionalProperties", "unevaluatedProperties"].iter().any(|key| fields.contains_key(*key));
            if whole && !closed {
                open.push(at.to_owned());
            }
            fields.iter().for_each(|(key, inner)| open_objects(inner, &format!("{at}/{key}"), open));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, inner)| open_objects(inner, &format!("{at}/{n}"), open));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// JSON pointers of all objects in a document.
fn objects(document: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.push(at.to_owned());
                for (key, inner) in fields {
                    walk(inner, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
                }
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(n, inner)| walk(inner, &format!("{at}/{n}"), found));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    walk(document, "", &mut found);
    found
}

fn folder() -> PathBuf {
    root().join("docs/formats")
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn parse(path: &Path, text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Name of the format → its schema.
fn schemas() -> BTreeMap<String, Value> {
    let found: BTreeMap<_, _> = files()
        .iter()
        .filter_map(|path| {
            let name = file_name(path).strip_suffix(".schema.json")?;
            Some((name.to_owned(), parse(path, &read(path))))
        })
        .collect();
    assert!(!found.is_empty(), "no schema in {}", folder().display());
    found
}

/// Schemas may refer to each other by their `$id`.
fn validators() -> BTreeMap<String, Validator> {
    let schemas = schemas();
    let build = |schema: &Value, name: &str| {
        let others = schemas.iter().filter(|(other, _)| *other != name).map(|(_, other)| {
            let id = other["$id"].as_str().unwrap().to_owned();
            (id, Resource::from_contents(other.clone()).unwrap())
        });
        jsonschema::options()
            .with_resources(others)
            .build(schema)
            .unwrap_or_else(|error| panic!("{name}.schema.json: {error}"))
    };
    schemas.iter().map(|(name, schema)| (name.clone(), build(schema, name))).collect()
}

/// `NAME.sample.json`, each line of `NAME.sample.jsonl`, or `export.sample/NAME.json`.
fn samples(name: &str) -> Vec<Value> {
    let one = folder().join(format!("{name}.sample.json"));
    let lines = folder().join(format!("{name}.sample.jsonl"));
    let exported = folder().join("export.sample").join(format!("{name}.json"));
    let found = if lines.is_file() {
        read(&lines).lines().map(|line| parse(&lines, line)).collect()
    } else if one.is_file() {
        vec![parse(&one, &read(&one))]
    } else if exported.is_file() {
        vec![parse(&exported, &read(&exported))]
    } else {
        Vec::new()
    };
    assert!(!found.is_empty(), "{name}.schema.json has no sample");
    found.into_iter().map(described).collect()
}

/// What the schema describes: of a sealed attachment, shown as `{jwe, …}`, the protected header; else the sample itself.
fn described(sample: Value) -> Value {
    let Some(jwe) = sample.get("jwe").and_then(Value::as_str) else { return sample };
    let header = URL_SAFE_NO_PAD.decode(jwe.split('.').next().unwrap()).unwrap();
    serde_json::from_slice(&header).unwrap()
}
