//! Core lending over HTTP: clients, applications, contracts. What it says of a running loan is in [`super::servicing`].

use senim_domain::loan::Term;
use senim_domain::{
    ApplicationId, ClientId, Language, LoanId, OperationId, PayoutRequestId, Secret, Tiyn, UtcMillis,
};
use senim_gateway_core::connectors::{
    Account, ApplicationRecord, CabinetMessage, CashDeskOrder, CashDeskState, Client, ClientFlags,
    ClientIdentity, ClientKind, ConnectorError, ContractSummary, CoreLending, Debt, DebtBurden, Finding,
    IdentityDocument, Instalment, LoanBooking, LoanCancellation, NewClient, NoticeAbout, NoticeDue,
    PaymentMade, PayoutDayMoved, PayoutReport, Repayment, RepaymentOutcome, Requisites, Unallocated,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use zeroize::Zeroizing;

use super::banking::WireAccount;
use super::http::{Accepted, HttpService, known};
use super::servicing::{
    WireContract, WireDebt, WireInstalment, WireMessage, WireOutcome, WirePayment, message_body,
    repayment_body,
};

/// Core lending over HTTP.
pub struct HttpCore(pub HttpService);

/// A client as it is written.
#[derive(Deserialize)]
struct WireClient {
    client_id: ClientId,
    iin: Option<Secret>,
    surname: Secret,
    given_name: Secret,
    patronymic: Option<Secret>,
    phone: Secret,
    language: Language,
    status: Status,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Status {
    Active,
    Blocked,
}

impl From<WireClient> for Client {
    fn from(wire: WireClient) -> Self {
        Self {
            client: wire.client_id,
            surname: wire.surname,
            given_name: wire.given_name,
            patronymic: wire.patronymic,
            phone: wire.phone,
            language: wire.language,
            blocked: wire.status == Status::Blocked,
        }
    }
}

#[derive(Deserialize)]
struct WireRefusal {
    refusal_set: bool,
    report_id: String,
}

#[derive(Deserialize)]
struct WireAml {
    hit: bool,
    report_id: String,
}

#[derive(Deserialize)]
struct WireBurden {
    kdn_hundredths: u32,
    report_id: String,
}

#[derive(Deserialize)]
struct WireLoan {
    loan_id: LoanId,
    client_id: ClientId,
    contract_number: String,
    principal_tiyn: Tiyn,
    annual_rate_hundredths: u32,
    months: Option<u16>,
    days: Option<u16>,
    method: String,
    issued: String,
    contract_sha256: String,
}

/// A term as it is written: exactly one of two.
pub(super) fn term(months: Option<u16>, days: Option<u16>) -> Option<Term> {
    match (months, days) {
        (Some(months), None) => Some(Term::Months(months)),
        (None, Some(days)) => Some(Term::Days(days)),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

const fn term_parts(term: Term) -> (Option<u16>, Option<u16>) {
    match term {
        Term::Months(months) => (Some(months), None),
        Term::Days(days) => (None, Some(days)),
    }
}

impl WireLoan {
    fn booking(self) -> Option<LoanBooking> {
        let method = self.method.parse().ok()?;
        let term = term(self.months, self.days)?;
        Some(LoanBooking {
            loan: self.loan_id,
            client: self.client_id,
            contract_number: self.contract_number,
            principal_tiyn: self.principal_tiyn,
            annual_rate_hundredths: self.annual_rate_hundredths,
            term,
            method,
            issued: self.issued,
            contract_sha256: self.contract_sha256,
        })
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireKind {
    Individual,
    IndividualEntrepreneur,
}

#[derive(Serialize)]
struct DocumentSent<'a> {
    kind: &'a str,
    number: &'a str,
    expires: &'a str,
}

#[derive(Serialize)]
struct ClientSent<'a> {
    kind: WireKind,
    iin: &'a str,
    surname: &'a str,
    given_name: &'a str,
    patronymic: Option<&'a str>,
    document: DocumentSent<'a>,
    phone: &'a str,
    language: Language,
}

#[derive(Serialize)]
struct PhoneSent<'a> {
    phone: &'a str,
    operation: OperationId,
}

#[derive(Serialize)]
struct AccountSent<'a> {
    account: WireAccount<'a>,
    operation: OperationId,
}

#[derive(Deserialize)]
struct WireDocument {
    kind: String,
    number: Secret,
    expires: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum AccountFound {
    Iban(Secret),
    CardToken(Secret),
}

#[derive(Deserialize)]
struct Notices {
    notices: Vec<WireNotice>,
}

#[derive(Deserialize)]
struct WireNotice {
    client_id: ClientId,
    #[serde(flatten)]
    about: WireAbout,
    since_ms: i64,
}

#[derive(Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
enum WireAbout {
    DataLeak,
    Suspension { loan_id: LoanId, number: String },
    WriteOff { loan_id: LoanId, number: String },
    LowerRate { loan_id: LoanId, number: String, annual_rate_hundredths: u32 },
    Resumption { loan_id: LoanId, number: String, interest_tiyn: Tiyn },
    UnauthorisedAccess,
}

impl From<WireNotice> for NoticeDue {
    fn from(wire: WireNotice) -> Self {
        let about = match wire.about {
            WireAbout::DataLeak => NoticeAbout::DataLeak,
            WireAbout::Suspension { loan_id: loan, number } => NoticeAbout::Suspension { loan, number },
            WireAbout::WriteOff { loan_id: loan, number } => NoticeAbout::WriteOff { loan, number },
            WireAbout::LowerRate { loan_id: loan, number, annual_rate_hundredths } => {
                NoticeAbout::LowerRate { loan, number, annual_rate_hundredths }
            }
            WireAbout::Resumption { loan_id: loan, number, interest_tiyn } => {
                NoticeAbout::Resumption { loan, number, interest_tiyn }
            }
            WireAbout::UnauthorisedAccess => NoticeAbout::UnauthorisedAccess,
        };
        Self { client: wire.client_id, about, since: UtcMillis(wire.since_ms) }
    }
}

#[derive(Deserialize)]
struct WireIdentity {
    client_id: ClientId,
    kind: WireKind,
    iin: Secret,
    document: WireDocument,
    account: Option<AccountFound>,
}

#[derive(Deserialize)]
struct WireFlags {
    client_id: ClientId,
    data_leak_since_ms: Option<i64>,
    blocking_notice: Option<Secret>,
}

#[derive(Serialize, Deserialize)]
struct WireApplication {
    application_id: ApplicationId,
    client_id: ClientId,
    revision: u32,
    amount_tiyn: Tiyn,
    months: Option<u16>,
    days: Option<u16>,
    purpose: String,
    state: String,
    step: String,
    loan_id: Option<LoanId>,
}

#[derive(Deserialize)]
struct Applications {
    applications: Vec<WireApplication>,
}

#[derive(Deserialize)]
struct Contracts {
    contracts: Vec<WireContract>,
}

#[derive(Deserialize)]
struct Schedule {
    loan_id: LoanId,
    instalments: Vec<WireInstalment>,
}

#[derive(Deserialize)]
struct Payments {
    loan_id: LoanId,
    payments: Vec<WirePayment>,
}

#[derive(Deserialize)]
struct Messages {
    messages: Vec<WireMessage>,
}

impl HttpCore {
    pub(super) fn done(
        &self,
        path: &str,
        operation: OperationId,
        body: &impl Serialize,
    ) -> Result<(), ConnectorError> {
        self.0.put::<Accepted>(path, operation.0, body).map(drop)
    }
}

#[derive(Deserialize)]
struct DeskStanding {
    request_id: PayoutRequestId,
    state: CashDeskState,
}

impl CoreLending for HttpCore {
    fn client_by_iin(&self, iin: &Secret) -> Result<Option<Client>, ConnectorError> {
        let path = Zeroizing::new(format!("/core/clients/by-iin/{}", iin.expose()));
        let Some(found) = known(self.0.get::<WireClient>(&path), "client_unknown")? else { return Ok(None) };
        let theirs = found.iin.as_ref().is_none_or(|found| found == iin);
        self.0.about(theirs, found).map(|found| Some(found.into()))
    }

    fn client(&self, client: ClientId) -> Result<Client, ConnectorError> {
        let found: WireClient = self.0.get(&format!("/core/clients/{client}"))?;
        self.0.about(found.client_id == client, found).map(Into::into)
    }

    fn voluntary_refusal(&self, client: ClientId) -> Result<Finding, ConnectorError> {
        let found: WireRefusal = self.0.get(&format!("/core/clients/{client}/refusal"))?;
        Ok(Finding { set: found.refusal_set, report_id: found.report_id })
    }

    fn aml(&self, client: ClientId) -> Result<Finding, ConnectorError> {
        let found: WireAml = self.0.get(&format!("/core/clients/{client}/aml"))?;
        Ok(Finding { set: found.hit, report_id: found.report_id })
    }

    fn debt_burden(&self, client: ClientId) -> Result<DebtBurden, ConnectorError> {
        let found: WireBurden = self.0.get(&format!("/core/clients/{client}/debt-burden"))?;
        Ok(DebtBurden { kdn_hundredths: found.kdn_hundredths, report_id: found.report_id })
    }

    fn book_loan(&self, booking: &LoanBooking) -> Result<(), ConnectorError> {
        let (months, days) = term_parts(booking.term);
        let body = json!({
            "loan_id": booking.loan,
            "client_id": booking.client,
            "contract_number": booking.contract_number,
            "principal_tiyn": booking.principal_tiyn,
            "annual_rate_hundredths": booking.annual_rate_hundredths,
            "months": months,
            "days": days,
            "method": booking.method,
            "issued": booking.issued,
            "contract_sha256": booking.contract_sha256,
        });
        self.0.post::<Accepted>("/core/loans", booking.loan.0, &body).map(drop)
    }

    fn loan(&self, loan: LoanId) -> Result<Option<LoanBooking>, ConnectorError> {
        let found: Option<WireLoan> = known(self.0.get(&format!("/core/loans/{loan}")), "loan_unknown")?;
        let Some(found) = found else { return Ok(None) };
        let found = found.booking().filter(|booking| booking.loan == loan);
        let otherwise = || self.0.unavailable("it answers about another, or a loan of another form");
        found.map(Some).ok_or_else(otherwise)
    }

    fn report_payout(&self, report: &PayoutReport) -> Result<(), ConnectorError> {
        let body = json!({
            "request_id": report.request,
            "amount_tiyn": report.amount_tiyn,
            "terminal": report.terminal,
        });
        let path = format!("/core/loans/{}/payouts", report.loan);
        self.0.post::<Accepted>(&path, report.request.0, &body).map(drop)
    }

    fn create_client(&self, client: &NewClient) -> Result<(), ConnectorError> {
        let body = ClientSent {
            kind: match client.kind {
                ClientKind::Individual => WireKind::Individual,
                ClientKind::IndividualEntrepreneur => WireKind::IndividualEntrepreneur,
            },
            iin: client.iin.expose(),
            surname: client.surname.expose(),
            given_name: client.given_name.expose(),
            patronymic: client.patronymic.as_ref().map(Secret::expose),
            document: DocumentSent {
                kind: &client.document.kind,
                number: client.document.number.expose(),
                expires: &client.document.expires,
            },
            phone: client.phone.expose(),
            language: client.language,
        };
        let path = format!("/core/clients/{}", client.client);
        let entered: WireClient = self.0.put(&path, client.client.0, &body)?;
        self.0.about(entered.client_id == client.client, ())
    }

    fn identity(&self, client: ClientId) -> Result<ClientIdentity, ConnectorError> {
        let found: WireIdentity = self.0.get(&format!("/core/clients/{client}/identity"))?;
        let found = self.0.about(found.client_id == client, found)?;
        Ok(ClientIdentity {
            kind: match found.kind {
                WireKind::Individual => ClientKind::Individual,
                WireKind::IndividualEntrepreneur => ClientKind::IndividualEntrepreneur,
            },
            iin: found.iin,
            document: IdentityDocument {
                kind: found.document.kind,
                number: found.document.number,
                expires: found.document.expires,
            },
            account: found.account.map(|account| match account {
                AccountFound::Iban(iban) => Account::Iban(iban),
                AccountFound::CardToken(token) => Account::Card(token),
            }),
        })
    }

    fn change_phone(
        &self,
        client: ClientId,
        phone: &Secret,
        operation: OperationId,
    ) -> Result<(), ConnectorError> {
        let body = PhoneSent { phone: phone.expose(), operation };
        self.done(&format!("/core/clients/{client}/phone"), operation, &body)
    }

    fn change_account(
        &self,
        client: ClientId,
        account: &Account,
        operation: OperationId,
    ) -> Result<(), ConnectorError> {
        let body = AccountSent { account: account.into(), operation };
        self.done(&format!("/core/clients/{client}/account"), operation, &body)
    }

    fn flags(&self, client: ClientId) -> Result<ClientFlags, ConnectorError> {
        let found: WireFlags = self.0.get(&format!("/core/clients/{client}/flags"))?;
        let found = self.0.about(found.client_id == client, found)?;
        Ok(ClientFlags {
            data_leak_since: found.data_leak_since_ms.map(UtcMillis),
            blocking_notice: found.blocking_notice,
        })
    }

    fn leak_measures_taken(&self, client: ClientId, operation: OperationId) -> Result<(), ConnectorError> {
        let path = format!("/core/clients/{client}/leak-measures");
        self.done(&path, operation, &json!({ "operation": operation }))
    }

    fn notices_due(&self) -> Result<Vec<NoticeDue>, ConnectorError> {
        let found: Notices = self.0.get("/core/notices-due")?;
        Ok(found.notices.into_iter().map(Into::into).collect())
    }

    fn store_application(&self, record: &ApplicationRecord) -> Result<(), ConnectorError> {
        let (months, days) = term_parts(record.term);
        let body = WireApplication {
            application_id: record.application,
            client_id: record.client,
            revision: record.revision,
            amount_tiyn: record.amount_tiyn,
            months,
            days,
            purpose: record.purpose.clone(),
            state: record.state.clone(),
            step: record.step.clone(),
            loan_id: record.loan,
        };
        let path = format!("/core/applications/{}", record.application);
        self.0.put::<Accepted>(&path, record.application.0, &body).map(drop)
    }

    fn applications(&self, client: ClientId) -> Result<Vec<ApplicationRecord>, ConnectorError> {
        let found: Applications = self.0.get(&format!("/core/clients/{client}/applications"))?;
        let theirs = found.applications.iter().all(|one| one.client_id == client);
        let found = self.0.about(theirs, found.applications)?;
        let read = |one: WireApplication| {
            Some(ApplicationRecord {
                application: one.application_id,
                client: one.client_id,
                revision: one.revision,
                amount_tiyn: one.amount_tiyn,
                term: term(one.months, one.days)?,
                purpose: one.purpose,
                state: one.state,
                step: one.step,
                loan: one.loan_id,
            })
        };
        let read: Option<Vec<_>> = found.into_iter().map(read).collect();
        read.ok_or_else(|| self.0.unavailable("its answer is not as agreed"))
    }

    fn move_payout_day(&self, moved: &PayoutDayMoved) -> Result<(), ConnectorError> {
        let path = format!("/core/loans/{}/payout-day", moved.loan);
        let body = json!({ "operation": moved.operation, "issued": moved.issued });
        self.done(&path, moved.operation, &body)
    }
    fn cancel_loan(&self, cancellation: &LoanCancellation) -> Result<(), ConnectorError> {
        let path = format!("/core/loans/{}/cancellation", cancellation.loan);
        let body = json!({ "operation": cancellation.operation, "reason": cancellation.reason });
        self.done(&path, cancellation.operation, &body)
    }

    fn contracts(&self, client: ClientId) -> Result<Vec<ContractSummary>, ConnectorError> {
        let found: Contracts = self.0.get(&format!("/core/clients/{client}/contracts"))?;
        let found: Vec<ContractSummary> = found.contracts.into_iter().map(Into::into).collect();
        self.0.about(found.iter().all(|contract| contract.client == client), found)
    }

    fn contract_by_number(&self, number: &str) -> Result<Option<ContractSummary>, ConnectorError> {
        let found = self.0.ask::<WireContract>("/core/contracts/lookup", &json!({ "number": number }));
        let Some(found) = known(found, "contract_unknown")? else { return Ok(None) };
        let found = ContractSummary::from(found);
        self.0.about(found.number == number, found).map(Some)
    }

    fn schedule(&self, loan: LoanId) -> Result<Vec<Instalment>, ConnectorError> {
        let found: Schedule = self.0.get(&format!("/core/loans/{loan}/schedule"))?;
        let found = self.0.about(found.loan_id == loan, found)?;
        Ok(found.instalments.into_iter().map(Into::into).collect())
    }

    fn debt(&self, loan: LoanId, on: &str) -> Result<Debt, ConnectorError> {
        let found: WireDebt = self.0.get(&format!("/core/loans/{loan}/debt?on={on}"))?;
        let found = Debt::from(found);
        self.0.about(found.loan == loan && found.on == on, found)
    }

    fn repay(&self, repayment: &Repayment) -> Result<RepaymentOutcome, ConnectorError> {
        let (loan, operation) = (repayment.loan, repayment.operation);
        let path = format!("/core/loans/{loan}/repayments/{operation}");
        let found: WireOutcome = self.0.put(&path, operation.0, &repayment_body(repayment))?;
        let found = RepaymentOutcome::from(found);
        let found = self.0.about(found.operation == operation && found.debt.loan == loan, found)?;
        let used = found.allocation;
        let parts =
            [used.penalty_tiyn, used.interest_tiyn, used.principal_tiyn, used.held_tiyn, used.overpaid_tiyn];
        // Money held from before may be used as well, so that the parts are the sum or more.
        let whole = Tiyn::sum(parts).is_ok_and(|sum| sum >= repayment.amount_tiyn);
        if whole { Ok(found) } else { Err(self.0.unavailable("its parts are less than the sum")) }
    }

    fn hold_unallocated(&self, money: &Unallocated) -> Result<(), ConnectorError> {
        let body = json!({
            "number": money.number, "amount_tiyn": money.amount_tiyn, "at_ms": money.at.0,
            "terminal": money.terminal,
        });
        self.done(&format!("/core/unallocated/{}", money.operation), money.operation, &body)
    }

    fn payments(&self, loan: LoanId) -> Result<Vec<PaymentMade>, ConnectorError> {
        let found: Payments = self.0.get(&format!("/core/loans/{loan}/payments"))?;
        let found = self.0.about(found.loan_id == loan, found)?;
        Ok(found.payments.into_iter().map(Into::into).collect())
    }

    fn requisites(&self) -> Result<Requisites, ConnectorError> {
        self.0.get("/core/requisites")
    }

    fn order_at_cash_desk(
        &self,
        loan: LoanId,
        request: PayoutRequestId,
        amount: Tiyn,
    ) -> Result<CashDeskOrder, ConnectorError> {
        let path = format!("/core/loans/{loan}/cash-desk-orders/{request}");
        self.0.put(&path, request.0, &json!({ "amount_tiyn": amount }))
    }

    fn cash_desk_state(
        &self,
        loan: LoanId,
        request: PayoutRequestId,
    ) -> Result<Option<CashDeskState>, ConnectorError> {
        let path = format!("/core/loans/{loan}/cash-desk-orders/{request}");
        let Some(found) = known(self.0.get::<DeskStanding>(&path), "desk_order_unknown")? else {
            return Ok(None);
        };
        self.0.about(found.request_id == request, Some(found.state))
    }

    fn messages(&self, client: ClientId) -> Result<Vec<CabinetMessage>, ConnectorError> {
        let found: Messages = self.0.get(&format!("/core/clients/{client}/messages"))?;
        Ok(found.messages.into_iter().map(Into::into).collect())
    }

    fn post_message(&self, client: ClientId, message: &CabinetMessage) -> Result<(), ConnectorError> {
        let path = format!("/core/clients/{client}/messages/{}", message.message);
        self.done(&path, message.message, &message_body(message))
    }
}
