//! What a message can say in one word: the next step, an outcome, why not.

use serde::{Deserialize, Serialize};

/// Why no login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LoginRefusal {
    /// Not a client of this MFO, or not allowed; deliberately one answer.
    NotAvailable,
    /// The code is wrong.
    WrongCode,
    /// The code is too old.
    CodeExpired,
    /// The PIN is wrong.
    WrongPin,
    /// Too many attempts; later.
    TooMany,
    /// A service behind the MFO does not answer.
    TryLater,
}

/// Why no offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ApplicationRefusal {
    /// Neutral: cannot be approved.
    NotApproved,
    /// The client has set a voluntary refusal.
    VoluntaryRefusal,
    /// Outside the product's limits.
    OutsideLimits,
    /// A loan is open or under way already.
    LoanOpen,
    /// Consents or answers that the decision rests on are missing (R-050, B18).
    Incomplete,
    /// A service behind the MFO does not answer.
    TryLater,
}

/// What comes next in a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RegistrationStep {
    /// Consents, then access to state data.
    Consent,
    /// A mobile number.
    Phone,
    /// A portrait.
    Portrait,
    /// Nothing more is needed: the person may ask to be registered.
    Conclusion,
}

/// Why a registration does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RegistrationRefusal {
    /// Not here, or not for this person; deliberately one answer.
    NotAvailable,
    /// A client already: logging in is enough.
    AlreadyClient,
    /// The consents were not given, or to another text.
    NoConsent,
    /// This way of asking is not for lending, or not permitted here.
    MethodNotAllowed,
    /// The state has no number of this person; egov.kz takes it.
    NoBmgNumber,
    /// The identity document is not valid any more.
    DocumentExpired,
    /// The person refused access, or took the consent back.
    AccessRefused,
    /// The person did not answer in time.
    AccessTimedOut,
    /// The code is wrong.
    WrongCode,
    /// The code is too old, or for something else.
    CodeExpired,
    /// Too many codes.
    TooMany,
    /// The number is not one that codes can be sent to.
    NumberNotUsable,
    /// The number is not this person's.
    NumberNotOwned,
    /// The picture cannot be used, whatever it shows.
    PictureNotUsable,
    /// Name, IIN and photograph do not agree, or the person said that the data are not theirs.
    NotIdentified,
    /// The electronic signature is missing.
    NotSigned,
    /// It goes on in another visit.
    ContinuedElsewhere,
    /// A service behind the MFO does not answer.
    TryLater,
}

/// Outcome of one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Comparison {
    /// The same.
    Match,
    /// Another.
    Mismatch,
    /// Nothing to compare with, or nothing usable.
    Unknown,
}

/// Why a PIN was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PinRefusal {
    /// Too short, too long, or not digits.
    Length,
    /// Easily guessed: a repetition, a run, or the birth date.
    Simple,
    /// A fresh face of this visit is wanted first.
    FaceCheck,
    /// Not logged in, or a service does not answer.
    TryLater,
}

/// Why the face was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FaceRefusal {
    /// Not the same person.
    NoMatch,
    /// The picture shows no usable face.
    Unusable,
    /// The matcher does not answer.
    TryLater,
}
