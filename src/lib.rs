//! Assembly: configuration → parts → a running terminal. Shared by the program and its technician's commands.

pub mod assemble;
mod authorities;
pub mod bare;
pub mod commands;
pub mod commission;
pub mod config;
pub mod devices;
pub mod enrol;
pub mod faces;
pub mod identity;
mod log;
pub mod probe;
mod renewal;
pub mod run;
pub mod screen;
#[cfg(feature = "rig")]
mod sitter;
pub mod speech;
mod stick;
pub mod test_dispense;
