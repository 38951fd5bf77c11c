//! A terminal that keeps a right journal by hand, services that can be told to fail, and a gateway between them.

#![allow(dead_code, reason = "each test binary uses its part")]

pub mod eds;
pub mod living;
pub mod preparation;
pub mod registering;
pub mod state;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::business_days::Day;
use senim_domain::iin::Iin;
use senim_domain::location::RegisteredLocation;
use senim_domain::rule_pack::RulePack;
use senim_domain::time::ClockQuality;
use senim_domain::{
    ApplicationId, ChangeId, ClientId, Language, LoanId, MessageId, Mono, OperationId, PayoutRequestId,
    Secret, SecretBytes, SessionId, Stamp, TerminalId, Tiyn, UtcMillis,
};
use senim_gateway_core::connectors::*;
use senim_gateway_core::connectors::{SupplementDeclined, SupplementOffer};
use senim_gateway_core::directives::Activate;
use senim_gateway_core::entropy::CountingEntropy;
use senim_gateway_core::{Actor, Gateway, IntakeReply, Keys, MemoryStore, Settings, Vault};
use senim_operation::attachment::{LoginCode, LoginRequest, MfoSealer, Opener};
use senim_operation::body::*;
use senim_operation::envelope::{Context, build, key_epoch};
use senim_operation::jws::{GENESIS_PREV, sha256_b64};
use senim_operation::message::{Authorisation, MessageBody, MessageTrust, OfferDraft, open_message};
use senim_operation::signer::{RamKey, Signer as _};
use senim_operation::trust::{MESSAGE_COMMON_NAME, Trust};
use senim_operation::{Draft, Profile, Row};
use senim_test_services::{Behind, Phones};
use uuid::Uuid;

use self::preparation::Said;

pub const NOON: UtcMillis = UtcMillis(1_772_434_800_000); // 2026-03-02T07:00:00Z, noon in Kazakhstan
pub const PRINCIPAL: u64 = 10_000_000;

pub fn iin() -> String {
    right_iin("90051430000")
}

/// These eleven digits, or later numbers of the same day, with their check digit.
pub fn right_iin(first: &str) -> String {
    let day = &first[..7];
    let found = (0..10_000)
        .flat_map(|n| (0..10).map(move |digit| format!("{day}{n:04}{digit}")))
        .find(|text| text[..11] >= *first && Iin::parse(text).is_ok());
    found.unwrap()
}

