//! A login with more than one way, and changes of PIN, phone and account, stage by stage.

use senim_domain::{ChangeId, ClientId, Language, MessageId, Secret};
use senim_operation::body::Contact;
use senim_operation::message::LoginWay;
use senim_session::Session;
use senim_session::access::{
    Access, AccessStage, After, Changed, ContactFault, FaceFor, LoggingIn, NotChanged, NumberCode,
};
use senim_session::dialogue::cabinet::Slip;
use senim_session::registration::PinFault;
use senim_session::state::{Client, CodeError, Errand};

use super::{NOON, SOON, operation, secret, stamp, visit};
use crate::screen::Screen;
use crate::view::access;

/// What the MFO lays out for a signature is in the language of the visit.
fn statement(session: &Session, language: Language) -> String {
    let lender = session.facts().rule_pack.as_deref().map_or("", |pack| pack.mfo.name.get(language).as_str());
    let said = match language {
        Language::Kk => {
            "Жеке кабинеттің телефон нөмірін өзгертуді сұраймын.\n\nТегі, аты, әкесінің аты: Нұрмағамбетова Айгүл \
             Серікқызы\nБұрынғы нөмір: +7 701 123 45 67\nЖаңа нөмір: +7 702 999 00 01\nКүні: 02.03.2026\nӨтініш нөмірі: \
             4A7C-19E2\n"
        }
        Language::Ru => {
            "Прошу изменить номер телефона моего личного кабинета.\n\nФамилия, имя, отчество: Нұрмағамбетова Айгүл \
             Серікқызы\nПрежний номер: +7 701 123 45 67\nНовый номер: +7 702 999 00 01\nДата: 02.03.2026\nНомер \
             заявления: 4A7C-19E2\n"
        }
        Language::En => {
            "Please change the phone number of my account with you.\n\nSurname, given name, patronymic: Нұрмағамбетова \
             Айгүл Серікқызы\nFormer number: +7 701 123 45 67\nNew number: +7 702 999 00 01\nDate: 02.03.2026\nNumber \
             of this statement: 4A7C-19E2\n"
        }
    };
    format!("{lender}\n\n{said}")
}

pub(super) fn all(session: &Session, language: Language) -> Vec<(String, Screen)> {
    let logins = logins()
        .into_iter()
        .map(|(name, stage)| (format!("login-{name}"), access::login(session, &stage, language)));
    let changes = stages(session, language).into_iter().map(|(name, after, stage)| {
        let access = Access { client: client(), after, stage };
        (format!("access-{name}"), access::screen(session, &access, &stamp(), language))
    });
    logins.chain(changes).collect()
}

fn logins() -> Vec<(&'static str, LoggingIn)> {
    let (errand, login) = (Errand::Cabinet, MessageId(visit().0));
    vec![
        ("safety", LoggingIn::Safety { errand }),
        (
            "ways",
            LoggingIn::Ways { errand, login, ways: vec![LoginWay::Card, LoginWay::Pin, LoginWay::Code] },
        ),
        ("pin", LoggingIn::Pin { errand, login, wrong: false }),
        ("pin-wrong", LoggingIn::Pin { errand, login, wrong: true }),
        ("checking", LoggingIn::Checking { errand, login, asked: operation() }),
    ]
}

fn client() -> Client {
    Client {
        id: ClientId(operation().0),
        greeting: secret("Айгүл Серікқызы"),
        products: vec!["express".to_owned()],
        last_login: None,
    }
}

fn stages(session: &Session, language: Language) -> Vec<(&'static str, After, AccessStage)> {
    let (change, asked, face_check) = (ChangeId(visit().0), operation(), MessageId(visit().0));
    let code = || NumberCode {
        change,
        id: face_check,
        phone_masked: secret("+7 7** *** ** 01"),
        digits: 6,
        tries_left: 2,
        until: SOON,
    };
    let changed = |contact, old: &str, new: &str, slip| {
        AccessStage::Changed(Changed {
            asked,
            change,
            contact,
            old_masked: secret(old),
            new_masked: secret(new),
            statement_sha256: "7nqkVxC3u0tE5mB1yZ8fRj2wLd4sHpT6aGc9NoXiQkU".to_owned(),
            at: NOON,
            slip,
            language,
        })
    };
    let typing = |contact, error| AccessStage::Typing { contact, error };
    let (here, leaves) = (After::Cabinet, After::Leave);
    let phone = Contact::Phone;
    vec![
        ("choice", here, AccessStage::Choice),
        ("iin", here, AccessStage::Iin),
        ("before-pin", leaves, AccessStage::BeforePicture(FaceFor::Pin)),
        ("before-phone", here, AccessStage::BeforePicture(FaceFor::Contact { change, contact: phone })),
        ("matching", here, AccessStage::Matching { asked, face_for: FaceFor::Pin }),
        ("pin", here, AccessStage::Pin { first: None, error: None }),
        ("pin-again", here, AccessStage::Pin { first: Some(secret("740295")), error: None }),
        ("pin-simple", here, AccessStage::Pin { first: None, error: Some(PinFault::Simple) }),
        ("pin-set", leaves, AccessStage::PinSet),
        ("before-card", here, AccessStage::BeforePicture(FaceFor::Card)),
        ("before-card-off", here, AccessStage::BeforePicture(FaceFor::CardOff)),
        ("card-bound", here, AccessStage::CardBound),
        ("card-unbound", here, AccessStage::CardUnbound),
        ("no-card", here, AccessStage::NotChanged(NotChanged::NoCard)),
        ("phone", here, typing(phone, None)),
        ("phone-not-owned", here, typing(phone, Some(ContactFault::NotOwned))),
        ("account", here, typing(Contact::Account, None)),
        ("account-unknown", here, typing(Contact::Account, Some(ContactFault::OwnerUnknown))),
        ("code", here, AccessStage::Code { code: code(), error: None }),
        ("code-wrong", here, AccessStage::Code { code: code(), error: Some(CodeError::Wrong) }),
        (
            "statement",
            here,
            AccessStage::Statement {
                change,
                contact: phone,
                face_check,
                statement: Secret::new(statement(session, language)),
                sha256: String::new(),
            },
        ),
        ("concluding", here, AccessStage::Concluding { asked, change, contact: phone, face_check }),
        ("phone-changed", here, changed(phone, "+7 7** *** ** 67", "+7 7** *** ** 01", Slip::Ended(true))),
        (
            "account-changed",
            here,
            changed(Contact::Account, "", "KZ** 125* **** **** 0100", Slip::Ended(false)),
        ),
        ("no-answer", here, AccessStage::NotChanged(NotChanged::NoAnswer)),
        ("not-signed", here, AccessStage::NotChanged(NotChanged::NotSigned)),
        ("try-later", leaves, AccessStage::NotChanged(NotChanged::TryLater)),
    ]
}
