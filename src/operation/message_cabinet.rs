//! What messages say to a client in the personal cabinet.

use senim_domain::loan::{Method, Term};
use senim_domain::{ApplicationId, LoanId, OperationId, Secret, Tiyn, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::message::{ContractDebt, expose_on_the_wire};

/// A part of the cabinet, as it stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum CabinetContent {
    /// Applications, newest first.
    Applications(Vec<ApplicationStanding>),
    /// Contracts, newest first.
    Contracts(Vec<ContractFacts>),
    /// The document that was asked for.
    Document(ContractFile),
    /// Contracts with a debt, newest first.
    Debt(Vec<LoanStatement>),
    /// Where the MFO is paid; the ways themselves are a text of the rule pack.
    WaysToPay(PaymentDetails),
    /// Letters, newest first.
    Letters(Vec<Letter>),
    /// Consents, newest first.
    Consents(Vec<ConsentStanding>),
    /// Documents, newest first.
    Confirmations(Vec<DocumentConfirmation>),
}

/// How an application stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationStanding {
    /// Which.
    pub application: ApplicationId,
    /// When it was made, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<UtcMillis>,
    /// Sum asked for.
    pub amount_tiyn: Tiyn,
    /// Term asked for.
    pub term: Term,
    /// How it stands.
    pub state: ApplicationState,
}

/// How an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ApplicationState {
    /// It is here.
    Received,
    /// It is being checked.
    Checking,
    /// It is approved.
    Approved,
    /// It is refused, neutrally.
    Refused,
    /// It is refused because the client has set a voluntary refusal.
    VoluntaryRefusal,
    /// It is refused because another loan is open.
    LoanOpen,
    /// A contract is offered.
    Offered,
    /// The offer has ended.
    OfferEnded,
    /// The contract is concluded; there is no money yet.
    Signed,
    /// The contract rests before its payout (B6).
    Waiting,
    /// The money was given.
    PaidOut,
    /// Taken back.
    Cancelled,
}

/// A contract, before or after its conclusion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractFacts {
    /// The loan.
    pub loan: LoanId,
    /// Number for people.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub number: Secret,
    /// How it stands.
    pub state: ContractState,
    /// Sum.
    pub principal_tiyn: Tiyn,
    /// Day on which its schedule begins, `YYYY-MM-DD`.
    pub issued: String,
    /// When it was concluded, where this gateway knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concluded: Option<UtcMillis>,
    /// Nominal rate in hundredths of a percent a year, where this gateway knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annual_rate_hundredths: Option<u32>,
    /// How long, where this gateway knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<Term>,
    /// Way of repayment; none before it is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// SHA-256 of the document, base64url; before the method is chosen one for each.
    pub documents: Vec<String>,
}

/// The file of a contract or of a supplement, as it was shown and signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractFile {
    /// The loan that it is about.
    pub loan: LoanId,
    /// The file, base64.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub pdf: Secret,
    /// SHA-256 of the file, base64url.
    pub sha256: String,
}

/// How a contract stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ContractState {
    /// Offered, not concluded.
    Offered,
    /// Concluded, no money yet.
    Agreed,
    /// It rests before its payout (B6).
    Waiting,
    /// Money is owed.
    Running,
    /// Nothing is owed.
    Closed,
    /// Taken back before any money.
    Cancelled,
    /// Interest and collection rest.
    Suspended,
    /// Written off by a verdict.
    WrittenOff,
}

/// A contract's debt with its payments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoanStatement {
    /// What is owed.
    pub debt: ContractDebt,
    /// Payments to come, by date.
    pub upcoming: Vec<UpcomingPayment>,
    /// Payments made, newest first.
    pub made: Vec<PaymentDone>,
}

/// A payment to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpcomingPayment {
    /// Due day, `YYYY-MM-DD`.
    pub date: String,
    /// Principal.
    pub principal_tiyn: Tiyn,
    /// Interest.
    pub interest_tiyn: Tiyn,
    /// The two together.
    pub total_tiyn: Tiyn,
    /// What of it is paid already.
    pub paid_tiyn: Tiyn,
}

