//! Typed identifiers: a loan cannot be passed where an operation is meant.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The short form of an identifier that a person can read out on the phone: its last eight hexadecimal digits.
#[must_use]
pub fn reference(id: &impl ToString) -> String {
    let text: String = id.to_string().to_uppercase().chars().filter(char::is_ascii_hexdigit).collect();
    let start = text.len().saturating_sub(8);
    let (head, tail) = text.get(start..).unwrap_or("").split_at_checked(4).unwrap_or(("", ""));
    format!("{head}-{tail}")
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { Uuid::parse_str(text).map(Self) }
        }
    )*};
}

uuid_ids! {
    /// A client as the gateway numbers them: opaque, says nothing about the person.
    ClientId;
    /// An application for a microcredit.
    ApplicationId;
    /// One registration of a new client, born at a terminal and continued wherever the person comes back.
    RegistrationId;
    /// One change of a client's phone or account, from the moment it was asked for.
    ChangeId;
    /// A change of a contract that waits for its client.
    SupplementId;
    /// A microcredit contract.
    LoanId;
    /// One row of a terminal's journal, fixed at its birth (UUIDv7).
    OperationId;
    /// A message of the MFO to a terminal.
    MessageId;
    /// One visit of a person at a terminal.
    SessionId;
    /// One request to be paid a part of a loan in cash.
    PayoutRequestId;
    /// Where a payout of one loan may go: an account, a card or a merchant, as the gateway numbers it.
    PayoutTargetId;
    /// One repayment in cash at a terminal, from the first note to the receipt.
    RepaymentId;
    /// The gateway's leave to pay one part, once.
    AuthorisationId;
    /// A signed order to load or collect cash.
    OrderId;
    /// What people decided about notes in doubt.
    SettlementId;
    /// An electronic signature of a client, from the moment it was asked for.
    SignatureId;
    /// A sequence of movements that somebody living was asked for.
    ChallengeId;
    /// One restoring of the gateway from a back-up, or one call to a single terminal to send its rows again.
    RewindId;
}

/// A terminal's name within the MFO: 1–32 of `a–z 0–9 -`, as in the certificate's common name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct TerminalId(String);

/// The text is not a terminal's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a terminal's name has 1 to 32 characters of a-z, 0-9 and -")]
pub struct BadTerminalId;

impl TerminalId {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for TerminalId {
    type Err = BadTerminalId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(Self(text.to_owned())) } else { Err(BadTerminalId) }
    }
}

impl std::fmt::Display for TerminalId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TerminalId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
