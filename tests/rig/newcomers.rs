//! People who are no clients yet, as the state and the number base know them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use senim_domain::iin::Iin;
use senim_domain::{Secret, UtcMillis};
use senim_gateway_core::connectors::{
    AccessAnswer, AccessMethod, AccessRequest, AccessRequestId, AccessStart, Client, CodeOutcome,
    ConnectorError, EntrepreneurStatus, Entrepreneurs, FaceVerdict, Identification, IdentityClaim,
    IdentityDocument, NewClient, NumberFinding, NumberOwner, Outcome, PersonAnswer, PersonRecord,
    PersonalData, PhoneOffer, PhoneOrder, PhoneState, RevocationApplication, RevocationDecision,
    SecurityToken, TokenStatus,
};
use senim_journeys::people::{self, KNOWN};
use senim_test_services::{Behind as Outside, signed_result};
use senim_world::model::kdp::Initiator;
use senim_world::model::token::{Jwk, verification};
use uuid::Uuid;

use crate::services::{Behind, Message, known};
use crate::world::{START, person};

/// Somebody.
#[derive(Clone, Debug)]
pub struct Newcomer {
    pub iin: String,
    pub surname: &'static str,
    pub given_name: &'static str,
    /// Their number, ten digits; `None`: the BMG has none.
    pub phone: Option<&'static str>,
    pub entrepreneur: bool,
    /// What the comparison of the portrait says.
    pub face: FaceVerdict,
}

/// People of the scripts who are no clients yet, as the state knows them.
pub(crate) fn known_to_the_state() -> Vec<Newcomer> {
    let newcomer = |person: people::Person, surname, given_name| Newcomer {
        iin: person.iin.to_owned(),
        surname,
        given_name,
        phone: person.phone.strip_prefix("+7"),
        entrepreneur: false,
        face: FaceVerdict::Same,
    };
    let trader = newcomer(people::TRADER, "Ким", "Виктор");
    let numberless = newcomer(people::NUMBERLESS, "Оспанов", "Қайрат");
    vec![
        newcomer(people::NEWCOMER, "Досжанова", "Мерей"),
        Newcomer { entrepreneur: true, ..trader },
        Newcomer { phone: None, ..numberless },
    ]
}

/// The first IIN of a day of birth and century that checks.
fn born(day_and_century: &str, nth: usize) -> String {
    let tails = (0..100_000).map(|tail| format!("{day_and_century}{tail:05}"));
    tails.filter(|text| Iin::parse(text).is_ok()).nth(nth).unwrap()
}

fn newcomer(iin: String, surname: &'static str, given_name: &'static str) -> Newcomer {
    let face = FaceVerdict::Same;
    Newcomer { iin, surname, given_name, phone: Some("7017654321"), entrepreneur: false, face }
}

impl Newcomer {
    /// Everything is in order.
    #[must_use]
    pub fn new() -> Self {
        newcomer(born("8501014", 0), "Жаңабаева", "Дина")
    }

    /// Another person of the same name.
    #[must_use]
    pub fn twin() -> Self {
        Self { phone: Some("7779876543"), ..newcomer(born("8501014", 1), "Жаңабаева", "Дина") }
    }

    /// An individual entrepreneur.
    #[must_use]
    pub fn entrepreneur() -> Self {
        Self { entrepreneur: true, ..newcomer(born("7903033", 0), "Кәсіпов", "Нұрлан") }
    }

    /// Seventeen.
    #[must_use]
    pub fn minor() -> Self {
        newcomer("080630500002".into(), "Жасов", "Алан")
    }

    /// Unknown to the database of mobile citizens.
    #[must_use]
    pub fn without_number() -> Self {
        Self { phone: None, ..newcomer(born("9207074", 0), "Базарова", "Сая") }
    }
}

impl Default for Newcomer {
    fn default() -> Self {
        Self::new()
    }
}

/// Whoever the state knows, and what was asked of it.
#[derive(Default)]
pub struct StateSide {
    pub people: Vec<Newcomer>,
    /// Requests by their number: whose, and the code that was sent.
    pub requests: BTreeMap<String, (String, String)>,
    /// Codes that came, right or wrong.
    pub codes: Vec<String>,
    /// Whose consent verification tokens proved, each under the organisation's own key.
    pub verified: Vec<Uuid>,
    /// What the person replied by SMS.
    pub replied: Option<bool>,
    /// Consents that were taken back.
    pub revoked: bool,
    /// Applications for revocation that wait.
    pub applications: Vec<RevocationApplication>,
    /// What was decided on them.
    pub decided: Vec<(String, RevocationDecision)>,
    /// Clients that were made.
    pub clients: Vec<NewClient>,
}

impl StateSide {
    fn person(&self, iin: &str) -> Option<&Newcomer> {
        self.people.iter().find(|person| person.iin == iin)
    }

