//! What the command line does, apart from reading it: every command gives one JSON document or an error with a cause.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use senim_domain::cash::{Denomination, FoundPlace, SettledNotes, UnitNo, UnitStock};
use senim_domain::ids::reference;
use senim_domain::rule_pack::RulePack;
use senim_domain::{ClientId, LoanId, PayoutRequestId, Secret, SettlementId, TerminalId, UtcMillis};
use senim_gateway_core::connectors::{Connectors, SecondCopy};
use senim_gateway_core::directives::{Activate, Order};
use senim_gateway_core::entropy::SystemEntropy;
use senim_gateway_core::{Actor, Count, Gateway, GatewayError, Roles, Settings, Webhook};
use senim_operation::body::DenominationCount;
use senim_operation::message::Command;
use serde_json::{Value, json};

use crate::certificates::KeyDirectory;
use crate::clock::now;
use crate::config::Config;
use crate::connectors::connect;
use crate::custody;
use crate::est::{self, Est};
use crate::guard::Limits;
use crate::metrics::Metrics;
use crate::second_copy::Directory;
use crate::serve;
use crate::staff::{self, Staff};
use crate::store::{self, StoreAddress};
use crate::webhook::HttpHook;

mod connectors;
mod consents;
mod evidence;

pub use connectors::{ConnectorCheckArguments, check_connectors};
pub use consents::{decide_revocation, revocations};
pub use evidence::{dossier, revoke_seal_key, rotate_seal_key, seal_keys, verify};

/// How a command can fail, by exit code.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// What was asked makes no sense: exit 2.
    #[error("{0}")]
    Usage(String),
    /// The machine, a file or a service: exit 4.
    #[error("{0}")]
    Environment(String),
}

impl CommandError {
    fn environment(error: impl std::fmt::Display) -> Self {
        Self::Environment(error.to_string())
    }

    fn usage(error: impl std::fmt::Display) -> Self {
        Self::Usage(error.to_string())
    }

    /// The exit code.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Environment(_) => 4,
        }
    }
}

impl From<GatewayError> for CommandError {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::Refused(refusal) => Self::usage(refusal),
            GatewayError::Store(_)
            | GatewayError::Key(_)
            | GatewayError::Vault(_)
            | GatewayError::NoEntropy(_)
            | GatewayError::Internal(_) => Self::environment(error),
        }
    }
}

/// A gateway with everything around it that a configuration names.
pub struct Opened {
    /// The MFO.
    pub gateway: Gateway,
    /// Its keys and certificates.
    pub keys: KeyDirectory,
    /// What was configured.
    pub config: Config,
}

/// Opens store and keys.
///
/// # Errors
/// [`CommandError`].
pub fn open(config: &Path) -> Result<Opened, CommandError> {
    let config = Config::read(config).map_err(CommandError::environment)?;
    let keys = KeyDirectory::open(&config.keys, now()).map_err(CommandError::environment)?;
    let store = store::open(&config.store, &config.postgres()).map_err(CommandError::environment)?;
    let settings = Settings { profile: config.profile, offer_life_seconds: config.offer_life_seconds };
    let gateway = Gateway::new(
        store,
        keys.keys().map_err(CommandError::environment)?,
        connectors(&config)?,
        Box::new(SystemEntropy::default()),
        settings,
    )
    .with_custody(custody::settings(
        &config.archive,
        &config.openings,
        config.webhook.as_ref(),
        config.feed.as_ref(),
    ))
    .with_authority(Box::new(keys.authority(config.certificate_days())));
    Ok(Opened { gateway, keys, config })
}

fn connectors(config: &Config) -> Result<Connectors, CommandError> {
    let mut connectors = connect(&config.connectors).map_err(CommandError::environment)?;
    connectors.second_copy =
        config.second_copy.clone().map(|path| Box::new(Directory::new(path)) as Box<dyn SecondCopy>);
    Ok(connectors)
}

/// What the server needs to run.
pub struct Server {
    /// The MFO.
    pub gateway: Arc<Gateway>,
    /// TLS.
    pub tls: Arc<ServerConfig>,
    /// Where to listen.
    pub listen: std::net::SocketAddr,
    /// Enrolment, where it is configured.
    pub est: Option<EstServer>,
    /// What is measured.
    pub metrics: Arc<Metrics>,
    /// The desk's pages, where they are configured.
    pub staff: Option<Staff>,
    /// Limits against hostile input.
    pub limits: Limits,
    /// Where events are posted.
    pub webhook: Option<Arc<dyn Webhook>>,
    /// Where events are fetched, and the token that opens it.
    pub feed: Option<(std::net::SocketAddr, Secret)>,
}

