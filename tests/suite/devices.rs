//! Every device of the terminal on the real programs: unplugged and put back, on the wrong port, without mains, at the
//! open cabinet, and as a technician's commands see it.
//!
//! What goes wrong in a payout itself is in `bad_input`; here are the plugs.

mod battery;
mod cabinet;
mod check;
mod dispensers;
mod money;
mod plugs;
mod swapped;
mod to_reject;

use senim_simulator::clients::Status;

use crate::stand::Stand;

/// A device that was put back serves within this long, by the terminal's own clock.
const BACK_MS: u64 = 10_000;

/// How a device is by the terminal's own word.
fn state_of<'a>(status: &'a Status, device: &str) -> &'a str {
    match device {
        "dispenser" => &status.dispenser,
        "printer" => &status.printer,
        other => status.peripherals.get(other).map_or("", String::as_str),
    }
}

/// Waits until the terminal misses the device, and reads in the journal why and what to do about it.
fn missed(stand: &mut Stand, device: &str, action: &str) {
    stand.status(&format!("{device} to be missed"), |status| state_of(status, device).starts_with("Failed"));
    stand.failed_row(device, &[action]);
}

/// Waits until the terminal uses the device again; the journal tells that it was gone, and that it took no longer than
/// allowed.
fn back(stand: &mut Stand, device: &str, put_back_at_ms: u64) {
    stand.status(&format!("{device} to be back"), |status| state_of(status, device) == "Usable");
    let rows = stand.told_of(device);
    let [.., (_, false, cause), (at_ms, true, _)] = rows.as_slice() else { panic!("{device}: {rows:?}") };
    let took_ms = at_ms.saturating_sub(put_back_at_ms);
    assert!(!cause.is_empty() && took_ms <= BACK_MS, "{device} was back after {took_ms} ms: {rows:?}");
}
