//! The printer on the control interface: its state as JSON and the settings that may be changed.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{EscPos, Fault};
use crate::control::{ControlError, Controlled, parse};
use crate::faults::FaultSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    power: Option<bool>,
    row_us: Option<u64>,
}

impl Controlled for EscPos {
    fn model(&self) -> &'static str {
        "printer escpos"
    }

    fn state(&self) -> Value {
        json!({
            "power": self.powered,
            "busy": !self.waiting.is_empty(),
            "offline": self.offline(),
            "paper_out": self.paper_out(),
            "receipts": self.receipts(),
            "last_receipt": self.last_receipt(),
            "rows_printed": self.paper.inked_rows(),
            "rows_since_cut": self.rows_since_cut(),
            "buffered_commands": self.waiting.len(),
            "text_bytes": self.text_bytes,
            "lost_commands": self.lost_commands,
            "options": self.options,
            "faults": self.faults.to_json(),
        })
    }

    fn patch(&mut self, body: &Value, now_ms: u64) -> Result<(), ControlError> {
        let patch: Patch = parse(body)?;
        self.options.row_us = patch.row_us.unwrap_or(self.options.row_us);
        if let Some(on) = patch.power {
            self.set_power(on, now_ms);
        }
        Ok(())
    }

    fn set_fault_json(&mut self, name: &str, body: &Value, now_ms: u64) -> Result<(), ControlError> {
        let (fault, spec) = FaultSet::<Fault>::parse(name, body)?;
        if spec.times.is_some_and(|times| times > 0) {
            return Err(ControlError::Invalid(
                "a printer's faults are conditions: they last until deleted and take no times".to_owned(),
            ));
        }
        self.set_fault(fault, spec, now_ms);
        Ok(())
    }

    fn clear_fault_json(&mut self, name: &str, now_ms: u64) -> Result<(), ControlError> {
        self.clear_fault(FaultSet::<Fault>::kind(name)?, now_ms);
        Ok(())
    }
}
