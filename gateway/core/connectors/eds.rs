//! Electronic signatures of clients: the service that brings a document to a phone by QR code, the authority's services
//! for time and revocation, and the judge of GOST signatures (R-034, R-060, B12).

use senim_domain::{Secret, SecretBytes, SignatureId, UtcMillis};
use senim_eds::Trust;

use super::ConnectorError;

/// A text in the three languages of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Titles {
    /// Kazakh.
    pub kk: String,
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

/// A document that a phone is to sign.
#[derive(Clone, Debug)]
pub struct SigningOrder {
    /// Identity of the signature to be.
    pub signature: SignatureId,
    /// Exactly the bytes that are signed.
    pub document: SecretBytes,
    /// Their SHA-256, base64url.
    pub document_sha256: String,
    /// Media type, for the phone to show it.
    pub media_type: &'static str,
    /// What the phone calls it.
    pub titles: Titles,
    /// How long the code should live, seconds.
    pub life_seconds: u32,
}

/// A code for the screen.
#[derive(Clone, Debug)]
pub struct SigningOffer {
    /// The service's name for the operation.
    pub operation: String,
    /// What the code holds. Who has it can answer in the client's place, so it is a secret.
    pub qr: Secret,
    /// When it ends, by the service's clock.
    pub expires: UtcMillis,
}

/// How an operation stands.
#[derive(Clone, Debug)]
pub enum SigningState {
    /// No phone has answered.
    Waiting,
    /// A phone answered: CMS, not yet judged.
    Signed(SecretBytes),
    /// The person declined on the phone.
    Declined,
    /// The code's time is over.
    Expired,
    /// It was given up.
    Cancelled,
}

/// Signing by QR code on the client's own phone. A code is for one phone, once.
pub trait Signing: Send + Sync {
    /// Begins an operation. Each call is a new one: a code cannot be shown twice.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn start(&self, order: &SigningOrder) -> Result<SigningOffer, ConnectorError>;
    /// How an operation stands. What was signed may be asked for again.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn state(&self, signature: SignatureId, operation: &str) -> Result<SigningState, ConnectorError>;
    /// Gives an operation up; one that is over stays as it is.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn cancel(&self, signature: SignatureId, operation: &str) -> Result<(), ConnectorError>;
}

/// A time-stamping authority (RFC 3161).
pub trait Timestamping: Send + Sync {
    /// The answer to a request, DER both.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn stamp(&self, request: &[u8]) -> Result<Vec<u8>, ConnectorError>;
}

/// Where revocation is asked for.
pub trait RevocationSource: Send + Sync {
    /// The answer of the OCSP responder (RFC 6960), DER both.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn ocsp(&self, request: &[u8]) -> Result<Vec<u8>, ConnectorError>;
    /// Revocation lists, DER; may be as old as their own next update.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn lists(&self) -> Result<Vec<Vec<u8>>, ConnectorError>;
}

/// What a judge of GOST found. Facts alone: what follows from them is decided here.
#[derive(Clone, Debug)]
pub struct GostFinding {
    /// Signature, document and chain are in order.
    pub valid: bool,
    /// The certificate is for signing, not for logging in.
    pub for_signing: bool,
    /// It is an individual's.
    pub individual: bool,
    /// It is an organisation's.
    pub organisation: bool,
    /// The IIN in it.
    pub iin: Option<Secret>,
    /// First and last moment of validity.
    pub validity: Option<(UtcMillis, UtcMillis)>,
    /// By each source that was asked: whether it is revoked.
    pub revoked: Vec<bool>,
    /// When it was stamped.
    pub stamped: Option<UtcMillis>,
    /// The answer as it came: evidence.
    pub answer: SecretBytes,
}

/// Judges GOST signatures: a service in the manner of NCANode.
pub trait GostJudge: Send + Sync {
    /// Judges a CMS, detached or attached, over a document, with OCSP and lists.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn judge(&self, cms: &[u8], document: &SecretBytes) -> Result<GostFinding, ConnectorError>;
}

/// Everything that signatures of clients need: whoever takes them, takes them whole.
pub struct Eds {
    /// Who is believed.
    pub trust: Trust,
    /// Signing by QR.
    pub signing: Box<dyn Signing>,
    /// Time.
    pub timestamping: Box<dyn Timestamping>,
    /// Revocation.
    pub revocation: Box<dyn RevocationSource>,
    /// GOST; without it GOST signatures are refused politely.
    pub gost: Option<Box<dyn GostJudge>>,
}
