//! Measures before an operation of a client whose personal data spread illegally.

use senim_domain::rule_pack::{RulePack, TextId};
use senim_domain::time::Stamp;
use senim_domain::{Language, UtcMillis, calendar};
use senim_session::leak::Leaking;
use senim_session::registration::Advice;

use super::preparation::secrets;
use super::register::seconds;
use crate::format;
use crate::pages::{Notice, Tone};
use crate::texts::{Phrase, leak as texts, preparation};

/// Screens of the measures.
pub(crate) fn screen(pack: &RulePack, stage: &Leaking, now: &Stamp, language: Language) -> Notice {
    match stage {
        Leaking::Notice { leaked, .. } => {
            let told = Some(leaked.notice.clone()).filter(|notice| !notice.expose().is_empty());
            let text = secrets(pack.texts.get(TextId::DataLeak).get(language));
            Notice {
                name: "leakNotice",
                tone: Tone::Warn,
                title: texts::NOTICE.get(language).to_owned(),
                paragraphs: told.into_iter().chain(text).collect(),
                primary: Some(texts::UNDERSTOOD.get(language).to_owned()),
                to_the_end: true,
                cancel: true,
                ..Notice::default()
            }
        }
        Leaking::Matching { .. } => busy("leakFace", texts::FACE, &[], language),
        Leaking::Number { .. } => busy("leakNumber", texts::NUMBER, &[texts::NUMBER_TEXT], language),
        Leaking::Ordering { .. } => busy("leakOrdering", texts::ORDERING, &[], language),
        Leaking::Further { place, .. } => {
            let further = pack.leak.further.get(*place);
            Notice {
                name: "leakFurther",
                title: further.map_or_else(String::new, |step| step.title.get(language).clone()),
                paragraphs: further.map_or_else(Vec::new, |step| secrets(step.text.get(language))),
                primary: Some(preparation::READ.get(language).to_owned()),
                to_the_end: true,
                cancel: true,
                ..Notice::default()
            }
        }
        Leaking::WaitCallback { phone_masked, until, .. } => Notice {
            title: texts::CALL.with(language, phone_masked.expose()),
            seconds_left: Some(seconds(*until, now)),
            ..busy("leakCall", texts::CALL, &[texts::CALL_TEXT], language)
        },
    }
}

/// Somebody else entered the account of whoever logs in.
pub(crate) fn intrusion(pack: &RulePack, since: UtcMillis, language: Language) -> Notice {
    let day = calendar::local_date(since).map(format::date).unwrap_or_default();
    Notice {
        name: "intrusion",
        tone: Tone::Warn,
        title: texts::INTRUSION.with(language, &day),
        paragraphs: secrets(pack.texts.get(TextId::UnauthorisedAccess).get(language)),
        primary: Some(texts::UNDERSTOOD.get(language).to_owned()),
        to_the_end: true,
        cancel: true,
        ..Notice::default()
    }
}

fn busy(name: &'static str, title: Phrase, text: &[Phrase], language: Language) -> Notice {
    let paragraphs: Vec<String> = text.iter().map(|phrase| phrase.get(language).to_owned()).collect();
    Notice {
        name,
        title: title.get(language).to_owned(),
        paragraphs: secrets(&paragraphs),
        busy: true,
        cancel: true,
        ..Notice::default()
    }
}

/// Name, title and text of an end; `None`: it is another's.
pub(super) const fn advice(advice: Advice) -> Option<(&'static str, Phrase, Phrase)> {
    match advice {
        Advice::NumberNotYours => Some(("numberNotYours", texts::NOT_YOURS, texts::NOT_YOURS_TEXT)),
        Advice::CallDenied => Some(("callDenied", texts::DENIED, texts::DENIED_TEXT)),
        Advice::CallNotReached => Some(("callNotReached", texts::NOT_REACHED, texts::NOT_REACHED_TEXT)),
        _ => None,
    }
}
