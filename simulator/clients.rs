//! Clients of what the stage consists of: the world, the devices' control, the firmware's rig control. Plain HTTP and JSON
//! on loopback; each call either gives what was asked for or says who answered what.

use std::io::Read;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::Trouble;

mod firmware;

pub use firmware::{Echo, Element, FirmwareClient, Screen, Spoken, Status};

/// A rig control answers at once; a slow one is stuck.
const PATIENCE: Duration = Duration::from_secs(20);
/// Largest answer: a picture.
const ANSWER_MAX: u64 = 32 * 1024 * 1024;

/// One service at one address.
#[derive(Clone, Debug)]
struct Service {
    agent: ureq::Agent,
    base: String,
}

impl Service {
    fn at(address: &str) -> Self {
        Self { agent: ureq::AgentBuilder::new().timeout(PATIENCE).build(), base: format!("http://{address}") }
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Vec<u8>, Trouble> {
        let url = format!("{}{path}", self.base);
        let request = self.agent.request(method, &url);
        let answer = match body {
            Some(body) => request.send_json(body),
            None => request.call(),
        };
        let (status, response) = match answer {
            Ok(response) => (response.status(), response),
            Err(ureq::Error::Status(status, response)) => (status, response),
            Err(error @ ureq::Error::Transport(_)) => {
                let (request, answer) = (format!("{method} {url}"), error.to_string());
                return Err(Trouble::Http { request, answer, status: None });
            }
        };
        let mut bytes = Vec::new();
        let read = response.into_reader().take(ANSWER_MAX).read_to_end(&mut bytes);
        let fault = match read {
            Ok(_) if (200..300).contains(&status) => return Ok(bytes),
            Ok(_) => format!("{status} {}", String::from_utf8_lossy(&bytes)),
            Err(error) => error.to_string(),
        };
        Err(Trouble::Http { request: format!("{method} {url}"), answer: fault, status: Some(status) })
    }

    fn json<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, Trouble> {
        let bytes = self.call(method, path, body)?;
        let from = format!("{method} {}{path}", self.base);
        serde_json::from_slice(&bytes).map_err(|error| Trouble::Answer { from, why: error.to_string() })
    }

    fn tell(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(), Trouble> {
        self.call(method, path, body).map(drop)
    }
}

/// The simulated world, as its player sees it.
#[derive(Clone, Debug)]
pub struct WorldClient(Service);

/// An SMS in the inbox of the world.
#[derive(Clone, Debug, Deserialize)]
pub struct Sms {
    /// Receiver.
    pub to: String,
    /// What it says.
    pub text: String,
    /// What it is for: `login_code`, `notice`, ….
    pub purpose: String,
}

/// Somebody in the world.
#[derive(Clone, Debug, Deserialize)]
pub struct Somebody {
    /// IIN.
    pub iin: String,
    /// Phone.
    pub phone: String,
    /// Surname.
    pub surname: String,
    /// Given name.
    pub given_name: String,
    /// The lender's id of this person.
    pub client_id: String,
    /// Whether core lending knows this person.
    pub registered: bool,
    /// What is special.
    #[serde(default)]
    pub quirks: Value,
}

impl WorldClient {
    /// The world that listens at `address` (`127.0.0.1:port`).
    #[must_use]
    pub fn at(address: &str) -> Self {
        Self(Service::at(address))
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.base
    }

    /// Everybody in it.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::Answer`].
    pub fn people(&self) -> Result<Vec<Somebody>, Trouble> {
        #[derive(Deserialize)]
        struct People {
            people: Vec<Somebody>,
        }
        self.0.json::<People>("GET", "/people", None).map(|answer| answer.people)
    }

    /// The person with this IIN.
    ///
    /// # Errors
    /// [`Trouble::Usage`] if there is none; [`Trouble::Http`].
    pub fn person(&self, iin: &str) -> Result<Somebody, Trouble> {
        let found = self.people()?.into_iter().find(|person| person.iin == iin);
        found.ok_or_else(|| Trouble::Usage(format!("nobody in the world has the IIN {iin}")))
    }

    /// What the camera sees of this person, frame `n`, as PNG.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn frame(&self, iin: &str, n: u32) -> Result<Vec<u8>, Trouble> {
        self.0.call("GET", &format!("/people/{iin}/frames/{n}"), None)
    }

    /// Messages to this phone, or to all; newest last.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::Answer`].
    pub fn inbox(&self, phone: Option<&str>) -> Result<Vec<Sms>, Trouble> {
        #[derive(Deserialize)]
        struct Inbox {
            messages: Vec<Sms>,
        }
        let path = match phone {
            Some(phone) => format!("/sms/inbox?to={}", phone.replace('+', "%2B")),
            None => "/sms/inbox".to_owned(),
        };
        self.0.json::<Inbox>("GET", &path, None).map(|answer| answer.messages)
    }

    /// This person applies in e-government to take back each consent to state data that they gave.
    ///
    /// # Errors
    /// [`Trouble::Usage`] if they gave none; [`Trouble::Http`], [`Trouble::Answer`].
    pub fn take_consents_back(&self, iin: &str) -> Result<(), Trouble> {
        #[derive(Deserialize)]
        struct Consents {
            consents: Vec<String>,
        }
        let consents = self.0.json::<Consents>("GET", &format!("/people/{iin}/consents"), None)?.consents;
        if consents.is_empty() {
            return Err(Trouble::Usage(format!("{iin} gave no consent")));
        }
        let take_back =
            |consent: &String| self.0.tell("POST", &format!("/kdp/consents/{consent}/revocation"), None);
        consents.iter().try_for_each(take_back)
    }

    /// Empties the inbox.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn empty_inbox(&self) -> Result<(), Trouble> {
        self.0.tell("DELETE", "/sms/inbox", None)
    }

