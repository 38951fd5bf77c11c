//! What rows of the forgotten time mean when they arrive again.
//!
//! A former life of this gateway has answered them: texts were sent, offers made, contracts booked, leaves given. None of
//! this is done again. What must not stay forgotten is money: a request may have had leave, so its loan waits for the
//! request's end ([`Presumed`]); a loan that is not here is put together from the rows and from core lending, and frozen.

use senim_domain::loan::Term;
use senim_domain::rule_pack::PayoutMethod;
use senim_domain::{ApplicationId, ClientId, Language, LoanId, SessionId, TerminalId, Tiyn, UtcMillis};
use senim_operation::body::{ContractAgreed, PayoutRequested};
use senim_operation::{Body, Envelope};
use uuid::Uuid;

use crate::Gateway;
use crate::acting::Acted;
use crate::actor::Actor;
use crate::agreement::OpenLoan;
use crate::connectors::{ConnectorError, LoanBooking};
use crate::error::GatewayError;
use crate::flags::LoanFlag;
use crate::records::{Agreement, Loan, LoanState, Presumed};
use crate::store::{self, Change, Collection, Expect, Versioned};

/// What core lending says about a loan.
enum Booked {
    Yes(Box<LoanBooking>),
    No,
    /// It cannot tell, now or ever.
    Unknown(ConnectorError),
}

