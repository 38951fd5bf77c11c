//! Texts to a client about the access to their cabinet: a login, a failed one, a new PIN (R-127a, paragraph 25(9)).
//!
//! Kept with the fact and sent by the upkeep: nobody at a terminal waits for a text that is no code.

use senim_domain::{ClientId, Language, Secret, TerminalId, UtcMillis, calendar};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::acting::Act;
use crate::connectors::ConnectorError;
use crate::error::GatewayError;
use crate::store::{self, Collection, Expect};

/// How the keys of these texts begin in the outbox.
pub(crate) const ACCESS: &str = "access/";

/// What a client is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum AccessEvent {
    /// Somebody got in.
    LoggedIn,
    /// Somebody used up the tries of a code.
    LoginFailed,
    /// A PIN was set.
    PinSet,
}

/// A text that waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessNotice {
    pub client: ClientId,
    pub terminal: TerminalId,
    pub event: AccessEvent,
    pub at: UtcMillis,
}

impl Act<'_> {
    /// Has the client told by the channel that they registered.
    pub(crate) fn tell_client(&mut self, client: ClientId, event: AccessEvent) -> Result<(), GatewayError> {
        let notice = AccessNotice { client, terminal: self.terminal.clone(), event, at: self.now };
        let key = format!("{ACCESS}{}", self.message_id);
        self.changes.push(store::put(Collection::Outbox, &key, Expect::Any, &notice)?);
        Ok(())
    }
}

impl Gateway {
    pub(crate) fn send_access_notice(
        &self,
        notice: &AccessNotice,
        now: UtcMillis,
    ) -> Result<(), ConnectorError> {
        let client = self.connectors.core.client(notice.client)?;
        let pack = self.rule_pack(now).ok().flatten();
        let (mfo, phone) = pack.map_or_else(Default::default, |pack| {
            let phone = pack.mfo.phones.first().cloned().unwrap_or_default();
            (pack.mfo.name.get(client.language).clone(), phone)
        });
        let text = text(client.language, &mfo, &phone, notice);
        self.connectors.sms.send(&client.phone, &text, "access")
    }
}

/// `27.11.2026 14:05` in Kazakhstan.
fn moment(at: UtcMillis) -> String {
    match (calendar::local_date(at), calendar::local_time(at)) {
        (Some(day), Some((hour, minute))) => {
            format!("{:02}.{:02}.{:04} {hour:02}:{minute:02}", day.day(), day.month(), day.year())
        }
        (None, _) | (_, None) => String::new(),
    }
}

fn text(language: Language, mfo: &str, phone: &str, notice: &AccessNotice) -> Secret {
    let (at, terminal) = (moment(notice.at), &notice.terminal);
    Secret::new(match (language, notice.event) {
        (Language::Kk, AccessEvent::LoggedIn) => {
            format!(
                "{mfo}: {at} {terminal} терминалында кабинетіңізге кірді. Бұл сіз емес болсаңыз: {phone}."
            )
        }
        (Language::Ru, AccessEvent::LoggedIn) => {
            format!("{mfo}: {at} вход в ваш кабинет на терминале {terminal}. Если это не вы: {phone}.")
        }
        (Language::En, AccessEvent::LoggedIn) => {
            format!("{mfo}: {at} login to your account at terminal {terminal}. If it was not you: {phone}.")
        }
        (Language::Kk, AccessEvent::LoginFailed) => format!(
            "{mfo}: {at} {terminal} терминалында кабинетіңізге кіру сәтсіз аяқталды. Бұл сіз емес болсаңыз: {phone}."
        ),
        (Language::Ru, AccessEvent::LoginFailed) => format!(
            "{mfo}: {at} неудачная попытка входа в ваш кабинет на терминале {terminal}. Если это не вы: {phone}."
        ),
        (Language::En, AccessEvent::LoginFailed) => {
            format!(
                "{mfo}: {at} failed login to your account at terminal {terminal}. If it was not you: {phone}."
            )
        }
        (Language::Kk, AccessEvent::PinSet) => {
            format!("{mfo}: {at} {terminal} терминалында PIN орнатылды. Бұл сіз емес болсаңыз: {phone}.")
        }
        (Language::Ru, AccessEvent::PinSet) => {
            format!("{mfo}: {at} на терминале {terminal} задан PIN кабинета. Если это не вы: {phone}.")
        }
        (Language::En, AccessEvent::PinSet) => {
            format!(
                "{mfo}: {at} the PIN of your account was set at terminal {terminal}. If it was not you: {phone}."
            )
        }
    })
}
