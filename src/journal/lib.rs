//! The terminal's only user of SQLite: append, chain, recover, retain, export (design section 4).
//!
//! Decides when a row is durable, what a restart may believe of a file, and when rows may leave the terminal. It does not
//! know what rows mean, talks to no network and reads no clock: moments, identities and keys are handed in.

mod append;
mod audit;
mod beside;
mod checkpoint;
mod error;
mod export;
mod files;
mod insert;
mod journal;
mod options;
mod queue;
mod reader;
mod rewind;
mod schema;
mod sealed;
mod second_copy;
mod store;
mod telemetry;
mod verify;

#[cfg(test)]
mod tests;

pub use audit::{AUDIT_ROWS, Audit, Progress};
pub use checkpoint::{CHECKPOINT_AFTER_MS, CHECKPOINT_ROWS};
pub use error::JournalError;
pub use journal::{EPOCH_AFTER_MS, Journal};
pub use options::{Entry, FreeBytes, Identity, JournalOptions, OpenCheck, StateKey, Status};
pub use reader::{JournalReader, Verified};
pub use rewind::Rewound;
pub use second_copy::{Copied, SecondCopy};
pub use telemetry::TelemetryEntry;
