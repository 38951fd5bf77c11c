//! What a microcredit is for.

use senim_domain::rule_pack::Purpose;
use senim_domain::time::Stamp;
use senim_domain::{Language, Secret};
use senim_session::Session;
use senim_session::state::Client;

use crate::pages::{Choice, Choosable};
use crate::texts::purpose as texts;

/// The question, where the client has the choice.
pub(crate) fn choice(session: &Session, client: &Client, now: &Stamp, language: Language) -> Choice {
    let options = session
        .purposes(client, now)
        .into_iter()
        .map(|(purpose, payable)| {
            let (id, label, detail) = match purpose {
                Purpose::Consumer => ("own", texts::OWN, texts::OWN_DETAIL),
                Purpose::Business => ("business", texts::BUSINESS, texts::BUSINESS_DETAIL),
            };
            let option = Choosable::new(id, label.get(language));
            if payable {
                option.with(detail.get(language))
            } else {
                option.not_now(texts::NOT_PAYABLE.get(language))
            }
        })
        .collect();
    Choice {
        name: "loanPurpose",
        title: texts::TITLE.get(language).to_owned(),
        lead: Secret::new(texts::LEAD.get(language).to_owned()),
        options,
        back: true,
        cancel: true,
    }
}
