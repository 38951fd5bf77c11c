//! What a slip says, and the screen that it is printed from: title, facts and lines in one language.

use senim_domain::{Language, Secret, Tiyn, UtcMillis, calendar};
use senim_operation::message::{
    ConsentOutcome, ConsentStanding, ConsentStatus, ContractFacts, ContractState, DocumentConfirmation,
    DocumentKind, LoanStatement, PaymentDone, UpcomingPayment,
};
use senim_session::dialogue::cabinet::SlipOf;

use super::reference;
use crate::format;
use crate::pages::{Fact, Grouping};
use crate::terms::{self, KeyTerm};
use crate::texts::{Phrase, cabinet as texts, repayment};

/// What is said.
#[derive(Clone, Debug, Default)]
pub struct SlipText {
    /// What it is.
    pub title: String,
    /// Facts.
    pub facts: Vec<Fact>,
    /// What follows.
    pub lines: Vec<Secret>,
}

/// What is said of it, as of `at`.
#[must_use]
pub fn text(of: SlipOf<'_>, at: UtcMillis, language: Language) -> SlipText {
    match of {
        SlipOf::Statement(statement) => debt(statement, at, language),
        SlipOf::Contract(contract) => facts(contract, language),
        SlipOf::Confirmations(documents) => SlipText {
            title: texts::CONFIRMATIONS_TITLE.get(language).to_owned(),
            facts: Vec::new(),
            lines: documents.iter().map(|one| confirmation(one, language)).collect(),
        },
        SlipOf::Consents(consents) => SlipText {
            title: texts::CONSENTS_TITLE.get(language).to_owned(),
            facts: Vec::new(),
            lines: std::iter::once(secret(texts::CONSENT_PURPOSE.get(language)))
                .chain(consents.iter().map(|one| consent(one, language)))
                .collect(),
        },
    }
}

fn secret(text: impl Into<String>) -> Secret {
    Secret::new(text.into())
}

pub(super) fn day(text: &str) -> String {
    text.parse::<jiff::civil::Date>().map(format::date).unwrap_or_default()
}

fn local_day(moment: UtcMillis) -> String {
    calendar::local_date(moment).map(format::date).unwrap_or_default()
}

/// Sums stand under one another here.
fn money(sum: Tiyn) -> String {
    format::money_in_full(sum).0
}

/// A contract's number, so that it can be compared.
pub(super) fn apart(number: &Secret) -> Secret {
    Grouping::Contract.show(number)
}

fn debt(statement: &LoanStatement, at: UtcMillis, language: Language) -> SlipText {
    let debt = &statement.debt;
    let fact = |label: Phrase, sum| Fact::new(label.get(language), money(sum));
    let mut facts = vec![
        Fact { label: repayment::FACT_NUMBER.get(language).to_owned(), value: apart(&debt.number) },
        fact(texts::PRINCIPAL, debt.principal_tiyn),
        fact(texts::INTEREST, debt.interest_tiyn),
        fact(texts::PENALTY, debt.penalty_tiyn),
        fact(texts::TOTAL, debt.total_tiyn),
        fact(texts::DUE, debt.due_tiyn),
    ];
    if let Some(next) = &debt.next_date {
        let value = format!("{} · {}", day(next), money(debt.next_tiyn));
        facts.push(Fact::new(repayment::FACT_NEXT.get(language), value));
    }
    let mut lines = Vec::new();
    if debt.suspension_interest_tiyn > Tiyn::ZERO {
        let interest = money(debt.suspension_interest_tiyn);
        lines.push(secret(repayment::SUSPENSION_INTEREST.with(language, &interest)));
    }
    if let Some(since) = &debt.since {
        lines.push(secret(match debt.standing {
            senim_operation::message::DebtStanding::WrittenOff => {
                repayment::WRITTEN_OFF.get(language).to_owned()
            }
            _ => repayment::SUSPENDED.with(language, &day(since)),
        }));
    }
    if !statement.upcoming.is_empty() {
        facts.push(Fact::new(texts::UPCOMING.get(language), String::new()));
        facts.extend(statement.upcoming.iter().map(|one| upcoming(one, language)));
    }
    if statement.made.is_empty() {
        lines.push(secret(texts::NONE_MADE.get(language)));
    } else {
        facts.push(Fact::new(texts::MADE.get(language), String::new()));
        facts.extend(statement.made.iter().map(|one| made(one, language)));
    }
    SlipText { title: texts::DEBT_ON.with(language, &format::moment(at)), facts, lines }
}

/// `02.05.2026 (principal 17 000 ₸, interest 1 000 ₸)` and the sum of them.
fn payment(date: &str, sum: Tiyn, parts: &[(Phrase, Tiyn)], language: Language) -> Fact {
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, sum)| *sum > Tiyn::ZERO)
        .map(|(label, sum)| format!("{} {}", label.get(language), format::money(*sum).0))
        .collect();
    Fact::new(&format!("{} ({})", day(date), parts.join(", ")), money(sum))
}

fn upcoming(one: &UpcomingPayment, language: Language) -> Fact {
    let parts = [(texts::OF_PRINCIPAL, one.principal_tiyn), (texts::OF_INTEREST, one.interest_tiyn)];
    let mut fact = payment(&one.date, one.total_tiyn, &parts, language);
    if one.paid_tiyn > Tiyn::ZERO {
        let paid = texts::PAID_OF_IT.with(language, &format::money(one.paid_tiyn).0);
        fact.label = format!("{}; {paid}", fact.label);
    }
    fact
}

