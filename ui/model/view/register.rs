//! A new client registers: each stage as a form.

use senim_domain::rule_pack::{AccessMethod, ClientType, RulePack};
use senim_domain::time::{Mono, Stamp};
use senim_domain::{Language, Secret, SessionId};
use senim_session::Session;
use senim_session::dialogue::register::CLIENT_TYPES;
use senim_session::registration::{
    Access, Advice, Awaited, CodePurpose, Person, PhoneFault, PinFault, Registering, SentCode,
};
use senim_session::state::CodeError;

use super::leak;
use super::preparation::secrets;
use super::waiting::not_before;
use super::{EGOV, EGOV_NAME};
use crate::format;
use crate::pages::{Choice, Choosable, Entry, Fact, Grouping, Keyboard, Notice, Tone};
use crate::screen::Screen;
use crate::texts::chip as chip_texts;
use crate::texts::register as texts;
use crate::texts::{Phrase, living, menu, preparation, remainder, waiting as rest};

/// The screen of a stage.
pub(crate) fn screen(session: &Session, stage: &Registering, now: &Stamp, language: Language) -> Screen {
    let Some(pack) = session.facts().rule_pack.as_deref() else { return Screen::Notice(Notice::default()) };
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    match stage {
        Registering::Needs => Screen::Notice(Notice {
            name: "registerNeeds",
            title: say(texts::NEEDED),
            paragraphs: secrets(pack.texts.what_you_need.get(language)),
            primary: Some(say(texts::CONTINUE)),
            back: true,
            cancel: true,
            ..Notice::default()
        }),
        Registering::ClientType => Screen::Choice(client_type(language)),
        Registering::Referral => Screen::Notice(Notice {
            name: "referral",
            title: say(texts::REFERRAL),
            paragraphs: secrets(&[say(texts::REFERRAL_TEXT), say(texts::NOTHING_ASKED)]),
            facts: contacts(pack, language),
            primary: Some(say(texts::FINISH)),
            back: true,
            cancel: true,
            ..Notice::default()
        }),
        Registering::Document(used) => super::chip::screen(used, language),
        Registering::Iin { invalid, chip, .. } => Screen::Entry(Entry {
            name: "registerIin",
            title: say(texts::YOUR_IIN),
            lead: Secret::new(say(if chip.is_some() { chip_texts::NO_IIN } else { texts::YOUR_IIN_LEAD })),
            grouping: Grouping::Iin,
            least: 12,
            most: 12,
            error: invalid.then(|| say(texts::IIN_WRONG)),
            back: true,
            cancel: true,
            ..Entry::default()
        }),
        Registering::Waiting { awaited, .. } => Screen::Notice(waiting(awaited, language)),
        Registering::Code { code, error, .. } => Screen::Entry(code_entry(code, *error, now, language)),
        Registering::Consent { kind, .. } => {
            Screen::Notice(super::preparation::consent(pack, *kind, "consent", language))
        }
        Registering::Method { .. } => Screen::Choice(methods(pack, language)),
        Registering::OwnConsent { statement, .. } => Screen::Notice(Notice {
            name: "ownConsent",
            title: say(texts::OWN_CONSENT),
            paragraphs: paragraphs(statement),
            primary: Some(say(texts::SIGN_CONSENT)),
            secondary: Some(say(texts::REFUSE)),
            equal: true,
            cancel: true,
            ..Notice::default()
        }),
        Registering::AccessCode { access, error, .. } => {
            Screen::Entry(access_code(pack, access, *error, now, language))
        }
        Registering::AccessReply { access, .. } => Screen::Notice(Notice {
            name: "accessReply",
            title: say(texts::REPLY),
            paragraphs: secrets(&[say(texts::REPLY_TEXT)]),
            seconds_left: Some(seconds(access.until, now)),
            busy: true,
            cancel: true,
            ..Notice::default()
        }),
        Registering::Person { person, .. } => Screen::Notice(is_this_you(person, language)),
        Registering::Phone { error, .. } => Screen::Entry(Entry {
            name: "registerPhone",
            title: say(texts::YOUR_NUMBER),
            lead: Secret::new(say(texts::YOUR_NUMBER_LEAD)),
            grouping: Grouping::Phone,
            least: 10,
            most: 10,
            error: error.map(|fault| match fault {
                PhoneFault::NotUsable => say(texts::NUMBER_NOT_USABLE),
                PhoneFault::NotOwned => say(texts::NUMBER_NOT_OWNED),
            }),
            cancel: true,
            ..Entry::default()
        }),
        Registering::BeforePicture { .. } => Screen::Notice(Notice {
            name: "beforePicture",
            title: say(texts::PICTURE),
            paragraphs: secrets(&[say(texts::PICTURE_TEXT), say(texts::PICTURE_WHY)]),
            primary: Some(say(texts::CONTINUE)),
            cancel: true,
            ..Notice::default()
        }),
        Registering::Statement { statement, .. } => Screen::Notice(Notice {
            name: "statement",
            title: say(texts::STATEMENT),
            paragraphs: paragraphs(statement),
            primary: Some(say(texts::SIGN)),
            cancel: true,
            ..Notice::default()
        }),
        Registering::PinOffer { .. } => Screen::Notice(Notice {
            name: "pinOffer",
            tone: Tone::Good,
            title: say(texts::PIN_OFFER),
            paragraphs: secrets(&[say(texts::PIN_OFFER_TEXT)]),
            primary: Some(say(texts::SET_PIN)),
            secondary: Some(say(texts::NO_PIN)),
            equal: true,
            ..Notice::default()
        }),
        Registering::Pin { first, error, .. } => {
            Screen::Entry(new_pin(pack, first.is_some(), *error, language))
        }
        Registering::SettingPin { .. } => Screen::Notice(busy("pinSetting", texts::REGISTERING, language)),
        Registering::Done { pin, .. } => Screen::Notice(done(session, now, *pin, language)),
    }
}

