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
    "passport-cloned",
];

/// A fresh card of that name; more can be set on it by [`Card::patch`].
#[must_use]
pub fn card(name: &str) -> Option<Box<dyn Card>> {
    let name = *NAMES.iter().find(|known| **known == name)?;
    let passport = icao::Options { name, ..icao::Options::passport() };
    let variant = |variant| icao::Options { name, variant, ..icao::Options::passport() };
    match name {
        "echo" => Some(Box::new(Echo::default())),
        "piv-p256" => piv(name, Algorithm::P256, None),
        "piv-rsa" => piv(name, Algorithm::Rsa2048, None),
        "piv-blocked" => piv(name, Algorithm::P256, Some(Fault::PinBlocked)),
        "piv-empty" => piv(name, Algorithm::P256, Some(Fault::CertificateMissing)),
        "id-card" => document(icao::Options::default()),
        "passport" => document(passport),
        "passport-bac" => document(icao::Options { ways: Ways::BacOnly, ..passport }),
        "passport-pace" => document(icao::Options { ways: Ways::PaceOnly, ..passport }),
        "passport-tampered" => document(variant(Variant::TamperedName)),
        "passport-foreign" => document(variant(Variant::ForeignAuthority)),
        "passport-forged" => document(variant(Variant::ForgedSigner)),
        "passport-expired-signer" => document(variant(Variant::ExpiredSigner)),
        "passport-cloned" => document(variant(Variant::Cloned)),
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

fn document(options: icao::Options) -> Option<Box<dyn Card>> {
    Some(Box::new(TravelDocument::new(options).ok()?))
}