    /// Makes this person special from now on.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn set_quirks(&self, iin: &str, quirks: &Value) -> Result<(), Trouble> {
        self.0.tell("PUT", &format!("/people/{iin}/quirks"), Some(quirks))
    }

    /// Sets a fault of `core`, `match` or `sms`.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn set_fault(&self, service: &str, fault: &Value) -> Result<(), Trouble> {
        self.0.tell("PUT", &format!("/faults/{service}"), Some(fault))
    }

    /// Somebody's phone reads a code for signing, and does with it as named.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn scan(&self, iin: &str, qr: &str, manner: &str) -> Result<(), Trouble> {
        let body = json!({ "qr": qr, "manner": manner });
        // Codes for signing have a scheme of their own; every other one opens the identification centre's application.
        let check = if qr.starts_with("mobileSign:") { "" } else { "/check" };
        self.0.tell("POST", &format!("/people/{iin}/phone{check}"), Some(&body))
    }

    /// A certificate of the authority for signatures, PEM: `root`, `issuing`.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn certificate(&self, name: &str) -> Result<Vec<u8>, Trouble> {
        self.0.call("GET", &format!("/authority/{name}.pem"), None)
    }

    /// What the authority wrote for somebody's card with these keys (SubjectPublicKeyInfo in base64): `authentication` and
    /// `signature`, certificates in base64.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::Answer`].
    pub fn issue_card(&self, iin: &str, card: &str, keys: &Value) -> Result<Value, Trouble> {
        self.0.json("PUT", &format!("/people/{iin}/cards/{card}"), Some(keys))
    }

    /// The authority withdraws somebody's card.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn revoke_card(&self, iin: &str, card: &str) -> Result<(), Trouble> {
        self.0.tell("DELETE", &format!("/people/{iin}/cards/{card}"), None)
    }

    /// Removes it.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn clear_fault(&self, service: &str) -> Result<(), Trouble> {
        self.0.tell("DELETE", &format!("/faults/{service}"), None)
    }

    /// Loans in order of booking, as core lending holds them.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::Answer`].
    pub fn loans(&self) -> Result<Vec<Value>, Trouble> {
        #[derive(Deserialize)]
        struct Loans {
            loans: Vec<Value>,
        }
        self.0.json::<Loans>("GET", "/core/loans", None).map(|answer| answer.loans)
    }

    /// What was paid back for a loan, tiyn.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::Answer`].
    pub fn repaid_tiyn(&self, loan: &str) -> Result<u64, Trouble> {
        #[derive(Deserialize)]
        struct Payments {
            payments: Vec<Payment>,
        }
        #[derive(Deserialize)]
        struct Payment {
            amount_tiyn: u64,
        }
        let path = format!("/core/loans/{loan}/payments");
        let answer = self.0.json::<Payments>("GET", &path, None)?;
        Ok(answer.payments.iter().map(|payment| payment.amount_tiyn).sum())
    }

    /// What core lending holds because nobody knows whose loan it is for, tiyn.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::Answer`].
    pub fn held_tiyn(&self) -> Result<u64, Trouble> {
        let money = self.0.json::<Value>("GET", "/money", None)?;
        let held = money.get("unallocated").and_then(Value::as_object).into_iter().flatten();
        Ok(held.filter_map(|(_, money)| money.get("amount_tiyn").and_then(Value::as_u64)).sum())
    }

    /// How somebody is.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::Answer`].
    pub fn quirks(&self, iin: &str) -> Result<Value, Trouble> {
        #[derive(Deserialize)]
        struct People {
            people: Vec<Value>,
        }
        let people = self.0.json::<People>("GET", "/people", None)?.people;
        let of = |person: &Value| person.get("iin").and_then(Value::as_str) == Some(iin);
        let found = people.into_iter().find(of).and_then(|person| person.get("quirks").cloned());
        found.ok_or_else(|| Trouble::Finding("this person does not live in the world".to_owned()))
    }

    /// Has a contract stand as somebody outside decided.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn set_standing(&self, loan: &str, standing: &Value) -> Result<(), Trouble> {
        self.0.tell("PUT", &format!("/loans/{loan}/standing"), Some(standing))
    }

    /// Has a contract stand as its books say.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn reset_standing(&self, loan: &str) -> Result<(), Trouble> {
        self.0.tell("DELETE", &format!("/loans/{loan}/standing"), None)
    }

    /// Has the lender offer other terms for a contract.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn propose(&self, loan: &str, proposal: &Value) -> Result<(), Trouble> {
        self.0.json::<Value>("POST", &format!("/loans/{loan}/proposals"), Some(proposal)).map(drop)
    }

    /// Supplements of which core lending has heard that they are in force.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::Answer`].
    pub fn concluded_supplements(&self) -> Result<u64, Trouble> {
        #[derive(Deserialize)]
        struct Changes {
            concluded: u64,
        }
        self.0.json::<Changes>("GET", "/supplements", None).map(|changes| changes.concluded)
    }

    /// The world's time, milliseconds since 1970.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::Answer`].
    pub fn now_ms(&self) -> Result<i64, Trouble> {
        #[derive(Deserialize)]
        struct Clock {
            now_ms: i64,
        }
        self.0.json::<Clock>("GET", "/clock", None).map(|clock| clock.now_ms)
    }
}

/// The devices' control.
#[derive(Clone, Debug)]
pub struct DevicesClient(Service);

impl DevicesClient {
    /// The control that listens at `address`.
    #[must_use]
    pub fn at(address: &str) -> Self {
        Self(Service::at(address))
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.base
    }

    /// State of `dispenser` or `printer`.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::Answer`].
    pub fn state(&self, device: &str) -> Result<Value, Trouble> {
        self.0.json("GET", &format!("/devices/{device}"), None)
    }

    /// Changes settings.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn patch(&self, device: &str, settings: &Value) -> Result<Value, Trouble> {
        self.0.json("PATCH", &format!("/devices/{device}"), Some(settings))
    }

    /// Sets a fault.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn set_fault(&self, device: &str, fault: &str, parameters: &Value) -> Result<(), Trouble> {
        self.0.tell("PUT", &format!("/devices/{device}/faults/{fault}"), Some(parameters))
    }

    /// Removes a fault.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn clear_fault(&self, device: &str, fault: &str) -> Result<(), Trouble> {
        self.0.tell("DELETE", &format!("/devices/{device}/faults/{fault}"), None)
    }
}
