//! What the driver adds to a dispense: beside the same frames by a loop without driver or thread, on the same emulator.

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use senim_domain::cash::{Denomination, UnitNo, UnitRequest};
use senim_drivers::{Lcdm4000, lcdm4000};
use senim_emulators::lcdm4000::{Cassette, Unit};
use senim_emulators::pty::Pacing;
use senim_emulators::rack::{Options, Rack};
use senim_hal::cash_dispenser::{CashDispenser, Command, Event};
use senim_linux::line::{LineHandle, spawn_line};
use senim_linux::tty::{LineConfig, SerialLine};
use senim_load::bench::{Figure, Limit, Line};
use serde::Serialize;

use crate::error::Trouble;

/// Speed of the dispenser's line.
const BAUD: u32 = 9_600;
/// Notes of the dispense that is timed.
const NOTES: u32 = 10;
/// Notes in each emulated cassette: more than any number of rounds takes.
const STOCK: u32 = 60_000;
/// Longest wait for anything the emulator does.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time between two exchanges.
const REST: Duration = Duration::from_millis(100);
/// EOT ID STX 52h, ten notes of cassette 1, no time-out, nine reserved bytes, ETX, BCC (protocols section 1.4).
const DISPENSE_TEN: [u8; 21] = [
    0x04, 0x30, 0x02, 0x52, 0x2A, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20,
    0x20, 0x20, 0x03, 0x4D,
];
/// Bytes that the device sends for it: ACK and the reply; EOT comes behind the host's ACK and is not waited for.
const REPLY: usize = 1 + 29;

/// Least, median, 99th percentile and most of a series, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Least.
    pub min_ms: f64,
    /// Median.
    pub median_ms: f64,
    /// 99th percentile; the most where there are fewer than a hundred.
    pub p99_ms: f64,
    /// Most.
    pub max_ms: f64,
}

impl Spread {
    /// Of a series in microseconds.
    #[must_use]
    pub fn of(mut micros: Vec<u64>) -> Self {
        micros.sort_unstable();
        let at = |percent: usize| {
            let place = micros.len().saturating_sub(1).saturating_mul(percent).div_ceil(100);
            // Microseconds of a bench are far below 2^52.
            micros.get(place).map_or(0.0, |micros| *micros as f64 / 1_000.0)
        };
        Self { min_ms: at(0), median_ms: at(50), p99_ms: at(99), max_ms: at(100) }
    }
}

/// One measured thing.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What.
    pub what: &'static str,
    /// Rounds of each.
    pub rounds: usize,
    /// Ours.
    pub ours: Spread,
    /// The reference: what cannot be faster.
    pub reference: Spread,
    /// What the reference is.
    pub reference_is: &'static str,
    /// Median of ours less median of the reference.
    pub beyond_ms: f64,
    /// 99th percentile of ours less median of the reference.
    pub beyond_p99_ms: f64,
    /// What `beyond` should not exceed.
    pub limit_ms: f64,
}

impl Row {
    /// As a line of the table.
    #[must_use]
    pub fn line(&self) -> Line {
        Line {
            name: format!("{}: p99 beyond the reference", self.what),
            figure: Figure::new(self.beyond_p99_ms, "ms"),
            reference: Some(Figure::new(self.reference.median_ms, "ms")),
            limit: Limit::FigureAtMost(self.limit_ms),
        }
    }
}

/// Times a dispense of ten notes on a byte-paced line of 9,600 baud: command handed over → movement told, by the thread and
/// the driver of the firmware, and by a bare loop over the same port that only writes the frame and reads the reply.
///
/// # Errors
/// [`Trouble`] when the emulator cannot be started or does not answer.
pub fn dispense(work: &Path, rounds: usize) -> Result<Row, Trouble> {
    let rack = Rack::start(work, Options::default())
        .map_err(|error| Trouble::Usage(format!("the emulators cannot start: {error}")))?;
    rack.dispenser().set_pacing(Pacing::at_baud(BAUD));
    rack.dispenser().with(|device, _| {
        for unit in Unit::ALL {
            device.set_cassette(unit, Cassette::new(5_000, STOCK));
        }
    });
    let port = LineConfig::new(work.join("dispenser"));
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        // In turn, so that a load that comes and goes meets both.
        ours.push(by_the_driver(&port)?);
        bare.push(by_a_bare_loop(&port)?);
    }
    let (ours, reference) = (Spread::of(ours), Spread::of(bare));
    Ok(Row {
        what: "dispense of ten notes, 9,600 baud, byte by byte",
        rounds,
        ours,
        reference,
        reference_is: "the same frames on the same port by a loop without driver or thread",
        beyond_ms: ours.median_ms - reference.median_ms,
        beyond_p99_ms: ours.p99_ms - reference.median_ms,
        limit_ms: 20.0,
    })
}

