//! A card in the reader, stage by stage: put it in, its PIN, take it back, and why it does not work.

use senim_domain::{Language, Secret};
use senim_hal::token::{NotTyped, PIN_LEAST, PIN_MOST};
use senim_operation::message::CardRefusal;
use senim_session::card::{CardProblem, CardStage, CardUse};
use senim_session::state::SigningWay;

use super::preparation::secrets;
use super::register::busy;
use crate::pages::{Choice, Choosable, Entry, Leads, Notice, Tone};
use crate::screen::Screen;
use crate::texts::{Phrase, card as texts};

pub(crate) fn screen(used: &CardUse, language: Language) -> Screen {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    let another = Some(say(texts::ANOTHER_WAY));
    match &used.stage {
        CardStage::Insert => Screen::Notice(Notice {
            name: "cardInsert",
            title: say(texts::INSERT),
            paragraphs: secrets(&[say(texts::INSERT_TEXT), say(texts::DO_NOT_LEAVE)]),
            secondary: another,
            busy: true,
            back: true,
            cancel: true,
            ..Notice::default()
        }),
        CardStage::Reading => Screen::Notice(busy("cardReading", texts::READING, language)),
        CardStage::Shown { .. } => Screen::Notice(busy("cardChecking", texts::CHECKING, language)),
        CardStage::Working { .. } | CardStage::Proving { .. } => {
            Screen::Notice(busy("cardWorking", texts::WORKING, language))
        }
        CardStage::Keypad { tries_left, wrong, .. } => Screen::Notice(keypad(*tries_left, *wrong, language)),
        CardStage::Pin { tries_left, wrong, .. } => Screen::Entry(Entry {
            name: if *tries_left <= 1 { "cardPinLast" } else { "cardPin" },
            secondary: another,
            cancel: true,
            ..pin((texts::PIN_LEAD, texts::LAST_TRY), *tries_left, *wrong, language)
        }),
        CardStage::TakeBack { .. } => Screen::Notice(Notice {
            name: "cardTakeBack",
            tone: Tone::Good,
            title: say(texts::TAKE_BACK),
            paragraphs: secrets(&[say(texts::TAKE_BACK_TEXT)]),
            busy: true,
            cancel: true,
            ..Notice::default()
        }),
        CardStage::Problem { problem, may_retry } => {
            let (title, help) = said(*problem);
            let own_card_is_in =
                !matches!(problem, CardProblem::Withdrawn | CardProblem::Refused(CardRefusal::OtherPerson));
            let reminder = own_card_is_in.then(|| say(texts::DO_NOT_LEAVE));
            let said: Vec<String> = [say(help)].into_iter().chain(reminder).collect();
            let helps = again(*problem).is_some() && *problem != CardProblem::Refused(CardRefusal::NotBound);
            Screen::Notice(Notice {
                name: "cardProblem",
                tone: Tone::Warn,
                title: say(title),
                paragraphs: secrets(&said),
                primary: again(*problem).filter(|_| *may_retry).map(say),
                secondary: another,
                leads: if helps { Leads::Primary } else { Leads::Secondary },
                back: true,
                cancel: true,
                ..Notice::default()
            })
        }
    }
}

/// The PIN is typed on the screen; `lead` says how many tries are left, and that one is the last.
pub(crate) fn pin((lead, last): (Phrase, Phrase), tries_left: u8, wrong: bool, language: Language) -> Entry {
    Entry {
        title: texts::PIN.get(language).to_owned(),
        lead: Secret::new(if tries_left <= 1 && !wrong {
            last.get(language).to_owned()
        } else {
            lead.with(language, &tries_left.to_string())
        }),
        masked: true,
        least: PIN_LEAST,
        most: PIN_MOST,
        // What saves the card stands where the mistake is told.
        error: wrong.then(|| {
            let told = [Some(texts::PIN_WRONG), (tries_left <= 1).then_some(last)];
            told.into_iter().flatten().map(|phrase| phrase.get(language)).collect::<Vec<_>>().join(" ")
        }),
        back: true,
        ..Entry::default()
    }
}

/// The PIN is typed on the reader, and the screen says so.
pub(crate) fn keypad(tries_left: u8, wrong: bool, language: Language) -> Notice {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    let error = wrong.then(|| say(texts::PIN_WRONG));
    let said: Vec<String> = if tries_left <= 1 {
        // What saves the card stands first.
        let warning: Vec<String> = error.into_iter().chain([say(texts::KEYPAD_LAST)]).collect();
        vec![warning.join(" "), say(texts::KEYPAD_TEXT)]
    } else {
        let tries = texts::KEYPAD_TRIES.with(language, &tries_left.to_string());
        error.into_iter().chain([say(texts::KEYPAD_TEXT), tries]).collect()
    };
    Notice {
        name: match (tries_left <= 1, wrong) {
            (true, _) => "cardKeypadLast",
            (false, true) => "cardKeypadWrong",
            (false, false) => "cardKeypad",
        },
        tone: if wrong || tries_left <= 1 { Tone::Warn } else { Tone::default() },
        title: say(texts::KEYPAD),
        paragraphs: secrets(&said),
        secondary: Some(say(texts::ANOTHER_WAY)),
        busy: true,
        back: true,
        cancel: true,
        ..Notice::default()
    }
}

