//! Leave to pay, and what came of it: one live authorisation per loan, for exactly what is missing (design section 5).
//!
//! Only `PayoutEnded` closes an authorisation. What it says about cash is taken as a fact; where it contradicts what was
//! allowed, the loan is frozen until people have counted.

use senim_domain::location::Place;
use senim_domain::rule_pack::{PayoutMethod, RulePack};
use senim_domain::{AuthorisationId, LoanId, MessageId, TerminalId, Tiyn, UtcMillis, cash};
use senim_operation::Envelope;
use senim_operation::body::{PayoutEnded, PayoutRequested, PayoutResult};
use senim_operation::message::{Authorisation, MessageBody};

use crate::Gateway;
use crate::acting::Act;
use crate::connectors::PayoutReport;
use crate::doubts::{Doubt, payout_key};
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::events::EventBody;
use crate::records::{LiveAuthorisation, Loan, LoanState};
use crate::remainder::missing;
use crate::store::{self, Change, Collection, Expect, Versioned};

/// What is asked to go out.
pub(crate) struct Asked {
    /// Of which loan.
    pub loan: LoanId,
    /// Part of it.
    pub part: u32,
    /// Sum.
    pub amount: Tiyn,
    /// How.
    pub way: PayoutMethod,
    /// The face check that it rests on.
    pub face_check: MessageId,
    /// Where the terminal is.
    pub place: Option<Place>,
}

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
        let Some(mut loan) = self.own_loan(body.loan)? else { return Ok(Err("unknownLoan")) };
        let asked = Asked {
            loan: body.loan,
            part: body.part,
            amount: body.amount_tiyn,
            way: PayoutMethod::Cash,
            face_check: body.face_check,
            place: body.place,
        };
        if let Err(reason) = self.may_pay(&loan.value, &asked)? {
            return Ok(Err(reason));
        }
        let check = match self.refusal_again(&loan.value)? {
            Ok(check) => check,
            Err(error) => {
                tracing::warn!(%error, "payout not decided");
                return Ok(Err("tryLater"));
            }
        };
        if check.set {
            self.keep_refusal(body.loan, loan, check)?;
            return Ok(Err("voluntaryRefusal"));
        }
        loan.value.refusal = Some(check);
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

    /// Whether what is missing may go out now, in whatever way.
    pub(crate) fn may_pay(
        &self,
        loan: &Loan,
        asked: &Asked,
    ) -> Result<Result<(), &'static str>, GatewayError> {
        let agreed = match &loan.state {
            LoanState::Concluded(agreement) => agreement.at,
            LoanState::Cancelled(_) => return Ok(Err("cancelled")),
            LoanState::Offered | LoanState::Agreed(_) => return Ok(Err("notConcluded")),
        };
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(Err("tryLater")) };
        let missing = missing(loan);
        let restoring = self.gateway.is_restoring()?;
        let rests_until = self.rests_in(&pack, loan, asked, agreed)?;
        Ok(if !self.record.active {
            Err("inactive")
        } else if self.is_elsewhere(asked.place) {
            Err("elsewhere")
        } else if restoring {
            Err("restoring")
        } else if loan.suspect {
            Err("suspect")
        } else if loan.live.is_some() || !loan.presumed.is_empty() {
            Err("authorisationLive")
        } else if loan.claim.is_some() {
            // It waits at the cash desk, or may: nobody has it twice.
            Err("claimed")
        } else if loan.transfer.is_some() {
            // Nobody knows what became of it: it is paid no second way.
            Err("transferring")
        } else if missing == Tiyn::ZERO {
            Err("paidOut")
        } else if asked.part != loan.parts.saturating_add(1) {
            Err("wrongPart")
        } else if asked.amount != missing {
            Err("wrongAmount")
        } else if asked.way == PayoutMethod::Cash && asked.amount > pack.payout.max_amount_tiyn {
            Err("overLimit")
        } else if rests_until.is_some_and(|until| self.now < until) {
            Err("coolingOff")
        } else if rests_until.is_some() && loan.confirmed.is_none() {
            Err("notConfirmed")
        } else if loan.paid == Tiyn::ZERO && !self.is_day_of(loan) {
            // Nothing was paid yet, so the signed schedule would begin on the wrong day.
            Err("otherDate")
        } else if !self.face_is_fresh(asked.loan, asked.face_check)? {
            Err("faceCheck")
        } else {
            Ok(())
        })
    }

    /// Whether the terminal itself measured that it is not at its place (R-015, R-127b).
    fn is_elsewhere(&self, place: Option<Place>) -> bool {
        let measured = place.and_then(Place::measured);
        measured.zip(self.record.place.as_ref()).is_some_and(|(here, place)| place.holds(here) == Some(false))
    }

    /// Until when it rests if it is paid this way. What did not have to rest because it was for goods does for notes (B6).
    fn rests_in(
        &self,
        pack: &RulePack,
        loan: &Loan,
        asked: &Asked,
        agreed: UtcMillis,
    ) -> Result<Option<UtcMillis>, GatewayError> {
        let other = loan.chosen() == PayoutMethod::Merchant && asked.way != PayoutMethod::Merchant;
        if loan.rests_until.is_some() || !other {
            return Ok(loan.rests_until);
        }
        let about = (asked.loan, asked.way);
        self.gateway.rest_of(pack, about, loan.client, &loan.product, loan.principal, agreed)
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
            seq: self.envelope.seq,
        };
        let loan = Loan { live: Some(live), ..loan.value };
        self.changes.push(store::put(Collection::Loan, &body.loan.to_string(), expect, &loan)?);
        Ok(())
    }
}

