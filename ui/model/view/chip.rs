//! The chip of an identity document in a registration, stage by stage.

use senim_domain::{Language, Secret};
use senim_hal::identity_document::ACCESS_NUMBER_DIGITS;
use senim_session::registration::{ChipProblem, ChipStage, ChipUse, Printed};

use super::preparation::secrets;
use super::register::busy;
use crate::pages::{Entry, Grouping, Keyboard, Leads, Notice, Tone};
use crate::screen::Screen;
use crate::texts::{Phrase, chip as texts};

/// Longest number that a document of the machine-readable zone can have.
const NUMBER_MOST: usize = 22;
/// Digits of a date with its whole year.
const DATE_DIGITS: usize = 8;

pub(crate) fn screen(used: &ChipUse, language: Language) -> Screen {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    let instead = Some(say(texts::TYPE_INSTEAD));
    match &used.stage {
        ChipStage::Offer => Screen::Notice(Notice {
            name: "chipOffer",
            title: say(texts::OFFER),
            paragraphs: secrets(&[say(texts::OFFER_TEXT), say(texts::NO_PICTURE)]),
            primary: Some(say(texts::READ_IT)),
            secondary: instead,
            equal: true,
            back: true,
            cancel: true,
            ..Notice::default()
        }),
        ChipStage::AccessNumber { wrong } => Screen::Entry(Entry {
            name: "chipAccessNumber",
            title: say(texts::ACCESS_NUMBER),
            lead: Secret::new(say(texts::ACCESS_NUMBER_LEAD)),
            least: ACCESS_NUMBER_DIGITS,
            most: ACCESS_NUMBER_DIGITS,
            error: wrong.then(|| say(texts::OPENED_NOTHING)),
            secondary: Some(say(texts::NO_SUCH_NUMBER)),
            back: true,
            cancel: true,
            ..Entry::default()
        }),
        ChipStage::Printed { typed, wrong } => Screen::Entry(printed(typed, *wrong, language)),
        ChipStage::Lay { .. } => Screen::Notice(Notice {
            name: "chipLay",
            title: say(texts::LAY),
            paragraphs: secrets(&[say(texts::LAY_TEXT)]),
            secondary: instead,
            busy: true,
            back: true,
            cancel: true,
            ..Notice::default()
        }),
        ChipStage::Reading { .. } => Screen::Notice(busy("chipReading", texts::READING, language)),
        ChipStage::Problem { problem, .. } => Screen::Notice(trouble(*problem, language)),
    }
}

fn printed(typed: &Printed, wrong: bool, language: Language) -> Entry {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    let common =
        Entry { secondary: Some(say(texts::TYPE_INSTEAD)), back: true, cancel: true, ..Entry::default() };
    if typed.number.is_none() {
        return Entry {
            name: "chipNumber",
            title: say(texts::NUMBER),
            lead: Secret::new(say(texts::NUMBER_LEAD)),
            keyboard: Keyboard::Latin,
            least: 1,
            most: NUMBER_MOST,
            error: wrong.then(|| say(texts::PRINTED_OPENED_NOTHING)),
            ..common
        };
    }
    let (name, title) = match typed.birth_date {
        None => ("chipBirthDate", texts::BIRTH_DATE),
        Some(_) => ("chipExpiryDate", texts::EXPIRY_DATE),
    };
    Entry {
        name,
        title: say(title),
        lead: Secret::new(say(texts::DATE_LEAD)),
        grouping: Grouping::Date,
        least: DATE_DIGITS,
        most: DATE_DIGITS,
        error: wrong.then(|| say(texts::NO_SUCH_DAY)),
        ..common
    }
}

fn trouble(problem: ChipProblem, language: Language) -> Notice {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    let (title, text) = said(problem);
    let waits = problem == ChipProblem::Withdrawn;
    let retry = problem.may_retry();
    Notice {
        name: "chipProblem",
        tone: Tone::Warn,
        title: say(title),
        paragraphs: secrets(&[say(text)]),
        primary: if waits { None } else { Some(say(if retry { texts::AGAIN } else { texts::TYPE_INSTEAD })) },
        secondary: retry.then(|| say(texts::TYPE_INSTEAD)),
        // The same chip is the same the next time.
        leads: match problem {
            ChipProblem::Unusable | ChipProblem::Reader if retry => Leads::Secondary,
            _ => Leads::Primary,
        },
        busy: waits,
        back: true,
        cancel: true,
        ..Notice::default()
    }
}

/// What happened, and what helps.
const fn said(problem: ChipProblem) -> (Phrase, Phrase) {
    match problem {
        ChipProblem::Withdrawn => texts::WITHDRAWN,
        ChipProblem::TooManyTries => texts::TOO_MANY_TRIES,
        ChipProblem::NotADocument => texts::NOT_A_DOCUMENT,
        ChipProblem::Unusable => texts::UNUSABLE,
        ChipProblem::Unclear => texts::UNCLEAR,
        ChipProblem::Reader => texts::READER,
        ChipProblem::Expired => texts::EXPIRED,
        ChipProblem::OtherPerson => texts::OTHER_PERSON,
    }
}
