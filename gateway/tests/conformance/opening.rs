//! Stores that outlive a process: opening again, beside others, and after a newer version.

use std::os::unix::fs::PermissionsExt as _;

use senim_domain::Secret;
use senim_gateway::store::{PostgresOptions, PostgresStore, SqliteStore};
use senim_gateway_core::store::{Collection, Expect, Store, StoreError};
use senim_test_postgres::Cluster;

use crate::conformance::stores::{message, open, postgres_url, put, row, sqlite, stored, terminal};

#[test]
fn sqlite_is_shared_by_two_processes_and_found_again() {
    let (store, dir) = sqlite();
    let second = SqliteStore::open(&dir.path().join("gateway.db")).unwrap();
    shared_and_found_again(store, second, || SqliteStore::open(&dir.path().join("gateway.db")).unwrap());
}

#[test]
fn postgres_is_shared_by_two_processes_and_found_again() {
    let Some(url) = postgres_url() else { return };
    shared_and_found_again(open(&url), open(&url), || open(&url));
}

fn shared_and_found_again<S: Store>(first: S, second: S, again: impl Fn() -> S) {
    let one = terminal("t-1");
    first.commit(&[row(&one, 0), message(&one, "one")]).unwrap();
    second.commit(&[row(&one, 1), message(&one, "two")]).unwrap();
    assert!(matches!(first.commit(&[row(&one, 1)]), Err(StoreError::Conflict(_))));
    drop((first, second));
    let again = again();
    assert_eq!(again.rows(&one, 0, 9).unwrap(), [stored(&one, 0), stored(&one, 1)]);
    assert_eq!(again.inbox_head(&one).unwrap(), 2);
}

#[test]
fn many_gateways_that_start_at_once_on_an_empty_database_all_serve() {
    let Some(url) = postgres_url() else { return };
    std::thread::scope(|scope| {
        for number in 0..6 {
            let url = &url;
            scope.spawn(move || {
                let key = format!("{number}");
                open(url).commit(&[put(Collection::Meta, &key, Expect::Absent, "1")]).unwrap();
            });
        }
    });
    assert_eq!(open(&url).documents(Collection::Meta, "").unwrap().len(), 6);
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let (store, dir) = sqlite();
    drop(store);
    let path = dir.path().join("gateway.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(SqliteStore::open(&path), Err(StoreError::Corrupt(why)) if why.contains("99")));

    let Some(url) = postgres_url() else { return };
    drop(open(&url));
    statement(&url, "INSERT INTO schema_versions (version) VALUES (99)");
    let refused = PostgresStore::open(&url, &PostgresOptions::default());
    assert!(matches!(refused, Err(StoreError::Corrupt(why)) if why.contains("99")));
}

#[test]
fn a_file_that_is_no_database_is_said_to_be_corrupt_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("gateway.db");
    std::fs::write(&path, "not a database, but somebody's letter".repeat(100)).unwrap();
    assert!(matches!(SqliteStore::open(&path), Err(StoreError::Corrupt(_))));
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("not a database"));
}

#[test]
fn a_server_that_is_away_is_said_to_be_so_without_the_password() {
    let url = Secret::new("postgres://u:planted@127.0.0.1:1/d".into());
    match PostgresStore::open(&url, &PostgresOptions::default()) {
        Err(StoreError::Unavailable(why)) => {
            assert!(why.contains("refused") && !why.contains("planted"), "{why}")
        }
        other => panic!("{:?}", other.err()),
    }
}

#[test]
fn what_postgres_cannot_hold_is_refused_and_the_connection_goes_on() {
    let Some(url) = postgres_url() else { return };
    let store = open(&url);
    for (key, json) in [("nul \0", "1"), ("a", "nul \0")] {
        assert!(matches!(
            store.commit(&[put(Collection::Meta, key, Expect::Any, json)]),
            Err(StoreError::Corrupt(_))
        ));
    }
    store.commit(&[put(Collection::Meta, "a", Expect::Absent, "1")]).unwrap();
}

#[test]
fn a_server_behind_tls_is_reached_by_who_believes_its_ca_and_by_nobody_else() {
    let Some(mut cluster) = Cluster::start().unwrap() else { return };
    let (ca, certificate, key) = server_certificate();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let write = |name: &str, text: &str| {
        let path = cluster.dir().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        cluster.give_away(&path).unwrap();
        path.display().to_string()
    };
    let (certificate, key) = (write("server.pem", &certificate), write("server.key.pem", &key));
    for setting in [
        format!("ssl_cert_file = '{certificate}'"),
        format!("ssl_key_file = '{key}'"),
        "ssl = on".to_owned(),
        "listen_addresses = '127.0.0.1'".to_owned(),
        format!("port = {port}"),
    ] {
        statement(&Secret::new(cluster.url()), &format!("ALTER SYSTEM SET {setting}"));
    }
    cluster.restart().unwrap();

    let url = Secret::new(format!("postgres://postgres@localhost:{port}/postgres?sslmode=require"));
    let dir = tempfile::tempdir().unwrap();
    let believing = |name: &str, pem: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, pem).unwrap();
        PostgresStore::open(&url, &PostgresOptions { connections: 2, ca: Some(path) })
    };
    let store = believing("ca.pem", &ca).unwrap();
    store.commit(&[row(&terminal("t-1"), 0), message(&terminal("t-1"), "m")]).unwrap();
    assert_eq!(store.inbox_head(&terminal("t-1")).unwrap(), 1);
    match believing("other.pem", &server_certificate().0) {
        Err(StoreError::Unavailable(why)) => assert!(why.contains("certificate"), "{why}"),
        other => panic!("{:?}", other.err()),
    }
}

/// A CA, and certificate and key of a server called localhost, in PEM.
fn server_certificate() -> (String, String, String) {
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let ca = params.self_signed(&ca_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(params, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let server = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    (ca, server.signed_by(&key, &issuer).unwrap().pem(), key.serialize_pem())
}

/// A statement of an administrator.
pub fn statement(url: &Secret, text: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(url.expose(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(text).await.unwrap();
    });
}
