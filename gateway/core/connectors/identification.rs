//! ЦОИД: is this the person whom the state knows under this IIN (R-009, R-032, R-034, B14).

use senim_domain::{Secret, SecretBytes};

use super::ConnectorError;
use super::faces::FaceVerdict;

/// What a person says of themselves, with a portrait.
#[derive(Clone, Debug)]
pub struct IdentityClaim {
    /// IIN.
    pub iin: Secret,
    /// Surname, Cyrillic.
    pub surname: Secret,
    /// Given name.
    pub given_name: Secret,
    /// Patronymic, where there is one.
    pub patronymic: Option<Secret>,
    /// Portrait, PNG.
    pub portrait: SecretBytes,
}

/// Whether one datum is the state's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The same.
    Match,
    /// Another.
    Mismatch,
    /// The state has none to compare with.
    Unknown,
}

/// Three comparisons, each with its own outcome.
#[derive(Clone, Debug)]
pub struct IdentityFindings {
    /// The full name.
    pub name: Outcome,
    /// The IIN: whether it exists and is the document's.
    pub iin: Outcome,
    /// The portrait.
    pub portrait: FaceVerdict,
    /// The report's number.
    pub report_id: String,
    /// The result as a signed document, to be stored as it is (B14).
    pub evidence: Secret,
}

impl IdentityFindings {
    /// Whether all three agree.
    #[must_use]
    pub fn all_agree(&self) -> bool {
        self.name == Outcome::Match && self.iin == Outcome::Match && self.portrait == FaceVerdict::Same
    }
}

/// One comparison of a later visit.
#[derive(Clone, Debug)]
pub struct FaceFinding {
    /// Whose face.
    pub verdict: FaceVerdict,
    /// The report's number.
    pub report_id: String,
    /// The result as a signed document.
    pub evidence: Secret,
}

/// The exchange centre.
pub trait Identification: Send + Sync {
    /// Compares name, IIN and portrait at registration.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn check(&self, claim: &IdentityClaim) -> Result<IdentityFindings, ConnectorError>;
    /// Compares a face with the reference image of an IIN.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn compare(&self, iin: &Secret, portrait: &SecretBytes) -> Result<FaceFinding, ConnectorError>;
}
