//! A refund after a verdict: its client says whether the money goes to their own account, which the bank confirms, or
//! to the cash desk; never in notes at a terminal. A fresh face, a row, and core lending hears of it once.

use senim_domain::iban::Iban;
use senim_domain::{ClientId, LoanId, OperationId, Secret, TerminalId, Tiyn, UtcMillis};
use senim_operation::attachment::PayoutAccount;
use senim_operation::body::{RefundChosen, RefundWay};
use senim_operation::message::{
    MessageBody, RefundAnswer, RefundDue, RefundOutcome, RefundRefusal, RefundTaken,
};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::acting::Act;
use crate::connectors::{
    Account, CashDeskOrder, ConnectorError, ContractStanding, ContractSummary, Ownership, RefundChoice,
    RefundTo,
};
use crate::error::GatewayError;
use crate::openings::Purpose;
use crate::store::{self, Collection, Expect, Versioned};

/// Beginning of the key under which a choice waits for core lending.
pub(crate) const REFUND: &str = "refund/";
/// Accounts that may be typed in one visit.
const ACCOUNTS_MAX: u32 = 5;

/// How a client wants their money back. The account lies in the row's attachment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RefundRecord {
    /// Whose.
    pub client: ClientId,
    /// Of which contract.
    pub loan: LoanId,
    /// Where it was said.
    pub terminal: TerminalId,
    /// The row.
    pub op_id: OperationId,
    /// How.
    pub way: RefundWay,
    /// The attachment that holds the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<String>,
    /// The bank's report that it is theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_id: Option<String>,
    /// What goes back.
    pub amount: Tiyn,
    /// When.
    pub at: UtcMillis,
    /// Whether core lending knows.
    pub told: bool,
}

fn answered(loan: LoanId, outcome: RefundOutcome) -> MessageBody {
    MessageBody::RefundAnswered(RefundAnswer { loan, outcome })
}

/// What is said while nobody can tell whether it may be taken.
pub(crate) fn not_now(loan: LoanId) -> MessageBody {
    answered(loan, RefundOutcome::Refused(RefundRefusal::TryLater))
}

fn of_service(error: &ConnectorError) -> RefundRefusal {
    tracing::warn!(%error, "refund not possible");
    match error {
        ConnectorError::Unavailable { .. } => RefundRefusal::TryLater,
        ConnectorError::Refused { .. } => RefundRefusal::NotDue,
    }
}

impl Gateway {
    fn load_refund(&self, loan: LoanId) -> Result<Option<Versioned<RefundRecord>>, GatewayError> {
        Ok(store::load(self.store.as_ref(), Collection::Refund, &loan.to_string())?)
    }

    /// What goes back of a contract, as long as its client has not said how; with the ways that there are.
    pub(crate) fn refund_open(
        &self,
        contract: &ContractSummary,
    ) -> Result<Result<Option<RefundDue>, ConnectorError>, GatewayError> {
        if !matches!(contract.standing, ContractStanding::WrittenOff { .. })
            || self.load_refund(contract.loan)?.is_some_and(|kept| kept.value.told)
        {
            return Ok(Ok(None));
        }
        let amount_tiyn = match self.connectors.core.refund_due(contract.loan) {
            Ok(amount) => amount,
            Err(error) if error.is_not_offered() => Tiyn::ZERO,
            Err(error) => return Ok(Err(error)),
        };
        let bank = self.connectors.bank().is_ok().then_some(RefundWay::Account);
        let ways = bank.into_iter().chain([RefundWay::CashDesk]).collect();
        let number = Secret::new(contract.number.clone());
        let due = RefundDue { loan: contract.loan, number, amount_tiyn, ways };
        Ok(Ok((amount_tiyn > Tiyn::ZERO).then_some(due)))
    }

