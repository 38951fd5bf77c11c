//! Why a signature does not count: one reason each, so that staff, borrower and journal name the same thing.

use senim_domain::UtcMillis;

use crate::timestamp::TimestampFlaw;

/// Why this is not the client's signature under this document. No variant carries personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a CMS signature that can be read, or longer than any.
    #[error("what came is no CMS signature that can be read")]
    Malformed,
    /// More than one signer, or none.
    #[error("the CMS has {0} signers; exactly one is expected")]
    Signers(usize),
    /// The signer's certificate does not lie in the CMS.
    #[error("the CMS does not hold the certificate of its signer")]
    CertificateMissing,
    /// Key, digest or scheme is not known here.
    #[error("the signature's algorithm is not known here")]
    AlgorithmUnknown,
    /// GOST: only an outside service can judge it.
    #[error("the signature is by GOST; have the service for GOST judge it")]
    Gost,
    /// The signature is not by the certificate's key over what the CMS says: it was changed, or never fitted.
    #[error("the signature does not fit: the CMS was changed")]
    SignatureWrong,
    /// A genuine signature, of another document.
    #[error("the signature is under another document")]
    OtherDocument,
    /// The certificate does not come from a configured root.
    #[error("the certificate is not from an authority that is trusted here")]
    IssuerUnknown,
    /// A certificate between the client's and the root is not valid at the time of signing.
    #[error("an authority's certificate was not valid when the signature was made")]
    IssuerNotValid,
    /// The certificate begins later.
    #[error("the certificate was not yet valid when the signature was made")]
    NotYetValid,
    /// The certificate had ended.
    #[error("the certificate had expired when the signature was made")]
    Expired,
    /// The key is for logging in (AUTH), not for signing.
    #[error("the certificate is for logging in, not for signing")]
    NotForSigning,
    /// The key belongs to an organisation or its officer.
    #[error("the certificate is an organisation's, not an individual's")]
    Organisation,
    /// The certificate names no purpose of an individual.
    #[error("the certificate is not one of an individual")]
    NotIndividual,
    /// The certificate names no IIN, or another one than the client's.
    #[error("the certificate is another person's")]
    OtherPerson,
    /// No RFC 3161 time-stamp over the signature.
    #[error("the signature has no time-stamp")]
    TimestampMissing,
    /// The time-stamp does not count.
    #[error("the time-stamp does not count: {0}")]
    Timestamp(#[from] TimestampFlaw),
    /// The time-stamp's moment lies before the request or in the future.
    #[error("the signature was not made during this request")]
    OutsideWindow,
    /// Withdrawn.
    #[error("the certificate was revoked at {at}")]
    Revoked {
        /// Since when.
        at: UtcMillis,
    },
    /// Neither OCSP answer nor list says anything of this certificate.
    #[error("nobody vouches that the certificate was not revoked")]
    RevocationUnknown,
    /// Evidence came that is not the authority's, is about something else or is too old.
    #[error("the evidence about revocation does not count")]
    EvidenceWrong,
}

impl Refusal {
    /// Every code, for schemas and tests.
    pub const CODES: &'static [&'static str] = &[
        "malformed",
        "signers",
        "certificateMissing",
        "algorithmUnknown",
        "gost",
        "signatureWrong",
        "otherDocument",
        "issuerUnknown",
        "issuerNotValid",
        "notYetValid",
        "expired",
        "notForSigning",
        "organisation",
        "notIndividual",
        "otherPerson",
        "timestampMissing",
        "timestampWrong",
        "outsideWindow",
        "revoked",
        "revocationUnknown",
        "evidenceWrong",
    ];

    /// The code that goes into rows, records and logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Signers(_) => "signers",
            Self::CertificateMissing => "certificateMissing",
            Self::AlgorithmUnknown => "algorithmUnknown",
            Self::Gost => "gost",
            Self::SignatureWrong => "signatureWrong",
            Self::OtherDocument => "otherDocument",
            Self::IssuerUnknown => "issuerUnknown",
            Self::IssuerNotValid => "issuerNotValid",
            Self::NotYetValid => "notYetValid",
            Self::Expired => "expired",
            Self::NotForSigning => "notForSigning",
            Self::Organisation => "organisation",
            Self::NotIndividual => "notIndividual",
            Self::OtherPerson => "otherPerson",
            Self::TimestampMissing => "timestampMissing",
            Self::Timestamp(_) => "timestampWrong",
            Self::OutsideWindow => "outsideWindow",
            Self::Revoked { .. } => "revoked",
            Self::RevocationUnknown => "revocationUnknown",
            Self::EvidenceWrong => "evidenceWrong",
        }
    }
}
