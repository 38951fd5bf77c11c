//! The QR code for paying again: what a receipt prints and a terminal's camera reads.
//!
//! `senim-pay:` and the 15 digits of the contract number. Nothing else is in it, so that a photographed receipt tells
//! whoever finds it no more than the number printed beside it.

use crate::contract_number::{ContractNumber, ContractNumberError};
use crate::secret::Secret;

/// Before the number.
const SCHEME: &str = "senim-pay:";
/// Most bytes that are looked at: scheme, digits and room for the spaces and hyphens of a grouped number.
const MOST: usize = 64;

/// Why what a camera read names no contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentCodeError {
    /// The code is for something else.
    #[error("this code is not from a receipt of this lender; show the code of a payment receipt")]
    Foreign,
    /// A code of ours whose number does not check.
    #[error("the number in the code is damaged; type the number of the contract")]
    Number(#[from] ContractNumberError),
}

/// What the code holds.
#[must_use]
pub fn text(number: &Secret) -> Secret {
    Secret::new(format!("{SCHEME}{}", number.expose()))
}

/// The contract number in what a camera read.
///
/// # Errors
/// [`PaymentCodeError`].
pub fn read(text: &str) -> Result<ContractNumber, PaymentCodeError> {
    let text = text.trim();
    if text.len() > MOST {
        return Err(PaymentCodeError::Foreign);
    }
    let number = text.strip_prefix(SCHEME).ok_or(PaymentCodeError::Foreign)?;
    Ok(ContractNumber::parse(number)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn other_codes_are_not_ours() {
        for other in
            ["", "https://egov.kz", "mobileSign:https://mgovsign.kz/1", "123456789012343", "senim-pay"]
        {
            assert_eq!(read(other), Err(PaymentCodeError::Foreign), "{other}");
        }
    }

    #[test]
    fn a_code_longer_than_sensible_is_not_ours() {
        let number = ContractNumber::from_random(7);
        let long = format!("{SCHEME}{}{}", number.as_str(), " -".repeat(2_000));
        assert_eq!(read(&long), Err(PaymentCodeError::Foreign));
    }

    #[test]
    fn a_damaged_check_digit_is_told_from_a_foreign_code() {
        let number = ContractNumber::from_random(7);
        let mut digits = number.as_str().to_owned();
        let last = digits.pop().unwrap();
        digits.push(if last == '0' { '1' } else { '0' });
        let damaged = text(&Secret::new(digits));
        let error = PaymentCodeError::Number(ContractNumberError::CheckDigit);
        assert_eq!(read(damaged.expose()), Err(error));
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(random: u64) {
            let number = ContractNumber::from_random(random);
            let code = text(&Secret::new(number.as_str().to_owned()));
            prop_assert_eq!(read(code.expose()), Ok(number));
        }

        #[test]
        fn whatever_a_camera_reads_is_judged_without_panic(text in "\\PC*") {
            let _ = read(&text);
        }
    }
}
