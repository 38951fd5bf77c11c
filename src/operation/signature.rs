//! Electronic signatures of clients: for what, and what may be said when one does not count.

use serde::{Deserialize, Serialize};

/// What a client signs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SignaturePurpose {
    /// The statement with which a person registers.
    RegistrationStatement,
    /// Access to state data by the MFO's own means.
    DataAccess,
    /// A contract.
    Contract,
    /// A change of a contract, or its restructuring.
    Supplement,
    /// Another mobile number.
    PhoneChange,
    /// Other details of a bank account.
    AccountChange,
}

/// Why a signature does not count, as far as the person is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SignatureRefusal {
    /// The person declined on the phone.
    Declined,
    /// The code's time is over.
    Expired,
    /// Signed with another person's key.
    OtherPerson,
    /// Signed with the key for logging in.
    WrongKey,
    /// Signed with an organisation's key.
    Organisation,
    /// The certificate is over.
    CertificateExpired,
    /// The certificate begins later.
    CertificateNotYetValid,
    /// The certificate was withdrawn.
    CertificateRevoked,
    /// The certificate is from an authority that is not accepted.
    CertificateUnknown,
    /// Another document was signed.
    OtherDocument,
    /// The signature does not fit, or lacks its time-stamp.
    NotVerified,
    /// A kind of key that is not accepted here.
    KeyNotAccepted,
    /// This document is not to be signed here and now.
    NotOffered,
    /// A service behind the MFO does not answer.
    TryLater,
}
