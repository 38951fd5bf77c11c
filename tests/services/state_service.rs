//! КДП behind its trait, with the right credentials of the one organisation that the world knows.

use senim_domain::{Secret, UtcMillis};
use senim_gateway_core::connectors::{
    AccessAnswer, AccessRequest, AccessRequestId, AccessStart, CodeOutcome, ConnectorError, PersonAnswer,
    PersonRecord, PersonalData, RevocationApplication, RevocationDecision, SecurityToken, TokenRejection,
    TokenStatus,
};
use senim_world::model::kdp::{Answered, Decision, Initiator, Rejected, Request, Started, Status};

use crate::core_lending::document;
use crate::{Behind, known, secret};

const KDP: &str = "kdp";

fn token(jwt: &str) -> SecurityToken {
    SecurityToken::read(secret(jwt)).unwrap()
}

impl PersonalData for Behind {
    fn start(&self, request: &AccessRequest) -> Result<AccessStart, ConnectorError> {
        let started = self.ask(KDP, |state| {
            let who = Initiator::known();
            let asked = Request {
                number: request.number,
                iin: request.iin.expose().to_owned(),
                bin: who.bin.clone(),
                directory_id: request.directory_id.clone(),
                method: request.method.number(),
                date_ms: state.model.now(),
                verification: request.verification.as_ref().map(|token| token.0.expose().to_owned()),
            };
            state.model.kdp_start(&who, &asked)
        })?;
        Ok(match started {
            Started::Waiting(id) => AccessStart::Waiting(AccessRequestId(id)),
            Started::InProcess(id) => AccessStart::AlreadyInProcess(AccessRequestId(id)),
            Started::NoBmgNumber => AccessStart::NoBmgNumber,
            Started::Granted(jwt) => AccessStart::Granted(token(&jwt)),
        })
    }
    fn submit_code(&self, request: &AccessRequestId, code: &Secret) -> Result<CodeOutcome, ConnectorError> {
        let answered =
            self.ask(KDP, |state| state.model.kdp_code(&Initiator::known(), &request.0, code.expose()))?;
        Ok(match answered {
            Answered::Granted(jwt) => CodeOutcome::Granted(token(&jwt)),
            Answered::Wrong(tries_left) => CodeOutcome::Wrong { tries_left },
            Answered::Expired => CodeOutcome::Expired,
            Answered::Refused | Answered::Waiting => CodeOutcome::Refused,
        })
    }
    fn answer(&self, request: &AccessRequestId) -> Result<AccessAnswer, ConnectorError> {
        let answered = self.ask(KDP, |state| state.model.kdp_answer(&Initiator::known(), &request.0))?;
        Ok(match answered {
            Answered::Waiting => AccessAnswer::Waiting,
            Answered::Granted(jwt) => AccessAnswer::Agreed(token(&jwt)),
            Answered::Refused | Answered::Wrong(_) => AccessAnswer::Refused,
            Answered::Expired => AccessAnswer::TimedOut,
        })
    }
    fn cancel(&self, request: &AccessRequestId) -> Result<(), ConnectorError> {
        self.ask(KDP, |state| state.model.kdp_cancel(&Initiator::known(), &request.0))
    }
    fn person(&self, iin: &Secret, token: &SecurityToken) -> Result<PersonAnswer, ConnectorError> {
        let answer = self.ask(KDP, |state| {
            state.model.kdp_person(&Initiator::known(), iin.expose(), token.jwt.expose())
        })?;
        Ok(match answer {
            Ok(record) => PersonAnswer::Record(Box::new(PersonRecord {
                iin: secret(&record.iin),
                surname: secret(&record.surname),
                given_name: secret(&record.given_name),
                patronymic: record.patronymic.as_deref().map(secret),
                document: document(&record.document),
            })),
            Err(Rejected::Revoked) => PersonAnswer::Rejected(TokenRejection::Revoked),
            Err(Rejected::Expired) => PersonAnswer::Rejected(TokenRejection::Expired),
            Err(Rejected::Mismatch) => PersonAnswer::Rejected(TokenRejection::Mismatch),
        })
    }
    fn token_status(&self, jti: &str) -> Result<Option<TokenStatus>, ConnectorError> {
        let status = self.ask(KDP, |state| state.model.kdp_status(&Initiator::known(), jti));
        Ok(known(status, "token_unknown")?.map(|status| match status {
            Status::Active => TokenStatus::Active,
            Status::UnderReview(until) => TokenStatus::UnderReview { until: UtcMillis(until) },
            Status::NotActive => TokenStatus::NotActive,
            Status::Expired => TokenStatus::Expired,
        }))
    }
    fn revocations(&self) -> Result<Vec<RevocationApplication>, ConnectorError> {
        let waiting = self.ask(KDP, |state| state.model.kdp_applications(&Initiator::known()))?;
        Ok(waiting
            .into_iter()
            .map(|one| RevocationApplication {
                application: one.number,
                jti: one.jti,
                received: UtcMillis(one.received_ms),
                until: UtcMillis(one.until_ms),
            })
            .collect())
    }
    fn decide_revocation(
        &self,
        application: &str,
        decision: &RevocationDecision,
    ) -> Result<(), ConnectorError> {
        let decided = match decision {
            RevocationDecision::Revoke => Decision::Revoke,
            RevocationDecision::Keep(ground) => Decision::Keep([
                ground.ground_type.clone(),
                ground.doc_number.clone(),
                ground.doc_date.clone(),
                ground.doc_name.clone(),
            ]),
        };
        self.ask(KDP, |state| state.model.kdp_decide(&Initiator::known(), application, &decided))
    }
}
