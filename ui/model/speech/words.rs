//! Numbers in words, in the three languages.
//!
//! Up to 999 999 999 999 999: a sum in tiyn is less. Russian words are masculine, as before *тенге* and *процент*, with the
//! feminine thousand inside.

use senim_domain::Language;

/// Largest number that has words here; what is larger is said by its digits.
pub const LARGEST: u64 = 999_999_999_999_999;

const KK_ONES: [&str; 10] = ["нөл", "бір", "екі", "үш", "төрт", "бес", "алты", "жеті", "сегіз", "тоғыз"];
const KK_TENS: [&str; 10] =
    ["", "он", "жиырма", "отыз", "қырық", "елу", "алпыс", "жетпіс", "сексен", "тоқсан"];
const RU_ONES: [&str; 20] = [
    "ноль",
    "один",
    "два",
    "три",
    "четыре",
    "пять",
    "шесть",
    "семь",
    "восемь",
    "девять",
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
];
const RU_TENS: [&str; 10] = [
    "",
    "десять",
    "двадцать",
    "тридцать",
    "сорок",
    "пятьдесят",
    "шестьдесят",
    "семьдесят",
    "восемьдесят",
    "девяносто",
];
const RU_HUNDREDS: [&str; 10] =
    ["", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"];
const EN_ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const EN_TENS: [&str; 10] =
    ["", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// Names of thousands, millions, milliards and billions: for one, for two to four, for more.
const RU_POWERS: [[&str; 3]; 5] = [
    ["", "", ""],
    ["тысяча", "тысячи", "тысяч"],
    ["миллион", "миллиона", "миллионов"],
    ["миллиард", "миллиарда", "миллиардов"],
    ["триллион", "триллиона", "триллионов"],
];
const KK_POWERS: [&str; 5] = ["", "мың", "миллион", "миллиард", "триллион"];
const EN_POWERS: [&str; 5] = ["", "thousand", "million", "billion", "trillion"];

/// How many of something: `сто пятьдесят тысяч`.
#[must_use]
pub fn cardinal(number: u64, language: Language) -> String {
    if number > LARGEST {
        return digits(&number.to_string(), language);
    }
    let mut words: Vec<&str> = Vec::new();
    for power in (0..KK_POWERS.len()).rev() {
        let scale = 1_000_u64.pow(u32::try_from(power).unwrap_or(0));
        let group = usize::try_from(number / scale % 1_000).unwrap_or(0);
        if group > 0 {
            match language {
                Language::Kk => kazakh(group, power, &mut words),
                Language::Ru => russian(group, power, &mut words),
                Language::En => english(group, power, &mut words),
            }
        }
    }
    if words.is_empty() {
        return digit(0, language).to_owned();
    }
    words.join(" ")
}

fn word(table: &[&'static str], at: usize) -> &'static str {
    table.get(at).copied().unwrap_or_default()
}

fn kazakh(group: usize, power: usize, words: &mut Vec<&'static str>) {
    let (hundreds, tens, ones) = (group / 100, group / 10 % 10, group % 10);
    if hundreds > 1 {
        words.push(word(&KK_ONES, hundreds));
    }
    if hundreds > 0 {
        words.push("жүз");
    }
    if tens > 0 {
        words.push(word(&KK_TENS, tens));
    }
    // A single thousand has no *one* before it.
    if ones > 0 && !(power == 1 && group == 1) {
        words.push(word(&KK_ONES, ones));
    }
    if power > 0 {
        words.push(word(&KK_POWERS, power));
    }
}

fn russian(group: usize, power: usize, words: &mut Vec<&'static str>) {
    if group >= 100 {
        words.push(word(&RU_HUNDREDS, group / 100));
    }
    let below = group % 100;
    if below >= 20 {
        words.push(word(&RU_TENS, below / 10));
    }
    let ones = if below < 20 { below } else { below % 10 };
    match (ones, power) {
        (0, _) => {}
        (1, 1) => words.push("одна"),
        (2, 1) => words.push("две"),
        (ones, _) => words.push(word(&RU_ONES, ones)),
    }
    if power > 0 {
        let forms = RU_POWERS.get(power).copied().unwrap_or_default();
        words.push(form(group as u64, forms));
    }
}

fn english(group: usize, power: usize, words: &mut Vec<&'static str>) {
    if group >= 100 {
        words.push(word(&EN_ONES, group / 100));
        words.push("hundred");
    }
    let below = group % 100;
    if below >= 20 {
        words.push(word(&EN_TENS, below / 10));
    }
    let ones = if below < 20 { below } else { below % 10 };
    if ones > 0 {
        words.push(word(&EN_ONES, ones));
    }
    if power > 0 {
        words.push(word(&EN_POWERS, power));
    }
}

/// The Russian form of a noun behind a number: for one, for two to four, for others.
#[must_use]
pub const fn form(number: u64, [one, few, many]: [&'static str; 3]) -> &'static str {
    match (number % 100, number % 10) {
        (11..=14, _) => many,
        (_, 1) => one,
        (_, 2..=4) => few,
        _ => many,
    }
}

/// Which one, as the day of a month or a year: Kazakh `он төртінші`, Russian `четырнадцатое` up to 31. English has none
/// here: a day is said by its number.
#[must_use]
pub fn ordinal(number: u64, language: Language) -> String {
    match language {
        Language::Kk => kazakh_ordinal(number),
        Language::Ru => russian_ordinal(number),
        Language::En => cardinal(number, language),
    }
}

fn kazakh_ordinal(number: u64) -> String {
    let cardinal = cardinal(number, Language::Kk);
    let (before, last) = cardinal.rsplit_once(' ').unwrap_or(("", &cardinal));
    // The sign at the end of *fifty* is read as a consonant too.
    let vowels = |letter: char| "аеёиоыэюяәіөұү".contains(letter);
    let broad = last.chars().rev().find(|letter| vowels(*letter)).is_none_or(|last| "аоыұ".contains(last));
    let ending = match (last.chars().last().is_some_and(vowels), broad) {
        _ if last == "жиырма" => "сыншы",
        (true, true) => "ншы",
        (true, false) => "нші",
        (false, true) => "ыншы",
        (false, false) => "інші",
    };
    let gap = if before.is_empty() { "" } else { " " };
    format!("{before}{gap}{last}{ending}")
}

fn russian_ordinal(number: u64) -> String {
    const FIRST: [&str; 20] = [
        "нулевое",
        "первое",
        "второе",
        "третье",
        "четвёртое",
        "пятое",
        "шестое",
        "седьмое",
        "восьмое",
        "девятое",
        "десятое",
        "одиннадцатое",
        "двенадцатое",
        "тринадцатое",
        "четырнадцатое",
        "пятнадцатое",
        "шестнадцатое",
        "семнадцатое",
        "восемнадцатое",
        "девятнадцатое",
    ];
    match usize::try_from(number) {
        Ok(small @ 0..20) => word(&FIRST, small).to_owned(),
        Ok(20) => "двадцатое".to_owned(),
        Ok(30) => "тридцатое".to_owned(),
        Ok(large @ 21..=31) => format!("{} {}", word(&RU_TENS, large / 10), word(&FIRST, large % 10)),
        _ => cardinal(number, Language::Ru),
    }
}

/// One digit.
#[must_use]
pub fn digit(digit: u32, language: Language) -> &'static str {
    let at = usize::try_from(digit).unwrap_or(usize::MAX);
    match language {
        Language::Kk => word(&KK_ONES, at),
        Language::Ru => word(&RU_ONES, at),
        Language::En => word(&EN_ONES, at),
    }
}

/// Digit by digit, as one reads a telephone number; whatever is no digit is left out.
#[must_use]
pub fn digits(number: &str, language: Language) -> String {
    let words: Vec<&str> =
        number.chars().filter_map(|sign| Some(digit(sign.to_digit(10)?, language))).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_said_as_people_say_them() {
        let cases = [
            (0, "нөл", "ноль", "zero"),
            (1, "бір", "один", "one"),
            (12, "он екі", "двенадцать", "twelve"),
            (40, "қырық", "сорок", "forty"),
            (100, "жүз", "сто", "one hundred"),
            (345, "үш жүз қырық бес", "триста сорок пять", "three hundred forty five"),
            (1_000, "мың", "одна тысяча", "one thousand"),
            (2_014, "екі мың он төрт", "две тысячи четырнадцать", "two thousand fourteen"),
            (21_000, "жиырма бір мың", "двадцать одна тысяча", "twenty one thousand"),
            (111_000, "жүз он бір мың", "сто одиннадцать тысяч", "one hundred eleven thousand"),
            (150_000, "жүз елу мың", "сто пятьдесят тысяч", "one hundred fifty thousand"),
            (1_000_001, "бір миллион бір", "один миллион один", "one million one"),
            (
                2_003_000_000,
                "екі миллиард үш миллион",
                "два миллиарда три миллиона",
                "two billion three million",
            ),
        ];
        for (number, kk, ru, en) in cases {
            assert_eq!(cardinal(number, Language::Kk), kk);
            assert_eq!(cardinal(number, Language::Ru), ru);
            assert_eq!(cardinal(number, Language::En), en);
        }
    }

    #[test]
    fn every_number_has_words_without_gaps_and_no_two_the_same() {
        for language in Language::ALL {
            let words: Vec<String> = (0..20_000).map(|number| cardinal(number, language)).collect();
            assert!(words.iter().all(|said| !said.contains("  ") && said.trim() == said && !said.is_empty()));
            let different: std::collections::BTreeSet<&String> = words.iter().collect();
            assert_eq!(different.len(), words.len());
        }
        assert_eq!(cardinal(u64::MAX, Language::En).split(' ').count(), 20, "by its digits");
        assert!(cardinal(LARGEST, Language::Ru).starts_with("девятьсот девяносто девять триллионов"));
    }

    #[test]
    fn days_and_years_have_their_endings() {
        for (number, kk) in [
            (1, "бірінші"),
            (2, "екінші"),
            (3, "үшінші"),
            (6, "алтыншы"),
            (9, "тоғызыншы"),
            (10, "оныншы"),
            (14, "он төртінші"),
            (20, "жиырмасыншы"),
            (30, "отызыншы"),
            (50, "елуінші"),
            (31, "отыз бірінші"),
            (2026, "екі мың жиырма алтыншы"),
            (2030, "екі мың отызыншы"),
        ] {
            assert_eq!(ordinal(number, Language::Kk), kk);
        }
        for (number, ru) in
            [(3, "третье"), (20, "двадцатое"), (28, "двадцать восьмое"), (31, "тридцать первое")]
        {
            assert_eq!(ordinal(number, Language::Ru), ru);
        }
    }

    #[test]
    fn nouns_behind_numbers_have_their_russian_forms() {
        let percent = ["процент", "процента", "процентов"];
        for (number, said) in [(1, 0), (2, 1), (5, 2), (11, 2), (14, 2), (21, 0), (24, 1), (112, 2), (101, 0)]
        {
            assert_eq!(form(number, percent), percent[said], "{number}");
        }
    }
}
