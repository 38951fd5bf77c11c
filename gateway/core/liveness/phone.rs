//! The proof in the identification centre's application on the client's own phone, where the rule pack asks for that instead of
//! a sequence before the camera (B14: FinID).
//!
//! A code is for one phone, once, and lives a few minutes. Who is before the phone is the centre's to find, and its signed
//! result alone counts: of this check, about this person, made since the code was asked for. The portrait that follows at the
//! terminal names the check. Nobody under age is sent to the centre.

use senim_domain::iin::Iin;
use senim_domain::rule_pack::LivenessRules;
use senim_domain::{
    ChallengeId, ClientId, OperationId, RegistrationId, Secret, SessionId, TerminalId, UtcMillis, calendar,
};
use senim_operation::biometric::BiometricCheck;
use senim_operation::body::{FaceSubject, LivenessAwaited};
use senim_operation::message::{LivenessRefusal, MessageBody, PhoneCheckOffered};
use serde::{Deserialize, Serialize};

use super::{Proven, refused};
use crate::Gateway;
use crate::acting::{Act, Acted};
use crate::actor::Actor;
use crate::connectors::{CentreError, CentreResult, FaceVerdict, PhoneOrder, PhoneState};
use crate::content_keys::Owner;
use crate::entropy::uuid;
use crate::error::{GatewayError, bad_directive};
use crate::later;
use crate::openings::Purpose;
use crate::registration::document_of;
use crate::results::{self, Judged, JudgedBy};
use crate::signing::unless_somebody_else_did;
use crate::store::{self, Collection, Expect};
use crate::vault::VaultError;

/// How long after a code's end a centre that does not answer is waited for.
const GRACE_MS: i64 = 60_000;
/// Age from which anybody may be sent to the centre, years.
const OF_AGE: u8 = 18;

/// A check on a phone that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PhoneAsked {
    /// What for.
    pub subject: FaceSubject,
    /// Which.
    pub check: ChallengeId,
    /// When it was asked for.
    pub begun: UtcMillis,
    /// End of its code.
    pub expires: UtcMillis,
}

/// The one that a visit waits for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct OpenPhoneCheck {
    check: ChallengeId,
}

/// The centre's own document, sealed under the key of whom it is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct KeptResult {
    subject: FaceSubject,
    client: Option<ClientId>,
    sealed: String,
}

fn place(row: &str) -> String {
    format!("centreResult/{row}")
}

fn open_key(terminal: &TerminalId, session: SessionId) -> String {
    format!("{terminal}/{session}")
}

