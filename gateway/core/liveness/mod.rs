//! Whether somebody living is before the camera: the sequence is chosen here, by chance, and judged again here from the
//! evidence (R-135, B14).
//!
//! A challenge belongs to one visit of one terminal and to one subject, lives for minutes, and counts once. A terminal that
//! says *passed* where the same judgement says otherwise is not believed, and that it did stands in the trail.

mod draw;
mod phone;
mod sequences;

use senim_biometrics::liveness::Evidence;
use senim_domain::liveness::{Challenge, Movement};
use senim_domain::rule_pack::ProvenBy;
use senim_domain::{ChallengeId, UtcMillis};
use senim_operation::biometric::BiometricCheck;
use senim_operation::body::{
    FaceCaptured, FaceSubject, Liveness, LivenessOutcome, LivenessPerformed, LivenessRequested,
};
use senim_operation::message::{
    ChallengeGiven, LivenessRefusal, LivenessRefused, MessageBody, RegistrationRefusal,
};
use serde::{Deserialize, Serialize};

use crate::acting::Act;
use crate::actor::Actor;
use crate::error::GatewayError;
use crate::later;
use crate::openings::{GATEWAY, Purpose};
use crate::registration;
use crate::results::{self, Judged, JudgedBy};
use phone::PhoneAsked;

/// What a visit knows of its proofs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LivenessRecord {
    /// Sequences that failed.
    #[serde(default)]
    pub failures: u32,
    /// Movements that the person cannot do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cannot: Vec<Movement>,
    /// The challenge that was given and not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
    /// The check on a phone that was offered and has no verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneAsked>,
    /// The proof that no portrait has used yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven: Option<Proven>,
}

/// A challenge that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Given {
    /// What for.
    pub subject: FaceSubject,
    /// All of it.
    pub challenge: Challenge,
    /// End of its life.
    pub expires: UtcMillis,
}

/// Somebody living was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proven {
    /// What for.
    pub subject: FaceSubject,
    /// By which challenge.
    pub challenge: ChallengeId,
    /// The portrait has to come by then.
    pub until: UtcMillis,
}

