//! Rows of the personal cabinet: what a client looks at, what they write, and slips.

use senim_domain::{ClientId, LoanId, OperationId};
use serde::{Deserialize, Serialize};

/// A client who is logged in opens a part of the cabinet. What they are shown is in the answer, never in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CabinetRequested {
    /// Who.
    pub client: ClientId,
    /// What is opened.
    pub part: CabinetPart,
    /// Which document; with [`CabinetPart::Document`] alone.
    pub document: Option<DocumentAsked>,
}

impl CabinetRequested {
    /// A client opens a part that is one whole.
    #[must_use]
    pub const fn of(client: ClientId, part: CabinetPart) -> Self {
        Self { client, part, document: None }
    }

    /// A client opens a document of theirs.
    #[must_use]
    pub const fn file(client: ClientId, document: DocumentAsked) -> Self {
        Self { client, part: CabinetPart::Document, document: Some(document) }
    }
}

/// A document of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentAsked {
    /// The loan that it is about.
    pub loan: LoanId,
    /// SHA-256 of the file, base64url.
    pub sha256: String,
}

/// A client writes to the MFO. Sealed: [`crate::attachment::CabinetLetter`]. The letter's identity is the row's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CabinetLetterSubmitted {
    /// Who.
    pub client: ClientId,
    /// What it is about.
    pub subject: LetterSubject,
}

/// A slip with what the MFO answered was given or could not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlipPrinted {
    /// The row whose answer it tells of.
    pub of: OperationId,
    /// Whether the printer confirmed the last row.
    pub printed: bool,
    /// SHA-256 of the raster, base64url.
    pub sha256: String,
}

/// A part of the cabinet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CabinetPart {
    /// How applications stand.
    Applications,
    /// Contracts before and after conclusion.
    Contracts,
    /// The file of one contract, or of a supplement to it.
    Document,
    /// Debts with payments to come and made.
    Debt,
    /// Ways of repayment.
    WaysToPay,
    /// Letters of both sides.
    Letters,
    /// Consents and how they stand.
    Consents,
    /// Documents that were sent and received.
    Confirmations,
}

impl CabinetPart {
    /// Its code, as in rows.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Applications => "applications",
            Self::Contracts => "contracts",
            Self::Document => "document",
            Self::Debt => "debt",
            Self::WaysToPay => "waysToPay",
            Self::Letters => "letters",
            Self::Consents => "consents",
            Self::Confirmations => "confirmations",
        }
    }
}

/// What a letter to the MFO is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LetterSubject {
    /// A contract or an application.
    Contract,
    /// A payment.
    Payment,
    /// The client's own data.
    PersonalData,
    /// This terminal.
    Terminal,
    /// A complaint.
    Complaint,
    /// Anything else.
    Other,
}

impl LetterSubject {
    /// Every subject, in the order in which they are offered.
    pub const ALL: [Self; 6] =
        [Self::Contract, Self::Payment, Self::PersonalData, Self::Terminal, Self::Complaint, Self::Other];
}
