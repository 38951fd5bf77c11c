//! The MFO's signed time: a compact JWS over `{at, nonce, ver}` (design section 5, "Trusted time").

use senim_domain::UtcMillis;
use senim_operation::bundle::{BUNDLE_TYP, Bundle};
use senim_operation::canonical;
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::error::{GatewayError, Refusal};

/// `typ` of the JWS.
pub const TIME_TYP: &str = "senim-time+jws";
/// Version of the payload.
pub const VERSION: u32 = 1;

/// Payload of the answer to `/v1/time?nonce=`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeStatement {
    /// [`VERSION`].
    pub ver: u32,
    /// The asker's nonce: the answer is not an old one.
    pub nonce: String,
    /// The MFO's time.
    pub at: UtcMillis,
}

impl Gateway {
    /// Says what time it is.
    ///
    /// # Errors
    /// [`Refusal::BadNonce`], or a key that fails.
    pub fn time(&self, nonce: &str, now: UtcMillis) -> Result<String, GatewayError> {
        let fits = (22..=64).contains(&nonce.len())
            && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if !fits {
            return Err(Refusal::BadNonce.into());
        }
        let statement = TimeStatement { ver: VERSION, nonce: nonce.to_owned(), at: now };
        let payload =
            canonical::to_vec(&statement).map_err(|error| GatewayError::Internal(error.to_string()))?;
        self.keys.sign(TIME_TYP, &payload)
    }

    /// Signs what a terminal has to know of its MFO before it can begin.
    ///
    /// # Errors
    /// A key that fails.
    pub fn sign_bundle(&self, bundle: &Bundle) -> Result<String, GatewayError> {
        let payload = canonical::to_vec(bundle).map_err(|error| GatewayError::Internal(error.to_string()))?;
        self.keys.sign(BUNDLE_TYP, &payload)
    }
}
