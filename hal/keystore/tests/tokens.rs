//! The PKCS#11 store with real modules: SoftHSM, and a TPM by `swtpm`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may"
)]

mod support;

use std::process::Command;

use senim_keystore::{Custody, KeyStore as _, Pkcs11Options, Pkcs11Store, Token};
use senim_operation::jws::{PublicJwk, verify_raw};
use senim_operation::signer::KeyError;
use support::{PIN, TestToken};

fn refusal<T>(result: Result<T, KeyError>) -> String {
    match result.err().expect("it should have been refused") {
        KeyError::Store(text) => text,
        other => panic!("{other}"),
    }
}

fn signs(store: &Pkcs11Store, public: &PublicJwk) {
    let key = store.key(public).unwrap().unwrap();
    assert_eq!(key.public_jwk(), *public);
    let signature = key.sign(b"message").unwrap();
    verify_raw(public, b"message", &signature).unwrap();
    assert!(verify_raw(public, b"massage", &signature).is_err());
}

fn a_life_of_a_key(token: &TestToken) {
    let store = token.store();
    assert_eq!(store.custody(), Custody::Pkcs11);
    assert_eq!(store.keys().unwrap(), Vec::new());
    let (first, second) = (store.generate().unwrap(), store.generate().unwrap());
    assert_ne!(first, second);
    signs(&store, &first);
    signs(&store, &second);
    drop(store);
    let store = token.store();
    let mut keys = store.keys().unwrap();
    keys.sort();
    let mut expected = vec![first, second];
    expected.sort();
    assert_eq!(keys, expected, "keys outlive the process");
    store.destroy(&first).unwrap();
    store.destroy(&first).unwrap();
    assert_eq!(store.keys().unwrap(), vec![second]);
    assert!(store.key(&first).unwrap().is_none());
    signs(&store, &second);
}

fn a_wrong_pin_is_tried_once(token: &TestToken) {
    token.write_pin("999999");
    let text = refusal(token.store().keys());
    assert!(text.contains("refused its PIN"), "{text}");
    // A restart with the same PIN does not touch the token; with six tries the TPM and SoftHSM would complain.
    for _ in 0..12 {
        assert!(refusal(token.store().keys()).contains("is not tried again"));
    }
    token.write_pin(PIN);
    let store = token.store();
    let public = store.generate().unwrap();
    signs(&store, &public);
}

fn a_token_that_went_and_came_back_signs_again(token: &mut TestToken) {
    let store = token.store();
    let public = store.generate().unwrap();
    let key = store.key(&public).unwrap().unwrap();
    key.sign(b"before").unwrap();
    token.unplug();
    let text = refusal(key.sign(b"meanwhile"));
    assert!(text.contains("plug it in"), "{text}");
    token.plug();
    verify_raw(&public, b"after", &key.sign(b"after").unwrap()).unwrap();
}

macro_rules! with_both {
    ($($soft:ident, $tpm:ident: $check:expr;)+) => {$(
        #[test]
        fn $soft() {
            if let Some(mut token) = TestToken::soft_hsm() {
                $check(&mut token);
            }
        }

        #[test]
        fn $tpm() {
            if let Some(mut token) = TestToken::tpm() {
                $check(&mut token);
            }
        }
    )+};
}

with_both! {
    soft_hsm_makes_finds_uses_and_destroys_keys, a_tpm_makes_finds_uses_and_destroys_keys:
        |token: &mut TestToken| a_life_of_a_key(token);
    a_wrong_pin_is_tried_once_with_soft_hsm, a_wrong_pin_is_tried_once_with_a_tpm:
        |token: &mut TestToken| a_wrong_pin_is_tried_once(token);
    soft_hsm_that_went_and_came_back_signs_again, a_tpm_that_went_and_came_back_signs_again:
        |token: &mut TestToken| a_token_that_went_and_came_back_signs_again(token);
}

#[test]
fn what_is_missing_is_named_with_the_cure() {
    let Some(token) = TestToken::soft_hsm() else { return };
    let text = |options: Pkcs11Options| refusal(Pkcs11Store::new(options).keys());
    let module = text(Pkcs11Options { module: "/nowhere/lib.so".into(), ..token.options() });
    assert!(module.contains("cannot be loaded") && module.contains("identity.pkcs11.module"), "{module}");
    let other = text(Pkcs11Options { token: Token::Label("other".into()), ..token.options() });
    assert!(other.contains("sees no token other"), "{other}");
    let serial = text(Pkcs11Options { token: Token::Serial("0".into()), ..token.options() });
    assert!(serial.contains("sees no token 0"), "{serial}");
    std::fs::remove_file(token.pin_path()).unwrap();
    assert!(text(token.options()).contains("PIN file"));
}

#[test]
fn a_key_that_could_leave_the_token_is_refused() {
    let Some(token) = TestToken::soft_hsm() else { return };
    let der = token.dir.path().join("key.pem");
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out"])
        .arg(&der)
        .output()
        .unwrap();
    assert!(made.status.success());
    let imported = Command::new("softhsm2-util")
        .args(["--import", der.to_str().unwrap(), "--token", support::TOKEN, "--label", support::KEY])
        .args(["--id", "0102", "--pin", PIN])
        .output()
        .unwrap();
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let store = token.store();
    let keys = store.keys().unwrap();
    assert_eq!(keys.len(), 1);
    // It is sensitive and not extractable now, but was not always so.
    match store.key(&keys[0]) {
        Ok(Some(_)) => panic!("an imported key was taken"),
        Ok(None) => panic!("the key is not there"),
        Err(error) => assert!(error.to_string().contains("made on the token"), "{error}"),
    }
}

#[test]
fn another_terminals_key_on_the_same_token_is_left_alone() {
    let Some(token) = TestToken::soft_hsm() else { return };
    let ours = token.store();
    let public = ours.generate().unwrap();
    drop(ours);
    let theirs = Pkcs11Store::new(Pkcs11Options { key_label: "theirs".into(), ..token.options() });
    assert_eq!(theirs.keys().unwrap(), Vec::new());
    theirs.destroy(&public).unwrap();
    drop(theirs);
    assert_eq!(token.store().keys().unwrap(), vec![public]);
}
