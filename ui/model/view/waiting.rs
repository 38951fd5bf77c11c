//! A microcredit that waits for its payout.

use senim_domain::time::Stamp;
use senim_domain::{Language, Secret, UtcMillis};
use senim_operation::message::WaitingLoan;
use senim_session::Session;
use senim_session::state::ChosenTerms;
use senim_session::waiting::{NotYet, Waiting};

use super::key_terms;
use super::preparation::secrets;
use crate::format;
use crate::pages::{Choice, Choosable, Fact, Notice};
use crate::screen::Screen;
use crate::texts::{Phrase, cabinet, waiting as texts};

/// A minute, ms.
const MINUTE_MS: i64 = 60_000;

/// Screens of the visit that confirms or takes back.
pub(crate) fn screen(session: &Session, stage: &Waiting, now: &Stamp, language: Language) -> Screen {
    match stage {
        Waiting::Shown { loan, .. } => Screen::Choice(shown(session, loan, now, language)),
        Waiting::Asking { .. } => {
            Screen::Notice(Notice { cancel: true, ..busy("waitingAsking", texts::ASKING, language) })
        }
        Waiting::Terms(terms) => Screen::Notice(schedule(session, terms, language)),
        Waiting::Sure { .. } => Screen::Notice(Notice {
            name: "cancelLoan",
            title: texts::SURE.get(language).to_owned(),
            paragraphs: secrets(&[texts::SURE_TEXT.get(language).to_owned()]),
            primary: Some(texts::YES.get(language).to_owned()),
            secondary: Some(texts::NO.get(language).to_owned()),
            equal: true,
            back: true,
            cancel: true,
            ..Notice::default()
        }),
        Waiting::Cancelling { .. } => Screen::Notice(busy("waitingCancelling", texts::CANCELLING, language)),
    }
}

fn busy(name: &'static str, title: Phrase, language: Language) -> Notice {
    Notice { name, title: title.get(language).to_owned(), busy: true, ..Notice::default() }
}

/// The first minute that lies wholly behind a moment: nobody is told to come too early.
pub(crate) fn not_before(until: UtcMillis) -> String {
    format::moment(UtcMillis(until.0.saturating_add(MINUTE_MS.saturating_sub(1))))
}

fn shown(session: &Session, loan: &WaitingLoan, now: &Stamp, language: Language) -> Choice {
    let confirm = Choosable::new("confirm", texts::CONFIRM.get(language)).staying();
    let confirm = match session.not_yet(loan, now) {
        None => confirm.with(texts::CONFIRM_DETAIL.get(language)),
        Some(NotYet::Rests(until)) => confirm.not_now(texts::NOT_BEFORE.with(language, &not_before(until))),
        Some(NotYet::NoCash) => confirm.not_now(texts::NO_CASH.get(language)),
    };
    let cancel = Choosable::new("cancel", texts::CANCEL.get(language));
    let mut options = vec![confirm, cancel.with(texts::CANCEL_DETAIL.get(language))];
    if session.cabinet_beside(now) {
        let cabinet = Choosable::new("cabinet", cabinet::CABINET.get(language));
        options.push(cabinet.with(cabinet::CABINET_DETAIL.get(language)));
    }
    Choice {
        name: "waitingLoan",
        title: texts::WAITS.with(language, &format::money(loan.principal_tiyn).0),
        lead: Secret::new(texts::WAITS_LEAD.with(language, &format::moment(loan.concluded))),
        options,
        back: false,
        cancel: true,
    }
}

/// The schedule of today, to be read to its end: each payment, then the terms together.
fn schedule(session: &Session, terms: &ChosenTerms, language: Language) -> Notice {
    let payments = terms.draft().into_iter().flat_map(|draft| &draft.schedule.instalments);
    let payments =
        payments.map(|one| Fact::new(&format::date(one.date), format::money_in_full(one.total_tiyn).0));
    let head = Fact::new(texts::DUE_DAY.get(language), texts::PAYMENT.get(language));
    let rows = key_terms(session, terms, language).into_iter();
    Notice {
        name: "confirmTerms",
        title: texts::TERMS.get(language).to_owned(),
        facts: std::iter::once(head)
            .chain(payments)
            .chain(rows.map(|row| Fact::new(&row.label, row.value)))
            .collect(),
        primary: Some(texts::ACCEPT.get(language).to_owned()),
        to_the_end: true,
        back: true,
        cancel: true,
        ..Notice::default()
    }
}
