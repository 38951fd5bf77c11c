//! Canonical JSON: RFC 8785, with only those numbers that every reader keeps exact.
//!
//! Canonicalisers round integers past 2^53 in silence, so they are refused here before and after. Duplicate keys,
//! spaces, other spellings of a number or of a character: all fail the comparison in [`check`].

use serde::Serialize;
use serde_json::Value;

/// Largest magnitude of an integer: 2^53 − 1.
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Why something is not canonical JSON of this system.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// A number that is not an integer in ±(2^53 − 1).
    #[error("the number {0} is not an integer within ±(2^53 − 1); write it as a string or in smaller units")]
    Number(String),
    /// The value cannot be written as JSON.
    #[error("the value cannot be written as JSON: {0}")]
    Write(#[source] serde_json::Error),
    /// The bytes are not JSON.
    #[error("the bytes are not JSON: {0}")]
    Read(#[source] serde_json::Error),
    /// JSON, but not in the one canonical spelling.
    #[error("the JSON is not in canonical form (RFC 8785)")]
    NotCanonical,
}

/// Writes a value canonically.
///
/// # Errors
/// [`CanonicalError::Number`], [`CanonicalError::Write`].
pub fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let value = serde_json::to_value(value).map_err(CanonicalError::Write)?;
    write(&value)
}

/// Reads JSON and demands that it is canonical.
///
/// # Errors
/// [`CanonicalError`].
pub fn check(bytes: &[u8]) -> Result<Value, CanonicalError> {
    let value: Value = serde_json::from_slice(bytes).map_err(CanonicalError::Read)?;
    exact_numbers(&value)?;
    if in_order(&value) && is_written(&value, bytes) {
        return Ok(value);
    }
    // Messages about people pass here: the second spelling is wiped.
    let rewritten = zeroize::Zeroizing::new(write(&value)?);
    if *rewritten == bytes { Ok(value) } else { Err(CanonicalError::NotCanonical) }
}

/// Whether serde_json's own compact form of this value is the canonical one.
pub(crate) fn is_canonical(value: &Value) -> bool {
    exact_numbers(value).is_ok() && in_order(value)
}

/// Whether every object gives its keys in the canonical order: by UTF-16 units.
///
/// Where it does, serde_json's own compact form is the canonical one: the same escapes, and integers in the same digits.
/// Its map orders keys by their bytes, which is another order only where characters beyond U+FFFF meet those after the
/// surrogates; such values, and any that a map in another order holds, are left to the canonicaliser.
fn in_order(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(items) => items.iter().all(in_order),
        Value::Object(fields) => {
            fields.keys().zip(fields.keys().skip(1)).all(|(one, next)| before(one, next))
                && fields.values().all(in_order)
        }
    }
}

fn before(one: &str, next: &str) -> bool {
    if one.is_ascii() && next.is_ascii() { one < next } else { one.encode_utf16().lt(next.encode_utf16()) }
}

/// Whether serde_json writes exactly these bytes. Nothing is written anywhere.
fn is_written(value: &Value, bytes: &[u8]) -> bool {
    let mut rest = Rest(bytes);
    serde_json::to_writer(&mut rest, value).is_ok() && rest.0.is_empty()
}

/// What must still be written; anything else is an error.
struct Rest<'a>(&'a [u8]);

