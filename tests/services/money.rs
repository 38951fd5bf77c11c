//! Bank, merchants and check calls behind their traits.

use senim_domain::{Secret, UtcMillis};
use senim_gateway_core::connectors::{
    Account, Bank, BankCard, CallId, CheckCall, CheckCallOrder, CheckCallState, ConnectorError, Merchant,
    MerchantPayment, Merchants, Ownership, OwnershipFinding, Transfer, TransferId, TransferState,
};
use senim_world::model::bank::{self, Movement, MovementState};
use senim_world::model::calls::{Call, CallOrder, CallState};

use crate::core_lending::{account, language_to};
use crate::{Behind, known};

fn state(movement: Movement) -> TransferState {
    match movement.state {
        MovementState::Accepted => TransferState::Accepted,
        MovementState::Done => TransferState::Done,
        MovementState::Rejected => TransferState::Rejected { code: movement.code.unwrap_or_default() },
    }
}

impl Bank for Behind {
    fn owner(&self, asked: &Account, iin: &Secret) -> Result<OwnershipFinding, ConnectorError> {
        let found = self.ask("bank", |state| Ok(state.model.account_owner(&account(asked), iin.expose())))?;
        Ok(OwnershipFinding {
            ownership: match found.ownership {
                bank::Ownership::Confirmed => Ownership::Confirmed,
                bank::Ownership::Other => Ownership::Other,
                bank::Ownership::Unknown => Ownership::Unknown,
            },
            report_id: found.report_id,
        })
    }
    fn cards(&self, iin: &Secret) -> Result<Vec<BankCard>, ConnectorError> {
        let found = self.ask("bank", |state| Ok(state.model.cards(iin.expose())))?;
        let secret = |text: String| Secret::new(text);
        let card =
            |card: bank::Card| BankCard { token: secret(card.card_token), masked: secret(card.masked) };
        Ok(found.cards.into_iter().map(card).collect())
    }
    fn transfer(&self, transfer: &Transfer) -> Result<TransferState, ConnectorError> {
        let order = bank::Transfer {
            loan_id: transfer.loan.0,
            iin: transfer.iin.expose().to_owned(),
            account: account(&transfer.to),
            amount_tiyn: transfer.amount_tiyn.tiyn(),
        };
        self.ask("bank", |state| state.model.transfer(transfer.transfer.0, &order)).map(state)
    }
    fn transfer_state(&self, transfer: TransferId) -> Result<Option<TransferState>, ConnectorError> {
        let found = self.ask("bank", |state| state.model.movement(transfer.0));
        Ok(known(found, "transfer_unknown")?.map(state))
    }
}

impl Merchants for Behind {
    fn list(&self) -> Result<Vec<Merchant>, ConnectorError> {
        let merchants = self.ask("merchants", |state| Ok(state.model.merchants()))?;
        Ok(merchants
            .into_iter()
            .map(|one| Merchant { merchant: one.merchant, name: one.name, bin: one.bin, place: one.place })
            .collect())
    }
    fn pay(&self, payment: &MerchantPayment) -> Result<TransferState, ConnectorError> {
        let order = bank::MerchantPayment {
            merchant: payment.merchant.clone(),
            loan_id: payment.loan.0,
            amount_tiyn: payment.amount_tiyn.tiyn(),
            invoice: payment.invoice.clone(),
        };
        self.ask("merchants", |state| state.model.pay_merchant(payment.payment.0, &order)).map(state)
    }
    fn payment_state(&self, payment: TransferId) -> Result<Option<TransferState>, ConnectorError> {
        let found = self.ask("merchants", |state| state.model.movement(payment.0));
        Ok(known(found, "transfer_unknown")?.map(state))
    }
}

fn call(call: &Call) -> CheckCallState {
    let at = UtcMillis(call.at_ms.unwrap_or_default());
    match call.state {
        CallState::Waiting => CheckCallState::Waiting,
        CallState::Confirmed => CheckCallState::Confirmed { at },
        CallState::Denied => CheckCallState::Denied { at },
        CallState::NotReached => CheckCallState::NotReached { at },
    }
}

impl CheckCall for Behind {
    fn order(&self, order: &CheckCallOrder) -> Result<CheckCallState, ConnectorError> {
        let ordered = CallOrder {
            client_id: order.client.0,
            phone: order.phone.expose().to_owned(),
            language: language_to(order.language),
        };
        self.ask("calls", |state| state.model.order_call(order.call.0, &ordered)).map(|made| call(&made))
    }
    fn state(&self, id: CallId) -> Result<Option<CheckCallState>, ConnectorError> {
        let found = self.ask("calls", |state| state.model.call(id.0));
        Ok(known(found, "call_unknown")?.map(|made| call(&made)))
    }
}
