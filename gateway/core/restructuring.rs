//! What can be changed of a client's contracts, and a client who cannot pay as agreed: the request is kept with the last day
//! of its answer and carried to core lending once; the answer is a letter, or a supplement that waits.

use senim_domain::calendar::local_date;
use senim_domain::{ClientId, LoanId, OperationId, Secret, TerminalId, UtcMillis};
use senim_operation::attachment::RestructuringWish;
use senim_operation::body::{ChangesRequested, RestructuringRequested};
use senim_operation::message::{
    CabinetRefusal, ChangeableContract, ContractChanges, MessageBody, RestructuringAnswer,
    RestructuringOutcome, RestructuringRefusal, WaitingSupplement,
};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::acting::Act;
use crate::connectors::{ConnectorError, ContractStanding, ContractSummary, RestructuringAsked};
use crate::error::GatewayError;
use crate::openings::Purpose;
use crate::store::{self, Collection, Expect};

/// Beginning of the key under which a request waits for core lending.
pub(crate) const RESTRUCTURING: &str = "restructuring/";
/// Supplements and contracts that are shown.
const SHOWN: usize = 20;

/// A request for other terms. Reason and wish lie in the row's attachment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RestructuringRecord {
    /// Whose.
    pub client: ClientId,
    /// Of which contract.
    pub loan: LoanId,
    /// Where it was made.
    pub terminal: TerminalId,
    /// The row.
    pub op_id: OperationId,
    /// The attachment that holds reason and wish.
    pub attachment: String,
    /// When.
    pub at: UtcMillis,
    /// Last day of the answer, `YYYY-MM-DD`.
    pub answer_by: String,
}

fn answered(loan: LoanId, outcome: RestructuringOutcome) -> MessageBody {
    MessageBody::RestructuringAnswered(RestructuringAnswer { loan, outcome })
}

/// What is said while nobody can tell whether it may be taken.
pub(crate) fn not_now(loan: LoanId) -> MessageBody {
    answered(loan, RestructuringOutcome::Refused(RestructuringRefusal::TryLater))
}

/// Money is owed and nothing rests.
const fn is_owed(contract: &ContractSummary) -> bool {
    matches!(contract.standing, ContractStanding::Running)
}

impl Gateway {
    /// The requests of a contract, newest last.
    pub(crate) fn restructurings_of(&self, loan: LoanId) -> Result<Vec<RestructuringRecord>, GatewayError> {
        let documents = self.store.documents(Collection::Restructuring, &format!("{loan}/"))?;
        let read = |document| Ok(store::parse(Collection::Restructuring, document)?.value);
        let mut records: Vec<RestructuringRecord> =
            documents.iter().map(read).collect::<Result<_, GatewayError>>()?;
        records.sort_by_key(|record| record.at);
        Ok(records)
    }

    /// The request whose answer is still to come.
    fn open_restructuring(
        &self,
        loan: LoanId,
        today: &str,
    ) -> Result<Option<RestructuringRecord>, GatewayError> {
        Ok(self.restructurings_of(loan)?.pop().filter(|record| record.answer_by.as_str() >= today))
    }

    /// Brings a request to core lending.
    pub(crate) fn bring_restructuring(
        &self,
        record: &RestructuringRecord,
        now: UtcMillis,
    ) -> Result<Result<(), ConnectorError>, GatewayError> {
        let (terminal, op_id) = (&record.terminal, record.op_id);
        let plain = self.open_sealed(terminal, &record.attachment, Purpose::Letter, op_id, now)?;
        let Some(wish) = plain.and_then(|plain| RestructuringWish::from_plaintext(&plain).ok()) else {
            tracing::error!(%terminal, %op_id, "a request was erased before it was handed over");
            return Ok(Ok(()));
        };
        Ok(self.connectors.core.ask_restructuring(&RestructuringAsked {
            operation: op_id,
            client: record.client,
            loan: record.loan,
            reason: wish.reason,
            relief: wish.relief,
            months: wish.months,
            at: record.at,
            answer_by: record.answer_by.clone(),
        }))
    }
}

