//! The services behind the MFO, as traits: core lending, face matcher, SMS.
//!
//! Decides what is asked and how an answer can fail, not how it travels. Calls block; implementations have time-outs
//! short enough that a person at the terminal still gets an answer.

use senim_domain::loan::Method;
use senim_domain::{ClientId, Language, LoanId, PayoutRequestId, Secret, SecretBytes, TerminalId, Tiyn};
use serde::{Deserialize, Serialize};

/// Why a service gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectorError {
    /// Silence, a broken line, an error of its own, or an answer that is none: may work later.
    #[error("the service {service} does not answer usefully ({cause}); check its address and health")]
    Unavailable {
        /// Which.
        service: &'static str,
        /// What was seen, without personal data.
        cause: String,
    },
    /// It understood and said no: asking again does not help.
    #[error("the service {service} refused: {code}")]
    Refused {
        /// Which.
        service: &'static str,
        /// Its code.
        code: String,
    },
}

/// A client as core lending knows them.
#[derive(Clone, Debug)]
pub struct Client {
    /// Opaque identity.
    pub client: ClientId,
    /// Surname.
    pub surname: Secret,
    /// Given name.
    pub given_name: Secret,
    /// Patronymic, where there is one.
    pub patronymic: Option<Secret>,
    /// Phone, `+7…`.
    pub phone: Secret,
    /// Language of letters.
    pub language: Language,
    /// Whether the MFO does business with them now.
    pub blocked: bool,
}

/// A yes or no with the report it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is set.
    pub set: bool,
    /// The source's report.
    pub report_id: String,
}

/// Debt burden before the new loan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebtBurden {
    /// KDN in hundredths: 31 is 0.31.
    pub kdn_hundredths: u32,
    /// The source's report.
    pub report_id: String,
}

/// A contract to be entered at core lending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanBooking {
    /// Identity; the same again is no second loan.
    pub loan: LoanId,
    /// Who.
    pub client: ClientId,
    /// Number for people.
    pub contract_number: String,
    /// Sum.
    pub principal_tiyn: Tiyn,
    /// Nominal rate in hundredths of a percent a year.
    pub annual_rate_hundredths: u32,
    /// Instalments.
    pub months: u32,
    /// Way of repayment.
    pub method: Method,
    /// Day of payout, `YYYY-MM-DD`.
    pub issued: String,
    /// SHA-256 of the contract's bytes, base64url.
    pub contract_sha256: String,
}

/// Cash that a borrower received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutReport {
    /// The loan.
    pub loan: LoanId,
    /// Identity; the same again is no second payout.
    pub request: PayoutRequestId,
    /// Sum.
    pub amount_tiyn: Tiyn,
    /// Where.
    pub terminal: TerminalId,
}

/// Core lending, with the reports it brokers.
pub trait CoreLending: Send + Sync {
    /// The client with this IIN; `None`: no client.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn client_by_iin(&self, iin: &Secret) -> Result<Option<Client>, ConnectorError>;
    /// The client.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn client(&self, client: ClientId) -> Result<Client, ConnectorError>;
    /// Voluntary refusal, asked afresh.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn voluntary_refusal(&self, client: ClientId) -> Result<Finding, ConnectorError>;
    /// AML screening.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn aml(&self, client: ClientId) -> Result<Finding, ConnectorError>;
    /// Debt burden (B5).
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn debt_burden(&self, client: ClientId) -> Result<DebtBurden, ConnectorError>;
    /// Enters a contract; idempotent.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn book_loan(&self, booking: &LoanBooking) -> Result<(), ConnectorError>;
    /// Enters a payout; idempotent.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn report_payout(&self, report: &PayoutReport) -> Result<(), ConnectorError>;
    /// The contract as it was entered; `None`: there is none of this identity. Asked only for loans that a gateway
    /// restored from a back-up has forgotten; who cannot tell refuses.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn loan(&self, loan: LoanId) -> Result<Option<LoanBooking>, ConnectorError> {
        let _ = loan;
        Err(ConnectorError::Refused { service: "core lending", code: "not_offered".into() })
    }
}

/// What the matcher sees in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaceVerdict {
    /// The client.
    Same,
    /// Somebody else.
    Other,
    /// Nothing that can be compared.
    Unusable,
}

/// Compares a picture with the enrolled portrait.
pub trait FaceMatcher: Send + Sync {
    /// The verdict.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn compare(&self, client: ClientId, picture: &SecretBytes) -> Result<FaceVerdict, ConnectorError>;
}

/// Sends text messages.
pub trait Sms: Send + Sync {
    /// Hands over a message.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn send(&self, to: &Secret, text: &Secret, purpose: &'static str) -> Result<(), ConnectorError>;
}

/// A second durable place for sealed attachments.
pub trait SecondCopy: Send + Sync {
    /// Keeps it; durable on return.
    ///
    /// # Errors
    /// A text for the operator.
    fn keep(&self, terminal: &TerminalId, sha256: &str, text: &str) -> Result<(), String>;
    /// Erases it; durable on return. One that is not there is erased.
    ///
    /// # Errors
    /// A text for the operator.
    fn erase(&self, terminal: &TerminalId, sha256: &str) -> Result<(), String>;
    /// Reads it back; `None`: it is not there.
    ///
    /// # Errors
    /// A text for the operator.
    fn read(&self, terminal: &TerminalId, sha256: &str) -> Result<Option<String>, String>;
    /// Everything that is there.
    ///
    /// # Errors
    /// A text for the operator.
    fn names(&self) -> Result<Vec<(TerminalId, String)>, String>;
}

/// Every service the gateway speaks to.
pub struct Connectors {
    /// Core lending.
    pub core: Box<dyn CoreLending>,
    /// Face matcher.
    pub faces: Box<dyn FaceMatcher>,
    /// SMS.
    pub sms: Box<dyn Sms>,
    /// Second copy; `None`: the store alone counts as archive in the rig, never in production.
    pub second_copy: Option<Box<dyn SecondCopy>>,
}
