//! The whole judgement of a client's signature, in one order: does it fit, under which document, when, from whom, for
//! what, whose, and was it withdrawn.

use senim_domain::UtcMillis;
use senim_domain::iin::Iin;

use crate::certificate::{Algorithm, Certificate, Hash};
use crate::chain::{ChainFlaw, Path, Trust};
use crate::envelope::Envelope;
use crate::oid;
use crate::revocation::{self, Evidence, Lists};
use crate::timestamp::{self, Stamp};
use crate::verdict::Refusal;

/// What the signature has to be.
pub struct Demand<'a> {
    /// Exactly the bytes that were shown.
    pub document: &'a [u8],
    /// The client.
    pub iin: &'a Iin,
    /// When the signature was asked for: nothing older counts.
    pub asked: UtcMillis,
    /// Now.
    pub now: UtcMillis,
}

/// A signature that counts, with what it rests on.
#[derive(Clone, PartialEq, Eq)]
pub struct Verified {
    /// The stamped moment.
    pub signed_at: UtcMillis,
    /// The kind of key.
    pub algorithm: Algorithm,
    /// The signer's certificate, DER. It names the client.
    pub certificate: Vec<u8>,
    /// Those above it, the root last.
    pub chain: Vec<Vec<u8>>,
    /// The time-stamp.
    pub stamp: Stamp,
    /// SHA-256 of the document.
    pub document_sha256: Vec<u8>,
}

/// Certificates name people.
impl std::fmt::Debug for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verified({:?} at {}, …)", self.algorithm, self.signed_at)
    }
}

/// A signature taken apart, not yet believed.
pub struct Signed {
    envelope: Envelope,
    certificate: Certificate,
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signed({:?}, …)", self.algorithm())
    }
}

impl Signed {
    /// Takes a CMS apart, attached or detached.
    ///
    /// # Errors
    /// [`Refusal::Malformed`], [`Refusal::Signers`], [`Refusal::CertificateMissing`].
    pub fn read(cms: &[u8]) -> Result<Self, Refusal> {
        let envelope = Envelope::read(cms)?;
        if envelope.content_type != oid::DATA {
            return Err(Refusal::Malformed);
        }
        let certificate =
            envelope.certificates.iter().find(|certificate| envelope.names(certificate)).cloned();
        let certificate = certificate.ok_or(Refusal::CertificateMissing)?;
        Ok(Self { envelope, certificate })
    }

    /// The kind of the signer's key: [`Algorithm::Gost`] is judged elsewhere.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.certificate.algorithm()
    }

    /// The signer's certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        self.certificate.der.as_ref()
    }

    /// Whether the certificate names this person. Says nothing of whether the certificate counts.
    #[must_use]
    pub fn names(&self, iin: &Iin) -> bool {
        self.certificate.iin().is_some_and(|named| named == *iin)
    }

    /// The certificate that seems to have issued the signer's, to ask about revocation; not yet believed.
    #[must_use]
    pub fn issuer(&self, trust: &Trust) -> Option<Vec<u8>> {
        let wanted = &self.certificate.parsed.tbs_certificate.issuer;
        let configured = trust.intermediates.iter().chain(&trust.roots);
        let configured = configured.filter_map(|der| Certificate::from_der(der));
        let came = self.envelope.certificates.iter().cloned();
        configured
            .chain(came)
            .find(|candidate| candidate.parsed.tbs_certificate.subject == *wanted)
            .map(|issuer| issuer.der.to_vec())
    }

    /// Bytes of the signature itself: what a time-stamp is over.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.envelope.signer.signature.as_bytes()
    }

    /// Whether a time-stamp lies in it. Says nothing of whether it counts.
    #[must_use]
    pub fn is_stamped(&self) -> bool {
        self.token().is_some()
    }

    /// Judges the signature.
    ///
    /// # Errors
    /// [`Refusal`]: the first thing that is wrong.
    pub fn verify(
        &self,
        demand: &Demand<'_>,
        trust: &Trust,
        evidence: &Evidence,
    ) -> Result<Verified, Refusal> {
        match self.algorithm() {
            Algorithm::Gost => return Err(Refusal::Gost),
            Algorithm::Unknown => return Err(Refusal::AlgorithmUnknown),
            Algorithm::Rsa | Algorithm::Ecdsa => {}
        }
        let (hash, digest) = self.envelope.check_signature(&self.certificate)?;
        let inside = self.envelope.content.as_deref();
        if inside.is_some_and(|inside| inside != demand.document) || hash.of(demand.document) != digest {
            return Err(Refusal::OtherDocument);
        }
        let lists = Lists::read(evidence)?;
        let token = self.token().ok_or(Refusal::TimestampMissing)?;
        let borrowed = lists.borrow();
        let stamp = timestamp::check(&token, self.signature(), trust, revocation::wherever_known(&borrowed))?;
        let earliest = demand.asked.0.saturating_sub(trust.skew());
        if stamp.at.0 < earliest || stamp.at.0 > demand.now.0.saturating_add(trust.skew()) {
            return Err(Refusal::OutsideWindow);
        }
        let path = Path {
            roots: &trust.roots,
            between: Path::between(&self.envelope.certificates, &trust.intermediates),
            purpose: oid::INDIVIDUAL_DER,
            at: stamp.at,
        };
        let chain = path.check(&self.certificate, None).map_err(|flaw| self.of_chain(flaw, stamp.at))?;
        self.certificate.check_purpose()?;
        if !self.names(demand.iin) {
            return Err(Refusal::OtherPerson);
        }
        let issuer =
            chain.first().and_then(|der| Certificate::from_der(der)).ok_or(Refusal::IssuerUnknown)?;
        let path = Path { at: demand.now, ..path };
        revocation::check(&self.certificate, &issuer, &path, evidence, trust, demand.now)?;
        Ok(Verified {
            signed_at: stamp.at,
            algorithm: self.algorithm(),
            certificate: self.certificate.der.to_vec(),
            chain,
            stamp,
            document_sha256: Hash::Sha256.of(demand.document),
        })
    }

    fn of_chain(&self, flaw: ChainFlaw, at: UtcMillis) -> Refusal {
        match flaw {
            ChainFlaw::Dates => self.certificate.check_dates(at).err().unwrap_or(Refusal::IssuerNotValid),
            ChainFlaw::Purpose => self.certificate.check_purpose().err().unwrap_or(Refusal::IssuerUnknown),
            ChainFlaw::Unknown | ChainFlaw::Revoked | ChainFlaw::NoList => Refusal::IssuerUnknown,
        }
    }

    fn token(&self) -> Option<Vec<u8>> {
        let attributes = self.envelope.signer.unsigned_attrs.as_ref()?;
        let attribute = attributes.iter().find(|attribute| attribute.oid == oid::TIMESTAMP_TOKEN)?;
        timestamp::token_der(attribute.values.get(0)?)
    }
}
