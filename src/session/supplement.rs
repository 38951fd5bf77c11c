//! Changes of a contract at the terminal: a supplement that is read, agreed to and signed, or declined; and a client who asks
//! for other terms. Each stage carries exactly what is valid there.

use senim_document::Paper;
use senim_domain::gesv::Gesv;
use senim_domain::loan::Schedule;
use senim_domain::supplement::{AmendedTerms, HardshipReason, SupplementKind, WishedRelief};
use senim_domain::{Language, LoanId, MessageId, OperationId, Secret, SecretBytes, SupplementId, UtcMillis};
use senim_operation::body::RefundWay;
use senim_operation::message::{
    ChangeableContract, ContractChanges, RefundDue, RefundTaken, WaitingSupplement,
};

use crate::dialogue::cabinet::Slip;
use crate::state::Client;

/// A client who looks at changes of their contracts.
#[derive(Debug)]
pub struct Amending {
    /// Who.
    pub client: Client,
    /// How far it is.
    pub stage: AmendStage,
}

/// How far a change is.
#[derive(Debug)]
pub enum AmendStage {
    /// What can be changed is asked for.
    Asking {
        /// The request.
        asked: OperationId,
    },
    /// What can be changed: supplements first, then contracts for which other terms can be asked for.
    Listed(ContractChanges),
    /// The supplement is being drafted.
    Drafting {
        /// The request.
        asked: OperationId,
        /// Which.
        waiting: WaitingSupplement,
    },
    /// The supplement is being read.
    Reading(Box<Amendment>),
    /// It was read: to be agreed to, or declined.
    Decide(Box<Amendment>),
    /// Whether the client means to decline.
    Sure(Box<Amendment>),
    /// The face is being compared.
    Matching {
        /// The request.
        asked: OperationId,
        /// What is agreed to.
        amendment: Box<Amendment>,
    },
    /// It is being concluded.
    Concluding {
        /// The request.
        asked: OperationId,
        /// What is agreed to.
        amendment: Box<Amendment>,
        /// The face check.
        face_check: MessageId,
    },
    /// It is in force.
    Concluded(Box<Amended>),
    /// It is being declined.
    Declining {
        /// The request.
        asked: OperationId,
        /// Which.
        supplement: SupplementId,
    },
    /// It is declined; the contract stays as it is.
    Declined,
    /// Nothing was changed.
    NotAmended(NotAmended),
    /// Why the client cannot pay as agreed is being chosen.
    Reason {
        /// Of which contract.
        contract: ChangeableContract,
    },
    /// What they ask for is being chosen.
    Relief {
        /// Of which contract.
        contract: ChangeableContract,
        /// Why.
        reason: HardshipReason,
    },
    /// For how long is being chosen.
    Months {
        /// Of which contract.
        contract: ChangeableContract,
        /// Why.
        reason: HardshipReason,
        /// What.
        relief: WishedRelief,
    },
    /// How money goes back after a verdict is being chosen.
    RefundWay {
        /// What.
        due: RefundDue,
    },
    /// The account is being typed.
    RefundAccount {
        /// What.
        due: RefundDue,
        /// What was wrong with the last one.
        fault: Option<RefundFault>,
        /// The face check, where there is one.
        face_check: Option<MessageId>,
    },
    /// The face is being compared, for a refund.
    RefundMatching {
        /// The request.
        asked: OperationId,
        /// What and how.
        wish: RefundWish,
    },
    /// The choice is on its way.
    RefundSending {
        /// The row that brings it.
        asked: OperationId,
        /// What and how.
        wish: RefundWish,
        /// The face check that it rests on.
        face_check: MessageId,
    },
    /// The choice stands.
    Refunded(Box<Refunded>),
    /// The request is on its way.
    Sending {
        /// The row that brings it.
        asked: OperationId,
        /// Of which contract.
        loan: LoanId,
    },
    /// The MFO has it.
    Sent {
        /// Its identity.
        request: OperationId,
        /// Last day of the answer, `YYYY-MM-DD`.
        answer_by: String,
    },
}

/// A supplement, checked by this terminal's own arithmetic: the file, and the text and figures that it carries.
#[derive(Debug)]
pub struct Amendment {
    /// Which.
    pub waiting: WaitingSupplement,
    /// The terms.
    pub terms: AmendedTerms,
    /// What is paid when, as this terminal reckoned it.
    pub schedule: Schedule,
    /// The effective rate, likewise.
    pub gesv: Gesv,
    /// The bytes that are signed.
    pub document: SupplementFile,
}

