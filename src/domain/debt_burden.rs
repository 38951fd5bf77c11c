//! The debt-burden coefficient (KDN, regulation B5): monthly payments on everything by monthly income, judged exactly.
//!
//! The inputs are the gateway's; nothing is calculated at the terminal. Without an official income there is no
//! coefficient, and nothing is divided by zero.

use crate::money::{MoneyError, Tiyn};

/// What the coefficient says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// At most the limit.
    Within,
    /// Above it.
    Above,
    /// No income is known.
    Undefined,
}

/// Judges payments against income; `limit_hundredths` 50 is a coefficient of 0.5, which is still within.
///
/// # Errors
/// [`MoneyError::TooLarge`] when the payments together pass what money can hold.
pub fn judge(income: Tiyn, existing: Tiyn, new: Tiyn, limit_hundredths: u32) -> Result<Verdict, MoneyError> {
    if income == Tiyn::ZERO {
        return Ok(Verdict::Undefined);
    }
    let payments = u128::from(existing.plus(new)?.tiyn());
    let within = payments * 100 <= u128::from(income.tiyn()) * u128::from(limit_hundredths);
    Ok(if within { Verdict::Within } else { Verdict::Above })
}

/// The coefficient in hundredths, rounded up so that what is shown never hides a broken limit; `None` without income.
///
/// # Errors
/// [`MoneyError::TooLarge`].
pub fn hundredths(income: Tiyn, existing: Tiyn, new: Tiyn) -> Result<Option<u32>, MoneyError> {
    let payments = u128::from(existing.plus(new)?.tiyn());
    let income = u128::from(income.tiyn());
    if income == 0 {
        return Ok(None);
    }
    Ok(Some(u32::try_from((payments * 100).div_ceil(income)).unwrap_or(u32::MAX)))
}
