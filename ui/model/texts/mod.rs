//! What is said on screens made of forms, a table for each part of the dialogue.
//!
//! A [`Phrase`] has all three languages or does not compile. The screens of their own (`ui/screens`) keep their texts in
//! gettext catalogues.

pub mod access;
pub mod cabinet;
pub mod card;
pub mod chip;
pub mod device_test;
pub mod enrolment;
pub mod exchange;
pub mod export;
pub mod leak;
pub mod living;
pub mod menu;
pub mod path;
pub mod payout;
pub mod portrait;
pub mod preparation;
pub mod purpose;
pub mod register;
pub mod remainder;
pub mod repayment;
pub mod service;
pub mod settlement;
pub mod sign;
pub mod speech;
pub mod supplement;
pub mod touch;
pub mod waiting;

use senim_domain::Language;

/// A text in each language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// Kazakh.
    pub kk: &'static str,
    /// Russian.
    pub ru: &'static str,
    /// English.
    pub en: &'static str,
}

impl Phrase {
    /// A text.
    #[must_use]
    pub const fn new(kk: &'static str, ru: &'static str, en: &'static str) -> Self {
        Self { kk, ru, en }
    }

    /// The one in `language`.
    #[must_use]
    pub const fn get(self, language: Language) -> &'static str {
        match language {
            Language::Kk => self.kk,
            Language::Ru => self.ru,
            Language::En => self.en,
        }
    }

    /// The one in `language` with `value` in the place of `{}`.
    #[must_use]
    pub fn with(self, language: Language, value: &str) -> String {
        self.get(language).replace("{}", value)
    }
}