/// A polite end with advice.
pub(crate) fn advice(session: &Session, advice: Advice, visit: SessionId, language: Language) -> Notice {
    let mut told = None;
    let (title, text) = match advice {
        Advice::Rests { until } => {
            told = Some(rest::RESTS_TEXT.with(language, &not_before(until)));
            (rest::RESTS, rest::RESTS_TEXT)
        }
        Advice::LoanCancelled => (rest::CANCELLED, rest::CANCELLED_TEXT),
        Advice::CancellationSent => (rest::SENT, rest::SENT_TEXT),
        Advice::AskLender => (rest::ASK, rest::ASK_TEXT),
        Advice::NumberNotYours | Advice::CallDenied | Advice::CallNotReached => {
            leak::advice(advice).map_or((rest::ASK, rest::ASK_TEXT), |(_, title, text)| (title, text))
        }
        Advice::NotLiving => (living::NOT_LIVING, living::NOT_LIVING_TEXT),
        Advice::AlreadyClient => (texts::ALREADY, texts::ALREADY_TEXT),
        Advice::ConsentRefused => (texts::REFUSED_CONSENT, texts::REFUSED_CONSENT_TEXT),
        Advice::BureauConsentRefused => (preparation::NO_REPORT, preparation::NO_REPORT_TEXT),
        Advice::Pressed => (preparation::PRESSED, preparation::PRESSED_TEXT),
        Advice::NoBmgNumber => (texts::NO_NUMBER, texts::NO_NUMBER_TEXT),
        Advice::DocumentExpired => (texts::DOCUMENT_OVER, texts::DOCUMENT_OVER_TEXT),
        Advice::AccessRefused => (texts::ACCESS_REFUSED, texts::ACCESS_REFUSED_TEXT),
        Advice::AccessTimedOut => (texts::NO_ANSWER, texts::NO_ANSWER_TEXT),
        Advice::NotIdentified => (texts::NOT_IDENTIFIED, texts::NOT_IDENTIFIED_TEXT),
        Advice::ContinuedElsewhere => (texts::ELSEWHERE, texts::ELSEWHERE_TEXT),
        Advice::NotSigned => (texts::NOT_SIGNED, texts::NOT_SIGNED_TEXT),
        Advice::RemainderOwed => (remainder::OWED, remainder::OWED_TEXT),
    };
    let pack = session.facts().rule_pack.as_deref();
    let mut facts = pack.map_or_else(Vec::new, |pack| contacts(pack, language));
    facts.push(Fact::new(texts::REFERENCE.get(language), super::reference(&visit.0)));
    Notice {
        name: match advice {
            Advice::Rests { .. } => "loanRests",
            Advice::LoanCancelled => "loanCancelled",
            Advice::CancellationSent => "cancellationSent",
            other => leak::advice(other).map_or("advice", |(name, _, _)| name),
        },
        title: title.get(language).to_owned(),
        paragraphs: secrets(&[told.unwrap_or_else(|| text.get(language).to_owned())]),
        facts,
        qr: (advice == Advice::NoBmgNumber).then(|| Secret::new(EGOV.to_owned())),
        qr_opens: EGOV_NAME,
        primary: Some(texts::FINISH.get(language).to_owned()),
        ..Notice::default()
    }
}

