//! Another certificate by a code of the MFO: the code, and what came of it.

use senim_domain::{Language, Secret};
use senim_operation::body::{EnrolmentFault, EnrolmentOutcome};
use senim_session::service::EnrolmentPage;

use super::preparation::secrets;
use crate::format;
use crate::pages::{Entry, Grouping, Leads, Notice, Tone};
use crate::screen::Screen;
use crate::texts::{Phrase, enrolment as texts, service};

/// Digits of a code, as the gateway makes it.
const CODE_DIGITS: usize = 16;

pub(crate) fn screen(page: EnrolmentPage, language: Language) -> Screen {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    match page {
        EnrolmentPage::Code => Screen::Entry(Entry {
            name: "enrolmentCode",
            title: say(texts::CODE),
            lead: Secret::new(say(texts::CODE_LEAD)),
            grouping: Grouping::Fours,
            least: CODE_DIGITS,
            most: CODE_DIGITS,
            back: true,
            ..Entry::default()
        }),
        EnrolmentPage::Working => Screen::Notice(Notice {
            name: "enrolmentWorking",
            title: say(texts::WORKING),
            busy: true,
            back: true,
            ..Notice::default()
        }),
        EnrolmentPage::Ended(EnrolmentOutcome::Certified { ends }) => Screen::Notice(Notice {
            name: "enrolmentCertified",
            tone: Tone::Good,
            title: say(texts::CERTIFIED),
            paragraphs: secrets(&[texts::CERTIFIED_TEXT.with(language, &format::moment(ends))]),
            primary: Some(say(service::TO_HOME)),
            ..Notice::default()
        }),
        EnrolmentPage::Ended(EnrolmentOutcome::Failed(fault)) => Screen::Notice(Notice {
            name: "enrolmentFailed",
            tone: Tone::Warn,
            title: say(texts::FAILED),
            paragraphs: secrets(&[say(cure(fault))]),
            // Where no code can help there is no button for one; once too many were wrong, a new one does.
            primary: match fault {
                EnrolmentFault::WrongCode | EnrolmentFault::Server | EnrolmentFault::Locked => {
                    Some(say(texts::TYPE_CODE))
                }
                EnrolmentFault::Refused
                | EnrolmentFault::Untrusted
                | EnrolmentFault::KeyStore
                | EnrolmentFault::Disk => None,
            },
            secondary: Some(say(service::TO_HOME)),
            leads: if matches!(fault, EnrolmentFault::Locked) { Leads::Secondary } else { Leads::Primary },
            back: true,
            ..Notice::default()
        }),
    }
}

const fn cure(fault: EnrolmentFault) -> Phrase {
    match fault {
        EnrolmentFault::WrongCode => texts::WRONG_CODE,
        EnrolmentFault::Locked => texts::LOCKED,
        EnrolmentFault::Refused => texts::REFUSED,
        EnrolmentFault::Server => texts::SERVER,
        EnrolmentFault::Untrusted => texts::UNTRUSTED,
        EnrolmentFault::KeyStore => texts::KEY_STORE,
        EnrolmentFault::Disk => texts::DISK,
    }
}