impl Act<'_> {
    /// A sequence is asked for.
    pub(crate) fn liveness_requested(
        &mut self,
        body: &LivenessRequested,
    ) -> Result<MessageBody, GatewayError> {
        let subject = body.subject;
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return Ok(refused(subject, None, LivenessRefusal::TryLater, 0));
        };
        let rules = &pack.liveness;
        let tries_left = u32::from(rules.tries).saturating_sub(self.session.liveness.failures);
        if let Some(answer) = self.of_another_visit(subject, tries_left)? {
            return Ok(answer);
        }
        if tries_left == 0 {
            return Ok(refused(subject, None, LivenessRefusal::NoTriesLeft, 0));
        }
        self.session.liveness.proven = None;
        if rules.by == ProvenBy::Phone {
            return self.phone_requested(subject, rules, tries_left);
        }
        self.exchange(body.cannot, u32::from(rules.replacements));
        let Some(challenge) = self.new_challenge(rules, subject, body.slow)? else {
            tracing::error!(terminal = %self.terminal, "no sequence is left that was not given lately");
            return Ok(refused(subject, None, LivenessRefusal::TryLater, tries_left));
        };
        let expires = later(self.now, rules.life_seconds);
        let replacements = usize::from(rules.replacements).saturating_sub(self.session.liveness.cannot.len());
        self.session.liveness.given = Some(Given { subject, challenge: challenge.clone(), expires });
        Ok(MessageBody::ChallengeGiven(Box::new(ChallengeGiven {
            subject,
            challenge,
            life_seconds: rules.life_seconds,
            tries_left,
            replacements_left: u32::try_from(replacements).unwrap_or(0),
        })))
    }

    /// Remembers what the person cannot do, as far as the rules allow exchanges: of the sequence before alone.
    fn exchange(&mut self, cannot: Option<Movement>, most: u32) {
        let record = &mut self.session.liveness;
        let asked = record.given.as_ref().zip(cannot);
        let Some((given, movement)) = asked else { return };
        let counted = u32::try_from(record.cannot.len()).unwrap_or(u32::MAX);
        if counted < most && given.challenge.movements().any(|of| of == movement) {
            record.cannot.push(movement);
        }
    }

    /// A sequence was tried: its outcome counts once, and only if the same judgement comes to it here.
    pub(crate) fn liveness_performed(
        &mut self,
        body: &LivenessPerformed,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let pack = self.gateway.rule_pack(self.now)?;
        let (tries, life) = pack.map_or((0, 0), |pack| (pack.liveness.tries, pack.portrait.life_seconds));
        let given =
            self.session.liveness.given.take_if(|given| {
                given.challenge.challenge == body.challenge && given.subject == body.subject
            });
        let said_passed = body.outcome == LivenessOutcome::Passed;
        let found = match &given {
            None => Err(LivenessRefusal::OtherChallenge),
            Some(given) if self.now > given.expires => Err(LivenessRefusal::Stale),
            Some(given) => self.recomputed(&given.challenge, attachment)?,
        };
        let outcome = match found {
            Ok(()) if said_passed => Ok(()),
            Ok(()) => Err(LivenessRefusal::NotShown),
            Err(reason) => Err(reason),
        };
        let challenge = given.map(|given| Box::new(given.challenge));
        self.result_of(Judged {
            check: BiometricCheck::Sequence,
            subject: body.subject,
            client: self.session.client,
            outcome: outcome.map_err(|reason| results::reason(&reason)),
            by: JudgedBy::Sequence { id: body.challenge, challenge, models: body.models.clone() },
            evidence: Some(attachment.to_owned()),
        })?;
        let reason = match (found, said_passed) {
            (Ok(()), true) => {
                self.session.liveness.proven = Some(Proven {
                    subject: body.subject,
                    challenge: body.challenge,
                    until: later(self.now, life),
                });
                return Ok(MessageBody::LivenessConfirmed { challenge: body.challenge });
            }
            // What the terminal itself does not believe is not believed here.
            (Ok(()) | Err(LivenessRefusal::NotConfirmed), false) => LivenessRefusal::NotShown,
            (Err(reason), _) => reason,
        };
        self.session.liveness.failures = self.session.liveness.failures.saturating_add(1);
        if said_passed {
            tracing::warn!(terminal = %self.terminal, challenge = %body.challenge, ?reason, "proof refused");
            let actor = Actor::new(GATEWAY, reason_of(reason))?;
            let subject = format!("{}/{}", self.terminal, body.challenge);
            self.changes.push(self.gateway.act_record(&actor, "livenessRefused", &subject, self.now)?);
        }
        let tries_left = u32::from(tries).saturating_sub(self.session.liveness.failures);
        Ok(refused(body.subject, Some(body.challenge), reason, tries_left))
    }

    fn recomputed(
        &self,
        challenge: &Challenge,
        attachment: &str,
    ) -> Result<Result<(), LivenessRefusal>, GatewayError> {
        let Some(sealed) = self.open_sealed(attachment, Purpose::Liveness)? else {
            return Ok(Err(LivenessRefusal::NotConfirmed));
        };
        let judged = Evidence::read(sealed.expose()).and_then(|evidence| evidence.judge(challenge));
        Ok(match judged {
            Ok(judgement) => match judgement.verdict {
                Ok(()) => Ok(()),
                Err(failure) => {
                    tracing::info!(terminal = %self.terminal, ?failure, "nobody was shown to be living");
                    Err(LivenessRefusal::NotConfirmed)
                }
            },
            Err(error) => {
                tracing::warn!(terminal = %self.terminal, %error, "evidence of a check proves nothing");
                Err(LivenessRefusal::NotConfirmed)
            }
        })
    }

    /// Whether a portrait shows somebody living: by a proof of this visit for the same subject, which it uses up.
    pub(crate) fn is_alive(&mut self, body: &FaceCaptured) -> bool {
        let Liveness::Passed(challenge) = body.liveness;
        self.session.liveness.proven.take().is_some_and(|proven| {
            proven.challenge == challenge && proven.subject == body.subject && self.now <= proven.until
        })
    }

    /// What is answered about a subject that is no business of this visit. Whoever may register no more is told why before the
    /// camera opens.
    fn of_another_visit(
        &self,
        subject: FaceSubject,
        tries_left: u32,
    ) -> Result<Option<MessageBody>, GatewayError> {
        let ours = match subject {
            FaceSubject::Loan(loan) => self.own_loan(loan)?.is_some(),
            FaceSubject::Registration(registration) => match self.own_registration(registration)? {
                Ok(_) => true,
                Err(RegistrationRefusal::NotAvailable) => false,
                Err(reason) => return Ok(Some(registration::refused(registration, reason, false))),
            },
            FaceSubject::Client(client) | FaceSubject::DataLeak(client) => {
                self.session.client == Some(client)
            }
        };
        Ok((!ours).then(|| refused(subject, None, LivenessRefusal::NotAvailable, tries_left)))
    }
}

const fn refused(
    subject: FaceSubject,
    challenge: Option<ChallengeId>,
    reason: LivenessRefusal,
    tries_left: u32,
) -> MessageBody {
    MessageBody::LivenessRefused(LivenessRefused { subject, challenge, reason, tries_left })
}

/// As the trail says it.
const fn reason_of(reason: LivenessRefusal) -> &'static str {
    match reason {
        LivenessRefusal::Stale => "the challenge was too old",
        LivenessRefusal::OtherChallenge => "the challenge was used already, or was not given to this visit",
        LivenessRefusal::NotShown
        | LivenessRefusal::NotConfirmed
        | LivenessRefusal::Declined
        | LivenessRefusal::Expired
        | LivenessRefusal::OtherPerson
        | LivenessRefusal::NoTriesLeft
        | LivenessRefusal::NotAvailable
        | LivenessRefusal::TryLater => "the evidence does not come to the terminal's verdict",
    }
}
