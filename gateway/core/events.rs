//! What the MFO's other systems are told: events without personal data, committed with the fact they tell of.
//!
//! An event is written under a key of its own, so that nobody waits for a counter; numbers are given later, by
//! [`crate::feed`]. Within one process, events keep the order in which they were made.

use std::sync::PoisonError;

use senim_domain::{ClientId, LoanId, OperationId, PayoutRequestId, TerminalId, Tiyn, UtcMillis};
use senim_operation::Row;
use senim_operation::body::{PayoutEnded, PayoutResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Gateway;
use crate::archive::Class;
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::store::{self, Change, Collection, Expect};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum EventBody {
    /// A row of a kind that others act on is here.
    OperationCommitted {
        /// Whose.
        terminal: TerminalId,
        /// Position in the chain.
        seq: u64,
        /// Identity.
        op_id: OperationId,
        /// Kind of operation.
        operation: String,
        /// SHA-256 of the compact JWS, base64url.
        sha256: String,
    },
    /// A loan came to a new state.
    LoanChanged {
        /// Which.
        loan: LoanId,
        /// Where.
        terminal: TerminalId,
        /// `agreed`, `concluded`, `confirmed`, `cancelled`, `claimed` (what is missing waits at the cash desk),
        /// `paidAtDesk`, `claimLapsed`, `transferred`, `notTransferred` or `closed`.
        state: String,
    },
    /// A payout request ended.
    PayoutEnded {
        /// Loan.
        loan: LoanId,
        /// Request.
        request: PayoutRequestId,
        /// Where.
        terminal: TerminalId,
        /// How.
        result: PayoutResult,
        /// Cash that left.
        distributed_tiyn: Tiyn,
    },
    /// A loan is frozen until people have counted.
    LoanSuspect {
        /// Which.
        loan: LoanId,
        /// Where.
        terminal: TerminalId,
        /// Why, a phrase from a closed list.
        why: String,
    },
    /// Nothing more is accepted of a terminal.
    TerminalQuarantined {
        /// Which.
        terminal: TerminalId,
        /// `fork` or `bad row`.
        why: String,
    },
    /// Somebody has to look at once.
    Alarm {
        /// `bulkOpening`, `clockJump`, `consentRevocation` (somebody has to decide on one), `consentRevokedBySilence`, or a
        /// repayment's contradiction: `noteOfUnknownRepayment`, `repaymentEndedTwice`, `repaymentSumDiffers`.
        alarm: String,
    },
    /// What is done before an operation of a client whose data leaked came to a new state.
    ClientMeasures {
        /// Whose data.
        client: ClientId,
        /// Where.
        terminal: TerminalId,
        /// `needed`, `taken`, `faceRefused`, `numberNotOwned`, `callDenied` (an incident) or `callNotReached`.
        state: String,
    },
    /// A document of the archive is erased.
    DocumentErased {
        /// Its name in the archive.
        document: String,
        /// What it was.
        class: Class,
    },
}

impl EventBody {
    pub(crate) fn operation(row: &Row) -> Self {
        let envelope = &row.envelope;
        Self::OperationCommitted {
            terminal: envelope.terminal.clone(),
            seq: envelope.seq,
            op_id: envelope.op_id,
            operation: envelope.kind.clone(),
            sha256: row.hash.clone(),
        }
    }

    pub(crate) fn loan(loan: LoanId, terminal: &TerminalId, state: &str) -> Self {
        Self::LoanChanged { loan, terminal: terminal.clone(), state: state.to_owned() }
    }

    pub(crate) fn suspect(loan: LoanId, terminal: &TerminalId, why: &str) -> Self {
        Self::LoanSuspect { loan, terminal: terminal.clone(), why: why.to_owned() }
    }

    pub(crate) fn payout_ended(body: &PayoutEnded, terminal: &TerminalId) -> Self {
        Self::PayoutEnded {
            loan: body.loan,
            request: body.request,
            terminal: terminal.clone(),
            result: body.result,
            distributed_tiyn: body.distributed_tiyn,
        }
    }

    pub(crate) fn quarantined(terminal: &TerminalId, why: &str) -> Self {
        Self::TerminalQuarantined { terminal: terminal.clone(), why: why.to_owned() }
    }

    pub(crate) fn alarm(alarm: &str) -> Self {
        Self::Alarm { alarm: alarm.to_owned() }
    }

    /// About whom or what; events of one subject arrive in their order.
    fn subject(&self) -> String {
        match self {
            Self::OperationCommitted { terminal, .. } | Self::TerminalQuarantined { terminal, .. } => {
                format!("terminal/{terminal}")
            }
            Self::LoanChanged { loan, .. }
            | Self::PayoutEnded { loan, .. }
            | Self::LoanSuspect { loan, .. } => format!("loan/{loan}"),
            Self::ClientMeasures { client, .. } => format!("client/{client}"),
            Self::Alarm { .. } => "gateway".to_owned(),
            Self::DocumentErased { .. } => "archive".to_owned(),
        }
    }
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Identity: the same again is no second event.
    pub id: Uuid,
    /// When, by the clock of the gateway.
    pub at: UtcMillis,
    /// About whom or what.
    pub subject: String,
    /// What.
    #[serde(flatten)]
    pub body: EventBody,
}

/// Kinds of operations that others act on: cash, cabinet, and what contradicts.
pub(crate) fn of_interest(kind: &str) -> bool {
    matches!(
        kind,
        "PayoutOutcome"
            | "PayoutEnded"
            | "PayoutRetracted"
            | "CashExchange"
            | "CashCountAdjusted"
            | "ExchangeStarted"
            | "ExchangeRefused"
            | "ExchangeCounted"
            | "PayoutCounted"
            | "PathCleared"
            | "CashServiceChanged"
            | "BooksContradicted"
            | "NoteFound"
            | "NoteInDoubt"
            | "NoteFoundLate"
            | "RepaymentEnded"
            | "StackerCollected"
            | "TestDispenseEnded"
            | "ServiceChanged"
            | "CabinetChanged"
            | "EnrolmentTried"
            | "DeviceTestEnded"
            | "JournalExported"
            | "TouchCalibrated"
    )
}

impl Gateway {
    /// The change that tells of something, to be committed together with it.
    pub(crate) fn event(&self, body: EventBody, now: UtcMillis) -> Result<Change, GatewayError> {
        let id = uuid(self.entropy.as_ref(), now)?;
        let (moment, count) = {
            let mut last = self.last_event.lock().unwrap_or_else(PoisonError::into_inner);
            // A clock that is set back must not put what happens now before what happened then.
            *last = if now > last.0 { (now, 0) } else { (last.0, last.1.saturating_add(1)) };
            *last
        };
        let event = Event { id, at: now, subject: body.subject(), body };
        let key = format!("{moment}/{count:012}/{id}");
        Ok(store::put(Collection::Event, &key, Expect::Absent, &event)?)
    }
}
