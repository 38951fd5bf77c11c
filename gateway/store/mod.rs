//! Databases behind the core's store trait.

mod address;
mod backup;
mod postgres;
mod prefix;
mod sqlite;

use senim_gateway_core::store::{Store, StoreError};

pub use address::{StoreAddress, StoreAddressError};
pub use backup::{BackupError, backup};
pub use postgres::{PostgresOptions, PostgresStore};
pub use sqlite::SqliteStore;

/// Opens whichever store the address names.
///
/// # Errors
/// [`StoreError::Unavailable`] when it cannot be reached or used, [`StoreError::Corrupt`] when a newer version wrote it.
pub fn open(address: &StoreAddress, options: &PostgresOptions) -> Result<Box<dyn Store>, StoreError> {
    Ok(match address {
        StoreAddress::Sqlite(path) => Box::new(SqliteStore::open(path)?),
        StoreAddress::Postgres(url) => Box::new(PostgresStore::open(url, options)?),
    })
}
