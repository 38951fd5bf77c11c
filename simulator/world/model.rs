//! Decides what the outside world knows and answers, without a network and without a clock: one state of people, books
//! and services, to which whoever plays it tells the time.
//!
//! `http` puts it behind addresses; a test that needs no addresses calls it directly. It is written from the public
//! descriptions and shares no code with gateway or terminal, so that one misreading cannot cancel another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::lending::{Books, LendingError};
use crate::people::{Person, Quirks};

pub mod aml;
pub mod bank;
pub mod bureau;
pub mod cabinet;
pub mod calls;
pub mod cards;
pub mod coid;
pub mod kdp;
pub mod notices;
pub mod schedule;
pub mod servicing;
pub mod signing;
pub mod supplements;
pub mod token;

/// A long-running world keeps the newest messages only.
const INBOX_MAX: usize = 10_000;
/// Kazakhstan is five hours ahead of UTC.
const LOCAL_OFFSET_MS: i64 = 5 * 3_600_000;
/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// Why a service refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There is none.
    NotFound,
    /// Other content under a known identity, or a state that does not allow it.
    Conflict,
    /// A field makes no sense.
    Invalid,
    /// Whoever asks may not.
    Forbidden,
}

/// A refusal with its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused: {code}")]
pub struct Denial {
    /// Why.
    pub kind: Kind,
    /// Code of small letters and underscores.
    pub code: &'static str,
}

impl Denial {
    pub(crate) const fn not_found(code: &'static str) -> Self {
        Self { kind: Kind::NotFound, code }
    }
    pub(crate) const fn conflict(code: &'static str) -> Self {
        Self { kind: Kind::Conflict, code }
    }
    pub(crate) const fn invalid(code: &'static str) -> Self {
        Self { kind: Kind::Invalid, code }
    }
    pub(crate) const fn forbidden(code: &'static str) -> Self {
        Self { kind: Kind::Forbidden, code }
    }
}

impl From<LendingError> for Denial {
    fn from(error: LendingError) -> Self {
        match error {
            LendingError::InvalidLoan => Self::invalid("invalid_loan"),
            LendingError::InvalidPayout => Self::invalid("invalid_payout"),
            LendingError::LoanConflict => Self::conflict("loan_conflict"),
            LendingError::LoanUnknown => Self::not_found("loan_unknown"),
            LendingError::PayoutConflict => Self::conflict("payout_conflict"),
            LendingError::PayoutExceedsPrincipal => Self::conflict("payout_exceeds_principal"),
        }
    }
}

/// A text message in somebody's hand.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Identity.
    pub message_id: Uuid,
    /// Number.
    pub to: String,
    /// Text.
    pub text: String,
    /// What it is for, a word.
    pub purpose: String,
}

/// The outside world.
pub struct Model {
    pub(crate) people: Vec<Person>,
    first_quirks: BTreeMap<String, Quirks>,
    /// Loans and payouts.
    pub books: Books,
    pub(crate) servicing: servicing::Servicing,
    pub(crate) cabinet: cabinet::Cabinet,
    pub(crate) changes: supplements::Changes,
    pub(crate) kdp: kdp::StateService,
    pub(crate) bank: bank::Accounts,
    pub(crate) calls: calls::Calls,
    pub(crate) office: signing::Office,
    /// The exchange centre.
    pub coid: coid::Office,
    pub(crate) screenings: aml::Screenings,
    pub(crate) reports_kept: BTreeMap<Uuid, bureau::Report>,
    inbox: Vec<Message>,
    messages: u64,
    reports: u64,
    now_ms: i64,
}

impl Model {
    /// A world of these people, at the beginning of 1970 until it is told the time.
    #[must_use]
    pub fn new(people: Vec<Person>) -> Self {
        Self {
            first_quirks: people.iter().map(|p| (p.iin.clone(), p.quirks)).collect(),
            people,
            books: Books::default(),
            servicing: servicing::Servicing::default(),
            cabinet: cabinet::Cabinet::default(),
            changes: supplements::Changes::default(),
            kdp: kdp::StateService::default(),
            bank: bank::Accounts::default(),
            calls: calls::Calls::default(),
            office: signing::Office::default(),
            coid: coid::Office::default(),
            screenings: aml::Screenings::default(),
            reports_kept: BTreeMap::new(),
            inbox: Vec::new(),
            messages: 1,
            reports: 1,
            now_ms: 0,
        }
    }

