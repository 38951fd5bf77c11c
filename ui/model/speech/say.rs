//! What is written, as it is said: sums, percents, dates and numbers in words, numbers of papers digit by digit.
//!
//! A voice's own dictionary reads numbers well in some languages and not at all in Kazakh, so none is left to it.

use senim_domain::{Language, Secret};

use super::words::{cardinal, digits, form, ordinal};
use crate::format::THIN;
use crate::texts::Phrase;

/// More digits than this without a space between thousands are the number of something, not a quantity.
const QUANTITY: usize = 4;

const TENGE: Phrase = Phrase::new("теңге", "тенге", "tenge");
const COMMA: Phrase = Phrase::new("үтір", "запятая", "point");
const PLUS: Phrase = Phrase::new("плюс", "плюс", "plus");
const NUMBER: Phrase = Phrase::new("нөмірі", "номер", "number");
const TIMES: Phrase = Phrase::new("рет", "по", "times");
const MONTHS: [Phrase; 12] = [
    Phrase::new("қаңтар", "января", "January"),
    Phrase::new("ақпан", "февраля", "February"),
    Phrase::new("наурыз", "марта", "March"),
    Phrase::new("сәуір", "апреля", "April"),
    Phrase::new("мамыр", "мая", "May"),
    Phrase::new("маусым", "июня", "June"),
    Phrase::new("шілде", "июля", "July"),
    Phrase::new("тамыз", "августа", "August"),
    Phrase::new("қыркүйек", "сентября", "September"),
    Phrase::new("қазан", "октября", "October"),
    Phrase::new("қараша", "ноября", "November"),
    Phrase::new("желтоқсан", "декабря", "December"),
];

/// A text as it is said. What is no number stays as it is.
#[must_use]
pub fn aloud(text: &str, language: Language) -> Secret {
    let mut said = Spoken { text: Secret::default(), language };
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let after = rest.get(sign.len_utf8()..).unwrap_or_default();
        let taken = if sign.is_ascii_digit() { said.number(rest) } else { None };
        if let Some(behind) = taken {
            rest = behind;
            continue;
        }
        match sign {
            '₸' => said.word(TENGE.get(language)),
            '№' => said.word(NUMBER.get(language)),
            '×' => said.word(TIMES.get(language)),
            '+' if after.starts_with(|next: char| next.is_ascii_digit()) => said.word(PLUS.get(language)),
            '•' | '·' | '*' | '␣' | '|' | '_' => said.word(""),
            THIN | '\u{a0}' | '\u{2009}' => said.put(' '),
            other => said.put(other),
        }
        rest = after;
    }
    said.text
}

struct Spoken {
    text: Secret,
    language: Language,
}

impl Spoken {
    fn put(&mut self, sign: char) {
        let space = sign == ' ';
        if !(space && self.text.expose().chars().last().is_none_or(char::is_whitespace)) {
            self.text.push(sign);
        }
    }

    fn word(&mut self, word: &str) {
        if !self.text.expose().ends_with(['(', '«', '„', '"']) {
            self.put(' ');
        }
        word.chars().for_each(|letter| self.put(letter));
        if word.is_empty() {
            self.put(' ');
        }
    }

    /// Says the number that a text begins with, and gives what is behind it.
    fn number<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let language = self.language;
        if let Some((day, month, year, behind)) = date(text) {
            let month = MONTHS.get(month.checked_sub(1)?)?.get(language);
            self.word(&match language {
                Language::Kk => {
                    format!("{} жылғы {} {month}", ordinal(year, language), ordinal(day, language))
                }
                Language::Ru => format!("{} {month} {} года", ordinal(day, language), year_of(year)),
                Language::En => format!("{} {month} {}", cardinal(day, language), cardinal(year, language)),
            });
            return Some(behind);
        }
        let (whole, behind) = figures(text);
        let is_number_of_something = whole.len() > 1 && whole.starts_with('0')
            || text.starts_with(&*whole) && whole.len() > QUANTITY
            || behind.starts_with(|sign: char| sign.is_alphabetic())
            || self.text.expose().ends_with(|sign: char| sign.is_alphanumeric() || sign == '-');
        let value = whole.parse::<u64>().ok().filter(|_| !is_number_of_something);
        let Some(value) = value else {
            self.word(&digits(&whole, language));
            return Some(self.apart(behind));
        };
        self.word(&cardinal(value, language));
        let (decimals, behind) = decimals(behind);
        if let Some(decimals) = decimals {
            self.word(COMMA.get(language));
            self.word(&digits(decimals, language));
        }
        let unit = behind.trim_start_matches([THIN, ' ', '\u{a0}']);
        Some(match unit.strip_prefix('%') {
            Some(behind) => {
                self.word(match (language, decimals) {
                    (Language::Kk, _) => "пайыз",
                    (Language::Ru, None) => form(value, ["процент", "процента", "процентов"]),
                    (Language::Ru, Some(_)) => "процента",
                    (Language::En, _) => "percent",
                });
                self.apart(behind)
            }
            None => self.apart(behind),
        })
    }

    /// A letter right behind a number is another word.
    fn apart<'a>(&mut self, behind: &'a str) -> &'a str {
        if behind.starts_with(char::is_alphanumeric) {
            self.put(' ');
        }
        behind
    }
}

