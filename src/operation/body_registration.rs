//! Rows of a registration: who registers, what the state is asked, what the person confirms.

use senim_domain::identity_document::ChipVerdict;
use senim_domain::rule_pack::{AccessMethod, ClientType};
use senim_domain::{Language, MessageId, RegistrationId};
use serde::{Deserialize, Serialize};

/// Somebody who is not a client yet asks to become one. Sealed:
/// [`crate::attachment::RegistrationEntry`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationRequested {
    /// Its identity, born here.
    pub registration: RegistrationId,
    /// As whom.
    pub client_type: ClientType,
    /// Language in which everything is read.
    pub language: Language,
    /// How the chip of the identity document was judged, where the data come from it; null: they were typed.
    #[serde(default)]
    pub chip: Option<ChipVerdict>,
}

/// The state service is to ask the person for access to their data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessRequested {
    /// The registration.
    pub registration: RegistrationId,
    /// How the person answers.
    pub method: AccessMethod,
    /// Entry of the directory that was consented to.
    pub directory_id: String,
}

/// The code of the state service was typed. Sealed: [`crate::attachment::LoginCode`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessCodeSubmitted {
    /// The registration.
    pub registration: RegistrationId,
}

/// The terminal asks whether the person has answered the SMS of 1414.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessAnswerAsked {
    /// The registration.
    pub registration: RegistrationId,
}

/// The person saw what the state knows of them and said whether this is they.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentificationSubmitted {
    /// The registration.
    pub registration: RegistrationId,
    /// SHA-256 of the message that carried the data, base64url: its content is with the MFO.
    pub data_sha256: String,
    /// "This is me."
    pub confirmed: bool,
}

/// A mobile number was typed. Sealed: [`crate::attachment::PhoneEntry`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneSubmitted {
    /// The registration.
    pub registration: RegistrationId,
}

/// A one-time code of the registration was typed. Sealed: [`crate::attachment::LoginCode`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationCodeSubmitted {
    /// The registration.
    pub registration: RegistrationId,
    /// The message that announced the code.
    pub code: MessageId,
}

/// Everything is given: the person asks to be registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationConcluded {
    /// The registration.
    pub registration: RegistrationId,
}
