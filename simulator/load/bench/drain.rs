//! A backlog on its way: journal, sync and uplink of a terminal against a gateway over mutual TLS, bytes counted.
//!
//! The reference of the rate is the gateway's intake of the same rows called directly, without a line; of the bytes, the
//! rows' compact JWS.

use std::path::Path;
use std::time::Instant;

use senim_domain::{Mono, TerminalId};
use senim_gateway::store::SqliteStore;
use senim_gateway_core::Actor;
use senim_journal::Journal;
use senim_sync::{Backlog, Line as Wire, News, Request, Sync, SyncOptions, Want};
use senim_uplink::Uplink;

use super::far::FarEnd;
use super::writer::{Writer, stamp};
use super::{BenchError, Figure, Limit, Line, Scale};
use crate::chain::BEGIN;
use crate::pki::Mfo;
use crate::services;

/// Design section 9.
const RATE: f64 = 5_000.0;
const SHARE: f64 = 0.7;

/// The lines of this bench.
///
/// # Errors
/// [`BenchError`].
pub fn run(scale: Scale) -> Result<Vec<Line>, BenchError> {
    let rows = match scale {
        Scale::Trial => 2_000,
        Scale::Full => 100_000,
    };
    let mfo = Mfo::new()?;
    let terminal: TerminalId = "bench-1".parse().map_err(BenchError::failed)?;
    let dir = tempfile::tempdir().map_err(BenchError::failed)?;
    let mut writer = Writer::new(&mfo, &terminal, dir.path())?;
    writer.fill(rows)?;
    let identity = writer.identity().clone();
    let journal = writer.journal();
    let far = FarEnd::start(&mfo, dir.path(), &terminal)?;
    let uplink = far.uplink(&mfo, &terminal, &identity)?;
    let direct = without_a_line(&mfo, &terminal, dir.path(), journal)?;
    let drained = drain(journal, &uplink, &far)?;
    let rate = |name: &str, seconds: f64| Line {
        name: name.to_owned(),
        figure: Figure::new(drained.rows / seconds, "op/s"),
        reference: Some(Figure::new(direct, "op/s")),
        limit: Limit::None,
    };
    let mut lines = vec![Line {
        limit: Limit::FigureAtLeast(RATE),
        ..rate(&format!("drain of {rows} rows over mTLS, SQLite"), drained.chain)
    }];
    lines.push(Line { reference: None, ..rate("  with the attachments sent between them", drained.all) });
    lines.push(Line {
        name: "wire bytes, HTTP and TLS in both directions".into(),
        figure: Figure::new(drained.wire, "B"),
        reference: Some(Figure::new(drained.compact, "B JWS")),
        limit: Limit::RatioAtMost(SHARE),
    });
    for (name, seconds) in [
        ("  share of reading the journal", drained.reading),
        ("  share of the line and the gateway", drained.asking),
        ("  share of keeping acknowledgements", drained.keeping),
    ] {
        lines.push(Line {
            name: name.into(),
            figure: Figure::new(seconds, "s"),
            reference: Some(Figure::new(drained.chain, "s")),
            limit: Limit::None,
        });
    }
    Ok(lines)
}

/// What draining took; seconds of the chain's requests, and of all.
#[derive(Default)]
struct Drained {
    rows: f64,
    compact: f64,
    wire: f64,
    reading: f64,
    asking: f64,
    keeping: f64,
    chain: f64,
    all: f64,
}

/// The gateway's intake of the same rows in batches of the same size, called directly: rows in a second.
fn without_a_line(
    mfo: &Mfo,
    terminal: &TerminalId,
    dir: &Path,
    journal: &Journal,
) -> Result<f64, BenchError> {
    let store = SqliteStore::open(&dir.join("direct.db")).map_err(BenchError::failed)?;
    let gateway = services::gateway(mfo, Box::new(store))?;
    let by = Actor::new("bench", "a terminal to take rows from").map_err(BenchError::failed)?;
    gateway.enrol(terminal, &by, BEGIN).map_err(BenchError::failed)?;
    let held = journal.status().map_err(BenchError::failed)?.next_seq;
    let batch = u64::try_from(SyncOptions::default().batch_rows).map_err(BenchError::failed)?;
    let mut seconds = 0.0;
    let mut first = 0;
    while first < held {
        let rows = journal.rows(first, first.saturating_add(batch)).map_err(BenchError::failed)?;
        let texts: Vec<&str> = rows.iter().map(|row| row.compact.as_str()).collect();
        let begun = Instant::now();
        let reply = gateway.intake(terminal, &texts, BEGIN).map_err(BenchError::failed)?;
        seconds += begun.elapsed().as_secs_f64();
        if let Some(refusal) = reply.refusal {
            return Err(BenchError::failed(refusal));
        }
        first = first.saturating_add(batch);
    }
    Ok(count(held)? / seconds)
}

