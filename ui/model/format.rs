//! How amounts, rates, dates and counts are written for people.
//!
//! Kazakhstan's usage in every language: a comma before decimals, narrow no-break spaces between thousands, `₸` behind.
//! Whole sentences are the screens' own (`ui/lang`); only words that belong to a number or a method are here.

use senim_domain::gesv::Gesv;
use senim_domain::loan::{Method, Term};
use senim_domain::rate::AnnualRate;
use senim_domain::{Language, Tiyn, UtcMillis, calendar, written};

use crate::screen::Money;

/// Narrow no-break space: between thousands, before `₸` and `%`.
pub const THIN: char = '\u{202f}';

/// `150 000 ₸`, with tiyn only where there are some: `13 548,62 ₸`.
#[must_use]
pub fn money(amount: Tiyn) -> Money {
    Money(format!("{}{THIN}₸", amount_text(amount)))
}

/// `150 000` or `13 548,62`: an amount without its sign.
#[must_use]
pub fn amount_text(amount: Tiyn) -> String {
    written::amount(amount, THIN, ',')
}

/// `150 000,00`: with tiyn in any case, for sums that stand under one another.
#[must_use]
pub fn amount_in_full(amount: Tiyn) -> String {
    format!("{},{:02}", grouped(amount.tenge()), amount.tiyn() % 100)
}

/// The same with its sign: `150 000,00 ₸`.
#[must_use]
pub fn money_in_full(amount: Tiyn) -> Money {
    Money(format!("{}{THIN}₸", amount_in_full(amount)))
}

/// A count with its thousands apart.
#[must_use]
pub fn grouped(count: u64) -> String {
    written::grouped(count, THIN)
}

/// A nominal rate: `36 %`, `36,5 %`.
#[must_use]
pub fn annual_rate(rate: AnnualRate) -> String {
    percent(&rate.short())
}

/// An effective rate in tenths (B1 rule 5): `42,8 %`.
#[must_use]
pub fn gesv(gesv: Gesv) -> String {
    percent(&gesv.shown())
}

fn percent(number: &str) -> String {
    format!("{}{THIN}%", number.replace('.', ","))
}

pub use senim_domain::written::date;

/// `15.02.2026 21:23` in Kazakhstan; empty past what a calendar can hold.
#[must_use]
pub fn moment(moment: UtcMillis) -> String {
    match (calendar::local_date(moment), calendar::local_time(moment)) {
        (Some(day), Some((hour, minute))) => format!("{} {hour:02}:{minute:02}", date(day)),
        (None, _) | (_, None) => String::new(),
    }
}

/// `10 × 5 000 ₸`: notes of one denomination, face value in whole tenge.
#[must_use]
pub fn notes(count: u32, face_tenge: u32) -> String {
    format!("{} × {}{THIN}₸", grouped(u64::from(count)), grouped(u64::from(face_tenge)))
}

/// `12 months` with the word in its right form.
#[must_use]
pub fn months(count: u32, language: Language) -> String {
    let word = match language {
        Language::Kk => "ай",
        Language::En if count == 1 => "month",
        Language::En => "months",
        Language::Ru => match (count % 10, count % 100) {
            (_, 11..=14) => "месяцев",
            (1, _) => "месяц",
            (2..=4, _) => "месяца",
            (_, _) => "месяцев",
        },
    };
    format!("{count}\u{a0}{word}")
}

/// `30 days` with the word in its right form.
#[must_use]
pub fn days(count: u32, language: Language) -> String {
    let word = match language {
        Language::Kk => "күн",
        Language::En if count == 1 => "day",
        Language::En => "days",
        Language::Ru => match (count % 10, count % 100) {
            (_, 11..=14) => "дней",
            (1, _) => "день",
            (2..=4, _) => "дня",
            (_, _) => "дней",
        },
    };
    format!("{count}\u{a0}{word}")
}

