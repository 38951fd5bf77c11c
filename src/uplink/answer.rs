//! Reads answers: never more than allowed, in buffers that are wiped, without their content in any error.

use std::io::Read;

use senim_sync::wire::Failure;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// The first buffer; most answers fit.
const FIRST_BUFFER: usize = 16 << 10;

/// Reads a body to its end.
///
/// # Errors
/// [`Failure::Unreadable`] when it is longer than `limit` bytes, else as the connection fails.
pub(crate) fn read_body(mut body: impl Read, limit: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut buffer = Zeroizing::new(vec![0; FIRST_BUFFER.min(limit.saturating_add(1))]);
    let mut filled = 0;
    loop {
        if filled == buffer.len() {
            // Growing by hand: a vector that grows by itself leaves its old block unwiped.
            let mut larger = Zeroizing::new(vec![0; (buffer.len() * 2).min(limit.saturating_add(1))]);
            if let Some(begin) = larger.get_mut(..filled) {
                begin.copy_from_slice(&buffer);
            }
            buffer = larger;
        }
        let room = buffer.get_mut(filled..).unwrap_or_default();
        match body.read(room) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(crate::failure::of_io(&error)),
        }
        if filled > limit {
            return Err(Failure::Unreadable(format!("it is longer than {limit} bytes")));
        }
    }
    buffer.truncate(filled);
    Ok(buffer)
}

/// Reads JSON. Texts become the heap blocks of their own fields and are copied nowhere else.
///
/// # Errors
/// [`Failure::Unreadable`] with the place, without the content.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => "it lacks fields or has other types",
            serde_json::error::Category::Eof => "it ends too early",
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => "it is not JSON",
        };
        Failure::Unreadable(format!("{what}, line {} column {}", error.line(), error.column()))
    })
}

/// Reads plain ASCII, such as a compact JWS.
///
/// # Errors
/// [`Failure::Unreadable`].
pub(crate) fn ascii(body: &[u8]) -> Result<String, Failure> {
    match std::str::from_utf8(body) {
        Ok(text) if text.is_ascii() => Ok(text.trim_end().to_owned()),
        Ok(_) | Err(_) => Err(Failure::Unreadable("it is not plain text".into())),
    }
}

#[cfg(test)]
mod tests {
    use senim_sync::wire::Acknowledgement;

    use super::*;

    #[test]
    fn a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_refused() {
        for limit in [0, 1, FIRST_BUFFER - 1, FIRST_BUFFER, FIRST_BUFFER + 1, FIRST_BUFFER * 5] {
            let bytes: Vec<u8> = (0..=limit).map(|at| u8::try_from(at % 251).unwrap()).collect();
            assert_eq!(*read_body(&bytes[..limit], limit).unwrap(), bytes[..limit], "{limit}");
            assert!(matches!(read_body(bytes.as_slice(), limit), Err(Failure::Unreadable(_))), "{limit}");
        }
    }

    #[test]
    fn an_error_about_an_answer_quotes_nothing_of_it() {
        for body in [
            r#"{"acked_seq":"900514300002"}"#,
            r#"{"replies":[900514300002]}"#,
            "{900514300002",
            "900514300002",
        ] {
            let failure = json::<Acknowledgement>(body.as_bytes()).unwrap_err();
            assert!(!failure.to_string().contains("9005"), "{failure}");
        }
    }
}
