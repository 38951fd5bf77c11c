//! What a hostile or broken terminal, or anybody on the line, can send to the real server: each is answered as the design
//! says, and the next good request is served.

mod feed;
mod flood;
mod requests;
mod rows;
mod tls;

use serde_json::Value;

/// A refusal says its code and a reference, and beyond that only what the protocol needs.
fn refused(answer: &(u16, Value), status: u16, code: &str) {
    let (got, body) = answer;
    assert_eq!((*got, body["code"].as_str()), (status, Some(code)), "{body}");
    assert_eq!(body["ref"].as_str().unwrap().len(), 12, "{body}");
    let allowed = ["code", "ref", "expected_seq", "acked_seq", "acked_hash", "rewind"];
    let fields = body.as_object().unwrap();
    assert!(fields.keys().all(|name| allowed.contains(&name.as_str())), "{body}");
}
