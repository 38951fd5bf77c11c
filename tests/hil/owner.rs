//! What the owner of a card knows: the PIN, and what is printed on a document.
//!
//! Of emulated cards it is known. A person names a file by `SENIM_HIL_CARDS`, best in memory and readable to nobody else;
//! what it does not have is not used:
//!
//! ```toml
//! pin = "123456"                  # of the token
//! [document]
//! number = "N12345678"
//! birth = "900514"                # YYMMDD
//! expiry = "350513"
//! [[authority]]                   # CSCA certificates that are believed, DER
//! state = "KAZ"
//! certificate = "csca-kaz.der"    # beside the file
//! ```

use std::path::{Path, PathBuf};

use senim_cards::icao::mrz::MrzKey;
use senim_cards::icao::{Password, TrustList};
use senim_domain::Secret;
use serde::Deserialize;

use crate::emulated;
use crate::rig::{LeftOut, Rig};

/// Emulated cards by what they are.
pub const TOKENS: [(&str, &str); 2] = [("card", "piv-p256"), ("nfc", "piv-rsa")];
/// Emulated documents, and their numbers.
const DOCUMENTS: [(&str, &str, &str); 2] =
    [("card", "id-card", "012345678"), ("nfc", "passport", "N12345678")];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    pin: Option<String>,
    document: Option<Printed>,
    #[serde(default)]
    authority: Vec<Authority>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Printed {
    number: String,
    birth: String,
    expiry: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authority {
    state: String,
    certificate: PathBuf,
}

impl File {
    fn read() -> Result<(Self, PathBuf), LeftOut> {
        let path = std::env::var_os("SENIM_HIL_CARDS")
            .ok_or_else(|| LeftOut("SENIM_HIL_CARDS names no file about the person's cards".to_owned()))?;
        let path = PathBuf::from(path);
        let text = std::fs::read_to_string(&path).unwrap();
        let folder = path.parent().unwrap_or_else(|| Path::new(".")).to_owned();
        Ok((toml::from_str(&text).unwrap(), folder))
    }
}

/// The PIN of the token.
pub fn pin(rig: &Rig) -> Result<Secret, LeftOut> {
    if rig.control().is_some() {
        return Ok(Secret::new(senim_emulators::cards::piv::PIN.to_owned()));
    }
    let (file, _) = File::read()?;
    file.pin.map(Secret::new).ok_or_else(|| LeftOut("SENIM_HIL_CARDS has no pin".to_owned()))
}

/// A document, and whom to believe about it.
pub struct Document {
    /// What an emulator calls it.
    pub name: &'static str,
    pub password: Password,
    pub trust: TrustList,
}

/// The document for this reader.
pub fn document(rig: &Rig, section: &str) -> Result<Document, LeftOut> {
    let (_, name, number) = *DOCUMENTS.iter().find(|(of, ..)| *of == section).unwrap();
    let mut trust = TrustList::default();
    let password = if rig.control().is_some() {
        trust.add("KAZ", &emulated::authority()).unwrap();
        password(number, "900514", "350513")
    } else {
        let (file, folder) = File::read()?;
        let printed = file.document.ok_or_else(|| LeftOut("SENIM_HIL_CARDS has no document".to_owned()))?;
        for Authority { state, certificate } in file.authority {
            trust.add(&state, &std::fs::read(folder.join(certificate)).unwrap()).unwrap();
        }
        password(&printed.number, &printed.birth, &printed.expiry)
    };
    Ok(Document { name, password, trust })
}

fn password(number: &str, birth: &str, expiry: &str) -> Password {
    let secret = |text: &str| Secret::new(text.to_owned());
    Password::Mrz(MrzKey::new(&secret(number), &secret(birth), &secret(expiry)).unwrap())
}