    /// Tells core lending of a choice; the same again changes nothing there.
    fn tell_refund(
        &self,
        record: &RefundRecord,
        now: UtcMillis,
    ) -> Result<Result<Option<CashDeskOrder>, ConnectorError>, GatewayError> {
        let to = match (record.way, &record.attachment) {
            (RefundWay::Account, Some(attachment)) => {
                let (terminal, op_id) = (&record.terminal, record.op_id);
                let plain = self.open_sealed(terminal, attachment, Purpose::Payout, op_id, now)?;
                let entry = plain.and_then(|plain| PayoutAccount::from_plaintext(&plain).ok());
                let Some(entry) = entry else {
                    let refused = ConnectorError::Refused { service: "archive", code: "erased".to_owned() };
                    return Ok(Err(refused));
                };
                let report_id = record.report_id.clone().unwrap_or_default();
                RefundTo::Account { account: Account::Iban(entry.iban), report_id }
            }
            (RefundWay::Account, None) | (RefundWay::CashDesk, _) => RefundTo::CashDesk,
        };
        let (operation, client, loan) = (record.op_id, record.client, record.loan);
        Ok(self.connectors.core.choose_refund(&RefundChoice { operation, client, loan, to }))
    }

    /// Brings a choice of which nobody knows whether core lending has it.
    pub(crate) fn bring_refund(
        &self,
        loan: LoanId,
        now: UtcMillis,
    ) -> Result<Result<Vec<store::Change>, ConnectorError>, GatewayError> {
        let Some(kept) = self.load_refund(loan)?.filter(|kept| !kept.value.told) else {
            return Ok(Ok(Vec::new()));
        };
        if let Err(error) = self.tell_refund(&kept.value, now)? {
            return Ok(Err(error));
        }
        let (expect, record) = (kept.expect(), RefundRecord { told: true, ..kept.value });
        Ok(Ok(vec![store::put(Collection::Refund, &loan.to_string(), expect, &record)?]))
    }
}

