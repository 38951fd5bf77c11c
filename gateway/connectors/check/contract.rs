//! A published document: which form an answer has to have.

use serde_json::{Map, Value};

/// A document of `gateway/api`.
pub(super) struct Contract {
    document: Value,
}

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

impl Contract {
    /// Reads a document.
    pub(super) fn read(text: &str) -> Option<Self> {
        let document: Value = serde_json::from_str(text).ok()?;
        document.get("paths").is_some().then_some(Self { document })
    }

    /// The template of a path, as it can be told.
    pub(super) fn template(&self, method: &str, path: &str) -> Option<&str> {
        let path = path.split('?').next().unwrap_or(path);
        let paths = self.document.get("paths")?.as_object()?;
        let offered = paths.iter().filter(|(template, methods)| {
            is_of(template, path) && methods.get(method.to_lowercase()).is_some()
        });
        // An exact path before a template.
        let best = offered.min_by_key(|(template, _)| template.matches('{').count());
        best.map(|(template, _)| template.as_str())
    }

    fn schema(&self, method: &str, template: &str, status: u16) -> Option<&Value> {
        let operation = self.document.get("paths")?.get(template)?.get(method.to_lowercase())?;
        let response = operation.get("responses")?.get(status.to_string())?;
        let response = match response.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#'))?,
            None => response,
        };
        response.get("content")?.as_object()?.values().next()?.get("schema")
    }

    /// What is wrong with an answer; `None`: nothing.
    pub(super) fn judge(&self, method: &str, template: &str, status: u16, answer: &Value) -> Option<String> {
        match self.schema(method, template, status) {
            Some(schema) => self.fits(schema, answer),
            None => Some(format!("status {status} is not published")),
        }
    }

    /// What is wrong with a value of a named form; `None`: nothing.
    pub(super) fn judge_named(&self, name: &str, value: &Value) -> Option<String> {
        let mut schema = Map::new();
        schema.insert("$ref".to_owned(), Value::String(format!("#/components/schemas/{name}")));
        self.fits(&Value::Object(schema), value)
    }

    fn fits(&self, schema: &Value, value: &Value) -> Option<String> {
        let mut whole = schema.as_object()?.clone();
        whole.insert("components".to_owned(), self.document.get("components")?.clone());
        let Ok(validator) = jsonschema::validator_for(&Value::Object(whole)) else {
            return Some("the published form cannot be used".to_owned());
        };
        // Where it differs, and from which rule; never what stands there.
        let error = validator.iter_errors(value).next()?;
        let place = error.instance_path.to_string();
        let place = if place.is_empty() { "the whole answer".to_owned() } else { place };
        Some(format!("{place} does not fit {}", error.schema_path))
    }
}
