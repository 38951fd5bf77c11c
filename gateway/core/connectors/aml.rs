//! Screening under the law against money laundering, with the questions it may ask (R-050, R-070, B19).

use senim_domain::Secret;
use senim_domain::rule_pack::ByLanguage;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ConnectorError;

/// How a question is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "form")]
pub enum AnswerForm {
    /// Yes or no.
    YesNo,
    /// One of these.
    Choice {
        /// Code and text of each.
        options: Vec<(String, ByLanguage<String>)>,
    },
    /// Text.
    Text {
        /// Most characters.
        max: u16,
    },
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmlQuestion {
    /// Its code.
    pub code: String,
    /// What is asked.
    pub text: ByLanguage<String>,
    /// How it is answered.
    pub form: AnswerForm,
}

/// An answer: `yes`, `no`, a choice's code, or text.
#[derive(Clone, Debug)]
pub struct AmlAnswer {
    /// Of which question.
    pub code: String,
    /// What was answered.
    pub answer: Secret,
}

/// Who is screened.
#[derive(Clone, Debug)]
pub struct AmlSubject {
    /// Identity of this screening; the same again with more answers goes on with it.
    pub screening: Uuid,
    /// IIN.
    pub iin: Secret,
    /// Surname.
    pub surname: Secret,
    /// Given name.
    pub given_name: Secret,
    /// Patronymic, where there is one.
    pub patronymic: Option<Secret>,
    /// What was answered so far.
    pub answers: Vec<AmlAnswer>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AmlOutcome {
    /// Nothing stands against it.
    Clear {
        /// The report's number.
        report_id: String,
    },
    /// More has to be asked.
    Questions(Vec<AmlQuestion>),
    /// Refused; the ground is for nobody outside.
    Hit {
        /// The report's number.
        report_id: String,
    },
}

/// The screening.
pub trait Aml: Send + Sync {
    /// Screens.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn screen(&self, subject: &AmlSubject) -> Result<AmlOutcome, ConnectorError>;
}
