//! Decides who lives in the simulated world: fictitious people, what the lender knows of them, and how they behave.
//!
//! The built-in people are a JSON file of the same form that a technician may hand in instead; unknown fields are
//! refused, so a misspelt quirk is found at start. How a face is drawn from its parameters is `portrait`'s story.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::portrait::Face;

const BUILTIN: &str = include_str!("people.json");

/// Why people could not be loaded. Messages name the entry by its position: the file may hold personal data.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The file could not be read.
    #[error("the people file cannot be read; check the path and its permissions")]
    Unreadable(#[source] std::io::Error),
    /// Not the expected JSON, or a field that does not exist.
    #[error("the people file is not of the expected form; correct line {line}, column {column}")]
    Form {
        /// Line in the file, from 1.
        line: usize,
        /// Column in the line, from 1.
        column: usize,
    },
    /// One entry breaks a rule.
    #[error("person {position} in the people file: {rule}")]
    Entry {
        /// Position in the list, from 1.
        position: usize,
        /// The rule, in words.
        rule: &'static str,
    },
}

/// A name as one authority or another spells it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameVariant {
    /// Surname.
    pub surname: String,
    /// Given name.
    pub given_name: String,
    /// Patronymic, if the person has one.
    pub patronymic: Option<String>,
}

/// Language in which a person is addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Kazakh.
    Kk,
    /// Russian.
    Ru,
    /// English.
    En,
}

/// What the lender says of a registered client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientStatus {
    /// May be served.
    Active,
    /// The lender has stopped serving this client.
    Blocked,
}

/// What makes a person's application go one way or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quirks {
    /// The person has set a voluntary refusal of microcredits.
    pub voluntary_refusal: bool,
    /// The person is on a list of the AML/CFT law.
    pub aml_hit: bool,
    /// Debt-burden coefficient before the new loan, in hundredths (31 is 0.31).
    pub kdn_hundredths: u32,
    /// Somebody else stands before the camera.
    pub face_mismatch: bool,
    /// The MFO knows that the person's data spread.
    #[serde(default)]
    pub data_leak: bool,
    /// The MFO found somebody else in the person's account, and knows of no data that spread.
    #[serde(default)]
    pub intruded: bool,
    /// Registered as an individual entrepreneur.
    #[serde(default)]
    pub entrepreneur: bool,
    /// The screening asks questions first.
    #[serde(default)]
    pub aml_questions: bool,
    /// No confirmed income.
    #[serde(default)]
    pub income_unknown: bool,
    /// The identity document has expired.
    #[serde(default)]
    pub document_expired: bool,
    /// Days in arrears with another microfinance organisation.
    #[serde(default)]
    pub overdue_days: u32,
    /// Longest arrears of the last twelve months in days, over by now.
    #[serde(default)]
    pub late_days: u32,
    /// Days since a debt of the person was forgiven.
    #[serde(default)]
    pub forgiven_days_ago: Option<u32>,
    /// Registered as an active gambler.
    #[serde(default)]
    pub gambler: bool,
    /// Life of consents in seconds, where it is not that of the directory.
    #[serde(default)]
    pub token_seconds: Option<u32>,
    /// What the database of mobile citizens holds.
    #[serde(default)]
    pub bmg: Bmg,
    /// What the person says to a request for access.
    #[serde(default)]
    pub kdp_answer: KdpAnswer,
    /// What the anti-fraud centre says of the person.
    #[serde(default)]
    pub fraud: Fraud,
    /// What the person says to a check call.
    #[serde(default)]
    pub call: CallAnswer,
    /// Whose the person's account is.
    #[serde(default)]
    pub account: AccountOwner,
}

/// The database of mobile citizens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bmg {
    /// The person's number is theirs.
    #[default]
    Own,
    /// The person has none.
    None,
    /// The number that the person uses is somebody else's.
    Other,
}

/// An answer to a request for access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KdpAnswer {
    /// Yes.
    #[default]
    Agree,
    /// No.
    Refuse,
    /// Nothing.
    Silent,
}

/// What the anti-fraud centre says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fraud {
    /// Go on.
    #[default]
    Proceed,
    /// Wait.
    Hold,
    /// Do not.
    Stop,
}

/// An answer to a check call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallAnswer {
    /// The operation is theirs.
    #[default]
    Confirm,
    /// It is not.
    Deny,
    /// Does not pick up.
    Silent,
}

/// Whose the account is that a person names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountOwner {
    /// Theirs.
    #[default]
    Own,
    /// Somebody else's.
    Other,
    /// The bank cannot tell.
    Unknown,
}

