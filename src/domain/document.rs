//! Identity documents (regulation B17, R-020, R-022): kinds that are taken, their numbers, and whether what a document
//! says of its holder agrees with the IIN.
//!
//! Reading a machine-readable zone is the card crate's; no image of a document is ever made. A birth certificate
//! is no identity document here: there is no kind for it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::iin::{Iin, Sex};
use crate::secret::Secret;

/// Kind of an identity document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DocumentKind {
    /// Identity card of a citizen: 9 digits.
    IdentityCard,
    /// Passport of a citizen: N and 8 digits.
    Passport,
    /// Residence permit of a foreigner: 9 digits.
    ResidencePermit,
    /// Certificate of a person without citizenship: 9 digits.
    StatelessCertificate,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::IdentityCard, Self::Passport, Self::ResidencePermit, Self::StatelessCertificate];
}

/// A document's number. On the heap, wiped when dropped, silent in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentNumber(Secret);

/// Why a document is not taken. Never carries a number or a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not the characters that such a document has.
    #[error("the number of the document has another form; look again")]
    Number,
    /// A Cyrillic letter that looks Latin.
    #[error("a letter is Cyrillic; switch the keyboard to Latin letters")]
    CyrillicLetter,
    /// No date.
    #[error("the date on the document does not exist; look again")]
    Date,
    /// Its last day has passed.
    #[error("the document is no longer valid")]
    Expired,
    /// It names another IIN, birth date or sex than was given.
    #[error("the document and the IIN do not belong together")]
    OtherHolder,
}

impl DocumentNumber {
    /// Reads a typed number; spaces are ignored, small letters become large.
    ///
    /// # Errors
    /// [`DocumentError::Number`], [`DocumentError::CyrillicLetter`].
    pub fn parse(kind: DocumentKind, text: &str) -> Result<Self, DocumentError> {
        let mut number = Secret::new(String::with_capacity(16));
        for character in text.chars().filter(|character| *character != ' ') {
            if ('\u{400}'..='\u{52f}').contains(&character) {
                return Err(DocumentError::CyrillicLetter);
            }
            if !character.is_ascii_alphanumeric() || number.chars_count() == 9 {
                return Err(DocumentError::Number);
            }
            number.push(character.to_ascii_uppercase());
        }
        let (letters, digits) = match kind {
            DocumentKind::Passport => ("N", number.expose().strip_prefix('N')),
            DocumentKind::IdentityCard
            | DocumentKind::ResidencePermit
            | DocumentKind::StatelessCertificate => ("", Some(number.expose())),
        };
        let fits = digits.is_some_and(|digits| {
            digits.len() == 9 - letters.len() && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
        if fits { Ok(Self(number)) } else { Err(DocumentError::Number) }
    }

    /// The number, to be used and not kept.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl std::fmt::Debug for DocumentNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DocumentNumber(…)")
    }
}

/// Whether a document may be used today: its last day counts.
///
/// # Errors
/// [`DocumentError::Expired`].
pub fn check_validity(last_day: Date, today: Date) -> Result<(), DocumentError> {
    if last_day < today { Err(DocumentError::Expired) } else { Ok(()) }
}

/// The last day of validity in a machine-readable zone, `YYMMDD` of this century.
///
/// # Errors
/// [`DocumentError::Date`].
pub fn expiry_of_zone(text: &str) -> Result<Date, DocumentError> {
    let (year, month, day) = six_digits(text)?;
    Date::new(2000 + year, month, day).map_err(|_| DocumentError::Date)
}

/// Whether what a machine-readable zone says of its holder is what the IIN says: the number itself where the zone holds
/// one, birth date (the century comes from the IIN) and sex. Names are Latin there and are not compared.
///
/// # Errors
/// [`DocumentError::OtherHolder`], [`DocumentError::Date`].
pub fn check_holder(
    iin: &Iin,
    optional_data: &str,
    birth_date: &str,
    sex: &str,
) -> Result<(), DocumentError> {
    let (year, month, day) = six_digits(birth_date)?;
    let birth = iin.birth_date();
    let same_birth = (birth.year() % 100, birth.month(), birth.day()) == (year, month, day);
    let same_sex = matches!((iin.sex(), sex), (Sex::Male, "M") | (Sex::Female, "F") | (_, "<"));
    let same_number = optional_data.is_empty() || optional_data == iin.expose();
    if same_birth && same_sex && same_number { Ok(()) } else { Err(DocumentError::OtherHolder) }
}

fn six_digits(text: &str) -> Result<(i16, i8, i8), DocumentError> {
    let pair = |from: usize| text.get(from..from + 2).and_then(|pair| pair.parse::<i8>().ok());
    let digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    match (digits, pair(0), pair(2), pair(4)) {
        (true, Some(year), Some(month), Some(day)) => Ok((i16::from(year), month, day)),
        (_, _, _, _) => Err(DocumentError::Date),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn the_last_day_of_validity_counts() {
        let last = expiry_of_zone("350513").unwrap();
        assert_eq!(last, date(2035, 5, 13));
        assert_eq!(check_validity(last, date(2035, 5, 13)), Ok(()));
        assert_eq!(check_validity(last, date(2035, 5, 14)), Err(DocumentError::Expired));
        for text in ["350532", "35051", "3505133", "35<513", "+50513"] {
            assert_eq!(expiry_of_zone(text), Err(DocumentError::Date), "{text}");
        }
    }

    #[test]
    fn a_document_of_somebody_else_is_noticed() {
        let iin = Iin::parse("900514300002").unwrap();
        let check = |number, birth, sex| check_holder(&iin, number, birth, sex);
        assert_eq!(check("900514300002", "900514", "M"), Ok(()));
        assert_eq!(check("", "900514", "<"), Ok(()));
        for (number, birth, sex) in
            [("900514300305", "900514", "M"), ("", "900515", "M"), ("900514300002", "900514", "F")]
        {
            assert_eq!(check(number, birth, sex), Err(DocumentError::OtherHolder));
        }
        assert_eq!(check("", "<<<<<<", "M"), Err(DocumentError::Date));
    }

    #[test]
    fn debug_output_shows_nothing_of_the_number() {
        let number = DocumentNumber::parse(DocumentKind::Passport, "n 1234 5678").unwrap();
        assert_eq!((number.expose(), format!("{number:?}").as_str()), ("N12345678", "DocumentNumber(…)"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC*|[N0-9]{9}") {
            for kind in DocumentKind::ALL {
                let _ = DocumentNumber::parse(kind, &text);
            }
            let _ = expiry_of_zone(&text);
        }
    }
}
