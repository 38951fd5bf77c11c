//! КДП: decides who gets access to whose personal data (S004 p.4 to 7, 10, 13, 14, 16 to 21; ).
//!
//! Every check of p.6(1) to (3) and p.7 is made in the order of the Rules, and each has a code of its own. The list of
//! steps of method 1 is not public; here the person answers an SMS of 1414.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::token::{self, Claims, Forged, Jwk};
use super::{DAY_MS, Denial, Model};
use crate::people::{Bmg, Document, KdpAnswer, iin_is_valid};

/// Life of a code and of a question by SMS.
pub const ANSWER_MS: i64 = 300_000;
/// Tries of one code.
const TRIES: u8 = 3;
/// Life of a token by method 4 (p.6(2)).
const LOGGING_MS: i64 = 900_000;
/// A verification token and a request are of today: not older, not from the future.
const DATE_WINDOW_MS: i64 = DAY_MS;
const CLOCK_SKEW_MS: i64 = 300_000;

/// Who asks: proof and organisation.
#[derive(Clone, PartialEq, Eq)]
pub struct Initiator {
    /// Login of the information system.
    pub login: String,
    /// Its password.
    pub password: String,
    /// Its authentication token.
    pub authentication_token: String,
    /// BIN.
    pub bin: String,
}

impl Initiator {
    /// The one organisation that the simulated service knows.
    #[must_use]
    pub fn known() -> Self {
        Self {
            login: "senim".to_owned(),
            password: "senim-password".to_owned(),
            authentication_token: "senim-authentication-token".to_owned(),
            bin: "990140004654".to_owned(),
        }
    }
}

/// A request for access.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Identity given by the initiator.
    pub number: Uuid,
    /// Whose data.
    pub iin: String,
    /// BIN of the initiator.
    pub bin: String,
    /// Entry of the directory.
    pub directory_id: String,
    /// 1 to 5.
    pub method: u8,
    /// When it was written, milliseconds.
    pub date_ms: i64,
    /// Verification token, methods 2 to 4.
    pub verification: Option<String>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    /// The person was asked.
    Waiting(String),
    /// The person had been asked before.
    InProcess(String),
    /// The BMG has no number.
    NoBmgNumber,
    /// The token is here.
    Granted(String),
}

/// What became of a code or of the wait for an SMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Nothing yet.
    Waiting,
    /// The token.
    Granted(String),
    /// Another code.
    Wrong(u8),
    /// Too late.
    Expired,
    /// The person refused.
    Refused,
}

/// A person as the state knows them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// IIN.
    pub iin: String,
    /// Surname.
    pub surname: String,
    /// Given name.
    pub given_name: String,
    /// Patronymic.
    pub patronymic: Option<String>,
    /// Identity document.
    pub document: Document,
}

/// Why the owner of data does not take a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// Not active.
    Revoked,
    /// Its time has passed.
    Expired,
    /// Forged, or for somebody else.
    Mismatch,
}

/// How a consent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// In force.
    Active,
    /// An application waits for the organisation until then, milliseconds.
    UnderReview(i64),
    /// Revoked.
    NotActive,
    /// Its time has passed.
    Expired,
}

/// An application for revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Number.
    pub number: String,
    /// The consent.
    pub jti: String,
    /// When, milliseconds.
    pub received_ms: i64,
    /// When silence becomes revocation, milliseconds.
    pub until_ms: i64,
    decided: Option<Decision>,
}

/// What an organisation decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The consent ends.
    Revoke,
    /// It stays; ground, number, date and name of the document (p.20).
    Keep([String; 4]),
}

struct Open {
    request: Request,
    id: String,
    code: String,
    tries: u8,
    expires_ms: i64,
    answered: Option<Answered>,
}

struct Consent {
    iin: String,
    jwt: String,
    expires_ms: i64,
    revoked: bool,
}

/// The state service.
pub struct StateService {
    /// Who may ask.
    pub initiator: Initiator,
    /// The key of the organisation's EDS that is registered; without one no verification token is right.
    pub signing_key: Option<Jwk>,
    /// Whether the organisation may use method 4 (p.6(2)).
    pub logging_allowed: bool,
    /// Proactive services of the organisation with their lives in seconds.
    pub proactive: BTreeMap<String, i64>,
    /// Entries of the directory with the life of a consent in seconds.
    pub directory: BTreeMap<String, i64>,
    open: Vec<Open>,
    started: BTreeMap<Uuid, (Request, Started)>,
    consents: BTreeMap<String, Consent>,
    applications: Vec<Application>,
}