    /// Somebody takes the consent back that they gave here; the MFO has until a moment that never comes too early.
    pub fn takes_back(&mut self, iin: &str, now: UtcMillis) {
        let application = format!("A-{:04}", self.applications.len());
        let until = UtcMillis(now.0 + 60 * 86_400_000);
        let jti = consent_of(iin);
        self.applications.push(RevocationApplication { application, jti, received: now, until });
    }

    fn waits(&self, application: &RevocationApplication) -> bool {
        self.decided.iter().all(|(decided, _)| *decided != application.application)
    }

    fn status(&self, jti: &str) -> TokenStatus {
        let of_it = self.applications.iter().filter(|one| one.jti == jti);
        let revoked = self.decided.iter().any(|(application, decision)| {
            *decision == RevocationDecision::Revoke
                && of_it.clone().any(|one| one.application == *application)
        });
        match of_it.clone().find(|one| self.waits(one)) {
            _ if self.revoked || revoked => TokenStatus::NotActive,
            Some(waiting) => TokenStatus::UnderReview { until: waiting.until },
            None => TokenStatus::Active,
        }
    }

    /// The code that was sent last.
    #[must_use]
    pub fn last_code(&self) -> Option<String> {
        self.requests.values().next_back().map(|(_, code)| code.clone())
    }

    /// A client that was made here.
    #[must_use]
    pub fn client(&self, holds: impl Fn(&NewClient) -> bool) -> Option<Client> {
        self.clients.iter().find(|client| holds(client)).map(|made| Client {
            client: made.client,
            surname: made.surname.clone(),
            given_name: made.given_name.clone(),
            patronymic: made.patronymic.clone(),
            phone: made.phone.clone(),
            language: made.language,
            blocked: false,
        })
    }
}

/// The number of the consent that somebody gives here.
fn consent_of(iin: &str) -> String {
    format!("consent-{}", &iin[6..])
}

