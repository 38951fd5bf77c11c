//! ЦОИД: is this the person whom the state knows under this IIN (R-009, R-032, R-034, B14).
//!
//! The centre signs what it found. Nothing else that it says counts: a result is believed where its signature, its signer, the
//! request, the person, the picture and the moment are right ([`result`](super::result)).

use senim_domain::iin::Iin;
use senim_domain::{Secret, SecretBytes, UtcMillis, calendar};
use senim_operation::jws::sha256_b64;
use senim_operation::trust::Trust;
use uuid::Uuid;

use super::ConnectorError;
use super::faces::FaceVerdict;
use super::result::{CentreResult, Expected, Kind, ResultFlaw};

/// What a person says of themselves, with a portrait.
#[derive(Clone, Debug)]
pub struct IdentityClaim {
    /// Identity of the request: its result is for nothing else.
    pub check: Uuid,
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

/// A check in the centre's own application on the person's phone (B14: FinID).
#[derive(Clone, Debug)]
pub struct PhoneOrder {
    /// Identity of the request.
    pub check: Uuid,
    /// Who should be before the phone.
    pub iin: Secret,
    /// How long the code should live, seconds.
    pub life_seconds: u32,
}

/// A code for the screen.
#[derive(Clone, Debug)]
pub struct PhoneOffer {
    /// What the code holds. Who has it can answer in the person's place, so it is a secret.
    pub qr: Secret,
    /// When it ends, by the centre's clock.
    pub expires: UtcMillis,
}

/// How a check on a phone stands.
#[derive(Clone, Debug)]
pub enum PhoneState {
    /// No phone has answered.
    Waiting,
    /// It was done: the result, not yet judged.
    Done(Secret),
    /// The person declined on the phone.
    Declined,
    /// The code's time is over.
    Expired,
    /// It was given up.
    Cancelled,
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
    /// All that the centre said, with the signed document to be stored as it is (B14).
    pub result: CentreResult,
}

impl IdentityFindings {
    /// Whether all three agree.
    #[must_use]
    pub fn all_agree(&self) -> bool {
        self.name == Outcome::Match && self.iin == Outcome::Match && self.portrait == FaceVerdict::Same
    }
}

/// The exchange centre. Each answer is a signed document, compact JWS, not yet judged.
pub trait Identification: Send + Sync {
    /// Compares name, IIN and portrait at registration.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn check(&self, claim: &IdentityClaim) -> Result<Secret, ConnectorError>;
    /// Begins a check on a phone. The same again is the same code.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn begin(&self, order: &PhoneOrder) -> Result<PhoneOffer, ConnectorError>;
    /// How a check on a phone stands.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn state(&self, check: Uuid) -> Result<PhoneState, ConnectorError>;
    /// Gives a check on a phone up; one that is over stays as it is.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn cancel(&self, check: Uuid) -> Result<(), ConnectorError>;
}

/// The centre with what its results are known by.
pub struct Centre {
    service: Box<dyn Identification>,
    trust: Trust,
    signer: String,
}

/// Why nothing is known after asking the centre.
#[derive(Debug, thiserror::Error)]
pub enum CentreError {
    /// It gave no usable answer.
    #[error(transparent)]
    Service(#[from] ConnectorError),
    /// It gave a result that does not count: somebody may be playing it.
    #[error("a result in the name of the identification centre does not count: {0}")]
    Forged(#[from] ResultFlaw),
    /// The person is under age, or the number is none: nothing of them leaves the gateway, whoever asked.
    #[error("the person is under age, so no face of theirs is sent to the identification centre")]
    UnderAge,
}

/// Full years from which somebody's face may be compared without a parent's consent.
const OF_AGE: u8 = 18;

/// Whether the bearer of an IIN is of age, here and now.
fn of_age(iin: &Secret, now: UtcMillis) -> Result<(), CentreError> {
    let today = calendar::local_date(now);
    let age = Iin::parse(iin.expose()).ok().zip(today).and_then(|(iin, today)| iin.age_on(today));
    if age.is_some_and(|age| age >= OF_AGE) { Ok(()) } else { Err(CentreError::UnderAge) }
}

impl Centre {
    /// A centre whose results are signed by a certificate with this common name, under these roots.
    #[must_use]
    pub fn new(service: Box<dyn Identification>, trust: Trust, signer: String) -> Self {
        Self { service, trust, signer }
    }

    /// Compares name, IIN and portrait at registration. Of somebody under age nothing is sent.
    ///
    /// # Errors
    /// [`CentreError`].
    pub fn check(&self, claim: &IdentityClaim, now: UtcMillis) -> Result<IdentityFindings, CentreError> {
        of_age(&claim.iin, now)?;
        let document = self.service.check(claim)?;
        let portrait_sha256 = Some(sha256_b64(claim.portrait.expose()));
        let expected = Expected {
            kind: Kind::Identity,
            check: claim.check,
            iin: &claim.iin,
            portrait_sha256,
            since: now,
            until: now,
        };
        let result = self.read(document, &expected)?;
        let missing = || ResultFlaw::Form("it lacks an outcome");
        let (name, iin) = result.name.zip(result.number).ok_or_else(missing)?;
        Ok(IdentityFindings { name, iin, portrait: result.portrait, result })
    }

    /// Begins a check on a phone; of somebody under age none.
    ///
    /// # Errors
    /// [`CentreError`].
    pub fn begin(&self, order: &PhoneOrder, now: UtcMillis) -> Result<PhoneOffer, CentreError> {
        of_age(&order.iin, now)?;
        Ok(self.service.begin(order)?)
    }

    /// How a check on a phone stands.
    ///
    /// # Errors
    /// [`ConnectorError`].
    pub fn state(&self, check: Uuid) -> Result<PhoneState, ConnectorError> {
        self.service.state(check)
    }

    /// Gives a check on a phone up.
    ///
    /// # Errors
    /// [`ConnectorError`].
    pub fn cancel(&self, check: Uuid) -> Result<(), ConnectorError> {
        self.service.cancel(check)
    }

    /// Judges the result of a check on a phone that was begun then.
    ///
    /// # Errors
    /// [`ResultFlaw`].
    pub fn judge_phone(
        &self,
        document: Secret,
        (check, iin): (Uuid, &Secret),
        (begun, now): (UtcMillis, UtcMillis),
    ) -> Result<CentreResult, ResultFlaw> {
        let kind = Kind::Phone;
        let expected = Expected { kind, check, iin, portrait_sha256: None, since: begun, until: now };
        let result = self.read(document, &expected)?;
        if result.living.is_none() {
            return Err(ResultFlaw::Form("it does not say whether somebody living was there"));
        }
        Ok(result)
    }

    fn read(&self, document: Secret, expected: &Expected<'_>) -> Result<CentreResult, ResultFlaw> {
        CentreResult::read(document, expected, &self.trust, &self.signer)
    }
}
