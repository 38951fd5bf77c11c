//! `senim-model`: one JSON document on standard output; exit 0 when everything held, 1 otherwise.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program of the rig")]

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use senim_model::explore::{Explored, explore};
use senim_model::payout::{Mistake, Payout, Site};
use serde_json::json;

/// Explores the payout in every order of its steps, faults and cuts.
#[derive(Parser)]
#[command(version, about)]
struct Options {
    /// Losses, faults and cuts in one story.
    #[arg(long, default_value_t = 4)]
    faults: u8,
    /// No more states than this.
    #[arg(long)]
    at_most: Option<NonZeroUsize>,
    /// Plants one mistake after the other instead; each must be found.
    #[arg(long)]
    planted: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let began = Instant::now();
    let payout = |mistake, faults| Payout { sites: Site::all(), faults, mistake };
    if options.planted {
        let mut missed = Vec::new();
        for mistake in Mistake::ALL {
            let found = explore(payout(Some(mistake), 2), None, true);
            match found.failures.first() {
                Some((property, story)) => {
                    eprintln!("{mistake:?}: {property} ({} states)\n{story}\n", found.states);
                }
                None => missed.push(format!("{mistake:?}")),
            }
        }
        println!("{}", json!({ "planted": Mistake::ALL.len(), "missed": missed }));
        return if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let Explored { states, depth, failures } = explore(payout(None, options.faults), options.at_most, false);
    for (property, story) in &failures {
        eprintln!("{property}:\n{story}");
    }
    let seconds = began.elapsed().as_secs_f64().round();
    let counter_examples: Vec<&str> = failures.iter().map(|(property, _)| *property).collect();
    println!(
        "{}",
        json!({ "faults": options.faults, "states": states, "depth": depth, "seconds": seconds,
            "counter_examples": counter_examples })
    );
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
