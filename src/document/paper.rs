//! The text of a document as data.

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use senim_domain::Language;
use senim_domain::loan::Schedule;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Contract of a microcredit.
    Contract,
    /// Change of a contract (R-060, restructuring).
    Supplement,
    /// Statement of registration.
    RegistrationStatement,
    /// Request to change the phone or the account.
    ChangeRequest,
    /// Confirmation of documents sent and received.
    Confirmation,
}

/// A document. Wiped when dropped; it names its client.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// What it is.
    #[zeroize(skip)]
    pub kind: Kind,
    /// Number for people.
    pub number: String,
    /// Day of the document, ISO 8601.
    pub date: String,
    /// What it says, language after language, Kazakh first.
    pub sections: Vec<Section>,
    /// What is paid when, as figures; with a contract, a supplement and nothing else.
    #[zeroize(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
}

/// What a borrower owes, for the terminal to compare with its own arithmetic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// The instalments.
    pub schedule: Schedule,
    /// Annual effective rate in 1e-8 percent, unrounded.
    pub gesv_e8: u64,
}

/// A document in one language.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Which.
    #[zeroize(skip)]
    pub language: Language,
    /// Its title.
    pub title: String,
    /// Key terms, on the first page.
    pub terms: Vec<Term>,
    /// Paragraphs.
    pub paragraphs: Vec<String>,
    /// Schedule of payments, where there is one.
    pub table: Option<Table>,
}

/// A key term.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// What it is.
    pub label: String,
    /// What it is here.
    pub value: String,
    /// Printed larger than the rest: nominal and effective rate, in the same size.
    pub strong: bool,
}

/// Rows of figures.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its title.
    pub title: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows; each has as many cells as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// Only what it is: the rest names a person.
impl std::fmt::Debug for Paper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Paper({:?}, {} sections)", self.kind, self.sections.len())
    }
}

impl Paper {
    /// The text in `language`, else in the first language that there is.
    #[must_use]
    pub fn section(&self, language: Language) -> Option<&Section> {
        self.sections.iter().find(|section| section.language == language).or_else(|| self.sections.first())
    }
}
