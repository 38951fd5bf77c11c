//! How amounts, dates and rates are written in each language.

pub(super) use senim_domain::written::date;
use senim_domain::{Language, Tiyn, written};

/// Tenge in groups of three with no-break spaces; tiyn only where there are some.
pub(super) fn amount(value: Tiyn, language: Language) -> String {
    format!("{}\u{a0}₸", written::amount(value, '\u{a0}', separator(language)))
}

pub(super) fn decimal(plain: &str, language: Language) -> String {
    plain.replace('.', &separator(language).to_string())
}

const fn separator(language: Language) -> char {
    match language {
        Language::Kk | Language::Ru => ',',
        Language::En => '.',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_show_tiyn_only_where_there_are_some() {
        let written = |tiyn, language| amount(Tiyn::new(tiyn).unwrap(), language);
        assert_eq!(written(30_000_000, Language::Ru), "300\u{a0}000\u{a0}₸");
        assert_eq!(written(3_013_863, Language::Kk), "30\u{a0}138,63\u{a0}₸");
        assert_eq!(written(12_345_678_905, Language::En), "123\u{a0}456\u{a0}789.05\u{a0}₸");
        assert_eq!(written(5, Language::En), "0.05\u{a0}₸");
    }
}
