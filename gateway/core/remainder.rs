//! What is missing of a loan that was paid out short: told at a login, and ordered to the cash desk when the client wants
//! it there.
//!
//! The claim is pinned to the loan before core lending hears of it. From then on no terminal has leave to pay that loan:
//! should core lending's answer be lost, the order may stand, and nobody is paid twice. A client who lost the slip, or
//! never got it, asks again and gets the slip of the same order.

use senim_domain::rule_pack::PayoutMethod;
use senim_domain::{ClientId, PayoutRequestId, TerminalId, Tiyn, UtcMillis};
use senim_operation::Envelope;
use senim_operation::body::RemainderClaimed;
use senim_operation::message::{ClaimSlip, MessageBody, Remainder};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::acting::Act;
use crate::agreement::OpenLoan;
use crate::connectors::{CashDeskOrder, ConnectorError};
use crate::error::GatewayError;
use crate::events::EventBody;
use crate::records::{Loan, LoanState};
use crate::store::{self, Change, Collection, Expect, Versioned};

/// What is missing of a loan waits at the cash desk; without an order it is not known whether it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// The request under which core lending orders it; the same again is no second order.
    pub request: PayoutRequestId,
    /// Sum.
    pub amount: Tiyn,
    /// When.
    pub at: UtcMillis,
    /// What core lending answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<CashDeskOrder>,
}

/// What is missing of a loan.
pub(crate) fn missing(loan: &Loan) -> Tiyn {
    loan.principal.minus(loan.paid).unwrap_or(Tiyn::ZERO)
}

impl Gateway {
    /// What a client who logs in is told of a loan that was paid out short: nothing of one that people have to look at, or
    /// that a terminal may be paying now.
    pub(crate) fn remainder_of(&self, client: ClientId) -> Result<Option<Remainder>, GatewayError> {
        let store = self.store.as_ref();
        let Some(open) = store::load::<OpenLoan>(store, Collection::OpenLoan, &client.to_string())? else {
            return Ok(None);
        };
        let id = open.value.loan;
        let Some(loan) = self.kept_loan(id)? else { return Ok(None) };
        let quiet = !loan.suspect && loan.live.is_none() && loan.presumed.is_empty();
        let short = loan.paid > Tiyn::ZERO && missing(&loan) > Tiyn::ZERO;
        let concluded = matches!(loan.state, LoanState::Concluded(_)) && loan.client == client;
        Ok((quiet && short && concluded).then(|| Remainder {
            loan: id,
            principal_tiyn: loan.principal,
            received_tiyn: loan.paid,
            part: loan.parts.saturating_add(1),
            claimed: loan.claim.is_some(),
        }))
    }

    /// A claim of the forgotten time: a former life of this gateway may have ordered it.
    pub(crate) fn remember_claim(
        &self,
        terminal: &TerminalId,
        envelope: &Envelope,
        claimed: &RemainderClaimed,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let mut loan = self.loan_or_recovered(terminal, envelope, claimed.loan, now, changes)?;
        if loan.value.claim.is_some() {
            return Ok(());
        }
        let expect = loan.expect();
        let (request, amount) = (claimed.request, claimed.amount_tiyn);
        loan.value.claim = Some(Claim { request, amount, at: now, order: None });
        changes.push(store::put(Collection::Loan, &claimed.loan.to_string(), expect, &loan.value)?);
        Ok(())
    }
}