/// A year as it stands behind a Russian day: `две тысячи двадцать шестого`.
fn year_of(year: u64) -> String {
    const ENDINGS: [(&str, &str); 3] = [("ье", "ьего"), ("ое", "ого"), ("", "")];
    let (head, last) = match year % 100 {
        tail @ 1..=31 => (year - tail, ordinal(tail, Language::Ru)),
        _ => return cardinal(year, Language::Ru),
    };
    let (from, to) = ENDINGS.into_iter().find(|(from, _)| last.ends_with(from)).unwrap_or_default();
    let last = last.strip_suffix(from).unwrap_or(&last).to_owned() + to;
    if head == 0 { last } else { format!("{} {last}", cardinal(head, Language::Ru)) }
}

/// `15.02.2026` and what is behind it.
fn date(text: &str) -> Option<(u64, usize, u64, &str)> {
    let date = text.get(..10)?;
    let mut parts = date.split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let fits = day.len() == 2 && month.len() == 2 && year.len() == 4 && parts.next().is_none();
    let behind = text.get(10..)?;
    let ends = !behind.starts_with(|sign: char| sign.is_ascii_digit());
    let number = |text: &str| text.parse::<u64>().ok();
    let (day, month, year) = (number(day)?, month.parse::<usize>().ok()?, number(year)?);
    ((fits && ends) && (1..=31).contains(&day) && (1..=12).contains(&month))
        .then_some((day, month, year, behind))
}

/// The digits that a text begins with, thousands put together, and what is behind them.
fn figures(text: &str) -> (String, &str) {
    let count = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let first = count(text);
    let mut whole = text.get(..first).unwrap_or_default().to_owned();
    let mut behind = text.get(first..).unwrap_or_default();
    let thousands = |text: &str| first <= 3 && count(text) == 3;
    while let Some(group) = behind.strip_prefix([THIN, '\u{a0}', '\u{2009}']).filter(|text| thousands(text)) {
        whole.push_str(group.get(..3).unwrap_or_default());
        behind = group.get(3..).unwrap_or_default();
    }
    (whole, behind)
}

/// Decimals behind a comma, and what is behind them.
fn decimals(text: &str) -> (Option<&str>, &str) {
    let Some(behind) = text.strip_prefix(',') else { return (None, text) };
    let count = behind.bytes().take_while(u8::is_ascii_digit).count();
    match (behind.get(..count), behind.get(count..)) {
        (Some(decimals), Some(rest)) if count > 0 => (Some(decimals), rest),
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format;
    use senim_domain::Tiyn;

    fn said(text: &str) -> [String; 3] {
        Language::ALL.map(|language| aloud(text, language).expose().to_owned())
    }

    #[test]
    fn sums_are_said_in_words_with_their_currency() {
        let sum = format::money(Tiyn::from_tenge(150_000).unwrap()).0;
        assert_eq!(
            said(&sum),
            ["жүз елу мың теңге", "сто пятьдесят тысяч тенге", "one hundred fifty thousand tenge"]
        );
        let [kk, ru, en] = said("13\u{202f}548,62\u{202f}₸ төлеңіз");
        assert_eq!(kk, "он үш мың бес жүз қырық сегіз үтір алты екі теңге төлеңіз");
        assert!(ru.starts_with("тринадцать тысяч пятьсот сорок восемь запятая шесть два тенге"));
        assert!(en.contains("point six two tenge"));
        assert_eq!(said("10 × 5\u{202f}000\u{202f}₸")[1], "десять по пять тысяч тенге");
    }

    #[test]
    fn percents_have_their_forms() {
        assert_eq!(
            said("36\u{202f}%"),
            ["отыз алты пайыз", "тридцать шесть процентов", "thirty six percent"]
        );
        assert_eq!(said("1 %")[1], "один процент");
        assert_eq!(said("42,8\u{202f}%.")[1], "сорок два запятая восемь процента.");
    }

    #[test]
    fn dates_are_said_as_dates() {
        assert_eq!(
            said("15.02.2026"),
            [
                "екі мың жиырма алтыншы жылғы он бесінші ақпан",
                "пятнадцатое февраля две тысячи двадцать шестого года",
                "fifteen February two thousand twenty six",
            ]
        );
        assert_eq!(said("03.01.2023,")[1], "третье января две тысячи двадцать третьего года,");
        assert_eq!(said("15.13.2026")[2], "fifteen. thirteen. two thousand twenty six", "no such month");
    }

    #[test]
    fn numbers_of_papers_and_telephones_are_said_digit_by_digit() {
        assert_eq!(
            said("+7 701 123 45 67")[2],
            "plus seven seven hundred one one hundred twenty three forty five sixty seven"
        );
        assert_eq!(said("900514 300002")[2], "nine zero zero five one four three zero zero zero zero two");
        assert_eq!(said("№ 12345 67890")[1], "номер один два три четыре пять шесть семь восемь девять ноль");
        assert_eq!(said("007")[2], "zero zero seven");
        assert_eq!(said("A17")[2], "A one seven");
    }

    #[test]
    fn what_is_no_number_stays_and_signs_that_nobody_says_go() {
        assert_eq!(said("Сәлем, Айгүл!")[0], "Сәлем, Айгүл!");
        assert_eq!(said("Hello • there")[2], "Hello there");
        assert_eq!(said("+7 *** 00 01")[2], "plus seven zero zero zero one");
        assert_eq!(said("")[0], "");
    }

    #[test]
    fn whatever_is_written_nothing_is_lost_of_its_letters_and_no_digit_is_left() {
        proptest::proptest!(|(text in "[0-9a-zа-яәі₸%.,: \u{202f}]{0,40}")| {
            for language in Language::ALL {
                let said = aloud(&text, language);
                let left = said.expose().chars().any(|sign| sign.is_ascii_digit());
                proptest::prop_assert!(!left, "{}", said.expose());
            }
        });
    }
}
