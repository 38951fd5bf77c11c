//! The personal cabinet on the screen. What can be printed is written by `slips`, the same words on both.

use senim_domain::time::Stamp;
use senim_domain::{Language, Secret, calendar};
use senim_operation::body::LetterSubject;
use senim_operation::message::{
    ApplicationStanding, ApplicationState, CabinetContent, ContractFacts, ContractState, Letter,
    LoanStatement, PaymentDetails,
};
use senim_session::Session;
use senim_session::dialogue::cabinet::{
    Cabinet, DocumentFile, Function, NotShown, Shown, Slip, SlipOf, Stage,
};
use senim_session::dialogue::information::Leaflet;

use super::slips::{self, SlipText, apart};
use super::{menu, paragraphs, reference};
use crate::format;
use crate::pages::{Choice, Choosable, Entry, Fact, Keyboard, Notice, Tone};
use crate::screen::{Contract, Row, Screen};
use crate::texts::{Phrase, access, cabinet as texts, menu as menu_texts, supplement};

/// Most characters of a letter.
const LONGEST_LETTER: usize = 200;

/// What the cabinet shows.
pub(super) fn screen(session: &Session, cabinet: &Cabinet, now: &Stamp, language: Language) -> Screen {
    match &cabinet.stage {
        Stage::Home => Screen::Choice(home(session, cabinet, now, language)),
        Stage::Asking { .. } => Screen::Notice(busy("cabinetAsking", texts::ASKING, true, language)),
        Stage::Listed(shown) => listed(session, shown, language),
        Stage::One { list, .. } => Screen::Notice(one(session, &cabinet.stage, list, language)),
        Stage::Documents { .. } => documents(&cabinet.stage, language),
        Stage::Opening { .. } => {
            Screen::Notice(busy("cabinetOpening", texts::OPENING_DOCUMENT, true, language))
        }
        Stage::Reading { file, .. } => Screen::Contract(reading(&cabinet.stage, file, language)),
        Stage::WaysToPay(details) => Screen::Notice(ways(session, details.as_ref(), language)),
        Stage::Lender => Screen::Notice(lender(session, language)),
        Stage::Subject => Screen::Choice(subject(language)),
        Stage::Writing { .. } => Screen::Entry(Entry {
            name: "cabinetWriting",
            title: texts::WRITE_HERE.get(language).to_owned(),
            lead: secret(texts::WRITE_LEAD.get(language)),
            keyboard: Keyboard::Text,
            least: 2,
            most: LONGEST_LETTER,
            back: true,
            cancel: true,
            ..Entry::default()
        }),
        Stage::Sending { .. } => Screen::Notice(busy("cabinetSending", texts::SENDING, false, language)),
        Stage::Sent { letter } => Screen::Notice(Notice {
            name: "cabinetSent",
            tone: Tone::Good,
            facts: vec![Fact::new(texts::LETTER_NUMBER.get(language), reference(&letter.0))],
            paragraphs: vec![secret(texts::SENT_DETAIL.get(language))],
            ..plain("cabinetSent", texts::SENT, language)
        }),
        Stage::NotShown(why) => {
            let told = match why {
                NotShown::TryLater => texts::TRY_LATER,
                NotShown::Sums => texts::SUMS_DIFFER,
                NotShown::LetterNotTaken => texts::LETTER_NOT_TAKEN,
                NotShown::NotKept => texts::DOCUMENT_NOT_KEPT,
                NotShown::NotTheFile => texts::NOT_THE_DOCUMENT,
            };
            Screen::Notice(Notice {
                tone: Tone::Warn,
                paragraphs: vec![secret(told.get(language))],
                ..plain("cabinetNotShown", texts::NOT_SHOWN, language)
            })
        }
    }
}

fn secret(text: impl Into<String>) -> Secret {
    Secret::new(text.into())
}

fn busy(name: &'static str, title: Phrase, back: bool, language: Language) -> Notice {
    Notice {
        name,
        title: title.get(language).to_owned(),
        busy: true,
        back,
        cancel: true,
        ..Notice::default()
    }
}

/// A notice from which the way leads back to the first page.
fn plain(name: &'static str, title: Phrase, language: Language) -> Notice {
    Notice {
        name,
        title: title.get(language).to_owned(),
        primary: Some(texts::TO_CABINET.get(language).to_owned()),
        back: true,
        cancel: true,
        ..Notice::default()
    }
}

