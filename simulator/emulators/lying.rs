//! What lies in a dispenser, as whoever opens it sees it: read from its state on the control interface.

use serde_json::Value;

/// Notes in a cassette, from 1.
#[must_use]
pub fn in_cassette(dispenser: &Value, unit: u8) -> u64 {
    let here = cassettes(dispenser).filter(|cassette| number(cassette, "unit") == u64::from(unit));
    here.map(|cassette| number(cassette, "notes")).sum()
}

/// Notes of this value in the reject tray, tenge.
#[must_use]
pub fn in_reject_tray(dispenser: &Value, tenge: u32) -> u64 {
    let rejected = dispenser.get("rejected").and_then(|rejected| rejected.get(tenge.to_string()));
    rejected.and_then(Value::as_u64).unwrap_or_default()
}

/// Notes of this value that lie in the transport path or the exit, tenge.
#[must_use]
pub fn on_path(dispenser: &Value, tenge: u32) -> u64 {
    let of_value =
        cassettes(dispenser).filter(|cassette| number(cassette, "denomination") == u64::from(tenge));
    of_value.map(|cassette| number(cassette, "on_path")).sum()
}

fn cassettes(dispenser: &Value) -> impl Iterator<Item = &Value> {
    dispenser.get("cassettes").and_then(Value::as_array).into_iter().flatten()
}

fn number(of: &Value, field: &str) -> u64 {
    of.get(field).and_then(Value::as_u64).unwrap_or_default()
}
