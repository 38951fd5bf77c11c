//! КДП over SOAP, as the State Credit Bureau publishes it (B13); names beyond its description are those of
//! `gateway/api/kdp.json`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use senim_domain::{Secret, UtcMillis};
use senim_gateway_core::connectors::{
    AccessAnswer, AccessRequest, AccessRequestId, AccessStart, CodeOutcome, ConnectorError, IdentityDocument,
    PersonAnswer, PersonRecord, PersonalData, RevocationApplication, RevocationDecision, SecurityToken,
    TokenRejection, TokenStatus,
};
use zeroize::Zeroizing;

use super::http::{HttpService, Outgoing, Repeat, is_word, known};
use super::soap::{self, Answer, Fields};
use crate::clock::now;

const PATH: &str = "/gbdServices/PersonalDataAccessControlImplService";
const ANSWER_BYTES_MAX: u64 = 1 << 20;
const ACCESS: &str = "getPersonDataAccessControl";

/// What proves the MFO to the state service.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// Login of the information system.
    pub login: String,
    /// Its password.
    pub password: Secret,
    /// Its authentication token.
    pub authentication_token: Secret,
    /// BIN.
    pub bin: String,
}

/// КДП over SOAP.
pub struct HttpPersonalData {
    service: HttpService,
    authentication_token: Secret,
    bin: String,
}

impl HttpPersonalData {
    /// КДП at an address, asked by this organisation.
    #[must_use]
    pub fn new(base: &str, timeout: Duration, per_second: u32, who: &Organisation) -> Self {
        let pair = Zeroizing::new(format!("{}:{}", who.login, who.password.expose()));
        let basic = Secret::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
        Self {
            service: HttpService::new("personal data", base, timeout)
                .with_rate(per_second)
                .with_authorization(basic),
            authentication_token: who.authentication_token.clone(),
            bin: who.bin.clone(),
        }
    }

    fn call(
        &self,
        operation: &str,
        fields: &[(&str, &str)],
        repeat: Repeat,
    ) -> Result<Fields, ConnectorError> {
        let header =
            [("authenticationToken", self.authentication_token.expose()), ("companyBin", self.bin.as_str())];
        let outgoing = Outgoing {
            method: "POST",
            path: PATH,
            content_type: "text/xml; charset=utf-8",
            body: Some(Zeroizing::new(soap::write(&header, operation, fields).as_bytes().to_vec())),
            key: None,
            repeat,
            bytes_max: ANSWER_BYTES_MAX,
        };
        let service = &self.service;
        let incoming = service.exchange(&outgoing, |incoming| {
            match (incoming.status, soap::read(incoming.text().unwrap_or_default(), operation)) {
                (200 | 500, Some(Answer::Fault { client: true, text })) if is_word(&text) => {
                    Err(service.refusal(text))
                }
                (200, Some(Answer::Response(_))) => Ok(()),
                (200, _) => Err(service.unavailable("its answer is not as agreed")),
                (status, _) => Err(service.unavailable(&format!("status {status}"))),
            }
        })?;
        match soap::read(incoming.text().unwrap_or_default(), operation) {
            Some(Answer::Response(fields)) => Ok(fields),
            Some(Answer::Fault { .. }) | None => Err(self.otherwise()),
        }
    }

    fn otherwise(&self) -> ConnectorError {
        self.service.unavailable("its answer is not as agreed")
    }

    fn request_id(&self, fields: &Fields) -> Result<AccessRequestId, ConnectorError> {
        let id = fields.text("requestId").filter(|id| super::http::is_report(id));
        id.map(|id| AccessRequestId(id.to_owned())).ok_or_else(|| self.otherwise())
    }

    fn token(&self, fields: &mut Fields) -> Result<SecurityToken, ConnectorError> {
        fields.take("securityToken").and_then(SecurityToken::read).ok_or_else(|| self.otherwise())
    }

    fn moment(&self, text: Option<&str>) -> Result<UtcMillis, ConnectorError> {
        let read = text.and_then(|text| text.parse::<Timestamp>().ok());
        read.map(|at| UtcMillis(at.as_millisecond())).ok_or_else(|| self.otherwise())
    }
}

