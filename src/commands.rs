//! `senim journal …`: reads beside a running firmware and changes nothing.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use senim_journal::JournalReader;
use serde_json::{Value, json};

use crate::assemble;
use crate::config::Config;

/// What a command found; its exit code is part of the interface (design section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Good.
    Good,
    /// Something is wrong and was named.
    Finding,
    /// The evidence is incomplete.
    Incomplete,
    /// The machine or its configuration does not allow the command.
    Environment,
}

impl Outcome {
    /// The exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Finding => 1,
            Self::Incomplete => 3,
            Self::Environment => 4,
        }
    }
}

/// Which look at the journal.
#[derive(Subcommand)]
pub enum JournalCommand {
    /// How many rows, up to where the MFO has them, what is waiting.
    Status(Which),
    /// Rows, one JSON line each.
    Show {
        /// Which journal.
        #[command(flatten)]
        which: Which,
        /// First row.
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Row behind the last.
        #[arg(long)]
        to: Option<u64>,
    },
    /// Every signature and every link.
    Verify(Which),
    /// An export directory for auditors.
    Export {
        /// Which journal.
        #[command(flatten)]
        which: Which,
        /// New or empty directory.
        #[arg(long)]
        out: PathBuf,
        /// Sealed attachments too, for `senim-gateway import`.
        #[arg(long)]
        attachments: bool,
    },
}

/// Which journal.
#[derive(Args)]
pub struct Which {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
    /// JSON even on a terminal.
    #[arg(long)]
    json: bool,
}

/// Runs a journal command.
///
/// # Errors
/// The journal cannot be read, or the configuration cannot be used.
pub fn journal(command: JournalCommand) -> Result<Outcome> {
    match command {
        JournalCommand::Status(which) => {
            let reader = open(&which.config)?;
            let status = serde_json::to_value(reader.status()?)?;
            say(&status, which.json)?;
            Ok(Outcome::Good)
        }
        JournalCommand::Show { which, from, to } => {
            let reader = open(&which.config)?;
            let end = to.unwrap_or(reader.status()?.next_seq);
            for row in reader.rows(from, end)? {
                let mut document = serde_json::to_value(&row.envelope)?;
                if let Value::Object(fields) = &mut document {
                    fields.insert("sha256".into(), row.hash.into());
                }
                line(&document)?;
            }
            Ok(Outcome::Good)
        }
        JournalCommand::Verify(which) => {
            let loaded = Config::load(&which.config)?;
            let keys = assemble::keys(&loaded.config)?;
            let reader = JournalReader::open(&loaded.config.journal_path())?;
            match reader.verify(&keys.trust) {
                Ok(verified) => {
                    say(&json!({ "verified": true, "report": serde_json::to_value(verified)? }), which.json)?;
                    Ok(Outcome::Good)
                }
                Err(error) => {
                    say(&json!({ "verified": false, "finding": error.to_string() }), which.json)?;
                    Ok(if error.is_finding() { Outcome::Finding } else { Outcome::Environment })
                }
            }
        }
        JournalCommand::Export { which, out, attachments } => {
            let reader = open(&which.config)?;
            let rows = reader.export(&out)?;
            let attachments = if attachments { Some(reader.export_attachments(&out)?) } else { None };
            say(&json!({ "export": out, "rows": rows, "attachments": attachments }), which.json)?;
            Ok(Outcome::Good)
        }
    }
}

fn open(config: &Path) -> Result<JournalReader> {
    let loaded = Config::load(config)?;
    let path = loaded.config.journal_path();
    JournalReader::open(&path).with_context(|| path.display().to_string())
}

/// One result document: JSON for programs, `key: value` for people at a terminal.
pub(crate) fn say(document: &Value, json: bool) -> Result<()> {
    if json || !std::io::stdout().is_terminal() {
        return line(document);
    }
    let mut out = std::io::stdout().lock();
    match document {
        Value::Object(fields) => {
            for (key, value) in fields {
                writeln!(out, "{key:>20}: {value}")?;
            }
        }
        other => writeln!(out, "{other}")?,
    }
    Ok(())
}

/// One JSON line.
pub(crate) fn line(document: &Value) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{document}")?;
    Ok(())
}

/// Tells a person what went wrong, cause behind cause.
pub fn complain(error: &anyhow::Error) {
    let _unprintable = writeln!(std::io::stderr(), "senim: {error:#}");
}
