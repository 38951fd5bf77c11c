//! Texts to a client about the access to their cabinet: a login, a failed one, a lock, a new PIN, another phone
//! or account (R-127a, paragraph 25(9)).
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
    /// So many failed that nobody gets in for a while.
    Locked,
    /// A PIN was set.
    PinSet,
    /// Another PIN was set in place of the former one.
    PinChanged,
    /// The phone was changed; the former number and the new one are told.
    PhoneChanged,
    /// The account was changed.
    AccountChanged,
    /// A card opens the cabinet from now on.
    CardBound,
    /// The client's card opens nothing any more.
    CardUnbound,
    /// A card was reported lost: it opens nothing any more.
    CardLost,
}

/// A number that is the client's no more, sealed in a document of theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FormerNumber {
    /// The document's name in the archive.
    pub document: String,
    /// The number.
    pub sealed: String,
}

/// The part of the document that a former number is.
pub(crate) const FORMER: &str = "former";

/// A text that waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessNotice {
    pub client: ClientId,
    /// Where; `None`: the MFO's staff did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<TerminalId>,
    pub event: AccessEvent,
    pub at: UtcMillis,
    /// Where it goes instead of the client's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<FormerNumber>,
}

impl AccessNotice {
    /// Of something that the MFO's staff did.
    pub(crate) const fn of_staff(client: ClientId, event: AccessEvent, at: UtcMillis) -> Self {
        Self { client, terminal: None, event, at, former: None }
    }
}

impl Act<'_> {
    /// Has the client told by the channel that they registered.
    pub(crate) fn tell_client(&mut self, client: ClientId, event: AccessEvent) -> Result<(), GatewayError> {
        let key = format!("{ACCESS}{}", self.message_id);
        self.put_notice(&key, client, event, None)
    }

    /// Has a number told that was the client's until now.
    pub(crate) fn tell_former(
        &mut self,
        client: ClientId,
        event: AccessEvent,
        former: FormerNumber,
    ) -> Result<(), GatewayError> {
        let key = format!("{ACCESS}{}/former", self.message_id);
        self.put_notice(&key, client, event, Some(former))
    }

    fn put_notice(
        &mut self,
        key: &str,
        client: ClientId,
        event: AccessEvent,
        former: Option<FormerNumber>,
    ) -> Result<(), GatewayError> {
        let terminal = Some(self.terminal.clone());
        let notice = AccessNotice { client, terminal, event, at: self.now, former };
        self.changes.push(store::put(Collection::Outbox, key, Expect::Any, &notice)?);
        Ok(())
    }
}

impl Gateway {
    /// The MFO's name and first telephone, with which a text to a client ends; empty where no rule pack is in force.
    pub(crate) fn signature_of_texts(&self, language: Language, now: UtcMillis) -> (String, String) {
        let pack = self.rule_pack(now).ok().flatten();
        pack.map_or_else(Default::default, |pack| {
            let phone = pack.mfo.phones.first().cloned().unwrap_or_default();
            (pack.mfo.name.get(language).clone(), phone)
        })
    }

    pub(crate) fn send_access_notice(
        &self,
        notice: &AccessNotice,
        now: UtcMillis,
    ) -> Result<(), ConnectorError> {
        let client = self.connectors.core.client(notice.client)?;
        let (mfo, phone) = self.signature_of_texts(client.language, now);
        let text = text(client.language, &mfo, &phone, notice);
        let to = match &notice.former {
            None => client.phone,
            Some(former) => match self.former_number(former) {
                Some(number) => number,
                None => return Ok(()),
            },
        };
        self.connectors.sms.send(&to, &text, "access")
    }

