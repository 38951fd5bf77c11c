//! ЦОИД behind its trait, and its hand for fakes that decide themselves what it finds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{Secret, SecretBytes, UtcMillis};
use senim_gateway_core::connectors::{
    Centre, ConnectorError, FaceVerdict, Identification, IdentityClaim, Outcome, PhoneOffer, PhoneOrder,
    PhoneState,
};
use senim_operation::jws::sha256_b64;
use senim_operation::trust::Trust;
use senim_pki::centre::{CENTRE_NAME, Hand};
use senim_world::model::coid::phones::{Order, State as Stands};
use senim_world::model::coid::{self, Compared, Name, Portrait};
use serde_json::json;
use uuid::Uuid;

use crate::Behind;

/// A centre that is known by the key of the simulated one.
#[must_use]
pub fn centre(service: Box<dyn Identification>) -> Centre {
    let root = STANDARD.encode(senim_pki::centre::Centre::new().unwrap().root());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{root}\n-----END CERTIFICATE-----\n");
    Centre::new(service, Trust::from_pem(&pem).unwrap(), CENTRE_NAME.to_owned())
}

const fn outcome(outcome: Outcome) -> coid::Outcome {
    match outcome {
        Outcome::Match => coid::Outcome::Match,
        Outcome::Mismatch => coid::Outcome::Mismatch,
        Outcome::Unknown => coid::Outcome::Unknown,
    }
}

const fn portrait(verdict: FaceVerdict) -> Portrait {
    match verdict {
        FaceVerdict::Same => Portrait::SamePerson,
        FaceVerdict::Other => Portrait::OtherPerson,
        FaceVerdict::Unusable => Portrait::Unusable,
    }
}

const fn likeness(verdict: FaceVerdict) -> u16 {
    match verdict {
        FaceVerdict::Same => 940,
        FaceVerdict::Other => 180,
        FaceVerdict::Unusable => 0,
    }
}

/// The centre's result on a claim, found so.
#[must_use]
pub fn signed_result(
    claim: &IdentityClaim,
    (name, number, verdict): (Outcome, Outcome, FaceVerdict),
    report_id: &str,
    at: UtcMillis,
) -> Secret {
    let found = json!({
        "ver": 1, "kind": "identity", "check": claim.check, "iin": claim.iin.expose(),
        "name": outcome(name), "number": outcome(number), "portrait": portrait(verdict),
        "portrait_sha256": sha256_b64(claim.portrait.expose()), "score_permille": likeness(verdict),
        "threshold_permille": 700, "report_id": report_id, "model": "fake/1", "at_ms": at.0,
    });
    let centre = senim_pki::centre::Centre::new().unwrap();
    Secret::new(centre.sign(found.to_string().as_bytes(), Hand::Own).unwrap())
}

fn compared(picture: &SecretBytes, verdict: FaceVerdict) -> (String, Portrait, u16) {
    (sha256_b64(picture.expose()), portrait(verdict), likeness(verdict))
}

impl Identification for Behind {
    fn check(&self, claim: &IdentityClaim) -> Result<Secret, ConnectorError> {
        let found = self.ask("coid", |state| {
            let name = Name {
                surname: claim.surname.expose(),
                given_name: claim.given_name.expose(),
                patronymic: claim.patronymic.as_ref().map(Secret::expose),
            };
            let (sha256, portrait, score_permille) = compared(&claim.portrait, state.face);
            let compared = Compared { sha256: &sha256, portrait, score_permille };
            state.model.coid_check(claim.check, claim.iin.expose(), &name, compared)
        })?;
        Ok(Secret::new(found.result))
    }

    fn begin(&self, order: &PhoneOrder) -> Result<PhoneOffer, ConnectorError> {
        let (iin, life_seconds) = (order.iin.expose().to_owned(), order.life_seconds);
        let offer =
            self.ask("coid", |state| state.model.begin_check(order.check, &Order { iin, life_seconds }))?;
        Ok(PhoneOffer { qr: Secret::new(offer.qr), expires: UtcMillis(offer.expires_ms) })
    }

    fn state(&self, check: Uuid) -> Result<PhoneState, ConnectorError> {
        let stands = self.ask("coid", |state| state.model.phone_check(check))?;
        Ok(match (stands.state, stands.answer) {
            (Stands::Done, Some(answer)) => PhoneState::Done(Secret::new(answer.result)),
            (Stands::Waiting | Stands::Done, _) => PhoneState::Waiting,
            (Stands::Declined, _) => PhoneState::Declined,
            (Stands::Expired, _) => PhoneState::Expired,
            (Stands::Canceled, _) => PhoneState::Cancelled,
        })
    }

    fn cancel(&self, check: Uuid) -> Result<(), ConnectorError> {
        self.ask("coid", |state| state.model.cancel_check(check)).map(drop)
    }
}
