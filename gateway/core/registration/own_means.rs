//! Method 2: consent is obtained here, and the state service is asked with a verification token that the organisation
//! signed (S004 p.4(2), p.7(8), p.10; ).
//!
//! Only under the agreement that the rule pack names. The person signs the consent itself, with data and period in it, by
//! their own electronic signature: nobody's but theirs counts. Asked the first time, the gateway lays the text out; asked
//! again, once it is signed and in time, it asks the state service, once for each row.

use senim_domain::rule_pack::{AccessMethod, ConsentKind, RulePack};
use senim_domain::{Language, RegistrationId, Secret, calendar, ids, written};
use senim_operation::body::AccessRequested;
use senim_operation::jws::sha256_b64;
use senim_operation::message::{MessageBody, RegistrationRefusal};
use senim_operation::signature::SignaturePurpose;

use super::record::{Access, OwnConsent, Registration};
use super::{of_service, refused};
use crate::acting::Act;
use crate::connectors::{AccessRequest, AccessRequestId, AccessStart};
use crate::error::GatewayError;
use crate::later;
use crate::openings::Purpose;
use crate::store::Versioned;

impl Act<'_> {
    /// The text to be signed, or, where it is signed, the person's data.
    pub(super) fn own_consent(
        &mut self,
        id: RegistrationId,
        mut registration: Versioned<Registration>,
        body: &AccessRequested,
        pack: &RulePack,
    ) -> Result<MessageBody, GatewayError> {
        let no = |reason| Ok(refused(id, reason, false));
        // Without the services for signatures nobody signs, and nobody has agreed.
        if self.gateway.connectors.eds().is_err() {
            return no(RegistrationRefusal::NotSigned);
        }
        let sealed = registration.value.iin_sealed.clone();
        let Some(iin) = self.open_part(id, "iin", &sealed, Purpose::Registration)? else {
            return no(RegistrationRefusal::NotAvailable);
        };
        let Some(statement) = statement(id, &registration.value, &iin, pack) else {
            return no(RegistrationRefusal::NoConsent);
        };
        let sha256 = sha256_b64(statement.expose().as_bytes());
        let purpose = SignaturePurpose::DataAccess;
        let Some(signature) = self.signature_of(purpose, &sha256) else {
            let seconds = pack.access.wait_seconds.saturating_add(pack.otp.signing_seconds);
            registration.value.access = Some(Access {
                method: AccessMethod::OwnMeans,
                request: AccessRequestId(self.envelope.op_id.to_string()),
                expires: later(self.now, seconds),
                tries_left: 0,
                handed_over: None,
            });
            let place = (self.terminal, self.session_id);
            let (gateway, now) = (self.gateway, self.now);
            gateway.lay_out_with(place, None, purpose, statement.expose(), now, &mut self.changes)?;
            self.keep(id, &registration)?;
            return Ok(MessageBody::StatementToSign {
                registration: id,
                statement,
                statement_sha256: sha256,
                language: registration.value.language,
            });
        };
        let asked = registration.value.access.as_ref();
        let waited = asked.filter(|asked| asked.method == AccessMethod::OwnMeans);
        if waited.is_none_or(|waited| self.now >= waited.expires) {
            return no(RegistrationRefusal::AccessTimedOut);
        }
        let Some(organisation) = &self.gateway.connectors.organisation else {
            return no(RegistrationRefusal::MethodNotAllowed);
        };
        let number = self.envelope.op_id.0;
        let verification = organisation.prove(&iin, &body.directory_id, number, self.now)?;
        registration.value.own_consent = Some(OwnConsent {
            statement_sha256: sha256,
            signature,
            verification_sha256: sha256_b64(verification.0.expose().as_bytes()),
            at: self.now,
            op_id: self.envelope.op_id,
        });
        let request = AccessRequest {
            number,
            iin,
            directory_id: body.directory_id.clone(),
            method: AccessMethod::OwnMeans,
            verification: Some(verification),
        };
        match self.gateway.connectors.personal_data().and_then(|kdp| kdp.start(&request)) {
            Ok(AccessStart::Granted(token)) => self.granted(id, registration, &token),
            Ok(AccessStart::Waiting(_) | AccessStart::AlreadyInProcess(_) | AccessStart::NoBmgNumber) => {
                tracing::error!("the state service wants to ask a person who has agreed here");
                no(RegistrationRefusal::NotAvailable)
            }
            Err(error) => no(of_service(&error)),
        }
    }
}

/// The consent as it is signed: the very text that was shown, then who agrees and by which way. The same each time.
fn statement(
    id: RegistrationId,
    registration: &Registration,
    iin: &Secret,
    pack: &RulePack,
) -> Option<Secret> {
    let language = registration.language;
    let [agree, iin_label, day, number] = labels(language);
    let date = calendar::local_date(registration.begun).map(written::date).unwrap_or_default();
    // Room for any such text, so that growing leaves no copy behind.
    let mut text = String::with_capacity(16_384);
    text.push_str(&pack.consent(ConsentKind::StateData)?.document(language));
    for part in
        ["\n\n", agree, "\n\n", iin_label, ": ", iin.expose(), "\n", day, ": ", &date, "\n", number, ": "]
    {
        text.push_str(part);
    }
    text.push_str(&ids::reference(&id));
    text.push('\n');
    Some(Secret::new(text))
}

const fn labels(language: Language) -> [&'static str; 4] {
    match language {
        Language::Kk => {
            ["Осы деректерге осы мерзімге қол жеткізуге келісемін.", "ЖСН", "Күні", "Тіркеу нөмірі"]
        }
        Language::Ru => {
            ["Даю согласие на доступ к этим данным на этот срок.", "ИИН", "Дата", "Номер регистрации"]
        }
        Language::En => {
            ["I agree to access to these data for this period.", "IIN", "Date", "Registration number"]
        }
    }
}