/// The file of a supplement.
pub struct SupplementFile {
    /// The PDF; its bytes are what is signed.
    pub pdf: SecretBytes,
    /// Their SHA-256, base64url, computed here.
    pub sha256: String,
    /// The text.
    pub paper: Paper,
}

impl std::fmt::Debug for SupplementFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SupplementFile({})", self.sha256)
    }
}

/// A client before the camera, for a supplement or a refund.
#[derive(Debug)]
pub struct Amender {
    /// Who.
    pub client: Client,
    /// What for.
    pub amends: Amends,
}

/// What a face is shown for.
#[derive(Debug)]
pub enum Amends {
    /// They agree to a supplement.
    Supplement(Box<Amendment>),
    /// They say how money goes back.
    Refund(RefundWish),
}

/// How a client wants their money back.
#[derive(Clone, Debug)]
pub struct RefundWish {
    /// What goes back.
    pub due: RefundDue,
    /// How.
    pub way: RefundWay,
    /// The account as typed.
    pub iban: Option<Secret>,
}

/// A choice of how money goes back, which stands.
#[derive(Debug)]
pub struct Refunded {
    /// The row that brought it.
    pub asked: OperationId,
    /// Number of the contract.
    pub contract: Secret,
    /// What was chosen.
    pub taken: RefundTaken,
    /// What became of the slip.
    pub slip: Slip,
    /// Language of the visit.
    pub language: Language,
}

/// What was wrong with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundFault {
    /// Not one that can be used.
    NotUsable,
    /// Somebody else's.
    NotOwned,
    /// The bank does not say whose it is.
    OwnerUnknown,
}

/// A supplement that waits for its signature.
#[derive(Debug)]
pub struct ToAmend {
    /// Who.
    pub client: Client,
    /// What they agree to.
    pub amendment: Box<Amendment>,
    /// The face check that it rests on.
    pub face_check: MessageId,
}

/// A supplement that is in force.
#[derive(Debug)]
pub struct Amended {
    /// The row that asked for it.
    pub asked: OperationId,
    /// Number of the contract.
    pub contract: Secret,
    /// Number of the supplement.
    pub number: Secret,
    /// What it is.
    pub kind: SupplementKind,
    /// The terms.
    pub terms: AmendedTerms,
    /// What is paid when.
    pub schedule: Schedule,
    /// The effective rate.
    pub gesv: Gesv,
    /// SHA-256 of what was agreed to, base64url.
    pub sha256: String,
    /// Since when.
    pub at: UtcMillis,
    /// What became of the slip.
    pub slip: Slip,
    /// Language of the visit.
    pub language: Language,
}

/// Why nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAmended {
    /// A service does not answer.
    TryLater,
    /// No answer came: it may be in force, and the cabinet will say so.
    NoAnswer,
    /// The supplement waits no more, or what is left to pay has changed.
    Ended,
    /// Its figures are not what this terminal reckons.
    Differs,
    /// The MFO takes no electronic signatures here and now.
    NotSigned,
    /// Nothing is owed under this contract.
    NotOwed,
    /// An earlier request waits for its answer.
    AlreadyAsked,
    /// Nothing goes back to this client, or they have said already how.
    NoRefund,
    /// Too many accounts were typed.
    TooMany,
}

impl AmendStage {
    /// The request whose answer is awaited.
    #[must_use]
    pub const fn asked(&self) -> Option<OperationId> {
        match self {
            Self::Asking { asked }
            | Self::Drafting { asked, .. }
            | Self::Matching { asked, .. }
            | Self::Concluding { asked, .. }
            | Self::Declining { asked, .. }
            | Self::RefundMatching { asked, .. }
            | Self::RefundSending { asked, .. }
            | Self::Sending { asked, .. } => Some(*asked),
            Self::Listed(_)
            | Self::Reading(_)
            | Self::Decide(_)
            | Self::Sure(_)
            | Self::Concluded(_)
            | Self::Declined
            | Self::NotAmended(_)
            | Self::Reason { .. }
            | Self::Relief { .. }
            | Self::Months { .. }
            | Self::RefundWay { .. }
            | Self::RefundAccount { .. }
            | Self::Refunded(_)
            | Self::Sent { .. } => None,
        }
    }
}
