//! The text of a consent: exactly what is shown, so that its hash says what was agreed to.
//!
//! The words about data, recipients, purpose and services come from the rule pack; what stands here are the names of
//! the paragraphs and how times are said.

use crate::language::Language;
use crate::rule_pack::{Consent, ConsentKind};

impl Consent {
    /// The paragraphs in the order in which they are read: purpose, data, recipients, services, period, storage.
    #[must_use]
    pub fn paragraphs(&self, language: Language) -> Vec<String> {
        let list = |items: &[String]| items.join("; ");
        let [purpose, data, recipients, services, access, validity, storage] = names(language);
        // Data are fetched from the state for a time; whatever else is agreed to holds for one.
        let period = if self.kind == ConsentKind::StateData { access } else { validity };
        let mut paragraphs = vec![
            format!("{purpose}: {}", self.purpose.get(language)),
            format!("{data}: {}.", list(self.data.get(language))),
            format!("{recipients}: {}.", list(self.recipients.get(language))),
            format!("{services}: {}.", list(self.services.get(language))),
            format!("{period}: {}.", days(self.period_days, language)),
            format!("{storage}: {}.", years(self.storage_years, language)),
        ];
        let codes: Vec<&str> =
            self.service_ids.iter().chain(&self.directory_id).map(String::as_str).collect();
        if !codes.is_empty() {
            let codes = codes.join(", ");
            paragraphs.push(match language {
                Language::Kk => {
                    format!("Мемлекеттік сервистің қызметтік кодтары, тексеруге арналған: {codes}.")
                }
                Language::Ru => format!("Служебные коды государственного сервиса, для проверки: {codes}."),
                Language::En => format!("Reference codes of the state service, for whoever checks: {codes}."),
            });
        }
        paragraphs
    }

    /// The bytes whose hash a row names: the title and the paragraphs with an empty line between them.
    #[must_use]
    pub fn document(&self, language: Language) -> String {
        let mut text = self.title.get(language).clone();
        for paragraph in self.paragraphs(language) {
            text.push_str("\n\n");
            text.push_str(&paragraph);
        }
        text
    }
}

const fn names(language: Language) -> [&'static str; 7] {
    match language {
        Language::Kk => [
            "Мақсаты",
            "Деректер",
            "Алушылар",
            "Қызметтер",
            "Қолжетімділік мерзімі",
            "Келісімнің әрекет ету мерзімі",
            "Сақтау және өңдеу мерзімі",
        ],
        Language::Ru => [
            "Цель",
            "Данные",
            "Получатели",
            "Услуги",
            "Срок доступа",
            "Срок действия согласия",
            "Срок хранения и обработки",
        ],
        Language::En => [
            "Purpose",
            "Data",
            "Recipients",
            "Services",
            "Period of access",
            "The consent holds for",
            "Time of storage and processing",
        ],
    }
}

fn days(count: u32, language: Language) -> String {
    match language {
        Language::Kk => format!("{count} күн"),
        Language::Ru => format!("{count} {}", russian(count, ["день", "дня", "дней"])),
        Language::En => format!("{count} {}", if count == 1 { "day" } else { "days" }),
    }
}

fn years(count: u8, language: Language) -> String {
    match language {
        Language::Kk => format!("міндеттемелер аяқталғаннан кейін {count} жыл"),
        Language::Ru => {
            let word = russian(u32::from(count), ["год", "года", "лет"]);
            format!("{count} {word} после окончания обязательств")
        }
        Language::En => {
            format!("{count} {} after obligations end", if count == 1 { "year" } else { "years" })
        }
    }
}

/// The form of a noun after a number.
const fn russian(count: u32, [one, few, many]: [&'static str; 3]) -> &'static str {
    match (count % 10, count % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_pack::{ConsentKind, RulePack};

    fn pack() -> RulePack {
        serde_json::from_str(include_str!("../../docs/formats/rule-pack.sample.json")).unwrap()
    }

    #[test]
    fn a_consent_says_data_recipients_services_purpose_period_and_storage_in_every_language() {
        let pack = pack();
        let consent = pack.consent(ConsentKind::StateData).unwrap();
        for language in Language::ALL {
            let text = consent.document(language);
            let lists = [&consent.data, &consent.recipients, &consent.services];
            for said in lists.iter().flat_map(|list| list.get(language)) {
                assert!(text.contains(said), "{said}");
            }
            assert!(text.contains(consent.purpose.get(language)) && text.contains("GBDFLUniversal"));
            assert!(text.contains("365 ") && text.contains(" 5 ") || text.contains("5 лет"), "{text}");
            assert!(text.contains("SENIM-DEMO-0001"));
        }
    }

    #[test]
    fn one_changed_word_is_another_text() {
        let pack = pack();
        let consent = pack.consent(ConsentKind::Processing).unwrap();
        let mut other = consent.clone();
        other.period_days += 1;
        assert_ne!(consent.document(Language::Kk), other.document(Language::Kk));
        assert_ne!(consent.document(Language::Kk), consent.document(Language::Ru));
    }

    #[test]
    fn russian_nouns_follow_their_numbers() {
        for (count, said) in [
            (1, "1 день"),
            (3, "3 дня"),
            (5, "5 дней"),
            (11, "11 дней"),
            (21, "21 день"),
            (112, "112 дней"),
            (365, "365 дней"),
        ] {
            assert_eq!(days(count, Language::Ru), said);
        }
    }
}
