//! One note from escrow to its end, as far as the device has told it.
//!
//! A note stays known after its command ended without a word of it ([`Stage::Lost`]): if the device tells later where it
//! went, that is still this note and no second one.

use senim_domain::Mono;
use senim_domain::cash::Denomination;

/// Where the note is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Waits for a decision.
    Escrow,
    /// STACK was written.
    Stacking,
    /// RETURN was written, or the device gives it back by itself.
    Returning,
    /// Its command ended in the dark. Whether STACK was written for it.
    Lost { stacked: bool },
}

#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) kind: u8,
    pub(super) denomination: Denomination,
    pub(super) stage: Stage,
    /// The device pushes it back with this code.
    pub(super) refused: Option<u8>,
    /// When HOLD is due; nothing when the device does not know it.
    pub(super) hold_at: Option<Mono>,
    /// When the driver gives it back by itself; nothing once it has.
    pub(super) return_at: Option<Mono>,
}

impl Note {
    /// Whether a STACK was ever written for this note.
    pub(super) const fn was_sent_to_stack(&self) -> bool {
        matches!(self.stage, Stage::Stacking | Stage::Lost { stacked: true })
    }

    /// Whether the device still owes a word about it.
    pub(super) const fn is_open(&self) -> bool {
        match self.stage {
            Stage::Escrow | Stage::Stacking | Stage::Returning => true,
            Stage::Lost { .. } => false,
        }
    }

    pub(super) const fn lose(&mut self) {
        self.stage = Stage::Lost { stacked: self.was_sent_to_stack() };
    }
}