    /// Tells the time, UTC in milliseconds since 1970.
    pub fn set_now(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
    }

    /// The time that was told.
    #[must_use]
    pub const fn now(&self) -> i64 {
        self.now_ms
    }

    /// Today in Kazakhstan, `YYYY-MM-DD`.
    #[must_use]
    pub fn today(&self) -> String {
        schedule::date_of(self.now_ms.saturating_add(LOCAL_OFFSET_MS))
    }

    /// Everybody.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// The person with this IIN.
    ///
    /// # Errors
    /// `person_unknown`.
    pub fn by_iin(&self, iin: &str) -> Result<&Person, Denial> {
        self.people.iter().find(|p| p.iin == iin).ok_or(Denial::not_found("person_unknown"))
    }

    /// The registered client of this identity.
    ///
    /// # Errors
    /// `client_unknown`.
    pub fn registered(&self, client: Uuid) -> Result<&Person, Denial> {
        let known = self.people.iter().find(|p| p.client_id == client && p.registered);
        known.ok_or(Denial::not_found("client_unknown"))
    }

    /// Changes how a person behaves.
    ///
    /// # Errors
    /// `person_unknown`.
    pub fn set_quirks(&mut self, iin: &str, change: impl FnOnce(&mut Quirks)) -> Result<Quirks, Denial> {
        let person = self.person_mut(iin)?;
        change(&mut person.quirks);
        Ok(person.quirks)
    }

    /// Lets a person behave as loaded.
    ///
    /// # Errors
    /// `person_unknown`.
    pub fn reset_quirks(&mut self, iin: &str) -> Result<(), Denial> {
        let first = self.first_quirks.get(iin).copied();
        let person = self.person_mut(iin)?;
        if let Some(first) = first {
            person.quirks = first;
        }
        Ok(())
    }

    pub(crate) fn person_mut(&mut self, iin: &str) -> Result<&mut Person, Denial> {
        self.people.iter_mut().find(|p| p.iin == iin).ok_or(Denial::not_found("person_unknown"))
    }

    pub(crate) fn report_id(&mut self) -> String {
        let number = self.reports;
        self.reports = number.saturating_add(1);
        format!("R-{number:08}")
    }

    /// Puts a text message into the hand of whoever has the number.
    ///
    /// # Errors
    /// `invalid_message`.
    pub fn send_sms(&mut self, to: &str, text: &str, purpose: &str) -> Result<Uuid, Denial> {
        let word =
            (1..=32).contains(&purpose.len()) && purpose.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let fits = crate::people::phone_is_valid(to) && (1..=1000).contains(&text.chars().count());
        if !fits || !word {
            return Err(Denial::invalid("invalid_message"));
        }
        let message_id =
            Uuid::from_u128(0x0190_b000_0000_7000_8000_0000_0000_0000 + u128::from(self.messages));
        self.messages = self.messages.saturating_add(1);
        if self.inbox.len() >= INBOX_MAX {
            self.inbox.remove(0);
        }
        let (to, text, purpose) = (to.to_owned(), text.to_owned(), purpose.to_owned());
        self.inbox.push(Message { message_id, to, text, purpose });
        Ok(message_id)
    }

    /// Messages in order of arrival.
    #[must_use]
    pub fn inbox(&self) -> &[Message] {
        &self.inbox
    }

    /// Forgets all messages.
    pub fn empty_inbox(&mut self) {
        self.inbox.clear();
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::people::builtin;

    /// 2026-03-02T07:00:00Z, noon in Kazakhstan.
    pub(crate) const NOON: i64 = 1_772_434_800_000;
    pub(crate) const MAN: &str = "900514300002";

    pub(crate) fn model() -> Model {
        let mut model = Model::new(builtin().unwrap());
        model.set_now(NOON);
        model
    }

    #[test]
    fn a_day_begins_at_midnight_in_kazakhstan() {
        let mut model = model();
        assert_eq!(model.today(), "2026-03-02");
        model.set_now(NOON + 12 * 3_600_000);
        assert_eq!(model.today(), "2026-03-03");
    }
}
