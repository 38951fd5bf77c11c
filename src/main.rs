//! The terminal program: `senim run|check|devices|journal … --config F` (design section 8).

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use senim::commands::{self, JournalCommand, Outcome};
use senim::{commission, enrol, probe, run, test_dispense};

/// Wipes every block of memory that is given back: what a person typed does not outlive its use.
#[global_allocator]
static MEMORY: senim_linux::ZeroOnFree = senim_linux::ZeroOnFree;

#[derive(Parser)]
#[command(name = "senim", version, about = "Firmware of the Senim loan terminal")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The firmware.
    Run(ConfigFile),
    /// Configuration, keys, clock, gateway, rule pack, devices: one line each.
    Check {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Only let one note of this cassette go to the reject unit, with its rows; the firmware must not run.
        #[arg(long, value_name = "UNIT")]
        test_to_reject: Option<u8>,
        /// JSON even on a terminal.
        #[arg(long)]
        json: bool,
    },
    /// What is connected: identity, health.
    Devices(ConfigFile),
    /// Commissioning: make the terminal's key and have it certified by a one-time code of the MFO.
    Enrol {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
        /// The code; `-` reads it from standard input.
        #[arg(long)]
        code: String,
    },
    /// From a technician's answers to a terminal that waits for its activation: finds and asks the devices, enrols, reaches
    /// the MFO, creates the journal, writes the configuration.
    Commission {
        /// A configuration in which lines may say no path.
        #[arg(long)]
        answers: PathBuf,
        /// The configuration file to write.
        #[arg(long)]
        config: PathBuf,
        /// The code of the MFO; `-` reads it from standard input.
        #[arg(long)]
        code: String,
    },
    /// The journal, beside a running firmware.
    Journal {
        #[command(subcommand)]
        command: JournalCommand,
    },
}

#[derive(clap::Args)]
struct ConfigFile {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            let _unprintable = error.print();
            return ExitCode::from(code);
        }
    };
    let done = match arguments.command {
        Command::Run(file) => run::run(&file.config),
        Command::Check { config, test_to_reject: Some(unit), json } => {
            test_dispense::test_dispense(&config, unit, json)
        }
        Command::Check { config, test_to_reject: None, .. } => probe::check(&config),
        Command::Devices(file) => probe::devices(&file.config),
        Command::Enrol { config, code } => enrol::enrol(&config, &code),
        Command::Commission { answers, config, code } => commission::commission(&answers, &config, &code),
        Command::Journal { command } => commands::journal(command),
    };
    let outcome = done.unwrap_or_else(|error| {
        commands::complain(&error);
        Outcome::Environment
    });
    ExitCode::from(outcome.code())
}