/// A card is still in the reader though its visit is over.
pub(crate) fn forgotten(language: Language) -> Notice {
    Notice {
        name: "cardForgotten",
        tone: Tone::Warn,
        title: texts::TAKE_BACK.get(language).to_owned(),
        paragraphs: secrets(&[texts::FORGOTTEN_TEXT.get(language).to_owned()]),
        busy: true,
        ..Notice::default()
    }
}

/// Phone or card.
pub(crate) fn signing_way(any_card: bool, back: bool, language: Language) -> Choice {
    let card = if any_card { texts::SIGN_BY_ANY_CARD_DETAIL } else { texts::SIGN_BY_CARD_DETAIL };
    let option = |way: SigningWay| {
        let (id, label, detail) = match way {
            SigningWay::Phone => ("phone", texts::BY_PHONE, texts::BY_PHONE_DETAIL),
            SigningWay::Card => ("card", texts::SIGN_BY_CARD, card),
        };
        Choosable::new(id, label.get(language)).with(detail.get(language))
    };
    Choice {
        name: "signWay",
        title: texts::HOW_TO_SIGN.get(language).to_owned(),
        lead: Secret::default(),
        options: SigningWay::ALL.into_iter().map(option).collect(),
        back,
        cancel: true,
    }
}

/// What the button says where a card put in once more may do: the same, or another.
const fn again(problem: CardProblem) -> Option<Phrase> {
    match problem {
        CardProblem::Withdrawn
        | CardProblem::PinForm
        | CardProblem::Unusable
        | CardProblem::Unclear
        | CardProblem::TooLate
        | CardProblem::NotTyped(_)
        | CardProblem::NoAnswer
        | CardProblem::Refused(
            CardRefusal::NotVerified | CardRefusal::ChallengeOver | CardRefusal::FaceCheck,
        ) => Some(texts::AGAIN),
        CardProblem::NotAToken
        | CardProblem::Refused(CardRefusal::NotBound | CardRefusal::OtherPerson | CardRefusal::NotIssued) => {
            Some(texts::ANOTHER_CARD)
        }
        CardProblem::PinBlocked
        | CardProblem::Reader
        | CardProblem::Refused(
            CardRefusal::Expired
            | CardRefusal::Revoked
            | CardRefusal::NeedsPinPad
            | CardRefusal::NotAvailable
            | CardRefusal::TryLater,
        ) => None,
    }
}

/// What happened, and what helps.
pub(crate) const fn said(problem: CardProblem) -> (Phrase, Phrase) {
    match problem {
        CardProblem::Withdrawn => texts::WITHDRAWN,
        CardProblem::PinBlocked => texts::BLOCKED,
        CardProblem::PinForm => texts::PIN_FORM,
        CardProblem::NotAToken => texts::NOT_A_TOKEN,
        CardProblem::Unusable => texts::UNUSABLE,
        CardProblem::Unclear => texts::UNCLEAR,
        CardProblem::Reader => texts::READER,
        CardProblem::TooLate => texts::TOO_LATE,
        CardProblem::NotTyped(NotTyped::TimedOut) => texts::KEYPAD_TIMED_OUT,
        CardProblem::NotTyped(NotTyped::Cancelled) => texts::KEYPAD_CANCELLED,
        CardProblem::NoAnswer => texts::NO_ANSWER,
        CardProblem::Refused(reason) => match reason {
            CardRefusal::NotBound => texts::NOT_BOUND,
            CardRefusal::OtherPerson => texts::OTHER_PERSON,
            CardRefusal::Expired => texts::EXPIRED,
            CardRefusal::Revoked => texts::REVOKED,
            CardRefusal::NotIssued => texts::NOT_A_TOKEN,
            CardRefusal::NotVerified => texts::NOT_VERIFIED,
            CardRefusal::ChallengeOver => texts::TOO_LATE,
            CardRefusal::FaceCheck => texts::FACE,
            CardRefusal::NeedsPinPad => texts::NEEDS_PIN_PAD,
            CardRefusal::NotAvailable => texts::NOT_AVAILABLE,
            CardRefusal::TryLater => texts::TRY_LATER,
        },
    }
}
