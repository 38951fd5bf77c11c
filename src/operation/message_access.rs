//! What messages say about logging in, and about another phone or account.

use senim_domain::{ChangeId, Language, Secret, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::body::Contact;
use crate::message::expose_on_the_wire;

/// A way to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LoginWay {
    /// A one-time code by SMS.
    Code,
    /// The PIN of the cabinet.
    Pin,
    /// The card that is bound to it.
    Card,
}

/// A one-time code that was sent to the number that is to be the client's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactCode {
    /// The change.
    pub change: ChangeId,
    /// Masked number, for the person to recognise.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub phone_masked: Secret,
    /// Seconds that the code lives.
    pub life_seconds: u32,
    /// Digits of the code.
    pub digits: u32,
}

/// The statement that a client signs to change a phone or an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactStatement {
    /// The change.
    pub change: ChangeId,
    /// Exactly these UTF-8 bytes are shown and signed.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub statement: Secret,
    /// SHA-256 of the bytes, base64url.
    pub statement_sha256: String,
    /// Language of the text.
    pub language: Language,
}

/// A change that was made; numbers masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactChange {
    /// Which.
    pub change: ChangeId,
    /// What was changed.
    pub contact: Contact,
    /// What it was; empty: there was none.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub old_masked: Secret,
    /// What it is.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub new_masked: Secret,
    /// SHA-256 of the statement that was signed, base64url.
    pub statement_sha256: String,
    /// When.
    pub at: UtcMillis,
}

/// Why a phone or an account is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ContactRefusal {
    /// Not a mobile number that codes can be sent to, or not an account number.
    NotUsable,
    /// It is the client's already.
    Unchanged,
    /// By the base of numbers, or the bank, it is somebody else's.
    NotOwned,
    /// Nobody can tell whose account it is.
    OwnerUnknown,
    /// The code is wrong.
    WrongCode,
    /// The code is too old, or is of another change.
    CodeExpired,
    /// Too many codes.
    TooMany,
    /// A fresh face of this visit is wanted.
    FaceCheck,
    /// Electronic signatures are not taken here and now.
    NotSigned,
    /// Not for this person here.
    NotAvailable,
    /// A service behind the MFO does not answer.
    TryLater,
}
