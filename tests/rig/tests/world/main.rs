//! The whole terminal with its devices and its gateway in virtual time: the first loan, faults, power cuts, full disks
//! and lost answers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail a test"
)]

mod cabinet;
mod clock;
mod crash;
mod device_faults;
mod disk;
mod evidence;
mod first_loan;
mod identity;
mod keys;
mod line;
mod living;
mod records;
mod registration;
mod remote;
mod repayment;
mod restore;
mod seal_keys;
mod signing;
mod soak;
mod stop;
