//! Cards that the MFO gives its clients to log in and to sign with: the authority certifies their keys and withdraws them.

use senim_pki::Holder;
use senim_pki::cards::{Certified, Issue};

use super::signing::Office;
use super::{Denial, Model};

/// Somebody's card by its name.
fn named(card: &str) -> Result<Issue, Denial> {
    Issue::named(card).ok_or(Denial::not_found("card_unknown"))
}

impl Model {
    /// Certificates for somebody's card, `own`, `second` or `foreign`, with these keys for logging in and for signing
    /// (SubjectPublicKeyInfo, DER); the same card is given the same ones again.
    ///
    /// # Errors
    /// `person_unknown`, `card_unknown`, `invalid_key`, `authority_broken`.
    pub fn issue_card(&mut self, iin: &str, card: &str, keys: (&[u8], &[u8])) -> Result<Certified, Denial> {
        let issue = named(card)?;
        let person = self.by_iin(iin)?;
        let holder = Holder {
            iin: person.iin.clone(),
            surname: person.surname.clone(),
            given_name: person.given_name.clone(),
            patronymic: person.patronymic.clone(),
        };
        self.authority()?;
        let Office { authority: Some(authority), cards, .. } = &mut self.office else {
            return Err(Denial::conflict("authority_broken"));
        };
        cards.issue(authority, &holder, issue, keys).map_err(|_| Denial::invalid("invalid_key"))
    }

    /// Withdraws somebody's card from now on.
    ///
    /// # Errors
    /// `card_unknown`, `authority_broken`.
    pub fn revoke_card(&mut self, iin: &str, card: &str) -> Result<(), Denial> {
        let (issue, now) = (named(card)?, self.now());
        self.authority()?;
        let Office { authority: Some(authority), cards, .. } = &self.office else {
            return Err(Denial::conflict("authority_broken"));
        };
        if cards.revoke(authority, iin, issue, now) { Ok(()) } else { Err(Denial::not_found("card_unknown")) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MAN, model};

    /// SubjectPublicKeyInfo of P-256 up to its point, which here is the curve's generator.
    const KEY: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\
        \x03\x42\x00\x04\
        \x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\
        \x39\x45\xd8\x98\xc2\x96\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\
        \x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5";

    #[test]
    fn a_card_bears_the_same_certificates_each_time_and_another_card_others() {
        let mut model = model();
        let own = model.issue_card(MAN, "own", (KEY, KEY)).unwrap();
        assert!(own.authentication != own.signature);
        assert_eq!(model.issue_card(MAN, "own", (KEY, KEY)).unwrap(), own);
        let second = model.issue_card(MAN, "second", (KEY, KEY)).unwrap();
        assert!(second.authentication != own.authentication);
    }

    #[test]
    fn a_card_that_was_issued_is_withdrawn_and_no_other() {
        let mut model = model();
        assert_eq!(model.revoke_card(MAN, "own").unwrap_err().code, "card_unknown");
        model.issue_card(MAN, "own", (KEY, KEY)).unwrap();
        let before = model.revocation_list("issuing.crl").unwrap();
        model.revoke_card(MAN, "own").unwrap();
        assert!(model.revocation_list("issuing.crl").unwrap().len() > before.len());
        assert_eq!(model.revoke_card(MAN, "second").unwrap_err().code, "card_unknown");
    }

    #[test]
    fn nobody_gets_a_card_of_another_name_or_with_what_is_no_key() {
        let mut model = model();
        assert_eq!(model.issue_card(MAN, "golden", (KEY, KEY)).unwrap_err().code, "card_unknown");
        assert_eq!(model.issue_card(MAN, "own", (b"key", KEY)).unwrap_err().code, "invalid_key");
        assert_eq!(model.issue_card("000000000000", "own", (KEY, KEY)).unwrap_err().code, "person_unknown");
    }
}