impl Act<'_> {
    pub(crate) fn changes_requested(&self, body: &ChangesRequested) -> Result<MessageBody, GatewayError> {
        let refused = |reason| Ok(MessageBody::CabinetRefused { reason });
        if self.session.client != Some(body.client) {
            return refused(CabinetRefusal::NotAvailable);
        }
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return refused(CabinetRefusal::TryLater) };
        let nothing = ContractChanges { supplements: Vec::new(), contracts: Vec::new(), refunds: Vec::new() };
        let Some(today) = local_date(self.now).filter(|_| pack.changes.is_some()) else {
            return Ok(MessageBody::ChangesFound(nothing));
        };
        let core = &self.gateway.connectors.core;
        let offered = match core.supplements(body.client) {
            Err(error) if error.is_not_offered() => Ok(Vec::new()),
            offered => offered,
        };
        let (offered, contracts) = match (offered, core.contracts(body.client)) {
            (Ok(offered), Ok(contracts)) => (offered, contracts),
            (Err(error), _) | (_, Err(error)) if error.is_not_offered() => {
                return Ok(MessageBody::ChangesFound(nothing));
            }
            (Err(error), _) | (_, Err(error)) => {
                tracing::warn!(%error, "changes not shown");
                return refused(CabinetRefusal::TryLater);
            }
        };
        let mut changes = nothing;
        for offer in offered.into_iter().filter(|offer| self.now < offer.expires) {
            let contract = contracts.iter().find(|one| one.loan == offer.loan && is_owed(one));
            let Some(contract) = contract else { continue };
            if self.is_decided(&offer)? {
                continue;
            }
            changes.supplements.push(WaitingSupplement {
                supplement: offer.supplement,
                loan: offer.loan,
                contract: Secret::new(contract.number.clone()),
                number: Secret::new(offer.number),
                kind: offer.kind,
                expires: offer.expires,
            });
        }
        for contract in contracts.iter().filter(|one| is_owed(one)) {
            let open = self.gateway.open_restructuring(contract.loan, &today.to_string())?;
            changes.contracts.push(ChangeableContract {
                loan: contract.loan,
                number: Secret::new(contract.number.clone()),
                answer_by: open.map(|open| open.answer_by),
            });
        }
        for contract in &contracts {
            match self.gateway.refund_open(contract)? {
                Ok(due) => changes.refunds.extend(due),
                Err(error) => tracing::warn!(%error, "a refund is not shown"),
            }
        }
        changes.supplements.truncate(SHOWN);
        changes.contracts.truncate(SHOWN);
        Ok(MessageBody::ChangesFound(changes))
    }

    pub(crate) fn restructuring_requested(
        &mut self,
        body: &RestructuringRequested,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let outcome = match self.take_restructuring(body, attachment)? {
            Ok(record) => RestructuringOutcome::Taken { request: record.op_id, answer_by: record.answer_by },
            Err(reason) => RestructuringOutcome::Refused(reason),
        };
        Ok(answered(body.loan, outcome))
    }

    fn take_restructuring(
        &mut self,
        body: &RestructuringRequested,
        attachment: &str,
    ) -> Result<Result<RestructuringRecord, RestructuringRefusal>, GatewayError> {
        if self.session.client != Some(body.client) {
            return Ok(Err(RestructuringRefusal::NotOwed));
        }
        let pack = self.gateway.rule_pack(self.now)?;
        let (Some(pack), Some(today)) = (pack, local_date(self.now)) else {
            return Ok(Err(RestructuringRefusal::TryLater));
        };
        let Some(rules) = &pack.changes else { return Ok(Err(RestructuringRefusal::NotOffered)) };
        match self.gateway.connectors.core.contracts(body.client) {
            Ok(all) if all.iter().any(|one| one.loan == body.loan && is_owed(one)) => {}
            Ok(_) => return Ok(Err(RestructuringRefusal::NotOwed)),
            Err(error) if error.is_not_offered() => return Ok(Err(RestructuringRefusal::NotOffered)),
            Err(error) => {
                tracing::warn!(%error, "a request for other terms is not taken");
                return Ok(Err(RestructuringRefusal::TryLater));
            }
        }
        if self.gateway.open_restructuring(body.loan, &today.to_string())?.is_some() {
            return Ok(Err(RestructuringRefusal::AlreadyAsked));
        }
        let wish = self.open_sealed(attachment, Purpose::Letter)?;
        let wish = wish.and_then(|plain| RestructuringWish::from_plaintext(&plain).ok());
        let whole = wish.is_some_and(|wish| wish.relief.is_of_months() == wish.months.is_some());
        let last = today.checked_add(jiff::Span::new().days(i64::from(rules.answer_days))).ok();
        let Some(answer_by) = last.filter(|_| whole) else { return Ok(Err(RestructuringRefusal::TryLater)) };
        let record = RestructuringRecord {
            client: body.client,
            loan: body.loan,
            terminal: self.terminal.clone(),
            op_id: self.envelope.op_id,
            attachment: attachment.to_owned(),
            at: self.now,
            answer_by: answer_by.to_string(),
        };
        let key = format!("{}/{}", body.loan, record.op_id);
        self.changes.push(store::put(Collection::Restructuring, &key, Expect::Absent, &record)?);
        let waits = format!("{RESTRUCTURING}{}", record.op_id);
        self.changes.push(store::put(Collection::Outbox, &waits, Expect::Absent, &record)?);
        Ok(Ok(record))
    }
}
