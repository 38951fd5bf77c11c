//! What is missing of a loan that was paid out short: told at a login, and ordered to the cash desk when the client wants
//! it there.
//!
//! The claim is pinned to the loan before core lending hears of it. From then on no terminal has leave to pay that loan:
//! should core lending's answer be lost, the order may stand, and nobody is paid twice. A client who lost the slip, or
//! never got it, asks again and gets the slip of the same order.

use senim_domain::rule_pack::PayoutMethod;
use senim_domain::{ClientId, LoanId, PayoutRequestId, TerminalId, Tiyn, UtcMillis};
use senim_operation::Envelope;
use senim_operation::body::RemainderClaimed;
use senim_operation::message::{ClaimSlip, MessageBody, Remainder};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::acting::Act;
use crate::agreement::OpenLoan;
use crate::connectors::{CashDeskOrder, CashDeskState, ConnectorError};
use crate::error::GatewayError;
use crate::events::EventBody;
use crate::records::{Loan, LoanState};
use crate::store::{self, Change, Collection, Expect, Versioned};
use crate::transfer::is_asked_now;

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

/// Beginning of the key under which a slip is remembered until it has ended.
pub(crate) const CLAIM: &str = "claim/";

/// How long an order that core lending does not know may still be on its way to it, ms.
const ON_ITS_WAY_MS: i64 = 300_000;

/// A slip of which nobody knows yet what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClaimDue {
    pub loan: LoanId,
    pub request: PayoutRequestId,
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
        let moving = loan.live.is_some() || loan.transfer.is_some() || !loan.presumed.is_empty();
        let quiet = !loan.suspect && !moving;
        // The whole of a loan may wait at the desk, too; its client may have lost the slip.
        let begun = loan.paid > Tiyn::ZERO || loan.claim.is_some();
        let short = begun && missing(&loan) > Tiyn::ZERO;
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
        let due = ClaimDue { loan: claimed.loan, request };
        changes.push(store::put(Collection::Outbox, &format!("{CLAIM}{request}"), Expect::Any, &due)?);
        changes.push(store::put(Collection::Loan, &claimed.loan.to_string(), expect, &loan.value)?);
        Ok(())
    }

    /// Asks core lending from time to time what became of a slip: paid at the desk, the money is the borrower's; lapsed, or
    /// never ordered, terminals may pay again. `None`: it waits.
    pub(crate) fn pursue_claim(
        &self,
        due: &ClaimDue,
        now: UtcMillis,
    ) -> Result<Option<Vec<Change>>, GatewayError> {
        if !is_asked_now(UtcMillis(0), now) {
            return Ok(None);
        }
        self.look_at_claim(due, now)
    }

    fn look_at_claim(&self, due: &ClaimDue, now: UtcMillis) -> Result<Option<Vec<Change>>, GatewayError> {
        let key = due.loan.to_string();
        let Some(mut loan) = store::load::<Loan>(self.store.as_ref(), Collection::Loan, &key)? else {
            return Ok(Some(Vec::new()));
        };
        let claim = loan.value.claim.clone().filter(|claim| claim.request == due.request);
        let Some(claim) = claim else { return Ok(Some(Vec::new())) };
        let state = match self.connectors.core.cash_desk_state(due.loan, due.request) {
            Ok(Some(CashDeskState::Waiting)) => return Ok(None),
            // The order may be on its way this very moment.
            Ok(None) if now.0.saturating_sub(claim.at.0) < ON_ITS_WAY_MS => return Ok(None),
            Ok(state) => state,
            Err(error) => {
                tracing::debug!(%error, loan = key, "nobody says what became of a slip");
                return Ok(None);
            }
        };
        let expect = loan.expect();
        loan.value.claim = None;
        let paid = state == Some(CashDeskState::Paid);
        if paid {
            loan.value.ended.push(claim.request);
            loan.value.parts = loan.value.parts.saturating_add(1);
            loan.value.book(claim.request, claim.amount);
        }
        let state = if paid { "paidAtDesk" } else { "claimLapsed" };
        tracing::info!(loan = key, state, "a slip of the cash desk has ended");
        let event = EventBody::loan(due.loan, &loan.value.terminal, state);
        Ok(Some(vec![self.event(event, now)?, store::put(Collection::Loan, &key, expect, &loan.value)?]))
    }

    /// A client has come who has a slip: what became of it is asked at once.
    pub(crate) fn refresh_claim(&self, client: ClientId, now: UtcMillis) -> Result<(), GatewayError> {
        let store = self.store.as_ref();
        let Some(open) = store::load::<OpenLoan>(store, Collection::OpenLoan, &client.to_string())? else {
            return Ok(());
        };
        let loan = open.value.loan;
        let Some(claim) = self.kept_loan(loan)?.and_then(|kept| kept.claim) else { return Ok(()) };
        let due = ClaimDue { loan, request: claim.request };
        if let Some(mut changes) = self.look_at_claim(&due, now)? {
            changes.push(store::remove(Collection::Outbox, &format!("{CLAIM}{}", claim.request)));
            self.store.commit(&changes)?;
        }
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
        } else if loan.transfer.is_some() {
            Err("transferring")
        } else if loan.claim.is_some() {
            Ok(())
        } else if loan.paid == Tiyn::ZERO && loan.chosen() != PayoutMethod::CashDesk {
            // The first money begins the schedule: the desk pays a whole loan only where its contract says so.
            Err("nothingReceived")
        } else if loan.rests_until.is_some_and(|until| self.now < until) {
            Err("coolingOff")
        } else if loan.rests_until.is_some() && loan.confirmed.is_none() {
            Err("notConfirmed")
        } else if loan.paid == Tiyn::ZERO && !self.is_day_of(loan) {
            Err("otherDate")
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
                let due = ClaimDue { loan: body.loan, request };
                self.gateway.store.commit(&[
                    store::put(Collection::Loan, &key, expect, &loan.value)?,
                    store::put(Collection::Outbox, &format!("{CLAIM}{request}"), Expect::Any, &due)?,
                ])?;
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
                let waits = format!("{CLAIM}{}", claim.request);
                self.changes.push(store::remove(Collection::Outbox, &waits));
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
