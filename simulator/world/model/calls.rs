//! Whoever calls clients whose data leaked: decides what the called person says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Denial, Model};
use crate::people::{CallAnswer, Language, phone_is_valid};

/// A call to be made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallOrder {
    /// Whom.
    pub client_id: Uuid,
    /// Where.
    pub phone: String,
    /// In which language.
    pub language: Language,
}

/// How a call stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Its identity.
    pub call_id: Uuid,
    /// `waiting`, `confirmed`, `denied` or `not_reached`.
    pub state: CallState,
    /// When, milliseconds; null while it waits.
    pub at_ms: Option<i64>,
}

/// How far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// Not made yet.
    Waiting,
    /// The person was told and confirms.
    Confirmed,
    /// The person denies.
    Denied,
    /// Nobody answered.
    NotReached,
}

/// Calls.
#[derive(Default)]
pub struct Calls(BTreeMap<Uuid, (CallOrder, Call)>);

impl Model {
    /// Orders a call, once.
    ///
    /// # Errors
    /// `client_unknown`, `invalid_phone`, `call_conflict`.
    pub fn order_call(&mut self, call_id: Uuid, order: &CallOrder) -> Result<Call, Denial> {
        self.registered(order.client_id)?;
        if !phone_is_valid(&order.phone) {
            return Err(Denial::invalid("invalid_phone"));
        }
        let new = Call { call_id, state: CallState::Waiting, at_ms: None };
        let (before, call) = self.calls.0.entry(call_id).or_insert_with(|| (order.clone(), new));
        if before == order { Ok(call.clone()) } else { Err(Denial::conflict("call_conflict")) }
    }

    /// How a call stands; it is made when somebody looks for the first time.
    ///
    /// # Errors
    /// `call_unknown`.
    pub fn call(&mut self, call_id: Uuid) -> Result<Call, Denial> {
        let now = self.now();
        let (order, _) = self.calls.0.get(&call_id).ok_or(Denial::not_found("call_unknown"))?;
        let answer = self.registered(order.client_id)?.quirks.call;
        let (_, call) = self.calls.0.get_mut(&call_id).ok_or(Denial::not_found("call_unknown"))?;
        if call.state == CallState::Waiting {
            call.state = match answer {
                CallAnswer::Confirm => CallState::Confirmed,
                CallAnswer::Deny => CallState::Denied,
                CallAnswer::Silent => CallState::NotReached,
            };
            call.at_ms = Some(now);
        }
        Ok(call.clone())
    }
}
