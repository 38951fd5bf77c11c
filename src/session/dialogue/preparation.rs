//! Before a contract: consents for the credit bureaux, questions of due diligence, texts to be read, and whether somebody
//! tells the client to do this (R-050 to, B18).
//!
//! Asked once a visit: another sum or another offer does not begin it anew. The question against fraud belongs to one
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
const CONSENTS: [ConsentKind; 2] = [ConsentKind::BureauSupply, ConsentKind::BureauReport];

/// What is read before drafts are compared, in the order of paragraph 8.
const TEXTS: [TextId; 3] = [TextId::Rules, TextId::Payments, TextId::Rights];

impl Session {
    /// On from a sum and a term.
    pub(super) fn prepare(&mut self, step: &mut Step<'_>, client: Client, wish: Wish) {
        if self.visit.is_some_and(|visit| visit.prepared) {
            self.submit_application(step, client, wish);
        } else {
            let kind = ConsentKind::BureauSupply;
            self.enter(step, State::Prepare(Box::new(Preparing::Consent { client, wish, kind })));
        }
    }

    /// What the person decided on a screen before the application.
    pub(super) fn decide_preparation(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let State::Prepare(stage) = self.take() else { return };
        let stage = match (*stage, decision) {
            (Preparing::Consent { client, wish, kind }, Decision::Confirm) => {
                return self.decide_bureau_consent(step, client, wish, kind, true);
            }
            (Preparing::Consent { client, wish, kind }, Decision::Decline) => {
                return self.decide_bureau_consent(step, client, wish, kind, false);
            }
            (Preparing::Question { client, wish, answers }, Decision::Choose(place)) => {
                return self.answer_question(step, client, wish, answers, *place);
            }
            (stage, _) => stage,
        };
        self.state = State::Prepare(Box::new(stage));
    }

    fn decide_bureau_consent(
        &mut self,
        step: &mut Step<'_>,
        client: Client,
        wish: Wish,
        kind: ConsentKind,
        agreed: bool,
    ) {
        if !self.record_consent(step, ConsentSubject::Client(client.id), kind, agreed) {
            return self.end(step, Ending::Unreachable);
        }
        if !agreed {
            return self.advise(step, Advice::BureauConsentRefused);
        }
        match CONSENTS.iter().skip_while(|consent| **consent != kind).nth(1) {
            Some(kind) => {
                let stage = Preparing::Consent { client, wish, kind: *kind };
                self.enter(step, State::Prepare(Box::new(stage)));
            }
            None => self.ask_question(step, client, wish, Vec::new()),
        }
    }

    /// The next question, or the application.
    fn ask_question(&mut self, step: &mut Step<'_>, client: Client, wish: Wish, answers: Vec<GivenAnswer>) {
        let open = self.facts.pack(step.now.utc).is_some_and(|pack| pack.aml.len() > answers.len());
        if open {
            let stage = Preparing::Question { client, wish, answers };
            return self.enter(step, State::Prepare(Box::new(stage)));
        }
        if !answers.is_empty() {
            let questions = answers.iter().map(|answer| answer.question.clone()).collect();
            let Ok(sealed) = (Questionnaire { answers }).to_plaintext() else {
                return self.end(step, Ending::Unreachable);
            };
            self.record_sealed(step, QuestionsAnswered { client: client.id, questions }, sealed);
        }
        if let Some(visit) = &mut self.visit {
            visit.prepared = true;
        }
        self.submit_application(step, client, wish);
    }

    fn answer_question(
        &mut self,
        step: &mut Step<'_>,
        client: Client,
        wish: Wish,
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
        self.ask_question(step, client, wish, answers);
    }

    fn submit_application(&mut self, step: &mut Step<'_>, client: Client, wish: Wish) {
        let Some(product) = self.product_for(&client, step) else {
            return self.end(step, Ending::NotAvailable);
        };
        let application = ApplicationId(step.ids.next(&step.now));
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

    /// On from an offer that is right.
    pub(super) fn acquaint(&mut self, step: &Step<'_>, offer: Offer) {
        match TEXTS.first() {
            Some(text) if self.visit.is_some_and(|visit| !visit.acquainted) => {
                self.show_text(step, offer, *text);
            }
            _ => self.enter(step, State::Schedules { offer: Box::new(offer) }),
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
        if let Some(text) = TEXTS.iter().skip_while(|earlier| **earlier != text).nth(1) {
            return self.show_text(step, offer, *text);
        }
        if let Some(visit) = &mut self.visit {
            visit.acquainted = true;
        }
        self.enter(step, State::Schedules { offer: Box::new(offer) });
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
            Decision::Choose(_) | Decision::Enter(_) => return,
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
            Preparing::Question { client, wish, mut answers } => match answers.pop() {
                Some(_) => State::Prepare(Box::new(Preparing::Question { client, wish, answers })),
                None => State::Amount { client },
            },
        };
        self.enter(step, next);
    }
}
