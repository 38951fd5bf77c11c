//! What the MFO says to a client whose personal data spread illegally.

use senim_domain::{ClientId, Secret};
use serde::{Deserialize, Serialize};

use crate::body_leak::Measure;
use crate::secret_wire::expose_on_the_wire;

/// A call that will come to the client's number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallAnnounced {
    /// Whom.
    pub client: ClientId,
    /// Masked phone, for the client to recognise.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub phone_masked: Secret,
    /// Seconds that its outcome is still waited for.
    pub wait_seconds: u32,
}

/// A measure did not go well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureRefused {
    /// Whose data leaked.
    pub client: ClientId,
    /// Which.
    pub measure: Measure,
    /// What may be said.
    pub reason: MeasureRefusal,
    /// Pictures left in this session; 0 for every other measure.
    pub attempts_left: u32,
}

/// Why a measure did not go well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MeasureRefusal {
    /// The face is not the client's.
    NoMatch,
    /// The picture shows no usable face.
    Unusable,
    /// The number is not this client's, or nobody can tell; only another number helps.
    NumberNotOwned,
    /// Whoever answered the call says that the operation is not theirs; the matter is with the MFO.
    CallDenied,
    /// Nobody answered the call in time; another visit may try again.
    CallNotReached,
    /// A measure that comes before it is missing.
    Incomplete,
    /// A service behind the MFO does not answer, or this MFO has none.
    TryLater,
}