fn made(one: &PaymentDone, language: Language) -> Fact {
    let parts = [
        (texts::OF_PRINCIPAL, one.principal_tiyn),
        (texts::OF_INTEREST, one.interest_tiyn),
        (texts::OF_PENALTY, one.penalty_tiyn),
        (texts::OF_HELD, one.held_tiyn),
        (texts::OF_OVERPAID, one.overpaid_tiyn),
    ];
    payment(&one.date, one.amount_tiyn, &parts, language)
}

fn facts(contract: &ContractFacts, language: Language) -> SlipText {
    let mut facts = vec![
        Fact::new(texts::STATE.get(language), contract_state(contract.state).get(language)),
        Fact::new(texts::SUM.get(language), money(contract.principal_tiyn)),
    ];
    if let Some(term) = contract.term {
        facts.push(Fact::new(texts::TERM.get(language), format::term(term, language)));
    }
    if let Some(rate) = contract.annual_rate_hundredths {
        facts.push(Fact::new(
            terms::label(KeyTerm::AnnualRate, language),
            format::annual_rate_hundredths(rate),
        ));
    }
    if let Some(method) = contract.method {
        facts.push(Fact::new(texts::METHOD.get(language), format::method(method, language)));
    }
    facts.push(Fact::new(texts::BEGINS.get(language), day(&contract.issued)));
    if let Some(concluded) = contract.concluded {
        facts.push(Fact::new(texts::CONCLUDED.get(language), format::moment(concluded)));
    }
    SlipText {
        title: texts::CONTRACT.with(language, apart(&contract.number).expose()),
        facts,
        lines: contract
            .documents
            .iter()
            .map(|sha256| secret(texts::DOCUMENT_SHA.with(language, sha256)))
            .collect(),
    }
}

/// A word for how a contract stands.
pub(super) const fn contract_state(state: ContractState) -> Phrase {
    match state {
        ContractState::Offered => texts::S_OFFERED,
        ContractState::Agreed => texts::S_AGREED,
        ContractState::Waiting => texts::S_WAITING,
        ContractState::Running => texts::S_RUNNING,
        ContractState::Closed => texts::S_CLOSED,
        ContractState::Cancelled => texts::S_CANCELLED,
        ContractState::Suspended => texts::S_SUSPENDED,
        ContractState::WrittenOff => texts::S_WRITTEN_OFF,
    }
}

fn consent(one: &ConsentStanding, language: Language) -> Secret {
    let status = match one.status {
        ConsentStatus::Active => texts::C_ACTIVE.get(language).to_owned(),
        ConsentStatus::UnderReview => {
            let until = one.decided_until.map(local_day).unwrap_or_default();
            texts::C_REVIEW.with(language, &until)
        }
        ConsentStatus::NotActive => texts::C_NOT_ACTIVE.get(language).to_owned(),
        ConsentStatus::Expired => texts::C_EXPIRED.get(language).to_owned(),
        ConsentStatus::Unknown => texts::C_UNKNOWN.get(language).to_owned(),
    };
    let values = [local_day(one.given), local_day(one.expires), status, one.number.clone()];
    let mut text = String::new();
    let mut values = values.iter();
    for (at, piece) in texts::CONSENT_LINE.get(language).split("{}").enumerate() {
        if at > 0 {
            text.push_str(values.next().map_or("", String::as_str));
        }
        text.push_str(piece);
    }
    if let Some(outcome) = &one.outcome {
        text.push(' ');
        text.push_str(&became(outcome, language));
    }
    secret(text)
}

/// What became of the application to take a consent back, with the ground where it was refused.
fn became(outcome: &ConsentOutcome, language: Language) -> String {
    match outcome {
        ConsentOutcome::Revoked { at } => texts::C_LET_GO.with(language, &local_day(*at)),
        ConsentOutcome::Silence { at } => texts::C_SILENCE.with(language, &local_day(*at)),
        ConsentOutcome::Kept { at, ground_type, doc_number, doc_date, doc_name } => {
            let ground = match ground_type.as_str() {
                "contract" => texts::G_CONTRACT,
                "normativeAct" => texts::G_ACT,
                _ => texts::G_OBLIGATION,
            };
            let date = doc_date.parse().map_or_else(|_| doc_date.clone(), format::date);
            let refused = texts::C_KEPT.with(language, &local_day(*at));
            let ground = ground.get(language);
            format!("{refused} {ground}: {doc_name}, № {}, {date}.", doc_number.expose())
        }
    }
}

fn confirmation(one: &DocumentConfirmation, language: Language) -> Secret {
    let document = match one.document {
        DocumentKind::Contract => texts::D_CONTRACT,
        DocumentKind::Letter => texts::D_LETTER,
        DocumentKind::Supplement => texts::D_SUPPLEMENT,
        DocumentKind::RestructuringRequest => texts::D_RESTRUCTURING,
    };
    let direction = if one.from_client { texts::RECEIVED_FROM_YOU } else { texts::SENT_TO_YOU };
    let (number, moment) = (reference(&one.id.0), format::moment(one.at));
    let mut text = format!("{} № {number}: {} {moment}", document.get(language), direction.get(language));
    if let Some(sha256) = &one.sha256 {
        text.push_str(". ");
        text.push_str(&texts::DOCUMENT_SHA.with(language, sha256));
    }
    secret(text)
}
