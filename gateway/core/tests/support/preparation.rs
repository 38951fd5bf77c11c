//! What a client says before an application and before a contract, in Russian, by the sample rule pack.

use senim_domain::rule_pack::{ConsentKind, Question, TextId};
use senim_domain::{ClientId, Language, LoanId, Secret, SecretBytes, UtcMillis};
use senim_operation::Body;
use senim_operation::attachment::{GivenAnswer, Questionnaire};
use senim_operation::body::{
    ConsentDecided, ConsentSubject, PressureAnswered, QuestionsAnswered, TextAcknowledged,
};
use senim_operation::jws::sha256_b64;

use super::pack;

/// What has to be acknowledged.
pub const TEXTS: [TextId; 3] = [TextId::Rules, TextId::Payments, TextId::Rights];

/// A row, and what is sealed beside it.
pub struct Said {
    pub body: Body,
    pub sealed: Option<SecretBytes>,
}

fn said(body: impl Into<Body>) -> Said {
    Said { body: body.into(), sealed: None }
}

pub fn consent(client: ClientId, consent: ConsentKind, agreed: bool) -> Said {
    let text = pack().consent(consent).unwrap().document(Language::Ru);
    let text_sha256 = sha256_b64(text.as_bytes());
    let subject = ConsentSubject::Client(client);
    said(ConsentDecided { subject, consent, text_sha256, language: Language::Ru, agreed })
}

/// These questions with their first answers; but this client is no public official.
pub fn answers(client: ClientId, questions: &[Question]) -> Said {
    let given = questions.iter().map(|question| GivenAnswer {
        question: question.id.clone(),
        answer: Secret::new(question.answers[usize::from(question.id == "public-official")].id.clone()),
    });
    let sealed = Questionnaire { answers: given.collect() }.to_plaintext().unwrap();
    let questions = questions.iter().map(|question| question.id.clone()).collect();
    Said { body: QuestionsAnswered { client, questions, application: None }.into(), sealed: Some(sealed) }
}

pub fn acknowledged(client: ClientId, text: TextId, shown_at: UtcMillis) -> Said {
    let text_sha256 = sha256_b64(pack().texts.document(text, Language::Ru).as_bytes());
    said(TextAcknowledged { client, text, text_sha256, language: Language::Ru, shown_at })
}

pub fn pressure(loan: LoanId, pressed: bool) -> Said {
    let question = pack().texts.document(TextId::ScamQuestion, Language::Ru);
    let text_sha256 = sha256_b64(question.as_bytes());
    said(PressureAnswered { loan, text_sha256, language: Language::Ru, pressed })
}

pub fn before_application(client: ClientId) -> Vec<Said> {
    let both = [ConsentKind::BureauSupply, ConsentKind::BureauReport];
    let consents = both.into_iter().map(|kind| consent(client, kind, true));
    consents.chain([answers(client, &pack().aml)]).collect()
}

pub fn before_contract(client: ClientId, loan: LoanId, now: UtcMillis) -> Vec<Said> {
    let texts = TEXTS.into_iter().map(|text| acknowledged(client, text, now));
    texts.chain([pressure(loan, false)]).collect()
}
