//! Device ports in XFS4IoT words.
//!
//! A *port* is what the session may ask of a kind of device and what it may hear; a *driver* (`hal/drivers`) is a
//! sans-IO machine that speaks one device's protocol; the *edge* (`hal/linux`) moves bytes. Everybody's verbs are the
//! same: `handle_input`, `poll_transmit`, `poll_timeout`, `handle_timeout`, `poll_event`.
//!
//! **For driver authors.** Own your line's protocol: framing, retries of *queries*, sequence and time-outs. Never
//! repeat a command that moves cash. Never read a clock: `now` comes in. Answer each accepted command with exactly
//! one terminal event. `ADDING_A_DEVICE.md` is the way in.
//!
//! **For session authors.** One command at a time per device; a second one is refused with
//! [`ErrorKind::DeviceBusy`]. Nothing blocks. A reset is never implied by any other command.

pub mod assistive;
pub mod cabinet;
pub mod camera;
pub mod card_reader;
pub mod cash_acceptor;
pub mod cash_dispenser;
pub mod error;
pub mod identity_document;
pub mod integrity;
pub mod line;
pub mod location;
pub mod network;
pub mod power;
pub mod receipt_printer;
pub mod speech;
pub mod status_panel;
pub mod supply;
pub mod token;
pub mod watchdog;

pub use error::{Error, ErrorKind};
pub use line::LineDriver;
