//! The decisions of the lender's side, each asked through the public calls. One binary: it links once.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests may"
)]

mod access;
mod activation;
mod ahead;
mod business;
mod cabinet;
mod cards;
mod chip;
mod consents;
mod copies;
mod counted;
mod custody;
mod dialogue;
mod enrolment;
mod events;
mod formats;
mod import;
mod intake;
mod leaks;
mod liveness;
mod measures;
mod notices;
mod one_sided;
mod own_means;
mod partial;
mod performed;
mod phone_checks;
mod preparation;
mod refunds;
mod registration;
mod remainder;
mod repayment;
mod restore;
mod restore_model;
mod results;
mod rule_packs;
mod seal_keys;
mod settlement;
mod signing;
mod staff;
mod supplements;
mod support;
mod trail;
mod transfers;
mod unfinished;
mod waiting;
