//! What a client agreed to, answered and read before a contract (R-050 to, B18): kept with the visit; another
//! one goes on with it only by the client's own decision ([`crate::unfinished`]).

use senim_domain::rule_pack::{ConsentKind, RulePack, TextId};
use senim_domain::{ApplicationId, ClientId, Language, LoanId, OperationId, TerminalId, UtcMillis};
use senim_operation::attachment::{GivenAnswer, Questionnaire};
use senim_operation::body::{ConsentDecided, PressureAnswered, QuestionsAnswered, TextAcknowledged};
use senim_operation::jws::sha256_b64;
use senim_operation::performed::{Measure, MeasureOutcome, PerformedMeasure};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::acting::Act;
use crate::archive::days_later;
use crate::connectors::BureauConsents;
use crate::error::GatewayError;
use crate::events::EventBody;
use crate::openings::Purpose;
use crate::performed::{code, plain, text_read};

/// What has to be acknowledged before a contract.
const TEXTS: [TextId; 3] = [TextId::Rules, TextId::Payments, TextId::Rights];

/// What a client said in a visit before a contract.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Prepared {
    /// Consents given.
    given: Vec<Given>,
    /// What was answered to the rule pack's questions.
    questionnaire: Option<Sheet>,
    /// What was answered to the screening's own questions.
    further: Vec<Sheet>,
    /// The screening under way.
    pub screening: Option<Screening>,
    /// Texts acknowledged.
    read: Vec<Read>,
    /// Loans that nobody tells the client to take.
    unpressed: Vec<LoanId>,
}

/// A consent as it was given.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Given {
    kind: ConsentKind,
    /// The row in which it was.
    row: OperationId,
    /// SHA-256 of the text, base64url.
    text_sha256: String,
    language: Language,
    at: UtcMillis,
}

/// A text as it was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Read {
    text: TextId,
    /// SHA-256 of it, base64url.
    text_sha256: String,
    language: Language,
    /// The row in which it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row: Option<OperationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<UtcMillis>,
}

/// Answers: the attachment in which they lie sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Sheet {
    /// The terminal that brought it; `None`: the one of this visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terminal: Option<TerminalId>,
    /// SHA-256 of the attachment, base64url.
    sha256: String,
    /// The questions that it answers.
    questions: Vec<String>,
    /// The row in which it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row: Option<OperationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<UtcMillis>,
}

/// A screening that goes on when more was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Screening {
    /// Of which application.
    pub application: ApplicationId,
    /// Its identity at the service.
    pub id: uuid::Uuid,
    /// Codes of the questions it has asked.
    pub asked: Vec<String>,
}

impl Prepared {
    /// The rows of both consents for bureaux.
    pub fn bureau_consents(&self) -> Option<BureauConsents> {
        let row = |kind| self.given.iter().find(|given| given.kind == kind).map(|given| given.row);
        Some(BureauConsents {
            give: row(ConsentKind::BureauSupply)?,
            receive: row(ConsentKind::BureauReport)?,
        })
    }

    /// Whether each question of the pack was answered.
    pub fn answered(&self, pack: &RulePack) -> bool {
        let answered = self.questionnaire.as_ref().map(|sheet| sheet.questions.as_slice());
        pack.aml.iter().all(|question| answered.unwrap_or_default().contains(&question.id))
    }

    /// Attachments with answers, those to the rule pack's questions first.
    fn sheets(&self) -> impl Iterator<Item = &Sheet> {
        self.questionnaire.iter().chain(&self.further)
    }

    /// Kinds of consents given.
    pub fn consents_given(&self) -> impl Iterator<Item = ConsentKind> {
        self.given.iter().map(|given| given.kind)
    }

    /// Texts that were read.
    pub fn texts_read(&self) -> impl Iterator<Item = TextId> {
        self.read.iter().map(|read| read.text)
    }

    /// The same to be gone on with elsewhere: what belongs to one visit is left out.
    pub fn kept_at(&self, terminal: &TerminalId) -> Self {
        let mut kept = self.clone();
        for sheet in kept.questionnaire.iter_mut().chain(&mut kept.further) {
            sheet.terminal.get_or_insert_with(|| terminal.clone());
        }
        Self { screening: None, unpressed: Vec::new(), ..kept }
    }

