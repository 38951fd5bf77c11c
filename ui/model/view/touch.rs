//! Calibration of the touch panel: a mark, the trial, what came of it.

use senim_domain::Language;
use senim_domain::touch::MARKS;
use senim_operation::body::TouchOutcome;
use senim_session::service::TouchPage;

use super::preparation::secrets;
use crate::pages::{Leads, Notice, Tone};
use crate::screen::{Screen, Target};
use crate::texts::{Phrase, service, touch as texts};

pub(crate) fn screen(page: &TouchPage, language: Language) -> Screen {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    match page {
        TouchPage::Marks { touched, .. } => {
            let no = touched.len().saturating_add(1);
            Screen::Target(Target {
                title: texts::MARK.with(language, &format!("{no} / {}", MARKS.len())),
                text: say(texts::MARK_TEXT),
                mark: MARKS.get(touched.len()).copied().unwrap_or_default(),
                no,
            })
        }
        TouchPage::Trial { .. } => Screen::Notice(Notice {
            name: "touchTrial",
            title: say(texts::TRIAL),
            paragraphs: secrets(&[say(texts::TRIAL_TEXT)]),
            primary: Some(say(texts::KEEP)),
            secondary: Some(say(texts::TAKE_BACK)),
            ..Notice::default()
        }),
        TouchPage::Ended(outcome) => Screen::Notice(ended(*outcome, language)),
    }
}

fn ended(outcome: TouchOutcome, language: Language) -> Notice {
    // What nobody has to do again is left; the rest begins again.
    let leads = match outcome {
        TouchOutcome::Corrected(_) | TouchOutcome::Exact => Leads::Primary,
        TouchOutcome::Missed | TouchOutcome::TakenBack | TouchOutcome::NotDone => Leads::Secondary,
    };
    let (name, tone, title, text) = match outcome {
        TouchOutcome::Corrected(_) => ("touchCorrected", Tone::Good, texts::CORRECTED, texts::CORRECTED_TEXT),
        TouchOutcome::Exact => ("touchExact", Tone::Good, texts::EXACT, texts::EXACT_TEXT),
        TouchOutcome::Missed => ("touchMissed", Tone::Warn, texts::MISSED, texts::MISSED_TEXT),
        TouchOutcome::TakenBack => ("touchTakenBack", Tone::Calm, texts::TAKEN_BACK, texts::TAKEN_BACK_TEXT),
        TouchOutcome::NotDone => ("touchNotDone", Tone::Calm, texts::NOT_DONE, texts::NOT_DONE_TEXT),
    };
    Notice {
        name,
        tone,
        title: title.get(language).to_owned(),
        paragraphs: secrets(&[text.get(language).to_owned()]),
        primary: Some(service::TO_HOME.get(language).to_owned()),
        secondary: Some(service::AGAIN.get(language).to_owned()),
        leads,
        back: true,
        ..Notice::default()
    }
}
