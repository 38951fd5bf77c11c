//! What a world has at the far end of its line: the MFO, wherever it is.

use std::sync::Arc;

use senim_domain::{Secret, TerminalId, UtcMillis};
use senim_operation::body::EnrolmentFault;
use senim_operation::jws::PublicJwk;
use senim_operation::trust::Trust;
use senim_sync::{Answer, Request};

/// The MFO as a terminal and a borrower meet it.
pub trait Far {
    /// Its CA.
    fn trust(&self) -> Arc<Trust>;
    /// The key that terminals seal to.
    fn seal(&self) -> PublicJwk;
    /// Certificates of its cosigner, standard base64 of DER, leaf first.
    fn cosigner_x5c(&self) -> Vec<String>;
    /// IIN of the person who is at the terminal.
    fn iin(&self) -> String;
    /// The code that this person was sent last.
    fn last_code(&self) -> Option<String>;
    /// The borrower points a phone at the code on the screen; without a phone nothing happens.
    fn point_the_phone(&self, qr: &Secret) {
        let _ = qr;
    }
    /// Has a terminal's key certified by a code of the MFO, DER; where nobody enrols, nobody answers.
    ///
    /// # Errors
    /// What the terminal hears instead.
    fn enrol_by_code(
        &self,
        terminal: &TerminalId,
        code: &Secret,
        key: &PublicJwk,
        now: UtcMillis,
    ) -> Result<Vec<u8>, EnrolmentFault> {
        let _ = (terminal, code, key, now);
        Err(EnrolmentFault::Server)
    }
    /// What comes back for a request.
    fn answer(&self, terminal: &TerminalId, request: &Request, now: UtcMillis) -> Answer;
}