/// A text whose paragraphs stand apart by an empty line.
fn paragraphs(text: &Secret) -> Vec<Secret> {
    text.expose().split("\n\n").map(|paragraph| Secret::new(paragraph.trim_end().to_owned())).collect()
}

pub(super) fn seconds(until: Mono, now: &Stamp) -> u32 {
    u32::try_from(until.since(now.mono).div_ceil(1000)).unwrap_or(u32::MAX)
}

fn contacts(pack: &RulePack, language: Language) -> Vec<Fact> {
    vec![
        Fact::new(menu::ADDRESS.get(language), pack.mfo.address.get(language)),
        Fact::new(menu::PHONES.get(language), pack.mfo.phones.join(", ")),
    ]
}

const fn name_of(client_type: ClientType) -> (&'static str, Phrase, Phrase) {
    match client_type {
        ClientType::Individual => ("individual", texts::INDIVIDUAL, texts::INDIVIDUAL_DETAIL),
        ClientType::IndividualEntrepreneur => {
            ("entrepreneur", texts::ENTREPRENEUR, texts::ENTREPRENEUR_DETAIL)
        }
        ClientType::LegalEntity => ("legalEntity", texts::LEGAL_ENTITY, texts::LEGAL_ENTITY_DETAIL),
    }
}

fn client_type(language: Language) -> Choice {
    let option = |client_type: ClientType| {
        let (id, label, detail) = name_of(client_type);
        Choosable::new(id, label.get(language)).with(detail.get(language))
    };
    Choice {
        name: "clientType",
        title: texts::AS_WHOM.get(language).to_owned(),
        lead: Secret::default(),
        options: CLIENT_TYPES.into_iter().map(option).collect(),
        back: true,
        cancel: true,
    }
}

fn methods(pack: &RulePack, language: Language) -> Choice {
    let option = |method: AccessMethod| {
        let (id, label, detail) = match method {
            AccessMethod::SmsReply => ("reply", texts::BY_REPLY, texts::BY_REPLY_DETAIL),
            AccessMethod::OwnMeans => ("signature", texts::BY_SIGNATURE, texts::BY_SIGNATURE_DETAIL),
            AccessMethod::OneTimeCode | AccessMethod::Proactive | AccessMethod::Logging => {
                ("code", texts::BY_CODE, texts::BY_CODE_DETAIL)
            }
        };
        Choosable::new(id, label.get(language)).with(detail.get(language))
    };
    Choice {
        name: "accessMethod",
        title: texts::HOW_TO_ANSWER.get(language).to_owned(),
        lead: Secret::default(),
        options: Session::access_methods(pack).into_iter().map(option).collect(),
        back: false,
        cancel: true,
    }
}

pub(super) fn busy(name: &'static str, text: Phrase, language: Language) -> Notice {
    Notice {
        name,
        title: texts::ONE_MOMENT.get(language).to_owned(),
        paragraphs: secrets(&[text.get(language).to_owned()]),
        busy: true,
        cancel: true,
        ..Notice::default()
    }
}

fn waiting(awaited: &Awaited, language: Language) -> Notice {
    let text = match awaited {
        Awaited::Opening | Awaited::Identification | Awaited::Portrait => texts::COMPARING,
        Awaited::Code(_) | Awaited::AccessCode(_) => texts::CHECKING_CODE,
        Awaited::Access => texts::ASKING_STATE,
        Awaited::Phone => texts::CHECKING_NUMBER,
        Awaited::Conclusion => texts::REGISTERING,
    };
    busy("registerWaiting", text, language)
}

pub(super) fn code_error(error: Option<CodeError>, tries_left: u32, language: Language) -> Option<String> {
    error.map(|error| match error {
        CodeError::Wrong => texts::TRIES_LEFT.with(language, &tries_left.to_string()),
        CodeError::Expired => texts::CODE_EXPIRED.get(language).to_owned(),
    })
}

fn code_entry(code: &SentCode, error: Option<CodeError>, now: &Stamp, language: Language) -> Entry {
    let digits = usize::try_from(code.digits).unwrap_or(6);
    let title = match code.purpose {
        CodePurpose::Continue => texts::CONTINUE_CODE,
        CodePurpose::Number => texts::NUMBER_CODE,
    };
    Entry {
        name: "registerCode",
        title: title.get(language).to_owned(),
        lead: Secret::new(texts::CODE_SENT_TO.with(language, code.phone_masked.expose())),
        masked: true,
        least: digits,
        most: digits,
        error: code_error(error, code.tries_left, language),
        seconds_left: Some(seconds(code.until, now)),
        secondary: Some(texts::ANOTHER_CODE.get(language).to_owned()),
        back: true,
        cancel: true,
        ..Entry::default()
    }
}

