//! A registration, stage by stage.

use senim_domain::identity_document::{ChipVerdict, IdentityDocumentKind};
use senim_domain::rule_pack::{AccessMethod, ClientType, ConsentKind};
use senim_domain::{ClientId, Language, MessageId, RegistrationId, Secret, UtcMillis};
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

/// What the MFO lays out for a signature is in the language of the visit.
fn statement(session: &Session, language: Language) -> String {
    let said = session.facts().rule_pack.as_deref();
    let said =
        said.map(|pack| pack.texts.registration_statement.get(language).join("\n\n")).unwrap_or_default();
    let whose = match language {
        Language::Kk => {
            "Тегі, аты, әкесінің аты: Нұрмағамбетова Айгүл Серікқызы\nЖСН: 900514300002\nЖеке басты куәландыратын құжат: \
             012344417\nЖарамды: 13.05.2031\nТелефон: +7 701 123 45 67\nКүні: 02.03.2026\nТіркеу нөмірі: 4A7C-19E2\n"
        }
        Language::Ru => {
            "Фамилия, имя, отчество: Нұрмағамбетова Айгүл Серікқызы\nИИН: 900514300002\nДокумент, удостоверяющий \
             личность: 012344417\nДействителен до: 13.05.2031\nТелефон: +7 701 123 45 67\nДата: 02.03.2026\nНомер \
             регистрации: 4A7C-19E2\n"
        }
        Language::En => {
            "Surname, given name, patronymic: Нұрмағамбетова Айгүл Серікқызы\nIIN: 900514300002\nIdentity document: \
             012344417\nValid until: 13.05.2031\nPhone: +7 701 123 45 67\nDate: 02.03.2026\nRegistration number: \
             4A7C-19E2\n"
        }
    };
    format!("{said}\n\n{whose}")
}

/// The consent of the rule pack, and who agrees to it.
fn own_consent(session: &Session, language: Language) -> String {
    let pack = session.facts().rule_pack.as_deref();
    let consent = pack.and_then(|pack| pack.consent(ConsentKind::StateData));
    let consent = consent.map(|consent| consent.document(language)).unwrap_or_default();
    let agrees = match language {
        Language::Kk => {
            "Осы деректерге осы мерзімге қол жеткізуге келісемін.\n\nЖСН: 900514300002\nКүні: 02.03.2026\nТіркеу нөмірі: \
             4A7C-19E2\n"
        }
        Language::Ru => {
            "Даю согласие на доступ к этим данным на этот срок.\n\nИИН: 900514300002\nДата: 02.03.2026\nНомер \
             регистрации: 4A7C-19E2\n"
        }
        Language::En => {
            "I agree to access to these data for this period.\n\nIIN: 900514300002\nDate: 02.03.2026\nRegistration \
             number: 4A7C-19E2\n"
        }
    };
    format!("{consent}\n\n{agrees}")
}

pub(super) const fn applicant() -> Applicant {
    Applicant { registration: RegistrationId(visit().0), client_type: ClientType::Individual }
}

pub(super) fn all(session: &Session, language: Language) -> Vec<(String, Screen)> {
    let mut samples: Vec<(String, Screen)> = stages(session, language)
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

fn stages(session: &Session, language: Language) -> Vec<(&'static str, Registering)> {
    let applicant = applicant();
    let code = SentCode {
        id: MessageId(visit().0),
        purpose: CodePurpose::Number,
        phone_masked: secret("+7 7** *** ** 67"),
        digits: 6,
        tries_left: 2,
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
            Registering::OwnConsent {
                applicant,
                statement: Secret::new(own_consent(session, language)),
                sha256: String::new(),
            },
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
            Registering::Statement {
                applicant,
                statement: Secret::new(statement(session, language)),
                sha256: String::new(),
            },
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
