//! A fleet that comes back after an outage: thousands of distinct terminals in one process, each with an identity, a chain
//! and the product's own sync machine, against a real `senim-gateway serve` over mutual TLS.
//!
//! What a terminal keeps and shows is left out here, so that one process can play ten thousand; what the gateway sees is
//! genuine to the byte. The clock runs from the gateway's start to the last acknowledgement.

mod judge;
mod line;
mod prepare;
pub mod report;
mod terminal;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::sync::{mpsc, watch};

pub use report::FleetReport;

use crate::fleet::line::Counters;
use crate::fleet::prepare::Prepared;
use crate::fleet::report::{Idle, Meter, Spread};
use crate::fleet::terminal::{Account, Shared};
use crate::site::Site;
use crate::storm::Base;

/// Longest drain; whoever takes longer does not drain at all.
const LONGEST: Duration = Duration::from_secs(900);
/// Descriptors that a process needs beside its connections.
const SPARE_DESCRIPTORS: usize = 500;

/// What is tried.
#[derive(Clone, Copy, Debug)]
pub struct FleetOptions {
    pub terminals: usize,
    /// Rows that wait in each terminal.
    pub operations: usize,
    pub base: Base,
    /// How long the gateway was away: terminals are in the midst of their back-off. 0: all come at the same moment.
    pub outage_seconds: u64,
    /// Connections of a terminal, 1 or 3; the product has 3.
    pub lines: usize,
    /// How long the drained fleet is watched while it waits for messages.
    pub idle_seconds: u64,
    pub seed: u64,
}

/// Runs it; `None`: the database is not installed.
///
/// # Errors
/// The machine does not do what a fleet needs, or the fleet does not drain.
pub fn run(options: &FleetOptions) -> anyhow::Result<Option<FleetReport>> {
    let room = descriptors()?;
    let needed = options.terminals * options.lines + SPARE_DESCRIPTORS;
    if needed > room {
        bail!("{needed} open files are needed and {room} allowed; raise `ulimit -n`, or take --lines 1");
    }
    // Nobody is behind the gateway: what a row asks of core lending is answered with "try later".
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let Some(mut site) = Site::new(options.base, nobody)? else { return Ok(None) };
    let began = Instant::now();
    let fleet = prepare::prepare(&site, options)?;
    let preparation_seconds = began.elapsed().as_secs_f64();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut report = runtime.block_on(come_back(&mut site, &fleet, options))?;
    drop(runtime);
    report.preparation_seconds = preparation_seconds;
    site.kill();
    report.loss = judge::judge(&site, &fleet)?;
    Ok(Some(report))
}

async fn come_back(
    site: &mut Site,
    fleet: &Arc<Vec<Prepared>>,
    options: &FleetOptions,
) -> anyhow::Result<FleetReport> {
    let (over, ending) = watch::channel(false);
    let (told, mut accounts) = mpsc::unbounded_channel::<Account>();
    let counters = Arc::<Counters>::default();
    let before = Meter::read(site);
    site.start()?;
    let began = Instant::now();
    let shared = Arc::new(Shared {
        address: site.listen,
        counters: Arc::clone(&counters),
        began,
        outage_ms: options.outage_seconds * 1000,
        lines: options.lines,
        ending,
        told,
    });
    let mut random = fastrand::Rng::with_seed(options.seed);
    let mut terminals = tokio::task::JoinSet::new();
    for at in 0..fleet.len() {
        terminals.spawn(terminal::play(Arc::clone(fleet), at, random.u64(..), Arc::clone(&shared)));
    }
    let mut drained = Vec::with_capacity(fleet.len());
    let all = async {
        while drained.len() < fleet.len() {
            drained.push(accounts.recv().await.context("a terminal ended early")?);
        }
        anyhow::Ok(())
    };
    let ended = tokio::time::timeout(LONGEST, all).await;
    if !matches!(ended, Ok(Ok(()))) {
        let failures = counters.failures();
        bail!("{} of {} terminals drained; {failures:?}; {}", drained.len(), fleet.len(), site.log());
    }
    let spent = Meter::read(site).since(&before);
    let last = |of: fn(&Account) -> Duration| drained.iter().map(of).max().unwrap_or_default();
    let seconds = last(|account| account.acknowledged).as_secs_f64();
    let idle = if options.idle_seconds > 0 {
        let before = Meter::read(site);
        tokio::time::sleep(Duration::from_secs(options.idle_seconds)).await;
        Some(Idle { seconds: options.idle_seconds, spent: Meter::read(site).since(&before) })
    } else {
        None
    };
    let gateway_peak_kib = site.peak_kib();
    over.send_replace(true);
    while terminals.join_next().await.is_some() {}
    let rows = (fleet.len() * options.operations) as u64;
    Ok(FleetReport {
        store: options.base,
        terminals: fleet.len(),
        operations: options.operations,
        outage_seconds: options.outage_seconds,
        lines: options.lines,
        preparation_seconds: 0.0,
        rows,
        attachments: fleet.iter().map(|one| one.attachments.len() as u64).sum(),
        seconds,
        seconds_with_attachments: last(|account| account.drained).as_secs_f64(),
        rows_per_second: rows as f64 / seconds,
        acknowledgement_ms: Spread::of(drained.iter().flat_map(|one| one.acknowledgements.iter().copied())),
        terminal_ms: Spread::of(drained.iter().map(|one| one.acknowledged - one.first_contact)),
        traffic: counters.traffic(),
        failures: counters.failures(),
        spent,
        gateway_peak_kib,
        idle,
        loss: judge::Loss::default(),
    })
}

/// Files that this process, and the gateway that it starts, may have open.
fn descriptors() -> anyhow::Result<usize> {
    let text = std::fs::read_to_string("/proc/self/limits")?;
    let line = text.lines().find(|line| line.starts_with("Max open files")).context("no limit of files")?;
    let soft = line.split_whitespace().nth(3).unwrap_or_default();
    Ok(soft.parse().unwrap_or(usize::MAX))
}
