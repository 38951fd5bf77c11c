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
    // Messages about people pass here: the second spelling is wiped.
    let rewritten = zeroize::Zeroizing::new(write(&value)?);
    if *rewritten == bytes { Ok(value) } else { Err(CanonicalError::NotCanonical) }
}

fn write(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    exact_numbers(value)?;
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
}
