//! What comes after a short payout.

use senim_domain::time::Stamp;
use senim_domain::{Language, Secret};
use senim_session::Session;
use senim_session::dialogue::cabinet::Slip;
use senim_session::remainder::{Claimed, Owed, RemainderWay, Remaining};

use super::reference;
use super::slips::{SlipText, day};
use crate::format;
use crate::pages::{Choice, Choosable, Fact, Notice, Tone};
use crate::screen::{Screen, Wait};
use crate::texts::{Phrase, payout, register, remainder as texts};

/// The screen of a stage.
pub(super) fn screen(session: &Session, stage: &Remaining, now: &Stamp, language: Language) -> Screen {
    match stage {
        Remaining::Offered { owed } => Screen::Choice(ways(session, owed, now, language)),
        Remaining::Matching { .. } => Screen::Waiting(Wait::Face),
        Remaining::Claiming { .. } => Screen::Notice(Notice {
            name: "claiming",
            title: texts::ASKING.get(language).to_owned(),
            busy: true,
            ..Notice::default()
        }),
        Remaining::AtDesk(claimed) => Screen::Notice(slip(claimed, language)),
    }
}

fn ways(session: &Session, owed: &Owed, now: &Stamp, language: Language) -> Choice {
    let option =
        |id, label: Phrase, detail: Phrase| (Choosable::new(id, label.get(language)), detail.get(language));
    let options = session
        .remainder_ways(owed, now)
        .into_iter()
        .map(|(way, why_not)| {
            let (option, detail) = match way {
                RemainderWay::Notes => option("notes", texts::NOTES, texts::NOTES_DETAIL),
                RemainderWay::Transfer => option("transfer", payout::TRANSFER, payout::TRANSFER_DETAIL),
                RemainderWay::CashDesk => option("cashDesk", texts::DESK, texts::DESK_DETAIL),
                RemainderWay::Later => option("later", texts::LATER, texts::LATER_DETAIL),
            };
            match why_not {
                None => option.with(detail),
                Some("claimed") => option.not_now(texts::ALREADY_CLAIMED.get(language)),
                Some("offline") => option.not_now(crate::texts::menu::OFFLINE.get(language)),
                Some(_) if way == RemainderWay::Transfer => option.not_now(payout::NOT_OFFERED.get(language)),
                Some(_) => option.not_now(texts::NO_NOTES.get(language)),
            }
        })
        .collect();
    let lead = if owed.claimed && owed.face_check.is_some() {
        texts::NO_SLIP_CAME.get(language).to_owned()
    } else if owed.untransferred {
        payout::NOT_MADE.get(language).to_owned()
    } else if !owed.is_begun() {
        payout::NOTHING_YET.get(language).to_owned()
    } else {
        texts::RECEIVED.with(language, &format::money(owed.received).0)
    };
    Choice {
        name: "remainder",
        title: texts::MISSING.with(language, &format::money(owed.missing()).0),
        lead: Secret::new(lead),
        options,
        back: false,
        cancel: true,
    }
}

/// The slip of the cash desk, on the screen and on paper: no name, no IIN.
#[must_use]
pub fn claim_text(claimed: &Claimed, language: Language) -> SlipText {
    let slip = &claimed.slip;
    let secret = |phrase: Phrase| Secret::new(phrase.get(language).to_owned());
    SlipText {
        title: texts::SLIP.get(language).to_owned(),
        facts: vec![
            Fact::new(texts::SUM.get(language), format::money(slip.amount_tiyn).0),
            Fact::new(texts::NUMBER.get(language), slip.number.clone()),
            Fact::new(texts::OPERATION.get(language), reference(&slip.request.0)),
            Fact::new(texts::UNTIL.get(language), day(&slip.until)),
            Fact::new(texts::WHERE.get(language), slip.address.clone()),
        ],
        lines: vec![secret(texts::HOW), secret(texts::ONLY_THERE)],
    }
}

fn slip(claimed: &Claimed, language: Language) -> Notice {
    let text = claim_text(claimed, language);
    let (printed, tone) = match claimed.printed {
        Slip::Printing => (texts::PRINTING, Tone::Calm),
        Slip::Ended(true) => (texts::PRINTED, Tone::Good),
        Slip::Unwanted | Slip::Ended(false) => (texts::NOT_PRINTED, Tone::Warn),
    };
    let first = Secret::new(printed.get(language).to_owned());
    Notice {
        name: "claimSlip",
        tone,
        title: text.title,
        paragraphs: [first].into_iter().chain(text.lines).collect(),
        facts: text.facts,
        primary: Some(register::FINISH.get(language).to_owned()),
        ..Notice::default()
    }
}
