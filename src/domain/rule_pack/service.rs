//! What a terminal may do, for whom, and how money reaches the borrower.

use serde::{Deserialize, Serialize};

/// A service of a terminal that an MFO notifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// A microcredit paid out in banknotes here.
    CashLoan,
    /// A microcredit transferred to the client's own account or card.
    TransferLoan,
    /// A microcredit transferred to a merchant under contract.
    MerchantLoan,
    /// A microcredit fetched at a cash desk with a slip printed here.
    CashDeskLoan,
    /// Registration of a client.
    Registration,
    /// Repayment in banknotes.
    Repayment,
    /// The personal cabinet.
    Cabinet,
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 7] = [
        Self::CashLoan,
        Self::TransferLoan,
        Self::MerchantLoan,
        Self::CashDeskLoan,
        Self::Registration,
        Self::Repayment,
        Self::Cabinet,
    ];

    /// Whether it lends: blocked by old firmware and by findings about integrity, while information
    /// and repayment stay.
    #[must_use]
    pub const fn lends(self) -> bool {
        match self {
            Self::CashLoan
            | Self::TransferLoan
            | Self::MerchantLoan
            | Self::CashDeskLoan
            | Self::Registration => true,
            Self::Repayment | Self::Cabinet => false,
        }
    }
}

/// How a microcredit reaches the borrower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutMethod {
    /// Banknotes of this terminal.
    Cash,
    /// Banknotes at a cash desk of the MFO, with a slip.
    CashDesk,
    /// The client's own bank account, by IBAN.
    Account,
    /// The client's own card, by a token that the server keeps.
    Card,
    /// The account of a merchant under contract.
    Merchant,
}

impl PayoutMethod {
    /// Every way.
    pub const ALL: [Self; 5] = [Self::Cash, Self::CashDesk, Self::Account, Self::Card, Self::Merchant];

    /// The service that has to be notified for it.
    #[must_use]
    pub const fn service(self) -> Service {
        match self {
            Self::Cash => Service::CashLoan,
            Self::CashDesk => Service::CashDeskLoan,
            Self::Account | Self::Card => Service::TransferLoan,
            Self::Merchant => Service::MerchantLoan,
        }
    }
}

/// What a microcredit is for: decides on EDS, penalties and caps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// An individual's own needs.
    Consumer,
    /// Business activity of an individual entrepreneur.
    Business,
}

/// Who may be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientType {
    /// A person.
    Individual,
    /// A person registered as an entrepreneur; the server confirms it.
    IndividualEntrepreneur,
    /// A company; referred elsewhere by a terminal of this release.
    LegalEntity,
}

/// How consent to access personal data is asked for by the state service (S004 p.4, R-224).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AccessMethod {
    /// 1: the person answers an SMS of 1414.
    SmsReply,
    /// 2: the initiator's own means; needs an agreement and a verification token.
    OwnMeans,
    /// 3: proactive services.
    Proactive,
    /// 4: logging without consent.
    Logging,
    /// 5: a one-time code by Mobile Government.
    OneTimeCode,
}

impl AccessMethod {
    /// Every method.
    pub const ALL: [Self; 5] =
        [Self::SmsReply, Self::OwnMeans, Self::Proactive, Self::Logging, Self::OneTimeCode];

    /// Its number in the Rules.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::SmsReply => 1,
            Self::OwnMeans => 2,
            Self::Proactive => 3,
            Self::Logging => 4,
            Self::OneTimeCode => 5,
        }
    }

    /// Whether a lender may use it: a loan is no proactive service, and never without consent.
    #[must_use]
    pub const fn is_for_lending(self) -> bool {
        matches!(self, Self::SmsReply | Self::OwnMeans | Self::OneTimeCode)
    }
}
