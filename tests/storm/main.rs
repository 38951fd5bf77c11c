//! `senim-storm`: one JSON document on standard output; exit 0 when nothing was lost, doubled or paid twice, 1 otherwise.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program of the rig")]

use std::process::ExitCode;

use clap::{Args, Parser};
use senim_storm::{Base, FleetOptions, StormOptions, fleet, run};
use serde_json::{Value, json};

/// Many terminals against a real gateway.
#[derive(Parser)]
#[command(version, about)]
enum Arguments {
    /// Whole terminals while lines, processes and databases fail.
    Storm(Storm),
    /// A large fleet that comes back after an outage.
    Fleet(Fleet),
}

#[derive(Args)]
struct Storm {
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

#[derive(Args)]
struct Fleet {
    /// Terminals.
    #[arg(long, default_value_t = 10_000)]
    terminals: usize,
    /// Rows that wait in each.
    #[arg(long, default_value_t = 20)]
    operations: usize,
    /// What the gateway keeps its records in.
    #[arg(long, value_enum, default_value_t = Base::Sqlite)]
    store: Base,
    /// How long the gateway was away, seconds; 0: all come at the same moment.
    #[arg(long, default_value_t = 3600)]
    outage: u64,
    /// Connections of each terminal: 3 as in the product, or 1 where `ulimit -n` is too low.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=3))]
    lines: u8,
    /// Seconds for which the drained fleet is watched while it waits.
    #[arg(long, default_value_t = 0)]
    idle: u64,
    /// Seed of the terminals' pauses.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let done = match Arguments::parse() {
        Arguments::Storm(arguments) => storm(&arguments),
        Arguments::Fleet(arguments) => fleet_back(&arguments),
    };
    match done {
        Ok(Some((report, holds))) => {
            println!("{report}");
            ExitCode::from(u8::from(!holds))
        }
        Ok(None) => ExitCode::from(4),
        Err(error) => {
            eprintln!("senim-storm: {error:#}");
            ExitCode::from(4)
        }
    }
}

fn storm(arguments: &Storm) -> anyhow::Result<Option<(Value, bool)>> {
    let report = run(&StormOptions {
        operations: arguments.operations,
        terminals: arguments.terminals,
        threads: arguments.terminals,
        seed: arguments.seed,
        base: arguments.store,
        gateway_kills: arguments.gateway_kills,
        database_kills: arguments.database_kills,
        restores: arguments.restores,
    })?;
    Ok(report.map(|report| (json!(report), report.judgement.holds())))
}

fn fleet_back(arguments: &Fleet) -> anyhow::Result<Option<(Value, bool)>> {
    let report = fleet::run(&FleetOptions {
        terminals: arguments.terminals,
        operations: arguments.operations,
        base: arguments.store,
        outage_seconds: arguments.outage,
        lines: if arguments.lines == 1 { 1 } else { 3 },
        idle_seconds: arguments.idle,
        seed: arguments.seed,
    })?;
    Ok(report.map(|report| (json!(report), report.loss.none())))
}
