//! Between contract and payout (B6): how long a contract rests, and what its client may do then: confirm it, or take it back.
//!
//! A contract that rests is paid out only after its client has come again and said so. Any contract of which nothing was
//! paid out can be confirmed on another day with the schedule of that day, and can be cancelled free of charge.
//! Cancelling is a fact: it counts though the visit is over or core lending away.

use senim_domain::quote::quote;
use senim_domain::rule_pack::{PayoutMethod, Product, RulePack};
use senim_domain::{ClientId, LoanId, OperationId, TerminalId, Tiyn, UtcMillis, calendar};
use senim_operation::body::{ConfirmationRequested, LoanCancelled, LoanConfirmed};
use senim_operation::message::{
    CancellationRefusal, ConfirmationOffer, ConfirmationRefusal, MessageBody, WaitingLoan,
};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::acting::Act;
use crate::agreement::OpenLoan;
use crate::application::draft;
use crate::connectors::{LoanCancellation, PayoutDayMoved};
use crate::error::GatewayError;
use crate::events::EventBody;
use crate::records::{Agreement, Cancelled, Confirmed, Confirming, Loan, LoanState};
use crate::store::{self, Change, Collection, Expect, Versioned};

/// Beginning of the key under which core lending's notice of a cancellation waits.
pub(crate) const CANCELLATION: &str = "cancellation/";

/// What a client's contracts of one day lend; kept for as long as the day can matter.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct LentOfDay {
    loans: Vec<(LoanId, Tiyn)>,
}

fn day_key(client: ClientId, at: UtcMillis) -> String {
    let day = calendar::local_date(at).map(|date| date.to_string()).unwrap_or_default();
    format!("lent/{client}/{day}")
}

/// Whether a contract waits for its payout: nothing was paid out, and no payout is in the air.
fn waits(loan: &Loan) -> Result<&Agreement, ConfirmationRefusal> {
    let LoanState::Concluded(agreement) = &loan.state else { return Err(ConfirmationRefusal::NotWaiting) };
    let elsewhere = loan.transfer.is_some() || loan.claim.is_some();
    if loan.suspect || elsewhere || loan.live.is_some() || !loan.presumed.is_empty() {
        Err(ConfirmationRefusal::PayoutOpen)
    } else if loan.paid > Tiyn::ZERO {
        Err(ConfirmationRefusal::NotWaiting)
    } else {
        Ok(agreement)
    }
}

impl Gateway {
    fn lent_of_day(&self, client: ClientId, at: UtcMillis) -> Result<Versioned<LentOfDay>, GatewayError> {
        let found = store::load(self.store.as_ref(), Collection::Daily, &day_key(client, at))?;
        Ok(found.unwrap_or(Versioned { revision: 0, value: LentOfDay::default() }))
    }

    /// First moment at which a contract concluded at `at` may be confirmed, all contracts of its client of that day
    /// together; `None`: it need not rest (B6).
    pub(crate) fn rest_of(
        &self,
        pack: &RulePack,
        (loan, way): (LoanId, PayoutMethod),
        client: ClientId,
        product: &str,
        principal: Tiyn,
        at: UtcMillis,
    ) -> Result<Option<UtcMillis>, GatewayError> {
        let Some(day) = calendar::local_date(at) else { return Ok(None) };
        let lent = self.lent_of_day(client, at)?.value;
        let others = lent.loans.iter().filter(|(other, _)| *other != loan);
        let sum = others.fold(principal, |sum, (_, one)| sum.plus(*one).unwrap_or(Tiyn::MAX));
        let rests = pack.cooling_off_hours(sum, day, product, way).is_some();
        Ok(rests.then(|| pack.cooling_off.ends(at)))
    }

    /// Enters a contract among those of its day.
    pub(crate) fn lent(
        &self,
        loan: LoanId,
        client: ClientId,
        principal: Tiyn,
        at: UtcMillis,
    ) -> Result<Change, GatewayError> {
        let mut lent = self.lent_of_day(client, at)?;
        lent.value.loans.retain(|(other, _)| *other != loan);
        lent.value.loans.push((loan, principal));
        Ok(store::put(Collection::Daily, &day_key(client, at), lent.expect(), &lent.value)?)
    }

    /// The contract of this client that waits for its payout.
    pub(crate) fn waiting_loan(&self, client: ClientId) -> Result<Option<WaitingLoan>, GatewayError> {
        let open = store::load::<OpenLoan>(self.store.as_ref(), Collection::OpenLoan, &client.to_string())?;
        let Some(open) = open else { return Ok(None) };
        let Some(loan) = self.kept_loan(open.value.loan)? else { return Ok(None) };
        let Ok(agreement) = waits(&loan) else { return Ok(None) };
        Ok(Some(WaitingLoan {
            loan: open.value.loan,
            principal_tiyn: loan.principal,
            concluded: agreement.at,
            rests_until: loan.rests_until,
            way: loan.way.as_ref().map(|chosen| chosen.way),
            target: self.agreed_target(open.value.loan, &loan)?,
        }))
    }

