//! Reading `tests/vectors`: one place for every figure of the regulation's Part B.

use jiff::civil::Date;
use senim_domain::Tiyn;
use serde_json::Value;

/// A file of vectors.
pub fn file(name: &str) -> Value {
    let path = format!("{}/../../tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The list under a name, never an empty one: a test over nothing shows nothing.
pub fn list<'a>(document: &'a Value, name: &str) -> &'a [Value] {
    let list = document[name].as_array().unwrap();
    assert!(!list.is_empty(), "{name}");
    list
}

/// The text under a name.
pub fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().unwrap_or_else(|| panic!("{name} in {vector}"))
}

/// The number under a name.
pub fn number<T: TryFrom<u64, Error: std::fmt::Debug>>(vector: &Value, name: &str) -> T {
    vector[name].as_u64().unwrap_or_else(|| panic!("{name} in {vector}")).try_into().unwrap()
}

/// Tenge as a number, or with two decimals as text.
pub fn money(value: &Value) -> Tiyn {
    match value.as_str() {
        None => Tiyn::from_tenge(value.as_u64().unwrap()).unwrap(),
        Some(text) => {
            let (tenge, tiyn) = text.split_once('.').unwrap_or((text, "00"));
            assert_eq!(tiyn.len(), 2, "{text}");
            Tiyn::new(tenge.parse::<u64>().unwrap() * 100 + tiyn.parse::<u64>().unwrap()).unwrap()
        }
    }
}

/// A date.
pub fn date(vector: &Value, name: &str) -> Date {
    text(vector, name).parse().unwrap()
}
