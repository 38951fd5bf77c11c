//! Who acts on behalf of the MFO and why: goes with everything that a person decides, and into the trail of acts.
//!
//! Decides who counts as somebody with a reason, not who may do what. How acts are kept is decided in [`crate::trail`].

use senim_domain::UtcMillis;
use serde::{Deserialize, Serialize};

use crate::error::Refusal;

/// Longest name of a member of staff.
const MAX_PERSON: usize = 64;
/// Longest reason.
const MAX_REASON: usize = 500;

/// A member of staff who acts, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    person: String,
    reason: String,
}

impl Actor {
    /// Somebody with a reason: 1–64 and 1–500 characters, without control characters.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`].
    pub fn new(person: &str, reason: &str) -> Result<Self, Refusal> {
        let fits = |text: &str, most: usize| {
            (1..=most).contains(&text.trim().chars().count()) && !text.chars().any(char::is_control)
        };
        if !fits(person, MAX_PERSON) {
            return Err(Refusal::BadDirective("say who acts, in 1 to 64 characters".into()));
        }
        if !fits(reason, MAX_REASON) {
            return Err(Refusal::BadDirective("say why, in 1 to 500 characters".into()));
        }
        Ok(Self { person: person.trim().to_owned(), reason: reason.trim().to_owned() })
    }

    /// Who.
    #[must_use]
    pub fn person(&self) -> &str {
        &self.person
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// One act of a member of staff, as the trail keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActRecord {
    /// When.
    pub at: UtcMillis,
    /// Who and why.
    #[serde(flatten)]
    pub actor: Actor,
    /// What was done, a code.
    pub act: String,
    /// To whom or what: a terminal, a loan, an attachment; never personal data.
    pub subject: String,
}
