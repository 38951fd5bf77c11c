//! A card with a person's keys, for login and for signing: the PIV application of NIST SP 800-73-4.
//!
//! It stands in for the card application of Kazakhstan's national certification authority (НУЦ РК), whose commands are
//! not public: same steps, same promises, another command set. Two keys matter, [`Key::Authentication`] (9A) and
//! [`Key::Signature`] (9C), each with its certificate; P-256 and RSA-2048.
//!
//! Promises of this machine:
//! - A PIN is sent once. Before it, the tries that are left were asked, which costs none, and were told by
//!   [`Event::Tries`]; the last ones are kept unless the caller says otherwise ([`Reserve`]).
//! - The PIN is nowhere after its command was handed out.
//! - A signature leaves here only after it was checked against the certificate that was read from the same slot.
//!
//! Order: [`Operation::Select`]; [`Operation::ReadCertificate`] of the key; [`Operation::AskTries`];
//! [`Operation::VerifyPin`]; [`Operation::Sign`]. Key 9C wants its PIN directly before every signature, so the
//! certificate is read before the PIN. [`Piv::begin`] refuses what is out of order, before any byte.

mod certificate;
mod codec;
mod machine;
#[cfg(test)]
mod tests;

use senim_domain::{Secret, SecretBytes};
use serde::{Deserialize, Serialize};

pub use certificate::{Algorithm, Certificate, Signature};
pub use machine::Piv;

use crate::apdu::Status;

/// Longest PIN, and the block that carries it.
const PIN_MAX: usize = 8;

/// What a lender may want otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Tries that are never used up here, 0 to 14: at so many or fewer left, a PIN goes only with [`Reserve::Use`].
    pub tries_kept: u8,
    /// Fewest digits of a PIN, 4 to 8. The standard says 6; some issuers take 4.
    pub pin_digits_min: u8,
}

impl Default for Config {
    fn default() -> Self {
        Self { tries_kept: 1, pin_digits_min: 6 }
    }
}

/// A setting out of its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("piv: {key} is {value}; set it from {min} to {max}")]
pub struct ConfigError {
    /// The setting.
    pub key: &'static str,
    /// What it is.
    pub value: u8,
    /// Lowest value.
    pub min: u8,
    /// Highest value.
    pub max: u8,
}

impl Config {
    /// Checks ranges.
    ///
    /// # Errors
    /// [`ConfigError`] for the first setting out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let ranges = [("tries_kept", self.tries_kept, 0, 14), ("pin_digits_min", self.pin_digits_min, 4, 8)];
        match ranges.into_iter().find(|(_, value, min, max)| !(min..=max).contains(&value)) {
            Some((key, value, min, max)) => Err(ConfigError { key, value, min, max }),
            None => Ok(()),
        }
    }
}

/// A key on the card with its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// 9A: says who it is. One PIN serves until the card is let go.
    Authentication,
    /// 9C: signs for the person. Each signature needs the PIN directly before it.
    Signature,
}

/// Whether the tries of [`Config::tries_kept`] may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// No: the person keeps them for home.
    Keep,
    /// Yes: the person was told and wants to.
    Use,
}

/// What may be asked of the card. One at a time; each ends with exactly one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Finds the application. What was known of the card before is forgotten. Ends with [`Event::Selected`].
    Select,
    /// Ends with [`Event::Certificate`].
    ReadCertificate(Key),
    /// Asks how many tries are left, at the cost of none. Ends with [`Event::Tries`].
    AskTries,
    /// Sends the PIN, once. Ends with [`Event::PinVerified`] or [`Event::PinWrong`].
    VerifyPin {
        /// Digits as typed.
        pin: Secret,
        /// Whether the last tries may be used.
        reserve: Reserve,
    },
    /// Has the PIN typed on the reader's own keys: [`Piv::poll_command`] gives the command without it, and
    /// [`Piv::handle_pin_not_typed`] says that the card has seen nothing. Ends as [`Operation::VerifyPin`] does.
    VerifyPinOnReader {
        /// Whether the last tries may be used.
        reserve: Reserve,
    },
    /// Signs a message; its SHA-256 goes to the card. Ends with [`Event::Signed`].
    Sign {
        /// The key that signs.
        key: Key,
        /// Everything that is signed: a challenge, the signing input of a JWS, the signed attributes of a CMS.
        message: SecretBytes,
    },
}

