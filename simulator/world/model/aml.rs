//! Decides what a screening says, and which questions it asks first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Denial, Model};

/// An answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Of which question.
    pub code: String,
    /// What was answered.
    pub answer: String,
}

/// What came of a screening.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Screening {
    /// The screening.
    pub screening: Uuid,
    /// `clear`, `questions` or `hit`.
    pub outcome: String,
    /// The report's number, unless questions are open.
    pub report_id: Option<String>,
    /// Open questions.
    pub questions: Vec<Value>,
}

/// Screenings that have ended.
#[derive(Default)]
pub struct Screenings(BTreeMap<Uuid, (String, Screening)>);

fn questions() -> [(&'static str, Value); 2] {
    let public = json!({
        "code": "public-official",
        "text": {
            "kk": "Сіз жария лауазымды адамсыз ба немесе оның жақынысыз ба?",
            "ru": "Являетесь ли вы публичным должностным лицом или его близким?",
            "en": "Are you a public official or close to one?",
        },
        "form": {"form": "yes_no"},
    });
    let option = |code: &str, kk: &str, ru: &str, en: &str| json!({"code": code, "text": {"kk": kk, "ru": ru, "en": en}});
    let source = json!({
        "code": "source-of-funds",
        "text": {
            "kk": "Қарызды қандай қаражаттан қайтарасыз?",
            "ru": "Из каких средств вы будете возвращать заём?",
            "en": "From which means will you repay?",
        },
        "form": {"form": "choice", "options": [
            option("wage", "Жалақы", "Зарплата", "Wage"),
            option("business", "Кәсіп", "Предпринимательство", "Business"),
            option("other", "Басқа", "Другое", "Other"),
        ]},
    });
    [("public-official", public), ("source-of-funds", source)]
}

impl Model {
    /// Screens a person, going on with the answers so far.
    ///
    /// # Errors
    /// `person_unknown`, `screening_conflict`, `invalid_answer`.
    pub fn screen(&mut self, screening: Uuid, iin: &str, answers: &[Answer]) -> Result<Screening, Denial> {
        if let Some((whose, ended)) = self.screenings.0.get(&screening) {
            let same = whose == iin;
            return if same { Ok(ended.clone()) } else { Err(Denial::conflict("screening_conflict")) };
        }
        let quirks = self.by_iin(iin)?.quirks;
        let of = |code: &str| answers.iter().find(|one| one.code == code).map(|one| one.answer.as_str());
        let valid = [
            ("public-official", &["yes", "no"][..]),
            ("source-of-funds", &["wage", "business", "other"][..]),
        ];
        let wrong = valid.iter().any(|(code, known)| of(code).is_some_and(|answer| !known.contains(&answer)));
        if wrong {
            return Err(Denial::invalid("invalid_answer"));
        }
        if quirks.aml_questions {
            let open: Vec<Value> =
                questions().into_iter().filter(|(code, _)| of(code).is_none()).map(|(_, one)| one).collect();
            if !open.is_empty() {
                let outcome = "questions".to_owned();
                return Ok(Screening { screening, outcome, report_id: None, questions: open });
            }
        }
        let outcome = if quirks.aml_hit || of("public-official") == Some("yes") { "hit" } else { "clear" };
        let report_id = Some(self.report_id());
        let ended = Screening { screening, outcome: outcome.to_owned(), report_id, questions: Vec::new() };
        self.screenings.0.insert(screening, (iin.to_owned(), ended.clone()));
        Ok(ended)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MAN, model};
    use super::*;

    #[test]
    fn questions_are_asked_until_all_are_answered() {
        let mut model = model();
        model.set_quirks(MAN, |quirks| quirks.aml_questions = true).unwrap();
        let id = Uuid::from_u128(1);
        assert_eq!(model.screen(id, MAN, &[]).unwrap().questions.len(), 2);
        let answer = |code: &str, answer: &str| Answer { code: code.into(), answer: answer.into() };
        let one = [answer("public-official", "no")];
        assert_eq!(model.screen(id, MAN, &one).unwrap().questions.len(), 1);
        let all = [answer("public-official", "no"), answer("source-of-funds", "wage")];
        assert_eq!(model.screen(id, MAN, &all).unwrap().outcome, "clear");
        assert_eq!(model.screen(id, MAN, &[]).unwrap().outcome, "clear", "it has ended");
        let bad = [answer("public-official", "perhaps")];
        assert_eq!(model.screen(Uuid::from_u128(2), MAN, &bad).unwrap_err().code, "invalid_answer");
    }
}
