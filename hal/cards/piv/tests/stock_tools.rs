//! What comes off the card is good in the eyes of a program that shares nothing with us.

use std::path::Path;
use std::process::Command;

use super::*;

#[test]
fn openssl_accepts_every_signature_by_the_certificate_on_the_card() {
    for algorithm in ALGORITHMS {
        for key in KEYS {
            let mut desk = desk(Options { algorithm, ..Options::default() });
            let certificate = desk.log_in(key);
            let signature = match desk.sign(key) {
                Signature::EcdsaP256 { der, .. } => der,
                Signature::Rsa2048(bytes) => bytes,
            };
            let dir = tempfile::tempdir().unwrap();
            let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
            write("message", MESSAGE);
            write("signature", &signature);
            write("card.der", certificate.der().expose());
            write("authority.pem", emulated::authority_pem().unwrap().as_bytes());
            openssl(dir.path(), "x509 -inform der -in card.der -out card.pem");
            openssl(dir.path(), "x509 -in card.pem -pubkey -noout -out key.pem");
            openssl(dir.path(), "dgst -sha256 -verify key.pem -signature signature message");
            openssl(dir.path(), "verify -attime 1800000000 -x509_strict -CAfile authority.pem card.pem");
        }
    }
}

fn openssl(dir: &Path, arguments: &str) {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}
