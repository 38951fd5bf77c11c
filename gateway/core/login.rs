//! Logging in: IIN sealed in, one-time code out by SMS, code back, greeting (R-036, B21); or, where the client has a PIN,
//! the choice between the two, and where a card is bound to the cabinet (`cards`) between all three.
//!
//! Decides who is logged in within one visit. Whoever is not a client learns only that no login is possible. How often
//! somebody may fail is decided in `login_guard`.

use senim_domain::iin::Iin;
use senim_domain::phone::Phone;
use senim_domain::rule_pack::{ClientType, Product, RulePack};
use senim_domain::{ClientId, Language, MessageId, Secret, calendar};
use senim_operation::attachment::{LoginCode, PinEntry, RegistrationEntry};
use senim_operation::body::{LoginCodeSubmitted, LoginCodeWanted, LoginPinSubmitted};
use senim_operation::message::{LoginRefusal, LoginWay, MessageBody};
use serde::{Deserialize, Serialize};

use crate::access_notice::AccessEvent;
use crate::acting::Act;
use crate::connectors::{Client, ClientKind, ConnectorError};
use crate::entropy::code;
use crate::error::GatewayError;
use crate::later;
use crate::openings::Purpose;
use crate::records::{Login, Offered};
use crate::store::{self, Change, Collection, Expect};
use crate::vault::MacPurpose;

/// How often something happened on a day.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Count {
    count: u32,
}

const fn refused(reason: LoginRefusal, may_retry: bool) -> MessageBody {
    MessageBody::LoginRefused { reason, may_retry }
}

