//! Cards by name, for whoever lays one on an emulated reader.

use super::piv::{Algorithm, Fault, Options, PivCard};
use crate::card::Card;
use crate::faults::FaultSpec;

/// All names that [`card`] knows.
pub const NAMES: &[&str] = &["piv-p256", "piv-rsa", "piv-blocked", "piv-empty"];

/// A fresh card of that name; more can be set on it by [`Card::patch`].
#[must_use]
pub fn card(name: &str) -> Option<Box<dyn Card>> {
    let name = *NAMES.iter().find(|known| **known == name)?;
    match name {
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
