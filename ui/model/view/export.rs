//! The journal onto a stick, and the end of the log.

use senim_domain::{Language, Secret};
use senim_operation::body::{ExportFault, ExportOutcome};
use senim_session::service::ExportPage;

use super::preparation::secrets;
use crate::format;
use crate::pages::{Fact, Notice, Tone};
use crate::texts::{Phrase, export as texts, service};

pub(crate) fn export(page: ExportPage, language: Language) -> Notice {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    match page {
        ExportPage::Ready => Notice {
            name: "exportReady",
            title: say(texts::READY),
            paragraphs: secrets(&texts::READY_TEXT.map(say)),
            primary: Some(say(texts::BEGIN)),
            back: true,
            ..Notice::default()
        },
        ExportPage::Working => Notice {
            name: "exportWorking",
            title: say(texts::WORKING),
            paragraphs: secrets(&[say(texts::WORKING_TEXT)]),
            busy: true,
            back: true,
            ..Notice::default()
        },
        ExportPage::Ended(ExportOutcome::Verified { rows, cosigned, attachments }) => Notice {
            name: "exportVerified",
            tone: Tone::Good,
            title: say(texts::DONE),
            paragraphs: secrets(&[say(texts::DONE_TEXT)]),
            facts: [(texts::ROWS, rows), (texts::COSIGNED, cosigned), (texts::ATTACHMENTS, attachments)]
                .map(|(label, count)| Fact::new(label.get(language), format::grouped(count)))
                .to_vec(),
            primary: Some(say(service::TO_HOME)),
            back: true,
            ..Notice::default()
        },
        ExportPage::Ended(ExportOutcome::Failed(fault)) => Notice {
            name: "exportFailed",
            tone: Tone::Warn,
            title: say(texts::FAILED),
            paragraphs: secrets(&[say(cure(fault))]),
            primary: Some(say(service::AGAIN)),
            secondary: Some(say(service::TO_HOME)),
            back: true,
            ..Notice::default()
        },
    }
}

const fn cure(fault: ExportFault) -> Phrase {
    match fault {
        ExportFault::NoStick => texts::NO_STICK,
        ExportFault::Full => texts::FULL,
        ExportFault::Stick => texts::STICK,
        ExportFault::Journal => texts::JOURNAL,
        ExportFault::NotVerified => texts::NOT_VERIFIED,
    }
}

/// The end of the log, newest line first.
pub(crate) fn log(lines: &[String], language: Language) -> Notice {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    let mut paragraphs: Vec<Secret> = lines.iter().map(|line| Secret::new(line.clone())).collect();
    if paragraphs.is_empty() {
        paragraphs = secrets(&[say(texts::LOG_EMPTY)]);
    }
    Notice {
        name: "serviceLog",
        title: say(texts::LOG),
        paragraphs,
        primary: Some(say(service::TO_HOME)),
        secondary: Some(say(texts::LOG_AGAIN)),
        back: true,
        ..Notice::default()
    }
}