impl Default for StateService {
    fn default() -> Self {
        Self {
            initiator: Initiator::known(),
            signing_key: Jwk::of_organisation(),
            logging_allowed: false,
            proactive: BTreeMap::new(),
            directory: BTreeMap::from([
                ("MFO-LOAN-1".to_owned(), 157_680_000),
                // The entry that the published rule pack names.
                ("SENIM-DEMO-0001".to_owned(), 157_680_000),
                ("MFO-QUARTER-HOUR".to_owned(), 900),
            ]),
            open: Vec::new(),
            started: BTreeMap::new(),
            consents: BTreeMap::new(),
            applications: Vec::new(),
        }
    }
}

impl Model {
    /// The state service's registers, for whoever plays it.
    pub fn state_service(&mut self) -> &mut StateService {
        &mut self.kdp
    }

    fn may_ask(&self, who: &Initiator) -> Result<(), Denial> {
        let known = &self.kdp.initiator;
        if who.login != known.login || who.password != known.password {
            return Err(Denial::forbidden("login_refused"));
        }
        if who.authentication_token != known.authentication_token {
            return Err(Denial::forbidden("authentication_token_refused"));
        }
        if who.bin != known.bin {
            return Err(Denial::forbidden("bin_unknown"));
        }
        Ok(())
    }

    /// Asks a person for access, once for each number.
    ///
    /// # Errors
    /// The code of the check that failed.
    pub fn kdp_start(&mut self, who: &Initiator, request: &Request) -> Result<Started, Denial> {
        self.may_ask(who)?;
        if let Some((before, started)) = self.kdp.started.get(&request.number) {
            let same = (&before.iin, &before.bin, &before.directory_id, before.method)
                == (&request.iin, &request.bin, &request.directory_id, request.method);
            return if same { Ok(started.clone()) } else { Err(Denial::conflict("number_conflict")) };
        }
        if request.bin != who.bin {
            return Err(Denial::forbidden("bin_mismatch"));
        }
        if !iin_is_valid(&request.iin) {
            return Err(Denial::invalid("invalid_iin"));
        }
        let age = self.now().saturating_sub(request.date_ms);
        if !(-CLOCK_SKEW_MS..=DATE_WINDOW_MS).contains(&age) {
            return Err(Denial::invalid("date_refused"));
        }
        let life = self.kdp.directory.get(&request.directory_id).copied();
        let life = life.ok_or(Denial::not_found("directory_unknown"))?.saturating_mul(1000);
        let person = self.by_iin(&request.iin)?.clone();
        let started = match request.method {
            1 | 5 => {
                if request.verification.is_some() {
                    return Err(Denial::invalid("verification_not_expected"));
                }
                self.ask(request, person.quirks.bmg)?
            }
            2..=4 => {
                let life = match self.verified(request)? {
                    Some(life) => life,
                    None => life,
                };
                Started::Granted(self.grant(&request.iin, life))
            }
            _ => return Err(Denial::invalid("method_unknown")),
        };
        self.kdp.started.insert(request.number, (request.clone(), started.clone()));
        Ok(started)
    }

    /// Steps 1 to 4 of method 5, and 1414's question of method 1.
    fn ask(&mut self, request: &Request, bmg: Bmg) -> Result<Started, Denial> {
        let now = self.now();
        let running = self.kdp.open.iter().find(|open| {
            let same = open.request.iin == request.iin && open.request.method == request.method;
            same && open.answered.is_none() && open.expires_ms > now
        });
        if let Some(running) = running {
            return Ok(Started::InProcess(running.id.clone()));
        }
        let phone = match bmg {
            Bmg::None => return Ok(Started::NoBmgNumber),
            Bmg::Own => self.by_iin(&request.iin)?.phone.clone(),
            Bmg::Other => "+77019990000".to_owned(),
        };
        let serial = self.kdp.open.len();
        let id = format!("KDP-{:08}", serial + 1);
        let code = format!("{:06}", (serial * 271_829 + 314_159) % 1_000_000);
        let text = if request.method == 5 {
            format!("1414: дербес деректерге қолжетімділік коды {code}")
        } else {
            "1414: дербес деректерге рұқсат бересіз бе? 1 – иә, 2 – жоқ".to_owned()
        };
        self.send_sms(&phone, &text, "kdp")?;
        self.kdp.open.push(Open {
            request: request.clone(),
            id: id.clone(),
            code,
            tries: TRIES,
            expires_ms: now.saturating_add(ANSWER_MS),
            answered: None,
        });
        Ok(Started::Waiting(id))
    }

