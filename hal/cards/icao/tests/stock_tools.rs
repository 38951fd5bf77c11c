//! Security objects between OpenSSL and us, in both directions.

use std::path::Path;
use std::process::{Command, Output};

use der::Decode as _;
use senim_domain::UtcMillis;
use sha2::Digest as _;

use super::super::key_curve::KeyCurve;
use super::super::passive::authenticate;
use super::*;
use crate::tlv::{Tag, encode, find};

#[test]
fn openssl_verifies_the_emulated_security_object_up_to_its_authority() {
    for (variant, good) in
        [(Variant::Good, true), (Variant::ForgedSigner, false), (Variant::ExpiredSigner, false)]
    {
        let card = TravelDocument::new(Options { variant, ..Options::passport() }).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let signed = find(card.file([0x01, 0x1D]).unwrap(), &[Tag(0x77)]).unwrap().unwrap();
        write(dir.path(), "sod.der", signed);
        write(dir.path(), "authority.der", card.authority());
        openssl(dir.path(), "x509 -inform der -in authority.der -out authority.pem");
        let arguments = "cms -verify -inform der -in sod.der -CAfile authority.pem -purpose any -attime 1795651200 -out content";
        assert_eq!(run(dir.path(), arguments).status.success(), good, "{variant:?}");
    }
}

/// Keys of authority and signer, and how OpenSSL signs with them.
const MAKES: &[(&str, &str, &str)] = &[
    ("ecparam -genkey -noout -name prime256v1", "-sha256", "-md sha256"),
    ("ecparam -genkey -noout -name prime256v1 -param_enc explicit", "-sha256", "-md sha384"),
    ("ecparam -genkey -noout -name secp384r1 -param_enc explicit", "-sha384", "-md sha384"),
    ("ecparam -genkey -noout -name brainpoolP256r1", "-sha256", "-md sha256"),
    ("ecparam -genkey -noout -name brainpoolP256r1 -param_enc explicit", "-sha384", "-md sha512"),
    ("genrsa 2048", "-sha256", "-md sha512"),
    (
        "genrsa 2048",
        "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1",
        "-md sha256 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:-1",
    ),
];

#[test]
fn security_objects_of_openssl_are_judged_with_every_known_algorithm() {
    for make in MAKES {
        let issued = issue(*make);
        assert_eq!(issued.verdict(GROUP), Verdict::Genuine, "{make:?}");
        assert_eq!(issued.verdict(b"other"), Verdict::Forged(Forgery::Changed { group: 1 }), "{make:?}");
        let verdicts = issued.verdicts_with_the_last_bytes_changed();
        assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Forged(Forgery::Signature)), "{make:?}");
    }
}

#[test]
fn an_algorithm_that_is_not_known_proves_nothing() {
    let issued = issue(("ecparam -genkey -noout -name secp521r1", "-sha512", "-md sha512"));
    assert_eq!(issued.verdict(GROUP), Verdict::NotVerified(Doubt::AlgorithmUnknown));
    let issued = issue(("genrsa 2048", "-sha256", "-md sha1"));
    assert_eq!(issued.verdict(GROUP), Verdict::NotVerified(Doubt::AlgorithmUnknown));
}

#[test]
fn written_out_parameters_count_only_as_a_whole() {
    let dir = tempfile::tempdir().unwrap();
    for (name, curve) in [
        ("prime256v1", KeyCurve::P256),
        ("secp384r1", KeyCurve::P384),
        ("brainpoolP256r1", KeyCurve::Brainpool256),
    ] {
        for seed in ["", " -no_seed"] {
            let make = format!("ecparam -name {name} -param_enc explicit -outform der -out parameters{seed}");
            openssl(dir.path(), &make);
            let bytes = std::fs::read(dir.path().join("parameters")).unwrap();
            let parse = |bytes: &[u8]| KeyCurve::from_parameters(&der::Any::from_der(bytes).unwrap());
            assert_eq!(parse(&bytes), Some(curve));
            // A base point of one's own choice comes with a private key of one's own choice. Behind the base stand
            // only order and cofactor, 38 or 54 bytes.
            let mut other = bytes.clone();
            let at = other.len() - 60;
            other[at] ^= 1;
            assert_eq!(parse(&other), None, "{name}");
        }
    }
}

#[test]
fn a_certificate_for_another_purpose_signs_no_documents() {
    let extension =
        "keyUsage=digitalSignature\nextendedKeyUsage=2.23.136.1.1.3\nauthorityKeyIdentifier=keyid";
    let issued = issue_with(MAKES[0], extension);
    assert_eq!(issued.verdict(GROUP), Verdict::Forged(Forgery::SignerPurpose));
    let issued = issue_with(MAKES[0], "keyUsage=keyEncipherment");
    assert_eq!(issued.verdict(GROUP), Verdict::Forged(Forgery::SignerPurpose));
}

