//! The state's services, that can be told what they know of the one person who registers here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use senim_domain::{ClientId, Secret, UtcMillis};
use senim_gateway_core::connectors::*;
use senim_test_services::signed_result;

use super::{Fake, NOON, right_iin};

/// What the state knows and how its services are.
#[derive(Default)]
pub struct StateServices {
    pub down: bool,
    pub no_bmg: bool,
    pub in_process: bool,
    pub expired: bool,
    pub refuses: bool,
    /// Answers by SMS: none yet, or what it is.
    pub replied: Option<bool>,
    /// Methods that were asked for, by number.
    pub methods: Vec<u8>,
    /// Verification tokens that were shown, and the requests' numbers.
    pub verifications: Vec<(String, uuid::Uuid)>,
    /// No token is good enough.
    pub refuses_tokens: bool,
    /// Codes that were handed over.
    pub codes: Vec<String>,
    pub cancelled: u32,
    pub revoked: bool,
    /// How every consent stands; `None`: active, unless revoked.
    pub status: Option<TokenStatus>,
    /// Applications for revocation that wait.
    pub applications: Vec<RevocationApplication>,
    /// What was decided on them.
    pub decided: Vec<(String, RevocationDecision)>,
    pub rejects: Option<TokenRejection>,
    pub another_person: bool,
    pub document_expires: Option<&'static str>,
    pub foreign_number: bool,
    pub unknown_number: bool,
    pub entrepreneur: bool,
    pub register_down: bool,
    pub name: Option<Outcome>,
    pub iin: Option<Outcome>,
    pub photo: Option<FaceVerdict>,
    /// When the centre says that it looked.
    pub centre_time: Option<UtcMillis>,
    /// The centre signs a result of another request: what is other about it.
    pub forged_claim: Option<fn(&mut IdentityClaim)>,
    pub created: Vec<(ClientId, ClientKind, String)>,
    pub conflict: bool,
    pub enrolled: Vec<ClientId>,
}

/// The code that the state service sends.
pub const STATE_CODE: &str = "AB12";

/// The IIN of somebody who is no client yet.
pub fn new_iin() -> String {
    right_iin("85010140000")
}

