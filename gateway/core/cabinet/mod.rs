//! The personal cabinet: what a client who is logged in may see of their own business.
//!
//! Each look is a row of the terminal and an entry of the audit here; what was seen is in neither. Sums come from core
//! lending as they are; the terminal adds them up once more before it shows them. Letters are in `letters`, files of
//! contracts in `documents`.

mod documents;
mod letters;
mod papers;

use senim_domain::loan::Term;
use senim_domain::{ApplicationId, ClientId, LoanId, RegistrationId, Secret, Tiyn, UtcMillis};
use senim_operation::body::{ApplicationSubmitted, CabinetPart, CabinetRequested};
use senim_operation::message::{
    ApplicationRefusal, ApplicationStanding, ApplicationState, CabinetContent, CabinetRefusal, ContractFacts,
    ContractState, LoanStatement, MessageBody, PaymentDone, UpcomingPayment,
};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::acting::Act;
use crate::connectors::{ConnectorError, ContractStanding, ContractSummary};
use crate::error::GatewayError;
use crate::openings::Purpose;
use crate::records::{Loan, LoanState};
use crate::refusal::RefusalCheck;
use crate::registration::Registration;
use crate::store::{self, Collection, Versioned};

pub(crate) use letters::{LETTER, LetterReport};

/// Applications of a client that are remembered.
const APPLICATIONS_KEPT: usize = 20;
/// Contracts, payments and letters that are shown, the newest of each.
const SHOWN: usize = 20;

/// Where a client's business is found; opaque identities and outcomes alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct CabinetIndex {
    /// Newest last.
    #[serde(default)]
    applications: Vec<ApplicationEntry>,
    /// Registrations that ended in this client.
    #[serde(default)]
    registrations: Vec<RegistrationId>,
    /// The newest login.
    #[serde(default)]
    last_login: Option<UtcMillis>,
}

/// An application.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ApplicationEntry {
    application: ApplicationId,
    at: UtcMillis,
    amount: Tiyn,
    term: Term,
    /// The loan that was offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    loan: Option<LoanId>,
    /// Why none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<ApplicationRefusal>,
    /// The report that a voluntary refusal stands in, and when it was looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refusal: Option<RefusalCheck>,
}

/// Why a part cannot be told now.
enum Fault {
    Service(ConnectorError),
    Gateway(GatewayError),
    /// It is not this client's, or not kept here.
    NotHere,
}

impl From<ConnectorError> for Fault {
    fn from(error: ConnectorError) -> Self {
        Self::Service(error)
    }
}

impl From<GatewayError> for Fault {
    fn from(error: GatewayError) -> Self {
        Self::Gateway(error)
    }
}

impl From<store::StoreError> for Fault {
    fn from(error: store::StoreError) -> Self {
        Self::Gateway(error.into())
    }
}

const fn refused(reason: CabinetRefusal) -> MessageBody {
    MessageBody::CabinetRefused { reason }
}

/// A list that core lending may not offer is empty.
fn offered<T>(answer: Result<Vec<T>, ConnectorError>) -> Result<Vec<T>, ConnectorError> {
    match answer {
        Err(ConnectorError::Refused { code, .. }) if code == "not_offered" => Ok(Vec::new()),
        other => other,
    }
}

impl Gateway {
    fn cabinet_index(&self, client: ClientId) -> Result<Versioned<CabinetIndex>, GatewayError> {
        let found = store::load(self.store.as_ref(), Collection::Cabinet, &client.to_string())?;
        Ok(found.unwrap_or(Versioned { revision: 0, value: CabinetIndex::default() }))
    }

    /// The registration that ended in this client.
    pub(crate) fn registration_of(
        &self,
        client: ClientId,
    ) -> Result<Option<(RegistrationId, Registration)>, GatewayError> {
        let index = self.cabinet_index(client)?.value;
        let Some(id) = index.registrations.last() else { return Ok(None) };
        let found =
            store::load::<Registration>(self.store.as_ref(), Collection::Registration, &id.to_string())?;
        Ok(found.map(|found| (*id, found.value)))
    }

    pub(crate) fn kept_loan(&self, loan: LoanId) -> Result<Option<Loan>, GatewayError> {
        let found = store::load::<Loan>(self.store.as_ref(), Collection::Loan, &loan.to_string())?;
        Ok(found.map(|found| found.value))
    }
}

