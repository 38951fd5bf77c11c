//! Screens as data: what is shown and which actions it offers. No Slint here.
//!
//! [`View`] is everything that the screen needs; `view::of` makes it from the session's state. Typing, sliding and
//! scrolling are echoed by the screen itself; only decisions ([`Action`]) travel to the session.

pub mod format;
pub mod hand;
pub mod live;
pub mod pages;
#[cfg(feature = "rig")]
pub mod samples;
pub mod screen;
pub mod speech;
pub mod terms;
pub mod texts;
pub mod touch;
pub mod view;

pub use pages::{Board, Choice, Choosable, Cue, Entry, Fact, Grouping, Keyboard, Leads, Notice, Tone};
pub use screen::{
    Camera, Contract, DraftView, EndKind, EnterCode, EnterIin, Header, Help, InputError, Instruction, Money,
    Offer, Payout, PayoutPhase, Receipt, Row, Screen, View, Wait, Welcome,
};
pub use senim_session::Action;
pub use senim_session::action::Decision;