pub fn token(jti: &str) -> SecurityToken {
    let expires = NOON.0 / 1000 + 86_400;
    let payload = URL_SAFE_NO_PAD.encode(format!(r#"{{"jti":"{jti}","exp":{expires}}}"#));
    SecurityToken::read(Secret::new(format!("e30.{payload}.c2ln"))).unwrap()
}

impl Fake {
    fn state<T>(&self, read: impl FnOnce(&mut StateServices) -> T) -> Result<T, ConnectorError> {
        let mut services = self.0.lock().unwrap();
        if services.state.down {
            return Err(ConnectorError::Unavailable { service: "state", cause: String::new() });
        }
        Ok(read(&mut services.state))
    }
}

impl PersonalData for Fake {
    fn start(&self, request: &AccessRequest) -> Result<AccessStart, ConnectorError> {
        self.state(|state| {
            state.methods.push(request.method.number());
            if let Some(shown) = &request.verification {
                state.verifications.push((shown.0.expose().to_owned(), request.number));
                if state.refuses_tokens {
                    let code = "verification_key".into();
                    return Err(ConnectorError::Refused { service: "state", code });
                }
                return Ok(AccessStart::Granted(token("consent-1")));
            }
            let id = AccessRequestId("kdp-request".into());
            Ok(if state.no_bmg {
                AccessStart::NoBmgNumber
            } else if state.in_process {
                AccessStart::AlreadyInProcess(id)
            } else {
                AccessStart::Waiting(id)
            })
        })?
    }
    fn submit_code(&self, _: &AccessRequestId, code: &Secret) -> Result<CodeOutcome, ConnectorError> {
        self.state(|state| {
            state.codes.push(code.expose().to_owned());
            let wrong = u8::try_from(state.codes.iter().filter(|code| *code != STATE_CODE).count()).unwrap();
            if state.expired {
                CodeOutcome::Expired
            } else if state.refuses {
                CodeOutcome::Refused
            } else if code.expose() == STATE_CODE {
                CodeOutcome::Granted(token("consent-1"))
            } else {
                CodeOutcome::Wrong { tries_left: 5 - wrong }
            }
        })
    }
    fn answer(&self, _: &AccessRequestId) -> Result<AccessAnswer, ConnectorError> {
        self.state(|state| match (state.replied, state.expired) {
            (_, true) => AccessAnswer::TimedOut,
            (None, _) => AccessAnswer::Waiting,
            (Some(true), _) => AccessAnswer::Agreed(token("consent-1")),
            (Some(false), _) => AccessAnswer::Refused,
        })
    }
    fn cancel(&self, _: &AccessRequestId) -> Result<(), ConnectorError> {
        self.state(|state| state.cancelled += 1)
    }
    fn person(&self, iin: &Secret, _: &SecurityToken) -> Result<PersonAnswer, ConnectorError> {
        self.state(|state| match state.rejects {
            Some(rejection) => PersonAnswer::Rejected(rejection),
            None => PersonAnswer::Record(Box::new(PersonRecord {
                iin: if state.another_person { Secret::new(super::iin()) } else { iin.clone() },
                surname: Secret::new("Жаңабаева".into()),
                given_name: Secret::new("Дина".into()),
                patronymic: None,
                document: IdentityDocument {
                    kind: "identityCard".into(),
                    number: Secret::new("012345678".into()),
                    expires: state.document_expires.unwrap_or("2035-05-13").into(),
                },
            })),
        })
    }
    fn token_status(&self, _: &str) -> Result<Option<TokenStatus>, ConnectorError> {
        self.state(|state| {
            let usual = if state.revoked { TokenStatus::NotActive } else { TokenStatus::Active };
            Some(state.status.unwrap_or(usual))
        })
    }
    fn revocations(&self) -> Result<Vec<RevocationApplication>, ConnectorError> {
        self.state(|state| state.applications.clone())
    }
    fn decide_revocation(
        &self,
        application: &str,
        decision: &RevocationDecision,
    ) -> Result<(), ConnectorError> {
        self.state(|state| {
            state.applications.retain(|one| one.application != application);
            state.decided.push((application.to_owned(), decision.clone()));
        })
    }
}

impl Identification for Fake {
    fn check(&self, claim: &IdentityClaim) -> Result<Secret, ConnectorError> {
        assert_eq!(claim.surname.expose(), "Жаңабаева");
        let at = self.get(|s| s.state.centre_time).unwrap_or(NOON);
        self.state(|state| {
            let found = (
                state.name.unwrap_or(Outcome::Match),
                state.iin.unwrap_or(Outcome::Match),
                state.photo.unwrap_or(FaceVerdict::Same),
            );
            match state.forged_claim {
                Some(forge) => {
                    let mut other = claim.clone();
                    forge(&mut other);
                    signed_result(&other, found, "id-report", at)
                }
                None => signed_result(claim, found, "id-report", at),
            }
        })
    }
    fn begin(&self, order: &PhoneOrder) -> Result<PhoneOffer, ConnectorError> {
        self.get(|s| s.behind.clone()).begin(order)
    }
    fn state(&self, check: uuid::Uuid) -> Result<PhoneState, ConnectorError> {
        Identification::state(&self.get(|s| s.behind.clone()), check)
    }
    fn cancel(&self, check: uuid::Uuid) -> Result<(), ConnectorError> {
        Identification::cancel(&self.get(|s| s.behind.clone()), check)
    }
}

impl NumberOwner for Fake {
    fn owns(&self, _: &Secret, _: &Secret) -> Result<NumberFinding, ConnectorError> {
        self.state(|state| {
            let outcome = match (state.foreign_number, state.unknown_number) {
                (true, _) => Outcome::Mismatch,
                (false, true) => Outcome::Unknown,
                (false, false) => Outcome::Match,
            };
            NumberFinding { outcome, report_id: "number-report".into() }
        })
    }
}

impl Entrepreneurs for Fake {
    fn status(&self, _: &Secret) -> Result<EntrepreneurStatus, ConnectorError> {
        if self.get(|s| s.state.register_down) {
            return Err(ConnectorError::Unavailable { service: "register", cause: String::new() });
        }
        self.state(|state| EntrepreneurStatus {
            since: state.entrepreneur.then(|| "2020-01-01".into()),
            report_id: "entrepreneur-report".into(),
        })
    }
}

/// What core lending does with a new client.
pub fn create(fake: &Fake, new: &NewClient) -> Result<(), ConnectorError> {
    fake.state(|state| {
        if state.conflict {
            return Err(ConnectorError::Refused { service: "fake", code: "client_conflict".into() });
        }
        let entry = (new.client, new.kind, new.phone.expose().to_owned());
        if !state.created.contains(&entry) {
            state.created.push(entry);
        }
        Ok(())
    })?
}
