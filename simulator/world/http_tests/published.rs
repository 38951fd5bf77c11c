//! Holds each answer of the world against the documents that are published for the services.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may")]

use serde_json::{Value, json};

use crate::OPENAPI;

/// Whether a path is one of a template.
fn is_of(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(name), Some(_)) if name.starts_with('{') => {}
            (Some(left), Some(right)) if left == right => {}
            (_, _) => return false,
        }
    }
}

/// The document, its operation; an exact path before a template.
fn operation(method: &str, path: &str) -> Option<(Value, Value)> {
    let path = path.split('?').next().unwrap();
    let mut found = Vec::new();
    for (_, text) in OPENAPI {
        let document: Value = serde_json::from_str(text).unwrap();
        for (template, methods) in document["paths"].as_object().unwrap() {
            let operation = &methods[method.to_lowercase()];
            if is_of(template, path) && operation.is_object() {
                found.push((template.matches('{').count(), document.clone(), operation.clone()));
            }
        }
    }
    found.sort_by_key(|(parameters, ..)| *parameters);
    found.into_iter().next().map(|(_, document, operation)| (document, operation))
}

fn schema<'a>(document: &'a Value, operation: &'a Value, status: u16) -> Option<&'a Value> {
    let response = &operation["responses"][status.to_string()];
    let response = match response["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#'))?,
        None => response,
    };
    response["content"].as_object()?.values().next().map(|content| &content["schema"])
}

/// Fits a value into a schema of a document.
pub fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let mut whole = schema.clone();
    whole["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&whole).unwrap();
    validator.validate(value).map_err(|error| format!("{error} in {value}"))
}

/// Fails a test whose answer is not as published; what is published nowhere is the world's own control.
pub fn judge(method: &str, path: &str, status: u16, answer: &Value) {
    let Some((document, operation)) = operation(method, path) else { return };
    let schema = schema(&document, &operation, status);
    let schema = schema.unwrap_or_else(|| panic!("{method} {path}: {status} is not published: {answer}"));
    if let Err(error) = fits(&document, schema, answer) {
        panic!("{method} {path}: {status}: {error}");
    }
}

/// The answer of КДП: the one element of the Body with its children as properties.
pub fn judge_soap(status: u16, text: &str) -> (String, Value) {
    let parsed = roxmltree::Document::parse(text).unwrap();
    let body = parsed.descendants().find(|node| node.tag_name().name() == "Body").unwrap();
    let element = body.first_element_child().unwrap();
    let name = element.tag_name().name().to_owned();
    let mut fields = serde_json::Map::new();
    for child in element.children().filter(roxmltree::Node::is_element) {
        let key = child.tag_name().name().to_owned();
        if child.first_element_child().is_some() {
            let inner: serde_json::Map<_, _> = child
                .children()
                .filter(roxmltree::Node::is_element)
                .map(|one| (one.tag_name().name().to_owned(), json!(one.text().unwrap_or_default())))
                .collect();
            let list = fields.entry(key).or_insert_with(|| json!([]));
            list.as_array_mut().unwrap().push(Value::Object(inner));
        } else {
            fields.insert(key, json!(child.text().unwrap_or_default()));
        }
    }
    let (_, text) = OPENAPI.iter().find(|(known, _)| *known == "kdp").unwrap();
    let document: Value = serde_json::from_str(text).unwrap();
    let value = Value::Object(fields);
    assert!(name == "Fault" || status == 200, "{status} {name}");
    fits(&document, &json!({ "$ref": format!("#/components/schemas/{name}") }), &value)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    (name, value)
}
