//! OpenSSL as a peer: it verifies what is made here, and what it makes is judged here.

use std::path::{Path, PathBuf};
use std::process::Command;

use senim_domain::UtcMillis;
use senim_domain::iin::Iin;
use senim_eds::assemble::with_timestamp;
use senim_eds::{
    Demand, Evidence, Refusal, Signed, ToSign, Verified, ocsp_request, timestamp_request, timestamp_token,
};
use senim_pki::phone::{Answer, Manner};
use senim_pki::{Algorithm, Pki, Profile};

use crate::cards::sha256;
use crate::{DOCUMENT, IIN, NONCE, holder, phone, trust};

const CLIENT_RSA: &str = include_str!("../../../../simulator/pki/keys/client_rsa.pem");
const CLIENT_P256: &str = include_str!("../../../../simulator/pki/keys/client_p256.pem");
const TSA: &str = include_str!("../../../../simulator/pki/keys/tsa.pem");
const OCSP: &str = include_str!("../../../../simulator/pki/keys/ocsp.pem");

const TSA_CONFIG: &str = "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\ndefault_policy = 1.2.398.3.3.2.6.1\n\
digests = sha256\nsigner_digest = sha256\ness_cert_id_chain = no\ness_cert_id_alg = sha256\ncrypto_device = builtin\n";

/// OpenSSL judges by the clock of this machine.
#[expect(clippy::disallowed_methods, reason = "a peer reads the clock")]
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap() * 1000
}

