//! How numbers are written for people, on screens, on paper and in what is signed: one way everywhere.

use jiff::civil::Date;

use crate::{Secret, Tiyn};

/// Where a telephone number such as `+77011234567` is cut: `+7 701 123 45 67`.
const PHONE: &[(usize, &str)] = &[(2, " "), (5, " "), (8, " "), (10, " ")];
/// Characters of such a number.
const PHONE_CHARS: usize = 12;
/// Where an account number is cut: `KZ86 125K ZT50 0410 0100`.
pub const FOURS: &[(usize, &str)] = &[(4, " "), (8, " "), (12, " "), (16, " ")];
/// Where a contract's number is cut: `12345 67890 12343`.
pub const CONTRACT: &[(usize, &str)] = &[(5, " "), (10, " ")];

/// `15.02.2026`.
#[must_use]
pub fn date(date: Date) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}

/// A count with `space` between its thousands: `150 000`.
#[must_use]
pub fn grouped(count: u64, space: char) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(space);
        }
        text.push(digit);
    }
    text
}

/// Tenge with `space` between thousands, and `point` before tiyn where there are some: `150 000`, `13 548,62`.
#[must_use]
pub fn amount(amount: Tiyn, space: char, point: char) -> String {
    let (tenge, tiyn) = (grouped(amount.tenge(), space), amount.tiyn() % 100);
    if tiyn == 0 { tenge } else { format!("{tenge}{point}{tiyn:02}") }
}

/// The text with what stands in `cuts` before the characters of those places.
#[must_use]
pub fn apart(text: &Secret, cuts: &[(usize, &str)]) -> Secret {
    let mut shown = Secret::default();
    for (at, letter) in text.expose().chars().enumerate() {
        for (_, between) in cuts.iter().filter(|(cut, _)| *cut == at) {
            between.chars().for_each(|sign| shown.push(sign));
        }
        shown.push(letter);
    }
    shown
}

/// A mobile number of Kazakhstan as people read it; anything else as it is.
#[must_use]
pub fn phone(number: &Secret) -> Secret {
    let ours = number.expose().starts_with("+7") && number.chars_count() == PHONE_CHARS;
    apart(number, if ours { PHONE } else { &[] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn numbers_stand_apart_as_people_read_them() {
        assert_eq!(phone(&secret("+77011234567")).expose(), "+7 701 123 45 67");
        assert_eq!(phone(&secret("1414")).expose(), "1414");
        assert_eq!(apart(&secret("KZ86125KZT5004100100"), FOURS).expose(), "KZ86 125K ZT50 0410 0100");
        assert_eq!(apart(&secret("123456789012343"), CONTRACT).expose(), "12345 67890 12343");
        assert_eq!(date(jiff::civil::date(2026, 2, 5)), "05.02.2026");
    }

    #[test]
    fn sums_show_tiyn_only_where_there_are_some() {
        let written = |tiyn| amount(Tiyn::new(tiyn).unwrap(), ' ', ',');
        assert_eq!(written(30_000_000), "300 000");
        assert_eq!(written(12_345_678_905), "123 456 789,05");
        assert_eq!(written(5), "0,05");
    }
}