impl std::io::Write for Rest<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.strip_prefix(bytes).ok_or(std::io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn write(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    exact_numbers(value)?;
    // What serde_json already holds in order it also writes canonically, in a fraction of the time.
    if in_order(value) {
        return serde_json::to_vec(value).map_err(CanonicalError::Write);
    }
    by_the_canonicaliser(value)
}

fn by_the_canonicaliser(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    serde_json_canonicalizer::to_vec(value).map_err(CanonicalError::Write)
}

fn exact_numbers(value: &Value) -> Result<(), CanonicalError> {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(number) => {
            let magnitude = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            match magnitude {
                Some(magnitude) if magnitude <= MAX_INTEGER => Ok(()),
                Some(_) | None => Err(CanonicalError::Number(number.to_string())),
            }
        }
        Value::Array(items) => items.iter().try_for_each(exact_numbers),
        Value::Object(fields) => fields.values().try_for_each(exact_numbers),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_sorted_and_nothing_is_spaced() {
        let value = serde_json::json!({"b": [1, -2], "a": {"ы": "ä\n\"", "z": null}});
        assert_eq!(
            to_vec(&value).unwrap(),
            "{\"a\":{\"z\":null,\"ы\":\"ä\\n\\\"\"},\"b\":[1,-2]}".as_bytes()
        );
    }

    #[test]
    fn keys_are_ordered_by_utf16_units_as_the_rfc_demands() {
        // U+1F600 is written with surrogates D83D DE00, which sort before U+FB33.
        let value = serde_json::json!({"\u{fb33}": 1, "\u{1f600}": 2});
        assert_eq!(to_vec(&value).unwrap(), "{\"\u{1f600}\":2,\"\u{fb33}\":1}".as_bytes());
    }

    #[test]
    fn numbers_that_readers_round_are_refused() {
        for bad in ["9007199254740992", "-9007199254740992", "18446744073709551615", "0.5", "1e300"] {
            let value: Value = serde_json::from_str(bad).unwrap();
            assert!(matches!(to_vec(&value), Err(CanonicalError::Number(_))), "{bad}");
        }
        assert_eq!(to_vec(&9_007_199_254_740_991_u64).unwrap(), b"9007199254740991");
        assert_eq!(to_vec(&-9_007_199_254_740_991_i64).unwrap(), b"-9007199254740991");
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for bad in [
            "{\"a\":1,\"a\":1}",
            "{\"b\":1,\"a\":1}",
            "{\"a\": 1}",
            "{\"a\":1.0}",
            "{\"a\":1e0}",
            "{\"a\":-0}",
            "{\"a\":01}",
            "{\"\\u0061\":1}",
            "{\"a\":\"\\/\"}",
            "{\"a\":1}\n",
            "\u{feff}{}",
            "{\"a\":1",
        ] {
            assert!(check(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(check(b"{\"a\":1,\"b\":\"/\"}").is_ok());
    }

    /// The check as the definition has it: written anew by the canonicaliser, compared.
    fn by_definition(bytes: &[u8]) -> bool {
        let value: Option<Value> = serde_json::from_slice(bytes).ok();
        value
            .filter(|value| exact_numbers(value).is_ok())
            .and_then(|value| by_the_canonicaliser(&value).ok())
            .is_some_and(|written| written == bytes)
    }

    /// JSON of every kind, spelled as serde_json does, with keys and texts that sort and escape awkwardly.
    fn json() -> impl Strategy<Value = Value> {
        let text =
            "[a-c\u{0}-\u{1f}\"\\\\/\u{7f}é\u{2028}\u{d7ff}\u{e000}\u{fb33}\u{ffff}\u{1f600}\u{10ffff}]{0,4}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-10_i64..10).prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((text, inner), 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_quick_writing_gives_what_the_canonicaliser_gives(value in json()) {
            match write(&value) {
                Ok(written) => prop_assert_eq!(written, by_the_canonicaliser(&value).unwrap()),
                Err(_) => prop_assert!(exact_numbers(&value).is_err()),
            }
        }

        #[test]
        fn the_quick_check_says_what_the_definition_says(value in json(), at in any::<usize>(), byte in any::<u8>()) {
            let mut texts = vec![serde_json::to_vec(&value).unwrap(), serde_json::to_vec_pretty(&value).unwrap()];
            texts.extend(write(&value));
            for mut text in texts {
                prop_assert_eq!(check(&text).is_ok(), by_definition(&text));
                // And with one byte changed, added and taken away.
                let place = at % text.len();
                text[place] = byte;
                prop_assert_eq!(check(&text).is_ok(), by_definition(&text));
                text.insert(place, byte);
                prop_assert_eq!(check(&text).is_ok(), by_definition(&text));
                text.truncate(place);
                prop_assert_eq!(check(&text).is_ok(), by_definition(&text));
            }
        }
    }
}
