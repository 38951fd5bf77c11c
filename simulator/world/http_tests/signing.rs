//! Signing by QR code and the authority's services over HTTP.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may")]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{Caller, MAN};

const SIGNATURE: &str = "0190f000-0000-7000-8000-0000000000a1";

fn order(document: &[u8]) -> Value {
    let sha256 = ring::digest::digest(&ring::digest::SHA256, document);
    json!({
        "document_base64": STANDARD.encode(document), "document_sha256": URL_SAFE_NO_PAD.encode(sha256),
        "media_type": "text/plain", "titles": { "kk": "Шарт", "ru": "Договор", "en": "Contract" },
        "life_seconds": 180,
    })
}

#[test]
fn a_code_is_offered_read_by_one_phone_and_answered_with_a_signature() {
    let world = Caller::new();
    let path = format!("/signing/{SIGNATURE}");
    let (status, offer) = world.json("PUT", &path, Some(order(b"text")));
    assert_eq!(status, 200, "{offer}");
    assert_eq!(world.json("PUT", &path, Some(order(b"text"))).1, offer);
    assert_eq!(world.json("PUT", &path, Some(order(b"other"))).0, 409);
    let operation = format!("{path}/{}", offer["operation"].as_str().unwrap());
    assert_eq!(world.get(&operation).1["state"], "waiting");
    let phone = format!("/people/{MAN}/phone");
    assert_eq!(world.json("POST", &phone, Some(json!({ "qr": offer["qr"], "manner": "dances" }))).0, 422);
    assert_eq!(world.json("POST", &phone, Some(json!({ "qr": offer["qr"] }))).0, 204);
    let again = world.json("POST", &phone, Some(json!({ "qr": offer["qr"] })));
    assert_eq!((again.0, again.1["code"].as_str()), (409, Some("qr_used")));
    let (_, done) = world.get(&operation);
    assert_eq!(done["state"], "done");
    let cms = STANDARD.decode(done["cms_base64"].as_str().unwrap()).unwrap();
    assert!(cms.len() > 1000);
    // What is done stays done.
    assert_eq!(world.json("DELETE", &operation, None).1["state"], "done");
    assert_eq!(world.get(&format!("/signing/{SIGNATURE}/none")).0, 404);
    assert_eq!(world.get("/signing/nonsense/none").0, 400);
}

#[test]
fn a_declined_code_and_one_that_is_given_up_have_no_signature() {
    let world = Caller::new();
    let (_, offer) = world.json("PUT", &format!("/signing/{SIGNATURE}"), Some(order(b"text")));
    let body = json!({ "qr": offer["qr"], "manner": "refuses" });
    world.json("POST", &format!("/people/{MAN}/phone"), Some(body));
    let operation = format!("/signing/{SIGNATURE}/{}", offer["operation"].as_str().unwrap());
    assert_eq!(
        world.get(&operation).1,
        json!({
            "signature_id": SIGNATURE, "operation": offer["operation"], "state": "declined", "cms_base64": null,
        })
    );
    let other = SIGNATURE.replace("a1", "a2");
    let (_, offer) = world.json("PUT", &format!("/signing/{other}"), Some(order(b"text")));
    let operation = format!("/signing/{other}/{}", offer["operation"].as_str().unwrap());
    assert_eq!(world.json("DELETE", &operation, None).1["state"], "canceled");
}

#[test]
fn time_revocation_and_certificates_come_as_files() {
    let world = Caller::new();
    let (status, answer) = world.raw("POST", "/tsp", Some(b"no request"));
    assert!(status == 200 && answer.starts_with(&[0x30]), "a refusal is an answer of the authority too");
    let (status, answer) = world.raw("POST", "/ocsp", Some(b"no request"));
    assert!(status == 200 && answer.starts_with(&[0x30]));
    for list in ["issuing.crl", "root.crl"] {
        let (status, list) = world.raw("GET", &format!("/crl/{list}"), None);
        assert!(status == 200 && list.starts_with(&[0x30, 0x82]));
    }
    assert_eq!(world.get("/crl/none.crl").0, 404);
    for name in ["root", "issuing"] {
        let (_, pem) = world.raw("GET", &format!("/authority/{name}.pem"), None);
        assert!(pem.starts_with(b"-----BEGIN CERTIFICATE-----"));
    }
    assert_eq!(world.get("/authority/none.pem").0, 404);
    assert_eq!(world.get("/authority/root.key").0, 404);
}

/// SubjectPublicKeyInfo of P-256 with the curve's generator as its point.
const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==";

#[test]
fn a_card_is_certified_once_and_withdrawn() {
    let world = Caller::new();
    let (path, keys) =
        (format!("/people/{MAN}/cards/own"), json!({ "authentication": KEY, "signature": KEY }));
    let (status, certificates) = world.json("PUT", &path, Some(keys.clone()));
    assert_eq!(status, 200, "{certificates}");
    let der = STANDARD.decode(certificates["authentication"].as_str().unwrap()).unwrap();
    assert!(der.starts_with(&[0x30, 0x82]));
    assert_eq!(world.json("PUT", &path, Some(keys.clone())).1, certificates);
    let other = json!({ "authentication": "no base64", "signature": KEY });
    assert_eq!(world.json("PUT", &format!("/people/{MAN}/cards/second"), Some(other)).0, 422);
    assert_eq!(world.json("PUT", &format!("/people/{MAN}/cards/golden"), Some(keys)).0, 404);
    let (_, before) = world.raw("GET", "/crl/issuing.crl", None);
    assert_eq!(world.json("DELETE", &path, None).0, 204);
    let (_, after) = world.raw("GET", "/crl/issuing.crl", None);
    assert!(after.len() > before.len());
    assert_eq!(world.json("DELETE", &format!("/people/{MAN}/cards/second"), None).0, 404);
}
