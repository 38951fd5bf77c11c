//! Transfers from the MFO's own account: ordered once, pursued until they are known, booked once.
//!
//! The order is pinned to the loan before the bank hears of it, together with a note in the outbox: whatever breaks, it is
//! asked about again under the same identity, and while nobody knows what became of it the loan is paid no other way. The
//! bank compares the owner once more with each order. The terminal is told how it stands now; the client gets a text when it
//! is settled or refused.

use senim_domain::iban::Iban;
use senim_domain::rule_pack::PayoutMethod;
use senim_domain::{
    ClientId, Language, LoanId, PayoutRequestId, PayoutTargetId, Secret, TerminalId, Tiyn, UtcMillis, written,
};
use senim_operation::Envelope;
use senim_operation::body::TransferRequested;
use senim_operation::jws::sha256_b64;
use senim_operation::message::{MessageBody, TransferAnswer, TransferOutcome};
use senim_operation::signature::SignaturePurpose;
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::acting::Act;
use crate::connectors::{
    Account, ConnectorError, MerchantPayment, PayoutReport, Transfer, TransferId, TransferState,
};
use crate::error::GatewayError;
use crate::events::EventBody;
use crate::payout::Asked;
use crate::payout_way::names_account;
use crate::records::{Loan, LoanState};
use crate::store::{self, Change, Collection, Expect};

/// Beginning of the key under which a transfer waits to be pursued.
pub(crate) const TRANSFER: &str = "transfer/";
/// Beginning of the key under which a text about a transfer waits.
pub(crate) const TRANSFER_NOTICE: &str = "transferNotice/";

/// How long a transfer is asked about each time, ms; afterwards once in [`SELDOM_MS`].
const OFTEN_FOR_MS: i64 = 600_000;
const SELDOM_MS: i64 = 300_000;
/// How often waiting reports are gone through, with room, ms.
const ROUND_MS: i64 = 10_000;

/// A transfer that was ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TransferOrder {
    /// Its identity, at the bank too.
    pub request: PayoutRequestId,
    /// Part of the loan.
    pub part: u32,
    /// Sum.
    pub amount: Tiyn,
    /// `Account`, `Card` or `Merchant`.
    pub way: PayoutMethod,
    /// Where to; none where this store has forgotten it: then it is asked about and never sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<PayoutTargetId>,
    /// Where it was asked for.
    pub terminal: TerminalId,
    /// When.
    pub at: UtcMillis,
    /// What became of it; none: not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<TransferEnd>,
}

/// What became of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum TransferEnd {
    /// The bank has settled it.
    Done,
    /// The bank has not made it; the code.
    Rejected(String),
}

/// What waits in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TransferDue {
    pub loan: LoanId,
    pub request: PayoutRequestId,
    pub at: UtcMillis,
}

/// A text to the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TransferNotice {
    pub client: ClientId,
    pub amount: Tiyn,
    pub done: bool,
}

/// Whether something that has waited since a moment is asked about in this round.
pub(crate) const fn is_asked_now(at: UtcMillis, now: UtcMillis) -> bool {
    let young = now.0.saturating_sub(at.0) < OFTEN_FOR_MS;
    young || now.0.rem_euclid(SELDOM_MS) < ROUND_MS
}

fn due_key(request: PayoutRequestId) -> String {
    format!("{TRANSFER}{request}")
}

