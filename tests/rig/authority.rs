//! The MFO's CA as the gateway's core asks it for certificates of terminals.

use std::sync::Arc;

use senim_domain::{TerminalId, UtcMillis};
use senim_gateway_core::enrolment::{CertificateAuthority, Issued};
use senim_operation::jws::PublicJwk;
use senim_operation::signer::KeyError;
use senim_operation::trust::{serial_of, validity_of};

use crate::keys::Office;

pub(crate) struct Authority(pub Arc<Office>);

impl CertificateAuthority for Authority {
    fn certify(&self, terminal: &TerminalId, key: &PublicJwk, now: UtcMillis) -> Result<Issued, KeyError> {
        let der = self.0.issue(terminal, key, now);
        let (not_before, not_after) = validity_of(&der).unwrap();
        Ok(Issued { serial: serial_of(&der).unwrap(), der, not_before, not_after })
    }
}
