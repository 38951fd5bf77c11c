//! Core lending behind its trait.

use senim_domain::loan::{Method, Term};
use senim_domain::{
    ApplicationId, ClientId, Language, LoanId, OperationId, PayoutRequestId, Secret, Tiyn, UtcMillis,
};
use senim_gateway_core::connectors::{
    Account, Allocation, ApplicationRecord, CabinetMessage, CashDeskOrder, CashDeskState, Client,
    ClientFlags, ClientIdentity, ClientKind, ConnectorError, ContractStanding, ContractSummary, CoreLending,
    Debt, DebtBurden, EarlyChoice, Finding, IdentityDocument, Instalment, LoanBooking, LoanCancellation,
    NewClient, PaymentMade, PayoutDayMoved, PayoutReport, Repayment, RepaymentOutcome, Requisites,
    Unallocated,
};
use senim_world::lending::{self, LoanTerms, Payout};
use senim_world::model::{bank, cabinet, schedule, servicing};
use senim_world::people::{self, ClientStatus, Person};

use crate::{Behind, State, known, secret};

const CORE: &str = "core";

pub(crate) fn tiyn(sum: u64) -> Tiyn {
    Tiyn::new(sum).unwrap()
}

fn language(language: people::Language) -> Language {
    match language {
        people::Language::Kk => Language::Kk,
        people::Language::Ru => Language::Ru,
        people::Language::En => Language::En,
    }
}

pub(crate) fn language_to(language: Language) -> people::Language {
    match language {
        Language::Kk => people::Language::Kk,
        Language::Ru => people::Language::Ru,
        Language::En => people::Language::En,
    }
}

pub(crate) fn document(document: &people::Document) -> IdentityDocument {
    IdentityDocument {
        kind: document.kind.clone(),
        number: secret(&document.number),
        expires: document.expires.clone(),
    }
}

pub(crate) fn account(account: &Account) -> bank::Account {
    match account {
        Account::Iban(iban) => bank::Account::Iban(iban.expose().to_owned()),
        Account::Card(token) => bank::Account::CardToken(token.expose().to_owned()),
    }
}

fn client(person: &Person) -> Client {
    Client {
        client: ClientId(person.client_id),
        surname: secret(&person.surname),
        given_name: secret(&person.given_name),
        patronymic: person.patronymic.as_deref().map(secret),
        phone: secret(&person.phone),
        language: language(person.language),
        blocked: person.status == ClientStatus::Blocked,
    }
}

fn terms(booking: &LoanBooking) -> LoanTerms {
    LoanTerms {
        loan_id: booking.loan.0,
        client_id: booking.client.0,
        contract_number: booking.contract_number.clone(),
        principal_tiyn: booking.principal_tiyn.tiyn(),
        annual_rate_hundredths: booking.annual_rate_hundredths,
        months: term_parts(booking.term).0,
        days: term_parts(booking.term).1,
        method: match booking.method {
            Method::Annuity => lending::Method::Annuity,
            Method::Differentiated => lending::Method::Differentiated,
            Method::Single => lending::Method::Single,
            Method::Own => lending::Method::Own,
        },
        issued: booking.issued.clone(),
        contract_sha256: booking.contract_sha256.clone(),
    }
}

fn term_parts(term: Term) -> (Option<u32>, Option<u32>) {
    match term {
        Term::Months(months) => (Some(months.into()), None),
        Term::Days(days) => (None, Some(days.into())),
    }
}

pub(crate) fn term(months: Option<u32>, days: Option<u32>) -> Term {
    let whole = |count: u32| u16::try_from(count).unwrap();
    months.map_or_else(|| Term::Days(whole(days.unwrap())), |months| Term::Months(whole(months)))
}

fn application(record: &ApplicationRecord) -> cabinet::Application {
    cabinet::Application {
        application_id: record.application.0,
        client_id: record.client.0,
        revision: record.revision,
        amount_tiyn: record.amount_tiyn.tiyn(),
        months: term_parts(record.term).0,
        days: term_parts(record.term).1,
        purpose: record.purpose.clone(),
        state: record.state.clone(),
        step: record.step.clone(),
        loan_id: record.loan.map(|loan| loan.0),
    }
}

fn application_from(stored: cabinet::Application) -> ApplicationRecord {
    ApplicationRecord {
        application: ApplicationId(stored.application_id),
        client: ClientId(stored.client_id),
        revision: stored.revision,
        amount_tiyn: tiyn(stored.amount_tiyn),
        term: term(stored.months, stored.days),
        purpose: stored.purpose,
        state: stored.state,
        step: stored.step,
        loan: stored.loan_id.map(LoanId),
    }
}