impl Gateway {
    /// Takes what a row of the forgotten time says about money; everything else in it was answered long ago.
    pub(crate) fn remember(
        &self,
        terminal: &TerminalId,
        envelope: &Envelope,
        body: &Body,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<Acted, GatewayError> {
        match body {
            Body::ContractAgreed(agreed) => self.remember_agreement(terminal, envelope, agreed, now, changes),
            Body::PayoutRequested(requested) => {
                self.remember_request(terminal, envelope, requested, now, changes)?;
                Ok(Acted::Done(None))
            }
            Body::RemainderClaimed(claimed) => {
                self.remember_claim(terminal, envelope, claimed, now, changes)?;
                Ok(Acted::Done(None))
            }
            Body::TransferRequested(requested) => {
                self.remember_transfer(terminal, envelope, requested, now, changes)?;
                Ok(Acted::Done(None))
            }
            _ => Ok(Acted::Done(None)),
        }
    }

    fn remember_agreement(
        &self,
        terminal: &TerminalId,
        envelope: &Envelope,
        agreed: &ContractAgreed,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<Acted, GatewayError> {
        let known = self.known_loan(agreed.loan)?;
        let ours = |state: &LoanState| matches!(state, LoanState::Concluded(_) | LoanState::Cancelled(_));
        if known.as_ref().is_some_and(|loan| ours(&loan.value.state)) {
            return Ok(Acted::Done(None));
        }
        let booking = match self.booked(agreed.loan) {
            Booked::Yes(booking) if booking.contract_sha256 == agreed.contract_sha256 => booking,
            // Refused then, or concluded over other bytes by another row.
            Booked::Yes(_) | Booked::No | Booked::Unknown(ConnectorError::Refused { .. }) => {
                return Ok(Acted::Done(None));
            }
            Booked::Unknown(error @ ConnectorError::Unavailable { .. }) => {
                tracing::warn!(%terminal, %error, "a forgotten contract waits for core lending");
                return Ok(Acted::Waits);
            }
        };
        let agreement = Agreement {
            method: agreed.method,
            contract_sha256: agreed.contract_sha256.clone(),
            at: now,
            op_id: envelope.op_id,
            entrepreneur: None,
            face_check: Some(agreed.face_check),
            signed: None,
        };
        let mut loan = match known {
            // Found when core lending was away: its payouts stay.
            Some(loan) if loan.value.client.0.is_nil() => {
                let found = recovered(terminal, envelope, Some(&booking), now).value;
                let Loan { paid, parts, ended, live, presumed, claim, transfer, transfers, .. } = loan.value;
                Versioned {
                    revision: loan.revision,
                    value: Loan { paid, parts, ended, live, presumed, claim, transfer, transfers, ..found },
                }
            }
            Some(loan) => loan,
            None => {
                changes.push(forgotten_flag(agreed.loan, now)?);
                recovered(terminal, envelope, Some(&booking), now)
            }
        };
        let expect = loan.expect();
        let Loan { client, ref product, principal, .. } = loan.value;
        if let Some(pack) = self.rule_pack(now)? {
            let about = (agreed.loan, PayoutMethod::Cash);
            loan.value.rests_until = self.rest_of(&pack, about, client, product, principal, now)?;
        }
        changes.push(self.lent(agreed.loan, client, principal, now)?);
        loan.value.state = LoanState::Concluded(agreement);
        loan.value.suspect |= self.claim_forgotten(loan.value.client, agreed.loan, changes)?;
        changes.push(store::put(Collection::Loan, &agreed.loan.to_string(), expect, &loan.value)?);
        Ok(Acted::Done(None))
    }

    fn remember_request(
        &self,
        terminal: &TerminalId,
        envelope: &Envelope,
        requested: &PayoutRequested,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let mut loan = self.loan_or_recovered(terminal, envelope, requested.loan, now, changes)?;
        let expect = loan.expect();
        let value = &mut loan.value;
        let live = value.live.as_ref().is_some_and(|live| live.request == requested.request);
        let presumed = value.presumed.iter().any(|presumed| presumed.request == requested.request);
        if live || presumed || value.ended.contains(&requested.request) {
            return Ok(());
        }
        value.presumed.push(Presumed {
            request: requested.request,
            terminal: terminal.clone(),
            amount: requested.amount_tiyn,
            seq: envelope.seq,
        });
        changes.push(store::put(Collection::Loan, &requested.loan.to_string(), expect, value)?);
        Ok(())
    }

    /// The loan, or a frozen record of one that this store has forgotten.
    pub(crate) fn loan_or_recovered(
        &self,
        terminal: &TerminalId,
        envelope: &Envelope,
        loan: LoanId,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<Versioned<Loan>, GatewayError> {
        if let Some(known) = self.known_loan(loan)? {
            return Ok(known);
        }
        let booking = match self.booked(loan) {
            Booked::Yes(booking) => Some(booking),
            Booked::No => None,
            Booked::Unknown(error) => {
                tracing::warn!(%terminal, %loan, %error, "core lending tells nothing of a forgotten loan");
                None
            }
        };
        tracing::error!(%terminal, %loan, "a loan that this store has forgotten; recovered and frozen");
        let recovered = recovered(terminal, envelope, booking.as_deref(), now);
        changes.push(forgotten_flag(loan, now)?);
        if booking.is_some() {
            self.claim_forgotten(recovered.value.client, loan, changes)?;
        }
        Ok(recovered)
    }

    fn known_loan(&self, loan: LoanId) -> Result<Option<Versioned<Loan>>, GatewayError> {
        Ok(store::load(self.store.as_ref(), Collection::Loan, &loan.to_string())?)
    }

    fn booked(&self, loan: LoanId) -> Booked {
        match self.connectors.core.loan(loan) {
            Ok(Some(booking)) if booking.loan == loan => Booked::Yes(Box::new(booking)),
            Ok(_) => Booked::No,
            Err(error) => Booked::Unknown(error),
        }
    }

    /// The client's one place for an open loan; true when another loan holds it, so that people have to look.
    fn claim_forgotten(
        &self,
        client: ClientId,
        loan: LoanId,
        changes: &mut Vec<Change>,
    ) -> Result<bool, GatewayError> {
        let key = client.to_string();
        let held = store::load::<OpenLoan>(self.store.as_ref(), Collection::OpenLoan, &key)?;
        if let Some(held) = held {
            return Ok(held.value.loan != loan);
        }
        changes.push(store::put(Collection::OpenLoan, &key, Expect::Absent, &OpenLoan { loan })?);
        Ok(false)
    }
}

/// The flag that keeps a recovered loan frozen until staff have looked at it and lift it.
fn forgotten_flag(loan: LoanId, now: UtcMillis) -> Result<Change, GatewayError> {
    let by = Actor::new("gateway", "forgotten by this store and put together again from a terminal's rows")?;
    Ok(store::put(Collection::Flag, &loan.to_string(), Expect::Any, &LoanFlag { at: now, by })?)
}

/// A frozen record of a forgotten loan; without a booking nothing is known but that it was.
fn recovered(
    terminal: &TerminalId,
    envelope: &Envelope,
    booking: Option<&LoanBooking>,
    now: UtcMillis,
) -> Versioned<Loan> {
    let nobody = Uuid::nil();
    let value = Loan {
        application: ApplicationId(nobody),
        client: booking.map_or(ClientId(nobody), |booking| booking.client),
        terminal: terminal.clone(),
        session: envelope.session.unwrap_or(SessionId(nobody)),
        product: String::new(),
        rule_pack: envelope.rule_pack,
        contract_number: booking.map(|booking| booking.contract_number.clone()).unwrap_or_default(),
        principal: booking.map_or(Tiyn::ZERO, |booking| booking.principal_tiyn),
        annual_rate_thousandths: booking
            .map_or(0, |booking| booking.annual_rate_hundredths.saturating_mul(10)),
        term: booking.map_or(Term::Months(0), |booking| booking.term),
        issued: booking.map(|booking| booking.issued.clone()).unwrap_or_default(),
        drafts: Vec::new(),
        language: Language::default(),
        expires: now,
        state: booking.map_or(LoanState::Offered, |booking| {
            LoanState::Concluded(Agreement {
                method: booking.method,
                contract_sha256: booking.contract_sha256.clone(),
                at: now,
                op_id: envelope.op_id,
                entrepreneur: None,
                face_check: None,
                signed: None,
            })
        }),
        rests_until: None,
        confirmed: None,
        paid: Tiyn::ZERO,
        booked: Vec::new(),
        parts: 0,
        ended: Vec::new(),
        live: None,
        presumed: Vec::new(),
        claim: None,
        targets: Vec::new(),
        way: None,
        transfer: None,
        transfers: Vec::new(),
        suspect: true,
        recovered: Some(now),
        examination: None,
        measures: Vec::new(),
        refusal: None,
    };
    Versioned { revision: 0, value }
}
