//! Whom we speak to and as whom: TLS 1.3 only, the MFO's CA only, our certificate always (design section 5).
//!
//! Certificate dates are not judged by a clock of the host, which is wrong whenever its battery is empty, but by the
//! latest time that has passed for certain ([`CertificateClock`]).

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, InconsistentKeys, RootCertStore,
    SignatureScheme,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use senim_domain::UtcMillis;

use crate::uplink::UplinkError;

/// Certificates of a chain that may begin at different moments; more is no chain of this system.
const MAX_CHAIN: usize = 5;

/// The latest time that has passed for certain: build time, last cosigned checkpoint, then each time that the MFO signed.
/// It never goes back. Clones show the same time.
#[derive(Clone, Debug)]
pub struct CertificateClock(Arc<AtomicI64>);

impl CertificateClock {
    /// Begins at the later of build time and last cosigned checkpoint.
    #[must_use]
    pub fn new(at_least: UtcMillis) -> Self {
        Self(Arc::new(AtomicI64::new(at_least.0)))
    }

    /// A time that the MFO signed was verified. Earlier ones change nothing.
    pub fn advance(&self, at: UtcMillis) {
        self.0.fetch_max(at.0, Ordering::Relaxed);
    }

    /// The time.
    #[must_use]
    pub fn at(&self) -> UtcMillis {
        UtcMillis(self.0.load(Ordering::Relaxed))
    }

    fn now(&self) -> UnixTime {
        let seconds = u64::try_from(self.at().0.div_euclid(1000)).unwrap_or_default();
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// How every new connection presents us and whom it believes. Clones show the same; a renewed certificate takes effect
/// with the next connection.
#[derive(Clone)]
pub struct Credentials(Arc<Shared>);

struct Shared {
    verifier: Option<Arc<DatedVerifier>>,
    config: RwLock<Arc<ClientConfig>>,
}

impl Credentials {
    pub(crate) fn new(
        ca_pem: &[u8],
        chain: Vec<CertificateDer<'static>>,
        key: Arc<dyn SigningKey>,
        clock: CertificateClock,
    ) -> Result<Self, UplinkError> {
        let ca = CertificateDer::pem_slice_iter(ca_pem).collect::<Result<Vec<_>, _>>();
        let ca = ca.map_err(|error| UplinkError::Ca(error.to_string()))?;
        let verifier = Arc::new(DatedVerifier::of(ca, clock)?);
        let config = RwLock::new(client_config(&verifier, chain, key)?);
        Ok(Self(Arc::new(Shared { verifier: Some(verifier), config })))
    }

    /// One configuration for ever.
    pub(crate) fn fixed(config: Arc<ClientConfig>) -> Self {
        Self(Arc::new(Shared { verifier: None, config: RwLock::new(config) }))
    }

    pub(crate) fn current(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Shows another certificate from the next connection on; TLS sessions of the one before are not resumed.
    ///
    /// # Errors
    /// [`UplinkError::Identity`]: key and certificate do not belong together.
    pub fn replace(
        &self,
        chain: Vec<CertificateDer<'static>>,
        key: Arc<dyn SigningKey>,
    ) -> Result<(), UplinkError> {
        let verifier = self.0.verifier.as_ref();
        let verifier =
            verifier.ok_or_else(|| UplinkError::Identity("this line shows no certificate".into()))?;
        let config = client_config(verifier, chain, key)?;
        *self.0.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }
}

fn client_config(
    verifier: &Arc<DatedVerifier>,
    chain: Vec<CertificateDer<'static>>,
    key: Arc<dyn SigningKey>,
) -> Result<Arc<ClientConfig>, UplinkError> {
    let ours = CertifiedKey::new(chain, key);
    match ours.keys_match() {
        // A key in a key store need not show its public half.
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
        Err(error) => return Err(UplinkError::Identity(error.to_string())),
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| UplinkError::Tls(error.to_string()))?
        // Stricter than the stock verifier in nothing, more lenient only in the clock; see `DatedVerifier`.
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(verifier) as Arc<dyn ServerCertVerifier>)
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(ours)));
    Ok(Arc::new(config))
}

/// The stock verification at the time of the [`CertificateClock`]. That time is a lower bound, so a certificate that
/// begins later is judged at its beginning: the terminal may have been in a warehouse when it was made. One that ended
/// before is refused.
#[derive(Debug)]
pub(crate) struct DatedVerifier {
    inner: Arc<WebPkiServerVerifier>,
    clock: CertificateClock,
}

impl DatedVerifier {
    pub fn of(ca: Vec<CertificateDer<'static>>, clock: CertificateClock) -> Result<Self, UplinkError> {
        let mut roots = RootCertStore::empty();
        for certificate in ca {
            roots.add(certificate).map_err(|error| UplinkError::Ca(error.to_string()))?;
        }
        let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .map_err(|error| UplinkError::Ca(error.to_string()))?;
        Ok(Self { inner, clock })
    }
}

impl ServerCertVerifier for DatedVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _host_time: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut at = self.clock.now();
        for _ in 0..MAX_CHAIN {
            let judged =
                self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, at);
            match judged {
                Err(Error::InvalidCertificate(CertificateError::NotValidYetContext {
                    not_before, ..
                })) if not_before > at => {
                    at = not_before;
                }
                judged => return judged,
            }
        }
        Err(Error::InvalidCertificate(CertificateError::NotValidYet))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Reads an identity out of files: certificate chain, leaf first, and its key (PKCS#8), both PEM. Only a rig keeps its
/// key so; elsewhere it stays in the key store and comes as a [`SigningKey`].
///
/// # Errors
/// [`UplinkError::Identity`].
pub fn identity_from_pem(
    chain_pem: &[u8],
    key_pem: &[u8],
) -> Result<(Vec<CertificateDer<'static>>, Arc<dyn SigningKey>), UplinkError> {
    let bad = |what: &str, error: &dyn std::fmt::Display| UplinkError::Identity(format!("{what}: {error}"));
    let chain = CertificateDer::pem_slice_iter(chain_pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| bad("the certificate chain", &error))?;
    let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|error| bad("the key", &error))?;
    let key = ring::default_provider()
        .key_provider
        .load_private_key(key)
        .map_err(|error| bad("the key", &error))?;
    Ok((chain, key))
}
