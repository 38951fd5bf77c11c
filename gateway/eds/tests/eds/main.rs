//! The client's signature as it is judged: every negative case of regulation B12 with its outcome, evidence, time-stamps,
//! cards, and OpenSSL as a peer in both directions.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod bytes;
mod cards;
mod evidence;
mod judged;
mod peers;
mod timestamps;

use senim_domain::UtcMillis;
use senim_domain::iin::Iin;
use senim_eds::{Demand, Evidence, Refusal, Signed, Trust, Verified, ocsp_request};
use senim_pki::phone::{Answer, Manner, Phone};
use senim_pki::{Algorithm, Holder, Pki};

/// 2026-11-26, 10:00 in UTC.
pub(crate) const NOW: i64 = 1_795_687_200_000;
pub(crate) const IIN: &str = "911231400005";
pub(crate) const DOCUMENT: &[u8] = "Микрокредит беру туралы шарт № 1".as_bytes();
pub(crate) const NONCE: &[u8] = &[7; 16];

pub(crate) fn holder() -> Holder {
    Holder {
        iin: IIN.into(),
        surname: "Жұмағұлова".into(),
        given_name: "Гүлназ".into(),
        patronymic: Some("Өмірбекқызы".into()),
    }
}

pub(crate) fn trust(pki: &Pki) -> Trust {
    Trust::new(vec![pki.root().to_vec()], vec![pki.root().to_vec()], vec![pki.issuing().to_vec()]).unwrap()
}

pub(crate) fn phone(algorithm: Algorithm, manner: Manner) -> Phone {
    Phone { holder: holder(), algorithm, manner }
}

pub(crate) fn signed(pki: &Pki, algorithm: Algorithm, manner: Manner) -> Vec<u8> {
    match phone(algorithm, manner).answer(pki, DOCUMENT, NOW).unwrap() {
        Answer::Signed(cms) => cms,
        Answer::Refused => panic!("the phone declined"),
    }
}

/// What the responder says of the certificate in a CMS.
pub(crate) fn answer(pki: &Pki, cms: &[u8]) -> Evidence {
    let signed = Signed::read(cms).unwrap();
    let issuer = signed.issuer(&trust(pki)).unwrap();
    let request = ocsp_request(signed.certificate(), &issuer, NONCE).unwrap();
    Evidence { ocsp: Some(pki.ocsp(&request, NOW).unwrap()), nonce: Some(NONCE.to_vec()), crls: Vec::new() }
}

pub(crate) fn judge(pki: &Pki, cms: &[u8], evidence: &Evidence) -> Result<Verified, Refusal> {
    judge_for(pki, cms, evidence, DOCUMENT, IIN)
}

pub(crate) fn judge_for(
    pki: &Pki,
    cms: &[u8],
    evidence: &Evidence,
    document: &[u8],
    iin: &str,
) -> Result<Verified, Refusal> {
    let iin = Iin::parse(iin).unwrap();
    let demand = Demand { document, iin: &iin, asked: UtcMillis(NOW - 60_000), now: UtcMillis(NOW) };
    Signed::read(cms)?.verify(&demand, &trust(pki), evidence)
}
