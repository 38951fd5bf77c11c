//! HTTP to the services behind the MFO. Causes are told without addresses: an address can hold an IIN.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::loan::Term;
use senim_domain::{ClientId, Language, LoanId, Secret, SecretBytes, Tiyn};
use senim_gateway_core::connectors::{
    Client, ConnectorError, CoreLending, DebtBurden, FaceMatcher, FaceVerdict, Finding, LoanBooking,
    PayoutReport, Sms,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// Longest answer that is read.
const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// One service at one address.
pub struct HttpService {
    service: &'static str,
    base: String,
    agent: ureq::Agent,
}

impl HttpService {
    /// A service; `service` is its name in causes.
    #[must_use]
    pub fn new(service: &'static str, base: &str, timeout: Duration) -> Self {
        let agent = ureq::AgentBuilder::new().timeout_connect(timeout).timeout(timeout).redirects(0).build();
        Self { service, base: base.trim_end_matches('/').to_owned(), agent }
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ConnectorError> {
        self.read(self.agent.get(&format!("{}{path}", self.base)).call())
    }

    fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, ConnectorError> {
        let text = Zeroizing::new(body.to_string());
        let request =
            self.agent.post(&format!("{}{path}", self.base)).set("content-type", "application/json");
        self.read(request.send_string(&text))
    }

    fn read<T: DeserializeOwned>(
        &self,
        answer: Result<ureq::Response, ureq::Error>,
    ) -> Result<T, ConnectorError> {
        match answer {
            Ok(response) => {
                let text = self.text(response)?;
                serde_json::from_str(&text).map_err(|_| self.unavailable("its answer is not as agreed"))
            }
            Err(ureq::Error::Status(status @ 400..=499, response)) if status != 429 => {
                let text = self.text(response)?;
                match serde_json::from_str::<Problem>(&text) {
                    Ok(problem) if is_word(&problem.code) => {
                        Err(ConnectorError::Refused { service: self.service, code: problem.code })
                    }
                    Ok(_) | Err(_) => Err(self.unavailable(&format!("status {status} without a code"))),
                }
            }
            Err(ureq::Error::Status(status, _)) => Err(self.unavailable(&format!("status {status}"))),
            Err(ureq::Error::Transport(transport)) => Err(self.unavailable(&format!("{}", transport.kind()))),
        }
    }

    fn text(&self, response: ureq::Response) -> Result<Zeroizing<String>, ConnectorError> {
        use std::io::Read as _;
        let mut text = Zeroizing::new(String::with_capacity(4096));
        response
            .into_reader()
            .take(MAX_ANSWER_BYTES)
            .read_to_string(&mut text)
            .map_err(|_| self.unavailable("its answer broke off or is not text"))?;
        Ok(text)
    }

    fn unavailable(&self, cause: &str) -> ConnectorError {
        ConnectorError::Unavailable { service: self.service, cause: cause.to_owned() }
    }
}

/// An error body.
#[derive(Deserialize)]
struct Problem {
    code: String,
}

/// A code is a short word; anything else might quote what was sent.
fn is_word(code: &str) -> bool {
    (1..=48).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// The same client over HTTP.
#[derive(Deserialize)]
struct WireClient {
    client_id: ClientId,
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

impl WireLoan {
    fn booking(self) -> Option<LoanBooking> {
        let method = self.method.parse().ok()?;
        let term = match (self.months, self.days) {
            (Some(months), None) => Term::Months(months),
            (None, Some(days)) => Term::Days(days),
            (Some(_), Some(_)) | (None, None) => return None,
        };
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

#[derive(Deserialize)]
struct WireMatch {
    #[serde(rename = "match")]
    matched: bool,
    reason: String,
}

/// An answer of which only its being JSON counts.
#[derive(Deserialize)]
struct Accepted {}

/// Core lending over HTTP.
pub struct HttpCore(pub HttpService);

impl CoreLending for HttpCore {
    fn client_by_iin(&self, iin: &Secret) -> Result<Option<Client>, ConnectorError> {
        let path = Zeroizing::new(format!("/core/clients/by-iin/{}", iin.expose()));
        match self.0.get::<WireClient>(&path) {
            Ok(client) => Ok(Some(client.into())),
            Err(ConnectorError::Refused { code, .. }) if code == "client_unknown" => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn client(&self, client: ClientId) -> Result<Client, ConnectorError> {
        let found: WireClient = self.0.get(&format!("/core/clients/{client}"))?;
        if found.client_id == client {
            Ok(found.into())
        } else {
            Err(self.0.unavailable("it answers about another"))
        }
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
        let (months, days) = match booking.term {
            Term::Months(months) => (Some(months), None),
            Term::Days(days) => (None, Some(days)),
        };
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
        self.0.post::<Accepted>("/core/loans", &body).map(drop)
    }

    fn loan(&self, loan: LoanId) -> Result<Option<LoanBooking>, ConnectorError> {
        let found: WireLoan = match self.0.get(&format!("/core/loans/{loan}")) {
            Ok(found) => found,
            Err(ConnectorError::Refused { code, .. }) if code == "loan_unknown" => return Ok(None),
            Err(error) => return Err(error),
        };
        found
            .booking()
            .filter(|booking| booking.loan == loan)
            .map(Some)
            .ok_or_else(|| self.0.unavailable("it answers about another, or a loan of another form"))
    }

    fn report_payout(&self, report: &PayoutReport) -> Result<(), ConnectorError> {
        let body = json!({
            "request_id": report.request,
            "amount_tiyn": report.amount_tiyn,
            "terminal": report.terminal,
        });
        self.0.post::<Accepted>(&format!("/core/loans/{}/payouts", report.loan), &body).map(drop)
    }
}

/// The face matcher over HTTP.
pub struct HttpFaces(pub HttpService);

impl FaceMatcher for HttpFaces {
    fn compare(&self, client: ClientId, picture: &SecretBytes) -> Result<FaceVerdict, ConnectorError> {
        let body = json!({"client_id": client, "image_png_base64": STANDARD.encode(picture.expose())});
        let found: WireMatch = self.0.post("/match", &body)?;
        Ok(match (found.matched, found.reason.as_str()) {
            (true, "same_person") => FaceVerdict::Same,
            (false, "other_person") => FaceVerdict::Other,
            (false, "undecodable" | "too_dark" | "too_bright" | "blank") => FaceVerdict::Unusable,
            (_, _) => return Err(self.0.unavailable("its verdict is not as agreed")),
        })
    }
}

/// SMS over HTTP.
pub struct HttpSms(pub HttpService);

impl Sms for HttpSms {
    fn send(&self, to: &Secret, text: &Secret, purpose: &'static str) -> Result<(), ConnectorError> {
        let body = json!({"to": to.expose(), "text": text.expose(), "purpose": purpose});
        self.0.post::<Accepted>("/sms", &body).map(drop)
    }
}
