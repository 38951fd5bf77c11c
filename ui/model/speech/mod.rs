//! The screen for somebody who does not see it: read aloud, walked through with ten keys (EN 301 549, 5.1).
//!
//! What is said is what assistive technology would be told of the elements that are drawn, in their order, so a screen that is
//! shown is a screen that speaks. Sums and dates are said in words; what is typed secretly is never said, not even a key of it.

mod narrator;
mod say;
mod words;

pub use senim_hal::assistive::{Event, Key};

pub use narrator::{Element, Kind, Narrator, Order, Page, Utterance};
pub use say::aloud;
pub use words::cardinal;