fn standing(standing: servicing::Standing) -> ContractStanding {
    match standing {
        servicing::Standing::Agreed => ContractStanding::Agreed,
        servicing::Standing::Running => ContractStanding::Running,
        servicing::Standing::Closed => ContractStanding::Closed,
        servicing::Standing::Cancelled => ContractStanding::Cancelled,
        servicing::Standing::Suspended { since_ms, ground } => {
            ContractStanding::Suspended { since: UtcMillis(since_ms), ground }
        }
        servicing::Standing::WrittenOff { at_ms } => ContractStanding::WrittenOff { at: UtcMillis(at_ms) },
    }
}

fn contract(contract: servicing::Contract) -> ContractSummary {
    ContractSummary {
        loan: LoanId(contract.loan_id),
        client: ClientId(contract.client_id),
        number: contract.number,
        principal_tiyn: tiyn(contract.principal_tiyn),
        issued: contract.issued,
        contract_sha256: contract.contract_sha256,
        standing: standing(contract.standing),
    }
}

pub(crate) fn instalment(one: schedule::Instalment) -> Instalment {
    Instalment {
        no: one.no,
        date: one.date,
        principal_tiyn: tiyn(one.principal_tiyn),
        interest_tiyn: tiyn(one.interest_tiyn),
        paid_tiyn: tiyn(one.paid_tiyn),
    }
}

fn debt(debt: servicing::Debt) -> Debt {
    Debt {
        loan: LoanId(debt.loan_id),
        on: debt.on,
        principal_tiyn: tiyn(debt.principal_tiyn),
        interest_tiyn: tiyn(debt.interest_tiyn),
        penalty_tiyn: tiyn(debt.penalty_tiyn),
        due_tiyn: tiyn(debt.due_tiyn),
        next_date: debt.next_date,
        next_tiyn: tiyn(debt.next_tiyn),
        overdue_days: debt.overdue_days,
        suspension_interest_tiyn: tiyn(debt.suspension_interest_tiyn),
    }
}

fn allocation(used: servicing::Allocation) -> Allocation {
    Allocation {
        penalty_tiyn: tiyn(used.penalty_tiyn),
        interest_tiyn: tiyn(used.interest_tiyn),
        principal_tiyn: tiyn(used.principal_tiyn),
        held_tiyn: tiyn(used.held_tiyn),
        overpaid_tiyn: tiyn(used.overpaid_tiyn),
    }
}

impl Behind {
    pub(crate) fn core<T>(
        &self,
        work: impl FnOnce(&mut State) -> Result<T, senim_world::model::Denial>,
    ) -> Result<T, ConnectorError> {
        self.ask(CORE, work)
    }
}

