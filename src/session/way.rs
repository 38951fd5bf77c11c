//! How a microcredit reaches its borrower: the ways that are possible now, and how the choice among them goes.

use senim_domain::iban::IbanError;
use senim_domain::loan::Method;
use senim_domain::rule_pack::PayoutMethod;
use senim_domain::{LoanId, OperationId, Secret};
use senim_operation::message::{PayoutTarget, WayRefusal};

use crate::remainder::Owed;
use crate::state::Offer;

/// How a loan is paid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaidBy {
    /// In notes, here.
    Cash,
    /// In notes at the MFO's cash desk, with a slip.
    CashDesk,
    /// To an account, a card or a merchant.
    Transfer(PayoutTarget),
}

/// Ways and destinations as far as the MFO is concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// Ways.
    pub ways: Vec<PayoutMethod>,
    /// The client's cards, and merchants under contract.
    pub targets: Vec<PayoutTarget>,
}

/// What the way is chosen for.
#[derive(Debug)]
pub enum WayFor {
    /// For a contract that will state it.
    Contract {
        /// The offer.
        offer: Box<Offer>,
        /// The method of repayment.
        method: Method,
    },
    /// For what is missing of a concluded loan.
    Rest(Box<Owed>),
}

impl WayFor {
    /// The loan.
    #[must_use]
    pub fn loan(&self) -> LoanId {
        match self {
            Self::Contract { offer, .. } => offer.loan,
            Self::Rest(owed) => owed.loan,
        }
    }
}

/// The choice of a way.
#[derive(Debug)]
pub struct Wayfinding {
    /// What for.
    pub bound: WayFor,
    /// How far it is.
    pub stage: WayStage,
}

/// How far it is.
#[derive(Debug)]
pub enum WayStage {
    /// The MFO is asked what is possible.
    Asking {
        /// The request.
        asked: OperationId,
    },
    /// One of several ways is chosen.
    Choosing {
        /// What is possible.
        known: Ways,
    },
    /// A card or a merchant is chosen.
    Listing {
        /// What is possible.
        known: Ways,
        /// `Card` or `Merchant`.
        way: PayoutMethod,
    },
    /// An account is typed.
    Iban {
        /// What is possible.
        known: Ways,
        /// What was wrong with the last one.
        fault: Option<IbanError>,
    },
    /// The bank is asked whose it is.
    Checking {
        /// The request.
        asked: OperationId,
        /// What is possible.
        known: Ways,
    },
    /// It is the client's: the only screen that can be confirmed.
    Sure {
        /// What is possible.
        known: Ways,
        /// The account.
        target: PayoutTarget,
    },
    /// The merchant's order or invoice is typed.
    Invoice {
        /// What is possible.
        known: Ways,
        /// The merchant.
        target: PayoutTarget,
        /// The last one was none.
        invalid: bool,
    },
    /// The MFO is told what was chosen.
    Telling {
        /// The request.
        asked: OperationId,
        /// What is possible.
        known: Ways,
        /// The choice.
        by: PaidBy,
    },
    /// No: another way, or another account.
    Refused {
        /// What is possible.
        known: Ways,
        /// Why.
        reason: WayRefusal,
    },
}

impl WayStage {
    /// The request whose answer is awaited.
    #[must_use]
    pub const fn asked(&self) -> Option<OperationId> {
        match self {
            Self::Asking { asked } | Self::Checking { asked, .. } | Self::Telling { asked, .. } => {
                Some(*asked)
            }
            Self::Choosing { .. }
            | Self::Listing { .. }
            | Self::Iban { .. }
            | Self::Sure { .. }
            | Self::Invoice { .. }
            | Self::Refused { .. } => None,
        }
    }
}

/// Most signs of a merchant's order or invoice.
pub const INVOICE_MAX: usize = 20;

/// Whether this can be a merchant's order or invoice.
#[must_use]
pub fn is_invoice(typed: &Secret) -> bool {
    let text = typed.expose();
    let signs = text.bytes().all(|sign| sign.is_ascii_uppercase() || sign.is_ascii_digit());
    signs && (1..=INVOICE_MAX).contains(&text.len())
}
