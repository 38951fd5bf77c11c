//! Leave to pay, and what came of it: one live authorisation per loan, for exactly what is missing (design section 5).
//!
//! Only `PayoutEnded` closes an authorisation. What it says about cash is taken as a fact; where it contradicts what was
//! allowed, the loan is frozen until people have counted.

use senim_domain::{AuthorisationId, TerminalId, Tiyn, UtcMillis, cash};
use senim_operation::body::{PayoutEnded, PayoutRequested, PayoutResult};
use senim_operation::message::{Authorisation, MessageBody};

use crate::acting::Act;
use crate::connectors::{ConnectorError, PayoutReport};
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::events::EventBody;
use crate::records::{LiveAuthorisation, Loan, LoanState};
use crate::store::{self, Change, Collection, Expect, Versioned};
use crate::{Gateway, later};

/// Set while this gateway may have forgotten payouts because it was started from a back-up.
pub(crate) const RESTORING: &str = "restoring";

impl Act<'_> {
    pub(crate) fn payout_requested(&mut self, body: &PayoutRequested) -> Result<MessageBody, GatewayError> {
        match self.authorise(body)? {
            Ok(authorisation) => Ok(MessageBody::PayoutAuthorised(authorisation)),
            Err(reason) => {
                tracing::info!(terminal = %self.terminal, loan = %body.loan, reason, "payout refused");
                Ok(MessageBody::PayoutRefused { request: body.request, reason: reason.to_owned() })
            }
        }
    }

    fn authorise(
        &mut self,
        body: &PayoutRequested,
    ) -> Result<Result<Authorisation, &'static str>, GatewayError> {
        let Some(loan) = self.own_loan(body.loan)? else { return Ok(Err("unknownLoan")) };
        if let Err(reason) = self.may_pay(&loan.value, body)? {
            return Ok(Err(reason));
        }
        match self.gateway.connectors.core.voluntary_refusal(loan.value.client) {
            Ok(refusal) if refusal.set => return Ok(Err("voluntaryRefusal")),
            Ok(_) => {}
            Err(error @ (ConnectorError::Unavailable { .. } | ConnectorError::Refused { .. })) => {
                tracing::warn!(%error, "payout not decided");
                return Ok(Err("tryLater"));
            }
        }
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(Err("tryLater")) };
        let authorisation = AuthorisationId(uuid(self.gateway.entropy.as_ref(), self.now)?);
        self.keep_live(loan, body, authorisation)?;
        Ok(Ok(Authorisation {
            authorisation,
            request: body.request,
            loan: body.loan,
            part: body.part,
            amount_tiyn: body.amount_tiyn,
            boot: self.envelope.boot.clone(),
            epoch: self.envelope.epoch,
            row_sha256: self.row_sha256.to_owned(),
            life_seconds: pack.payout.authorisation_life_seconds,
        }))
    }

    fn may_pay(&self, loan: &Loan, body: &PayoutRequested) -> Result<Result<(), &'static str>, GatewayError> {
        let LoanState::Concluded(agreement) = &loan.state else { return Ok(Err("notConcluded")) };
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(Err("tryLater")) };
        let rests_until = pack
            .cooling_off_hours(loan.principal)
            .map(|hours| later(agreement.at, u32::from(hours).saturating_mul(3600)));
        let missing = loan.principal.minus(loan.paid).unwrap_or(Tiyn::ZERO);
        let restoring = self.gateway.store.document(Collection::Meta, RESTORING)?.is_some();
        Ok(if !self.record.active {
            Err("inactive")
        } else if restoring {
            Err("restoring")
        } else if loan.suspect {
            Err("suspect")
        } else if loan.live.is_some() {
            Err("authorisationLive")
        } else if missing == Tiyn::ZERO {
            Err("paidOut")
        } else if body.part != loan.parts.saturating_add(1) {
            Err("wrongPart")
        } else if body.amount_tiyn != missing {
            Err("wrongAmount")
        } else if body.amount_tiyn > pack.payout.max_amount_tiyn {
            Err("overLimit")
        } else if rests_until.is_some_and(|until| self.now < until) {
            Err("coolingOff")
        } else if loan.paid == Tiyn::ZERO && !self.is_day_of(loan) {
            // Nothing was paid yet, so the signed schedule would begin on the wrong day.
            Err("otherDate")
        } else if !self.face_is_fresh(body.loan, body.face_check)? {
            Err("faceCheck")
        } else {
            Ok(())
        })
    }

    fn keep_live(
        &mut self,
        loan: Versioned<Loan>,
        body: &PayoutRequested,
        authorisation: AuthorisationId,
    ) -> Result<(), GatewayError> {
        let expect = loan.expect();
        let live = LiveAuthorisation {
            authorisation,
            request: body.request,
            terminal: self.terminal.clone(),
            part: body.part,
            amount: body.amount_tiyn,
        };
        let loan = Loan { live: Some(live), ..loan.value };
        self.changes.push(store::put(Collection::Loan, &body.loan.to_string(), expect, &loan)?);
        Ok(())
    }
}

