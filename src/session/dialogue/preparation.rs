//! Before a contract: consents for the credit bureaux, questions of due diligence, texts to be read, and whether somebody
//! tells the client to do this (R-050 to, B18).
//!
//! Asked once: neither another sum, nor another offer, nor going on after an interruption begins it anew. The question against fraud belongs to one
//! contract.

use senim_domain::ApplicationId;
use senim_domain::rule_pack::{ConsentKind, TextId};
use senim_operation::attachment::{GivenAnswer, Questionnaire};
use senim_operation::body::{
    ApplicationSubmitted, ConsentSubject, PressureAnswered, QuestionsAnswered, TextAcknowledged,
};
use senim_operation::jws::sha256_b64;

use super::{Session, Step};
use crate::action::Decision;
use crate::preparation::{Acquainting, Preparing};
use crate::registration::Advice;
use crate::state::{ChosenTerms, Client, Ending, Offer, Picture, Sitter, State, Wish};

/// What is agreed to before a report is asked for, in order (B18).
pub(super) const CONSENTS: [ConsentKind; 2] = [ConsentKind::BureauSupply, ConsentKind::BureauReport];

/// What is read before drafts are compared, in the order of paragraph 8.
pub(super) const TEXTS: [TextId; 3] = [TextId::Rules, TextId::Payments, TextId::Rights];

/// Whose application it is, and for what.
pub(super) type Case = (Client, Wish, ApplicationId);

impl Session {
    /// On from a sum and a term.
    pub(super) fn prepare(&mut self, step: &mut Step<'_>, client: Client, wish: Wish) {
        let application = ApplicationId(step.ids.next(&step.now));
        self.resume(step, client, wish, application);
    }

    /// The first of what has not been said yet, or the application.
    pub(super) fn resume(
        &mut self,
        step: &mut Step<'_>,
        client: Client,
        wish: Wish,
        application: ApplicationId,
    ) {
        let said = self.visit.map(|visit| visit.said).unwrap_or_default();
        match CONSENTS.iter().zip(said.consents).find(|(_, given)| !given) {
            Some((kind, _)) => {
                let stage = Preparing::Consent { client, wish, application, kind: *kind };
                self.enter(step, State::Prepare(Box::new(stage)));
            }
            None if said.answered => self.submit_as(step, client, wish, application),
            None => self.ask_question(step, (client, wish, application), Vec::new()),
        }
    }

    /// What the person decided on a screen before the application.
    pub(super) fn decide_preparation(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let State::Prepare(stage) = self.take() else { return };
        let stage = match (*stage, decision) {
            (Preparing::Consent { client, wish, application, kind }, Decision::Confirm) => {
                return self.decide_bureau_consent(step, (client, wish, application), kind, true);
            }
            (Preparing::Consent { client, wish, application, kind }, Decision::Decline) => {
                return self.decide_bureau_consent(step, (client, wish, application), kind, false);
            }
            (Preparing::Question { client, wish, application, answers }, Decision::Choose(place)) => {
                return self.answer_question(step, (client, wish, application), answers, *place);
            }
            (Preparing::Further { client, wish, application, asked, answers }, decision) => {
                return self.answer_further(step, (client, wish, application), asked, answers, decision);
            }
            (stage, _) => stage,
        };
        self.state = State::Prepare(Box::new(stage));
    }

    fn decide_bureau_consent(
        &mut self,
        step: &mut Step<'_>,
        (client, wish, application): Case,
        kind: ConsentKind,
        agreed: bool,
    ) {
        if !self.record_consent(step, ConsentSubject::Client(client.id), kind, agreed) {
            return self.end(step, Ending::Unreachable);
        }
        if !agreed {
            return self.advise(step, Advice::BureauConsentRefused);
        }
        if let Some(visit) = &mut self.visit {
            for (given, of) in visit.said.consents.iter_mut().zip(CONSENTS) {
                *given |= of == kind;
            }
        }
        self.resume(step, client, wish, application);
    }

    /// The next question, or the application.
    fn ask_question(
        &mut self,
        step: &mut Step<'_>,
        (client, wish, application): Case,
        answers: Vec<GivenAnswer>,
    ) {
        let open = self.facts.pack(step.now.utc).is_some_and(|pack| pack.aml.len() > answers.len());
        if open {
            let stage = Preparing::Question { client, wish, application, answers };
            return self.enter(step, State::Prepare(Box::new(stage)));
        }
        if !answers.is_empty() {
            let questions = answers.iter().map(|answer| answer.question.clone()).collect();
            let Ok(sealed) = (Questionnaire { answers }).to_plaintext() else {
                return self.end(step, Ending::Unreachable);
            };
            let row = QuestionsAnswered { client: client.id, questions, application: None };
            self.record_sealed(step, row, sealed);
        }
        if let Some(visit) = &mut self.visit {
            visit.said.answered = true;
        }
        self.submit_as(step, client, wish, application);
    }

    fn answer_question(
        &mut self,
        step: &mut Step<'_>,
        case: Case,
        mut answers: Vec<GivenAnswer>,
        place: usize,
    ) {
        let question = self.facts.pack(step.now.utc).and_then(|pack| pack.aml.get(answers.len()));
        let given = question.and_then(|question| {
            let answer = question.answers.get(place)?;
            let answer = senim_domain::Secret::new(answer.id.clone());
            Some(GivenAnswer { question: question.id.clone(), answer })
        });
        answers.extend(given);
        self.ask_question(step, case, answers);
    }

