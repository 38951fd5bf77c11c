//! Mobile numbers of Kazakhstan (regulation B10): reading, one way to write them, and a mask for screens.
//!
//! Whether a number belongs to the borrower is shown by a one-time code, not here.

use crate::secret::{Secret, personal_number};

/// A mobile number as `+77XXXXXXXXX`. On the heap, wiped when dropped, silent in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(Secret);

/// Why a text is not a number that codes can be sent to. Never carries the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Too short, too long or with characters of no number.
    #[error("a number has 10 digits after +7; look again")]
    NotANumber,
    /// Another country, or a fixed line.
    #[error("only mobile numbers of Kazakhstan, +7 7…, can be used")]
    NotKazakhMobile,
}

impl Phone {
    /// Reads `8 7…`, `+7 7…`, `7 7…` (11 digits) or the 10 digits after +7; spaces, hyphens and brackets are ignored.
    ///
    /// # Errors
    /// [`PhoneError`].
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let trimmed = text.trim_start();
        let international = trimmed.starts_with('+');
        let mut digits = Secret::new(String::with_capacity(16));
        for character in trimmed.chars().skip(usize::from(international)) {
            match character {
                ' ' | '-' | '(' | ')' => {}
                '0'..='9' if digits.chars_count() < 15 => digits.push(character),
                _ => return Err(PhoneError::NotANumber),
            }
        }
        let national = match (digits.expose(), digits.chars_count(), international) {
            (all, 11, true) => all.strip_prefix('7').ok_or(PhoneError::NotKazakhMobile)?,
            (_, 7..=15, true) if !digits.expose().starts_with('7') => {
                return Err(PhoneError::NotKazakhMobile);
            }
            (all, 11, false) => {
                all.strip_prefix('8').or_else(|| all.strip_prefix('7')).ok_or(PhoneError::NotKazakhMobile)?
            }
            (all, 10, false) => all,
            (_, _, true | false) => return Err(PhoneError::NotANumber),
        };
        if !national.starts_with('7') {
            return Err(PhoneError::NotKazakhMobile);
        }
        let mut normal = String::with_capacity(12);
        normal.push_str("+7");
        normal.push_str(national);
        Ok(Self(Secret::new(normal)))
    }

    /// The operator's code, the first three digits of the national number; it names no person.
    #[must_use]
    pub fn code(&self) -> Option<MobileCode> {
        self.0.expose().get(2..5)?.parse().ok()
    }

    /// The number as `+77XXXXXXXXX`, to be used and not kept.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// For screens and receipts: the last two digits only, `+7 7** *** ** 67`.
    #[must_use]
    pub fn masked(&self) -> String {
        let text = self.0.expose();
        let tail = text.len().checked_sub(2).and_then(|from| text.get(from..)).unwrap_or("**");
        format!("+7 7** *** ** {tail}")
    }
}

/// First three digits of a national mobile number: an operator's block, 700 to 799 (B10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MobileCode(u16);

/// The text is not the code of a mobile block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a mobile code has three digits, 700 to 799")]
pub struct BadMobileCode;

impl std::str::FromStr for MobileCode {
    type Err = BadMobileCode;
    fn from_str(text: &str) -> Result<Self, BadMobileCode> {
        let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        let code = text.parse().ok().filter(|code| digits && (700..=799).contains(code));
        code.map(Self).ok_or(BadMobileCode)
    }
}

impl std::fmt::Display for MobileCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl serde::Serialize for MobileCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for MobileCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

personal_number!(Phone);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn mask_and_debug_output_keep_the_number() {
        let phone = Phone::parse("87011234567").unwrap();
        assert_eq!(phone.masked(), "+7 7** *** ** 67");
        assert_eq!(format!("{phone:?}"), "Phone(…)");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_what_is_read_is_normal(text in "[0-9+() -]{0,16}|\\PC*") {
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert_eq!(phone.expose().len(), 12);
                prop_assert_eq!(Phone::parse(phone.expose()), Ok(phone));
            }
        }
    }
}
