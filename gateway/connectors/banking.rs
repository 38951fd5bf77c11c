//! Bank and merchants over HTTP.

use senim_domain::{LoanId, Secret, Tiyn};
use senim_gateway_core::connectors::{
    Account, Bank, BankCard, ConnectorError, Merchant, MerchantPayment, Merchants, Ownership,
    OwnershipFinding, Transfer, TransferId, TransferState,
};
use serde::{Deserialize, Serialize};

use super::http::{HttpService, is_report, is_word, known};

/// The MFO's bank over HTTP.
pub struct HttpBank(pub HttpService);

/// Merchants over HTTP.
pub struct HttpMerchants(pub HttpService);

/// An account as it is written.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WireAccount<'a> {
    Iban(&'a str),
    CardToken(&'a str),
}

impl<'a> From<&'a Account> for WireAccount<'a> {
    fn from(account: &'a Account) -> Self {
        match account {
            Account::Iban(iban) => Self::Iban(iban.expose()),
            Account::Card(token) => Self::CardToken(token.expose()),
        }
    }
}

#[derive(Serialize)]
struct OwnerAsked<'a> {
    account: WireAccount<'a>,
    iin: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireOwnership {
    Confirmed,
    Other,
    Unknown,
}

#[derive(Deserialize)]
struct OwnerFound {
    iin: Secret,
    ownership: WireOwnership,
    report_id: String,
}

#[derive(Serialize)]
struct CardsAsked<'a> {
    iin: &'a str,
}

#[derive(Deserialize)]
struct CardsFound {
    iin: Secret,
    cards: Vec<WireCard>,
}

#[derive(Deserialize)]
struct WireCard {
    card_token: Secret,
    masked: Secret,
}

impl WireCard {
    /// Whether it shows at most four digits.
    fn is_masked(&self) -> bool {
        let masked = self.masked.expose();
        let digits = masked.chars().filter(char::is_ascii_digit).count();
        digits <= 4 && (1..=24).contains(&masked.chars().count()) && !self.card_token.expose().is_empty()
    }
}

#[derive(Serialize)]
struct WireTransfer<'a> {
    loan_id: LoanId,
    iin: &'a str,
    account: WireAccount<'a>,
    amount_tiyn: Tiyn,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Accepted,
    Done,
    Rejected,
}

#[derive(Deserialize)]
struct Movement {
    transfer_id: TransferId,
    state: State,
    code: Option<String>,
}

impl HttpService {
    fn movement(&self, asked: TransferId, found: Movement) -> Result<TransferState, ConnectorError> {
        let found = self.about(found.transfer_id == asked, found)?;
        Ok(match found.state {
            State::Accepted => TransferState::Accepted,
            State::Done => TransferState::Done,
            State::Rejected => {
                let code = found.code.filter(|code| is_word(code));
                TransferState::Rejected { code: code.unwrap_or_else(|| "without_a_code".to_owned()) }
            }
        })
    }
}

impl Bank for HttpBank {
    fn owner(&self, account: &Account, iin: &Secret) -> Result<OwnershipFinding, ConnectorError> {
        let asked = OwnerAsked { account: account.into(), iin: iin.expose() };
        let found: OwnerFound = self.0.ask("/bank/owners", &asked)?;
        let found = self.0.about(found.iin == *iin && is_report(&found.report_id), found)?;
        Ok(OwnershipFinding {
            ownership: match found.ownership {
                WireOwnership::Confirmed => Ownership::Confirmed,
                WireOwnership::Other => Ownership::Other,
                WireOwnership::Unknown => Ownership::Unknown,
            },
            report_id: found.report_id,
        })
    }

    fn cards(&self, iin: &Secret) -> Result<Vec<BankCard>, ConnectorError> {
        let found: CardsFound = self.0.ask("/bank/cards", &CardsAsked { iin: iin.expose() })?;
        // A processor that sends a card's number is not believed in anything else either.
        let fits = found.iin == *iin && found.cards.iter().all(WireCard::is_masked);
        let found = self.0.about(fits, found)?;
        let card = |card: WireCard| BankCard { token: card.card_token, masked: card.masked };
        Ok(found.cards.into_iter().map(card).collect())
    }

    fn transfer(&self, transfer: &Transfer) -> Result<TransferState, ConnectorError> {
        let id = transfer.transfer;
        let order = WireTransfer {
            loan_id: transfer.loan,
            iin: transfer.iin.expose(),
            account: (&transfer.to).into(),
            amount_tiyn: transfer.amount_tiyn,
        };
        self.0.movement(id, self.0.put(&format!("/bank/transfers/{}", id.0), id.0, &order)?)
    }

    fn transfer_state(&self, transfer: TransferId) -> Result<Option<TransferState>, ConnectorError> {
        let found = known(self.0.get(&format!("/bank/transfers/{}", transfer.0)), "transfer_unknown")?;
        found.map(|found| self.0.movement(transfer, found)).transpose()
    }
}

#[derive(Deserialize)]
struct List {
    merchants: Vec<Merchant>,
}

#[derive(Serialize)]
struct WirePayment<'a> {
    merchant: &'a str,
    loan_id: LoanId,
    amount_tiyn: Tiyn,
    invoice: &'a str,
}

impl Merchants for HttpMerchants {
    fn list(&self) -> Result<Vec<Merchant>, ConnectorError> {
        self.0.get("/merchants").map(|list: List| list.merchants)
    }

    fn pay(&self, payment: &MerchantPayment) -> Result<TransferState, ConnectorError> {
        let id = payment.payment;
        let order = WirePayment {
            merchant: &payment.merchant,
            loan_id: payment.loan,
            amount_tiyn: payment.amount_tiyn,
            invoice: &payment.invoice,
        };
        self.0.movement(id, self.0.put(&format!("/merchants/payments/{}", id.0), id.0, &order)?)
    }

    fn payment_state(&self, payment: TransferId) -> Result<Option<TransferState>, ConnectorError> {
        let found = known(self.0.get(&format!("/merchants/payments/{}", payment.0)), "transfer_unknown")?;
        found.map(|found| self.0.movement(payment, found)).transpose()
    }
}
