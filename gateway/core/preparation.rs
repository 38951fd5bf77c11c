//! What a client agreed to, answered and read before a contract (R-050 to, B18): kept with the visit, since
//! another visit begins anew.

use senim_domain::rule_pack::{ConsentKind, RulePack, TextId};
use senim_domain::{ClientId, LoanId, OperationId};
use senim_operation::attachment::{GivenAnswer, Questionnaire};
use senim_operation::body::{ConsentDecided, PressureAnswered, QuestionsAnswered, TextAcknowledged};
use senim_operation::jws::sha256_b64;
use serde::{Deserialize, Serialize};

use crate::acting::Act;
use crate::connectors::BureauConsents;
use crate::error::GatewayError;
use crate::events::EventBody;
use crate::openings::Purpose;

/// What has to be acknowledged before a contract.
const TEXTS: [TextId; 3] = [TextId::Rules, TextId::Payments, TextId::Rights];

/// What a client said in a visit before a contract.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Prepared {
    /// Consents given, with the rows in which they were.
    consents: Vec<(ConsentKind, OperationId)>,
    /// SHA-256 of the attachment with the answers, and the questions that it answers.
    questionnaire: Option<(String, Vec<String>)>,
    /// Texts acknowledged.
    acknowledged: Vec<TextId>,
    /// Loans that nobody tells the client to take.
    unpressed: Vec<LoanId>,
}

impl Prepared {
    /// The rows of both consents for bureaux.
    pub fn bureau_consents(&self) -> Option<BureauConsents> {
        let row = |kind| self.consents.iter().find(|(given, _)| *given == kind).map(|(_, row)| *row);
        Some(BureauConsents {
            give: row(ConsentKind::BureauSupply)?,
            receive: row(ConsentKind::BureauReport)?,
        })
    }

    /// Whether each question of the pack was answered.
    pub fn answered(&self, pack: &RulePack) -> bool {
        let answered = self.questionnaire.as_ref().map(|(_, questions)| questions.as_slice());
        pack.aml.iter().all(|question| answered.unwrap_or_default().contains(&question.id))
    }

    /// Whether everything that has to be read was.
    pub fn acquainted(&self) -> bool {
        TEXTS.iter().all(|text| self.acknowledged.contains(text))
    }

    /// Whether the client said that nobody tells them to take this loan.
    pub fn unpressed(&self, loan: LoanId) -> bool {
        self.unpressed.contains(&loan)
    }
}

impl Act<'_> {
    /// A client's consent counts when it is to the text of the pack, and until it is taken back.
    pub(crate) fn client_consented(
        &mut self,
        client: ClientId,
        body: &ConsentDecided,
    ) -> Result<(), GatewayError> {
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(()) };
        if !self.is_of(client, is_in_pack(&pack, body), "consent") {
            return Ok(());
        }
        let consents = &mut self.session.prepared.consents;
        consents.retain(|(kind, _)| *kind != body.consent);
        if body.agreed {
            consents.push((body.consent, self.envelope.op_id));
        }
        Ok(())
    }

    pub(crate) fn questions_answered(&mut self, body: QuestionsAnswered) {
        let attachment = self.envelope.sealed.as_ref().map(|sealed| sealed.sha256.clone());
        if self.is_of(body.client, attachment.is_some(), "answers") {
            self.session.prepared.questionnaire = attachment.map(|sha256| (sha256, body.questions));
        }
    }

    /// Whether what was answered has come, where anything was.
    pub(crate) fn answers_are_here(&self) -> Result<bool, GatewayError> {
        match &self.session.prepared.questionnaire {
            Some((sha256, _)) => Ok(self.gateway.attachment_here(self.terminal, sha256)?.is_some()),
            None => Ok(true),
        }
    }

    pub(crate) fn text_acknowledged(&mut self, body: &TextAcknowledged) -> Result<(), GatewayError> {
        let known = self.is_text(body.text, body.language, &body.text_sha256)?;
        if body.text == TextId::DataLeak {
            return self.leak_acknowledged(body, known);
        }
        if self.is_of(body.client, known, "text") {
            self.session.prepared.acknowledged.push(body.text);
        }
        Ok(())
    }

    /// Who says that they are told to borrow is told to the MFO's staff, too.
    pub(crate) fn pressure_answered(&mut self, body: &PressureAnswered) -> Result<(), GatewayError> {
        let known = self.is_text(TextId::ScamQuestion, body.language, &body.text_sha256)?;
        if self.own_loan(body.loan)?.is_none() {
            return Ok(());
        }
        let unpressed = &mut self.session.prepared.unpressed;
        unpressed.retain(|loan| *loan != body.loan);
        if body.pressed {
            let event = EventBody::loan(body.loan, self.terminal, "pressed");
            self.changes.push(self.gateway.event(event, self.now)?);
        } else if known {
            unpressed.push(body.loan);
        }
        Ok(())
    }

    /// What was answered, for the service that screens.
    pub(crate) fn given_answers(&self) -> Result<Vec<GivenAnswer>, GatewayError> {
        let Some((attachment, _)) = &self.session.prepared.questionnaire else { return Ok(Vec::new()) };
        let opened = self.open_sealed(attachment, Purpose::Screening)?;
        let read = opened.and_then(|opened| Questionnaire::from_plaintext(&opened).ok());
        Ok(read.map_or_else(Vec::new, |read| read.answers))
    }

    fn is_text(
        &self,
        text: TextId,
        language: senim_domain::Language,
        sha256: &str,
    ) -> Result<bool, GatewayError> {
        let pack = self.gateway.rule_pack(self.now)?;
        Ok(pack.is_some_and(|pack| sha256_b64(pack.texts.document(text, language).as_bytes()) == sha256))
    }

    fn is_of(&self, client: ClientId, known: bool, what: &str) -> bool {
        let counts = known && self.session.client == Some(client);
        if !counts {
            tracing::warn!(terminal = %self.terminal, what, known, "does not count");
        }
        counts
    }
}

/// Whether the text that was answered stands in this pack.
pub(crate) fn is_in_pack(pack: &RulePack, body: &ConsentDecided) -> bool {
    let text = pack.consent(body.consent).map(|consent| consent.document(body.language));
    text.is_some_and(|text| sha256_b64(text.as_bytes()) == body.text_sha256)
}
