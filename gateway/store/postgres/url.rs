//! How PostgreSQL is reached: the URL, read once, and whether TLS is needed.
//!
//! A server on another machine is reached with TLS only, and only with a certificate of the configured CA.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use senim_domain::Secret;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::PostgresOptions;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// A peer that acknowledges nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(10);

/// Where and how to connect.
pub(super) struct Target {
    pub(super) config: Config,
    /// `None`: a Unix socket or this machine.
    pub(super) tls: Option<MakeRustlsConnect>,
}

impl Target {
    /// Reads the URL; errors never repeat it, since it may hold a password.
    pub(super) fn read(url: &Secret, options: &PostgresOptions) -> Result<Self, String> {
        let mut config: Config = url
            .expose()
            .parse()
            .map_err(|_| "the configuration's store is not a URL of PostgreSQL".to_owned())?;
        config
            .application_name("senim-gateway")
            .connect_timeout(CONNECT)
            .tcp_user_timeout(SILENCE)
            .keepalives_idle(SILENCE);
        let wanted = config.get_ssl_mode() == SslMode::Require;
        if !wanted && !config.get_hosts().iter().all(is_local) {
            return Err("the store is on another machine: add sslmode=require to its URL".into());
        }
        let tls = wanted.then(|| tls(options)).transpose()?;
        if tls.is_none() {
            config.ssl_mode(SslMode::Disable);
        }
        Ok(Self { config, tls })
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
        Host::Unix(_) => true,
    }
}

fn tls(options: &PostgresOptions) -> Result<MakeRustlsConnect, String> {
    let path =
        options.ca.as_ref().ok_or("sslmode=require needs store_ca, the CA of the server's certificate")?;
    let unusable = |error: &dyn std::fmt::Display| format!("store_ca {}: {error}", path.display());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(&error))? {
        let certificate = certificate.map_err(|error| unusable(&error))?;
        roots.add(certificate).map_err(|error| unusable(&error))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| unusable(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<Target, String> {
        Target::read(&Secret::new(url.into()), &PostgresOptions::default())
    }

    #[test]
    fn another_machine_is_reached_with_tls_and_a_ca_or_not_at_all() {
        assert!(read("postgres://u@db.internal/d").err().unwrap().contains("sslmode=require"));
        assert!(read("postgres://u@db.internal/d?sslmode=require").err().unwrap().contains("store_ca"));
        for local in
            ["postgres://u@localhost/d", "postgres://u@127.0.0.1:5433/d", "postgres://u@%2Frun%2Fpg/d"]
        {
            assert!(read(local).unwrap().tls.is_none(), "{local}");
        }
    }

    #[test]
    fn a_wrong_url_is_refused_without_repeating_its_password() {
        let error = read("postgres://u:planted@h/d?typo=1").err().unwrap();
        assert!(!error.contains("planted"), "{error}");
    }
}
