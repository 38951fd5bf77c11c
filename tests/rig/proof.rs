//! `senim-proof`: one JSON document on standard output; exit 0 when everything held, 1 otherwise.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a command line program of the rig, which tells how fast it was"
)]

use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser};
use senim_rig::planted::{Bug, seek};
use senim_rig::soak::{Soaked, Story, What, shorten, soak, survives, tell};
use senim_rig::sweep::{Journey, Swept, sweep};
use serde_json::json;

/// Looks for what could go wrong with money and records, and says how far it looked.
#[derive(Parser)]
#[command(version, about)]
enum Arguments {
    /// Stories of random seeds: who comes, what fails, where the power goes.
    Soak(Soak),
    /// The power goes at every byte, note and row of a payout and of a repayment.
    Sweep(Sweep),
    /// Plays the story of one seed and tells what became durable; of one that fails, as little as still fails.
    Story {
        /// The seed.
        seed: u64,
    },
    /// Plants one mistake after the other and tells what finds it, and after how long.
    Planted(Planted),
}

#[derive(Args)]
struct Soak {
    /// How many.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Whether a kind of fault that never struck is a failure too.
    #[arg(long)]
    every_fault: bool,
}

#[derive(Args)]
struct Sweep {
    /// Only every so many cuts.
    #[arg(long, default_value_t = 1)]
    each: usize,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    first: usize,
}

#[derive(Args)]
struct Planted {
    /// Only these, by their names.
    names: Vec<String>,
    /// How long each may take, seconds.
    #[arg(long, default_value_t = 60)]
    within: u64,
}

fn main() -> ExitCode {
    match Arguments::parse() {
        Arguments::Soak(options) => soaked(&options),
        Arguments::Sweep(options) => swept(&options),
        Arguments::Planted(options) => planted(&options),
        Arguments::Story { seed } => {
            let story = Story::of(seed);
            let (story, failed) = match survives(&story) {
                Ok(_) => (story, false),
                Err(told) => (shorten(story, told).0, true),
            };
            let (rows, ended) = tell(&story);
            eprintln!("{story:#?}");
            rows.iter().for_each(|row| println!("{row}"));
            println!("{ended:?}");
            if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
    }
}

fn soaked(options: &Soak) -> ExitCode {
    // What fails is told once, at the end.
    std::panic::set_hook(Box::new(|_| {}));
    let began = Instant::now();
    let Soaked { stories, visits, struck, failure } = soak(options.from, options.seeds);
    let never: Vec<String> = What::kinds().into_iter().filter(|kind| !struck.contains_key(kind)).collect();
    let seconds = began.elapsed().as_secs_f64();
    let per_second = if seconds > 0.0 { visits as f64 / seconds } else { 0.0 };
    if let Some(failure) = &failure {
        eprintln!("seed {}: {}\n{:#?}", failure.seed, failure.told, failure.story);
    }
    let failed = failure.as_ref().map(|failure| json!({ "seed": failure.seed, "told": failure.told }));
    let (from, seconds) = (options.from, seconds.round());
    let report = json!({
        "from": from, "stories": stories, "sessions": visits, "seconds": seconds,
        "per_second": (per_second * 10.0).round() / 10.0,
        "faults": struck, "never": never, "violations": u8::from(failed.is_some()), "failure": failed,
    });
    println!("{report}");
    let whole = failed.is_none() && (never.is_empty() || !options.every_fault);
    if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn swept(options: &Sweep) -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let began = Instant::now();
    let Swept { cuts, boundaries, notes, rows, failures } =
        sweep(&[Journey::Payout, Journey::Repayment], options.first, options.each);
    for (cut, told) in &failures {
        eprintln!("{cut:?}: {told}");
    }
    let seconds = began.elapsed().as_secs_f64().round();
    let violations = failures.len();
    println!(
        "{}",
        json!({ "cuts": cuts, "behind_bytes_and_rows": boundaries, "behind_notes": notes, "at_commits": rows,
            "seconds": seconds, "violations": violations })
    );
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn planted(options: &Planted) -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let chosen = |bug: &&Bug| options.names.is_empty() || options.names.iter().any(|name| name == bug.name());
    let bugs: Vec<Bug> = Bug::ALL.iter().filter(chosen).copied().collect();
    let mut missed = Vec::new();
    for bug in &bugs {
        let began = Instant::now();
        let found = seek(*bug, |_| began.elapsed().as_secs() >= options.within);
        let seconds = (began.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        match found {
            Some(found) => {
                let told = found.told.lines().next().unwrap_or_default();
                eprintln!("{}: {seconds} s, {} plays, {:?}: {told}", bug.name(), found.plays, found.by);
            }
            None => {
                eprintln!("{}: not found in {seconds} s", bug.name());
                missed.push(bug.name());
            }
        }
    }
    println!("{}", json!({ "planted": bugs.len(), "found": bugs.len() - missed.len(), "missed": missed }));
    if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
