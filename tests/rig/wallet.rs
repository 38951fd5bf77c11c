//! Cards that the MFO issued to people, with certificates of the rig's authority, and people's identity documents.

use senim_cards::icao::TrustList;
use senim_domain::UtcMillis;
use senim_domain::rule_pack::{StaffCard, StaffRole};
use senim_emulators::card::Card;
use senim_emulators::cards::icao::{self, TravelDocument, Variant};
use senim_emulators::cards::piv::{Fault, Options, PivCard, Slot};
use senim_emulators::cards::registry;
use senim_emulators::faults::FaultSpec;
use senim_journeys::people::Person;
use senim_journeys::scene::Stop;
use senim_operation::jws::sha256_b64;
use senim_pki::Holder;
use senim_pki::cards::{Cards, Certified, Issue};
use senim_test_services::Phones;

use crate::world::person;

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

/// Everybody's cards: the same card shows the same certificates each time it is put in.
#[derive(Default)]
pub struct Wallet {
    issued: Cards,
    employed: Vec<StaffCard>,
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
        let issue = if kind == "blocked" { Some(Issue::Own) } else { Issue::named(kind) };
        let issue = issue.ok_or_else(|| Stop(format!("nobody has a card of the kind {kind}")))?;
        let issued = self.certified(office, somebody, issue)?;
        card.set_certificate(Slot::Authentication, issued.authentication);
        card.set_certificate(Slot::Signature, issued.signature);
        if kind == "blocked" {
            card.set_fault(Fault::PinBlocked, FaultSpec::default());
        }
        Ok(Box::new(card))
    }

    /// Somebody's own card is a service card from now on, by number and role: every service card.
    ///
    /// # Errors
    /// [`Stop`] for somebody who has no card, and a role that there is not.
    pub fn employ(
        &mut self,
        office: &Phones,
        somebody: &Person,
        (staff, role): (&str, &str),
    ) -> Result<Vec<StaffCard>, Stop> {
        let certificate_sha256 = sha256_b64(&self.certified(office, somebody, Issue::Own)?.authentication);
        let role = match role {
            "technician" => StaffRole::Technician,
            "cashOfficer" => StaffRole::CashOfficer,
            other => return Err(Stop(format!("nobody of the staff is a {other}"))),
        };
        self.employed.push(StaffCard { staff: staff.to_owned(), role, certificate_sha256 });
        Ok(self.employed.clone())
    }

    /// What the authority wrote for a card; every emulated card has the same keys.
    fn certified(&mut self, office: &Phones, somebody: &Person, issue: Issue) -> Result<Certified, Stop> {
        let card = PivCard::new(Options::default()).map_err(|error| Stop(error.to_string()))?;
        let drawn = person(somebody.iin).ok_or_else(|| Stop("nobody knows this person".to_owned()))?;
        let holder = Holder {
            iin: drawn.iin,
            surname: drawn.surname,
            given_name: drawn.given_name,
            patronymic: drawn.patronymic,
        };
        let keys = [Slot::Authentication, Slot::Signature].map(|slot| card.public_key(slot));
        let issued = office
            .get(|w| self.issued.issue(&w.pki, &holder, issue, (keys[0].as_slice(), keys[1].as_slice())));
        issued.map_err(|error| Stop(error.to_string()))
    }

    /// The authority withdraws somebody's own card.
    ///
    /// # Errors
    /// [`Stop`] when they have none.
    pub fn revoke(&self, office: &Phones, somebody: &Person, now: UtcMillis) -> Result<(), Stop> {
        let revoked = office.get(|w| self.issued.revoke(&w.pki, somebody.iin, Issue::Own, now.0));
        Stop::unless(revoked, || "this person has no card".to_owned())
    }
}
