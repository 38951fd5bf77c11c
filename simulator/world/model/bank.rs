//! The bank and the merchants: decides whose an account is and what becomes of money sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Denial, Model};
use crate::people::AccountOwner;

/// Where money goes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Account {
    /// An account.
    Iban(String),
    /// A card by its token.
    CardToken(String),
}

/// Whose an account is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// Whose it should be.
    pub iin: String,
    /// Whether it is.
    pub ownership: Ownership,
    /// The report's number.
    pub report_id: String,
}

/// Whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// Theirs.
    Confirmed,
    /// Somebody else's.
    Other,
    /// Cannot be established.
    Unknown,
}

/// Cards of a person to which money can go.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cards {
    /// Whose.
    pub iin: String,
    /// Which.
    pub cards: Vec<Card>,
}

/// A card by its token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Token.
    pub card_token: String,
    /// Last four digits.
    pub masked: String,
}

/// Money to an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Under which loan.
    pub loan_id: Uuid,
    /// Whose account it has to be.
    pub iin: String,
    /// To where.
    pub account: Account,
    /// Sum, tiyn.
    pub amount_tiyn: u64,
}

/// Money to a merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MerchantPayment {
    /// To whom.
    pub merchant: String,
    /// Under which loan.
    pub loan_id: Uuid,
    /// Sum, tiyn.
    pub amount_tiyn: u64,
    /// Order or invoice.
    pub invoice: String,
}

/// How money stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Movement {
    /// Its identity.
    pub transfer_id: Uuid,
    /// `accepted`, `done` or `rejected`.
    pub state: MovementState,
    /// Why it was rejected.
    pub code: Option<String>,
}

/// How far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovementState {
    /// Taken.
    Accepted,
    /// Settled.
    Done,
    /// Not made.
    Rejected,
}

/// A merchant under contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merchant {
    /// Code.
    pub merchant: String,
    /// Name.
    pub name: String,
    /// BIN.
    pub bin: String,
    /// Place.
    pub place: String,
}

#[derive(Clone, PartialEq, Eq)]
enum Order {
    Account(Transfer),
    Merchant(MerchantPayment),
}

/// Money that was sent.
#[derive(Default)]
pub struct Accounts {
    moved: BTreeMap<Uuid, (Order, Movement)>,
}

fn movement(transfer_id: Uuid, code: Option<&str>) -> Movement {
    let state = if code.is_some() { MovementState::Rejected } else { MovementState::Accepted };
    Movement { transfer_id, state, code: code.map(str::to_owned) }
}

impl Model {
    fn ownership(&self, account: &Account, iin: &str) -> Ownership {
        let Ok(person) = self.by_iin(iin) else { return Ownership::Unknown };
        let theirs = match account {
            Account::Iban(iban) => person.iban() == *iban,
            Account::CardToken(token) => person.card_token() == *token,
        };
        let somebodys = self.people().iter().any(|other| match account {
            Account::Iban(iban) => other.iban() == *iban,
            Account::CardToken(token) => other.card_token() == *token,
        });
        match person.quirks.account {
            AccountOwner::Own if theirs => Ownership::Confirmed,
            AccountOwner::Unknown => Ownership::Unknown,
            AccountOwner::Own | AccountOwner::Other if somebodys => Ownership::Other,
            AccountOwner::Own | AccountOwner::Other => Ownership::Unknown,
        }
    }

    /// Whose an account is.
    pub fn account_owner(&mut self, account: &Account, iin: &str) -> Owner {
        let ownership = self.ownership(account, iin);
        Owner { iin: iin.to_owned(), ownership, report_id: self.report_id() }
    }

    /// The card that a client keeps with the bank; of nobody else.
    #[must_use]
    pub fn cards(&self, iin: &str) -> Cards {
        let known = self.by_iin(iin).ok().filter(|person| person.registered);
        let card = |person: &crate::people::Person| {
            // Its last digits are made up from the IIN's.
            let tail = person.iin.get(8..).unwrap_or_default();
            Card { card_token: person.card_token(), masked: format!("•••• {tail}") }
        };
        Cards { iin: iin.to_owned(), cards: known.map(card).into_iter().collect() }
    }

    /// Sends money to an account, once.
    ///
    /// # Errors
    /// `transfer_conflict`, `invalid_transfer`.
    pub fn transfer(&mut self, id: Uuid, transfer: &Transfer) -> Result<Movement, Denial> {
        if transfer.amount_tiyn == 0 {
            return Err(Denial::invalid("invalid_transfer"));
        }
        let owned = self.ownership(&transfer.account, &transfer.iin) == Ownership::Confirmed;
        self.send(id, Order::Account(transfer.clone()), (!owned).then_some("not_theirs"))
    }