struct Bench {
    folder: tempfile::TempDir,
    pki: Pki,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap(), pki: Pki::new().unwrap() };
        bench.put("root.pem", pem("CERTIFICATE", bench.pki.root()).as_bytes());
        bench.put("issuing.pem", pem("CERTIFICATE", bench.pki.issuing()).as_bytes());
        bench.put("tsa.pem", pem("CERTIFICATE", bench.pki.tsa()).as_bytes());
        bench.put("both.pem", [bench.take("root.pem"), bench.take("issuing.pem")].concat().as_slice());
        bench.put("document", DOCUMENT);
        for (name, key) in
            [("rsa.key", CLIENT_RSA), ("p256.key", CLIENT_P256), ("tsa.key", TSA), ("ocsp.key", OCSP)]
        {
            bench.put(name, key.as_bytes());
        }
        bench
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn take(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(name)).unwrap()
    }

    /// Runs OpenSSL in the folder; what it says, with whether it was content.
    fn openssl(&self, line: &str) -> (bool, String) {
        let done = Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(self.folder.path() as &Path)
            .output()
            .expect("openssl is installed (./test says how)");
        let said = [done.stdout, done.stderr].concat();
        (done.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    fn openssl_agrees(&self, line: &str) -> String {
        let (content, said) = self.openssl(line);
        assert!(content, "openssl {line}: {said}");
        said
    }

    fn judge(&self, cms: &[u8], evidence: &Evidence, now: i64) -> Result<Verified, Refusal> {
        let iin = Iin::parse(IIN).unwrap();
        let asked = UtcMillis(now - 60_000);
        let demand = Demand { document: DOCUMENT, iin: &iin, asked, now: UtcMillis(now) };
        Signed::read(cms)?.verify(&demand, &trust(&self.pki), evidence)
    }

    fn client(&self, algorithm: Algorithm, now: i64) -> Vec<u8> {
        self.pki.issue(&holder(), &Profile::individual(algorithm, now)).unwrap().certificate
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    use der::pem::{LineEnding, encode_string};
    encode_string(label, LineEnding::LF, der).unwrap()
}

const VERIFY: &str = "cms -verify -inform DER -in cms -content document -binary -CAfile both.pem \
-purpose any -out shown";

#[test]
fn openssl_verifies_what_phones_sign_here_and_finds_what_is_wrong() {
    let bench = Bench::new();
    for algorithm in [Algorithm::Rsa2048, Algorithm::P256] {
        for (manner, good) in
            [(Manner::Signs, true), (Manner::Tampered, false), (Manner::OtherDocument, false)]
        {
            let Answer::Signed(cms) = phone(algorithm, manner).answer(&bench.pki, DOCUMENT, now()).unwrap()
            else {
                panic!("the phone declined")
            };
            bench.put("cms", &cms);
            let (content, said) = bench.openssl(VERIFY);
            assert_eq!(content, good, "{manner:?}: {said}");
        }
    }
}

#[test]
fn openssl_verifies_the_cms_around_a_cards_signature() {
    let bench = Bench::new();
    for (algorithm, key) in [(Algorithm::Rsa2048, "rsa.key"), (Algorithm::P256, "p256.key")] {
        let to_sign =
            ToSign::new(&sha256(DOCUMENT), &bench.client(algorithm, now()), UtcMillis(now())).unwrap();
        bench.put("message", to_sign.message());
        // The card's part is played by OpenSSL's own signature.
        bench.openssl_agrees(&format!("dgst -sha256 -sign {key} -out signature message"));
        let cms = to_sign.finish(&bench.take("signature")).unwrap();
        bench.put("cms", &cms);
        bench.openssl_agrees(VERIFY);
        assert_eq!(bench.take("shown"), DOCUMENT);
        let stamped = with_timestamp(&cms, &bench.pki.token_over(b"whatever", now()).unwrap()).unwrap();
        bench.put("cms", &stamped);
        bench.openssl_agrees(VERIFY);
    }
}

#[test]
fn what_openssl_signs_stamps_and_answers_is_judged_here() {
    let bench = Bench::new();
    bench.put("tsa.cnf", TSA_CONFIG.as_bytes());
    bench.put("serial", b"01\n");
    let responder = bench.pki.responder();
    bench.put("ocsp.pem", pem("CERTIFICATE", responder).as_bytes());
    for (algorithm, key) in [(Algorithm::Rsa2048, "rsa.key"), (Algorithm::P256, "p256.key")] {
        let client = bench.client(algorithm, now());
        bench.put("client.pem", pem("CERTIFICATE", &client).as_bytes());
        for attached in ["", "-nodetach"] {
            bench.openssl_agrees(&format!(
                "cms -sign -binary -in document -signer client.pem -inkey {key} -md sha256 -outform DER -out cms {attached}"
            ));
            let cms = bench.take("cms");
            let over = Signed::read(&cms).unwrap().signature().to_vec();
            bench.put("question", &timestamp_request(&over, NONCE).unwrap());
            bench.openssl_agrees(
                "ts -reply -config tsa.cnf -queryfile question -signer tsa.pem -inkey tsa.key -chain issuing.pem -out reply",
            );
            let token = timestamp_token(&bench.take("reply"), &over, NONCE).unwrap();
            let cms = with_timestamp(&cms, &token).unwrap();

            bench.put("request", &ocsp_request(&client, bench.pki.issuing(), NONCE).unwrap());
            for (status, good) in [("V\t491231235959Z\t", true), ("R\t491231235959Z\t260101000000Z", false)] {
                let serial = bench.openssl_agrees("x509 -in client.pem -noout -serial");
                let serial = serial.trim().trim_start_matches("serial=");
                bench.put("index.txt", format!("{status}\t{serial}\tunknown\t/CN=x\n").as_bytes());
                bench.openssl_agrees(
                    "ocsp -index index.txt -CA issuing.pem -rsigner ocsp.pem -rkey ocsp.key -reqin request -respout answer -ndays 1",
                );
                let evidence = Evidence {
                    ocsp: Some(bench.take("answer")),
                    nonce: Some(NONCE.to_vec()),
                    crls: Vec::new(),
                };
                match bench.judge(&cms, &evidence, now()) {
                    Ok(_) => assert!(good, "{attached}"),
                    Err(refusal) => {
                        assert!(!good, "{attached}: {refusal}");
                        assert_eq!(refusal.code(), "revoked");
                    }
                }
            }
        }
    }
}

#[test]
fn openssl_verifies_stamps_answers_and_lists_of_the_test_authority() {
    let bench = Bench::new();
    bench.openssl_agrees("ts -query -data document -sha256 -cert -out question");
    bench.put("reply", &bench.pki.timestamp(&bench.take("question"), now()).unwrap());
    let said = bench
        .openssl_agrees("ts -verify -queryfile question -in reply -CAfile root.pem -untrusted issuing.pem");
    assert!(said.contains("Verification: OK"), "{said}");

    let client = bench.pki.issue(&holder(), &Profile::individual(Algorithm::P256, now())).unwrap();
    bench.put("client.pem", pem("CERTIFICATE", &client.certificate).as_bytes());
    bench.openssl_agrees("ocsp -issuer issuing.pem -cert client.pem -no_nonce -reqout request");
    let ask = "ocsp -issuer issuing.pem -cert client.pem -no_nonce -respin answer -CAfile root.pem \
               -verify_other issuing.pem";
    bench.put("answer", &bench.pki.ocsp(&bench.take("request"), now()).unwrap());
    assert!(bench.openssl_agrees(ask).contains("client.pem: good"));
    bench.pki.revoke(&client.serial, now() - 1000);
    bench.put("answer", &bench.pki.ocsp(&bench.take("request"), now()).unwrap());
    assert!(bench.openssl_agrees(ask).contains("client.pem: revoked"));

    bench.put("list", &bench.pki.crl(now()).unwrap());
    let said = bench.openssl_agrees("crl -inform DER -in list -CAfile both.pem -noout");
    assert!(said.contains("verify OK"), "{said}");
}
