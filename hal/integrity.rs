//! Port: signs that the board is not in the terminal's hands alone: somebody traces the firmware, or a program for
//! remote control runs beside it.
//!
//! **For driver authors.** Looking must be cheap and change nothing. **For session authors.** A sign is a finding until a
//! person has looked and started the firmware anew: whoever can attach can detach too.

use crate::error::Error;

/// A sign, for the technician and the MFO.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Sign {
    /// A debugger is attached to the firmware.
    #[error("a debugger is attached to the firmware: find out who did it, then start the firmware again")]
    Traced,
    /// A program that lets others see or use this screen runs.
    #[error("{0} runs, a program for remote control: remove it, then start the firmware again")]
    RemoteControl(String),
}

/// Whoever looks.
pub trait Integrity: Send {
    /// What is there now; `None`: no sign.
    ///
    /// # Errors
    /// [`crate::ErrorKind::HardwareError`] when the system does not say.
    fn look(&mut self) -> Result<Option<Sign>, Error>;
}
