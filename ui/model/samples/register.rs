//! A registration, stage by stage.

use senim_domain::identity_document::{ChipVerdict, IdentityDocumentKind};
use senim_domain::rule_pack::{AccessMethod, ClientType, ConsentKind};
use senim_domain::{ClientId, Language, MessageId, RegistrationId, UtcMillis};
use senim_hal::identity_document::{Access as ChipAccess, Read};
use senim_session::Session;
use senim_session::registration::{
    Access, Advice, Applicant, Awaited, ChipProblem, ChipStage, ChipUse, CodePurpose, Person, PhoneFault,
    PinFault, Printed, Registering, SentCode,
};
use senim_session::state::{Client, CodeError};

use super::{NOON, SOON, operation, secret, stamp, visit};
use crate::screen::Screen;
use crate::view::register;

const ADVICE: [(Advice, &str); 13] = [
    (Advice::AlreadyClient, "already-client"),
    (Advice::ConsentRefused, "consent-refused"),
    (Advice::NoBmgNumber, "no-number"),
    (Advice::DocumentExpired, "document-expired"),
    (Advice::AccessRefused, "access-refused"),
    (Advice::AccessTimedOut, "access-timed-out"),
    (Advice::NotIdentified, "not-identified"),
    (Advice::ContinuedElsewhere, "continued-elsewhere"),
    (Advice::NotSigned, "not-signed"),
    (Advice::Rests { until: UtcMillis(NOON.0 + 86_400_000) }, "loan-rests"),
    (Advice::LoanCancelled, "loan-cancelled"),
    (Advice::CancellationSent, "cancellation-sent"),
    (Advice::AskLender, "ask-lender"),
];

const STATEMENT: &str = "Тіркеу туралы өтініш / Заявление о регистрации\n\nМен, Нұрмағамбетова Айгүл Серікқызы, ЖСН \
    900514300002, «Сенім Демо» МҚҰ» ЖШС-де клиент ретінде тіркеуді сұраймын.\n\nЯ, Нурмагамбетова Айгуль Сериковна, ИИН \
    900514300002, прошу зарегистрировать меня клиентом ТОО «МФО «Сенім Демо». Указанные мной сведения верны. Телефон \
    +7 701 123 45 67 принадлежит мне.";

const CONSENT: &str = "Мемлекеттік деректерге қол жеткізуге келісім / Согласие на доступ к государственным данным\n\n\
    Мақсаты: микрокредит беру туралы шешім қабылдау.\n\nДеректер: тегі, аты, әкесінің аты; ЖСН; жеке басты \
    куәландыратын құжат.\n\nҚолжетімділік мерзімі: 1826 күн.\n\nОсы деректерге осы мерзімге қол жеткізуге келісемін.\n\n\
    ЖСН: 900514300002\nКүні: 02.03.2026\nТіркеу нөмірі: 0000-0001\n";

pub(super) const fn applicant() -> Applicant {
    Applicant { registration: RegistrationId(visit().0), client_type: ClientType::Individual }
}

pub(super) fn all(session: &Session, language: Language) -> Vec<(String, Screen)> {
    let mut samples: Vec<(String, Screen)> = stages()
        .into_iter()
        .map(|(name, stage)| {
            (format!("register-{name}"), register::screen(session, &stage, &stamp(), language))
        })
        .collect();
    samples.extend(ADVICE.map(|(advice, name)| {
        let notice = register::advice(session, advice, visit(), language);
        (format!("advice-{name}"), Screen::Notice(notice))
    }));
    samples
}