impl Act<'_> {
    pub(crate) fn remainder_claimed(&mut self, body: &RemainderClaimed) -> Result<MessageBody, GatewayError> {
        match self.claim_remainder(body)? {
            Ok(slip) => Ok(MessageBody::ClaimSlipIssued(slip)),
            Err(reason) => {
                tracing::info!(terminal = %self.terminal, loan = %body.loan, reason, "no slip");
                Ok(MessageBody::ClaimRefused { request: body.request, reason: reason.to_owned() })
            }
        }
    }

    fn claim_remainder(
        &mut self,
        body: &RemainderClaimed,
    ) -> Result<Result<ClaimSlip, &'static str>, GatewayError> {
        let Some(mut loan) = self.own_loan(body.loan)? else { return Ok(Err("unknownLoan")) };
        if let Err(reason) = self.may_claim(&loan.value, body)? {
            return Ok(Err(reason));
        }
        let check = match self.refusal_again(&loan.value)? {
            Ok(check) => check,
            Err(error) => {
                tracing::warn!(%error, "slip not decided");
                return Ok(Err(if loan.value.claim.is_some() { "tryLater" } else { "notNow" }));
            }
        };
        if check.set {
            self.keep_refusal(body.loan, loan, check)?;
            return Ok(Err("voluntaryRefusal"));
        }
        loan.value.refusal = Some(check);
        self.order(loan, body)
    }

    fn may_claim(
        &self,
        loan: &Loan,
        body: &RemainderClaimed,
    ) -> Result<Result<(), &'static str>, GatewayError> {
        let LoanState::Concluded(_) = &loan.state else { return Ok(Err("notConcluded")) };
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(Err("notNow")) };
        let desk = pack.payout.methods.contains(&PayoutMethod::CashDesk)
            && pack.allows(PayoutMethod::CashDesk.service());
        Ok(if !desk {
            Err("notOffered")
        } else if !self.record.active {
            Err("inactive")
        } else if self.gateway.is_restoring()? {
            Err("restoring")
        } else if loan.suspect {
            Err("suspect")
        } else if loan.live.is_some() || !loan.presumed.is_empty() {
            Err("authorisationLive")
        } else if loan.paid == Tiyn::ZERO {
            // The first money begins the schedule, and that is not the desk's to decide.
            Err("nothingReceived")
        } else if missing(loan) == Tiyn::ZERO {
            Err("paidOut")
        } else if body.amount_tiyn != missing(loan) {
            Err("wrongAmount")
        } else {
            Ok(())
        })
    }

    /// Pins the claim, then orders.
    fn order(
        &mut self,
        mut loan: Versioned<Loan>,
        body: &RemainderClaimed,
    ) -> Result<Result<ClaimSlip, &'static str>, GatewayError> {
        let key = body.loan.to_string();
        let (request, amount) = (body.request, body.amount_tiyn);
        let pinned_before = loan.value.claim.clone();
        let claim = match pinned_before.clone() {
            Some(Claim { order: Some(order), request, amount, .. }) => {
                return Ok(Ok(slip(request, amount, order)));
            }
            Some(claim) => claim,
            None => {
                let claim = Claim { request, amount, at: self.now, order: None };
                let expect = loan.expect();
                loan.value.claim = Some(claim.clone());
                self.gateway.store.commit(&[store::put(Collection::Loan, &key, expect, &loan.value)?])?;
                loan.revision = loan.revision.saturating_add(1);
                claim
            }
        };
        let ordered = self.gateway.connectors.core.order_at_cash_desk(body.loan, claim.request, claim.amount);
        let (kept, answer) = match ordered {
            Ok(order) => {
                let event = EventBody::loan(body.loan, self.terminal, "claimed");
                self.changes.push(self.gateway.event(event, self.now)?);
                (
                    Some(Claim { order: Some(order.clone()), ..claim.clone() }),
                    Ok(slip(claim.request, claim.amount, order)),
                )
            }
            Err(error @ ConnectorError::Unavailable { .. }) => {
                tracing::warn!(%error, loan = key, "slip not ordered, or its answer lost");
                return Ok(Err("tryLater"));
            }
            // An earlier question whose answer was lost may have ordered it.
            Err(error @ ConnectorError::Refused { .. }) if pinned_before.is_some() => {
                tracing::error!(%error, loan = key, "core lending refuses a slip that it may have ordered");
                return Ok(Err("tryLater"));
            }
            // Core lending understood and has no such order: notes are possible again.
            Err(error @ ConnectorError::Refused { .. }) => {
                tracing::warn!(%error, loan = key, "slip refused");
                (None, Err("notOffered"))
            }
        };
        loan.value.claim = kept;
        self.changes.push(store::put(Collection::Loan, &key, Expect::Revision(loan.revision), &loan.value)?);
        Ok(answer)
    }
}

fn slip(request: PayoutRequestId, amount_tiyn: Tiyn, order: CashDeskOrder) -> ClaimSlip {
    ClaimSlip { request, amount_tiyn, number: order.number, until: order.until, address: order.address }
}
