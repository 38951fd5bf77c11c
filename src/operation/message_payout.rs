//! What the MFO says of ways of payout other than notes, and of transfers.

use senim_domain::rule_pack::PayoutMethod;
use senim_domain::{LoanId, PayoutRequestId, PayoutTargetId, Secret};
use serde::{Deserialize, Serialize};

use crate::secret_wire::expose_on_the_wire;

/// Where a payout may go. Never an account or a card in clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutTarget {
    /// Its number, for this loan only.
    pub target: PayoutTargetId,
    /// `account`, `card` or `merchant`.
    pub way: PayoutMethod,
    /// For the person to recognise: an account or card masked, a merchant's name and place.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub name: Secret,
}

/// How a loan may be paid out as far as the MFO is concerned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutWays {
    /// The loan.
    pub loan: LoanId,
    /// Ways, cheapest for the client's attention first.
    pub ways: Vec<PayoutMethod>,
    /// The client's cards, and merchants under contract.
    pub targets: Vec<PayoutTarget>,
}

/// What the MFO says to an account or to a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WayAnswer {
    /// The loan.
    pub loan: LoanId,
    /// What.
    pub outcome: WayOutcome,
}

/// One of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WayOutcome {
    /// The bank says that the account is the client's.
    Confirmed(PayoutTarget),
    /// The choice stands; the contract will state it.
    Accepted,
    /// No.
    Refused(WayRefusal),
}

/// Why an account is not used, or a choice not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WayRefusal {
    /// The account is somebody else's.
    NotOwned,
    /// The bank cannot say whose it is: no transfer then.
    OwnerUnknown,
    /// Too many accounts were typed in this visit.
    TooMany,
    /// Not for this loan, or not any more.
    NotOffered,
    /// A service behind the MFO does not answer.
    TryLater,
}

/// What the MFO says to a transfer that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferAnswer {
    /// The request.
    pub request: PayoutRequestId,
    /// What.
    pub outcome: TransferOutcome,
}

/// One of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TransferOutcome {
    /// The statement that names the account is to be signed first.
    ToSign {
        /// Exactly these UTF-8 bytes are shown and signed.
        #[serde(serialize_with = "expose_on_the_wire")]
        statement: Secret,
        /// SHA-256 of the bytes, base64url.
        statement_sha256: String,
    },
    /// The bank has settled it.
    Paid,
    /// It is ordered, or may be, and not settled: nothing else is tried until it is known. The client gets a text.
    UnderWay,
    /// It is not made, and nothing was ordered or the bank said no: another way is open.
    Refused {
        /// A code.
        reason: String,
    },
}
