//! What the MFO decides for its terminals: enrolment, activation, cash orders; and the durable inbox.
//!
//! The command line and the desk's pages call the same functions.

use std::sync::PoisonError;

use jiff::civil::Date;
use senim_domain::business_days::{Day, WEEKENDS_ONLY};
use senim_domain::calendar::local_date;
use senim_domain::cash::{UnitNo, UnitStock};
use senim_domain::count::NoteSeries;
use senim_domain::location::RegisteredLocation;
use senim_domain::{MessageId, OrderId, TerminalId, UtcMillis};
use senim_operation::message::{Address, Command, MessageBody};
use senim_operation::trust::RESERVED_PREFIX;

use crate::Gateway;
use crate::activation::ActivationRefusal;
use crate::actor::Actor;
use crate::entropy::uuid;
use crate::error::{GatewayError, Refusal};
use crate::later;
use crate::records::TerminalRecord;
use crate::store::{self, Change, Collection, Expect, InboxItem};

/// Most messages in one answer.
pub const INBOX_LIMIT: usize = 64;
/// Longest life of a command in minutes.
pub const MAX_COMMAND_MINUTES: u32 = 7 * 24 * 60;
/// Longest life of a cash order in hours.
pub const MAX_ORDER_HOURS: u32 = 24 * 7;

/// Business days between notice and service where no rule pack says so (S003 p.4).
const NOTICE_BUSINESS_DAYS: u16 = 10;

/// Leave to serve at a place, or its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activate {
    /// Whether service is allowed.
    pub active: bool,
    /// The place on record.
    pub location: RegisteredLocation,
    /// Day of the notice to the regulator that names the place.
    pub notified: Day,
}

/// A directive that was put into an inbox.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Sent {
    /// Whose inbox.
    pub terminal: TerminalId,
    /// Its number there.
    pub n: u64,
    /// The message.
    pub message_id: MessageId,
}

/// Cash to be brought and taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Stock to load.
    #[serde(default)]
    pub add: Vec<UnitStock>,
    /// Cassettes to empty.
    #[serde(default)]
    pub collect: Vec<UnitNo>,
    /// Whether the acceptor's stacker is emptied.
    #[serde(default)]
    pub stacker: bool,
    /// Whether the dispenser's reject unit and retract unit are emptied.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rejects: bool,
    /// Of which series the notes to load are, and how long those are money (B11).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<NoteSeries>,
    /// Life of the order; 24 hours unless said otherwise.
    #[serde(default)]
    pub hours: Option<u32>,
}

impl Gateway {
    /// Enters a terminal; one that is known keeps its journal. It finds the current rule pack in its inbox.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`] for a reserved name, or what [`GatewayError`] says.
    pub fn enrol(&self, terminal: &TerminalId, by: &Actor, now: UtcMillis) -> Result<(), GatewayError> {
        self.deciding(|| self.try_enrol(terminal, by, now))
    }

    fn try_enrol(&self, terminal: &TerminalId, by: &Actor, now: UtcMillis) -> Result<(), GatewayError> {
        if terminal.as_str().starts_with(RESERVED_PREFIX) {
            return Err(Refusal::BadDirective(format!(
                "names that begin with {RESERVED_PREFIX} are reserved"
            ))
            .into());
        }
        if self.load_terminal(terminal)?.is_some() {
            return Ok(());
        }
        let record = TerminalRecord::default();
        let mut changes = vec![
            store::put(Collection::Terminal, terminal.as_str(), Expect::Absent, &record)?,
            self.act_record(by, "enrol", terminal.as_str(), now)?,
        ];
        if let Some(pack) = self.rule_pack(now)? {
            let (_, change) = self.durable(terminal, &MessageBody::RulePack(Box::new(pack)), now)?;
            changes.push(change);
        }
        // It may be one that this store has forgotten: it has to show its rows like every other.
        changes.extend(self.count_one_more()?);
        changes.extend(self.seal_keys_for(terminal, now)?);
        Ok(self.store.commit(&changes)?)
    }

