//! Files of a travel document (Doc 9303 part 10): where they lie and what is taken out of them.
//!
//! Only what a terminal needs is understood: the machine-readable zone. The holder's face is never read.

use super::mrz::Mrz;
use crate::tlv::{Tag, find};

/// An elementary file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// How the chip may be opened; readable by anybody.
    CardAccess,
    /// The machine-readable zone.
    DataGroup1,
    /// Digests of the data groups, signed by the issuer.
    SecurityObject,
}

impl File {
    /// File identifier.
    #[must_use]
    pub const fn id(self) -> [u8; 2] {
        match self {
            Self::CardAccess => [0x01, 0x1C],
            Self::DataGroup1 => [0x01, 0x01],
            Self::SecurityObject => [0x01, 0x1D],
        }
    }

    /// Tag of the one object that the file holds.
    #[must_use]
    pub const fn tag(self) -> Tag {
        match self {
            Self::CardAccess => Tag(0x31),
            Self::DataGroup1 => Tag(0x61),
            Self::SecurityObject => Tag(0x77),
        }
    }
}

/// A file does not hold what Doc 9303 puts there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a file does not hold what Doc 9303 puts there")]
pub struct LdsError;

/// The machine-readable zone in DG1.
///
/// # Errors
/// [`LdsError`], also for a wrong check digit: what the issuer signed has none.
pub fn mrz(data_group_1: &[u8]) -> Result<Mrz, LdsError> {
    let text = find(data_group_1, &[Tag(0x61), Tag(0x5F1F)]).map_err(|_| LdsError)?.ok_or(LdsError)?;
    Mrz::parse(text).map_err(|_| LdsError)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_file_ends(file in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = mrz(&file);
        }
    }
}
