//! What the MFO states in a compact JWS of a type of its own, canonical inside and signed with its message key.

use senim_domain::UtcMillis;
use serde::de::DeserializeOwned;

use crate::canonical;
use crate::jws;
use crate::trust::{MESSAGE_COMMON_NAME, Trust};

/// A code and a text for people.
pub(crate) type Wrong = (&'static str, String);

/// The statement, where the MFO's message key has signed it; certificates are judged at the moment that it names.
pub(crate) fn stated<T: DeserializeOwned>(
    compact: &str,
    typ: &str,
    trust: &Trust,
    at: impl Fn(&T) -> UtcMillis,
) -> Result<T, Wrong> {
    let bad = |text: String| ("badStatement", text);
    let parts = jws::split(compact).map_err(|error| bad(error.to_string()))?;
    if parts.header.typ != typ {
        return Err(bad(format!("its typ is {}", parts.header.typ)));
    }
    let value = canonical::check(&parts.payload).map_err(|error| bad(error.to_string()))?;
    let statement: T = serde_json::from_value(value).map_err(|error| bad(error.to_string()))?;
    let x5c = parts.header.x5c.as_deref().unwrap_or_default();
    let signer = trust.verify_chain(x5c, at(&statement)).map_err(|error| ("untrusted", error.to_string()))?;
    if signer.common_name != MESSAGE_COMMON_NAME || parts.header.kid != signer.jwk.thumbprint() {
        return Err(("untrusted", "the signer is not the MFO's message key".into()));
    }
    trust.verify(&parts, &signer.jwk).map_err(|error| ("badSignature", error.to_string()))?;
    Ok(statement)
}