#[derive(Default)]
pub struct Services {
    pub client: Uuid,
    pub blocked: bool,
    /// Changes of phone and account that core lending was told of, with the row that proves each.
    pub contacts: Vec<(&'static str, String, OperationId)>,
    pub young: bool,
    pub aml: bool,
    pub leaked: bool,
    /// Core lending knows the client as an individual entrepreneur; otherwise it does not tell.
    pub entrepreneur: bool,
    pub refusal: bool,
    pub kdn: u32,
    pub face: Option<FaceVerdict>,
    /// Likeness that the matcher tells, thousandths.
    pub likeness: Option<u16>,
    pub core_down: bool,
    pub faces_down: bool,
    pub sms_down: bool,
    pub booking_reply_lost: bool,
    /// The organisation's key under verification tokens, PKCS#8, where there is one.
    pub organisation: Option<Vec<u8>>,
    /// Electronic signatures, where there are any.
    pub eds: Option<Phones>,
    /// Who issues the MFO's cards, where it gives any.
    pub cards: Option<Phones>,
    pub sms: Vec<String>,
    /// To whom each of them went.
    pub sms_to: Vec<String>,
    pub bookings: Vec<LoanBooking>,
    pub payouts: Vec<PayoutReport>,
    /// Every service beside core lending, face matcher and SMS, at noon until a test says otherwise.
    pub behind: Behind,
    /// Whether bureau, screening and the service against fraud are asked; else core lending speaks for them.
    pub registers: bool,
    /// How often somebody tried to report a payout.
    pub reports_tried: u32,
    pub state: state::StateServices,
    /// A second place for attachments, where the gateway is to have one.
    pub copies: Option<Copies>,
    pub contracts: Vec<ContractSummary>,
    /// What is owed on every loan.
    pub owed: Option<Debt>,
    pub repaid: Vec<(Repayment, RepaymentOutcome)>,
    pub held: Vec<Unallocated>,
    pub schedule: Vec<Instalment>,
    pub payments: Vec<PaymentMade>,
    pub letters: Vec<CabinetMessage>,
    pub applications: Vec<ApplicationRecord>,
    pub repay_reply_lost: bool,
    /// What was ordered at the cash desk.
    pub desk_orders: Vec<(PayoutRequestId, LoanId, Tiyn)>,
    pub desk_reply_lost: bool,
    /// What became of everything that was ordered there.
    pub desk_state: Option<CashDeskState>,
    pub no_desk: bool,
    /// Days of payout that were moved, and contracts that were taken back.
    pub moved: Vec<PayoutDayMoved>,
    pub taken_back: Vec<LoanCancellation>,
    /// Since when the data are known to have leaked; noon, where nothing is said.
    pub leaked_since: Option<UtcMillis>,
    /// The flag stays though the measures were taken.
    pub flag_stays: bool,
    pub measures_taken: Vec<(ClientId, OperationId)>,
    /// Calls that were ordered, and how each of them stands.
    pub calls: Vec<CallId>,
    pub call: Option<CheckCallState>,
    pub calls_down: bool,
    /// What clients have to be told.
    pub notices: Vec<NoticeDue>,
    /// The next letter arrives, and its answer is lost.
    pub letter_reply_lost: bool,
    pub operators: Option<Outcome>,
    /// Changes of contracts that wait, and what core lending was told of them.
    pub supplements: Vec<SupplementOffer>,
    pub concluded: Vec<SupplementConcluded>,
    pub declined: Vec<SupplementDeclined>,
    pub restructurings: Vec<RestructuringAsked>,
    /// What core lending wants to change alone, and how it was judged.
    pub one_sided: Vec<OneSidedChange>,
    pub verdicts: Vec<(ChangeId, OneSidedVerdict)>,
    /// What goes back after a verdict, how its client wants it, and whether the answer to that is lost.
    pub refund: u64,
    pub refunds: Vec<RefundChoice>,
    pub refund_reply_lost: bool,
}

/// A second place for attachments, with moments that a test sets.
#[derive(Clone, Default)]
pub struct Copies(pub Arc<Mutex<CopiesInner>>);

#[derive(Default)]
pub struct CopiesInner {
    /// Text, and when it was kept unless it is settled.
    pub kept: BTreeMap<(TerminalId, String), (String, Option<UtcMillis>)>,
    pub now: UtcMillis,
    pub full: bool,
    /// As a gateway that dies before it settles.
    pub settles_nothing: bool,
}

impl SecondCopy for Copies {
    fn keep(&self, terminal: &TerminalId, sha256: &str, text: &str) -> Result<(), String> {
        let mut inner = self.0.lock().unwrap();
        if inner.full {
            return Err("full".into());
        }
        let now = inner.now;
        inner.kept.insert((terminal.clone(), sha256.into()), (text.into(), Some(now)));
        Ok(())
    }
    fn settle(&self, terminal: &TerminalId, sha256: &str) -> Result<(), String> {
        let mut inner = self.0.lock().unwrap();
        if inner.settles_nothing {
            return Err("dead".into());
        }
        inner.kept.get_mut(&(terminal.clone(), sha256.into())).ok_or("not kept")?.1 = None;
        Ok(())
    }
    fn unsettled(&self, before: UtcMillis) -> Result<Vec<(TerminalId, String)>, String> {
        let inner = self.0.lock().unwrap();
        let old = inner.kept.iter().filter(|(_, (_, since))| since.is_some_and(|since| since < before));
        Ok(old.map(|(name, _)| name.clone()).collect())
    }
    fn discard(&self, terminal: &TerminalId, sha256: &str, before: UtcMillis) -> Result<(), String> {
        let name = (terminal.clone(), sha256.to_owned());
        let mut inner = self.0.lock().unwrap();
        if inner.kept.get(&name).and_then(|(_, since)| *since).is_some_and(|since| since < before) {
            inner.kept.remove(&name);
        }
        Ok(())
    }
    fn erase(&self, terminal: &TerminalId, sha256: &str) -> Result<(), String> {
        self.0.lock().unwrap().kept.remove(&(terminal.clone(), sha256.into()));
        Ok(())
    }
    fn read(&self, terminal: &TerminalId, sha256: &str) -> Result<Option<String>, String> {
        let inner = self.0.lock().unwrap();
        Ok(inner.kept.get(&(terminal.clone(), sha256.into())).map(|(text, _)| text.clone()))
    }
    fn names(&self) -> Result<Vec<(TerminalId, String)>, String> {
        Ok(self.0.lock().unwrap().kept.keys().cloned().collect())
    }
}

#[derive(Clone)]
pub struct Fake(pub Arc<Mutex<Services>>);

const DOWN: ConnectorError = ConnectorError::Unavailable { service: "fake", cause: String::new() };

impl Fake {
    pub fn set(&self, change: impl FnOnce(&mut Services)) {
        change(&mut self.0.lock().unwrap());
    }
    pub fn get<T>(&self, read: impl FnOnce(&Services) -> T) -> T {
        read(&self.0.lock().unwrap())
    }
    fn up(&self, down: fn(&Services) -> bool) -> Result<(), ConnectorError> {
        if self.get(down) { Err(DOWN) } else { Ok(()) }
    }
    fn contact(&self, which: &str) -> Option<String> {
        let newest = |s: &Services| s.contacts.iter().rev().find(|(what, ..)| *what == which).cloned();
        self.get(newest).map(|(_, value, _)| value)
    }
    fn person(&self) -> Client {
        Client {
            client: ClientId(self.get(|s| s.client)),
            surname: Secret::new("Серікбаева".into()),
            given_name: Secret::new("Айгүл".into()),
            patronymic: Some(Secret::new("Болатқызы".into())),
            phone: Secret::new(self.contact("phone").unwrap_or_else(|| "+77011234567".into())),
            language: Language::Kk,
            blocked: self.get(|s| s.blocked),
        }
    }
}

impl ContractChanges for Fake {
    fn supplements(&self, _: ClientId) -> Result<Vec<SupplementOffer>, ConnectorError> {
        self.up(|s| s.core_down)?;
        Ok(self.get(|s| s.supplements.clone()))
    }
    fn conclude_supplement(&self, concluded: &SupplementConcluded) -> Result<(), ConnectorError> {
        self.up(|s| s.core_down)?;
        self.set(|s| {
            s.supplements.retain(|one| one.supplement != concluded.supplement);
            s.concluded.push(concluded.clone());
        });
        Ok(())
    }
    fn decline_supplement(&self, declined: &SupplementDeclined) -> Result<(), ConnectorError> {
        self.up(|s| s.core_down)?;
        self.set(|s| {
            s.supplements.retain(|one| one.supplement != declined.supplement);
            s.declined.push(declined.clone());
        });
        Ok(())
    }
    fn ask_restructuring(&self, asked: &RestructuringAsked) -> Result<(), ConnectorError> {
        self.up(|s| s.core_down)?;
        self.set(|s| s.restructurings.push(asked.clone()));
        Ok(())
    }
    fn one_sided_changes(&self) -> Result<Vec<OneSidedChange>, ConnectorError> {
        self.up(|s| s.core_down)?;
        Ok(self.get(|s| s.one_sided.clone()))
    }
    fn judge_one_sided(&self, change: ChangeId, verdict: OneSidedVerdict) -> Result<(), ConnectorError> {
        self.up(|s| s.core_down)?;
        self.set(|s| s.verdicts.push((change, verdict)));
        Ok(())
    }
}

impl Refunds for Fake {
    fn refund_due(&self, _: LoanId) -> Result<Tiyn, ConnectorError> {
        self.up(|s| s.core_down)?;
        Ok(Tiyn::new(self.get(|s| if s.refunds.is_empty() { s.refund } else { 0 })).unwrap())
    }
    fn choose_refund(&self, choice: &RefundChoice) -> Result<Option<CashDeskOrder>, ConnectorError> {
        self.up(|s| s.core_down)?;
        match self.get(|s| s.refunds.first().cloned()) {
            Some(known) if known != *choice => {
                return Err(ConnectorError::Refused { service: "fake", code: "refund_conflict".into() });
            }
            Some(_) => {}
            None => self.set(|s| s.refunds.push(choice.clone())),
        }
        self.up(|s| s.refund_reply_lost)?;
        Ok(matches!(choice.to, RefundTo::CashDesk).then(|| CashDeskOrder {
            number: "K-000009".into(),
            until: "2026-03-12".into(),
            address: "Алматы".into(),
        }))
    }
}

impl CoreLending for Fake {
    fn client_by_iin(&self, asked: &Secret) -> Result<Option<Client>, ConnectorError> {
        self.up(|s| s.core_down)?;
        let known = asked.expose() == iin() || self.get(|s| s.young);
        Ok(known.then(|| self.person()))
    }
    fn client(&self, _: ClientId) -> Result<Client, ConnectorError> {
        self.up(|s| s.core_down).map(|()| self.person())
    }
    fn identity(&self, _: ClientId) -> Result<ClientIdentity, ConnectorError> {
        self.up(|s| s.core_down)?;
        if !self.get(|s| s.entrepreneur) {
            return Err(ConnectorError::Refused { service: "core lending", code: "not_offered".into() });
        }
        Ok(ClientIdentity {
            kind: ClientKind::IndividualEntrepreneur,
            iin: Secret::new(iin()),
            document: IdentityDocument {
                kind: "identityCard".into(),
                number: Secret::new("012345678".into()),
                expires: "2035-05-13".into(),
            },
            account: None,
        })
    }
    fn change_phone(&self, _: ClientId, to: &Secret, proof: OperationId) -> Result<(), ConnectorError> {
        self.up(|s| s.core_down)?;
        self.set(|s| s.contacts.push(("phone", to.expose().to_owned(), proof)));
        Ok(())
    }
    fn change_account(&self, _: ClientId, to: &Account, proof: OperationId) -> Result<(), ConnectorError> {
        self.up(|s| s.core_down)?;
        let Account::Iban(iban) = to else { panic!("no card here") };
        self.set(|s| s.contacts.push(("account", iban.expose().to_owned(), proof)));
        Ok(())
    }
    fn flags(&self, _: ClientId) -> Result<ClientFlags, ConnectorError> {
        self.up(|s| s.core_down)?;
        let since = self.get(|s| s.leaked.then(|| s.leaked_since.unwrap_or(NOON)));
        Ok(ClientFlags { data_leak_since: since, blocking_notice: None })
    }
    fn notices_due(&self) -> Result<Vec<NoticeDue>, ConnectorError> {
        self.up(|s| s.core_down)?;
        Ok(self.get(|s| s.notices.clone()))
    }
    fn leak_measures_taken(&self, client: ClientId, operation: OperationId) -> Result<(), ConnectorError> {
        self.up(|s| s.core_down)?;
        self.set(|s| {
            s.measures_taken.push((client, operation));
            s.leaked = s.flag_stays;
        });
        Ok(())
    }
    fn voluntary_refusal(&self, _: ClientId) -> Result<Finding, ConnectorError> {
        self.up(|s| s.core_down)?;
        Ok(Finding { set: self.get(|s| s.refusal), report_id: "r".into() })
    }
    fn aml(&self, _: ClientId) -> Result<Finding, ConnectorError> {
        self.up(|s| s.core_down)?;
        Ok(Finding { set: self.get(|s| s.aml), report_id: "a".into() })
    }
    fn debt_burden(&self, _: ClientId) -> Result<DebtBurden, ConnectorError> {
        self.up(|s| s.core_down)?;
        Ok(DebtBurden { kdn_hundredths: self.get(|s| s.kdn), report_id: "b".into() })
    }
    fn book_loan(&self, booking: &LoanBooking) -> Result<(), ConnectorError> {
        self.up(|s| s.core_down)?;
        let known = self.get(|s| s.bookings.iter().find(|known| known.loan == booking.loan).cloned());
        match known {
            Some(known) if known != *booking => {
                return Err(ConnectorError::Refused { service: "fake", code: "loan_conflict".into() });
            }
            Some(_) => {}
            None => self.set(|s| s.bookings.push(booking.clone())),
        }
        self.up(|s| s.booking_reply_lost)
    }
    fn loan(&self, loan: LoanId) -> Result<Option<LoanBooking>, ConnectorError> {
        self.up(|s| s.core_down)?;
        Ok(self.get(|s| s.bookings.iter().find(|known| known.loan == loan).cloned()))
    }
    fn create_client(&self, new: &NewClient) -> Result<(), ConnectorError> {
        self.up(|s| s.core_down)?;
        state::create(self, new)
    }
    fn report_payout(&self, report: &PayoutReport) -> Result<(), ConnectorError> {
        self.set(|s| s.reports_tried += 1);
        self.up(|s| s.core_down)?;
        self.set(|s| {
            if !s.payouts.contains(report) {
                s.payouts.push(report.clone());
            }
        });
        Ok(())
    }
    fn move_payout_day(&self, moved: &PayoutDayMoved) -> Result<(), ConnectorError> {
        self.up(|s| s.core_down)?;
        self.set(|s| {
            for booking in s.bookings.iter_mut().filter(|booking| booking.loan == moved.loan) {
                booking.issued.clone_from(&moved.issued);
            }
            s.moved.push(moved.clone());
        });
        Ok(())
    }
    fn cancel_loan(&self, cancellation: &LoanCancellation) -> Result<(), ConnectorError> {
        self.up(|s| s.core_down)?;
        self.set(|s| s.taken_back.push(cancellation.clone()));
        Ok(())
    }
    fn contracts(&self, _: ClientId) -> Result<Vec<ContractSummary>, ConnectorError> {
        self.up(|s| s.core_down)?;
        Ok(self.get(|s| s.contracts.clone()))
    }
    fn contract_by_number(&self, number: &str) -> Result<Option<ContractSummary>, ConnectorError> {
        self.up(|s| s.core_down)?;
        Ok(self.get(|s| s.contracts.iter().find(|contract| contract.number == number).cloned()))
    }
    fn debt(&self, loan: LoanId, on: &str) -> Result<Debt, ConnectorError> {
        self.up(|s| s.core_down)?;
        let owed = self.get(|s| s.owed.clone());
        owed.map(|debt| Debt { loan, on: on.to_owned(), ..debt })
            .ok_or(ConnectorError::Refused { service: "fake", code: "unknown_loan".into() })
    }
    fn schedule(&self, _: LoanId) -> Result<Vec<Instalment>, ConnectorError> {
        self.up(|s| s.core_down)?;
        Ok(self.get(|s| s.schedule.clone()))
    }
    fn payments(&self, _: LoanId) -> Result<Vec<PaymentMade>, ConnectorError> {
        self.up(|s| s.core_down)?;
        Ok(self.get(|s| s.payments.clone()))
    }
    fn applications(&self, _: ClientId) -> Result<Vec<ApplicationRecord>, ConnectorError> {
        self.up(|s| s.core_down)?;
        Ok(self.get(|s| s.applications.clone()))
    }
    fn messages(&self, _: ClientId) -> Result<Vec<CabinetMessage>, ConnectorError> {
        self.up(|s| s.core_down)?;
        Ok(self.get(|s| s.letters.clone()))
    }
    fn post_message(&self, _: ClientId, message: &CabinetMessage) -> Result<(), ConnectorError> {
        self.up(|s| s.core_down)?;
        self.set(|s| {
            if s.letters.iter().all(|known| known.message != message.message) {
                s.letters.insert(0, message.clone());
            }
        });
        let lost = self.get(|s| s.letter_reply_lost);
        self.set(|s| s.letter_reply_lost = false);
        if lost { Err(DOWN) } else { Ok(()) }
    }
    fn repay(&self, repayment: &Repayment) -> Result<RepaymentOutcome, ConnectorError> {
        self.up(|s| s.core_down)?;
        let known =
            |s: &Services| s.repaid.iter().find(|(known, _)| known.operation == repayment.operation).cloned();
        let outcome = match self.get(known) {
            Some((known, outcome)) => {
                assert_eq!(known, *repayment, "other content under the same identity");
                outcome
            }
            None => {
                let Some(mut debt) = self.get(|s| s.owed.clone()) else {
                    return Err(ConnectorError::Refused { service: "fake", code: "unknown_loan".into() });
                };
                let allocation = allocate(&mut debt, repayment.amount_tiyn);
                let closed = debt.principal_tiyn == Tiyn::ZERO;
                let outcome = RepaymentOutcome {
                    operation: repayment.operation,
                    allocation,
                    debt: debt.clone(),
                    closed,
                };
                self.set(|s| {
                    s.owed = Some(debt);
                    s.repaid.push((repayment.clone(), outcome.clone()));
                });
                outcome
            }
        };
        self.up(|s| s.repay_reply_lost)?;
        Ok(outcome)
    }
    fn order_at_cash_desk(
        &self,
        loan: LoanId,
        request: PayoutRequestId,
        amount: Tiyn,
    ) -> Result<CashDeskOrder, ConnectorError> {
        self.up(|s| s.core_down)?;
        if self.get(|s| s.no_desk) {
            return Err(ConnectorError::Refused { service: "fake", code: "not_offered".into() });
        }
        let order = (request, loan, amount);
        self.set(|s| {
            if !s.desk_orders.contains(&order) {
                s.desk_orders.push(order);
            }
        });
        self.up(|s| s.desk_reply_lost)?;
        let at = self.get(|s| s.desk_orders.iter().position(|known| *known == order)).unwrap() + 1;
        Ok(CashDeskOrder {
            number: format!("K-{at:06}"),
            until: "2026-03-12".into(),
            address: "Алматы".into(),
        })
    }
    fn cash_desk_state(
        &self,
        _: LoanId,
        request: PayoutRequestId,
    ) -> Result<Option<CashDeskState>, ConnectorError> {
        self.up(|s| s.core_down)?;
        let ordered = self.get(|s| s.desk_orders.iter().any(|(known, ..)| *known == request));
        Ok(ordered.then(|| self.get(|s| s.desk_state.unwrap_or(CashDeskState::Waiting))))
    }
    fn hold_unallocated(&self, money: &Unallocated) -> Result<(), ConnectorError> {
        self.up(|s| s.core_down)?;
        self.set(|s| {
            if !s.held.contains(money) {
                s.held.push(money.clone());
            }
        });
        Ok(())
    }
}

/// What a payment is used for: penalty, interest, principal, and the rest is the payer's.
fn allocate(debt: &mut Debt, amount: Tiyn) -> Allocation {
    let mut left = amount;
    let mut take = |owed: &mut Tiyn| {
        let paid = (*owed).min(left);
        (*owed, left) = (owed.minus(paid).unwrap(), left.minus(paid).unwrap());
        paid
    };
    let penalty_tiyn = take(&mut debt.penalty_tiyn);
    let interest_tiyn = take(&mut debt.interest_tiyn);
    let principal_tiyn = take(&mut debt.principal_tiyn);
    Allocation { penalty_tiyn, interest_tiyn, principal_tiyn, held_tiyn: Tiyn::ZERO, overpaid_tiyn: left }
}

impl CheckCall for Fake {
    fn order(&self, order: &CheckCallOrder) -> Result<CheckCallState, ConnectorError> {
        self.up(|s| s.calls_down)?;
        self.set(|s| {
            if !s.calls.contains(&order.call) {
                s.calls.push(order.call);
            }
        });
        Ok(CheckCallState::Waiting)
    }
    fn state(&self, call: CallId) -> Result<Option<CheckCallState>, ConnectorError> {
        self.up(|s| s.calls_down)?;
        let state = self.get(|s| s.call).unwrap_or(CheckCallState::Waiting);
        Ok(self.get(|s| s.calls.contains(&call)).then_some(state))
    }
}

/// The operators' own base.
struct Operators(Fake);

impl NumberOwner for Operators {
    fn owns(&self, _: &Secret, _: &Secret) -> Result<NumberFinding, ConnectorError> {
        let outcome = self.0.get(|s| s.operators).unwrap_or(Outcome::Unknown);
        Ok(NumberFinding { outcome, report_id: "operators-report".into() })
    }
}

impl FaceMatcher for Fake {
    fn compare(&self, _: ClientId, _: &SecretBytes) -> Result<FaceMatch, ConnectorError> {
        self.up(|s| s.faces_down)?;
        let verdict = self.get(|s| s.face).unwrap_or(FaceVerdict::Same);
        Ok(FaceMatch { verdict, score_permille: self.get(|s| s.likeness) })
    }
    fn enrol(&self, client: ClientId, _: &SecretBytes) -> Result<(), ConnectorError> {
        self.set(|s| s.state.enrolled.push(client));
        Ok(())
    }
}

impl Sms for Fake {
    fn send(&self, to: &Secret, text: &Secret, _: &'static str) -> Result<(), ConnectorError> {
        self.up(|s| s.sms_down)?;
        self.set(|s| s.sms_to.push(to.expose().to_owned()));
        self.set(|s| s.sms.push(text.expose().to_owned()));
        Ok(())
    }
}

/// A CA of its own, like the gateway's program makes it.
pub struct Ca {
    pub pem: String,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

impl Ca {
    pub fn new() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = named("test CA");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: rcgen::Issuer::new(params, key) }
    }

