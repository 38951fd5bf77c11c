//! Decides what core lending keeps of clients beside their loans: who they are, applications, letters, flags,
//! orders at the cash desk.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bank::Account;
use super::schedule;
use super::{Denial, Model};
use crate::people::{Document, Language, Person, iin_is_valid, phone_is_valid};

/// A client to be entered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewClient {
    /// `individual` or `individual_entrepreneur`.
    pub kind: ClientKind,
    /// IIN.
    pub iin: String,
    /// Surname.
    pub surname: String,
    /// Given name.
    pub given_name: String,
    /// Patronymic.
    pub patronymic: Option<String>,
    /// Identity document.
    pub document: Document,
    /// Phone.
    pub phone: String,
    /// Language.
    pub language: Language,
}

/// As whom somebody is a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKind {
    /// A person.
    Individual,
    /// An individual entrepreneur.
    IndividualEntrepreneur,
}

/// Who a client is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Identity.
    pub client_id: Uuid,
    /// As whom.
    pub kind: ClientKind,
    /// IIN.
    pub iin: String,
    /// Identity document.
    pub document: Document,
    /// Where transfers go.
    pub account: Option<Account>,
}

/// What stands in a client's way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flags {
    /// Whose.
    pub client_id: Uuid,
    /// Since when their data spread, milliseconds.
    pub data_leak_since_ms: Option<i64>,
    /// A notice to acknowledge first.
    pub blocking_notice: Option<String>,
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Identity.
    pub application_id: Uuid,
    /// Whose.
    pub client_id: Uuid,
    /// Rises with each change.
    pub revision: u32,
    /// Sum.
    pub amount_tiyn: u64,
    /// Term in months; exactly one of months and days.
    pub months: Option<u32>,
    /// Term in days.
    pub days: Option<u32>,
    /// Purpose.
    pub purpose: String,
    /// How far.
    pub state: String,
    /// Where the dialogue goes on.
    pub step: String,
    /// The loan.
    pub loan_id: Option<Uuid>,
}

/// A letter.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// Identity.
    pub message_id: Uuid,
    /// Whether the client wrote it.
    pub from_client: bool,
    /// When, milliseconds.
    pub at_ms: i64,
    /// Subject, 1 to 200 characters.
    pub subject: String,
    /// Text, 1 to 10,000 characters.
    pub text: String,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskState {
    /// It waits.
    Waiting,
    /// The client has it.
    Paid,
    /// Its last day is over.
    Lapsed,
}

/// Cash waiting at the desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeskOrder {
    /// Number.
    pub number: String,
    /// Last day.
    pub until: String,
    /// Where.
    pub address: String,
}

/// Where the MFO is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requisites {
    /// Name.
    pub name: String,
    /// BIN.
    pub bin: String,
    /// Account.
    pub iban: String,
    /// Bank.
    pub bank: String,
    /// BIC.
    pub bic: String,
    /// Code of the purpose.
    pub purpose_code: String,
}

/// What is kept beside loans.
#[derive(Default)]
pub struct Cabinet {
    entered: BTreeMap<Uuid, NewClient>,
    kinds: BTreeMap<Uuid, ClientKind>,
    accounts: BTreeMap<Uuid, Account>,
    applications: Vec<Application>,
    letters: Vec<(Uuid, Letter)>,
    notices: BTreeMap<Uuid, String>,
    /// Since when leaks are known; each from the first look on.
    leaks: BTreeMap<Uuid, i64>,
    /// Since when it is known that somebody else entered an account; each from the first look on.
    intrusions: BTreeMap<Uuid, i64>,
    leaks_handled: BTreeMap<Uuid, Uuid>,
    orders: BTreeMap<Uuid, (Uuid, u64, DeskOrder)>,
    fetched: std::collections::BTreeSet<Uuid>,
}

fn within(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count())
}

