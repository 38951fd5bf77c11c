//! Contract numbers: digits alone, so that anybody can type one at a keypad, with a check digit against slips.
//!
//! Fourteen digits of chance and one by ISO/IEC 7064, MOD 11,10: it finds every wrong digit and nearly every swap of
//! neighbours. With the number anybody may pay and sees masked initials and what is due, so it is not to be guessed.

use iso_7064::MOD11_10;
use serde::{Deserialize, Serialize};

/// A contract number, 15 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractNumber(String);

/// Why a text is no contract number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContractNumberError {
    /// Not 15 digits (spaces and hyphens are ignored).
    #[error("a contract number has 15 digits; look again")]
    NotFifteenDigits,
    /// The last digit does not fit the others.
    #[error("a digit of the contract number is wrong; look again")]
    CheckDigit,
}

/// Digits before the check digit.
const DIGITS: usize = 14;
/// Numbers there are: the first digit is no zero.
const COUNT: u64 = 90_000_000_000_000;

impl ContractNumber {
    /// The number that a random value stands for; 64 random bits give every number as often as every other, but for one
    /// part in 200,000.
    #[must_use]
    pub fn from_random(random: u64) -> Self {
        let mut number = (random % COUNT + COUNT / 9).to_string();
        let [check] = MOD11_10.compute_lax(&number);
        number.push(check);
        Self(number)
    }

    /// Reads a typed or scanned number.
    ///
    /// # Errors
    /// [`ContractNumberError`].
    pub fn parse(text: &str) -> Result<Self, ContractNumberError> {
        let number: String =
            text.chars().filter(|character| !matches!(character, ' ' | '-' | '\u{a0}')).collect();
        if number.len() != DIGITS + 1 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ContractNumberError::NotFifteenDigits);
        }
        if MOD11_10.verify(&number).is_ok_and(|fits| fits) {
            Ok(Self(number))
        } else {
            Err(ContractNumberError::CheckDigit)
        }
    }

    /// The 15 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// In three groups of five: `12345-67890-12343`.
impl std::fmt::Display for ContractNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, digit) in self.0.chars().enumerate() {
            if at > 0 && at.is_multiple_of(5) {
                f.write_str("-")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl std::str::FromStr for ContractNumber {
    type Err = ContractNumberError;
    fn from_str(text: &str) -> Result<Self, ContractNumberError> {
        Self::parse(text)
    }
}

impl Serialize for ContractNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ContractNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_made_is_read_back_however_it_is_grouped(random: u64) {
            let number = ContractNumber::from_random(random);
            prop_assert_eq!(number.as_str().len(), 15);
            prop_assert!(!number.as_str().starts_with('0'));
            prop_assert_eq!(ContractNumber::parse(&number.to_string()), Ok(number.clone()));
            prop_assert_eq!(ContractNumber::parse(number.as_str()), Ok(number));
        }

        #[test]
        fn one_wrong_digit_is_always_noticed(random: u64, at in 0_usize..15, add in 1_u8..10) {
            let mut digits = ContractNumber::from_random(random).as_str().as_bytes().to_vec();
            digits[at] = b'0' + (digits[at] - b'0' + add) % 10;
            let text = String::from_utf8(digits).unwrap();
            prop_assert_eq!(ContractNumber::parse(&text), Err(ContractNumberError::CheckDigit));
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC*") {
            let _ = ContractNumber::parse(&text);
        }
    }
}