impl Gateway {
    /// Books the end of a payout request. A loan that this store has forgotten is put together again and frozen.
    pub(crate) fn payout_ended(
        &self,
        terminal: &TerminalId,
        envelope: &Envelope,
        body: &PayoutEnded,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let key = body.loan.to_string();
        let moved = body.distributed_tiyn > Tiyn::ZERO || body.result == PayoutResult::Uncertain;
        let known = self.store.document(Collection::Loan, &key)?.is_some();
        if !moved && !known {
            return Ok(());
        }
        let mut loan = self.loan_or_recovered(terminal, envelope, body.loan, now, changes)?;
        let ours = Leave::of(&loan.value, terminal, body);
        if matches!(ours, Leave::None) && !moved {
            // A request that never got leave and moved nothing changes nothing.
            return Ok(());
        }
        let expect = loan.expect();
        let value = &mut loan.value;
        let asked = value.live.as_ref().filter(|live| live.request == body.request).map(|live| live.seq);
        let presumed = value.presumed.iter().find(|one| one.request == body.request).map(|one| one.seq);
        let from_seq = asked.or(presumed);
        let doubt = |why: &str, leave: Tiyn| Doubt {
            at: now,
            terminal: terminal.clone(),
            loan: body.loan,
            request: body.request,
            why: why.to_owned(),
            from_seq,
            to_seq: Some(envelope.seq),
            leave,
        };
        let doubt_key = payout_key(body.loan, body.request);
        if value.ended.contains(&body.request) {
            let certain = body.result != PayoutResult::Uncertain;
            if certain && self.agrees_with_settlement(body.loan, body.request, body.distributed_tiyn)? {
                tracing::info!(%terminal, loan = key, "a dead terminal's account agrees with its settlement");
                return Ok(());
            }
            // Whatever the second end says, the first is booked; people have to look.
            tracing::error!(%terminal, loan = key, request = %body.request, "a payout ended twice; loan frozen");
            value.suspect = true;
            let allowed = doubt("ended twice", value.booked_of(body.request));
            changes.push(store::put(Collection::Doubt, &doubt_key, Expect::Any, &allowed)?);
            changes.push(store::put(Collection::Loan, &key, expect, value)?);
            changes.push(self.event(EventBody::suspect(body.loan, terminal, "ended twice"), now)?);
            return Ok(());
        }
        value.ended.push(body.request);
        value.presumed.retain(|presumed| presumed.request != body.request || presumed.terminal != *terminal);
        let leave = ours.amount();
        let refused = matches!(ours, Leave::Refused) && !moved;
        if let Some(why) = contradiction(body, leave).filter(|_| !refused) {
            tracing::error!(%terminal, loan = key, why, "loan frozen");
            value.suspect = true;
            changes.push(self.event(EventBody::suspect(body.loan, terminal, why), now)?);
            let doubt = doubt(why, leave.unwrap_or(Tiyn::ZERO));
            changes.push(store::put(Collection::Doubt, &doubt_key, Expect::Any, &doubt)?);
        }
        value.book(body.request, body.distributed_tiyn);
        if value.paid > value.principal {
            tracing::error!(%terminal, loan = key, "more was paid than lent; loan frozen");
            if !value.suspect {
                let doubt = doubt("more was paid than lent", leave.unwrap_or(Tiyn::ZERO));
                changes.push(store::put(Collection::Doubt, &doubt_key, Expect::Any, &doubt)?);
            }
            value.suspect = true;
            let doubt = doubt("more was paid than lent", leave.unwrap_or(Tiyn::ZERO));
            changes.push(store::put(Collection::Doubt, &doubt_key, Expect::Any, &doubt)?);
        }
        if matches!(ours, Leave::Live(_)) {
            value.live = None;
        }
        if leave.is_some() {
            value.parts = value.parts.saturating_add(1);
        }
        if value.suspect {
            self.meter.add(|counts| counts.alarms = counts.alarms.saturating_add(1));
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

/// What was allowed for a request.
#[derive(Clone, Copy)]
enum Leave {
    /// The live authorisation of this loan.
    Live(Tiyn),
    /// A former life of this gateway gave it: the terminal names an authorisation for a request whose answer is
    /// forgotten here, and no leave can have been for more than was asked.
    Forgotten(Tiyn),
    /// A former life of this gateway refused it, or the terminal never got an answer.
    Refused,
    /// None.
    None,
}

impl Leave {
    fn of(loan: &Loan, terminal: &TerminalId, body: &PayoutEnded) -> Self {
        let live = loan.live.as_ref();
        if let Some(live) = live.filter(|live| live.request == body.request && live.terminal == *terminal) {
            return Self::Live(live.amount);
        }
        let mut presumed = loan.presumed.iter();
        let ours = presumed.find(|one| one.request == body.request && one.terminal == *terminal);
        match (ours, body.authorisation) {
            (Some(presumed), Some(_)) => Self::Forgotten(presumed.amount),
            (Some(_), None) => Self::Refused,
            (None, _) => Self::None,
        }
    }

    const fn amount(self) -> Option<Tiyn> {
        match self {
            Self::Live(amount) | Self::Forgotten(amount) => Some(amount),
            Self::Refused | Self::None => None,
        }
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
