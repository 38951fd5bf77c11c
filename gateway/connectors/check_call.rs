//! Check calls over HTTP.

use senim_domain::{ClientId, Language, UtcMillis};
use senim_gateway_core::connectors::{CallId, CheckCall, CheckCallOrder, CheckCallState, ConnectorError};
use serde::{Deserialize, Serialize};

use super::http::{HttpService, known};

/// Check calls over HTTP.
pub struct HttpCheckCall(pub HttpService);

#[derive(Serialize)]
struct Order<'a> {
    client_id: ClientId,
    phone: &'a str,
    language: Language,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Waiting,
    Confirmed,
    Denied,
    NotReached,
}

#[derive(Deserialize)]
struct Call {
    call_id: CallId,
    state: State,
    at_ms: Option<i64>,
}

impl HttpCheckCall {
    fn call(&self, asked: CallId, found: Call) -> Result<CheckCallState, ConnectorError> {
        let found = self.0.about(found.call_id == asked, found)?;
        let at = found.at_ms.map(UtcMillis);
        match (found.state, at) {
            (State::Waiting, _) => Ok(CheckCallState::Waiting),
            (State::Confirmed, Some(at)) => Ok(CheckCallState::Confirmed { at }),
            (State::Denied, Some(at)) => Ok(CheckCallState::Denied { at }),
            (State::NotReached, Some(at)) => Ok(CheckCallState::NotReached { at }),
            (State::Confirmed | State::Denied | State::NotReached, None) => {
                Err(self.0.unavailable("its answer is not as agreed"))
            }
        }
    }
}

impl CheckCall for HttpCheckCall {
    fn order(&self, order: &CheckCallOrder) -> Result<CheckCallState, ConnectorError> {
        let body = Order { client_id: order.client, phone: order.phone.expose(), language: order.language };
        self.call(order.call, self.0.put(&format!("/calls/{}", order.call.0), order.call.0, &body)?)
    }

    fn state(&self, call: CallId) -> Result<Option<CheckCallState>, ConnectorError> {
        let found = known(self.0.get(&format!("/calls/{}", call.0)), "call_unknown")?;
        found.map(|found| self.call(call, found)).transpose()
    }
}