    /// Allows a terminal to serve at its place, or forbids it.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`], or what [`GatewayError`] says.
    pub fn activate(
        &self,
        terminal: &TerminalId,
        activate: &Activate,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Sent, GatewayError> {
        activate.location.validate().map_err(|error| Refusal::BadDirective(error.to_string()))?;
        // A serving process writes the same record with every batch.
        self.deciding(|| self.try_activate(terminal, activate, Vec::new(), by, now))
    }

    /// Writes the activation together with `changes`.
    pub(crate) fn try_activate(
        &self,
        terminal: &TerminalId,
        activate: &Activate,
        mut changes: Vec<Change>,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Sent, GatewayError> {
        let activated = local_date(now)
            .ok_or_else(|| Refusal::BadDirective("the gateway's clock is beyond the calendar".into()))?;
        if activate.active {
            self.check_notice(activate.notified.0, activated, now)?;
        }
        let lane = self.lane(terminal);
        let _turn = lane.lock().unwrap_or_else(PoisonError::into_inner);
        let mut record = self.load_terminal(terminal)?.ok_or(Refusal::NotEnrolled)?;
        let body = MessageBody::Activation {
            active: activate.active,
            location: activate.location.clone(),
            notified: activate.notified,
            activated: Day(activated),
        };
        let (message_id, message) = self.durable(terminal, &body, now)?;
        let expect = record.expect();
        record.value.active = activate.active;
        record.value.place = Some(activate.location.clone());
        let put = store::put(Collection::Terminal, terminal.as_str(), expect, &record.value)?;
        let act = if activate.active { "activate" } else { "deactivate" };
        changes.extend([put, message, self.act_record(by, act, terminal.as_str(), now)?]);
        self.store.commit(&changes)?;
        self.sent(terminal.clone(), message_id)
    }

    /// Before so many business days have passed since the notice no terminal serves. Without a rule pack the
    /// Rules' own ten days count, weekends alone off.
    fn check_notice(&self, notified: Date, today: Date, now: UtcMillis) -> Result<(), GatewayError> {
        match self.earliest_service(notified, now)? {
            Some(earliest) if earliest <= today => Ok(()),
            Some(earliest) => Err(ActivationRefusal::TooEarly { notified, earliest }.into()),
            None => Err(Refusal::BadDirective("the day of the notice is beyond the calendar".into()).into()),
        }
    }

    /// First day of service after a notice; `None`: beyond the calendar.
    pub(crate) fn earliest_service(
        &self,
        notified: Date,
        now: UtcMillis,
    ) -> Result<Option<Date>, GatewayError> {
        Ok(match self.rule_pack(now)? {
            Some(pack) => pack.earliest_after_notice(notified),
            None => WEEKENDS_ONLY.after_business_days(notified, NOTICE_BUSINESS_DAYS),
        })
    }

    /// Orders cash to be brought or taken.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`] for an order that makes no sense, [`Refusal::NotEnrolled`].
    pub fn order(
        &self,
        terminal: &TerminalId,
        order: &Order,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<(OrderId, Sent), GatewayError> {
        self.deciding(|| self.try_order(terminal, order, by, now))
    }

    fn try_order(
        &self,
        terminal: &TerminalId,
        order: &Order,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<(OrderId, Sent), GatewayError> {
        let hours = order.hours.unwrap_or(24);
        check_order(order, hours, now).map_err(|why| Refusal::BadDirective(why.to_owned()))?;
        self.load_terminal(terminal)?.ok_or(Refusal::NotEnrolled)?;
        let id = OrderId(uuid(self.entropy.as_ref(), now)?);
        let body = MessageBody::CashOrder {
            order: id,
            collect: order.collect.clone(),
            add: order.add.clone(),
            expires: later(now, hours.saturating_mul(3600)),
            stacker: order.stacker,
            rejects: order.rejects,
            series: order.series.clone(),
        };
        let (message_id, message) = self.durable(terminal, &body, now)?;
        let act = self.act_record(by, "order", &format!("{terminal}/{id}"), now)?;
        self.store.commit(&[message, act])?;
        Ok((id, self.sent(terminal.clone(), message_id)?))
    }

    /// Has a terminal do something, once, before the command expires.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`]; [`Refusal::BadDirective`] for a life or a reason that makes no sense.
    pub fn command(
        &self,
        terminal: &TerminalId,
        command: &Command,
        minutes: u32,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Sent, GatewayError> {
        if !(1..=MAX_COMMAND_MINUTES).contains(&minutes) {
            return Err(Refusal::BadDirective("a command lives 1 to 10080 minutes".into()).into());
        }
        if let Command::OutOfService { reason } = command {
            let readable = (1..=200).contains(&reason.trim().chars().count());
            if !readable || reason.chars().any(char::is_control) {
                return Err(Refusal::BadDirective("say why, in 1 to 200 characters".into()).into());
            }
        }
        self.deciding(|| {
            self.load_terminal(terminal)?.ok_or(Refusal::NotEnrolled)?;
            let expires = later(now, minutes.saturating_mul(60));
            let body = MessageBody::Command { command: command.clone(), expires };
            let (message_id, message) = self.durable(terminal, &body, now)?;
            let act = self.act_record(by, command.code(), &format!("{terminal}/{message_id}"), now)?;
            self.store.commit(&[message, act])?;
            self.sent(terminal.clone(), message_id)
        })
    }

    /// Durable messages above a number, and the highest number there is.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`], or what [`GatewayError`] says.
    pub fn inbox(
        &self,
        terminal: &TerminalId,
        after: u64,
        now: UtcMillis,
    ) -> Result<(Vec<InboxItem>, u64), GatewayError> {
        self.attend(terminal, now)?;
        let messages = self.store.inbox(terminal, after, INBOX_LIMIT)?;
        Ok((messages, self.store.inbox_head(terminal)?))
    }

    pub(crate) fn durable(
        &self,
        terminal: &TerminalId,
        body: &MessageBody,
        now: UtcMillis,
    ) -> Result<(MessageId, Change), GatewayError> {
        let message_id = MessageId(uuid(self.entropy.as_ref(), now)?);
        let address =
            Address { message_id, terminal: terminal.clone(), session: None, in_reply_to: None, at: now };
        let jws = self.keys.message(&address, body)?;
        Ok((message_id, in_inbox(terminal, jws, now)))
    }

    pub(crate) fn sent(&self, terminal: TerminalId, message_id: MessageId) -> Result<Sent, GatewayError> {
        let n = self.store.inbox_head(&terminal)?;
        Ok(Sent { terminal, n, message_id })
    }
}

/// A message for an inbox. Its number is at least the millisecond of writing (see [`Change::Inbox`]).
pub(crate) fn in_inbox(terminal: &TerminalId, jws: String, now: UtcMillis) -> Change {
    Change::Inbox { terminal: terminal.clone(), jws, least: u64::try_from(now.0).unwrap_or(1) }
}

fn check_order(order: &Order, hours: u32, now: UtcMillis) -> Result<(), &'static str> {
    if order.add.is_empty() && order.collect.is_empty() && !order.stacker && !order.rejects {
        return Err("the order brings and takes nothing");
    }
    if !(1..=MAX_ORDER_HOURS).contains(&hours) {
        return Err("an order lives 1 to 168 hours");
    }
    let mut units: Vec<UnitNo> = order.add.iter().map(|stock| stock.unit).collect();
    units.sort_unstable();
    if units.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err("a cassette is named twice");
    }
    if order.add.iter().any(|stock| stock.notes == 0 || stock.denomination.0 == 0 || stock.unit.0 == 0) {
        return Err("cassette, denomination and notes are more than zero");
    }
    check_series(order, later(now, hours.saturating_mul(3600)))
}

/// The notes must be money until the order ends: whoever loads them would be refused at the terminal.
fn check_series(order: &Order, end: UtcMillis) -> Result<(), &'static str> {
    let mut units: Vec<UnitNo> = order.series.iter().map(|series| series.unit).collect();
    units.sort_unstable();
    if units.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err("the series of a cassette is stated twice");
    }
    if !units.iter().all(|unit| order.add.iter().any(|stock| stock.unit == *unit)) {
        return Err("a series is stated of a cassette that is not loaded");
    }
    let named = |series: &NoteSeries| {
        (1..=32).contains(&series.series.trim().chars().count())
            && !series.series.chars().any(char::is_control)
    };
    if !order.series.iter().all(named) {
        return Err("a series is named by 1 to 32 characters");
    }
    let last_day = local_date(end).map(Day);
    if !order.series.iter().all(|series| last_day.is_some_and(|day| series.holds_on(day))) {
        return Err("notes of a series are no money any more before the order ends");
    }
    Ok(())
}
