//! Port: a voice in the headphones (XFS4IoT Auxiliaries: AssistiveDevice; EN 301 549, 5.1.3).
//!
//! **For driver authors.** The newest utterance takes the place of the one before in the middle of a word. What is said may be
//! personal: it stands in no argument of a process, in no file and in no log. **For session authors.** Nothing is said into the
//! room: only who has headphones in is spoken to.

use senim_domain::{Language, Secret};

use crate::error::Error;

/// A voice. Calls return at once.
pub trait Speech: Send {
    /// Says this, and nothing else any more. `volume` is hundredths of the most.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NoDevice`] where there is no voice; what is said is lost.
    fn say(&mut self, text: &Secret, language: Language, volume: u8) -> Result<(), Error>;

    /// Says nothing any more.
    fn silence(&mut self);
}
