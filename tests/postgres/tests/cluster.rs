//! A cluster keeps what was committed when it is killed, and nothing of it stays behind.

#![allow(clippy::unwrap_used, reason = "tests may")]

use senim_test_postgres::Cluster;

#[test]
fn what_was_committed_is_there_after_a_kill_and_nothing_stays_behind() {
    let Some(mut cluster) = Cluster::start().unwrap() else { return };
    let url = cluster.database().unwrap();
    let ask = |cluster: &Cluster, statement: &str| {
        cluster
            .run("psql", &[&url, "--no-psqlrc", "--tuples-only", "--no-align", "--command", statement])
            .unwrap()
    };
    ask(&cluster, "CREATE TABLE t (n int); INSERT INTO t SELECT generate_series(1, 100000)");
    assert!(cluster.cpu_seconds() > 0.0);
    cluster.kill().unwrap();
    assert!(cluster.run("psql", &[&url, "--command", "SELECT 1"]).is_err());
    cluster.restart().unwrap();
    assert_eq!(ask(&cluster, "SELECT count(*) FROM t").trim(), "100000");
    assert_eq!(ask(&cluster, "SHOW fsync").trim(), "on");
    let dir = cluster.dir().to_owned();
    drop(cluster);
    assert!(!dir.exists());
}