impl Act<'_> {
    pub(crate) fn login_requested(&mut self, attachment: &str) -> Result<MessageBody, GatewayError> {
        let reply = self.begin_login(attachment)?;
        if matches!(reply, MessageBody::LoginRefused { reason: LoginRefusal::TryLater, .. }) {
            // A service that is away is not the person's attempt.
            self.session.sends = self.session.sends.saturating_sub(1);
        }
        Ok(reply)
    }

    fn begin_login(&mut self, attachment: &str) -> Result<MessageBody, GatewayError> {
        self.session.sends = self.session.sends.saturating_add(1);
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return Ok(refused(LoginRefusal::TryLater, false));
        };
        if self.is_another_iin(attachment)? {
            return Ok(refused(LoginRefusal::NotAvailable, false));
        }
        self.session.log_out();
        if self.session.sends > u32::from(pack.otp.sends_per_session) {
            return Ok(refused(LoginRefusal::TooMany, false));
        }
        let client = match self.client_of(attachment)? {
            Ok(Some(client)) if !client.blocked => client,
            Ok(Some(_) | None) | Err(ConnectorError::Refused { .. }) => {
                return Ok(refused(LoginRefusal::NotAvailable, false));
            }
            Err(error @ ConnectorError::Unavailable { .. }) => {
                tracing::warn!(%error, "login not possible");
                return Ok(refused(LoginRefusal::TryLater, false));
            }
        };
        if self.is_locked(client.client)? {
            return Ok(refused(LoginRefusal::TooMany, false));
        }
        let ways = self.ways_in(client.client)?;
        if ways != [LoginWay::Code] {
            self.session.iin_attachment = Some(attachment.to_owned());
            self.session.offered = Some(Offered { login: self.message_id, client: client.client });
            return Ok(MessageBody::LoginWaysOffered { ways });
        }
        self.code_for(&client, attachment, &pack)
    }

    /// How this client may log in; a code by SMS always.
    fn ways_in(&self, client: ClientId) -> Result<Vec<LoginWay>, GatewayError> {
        let takes_cards = self.gateway.connectors.cards().is_ok();
        let card = takes_cards && self.gateway.bound_card(client)?.is_some();
        let pin = self.gateway.has_pin(client)? && !self.pin_is_void(client)?;
        let ways = [(card, LoginWay::Card), (pin, LoginWay::Pin), (true, LoginWay::Code)];
        Ok(ways.into_iter().filter(|(open, _)| *open).map(|(_, way)| way).collect())
    }

    /// Sends a code to the client's number, as often as the rules allow.
    fn code_for(
        &mut self,
        client: &Client,
        attachment: &str,
        pack: &RulePack,
    ) -> Result<MessageBody, GatewayError> {
        let Ok(phone) = Phone::parse(client.phone.expose()) else {
            tracing::warn!(client = %client.client, "client without a usable mobile number");
            return Ok(refused(LoginRefusal::NotAvailable, false));
        };
        let Some(counted) = self.count_code(&phone, pack)? else {
            return Ok(refused(LoginRefusal::TooMany, false));
        };
        let reply = self.send_code(client, &phone, attachment, pack)?;
        if matches!(reply, MessageBody::LoginCodeSent { .. }) {
            self.changes.push(counted);
        }
        Ok(reply)
    }

    /// The client who could log in by this offer of the visit.
    pub(crate) fn offered(&self, login: MessageId) -> Option<ClientId> {
        self.session.offered.as_ref().filter(|offered| offered.login == login).map(|offered| offered.client)
    }

    /// Of the ways that were offered a code is wanted.
    pub(crate) fn login_code_wanted(&mut self, body: &LoginCodeWanted) -> Result<MessageBody, GatewayError> {
        let offered = self.offered(body.login).zip(self.session.iin_attachment.clone());
        let Some((client, attachment)) = offered else {
            return Ok(refused(LoginRefusal::CodeExpired, false));
        };
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return Ok(refused(LoginRefusal::TryLater, false));
        };
        let client = match self.gateway.connectors.core.client(client) {
            Ok(client) if !client.blocked => client,
            Ok(_) | Err(ConnectorError::Refused { .. }) => {
                return Ok(refused(LoginRefusal::NotAvailable, false));
            }
            Err(error @ ConnectorError::Unavailable { .. }) => {
                tracing::warn!(%error, "login not possible");
                return Ok(refused(LoginRefusal::TryLater, false));
            }
        };
        if self.is_locked(client.client)? {
            return Ok(refused(LoginRefusal::TooMany, false));
        }
        let reply = self.code_for(&client, &attachment, &pack)?;
        if matches!(reply, MessageBody::LoginCodeSent { .. }) {
            // One offer, one code: another begins with the IIN, which is counted.
            self.session.offered = None;
        }
        Ok(reply)
    }

    /// Of the ways that were offered the PIN is used.
    pub(crate) fn login_pin_submitted(
        &mut self,
        body: &LoginPinSubmitted,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let Some(client) = self.offered(body.login) else {
            return Ok(refused(LoginRefusal::CodeExpired, false));
        };
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return Ok(refused(LoginRefusal::TryLater, true));
        };
        if self.is_locked(client)? || self.pin_is_void(client)? {
            self.session.offered = None;
            return Ok(refused(LoginRefusal::TooMany, false));
        }
        let plain = self.open_sealed(attachment, Purpose::Pin)?;
        let typed = plain.and_then(|plain| PinEntry::from_plaintext(&plain).ok());
        let right = match typed {
            Some(typed) => self.gateway.pin_matches(client, &typed.pin)? == Some(true),
            None => false,
        };
        if !right {
            let locked = self.login_failed(client, pack.login)?;
            if locked {
                self.session.offered = None;
                return Ok(refused(LoginRefusal::TooMany, false));
            }
            return Ok(refused(LoginRefusal::WrongPin, true));
        }
        self.greet(client)
    }

    /// The client whose IIN is sealed in the attachment.
    fn client_of(
        &mut self,
        attachment: &str,
    ) -> Result<Result<Option<Client>, ConnectorError>, GatewayError> {
        let Some(iin) = self.sealed_iin(attachment, Purpose::Login)? else { return Ok(Ok(None)) };
        let iin = iin.into_secret();
        self.session.leak_person = self.gateway.leak_person(&iin);
        Ok(self.gateway.connectors.core.client_by_iin(&iin))
    }

    /// The IIN sealed in an attachment of this terminal; `None` where there is no right one.
    pub(crate) fn sealed_iin(&self, attachment: &str, purpose: Purpose) -> Result<Option<Iin>, GatewayError> {
        let plain = self.open_sealed(attachment, purpose)?;
        // What a registration begins with holds a login's IIN, and may hold a document besides.
        let entry = plain.and_then(|plain| RegistrationEntry::from_plaintext(&plain).ok());
        Ok(entry.and_then(|entry| Iin::parse(entry.iin.expose()).ok()))
    }

    /// The day's count of a number with one code more; `None`: its limit is reached.
    pub(crate) fn count_code(&self, phone: &Phone, pack: &RulePack) -> Result<Option<Change>, GatewayError> {
        let number = Secret::new(phone.expose().to_owned());
        let mac = self.gateway.keys.vault.mac(MacPurpose::Phone, "", &number);
        let day = calendar::local_date(self.now).map(|date| date.to_string()).unwrap_or_default();
        let key = format!("codes/{mac}/{day}");
        let store = self.gateway.store.as_ref();
        let sent = store::load::<Count>(store, Collection::Daily, &key)?.map_or(0, |count| count.value.count);
        if sent >= u32::from(pack.otp.sends_per_day) {
            return Ok(None);
        }
        let count = Count { count: sent.saturating_add(1) };
        Ok(Some(store::put(Collection::Daily, &key, Expect::Any, &count)?))
    }

    fn send_code(
        &mut self,
        client: &Client,
        phone: &Phone,
        attachment: &str,
        pack: &RulePack,
    ) -> Result<MessageBody, GatewayError> {
        let code = code(self.gateway.entropy.as_ref(), pack.otp.digits)?;
        let to = Secret::new(phone.expose().to_owned());
        let text = sms_text(client.language, &code, pack, self.terminal.as_str());
        if let Err(error) = self.gateway.connectors.sms.send(&to, &text, "login_code") {
            tracing::warn!(%error, "code not sent");
            return Ok(refused(LoginRefusal::TryLater, false));
        }
        self.session.iin_attachment = Some(attachment.to_owned());
        self.session.login = Some(Login {
            login: self.message_id,
            client: client.client,
            code_mac: self.code_mac(&code),
            expires: later(self.now, pack.otp.life_seconds),
            tries_left: pack.otp.tries,
        });
        Ok(MessageBody::LoginCodeSent {
            phone_masked: Secret::new(phone.masked()),
            life_seconds: pack.otp.life_seconds,
            digits: u32::from(pack.otp.digits),
        })
    }

    fn code_mac(&self, code: &Secret) -> String {
        let context = format!("{}/{}/{}", self.terminal, self.session_id, self.message_id);
        self.gateway.keys.vault.mac(MacPurpose::OneTimeCode, &context, code)
    }

    pub(crate) fn login_code_submitted(
        &mut self,
        body: &LoginCodeSubmitted,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let login = match self.session.login.clone() {
            Some(login) if login.login == body.login => login,
            Some(_) | None => return Ok(refused(LoginRefusal::CodeExpired, false)),
        };
        if self.now >= login.expires {
            self.session.login = None;
            return Ok(refused(LoginRefusal::CodeExpired, false));
        }
        let plain = self.open_sealed(attachment, Purpose::LoginCode)?;
        let code = plain.and_then(|plain| LoginCode::from_plaintext(&plain).ok());
        let context = format!("{}/{}/{}", self.terminal, self.session_id, login.login);
        let right = code.is_some_and(|code| {
            self.gateway.keys.vault.matches(MacPurpose::OneTimeCode, &context, &code.code, &login.code_mac)
        });
        if !right {
            let (client, tries_left) = (login.client, login.tries_left.saturating_sub(1));
            self.session.login = (tries_left > 0).then_some(Login { tries_left, ..login });
            if tries_left == 0
                && let Some(pack) = self.gateway.rule_pack(self.now)?
            {
                self.login_failed(client, pack.login)?;
            }
            let reason = if tries_left > 0 { LoginRefusal::WrongCode } else { LoginRefusal::TooMany };
            return Ok(refused(reason, tries_left > 0));
        }
        self.greet(login.client)
    }

    /// Code or offer is used up only when the login has succeeded: a service that fails now costs no new SMS.
    pub(crate) fn greet(&mut self, client: ClientId) -> Result<MessageBody, GatewayError> {
        let client = match self.gateway.connectors.core.client(client) {
            Ok(client) if !client.blocked => client,
            Ok(_) | Err(ConnectorError::Refused { .. }) => {
                self.session.log_out();
                return Ok(refused(LoginRefusal::NotAvailable, false));
            }
            Err(error @ ConnectorError::Unavailable { .. }) => {
                tracing::warn!(%error, "login not finished");
                return Ok(refused(LoginRefusal::TryLater, true));
            }
        };
        let leaked = match self.leak_of(client.client)? {
            Ok(leaked) => leaked,
            Err(error) => {
                tracing::warn!(%error, "login not finished");
                return Ok(refused(LoginRefusal::TryLater, true));
            }
        };
        let reply = match leaked {
            // Not even the name is told before the measures.
            Some(leak) => self.measures_begin(client.client, leak, true)?,
            None => match self.welcome(client.client, true)? {
                Ok(welcome) => welcome,
                Err(error) => {
                    tracing::warn!(%error, "login not finished");
                    return Ok(refused(LoginRefusal::TryLater, true));
                }
            },
        };
        self.session.log_out();
        self.session.client = Some(client.client);
        self.login_succeeded(client.client)?;
        self.tell_client(client.client, AccessEvent::LoggedIn)?;
        Ok(reply)
    }

    /// What a client is greeted with, once nothing stands in the way; the login is remembered where it is one.
    pub(crate) fn welcome(
        &mut self,
        client: ClientId,
        login: bool,
    ) -> Result<Result<MessageBody, ConnectorError>, GatewayError> {
        let core = &self.gateway.connectors.core;
        let person = match core.client(client) {
            Ok(person) => person,
            Err(error) => return Ok(Err(error)),
        };
        let client_type = match core.identity(client) {
            Ok(identity) => client_type(identity.kind),
            // Core lending that does not tell who its clients are serves people.
            Err(ConnectorError::Refused { .. }) => ClientType::Individual,
            Err(error @ ConnectorError::Unavailable { .. }) => return Ok(Err(error)),
        };
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            let cause = "no rule pack is in force".to_owned();
            return Ok(Err(ConnectorError::Unavailable { service: "rule pack", cause }));
        };
        let greeting = greeting(&person.given_name, person.patronymic.as_ref());
        let products = products(&pack, client_type);
        self.gateway.refresh_claim(client, self.now)?;
        let remainder = self.gateway.remainder_of(client)?;
        let waiting = self.gateway.waiting_loan(client)?;
        let unfinished = self.gateway.unfinished_of(client, &pack, self.now)?.map(Box::new);
        let unauthorised_access = self.gateway.unread_access(client)?;
        let last_login = if login { self.remember_login(client)? } else { None };
        Ok(Ok(MessageBody::LoggedIn {
            client,
            greeting,
            products,
            last_login,
            remainder,
            waiting,
            unfinished,
            unauthorised_access,
        }))
    }
}

