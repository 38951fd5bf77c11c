//! Names of algorithms, attributes and purposes that signatures of the НУЦ РК use (B12).

use der::asn1::ObjectIdentifier;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

pub(crate) const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
pub(crate) const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
pub(crate) const TST_INFO: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.4");

pub(crate) const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
pub(crate) const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
pub(crate) const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
/// id-aa-signatureTimeStampToken, RFC 3161 appendix A.
pub(crate) const TIMESTAMP_TOKEN: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.14");
/// id-aa-signingCertificateV2, RFC 5035.
pub(crate) const SIGNING_CERTIFICATE_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");

pub(crate) const SHA1: ObjectIdentifier = oid("1.3.14.3.2.26");
pub(crate) const SHA256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
pub(crate) const SHA384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
pub(crate) const SHA512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.3");

pub(crate) const RSA_KEY: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
pub(crate) const RSA_SHA256: ObjectIdentifier = oid("1.2.840.113549.1.1.11");
pub(crate) const RSA_SHA384: ObjectIdentifier = oid("1.2.840.113549.1.1.12");
pub(crate) const RSA_SHA512: ObjectIdentifier = oid("1.2.840.113549.1.1.13");
pub(crate) const EC_KEY: ObjectIdentifier = oid("1.2.840.10045.2.1");
pub(crate) const ECDSA_SHA256: ObjectIdentifier = oid("1.2.840.10045.4.3.2");
pub(crate) const ECDSA_SHA384: ObjectIdentifier = oid("1.2.840.10045.4.3.3");
/// Everything that Kazakhstan's GOST algorithms are named under: keys, signatures, digests.
pub(crate) const GOST_ARC: &str = "1.2.398.3.10.1.";

/// The key of an individual (физическое лицо).
pub(crate) const INDIVIDUAL: ObjectIdentifier = oid("1.2.398.3.3.4.1.1");
/// The key of a legal entity; its officers' keys lie under it.
pub(crate) const LEGAL_ENTITY: &str = "1.2.398.3.3.4.1.2";
/// id-kp-clientAuth: a card's key for logging in.
pub(crate) const CLIENT_AUTH: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.2");
pub(crate) const CLIENT_AUTH_DER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
/// id-kp-timeStamping as DER content, for webpki.
pub(crate) const TIME_STAMPING: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.8");
pub(crate) const TIME_STAMPING_DER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
pub(crate) const OCSP_SIGNING: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.9");
pub(crate) const OCSP_SIGNING_DER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];
/// [`INDIVIDUAL`] as DER content, for webpki.
pub(crate) const INDIVIDUAL_DER: &[u8] = &[0x2a, 0x83, 0x0e, 3, 3, 4, 1, 1];

/// Basic OCSP response and nonce, RFC 6960.
pub(crate) const OCSP_BASIC: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.1");
pub(crate) const OCSP_NONCE: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.2");

pub(crate) const SERIAL_NUMBER: ObjectIdentifier = oid("2.5.4.5");
pub(crate) const ORGANISATIONAL_UNIT: ObjectIdentifier = oid("2.5.4.11");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_for_the_chain_are_the_ones_that_are_named() {
        for (named, der) in [
            (TIME_STAMPING, TIME_STAMPING_DER),
            (OCSP_SIGNING, OCSP_SIGNING_DER),
            (INDIVIDUAL, INDIVIDUAL_DER),
            (CLIENT_AUTH, CLIENT_AUTH_DER),
        ] {
            assert_eq!(named.as_bytes(), der);
        }
    }
}