/// What the enrolment listener needs to run.
pub struct EstServer {
    /// What is served.
    pub est: Arc<Est>,
    /// TLS.
    pub tls: Arc<ServerConfig>,
    /// Where to listen.
    pub listen: std::net::SocketAddr,
}

/// Prepares the server.
///
/// # Errors
/// [`CommandError`].
pub fn prepare_server(opened: Opened) -> Result<Server, CommandError> {
    let identity = opened.keys.server(&opened.config.names).map_err(CommandError::environment)?;
    let (ca, crl) = (opened.keys.ca_pem(), opened.keys.crl_pem());
    let tls = serve::tls_with_crl(ca, crl, &identity).map_err(CommandError::environment)?;
    let (gateway, metrics) = (Arc::new(opened.gateway), Arc::<Metrics>::default());
    metrics.certificate_expires(opened.keys.nearest_expiry(&identity));
    let est = match &opened.config.est {
        None => None,
        Some(config) => {
            let est = Est::new(Arc::clone(&gateway), &opened.keys).map_err(CommandError::environment)?;
            let ca = opened.keys.ca_der().map_err(CommandError::environment)?;
            let tls = est::tls(&identity, &ca).map_err(CommandError::environment)?;
            Some(EstServer { est: Arc::new(est), tls, listen: config.listen })
        }
    };
    let config = opened.config;
    let staff = config.staff.as_ref();
    let staff = staff.map(|config| staff::prepare(config, &gateway, &metrics, &identity)).transpose()?;
    let webhook = config.webhook.as_ref().map(|hook| {
        Arc::new(HttpHook::new(&hook.url, Duration::from_millis(hook.timeout_ms))) as Arc<dyn Webhook>
    });
    let feed = match &config.feed {
        Some(feed) => Some((feed.listen, feed.token()?)),
        None => None,
    };
    Ok(Server {
        gateway,
        tls,
        listen: config.listen,
        metrics,
        staff,
        est,
        limits: config.limits,
        webhook,
        feed,
    })
}

/// `enrol`: a terminal's key and certificates in a directory.
///
/// # Errors
/// [`CommandError`].
pub fn enrol(opened: &Opened, terminal: &str, out: &Path, by: &Actor) -> Result<Value, CommandError> {
    let terminal: TerminalId = terminal.parse().map_err(CommandError::usage)?;
    let moment = now();
    opened.gateway.enrol(&terminal, by, moment)?;
    let (issued, key) =
        opened.keys.write_terminal(&terminal, out, moment).map_err(CommandError::environment)?;
    opened.gateway.enter_certificate(&terminal, &issued, &key, moment)?;
    let dir = out.display().to_string();
    Ok(json!({"terminal": terminal, "dir": dir, "serial": issued.serial, "not_after": issued.not_after}))
}

/// `enrol --code`: a one-time code for a technician, in groups of four.
///
/// # Errors
/// [`CommandError`].
pub fn enrolment_code(
    opened: &Opened,
    terminal: &str,
    hours: u32,
    by: &Actor,
) -> Result<Value, CommandError> {
    let terminal: TerminalId = terminal.parse().map_err(CommandError::usage)?;
    let life = hours.saturating_mul(3600);
    let (code, expires) = opened.gateway.enrolment_code(&terminal, by, life, now())?;
    let groups: Vec<String> =
        code.expose().as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
    let ca = opened.keys.ca_der().map_err(CommandError::environment)?;
    let fingerprint: String = ring::digest::digest(&ring::digest::SHA256, &ca)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(json!({"terminal": terminal, "code": groups.join("-"), "expires": expires, "ca_sha256": fingerprint}))
}

/// `revoke`: certificates that do not count any more.
///
/// # Errors
/// [`CommandError`].
pub fn revoke(
    opened: &Opened,
    terminal: &str,
    serial: Option<&str>,
    by: &Actor,
) -> Result<Value, CommandError> {
    let terminal: TerminalId = terminal.parse().map_err(CommandError::usage)?;
    let moment = now();
    opened.gateway.revoke(&terminal, serial, by, moment)?;
    Ok(json!({"terminal": terminal, "serial": serial, "revoked": moment}))
}

