//! Account numbers of Kazakhstan (regulation B9): reading, check digits, the bank's code, a mask for screens.
//!
//! Whether an account is the client's own is known to the bank alone.

use iso_7064::extra::IBAN;

use crate::secret::{Secret, personal_number};

/// A well-formed account number, `KZ` and 18 characters. On the heap, wiped when dropped, silent in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Iban(Secret);

/// Why a text is no account number that money can go to. Never carries the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IbanError {
    /// Not `KZ`, 5 digits and 13 letters or digits.
    #[error("an account number begins with KZ and has 20 characters; look again")]
    Form,
    /// Another country.
    #[error("only accounts in Kazakhstan, KZ…, can be used")]
    NotKazakh,
    /// A letter that looks Latin and is not.
    #[error("a letter is Cyrillic; switch the keyboard to Latin letters")]
    CyrillicLetter,
    /// The check digits do not fit.
    #[error("a character of the account number is wrong; look again")]
    Checksum,
}

/// Length of an account number of Kazakhstan.
const LENGTH: usize = 20;

impl Iban {
    /// Reads a typed number; spaces are ignored, small letters become large.
    ///
    /// # Errors
    /// [`IbanError`].
    pub fn parse(text: &str) -> Result<Self, IbanError> {
        let mut plain = Secret::new(String::with_capacity(LENGTH + 4));
        for character in text.chars().filter(|character| *character != ' ') {
            if ('\u{400}'..='\u{52f}').contains(&character) {
                return Err(IbanError::CyrillicLetter);
            }
            if !character.is_ascii_alphanumeric() || plain.chars_count() == LENGTH {
                return Err(IbanError::Form);
            }
            plain.push(character.to_ascii_uppercase());
        }
        let number = plain.expose();
        let country = number.get(..2).ok_or(IbanError::Form)?;
        if country.bytes().all(|byte| byte.is_ascii_uppercase()) && country != "KZ" {
            return Err(IbanError::NotKazakh);
        }
        let digits = number.get(2..7).is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        if country != "KZ" || number.len() != LENGTH || !digits {
            return Err(IbanError::Form);
        }
        if IBAN.verify(number).is_ok_and(|fits| fits) { Ok(Self(plain)) } else { Err(IbanError::Checksum) }
    }

    /// The number without spaces, to be used and not kept.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The bank's three digits; they name no person.
    #[must_use]
    pub fn bank_code(&self) -> &str {
        self.0.expose().get(4..7).unwrap_or_default()
    }

    /// For screens and receipts: country, bank and the last four characters.
    #[must_use]
    pub fn masked(&self) -> String {
        let tail = self.0.expose().get(LENGTH - 4..).unwrap_or("****");
        format!("KZ** {}* **** **** {tail}", self.bank_code())
    }
}

personal_number!(Iban);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn mask_and_debug_output_keep_the_number() {
        let iban = Iban::parse("KZ86 125K ZT50 0410 0100").unwrap();
        assert_eq!(iban.masked(), "KZ** 125* **** **** 0100");
        assert_eq!(format!("{iban:?}"), "Iban(…)");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC*|KZ[0-9]{5}[A-Z0-9]{13}") {
            let _ = Iban::parse(&text);
        }

        #[test]
        fn one_wrong_letter_or_digit_is_noticed(at in 2_usize..20, other in "[0-9A-Z]") {
            let mut text = "KZ86125KZT5004100100".to_owned();
            let (old, new) = (text.as_bytes()[at], other.as_bytes()[0]);
            // A letter counts as two digits, so a digit in its place shifts the rest: no check sum promises that.
            prop_assume!(old != new && old.is_ascii_digit() == new.is_ascii_digit());
            text.replace_range(at..=at, &other);
            prop_assert!(Iban::parse(&text).is_err());
        }
    }
}
