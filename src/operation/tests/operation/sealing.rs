//! Sealed attachments, also against Debian's `jose`.

use std::process::{Command, Output};

use senim_domain::{Secret, SecretBytes};
use senim_operation::attachment::{AttachmentError, LoginCode, LoginRequest, MfoSealer, Opener};
use senim_operation::signer::Sealer as _;

fn jose(args: &[&str]) -> Output {
    Command::new("jose")
        .args(args)
        .output()
        .expect("the program `jose` (Debian package jose) is needed for this test")
}

/// The private key as JWK, which `jose` wants.
fn private_jwk(opener: &Opener, pkcs8: &SecretBytes) -> String {
    use base64::Engine as _;
    use p256::pkcs8::DecodePrivateKey as _;
    let secret = p256::SecretKey::from_pkcs8_der(pkcs8.expose()).unwrap();
    let d = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret.to_bytes());
    let (x, y) = opener.public_jwk().coordinates();
    format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}","d":"{d}"}}"#)
}

#[test]
fn what_is_sealed_opens_with_its_key_only() {
    let (opener, _) = Opener::generate().unwrap();
    let (other, _) = Opener::generate().unwrap();
    let sealer = MfoSealer::new(opener.public_jwk());
    for length in [0, 1, 12, 300_000] {
        let plain = vec![0xa5; length];
        let jwe = sealer.seal(&plain).unwrap();
        assert_eq!(opener.open(&jwe).unwrap().expose(), plain);
        assert!(matches!(other.open(&jwe), Err(AttachmentError::OtherKey(_))));
    }
    assert_ne!(sealer.seal(b"same").unwrap(), sealer.seal(b"same").unwrap());
}

#[test]
fn every_changed_character_of_a_sealed_part_is_noticed() {
    let (opener, _) = Opener::generate().unwrap();
    let jwe = MfoSealer::new(opener.public_jwk()).seal(b"900514300002").unwrap();
    for place in 0..jwe.len() {
        let mut changed = jwe.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(opener.open(&changed).is_err(), "place {place}");
    }
    for bad in ["", "....", "a.b.c.d.e", &format!("{jwe}A"), &jwe[1..]] {
        assert!(opener.open(bad).is_err());
    }
}

#[test]
fn plaintexts_are_read_back_and_others_refused_without_quoting_them() {
    let plain = LoginRequest { iin: Secret::new("900514300002".into()) }.to_plaintext().unwrap();
    assert_eq!(plain.expose(), br#"{"iin":"900514300002"}"#);
    assert_eq!(LoginRequest::from_plaintext(&plain).unwrap().iin.expose(), "900514300002");
    let error = LoginCode::from_plaintext(&plain).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("900514300002"));
}

#[test]
fn debian_jose_opens_what_we_seal() {
    let (opener, pkcs8) = Opener::generate().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (key, jwe) = (dir.path().join("key.jwk"), dir.path().join("sealed.jwe"));
    std::fs::write(&key, private_jwk(&opener, &pkcs8)).unwrap();
    std::fs::write(&jwe, MfoSealer::new(opener.public_jwk()).seal(b"opened by a stranger").unwrap()).unwrap();
    let output = jose(&["jwe", "dec", "-i", jwe.to_str().unwrap(), "-k", key.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"opened by a stranger");
}

#[test]
fn we_open_what_debian_jose_seals() {
    let (opener, _) = Opener::generate().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (key, plain) = (dir.path().join("key.jwk"), dir.path().join("plain"));
    std::fs::write(&key, serde_json::to_string(&opener.public_jwk()).unwrap()).unwrap();
    std::fs::write(&plain, "sealed by a stranger").unwrap();
    let template = r#"{"protected":{"alg":"ECDH-ES","enc":"A256GCM"}}"#;
    let output = jose(&[
        "jwe",
        "enc",
        "-c",
        "-i",
        template,
        "-I",
        plain.to_str().unwrap(),
        "-k",
        key.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{output:?}");
    let jwe = String::from_utf8(output.stdout).unwrap();
    assert_eq!(opener.open(jwe.trim_end()).unwrap().expose(), b"sealed by a stranger");
}