    /// The checks of a verification token; the life that the method sets, where it sets one.
    fn verified(&self, request: &Request) -> Result<Option<i64>, Denial> {
        let text = request.verification.as_deref().ok_or(Denial::invalid("verification_missing"))?;
        let (key, claims) = token::verification(text).map_err(|forged| match forged {
            Forged::Form => Denial::invalid("verification_form"),
            Forged::Signature => Denial::forbidden("verification_signature"),
        })?;
        if self.kdp.signing_key.as_ref() != Some(&key) {
            return Err(Denial::forbidden("verification_key"));
        }
        let Claims { bin, iin, methods, directory_id, consent, request: of, iat, service_code, ground } =
            claims;
        let life = match request.method {
            3 => {
                let code = service_code.ok_or(Denial::invalid("proactive_code"))?;
                let life = self.kdp.proactive.get(&code).ok_or(Denial::forbidden("proactive_code"))?;
                Some(life.saturating_mul(1000))
            }
            4 if !self.kdp.logging_allowed => return Err(Denial::forbidden("logging_not_allowed")),
            4 => Some(LOGGING_MS),
            _ => None,
        };
        let age = self.now().saturating_sub(iat.saturating_mul(1000));
        let right = if request.method == 4 { "notObtained" } else { "obtained" };
        let grounded = request.method != 4 || ground.is_some_and(|ground| ground.starts_with("art9-"));
        let checks = [
            (bin == request.bin, "verification_bin"),
            (iin == request.iin, "verification_iin"),
            (methods.contains(&request.method), "verification_method"),
            (directory_id == request.directory_id, "verification_directory"),
            (consent == right, "verification_consent"),
            (of == request.number, "verification_request"),
            (grounded, "ground_unknown"),
            ((-CLOCK_SKEW_MS..=DATE_WINDOW_MS).contains(&age), "verification_date"),
        ];
        match checks.into_iter().find(|(holds, _)| !holds) {
            Some((_, code)) => Err(Denial::forbidden(code)),
            None => Ok(life),
        }
    }

    fn grant(&mut self, iin: &str, life_ms: i64) -> String {
        let quirk = self.by_iin(iin).ok().and_then(|person| person.quirks.token_seconds);
        let life = quirk.map_or(life_ms, |seconds| i64::from(seconds).saturating_mul(1000));
        let now = self.now();
        let expires_ms = now.saturating_add(life);
        let jti = format!("C-{:08}", self.kdp.consents.len() + 1);
        let jwt = token::security(&jti, now, expires_ms);
        let consent = Consent { iin: iin.to_owned(), jwt: jwt.clone(), expires_ms, revoked: false };
        self.kdp.consents.insert(jti, consent);
        jwt
    }

    fn open_request(&mut self, id: &str, method: u8) -> Result<&mut Open, Denial> {
        let open = self.kdp.open.iter_mut().find(|open| open.id == id);
        open.filter(|open| open.request.method == method).ok_or(Denial::not_found("request_unknown"))
    }

    /// The repeat request with a code (method 5).
    ///
    /// # Errors
    /// `request_unknown` and what concerns the initiator.
    pub fn kdp_code(&mut self, who: &Initiator, id: &str, code: &str) -> Result<Answered, Denial> {
        self.may_ask(who)?;
        let now = self.now();
        let open = self.open_request(id, 5)?;
        if let Some(answered) = &open.answered {
            // A granted code is good once: another try on it finds a closed request.
            let closed = matches!(answered, Answered::Granted(_));
            return Ok(if closed { Answered::Refused } else { answered.clone() });
        }
        if now >= open.expires_ms {
            open.answered = Some(Answered::Expired);
            return Ok(Answered::Expired);
        }
        if open.code != code {
            open.tries = open.tries.saturating_sub(1);
            let left = open.tries;
            if left == 0 {
                open.answered = Some(Answered::Refused);
            }
            return Ok(Answered::Wrong(left));
        }
        let request = open.request.clone();
        self.settle(id, &request)
    }