impl Act<'_> {
    /// A code for the client's phone, or why there is none.
    pub(super) fn phone_requested(
        &mut self,
        subject: FaceSubject,
        rules: &LivenessRules,
        tries_left: u32,
    ) -> Result<MessageBody, GatewayError> {
        let no = |reason| Ok(refused(subject, None, reason, tries_left));
        let Ok(centre) = self.gateway.connectors.identification() else {
            tracing::error!(
                "the rule pack asks for checks on phones, and no identification centre is configured"
            );
            return no(LivenessRefusal::NotAvailable);
        };
        let Some(iin) = self.iin_before_phone(subject)? else { return no(LivenessRefusal::NotAvailable) };
        if let Some(before) = self.session.liveness.phone.take()
            && let Err(error) = centre.cancel(before.check.0)
        {
            tracing::warn!(%error, "check on a phone not given up");
        }
        let check = ChallengeId(uuid(self.gateway.entropy.as_ref(), self.now)?);
        let order = PhoneOrder { check: check.0, iin, life_seconds: rules.phone_seconds };
        let offer = match centre.begin(&order, self.now) {
            Ok(offer) => offer,
            Err(error) => {
                tracing::warn!(%error, "no code for a check on a phone");
                return no(LivenessRefusal::TryLater);
            }
        };
        let expires = offer.expires.min(later(self.now, rules.phone_seconds));
        self.session.liveness.phone = Some(PhoneAsked { subject, check, begun: self.now, expires });
        let key = open_key(self.terminal, self.session_id);
        let open = OpenPhoneCheck { check };
        self.changes.push(store::put(Collection::OpenPhoneCheck, &key, Expect::Any, &open)?);
        let life = expires.0.saturating_sub(self.now.0).max(0) / 1000;
        Ok(MessageBody::PhoneCheckOffered(Box::new(PhoneCheckOffered {
            subject,
            challenge: check,
            qr: offer.qr,
            life_seconds: u32::try_from(life).unwrap_or(rules.phone_seconds),
            tries_left,
        })))
    }

    /// The code is on the screen: the verdict, once there is one. What came to no verdict is a try, too.
    pub(crate) fn liveness_awaited(&mut self, body: &LivenessAwaited) -> Result<Acted, GatewayError> {
        let pack = self.gateway.rule_pack(self.now)?;
        let (tries, life) = pack.map_or((0, 0), |pack| (pack.liveness.tries, pack.portrait.life_seconds));
        let left = |failures| u32::from(tries).saturating_sub(failures);
        let asked = self.session.liveness.phone;
        let asked = asked.filter(|asked| asked.check == body.challenge && asked.subject == body.subject);
        let challenge = Some(body.challenge);
        let Some(asked) = asked else {
            let tries_left = left(self.session.liveness.failures);
            let reason = LivenessRefusal::OtherChallenge;
            return Ok(Acted::Done(Some(refused(body.subject, challenge, reason, tries_left))));
        };
        let Some(found) = self.phone_verdict(&asked)? else { return Ok(Acted::Waits) };
        self.session.liveness.phone = None;
        let key = open_key(self.terminal, self.session_id);
        self.changes.push(store::remove(Collection::OpenPhoneCheck, &key));
        let reason = match found {
            Ok(()) => {
                let until = later(self.now, life);
                let (subject, challenge) = (asked.subject, asked.check);
                self.session.liveness.proven = Some(Proven { subject, challenge, until });
                return Ok(Acted::Done(Some(MessageBody::LivenessConfirmed { challenge })));
            }
            Err(reason) => reason,
        };
        if reason != LivenessRefusal::TryLater {
            self.session.liveness.failures = self.session.liveness.failures.saturating_add(1);
        }
        let tries_left = left(self.session.liveness.failures);
        Ok(Acted::Done(Some(refused(body.subject, challenge, reason, tries_left))))
    }

    /// What came of a check; `None`: nothing yet.
    fn phone_verdict(
        &mut self,
        asked: &PhoneAsked,
    ) -> Result<Option<Result<(), LivenessRefusal>>, GatewayError> {
        let Ok(centre) = self.gateway.connectors.identification() else {
            return Ok(Some(Err(LivenessRefusal::NotAvailable)));
        };
        let document = match centre.state(asked.check.0) {
            Ok(PhoneState::Done(document)) => document,
            Ok(PhoneState::Declined) => return Ok(Some(Err(LivenessRefusal::Declined))),
            Ok(PhoneState::Waiting) if self.now < asked.expires => return Ok(None),
            Ok(PhoneState::Waiting | PhoneState::Expired | PhoneState::Cancelled) => {
                return Ok(Some(Err(LivenessRefusal::Expired)));
            }
            Err(error) => {
                tracing::warn!(%error, "identification centre not asked");
                let over = self.now.0 >= asked.expires.0.saturating_add(GRACE_MS);
                return Ok(over.then_some(Err(LivenessRefusal::TryLater)));
            }
        };
        let Some(iin) = self.iin_before_phone(asked.subject)? else {
            return Ok(Some(Err(LivenessRefusal::NotAvailable)));
        };
        let result = match centre.judge_phone(document, (asked.check.0, &iin), (asked.begun, self.now)) {
            Ok(result) => result,
            Err(flaw) => {
                self.of_centre(CentreError::Forged(flaw))?;
                return Ok(Some(Err(LivenessRefusal::NotConfirmed)));
            }
        };
        let outcome = judged(&result);
        self.keep_centre_result(asked.subject, &result)?;
        self.result_of(Judged {
            check: BiometricCheck::Phone,
            subject: asked.subject,
            client: self.session.client,
            outcome: outcome.map_err(|reason| results::reason(&reason)),
            by: JudgedBy::Centre(Box::new(result), Some(asked.check)),
            evidence: None,
        })?;
        Ok(Some(outcome))
    }

    /// The centre's own document names the person: it is kept sealed, as long as everything else of them.
    fn keep_centre_result(
        &mut self,
        subject: FaceSubject,
        result: &CentreResult,
    ) -> Result<(), GatewayError> {
        let row = self.envelope.op_id.to_string();
        let sealed = match (subject, self.session.client) {
            (FaceSubject::Registration(registration), _) => {
                self.seal_part(registration, &place(&row), &result.document)?
            }
            (_, Some(client)) => {
                let key = self.gateway.content_key_for_new(&Owner::client(client), &mut self.changes)?;
                let document = result.document.expose().as_bytes();
                Some(key.seal(&place(&row), document, self.gateway.entropy.as_ref())?)
            }
            (_, None) => None,
        };
        if let Some(sealed) = sealed {
            let kept = KeptResult { subject, client: self.session.client, sealed };
            self.changes.push(store::put(Collection::CentreResult, &row, Expect::Absent, &kept)?);
        }
        Ok(())
    }

    /// The IIN of whoever should be before the phone; `None`: nobody who may be sent to the centre.
    fn iin_before_phone(&self, subject: FaceSubject) -> Result<Option<Secret>, GatewayError> {
        let iin = match subject {
            FaceSubject::Registration(registration) => self.iin_of_applicant(registration)?,
            FaceSubject::Loan(_) | FaceSubject::Client(_) | FaceSubject::DataLeak(_) => {
                let attachment = self.session.iin_attachment.as_deref();
                let found = attachment.map(|attachment| self.sealed_iin(attachment, Purpose::Liveness));
                found.transpose()?.flatten()
            }
        };
        let today = calendar::local_date(self.now);
        let of_age = |iin: &Iin| today.and_then(|today| iin.age_on(today)).is_some_and(|age| age >= OF_AGE);
        Ok(iin.filter(of_age).map(Iin::into_secret))
    }

    fn iin_of_applicant(&self, id: RegistrationId) -> Result<Option<Iin>, GatewayError> {
        let Ok(registration) = self.own_registration(id)? else { return Ok(None) };
        let sealed = &registration.value.iin_sealed;
        let opened = self.open_part(id, "iin", sealed, Purpose::Liveness)?;
        Ok(opened.and_then(|iin| Iin::parse(iin.expose()).ok()))
    }
}

