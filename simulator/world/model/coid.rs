//! ЦОИД: decides whether a name, an IIN and a portrait are those of one person, each on its own (R-032, B14), and signs what
//! it found. How pictures are compared is `matcher`'s story: whoever asks here brings the verdict.

use std::collections::BTreeMap;

use senim_pki::centre::{Centre, Hand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Denial, Model};
use crate::people::iin_is_valid;

pub mod phones;

/// What compares pictures here.
const MODEL: &str = "senim-world-matcher/1";
/// Likeness from which a picture is the person's, thousandths.
const THRESHOLD_PERMILLE: u16 = 700;

/// Whether one datum is the state's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The same.
    Match,
    /// Another.
    Mismatch,
    /// Nothing to compare with.
    Unknown,
}

/// Whose face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Portrait {
    /// Theirs.
    SamePerson,
    /// Somebody else's.
    OtherPerson,
    /// None that can be compared.
    Unusable,
}

/// A picture as it was compared: the verdict is the matcher's.
#[derive(Clone, Copy)]
pub struct Compared<'a> {
    /// SHA-256 of the bytes that came, base64url.
    pub sha256: &'a str,
    /// Whose it is.
    pub portrait: Portrait,
    /// Likeness in thousandths; 0 where nothing was compared.
    pub score_permille: u16,
}

/// An answer of the centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The request that it is for.
    pub check: Uuid,
    /// About whom.
    pub iin: String,
    /// The report's number.
    pub report_id: String,
    /// The result: a compact JWS of the centre. What counts stands in it.
    pub result: String,
}

/// What somebody does to the centre's results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgery {
    /// They bear no signature.
    Unsigned,
    /// Somebody signs who only bears the centre's name.
    WrongKey,
    /// They are of an hour before.
    OldAnswer,
    /// They were made for another request.
    AnotherRequest,
    /// They are about another person.
    OtherPerson,
}

/// The centre: its key, checks on phones.
#[derive(Default)]
pub struct Office {
    centre: Option<Box<Centre>>,
    /// What is wrong with results from now on.
    pub forgery: Option<Forgery>,
    pub(crate) phones: BTreeMap<Uuid, phones::Begun>,
}

/// A name as claimed.
pub struct Name<'a> {
    /// Surname.
    pub surname: &'a str,
    /// Given name.
    pub given_name: &'a str,
    /// Patronymic.
    pub patronymic: Option<&'a str>,
}

fn same(left: &str, right: &str) -> bool {
    left.trim().to_lowercase() == right.trim().to_lowercase()
}

impl Model {
    /// The certificate of the centre's authority, DER.
    ///
    /// # Errors
    /// `centre_broken`.
    pub fn centre_root(&mut self) -> Result<Vec<u8>, Denial> {
        Ok(self.centre()?.root().to_vec())
    }

    fn centre(&mut self) -> Result<&Centre, Denial> {
        let broken = Denial::conflict("centre_broken");
        if self.coid.centre.is_none() {
            self.coid.centre = Some(Box::new(Centre::new().map_err(|_| broken)?));
        }
        self.coid.centre.as_deref().ok_or(broken)
    }

    /// Signs what was found, or does with it what it is told to.
    fn result(&mut self, check: Uuid, iin: &str, mut found: Value) -> Result<Answer, Denial> {
        let (report_id, now, forgery) = (self.report_id(), self.now(), self.coid.forgery);
        let said_check = match forgery {
            Some(Forgery::AnotherRequest) => Uuid::from_u128(check.as_u128() ^ 1),
            _ => check,
        };
        let other = || self.people().iter().map(|person| person.iin.clone()).find(|other| other != iin);
        let said_iin = match forgery {
            Some(Forgery::OtherPerson) => other().unwrap_or_default(),
            _ => iin.to_owned(),
        };
        let at_ms = if forgery == Some(Forgery::OldAnswer) { now - 3_600_000 } else { now };
        let common = json!({
            "ver": 1, "check": said_check, "iin": said_iin, "report_id": report_id, "at_ms": at_ms,
            "model": MODEL, "threshold_permille": THRESHOLD_PERMILLE,
        });
        if let (Value::Object(found), Value::Object(common)) = (&mut found, common) {
            found.extend(common);
        }
        let hand = match forgery {
            Some(Forgery::Unsigned) => Hand::Nobody,
            Some(Forgery::WrongKey) => Hand::Stranger,
            _ => Hand::Own,
        };
        let result = self.centre()?.sign(found.to_string().as_bytes(), hand);
        let result = result.map_err(|_| Denial::conflict("centre_broken"))?;
        Ok(Answer { check, iin: iin.to_owned(), report_id, result })
    }

