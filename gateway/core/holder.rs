//! The face of whoever is before the camera: of a borrower, or of a client who changes how their cabinet is entered, a phone
//! or an account; and the IIN, which nobody changes.

use senim_domain::rule_pack::RulePack;
use senim_domain::{ClientId, MessageId};
use senim_operation::biometric::BiometricCheck;
use senim_operation::body::FaceCaptured;
use senim_operation::message::{FaceRefusal, MessageBody};

use crate::acting::Act;
use crate::actor::Actor;
use crate::connectors::{ConnectorError, FaceMatch, FaceVerdict};
use crate::error::GatewayError;
use crate::later;
use crate::openings::{GATEWAY, Purpose};
use crate::records::HolderFace;
use crate::results::{self, Judged, JudgedBy};

impl Act<'_> {
    /// Whether the picture is the client's: SHA-256 of the signed result, or why not. Pictures that are not are counted in the
    /// visit.
    pub(crate) fn judge_face(
        &mut self,
        client: Option<ClientId>,
        body: &FaceCaptured,
        attachment: &str,
        pack: &RulePack,
    ) -> Result<Result<String, FaceRefusal>, GatewayError> {
        let tries = u32::from(pack.portrait.tries);
        let alive = self.is_alive(body);
        let Some(client) = client.filter(|_| alive && self.session.face_failures < tries) else {
            tracing::warn!(terminal = %self.terminal, alive, "picture not compared");
            self.session.face_failures = tries;
            return Ok(Err(FaceRefusal::Unusable));
        };
        let threshold = pack.portrait.min_match_permille;
        let found = match self.compare(client, attachment)? {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "picture not compared");
                return Ok(Err(FaceRefusal::TryLater));
            }
        };
        let outcome = match found.at_least(threshold) {
            FaceVerdict::Same => Ok(()),
            FaceVerdict::Other => Err(FaceRefusal::NoMatch),
            FaceVerdict::Unusable => Err(FaceRefusal::Unusable),
        };
        let result = self.result_of(Judged {
            check: BiometricCheck::Portrait,
            subject: body.subject,
            client: Some(client),
            outcome: outcome.map_err(|refusal| results::reason(&refusal)),
            by: JudgedBy::Matcher(found, threshold),
            evidence: Some(attachment.to_owned()),
        })?;
        if outcome.is_err() {
            self.session.face_failures = self.session.face_failures.saturating_add(1);
        }
        Ok(outcome.map(|()| result))
    }

    fn compare(
        &self,
        client: ClientId,
        attachment: &str,
    ) -> Result<Result<FaceMatch, ConnectorError>, GatewayError> {
        match self.open_sealed(attachment, Purpose::Face)? {
            Some(picture) => Ok(self.gateway.connectors.faces.compare(client, &picture)),
            None => Ok(Ok(FaceVerdict::Unusable.into())),
        }
    }

    /// A picture of a client for no loan.
    pub(crate) fn holder_captured(
        &mut self,
        client: ClientId,
        body: &FaceCaptured,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return Ok(MessageBody::HolderRefused {
                client,
                reason: FaceRefusal::TryLater,
                attempts_left: 3,
            });
        };
        let tries = u32::from(pack.portrait.tries);
        let own = self.session.client.filter(|own| *own == client);
        Ok(match self.judge_face(own, body, attachment, &pack)? {
            Ok(_) => {
                self.session.holder_faces.push(HolderFace { check: self.message_id, at: self.now });
                MessageBody::HolderMatched { client }
            }
            Err(reason) => {
                let attempts_left = tries.saturating_sub(self.session.face_failures);
                MessageBody::HolderRefused { client, reason, attempts_left }
            }
        })
    }

    /// Whether the client's face was seen in this visit, for no loan, not long ago.
    pub(crate) fn holder_is_here(&self, pack: &RulePack) -> bool {
        self.session.holder_faces.iter().any(|face| self.is_fresh(face, pack))
    }

    /// The same, by the message that said so.
    pub(crate) fn holder_was_seen(&self, check: MessageId, pack: &RulePack) -> bool {
        self.session.holder_faces.iter().any(|face| face.check == check && self.is_fresh(face, pack))
    }

    fn is_fresh(&self, face: &HolderFace, pack: &RulePack) -> bool {
        self.now <= later(face.at, pack.portrait.life_seconds)
    }

    /// Whether a message carries another IIN than that of whoever is logged in. It is refused then: an IIN never changes,
    /// in no cabinet and by nothing that a terminal says. That it was tried stands in the trail.
    pub(crate) fn is_another_iin(&mut self, attachment: &str) -> Result<bool, GatewayError> {
        let known = self.session.client.zip(self.session.iin_attachment.clone());
        let Some((client, known)) = known else { return Ok(false) };
        let own = self.sealed_iin(&known, Purpose::Login)?;
        if own.is_some() && own == self.sealed_iin(attachment, Purpose::Login)? {
            return Ok(false);
        }
        tracing::warn!(terminal = %self.terminal, %client, "another IIN in the visit of a client is refused");
        let actor = Actor::new(GATEWAY, "an IIN never changes (R-038)")?;
        let subject = format!("{}/{client}", self.terminal);
        self.changes.push(self.gateway.act_record(&actor, "iinChangeRefused", &subject, self.now)?);
        Ok(true)
    }
}