/// `admin rule-pack`: publishes a file.
///
/// # Errors
/// [`CommandError`].
pub fn rule_pack(opened: &Opened, file: &Path, by: &Actor) -> Result<Value, CommandError> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| CommandError::environment(format!("{}: {error}", file.display())))?;
    let pack: RulePack = serde_json::from_str(&text)
        .map_err(|error| CommandError::usage(format!("{}: {error}", file.display())))?;
    let version = pack.version;
    let sent = opened.gateway.publish_rule_pack(pack, by, now())?;
    Ok(json!({"version": version, "sent": sent}))
}

/// The date in Kazakhstan.
///
/// # Errors
/// [`CommandError`] when the clock is beyond the calendar.
pub fn today() -> Result<jiff::civil::Date, CommandError> {
    senim_domain::calendar::local_date(now()).ok_or_else(|| CommandError::environment("the clock is wrong"))
}

/// `admin activate`.
///
/// # Errors
/// [`CommandError`].
pub fn activate(
    opened: &Opened,
    terminal: &str,
    activate: &Activate,
    by: &Actor,
) -> Result<Value, CommandError> {
    let terminal = terminal.parse().map_err(CommandError::usage)?;
    let sent = opened.gateway.activate(&terminal, activate, by, now())?;
    serde_json::to_value(sent).map_err(CommandError::environment)
}

/// `admin order`.
///
/// # Errors
/// [`CommandError`].
pub fn order(opened: &Opened, terminal: &str, order: &Order, by: &Actor) -> Result<Value, CommandError> {
    let terminal = terminal.parse().map_err(CommandError::usage)?;
    let (id, sent) = opened.gateway.order(&terminal, order, by, now())?;
    let (number, terminal) = (reference(&id), sent.terminal);
    Ok(
        json!({"order": id, "number": number, "terminal": terminal, "n": sent.n, "message_id": sent.message_id}),
    )
}

/// `admin repayments`: money that is held or waits, and notes in doubt.
///
/// # Errors
/// [`CommandError`].
pub fn repayments(opened: &Opened) -> Result<Value, CommandError> {
    let held = opened.gateway.held_money()?;
    let doubts = opened.gateway.notes_in_doubt()?;
    Ok(json!({"held": held, "notes_in_doubt": doubts}))
}

/// `backup`: a copy of the SQLite store, beside a running `serve`.
///
/// # Errors
/// [`CommandError`].
pub fn backup(config: &Path, out: &Path) -> Result<Value, CommandError> {
    match Config::read(config).map_err(CommandError::environment)?.store {
        StoreAddress::Sqlite(path) => {
            let bytes = store::backup(&path, out).map_err(CommandError::environment)?;
            Ok(json!({"out": out.display().to_string(), "bytes": bytes}))
        }
        StoreAddress::Postgres(_) => Err(CommandError::usage(
            "the store is in PostgreSQL: back it up with pg_dump or pg_basebackup, as the operator's guide says",
        )),
    }
}

/// An order from a file, or from `unit:denomination:notes` and unit numbers.
///
/// # Errors
/// [`CommandError`].
pub fn read_order(
    file: Option<&PathBuf>,
    add: &[String],
    collect: &[u8],
    (stacker, rejects): (bool, bool),
    hours: Option<u32>,
) -> Result<Order, CommandError> {
    if let Some(file) = file {
        let about = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = std::fs::read_to_string(file).map_err(|error| CommandError::environment(about(&error)))?;
        return serde_json::from_str(&text).map_err(|error| CommandError::usage(about(&error)));
    }
    let add = add
        .iter()
        .map(|text| {
            read_stock(text)
                .ok_or_else(|| CommandError::usage(format!("{text}: write unit:denomination:notes")))
        })
        .collect::<Result<_, _>>()?;
    let collect = collect.iter().map(|unit| UnitNo(*unit)).collect();
    Ok(Order { add, collect, stacker, rejects, hours, ..Order::default() })
}

fn read_stock(text: &str) -> Option<UnitStock> {
    let mut parts = text.split(':');
    let unit = UnitNo(parts.next()?.parse().ok()?);
    let denomination = Denomination(parts.next()?.parse().ok()?);
    let notes = parts.next()?.parse().ok()?;
    parts.next().is_none().then_some(UnitStock { unit, denomination, notes })
}

/// Who acts and why, from the command line.
///
/// # Errors
/// [`CommandError::Usage`].
pub fn actor(by: &str, reason: &str) -> Result<Actor, CommandError> {
    Actor::new(by, reason).map_err(CommandError::usage)
}

