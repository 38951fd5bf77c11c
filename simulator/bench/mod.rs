//! `senim-simulator bench`: what the product's own code costs, each figure beside a reference taken in the same run, so that a
//! noisy machine spoils both alike (design section 9). The benches of the exchange are those of `senim-load`; those of the
//! dispenser and of what a person at the screen notices are here.

mod bare;
mod dispense;
mod process;
mod screen;

use std::io::Write as _;

use senim_load::bench::{BENCHES, Scale, Table};

pub use bare::{BareWindow, show as show_bare_window};

/// The dispenser's bench among the names.
const DISPENSE: &str = "dispense";
/// That of the screen.
const SCREEN: &str = "screen";

/// Names of all benches.
#[must_use]
pub fn names() -> Vec<&'static str> {
    [DISPENSE, SCREEN].into_iter().chain(BENCHES.iter().map(|(name, _)| *name)).collect()
}

/// Runs the benches of these names, or all, and prints one table.
///
/// # Errors
/// A bench does not get on, or a limit is missed.
pub fn print(asked: &[String], rounds: usize) -> anyhow::Result<()> {
    if cfg!(debug_assertions) {
        tracing::warn!("THIS IS A DEBUG BUILD: its figures mean nothing; build with --release");
    }
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    let mut table = Table::default();
    if wanted(DISPENSE) {
        let work = tempfile::tempdir()?;
        table.0.push(dispense::dispense(work.path(), rounds)?.line());
    }
    if wanted(SCREEN) {
        let work = tempfile::tempdir()?;
        table.0.extend(screen::lines(work.path())?);
    }
    for (name, bench) in BENCHES.iter().filter(|(name, _)| wanted(name)) {
        tracing::info!(name, "bench");
        table.0.extend(bench(Scale::Full)?);
    }
    write!(std::io::stdout().lock(), "{table}")?;
    let missed = table.0.iter().filter(|line| !line.holds()).count();
    anyhow::ensure!(missed == 0, "{missed} of the limits are missed");
    Ok(())
}