fn token(iin: &str) -> SecurityToken {
    let exp = START.0 / 1000 + 3_650 * 86_400;
    let payload = URL_SAFE_NO_PAD.encode(format!(r#"{{"jti":"{}","exp":{exp}}}"#, consent_of(iin)));
    SecurityToken::read(Secret::new(format!("e30.{payload}.c2ln"))).unwrap()
}

/// The number of a request whose verification token stands every check that the world's own state service makes.
fn verified(request: &AccessRequest) -> Uuid {
    let shown = request.verification.as_ref().unwrap().0.expose();
    let (key, claims) = verification(shown).unwrap();
    assert_eq!(Some(key), Jwk::of_organisation());
    let asked = (request.iin.expose(), request.directory_id.as_str(), request.number);
    assert_eq!((claims.iin.as_str(), claims.directory_id.as_str(), claims.request), asked);
    let bin = Initiator::known().bin;
    assert_eq!((claims.bin, claims.methods, claims.consent.as_str()), (bin, vec![2], "obtained"));
    request.number
}

impl PersonalData for Behind {
    fn start(&self, request: &AccessRequest) -> Result<AccessStart, ConnectorError> {
        self.ask(|services| {
            let state = &mut services.state;
            let iin = request.iin.expose().to_owned();
            if state.person(&iin).is_none_or(|person| person.phone.is_none()) {
                return AccessStart::NoBmgNumber;
            }
            if request.method == AccessMethod::OwnMeans {
                state.verified.push(verified(request));
                return AccessStart::Granted(token(&iin));
            }
            let known = state.requests.iter().find(|(_, (whose, _))| *whose == iin);
            if let Some((id, _)) = known {
                return AccessStart::AlreadyInProcess(AccessRequestId(id.clone()));
            }
            let id = format!("kdp-{:04}", state.requests.len());
            let code = format!("K{:05}", state.requests.len() + 17);
            let phone = state.person(&iin).and_then(|person| person.phone).unwrap_or_default();
            let (to, text) = (format!("+7{phone}"), format!("1414: {code}"));
            state.requests.insert(id.clone(), (iin, code));
            services.sms.push(Message { to, text, purpose: "kdp" });
            AccessStart::Waiting(AccessRequestId(id))
        })
    }
    fn submit_code(&self, request: &AccessRequestId, code: &Secret) -> Result<CodeOutcome, ConnectorError> {
        self.ask(|services| {
            let state = &mut services.state;
            state.codes.push(code.expose().to_owned());
            match state.requests.get(&request.0).cloned() {
                Some((iin, sent)) if sent == code.expose() => {
                    state.requests.remove(&request.0);
                    CodeOutcome::Granted(token(&iin))
                }
                Some(_) => CodeOutcome::Wrong { tries_left: 2 },
                None => CodeOutcome::Refused,
            }
        })
    }
    fn answer(&self, request: &AccessRequestId) -> Result<AccessAnswer, ConnectorError> {
        self.ask(|services| {
            let state = &services.state;
            match (state.replied, state.requests.get(&request.0)) {
                (Some(true), Some((iin, _))) => AccessAnswer::Agreed(token(iin)),
                (Some(false), _) => AccessAnswer::Refused,
                (None, Some(_)) => AccessAnswer::Waiting,
                (_, None) => AccessAnswer::TimedOut,
            }
        })
    }
    fn cancel(&self, request: &AccessRequestId) -> Result<(), ConnectorError> {
        self.ask(|services| drop(services.state.requests.remove(&request.0)))
    }
    fn person(&self, iin: &Secret, _: &SecurityToken) -> Result<PersonAnswer, ConnectorError> {
        let found = self.ask(|services| services.state.person(iin.expose()).cloned())?;
        let missing = || ConnectorError::Refused { service: "state", code: "unknown".into() };
        let person = found.ok_or_else(missing)?;
        Ok(PersonAnswer::Record(Box::new(PersonRecord {
            iin: iin.clone(),
            surname: Secret::new(person.surname.into()),
            given_name: Secret::new(person.given_name.into()),
            patronymic: None,
            document: IdentityDocument {
                kind: "identityCard".into(),
                number: Secret::new(person.iin.get(3..).unwrap_or_default().to_owned()),
                expires: "2035-05-13".into(),
            },
        })))
    }
    fn token_status(&self, jti: &str) -> Result<Option<TokenStatus>, ConnectorError> {
        self.ask(|services| Some(services.state.status(jti)))
    }
    fn revocations(&self) -> Result<Vec<RevocationApplication>, ConnectorError> {
        self.ask(|services| {
            services.state.applications.iter().filter(|one| services.state.waits(one)).cloned().collect()
        })
    }
    fn decide_revocation(
        &self,
        application: &str,
        decision: &RevocationDecision,
    ) -> Result<(), ConnectorError> {
        self.ask(|services| services.state.decided.push((application.to_owned(), decision.clone())))
    }
}

/// ЦОИД: newcomers are this module's, whoever else there is belongs to the world outside, which has the time, too.
pub(crate) struct CentreHere {
    pub(crate) newcomers: Behind,
    pub(crate) outside: Outside,
}

impl Identification for CentreHere {
    fn check(&self, claim: &IdentityClaim) -> Result<Secret, ConnectorError> {
        let now = UtcMillis(self.outside.state(|state| state.model.now()));
        self.newcomers.ask(|services| {
            let person = services.state.person(claim.iin.expose());
            let same = person.is_some_and(|person| {
                person.surname == claim.surname.expose() && person.given_name == claim.given_name.expose()
            });
            let name = if same { Outcome::Match } else { Outcome::Mismatch };
            let number = if person.is_some() { Outcome::Match } else { Outcome::Unknown };
            let portrait = person.map_or(FaceVerdict::Other, |person| person.face);
            signed_result(claim, (name, number, portrait), "identification", now)
        })
    }
    fn begin(&self, order: &PhoneOrder) -> Result<PhoneOffer, ConnectorError> {
        self.outside.begin(order)
    }
    fn state(&self, check: Uuid) -> Result<PhoneState, ConnectorError> {
        Identification::state(&self.outside, check)
    }
    fn cancel(&self, check: Uuid) -> Result<(), ConnectorError> {
        Identification::cancel(&self.outside, check)
    }
}

impl NumberOwner for Behind {
    fn owns(&self, iin: &Secret, phone: &Secret) -> Result<NumberFinding, ConnectorError> {
        let client = known(|person| person.iin == iin.expose());
        self.ask(|services| {
            let own = services.state.person(iin.expose()).and_then(|person| person.phone);
            let foreign = services.foreign_numbers.contains(phone.expose());
            let clients = client.is_some_and(|client| client.phone == phone.expose());
            if foreign || clients {
                let outcome = if foreign { Outcome::Mismatch } else { Outcome::Match };
                return NumberFinding { outcome, report_id: "numbers".into() };
            }
            let same = own.is_some_and(|own| phone.expose().ends_with(own));
            let newcomer = services.state.person(iin.expose()).is_some();
            let somebodys =
                KNOWN.iter().any(|known| known.phone == phone.expose() && known.iin != iin.expose());
            let outcome = match (same, newcomer || somebodys) {
                (true, _) => Outcome::Match,
                (false, true) => Outcome::Mismatch,
                // Bought today: the base does not know it yet.
                (false, false) => Outcome::Unknown,
            };
            NumberFinding { outcome, report_id: "numbers".into() }
        })
    }
}

impl Entrepreneurs for Behind {
    fn status(&self, iin: &Secret) -> Result<EntrepreneurStatus, ConnectorError> {
        self.ask(|services| {
            let newcomer = services.state.person(iin.expose()).is_some_and(|person| person.entrepreneur);
            let client = person(iin.expose()).is_some_and(|person| person.quirks.entrepreneur);
            let registered = newcomer || client;
            let since = registered.then(|| "2020-01-01".to_owned());
            EntrepreneurStatus { since, report_id: "register".into() }
        })
    }
}
