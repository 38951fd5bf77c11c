//! Logging in by more than one way, and changes of PIN, phone and account, each stage as a form.

use senim_domain::rule_pack::RulePack;
use senim_domain::time::Stamp;
use senim_domain::{Language, Secret};
use senim_operation::body::Contact;
use senim_operation::message::LoginWay;
use senim_session::Session;
use senim_session::access::{
    Access, AccessStage, After, Changeable, Changed, ContactFault, FaceFor, LoggingIn, NotChanged,
};
use senim_session::dialogue::cabinet::Slip;

use super::preparation::secrets;
use super::register::{busy, code_error, new_pin, seconds};
use super::slips::SlipText;
use super::{of_pack, reference};
use crate::format;
use crate::pages::{Choice, Choosable, Entry, Fact, Grouping, Keyboard, Notice, Tone};
use crate::screen::Screen;
use crate::texts::{Phrase, access as texts, cabinet, card, device_test, menu, register};

/// A login with more than one way.
pub(crate) fn login(session: &Session, stage: &LoggingIn, language: Language) -> Screen {
    match stage {
        LoggingIn::Safety { .. } => of_pack(session, |pack| Screen::Notice(safety(pack, language))),
        LoggingIn::Ways { ways, .. } => {
            let option = |way: &LoginWay| {
                let (id, label, detail) = match way {
                    LoginWay::Card => ("card", card::BY_CARD, card::BY_CARD_DETAIL),
                    LoginWay::Pin => ("pin", texts::BY_PIN, texts::BY_PIN_DETAIL),
                    LoginWay::Code => ("code", texts::BY_CODE, texts::BY_CODE_DETAIL),
                };
                Choosable::new(id, label.get(language)).with(detail.get(language))
            };
            choice("loginWay", texts::HOW_TO_LOG_IN, ways.iter().map(option).collect(), language)
        }
        LoggingIn::Pin { wrong, .. } => of_pack(session, |pack| {
            let rules = pack.login.pin;
            Screen::Entry(Entry {
                name: "loginPin",
                title: texts::TYPE_PIN.get(language).to_owned(),
                lead: secret(texts::TYPE_PIN_LEAD.get(language)),
                masked: true,
                least: usize::from(rules.min_digits),
                most: usize::from(rules.max_digits),
                error: wrong.then(|| texts::PIN_WRONG.get(language).to_owned()),
                secondary: Some(texts::FORGOT_PIN.get(language).to_owned()),
                back: true,
                cancel: true,
                ..Entry::default()
            })
        }),
        LoggingIn::Checking { .. } => Screen::Notice(busy("loginChecking", texts::CHECKING_PIN, language)),
    }
}

/// What to beware of: the text of the pack, versioned with it.
fn safety(pack: &RulePack, language: Language) -> Notice {
    Notice {
        name: "safety",
        title: menu::SAFETY.get(language).to_owned(),
        paragraphs: secrets(pack.texts.hygiene.get(language)),
        primary: Some(texts::BACK_TO_IIN.get(language).to_owned()),
        back: true,
        cancel: true,
        ..Notice::default()
    }
}

