//! КДП: the state's service that lets an owner of data answer about a person who agreed (S004; R-220 to R-266).
//!
//! Three tokens that must not be mixed (R-221) are three types here: the *authentication* token is the connector's own
//! secret and no value of this module, [`VerificationToken`] proves that consent was obtained, [`SecurityToken`] opens
//! the data.

use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
pub use senim_domain::rule_pack::AccessMethod;
use senim_domain::{Secret, UtcMillis};
use senim_operation::signer::{KeyError, Signer};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::ConnectorError;
use super::core_lending::IdentityDocument;

/// Proof that consent was obtained, signed by the organisation (R-226): compact JWS, opaque here.
#[derive(Clone, Debug)]
pub struct VerificationToken(pub Secret);

/// What a verification token says, beside whose consent it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationClaims {
    /// BIN of the organisation.
    pub bin: String,
    /// The method with which consent was obtained.
    pub method: AccessMethod,
    /// Entry of the directory.
    pub directory_id: String,
    /// The request that it is for: it opens no other one.
    pub request: Uuid,
    /// When.
    pub at: UtcMillis,
}

/// The MFO as it signs verification tokens (R-226): its BIN, and the key of its EDS that the state service knows.
pub struct SigningOrganisation {
    bin: String,
    key: Mutex<Box<dyn Signer>>,
}

impl SigningOrganisation {
    /// An organisation with its BIN and key.
    #[must_use]
    pub fn new(bin: String, key: Box<dyn Signer>) -> Self {
        Self { bin, key: Mutex::new(key) }
    }

    /// Proves that somebody consented by the organisation's own means: for this entry of the directory and this request.
    ///
    /// # Errors
    /// [`KeyError`] of the key store.
    pub fn prove(
        &self,
        iin: &Secret,
        directory_id: &str,
        request: Uuid,
        at: UtcMillis,
    ) -> Result<VerificationToken, KeyError> {
        let (bin, directory_id) = (self.bin.clone(), directory_id.to_owned());
        let claims = VerificationClaims { bin, method: AccessMethod::OwnMeans, directory_id, request, at };
        let key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        VerificationToken::sign(&claims, iin, key.as_ref())
    }
}

impl VerificationToken {
    /// Signs one with the organisation's EDS; its key stands in the header (R-226, R-235, R-238). Consent was
    /// obtained: a lender has no token that says otherwise.
    ///
    /// # Errors
    /// [`KeyError`] of the key store.
    pub fn sign(
        claims: &VerificationClaims,
        iin: &Secret,
        key: &(impl Signer + ?Sized),
    ) -> Result<Self, KeyError> {
        let (x, y) = key.public_jwk().coordinates();
        let header = json!({
            "alg": "ES256", "typ": "JWT", "jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y},
        });
        let payload = Zeroizing::new(
            json!({
                "bin": claims.bin, "iin": iin.expose(), "methods": [claims.method.number()],
                "directory_id": claims.directory_id, "consent": "obtained", "request": claims.request,
                "iat": claims.at.0.div_euclid(1000),
            })
            .to_string(),
        );
        let mut token = Zeroizing::new(URL_SAFE_NO_PAD.encode(header.to_string()));
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload.as_bytes(), &mut token);
        let signature = key.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(Self(Secret::new(std::mem::take(&mut token))))
    }
}

/// A request for access.
#[derive(Clone, Debug)]
pub struct AccessRequest {
    /// Identity given by the gateway; the same again is no second request.
    pub number: Uuid,
    /// Whose data.
    pub iin: Secret,
    /// Entry of the directory: services, period, time of storage (R-223).
    pub directory_id: String,
    /// How the person answers.
    pub method: AccessMethod,
    /// Only with methods 2 to 4.
    pub verification: Option<VerificationToken>,
}

/// The state service's number of a request, 1 to 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccessRequestId(pub String);

/// What became of a request.
#[derive(Clone, Debug)]
pub enum AccessStart {
    /// The person has been asked (R-255).
    Waiting(AccessRequestId),
    /// A request was in process; the person has its code already and gets no second SMS (R-251).
    AlreadyInProcess(AccessRequestId),
    /// The person has no number in the BMG and must register at egov.kz (R-253).
    NoBmgNumber,
    /// Methods 2 to 4: nobody is asked, the token is here.
    Granted(SecurityToken),
}

/// What became of a code (R-256).
#[derive(Clone, Debug)]
pub enum CodeOutcome {
    /// It was right.
    Granted(SecurityToken),
    /// It was not.
    Wrong {
        /// How often it may still be typed; at 0 the request has ended.
        tries_left: u8,
    },
    /// Its time has passed.
    Expired,
    /// The person refused, or the request is not open any more.
    Refused,
}

/// What the person answered by SMS (R-232).
#[derive(Clone, Debug)]
pub enum AccessAnswer {
    /// Nothing yet.
    Waiting,
    /// Agreed.
    Agreed(SecurityToken),
    /// Refused.
    Refused,
    /// Did not answer in time.
    TimedOut,
}

/// Leave to ask for data: a JWT that is opaque but for `exp` and `jti` (R-258, B13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityToken {
    /// The token.
    pub jwt: Secret,
    /// Its unique identity: the consent's number (R-229).
    pub jti: String,
    /// First moment when it does not count any more; never assumed.
    pub expires: UtcMillis,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    exp: i64,
}

