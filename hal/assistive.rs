//! Ports: assistive keypad and headphone jack (EN 301 549; XFS4IoT Auxiliaries: AssistiveDevice, Keyboard function keys).
//!
//! **For driver authors.** Report presses, not releases and not the device's own repetition. After re-plugging report the
//! jack's state anew. **For session authors.** The keypad navigates and confirms; it is no PIN pad and never carries digits
//! of a secret. A plugged headphone starts speech; an unplugged one silences it at once, since speech may be personal.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Keys of the keypad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Key {
    /// To the element before.
    Up,
    /// To the element after.
    Down,
    /// Less, or one character back.
    Left,
    /// More, or one character on.
    Right,
    /// Choose.
    Enter,
    /// Back.
    Back,
    /// Say it again.
    Repeat,
    /// Help.
    Help,
    /// Louder.
    VolumeUp,
    /// Quieter.
    VolumeDown,
}

/// What the session may hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A key was pressed.
    Pressed(Key),
    /// A headphone was plugged in or taken out.
    Headphones {
        /// Whether one is in.
        plugged: bool,
    },
    /// The device came or went.
    Connected {
        /// Whether it is there now.
        there: bool,
    },
}

/// Keypad and jack, read on a thread of their own.
pub trait Assistive: Send {
    /// Waits at most `wait_ms` for the next thing to tell.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NoDevice`] once when the device is gone; later calls look for it again.
    fn wait_event(&mut self, wait_ms: u64) -> Result<Option<Event>, Error>;
}
