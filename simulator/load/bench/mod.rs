//! The benches of the exchange (design section 9): each takes its figure and its reference in the same run.
//!
//! `cargo bench -p senim-load` prints the table; `senim-simulator bench` calls the same functions.

pub mod commit;
pub mod dossier;
pub mod drain;
mod far;
pub mod intake;
mod table;
pub mod verify;
pub mod wire;
mod writer;

pub use table::{Figure, Limit, Line, Table};

use crate::error::LoadError;

/// How much a bench does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Enough to see that it works; its figures say little.
    Trial,
    /// As much as a figure needs.
    Full,
}

/// Why a bench gives no figures.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The load cannot be made.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// What is measured did something else than it should.
    #[error("{0}")]
    Failed(String),
}

impl BenchError {
    /// With the cause's own words.
    pub fn failed(cause: impl std::fmt::Display) -> Self {
        Self::Failed(cause.to_string())
    }
}

/// A bench: its lines at a scale.
pub type Bench = fn(Scale) -> Result<Vec<Line>, BenchError>;

/// Every bench with the name by which it is asked for, in the order of the table.
pub const BENCHES: &[(&str, Bench)] = &[
    ("commit", commit::run),
    ("drain", drain::run),
    ("wire", wire::run),
    ("intake", intake::run),
    ("verify", verify::run),
    ("dossier", dossier::run),
];
