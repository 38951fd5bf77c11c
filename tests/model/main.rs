//! `senim-model`: one line of JSON per model on standard output; exit 0 when everything held, 1 otherwise.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a command line program of the rig, which tells how fast it was"
)]

use std::fmt::Debug;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use senim_model::acknowledgement::{Acknowledging, Slip};
use senim_model::explore::{Explored, explore};
use senim_model::payout::{Mistake, Payout, Site};
use serde_json::json;
use stateright::Model;

/// Explores the payout and the acknowledgement in every order of steps, losses, faults and cuts.
#[derive(Parser)]
#[command(version, about)]
struct Options {
    /// Losses, faults and cuts in one payout.
    #[arg(long, default_value_t = 4)]
    faults: u8,
    /// No more states than this of each model.
    #[arg(long)]
    at_most: Option<NonZeroUsize>,
    /// Plants one mistake after the other instead; each must be found.
    #[arg(long)]
    planted: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let payout = |mistake, faults| Payout { sites: Site::all(), faults, mistake };
    let acknowledging = |mistake, faults| Acknowledging { rows: 4, faults, waits: 12, mistake };
    let held = if options.planted {
        let payouts = Mistake::ALL.into_iter().filter(|mistake| !found(payout(Some(*mistake), 2), mistake));
        let missed = payouts.count();
        let others = Slip::ALL.into_iter().filter(|slip| !found(acknowledging(Some(*slip), 2), slip));
        let missed = missed + others.count();
        println!("{}", json!({ "planted": Mistake::ALL.len() + Slip::ALL.len(), "missed": missed }));
        missed == 0
    } else {
        let payout = holds("payout", payout(None, options.faults), options.at_most);
        holds("acknowledgement", acknowledging(None, 3), options.at_most) && payout
    };
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn holds<M>(name: &str, model: M, at_most: Option<NonZeroUsize>) -> bool
where
    M: Model + Send + Sync + 'static,
    M::State: Hash + Debug + Clone + PartialEq + Send + Sync + 'static,
    M::Action: Debug + Clone + PartialEq + Send + Sync + 'static,
{
    let began = Instant::now();
    let Explored { states, depth, failures } = explore(model, at_most, false);
    for (property, story) in &failures {
        eprintln!("{property}:\n{story}");
    }
    let seconds = began.elapsed().as_secs_f64().round();
    let counter_examples: Vec<&str> = failures.iter().map(|(property, _)| *property).collect();
    println!(
        "{}",
        json!({ "model": name, "states": states, "depth": depth, "seconds": seconds,
            "counter_examples": counter_examples })
    );
    failures.is_empty()
}

fn found<M>(model: M, mistake: &impl Debug) -> bool
where
    M: Model + Send + Sync + 'static,
    M::State: Hash + Debug + Clone + PartialEq + Send + Sync + 'static,
    M::Action: Debug + Clone + PartialEq + Send + Sync + 'static,
{
    let explored = explore(model, None, true);
    match explored.failures.first() {
        Some((property, story)) => {
            eprintln!("{mistake:?}: {property} ({} states)\n{story}\n", explored.states)
        }
        None => eprintln!("{mistake:?}: not found in {} states", explored.states),
    }
    !explored.failures.is_empty()
}