    /// Merchants under contract.
    #[must_use]
    pub fn merchants(&self) -> Vec<Merchant> {
        let merchant = |code: &str, name: &str, bin: &str, place: &str| Merchant {
            merchant: code.to_owned(),
            name: name.to_owned(),
            bin: bin.to_owned(),
            place: place.to_owned(),
        };
        vec![
            merchant("m-001", "«Үй жиһазы» ЖШС", "940140000385", "Алматы, Абай даңғылы 10"),
            merchant("m-002", "ТОО «Бытовая техника»", "990140004654", "Астана, пр. Республики 5"),
        ]
    }

    /// Pays a merchant, once.
    ///
    /// # Errors
    /// `merchant_unknown`, `transfer_conflict`, `invalid_transfer`.
    pub fn pay_merchant(&mut self, id: Uuid, payment: &MerchantPayment) -> Result<Movement, Denial> {
        if payment.amount_tiyn == 0 || payment.invoice.is_empty() {
            return Err(Denial::invalid("invalid_transfer"));
        }
        if !self.merchants().iter().any(|one| one.merchant == payment.merchant) {
            return Err(Denial::not_found("merchant_unknown"));
        }
        self.send(id, Order::Merchant(payment.clone()), None)
    }

    fn send(&mut self, id: Uuid, order: Order, rejected: Option<&str>) -> Result<Movement, Denial> {
        if let Some((before, movement)) = self.bank.moved.get(&id) {
            let same = *before == order;
            return if same { Ok(movement.clone()) } else { Err(Denial::conflict("transfer_conflict")) };
        }
        let movement = movement(id, rejected);
        self.bank.moved.insert(id, (order, movement.clone()));
        Ok(movement)
    }

    /// How money stands; whoever looks at what was accepted finds it settled.
    ///
    /// # Errors
    /// `transfer_unknown`.
    pub fn movement(&mut self, id: Uuid) -> Result<Movement, Denial> {
        let moved = self.bank.moved.get_mut(&id);
        let (_, movement) = moved.ok_or(Denial::not_found("transfer_unknown"))?;
        if movement.state == MovementState::Accepted {
            movement.state = MovementState::Done;
        }
        Ok(movement.clone())
    }

    /// Everything that was sent, with its sum: settled or on its way.
    #[must_use]
    pub fn sent(&self) -> Vec<(Uuid, Uuid, u64)> {
        let moved = self.bank.moved.iter();
        let moved = moved.filter(|(_, (_, movement))| movement.state != MovementState::Rejected);
        moved
            .map(|(id, (order, _))| match order {
                Order::Account(transfer) => (*id, transfer.loan_id, transfer.amount_tiyn),
                Order::Merchant(payment) => (*id, payment.loan_id, payment.amount_tiyn),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MAN, model};
    use super::*;

    #[test]
    fn money_goes_once_and_only_to_an_account_of_the_person() {
        let mut model = model();
        let own = Account::Iban(model.by_iin(MAN).unwrap().iban());
        let others = Account::Iban(model.people()[1].iban());
        assert_eq!(model.account_owner(&own, MAN).ownership, Ownership::Confirmed);
        assert_eq!(model.account_owner(&others, MAN).ownership, Ownership::Other);
        let nobodys = Account::CardToken("none".into());
        assert_eq!(model.account_owner(&nobodys, MAN).ownership, Ownership::Unknown);
        let transfer = |account: &Account| Transfer {
            loan_id: Uuid::from_u128(9),
            iin: MAN.into(),
            account: account.clone(),
            amount_tiyn: 100,
        };
        let id = Uuid::from_u128(1);
        assert_eq!(model.transfer(id, &transfer(&own)).unwrap().state, MovementState::Accepted);
        assert_eq!(model.transfer(id, &transfer(&own)).unwrap().state, MovementState::Accepted);
        assert_eq!(model.movement(id).unwrap().state, MovementState::Done);
        assert_eq!(model.transfer(id, &transfer(&others)).unwrap_err().code, "transfer_conflict");
        let rejected = model.transfer(Uuid::from_u128(2), &transfer(&others)).unwrap();
        assert_eq!(rejected.code.as_deref(), Some("not_theirs"));
        assert_eq!(model.sent(), [(id, Uuid::from_u128(9), 100)]);
        assert_eq!(model.movement(Uuid::from_u128(3)).unwrap_err().code, "transfer_unknown");
    }

    #[test]
    fn a_person_has_the_card_that_is_theirs_and_a_stranger_none() {
        let mut model = model();
        let cards = model.cards(MAN).cards;
        let own = Account::CardToken(cards[0].card_token.clone());
        assert_eq!(model.account_owner(&own, MAN).ownership, Ownership::Confirmed);
        assert!(cards[0].masked.ends_with("0002") && !cards[0].masked.contains(MAN));
        assert!(model.cards("061211600012").cards.is_empty());
    }
}
