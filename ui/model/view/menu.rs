//! The menu, and what anybody may read.

use senim_domain::time::Stamp;
use senim_domain::{Language, Secret};
use senim_session::Session;
use senim_session::state::{Client, Errand};

use crate::format;
use crate::pages::{Choice, Choosable, Fact, Notice};
use crate::texts::{cabinet, menu as texts, repayment};

/// What the person came for.
pub(crate) fn choice(session: &Session, now: &Stamp, language: Language) -> Choice {
    let options = session
        .errands(now)
        .into_iter()
        .map(|(errand, why_not)| {
            let (id, label, detail) = match errand {
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

/// Who lends and what to beware of.
pub(crate) fn information(session: &Session, language: Language) -> Notice {
    let Some(pack) = session.facts().rule_pack.as_deref() else { return Notice::default() };
    let mfo = &pack.mfo;
    Notice {
        name: "information",
        title: texts::WHO_WE_ARE.get(language).to_owned(),
        paragraphs: pack.texts.hygiene.get(language).iter().map(|line| Secret::new(line.clone())).collect(),
        facts: vec![
            Fact::new(texts::LENDER.get(language), mfo.name.get(language)),
            Fact::new(texts::LICENCE.get(language), mfo.licence.get(language)),
            Fact::new(texts::ADDRESS.get(language), mfo.address.get(language)),
            Fact::new(texts::HEAD.get(language), mfo.head.get(language)),
            Fact::new(texts::PHONES.get(language), mfo.phones.join(", ")),
            Fact::new(texts::EMAIL.get(language), mfo.email.clone()),
        ],
        primary: Some(texts::BACK_TO_MENU.get(language).to_owned()),
        cancel: true,
        ..Notice::default()
    }
}

/// When this client logged in before, and that a text tells of this login (R-127a).
pub(super) fn about_login(client: &Client, language: Language) -> String {
    match client.last_login {
        Some(at) => texts::LAST_LOGIN.with(language, &format::moment(at)),
        None => texts::FIRST_LOGIN.get(language).to_owned(),
    }
}