/// A command by its code; the reason goes with those that have one.
#[must_use]
pub fn read_command(code: &str, reason: &str) -> Option<Command> {
    let all = [
        Command::TakeCheckpoint,
        Command::Restart,
        Command::OutOfService { reason: reason.chars().take(200).collect() },
        Command::BackInService,
        Command::SendTelemetry,
    ];
    all.into_iter().find(|command| command.code() == code)
}

/// `admin command`.
///
/// # Errors
/// [`CommandError`].
pub fn command(
    opened: &Opened,
    terminal: &str,
    command: &str,
    minutes: u32,
    by: &Actor,
) -> Result<Value, CommandError> {
    let terminal = terminal.parse().map_err(CommandError::usage)?;
    let command = read_command(command, by.reason())
        .ok_or_else(|| CommandError::usage(format!("{command}: there is no such command")))?;
    let sent = opened.gateway.command(&terminal, &command, minutes, by, now())?;
    serde_json::to_value(sent).map_err(CommandError::environment)
}

/// What `admin settle` is asked to do.
pub enum SettleStep {
    /// Show the evidence.
    Show,
    /// Propose by this count.
    Propose(Count),
    /// Confirm this proposal.
    Confirm(SettlementId),
}

/// `admin settle`: the evidence, a proposal, or its confirmation by a second person.
///
/// # Errors
/// [`CommandError`].
pub fn settle(
    opened: &Opened,
    loan: LoanId,
    request: PayoutRequestId,
    step: &SettleStep,
    by: Option<&Actor>,
) -> Result<Value, CommandError> {
    let gateway = &opened.gateway;
    let by = || by.ok_or_else(|| CommandError::usage("say who decides and why: --by NAME --reason TEXT"));
    let document = match step {
        SettleStep::Show => serde_json::to_value(gateway.payout_case(loan, request)?),
        SettleStep::Propose(count) => {
            serde_json::to_value(gateway.propose_settlement(loan, request, count, by()?, now())?)
        }
        SettleStep::Confirm(proposal) => {
            serde_json::to_value(gateway.confirm_settlement(loan, request, *proposal, by()?, now())?)
        }
    };
    document.map_err(CommandError::environment)
}

/// `denomination:notes` given, and `denomination:reject|retract|UNIT:notes` found.
///
/// # Errors
/// [`CommandError::Usage`].
pub fn read_count(given: &[String], found: &[String]) -> Result<Count, CommandError> {
    let wrong = |text: &String, form: &str| CommandError::usage(format!("{text}: write {form}"));
    let read_given = |text: &String| {
        let (denomination, notes) = text.split_once(':')?;
        let denomination = Denomination(denomination.parse().ok()?);
        Some(DenominationCount { denomination, notes: notes.parse().ok()? })
    };
    let read_found = |text: &String| {
        let [denomination, place, notes] = text.splitn(3, ':').collect::<Vec<_>>().try_into().ok()?;
        let (place, unit) = match place {
            "reject" => (FoundPlace::RejectUnit, None),
            "retract" => (FoundPlace::RetractUnit, None),
            unit => (FoundPlace::Cassette, Some(UnitNo(unit.parse().ok()?))),
        };
        let denomination = Denomination(denomination.parse().ok()?);
        Some(SettledNotes { denomination, notes: notes.parse().ok()?, place, unit })
    };
    let form = "denomination:reject|retract|UNIT:notes";
    Ok(Count {
        given: given
            .iter()
            .map(|text| read_given(text).ok_or_else(|| wrong(text, "denomination:notes")))
            .collect::<Result<_, _>>()?,
        found: found
            .iter()
            .map(|text| read_found(text).ok_or_else(|| wrong(text, form)))
            .collect::<Result<_, _>>()?,
    })
}

/// What `admin flag` is about.
pub enum Flagged {
    /// A loan.
    Loan(LoanId),
    /// A terminal, with the SHA-256 of the evidence that was looked at.
    Terminal(TerminalId, Option<String>),
}

/// `admin flag`: sets or lifts a flag.
///
/// # Errors
/// [`CommandError`].
pub fn flag(opened: &Opened, of: &Flagged, set: bool, by: &Actor) -> Result<Value, CommandError> {
    match of {
        Flagged::Loan(loan) => {
            opened.gateway.flag_loan(*loan, set, by, now())?;
            Ok(json!({"loan": loan, "suspect": set}))
        }
        Flagged::Terminal(terminal, seen) => {
            let goes_on = opened.gateway.flag_terminal(terminal, set, seen.as_deref(), by, now())?;
            Ok(json!({"terminal": terminal, "quarantined": set, "goes_on_behind": goes_on.head}))
        }
    }
}

