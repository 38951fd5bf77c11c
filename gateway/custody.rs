//! Archive, openings, events: their part of the configuration, and their commands.

use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use senim_domain::{Secret, TerminalId};
use senim_gateway_core::{Actor, Custody, OpeningLimits, Retention};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::now;
use crate::commands::{CommandError, Opened};

/// `[webhook]`: where events are posted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Address.
    pub url: String,
    /// Longest wait for an answer in milliseconds, 100 to 20,000.
    #[serde(default = "five_seconds")]
    pub timeout_ms: u64,
    /// Days after which an event that is not taken is put aside.
    #[serde(default = "week")]
    pub dead_after_days: u32,
}

const fn five_seconds() -> u64 {
    5000
}
const fn week() -> u32 {
    7
}
const fn month() -> u32 {
    30
}

/// `[feed]`: where events are fetched.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedConfig {
    /// A loopback address and port.
    pub listen: SocketAddr,
    /// File with the token that opens it, 32 characters or more.
    pub token_file: PathBuf,
    /// Days that events can be fetched.
    #[serde(default = "month")]
    pub days: u32,
}

impl FeedConfig {
    /// The token.
    ///
    /// # Errors
    /// [`CommandError::Environment`].
    pub fn token(&self) -> Result<Secret, CommandError> {
        let path = self.token_file.display();
        let text = std::fs::read_to_string(&self.token_file)
            .map_err(|error| CommandError::Environment(format!("{path}: {error}")))?;
        let token = Secret::new(text.trim().to_owned());
        if token.expose().len() < 32 {
            return Err(CommandError::Environment(format!("{path}: the token has less than 32 characters")));
        }
        Ok(token)
    }
}

/// What makes no sense in these sections; `None`: nothing.
#[must_use]
pub fn senseless(
    archive: &Retention,
    openings: &OpeningLimits,
    webhook: Option<&WebhookConfig>,
    feed: Option<&FeedConfig>,
) -> Option<&'static str> {
    let days = [
        archive.login_days,
        archive.face_days,
        archive.contract_days,
        archive.offer_days,
        archive.other_days,
        archive.stranger_days,
        archive.loose_days,
    ];
    let url = |url: &str| url.starts_with("http://") || url.starts_with("https://");
    let rules = [
        (days.iter().all(|days| (1..=36_525).contains(days)), "archive days are 1 to 36525"),
        (openings.per_person <= openings.total, "openings.per_person is not above openings.total"),
        (openings.total <= 10_000, "openings.total is 0 to 10000"),
        (webhook.is_none_or(|hook| url(&hook.url)), "webhook.url is an http or https address"),
        (
            webhook.is_none_or(|hook| (100..=20_000).contains(&hook.timeout_ms)),
            "webhook.timeout_ms is 100 to 20000",
        ),
        (
            webhook.is_none_or(|hook| (1..=365).contains(&hook.dead_after_days)),
            "webhook.dead_after_days is 1 to 365",
        ),
        // An event must still be in the feed when it is put aside.
        (
            webhook.is_none_or(|hook| hook.dead_after_days < feed.map_or(month(), |feed| feed.days)),
            "webhook.dead_after_days is below feed.days",
        ),
        (feed.is_none_or(|feed| feed.listen.ip().is_loopback()), "feed.listen is a loopback address"),
        (feed.is_none_or(|feed| (1..=3650).contains(&feed.days)), "feed.days is 1 to 3650"),
    ];
    rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule)
}

/// The core's settings.
#[must_use]
pub fn settings(
    archive: &Retention,
    openings: &OpeningLimits,
    webhook: Option<&WebhookConfig>,
    feed: Option<&FeedConfig>,
) -> Custody {
    Custody {
        retention: archive.clone(),
        openings: *openings,
        webhook: webhook.is_some(),
        dead_after_days: webhook.map_or(week(), |hook| hook.dead_after_days),
        feed_days: feed.map_or(month(), |feed| feed.days),
    }
}