/// Whether a contract rests before its payout.
fn rests(loan: &Loan, now: UtcMillis) -> bool {
    loan.paid == Tiyn::ZERO && loan.rests_until.is_some_and(|until| now < until)
}

impl Act<'_> {
    /// Remembers what became of an application, so that its client can see it.
    pub(crate) fn remember_application(
        &mut self,
        body: &ApplicationSubmitted,
        reply: &MessageBody,
    ) -> Result<(), GatewayError> {
        if self.session.client != Some(body.client) {
            return Ok(());
        }
        let (loan, refused) = match reply {
            MessageBody::OfferMade { loan, .. } => (Some(*loan), None),
            MessageBody::ApplicationRefused { reason, .. } => (None, Some(*reason)),
            _ => return Ok(()),
        };
        let mut index = self.gateway.cabinet_index(body.client)?;
        let expect = index.expect();
        let entries = &mut index.value.applications;
        // One that was interrupted and goes on is the same application.
        entries.retain(|entry| entry.application != body.application);
        entries.push(ApplicationEntry {
            application: body.application,
            at: self.envelope.at,
            amount: body.principal_tiyn,
            term: body.term,
            loan,
            refused,
            refusal: self.session.refusal.clone().filter(|check| check.set),
        });
        let surplus = entries.len().saturating_sub(APPLICATIONS_KEPT);
        entries.drain(..surplus);
        let key = body.client.to_string();
        self.changes.push(store::put(Collection::Cabinet, &key, expect, &index.value)?);
        Ok(())
    }

    /// A registration ended in this client: its consents are theirs to see.
    pub(crate) fn remember_registration(
        &mut self,
        client: ClientId,
        registration: RegistrationId,
    ) -> Result<(), GatewayError> {
        let mut index = self.gateway.cabinet_index(client)?;
        let expect = index.expect();
        index.value.registrations.push(registration);
        let key = client.to_string();
        self.changes.push(store::put(Collection::Cabinet, &key, expect, &index.value)?);
        Ok(())
    }

    /// Notes that somebody logged in now; the login before it, where there was one (R-127a).
    pub(crate) fn remember_login(&mut self, client: ClientId) -> Result<Option<UtcMillis>, GatewayError> {
        let mut index = self.gateway.cabinet_index(client)?;
        let expect = index.expect();
        let before = index.value.last_login.replace(self.now);
        self.changes.push(store::put(Collection::Cabinet, &client.to_string(), expect, &index.value)?);
        Ok(before)
    }

    pub(crate) fn cabinet_requested(&self, body: &CabinetRequested) -> Result<MessageBody, GatewayError> {
        if self.session.client != Some(body.client) {
            tracing::warn!(terminal = %self.terminal, "cabinet asked for without a login of this visit");
            return Ok(refused(CabinetRefusal::NotAvailable));
        }
        let opened = format!("cabinet//{}/{}", body.client, body.part.code());
        let op_id = self.envelope.op_id;
        self.gateway.audit_automatic_opening(&opened, Purpose::Cabinet, op_id, self.now)?;
        let content = match body.part {
            CabinetPart::Applications => self.applications(body.client).map(CabinetContent::Applications),
            CabinetPart::Contracts => self.contracts(body.client).map(CabinetContent::Contracts),
            CabinetPart::Document => {
                self.document(body.client, body.document.as_ref()).map(CabinetContent::Document)
            }
            CabinetPart::Debt => self.statements(body.client).map(CabinetContent::Debt),
            CabinetPart::WaysToPay => self.payment_details().map(CabinetContent::WaysToPay),
            CabinetPart::Letters => self.letters(body.client).map(CabinetContent::Letters),
            CabinetPart::Consents => self.consents(body.client).map(CabinetContent::Consents),
            CabinetPart::Confirmations => self.confirmations(body.client).map(CabinetContent::Confirmations),
        };
        match content {
            Ok(content) => Ok(MessageBody::CabinetShown(content)),
            Err(Fault::Service(error)) => {
                tracing::warn!(%error, part = body.part.code(), "cabinet not shown");
                Ok(refused(CabinetRefusal::TryLater))
            }
            Err(Fault::NotHere) => Ok(refused(CabinetRefusal::NotAvailable)),
            Err(Fault::Gateway(error)) => Err(error),
        }
    }

    fn applications(&self, client: ClientId) -> Result<Vec<ApplicationStanding>, Fault> {
        let index = self.gateway.cabinet_index(client)?.value;
        let mut standings = Vec::new();
        for entry in index.applications.iter().rev() {
            standings.push(ApplicationStanding {
                application: entry.application,
                at: Some(entry.at),
                amount_tiyn: entry.amount,
                term: entry.term,
                state: self.state_of(entry)?,
            });
        }
        // Those that were made elsewhere.
        for record in offered(self.gateway.connectors.core.applications(client))? {
            let known = standings.iter().any(|one| one.application == record.application);
            if let (false, Some(state)) = (known, state_named(&record.state)) {
                standings.push(ApplicationStanding {
                    application: record.application,
                    at: None,
                    amount_tiyn: record.amount_tiyn,
                    term: record.term,
                    state,
                });
            }
        }
        standings.truncate(SHOWN);
        Ok(standings)
    }

    fn state_of(&self, entry: &ApplicationEntry) -> Result<ApplicationState, GatewayError> {
        match entry.refused {
            Some(ApplicationRefusal::TryLater | ApplicationRefusal::Incomplete) => {
                return Ok(ApplicationState::Received);
            }
            Some(ApplicationRefusal::VoluntaryRefusal) => return Ok(ApplicationState::VoluntaryRefusal),
            Some(ApplicationRefusal::LoanOpen) => return Ok(ApplicationState::LoanOpen),
            Some(ApplicationRefusal::NotApproved | ApplicationRefusal::OutsideLimits) => {
                return Ok(ApplicationState::Refused);
            }
            None => {}
        }
        let kept = match entry.loan {
            Some(loan) => self.gateway.kept_loan(loan)?,
            None => None,
        };
        let Some(loan) = kept else { return Ok(ApplicationState::OfferEnded) };
        Ok(match &loan.state {
            LoanState::Offered if self.now >= loan.expires => ApplicationState::OfferEnded,
            LoanState::Offered | LoanState::Agreed(_) => ApplicationState::Offered,
            LoanState::Concluded(_) if loan.paid > Tiyn::ZERO => ApplicationState::PaidOut,
            LoanState::Concluded(_) if rests(&loan, self.now) => ApplicationState::Waiting,
            LoanState::Concluded(_) => ApplicationState::Signed,
            LoanState::Cancelled(_) => ApplicationState::Cancelled,
        })
    }

    fn contracts(&self, client: ClientId) -> Result<Vec<ContractFacts>, Fault> {
        let booked = offered(self.gateway.connectors.core.contracts(client))?;
        let mut facts = Vec::new();
        for entry in self.gateway.cabinet_index(client)?.value.applications.iter().rev() {
            let Some(id) = entry.loan.filter(|id| booked.iter().all(|one| one.loan != *id)) else { continue };
            let Some(loan) = self.gateway.kept_loan(id)? else { continue };
            let state = match &loan.state {
                LoanState::Offered | LoanState::Agreed(_) if self.now >= loan.expires => continue,
                LoanState::Offered | LoanState::Agreed(_) => ContractState::Offered,
                LoanState::Concluded(_) if rests(&loan, self.now) => ContractState::Waiting,
                LoanState::Concluded(_) if loan.paid > Tiyn::ZERO => ContractState::Running,
                LoanState::Concluded(_) => ContractState::Agreed,
                LoanState::Cancelled(_) => ContractState::Cancelled,
            };
            let number = Secret::new(loan.contract_number.clone());
            facts.push(facts_of(id, number, state, Some(&loan), loan.principal, loan.issued.clone()));
        }
        for contract in booked {
            let kept = self.gateway.kept_loan(contract.loan)?.filter(|kept| kept.client == client);
            let state = match (contract_state(&contract.standing), &kept) {
                (ContractState::Agreed, Some(kept)) if rests(kept, self.now) => ContractState::Waiting,
                // Core lending may not know it yet.
                (_, Some(kept)) if matches!(kept.state, LoanState::Cancelled(_)) => ContractState::Cancelled,
                (state, _) => state,
            };
            let ContractSummary { loan, number, principal_tiyn, issued, contract_sha256, .. } = contract;
            let number = Secret::new(number);
            let mut shown = facts_of(loan, number, state, kept.as_ref(), principal_tiyn, issued);
            if shown.documents.is_empty() {
                shown.documents = vec![contract_sha256];
            }
            self.amended(&mut shown)?;
            facts.push(shown);
        }
        facts.truncate(SHOWN);
        Ok(facts)
    }

    /// What supplements have made of a contract: the terms in force, and every document.
    fn amended(&self, facts: &mut ContractFacts) -> Result<(), GatewayError> {
        for record in self.gateway.supplements_of(facts.loan)? {
            if record.conclusion().is_none() {
                continue;
            }
            facts.annual_rate_hundredths = Some(record.terms.annual_percent.units() / 10);
            facts.term = Some(record.terms.term);
            facts.method = Some(record.terms.method);
            facts.documents.push(record.sha256);
        }
        // What core lending lowered alone (B2.4).
        let lowest = self.gateway.lowered_rates(facts.loan)?.last().map(|lowered| lowered.rate.units() / 10);
        if let (Some(lowest), Some(rate)) = (lowest, facts.annual_rate_hundredths) {
            facts.annual_rate_hundredths = Some(rate.min(lowest));
        }
        Ok(())
    }

    fn statements(&self, client: ClientId) -> Result<Vec<LoanStatement>, Fault> {
        let core = &self.gateway.connectors.core;
        let mut statements = Vec::new();
        for debt in self.debts_of(client)? {
            let upcoming = offered(core.schedule(debt.loan))?
                .into_iter()
                .map(|one| UpcomingPayment {
                    total_tiyn: one.principal_tiyn.plus(one.interest_tiyn).unwrap_or(Tiyn::MAX),
                    date: one.date,
                    principal_tiyn: one.principal_tiyn,
                    interest_tiyn: one.interest_tiyn,
                    paid_tiyn: one.paid_tiyn,
                })
                .filter(|one| one.paid_tiyn < one.total_tiyn)
                .collect();
            let mut made: Vec<PaymentDone> = offered(core.payments(debt.loan))?
                .into_iter()
                .map(|one| PaymentDone {
                    date: one.date,
                    amount_tiyn: one.amount_tiyn,
                    principal_tiyn: one.allocation.principal_tiyn,
                    interest_tiyn: one.allocation.interest_tiyn,
                    penalty_tiyn: one.allocation.penalty_tiyn,
                    held_tiyn: one.allocation.held_tiyn,
                    overpaid_tiyn: one.allocation.overpaid_tiyn,
                })
                .collect();
            made.truncate(SHOWN);
            statements.push(LoanStatement { debt, upcoming, made });
        }
        statements.truncate(SHOWN);
        Ok(statements)
    }
}

