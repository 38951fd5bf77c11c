//! The command line of the MFO's server: one JSON document on stdout, text for people on stderr.
//!
//! Exit codes: 0 good, 1 finding, 2 usage, 3 incomplete evidence, 4 environment.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use senim_domain::{LoanId, PayoutRequestId, SettlementId, TerminalId};
use senim_gateway::commands::{self, CommandError, Flagged, Opened, SettleStep};
use senim_gateway::desk::listener;
use senim_gateway::quotation::{self, QuoteArguments};
use senim_gateway::recovery::{
    self, ImportArguments, RestoreArguments, RewindArguments, SuccessionArguments,
};
use senim_gateway::{custody, est, feed, serve};
use senim_gateway_core::Actor;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use uuid::Uuid;

/// The MFO's server of Senim loan terminals.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve terminals.
    Serve(Configured),
    /// Enter a terminal: a one-time code for its technician, or a rig's key and certificates in a directory.
    Enrol {
        #[command(flatten)]
        configured: Configured,
        /// Terminal's name: 1–32 of a–z 0–9 -.
        #[arg(long)]
        terminal: String,
        /// Directory to write to.
        #[arg(long, required_unless_present = "code", conflicts_with = "code")]
        out: Option<PathBuf>,
        /// Make a one-time code.
        #[arg(long)]
        code: bool,
        /// Life of the code in hours.
        #[arg(long, default_value_t = 24)]
        hours: u32,
        #[command(flatten)]
        staff: Staff,
    },
    /// Let a terminal's certificates count no more; what they signed before still does.
    Revoke {
        #[command(flatten)]
        configured: Configured,
        /// Terminal's name.
        #[arg(long)]
        terminal: String,
        /// One certificate alone, by its serial number.
        #[arg(long)]
        serial: Option<String>,
        #[command(flatten)]
        staff: Staff,
    },
    /// Declare that the store was put back from a back-up, or say how the restoring stands.
    Restore(RestoreArguments),
    /// Take unsent rows and attachments from the disk of a terminal whose board died.
    Import(ImportArguments),
    /// Copy the SQLite store, beside a running `serve`.
    Backup {
        #[command(flatten)]
        configured: Configured,
        /// File to write; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
    /// What the MFO decides.
    #[command(subcommand)]
    Admin(Admin),
    /// Who may sign in to the desk's pages.
    #[command(subcommand)]
    Staff(Accounts),
    /// Open a sealed document; it is counted and written down.
    Open {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        staff: Staff,
        /// Terminal's name.
        #[arg(long)]
        terminal: String,
        /// SHA-256 of the sealed document, base64url.
        #[arg(long)]
        sha256: String,
        /// File to write to; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
    /// The archive of documents.
    #[command(subcommand)]
    Archive(Archive),
    /// Events for the MFO's other systems.
    #[command(subcommand)]
    Feed(Feed),
    /// The keys that terminals seal personal data to.
    #[command(subcommand)]
    SealKey(SealKey),
    /// Write everything about one operation, with proofs, into a directory.
    Dossier {
        #[command(flatten)]
        configured: Configured,
        /// Terminal's name.
        #[arg(long)]
        terminal: String,
        /// The operation: its number in the terminal's journal, its UUID, or that of its loan or payout request.
        #[arg(long, value_name = "NUMBER|UUID")]
        operation: String,
        /// Directory to write to; new or empty.
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        staff: Staff,
    },
    /// Verify an exported journal or a dossier.
    Verify {
        /// Directory with operations.jsonl, checkpoint.note, jwks.json, range.json, or with dossier.jws.
        dir: PathBuf,
        /// The MFO's CA.
        #[arg(long)]
        trust: PathBuf,
        /// Size and root that are known from elsewhere.
        #[arg(long, value_name = "SIZE:ROOT")]
        expect: Option<String>,
    },
    /// Calculate a loan.
    Quote(QuoteArguments),
}

#[derive(Args)]
struct Configured {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
}

/// Who acts, and why: both go into the trail of acts.
#[derive(Args)]
struct Staff {
    /// Name of the member of staff.
    #[arg(long)]
    by: String,
    /// Why.
    #[arg(long)]
    reason: String,
}

impl Staff {
    fn actor(&self) -> Result<Actor, CommandError> {
        commands::actor(&self.by, &self.reason)
    }
}

#[derive(Subcommand)]
enum Accounts {
    /// Let somebody sign in, or give them a new word; it is shown once.
    Add(Account),
    /// Let them no more.
    Remove(Account),
}

#[derive(Args)]
struct Account {
    #[command(flatten)]
    configured: Configured,
    /// Name to sign in with, and to act under.
    #[arg(long)]
    name: String,
    #[command(flatten)]
    staff: Staff,
}

#[derive(Subcommand)]
enum SealKey {
    /// Make a key and have every terminal seal to it; the former ones end after the overlap.
    Rotate {
        #[command(flatten)]
        configured: Configured,
        /// Days that the new key lives.
        #[arg(long, default_value_t = 400)]
        days: u16,
        /// Days that the former keys may still be sealed to.
        #[arg(long, default_value_t = 30)]
        overlap_days: u16,
        #[command(flatten)]
        staff: Staff,
    },
    /// Have no terminal seal to a key any more.
    Revoke {
        #[command(flatten)]
        configured: Configured,
        /// The key's thumbprint.
        #[arg(long, allow_hyphen_values = true)]
        kid: String,
        #[command(flatten)]
        staff: Staff,
    },
    /// List the keys and the one in use.
    List {
        #[command(flatten)]
        configured: Configured,
    },
}

#[derive(Subcommand)]
enum Archive {
    /// What is due for erasure.
    Due(Configured),
    /// Erase one document, or everything that is due.
    Erase {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        staff: Staff,
        /// Name in the archive: terminal/sha256 or loan//loan.
        #[arg(long)]
        document: Option<String>,
        /// Before its time.
        #[arg(long, requires = "document")]
        early: bool,
    },
    /// Put a document under a hold: it is not erased whatever its time.
    Hold {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        staff: Staff,
        /// Name in the archive.
        #[arg(long)]
        document: String,
        /// Lift the hold instead.
        #[arg(long)]
        lift: bool,
    },
    /// The obligations of a loan have ended: the clock of keeping begins.
    CloseLoan {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        staff: Staff,
        /// Loan.
        #[arg(long)]
        loan: String,
    },
    /// Make a new wrapping key and wrap every content key under it.
    RotateKey {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        staff: Staff,
    },
    /// Destroy wrapping keys that nothing needs any more.
    RetireKeys {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        staff: Staff,
    },
}

#[derive(Subcommand)]
enum Feed {
    /// Events that the webhook did not take in time.
    Dead(Configured),
    /// Have one of them tried once more.
    Retry {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        staff: Staff,
        /// Its number.
        #[arg(long)]
        n: u64,
    },
}

#[derive(Subcommand)]
enum Admin {
    /// Publish a rule pack to every terminal.
    RulePack {
        #[command(flatten)]
        configured: Configured,
        /// The pack, JSON.
        file: PathBuf,
        #[command(flatten)]
        staff: Staff,
    },
    /// Allow a terminal to serve at its place.
    Activate {
        #[command(flatten)]
        configured: Configured,
        /// Terminal's name.
        #[arg(long)]
        terminal: String,
        /// Address on record.
        #[arg(long)]
        location: String,
        /// Forbid service instead.
        #[arg(long)]
        inactive: bool,
        #[command(flatten)]
        staff: Staff,
    },
    /// Order cash to be brought or taken.
    Order {
        #[command(flatten)]
        configured: Configured,
        /// Terminal's name.
        #[arg(long)]
        terminal: String,
        /// The order, JSON.
        #[arg(long, required_unless_present_any = ["add", "collect"], conflicts_with_all = ["add", "collect", "hours"])]
        file: Option<PathBuf>,
        /// unit:denomination:notes to load.
        #[arg(long, num_args = 1..)]
        add: Vec<String>,
        /// Units to empty.
        #[arg(long, num_args = 1..)]
        collect: Vec<u8>,
        /// Life of the order in hours.
        #[arg(long)]
        hours: Option<u32>,
        #[command(flatten)]
        staff: Staff,
    },
    /// Show a payout in doubt, propose by a count what became of it, or confirm what another person proposed.
    Settle {
        #[command(flatten)]
        configured: Configured,
        /// The loan.
        #[arg(long)]
        loan: Uuid,
        /// The payout.
        #[arg(long)]
        request: Uuid,
        /// denomination:notes that the borrower received in this payout in all.
        #[arg(long, num_args = 1..)]
        given: Vec<String>,
        /// denomination:reject|retract|UNIT:notes found in the machine.
        #[arg(long, num_args = 1.., requires = "given")]
        found: Vec<String>,
        /// Confirm this proposal.
        #[arg(long, conflicts_with_all = ["given", "found"])]
        confirm: Option<Uuid>,
        /// Name of the member of staff.
        #[arg(long, requires = "reason")]
        by: Option<String>,
        /// Why: the evidence.
        #[arg(long, requires = "by")]
        reason: Option<String>,
    },
    /// Freeze a loan or quarantine a terminal, lift that, or list what is frozen.
    Flag {
        #[command(flatten)]
        configured: Configured,
        /// The loan.
        #[arg(long, conflicts_with = "terminal", required_unless_present_any = ["terminal", "list"])]
        loan: Option<Uuid>,
        /// The terminal.
        #[arg(long)]
        terminal: Option<String>,
        /// Lift the flag.
        #[arg(long)]
        lift: bool,
        /// SHA-256 of the newest row kept as evidence: it was looked at.
        #[arg(long, requires = "terminal")]
        seen: Option<String>,
        /// List payouts in doubt, frozen loans, quarantined terminals.
        #[arg(long, conflicts_with_all = ["loan", "terminal", "lift"])]
        list: bool,
        /// Name of the member of staff.
        #[arg(long, requires = "reason", required_unless_present = "list")]
        by: Option<String>,
        /// Why.
        #[arg(long, requires = "by")]
        reason: Option<String>,
    },
    /// Have a terminal do something, once.
    Command {
        #[command(flatten)]
        configured: Configured,
        /// Terminal's name.
        #[arg(long)]
        terminal: String,
        /// takeCheckpoint, restart, outOfService (with the reason), backInService, sendTelemetry.
        #[arg(long = "do")]
        command: String,
        /// Life of the command in minutes.
        #[arg(long, default_value_t = 60)]
        minutes: u32,
        #[command(flatten)]
        staff: Staff,
    },
    /// List what staff did, newest first; exit code 1 where the trail was tampered with.
    Trail {
        #[command(flatten)]
        configured: Configured,
        /// From this day (2026-03-02) or moment (2026-03-02T07:00:00Z) on.
        #[arg(long)]
        since: Option<String>,
        /// At most so many acts.
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// Call a terminal to send its rows again, or stop waiting for it while restoring.
    Rewind(RewindArguments),
    /// Let a newly enrolled terminal take the place of one whose board died.
    Succession(SuccessionArguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "senim-gateway: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(command: Command) -> Result<u8, CommandError> {
    let document = match command {
        Command::Serve(configured) => return serve_until_told(open(&configured)?),
        Command::Enrol { configured, terminal, out: Some(out), staff, .. } => {
            commands::enrol(&open(&configured)?, &terminal, &out, &staff.actor()?)?
        }
        Command::Enrol { configured, terminal, out: None, hours, staff, .. } => {
            commands::enrolment_code(&open(&configured)?, &terminal, hours, &staff.actor()?)?
        }
        Command::Revoke { configured, terminal, serial, staff } => {
            commands::revoke(&open(&configured)?, &terminal, serial.as_deref(), &staff.actor()?)?
        }
        Command::Backup { configured, out } => commands::backup(&configured.config, &out)?,
        Command::Admin(Admin::RulePack { configured, file, staff }) => {
            commands::rule_pack(&open(&configured)?, &file, &staff.actor()?)?
        }
        Command::Admin(Admin::Activate { configured, terminal, location, inactive, staff }) => {
            commands::activate(&open(&configured)?, &terminal, !inactive, &location, &staff.actor()?)?
        }
        Command::Admin(Admin::Order { configured, terminal, file, add, collect, hours, staff }) => {
            let order = commands::read_order(file.as_ref(), &add, &collect, hours)?;
            commands::order(&open(&configured)?, &terminal, &order, &staff.actor()?)?
        }
        Command::Admin(Admin::Settle { configured, loan, request, given, found, confirm, by, reason }) => {
            let step = match confirm {
                Some(proposal) => SettleStep::Confirm(SettlementId(proposal)),
                None if given.is_empty() => SettleStep::Show,
                None => SettleStep::Propose(commands::read_count(&given, &found)?),
            };
            let by = by.zip(reason).map(|(by, reason)| commands::actor(&by, &reason)).transpose()?;
            let (loan, request) = (LoanId(loan), PayoutRequestId(request));
            commands::settle(&open(&configured)?, loan, request, &step, by.as_ref())?
        }
        Command::Admin(Admin::Flag { configured, loan, terminal, lift, seen, by, reason, .. }) => {
            let opened = open(&configured)?;
            let terminal = terminal.map(|name| name.parse::<TerminalId>()).transpose();
            let terminal = terminal.map_err(|error| CommandError::Usage(error.to_string()))?;
            let of = match (loan, terminal) {
                (Some(loan), _) => Some(Flagged::Loan(LoanId(loan))),
                (None, Some(terminal)) => Some(Flagged::Terminal(terminal, seen)),
                (None, None) => None,
            };
            match (of, by.zip(reason)) {
                (Some(of), Some((by, reason))) => {
                    commands::flag(&opened, &of, !lift, &commands::actor(&by, &reason)?)?
                }
                (_, _) => commands::flags(&opened)?,
            }
        }
        Command::Admin(Admin::Command { configured, terminal, command, minutes, staff }) => {
            commands::command(&open(&configured)?, &terminal, &command, minutes, &staff.actor()?)?
        }
        Command::Staff(Accounts::Add(Account { configured, name, staff })) => {
            commands::staff_account(&open(&configured)?, &name, true, &staff.actor()?)?
        }
        Command::Staff(Accounts::Remove(Account { configured, name, staff })) => {
            commands::staff_account(&open(&configured)?, &name, false, &staff.actor()?)?
        }
        Command::Admin(Admin::Trail { configured, since, limit }) => {
            let (trail, code) = commands::trail(&open(&configured)?, since.as_deref(), limit)?;
            print(&trail)?;
            return Ok(code);
        }
        Command::SealKey(SealKey::Rotate { configured, days, overlap_days, staff }) => {
            commands::rotate_seal_key(&open(&configured)?, (days, overlap_days), &staff.actor()?)?
        }
        Command::SealKey(SealKey::Revoke { configured, kid, staff }) => {
            commands::revoke_seal_key(&open(&configured)?, &kid, &staff.actor()?)?
        }
        Command::SealKey(SealKey::List { configured }) => commands::seal_keys(&open(&configured)?)?,
        Command::Dossier { configured, terminal, operation, out, staff } => {
            let by = staff.actor()?;
            commands::dossier(&open(&configured)?, &terminal, &operation, &out, &by)?
        }
        Command::Admin(Admin::Rewind(arguments)) => {
            recovery::rewind(&open_file(&arguments.config)?, &arguments)?
        }
        Command::Admin(Admin::Succession(arguments)) => {
            recovery::succession(&open_file(&arguments.config)?, &arguments)?
        }
        Command::Restore(arguments) => recovery::restore(&open_file(&arguments.config)?, &arguments)?,
        Command::Import(arguments) => {
            let (report, code) = recovery::import(&open_file(&arguments.config)?, &arguments)?;
            print(&report)?;
            return Ok(code);
        }
        Command::Open { configured, staff, terminal, sha256, out } => {
            custody::open(&open(&configured)?, &staff.actor()?, &terminal, &sha256, &out)?
        }
        Command::Archive(command) => archive(command)?,
        Command::Feed(Feed::Dead(configured)) => custody::dead(&open(&configured)?)?,
        Command::Feed(Feed::Retry { configured, staff, n }) => {
            custody::retry(&open(&configured)?, &staff.actor()?, n)?
        }
        Command::Verify { dir, trust, expect } => {
            let (report, code) = commands::verify(&dir, &trust, expect.as_deref())?;
            print(&report)?;
            return Ok(code);
        }
        Command::Quote(arguments) => {
            let quote = quotation::make(&arguments).map_err(CommandError::Usage)?;
            serde_json::to_value(quote).map_err(|error| CommandError::Environment(error.to_string()))?
        }
    };
    print(&document)?;
    Ok(0)
}

fn archive(command: Archive) -> Result<Value, CommandError> {
    match command {
        Archive::Due(configured) => custody::due(&open(&configured)?),
        Archive::Erase { configured, staff, document, early } => {
            custody::erase(&open(&configured)?, &staff.actor()?, document.as_deref(), early)
        }
        Archive::Hold { configured, staff, document, lift } => {
            custody::hold(&open(&configured)?, &staff.actor()?, &document, lift)
        }
        Archive::CloseLoan { configured, staff, loan } => {
            custody::close_loan(&open(&configured)?, &staff.actor()?, &loan)
        }
        Archive::RotateKey { configured, staff } => custody::rotate_key(&open(&configured)?, &staff.actor()?),
        Archive::RetireKeys { configured, staff } => {
            custody::retire_keys(&open(&configured)?, &staff.actor()?)
        }
    }
}

fn print(document: &Value) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{document}")
        .and_then(|()| out.flush())
        .map_err(|error| CommandError::Environment(format!("stdout: {error}")))
}

fn open(configured: &Configured) -> Result<Opened, CommandError> {
    open_file(&configured.config)
}

fn open_file(config: &Path) -> Result<Opened, CommandError> {
    let opened = commands::open(config)?;
    let filter = tracing_subscriber::EnvFilter::try_new(&opened.config.log)
        .map_err(|error| CommandError::Environment(format!("the configuration's log: {error}")))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    Ok(opened)
}

fn serve_until_told(opened: Opened) -> Result<u8, CommandError> {
    let environment = |error: &dyn std::fmt::Display| CommandError::Environment(error.to_string());
    let server = commands::prepare_server(opened)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(server.limits.threads)
        .build()
        .map_err(|error| environment(&error))?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(|error| environment(&error))?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| environment(&error))?;
        let (listener, local) = serve::listen(server.listen).await.map_err(|error| environment(&error))?;
        let (end, ending) = watch::channel(false);
        let mut told = json!({"listening": local.to_string()});
        let mut pages = None;
        if let Some(staff) = server.staff {
            let (listener, local) = serve::listen(staff.listen).await.map_err(|error| environment(&error))?;
            let scheme = if staff.tls.is_some() { "https" } else { "http" };
            if let Some(fields) = told.as_object_mut() {
                fields.insert("staff".to_owned(), json!(format!("{scheme}://{local}")));
            }
            let serving = listener::serve(listener, staff.tls, staff.pages, ending.clone());
            pages = Some(tokio::spawn(serving));
        }
        if let Some((address, token)) = server.feed {
            let served = feed::serve(address, token, Arc::clone(&server.gateway), ending.clone()).await;
            let (feed, _) = served.map_err(|error| environment(&error))?;
            if let Some(fields) = told.as_object_mut() {
                fields.insert("feed".to_owned(), json!(feed.to_string()));
            }
        }
        if let Some(enrolment) = server.est {
            let (listener, local) =
                serve::listen(enrolment.listen).await.map_err(|error| environment(&error))?;
            if let Some(fields) = told.as_object_mut() {
                fields.insert("est".to_owned(), json!(local.to_string()));
            }
            tokio::spawn(est::serve(listener, enrolment.tls, enrolment.est, ending.clone()));
        }
        print(&told)?;
        let around =
            serve::Around { limits: server.limits, webhook: server.webhook, metrics: server.metrics };
        let serving = serve::serve_within(listener, server.tls, server.gateway, around, ending);
        let serving = tokio::spawn(serving);
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("ending");
        let _ = end.send(true);
        if let Some(pages) = pages {
            pages.await.map_err(|error| environment(&error))?;
        }
        serving.await.map_err(|error| environment(&error))
    })?;
    Ok(0)
}
