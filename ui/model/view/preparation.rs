//! Before a contract: a consent or a question at a time, a text at a time, and the question against fraud.

use senim_domain::calendar::local_date;
use senim_domain::loan::Term;
use senim_domain::rule_pack::{ConsentKind, RulePack, TextId};
use senim_domain::{Language, Secret};
use senim_operation::message::{FurtherQuestion, QuestionForm, UnfinishedApplication};
use senim_session::preparation::Preparing;
use senim_session::state::Client;

use crate::format;
use crate::pages::{Choice, Choosable, Entry, Keyboard, Notice, Tone};
use crate::screen::Screen;
use crate::texts::{Phrase, preparation as texts, register};

/// Names of questions, so that one differs from the next.
const NAMES: [&str; 2] = ["question-odd", "question-even"];

/// Names of the screening's questions.
const FURTHER: [&str; 2] = ["screening-odd", "screening-even"];

/// Screens before the application.
pub(super) fn screen(pack: &RulePack, stage: &Preparing, language: Language) -> Screen {
    match stage {
        Preparing::Consent { kind, .. } => {
            let name = if *kind == ConsentKind::BureauSupply { "bureauSupply" } else { "bureauReport" };
            Screen::Notice(Notice { back: true, ..consent(pack, *kind, name, language) })
        }
        Preparing::Question { answers, .. } => Screen::Choice(question(pack, answers.len(), language)),
        Preparing::Further { asked, answers, .. } => further(asked, answers.len(), language),
    }
}

/// An application of an earlier visit: go on with it, or begin anew.
pub(super) fn unfinished(client: &Client, found: &UnfinishedApplication, language: Language) -> Choice {
    let day = local_date(found.at).map(format::date).unwrap_or_default();
    let asked = found.wish.as_ref().map(|wish| {
        let term = match wish.term {
            Term::Months(months) => format::months(u32::from(months), language),
            Term::Days(days) => format::days(u32::from(days), language),
        };
        format!("{}, {term}", format::money(wish.principal_tiyn).0)
    });
    let what = match asked {
        Some(asked) => format!("{} {asked}", texts::UNFINISHED_FOR.with(language, &day)),
        None => texts::UNFINISHED_SINCE.with(language, &day),
    };
    let about = super::menu::about_login(client, language);
    Choice {
        name: "unfinished",
        title: texts::UNFINISHED.get(language).to_owned(),
        lead: Secret::new(format!("{}. {about} {what}", client.greeting.expose())),
        options: vec![
            Choosable::new("go-on", texts::GO_ON.get(language)).with(texts::GO_ON_DETAIL.get(language)),
            Choosable::new("anew", texts::ANEW.get(language)).with(texts::ANEW_DETAIL.get(language)),
        ],
        back: false,
        cancel: true,
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

/// A question of the screening, in the form that it wants.
fn further(asked: &[FurtherQuestion], place: usize, language: Language) -> Screen {
    let Some(question) = asked.get(place) else { return Screen::Notice(Notice::default()) };
    let title = question.text.get(language).clone();
    let of = format!("{}/{}", place.saturating_add(1), asked.len());
    let lead = Secret::new(texts::FURTHER_OF.with(language, &of));
    let options = match &question.form {
        QuestionForm::Text { max } => {
            return Screen::Entry(Entry {
                name: "screeningText",
                title,
                lead,
                keyboard: Keyboard::Text,
                least: 1,
                most: usize::from(*max),
                back: true,
                cancel: true,
                ..Entry::default()
            });
        }
        QuestionForm::YesNo => vec![
            Choosable::new("yes", texts::YES.get(language)),
            Choosable::new("no", texts::NO.get(language)),
        ],
        QuestionForm::Choice { options } => {
            options.iter().map(|option| Choosable::new(&option.code, option.text.get(language))).collect()
        }
    };
    let name = FURTHER.get(place % FURTHER.len()).copied().unwrap_or_default();
    Screen::Choice(Choice { name, title, lead, options, back: true, cancel: true })
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
        | TextId::DataLeak
        | TextId::UnauthorisedAccess => ("rules", texts::RULES),
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
