//! Number base, credit bureau, anti-fraud centre and register of entrepreneurs over HTTP. An IIN travels in bodies
//! alone.

use senim_domain::{ClientId, LoanId, OperationId, Secret, TerminalId, Tiyn, UtcMillis};
use senim_gateway_core::connectors::{
    AntiFraud, BureauLoan, ConnectorError, CreditBureau, CreditReport, EntrepreneurStatus, Entrepreneurs,
    FraudFacts, FraudFinding, FraudVerdict, LenderKind, NumberFinding, NumberOwner, Occasion, ReportRequest,
    VoluntaryRefusal,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::http::{HttpService, is_report};
use super::identification::WireOutcome;

/// The base of numbers over HTTP.
pub struct HttpNumberOwner(pub HttpService);

#[derive(Serialize)]
struct Number<'a> {
    iin: &'a str,
    phone: &'a str,
}

#[derive(Deserialize)]
struct Owner {
    iin: Secret,
    owner: WireOutcome,
    report_id: String,
}

impl NumberOwner for HttpNumberOwner {
    fn owns(&self, iin: &Secret, phone: &Secret) -> Result<NumberFinding, ConnectorError> {
        let asked = Number { iin: iin.expose(), phone: phone.expose() };
        let found: Owner = self.0.ask("/numbers/owner", &asked)?;
        let found = self.0.about(found.iin == *iin && is_report(&found.report_id), found)?;
        Ok(NumberFinding { outcome: found.owner.into(), report_id: found.report_id })
    }
}

/// A credit bureau over HTTP.
pub struct HttpCreditBureau(pub HttpService);

#[derive(Serialize)]
struct Consents {
    give: OperationId,
    receive: OperationId,
}

#[derive(Serialize)]
struct Asked<'a> {
    number: Uuid,
    iin: &'a str,
    consents: Consents,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Lender {
    Bank,
    Microfinance,
}

#[derive(Deserialize)]
struct WireLoan {
    lender: Lender,
    balance_tiyn: Tiyn,
    monthly_tiyn: Tiyn,
    overdue_days: u32,
}

#[derive(Deserialize)]
struct WireReport {
    number: Uuid,
    iin: Secret,
    report_id: String,
    refusal_set: bool,
    checked_ms: i64,
    loans: Vec<WireLoan>,
    monthly_income_tiyn: Option<Tiyn>,
    worst_overdue_days: u32,
    forgiven: Option<String>,
    overdue_after_restructuring: bool,
    gambler: bool,
}

impl CreditBureau for HttpCreditBureau {
    fn report(&self, request: &ReportRequest) -> Result<CreditReport, ConnectorError> {
        let consents = Consents { give: request.consents.give, receive: request.consents.receive };
        let asked = Asked { number: request.number, iin: request.iin.expose(), consents };
        let report: WireReport = self.0.post("/bureau/reports", request.number, &asked)?;
        let theirs = report.number == request.number && report.iin == request.iin;
        let report = self.0.about(theirs && is_report(&report.report_id), report)?;
        let loans = report.loans.into_iter().map(|loan| BureauLoan {
            lender: match loan.lender {
                Lender::Bank => LenderKind::Bank,
                Lender::Microfinance => LenderKind::Microfinance,
            },
            balance_tiyn: loan.balance_tiyn,
            monthly_tiyn: loan.monthly_tiyn,
            overdue_days: loan.overdue_days,
        });
        Ok(CreditReport {
            report_id: report.report_id,
            refusal: VoluntaryRefusal { set: report.refusal_set, checked: UtcMillis(report.checked_ms) },
            loans: loans.collect(),
            monthly_income_tiyn: report.monthly_income_tiyn,
            worst_overdue_days: report.worst_overdue_days,
            forgiven: report.forgiven,
            overdue_after_restructuring: report.overdue_after_restructuring,
            gambler: report.gambler,
        })
    }
}

/// The anti-fraud centre over HTTP.
pub struct HttpAntiFraud(pub HttpService);

#[derive(Serialize)]
struct Facts<'a> {
    occasion: &'static str,
    client_id: ClientId,
    loan_id: LoanId,
    amount_tiyn: Tiyn,
    terminal: &'a TerminalId,
    at_ms: i64,
    instructed_by_phone: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireVerdict {
    Proceed,
    Hold,
    Stop,
}

#[derive(Deserialize)]
struct Judgement {
    loan_id: LoanId,
    verdict: WireVerdict,
    report_id: String,
}

impl AntiFraud for HttpAntiFraud {
    fn judge(&self, facts: &FraudFacts) -> Result<FraudFinding, ConnectorError> {
        let asked = Facts {
            occasion: match facts.occasion {
                Occasion::Contract => "contract",
                Occasion::Payout => "payout",
            },
            client_id: facts.client,
            loan_id: facts.loan,
            amount_tiyn: facts.amount_tiyn,
            terminal: &facts.terminal,
            at_ms: facts.at.0,
            instructed_by_phone: facts.instructed_by_phone,
        };
        let found: Judgement = self.0.ask("/anti-fraud/judgements", &asked)?;
        let found = self.0.about(found.loan_id == facts.loan && is_report(&found.report_id), found)?;
        Ok(FraudFinding {
            verdict: match found.verdict {
                WireVerdict::Proceed => FraudVerdict::Proceed,
                WireVerdict::Hold => FraudVerdict::Hold,
                WireVerdict::Stop => FraudVerdict::Stop,
            },
            report_id: found.report_id,
        })
    }
}

/// The register of individual entrepreneurs over HTTP.
pub struct HttpEntrepreneurs(pub HttpService);

#[derive(Serialize)]
struct Person<'a> {
    iin: &'a str,
}

#[derive(Deserialize)]
struct Status {
    iin: Secret,
    since: Option<String>,
    report_id: String,
}

impl Entrepreneurs for HttpEntrepreneurs {
    fn status(&self, iin: &Secret) -> Result<EntrepreneurStatus, ConnectorError> {
        let found: Status = self.0.ask("/entrepreneurs/status", &Person { iin: iin.expose() })?;
        let found = self.0.about(found.iin == *iin && is_report(&found.report_id), found)?;
        Ok(EntrepreneurStatus { since: found.since, report_id: found.report_id })
    }
}