fn failed(words: impl std::fmt::Display) -> Trouble {
    Trouble::Usage(format!("the bench does not get on: {words}"))
}

fn by_the_driver(port: &LineConfig) -> Result<u64, Trouble> {
    let driver = Lcdm4000::new(lcdm4000::Config::default()).map_err(failed)?;
    let driver: Box<dyn CashDispenser + Send> = Box::new(driver);
    let (sender, events) = channel();
    let line = spawn_line("dispenser", port.clone(), driver, move |event| sender.send(event).is_ok())
        .map_err(failed)?;
    wait(&events, |event| matches!(event, Event::Line { open: true }))?;
    // The driver waits for quiet after an opening; that is not the dispense's time.
    ask(&line, Command::Status)?;
    wait(&events, |event| matches!(event, Event::Status { .. }))?;
    // The device's closing EOT belongs to the exchange before.
    let _nothing = events.recv_timeout(REST);
    let notes = vec![UnitRequest { unit: UnitNo(1), denomination: Denomination(5_000), notes: NOTES }];
    let started = micros();
    ask(&line, Command::Dispense(notes))?;
    wait(&events, |event| matches!(event, Event::Moved(movement) if movement.distributed() == NOTES))?;
    Ok(micros().saturating_sub(started))
}

fn ask(line: &LineHandle<Command>, command: Command) -> Result<(), Trouble> {
    line.send(command).map_err(failed)
}

fn wait(events: &Receiver<Event>, wanted: impl Fn(&Event) -> bool) -> Result<(), Trouble> {
    loop {
        let event = events.recv_timeout(PATIENCE).map_err(failed)?;
        if wanted(&event) {
            return Ok(());
        }
        if let Event::Failed(error) | Event::Unanswered(error) = event {
            return Err(failed(error));
        }
    }
}

fn by_a_bare_loop(port: &LineConfig) -> Result<u64, Trouble> {
    let line = SerialLine::open(port).map_err(failed)?;
    // Both begin on a line that has been quiet.
    std::thread::park_timeout(REST);
    let started = micros();
    line.write(&DISPENSE_TEN).map_err(failed)?;
    let mut buffer = [0_u8; 64];
    let mut heard = 0;
    while heard < REPLY {
        let mut waits = [PollFd::new(line.fd(), PollFlags::POLLIN)];
        let ready = poll(&mut waits, PollTimeout::try_from(PATIENCE).unwrap_or(PollTimeout::MAX));
        if ready.is_ok_and(|count| count == 0) {
            return Err(failed("no reply to a bare frame"));
        }
        heard += line.read(&mut buffer).map_err(failed)?;
    }
    let took = micros().saturating_sub(started);
    line.write(&[0x06]).map_err(failed)?;
    let mut waits = [PollFd::new(line.fd(), PollFlags::POLLIN)];
    let _eot = poll(&mut waits, PollTimeout::try_from(PATIENCE).unwrap_or(PollTimeout::MAX));
    Ok(took)
}

fn micros() -> u64 {
    nix::time::clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC).map_or(0, |time| {
        let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
        seconds.saturating_mul(1_000_000).saturating_add(u64::try_from(time.tv_nsec() / 1_000).unwrap_or(0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_tells_least_median_and_most() {
        let spread = Spread::of((1..=100).rev().map(|ms| ms * 1_000).collect());
        assert_eq!((spread.min_ms, spread.max_ms), (1.0, 100.0));
        assert!((50.0..=51.0).contains(&spread.median_ms));
        assert!((99.0..=100.0).contains(&spread.p99_ms));
    }

    #[test]
    fn a_round_of_each_moves_ten_notes_twice_and_gives_a_row() {
        let work = tempfile::tempdir().unwrap();
        let row = dispense(work.path(), 1).unwrap();
        assert_eq!(row.rounds, 1);
        // Thirty bytes at 9,600 baud alone take this long, in either way.
        assert!(row.ours.min_ms > 30.0 && row.reference.min_ms > 30.0, "{row:?}");
    }
}