    pub fn certify(&self, name: &str, client: bool) -> (RamKey, Vec<String>) {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = named(name);
        if client {
            params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        }
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let signer = RamKey::from_pkcs8(key.serialized_der()).unwrap();
        (signer, vec![STANDARD.encode(certificate.der())])
    }
}

fn named(name: &str) -> rcgen::CertificateParams {
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2025, 1, 1);
    params.not_after = rcgen::date_time_ymd(2036, 1, 1);
    params
}

/// Whoever decides at the MFO.
pub fn staff() -> Actor {
    Actor::new("Дана", "a test").unwrap()
}

/// Leave to serve at an address, notified long ago.
pub fn place(active: bool, address: &str) -> Activate {
    let location = RegisteredLocation::unmeasured(address);
    Activate { active, location, notified: Day(jiff::civil::date(2025, 12, 1)) }
}

pub fn pack() -> RulePack {
    serde_json::from_str(include_str!("../../../../docs/formats/rule-pack.sample.json")).unwrap()
}

fn gateway_over(
    store: &Arc<MemoryStore>,
    services: &Fake,
    ca: &Ca,
    cosigner: Box<dyn senim_operation::signer::Signer>,
    opener: Opener,
    profile: Profile,
) -> Gateway {
    let trust = Arc::new(Trust::from_pem(&ca.pem).unwrap());
    let (message, message_x5c) = ca.certify(MESSAGE_COMMON_NAME, false);
    let vault = Vault::new(&SecretBytes::new(vec![9; 32])).unwrap();
    let keys = Keys::new(Box::new(message), message_x5c, cosigner, opener, vault, trust);
    let mut connectors = services.get(|s| s.behind.connectors());
    if !services.get(|s| s.registers) {
        connectors.credit_bureau = None;
        connectors.aml = None;
        connectors.anti_fraud = None;
    }
    connectors.core = Box::new(services.clone());
    connectors.faces = Box::new(services.clone());
    connectors.sms = Box::new(services.clone());
    connectors.second_copy =
        services.get(|s| s.copies.clone()).map(|copies| Box::new(copies) as Box<dyn SecondCopy>);
    connectors.personal_data = Some(Box::new(services.clone()));
    connectors.identification = Some(senim_test_services::centre(Box::new(services.clone())));
    connectors.number_owner = Some(Box::new(services.clone()));
    connectors.check_call = Some(Box::new(services.clone()));
    if services.get(|s| s.operators.is_some()) {
        connectors.operators = Some(Box::new(Operators(services.clone())));
    }
    connectors.entrepreneurs = Some(Box::new(services.clone()));
    connectors.eds = services.get(|s| s.eds.as_ref().map(Phones::connectors));
    connectors.organisation = services.get(|s| s.organisation.clone()).map(|pkcs8| {
        let key = RamKey::from_pkcs8(&pkcs8).unwrap();
        SigningOrganisation::new("990140004654".into(), Box::new(key))
    });
    connectors.cards = services.get(|s| s.cards.as_ref().map(Phones::cards));
    let settings = Settings { profile, offer_life_seconds: 1800 };
    Gateway::new(
        Box::new(Arc::clone(store)),
        keys,
        connectors,
        Box::new(CountingEntropy::default()),
        settings,
    )
}

