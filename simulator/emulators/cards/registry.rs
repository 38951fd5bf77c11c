//! Cards by name, for whoever lays one on an emulated reader.

use crate::card::Card;

use super::piv::{Algorithm, Fault, Options, PivCard};
use crate::faults::FaultSpec;

/// All names that [`card`] knows.
pub const NAMES: &[&str] = &["piv-p256", "piv-rsa", "piv-blocked", "piv-empty"];

/// A fresh card of that name.
#[must_use]
pub fn card(name: &str) -> Option<Box<dyn Card>> {
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
