//! Who gets through the handshake.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair, KeyUsagePurpose};

use crate::site::{Server, Site, TLS12, TLS13, Uplink, agent, client, from};

/// The gateway's CA, as it makes it itself.
fn issuer(site: &Site) -> Issuer<'static, KeyPair> {
    let key = std::fs::read_to_string(site.dir.path().join("keys/ca.key.pem")).unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Senim MFO CA");
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Issuer::new(params, KeyPair::from_pem(&key).unwrap())
}

/// A terminal's folder with a certificate of the MFO's CA for these years.
fn certified(site: &Site, folder: &str, name: &str, years: (i32, i32)) -> PathBuf {
    let dir = site.dir.path().join(folder);
    std::fs::create_dir_all(&dir).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
    params.serial_number = Some(rcgen::SerialNumber::from(7_u64));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = params.signed_by(&key, &issuer(site)).unwrap();
    std::fs::write(dir.join("terminal.pem"), certificate.pem()).unwrap();
    std::fs::write(dir.join("terminal.key.pem"), key.serialize_pem()).unwrap();
    std::fs::copy(site.dir.path().join("keys/ca.pem"), dir.join("ca.pem")).unwrap();
    dir
}

fn gets_in(server: &Server, dir: &Path) -> bool {
    let health = format!("https://{}/healthz", server.address);
    agent(client(dir, TLS13, true)).get(&health).call().is_ok()
}

#[test]
fn only_a_good_certificate_over_tls_13_gets_in() {
    let site = Site::new("");
    let good = site.enrol("t-1");
    let server = Server::start(&site);
    let health = format!("https://{}/healthz", server.address);
    let stranger = Site::new("");
    let foreign = stranger.enrol("t-1");
    std::fs::copy(good.join("ca.pem"), foreign.join("ca.pem")).unwrap();
    assert!(agent(client(&good, TLS12, true)).get(&health).call().is_err(), "TLS 1.2");
    assert!(agent(client(&good, TLS13, false)).get(&health).call().is_err(), "no certificate");
    assert!(!gets_in(&server, &foreign), "another CA");
    assert!(!gets_in(&server, &certified(&site, "expired", "t-1", (2020, 2024))), "expired");
    assert!(!gets_in(&server, &certified(&site, "future", "t-1", (2090, 2095))), "not yet");
    for name in ["", "T 1", "'; --", "../t-1", &"a".repeat(40)] {
        assert!(!gets_in(&server, &certified(&site, "named", name, (2020, 2090))), "{name}");
    }
    assert!(gets_in(&server, &good));
}

#[test]
fn a_revoked_certificate_stays_outside_and_the_others_do_not() {
    let site = Site::new("");
    let good = site.enrol("t-1");
    let revoked = certified(&site, "revoked", "t-2", (2020, 2090));
    let moment = rcgen::date_time_ymd(2026, 1, 1);
    let list = rcgen::CertificateRevocationListParams {
        this_update: moment,
        next_update: rcgen::date_time_ymd(2090, 1, 1),
        crl_number: rcgen::SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: vec![rcgen::RevokedCertParams {
            serial_number: rcgen::SerialNumber::from(7_u64),
            revocation_time: moment,
            reason_code: None,
            invalidity_date: None,
        }],
        key_identifier_method: rcgen::KeyIdMethod::Sha256,
    };
    let before = Server::start(&site);
    assert!(gets_in(&before, &revoked), "it is good until it is revoked");
    drop(before);
    let list = list.signed_by(&issuer(&site)).unwrap().pem().unwrap();
    std::fs::write(site.dir.path().join("keys/crl.pem"), list).unwrap();
    let server = Server::start(&site);
    assert!(!gets_in(&server, &revoked));
    assert!(gets_in(&server, &good));
}

#[test]
fn garbage_in_place_of_a_handshake_is_dropped_and_the_next_terminal_is_served() {
    let site = Site::new("");
    let dir = site.enrol("t-1");
    let server = Server::start(&site);
    let huge = [b"\x16\x03\x01\xff\xff".as_slice(), &[0; 70_000]].concat();
    for bytes in [b"GET / HTTP/1.1\r\n\r\n".as_slice(), &[0; 4096], &huge, b""] {
        let mut stream = from("127.0.0.2".parse().unwrap(), &server).unwrap();
        let _ = stream.write_all(bytes);
        assert!(gets_in(&server, &dir));
    }
    let mut uplink = Uplink::new(&dir, "t-1", &server);
    uplink.begin();
}