/// Gateway, services and one terminal.
pub struct Rig {
    pub ca: Ca,
    pub store: Arc<MemoryStore>,
    pub gateway: Gateway,
    pub services: Fake,
    pub trust: MessageTrust,
    pub terminal: Terminal,
    pub seal: senim_operation::jws::PublicJwk,
    pub cosigner: senim_operation::jws::PublicJwk,
    pub cosigner_key: RamKey,
    pub now: UtcMillis,
    /// Rows that somebody waits for travel ahead, all others stay in the journal.
    pub ahead: bool,
}

impl Rig {
    pub fn new() -> Self {
        Self::with_profile(Profile::Rig)
    }

    /// With phones that sign.
    pub fn with_eds() -> (Self, Phones) {
        let phones = Phones::new(NOON, iin());
        let services = Services { eds: Some(phones.clone()), ..Services::default() };
        (Self::with_services(Profile::Rig, services), phones)
    }

    /// The same, which has the organisation's key, too.
    pub fn with_organisation(pkcs8: &[u8]) -> (Self, Phones) {
        let phones = Phones::new(NOON, iin());
        let organisation = Some(pkcs8.to_vec());
        let services = Services { eds: Some(phones.clone()), organisation, ..Services::default() };
        (Self::with_services(Profile::Rig, services), phones)
    }

