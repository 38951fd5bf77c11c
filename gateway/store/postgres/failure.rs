//! What a failure of PostgreSQL means for who asked.

use senim_gateway_core::store::StoreError;
use tokio_postgres::error::SqlState;

/// A failed request.
#[derive(Debug)]
pub(super) enum Failure {
    /// A belief was wrong, or a row is there already.
    Conflict(String),
    /// The server undid the transaction so that another could go on: the same again may succeed.
    Again(String),
    /// The connection is gone or silent; whether a statement took effect is not known.
    Lost(String),
    /// The server refuses: no room, read only, too many connections, no such table.
    Refused(String),
    /// The values cannot be stored in these tables, or were not written by this program.
    Corrupt(String),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else { return Self::Lost(chain(&error)) };
        // The detail may repeat values of rows: only the message itself goes on.
        let text = format!("PostgreSQL: {} ({})", said.message(), said.code().code());
        let code = said.code();
        if *code == SqlState::UNIQUE_VIOLATION {
            return Self::Conflict(said.constraint().unwrap_or("row").to_owned());
        }
        let undone = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            // Another gateway makes the same table at this moment; IF NOT EXISTS does not see it yet.
            SqlState::DUPLICATE_OBJECT,
            SqlState::DUPLICATE_TABLE,
        ];
        if undone.contains(code) {
            return Self::Again(text);
        }
        // Of a server that another has taken over from: a new connection may find the other.
        if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
            return Self::Lost(text);
        }
        match code.code().get(..2) {
            // Values that do not fit (22) and checks of the tables (23).
            Some("22" | "23") => Self::Corrupt(text),
            // Connection gone (08), shutting down (57); a statement that took too long is neither.
            Some("08" | "57") if *code != SqlState::QUERY_CANCELED => Self::Lost(text),
            Some(_) | None => Self::Refused(text),
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Conflict(what) => Self::Conflict(what),
            Failure::Again(what) | Failure::Lost(what) | Failure::Refused(what) => Self::Unavailable(what),
            Failure::Corrupt(what) => Self::Corrupt(what),
        }
    }
}

/// An error with its causes: tokio-postgres says "error connecting to server" and keeps the reason below.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