    /// The same without what today's rules ask otherwise: texts that read differently, consents whose time is over,
    /// questions that were not put, and answers that are not here.
    pub fn standing(&self, gateway: &Gateway, pack: &RulePack, now: UtcMillis) -> Result<Self, GatewayError> {
        let mut standing = self.clone();
        standing.given.retain(|given| {
            pack.consent(given.kind).is_some_and(|consent| {
                sha256_b64(consent.document(given.language).as_bytes()) == given.text_sha256
                    && now < days_later(given.at, consent.period_days)
            })
        });
        standing.read.retain(|read| {
            sha256_b64(pack.texts.document(read.text, read.language).as_bytes()) == read.text_sha256
        });
        if !standing.answered(pack) {
            standing.questionnaire = None;
        }
        let here = |sheet: &Sheet| match &sheet.terminal {
            Some(terminal) => Ok(gateway.attachment_here(terminal, &sheet.sha256)?.is_some()),
            None => Ok::<bool, GatewayError>(false),
        };
        if let Some(sheet) = &standing.questionnaire
            && !here(sheet)?
        {
            standing.questionnaire = None;
        }
        let mut further = Vec::new();
        for sheet in standing.further {
            if here(&sheet)? {
                further.push(sheet);
            }
        }
        Ok(Self { further, ..standing })
    }

    /// Consents and answers, for the list of measures.
    pub fn performed(&self) -> Vec<PerformedMeasure> {
        let consents = self.given.iter().map(|given| PerformedMeasure {
            of: code(&given.kind),
            row: Some(given.row),
            sha256: Some(given.text_sha256.clone()),
            ..plain(Measure::Consent, MeasureOutcome::Agreed, given.at)
        });
        let answers = self.sheets().map(|sheet| PerformedMeasure {
            row: sheet.row,
            sha256: Some(sheet.sha256.clone()),
            ..plain(Measure::Questions, MeasureOutcome::Answered, sheet.at.unwrap_or_default())
        });
        consents.chain(answers).collect()
    }

    /// Texts that were read, for the list of measures; of one read twice the last time.
    pub fn texts_performed(&self) -> Vec<PerformedMeasure> {
        let last = TEXTS.iter().filter_map(|text| self.read.iter().rev().find(|read| read.text == *text));
        last.map(|read| text_read(read.text, &read.text_sha256, read.at, read.row)).collect()
    }

    /// Whether everything that has to be read was.
    pub fn acquainted(&self) -> bool {
        TEXTS.iter().all(|text| self.read.iter().any(|read| read.text == *text))
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
        let given = &mut self.session.prepared.given;
        given.retain(|given| given.kind != body.consent);
        if body.agreed {
            given.push(Given {
                kind: body.consent,
                row: self.envelope.op_id,
                text_sha256: body.text_sha256.clone(),
                language: body.language,
                at: self.now,
            });
        }
        Ok(())
    }

    pub(crate) fn questions_answered(&mut self, body: QuestionsAnswered) {
        let attachment = self.envelope.sealed.as_ref().map(|sealed| sealed.sha256.clone());
        if !self.is_of(body.client, attachment.is_some(), "answers") {
            return;
        }
        let (row, at) = (Some(self.envelope.op_id), Some(self.now));
        let sheet =
            attachment.map(|sha256| Sheet { terminal: None, sha256, questions: body.questions, row, at });
        let prepared = &mut self.session.prepared;
        match body.application {
            None => prepared.questionnaire = sheet,
            Some(_) => prepared.further.extend(sheet),
        }
    }

    /// Whether what was answered has come, where anything was.
    pub(crate) fn answers_are_here(&self) -> Result<bool, GatewayError> {
        for sheet in self.session.prepared.sheets() {
            let terminal = sheet.terminal.as_ref().unwrap_or(self.terminal);
            if self.gateway.attachment_here(terminal, &sheet.sha256)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(crate) fn text_acknowledged(&mut self, body: &TextAcknowledged) -> Result<(), GatewayError> {
        let known = self.is_text(body.text, body.language, &body.text_sha256)?;
        match body.text {
            TextId::DataLeak => return self.leak_acknowledged(body, known),
            TextId::UnauthorisedAccess => {
                if self.is_of(body.client, known, "notice of an access") {
                    self.gateway.access_read(body.client, self.now, &mut self.changes)?;
                }
                return Ok(());
            }
            _ => {}
        }
        if self.is_of(body.client, known, "text") {
            self.session.prepared.read.push(Read {
                text: body.text,
                text_sha256: body.text_sha256.clone(),
                language: body.language,
                row: Some(self.envelope.op_id),
                at: Some(self.now),
            });
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
            let said = (None, Some(body.text_sha256.clone()));
            self.did(body.loan, Measure::Pressure, MeasureOutcome::NotPressed, said);
        }
        Ok(())
    }

    /// What was answered, for the service that screens.
    pub(crate) fn given_answers(&self) -> Result<Vec<GivenAnswer>, GatewayError> {
        let mut given = Vec::new();
        for sheet in self.session.prepared.sheets() {
            let terminal = sheet.terminal.as_ref().unwrap_or(self.terminal);
            let (op_id, now) = (self.envelope.op_id, self.now);
            let opened = self.gateway.open_sealed(terminal, &sheet.sha256, Purpose::Screening, op_id, now)?;
            let read = opened.and_then(|opened| Questionnaire::from_plaintext(&opened).ok());
            given.extend(read.map_or_else(Vec::new, |read| read.answers));
        }
        Ok(given)
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