fn home(session: &Session, cabinet: &Cabinet, now: &Stamp, language: Language) -> Choice {
    let options = session
        .functions(now)
        .into_iter()
        .map(|(function, why_not)| {
            let (id, label, detail) = match function {
                Function::Debt => ("debt", texts::DEBT, texts::DEBT_DETAIL),
                Function::Contracts => ("contracts", texts::CONTRACTS, texts::CONTRACTS_DETAIL),
                Function::Changes => ("changes", supplement::CHANGES, supplement::CHANGES_DETAIL),
                Function::Applications => ("applications", texts::APPLICATIONS, texts::APPLICATIONS_DETAIL),
                Function::Apply => ("apply", texts::APPLY, texts::APPLY_DETAIL),
                Function::Letters => ("letters", texts::LETTERS, texts::LETTERS_DETAIL),
                Function::WaysToPay => ("ways", texts::WAYS, texts::WAYS_DETAIL),
                Function::Consents => ("consents", texts::CONSENTS, texts::CONSENTS_DETAIL),
                Function::Confirmations => {
                    ("confirmations", texts::CONFIRMATIONS, texts::CONFIRMATIONS_DETAIL)
                }
                Function::Access => ("access", access::ACCESS, access::ACCESS_DETAIL),
                Function::Lender => ("lender", texts::LENDER, texts::LENDER_DETAIL),
            };
            let option = Choosable::new(id, label.get(language));
            match why_not.as_deref() {
                None => option.with(detail.get(language)),
                Some("offline") => option.not_now(menu_texts::OFFLINE.get(language)),
                Some("noCash") => option.not_now(menu_texts::NO_CASH.get(language)),
                Some(_) => option.not_now(menu_texts::NOT_NOW.get(language)),
            }
        })
        .collect();
    Choice {
        name: "cabinet",
        title: texts::WHAT_TO_SEE.get(language).to_owned(),
        lead: {
            let client = &cabinet.client;
            Secret::new(format!("{}. {}", client.greeting.expose(), menu::about_login(client, language)))
        },
        options,
        back: true,
        cancel: true,
    }
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

fn listed(session: &Session, shown: &Shown<CabinetContent>, language: Language) -> Screen {
    match &shown.content {
        CabinetContent::Debt(all) if all.is_empty() => {
            Screen::Notice(plain("cabinetDebt", texts::NO_DEBT, language))
        }
        CabinetContent::Debt(all) => {
            let option = |(at, one): (usize, &LoanStatement)| {
                Choosable::new(
                    format!("contract-{at}"),
                    texts::CONTRACT.with(language, apart(&one.debt.number).expose()),
                )
                .with(format!(
                    "{}: {}",
                    texts::TOTAL.get(language),
                    format::money(one.debt.total_tiyn).0
                ))
            };
            let options = all.iter().enumerate().map(option).collect();
            choice("cabinetDebts", texts::WHICH_DEBT, options, language)
        }
        CabinetContent::Contracts(all) if all.is_empty() => {
            Screen::Notice(plain("cabinetContracts", texts::NO_CONTRACTS, language))
        }
        CabinetContent::Contracts(all) => {
            let option = |(at, one): (usize, &ContractFacts)| {
                let state = slips::contract_state(one.state).get(language);
                Choosable::new(
                    format!("contract-{at}"),
                    texts::CONTRACT.with(language, apart(&one.number).expose()),
                )
                .with(format!("{} · {state}", format::money(one.principal_tiyn).0))
            };
            let options = all.iter().enumerate().map(option).collect();
            choice("cabinetContracts", texts::WHICH_CONTRACT, options, language)
        }
        CabinetContent::Letters(all) => {
            let write =
                Choosable::new("write", texts::WRITE.get(language)).with(texts::WRITE_DETAIL.get(language));
            let option = |(at, one): (usize, &Letter)| {
                Choosable::new(format!("letter-{at}"), one.subject.expose()).with(dated(one, language))
            };
            let options = std::iter::once(write).chain(all.iter().enumerate().map(option)).collect();
            choice("cabinetLetters", texts::LETTERS_TITLE, options, language)
        }
        CabinetContent::Applications(all) => Screen::Notice(applications(all, language)),
        CabinetContent::Consents(all) => {
            let revocation = session.facts().rule_pack.as_ref().map(|pack| &pack.texts.revocation);
            let lines: Option<Vec<Secret>> =
                revocation.map(|text| text.get(language).iter().map(secret).collect());
            let notice = slip_notice("cabinetConsents", session, SlipOf::Consents(all), shown, language);
            let empty = plain("cabinetConsents", texts::NO_CONSENTS, language);
            let mut notice = if all.is_empty() { empty } else { notice };
            notice.paragraphs.extend(lines.unwrap_or_default());
            Screen::Notice(notice)
        }
        CabinetContent::Confirmations(all) if all.is_empty() => {
            Screen::Notice(plain("cabinetConfirmations", texts::NO_CONFIRMATIONS, language))
        }
        CabinetContent::Confirmations(all) => {
            let of = SlipOf::Confirmations(all);
            Screen::Notice(slip_notice("cabinetConfirmations", session, of, shown, language))
        }
        CabinetContent::WaysToPay(details) => Screen::Notice(ways(session, Some(details), language)),
        // A file is no list; it is read page by page.
        CabinetContent::Document(_) => Screen::Notice(plain("cabinetNotShown", texts::NOT_SHOWN, language)),
    }
}

fn dated(letter: &Letter, language: Language) -> String {
    let from = if letter.from_client { texts::FROM_YOU } else { texts::TO_YOU };
    let day = calendar::local_date(letter.at).map(format::date).unwrap_or_default();
    format!("{} · {day}", from.get(language))
}

fn one(session: &Session, stage: &Stage, list: &Shown<CabinetContent>, language: Language) -> Notice {
    if let Some(letter) = stage.letter() {
        return Notice {
            name: "cabinetLetter",
            title: letter.subject.expose().to_owned(),
            paragraphs: std::iter::once(secret(dated(letter, language)))
                .chain(letter.text.expose().lines().map(secret))
                .collect(),
            ..plain("cabinetLetter", texts::LETTERS_TITLE, language)
        };
    }
    match stage.slip() {
        Some((of @ SlipOf::Contract(contract), _)) => {
            let mut notice = slip_notice("cabinetContract", session, of, list, language);
            // Checksums are for the paper: nobody compares one by eye on a screen.
            let printed = told_of_slip(session, list.slip).0;
            notice.paragraphs = printed.map(|told| secret(told.get(language))).into_iter().collect();
            if contract.documents.is_empty() {
                return notice;
            }
            Notice {
                secondary: notice.primary,
                primary: Some(texts::READ_DOCUMENT.get(language).to_owned()),
                ..notice
            }
        }
        Some((of, _)) => slip_notice("cabinetDebt", session, of, list, language),
        None => Notice::default(),
    }
}

/// The documents of a contract, its own first.
fn documents(stage: &Stage, language: Language) -> Screen {
    let Some(contract) = stage.contract() else {
        return Screen::Notice(plain("cabinetDocuments", texts::NO_CONTRACTS, language));
    };
    let option =
        |at: usize| Choosable::new(format!("document-{at}"), document_name(contract, at, language).expose());
    let options = (0..contract.documents.len()).map(option).collect();
    choice("cabinetDocuments", texts::WHICH_DOCUMENT, options, language)
}

/// What a document of a contract is called.
fn document_name(contract: &ContractFacts, at: usize, language: Language) -> Secret {
    let name = match at {
        _ if contract.state == ContractState::Offered => texts::DRAFT.with(language, &(at + 1).to_string()),
        0 => texts::CONTRACT.with(language, apart(&contract.number).expose()),
        supplement => texts::SUPPLEMENT.with(language, &supplement.to_string()),
    };
    Secret::new(name)
}

fn reading(stage: &Stage, file: &DocumentFile, language: Language) -> Contract {
    let name = stage.contract().map(|contract| document_name(contract, file.document, language));
    let terms = file.paper.section(language).map(|section| section.terms.as_slice()).unwrap_or_default();
    Contract {
        kept: Some(name.unwrap_or_default()),
        pdf: file.pdf.clone(),
        key_terms: terms
            .iter()
            .map(|term| Row { label: term.label.clone(), value: term.value.clone() })
            .collect(),
        paragraphs: paragraphs(&file.paper, language),
    }
}

fn lender(session: &Session, language: Language) -> Notice {
    let Some(pack) = session.facts().rule_pack.as_deref() else { return Notice::default() };
    let SlipText { title, facts, lines } = menu::leaflet_text(Leaflet::Lender, pack, language);
    Notice {
        name: "cabinetLender",
        title,
        paragraphs: lines,
        facts,
        primary: Some(texts::TO_CABINET.get(language).to_owned()),
        back: true,
        cancel: true,
        ..Notice::default()
    }
}

/// What is said of a slip, and how.
pub(super) fn told_of_slip(session: &Session, slip: Slip) -> (Option<Phrase>, Tone) {
    match slip {
        Slip::Unwanted if session.prints() => (None, Tone::Calm),
        Slip::Unwanted => (Some(texts::NOT_PRINTED), Tone::Calm),
        Slip::Printing => (Some(texts::PRINTING), Tone::Calm),
        Slip::Ended(true) => (Some(texts::PRINTED), Tone::Good),
        Slip::Ended(false) => (Some(texts::NOT_PRINTED), Tone::Warn),
    }
}

/// What can be printed, as it is shown.
fn slip_notice(
    name: &'static str,
    session: &Session,
    of: SlipOf<'_>,
    shown: &Shown<CabinetContent>,
    language: Language,
) -> Notice {
    let SlipText { title, facts, lines } = slips::text(of, shown.at, language);
    let (told, tone) = told_of_slip(session, shown.slip);
    let can = session.prints() && shown.slip != Slip::Printing;
    Notice {
        name,
        tone,
        title,
        paragraphs: told.map(|phrase| secret(phrase.get(language))).into_iter().chain(lines).collect(),
        facts,
        primary: can.then(|| texts::PRINT.get(language).to_owned()),
        secondary: Some(texts::TO_CABINET.get(language).to_owned()),
        back: true,
        cancel: true,
        ..Notice::default()
    }
}

fn applications(all: &[ApplicationStanding], language: Language) -> Notice {
    if all.is_empty() {
        return plain("cabinetApplications", texts::NO_APPLICATIONS, language);
    }
    let line = |one: &ApplicationStanding| {
        let day = one.at.and_then(calendar::local_date).map(format::date).unwrap_or_default();
        let sum = format::money(one.amount_tiyn).0;
        let term = format::term(one.term, language);
        let state = application_state(one.state).get(language);
        secret(format!("{day} · {sum} · {term}: {state}").trim_start_matches(" · ").to_owned())
    };
    Notice {
        paragraphs: all.iter().map(line).collect(),
        ..plain("cabinetApplications", texts::APPLICATIONS, language)
    }
}

const fn application_state(state: ApplicationState) -> Phrase {
    match state {
        ApplicationState::Received => texts::A_RECEIVED,
        ApplicationState::Checking => texts::A_CHECKING,
        ApplicationState::Approved => texts::A_APPROVED,
        ApplicationState::Refused => texts::A_REFUSED,
        ApplicationState::VoluntaryRefusal => texts::A_VOLUNTARY,
        ApplicationState::LoanOpen => texts::A_LOAN_OPEN,
        ApplicationState::Offered => texts::A_OFFERED,
        ApplicationState::OfferEnded => texts::A_OFFER_ENDED,
        ApplicationState::Signed => texts::A_SIGNED,
        ApplicationState::Waiting => texts::S_WAITING,
        ApplicationState::PaidOut => texts::A_PAID_OUT,
        ApplicationState::Cancelled => texts::S_CANCELLED,
    }
}

fn ways(session: &Session, details: Option<&PaymentDetails>, language: Language) -> Notice {
    let pack = session.facts().rule_pack.as_deref();
    let mut paragraphs: Vec<Secret> =
        pack.map(|pack| pack.texts.repayment.get(language).iter().map(secret).collect()).unwrap_or_default();
    let facts = match details {
        Some(details) => vec![
            Fact::new(texts::RECIPIENT.get(language), details.name.clone()),
            Fact::new(texts::BIN.get(language), details.bin.clone()),
            Fact::new(texts::ACCOUNT.get(language), details.iban.clone()),
            Fact::new(texts::BANK.get(language), details.bank.clone()),
            Fact::new(texts::BIC.get(language), details.bic.clone()),
            Fact::new(texts::PURPOSE.get(language), details.purpose_code.clone()),
        ],
        None => {
            paragraphs.push(secret(texts::WAYS_WITHOUT_DETAILS.get(language)));
            Vec::new()
        }
    };
    Notice { paragraphs, facts, ..plain("cabinetWays", texts::WAYS, language) }
}

fn subject(language: Language) -> Choice {
    let options = LetterSubject::ALL
        .into_iter()
        .map(|subject| {
            let (id, label) = match subject {
                LetterSubject::Contract => ("contract", texts::ABOUT_CONTRACT),
                LetterSubject::Payment => ("payment", texts::ABOUT_PAYMENT),
                LetterSubject::PersonalData => ("personalData", texts::ABOUT_DATA),
                LetterSubject::Terminal => ("terminal", texts::ABOUT_TERMINAL),
                LetterSubject::Complaint => ("complaint", texts::ABOUT_COMPLAINT),
                LetterSubject::Other => ("other", texts::ABOUT_OTHER),
            };
            Choosable::new(id, label.get(language))
        })
        .collect();
    Choice {
        name: "cabinetSubject",
        title: texts::ABOUT_WHAT.get(language).to_owned(),
        lead: Secret::default(),
        options,
        back: true,
        cancel: true,
    }
}
