//! Card applications as machines: response APDUs come in, command APDUs go out (`poll_command`, `handle_response`,
//! `poll_event`). No reader, no clock, no thread is known here; who carries the APDUs decides when and through what.
//!
//! What all applications share: the APDU ([`apdu`]), its chaining ([`exchange`]) and the data objects inside ([`tlv`]).
//! [`token`] and [`identity_document`] are what the session knows of a card, over a reader.
//! They are total: a card is a stranger, and whatever it answers ends in a value.

pub mod apdu;
pub mod exchange;
pub mod icao;
pub mod identity_document;
pub mod piv;
mod seat;
pub mod tlv;
pub mod token;
