//! The MFO's signed time: whether an answer to `/v1/time?nonce=` is to be believed (design section 5, "Trusted time").
//!
//! It holds no time and reads no clock: the caller adds monotonic time to what comes out.

use senim_domain::UtcMillis;
use senim_operation::canonical::{self, CanonicalError};
use senim_operation::jws::{self, JwsError};
use senim_operation::trust::{MESSAGE_COMMON_NAME, Trust, TrustError};
use serde::Deserialize;

/// `typ` of the JWS.
pub const TIME_TYP: &str = "senim-time+jws";

/// Version of the statement.
const VERSION: u32 = 1;

/// Why a time is not believed.
#[derive(Debug, thiserror::Error)]
pub enum TimeError {
    /// Not a JWS of this system, or the signature is wrong.
    #[error("the signed time is refused: {0}")]
    Jws(#[from] JwsError),
    /// Something else that the MFO signed.
    #[error("what came instead of the signed time is a {0:?}")]
    Typ(String),
    /// The content is not canonical JSON.
    #[error("the signed time is refused: {0}")]
    Form(#[from] CanonicalError),
    /// The content lacks what it needs, or has more.
    #[error("the signed time does not have the agreed fields; the firmware may be too old for this gateway")]
    Fields,
    /// It answers another question: an old answer, or somebody else's.
    #[error("the signed time answers another request; it may be an old answer that somebody sent again")]
    WrongNonce,
    /// It carries no certificates.
    #[error("the signed time carries no certificate")]
    NoCertificate,
    /// The certificates do not lead to the MFO's CA at that time.
    #[error("the certificate of the signed time is refused: {0}")]
    Untrusted(#[from] TrustError),
    /// A certificate of the MFO's CA, but not of the key that signs messages.
    #[error("the signed time comes from {0:?}, who may not sign it")]
    WrongSigner(String),
    /// Earlier than what is known to have passed.
    #[error(
        "the signed time {at} lies before {at_least}, which has passed for certain; the MFO's clock is to be checked"
    )]
    Backwards {
        /// What was signed.
        at: UtcMillis,
        /// What has passed.
        at_least: UtcMillis,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    at: UtcMillis,
    nonce: String,
    ver: u32,
}

/// Verifies a compact JWS `senim-time+jws` and returns the time in it.
///
/// `at_least` is what has passed for certain: the later of build time and last cosigned checkpoint, never a running clock
/// of the terminal. The certificate is judged at the signed time, and the signed time may not lie before `at_least`: a
/// key whose certificate ended before `at_least` can thus not be used by dating the statement back, and a certificate
/// made after this firmware was built still counts.
///
/// # Errors
/// [`TimeError`]; the line is not to be used.
pub fn verify_time(
    token: &str,
    nonce: &str,
    trust: &Trust,
    at_least: UtcMillis,
) -> Result<UtcMillis, TimeError> {
    let parts = jws::split(token)?;
    if parts.header.typ != TIME_TYP {
        return Err(TimeError::Typ(parts.header.typ));
    }
    let content = canonical::check(&parts.payload)?;
    let Statement { at, nonce: answered, ver } =
        serde_json::from_value(content).map_err(|_| TimeError::Fields)?;
    if ver != VERSION {
        return Err(TimeError::Fields);
    }
    if at < at_least {
        return Err(TimeError::Backwards { at, at_least });
    }
    let chain = parts.header.x5c.as_deref().ok_or(TimeError::NoCertificate)?;
    let signer = trust.verify_chain(chain, at)?;
    if signer.common_name != MESSAGE_COMMON_NAME || parts.header.kid != signer.jwk.thumbprint() {
        return Err(TimeError::WrongSigner(signer.common_name));
    }
    trust.verify(&parts, &signer.jwk)?;
    if answered != nonce {
        return Err(TimeError::WrongNonce);
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use senim_operation::jws::Header;
    use senim_operation::signer::Signer as _;
    use serde_json::json;

    use super::*;
    use crate::testbed::{Authority, MessageKey};

    const NONCE: &str = "q7Zp0d3nT1sYk5mVb8rXwA";
    const NOW: &str = "2026-11-22T21:23:58.000Z";

    fn moment(text: &str) -> UtcMillis {
        text.parse().unwrap()
    }

    fn statement(at: &str, nonce: &str) -> serde_json::Value {
        json!({"at": at, "nonce": nonce, "ver": 1})
    }

    fn token(key: &MessageKey, typ: &str, content: &serde_json::Value) -> String {
        let mut header = Header::message(key.key.public_jwk().thumbprint(), Some(key.x5c.clone()));
        header.typ = typ.into();
        jws::sign_compact(&header, &canonical::to_vec(content).unwrap(), &key.key).unwrap()
    }

    fn verified(authority: &Authority, token: &str, at_least: &str) -> Result<UtcMillis, TimeError> {
        verify_time(token, NONCE, &Trust::from_pem(&authority.ca_pem).unwrap(), moment(at_least))
    }

    #[test]
    fn the_time_of_the_mfo_is_believed_and_not_rounded() {
        let mfo = Authority::new();
        let key = mfo.message_key(MESSAGE_COMMON_NAME, (2026, 2036));
        let token = token(&key, TIME_TYP, &statement("2026-11-22T21:23:58.123Z", NONCE));
        assert_eq!(verified(&mfo, &token, NOW).unwrap(), moment("2026-11-22T21:23:58.123Z"));
    }

    #[test]
    fn the_certificate_of_the_ca_may_stand_in_the_chain() {
        let mfo = Authority::new();
        let mut key = mfo.message_key(MESSAGE_COMMON_NAME, (2026, 2036));
        key.x5c.push(mfo.ca_x5c());
        assert!(verified(&mfo, &token(&key, TIME_TYP, &statement(NOW, NONCE)), NOW).is_ok());
    }

    #[test]
    fn an_old_answer_sent_again_has_the_wrong_nonce() {
        let mfo = Authority::new();
        let key = mfo.message_key(MESSAGE_COMMON_NAME, (2026, 2036));
        let old = token(&key, TIME_TYP, &statement(NOW, "AAAAAAAAAAAAAAAAAAAAAA"));
        assert!(matches!(verified(&mfo, &old, "2026-01-01T00:00:00.000Z"), Err(TimeError::WrongNonce)));
    }

    #[test]
    fn a_certificate_that_ended_before_what_has_passed_is_refused_however_the_time_is_dated() {
        let mfo = Authority::new();
        let old = mfo.message_key(MESSAGE_COMMON_NAME, (2020, 2025));
        let now = token(&old, TIME_TYP, &statement(NOW, NONCE));
        assert!(matches!(verified(&mfo, &now, "2026-11-01T00:00:00.000Z"), Err(TimeError::Untrusted(_))));
        let dated_back = token(&old, TIME_TYP, &statement("2024-06-01T00:00:00.000Z", NONCE));
        let refused = verified(&mfo, &dated_back, "2026-11-01T00:00:00.000Z");
        assert!(matches!(refused, Err(TimeError::Backwards { .. })));
    }

    #[test]
    fn a_certificate_made_after_the_firmware_was_built_counts() {
        let mfo = Authority::new();
        let key = mfo.message_key(MESSAGE_COMMON_NAME, (2026, 2036));
        assert!(
            verified(&mfo, &token(&key, TIME_TYP, &statement(NOW, NONCE)), "2025-01-01T00:00:00.000Z")
                .is_ok()
        );
    }

    #[test]
    fn nobody_but_the_message_key_of_this_ca_says_the_time() {
        let (mfo, stranger) = (Authority::new(), Authority::new());
        for name in ["senim-gateway-cosigner", "t-1"] {
            let key = mfo.message_key(name, (2026, 2036));
            let refused = verified(&mfo, &token(&key, TIME_TYP, &statement(NOW, NONCE)), NOW);
            assert!(matches!(refused, Err(TimeError::WrongSigner(signer)) if signer == name));
        }
        let theirs = stranger.message_key(MESSAGE_COMMON_NAME, (2026, 2036));
        let refused = verified(&mfo, &token(&theirs, TIME_TYP, &statement(NOW, NONCE)), NOW);
        assert!(matches!(refused, Err(TimeError::Untrusted(_))));
        let mut borrowed = mfo.message_key(MESSAGE_COMMON_NAME, (2026, 2036));
        borrowed.key = theirs.key;
        let refused = verified(&mfo, &token(&borrowed, TIME_TYP, &statement(NOW, NONCE)), NOW);
        assert!(matches!(refused, Err(TimeError::WrongSigner(_))), "kid is not the certificate's key");
    }

    #[test]
    fn a_changed_time_does_not_fit_its_signature() {
        use base64::Engine as _;
        let mfo = Authority::new();
        let key = mfo.message_key(MESSAGE_COMMON_NAME, (2026, 2036));
        let token = token(&key, TIME_TYP, &statement(NOW, NONCE));
        let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        let other = canonical::to_vec(&statement("2026-11-23T21:23:58.000Z", NONCE)).unwrap();
        parts[1] = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(other);
        let refused = verified(&mfo, &parts.join("."), NOW);
        assert!(matches!(refused, Err(TimeError::Jws(JwsError::BadSignature))));
    }

    #[test]
    fn other_things_that_the_mfo_signs_are_no_time() {
        let mfo = Authority::new();
        let key = mfo.message_key(MESSAGE_COMMON_NAME, (2026, 2036));
        let message = token(&key, jws::MESSAGE_TYP, &statement(NOW, NONCE));
        assert!(matches!(verified(&mfo, &message, NOW), Err(TimeError::Typ(_))));
        for content in [
            json!({"at": NOW, "nonce": NONCE, "ver": 2}),
            json!({"at": NOW, "nonce": NONCE}),
            json!({"at": NOW, "nonce": NONCE, "ver": 1, "zone": "Asia/Almaty"}),
            json!({"at": "2026-11-22T21:23:58Z", "nonce": NONCE, "ver": 1}),
        ] {
            assert!(matches!(verified(&mfo, &token(&key, TIME_TYP, &content), NOW), Err(TimeError::Fields)));
        }
        let mut bare = key;
        bare.x5c.clear();
        assert!(verified(&mfo, &token(&bare, TIME_TYP, &statement(NOW, NONCE)), NOW).is_err());
        for garbage in ["", "a.b.c", "{}", "…"] {
            assert!(matches!(verified(&mfo, garbage, NOW), Err(TimeError::Jws(_))));
        }
    }
}