#[test]
fn only_authorities_are_taken_into_the_list() {
    let issued = issue(MAKES[0]);
    let mut trust = TrustList::default();
    assert_eq!(trust.add("KAZ", &issued.signer), Err(TrustError::NotAuthority));
    assert_eq!(trust.add("KAZ", b"0"), Err(TrustError::Certificate));
    assert_eq!(trust.add("kz", &issued.authority), Err(TrustError::State));
    assert_eq!(trust.add("KAZ", &issued.authority), Ok(()));
    assert_eq!((trust.len(), trust.is_empty()), (1, false));
}

const GROUP: &[u8] = b"contents of data group 1";

struct Issued {
    security_object: Vec<u8>,
    authority: Vec<u8>,
    signer: Vec<u8>,
    at: UtcMillis,
}

impl Issued {
    fn judge(&self, security_object: &[u8], group: &[u8]) -> Verdict {
        let mut trust = TrustList::default();
        trust.add("KAZ", &self.authority).unwrap();
        authenticate(security_object, &[(1, group)], "KAZ", &trust, self.at).unwrap()
    }

    fn verdict(&self, group: &[u8]) -> Verdict {
        self.judge(&self.security_object, group)
    }

    /// The signature's value stands last.
    fn verdicts_with_the_last_bytes_changed(&self) -> Vec<Verdict> {
        let len = self.security_object.len();
        let changed = |at: usize| {
            let mut bytes = self.security_object.clone();
            bytes[at] ^= 1;
            self.judge(&bytes, GROUP)
        };
        (len - 8..len).map(changed).collect()
    }
}

fn issue(make: (&str, &str, &str)) -> Issued {
    issue_with(make, "keyUsage=digitalSignature\nauthorityKeyIdentifier=keyid")
}

fn issue_with((key, certificate, sign): (&str, &str, &str), extensions: &str) -> Issued {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    for name in ["authority", "signer"] {
        // genrsa takes its length last.
        let make = match key.strip_prefix("genrsa ") {
            Some(bits) => format!("genrsa -out {name}.key {bits}"),
            None => format!("{key} -out {name}.key"),
        };
        openssl(dir, &make);
    }
    write(dir, "extensions", extensions.as_bytes());
    write(dir, "content", &lds_security_object());
    let named = "-subj /C=KZ/CN=";
    openssl(
        dir,
        &format!(
            "req -x509 -new -key authority.key {named}CSCA -days 36500 {certificate} -out authority.pem"
        ),
    );
    openssl(dir, &format!("req -new -key signer.key {named}DS -out signer.csr"));
    openssl(
        dir,
        &format!(
            "x509 -req -in signer.csr -CA authority.pem -CAkey authority.key -set_serial 2 -days 36500 {certificate} -extfile extensions -out signer.pem"
        ),
    );
    openssl(
        dir,
        &format!(
            "cms -sign -binary -nodetach -econtent_type 2.23.136.1.1.1 -in content -signer signer.pem -inkey signer.key {sign} -outform der -out sod.der"
        ),
    );
    let der = |name: &str| {
        openssl(dir, &format!("x509 -in {name}.pem -outform der -out {name}.der"));
        std::fs::read(dir.join(format!("{name}.der"))).unwrap()
    };
    let (authority, signer) = (der("authority"), der("signer"));
    let validity = x509_cert::Certificate::from_der(&signer).unwrap().tbs_certificate.validity;
    let from = i64::try_from(validity.not_before.to_unix_duration().as_millis()).unwrap();
    let sod = std::fs::read(dir.join("sod.der")).unwrap();
    Issued { security_object: encode(Tag(0x77), &sod), authority, signer, at: UtcMillis(from + 60_000) }
}

/// Version 0, SHA-256, the digest of group 1.
fn lds_security_object() -> Vec<u8> {
    let sha256 = encode(Tag(0x30), &encode(Tag(0x06), &hex("608648016503040201")));
    let digest = encode(Tag(0x04), &sha2::Sha256::digest(GROUP));
    let group = encode(Tag(0x30), &[encode(Tag(0x02), &[1]), digest].concat());
    encode(Tag(0x30), &[encode(Tag(0x02), &[0]), sha256, encode(Tag(0x30), &group)].concat())
}

fn hex(text: &str) -> Vec<u8> {
    test_bytes::hex(text)
}

fn write(dir: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(dir.join(name), bytes).unwrap();
}

fn run(dir: &Path, arguments: &str) -> Output {
    Command::new("openssl").args(arguments.split(' ')).current_dir(dir).output().unwrap()
}

fn openssl(dir: &Path, arguments: &str) {
    let output = run(dir, arguments);
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}