    pub fn with_profile(profile: Profile) -> Self {
        Self::with_services(profile, Services::default())
    }

    pub fn with_services(profile: Profile, services: Services) -> Self {
        let ca = Ca::new();
        let store = Arc::new(MemoryStore::new());
        services.behind.set_now(NOON);
        let services =
            Fake(Arc::new(Mutex::new(Services { client: Uuid::from_u128(7), kdn: 31, ..services })));
        let trust = Arc::new(Trust::from_pem(&ca.pem).unwrap());
        let (cosigner_key, pkcs8) = RamKey::generate().unwrap();
        let cosigner = RamKey::from_pkcs8(pkcs8.expose()).unwrap();
        let cosigner_jwk = cosigner.public_jwk();
        let (opener, _) = Opener::generate().unwrap();
        let seal = opener.public_jwk();
        let gateway = gateway_over(&store, &services, &ca, Box::new(cosigner), opener, profile);
        let id: TerminalId = "t-1".parse().unwrap();
        gateway.enrol(&id, &staff(), NOON).unwrap();
        gateway.publish_rule_pack(pack(), &staff(), NOON).unwrap();
        gateway.activate(&id, &place(true, "Алматы, Абай даңғылы 1"), &staff(), NOON).unwrap();
        let terminal = Terminal::new(&ca, &id, seal, Profile::Rig);
        Self {
            ca,
            store,
            gateway,
            services,
            trust: MessageTrust::new(trust),
            terminal,
            seal,
            cosigner: cosigner_jwk,
            cosigner_key,
            now: NOON,
            ahead: false,
        }
    }