impl SecurityToken {
    /// Reads identity and end from a token; `None`: it has none, or is no JWT.
    #[must_use]
    pub fn read(jwt: Secret) -> Option<Self> {
        let mut parts = jwt.expose().split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        let payload = Zeroizing::new(URL_SAFE_NO_PAD.decode(payload).ok()?);
        let claims: Claims = serde_json::from_slice(&payload).ok()?;
        let fits = parts.next().is_none()
            && (1..=128).contains(&claims.jti.len())
            && claims.jti.bytes().all(|byte| byte.is_ascii_graphic());
        let expires = UtcMillis(claims.exp.checked_mul(1000)?);
        fits.then_some(Self { jwt, jti: claims.jti, expires })
    }
}

/// A person as the state knows them, as much as a lender needs (R-257).
#[derive(Clone, Debug)]
pub struct PersonRecord {
    /// IIN.
    pub iin: Secret,
    /// Surname, Cyrillic.
    pub surname: Secret,
    /// Given name.
    pub given_name: Secret,
    /// Patronymic, where there is one.
    pub patronymic: Option<Secret>,
    /// The valid identity document.
    pub document: IdentityDocument,
}

/// Why an owner of data does not take a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRejection {
    /// Not active any more (R-264).
    Revoked,
    /// Its time has passed.
    Expired,
    /// It is for another person or other data.
    Mismatch,
}

/// The answer of the owner of data.
#[derive(Clone, Debug)]
pub enum PersonAnswer {
    /// The data.
    Record(Box<PersonRecord>),
    /// The token opens nothing.
    Rejected(TokenRejection),
}

/// How a consent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenStatus {
    /// In force.
    Active,
    /// The person asked for revocation; the MFO decides (R-262).
    UnderReview {
        /// When silence becomes revocation (R-266).
        until: UtcMillis,
    },
    /// Revoked.
    NotActive,
    /// Its time has passed.
    Expired,
}

/// A person's application to take a consent back (R-261).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationApplication {
    /// The state service's number.
    pub application: String,
    /// The consent.
    pub jti: String,
    /// When it came.
    pub received: UtcMillis,
    /// When silence becomes revocation (R-266).
    pub until: UtcMillis,
}

/// Why a consent stays (R-265).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationGround {
    /// `normativeAct`, `contract` or `obligation`.
    pub ground_type: String,
    /// Number of the document.
    pub doc_number: String,
    /// Its date, `YYYY-MM-DD`.
    pub doc_date: String,
    /// Its name.
    pub doc_name: String,
}

/// What the MFO decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RevocationDecision {
    /// The consent ends (R-264).
    Revoke,
    /// It stays.
    Keep(RevocationGround),
}

/// The state service, and the owner of data behind it.
pub trait PersonalData: Send + Sync {
    /// Asks a person for access. The same number again answers the same.
    ///
    /// # Errors
    /// [`ConnectorError`]; `Refused` where a check of p.6 or p.7 fails.
    fn start(&self, request: &AccessRequest) -> Result<AccessStart, ConnectorError>;
    /// The repeat request with the code that the person typed (R-255). To be sent once for each typing: a repetition
    /// counts as another try.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn submit_code(&self, request: &AccessRequestId, code: &Secret) -> Result<CodeOutcome, ConnectorError>;
    /// What the person answered by SMS.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn answer(&self, request: &AccessRequestId) -> Result<AccessAnswer, ConnectorError>;
    /// Gives a request up; idempotent.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn cancel(&self, request: &AccessRequestId) -> Result<(), ConnectorError>;
    /// The person's data.
    ///
    /// # Errors
    /// [`ConnectorError`]; an answer about another person is `Unavailable`.
    fn person(&self, iin: &Secret, token: &SecurityToken) -> Result<PersonAnswer, ConnectorError>;
    /// How a consent stands; `None`: none was given under this identity (R-230).
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn token_status(&self, jti: &str) -> Result<Option<TokenStatus>, ConnectorError>;
    /// Applications for revocation on which the MFO has not decided, oldest first.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn revocations(&self) -> Result<Vec<RevocationApplication>, ConnectorError>;
    /// The MFO's decision; idempotent.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn decide_revocation(
        &self,
        application: &str,
        decision: &RevocationDecision,
    ) -> Result<(), ConnectorError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(payload: &str) -> Secret {
        Secret::new(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload)))
    }

    #[test]
    fn a_token_without_end_or_identity_is_none() {
        let token = SecurityToken::read(jwt(r#"{"jti":"c-1","exp":1772434800,"more":[1]}"#)).unwrap();
        assert_eq!((token.jti.as_str(), token.expires), ("c-1", UtcMillis(1_772_434_800_000)));
        for bad in [
            r#"{"jti":"c-1"}"#,
            r#"{"exp":1}"#,
            r#"{"jti":"","exp":1}"#,
            r#"{"jti":"with space","exp":1}"#,
            r#"{"jti":"c-1","exp":9223372036854775807}"#,
            "{}",
            "no JSON",
        ] {
            assert!(SecurityToken::read(jwt(bad)).is_none(), "{bad}");
        }
        for bad in ["", "a.b", "e30.e30.e30.e30", "e30.%%%.e30"] {
            assert!(SecurityToken::read(Secret::new(bad.to_owned())).is_none(), "{bad}");
        }
    }

    #[test]
    fn methods_without_consent_are_not_for_lending() {
        use AccessMethod::{Logging, OneTimeCode, OwnMeans, Proactive, SmsReply};
        let all = [SmsReply, OwnMeans, Proactive, Logging, OneTimeCode];
        let lending: Vec<u8> =
            all.iter().filter(|method| method.is_for_lending()).map(|method| method.number()).collect();
        assert_eq!(lending, [1, 2, 5]);
    }
}
