//! Cards that the MFO gives its clients to log in with: who issued them, and where their revocation is asked for.

use senim_eds::Trust;

use super::RevocationSource;

/// Everything that a login by card needs: whoever takes cards, takes it whole.
pub struct Cards {
    /// Who issues them.
    pub trust: Trust,
    /// Revocation.
    pub revocation: Box<dyn RevocationSource>,
}