/// Tries of the PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tries {
    /// So many are left, 1 to 15.
    Left(u8),
    /// None; the card's issuer can help.
    Blocked,
    /// The PIN was verified already, so its counter is full.
    Verified,
}

/// What happened. [`Event::Failed`] ends any operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The application is there.
    Selected,
    /// A certificate, well formed; not yet believed by anybody.
    Certificate(Key, Box<Certificate>),
    /// The tries that are left.
    Tries(Tries),
    /// The PIN was right.
    PinVerified,
    /// The PIN was wrong and a try is lost.
    PinWrong {
        /// Tries left, 1 to 15. The last one lost is [`Error::PinBlocked`].
        left: u8,
    },
    /// A signature that fits the certificate.
    Signed(Key, Signature),
    /// It did not end well.
    Failed(Error),
}

/// Why an operation was not begun; nothing was sent and no try is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another operation is under way.
    #[error("wait for the operation under way to end")]
    Busy,
    /// [`Operation::Select`] comes first.
    #[error("select the application first")]
    NotSelected,
    /// [`Operation::AskTries`] comes first: tries are shown before one may be lost.
    #[error("ask for the tries left first")]
    TriesFirst,
    /// Only tries that are kept are left.
    #[error("{left} tries are left and are kept; say so and ask the person before using them")]
    TriesKept {
        /// Tries left.
        left: u8,
    },
    /// No try is left.
    #[error("the PIN is blocked; the card's issuer can unblock it")]
    PinBlocked,
    /// Not a PIN.
    #[error("a PIN has {min} to 8 digits")]
    PinForm {
        /// Fewest digits.
        min: u8,
    },
    /// [`Operation::ReadCertificate`] comes first.
    #[error("read the certificate of this key first")]
    CertificateFirst(Key),
    /// [`Operation::VerifyPin`] comes first; for [`Key::Signature`] directly before.
    #[error("verify the PIN first")]
    PinFirst(Key),
}

/// Why an operation ended badly. [`Error::action`] says what a person can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No try of the PIN is left.
    #[error("the card's PIN is blocked")]
    PinBlocked,
    /// The card wants another kind of PIN; no try is lost.
    #[error("the card does not take a PIN of this form")]
    PinForm,
    /// The card wants the PIN (again).
    #[error("the card wants its PIN")]
    PinNeeded,
    /// The application is not on this card.
    #[error("this card has no application for login and signature")]
    NotThisKind,
    /// The card left while something was under way.
    #[error("the card was taken away")]
    Removed,
    /// The key's certificate is not on the card.
    #[error("the card holds no certificate for this key")]
    CertificateMissing(Key),
    /// What lies in its place cannot be read.
    #[error("the card's certificate for this key cannot be read")]
    CertificateMalformed(Key),
    /// Neither P-256 nor RSA-2048.
    #[error("the card's key is of a kind that is not taken here")]
    UnsupportedKey(Key),
    /// The key itself is not on the card.
    #[error("the card does not hold this key")]
    KeyMissing(Key),
    /// What the card gave is no signature by the certificate's key.
    #[error("the card's signature does not fit its certificate")]
    SignatureWrong(Key),
    /// Another status word.
    #[error("the card answered {0}")]
    Card(Status),
    /// No answer that the standard knows; what the card did is not known.
    #[error("the card's answer cannot be understood")]
    Unintelligible,
}

impl Error {
    /// What the person with the card can do, in one sentence of English; the screens translate it.
    #[must_use]
    pub const fn action(&self) -> &'static str {
        match self {
            Self::PinBlocked => "ask the card's issuer to unblock the PIN, or log in another way",
            Self::PinForm => "use the PIN of this card as its issuer gave it; no try was lost",
            Self::PinNeeded => "enter the PIN again",
            Self::NotThisKind => "use the card with your electronic signature, or log in another way",
            Self::Removed => "put the card back and leave it until you are told",
            Self::CertificateMissing(_) | Self::KeyMissing(_) => {
                "ask the card's issuer to put a key and its certificate on the card"
            }
            Self::CertificateMalformed(_) | Self::SignatureWrong(_) | Self::UnsupportedKey(_) => {
                "this card cannot be used here; ask its issuer for a new one"
            }
            Self::Card(_) | Self::Unintelligible => {
                "take the card out, clean its contacts and put it in again"
            }
        }
    }
}
