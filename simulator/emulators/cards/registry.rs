//! Cards by name, for whoever lays one on an emulated reader.

use crate::card::Card;

use super::icao::{self, TravelDocument, Variant, Ways};
use super::piv::{Algorithm, Fault, Options, PivCard};
use crate::faults::FaultSpec;

/// All names that [`card`] knows.
pub const NAMES: &[&str] = &[
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

/// A fresh card of that name.
#[must_use]
pub fn card(name: &str) -> Option<Box<dyn Card>> {
    if let Some(options) = travel_document(name) {
        return Some(Box::new(TravelDocument::new(options).ok()?));
    }
    let piv = |algorithm| PivCard::new(Options { algorithm, ..Options::default() }).ok();
    let with = |fault| {
        let mut card = piv(Algorithm::P256)?;
        card.set_fault(fault, FaultSpec::default());
        Some(card)
    };
    let card = match name {
        "piv-p256" => piv(Algorithm::P256)?,
        "piv-rsa" => piv(Algorithm::Rsa2048)?,
        "piv-blocked" => with(Fault::PinBlocked)?,
        "piv-empty" => with(Fault::CertificateMissing)?,
        _ => return None,
    };
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
        "passport-cloned" => variant(Variant::Cloned),
        _ => return None,
    })
}
