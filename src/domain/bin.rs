//! Business identification numbers (regulation B8): whether one is well formed and what it says of the company.
//!
//! A terminal of this release refers companies elsewhere; the number is checked wherever one is named. It names
//! no person, so it is no secret.

use crate::iin::checksum_holds;

/// A well-formed BIN.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bin(String);

/// What a company is, by the fifth digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompanyKind {
    /// 4: legal entity, resident.
    Resident,
    /// 5: legal entity, not resident.
    NonResident,
    /// 6: joint entrepreneurship of individuals.
    JointEntrepreneurship,
}

/// What part of a company it is, by the sixth digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Division {
    /// 0.
    Head,
    /// 1.
    Branch,
    /// 2.
    Representation,
    /// 3: farm in joint entrepreneurship.
    Farm,
}

/// Why a text is no BIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BinError {
    /// Not 12 ASCII digits (spaces between them are ignored).
    #[error("a BIN has 12 digits; look again")]
    NotTwelveDigits,
    /// The last digit does not fit the others.
    #[error("a digit of the BIN is wrong; look again")]
    Checksum,
    /// The third and fourth digits are no month.
    #[error("the month in the BIN does not exist; look again")]
    Month,
    /// The fifth digit names no kind of company: it may be a person's number.
    #[error("the fifth digit of the BIN is wrong; an IIN is not a BIN")]
    Kind,
    /// The sixth digit names no division.
    #[error("the sixth digit of the BIN is wrong; look again")]
    Division,
}

impl Bin {
    /// Reads a number; spaces are ignored.
    ///
    /// # Errors
    /// [`BinError`].
    pub fn parse(text: &str) -> Result<Self, BinError> {
        let digits: String = text.chars().filter(|character| *character != ' ').collect();
        if digits.len() != 12 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BinError::NotTwelveDigits);
        }
        let month = digits.get(2..4).and_then(|month| month.parse::<u8>().ok());
        if !month.is_some_and(|month| (1..=12).contains(&month)) {
            return Err(BinError::Month);
        }
        kind(&digits).ok_or(BinError::Kind)?;
        division(&digits).ok_or(BinError::Division)?;
        if checksum_holds(&digits) { Ok(Self(digits)) } else { Err(BinError::Checksum) }
    }

    /// The 12 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the company is.
    #[must_use]
    pub fn kind(&self) -> CompanyKind {
        kind(&self.0).unwrap_or(CompanyKind::Resident)
    }

    /// What part of it.
    #[must_use]
    pub fn division(&self) -> Division {
        division(&self.0).unwrap_or(Division::Head)
    }
}

fn kind(digits: &str) -> Option<CompanyKind> {
    match digits.as_bytes().get(4)? {
        b'4' => Some(CompanyKind::Resident),
        b'5' => Some(CompanyKind::NonResident),
        b'6' => Some(CompanyKind::JointEntrepreneurship),
        _ => None,
    }
}

fn division(digits: &str) -> Option<Division> {
    match digits.as_bytes().get(5)? {
        b'0' => Some(Division::Head),
        b'1' => Some(Division::Branch),
        b'2' => Some(Division::Representation),
        b'3' => Some(Division::Farm),
        _ => None,
    }
}

impl<'de> serde::Deserialize<'de> for Bin {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl serde::Serialize for Bin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_says_what_the_company_is() {
        let bin = Bin::parse("9401 4000 0385").unwrap();
        assert_eq!(
            (bin.as_str(), bin.kind(), bin.division()),
            ("940140000385", CompanyKind::Resident, Division::Head)
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_a_persons_number_is_none(text in "\\PC*|[0-9]{12}") {
            if let Ok(bin) = Bin::parse(&text) {
                prop_assert_eq!(Bin::parse(bin.as_str()), Ok(bin.clone()));
                prop_assert!(crate::iin::Iin::parse(bin.as_str()).is_err());
            }
        }
    }
}
