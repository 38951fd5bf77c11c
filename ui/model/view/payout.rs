//! The way of payout and transfers.

use senim_domain::iban::IbanError;
use senim_domain::rule_pack::PayoutMethod;
use senim_domain::time::Stamp;
use senim_domain::{Language, Secret};
use senim_operation::message::WayRefusal;
use senim_session::Session;
use senim_session::dialogue::cabinet::Slip;
use senim_session::transfer::{Payment, Transferred, Transferring};
use senim_session::way::{INVOICE_MAX, WayFor, WayStage, Wayfinding, Ways};

use super::preparation::secrets;
use super::reference;
use super::slips::SlipText;
use crate::format;
use crate::pages::{Choice, Choosable, Entry, Fact, Grouping, Keyboard, Notice, Tone};
use crate::screen::{Screen, Wait};
use crate::texts::{Phrase, payout as texts, register, remainder};

/// Characters of an account number.
const IBAN: usize = 20;

/// The screen of a choice.
pub(crate) fn way(session: &Session, way: &Wayfinding, now: &Stamp, language: Language) -> Screen {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    match &way.stage {
        WayStage::Asking { .. } | WayStage::Telling { .. } => Screen::Waiting(Wait::Contract),
        WayStage::Checking { .. } => Screen::Notice(busy("accountChecking", texts::CHECKING, language)),
        WayStage::Choosing { known } => Screen::Choice(ways(session, way, known, now, language)),
        WayStage::Listing { known, way } => Screen::Choice(targets(known, *way, language)),
        WayStage::Iban { fault, .. } => Screen::Entry(Entry {
            name: "payoutAccount",
            title: say(texts::YOUR_ACCOUNT),
            lead: Secret::new(say(texts::YOUR_ACCOUNT_LEAD)),
            keyboard: Keyboard::Latin,
            grouping: Grouping::Fours,
            least: IBAN,
            most: IBAN,
            error: fault.map(|fault| {
                say(match fault {
                    IbanError::Form | IbanError::CyrillicLetter => texts::FORM,
                    IbanError::NotKazakh => texts::FOREIGN,
                    IbanError::Checksum => texts::CHECKSUM,
                })
            }),
            back: true,
            cancel: true,
            ..Entry::default()
        }),
        WayStage::Invoice { target, invalid, .. } => Screen::Entry(Entry {
            name: "merchantInvoice",
            title: say(texts::INVOICE),
            lead: Secret::new(format!("{}. {}", target.name.expose(), say(texts::INVOICE_LEAD))),
            keyboard: Keyboard::Latin,
            least: 1,
            most: INVOICE_MAX,
            error: invalid.then(|| say(texts::INVOICE_WRONG)),
            back: true,
            cancel: true,
            ..Entry::default()
        }),
        WayStage::Sure { target, .. } => Screen::Notice(Notice {
            name: "payoutSure",
            tone: Tone::Good,
            title: say(texts::SURE),
            paragraphs: secrets(&[say(texts::SURE_TEXT)]),
            facts: vec![
                Fact { label: say(texts::TO), value: target.name.clone() },
                Fact::new(texts::SUM.get(language), format::money(sum(&way.bound)).0),
                Fact::new(texts::PAYER.get(language), payer(session, language)),
            ],
            primary: Some(say(texts::TO_THIS)),
            secondary: Some(say(texts::ANOTHER_ACCOUNT)),
            back: true,
            cancel: true,
            ..Notice::default()
        }),
        WayStage::Refused { reason, .. } => Screen::Notice(Notice {
            name: "payoutRefused",
            tone: Tone::Warn,
            title: say(match reason {
                WayRefusal::NotOwned | WayRefusal::OwnerUnknown | WayRefusal::TooMany => texts::NOT_USED,
                WayRefusal::NotOffered => texts::NOT_POSSIBLE,
                WayRefusal::TryLater => texts::BANK_SILENT,
            }),
            paragraphs: secrets(&[say(match reason {
                WayRefusal::NotOwned => texts::NOT_OWNED,
                WayRefusal::OwnerUnknown => texts::OWNER_UNKNOWN,
                WayRefusal::TooMany => texts::TOO_MANY,
                WayRefusal::NotOffered => texts::NOT_OFFERED,
                WayRefusal::TryLater => texts::BANK_AWAY,
            })]),
            primary: Some(say(texts::OTHER_WAY)),
            back: true,
            cancel: true,
            ..Notice::default()
        }),
    }
}

fn busy(name: &'static str, title: Phrase, language: Language) -> Notice {
    Notice { name, title: title.get(language).to_owned(), busy: true, ..Notice::default() }
}

fn sum(bound: &WayFor) -> senim_domain::Tiyn {
    match bound {
        WayFor::Contract { offer, .. } => offer.wish.principal,
        WayFor::Rest(owed) => owed.missing(),
    }
}

/// The MFO itself: nobody else pays.
fn payer(session: &Session, language: Language) -> String {
    let pack = session.facts().rule_pack.as_deref();
    pack.map_or_else(String::new, |pack| pack.mfo.name.get(language).clone())
}