impl Act<'_> {
    pub(crate) fn transfer_requested(
        &mut self,
        body: &TransferRequested,
    ) -> Result<MessageBody, GatewayError> {
        let outcome = self.order_transfer(body)?;
        if let TransferOutcome::Refused { reason } = &outcome {
            tracing::info!(terminal = %self.terminal, loan = %body.loan, reason, "transfer refused");
        }
        Ok(MessageBody::TransferAnswered(TransferAnswer { request: body.request, outcome }))
    }

    fn order_transfer(&mut self, body: &TransferRequested) -> Result<TransferOutcome, GatewayError> {
        let refused = |reason: &str| Ok(TransferOutcome::Refused { reason: reason.to_owned() });
        let Some(mut loan) = self.own_loan(body.loan)? else { return refused("unknownLoan") };
        let ended = loan.value.transfers.iter().find(|order| order.request == body.request);
        if let Some(order) = ended {
            return Ok(told(order.end.as_ref()));
        }
        let pinned = loan.value.transfer.as_ref().is_some_and(|order| order.request == body.request);
        if !pinned {
            if let Err(reason) = self.may_transfer(&loan.value, body)? {
                return refused(reason);
            }
            let check = match self.refusal_again(&loan.value)? {
                Ok(check) => check,
                Err(error) => {
                    tracing::warn!(%error, "transfer not decided");
                    return refused("tryLater");
                }
            };
            if check.set {
                self.keep_refusal(body.loan, loan, check)?;
                return refused("voluntaryRefusal");
            }
            loan.value.refusal = Some(check);
            if let Some(statement) = self.needs_signature(&loan.value, body)? {
                return Ok(statement);
            }
            let expect = loan.expect();
            loan.value.transfer = Some(TransferOrder {
                request: body.request,
                part: body.part,
                amount: body.amount_tiyn,
                way: body.way,
                target: Some(body.target),
                terminal: self.terminal.clone(),
                at: self.now,
                end: None,
            });
            let due = TransferDue { loan: body.loan, request: body.request, at: self.now };
            self.gateway.store.commit(&[
                store::put(Collection::Loan, &body.loan.to_string(), expect, &loan.value)?,
                store::put(Collection::Outbox, &due_key(body.request), Expect::Any, &due)?,
            ])?;
            loan.revision = loan.revision.saturating_add(1);
        }
        let Some(order) = loan.value.transfer.clone() else { return refused("tryLater") };
        let Some(end) = self.gateway.carry_out(body.loan, &loan.value, &order)? else {
            return Ok(TransferOutcome::UnderWay);
        };
        let expect = loan.expect();
        let answer = told(Some(&end));
        let changes = &mut self.changes;
        self.gateway.end_transfer(body.loan, &mut loan.value, order, end, self.now, changes)?;
        changes.push(store::put(Collection::Loan, &body.loan.to_string(), expect, &loan.value)?);
        changes.push(store::remove(Collection::Outbox, &due_key(body.request)));
        Ok(answer)
    }

    fn may_transfer(
        &self,
        loan: &Loan,
        body: &TransferRequested,
    ) -> Result<Result<(), &'static str>, GatewayError> {
        let asked = Asked {
            loan: body.loan,
            part: body.part,
            amount: body.amount_tiyn,
            way: body.way,
            face_check: body.face_check,
            place: body.place,
        };
        if let Err(reason) = self.may_pay(loan, &asked)? {
            return Ok(Err(reason));
        }
        let LoanState::Concluded(agreement) = &loan.state else { return Ok(Err("notConcluded")) };
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(Err("tryLater")) };
        let offered = pack
            .product(&loan.product)
            .is_some_and(|product| pack.payout_methods(product).contains(&body.way));
        let connectors = &self.gateway.connectors;
        let there = match body.way {
            PayoutMethod::Account | PayoutMethod::Card => connectors.bank.is_some(),
            PayoutMethod::Merchant => connectors.merchants.is_some(),
            PayoutMethod::Cash | PayoutMethod::CashDesk => false,
        };
        let known = loan.destination(body.target).is_some_and(|known| known.way == body.way);
        let agreed = loan.way.as_ref().and_then(|chosen| chosen.target) == Some(body.target);
        Ok(if !offered || !there || !known {
            Err("notOffered")
        } else if body.way == PayoutMethod::Merchant && !agreed {
            // Money to a merchant is what the contract says, or nothing.
            Err("notOffered")
        } else if body.way == PayoutMethod::Merchant && agreement.face_check == Some(body.face_check) {
            // The application for it takes biometrics of its own.
            Err("faceCheck")
        } else {
            Ok(())
        })
    }

    /// The statement that names the account, where it is to be signed first: the contract names another one or none, or was
    /// concluded without a signature.
    fn needs_signature(
        &mut self,
        loan: &Loan,
        body: &TransferRequested,
    ) -> Result<Option<TransferOutcome>, GatewayError> {
        let LoanState::Concluded(agreement) = &loan.state else { return Ok(None) };
        let agreed = loan.way.as_ref().and_then(|chosen| chosen.target) == Some(body.target);
        let stated = agreed && agreement.signed.is_some();
        if !names_account(body.way) || stated || self.gateway.connectors.eds.is_none() {
            return Ok(None);
        }
        let Some(details) = self.gateway.details(body.loan, loan, body.target)? else {
            return Ok(Some(TransferOutcome::Refused { reason: "notOffered".to_owned() }));
        };
        let statement = statement(loan, body.amount_tiyn, &details.stated);
        let statement_sha256 = sha256_b64(statement.expose().as_bytes());
        if self.signature_of(SignaturePurpose::AccountChange, &statement_sha256).is_some() {
            return Ok(None);
        }
        let place = (self.terminal, self.session_id);
        let purpose = SignaturePurpose::AccountChange;
        let client = self.session.client;
        let changes = &mut self.changes;
        self.gateway.lay_out_with(place, client, purpose, statement.expose(), self.now, changes)?;
        Ok(Some(TransferOutcome::ToSign { statement, statement_sha256 }))
    }
}

