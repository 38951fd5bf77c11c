//! What messages say of changes of a contract (R-042, R-060, B2.4).

use senim_domain::supplement::{AmendedTerms, SupplementKind};
use senim_domain::{LoanId, OperationId, Secret, SupplementId, Tiyn, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::body_supplement::RefundWay;
use crate::message::expose_on_the_wire;

/// What can be changed of a client's contracts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractChanges {
    /// Supplements that wait for the client's word.
    pub supplements: Vec<WaitingSupplement>,
    /// Contracts for which other terms can be asked for.
    pub contracts: Vec<ChangeableContract>,
    /// What goes back to the client after a verdict, as long as they have not said how.
    pub refunds: Vec<RefundDue>,
}

/// A supplement that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitingSupplement {
    /// Which.
    pub supplement: SupplementId,
    /// The contract.
    pub loan: LoanId,
    /// The contract's number for people.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub contract: Secret,
    /// Its own number for people.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub number: Secret,
    /// What it is.
    pub kind: SupplementKind,
    /// It waits until then.
    pub expires: UtcMillis,
}

/// A contract for which other terms can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeableContract {
    /// Which.
    pub loan: LoanId,
    /// Number for people.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub number: Secret,
    /// Last day of the MFO's answer to what was asked before, `YYYY-MM-DD`; absent: nothing is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<String>,
}

/// A supplement to be read, agreed to and signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupplementDraft {
    /// Which.
    pub supplement: SupplementId,
    /// The contract.
    pub loan: LoanId,
    /// Product of the rule pack by whose ways of counting its schedule is reckoned.
    pub product: String,
    /// The terms, as the terminal recomputes them.
    pub terms: AmendedTerms,
    /// The PDF, base64 (RFC 4648 section 4): exactly these bytes are shown, hashed and signed.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub pdf: Secret,
    /// SHA-256 of the PDF, base64url.
    pub sha256: String,
}

/// What the MFO says to a supplement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupplementAnswer {
    /// Which.
    pub supplement: SupplementId,
    /// What.
    pub outcome: SupplementOutcome,
}

/// One of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum SupplementOutcome {
    /// It is in force.
    Concluded {
        /// Since when.
        at: UtcMillis,
        /// SHA-256 of its bytes, base64url.
        sha256: String,
    },
    /// It is declined; the contract stays as it is.
    Declined,
    /// No.
    Refused(SupplementRefusal),
}

/// Why a supplement is not drafted or not concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SupplementRefusal {
    /// It does not wait for this client, or not any more.
    NotWaiting,
    /// Its time is over.
    Expired,
    /// What is left to pay is not what it was offered for: a payment came between.
    TermsChanged,
    /// It would break a limit of the law.
    OutsideLimits,
    /// These are not the bytes that were drafted, or they were not shown to their end.
    DocumentDiffers,
    /// The picture is too old, or not the client's.
    FaceCheck,
    /// The client's electronic signature is needed first.
    NotSigned,
    /// It is needed, and the MFO takes none here.
    SigningNotOffered,
    /// A service behind the MFO does not answer.
    TryLater,
}

/// What the MFO says to somebody who asks for other terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestructuringAnswer {
    /// Of which contract.
    pub loan: LoanId,
    /// What.
    pub outcome: RestructuringOutcome,
}

/// One of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum RestructuringOutcome {
    /// The MFO has the request and answers in writing.
    Taken {
        /// Its identity.
        request: OperationId,
        /// Last day of the answer, `YYYY-MM-DD`.
        answer_by: String,
    },
    /// No.
    Refused(RestructuringRefusal),
}

/// Why a request for other terms is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RestructuringRefusal {
    /// Nothing is owed under this contract by this client.
    NotOwed,
    /// An earlier request waits for its answer.
    AlreadyAsked,
    /// The MFO does not take such requests here.
    NotOffered,
    /// A service behind the MFO does not answer.
    TryLater,
}

/// What goes back to a client of a contract that was written off by a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundDue {
    /// The contract.
    pub loan: LoanId,
    /// Its number for people.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub number: Secret,
    /// Sum.
    pub amount_tiyn: Tiyn,
    /// How it can go back.
    pub ways: Vec<RefundWay>,
}

/// What the MFO says to a choice of how money goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundAnswer {
    /// Of which contract.
    pub loan: LoanId,
    /// What.
    pub outcome: RefundOutcome,
}

/// One of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum RefundOutcome {
    /// The choice stands.
    Taken(RefundTaken),
    /// No.
    Refused(RefundRefusal),
}

/// A choice that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundTaken {
    /// How.
    pub way: RefundWay,
    /// Sum.
    pub amount_tiyn: Tiyn,
    /// The account, masked; empty for the cash desk.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub account_masked: Secret,
    /// Number of the order at the cash desk; empty for an account.
    pub number: String,
    /// Its last day, `YYYY-MM-DD`; empty for an account.
    pub until: String,
    /// Where the desk is; empty for an account.
    pub address: String,
    /// When it was chosen.
    pub at: UtcMillis,
}

/// Why a choice is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RefundRefusal {
    /// Nothing goes back to this client under this contract.
    NotDue,
    /// They have chosen already.
    AlreadyChosen,
    /// Not an account that can be used.
    NotUsable,
    /// The account is somebody else's.
    NotOwned,
    /// The bank cannot say whose it is.
    OwnerUnknown,
    /// Too many accounts were typed in this visit.
    TooMany,
    /// The picture is too old, or not the client's.
    FaceCheck,
    /// A service behind the MFO does not answer.
    TryLater,
}