fn stages() -> Vec<(&'static str, Registering)> {
    let applicant = applicant();
    let code = SentCode {
        id: MessageId(visit().0),
        purpose: CodePurpose::Number,
        phone_masked: secret("+7 7** *** ** 67"),
        digits: 6,
        until: SOON,
    };
    let access =
        Access { method: AccessMethod::OneTimeCode, already_in_process: false, tries_left: 2, until: SOON };
    let again = SentCode { purpose: CodePurpose::Continue, ..code.clone() };
    let in_process = Access { already_in_process: true, ..access };
    let client = Client {
        id: ClientId(visit().0),
        greeting: secret("Айгүл Серікқызы"),
        products: Vec::new(),
        last_login: None,
    };
    let waiting = |awaited| Registering::Waiting { asked: operation(), applicant, awaited };
    let consent = |kind| Registering::Consent { applicant, kind };
    let phone = |error| Registering::Phone { applicant, error };
    let pin = |first, error| Registering::Pin { client: client.clone(), first, error };
    vec![
        ("needs", Registering::Needs),
        ("client-type", Registering::ClientType),
        ("referral", Registering::Referral),
        ("iin", Registering::Iin { client_type: ClientType::Individual, invalid: false, chip: None }),
        ("iin-wrong", Registering::Iin { client_type: ClientType::Individual, invalid: true, chip: None }),
        (
            "iin-of-chip",
            Registering::Iin {
                client_type: ClientType::Individual,
                invalid: false,
                chip: Some(Box::new(read())),
            },
        ),
        ("code", Registering::Code { applicant, code: code.clone(), error: None }),
        ("code-continue", Registering::Code { applicant, code: again, error: None }),
        ("code-wrong", Registering::Code { applicant, code, error: Some(CodeError::Wrong) }),
        ("consent-state", consent(ConsentKind::StateData)),
        ("consent-processing", consent(ConsentKind::Processing)),
        ("method", Registering::Method { applicant }),
        (
            "own-consent",
            Registering::OwnConsent { applicant, statement: secret(CONSENT), sha256: String::new() },
        ),
        ("access-code", Registering::AccessCode { applicant, access, error: None }),
        ("access-code-sent", Registering::AccessCode { applicant, access: in_process, error: None }),
        ("access-code-wrong", Registering::AccessCode { applicant, access, error: Some(CodeError::Wrong) }),
        ("access-reply", Registering::AccessReply { applicant, access, ask_at: SOON, asked: None }),
        ("wait-state", waiting(Awaited::Access)),
        ("wait-portrait", waiting(Awaited::Portrait)),
        ("wait-conclusion", waiting(Awaited::Conclusion)),
        ("person", Registering::Person { applicant, person: Box::new(person()) }),
        ("phone", phone(None)),
        ("phone-not-usable", phone(Some(PhoneFault::NotUsable))),
        ("phone-not-owned", phone(Some(PhoneFault::NotOwned))),
        ("before-picture", Registering::BeforePicture { applicant }),
        (
            "statement",
            Registering::Statement { applicant, statement: secret(STATEMENT), sha256: String::new() },
        ),
        ("pin-offer", Registering::PinOffer { client: client.clone() }),
        ("pin", pin(None, None)),
        ("pin-again", pin(Some(secret("271828")), None)),
        ("pin-simple", pin(None, Some(PinFault::Simple))),
        ("pin-differs", pin(None, Some(PinFault::Differs))),
        ("done", Registering::Done { client, pin: true }),
    ]
    .into_iter()
    .chain(chip_stages().into_iter().map(|(name, stage)| {
        (name, Registering::Document(ChipUse { client_type: ClientType::Individual, tries_left: 3, stage }))
    }))
    .collect()
}

/// The chip of an identity document.
fn chip_stages() -> Vec<(&'static str, ChipStage)> {
    let access = || ChipAccess::AccessNumber(secret("123456"));
    let printed = |number: Option<&str>, birth_date: Option<&str>, wrong| ChipStage::Printed {
        typed: Printed { number: number.map(secret), birth_date: birth_date.map(secret) },
        wrong,
    };
    let problem = |problem| ChipStage::Problem { problem, access: None };
    vec![
        ("chip-offer", ChipStage::Offer),
        ("chip-access-number", ChipStage::AccessNumber { wrong: false }),
        ("chip-access-number-wrong", ChipStage::AccessNumber { wrong: true }),
        ("chip-number", printed(None, None, false)),
        ("chip-number-wrong", printed(None, None, true)),
        ("chip-birth-date", printed(Some("N12345678"), None, false)),
        ("chip-expiry-date", printed(Some("N12345678"), Some("900514"), true)),
        ("chip-lay", ChipStage::Lay { access: access() }),
        ("chip-reading", ChipStage::Reading { access: access() }),
        ("chip-withdrawn", problem(ChipProblem::Withdrawn)),
        ("chip-too-many-tries", problem(ChipProblem::TooManyTries)),
        ("chip-not-a-document", problem(ChipProblem::NotADocument)),
        ("chip-unusable", problem(ChipProblem::Unusable)),
        ("chip-unclear", problem(ChipProblem::Unclear)),
        ("chip-reader", problem(ChipProblem::Reader)),
        ("chip-expired", problem(ChipProblem::Expired)),
        ("chip-other-person", problem(ChipProblem::OtherPerson)),
    ]
}

/// What a chip told that holds no IIN.
fn read() -> Read {
    Read {
        kind: IdentityDocumentKind::Card,
        number: secret("012345678"),
        expires: secret("2035-05-13"),
        birth_date: secret("900514"),
        sex: None,
        iin: None,
        verdict: ChipVerdict::Genuine,
    }
}

fn person() -> Person {
    Person {
        client_type: ClientType::IndividualEntrepreneur,
        surname: secret("Нұрмағамбетова"),
        given_name: secret("Айгүл"),
        patronymic: secret("Серікқызы"),
        document: "identityCard".to_owned(),
        document_tail: secret("4417"),
        document_expires: "2031-05-13".to_owned(),
        consent_number: "CN-2026-0003177".to_owned(),
        sha256: String::new(),
    }
}
