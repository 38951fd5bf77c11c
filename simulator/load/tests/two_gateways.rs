//! Two gateway processes over one database, as a fleet has them: the same terminal at both at once, each row once.

use std::collections::BTreeSet;

use senim_domain::{Secret, TerminalId};
use senim_gateway::store::{PostgresOptions, PostgresStore, SqliteStore};
use senim_gateway_core::store::{Collection, Store};
use senim_gateway_core::{Actor, Gateway, IntakeReply};
use senim_load::chain::{BEGIN, Terminal, Written};
use senim_load::pki::Mfo;
use senim_load::services::gateway;
use senim_load::visits::Visit;
use senim_test_postgres::Cluster;

/// Visits of the terminal; the last one is still open.
const VISITS: u64 = 12;

#[test]
fn one_terminal_at_two_gateways_over_one_sqlite_file_is_taken_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("gateway.db");
    hammer(&|| Box::new(SqliteStore::open(&path).unwrap()));
}

#[test]
fn one_terminal_at_two_gateways_over_one_postgres_is_taken_once() {
    let Some(cluster) = Cluster::start().unwrap() else { return };
    let url = Secret::new(cluster.database().unwrap());
    let options = PostgresOptions { connections: 4, ca: None };
    hammer(&|| Box::new(PostgresStore::open(&url, &options).unwrap()));
}

fn hammer(open: &dyn Fn() -> Box<dyn Store>) {
    let mfo = Mfo::new().unwrap();
    let id: TerminalId = "t-1".parse().unwrap();
    let written = chain(&mfo, &id);
    let gateways = [gateway(&mfo, open()).unwrap(), gateway(&mfo, open()).unwrap()];
    gateways[0].enrol(&id, &Actor::new("test", "to take rows from").unwrap(), BEGIN).unwrap();
    std::thread::scope(|scope| {
        for sender in 0..4 {
            let (gateway, written, id) = (&gateways[sender % 2], &written, &id);
            // Batches of different lengths, so that they overlap and meet in the middle of each other.
            scope.spawn(move || send(gateway, id, written, 7 + 6 * sender));
        }
    });
    let store = open();
    let rows = store.rows(&id, 0, usize::MAX).unwrap();
    let sent: Vec<&str> = written.iter().map(|written| written.row.compact.as_str()).collect();
    assert_eq!(rows.iter().map(|row| row.compact.as_str()).collect::<Vec<_>>(), sent);
    let heads = gateways.each_ref().map(|gateway| gateway.terminal(&id).unwrap().unwrap());
    assert!(heads.iter().all(|record| record.quarantined.is_none()));
    assert!(
        heads.iter().all(|record| record.head.as_ref().unwrap().hash == written.last().unwrap().row.hash)
    );
    // Both say the same about all of it.
    let all = |gateway: &Gateway| gateway.intake(&id, &sent, BEGIN).unwrap();
    assert_eq!(all(&gateways[0]), all(&gateways[1]));
    assert!(
        store.documents(Collection::Pending, "t-1/").unwrap().len() <= 1,
        "only what waits for its services"
    );
    let answers = store.documents(Collection::Answer, "t-1/").unwrap();
    let operations: BTreeSet<String> = answers.iter().map(|answer| answer.key.clone()).collect();
    assert_eq!(operations.len(), answers.len());
    // Written once, and wiped once where the visit has ended since.
    let wiped = |json: &str| json == r#"{"sealed":null}"#;
    assert!(
        answers.iter().all(|answer| answer.revision == 1 || (answer.revision == 2 && wiped(&answer.json)))
    );
}

fn chain(mfo: &Mfo, id: &TerminalId) -> Vec<Written> {
    let mut terminal = Terminal::new(mfo, id).unwrap();
    let mut written = vec![terminal.begin_epoch().unwrap()];
    for visit in 0..VISITS {
        let mut drafts = Visit::new(visit).drafts();
        if visit + 1 == VISITS {
            drafts.truncate(10);
        }
        written.extend(drafts.iter().map(|draft| terminal.write(draft).unwrap()));
    }
    written
}

/// As a terminal does: from the watermark on, until all is acknowledged; a sealed part when it is missed.
fn send(gateway: &Gateway, id: &TerminalId, written: &[Written], batch: usize) {
    let mut acked = 0;
    while acked < written.len() {
        // One row back, so that there is something that is known already.
        let from = acked.saturating_sub(1);
        let rows: Vec<&str> =
            written[from..].iter().take(batch).map(|written| written.row.compact.as_str()).collect();
        let reply: IntakeReply = gateway.intake(id, &rows, BEGIN).unwrap();
        assert_eq!(reply.refusal, None);
        acked = usize::try_from(reply.acked.unwrap().seq).unwrap() + 1;
        for hash in reply.missing {
            let sealed = written.iter().filter_map(|written| {
                let sealed = written.row.envelope.sealed.as_ref()?;
                (sealed.sha256 == hash).then(|| written.attachment.clone().unwrap())
            });
            for jwe in sealed {
                // The services are away: what needs them waits, and says so.
                let _ = gateway.put_attachment(id, &hash, &jwe, BEGIN);
            }
        }
    }
}