/// An identity document as data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// `identityCard`, `passport`, `residencePermit` or `statelessCertificate`.
    pub kind: String,
    /// Number.
    pub number: String,
    /// Last day of validity, `YYYY-MM-DD`.
    pub expires: String,
}

impl Document {
    /// Whether kind, number and day can be those of a document.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let kinds = ["identityCard", "passport", "residencePermit", "statelessCertificate"];
        kinds.contains(&self.kind.as_str())
            && (1..=32).contains(&self.number.len())
            && self.expires.parse::<jiff::civil::Date>().is_ok()
    }
}

/// One person to play with. `Debug` shows the client id only.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Individual identification number, 12 digits with a right check digit.
    pub iin: String,
    /// The lender's id of this client; fixed per person, registered or not.
    pub client_id: Uuid,
    /// Whether the lender knows this person as a client.
    pub registered: bool,
    /// Surname.
    pub surname: String,
    /// Given name.
    pub given_name: String,
    /// Patronymic, if the person has one.
    pub patronymic: Option<String>,
    /// Other spellings of the name.
    pub name_variants: Vec<NameVariant>,
    /// Mobile number: `+7` and ten digits.
    pub phone: String,
    /// Language of the person.
    pub language: Language,
    /// Standing with the lender.
    pub status: ClientStatus,
    /// How the person behaves.
    pub quirks: Quirks,
    /// Identity document; without one, an identity card made up from the IIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// What the person looks like.
    pub face: Face,
}

impl Person {
    /// The identity document.
    #[must_use]
    pub fn document(&self) -> Document {
        let made_up = || Document {
            kind: "identityCard".to_owned(),
            number: self.iin.get(3..).unwrap_or_default().to_owned(),
            expires: "2035-05-13".to_owned(),
        };
        let mut document = self.document.clone().unwrap_or_else(made_up);
        if self.quirks.document_expired {
            "2020-01-01".clone_into(&mut document.expires);
        }
        document
    }

    /// The person's account: bank 125, made up from the IIN, with right check digits.
    #[must_use]
    pub fn iban(&self) -> String {
        let own = format!("1250{}", self.iin);
        // K is 20 and Z is 35; the check digits stand as 00.
        let remainder = format!("{own}203500")
            .bytes()
            .filter(u8::is_ascii_digit)
            .fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
        format!("KZ{:02}{own}", 98 - remainder)
    }

