//! AML screening over HTTP.

use senim_domain::Secret;
use senim_domain::rule_pack::ByLanguage;
use senim_gateway_core::connectors::{Aml, AmlOutcome, AmlQuestion, AmlSubject, AnswerForm, ConnectorError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::http::{HttpService, is_report};

/// AML screening over HTTP.
pub struct HttpAml(pub HttpService);

#[derive(Serialize)]
struct Answer<'a> {
    code: &'a str,
    answer: &'a str,
}

#[derive(Serialize)]
struct Subject<'a> {
    screening: Uuid,
    iin: &'a str,
    surname: &'a str,
    given_name: &'a str,
    patronymic: Option<&'a str>,
    answers: Vec<Answer<'a>>,
}

#[derive(Deserialize)]
struct Choice {
    code: String,
    text: ByLanguage<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", tag = "form")]
enum Form {
    YesNo,
    Choice { options: Vec<Choice> },
    Text { max: u16 },
}

#[derive(Deserialize)]
struct Question {
    code: String,
    text: ByLanguage<String>,
    form: Form,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Clear,
    Questions,
    Hit,
}

#[derive(Deserialize)]
struct Screening {
    screening: Uuid,
    outcome: Outcome,
    report_id: Option<String>,
    questions: Vec<Question>,
}

impl From<Question> for AmlQuestion {
    fn from(asked: Question) -> Self {
        Self {
            code: asked.code,
            text: asked.text,
            form: match asked.form {
                Form::YesNo => AnswerForm::YesNo,
                Form::Choice { options } => AnswerForm::Choice {
                    options: options.into_iter().map(|choice| (choice.code, choice.text)).collect(),
                },
                Form::Text { max } => AnswerForm::Text { max },
            },
        }
    }
}

impl Aml for HttpAml {
    fn screen(&self, subject: &AmlSubject) -> Result<AmlOutcome, ConnectorError> {
        let answers = subject.answers.iter();
        let asked = Subject {
            screening: subject.screening,
            iin: subject.iin.expose(),
            surname: subject.surname.expose(),
            given_name: subject.given_name.expose(),
            patronymic: subject.patronymic.as_ref().map(Secret::expose),
            answers: answers.map(|one| Answer { code: &one.code, answer: one.answer.expose() }).collect(),
        };
        let found: Screening = self.0.post("/aml/screenings", subject.screening, &asked)?;
        let found = self.0.about(found.screening == subject.screening, found)?;
        match (found.outcome, found.report_id.filter(|number| is_report(number))) {
            (Outcome::Clear, Some(report_id)) => Ok(AmlOutcome::Clear { report_id }),
            (Outcome::Hit, Some(report_id)) => Ok(AmlOutcome::Hit { report_id }),
            (Outcome::Questions, _) if !found.questions.is_empty() => {
                Ok(AmlOutcome::Questions(found.questions.into_iter().map(Into::into).collect()))
            }
            (_, _) => Err(self.0.unavailable("its answer is not as agreed")),
        }
    }
}
