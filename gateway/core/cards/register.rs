//! Whose card is whose: one card a cabinet, named by the SHA-256 of its certificate. An entry outlives its binding, so
//! that a card that was reported lost never opens anything again, and anybody can tell who it opened what for and when.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use senim_domain::{ClientId, OperationId, TerminalId, UtcMillis};
use senim_eds::Token;
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::access_notice::{ACCESS, AccessEvent, AccessNotice};
use crate::actor::Actor;
use crate::error::{GatewayError, bad_directive};
use crate::store::{self, Change, Collection, Expect, Versioned};

/// A card in the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundCard {
    /// Whose cabinet it opens, or opened.
    pub client: ClientId,
    /// Serial number of its certificate at the issuer, in hexadecimal digits.
    pub serial: String,
    /// Since when.
    pub bound: UtcMillis,
    /// Where it was bound.
    pub terminal: TerminalId,
    /// The row that proves it.
    pub op_id: OperationId,
    /// How the binding ended; `None`: it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<CardEnded>,
}

/// The end of a binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardEnded {
    /// When.
    pub at: UtcMillis,
    /// How.
    pub how: CardEnd,
}

/// How a binding ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CardEnd {
    /// The client unbound it at a terminal.
    Unbound,
    /// The client bound another card.
    Replaced,
    /// It was reported lost: it is never bound again.
    Lost,
}

impl BoundCard {
    /// Whether it was reported lost.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.ended.as_ref().is_some_and(|ended| ended.how == CardEnd::Lost)
    }
}

/// The card that opens a client's cabinet.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Opens {
    card: String,
}

/// A card's name in the register.
pub(super) fn name_of(token: &Token) -> String {
    URL_SAFE_NO_PAD.encode(token.fingerprint())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Gateway {
    /// What the register knows of a card, by the SHA-256 of its certificate (base64url).
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn card(&self, name: &str) -> Result<Option<BoundCard>, GatewayError> {
        let found = store::load(self.store.as_ref(), Collection::Card, name)?;
        Ok(found.map(|found: Versioned<BoundCard>| found.value))
    }

    /// The name of the card that opens this client's cabinet.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn bound_card(&self, client: ClientId) -> Result<Option<String>, GatewayError> {
        let found = store::load(self.store.as_ref(), Collection::ClientCard, &client.to_string())?;
        Ok(found.map(|found: Versioned<Opens>| found.value.card))
    }

    /// What is written when a card is bound; one that was bound before is replaced.
    pub(super) fn bind_card(
        &self,
        client: ClientId,
        token: &Token,
        (terminal, op_id): (TerminalId, OperationId),
        now: UtcMillis,
    ) -> Result<Vec<Change>, GatewayError> {
        let name = name_of(token);
        let mut changes = Vec::new();
        if self.bound_card(client)?.is_some_and(|former| former != name) {
            changes.extend(self.unbind_card(client, CardEnd::Replaced, now)?.unwrap_or_default());
        }
        let serial = hex(token.serial());
        let card = BoundCard { client, serial, bound: now, terminal, op_id, ended: None };
        let expect = store::load::<BoundCard>(self.store.as_ref(), Collection::Card, &name)?
            .map_or(Expect::Absent, |found| found.expect());
        changes.push(store::put(Collection::Card, &name, expect, &card)?);
        let opens = Opens { card: name };
        changes.push(store::put(Collection::ClientCard, &client.to_string(), Expect::Any, &opens)?);
        Ok(changes)
    }

    /// What is written when a client's card opens nothing any more; `None`: none did.
    pub(super) fn unbind_card(
        &self,
        client: ClientId,
        how: CardEnd,
        now: UtcMillis,
    ) -> Result<Option<Vec<Change>>, GatewayError> {
        let Some(name) = self.bound_card(client)? else { return Ok(None) };
        let mut changes = vec![store::remove(Collection::ClientCard, &client.to_string())];
        if let Some(found) = store::load::<BoundCard>(self.store.as_ref(), Collection::Card, &name)? {
            let expect = found.expect();
            let card = BoundCard { ended: Some(CardEnded { at: now, how }), ..found.value };
            changes.push(store::put(Collection::Card, &name, expect, &card)?);
        }
        Ok(Some(changes))
    }

    /// A client reported their card lost: it opens nothing any more, and is never bound again. The client is told by text.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`](crate::Refusal::BadDirective) where no card opens this cabinet; [`GatewayError`] of the store.
    pub fn report_card_lost(
        &self,
        client: ClientId,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<BoundCard, GatewayError> {
        self.deciding(|| {
            let name = self.bound_card(client)?;
            let changes = self.unbind_card(client, CardEnd::Lost, now)?;
            let Some((name, mut changes)) = name.zip(changes) else {
                return Err(bad_directive("no card opens this client's cabinet"));
            };
            let notice = AccessNotice::of_staff(client, AccessEvent::CardLost, now);
            let key = format!("{ACCESS}card/{name}");
            changes.push(store::put(Collection::Outbox, &key, Expect::Any, &notice)?);
            changes.push(self.act_record(by, "cardLost", &client.to_string(), now)?);
            self.store.commit(&changes)?;
            let lost = self.card(&name)?;
            lost.ok_or_else(|| GatewayError::Internal(format!("card {name} is not in the register")))
        })
    }
}
