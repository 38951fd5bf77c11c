//! Cards by name, as the control field `card` of a reader takes them. Each call makes a fresh card: what happened to one
//! of the same name before is forgotten.

use super::icao::{self, TravelDocument, Variant, Ways};
use super::piv::{Algorithm, Fault, Options, PivCard};
use crate::card::Card;
use crate::faults::FaultSpec;
use crate::pn532::Echo;

/// Names that [`card`] knows.
pub const NAMES: &[&str] = &[
    "echo",
    "piv-p256",
    "piv-rsa",
    "piv-blocked",
    "piv-empty",
    "id-card",
    "passport",
    "passport-bac",
    "passport-pace",
    "passport-tampered",
    "passport-foreign",
    "passport-forged",
    "passport-expired-signer",
];

/// A fresh card of that name; more can be set on it by [`Card::patch`].
#[must_use]
pub fn card(name: &str) -> Option<Box<dyn Card>> {
    if let Some(options) = travel_document(name) {
        return Some(Box::new(TravelDocument::new(options).ok()?));
    }
    let name = *NAMES.iter().find(|known| **known == name)?;
    match name {
        "echo" => Some(Box::new(Echo::default())),
        "piv-p256" => piv(name, Algorithm::P256, None),
        "piv-rsa" => piv(name, Algorithm::Rsa2048, None),
        "piv-blocked" => piv(name, Algorithm::P256, Some(Fault::PinBlocked)),
        "piv-empty" => piv(name, Algorithm::P256, Some(Fault::CertificateMissing)),
        _ => None,
    }
}

fn piv(name: &'static str, algorithm: Algorithm, fault: Option<Fault>) -> Option<Box<dyn Card>> {
    let mut card = PivCard::new(Options { name, algorithm, ..Options::default() }).ok()?;
    if let Some(fault) = fault {
        card.set_fault(fault, FaultSpec::default());
    }
    Some(Box::new(card))
}

fn travel_document(name: &str) -> Option<icao::Options> {
    let passport = icao::Options::passport();
    let variant = |variant| icao::Options { variant, ..icao::Options::passport() };
    Some(match name {
        "id-card" => icao::Options::default(),
        "passport" => passport,
        "passport-bac" => icao::Options { ways: Ways::BacOnly, ..passport },
        "passport-pace" => icao::Options { ways: Ways::PaceOnly, ..passport },
        "passport-tampered" => variant(Variant::TamperedName),
        "passport-foreign" => variant(Variant::ForeignAuthority),
        "passport-forged" => variant(Variant::ForgedSigner),
        "passport-expired-signer" => variant(Variant::ExpiredSigner),
        _ => return None,
    })
}
