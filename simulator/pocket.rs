//! What people have in their pockets: cards of the MFO and identity documents, as the emulated readers take them.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use senim_emulators::cards::icao::{self, TravelDocument};
use senim_emulators::cards::piv::{Options, PivCard, Slot};
use senim_journeys::people::Person;
use serde_json::{Value, json};

use crate::clients::WorldClient;
use crate::config;
use crate::error::Trouble;

/// The readers that a card can be in, as the rack names them.
pub const READERS: [&str; 2] = ["card", "nfc"];

/// A reader, and the settings that put this card of somebody's there.
///
/// # Errors
/// [`Trouble::Usage`] for a kind that nobody has; [`Trouble::Http`], [`Trouble::Answer`] of the authority.
pub fn card(world: &WorldClient, somebody: &Person, kind: &str) -> Result<(&'static str, Value), Trouble> {
    if let Some(kind) = kind.strip_prefix("document") {
        return document(somebody, kind).map(|document| ("nfc", document));
    }
    if kind == "passport" {
        return Ok(("card", json!({ "card": "passport" })));
    }
    // Every emulated card has the same keys.
    let card = PivCard::new(Options::default()).map_err(|error| Trouble::Usage(error.to_string()))?;
    let key = |slot| STANDARD.encode(card.public_key(slot));
    let keys = json!({ "authentication": key(Slot::Authentication), "signature": key(Slot::Signature) });
    let issue = if kind == "blocked" { "own" } else { kind };
    let certificates = world.issue_card(somebody.iin, issue, &keys)?;
    let faults = if kind == "blocked" { json!({ "pin_blocked": {} }) } else { json!({}) };
    let settings = json!({ "certificates": certificates, "faults": faults });
    Ok(("card", json!({ "card": "piv-p256", "card_settings": settings })))
}

/// SHA-256 of the certificate by which a card logs in, base64url, of the settings that [`card`] gives.
///
/// # Errors
/// [`Trouble::Answer`] when the authority wrote none.
pub fn fingerprint(settings: &Value) -> Result<String, Trouble> {
    let certificate = settings.pointer("/card_settings/certificates/authentication").and_then(Value::as_str);
    let certificate = certificate.and_then(|text| STANDARD.decode(text).ok());
    let none = || Trouble::Answer { from: "the authority".to_owned(), why: "no certificate".to_owned() };
    let hash = |der: Vec<u8>| URL_SAFE_NO_PAD.encode(digest(&SHA256, &der));
    certificate.map(hash).ok_or_else(none)
}

/// Writes the authority of the emulated documents into a folder, for a terminal that believes it.
///
/// # Errors
/// [`Trouble::File`].
pub fn write_authority(folder: &Path) -> Result<(), Trouble> {
    std::fs::create_dir_all(folder).map_err(Trouble::file("create", folder))?;
    let document = TravelDocument::new(icao::Options::default());
    let document = document.map_err(|error| Trouble::Usage(error.to_string()))?;
    config::write(&folder.join("KAZ.cer"), document.authority())
}

/// Somebody's identity card: as the state has it on record, or with `-otherNumber`, `-noIin`, `-expired`, `-forged`.
fn document(somebody: &Person, kind: &str) -> Result<Value, Trouble> {
    let part = |from: usize, to: usize| somebody.iin.get(from..to).unwrap_or_default();
    let sex = if matches!(somebody.iin.as_bytes().get(6), Some(b'1' | b'3' | b'5')) { "M" } else { "F" };
    let mut holder = json!({
        "number": part(3, 12), "birth": part(0, 6), "expiry": "350513", "sex": sex, "iin": somebody.iin,
    });
    let mut set = |field: &str, value: &str| {
        if let Some(fields) = holder.as_object_mut() {
            fields.insert(field.to_owned(), json!(value));
        }
    };
    let mut variant = "good";
    match kind {
        "" => {}
        "-otherNumber" => set("number", "098765432"),
        "-noIin" => set("iin", ""),
        "-expired" => set("expiry", "200101"),
        "-forged" => variant = "forged_signer",
        other => return Err(Trouble::Usage(format!("nobody has a document {other}"))),
    }
    Ok(json!({ "card": "id-card", "card_settings": { "holder": holder, "variant": variant } }))
}