    /// Ends a contract of which nothing was paid out; once more changes nothing. Core lending is told when it is there.
    pub(crate) fn cancel_waiting(
        &self,
        terminal: &TerminalId,
        op_id: OperationId,
        body: &LoanCancelled,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<Result<(), CancellationRefusal>, GatewayError> {
        let key = body.loan.to_string();
        let found = store::load::<Loan>(self.store.as_ref(), Collection::Loan, &key)?;
        let Some(mut loan) = found.filter(|found| found.value.client == body.client) else {
            return Ok(Err(CancellationRefusal::NotWaiting));
        };
        if matches!(loan.value.state, LoanState::Cancelled(_)) {
            return Ok(Ok(()));
        }
        let agreement = match waits(&loan.value) {
            Ok(agreement) => agreement.clone(),
            Err(ConfirmationRefusal::PayoutOpen) => return Ok(Err(CancellationRefusal::PayoutOpen)),
            Err(_) if loan.value.paid > Tiyn::ZERO => return Ok(Err(CancellationRefusal::PaidOut)),
            Err(_) => return Ok(Err(CancellationRefusal::NotWaiting)),
        };
        let resting = loan.value.rests_until.is_some_and(|until| now < until);
        let reason = if resting { "coolingOff" } else { "client" };
        let notice = LoanCancellation { loan: body.loan, operation: op_id, reason: reason.to_owned() };
        let mut lent = self.lent_of_day(body.client, agreement.at)?;
        if lent.revision > 0 {
            lent.value.loans.retain(|(other, _)| *other != body.loan);
            let day = day_key(body.client, agreement.at);
            changes.push(store::put(Collection::Daily, &day, lent.expect(), &lent.value)?);
        }
        let expect = loan.expect();
        loan.value.state = LoanState::Cancelled(Cancelled { agreement, at: now, op_id });
        changes.push(store::put(Collection::Loan, &key, expect, &loan.value)?);
        self.release_place(body.client, body.loan, now, changes)?;
        changes.push(store::put(Collection::Outbox, &format!("{CANCELLATION}{key}"), Expect::Any, &notice)?);
        changes.push(self.event(EventBody::loan(body.loan, terminal, "cancelled"), now)?);
        Ok(Ok(()))
    }
}

impl Act<'_> {
    pub(crate) fn confirmation_requested(
        &mut self,
        body: &ConfirmationRequested,
    ) -> Result<MessageBody, GatewayError> {
        self.session.confirming = None;
        match self.offer_confirmation(body.loan)? {
            Ok(offer) => {
                let issued = offer.draft.schedule.issued.to_string();
                let confirming = Confirming { loan: body.loan, offer: self.message_id, issued };
                self.session.confirming = Some(confirming);
                Ok(MessageBody::ConfirmationOffered(Box::new(offer)))
            }
            Err(reason) => Ok(self.confirmation_refused(body.loan, reason)),
        }
    }

    fn confirmation_refused(&self, loan: LoanId, reason: ConfirmationRefusal) -> MessageBody {
        tracing::info!(terminal = %self.terminal, %loan, ?reason, "confirmation refused");
        MessageBody::ConfirmationRefused { loan, reason }
    }

    fn offer_confirmation(
        &mut self,
        id: LoanId,
    ) -> Result<Result<ConfirmationOffer, ConfirmationRefusal>, GatewayError> {
        let Some(mut kept) = self.own_loan(id)? else {
            return Ok(Err(ConfirmationRefusal::NotWaiting));
        };
        if let Err(reason) = self.may_confirm(&kept.value)? {
            return Ok(Err(reason));
        }
        if let Err(reason) = self.still_wants_loans(id, &mut kept)? {
            return Ok(Err(reason));
        }
        let loan = kept.value;
        let agreement = match self.may_confirm(&loan)? {
            Ok(agreement) => agreement,
            Err(reason) => return Ok(Err(reason)),
        };
        let (Some(pack), Some(today)) = (self.gateway.rule_pack(self.now)?, calendar::local_date(self.now))
        else {
            return Ok(Err(ConfirmationRefusal::TryLater));
        };
        let same = |product: &&Product| {
            product.rate.annual(product.time_base).units() == loan.annual_rate_thousandths
                && product.methods.contains(&agreement.method)
        };
        let Some(product) = pack.product(&loan.product).filter(same) else {
            return Ok(Err(ConfirmationRefusal::TermsChanged));
        };
        let terms = product.terms(&pack.calendar, loan.principal, loan.term, agreement.method, today);
        let quoted = quote(&terms, &pack.limits(product, today)).ok().filter(|quoted| quoted.caps.within);
        let Some(quoted) = quoted else { return Ok(Err(ConfirmationRefusal::TermsChanged)) };
        Ok(Ok(ConfirmationOffer {
            loan: id,
            product: loan.product.clone(),
            term: loan.term,
            draft: draft(&terms, quoted),
            part: loan.parts.saturating_add(1),
        }))
    }

