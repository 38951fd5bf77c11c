//! How contracts are changed (R-060, B2.4): the supplement's paragraphs, and how soon the MFO answers who asks for other terms.

use serde::{Deserialize, Serialize};

use super::{ByLanguage, RulePackError, need, paragraphs_filled};
use crate::Language;
use crate::contract_text::validate_supplement;

/// Rules for changes of contracts. A pack without them offers neither supplements nor requests for other terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeRules {
    /// Calendar days within which a request for other terms is answered in writing, 1 to 90 (Law on Microfinance, art. 9-2).
    pub answer_days: u16,
    /// Paragraphs of a supplement with `{placeholders}` of [`crate::contract_text::SUPPLEMENT_PLACEHOLDERS`].
    pub supplement: ByLanguage<Vec<String>>,
}

impl ChangeRules {
    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        need((1..=90).contains(&self.answer_days), "changes.answer_days", "is 1 to 90")?;
        let filled = paragraphs_filled(&self.supplement);
        need(filled, "changes.supplement", "has paragraphs in every language and no empty one")?;
        let text = |language| self.supplement.get(language);
        Language::ALL.iter().try_for_each(|language| validate_supplement(*language, text(*language)))
    }
}
