//! A slot for devices without a line: nothing to open, everything goes over the control interface. The plug belongs to the
//! slot, as it does for devices with a line.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Slot, is_empty};
use crate::control::{ControlError, Controlled};
use crate::pty::boottime_ms;

/// A device and its plug, and whoever waits for another state of it.
pub(super) struct Loose<D> {
    plug: Mutex<Plug<D>>,
    changed: Condvar,
}

struct Plug<D> {
    device: D,
    plugged: bool,
    /// Times that it was plugged in; whoever polls sees a plug that was out in between.
    plugs: u64,
    /// Times that something was done to it.
    version: u64,
}

impl<D> Loose<D> {
    /// A device that is plugged in.
    pub(super) fn new(device: D) -> Self {
        let plug = Plug { device, plugged: true, plugs: 1, version: 1 };
        Self { plug: Mutex::new(plug), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Plug<D>> {
        self.plug.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something to it and tells those who wait; what is refused changes nothing.
    fn change(&self, act: impl FnOnce(&mut Plug<D>) -> Result<(), ControlError>) -> Result<(), ControlError> {
        let mut plug = self.lock();
        act(&mut plug)?;
        plug.version = plug.version.saturating_add(1);
        self.changed.notify_all();
        Ok(())
    }

    fn set_plugged(&self, plugged: bool) -> Result<(), ControlError> {
        self.change(|plug| {
            if plugged && !plug.plugged {
                plug.plugs = plug.plugs.saturating_add(1);
            }
            plug.plugged = plugged;
            Ok(())
        })
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
            "version": plug.version,
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

    fn await_change(&self, after: u64, wait: Duration) {
        let same = |plug: &mut Plug<D>| plug.version == after;
        // Whether the time ran out is of no interest: the state is read anew.
        drop(self.changed.wait_timeout_while(self.lock(), wait, same));
    }

    fn patch(&self, body: &Value) -> Result<(), ControlError> {
        self.change(|plug| plug.device.patch(body, boottime_ms()))
    }

    fn set_fault(&self, name: &str, body: &Value) -> Result<(), ControlError> {
        match name {
            "unplug" | "replug" if is_empty(body) => {
                self.set_plugged(false)?;
                if name == "replug" { self.set_plugged(true) } else { Ok(()) }
            }
            "unplug" | "replug" => Err(ControlError::Invalid(format!("{name} takes no fields"))),
            _ => self.change(|plug| plug.device.set_fault_json(name, body, boottime_ms())),
        }
    }

    fn clear_fault(&self, name: &str) -> Result<(), ControlError> {
        if name == "unplug" {
            return self.set_plugged(true);
        }
        self.change(|plug| plug.device.clear_fault_json(name, boottime_ms()))
    }
}
