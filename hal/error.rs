//! What can be wrong with a device, in the few words that callers may branch on.

use serde::{Deserialize, Serialize};

/// XFS4IoT device status words; what a person does about each is in [`ErrorKind::action`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorKind {
    /// The device does not answer as it should on its line.
    Offline,
    /// No power at the device.
    PowerOff,
    /// Nothing is connected, or another kind of device is.
    NoDevice,
    /// The device reports a fault that needs a technician.
    HardwareError,
    /// A note, a card or paper is stuck on its way (XFS4IoT `mediaJam`): a technician takes it out.
    MediaJam,
    /// The device reports something that the person at it can cure (cover open, paper out).
    UserError,
    /// A command is still under way.
    DeviceBusy,
    /// Tampering was seen.
    FraudAttempt,
    /// Tampering is possible.
    PotentialFraud,
    /// The device is starting.
    Starting,
}

impl ErrorKind {
    /// What the technician does, in one sentence of English; the service menu translates it.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Offline => "check the data cable, the port and the line settings in the configuration",
            Self::PowerOff => "check the device's power supply and its plug",
            Self::NoDevice => "connect the configured device to the configured port",
            Self::HardwareError => {
                "open the device, remove what is stuck and read the error code in its manual"
            }
            Self::MediaJam => "open the path, take out what is stuck there and count every note of it",
            Self::UserError => "close the cover, put in paper or seat the cassette",
            Self::DeviceBusy => "wait for the command under way to end",
            Self::FraudAttempt | Self::PotentialFraud => {
                "inspect the device for foreign parts and call security"
            }
            Self::Starting => "wait until the device has started",
        }
    }
}

/// A device error: the kind to branch on and the driver's own code for the technician.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{kind:?}: {detail}")]
#[serde(deny_unknown_fields)]
pub struct Error {
    /// Branch on this.
    pub kind: ErrorKind,
    /// The driver's words: protocol code and meaning. Never personal data.
    pub detail: String,
}

impl Error {
    /// An error of a kind with the driver's words.
    #[must_use]
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}
