//! Cards that the MFO issued to people, with certificates of the rig's authority, and people's identity documents.

use std::collections::BTreeMap;

use senim_cards::icao::TrustList;
use senim_domain::UtcMillis;
use senim_emulators::card::Card;
use senim_emulators::cards::icao::{self, TravelDocument, Variant};
use senim_emulators::cards::piv::{Fault, Options, PivCard, Slot};
use senim_emulators::cards::registry;
use senim_emulators::faults::FaultSpec;
use senim_journeys::people::Person;
use senim_journeys::scene::Stop;
use senim_pki::{Algorithm, Holder, Profile, Usage};
use senim_test_services::Phones;

use crate::world::person;

/// From 2025 to 2035, ms.
const LIFE: (i64, i64) = (1_735_689_600_000, 2_051_222_400_000);

/// Last day of everybody's document, YYMMDD, as the state's record in the rig has it.
const EXPIRY: &str = "350513";

/// Authorities of issuing states that the rig's terminal believes: the one of the emulated documents.
#[must_use]
pub fn authorities() -> TrustList {
    let mut list = TrustList::default();
    let document = TravelDocument::new(icao::Options::default()).unwrap();
    list.add("KAZ", document.authority()).unwrap();
    list
}

/// Somebody's identity card: `document`, or with `-otherNumber`, `-noIin`, `-expired`, `-forged`.
fn document(somebody: &Person, kind: &str) -> Result<Box<dyn Card>, Stop> {
    let part = |from: usize, to: usize| somebody.iin.get(from..to).unwrap_or_default().to_owned();
    let whose = icao::Holder {
        number: part(3, 12),
        birth: part(0, 6),
        expiry: EXPIRY.to_owned(),
        sex: if matches!(somebody.iin.as_bytes().get(6), Some(b'1' | b'3' | b'5')) { 'M' } else { 'F' },
        iin: somebody.iin.to_owned(),
        ..icao::Holder::default()
    };
    let (holder, variant) = match kind {
        "" => (whose, Variant::Good),
        "-otherNumber" => (icao::Holder { number: "098765432".to_owned(), ..whose }, Variant::Good),
        "-noIin" => (icao::Holder { iin: String::new(), ..whose }, Variant::Good),
        "-expired" => (icao::Holder { expiry: "200101".to_owned(), ..whose }, Variant::Good),
        "-forged" => (whose, Variant::ForgedSigner),
        other => return Err(Stop(format!("nobody has a document {other}"))),
    };
    let options = icao::Options { holder, variant, ..icao::Options::default() };
    let made = TravelDocument::new(options).map_err(|error| Stop(error.to_string()))?;
    Ok(Box::new(made))
}

/// What an authority wrote for one card.
#[derive(Clone)]
struct Issued {
    authentication: Vec<u8>,
    signature: Vec<u8>,
    serial: Vec<u8>,
}

/// Everybody's cards: the same card shows the same certificates each time it is put in.
#[derive(Default)]
pub struct Wallet {
    issued: BTreeMap<(String, &'static str), Issued>,
}

impl Wallet {
    /// Somebody's card of this kind, fresh from their pocket.
    ///
    /// # Errors
    /// [`Stop`] for a kind that nobody has.
    pub fn card(&mut self, office: &Phones, somebody: &Person, kind: &str) -> Result<Box<dyn Card>, Stop> {
        if let Some(kind) = kind.strip_prefix("document") {
            return document(somebody, kind);
        }
        if kind == "passport" {
            return registry::card("passport").ok_or_else(|| Stop("there is no passport".to_owned()));
        }
        let mut card = PivCard::new(Options::default()).map_err(|error| Stop(error.to_string()))?;
        let issue = match kind {
            "own" | "blocked" => "own",
            "second" => "second",
            "foreign" => "foreign",
            other => return Err(Stop(format!("nobody has a card of the kind {other}"))),
        };
        let issued = self.issue(office, somebody, issue, &card)?;
        card.set_certificate(Slot::Authentication, issued.authentication);
        card.set_certificate(Slot::Signature, issued.signature);
        if kind == "blocked" {
            card.set_fault(Fault::PinBlocked, FaultSpec::default());
        }
        Ok(Box::new(card))
    }

    /// The authority withdraws somebody's own card.
    ///
    /// # Errors
    /// [`Stop`] when they have none.
    pub fn revoke(&self, office: &Phones, somebody: &Person, now: UtcMillis) -> Result<(), Stop> {
        let issued = self.issued.get(&(somebody.iin.to_owned(), "own"));
        let issued = issued.ok_or_else(|| Stop("this person has no card".to_owned()))?;
        office.get(|authority| authority.pki.revoke(&issued.serial, now.0));
        Ok(())
    }

    fn issue(
        &mut self,
        office: &Phones,
        somebody: &Person,
        issue: &'static str,
        card: &PivCard,
    ) -> Result<Issued, Stop> {
        let key = (somebody.iin.to_owned(), issue);
        if let Some(issued) = self.issued.get(&key) {
            return Ok(issued.clone());
        }
        let drawn = person(somebody.iin).ok_or_else(|| Stop("nobody knows this person".to_owned()))?;
        let holder = Holder {
            iin: drawn.iin,
            surname: drawn.surname,
            given_name: drawn.given_name,
            patronymic: drawn.patronymic,
        };
        let begins = LIFE.0 + if issue == "second" { 86_400_000 } else { 0 };
        let profile = |usage| Profile {
            algorithm: Algorithm::P256,
            usage,
            bin: None,
            valid: (begins, LIFE.1),
            by_a_stranger: issue == "foreign",
        };
        let certify = |usage, slot| {
            let certified =
                office.get(|w| w.pki.certify_card(&holder, &profile(usage), &card.public_key(slot)));
            certified.map_err(|error| Stop(error.to_string()))
        };
        let (authentication, serial) = certify(Usage::Auth, Slot::Authentication)?;
        let (signature, _) = certify(Usage::Sign, Slot::Signature)?;
        let issued = Issued { authentication, signature, serial };
        self.issued.insert(key, issued.clone());
        Ok(issued)
    }
}