    /// Compares at registration.
    ///
    /// # Errors
    /// `invalid_iin`.
    pub fn coid_check(
        &mut self,
        check: Uuid,
        iin: &str,
        name: &Name<'_>,
        compared: Compared<'_>,
    ) -> Result<Answer, Denial> {
        if !iin_is_valid(iin) {
            return Err(Denial::invalid("invalid_iin"));
        }
        let known = self.by_iin(iin).ok();
        let (name, number, compared) = match known {
            None => {
                let nothing = Compared { portrait: Portrait::Unusable, score_permille: 0, ..compared };
                (Outcome::Unknown, Outcome::Mismatch, nothing)
            }
            Some(person) => {
                let patronymic = match (person.patronymic.as_deref(), name.patronymic) {
                    (None, None) => true,
                    (Some(left), Some(right)) => same(left, right),
                    (Some(_), None) | (None, Some(_)) => false,
                };
                let right = same(&person.surname, name.surname)
                    && same(&person.given_name, name.given_name)
                    && patronymic;
                let name = if right { Outcome::Match } else { Outcome::Mismatch };
                (name, Outcome::Match, compared)
            }
        };
        let found = json!({
            "kind": "identity", "name": name, "number": number, "portrait": compared.portrait,
            "portrait_sha256": compared.sha256, "score_permille": compared.score_permille,
        });
        self.result(check, iin, found)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::super::tests::{MAN, NOON, model};
    use super::*;

    pub(super) const CHECK: Uuid = Uuid::from_u128(0x51);

    /// What a result says.
    pub(super) fn said(answer: &Answer) -> Value {
        let payload = answer.result.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    }

    fn compared(portrait: Portrait) -> Compared<'static> {
        Compared { sha256: "picture", portrait, score_permille: 940 }
    }

    #[test]
    fn name_number_and_portrait_have_outcomes_of_their_own() {
        let mut model = model();
        let name = |surname| Name { surname, given_name: "әділ", patronymic: Some("Қанатұлы") };
        let mut check = |iin: &str, name: &Name<'_>, portrait| {
            let said = said(&model.coid_check(CHECK, iin, name, compared(portrait)).unwrap());
            [said["name"].clone(), said["number"].clone(), said["portrait"].clone()]
        };
        let good = check(MAN, &name("СЕРІКБАЕВ"), Portrait::SamePerson);
        assert_eq!(good, ["match", "match", "same_person"]);
        let other = check(MAN, &name("Серикбаев"), Portrait::OtherPerson);
        assert_eq!(other, ["mismatch", "match", "other_person"]);
        let without = Name { patronymic: None, ..name("Серікбаев") };
        assert_eq!(check(MAN, &without, Portrait::SamePerson)[0], "mismatch");
        let nobody = check("061211600012", &name("Х"), Portrait::SamePerson);
        assert_eq!(nobody, ["unknown", "mismatch", "unusable"]);
        let invalid = model.coid_check(CHECK, "1", &name("Х"), compared(Portrait::Unusable));
        assert_eq!(invalid.unwrap_err().code, "invalid_iin");
    }

    #[test]
    fn twins_in_name_are_told_apart_by_number_and_face_alone() {
        let mut model = model();
        let twins: Vec<_> = model
            .people()
            .iter()
            .filter(|p| p.surname == "Ахметов" && p.given_name == "Нұржан")
            .cloned()
            .collect();
        assert_eq!(twins.len(), 2);
        for twin in &twins {
            let name = Name {
                surname: &twin.surname,
                given_name: &twin.given_name,
                patronymic: twin.patronymic.as_deref(),
            };
            let found = model.coid_check(CHECK, &twin.iin, &name, compared(Portrait::OtherPerson)).unwrap();
            assert_eq!(
                (&said(&found)["name"], &said(&found)["portrait"]),
                (&json!("match"), &json!("other_person"))
            );
        }
        assert_ne!(twins[0].iin, twins[1].iin);
    }

    #[test]
    fn a_result_says_for_which_request_about_whom_on_which_picture_and_when() {
        let mut model = model();
        let name = Name { surname: "Серікбаев", given_name: "Әділ", patronymic: None };
        let check =
            |model: &mut Model| model.coid_check(CHECK, MAN, &name, compared(Portrait::SamePerson)).unwrap();
        let answer = check(&mut model);
        let said_now = said(&answer);
        assert_eq!((&said_now["check"], &said_now["iin"]), (&json!(CHECK), &json!(MAN)));
        assert_eq!((&said_now["portrait_sha256"], &said_now["at_ms"]), (&json!("picture"), &json!(NOON)));
        let mut forged = |forgery| {
            model.coid.forgery = Some(forgery);
            check(&mut model)
        };
        assert!(forged(Forgery::Unsigned).result.ends_with(&URL_SAFE_NO_PAD.encode([0; 64])));
        assert_ne!(said(&forged(Forgery::AnotherRequest))["check"], json!(CHECK));
        assert_ne!(said(&forged(Forgery::OtherPerson))["iin"], json!(MAN));
        assert_eq!(said(&forged(Forgery::OldAnswer))["at_ms"], json!(NOON - 3_600_000));
    }
}