impl Model {
    /// Enters a client, once. Somebody whom no register knows is taken in as well, so that a stranger's service can be
    /// tried.
    ///
    /// # Errors
    /// `invalid_client`, `client_conflict`.
    pub fn create_client(&mut self, client: Uuid, new: &NewClient) -> Result<Person, Denial> {
        let named = within(&new.surname, 100) && within(&new.given_name, 100);
        if !iin_is_valid(&new.iin) || !phone_is_valid(&new.phone) || !named || !new.document.is_valid() {
            return Err(Denial::invalid("invalid_client"));
        }
        if let Some(before) = self.cabinet.entered.get(&client) {
            return if before == new {
                self.registered(client).cloned()
            } else {
                Err(Denial::conflict("client_conflict"))
            };
        }
        let taken = self.people.iter().any(|p| p.registered && (p.client_id == client || p.iin == new.iin));
        if taken {
            return Err(Denial::conflict("client_conflict"));
        }
        let person = self.person_mut(&new.iin)?;
        person.client_id = client;
        person.registered = true;
        person.phone.clone_from(&new.phone);
        person.language = new.language;
        let person = person.clone();
        self.cabinet.entered.insert(client, new.clone());
        self.cabinet.kinds.insert(client, new.kind);
        Ok(person)
    }

    /// Who a client is.
    ///
    /// # Errors
    /// `client_unknown`.
    pub fn identity(&self, client: Uuid) -> Result<Identity, Denial> {
        let person = self.registered(client)?;
        let born_as = if person.quirks.entrepreneur {
            ClientKind::IndividualEntrepreneur
        } else {
            ClientKind::Individual
        };
        Ok(Identity {
            client_id: client,
            kind: self.cabinet.kinds.get(&client).copied().unwrap_or(born_as),
            iin: person.iin.clone(),
            document: person.document(),
            account: self.cabinet.accounts.get(&client).cloned(),
        })
    }

    /// Changes the phone.
    ///
    /// # Errors
    /// `client_unknown`, `invalid_client`.
    pub fn change_phone(&mut self, client: Uuid, phone: &str) -> Result<(), Denial> {
        self.registered(client)?;
        if !phone_is_valid(phone) {
            return Err(Denial::invalid("invalid_client"));
        }
        if let Some(person) = self.people.iter_mut().find(|p| p.client_id == client) {
            phone.clone_into(&mut person.phone);
        }
        Ok(())
    }

    /// Changes where transfers go.
    ///
    /// # Errors
    /// `client_unknown`.
    pub fn change_account(&mut self, client: Uuid, account: &Account) -> Result<(), Denial> {
        self.registered(client)?;
        self.cabinet.accounts.insert(client, account.clone());
        Ok(())
    }

    /// What stands in the client's way.
    ///
    /// # Errors
    /// `client_unknown`.
    pub fn flags(&mut self, client: Uuid) -> Result<Flags, Denial> {
        let yesterday = self.now().saturating_sub(super::DAY_MS);
        let person = self.registered(client)?;
        let open = person.quirks.data_leak && !self.cabinet.leaks_handled.contains_key(&client);
        Ok(Flags {
            client_id: client,
            data_leak_since_ms: open.then(|| *self.cabinet.leaks.entry(client).or_insert(yesterday)),
            blocking_notice: self.cabinet.notices.get(&client).cloned(),
        })
    }

    /// Since when it is known that somebody else entered the client's account.
    pub(super) fn intruded_since(&mut self, client: Uuid) -> Option<i64> {
        let now = self.now();
        let intruded = self.registered(client).ok()?.quirks.intruded;
        intruded.then(|| *self.cabinet.intrusions.entry(client).or_insert(now))
    }

    /// Puts a notice in the client's way, or takes it away.
    ///
    /// # Errors
    /// `client_unknown`.
    pub fn set_notice(&mut self, client: Uuid, notice: Option<String>) -> Result<(), Denial> {
        self.registered(client)?;
        match notice {
            Some(notice) => self.cabinet.notices.insert(client, notice),
            None => self.cabinet.notices.remove(&client),
        };
        Ok(())
    }