fn access_code(
    pack: &RulePack,
    access: &Access,
    error: Option<CodeError>,
    now: &Stamp,
    language: Language,
) -> Entry {
    let lead = if access.already_in_process { texts::STATE_CODE_ALREADY } else { texts::STATE_CODE_LEAD };
    Entry {
        name: "accessCode",
        title: texts::STATE_CODE.get(language).to_owned(),
        lead: Secret::new(lead.get(language).to_owned()),
        keyboard: Keyboard::Latin,
        masked: true,
        least: usize::from(pack.access.code_min_length),
        most: usize::from(pack.access.code_max_length),
        error: code_error(error, access.tries_left, language),
        seconds_left: Some(seconds(access.until, now)),
        cancel: true,
        ..Entry::default()
    }
}

fn is_this_you(person: &Person, language: Language) -> Notice {
    let kind = match person.document.as_str() {
        "passport" => texts::PASSPORT,
        "residencePermit" => texts::RESIDENCE_PERMIT,
        "statelessCertificate" => texts::STATELESS,
        _ => texts::IDENTITY_CARD,
    };
    let document = format!("{}, …{}", kind.get(language), person.document_tail.expose());
    let mut facts = vec![
        Fact { label: texts::SURNAME.get(language).to_owned(), value: person.surname.clone() },
        Fact { label: texts::GIVEN_NAME.get(language).to_owned(), value: person.given_name.clone() },
    ];
    if !person.patronymic.is_empty() {
        let label = texts::PATRONYMIC.get(language).to_owned();
        facts.push(Fact { label, value: person.patronymic.clone() });
    }
    let until =
        person.document_expires.parse().map_or_else(|_| person.document_expires.clone(), format::date);
    let (_, status, _) = name_of(person.client_type);
    facts.extend([
        Fact::new(texts::DOCUMENT.get(language), document),
        Fact::new(texts::VALID_UNTIL.get(language), until),
        Fact::new(texts::REGISTERED_AS.get(language), status.get(language)),
        Fact::new(texts::CONSENT_NUMBER.get(language), person.consent_number.clone()),
    ]);
    Notice {
        name: "isThisYou",
        title: texts::IS_THIS_YOU.get(language).to_owned(),
        facts,
        primary: Some(texts::YES_ME.get(language).to_owned()),
        secondary: Some(texts::NOT_ME.get(language).to_owned()),
        equal: true,
        cancel: true,
        ..Notice::default()
    }
}

/// A PIN that is being chosen.
pub(super) fn new_pin(pack: &RulePack, again: bool, error: Option<PinFault>, language: Language) -> Entry {
    let rules = pack.login.pin;
    Entry {
        name: "pin",
        title: (if again { texts::PIN_AGAIN } else { texts::NEW_PIN }).get(language).to_owned(),
        lead: Secret::new(
            texts::PIN_LEAD.with(language, &format!("{}–{}", rules.min_digits, rules.max_digits)),
        ),
        masked: true,
        least: usize::from(rules.min_digits),
        most: usize::from(rules.max_digits),
        error: error.map(|fault| {
            let phrase = match fault {
                PinFault::Differs => texts::PIN_DIFFERS,
                PinFault::Length => texts::PIN_LENGTH,
                PinFault::Simple => texts::PIN_SIMPLE,
            };
            phrase.get(language).to_owned()
        }),
        back: true,
        cancel: true,
        ..Entry::default()
    }
}

fn done(session: &Session, now: &Stamp, pin: bool, language: Language) -> Notice {
    let mut paragraphs = vec![texts::DONE_TEXT.get(language).to_owned()];
    if pin {
        paragraphs.push(texts::PIN_SET.get(language).to_owned());
    }
    let loan = session.no_application(now).is_none();
    let finish = texts::FINISH.get(language).to_owned();
    let (primary, secondary) = match loan {
        true => (texts::APPLY.get(language).to_owned(), Some(finish)),
        false => (finish, None),
    };
    Notice {
        name: "registered",
        tone: Tone::Good,
        title: texts::DONE.get(language).to_owned(),
        paragraphs: secrets(&paragraphs),
        primary: Some(primary),
        secondary,
        ..Notice::default()
    }
}