    /// A second process of the gateway on the same store.
    pub fn another_gateway(&self) -> Gateway {
        let cosigner = Box::new(RamKey::generate().unwrap().0);
        let opener = Opener::generate().unwrap().0;
        gateway_over(&self.store, &self.services, &self.ca, cosigner, opener, Profile::Rig)
    }

    pub fn second_terminal(&self, id: &str) -> Terminal {
        let id: TerminalId = id.parse().unwrap();
        self.gateway.enrol(&id, &staff(), self.now).unwrap();
        self.gateway.activate(&id, &place(true, "Астана"), &staff(), self.now).unwrap();
        Terminal::new(&self.ca, &id, self.seal, Profile::Rig)
    }

    pub fn send(&self, rows: &[Row]) -> IntakeReply {
        let compact: Vec<&str> = rows.iter().map(|row| row.compact.as_str()).collect();
        self.gateway.intake(&rows[0].envelope.terminal, &compact, self.now).unwrap()
    }

    /// Writes a row, uploads what is sealed, sends the row, and gives the answer.
    pub fn say(&mut self, draft: Draft) -> Option<(MessageId, MessageBody)> {
        let (row, jwe) = self.terminal.write(draft, self.now);
        self.deliver(row, jwe)
    }

    pub fn deliver(&mut self, row: Row, jwe: Option<String>) -> Option<(MessageId, MessageBody)> {
        if let (Some(jwe), Some(sealed)) = (&jwe, &row.envelope.sealed) {
            self.gateway.put_attachment(&row.envelope.terminal, &sealed.sha256, jwe, self.now).unwrap();
        }
        if self.ahead {
            if !row.envelope.body().unwrap().is_some_and(|body| body.is_interactive()) {
                return None;
            }
            let reply = self.gateway.ahead(&row.envelope.terminal, &[&row.compact], self.now).unwrap();
            return reply.replies.first().map(|compact| self.read(compact, &row));
        }
        let reply = self.send(std::slice::from_ref(&row));
        assert_eq!(reply.refusal, None);
        assert_eq!(reply.acked.unwrap().hash, row.hash);
        assert!(reply.replies.len() <= 1);
        reply.replies.first().map(|compact| self.read(compact, &row))
    }

