//! What verification of a dossier says.

use senim_domain::UtcMillis;
use serde::Serialize;

use super::statement::DossierSubject;
use crate::export::{ExportResult, Finding};

/// The verdict on a dossier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DossierReport {
    /// About what; `null` when the statement cannot be believed.
    pub subject: Option<DossierSubject>,
    /// When the gateway made it.
    pub at: Option<UtcMillis>,
    /// Rows proved.
    pub rows: u64,
    /// Terminals that they come from.
    pub terminals: u64,
    /// Sealed parts that are here.
    pub attachments_present: u64,
    /// Sealed parts that the MFO no longer holds.
    pub attachments_absent: u64,
    /// Lists of measures performed before a contract.
    pub measures: u64,
    /// Signed results of biometric checks.
    pub results: u64,
    /// The verdict; never `incomplete`.
    pub result: ExportResult,
    /// What is wrong.
    pub findings: Vec<Finding>,
}
