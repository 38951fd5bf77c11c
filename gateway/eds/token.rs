//! A certificate for logging in, on a card that the MFO issued: whose it is, whether it counts, and whether a
//! signature is by its key.
//!
//! The same paths and the same evidence of revocation as for signatures under documents; another purpose, and no
//! time-stamp: who is there is judged now.

use senim_domain::UtcMillis;
use senim_domain::iin::Iin;
use x509_cert::ext::pkix::KeyUsage;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::certificate::{Algorithm, Certificate, Hash};
use crate::chain::{ChainFlaw, Path, Trust};
use crate::oid;
use crate::revocation::{self, Evidence};
use crate::verdict::Refusal;

/// Why a card's certificate opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// No certificate that can be read, or a key of a kind that is not taken.
    #[error("what the card showed is no certificate that can be used")]
    Malformed,
    /// It does not come from a configured root.
    #[error("the card's certificate is not from an authority that is trusted here")]
    IssuerUnknown,
    /// It is for something else than logging in.
    #[error("the card's certificate is not for logging in")]
    NotForLogin,
    /// It begins later.
    #[error("the card's certificate is not yet valid")]
    NotYetValid,
    /// It is over, or its issuer's is.
    #[error("the card's certificate has expired")]
    Expired,
    /// Withdrawn.
    #[error("the card's certificate was revoked at {at}")]
    Revoked {
        /// Since when.
        at: UtcMillis,
    },
    /// Nobody vouches that it was not withdrawn, or what came does not count.
    #[error("nobody vouches that the card's certificate was not revoked")]
    RevocationUnknown,
    /// The signature is not by its key over these bytes.
    #[error("the card's signature does not fit its certificate")]
    SignatureWrong,
}

/// A card's certificate for logging in.
pub struct Token {
    certificate: Certificate,
}

impl Token {
    /// Reads a certificate, DER.
    ///
    /// # Errors
    /// [`TokenRefusal::Malformed`].
    pub fn read(der: &[u8]) -> Result<Self, TokenRefusal> {
        let certificate = Certificate::from_der(der).ok_or(TokenRefusal::Malformed)?;
        match certificate.algorithm() {
            Algorithm::Rsa | Algorithm::Ecdsa => Ok(Self { certificate }),
            Algorithm::Gost | Algorithm::Unknown => Err(TokenRefusal::Malformed),
        }
    }

    /// The certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        self.certificate.der.as_ref()
    }

    /// SHA-256 of the certificate: the card's name in a register.
    #[must_use]
    pub fn fingerprint(&self) -> Vec<u8> {
        Hash::Sha256.of(self.certificate())
    }

    /// The certificate's serial number at its issuer.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        self.certificate.serial()
    }

    /// Whether it names this person. Says nothing of whether it counts.
    #[must_use]
    pub fn names(&self, iin: &Iin) -> bool {
        self.certificate.iin().is_some_and(|named| named == *iin)
    }

    /// The certificate that seems to have issued it, to ask about revocation; not yet believed.
    #[must_use]
    pub fn issuer(&self, trust: &Trust) -> Option<Vec<u8>> {
        let wanted = &self.certificate.parsed.tbs_certificate.issuer;
        let configured = trust.intermediates.iter().chain(&trust.roots);
        configured
            .filter_map(|der| Certificate::from_der(der))
            .find(|candidate| candidate.parsed.tbs_certificate.subject == *wanted)
            .map(|issuer| issuer.der.to_vec())
    }

    /// Whether it counts now.
    ///
    /// # Errors
    /// [`TokenRefusal`]: the first thing that is wrong.
    pub fn judge(&self, trust: &Trust, evidence: &Evidence, now: UtcMillis) -> Result<(), TokenRefusal> {
        let path = Path {
            roots: &trust.roots,
            between: Path::between(&[], &trust.intermediates),
            purpose: oid::CLIENT_AUTH_DER,
            at: now,
        };
        let chain = path.check(&self.certificate, None).map_err(|flaw| self.of_chain(flaw, now))?;
        let usage = self.certificate.extension::<KeyUsage>();
        let signs = usage.is_some_and(|usage| usage.digital_signature());
        if !signs || !self.certificate.names_purpose(&oid::CLIENT_AUTH) {
            return Err(TokenRefusal::NotForLogin);
        }
        let issuer = chain.first().and_then(|der| Certificate::from_der(der));
        let issuer = issuer.ok_or(TokenRefusal::IssuerUnknown)?;
        revocation::check(&self.certificate, &issuer, &path, evidence, trust, now).map_err(|refusal| {
            match refusal {
                Refusal::Revoked { at } => TokenRefusal::Revoked { at },
                Refusal::IssuerNotValid => TokenRefusal::Expired,
                _ => TokenRefusal::RevocationUnknown,
            }
        })
    }

    fn of_chain(&self, flaw: ChainFlaw, now: UtcMillis) -> TokenRefusal {
        match flaw {
            ChainFlaw::Dates => match self.certificate.check_dates(now) {
                Err(Refusal::NotYetValid) => TokenRefusal::NotYetValid,
                Ok(()) | Err(_) => TokenRefusal::Expired,
            },
            ChainFlaw::Purpose => TokenRefusal::NotForLogin,
            ChainFlaw::Unknown | ChainFlaw::Revoked | ChainFlaw::NoList => TokenRefusal::IssuerUnknown,
        }
    }

    /// Whether a signature over a message is by this certificate's key: ECDSA with SHA-256 in DER, or RSA's PKCS #1.
    ///
    /// # Errors
    /// [`TokenRefusal::SignatureWrong`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), TokenRefusal> {
        let oid = match self.certificate.algorithm() {
            Algorithm::Rsa => oid::RSA_SHA256,
            Algorithm::Ecdsa => oid::ECDSA_SHA256,
            Algorithm::Gost | Algorithm::Unknown => return Err(TokenRefusal::SignatureWrong),
        };
        let algorithm = AlgorithmIdentifierOwned { oid, parameters: None };
        self.certificate
            .verify(&algorithm, Some(Hash::Sha256), message, signature)
            .map_err(|_| TokenRefusal::SignatureWrong)
    }
}
