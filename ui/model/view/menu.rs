//! The menu, and what anybody may read.

use senim_domain::rule_pack::{Mfo, RulePack};
use senim_domain::time::Stamp;
use senim_domain::{Language, Secret};
use senim_session::Session;
use senim_session::dialogue::cabinet::Slip;
use senim_session::dialogue::information::{Leaflet, Reading};
use senim_session::state::{Client, Errand};

use super::cabinet::told_of_slip;
use super::slips::SlipText;
use super::{EGOV, EGOV_NAME};
use crate::format;
use crate::pages::{Choice, Choosable, Fact, Notice};
use crate::screen::{Help, Row, Screen, Welcome};
use crate::texts::{Phrase, cabinet, menu as texts, repayment};

/// What the person came for.
pub(crate) fn choice(session: &Session, now: &Stamp, language: Language) -> Choice {
    let options = session
        .errands(now)
        .into_iter()
        .map(|(errand, why_not)| {
            let (id, label, detail) = match errand {
                Errand::Loan if session.no_cash_loan(now).is_some() => {
                    ("loan", texts::LOAN, texts::LOAN_WITHOUT_NOTES)
                }
                Errand::Loan => ("loan", texts::LOAN, texts::LOAN_DETAIL),
                Errand::Registration => ("registration", texts::REGISTRATION, texts::REGISTRATION_DETAIL),
                Errand::Repay => ("repay", repayment::REPAY, repayment::REPAY_DETAIL),
                Errand::Cabinet => ("cabinet", cabinet::CABINET, cabinet::CABINET_DETAIL),
                Errand::Information => ("information", texts::INFORMATION, texts::INFORMATION_DETAIL),
            };
            let option = Choosable::new(id, label.get(language));
            match why_not.as_deref() {
                None => option.with(detail.get(language)),
                Some("offline") => option.not_now(texts::OFFLINE.get(language)),
                Some("noCash") => option.not_now(texts::NO_CASH.get(language)),
                Some("acceptor") => option.not_now(repayment::ACCEPTOR.get(language)),
                Some(_) => option.not_now(texts::NOT_NOW.get(language)),
            }
        })
        .collect();
    Choice {
        name: "menu",
        title: texts::WHAT_FOR.get(language).to_owned(),
        lead: Secret::default(),
        options,
        back: false,
        cancel: true,
    }
}

/// What can be begun here, before anybody has begun.
pub(super) fn welcome(
    errands: &[(Errand, Option<String>)],
    unavailable: Option<String>,
    no_notes: Option<String>,
) -> Welcome {
    let now = |wanted: Errand| errands.iter().any(|(errand, why)| *errand == wanted && why.is_none());
    let loan = errands.iter().find(|(errand, _)| *errand == Errand::Loan);
    let no_loan = loan.map_or_else(|| Some("notOffered".to_owned()), |(_, why_not)| why_not.clone());
    Welcome {
        unavailable,
        without_notes: no_notes.filter(|_| no_loan.is_none()),
        no_loan,
        repayment: now(Errand::Repay),
        registration: now(Errand::Registration),
    }
}

/// What anybody may read: the list, or one of its pages.
pub(crate) fn information(session: &Session, reading: Reading, language: Language) -> Screen {
    let Some(pack) = session.facts().rule_pack.as_deref() else { return Screen::Notice(Notice::default()) };
    match reading {
        Reading::List => Screen::Choice(Choice {
            name: "information",
            title: texts::READ_WHAT.get(language).to_owned(),
            lead: Secret::default(),
            options: Leaflet::ALL
                .map(|leaflet| {
                    let (id, title) = named(leaflet);
                    Choosable::new(id, title.get(language))
                })
                .into(),
            back: true,
            cancel: true,
        }),
        Reading::Page { leaflet, slip, .. } => {
            let SlipText { title, facts, lines } = leaflet_text(leaflet, pack, language);
            let (told, tone) = told_of_slip(session, slip);
            let can = session.prints() && slip != Slip::Printing;
            let told = told.filter(|_| slip != Slip::Unwanted);
            Screen::Notice(Notice {
                name: named(leaflet).0,
                tone,
                title,
                paragraphs: told
                    .map(|told| Secret::new(told.get(language).to_owned()))
                    .into_iter()
                    .chain(lines)
                    .collect(),
                facts,
                qr: (leaflet == Leaflet::Refusal).then(|| Secret::new(EGOV.to_owned())),
                qr_opens: EGOV_NAME,
                primary: Some(texts::TO_LIST.get(language).to_owned()),
                secondary: can.then(|| texts::TAKE_ALONG.get(language).to_owned()),
                back: true,
                cancel: true,
                ..Notice::default()
            })
        }
    }
}

