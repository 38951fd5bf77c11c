//! The PIN of the cabinet: what it must be like, and how it is kept.
//!
//! Kept is a keyed hash whose key lies apart from the store; the PIN itself is nowhere. How often a wrong one may be
//! typed is decided in `login_guard`. A new one is taken with a fresh face alone: of the registration, or of this visit.

use senim_domain::iin::Iin;
use senim_domain::rule_pack::PinRules;
use senim_domain::{ClientId, Secret, UtcMillis};
use senim_operation::attachment::PinEntry;
use senim_operation::body::PinSubmitted;
use senim_operation::message::{MessageBody, PinRefusal};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::access_notice::AccessEvent;
use crate::acting::Act;
use crate::error::GatewayError;
use crate::openings::Purpose;
use crate::store::{self, Collection, Versioned};
use crate::vault::MacPurpose;

/// The PIN of a client, and former ones that may not be taken again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Pin {
    /// Keyed hash.
    mac: String,
    /// When it was chosen.
    at: Option<UtcMillis>,
    /// Keyed hashes of former ones, the newest first.
    former: Vec<String>,
}

/// Why a PIN is not taken; `None`: it is.
fn fault(pin: &Secret, iin: Option<&Iin>, rules: PinRules) -> Option<PinRefusal> {
    let digits = pin.expose().as_bytes();
    let length = u8::try_from(digits.len()).unwrap_or(u8::MAX);
    let numeric = digits.iter().all(u8::is_ascii_digit);
    if !numeric || !(rules.min_digits..=rules.max_digits).contains(&length) {
        return Some(PinRefusal::Length);
    }
    (rules.refuse_simple && is_simple(pin, iin)).then_some(PinRefusal::Simple)
}

/// One digit again and again, a run up or down, or the birth date or another piece of the IIN.
fn is_simple(pin: &Secret, iin: Option<&Iin>) -> bool {
    let digits = pin.expose().as_bytes();
    let steps = |step: i16| {
        digits.windows(2).all(|pair| match pair {
            [before, after] => i16::from(*after) - i16::from(*before) == step,
            _ => false,
        })
    };
    let of_iin = iin.is_some_and(|iin| {
        let birth = iin.birth_date();
        let (year, month, day) = (birth.year(), birth.month(), birth.day());
        let dates = [
            format!("{day:02}{month:02}{year:04}"),
            format!("{year:04}{month:02}{day:02}"),
            format!("{day:02}{month:02}{:02}", year % 100),
            format!("{:02}{month:02}{day:02}", year % 100),
        ];
        let dates = dates.map(zeroize::Zeroizing::new);
        iin.expose().contains(pin.expose()) || dates.iter().any(|date| date.as_str() == pin.expose())
    });
    steps(0) || steps(1) || steps(-1) || of_iin
}

impl Act<'_> {
    pub(crate) fn pin_submitted(
        &mut self,
        body: &PinSubmitted,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let client = body.client;
        let no = |reason| Ok(MessageBody::PinRefused { client, reason });
        if self.session.client != Some(client) {
            return no(PinRefusal::TryLater);
        }
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return no(PinRefusal::TryLater) };
        // A code alone recovers no PIN: whoever holds the phone need not be the client.
        if !self.session.registered && !self.holder_is_here(&pack) {
            return no(PinRefusal::FaceCheck);
        }
        let plain = self.open_sealed(attachment, Purpose::Pin)?;
        let Some(entry) = plain.and_then(|plain| PinEntry::from_plaintext(&plain).ok()) else {
            return no(PinRefusal::Length);
        };
        let iin = match self.session.iin_attachment.clone() {
            Some(attachment) => self.sealed_iin(&attachment, Purpose::Pin)?,
            None => None,
        };
        let rules = pack.login.pin;
        if let Some(reason) = fault(&entry.pin, iin.as_ref(), rules) {
            return no(reason);
        }
        let store = self.gateway.store.as_ref();
        let key = client.to_string();
        let mut kept = store::load::<Pin>(store, Collection::Pin, &key)?
            .unwrap_or(Versioned { revision: 0, value: Pin::default() });
        let expect = kept.expect();
        let mac = self.gateway.pin_mac(client, &entry.pin);
        let history = usize::from(rules.history);
        let used = |known: &String| *known == mac;
        if used(&kept.value.mac) || kept.value.former.iter().take(history).any(used) {
            return no(PinRefusal::Simple);
        }
        let before = std::mem::replace(&mut kept.value.mac, mac);
        let event = if before.is_empty() { AccessEvent::PinSet } else { AccessEvent::PinChanged };
        if !before.is_empty() {
            kept.value.former.insert(0, before);
            kept.value.former.truncate(history);
        }
        kept.value.at = Some(self.now);
        self.changes.push(store::put(Collection::Pin, &key, expect, &kept.value)?);
        self.pin_counts(client)?;
        // One face, one PIN.
        self.session.registered = false;
        self.session.holder_faces.clear();
        self.tell_client(client, event)?;
        Ok(MessageBody::PinAccepted { client })
    }
}

impl Gateway {
    fn pin_mac(&self, client: ClientId, pin: &Secret) -> String {
        self.keys.vault.mac(MacPurpose::Pin, &client.to_string(), pin)
    }

    /// Whether the client has chosen a PIN.
    pub(crate) fn has_pin(&self, client: ClientId) -> Result<bool, GatewayError> {
        let kept = store::load::<Pin>(self.store.as_ref(), Collection::Pin, &client.to_string())?;
        Ok(kept.is_some_and(|kept| !kept.value.mac.is_empty()))
    }

    /// Whether this is the client's PIN; `None`: the client has none. Takes the same time for every wrong one.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn pin_matches(&self, client: ClientId, pin: &Secret) -> Result<Option<bool>, GatewayError> {
        let kept = store::load::<Pin>(self.store.as_ref(), Collection::Pin, &client.to_string())?;
        let matches = |kept: Versioned<Pin>| {
            self.keys.vault.matches(MacPurpose::Pin, &client.to_string(), pin, &kept.value.mac)
        };
        Ok(kept.map(matches))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: PinRules = PinRules { min_digits: 6, max_digits: 12, history: 3, refuse_simple: true };

    fn judged(pin: &str) -> Option<PinRefusal> {
        let iin = Iin::parse("900514300002").unwrap();
        fault(&Secret::new(pin.to_owned()), Some(&iin), RULES)
    }

    #[test]
    fn pins_that_are_guessed_first_are_refused() {
        for simple in ["000000", "123456", "987654", "14051990", "19900514", "140590", "900514", "430000"] {
            assert_eq!(judged(simple), Some(PinRefusal::Simple), "{simple}");
        }
        for wrong in ["", "12345", "1234567890123", "12345a", "１２３４５６"] {
            assert_eq!(judged(wrong), Some(PinRefusal::Length), "{wrong}");
        }
        for good in ["740295", "121212", "0905149"] {
            assert_eq!(judged(good), None, "{good}");
        }
    }

    #[test]
    fn a_pack_may_leave_simple_pins_alone() {
        let rules = PinRules { refuse_simple: false, ..RULES };
        assert_eq!(fault(&Secret::new("123456".into()), None, rules), None);
    }
}
