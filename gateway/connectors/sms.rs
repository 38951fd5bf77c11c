//! SMS over HTTP. A message is sent once: sent twice, it would arrive twice.

use senim_domain::Secret;
use senim_gateway_core::connectors::{ConnectorError, Sms};
use serde::Serialize;

use super::http::{Accepted, HttpService};

/// SMS over HTTP.
pub struct HttpSms(pub HttpService);

#[derive(Serialize)]
struct Message<'a> {
    to: &'a str,
    text: &'a str,
    purpose: &'static str,
}

impl Sms for HttpSms {
    fn send(&self, to: &Secret, text: &Secret, purpose: &'static str) -> Result<(), ConnectorError> {
        let message = Message { to: to.expose(), text: text.expose(), purpose };
        self.0.post_once::<Accepted>("/sms", &message).map(drop)
    }
}
