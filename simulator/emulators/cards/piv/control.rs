//! The card on the control interface of its reader: `{"tries": 2, "faults": {"torn": {"command": 32, "times": 1}}}`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Algorithm, Fault, PivCard, Slot};
use crate::control::{ControlError, parse};
use crate::faults::{FaultSet, FaultSpec};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    tries: Option<u8>,
    certificates: Option<Certificates>,
    /// Name to parameters; null removes the fault.
    #[serde(default)]
    faults: BTreeMap<String, Value>,
}

/// What the card's issuer wrote for its keys: DER in base64.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Certificates {
    authentication: String,
    signature: String,
}

impl Certificates {
    fn read(&self) -> Result<[(Slot, Vec<u8>); 2], ControlError> {
        let read = |slot, text: &str| {
            let der = STANDARD.decode(text);
            der.map(|der| (slot, der))
                .map_err(|error| ControlError::Invalid(format!("certificates are DER in base64: {error}")))
        };
        Ok([read(Slot::Authentication, &self.authentication)?, read(Slot::Signature, &self.signature)?])
    }
}

impl PivCard {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "application": "piv",
            "algorithm": match self.options.algorithm { Algorithm::P256 => "p256", Algorithm::Rsa2048 => "rsa2048" },
            "powered": self.powered,
            "torn": self.torn,
            "selected": self.visit.selected,
            "verified": self.visit.verified,
            "tries": self.tries(),
            "tries_max": self.options.tries_max,
            "pins_judged": self.pins_judged,
            "faults": self.faults.to_json(),
        })
    }

    pub(super) fn apply(&mut self, body: &Value) -> Result<(), ControlError> {
        let patch: Patch = parse(body)?;
        if patch.tries.is_some_and(|tries| tries > self.options.tries_max) {
            let most = self.options.tries_max;
            return Err(ControlError::Invalid(format!("tries is 0 to {most}")));
        }
        let mut faults: Vec<(Fault, Option<FaultSpec>)> = Vec::new();
        for (name, spec) in &patch.faults {
            faults.push(if spec.is_null() {
                (FaultSet::<Fault>::kind(name)?, None)
            } else {
                let (fault, spec) = FaultSet::<Fault>::parse(name, spec)?;
                (fault, Some(spec))
            });
        }
        let certificates = patch.certificates.as_ref().map(Certificates::read).transpose()?;
        for (slot, der) in certificates.into_iter().flatten() {
            self.set_certificate(slot, der);
        }
        self.tries = patch.tries.unwrap_or(self.tries);
        for (fault, spec) in faults {
            match spec {
                Some(spec) => self.faults.set(fault, spec),
                None => self.faults.clear(fault),
            }
        }
        Ok(())
    }
}
