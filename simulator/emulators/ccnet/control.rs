//! The acceptor on the control interface: its state as JSON, the settings that may be changed, and a person's hands at the
//! mouth and inside.

use serde::Deserialize;
use serde_json::{Value, json};

use super::table::{Bill, TYPES};
use super::{Ccnet, Fault, mechanics};
use crate::control::{ControlError, Controlled, parse};
use crate::faults::FaultSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    power: Option<bool>,
    /// Face value of a note put to the mouth.
    insert: Option<u32>,
    /// 1Ch code that this note is refused with.
    refuse: Option<u8>,
    /// The cassette is seated.
    cassette: Option<bool>,
    /// Empties the cassette, which is out or taken out by the same request.
    #[serde(default)]
    collect: bool,
    /// Takes the note out of the path.
    #[serde(default)]
    remove_note: bool,
    bills: Option<Vec<BillPatch>>,
    answer_ms: Option<u64>,
    boot_ms: Option<u64>,
    init_ms: Option<u64>,
    accept_ms: Option<u64>,
    stack_ms: Option<u64>,
    return_ms: Option<u64>,
    escrow_ms: Option<u64>,
    capacity: Option<u32>,
    remembers_stacked: Option<bool>,
    stacked_after_reset: Option<bool>,
    part: Option<String>,
    serial: Option<String>,
}

/// A bill type; without a value the type is removed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BillPatch {
    #[serde(rename = "type")]
    kind: u8,
    value: Option<u32>,
    country: Option<String>,
}

impl Controlled for Ccnet {
    fn model(&self) -> &'static str {
        "acceptor ccnet"
    }

    fn state(&self) -> Value {
        let state: String = self.state_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let types = |mask: u32| (0..TYPES).filter(|kind| mask >> kind & 1 == 1).collect::<Vec<_>>();
        let bills: Vec<Value> = self
            .table
            .iter()
            .map(|(kind, bill)| json!({ "type": kind, "value": bill.value, "country": bill.country }))
            .collect();
        json!({
            "power": self.powered,
            "losses": self.losses,
            "state": state,
            "note": self.note,
            "untold_event": self.event.map(|[event, kind]| format!("{event:02x}{kind:02x}")),
            "enabled": types(self.enabled),
            "escrow": types(self.escrowed),
            "cassette": {
                "seated": self.cassette.seated,
                "full": self.is_full(),
                "notes": self.cassette.notes,
            },
            "notes": self.ledger,
            "bills": bills,
            "line": self.line,
            "options": self.options,
            "faults": self.faults.to_json(),
        })
    }

    fn patch(&mut self, body: &Value, now_ms: u64) -> Result<(), ControlError> {
        let patch: Patch = parse(body)?;
        let bills = read_bills(patch.bills.unwrap_or_default())?;
        if patch.refuse.is_some() && patch.insert.is_none() {
            return Err(ControlError::Invalid("refuse goes with insert".to_owned()));
        }
        let cassette = patch.cassette.unwrap_or(self.cassette.seated);
        if patch.collect && cassette {
            return Err(ControlError::Invalid("collect goes with a cassette that is out".to_owned()));
        }
        let mut options = self.options.clone();
        let times = [
            (patch.answer_ms, &mut options.answer_ms),
            (patch.boot_ms, &mut options.boot_ms),
            (patch.init_ms, &mut options.init_ms),
            (patch.accept_ms, &mut options.accept_ms),
            (patch.stack_ms, &mut options.stack_ms),
            (patch.return_ms, &mut options.return_ms),
            (patch.escrow_ms, &mut options.escrow_ms),
        ];
        for (given, setting) in times {
            *setting = given.unwrap_or(*setting);
        }
        options.capacity = patch.capacity.unwrap_or(options.capacity);
        options.remembers_stacked = patch.remembers_stacked.unwrap_or(options.remembers_stacked);
        options.stacked_after_reset = patch.stacked_after_reset.unwrap_or(options.stacked_after_reset);
        options.part = patch.part.unwrap_or(options.part);
        options.serial = patch.serial.unwrap_or(options.serial);
        mechanics::check(&options).map_err(ControlError::Invalid)?;
        // The only one that the device itself may refuse comes before anything is changed.
        if let Some(value) = patch.insert {
            self.insert(value, patch.refuse, now_ms).map_err(ControlError::Invalid)?;
        }
        self.options = options;
        for (kind, bill) in bills {
            self.table.set(kind, bill);
        }
        self.set_cassette(cassette, now_ms);
        if patch.collect {
            self.collect();
        }
        if patch.remove_note {
            self.remove_note();
        }
        if let Some(on) = patch.power {
            self.advance(now_ms);
            self.set_power(on, now_ms);
        }
        Ok(())
    }

    fn set_fault_json(&mut self, name: &str, body: &Value, now_ms: u64) -> Result<(), ControlError> {
        let (fault, spec) = FaultSet::<Fault>::parse(name, body)?;
        if fault.is_condition() && spec.times.is_some_and(|times| times > 0) {
            return Err(ControlError::Invalid(format!(
                "{name} is a condition: it lasts until deleted and takes no times"
            )));
        }
        self.set_fault(fault, spec, now_ms);
        Ok(())
    }

    fn clear_fault_json(&mut self, name: &str, now_ms: u64) -> Result<(), ControlError> {
        self.clear_fault(FaultSet::<Fault>::kind(name)?, now_ms);
        Ok(())
    }
}

fn read_bills(given: Vec<BillPatch>) -> Result<Vec<(u8, Option<Bill>)>, ControlError> {
    let invalid = |words: &str| Err(ControlError::Invalid(words.to_owned()));
    let mut bills = Vec::new();
    for bill in given {
        if usize::from(bill.kind) >= TYPES {
            return invalid("bill types are 0 to 23");
        }
        let country = bill.country.unwrap_or_else(|| "KAZ".to_owned());
        if country.len() != 3 || !country.is_ascii() {
            return invalid("country is three letters");
        }
        if bill.value.is_some_and(|value| !fits(value)) {
            return invalid("value is 1 to 255 and any number of zeros behind it");
        }
        bills.push((bill.kind, bill.value.map(|value| Bill { value, country })));
    }
    Ok(bills)
}

/// Whether one byte and a power of ten can tell it.
fn fits(mut value: u32) -> bool {
    while value > 9 && value.is_multiple_of(10) {
        value /= 10;
    }
    (1..=255).contains(&value)
}
