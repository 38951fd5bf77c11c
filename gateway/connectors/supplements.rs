//! Changes of a contract over HTTP: what core lending offers, what became of it, what a client asks for.

use senim_domain::rate::AnnualRate;
use senim_domain::supplement::{AmendedTerms, SupplementKind};
use senim_domain::{ChangeId, ClientId, LoanId, SupplementId, Tiyn, UtcMillis};
use senim_gateway_core::connectors::{
    CashDeskOrder, OneSidedChange, OneSidedVerdict, RefundChoice, RefundTo, Refunds,
};
use senim_gateway_core::connectors::{
    ConnectorError, ContractChanges, RestructuringAsked, SupplementConcluded, SupplementDeclined,
    SupplementOffer,
};
use serde::Deserialize;
use serde_json::json;

use super::banking::WireAccount;
use super::core_lending::{HttpCore, term};

#[derive(Deserialize)]
struct Supplements {
    supplements: Vec<WireSupplement>,
}

#[derive(Deserialize)]
struct WireSupplement {
    supplement_id: SupplementId,
    number: String,
    loan_id: LoanId,
    kind: SupplementKind,
    principal_tiyn: Tiyn,
    annual_rate_hundredths: u32,
    months: Option<u16>,
    days: Option<u16>,
    method: String,
    begins: String,
    interest_tiyn: Tiyn,
    penalty_tiyn: Tiyn,
    expires_ms: i64,
}

impl WireSupplement {
    /// `None`: not as agreed.
    fn offer(self) -> Option<SupplementOffer> {
        let rate = self.annual_rate_hundredths.checked_mul(10)?;
        let named = (1..=64).contains(&self.number.chars().count());
        named.then_some(SupplementOffer {
            supplement: self.supplement_id,
            number: self.number,
            loan: self.loan_id,
            kind: self.kind,
            terms: AmendedTerms {
                principal_tiyn: self.principal_tiyn,
                annual_percent: AnnualRate::from_units(rate).ok()?,
                term: term(self.months, self.days)?,
                method: self.method.parse().ok()?,
                begins: self.begins.parse().ok()?,
                interest_tiyn: self.interest_tiyn,
                penalty_tiyn: self.penalty_tiyn,
            },
            expires: UtcMillis(self.expires_ms),
        })
    }
}

#[derive(Deserialize)]
struct OneSided {
    changes: Vec<WireOneSided>,
}

#[derive(Deserialize)]
struct WireOneSided {
    change_id: ChangeId,
    loan_id: LoanId,
    client_id: ClientId,
    annual_rate_hundredths: u32,
    months: Option<u16>,
    days: Option<u16>,
    method: String,
    since_ms: i64,
}

impl WireOneSided {
    /// `None`: not as agreed.
    fn change(self) -> Option<OneSidedChange> {
        let rate = self.annual_rate_hundredths.checked_mul(10)?;
        Some(OneSidedChange {
            change: self.change_id,
            loan: self.loan_id,
            client: self.client_id,
            annual_percent: AnnualRate::from_units(rate).ok()?,
            term: term(self.months, self.days)?,
            method: self.method.parse().ok()?,
            since: UtcMillis(self.since_ms),
        })
    }
}

#[derive(Deserialize)]
struct WireRefund {
    loan_id: LoanId,
    amount_tiyn: Tiyn,
}

#[derive(Deserialize)]
struct WireChosen {
    order: Option<CashDeskOrder>,
}

impl Refunds for HttpCore {
    fn refund_due(&self, loan: LoanId) -> Result<Tiyn, ConnectorError> {
        let found: WireRefund = self.0.get(&format!("/core/loans/{loan}/refund"))?;
        self.0.about(found.loan_id == loan, found.amount_tiyn)
    }

    fn choose_refund(&self, choice: &RefundChoice) -> Result<Option<CashDeskOrder>, ConnectorError> {
        let path = format!("/core/loans/{}/refund", choice.loan);
        let (account, report_id) = match &choice.to {
            RefundTo::Account { account, report_id } => (Some(WireAccount::from(account)), Some(report_id)),
            RefundTo::CashDesk => (None, None),
        };
        let body = json!({
            "operation": choice.operation, "client_id": choice.client, "account": account,
            "report_id": report_id,
        });
        let chosen: WireChosen = self.0.put(&path, choice.operation.0, &body)?;
        let right = chosen.order.is_some() == matches!(choice.to, RefundTo::CashDesk);
        self.0.about(right, chosen.order)
    }
}

impl ContractChanges for HttpCore {
    fn supplements(&self, client: ClientId) -> Result<Vec<SupplementOffer>, ConnectorError> {
        let found: Supplements = self.0.get(&format!("/core/clients/{client}/supplements"))?;
        let read: Option<Vec<_>> = found.supplements.into_iter().map(WireSupplement::offer).collect();
        read.ok_or_else(|| self.0.unavailable("the terms of a supplement are not as agreed"))
    }

    fn conclude_supplement(&self, concluded: &SupplementConcluded) -> Result<(), ConnectorError> {
        let path = format!("/core/loans/{}/supplements/{}/conclusion", concluded.loan, concluded.supplement);
        let body = json!({
            "operation": concluded.operation, "sha256": concluded.sha256, "schedule": concluded.schedule,
        });
        self.done(&path, concluded.operation, &body)
    }

    fn decline_supplement(&self, declined: &SupplementDeclined) -> Result<(), ConnectorError> {
        let path = format!("/core/loans/{}/supplements/{}/refusal", declined.loan, declined.supplement);
        self.done(&path, declined.operation, &json!({ "operation": declined.operation }))
    }

    fn ask_restructuring(&self, asked: &RestructuringAsked) -> Result<(), ConnectorError> {
        let path = format!("/core/loans/{}/restructuring-requests/{}", asked.loan, asked.operation);
        let body = json!({
            "client_id": asked.client, "reason": asked.reason, "relief": asked.relief, "months": asked.months,
            "at_ms": asked.at.0, "answer_by": asked.answer_by,
        });
        self.done(&path, asked.operation, &body)
    }

    fn one_sided_changes(&self) -> Result<Vec<OneSidedChange>, ConnectorError> {
        let found: OneSided = self.0.get("/core/one-sided-changes")?;
        let read: Option<Vec<_>> = found.changes.into_iter().map(WireOneSided::change).collect();
        read.ok_or_else(|| self.0.unavailable("the terms of a change are not as agreed"))
    }

    fn judge_one_sided(&self, change: ChangeId, verdict: OneSidedVerdict) -> Result<(), ConnectorError> {
        let path = format!("/core/one-sided-changes/{change}/verdict");
        self.done(&path, senim_domain::OperationId(change.0), &json!({ "verdict": verdict }))
    }
}