/// `open`: writes an opened document to a new file that only its owner can read.
///
/// # Errors
/// [`CommandError`].
pub fn open(
    opened: &Opened,
    actor: &Actor,
    terminal: &str,
    sha256: &str,
    out: &Path,
) -> Result<Value, CommandError> {
    let terminal: TerminalId =
        terminal.parse().map_err(|error| CommandError::Usage(format!("{terminal}: {error}")))?;
    let failed = |error| CommandError::Environment(format!("{}: {error}", out.display()));
    // The file first: an opening is not spent on a path that cannot be written.
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(out).map_err(failed)?;
    let plain = match opened.gateway.open_document(actor, &terminal, sha256, now()) {
        Ok(plain) => plain,
        Err(error) => {
            let _ = std::fs::remove_file(out);
            return Err(error.into());
        }
    };
    file.write_all(plain.expose()).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(json!({"terminal": terminal, "sha256": sha256, "out": out, "bytes": plain.expose().len()}))
}

/// `archive due`: what the next round erases, and what waits.
///
/// # Errors
/// [`CommandError`].
pub fn due(opened: &Opened) -> Result<Value, CommandError> {
    let due = opened.gateway.archive_due(now())?;
    Ok(json!({"due": due}))
}

/// `archive erase`: one document, or everything that is due.
///
/// # Errors
/// [`CommandError`].
pub fn erase(
    opened: &Opened,
    actor: &Actor,
    document: Option<&str>,
    early: bool,
) -> Result<Value, CommandError> {
    match document {
        Some(document) => {
            opened.gateway.erase_document(actor, document, early, now())?;
            Ok(json!({"erased": [document]}))
        }
        None => {
            let report = opened.gateway.erase_due(Some(actor), now())?;
            serde_json::to_value(report).map_err(|error| CommandError::Environment(error.to_string()))
        }
    }
}

/// `archive hold`: puts a document under a hold, or lifts it.
///
/// # Errors
/// [`CommandError`].
pub fn hold(opened: &Opened, actor: &Actor, document: &str, lift: bool) -> Result<Value, CommandError> {
    opened.gateway.hold_document(actor, document, !lift, now())?;
    Ok(json!({"document": document, "hold": !lift}))
}

/// `archive close-loan`: the obligations of a loan have ended.
///
/// # Errors
/// [`CommandError`].
pub fn close_loan(opened: &Opened, actor: &Actor, loan: &str) -> Result<Value, CommandError> {
    let id: senim_domain::LoanId =
        loan.parse().map_err(|_| CommandError::Usage(format!("{loan}: a loan is a UUID")))?;
    opened.gateway.close_loan(actor, id, now())?;
    Ok(json!({"loan": loan, "state": "closed"}))
}

/// `archive rotate-key`: a new wrapping key, and every content key under it.
///
/// # Errors
/// [`CommandError`].
pub fn rotate_key(opened: &Opened, actor: &Actor) -> Result<Value, CommandError> {
    let wrap = opened.keys.wrap_keys().map_err(|error| CommandError::Environment(error.to_string()))?;
    wrap.make_next().map_err(|error| CommandError::Environment(error.to_string()))?;
    let report = opened.gateway.rewrap_keys(actor, now())?;
    serde_json::to_value(report).map_err(|error| CommandError::Environment(error.to_string()))
}

/// `archive retire-keys`: destroys every wrapping key that nothing needs any more.
///
/// # Errors
/// [`CommandError`].
pub fn retire_keys(opened: &Opened, actor: &Actor) -> Result<Value, CommandError> {
    let failed = |error: senim_gateway_core::VaultError| CommandError::Environment(error.to_string());
    let wrap = opened.keys.wrap_keys().map_err(|error| CommandError::Environment(error.to_string()))?;
    opened.gateway.rewrap_keys(actor, now())?;
    let mut destroyed = Vec::new();
    let numbers = wrap.numbers().map_err(failed)?;
    for number in numbers.iter().take(numbers.len().saturating_sub(1)) {
        let kek = format!("{number:06}");
        opened.gateway.may_retire_wrap_key(&kek)?;
        wrap.destroy(&kek).map_err(failed)?;
        destroyed.push(kek);
    }
    Ok(json!({"destroyed": destroyed}))
}

/// `feed dead`: events that the webhook did not take.
///
/// # Errors
/// [`CommandError`].
pub fn dead(opened: &Opened) -> Result<Value, CommandError> {
    Ok(json!({"dead": opened.gateway.dead_letters()?}))
}

/// `feed retry`: has one of them tried once more.
///
/// # Errors
/// [`CommandError`].
pub fn retry(opened: &Opened, actor: &Actor, n: u64) -> Result<Value, CommandError> {
    opened.gateway.retry_dead_letter(actor, n, now())?;
    Ok(json!({"n": n, "retried": true}))
}
