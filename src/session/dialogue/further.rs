//! What the screening asks beyond the rule pack: one question at a time, all answers sealed together, then the same
//! application once more.

use senim_domain::Secret;
use senim_operation::attachment::{GivenAnswer, Questionnaire};
use senim_operation::body::QuestionsAnswered;
use senim_operation::message::{FurtherQuestion, QuestionForm};

use super::preparation::Case;
use super::{Session, Step};
use crate::action::Decision;
use crate::preparation::Preparing;
use crate::state::{Ending, State};

impl Session {
    /// The MFO asks more before it decides; a question that cannot be put is a fault of the service.
    pub(super) fn ask_further(&mut self, step: &mut Step<'_>, case: Case, asked: Vec<FurtherQuestion>) {
        if asked.is_empty() || !asked.iter().all(FurtherQuestion::can_be_asked) {
            return self.end(step, Ending::Unreachable);
        }
        self.further(step, case, asked, Vec::new());
    }

    fn further(
        &mut self,
        step: &Step<'_>,
        (client, wish, application): Case,
        asked: Vec<FurtherQuestion>,
        answers: Vec<GivenAnswer>,
    ) {
        let stage = Preparing::Further { client, wish, application, asked, answers };
        self.enter(step, State::Prepare(Box::new(stage)));
    }

    pub(super) fn answer_further(
        &mut self,
        step: &mut Step<'_>,
        (client, wish, application): Case,
        asked: Vec<FurtherQuestion>,
        mut answers: Vec<GivenAnswer>,
        decision: &Decision,
    ) {
        let answer = asked.get(answers.len()).and_then(|question| answer_of(question, decision));
        let Some(answer) = answer else {
            let stage = Preparing::Further { client, wish, application, asked, answers };
            self.state = State::Prepare(Box::new(stage));
            return;
        };
        answers.push(answer);
        if answers.len() < asked.len() {
            return self.further(step, (client, wish, application), asked, answers);
        }
        let questions = answers.iter().map(|answer| answer.question.clone()).collect();
        let Ok(sealed) = (Questionnaire { answers }).to_plaintext() else {
            return self.end(step, Ending::Unreachable);
        };
        let row = QuestionsAnswered { client: client.id, questions, application: Some(application) };
        self.record_sealed(step, row, sealed);
        self.submit_as(step, client, wish, application);
    }
}

/// What a decision answers to a question; `None`: nothing.
fn answer_of(question: &FurtherQuestion, decision: &Decision) -> Option<GivenAnswer> {
    let answer = match (&question.form, decision) {
        (QuestionForm::YesNo, Decision::Choose(0)) => Secret::new("yes".to_owned()),
        (QuestionForm::YesNo, Decision::Choose(1)) => Secret::new("no".to_owned()),
        (QuestionForm::Choice { options }, Decision::Choose(place)) => {
            Secret::new(options.get(*place)?.code.clone())
        }
        (QuestionForm::Text { max }, Decision::Enter(text)) => {
            let length = text.expose().trim().chars().count();
            (1..=usize::from(*max)).contains(&length).then(|| text.clone())?
        }
        _ => return None,
    };
    Some(GivenAnswer { question: question.code.clone(), answer })
}
