//! Whose a mobile number is: BMG of the e-government, or the operators' base.

use senim_domain::Secret;

use super::ConnectorError;
use super::identification::Outcome;

/// Whether a number is a person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberFinding {
    /// Theirs, somebody else's, or unknown to the base.
    pub outcome: Outcome,
    /// The report's number.
    pub report_id: String,
}

/// The base of numbers.
pub trait NumberOwner: Send + Sync {
    /// Whether the number belongs to the person with this IIN.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn owns(&self, iin: &Secret, phone: &Secret) -> Result<NumberFinding, ConnectorError>;
}
