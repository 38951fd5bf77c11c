//! Consents, the state service's methods, and questions of due diligence.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::service::AccessMethod;
use super::{ByLanguage, RulePackError, filled, is_name, need, paragraphs_filled};
use crate::business_days::Day;

/// Access to state data by the state service for access control (КДП).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessRules {
    /// Methods that may be used, in no order; 3 and 4 never.
    pub methods: BTreeSet<AccessMethod>,
    /// Fewest characters of the code that the person receives.
    pub code_min_length: u8,
    /// Most characters.
    pub code_max_length: u8,
    /// Wrong codes before the request is given up.
    pub code_tries: u8,
    /// How long an answer is waited for.
    pub wait_seconds: u32,
    /// The MFO's agreement with the authorised body for personal data, without which method 2 is not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AccessAgreement>,
}

/// An agreement with the authorised body for the protection of personal data (S004 p.4(2)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessAgreement {
    /// Its number, 1 to 64 characters.
    pub number: String,
    /// Its day.
    pub date: Day,
}

/// What a consent is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentKind {
    /// Access to state data through the state service.
    StateData,
    /// Processing of personal data by the MFO, the portrait included.
    Processing,
    /// Giving data to a credit bureau (B18).
    BureauSupply,
    /// Receiving the credit report (B18).
    BureauReport,
}

impl ConsentKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::StateData, Self::Processing, Self::BureauSupply, Self::BureauReport];
}

/// An entry of the consent directory: what a person agrees to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Stable name, `a-z 0-9 -`, 1 to 32 characters.
    pub id: String,
    /// What it is for.
    pub kind: ConsentKind,
    /// Identifier that the state service gave to the entry; only for [`ConsentKind::StateData`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory_id: Option<String>,
    /// Name for people.
    pub title: ByLanguage<String>,
    /// Why the data are needed.
    pub purpose: ByLanguage<String>,
    /// Groups of data.
    pub data: ByLanguage<Vec<String>>,
    /// Who receives them.
    pub recipients: ByLanguage<Vec<String>>,
    /// Services for which they are used.
    pub services: ByLanguage<Vec<String>>,
    /// `ServiceID`s of the e-government gateway; empty where none are called.
    pub service_ids: Vec<String>,
    /// How long access lasts, in days.
    pub period_days: u32,
    /// How long the data are kept after obligations end, in years (R-134: five or more).
    pub storage_years: u8,
}

/// A question of due diligence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Stable name, `a-z 0-9 -`, 1 to 32 characters.
    pub id: String,
    /// The question.
    pub text: ByLanguage<String>,
    /// Answers to choose from, 2 to 8.
    pub answers: Vec<Answer>,
}

/// An answer that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Stable name within the question, `a-z 0-9 -`, 1 to 32 characters.
    pub id: String,
    /// As it is shown.
    pub text: ByLanguage<String>,
}

impl AccessRules {
    /// Whether a method may be used: it is allowed and for lending, and method 2 rests on an agreement.
    #[must_use]
    pub fn allows(&self, method: AccessMethod) -> bool {
        let agreed = method != AccessMethod::OwnMeans || self.agreement.is_some();
        method.is_for_lending() && self.methods.contains(&method) && agreed
    }

    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        need(!self.methods.is_empty(), "access.methods", "has at least one")?;
        let lending = self.methods.iter().all(|method| method.is_for_lending());
        need(lending, "access.methods", "has none but 1, 2 and 5: others are not for lending")?;
        let length = (1..=self.code_max_length).contains(&self.code_min_length) && self.code_max_length <= 16;
        need(length, "access.code_max_length", "is code_min_length to 16")?;
        need((1..=10).contains(&self.code_tries), "access.code_tries", "is 1 to 10")?;
        need((30..=3600).contains(&self.wait_seconds), "access.wait_seconds", "is 30 to 3600")?;
        let agreed = !self.methods.contains(&AccessMethod::OwnMeans) || self.agreement.is_some();
        need(agreed, "access.agreement", "is there where methods name ownMeans")?;
        let named = self.agreement.as_ref().is_none_or(|agreement| {
            (1..=64).contains(&agreement.number.chars().count()) && !agreement.number.trim().is_empty()
        });
        need(named, "access.agreement.number", "has 1 to 64 characters")
    }
}

impl Consent {
    fn validate(&self) -> Result<(), RulePackError> {
        let need = |holds: bool, field: &str, why| need(holds, &format!("consents.{}.{field}", self.id), why);
        need(is_name(&self.id), "id", "has 1 to 32 of a-z 0-9 -")?;
        let texts = filled(&self.title) && filled(&self.purpose);
        let lists = [&self.data, &self.recipients, &self.services].into_iter().all(paragraphs_filled);
        need(texts && lists, "title", "and all its texts are there in every language")?;
        let state = self.kind == ConsentKind::StateData;
        let named = self.directory_id.as_ref().is_some_and(|id| !id.trim().is_empty());
        need(state == named, "directory_id", "is there for state_data and only there")?;
        need((1..=36_500).contains(&self.period_days), "period_days", "is 1 to 36500")?;
        need((5..=100).contains(&self.storage_years), "storage_years", "is 5 to 100")
    }
}

impl Question {
    fn validate(&self) -> Result<(), RulePackError> {
        let need = |holds: bool, field: &str, why| need(holds, &format!("aml.{}.{field}", self.id), why);
        need(is_name(&self.id), "id", "has 1 to 32 of a-z 0-9 -")?;
        need(filled(&self.text), "text", "is not empty in any language")?;
        need((2..=8).contains(&self.answers.len()), "answers", "are 2 to 8")?;
        let ids: BTreeSet<&str> = self.answers.iter().map(|answer| answer.id.as_str()).collect();
        need(ids.len() == self.answers.len(), "answers", "have each id once")?;
        let sound = self.answers.iter().all(|answer| is_name(&answer.id) && filled(&answer.text));
        need(sound, "answers", "have an id of a-z 0-9 - and a text in every language")
    }
}

/// Whether the directory has each kind exactly once and each entry makes sense.
pub(super) fn validate_consents(consents: &[Consent]) -> Result<(), RulePackError> {
    let kinds: BTreeSet<ConsentKind> = consents.iter().map(|consent| consent.kind).collect();
    let whole = kinds.len() == ConsentKind::ALL.len() && consents.len() == kinds.len();
    need(whole, "consents", "has one entry of each kind")?;
    let ids: BTreeSet<&str> = consents.iter().map(|consent| consent.id.as_str()).collect();
    need(ids.len() == consents.len(), "consents", "has each id once")?;
    consents.iter().try_for_each(Consent::validate)
}

/// Whether the questionnaire makes sense; an empty one asks nothing.
pub(super) fn validate_questions(questions: &[Question]) -> Result<(), RulePackError> {
    let ids: BTreeSet<&str> = questions.iter().map(|question| question.id.as_str()).collect();
    need(ids.len() == questions.len(), "aml", "has each id once")?;
    questions.iter().try_for_each(Question::validate)
}
