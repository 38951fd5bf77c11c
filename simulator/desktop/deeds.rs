//! What a person can do with a click to the devices beside dispenser and printer, over the rack's control interface, and how
//! these devices are in a few words.

use serde_json::{Value, json};

use crate::clients::DevicesClient;
use crate::error::Trouble;
use crate::recording;

/// One click.
pub(super) struct Deed {
    /// As the list shows it.
    pub(super) label: &'static str,
    device: &'static str,
    what: What,
}

enum What {
    Patch(fn() -> Value),
    Fault(&'static str),
    Cure(&'static str),
}

const fn patch(label: &'static str, device: &'static str, body: fn() -> Value) -> Deed {
    Deed { label, device, what: What::Patch(body) }
}

const fn fault(label: &'static str, device: &'static str, name: &'static str) -> Deed {
    Deed { label, device, what: What::Fault(name) }
}

const fn cure(label: &'static str, device: &'static str, name: &'static str) -> Deed {
    Deed { label, device, what: What::Cure(name) }
}

/// Every deed, in the order of the list.
pub(super) const DEEDS: &[Deed] = &[
    patch("Mains off: the battery takes over", "supply", || json!({ "source": "battery" })),
    patch("The battery is nearly empty", "supply", || json!({ "source": "battery", "low": true })),
    patch("Mains on", "supply", || json!({ "source": "mains", "low": false })),
    patch("Open the service door", "cabinet", || json!({ "cabinet_door": true })),
    patch("Open the safe", "cabinet", || json!({ "safe_door": true })),
    patch("Close both doors", "cabinet", || json!({ "cabinet_door": false, "safe_door": false })),
    patch("Tilt the cabinet", "cabinet", || json!({ "tilt": true })),
    patch("Set the cabinet upright", "cabinet", || json!({ "tilt": false })),
    patch("Operator switch on", "cabinet", || json!({ "operator_switch": true })),
    patch("Operator switch off", "cabinet", || json!({ "operator_switch": false })),
    patch("Put a token into the card reader", "card", || json!({ "card": "piv-p256" })),
    patch("Put a blocked token into the card reader", "card", || json!({ "card": "piv-blocked" })),
    patch("Take the card out", "card", || json!({ "card": null })),
    patch("Lay an identity card on the reader", "nfc", || json!({ "card": "id-card" })),
    patch("Lay a passport on the reader", "nfc", || json!({ "card": "passport" })),
    patch("Lay a forged passport on the reader", "nfc", || json!({ "card": "passport-tampered" })),
    patch("Take the document away", "nfc", || json!({ "card": null })),
    patch("Put a note of 5,000 into the acceptor", "acceptor", || json!({ "insert": 5_000 })),
    patch("Take the acceptor's cassette out", "acceptor", || json!({ "cassette": false })),
    patch("Seat the acceptor's cassette", "acceptor", || json!({ "cassette": true })),
    patch("Put a headphone in", "keypad", || json!({ "headphones": true })),
    patch("Take the headphone out", "keypad", || json!({ "headphones": false })),
    patch("Press Enter on the keypad", "keypad", || json!({ "press": "KEY_ENTER" })),
    patch("The location receiver loses its fix", "location", || json!({ "fix": false })),
    patch("The location receiver has a fix", "location", || json!({ "fix": true })),
    fault("Unplug the acceptor", "acceptor", "unplug"),
    cure("Plug the acceptor in", "acceptor", "unplug"),
    fault("Unplug the card reader", "card", "unplug"),
    cure("Plug the card reader in", "card", "unplug"),
    fault("Unplug the contactless reader", "nfc", "unplug"),
    cure("Plug the contactless reader in", "nfc", "unplug"),
    fault("Unplug the printer", "printer", "unplug"),
    cure("Plug the printer in", "printer", "unplug"),
];

impl Deed {
    /// As a recording tells it.
    pub(super) fn recorded(&self) -> recording::Deed {
        let device = self.device.to_owned();
        match self.what {
            What::Patch(body) => recording::Deed::Device { device, change: body() },
            What::Fault(name) => {
                recording::Deed::Fault { device, fault: name.to_owned(), parameters: json!({}) }
            }
            What::Cure(name) => recording::Deed::Mend { device, fault: name.to_owned() },
        }
    }

    /// Does it and says so.
    pub(super) fn perform(&self, devices: &DevicesClient) -> Result<String, Trouble> {
        match self.what {
            What::Patch(body) => devices.patch(self.device, &body()).map(drop)?,
            What::Fault(name) => devices.set_fault(self.device, name, &json!({}))?,
            What::Cure(name) => devices.clear_fault(self.device, name)?,
        }
        Ok(self.label.to_owned())
    }
}

/// The devices in one line: only what is out of the ordinary, and cards.
pub(super) fn summary(devices: &DevicesClient) -> Result<String, Trouble> {
    let mut words = Vec::new();
    let state = |name| devices.state(name);
    for name in ["acceptor", "card", "nfc", "location", "supply"] {
        if state(name)?.get("plugged") == Some(&Value::Bool(false)) {
            words.push(format!("{name} unplugged"));
        }
    }
    for name in ["card", "nfc"] {
        if let Some(card) = state(name)?.get("card").and_then(Value::as_str) {
            words.push(format!("{card} on {name}"));
        }
    }
    if state("supply")?.pointer("/supply/source").and_then(Value::as_str) == Some("battery") {
        words.push("on battery".to_owned());
    }
    let cabinet = state("cabinet")?;
    let inputs = cabinet.get("inputs").and_then(Value::as_object).cloned().unwrap_or_default();
    words.extend(
        inputs
            .iter()
            .filter(|(_, active)| **active == Value::Bool(true))
            .map(|(name, _)| name.replace('_', " ")),
    );
    if state("acceptor")?.pointer("/cassette/seated") == Some(&Value::Bool(false)) {
        words.push("acceptor without cassette".to_owned());
    }
    if state("location")?.pointer("/sky/fix") == Some(&Value::Bool(false)) {
        words.push("no fix".to_owned());
    }
    Ok(if words.is_empty() { "as they should be".to_owned() } else { words.join(", ") })
}

#[cfg(test)]
mod tests {
    use senim_emulators::rack::{Options, Rack};

    use super::*;

    #[test]
    fn every_deed_is_one_that_the_rack_takes_and_the_summary_tells_what_is_out_of_order() {
        let place = tempfile::tempdir().unwrap();
        let rack = Rack::start(place.path(), Options::default()).unwrap();
        let devices = DevicesClient::at(&rack.serve("127.0.0.1:0").unwrap().to_string());
        assert_eq!(summary(&devices).unwrap(), "as they should be");
        // An acceptor that nobody enabled draws nothing in, and says so.
        for deed in DEEDS.iter().filter(|deed| !deed.label.starts_with("Put a note")) {
            assert_eq!(deed.perform(&devices).unwrap(), deed.label);
        }
        devices.patch("supply", &json!({ "source": "battery" })).unwrap();
        devices.patch("card", &json!({ "card": "piv-rsa" })).unwrap();
        let told = summary(&devices).unwrap();
        assert!(told.contains("on battery") && told.contains("piv-rsa on card"), "{told}");
    }
}