    pub fn read(&self, compact: &str, row: &Row) -> (MessageId, MessageBody) {
        let message = open_message(compact, &self.trust, &row.envelope.terminal).unwrap();
        assert_eq!(message.envelope.session, row.envelope.session);
        assert_eq!(message.envelope.in_reply_to, Some(row.envelope.op_id));
        (message.envelope.message_id, message.body)
    }

    pub fn open_session(&mut self) {
        let session = SessionId(Uuid::now_v7());
        self.terminal.session = Some(session);
        assert!(self.say(Draft::new(SessionOpened { language: Language::Kk }).in_session(session)).is_none());
    }

    pub fn in_session(&self, body: impl Into<Body>) -> Draft {
        Draft::new(body).in_session(self.terminal.session.unwrap())
    }

    pub fn ask_login(&mut self, iin: &str) -> (MessageId, MessageBody) {
        let sealed = LoginRequest { iin: Secret::new(iin.to_owned()) }.to_plaintext().unwrap();
        self.say(self.in_session(LoginRequested {}).with_attachment(sealed)).unwrap()
    }

    pub fn last_code(&self) -> String {
        let sms = self.services.get(|s| s.sms.last().cloned()).unwrap();
        sms.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 6).unwrap().to_owned()
    }

    pub fn type_code(&mut self, login: MessageId, code: &str) -> MessageBody {
        let sealed = LoginCode { code: Secret::new(code.to_owned()) }.to_plaintext().unwrap();
        self.say(self.in_session(LoginCodeSubmitted { login }).with_attachment(sealed)).unwrap().1
    }

    pub fn log_in(&mut self) -> ClientId {
        let (login, body) = self.ask_login(&iin());
        assert!(matches!(body, MessageBody::LoginCodeSent { .. }), "{body:?}");
        match self.type_code(login, &self.last_code()) {
            MessageBody::LoggedIn { client, .. } => client,
            other => panic!("{other:?}"),
        }
    }

    /// Says these in the open visit; the MFO answers nothing.
    pub fn says(&mut self, said: impl IntoIterator<Item = Said>) {
        for said in said {
            let draft = self.in_session(said.body);
            let draft = match said.sealed {
                Some(sealed) => draft.with_attachment(sealed),
                None => draft,
            };
            assert!(self.say(draft).is_none());
        }
    }

    /// Applies, prepared.
    pub fn apply(&mut self, client: ClientId, principal: u64) -> MessageBody {
        self.says(preparation::before_application(client));
        self.apply_at_once(client, principal)
    }

    /// Applies with what was said in this visit so far.
    pub fn apply_at_once(&mut self, client: ClientId, principal: u64) -> MessageBody {
        let body = ApplicationSubmitted {
            application: ApplicationId(Uuid::now_v7()),
            client,
            product: "simple".into(),
            principal_tiyn: Tiyn::new(principal).unwrap(),
            term: senim_domain::loan::Term::Months(6),
            language: Language::Ru,
        };
        self.say(self.in_session(body)).unwrap().1
    }

    /// An offer, and the contract with each of its methods.
    pub fn offer(&mut self) -> (LoanId, Vec<Drafted>) {
        self.open_session();
        let client = self.log_in();
        let MessageBody::OfferMade { loan, drafts, .. } = self.apply(client, PRINCIPAL) else {
            panic!("no offer")
        };
        self.says(preparation::before_contract(client, loan, self.now));
        (loan, drafts.iter().map(|draft| self.choose(loan, draft)).collect())
    }

    pub fn choose(&mut self, loan: LoanId, draft: &OfferDraft) -> Drafted {
        Drafted::new(draft, self.say(self.in_session(chosen(loan, draft))).unwrap().1)
    }

    pub fn show(&mut self, loan: LoanId, draft: &Drafted) {
        let shown = DocumentShown {
            loan,
            document: "contract".into(),
            sha256: draft.contract_sha256.clone(),
            language: Language::Ru,
        };
        assert!(self.say(self.in_session(shown)).is_none());
    }

    pub fn face(&mut self, loan: LoanId) -> (MessageId, MessageBody) {
        let subject = FaceSubject::Loan(loan);
        let captured = FaceCaptured { subject, liveness: self.proves(subject), quality: 80 };
        let picture = SecretBytes::new(b"picture of a face".to_vec());
        self.say(self.in_session(captured).with_attachment(picture)).unwrap()
    }

    pub fn agree(&mut self, loan: LoanId, draft: &Drafted, face_check: MessageId) -> MessageBody {
        let (method, contract_sha256) = (draft.schedule.method, draft.contract_sha256.clone());
        self.say(self.in_session(ContractAgreed { loan, method, contract_sha256, face_check })).unwrap().1
    }

    /// Everything up to a concluded contract: the loan and the face check.
    pub fn conclude(&mut self) -> (LoanId, MessageId) {
        let (loan, drafts) = self.offer();
        self.show(loan, &drafts[0]);
        let (face, body) = self.face(loan);
        assert!(matches!(body, MessageBody::FaceMatched { .. }), "{body:?}");
        let body = self.agree(loan, &drafts[0], face);
        assert!(matches!(body, MessageBody::ContractAccepted { .. }), "{body:?}");
        (loan, face)
    }

    pub fn payout_request(
        &self,
        loan: LoanId,
        part: u32,
        amount: u64,
        face_check: MessageId,
    ) -> PayoutRequested {
        let request = PayoutRequestId(Uuid::now_v7());
        PayoutRequested {
            request,
            loan,
            part,
            amount_tiyn: Tiyn::new(amount).unwrap(),
            face_check,
            place: None,
        }
    }

    pub fn request(
        &mut self,
        loan: LoanId,
        part: u32,
        amount: u64,
        face: MessageId,
    ) -> Result<Authorisation, String> {
        let body = self.payout_request(loan, part, amount, face);
        match self.say(self.in_session(body)).unwrap().1 {
            MessageBody::PayoutAuthorised(authorisation) => Ok(authorisation),
            MessageBody::PayoutRefused { reason, .. } => Err(reason),
            other => panic!("{other:?}"),
        }
    }

    pub fn ended(authorisation: &Authorisation, notes: u32, result: PayoutResult) -> PayoutEnded {
        let denomination = senim_domain::cash::Denomination(5000);
        PayoutEnded {
            request: authorisation.request,
            loan: authorisation.loan,
            part: authorisation.part,
            authorisation: Some(authorisation.authorisation),
            distributed: vec![DenominationCount { denomination, notes }],
            distributed_tiyn: denomination.times(notes).unwrap(),
            result,
            reason: None,
            place: None,
        }
    }

    pub fn later(&mut self, seconds: i64) {
        self.now = UtcMillis(self.now.0 + seconds * 1000);
    }
}