/// As the kernel does: what sync wants is filled from the journal, performed, and its news kept.
fn drain(journal: &mut Journal, uplink: &Uplink, far: &FarEnd) -> Result<Drained, BenchError> {
    let mut sync = Sync::new(SyncOptions::default(), 1, 0);
    let next = journal.status().map_err(BenchError::failed)?.next_seq;
    let (mut first, mut waiting) = (0, true);
    let mut found = Drained { rows: count(next)?, ..Drained::default() };
    let begun = Instant::now();
    let now = || Mono(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
    sync.time_is_trusted(now());
    while first < next {
        let since = Instant::now();
        let wire = far.counted().up().saturating_add(far.counted().down());
        let backlog = Backlog { first, next, attachments: waiting, ..Backlog::default() };
        let Some(order) = sync.poll(Wire::Bulk, &backlog, now()) else {
            return Err(BenchError::Failed("the line rests: the gateway refused something".into()));
        };
        let mut upload = None;
        let (request, bytes, end) = match order.want {
            Want::Rows { rows, bytes } => {
                let (start, rows) = journal.pending_texts(rows, bytes).map_err(BenchError::failed)?;
                let end = start.saturating_add(u64::try_from(rows.len()).map_err(BenchError::failed)?);
                let bytes: usize = rows.iter().map(String::len).sum();
                found.compact += count(u64::try_from(bytes).map_err(BenchError::failed)?)?;
                (Request::Operations { rows }, bytes, end)
            }
            Want::Attachment { .. } => {
                let oldest = journal.pending_attachments(1).map_err(BenchError::failed)?;
                let Some((sha256, jwe)) = oldest.into_iter().next() else {
                    waiting = false;
                    sync.withdraw(order.lease);
                    continue;
                };
                let size = jwe.len();
                upload = Some(sha256.clone());
                (Request::Attachment { sha256, jwe }, size, 0)
            }
            other => return Err(BenchError::Failed(format!("sync wants {other:?}"))),
        };
        sync.filled(order.lease, bytes, end);
        let reading = since.elapsed().as_secs_f64();
        let answer = uplink.perform(&request);
        let asking = since.elapsed().as_secs_f64() - reading;
        for news in sync.handle(order.lease, answer, now()) {
            match news {
                News::Acknowledged { seq, hash } => {
                    journal.acknowledge(seq, &hash, None, &stamp()).map_err(BenchError::failed)?;
                    first = seq.saturating_add(1);
                }
                News::AttachmentStored => {
                    let stored = upload.take().unwrap_or_default();
                    journal.attachment_uploaded(&stored).map_err(BenchError::failed)?;
                }
                News::AttachmentsMissing(list) => {
                    waiting |= journal.attachments_missing(&list).map_err(BenchError::failed)?;
                }
                News::Archived(list) => journal.attachments_archived(&list).map_err(BenchError::failed)?,
                _ => {}
            }
        }
        if end > 0 {
            found.reading += reading;
            found.asking += asking;
            found.chain += since.elapsed().as_secs_f64();
            found.keeping += since.elapsed().as_secs_f64() - reading - asking;
            let sent = far.counted().up().saturating_add(far.counted().down()).saturating_sub(wire);
            found.wire += count(sent)?;
        }
    }
    found.all = begun.elapsed().as_secs_f64();
    Ok(found)
}

fn count(value: u64) -> Result<f64, BenchError> {
    Ok(f64::from(u32::try_from(value).map_err(BenchError::failed)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_backlog_is_drained_over_the_line_in_fewer_bytes_than_its_rows_have() {
        let lines = run(Scale::Trial).unwrap();
        let wire = lines.iter().find(|line| line.name.starts_with("wire")).unwrap();
        assert!(wire.holds(), "{lines:?}");
        assert!(lines.iter().all(|line| line.figure.value > 0.0), "{lines:?}");
    }
}
