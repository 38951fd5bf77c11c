//! The terminal's side of Enrolment over Secure Transport (RFC 7030): asks for certificates, believes none.
//!
//! At commissioning the server is known by the MFO's CA, given as a file or by its fingerprint; at a renewal by the line
//! to the gateway itself. Each answer carries the MFO's signed time. What comes is verified in [`crate::enrolment`].

use std::io::Read as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::asn1::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, SignatureScheme};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use senim_domain::{Secret, TerminalId};
use senim_operation::signer::KeyError;

use crate::connector::Connector;
use crate::tls::{self, CertificateClock, Credentials};
use crate::uplink::{UplinkError, checked_base};

/// Longest answer.
const MAX_ANSWER_BYTES: u64 = 64 << 10;
/// id-signedData.
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

/// How the MFO's CA is known before the first contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// The certificate itself, PEM.
    Certificate(Vec<u8>),
    /// SHA-256 of its DER.
    Sha256([u8; 32]),
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum EstError {
    /// The server cannot be used as it is configured.
    #[error(transparent)]
    Uplink(#[from] UplinkError),
    /// No connection, no answer, or one that is not what was asked for.
    #[error("the enrolment server does not answer as it should: {0}; check network, address and port")]
    Server(String),
    /// The code was wrong, used or over.
    #[error("the enrolment server refused the code; ask the MFO for a new one")]
    WrongCode,
    /// Too many wrong codes.
    #[error("too many wrong codes; try again in {retry_seconds} seconds, or ask the MFO for a new code")]
    Locked {
        /// When to try again.
        retry_seconds: u32,
    },
    /// The MFO does not certify this terminal any more.
    #[error(
        "the MFO refuses this terminal a certificate ({0}); it has to look at the terminal and enrol it anew"
    )]
    Refused(String),
    /// What came is not to be believed.
    #[error("the enrolment server's answer is not believed: {0}")]
    Untrusted(String),
    /// The key store.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What was enrolled cannot be kept.
    #[error("{0}")]
    Record(String),
}

/// A certificate and the time, neither verified.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// The nonce of the request.
    pub nonce: String,
    /// The MFO's signed time for it.
    pub time: String,
}

/// Who certifies a renewal; [`EstClient`], or a double.
pub trait Renew: Send {
    /// Asks for a certificate for the key of this request (PKCS#10, DER).
    ///
    /// # Errors
    /// [`EstError`].
    fn renew(&self, request: &[u8]) -> Result<Reply, EstError>;
}

/// An enrolment server.
pub struct EstClient {
    base_url: String,
    agent: ureq::Agent,
    pinned: Option<Arc<PinnedVerifier>>,
}

