//! The borrower's and the technician's dialogues and the cash saga: pure state machines, values in, values out.
//!
//! Knows no driver, no database, no screen toolkit and no clock. A touch, an answer of the MFO, a device event and a
//! time-out enter by the same door ([`Session::handle`](dialogue::Session::handle)); what has to happen comes out as
//! ordered [`effect::Effect`]s.

pub mod access;
pub mod action;
pub mod bundle;
pub mod card;
pub mod cash_in;
pub mod dialogue;
pub mod durable;
pub mod effect;
pub mod event;
pub mod exchange;
pub mod facts;
pub mod intrusion;
pub mod leak;
pub mod living;
pub mod path;
pub mod preparation;
pub mod registration;
pub mod remainder;
pub mod saga;
pub mod service;
pub mod settlement;
pub mod state;
pub mod supplement;
pub mod transfer;
pub mod waiting;
pub mod way;

pub use action::Action;
pub use dialogue::Session;
pub use effect::Effect;
pub use state::State;
