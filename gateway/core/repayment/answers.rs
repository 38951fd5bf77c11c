//! What a payer is told: the own debts, whom a number belongs to, and what the money was used for.

use senim_domain::contract_number::ContractNumber;
use senim_domain::{ClientId, Secret, Tiyn, UtcMillis, calendar};
use senim_operation::attachment::RepaymentNumber;
use senim_operation::body::{DebtRequested, RepaymentEnded};
use senim_operation::message::{Booking, ContractDebt, DebtStanding, MessageBody, RepaymentRefusal, Rest};

use super::{Entered, takes_money};
use crate::acting::{Act, Acted};
use crate::connectors::{ConnectorError, ContractStanding, RepaymentOutcome};
use crate::error::GatewayError;
use crate::openings::Purpose;

/// Numbers that may be tried in one visit: whoever tries more is not looking for the own contract.
const NUMBERS_PER_VISIT: u32 = 5;

impl Act<'_> {
    pub(crate) fn debt_requested(&self, body: &DebtRequested) -> MessageBody {
        let refused = |reason| MessageBody::RepaymentRefused { reason };
        if self.session.client != Some(body.client) {
            tracing::warn!(terminal = %self.terminal, "debts asked for without a login of this visit");
            return refused(RepaymentRefusal::NotPayable);
        }
        match self.debts_of(body.client) {
            Ok(contracts) => MessageBody::Debts { contracts },
            Err(error) => {
                tracing::warn!(%error, "debts not known");
                refused(RepaymentRefusal::TryLater)
            }
        }
    }

    pub(crate) fn debts_of(&self, client: ClientId) -> Result<Vec<ContractDebt>, ConnectorError> {
        let core = &self.gateway.connectors.core;
        let today = today(self.now);
        let mut debts = Vec::new();
        for contract in core.contracts(client)? {
            let Some((standing, since)) = standing(&contract.standing) else { continue };
            let debt = core.debt(contract.loan, &today)?;
            let total = Tiyn::sum([debt.principal_tiyn, debt.interest_tiyn, debt.penalty_tiyn]);
            debts.push(ContractDebt {
                loan: contract.loan,
                number: Secret::new(contract.number),
                standing,
                since,
                on: debt.on,
                principal_tiyn: debt.principal_tiyn,
                interest_tiyn: debt.interest_tiyn,
                penalty_tiyn: debt.penalty_tiyn,
                total_tiyn: total.unwrap_or(Tiyn::MAX),
                due_tiyn: debt.due_tiyn,
                next_date: debt.next_date,
                next_tiyn: debt.next_tiyn,
                suspension_interest_tiyn: debt.suspension_interest_tiyn,
            });
        }
        Ok(debts)
    }

    pub(crate) fn number_submitted(&mut self, attachment: &str) -> Result<MessageBody, GatewayError> {
        let refused = |reason| Ok(MessageBody::RepaymentRefused { reason });
        self.session.numbers = self.session.numbers.saturating_add(1);
        if self.session.numbers > NUMBERS_PER_VISIT {
            return refused(RepaymentRefusal::TooMany);
        }
        let plain = self.open_sealed(attachment, Purpose::Repayment)?;
        let number = plain.and_then(|plain| RepaymentNumber::from_plaintext(&plain).ok());
        let Some(number) = number.and_then(|sent| ContractNumber::parse(sent.number.expose()).ok()) else {
            return refused(RepaymentRefusal::UnknownNumber);
        };
        let core = &self.gateway.connectors.core;
        let found = core.contract_by_number(number.as_str()).and_then(|found| {
            let Some(contract) = found else { return Ok(None) };
            let debt = core.debt(contract.loan, &today(self.now))?;
            Ok(Some((core.client(contract.client)?, contract, debt)))
        });
        match found {
            Ok(Some((borrower, contract, debt))) => {
                let owes = Tiyn::sum([debt.principal_tiyn, debt.interest_tiyn, debt.penalty_tiyn])
                    .is_ok_and(|total| total > Tiyn::ZERO);
                if !owes || !takes_money(&contract) {
                    return refused(RepaymentRefusal::NotPayable);
                }
                Ok(MessageBody::ContractFound {
                    loan: contract.loan,
                    holder_masked: initials(&borrower.given_name, &borrower.surname),
                    due_tiyn: debt.due_tiyn,
                })
            }
            Ok(None) => refused(RepaymentRefusal::UnknownNumber),
            Err(error @ ConnectorError::Refused { .. }) => {
                tracing::warn!(%error, "contract not found by its number");
                refused(RepaymentRefusal::UnknownNumber)
            }
            Err(error @ ConnectorError::Unavailable { .. }) => {
                tracing::warn!(%error, "contract not looked up");
                refused(RepaymentRefusal::TryLater)
            }
        }
    }

    /// Enters the money and tells the payer what it was used for.
    pub(crate) fn repayment_ended(&mut self, body: &RepaymentEnded) -> Result<Acted, GatewayError> {
        let (terminal, envelope, now) = (self.terminal, self.envelope, self.now);
        let Some(entered) = self.gateway.repayment_ended(terminal, envelope, body, now, &mut self.changes)?
        else {
            return Ok(Acted::Waits);
        };
        let booking = match entered {
            Some(Entered::Booked { outcome, client }) => {
                let own = client.is_some() && client == self.session.client;
                Some(booking(&outcome, own))
            }
            Some(Entered::Unallocated) | None => None,
        };
        Ok(Acted::Done(Some(MessageBody::RepaymentBooked { repayment: body.repayment, booking })))
    }
}

fn booking(outcome: &RepaymentOutcome, own: bool) -> Booking {
    let used = outcome.allocation;
    let debt = &outcome.debt;
    let total = Tiyn::sum([debt.principal_tiyn, debt.interest_tiyn, debt.penalty_tiyn]);
    Booking {
        principal_tiyn: used.principal_tiyn,
        interest_tiyn: used.interest_tiyn,
        penalty_tiyn: used.penalty_tiyn,
        held_tiyn: used.held_tiyn,
        overpaid_tiyn: used.overpaid_tiyn,
        closed: outcome.closed,
        rest: own.then(|| Rest {
            total_tiyn: total.unwrap_or(Tiyn::MAX),
            next_date: debt.next_date.clone(),
            next_tiyn: debt.next_tiyn,
        }),
    }
}

fn today(now: UtcMillis) -> String {
    calendar::local_date(now).map(|date| date.to_string()).unwrap_or_default()
}

fn day_of(moment: UtcMillis) -> Option<String> {
    calendar::local_date(moment).map(|date| date.to_string())
}

/// How a contract with a possible debt stands; `None`: it has none.
fn standing(standing: &ContractStanding) -> Option<(DebtStanding, Option<String>)> {
    match standing {
        ContractStanding::Running => Some((DebtStanding::Running, None)),
        ContractStanding::Suspended { since, .. } => Some((DebtStanding::Suspended, day_of(*since))),
        ContractStanding::WrittenOff { at } => Some((DebtStanding::WrittenOff, day_of(*at))),
        ContractStanding::Agreed | ContractStanding::Closed | ContractStanding::Cancelled => None,
    }
}

/// `А. С.`: enough to recognise whom one pays for.
fn initials(given_name: &Secret, surname: &Secret) -> Secret {
    let mut text = String::with_capacity(32);
    for name in [given_name, surname] {
        if let Some(first) = name.expose().chars().next() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push(first);
            text.push('.');
        }
    }
    Secret::new(text)
}
