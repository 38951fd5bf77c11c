//! The document on the control interface of its reader: `{"tear_after": 20, "faults": {"wrong_checksum": {}}}`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Fault, Holder, Options, TravelDocument, Variant};
use crate::control::{ControlError, parse};
use crate::faults::{FaultSet, FaultSpec};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    /// Whose the document is instead.
    holder: Option<Whose>,
    /// How it was made instead.
    variant: Option<Variant>,
    /// Commands that are still answered; null takes the limit away.
    #[serde(default, deserialize_with = "given")]
    tear_after: Option<Option<u32>>,
    /// Name to parameters; null removes the fault.
    #[serde(default)]
    faults: BTreeMap<String, Value>,
}

/// What differs from the holder so far.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    number: Option<String>,
    birth: Option<String>,
    expiry: Option<String>,
    sex: Option<char>,
    iin: Option<String>,
}

impl Whose {
    fn over(self, holder: &Holder) -> Result<Holder, ControlError> {
        let holder = Holder {
            number: self.number.unwrap_or_else(|| holder.number.clone()),
            birth: self.birth.unwrap_or_else(|| holder.birth.clone()),
            expiry: self.expiry.unwrap_or_else(|| holder.expiry.clone()),
            sex: self.sex.unwrap_or(holder.sex),
            iin: self.iin.unwrap_or_else(|| holder.iin.clone()),
            ..holder.clone()
        };
        let day = |text: &str| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        let fits = (1..=9).contains(&holder.number.len())
            && holder.number.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && day(&holder.birth)
            && day(&holder.expiry)
            && matches!(holder.sex, 'M' | 'F')
            && (holder.iin.is_empty() || holder.iin.len() == 12)
            && holder.iin.bytes().all(|byte| byte.is_ascii_digit());
        fits.then_some(holder).ok_or_else(|| {
            ControlError::Invalid(
                "a holder has a number of 1 to 9 capitals and digits, birth and expiry as YYMMDD, sex M or F, an iin of \
                 12 digits or none"
                    .to_owned(),
            )
        })
    }
}

/// Tells null from absent.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl TravelDocument {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "application": "icao",
            "document": self.options.name,
            "powered": self.powered,
            "torn": self.torn,
            "selected": self.visit.selected,
            "open": self.visit.channel.is_some(),
            "commands": self.commands,
            "tear_after": self.options.tear_after,
            "faults": self.faults.to_json(),
        })
    }

    pub(super) fn apply(&mut self, body: &Value) -> Result<(), ControlError> {
        let patch: Patch = parse(body)?;
        let mut faults: Vec<(Fault, Option<FaultSpec>)> = Vec::new();
        for (name, spec) in &patch.faults {
            faults.push(if spec.is_null() {
                (FaultSet::<Fault>::kind(name)?, None)
            } else {
                let (fault, spec) = FaultSet::<Fault>::parse(name, spec)?;
                (fault, Some(spec))
            });
        }
        if patch.holder.is_some() || patch.variant.is_some() {
            let old = &self.options;
            let holder =
                patch.holder.map_or_else(|| Ok(old.holder.clone()), |whose| whose.over(&old.holder))?;
            let variant = patch.variant.unwrap_or(old.variant);
            let made = Self::new(Options { holder, variant, ..old.clone() });
            let made = made.map_err(|error| ControlError::Failed(error.to_string()))?;
            // The chip that lies there is another one from its next power-on.
            *self = Self { faults: std::mem::take(&mut self.faults), ..made };
        }
        if let Some(tear_after) = patch.tear_after {
            self.options.tear_after = tear_after;
        }
        for (fault, spec) in faults {
            match spec {
                Some(spec) => self.faults.set(fault, spec),
                None => self.faults.clear(fault),
            }
        }
        Ok(())
    }
}