fn told(end: Option<&TransferEnd>) -> TransferOutcome {
    match end {
        Some(TransferEnd::Done) => TransferOutcome::Paid,
        Some(TransferEnd::Rejected(code)) => TransferOutcome::Refused { reason: code.clone() },
        None => TransferOutcome::UnderWay,
    }
}

/// The same words for the same transfer, whenever it is asked for: what was signed counts for it.
fn statement(loan: &Loan, amount: Tiyn, stated: &Secret) -> Secret {
    let account = Iban::parse(stated.expose()).is_ok();
    let to = written::apart(stated, if account { written::FOURS } else { &[] });
    let number = written::apart(&Secret::new(loan.contract_number.clone()), written::CONTRACT);
    let (number, sum, to) = (number.expose(), written::amount(amount, '\u{a0}', ','), to.expose());
    let mut text = format!(
        "Өтініш\n\n№ {number} шарт бойынша {sum}\u{a0}теңгені менің шотыма немесе картама аударуды сұраймын: {to}\n\n\
         Заявление\n\nПрошу перевести {sum}\u{a0}тенге по договору № {number} на мой счёт или карту: {to}"
    );
    if loan.language == Language::En {
        text.push_str(&format!(
            "\n\nApplication\n\nI ask to transfer {sum}\u{a0}tenge under contract No. {number} to my account or card: {to}"
        ));
    }
    Secret::new(text)
}

