//! The services behind the MFO, as small as the gateway's connectors allow: everybody with a right IIN is a client.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tiny_http::{Method, Request, Response, Server};
use uuid::Uuid;

/// What the services remember.
#[derive(Default)]
pub struct Book {
    /// Last one-time code by phone.
    codes: BTreeMap<String, String>,
    /// Booked loans with what is reported as paid, by request.
    loans: BTreeMap<String, BTreeMap<String, u64>>,
    /// Loans as they were booked.
    terms: BTreeMap<String, Value>,
    /// Bookings or payouts that contradict an earlier one.
    conflicts: Vec<String>,
}

/// Running services.
#[derive(Clone)]
pub struct Services {
    pub address: SocketAddr,
    book: Arc<Mutex<Book>>,
}

/// The phone of a person.
#[must_use]
pub fn phone(iin: &str) -> String {
    // Seven digits differ among the people of one storm: a month below ten, the day, and the serial number.
    format!("+7701{}{}", &iin[3..6], &iin[7..11])
}

fn client_id(iin: &str) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | iin.parse::<u128>().unwrap())
}

fn iin_of(client: &str) -> String {
    let number = client.parse::<Uuid>().unwrap().as_u128() & 0xFFFF_FFFF_FFFF;
    format!("{number:012}")
}

impl Services {
    /// Starts threads that answer until the process ends.
    #[must_use]
    pub fn start() -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
        let services =
            Self { address: server.server_addr().to_ip().expect("an address"), book: Arc::default() };
        for _ in 0..4 {
            let (server, services) = (Arc::clone(&server), services.clone());
            std::thread::spawn(move || {
                for request in server.incoming_requests() {
                    services.serve(request);
                }
            });
        }
        services
    }

    /// The code that a person was sent last.
    #[must_use]
    pub fn last_code(&self, iin: &str) -> Option<String> {
        self.book.lock().unwrap().codes.get(&phone(iin)).cloned()
    }

    /// Tiyn reported as paid, by loan.
    #[must_use]
    pub fn paid(&self) -> BTreeMap<String, u64> {
        let book = self.book.lock().unwrap();
        book.loans.iter().map(|(loan, payouts)| (loan.clone(), payouts.values().sum())).collect()
    }

    /// Principal of each booked loan, tiyn.
    #[must_use]
    pub fn principals(&self) -> BTreeMap<String, u64> {
        let book = self.book.lock().unwrap();
        book.terms
            .iter()
            .map(|(loan, terms)| (loan.clone(), terms["principal_tiyn"].as_u64().unwrap()))
            .collect()
    }

    /// What was booked or reported with two meanings.
    #[must_use]
    pub fn conflicts(&self) -> Vec<String> {
        self.book.lock().unwrap().conflicts.clone()
    }

    fn serve(&self, mut request: Request) {
        let mut text = String::new();
        let _ = std::io::Read::read_to_string(request.as_reader(), &mut text);
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let path = request.url().trim_start_matches('/').to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        let (status, answer) = match (request.method(), parts.as_slice()) {
            (Method::Get, ["core", "clients", "by-iin", iin]) => (200, client(iin)),
            (Method::Get, ["core", "clients", id]) => (200, client(&iin_of(id))),
            (Method::Get, ["core", "clients", _, "refusal"]) => {
                (200, json!({"refusal_set": false, "report_id": "refusals"}))
            }
            (Method::Get, ["core", "clients", _, "aml"]) => (200, json!({"hit": false, "report_id": "aml"})),
            (Method::Get, ["core", "clients", _, "debt-burden"]) => {
                (200, json!({"kdn_hundredths": 20, "report_id": "bureau"}))
            }
            (Method::Post, ["core", "loans"]) => self.book_loan(&body),
            (Method::Get, ["core", "loans", loan]) => self.loan(loan),
            (Method::Post, ["core", "loans", loan, "payouts"]) => self.pay(loan, &body),
            (Method::Post, ["match"]) => (200, json!({"match": true, "reason": "same_person", "score": 99})),
            (Method::Post, ["sms"]) => self.sms(&body),
            _ => (404, json!({"code": "not_found"})),
        };
        let json = "content-type: application/json".parse::<tiny_http::Header>().unwrap();
        let response = Response::from_string(answer.to_string()).with_status_code(status).with_header(json);
        let _ = request.respond(response);
    }

    fn book_loan(&self, body: &Value) -> (u16, Value) {
        let mut book = self.book.lock().unwrap();
        let loan = body["loan_id"].as_str().unwrap_or_default().to_owned();
        match book.terms.get(&loan) {
            Some(known) if known != body => {
                book.conflicts.push(format!("loan {loan}"));
                (409, json!({"code": "loan_conflict"}))
            }
            Some(_) => (200, body.clone()),
            None => {
                book.terms.insert(loan, body.clone());
                (201, body.clone())
            }
        }
    }

    fn loan(&self, loan: &str) -> (u16, Value) {
        match self.book.lock().unwrap().terms.get(loan) {
            Some(terms) => (200, terms.clone()),
            None => (404, json!({"code": "loan_unknown"})),
        }
    }

    fn pay(&self, loan: &str, body: &Value) -> (u16, Value) {
        let mut book = self.book.lock().unwrap();
        let request = body["request_id"].as_str().unwrap_or_default().to_owned();
        let amount = body["amount_tiyn"].as_u64().unwrap_or_default();
        let known = book.loans.entry(loan.to_owned()).or_default().insert(request.clone(), amount);
        if known.is_some_and(|known| known != amount) {
            book.conflicts.push(format!("payout {request}"));
        }
        (201, json!({}))
    }

    fn sms(&self, body: &Value) -> (u16, Value) {
        let to = body["to"].as_str().unwrap_or_default().to_owned();
        let text = body["text"].as_str().unwrap_or_default();
        if let Some(code) = text.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 6) {
            self.book.lock().unwrap().codes.insert(to, code.to_owned());
        }
        (202, json!({"message_id": Uuid::nil()}))
    }
}

fn client(iin: &str) -> Value {
    json!({
        "client_id": client_id(iin), "surname": "Серікбаева", "given_name": "Айгүл", "patronymic": null,
        "phone": phone(iin), "language": "kk", "status": "active",
    })
}

/// The n-th person of a terminal.
#[must_use]
pub fn person(terminal: usize, n: usize) -> String {
    use senim_domain::iin::Iin;
    // Born on one of 28 days of one of nine months: 252 terminals, some 9,000 serial numbers each.
    let (month, day) = (terminal / 28 % 9 + 1, terminal % 28 + 1);
    let born = format!("85{month:02}{day:02}3");
    (0..)
        .flat_map(|serial| (0..10).map(move |digit| (serial, digit)))
        .map(|(serial, digit)| format!("{born}{serial:04}{digit}"))
        .filter(|iin| Iin::parse(iin).is_ok())
        .nth(n)
        .expect("serial numbers do not run out")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_differ_and_are_found_again_by_their_client_id() {
        let people = [person(0, 0), person(0, 1), person(1, 0), person(40, 0)];
        for (at, one) in people.iter().enumerate() {
            assert_eq!(iin_of(&client_id(one).to_string()), *one);
            assert!(people[at + 1..].iter().all(|other| other != one && phone(other) != phone(one)));
        }
    }
}
