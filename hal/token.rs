//! Port: a person's token card, by what is asked of it and not by commands of a chip.
//!
//! **For whoever answers** (`hal/cards`, over a [`CardReader`](crate::card_reader::CardReader)): a PIN is handed to the card
//! once, and only after the tries that are left were told. A signature is told only once it fits the card's certificate.
//! After [`Event::Removed`] and [`Event::Failed`] nothing of the card is known any more.
//!
//! **For session authors.** [`Command::Open`] waits for a card where there is none; a card that comes, leaves and comes again
//! is read anew each time until [`Command::Close`]. Each [`Command::Sign`] takes a PIN of its own.

use senim_domain::{Secret, SecretBytes};

pub use crate::card_reader::NotTyped;

/// Fewest digits of a PIN.
pub const PIN_LEAST: usize = 6;
/// Most digits of a PIN.
pub const PIN_MOST: usize = 8;

/// Which of the card's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Says who it is: for logging in.
    Authentication,
    /// Signs for the person.
    Signature,
}

/// Whether the last try of the PIN may be used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastTry {
    /// No.
    Keep,
    /// Yes: the person was told that it is the last one.
    Use,
}

/// Where a PIN comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// From the screen, as typed: for cards that the MFO issues itself.
    Typed(Secret),
    /// From the reader's own keys, where it has some: it never comes here.
    OnReader {
        /// How long the reader waits for a key.
        seconds: u8,
    },
}

/// What may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Read whatever card is there or comes: its certificates and the tries of its PIN.
    Open {
        /// [`Key::Authentication`] reads the certificate for logging in alone, [`Key::Signature`] the one for signing too.
        up_to: Key,
    },
    /// Verify the PIN, once, and sign.
    Sign {
        /// By which key.
        key: Key,
        /// Where the PIN comes from.
        pin: Pin,
        /// Whether the last try may be lost.
        last_try: LastTry,
        /// What is hashed (SHA-256) and signed.
        message: SecretBytes,
    },
    /// Let go of the card and forget it.
    Close,
}

/// What may be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A card is there and is being read.
    Reading,
    /// It was read. The certificates are not believed by anybody yet.
    Opened {
        /// The certificate for logging in, DER.
        authentication: SecretBytes,
        /// The certificate for signing, DER, where it was asked for.
        signature: Option<SecretBytes>,
        /// Tries of the PIN that are left, 1 to 15.
        tries_left: u8,
    },
    /// The PIN was wrong; a try is lost.
    PinWrong {
        /// Tries left, 1 to 15; the last one lost is [`Fault::PinBlocked`].
        tries_left: u8,
    },
    /// Nobody typed a PIN on the reader's keys; no try is lost and the card is as it was.
    PinNotTyped(NotTyped),
    /// A signature that fits the certificate: ECDSA in DER, or RSA's bytes.
    Signed(SecretBytes),
    /// The card left.
    Removed,
    /// It cannot be done; [`Command::Open`] begins anew.
    Failed(Fault),
}

/// Why a card cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No try of the PIN is left.
    PinBlocked,
    /// One try is left and was to be kept; nothing was sent.
    LastTryKept,
    /// The card wants a PIN of another form; no try is lost.
    PinForm,
    /// Not a card for this: another application, or no key and certificate on it.
    NotAToken,
    /// Its certificate or key cannot be used, or does not fit what it signed.
    Unusable,
    /// The card's answers make no sense: dirty contacts, or a card on its way out.
    Unclear,
    /// The reader does not work.
    Reader,
}
