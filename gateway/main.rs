//! The command line of the MFO's server: one JSON document on stdout, text for people on stderr.
//!
//! Exit codes: 0 good, 1 finding, 2 usage, 3 incomplete evidence, 4 environment.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use senim_gateway::commands::{self, CommandError, Opened};
use senim_gateway::quotation::{self, QuoteArguments};
use senim_gateway::{est, serve};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

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
        #[arg(long, requires = "by", requires = "reason")]
        code: bool,
        /// Life of the code in hours.
        #[arg(long, default_value_t = 24)]
        hours: u32,
        /// Who allows it.
        #[arg(long)]
        by: Option<String>,
        /// Why.
        #[arg(long)]
        reason: Option<String>,
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
        /// Who decides it.
        #[arg(long)]
        by: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// What the MFO decides.
    #[command(subcommand)]
    Admin(Admin),
    /// Verify an exported journal.
    Verify {
        /// Directory with operations.jsonl, checkpoint.note, jwks.json, range.json.
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

#[derive(Subcommand)]
enum Admin {
    /// Publish a rule pack to every terminal.
    RulePack {
        #[command(flatten)]
        configured: Configured,
        /// The pack, JSON.
        file: PathBuf,
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
    },
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
        Command::Enrol { configured, terminal, out: Some(out), .. } => {
            commands::enrol(&open(&configured)?, &terminal, &out)?
        }
        Command::Enrol { configured, terminal, out: None, hours, by, reason, .. } => {
            let (by, reason) = (by.unwrap_or_default(), reason.unwrap_or_default());
            commands::enrolment_code(&open(&configured)?, &terminal, hours, &by, &reason)?
        }
        Command::Revoke { configured, terminal, serial, by, reason } => {
            commands::revoke(&open(&configured)?, &terminal, serial.as_deref(), &by, &reason)?
        }
        Command::Admin(Admin::RulePack { configured, file }) => {
            commands::rule_pack(&open(&configured)?, &file)?
        }
        Command::Admin(Admin::Activate { configured, terminal, location, inactive }) => {
            commands::activate(&open(&configured)?, &terminal, !inactive, &location)?
        }
        Command::Admin(Admin::Order { configured, terminal, file, add, collect, hours }) => {
            let order = commands::read_order(file.as_ref(), &add, &collect, hours)?;
            commands::order(&open(&configured)?, &terminal, &order)?
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

fn print(document: &Value) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{document}")
        .and_then(|()| out.flush())
        .map_err(|error| CommandError::Environment(format!("stdout: {error}")))
}

fn open(configured: &Configured) -> Result<Opened, CommandError> {
    let opened = commands::open(&configured.config)?;
    let filter = tracing_subscriber::EnvFilter::try_new(&opened.config.log)
        .map_err(|error| CommandError::Environment(format!("the configuration's log: {error}")))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    Ok(opened)
}

fn serve_until_told(opened: Opened) -> Result<u8, CommandError> {
    let environment = |error: &dyn std::fmt::Display| CommandError::Environment(error.to_string());
    let server = commands::prepare_server(opened)?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| environment(&error))?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(|error| environment(&error))?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| environment(&error))?;
        let (listener, local) = serve::listen(server.listen).await.map_err(|error| environment(&error))?;
        let (end, ending) = watch::channel(false);
        let mut started = serde_json::Map::from_iter([("listening".to_owned(), json!(local.to_string()))]);
        if let Some(enrolment) = server.est {
            let (listener, local) =
                serve::listen(enrolment.listen).await.map_err(|error| environment(&error))?;
            started.insert("est".to_owned(), json!(local.to_string()));
            tokio::spawn(est::serve(listener, enrolment.tls, enrolment.est, ending.clone()));
        }
        print(&started.into())?;
        let serving = tokio::spawn(serve::serve(listener, server.tls, server.gateway, ending));
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("ending");
        let _ = end.send(true);
        serving.await.map_err(|error| environment(&error))
    })?;
    Ok(0)
}
