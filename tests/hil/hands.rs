//! Whoever causes things: the emulators' control, or a person at the real device who is asked in words. Words go to
//! stderr past the test runner, which would keep them until a test has failed.

use std::io::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

/// The control answers at once; a slow one is stuck.
const PATIENCE: Duration = Duration::from_secs(20);

/// Says something to whoever is there.
pub fn say(words: &str) {
    // Nobody may be listening.
    let _lost = writeln!(std::io::stderr(), "hil: {words}");
}

/// Whoever causes things.
pub enum Hands {
    /// The emulators' control over HTTP.
    Control(Control),
    /// Somebody at the device.
    Person,
}

/// The emulators' control.
pub struct Control {
    base: String,
    agent: ureq::Agent,
}

impl Control {
    /// At `http://host:port`.
    pub fn at(base: &str) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            agent: ureq::AgentBuilder::new().timeout(PATIENCE).build(),
        }
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let request = self.agent.request(method, &format!("{}/devices/{path}", self.base));
        let answer = match body {
            Some(body) => request.send_json(body),
            None => request.call(),
        };
        match answer {
            Ok(response) => response.into_json().unwrap(),
            Err(ureq::Error::Status(code, response)) => {
                panic!("{method} {path}: {code} {}", response.into_string().unwrap_or_default())
            }
            Err(error) => panic!("{method} {path}: {error}"),
        }
    }

    /// The device's whole state.
    pub fn state(&self, device: &str) -> Value {
        self.call("GET", device, None)
    }

    /// A number of the device's state, by its JSON pointer.
    pub fn number(&self, device: &str, pointer: &str) -> u64 {
        let state = self.state(device);
        state.pointer(pointer).and_then(Value::as_u64).unwrap_or_else(|| panic!("{device}{pointer}: {state}"))
    }

    /// Sets what the device has or does.
    pub fn set(&self, device: &str, body: &Value) {
        self.call("PATCH", device, Some(body));
    }

    /// Sets a fault.
    pub fn fault(&self, device: &str, fault: &str, body: &Value) {
        self.call("PUT", &format!("{device}/faults/{fault}"), Some(body));
    }

    /// Removes a fault.
    pub fn cure(&self, device: &str, fault: &str) {
        self.call("DELETE", &format!("{device}/faults/{fault}"), None);
    }

    /// Pulls the plug.
    pub fn unplug(&self, device: &str) {
        self.fault(device, "unplug", &json!({}));
    }

    /// Puts it back.
    pub fn replug(&self, device: &str) {
        self.cure(device, "unplug");
    }
}