/// A payment made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentDone {
    /// Day, `YYYY-MM-DD`.
    pub date: String,
    /// Sum.
    pub amount_tiyn: Tiyn,
    /// Of it principal.
    pub principal_tiyn: Tiyn,
    /// Of it interest.
    pub interest_tiyn: Tiyn,
    /// Of it penalty.
    pub penalty_tiyn: Tiyn,
    /// Of it waiting for the next due day.
    pub held_tiyn: Tiyn,
    /// Of it above everything owed.
    pub overpaid_tiyn: Tiyn,
}

impl LoanStatement {
    /// Whether every total is the sum of its parts. What does not add up is shown to nobody.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        let is = |parts: &[Tiyn], total: Tiyn| Tiyn::sum(parts.iter().copied()).is_ok_and(|sum| sum == total);
        let debt = &self.debt;
        is(&[debt.principal_tiyn, debt.interest_tiyn, debt.penalty_tiyn], debt.total_tiyn)
            && debt.due_tiyn <= debt.total_tiyn
            && self.upcoming.iter().all(|one| {
                is(&[one.principal_tiyn, one.interest_tiyn], one.total_tiyn)
                    && one.paid_tiyn <= one.total_tiyn
            })
            && self.made.iter().all(|one| {
                let parts = [
                    one.principal_tiyn,
                    one.interest_tiyn,
                    one.penalty_tiyn,
                    one.held_tiyn,
                    one.overpaid_tiyn,
                ];
                is(&parts, one.amount_tiyn)
            })
    }
}

/// Where the MFO is paid without a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentDetails {
    /// The MFO's name.
    pub name: String,
    /// Its BIN.
    pub bin: String,
    /// Its account.
    pub iban: String,
    /// The bank's name.
    pub bank: String,
    /// The bank's BIC.
    pub bic: String,
    /// Code of the payment's purpose (КНП).
    pub purpose_code: String,
}

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// Identity.
    pub letter: OperationId,
    /// Whether it comes from the client.
    pub from_client: bool,
    /// When.
    pub at: UtcMillis,
    /// What it is about.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub subject: Secret,
    /// The text.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub text: Secret,
}

/// A consent to the use of state data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentStanding {
    /// Its number: the identity of the security token.
    pub number: String,
    /// When it was given.
    pub given: UtcMillis,
    /// End of its life.
    pub expires: UtcMillis,
    /// How the state service says that it stands.
    pub status: ConsentStatus,
    /// When silence of the MFO becomes revocation, while it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_until: Option<UtcMillis>,
    /// What became of the newest application for its revocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ConsentOutcome>,
}

/// What became of an application for revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "outcome", deny_unknown_fields)]
pub enum ConsentOutcome {
    /// The MFO let the consent go.
    Revoked {
        /// When.
        at: UtcMillis,
    },
    /// It stays.
    Kept {
        /// When that was decided.
        at: UtcMillis,
        /// `normativeAct`, `contract` or `obligation`.
        ground_type: String,
        /// Number of the document.
        #[serde(serialize_with = "expose_on_the_wire")]
        doc_number: Secret,
        /// Its date, `YYYY-MM-DD`.
        doc_date: String,
        /// Its name.
        doc_name: String,
    },
    /// Nobody decided in time: it is revoked.
    Silence {
        /// The end of the deadline.
        at: UtcMillis,
    },
}

/// How a consent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConsentStatus {
    /// In force.
    Active,
    /// The client asked the state for revocation; the MFO decides.
    UnderReview,
    /// Revoked.
    NotActive,
    /// Its time has passed.
    Expired,
    /// The state service does not answer.
    Unknown,
}

/// That a document was sent or received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentConfirmation {
    /// What it is.
    pub document: DocumentKind,
    /// Its identity: of the row, or of the letter.
    pub id: OperationId,
    /// Whether the client sent it and the MFO received it; else the other way.
    pub from_client: bool,
    /// When.
    pub at: UtcMillis,
    /// SHA-256 of the document, base64url, where it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DocumentKind {
    /// The contract, as offered by the MFO or as concluded by the client.
    Contract,
    /// A letter.
    Letter,
    /// A change of a contract, as concluded by the client.
    Supplement,
    /// A request for other terms.
    RestructuringRequest,
}

/// Why a part of the cabinet is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CabinetRefusal {
    /// Not for this person here.
    NotAvailable,
    /// A service behind the MFO does not answer.
    TryLater,
}
