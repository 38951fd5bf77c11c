//! Killed servers and full disks: nothing that was acknowledged is lost, and what was refused can be sent again.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use senim_domain::Secret;
use senim_gateway::store::SqliteStore;
use senim_gateway_core::store::{Collection, Expect, Store, StoreError};
use senim_test_postgres::Cluster;

use crate::conformance::opening::statement;
use crate::conformance::stores::{message, open, put, row, stored, terminal};

/// Writers, each with a terminal of its own.
const WRITERS: usize = 4;
/// How often the server is killed.
const KILLS: u64 = 4;

/// What a writer knows to be durable.
#[derive(Default)]
struct Acknowledged {
    rows: AtomicU64,
    messages: AtomicU64,
}

#[test]
fn nothing_acknowledged_is_lost_when_postgres_is_killed_in_the_middle_of_commits() {
    let Some(mut cluster) = Cluster::start().unwrap() else { return };
    let store = open(&Secret::new(cluster.url()));
    let over = AtomicBool::new(false);
    let known: Vec<Acknowledged> = (0..WRITERS).map(|_| Acknowledged::default()).collect();
    let all = || known.iter().map(|known| known.rows.load(Ordering::Acquire)).sum::<u64>();
    std::thread::scope(|scope| {
        for (writer, known) in known.iter().enumerate() {
            let (store, over) = (&store, &over);
            scope.spawn(move || write_until(store, over, &format!("t-{writer}"), known));
        }
        for _ in 0..KILLS {
            let before = all();
            while all() < before + 200 {
                std::thread::yield_now();
            }
            cluster.kill().unwrap();
            cluster.restart().unwrap();
        }
        let before = all();
        while all() < before + 50 {
            std::thread::yield_now();
        }
        over.store(true, Ordering::Release);
    });
    for (writer, known) in known.iter().enumerate() {
        let one = terminal(&format!("t-{writer}"));
        let rows = store.rows(&one, 0, usize::MAX).unwrap();
        assert!(rows.len() as u64 >= known.rows.load(Ordering::Acquire));
        assert!(rows.iter().zip(0..).all(|(row, seq)| *row == stored(&one, seq)), "dense and unchanged");
        let items = store.inbox(&one, 0, usize::MAX).unwrap();
        assert!(items.len() as u64 >= known.messages.load(Ordering::Acquire));
        // A row and its message were one transaction.
        let expected: Vec<String> = rows.iter().step_by(8).map(|row| row.seq.to_string()).collect();
        assert_eq!(items.into_iter().map(|item| item.jws).collect::<Vec<_>>(), expected);
    }
}