/// `12 months` or `30 days`.
#[must_use]
pub fn term(term: Term, language: Language) -> String {
    match term {
        Term::Months(count) => months(u32::from(count), language),
        Term::Days(count) => days(u32::from(count), language),
    }
}

/// Name of a method of repayment: the plain word, and beside it the law's.
#[must_use]
pub const fn method(method: Method, language: Language) -> &'static str {
    match (method, language) {
        (Method::Annuity, Language::Kk) => "Тең төлемдер (аннуитеттік әдіс)",
        (Method::Annuity, Language::Ru) => "Равные платежи (аннуитетный метод)",
        (Method::Annuity, Language::En) => "Equal payments (annuity)",
        (Method::Differentiated, Language::Kk) => "Азаятын төлемдер (сараланған әдіс)",
        (Method::Differentiated, Language::Ru) => "Убывающие платежи (дифференцированный метод)",
        (Method::Differentiated, Language::En) => "Falling payments (differentiated)",
        (Method::Single, Language::Kk) => "Мерзім соңында бір төлем",
        (Method::Single, Language::Ru) => "Один платёж в конце срока",
        (Method::Single, Language::En) => "One payment at the end",
        (Method::Own, Language::Kk) => "Біздің өз әдісіміз",
        (Method::Own, Language::Ru) => "Наш собственный метод",
        (Method::Own, Language::En) => "Our own method",
    }
}

/// A telephone number that no line breaks in two.
#[must_use]
pub fn kept_together(number: &str) -> String {
    number.replace(' ', "\u{a0}")
}

/// An IIN while it is typed: birth date apart from the rest, `900514 300002`. The result is about a person.
#[must_use]
pub fn iin(typed: &str) -> String {
    let mut text = String::with_capacity(16);
    for (place, digit) in typed.chars().enumerate() {
        if place == 6 {
            text.push('\u{2002}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart_by_spaces_that_never_break() {
        assert_eq!(money(Tiyn::from_tenge(150_000).unwrap()).0, "150\u{202f}000\u{202f}₸");
        assert_eq!(money(Tiyn::new(1_354_862).unwrap()).0, "13\u{202f}548,62\u{202f}₸");
        assert_eq!(money(Tiyn::new(5).unwrap()).0, "0,05\u{202f}₸");
        assert_eq!(money_in_full(Tiyn::from_tenge(1_500).unwrap()).0, "1\u{202f}500,00\u{202f}₸");
        assert_eq!(grouped(1_000_000), "1\u{202f}000\u{202f}000");
        assert_eq!(grouped(100), "100");
    }

    #[test]
    fn rates_have_a_comma_and_no_superfluous_zero() {
        assert_eq!(annual_rate("36.000".parse().unwrap()), "36\u{202f}%");
        assert_eq!(annual_rate("36.5".parse().unwrap()), "36,5\u{202f}%");
        assert_eq!(gesv("42.79755700".parse().unwrap()), "42,8\u{202f}%");
        assert_eq!(gesv("42.00000000".parse().unwrap()), "42,0\u{202f}%");
    }

    #[test]
    fn russian_months_take_three_forms() {
        let forms: Vec<_> =
            [1, 3, 5, 11, 12, 21, 24].map(|n| months(n, Language::Ru).replace('\u{a0}', " ")).into();
        assert_eq!(
            forms,
            ["1 месяц", "3 месяца", "5 месяцев", "11 месяцев", "12 месяцев", "21 месяц", "24 месяца"]
        );
    }

    #[test]
    fn the_clock_on_paper_is_that_of_kazakhstan() {
        assert_eq!(moment(UtcMillis(1_795_382_638_000)), "23.11.2026 02:23");
        assert_eq!(moment(UtcMillis(i64::MAX)), "");
    }

    #[test]
    fn an_iin_is_grouped_while_it_grows() {
        assert_eq!(iin("90051"), "90051");
        assert_eq!(iin("9005143"), "900514\u{2002}3");
    }
}
