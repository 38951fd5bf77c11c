//! `senim-storm`: one JSON document on standard output; exit 0 when nothing was lost, doubled or paid twice, 1 otherwise.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program of the rig")]

use std::process::ExitCode;

use clap::Parser;
use senim_storm::{Base, StormOptions, run};

/// Whole terminals against a real gateway while lines, processes and databases fail.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// Rows that all terminals write together, at least.
    #[arg(long, default_value_t = 20_000)]
    operations: u64,
    /// Terminals.
    #[arg(long, default_value_t = 8)]
    terminals: usize,
    /// Seed of what is tried.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What the gateway keeps its records in.
    #[arg(long, value_enum, default_value_t = Base::Sqlite)]
    store: Base,
    /// Kills of the gateway.
    #[arg(long, default_value_t = 5)]
    gateway_kills: u32,
    /// Kills of PostgreSQL.
    #[arg(long, default_value_t = 3)]
    database_kills: u32,
    /// Back-ups put back.
    #[arg(long, default_value_t = 1)]
    restores: u32,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = StormOptions {
        operations: arguments.operations,
        terminals: arguments.terminals,
        threads: arguments.terminals,
        seed: arguments.seed,
        base: arguments.store,
        gateway_kills: arguments.gateway_kills,
        database_kills: arguments.database_kills,
        restores: arguments.restores,
    };
    match run(&options) {
        Ok(Some(report)) => {
            println!("{}", serde_json::json!(report));
            ExitCode::from(u8::from(!report.judgement.holds()))
        }
        Ok(None) => ExitCode::from(4),
        Err(error) => {
            eprintln!("senim-storm: {error:#}");
            ExitCode::from(4)
        }
    }
}
