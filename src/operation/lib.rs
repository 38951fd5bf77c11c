//! The formats that leave the terminal and outlive it: operations, the MFO's messages, checkpoints, sealed attachments.
//!
//! One crate builds, encodes and verifies them; the journal, the gateway and the verifier share it and nothing else.
//! It knows no database, no network and no clock.

pub mod attachment;
mod authorisation;
pub mod batch;
pub mod biometric;
pub mod body;
mod body_access;
mod body_cabinet;
mod body_card;
mod body_exchange;
mod body_leak;
mod body_liveness;
mod body_payout;
mod body_preparation;
mod body_registration;
mod body_remainder;
mod body_repayment;
mod body_service;
mod body_shutter;
mod body_signature;
mod body_supplement;
mod body_values;
mod body_waiting;
pub mod bundle;
pub mod canonical;
pub mod chain;
pub mod checkpoint;
pub mod dossier;
pub mod envelope;
pub mod export;
pub mod jws;
pub mod message;
mod message_access;
mod message_cabinet;
mod message_card;
mod message_codes;
mod message_command;
mod message_debts;
mod message_envelope;
mod message_jws;
mod message_kinds;
mod message_leak;
mod message_liveness;
mod message_offer;
mod message_payout;
mod message_questions;
mod message_remainder;
mod message_supplement;
pub mod performed;
pub mod seal_keys;
mod secret_wire;
pub mod signature;
pub mod signer;
mod stated;
pub mod telemetry;
mod travel;
pub mod trust;

pub use body::Body;
pub use chain::{ChainError, ChainVerifier};
pub use envelope::{Draft, Envelope, Profile, Row};