const fn client_type(kind: ClientKind) -> ClientType {
    match kind {
        ClientKind::Individual => ClientType::Individual,
        ClientKind::IndividualEntrepreneur => ClientType::IndividualEntrepreneur,
    }
}

/// Given name and patronymic, to greet.
pub(crate) fn greeting(given_name: &Secret, patronymic: Option<&Secret>) -> Secret {
    let mut greeting = String::with_capacity(256);
    greeting.push_str(given_name.expose());
    if let Some(patronymic) = patronymic {
        greeting.push(' ');
        greeting.push_str(patronymic.expose());
    }
    Secret::new(greeting)
}

/// What somebody may ask for.
pub(crate) fn products(pack: &RulePack, client_type: ClientType) -> Vec<String> {
    let offered = |product: &&Product| {
        product.client_types.contains(&client_type) && !pack.payout_methods(product).is_empty()
    };
    pack.products.iter().filter(offered).map(|product| product.id.clone()).collect()
}

/// Names the operation and the terminal (B21).
fn sms_text(language: Language, code: &Secret, pack: &RulePack, terminal: &str) -> Secret {
    let (code, mfo) = (code.expose(), pack.mfo.name.get(language));
    Secret::new(match language {
        Language::Kk => {
            format!(
                "{mfo}: {terminal} терминалында кабинетке кіру коды {code}. Оны ешкімге, біздің қызметкерлерге де айтпаңыз."
            )
        }
        Language::Ru => format!(
            "{mfo}: код для входа в кабинет в терминале {terminal}: {code}. Никому его не сообщайте, даже нашим сотрудникам."
        ),
        Language::En => format!(
            "{mfo}: code {code} to log in to your account at terminal {terminal}. Tell nobody, not even our staff."
        ),
    })
}
