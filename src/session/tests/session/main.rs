//! The dialogue and the cash saga, played as values: every event by hand, every effect looked at.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail a test"
)]
#![allow(clippy::wrong_self_convention, reason = "`desk.to_camera_of(…)` walks there, it does not convert")]
#![allow(clippy::type_complexity, reason = "tables of ways through the dialogue, each used once")]

mod access;
mod authorisation;
mod cabinet;
mod card;
mod chip;
mod clock;
mod desk;
mod device_test;
mod dialogue;
mod enrolment;
mod exchange;
mod export;
mod information;
mod intrusion;
mod leak;
mod living;
mod path;
mod peripherals;
mod plugs;
mod preparation;
mod presenter;
mod property;
mod purpose;
mod recovery;
mod refusals;
mod register;
mod remainder;
mod remote;
mod repayment;
mod repayment_code;
mod repayment_property;
mod repayment_ways;
mod saga;
mod service;
mod settlement;
mod shutter;
mod shutter_property;
mod signing;
mod supplement;
mod technician;
mod touch;
mod unfinished;
mod waiting;
mod ways;
