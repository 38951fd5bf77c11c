//! What is done before an operation of a client whose personal data spread illegally.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{ByLanguage, RulePackError, is_name, need, paragraphs_filled};
use crate::language::Language;

/// How long the check call is waited for where a pack does not say, seconds.
const CALL_SECONDS: u32 = 300;

/// Rules for clients whose data leaked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeakRules {
    /// How long the check call is waited for at the terminal, 30 to 3600 seconds.
    pub call_seconds: u32,
    /// Further steps, in order, each read to its end and acknowledged before the call.
    pub further: Vec<FurtherStep>,
}

impl Default for LeakRules {
    fn default() -> Self {
        Self { call_seconds: CALL_SECONDS, further: Vec::new() }
    }
}

/// A step of the MFO's own beside those of the Rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FurtherStep {
    /// Stable name, `a-z 0-9 -`, 1 to 32 characters.
    pub id: String,
    /// Its heading.
    pub title: ByLanguage<String>,
    /// What the client reads and acknowledges.
    pub text: ByLanguage<Vec<String>>,
}

impl FurtherStep {
    /// The bytes whose hash an acknowledgement names: heading and paragraphs with an empty line between them.
    #[must_use]
    pub fn document(&self, language: Language) -> String {
        let heading = std::iter::once(self.title.get(language).as_str());
        let paragraphs = self.text.get(language).iter().map(String::as_str);
        heading.chain(paragraphs).collect::<Vec<_>>().join("\n\n")
    }
}

impl LeakRules {
    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        need((30..=3600).contains(&self.call_seconds), "leak.call_seconds", "is 30 to 3600")?;
        let ids: BTreeSet<&str> = self.further.iter().map(|step| step.id.as_str()).collect();
        need(ids.len() == self.further.len(), "leak.further", "has each id once")?;
        self.further.iter().try_for_each(|step| {
            let why = "has a name of a-z 0-9 -, a heading and paragraphs in every language";
            let filled = super::filled(&step.title) && paragraphs_filled(&step.text);
            need(is_name(&step.id) && filled, "leak.further", why)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(id: &str, text: &str) -> FurtherStep {
        let title = || "Пароль".to_owned();
        let text = || vec![text.to_owned()];
        FurtherStep {
            id: id.to_owned(),
            title: ByLanguage { kk: title(), ru: title(), en: title() },
            text: ByLanguage { kk: text(), ru: text(), en: text() },
        }
    }

    #[test]
    fn further_steps_have_names_of_their_own_and_say_something() {
        let rules = |further| LeakRules { further, ..LeakRules::default() };
        assert_eq!(rules(vec![step("password", "a"), step("bank", "b")]).validate(), Ok(()));
        assert!(rules(vec![step("password", "a"), step("password", "b")]).validate().is_err());
        assert!(rules(vec![step("password", " ")]).validate().is_err());
        assert!(rules(vec![step("Pass word", "a")]).validate().is_err());
        assert!(LeakRules { call_seconds: 29, further: Vec::new() }.validate().is_err());
    }

    #[test]
    fn an_acknowledgement_names_heading_and_paragraphs() {
        assert_eq!(step("password", "a").document(Language::Ru), "Пароль\n\na");
    }
}
