//! Rows of a payout through a shutter.

use senim_domain::PayoutRequestId;
use senim_domain::cash::{UnitMoved, UnitRequest};
use serde::{Deserialize, Serialize};

/// The notes of a bundle lie behind the shutter, counted; the shutter may open, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutPresented {
    /// The request.
    pub request: PayoutRequestId,
    /// The bundle.
    pub bundle: u32,
    /// Per cassette by the device.
    pub units: Vec<UnitMoved>,
}

/// The borrower took the notes from the shutter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutTaken {
    /// The request.
    pub request: PayoutRequestId,
    /// The bundle.
    pub bundle: u32,
}

/// The borrower left notes and the device is told to take them back, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutRetractIntended {
    /// The request.
    pub request: PayoutRequestId,
    /// The bundle.
    pub bundle: u32,
}

/// Notes were taken back into the retract unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutRetracted {
    /// The request.
    pub request: PayoutRequestId,
    /// The bundle.
    pub bundle: u32,
    /// Notes in the retract unit by the cassette that they came from; empty where nobody counted.
    pub units: Vec<UnitRequest>,
    /// Whether the device counted them.
    pub counted: bool,
}
