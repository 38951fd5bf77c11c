//! The rows of a stage's terminal, and the gateway's copy of them.

use std::path::Path;
use std::process::Command;

use rusqlite::{Connection, OpenFlags};
use senim_simulator::process::Programs;
use serde_json::Value;

/// A row's number and SHA-256.
pub type Place = (i64, String);

/// The terminal's rows, as its program shows them.
pub fn at_terminal(work: &Path) -> Vec<Value> {
    let program = Programs::found().path("senim").unwrap();
    let shown = Command::new(program)
        .args(["journal", "show", "--config"])
        .arg(work.join("senim.toml"))
        .output()
        .unwrap();
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    let text = String::from_utf8(shown.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Where each row stands.
pub fn places(rows: &[Value]) -> Vec<Place> {
    let place = |row: &Value| (row["seq"].as_i64().unwrap(), row["sha256"].as_str().unwrap().to_owned());
    rows.iter().map(place).collect()
}

fn gateway_store(work: &Path) -> Connection {
    Connection::open_with_flags(work.join("gateway.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

/// What the gateway has taken in of its terminals' rows, in order; none of them may be in quarantine.
pub fn at_gateway(work: &Path) -> Vec<Place> {
    let store = gateway_store(work);
    let mut select = store.prepare("SELECT seq, hash, quarantined FROM rows ORDER BY seq").unwrap();
    let rows = select.query_map([], |row| {
        assert!(!row.get::<_, bool>(2)?, "row {} is in quarantine", row.get::<_, i64>(0)?);
        Ok((row.get(0)?, row.get(1)?))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// The gateway's only loan.
pub fn loan_at_gateway(work: &Path) -> Value {
    let text: String = gateway_store(work)
        .query_one("SELECT json FROM documents WHERE collection = 'loan'", [], |row| row.get(0))
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The public part of rows of this kind.
pub fn of_kind<'a>(rows: &'a [Value], kind: &'static str) -> impl Iterator<Item = &'a Value> {
    rows.iter().filter(move |row| row["kind"] == kind).map(|row| &row["public"])
}