impl Gateway {
    /// Asks about an order, and sends it where the bank has never seen it; `None`: not known yet.
    fn carry_out(
        &self,
        id: LoanId,
        loan: &Loan,
        order: &TransferOrder,
    ) -> Result<Option<TransferEnd>, GatewayError> {
        match self.standing(order) {
            Ok(Some(state)) => return Ok(end_of(&state)),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, loan = %id, "nobody says how a transfer stands");
                return Ok(None);
            }
        }
        let details = match order.target {
            Some(target) => self.details(id, loan, target)?,
            // Forgotten here and never seen there: it was not made.
            None => return Ok(Some(TransferEnd::Rejected("neverOrdered".to_owned()))),
        };
        let Some(details) = details else { return Ok(None) };
        let transfer = TransferId(order.request.0);
        let sent = match order.way {
            PayoutMethod::Merchant => self.connectors.merchants().and_then(|merchants| {
                merchants.pay(&MerchantPayment {
                    payment: transfer,
                    merchant: details.number.expose().to_owned(),
                    loan: id,
                    amount_tiyn: order.amount,
                    invoice: details.invoice.expose().to_owned(),
                })
            }),
            PayoutMethod::Account | PayoutMethod::Card | PayoutMethod::Cash | PayoutMethod::CashDesk => {
                self.connectors.bank().and_then(|bank| {
                    bank.transfer(&Transfer {
                        transfer,
                        loan: id,
                        iin: details.iin.clone(),
                        to: match order.way {
                            PayoutMethod::Card => Account::Card(details.number.clone()),
                            _ => Account::Iban(details.number.clone()),
                        },
                        amount_tiyn: order.amount,
                    })
                })
            }
        };
        match sent {
            // Most are settled at once; who looks again knows.
            Ok(TransferState::Accepted) => {
                Ok(self.standing(order).ok().flatten().and_then(|state| end_of(&state)))
            }
            Ok(state) => Ok(end_of(&state)),
            // Understood and refused; yet what is known under this identity counts, if anything is.
            Err(ConnectorError::Refused { code, .. }) => Ok(match self.standing(order) {
                Ok(None) => Some(TransferEnd::Rejected(code)),
                Ok(Some(state)) => end_of(&state),
                Err(_) => None,
            }),
            Err(error @ ConnectorError::Unavailable { .. }) => {
                tracing::warn!(%error, loan = %id, "a transfer's answer is lost, or it never arrived");
                Ok(None)
            }
        }
    }

    fn standing(&self, order: &TransferOrder) -> Result<Option<TransferState>, ConnectorError> {
        let transfer = TransferId(order.request.0);
        match order.way {
            PayoutMethod::Merchant => self.connectors.merchants()?.payment_state(transfer),
            PayoutMethod::Account | PayoutMethod::Card | PayoutMethod::Cash | PayoutMethod::CashDesk => {
                self.connectors.bank()?.transfer_state(transfer)
            }
        }
    }

    /// Books what became of a transfer.
    fn end_transfer(
        &self,
        id: LoanId,
        loan: &mut Loan,
        order: TransferOrder,
        end: TransferEnd,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let (request, amount, terminal) = (order.request, order.amount, order.terminal.clone());
        let done = end == TransferEnd::Done;
        loan.transfer = None;
        if order.target.is_none() && !done {
            // Of the forgotten time, and never ordered: its client was told so then.
            return Ok(());
        }
        loan.transfers.push(TransferOrder { end: Some(end), ..order });
        if done {
            loan.ended.push(request);
            loan.parts = loan.parts.saturating_add(1);
            loan.book(request, amount);
            if loan.paid > loan.principal {
                tracing::error!(loan = %id, "more was paid than lent; loan frozen");
                loan.suspect = true;
                changes.push(self.event(EventBody::suspect(id, &terminal, "more was paid than lent"), now)?);
            }
            let report = PayoutReport { loan: id, request, amount_tiyn: amount, terminal: terminal.clone() };
            let key = format!("payout/{request}");
            changes.push(store::put(Collection::Outbox, &key, Expect::Any, &report)?);
        }
        let notice = TransferNotice { client: loan.client, amount, done };
        let key = format!("{TRANSFER_NOTICE}{request}");
        changes.push(store::put(Collection::Outbox, &key, Expect::Any, &notice)?);
        let state = if done { "transferred" } else { "notTransferred" };
        changes.push(self.event(EventBody::loan(id, &terminal, state), now)?);
        tracing::info!(loan = %id, %request, state, "a transfer has ended");
        Ok(())
    }

    /// Asks once more about a transfer; what it came to, to be committed with the end of its waiting, or `None`.
    pub(crate) fn pursue_transfer(
        &self,
        due: &TransferDue,
        now: UtcMillis,
    ) -> Result<Option<Vec<Change>>, GatewayError> {
        if !is_asked_now(due.at, now) {
            return Ok(None);
        }
        let key = due.loan.to_string();
        let Some(mut loan) = store::load::<Loan>(self.store.as_ref(), Collection::Loan, &key)? else {
            return Ok(Some(Vec::new()));
        };
        let order = loan.value.transfer.clone().filter(|order| order.request == due.request);
        // Somebody else has ended it meanwhile.
        let Some(order) = order else { return Ok(Some(Vec::new())) };
        let Some(end) = self.carry_out(due.loan, &loan.value, &order)? else { return Ok(None) };
        let expect = loan.expect();
        let mut changes = Vec::new();
        self.end_transfer(due.loan, &mut loan.value, order, end, now, &mut changes)?;
        changes.push(store::put(Collection::Loan, &key, expect, &loan.value)?);
        Ok(Some(changes))
    }

    /// A request of the forgotten time: a former life of this gateway may have ordered it.
    pub(crate) fn remember_transfer(
        &self,
        terminal: &TerminalId,
        envelope: &Envelope,
        requested: &TransferRequested,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let mut loan = self.loan_or_recovered(terminal, envelope, requested.loan, now, changes)?;
        let ended = loan.value.transfers.iter().any(|order| order.request == requested.request);
        if loan.value.transfer.is_some() || ended || loan.value.ended.contains(&requested.request) {
            return Ok(());
        }
        let expect = loan.expect();
        loan.value.transfer = Some(TransferOrder {
            request: requested.request,
            part: requested.part,
            amount: requested.amount_tiyn,
            way: requested.way,
            // It is asked about, never sent: whether it had leave is forgotten.
            target: None,
            terminal: terminal.clone(),
            at: now,
            end: None,
        });
        let due = TransferDue { loan: requested.loan, request: requested.request, at: now };
        changes.push(store::put(Collection::Outbox, &due_key(requested.request), Expect::Any, &due)?);
        changes.push(store::put(Collection::Loan, &requested.loan.to_string(), expect, &loan.value)?);
        Ok(())
    }

    pub(crate) fn send_transfer_notice(
        &self,
        notice: &TransferNotice,
        now: UtcMillis,
    ) -> Result<(), ConnectorError> {
        let client = self.connectors.core.client(notice.client)?;
        let (mfo, phone) = self.signature_of_texts(client.language, now);
        let text = notice_text(client.language, &mfo, &phone, notice);
        self.connectors.sms.send(&client.phone, &text, "transfer")
    }
}

