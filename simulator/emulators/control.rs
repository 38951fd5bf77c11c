//! What the control interface may ask of any device: state, settings, faults; all as JSON values.
//! Decides which requests are refused and how that is said; knows nothing of HTTP or of any device.

use serde_json::Value;

/// A control request that was refused. Nothing has changed on the device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// The device or fault named in the address does not exist.
    #[error("{0}")]
    Unknown(String),
    /// The body is not what this address takes.
    #[error("{0}")]
    Invalid(String),
    /// The device could not carry it out.
    #[error("{0}")]
    Failed(String),
}

/// Parses a body into the closed set of fields of `T`.
///
/// # Errors
/// [`ControlError::Invalid`] with the parser's explanation for an unknown field or a wrong type.
pub fn parse<T: serde::de::DeserializeOwned>(body: &Value) -> Result<T, ControlError> {
    T::deserialize(body).map_err(|error| ControlError::Invalid(error.to_string()))
}

/// A device that can be looked at and set over the control interface.
pub trait Controlled {
    /// Kind of device and model, such as `dispenser lcdm4000`.
    fn model(&self) -> &'static str;

    /// The whole state as a JSON object.
    fn state(&self) -> Value;

    /// Applies settings; either all of them or none.
    ///
    /// # Errors
    /// [`ControlError::Invalid`] for unknown fields or values out of range.
    fn patch(&mut self, body: &Value, now_ms: u64) -> Result<(), ControlError>;

    /// Sets or replaces a fault.
    ///
    /// # Errors
    /// [`ControlError::Unknown`] for a fault this device does not have, [`ControlError::Invalid`] for fields the
    /// fault does not take.
    fn set_fault_json(&mut self, name: &str, body: &Value, now_ms: u64) -> Result<(), ControlError>;

    /// Removes a fault; removing one that is not set is no error.
    ///
    /// # Errors
    /// [`ControlError::Unknown`] for a fault this device does not have.
    fn clear_fault_json(&mut self, name: &str, now_ms: u64) -> Result<(), ControlError>;
}
