//! Faults set on a device: which are set, how often each still strikes, and with what parameters.
//! What a fault does is the device's business.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::control::ControlError;

/// A device's closed list of faults.
pub trait FaultKind: Copy + Ord + Serialize + 'static {
    /// All faults of the device.
    const ALL: &'static [Self];

    /// The name used in control requests.
    fn name(self) -> &'static str;

    /// Parameters beside `times` that the fault takes; any other is refused.
    fn fields(self) -> &'static [&'static str];

    /// The fault of that name.
    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// How a fault strikes. Absent fields take the fault's default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultSpec {
    /// How many times it strikes; absent means for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Command code the fault is limited to (82 = 52h); absent means any command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<u8>,
    /// Notes that pass EXIT before it strikes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_notes: Option<u8>,
    /// Notes moved to the reject tray along with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejects: Option<u8>,
    /// Delay in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Cassette 1..=4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<u8>,
    /// Whether the doubted note did leave the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<bool>,
    /// Printed rows before it strikes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_rows: Option<u32>,
    /// Bytes of a card's response that come before it strikes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_bytes: Option<u32>,
    /// Status or error code that is reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u8>,
}

impl FaultSpec {
    /// A fault that strikes `times` times.
    #[must_use]
    pub fn times(times: u32) -> Self {
        Self { times: Some(times), ..Self::default() }
    }

    fn given_fields(&self) -> impl Iterator<Item = &'static str> {
        [
            ("command", self.command.is_some()),
            ("after_notes", self.after_notes.is_some()),
            ("rejects", self.rejects.is_some()),
            ("delay_ms", self.delay_ms.is_some()),
            ("unit", self.unit.is_some()),
            ("left", self.left.is_some()),
            ("after_rows", self.after_rows.is_some()),
            ("after_bytes", self.after_bytes.is_some()),
            ("code", self.code.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, given)| given.then_some(name))
    }
}

/// The faults currently set on a device.
#[derive(Debug, Clone)]
pub struct FaultSet<K>(BTreeMap<K, FaultSpec>);

impl<K> Default for FaultSet<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: FaultKind> FaultSet<K> {
    /// Sets or replaces a fault. `times: 0` removes it.
    pub fn set(&mut self, kind: K, spec: FaultSpec) {
        if spec.times == Some(0) {
            self.0.remove(&kind);
        } else {
            self.0.insert(kind, spec);
        }
    }

    /// Removes a fault.
    pub fn clear(&mut self, kind: K) {
        self.0.remove(&kind);
    }

    /// The fault as set, without using it up.
    #[must_use]
    pub fn peek(&self, kind: K) -> Option<FaultSpec> {
        self.0.get(&kind).copied()
    }

    /// Lets the fault strike once, if it is set.
    pub fn take(&mut self, kind: K) -> Option<FaultSpec> {
        let spec = self.0.get_mut(&kind)?;
        let struck = *spec;
        if let Some(times) = &mut spec.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.0.remove(&kind);
            }
        }
        Some(struck)
    }

    /// As [`FaultSet::take`], unless the fault is limited to another command.
    pub fn take_on(&mut self, kind: K, command: u8) -> Option<FaultSpec> {
        let spec = self.peek(kind)?;
        if spec.command.is_some_and(|only| only != command) { None } else { self.take(kind) }
    }

    /// `{name: parameters}` of all faults set.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let entries = self
            .0
            .iter()
            .map(|(kind, spec)| (kind.name().to_owned(), serde_json::to_value(spec).unwrap_or(Value::Null)));
        Value::Object(entries.collect())
    }

    /// Reads name and parameters of a control request.
    ///
    /// # Errors
    /// [`ControlError::Unknown`] for the name, [`ControlError::Invalid`] for parameters.
    pub fn parse(name: &str, body: &Value) -> Result<(K, FaultSpec), ControlError> {
        let kind = Self::kind(name)?;
        let spec: FaultSpec =
            if body.is_null() { FaultSpec::default() } else { crate::control::parse(body)? };
        if let Some(field) = spec.given_fields().find(|field| !kind.fields().contains(field)) {
            let takes = kind.fields().join(", ");
            return Err(ControlError::Invalid(format!(
                "fault {name} takes no {field}; it takes times{}{takes}",
                if takes.is_empty() { "" } else { ", " }
            )));
        }
        if spec.unit.is_some_and(|unit| !(1..=4).contains(&unit)) {
            return Err(ControlError::Invalid("unit is 1 to 4".to_owned()));
        }
        Ok((kind, spec))
    }

    /// The fault of that name.
    ///
    /// # Errors
    /// [`ControlError::Unknown`] listing the names that exist.
    pub fn kind(name: &str) -> Result<K, ControlError> {
        K::from_name(name).ok_or_else(|| {
            let known: Vec<_> = K::ALL.iter().map(|kind| kind.name()).collect();
            ControlError::Unknown(format!("unknown fault {name}; this device has: {}", known.join(", ")))
        })
    }
}

/// Declares a device's faults: variant, name in control requests, parameters it takes.
macro_rules! fault_kinds {
    ($(#[$outer:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal [$($field:literal),*],)+ }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $crate::faults::FaultKind for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];
            fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
            fn fields(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($field),*],)+ }
            }
        }
    };
}
pub(crate) use fault_kinds;