fn end_of(state: &TransferState) -> Option<TransferEnd> {
    match state {
        TransferState::Accepted => None,
        TransferState::Done => Some(TransferEnd::Done),
        TransferState::Rejected { code } => Some(TransferEnd::Rejected(code.clone())),
    }
}

fn notice_text(language: Language, mfo: &str, phone: &str, notice: &TransferNotice) -> Secret {
    let sum = notice.amount.tenge();
    Secret::new(match (language, notice.done) {
        (Language::Kk, true) => {
            format!("{mfo}: {sum} теңге микрокредит аударылды. Бұл сіз емес болсаңыз: {phone}.")
        }
        (Language::Ru, true) => {
            format!("{mfo}: микрокредит {sum} тенге переведён. Если это не вы: {phone}.")
        }
        (Language::En, true) => {
            format!("{mfo}: the microcredit of {sum} tenge was transferred. If it was not you: {phone}.")
        }
        (Language::Kk, false) => format!(
            "{mfo}: {sum} теңге аударылмады. Терминалға келіп, ақшаны басқа тәсілмен алыңыз. Сұрақтар: {phone}."
        ),
        (Language::Ru, false) => format!(
            "{mfo}: {sum} тенге не переведены. Получите деньги другим способом в терминале. Вопросы: {phone}."
        ),
        (Language::En, false) => format!(
            "{mfo}: {sum} tenge were not transferred. Get the money another way at a terminal. Questions: {phone}."
        ),
    })
}