fn ways(session: &Session, way: &Wayfinding, known: &Ways, now: &Stamp, language: Language) -> Choice {
    let option = |id: &str, label: Phrase, detail: Phrase| {
        Choosable::new(id, label.get(language)).with(detail.get(language))
    };
    let options = session
        .possible_ways(&way.bound, known, now)
        .into_iter()
        .map(|way| match way {
            PayoutMethod::Cash => option("cash", texts::CASH, texts::CASH_DETAIL),
            PayoutMethod::CashDesk => option("cashDesk", texts::DESK, texts::DESK_DETAIL),
            PayoutMethod::Account => option("account", texts::ACCOUNT, texts::ACCOUNT_DETAIL),
            PayoutMethod::Card => option("card", texts::CARD, texts::CARD_DETAIL),
            PayoutMethod::Merchant => option("merchant", texts::MERCHANT, texts::MERCHANT_DETAIL),
        })
        .collect();
    Choice {
        name: "payoutWay",
        title: texts::HOW.with(language, &format::money(sum(&way.bound)).0),
        lead: Secret::new(texts::HOW_LEAD.get(language).to_owned()),
        options,
        back: true,
        cancel: true,
    }
}

fn targets(known: &Ways, way: PayoutMethod, language: Language) -> Choice {
    let (name, title) = match way {
        PayoutMethod::Merchant => ("payoutMerchant", texts::WHICH_MERCHANT),
        _ => ("payoutCard", texts::WHICH_CARD),
    };
    let listed = known.targets.iter().filter(|target| target.way == way).enumerate();
    let options = listed
        .map(|(place, target)| Choosable {
            label: target.name.clone(),
            ..Choosable::new(format!("target-{place}"), String::new())
        })
        .collect();
    Choice {
        name,
        title: title.get(language).to_owned(),
        options,
        back: true,
        cancel: true,
        ..Choice::default()
    }
}

/// The screen of a transfer.
pub(crate) fn transfer(session: &Session, stage: &Transferring, language: Language) -> Screen {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    match stage {
        Transferring::Ready(payment) => Screen::Notice(ready(session, payment, language)),
        Transferring::Matching { .. } => Screen::Waiting(Wait::Face),
        Transferring::Ordering { .. } => Screen::Notice(busy("transferring", texts::ORDERING, language)),
        Transferring::Statement { statement, .. } => Screen::Notice(Notice {
            name: "transferStatement",
            title: say(texts::STATEMENT),
            paragraphs: statement
                .expose()
                .split("\n\n")
                .map(|paragraph| Secret::new(paragraph.to_owned()))
                .collect(),
            primary: Some(say(register::SIGN)),
            to_the_end: true,
            back: true,
            cancel: true,
            ..Notice::default()
        }),
        Transferring::Ended(ended) => Screen::Notice(made(ended, language)),
    }
}

fn ready(session: &Session, payment: &Payment, language: Language) -> Notice {
    let merchant = payment.target.way == PayoutMethod::Merchant;
    let money = format::money(payment.owed.missing()).0;
    let text = if merchant { texts::READY_MERCHANT } else { texts::READY_TEXT };
    Notice {
        name: "transferReady",
        title: texts::READY.with(language, &money),
        paragraphs: secrets(&[text.get(language).to_owned()]),
        facts: vec![
            Fact { label: texts::TO.get(language).to_owned(), value: payment.target.name.clone() },
            Fact::new(texts::SUM.get(language), money),
            Fact::new(texts::PAYER.get(language), payer(session, language)),
        ],
        primary: Some(texts::DO.get(language).to_owned()),
        secondary: Some(texts::OTHER_WAY.get(language).to_owned()),
        cancel: true,
        ..Notice::default()
    }
}

/// The receipt of a transfer, on the screen and on paper: no IIN, the account masked.
#[must_use]
pub fn transfer_text(ended: &Transferred, language: Language) -> SlipText {
    let money = format::money(ended.amount).0;
    let (title, state, text) = if ended.paid {
        (texts::DONE.with(language, &money), texts::DONE_STATE, texts::DONE_TEXT)
    } else {
        (texts::UNDER_WAY.get(language).to_owned(), texts::UNDER_WAY_STATE, texts::UNDER_WAY_TEXT)
    };
    let mut facts = vec![
        Fact::new(texts::SUM.get(language), money),
        Fact { label: texts::TO.get(language).to_owned(), value: ended.target.name.clone() },
        Fact::new(texts::STATE.get(language), state.get(language)),
        Fact::new(texts::OPERATION.get(language), reference(&ended.request.0)),
    ];
    if let Some(first) = ended.first_payment.filter(|_| ended.paid) {
        let label = crate::terms::label(crate::terms::KeyTerm::FirstPayment, language);
        let value = format!("{} · {}", format::date(first.date), format::money(first.total_tiyn).0);
        facts.push(Fact::new(label, value));
    }
    SlipText { title, facts, lines: secrets(&[text.get(language).to_owned()]) }
}

fn made(ended: &Transferred, language: Language) -> Notice {
    let text = transfer_text(ended, language);
    let printed = match ended.printed {
        Slip::Printing => remainder::PRINTING_RECEIPT,
        Slip::Ended(true) => remainder::RECEIPT_PRINTED,
        Slip::Unwanted | Slip::Ended(false) => remainder::RECEIPT_NOT_PRINTED,
    };
    Notice {
        name: if ended.paid { "transferred" } else { "transferUnderWay" },
        tone: if ended.paid { Tone::Good } else { Tone::Warn },
        title: text.title,
        paragraphs: text.lines.into_iter().chain(secrets(&[printed.get(language).to_owned()])).collect(),
        facts: text.facts,
        primary: Some(register::FINISH.get(language).to_owned()),
        ..Notice::default()
    }
}