/// A change of PIN, phone or account.
pub(crate) fn screen(session: &Session, access: &Access, now: &Stamp, language: Language) -> Screen {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    let on_way = |text| Screen::Notice(busy("accessAsking", text, language));
    let back = access.after == After::Cabinet;
    match &access.stage {
        AccessStage::Choice => what(session, language),
        AccessStage::Iin => Screen::Notice(Notice {
            name: "iinStays",
            title: say(texts::IIN_STAYS),
            paragraphs: secrets(&[say(texts::IIN_STAYS_TEXT), say(texts::IIN_WRONG_TEXT)]),
            primary: Some(say(device_test::TO_LIST)),
            back: true,
            cancel: true,
            ..Notice::default()
        }),
        AccessStage::BeforePicture(face_for) => Screen::Notice(Notice {
            name: "beforeFace",
            title: say(texts::YOUR_FACE),
            paragraphs: secrets(&[
                say(texts::YOUR_FACE_TEXT),
                say(match face_for {
                    FaceFor::Pin => texts::THEN_PIN,
                    FaceFor::Card => card::THEN_CARD,
                    FaceFor::CardOff => card::THEN_CARD_OFF,
                    FaceFor::Contact { .. } => texts::THEN_SIGN,
                }),
            ]),
            primary: Some(say(register::CONTINUE)),
            back: back || session.has_menu(now),
            cancel: true,
            ..Notice::default()
        }),
        AccessStage::Matching { .. } => on_way(texts::COMPARING),
        AccessStage::SettingPin { .. } | AccessStage::Concluding { .. } | AccessStage::Unbinding { .. } => {
            on_way(texts::CHANGING)
        }
        AccessStage::CardBound => Screen::Notice(Notice {
            name: "cardBound",
            tone: Tone::Good,
            title: say(card::BOUND),
            paragraphs: secrets(&[say(card::BOUND_TEXT)]),
            ..ending(access.after, language)
        }),
        AccessStage::CardUnbound => Screen::Notice(Notice {
            name: "cardUnbound",
            tone: Tone::Good,
            title: say(card::UNBOUND),
            paragraphs: secrets(&[say(card::UNBOUND_TEXT)]),
            ..ending(access.after, language)
        }),
        AccessStage::Submitting { .. } | AccessStage::CheckingCode { .. } => on_way(texts::CHECKING),
        AccessStage::Pin { first, error } => of_pack(session, |pack| {
            Screen::Entry(Entry {
                name: "newPin",
                back: first.is_some(),
                ..new_pin(pack, first.is_some(), *error, language)
            })
        }),
        AccessStage::PinSet => Screen::Notice(Notice {
            name: "pinSet",
            tone: Tone::Good,
            title: say(texts::PIN_COUNTS),
            paragraphs: secrets(&[say(texts::PIN_COUNTS_TEXT)]),
            ..ending(access.after, language)
        }),
        AccessStage::Typing { contact, error } => Screen::Entry(typing(*contact, *error, language)),
        AccessStage::Code { code, error } => {
            let digits = usize::try_from(code.digits).unwrap_or(6);
            Screen::Entry(Entry {
                name: "contactCode",
                title: say(texts::CODE_FROM_NUMBER),
                lead: Secret::new(register::CODE_SENT_TO.with(language, code.phone_masked.expose())),
                masked: true,
                least: digits,
                most: digits,
                error: code_error(*error, code.tries_left, language),
                seconds_left: Some(seconds(code.until, now)),
                secondary: Some(say(register::ANOTHER_CODE)),
                back: true,
                cancel: true,
                ..Entry::default()
            })
        }
        AccessStage::Statement { statement, .. } => Screen::Notice(Notice {
            name: "contactStatement",
            title: say(texts::STATEMENT),
            paragraphs: statement
                .expose()
                .split("\n\n")
                .map(|paragraph| Secret::new(paragraph.trim_end().to_owned()))
                .collect(),
            primary: Some(say(register::SIGN)),
            back,
            cancel: true,
            ..Notice::default()
        }),
        AccessStage::Changed(made) => Screen::Notice(changed(made, access.after, language)),
        AccessStage::NotChanged(why) => Screen::Notice(not_changed(*why, access.after, language)),
    }
}

fn secret(text: impl Into<String>) -> Secret {
    Secret::new(text.into())
}

fn choice(name: &'static str, title: Phrase, options: Vec<Choosable>, language: Language) -> Screen {
    Screen::Choice(Choice {
        name,
        title: title.get(language).to_owned(),
        lead: Secret::default(),
        options,
        back: true,
        cancel: true,
    })
}

fn what(session: &Session, language: Language) -> Screen {
    let option = |one: Changeable| {
        let (id, label, detail) = match one {
            Changeable::Pin => ("pin", texts::PIN, texts::PIN_DETAIL),
            Changeable::Phone => ("phone", texts::PHONE, texts::SIGNED_DETAIL),
            Changeable::Account => ("account", texts::ACCOUNT, texts::SIGNED_DETAIL),
            Changeable::Iin => ("iin", texts::IIN, texts::IIN_DETAIL),
            Changeable::Card => ("card", card::CARD, card::CARD_DETAIL),
            Changeable::CardOff => ("card-off", card::CARD_OFF, card::CARD_OFF_DETAIL),
        };
        Choosable::new(id, label.get(language)).with(detail.get(language))
    };
    choice("access", texts::WHAT_TO_CHANGE, session.changeable().into_iter().map(option).collect(), language)
}

