//! Rows of access to the personal cabinet: logging in, the PIN, another phone or account.

use senim_domain::{ChangeId, ClientId, MessageId};
use serde::{Deserialize, Serialize};

/// Somebody names who they are. Sealed: [`crate::attachment::LoginRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRequested {}

/// The one-time code was typed. Sealed: [`crate::attachment::LoginCode`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginCodeSubmitted {
    /// The login it belongs to.
    pub login: MessageId,
}

/// A PIN of the cabinet was chosen. Sealed: [`crate::attachment::PinEntry`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinSubmitted {
    /// Whose.
    pub client: ClientId,
}

/// The client has other ways to log in and wants a one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginCodeWanted {
    /// The message that offered the ways.
    pub login: MessageId,
}

/// The PIN of the cabinet was typed to log in. Sealed: [`crate::attachment::PinEntry`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginPinSubmitted {
    /// The message that offered the ways.
    pub login: MessageId,
}

/// A client wants another phone or account. Sealed: [`crate::attachment::PhoneEntry`] or
/// [`crate::attachment::AccountEntry`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactChangeRequested {
    /// Its identity, born here.
    pub change: ChangeId,
    /// Whose.
    pub client: ClientId,
    /// What is changed.
    pub contact: Contact,
    /// Language in which the statement will be read.
    pub language: senim_domain::Language,
}

/// The code that was sent to the new number was typed. Sealed: [`crate::attachment::LoginCode`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactCodeSubmitted {
    /// The change.
    pub change: ChangeId,
    /// The message that announced the code.
    pub code: MessageId,
}

/// Everything is given: the change is to be made. This row is the proof that core lending is told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactChangeConcluded {
    /// The change.
    pub change: ChangeId,
    /// The face check that it rests on.
    pub face_check: MessageId,
}

/// What can be changed by face and signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Contact {
    /// The mobile number.
    Phone,
    /// The account that transfers go to.
    Account,
}
