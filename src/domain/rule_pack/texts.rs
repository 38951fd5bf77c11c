//! Who lends, and what is said to people.

use serde::{Deserialize, Serialize};

use super::{ByLanguage, RulePackError, filled, need, paragraphs_filled};
use crate::language::Language;

/// Who lends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mfo {
    /// Name.
    pub name: ByLanguage<String>,
    /// Licence: number and date.
    pub licence: ByLanguage<String>,
    /// Address.
    pub address: ByLanguage<String>,
    /// Head: name and office.
    pub head: ByLanguage<String>,
    /// Telephones as they are dialled.
    pub phones: Vec<String>,
    /// E-mail address.
    pub email: String,
    /// Where the microfinance ombudsman is found, for the contract (B4.4).
    pub ombudsman: ByLanguage<String>,
}

/// What is said at the terminal, in paragraphs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// What one needs before anything is asked: document, phone, signature, minutes.
    pub what_you_need: ByLanguage<Vec<String>>,
    /// The MFO's rules for providing microcredits.
    pub rules: ByLanguage<Vec<String>>,
    /// Payments and transfers connected with receiving, servicing and repaying.
    pub payments: ByLanguage<Vec<String>>,
    /// Rights and duties that come with a microcredit.
    pub rights: ByLanguage<Vec<String>>,
    /// How to stay safe from fraud and prying eyes.
    pub hygiene: ByLanguage<Vec<String>>,
    /// What is asked before signing: is somebody telling you to do this?
    pub scam_question: ByLanguage<Vec<String>>,
    /// How a voluntary refusal is set and lifted.
    pub voluntary_refusal: ByLanguage<Vec<String>>,
    /// What a new client signs at registration.
    pub registration_statement: ByLanguage<Vec<String>>,
    /// How a consent is revoked and when it may be refused.
    pub revocation: ByLanguage<Vec<String>>,
    /// Ways of repayment.
    pub repayment: ByLanguage<Vec<String>>,
    /// What somebody does whose data have leaked.
    pub data_leak: ByLanguage<Vec<String>>,
    /// What somebody does whose account was entered without leave, where no data are known to have spread.
    pub unauthorised_access: ByLanguage<Vec<String>>,
}

/// Names a text, as rows and acknowledgements do. Its version is that of the rule pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextId {
    /// [`Texts::what_you_need`].
    WhatYouNeed,
    /// [`Texts::rules`].
    Rules,
    /// [`Texts::payments`].
    Payments,
    /// [`Texts::rights`].
    Rights,
    /// [`Texts::hygiene`].
    Hygiene,
    /// [`Texts::scam_question`].
    ScamQuestion,
    /// [`Texts::voluntary_refusal`].
    VoluntaryRefusal,
    /// [`Texts::registration_statement`].
    RegistrationStatement,
    /// [`Texts::revocation`].
    Revocation,
    /// [`Texts::repayment`].
    Repayment,
    /// [`Texts::data_leak`].
    DataLeak,
    /// [`Texts::unauthorised_access`].
    UnauthorisedAccess,
}

impl TextId {
    /// Every text.
    pub const ALL: [Self; 12] = [
        Self::WhatYouNeed,
        Self::Rules,
        Self::Payments,
        Self::Rights,
        Self::Hygiene,
        Self::ScamQuestion,
        Self::VoluntaryRefusal,
        Self::RegistrationStatement,
        Self::Revocation,
        Self::Repayment,
        Self::DataLeak,
        Self::UnauthorisedAccess,
    ];

    /// As it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WhatYouNeed => "what_you_need",
            Self::Rules => "rules",
            Self::Payments => "payments",
            Self::Rights => "rights",
            Self::Hygiene => "hygiene",
            Self::ScamQuestion => "scam_question",
            Self::VoluntaryRefusal => "voluntary_refusal",
            Self::RegistrationStatement => "registration_statement",
            Self::Revocation => "revocation",
            Self::Repayment => "repayment",
            Self::DataLeak => "data_leak",
            Self::UnauthorisedAccess => "unauthorised_access",
        }
    }
}

impl Texts {
    /// The paragraphs of a text in each language.
    #[must_use]
    pub const fn get(&self, text: TextId) -> &ByLanguage<Vec<String>> {
        match text {
            TextId::WhatYouNeed => &self.what_you_need,
            TextId::Rules => &self.rules,
            TextId::Payments => &self.payments,
            TextId::Rights => &self.rights,
            TextId::Hygiene => &self.hygiene,
            TextId::ScamQuestion => &self.scam_question,
            TextId::VoluntaryRefusal => &self.voluntary_refusal,
            TextId::RegistrationStatement => &self.registration_statement,
            TextId::Revocation => &self.revocation,
            TextId::Repayment => &self.repayment,
            TextId::DataLeak => &self.data_leak,
            TextId::UnauthorisedAccess => &self.unauthorised_access,
        }
    }

    /// The bytes whose hash an acknowledgement names: paragraphs with an empty line between them.
    #[must_use]
    pub fn document(&self, text: TextId, language: Language) -> String {
        self.get(text).get(language).join("\n\n")
    }

    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        TextId::ALL.iter().try_for_each(|text| {
            let why = "has paragraphs in every language and no empty one";
            need(paragraphs_filled(self.get(*text)), &format!("texts.{}", text.as_str()), why)
        })
    }
}

impl Mfo {
    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        for (field, text) in [
            ("mfo.name", &self.name),
            ("mfo.licence", &self.licence),
            ("mfo.address", &self.address),
            ("mfo.head", &self.head),
        ] {
            need(filled(text), field, "is not empty in any language")?;
        }
        need(!self.phones.is_empty(), "mfo.phones", "has at least one number")?;
        need(self.email.contains('@'), "mfo.email", "is an e-mail address")
    }
}
