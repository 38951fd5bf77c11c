//! Changes of contracts behind their trait.

use senim_domain::loan::Method;
use senim_domain::rate::AnnualRate;
use senim_domain::supplement::{AmendedTerms, HardshipReason, SupplementKind, WishedRelief};
use senim_domain::{ChangeId, ClientId, LoanId, SupplementId, Tiyn, UtcMillis};
use senim_gateway_core::connectors::{
    CashDeskOrder, ConnectorError, ContractChanges, Instalment, OneSidedChange, OneSidedVerdict,
    RefundChoice, RefundTo, Refunds, RestructuringAsked, SupplementConcluded, SupplementDeclined,
    SupplementOffer,
};
use senim_world::lending;
use senim_world::model::{schedule, supplements};

use crate::Behind;
use crate::core_lending::{account, term, tiyn};

fn offer(one: &supplements::Supplement) -> SupplementOffer {
    SupplementOffer {
        supplement: SupplementId(one.supplement_id),
        number: one.number.clone(),
        loan: LoanId(one.loan_id),
        kind: match one.kind.as_str() {
            "restructuring" => SupplementKind::Restructuring,
            _ => SupplementKind::Supplement,
        },
        terms: AmendedTerms {
            principal_tiyn: tiyn(one.principal_tiyn),
            annual_percent: AnnualRate::from_units(one.annual_rate_hundredths * 10).unwrap(),
            term: term(one.months, one.days),
            method: method(one.method),
            begins: one.begins.parse().unwrap(),
            interest_tiyn: tiyn(one.interest_tiyn),
            penalty_tiyn: tiyn(one.penalty_tiyn),
        },
        expires: UtcMillis(one.expires_ms),
    }
}

fn method(method: lending::Method) -> Method {
    match method {
        lending::Method::Annuity => Method::Annuity,
        lending::Method::Differentiated => Method::Differentiated,
        lending::Method::Single => Method::Single,
        lending::Method::Own => Method::Own,
    }
}

fn paid(one: &Instalment) -> schedule::Instalment {
    schedule::Instalment {
        no: one.no,
        date: one.date.clone(),
        principal_tiyn: one.principal_tiyn.tiyn(),
        interest_tiyn: one.interest_tiyn.tiyn(),
        paid_tiyn: one.paid_tiyn.tiyn(),
    }
}

fn reason(reason: HardshipReason) -> &'static str {
    match reason {
        HardshipReason::LostIncome => "lostIncome",
        HardshipReason::Illness => "illness",
        HardshipReason::Family => "family",
        HardshipReason::Emergency => "emergency",
        HardshipReason::Other => "other",
    }
}

fn relief(relief: WishedRelief) -> &'static str {
    match relief {
        WishedRelief::LongerTerm => "longerTerm",
        WishedRelief::Deferral => "deferral",
        WishedRelief::LowerRate => "lowerRate",
        WishedRelief::NoPenalty => "noPenalty",
    }
}

impl ContractChanges for Behind {
    fn supplements(&self, client: ClientId) -> Result<Vec<SupplementOffer>, ConnectorError> {
        let waiting = self.core(|state| state.model.supplements(client.0))?;
        Ok(waiting.iter().map(offer).collect())
    }
    fn conclude_supplement(&self, concluded: &SupplementConcluded) -> Result<(), ConnectorError> {
        let conclusion = supplements::Conclusion {
            operation: concluded.operation.0,
            sha256: concluded.sha256.clone(),
            schedule: concluded.schedule.iter().map(paid).collect(),
        };
        let (loan, supplement) = (concluded.loan.0, concluded.supplement.0);
        self.core(|state| state.model.conclude_supplement(loan, supplement, &conclusion))
    }
    fn decline_supplement(&self, declined: &SupplementDeclined) -> Result<(), ConnectorError> {
        let (loan, supplement, operation) = (declined.loan.0, declined.supplement.0, declined.operation.0);
        self.core(|state| state.model.decline_supplement(loan, supplement, operation))
    }
    fn ask_restructuring(&self, asked: &RestructuringAsked) -> Result<(), ConnectorError> {
        let request = supplements::Request {
            client_id: asked.client.0,
            reason: reason(asked.reason).to_owned(),
            relief: relief(asked.relief).to_owned(),
            months: asked.months.map(u32::from),
            at_ms: asked.at.0,
            answer_by: asked.answer_by.clone(),
        };
        self.core(|state| state.model.ask_restructuring(asked.loan.0, asked.operation.0, &request))
    }
    fn one_sided_changes(&self) -> Result<Vec<OneSidedChange>, ConnectorError> {
        let wanted = self.core(|state| Ok(state.model.one_sided_changes()))?;
        let change = |one: &supplements::OneSided| OneSidedChange {
            change: ChangeId(one.change_id),
            loan: LoanId(one.loan_id),
            client: ClientId(one.client_id),
            annual_percent: AnnualRate::from_units(one.annual_rate_hundredths * 10).unwrap(),
            term: term(one.months, one.days),
            method: method(one.method),
            since: UtcMillis(one.since_ms),
        };
        Ok(wanted.iter().map(change).collect())
    }
    fn judge_one_sided(&self, change: ChangeId, verdict: OneSidedVerdict) -> Result<(), ConnectorError> {
        let verdict = match verdict {
            OneSidedVerdict::Taken => "taken",
            OneSidedVerdict::Refused => "refused",
        };
        self.core(|state| state.model.judge_one_sided(change.0, verdict))
    }
}

impl Refunds for Behind {
    fn refund_due(&self, loan: LoanId) -> Result<Tiyn, ConnectorError> {
        self.core(|state| state.model.refund_due(loan.0)).map(tiyn)
    }
    fn choose_refund(&self, choice: &RefundChoice) -> Result<Option<CashDeskOrder>, ConnectorError> {
        let (to, report_id) = match &choice.to {
            RefundTo::Account { account: of, report_id } => (Some(account(of)), Some(report_id.clone())),
            RefundTo::CashDesk => (None, None),
        };
        let chosen = supplements::RefundChoice {
            operation: choice.operation.0,
            client_id: choice.client.0,
            account: to,
            report_id,
        };
        let order = self.core(|state| state.model.choose_refund(choice.loan.0, &chosen))?;
        Ok(order.map(|order| CashDeskOrder {
            number: order.number,
            until: order.until,
            address: order.address,
        }))
    }
}
