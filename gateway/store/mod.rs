//! Databases behind the core's store trait.

mod sqlite;

pub use sqlite::SqliteStore;