    /// The token of the person's card.
    #[must_use]
    pub fn card_token(&self) -> String {
        format!("card-{}", self.client_id.simple().to_string().get(24..).unwrap_or_default())
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({})", self.client_id)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeopleFile {
    people: Vec<Person>,
}

/// The people that come with the simulator.
///
/// # Errors
/// [`PeopleError`] if the file compiled in breaks a rule; a test shows that it does not.
pub fn builtin() -> Result<Vec<Person>, PeopleError> {
    from_json(BUILTIN)
}

/// Reads people from a file of the form of the built-in one.
///
/// # Errors
/// [`PeopleError`], saying what to correct.
pub fn from_file(path: &Path) -> Result<Vec<Person>, PeopleError> {
    from_json(&std::fs::read_to_string(path).map_err(PeopleError::Unreadable)?)
}

/// Reads people from JSON text and checks every rule.
///
/// # Errors
/// [`PeopleError`], saying what to correct. The parser's own message is left out: it may quote personal data.
pub fn from_json(text: &str) -> Result<Vec<Person>, PeopleError> {
    let file: PeopleFile = serde_json::from_str(text)
        .map_err(|error| PeopleError::Form { line: error.line(), column: error.column() })?;
    check(&file.people)?;
    Ok(file.people)
}

/// Checks the rules that bind one person and those that hold between people.
///
/// # Errors
/// [`PeopleError::Entry`] for the first entry that breaks a rule.
pub fn check(people: &[Person]) -> Result<(), PeopleError> {
    let mut iins = BTreeSet::new();
    let mut ids = BTreeSet::new();
    let mut phones = BTreeSet::new();
    for (index, person) in people.iter().enumerate() {
        let rules = [
            (iin_is_valid(&person.iin), "the IIN is not 12 digits with a right check digit"),
            (phone_is_valid(&person.phone), "the phone is not +7 and ten digits"),
            (
                !person.surname.trim().is_empty() && !person.given_name.trim().is_empty(),
                "surname or given name is empty",
            ),
            (person.face.is_drawable(), "a measure of the face lies outside its range"),
            (iins.insert(person.iin.as_str()), "the IIN occurs twice"),
            (ids.insert(person.client_id), "the client id occurs twice"),
            (phones.insert(person.phone.as_str()), "the phone occurs twice"),
        ];
        if let Some((_, rule)) = rules.into_iter().find(|(holds, _)| !holds) {
            return Err(PeopleError::Entry { position: index + 1, rule });
        }
    }
    Ok(())
}

/// Whether the text is 12 digits whose last is the check digit of the first eleven (two passes of weights).
#[must_use]
pub fn iin_is_valid(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    if digits.len() != 12 || text.len() != 12 {
        return false;
    }
    let sum = |weights: [u32; 11]| digits.iter().zip(weights).map(|(d, w)| d * w).sum::<u32>() % 11;
    let first = sum([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    let check = if first == 10 { sum([3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) } else { first };
    digits.last() == Some(&check)
}

/// Whether the text is `+7` and ten digits.
#[must_use]
pub fn phone_is_valid(text: &str) -> bool {
    text.strip_prefix("+7").is_some_and(|rest| rest.len() == 10 && rest.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_people_cover_every_kazakh_letter_and_every_quirk() {
        let people = builtin().unwrap();
        assert!(people.len() >= 6);
        let names: String =
            people.iter().map(|p| format!("{}{}{:?}", p.surname, p.given_name, p.patronymic)).collect();
        for letter in ["ә", "ғ", "қ", "ң", "ө", "ұ", "ү", "і"] {
            assert!(names.to_lowercase().contains(letter), "{letter}");
        }
        let any = |test: fn(&Person) -> bool| people.iter().any(test);
        assert!(any(|p| p.quirks.voluntary_refusal) && any(|p| p.quirks.aml_hit));
        assert!(any(|p| p.quirks.data_leak) && any(|p| p.quirks.entrepreneur && !p.registered));
        assert!(any(|p| p.quirks.bmg == Bmg::None) && any(|p| p.quirks.bmg == Bmg::Other));
        assert!(any(|p| !p.registered && p.quirks.bmg == Bmg::Own && !p.iin.starts_with("08")));
        assert!(
            any(|p| p.quirks.face_mismatch)
                && any(|p| p.quirks.kdn_hundredths > 50)
                && any(|p| !p.registered)
        );
    }

    #[test]
    fn iin_check_digit_follows_both_passes() {
        for valid in ["061211600012", "900514300002", "900514300305", "911231400609", "080630500002"] {
            assert!(iin_is_valid(valid), "{valid}");
        }
        for invalid in
            ["123456789012", "821214240092", "900514300003", "90051430000", "9005143000022", "90051430000x"]
        {
            assert!(!iin_is_valid(invalid), "{invalid}");
        }
    }

    #[test]
    fn an_account_has_check_digits_of_its_own() {
        let people = builtin().unwrap();
        for person in &people {
            let iban = person.iban();
            let digits = format!("{}2035{}", &iban[4..], &iban[2..4]);
            let rest = digits.bytes().fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
            assert_eq!((iban.len(), rest), (20, 1), "{iban}");
        }
        assert_ne!(people[0].card_token(), people[1].card_token());
    }

    #[test]
    fn an_unknown_field_is_refused_with_its_line_and_without_its_text() {
        let text = BUILTIN.replacen("\"registered\": true,", "\"registered\": true, \"secret_field\": 1,", 1);
        let message = from_json(&text).unwrap_err().to_string();
        assert!(message.contains("line 4") && !message.contains("secret_field"), "{message}");
    }

    #[test]
    fn broken_entries_are_named_by_position_and_rule() {
        for (from, to, rule) in [
            ("911231400005", "911231400006", "check digit"),
            ("911231400005", "900514300002", "IIN occurs twice"),
            ("+77010000002", "87010000002", "phone is not"),
            ("+77010000002", "+77010000001", "phone occurs twice"),
            ("Жұмағұлова", " ", "empty"),
            ("\"face_width\": 88", "\"face_width\": 116", "face"),
        ] {
            let message = from_json(&BUILTIN.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(message.starts_with("person 2 ") && message.contains(rule), "{message}");
        }
    }

    #[test]
    fn a_missing_file_says_what_to_check() {
        let error = from_file(Path::new("no-such-people.json")).unwrap_err();
        assert!(error.to_string().contains("check the path"), "{error}");
    }

    #[test]
    fn debug_output_of_a_person_shows_the_id_only() {
        let person = builtin().unwrap().remove(0);
        assert_eq!(format!("{person:?}"), "Person(0190a000-0000-7000-8000-000000000001)");
    }
}
