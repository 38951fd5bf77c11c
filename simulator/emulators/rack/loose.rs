//! A slot for devices without a line: nothing to open, everything goes over the control interface. The plug belongs to the
//! slot, as it does for devices with a line.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::{Slot, is_empty};
use crate::control::{ControlError, Controlled};
use crate::pty::boottime_ms;

/// A device and its plug.
pub(super) struct Loose<D>(Mutex<Plug<D>>);

struct Plug<D> {
    device: D,
    plugged: bool,
    /// Times that it was plugged in; whoever polls sees a plug that was out in between.
    plugs: u64,
}

impl<D> Loose<D> {
    /// A device that is plugged in.
    pub(super) fn new(device: D) -> Self {
        Self(Mutex::new(Plug { device, plugged: true, plugs: 1 }))
    }

    fn lock(&self) -> MutexGuard<'_, Plug<D>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_plugged(&self, plugged: bool) {
        let mut plug = self.lock();
        if plugged && !plug.plugged {
            plug.plugs = plug.plugs.saturating_add(1);
        }
        plug.plugged = plugged;
    }
}

impl<D: Controlled + Send> Slot for Loose<D> {
    fn state(&self) -> Value {
        let plug = self.lock();
        let mut whole = json!({
            "model": plug.device.model(),
            "path": null,
            "plugged": plug.plugged,
            "plugs": plug.plugs,
        });
        if let (Value::Object(whole), Value::Object(state)) = (&mut whole, plug.device.state()) {
            whole.extend(state);
            if !plug.plugged
                && let Some(Value::Object(faults)) = whole.get_mut("faults")
            {
                faults.insert("unplug".to_owned(), json!({}));
            }
        }
        whole
    }

    fn patch(&self, body: &Value) -> Result<(), ControlError> {
        self.lock().device.patch(body, boottime_ms())
    }

    fn set_fault(&self, name: &str, body: &Value) -> Result<(), ControlError> {
        match name {
            "unplug" | "replug" if is_empty(body) => {
                self.set_plugged(false);
                if name == "replug" {
                    self.set_plugged(true);
                }
                Ok(())
            }
            "unplug" | "replug" => Err(ControlError::Invalid(format!("{name} takes no fields"))),
            _ => self.lock().device.set_fault_json(name, body, boottime_ms()),
        }
    }

    fn clear_fault(&self, name: &str) -> Result<(), ControlError> {
        if name == "unplug" {
            self.set_plugged(true);
            return Ok(());
        }
        self.lock().device.clear_fault_json(name, boottime_ms())
    }
}
