//! Repayment in cash: what is owed, and money that a terminal took (R-044, R-045, B3.5).
//!
//! `RepaymentEnded` is a fact: its money is entered at core lending once, by the identity of its row, whatever became of
//! the visit, of the line or of core lending. How it is allocated core lending decides; what nobody knows the contract of
//! is held there and listed here. What a payer is told is decided in `answers`.

mod answers;

use senim_domain::{
    ClientId, Language, LoanId, OperationId, RepaymentId, Secret, TerminalId, Tiyn, UtcMillis, cash,
};
use senim_operation::Envelope;
use senim_operation::attachment::RepaymentNumber;
use senim_operation::body::{DenominationCount, EarlyWish, NoteFoundLate, RepaymentBegun, RepaymentEnded};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::acting::Acted;
use crate::connectors::{
    ConnectorError, ContractStanding, ContractSummary, EarlyChoice, Repayment, RepaymentOutcome, Unallocated,
};
use crate::error::GatewayError;
use crate::events::EventBody;
use crate::openings::Purpose;
use crate::records::Loan;
use crate::store::{self, Change, Collection, Expect};

/// What is known of a repayment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepaymentRecord {
    /// Where.
    pub terminal: TerminalId,
    /// The loan, where the terminal was told of it.
    pub loan: Option<LoanId>,
    /// SHA-256 of the sealed part that holds the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_sha256: Option<String>,
    /// The row that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<OperationId>,
    /// When it began: a note that is found later counts as of then, however late the row of its end came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<UtcMillis>,
    /// Notes in doubt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_doubt: Vec<DenominationCount>,
    /// Money of it, by the row that credits it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
}

/// Money that one row credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The row.
    pub operation: OperationId,
    /// Sum.
    pub amount: Tiyn,
    /// When it was given.
    pub at: UtcMillis,
    /// What became of it.
    pub state: EntryState,
}

/// What became of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EntryState {
    /// Core lending does not answer; it is entered later.
    Waits,
    /// Entered for a loan.
    Booked,
    /// Nobody knows the contract, or it takes no payment: held, to be traced.
    Unallocated,
}

/// Money on its way to core lending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RepaymentReport {
    pub repayment: RepaymentId,
    pub operation: OperationId,
    pub terminal: TerminalId,
    pub loan: Option<LoanId>,
    pub number_sha256: Option<String>,
    pub amount: Tiyn,
    pub at: UtcMillis,
    pub early: EarlyChoice,
}

/// A text to the borrower that a payment came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PaymentNotice {
    pub client: ClientId,
    pub amount: Tiyn,
}

/// What core lending made of money.
pub(crate) enum Entered {
    Booked { outcome: Box<RepaymentOutcome>, client: Option<ClientId> },
    Unallocated,
}

/// Money that is held because nobody knows whose loan it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldMoney {
    /// The repayment.
    pub repayment: RepaymentId,
    /// Where.
    pub terminal: TerminalId,
    /// The row that credits it.
    pub operation: OperationId,
    /// Sum.
    pub amount_tiyn: Tiyn,
    /// When it was given.
    pub at: UtcMillis,
    /// `unallocated`, or `waits` while core lending does not answer.
    pub state: EntryState,
}

/// A note of a repayment in doubt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotesInDoubt {
    /// The repayment.
    pub repayment: RepaymentId,
    /// Where.
    pub terminal: TerminalId,
    /// Notes.
    pub notes: Vec<DenominationCount>,
}

pub(crate) const REPORT: &str = "repayment/";
pub(crate) const NOTICE: &str = "notice/";

const fn choice(early: EarlyWish) -> EarlyChoice {
    match early {
        EarlyWish::Hold => EarlyChoice::Hold,
        EarlyWish::ShorterTerm => EarlyChoice::ShorterTerm,
        EarlyWish::SmallerPayments => EarlyChoice::SmallerPayments,
    }
}

/// Whether core lending takes a payment for it.
const fn takes_money(contract: &ContractSummary) -> bool {
    matches!(contract.standing, ContractStanding::Running | ContractStanding::Suspended { .. })
}

impl Gateway {
    fn repayment_record(
        &self,
        repayment: RepaymentId,
    ) -> Result<Option<store::Versioned<RepaymentRecord>>, GatewayError> {
        Ok(store::load(self.store.as_ref(), Collection::Repayment, &repayment.to_string())?)
    }

