//! ЦОИД over HTTP: what it signs is handed on as it came; whether it counts is judged by the gateway's core.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{Secret, UtcMillis};
use senim_gateway_core::connectors::{
    ConnectorError, Identification, IdentityClaim, PhoneOffer, PhoneOrder, PhoneState,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::http::HttpService;

/// ЦОИД over HTTP.
pub struct HttpIdentification(pub HttpService);

#[derive(Serialize)]
struct Claim<'a> {
    check: Uuid,
    iin: &'a str,
    surname: &'a str,
    given_name: &'a str,
    patronymic: Option<&'a str>,
    portrait_png_base64: &'a str,
}

#[derive(Serialize)]
struct Order<'a> {
    iin: &'a str,
    life_seconds: u32,
}

/// Whether a datum is the state's, as it is written.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WireOutcome {
    Match,
    Mismatch,
    Unknown,
}

impl From<WireOutcome> for senim_gateway_core::connectors::Outcome {
    fn from(wire: WireOutcome) -> Self {
        match wire {
            WireOutcome::Match => Self::Match,
            WireOutcome::Mismatch => Self::Mismatch,
            WireOutcome::Unknown => Self::Unknown,
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    check: Uuid,
    iin: Secret,
    result: Secret,
}

#[derive(Deserialize)]
struct Offer {
    check: Uuid,
    qr: Secret,
    expires_ms: i64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Waiting,
    Done,
    Declined,
    Expired,
    Canceled,
}

#[derive(Deserialize)]
struct Stands {
    check: Uuid,
    state: State,
    answer: Option<Answer>,
}

impl HttpIdentification {
    fn result(&self, check: Uuid, iin: &Secret, found: Answer) -> Result<Secret, ConnectorError> {
        Ok(self.0.about(found.check == check && found.iin == *iin, found)?.result)
    }
}

impl Identification for HttpIdentification {
    fn check(&self, claim: &IdentityClaim) -> Result<Secret, ConnectorError> {
        let portrait = Zeroizing::new(STANDARD.encode(claim.portrait.expose()));
        let asked = Claim {
            check: claim.check,
            iin: claim.iin.expose(),
            surname: claim.surname.expose(),
            given_name: claim.given_name.expose(),
            patronymic: claim.patronymic.as_ref().map(Secret::expose),
            portrait_png_base64: &portrait,
        };
        self.result(claim.check, &claim.iin, self.0.ask("/coid/checks", &asked)?)
    }

    fn begin(&self, order: &PhoneOrder) -> Result<PhoneOffer, ConnectorError> {
        let asked = Order { iin: order.iin.expose(), life_seconds: order.life_seconds };
        let found: Offer = self.0.put(&format!("/coid/phones/{}", order.check), order.check, &asked)?;
        let found = self.0.about(found.check == order.check, found)?;
        Ok(PhoneOffer { qr: found.qr, expires: UtcMillis(found.expires_ms) })
    }

    fn state(&self, check: Uuid) -> Result<PhoneState, ConnectorError> {
        let found: Stands = self.0.get(&format!("/coid/phones/{check}"))?;
        let found = self.0.about(found.check == check, found)?;
        match (found.state, found.answer) {
            (State::Done, Some(answer)) => Ok(PhoneState::Done(answer.result)),
            (State::Done, None) => Err(self.0.unavailable("its answer is not as agreed")),
            (State::Waiting, _) => Ok(PhoneState::Waiting),
            (State::Declined, _) => Ok(PhoneState::Declined),
            (State::Expired, _) => Ok(PhoneState::Expired),
            (State::Canceled, _) => Ok(PhoneState::Cancelled),
        }
    }

    fn cancel(&self, check: Uuid) -> Result<(), ConnectorError> {
        let found: Stands = self.0.delete(&format!("/coid/phones/{check}"))?;
        self.0.about(found.check == check, ())
    }
}
