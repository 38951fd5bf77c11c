//! Before a contract: a consent or a question at a time, a text at a time, and the question against fraud.

use senim_domain::rule_pack::{ConsentKind, RulePack, TextId};
use senim_domain::{Language, Secret};
use senim_session::preparation::Preparing;

use crate::pages::{Choice, Choosable, Notice, Tone};
use crate::screen::Screen;
use crate::texts::{Phrase, preparation as texts, register};

/// Names of questions, so that one differs from the next.
const NAMES: [&str; 2] = ["question-odd", "question-even"];

/// Screens before the application.
pub(super) fn screen(pack: &RulePack, stage: &Preparing, language: Language) -> Screen {
    match stage {
        Preparing::Consent { kind, .. } => {
            let name = if *kind == ConsentKind::BureauSupply { "bureauSupply" } else { "bureauReport" };
            Screen::Notice(Notice { back: true, ..consent(pack, *kind, name, language) })
        }
        Preparing::Question { answers, .. } => Screen::Choice(question(pack, answers.len(), language)),
    }
}

/// A consent: refusing is as easy as agreeing.
pub(super) fn consent(pack: &RulePack, kind: ConsentKind, name: &'static str, language: Language) -> Notice {
    let consent = pack.consent(kind);
    Notice {
        name,
        title: consent.map_or_else(String::new, |consent| consent.title.get(language).clone()),
        paragraphs: consent.map_or_else(Vec::new, |consent| secrets(&consent.paragraphs(language))),
        primary: Some(register::AGREE.get(language).to_owned()),
        secondary: Some(register::REFUSE.get(language).to_owned()),
        equal: true,
        cancel: true,
        ..Notice::default()
    }
}

fn question(pack: &RulePack, place: usize, language: Language) -> Choice {
    let asked = pack.aml.get(place);
    let of = format!("{}/{}", place.saturating_add(1), pack.aml.len());
    Choice {
        name: NAMES.get(place % NAMES.len()).copied().unwrap_or_default(),
        title: asked.map_or_else(String::new, |question| question.text.get(language).clone()),
        lead: Secret::new(texts::QUESTION_OF.with(language, &of)),
        options: asked.map_or_else(Vec::new, |question| {
            let answers = question.answers.iter();
            answers.map(|answer| Choosable::new(&answer.id, answer.text.get(language))).collect()
        }),
        back: true,
        cancel: true,
    }
}

/// A text that is acknowledged.
pub(super) fn text(pack: &RulePack, text: TextId, language: Language) -> Notice {
    let (name, title) = named(text);
    Notice {
        name,
        title: title.get(language).to_owned(),
        paragraphs: secrets(pack.texts.get(text).get(language)),
        primary: Some(texts::READ.get(language).to_owned()),
        to_the_end: true,
        cancel: true,
        ..Notice::default()
    }
}

/// Name and title of what is acknowledged before a contract.
const fn named(text: TextId) -> (&'static str, Phrase) {
    match text {
        TextId::Payments => ("payments", texts::PAYMENTS),
        TextId::Rights => ("rights", texts::RIGHTS),
        TextId::Rules
        | TextId::WhatYouNeed
        | TextId::Hygiene
        | TextId::ScamQuestion
        | TextId::VoluntaryRefusal
        | TextId::RegistrationStatement
        | TextId::Revocation
        | TextId::Repayment
        | TextId::DataLeak => ("rules", texts::RULES),
    }
}

/// Whether somebody tells the client to borrow: both answers weigh the same.
pub(super) fn pressure(pack: &RulePack, language: Language) -> Notice {
    Notice {
        name: "pressure",
        tone: Tone::Warn,
        title: texts::PRESSURE.get(language).to_owned(),
        paragraphs: secrets(pack.texts.get(TextId::ScamQuestion).get(language)),
        primary: Some(texts::NOBODY.get(language).to_owned()),
        secondary: Some(texts::SOMEBODY.get(language).to_owned()),
        equal: true,
        back: true,
        cancel: true,
        ..Notice::default()
    }
}

pub(super) fn secrets(texts: &[String]) -> Vec<Secret> {
    texts.iter().map(|text| Secret::new(text.clone())).collect()
}