/// `admin card-lost`: a client's card opens nothing any more.
///
/// # Errors
/// [`CommandError`].
pub fn card_lost(opened: &Opened, client: ClientId, by: &Actor) -> Result<Value, CommandError> {
    let lost = opened.gateway.report_card_lost(client, by, now())?;
    Ok(json!({"client": client, "serial": lost.serial, "bound": lost.bound, "ended": lost.ended}))
}

/// `admin flag --list`: payouts in doubt, frozen loans, quarantined terminals with their evidence.
///
/// # Errors
/// [`CommandError`].
pub fn flags(opened: &Opened) -> Result<Value, CommandError> {
    let gateway = &opened.gateway;
    let doubts: Vec<_> = gateway.doubts("", 10_000)?.into_iter().map(|(_, doubt)| doubt).collect();
    let loans: Vec<_> = gateway
        .flagged_loans()?
        .into_iter()
        .map(|(loan, flag)| json!({"loan": loan, "at": flag.at, "by": flag.by}))
        .collect();
    let mut terminals = Vec::new();
    for entry in gateway.fleet("", usize::MAX)? {
        if let Some(why) = entry.record.quarantined {
            let evidence: Vec<_> = gateway
                .evidence(&entry.terminal)?
                .into_iter()
                .map(|kept| json!({"sha256": kept.sha256, "at": kept.at, "why": kept.why}))
                .collect();
            terminals.push(json!({"terminal": entry.terminal, "why": why, "evidence": evidence}));
        }
    }
    Ok(json!({"payouts_in_doubt": doubts, "loans": loans, "terminals": terminals}))
}

/// `staff add`. The word and the address of the codes are shown once.
///
/// # Errors
/// [`CommandError`].
pub fn add_staff(opened: &Opened, name: &str, roles: &Roles, by: &Actor) -> Result<Value, CommandError> {
    let given = opened.gateway.add_staff(name, roles, by, now())?;
    Ok(json!({"name": name, "roles": roles, "word": given.word.expose(), "codes": given.codes.expose()}))
}

/// `staff remove`.
///
/// # Errors
/// [`CommandError`].
pub fn remove_staff(opened: &Opened, name: &str, by: &Actor) -> Result<Value, CommandError> {
    opened.gateway.remove_staff(name, by, now())?;
    Ok(json!({"name": name, "removed": true}))
}

/// `admin trail`: acts since a day or a moment, newest first; exit code 1 where the trail is broken.
///
/// # Errors
/// [`CommandError`].
pub fn trail(opened: &Opened, since: Option<&str>, limit: usize) -> Result<(Value, u8), CommandError> {
    let since = since.map(moment).transpose()?.unwrap_or(UtcMillis(0));
    let trail = opened.gateway.trail(since, None, limit)?;
    let code = u8::from(!trail.broken.is_empty());
    Ok((serde_json::to_value(trail).map_err(CommandError::environment)?, code))
}

/// `2026-03-02` (its beginning in Kazakhstan) or `2026-03-02T07:00:00Z`.
fn moment(text: &str) -> Result<UtcMillis, CommandError> {
    let moment = match text.parse::<jiff::Timestamp>() {
        Ok(moment) => Some(moment.as_millisecond()),
        Err(_) => {
            let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(5));
            let day = text.parse::<jiff::civil::Date>().ok();
            day.and_then(|day| day.to_zoned(zone).ok()).map(|start| start.timestamp().as_millisecond())
        }
    };
    moment
        .map(UtcMillis)
        .ok_or_else(|| CommandError::usage(format!("{text}: write 2026-03-02 or 2026-03-02T07:00:00Z")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_from_the_command_line() {
        let order =
            read_order(None, &["1:5000:100".into(), "2:2000:50".into()], &[3], (false, true), Some(8))
                .unwrap();
        assert_eq!(order.add.len(), 2);
        assert_eq!(order.add[0], UnitStock { unit: UnitNo(1), denomination: Denomination(5000), notes: 100 });
        assert_eq!((order.collect, order.hours, order.rejects), (vec![UnitNo(3)], Some(8), true));
        for wrong in ["1:5000", "1:5000:x", "300:5000:1", "1:5000:1:1", ""] {
            assert_eq!(
                read_order(None, &[wrong.into()], &[], (false, false), None).unwrap_err().exit_code(),
                2,
                "{wrong}"
            );
        }
    }
}