impl Gateway {
    /// Books the end of a payout request.
    pub(crate) fn payout_ended(
        &self,
        terminal: &TerminalId,
        body: &PayoutEnded,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let key = body.loan.to_string();
        let Some(mut loan) = store::load::<Loan>(self.store.as_ref(), Collection::Loan, &key)? else {
            tracing::error!(%terminal, loan = key, "end of a payout of a loan that is not known here");
            return Ok(());
        };
        let live = loan.value.live.clone();
        let ours = live.filter(|live| live.request == body.request && live.terminal == *terminal);
        if ours.is_none() && body.distributed_tiyn == Tiyn::ZERO && body.result != PayoutResult::Uncertain {
            // A request that never got leave and moved nothing changes nothing.
            return Ok(());
        }
        let expect = loan.expect();
        let value = &mut loan.value;
        if value.ended.contains(&body.request) {
            // Whatever the second end says, the first is booked; people have to look.
            tracing::error!(%terminal, loan = key, request = %body.request, "a payout ended twice; loan frozen");
            value.suspect = true;
            changes.push(store::put(Collection::Loan, &key, expect, value)?);
            changes.push(self.event(EventBody::suspect(body.loan, terminal, "ended twice"), now)?);
            return Ok(());
        }
        value.ended.push(body.request);
        let leave = ours.as_ref().map(|live| live.amount);
        if let Some(why) = contradiction(body, leave) {
            tracing::error!(%terminal, loan = key, why, "loan frozen");
            value.suspect = true;
            changes.push(self.event(EventBody::suspect(body.loan, terminal, why), now)?);
        }
        value.paid = value.paid.plus(body.distributed_tiyn).unwrap_or(Tiyn::MAX);
        if ours.is_some() {
            value.live = None;
            value.parts = value.parts.saturating_add(1);
        }
        tracing::info!(%terminal, loan = key, paid = value.paid.tiyn(), at = %now, "payout ended");
        changes.push(store::put(Collection::Loan, &key, expect, value)?);
        changes.push(self.event(EventBody::payout_ended(body, terminal), now)?);
        if body.distributed_tiyn > Tiyn::ZERO {
            let report = PayoutReport {
                loan: body.loan,
                request: body.request,
                amount_tiyn: body.distributed_tiyn,
                terminal: terminal.clone(),
            };
            let key = format!("payout/{}", body.request);
            changes.push(store::put(Collection::Outbox, &key, Expect::Any, &report)?);
        }
        Ok(())
    }
}

/// Why the end of a request does not fit the leave that was given; `None`: it does.
fn contradiction(body: &PayoutEnded, leave: Option<Tiyn>) -> Option<&'static str> {
    let notes = body.distributed.iter().map(|count| (count.denomination, count.notes));
    let worth = cash::worth(notes).unwrap_or(Tiyn::MAX);
    let Some(leave) = leave else { return Some("cash left without leave") };
    if worth != body.distributed_tiyn {
        return Some("notes and sum differ");
    }
    if worth > leave {
        return Some("more than allowed");
    }
    let nothing = worth == Tiyn::ZERO;
    match body.result {
        PayoutResult::Paid if worth != leave => Some("called paid and is not"),
        PayoutResult::Nothing if !nothing => Some("called nothing and is not"),
        PayoutResult::Short if worth == leave => Some("called short and is not"),
        PayoutResult::Uncertain => Some("uncertain"),
        PayoutResult::Paid | PayoutResult::Nothing | PayoutResult::Short => None,
    }
}
