//! The staff listener of a server: its address, its TLS, its pages.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use rustls::ServerConfig;
use senim_domain::Secret;
use senim_gateway_core::Gateway;

use crate::certificates::ServerIdentity;
use crate::commands::CommandError;
use crate::config::StaffConfig;
use crate::desk::{Desk, router};
use crate::metrics::Metrics;
use crate::serve;

/// What the staff listener needs to run.
pub struct Staff {
    /// Where to listen.
    pub listen: SocketAddr,
    /// TLS; `None`: this machine alone.
    pub tls: Option<Arc<ServerConfig>>,
    /// The pages.
    pub pages: Router,
}

/// Prepares it. An address that others can reach speaks TLS; on this machine alone it need not.
///
/// # Errors
/// [`CommandError`]: TLS cannot be set up, or the token's file cannot be read.
pub fn prepare(
    config: &StaffConfig,
    gateway: &Arc<Gateway>,
    metrics: &Arc<Metrics>,
    identity: &ServerIdentity,
) -> Result<Staff, CommandError> {
    let environment = |error: &dyn std::fmt::Display| CommandError::Environment(error.to_string());
    let tls = match config.listen.ip().is_loopback() {
        true => None,
        false => Some(serve::tls_of_server(identity).map_err(|error| environment(&error))?),
    };
    let token = match &config.metrics_token_file {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| environment(&format!("{}: {error}", path.display())))?;
            let token = Secret::new(text.trim().to_owned());
            if token.expose().len() < 16 {
                let text = format!("{}: a scrape token has 16 characters and more", path.display());
                return Err(CommandError::Environment(text));
            }
            Some(token)
        }
    };
    let desk = Desk::new(Arc::clone(gateway), Arc::clone(metrics), token, tls.is_some());
    Ok(Staff { listen: config.listen, tls, pages: router(Arc::new(desk)) })
}
