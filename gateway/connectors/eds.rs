//! Electronic signatures over HTTP: codes for phones, time-stamps (RFC 3161), revocation (RFC 6960, RFC 5280), and the
//! judge of GOST signatures in the manner of NCANode 3.
//!
//! Nothing is judged here but whether an answer is one. Time-stamps, OCSP answers and lists are signed: whoever changes
//! them on the way is found by the judge of signatures, so that these alone may travel in clear.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use senim_domain::{Secret, SecretBytes, SignatureId, UtcMillis};
use senim_gateway_core::connectors::{
    ConnectorError, GostFinding, GostJudge, RevocationSource, Signing, SigningOffer, SigningOrder,
    SigningState, Timestamping,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::http::HttpService;

/// How long fetched revocation lists are used again. They are published once a day; this only keeps a queue of signatures
/// from fetching megabytes each while the responder is away.
const LISTS_LIFE: Duration = Duration::from_secs(600);

/// Signing by QR code over HTTP.
pub struct HttpSigning(pub HttpService);

#[derive(Serialize)]
struct WireTitles<'a> {
    kk: &'a str,
    ru: &'a str,
    en: &'a str,
}

#[derive(Serialize)]
struct WireOrder<'a> {
    document_base64: &'a str,
    document_sha256: &'a str,
    media_type: &'a str,
    titles: WireTitles<'a>,
    life_seconds: u32,
}

#[derive(Deserialize)]
struct WireOffer {
    signature_id: SignatureId,
    operation: String,
    qr: Secret,
    expires_ms: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireState {
    Waiting,
    Done,
    Declined,
    Expired,
    Canceled,
}

#[derive(Deserialize)]
struct WireStands {
    signature_id: SignatureId,
    operation: String,
    state: WireState,
    cms_base64: Option<Secret>,
}

/// An operation's name goes into a path.
fn is_operation(name: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=64).contains(&name.len()) && name.bytes().all(sign)
}

impl HttpSigning {
    fn stands(
        &self,
        signature: SignatureId,
        operation: &str,
        found: WireStands,
    ) -> Result<SigningState, ConnectorError> {
        let theirs = found.signature_id == signature && found.operation == operation;
        let found = self.0.about(theirs, found)?;
        let otherwise = || self.0.unavailable("its answer is not as agreed");
        match (found.state, found.cms_base64) {
            (WireState::Waiting, None) => Ok(SigningState::Waiting),
            (WireState::Declined, None) => Ok(SigningState::Declined),
            (WireState::Expired, None) => Ok(SigningState::Expired),
            (WireState::Canceled, None) => Ok(SigningState::Cancelled),
            (WireState::Done, Some(cms)) => {
                let cms = STANDARD.decode(cms.expose()).map_err(|_| otherwise())?;
                Ok(SigningState::Signed(SecretBytes::new(cms)))
            }
            (WireState::Done, None)
            | (
                WireState::Waiting | WireState::Declined | WireState::Expired | WireState::Canceled,
                Some(_),
            ) => Err(otherwise()),
        }
    }

    fn path(&self, signature: SignatureId, operation: &str) -> Result<String, ConnectorError> {
        if is_operation(operation) {
            Ok(format!("/signing/{signature}/{operation}"))
        } else {
            Err(self.0.unavailable("the name of its operation is none"))
        }
    }
}

impl Signing for HttpSigning {
    fn start(&self, order: &SigningOrder) -> Result<SigningOffer, ConnectorError> {
        let document = Zeroizing::new(STANDARD.encode(order.document.expose()));
        let titles = WireTitles { kk: &order.titles.kk, ru: &order.titles.ru, en: &order.titles.en };
        let body = WireOrder {
            document_base64: &document,
            document_sha256: &order.document_sha256,
            media_type: order.media_type,
            titles,
            life_seconds: order.life_seconds,
        };
        let id = order.signature;
        let offer: WireOffer = self.0.put(&format!("/signing/{id}"), id.0, &body)?;
        let offer = self.0.about(offer.signature_id == id, offer)?;
        let code = offer.qr.expose();
        let readable = (1..=1000).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_operation(&offer.operation) || !readable {
            return Err(self.0.unavailable("its answer is not as agreed"));
        }
        Ok(SigningOffer { operation: offer.operation, qr: offer.qr, expires: UtcMillis(offer.expires_ms) })
    }

    fn state(&self, signature: SignatureId, operation: &str) -> Result<SigningState, ConnectorError> {
        let found = self.0.get_document(&self.path(signature, operation)?)?;
        self.stands(signature, operation, found)
    }

    fn cancel(&self, signature: SignatureId, operation: &str) -> Result<(), ConnectorError> {
        let found = self.0.delete(&self.path(signature, operation)?)?;
        self.stands(signature, operation, found).map(drop)
    }
}

/// A time-stamping authority over HTTP (RFC 3161, 3.4). The address is that of the authority, whatever its path.
pub struct HttpTimestamping(pub HttpService);

