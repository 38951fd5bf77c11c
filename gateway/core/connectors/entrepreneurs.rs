//! The register of individual entrepreneurs.

use senim_domain::Secret;

use super::ConnectorError;

/// Whether somebody is registered as an individual entrepreneur.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntrepreneurStatus {
    /// Since when, `YYYY-MM-DD`; `None`: not registered, or not any more.
    pub since: Option<String>,
    /// The report's number.
    pub report_id: String,
}

/// The register.
pub trait Entrepreneurs: Send + Sync {
    /// The status of a person.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn status(&self, iin: &Secret) -> Result<EntrepreneurStatus, ConnectorError>;
}
