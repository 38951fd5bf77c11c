//! The electronic digital signature (ЭЦП, EDS) of a client under a document, regulation B12.
//!
//! Decides whether CMS bytes are *this* client's signature under *these* bytes, made with a key that the national
//! authority (НУЦ РК) gave an individual for signing, at a time that a time-stamping authority vouches for, and not
//! revoked. [`Signed::read`] takes the CMS apart, [`Signed::verify`] judges it; one [`Refusal`] per thing that can be
//! wrong. What came from outside (OCSP answer, revocation lists) is a value, and so is the moment: the same bytes give
//! the same verdict to an auditor years later.
//!
//! [`Token`] is a card's certificate for logging in: the same paths and evidence, another purpose.
//!
//! [`ToSign`] is the other direction: the CMS around a signature that a client's card makes ([`assemble`]).
//!
//! It does not decide whom to ask for evidence, how that travels, or what follows from a refusal. RSA (PKCS #1, from
//! 2,048 bits) and ECDSA on P-256 and P-384 are judged here, by ring and webpki. GOST is recognised
//! ([`Algorithm::Gost`]) and judged elsewhere: no free library knows it. CMS in BER with indefinite lengths is refused
//! as [`Refusal::Malformed`].

pub mod assemble;
mod certificate;
mod chain;
mod envelope;
mod oid;
mod revocation;
mod signed;
mod timestamp;
mod token;
mod verdict;

pub use assemble::{AssembleError, ToSign};
pub use certificate::Algorithm;
pub use chain::{Trust, TrustError};
pub use revocation::{Evidence, ocsp_request};
pub use signed::{Demand, Signed, Verified};
pub use timestamp::{Stamp, TimestampFlaw, timestamp_request, timestamp_token};
pub use token::{Token, TokenRefusal};
pub use verdict::Refusal;