    /// Whether the contract waits, has rested, and nobody speaks against paying it out; the refusal is asked for afresh.
    fn may_confirm<'a>(
        &self,
        loan: &'a Loan,
    ) -> Result<Result<&'a Agreement, ConfirmationRefusal>, GatewayError> {
        let agreement = match waits(loan) {
            Ok(agreement) => agreement,
            Err(reason) => return Ok(Err(reason)),
        };
        if loan.rests_until.is_some_and(|until| self.now < until) {
            return Ok(Err(ConfirmationRefusal::TooEarly));
        }
        if !self.record.active || self.gateway.is_restoring()? {
            return Ok(Err(ConfirmationRefusal::TryLater));
        }
        Ok(Ok(agreement))
    }

    /// Whether the client has refused loans since; what was found is kept with the loan.
    fn still_wants_loans(
        &mut self,
        id: LoanId,
        loan: &mut Versioned<Loan>,
    ) -> Result<Result<(), ConfirmationRefusal>, GatewayError> {
        let check = match self.refusal_again(&loan.value)? {
            Ok(check) => check,
            Err(error) => {
                tracing::warn!(%error, "confirmation not decided");
                return Ok(Err(ConfirmationRefusal::TryLater));
            }
        };
        if check.set {
            self.keep_refusal(id, loan.clone(), check)?;
            return Ok(Err(ConfirmationRefusal::VoluntaryRefusal));
        }
        loan.value.refusal = Some(check);
        Ok(Ok(()))
    }

    pub(crate) fn loan_confirmed(&mut self, body: &LoanConfirmed) -> Result<MessageBody, GatewayError> {
        match self.confirm(body)? {
            Ok(()) => Ok(MessageBody::ConfirmationAccepted { loan: body.loan }),
            Err(reason) => Ok(self.confirmation_refused(body.loan, reason)),
        }
    }

    fn confirm(&mut self, body: &LoanConfirmed) -> Result<Result<(), ConfirmationRefusal>, GatewayError> {
        let Some(mut loan) = self.own_loan(body.loan)? else {
            return Ok(Err(ConfirmationRefusal::NotWaiting));
        };
        if let Err(reason) = self.may_confirm(&loan.value)? {
            return Ok(Err(reason));
        }
        if let Err(reason) = self.still_wants_loans(body.loan, &mut loan)? {
            return Ok(Err(reason));
        }
        let today = calendar::local_date(self.now).map(|date| date.to_string());
        let offered = self.session.confirming.clone().filter(|offered| {
            offered.loan == body.loan
                && offered.offer == body.offer
                && Some(&offered.issued) == today.as_ref()
        });
        let Some(offered) = offered else { return Ok(Err(ConfirmationRefusal::OfferEnded)) };
        if !self.face_is_fresh(body.loan, body.face_check)? {
            return Ok(Err(ConfirmationRefusal::FaceCheck));
        }
        let operation = self.envelope.op_id;
        if offered.issued != loan.value.issued {
            let moved = PayoutDayMoved { loan: body.loan, operation, issued: offered.issued.clone() };
            if let Err(error) = self.gateway.connectors.core.move_payout_day(&moved) {
                tracing::warn!(%error, loan = %body.loan, "the day of payout is not moved");
                return Ok(Err(ConfirmationRefusal::TryLater));
            }
        }
        let LoanState::Concluded(agreement) = loan.value.state.clone() else {
            return Ok(Err(ConfirmationRefusal::NotWaiting));
        };
        let proof = (body.face_check, body.offer_sha256.as_str());
        let list = self.performed_again(body.loan, &loan.value, &agreement, proof)?;
        // Confirmed once more, on yet another day, the last list counts.
        loan.value.measures.truncate(1);
        loan.value.measures.push(list);
        let expect = loan.expect();
        loan.value.issued = offered.issued;
        loan.value.confirmed =
            Some(Confirmed { at: self.now, op_id: operation, offer_sha256: body.offer_sha256.clone() });
        self.changes.push(store::put(Collection::Loan, &body.loan.to_string(), expect, &loan.value)?);
        let event = EventBody::loan(body.loan, self.terminal, "confirmed");
        self.changes.push(self.gateway.event(event, self.now)?);
        Ok(Ok(()))
    }

    pub(crate) fn loan_cancelled(&mut self, body: &LoanCancelled) -> Result<MessageBody, GatewayError> {
        let refused = |reason| MessageBody::CancellationRefused { loan: body.loan, reason };
        if self.session.client != Some(body.client) {
            tracing::warn!(terminal = %self.terminal, "cancellation without a login of this visit");
            return Ok(refused(CancellationRefusal::NotWaiting));
        }
        let (op_id, changes) = (self.envelope.op_id, &mut self.changes);
        Ok(match self.gateway.cancel_waiting(self.terminal, op_id, body, self.now, changes)? {
            Ok(()) => MessageBody::CancellationAccepted { loan: body.loan },
            Err(reason) => refused(reason),
        })
    }
}