    /// Submits an application, again where more was asked for it.
    pub(super) fn submit_as(
        &mut self,
        step: &mut Step<'_>,
        client: Client,
        wish: Wish,
        application: ApplicationId,
    ) {
        let Some(product) = self.product_for(&client, step) else {
            return self.end(step, Ending::NotAvailable);
        };
        let body = ApplicationSubmitted {
            application,
            client: client.id,
            product: product.id,
            principal_tiyn: wish.principal,
            term: wish.term,
            language: self.language,
        };
        let asked = self.record(step, body);
        self.enter(step, State::Deciding { asked, application, client, wish });
    }

    /// On from an offer that is right: the first text that was not read yet; then the drafts, or the one that was chosen
    /// before an interruption, where it is the same.
    pub(super) fn acquaint(&mut self, step: &mut Step<'_>, offer: Offer) {
        let read = self.visit.map(|visit| visit.said.read).unwrap_or_default();
        if let Some((text, _)) = TEXTS.iter().zip(read).find(|(_, read)| !read) {
            return self.show_text(step, offer, *text);
        }
        let chosen = self.resumed_choice.take().and_then(|(method, sha256)| {
            let mut drafts = offer.drafts.iter().filter(|draft| draft.schedule.method == method);
            drafts.any(|draft| draft.sha256().as_deref() == Some(sha256.as_str())).then_some(method)
        });
        self.enter(step, State::Schedules { offer: Box::new(offer) });
        if let Some(method) = chosen {
            self.choose(step, method);
        }
    }

    fn show_text(&mut self, step: &Step<'_>, offer: Offer, text: TextId) {
        let stage = Acquainting { offer, text, shown_at: step.now.utc };
        self.enter(step, State::Acquaint(Box::new(stage)));
    }

    /// The text was read to its end.
    pub(super) fn acknowledge(&mut self, step: &mut Step<'_>, decision: &Decision) {
        if *decision != Decision::Confirm {
            return;
        }
        let State::Acquaint(stage) = self.take() else { return };
        let Acquainting { offer, text, shown_at } = *stage;
        let language = self.language;
        let Some(shown) = self.facts.pack(step.now.utc).map(|pack| pack.texts.document(text, language))
        else {
            return self.end(step, Ending::Unreachable);
        };
        let text_sha256 = sha256_b64(shown.as_bytes());
        self.record(
            step,
            TextAcknowledged { client: offer.client.id, text, text_sha256, language, shown_at },
        );
        if let Some(visit) = &mut self.visit {
            for (read, of) in visit.said.read.iter_mut().zip(TEXTS) {
                *read |= of == text;
            }
        }
        self.acquaint(step, offer);
    }

    /// On from a contract that was read: the question, once for each contract, then the camera.
    pub(super) fn ask_of_pressure(&mut self, step: &mut Step<'_>, terms: Box<ChosenTerms>) {
        if self.visit.is_some_and(|visit| visit.unpressed == Some(terms.offer.loan)) {
            self.before_camera(step, Sitter::Borrower(terms), Picture::Opening);
        } else {
            self.enter(step, State::Pressure { terms });
        }
    }

    /// What the person says to it: whoever is told to borrow borrows nothing here today.
    pub(super) fn decide_pressure(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let pressed = match decision {
            Decision::Confirm => false,
            Decision::Decline => true,
            Decision::Choose(_) | Decision::Enter(_) | Decision::Touch(_) => return,
        };
        let State::Pressure { terms } = self.take() else { return };
        let (loan, language) = (terms.offer.loan, self.language);
        let pack = self.facts.pack(step.now.utc);
        let Some(shown) = pack.map(|pack| pack.texts.document(TextId::ScamQuestion, language)) else {
            return self.end(step, Ending::Unreachable);
        };
        let text_sha256 = sha256_b64(shown.as_bytes());
        self.record(step, PressureAnswered { loan, text_sha256, language, pressed });
        if pressed {
            return self.advise(step, Advice::Pressed);
        }
        if let Some(visit) = &mut self.visit {
            visit.unpressed = Some(loan);
        }
        self.before_camera(step, Sitter::Borrower(terms), Picture::Opening);
    }

    /// One question back, or to the sum: what was agreed to stands.
    pub(super) fn back_in_preparation(&mut self, step: &Step<'_>, stage: Preparing) {
        let next = match stage {
            Preparing::Consent { client, .. } => State::Amount { client },
            Preparing::Question { client, wish, application, mut answers } => match answers.pop() {
                Some(_) => {
                    State::Prepare(Box::new(Preparing::Question { client, wish, application, answers }))
                }
                None => State::Amount { client },
            },
            Preparing::Further { client, wish, application, asked, mut answers } => match answers.pop() {
                Some(_) => {
                    State::Prepare(Box::new(Preparing::Further { client, wish, application, asked, answers }))
                }
                None => State::Amount { client },
            },
        };
        self.enter(step, next);
    }
}