/// Writes a chain.
pub struct Terminal {
    pub id: TerminalId,
    pub identity: RamKey,
    pub x5c: Vec<String>,
    pub key: RamKey,
    pub sealer: MfoSealer,
    pub profile: Profile,
    pub session: Option<SessionId>,
    pub rows: Vec<Row>,
    pub epoch: u64,
    started: bool,
}

impl Terminal {
    pub fn new(ca: &Ca, id: &TerminalId, seal: senim_operation::jws::PublicJwk, profile: Profile) -> Self {
        let (identity, x5c) = ca.certify(id.as_str(), true);
        Self::with_identity(id, identity, x5c, seal, profile)
    }

    pub fn with_identity(
        id: &TerminalId,
        identity: RamKey,
        x5c: Vec<String>,
        seal: senim_operation::jws::PublicJwk,
        profile: Profile,
    ) -> Self {
        let key = RamKey::generate().unwrap().0;
        let sealer = MfoSealer::new(seal);
        let (session, rows) = (None, Vec::new());
        Self { id: id.clone(), identity, x5c, key, sealer, profile, session, rows, epoch: 0, started: false }
    }

    /// A new journal key; the row that makes it known.
    pub fn begin_epoch(&mut self, now: UtcMillis) -> Row {
        self.key = RamKey::generate().unwrap().0;
        self.epoch = self.rows.len() as u64;
        self.started = true;
        let body = key_epoch(&self.id, &self.key).unwrap();
        self.build(&Draft::new(body), now, true).0
    }

    pub fn write(&mut self, draft: Draft, now: UtcMillis) -> (Row, Option<String>) {
        assert!(self.started, "begin an epoch first");
        self.build(&draft, now, false)
    }

    fn build(&mut self, draft: &Draft, now: UtcMillis, identity: bool) -> (Row, Option<String>) {
        let seq = self.rows.len() as u64;
        let prev = self.rows.last().map_or(GENESIS_PREV.to_owned(), |row| row.hash.clone());
        let ctx = Context {
            terminal: &self.id,
            profile: self.profile,
            firmware: "0.1.0",
            boot: "boot-1",
            epoch: self.epoch,
            seq,
            prev: &prev,
            op_id: OperationId(Uuid::now_v7()),
            stamp: Stamp { mono: Mono(seq), utc: now, quality: ClockQuality::Trusted },
            rule_pack: 1,
        };
        let signer = if identity { &self.identity } else { &self.key };
        let x5c = identity.then(|| self.x5c.clone());
        let (row, jwe) = build(&ctx, draft, &self.sealer, signer, x5c).unwrap();
        self.rows.push(row.clone());
        (row, jwe)
    }
}

/// A gateway whose terminal has begun its journal.
pub fn started() -> Rig {
    let mut rig = Rig::new();
    let row = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[row]).refusal, None);
    rig
}

/// A contract that was drafted.
#[derive(Clone)]
pub struct Drafted {
    pub schedule: senim_domain::loan::Schedule,
    pub gesv_e8: u64,
    pub contract_sha256: String,
    pub pdf: SecretBytes,
}

impl Drafted {
    /// What the MFO answered to a choice.
    pub fn new(draft: &OfferDraft, answer: MessageBody) -> Self {
        let MessageBody::ContractDrafted { method, pdf, sha256, .. } = answer else { panic!("{answer:?}") };
        assert_eq!(method, draft.schedule.method);
        let pdf = SecretBytes::new(STANDARD.decode(pdf.expose()).unwrap());
        assert_eq!(sha256_b64(pdf.expose()), sha256);
        Self { schedule: draft.schedule.clone(), gesv_e8: draft.gesv_e8, contract_sha256: sha256, pdf }
    }
}

/// The row that chooses a draft's method.
pub fn chosen(loan: LoanId, draft: &OfferDraft) -> MethodChosen {
    MethodChosen { loan, method: draft.schedule.method, offer_sha256: "A".repeat(43) }
}
