//! Reads a PKCS#10 request: its key, if whoever asks has the private half. Nothing else in it is honoured: names, usage
//! and dates are the CA's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::asn1::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use senim_operation::jws::PublicJwk;
use x509_cert::request::CertReq;

use super::answer::Refused;

/// ecdsa-with-SHA256.
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// The key of a request in base64, with or without line breaks.
pub(super) fn key(body: &[u8]) -> Result<PublicJwk, Refused> {
    let text: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let der = STANDARD.decode(text).map_err(|_| Refused::BAD_REQUEST)?;
    key_of_der(&der).ok_or(Refused::BAD_REQUEST)
}

fn key_of_der(der: &[u8]) -> Option<PublicJwk> {
    let request = CertReq::from_der(der).ok()?;
    let key = PublicJwk::from_sec1(request.info.public_key.subject_public_key.as_bytes()?).ok()?;
    // The whole of it: curve and encoding too.
    if request.info.public_key.to_der().ok()? != key.spki_der() || request.algorithm.oid != ECDSA_WITH_SHA256
    {
        return None;
    }
    let signed = request.info.to_der().ok()?;
    let signature = request.signature.as_bytes()?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.sec1()).verify(&signed, signature).ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P384_SHA384};

    use super::*;

    fn request(name: &str, key: &KeyPair) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["evil.example".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.serialize_request(key).unwrap().der().to_vec()
    }

    #[test]
    fn a_request_gives_its_key_whatever_it_wants_to_be_called() {
        let pair = KeyPair::generate().unwrap();
        let expected = PublicJwk::from_sec1(pair.public_key_raw()).unwrap();
        for name in ["t-1", "senim-gateway-message", "Ерлан"] {
            let text = STANDARD.encode(request(name, &pair));
            assert_eq!(key(text.as_bytes()), Ok(expected));
            let (a, b) = text.split_at(100);
            assert_eq!(key(format!("{a}\r\n{b}\n").as_bytes()), Ok(expected));
        }
    }

    #[test]
    fn any_changed_byte_spoils_a_request() {
        let pair = KeyPair::generate().unwrap();
        let good = request("t-1", &pair);
        assert!(key_of_der(&good).is_some());
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(key_of_der(&bad).is_none(), "byte {at}");
        }
    }

    #[test]
    fn other_curves_pieces_and_rubbish_are_no_request() {
        let other = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        assert!(key_of_der(&request("t-1", &other)).is_none());
        let good = request("t-1", &KeyPair::generate().unwrap());
        assert!(key_of_der(&good[..good.len() - 1]).is_none());
        assert!(key_of_der(&[good.as_slice(), &[0]].concat()).is_none());
        for rubbish in [&b""[..], b"!", b"MAA=", b"\xff\xfe"] {
            assert_eq!(key(rubbish), Err(Refused::BAD_REQUEST));
        }
    }
}
