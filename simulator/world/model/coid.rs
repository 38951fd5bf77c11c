//! ЦОИД: decides whether a name, an IIN and a portrait are those of one person, each on its own (R-032, B14). How
//! pictures are compared is `matcher`'s story: whoever asks here brings the verdict.

use serde::{Deserialize, Serialize};

use super::{Denial, Model};
use crate::people::iin_is_valid;

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

/// Three outcomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// About whom.
    pub iin: String,
    /// The full name.
    pub name: Outcome,
    /// Whether the IIN was issued.
    pub number: Outcome,
    /// The portrait.
    pub portrait: Portrait,
    /// The report's number.
    pub report_id: String,
    /// The result as a document of the provider.
    pub evidence: String,
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaceFinding {
    /// About whom.
    pub iin: String,
    /// The portrait.
    pub portrait: Portrait,
    /// The report's number.
    pub report_id: String,
    /// The result as a document of the provider.
    pub evidence: String,
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
    fn evidence(&mut self, what: &str, result: &str) -> (String, String) {
        let report = self.report_id();
        let evidence = super::token::security(&format!("{what}-{report}-{result}"), self.now(), self.now());
        (report, evidence)
    }

    /// Compares at registration.
    ///
    /// # Errors
    /// `invalid_iin`.
    pub fn coid_check(&mut self, iin: &str, name: &Name<'_>, portrait: Portrait) -> Result<Findings, Denial> {
        if !iin_is_valid(iin) {
            return Err(Denial::invalid("invalid_iin"));
        }
        let known = self.by_iin(iin).ok();
        let (name, number, portrait) = match known {
            None => (Outcome::Unknown, Outcome::Mismatch, Portrait::Unusable),
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
                (name, Outcome::Match, portrait)
            }
        };
        let (report_id, evidence) = self.evidence("check", &format!("{name:?}-{number:?}-{portrait:?}"));
        Ok(Findings { iin: iin.to_owned(), name, number, portrait, report_id, evidence })
    }

    /// Compares a face of a later visit.
    ///
    /// # Errors
    /// `person_unknown`.
    pub fn coid_face(&mut self, iin: &str, portrait: Portrait) -> Result<FaceFinding, Denial> {
        self.by_iin(iin)?;
        let (report_id, evidence) = self.evidence("face", &format!("{portrait:?}"));
        Ok(FaceFinding { iin: iin.to_owned(), portrait, report_id, evidence })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MAN, model};
    use super::*;

    #[test]
    fn name_number_and_portrait_have_outcomes_of_their_own() {
        let mut model = model();
        let name = |surname| Name { surname, given_name: "әділ", patronymic: Some("Қанатұлы") };
        let good = model.coid_check(MAN, &name("СЕРІКБАЕВ"), Portrait::SamePerson).unwrap();
        assert_eq!((good.name, good.number), (Outcome::Match, Outcome::Match));
        let other = model.coid_check(MAN, &name("Серикбаев"), Portrait::OtherPerson).unwrap();
        assert_eq!((other.name, other.portrait), (Outcome::Mismatch, Portrait::OtherPerson));
        let without = Name { patronymic: None, ..name("Серікбаев") };
        assert_eq!(model.coid_check(MAN, &without, Portrait::SamePerson).unwrap().name, Outcome::Mismatch);
        let nobody = model.coid_check("061211600012", &name("Х"), Portrait::SamePerson).unwrap();
        assert_eq!((nobody.name, nobody.number), (Outcome::Unknown, Outcome::Mismatch));
        assert_eq!(model.coid_check("1", &name("Х"), Portrait::Unusable).unwrap_err().code, "invalid_iin");
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
            let found = model.coid_check(&twin.iin, &name, Portrait::OtherPerson).unwrap();
            assert_eq!((found.name, found.portrait), (Outcome::Match, Portrait::OtherPerson));
        }
        assert_ne!(twins[0].iin, twins[1].iin);
    }
}
