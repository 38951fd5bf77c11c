//! Money: tenge counted in tiyn (1 ₸ = 100 tiyn), exact, never negative, checked.

use serde::{Deserialize, Serialize};

/// An amount in tiyn, 0 ..= 2^53 − 1 so that it survives any JSON reader (RFC 8785 keeps integers exact below 2^53).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Tiyn(u64);

/// Why an amount does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result would pass 2^53 − 1 tiyn; the calculation is refused.
    #[error("the amount is larger than this system can hold")]
    TooLarge,
    /// The result would be below zero; the caller compared wrongly.
    #[error("the amount would become negative")]
    Negative,
}

impl Tiyn {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount: 2^53 − 1 tiyn.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// An amount of whole tenge.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] past [`Tiyn::MAX`].
    pub fn from_tenge(tenge: u64) -> Result<Self, MoneyError> {
        tenge.checked_mul(100).ok_or(MoneyError::TooLarge).and_then(Self::new)
    }

    /// An amount of tiyn.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] past [`Tiyn::MAX`].
    pub const fn new(tiyn: u64) -> Result<Self, MoneyError> {
        if tiyn > Self::MAX.0 { Err(MoneyError::TooLarge) } else { Ok(Self(tiyn)) }
    }

    /// The count of tiyn.
    #[must_use]
    pub const fn tiyn(self) -> u64 {
        self.0
    }

    /// Whole tenge, tiyn dropped.
    #[must_use]
    pub const fn tenge(self) -> u64 {
        self.0 / 100
    }

    /// Sum.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] past [`Tiyn::MAX`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_add(other.0).ok_or(MoneyError::TooLarge).and_then(Self::new)
    }

    /// Difference.
    ///
    /// # Errors
    /// [`MoneyError::Negative`] when `other` is larger.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_sub(other.0).map(Self).ok_or(MoneyError::Negative)
    }

    /// Product with a count.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] past [`Tiyn::MAX`].
    pub fn times(self, count: u64) -> Result<Self, MoneyError> {
        self.0.checked_mul(count).ok_or(MoneyError::TooLarge).and_then(Self::new)
    }

    /// Sum of many.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] past [`Tiyn::MAX`].
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

impl<'de> Deserialize<'de> for Tiyn {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// For people and logs: tenge with two decimals, no grouping (`1234.50 KZT`).
impl std::fmt::Display for Tiyn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02} KZT", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_past_the_json_limit_are_refused_everywhere() {
        assert_eq!(Tiyn::MAX.plus(Tiyn(1)), Err(MoneyError::TooLarge));
        assert_eq!(Tiyn::from_tenge(u64::MAX), Err(MoneyError::TooLarge));
        assert_eq!(Tiyn::MAX.times(2), Err(MoneyError::TooLarge));
        assert!(serde_json::from_str::<Tiyn>("9007199254740992").is_err());
    }

    #[test]
    fn a_difference_below_zero_is_an_error_not_a_wrap() {
        assert_eq!(Tiyn(5).minus(Tiyn(6)), Err(MoneyError::Negative));
        assert_eq!(Tiyn(6).minus(Tiyn(5)), Ok(Tiyn(1)));
    }
}
