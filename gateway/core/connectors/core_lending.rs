//! Core lending: the lender's own books of clients, applications, contracts and money.
//!
//! The questions about a running loan are in [`super::servicing`]; they are asked of the same service. What a core
//! lending does not offer it refuses with `not_offered`, and the gateway does not offer it either.

use senim_domain::loan::{Method, Term};
use senim_domain::{
    ApplicationId, ClientId, Language, LoanId, OperationId, PayoutRequestId, Secret, TerminalId, Tiyn,
    UtcMillis,
};
use serde::{Deserialize, Serialize};

use super::bank::Account;
use super::refunds::Refunds;
use super::servicing::{
    CabinetMessage, CashDeskOrder, CashDeskState, ContractSummary, Debt, Instalment, PaymentMade, Repayment,
    RepaymentOutcome, Requisites, Unallocated,
};
use super::supplements::ContractChanges;
use super::{ConnectorError, NOT_OFFERED};

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
    /// How long.
    pub term: Term,
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

/// As whom somebody is a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClientKind {
    /// A person.
    Individual,
    /// A person whose registration as an individual entrepreneur was confirmed.
    IndividualEntrepreneur,
}

/// An identity document as data; never an image of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityDocument {
    /// `identityCard`, `passport`, `residencePermit` or `statelessCertificate` (B17).
    pub kind: String,
    /// Its number.
    pub number: Secret,
    /// Last day of its validity, `YYYY-MM-DD`.
    pub expires: String,
}

/// A client to be entered after registration.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// Identity given by the gateway; the same again is no second client.
    pub client: ClientId,
    /// As whom.
    pub kind: ClientKind,
    /// IIN; it can never be changed afterwards.
    pub iin: Secret,
    /// Surname, Cyrillic.
    pub surname: Secret,
    /// Given name.
    pub given_name: Secret,
    /// Patronymic, where there is one.
    pub patronymic: Option<Secret>,
    /// Identity document.
    pub document: IdentityDocument,
    /// Phone, `+7…`, confirmed by a one-time code.
    pub phone: Secret,
    /// Language of letters.
    pub language: Language,
}

/// Who a client is, for comparing and for documents.
#[derive(Clone, Debug)]
pub struct ClientIdentity {
    /// As whom.
    pub kind: ClientKind,
    /// IIN.
    pub iin: Secret,
    /// Identity document.
    pub document: IdentityDocument,
    /// Where transfers go, where the client has named it.
    pub account: Option<Account>,
}

/// What stands in the way of a client's operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientFlags {
    /// Since when the MFO knows that the client's data spread illegally; `None`: it does not.
    pub data_leak_since: Option<UtcMillis>,
    /// A notice that must be acknowledged before anything else, in the client's language.
    pub blocking_notice: Option<Secret>,
}

/// Something that a client has to be told in writing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeDue {
    /// Whom.
    pub client: ClientId,
    /// Of what.
    #[serde(flatten)]
    pub about: NoticeAbout,
    /// Since when the MFO knows; the delay runs from then on.
    pub since: UtcMillis,
}

/// What a client has to be told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum NoticeAbout {
    /// Their data leaked.
    DataLeak,
    /// Interest and collection rest.
    Suspension {
        /// For which contract.
        loan: LoanId,
        /// Its number.
        number: String,
    },
    /// Core lending lowered the rate alone (B2.4).
    LowerRate {
        /// Of which contract.
        loan: LoanId,
        /// Its number.
        number: String,
        /// The rate from then on, hundredths of a percent a year.
        annual_rate_hundredths: u32,
    },
    /// Interest and collection go on after a suspension.
    Resumption {
        /// Of which contract.
        loan: LoanId,
        /// Its number.
        number: String,
        /// Interest for the time of the suspension.
        interest_tiyn: Tiyn,
    },
    /// Somebody entered their account without leave, and no data are known to have spread.
    UnauthorisedAccess,
    /// A verdict wrote the debt off.
    WriteOff {
        /// Of which contract.
        loan: LoanId,
        /// Its number.
        number: String,
    },
}

/// An application as far as it has come; kept so that it can be continued here or elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationRecord {
    /// Identity.
    pub application: ApplicationId,
    /// Whose.
    pub client: ClientId,
    /// Rises with each change; core lending keeps the highest, so that order and repetition do not matter.
    pub revision: u32,
    /// Sum asked for.
    pub amount_tiyn: Tiyn,
    /// Term asked for.
    pub term: Term,
    /// `personal` or `business`.
    pub purpose: String,
    /// `received`, `checking`, `approved`, `refused`, `offered`, `signed`, `waiting`, `paidOut`, `cancelled`.
    pub state: String,
    /// Where the dialogue goes on.
    pub step: String,
    /// The loan that came of it.
    pub loan: Option<LoanId>,
}

/// A contract that the client gave back before any money (B6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanCancellation {
    /// The loan.
    pub loan: LoanId,
    /// The row in which the client said so; the same again changes nothing.
    pub operation: OperationId,
    /// `coolingOff`, `client` or `expired`.
    pub reason: String,
}

/// Another day of payout for a contract of which nothing was paid out yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutDayMoved {
    /// The loan.
    pub loan: LoanId,
    /// The row in which the client accepted it; the same again changes nothing.
    pub operation: OperationId,
    /// The day, `YYYY-MM-DD`: the schedule begins on it.
    pub issued: String,
}