    /// Remembers how the contract was named; the row that ends the repayment does not say so again.
    pub(crate) fn repayment_begun(
        &self,
        terminal: &TerminalId,
        envelope: &Envelope,
        body: &RepaymentBegun,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        if self.repayment_record(body.repayment)?.is_some() {
            return Ok(());
        }
        let record = RepaymentRecord {
            terminal: terminal.clone(),
            loan: body.loan,
            number_sha256: envelope.sealed.as_ref().map(|sealed| sealed.sha256.clone()),
            ended: None,
            given: Some(envelope.at),
            in_doubt: Vec::new(),
            entries: Vec::new(),
        };
        let key = body.repayment.to_string();
        changes.push(store::put(Collection::Repayment, &key, Expect::Absent, &record)?);
        Ok(())
    }

    /// Enters what a repayment took. `None`: its number is not here yet; `Some(None)`: it is entered later, or there is
    /// nothing to enter.
    pub(crate) fn repayment_ended(
        &self,
        terminal: &TerminalId,
        envelope: &Envelope,
        body: &RepaymentEnded,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<Option<Option<Entered>>, GatewayError> {
        let found = self.repayment_record(body.repayment)?;
        let expect = found.as_ref().map_or(Expect::Absent, store::Versioned::expect);
        let mut record = found.map_or_else(
            || RepaymentRecord {
                terminal: terminal.clone(),
                loan: body.loan,
                number_sha256: None,
                ended: None,
                given: None,
                in_doubt: Vec::new(),
                entries: Vec::new(),
            },
            |found| found.value,
        );
        if record.ended.is_some() || record.terminal != *terminal {
            // Whatever the second end says, the first is booked; people have to look.
            tracing::error!(%terminal, repayment = %body.repayment, "a repayment ended twice");
            self.meter.add(|counts| counts.alarms = counts.alarms.saturating_add(1));
            changes.push(self.event(EventBody::alarm("repaymentEndedTwice"), now)?);
            return Ok(Some(None));
        }
        if let Some(sha256) = &record.number_sha256
            && body.loan.is_none()
            && self.attachment_here(terminal, sha256)?.is_none()
        {
            return Ok(None);
        }
        record.ended = Some(envelope.op_id);
        record.given.get_or_insert(envelope.at);
        record.in_doubt.clone_from(&body.in_doubt);
        let counted = body.accepted.iter().map(|count| (count.denomination, count.notes));
        let amount = cash::worth(counted).unwrap_or(Tiyn::ZERO);
        if amount != body.amount_tiyn {
            tracing::error!(%terminal, repayment = %body.repayment, "notes and sum differ; the notes are booked");
            self.meter.add(|counts| counts.alarms = counts.alarms.saturating_add(1));
            changes.push(self.event(EventBody::alarm("repaymentSumDiffers"), now)?);
        }
        let report = RepaymentReport {
            repayment: body.repayment,
            operation: envelope.op_id,
            terminal: terminal.clone(),
            loan: body.loan,
            number_sha256: record.number_sha256.clone(),
            amount,
            at: envelope.at,
            early: choice(body.early),
        };
        let entered = self.enter_now_or_later(&mut record, &report, now, changes)?;
        let key = body.repayment.to_string();
        changes.push(store::put(Collection::Repayment, &key, expect, &record)?);
        tracing::info!(%terminal, repayment = key, amount = amount.tiyn(), "repayment ended");
        Ok(Some(entered))
    }

    /// A note whose repayment had ended in doubt was found: in the stacker it is money of that repayment.
    pub(crate) fn note_found_late(
        &self,
        terminal: &TerminalId,
        envelope: &Envelope,
        body: &NoteFoundLate,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<Acted, GatewayError> {
        let Some(found) = self.repayment_record(body.repayment)? else {
            tracing::error!(%terminal, repayment = %body.repayment, "a note of an unknown repayment was found");
            changes.push(self.event(EventBody::alarm("noteOfUnknownRepayment"), now)?);
            return Ok(Acted::Done(None));
        };
        let expect = found.expect();
        let mut record = found.value;
        if let Some(count) = record.in_doubt.iter_mut().find(|count| count.denomination == body.denomination)
        {
            count.notes = count.notes.saturating_sub(1);
        }
        record.in_doubt.retain(|count| count.notes > 0);
        if body.in_stacker {
            if let Some(sha256) = &record.number_sha256
                && body.loan.is_none()
                && self.attachment_here(terminal, sha256)?.is_none()
            {
                return Ok(Acted::Waits);
            }
            let report = RepaymentReport {
                repayment: body.repayment,
                operation: envelope.op_id,
                terminal: terminal.clone(),
                loan: body.loan,
                number_sha256: record.number_sha256.clone(),
                amount: body.denomination.times(1).unwrap_or(Tiyn::ZERO),
                // The borrower gave it then; that a device lost it costs them no delay.
                at: record.given.unwrap_or(envelope.at),
                early: EarlyChoice::Hold,
            };
            self.enter_now_or_later(&mut record, &report, now, changes)?;
        }
        changes.push(store::put(Collection::Repayment, &body.repayment.to_string(), expect, &record)?);
        Ok(Acted::Done(None))
    }

    fn enter_now_or_later(
        &self,
        record: &mut RepaymentRecord,
        report: &RepaymentReport,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<Option<Entered>, GatewayError> {
        if report.amount == Tiyn::ZERO {
            return Ok(None);
        }
        let mut entry = Entry {
            operation: report.operation,
            amount: report.amount,
            at: report.at,
            state: EntryState::Waits,
        };
        let entered = match self.enter(report, now)? {
            Ok(entered) => {
                entry.state = self.after_entering(report, &entered, changes)?;
                Some(entered)
            }
            Err(error) => {
                tracing::warn!(%error, operation = %report.operation, "repayment not entered yet");
                let key = format!("{REPORT}{}", report.operation);
                changes.push(store::put(Collection::Outbox, &key, Expect::Any, report)?);
                None
            }
        };
        record.entries.push(entry);
        Ok(entered)
    }

    fn after_entering(
        &self,
        report: &RepaymentReport,
        entered: &Entered,
        changes: &mut Vec<Change>,
    ) -> Result<EntryState, GatewayError> {
        Ok(match entered {
            Entered::Booked { client, .. } => {
                if let Some(client) = client {
                    let notice = PaymentNotice { client: *client, amount: report.amount };
                    let key = format!("{NOTICE}{}", report.operation);
                    changes.push(store::put(Collection::Outbox, &key, Expect::Any, &notice)?);
                }
                EntryState::Booked
            }
            Entered::Unallocated => EntryState::Unallocated,
        })
    }

    /// Enters money at core lending; the same again changes nothing there.
    fn enter(
        &self,
        report: &RepaymentReport,
        now: UtcMillis,
    ) -> Result<Result<Entered, ConnectorError>, GatewayError> {
        let core = &self.connectors.core;
        let (mut loan, mut client, mut number) = (report.loan, None, Secret::default());
        match loan {
            Some(known) => {
                let kept = store::load::<Loan>(self.store.as_ref(), Collection::Loan, &known.to_string())?;
                client = kept.map(|kept| kept.value.client);
            }
            None => {
                if let Some(sha256) = &report.number_sha256 {
                    let operation = report.operation;
                    let plain =
                        self.open_sealed(&report.terminal, sha256, Purpose::Repayment, operation, now)?;
                    if let Some(sent) = plain.and_then(|plain| RepaymentNumber::from_plaintext(&plain).ok()) {
                        number = sent.number;
                    }
                }
                let asked =
                    if number.is_empty() { Ok(None) } else { core.contract_by_number(number.expose()) };
                match asked {
                    Ok(found) => {
                        let found = found.filter(takes_money);
                        loan = found.as_ref().map(|found| found.loan);
                        client = found.map(|found| found.client);
                    }
                    Err(ConnectorError::Refused { .. }) => {}
                    Err(error @ ConnectorError::Unavailable { .. }) => return Ok(Err(error)),
                }
            }
        }
        if let Some(loan) = loan {
            let money = Repayment {
                operation: report.operation,
                loan,
                amount_tiyn: report.amount,
                at: report.at,
                terminal: report.terminal.clone(),
                early: report.early,
            };
            match core.repay(&money) {
                Ok(outcome) => return Ok(Ok(Entered::Booked { outcome: Box::new(outcome), client })),
                Err(error @ ConnectorError::Unavailable { .. }) => return Ok(Err(error)),
                // Written off, closed by somebody else, or unknown there: the money is held like any other.
                Err(error @ ConnectorError::Refused { .. }) => {
                    tracing::error!(%error, %loan, "core lending does not take a repayment; it is held");
                }
            }
        }
        let held = Unallocated {
            operation: report.operation,
            number: number.expose().to_owned(),
            amount_tiyn: report.amount,
            at: report.at,
            terminal: report.terminal.clone(),
        };
        match core.hold_unallocated(&held) {
            Ok(()) => Ok(Ok(Entered::Unallocated)),
            Err(error @ ConnectorError::Unavailable { .. }) => Ok(Err(error)),
            Err(error @ ConnectorError::Refused { .. }) => {
                tracing::error!(%error, operation = %report.operation, "core lending does not hold money; listed here");
                Ok(Ok(Entered::Unallocated))
            }
        }
    }

    /// Enters money that had to wait; what changes with it, or that core lending is away.
    pub(crate) fn enter_report(
        &self,
        report: &RepaymentReport,
        now: UtcMillis,
    ) -> Result<Result<Vec<Change>, ConnectorError>, GatewayError> {
        let entered = match self.enter(report, now)? {
            Ok(entered) => entered,
            Err(error) => return Ok(Err(error)),
        };
        let mut changes = Vec::new();
        let state = self.after_entering(report, &entered, &mut changes)?;
        if let Some(found) = self.repayment_record(report.repayment)? {
            let expect = found.expect();
            let mut record = found.value;
            for entry in record.entries.iter_mut().filter(|entry| entry.operation == report.operation) {
                entry.state = state;
            }
            let key = report.repayment.to_string();
            changes.push(store::put(Collection::Repayment, &key, expect, &record)?);
        }
        Ok(Ok(changes))
    }

    /// Tells the borrower that a payment came.
    pub(crate) fn send_notice(&self, notice: &PaymentNotice, now: UtcMillis) -> Result<(), ConnectorError> {
        let client = self.connectors.core.client(notice.client)?;
        let mfo = self.rule_pack(now).ok().flatten().map(|pack| pack.mfo.name.get(client.language).clone());
        let text = notice_text(client.language, &mfo.unwrap_or_default(), notice.amount);
        self.connectors.sms.send(&client.phone, &text, "payment")
    }

    /// Money that is held or waits, oldest first by the identity of its repayment.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn held_money(&self) -> Result<Vec<HeldMoney>, GatewayError> {
        let mut held = Vec::new();
        for (repayment, record) in self.repayments()? {
            for entry in record.entries.iter().filter(|entry| entry.state != EntryState::Booked) {
                held.push(HeldMoney {
                    repayment,
                    terminal: record.terminal.clone(),
                    operation: entry.operation,
                    amount_tiyn: entry.amount,
                    at: entry.at,
                    state: entry.state,
                });
            }
        }
        Ok(held)
    }

    /// Repayments with notes of which nobody knows where they are.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn notes_in_doubt(&self) -> Result<Vec<NotesInDoubt>, GatewayError> {
        let doubtful = self.repayments()?.into_iter().filter(|(_, record)| !record.in_doubt.is_empty());
        Ok(doubtful
            .map(|(repayment, record)| NotesInDoubt {
                repayment,
                terminal: record.terminal,
                notes: record.in_doubt,
            })
            .collect())
    }

    /// What is known of a repayment.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn repayment(&self, repayment: RepaymentId) -> Result<Option<RepaymentRecord>, GatewayError> {
        Ok(self.repayment_record(repayment)?.map(|found| found.value))
    }

    fn repayments(&self) -> Result<Vec<(RepaymentId, RepaymentRecord)>, GatewayError> {
        let mut found = Vec::new();
        for document in self.store.documents(Collection::Repayment, "")? {
            let Ok(repayment) = document.key.parse() else { continue };
            found.push((repayment, store::parse(Collection::Repayment, &document)?.value));
        }
        Ok(found)
    }
}

fn notice_text(language: Language, mfo: &str, amount: Tiyn) -> Secret {
    let (tenge, tiyn) = (amount.tenge(), amount.tiyn() % 100);
    let sum = if tiyn == 0 { tenge.to_string() } else { format!("{tenge},{tiyn:02}") };
    Secret::new(match language {
        Language::Kk => format!("{mfo}: шартыңыз бойынша терминалдан {sum} теңге төлем түсті."),
        Language::Ru => format!("{mfo}: по вашему договору поступил платёж {sum} тенге через терминал."),
        Language::En => format!("{mfo}: a payment of {sum} tenge came for your contract at a terminal."),
    })
}