    /// The number; `None`: it is erased, or does not open.
    fn former_number(&self, former: &FormerNumber) -> Option<Secret> {
        let key = self.document_key(&former.document).ok().flatten()?;
        let opened = key.open(FORMER, &former.sealed).ok()?;
        String::from_utf8(opened.expose().to_vec()).ok().map(Secret::new)
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
    let at = moment(notice.at);
    let what = match (language, notice.event) {
        (Language::Kk, AccessEvent::LoggedIn) => "кабинетіңізге кірді",
        (Language::Ru, AccessEvent::LoggedIn) => "выполнен вход в ваш кабинет",
        (Language::En, AccessEvent::LoggedIn) => "login to your account",
        (Language::Kk, AccessEvent::LoginFailed) => "кабинетіңізге кіру сәтсіз аяқталды",
        (Language::Ru, AccessEvent::LoginFailed) => "неудачная попытка входа в ваш кабинет",
        (Language::En, AccessEvent::LoginFailed) => "failed login to your account",
        (Language::Kk, AccessEvent::Locked) => "сәтсіз әрекеттерден кейін кабинетке кіру уақытша жабылды",
        (Language::Ru, AccessEvent::Locked) => "после неудачных попыток вход в ваш кабинет временно закрыт",
        (Language::En, AccessEvent::Locked) => "after failed attempts your account is locked for a while",
        (Language::Kk, AccessEvent::PinSet) => "кабинетіңіздің PIN-коды қойылды",
        (Language::Ru, AccessEvent::PinSet) => "задан PIN вашего кабинета",
        (Language::En, AccessEvent::PinSet) => "the PIN of your account was set",
        (Language::Kk, AccessEvent::PinChanged) => "кабинетіңіздің PIN-коды ауыстырылды",
        (Language::Ru, AccessEvent::PinChanged) => "изменён PIN вашего кабинета",
        (Language::En, AccessEvent::PinChanged) => "the PIN of your account was changed",
        (Language::Kk, AccessEvent::PhoneChanged) => "кабинетіңіздің телефон нөмірі ауыстырылды",
        (Language::Ru, AccessEvent::PhoneChanged) => "изменён номер телефона вашего кабинета",
        (Language::En, AccessEvent::PhoneChanged) => "the phone number of your account was changed",
        (Language::Kk, AccessEvent::AccountChanged) => "аударымға арналған шотыңыз ауыстырылды",
        (Language::Ru, AccessEvent::AccountChanged) => "изменён ваш счёт для переводов",
        (Language::En, AccessEvent::AccountChanged) => "your account for transfers was changed",
        (Language::Kk, AccessEvent::CardBound) => "кабинетіңізге карта байланды",
        (Language::Ru, AccessEvent::CardBound) => "к вашему кабинету привязана карта",
        (Language::En, AccessEvent::CardBound) => "a card was bound to your account",
        (Language::Kk, AccessEvent::CardUnbound) => "картаңыз кабинеттен ажыратылды",
        (Language::Ru, AccessEvent::CardUnbound) => "ваша карта отвязана от кабинета",
        (Language::En, AccessEvent::CardUnbound) => "your card was unbound from your account",
        (Language::Kk, AccessEvent::CardLost) => "жоғалған картаңыз жабылды, ол енді кабинетті ашпайды",
        (Language::Ru, AccessEvent::CardLost) => {
            "ваша потерянная карта закрыта и больше не открывает кабинет"
        }
        (Language::En, AccessEvent::CardLost) => "your lost card is closed and opens your account no more",
    };
    Secret::new(match (language, &notice.terminal) {
        (Language::Kk, Some(terminal)) => {
            format!("{mfo}: {at} {terminal} терминалында {what}. Бұл сіз емес болсаңыз: {phone}.")
        }
        (Language::Ru, Some(terminal)) => {
            format!("{mfo}: {at} на терминале {terminal} {what}. Если это не вы: {phone}.")
        }
        (Language::En, Some(terminal)) => {
            format!("{mfo}: {at} at terminal {terminal}: {what}. If it was not you: {phone}.")
        }
        (Language::Kk, None) => format!("{mfo}: {at} {what}. Бұл сіз емес болсаңыз: {phone}."),
        (Language::Ru, None) => format!("{mfo}: {at} {what}. Если это не вы: {phone}."),
        (Language::En, None) => format!("{mfo}: {at} {what}. If it was not you: {phone}."),
    })
}