/// As intake does it: what is not known to have arrived is looked up, then sent again.
fn write_until(store: &impl Store, over: &AtomicBool, name: &str, known: &Acknowledged) {
    let one = terminal(name);
    let mut next = 0;
    while !over.load(Ordering::Acquire) {
        let mut changes: Vec<_> = (next..next + 8).map(|seq| row(&one, seq)).collect();
        changes.push(message(&one, &next.to_string()));
        match store.commit(&changes) {
            Ok(()) => {
                next += 8;
                known.rows.store(next, Ordering::Release);
                known.messages.fetch_add(1, Ordering::AcqRel);
            }
            Err(StoreError::Unavailable(_) | StoreError::Conflict(_)) => {
                let there = loop {
                    match store.rows(&one, next, 9) {
                        Ok(rows) => break rows.len() as u64,
                        Err(StoreError::Unavailable(_)) => std::thread::yield_now(),
                        Err(error) => panic!("{error}"),
                    }
                };
                assert!(there == 0 || there == 8, "{there} of 8 rows");
                next += there;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_store_outlives_a_restart_of_postgres_without_an_error_where_nothing_was_under_way() {
    let Some(mut cluster) = Cluster::start().unwrap() else { return };
    let store = open(&Secret::new(cluster.url()));
    let one = terminal("t-1");
    for seq in 0..3 {
        store.commit(&[row(&one, seq), message(&one, "m")]).unwrap();
        cluster.kill().unwrap();
        match store.row(&one, seq) {
            Err(StoreError::Unavailable(_)) => {}
            other => panic!("{other:?}"),
        }
        cluster.restart().unwrap();
        assert_eq!(store.row(&one, seq).unwrap(), Some(stored(&one, seq)));
        cluster.restart().unwrap();
        store.commit(&[put(Collection::Meta, "alone", Expect::Any, "1")]).unwrap();
    }
}

#[test]
fn a_connection_that_an_administrator_ends_is_replaced() {
    let Some(cluster) = Cluster::start().unwrap() else { return };
    let url = Secret::new(cluster.url());
    let store = open(&url);
    for seq in 0..3 {
        store.commit(&[row(&terminal("t-1"), seq), message(&terminal("t-1"), "m")]).unwrap();
        statement(
            &url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'senim-gateway'",
        );
    }
    assert_eq!(store.inbox_head(&terminal("t-1")).unwrap(), 3);
}

#[test]
fn a_database_that_became_read_only_refuses_and_serves_again_later() {
    let Some(cluster) = Cluster::start().unwrap() else { return };
    let url = Secret::new(cluster.url());
    let store = open(&url);
    // As after a failover: the old server answers, but no longer writes.
    let end =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'senim-gateway'";
    statement(&url, &format!("ALTER DATABASE postgres SET default_transaction_read_only = on; {end}"));
    let change = put(Collection::Meta, "a", Expect::Absent, "1");
    assert!(matches!(store.commit(std::slice::from_ref(&change)), Err(StoreError::Unavailable(_))));
    let writable = "ALTER DATABASE postgres RESET default_transaction_read_only";
    statement(&url, &format!("BEGIN READ WRITE; {writable}; COMMIT"));
    store.commit(&[change]).unwrap();
}

/// What a process that is killed is told: the file of its store.
const KILLED_STORE: &str = "SENIM_TEST_KILLED_STORE";

/// Not a test of its own: the process that the next one kills.
#[test]
fn a_process_that_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(KILLED_STORE) else { return };
    let store = SqliteStore::open(std::path::Path::new(&path)).unwrap();
    let store = &store;
    std::thread::scope(|scope| {
        for writer in 0..WRITERS * 4 {
            scope.spawn(move || {
                let one = terminal(&format!("t-{writer}"));
                let mut seq = store.rows(&one, 0, usize::MAX).unwrap().len() as u64;
                loop {
                    store.commit(&[row(&one, seq), message(&one, &seq.to_string())]).unwrap();
                    // Only now may anybody be told.
                    println!("kept {writer} {seq}");
                    seq += 1;
                }
            });
        }
    });
}

#[test]
fn a_gateway_killed_between_a_shared_commit_and_its_answers_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("gateway.db");
    let mut known = [None; WRITERS * 4];
    for _ in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "conformance::power::a_process_that_writes_until_it_is_killed", "--nocapture"])
            .env(KILLED_STORE, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut heard = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
            let words: Vec<&str> = line.split_whitespace().collect();
            // The last line may be torn.
            if let ["kept", writer, seq] = words.as_slice()
                && let (Ok(writer), Ok(seq)) = (writer.parse::<usize>(), seq.parse::<u64>())
                && known.get(writer).is_some_and(|known| *known < Some(seq))
            {
                known[writer] = known[writer].max(Some(seq));
                heard += 1;
            }
            if heard == 300 {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(heard >= 300, "{heard}");
        let store = SqliteStore::open(&path).unwrap();
        for (writer, last) in known.iter().enumerate() {
            let one = terminal(&format!("t-{writer}"));
            let rows = store.rows(&one, 0, usize::MAX).unwrap();
            assert!(rows.len() as u64 >= last.map_or(0, |last| last + 1), "{writer}: {last:?}");
            assert!(rows.iter().zip(0..).all(|(row, seq)| *row == stored(&one, seq)), "dense and unchanged");
            // A row and its message were one transaction.
            assert_eq!(store.inbox(&one, 0, usize::MAX).unwrap().len(), rows.len());
        }
    }
}