    /// What a person answered by SMS (method 1).
    ///
    /// # Errors
    /// `request_unknown` and what concerns the initiator.
    pub fn kdp_answer(&mut self, who: &Initiator, id: &str) -> Result<Answered, Denial> {
        self.may_ask(who)?;
        let now = self.now();
        let open = self.open_request(id, 1)?;
        if let Some(answered) = &open.answered {
            return Ok(answered.clone());
        }
        if now >= open.expires_ms {
            open.answered = Some(Answered::Expired);
            return Ok(Answered::Expired);
        }
        let request = open.request.clone();
        let silent = self.by_iin(&request.iin)?.quirks.kdp_answer == KdpAnswer::Silent;
        if silent { Ok(Answered::Waiting) } else { self.settle(id, &request) }
    }

    fn settle(&mut self, id: &str, request: &Request) -> Result<Answered, Denial> {
        let refuses = self.by_iin(&request.iin)?.quirks.kdp_answer == KdpAnswer::Refuse;
        let answered = if refuses {
            Answered::Refused
        } else {
            let life = self.kdp.directory.get(&request.directory_id).copied().unwrap_or(0);
            Answered::Granted(self.grant(&request.iin, life.saturating_mul(1000)))
        };
        self.open_request(id, request.method)?.answered = Some(answered.clone());
        Ok(answered)
    }

    /// Gives a request up.
    ///
    /// # Errors
    /// `request_unknown` and what concerns the initiator.
    pub fn kdp_cancel(&mut self, who: &Initiator, id: &str) -> Result<(), Denial> {
        self.may_ask(who)?;
        let open = self.kdp.open.iter_mut().find(|open| open.id == id);
        let open = open.ok_or(Denial::not_found("request_unknown"))?;
        open.answered.get_or_insert(Answered::Refused);
        Ok(())
    }

    /// What the owner of data answers to a token.
    ///
    /// # Errors
    /// What concerns the initiator.
    pub fn kdp_person(
        &mut self,
        who: &Initiator,
        iin: &str,
        jwt: &str,
    ) -> Result<Result<Record, Rejected>, Denial> {
        self.may_ask(who)?;
        self.lapse();
        let now = self.now();
        let consent = self.kdp.consents.values().find(|consent| consent.jwt == jwt);
        let rejected = match consent {
            None => Some(Rejected::Mismatch),
            Some(consent) if consent.iin != iin => Some(Rejected::Mismatch),
            Some(consent) if consent.revoked => Some(Rejected::Revoked),
            Some(consent) if now >= consent.expires_ms => Some(Rejected::Expired),
            Some(_) => None,
        };
        if let Some(rejected) = rejected {
            return Ok(Err(rejected));
        }
        let person = self.by_iin(iin)?;
        Ok(Ok(Record {
            iin: person.iin.clone(),
            surname: person.surname.clone(),
            given_name: person.given_name.clone(),
            patronymic: person.patronymic.clone(),
            document: person.document(),
        }))
    }

    /// The consents of a person, by identity.
    #[must_use]
    pub fn consents_of(&self, iin: &str) -> Vec<String> {
        let theirs = self.kdp.consents.iter().filter(|(_, consent)| consent.iin == iin);
        theirs.map(|(jti, _)| jti.clone()).collect()
    }

    /// Ends a consent at once, as a person's application that was granted would.
    ///
    /// # Errors
    /// `token_unknown`.
    pub fn revoke(&mut self, jti: &str) -> Result<(), Denial> {
        let consent = self.kdp.consents.get_mut(jti);
        consent.ok_or(Denial::not_found("token_unknown"))?.revoked = true;
        Ok(())
    }
}

mod revocation;

#[cfg(test)]
mod tests;
