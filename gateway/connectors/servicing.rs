//! What core lending says of a running loan, as it is written.

use senim_domain::{ClientId, LoanId, OperationId, Secret, TerminalId, Tiyn, UtcMillis};
use senim_gateway_core::connectors::{
    Allocation, CabinetMessage, ContractStanding, ContractSummary, Debt, EarlyChoice, Instalment,
    PaymentMade, Repayment, RepaymentOutcome,
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", tag = "standing")]
enum WireStanding {
    Agreed,
    Running,
    Closed,
    Cancelled,
    Suspended { since_ms: i64, ground: String },
    WrittenOff { at_ms: i64 },
}

#[derive(Deserialize)]
pub(super) struct WireContract {
    loan_id: LoanId,
    client_id: ClientId,
    number: String,
    principal_tiyn: Tiyn,
    issued: String,
    contract_sha256: String,
    standing: WireStanding,
}

impl From<WireContract> for ContractSummary {
    fn from(wire: WireContract) -> Self {
        Self {
            loan: wire.loan_id,
            client: wire.client_id,
            number: wire.number,
            principal_tiyn: wire.principal_tiyn,
            issued: wire.issued,
            contract_sha256: wire.contract_sha256,
            standing: match wire.standing {
                WireStanding::Agreed => ContractStanding::Agreed,
                WireStanding::Running => ContractStanding::Running,
                WireStanding::Closed => ContractStanding::Closed,
                WireStanding::Cancelled => ContractStanding::Cancelled,
                WireStanding::Suspended { since_ms, ground } => {
                    ContractStanding::Suspended { since: UtcMillis(since_ms), ground }
                }
                WireStanding::WrittenOff { at_ms } => ContractStanding::WrittenOff { at: UtcMillis(at_ms) },
            },
        }
    }
}

#[derive(Deserialize)]
pub(super) struct WireInstalment {
    no: u32,
    date: String,
    principal_tiyn: Tiyn,
    interest_tiyn: Tiyn,
    paid_tiyn: Tiyn,
}

impl From<WireInstalment> for Instalment {
    fn from(wire: WireInstalment) -> Self {
        let WireInstalment { no, date, principal_tiyn, interest_tiyn, paid_tiyn } = wire;
        Self { no, date, principal_tiyn, interest_tiyn, paid_tiyn }
    }
}

#[derive(Deserialize)]
pub(super) struct WireDebt {
    loan_id: LoanId,
    on: String,
    principal_tiyn: Tiyn,
    interest_tiyn: Tiyn,
    penalty_tiyn: Tiyn,
    due_tiyn: Tiyn,
    next_date: Option<String>,
    next_tiyn: Tiyn,
    overdue_days: u32,
    suspension_interest_tiyn: Tiyn,
}

impl From<WireDebt> for Debt {
    fn from(wire: WireDebt) -> Self {
        Self {
            loan: wire.loan_id,
            on: wire.on,
            principal_tiyn: wire.principal_tiyn,
            interest_tiyn: wire.interest_tiyn,
            penalty_tiyn: wire.penalty_tiyn,
            due_tiyn: wire.due_tiyn,
            next_date: wire.next_date,
            next_tiyn: wire.next_tiyn,
            overdue_days: wire.overdue_days,
            suspension_interest_tiyn: wire.suspension_interest_tiyn,
        }
    }
}

#[derive(Deserialize)]
struct WireAllocation {
    penalty_tiyn: Tiyn,
    interest_tiyn: Tiyn,
    principal_tiyn: Tiyn,
    held_tiyn: Tiyn,
    overpaid_tiyn: Tiyn,
}

impl From<WireAllocation> for Allocation {
    fn from(wire: WireAllocation) -> Self {
        let WireAllocation { penalty_tiyn, interest_tiyn, principal_tiyn, held_tiyn, overpaid_tiyn } = wire;
        Self { penalty_tiyn, interest_tiyn, principal_tiyn, held_tiyn, overpaid_tiyn }
    }
}

#[derive(Deserialize)]
pub(super) struct WireOutcome {
    operation: OperationId,
    allocation: WireAllocation,
    debt: WireDebt,
    closed: bool,
}

impl From<WireOutcome> for RepaymentOutcome {
    fn from(wire: WireOutcome) -> Self {
        Self {
            operation: wire.operation,
            allocation: wire.allocation.into(),
            debt: wire.debt.into(),
            closed: wire.closed,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum WireEarly {
    Hold,
    SmallerPayments,
    ShorterTerm,
}

#[derive(Serialize)]
pub(super) struct RepaymentBody<'a> {
    amount_tiyn: Tiyn,
    at_ms: i64,
    terminal: &'a TerminalId,
    early: WireEarly,
}

pub(super) fn repayment_body(repayment: &Repayment) -> RepaymentBody<'_> {
    RepaymentBody {
        amount_tiyn: repayment.amount_tiyn,
        at_ms: repayment.at.0,
        terminal: &repayment.terminal,
        early: match repayment.early {
            EarlyChoice::Hold => WireEarly::Hold,
            EarlyChoice::SmallerPayments => WireEarly::SmallerPayments,
            EarlyChoice::ShorterTerm => WireEarly::ShorterTerm,
        },
    }
}

#[derive(Deserialize)]
pub(super) struct WirePayment {
    date: String,
    amount_tiyn: Tiyn,
    allocation: WireAllocation,
    way: WireWay,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireWay {
    Terminal,
    Transfer,
    CashDesk,
}

impl From<WirePayment> for PaymentMade {
    fn from(wire: WirePayment) -> Self {
        let way = match wire.way {
            WireWay::Terminal => "terminal",
            WireWay::Transfer => "transfer",
            WireWay::CashDesk => "cashDesk",
        };
        Self {
            date: wire.date,
            amount_tiyn: wire.amount_tiyn,
            allocation: wire.allocation.into(),
            way: way.to_owned(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct WireMessage {
    message_id: OperationId,
    from_client: bool,
    at_ms: i64,
    subject: Secret,
    text: Secret,
}

impl From<WireMessage> for CabinetMessage {
    fn from(wire: WireMessage) -> Self {
        Self {
            message: wire.message_id,
            from_client: wire.from_client,
            at: UtcMillis(wire.at_ms),
            subject: wire.subject,
            text: wire.text,
        }
    }
}

#[derive(Serialize)]
pub(super) struct MessageBody<'a> {
    message_id: OperationId,
    from_client: bool,
    at_ms: i64,
    subject: &'a str,
    text: &'a str,
}

pub(super) fn message_body(message: &CabinetMessage) -> MessageBody<'_> {
    MessageBody {
        message_id: message.message,
        from_client: message.from_client,
        at_ms: message.at.0,
        subject: message.subject.expose(),
        text: message.text.expose(),
    }
}