fn facts_of(
    loan: LoanId,
    number: Secret,
    state: ContractState,
    kept: Option<&Loan>,
    principal_tiyn: Tiyn,
    issued: String,
) -> ContractFacts {
    let agreement = kept.and_then(|kept| match &kept.state {
        LoanState::Concluded(agreement) => Some(agreement),
        LoanState::Cancelled(cancelled) => Some(&cancelled.agreement),
        LoanState::Offered | LoanState::Agreed(_) => None,
    });
    let documents = match (agreement, kept) {
        (Some(agreement), _) => vec![agreement.contract_sha256.clone()],
        (None, Some(kept)) => kept.drafts.iter().map(|draft| draft.contract_sha256.clone()).collect(),
        (None, None) => Vec::new(),
    };
    ContractFacts {
        loan,
        number,
        state,
        principal_tiyn,
        issued,
        concluded: agreement.map(|agreement| agreement.at),
        annual_rate_hundredths: kept.map(|kept| kept.annual_rate_thousandths / 10),
        term: kept.map(|kept| kept.term),
        method: agreement.map(|agreement| agreement.method),
        documents,
    }
}

const fn contract_state(standing: &ContractStanding) -> ContractState {
    match standing {
        ContractStanding::Agreed => ContractState::Agreed,
        ContractStanding::Running => ContractState::Running,
        ContractStanding::Closed => ContractState::Closed,
        ContractStanding::Cancelled => ContractState::Cancelled,
        ContractStanding::Suspended { .. } => ContractState::Suspended,
        ContractStanding::WrittenOff { .. } => ContractState::WrittenOff,
    }
}

/// Core lending's word for a state; `None`: a word that nobody agreed on, so nothing is claimed.
fn state_named(name: &str) -> Option<ApplicationState> {
    Some(match name {
        "received" => ApplicationState::Received,
        "checking" => ApplicationState::Checking,
        "approved" => ApplicationState::Approved,
        "refused" => ApplicationState::Refused,
        "offered" => ApplicationState::Offered,
        "signed" => ApplicationState::Signed,
        "waiting" => ApplicationState::Waiting,
        "paidOut" => ApplicationState::PaidOut,
        "cancelled" => ApplicationState::Cancelled,
        _ => return None,
    })
}
