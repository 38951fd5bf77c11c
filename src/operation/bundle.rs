//! What a terminal has to know of its MFO before it can begin, signed by the MFO: the CA, the cosigner's certificates and
//! the keys to seal to. A compact JWS `senim-bundle+jws` over canonical JSON; the terminal stores it when it is enrolled.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::UtcMillis;
use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError};
use crate::jws::{self, JwsError, PublicJwk};
use crate::trust::{COSIGNER_COMMON_NAME, MESSAGE_COMMON_NAME, Trust, TrustError};

/// `typ` of the JWS.
pub const BUNDLE_TYP: &str = "senim-bundle+jws";
/// Version of the payload.
pub const VERSION: u32 = 1;

/// The payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// [`VERSION`].
    pub ver: u32,
    /// When it was signed.
    pub at: UtcMillis,
    /// The MFO's CA, standard base64 of DER.
    pub ca: String,
    /// The cosigner's certificates, standard base64 of DER, leaf first, without the CA.
    pub cosigner: Vec<String>,
    /// Keys to seal to, the current one first.
    pub seal: Vec<PublicJwk>,
}

/// Why a bundle is not believed.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Not a JWS of this system, or the signature is wrong.
    #[error("the MFO's bundle is refused: {0}")]
    Jws(#[from] JwsError),
    /// The content is not canonical JSON.
    #[error("the MFO's bundle is refused: {0}")]
    Form(#[from] CanonicalError),
    /// Something else, or fields of another version.
    #[error("the MFO's bundle does not have the agreed fields; the firmware may be too old for this gateway")]
    Fields,
    /// The certificates do not lead to the CA.
    #[error("the MFO's bundle is not signed under the CA that was named at commissioning: {0}")]
    Untrusted(#[from] TrustError),
    /// A certificate of the CA, but not of the key for what it signs.
    #[error("the MFO's bundle comes from {0:?}, who may not sign it")]
    WrongSigner(String),
}

/// Verifies a bundle under a CA that is believed already, and that it names this very CA.
///
/// # Errors
/// [`BundleError`].
pub fn open_bundle(compact: &str, ca_der: &[u8], trust: &Trust) -> Result<Bundle, BundleError> {
    let parts = jws::split(compact)?;
    if parts.header.typ != BUNDLE_TYP {
        return Err(BundleError::Fields);
    }
    let content = canonical::check(&parts.payload)?;
    let bundle: Bundle = serde_json::from_value(content).map_err(|_| BundleError::Fields)?;
    if bundle.ver != VERSION || bundle.seal.is_empty() || bundle.ca != STANDARD.encode(ca_der) {
        return Err(BundleError::Fields);
    }
    let chain = parts.header.x5c.as_deref().unwrap_or_default();
    let signer = trust.verify_chain(chain, bundle.at)?;
    if signer.common_name != MESSAGE_COMMON_NAME || parts.header.kid != signer.jwk.thumbprint() {
        return Err(BundleError::WrongSigner(signer.common_name));
    }
    trust.verify(&parts, &signer.jwk)?;
    let cosigner = trust.verify_chain(&bundle.cosigner, bundle.at)?;
    if cosigner.common_name != COSIGNER_COMMON_NAME {
        return Err(BundleError::WrongSigner(cosigner.common_name));
    }
    Ok(bundle)
}
