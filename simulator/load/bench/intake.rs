//! Intake: rows of many terminals in batches, every signature and link checked, durable before the answer.
//!
//! The figure is operations per CPU-second: user and system time of this process and of the database together, while
//! the batches are taken; making them is not counted. The reference is the bare verification of the same signatures.

use std::sync::atomic::{AtomicUsize, Ordering};

use senim_domain::{Secret, TerminalId};
use senim_gateway::store::{PostgresOptions, PostgresStore, SqliteStore};
use senim_gateway_core::store::Store;
use senim_gateway_core::{Actor, Gateway};
use senim_operation::jws;
use senim_test_postgres::{Cluster, cpu_seconds};

use super::{BenchError, Figure, Limit, Line, Scale};
use crate::chain::{BEGIN, Terminal};
use crate::pki::Mfo;
use crate::services::gateway;
use crate::visits::Visit;

/// Rows of a batch.
const BATCH: usize = 64;
/// Terminals that send at once.
const SENDERS: usize = 4;
/// Design section 9.
const LIMIT: f64 = 5000.0;
const UNIT: &str = "op/CPU-s";

/// Rows of one terminal.
struct Load {
    terminal: TerminalId,
    rows: Vec<String>,
}

/// The lines of this bench. PostgreSQL's is left out, loudly, where it is not installed.
///
/// # Errors
/// [`BenchError`].
pub fn run(scale: Scale) -> Result<Vec<Line>, BenchError> {
    let (terminals, visits) = match scale {
        Scale::Trial => (4, 4),
        Scale::Full => (24, 100),
    };
    let mfo = Mfo::new()?;
    let loads = (0..terminals).map(|number| load(&mfo, number, visits)).collect::<Result<Vec<_>, _>>()?;
    let bare = Figure::new(bare_verification(&loads)?, UNIT);
    let line = |name: &str, rate| Line {
        name: name.to_owned(),
        figure: Figure::new(rate, UNIT),
        reference: Some(bare),
        limit: Limit::FigureAtLeast(LIMIT),
    };

    let dir = tempfile::tempdir().map_err(BenchError::failed)?;
    let sqlite = SqliteStore::open(&dir.path().join("gateway.db")).map_err(BenchError::failed)?;
    let spent = take_all(&mfo, &loads, Box::new(sqlite), &|| 0.0)?;
    let mut lines = vec![line("intake, SQLite, batches of 64", spent.rate()?)];

    if let Some(cluster) = Cluster::start().map_err(BenchError::failed)? {
        let url = Secret::new(cluster.database().map_err(BenchError::failed)?);
        let postgres = PostgresStore::open(&url, &PostgresOptions::default()).map_err(BenchError::failed)?;
        let spent = take_all(&mfo, &loads, Box::new(postgres), &|| cluster.cpu_seconds())?;
        lines.push(line("intake, PostgreSQL, batches of 64", spent.rate()?));
        let part = |name: &str, seconds| {
            let figure = Figure::new(rate(spent.operations, seconds)?, UNIT);
            Ok::<_, BenchError>(Line { name: name.to_owned(), figure, reference: None, limit: Limit::None })
        };
        lines.push(part("  of it the gateway alone", spent.own)?);
        lines.push(part("  of it PostgreSQL alone", spent.database)?);
    }
    Ok(lines)
}

/// A backlog of whole visits, as after an outage.
fn load(mfo: &Mfo, number: u64, visits: u64) -> Result<Load, BenchError> {
    let id: TerminalId = format!("bench-{number}").parse().map_err(BenchError::failed)?;
    let mut terminal = Terminal::new(mfo, &id)?;
    let mut rows = vec![terminal.begin_epoch()?.row.compact];
    for visit in 0..visits {
        let visit = Visit::new(number.saturating_mul(1_000_000).saturating_add(visit));
        for draft in visit.drafts() {
            rows.push(terminal.write(&draft)?.row.compact);
        }
    }
    Ok(Load { terminal: id, rows })
}

/// Signatures that are verified per CPU-second when nothing else is done.
fn bare_verification(loads: &[Load]) -> Result<f64, BenchError> {
    let mut work = Vec::new();
    let mut key = None;
    for load in loads {
        for (at, row) in load.rows.iter().enumerate() {
            let parts = jws::split(row).map_err(BenchError::failed)?;
            if at == 0 {
                let payload: serde_json::Value =
                    serde_json::from_slice(&parts.payload).map_err(BenchError::failed)?;
                let jwk = payload.pointer("/public/jwk").cloned().unwrap_or_default();
                key = Some(serde_json::from_value::<jws::PublicJwk>(jwk).map_err(BenchError::failed)?);
            } else if let Some(key) = key {
                work.push((key, parts.signing_input.as_bytes(), parts.signature));
            }
        }
    }
    let before = own_seconds();
    for (key, message, signature) in &work {
        jws::verify_raw(key, message, signature).map_err(BenchError::failed)?;
    }
    rate(work.len(), own_seconds() - before)
}

/// What taking everything has cost.
struct Spent {
    operations: usize,
    /// CPU-seconds of this process.
    own: f64,
    /// CPU-seconds of the database's processes.
    database: f64,
}

impl Spent {
    fn rate(&self) -> Result<f64, BenchError> {
        rate(self.operations, self.own + self.database)
    }
}

/// Takes everything; `database` counts the CPU-seconds of its processes.
fn take_all(
    mfo: &Mfo,
    loads: &[Load],
    store: Box<dyn Store>,
    database: &dyn Fn() -> f64,
) -> Result<Spent, BenchError> {
    let gateway = gateway(mfo, store)?;
    let by = Actor::new("bench", "a terminal to take rows from").map_err(BenchError::failed)?;
    for load in loads {
        gateway.enrol(&load.terminal, &by, BEGIN).map_err(BenchError::failed)?;
    }
    let (own_before, database_before) = (own_seconds(), database());
    let next = AtomicUsize::new(0);
    let taken: Result<Vec<()>, BenchError> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(load) = loads.get(next.fetch_add(1, Ordering::Relaxed)) {
                        take(&gateway, load)?;
                    }
                    Ok(())
                })
            })
            .collect();
        let ended = |_| Err(BenchError::Failed("a sender broke off".into()));
        senders.into_iter().map(|sender| sender.join().unwrap_or_else(ended)).collect()
    });
    taken?;
    let (own, database) = (own_seconds() - own_before, database() - database_before);
    Ok(Spent { operations: loads.iter().map(|load| load.rows.len()).sum(), own, database })
}

fn take(gateway: &Gateway, load: &Load) -> Result<(), BenchError> {
    for batch in load.rows.chunks(BATCH) {
        let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
        let reply = gateway.intake(&load.terminal, &batch, BEGIN).map_err(BenchError::failed)?;
        if let Some(refusal) = reply.refusal {
            return Err(BenchError::failed(refusal));
        }
    }
    let record = gateway.terminal(&load.terminal).map_err(BenchError::failed)?;
    let head = record.and_then(|record| record.head).map(|head| head.seq.saturating_add(1));
    if head != u64::try_from(load.rows.len()).ok() {
        return Err(BenchError::Failed(format!("{} ends at {head:?}", load.terminal)));
    }
    Ok(())
}

fn rate(operations: usize, seconds: f64) -> Result<f64, BenchError> {
    if seconds <= 0.0 {
        return Err(BenchError::Failed("the load is too small to be measured".into()));
    }
    let operations = u32::try_from(operations).map_err(BenchError::failed)?;
    Ok(f64::from(operations) / seconds)
}

fn own_seconds() -> f64 {
    cpu_seconds(std::process::id())
}
