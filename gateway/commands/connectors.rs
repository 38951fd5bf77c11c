//! `connectors check`: scenarios against somebody's service.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::CommandError;
use crate::connectors::check::{CheckError, check, subjects};

/// What can be typed behind `connectors check`.
#[derive(Args, Debug)]
pub struct ConnectorCheckArguments {
    /// Address of the service's test installation, without the paths of `gateway/api`.
    #[arg(long)]
    pub url: String,
    /// One service alone, by its name in `gateway/api`; may be given several times.
    #[arg(long)]
    pub service: Vec<String>,
    /// Longest wait for one answer in milliseconds.
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u64).range(100..=20_000))]
    pub timeout_ms: u64,
    /// File with whom the scenarios are about, in the form of `gateway/api/check-subjects.json`.
    #[arg(long, value_name = "FILE")]
    pub subjects: Option<PathBuf>,
}

/// `connectors check`: what was played and found, with exit code 0 or 1.
///
/// # Errors
/// [`CommandError`] before anything was sent.
pub fn check_connectors(arguments: &ConnectorCheckArguments) -> Result<(Value, u8), CommandError> {
    let text = match &arguments.subjects {
        None => None,
        Some(file) => Some(
            std::fs::read_to_string(file)
                .map_err(|error| CommandError::environment(format!("{}: {error}", file.display())))?,
        ),
    };
    let subjects = subjects(text.as_deref()).map_err(CommandError::usage)?;
    let timeout = Duration::from_millis(arguments.timeout_ms);
    let report =
        check(&arguments.url, &arguments.service, timeout, &subjects).map_err(|error| match error {
            CheckError::Form(_) => CommandError::environment(error),
            CheckError::Service(_) | CheckError::Address | CheckError::Subjects { .. } => {
                CommandError::usage(error)
            }
        })?;
    let code = u8::from(report.failed > 0);
    Ok((serde_json::to_value(report).map_err(CommandError::environment)?, code))
}
