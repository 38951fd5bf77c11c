//! Notes that stuck on the dispenser's way: what to do, one value after the other, what was counted.

use senim_domain::cash::Denomination;
use senim_domain::{Language, Secret};
use senim_session::Session;
use senim_session::exchange::NOTES_DIGITS;
use senim_session::path::{Clearing, PathPage};

use super::exchange::face;
use super::preparation::secrets;
use crate::format;
use crate::pages::{Entry, Fact, Notice, Tone};
use crate::screen::Screen;
use crate::texts::{exchange as exchange_texts, path as texts, service, settlement};

pub(crate) fn screen(session: &Session, page: &PathPage, language: Language) -> Screen {
    match page {
        PathPage::Open(_) => Screen::Notice(open(language)),
        PathPage::Counting(clearing) => match clearing.asked() {
            Some(value) => Screen::Entry(ask(value, language)),
            None => Screen::Notice(review(session, clearing, language)),
        },
        PathPage::Review(clearing) => Screen::Notice(review(session, clearing, language)),
        PathPage::Cleared => Screen::Notice(Notice {
            name: "pathCleared",
            tone: Tone::Good,
            title: texts::CLEARED.get(language).to_owned(),
            paragraphs: secrets(&[texts::CLEARED_TEXT.get(language).to_owned()]),
            primary: Some(service::TO_HOME.get(language).to_owned()),
            ..Notice::default()
        }),
    }
}

fn open(language: Language) -> Notice {
    Notice {
        name: "pathStuck",
        tone: Tone::Warn,
        title: texts::OPEN.get(language).to_owned(),
        paragraphs: secrets(&[texts::OPEN_TEXT.get(language).to_owned()]),
        primary: Some(settlement::BEGIN.get(language).to_owned()),
        back: true,
        ..Notice::default()
    }
}

fn ask(value: Denomination, language: Language) -> Entry {
    Entry {
        name: "pathNotes",
        title: texts::LAY.get(language).to_owned(),
        lead: Secret::new(texts::LAY_LEAD.with(language, &face(value))),
        least: 1,
        most: NOTES_DIGITS,
        back: true,
        ..Entry::default()
    }
}

/// What was counted beside what the device did not give: not shown before, so that nobody types what they read.
fn review(session: &Session, clearing: &Clearing, language: Language) -> Notice {
    let stuck = &session.durable().stuck;
    let facts = clearing.counted().flat_map(|(value, counted)| {
        let of_value = stuck.iter().filter(|notes| notes.denomination == value);
        let asked = of_value.fold(0_u32, |sum, notes| sum.saturating_add(notes.notes));
        let (face, counted) = (face(value), format::grouped(counted.into()));
        [
            Fact::new(&face, exchange_texts::BY_HAND.with(language, &counted)),
            Fact::new(&texts::AT_MOST.with(language, &face), format::grouped(asked.into())),
        ]
    });
    Notice {
        name: "pathReview",
        tone: Tone::Warn,
        title: texts::REVIEW.get(language).to_owned(),
        paragraphs: secrets(&[texts::REVIEW_TEXT.get(language).to_owned()]),
        facts: facts.collect(),
        primary: Some(settlement::CONFIRM.get(language).to_owned()),
        secondary: Some(exchange_texts::COUNT_AGAIN.get(language).to_owned()),
        back: true,
        ..Notice::default()
    }
}