impl EstClient {
    /// The server of commissioning.
    ///
    /// # Errors
    /// [`UplinkError`].
    pub fn commissioning(
        base_url: &str,
        pin: &Pin,
        clock: CertificateClock,
        timeout: Duration,
    ) -> Result<Self, UplinkError> {
        let pinned = Arc::new(PinnedVerifier::new(pin, clock)?);
        let config = ClientConfig::builder_with_provider(tls::provider())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| UplinkError::Tls(error.to_string()))?
            // Stricter than the stock verifier: one CA, known beforehand.
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&pinned) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        let connector = Connector { config: Credentials::fixed(Arc::new(config)), limit: timeout };
        Self::over(base_url, connector, Some(pinned))
    }

    /// The gateway, under the certificate that is to be replaced.
    ///
    /// # Errors
    /// [`UplinkError::BaseUrl`].
    pub fn renewal(base_url: &str, credentials: Credentials, timeout: Duration) -> Result<Self, UplinkError> {
        Self::over(base_url, Connector { config: credentials, limit: timeout }, None)
    }

    fn over(
        base_url: &str,
        connector: Connector,
        pinned: Option<Arc<PinnedVerifier>>,
    ) -> Result<Self, UplinkError> {
        let base_url = checked_base(base_url).ok_or_else(|| UplinkError::BaseUrl(base_url.to_owned()))?;
        let agent = ureq::AgentBuilder::new()
            .timeout_connect(connector.limit)
            .timeout_read(connector.limit)
            .timeout_write(connector.limit)
            .tls_connector(Arc::new(connector))
            .https_only(true)
            .redirects(0)
            // Each request shows the certificate of its moment.
            .max_idle_connections(0)
            .user_agent(concat!("senim/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { base_url, agent, pinned })
    }

    /// The CA that was pinned, DER; known by the first contact at the latest.
    #[must_use]
    pub fn ca_der(&self) -> Option<Vec<u8>> {
        self.pinned.as_ref()?.found.get().map(|(ca, _)| ca.to_vec())
    }

    /// What the MFO says of itself: a compact JWS, not verified.
    ///
    /// # Errors
    /// [`EstError`].
    pub fn bundle(&self) -> Result<String, EstError> {
        let response = answered(self.agent.get(&self.path("senim/bundle")).call())?;
        let text = read(response)?;
        String::from_utf8(text).map_err(|_| EstError::Server("the bundle is not text".into()))
    }

    /// Asks for the first certificate, by a one-time code.
    ///
    /// # Errors
    /// [`EstError`].
    pub fn enrol(&self, terminal: &TerminalId, code: &Secret, request: &[u8]) -> Result<Reply, EstError> {
        let credentials = Secret::new(format!("{terminal}:{}", code.expose()));
        let header = Secret::new(format!("Basic {}", STANDARD.encode(credentials.expose())));
        let call = self.agent.post(&self.path("est/simpleenroll")).set("authorization", header.expose());
        ask(call, request)
    }

    fn path(&self, rest: &str) -> String {
        format!("{}/.well-known/{rest}", self.base_url)
    }
}

impl Renew for EstClient {
    fn renew(&self, request: &[u8]) -> Result<Reply, EstError> {
        ask(self.agent.post(&self.path("est/simplereenroll")), request)
    }
}

fn ask(call: ureq::Request, request: &[u8]) -> Result<Reply, EstError> {
    let mut nonce = [0_u8; 24];
    SystemRandom::new().fill(&mut nonce).map_err(|_| KeyError::NoRandomness)?;
    let nonce = URL_SAFE_NO_PAD.encode(nonce);
    let call = call
        .set("content-type", "application/pkcs10")
        .set("content-transfer-encoding", "base64")
        .set("senim-nonce", &nonce);
    let response = answered(call.send_string(&STANDARD.encode(request)))?;
    let time = response.header("senim-time").unwrap_or_default().to_owned();
    let certificate = only_certificate(&read(response)?)?;
    Ok(Reply { certificate, nonce, time })
}

fn answered(outcome: Result<ureq::Response, ureq::Error>) -> Result<ureq::Response, EstError> {
    match outcome {
        Ok(response) if response.status() == 200 => Ok(response),
        Ok(response) => Err(EstError::Server(format!("status {}", response.status()))),
        Err(ureq::Error::Status(401, _)) => Err(EstError::WrongCode),
        Err(ureq::Error::Status(429, response)) => {
            let seconds = response.header("retry-after").and_then(|seconds| seconds.parse().ok());
            Err(EstError::Locked { retry_seconds: seconds.unwrap_or(60) })
        }
        Err(ureq::Error::Status(403, response)) => {
            let body = read(response).unwrap_or_default();
            let document: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
            let code = document.get("code").and_then(|code| code.as_str()).unwrap_or("refused");
            let plain = code.len() <= 40 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            Err(EstError::Refused(if plain { code } else { "refused" }.to_owned()))
        }
        Err(ureq::Error::Status(status, _)) => Err(EstError::Server(format!("status {status}"))),
        Err(ureq::Error::Transport(transport)) => {
            Err(EstError::Server(crate::failure::of_transport(&transport).to_string()))
        }
    }
}

fn read(response: ureq::Response) -> Result<Vec<u8>, EstError> {
    let mut bytes = Vec::new();
    let mut limited = response.into_reader().take(MAX_ANSWER_BYTES.saturating_add(1));
    limited.read_to_end(&mut bytes).map_err(|error| EstError::Server(error.to_string()))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_ANSWER_BYTES {
        return Err(EstError::Server("its answer is too long".into()));
    }
    Ok(bytes)
}

/// The one certificate of a certs-only CMS in base64.
fn only_certificate(body: &[u8]) -> Result<Vec<u8>, EstError> {
    let bad = || EstError::Server("what came is not one certificate".into());
    let text: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let der = STANDARD.decode(text).map_err(|_| bad())?;
    let content = ContentInfo::from_der(&der).map_err(|_| bad())?;
    if content.content_type != SIGNED_DATA {
        return Err(bad());
    }
    let signed = SignedData::from_der(&content.content.to_der().map_err(|_| bad())?).map_err(|_| bad())?;
    let certificates = signed.certificates.map(|set| set.0.into_vec()).unwrap_or_default();
    match certificates.as_slice() {
        [CertificateChoices::Certificate(certificate)] => certificate.to_der().map_err(|_| bad()),
        _ => Err(bad()),
    }
}

/// Believes the one CA that was named, and remembers its certificate.
#[derive(Debug)]
struct PinnedVerifier {
    pin: Option<[u8; 32]>,
    clock: CertificateClock,
    found: OnceLock<(CertificateDer<'static>, tls::DatedVerifier)>,
    schemes: Vec<SignatureScheme>,
}

impl PinnedVerifier {
    fn new(pin: &Pin, clock: CertificateClock) -> Result<Self, UplinkError> {
        let schemes = tls::provider().signature_verification_algorithms.supported_schemes();
        let mut verifier = Self { pin: None, clock, found: OnceLock::new(), schemes };
        match pin {
            Pin::Sha256(sha256) => verifier.pin = Some(*sha256),
            Pin::Certificate(pem) => {
                let ca = CertificateDer::from_pem_slice(pem)
                    .map_err(|error| UplinkError::Ca(error.to_string()))?;
                verifier.believe(ca)?;
            }
        }
        Ok(verifier)
    }

    fn believe(&self, ca: CertificateDer<'static>) -> Result<&tls::DatedVerifier, UplinkError> {
        let verifier = tls::DatedVerifier::of(vec![ca.clone()], self.clock.clone())?;
        Ok(&self.found.get_or_init(|| (ca, verifier)).1)
    }

    fn known(&self) -> Result<&tls::DatedVerifier, TlsError> {
        let unknown = TlsError::InvalidCertificate(CertificateError::UnknownIssuer);
        self.found.get().map(|(_, verifier)| verifier).ok_or(unknown)
    }
}

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        if self.found.get().is_none() {
            let named = |der: &&CertificateDer<'_>| {
                let hash = ring::digest::digest(&ring::digest::SHA256, der);
                self.pin.is_some_and(|pin| pin.as_slice() == hash.as_ref())
            };
            if let Some(ca) = intermediates.iter().find(named) {
                self.believe(ca.clone().into_owned())
                    .map_err(|error| TlsError::General(error.to_string()))?;
            }
        }
        self.known()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.known()?.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.known()?.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}