fn typing(contact: Contact, error: Option<ContactFault>, language: Language) -> Entry {
    let phone = contact == Contact::Phone;
    let error = error.map(|fault| match fault {
        ContactFault::NotUsable if phone => texts::NUMBER_NOT_USABLE,
        ContactFault::NotUsable => texts::ACCOUNT_NOT_USABLE,
        ContactFault::Unchanged => texts::UNCHANGED,
        ContactFault::NotOwned if phone => texts::NUMBER_NOT_OWNED,
        ContactFault::NotOwned | ContactFault::OwnerUnknown => texts::ACCOUNT_NOT_OWNED,
        ContactFault::CodeExpired => texts::CODE_LATE,
    });
    let (name, title, lead) = match contact {
        Contact::Phone => ("newPhone", texts::NEW_NUMBER, texts::NEW_NUMBER_LEAD),
        Contact::Account => ("newAccount", texts::NEW_ACCOUNT, texts::NEW_ACCOUNT_LEAD),
    };
    Entry {
        name,
        title: title.get(language).to_owned(),
        lead: secret(lead.get(language)),
        keyboard: if phone { Keyboard::Digits } else { Keyboard::Latin },
        grouping: if phone { Grouping::Phone } else { Grouping::Fours },
        least: if phone { 10 } else { 20 },
        most: if phone { 10 } else { 20 },
        error: error.map(|phrase| phrase.get(language).to_owned()),
        back: true,
        cancel: true,
        ..Entry::default()
    }
}

/// A notice from which the way leads back, or out.
fn ending(after: After, language: Language) -> Notice {
    let primary = match after {
        After::Cabinet => cabinet::TO_CABINET,
        After::Leave => register::FINISH,
    };
    Notice {
        primary: Some(primary.get(language).to_owned()),
        cancel: after == After::Cabinet,
        ..Notice::default()
    }
}

/// What the slip of a change says, and the screen that it is printed from.
#[must_use]
pub fn change_text(made: &Changed, language: Language) -> SlipText {
    let (title, told) = match made.contact {
        Contact::Phone => (texts::PHONE_CHANGED, texts::BOTH_ARE_TOLD),
        Contact::Account => (texts::ACCOUNT_CHANGED, texts::YOU_ARE_TOLD),
    };
    let fact = |label: Phrase, value: &str| Fact::new(label.get(language), value);
    let mut facts = Vec::new();
    if !made.old_masked.is_empty() {
        facts.push(fact(texts::FORMER, made.old_masked.expose()));
    }
    facts.extend([
        fact(texts::NEW, made.new_masked.expose()),
        fact(texts::WHEN, &format::moment(made.at)),
        fact(register::REFERENCE, &reference(&made.change.0)),
    ]);
    let lines = vec![
        secret(told.get(language)),
        secret(texts::SIGNED_STATEMENT.with(language, &made.statement_sha256)),
    ];
    SlipText { title: title.get(language).to_owned(), facts, lines }
}

fn changed(made: &Changed, after: After, language: Language) -> Notice {
    let SlipText { title, facts, lines } = change_text(made, language);
    let told = match made.slip {
        Slip::Unwanted => None,
        Slip::Printing => Some(cabinet::PRINTING),
        Slip::Ended(true) => Some(cabinet::PRINTED),
        Slip::Ended(false) => Some(cabinet::NOT_PRINTED),
    };
    let told = told.map(|phrase| secret(phrase.get(language)));
    Notice {
        name: "contactChanged",
        tone: Tone::Good,
        title,
        paragraphs: lines.into_iter().take(1).chain(told).collect(),
        facts,
        ..ending(after, language)
    }
}

fn not_changed(why: NotChanged, after: After, language: Language) -> Notice {
    let (title, text) = match why {
        NotChanged::NoAnswer => (texts::NO_ANSWER, texts::NO_ANSWER_TEXT),
        NotChanged::TryLater => (texts::NOT_CHANGED, texts::TRY_LATER),
        NotChanged::NotSigned => (texts::NOT_CHANGED, texts::NOT_SIGNED),
        NotChanged::TooMany => (texts::NOT_CHANGED, texts::TOO_MANY),
        NotChanged::NoCard => (texts::NOT_CHANGED, card::NO_CARD),
        NotChanged::NotAvailable => (texts::NOT_CHANGED, texts::NOT_AVAILABLE),
    };
    Notice {
        name: "notChanged",
        tone: Tone::Warn,
        title: title.get(language).to_owned(),
        paragraphs: secrets(&[text.get(language).to_owned()]),
        ..ending(after, language)
    }
}