impl Act<'_> {
    pub(crate) fn refund_chosen(
        &mut self,
        body: &RefundChosen,
        attachment: Option<&str>,
    ) -> Result<MessageBody, GatewayError> {
        let outcome = match self.choose_refund(body, attachment)? {
            Ok(taken) => RefundOutcome::Taken(taken),
            Err(reason) => RefundOutcome::Refused(reason),
        };
        Ok(answered(body.loan, outcome))
    }

    fn choose_refund(
        &mut self,
        body: &RefundChosen,
        attachment: Option<&str>,
    ) -> Result<Result<RefundTaken, RefundRefusal>, GatewayError> {
        if self.session.client != Some(body.client) {
            return Ok(Err(RefundRefusal::NotDue));
        }
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(Err(RefundRefusal::TryLater)) };
        let contract = match self.gateway.connectors.core.contracts(body.client) {
            Ok(all) => all.into_iter().find(|one| one.loan == body.loan && one.client == body.client),
            Err(error) => return Ok(Err(of_service(&error))),
        };
        let Some(contract) = contract else { return Ok(Err(RefundRefusal::NotDue)) };
        let due = match self.gateway.refund_open(&contract)? {
            Ok(Some(due)) => due,
            Ok(None) if self.gateway.load_refund(body.loan)?.is_some() => {
                return Ok(Err(RefundRefusal::AlreadyChosen));
            }
            Ok(None) => return Ok(Err(RefundRefusal::NotDue)),
            Err(error) => return Ok(Err(of_service(&error))),
        };
        if !self.holder_was_seen(body.face_check, &pack) {
            return Ok(Err(RefundRefusal::FaceCheck));
        }
        let kept = self.gateway.load_refund(body.loan)?;
        let (account, record) = match &kept {
            // The same choice again, of which nobody knows whether core lending has it.
            Some(kept) if kept.value.way == body.way => {
                let masked = match &kept.value.attachment {
                    Some(attachment) => self.account_in(attachment)?.map(|iban| iban.masked()),
                    None => None,
                };
                (masked, kept.value.clone())
            }
            Some(_) => return Ok(Err(RefundRefusal::AlreadyChosen)),
            None => match self.new_choice(body, attachment, due.amount_tiyn)? {
                Ok(found) => found,
                Err(reason) => return Ok(Err(reason)),
            },
        };
        // The choice is pinned before core lending hears of it: should its answer be lost, it is told the same again.
        let (key, waits) = (body.loan.to_string(), format!("{REFUND}{}", body.loan));
        let expect = kept.as_ref().map_or(Expect::Absent, Versioned::expect);
        let pinned = [
            store::put(Collection::Refund, &key, expect, &record)?,
            store::put(Collection::Outbox, &waits, Expect::Any, &body.loan)?,
        ];
        self.gateway.store.commit(&pinned)?;
        let order = match self.gateway.tell_refund(&record, self.now)? {
            Ok(order) => order,
            Err(error) => return Ok(Err(of_service(&error))),
        };
        let revision = kept.map_or(1, |kept| kept.revision.saturating_add(1));
        let told = RefundRecord { told: true, ..record };
        self.changes.push(store::put(Collection::Refund, &key, Expect::Revision(revision), &told)?);
        self.changes.push(store::remove(Collection::Outbox, &waits));
        let (number, until, address) =
            order.map_or_else(Default::default, |order| (order.number, order.until, order.address));
        Ok(Ok(RefundTaken {
            way: told.way,
            amount_tiyn: told.amount,
            account_masked: Secret::new(account.unwrap_or_default()),
            number,
            until,
            address,
            at: told.at,
        }))
    }

    fn account_in(&self, attachment: &str) -> Result<Option<Iban>, GatewayError> {
        let plain = self.open_sealed(attachment, Purpose::Payout)?;
        let entry = plain.and_then(|plain| PayoutAccount::from_plaintext(&plain).ok());
        Ok(entry.and_then(|entry| Iban::parse(entry.iban.expose()).ok()))
    }

    /// A choice of which core lending has not heard; the account masked.
    fn new_choice(
        &mut self,
        body: &RefundChosen,
        attachment: Option<&str>,
        amount: Tiyn,
    ) -> Result<Result<(Option<String>, RefundRecord), RefundRefusal>, GatewayError> {
        let mut record = RefundRecord {
            client: body.client,
            loan: body.loan,
            terminal: self.terminal.clone(),
            op_id: self.envelope.op_id,
            way: body.way,
            attachment: None,
            report_id: None,
            amount,
            at: self.now,
            told: false,
        };
        if body.way == RefundWay::CashDesk {
            return Ok(Ok((None, record)));
        }
        let Some(attachment) = attachment else { return Ok(Err(RefundRefusal::NotUsable)) };
        let Some(iban) = self.account_in(attachment)? else { return Ok(Err(RefundRefusal::NotUsable)) };
        if self.session.accounts >= ACCOUNTS_MAX {
            return Ok(Err(RefundRefusal::TooMany));
        }
        self.session.accounts = self.session.accounts.saturating_add(1);
        let iin = match self.session.iin_attachment.clone() {
            Some(known) => self.sealed_iin(&known, Purpose::Payout)?,
            None => None,
        };
        let Some(iin) = iin else { return Ok(Err(RefundRefusal::TryLater)) };
        let account = Account::Iban(Secret::new(iban.expose().to_owned()));
        let iin = iin.into_secret();
        match self.gateway.connectors.bank().and_then(|bank| bank.owner(&account, &iin)) {
            Ok(found) => match found.ownership {
                Ownership::Confirmed => record.report_id = Some(found.report_id),
                Ownership::Other => return Ok(Err(RefundRefusal::NotOwned)),
                Ownership::Unknown => return Ok(Err(RefundRefusal::OwnerUnknown)),
            },
            Err(error) => return Ok(Err(of_service(&error))),
        }
        record.attachment = Some(attachment.to_owned());
        Ok(Ok((Some(iban.masked()), record)))
    }
}
