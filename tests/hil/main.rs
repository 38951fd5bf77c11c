//! Hardware in the loop: one binary, a module per kind of device. Each scenario is a function over a [`rig::Rig`] and
//! does not know whether emulators or real devices are behind it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod acceptor;
mod dispenser;
mod document;
mod emulated;
mod hands;
mod introductions;
mod line;
mod owner;
mod plugs;
mod ports;
mod presenter;
mod printer;
mod reader;
mod rig;
mod surroundings;
mod token;