const fn named(leaflet: Leaflet) -> (&'static str, Phrase) {
    match leaflet {
        Leaflet::Lender => ("lender", texts::WHO_WE_ARE),
        Leaflet::Needs => ("needs", texts::NEEDS),
        Leaflet::Safety => ("safety", texts::SAFETY),
        Leaflet::Refusal => ("voluntaryRefusal", texts::REFUSAL),
    }
}

/// A page for anybody, the same words on screen and paper.
#[must_use]
pub fn leaflet_text(leaflet: Leaflet, pack: &RulePack, language: Language) -> SlipText {
    let mfo = &pack.mfo;
    let (facts, lines) = match leaflet {
        Leaflet::Lender => (who_lends(mfo, language), pack.texts.repayment.get(language)),
        Leaflet::Needs => (Vec::new(), pack.texts.what_you_need.get(language)),
        Leaflet::Safety => (Vec::new(), pack.texts.hygiene.get(language)),
        Leaflet::Refusal => {
            (vec![Fact::new(texts::ON_EGOV.get(language), EGOV)], pack.texts.voluntary_refusal.get(language))
        }
    };
    // The lender's lines say how to repay.
    let heading = (leaflet == Leaflet::Lender).then(|| format!("{}:", cabinet::WAYS.get(language)));
    SlipText {
        title: named(leaflet).1.get(language).to_owned(),
        facts,
        lines: heading.into_iter().chain(lines.iter().cloned()).map(Secret::new).collect(),
    }
}

fn who_lends(mfo: &Mfo, language: Language) -> Vec<Fact> {
    vec![
        Fact::new(texts::LENDER.get(language), mfo.name.get(language)),
        Fact::new(texts::LICENCE.get(language), mfo.licence.get(language)),
        Fact::new(texts::ADDRESS.get(language), mfo.address.get(language)),
        Fact::new(texts::HEAD.get(language), mfo.head.get(language)),
        Fact::new(texts::PHONES.get(language), mfo.phones.join(", ")),
        Fact::new(texts::EMAIL.get(language), mfo.email.clone()),
    ]
}

/// What the button of help shows over every screen.
#[must_use]
pub fn help(mfo: &Mfo, terminal: &str, language: Language) -> Help {
    let phone = mfo.phones.first().map(String::as_str).unwrap_or_default();
    Help {
        lines: vec![
            texts::HELP_CALL.with(language, phone),
            texts::HELP_TERMINAL.with(language, terminal),
            texts::HELP_MONEY.get(language).to_owned(),
        ],
        facts: who_lends(mfo, language)
            .into_iter()
            .map(|fact| Row { label: fact.label, value: fact.value.expose().to_owned() })
            .collect(),
    }
}

/// When this client logged in before, and that a text tells of this login (R-127a).
pub(super) fn about_login(client: &Client, language: Language) -> String {
    match client.last_login {
        Some(at) => texts::LAST_LOGIN.with(language, &format::moment(at)),
        None => texts::FIRST_LOGIN.get(language).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_cannot_borrow_now_is_told_so_and_that_repaying_works() {
        let offline = || Some("offline".to_owned());
        let errands = [
            (Errand::Loan, offline()),
            (Errand::Registration, offline()),
            (Errand::Repay, None),
            (Errand::Information, None),
        ];
        let shown = welcome(&errands, None, offline());
        assert_eq!(shown, Welcome { no_loan: offline(), repayment: true, ..Welcome::default() });

        let errands = [(Errand::Loan, None), (Errand::Repay, Some("acceptor".to_owned()))];
        let shown = welcome(&errands, None, Some("noCash".to_owned()));
        assert_eq!(shown, Welcome { without_notes: Some("noCash".to_owned()), ..Welcome::default() });
    }
}
