//! Whether the certificate at the other end of a connection still counts. Asked before each request, because a connection
//! lives for hours; the store is asked again after half a second, so that a revoked terminal is shut out within one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use senim_domain::TerminalId;
use senim_gateway_core::Gateway;
use tokio::time::Instant;

/// How long an answer of the store is good.
const GOOD_FOR: Duration = Duration::from_millis(500);

/// The standing of one connection's certificate.
#[derive(Clone)]
pub struct Standing {
    gateway: Arc<Gateway>,
    terminal: TerminalId,
    serial: String,
    asked: Arc<Mutex<Option<Instant>>>,
}

impl Standing {
    /// A connection's certificate.
    #[must_use]
    pub fn new(gateway: Arc<Gateway>, terminal: TerminalId, serial: String) -> Self {
        Self { gateway, terminal, serial, asked: Arc::default() }
    }

    /// Whether it counts. A store that does not answer is no reason to refuse: the request will meet it too.
    pub async fn good(&self) -> bool {
        let recent = *self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.is_some_and(|asked| asked.elapsed() < GOOD_FOR) {
            return true;
        }
        let asked = Instant::now();
        let (gateway, terminal, serial) =
            (Arc::clone(&self.gateway), self.terminal.clone(), self.serial.clone());
        let since = tokio::task::spawn_blocking(move || gateway.revoked_since(&terminal, &serial)).await;
        match since {
            Ok(Ok(None)) => {
                *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked);
                true
            }
            Ok(Ok(Some(since))) => {
                tracing::warn!(terminal = %self.terminal, serial = self.serial, %since, "revoked certificate");
                false
            }
            Ok(Err(_)) | Err(_) => true,
        }
    }
}