/// Core lending, with the reports it brokers.
pub trait CoreLending: ContractChanges + Refunds {
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
        not_offered()
    }
    /// Enters a client; idempotent. `client_conflict`: the IIN or the identity belongs to another.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn create_client(&self, client: &NewClient) -> Result<(), ConnectorError> {
        let _ = client;
        not_offered()
    }
    /// Who a client is.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn identity(&self, client: ClientId) -> Result<ClientIdentity, ConnectorError> {
        let _ = client;
        not_offered()
    }
    /// Changes the phone; `operation` is the row that carries biometrics and signature. Idempotent.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn change_phone(
        &self,
        client: ClientId,
        phone: &Secret,
        operation: OperationId,
    ) -> Result<(), ConnectorError> {
        let _ = (client, phone, operation);
        not_offered()
    }
    /// Changes where transfers go. Idempotent.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn change_account(
        &self,
        client: ClientId,
        account: &Account,
        operation: OperationId,
    ) -> Result<(), ConnectorError> {
        let _ = (client, account, operation);
        not_offered()
    }
    /// What stands in the client's way.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn flags(&self, client: ClientId) -> Result<ClientFlags, ConnectorError> {
        let _ = client;
        not_offered()
    }
    /// The measures of were taken; the leak stands in the way no longer. Idempotent.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn leak_measures_taken(&self, client: ClientId, operation: OperationId) -> Result<(), ConnectorError> {
        let _ = (client, operation);
        not_offered()
    }
    /// What clients have to be told in writing; what was listed before may be listed again.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn notices_due(&self) -> Result<Vec<NoticeDue>, ConnectorError> {
        not_offered()
    }
    /// Stores an application; a lower revision than the stored one changes nothing.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn store_application(&self, record: &ApplicationRecord) -> Result<(), ConnectorError> {
        let _ = record;
        not_offered()
    }
    /// The client's applications, newest first.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn applications(&self, client: ClientId) -> Result<Vec<ApplicationRecord>, ConnectorError> {
        let _ = client;
        not_offered()
    }
    /// Takes a contract out of force before payout; idempotent.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn cancel_loan(&self, cancellation: &LoanCancellation) -> Result<(), ConnectorError> {
        let _ = cancellation;
        not_offered()
    }
    /// Moves the day of payout, and with it the schedule, of a contract of which nothing was paid out yet; idempotent.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn move_payout_day(&self, moved: &PayoutDayMoved) -> Result<(), ConnectorError> {
        let _ = moved;
        not_offered()
    }
    /// The client's contracts, newest first.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn contracts(&self, client: ClientId) -> Result<Vec<ContractSummary>, ConnectorError> {
        let _ = client;
        not_offered()
    }
    /// The contract with this number; `None`: there is none.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn contract_by_number(&self, number: &str) -> Result<Option<ContractSummary>, ConnectorError> {
        let _ = number;
        not_offered()
    }
    /// The schedule in force.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn schedule(&self, loan: LoanId) -> Result<Vec<Instalment>, ConnectorError> {
        let _ = loan;
        not_offered()
    }
    /// The debt on a day, `YYYY-MM-DD`, not before today.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn debt(&self, loan: LoanId, on: &str) -> Result<Debt, ConnectorError> {
        let _ = (loan, on);
        not_offered()
    }
    /// Money that came in for a loan; idempotent by its row. Answers what became of it, the same each time.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn repay(&self, repayment: &Repayment) -> Result<RepaymentOutcome, ConnectorError> {
        let _ = repayment;
        not_offered()
    }
    /// Money whose contract nobody knows; idempotent by its row.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn hold_unallocated(&self, money: &Unallocated) -> Result<(), ConnectorError> {
        let _ = money;
        not_offered()
    }
    /// Payments made, newest first.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn payments(&self, loan: LoanId) -> Result<Vec<PaymentMade>, ConnectorError> {
        let _ = loan;
        not_offered()
    }
    /// Where a borrower may pay without a terminal.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn requisites(&self) -> Result<Requisites, ConnectorError> {
        not_offered()
    }
    /// Orders cash for a borrower at the cash desk; idempotent by `request`.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn order_at_cash_desk(
        &self,
        loan: LoanId,
        request: PayoutRequestId,
        amount: Tiyn,
    ) -> Result<CashDeskOrder, ConnectorError> {
        let _ = (loan, request, amount);
        not_offered()
    }
    /// What became of an order at the cash desk; `None`: there is none of this identity.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn cash_desk_state(
        &self,
        loan: LoanId,
        request: PayoutRequestId,
    ) -> Result<Option<CashDeskState>, ConnectorError> {
        let _ = (loan, request);
        not_offered()
    }
    /// Messages of the cabinet, both ways, newest first.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn messages(&self, client: ClientId) -> Result<Vec<CabinetMessage>, ConnectorError> {
        let _ = client;
        not_offered()
    }
    /// A message from the client; idempotent by its identity.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn post_message(&self, client: ClientId, message: &CabinetMessage) -> Result<(), ConnectorError> {
        let _ = (client, message);
        not_offered()
    }
}

pub(super) fn not_offered<T>() -> Result<T, ConnectorError> {
    Err(ConnectorError::Refused { service: "core lending", code: NOT_OFFERED.to_owned() })
}
