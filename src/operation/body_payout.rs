//! Rows of how a microcredit reaches its borrower other than by notes.
//!
//! Accounts, cards and merchants appear as numbers of the gateway that mean something for one loan only.

use senim_domain::location::Place;
use senim_domain::rule_pack::PayoutMethod;
use senim_domain::{LoanId, MessageId, PayoutRequestId, PayoutTargetId, Tiyn};
use serde::{Deserialize, Serialize};

/// The client asks how a loan may be paid out; the MFO says which ways it can go now, and where to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutWaysRequested {
    /// Which.
    pub loan: LoanId,
}

/// An account was typed; the MFO asks its bank whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutAccountSubmitted {
    /// For the payout of this loan.
    pub loan: LoanId,
}

/// The client chose how the loan is to be paid out, before the contract that states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutWayChosen {
    /// Which.
    pub loan: LoanId,
    /// The way.
    pub way: PayoutMethod,
    /// Where to, for an account, a card or a merchant.
    pub target: Option<PayoutTargetId>,
}

/// The client wants a part of the loan transferred now, from the MFO's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferRequested {
    /// Its identity, born here; the bank's order carries it too.
    pub request: PayoutRequestId,
    /// Which loan.
    pub loan: LoanId,
    /// Part of the loan, from 1.
    pub part: u32,
    /// What is missing, exactly.
    pub amount_tiyn: Tiyn,
    /// `account`, `card` or `merchant`.
    pub way: PayoutMethod,
    /// Where to.
    pub target: PayoutTargetId,
    /// The face check that it rests on; for a merchant another one than the contract's.
    pub face_check: MessageId,
    /// Where the terminal is.
    pub place: Option<Place>,
}