impl Timestamping for HttpTimestamping {
    fn stamp(&self, request: &[u8]) -> Result<Vec<u8>, ConnectorError> {
        self.0.ask_bytes("application/timestamp-query", request)
    }
}

/// An OCSP responder (RFC 6960, appendix A) and addresses of revocation lists.
pub struct HttpRevocation {
    responder: HttpService,
    lists: Vec<HttpService>,
    fetched: Mutex<Option<(Instant, Vec<Vec<u8>>)>>,
}

impl HttpRevocation {
    /// A responder, and where lists are; their addresses are whole.
    #[must_use]
    pub fn new(responder: HttpService, lists: Vec<HttpService>) -> Self {
        Self { responder, lists, fetched: Mutex::new(None) }
    }
}

impl RevocationSource for HttpRevocation {
    fn ocsp(&self, request: &[u8]) -> Result<Vec<u8>, ConnectorError> {
        self.responder.ask_bytes("application/ocsp-request", request)
    }

    fn lists(&self) -> Result<Vec<Vec<u8>>, ConnectorError> {
        if self.lists.is_empty() {
            return Err(ConnectorError::left_out("revocation lists"));
        }
        #[expect(clippy::disallowed_methods, reason = "the gateway's edge: how long an answer is kept")]
        let now = Instant::now();
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, lists)) = fetched.as_ref()
            && now.duration_since(*at) < LISTS_LIFE
        {
            return Ok(lists.clone());
        }
        let lists: Vec<_> = self.lists.iter().map(|list| list.get_bytes("")).collect::<Result<_, _>>()?;
        *fetched = Some((now, lists.clone()));
        Ok(lists)
    }
}

/// A judge of GOST signatures over HTTP, in the manner of NCANode 3 (`POST /cms/verify`).
pub struct HttpGost(pub HttpService);

#[derive(Serialize)]
struct Verify<'a> {
    cms: &'a str,
    data: &'a str,
    #[serde(rename = "revocationCheck")]
    revocation_check: [&'static str; 2],
}

#[derive(Deserialize)]
struct Verified {
    valid: bool,
    signers: Vec<Signer>,
}

#[derive(Deserialize)]
struct Signer {
    certificates: Vec<Certificate>,
    tsp: Option<Stamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Certificate {
    valid: bool,
    #[serde(default)]
    revocations: Vec<Revocation>,
    not_before: Option<Moment>,
    not_after: Option<Moment>,
    key_usage: String,
    key_user: Vec<String>,
    subject: Subject,
}

#[derive(Deserialize)]
struct Revocation {
    revoked: bool,
}

#[derive(Deserialize)]
struct Subject {
    iin: Option<Secret>,
    bin: Option<Secret>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stamp {
    gen_time: Moment,
}

/// RFC 3339, with any offset.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Moment(UtcMillis);

impl TryFrom<String> for Moment {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let read = text.parse::<Timestamp>().map_err(|_| "no moment")?;
        Ok(Self(UtcMillis(read.as_millisecond())))
    }
}

impl GostJudge for HttpGost {
    fn judge(&self, cms: &[u8], document: &SecretBytes) -> Result<GostFinding, ConnectorError> {
        let cms = Zeroizing::new(STANDARD.encode(cms));
        let data = Zeroizing::new(STANDARD.encode(document.expose()));
        let body = Verify { cms: &cms, data: &data, revocation_check: ["OCSP", "CRL"] };
        let mut answer = self.0.ask_whole("/cms/verify", &body)?;
        let otherwise = || self.0.unavailable("its answer is not as agreed");
        let found: Verified = serde_json::from_slice(&answer).map_err(|_| otherwise())?;
        let answer = SecretBytes::new(std::mem::take(&mut *answer));
        let mut signers = found.signers.into_iter();
        // Two signers under one document are two people: nobody could say whose signature it is.
        let (Some(signer), None) = (signers.next(), signers.next()) else {
            return if found.valid { Err(otherwise()) } else { Ok(invalid(answer)) };
        };
        let own = signer.certificates.into_iter().next().ok_or_else(otherwise)?;
        let uses = |user: &str| own.key_user.iter().any(|known| known == user);
        let organisation =
            uses("ORGANIZATION") || own.subject.bin.as_ref().is_some_and(|bin| !bin.is_empty());
        Ok(GostFinding {
            valid: found.valid && own.valid,
            for_signing: own.key_usage == "SIGN",
            individual: uses("INDIVIDUAL"),
            organisation,
            validity: own.not_before.zip(own.not_after).map(|(from, until)| (from.0, until.0)),
            revoked: own.revocations.iter().map(|source| source.revoked).collect(),
            stamped: signer.tsp.map(|stamp| stamp.gen_time.0),
            iin: own.subject.iin,
            answer,
        })
    }
}

/// Nothing is known but that it does not hold.
fn invalid(answer: SecretBytes) -> GostFinding {
    GostFinding {
        valid: false,
        for_signing: false,
        individual: false,
        organisation: false,
        iin: None,
        validity: None,
        revoked: Vec::new(),
        stamped: None,
        answer,
    }
}