/// Somebody living, and the person.
const fn judged(result: &CentreResult) -> Result<(), LivenessRefusal> {
    match (result.portrait, result.living) {
        (FaceVerdict::Other, _) => Err(LivenessRefusal::OtherPerson),
        (FaceVerdict::Same, Some(true)) => Ok(()),
        (FaceVerdict::Same | FaceVerdict::Unusable, _) => Err(LivenessRefusal::NotShown),
    }
}

impl Gateway {
    /// Opens what the centre signed about a check on a phone for a person, who is counted.
    ///
    /// # Errors
    /// [`Refusal`](crate::Refusal) where there is none, where it is erased, and when too much was opened within the hour; or
    /// what [`GatewayError`] says.
    pub fn open_centre_result(
        &self,
        actor: &Actor,
        row: OperationId,
        now: UtcMillis,
    ) -> Result<Secret, GatewayError> {
        let not_here = || bad_directive("no result of a check on a phone is here for this row");
        let row = row.to_string();
        let kept = store::load::<KeptResult>(self.store.as_ref(), Collection::CentreResult, &row)?;
        let KeptResult { subject, client, sealed } = kept.ok_or_else(not_here)?.value;
        self.count_opening(actor, &place(&row), now)?;
        let opened = match (subject, client) {
            (FaceSubject::Registration(registration), _) => {
                let key = self.document_key(&document_of(registration))?;
                key.map(|key| key.open(&place(&row), &sealed)).transpose()?
            }
            (_, Some(client)) => {
                let key = self.content_key(&Owner::client(client))?;
                key.map(|key| key.open(&place(&row), &sealed)).transpose()?
            }
            (_, None) => None,
        };
        let opened = opened.ok_or_else(|| bad_directive("the result is erased"))?;
        let text = String::from_utf8(opened.expose().to_vec());
        Ok(Secret::new(text.map_err(|_| VaultError::NotAuthentic)?))
    }

    /// Whether a visit of this terminal waits for a phone whose centre is to be asked now; those of visits that are over are
    /// given up.
    pub(crate) fn phone_checks_due(
        &self,
        terminal: &TerminalId,
        now: UtcMillis,
    ) -> Result<bool, GatewayError> {
        let Ok(centre) = self.connectors.identification() else { return Ok(false) };
        let open = self.store.documents(Collection::OpenPhoneCheck, &format!("{terminal}/"))?;
        if open.is_empty() {
            return Ok(false);
        }
        let visit = self.load_terminal(terminal)?.and_then(|record| record.value.visit());
        let own = visit.map(|session| open_key(terminal, session));
        let mut due = false;
        for document in open {
            let check = store::parse::<OpenPhoneCheck>(Collection::OpenPhoneCheck, &document)?.value.check;
            if own.as_deref() == Some(document.key.as_str()) {
                due |= self.is_due(check.0, now);
                continue;
            }
            if let Err(error) = centre.cancel(check.0) {
                tracing::warn!(%error, "check on a phone not given up");
            }
            let gone = store::remove(Collection::OpenPhoneCheck, &document.key);
            unless_somebody_else_did(self.store.commit(&[gone]))?;
        }
        Ok(due)
    }
}