    /// The leak stands in the way no longer.
    ///
    /// # Errors
    /// `client_unknown`.
    pub fn leak_measures_taken(&mut self, client: Uuid, operation: Uuid) -> Result<(), Denial> {
        self.registered(client)?;
        self.cabinet.leaks_handled.insert(client, operation);
        Ok(())
    }

    /// Stores an application; the highest revision wins.
    ///
    /// # Errors
    /// `client_unknown`, `application_conflict`.
    pub fn store_application(&mut self, application: &Application) -> Result<(), Denial> {
        self.registered(application.client_id)?;
        let known = &mut self.cabinet.applications;
        match known.iter_mut().find(|known| known.application_id == application.application_id) {
            None => known.push(application.clone()),
            Some(known) if known.client_id != application.client_id => {
                return Err(Denial::conflict("application_conflict"));
            }
            Some(known) if known.revision < application.revision => known.clone_from(application),
            Some(known) if known.revision == application.revision && known != application => {
                return Err(Denial::conflict("application_conflict"));
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// The client's applications, newest first.
    ///
    /// # Errors
    /// `client_unknown`.
    pub fn applications(&self, client: Uuid) -> Result<Vec<Application>, Denial> {
        self.registered(client)?;
        let theirs = self.cabinet.applications.iter().rev().filter(|one| one.client_id == client);
        Ok(theirs.cloned().collect())
    }

    /// Letters of a client, newest first.
    ///
    /// # Errors
    /// `client_unknown`.
    pub fn letters(&self, client: Uuid) -> Result<Vec<Letter>, Denial> {
        self.registered(client)?;
        let theirs = self.cabinet.letters.iter().rev().filter(|(whose, _)| *whose == client);
        Ok(theirs.map(|(_, letter)| letter.clone()).collect())
    }

    /// A letter to or from a client, once.
    ///
    /// # Errors
    /// `client_unknown`, `invalid_letter`, `letter_conflict`.
    pub fn post_letter(&mut self, client: Uuid, letter: &Letter) -> Result<(), Denial> {
        self.registered(client)?;
        if !within(&letter.subject, 200) || !within(&letter.text, 10_000) {
            return Err(Denial::invalid("invalid_letter"));
        }
        let known = self.cabinet.letters.iter().find(|(_, known)| known.message_id == letter.message_id);
        match known {
            Some((whose, known)) if *whose == client && known == letter => {}
            Some(_) => return Err(Denial::conflict("letter_conflict")),
            None => self.cabinet.letters.push((client, letter.clone())),
        }
        Ok(())
    }

    /// Orders cash at the desk, once.
    ///
    /// # Errors
    /// `loan_unknown`, `desk_order_conflict`.
    pub fn order_at_desk(&mut self, loan: Uuid, request: Uuid, amount: u64) -> Result<DeskOrder, Denial> {
        let principal = self.books.loan(loan)?.terms.principal_tiyn;
        if let Some((of, sum, order)) = self.cabinet.orders.get(&request) {
            let same = *of == loan && *sum == amount;
            return if same { Ok(order.clone()) } else { Err(Denial::conflict("desk_order_conflict")) };
        }
        if amount == 0 || amount > principal {
            return Err(Denial::conflict("payout_exceeds_principal"));
        }
        let number = format!("K-{:06}", self.cabinet.orders.len() + 1);
        let until = schedule::plus_days(&self.today(), 10);
        let order =
            DeskOrder { number, until, address: "Алматы, Төле би көшесі 59".to_owned() };
        self.cabinet.orders.insert(request, (loan, amount, order.clone()));
        Ok(order)
    }

    /// What became of an order at the desk; it lapses after its last day.
    ///
    /// # Errors
    /// `desk_order_unknown`.
    pub fn desk_state(&self, loan: Uuid, request: Uuid) -> Result<DeskState, Denial> {
        let order = self.cabinet.orders.get(&request).filter(|(of, ..)| *of == loan);
        let (.., order) = order.ok_or(Denial::not_found("desk_order_unknown"))?;
        Ok(if self.cabinet.fetched.contains(&request) {
            DeskState::Paid
        } else if order.until < self.today() {
            DeskState::Lapsed
        } else {
            DeskState::Waiting
        })
    }

    /// The client fetches what waits at the desk.
    ///
    /// # Errors
    /// `desk_order_unknown`, or what [`Model::pay_out`] says.
    pub fn fetch_at_desk(&mut self, request: Uuid) -> Result<(), Denial> {
        let order = self.cabinet.orders.get(&request).cloned();
        let (loan, amount_tiyn, _) = order.ok_or(Denial::not_found("desk_order_unknown"))?;
        let terminal = "desk".to_owned();
        self.pay_out(loan, crate::lending::Payout { request_id: request, amount_tiyn, terminal })?;
        self.cabinet.fetched.insert(request);
        Ok(())
    }

    /// Where the MFO is paid.
    #[must_use]
    pub fn requisites(&self) -> Requisites {
        Requisites {
            name: "«Сенім» МҚҰ ЖШС".to_owned(),
            bin: "990140004654".to_owned(),
            iban: "KZ770000000000000001".to_owned(),
            bank: "Банк «Ойын»".to_owned(),
            bic: "OYINKZKA".to_owned(),
            purpose_code: "421".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MAN, model};
    use super::*;

    fn application(revision: u32, state: &str, client_id: Uuid) -> Application {
        Application {
            application_id: Uuid::from_u128(5),
            client_id,
            revision,
            amount_tiyn: 10_000_000,
            months: Some(6),
            days: None,
            purpose: "personal".into(),
            state: state.into(),
            step: "offer".into(),
            loan_id: None,
        }
    }

    #[test]
    fn an_application_keeps_its_highest_revision_whatever_the_order() {
        let mut model = model();
        let client = model.by_iin(MAN).unwrap().client_id;
        model.store_application(&application(2, "approved", client)).unwrap();
        model.store_application(&application(1, "received", client)).unwrap();
        assert_eq!(model.applications(client).unwrap()[0].state, "approved");
        let clash = application(2, "refused", client);
        assert_eq!(model.store_application(&clash).unwrap_err().code, "application_conflict");
    }

    #[test]
    fn a_client_is_entered_once_and_never_under_two_identities() {
        let mut model = model();
        let stranger = model.people().iter().find(|p| !p.registered).unwrap().clone();
        let new = NewClient {
            kind: ClientKind::Individual,
            iin: stranger.iin.clone(),
            surname: stranger.surname.clone(),
            given_name: stranger.given_name.clone(),
            patronymic: stranger.patronymic.clone(),
            document: stranger.document(),
            phone: stranger.phone.clone(),
            language: stranger.language,
        };
        let id = Uuid::from_u128(77);
        model.create_client(id, &new).unwrap();
        model.create_client(id, &new).unwrap();
        assert_eq!(model.identity(id).unwrap().iin, stranger.iin);
        assert_eq!(model.create_client(Uuid::from_u128(78), &new).unwrap_err().code, "client_conflict");
        let other = NewClient { iin: MAN.into(), ..new };
        assert_eq!(model.create_client(id, &other).unwrap_err().code, "client_conflict");
    }

    #[test]
    fn a_leak_stands_in_the_way_until_measures_were_taken() {
        let mut model = model();
        let client = model.by_iin(MAN).unwrap().client_id;
        assert_eq!(model.flags(client).unwrap().data_leak_since_ms, None);
        model.set_quirks(MAN, |quirks| quirks.data_leak = true).unwrap();
        assert!(model.flags(client).unwrap().data_leak_since_ms.is_some());
        model.leak_measures_taken(client, Uuid::from_u128(1)).unwrap();
        assert_eq!(model.flags(client).unwrap().data_leak_since_ms, None);
    }
}
