//! The traits over the model: faults, and what a person's consent opens.

use senim_domain::{Secret, UtcMillis};
use senim_gateway_core::connectors::{
    AccessMethod, AccessRequest, AccessStart, CodeOutcome, ConnectorError, CoreLending as _, PersonAnswer,
    PersonalData as _, TokenRejection, TokenStatus, VerificationClaims, VerificationToken,
};
use senim_operation::signer::{RamKey, Signer as _};
use senim_world::model::token::Jwk;
use uuid::Uuid;

use super::*;

const MAN: &str = "900514300002";
const NOON: UtcMillis = UtcMillis(1_772_434_800_000);

fn behind() -> Behind {
    let behind = Behind::default();
    behind.set_now(NOON);
    behind
}

fn request(number: u128, method: AccessMethod) -> AccessRequest {
    AccessRequest {
        number: Uuid::from_u128(number),
        iin: Secret::new(MAN.into()),
        directory_id: "MFO-LOAN-1".into(),
        method,
        verification: None,
    }
}

#[test]
fn a_service_can_be_away_or_lose_its_answer_after_the_work() {
    let behind = behind();
    behind.state(|state| state.down.insert("core"));
    let iin = Secret::new(MAN.into());
    assert!(matches!(behind.client_by_iin(&iin), Err(ConnectorError::Unavailable { .. })));
    behind.state(|state| {
        state.down.clear();
        state.loses_reply.insert("kdp");
    });
    assert!(behind.client_by_iin(&iin).unwrap().is_some());
    let request = request(1, AccessMethod::OneTimeCode);
    assert!(matches!(behind.start(&request), Err(ConnectorError::Unavailable { .. })));
    assert!(matches!(behind.start(&request), Ok(AccessStart::Waiting(_))));
    assert_eq!(behind.state(|state| state.model.inbox().len()), 1);
}

#[test]
fn a_consent_opens_data_until_it_is_revoked() {
    let behind = behind();
    let Ok(AccessStart::Waiting(id)) = behind.start(&request(1, AccessMethod::OneTimeCode)) else {
        panic!("not waiting")
    };
    let wrong = behind.submit_code(&id, &Secret::new("0".into())).unwrap();
    assert!(matches!(wrong, CodeOutcome::Wrong { tries_left: 2 }));
    let code = Secret::new(behind.last_kdp_code().unwrap());
    let Ok(CodeOutcome::Granted(token)) = behind.submit_code(&id, &code) else { panic!("not granted") };
    let iin = Secret::new(MAN.into());
    let person = || behind.person(&iin, &token).unwrap();
    assert!(matches!(person(), PersonAnswer::Record(record) if record.surname.expose() == "Серікбаев"));
    assert_eq!(behind.token_status(&token.jti).unwrap(), Some(TokenStatus::Active));
    behind.state(|state| state.model.revoke(&token.jti)).unwrap();
    assert_eq!(behind.token_status(&token.jti).unwrap(), Some(TokenStatus::NotActive));
    assert!(matches!(person(), PersonAnswer::Rejected(TokenRejection::Revoked)));
    assert_eq!(behind.token_status("C-9").unwrap(), None);
}

#[test]
fn a_verification_token_that_the_gateway_signs_passes_the_state_services_checks() {
    let behind = behind();
    let (key, _) = RamKey::generate().unwrap();
    let (x, y) = key.public_jwk().coordinates();
    let jwk = Jwk { kty: "EC".into(), crv: "P-256".into(), x, y };
    behind.state(|state| state.model.state_service().signing_key = Some(jwk));
    let claims = VerificationClaims {
        bin: "990140004654".into(),
        method: AccessMethod::OwnMeans,
        directory_id: "MFO-LOAN-1".into(),
        request: Uuid::from_u128(1),
        at: NOON,
    };
    let iin = Secret::new(MAN.into());
    let signed =
        |claims: &VerificationClaims, iin: &Secret| VerificationToken::sign(claims, iin, &key).unwrap();
    let tried = |number, token| {
        let verification = Some(token);
        behind.start(&AccessRequest { verification, ..request(number, AccessMethod::OwnMeans) })
    };
    assert!(matches!(tried(1, signed(&claims, &iin)), Ok(AccessStart::Granted(_))));
    let others = signed(&claims, &Secret::new("911231400005".into()));
    let refused = tried(2, others).unwrap_err();
    assert!(matches!(refused, ConnectorError::Refused { code, .. } if code == "verification_iin"));
}
