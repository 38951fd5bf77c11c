//! Comparison of name, IIN and portrait, each with its own outcome and the evidence of who compared (R-032, R-034, B14).

use senim_domain::{RegistrationId, Secret};
use senim_operation::biometric::BiometricCheck;
use senim_operation::body::FaceCaptured;
use senim_operation::message::{Comparison, MessageBody, RegistrationRefusal};

use super::number::comparison;
use super::record::{Authentication, PersonSet};
use super::{of_service, refused};
use crate::acting::Act;
use crate::connectors::{FaceVerdict, IdentityClaim, IdentityFindings, Outcome};
use crate::error::GatewayError;
use crate::openings::Purpose;
use crate::results::{Judged, JudgedBy};

const fn photo(verdict: FaceVerdict) -> Comparison {
    match verdict {
        FaceVerdict::Same => Comparison::Match,
        FaceVerdict::Other => Comparison::Mismatch,
        FaceVerdict::Unusable => Comparison::Unknown,
    }
}

/// The first thing that is not the state's, as a code.
fn differs(findings: &IdentityFindings) -> &'static str {
    match (findings.iin, findings.name, findings.portrait) {
        (Outcome::Mismatch | Outcome::Unknown, _, _) => "iin",
        (Outcome::Match, Outcome::Mismatch | Outcome::Unknown, _) => "name",
        (Outcome::Match, Outcome::Match, FaceVerdict::Unusable) => "unusable",
        (Outcome::Match, Outcome::Match, FaceVerdict::Other | FaceVerdict::Same) => "noMatch",
    }
}

impl Act<'_> {
    pub(crate) fn applicant_captured(
        &mut self,
        id: RegistrationId,
        body: &FaceCaptured,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let no = |reason| Ok(refused(id, reason, false));
        let mut registration = match self.own_registration(id)? {
            Ok(registration) if registration.value.has_number() => registration,
            Ok(_) => return no(RegistrationRefusal::NotAvailable),
            Err(reason) => return no(reason),
        };
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return no(RegistrationRefusal::TryLater);
        };
        let tries = u32::from(pack.portrait.tries);
        let alive = self.is_alive(body);
        if !alive || self.session.face_failures >= tries {
            tracing::warn!(terminal = %self.terminal, alive, "portrait not compared");
            return no(RegistrationRefusal::PictureNotUsable);
        }
        match self.consent_stands(&registration.value)? {
            Ok(true) => {}
            Ok(false) => return no(RegistrationRefusal::AccessRefused),
            Err(reason) => return no(reason),
        }
        let Some(person) = self.person_of(id, registration.value.person_sealed.as_deref())? else {
            return no(RegistrationRefusal::NotAvailable);
        };
        let Some(portrait) = self.open_sealed(attachment, Purpose::Face)? else {
            return no(RegistrationRefusal::PictureNotUsable);
        };
        let claim = IdentityClaim {
            check: self.envelope.op_id.0,
            iin: person.iin.clone(),
            surname: person.surname.clone(),
            given_name: person.given_name.clone(),
            patronymic: person.patronymic(),
            portrait,
        };
        let centre = self.gateway.connectors.identification();
        let asked = centre.map_err(Into::into).and_then(|centre| centre.check(&claim, self.now));
        let findings = match asked {
            Ok(findings) => findings,
            Err(error) => return no(of_service(&self.of_centre(error)?)),
        };
        let part = format!("evidence-{}", self.message_id);
        let Some(evidence_sealed) = self.seal_part(id, &part, &findings.result.document)? else {
            return no(RegistrationRefusal::NotAvailable);
        };
        if !findings.all_agree() {
            self.session.face_failures = self.session.face_failures.saturating_add(1);
        }
        let found = Authentication {
            check: self.message_id,
            name: comparison(findings.name),
            iin: comparison(findings.iin),
            photo: photo(findings.portrait),
            report_id: findings.result.report_id.clone(),
            evidence_sealed,
            portrait_sha256: attachment.to_owned(),
            terminal: self.terminal.clone(),
            at: self.now,
        };
        let outcome = if findings.all_agree() { Ok(()) } else { Err(differs(&findings)) };
        self.result_of(Judged {
            check: BiometricCheck::Identity,
            subject: body.subject,
            client: None,
            outcome: outcome.map_err(str::to_owned),
            by: JudgedBy::Centre(Box::new(findings.result), None),
            evidence: Some(attachment.to_owned()),
        })?;
        let reply = MessageBody::AuthenticationResult {
            registration: id,
            name: found.name,
            iin: found.iin,
            photo: found.photo,
            attempts_left: tries.saturating_sub(self.session.face_failures),
        };
        registration.value.authentications.push(found);
        self.keep(id, &registration)?;
        Ok(reply)
    }

    /// The identification data set, opened.
    pub(super) fn person_of(
        &self,
        id: RegistrationId,
        sealed: Option<&str>,
    ) -> Result<Option<PersonSet>, GatewayError> {
        let Some(sealed) = sealed else { return Ok(None) };
        let text: Option<Secret> = self.open_part(id, "person", sealed, Purpose::Registration)?;
        Ok(text.and_then(|text| PersonSet::read(&text)))
    }
}