impl CoreLending for Behind {
    fn client_by_iin(&self, iin: &Secret) -> Result<Option<Client>, ConnectorError> {
        self.core(|state| {
            let person = state.model.by_iin(iin.expose()).ok().filter(|person| person.registered);
            Ok(person.map(client))
        })
    }
    fn client(&self, id: ClientId) -> Result<Client, ConnectorError> {
        self.core(|state| state.model.registered(id.0).map(client))
    }
    fn voluntary_refusal(&self, id: ClientId) -> Result<Finding, ConnectorError> {
        self.core(|state| {
            let set = state.model.registered(id.0)?.quirks.voluntary_refusal;
            Ok(Finding { set, report_id: "refusals".into() })
        })
    }
    fn aml(&self, id: ClientId) -> Result<Finding, ConnectorError> {
        self.core(|state| {
            let set = state.model.registered(id.0)?.quirks.aml_hit;
            Ok(Finding { set, report_id: "aml".into() })
        })
    }
    fn debt_burden(&self, id: ClientId) -> Result<DebtBurden, ConnectorError> {
        self.core(|state| {
            let kdn_hundredths = state.model.registered(id.0)?.quirks.kdn_hundredths;
            Ok(DebtBurden { kdn_hundredths, report_id: "bureau".into() })
        })
    }
    fn book_loan(&self, booking: &LoanBooking) -> Result<(), ConnectorError> {
        self.core(|state| {
            state.model.registered(booking.client.0)?;
            state.model.books.book(terms(booking))?;
            if !state.bookings.contains(booking) {
                state.bookings.push(booking.clone());
            }
            Ok(())
        })
    }
    fn report_payout(&self, report: &PayoutReport) -> Result<(), ConnectorError> {
        self.core(|state| {
            let payout = Payout {
                request_id: report.request.0,
                amount_tiyn: report.amount_tiyn.tiyn(),
                terminal: report.terminal.to_string(),
            };
            state.model.pay_out(report.loan.0, payout)?;
            if !state.payouts.contains(report) {
                state.payouts.push(report.clone());
            }
            Ok(())
        })
    }
    fn loan(&self, loan: LoanId) -> Result<Option<LoanBooking>, ConnectorError> {
        self.core(|state| Ok(state.bookings.iter().find(|known| known.loan == loan).cloned()))
    }
    fn create_client(&self, new: &NewClient) -> Result<(), ConnectorError> {
        let entered = cabinet::NewClient {
            kind: match new.kind {
                ClientKind::Individual => cabinet::ClientKind::Individual,
                ClientKind::IndividualEntrepreneur => cabinet::ClientKind::IndividualEntrepreneur,
            },
            iin: new.iin.expose().to_owned(),
            surname: new.surname.expose().to_owned(),
            given_name: new.given_name.expose().to_owned(),
            patronymic: new.patronymic.as_ref().map(|text| text.expose().to_owned()),
            document: people::Document {
                kind: new.document.kind.clone(),
                number: new.document.number.expose().to_owned(),
                expires: new.document.expires.clone(),
            },
            phone: new.phone.expose().to_owned(),
            language: language_to(new.language),
        };
        self.core(|state| state.model.create_client(new.client.0, &entered).map(drop))
    }
    fn identity(&self, client: ClientId) -> Result<ClientIdentity, ConnectorError> {
        let found = self.core(|state| state.model.identity(client.0))?;
        Ok(ClientIdentity {
            kind: match found.kind {
                cabinet::ClientKind::Individual => ClientKind::Individual,
                cabinet::ClientKind::IndividualEntrepreneur => ClientKind::IndividualEntrepreneur,
            },
            iin: secret(&found.iin),
            document: document(&found.document),
            account: found.account.map(|account| match account {
                bank::Account::Iban(iban) => Account::Iban(secret(&iban)),
                bank::Account::CardToken(token) => Account::Card(secret(&token)),
            }),
        })
    }
    fn change_phone(&self, client: ClientId, phone: &Secret, _: OperationId) -> Result<(), ConnectorError> {
        self.core(|state| state.model.change_phone(client.0, phone.expose()))
    }
    fn change_account(&self, client: ClientId, to: &Account, _: OperationId) -> Result<(), ConnectorError> {
        self.core(|state| state.model.change_account(client.0, &account(to)))
    }
    fn flags(&self, client: ClientId) -> Result<ClientFlags, ConnectorError> {
        let flags = self.core(|state| state.model.flags(client.0))?;
        Ok(ClientFlags {
            data_leak_since: flags.data_leak_since_ms.map(UtcMillis),
            blocking_notice: flags.blocking_notice.as_deref().map(secret),
        })
    }
    fn leak_measures_taken(&self, client: ClientId, operation: OperationId) -> Result<(), ConnectorError> {
        self.core(|state| state.model.leak_measures_taken(client.0, operation.0))
    }
    fn store_application(&self, record: &ApplicationRecord) -> Result<(), ConnectorError> {
        self.core(|state| state.model.store_application(&application(record)))
    }
    fn applications(&self, client: ClientId) -> Result<Vec<ApplicationRecord>, ConnectorError> {
        let stored = self.core(|state| state.model.applications(client.0))?;
        Ok(stored.into_iter().map(application_from).collect())
    }
    fn cancel_loan(&self, cancellation: &LoanCancellation) -> Result<(), ConnectorError> {
        let (loan, operation) = (cancellation.loan.0, cancellation.operation.0);
        self.core(|state| state.model.cancel(loan, operation, &cancellation.reason))
    }
    fn move_payout_day(&self, moved: &PayoutDayMoved) -> Result<(), ConnectorError> {
        self.core(|state| {
            state.model.move_payout_day(moved.loan.0, moved.operation.0, &moved.issued)?;
            for booking in state.bookings.iter_mut().filter(|booking| booking.loan == moved.loan) {
                booking.issued.clone_from(&moved.issued);
            }
            Ok(())
        })
    }
    fn contracts(&self, client: ClientId) -> Result<Vec<ContractSummary>, ConnectorError> {
        let contracts = self.core(|state| state.model.contracts(client.0))?;
        Ok(contracts.into_iter().map(contract).collect())
    }
    fn contract_by_number(&self, number: &str) -> Result<Option<ContractSummary>, ConnectorError> {
        let found = self.core(|state| state.model.contract_by_number(number));
        Ok(known(found, "contract_unknown")?.map(contract))
    }
    fn schedule(&self, loan: LoanId) -> Result<Vec<Instalment>, ConnectorError> {
        let schedule = self.core(|state| state.model.schedule(loan.0))?;
        Ok(schedule.into_iter().map(instalment).collect())
    }
    fn debt(&self, loan: LoanId, on: &str) -> Result<Debt, ConnectorError> {
        self.core(|state| state.model.debt(loan.0, on)).map(debt)
    }
    fn repay(&self, repayment: &Repayment) -> Result<RepaymentOutcome, ConnectorError> {
        let money = servicing::Repayment {
            amount_tiyn: repayment.amount_tiyn.tiyn(),
            at_ms: repayment.at.0,
            terminal: repayment.terminal.to_string(),
            early: match repayment.early {
                EarlyChoice::Hold => servicing::Early::Hold,
                EarlyChoice::SmallerPayments => servicing::Early::SmallerPayments,
                EarlyChoice::ShorterTerm => servicing::Early::ShorterTerm,
            },
        };
        let outcome =
            self.core(|state| state.model.repay(repayment.loan.0, repayment.operation.0, &money))?;
        Ok(RepaymentOutcome {
            operation: OperationId(outcome.operation),
            allocation: allocation(outcome.allocation),
            debt: debt(outcome.debt),
            closed: outcome.closed,
        })
    }
    fn hold_unallocated(&self, money: &Unallocated) -> Result<(), ConnectorError> {
        let held = servicing::Unallocated {
            number: money.number.clone(),
            amount_tiyn: money.amount_tiyn.tiyn(),
            at_ms: money.at.0,
            terminal: money.terminal.to_string(),
        };
        self.core(|state| state.model.hold_unallocated(money.operation.0, &held))
    }
    fn payments(&self, loan: LoanId) -> Result<Vec<PaymentMade>, ConnectorError> {
        let payments = self.core(|state| state.model.payments(loan.0))?;
        Ok(payments
            .into_iter()
            .map(|one| PaymentMade {
                date: one.date,
                amount_tiyn: tiyn(one.amount_tiyn),
                allocation: allocation(one.allocation),
                way: one.way,
            })
            .collect())
    }
    fn requisites(&self) -> Result<Requisites, ConnectorError> {
        let found = self.core(|state| Ok(state.model.requisites()))?;
        Ok(Requisites {
            name: found.name,
            bin: found.bin,
            iban: found.iban,
            bank: found.bank,
            bic: found.bic,
            purpose_code: found.purpose_code,
        })
    }
    fn order_at_cash_desk(
        &self,
        loan: LoanId,
        request: PayoutRequestId,
        amount: Tiyn,
    ) -> Result<CashDeskOrder, ConnectorError> {
        let order = self.core(|state| state.model.order_at_desk(loan.0, request.0, amount.tiyn()))?;
        Ok(CashDeskOrder { number: order.number, until: order.until, address: order.address })
    }
    fn cash_desk_state(
        &self,
        loan: LoanId,
        request: PayoutRequestId,
    ) -> Result<Option<CashDeskState>, ConnectorError> {
        let found = self.core(|state| state.model.desk_state(loan.0, request.0));
        Ok(known(found, "desk_order_unknown")?.map(|state| match state {
            cabinet::DeskState::Waiting => CashDeskState::Waiting,
            cabinet::DeskState::Paid => CashDeskState::Paid,
            cabinet::DeskState::Lapsed => CashDeskState::Lapsed,
        }))
    }
    fn messages(&self, client: ClientId) -> Result<Vec<CabinetMessage>, ConnectorError> {
        let letters = self.core(|state| state.model.letters(client.0))?;
        Ok(letters
            .into_iter()
            .map(|one| CabinetMessage {
                message: OperationId(one.message_id),
                from_client: one.from_client,
                at: UtcMillis(one.at_ms),
                subject: secret(&one.subject),
                text: secret(&one.text),
            })
            .collect())
    }
    fn post_message(&self, client: ClientId, message: &CabinetMessage) -> Result<(), ConnectorError> {
        let letter = cabinet::Letter {
            message_id: message.message.0,
            from_client: message.from_client,
            at_ms: message.at.0,
            subject: message.subject.expose().to_owned(),
            text: message.text.expose().to_owned(),
        };
        self.core(|state| state.model.post_letter(client.0, &letter))
    }
}
