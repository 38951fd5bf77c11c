//! Why a document was not read, in terms of what the person before the terminal can do about it.

use super::lds::File;
use crate::apdu::Status;

/// Reading ended without a result. Whether what was read is genuine is another question: [`super::Verdict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The chip does not know the key made of number and dates, or the card access number.
    #[error("the document does not accept the number and dates, or the access number, that were typed")]
    KeysWrong,
    /// A card access number was typed, and this chip opens only with number and dates.
    #[error("the document opens only with the number and dates of its machine-readable zone")]
    MrzNeeded,
    /// The card left or fell silent.
    #[error("the document moved away from the reader")]
    CardMoved,
    /// No such application: a bank card, a pass, a ticket.
    #[error("the card holds no travel document application")]
    NotTravelDocument,
    /// The chip offers only ways in that are not known here.
    #[error("the document's access protocol is not known here")]
    AccessUnknown,
    /// A checksum of the protected channel is wrong, or an answer came without one: noise, or somebody in between.
    #[error("an answer of the document is not from its protected channel")]
    ChannelBroken,
    /// The chip refuses what it has to allow.
    #[error("the document refuses with {status} what it has to give")]
    Refused {
        /// What was being read; none while the way in was being opened.
        file: Option<File>,
        /// What it said.
        status: Status,
    },
    /// What the chip says follows no rule of Doc 9303.
    #[error("what the document holds or says cannot be understood")]
    Malformed {
        /// What was being read; none while the way in was being opened.
        file: Option<File>,
    },
}

/// What helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Compare what was typed with the document and type it again.
    RetypeKeys,
    /// Type number and dates instead of the card access number.
    TypeMrz,
    /// Lay the document on the reader again and leave it there.
    LayAgain,
    /// Lay a passport or identity card on the reader, not this.
    OtherCard,
    /// This document's chip cannot be used here, or says nothing that could be relied on; go on without it.
    WithoutChip,
    /// Somebody has to look at the document and its bearer.
    CallStaff,
}

impl Failure {
    /// What the person can do.
    #[must_use]
    pub const fn remedy(&self) -> Remedy {
        match self {
            Self::KeysWrong => Remedy::RetypeKeys,
            Self::MrzNeeded => Remedy::TypeMrz,
            Self::CardMoved | Self::ChannelBroken => Remedy::LayAgain,
            Self::NotTravelDocument => Remedy::OtherCard,
            Self::AccessUnknown | Self::Refused { .. } | Self::Malformed { .. } => Remedy::WithoutChip,
        }
    }
}
