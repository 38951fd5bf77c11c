//! Questions that the screening asks beyond those of the rule pack.

use senim_domain::rule_pack::ByLanguage;
use serde::{Deserialize, Serialize};

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FurtherQuestion {
    /// The screening's code of it, `a-z 0-9 -`, 1 to 32 characters.
    pub code: String,
    /// What is asked, 1 to 300 characters in each language.
    pub text: ByLanguage<String>,
    /// How it is answered.
    pub form: QuestionForm,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "form", deny_unknown_fields)]
pub enum QuestionForm {
    /// `yes` or `no`.
    YesNo,
    /// One of 2 to 8.
    Choice {
        /// In order.
        options: Vec<QuestionOption>,
    },
    /// Something typed.
    Text {
        /// Most characters, 1 to 200.
        max: u16,
    },
}

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionOption {
    /// Its code, `a-z 0-9 -`, 1 to 32 characters.
    pub code: String,
    /// As it is shown, 1 to 100 characters in each language.
    pub text: ByLanguage<String>,
}

/// Longest question, characters.
const MAX_TEXT: usize = 300;
/// Longest option, characters.
const MAX_OPTION: usize = 100;
/// Longest answer that is typed, characters.
const MAX_TYPED: u16 = 200;

fn is_code(code: &str) -> bool {
    (1..=32).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn fits(text: &ByLanguage<String>, most: usize) -> bool {
    [&text.kk, &text.ru, &text.en].iter().all(|text| {
        !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
    })
}

impl FurtherQuestion {
    /// Whether a terminal can ask it.
    #[must_use]
    pub fn can_be_asked(&self) -> bool {
        let form = match &self.form {
            QuestionForm::YesNo => true,
            QuestionForm::Text { max } => (1..=MAX_TYPED).contains(max),
            QuestionForm::Choice { options } => {
                let codes: std::collections::BTreeSet<&str> =
                    options.iter().map(|option| option.code.as_str()).collect();
                (2..=8).contains(&options.len())
                    && codes.len() == options.len()
                    && options.iter().all(|option| is_code(&option.code) && fits(&option.text, MAX_OPTION))
            }
        };
        form && is_code(&self.code) && fits(&self.text, MAX_TEXT)
    }
}
