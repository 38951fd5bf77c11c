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

/// A nominal rate in hundredths of a percent, as the MFO's services name it.
#[must_use]
pub fn annual_rate_hundredths(hundredths: u32) -> String {
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    percent(text.trim_end_matches('0').trim_end_matches('.'))
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

/// Beginnings of the words that a number is not parted from.
const UNITS: [&str; 20] = [
    "₸",
    "%",
    "теңге",
    "тенге",
    "tenge",
    "секунд",
    "second",
    "минут",
    "minute",
    "сағат",
    "час",
    "hour",
    "күн",
    "дн",
    "ден",
    "day",
    "ай",
    "месяц",
    "month",
    "жас",
];

/// A text in which no line breaks within a number: groups of digits, as those of a telephone, a contract or an account, stay
/// together, and with what they count. The space is the narrow one: the layout breaks a line at U+00A0 where that is the first
/// sign that has no room.
#[must_use]
pub fn unbroken(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut before = "";
    for (place, word) in text.split(' ').enumerate() {
        if place > 0 {
            whole.push(if belong_together(before, word) { '\u{202f}' } else { ' ' });
        }
        whole.extend(word.chars().map(|sign| if sign == '\u{a0}' { '\u{202f}' } else { sign }));
        before = word;
    }
    whole
}

fn belong_together(before: &str, word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '»']);
    let counts = |word: &str| word.chars().all(|sign| sign.is_ascii_digit());
    let last = before.chars().next_back();
    (is_group(before) && is_group(word))
        || (last.is_some_and(|sign| sign.is_ascii_digit()) && UNITS.iter().any(|unit| word.starts_with(unit)))
        || (matches!(last, Some('№' | ':')) && counts(word) && !word.is_empty())
}

/// Digits, or what stands for them, and nothing that ends a sentence.
fn is_group(word: &str) -> bool {
    let word = word.trim_start_matches(['(', '«']);
    let digit = |sign: char| sign.is_ascii_digit() || matches!(sign, '*' | '•');
    let part = |sign: char| {
        digit(sign) || sign.is_ascii_uppercase() || matches!(sign, '+' | '.' | ',' | ':' | '/' | '\u{202f}')
    };
    word.chars().any(digit)
        && word.chars().all(part)
        && word.chars().next_back().is_some_and(|sign| digit(sign) || sign.is_ascii_uppercase())
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
    fn no_line_breaks_within_a_number_or_between_it_and_what_it_counts() {
        let shown = |text: &str| unbroken(text).replace('\u{202f}', "_");
        for (text, whole) in [
            ("+7 727 000 00 00, +7 701 000 00 00", "+7_727_000_00_00, +7_701_000_00_00"),
            ("call +7 7** *** ** 67 now", "call +7_7**_***_**_67 now"),
            ("№ 12345 67890 12343 шарт", "№_12345_67890_12343 шарт"),
            ("на счёт KZ86 125K ZT50 0410 0100.", "на счёт KZ86_125K_ZT50_0410_0100."),
            ("150 000 теңгені шотыма", "150_000_теңгені шотыма"),
            ("до 26.11.2026 18:40", "до 26.11.2026_18:40"),
            ("Осталось попыток: 2.", "Осталось попыток:_2."),
            ("через 24 часа", "через 24_часа"),
            ("12\u{a0}месяцев", "12_месяцев"),
            ("1. Откройте. 2. Наведите", "1. Откройте. 2. Наведите"),
            ("500, 1000 и 2000", "500, 1000 и 2000"),
            ("Код: SMS", "Код: SMS"),
            ("", ""),
        ] {
            assert_eq!(shown(text), whole);
        }
    }

    #[test]
    fn an_iin_is_grouped_while_it_grows() {
        assert_eq!(iin("90051"), "90051");
        assert_eq!(iin("9005143"), "900514\u{2002}3");
    }
}
