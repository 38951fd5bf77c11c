//! The stores under test and the changes they are given.

use std::sync::OnceLock;

use senim_domain::{Secret, TerminalId};
use senim_gateway::store::{PostgresOptions, PostgresStore, SqliteStore};
use senim_gateway_core::MemoryStore;
use senim_gateway_core::store::{Change, Collection, Expect, StoredAttachment, StoredRow};
use senim_test_postgres::Cluster;
use tempfile::TempDir;

pub fn memory() -> Box<MemoryStore> {
    Box::default()
}

pub fn sqlite() -> (SqliteStore, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (SqliteStore::open(&dir.path().join("gateway.db")).unwrap(), dir)
}

/// A fresh database of a cluster that all tests of this process share.
pub fn postgres_url() -> Option<Secret> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(|| Cluster::start().unwrap()).as_ref()?;
    Some(Secret::new(cluster.database().unwrap()))
}

pub fn open(url: &Secret) -> PostgresStore {
    PostgresStore::open(url, &PostgresOptions { connections: 8, ca: None }).unwrap()
}

pub fn postgres() -> Option<PostgresStore> {
    postgres_url().map(|url| open(&url))
}

pub fn terminal(name: &str) -> TerminalId {
    name.parse().unwrap()
}

/// A row without an attachment.
pub fn stored(terminal: &TerminalId, seq: u64) -> StoredRow {
    StoredRow {
        seq,
        hash: format!("hash-{terminal}-{seq}"),
        op_id: format!("op-{terminal}-{seq}"),
        kind: "PowerChanged".into(),
        quarantined: seq % 2 == 1,
        attachment: None,
        compact: format!("header.{terminal}-{seq}.signature"),
    }
}

pub fn row(terminal: &TerminalId, seq: u64) -> Change {
    Change::Row { terminal: terminal.clone(), row: stored(terminal, seq) }
}

pub fn attachment(terminal: &TerminalId, sha256: &str, jwe: &str, archived: bool) -> Change {
    Change::Attachment {
        terminal: terminal.clone(),
        sha256: sha256.into(),
        attachment: StoredAttachment { jwe: jwe.into(), archived },
    }
}

pub fn message(terminal: &TerminalId, jws: &str) -> Change {
    Change::Inbox { terminal: terminal.clone(), jws: jws.into(), least: 1 }
}

pub fn put(collection: Collection, key: &str, expect: Expect, json: &str) -> Change {
    Change::Document { collection, key: key.into(), expect, json: Some(json.into()) }
}

pub fn remove(collection: Collection, key: &str, expect: Expect) -> Change {
    Change::Document { collection, key: key.into(), expect, json: None }
}