fn written(at: UtcMillis) -> String {
    Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

impl PersonalData for HttpPersonalData {
    fn start(&self, request: &AccessRequest) -> Result<AccessStart, ConnectorError> {
        let number = request.number.to_string();
        let method = request.method.number().to_string();
        let date = written(now());
        let mut fields = vec![
            ("requestNumber", number.as_str()),
            ("uin", request.iin.expose()),
            ("company_bin", &self.bin),
            ("access_name", &request.directory_id),
            ("method", &method),
            ("requestDate", &date),
        ];
        if let Some(verification) = &request.verification {
            fields.push(("verificationToken", verification.0.expose()));
        }
        let mut answer = self.call(ACCESS, &fields, Repeat::Harmless)?;
        match answer.text("status") {
            Some("WAITING") => self.request_id(&answer).map(AccessStart::Waiting),
            Some("IN_PROCESS") => self.request_id(&answer).map(AccessStart::AlreadyInProcess),
            Some("NO_BMG_NUMBER") => Ok(AccessStart::NoBmgNumber),
            Some("VALID") => self.token(&mut answer).map(AccessStart::Granted),
            Some(_) | None => Err(self.otherwise()),
        }
    }

    fn submit_code(&self, request: &AccessRequestId, code: &Secret) -> Result<CodeOutcome, ConnectorError> {
        let fields = [("requestId", request.0.as_str()), ("code", code.expose())];
        let mut answer = self.call(ACCESS, &fields, Repeat::Never)?;
        match answer.text("status") {
            Some("VALID") => self.token(&mut answer).map(CodeOutcome::Granted),
            Some("WRONG_CODE") => {
                let left = answer.text("triesLeft").and_then(|text| text.parse().ok());
                left.map(|tries_left| CodeOutcome::Wrong { tries_left }).ok_or_else(|| self.otherwise())
            }
            Some("EXPIRED") => Ok(CodeOutcome::Expired),
            Some("REFUSED") => Ok(CodeOutcome::Refused),
            Some(_) | None => Err(self.otherwise()),
        }
    }

    fn answer(&self, request: &AccessRequestId) -> Result<AccessAnswer, ConnectorError> {
        let mut answer = self.call(ACCESS, &[("requestId", request.0.as_str())], Repeat::Harmless)?;
        match answer.text("status") {
            Some("WAITING") => Ok(AccessAnswer::Waiting),
            Some("VALID") => self.token(&mut answer).map(AccessAnswer::Agreed),
            Some("REFUSED") => Ok(AccessAnswer::Refused),
            Some("EXPIRED") => Ok(AccessAnswer::TimedOut),
            Some(_) | None => Err(self.otherwise()),
        }
    }

    fn cancel(&self, request: &AccessRequestId) -> Result<(), ConnectorError> {
        let fields = [("requestId", request.0.as_str())];
        self.call("cancelPersonDataAccessControl", &fields, Repeat::Harmless).map(drop)
    }

    fn person(&self, iin: &Secret, token: &SecurityToken) -> Result<PersonAnswer, ConnectorError> {
        let fields = [("uin", iin.expose()), ("securityToken", token.jwt.expose())];
        let mut answer = self.call("getPerson", &fields, Repeat::Harmless)?;
        if answer.text("status") == Some("REJECTED") {
            return match answer.text("reason") {
                Some("REVOKED") => Ok(PersonAnswer::Rejected(TokenRejection::Revoked)),
                Some("EXPIRED") => Ok(PersonAnswer::Rejected(TokenRejection::Expired)),
                Some("MISMATCH") => Ok(PersonAnswer::Rejected(TokenRejection::Mismatch)),
                Some(_) | None => Err(self.otherwise()),
            };
        }
        let found = answer.text("status") == Some("FOUND");
        let theirs = answer.take("uin");
        self.service.about(!found || theirs.as_ref() == Some(iin), ())?;
        let patronymic = answer.take("patronymic").filter(|text| !text.is_empty());
        let kind = answer.text("documentType").map(str::to_owned);
        let expires = answer.text("documentExpires").map(str::to_owned);
        let record = match (
            theirs,
            answer.take("surname"),
            answer.take("name"),
            kind,
            answer.take("documentNumber"),
            expires,
        ) {
            (Some(iin), Some(surname), Some(given_name), Some(kind), Some(number), Some(expires))
                if found =>
            {
                let document = IdentityDocument { kind, number, expires };
                PersonRecord { iin, surname, given_name, patronymic, document }
            }
            _ => return Err(self.otherwise()),
        };
        Ok(PersonAnswer::Record(Box::new(record)))
    }

    fn token_status(&self, jti: &str) -> Result<Option<TokenStatus>, ConnectorError> {
        let answer = self.call("getTokenStatus", &[("tokenId", jti)], Repeat::Harmless);
        let Some(answer) = known(answer, "token_unknown")? else { return Ok(None) };
        match answer.text("status") {
            Some("ACTIVE") => Ok(Some(TokenStatus::Active)),
            Some("NOT_ACTIVE") => Ok(Some(TokenStatus::NotActive)),
            Some("EXPIRED") => Ok(Some(TokenStatus::Expired)),
            Some("UNDER_REVIEW") => {
                self.moment(answer.text("until")).map(|until| Some(TokenStatus::UnderReview { until }))
            }
            Some(_) | None => Err(self.otherwise()),
        }
    }

    fn revocations(&self) -> Result<Vec<RevocationApplication>, ConnectorError> {
        let answer = self.call("getRevocationApplications", &[], Repeat::Harmless)?;
        answer
            .groups()
            .iter()
            .map(|one| {
                let (number, jti) = (one.text("number"), one.text("tokenId"));
                let (application, jti) = number.zip(jti).ok_or_else(|| self.otherwise())?;
                Ok(RevocationApplication {
                    application: application.to_owned(),
                    jti: jti.to_owned(),
                    received: self.moment(one.text("received"))?,
                    until: self.moment(one.text("until"))?,
                })
            })
            .collect()
    }

    fn decide_revocation(
        &self,
        application: &str,
        decision: &RevocationDecision,
    ) -> Result<(), ConnectorError> {
        let mut fields = vec![("number", application)];
        match decision {
            RevocationDecision::Revoke => fields.push(("decision", "REVOKE")),
            RevocationDecision::Keep(ground) => fields.extend([
                ("decision", "KEEP"),
                ("groundType", ground.ground_type.as_str()),
                ("documentNumber", &ground.doc_number),
                ("documentDate", &ground.doc_date),
                ("documentName", &ground.doc_name),
            ]),
        }
        self.call("setRevocationDecision", &fields, Repeat::Harmless).map(drop)
    }
}
